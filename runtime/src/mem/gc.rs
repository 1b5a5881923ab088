//! The collector: a precise, non-moving mark-sweep collector.
//!
//! # A cycle
//!
//! The Go half (`runtime/go/runtime/gc.go`) conducts; each step is a native here.
//!
//! 1. What is left of the last sweep is swept ([`super::sweep`]).
//! 2. The world stops; pools are cleared (Go code); [`gcbegin`] makes the root jobs ([`roots`]), switches the write barrier
//!    on ([`barrier`]), and phase becomes [`MARK`]. The world starts.
//! 3. Marking ([`mark`]): worker goroutines ([`worker`]), and allocating goroutines in proportion to what they allocate
//!    ([`assist`]), on all Ps.
//! 4. When the last marker leaves and no root job and no grey object is left, the world stops. [`gcdone`] empties the
//!    barrier buffers and marks from what it finds there, which is little; if there is more, marking goes on. Else
//!    [`gcend`]: caches are flushed, the lists of spans change their meaning, the pacer computes the next goal, phase
//!    becomes [`OFF`]. The world starts.
//! 5. Sweeping, in the background and by allocations, on all Ps.
//!
//! With `GODEBUG=gcstoptheworld=1` the world stays stopped from 2 to 4.
//!
//! # Who may do what in which phase
//!
//! * `OFF`: spans are swept; nobody sets mark bits, except the sweeper for objects that it revives.
//! * `MARK`: nothing is swept, no span is freed. New objects are black ([`super::malloc`]). Stores of pointers to
//!   anything but stacks go through the barrier.
//!
//! The phase and the barrier's flag change only while the world is stopped: a native sees one phase from beginning to end.
//!
//! # Orderings
//!
//! * `PHASE` and `barrier::WRITE_BARRIER` change while the world is stopped: the stop orders Relaxed loads, and the plain
//!   ones of generated code. `ALLOC_SLOW` only says where an allocation is made ([`allocate_in_rust`]).
//! * `WAITING` is a hint, after which the lock of the controller is taken; who misses it asks at its next refill.
//!   `OVERDUE` is stored before the controller is woken, and found when it runs.
//! * Statistics are Relaxed.
//!
//! **Runs on** g0 of an M that holds a P.

pub mod assist;
pub mod barrier;
pub mod checkmark;
pub mod leaks;
pub mod limit;
pub mod mark;
pub mod pace;
pub mod roots;
mod trace;
pub mod work;
pub mod worker;

use super::{mcache, mcentral, mheap, sweep};
use crate::debug;
use crate::lock::Lock;
use crate::native::flag;
use crate::os::clock;
use crate::panic::fatal;
use crate::prof::heap;
use crate::sched::g::{G, RUNNABLE, WAITING as PARKED};
use crate::sched::world::{self, Reason};
use crate::sched::{WaitReason, goready, goready_here, m, natives, park, schedule, state};
use crate::stack::alloc as stacks;
use crate::timer;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// No marking.
pub const OFF: u32 = 0;
/// Marking.
pub const MARK: u32 = 1;

static PHASE: AtomicU32 = AtomicU32::new(OFF);

/// Non-zero while every allocation must come to Rust. The stubs and generated code read it; a bit for each reason.
#[unsafe(export_name = "runtime.allocSlow")]
pub static ALLOC_SLOW: AtomicU32 = AtomicU32::new(0);

/// Why allocations must come to Rust.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InRust {
    /// To be counted (stress modes).
    Counted = 1,
    /// To stop at their end: the world is being stopped.
    StopWorld = 2,
    /// The same: barrier buffers are to be emptied.
    EmptyBuffers = 4,
}

/// From now on every allocation comes to Rust, or need not for this reason. Relaxed: whoever stops others waits for them by
/// other means, and a stub that sees the old value for a moment stops an allocation later.
pub fn allocate_in_rust(why: InRust, on: bool) {
    if on {
        ALLOC_SLOW.fetch_or(why as u32, Relaxed);
    } else {
        ALLOC_SLOW.fetch_and(!(why as u32), Relaxed);
    }
}

/// Whether marking is on: what becomes reachable in ways that marking does not see must be shaded.
#[inline]
pub fn marking() -> bool {
    PHASE.load(Relaxed) != OFF
}

/// The goroutine that runs cycles on behalf of allocations, while it waits for one.
struct Controller {
    waiter: *mut G,
    /// A cycle was asked for while the controller was not waiting.
    wanted: bool,
}

static CONTROLLER: Lock<Controller> = Lock::new(Controller { waiter: null_mut(), wanted: false });
/// Whether the controller waits, readable without the lock.
static WAITING: AtomicBool = AtomicBool::new(false);

