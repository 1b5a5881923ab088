//! `GODEBUG=gccheckmark=1`: marking a second time.
//!
//! When concurrent marking has ended and the world is stopped, the mark bits are put aside, everything is marked again from
//! the roots, and each object that is marked now must have been marked before: else concurrent marking missed it, and it
//! would have been freed.
//!
//! # Orderings
//!
//! The world is stopped, which orders all that is read: Relaxed.
//!
//! **Runs on** g0, the world stopped. **May** map memory.

use super::work::GcWork;
use super::{mark, roots};
use crate::mem::mheap;
use crate::os::{memory, output::Sink};
use crate::panic::fatal;
use crate::sched::m;
use core::sync::atomic::Ordering::Relaxed;

/// Marks again and compares.
///
/// # Safety
/// Marking is complete, the world is stopped.
pub unsafe fn check() {
    // SAFETY: all spans and Ps are ours.
    unsafe {
        let mut words = 0;
        mheap::for_each_span(|s| words += (*s).bitmap_words());
        let bytes = (words * 8).next_multiple_of(4096).max(4096);
        let Some(saved) = memory::map(0, bytes) else { return };
        let saved_words = saved as *mut u64;
        let mut at = 0;
        mheap::for_each_span(|s| {
            for w in 0..(*s).bitmap_words() {
                *saved_words.add(at) = (*s).mark_word(w).swap(0, Relaxed);
                (*s).scan_word(w).store(0, Relaxed);
                at += 1;
            }
        });
        let w = &mut (*m::p()).gcw;
        let (marked, scanned) = (w.marked, w.scanned);
        roots::prepare(false);
        // What was taken for a pointer need not have been marked at the time.
        roots::EXACT.store(true, Relaxed);
        remark(w);
        roots::EXACT.store(false, Relaxed);
        w.marked = marked;
        w.scanned = scanned;
        at = 0;
        mheap::for_each_span(|s| {
            for k in 0..(*s).bitmap_words() {
                let first = *saved_words.add(at);
                let second = (*s).mark_word(k).swap(first, Relaxed);
                let missed = second & !first;
                if missed != 0 {
                    let i = k * 64 + missed.trailing_zeros() as usize;
                    let mut out = Sink::stderr();
                    out.str("runtime: object ").hex((*s).object(i)).str(" of ").dec((*s).elem_size as i64);
                    out.str(" bytes is reachable and was not marked\n");
                    drop(out);
                    fatal::throw("checkmark found unmarked object");
                }
                at += 1;
            }
        });
        memory::unmap(saved, bytes);
    }
}

unsafe fn remark(w: &mut GcWork) {
    // SAFETY: passed on.
    unsafe {
        loop {
            let left = mark::drain(w, 1 << 30);
            if left > 0 && roots::step(w, true) == roots::Step::None {
                return;
            }
        }
    }
}
