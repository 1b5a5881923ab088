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
use super::typ::{GC_MASK_ON_DEMAND, Type};

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

/// Pointer bits of the `n <= 64` words from word `first` of the span on.
///
/// # Safety
/// The span has a bitmap that covers the words.
#[inline]
unsafe fn read_bits(s: &Span, first: usize, n: usize) -> u64 {
    // SAFETY: passed on.
    unsafe {
        let map = bitmap(s).add(first / 64);
        let shift = first % 64;
        let mut bits = *map >> shift;
        if shift + n > 64 {
            bits |= *map.add(1) << (64 - shift);
        }
        if n < 64 { bits & ((1 << n) - 1) } else { bits }
    }
}

/// Calls `f` with the contents of the pointer words among the 64 from `base` on that `bits` names.
///
/// # Safety
/// The words are readable.
#[inline]
pub unsafe fn words(base: usize, mut bits: u64, mut f: impl FnMut(usize)) {
    while bits != 0 {
        let i = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        // SAFETY: passed on. Another thread may be storing to the word: a single load sees the old or the new value.
        let word = unsafe { ((base + 8 * i) as *const usize).read_volatile() };
        if word != 0 {
            f(word);
        }
    }
}

/// Address and pointer bits of a small object.
///
/// # Safety
/// The span has a bitmap.
#[inline]
pub unsafe fn object(s: &Span, i: usize) -> (usize, u64) {
    let words = s.elem_size / 8;
    // SAFETY: the bits of an object of the span.
    unsafe { (s.base + 8 * i * words, read_bits(s, i * words, words)) }
}

/// The bits of values of `size < 64` words each, which have the pointers `one`, in 64 words of which the first is word `phase`
/// of a value.
#[inline]
fn repeated(one: u64, size: usize, phase: usize) -> u64 {
    let mut bits = one >> phase;
    let mut at = size - phase;
    while at < 64 {
        bits |= one << at;
        at += size;
    }
    bits
}

/// Calls `f` with addresses and pointer bits of 64 words each, for the part `[from, end)` of an array of values of a type that
/// begins at `start` and goes up to `limit` at most.
///
/// # Safety
/// The array has been allocated, the descriptor is intact.
#[inline]
unsafe fn array(
    typ: &Type,
    start: usize,
    from: usize,
    end: usize,
    limit: usize,
    f: &mut impl FnMut(usize, u64),
) {
    // Values that are not complete have no pointers.
    let Some(values) = (limit - start).checked_sub(typ.ptr_bytes) else { return };
    let end = end.min(start + values / typ.size * typ.size + typ.ptr_bytes);
    // SAFETY: masks are padded to eight bytes; passed on.
    unsafe {
        if typ.tflag & GC_MASK_ON_DEMAND == 0 && typ.size < 64 * 8 {
            let size = typ.size / 8;
            let one = (typ.gc_data as *const u64).read_unaligned() & ((1 << (typ.ptr_bytes / 8)) - 1);
            let mut phase = (from - start) / 8 % size;
            let mut bits = repeated(one, size, phase);
            let mut at = from;
            while at < end {
                let words = (end - at) / 8;
                f(at, if words < 64 { bits & ((1 << words) - 1) } else { bits });
                at += 64 * 8;
                let next = (phase + 64) % size;
                if next != phase {
                    phase = next;
                    bits = repeated(one, size, phase);
                }
            }
            return;
        }
        let mut at = start + (from - start) / typ.size * typ.size;
        while at < end {
            value(typ, at, from, end, f);
            at += typ.size;
        }
    }
}

/// The same for one value, at `base`.
///
/// # Safety
/// As [`array`].
unsafe fn value(typ: &Type, base: usize, from: usize, end: usize, f: &mut impl FnMut(usize, u64)) {
    // SAFETY: as above.
    unsafe {
        if typ.tflag & GC_MASK_ON_DEMAND != 0 {
            typ.for_each_pointer(base, &mut |a| {
                if a >= from && a < end {
                    f(a, 1);
                }
            });
            return;
        }
        let first = from.saturating_sub(base) / 8;
        let last = (typ.ptr_bytes / 8).min((end - base) / 8);
        for block in first / 64..last.div_ceil(64) {
            let at = 64 * block;
            let mut bits = (typ.gc_data.add(at / 8) as *const u64).read_unaligned();
            if first > at {
                bits &= u64::MAX << (first - at);
            }
            if last - at < 64 {
                bits &= (1 << (last - at)) - 1;
            }
            f(base + 8 * at, bits);
        }
    }
}