/// Completed cycles.
pub static CYCLES: AtomicU32 = AtomicU32::new(0);
/// Those that the program asked for.
pub static FORCED: AtomicU32 = AtomicU32::new(0);
/// Pauses of the latest cycles, their ends (since 1970), their total.
pub static PAUSES: Lock<Pauses> = Lock::new(Pauses { ns: [0; 256], end: [0; 256] });
pub static PAUSE_TOTAL: AtomicU64 = AtomicU64::new(0);
pub static LAST_GC: AtomicU64 = AtomicU64::new(0);

/// A ring of pauses.
pub struct Pauses {
    pub ns: [u64; 256],
    pub end: [u64; 256],
}

/// Times and sizes of the cycle at work.
pub struct Times {
    /// When the world was stopped last.
    stopped: i64,
    sweep_pause: u64,
    mark_pause: u64,
    mark_begin: i64,
    mark_end: i64,
    heap_begin: usize,
    heap_end: usize,
    marked: usize,
    goal: usize,
    forced: bool,
}

static TIMES: Lock<Times> = Lock::new(Times {
    stopped: 0,
    sweep_pause: 0,
    mark_pause: 0,
    mark_begin: 0,
    mark_end: 0,
    heap_begin: 0,
    heap_end: 0,
    marked: 0,
    goal: 0,
    forced: false,
});

/// Called by every allocation of the slow path that it concerns, with the new object: asks for a cycle if one is due, and
/// lets the goroutine wait until the cycle has begun. It continues with the object as its result.
#[inline]
pub fn poll(p: usize) {
    if marking() {
        assist::poll(p);
    } else if pace::HEAP_LIVE.load(Relaxed) >= pace::TRIGGER.load(Relaxed) || debug::get().gcstress != 0 {
        request(p);
    }
}

/// Asks for a cycle if one is due once `size` bytes more are allocated, and lets the goroutine wait until it has begun.
pub fn poll_before(size: usize) {
    let live = pace::HEAP_LIVE.load(Relaxed);
    if marking() || live.saturating_add(size) < pace::TRIGGER.load(Relaxed) || !m::may_park() {
        return;
    }
    // The controller looks at the heap as it is.
    OVERDUE.store(true, Relaxed);
    // SAFETY: the goroutine is the entry's.
    unsafe { park(m::curg(), WaitReason::GcAssist as u8, Some(wake_controller), 0) };
}

#[cold]
fn request(p: usize) {
    // SAFETY: this M owns its P; the goroutine is the entry's.
    unsafe {
        if !WAITING.load(Relaxed) {
            // The controller is between two steps, or its thread has lost its CPU. It must not be left behind for long.
            let (live, trigger) = (pace::HEAP_LIVE.load(Relaxed), pace::TRIGGER.load(Relaxed));
            if (live > trigger.saturating_add(trigger / 8) || assist::too_late()) && m::may_park() {
                let g = m::curg();
                (*g).h.ret0 = p;
                park(g, WaitReason::GcAssist as u8, Some(await_controller), 0);
            }
            return;
        }
        let n = debug::get().gcstress;
        if n != 0 {
            let c = &mut (*m::p()).mcache;
            c.until_stress = c.until_stress.saturating_sub(1);
            if c.until_stress == 0 {
                c.until_stress = n;
            } else if pace::HEAP_LIVE.load(Relaxed) < pace::TRIGGER.load(Relaxed) {
                return;
            }
        }
        let g = m::curg();
        if !m::may_park() {
            return;
        }
        (*g).h.ret0 = p;
        park(g, WaitReason::GcAssist as u8, Some(wake_controller), 0);
    }
}

/// Commit of an allocation that found a cycle due: the controller runs next, the goroutine after it.
unsafe extern "C" fn wake_controller(g: *mut G, _arg: usize) -> bool {
    let mut c = CONTROLLER.lock();
    let waiter = core::mem::replace(&mut c.waiter, null_mut());
    WAITING.store(false, Relaxed);
    drop(c);
    if waiter.is_null() {
        return false;
    }
    // SAFETY: the goroutine has just been parked by itself; the controller waited.
    unsafe {
        natives::requeue_local(g, 0);
        goready_here(waiter);
    }
    true
}

/// Commit of an allocation that found a cycle due while the controller was at work: others run first; but if the heap has
/// outgrown its goal, the goroutine waits until the controller has ended a cycle, or has found that none is due.
unsafe extern "C" fn await_controller(g: *mut G, arg: usize) -> bool {
    if assist::too_late() {
        let mut c = CONTROLLER.lock();
        if !c.waiter.is_null() {
            drop(c);
            // SAFETY: as the caller's.
            return unsafe { wake_controller(g, arg) };
        }
        // The controller looks again before it waits: it releases those that are in the list by then.
        c.wanted = true;
        // SAFETY: the goroutine has just been parked by itself.
        unsafe { assist::wait(g) };
        return true;
    }
    // SAFETY: as above.
    unsafe { natives::requeue_local(g, 0) }
}

