//! The stack at an interrupted instruction.
//!
//! Unlike the walker of `stack::unwind`, which starts where a goroutine stopped of its own accord, this one starts
//! anywhere: in a prologue, before a return, in an assembly leaf, in the middle of a switch of stacks. What it reads
//! may make no sense, hence every frame pointer is checked: it lies in the goroutine's stack, above the one before.
//!
//! * In a Go function that has no frame yet or any more ([`Context::frameless`]), the return address and the caller's
//!   frame pointer are where the architecture says.
//! * In an assembly leaf the frame pointer is the Go caller's. The return address is the word on the stack that lies
//!   directly below that caller's frame and leads into its code; nothing else on the stack satisfies both.
//! * Outside the goroutine's stack the thread is in a native: the goroutine's saved state is that of its caller. The
//!   system stack has no frames that are known; `runtime.systemstack` stands for the switch to it.
//!
//! The innermost frames are those of natives (`symtab::natives`).
//!
//! **Runs on** gsignal and g0. **May** not allocate or block.

use crate::arch::reflect;
use crate::arch::signal::Context;
use crate::sched::g::G;
use crate::symtab::callers::elide_wrapper_calling;
use crate::symtab::functab::{self, FuncId};
use crate::symtab::inline::Logical;
use crate::symtab::natives;
use grus_abi::moduledata::shown;
use grus_abi::symtab::func_id;

/// How many words of an assembly leaf's own are looked through for its return address.
const LEAF_WORDS: usize = 64;

/// Where a traceback of the calling thread's goroutine begins: PC, frame pointer, and whether PC is an instruction
/// rather than a return address.
///
/// # Safety
/// `g` is the goroutine of the calling thread, which was interrupted at `ctx`.
pub unsafe fn start(g: *mut G, ctx: &Context) -> (usize, usize, bool) {
    // SAFETY: passed on.
    unsafe { Walk::new(g, ctx) }.begin()
}

/// A walk over physical frames.
struct Walk {
    pc: usize,
    fp: usize,
    /// Whether `pc` is an instruction rather than a return address.
    exact: bool,
    /// Where the next frame is, if it is not linked to this one by the frame pointer.
    caller: Option<(usize, usize)>,
    /// What stands for the natives above, the innermost first; 0: nothing.
    natives: [usize; 2],
    lo: usize,
    hi: usize,
}

impl Walk {
    /// Whether two words at `p` lie in the stack.
    fn holds(&self, p: usize) -> bool {
        p.is_multiple_of(8) && p >= self.lo && p + 16 <= self.hi
    }

    /// # Safety
    /// `p` is in the stack.
    unsafe fn word(p: usize) -> usize {
        // SAFETY: passed on; the owner of the stack is the interrupted thread, which does not run.
        unsafe { (p as *const usize).read_volatile() }
    }

    /// Where to start on a thread that was interrupted while `g` was its goroutine.
    ///
    /// # Safety
    /// The thread is the calling one, or does not run.
    unsafe fn new(g: *mut G, ctx: &Context) -> Walk {
        // SAFETY: descriptors are never freed; what is read from the stack is in the stack.
        unsafe {
            let (pc, sp, fp) = (ctx.pc(), ctx.sp(), ctx.fp());
            let (lo, hi) = ((*g).h.stack_lo, (*g).h.stack_hi);
            let mut w = Walk { pc, fp, exact: true, caller: None, natives: [0; 2], lo, hi };
            if !w.holds(sp & !7) {
                w.system_stack(g);
                return w;
            }
            if let Some(f) = functab::find(pc) {
                let (at, map) = (pc - f.entry(), f.map());
                let body = (at as u32) < map.body_end && at as u32 >= map.body_start;
                w.caller = ctx.frameless(body.then_some(at - map.body_start as usize));
                return w;
            }
            if reflect::asm_frame(pc).is_some() {
                return w;
            }
            w.leaf(ctx);
            if w.pc != 0 {
                w.natives[0] = natives::called(w.pc).unwrap_or(0);
            }
            w
        }
    }

