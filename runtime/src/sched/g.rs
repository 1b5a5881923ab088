//! The goroutine descriptor.
//!
//! # Who may touch what
//!
//! * `h` (the ABI header): the goroutine itself while it runs; the scheduler while it does not.
//! * `status`: by the protocol below. Only the M that runs a goroutine moves it out of `RUNNING`; only the one that
//!   readies it moves it out of `WAITING`.
//! * `link`: the queue that the goroutine is on (run queue overflow, global queue, free list, gather list).
//! * `waiting`: the goroutine's sudogs, while it is parked on channels; in lock order.
//!
//! ```text
//! IDLE -> DEAD -> RUNNABLE -> RUNNING -> WAITING -> RUNNABLE ...
//!                                     -> SYSCALL -> RUNNING or RUNNABLE
//!                                     -> PREEMPTED -> RUNNABLE
//!                                     -> DEAD (pooled)
//! ```
//!
//! Any status but RUNNING may get the bit [`SCAN`] (`world::suspend_g`); whoever changes the status waits until it is
//! gone.
//!
//! Gs are never freed: `allgs` lists every one that ever existed, dead ones wait in the P's pool (at most 64, half of
//! which spill to the global pool) with or without a stack.
//!
//! # Orderings
//!
//! Each change of `status` is a compare-and-swap or swap with AcqRel: whoever moves a goroutine out of a status sees
//! all that was written to it and its stack by who put it there, plainly (`h`, `link`, `waiting`, ...); [`SCAN`]
//! comes and goes the same way. `entersyscall` stores the status with Release. `preempt`, `preempt_stop` and the
//! guard are requests that are repeated until they are heeded (`preempt`): Relaxed but for the guard's Release.
//! Goroutine numbers only count.
//!
//! **Runs on** g0. Lock ranks: `allgs`.

use crate::chan::sudog::Sudog;
use crate::lock::Lock;
use crate::mem::persistent;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use grus_abi::g::GHeader;

/// Just allocated.
pub const IDLE: u32 = 0;
/// On a run queue.
pub const RUNNABLE: u32 = 1;
/// Owns an M and a P.
pub const RUNNING: u32 = 2;
/// In a system call.
pub const SYSCALL: u32 = 3;
/// Parked.
pub const WAITING: u32 = 4;
/// Unused: exited or not started.
pub const DEAD: u32 = 6;
/// Its stack is being moved by somebody else.
pub const COPYSTACK: u32 = 8;
/// Stopped itself at the request of `suspend_g`; somebody has to make it runnable again.
pub const PREEMPTED: u32 = 9;
/// Added to a status while the goroutine's stack is being scanned: it may not change status or run.
pub const SCAN: u32 = 0x1000;

/// Decides, after a goroutine has become `WAITING`, whether it stays so; typically releases the lock under which it
/// was queued.
pub type Commit = unsafe extern "C" fn(g: *mut G, arg: usize) -> bool;

/// A goroutine. There may be millions, hence what is needed only while one stops or starts is in the M.
#[repr(C)]
pub struct G {
    /// What generated code and the Go half know.
    pub h: GHeader,
    pub status: AtomicU32,
    /// Number of gc's `waitReason`, valid while `WAITING`.
    pub wait_reason: u8,
    /// Somebody wants the goroutine to give up its P at the next stack check. Set by anyone, cleared by its M.
    pub preempt: AtomicBool,
    /// It is then to stop as `PREEMPTED` instead of going to a queue (`suspend_g`).
    pub preempt_stop: AtomicBool,
    /// Queue link.
    pub link: *mut G,
    /// Index in `allgs`.
    pub index: u32,
    /// Whether one of a select's channels has won already.
    pub select_done: AtomicU32,
    /// Sudogs of channel operations that the goroutine is parked on.
    pub waiting: *mut Sudog,
    /// Monotonic time at which the goroutine parked, roughly; 0 if unknown.
    pub wait_since: i64,
    /// When the goroutine parked, while the profile of blocking is on; else 0.
    pub block_since: i64,
    /// The address that the goroutine waits at, while it waits for a semaphore or a condition.
    pub waits_at: usize,
    /// The collector has found that nobody can wake it.
    pub leaked: bool,
    /// A stack check of the goroutine has failed, and its stack is being copied.
    pub in_newstack: bool,
    /// Logical frames that this profile leaves out.
    pub block_skip: u32,
    /// The thread that the goroutine is locked to.
    pub lockedm: *mut super::m::M,
    /// While not 0 the goroutine stands at a function's stack check: where it continues, with the argument registers
    /// of `h.args` and `h.fargs`.
    pub check_pc: usize,
    /// Where it goes on it has been stopped already, in the mode that stops it at every instruction.
    pub stepped: bool,
    /// String number of the label for the execution trace, 0 without one.
    pub trace_label: u8,
    /// Number of its latest event in the trace.
    pub trace_seq: u32,
    /// While not null a signal has stopped the goroutine in the middle of a function.
    pub stopped: *mut super::stopped::Stopped,
    /// Where parked system goroutines receive their result.
    pub mailbox: usize,
}

