//! Goroutines that a signal stopped in the middle of a function.
//!
//! [`super::preempt::signal`] sends SIGURG to the thread of a goroutine that was asked to give up its P. The handler
//! ([`interrupt`]) stops the goroutine only where all of this holds; otherwise it does nothing, and whoever asked asks again:
//!
//! * the goroutine is the thread's, runs, has been asked, and SP lies in its stack;
//! * the thread has a P and is in no section that must stay on it (`locks`, printing);
//! * PC is in compiled code and labelled safe (`PCDATA_UNSAFE_POINT`): in the body of a function that is not the runtime's,
//!   not between the test of the barrier's flag and the stores that it is for, not in an epilogue or a landing.
//!
//! The handler saves all registers in the M and redirects the interrupted context to the g0 stack. [`grus_stopped`] then puts
//! the registers into a block that hangs off the G (`G::stopped`), and the goroutine goes to a queue like one that stopped at
//! a stack check. [`resume`] continues it with all registers as they were.
//!
//! What its registers and its innermost frame hold is scanned conservatively ([`for_each_word`]); the outer frames stand at
//! calls and have maps. Its stack is never moved: it is runnable or `PREEMPTED` until it goes on, and only parked
//! goroutines' stacks are moved by others.
//!
//! # Every instruction
//!
//! `GODEBUG=preempt=1` sets the processor's trap flag while compiled code runs: SIGTRAP follows each instruction ([`step`]), and
//! where a goroutine may be stopped, it is, for the first N instructions if
//! `preemptsteps=N` is there too. The flag is cleared when a goroutine enters a native, whose outcome is `STEP`
//! in advance, so that natives run at full speed; whoever continues a goroutine sets it again ([`step_on`]). No signal is blocked
//! while it is set: between fork and exec, where signals are, it is not.
//!
//! aarch64 has no such flag that a process could set for itself (a debugger has `PSTATE.SS`). There goroutines stop at every
//! stack check instead, N of them at most, and where signals happen to meet them.
//!
//! # Orderings
//!
//! The handler runs on the thread whose goroutine it stops: what it reads and writes is ordered by the program
//! (Relaxed). The block of registers is handed over with the goroutine's status (AcqRel). `STEPS` only counts.
//!
//! **Runs on** g0; [`interrupt`] and [`step`] on gsignal. Lock ranks: the pool of blocks.

use super::g::{G, RUNNING};
use super::m::{self, M};
use super::preempt;
use crate::arch;
use crate::arch::signal::Context;
use crate::arch::stopped::Registers;
use crate::debug;
use crate::lock::Lock;
use crate::mem::persistent;
use crate::symtab::{functab, pcvalue};
use core::ptr::null_mut;
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::Relaxed;
use grus_abi::g::{Gobuf, INT_ARG_REGS};
use grus_abi::native::outcome;
use grus_abi::symtab::{PCDATA_UNSAFE_POINT, POINT_SAFE};

/// The registers of a stopped goroutine.
#[repr(C)]
pub struct Stopped {
    registers: Registers,
    link: *mut Stopped,
}

/// Instructions that have been trapped.
static STEPS: AtomicU32 = AtomicU32::new(0);

/// Blocks that are not in use.
static POOL: Lock<*mut Stopped> = Lock::new(null_mut());

/// Whether the compiler has labelled an instruction as one at which a goroutine may be stopped.
fn safe_point(pc: usize) -> bool {
    let Some(f) = functab::find(pc) else { return false };
    pcvalue::value(f, f.pcdata(PCDATA_UNSAFE_POINT), pc) == Some(POINT_SAFE)
}

/// Sets the trap flag if every instruction is to be trapped.
#[inline]
pub fn step_on() {
    if debug::get().stepping() {
        step_on_now();
    }
}

/// Whether as many instructions have been trapped as wanted.
fn enough() -> bool {
    let limit = debug::get().preemptsteps;
    limit != 0 && STEPS.load(Relaxed) >= limit
}

#[cold]
fn step_on_now() {
    // SAFETY: the thread's own M.
    if unsafe { (*m::current()).locks } == 0 && !enough() {
        arch::stopped::trap_on();
    }
}

