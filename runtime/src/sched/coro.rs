//! Coroutines: direct switches between two goroutines, for `iter.Pull`.
//!
//! The Go half's `coro` begins with the G that is parked in it. A switch exchanges that G with the current one and
//! runs it at once, on the same P and without a queue.
//!
//! **Runs on** g0. Lock ranks: none.

use super::g::{G, RUNNING, WAITING};
use super::m;
use super::park::{WaitReason, park};
use super::{bubble, proc};

/// Commit of a switch: `arg` is the goroutine to run.
unsafe extern "C" fn switch_commit(g: *mut G, arg: usize) -> bool {
    // SAFETY: `coroswap` checked that the goroutine is parked in the coroutine, and took it out.
    unsafe { proc::run_now(arg as *mut G, (*g).h.go.bubble) }
}

/// `coroswap(gp *uintptr)`: the current goroutine waits in `*gp`, the one that waited there runs.
///
/// # Safety
/// A g0 entry; `gp` points to the first word of a live `coro`.
pub unsafe extern "C" fn coroswap(gp: *mut usize) {
    // SAFETY: the word holds a G or 0.
    unsafe {
        let g = m::curg();
        let next = *gp as *mut G;
        if next.is_null() || (*next).status() != WAITING {
            crate::panic::fatal::throw("coroswitch on exited coro");
        }
        *gp = g as usize;
        park(g, WaitReason::Coroutine as u8, Some(switch_commit), next as usize);
    }
}

/// `coroend(gp *uintptr)`: the current goroutine ends, the one that waited runs.
///
/// # Safety
/// As [`coroswap`]; does not return.
pub unsafe extern "C" fn coroend(gp: *mut usize) -> ! {
    // SAFETY: as above.
    unsafe {
        let next = *gp as *mut G;
        if next.is_null() || (*next).status() != WAITING {
            crate::panic::fatal::throw("coroswitch on exited coro");
        }
        *gp = 0;
        debug_assert_eq!((*m::curg()).status(), RUNNING);
        let bubble = (*m::curg()).h.go.bubble;
        if bubble != 0 {
            bubble::hold(bubble);
        }
        proc::destroy(m::curg());
        proc::run_now(next, bubble)
    }
}
