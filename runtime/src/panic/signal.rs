//! Signal handlers.
//!
//! All signals that have a meaning for the program are caught, on the thread's signal stack, with all signals blocked.
//! What happens is gc's table [`flags`]:
//!
//! * SIGSEGV, SIGBUS, SIGFPE and SIGILL raised by Go code become panics: the handler changes the interrupted context so
//!   that `runtime.sigpanic(sig, code, addr)` runs next, as if called at the faulting PC.
//! * A signal that `os/signal` wants is queued; one that it ignores is dropped.
//! * Else the process ends: by the signal itself (`KILL`), or with a traceback of all goroutines and exit code 2
//!   (`THROW`); or nothing happens.
//!
//! Go code faults only in function bodies, where the frame is complete and SP is aligned. An assembly leaf that
//! faults has no frame: its caller counts as the faulting function.
//!
//! SIGHUP and SIGINT stay ignored if the process was started so (nohup).
//!
//! # Orderings
//!
//! `CAUGHT` and `INHERITED_IGNORE` change at start and in natives that `os/signal` calls under a lock of its own,
//! beside sigaction(2); handlers and a forked child read them. They are sequentially consistent for simplicity: no
//! path is hot.
//!
//! **Runs on** gsignal. **May** not allocate or take locks (fatal errors excepted).

use super::fatal::{self, Kind};
use crate::arch::signal::{Context, rt_sigreturn};
use crate::debug;
use crate::image;
use crate::os::output::Sink;
use crate::os::{memory, process, syscall6};
use crate::prof::cpu;
use crate::sched::m::{self, M, SIGNAL_STACK};
use crate::sched::{allthreads, sigqueue, stopped};
use crate::symtab::traceback::Start;
use crate::symtab::{callers, functab};
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::SeqCst;
use grus_abi::native::trap;

const SA_SIGINFO: usize = 4;
const SA_ONSTACK: usize = 0x0800_0000;
const SA_RESTART: usize = 0x1000_0000;
const SA_RESTORER: usize = 0x0400_0000;
const SIG_SETMASK: usize = 2;
const FPE_INTDIV: usize = 1;
const FPE_INTOVF: usize = 2;
/// The trap flag is set.
const TRAP_TRACE: i32 = 2;

/// The program may ask for the signal.
const NOTIFY: u8 = 1;
/// Unless it does, the process dies of it.
const KILL: u8 = 2;
/// Unless it does, the process ends with a traceback.
const THROW: u8 = 4;
/// Raised by an instruction, it becomes a panic.
const PANIC: u8 = 8;
/// Not caught before the program asks for it.
const DEFAULT: u8 = 16;

/// What a signal means.
fn flags(sig: u32) -> u8 {
    match sig as i32 {
        libc::SIGHUP | libc::SIGINT | libc::SIGTERM => NOTIFY | KILL,
        libc::SIGQUIT | libc::SIGABRT => NOTIFY | THROW,
        libc::SIGILL | libc::SIGTRAP | libc::SIGSTKFLT | libc::SIGSYS => THROW,
        libc::SIGBUS | libc::SIGFPE | libc::SIGSEGV => PANIC,
        libc::SIGKILL | libc::SIGSTOP => 0,
        libc::SIGCONT | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => NOTIFY | DEFAULT,
        // Of the threads library.
        32..=34 => 0,
        1..=64 => NOTIFY,
        _ => THROW,
    }
}

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

/// The handler in effect.
fn current_action(sig: u32) -> usize {
    let mut act = Action { handler: 0, flags: 0, restorer: 0, mask: 0 };
    // SAFETY: the structure outlives the call.
    unsafe { syscall6(libc::SYS_rt_sigaction as usize, sig as usize, 0, &raw mut act as usize, 8, 0, 0) };
    act.handler
}

/// Restores a signal's default action.
pub fn set_default(sig: u32) {
    sigaction(sig, libc::SIG_DFL);
}

