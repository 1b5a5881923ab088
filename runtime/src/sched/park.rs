//! Parking and readying.
//!
//! A native that blocks calls [`park`] and returns; the stub finds outcome `PARK` and hands over to
//! [`super::outcome`]. Between `park` and the commit function the goroutine still counts as running, so whoever wants
//! to wake it must be kept out by the lock that the commit function releases.
//!
//! **Runs on** g0. Lock ranks: `sched` (through the run queue's overflow).

use super::g::{Commit, G, RUNNABLE, WAITING};
use super::{m, schedule};
use crate::prof::block;
use crate::trace::scheduler as trace;
use grus_abi::native::outcome;

/// Why a goroutine waits, numbered as gc numbers its `waitReason`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    Zero = 0,
    /// An allocation that stopped for a collection; its result is in `ret0`.
    GcAssist = 1,
    IoWait = 2,
    Finalizer = 10,
    MaxProcsUpdater = 12,
    Semacquire = 13,
    Sleep = 14,
    ChanReceiveNil = 15,
    ChanSendNil = 16,
    SelectNoCases = 17,
    Select = 18,
    ChanReceive = 19,
    ChanSend = 20,
    SyncCondWait = 21,
    SyncMutexLock = 22,
    SyncRwMutexLock = 24,
    SyncWaitGroupWait = 25,
    TraceReader = 26,
    GcWorkerIdle = 28,
    /// Inside a native that marks.
    GcWorkerActive = 29,
    Preempted = 30,
    Coroutine = 38,
    SynctestRun = 40,
    SynctestWait = 41,
    SynctestChanReceive = 42,
    SynctestChanSend = 43,
    SynctestSelect = 44,
    SynctestWaitGroupWait = 45,
    Cleanup = 46,
}

/// Texts of wait reasons by number, as tracebacks show them.
const TEXTS: [&str; 47] = [
    "",
    "GC assist marking",
    "IO wait",
    "dumping heap",
    "garbage collection",
    "garbage collection scan",
    "panicwait",
    "GC assist wait",
    "GC sweep wait",
    "GC scavenge wait",
    "finalizer wait",
    "force gc (idle)",
    "GOMAXPROCS updater (idle)",
    "semacquire",
    "sleep",
    "chan receive (nil chan)",
    "chan send (nil chan)",
    "select (no cases)",
    "select",
    "chan receive",
    "chan send",
    "sync.Cond.Wait",
    "sync.Mutex.Lock",
    "sync.RWMutex.RLock",
    "sync.RWMutex.Lock",
    "sync.WaitGroup.Wait",
    "trace reader (blocked)",
    "wait for GC cycle",
    "GC worker (idle)",
    "GC worker (active)",
    "preempted",
    "debug call",
    "GC mark termination",
    "stopping the world",
    "flushing proc caches",
    "trace goroutine status",
    "trace proc status",
    "page trace flush",
    "coroutine",
    "GC weak to strong wait",
    "synctest.Run",
    "synctest.Wait",
    "chan receive (durable)",
    "chan send (durable)",
    "select (durable)",
    "sync.WaitGroup.Wait (durable)",
    "cleanup wait",
];

/// Text of a wait reason.
pub fn reason_text(n: u8) -> &'static str {
    TEXTS.get(n as usize).copied().unwrap_or("unknown wait reason")
}

/// Leaves the outcome `PARK` in the goroutine that entered: after its status is `WAITING`, `commit` decides.
///
/// # Safety
/// `g` is the goroutine that entered; the caller returns to the stub without touching it again.
pub unsafe fn park(g: *mut G, reason: u8, commit: Option<Commit>, arg: usize) {
    // SAFETY: the G is ours while it is inside a native.
    unsafe {
        (*g).wait_reason = reason;
        let mp = m::current();
        (*mp).commit = commit;
        (*mp).commit_arg = arg;
        (*g).block_since = block::parking(reason);
        (*g).h.outcome = outcome::PARK;
    }
}

/// Makes a parked goroutine runnable, next in line.
///
/// # Safety
/// `g` is `WAITING` and nobody else readies it; the calling thread has a P.
pub unsafe fn goready(g: *mut G) {
    // SAFETY: passed on.
    unsafe { goready_here(g) };
    schedule::wakep();
}

/// The same without a look for another thread: this one is about to look for a goroutine, and takes this one. Who is going to
/// stop the world next does not want to wait for a thread that has just been woken.
///
/// # Safety
/// As [`goready`].
pub unsafe fn goready_here(g: *mut G) {
    // SAFETY: the caller owns the wake-up.
    unsafe {
        trace::go_unblock(g);
        (*g).set_status(WAITING, RUNNABLE);
        if (*g).block_since != 0 {
            block::unblocked(g);
        }
        schedule::runq_put(m::p(), g, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_their_texts() {
        assert_eq!(reason_text(WaitReason::Coroutine as u8), "coroutine");
        assert_eq!(reason_text(WaitReason::Select as u8), "select");
        assert_eq!(reason_text(WaitReason::ChanSendNil as u8), "chan send (nil chan)");
        assert_eq!(reason_text(46), "cleanup wait");
        assert_eq!(reason_text(200), "unknown wait reason");
    }
}
