//! Tracebacks in gc's format.
//!
//! ```text
//! goroutine 1 [running]:
//! main.f(0x1, {0x4b2c80, 0x3})
//!     /path/file.go:12 +0x1d
//! created by main.main in goroutine 1
//!     /path/file.go:5 +0x25
//! ```
//!
//! Runtime frames are hidden unless the level is 2 or nothing else would be printed; wrappers are hidden unless they
//! called a panic function; `runtime.gopanic` in the middle is shown as `panic`. Of long stacks the 50 innermost and
//! the 50 outermost frames are shown.
//!
//! **Runs on** g0 and gsignal. **May** block in write(2). Lock ranks: `allgs`.

use super::args::{self, Registers};
use super::callers::elide_wrapper_calling;
use super::functab;
use super::inline::Logical;
use super::natives;
use crate::arch::switch::gostart_pc;
use crate::debug;
use crate::os::clock;
use crate::os::output::Sink;
use crate::sched::bubble::{self, Bubble};
use crate::sched::g::{self, G};
use crate::sched::m::{self, M};
use crate::sched::world::{self, Reason};
use crate::sched::{park, schedule};
use crate::stack::unwind::{Code, Frame, Unwinder};
use grus_abi::g::Gobuf;
use grus_abi::moduledata::shown;
use grus_abi::symtab::func_id;

const INNER: usize = 50;
const OUTER: usize = 50;

/// Where a traceback begins.
#[derive(Clone, Copy)]
pub enum Start {
    /// At the goroutine's saved state.
    Saved,
    /// Where a signal interrupted the goroutine. `exact`: the PC is an instruction, else a return address.
    Interrupted { pc: usize, fp: usize, exact: bool },
    /// At the saved state, from the first frame of this function ID on.
    From(u8),
    /// At the saved state, below the first n logical frames.
    Skip(usize),
    /// At the entry of the function that called `morestack`.
    Morestack,
}

/// What is shown.
#[derive(Clone, Copy)]
pub struct Style {
    /// 2: runtime frames and addresses.
    pub level: i32,
    /// `G::callee` of the current goroutine holds its registers.
    pub own_registers: bool,
}

fn walk(g: *mut G, start: Start) -> Unwinder {
    match start {
        Start::Interrupted { pc, fp, exact: true } => Unwinder::at_fault(pc, fp),
        Start::Interrupted { pc, fp, exact: false } => Unwinder::new(&Gobuf { pc, sp: 0, fp }),
        // SAFETY: the goroutine is stopped.
        _ => unsafe { Unwinder::of(g) },
    }
}

fn visible(l: &Logical, first: bool, callee: u8, level: i32) -> bool {
    if level > 1 {
        return true;
    }
    let id = l.func_id();
    if id == func_id::WRAPPER && elide_wrapper_calling(callee) {
        return false;
    }
    if matches!(id, func_id::RUN_FINALIZERS | func_id::RUN_CLEANUPS) {
        return true;
    }
    let name = l.name();
    if name == b"runtime.gopanic" && !first {
        return true;
    }
    name.contains(&b'.') && (!name.starts_with(b"runtime.") || exported(&name[8..]))
}

/// Whether the part of a name behind `runtime.` is an exported function, or an exported method of an exported type.
fn exported(name: &[u8]) -> bool {
    let upper = |s: &[u8]| s.first().is_some_and(|b| b.is_ascii_uppercase());
    match name.iter().rposition(|&b| b == b'.') {
        None => upper(name),
        Some(i) => {
            let mut receiver = &name[..i];
            if receiver.len() >= 3 && receiver.starts_with(b"(*") && receiver.ends_with(b")") {
                receiver = &receiver[2..receiver.len() - 1];
            }
            upper(&name[i + 1..]) && (receiver.is_empty() || upper(receiver))
        }
    }
}

/// A name with type arguments shortened to `[...]`.
fn print_name(s: &mut Sink, name: &[u8]) {
    if name == b"runtime.gopanic" {
        s.str("panic");
        return;
    }
    match (name.iter().position(|&b| b == b'['), name.iter().rposition(|&b| b == b']')) {
        (Some(i), Some(j)) if i < j => {
            s.bytes(&name[..i]).str("[...]").bytes(&name[j + 1..]);
        }
        _ => {
            s.bytes(name);
        }
    }
}

fn print_native(s: &mut Sink, l: &Logical) {
    let (file, line) = l.file_line();
    print_name(s, l.name());
    s.str("(...)\n\t").bytes(file).str(":").dec(line as i64).str("\n");
}

