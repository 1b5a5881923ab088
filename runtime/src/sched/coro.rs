//! Coroutines: direct switches between two goroutines, for `iter.Pull`.
//!
//! A coroutine ([`Coro`]) has one G that is parked in it. A switch exchanges that G with the current one and
//! runs it at once, on the same P and without a queue.
//!
//! A goroutine that is locked to its thread passes the lock on to the one that it switches to. Both must have been locked to
//! the same thread, and as often, as the goroutine that made the coroutine was then: a switch cannot change threads.
//!
//! **Runs on** g0. Lock ranks: none.

use super::g::{G, RUNNING, WAITING};
use super::m::{self, M};
use super::park::{WaitReason, park};
use super::{bubble, proc};
use crate::os::output::Sink;
use crate::panic::fatal;
use crate::trace;
use core::ptr::null_mut;

/// `runtime.coro`.
#[repr(C)]
pub struct Coro {
    /// The parked G, or 0.
    gp: usize,
    f: usize,
    /// The thread that the maker was locked to, if it was, and how often.
    mp: *mut M,
    lock_counts: [u32; 2],
}

/// Commit of a switch: `arg` is the goroutine to run.
unsafe extern "C" fn switch_commit(g: *mut G, arg: usize) -> bool {
    // SAFETY: `coroswap` checked that the goroutine is parked in the coroutine, and took it out.
    unsafe {
        if trace::on() {
            trace::scheduler::go_switch(arg as *mut G, false);
        }
        proc::run_now(arg as *mut G, (*g).h.go.bubble)
    }
}

/// `corocreate(fn func(), c *coro) uintptr`: a goroutine for a coroutine: parked, on no queue.
///
/// # Safety
/// A g0 entry: `fn` is a Go func value, `c` live.
unsafe extern "C" fn corocreate(startfn: usize, c: *mut Coro) -> usize {
    // SAFETY: the entry's goroutine is current; its sched.pc is the return address of the call.
    unsafe {
        let (creator, mp) = (m::curg(), m::current());
        if (*mp).lock_counts != [0; 2] {
            (*c).mp = mp;
            (*c).lock_counts = (*mp).lock_counts;
        }
        proc::create(startfn, creator, (*creator).h.sched.pc, false, WAITING) as usize
    }
}

/// The goroutine that the current one switches to; the lock to the thread goes over to it.
unsafe fn next(c: *mut Coro) -> *mut G {
    // SAFETY: the word holds a G or 0; the goroutine and the thread are the entry's own.
    unsafe {
        let (g, mp) = (m::curg(), m::current());
        let locked = !(*g).lockedm.is_null();
        if (locked || !(*c).mp.is_null()) && ((*c).mp != mp || (*c).lock_counts != (*mp).lock_counts) {
            let [internal, external] = (*mp).lock_counts;
            let mut s = Sink::stderr();
            s.str("coro: got thread ").hex(mp as usize).str(", want ").hex((*c).mp as usize);
            s.str("\ncoro: got lock internal ")
                .dec(internal as i64)
                .str(", want ")
                .dec((*c).lock_counts[0] as i64);
            s.str("\ncoro: got lock external ")
                .dec(external as i64)
                .str(", want ")
                .dec((*c).lock_counts[1] as i64);
            s.str("\n");
            drop(s);
            fatal::throw("coro: OS thread locking must match locking at coroutine creation");
        }
        let next = (*c).gp as *mut G;
        if next.is_null() || (*next).status() != WAITING {
            fatal::throw("coroswitch on exited coro");
        }
        if locked {
            (*g).lockedm = null_mut();
            (*next).lockedm = mp;
            (*mp).lockedg = next;
        }
        next
    }
}

/// `coroswap(c *coro)`: the current goroutine waits in the coroutine, the one that waited there runs.
///
/// # Safety
/// A g0 entry; `c` is live.
unsafe extern "C" fn coroswap(c: *mut Coro) {
    // SAFETY: passed on.
    unsafe {
        let (g, next) = (m::curg(), next(c));
        (*c).gp = g as usize;
        park(g, WaitReason::Coroutine as u8, Some(switch_commit), next as usize);
    }
}

/// `coroend(c *coro)`: the current goroutine ends, the one that waited runs.
///
/// # Safety
/// As [`coroswap`]; does not return.
unsafe extern "C" fn coroend(c: *mut Coro) -> ! {
    // SAFETY: as above.
    unsafe {
        let next = next(c);
        (*c).gp = 0;
        debug_assert_eq!((*m::curg()).status(), RUNNING);
        let bubble = (*m::curg()).h.go.bubble;
        if bubble != 0 {
            bubble::hold(bubble);
        }
        if trace::on() {
            trace::scheduler::go_switch(next, true);
        }
        let lockedg = (*m::current()).lockedg;
        proc::destroy(m::curg());
        (*m::current()).lockedg = lockedg;
        proc::run_now(next, bubble)
    }
}

crate::g0_entry! {
    "runtime.corocreate" => corocreate,
    "runtime.coroswap" => coroswap,
    "runtime.coroend" => coroend,
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    #[test]
    fn layout() {
        assert_eq!((offset_of!(Coro, mp), offset_of!(Coro, lock_counts)), (16, 24));
    }
}
