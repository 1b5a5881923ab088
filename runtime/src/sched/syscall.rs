//! Goroutines in system calls.
//!
//! `runtime.entersyscall` is a leaf: it records where the goroutine stands, sets its status and then the P's to
//! `SYSCALL`, and unties M and P. From then on the P belongs to whoever swaps its status: `runtime.exitsyscall`, a leaf
//! too as long as the P is still there, sysmon after 20 µs or more, or somebody who stops the world. No lock, no
//! system call is in the common path, which has 30 instructions, two of them atomic: 8 ns where gc's takes 33.
//!
//! While in `SYSCALL`, the stack is scanned from the recorded state and never moved (R9); the thread touches neither
//! the heap nor the run queues.
//!
//! While an execution trace is taken, both come to Rust.
//!
//! A native that blocks in the kernel by itself uses [`Blocked`]: its P is handed on at once.
//!
//! # Orderings
//!
//! `entersyscall` stores first the goroutine's status, then the P's, both with Release (`stlr` on aarch64): who moves
//! the one to another status by Acquire sees where the goroutine stands, who takes the P sees all that its holder
//! wrote. The swap of the P's status back is AcqRel (`ldaxr`/`stlxr`), and so is that of whoever takes it: one of
//! them gets it. `syscall_tick` only counts: Relaxed. `GC_WAITING` is looked at to be polite: a P that is taken all
//! the same is asked to stop again.
//!
//! **Runs on** g0, possibly without a P. Lock ranks: `sched`.

use super::g::{G, RUNNING, SYSCALL};
use super::m::M;
use super::p::P;
use super::state::{GC_WAITING, SCHED};
use super::threads::acquire_p;
use super::{m, p, schedule};
use crate::trace;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use grus_abi::native::outcome;

/// Gets a P for the calling thread, if there is one.
///
/// # Safety
/// The calling thread has none.
unsafe fn find_p() -> bool {
    // SAFETY: passed on; a P whose status we swapped, or that came off the idle list, is ours.
    unsafe {
        let mp = m::current();
        let old = (*mp).oldp;
        if !old.is_null()
            && !GC_WAITING.load(Acquire)
            && (*old).status.compare_exchange(p::SYSCALL, p::RUNNING, AcqRel, Relaxed).is_ok()
        {
            retake_p(mp, old);
            return true;
        }
        let pp = SCHED.lock().idle_p_get();
        if pp.is_null() {
            return false;
        }
        acquire_p(mp, pp);
        if trace::on() {
            trace::scheduler::syscall_end_blocked((*mp).curg, true);
        }
        true
    }
}

/// Ties the thread, whose goroutine ends a system call, to the P that it had before, and whose status it has swapped. The P may
/// have been with another thread, which is in a system call itself by now.
///
/// # Safety
/// The M is the calling thread's, and has no P.
unsafe fn retake_p(mp: *mut M, old: *mut P) {
    // SAFETY: the swap made the P ours.
    unsafe {
        (*old).syscall_tick.fetch_add(1, Relaxed);
        let holder = (*old).m.swap(mp, AcqRel);
        (*mp).p = old;
        if trace::on() {
            if holder == mp {
                trace::scheduler::syscall_end();
            } else {
                trace::scheduler::proc_steal(old, holder);
                trace::scheduler::proc_start(old);
                trace::scheduler::syscall_end_blocked((*mp).curg, true);
            }
        }
    }
}

/// `entersyscall` while a trace is taken.
///
/// # Safety
/// A g0 entry. The stub has recorded where the goroutine stands.
pub unsafe extern "C" fn entersyscall_traced() {
    // SAFETY: the entry's own goroutine, and the thread's P up to the last store.
    unsafe {
        // The function that makes the system call does not count, as in gc.
        trace::scheduler::syscall_begin(1);
        let (g, mp) = (m::curg(), m::current());
        let pp = (*mp).p;
        (*mp).oldp = pp;
        (*mp).p = core::ptr::null_mut();
        (*g).status.store(SYSCALL, Release);
        (*pp).status.store(p::SYSCALL, Release);
    }
}

/// `exitsyscall` while a trace is taken: the thread has swapped the status of its P, and done nothing else.
///
/// # Safety
/// A g0 entry.
pub unsafe extern "C" fn exitsyscall_traced() {
    // SAFETY: the entry's own goroutine; the P is the thread's.
    unsafe {
        let (g, mp) = (m::curg(), m::current());
        retake_p(mp, (*mp).oldp);
        (*g).set_status(SYSCALL, RUNNING);
    }
}

/// Ends a system call: with a P the goroutine goes on, otherwise it queues.
///
/// # Safety
/// The calling thread has no P; its goroutine is in status `SYSCALL`. The caller returns to the stub.
unsafe fn leave(g: *mut G) {
    // SAFETY: passed on.
    unsafe {
        if find_p() {
            (*g).set_status(SYSCALL, RUNNING);
        } else {
            (*g).h.outcome = outcome::REQUEUE;
        }
    }
}

/// The slow path of `exitsyscall`: the P is gone, or the stack is being scanned.
///
/// # Safety
/// A g0 entry.
pub unsafe extern "C" fn exitsyscall_slow() {
    // SAFETY: the entry's own goroutine.
    unsafe {
        let g = m::curg();
        if m::p().is_null() {
            leave(g);
        } else {
            (*g).set_status(SYSCALL, RUNNING);
        }
    }
}

/// A native's stretch of blocking in the kernel, without a P.
pub struct Blocked(*mut G);

impl Blocked {
    /// Hands the P on.
    ///
    /// # Safety
    /// The caller is a g0 entry that holds no lock and will touch nothing that needs a P until [`Blocked::end`].
    pub unsafe fn begin() -> Blocked {
        let g = m::curg();
        // SAFETY: the entry's own goroutine, whose state the stub has recorded.
        unsafe {
            if trace::on() {
                trace::scheduler::syscall_begin(0);
            }
            (*g).set_status(RUNNING, SYSCALL);
            (*m::current()).oldp = core::ptr::null_mut();
            schedule::give_p_away();
        }
        Blocked(g)
    }

    /// Gets a P again, or arranges that the goroutine queues when the native returns: then it returns `result`.
    ///
    /// # Safety
    /// The caller returns to the stub with the same result.
    pub unsafe fn end(self, result: usize) {
        // SAFETY: passed on.
        unsafe {
            (*self.0).h.ret0 = result;
            leave(self.0);
        }
    }
}
