//! The end of the process: fatal errors and tracebacks, exit code 2.
//!
//! # Orderings
//!
//! `REPORTER` is swapped with AcqRel and loaded with Acquire: one thread reports, and who finds another's number
//! there waits for the end. The stop of the others is not waited for beyond [`world::freeze`]; what is printed of
//! them may be out of date.
//!
//! **Runs on** g0 and gsignal; nothing here returns. **May** block in write(2). Takes no lock except `allgs`.

use crate::debug;
use crate::os::output::{self, Sink};
use crate::os::process;
use crate::sched::g::G;
use crate::sched::{m, world};
use crate::symtab::natives;
use crate::symtab::traceback::{self, Start, Style};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};
use grus_abi::moduledata::shown;

/// What went wrong, as `runtime.dopanic` numbers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Uncaught panic.
    Panic = 0,
    /// Fatal error caused by the program.
    User = 1,
    /// Fatal error of the runtime: its frames are shown.
    Runtime = 2,
}

/// Number of the M that reports a fatal error, plus one.
static REPORTER: AtomicU32 = AtomicU32::new(0);

/// Whether a fatal error is being reported.
pub fn panicking() -> bool {
    REPORTER.load(Ordering::Acquire) != 0
}

/// A second fatal error on a thread that reports one ends the process at once; other threads wait for the end.
pub fn enter() {
    output::set_crashing();
    // SAFETY: the M is ours.
    unsafe {
        let m = m::current();
        if m.is_null() {
            process::exit(2);
        }
        let me = (*m).id + 1;
        if let Err(other) = REPORTER.compare_exchange(0, me, Ordering::AcqRel, Ordering::Acquire)
            && other != me
        {
            loop {
                process::sleep_ns(1_000_000_000);
            }
        }
        if (*m).dying == 0 {
            world::freeze();
        }
        (*m).dying += 1;
        match (*m).dying {
            1 => {}
            2 => {
                output::stderr(b"panic during panic\n");
                process::exit(3)
            }
            _ => process::exit(4),
        }
    }
}

/// The end, after everything was reported.
pub fn leave() -> ! {
    if debug::get().crash {
        process::abort()
    }
    process::exit(2)
}

/// Tracebacks of `g` (if there is one) and of the others as the settings say, then the end.
///
/// # Safety
/// `g` is stopped, or null.
pub unsafe fn die(g: *mut G, start: Start, kind: Kind) -> ! {
    // SAFETY: passed on.
    unsafe { die_with(g, start, kind, false, 0, &[]) }
}

/// The same for an error that was found on the system stack, whose frames have these names.
unsafe fn die_on_system_stack(g: *mut G, start: Start, kind: Kind, system: &[usize]) -> ! {
    // SAFETY: passed on.
    unsafe { die_with(g, start, kind, false, 0, system) }
}

/// What the thread's system stack is shown as: an error in the native of a goroutine, or in the scheduler.
fn system_stack(error: usize) -> [usize; 3] {
    let g = m::curg();
    let native = if g.is_null() {
        None
    } else {
        // SAFETY: the goroutine of this thread, which is inside a native.
        natives::called(unsafe { (*g).h.sched.pc })
    };
    match native {
        Some(native) => [natives::pc(error), native, natives::pc(shown::SYSTEMSTACK)],
        None => [error, shown::SCHEDULE, shown::MCALL].map(natives::pc),
    }
}

/// `own_registers`: the current goroutine's callee-saved registers are in its G. The goroutines of `bubble` (0: none) are
/// shown even if not all are.
unsafe fn die_with(
    g: *mut G,
    start: Start,
    kind: Kind,
    own_registers: bool,
    bubble: usize,
    system: &[usize],
) -> ! {
    // SAFETY: passed on.
    unsafe { report_with(g, start, kind, own_registers, bubble, system) };
    leave()
}

