//! Choosing what runs next.
//!
//! Order: the P's due timers make goroutines ready; a worker of the collector; every 61st round the global queue; then
//! `runnext`, the local ring, the global queue (in batches), the network, other Ps. With nothing to run, an M gives its
//! P up; one M waits in the network poller until the next timer, the others sleep.
//!
//! # Spinning threads, or: how no work is lost
//!
//! An M that looks for work without having any is *spinning*, and counted in `NMSPINNING`. Whoever makes work
//! (readies a goroutine, adds a timer that is due sooner) calls [`wakep`], which starts a spinning M if there is an
//! idle P and nobody spins yet. An M that spins and finds work stops spinning *first*, and wakes another one in its
//! place. An M that spins and finds nothing does, in this order:
//!
//! 1. gives its P up (puts it on the idle list);
//! 2. decrements `NMSPINNING` (sequentially consistent);
//! 3. looks once more at every place where work can be: global queue, all run queues, timers, and takes a P again
//!    if there is some.
//!
//! The one who makes work does, in this order: publishes the work (by a swap, or a fence follows); reads `NMSPINNING`. One of the two sees what the
//! other wrote: either the work is found in step 3, or `wakep` sees no spinning M and starts one. Hence a goroutine
//! never waits in a queue while a P is idle and no thread is on its way. At most half as many Ms spin as there are busy
//! Ps.
//!
//! # Orderings
//!
//! The steps above, timers' `next`, `LAST_POLL` and `POLL_UNTIL` are sequentially consistent, with fences where work is published by
//! Release only (`runq_put`, `look_again`). What is published under the `sched` lock is found under it. `GLOBAL_LEN`,
//! `NEED_SPINNING` and `GC_WAITING` are hints without the lock, `retired` is stored before a P is handed to its holder; ticks and
//! [`USER_GOROUTINES`] only count.
//!
//! # Fairness
//!
//! Goroutines that hand work to each other through `runnext` share one time slice; after [`MAX_STREAK`] such switches
//! in a row the ring gets its turn even without preemption.
//!
//! **Runs on** g0; [`schedule`] does not return. **May** block in the kernel. Lock ranks: `sched`.

use super::g::{self, G, RUNNABLE, RUNNING, WAITING};
use super::m::{self, M};
use super::netpoll;
use super::p::{self, P};
use super::state::{
    self, GC_WAITING, GLOBAL_LEN, LAST_POLL, NEED_SPINNING, NMSPINNING, NPIDLE, POLL_UNTIL, SCHED, STOP_NOTE,
    nprocs,
};
use super::threads::{acquire_p, hand_off, release_p, start_locked_m, start_m, stop_locked_m, stop_m};
use super::world;
use crate::mem::gc::{self, barrier, worker};
use crate::os::clock;
use crate::panic::fatal;
use crate::{arch, timer, trace};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, fence};

/// Switches through `runnext` after which the ring gets its turn.
const MAX_STREAK: u32 = 100;

/// Goroutines that exist, system ones excluded.
pub static USER_GOROUTINES: AtomicI64 = AtomicI64::new(0);
/// Whether the main goroutine called Goexit.
pub static MAIN_EXITED: AtomicBool = AtomicBool::new(false);
/// Largest number of threads (`debug.SetMaxThreads`).
pub static MAX_THREADS: AtomicUsize = AtomicUsize::new(10000);

/// Appends one goroutine to the global queue.
///
/// # Safety
/// It is runnable and on no queue.
pub unsafe fn global_put(g: *mut G) {
    // SAFETY: passed on.
    unsafe { SCHED.lock().put(g) };
}

/// Puts a runnable goroutine on the local queue; `next`: in front.
///
/// # Safety
/// The caller owns `p`; `g` is runnable and on no queue.
pub unsafe fn runq_put(p: *mut P, g: *mut G, next: bool) {
    // SAFETY: passed on.
    unsafe {
        let g = if next { (*p).runq.swap_next(g) } else { g };
        if g.is_null() {
            return;
        }
        if let Some(batch) = (*p).runq.put(g) {
            SCHED.lock().put_batch(batch);
        }
        if !next {
            // Published before `wakep` looks for threads. What goes in front is published by a swap.
            fence(SeqCst);
        }
    }
}

