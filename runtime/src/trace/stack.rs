//! Stacks of events.
//!
//! When an event is written, the frame pointers are followed and the return addresses go into the generation's table, behind a
//! word that says how to read them ([`Kind`]). What functions and lines they are, which were inlined and which are to be left
//! out is found once for each different stack, when the generation has ended ([`expand`]).
//!
//! # Orderings
//!
//! The generation does not change while the caller has a P, or holds `OUTSIDE` (Relaxed).
//!
//! **Runs on** g0. Lock ranks: the tables.

use super::table;
use crate::arch::switch::{call_target, gostart_pc};
use crate::sched::g::G;
use crate::sched::m;
use crate::stack::unwind::GOSTART_SIZE;
use crate::symtab::callers::elide_wrapper_calling;
use crate::symtab::functab::{self, FuncId};
use crate::symtab::inline::Logical;
use crate::symtab::natives;
use core::sync::atomic::Ordering::Relaxed;
use grus_abi::symtab::func_id;

/// Most frames of a stack, a limit of the format.
pub const DEPTH: usize = 128;

/// What a stack shows. The numbers are in the tables' keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Kind {
    /// All frames, after the given number.
    All = 0,
    /// PCs of logical frames, nothing is to be found out.
    Logical = 1,
    /// Without the functions of package runtime in the beginning, and the given number of frames after that.
    OutsideRuntime = 2,
    /// Also without those of `runtime/trace`.
    User = 3,
    /// Also without those by which `internal/poll` waits.
    Network = 4,
    /// All frames of Go code.
    GoCode = 5,
    /// One PC: where the function of a goroutine begins.
    Entry = 6,
}

/// Added to a kind: the innermost PC is where a native was called, which has a frame if its caller is not of the runtime.
const NATIVE: usize = 0x80;

/// The number of a goroutine's stack in the generation at work, 0 if it has none.
///
/// # Safety
/// The goroutine is stopped and its stack stays where it is.
pub unsafe fn of(g: *mut G, kind: Kind, skip: usize) -> u64 {
    if g.is_null() {
        return 0;
    }
    let mut words = [0usize; DEPTH + 1];
    let (mut n, mut native) = (1, NATIVE);
    // SAFETY: the chain of frame pointers of a stopped goroutine is intact.
    unsafe {
        let (mut pc, mut fp) = ((*g).h.sched.pc, (*g).h.sched.fp);
        if !(*g).stopped.is_null() {
            // It is not a return address.
            pc += 1;
            native = 0;
        }
        if (*g).check_pc != 0 {
            // At the beginning of a function, which has no frame yet.
            words[n] = (*g).check_pc + 1;
            n += 1;
            native = 0;
        }
        while n < words.len() && pc != 0 && pc.wrapping_sub(gostart_pc()) >= GOSTART_SIZE {
            words[n] = pc;
            n += 1;
            if fp == 0 {
                break;
            }
            pc = *((fp + 8) as *const usize);
            fp = *(fp as *const usize);
        }
    }
    if n == 1 {
        return 0;
    }
    words[0] = kind as usize | native | skip << 8;
    put(super::GENERATION.load(Relaxed), &words[..n])
}

/// The number of the calling thread's goroutine's stack, which is inside a native; 0 if there is none.
pub fn current(kind: Kind, skip: usize) -> u64 {
    // SAFETY: the thread's own goroutine does not run while this does.
    unsafe { of(m::curg(), kind, skip) }
}

/// The number of a stack with one frame, where a function begins.
pub fn entry(pc: usize) -> u64 {
    put(super::GENERATION.load(Relaxed), &[Kind::Entry as usize, pc + 1])
}

/// The number of a stack of a generation.
pub fn put(generation: u64, words: &[usize]) -> u64 {
    table::of(generation).stacks.put_words(words)
}

/// Whether a function is the runtime's, perhaps under the name of another package's declaration (`sync.runtime_X`).
fn of_runtime(name: &[u8]) -> bool {
    let last = name.rsplit(|&b| b == b'.').next().unwrap_or(name);
    name.starts_with(b"runtime.") || last.starts_with(b"runtime_")
}

