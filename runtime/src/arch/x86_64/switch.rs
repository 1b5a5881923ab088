//! Stack switches: natives to g0 and back, `morestack`, goroutine start, continuing a goroutine.
//!
//! # Protocol
//!
//! * `grus_g0call` (rax = Rust function, arguments as Go passed them): saves the caller's state under `g.sched`,
//!   calls on the g0 stack, and returns to Go if the outcome is `DONE`. SysV's second result register rdx becomes
//!   Tail's rcx. Otherwise Go's callee-saved registers go to `g.callee` and `grus_outcome` takes over; it continues
//!   some goroutine through [`gogo`] and never returns here. `grus_g0call_saving` does the same after it saved the
//!   registers in `g.callee`, where tracebacks look for arguments.
//! * `grus_g0call_wide` (r11 = bytes of stack arguments) is the same for natives with arguments on the stack, which
//!   have no outcome: the Rust function is given the addresses of the words in registers, and of those on the stack.
//! * `runtime.morestack` is called from a function's slow path: [rsp] is the address in the slow path, [rsp+8] the
//!   return address of the function's caller. Argument registers are saved in the G, because the new stack is not
//!   there yet and because the collector must find them.
//! * A new goroutine continues at `grus_gostart` with SP 16-byte aligned.
//!
//! The frame pointer and the callee-saved registers of Rust are preserved by the C ABI across `call`, hence are
//! Go's own when a stub returns to Go directly.
//!
//! **Runs on** goroutine stacks up to the switch, then g0.

use crate::sched::g::G;
use core::arch::{asm, global_asm};
use grus_abi::g as abi;

#[allow(improper_ctypes)] // A G is a plain address to assembly.
unsafe extern "C" {
    fn grus_gogo(g: *mut G) -> !;
    fn grus_gogo_call(g: *mut G, code: usize, a: usize, b: usize, c: usize) -> !;
    fn grus_gogo_check(g: *mut G, pc: usize) -> !;
    fn grus_gostart();
    fn grus_g0call();
    fn grus_g0call_saving();
    /// The slow path of stack checks.
    #[link_name = "runtime.morestack"]
    pub fn morestack();
}

/// Continues a goroutine at `g.sched`; `g.ret0` and `g.ret1` become its result registers.
///
/// # Safety
/// The caller runs on g0 with nothing to clean up; `g` is switched out, its `sched` is valid, and it is the M's
/// current goroutine.
#[inline]
pub unsafe fn gogo(g: *mut G) -> ! {
    // SAFETY: passed on.
    unsafe { grus_gogo(g) }
}

/// Continues a goroutine as if it had, at `g.sched`, called Go code with three words.
///
/// # Safety
/// As [`gogo`]; `code` is the entry of a Go function of at most three integer parameters.
pub unsafe fn gogo_call(g: *mut G, code: usize, a: usize, b: usize, c: usize) -> ! {
    // SAFETY: passed on.
    unsafe { grus_gogo_call(g, code, a, b, c) }
}

/// Continues a goroutine that stopped at a function's stack check, at `pc`, with the argument registers saved in the G.
///
/// # Safety
/// As [`gogo`]; `pc` is the entry of the function.
pub unsafe fn gogo_check(g: *mut G, pc: usize) -> ! {
    // SAFETY: passed on.
    unsafe { grus_gogo_check(g, pc) }
}

/// Address at which a new goroutine begins.
pub fn gostart_pc() -> usize {
    grus_gostart as *const () as usize
}

/// Where the direct call that returns to `ret` leads.
///
/// # Safety
/// `ret` is a return address of compiled code.
pub unsafe fn call_target(ret: usize) -> Option<usize> {
    // SAFETY: what precedes is code.
    let call = unsafe { core::slice::from_raw_parts((ret - 5) as *const u8, 5) };
    let distance = i32::from_le_bytes([call[1], call[2], call[3], call[4]]);
    (call[0] == 0xe8).then(|| ret.wrapping_add_signed(distance as isize))
}

/// Whether natives that have outcomes enter here.
pub fn is_g0call(pc: usize) -> bool {
    pc == grus_g0call as *const () as usize || pc == grus_g0call_saving as *const () as usize
}

/// The word that the thread pointer points at: the M's address.
#[inline]
pub fn thread_pointer() -> usize {
    let p: usize;
    // SAFETY: FS points to an M, whose first word is its own address.
    unsafe { asm!("mov {}, fs:[0]", out(reg) p, options(nostack, pure, readonly, preserves_flags)) };
    p
}

