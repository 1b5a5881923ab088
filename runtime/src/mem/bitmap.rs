//! Where the pointers of heap objects are.
//!
//! * Objects of up to 512 bytes: the last [`BITMAP_BYTES`] of their one-page span hold one bit per word.
//! * Small objects above: the first word of the slot is the type (a *header*); the object follows it.
//! * Large objects: `Span::large_type`.
//!
//! An allocation of a multiple of the type's size holds that many values.
//!
//! **Runs on** g0. **May** not allocate.

use super::sizeclass::PAGE;
use super::span::{BITMAP_BYTES, Span, bits_in_span};
use super::typ::Type;

/// Bytes of a type header.
pub const HEADER: usize = 8;

/// Start of a span's bitmap.
#[inline]
fn bitmap(s: &Span) -> *mut u64 {
    (s.base + PAGE - BITMAP_BYTES) as *mut u64
}

/// Writes the pointer bits of a new object of `size` bytes (`size <= 512`) of the type.
///
/// # Safety
/// `p` is a slot of the span, which has a bitmap; `size` is a multiple of the type's size, or less than it.
#[inline]
pub unsafe fn write_bits(s: &Span, p: usize, size: usize, typ: &Type) {
    // SAFETY: masks are padded to eight bytes; the span's bitmap covers all of its words.
    unsafe {
        let words = typ.ptr_bytes / 8;
        let mut bits = (typ.gc_data as *const u64).read_unaligned();
        if words < 64 {
            bits &= (1 << words) - 1;
        }
        let step = typ.size / 8;
        if size > typ.size {
            let one = bits;
            let mut at = step;
            while at < size / 8 {
                bits |= one << at;
                at += step;
            }
        }
        let slot_words = s.elem_size / 8;
        let first = (p - s.base) / 8;
        let map = bitmap(s).add(first / 64);
        let shift = first % 64;
        let keep = if slot_words < 64 { (1u64 << slot_words) - 1 } else { u64::MAX };
        *map = *map & !(keep << shift) | bits << shift;
        if shift + slot_words > 64 {
            let high = 64 - shift;
            *map.add(1) = *map.add(1) & !(keep >> high) | bits >> high;
        }
    }
}

/// Calls `f` with the address of every pointer word of an object.
///
/// # Safety
/// `i` is an allocated object of the span.
pub unsafe fn for_each_pointer(s: &Span, i: usize, mut f: impl FnMut(*mut usize)) {
    if s.class.noscan() {
        return;
    }
    let p = s.object(i);
    // SAFETY: as the header says where the information is.
    unsafe {
        if s.class.class() != 0 && bits_in_span(s.elem_size) {
            let first = (p - s.base) / 8;
            for w in first..first + s.elem_size / 8 {
                if *bitmap(s).add(w / 64) >> (w % 64) & 1 != 0 {
                    f((s.base + 8 * w) as *mut usize);
                }
            }
            return;
        }
        let (typ, start) =
            if s.class.class() == 0 { (s.large_type, p) } else { (*(p as *const *const u8), p + HEADER) };
        if typ.is_null() {
            return;
        }
        let typ = &*(typ as *const Type);
        let end = p + s.elem_size;
        let mut at = start;
        while at + typ.ptr_bytes <= end {
            typ.for_each_pointer(at, &mut |a| f(a as *mut usize));
            at += typ.size;
        }
    }
}
