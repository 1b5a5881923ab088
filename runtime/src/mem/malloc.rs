//! `mallocgc`.
//!
//! Sizes up to 32760 bytes come from the P's cache, larger ones from the page heap. Memory from the kernel is zero; a span
//! says whether its free objects must be zeroed. While a collection marks, new objects are black: free ones of spans in caches
//! are marked beforehand ([`super::span`]), large ones here.
//!
//! What the stubs of [`crate::arch`] can do they do on the goroutine's stack; the rest comes to [`mallocgc`].
//!
//! Rust code that allocates calls [`allocate`], which never collects: what it holds needs no root. The entry that Go code
//! calls asks for a collection after the allocation if one is due, and then parks with the object as its result.
//!
//! # Orderings
//!
//! * A small object's zeros and pointer bits, and its span if that is new, are seen by whoever sees a pointer to it:
//!   a fence (Release) stands before the object is handed out, in the stubs of aarch64 a `dmb ishst`. The other half
//!   is that loads through a pointer depend on it.
//! * A large object's type is stored with Release when it has been cleared (`bigtype`), for Acquire in
//!   [`Span::large_type`]: a marker loads it through the descriptor, on which the object's words do not depend.
//!
//! **Runs on** g0. **May** map memory and sweep; `mallocgc` may park. Lock ranks: `mcentral`, `mheap`.

use super::bitmap::{self, HEADER};
use super::mcache::MCache;
use super::sizeclass::{self, MAX_SMALL, PAGE};
use super::span::{BITMAP_BYTES, Span, SpanClass, bits_in_span};
use super::typ::Type;
use super::{arena, gc, mcentral, mheap, sweep};
use crate::native::{Pair, flag};
use crate::panic::fatal;
use crate::sched::p::P;
use crate::sched::{m, preempt};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Release, fence};

/// What an allocation of size 0 returns. It can be written to, as gc's: programs that go through `unsafe` store the first
/// element of an array without elements.
static ZERO_BASE: AtomicU64 = AtomicU64::new(0);

/// Largest object that a span of several can hold, a header included.
const SMALL_LIMIT: usize = MAX_SMALL - HEADER;
/// Below this, objects without pointers share blocks of this size.
const TINY: usize = 16;
/// Class of the spans of tiny blocks; the allocation stubs know that its objects have 16 bytes.
pub const TINY_SPANS: SpanClass = SpanClass(2 << 1 | 1);
/// More than any address space.
const MAX_ALLOC: usize = 1 << 47;

// What generated code relies on when it allocates by itself.
const _: () = {
    use core::mem::offset_of;
    use grus_abi::alloc;
    assert!(alloc::M_P == offset_of!(m::M, p));
    assert!(alloc::P_SPANS == offset_of!(P, mcache) + offset_of!(MCache, spans));
    assert!(alloc::SPAN_BASE == offset_of!(Span, base));
    assert!(alloc::SPAN_CACHE == offset_of!(Span, cache));
    assert!(alloc::SPAN_GROUP == offset_of!(Span, group));
    assert!(alloc::BITMAP == PAGE - BITMAP_BYTES && alloc::TINY == TINY as u64);
    let mut class = 0;
    while class < alloc::SIZES.len() {
        assert!(alloc::SIZES[class] == sizeclass::SIZES[class] && bits_in_span(alloc::SIZES[class] as usize));
        assert!(class == 0 || sizeclass::PAGES[class] == 1);
        class += 1;
    }
};

