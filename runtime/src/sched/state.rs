//! The scheduler's global state: the global run queue, lists of idle Ms and Ps, counters.
//!
//! What is in [`Lists`] belongs to the `sched` lock. The atomics beside it mirror or complement it for those who look
//! without the lock; they change under it unless stated otherwise.
//!
//! # Orderings
//!
//! * Under the `sched` lock Relaxed suffices, for what changes under it only: `SYSMON_WAIT`, `NEED_SPINNING` when
//!   read, `GLOBAL_LEN`, `GC_WAITING` when it is set or counts. Without the lock their loads are hints, after which
//!   the lock is taken.
//! * `NPIDLE`, `NMSPINNING`, `LAST_POLL`, `POLL_UNTIL` are sequentially consistent where no wake-up may be lost
//!   (`schedule`); elsewhere they are hints.
//! * `NPROCS` and `ALONE` change while the world is stopped: the stop orders Relaxed loads.
//! * `all_ps`: a slot and the table are complete before `len` grows (Release, Acquire).
//!
//! **Runs on** g0. **May** block in futex(2) for the lock. Lock ranks: `sched`.

use super::g::G;
use super::m::M;
use super::p::{self, P};
use super::runq::{CAPACITY, Overflow};
use crate::lock::Lock;
use crate::mem::persistent;
use crate::mem::shared::Alone;
use crate::os::futex::Note;
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU32, AtomicUsize};

/// Ps that there is room for without a table of their own.
const FEW_PROCS: usize = 64;

/// What the `sched` lock protects.
pub struct Lists {
    /// The global run queue, through `G::link`.
    first: *mut G,
    last: *mut G,
    /// Idle Ms, through `M::link`.
    pub idle_m: *mut M,
    /// Ms whose thread has ended, for reuse.
    pub free_m: *mut M,
    /// Every M that has a thread, through `M::all_link`.
    pub all_m: *mut M,
    /// Idle Ps, through `P::link`.
    idle_p: *mut P,
    /// Ms on the idle list.
    pub nmidle: i32,
    /// Locked Ms that wait for their goroutine, and similar: not a sign of life.
    pub nmidlelocked: i32,
    /// Ms that never run goroutines.
    pub nmsys: i32,
    /// Threads created, the first one included.
    pub mcreated: i32,
    /// Threads that ended.
    pub mfreed: i32,
    /// Ps that the one who stops the world still waits for.
    pub stop_wait: i32,
}

/// The lists.
pub static SCHED: Lock<Lists> = Lock::new(Lists {
    first: null_mut(),
    last: null_mut(),
    idle_m: null_mut(),
    free_m: null_mut(),
    all_m: null_mut(),
    idle_p: null_mut(),
    nmidle: 0,
    nmidlelocked: 0,
    nmsys: 0,
    mcreated: 1,
    mfreed: 0,
    stop_wait: 0,
});

/// Length of the global run queue.
pub static GLOBAL_LEN: AtomicUsize = AtomicUsize::new(0);
/// Idle Ps.
pub static NPIDLE: AtomicU32 = AtomicU32::new(0);
/// Spinning Ms. Changed without the lock; protocol at the top of `schedule`.
pub static NMSPINNING: AtomicI32 = AtomicI32::new(0);
/// Somebody wanted an idle P for a spinning M and there was none. Set under the lock.
pub static NEED_SPINNING: AtomicBool = AtomicBool::new(false);
/// The world is being stopped, or is stopped.
pub static GC_WAITING: AtomicBool = AtomicBool::new(false);
/// Where the one who stops the world waits.
pub static STOP_NOTE: Note = Note::new();
/// sysmon sleeps until a P is taken into use. Set under the lock.
pub static SYSMON_WAIT: AtomicBool = AtomicBool::new(false);
/// Where it sleeps.
pub static SYSMON_NOTE: Note = Note::new();
/// When the network was last polled; 0 while a thread is blocked in the poller. Changed without the lock.
pub static LAST_POLL: AtomicI64 = AtomicI64::new(0);
/// When the blocked poller will return by itself; 0: never. Changed without the lock.
pub static POLL_UNTIL: AtomicI64 = AtomicI64::new(0);
/// Number of Ps in use (GOMAXPROCS as it is).
pub static NPROCS: AtomicU32 = AtomicU32::new(1);

/// See [`alone`].
static ALONE: Alone = Alone::new();

/// Whether there is one P, and no thread that still holds one beyond GOMAXPROCS: nobody else marks, and mark bits may be set
/// without regard to others. Changes before the world is started, under the lock.
#[inline]
pub fn alone() -> bool {
    ALONE.get()
}

/// The world is about to run with `procs` Ps; `beyond`: a P that is none of these is held yet.
pub fn set_alone(procs: usize, beyond: bool) {
    ALONE.set(procs, beyond);
}

/// The table of Ps. It is replaced by a larger one when it is full; readers may go on with the old one, which stays.
struct AllPs {
    few: UnsafeCell<[*mut P; FEW_PROCS]>,
    /// A larger table; null: `few`.
    many: AtomicPtr<*mut P>,
    capacity: AtomicUsize,
    len: AtomicUsize,
}

// SAFETY: a slot is written once, before `len` is raised above it; a table is complete before it is `many`.
unsafe impl Sync for AllPs {}

static ALL_PS: AllPs = AllPs {
    few: UnsafeCell::new([null_mut(); FEW_PROCS]),
    many: AtomicPtr::new(null_mut()),
    capacity: AtomicUsize::new(FEW_PROCS),
    len: AtomicUsize::new(0),
};

