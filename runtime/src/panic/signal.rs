//! Signal handlers.
//!
//! SIGSEGV, SIGBUS, SIGFPE and SIGILL raised by Go code become panics: the handler changes the interrupted context so
//! that `runtime.sigpanic(sig, code, addr)` runs next, as if called at the faulting PC. Everything else that arrives
//! here ends the process with a traceback. SIGPIPE is caught and ignored: the write returns EPIPE.
//!
//! Go code faults only in function bodies, where the frame is complete and SP is aligned. An assembly leaf that
//! faults has no frame: its caller counts as the faulting function.
//!
//! **Runs on** gsignal. **May** not allocate or take locks (fatal errors excepted).

use super::fatal::{self, Kind};
use crate::arch::signal::{Context, rt_sigreturn};
use crate::debug;
use crate::image;
use crate::os::output::{self, Sink};
use crate::os::{memory, process, syscall6};
use crate::sched::m::{self, M, SIGNAL_STACK};
use crate::symtab::traceback::{self, Start, Style};
use crate::symtab::{callers, functab};
use core::sync::atomic::{AtomicU64, Ordering};
use grus_abi::native::trap;

const SA_SIGINFO: usize = 4;
const SA_ONSTACK: usize = 0x0800_0000;
const SA_RESTART: usize = 0x1000_0000;
const SA_RESTORER: usize = 0x0400_0000;
const SIG_SETMASK: usize = 2;
const FPE_INTDIV: usize = 1;
const FPE_INTOVF: usize = 2;

/// `struct sigaction` of the kernel.
#[repr(C)]
struct Action {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

fn sigaction(sig: u32, handler: usize) {
    let act = Action {
        handler,
        flags: SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_RESTORER,
        restorer: rt_sigreturn as *const () as usize,
        mask: u64::MAX,
    };
    // SAFETY: the structure outlives the call; the handler has the signature of SA_SIGINFO handlers.
    unsafe { syscall6(libc::SYS_rt_sigaction as usize, sig as usize, &raw const act as usize, 0, 8, 0, 0) };
}

/// Restores a signal's default action.
pub fn set_default(sig: u32) {
    sigaction(sig, libc::SIG_DFL);
}

/// Ignores a signal.
pub fn set_ignored(sig: u32) {
    sigaction(sig, libc::SIG_IGN);
}

/// The signals that have a handler.
const HANDLED: [i32; 8] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGQUIT,
    libc::SIGABRT,
    libc::SIGPIPE,
];

/// Gives the M a signal stack and installs the handlers.
///
/// # Safety
/// `m` is the calling thread's M; start-up.
pub unsafe fn init(m: *mut M) {
    let Some(stack) = memory::map(0, SIGNAL_STACK) else { fatal::out_of_memory(SIGNAL_STACK) };
    // SAFETY: the M is ours; the kernel reads a stack_t (address, flags, size).
    unsafe {
        (*m).signal_stack = stack;
        let ss = [stack, 0, SIGNAL_STACK];
        syscall6(libc::SYS_sigaltstack as usize, ss.as_ptr() as usize, 0, 0, 0, 0, 0);
    }
    for sig in HANDLED {
        sigaction(sig as u32, handler as *const () as usize);
    }
}

/// Every handled signal arrives here.
unsafe extern "C" fn handler(sig: u32, info: *const i32, context: *mut u8) {
    if sig == libc::SIGPIPE as u32 {
        return;
    }
    let mut ctx = Context::new(context);
    // SAFETY: the kernel passes a siginfo: si_code is its third int, si_addr the word at offset 16.
    let (code, addr) = unsafe { (*info.add(2), *((info as *const u8).add(16) as *const usize)) };
    let g = m::curg();
    // SAFETY: the M's current goroutine; descriptors are never freed.
    let on_goroutine = !g.is_null() && unsafe { (*g).owns(ctx.sp()) };
    let panics = matches!(sig as i32, libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL);
    if panics && on_goroutine && code > 0 {
        let mut pc = ctx.pc();
        if !callers::in_go_text(pc) {
            // SAFETY: an assembly leaf: its return address is where the architecture keeps it.
            unsafe { ctx.return_from_leaf() };
            pc = ctx.pc();
        }
        if let Some(f) = functab::find(pc) {
            let table = f.trap(pc);
            let (sig, code) = match (sig as i32, table) {
                (libc::SIGILL | libc::SIGFPE, Some(t)) if t == trap::DIVIDE as u32 => {
                    (libc::SIGFPE, FPE_INTDIV)
                }
                (libc::SIGILL | libc::SIGFPE, Some(t)) if t == trap::INTEGER_OVERFLOW as u32 => {
                    (libc::SIGFPE, FPE_INTOVF)
                }
                (libc::SIGILL, _) => unexpected(sig, code, addr, &ctx),
                _ => (sig as i32, code as usize),
            };
            // SAFETY: the goroutine is interrupted in Go code; its Go area is ours until it continues.
            unsafe {
                let go = &mut (*g).h.go;
                // A division check is not a signal for the user.
                let shown = matches!(sig, libc::SIGSEGV | libc::SIGBUS);
                go.sig = if shown { sig as usize } else { 0 };
                go.sigcode0 = code;
                go.sigcode1 = addr;
                go.sigpc = pc;
                ctx.call(image::sigpanic_pc(), [sig as usize, code, addr], g as usize);
            }
            return;
        }
    }
    unexpected(sig, code, addr, &ctx)
}

