//! `morestack`: a stack check failed.
//!
//! Either the stack is too small for the function's frame, and it moves to one at least twice the size; or the guard
//! was raised for another reason (`stackmove`). The function continues at its body: the check is not repeated.
//!
//! Or somebody wants the goroutine to give up its P (`sched::preempt`). It then stops here, with the argument registers in
//! the G ([`for_each_saved_arg`] finds the pointers among them), and continues at the function's entry.
//!
//! # Orderings
//!
//! `preempt::request` stores `preempt`, then the guard with Release. The check loads the guard plainly,
//! `grus_newstack` fences with Acquire and loads `preempt`; a request that is missed nevertheless, or overwritten by
//! [`arm`], is made again by who made it. `MAX_STACK` and the counters of the stress modes are Relaxed: they publish
//! nothing.
//!
//! **Runs on** g0, entered from `runtime.morestack`. **May** allocate stacks.

use super::copy::{Move, copy_stack};
use crate::arch::reflect;
use crate::debug;
use crate::os::output::Sink;
use crate::panic::fatal;
use crate::sched::g::{G, RUNNING};
use crate::sched::preempt;
use crate::symtab::functab::{self, FuncId};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, fence};
use grus_abi::g::{INT_ARG_REGS, STACK_GUARD, STACK_PREEMPT};

/// Limit of a goroutine stack (`debug.SetMaxStack`).
pub static MAX_STACK: AtomicUsize = AtomicUsize::new(1_000_000_000);

/// Checks since the last forced copy.
static CHECKS: AtomicU32 = AtomicU32::new(0);
/// Checks that a stress mode counts to stop goroutines.
static CHECKED: AtomicU32 = AtomicU32::new(0);

/// Sets the guard of a goroutine that is about to run.
///
/// # Safety
/// `g` is not running.
#[inline]
pub unsafe fn arm(g: *mut G) {
    // SAFETY: the G is ours.
    unsafe {
        let settings = debug::get();
        let guard = if settings.stackmove != 0 || settings.checks() != 0 {
            STACK_PREEMPT
        } else {
            (*g).h.stack_lo + STACK_GUARD
        };
        (*g).guard().store(guard, Relaxed);
    }
}

/// Calls `f` with the pointer arguments of the function at whose stack check a goroutine has stopped: words in the G
/// and in the caller's outgoing area, none of which the frames' maps describe.
///
/// # Safety
/// The goroutine does not run.
pub unsafe fn for_each_saved_arg(g: *mut G, mut f: impl FnMut(*mut usize)) {
    // SAFETY: passed on.
    unsafe {
        if (*g).check_pc != 0
            && let Some(func) = functab::find((*g).check_pc)
        {
            pointer_args(g, &func, &mut f);
        }
    }
}

unsafe fn pointer_args(g: *mut G, func: &FuncId, f: &mut impl FnMut(*mut usize)) {
    // SAFETY: the argument bitmap describes the words that `morestack` saved.
    unsafe {
        let args = func.args();
        for i in 0..func.map().nargs as usize {
            if *args.add(i / 8) >> (i % 8) & 1 == 0 {
                continue;
            }
            if i < INT_ARG_REGS {
                f(&raw mut (*g).h.args[i]);
            } else {
                f(((*g).h.sched.sp + 8 * (i - INT_ARG_REGS)) as *mut usize);
            }
        }
    }
}

/// Makes room, returns the PC at which the function continues; 0: the goroutine is to stop (`preempt::grus_preempted`).
///
/// # Safety
/// Called by `runtime.morestack` with the current goroutine.
pub unsafe extern "C" fn grus_newstack(g: *mut G) -> usize {
    // SAFETY: the goroutine is stopped at the entry of the function that `morestack_pc` lies in.
    unsafe {
        if (*g).status() != RUNNING {
            fatal::throw("runtime: stack split in system call");
        }
        let pc = (*g).h.morestack_pc;
        let Some(f) = functab::find(pc) else { return newstack_asm(g, pc) };
        let map = f.map();
        // The check read the guard with a plain load; `preempt::request` set the flag before it.
        fence(Acquire);
        if ((*g).preempt.load(Relaxed) || counted()) && preempt::allowed(g) {
            (*g).check_pc = f.entry();
            return 0;
        }
        if let Some(mv) = make_room(g, map.frame_size as usize + 32) {
            pointer_args(g, &f, &mut |p| mv.adjust(p));
        }
        arm(g);
        let body = f.entry() + map.body_start as usize;
        if debug::get().stepping() && preempt::allowed(g) {
            // Whoever continues it traps again.
            (*g).check_pc = body;
            return 0;
        }
        body
    }
}

