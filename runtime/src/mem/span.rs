//! A span: a run of pages divided into objects of one size, or one large object.
//!
//! # Allocation
//!
//! `alloc_bits` has one bit per object (1 = in use at the last sweep). `cache` holds the complement of the 64 bits from
//! `free_index` on, shifted so that bit 0 belongs to `free_index`: the next free object is found by counting
//! trailing zeros. Objects below `free_index` have been handed out or were in use.
//!
//! **Runs on** g0. A span in an mcache belongs to its P; in a central list to the list's lock.

use super::sizeclass::{self, PAGE};

/// Classes are doubled: bit 0 says "no pointers".
pub const SPAN_CLASSES: usize = sizeclass::COUNT * 2;

/// Size class and whether objects have no pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanClass(pub u8);

impl SpanClass {
    /// Combines both.
    #[inline]
    pub fn new(class: u8, noscan: bool) -> SpanClass {
        SpanClass(class << 1 | noscan as u8)
    }

    /// The size class.
    #[inline]
    pub fn class(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether objects have no pointers.
    #[inline]
    pub fn noscan(self) -> bool {
        self.0 & 1 != 0
    }
}

/// A span.
#[repr(C)]
pub struct Span {
    /// First address.
    pub base: usize,
    /// Pages.
    pub pages: usize,
    /// Size of an object.
    pub elem_size: usize,
    /// `sizeclass::magic(elem_size)`.
    pub magic: u32,
    /// Number of objects.
    pub nelems: u32,
    /// Next object to look at.
    pub free_index: u32,
    pub class: SpanClass,
    /// Whether free objects must be zeroed before use.
    pub needzero: bool,
    /// Whether the span holds objects (false: its descriptor is free).
    pub in_use: bool,
    /// See the header.
    pub cache: u64,
    /// In-use bits.
    pub alloc_bits: *mut u64,
    /// Mark bits of the collector (and of `checkroots`).
    pub mark_bits: *mut u64,
    /// Type of a large object, null if it has no pointers.
    pub large_type: *const u8,
    /// Objects handed out.
    pub allocated: u32,
    /// List link.
    pub next: *mut Span,
}

/// Bytes at the end of a one-page span of small scannable objects that hold its pointer bitmap.
pub const BITMAP_BYTES: usize = PAGE / 8 / 8;

/// Whether objects of this size have their pointer bits in the span.
#[inline]
pub fn bits_in_span(elem_size: usize) -> bool {
    elem_size <= 512
}

impl Span {
    /// Bytes.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.pages * PAGE
    }

    /// Number of the object that contains an address of the span.
    #[inline]
    pub fn index_of(&self, p: usize) -> usize {
        if self.class.class() == 0 {
            return 0;
        }
        (((p - self.base) as u64 * self.magic as u64) >> 32) as usize
    }

    /// Address of an object.
    #[inline]
    pub fn object(&self, i: usize) -> usize {
        self.base + i * self.elem_size
    }

    /// Words of the alloc and mark bitmaps.
    #[inline]
    pub fn bitmap_words(&self) -> usize {
        (self.nelems as usize).div_ceil(64)
    }

    /// The next free object, looking at the cache only.
    #[inline]
    pub fn next_free_fast(&mut self) -> Option<usize> {
        let tz = self.cache.trailing_zeros();
        if tz == 64 {
            return None;
        }
        let i = self.free_index + tz;
        if i >= self.nelems {
            return None;
        }
        let next = i + 1;
        if next.is_multiple_of(64) && next != self.nelems {
            return None;
        }
        self.cache = self.cache >> tz >> 1;
        self.free_index = next;
        self.allocated += 1;
        Some(self.object(i as usize))
    }

    /// The next free object, `None` if the span is full.
    pub fn next_free(&mut self) -> Option<usize> {
        let n = self.nelems;
        loop {
            if self.free_index >= n {
                self.free_index = n;
                return None;
            }
            let tz = self.cache.trailing_zeros();
            if tz == 64 {
                self.free_index = (self.free_index + 64) & !63;
                if self.free_index < n {
                    self.refill_cache();
                }
                continue;
            }
            let i = self.free_index + tz;
            if i >= n {
                self.free_index = n;
                return None;
            }
            self.cache = self.cache >> tz >> 1;
            self.free_index = i + 1;
            if self.free_index.is_multiple_of(64) && self.free_index != n {
                self.refill_cache();
            }
            self.allocated += 1;
            return Some(self.object(i as usize));
        }
    }

    /// Loads the cache for `free_index`, a multiple of 64.
    pub fn refill_cache(&mut self) {
        // SAFETY: the bitmap covers nelems bits.
        self.cache = unsafe { !*self.alloc_bits.add(self.free_index as usize / 64) };
    }

    /// Whether an object has been handed out.
    pub fn is_allocated(&self, i: usize) -> bool {
        if i >= self.nelems as usize {
            return false;
        }
        if i < self.free_index as usize {
            return true;
        }
        // SAFETY: i is below nelems.
        unsafe { *self.alloc_bits.add(i / 64) >> (i % 64) & 1 != 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(nelems: u32, bits: &mut [u64]) -> Span {
        let mut s = Span {
            base: 0x10000,
            pages: 1,
            elem_size: 8,
            magic: sizeclass::magic(8),
            nelems,
            free_index: 0,
            class: SpanClass::new(1, true),
            needzero: false,
            in_use: true,
            cache: 0,
            alloc_bits: bits.as_mut_ptr(),
            mark_bits: core::ptr::null_mut(),
            large_type: core::ptr::null(),
            allocated: 0,
            next: core::ptr::null_mut(),
        };
        s.refill_cache();
        s
    }

    #[test]
    fn hands_out_exactly_the_free_objects() {
        for nelems in [1u32, 63, 64, 65, 127, 128, 200] {
            let mut bits = [0xF0F0_0000_1234_8001u64, !0 << 3, 0x8000_0000_0000_0001, 0];
            let want: std::vec::Vec<usize> =
                (0..nelems as usize).filter(|i| bits[i / 64] >> (i % 64) & 1 == 0).collect();
            let mut s = span(nelems, &mut bits);
            let mut got = std::vec::Vec::new();
            while let Some(p) = s.next_free_fast().or_else(|| s.next_free()) {
                assert!(s.is_allocated(s.index_of(p)));
                got.push(s.index_of(p));
            }
            assert_eq!(got, want, "nelems {nelems}");
        }
    }
}