impl G {
    /// Current status.
    #[inline]
    pub fn status(&self) -> u32 {
        self.status.load(Ordering::Acquire) & !SCAN
    }

    /// Moves the goroutine from one status to another; waits while its stack is being scanned.
    #[inline]
    pub fn set_status(&self, from: u32, to: u32) {
        let mut spins = 0u32;
        while let Err(now) = self.status.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire) {
            if now != from | SCAN {
                bad_status(now, from);
            }
            spins += 1;
            if spins.is_multiple_of(64) {
                // The one that scans may have lost its CPU.
                crate::os::process::yield_cpu();
            }
            core::hint::spin_loop();
        }
        if self.h.go.bubble != 0 {
            // SAFETY: the status has just changed.
            unsafe { super::bubble::status_changed(self, from, to) };
        }
    }

    /// The stack guard, which other threads poison.
    #[inline]
    pub fn guard(&self) -> &AtomicUsize {
        // SAFETY: the field is aligned and lives as long as the G.
        unsafe { AtomicUsize::from_ptr(&raw const self.h.stackguard as *mut usize) }
    }

    /// Whether an address lies in the goroutine's stack.
    #[inline]
    pub fn owns(&self, p: usize) -> bool {
        p >= self.h.stack_lo && p < self.h.stack_hi
    }

    /// Whether this is one of the runtime's own goroutines.
    #[inline]
    pub fn system(&self) -> bool {
        self.h.go.system != 0
    }

    /// Whether users do not see it: a system goroutine that runs no function of theirs.
    pub fn hidden(&self) -> bool {
        self.system() && self.h.go.user_code == 0
    }
}

#[cold]
fn bad_status(now: u32, from: u32) -> ! {
    let mut s = crate::os::output::Sink::stderr();
    s.str("runtime: goroutine status ").hex(now as usize).str(" instead of ").hex(from as usize).str("\n");
    drop(s);
    crate::panic::fatal::throw("bad goroutine status")
}

/// All Gs, as a chunked table that never moves.
struct AllGs {
    chunks: [*mut [*mut G; CHUNK]; CHUNKS],
    len: usize,
}

const CHUNK: usize = 4096;
const CHUNKS: usize = 4096;

static ALLGS: Lock<AllGs> = Lock::new(AllGs { chunks: [core::ptr::null_mut(); CHUNKS], len: 0 });
static NEXT_GOID: AtomicU64 = AtomicU64::new(1);

/// A new descriptor, status `DEAD`, without a stack, registered.
pub fn allocate() -> *mut G {
    let g = persistent::alloc(size_of::<G>(), 16) as *mut G;
    let mut all = ALLGS.lock();
    let (chunk, slot) = (all.len / CHUNK, all.len % CHUNK);
    if chunk == CHUNKS {
        crate::panic::fatal::throw("too many goroutines");
    }
    // SAFETY: persistent memory is zeroed, large enough, and nobody else knows it; a zeroed G is valid.
    unsafe {
        if all.chunks[chunk].is_null() {
            all.chunks[chunk] = persistent::alloc(size_of::<[*mut G; CHUNK]>(), 8) as *mut [*mut G; CHUNK];
        }
        (*all.chunks[chunk])[slot] = g;
        (*g).index = all.len as u32;
        (*g).status = AtomicU32::new(DEAD);
    }
    all.len += 1;
    g
}

/// How many goroutines have been made.
pub fn created() -> u64 {
    NEXT_GOID.load(Ordering::Relaxed) - 1
}

/// The next goroutine number.
pub fn next_goid() -> u64 {
    NEXT_GOID.fetch_add(1, Ordering::Relaxed)
}

/// Calls `f` for every descriptor, dead ones included, in order of creation, until it returns false.
pub fn for_each(mut f: impl FnMut(*mut G) -> bool) {
    let n = ALLGS.lock().len;
    for i in 0..n {
        let g = {
            let all = ALLGS.lock();
            // SAFETY: slots below `len` are filled.
            unsafe { (*all.chunks[i / CHUNK])[i % CHUNK] }
        };
        if !f(g) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_small() {
        let saved = 8 * grus_abi::g::SAVED_REGS;
        assert!(size_of::<G>() <= 432 + saved + 112, "{}", size_of::<G>());
    }
}