/// Whether the collector wants to run on this P.
pub fn worker_wanted(_p: *mut P) -> bool {
    gc::marking() && worker::wanted()
}

/// Starts a thread that looks for work, if a P is idle and nobody looks already.
pub fn wakep() {
    if NPIDLE.load(SeqCst) == 0 || NMSPINNING.load(SeqCst) != 0 {
        return;
    }
    if NMSPINNING.compare_exchange(0, 1, SeqCst, Relaxed).is_err() {
        return;
    }
    let pp = SCHED.lock().idle_p_get_spinning();
    if pp.is_null() {
        NMSPINNING.fetch_sub(1, SeqCst);
        return;
    }
    // SAFETY: the P is off the idle list: ours.
    unsafe { start_m(pp, true) };
}

/// Something becomes due at `when`: makes sure that somebody wakes up by then.
pub fn wake_net_poller(when: i64) {
    if LAST_POLL.load(SeqCst) == 0 {
        // A thread is in the poller. If it leaves at this very moment it will look at the timers.
        let until = POLL_UNTIL.load(SeqCst);
        if until == 0 || until > when {
            netpoll::interrupt();
        }
    } else {
        wakep();
    }
}

/// Makes every goroutine of a list (through `G::link`, status `RUNNABLE`) run.
///
/// # Safety
/// The list is the caller's.
pub unsafe fn inject(list: *mut G) {
    if list.is_null() {
        return;
    }
    // SAFETY: passed on.
    unsafe {
        let (mut last, mut len) = (list, 1);
        while !(*last).link.is_null() {
            last = (*last).link;
            len += 1;
        }
        let pp = m::p();
        let idle = NPIDLE.load(SeqCst) as usize;
        let to_global = if pp.is_null() { len } else { idle.min(len) };
        let mut rest = list;
        if to_global > 0 {
            let mut last = list;
            for _ in 1..to_global {
                last = (*last).link;
            }
            rest = (*last).link;
            let mut l = SCHED.lock();
            l.put_batch(super::runq::Overflow { first: list, last, len: to_global });
            drop(l);
            for _ in 0..to_global {
                let pp = {
                    let mut l = SCHED.lock();
                    l.idle_p_get_spinning()
                };
                if pp.is_null() {
                    break;
                }
                start_m(pp, false);
            }
        }
        while !rest.is_null() {
            let next = (*rest).link;
            (*rest).link = null_mut();
            runq_put(pp, rest, false);
            rest = next;
        }
        // Work on a queue was published without a spinning thread's knowledge.
        wakep();
    }
}

/// Runs a goroutine on this M. `inherit`: within the time slice of the one before.
///
/// # Safety
/// `g` is runnable, on no queue, and the caller has nothing to clean up.
pub unsafe fn execute(g: *mut G, inherit: bool) -> ! {
    // SAFETY: the goroutine is ours.
    unsafe {
        let mp = m::current();
        debug_assert!(!(*mp).p.is_null() && !(*mp).spinning);
        (*g).set_status(RUNNABLE, RUNNING);
        (*g).h.m = mp as usize;
        (*g).preempt.store(false, Relaxed);
        (*g).wait_reason = 0;
        (*mp).curg = g;
        if trace::on() {
            trace::scheduler::go_start(g);
        }
        if !inherit {
            (*(*mp).p).sched_tick.fetch_add(1, Relaxed);
        }
        crate::stack::grow::arm(g);
        if !(*g).stopped.is_null() {
            super::stopped::resume(mp, g)
        }
        super::stopped::step_on();
        let check = core::mem::take(&mut (*g).check_pc);
        if check != 0 { arch::gogo_check(g, check) } else { arch::gogo(g) }
    }
}

