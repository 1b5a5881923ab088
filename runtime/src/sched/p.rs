//! The processor: what a thread needs to run Go code.
//!
//! ```text
//! IDLE <-> RUNNING <-> SYSCALL -> IDLE (taken by sysmon)
//!   \________\___________\______-> GCSTOP -> IDLE, RUNNING, DEAD
//! ```
//!
//! Only the M that holds a P moves it out of `RUNNING`. A P in `SYSCALL` belongs to whoever swaps its status: the M
//! that comes back from the system call, sysmon, or somebody who stops the world. Idle Ps are on a list under the
//! `sched` lock. Ps are never freed: those beyond GOMAXPROCS are `DEAD`, and their caches stay filled.
//!
//! **Runs on** g0, owned by the M that holds it.

use super::g::G;
use super::m::M;
use super::runq::RunQueue;
use crate::chan::sudog;
use crate::mem::gc::barrier;
use crate::mem::gc::work::GcWork;
use crate::mem::mcache::MCache;
use crate::mem::pagecache::PageCache;
use crate::mem::shared::Heeded;
use crate::stack::alloc::StackCache;
use crate::timer::Timers;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32};

/// Dead goroutines kept by a P before half of them spill to the global pool.
pub const MAX_DEAD: usize = 64;

/// On the idle list.
pub const IDLE: u32 = 0;
/// Held by an M.
pub const RUNNING: u32 = 1;
/// Its M is in a system call.
pub const SYSCALL: u32 = 2;
/// Stopped with the world.
pub const GCSTOP: u32 = 3;
/// Beyond GOMAXPROCS.
pub const DEAD: u32 = 4;

/// A processor.
#[repr(C)]
pub struct P {
    pub id: u32,
    pub status: AtomicU32,
    /// The M that holds it, or held it before a system call.
    pub m: AtomicPtr<M>,
    /// Counts system calls.
    pub syscall_tick: AtomicU32,
    /// Counts goroutines started with a time slice of their own.
    pub sched_tick: AtomicU32,
    /// Counts scheduling rounds; every 61st looks at the global queue first.
    pub tick: u32,
    /// Goroutines started through `runnext` in a row.
    pub streak: u32,
    /// The holder waits in place for the world to start: see `world`.
    pub in_place: AtomicU32,
    /// The P is beyond GOMAXPROCS but still held; its holder gives it up at the next scheduling round.
    pub retired: AtomicBool,
    pub link: *mut P,
    /// What sysmon saw last.
    pub seen: Seen,
    pub runq: RunQueue,
    pub mcache: MCache,
    pub gcw: GcWork,
    pub wb: barrier::Buffer,
    /// The last request to empty `wb` that was heeded.
    pub emptied: Heeded,
    pub stacks: StackCache,
    pub pages: PageCache,
    /// Unused sudogs.
    pub sudogs: sudog::Cache,
    /// Dead goroutines, linked.
    pub dead: *mut G,
    pub dead_len: usize,
    pub timers: Timers,
    /// Number of its latest event in the execution trace.
    pub trace_seq: u32,
}

/// sysmon's memory of a P: the counters and when they had changed.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Seen {
    pub sched_tick: u32,
    pub sched_when: i64,
    pub syscall_tick: u32,
    pub syscall_when: i64,
}

impl P {
    /// A processor without caches filled.
    pub const fn new(id: u32) -> P {
        P {
            id,
            status: AtomicU32::new(IDLE),
            m: AtomicPtr::new(null_mut()),
            syscall_tick: AtomicU32::new(0),
            sched_tick: AtomicU32::new(0),
            tick: 0,
            streak: 0,
            in_place: AtomicU32::new(0),
            retired: AtomicBool::new(false),
            link: null_mut(),
            seen: Seen { sched_tick: 0, sched_when: 0, syscall_tick: 0, syscall_when: 0 },
            runq: RunQueue::new(),
            mcache: MCache::new(),
            gcw: GcWork::new(),
            wb: barrier::Buffer::new(),
            emptied: Heeded::new(),
            stacks: StackCache::new(),
            pages: PageCache::new(),
            sudogs: sudog::Cache::new(),
            dead: null_mut(),
            dead_len: 0,
            timers: Timers::new(),
            trace_seq: 0,
        }
    }
}
