//! Assists: allocations that mark.
//!
//! While marking goes on, the allocator's slow path ([`charge`], once per span that enters a cache and per large object)
//! charges the P with an amount of scanning in proportion to what it hands out, at the rate that lets marking end before
//! the heap reaches its goal ([`super::pace`]). Scanning that workers did beyond their share is credit, which is used up
//! first. Debt above a threshold is worked off at once, in bounded slices; marking moves and frees nothing, hence this is
//! safe in the middle of an allocation.
//!
//! An assist that finds nothing to do lets the goroutine stop at the end of its allocation ([`poll`]), so that a worker can
//! find out that marking is complete.
//!
//! **Runs on** g0 of an M that holds a P.

use super::{mark, pace, roots, worker};
use crate::debug;
use crate::os::clock;
use crate::sched::g::G;
use crate::sched::{WaitReason, goready, m, natives, park};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Debt that is not worth working off.
const THRESHOLD: isize = 32 << 10;
/// Work of one assist at most.
const SLICE: isize = 256 << 10;

/// Time spent in assists in this cycle.
pub static NS: AtomicU64 = AtomicU64::new(0);

/// Charges this P for `bytes` of allocation.
#[cold]
pub fn charge(bytes: usize) {
    // SAFETY: this M owns its P.
    unsafe {
        let w = &mut (*m::p()).gcw;
        w.debt += pace::price(bytes);
        if w.debt < THRESHOLD {
            return;
        }
        w.debt -= pace::take_credit(w.debt);
        if w.debt < THRESHOLD {
            return;
        }
        let start = clock::nanotime();
        let mut budget = w.debt.min(SLICE);
        let before = w.scanned;
        while budget > 0 {
            budget = mark::drain(w, budget);
            if budget > 0 && !roots::step(w) {
                w.stuck = true;
                break;
            }
        }
        let done = w.scanned - before;
        pace::assisted(done as isize);
        w.debt = if w.stuck { 0 } else { w.debt - SLICE.min(w.debt) };
        let ns = clock::nanotime() - start;
        NS.fetch_add(ns as u64, Relaxed);
        worker::TOTAL_NS.fetch_add(ns, Relaxed);
    }
}

/// At the end of an allocation: gives way to a worker if marking seems complete, or if the heap has outgrown its goal.
#[inline]
pub fn poll(object: usize) {
    // SAFETY: this M owns its P.
    unsafe {
        let w = &mut (*m::p()).gcw;
        let late = pace::HEAP_LIVE.load(Relaxed) > pace::GOAL.load(Relaxed);
        if w.stuck || late || debug::get().gcstress != 0 {
            w.stuck = false;
            let g = m::curg();
            if worker::waiting() && m::may_park() {
                (*g).h.ret0 = object;
                park(g, WaitReason::GcAssist as u8, Some(wake_worker), 0);
            }
        }
    }
}

/// Commit: a worker runs next, the goroutine after it.
unsafe extern "C" fn wake_worker(g: *mut G, _arg: usize) -> bool {
    let w = worker::take();
    if w.is_null() {
        return false;
    }
    // SAFETY: the goroutine has just been parked by itself; the worker waited.
    unsafe {
        natives::requeue_local(g, 0);
        goready(w);
    }
    true
}