/// SIGTRAP has come after an instruction.
///
/// # Safety
/// Called by the signal handler with its context.
pub unsafe fn step(ctx: &mut Context) {
    // SAFETY: the thread's own M; its goroutine does not run while the handler does.
    unsafe {
        STEPS.fetch_add(1, Relaxed);
        let g = m::curg();
        if g.is_null() || !(*g).owns(ctx.sp()) {
            // On its way to a goroutine.
            return;
        }
        let pc = ctx.pc();
        if enough() {
            ctx.trap_off();
        } else if arch::is_g0call(pc) {
            (*g).h.outcome = outcome::STEP;
            ctx.trap_off();
        } else if pc == arch::morestack as *const () as usize {
            ctx.trap_off();
        } else if safe_point(pc) && !core::mem::replace(&mut (*g).stepped, false) {
            (*g).stepped = true;
            (*g).preempt.store(true, Relaxed);
            interrupt(ctx);
        }
    }
}

/// SIGURG has come: stops the goroutine if it may be stopped here.
///
/// # Safety
/// Called by the signal handler with its context.
pub unsafe fn interrupt(ctx: &mut Context) {
    // SAFETY: the thread's own M; its goroutine does not run while the handler does.
    unsafe {
        let mp = m::current();
        (*mp).signal_pending.store(0, Relaxed);
        let g = (*mp).curg;
        if g.is_null()
            || !(*g).preempt.load(Relaxed)
            || !(*g).owns(ctx.sp())
            || (*g).status.load(Relaxed) != RUNNING
            || !preempt::allowed(g)
            || !safe_point(ctx.pc())
        {
            return;
        }
        (*mp).registers.save(ctx);
        // A profiler's signal may come before the thread gets any further.
        (*g).h.sched = Gobuf { pc: ctx.pc(), sp: ctx.sp(), fp: ctx.fp() };
        ctx.trap_off();
        ctx.redirect(arch::stopped::entry_pc(), (*mp).g0_sp, g as usize);
    }
}

/// The goroutine has been interrupted: takes care of its registers and schedules another one.
///
/// # Safety
/// Called on g0 by the redirected context; the M holds the registers of `g`, its current goroutine.
pub unsafe extern "C" fn grus_stopped(g: *mut G) -> ! {
    // SAFETY: the goroutine is stopped, its registers are saved.
    unsafe {
        let block = acquire();
        (*block).registers = (*m::current()).registers;
        (*g).stopped = block;
        preempt::grus_preempted(g)
    }
}

/// Continues a stopped goroutine.
///
/// # Safety
/// `g` is the M's current goroutine, `RUNNING`, and was stopped; the caller has nothing to clean up.
pub unsafe fn resume(mp: *mut M, g: *mut G) -> ! {
    // SAFETY: the block is the goroutine's. No signal changes the M's registers before all of them are loaded: only
    // compiled code is interrupted.
    unsafe {
        let block = core::mem::replace(&mut (*g).stopped, null_mut());
        (*mp).registers = (*block).registers;
        release(block);
        arch::stopped::gogo_stopped(&raw const (*mp).registers)
    }
}

fn acquire() -> *mut Stopped {
    let mut pool = POOL.lock();
    let block = *pool;
    if block.is_null() {
        drop(pool);
        return persistent::alloc(size_of::<Stopped>(), 64) as *mut Stopped;
    }
    // SAFETY: pooled blocks are linked.
    *pool = unsafe { (*block).link };
    block
}

/// # Safety
/// The block is the caller's.
unsafe fn release(block: *mut Stopped) {
    let mut pool = POOL.lock();
    // SAFETY: passed on.
    unsafe { (*block).link = *pool };
    *pool = block;
}

/// Calls `f` with every word of a stopped goroutine's registers and innermost frame, its arguments on the stack included.
///
/// # Safety
/// The goroutine does not run, and `stopped` is not null.
pub unsafe fn for_each_word(g: *mut G, mut f: impl FnMut(usize)) {
    // SAFETY: the goroutine stands in the body of a function, whose frame is complete.
    unsafe {
        let r = &(*(*g).stopped).registers;
        r.for_each_word(&mut f);
        let stack_args =
            functab::find(r.pc()).map_or(0, |func| (func.map().nargs as usize).saturating_sub(INT_ARG_REGS));
        let end = (r.fp() + 16 + 8 * stack_args).min((*g).h.stack_hi);
        let mut at = r.sp() & !7;
        while at < end {
            f(*(at as *const usize));
            at += 8;
        }
    }
}
