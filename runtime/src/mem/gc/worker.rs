//! Workers: the goroutines that mark in the background.
//!
//! A worker of the Go half marks in slices and waits in between ([`gcyield`]). The scheduler asks [`find_worker`] before it
//! looks at its queues: a worker gets to run as long as all of them together have used less than a quarter of the Ps'
//! time since marking began. A P with nothing else to do takes a worker in any case ([`find_idle_worker`]).
//!
//! One of them is the conductor of the cycle, which finds out that marking is complete. It waits at the end of the list to
//! be taken first.
//!
//! **Runs on** g0. Lock ranks: the list of workers, above `sched`.

use super::marking;
use crate::lock::Lock;
use crate::native::flag;
use crate::os::clock;
use crate::sched::g::{G, RUNNABLE, WAITING};
use crate::sched::p::P;
use crate::sched::{WaitReason, m, park, world};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

/// Workers that wait, linked.
static WAITERS: Lock<*mut G> = Lock::new(null_mut());
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Beginning of this cycle's marking, and what workers have used since.
static BEGIN: AtomicI64 = AtomicI64::new(0);
pub static NS: AtomicI64 = AtomicI64::new(0);
/// The same for all cycles.
pub static TOTAL_NS: AtomicI64 = AtomicI64::new(0);

/// Marking begins.
pub fn begin() {
    BEGIN.store(clock::nanotime(), Relaxed);
    NS.store(0, Relaxed);
    super::assist::NS.store(0, Relaxed);
}

/// A worker has used some time.
pub fn spent(ns: i64) {
    NS.fetch_add(ns, Relaxed);
    TOTAL_NS.fetch_add(ns, Relaxed);
}

/// Whether a worker waits.
#[inline]
pub fn waiting() -> bool {
    COUNT.load(Relaxed) != 0
}

/// Takes a waiting worker; null if there is none. It is `WAITING` and the caller's to ready.
pub fn take() -> *mut G {
    let mut list = WAITERS.lock();
    let g = *list;
    if !g.is_null() {
        // SAFETY: waiting goroutines are linked through a field that is theirs while they wait.
        unsafe {
            *list = (*g).link;
            (*g).link = null_mut();
        }
        COUNT.fetch_sub(1, Relaxed);
    }
    g
}

/// A worker to run on this P in preference to other goroutines: runnable, on no queue. Null if none should.
pub fn find_worker(_p: *mut P) -> *mut G {
    if !marking() || !waiting() {
        return null_mut();
    }
    let elapsed = clock::nanotime() - BEGIN.load(Relaxed);
    if NS.load(Relaxed) * 4 > elapsed * world::all_ps().len() as i64 {
        return null_mut();
    }
    ready()
}

/// A worker to run on a P that has nothing else to do. Null if there is none.
pub fn find_idle_worker(_p: *mut P) -> *mut G {
    if !marking() || !waiting() {
        return null_mut();
    }
    ready()
}

fn ready() -> *mut G {
    let g = take();
    if !g.is_null() {
        // SAFETY: taken off the list: ours.
        unsafe { (*g).set_status(WAITING, RUNNABLE) };
    }
    g
}

unsafe extern "C" fn wait_commit(g: *mut G, conductor: usize) -> bool {
    let mut list = WAITERS.lock();
    // SAFETY: the goroutine has just been parked by itself; the others on the list wait.
    unsafe {
        let first = *list;
        if conductor != 0 || first.is_null() {
            (*g).link = first;
            *list = g;
        } else {
            (*g).link = (*first).link;
            (*first).link = g;
        }
    }
    COUNT.fetch_add(1, Relaxed);
    true
}

/// `gcyield(conductor bool)`: a worker waits for its next slice.
unsafe extern "C" fn gcyield(conductor: usize) {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), WaitReason::GcWorkerIdle as u8, Some(wait_commit), flag(conductor) as usize) };
}

crate::g0_entry! {
    "runtime.gcyield" => gcyield,
}
