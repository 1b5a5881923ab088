//! Cranelift's epilogue is `add rsp, N; mov rsp, rbp; pop rbp; ret`. The `mov` is redundant, and makes the stack pointer
//! depend on a load: calls in a row wait for each other through it. It is replaced by a nop of its length, where the
//! pattern ends at a block's end and so cannot be part of something else.

/// `mov rsp, rbp; pop rbp`, then `ret` or `ret imm16`: bytes up to the opcode, length of the whole.
const PATTERNS: [([u8; 5], usize); 2] =
    [([0x48, 0x89, 0xec, 0x5d, 0xc3], 5), ([0x48, 0x89, 0xec, 0x5d, 0xc2], 7)];

const NOP: [u8; 3] = [0x0f, 0x1f, 0x00];

pub(in crate::arch) fn fix(body: &mut [u8], block_starts: &[u32]) {
    let ends = block_starts.iter().map(|&s| s as usize).chain([body.len()]);
    for end in ends {
        for (pattern, len) in PATTERNS {
            if let Some(start) = end.checked_sub(len)
                && body[start..start + 5] == pattern
            {
                body[start..start + 3].copy_from_slice(&NOP);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_at_block_ends() {
        let ret = [0x48, 0x89, 0xec, 0x5d, 0xc3];
        let mut body = [ret.as_slice(), &ret, &[0x90]].concat();
        fix(&mut body, &[0, 5]);
        assert_eq!(body, [[0x0f, 0x1f, 0x00, 0x5d, 0xc3].as_slice(), &ret, &[0x90]].concat());
        let mut body = vec![0x48, 0x89, 0xec, 0x5d, 0xc2, 0x10, 0x00];
        fix(&mut body, &[0]);
        assert_eq!(body[..3], NOP);
    }
}
