//! The frame walker.
//!
//! A goroutine that does not run is described by a [`Gobuf`]: the state just after its innermost call returns. From
//! there frames are linked by frame pointers: `[fp]` is the caller's FP, `[fp+8]` the return address. The chain ends
//! at the stub that started the goroutine (its code is not Go text) or at a null FP.
//!
//! A frame whose callee is `sigpanic` stopped at a *fault*: its PC is the faulting instruction, not a return
//! address, and only its frame set is live.
//!
//! Assembly frames that call Go (`runtime.callregs`, the reflect stubs) are known by PC range; they name the pointer
//! words of their frame relative to FP.
//!
//! **Runs on** g0 and gsignal. **May** not allocate or block. Lock ranks: none.

use crate::arch::reflect::{self, AsmFrame};
use crate::arch::switch::gostart_pc;
use crate::sched::g::G;
use crate::symtab::functab::{self, FuncId};
use grus_abi::g::Gobuf;
use grus_abi::symtab::{StackObject, func_id};

/// Whose code a frame runs.
#[derive(Clone, Copy)]
pub enum Code {
    /// A compiled function.
    Go(FuncId),
    /// An assembly stub with a hand-written record.
    Asm(&'static AsmFrame),
}

/// A physical frame.
#[derive(Clone, Copy)]
pub struct Frame {
    pub code: Code,
    /// Return address of the innermost call, or the faulting PC.
    pub pc: usize,
    /// Whether `pc` faulted.
    pub fault: bool,
    pub fp: usize,
}

impl Frame {
    /// PC inside the instruction that the frame is at: what line tables are asked for.
    #[inline]
    pub fn lookup_pc(&self) -> usize {
        if self.fault { self.pc } else { self.pc - 1 }
    }

    /// Stack pointer at the frame's calls; for an assembly frame, its FP.
    pub fn sp(&self) -> usize {
        match self.code {
            Code::Go(f) => self.fp - f.map().frame_size as usize,
            Code::Asm(_) => self.fp,
        }
    }
}

/// Bytes of the stub that starts goroutines.
pub const GOSTART_SIZE: usize = 24;

/// Walks from the innermost frame outwards.
pub struct Unwinder {
    pc: usize,
    fp: usize,
    fault: bool,
}

impl Unwinder {
    /// Starts at a goroutine's saved state.
    pub fn new(state: &Gobuf) -> Unwinder {
        Unwinder { pc: state.pc, fp: state.fp, fault: false }
    }

    /// Starts where a goroutine stands that does not run.
    ///
    /// # Safety
    /// `g` is stopped.
    pub unsafe fn of(g: *mut G) -> Unwinder {
        // SAFETY: passed on.
        unsafe {
            let state = &(*g).h.sched;
            if (*g).stopped.is_null() { Unwinder::new(state) } else { Unwinder::at_fault(state.pc, state.fp) }
        }
    }

    /// Starts at a faulting instruction (signal handlers).
    pub fn at_fault(pc: usize, fp: usize) -> Unwinder {
        Unwinder { pc, fp, fault: true }
    }

    /// At the end of the chain: PC in the stub that started the goroutine.
    pub fn goroutine_start(&self) -> Option<usize> {
        let in_stub = self.pc.wrapping_sub(gostart_pc()) < GOSTART_SIZE;
        in_stub.then_some(self.pc)
    }

    /// The next frame outwards.
    ///
    /// # Safety
    /// The goroutine's stack does not change during the walk, and its frame chain is intact.
    pub unsafe fn next(&mut self) -> Option<Frame> {
        if self.fp == 0 || self.pc == 0 {
            return None;
        }
        let lookup = if self.fault { self.pc } else { self.pc - 1 };
        let code = match functab::find(lookup) {
            Some(f) => Code::Go(f),
            None => Code::Asm(reflect::asm_frame(lookup)?),
        };
        let frame = Frame { code, pc: self.pc, fault: self.fault, fp: self.fp };
        self.fault = match code {
            Code::Go(f) => f.func().func_id == func_id::SIGPANIC,
            Code::Asm(_) => false,
        };
        // SAFETY: a frame of the chain holds the caller's FP and the return address at its FP.
        unsafe {
            self.pc = *((self.fp + 8) as *const usize);
            self.fp = *(self.fp as *const usize);
        }
        Some(frame)
    }
}

/// Calls `f` with the address of every word of a frame that holds a live pointer, stack objects excepted.
///
/// # Safety
/// The frame is intact.
pub unsafe fn for_each_pointer(frame: &Frame, mut f: impl FnMut(*mut usize)) {
    match frame.code {
        Code::Go(func) => {
            let map = func.map();
            let sp = frame.fp - map.frame_size as usize;
            let mut bits = |bitmap: *const u8, words: u32| {
                for byte in 0..words.div_ceil(8) as usize {
                    // SAFETY: bitmaps have ceil(words/8) bytes.
                    let mut b = unsafe { *bitmap.add(byte) };
                    while b != 0 {
                        let i = byte * 8 + b.trailing_zeros() as usize;
                        b &= b - 1;
                        f((sp + 8 * i) as *mut usize);
                    }
                }
            };
            if map.nslots != 0 {
                bits(func.slots(), map.nslots);
            }
            if !frame.fault
                && let Some(stack_map) = func.stack_map((frame.pc - func.entry()) as u32)
            {
                bits(stack_map, map.map_words);
            }
        }
        Code::Asm(a) => {
            for &off in a.pointers {
                f(frame.fp.wrapping_add_signed(off) as *mut usize);
            }
        }
    }
}

/// Calls `f` with every word of the block to which a frame has spilled its arguments that was an address on the
/// goroutine's stack, as an address on the stack that ends at `stack_hi`. The Go code that the frame has called may not
/// have copied what lies there yet.
///
/// # Safety
/// The frame is intact.
pub unsafe fn for_each_spilled_address(frame: &Frame, stack_hi: usize, f: impl FnMut(usize)) {
    let Code::Asm(AsmFrame { spill: Some(off), .. }) = frame.code else { return };
    // SAFETY: the frame holds the address of its block, or null before there is one.
    unsafe {
        let block = *(frame.fp.wrapping_add_signed(*off) as *const usize);
        if block != 0 {
            crate::reflect::for_each_stack_address(block, stack_hi, f);
        }
    }
}

/// Calls `f` with the address of every pointer word of a stack object that lies at `addr`.
///
/// # Safety
/// The object's frame is intact.
pub unsafe fn for_each_object_word(object: &StackObject, addr: usize, mut f: impl FnMut(*mut usize)) {
    let mask = FuncId::object_mask(object);
    for k in 0..object.mask_words as usize {
        // SAFETY: the mask has a bit for each word.
        if unsafe { *mask.add(k / 8) } >> (k % 8) & 1 != 0 {
            f((addr + 8 * k) as *mut usize);
        }
    }
}

/// Calls `f` with the address of every pointer word of a frame's stack objects, live or not: what they hold must be
/// right if they are.
///
/// # Safety
/// The frame is intact.
pub unsafe fn for_each_object_pointer(frame: &Frame, mut f: impl FnMut(*mut usize)) {
    let Code::Go(func) = frame.code else { return };
    for object in func.objects() {
        // SAFETY: passed on.
        unsafe { for_each_object_word(object, frame.sp() + object.offset as usize, &mut f) };
    }
}