unsafe extern "C" fn wait_commit(g: *mut G, _arg: usize) -> bool {
    let mut c = CONTROLLER.lock();
    if c.wanted {
        c.wanted = false;
        return false;
    }
    c.waiter = g;
    WAITING.store(true, Relaxed);
    true
}

/// `gcwait()`: the controller waits until a cycle is due.
unsafe extern "C" fn gcwait() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), WaitReason::GcWorkerIdle as u8, Some(wait_commit), 0) };
}

/// `gcenable()`: cycles may begin.
unsafe extern "C" fn gcenable() {
    let now = clock::nanotime();
    trace::START.store(now, Relaxed);
    TIMES.lock().mark_end = now;
    allocate_in_rust(InRust::Counted, debug::get().gcstress != 0);
    pace::update();
}

/// Part of the CPU time available since the start that marking has used.
pub fn cpu_fraction() -> f64 {
    let elapsed = (clock::nanotime() - trace::START.load(Relaxed)).max(1);
    let procs = state::nprocs();
    worker::TOTAL_NS.load(Relaxed) as f64 / (elapsed as f64 * procs as f64)
}

/// Longest time between two cycles.
const FORCE_AFTER_NS: i64 = 120_000_000_000;

/// A cycle is due for another reason than the heap's size: the last one ended long ago, or the heap is about to grow.
static OVERDUE: AtomicBool = AtomicBool::new(false);

/// Called now and then by a thread that need not hold a P: if the last cycle is two minutes ago, gives the controller, to be
/// made runnable by the caller (it is `WAITING`); else null.
pub fn overdue(now: i64) -> *mut G {
    let last = TIMES.lock().mark_end;
    // Before collections are enabled there is no last one.
    if last == 0 || now - last < FORCE_AFTER_NS || pace::PERCENT.load(Relaxed) < 0 {
        return null_mut();
    }
    let mut c = CONTROLLER.lock();
    let waiter = core::mem::replace(&mut c.waiter, null_mut());
    if !waiter.is_null() {
        WAITING.store(false, Relaxed);
        OVERDUE.store(true, Relaxed);
    }
    waiter
}

/// Whether a cycle is due by the size of the heap (`gcdue() bool`). If not, those that wait for its end go on.
unsafe extern "C" fn gcdue() -> usize {
    let due = OVERDUE.swap(false, Relaxed)
        || pace::HEAP_LIVE.load(Relaxed) >= pace::TRIGGER.load(Relaxed)
        || debug::get().gcstress != 0;
    if !due {
        // SAFETY: those in the list wait.
        unsafe { assist::release_waiters(|g| goready(g)) };
    }
    due as usize
}

/// Flushes every P's cache.
///
/// # Safety
/// The world is stopped.
unsafe fn flush_caches() {
    for &p in world::all_ps() {
        // SAFETY: as above.
        unsafe { (*p).mcache.flush() };
    }
}

/// `gcbegin()`: makes marking possible. The world is stopped.
unsafe extern "C" fn gcbegin() {
    // SAFETY: everything is swept, the world is stopped.
    unsafe {
        if !sweep::done() {
            fatal::throw("gcbegin: not swept");
        }
        let mut t = TIMES.lock();
        t.mark_begin = clock::nanotime();
        t.heap_begin = pace::HEAP_LIVE.load(Relaxed);
        t.goal = pace::GOAL.load(Relaxed);
        drop(t);
        pace::begin_mark();
        roots::prepare(leaks::begin());
        worker::begin();
        if crate::trace::on() {
            crate::trace::memory::cycle_begin();
        }
        PHASE.store(MARK, Relaxed);
        if debug::get().gcstoptheworld == 0 {
            barrier::WRITE_BARRIER.store(1, Relaxed);
        }
        for &p in world::all_ps() {
            // The allocation stubs have handed out objects since the spans entered the cache.
            (*p).mcache.for_each(|s| {
                (*s).publish();
                mcache::blacken(s);
            });
            let tiny = (*p).mcache.tiny;
            if tiny != 0 {
                mark::grey(&mut (*p).gcw, tiny);
            }
        }
    }
}

/// `gcdrain()`: marks everything. The world is stopped.
unsafe extern "C" fn gcdrain() {
    let start = clock::nanotime();
    // SAFETY: the world is stopped: all Ps are ours.
    unsafe {
        let w = &mut (*m::p()).gcw;
        let before = w.scanned;
        while mark::drain(w, 1 << 30) <= 0 || roots::step(w, true) != roots::Step::None {}
        pace::background((w.scanned - before) as isize);
    }
    let ns = clock::nanotime() - start;
    worker::NS.fetch_add(ns, Relaxed);
    worker::TOTAL_NS.fetch_add(ns, Relaxed);
}

