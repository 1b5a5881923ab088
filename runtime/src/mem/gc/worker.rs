//! Workers: the goroutines that mark in the background, and which P runs one when.
//!
//! A worker of the Go half waits in [`gcyield`]; when a P's scheduler takes it, it marks in slices ([`gcmark`]) until it is
//! told to wait again. A quarter of the Ps' time is meant for marking, in gc's way:
//!
//! * *Dedicated*: as many Ps as a quarter of them is, rounded, run a worker all the time. If rounding is off by more than
//!   30 %, one less, and
//! * *fractional*: every P runs a worker whenever workers have used less than the missing fraction of the P's time since
//!   marking began; such a worker goes on until it has used a fifth more.
//! * *Idle*: a P with nothing else to do takes a worker as long as there is something to mark.
//!
//! # When marking is complete
//!
//! Whoever marks, in a worker or an assist, is inside [`enter`] and [`leave`]. A marker that leaves hands its grey objects to
//! the shared lists. Thus if the last one leaves, no root job is left and the shared lists are empty, nothing grey is known
//! but what barriers have put aside: the conductor of the cycle is woken ([`gcawait`]), stops the world and looks there.
//!
//! Between the two the goroutine counts as parked (`GcWorkerActive`): its frames are complete, since it is inside a native,
//! and others may scan them. Its stack is not moved.
//!
//! # Orderings
//!
//! `COUNT` is a hint beside the lock of `WAITERS`. `DEDICATED` hands out places by its own read-modify-writes
//! (nothing depends on its order), the other numbers are times and shares, set with the world stopped: Relaxed.
//! [`available`] is asked after the last marker has left by a read-modify-write that synchronises with all that left
//! before ([`Markers`]), hence its Relaxed loads see what they left.
//!
//! **Runs on** g0. Lock ranks: the list of workers, the conductor, above `sched`.

use super::{limit, mark, marking, pace, roots, work};
use crate::lock::Lock;
use crate::mem::shared::Markers;
use crate::os::{clock, process};
use crate::sched::g::{G, RUNNABLE, RUNNING, WAITING};
use crate::sched::p::P;
use crate::sched::state::{GC_WAITING, GLOBAL_LEN};
use crate::sched::{WaitReason, goready, goready_here, m, park, schedule, state};
use crate::trace::scheduler as trace;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicI64, AtomicIsize, AtomicU64, AtomicUsize};

/// On whose account a P runs a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Dedicated,
    Fractional,
    Idle,
}

/// Workers that wait, linked.
static WAITERS: Lock<*mut G> = Lock::new(null_mut());
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The goroutine that conducts the cycle.
struct Conductor {
    waiter: *mut G,
    /// Marking seemed complete while it did not wait.
    complete: bool,
}

static CONDUCTOR: Lock<Conductor> = Lock::new(Conductor { waiter: null_mut(), complete: false });
/// Markers at work.
static MARKERS: Markers = Markers::new();

/// Dedicated workers that are still to be started, or were interrupted.
static DEDICATED: AtomicIsize = AtomicIsize::new(0);
/// Part of a P's time for fractional workers, in 1/1024.
static FRACTION: AtomicI64 = AtomicI64::new(0);
/// Beginning of this cycle's marking.
static BEGIN: AtomicI64 = AtomicI64::new(0);
/// Time that dedicated and fractional workers have used in this cycle, and idle ones.
pub static NS: AtomicI64 = AtomicI64::new(0);
pub static IDLE_NS: AtomicI64 = AtomicI64::new(0);
/// All marking, assists included, of all cycles; and of that what was done in idle time.
pub static TOTAL_NS: AtomicI64 = AtomicI64::new(0);
pub static TOTAL_IDLE_NS: AtomicU64 = AtomicU64::new(0);

/// How many dedicated workers `procs` Ps have, and the fraction of each P's time beyond, in 1/1024.
fn shares(procs: i64) -> (isize, i64) {
    // In 1/1024 of a P.
    let goal = procs * 256;
    let mut dedicated = (goal + 512) / 1024;
    let off = (dedicated * 1024 - goal).abs() * 10 > goal * 3;
    if !off {
        return (dedicated as isize, 0);
    }
    if dedicated * 1024 > goal {
        dedicated -= 1;
    }
    (dedicated as isize, (goal - dedicated * 1024) / procs)
}