/// Calls `f` with addresses and pointer bits of the 64 words from there on, which together are the pointer words of those of
/// the objects `64 * w` to `64 * w + 63` of a span whose bits are set in `objects`.
///
/// # Safety
/// The span has a bitmap.
#[inline]
pub unsafe fn groups(s: &Span, w: usize, objects: u64, mut f: impl FnMut(usize, u64)) {
    let size = s.elem_size / 8;
    let first = 64 * w * size;
    // SAFETY: the bits of objects of the span.
    unsafe {
        match size {
            1 => f(s.base + 8 * first, objects & *bitmap(s).add(w)),
            2 => {
                for half in 0..2 {
                    let bits = twice((objects >> (32 * half)) as u32);
                    if bits != 0 {
                        let at = first + 64 * half;
                        f(s.base + 8 * at, bits & *bitmap(s).add(at / 64));
                    }
                }
            }
            _ => {
                let mut left = objects;
                while left != 0 {
                    let at = first + left.trailing_zeros() as usize * size;
                    left &= left - 1;
                    f(s.base + 8 * at, read_bits(s, at, size));
                }
            }
        }
    }
}

/// Each bit two times.
fn twice(bits: u32) -> u64 {
    let mut x = bits as u64;
    x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    x = (x | x << 2) & 0x3333_3333_3333_3333;
    x = (x | x << 1) & 0x5555_5555_5555_5555;
    x | x << 1
}

/// Calls `f` with addresses and pointer bits of 64 words each, for all words of an object that may have pointers.
///
/// # Safety
/// `p` is the start of an allocated object of the span.
#[inline]
pub unsafe fn scan_small(s: &Span, p: usize, mut f: impl FnMut(usize, u64)) {
    // SAFETY: as the header says where the information is.
    unsafe {
        let size = s.elem_size;
        if s.class.class() != 0 && bits_in_span(size) {
            return f(p, read_bits(s, (p - s.base) / 8, size / 8));
        }
        let (typ, start) = match s.class.class() {
            0 => (s.large_type(), p),
            _ => (*(p as *const *const u8), p + HEADER),
        };
        if !typ.is_null() {
            array(&*(typ as *const Type), start, start, p + size, p + size, &mut f);
        }
    }
}

/// The same for the part `[from, from+len)` of a large object.
///
/// # Safety
/// The span is one of a large object, which contains the part.
pub unsafe fn scan_large(s: &Span, from: usize, len: usize, mut f: impl FnMut(usize, u64)) {
    let typ = s.large_type();
    if !typ.is_null() {
        // SAFETY: descriptors are intact; all addresses are inside the object.
        unsafe { array(&*(typ as *const Type), s.base, from, from + len, s.base + s.elem_size, &mut f) };
    }
}

/// Calls `f` with the address of every word of an object that counts as a pointer.
///
/// # Safety
/// `p` is the start of an allocated object of the span.
pub unsafe fn for_each_pointer_word(s: &Span, p: usize, mut f: impl FnMut(usize)) {
    // SAFETY: as for `scan_small`.
    unsafe {
        if s.class.class() != 0 && bits_in_span(s.elem_size) {
            let bits = read_bits(s, (p - s.base) / 8, s.elem_size / 8);
            for i in (0..64).filter(|i| bits >> i & 1 != 0) {
                f(p + 8 * i);
            }
            return;
        }
        let (typ, start) = match s.class.class() {
            0 => (s.large_type(), p),
            _ => (*(p as *const *const u8), p + HEADER),
        };
        if typ.is_null() {
            return;
        }
        let typ = &*(typ as *const Type);
        let mut at = start;
        while at + typ.ptr_bytes <= p + s.elem_size {
            typ.for_each_pointer(at, &mut f);
            at += typ.size;
        }
    }
}

/// Calls `f` with the address of every pointer word of an object.
///
/// # Safety
/// `i` is an allocated object of the span.
#[cfg(test)]
pub unsafe fn for_each_pointer(s: &Span, i: usize, mut f: impl FnMut(*mut usize)) {
    if s.class.noscan() {
        return;
    }
    let p = s.object(i);
    // Each word is made to hold its own address for the walk.
    // SAFETY: the test owns the object.
    unsafe {
        let skip = (s.class.class() != 0 && !bits_in_span(s.elem_size)) as usize;
        let words = core::slice::from_raw_parts_mut(p as *mut usize, s.elem_size / 8);
        let saved = words.to_vec();
        for (k, w) in words.iter_mut().enumerate().skip(skip) {
            *w = p + 8 * k;
        }
        scan_small(s, p, |base, bits| self::words(base, bits, |a| f(a as *mut usize)));
        words.copy_from_slice(&saved);
    }
}