/// Signals that have our handler: bit n is signal n, 64 is bit 0.
static CAUGHT: AtomicU64 = AtomicU64::new(0);
/// Signals that were ignored when the process started, of those for which that counts.
static INHERITED_IGNORE: AtomicU64 = AtomicU64::new(0);

fn bit(sig: u32) -> u64 {
    1 << (sig & 63)
}

fn catch(sig: u32) {
    CAUGHT.fetch_or(bit(sig), SeqCst);
    sigaction(sig, handler as *const () as usize);
}

/// `os/signal` wants the signal.
pub fn enable(sig: u32) {
    if flags(sig) & NOTIFY != 0 && CAUGHT.load(SeqCst) & bit(sig) == 0 {
        catch(sig);
    }
}

/// `os/signal` does not want it any more.
pub fn disable(sig: u32) {
    let f = flags(sig);
    if f & NOTIFY == 0 {
        return;
    }
    if INHERITED_IGNORE.load(SeqCst) & bit(sig) != 0 {
        CAUGHT.fetch_and(!bit(sig), SeqCst);
        sigaction(sig, libc::SIG_IGN);
    } else if f & DEFAULT != 0 {
        CAUGHT.fetch_and(!bit(sig), SeqCst);
        set_default(sig);
    } else if CAUGHT.load(SeqCst) & bit(sig) == 0 {
        catch(sig);
    }
}

/// `os/signal` ignores it.
pub fn ignore(sig: u32) {
    if flags(sig) & NOTIFY != 0 {
        CAUGHT.fetch_and(!bit(sig), SeqCst);
        sigaction(sig, libc::SIG_IGN);
    }
}

/// Gives the first M a signal stack and installs the handlers.
///
/// # Safety
/// `m` is the calling thread's M; start-up.
pub unsafe fn init(m: *mut M) {
    let Some(stack) = memory::map(0, SIGNAL_STACK) else { fatal::out_of_memory(SIGNAL_STACK) };
    // SAFETY: the M is ours.
    unsafe {
        (*m).signal_stack = stack;
        (*m).sigmask = mask();
        init_thread(m);
    }
    for sig in 1..=64 {
        let f = flags(sig);
        if f == 0 && sig != allthreads::SIGNAL || f & DEFAULT != 0 {
            continue;
        }
        if matches!(sig as i32, libc::SIGHUP | libc::SIGINT) && current_action(sig) == libc::SIG_IGN {
            INHERITED_IGNORE.fetch_or(bit(sig), SeqCst);
            sigqueue::init_ignored(sig);
            continue;
        }
        catch(sig);
    }
}

/// Takes the M's signal stack and signal mask into use.
///
/// # Safety
/// `m` is the calling thread's M.
pub unsafe fn init_thread(m: *mut M) {
    // SAFETY: the kernel reads a stack_t (address, flags, size).
    unsafe {
        let ss = [(*m).signal_stack, 0, SIGNAL_STACK];
        syscall6(libc::SYS_sigaltstack as usize, ss.as_ptr() as usize, 0, 0, 0, 0, 0);
        set_mask((*m).sigmask);
    }
}