/// Prints the stack of the thread's own, as far as it has names: PCs that stand for natives, 0 for none.
pub fn system_stack(s: &mut Sink, pcs: &[usize]) {
    s.str("\nruntime stack:\n");
    for &pc in pcs {
        if let Some(f) = functab::find(pc) {
            print_native(s, &Logical::outermost(f, pc));
        }
    }
}

/// Counts and prints logical frames; see `frames`.
struct Printer<'a, 'b> {
    sink: &'a mut Sink<'b>,
    style: Style,
    show_runtime: bool,
    skip: usize,
    max: usize,
    /// Visible frames seen, printed or skipped.
    seen: usize,
    callee: u8,
    callee_name: &'static [u8],
    dropping: Option<Start>,
    /// Callee-saved registers at the frame's call.
    registers: Registers,
}

impl Printer<'_, '_> {
    /// A frame of a native, given by the PC that stands for it.
    fn native(&mut self, pc: usize) {
        let Some(f) = functab::find(pc) else { return };
        let l = Logical::outermost(f, pc);
        if !self.show_runtime && !visible(&l, self.seen == 0, self.callee, self.style.level) {
            return;
        }
        if self.count() == Some(true) {
            print_native(self.sink, &l);
        }
    }

    /// Counts a frame, and says whether it is to be printed; `None`: enough have been.
    fn count(&mut self) -> Option<bool> {
        if self.skip == 0 && self.max == 0 {
            return None;
        }
        self.seen += 1;
        if self.skip > 0 {
            self.skip -= 1;
            return Some(false);
        }
        self.max -= 1;
        Some(true)
    }

    /// Whether to go on.
    fn frame(&mut self, frame: &Frame, l: &Logical) -> bool {
        match self.dropping {
            Some(Start::From(id)) => {
                if l.func_id() != id {
                    return true;
                }
                self.dropping = None;
            }
            Some(Start::Skip(n)) if n > 0 => {
                self.dropping = Some(Start::Skip(n - 1));
                return true;
            }
            _ => {}
        }
        let callee = core::mem::replace(&mut self.callee, l.func_id());
        let callee_name = core::mem::replace(&mut self.callee_name, l.name());
        if l.func_id() == func_id::WRAPPER && l.name() == callee_name {
            // The thunk of a function that was called as a value, which is no function of the program's.
            return true;
        }
        if !self.show_runtime && !visible(l, self.seen == 0, callee, self.style.level) {
            return true;
        }
        let counted = self.count();
        if counted == Some(true) {
            self.print(frame, l);
        }
        counted.is_some()
    }

    /// The stub that started the goroutine, which is `runtime.goexit` to Go.
    fn goexit(&mut self, pc: usize, sp: usize) {
        if !self.show_runtime && self.style.level < 2 || self.count() != Some(true) {
            return;
        }
        let name = natives::pc(shown::GOEXIT);
        let Some(f) = functab::find(name) else { return };
        let (file, line) = Logical::outermost(f, name).file_line();
        let s = &mut *self.sink;
        s.str("runtime.goexit({})\n\t").bytes(file).str(":").dec(line as i64);
        s.str(" +").hex(pc - gostart_pc());
        if self.style.level >= 2 {
            s.str(" fp=").hex(sp + 8).str(" sp=").hex(sp).str(" pc=").hex(pc);
        }
        s.str("\n");
    }

    fn print(&mut self, frame: &Frame, l: &Logical) {
        let s = &mut *self.sink;
        print_name(s, l.name());
        s.str("(");
        if l.inlined() {
            s.str("...");
        } else {
            // SAFETY: the goroutine is stopped: its frames are intact.
            unsafe { args::print(s, frame, &self.registers) };
        }
        s.str(")\n\t");
        let (file, line) = l.file_line();
        s.bytes(file).str(":").dec(line as i64);
        if !l.inlined() {
            let entry = l.func.entry();
            if frame.pc > entry {
                s.str(" +").hex(frame.pc - entry);
            }
            if self.style.level >= 2 {
                s.str(" fp=").hex(frame.fp + 16).str(" sp=").hex(frame.sp()).str(" pc=").hex(frame.pc);
            }
        }
        s.str("\n");
    }
}

/// Callee-saved registers of a stopped goroutine, where they are known.
///
/// # Safety
/// The goroutine is stopped.
unsafe fn registers(g: *mut G, start: Start, style: Style) -> Registers {
    // SAFETY: passed on.
    unsafe {
        let known = match (*g).status() {
            g::RUNNABLE | g::WAITING => true,
            _ if matches!(start, Start::Morestack) => true,
            _ => style.own_registers && g == m::curg(),
        };
        let at_call = !matches!(start, Start::Interrupted { .. });
        if known && at_call { Registers::of(&(*g).h.callee) } else { Registers::default() }
    }
}