/// Marking begins.
///
/// # Safety
/// The world is stopped.
pub unsafe fn begin() {
    let (dedicated, fraction) = shares(state::nprocs() as i64);
    DEDICATED.store(dedicated, Relaxed);
    FRACTION.store(fraction, Relaxed);
    BEGIN.store(clock::nanotime(), Relaxed);
    NS.store(0, Relaxed);
    IDLE_NS.store(0, Relaxed);
    super::assist::NS.store(0, Relaxed);
    for &p in state::all_ps() {
        // SAFETY: passed on.
        unsafe { (*p).gcw.fraction_ns = 0 };
    }
    CONDUCTOR.lock().complete = false;
}

/// Whether something is left to mark that any P could take.
#[inline]
pub fn available() -> bool {
    work::shared() || roots::left()
}

/// Whether a worker waits that a P should run.
pub fn wanted() -> bool {
    COUNT.load(Relaxed) != 0 && available()
}

/// Takes a waiting worker for this P; null if there is none. It is runnable and on no queue.
unsafe fn take(p: *mut P, mode: Mode) -> *mut G {
    let mut list = WAITERS.lock();
    let g = *list;
    if g.is_null() {
        return g;
    }
    // SAFETY: waiting goroutines are linked through a field that is theirs while they wait; the P is the caller's.
    unsafe {
        *list = (*g).link;
        (*g).link = null_mut();
        COUNT.fetch_sub(1, Relaxed);
        drop(list);
        (*p).gcw.mode = mode;
        trace::worker(g, mode);
        trace::go_unblock(g);
        (*g).set_status(WAITING, RUNNABLE);
    }
    g
}

/// A worker to run on this P in preference to other goroutines: runnable, on no queue. Null if none should.
///
/// # Safety
/// The caller holds the P.
pub unsafe fn find_worker(p: *mut P) -> *mut G {
    if !marking() || COUNT.load(Relaxed) == 0 {
        return null_mut();
    }
    // SAFETY: the caller holds the P.
    unsafe {
        if !available() && (*p).gcw.is_empty() {
            return null_mut();
        }
        if DEDICATED.load(Relaxed) > 0 {
            if DEDICATED.fetch_sub(1, Relaxed) > 0 {
                let g = take(p, Mode::Dedicated);
                if g.is_null() {
                    DEDICATED.fetch_add(1, Relaxed);
                }
                return g;
            }
            DEDICATED.fetch_add(1, Relaxed);
        }
        let fraction = FRACTION.load(Relaxed);
        if fraction == 0 || (*p).gcw.fraction_ns * 1024 > fraction * elapsed() {
            return null_mut();
        }
        take(p, Mode::Fractional)
    }
}

/// A worker to run on a P that has nothing else to do. Null if there is none, or nothing to mark.
///
/// # Safety
/// The caller holds the P.
pub unsafe fn find_idle_worker(p: *mut P) -> *mut G {
    if !marking() || !wanted() {
        return null_mut();
    }
    // SAFETY: the caller holds the P.
    unsafe { take(p, Mode::Idle) }
}

/// Makes a worker the next goroutine of this P if there is something to mark.
///
/// # Safety
/// The caller holds the P.
pub unsafe fn run_next() {
    if wanted() {
        // SAFETY: passed on.
        unsafe {
            let p = m::p();
            let g = take(p, Mode::Fractional);
            if !g.is_null() {
                schedule::runq_put(p, g, true);
            }
        }
    }
}

fn elapsed() -> i64 {
    clock::nanotime() - BEGIN.load(Relaxed)
}

/// Begins marking on behalf of a goroutine, which must be inside a native on this thread.
///
/// # Safety
/// A cycle marks; the caller holds a P and calls [`leave`].
pub unsafe fn enter(g: *mut G) {
    MARKERS.enter();
    // SAFETY: passed on.
    unsafe {
        (*g).wait_reason = WaitReason::GcWorkerActive as u8;
        (*g).set_status(RUNNING, WAITING);
    }
}

/// Ends it. If it was the last one and nothing is left, the conductor is told; `parks` says that the goroutine is going to park:
/// then the conductor runs here, and does not have to stop this P. Whether it has been made runnable.
///
/// # Safety
/// As [`enter`], after it.
pub unsafe fn leave(g: *mut G, parks: bool) -> bool {
    // SAFETY: passed on.
    unsafe {
        (*m::p()).gcw.dispose();
        // Waits while somebody scans the goroutine.
        (*g).set_status(WAITING, RUNNING);
        (*g).wait_reason = 0;
    }
    if !MARKERS.leave(available) {
        return false;
    }
    let mut c = CONDUCTOR.lock();
    let waiter = core::mem::replace(&mut c.waiter, null_mut());
    if waiter.is_null() {
        c.complete = true;
        return false;
    }
    drop(c);
    // SAFETY: the conductor waited, and is ours now.
    unsafe {
        if parks {
            goready_here(waiter);
        } else {
            goready(waiter);
        }
    }
    true
}

