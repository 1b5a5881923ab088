//! Natives that hand stacks and symbols to Go: `runtime.Callers`, `CallersFrames`, `FuncForPC`, recover's frame test.
//!
//! **Runs on** g0. **May** not allocate or block.

use super::functab;
use super::inline::Logical;
use super::natives;
use crate::arch::switch::gostart_pc;
use crate::image::moduledata;
use crate::mem::gc;
use crate::native::Pair;
use crate::sched::g::G;
use crate::sched::m;
use crate::sched::world::{self, Reason, Suspend};
use crate::stack::unwind::{Code, Frame, Unwinder};
use grus_abi::moduledata::{GoString, shown};
use grus_abi::symtab::func_id;

/// Whether a wrapper is hidden when it called a function with this ID.
pub fn elide_wrapper_calling(id: u8) -> bool {
    !matches!(id, func_id::GOPANIC | func_id::SIGPANIC | func_id::PANICWRAP)
}

/// Calls `f` for every logical frame, innermost first, until it returns false.
///
/// # Safety
/// The stack does not change during the walk.
pub unsafe fn for_each_logical(walk: &mut Unwinder, mut f: impl FnMut(&Frame, &Logical) -> bool) {
    // SAFETY: passed on.
    while let Some(frame) = unsafe { walk.next() } {
        let Code::Go(func) = frame.code else { continue };
        let mut at = Some(Logical::at(func, frame.lookup_pc()));
        while let Some(l) = at {
            if !f(&frame, &l) {
                return;
            }
            at = l.next();
        }
    }
}

/// Logical return PCs as `runtime.Callers` stores them.
///
/// # Safety
/// `g` is stopped; `pcs` has room for n words.
unsafe fn collect(g: *mut G, mut skip: usize, pcs: *mut usize, n: usize) -> usize {
    let mut len = 0;
    let mut callee = func_id::NORMAL;
    let mut put = |pc: usize, len: &mut usize| {
        if skip > 0 {
            skip -= 1;
        } else if *len < n {
            // SAFETY: below n.
            unsafe { *pcs.add(*len) = pc };
            *len += 1;
        }
        *len < n
    };
    // SAFETY: the goroutine is stopped.
    unsafe {
        for_each_logical(&mut Unwinder::of(g), |_, l| {
            let id = l.func_id();
            let hidden = id == func_id::WRAPPER && elide_wrapper_calling(callee);
            callee = id;
            hidden || put(l.pc + 1, &mut len)
        });
    }
    // The stub that started the goroutine counts as runtime.goexit, the outermost frame.
    if len < n {
        put(natives::pc(shown::GOEXIT) + 1, &mut len);
    }
    len
}

/// The same for a profile of goroutines, where natives have frames, too, and the first function of a goroutine that has
/// not run yet.
///
/// # Safety
/// As [`collect`]. The goroutine is not the current one.
unsafe fn collect_all(g: *mut G, pcs: *mut usize, n: usize) -> usize {
    let mut len = 0;
    // SAFETY: passed on.
    unsafe {
        let first = if (*g).h.sched.pc == gostart_pc() { (*g).h.go.startpc } else { 0 };
        let [park, native] = natives::above(g);
        for pc in [park, native, first] {
            if pc != 0 && len < n {
                *pcs.add(len) = pc + 1;
                len += 1;
            }
        }
        len + collect(g, 0, pcs.add(len), n - len)
    }
}

unsafe extern "C" fn callers(skip: usize, pcs: *mut usize, n: usize) -> usize {
    // SAFETY: the entry's own goroutine; the Go half passes a buffer of n words.
    unsafe { collect(m::curg(), skip, pcs, n) }
}

/// `gcallers(gp uintptr, pcs *uintptr, n int) int`: stops another goroutine for as long as it takes. -1: it could not be
/// stopped now, the caller tries again.
unsafe extern "C" fn gcallers(g: *mut G, pcs: *mut usize, n: usize) -> isize {
    // SAFETY: the Go half passes a descriptor and a buffer of n words.
    unsafe {
        match world::suspend_g(g) {
            Suspend::Stopped(s) => {
                let len = collect_all(g, pcs, n);
                world::resume_g(s);
                len as isize
            }
            Suspend::Dead => 0,
            Suspend::Busy => -1,
        }
    }
}