/// Finds a goroutine and runs it.
///
/// # Safety
/// The caller runs on g0, its goroutine has been queued or parked, and no lock is held.
pub unsafe fn schedule() -> ! {
    // SAFETY: passed on.
    unsafe {
        let mp = m::current();
        if (*mp).locks != 0 {
            fatal::throw("schedule: holding locks");
        }
        if !(*mp).lockedg.is_null() {
            stop_locked_m(mp);
            execute((*mp).lockedg, false)
        }
        loop {
            let (g, inherit) = find_runnable(mp);
            if (*mp).spinning {
                reset_spinning(mp);
            }
            if !(*g).lockedm.is_null() {
                start_locked_m(mp, g);
                continue;
            }
            execute(g, inherit)
        }
    }
}

unsafe fn become_spinning(mp: *mut M) {
    // SAFETY: the M is the calling thread's.
    unsafe { (*mp).spinning = true };
    NMSPINNING.fetch_add(1, SeqCst);
    NEED_SPINNING.store(false, SeqCst);
}

/// Work was found: stop spinning, and let another thread look for more.
unsafe fn reset_spinning(mp: *mut M) {
    // SAFETY: the M is the calling thread's.
    unsafe { (*mp).spinning = false };
    if NMSPINNING.fetch_sub(1, SeqCst) < 1 {
        fatal::throw("findrunnable: negative nmspinning");
    }
    wakep();
}

/// The world is being stopped: gives the P up and sleeps.
unsafe fn stop_for_world(mp: *mut M) {
    // SAFETY: the M is the calling thread's.
    unsafe {
        if (*mp).spinning {
            (*mp).spinning = false;
            if NMSPINNING.fetch_sub(1, SeqCst) < 1 {
                fatal::throw("gcstopm: negative nmspinning");
            }
        }
        let pp = release_p(mp);
        let mut l = SCHED.lock();
        if !GC_WAITING.load(Acquire) {
            // It runs again already: take part.
            drop(l);
            acquire_p(mp, pp);
            return;
        }
        (*pp).status.store(p::GCSTOP, SeqCst);
        l.stop_wait -= 1;
        if l.stop_wait == 0 {
            STOP_NOTE.wakeup();
        }
        drop(l);
        stop_m(mp);
    }
}

/// The goroutine at the head of a list; the others become runnable.
unsafe fn take_first(list: *mut G) -> *mut G {
    // SAFETY: the list is the caller's.
    unsafe {
        let rest = (*list).link;
        (*list).link = null_mut();
        inject(rest);
        list
    }
}

/// Looks at the other Ps, several times, in an order that differs from time to time. In the last round it runs their timers that
/// are due, and takes what is next in line, too.
unsafe fn steal(mp: *mut M, pp: *mut P) -> *mut G {
    let ps = state::all_ps();
    let n = nprocs().min(ps.len());
    for round in 0..4 {
        // SAFETY: the M is ours; Ps are never freed.
        unsafe {
            let start = (*mp).random.below(n as u32) as usize;
            for i in 0..n {
                if GC_WAITING.load(Relaxed) {
                    return null_mut();
                }
                let victim = ps[(start + i) % n];
                if victim == pp {
                    continue;
                }
                let last = round == 3;
                if last && (*victim).timers.run_due().1 {
                    let g = (*pp).runq.take_next();
                    let g = if g.is_null() { (*pp).runq.get() } else { g };
                    if !g.is_null() {
                        return g;
                    }
                }
                if (*victim).status.load(Acquire) == p::IDLE {
                    continue;
                }
                if last && !(*victim).runq.next_is_empty() && (*victim).status.load(Acquire) == p::RUNNING {
                    // The one that made it ready is probably about to block: give it a moment.
                    crate::os::process::yield_cpu();
                }
                let g = (*victim).runq.steal(&(*pp).runq, last);
                if !g.is_null() {
                    return g;
                }
            }
        }
    }
    null_mut()
}