/// Allocates; `typ` null or without pointers means none in the object.
///
/// # Safety
/// The caller owns the P; `typ` is null or a descriptor.
#[inline]
pub unsafe fn allocate(size: usize, typ: *const Type, needzero: bool) -> usize {
    if size == 0 {
        return &raw const ZERO_BASE as usize;
    }
    // SAFETY: the P's cache is ours; spans in it are ours.
    unsafe {
        let c = &mut (*m::p()).mcache;
        let noscan = typ.is_null() || (*typ).noscan();
        if size > SMALL_LIMIT {
            return large(c, size, typ, noscan, needzero);
        }
        if noscan {
            if size < TINY {
                return tiny(c, size);
            }
            let class = SpanClass::new(sizeclass::class_of(size), true);
            let (p, s) = c.next_free(class);
            if needzero && (*s).needzero {
                core::ptr::write_bytes(p as *mut u8, 0, (*s).elem_size);
            }
            complete(s, p);
            return p;
        }
        if bits_in_span(size) {
            let class = SpanClass::new(sizeclass::class_of(size), false);
            let (p, s) = c.next_free(class);
            if (*s).needzero {
                core::ptr::write_bytes(p as *mut u8, 0, (*s).elem_size);
            }
            bitmap::write_bits(&*s, p, size, &*typ);
            complete(s, p);
            return p;
        }
        let class = SpanClass::new(sizeclass::class_of(size + HEADER), false);
        let (p, s) = c.next_free(class);
        if (*s).needzero {
            core::ptr::write_bytes(p as *mut u8, 0, (*s).elem_size);
        }
        *(p as *mut *const Type) = typ;
        complete(s, p);
        p + HEADER
    }
}

/// A new small object is complete as far as the collector is concerned: its zeros and pointer bits are seen before any pointer
/// to it.
///
/// # Safety
/// The span is in this P's cache.
#[inline]
unsafe fn complete(s: *mut Span, p: usize) {
    // Programs store pointers without ordering; who loads one and follows it is ordered by the address that it depends on.
    fence(Release);
    // SAFETY: passed on.
    unsafe { debug_assert!(!gc::marking() || (*s).is_marked((*s).index_of(p))) };
}

/// The same of a large object, which is marked while a collection marks.
///
/// # Safety
/// The span is the caller's, who owns the P.
unsafe fn complete_large(s: *mut Span) {
    fence(Release);
    if gc::marking() {
        // SAFETY: passed on.
        unsafe {
            if (*s).mark(0) {
                let w = &mut (*m::p()).gcw;
                w.marked = w.marked.wrapping_add((*s).elem_size);
            }
            (*s).publish();
        }
    }
}

/// Objects without pointers below 16 bytes, aligned as their size suggests.
///
/// # Safety
/// The caller owns the cache.
unsafe fn tiny(c: &mut MCache, size: usize) -> usize {
    let align = if size & 7 == 0 {
        8
    } else if size & 3 == 0 {
        4
    } else if size & 1 == 0 {
        2
    } else {
        1
    };
    let at = c.tiny_used.next_multiple_of(align);
    if c.tiny != 0 && at + size <= TINY {
        c.tiny_used = at + size;
        c.tiny_mallocs += 1;
        return c.tiny + at;
    }
    let (p, s) = c.next_free(TINY_SPANS);
    // SAFETY: a fresh object of 16 bytes.
    unsafe {
        if (*s).needzero {
            core::ptr::write_bytes(p as *mut u8, 0, TINY);
        }
    }
    // SAFETY: as above.
    unsafe { complete(s, p) };
    if c.tiny == 0 || size < c.tiny_used {
        c.tiny = p;
        c.tiny_used = size;
    }
    p
}

/// An object with a span of its own.
///
/// # Safety
/// As [`allocate`].
#[cold]
unsafe fn large(c: &mut MCache, size: usize, typ: *const Type, noscan: bool, needzero: bool) -> usize {
    let s = large_span(size, noscan);
    // SAFETY: a fresh span.
    unsafe {
        if (*s).needzero && (needzero || !noscan) {
            core::ptr::write_bytes((*s).base as *mut u8, 0, (*s).elem_size);
        }
        finish_large(c, s, typ, noscan)
    }
}

fn large_span(size: usize, noscan: bool) -> *mut Span {
    if size >= MAX_ALLOC {
        fatal::out_of_memory(size);
    }
    let pages = size.div_ceil(PAGE);
    sweep::pay(pages);
    mheap::allocate(pages, SpanClass::new(0, noscan))
}

