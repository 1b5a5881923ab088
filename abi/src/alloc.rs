//! What generated code knows about the allocator: how it takes a small object out of a span that the P has in its cache.
//!
//! The structures are the runtime's (`runtime/src/mem/{span,mcache}.rs`, `runtime/src/sched/{m,p}.rs`), which asserts every number.

/// The variable (32 bits) that is not zero while all allocations must go through the runtime.
pub const SLOW: &str = "runtime.allocSlow";

/// Sizes of the smallest classes of objects: class *i* holds objects of `SIZES[i]` bytes, a multiple of 8.
pub const SIZES: [u16; 11] = [0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128];

/// The class of objects of `size` bytes, if it is one of [`SIZES`].
pub const fn class_of(size: u64) -> Option<usize> {
    let mut class = 1;
    while class < SIZES.len() {
        if size != 0 && size <= SIZES[class] as u64 {
            return Some(class);
        }
        class += 1;
    }
    None
}

/// Objects below this size without pointers share blocks: none of their own is allocated for them.
pub const TINY: u64 = 16;

/// Offset in an M of the P that it holds.
pub const M_P: usize = 24;
/// Offset in a P of its cached spans: two words for each class, for objects with pointers and for those without.
pub const P_SPANS: usize = 2144;

/// Offset in a span of its first address.
pub const SPAN_BASE: usize = 0;
/// Offset in a span of the word that has a bit for each free object of the current group of 64.
pub const SPAN_CACHE: usize = 16;
/// Offset in a span of the number (32 bits) of the first object of the group.
pub const SPAN_GROUP: usize = 24;

/// Offset in the memory of a span of the words that have a bit for each of its words, set where that is a pointer. Spans of objects
/// without pointers have no such words.
pub const BITMAP: usize = 8192 - 8192 / 8 / 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_smallest_that_fit() {
        assert_eq!(class_of(0), None);
        assert_eq!(class_of(1), Some(1));
        assert_eq!(class_of(8), Some(1));
        assert_eq!(class_of(33), Some(5));
        assert_eq!(class_of(128), Some(10));
        assert_eq!(class_of(129), None);
    }
}
