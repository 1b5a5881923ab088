//! The monitor: a thread without a P that looks after the others.
//!
//! It takes Ps from system calls that last longer than one of its rounds (20 µs at least), asks goroutines that have
//! run for 10 ms to stop, wakes the collector if it has not run for two minutes, and
//! once a second the goroutine that adapts GOMAXPROCS, polls the network if nobody has for 10 ms, and starts a thread if a
//! timer is overdue. A round comes every 20 µs, after 50 idle ones ever more rarely, down to every 10 ms. While no P is in use it sleeps
//! until one is (or until a timer is due).
//!
//! # Orderings
//!
//! The monitor decides by what may be out of date, and acts by compare-and-swap (a P's status, AcqRel) or under the
//! lock; so its loads are Relaxed or Acquire without a pair. Before it sleeps it looks at `GC_WAITING` and `NPIDLE`
//! again under the lock, under which whoever takes a P into use looks at `SYSMON_WAIT`. `COARSE_NOW` is a time for
//! reports.
//!
//! **Runs on** its own thread's stack, which counts as g0. **May** block. Lock ranks: `sched`.

use super::g::{RUNNABLE, WAITING};
use super::p::{self, Seen};
use super::state::{
    GC_WAITING, GLOBAL_LEN, LAST_POLL, NMSPINNING, NPIDLE, SCHED, SYSMON_NOTE, SYSMON_WAIT, nprocs,
};
use super::threads::{check_dead, count_idle_locked, hand_off, start_m};
use super::{maxprocs, netpoll, preempt, schedtrace, schedule, state};
use crate::debug;
use crate::mem::gc;
use crate::os::{clock, process};
use crate::{timer, trace};
use core::ptr::null_mut;
use core::sync::atomic::AtomicI64;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// Time slice of a goroutine.
const SLICE_NS: i64 = 10_000_000;
/// How long the network may go unwatched.
const POLL_NS: i64 = 10_000_000;
/// How often to look whether a collection is overdue, and whether GOMAXPROCS is to change.
const OVERDUE_NS: i64 = 1_000_000_000;
/// Longest sleep while nothing runs.
const DEEP_NS: i64 = 60_000_000_000;

/// The monotonic clock as of the monitor's last round: when goroutines park, roughly.
pub static COARSE_NOW: AtomicI64 = AtomicI64::new(0);

/// The monitor's life.
pub fn run() -> ! {
    {
        let mut l = SCHED.lock();
        l.nmsys += 1;
        check_dead(l);
    }
    let mut idle = 0u32;
    let mut delay = 0;
    let mut look_for_overdue = 0;
    loop {
        delay = match idle {
            0 => 20_000,
            51.. => (delay * 2).min(10_000_000),
            _ => delay,
        };
        process::sleep_ns(delay);
        let mut now = clock::nanotime();
        COARSE_NOW.store(now, Relaxed);
        if GC_WAITING.load(Acquire) || NPIDLE.load(Acquire) as usize == nprocs() {
            let l = SCHED.lock();
            if GC_WAITING.load(Acquire) || NPIDLE.load(Acquire) as usize == nprocs() {
                let next = timer::next_when();
                if next == 0 || next > now {
                    SYSMON_WAIT.store(true, Relaxed);
                    drop(l);
                    let until = if next == 0 { DEEP_NS } else { (next - now).min(DEEP_NS) };
                    SYSMON_NOTE.sleep_at_most(schedtrace::bound(until));
                    let l = SCHED.lock();
                    SYSMON_WAIT.store(false, Relaxed);
                    SYSMON_NOTE.clear();
                    drop(l);
                    idle = 0;
                    delay = 20_000;
                    now = clock::nanotime();
                    COARSE_NOW.store(now, Relaxed);
                }
            }
        }
        let last = LAST_POLL.load(Acquire);
        if netpoll::ready()
            && last != 0
            && last + POLL_NS < now
            && LAST_POLL.compare_exchange(last, now, AcqRel, Relaxed).is_ok()
        {
            let list = netpoll::poll(0);
            if !list.is_null() {
                // The list is in nobody's hands for a moment.
                count_idle_locked(-1);
                // SAFETY: the list is ours.
                unsafe { schedule::inject(list) };
                count_idle_locked(1);
            }
        }
        let next = timer::next_when();
        if next != 0 && next < now {
            // SAFETY: no P is given away.
            unsafe { start_m(null_mut(), false) };
        }
        if now >= look_for_overdue {
            look_for_overdue = now + OVERDUE_NS;
            for g in [gc::overdue(now), maxprocs::take_waiter()] {
                if !g.is_null() {
                    // As above.
                    count_idle_locked(-1);
                    // SAFETY: the goroutine waited, and is ours now.
                    unsafe {
                        let outside = trace::outside();
                        trace::scheduler::go_unblock(g);
                        (*g).set_status(WAITING, RUNNABLE);
                        drop(outside);
                        (*g).link = null_mut();
                        schedule::inject(g);
                    }
                    count_idle_locked(1);
                }
            }
        }
        let interrupt = debug::get().preempt != 0 && !debug::get().stepping();
        idle = if retake(now) || interrupt { 0 } else { idle + 1 };
        if interrupt {
            preempt::interrupt_all();
        }
        schedtrace::tick(now);
    }
}

/// Takes Ps from long system calls and ends long time slices. Says whether it took a P.
fn retake(now: i64) -> bool {
    let mut took = false;
    for &pp in state::all_ps() {
        // SAFETY: Ps are never freed; `seen` is this thread's.
        unsafe {
            let status = (*pp).status.load(Acquire);
            let seen: &mut Seen = &mut (*pp).seen;
            if status == p::RUNNING || status == p::SYSCALL {
                let tick = (*pp).sched_tick.load(Relaxed);
                if seen.sched_tick != tick {
                    seen.sched_tick = tick;
                    seen.sched_when = now;
                } else if seen.sched_when + SLICE_NS <= now && status == p::RUNNING {
                    preempt::request_p(pp);
                }
            }
            if status == p::SYSCALL {
                let tick = (*pp).syscall_tick.load(Relaxed);
                if seen.syscall_tick != tick {
                    seen.syscall_tick = tick;
                    seen.syscall_when = now;
                    continue;
                }
                // If others look for work and there is none here, the P can stay for a while.
                if (*pp).runq.is_empty()
                    && GLOBAL_LEN.load(Relaxed) == 0
                    && NMSPINNING.load(Acquire) as u32 + NPIDLE.load(Acquire) > 0
                    && seen.syscall_when + SLICE_NS > now
                {
                    continue;
                }
                // A P in nobody's hands is no sign that everything is blocked.
                count_idle_locked(-1);
                let outside = trace::outside();
                let taken = (*pp).status.compare_exchange(p::SYSCALL, p::IDLE, AcqRel, Relaxed).is_ok();
                if taken {
                    let holder = (*pp).m.swap(null_mut(), AcqRel);
                    if trace::on() {
                        trace::scheduler::proc_steal(pp, holder);
                    }
                }
                drop(outside);
                if taken {
                    (*pp).syscall_tick.fetch_add(1, Relaxed);
                    took = true;
                    hand_off(pp);
                }
                count_idle_locked(1);
            }
        }
    }
    took
}
