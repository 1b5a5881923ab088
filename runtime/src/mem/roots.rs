//! `GODEBUG=checkroots=N`: mark from the roots every N allocations and poison what is not reached.
//!
//! Tests all root metadata without a collector: an object that the maps forget is filled with a pattern and never
//! used again, so that its next use shows. Nothing is freed.
//!
//! Roots: data and bss by their masks; every goroutine's frames by their maps, stack objects reached from there, the Go
//! area's pointer words, sudog elements and channels; armed timers.
//!
//! Pointers to free slots and into unused pages are ignored: results of speculative arithmetic and conservatively
//! described words (blocks of the reflect stubs).
//!
//! **Runs on** g0 with no goroutine running Go. **May** map memory for its work list. Lock ranks: `allgs`, `mheap`.

use super::arena;
use super::bitmap;
use super::mheap;
use super::persistent::{self, Vector};
use super::span::{Span, bits_in_span};
use crate::chan::sudog::Sudog;
use crate::debug;
use crate::image::moduledata;
use crate::lock::Lock;
use crate::sched::g::G;
use crate::sched::{m, schedule};
use crate::stack::unwind::{self, Code, Frame, Unwinder};
use crate::timer;
use grus_abi::g::GO_POINTER_WORDS;
use grus_abi::moduledata::DataRange;
use grus_abi::symtab::StackObject;

/// What unmarked objects are filled with: not an address.
const POISON: u64 = 0xdead_dead_dead_dead;

/// Work that is left.
struct Marker {
    objects: Vector<(usize, u32)>,
    /// Stack objects of the goroutine being scanned that have been visited.
    visited: Vector<usize>,
}

static MARKER: Lock<Marker> = Lock::new(Marker { objects: Vector::new(), visited: Vector::new() });

/// Counts an allocation.
pub fn tick() {
    // SAFETY: this M owns its P.
    let c = unsafe { &mut (*m::p()).mcache };
    c.until_check = c.until_check.saturating_sub(1);
    if c.until_check == 0 {
        c.until_check = debug::get().checkroots;
        check();
    }
}

/// Marks and poisons.
pub fn check() {
    let mut marker = MARKER.lock();
    mheap::for_each_span(|s| {
        // SAFETY: the world is stopped.
        let s = unsafe { &mut *s };
        let words = s.bitmap_words();
        if s.mark_bits.is_null() {
            // Twice: marks, then objects that are poisoned already.
            s.mark_bits = persistent::alloc(words * 16, 8) as *mut u64;
        }
        // SAFETY: the bitmap has that many words.
        unsafe { core::ptr::write_bytes(s.mark_bits, 0, words) };
    });
    // SAFETY: the world is stopped: this M's goroutine is in a native, all others are switched out.
    unsafe {
        let d = moduledata();
        marker.range(&d.data);
        marker.range(&d.bss);
        schedule::for_each_live(|g| marker.goroutine(g));
        timer::for_each_root(|p| marker.pointer(p));
        marker.drain();
        (*m::p()).mcache.tiny = 0;
    }
    mheap::for_each_span(|s| {
        // SAFETY: as above.
        unsafe { poison(&mut *s) }
    });
}

/// Fills unmarked objects.
///
/// # Safety
/// Marking is complete.
unsafe fn poison(s: &mut Span) {
    // SAFETY: both bitmaps cover the objects; allocated unmarked objects are unreachable.
    unsafe {
        let dead = s.mark_bits.add(s.bitmap_words());
        for i in 0..s.nelems as usize {
            let (w, b) = (i / 64, 1u64 << (i % 64));
            if *s.mark_bits.add(w) & b != 0 || *dead.add(w) & b != 0 || !s.is_allocated(i) {
                continue;
            }
            *dead.add(w) |= b;
            let p = s.object(i) as *mut u64;
            let header = !s.class.noscan() && s.class.class() != 0 && !bits_in_span(s.elem_size);
            for k in header as usize..s.elem_size / 8 {
                *p.add(k) = POISON;
            }
            if header {
                *p = 0;
            }
        }
    }
}

impl Marker {
    /// A word that may be a heap pointer.
    unsafe fn pointer(&mut self, p: usize) {
        let s = arena::span_of(p);
        if s.is_null() {
            return;
        }
        // SAFETY: descriptors are never freed; mark bits exist for every span.
        unsafe {
            let span = &*s;
            let i = span.index_of(p);
            if !span.is_allocated(i) {
                return;
            }
            let (w, b) = (i / 64, 1u64 << (i % 64));
            if *span.mark_bits.add(w) & b != 0 {
                return;
            }
            *span.mark_bits.add(w) |= b;
            if !span.class.noscan() {
                self.objects.push((s as usize, i as u32));
            }
        }
    }

    unsafe fn drain(&mut self) {
        while let Some((s, i)) = self.objects.pop() {
            // SAFETY: pushed by `pointer`.
            unsafe {
                bitmap::for_each_pointer(&*(s as *const Span), i as usize, |a| self.pointer(*a));
            }
        }
    }

    unsafe fn range(&mut self, r: &DataRange) {
        for i in 0..r.end.saturating_sub(r.start) / 8 {
            // SAFETY: the mask covers the range.
            unsafe {
                if *r.mask.add(i / 8) >> (i % 8) & 1 != 0 {
                    self.pointer(*((r.start + 8 * i) as *const usize));
                }
            }
        }
    }

    unsafe fn goroutine(&mut self, g: *mut G) {
        // SAFETY: the goroutine does not run.
        unsafe {
            let words = &raw const (*g).h.go as *const usize;
            for i in 0..GO_POINTER_WORDS {
                self.pointer(*words.add(i));
            }
            let mut sg: *mut Sudog = (*g).waiting;
            while !sg.is_null() {
                self.pointer((*sg).chan as usize);
                if !(*sg).on_stack {
                    self.pointer((*sg).elem);
                }
                sg = (*sg).waitlink;
            }
            self.pointer((*g).mailbox);
            self.visited.clear();
            let mut walk = Unwinder::new(&(*g).h.sched);
            while let Some(frame) = walk.next() {
                unwind::for_each_pointer(&frame, |a| self.stack_word(g, *a));
            }
            // Elements on a waiting goroutine's stack are reached by the frames that own them.
        }
    }

    /// A live word of a goroutine's stack: a heap pointer, or the address of a stack object.
    unsafe fn stack_word(&mut self, g: *mut G, p: usize) {
        // SAFETY: the goroutine does not run.
        unsafe {
            if !(*g).owns(p) {
                self.pointer(p);
                return;
            }
            let mut walk = Unwinder::new(&(*g).h.sched);
            while let Some(frame) = walk.next() {
                if p < frame.fp {
                    self.stack_object(g, &frame, p);
                    return;
                }
            }
        }
    }

    unsafe fn stack_object(&mut self, g: *mut G, frame: &Frame, p: usize) {
        let Code::Go(f) = frame.code else { return };
        let sp = frame.sp();
        for o in f.objects() {
            let StackObject { offset, size, mask, mask_words } = *o;
            let at = sp + offset as usize;
            if p < at || p >= at + size as usize {
                continue;
            }
            if self.visited.as_slice().contains(&at) {
                return;
            }
            self.visited.push(at);
            for w in 0..mask_words as usize {
                // SAFETY: the mask covers the object, which lies in the frame.
                unsafe {
                    if *(mask as usize as *const u8).add(w / 8) >> (w % 8) & 1 != 0 {
                        self.stack_word(g, *((at + 8 * w) as *const usize));
                    }
                }
            }
            return;
        }
    }
}