/// Blocks until there is a goroutine to run.
///
/// # Safety
/// The calling thread has a P and holds no lock.
unsafe fn find_runnable(mp: *mut M) -> (*mut G, bool) {
    // SAFETY: passed on; whoever owns a P owns its queues' tails.
    unsafe {
        loop {
            if GC_WAITING.load(Acquire) {
                stop_for_world(mp);
                continue;
            }
            let pp = (*mp).p;
            if (*pp).retired.load(Relaxed) {
                world::give_up_retired(mp);
                stop_m(mp);
                continue;
            }
            (*pp).timers.run_due();
            if gc::marking() {
                barrier::heed(&mut *pp);
            }

            let g = trace::buffer::find_reader();
            if !g.is_null() {
                return (g, false);
            }
            let g = worker::find_worker(pp);
            if !g.is_null() {
                return (g, false);
            }
            (*pp).tick = (*pp).tick.wrapping_add(1);
            if (*pp).tick.is_multiple_of(61) && GLOBAL_LEN.load(Relaxed) > 0 {
                let g = SCHED.lock().get(pp, 1);
                if !g.is_null() {
                    return (g, false);
                }
            }
            let g = (*pp).runq.take_next();
            if !g.is_null() {
                (*pp).streak += 1;
                if (*pp).streak < MAX_STREAK {
                    return (g, true);
                }
                runq_put(pp, g, false);
            }
            (*pp).streak = 0;
            let g = (*pp).runq.get();
            if !g.is_null() {
                return (g, false);
            }
            if GLOBAL_LEN.load(Acquire) > 0 {
                let g = SCHED.lock().get(pp, usize::MAX);
                if !g.is_null() {
                    return (g, false);
                }
            }
            // Not blocking, and only if nobody does it: an optimisation.
            if netpoll::waiters() && LAST_POLL.load(Relaxed) != 0 {
                let list = netpoll::poll(0);
                if !list.is_null() {
                    return (take_first(list), false);
                }
            }
            let busy = nprocs() as i32 - NPIDLE.load(SeqCst) as i32;
            if (*mp).spinning || 2 * NMSPINNING.load(SeqCst) < busy {
                if !(*mp).spinning {
                    become_spinning(mp);
                }
                let g = steal(mp, pp);
                if !g.is_null() {
                    return (g, false);
                }
            }

            let g = worker::find_idle_worker(pp);
            if !g.is_null() {
                return (g, false);
            }

            // Nothing. Step 1: the P becomes idle.
            let mut l = SCHED.lock();
            if GC_WAITING.load(Acquire) {
                continue;
            }
            if GLOBAL_LEN.load(Relaxed) != 0 {
                let g = l.get(pp, usize::MAX);
                return (g, false);
            }
            if !(*mp).spinning && NEED_SPINNING.load(Relaxed) {
                become_spinning(mp);
                continue;
            }
            let released = release_p(mp);
            debug_assert_eq!(released, pp);
            l.idle_p_put(pp);
            drop(l);

            let was_spinning = (*mp).spinning;
            if was_spinning {
                // Step 2.
                (*mp).spinning = false;
                if NMSPINNING.fetch_sub(1, SeqCst) < 1 {
                    fatal::throw("findrunnable: negative nmspinning");
                }
                // Step 3.
                if let Some(g) = look_again(mp) {
                    if g.is_null() {
                        continue;
                    }
                    return (g, false);
                }
            }
            // Of all Ps: timers may have been added meanwhile.
            let until = timer::next_when();
            let poll = netpoll::waiters() || until != 0;
            if poll && netpoll::ready() && LAST_POLL.swap(0, SeqCst) != 0 {
                POLL_UNTIL.store(until, SeqCst);
                // A timer that was added before `until` was to be seen has not interrupted us.
                let next = timer::next_when();
                let now = clock::nanotime();
                let mut delay = if until == 0 { -1 } else { (until - now).max(0) };
                if next != 0 && (until == 0 || next < until) {
                    delay = (next - now).max(0);
                }
                let list = netpoll::poll(delay);
                POLL_UNTIL.store(0, SeqCst);
                LAST_POLL.store(clock::nanotime(), SeqCst);
                let pp = SCHED.lock().idle_p_get();
                if pp.is_null() {
                    inject(list);
                } else {
                    acquire_p(mp, pp);
                    if !list.is_null() {
                        return (take_first(list), false);
                    }
                    if was_spinning {
                        become_spinning(mp);
                    }
                    continue;
                }
            } else if until != 0 && netpoll::ready() {
                let polling = POLL_UNTIL.load(SeqCst);
                if polling == 0 || polling > until {
                    netpoll::interrupt();
                }
            }
            stop_m(mp);
        }
    }
}

