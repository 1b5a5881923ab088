//! Making goroutines give up their P.
//!
//! **Cooperative**: the goroutine's stack guard is replaced by an address above every stack, so that the next stack
//! check calls `morestack`, which finds `G::preempt` and stops there (`stack::grow`). A request that comes while the
//! goroutine changes hands may be lost: whoever makes requests repeats them.
//!
//! **By signal**: the goroutine's thread gets SIGURG, whose handler stops the goroutine where the compiler says that it may
//! be stopped ([`super::stopped`]), so that loops without calls do not hold anybody up. `GODEBUG=asyncpreemptoff=1` leaves
//! it out. Signals find few such places in a loop that does little but allocate and store pointers; so an allocation that came to
//! Rust stops at its end ([`heed`]), and while the world is being stopped every allocation comes to Rust
//! ([`crate::mem::gc::allocate_in_rust`]). `GODEBUG=preempt=N` sends signals all the time, and stops goroutines at every N-th stack check; `preempt=1` stops them
//! at every instruction, where the processor can ([`super::stopped`]).
//!
//! Not preempted: a goroutine whose M has `locks`, and one that is in a system call.
//!
//! # Orderings
//!
//! Requests publish nothing but themselves and are repeated until heeded, so that one may be missed: `preempt`,
//! `signal_pending` (who finds 1 does not send, though the handler may have looked already) and `signalled` are
//! Relaxed. Release of the guard lets the slow path of the check find `preempt` (`stack::grow`). `h.m` and `curg` of others are read as volatile words: Ms and Gs are never freed, what is old
//! costs a needless signal.
//!
//! **Runs on** any system thread. Lock ranks: `sched` (a goroutine that stops).

use super::g::{G, PREEMPTED, RUNNABLE, RUNNING, WAITING};
use super::m::{self, M};
use super::p::{self, P};
use super::{park, schedule, state};
use crate::os::{clock, process};
use crate::{arch, debug, trace};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use grus_abi::g::STACK_PREEMPT;
use grus_abi::native::outcome;

/// Asks a goroutine to stop at its next stack check.
///
/// # Safety
/// `g` is a descriptor.
pub unsafe fn request(g: *mut G) {
    // SAFETY: descriptors are never freed.
    unsafe {
        (*g).preempt.store(true, Relaxed);
        // Releasing: the slow path of the check reads `preempt` after the guard. (Were the request missed, it would be made
        // again: who stops others asks until they have stopped.)
        (*g).guard().store(STACK_PREEMPT, Release);
        let mp = core::ptr::read_volatile(&raw const (*g).h.m) as *mut M;
        if !mp.is_null() {
            signal(mp);
        }
    }
}

/// Signals to one thread are at least this far apart.
const SIGNAL_NS: i64 = 5_000;

/// Interrupts a thread, so that its goroutine stops if it has been asked to.
///
/// # Safety
/// `mp` is an M.
unsafe fn signal(mp: *mut M) {
    let settings = debug::get();
    if !arch::stopped::SUPPORTED || settings.asyncpreemptoff != 0 {
        return;
    }
    // SAFETY: Ms are never freed. A signal to a thread that is not the goroutine's any more does nothing.
    unsafe {
        let tid = (*mp).tid.load(Relaxed);
        let now = clock::nanotime();
        if tid == 0
            || mp == m::current()
            || now - (*mp).signalled.load(Relaxed) < SIGNAL_NS
            || (*mp).signal_pending.swap(1, Relaxed) != 0
        {
            return;
        }
        (*mp).signalled.store(now, Relaxed);
        if !process::signal_thread(tid, libc::SIGURG as u32) {
            (*mp).signal_pending.store(0, Relaxed);
        }
    }
}

/// Stress mode: interrupts all threads that run goroutines, wherever they are.
pub fn interrupt_all() {
    for &pp in state::all_ps() {
        // SAFETY: Ps, Ms and Gs are never freed; what is read may be out of date, which costs a needless stop at most.
        unsafe {
            let mp = (*pp).m.load(Acquire);
            if (*pp).status.load(Acquire) != p::RUNNING || mp.is_null() {
                continue;
            }
            let g = core::ptr::read_volatile(&raw const (*mp).curg);
            if !g.is_null() {
                (*g).preempt.store(true, Relaxed);
                signal(mp);
            }
        }
    }
}

