//! The scheduler's natives.
//!
//! # Orderings
//!
//! All are counts and settings (Relaxed). `retired` was stored by this thread, or before its P was given to it.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: `sched`.

use super::g::{G, PREEMPTED, RUNNABLE, SYSCALL, WAITING};
use super::park::{WaitReason, park};
use super::schedule::{self, MAX_THREADS, USER_GOROUTINES};
use super::{m, proc, state, world};
use crate::trace::scheduler as trace;
use crate::{g0_entry, native};
use core::sync::atomic::Ordering;

/// Commit of Gosched: to the end of the global queue.
unsafe extern "C" fn requeue_global(g: *mut G, _arg: usize) -> bool {
    // SAFETY: the goroutine has just been parked by itself.
    unsafe {
        if (*g).wait_reason != 0 {
            trace::go_unblock(g);
        }
        (*g).set_status(WAITING, RUNNABLE);
        schedule::global_put(g);
    }
    schedule::wakep();
    true
}

/// Commit of goyield: to the end of the local queue.
///
/// # Safety
/// As every commit function: the goroutine has just been parked by itself.
pub unsafe extern "C" fn requeue_local(g: *mut G, _arg: usize) -> bool {
    // SAFETY: as above; this M owns its P.
    unsafe {
        if (*g).wait_reason != 0 {
            trace::go_unblock(g);
        }
        (*g).set_status(WAITING, RUNNABLE);
        schedule::runq_put(m::p(), g, false);
    }
    true
}

unsafe extern "C" fn gosched() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), 0, Some(requeue_global), trace::BY_GOSCHED) };
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

/// `gomaxprocs(n int) int`.
unsafe extern "C" fn gomaxprocs(n: usize) -> usize {
    let old = state::nprocs();
    if (n as isize) > 0 {
        let n = n.min(i32::MAX as usize);
        if n != old {
            // SAFETY: a g0 entry has a P.
            unsafe {
                world::stop_the_world(world::Reason::Gomaxprocs);
                world::resize(n);
                world::start_the_world();
                if (*m::p()).retired.load(Ordering::Relaxed) && m::may_park() {
                    // Go code is not to see a P whose number is not below GOMAXPROCS.
                    let g = m::curg();
                    (*g).h.ret0 = old;
                    park(g, 0, Some(requeue_global), 0);
                }
            }
        }
    }
    old
}

unsafe extern "C" fn setmaxthreads(n: usize) -> usize {
    MAX_THREADS.swap(n, Ordering::Relaxed)
}

/// `lockOSThread(program bool)`: locks the goroutine and the thread to each other; nests.
unsafe extern "C" fn lock_os_thread(program: usize) {
    // SAFETY: the entry's own goroutine and thread.
    unsafe {
        let (g, mp) = (m::curg(), m::current());
        (*mp).lock_counts[usize::from(native::flag(program))] += 1;
        (*g).lockedm = mp;
        (*mp).lockedg = g;
    }
}

/// `unlockOSThread(program bool)`.
unsafe extern "C" fn unlock_os_thread(program: usize) {
    // SAFETY: the entry's own goroutine and thread.
    unsafe {
        let (g, mp) = (m::curg(), m::current());
        let count = &mut (*mp).lock_counts[usize::from(native::flag(program))];
        *count = count.saturating_sub(1);
        if (*mp).lock_counts == [0; 2] {
            (*g).lockedm = core::ptr::null_mut();
            (*mp).lockedg = core::ptr::null_mut();
        }
    }
}

/// `mcount() int`.
unsafe extern "C" fn mcount() -> usize {
    state::SCHED.lock().mcount() as usize
}

/// `spinpays() bool`: whether another P runs goroutines, one of which may release what the caller waits for, and the caller's
/// P has nothing else to do.
unsafe extern "C" fn spinpays() -> usize {
    let idle = state::NPIDLE.load(Ordering::Relaxed) as i32 + state::NMSPINNING.load(Ordering::Relaxed);
    let others = state::NPROCS.load(Ordering::Relaxed) as i32 > idle + 1;
    // SAFETY: the entry's own P.
    usize::from(others && unsafe { (*(*m::current()).p).runq.is_empty() })
}

/// The Go half's `schedStats`.
#[repr(C)]
struct SchedStats {
    created: u64,
    in_syscall: u64,
    runnable: u64,
    running: u64,
    waiting: u64,
    threads: u64,
    mutex_wait: i64,
    cpu: i64,
}

/// `schedstats(out *schedStats)`.
unsafe extern "C" fn schedstats(out: *mut SchedStats) {
    let (mut in_syscall, mut runnable, mut running, mut waiting) = (0, 0, 0, 0);
    schedule::for_each_live(|g| {
        // SAFETY: descriptors are never freed.
        unsafe {
            match (*g).status() {
                RUNNABLE | PREEMPTED => runnable += 1,
                SYSCALL => in_syscall += 1,
                WAITING => waiting += 1,
                _ => running += 1,
            }
        }
    });
    let threads = state::SCHED.lock().mcount() as u64;
    // SAFETY: the Go half passes a schedStats.
    unsafe {
        *out = SchedStats {
            created: super::g::created(),
            in_syscall,
            runnable,
            running,
            waiting,
            threads,
            mutex_wait: crate::prof::block::MUTEX_WAIT.load(Ordering::Relaxed),
            cpu: crate::os::clock::cpu_time(),
        };
    }
}

/// `allgs(gps *uintptr, n int) int`.
unsafe extern "C" fn allgs(out: *mut usize, n: usize) -> usize {
    let mut count = 0;
    schedule::for_each_live(|g| {
        // SAFETY: descriptors are never freed; the buffer has n words.
        unsafe {
            if !(*g).hidden() {
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
    "runtime.mcount" => mcount,
    "runtime.spinpays" => spinpays,
    "runtime.schedstats" => schedstats,
    "runtime.allgs" => allgs,
}