impl AllPs {
    fn table(&self) -> *mut *mut P {
        let many = self.many.load(Acquire);
        if many.is_null() { self.few.get() as *mut *mut P } else { many }
    }
}

/// Every P that ever existed, by number.
pub fn all_ps() -> &'static [*mut P] {
    // Acquiring: the table that is found afterwards has as many slots.
    let n = ALL_PS.len.load(Acquire);
    // SAFETY: the first n slots never change.
    unsafe { core::slice::from_raw_parts(ALL_PS.table(), n) }
}

/// Registers the P with the next number.
///
/// # Safety
/// Start-up, or the world is stopped.
pub unsafe fn register_p(p: *mut P) {
    let n = ALL_PS.len.load(Relaxed);
    // SAFETY: the slot is behind what readers may see; tables are never freed.
    unsafe {
        if n == ALL_PS.capacity.load(Relaxed) {
            let many = persistent::alloc(2 * n * size_of::<*mut P>(), 8) as *mut *mut P;
            core::ptr::copy_nonoverlapping(ALL_PS.table(), many, n);
            ALL_PS.many.store(many, Release);
            ALL_PS.capacity.store(2 * n, Relaxed);
        }
        *ALL_PS.table().add(n) = p;
    }
    ALL_PS.len.store(n + 1, Release);
}

/// Ps in use.
pub fn nprocs() -> usize {
    NPROCS.load(Relaxed) as usize
}

impl Lists {
    /// Threads that exist.
    pub fn mcount(&self) -> i32 {
        self.mcreated - self.mfreed
    }

    /// Appends a list to the global queue.
    ///
    /// # Safety
    /// The batch is a list of runnable goroutines on no other queue.
    pub unsafe fn put_batch(&mut self, batch: Overflow) {
        // SAFETY: passed on.
        unsafe {
            (*batch.last).link = null_mut();
            if self.last.is_null() {
                self.first = batch.first;
            } else {
                (*self.last).link = batch.first;
            }
        }
        self.last = batch.last;
        GLOBAL_LEN.store(GLOBAL_LEN.load(Relaxed) + batch.len, Release);
    }

    /// Appends one goroutine.
    ///
    /// # Safety
    /// It is runnable and on no queue.
    pub unsafe fn put(&mut self, g: *mut G) {
        // SAFETY: passed on.
        unsafe { self.put_batch(Overflow { first: g, last: g, len: 1 }) };
    }

    /// Takes the first goroutine; up to a fair share, at most `max` in all, goes to the local queue of `p`.
    ///
    /// # Safety
    /// The caller owns `p`, whose queue has room for half its capacity if `max` is more than one.
    pub unsafe fn get(&mut self, p: *mut P, max: usize) -> *mut G {
        let len = GLOBAL_LEN.load(Relaxed);
        if len == 0 {
            return null_mut();
        }
        let n = (len / nprocs() + 1).min(len).min(max).clamp(1, CAPACITY / 2);
        let first = self.first;
        // SAFETY: the queue's links are valid.
        unsafe {
            let mut g = first;
            let mut taken = 0;
            while taken < n {
                let next = (*g).link;
                if taken > 0 && !(*p).runq.put_if_room(g) {
                    break;
                }
                if taken == 0 {
                    (*g).link = null_mut();
                }
                taken += 1;
                g = next;
            }
            self.first = g;
            GLOBAL_LEN.store(len - taken, Release);
        }
        if self.first.is_null() {
            self.last = null_mut();
        }
        first
    }

    /// Puts a P without work on the idle list.
    ///
    /// # Safety
    /// The caller owns the P and gives it up.
    pub unsafe fn idle_p_put(&mut self, p: *mut P) {
        // SAFETY: passed on.
        unsafe {
            debug_assert!((*p).runq.is_empty());
            (*p).status.store(p::IDLE, Release);
            (*p).link = self.idle_p;
        }
        self.idle_p = p;
        NPIDLE.fetch_add(1, SeqCst);
    }

    /// Takes an idle P, if there is one. The monitor is woken: something will run.
    pub fn idle_p_get(&mut self) -> *mut P {
        let p = self.idle_p;
        if !p.is_null() {
            // SAFETY: listed Ps are valid, and now ours.
            unsafe {
                self.idle_p = (*p).link;
                (*p).link = null_mut();
            }
            NPIDLE.fetch_sub(1, SeqCst);
            wake_sysmon();
        }
        p
    }

    /// The same for a spinning M: if there is none, the next M that is about to give up its P is to spin.
    pub fn idle_p_get_spinning(&mut self) -> *mut P {
        let p = self.idle_p_get();
        if p.is_null() {
            NEED_SPINNING.store(true, SeqCst);
        }
        p
    }

    /// Puts an M on the idle list.
    ///
    /// # Safety
    /// The M is the caller's, and the caller goes to sleep.
    pub unsafe fn idle_m_put(&mut self, mp: *mut M) {
        // SAFETY: passed on.
        unsafe { (*mp).link = self.idle_m };
        self.idle_m = mp;
        self.nmidle += 1;
    }

    /// Takes an idle M.
    pub fn idle_m_get(&mut self) -> *mut M {
        let mp = self.idle_m;
        if !mp.is_null() {
            // SAFETY: listed Ms are valid.
            unsafe {
                self.idle_m = (*mp).link;
                (*mp).link = null_mut();
            }
            self.nmidle -= 1;
        }
        mp
    }
}

/// Lets the monitor work again if it sleeps because everything was idle. The `sched` lock is held.
pub fn wake_sysmon() {
    if SYSMON_WAIT.load(Relaxed) {
        SYSMON_WAIT.store(false, Relaxed);
        SYSMON_NOTE.wakeup();
    }
}