    /// Starts at the Go function whose native runs on the system stack.
    ///
    /// # Safety
    /// As [`Walk::new`].
    unsafe fn system_stack(&mut self, g: *mut G) {
        // SAFETY: passed on.
        unsafe {
            let saved = (*g).h.sched;
            self.exact = false;
            self.fp = saved.fp;
            if (*g).in_newstack {
                // The function that wants a larger stack has no frame yet.
                self.pc = (*g).h.morestack_pc;
                self.caller = Some((saved.pc, saved.fp));
                self.natives[0] = natives::pc(shown::NEWSTACK);
                self.natives[1] = natives::called(self.pc).unwrap_or(0);
                return;
            }
            self.pc = saved.pc;
            if let Some(native) = natives::called(saved.pc) {
                self.natives = [native, natives::pc(shown::SYSTEMSTACK)];
            }
        }
    }

    /// Where an ordinary walk begins: PC, frame pointer, and whether PC is an instruction rather than a return address. A
    /// function that has no frame is left out.
    fn begin(&self) -> (usize, usize, bool) {
        match self.caller {
            Some((pc, fp)) => (pc, fp, false),
            None => (self.pc, self.fp, self.exact),
        }
    }

    /// Starts at the caller of an assembly leaf.
    ///
    /// # Safety
    /// As [`Walk::new`].
    unsafe fn leaf(&mut self, ctx: &Context) {
        self.exact = false;
        if let Some(pc) = ctx.link_register()
            && functab::find(pc - 1).is_some()
        {
            self.pc = pc;
            return;
        }
        let mut p = ctx.sp() & !7;
        for _ in 0..LEAF_WORDS {
            if !self.holds(p) {
                break;
            }
            // SAFETY: in the stack.
            let word = unsafe { Walk::word(p) };
            if let Some(f) = functab::find(word.wrapping_sub(1)).filter(|f| f.compiled()) {
                let map = f.map();
                if p + 8 == self.fp.wrapping_sub(map.frame_size as usize) {
                    self.pc = word;
                    return;
                }
                if word - f.entry() >= map.body_end as usize && self.holds(p + 8) {
                    // In morestack: the function has no frame yet.
                    self.pc = word;
                    // SAFETY: in the stack.
                    self.caller = Some((unsafe { Walk::word(p + 8) }, self.fp));
                    return;
                }
            }
            p += 8;
        }
        self.pc = 0;
    }

    /// The next function outwards, and the PC that its tables are asked for.
    ///
    /// # Safety
    /// As [`Walk::new`].
    unsafe fn next(&mut self) -> Option<(FuncId, usize)> {
        loop {
            if self.pc == 0 {
                return None;
            }
            let lookup = if self.exact { self.pc } else { self.pc - 1 };
            let f = functab::find(lookup);
            if f.is_none() && reflect::asm_frame(lookup).is_none() {
                return None;
            }
            self.exact = f.is_some_and(|f| f.func().func_id == func_id::SIGPANIC);
            match self.caller.take() {
                Some((pc, fp)) => {
                    self.pc = pc;
                    self.fp = fp;
                }
                None if self.holds(self.fp) => {
                    // SAFETY: in the stack.
                    let (fp, pc) = unsafe { (Walk::word(self.fp), Walk::word(self.fp + 8)) };
                    self.pc = if fp > self.fp || fp == 0 { pc } else { 0 };
                    self.fp = fp;
                }
                None => self.pc = 0,
            }
            if let Some(f) = f {
                return Some((f, lookup));
            }
        }
    }
}

/// Stores the logical frames of the thread's goroutine as `runtime.Callers` would; returns how many.
///
/// # Safety
/// The thread is the calling one, or does not run; `g` is its goroutine.
pub unsafe fn interrupted(g: *mut G, ctx: &Context, pcs: &mut [usize]) -> usize {
    // SAFETY: passed on.
    unsafe {
        let mut walk = Walk::new(g, ctx);
        let mut n = 0;
        for pc in walk.natives {
            if pc != 0 && n < pcs.len() {
                pcs[n] = pc + 1;
                n += 1;
            }
        }
        let mut callee = func_id::NORMAL;
        while let Some((f, lookup)) = walk.next() {
            let mut at = Some(Logical::at(f, lookup));
            while let Some(l) = at {
                let id = l.func_id();
                if id != func_id::WRAPPER || !elide_wrapper_calling(callee) {
                    if n == pcs.len() {
                        return n;
                    }
                    pcs[n] = l.pc + 1;
                    n += 1;
                }
                callee = id;
                at = l.next();
            }
        }
        n
    }
}