/// `gprofile(out *unsafe.Pointer, n int) (words, goroutines int)`: the stacks of all other goroutines that users see, at one
/// moment. For each: its labels, the number of PCs, at most `depth` of them, and the PCs. What does not fit is counted only.
unsafe extern "C" fn gprofile(out: *mut usize, n: usize, depth: usize) -> Pair {
    let me = m::curg();
    let (mut words, mut count) = (0, 0);
    // SAFETY: the Go half passes n words of the heap; the entry's goroutine holds no lock.
    unsafe {
        world::stop_the_world(Reason::GoroutineProfile);
        world::for_each_g(|g| {
            if g == me || (*g).hidden() {
                return;
            }
            count += 1;
            if words + 2 + depth > n {
                words += 2 + depth;
                return;
            }
            let record = out.add(words);
            let len = collect_all(g, record.add(2), depth);
            let labels = (*g).h.go.labels;
            if gc::marking() {
                gc::barrier::shade(labels);
            }
            *record = labels;
            *record.add(1) = len;
            words += 2 + len;
        });
        world::start_the_world();
    }
    Pair(words, count)
}

/// The Go half's `pcFrame`.
#[repr(C)]
pub struct PcFrame {
    func: usize,
    entry: usize,
    name: GoString,
    file: GoString,
    line: i32,
    start_line: i32,
    func_id: u8,
    inlined: u8,
    /// PC of the enclosing logical frame of an inlined one, else 0.
    parent_pc: usize,
}

fn string(s: &'static [u8]) -> GoString {
    GoString { ptr: s.as_ptr(), len: s.len() }
}

fn fill(l: &Logical) -> PcFrame {
    let (file, line) = l.file_line();
    // Code that only drops a func value's context, and what is inlined there, is the function to Go.
    let wrapper = l.func.func().func_id == func_id::WRAPPER;
    let own = if wrapper { functab::namesake(l.func) } else { None };
    let func = own.unwrap_or(l.func);
    let stands_for_own = own.is_some() && l.name() == l.func.name();
    PcFrame {
        func: func.func() as *const _ as usize,
        entry: func.entry(),
        name: string(l.name()),
        file: string(file),
        line,
        start_line: l.start_line(),
        func_id: l.func_id(),
        inlined: (l.inlined() && !stands_for_own) as u8,
        parent_pc: l.next().map_or(0, |outer| outer.pc),
    }
}

unsafe extern "C" fn pcframe(pc: usize, out: *mut PcFrame) -> usize {
    let frame = match functab::find(pc) {
        Some(f) => fill(&Logical::at(f, pc)),
        None => return 0,
    };
    // SAFETY: the Go half passes a pcFrame.
    unsafe { *out = frame };
    1
}

unsafe extern "C" fn funcframe(record: usize, pc: usize, out: *mut PcFrame) -> usize {
    let Some(f) = functab::from_func(record) else { return 0 };
    let pc = if pc == 0 { f.entry() } else { pc };
    // The PC may be that of a func value's code.
    let code = functab::find(pc).filter(|&c| c != f && functab::namesake(c) == Some(f));
    let frame = fill(&Logical::outermost(code.unwrap_or(f), pc));
    // SAFETY: the Go half passes a pcFrame.
    unsafe { *out = frame };
    1
}

/// `funcentry(fn unsafe.Pointer) uintptr`: what `reflect.Value.Pointer` gives for the function, where it is a func value.
unsafe extern "C" fn funcentry(record: usize) -> usize {
    match functab::from_func(record) {
        Some(f) => functab::namesake(f).unwrap_or(f).entry(),
        None => record,
    }
}

/// True if exactly one frame that is no wrapper lies between the caller (`gorecover`) and `gopanic`.
unsafe extern "C" fn canrecover() -> usize {
    let mut position = 0;
    let mut result = false;
    // SAFETY: the entry's own goroutine is stopped.
    unsafe {
        for_each_logical(&mut Unwinder::new(&(*m::curg()).h.sched), |_, l| {
            position += 1;
            if position == 1 {
                return true;
            }
            match l.func_id() {
                func_id::WRAPPER => {
                    position -= 1;
                    true
                }
                func_id::GOPANIC => {
                    result = position == 3;
                    false
                }
                _ => position <= 2,
            }
        });
    }
    result as usize
}

/// Whether a PC lies in the program's Go text.
pub fn in_go_text(pc: usize) -> bool {
    let d = moduledata();
    pc >= d.text && pc < d.etext
}

crate::g0_entry! {
    "runtime.callers" => callers,
    "runtime.gcallers" => gcallers,
    "runtime.gprofile" => gprofile,
    "runtime.pcframe" => pcframe,
    "runtime.funcframe" => funcframe,
    "runtime.funcentry" => funcentry,
    "runtime.canrecover" => canrecover,
}

#[cfg(test)]
mod tests {
    use super::PcFrame;
    use core::mem::offset_of;

    #[test]
    fn layout_is_that_of_the_go_half() {
        assert_eq!(offset_of!(PcFrame, line), 48);
        assert_eq!(offset_of!(PcFrame, func_id), 56);
        assert_eq!(offset_of!(PcFrame, parent_pc), 64);
    }
}