/// Bytes that are scanned at most while the world is stopped.
const LAST_WORK: isize = 64 << 10;

/// `gcdone() bool`: whether marking is complete. The world is stopped. What barriers have put aside is marked here as long as
/// it does not take long.
unsafe extern "C" fn gcdone() -> usize {
    // SAFETY: the world is stopped: all Ps are ours.
    unsafe {
        if roots::left() {
            return 0;
        }
        for &p in world::all_ps() {
            let p = &mut *p;
            p.wb.flush(&mut p.gcw);
            p.gcw.dispose();
        }
        let w = &mut (*m::p()).gcw;
        mark::drain(w, LAST_WORK);
        let done = w.is_empty();
        w.dispose();
        (done && !work::shared() && !leaks::more()) as usize
    }
}

/// `gcend(forced bool)`: ends the cycle. All that is reachable is marked, the world is stopped.
unsafe extern "C" fn gcend(forced: usize) {
    // SAFETY: the world is stopped.
    unsafe {
        if debug::get().gccheckmark {
            checkmark::check();
        }
        timer::drop_unreachable(|p| mark::survives(p));
        barrier::WRITE_BARRIER.store(0, Relaxed);
        flush_caches();
        let mut marked = 0;
        for &p in world::all_ps() {
            let w = &mut (*p).gcw;
            if !w.is_empty() || (*p).wb.len != 0 {
                fatal::throw("gcend: work is left");
            }
            w.dispose();
            w.debt = 0;
            // What one P counted another may have taken back.
            marked = usize::wrapping_add(marked, core::mem::take(&mut w.marked));
            w.scanned = 0;
        }
        if crate::trace::on() {
            crate::trace::memory::cycle_end();
        }
        PHASE.store(OFF, Relaxed);
        for &p in world::all_ps() {
            stacks::flush(&mut (*p).stacks);
            mheap::flush(&mut (*p).pages);
        }
        stacks::release();
        stacks::adapt();
        assist::release_waiters(|g| {
            crate::trace::scheduler::go_unblock(g);
            (*g).set_status(PARKED, RUNNABLE);
            schedule::global_put(g);
        });
        heap::next_cycle();
        let mut t = TIMES.lock();
        t.heap_end = pace::HEAP_LIVE.load(Relaxed);
        t.marked = marked;
        t.mark_end = clock::nanotime();
        t.forced = flag(forced);
        pace::end_mark(marked, t.mark_end - t.mark_begin);
        mcentral::flip();
        pace::update();
        pace::begin_sweep();
        CYCLES.fetch_add(1, Relaxed);
        if flag(forced) {
            FORCED.fetch_add(1, Relaxed);
        }
        let (sec, nsec) = clock::walltime();
        LAST_GC.store((sec * 1_000_000_000 + nsec) as u64, Relaxed);
    }
}

/// `stopworld(reason int)`.
unsafe extern "C" fn stopworld(reason: usize) {
    let reason = if reason == 1 { Reason::GcMarkTermination } else { Reason::GcSweepTermination };
    TIMES.lock().stopped = clock::nanotime();
    // SAFETY: the Go half starts the world again.
    unsafe { world::stop_the_world(reason) };
}

/// `startworld()`: also counts the pause; if it was the last one of a cycle, records it and prints the cycle's line.
unsafe extern "C" fn startworld() {
    let now = clock::nanotime();
    // SAFETY: the Go half stopped it.
    unsafe { world::start_the_world() };
    let mut t = TIMES.lock();
    let pause = (now - t.stopped) as u64;
    if marking() {
        if t.sweep_pause == 0 {
            t.sweep_pause = pause;
        } else {
            t.mark_pause += pause;
        }
        return;
    }
    t.mark_pause += pause;
    let pause = t.sweep_pause + t.mark_pause;
    PAUSE_TOTAL.fetch_add(pause, Relaxed);
    let n = CYCLES.load(Relaxed);
    let mut p = PAUSES.lock();
    let i = (n as usize + 255) % 256;
    p.ns[i] = pause;
    p.end[i] = LAST_GC.load(Relaxed);
    drop(p);
    if debug::get().gctrace > 0 {
        trace::print(n, &t);
    }
    t.sweep_pause = 0;
    t.mark_pause = 0;
}

crate::g0_entry! {
    "runtime.gcwait" => gcwait,
    "runtime.gcenable" => gcenable,
    "runtime.gcdue" => gcdue,
    "runtime.gcbegin" => gcbegin,
    "runtime.gcdrain" => gcdrain,
    "runtime.gcdone" => gcdone,
    "runtime.gcend" => gcend,
    "runtime.stopworld" => stopworld,
    "runtime.startworld" => startworld,
}
