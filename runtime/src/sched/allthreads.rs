//! A system call in every thread of the process: how the kernel is told to change what it keeps per thread and the program
//! means for itself (setuid(2) and its kin).
//!
//! 1. The world is stopped, so that no goroutine sees one thread changed and another not.
//! 2. [`threads::MAKING`] is taken: no thread is being made. What is listed has a thread that runs (or will in a moment,
//!    which is waited for), or will be cloned later, from a thread that has made the call by then, and inherits.
//! 3. The caller makes the call; if it fails nothing else happens.
//! 4. Every other M is marked and its thread gets [`SIGNAL`], whose handler makes the call, compares the results and takes
//!    the mark away. A thread that is ending blocks signals, but it leaves the list.
//!
//! # Orderings
//!
//! `CALL` is plain: it is written before `call_wanted` is set with Release, which the handler loads with Acquire; the
//! handler takes the mark away with Release when the call is made, and [`wait_while`] loads that with Acquire before
//! `CALL` changes again. `tid` is stored with Release by the thread itself.
//!
//! **Runs on** g0; [`interrupt`] on gsignal, without locks. **May** wait for other threads. Lock ranks: thread making,
//! `sched`.

use super::m::{self, M};
use super::threads::{self, MAKING};
use super::world;
use crate::os::output::Sink;
use crate::os::{process, syscall6};
use crate::panic::fatal;
use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::{Acquire, Release};

/// The signal: one of those that libraries of threads use for this.
pub const SIGNAL: u32 = 33;

/// Number and arguments, and the result that is expected.
#[derive(Clone, Copy)]
struct Call {
    args: [usize; 7],
    result: usize,
}

struct Cell(UnsafeCell<Call>);

// SAFETY: written only while no M is marked.
unsafe impl Sync for Cell {}

static CALL: Cell = Cell(UnsafeCell::new(Call { args: [0; 7], result: 0 }));

unsafe fn make(args: &[usize; 7]) -> isize {
    let [num, a, b, c, d, e, f] = *args;
    // SAFETY: the program's own system call.
    unsafe { syscall6(num, a, b, c, d, e, f) }
}

/// In the signal's handler: makes the call if it is still to be made here.
///
/// # Safety
/// `mp` is the thread's M.
pub unsafe fn interrupt(mp: *mut M) {
    // SAFETY: passed on; a mark says that the call is there.
    unsafe {
        if (*mp).call_wanted.load(Acquire) == 0 {
            return;
        }
        let call = *CALL.0.get();
        let r = make(&call.args);
        if r as usize != call.result {
            let mut s = Sink::stderr();
            s.str("trap: ").dec(call.args[0] as i64).str(", a123456=[");
            for (i, a) in call.args[1..].iter().enumerate() {
                s.str(if i == 0 { "" } else { "," }).dec(*a as i64);
            }
            s.str("]\nresults: got ").dec(r as i64).str(", want ").dec(call.result as i64).str("\n");
            drop(s);
            fatal::throw("AllThreadsSyscall6 results differ between threads; runtime corrupted");
        }
        (*mp).call_wanted.store(0, Release);
    }
}

/// `allthreadssyscall(args *[7]uintptr) int`: what the kernel returned.
unsafe extern "C" fn allthreadssyscall(args: *const [usize; 7]) -> isize {
    // SAFETY: the Go half passes number and arguments; a g0 entry has a P, and Ms are never freed.
    unsafe {
        let me = m::current();
        let args = *args;
        world::stop_the_world(world::Reason::AllThreadsSyscall);
        let making = MAKING.lock();
        let r = make(&args);
        if !(-4095..0).contains(&r) {
            *CALL.0.get() = Call { args, result: r as usize };
            // A call must not be made twice for one thread: first let all threads begin.
            wait_while(|mp| mp.cloned.load(Acquire) && mp.tid.load(Acquire) == 0);
            threads::for_each_m(|mp| {
                let tid = (*mp).tid.load(Acquire);
                if mp != me && tid != 0 {
                    (*mp).call_wanted.store(1, Release);
                    process::signal_thread(tid, SIGNAL);
                }
            });
            wait_while(|mp| mp.call_wanted.load(Acquire) != 0);
        }
        drop(making);
        world::start_the_world();
        r
    }
}

/// Waits while the condition holds for some M that is listed.
fn wait_while(condition: impl Fn(&M) -> bool) {
    loop {
        let mut any = false;
        // SAFETY: listed Ms are valid.
        threads::for_each_m(|mp| any |= condition(unsafe { &*mp }));
        if !any {
            return;
        }
        process::yield_cpu();
    }
}

crate::g0_entry! {
    "runtime.allthreadssyscall" => allthreadssyscall,
}