fn signal_name(sig: u32) -> &'static str {
    match sig as i32 {
        libc::SIGSEGV => "SIGSEGV: segmentation violation",
        libc::SIGBUS => "SIGBUS: bus error",
        libc::SIGFPE => "SIGFPE: floating-point exception",
        libc::SIGILL => "SIGILL: illegal instruction",
        libc::SIGTRAP => "SIGTRAP: trace trap",
        libc::SIGQUIT => "SIGQUIT: quit",
        libc::SIGABRT => "SIGABRT: abort",
        _ => "unknown",
    }
}

/// Ends the process because of a signal.
fn unexpected(sig: u32, code: i32, addr: usize, ctx: &Context) -> ! {
    let first = !output::crashing();
    output::set_crashing();
    let g = m::curg();
    let mut s = Sink::stderr();
    if matches!(sig as i32, libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL) && code > 0 {
        s.str("fatal error: unexpected signal during runtime execution\n[signal ").str(signal_name(sig));
        s.str(" code=").hex(code as usize).str(" addr=").hex(addr).str(" pc=").hex(ctx.pc()).str("]\n");
    } else {
        s.str(signal_name(sig)).str("\nPC=").hex(ctx.pc()).str(" m=0 sigcode=").dec(code as i64).str("\n");
    }
    s.flush();
    if !first {
        process::exit(2);
    }
    // SAFETY: this thread runs goroutines and is here; the interrupted one is walked from its interrupted PC only if
    // that is Go code.
    unsafe {
        if !g.is_null() {
            let start = if callers::in_go_text(ctx.pc()) && (*g).owns(ctx.sp()) {
                Start::Fault { pc: ctx.pc(), fp: ctx.fp() }
            } else {
                Start::Saved
            };
            fatal::die(g, start, Kind::Runtime)
        }
        if debug::get().level > 0 {
            traceback::others(&mut s, core::ptr::null_mut(), Style { level: debug::get().level });
        }
    }
    s.flush();
    if debug::get().crash {
        process::abort()
    }
    process::exit(2)
}

/// Signal mask of the thread before a fork.
static FORK_MASK: AtomicU64 = AtomicU64::new(0);

fn sigprocmask(new: u64) -> u64 {
    let mut old = 0u64;
    // SAFETY: both masks outlive the call.
    unsafe {
        syscall6(
            libc::SYS_rt_sigprocmask as usize,
            SIG_SETMASK,
            &raw const new as usize,
            &raw mut old as usize,
            8,
            0,
            0,
        )
    };
    old
}

/// `syscall.runtime_BeforeFork`: no signal may arrive between fork and exec.
pub(crate) unsafe extern "C" fn before_fork() {
    FORK_MASK.store(sigprocmask(u64::MAX), Ordering::Relaxed);
}

/// `syscall.runtime_AfterFork`, in the parent.
pub(crate) unsafe extern "C" fn after_fork() {
    sigprocmask(FORK_MASK.load(Ordering::Relaxed));
}

/// `syscall.runtime_AfterForkInChild`: the child shares the memory but has its own handlers; none must run there.
pub(crate) unsafe extern "C" fn after_fork_in_child() {
    for sig in HANDLED {
        set_default(sig as u32);
    }
    sigprocmask(FORK_MASK.load(Ordering::Relaxed));
}