/// Prints frames after the first `skip` visible ones, at most `max`; returns how many were seen.
///
/// # Safety
/// The goroutine is stopped.
unsafe fn frames(
    s: &mut Sink,
    g: *mut G,
    start: Start,
    style: Style,
    show_runtime: bool,
    skip: usize,
    max: usize,
) -> usize {
    let dropping = matches!(start, Start::From(_) | Start::Skip(_)).then_some(start);
    // SAFETY: the goroutine is stopped.
    let registers = unsafe { registers(g, start, style) };
    let (callee, callee_name) = (func_id::NORMAL, &[][..]);
    let mut p = Printer {
        sink: s,
        style,
        show_runtime,
        skip,
        max,
        seen: 0,
        callee,
        callee_name,
        dropping,
        registers,
    };
    // SAFETY: the goroutine is stopped.
    unsafe {
        let h = &(*g).h;
        if let Start::Morestack = start
            && let Some(f) = functab::find(h.morestack_pc)
        {
            let entry = f.entry();
            let frame =
                Frame { code: Code::Go(f), pc: entry + 1, fault: false, fp: h.sched.sp.wrapping_sub(16) };
            p.frame(&frame, &Logical::outermost(f, entry));
        }
        if h.sched.pc == gostart_pc()
            && let Some(f) = functab::find(h.go.startpc)
        {
            // Created, but not run yet.
            let frame = Frame { code: Code::Go(f), pc: f.entry(), fault: true, fp: h.sched.sp };
            p.frame(&frame, &Logical::outermost(f, f.entry()));
        }
        let natives = match start {
            Start::Saved => natives::above(g),
            // In a leaf, if not in Go code.
            Start::Interrupted { pc, exact: false, .. } => [0, natives::called(pc).unwrap_or(0)],
            _ => [0; 2],
        };
        natives.into_iter().filter(|&pc| pc != 0).for_each(|pc| p.native(pc));
        let mut walk = walk(g, start);
        let mut sp = h.sched.sp;
        'frames: while let Some(frame) = walk.next() {
            let mut at = match frame.code {
                Code::Go(f) => Some(Logical::at(f, frame.lookup_pc())),
                Code::Asm(_) => None,
            };
            while let Some(l) = at {
                if !p.frame(&frame, &l) {
                    break 'frames;
                }
                at = l.next();
            }
            p.registers.leave(&frame);
            sp = frame.fp + 16;
        }
        if let Some(pc) = walk.goroutine_start() {
            p.goexit(pc, sp);
        }
    }
    p.seen
}

/// Prints a goroutine's frames and where it was created.
///
/// # Safety
/// The goroutine is stopped.
pub unsafe fn stack(s: &mut Sink, g: *mut G, start: Start, style: Style) {
    // SAFETY: passed on.
    unsafe {
        for show_runtime in [false, true] {
            let n = frames(s, g, start, style, show_runtime, 0, INNER);
            if n == 0 {
                continue;
            }
            if n == INNER {
                let total = frames(s, g, start, style, show_runtime, usize::MAX, 0);
                if total > INNER + OUTER {
                    let elided = total - INNER - OUTER;
                    s.str("...").dec(elided as i64).str(" frames elided...\n");
                    frames(s, g, start, style, show_runtime, INNER + elided, OUTER);
                } else {
                    frames(s, g, start, style, show_runtime, INNER, OUTER);
                }
            }
            break;
        }
        created_by(s, g, style);
    }
}

unsafe fn created_by(s: &mut Sink, g: *mut G, style: Style) {
    // SAFETY: descriptors are never freed.
    unsafe {
        let go = &(*g).h.go;
        if go.goid == 1 || go.gopc == 0 {
            return;
        }
        let Some(f) = functab::find(go.gopc - 1) else { return };
        // The function that the `go` statement stands in may have been inlined.
        let l = Logical::at(f, go.gopc - 1);
        if !visible(&l, false, func_id::NORMAL, style.level) {
            return;
        }
        s.str("created by ");
        print_name(s, l.name());
        if go.parent_goid != 0 {
            s.str(" in goroutine ").dec(go.parent_goid as i64);
        }
        let (file, line) = l.file_line();
        s.str("\n\t").bytes(file).str(":").dec(line as i64);
        s.str(" +").hex(go.gopc - f.entry()).str("\n");
    }
}

