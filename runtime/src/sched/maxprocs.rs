//! The goroutine that follows changes of GOMAXPROCS' default (`runtime/go/runtime/maxprocs.go`): it waits here, and the
//! monitor wakes it now and then.
//!
//! **Runs on** g0, and on the monitor's stack. **May** park the goroutine that entered. Lock ranks: maxprocs.

use super::g::G;
use super::m;
use super::park::{WaitReason, park};
use crate::lock::Lock;
use crate::os::process;
use core::ptr::null_mut;

static WAITER: Lock<*mut G> = Lock::new(null_mut());

/// The goroutine if it waits, to be made runnable by the caller (it is `WAITING`); else null.
pub fn take_waiter() -> *mut G {
    core::mem::replace(&mut *WAITER.lock(), null_mut())
}

unsafe extern "C" fn wait_commit(g: *mut G, _arg: usize) -> bool {
    *WAITER.lock() = g;
    true
}

/// `procswait()`.
unsafe extern "C" fn procswait() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), WaitReason::MaxProcsUpdater as u8, Some(wait_commit), 0) };
}

/// `cpucount() int`.
unsafe extern "C" fn cpucount() -> usize {
    process::cpu_count()
}

crate::g0_entry! {
    "runtime.procswait" => procswait,
    "runtime.cpucount" => cpucount,
}
