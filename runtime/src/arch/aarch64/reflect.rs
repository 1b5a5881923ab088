//! Calls whose signature is known at run time only.
//!
//! * `runtime.callregs(code, b)` loads all argument registers and stack words from a call block, calls, and stores all
//!   result registers.
//! * `reflect.makeFuncStub` and `reflect.methodValueCall` are the code of closures made by reflection: they spill the
//!   argument registers into a heap block, call Go with it, and load the result registers.
//!
//! These are the only assembly frames below Go frames. [`asm_frame`] gives the frame walker their pointer words.
//!
//! Frame of `callregs`: `[x29-8]` b, `[x29-16]` code, outgoing stack words below. Frame of the stubs: `[x29-8]` ctx,
//! `[x29-16]` spill block, then six integer registers from `[x29-64]` and eight vector registers from `[x29-128]`.
//!
//! **Runs on** goroutine stacks.

use core::arch::global_asm;
use grus_abi::g::{self as abi, GHeader};

/// An assembly frame that the walker knows.
pub struct AsmFrame {
    /// Pointer words, relative to FP.
    pub pointers: &'static [isize],
    /// The word that holds the address of the block into which the arguments are spilled, relative to FP.
    pub spill: Option<isize>,
    /// Its stack check, if it has one.
    pub check: Option<Check>,
}

/// What `morestack` needs to know about an assembly function with a stack check.
pub struct Check {
    /// Stack that the function needs.
    pub need: fn(&GHeader) -> usize,
    /// Where it continues.
    pub resume: unsafe extern "C" fn(),
    /// Argument registers that hold pointers.
    pub args: u8,
}

/// Offset of `nstack` in a call block.
const B_NSTACK: usize = 176;

fn callregs_need(h: &GHeader) -> usize {
    // SAFETY: the second argument of the interrupted call is its block.
    let words = unsafe { *((h.args[1] + B_NSTACK) as *const usize) };
    words * 8 + 256
}

static CALLREGS: AsmFrame = AsmFrame {
    pointers: &[-8],
    spill: None,
    check: Some(Check { need: callregs_need, resume: grus_callregs_body, args: 2 }),
};
#[cfg(grus_archive)]
static STUB: AsmFrame = AsmFrame { pointers: &[-8, -16], spill: Some(-16), check: None };

unsafe extern "C" {
    #[link_name = "runtime.callregs"]
    fn callregs();
    fn grus_callregs_body();
    fn grus_callregs_end();
}

#[cfg(grus_archive)]
unsafe extern "C" {
    fn grus_makefunc_start();
    fn grus_makefunc_end();
}

fn within(pc: usize, start: unsafe extern "C" fn(), end: unsafe extern "C" fn()) -> bool {
    pc >= start as *const () as usize && pc < end as *const () as usize
}

/// The record of the assembly function that contains a PC.
pub fn asm_frame(pc: usize) -> Option<&'static AsmFrame> {
    if within(pc, callregs, grus_callregs_end) {
        return Some(&CALLREGS);
    }
    #[cfg(grus_archive)]
    if within(pc, grus_makefunc_start, grus_makefunc_end) {
        return Some(&STUB);
    }
    None
}

