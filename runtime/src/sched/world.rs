//! Stopping: the whole world, or one goroutine.
//!
//! [`stop_the_world`] returns when no other P runs Go code or a native; the caller keeps its own P. What runs without a
//! P (threads in system calls, `sysmon`, threads that look for work) touches neither the heap nor goroutines' stacks.
//! [`suspend_g`] stops one goroutine at a safepoint for as long as its stack is scanned or moved, while the others go on.
//!
//! **Invariant:** between `suspend_g` and `resume_g` the goroutine's status has the bit [`SCAN`], and nobody moves it to
//! another status.
//!
//! **Runs on** g0 of a thread that holds a P. **May** wait for other Ps. Lock ranks: `sched`.

use super::g::{self, COPYSTACK, DEAD, G, IDLE, PREEMPTED, RUNNABLE, RUNNING, SCAN, SYSCALL, WAITING};
use super::m;
use super::p::P;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// Why the world is stopped; numbered as in gc's execution traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Other = 0,
    GcMarkTermination = 1,
    GcSweepTermination = 2,
    WriteHeapDump = 3,
    GoroutineProfile = 4,
    AllGoroutinesStack = 6,
    ReadMemStats = 7,
    AllThreadsSyscall = 8,
    Gomaxprocs = 9,
    CountPagesInUse = 11,
}

/// A goroutine that stands still until [`resume_g`].
#[must_use]
pub struct Suspended {
    pub g: *mut G,
    /// Its status without [`SCAN`].
    pub status: u32,
}

/// What became of an attempt to stop a goroutine.
pub enum Suspend {
    /// It stands at a safepoint.
    Stopped(Suspended),
    /// It does not exist any more (or not yet): there is no stack.
    Dead,
    /// It was asked to stop and has not yet, or somebody else holds it: the caller returns to Go code, which lets
    /// itself be stopped, and tries again.
    Busy,
}

/// Stops every other P.
///
/// # Safety
/// The caller runs on g0, holds a P and no lock, and calls [`start_the_world`] before it returns to Go code that
/// parks.
pub unsafe fn stop_the_world(_reason: Reason) {
    // One P exists, and the caller has it.
}

/// Lets all Ps run again.
///
/// # Safety
/// The caller stopped the world.
pub unsafe fn start_the_world() {}

/// Every P that exists. The slice changes only while the world is stopped.
pub fn all_ps() -> &'static [*mut P] {
    // SAFETY: the first M's P is set once at start-up.
    core::slice::from_ref(unsafe { &(*super::start::first_m()).p })
}

/// Calls `f` for every goroutine that has a stack. New goroutines may be missed unless the world is stopped.
pub fn for_each_g(mut f: impl FnMut(*mut G)) {
    g::for_each(|gp| {
        // SAFETY: descriptors are never freed.
        let status = unsafe { (*gp).status.load(Acquire) } & !SCAN;
        if status != DEAD && status != IDLE {
            f(gp);
        }
        true
    });
}

/// Tries to stop a goroutine. The caller's own goroutine, which is inside a native, counts as stopped.
///
/// # Safety
/// `g` is a descriptor; the caller holds a P.
pub unsafe fn suspend_g(g: *mut G) -> Suspend {
    // SAFETY: descriptors are never freed.
    let word = unsafe { &(*g).status };
    loop {
        let status = word.load(Acquire);
        match status {
            DEAD | IDLE => return Suspend::Dead,
            RUNNING if g == m::curg() => {}
            RUNNABLE | WAITING | SYSCALL | PREEMPTED => {}
            _ => {
                debug_assert!(status & SCAN != 0 || matches!(status, RUNNING | COPYSTACK));
                return Suspend::Busy;
            }
        }
        if word.compare_exchange(status, status | SCAN, AcqRel, Relaxed).is_ok() {
            return Suspend::Stopped(Suspended { g, status });
        }
    }
}

/// Lets a suspended goroutine go on.
///
/// # Safety
/// Its stack and descriptor are consistent.
pub unsafe fn resume_g(s: Suspended) {
    // SAFETY: descriptors are never freed; the scan bit makes the status ours.
    unsafe {
        let was = (*s.g).status.swap(s.status, AcqRel);
        debug_assert_eq!(was, s.status | SCAN);
    }
}