/// Whether stress mode wants the goroutine to stop at this check.
fn counted() -> bool {
    let settings = debug::get();
    let n = settings.checks();
    if n == 0 {
        return false;
    }
    let passed = CHECKED.fetch_add(1, Relaxed);
    // All of them: up to the limit that there is for instructions where those can be trapped.
    let enough = n == 1 && settings.preemptsteps != 0 && passed >= settings.preemptsteps;
    passed % n == n - 1 && !enough
}

/// The same for an assembly function with a stack check.
///
/// # Safety
/// As [`grus_newstack`].
unsafe fn newstack_asm(g: *mut G, pc: usize) -> usize {
    let Some(check) = reflect::asm_frame(pc).and_then(|a| a.check.as_ref()) else {
        fatal::throw("morestack called from unknown code")
    };
    // SAFETY: passed on.
    unsafe {
        if let Some(mv) = make_room(g, (check.need)(&(*g).h)) {
            for i in 0..INT_ARG_REGS {
                if check.args >> i & 1 != 0 {
                    mv.adjust(&raw mut (*g).h.args[i]);
                }
            }
        }
        arm(g);
        check.resume as usize
    }
}

/// Copies the stack if it has less than `frame` bytes above the guard's reserve, or if stress mode wants it.
///
/// # Safety
/// As [`grus_newstack`].
unsafe fn make_room(g: *mut G, frame: usize) -> Option<Move> {
    // SAFETY: passed on.
    unsafe {
        let size = (*g).h.stack_hi - (*g).h.stack_lo;
        let avail = (*g).h.sched.sp - (*g).h.stack_lo;
        let mut new_size = size;
        while new_size - size + avail < frame + STACK_GUARD {
            new_size *= 2;
        }
        if new_size == size && !forced(size) {
            return None;
        }
        if new_size > MAX_STACK.load(Relaxed) {
            overflow(g);
        }
        // For the CPU profile.
        (&raw mut (*g).in_newstack).write_volatile(true);
        let mv = copy_stack(g, new_size);
        (&raw mut (*g).in_newstack).write_volatile(false);
        Some(mv)
    }
}

/// Whether stress mode wants a copy now. Large stacks are copied less often, so that deep recursion stays feasible.
fn forced(size: usize) -> bool {
    let n = debug::get().stackmove;
    if n == 0 {
        return false;
    }
    let seen = CHECKS.fetch_add(1, Relaxed) + 1;
    if seen >= n.max((size >> 14) as u32) {
        CHECKS.store(0, Relaxed);
        return true;
    }
    false
}

/// Reports an overflow as gc does.
unsafe fn overflow(g: *mut G) -> ! {
    let mut s = Sink::stderr();
    // SAFETY: the goroutine is stopped.
    unsafe {
        s.str("runtime: goroutine stack exceeds ").dec(MAX_STACK.load(Relaxed) as i64).str("-byte limit\n");
        s.str("runtime: sp=").hex((*g).h.sched.sp);
        s.str(" stack=[").hex((*g).h.stack_lo).str(", ").hex((*g).h.stack_hi).str("]\n");
    }
    drop(s);
    // SAFETY: the goroutine is stopped in morestack.
    unsafe { fatal::stack_overflow(g) }
}

/// `setmaxstack(n int) int`.
pub(crate) unsafe extern "C" fn setmaxstack(n: usize) -> usize {
    MAX_STACK.swap(n, Relaxed)
}

crate::g0_entry! {
    "runtime.setmaxstack" => setmaxstack,
}
