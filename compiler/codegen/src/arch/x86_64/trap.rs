//! Instructions that trap.

/// Appends `int3`.
pub fn append(code: &mut Vec<u8>) {
    code.push(0xcc);
}
