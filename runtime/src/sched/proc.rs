//! Birth and death of goroutines.
//!
//! A new goroutine gets a dead descriptor from the P's pool (or a new one) and a stack of the smallest size; it
//! starts in `grus_gostart`, which calls the closure `g.go.startfn` and then [`goexit0`].
//!
//! # Orderings
//!
//! A new goroutine's fields are written plainly: its status (AcqRel) and the queue publish them. `preempt` and
//! `preempt_stop` are Relaxed (`world::suspend_g` takes back a request that was meant for the last goroutine of a
//! descriptor). `USER_GOROUTINES` and `MAIN_EXITED` are for reports: Relaxed.
//!
//! **Runs on** g0. **May** allocate stacks and persistent memory. Lock ranks: `sched`, `allgs`, stack pool.

use super::g::{self, DEAD, G, RUNNABLE, RUNNING, WAITING};
use super::m;
use super::p::{MAX_DEAD, P};
use super::park::WaitReason;
use super::schedule::{self, MAIN_EXITED, USER_GOROUTINES};
use crate::arch::switch::gostart_pc;
use crate::lock::Lock;
use crate::mem::gc;
use crate::stack::alloc as stacks;
use crate::trace;
use core::sync::atomic::Ordering;
use grus_abi::g::{GoArea, Gobuf, STACK_GUARD};

/// Dead goroutines beyond the Ps' pools, without stacks.
struct Pool {
    first: *mut G,
    len: usize,
}

static POOL: Lock<Pool> = Lock::new(Pool { first: core::ptr::null_mut(), len: 0 });

/// A dead descriptor from the pools.
///
/// # Safety
/// The caller owns `p`.
unsafe fn reuse(p: *mut P) -> *mut G {
    // SAFETY: the P's pool is ours; links of dead goroutines are free to use.
    unsafe {
        if (*p).dead.is_null() {
            let mut pool = POOL.lock();
            while !pool.first.is_null() && (*p).dead_len < MAX_DEAD / 2 {
                let g = pool.first;
                pool.first = (*g).link;
                pool.len -= 1;
                (*g).link = (*p).dead;
                (*p).dead = g;
                (*p).dead_len += 1;
            }
        }
        let g = (*p).dead;
        if !g.is_null() {
            (*p).dead = (*g).link;
            (*p).dead_len -= 1;
            (*g).link = core::ptr::null_mut();
        }
        g
    }
}

/// Puts a dead descriptor back. A stack of the size that new ones have is kept with it, another is freed.
///
/// # Safety
/// The caller owns `p`; `g` is `DEAD` and on no list; this thread is not on its stack.
unsafe fn retire(p: *mut P, g: *mut G) {
    // SAFETY: the descriptor is ours.
    unsafe {
        let size = (*g).h.stack_hi - (*g).h.stack_lo;
        if size != 0 && size != stacks::start_size() {
            stacks::free(&mut (*p).stacks, (*g).h.stack_lo, size);
            (*g).h.stack_lo = 0;
            (*g).h.stack_hi = 0;
        }
        (*g).link = (*p).dead;
        (*p).dead = g;
        (*p).dead_len += 1;
        if (*p).dead_len >= MAX_DEAD {
            let mut pool = POOL.lock();
            while (*p).dead_len > MAX_DEAD / 2 {
                let g = (*p).dead;
                (*p).dead = (*g).link;
                (*p).dead_len -= 1;
                let size = (*g).h.stack_hi - (*g).h.stack_lo;
                if size != 0 {
                    stacks::free(&mut (*p).stacks, (*g).h.stack_lo, size);
                    (*g).h.stack_lo = 0;
                    (*g).h.stack_hi = 0;
                }
                (*g).link = pool.first;
                pool.first = g;
                pool.len += 1;
            }
        }
    }
}

/// Creates a goroutine that will call the closure `startfn`, in the given status.
///
/// # Safety
/// `startfn` is a Go func value; the caller owns the P.
pub unsafe fn create(startfn: usize, creator: *mut G, gopc: usize, system: bool, status: u32) -> *mut G {
    // SAFETY: a reused or new descriptor is ours until it is queued.
    unsafe {
        let p = m::p();
        let bubble = if creator.is_null() || system { 0 } else { (*creator).h.go.bubble };
        let labels = if creator.is_null() || system { 0 } else { (*creator).h.go.labels };
        if gc::marking() {
            gc::barrier::shade(startfn);
            gc::barrier::shade(labels);
        }
        let mut g = reuse(p);
        if g.is_null() {
            g = g::allocate();
        }
        let size = stacks::start_size();
        let has = (*g).h.stack_hi - (*g).h.stack_lo;
        if has != 0 && has != size {
            // What new stacks begin with has changed since.
            stacks::free(&mut (*p).stacks, (*g).h.stack_lo, has);
            (*g).h.stack_hi = 0;
        }
        if (*g).h.stack_hi == 0 {
            let lo = stacks::allocate(&mut (*p).stacks, size);
            (*g).h.stack_lo = lo;
            (*g).h.stack_hi = lo + size;
        }
        (*g).h.stackguard = (*g).h.stack_lo + STACK_GUARD;
        // Two words at the top keep a null frame above the first one.
        let top = (*g).h.stack_hi - 16;
        *(top as *mut usize) = 0;
        *((top + 8) as *mut usize) = 0;
        (*g).h.sched = Gobuf { pc: gostart_pc(), sp: top, fp: 0 };
        (*g).h.ret0 = 0;
        (*g).h.ret1 = 0;
        (*g).h.go = GoArea {
            labels,
            bubble,
            startfn,
            goid: g::next_goid(),
            parent_goid: if creator.is_null() { 0 } else { (*creator).h.go.goid },
            gopc,
            startpc: *(startfn as *const usize),
            system: system as u8,
            ..GoArea::default()
        };
        (*g).waiting = core::ptr::null_mut();
        // Those that wait from the beginning wait in a coroutine.
        (*g).wait_reason = if status == WAITING { WaitReason::Coroutine as u8 } else { 0 };
        (*g).wait_since = 0;
        (*g).lockedm = core::ptr::null_mut();
        (*g).preempt.store(false, Ordering::Relaxed);
        (*g).preempt_stop.store(false, Ordering::Relaxed);
        (*g).check_pc = 0;
        (*g).stopped = core::ptr::null_mut();
        (*g).stepped = false;
        (*g).leaked = false;
        (*g).set_status(DEAD, status);
        if !system {
            USER_GOROUTINES.fetch_add(1, Ordering::Relaxed);
        }
        if trace::on() {
            trace::scheduler::go_create(g, status);
        }
        g
    }
}