/// Every caught signal arrives here.
unsafe extern "C" fn handler(sig: u32, info: *const i32, context: *mut u8) {
    let mut ctx = Context::new(context);
    if sig == libc::SIGPROF as u32 {
        // SAFETY: the thread's signal stack.
        unsafe { cpu::sample(&ctx) };
        return;
    }
    if sig == allthreads::SIGNAL {
        // SAFETY: the thread's own M.
        unsafe { allthreads::interrupt(m::current()) };
        return;
    }
    // SAFETY: the kernel passes a siginfo: si_code is its third int, si_addr the word at offset 16.
    let (code, addr) = unsafe { (*info.add(2), *((info as *const u8).add(16) as *const usize)) };
    if sig as i32 == libc::SIGTRAP && code == TRAP_TRACE && debug::get().stepping() {
        // SAFETY: the handler's own context.
        unsafe { stopped::step(&mut ctx) };
        return;
    }
    if sig as i32 == libc::SIGURG {
        // The program may want the signal all the same: several are delivered as one.
        // SAFETY: the handler's own context.
        unsafe { stopped::interrupt(&mut ctx) };
    }
    let from_user = matches!(code, libc::SI_USER | libc::SI_TKILL);
    let panics = matches!(sig as i32, libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL);
    // SAFETY: the handler's own context.
    if panics && !from_user && unsafe { becomes_panic(sig, code, addr, &mut ctx) } {
        return;
    }
    let mut flags = flags(sig);
    if flags & PANIC != 0 && !from_user {
        flags = THROW;
    }
    if (from_user || flags & NOTIFY != 0) && sigqueue::send(sig) {
        return;
    }
    if from_user && sigqueue::ignored(sig) {
        return;
    }
    if flags & KILL != 0 {
        die(sig);
    }
    if flags & (THROW | PANIC) != 0 {
        unexpected(sig, code, addr, &ctx);
    }
}