/// Prints `goroutine N [status]:`.
///
/// # Safety
/// `g` is a live descriptor.
pub unsafe fn header(s: &mut Sink, g: *mut G, style: Style) {
    // SAFETY: descriptors are never freed.
    unsafe {
        let status = (*g).status();
        let text = match status {
            g::IDLE => "idle",
            g::RUNNABLE => "runnable",
            g::RUNNING => "running",
            g::SYSCALL => "syscall",
            g::WAITING if (*g).wait_reason != 0 => park::reason_text((*g).wait_reason),
            g::WAITING => "waiting",
            g::PREEMPTED => "preempted",
            _ => "dead",
        };
        s.str("goroutine ").dec((*g).h.go.goid as i64);
        if style.level >= 2 {
            s.str(" gp=").hex(g as usize);
            match (*g).h.m as *const M {
                // One that neither runs nor is in a system call names the thread that it ran on last.
                m if m.is_null() || !matches!(status, g::RUNNING | g::SYSCALL) => s.str(" m=nil"),
                m => s.str(" m=").dec((*m).id.into()).str(" mp=").hex(m as usize),
            };
        }
        s.str(" [").str(text);
        if status == g::WAITING && (*g).leaked {
            s.str(" (leaked)");
        }
        let bubble = (*g).h.go.bubble as *const Bubble;
        if !bubble.is_null()
            && status == g::WAITING
            && bubble::durable((*g).wait_reason)
            && !text.ends_with("(durable)")
        {
            s.str(" (durable)");
        }
        if matches!(status, g::WAITING | g::SYSCALL) && (*g).wait_since != 0 {
            let minutes = (clock::nanotime() - (*g).wait_since) / 60_000_000_000;
            if minutes >= 1 {
                s.str(", ").dec(minutes).str(" minutes");
            }
        }
        if !(*g).lockedm.is_null() {
            s.str(", locked to thread");
        }
        if !bubble.is_null() {
            s.str(", synctest bubble ").dec((*bubble).id as i64);
        }
        s.str("]:\n");
    }
}

/// Prints all goroutines but `me`, each after an empty line; the one of the calling thread comes first.
///
/// # Safety
/// The other goroutines do not run, or on other threads.
pub unsafe fn others(s: &mut Sink, me: *mut G, style: Style) {
    // SAFETY: passed on.
    unsafe { some_others(s, me, style, 0) }
}

/// The same for the goroutines of one bubble (0: all goroutines).
///
/// # Safety
/// As [`others`].
pub unsafe fn some_others(s: &mut Sink, me: *mut G, style: Style, bubble: usize) {
    let own = m::curg();
    // SAFETY: descriptors are never freed.
    unsafe {
        let other_bubble = |g: *mut G| bubble != 0 && (*g).h.go.bubble != bubble;
        if !own.is_null() && own != me && !other_bubble(own) {
            s.str("\n");
            header(s, own, style);
            stack(s, own, Start::Saved, style);
        }
        schedule::for_each_live(|g| {
            if g == me || g == own || other_bubble(g) || (*g).hidden() && style.level < 2 {
                return;
            }
            s.str("\n");
            header(s, g, style);
            if (*g).status() == g::RUNNING {
                s.str("\tgoroutine running on other thread; stack unavailable\n");
                created_by(s, g, style);
            } else {
                stack(s, g, Start::Saved, style);
            }
        });
    }
}

/// `stackdump(buf *byte, n int, all bool) int`: the text of `runtime.Stack`. The calling Go frame is
/// `runtime.Stack` itself, an exported runtime function that gc does not show either: skipped.
unsafe extern "C" fn stackdump(buf: *mut u8, n: usize, all: usize) -> usize {
    // SAFETY: the Go half passes a buffer of n bytes; the entry's own goroutine is stopped.
    unsafe {
        let out = if n == 0 { &mut [][..] } else { core::slice::from_raw_parts_mut(buf, n) };
        let mut s = Sink::buffer(out);
        let style = Style { level: debug::get().level.min(1), own_registers: true };
        let g = m::curg();
        header(&mut s, g, style);
        stack(&mut s, g, Start::Skip(1), style);
        if crate::native::flag(all) {
            world::stop_the_world(Reason::AllGoroutinesStack);
            others(&mut s, g, style);
            world::start_the_world();
        }
        s.len()
    }
}

crate::g0_entry_saving! {
    "runtime.stackdump" => stackdump,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exported_runtime_names() {
        for (name, want) in [
            ("Gosched", true),
            ("gopark", false),
            ("(*Func).Name", true),
            ("(*Func).name", false),
            ("(*hchan).Len", false),
            ("", false),
        ] {
            assert_eq!(exported(name.as_bytes()), want, "{name}");
        }
    }

    #[test]
    fn names_are_shortened() {
        let mut b = [0u8; 100];
        let mut s = Sink::buffer(&mut b);
        print_name(&mut s, b"main.F[int,map[string]int].func1");
        s.str(" ");
        print_name(&mut s, b"runtime.gopanic");
        let n = s.len();
        drop(s);
        assert_eq!(&b[..n], b"main.F[...].func1 panic");
    }
}
