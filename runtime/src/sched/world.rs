//! Stopping: the whole world, or one goroutine.
//!
//! [`stop_the_world`] returns when no other P runs Go code or a native; the caller keeps its own P. What runs without a
//! P (threads in system calls, `sysmon`, threads that look for work) touches neither the heap nor goroutines' stacks.
//! [`suspend_g`] stops one goroutine at a safepoint for as long as its stack is scanned or moved, while the others go on.
//!
//! # How the world stops
//!
//! `GC_WAITING` is set; it also keeps out others who want to stop the world. Ps that are idle or in system calls are
//! taken. The others are asked to stop, again and again, until each one's thread has come to its scheduler, put the P
//! into `GCSTOP` and counted `stop_wait` down. Meanwhile every allocation comes to Rust and stops at its end: loops that do little
//! but allocate and store pointers can be stopped at few of their instructions. A second thread that wants to stop the world does that *in place*: it
//! waits where it is, with its P.
//!
//! **Invariant:** between `suspend_g` and `resume_g` the goroutine's status has the bit [`SCAN`], and nobody moves it to
//! another status.
//!
//! # Orderings
//!
//! * `GC_WAITING` changes under the `sched` lock, and whoever gives a P up for a stop tests it there again; loads
//!   elsewhere are hints, as are those of the Ps' statuses that decide whom to ask (asked again until all have
//!   stopped).
//! * All that Ps wrote is seen by who stops the world: through the lock (`stop_wait`), or the swap of a P's status
//!   (AcqRel) against the Release of `entersyscall`. What is written while it is stopped is seen through the lock,
//!   `in_place` (Release, Acquire) or the note that wakes a thread. Hence whatever changes only while the world is
//!   stopped is Relaxed everywhere.
//! * A goroutine is suspended and resumed by AcqRel of its status (`g`). `retired`, `preempt_stop`: Relaxed, see
//!   `state`, `g`.
//!
//! **Runs on** g0 of a thread that holds a P. **May** wait for other Ps. Lock ranks: `sched`.

use super::g::{self, COPYSTACK, DEAD, G, IDLE, PREEMPTED, RUNNABLE, RUNNING, SCAN, SYSCALL, WAITING};
use super::m::{self, M};
use super::p::{self, P};
use super::schedule::{self, wakep};
use super::state::{GC_WAITING, NPROCS, SCHED, STOP_NOTE, register_p, wake_sysmon};
use super::threads::{release_p, start_m};
use super::{preempt, state};
use crate::mem::gc::{self, InRust};
use crate::mem::persistent;
use crate::os::futex;
use crate::trace;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

pub use state::all_ps;

/// How long to wait before Ps that have not stopped are asked again.
const ASK_AGAIN_NS: i64 = 100_000;
/// The same at first. A loop that does little but store pointers can be stopped at few of its instructions, so that most signals
/// come at a wrong moment. (Such loops with allocations took 170 microseconds to stop when only signals stopped them, and 50 since
/// allocations do: `lists` of testdata/bench/memory with 2 Ps, on average on a machine with nothing else to do.)
const ASK_SOON_NS: i64 = 6_000;
/// How often Ps are asked that soon, by a thread that spins. Longer, and the one that is waited for may need this CPU.
const SOON: u32 = 8;

/// Why the world is stopped; numbered as in gc, the last one excepted.
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
    StartTrace = 10,
    StopTrace = 11,
    CountPagesInUse = 12,
    TraceGeneration = 17,
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

/// Takes Ps in system calls; the lock is held.
///
/// # Safety
/// `GC_WAITING` is set by the caller.
unsafe fn take_from_syscalls(stop_wait: &mut i32) {
    for &pp in all_ps() {
        // SAFETY: Ps are never freed; a P whose status we swapped is ours.
        unsafe {
            if (*pp).status.compare_exchange(p::SYSCALL, p::GCSTOP, AcqRel, Relaxed).is_ok() {
                let holder = (*pp).m.swap(null_mut(), AcqRel);
                if trace::on() {
                    trace::scheduler::proc_steal(pp, holder);
                }
                (*pp).syscall_tick.fetch_add(1, Relaxed);
                *stop_wait -= 1;
            }
        }
    }
}

