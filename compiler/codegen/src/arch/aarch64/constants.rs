//! Integer constants and the instructions that they take.

/// Whether a constant of `bits` bits takes more than one instruction, and is no immediate of arithmetic either.
pub fn is_wide(imm: u64, bits: u32) -> bool {
    let imm = if bits < 64 { imm & ((1 << bits) - 1) } else { imm };
    let mask = if bits < 64 { u64::from(u32::MAX) } else { u64::MAX };
    let halves = |word: u64| (0..bits.max(32) / 16).filter(|i| word >> (16 * i) & 0xffff != 0).count();
    // movz, or movn, with movk for the other halves.
    let moves = halves(imm).min(halves(!imm & mask));
    moves > 1
        && !is_logical(imm, bits.max(32))
        && !is_arithmetic(imm)
        && !is_arithmetic(imm.wrapping_neg() & mask)
}

/// Whether `add`, `sub` and `cmp` have the constant as an immediate.
fn is_arithmetic(imm: u64) -> bool {
    imm < 1 << 12 || (imm & 0xfff == 0 && imm < 1 << 24)
}

/// Whether a constant of 32 or 64 bits is an immediate of logical instructions: a run of ones, rotated and repeated.
fn is_logical(imm: u64, bits: u32) -> bool {
    let word = if bits == 32 { imm | imm << 32 } else { imm };
    if word == 0 || word == u64::MAX {
        return false;
    }
    // The shortest period.
    let mut period = 64;
    while period > 2 && word.rotate_right(period / 2) == word {
        period /= 2;
    }
    let element = if period == 64 { word } else { word & ((1 << period) - 1) };
    // One run of ones in a circle begins once.
    let before = element >> 1 | (element & 1) << (period - 1);
    (element & !before).count_ones() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_of_one_instruction_are_not_wide() {
        let one = [
            0,
            1,
            0xffff,
            0x1234_0000,
            u64::MAX,
            !0x1234,
            0x5555_5555_5555_5555,
            0xff00_ff00_ff00_ff00,
            0xfff_0000_0000,
        ];
        for imm in one {
            assert!(!is_wide(imm, 64), "{imm:#x}");
        }
        // Immediates of arithmetic: 12 bits, shifted.
        assert!(!is_wide(0x12_3000, 64) && !is_wide(0x12_3000u64.wrapping_neg(), 64));
        assert!(!is_wide(0xffff_1234, 32) && is_wide(0xffff_1234, 64));
    }

    #[test]
    fn others_are() {
        for imm in [0x1_0001, 50_000_000, 0x5555_5555_5555_5556, 0x1234_5678_9abc_def0] {
            assert!(is_wide(imm, 64), "{imm:#x}");
        }
        assert!(is_wide(50_000_000, 32));
    }
}
