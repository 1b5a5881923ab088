//! What happens when a native did not simply return.
//!
//! # Orderings
//!
//! `COARSE_NOW` is a time for reports (Relaxed). The goroutine's fields are the thread's own until its status changes
//! (AcqRel).
//!
//! **Runs on** g0, entered from `grus_g0call`; never returns. **May** block when there is nothing to run.

use super::g::{G, RUNNABLE, RUNNING, WAITING};
use super::{bubble, m, schedule, stopped};
use crate::{arch, image, trace};
use grus_abi::native::outcome;

/// Acts on `g.outcome`. The goroutine's callee-saved registers are in `g.callee`, its state in `g.sched`.
///
/// # Safety
/// Called by the stub only, with the current goroutine, and the native's results, which count if the outcome is `STEP`.
pub unsafe extern "C" fn grus_outcome(g: *mut G, ret0: usize, ret1: usize) -> ! {
    // SAFETY: the goroutine is stopped in its stub; all fields are ours until it is queued or continued.
    unsafe {
        let what = (*g).h.outcome;
        (*g).h.outcome = outcome::DONE;
        match what {
            outcome::PARK => {
                (*g).wait_since = super::sysmon::COARSE_NOW.load(core::sync::atomic::Ordering::Relaxed);
                // Its bubble is not at rest before the commit function has had its say.
                let bubble = (*g).h.go.bubble;
                if bubble != 0 {
                    bubble::hold(bubble);
                }
                if trace::on() {
                    trace::scheduler::go_park(g);
                }
                (*g).set_status(RUNNING, WAITING);
                let mp = m::current();
                (*mp).curg = core::ptr::null_mut();
                if let Some(commit) = (*mp).commit.take()
                    && !commit(g, (*mp).commit_arg)
                {
                    trace::scheduler::go_unblock(g);
                    (*g).set_status(WAITING, RUNNABLE);
                    if bubble != 0 {
                        bubble::release(bubble);
                    }
                    schedule::execute(g, true);
                }
                if bubble != 0 {
                    bubble::release(bubble);
                }
                schedule::schedule()
            }
            outcome::RAISE => {
                let (code, a, b) = ((*g).h.raise_code as usize, (*g).h.ret0, (*g).h.ret1);
                stopped::step_on();
                arch::gogo_call(g, image::raise_pc(), code, a, b)
            }
            outcome::GOGO => {
                stopped::step_on();
                arch::gogo(g)
            }
            outcome::STEP => {
                (*g).h.ret0 = ret0;
                (*g).h.ret1 = ret1;
                stopped::step_on();
                arch::gogo(g)
            }
            outcome::REQUEUE => schedule::requeue_from_syscall(g),
            _ => crate::panic::fatal::throw("bad outcome of a native"),
        }
    }
}