/// `go fn()`.
///
/// # Safety
/// A g0 entry: `fn` is a Go func value.
pub unsafe extern "C" fn newproc(startfn: usize) {
    // SAFETY: the entry's goroutine is current; its sched.pc is the return address of the go statement.
    unsafe {
        let creator = m::curg();
        let g = create(startfn, creator, (*creator).h.sched.pc, false, RUNNABLE);
        schedule::runq_put(m::p(), g, true);
        schedule::wakep();
    }
}

/// `go fn()` for a goroutine of the runtime.
///
/// # Safety
/// As [`newproc`].
pub unsafe extern "C" fn newsysproc(startfn: usize) {
    // SAFETY: as above.
    unsafe {
        let creator = m::curg();
        let g = create(startfn, creator, (*creator).h.sched.pc, true, RUNNABLE);
        schedule::runq_put(m::p(), g, true);
        schedule::wakep();
    }
}

/// Ends the current goroutine's existence; it is pooled.
///
/// # Safety
/// `g` is the current goroutine, stopped in a native that does not return.
pub unsafe fn destroy(g: *mut G) {
    // SAFETY: nobody refers to a goroutine that runs and is on no queue.
    unsafe {
        if (*g).h.go.goid == 1 {
            MAIN_EXITED.store(true, Ordering::Relaxed);
        }
        if !(*g).system() {
            USER_GOROUTINES.fetch_sub(1, Ordering::Relaxed);
        }
        // A sample of the CPU profile may be the only place that still refers to them.
        if gc::marking() {
            gc::barrier::shade((*g).h.go.labels);
        }
        (*g).set_status(RUNNING, DEAD);
        (*g).h.go = GoArea::default();
        (*g).h.m = 0;
        (*g).waiting = core::ptr::null_mut();
        (*g).lockedm = core::ptr::null_mut();
        (*m::current()).lockedg = core::ptr::null_mut();
        (*m::current()).curg = core::ptr::null_mut();
        retire(m::p(), g);
    }
}

/// Ends the goroutine: called by `grus_gostart` and by Go's Goexit.
///
/// # Safety
/// A g0 entry that does not return.
pub unsafe extern "C" fn goexit0() -> ! {
    // SAFETY: the g0 stack is not the goroutine's.
    unsafe {
        let g = m::curg();
        let locked = !(*g).lockedm.is_null();
        if trace::on() {
            trace::scheduler::go_destroy();
        }
        destroy(g);
        if locked {
            // The thread's state may be unusual: nothing else is to run on it.
            super::threads::end_thread();
        }
        schedule::schedule()
    }
}

/// Runs a parked goroutine at once on this P, and releases a bubble that was held until it runs (0: none).
///
/// # Safety
/// `g` is `WAITING` and nobody else readies it; the current goroutine has been parked, queued or destroyed.
pub unsafe fn run_now(g: *mut G, bubble: usize) -> ! {
    // SAFETY: passed on.
    unsafe {
        (*g).set_status(WAITING, RUNNABLE);
        if bubble != 0 {
            super::bubble::release(bubble);
        }
        schedule::execute(g, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_recycled() {
        let _lock = crate::sched::start::init_for_tests();
        let code = [0usize; 1];
        // SAFETY: the closure is never run.
        unsafe {
            let p = m::p();
            let g = create(code.as_ptr() as usize, core::ptr::null_mut(), 0, false, RUNNABLE);
            assert_eq!((*g).h.stack_hi - (*g).h.stack_lo, stacks::start_size());
            assert_eq!((*g).h.sched.sp % 16, 0);
            assert!((*g).h.sched.sp < (*g).h.stack_hi);
            let id = (*g).h.go.goid;
            (*g).set_status(RUNNABLE, RUNNING);
            destroy(g);
            assert_eq!((*p).dead, g);
            let again = create(code.as_ptr() as usize, core::ptr::null_mut(), 0, false, RUNNABLE);
            assert_eq!(again, g);
            assert_ne!((*again).h.go.goid, id);
        }
    }
}
