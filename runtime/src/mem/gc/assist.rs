//! Assists: allocations that mark.
//!
//! While marking goes on, the allocator's slow path ([`charge`], once per span that enters a cache and per large object)
//! charges the P with an amount of scanning in proportion to what it hands out, at the rate that lets marking end before
//! the heap reaches its goal ([`super::pace`]). Scanning that workers did beyond their share is credit, which is used up
//! first. Debt above a threshold is worked off at once, in bounded slices; marking moves and frees nothing, hence this is
//! safe in the middle of an allocation.
//!
//! An assist that finds nothing to do lets the goroutine stop at the end of its allocation ([`poll`]), so that others get to
//! run: what keeps marking from being complete, or the conductor that ends it. So does one that was the last marker: the
//! conductor goes on in its place, and need not stop it.
//!
//! While one long list is marked, this is so at most refills: with a million elements, a program that makes garbage, and two
//! Ps there are 100 to 800 such stops in a cycle, and all of them are 0.3 % of the profile. Assists that did not look for
//! work unless some is shared would take as much CPU time, and have the heap end beyond its goals (70 MB at the peak instead
//! of 55, gc 54).
//!
//! There are no assists while the collector uses too much of the CPU ([`super::limit`]).
//!
//! # Who may touch what
//!
//! Debt is the P's own. Credit ([`Credit`](crate::mem::shared::Credit)) is a counter to which workers add and from which
//! assists take.
//!
//! # Orderings
//!
//! Debt is plain, credit and times are Relaxed: they publish nothing. Those that wait are under a lock.
//!
//! **Runs on** g0 of an M that holds a P. Lock ranks: the controller's, those that wait, then `sched`.

use super::{limit, mark, pace, roots, worker};
use crate::debug;
use crate::lock::Lock;
use crate::os::clock;
use crate::sched::g::G;
use crate::sched::{WaitReason, m, natives, park, preempt};
use crate::trace;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Debt that is not worth working off: gc's batch. An assist reads the thread's CPU time twice, in system calls; with half of
/// this, programs with one P take up to 5 % more CPU time (`lists`, `mixed`).
const THRESHOLD: isize = 64 << 10;
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
        let g = m::curg();
        if w.debt < THRESHOLD || g.is_null() {
            return;
        }
        if limit::limiting() {
            w.debt = 0;
            return;
        }
        let cpu = limit::begin();
        let start = clock::nanotime();
        let mut budget = w.debt.min(SLICE);
        let before = w.scanned;
        let traced = trace::on();
        if traced {
            trace::memory::assist_begin();
        }
        worker::enter(g);
        while budget > 0 {
            budget = mark::drain(w, budget);
            if budget > 0 && roots::step(w, false) != roots::Step::Done {
                w.stuck = true;
                break;
            }
        }
        let parks = m::may_park();
        if worker::leave(g, parks) && parks {
            // The conductor is next on this P. Not every allocation ends with `poll`.
            w.stuck = true;
            preempt::request(g);
        }
        if traced {
            trace::memory::assist_end();
        }
        let done = w.scanned - before;
        pace::assisted(done as isize);
        w.debt = if w.stuck { 0 } else { w.debt - SLICE.min(w.debt) };
        limit::spent(cpu);
        let ns = clock::nanotime() - start;
        NS.fetch_add(ns as u64, Relaxed);
        worker::TOTAL_NS.fetch_add(ns, Relaxed);
    }
}

/// At the end of an allocation: gives way if marking seems complete, or if the heap has outgrown its goal. The goroutine
/// continues with the object as its result.
#[inline]
pub fn poll(object: usize) {
    // SAFETY: this M owns its P.
    unsafe {
        let w = &mut (*m::p()).gcw;
        let live = pace::HEAP_LIVE.load(Relaxed);
        let late = live > pace::GOAL.load(Relaxed) && live > pace::goal_of_cycle();
        if w.stuck || late && !limit::limiting() || debug::get().gcstress != 0 {
            w.stuck = false;
            let g = m::curg();
            if m::may_park() {
                (*g).h.ret0 = object;
                park(g, WaitReason::GcAssist as u8, Some(give_way), 0);
            }
        }
    }
}

/// Goroutines that wait for the end of marking, or for the controller to find that there is none to wait for, linked.
static WAITERS: Lock<*mut G> = Lock::new(null_mut());

/// Whether the heap has outgrown its goal so far that allocation has to wait.
pub fn too_late() -> bool {
    let goal = pace::goal_of_cycle();
    let slack = if pace::LIMIT.load(Relaxed) == i64::MAX { goal / 8 } else { goal / 64 };
    pace::HEAP_LIVE.load(Relaxed) > goal.saturating_add(slack) && !limit::limiting()
}

/// Commit: a worker runs next, if there is something to mark, and the goroutine after it; or, if the markers do not keep up
/// (their threads may have lost their CPUs), when marking has ended. Marking never depends on goroutines that allocate: what
/// it needs of them is that they stop.
unsafe extern "C" fn give_way(g: *mut G, _arg: usize) -> bool {
    // SAFETY: the goroutine has just been parked by itself; the P is this M's, so that the phase does not change.
    unsafe {
        if too_late() {
            wait(g);
            return true;
        }
        natives::requeue_local(g, 0);
        worker::run_next();
    }
    true
}

/// Puts a goroutine into the list of those that wait.
///
/// # Safety
/// It has just been parked. Marking goes on, or the controller will look at the heap after this.
pub unsafe fn wait(g: *mut G) {
    let mut list = WAITERS.lock();
    // SAFETY: waiting goroutines are linked through a field that is theirs while they wait.
    unsafe { (*g).link = *list };
    *list = g;
}

/// Empties the list, giving each goroutine to `ready`, which makes it runnable.
///
/// # Safety
/// A cycle has ended, with the world stopped, or the controller has found none due.
pub unsafe fn release_waiters(ready: impl Fn(*mut G)) {
    let mut g = core::mem::replace(&mut *WAITERS.lock(), null_mut());
    while !g.is_null() {
        // SAFETY: as above.
        let next = unsafe { (*g).link };
        ready(g);
        g = next;
    }
}
