//! The thread descriptor.
//!
//! The thread pointer register (FS, TPIDR_EL0) points at the M, whose first words are part of the ABI: natives find
//! the g0 stack through `g.m`, Rust code finds the M through the thread pointer, signal handlers too (Go code never
//! changes the register).
//!
//! # Who may touch what
//!
//! * Most fields: the thread itself.
//! * `park`, `nextp`: whoever took the M off the idle list or knows its locked goroutine to be runnable.
//! * `link`: the list of idle or of free Ms, under the `sched` lock. `all_link`: set once, under it.
//!
//! **Runs on** g0 and gsignal.

use super::g::{Commit, G};
use super::p::P;
use crate::arch::stopped::Registers;
use crate::os::futex::Note;
use crate::random::Stream;
use crate::trace::buffer::Buf;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicU32};

/// Size of an M's signal stack.
pub const SIGNAL_STACK: usize = 64 << 10;

/// What a thread is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Role {
    /// Runs goroutines.
    Worker,
    /// The monitor, which never holds a P.
    Sysmon,
    /// Makes threads for those whose own state (namespaces, masks) must not be inherited.
    Template,
}

/// A thread.
#[repr(C)]
pub struct M {
    /// Own address (`abi::g::M_SELF`).
    pub this: *mut M,
    /// Stack pointer that natives switch to (`abi::g::M_G0SP`).
    pub g0_sp: usize,
    /// The goroutine that runs here (`abi::g::M_CURG`).
    pub curg: *mut G,
    /// The processor held; null in system calls and while idle.
    pub p: *mut P,
    /// The processor held before the system call.
    pub oldp: *mut P,
    /// While not zero the goroutine is not preempted: `procPin`, `printlock`, fork, a stopped world.
    pub locks: u32,
    /// Number of the thread, as tracebacks show it.
    pub id: u32,
    /// The kernel's number.
    pub tid: AtomicU32,
    /// The kernel zeroes it when the thread has ended (CLONE_CHILD_CLEARTID).
    pub alive: AtomicU32,
    /// The thread exists, or will in a moment. Set while threads may be made, and for the first thread.
    pub cloned: AtomicBool,
    /// The thread has still to make the system call of all threads (`allthreads`).
    pub call_wanted: AtomicU32,
    /// Looks for work without having any.
    pub spinning: bool,
    pub role: Role,
    /// Commit function of the outcome `PARK` that the goroutine leaves, and its argument.
    pub commit: Option<Commit>,
    pub commit_arg: usize,
    /// Sleeps in `park`, for scheddetail.
    pub blocked: bool,
    /// Where the M sleeps when it has nothing to do.
    pub park: Note,
    /// Set by whoever wakes the M: the processor to run with.
    pub nextp: AtomicPtr<P>,
    /// The goroutine that is locked to this thread.
    pub lockedg: *mut G,
    /// Nesting of the lock: by the runtime, and by LockOSThread. A goroutine that is locked passes both on when it switches to a
    /// coroutine.
    pub lock_counts: [u32; 2],
    pub link: *mut M,
    pub all_link: *mut M,
    /// Signals blocked while the thread runs goroutines.
    pub sigmask: u64,
    /// Signal mask before a fork.
    pub fork_mask: u64,
    /// A preemption signal is under way.
    pub signal_pending: AtomicU32,
    /// When the last one was sent.
    pub signalled: AtomicI64,
    /// Registers of a goroutine that a signal is stopping, or that continues after that.
    pub registers: Registers,
    /// Random numbers.
    pub random: Stream,
    /// Nesting of `printlock`.
    pub print_nest: u32,
    /// Nesting of fatal errors: a second one while the first is reported ends the process.
    pub dying: u32,
    /// Signal stack.
    pub signal_stack: usize,
    /// The timer of the CPU profile, -1 if there is none; belongs to `prof::cpu`.
    pub profile_timer: i32,
    /// Events of the execution trace.
    pub trace: *mut Buf,
    /// The goroutine that runs next has been reported.
    pub trace_switched: bool,
    /// Logical frames that the next event of a semaphore leaves out.
    pub trace_skip: u32,
}

impl M {
    /// The M of the first thread.
    pub const fn first() -> M {
        M {
            this: null_mut(),
            g0_sp: 0,
            curg: null_mut(),
            p: null_mut(),
            oldp: null_mut(),
            locks: 0,
            id: 0,
            tid: AtomicU32::new(0),
            alive: AtomicU32::new(1),
            cloned: AtomicBool::new(false),
            call_wanted: AtomicU32::new(0),
            spinning: false,
            role: Role::Worker,
            commit: None,
            commit_arg: 0,
            blocked: false,
            park: Note::new(),
            nextp: AtomicPtr::new(null_mut()),
            lockedg: null_mut(),
            lock_counts: [0; 2],
            link: null_mut(),
            all_link: null_mut(),
            sigmask: 0,
            fork_mask: 0,
            signal_pending: AtomicU32::new(0),
            signalled: AtomicI64::new(0),
            registers: Registers::NONE,
            random: Stream::new(),
            print_nest: 0,
            dying: 0,
            signal_stack: 0,
            profile_timer: -1,
            trace: null_mut(),
            trace_switched: false,
            trace_skip: 0,
        }
    }
}

/// The calling thread's M.
#[cfg(grus_archive)]
#[inline]
pub fn current() -> *mut M {
    crate::arch::thread_pointer() as *mut M
}

/// The M of unit tests, which run without a thread pointer of ours.
#[cfg(not(grus_archive))]
pub fn current() -> *mut M {
    super::start::first_m()
}

/// The current goroutine.
#[inline]
pub fn curg() -> *mut G {
    // SAFETY: the M lives as long as its thread.
    unsafe { (*current()).curg }
}

/// The processor that the calling thread holds.
#[inline]
pub fn p() -> *mut P {
    // SAFETY: as above.
    unsafe { (*current()).p }
}

/// Whether the goroutine that entered may be parked: it is in no section that must stay on its processor.
#[inline]
pub fn may_park() -> bool {
    // SAFETY: the thread's own M.
    let held = unsafe { (*current()).locks | (*current()).print_nest };
    held == 0 && !curg().is_null()
}
