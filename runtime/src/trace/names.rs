//! Strings that every generation has, under fixed numbers: why goroutines stop and block, why the world stops, what workers are.
//!
//! The texts are gc's, which tools know.
//!
//! **Runs on** any stack.

use super::stack::Kind;
use crate::mem::gc::worker::Mode;
use crate::sched::WaitReason;

/// The strings; a string's number is its index plus 1.
pub const FIXED: [&str; 38] = [
    // Why a goroutine blocks.
    "unspecified",
    "forever",
    "network",
    "select",
    "sync.(*Cond).Wait",
    "sync",
    "chan send",
    "chan receive",
    "GC mark assist wait for work",
    "GC background sweeper wait",
    "system goroutine wait",
    "preempted",
    "wait until GC ends",
    "sleep",
    "GC weak to strong wait",
    "synctest",
    // Why it gives way.
    "runtime.Gosched",
    // What workers of the collector are.
    "GC (dedicated)",
    "GC (fractional)",
    "GC (idle)",
    // Why the world stops.
    "unknown",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutines stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
    // Ours: a generation of a trace ends and another one begins.
    "trace generation",
];

const UNSPECIFIED: u64 = 1;
const FOREVER: u64 = 2;
const NETWORK: u64 = 3;
const SELECT: u64 = 4;
const COND: u64 = 5;
/// Semaphores.
pub const SYNC: u64 = 6;
const SEND: u64 = 7;
const RECEIVE: u64 = 8;
const ASSIST: u64 = 9;
const SWEEPER: u64 = 10;
const SYSTEM: u64 = 11;
/// Stopped to let others run.
pub const PREEMPTED: u64 = 12;
const GC_ENDS: u64 = 13;
const SLEEP: u64 = 14;
const WEAK: u64 = 15;
const SYNCTEST: u64 = 16;
/// Stopped by `runtime.Gosched`.
pub const GOSCHED: u64 = 17;
const DEDICATED: u64 = 18;
const STW: u64 = 21;

/// Why a goroutine blocks that parks for this reason.
pub fn block_reason(wait_reason: u8) -> u64 {
    const BY_WAIT_REASON: [u64; 47] = {
        let mut t = [UNSPECIFIED; 47];
        t[WaitReason::GcAssist as usize] = ASSIST;
        t[WaitReason::IoWait as usize] = NETWORK;
        t[7] = ASSIST;
        t[8] = SWEEPER;
        t[9] = SYSTEM;
        t[WaitReason::Finalizer as usize] = SYSTEM;
        t[11] = SYSTEM;
        t[WaitReason::MaxProcsUpdater as usize] = SYSTEM;
        t[WaitReason::Semacquire as usize] = SYNC;
        t[WaitReason::Sleep as usize] = SLEEP;
        t[WaitReason::ChanReceiveNil as usize] = FOREVER;
        t[WaitReason::ChanSendNil as usize] = FOREVER;
        t[WaitReason::SelectNoCases as usize] = FOREVER;
        t[WaitReason::Select as usize] = SELECT;
        t[WaitReason::ChanReceive as usize] = RECEIVE;
        t[WaitReason::ChanSend as usize] = SEND;
        t[WaitReason::SyncCondWait as usize] = COND;
        t[WaitReason::SyncMutexLock as usize] = SYNC;
        t[23] = SYNC;
        t[WaitReason::SyncRwMutexLock as usize] = SYNC;
        t[WaitReason::SyncWaitGroupWait as usize] = SYNC;
        t[WaitReason::TraceReader as usize] = SYSTEM;
        t[27] = GC_ENDS;
        t[WaitReason::GcWorkerIdle as usize] = SYSTEM;
        t[WaitReason::Preempted as usize] = PREEMPTED;
        t[39] = WEAK;
        let mut i = WaitReason::SynctestRun as usize;
        while i <= WaitReason::SynctestWaitGroupWait as usize {
            t[i] = SYNCTEST;
            i += 1;
        }
        t[WaitReason::Cleanup as usize] = SYSTEM;
        t
    };
    BY_WAIT_REASON.get(wait_reason as usize).copied().unwrap_or(UNSPECIFIED)
}

/// What the stack of a goroutine shows that blocks for this reason, or of one that ends that.
pub fn shown(reason: u64) -> Kind {
    match reason {
        NETWORK => Kind::Network,
        COND | SYNC | SLEEP => Kind::OutsideRuntime,
        _ => Kind::All,
    }
}

/// Why the world stops, by gc's number of the reason.
pub fn stop_reason(number: u32) -> u64 {
    STW + number as u64
}

/// What a worker is called.
pub fn worker_label(mode: Mode) -> u64 {
    DEDICATED + mode as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::world::Reason;

    fn text(id: u64) -> &'static str {
        FIXED[id as usize - 1]
    }

    #[test]
    fn numbers_have_their_texts() {
        assert_eq!(text(PREEMPTED), "preempted");
        assert_eq!(text(GOSCHED), "runtime.Gosched");
        assert_eq!(text(block_reason(WaitReason::ChanSend as u8)), "chan send");
        assert_eq!(text(block_reason(WaitReason::SynctestWait as u8)), "synctest");
        assert_eq!(text(block_reason(WaitReason::IoWait as u8)), "network");
        assert_eq!(text(block_reason(200)), "unspecified");
        assert_eq!(text(worker_label(Mode::Idle)), "GC (idle)");
        assert_eq!(text(stop_reason(Reason::Gomaxprocs as u32)), "GOMAXPROCS");
        assert_eq!(text(stop_reason(Reason::StartTrace as u32)), "start trace");
        assert_eq!(text(stop_reason(Reason::TraceGeneration as u32)), "trace generation");
        assert!((FIXED.len() as u64) < crate::trace::table::FIRST_STRING);
    }
}
