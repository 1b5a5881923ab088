//! The scheduler's natives.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: `sched`.

use super::g::{G, RUNNABLE, WAITING};
use super::park::{WaitReason, park};
use super::schedule::{self, USER_GOROUTINES};
use super::{coro, m, proc};
use crate::g0_entry;
use core::sync::atomic::{AtomicUsize, Ordering};

static GOMAXPROCS: AtomicUsize = AtomicUsize::new(1);
static MAX_THREADS: AtomicUsize = AtomicUsize::new(10000);

/// Commit of Gosched: to the end of the global queue.
unsafe extern "C" fn requeue_global(g: *mut G, _arg: usize) -> bool {
    // SAFETY: the goroutine has just been parked by itself.
    unsafe { (*g).set_status(WAITING, RUNNABLE) };
    schedule::global_put(g);
    true
}

/// Commit of goyield: to the end of the local queue.
///
/// # Safety
/// As every commit function: the goroutine has just been parked by itself.
pub unsafe extern "C" fn requeue_local(g: *mut G, _arg: usize) -> bool {
    // SAFETY: as above; this M owns its P.
    unsafe {
        (*g).set_status(WAITING, RUNNABLE);
        schedule::runq_put(m::p(), g, false);
    }
    true
}

unsafe extern "C" fn gosched() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), 0, Some(requeue_global), 0) };
}

unsafe extern "C" fn goyield() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), 0, Some(requeue_local), 0) };
}

unsafe extern "C" fn block() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), WaitReason::SelectNoCases as u8, None, 0) };
}

unsafe extern "C" fn gcount() -> usize {
    USER_GOROUTINES.load(Ordering::Relaxed) as usize
}

unsafe extern "C" fn gomaxprocs(n: usize) -> usize {
    if (n as isize) > 0 { GOMAXPROCS.swap(n, Ordering::Relaxed) } else { GOMAXPROCS.load(Ordering::Relaxed) }
}

unsafe extern "C" fn setmaxthreads(n: usize) -> usize {
    MAX_THREADS.swap(n, Ordering::Relaxed)
}

unsafe extern "C" fn lock_os_thread() {
    // SAFETY: the entry's own goroutine.
    unsafe { (*m::curg()).lock_count += 1 };
}

unsafe extern "C" fn unlock_os_thread() {
    // SAFETY: the entry's own goroutine.
    unsafe {
        let g = m::curg();
        (*g).lock_count = (*g).lock_count.saturating_sub(1);
    }
}

/// `allgs(gps *uintptr, n int) int`.
unsafe extern "C" fn allgs(out: *mut usize, n: usize) -> usize {
    let mut count = 0;
    schedule::for_each_live(|g| {
        // SAFETY: descriptors are never freed; the buffer has n words.
        unsafe {
            if !(*g).system() {
                if count < n {
                    *out.add(count) = g as usize;
                }
                count += 1;
            }
        }
    });
    count
}

g0_entry! {
    "runtime.newproc" => proc::newproc,
    "runtime.newsysproc" => proc::newsysproc,
    "runtime.goexit0" => proc::goexit0,
    "runtime.Gosched" => gosched,
    "runtime.goyield" => goyield,
    "runtime.block" => block,
    "runtime.gcount" => gcount,
    "runtime.gomaxprocs" => gomaxprocs,
    "runtime.setmaxthreads" => setmaxthreads,
    "runtime.lockOSThread" => lock_os_thread,
    "runtime.unlockOSThread" => unlock_os_thread,
    "runtime.corocreate" => proc::corocreate,
    "runtime.coroswap" => coro::coroswap,
    "runtime.coroend" => coro::coroend,
    "runtime.allgs" => allgs,
}
