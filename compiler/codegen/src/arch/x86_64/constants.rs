//! Integer constants and the instructions that they take.

/// Whether a constant of `bits` bits takes more than one instruction: none does.
pub fn is_wide(_imm: u64, _bits: u32) -> bool {
    false
}