/// Makes a large object known.
///
/// # Safety
/// The span is new; its memory is what markers may see under the type. The caller owns the cache.
unsafe fn finish_large(c: &mut MCache, s: *mut Span, typ: *const Type, noscan: bool) -> usize {
    // SAFETY: passed on.
    unsafe {
        (*s).large_type = if noscan { core::ptr::null() } else { typ as *const u8 };
        (*s).cache = 0;
        let p = (*s).base;
        complete_large(s);
        c.count_large((*s).elem_size, noscan);
        c.sample_large(s);
        mcentral::give_back(s);
        p
    }
}

/// `mallocgc(size uintptr, typ *_type, needzero bool) unsafe.Pointer`.
pub(crate) unsafe extern "C" fn mallocgc(size: usize, typ: *const Type, needzero: usize) -> usize {
    // SAFETY: the entry's M owns its P; the Go half passes a descriptor.
    let p = unsafe { allocate(size, typ, flag(needzero)) };
    gc::poll(p);
    // SAFETY: as above.
    unsafe { preempt::heed(p) };
    p
}

/// `bigpoll(size uintptr)`: if an object of this size would make a collection due, lets it begin first. What the program
/// lets go of in exchange for the object is then found dead one collection earlier than if it began afterwards.
unsafe extern "C" fn bigpoll(size: usize) {
    gc::poll_before(size);
}

/// `bigalloc(size uintptr, noscan bool) (p unsafe.Pointer, dirty bool)`: an object that is to be cleared by the caller, piece
/// by piece, if `dirty`. Until [`bigtype`] says otherwise it holds no pointers.
unsafe extern "C" fn bigalloc(size: usize, noscan: usize) -> Pair {
    let s = large_span(size, flag(noscan));
    // SAFETY: a fresh span; this M owns its P.
    unsafe {
        let dirty = (*s).needzero;
        let p = finish_large(&mut (*m::p()).mcache, s, core::ptr::null(), flag(noscan));
        Pair(p, dirty as usize)
    }
}

/// `bigtype(p unsafe.Pointer, typ *_type)`: the object is clear and holds values of the type from now on.
unsafe extern "C" fn bigtype(p: usize, typ: *const Type) {
    // SAFETY: the object is alive. Markers read the field while it changes: the object holds no pointers yet.
    unsafe {
        let s = arena::span_of(p);
        // Releasing: what was cleared is clear for whoever sees the type (`Span::large_type`).
        AtomicPtr::from_ptr((&raw mut (*s).large_type).cast::<*mut u8>()).store(typ as *mut u8, Release);
    }
}

/// `findobject(p unsafe.Pointer) (base, size uintptr)`.
unsafe extern "C" fn findobject(p: usize) -> Pair {
    let s = arena::span_of(p);
    if s.is_null() {
        return Pair(0, 0);
    }
    // SAFETY: span descriptors are never freed.
    unsafe {
        let s = &*s;
        let i = s.index_of(p);
        if !s.is_allocated(i) {
            return Pair(0, 0);
        }
        let base = s.object(i);
        if !s.class.noscan() && s.class.class() != 0 && !bits_in_span(s.elem_size) {
            return if p < base + HEADER { Pair(0, 0) } else { Pair(base + HEADER, s.elem_size - HEADER) };
        }
        Pair(base, s.elem_size)
    }
}

/// `heapbits(p unsafe.Pointer, out *byte, n int)`: for the `n` words from `p` on, which are within one heap object, stores 1
/// in `out` where the collector sees a pointer.
unsafe extern "C" fn heapbits(p: usize, out: *mut u8, n: usize) {
    let s = arena::span_of(p);
    if s.is_null() {
        return;
    }
    // SAFETY: span descriptors are never freed; `out` has room for `n` bytes.
    unsafe {
        let s = &*s;
        if s.class.noscan() {
            return;
        }
        bitmap::for_each_pointer_word(s, s.object(s.index_of(p)), |a| {
            if a >= p && (a - p) / 8 < n {
                *out.add((a - p) / 8) = 1;
            }
        });
    }
}

