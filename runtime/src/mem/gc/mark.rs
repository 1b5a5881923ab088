//! Marking: the closure of what the roots reach.
//!
//! White: mark bit clear. Grey: marked, and its address is in a work buffer. Black: marked, scanned. Objects without
//! pointers are black as soon as they are marked. A large object is scanned in pieces (oblets), each an item of work, so
//! that neither a step takes long nor one P has it all.
//!
//! A pointer may lead nowhere: into free pages or to a free object. Such words come from speculative address arithmetic
//! and from blocks that are described conservatively (reflection); they are ignored.
//!
//! # Several markers, and allocation meanwhile
//!
//! Whoever sets an object's mark bit makes it grey, hence an object is scanned by one marker. Marking frees nothing, so that
//! spans and their in-use bits stay as they are; a P that allocates from a span publishes a new object to markers
//! (`Span::scan_index`) when its memory, type and mark are in place. Words of objects are read while the program stores to
//! them: a marker sees the old pointer or the new one, and the barrier has shaded both.
//!
//! **Runs on** g0 of an M that holds a P, while marking (see [`super`]). **May** not block. Lock ranks: work buffers,
//! `sched`.

use super::work::GcWork;
use crate::mem::arena;
use crate::mem::bitmap;
use crate::mem::span::Span;
use crate::mem::special;
use crate::sched::{schedule, state};

/// Larger objects are scanned in pieces of this size.
pub const OBLET: usize = 128 << 10;

/// Marks the object that a word refers to, if it refers to one.
#[inline]
pub fn grey(w: &mut GcWork, p: usize) {
    let s = arena::span_of(p);
    if s.is_null() {
        return;
    }
    // SAFETY: descriptors are never freed; marking keeps spans in use from being freed.
    unsafe {
        let span: &Span = &*s;
        let i = span.index_of(p);
        // A span that is found is in use: spans of free pages are not found, and none is freed while a cycle marks.
        if i >= span.nelems as usize || span.is_marked(i) || !span.is_scannable(i) || !span.mark(i) {
            return;
        }
        w.marked += span.elem_size;
        if !span.class.noscan() {
            w.put(span.object(i));
        }
    }
}

/// Whether an object is marked, or is going to be revived for its finalizer. What is not in the heap counts as marked.
///
/// # Safety
/// The world is stopped at the end of marking.
pub unsafe fn survives(p: usize) -> bool {
    let s = arena::span_of(p);
    // SAFETY: spans of live addresses are valid.
    unsafe { s.is_null() || (*s).is_marked((*s).index_of(p)) || special::has_finalizer(s, (*s).index_of(p)) }
}

/// Looks at the pointers of a grey object (or the oblet at this address); gives the bytes scanned.
///
/// # Safety
/// `p` was put by [`grey`] or here.
#[inline]
pub unsafe fn scan(w: &mut GcWork, p: usize) -> usize {
    // SAFETY: the address lies in an object that is marked, hence in a span in use.
    unsafe {
        let span: &Span = &*arena::span_of(p);
        let size = span.elem_size;
        if size <= OBLET {
            bitmap::scan_small(span, p, |word| grey(w, word));
            w.scanned += size;
            return size;
        }
        if p == span.base {
            let mut at = span.base + OBLET;
            while at < span.base + size {
                w.put(at);
                at += OBLET;
            }
        }
        let len = OBLET.min(span.base + size - p);
        bitmap::scan_large(span, p, len, |word| grey(w, word));
        w.scanned += len;
        len
    }
}

/// Marks what an object refers to without marking the object: the referents of an object with a finalizer.
///
/// # Safety
/// `p` is the address of an object; the caller owns the work's P.
pub unsafe fn grey_contents(w: &mut GcWork, p: usize) {
    let s = arena::span_of(p);
    if s.is_null() {
        return;
    }
    // SAFETY: as above.
    unsafe {
        let span: &Span = &*s;
        if span.class.noscan() {
            return;
        }
        let base = span.object(span.index_of(p));
        if span.elem_size <= OBLET {
            bitmap::scan_small(span, base, |word| grey(w, word));
        } else {
            bitmap::scan_large(span, base, span.elem_size, |word| grey(w, word));
        }
    }
}

/// Objects that are on their way into the cache while others are scanned.
const AHEAD: usize = 4;

/// Asks for the beginning of an object that will be scanned soon.
#[inline]
fn prefetch(p: usize) {
    // SAFETY: a hint, which does not fault.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(p as *const i8)
    };
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{}]", in(reg) p, options(nostack, preserves_flags, readonly))
    };
}

/// Scans grey objects until there are none, or about `budget` bytes have been scanned. Gives what is left of the budget.
///
/// The scan of an object begins with a cache miss, as a rule. Hence objects pass through a short queue between the work
/// buffer and the scan, and are fetched when they enter it.
///
/// # Safety
/// The caller owns the work's P.
pub unsafe fn drain(w: &mut GcWork, mut budget: isize) -> isize {
    let mut queue = [0usize; AHEAD];
    let (mut first, mut len) = (0, 0);
    let share = state::nprocs() > 1;
    while budget > 0 {
        if share && !super::work::shared() && w.balance() {
            // Nobody else had anything to do.
            schedule::wakep();
        }
        while len < AHEAD
            && let Some(p) = w.get_local()
        {
            prefetch(p);
            queue[(first + len) % AHEAD] = p;
            len += 1;
        }
        let p = if len > 0 {
            let p = queue[first];
            first = (first + 1) % AHEAD;
            len -= 1;
            p
        } else {
            let Some(p) = w.get() else { break };
            p
        };
        // Even an object of a few words costs a cache miss or two.
        // SAFETY: taken from a work buffer.
        budget -= unsafe { scan(w, p) } as isize + 64;
    }
    for i in 0..len {
        w.put(queue[(first + i) % AHEAD]);
    }
    budget
}
