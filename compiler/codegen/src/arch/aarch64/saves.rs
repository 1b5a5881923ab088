//! Which callee-saved registers a body saves: Cranelift's prologue pushes them right below the frame pointer in pairs, the
//! last ones first, so that they lie in ascending order; an odd one has a pair of words for itself at the top.

/// Words of `GHeader::callee`: x19 x20 x22 ... x28. (The others are halves of vector registers; x21 is g.)
const REGISTERS: [u8; 9] = [19, 20, 22, 23, 24, 25, 26, 27, 28];

/// The word of `GHeader::callee` of a register.
pub(in crate::arch) fn number(hw: u8) -> Option<u32> {
    REGISTERS.iter().position(|&r| r == hw).map(|i| i as u32)
}

/// Bit *k* is set if the prologue stores register *k*.
pub(in crate::arch) fn mask(body: &[u8]) -> u32 {
    let mut words = body.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
    // stp x29, x30, [sp, #-16]!; mov x29, sp
    if words.next() != Some(0xa9bf_7bfd) || words.next() != Some(0x9100_03fd) {
        return 0;
    }
    let bit = |reg: u32| number(reg as u8 & 31).map_or(0u32, |k| 1 << k);
    let mut found = 0u32;
    for word in words {
        let saved = match word {
            // str x, [sp, #-16]!
            w if w & !31 == 0xf81f_0fe0 => bit(w),
            // stp x, y, [sp, #-16]!
            w if w & !(31 << 10 | 31) == 0xa9bf_03e0 => bit(w) | bit(w >> 10),
            _ => break,
        };
        // Descending, each once.
        if saved == 0 || (found != 0 && saved >> found.trailing_zeros() != 0) {
            break;
        }
        found |= saved;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_of_the_prologue_are_recognised() {
        // stp x29,x30,[sp,#-16]!; mov x29,sp; str x23,[sp,#-16]!; stp x20,x22,[sp,#-16]!; sub sp,sp,#16
        let code = [0xa9bf_7bfdu32, 0x9100_03fd, 0xf81f_0ff7, 0xa9bf_5bf4, 0xd100_43ff];
        let body: Vec<u8> = code.iter().flat_map(|w| w.to_le_bytes()).collect();
        assert_eq!(mask(&body), 0b1110);
        assert_eq!(mask(&body[..8]), 0);
        assert_eq!(mask(&[0xc0, 0x03, 0x5f, 0xd6]), 0);
    }
}