/// Asks whatever runs on a P to stop.
///
/// # Safety
/// `pp` is a P.
pub unsafe fn request_p(pp: *mut P) -> bool {
    // SAFETY: Ps, Ms and Gs are never freed; what is read may be out of date, which costs a needless stop at most.
    unsafe {
        let mp = (*pp).m.load(Acquire);
        if mp.is_null() || mp == m::current() {
            return false;
        }
        let g = core::ptr::read_volatile(&raw const (*mp).curg);
        if g.is_null() {
            return false;
        }
        request(g);
        true
    }
}

/// Asks all other Ps.
pub fn request_all() {
    for &pp in state::all_ps() {
        // SAFETY: Ps are never freed.
        unsafe {
            if (*pp).status.load(Acquire) == p::RUNNING {
                request_p(pp);
            }
        }
    }
}

/// Whether the goroutine that runs on this thread may stop now.
///
/// # Safety
/// `g` is the calling thread's goroutine.
pub unsafe fn allowed(g: *mut G) -> bool {
    // SAFETY: passed on.
    unsafe {
        let mp = m::current();
        (*mp).locks == 0 && (*mp).print_nest == 0 && !(*mp).p.is_null() && (*g).status() == RUNNING
    }
}

/// At the end of an allocation: the goroutine gives up its P if it has been asked to. It continues with the object as its result.
///
/// # Safety
/// Called by a native that leaves no other outcome and returns the object.
#[inline]
pub unsafe fn heed(object: usize) {
    // SAFETY: passed on.
    unsafe {
        let g = m::curg();
        if !g.is_null() && (*g).preempt.load(Relaxed) {
            heed_now(g, object);
        }
    }
}

#[cold]
unsafe fn heed_now(g: *mut G, object: usize) {
    // SAFETY: passed on.
    unsafe {
        if (*g).h.outcome != outcome::PARK && allowed(g) {
            (*g).preempt.store(false, Relaxed);
            let how = if (*g).preempt_stop.load(Relaxed) { STAYS } else { QUEUES };
            (*g).h.ret0 = object;
            // The reason says where the result is.
            park::park(g, park::WaitReason::GcAssist as u8, Some(gave_up), how);
        }
    }
}

/// What becomes of a goroutine that stops at the end of an allocation, as the argument of its commit: it is runnable.
pub const QUEUES: usize = 1;
/// It waits until somebody lets it go on.
pub const STAYS: usize = 2;

/// Commit of an allocation whose goroutine has been asked to stop.
unsafe extern "C" fn gave_up(g: *mut G, how: usize) -> bool {
    // SAFETY: the goroutine has just been parked by itself; this M owns its P.
    unsafe {
        if how == STAYS {
            (*g).set_status(WAITING, PREEMPTED);
            // Whoever wanted it to stop may have come while it was `WAITING`: then the request has been taken back, and nobody
            // comes again. Or somebody has come since, and lets it go on.
            if (*g).preempt_stop.swap(false, Relaxed)
                || (*g).status.compare_exchange(PREEMPTED, RUNNABLE, AcqRel, Relaxed).is_err()
            {
                return true;
            }
            trace::scheduler::go_unblock(g);
        } else {
            (*g).set_status(WAITING, RUNNABLE);
        }
        if state::GC_WAITING.load(Relaxed) {
            // It is the first to go on.
            schedule::runq_put(m::p(), g, true);
        } else {
            schedule::global_put(g);
            schedule::wakep();
        }
    }
    true
}

/// Gives up the current goroutine, which stands at a stack check or was stopped by a signal.
///
/// # Safety
/// Called by `runtime.morestack` after `grus_newstack` asked for it, and by `grus_stopped`.
pub unsafe extern "C" fn grus_preempted(g: *mut G) -> ! {
    // SAFETY: the goroutine is stopped, its registers are saved.
    unsafe {
        (*g).preempt.store(false, Relaxed);
        (*m::current()).curg = null_mut();
        let waits = (*g).preempt_stop.swap(false, Relaxed);
        if trace::on() {
            trace::scheduler::go_preempted(g, waits);
        }
        if waits {
            (*g).wait_reason = super::park::WaitReason::Preempted as u8;
            (*g).set_status(RUNNING, PREEMPTED);
        } else {
            (*g).set_status(RUNNING, RUNNABLE);
            schedule::global_put(g);
            schedule::wakep();
        }
        schedule::schedule()
    }
}
