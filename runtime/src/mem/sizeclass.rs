//! Size classes: the object sizes that spans are divided into.
//!
//! The numbers are gc's (`internal/runtime/gc/sizeclasses.go`), because programs see them: `append` rounds capacities
//! up to them. Class 0 means "large". The tables from size to class are computed from the table of sizes.
//!
//! **Runs on** any stack. Pure functions.

/// Number of classes, the large one included.
pub const COUNT: usize = 68;
/// Largest small object.
pub const MAX_SMALL: usize = 32768;
/// log2 of the page size.
pub const PAGE_SHIFT: usize = 13;
/// Bytes of a page.
pub const PAGE: usize = 1 << PAGE_SHIFT;

/// Object size by class.
pub const SIZES: [u16; COUNT] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384,
    416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072,
    3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568,
    14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];

/// Pages of a span by class.
pub const PAGES: [u8; COUNT] = [
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    2, 1, 2, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4,
];

const SMALL_LIMIT: usize = 1024;

/// Class by `ceil(size / 8)` up to 1024 bytes.
pub static BY_8: [u8; SMALL_LIMIT / 8 + 1] = {
    let mut t = [0; SMALL_LIMIT / 8 + 1];
    let (mut i, mut class) = (1, 1);
    while i < t.len() {
        while (SIZES[class] as usize) < i * 8 {
            class += 1;
        }
        t[i] = class as u8;
        i += 1;
    }
    t
};

/// Class by `ceil((size - 1024) / 128)` above.
static BY_128: [u8; (MAX_SMALL - SMALL_LIMIT) / 128 + 1] = {
    let mut t = [0; (MAX_SMALL - SMALL_LIMIT) / 128 + 1];
    let (mut i, mut class) = (0, 1);
    while i < t.len() {
        while (SIZES[class] as usize) < SMALL_LIMIT + i * 128 {
            class += 1;
        }
        t[i] = class as u8;
        i += 1;
    }
    t
};

/// The smallest class whose objects hold `size` bytes; `1 <= size <= MAX_SMALL`.
#[inline]
pub fn class_of(size: usize) -> u8 {
    if size <= SMALL_LIMIT - 8 { BY_8[size.div_ceil(8)] } else { BY_128[(size + 127 - SMALL_LIMIT) / 128] }
}

/// `2^32 / size` rounded up, for dividing offsets in a span by the object size.
pub const fn magic(size: usize) -> u32 {
    (u32::MAX / size as u32).wrapping_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_gets_the_smallest_class() {
        for size in 1..=MAX_SMALL {
            let c = class_of(size) as usize;
            assert!(SIZES[c] as usize >= size, "size {size}");
            assert!(c == 1 || (SIZES[c - 1] as usize) < size, "size {size}");
        }
    }

    #[test]
    fn magic_divides() {
        for c in 1..COUNT {
            let (size, span) = (SIZES[c] as usize, PAGES[c] as usize * PAGE);
            let m = magic(size) as u64;
            for off in 0..span {
                assert_eq!(((off as u64 * m) >> 32) as usize, off / size, "class {c} offset {off}");
            }
        }
    }
}