/// Tracebacks as in [`die`].
///
/// # Safety
/// `g` is stopped, or null.
pub unsafe fn report(g: *mut G, start: Start, kind: Kind, own_registers: bool) {
    // SAFETY: passed on.
    unsafe { report_with(g, start, kind, own_registers, 0, &[]) };
}

unsafe fn report_with(
    g: *mut G,
    start: Start,
    kind: Kind,
    own_registers: bool,
    bubble: usize,
    system: &[usize],
) {
    let settings = debug::get();
    // What the runtime dies of is reported in full, whatever GOTRACEBACK says.
    let level = if kind == Kind::Runtime { 2 } else { settings.level };
    let all = settings.all || kind == Kind::Runtime || g.is_null();
    let style = Style { level, own_registers };
    if level > 0 {
        let mut s = Sink::stderr();
        if level >= 2 && !system.is_empty() {
            traceback::system_stack(&mut s, system);
        }
        // SAFETY: passed on; this is the only M that runs goroutines.
        unsafe {
            if !g.is_null() {
                s.str("\n");
                traceback::header(&mut s, g, style);
                traceback::stack(&mut s, g, start, style);
            }
            s.flush();
            if all {
                traceback::others(&mut s, g, style);
            } else if bubble != 0 {
                traceback::some_others(&mut s, g, style, bubble);
            }
        }
    }
}

/// Fatal error of the runtime itself.
#[cold]
pub fn throw(message: &str) -> ! {
    enter();
    Sink::stderr().str("fatal error: ").str(message).str("\n");
    // SAFETY: the current goroutine, if any, is stopped: this is its M's system stack.
    unsafe { die_on_system_stack(m::curg(), Start::Saved, Kind::Runtime, &system_stack(shown::THROW)) }
}

/// Fatal error that concerns all goroutines; none runs.
#[cold]
pub fn fatal_all(message: &str) -> ! {
    enter();
    Sink::stderr().str("fatal error: ").str(message).str("\n");
    // SAFETY: no goroutine runs.
    unsafe { die_on_system_stack(null_mut(), Start::Saved, Kind::User, &system_stack(shown::FATAL)) }
}

/// The stack of `g` cannot grow any more; the first two lines are printed.
///
/// # Safety
/// `g` is stopped in `morestack`.
#[cold]
pub unsafe fn stack_overflow(g: *mut G) -> ! {
    enter();
    Sink::stderr().str("fatal error: stack overflow\n");
    // SAFETY: passed on.
    unsafe {
        let morestack = natives::called((*g).h.morestack_pc).unwrap_or(0);
        let system = [natives::pc(shown::THROW), natives::pc(shown::NEWSTACK), morestack];
        die_on_system_stack(g, Start::Morestack, Kind::Runtime, &system)
    }
}

/// The kernel gives no memory.
#[cold]
pub fn out_of_memory(size: usize) -> ! {
    enter();
    let used = crate::mem::stats::mapped();
    let mut s = Sink::stderr();
    s.str("runtime: out of memory: cannot allocate ").dec(size as i64).str("-byte block (");
    s.dec(used as i64).str(" in use)\nfatal error: out of memory\n");
    drop(s);
    // SAFETY: as in `throw`.
    unsafe { die_on_system_stack(m::curg(), Start::Saved, Kind::Runtime, &system_stack(shown::THROW)) }
}

/// `dopanic(kind int, bubble unsafe.Pointer)`.
pub(crate) unsafe extern "C" fn dopanic(kind: usize, bubble: usize) -> ! {
    enter();
    let (kind, start) = match kind {
        0 => (Kind::Panic, Start::From(grus_abi::symtab::func_id::GOPANIC)),
        1 => (Kind::User, Start::Saved),
        _ => (Kind::Runtime, Start::Saved),
    };
    // SAFETY: the entry's own goroutine is stopped; the entry saves its registers.
    unsafe { die_with(m::curg(), start, kind, true, bubble, &[]) }
}