/// Stops every other P.
///
/// # Safety
/// The caller runs on g0, holds a P and no lock, and calls [`start_the_world`] on the same thread; until then its
/// goroutine does not park.
pub unsafe fn stop_the_world(reason: Reason) {
    // SAFETY: the caller's M and P are ours.
    unsafe {
        let mp = m::current();
        let pp = (*mp).p;
        let mut l = loop {
            let mut l = SCHED.lock();
            if !GC_WAITING.load(Acquire) {
                break l;
            }
            // Somebody else stops the world: take part, here.
            (*pp).in_place.store(1, Release);
            (*pp).status.store(p::GCSTOP, SeqCst);
            l.stop_wait -= 1;
            if l.stop_wait == 0 {
                STOP_NOTE.wakeup();
            }
            drop(l);
            while (*pp).in_place.load(Acquire) != 0 {
                futex::wait(&(*pp).in_place, 1, -1);
            }
            if (*pp).retired.load(Relaxed) && !(*mp).curg.is_null() {
                // The goroutine gives this P up at the next stack check.
                preempt::request((*mp).curg);
            }
        };
        (*mp).locks += 1;
        if trace::on() {
            trace::scheduler::stop_begin(reason);
        }
        // Every P in use has to stop, and retired ones that are still held.
        l.stop_wait = all_ps().iter().filter(|&&q| (*q).status.load(Acquire) != p::DEAD).count() as i32;
        GC_WAITING.store(true, SeqCst);
        gc::allocate_in_rust(InRust::StopWorld, true);
        preempt::request_all();
        (*pp).status.store(p::GCSTOP, SeqCst);
        l.stop_wait -= 1;
        take_from_syscalls(&mut l.stop_wait);
        loop {
            let idle = l.idle_p_get();
            if idle.is_null() {
                break;
            }
            (*idle).status.store(p::GCSTOP, SeqCst);
            l.stop_wait -= 1;
        }
        let mut asked = 0;
        while l.stop_wait > 0 {
            drop(l);
            let soon = asked < SOON;
            asked += 1;
            let all = if soon {
                STOP_NOTE.spin_at_most(ASK_SOON_NS)
            } else {
                STOP_NOTE.sleep_at_most(ASK_AGAIN_NS)
            };
            if all {
                STOP_NOTE.clear();
            }
            preempt::request_all();
            l = SCHED.lock();
            take_from_syscalls(&mut l.stop_wait);
        }
        STOP_NOTE.clear();
        gc::allocate_in_rust(InRust::StopWorld, false);
    }
}

/// Lets all Ps run again.
///
/// # Safety
/// The caller stopped the world.
pub unsafe fn start_the_world() {
    // SAFETY: passed on; stopped Ps are ours.
    unsafe {
        let mp = m::current();
        let mine = (*mp).p;
        if trace::on() {
            trace::scheduler::stop_end();
        }
        let n = state::nprocs();
        let mut with_work: *mut P = null_mut();
        let mut l = SCHED.lock();
        // Before anybody runs: who goes on with a P beyond GOMAXPROCS may mark until the next stack check.
        let beyond = |&pp: &*mut P| pp_index(pp) >= n && (pp == mine || (*pp).in_place.load(Acquire) != 0);
        state::set_alone(n, all_ps().iter().any(beyond));
        for &pp in all_ps() {
            if pp == mine {
                (*pp).retired.store(pp_index(pp) >= n, Relaxed);
                (*pp).status.store(p::RUNNING, SeqCst);
            } else if (*pp).in_place.load(Acquire) != 0 {
                (*pp).retired.store(pp_index(pp) >= n, Relaxed);
                (*pp).status.store(p::RUNNING, SeqCst);
                (*pp).in_place.store(0, Release);
                futex::wake(&(*pp).in_place, 1);
            } else if pp_index(pp) >= n {
                (*pp).retired.store(false, Relaxed);
                (*pp).status.store(p::DEAD, SeqCst);
            } else if (*pp).runq.is_empty() {
                l.idle_p_put(pp);
            } else {
                (*pp).status.store(p::IDLE, SeqCst);
                (*pp).link = with_work;
                with_work = pp;
            }
        }
        GC_WAITING.store(false, SeqCst);
        wake_sysmon();
        drop(l);
        while !with_work.is_null() {
            let pp = with_work;
            with_work = (*pp).link;
            (*pp).link = null_mut();
            start_m(pp, false);
        }
        (*mp).locks -= 1;
        wakep();
    }
}

fn pp_index(pp: *mut P) -> usize {
    // SAFETY: Ps are never freed.
    unsafe { (*pp).id as usize }
}