/// Step 3 of giving up: work that was published before the thread was known not to spin. Takes a P for it and spins
/// again; the goroutine is null if it is still to be taken.
unsafe fn look_again(mp: *mut M) -> Option<*mut G> {
    // SAFETY: the M is the calling thread's and has no P; Ps are never freed.
    unsafe {
        fence(SeqCst);
        let mut l = SCHED.lock();
        if GLOBAL_LEN.load(Relaxed) != 0 {
            let pp = l.idle_p_get_spinning();
            if !pp.is_null() {
                let g = l.get(pp, usize::MAX);
                drop(l);
                acquire_p(mp, pp);
                become_spinning(mp);
                return Some(g);
            }
        }
        drop(l);
        for &victim in state::all_ps() {
            // The queue of a P that changes hands counts, too: idle Ps have empty ones.
            if !(*victim).runq.is_empty() {
                let pp = SCHED.lock().idle_p_get_spinning();
                if pp.is_null() {
                    return None;
                }
                acquire_p(mp, pp);
                become_spinning(mp);
                return Some(null_mut());
            }
        }
        None
    }
}

/// Puts this thread's goroutine, which comes back from a system call and finds no P, on the global queue.
///
/// # Safety
/// The calling thread has no P; its goroutine is in status `SYSCALL` and stopped in a native.
pub unsafe fn requeue_from_syscall(g: *mut G) -> ! {
    // SAFETY: passed on.
    unsafe {
        let mp = m::current();
        let locked = !(*g).lockedm.is_null();
        let outside = trace::outside();
        (*mp).curg = null_mut();
        if trace::on() {
            trace::scheduler::syscall_end_blocked(g, false);
        }
        (*g).set_status(g::SYSCALL, RUNNABLE);
        drop(outside);
        let mut l = SCHED.lock();
        let pp = l.idle_p_get();
        if pp.is_null() {
            l.put(g);
            drop(l);
            if locked {
                // The thread waits for its goroutine.
                stop_locked_m(mp);
                execute(g, false);
            }
            stop_m(mp);
            schedule()
        }
        drop(l);
        acquire_p(mp, pp);
        execute(g, false)
    }
}

/// Gives the P of the calling thread to others because the thread is going to block in the kernel.
///
/// # Safety
/// The calling thread has a P; its goroutine is in status `SYSCALL`.
pub unsafe fn give_p_away() {
    // SAFETY: passed on.
    unsafe {
        let pp = release_p(m::current());
        (*pp).syscall_tick.fetch_add(1, Relaxed);
        hand_off(pp);
    }
}

/// Calls `f` for every goroutine that exists (dead descriptors skipped).
pub fn for_each_live(mut f: impl FnMut(*mut G)) {
    g::for_each(|gp| {
        // SAFETY: descriptors are never freed.
        if unsafe { (*gp).status() } != g::DEAD {
            f(gp);
        }
        true
    });
}

/// Whether a goroutine is parked.
///
/// # Safety
/// `g` is a descriptor.
pub unsafe fn is_waiting(g: *mut G) -> bool {
    // SAFETY: descriptors are never freed.
    unsafe { (*g).status() == WAITING }
}