/// Calls `f` with the PC of each frame of a stack, as return addresses are, and the frame.
pub fn expand(words: &[usize], mut f: impl FnMut(usize, &Logical)) {
    let Some((&head, pcs)) = words.split_first() else { return };
    let kind = head & 0x7f;
    if kind == Kind::Logical as usize {
        for &pc in pcs {
            if let Some(func) = functab::find(pc - 1) {
                f(pc, &Logical::at(func, pc - 1));
            }
        }
        return;
    }
    if kind == Kind::Entry as usize {
        let Some(func) = pcs.first().and_then(|&pc| functab::find(pc - 1)) else { return };
        let l = started(func);
        f(l.pc + 1, &l);
        return;
    }
    if kind == Kind::All as usize && head & NATIVE != 0 {
        native_frame(pcs, &mut f);
    }
    if frames(kind, head >> 8, pcs, &mut f) == 0 {
        // All of it is in the runtime.
        frames(Kind::All as usize, 0, pcs, &mut f);
    }
}

/// The function that the program has started, given the goroutine's: what a wrapper of a `go` statement calls, if it calls one
/// function directly, or the one that has been inlined there.
fn started(func: FuncId) -> Logical {
    let own = Logical::outermost(func, func.entry());
    let last = own.name().rsplit(|&b| b == b'.').next().unwrap_or_default();
    if !last.starts_with(b"gowrap") || !func.compiled() {
        return own;
    }
    let mut found: Option<Logical> = None;
    let step = if cfg!(target_arch = "aarch64") { 4 } else { 1 };
    // The shortest instruction that calls ends there.
    let first = if cfg!(target_arch = "aarch64") { 4 } else { 5 };
    for ret in (func.entry() + first..func.entry() + func.map().body_end as usize).step_by(step) {
        let mut l = Logical::at(func, ret - 1);
        if l.inlined() {
            while let Some(outer) = l.next().filter(Logical::inlined) {
                l = outer;
            }
        } else {
            // SAFETY: the bytes before are the function's. What is no call leads to the beginning of no function.
            let Some(target) = (unsafe { call_target(ret) }) else { continue };
            let Some(f) = functab::find(target).filter(|f| f.compiled() && f.entry() == target) else {
                continue;
            };
            l = Logical::outermost(f, target);
        }
        if of_runtime(l.name()) {
            continue;
        }
        match &found {
            Some(other) if other.name() != l.name() => return own,
            _ => found = found.or(Some(l)),
        }
    }
    found.unwrap_or(own)
}

/// Calls `f` with the frame of the native that was called at the first PC, unless it is called by the runtime's Go half, whose
/// functions bear the names that users know.
fn native_frame(pcs: &[usize], f: &mut impl FnMut(usize, &Logical)) {
    let Some(&pc) = pcs.first() else { return };
    let Some(caller) = functab::find(pc - 1) else { return };
    if of_runtime(Logical::at(caller, pc - 1).name()) {
        return;
    }
    if let Some(native) = natives::called(pc)
        && let Some(func) = functab::find(native)
    {
        f(native + 1, &Logical::outermost(func, native));
    }
}

/// Whether a function is left out in the beginning of a stack.
fn left_out(kind: usize, name: &[u8]) -> bool {
    of_runtime(name)
        || kind == Kind::User as usize && name.starts_with(b"runtime/trace.")
        || kind == Kind::Network as usize && name.starts_with(b"internal/poll.(*pollDesc).")
}

/// Calls `f` with physical frames' logical ones, and returns how many there were.
fn frames(kind: usize, mut skip: usize, pcs: &[usize], f: &mut impl FnMut(usize, &Logical)) -> usize {
    let mut leading = kind != Kind::All as usize && kind != Kind::GoCode as usize;
    let (mut fault, mut callee, mut n) = (false, func_id::NORMAL, 0);
    for &pc in pcs {
        let lookup = if fault { pc } else { pc - 1 };
        let Some(func) = functab::find(lookup) else {
            fault = false;
            continue;
        };
        fault = func.func().func_id == func_id::SIGPANIC;
        let mut at = Some(Logical::at(func, lookup));
        while let Some(l) = at {
            at = l.next();
            let id = l.func_id();
            let hidden = id == func_id::WRAPPER && elide_wrapper_calling(callee);
            callee = id;
            let name = l.name();
            leading = leading && left_out(kind, name);
            if leading || hidden || name == b"runtime.main" {
                continue;
            }
            if skip > 0 {
                skip -= 1;
            } else if n < DEPTH - 1 {
                n += 1;
                f(l.pc + 1, &l);
            }
        }
    }
    n
}