/// Changes the number of Ps.
///
/// # Safety
/// The world is stopped by the caller.
pub unsafe fn resize(n: usize) {
    let n = n.clamp(1, i32::MAX as usize);
    // SAFETY: passed on.
    unsafe {
        while all_ps().len() < n {
            let pp = persistent::alloc(size_of::<P>(), 64) as *mut P;
            pp.write(P::new(all_ps().len() as u32));
            register_p(pp);
            if trace::on() {
                trace::scheduler::proc_new(pp);
            }
        }
        for (i, &pp) in all_ps().iter().enumerate() {
            if i >= n {
                drain(pp);
            } else if (*pp).status.load(Acquire) == p::DEAD || (*pp).m.load(Acquire).is_null() {
                (*pp).status.store(p::GCSTOP, SeqCst);
            }
        }
    }
    NPROCS.store(n as u32, SeqCst);
    if trace::on() {
        trace::scheduler::procs_change(n);
    }
}

/// Moves a P's goroutines to the global queue, and its timers to the first P.
unsafe fn drain(pp: *mut P) {
    // SAFETY: Ps are never freed; the first one always is in use.
    unsafe { (*pp).timers.move_to(&(*all_ps()[0]).timers) };
    let mut l = SCHED.lock();
    // SAFETY: the caller owns the P.
    unsafe {
        loop {
            let mut g = (*pp).runq.take_next();
            if g.is_null() {
                g = (*pp).runq.get();
            }
            if g.is_null() {
                return;
            }
            l.put(g);
        }
    }
}

/// The thread holds a P that is beyond GOMAXPROCS now: gives it up.
///
/// # Safety
/// The calling thread holds a retired P and no lock.
pub unsafe fn give_up_retired(mp: *mut M) {
    // SAFETY: passed on.
    unsafe {
        if (*mp).spinning {
            (*mp).spinning = false;
            state::NMSPINNING.fetch_sub(1, SeqCst);
        }
        let pp = release_p(mp);
        drain(pp);
        (*pp).retired.store(false, Relaxed);
        let mut l = SCHED.lock();
        if GC_WAITING.load(Acquire) {
            l.stop_wait -= 1;
            if l.stop_wait == 0 {
                STOP_NOTE.wakeup();
            }
        }
        (*pp).status.store(p::DEAD, SeqCst);
        drop(l);
        wakep();
    }
}

/// Stops the others as far as possible before the process ends with a report.
pub fn freeze() {
    GC_WAITING.store(true, SeqCst);
    for _ in 0..5 {
        preempt::request_all();
        let me = m::p();
        // SAFETY: Ps are never freed.
        let busy = all_ps().iter().any(|&pp| pp != me && unsafe { (*pp).status.load(Acquire) } == p::RUNNING);
        if !busy {
            return;
        }
        crate::os::process::sleep_ns(1_000_000);
    }
}

/// Calls `f` for every goroutine that has a stack. New goroutines may be missed unless the world is stopped.
pub fn for_each_g(mut f: impl FnMut(*mut G)) {
    g::for_each(|gp| {
        // SAFETY: descriptors are never freed.
        let status = unsafe { (*gp).status() };
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
            DEAD | IDLE => {
                // An earlier attempt may have seen the descriptor's last goroutine run and asked the next one to stop: nobody
                // would let that go on.
                // SAFETY: as above.
                unsafe { (*g).preempt_stop.store(false, Relaxed) };
                return Suspend::Dead;
            }
            RUNNING if g == m::curg() => {}
            RUNNABLE | WAITING | SYSCALL | PREEMPTED => {}
            _ => {
                debug_assert!(status & SCAN != 0 || matches!(status, RUNNING | COPYSTACK));
                if status == RUNNING {
                    // SAFETY: as above.
                    unsafe {
                        (*g).preempt_stop.store(true, Relaxed);
                        preempt::request(g);
                    }
                }
                return Suspend::Busy;
            }
        }
        if word.compare_exchange(status, status | SCAN, AcqRel, Relaxed).is_ok() {
            // SAFETY: the goroutine does not run.
            unsafe { (*g).preempt_stop.store(false, Relaxed) };
            return Suspend::Stopped(Suspended { g, status });
        }
    }
}

/// Lets a suspended goroutine go on.
///
/// # Safety
/// Its stack and descriptor are consistent; the caller holds a P.
pub unsafe fn resume_g(s: Suspended) {
    // SAFETY: descriptors are never freed; the scan bit makes the status ours.
    unsafe {
        if s.status == PREEMPTED {
            trace::scheduler::go_unblock(s.g);
            let was = (*s.g).status.swap(RUNNABLE, AcqRel);
            debug_assert_eq!(was, PREEMPTED | SCAN);
            schedule::runq_put(m::p(), s.g, false);
            wakep();
            return;
        }
        let was = (*s.g).status.swap(s.status, AcqRel);
        debug_assert_eq!(was, s.status | SCAN);
    }
}