global_asm!(
    ".pushsection \".text.grus.callregs\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"runtime.callregs\"",
    ".type \"runtime.callregs\",@function",
    "\"runtime.callregs\":",
    "ldr x9, [x3, #176]",
    "lsl x9, x9, #3",
    "add x9, x9, #256",
    "mov x10, sp",
    "sub x10, x10, x9",
    "ldr x11, [x21, #{STACKGUARD}]",
    "cmp x10, x11",
    "b.ls 9f",
    ".globl grus_callregs_body",
    "grus_callregs_body:",
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "stp x2, x3, [sp, #-16]!",
    "mov x9, x3",
    "ldr x10, [x9, #176]",
    "add x11, x10, #1",
    "and x11, x11, #-2",
    "sub sp, sp, x11, lsl #3",
    "ldr x12, [x9, #160]",
    "ldr x13, [x9, #168]",
    "mov x14, #0",
    "mov x17, sp",
    "2:",
    "cmp x14, x10",
    "b.hs 3f",
    "ldr x15, [x12, x14, lsl #3]",
    "ldr x16, [x13, x14, lsl #3]",
    "orr x15, x15, x16",
    "str x15, [x17, x14, lsl #3]",
    "add x14, x14, #1",
    "b 2b",
    "3:",
    "ldp x2, x3, [x9]",
    "ldp x4, x5, [x9, #16]",
    "ldp x6, x7, [x9, #32]",
    "ldp x10, x11, [x9, #48]",
    "ldp x12, x13, [x9, #64]",
    "ldp x14, x15, [x9, #80]",
    "orr x2, x2, x10",
    "orr x3, x3, x11",
    "orr x4, x4, x12",
    "orr x5, x5, x13",
    "orr x6, x6, x14",
    "orr x7, x7, x15",
    "ldp d0, d1, [x9, #96]",
    "ldp d2, d3, [x9, #112]",
    "ldp d4, d5, [x9, #128]",
    "ldp d6, d7, [x9, #144]",
    "ldr x16, [x29, #-16]",
    "blr x16",
    "ldr x9, [x29, #-8]",
    "stp x2, x3, [x9]",
    "stp x4, x5, [x9, #16]",
    "stp x6, x7, [x9, #32]",
    "stp d0, d1, [x9, #96]",
    "stp d2, d3, [x9, #112]",
    "stp d4, d5, [x9, #128]",
    "stp d6, d7, [x9, #144]",
    "ldr x10, [x9, #184]",
    "mov x11, #0",
    "4:",
    "ldr x12, [x9, x11, lsl #3]",
    "lsr x13, x10, x11",
    "tst x13, #1",
    "csel x12, x12, xzr, ne",
    "add x14, x9, #48",
    "str x12, [x14, x11, lsl #3]",
    "add x11, x11, #1",
    "cmp x11, #6",
    "b.lo 4b",
    "mov sp, x29",
    "ldp x29, x30, [sp], #16",
    "ret",
    "9:",
    "mov x16, x30",
    "bl {morestack}",
    "b \"runtime.callregs\"",
    ".globl grus_callregs_end",
    "grus_callregs_end:",
    ".size \"runtime.callregs\", . - \"runtime.callregs\"",
    ".popsection",
    STACKGUARD = const abi::STACKGUARD,
    morestack = sym crate::arch::switch::morestack,
);

// The stubs save the registers, let Rust build the spill block, call Go, and load the results. `grus_g0call` returns
// with the callee-saved registers and the frame intact; the frame may have moved during the Go call, so that it is
// addressed through x29 only.
#[cfg(grus_archive)]
global_asm!(
    ".pushsection \".text.grus.makefunc\",\"ax\",@progbits",
    ".weak \"reflect.makeFuncEntry\"",
    ".weak \"reflect.methodValueEntry\"",
    ".balign 16",
    ".globl grus_makefunc_start",
    "grus_makefunc_start:",
    ".globl \"reflect.makeFuncStub\"",
    ".type \"reflect.makeFuncStub\",@function",
    "\"reflect.makeFuncStub\":",
    "adrp x9, \"reflect.makeFuncEntry\"",
    "add x9, x9, :lo12:\"reflect.makeFuncEntry\"",
    "b 2f",
    ".globl \"reflect.methodValueCall\"",
    ".type \"reflect.methodValueCall\",@function",
    "\"reflect.methodValueCall\":",
    "adrp x9, \"reflect.methodValueEntry\"",
    "add x9, x9, :lo12:\"reflect.methodValueEntry\"",
    "2:",
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "sub sp, sp, #144",
    "stp xzr, x2, [x29, #-16]",
    "stp x2, x3, [x29, #-64]",
    "stp x4, x5, [x29, #-48]",
    "stp x6, x7, [x29, #-32]",
    "stp d0, d1, [x29, #-128]",
    "stp d2, d3, [x29, #-112]",
    "stp d4, d5, [x29, #-96]",
    "stp d6, d7, [x29, #-80]",
    "str x9, [x29, #-136]",
    "sub x2, x29, #128",
    "add x3, x29, #16",
    "adrp x16, {make_spill}",
    "add x16, x16, :lo12:{make_spill}",
    "bl grus_g0call",
    "str x2, [x29, #-16]",
    "mov x3, x2",
    "ldr x2, [x29, #-8]",
    "ldr x9, [x29, #-136]",
    "blr x9",
    "ldr x9, [x29, #-16]",
    "ldp d0, d1, [x9, #96]",
    "ldp d2, d3, [x9, #112]",
    "ldp d4, d5, [x9, #128]",
    "ldp d6, d7, [x9, #144]",
    "ldp x2, x3, [x9]",
    "ldp x4, x5, [x9, #16]",
    "ldp x6, x7, [x9, #32]",
    "ldp x10, x11, [x9, #48]",
    "ldp x12, x13, [x9, #64]",
    "ldp x14, x15, [x9, #80]",
    "orr x2, x2, x10",
    "orr x3, x3, x11",
    "orr x4, x4, x12",
    "orr x5, x5, x13",
    "orr x6, x6, x14",
    "orr x7, x7, x15",
    "ldr x9, [x9, #184]",
    "mov sp, x29",
    "ldp x29, x30, [sp], #16",
    "add sp, sp, x9",
    "ret",
    ".globl grus_makefunc_end",
    "grus_makefunc_end:",
    ".popsection",
    make_spill = sym crate::reflect::grus_make_spill,
);