/// Bytes scanned before a marker looks around.
const BATCH: isize = 32 << 10;
/// How long an idle worker goes on at most.
const IDLE_SLICE_NS: i64 = 1_000_000;

/// `gcmark(ns int) bool`: marks for about that long; whether the worker is to go on at once.
unsafe extern "C" fn gcmark(ns: usize) -> usize {
    // SAFETY: this M owns its P; the goroutine is the entry's.
    unsafe {
        if !marking() {
            return 0;
        }
        let g = m::curg();
        let p = &mut *m::p();
        let start = clock::nanotime();
        let mode = p.gcw.mode;
        let limit = start + if mode == Mode::Idle { IDLE_SLICE_NS } else { ns as i64 };
        let cpu = limit::begin();
        enter(g);
        let mut more = true;
        let mut now = start;
        loop {
            p.wb.flush(&mut p.gcw);
            let before = p.gcw.scanned;
            let left = mark::drain(&mut p.gcw, BATCH);
            let step = if left > 0 { roots::step(&mut p.gcw, false) } else { roots::Step::Done };
            pace::background((p.gcw.scanned - before) as isize);
            if step != roots::Step::Done && p.gcw.is_empty() && !work::shared() {
                more = false;
                if step == roots::Step::Waiting {
                    // For a goroutine that is about to stop.
                    process::yield_cpu();
                }
                break;
            }
            now = clock::nanotime();
            if now >= limit || (*g).preempt.load(Relaxed) || GC_WAITING.load(Relaxed) {
                break;
            }
            if mode == Mode::Idle && (!p.runq.is_empty() || GLOBAL_LEN.load(Relaxed) != 0) {
                break;
            }
        }
        leave(g, !more);
        let used = now.max(start) - start;
        TOTAL_NS.fetch_add(used, Relaxed);
        if mode == Mode::Idle {
            IDLE_NS.fetch_add(used, Relaxed);
            TOTAL_IDLE_NS.fetch_add(used as u64, Relaxed);
        } else {
            NS.fetch_add(used, Relaxed);
            limit::spent(cpu);
        }
        if mode == Mode::Fractional {
            p.gcw.fraction_ns += used;
        }
        more &= !(*g).preempt.load(Relaxed) && !GC_WAITING.load(Relaxed);
        let go_on = more
            && match mode {
                Mode::Dedicated => true,
                Mode::Fractional => p.gcw.fraction_ns * 1024 * 5 < FRACTION.load(Relaxed) * elapsed() * 6,
                Mode::Idle => false,
            };
        if !go_on && mode == Mode::Dedicated {
            DEDICATED.fetch_add(1, Relaxed);
        }
        go_on as usize
    }
}

unsafe extern "C" fn wait_commit(g: *mut G, _arg: usize) -> bool {
    let mut list = WAITERS.lock();
    // SAFETY: the goroutine has just been parked by itself.
    unsafe { (*g).link = *list };
    *list = g;
    COUNT.fetch_add(1, Relaxed);
    true
}

/// `gcyield()`: a worker waits until a P wants it.
unsafe extern "C" fn gcyield() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), WaitReason::GcWorkerIdle as u8, Some(wait_commit), 0) };
}

unsafe extern "C" fn await_commit(g: *mut G, _arg: usize) -> bool {
    let mut c = CONDUCTOR.lock();
    if core::mem::take(&mut c.complete) || MARKERS.idle(available) {
        return false;
    }
    c.waiter = g;
    true
}

/// `gcawait()`: the conductor waits until marking seems complete.
unsafe extern "C" fn gcawait() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), WaitReason::GcWorkerIdle as u8, Some(await_commit), 0) };
}

crate::g0_entry! {
    "runtime.gcmark" => gcmark,
    "runtime.gcyield" => gcyield,
    "runtime.gcawait" => gcawait,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_time() {
        assert_eq!(shares(1), (0, 256));
        assert_eq!(shares(2), (0, 256));
        assert_eq!(shares(3), (0, 256));
        assert_eq!(shares(4), (1, 0));
        assert_eq!(shares(5), (1, 0));
        assert_eq!(shares(6), (1, (6 * 256 - 1024) / 6));
        assert_eq!(shares(8), (2, 0));
        assert_eq!(shares(16), (4, 0));
    }
}