/// Makes FS point to the M.
///
/// # Safety
/// `m` is the address of an M that lives as long as the thread; nothing else in the process uses FS.
pub unsafe fn set_thread_pointer(m: usize) {
    const ARCH_SET_FS: usize = 0x1002;
    // SAFETY: the caller owns the thread.
    unsafe { super::syscall6(libc::SYS_arch_prctl as usize, ARCH_SET_FS, m, 0, 0, 0, 0) };
}

global_asm!(
    ".pushsection \".text.grus.switch\",\"ax\",@progbits",
    ".balign 16",
    ".globl grus_g0call",
    ".type grus_g0call,@function",
    "grus_g0call:",
    "mov r10, [rsp]",
    "lea r11, [rsp+8]",
    "mov [r15+{SCHED_PC}], r10",
    "mov [r15+{SCHED_SP}], r11",
    "mov [r15+{SCHED_FP}], rbp",
    "mov r10, [r15+{M}]",
    "mov rsp, [r10+{M_G0SP}]",
    "call rax",
    "cmp dword ptr [r15+{OUTCOME}], 0",
    "jne 2f",
    "mov rsp, [r15+{SCHED_SP}]",
    "mov rcx, rdx",
    "push qword ptr [r15+{SCHED_PC}]",
    "ret",
    "2:",
    "mov [r15+{CALLEE}], rbx",
    "mov [r15+{CALLEE}+8], r12",
    "mov [r15+{CALLEE}+16], r13",
    "mov [r15+{CALLEE}+24], r14",
    "mov rdi, r15",
    "mov rsi, rax",
    "call {outcome}",
    "ud2",
    ".size grus_g0call, . - grus_g0call",
    //
    ".balign 16",
    ".globl grus_g0call_saving",
    ".type grus_g0call_saving,@function",
    "grus_g0call_saving:",
    "mov [r15+{CALLEE}], rbx",
    "mov [r15+{CALLEE}+8], r12",
    "mov [r15+{CALLEE}+16], r13",
    "mov [r15+{CALLEE}+24], r14",
    "jmp grus_g0call",
    ".size grus_g0call_saving, . - grus_g0call_saving",
    //
    ".balign 16",
    ".globl grus_g0call_wide",
    ".type grus_g0call_wide,@function",
    "grus_g0call_wide:",
    "mov r10, [rsp]",
    "mov [r15+{SCHED_PC}], r10",
    "lea r10, [rsp+8]",
    "add r11, r10",
    "mov [r15+{SCHED_SP}], r11",
    "mov [r15+{SCHED_FP}], rbp",
    "mov r11, [r15+{M}]",
    "mov rsp, [r11+{M_G0SP}]",
    "push r9",
    "push r8",
    "push rcx",
    "push rdx",
    "push rsi",
    "push rdi",
    "mov rdi, rsp",
    "mov rsi, r10",
    "call rax",
    "mov rsp, [r15+{SCHED_SP}]",
    "push qword ptr [r15+{SCHED_PC}]",
    "ret",
    ".size grus_g0call_wide, . - grus_g0call_wide",
    //
    ".balign 16",
    ".globl grus_gogo",
    ".type grus_gogo,@function",
    "grus_gogo:",
    "mov r15, rdi",
    "mov rbx, [r15+{CALLEE}]",
    "mov r12, [r15+{CALLEE}+8]",
    "mov r13, [r15+{CALLEE}+16]",
    "mov r14, [r15+{CALLEE}+24]",
    "mov rsp, [r15+{SCHED_SP}]",
    "mov rbp, [r15+{SCHED_FP}]",
    "mov rax, [r15+{RET0}]",
    "mov rcx, [r15+{RET1}]",
    "mov edx, 0",
    "jmp qword ptr [r15+{SCHED_PC}]",
    ".size grus_gogo, . - grus_gogo",
    //
    ".balign 16",
    ".globl grus_gogo_call",
    ".type grus_gogo_call,@function",
    "grus_gogo_call:",
    "mov r15, rdi",
    "mov rax, rsi",
    "mov rsp, [r15+{SCHED_SP}]",
    "mov rbp, [r15+{SCHED_FP}]",
    "push qword ptr [r15+{SCHED_PC}]",
    "mov rdi, rdx",
    "mov rsi, rcx",
    "mov rdx, r8",
    "mov rbx, [r15+{CALLEE}]",
    "mov r12, [r15+{CALLEE}+8]",
    "mov r13, [r15+{CALLEE}+16]",
    "mov r14, [r15+{CALLEE}+24]",
    "jmp rax",
    ".size grus_gogo_call, . - grus_gogo_call",
    //
    ".balign 16",
    ".globl \"runtime.morestack\"",
    ".type \"runtime.morestack\",@function",
    "\"runtime.morestack\":",
    "pop r10",
    "mov [r15+{MORESTACK_PC}], r10",
    "mov [r15+{CALLEE}], rbx",
    "mov [r15+{CALLEE}+8], r12",
    "mov [r15+{CALLEE}+16], r13",
    "mov [r15+{CALLEE}+24], r14",
    "mov [r15+{ARGS}], rdi",
    "mov [r15+{ARGS}+8], rsi",
    "mov [r15+{ARGS}+16], rdx",
    "mov [r15+{ARGS}+24], rcx",
    "mov [r15+{ARGS}+32], r8",
    "mov [r15+{ARGS}+40], r9",
    "movaps [r15+{FARGS}], xmm0",
    "movaps [r15+{FARGS}+16], xmm1",
    "movaps [r15+{FARGS}+32], xmm2",
    "movaps [r15+{FARGS}+48], xmm3",
    "movaps [r15+{FARGS}+64], xmm4",
    "movaps [r15+{FARGS}+80], xmm5",
    "movaps [r15+{FARGS}+96], xmm6",
    "movaps [r15+{FARGS}+112], xmm7",
    "mov r10, [rsp]",
    "lea r11, [rsp+8]",
    "mov [r15+{SCHED_PC}], r10",
    "mov [r15+{SCHED_SP}], r11",
    "mov [r15+{SCHED_FP}], rbp",
    "mov r10, [r15+{M}]",
    "mov rsp, [r10+{M_G0SP}]",
    "mov rdi, r15",
    "call {newstack}",
    // rax: where to continue; 0: not now. The callee-saved registers are Go's.
    "test rax, rax",
    "jz 3f",
    "2:",
    "mov rsp, [r15+{SCHED_SP}]",
    "push qword ptr [r15+{SCHED_PC}]",
    "mov rbp, [r15+{SCHED_FP}]",
    "mov rdi, [r15+{ARGS}]",
    "mov rsi, [r15+{ARGS}+8]",
    "mov rdx, [r15+{ARGS}+16]",
    "mov rcx, [r15+{ARGS}+24]",
    "mov r8, [r15+{ARGS}+32]",
    "mov r9, [r15+{ARGS}+40]",
    "movaps xmm0, [r15+{FARGS}]",
    "movaps xmm1, [r15+{FARGS}+16]",
    "movaps xmm2, [r15+{FARGS}+32]",
    "movaps xmm3, [r15+{FARGS}+48]",
    "movaps xmm4, [r15+{FARGS}+64]",
    "movaps xmm5, [r15+{FARGS}+80]",
    "movaps xmm6, [r15+{FARGS}+96]",
    "movaps xmm7, [r15+{FARGS}+112]",
    "jmp rax",
    "3:",
    "mov rdi, r15",
    "call {preempted}",
    "ud2",
    ".globl grus_gogo_check",
    "grus_gogo_check:",
    "mov r15, rdi",
    "mov rax, rsi",
    "mov rbx, [r15+{CALLEE}]",
    "mov r12, [r15+{CALLEE}+8]",
    "mov r13, [r15+{CALLEE}+16]",
    "mov r14, [r15+{CALLEE}+24]",
    "jmp 2b",
    ".size \"runtime.morestack\", . - \"runtime.morestack\"",
    //
    ".balign 16",
    ".globl grus_gostart",
    ".type grus_gostart,@function",
    "grus_gostart:",
    "mov rdi, [r15+{GO_STARTFN}]",
    "call qword ptr [rdi]",
    ".globl \"runtime.goexit\"",
    "\"runtime.goexit\":",
    "nop",
    "lea rax, [rip+{goexit0}]",
    "call grus_g0call",
    "ud2",
    ".size grus_gostart, . - grus_gostart",
    //
    ".balign 16",
    ".globl \"runtime.deferenter\"",
    ".type \"runtime.deferenter\",@function",
    "\"runtime.deferenter\":",
    "ret",
    ".size \"runtime.deferenter\", . - \"runtime.deferenter\"",
    ".popsection",
    SCHED_PC = const abi::SCHED_PC,
    SCHED_SP = const abi::SCHED_SP,
    SCHED_FP = const abi::SCHED_FP,
    M = const abi::M,
    M_G0SP = const abi::M_G0SP,
    OUTCOME = const abi::OUTCOME,
    RET0 = const abi::RET0,
    RET1 = const abi::RET1,
    CALLEE = const abi::CALLEE,
    MORESTACK_PC = const abi::MORESTACK_PC,
    ARGS = const abi::ARGS,
    FARGS = const abi::FARGS,
    GO_STARTFN = const abi::GO_STARTFN,
    outcome = sym crate::sched::outcome::grus_outcome,
    newstack = sym crate::stack::grow::grus_newstack,
    preempted = sym crate::sched::preempt::grus_preempted,
    goexit0 = sym crate::sched::proc::goexit0,
);
