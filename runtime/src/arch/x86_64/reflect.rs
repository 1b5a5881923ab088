//! Calls whose signature is known at run time only.
//!
//! * `runtime.callregs(code, b)` loads all argument registers and stack words from a call block, calls, and stores all
//!   result registers.
//! * `reflect.makeFuncStub` and `reflect.methodValueCall` are the code of closures made by reflection: they spill the
//!   argument registers into a heap block, call Go with it, and load the result registers.
//!
//! These are the only assembly frames below Go frames. [`asm_frame`] gives the frame walker their pointer words.
//!
//! Frame of `callregs`: `[rbp-8]` b, `[rbp-16]` code, outgoing stack words below. Frame of the stubs: `[rbp-8]` ctx,
//! `[rbp-16]` spill block, then six integer registers from `[rbp-64]` and eight xmm registers from `[rbp-128]`.
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
    "mov r10, [rsi+176]",
    "lea rax, [r10*8+256]",
    "mov r11, rsp",
    "sub r11, rax",
    "cmp r11, [r15+{STACKGUARD}]",
    "jbe 9f",
    ".globl grus_callregs_body",
    "grus_callregs_body:",
    "push rbp",
    "mov rbp, rsp",
    "push rsi",
    "push rdi",
    "mov r10, [rsi+176]",
    "lea rax, [r10+1]",
    "and rax, -2",
    "shl rax, 3",
    "sub rsp, rax",
    "mov r8, [rsi+160]",
    "mov r9, [rsi+168]",
    "xor ecx, ecx",
    "2:",
    "cmp rcx, r10",
    "jae 3f",
    "mov rax, [r8+rcx*8]",
    "or rax, [r9+rcx*8]",
    "mov [rsp+rcx*8], rax",
    "inc rcx",
    "jmp 2b",
    "3:",
    "mov r11, rsi",
    "mov rdi, [r11]",
    "or rdi, [r11+48]",
    "mov rsi, [r11+8]",
    "or rsi, [r11+56]",
    "mov rdx, [r11+16]",
    "or rdx, [r11+64]",
    "mov rcx, [r11+24]",
    "or rcx, [r11+72]",
    "mov r8, [r11+32]",
    "or r8, [r11+80]",
    "mov r9, [r11+40]",
    "or r9, [r11+88]",
    "movsd xmm0, [r11+96]",
    "movsd xmm1, [r11+104]",
    "movsd xmm2, [r11+112]",
    "movsd xmm3, [r11+120]",
    "movsd xmm4, [r11+128]",
    "movsd xmm5, [r11+136]",
    "movsd xmm6, [r11+144]",
    "movsd xmm7, [r11+152]",
    "call qword ptr [rbp-16]",
    "mov r11, [rbp-8]",
    "mov [r11], rax",
    "mov [r11+8], rcx",
    "mov [r11+16], rdx",
    "mov [r11+24], rsi",
    "mov [r11+32], rdi",
    "mov [r11+40], r8",
    "movsd [r11+96], xmm0",
    "movsd [r11+104], xmm1",
    "movsd [r11+112], xmm2",
    "movsd [r11+120], xmm3",
    "movsd [r11+128], xmm4",
    "movsd [r11+136], xmm5",
    "movsd [r11+144], xmm6",
    "movsd [r11+152], xmm7",
    "mov r10, [r11+184]",
    "xor ecx, ecx",
    "4:",
    "xor eax, eax",
    "bt r10, rcx",
    "jnc 5f",
    "mov rax, [r11+rcx*8]",
    "5:",
    "mov [r11+rcx*8+48], rax",
    "inc ecx",
    "cmp ecx, 6",
    "jb 4b",
    "mov rsp, rbp",
    "pop rbp",
    "ret",
    "9:",
    "call {morestack}",
    "jmp \"runtime.callregs\"",
    ".globl grus_callregs_end",
    "grus_callregs_end:",
    ".size \"runtime.callregs\", . - \"runtime.callregs\"",
    ".popsection",
    STACKGUARD = const abi::STACKGUARD,
    morestack = sym crate::arch::switch::morestack,
);

// The stubs save the registers, let Rust build the spill block, call Go, and load the results. `grus_g0call` returns
// with the callee-saved registers and the frame intact; the frame may have moved during the Go call, so that it is
// addressed through rbp only.
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
    "lea rax, [rip+\"reflect.makeFuncEntry\"]",
    "jmp 2f",
    ".globl \"reflect.methodValueCall\"",
    ".type \"reflect.methodValueCall\",@function",
    "\"reflect.methodValueCall\":",
    "lea rax, [rip+\"reflect.methodValueEntry\"]",
    "2:",
    "push rbp",
    "mov rbp, rsp",
    "sub rsp, 144",
    "mov [rbp-8], rdi",
    "mov qword ptr [rbp-16], 0",
    "mov [rbp-64], rdi",
    "mov [rbp-56], rsi",
    "mov [rbp-48], rdx",
    "mov [rbp-40], rcx",
    "mov [rbp-32], r8",
    "mov [rbp-24], r9",
    "movsd [rbp-128], xmm0",
    "movsd [rbp-120], xmm1",
    "movsd [rbp-112], xmm2",
    "movsd [rbp-104], xmm3",
    "movsd [rbp-96], xmm4",
    "movsd [rbp-88], xmm5",
    "movsd [rbp-80], xmm6",
    "movsd [rbp-72], xmm7",
    "mov [rbp-136], rax",
    "lea rdi, [rbp-128]",
    "lea rsi, [rbp+16]",
    "lea rax, [rip+{make_spill}]",
    "call grus_g0call",
    "mov [rbp-16], rax",
    "mov rdi, [rbp-8]",
    "mov rsi, rax",
    "call qword ptr [rbp-136]",
    "mov r11, [rbp-16]",
    "movsd xmm0, [r11+96]",
    "movsd xmm1, [r11+104]",
    "movsd xmm2, [r11+112]",
    "movsd xmm3, [r11+120]",
    "movsd xmm4, [r11+128]",
    "movsd xmm5, [r11+136]",
    "movsd xmm6, [r11+144]",
    "movsd xmm7, [r11+152]",
    "mov rax, [r11]",
    "or rax, [r11+48]",
    "mov rcx, [r11+8]",
    "or rcx, [r11+56]",
    "mov rdx, [r11+16]",
    "or rdx, [r11+64]",
    "mov rsi, [r11+24]",
    "or rsi, [r11+72]",
    "mov rdi, [r11+32]",
    "or rdi, [r11+80]",
    "mov r8, [r11+40]",
    "or r8, [r11+88]",
    "mov r11, [r11+184]",
    "mov rsp, rbp",
    "pop rbp",
    "pop r10",
    "add rsp, r11",
    "jmp r10",
    ".globl grus_makefunc_end",
    "grus_makefunc_end:",
    ".popsection",
    make_spill = sym crate::reflect::grus_make_spill,
);
