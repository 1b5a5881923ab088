//! Sweeping: what is not marked becomes free.
//!
//! A span is swept once per cycle, by whoever comes first ([`super::mcentral`]): an allocation that needs a free object of
//! the class, somebody who attaches something to one of its objects, the background sweeper, or the start of the next cycle,
//! which sweeps what is left.
//! Its mark bits become its in-use bits. Allocations also sweep in proportion ([`pay`]), so that the work is done
//! before the heap reaches its next goal.
//!
//! # Who may do what in which phase
//!
//! Spans are swept between the end of a cycle's marking and the beginning of the next, by several Ps at a time, each span by
//! one; bits and counters of the span are the sweeper's meanwhile. Nobody sets mark bits then
//! but the sweeper, for objects that it revives. What was freed is counted on the sweeper's P.
//!
//! `GODEBUG=clobberfree=1` overwrites freed objects.
//!
//! # Orderings
//!
//! Mark bits are Relaxed here: marking ended with a stop of the world, and the span is one sweeper's by its
//! generation, whose Release lets others see the result. [`done`] loads with Acquire, see [`super::mcentral`].
//!
//! **Runs on** g0 of an M that holds a P. **May** ready goroutines (finalizers). Lock ranks: those of specials, `mheap`.

use super::gc::pace;
use super::mcentral::{self, UNSWEPT_SPANS};
use super::sizeclass;
use super::span::Span;
use super::special;
use crate::debug;
use crate::os::{clock, process};
use crate::sched::{m, natives, park};
use crate::trace::memory::Sweep;
use core::sync::atomic::Ordering::{Acquire, Relaxed};

/// What freed objects are filled with under `clobberfree`: not an address.
const CLOBBER: u64 = 0xdead_beef_dead_beef;

/// Sweeps a span: afterwards `allocated` is the number of its objects that live.
///
/// # Safety
/// The caller is the span's sweeper, and nothing marks.
pub unsafe fn sweep(s: *mut Span) {
    // SAFETY: the span is the caller's.
    unsafe {
        if (*s).special_index != 0 {
            special::sweep(s);
        }
        let span = &mut *s;
        let words = span.bitmap_words();
        let before = span.allocated;
        let mut live = 0;
        for w in 0..words {
            live += span.mark_word(w).load(Relaxed).count_ones();
        }
        if live > before {
            crate::panic::fatal::throw("sweep increased allocation count");
        }
        if debug::get().clobberfree && live != before {
            clobber(span);
        }
        let freed = (before - live) as u64;
        if freed != 0 {
            span.needzero = true;
            let c = &mut (*m::p()).mcache;
            c.frees += freed;
            c.freed_bytes += freed * span.elem_size as u64;
            c.by_class[span.class.class()].1 += freed;
        }
        span.allocated = live;
        span.marks_become_in_use();
    }
}

/// Fills what is about to be freed.
///
/// # Safety
/// As [`sweep`].
unsafe fn clobber(s: &Span) {
    for i in 0..s.nelems as usize {
        if s.is_marked(i) || !s.is_allocated(i) {
            continue;
        }
        let p = s.object(i) as *mut u64;
        for k in 0..s.elem_size / 8 {
            // SAFETY: the object is dead.
            unsafe { *p.add(k) = CLOBBER };
        }
    }
}

/// Whether all spans are swept.
pub fn done() -> bool {
    UNSWEPT_SPANS.load(Acquire) == 0
}

/// Pays the debt of an allocation of fresh pages: sweeps as much as the pacer asks for, and for a large request until
/// as many pages have become free.
pub fn pay(pages: usize) {
    if done() {
        return;
    }
    let mut freed = 0;
    let mut spans = pace::sweep_debt();
    let mut traced = Sweep::default();
    while spans > 0 || freed < pages && pages > 1 {
        traced.begin();
        let Some(n) = mcentral::sweep_one() else { return };
        traced.span(sizeclass::PAGE, n * sizeclass::PAGE);
        freed += n;
        spans = spans.saturating_sub(1);
    }
}

/// `gcsweep(ns int) bool`: sweeps for about that long; true if something is left to do.
unsafe extern "C" fn gcsweep(ns: usize) -> usize {
    let end = clock::nanotime() + ns as i64;
    loop {
        for _ in 0..8 {
            if mcentral::sweep_one().is_none() {
                return !done() as usize;
            }
        }
        if clock::nanotime() >= end {
            return 1;
        }
    }
}

/// `osyield()`: lets other threads run.
unsafe extern "C" fn osyield() {
    process::yield_cpu();
}

/// `preemptpoint()`: the goroutine gives way if somebody wants it to.
unsafe extern "C" fn preemptpoint() {
    let g = m::curg();
    // SAFETY: the entry's own goroutine.
    unsafe {
        if (*g).preempt.load(Relaxed) && m::may_park() {
            park(g, 0, Some(natives::requeue_local), 0);
        }
    }
}

crate::g0_entry! {
    "runtime.gcsweep" => gcsweep,
    "runtime.preemptpoint" => preemptpoint,
    "runtime.osyield" => osyield,
}
