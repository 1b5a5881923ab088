//! Choosing what runs next.
//!
//! Order: due timers make goroutines ready; every 61st round the global queue first; then `runnext`, the local ring,
//! the global queue (in batches). With nothing to run, the M sleeps until the next timer; with no timer either, all
//! goroutines are blocked for ever: deadlock.
//!
//! A pair of goroutines that hand work to each other through `runnext` would keep the ring waiting for ever, since
//! nobody preempts: after [`MAX_STREAK`] such switches in a row the ring gets its turn.
//!
//! **Runs on** g0; [`schedule`] does not return. **May** block in the kernel. Lock ranks: `sched`, timers.

use super::g::{self, G, RUNNABLE, RUNNING, WAITING};
use super::m;
use super::p::P;
use super::runq::Overflow;
use crate::lock::Lock;
use crate::mem::gc::worker;
use crate::os::process;
use crate::panic::fatal;
use crate::{arch, timer};
use core::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Switches through `runnext` after which the ring gets its turn.
const MAX_STREAK: u32 = 100;

/// The global run queue: a list through `G::link`.
struct GlobalQueue {
    first: *mut G,
    last: *mut G,
    len: usize,
}

static GLOBAL: Lock<GlobalQueue> =
    Lock::new(GlobalQueue { first: core::ptr::null_mut(), last: core::ptr::null_mut(), len: 0 });

/// Goroutines that exist, system ones excluded.
pub static USER_GOROUTINES: AtomicI64 = AtomicI64::new(0);
/// Whether the main goroutine called Goexit.
pub static MAIN_EXITED: AtomicBool = AtomicBool::new(false);

/// Appends a list to the global queue.
pub fn global_put_batch(batch: Overflow) {
    let mut q = GLOBAL.lock();
    // SAFETY: the batch is a list of runnable goroutines on no other queue.
    unsafe {
        (*batch.last).link = core::ptr::null_mut();
        if q.last.is_null() {
            q.first = batch.first;
        } else {
            (*q.last).link = batch.first;
        }
    }
    q.last = batch.last;
    q.len += batch.len;
}

/// Appends one goroutine to the global queue.
pub fn global_put(g: *mut G) {
    global_put_batch(Overflow { first: g, last: g, len: 1 });
}

/// Takes from the global queue: the first is returned, up to half a ring more goes to the local queue.
///
/// # Safety
/// The caller owns `p`.
unsafe fn global_get(p: *mut P, max: usize) -> *mut G {
    let mut q = GLOBAL.lock();
    if q.len == 0 {
        return core::ptr::null_mut();
    }
    let n = q.len.min(max).clamp(1, super::runq::CAPACITY / 2);
    let first = q.first;
    // SAFETY: the queue's links are valid, and there is room for half a ring when the local queue is empty; an
    // overflow would only send goroutines back.
    unsafe {
        let mut g = first;
        for i in 0..n {
            let next = (*g).link;
            (*g).link = core::ptr::null_mut();
            if i > 0 && (*p).runq.put(g).is_some() {
                fatal::throw("run queue overflow while refilling");
            }
            g = next;
        }
        q.first = g;
    }
    q.len -= n;
    if q.first.is_null() {
        q.last = core::ptr::null_mut();
    }
    first
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
            global_put_batch(batch);
        }
    }
}

/// Runs a goroutine on this M.
///
/// # Safety
/// `g` is runnable, on no queue, and the caller has nothing to clean up.
pub unsafe fn execute(g: *mut G) -> ! {
    // SAFETY: the goroutine is ours.
    unsafe {
        let mp = m::current();
        (*g).set_status(RUNNABLE, RUNNING);
        (*g).h.m = mp as usize;
        (*mp).curg = g;
        crate::stack::grow::arm(g);
        arch::gogo(g)
    }
}

/// Finds a goroutine and runs it.
///
/// # Safety
/// The caller runs on g0, its goroutine has been queued or parked, and no lock is held.
pub unsafe fn schedule() -> ! {
    // SAFETY: this M owns its P.
    unsafe {
        let p = m::p();
        loop {
            let next_timer = timer::run_due();
            let g = worker::find_worker(p);
            if !g.is_null() {
                execute(g);
            }
            (*p).tick = (*p).tick.wrapping_add(1);
            if (*p).tick.is_multiple_of(61) {
                let g = global_get(p, 1);
                if !g.is_null() {
                    execute(g);
                }
            }
            let g = (*p).runq.take_next();
            if !g.is_null() {
                (*p).streak += 1;
                if (*p).streak < MAX_STREAK {
                    execute(g);
                }
                if let Some(batch) = (*p).runq.put(g) {
                    global_put_batch(batch);
                }
            }
            (*p).streak = 0;
            let g = (*p).runq.get();
            if !g.is_null() {
                execute(g);
            }
            let g = global_get(p, usize::MAX);
            if !g.is_null() {
                execute(g);
            }
            let g = worker::find_idle_worker(p);
            if !g.is_null() {
                execute(g);
            }
            match next_timer {
                Some(when) => process::sleep_until(when),
                None => deadlock(),
            }
        }
    }
}

/// Nothing can ever run again.
fn deadlock() -> ! {
    if MAIN_EXITED.load(Ordering::Relaxed) && USER_GOROUTINES.load(Ordering::Relaxed) == 0 {
        fatal::fatal_all("no goroutines (main called runtime.Goexit) - deadlock!")
    }
    fatal::fatal_all("all goroutines are asleep - deadlock!")
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