/// Turns a fault in Go code into a call of `runtime.sigpanic`.
unsafe fn becomes_panic(sig: u32, code: i32, addr: usize, ctx: &mut Context) -> bool {
    let g = m::curg();
    // SAFETY: the M's current goroutine; descriptors are never freed.
    if g.is_null() || !unsafe { (*g).owns(ctx.sp()) } || code <= 0 {
        return false;
    }
    let mut pc = ctx.pc();
    if !callers::in_go_text(pc) {
        // SAFETY: an assembly leaf: its return address is where the architecture keeps it.
        unsafe { ctx.return_from_leaf() };
        pc = ctx.pc();
    }
    let Some(f) = functab::find(pc) else { return false };
    let table = f.trap(pc);
    let (sig, code) = match (sig as i32, table) {
        (libc::SIGILL | libc::SIGFPE, Some(t)) if t == trap::DIVIDE as u32 => (libc::SIGFPE, FPE_INTDIV),
        (libc::SIGILL | libc::SIGFPE, Some(t)) if t == trap::INTEGER_OVERFLOW as u32 => {
            (libc::SIGFPE, FPE_INTOVF)
        }
        (libc::SIGILL, _) => return false,
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
    true
}

/// Ends the process by a signal's default action.
pub fn die(sig: u32) -> ! {
    CAUGHT.fetch_and(!bit(sig), SeqCst);
    set_default(sig);
    set_mask(mask() & !(1 << (sig - 1)));
    process::raise(sig);
    // Another thread may have to take it.
    for _ in 0..3 {
        process::yield_cpu();
    }
    process::exit(2)
}

const NAMES: [&str; 32] = [
    "SIGNONE: no trap",
    "SIGHUP: terminal line hangup",
    "SIGINT: interrupt",
    "SIGQUIT: quit",
    "SIGILL: illegal instruction",
    "SIGTRAP: trace trap",
    "SIGABRT: abort",
    "SIGBUS: bus error",
    "SIGFPE: floating-point exception",
    "SIGKILL: kill",
    "SIGUSR1: user-defined signal 1",
    "SIGSEGV: segmentation violation",
    "SIGUSR2: user-defined signal 2",
    "SIGPIPE: write to broken pipe",
    "SIGALRM: alarm clock",
    "SIGTERM: termination",
    "SIGSTKFLT: stack fault",
    "SIGCHLD: child status has changed",
    "SIGCONT: continue",
    "SIGSTOP: stop, unblockable",
    "SIGTSTP: keyboard stop",
    "SIGTTIN: background read from tty",
    "SIGTTOU: background write to tty",
    "SIGURG: urgent condition on socket",
    "SIGXCPU: cpu limit exceeded",
    "SIGXFSZ: file size limit exceeded",
    "SIGVTALRM: virtual alarm clock",
    "SIGPROF: profiling alarm clock",
    "SIGWINCH: window size change",
    "SIGIO: i/o now possible",
    "SIGPWR: power failure restart",
    "SIGSYS: bad system call",
];

/// Ends the process because of a signal.
fn unexpected(sig: u32, code: i32, addr: usize, ctx: &Context) -> ! {
    fatal::enter();
    let mut s = Sink::stderr();
    let raised = !matches!(code, libc::SI_USER | libc::SI_TKILL);
    if raised && flags(sig) & PANIC != 0 {
        s.str("fatal error: unexpected signal during runtime execution\n");
        s.str("[signal ").str(NAMES[sig as usize]).str(" code=").hex(code as usize);
        s.str(" addr=").hex(addr).str(" pc=").hex(ctx.pc()).str("]\n");
    } else {
        match NAMES.get(sig as usize) {
            Some(name) => s.str(name).str("\n"),
            None => s.str("Signal ").dec(sig as i64).str("\n"),
        };
        // SAFETY: the thread's M.
        s.str("PC=").hex(ctx.pc()).str(" m=").dec(unsafe { (*m::current()).id } as i64);
        s.str(" sigcode=").dec(code as i64);
        if matches!(sig as i32, libc::SIGSEGV | libc::SIGBUS) {
            s.str(" addr=").hex(addr);
        }
        s.str("\n");
    }
    s.flush();
    let g = m::curg();
    // SAFETY: this thread's goroutine is stopped here.
    unsafe {
        let mut start = Start::Saved;
        if !g.is_null() {
            let (pc, fp, exact) = crate::prof::walk::start(g, ctx);
            start = Start::Interrupted { pc, fp, exact };
        }
        fatal::report(g, start, Kind::Runtime, false);
    }
    s.str("\n");
    ctx.for_each_register(|name, value| {
        s.str(name);
        (name.len()..crate::arch::signal::NAME_WIDTH).for_each(|_| {
            s.str(" ");
        });
        s.hex(value).str("\n");
    });
    s.flush();
    fatal::leave()
}

/// Replaces the thread's signal mask; returns the old one.
pub fn set_mask(new: u64) -> u64 {
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

/// The thread's signal mask.
fn mask() -> u64 {
    let mut old = 0u64;
    // SAFETY: the mask outlives the call.
    unsafe { syscall6(libc::SYS_rt_sigprocmask as usize, 0, 0, &raw mut old as usize, 8, 0, 0) };
    old
}

/// `syscall.runtime_BeforeFork`: no signal may arrive between fork and exec, and the goroutine stays on this thread.
pub(crate) unsafe extern "C" fn before_fork() {
    // SAFETY: the M is ours.
    unsafe {
        (*m::current()).locks += 1;
        (*m::current()).fork_mask = set_mask(u64::MAX);
    }
}

/// `syscall.runtime_AfterFork`, in the parent.
pub(crate) unsafe extern "C" fn after_fork() {
    // SAFETY: the M is ours.
    unsafe {
        set_mask((*m::current()).fork_mask);
        (*m::current()).locks -= 1;
    }
}

/// `syscall.runtime_AfterForkInChild`: the child shares the memory but has its own handlers; none must run there, and
/// exec(2) keeps what is ignored.
pub(crate) unsafe extern "C" fn after_fork_in_child() {
    let caught = CAUGHT.load(SeqCst);
    for sig in 1..=64 {
        if caught & bit(sig) != 0 {
            sigaction(sig, libc::SIG_DFL);
        }
    }
    // SAFETY: the M is the parent's, which waits.
    set_mask(unsafe { (*m::current()).fork_mask });
}

/// `sigpipe()`: a write to a broken standard output or error ends the program, unless it wants to know.
pub(crate) unsafe extern "C" fn sigpipe() {
    let sig = libc::SIGPIPE as u32;
    if !sigqueue::ignored(sig) && !sigqueue::send(sig) {
        die(sig);
    }
}