crate::g0_entry! {
    "runtime.findobject" => findobject,
    "runtime.bigpoll" => bigpoll,
    "runtime.bigalloc" => bigalloc,
    "runtime.bigtype" => bigtype,
    "runtime.heapbits" => heapbits,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn typ(size: usize, mask: &'static [u8], ptr_bytes: usize) -> Type {
        Type {
            size,
            ptr_bytes,
            hash: 0,
            tflag: 0,
            align: 8,
            field_align: 8,
            kind: 25,
            equal: 0,
            gc_data: mask.as_ptr(),
            str: 0,
            ptr_to_this: 0,
        }
    }

    /// Pointer words of the object at p, as offsets.
    fn pointers(p: usize) -> Vec<usize> {
        let s = arena::span_of(p);
        let mut v = Vec::new();
        // SAFETY: p was allocated.
        unsafe {
            let i = (*s).index_of(p);
            assert!((*s).is_allocated(i));
            bitmap::for_each_pointer(&*s, i, |a| v.push(a as usize - p));
        }
        v
    }

    static MASK: [u8; 16] = [0b1010_0101, 0b1000_0001, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    fn want(size: usize, t: &Type) -> Vec<usize> {
        (0..size / t.size)
            .flat_map(|i| {
                (0..t.ptr_bytes / 8)
                    .filter(|w| MASK[w / 8] >> (w % 8) & 1 != 0)
                    .map(move |w| i * t.size + w * 8)
            })
            .collect()
    }

    #[test]
    fn objects_are_disjoint_zeroed_and_know_their_pointers() {
        let _lock = crate::sched::start::init_for_tests();
        let mut got = Vec::new();
        for (words, count) in
            [(1, 1), (1, 5), (3, 1), (3, 7), (16, 1), (16, 4), (16, 5), (16, 300), (20, 2000)]
        {
            for _ in 0..40 {
                let t = typ(words * 8, &MASK, words.min(16) * 8);
                let t: &'static Type = std::boxed::Box::leak(std::boxed::Box::new(t));
                let size = t.size * count;
                // SAFETY: the test owns the P.
                let p = unsafe { allocate(size, t, true) };
                // Slots may be larger than the object; what is behind it is zero.
                let mut found = pointers(p);
                found.retain(|&at| at < size);
                assert_eq!(found, want(size, t), "words {words} count {count}");
                // SAFETY: just allocated.
                let bytes = unsafe { core::slice::from_raw_parts_mut(p as *mut u8, size) };
                assert!(bytes.iter().all(|&b| b == 0));
                bytes.fill(0xEE);
                got.push((p, size));
            }
        }
        for &(p, size) in &got {
            // SAFETY: allocated above; a type header or bitmap that overlapped would show here.
            let bytes = unsafe { core::slice::from_raw_parts(p as *const u8, size) };
            assert!(bytes.iter().all(|&b| b == 0xEE));
        }
        got.sort_unstable();
        assert!(got.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0));
    }

    #[test]
    fn sizes_without_pointers() {
        let _lock = crate::sched::start::init_for_tests();
        let mut got = Vec::new();
        for size in (1..40).chain([100, 511, 512, 513, 4096, 32760, 32761, 32768, 100_000, 70 << 20]) {
            for _ in 0..3 {
                // SAFETY: the test owns the P.
                let p = unsafe { allocate(size, core::ptr::null(), true) };
                assert!(pointers(p & !15).is_empty());
                if size % 8 == 0 {
                    assert_eq!(p % 8, 0);
                }
                got.push((p, size));
            }
        }
        got.sort_unstable();
        assert!(got.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0));
    }

    #[test]
    fn objects_are_found_by_interior_pointers() {
        let _lock = crate::sched::start::init_for_tests();
        // SAFETY: the test owns the P.
        unsafe {
            let p = allocate(100, core::ptr::null(), true);
            let Pair(base, size) = findobject(p + 99);
            assert_eq!((base, size), (p, 112));
            assert_eq!(findobject(&raw const MASK as usize).0, 0);
            let t: &'static Type = std::boxed::Box::leak(std::boxed::Box::new(typ(600, &MASK, 128)));
            let p = allocate(600, t, true);
            let Pair(base, size) = findobject(p + 5);
            assert_eq!((base, size), (p, 640 - 8));
        }
    }
}
