//! Instructions that trap.

/// Appends `brk #0`, behind zeros that complete an instruction if need be.
pub fn append(code: &mut Vec<u8>) {
    code.resize(code.len().next_multiple_of(4), 0);
    code.extend(0xd420_0000u32.to_le_bytes());
}
