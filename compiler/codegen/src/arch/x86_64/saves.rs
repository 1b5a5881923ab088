//! Which callee-saved registers a body saves: Cranelift's prologue stores them right below the frame pointer, in
//! ascending order.

/// Words of `GHeader::callee`: rbx r12 r13 r14.
const REGISTERS: [u8; 4] = [3, 12, 13, 14];

/// The word of `GHeader::callee` of a register.
pub(in crate::arch) fn number(hw: u8) -> Option<u32> {
    REGISTERS.iter().position(|&r| r == hw).map(|i| i as u32)
}

/// Bit *k* is set if the prologue stores register *k*. No register is stored before it is defined, so that the first
/// stores of callee-saved registers to the frame are those of the prologue.
pub(in crate::arch) fn mask(body: &[u8]) -> u32 {
    // push rbp; mov rbp,rsp; sub rsp,imm
    let rest = match body {
        [0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, _, rest @ ..] => rest,
        [0x55, 0x48, 0x89, 0xe5, 0x48, 0x81, 0xec, _, _, _, _, rest @ ..] => rest,
        _ => return 0,
    };
    let (mut found, mut rest) = (0, rest);
    // mov [rsp+disp],reg: REX.W 89 /r with a SIB byte that names rsp alone.
    while let [rex @ (0x48 | 0x4c), 0x89, modrm, 0x24, tail @ ..] = rest {
        let disp = match modrm & 0xc7 {
            0x04 => 0,
            0x44 => 1,
            0x84 => 4,
            _ => break,
        };
        let hw = (modrm >> 3 & 7) | if *rex == 0x4c { 8 } else { 0 };
        match number(hw) {
            // Ascending, each once.
            Some(k) if found >> k == 0 => found |= 1 << k,
            _ => break,
        }
        rest = &tail[disp.min(tail.len())..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_of_the_prologue_are_recognised() {
        // push rbp; mov rbp,rsp; sub rsp,0x30; mov [rsp+0x20],rbx; mov [rsp+0x28],r13; mov [rsp],rdi
        let body = [
            0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x30, 0x48, 0x89, 0x5c, 0x24, 0x20, 0x4c, 0x89, 0x6c,
            0x24, 0x28, 0x48, 0x89, 0x3c, 0x24,
        ];
        assert_eq!(mask(&body), 0b101);
        assert_eq!(mask(&body[..8]), 0);
        assert_eq!(mask(&[0xc3]), 0);
    }
}
