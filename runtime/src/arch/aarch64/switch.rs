//! Stack switches: natives to g0 and back, `morestack`, goroutine start, continuing a goroutine.
//!
//! # Protocol
//!
//! * `grus_g0call` (x16 = Rust function, arguments as Go passed them): saves the caller's state under `g.sched`, moves
//!   the arguments from x2-x7 to x0-x5, calls on the g0 stack, and returns to Go if the outcome is `DONE`, with the
//!   results moved from x0 x1 to x2 x3. Otherwise Go's callee-saved registers go to `g.callee` and `grus_outcome` takes
//!   over; it continues some goroutine through [`gogo`] and never returns here. `grus_g0call_saving` does the same after
//!   it saved the general ones in `g.callee`, where tracebacks look for arguments.
//! * `runtime.morestack` is called from a function's slow path: x30 is the address in the slow path, x16 the function's
//!   own return address. Argument registers are saved in the G, because the new stack is not there yet and because the
//!   collector must find them.
//! * A new goroutine continues at `grus_gostart` with SP 16-byte aligned.
//!
//! The frame pointer and the callee-saved registers of Rust are preserved by the C ABI across the call, hence are Go's
//! own when a stub returns to Go directly.
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

/// Where the direct call that returns to `ret` leads.
///
/// # Safety
/// `ret` is a return address of compiled code.
pub unsafe fn call_target(ret: usize) -> Option<usize> {
    // SAFETY: what precedes is code.
    let call = unsafe { *((ret - 4) as *const u32) };
    // A distance of 26 bits, in instructions.
    let distance = ((call << 6) as i32 >> 6) as isize * 4;
    (call >> 26 == 0b10_0101).then(|| (ret - 4).wrapping_add_signed(distance))
}

/// Whether natives that have outcomes enter here; only who traps instructions has to know.
pub fn is_g0call(_pc: usize) -> bool {
    false
}

/// Address at which a new goroutine begins.
pub fn gostart_pc() -> usize {
    grus_gostart as *const () as usize
}

/// The thread pointer: the M's address.
#[inline]
pub fn thread_pointer() -> usize {
    let p: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) p, options(nostack, nomem, preserves_flags)) };
    p
}

/// Makes the thread pointer point to the M.
///
/// # Safety
/// `m` is the address of an M that lives as long as the thread; nothing else in the process uses the register.
pub unsafe fn set_thread_pointer(m: usize) {
    // SAFETY: the caller owns the thread.
    unsafe { asm!("msr tpidr_el0, {}", in(reg) m, options(nostack, nomem, preserves_flags)) };
}

global_asm!(
    ".pushsection \".text.grus.switch\",\"ax\",@progbits",
    ".balign 16",
    ".globl grus_g0call",
    ".type grus_g0call,@function",
    "grus_g0call:",
    "str x30, [x21, #{SCHED_PC}]",
    "mov x9, sp",
    "str x9, [x21, #{SCHED_SP}]",
    "str x29, [x21, #{SCHED_FP}]",
    "ldr x9, [x21, #{M}]",
    "ldr x9, [x9, #{M_G0SP}]",
    "mov sp, x9",
    "mov x0, x2",
    "mov x1, x3",
    "mov x2, x4",
    "mov x3, x5",
    "mov x4, x6",
    "mov x5, x7",
    "blr x16",
    "ldr w9, [x21, #{OUTCOME}]",
    "cbnz w9, 2f",
    "mov x2, x0",
    "mov x3, x1",
    "ldr x9, [x21, #{SCHED_SP}]",
    "mov sp, x9",
    "ldr x30, [x21, #{SCHED_PC}]",
    "ret",
    "2:",
    "add x9, x21, #{CALLEE}",
    "stp x19, x20, [x9]",
    "stp x22, x23, [x9, #16]",
    "stp x24, x25, [x9, #32]",
    "stp x26, x27, [x9, #48]",
    "str x28, [x9, #64]",
    "stp d8, d9, [x9, #72]",
    "stp d10, d11, [x9, #88]",
    "stp d12, d13, [x9, #104]",
    "stp d14, d15, [x9, #120]",
    "mov x0, x21",
    "bl {outcome}",
    "brk #1",
    ".size grus_g0call, . - grus_g0call",
    //
    ".balign 16",
    ".globl grus_g0call_saving",
    ".type grus_g0call_saving,@function",
    "grus_g0call_saving:",
    "add x9, x21, #{CALLEE}",
    "stp x19, x20, [x9]",
    "stp x22, x23, [x9, #16]",
    "stp x24, x25, [x9, #32]",
    "stp x26, x27, [x9, #48]",
    "str x28, [x9, #64]",
    "b grus_g0call",
    ".size grus_g0call_saving, . - grus_g0call_saving",
    // Loads Go's callee-saved registers, SP and FP of the goroutine in x21.
    ".balign 16",
    "grus_load_state:",
    "add x9, x21, #{CALLEE}",
    "ldp x19, x20, [x9]",
    "ldp x22, x23, [x9, #16]",
    "ldp x24, x25, [x9, #32]",
    "ldp x26, x27, [x9, #48]",
    "ldr x28, [x9, #64]",
    "ldp d8, d9, [x9, #72]",
    "ldp d10, d11, [x9, #88]",
    "ldp d12, d13, [x9, #104]",
    "ldp d14, d15, [x9, #120]",
    "ldr x9, [x21, #{SCHED_SP}]",
    "mov sp, x9",
    "ldr x29, [x21, #{SCHED_FP}]",
    "ret",
    //
    ".balign 16",
    ".globl grus_gogo",
    ".type grus_gogo,@function",
    "grus_gogo:",
    "mov x21, x0",
    "bl grus_load_state",
    "ldr x2, [x21, #{RET0}]",
    "ldr x3, [x21, #{RET1}]",
    "mov x0, #0",
    "mov x1, #0",
    "ldr x16, [x21, #{SCHED_PC}]",
    "br x16",
    ".size grus_gogo, . - grus_gogo",
    // The words a, b, c are in x2, x3, x4 already.
    ".balign 16",
    ".globl grus_gogo_call",
    ".type grus_gogo_call,@function",
    "grus_gogo_call:",
    "mov x21, x0",
    "mov x16, x1",
    "bl grus_load_state",
    "ldr x30, [x21, #{SCHED_PC}]",
    "br x16",
    ".size grus_gogo_call, . - grus_gogo_call",
    //
    ".balign 16",
    ".globl \"runtime.morestack\"",
    ".type \"runtime.morestack\",@function",
    "\"runtime.morestack\":",
    "str x30, [x21, #{MORESTACK_PC}]",
    "str x16, [x21, #{MORESTACK_LR}]",
    "str x16, [x21, #{SCHED_PC}]",
    "stp x2, x3, [x21, #{ARGS}]",
    "stp x4, x5, [x21, #{ARGS}+16]",
    "stp x6, x7, [x21, #{ARGS}+32]",
    "add x9, x21, #{FARGS}",
    "stp q0, q1, [x9]",
    "stp q2, q3, [x9, #32]",
    "stp q4, q5, [x9, #64]",
    "stp q6, q7, [x9, #96]",
    "add x9, x21, #{CALLEE}",
    "stp x19, x20, [x9]",
    "stp x22, x23, [x9, #16]",
    "stp x24, x25, [x9, #32]",
    "stp x26, x27, [x9, #48]",
    "str x28, [x9, #64]",
    "mov x9, sp",
    "str x9, [x21, #{SCHED_SP}]",
    "str x29, [x21, #{SCHED_FP}]",
    "ldr x9, [x21, #{M}]",
    "ldr x9, [x9, #{M_G0SP}]",
    "mov sp, x9",
    "mov x0, x21",
    "bl {newstack}",
    // x0: where to continue; 0: not now. The callee-saved registers are Go's.
    "cbz x0, 3f",
    "mov x17, x0",
    "2:",
    "ldr x9, [x21, #{SCHED_SP}]",
    "mov sp, x9",
    "ldr x29, [x21, #{SCHED_FP}]",
    "ldr x30, [x21, #{MORESTACK_LR}]",
    "ldp x2, x3, [x21, #{ARGS}]",
    "ldp x4, x5, [x21, #{ARGS}+16]",
    "ldp x6, x7, [x21, #{ARGS}+32]",
    "add x9, x21, #{FARGS}",
    "ldp q0, q1, [x9]",
    "ldp q2, q3, [x9, #32]",
    "ldp q4, q5, [x9, #64]",
    "ldp q6, q7, [x9, #96]",
    "br x17",
    "3:",
    "add x9, x21, #{CALLEE}",
    "stp x19, x20, [x9]",
    "stp x22, x23, [x9, #16]",
    "stp x24, x25, [x9, #32]",
    "stp x26, x27, [x9, #48]",
    "str x28, [x9, #64]",
    "stp d8, d9, [x9, #72]",
    "stp d10, d11, [x9, #88]",
    "stp d12, d13, [x9, #104]",
    "stp d14, d15, [x9, #120]",
    "mov x0, x21",
    "bl {preempted}",
    "brk #1",
    ".globl grus_gogo_check",
    "grus_gogo_check:",
    "mov x21, x0",
    "mov x17, x1",
    "bl grus_load_state",
    "b 2b",
    ".size \"runtime.morestack\", . - \"runtime.morestack\"",
    //
    ".balign 16",
    ".globl grus_gostart",
    ".type grus_gostart,@function",
    "grus_gostart:",
    "ldr x2, [x21, #{GO_STARTFN}]",
    "ldr x9, [x2]",
    "blr x9",
    ".globl \"runtime.goexit\"",
    "\"runtime.goexit\":",
    "nop",
    "adrp x16, {goexit0}",
    "add x16, x16, :lo12:{goexit0}",
    "bl grus_g0call",
    "brk #1",
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
    MORESTACK_LR = const abi::MORESTACK_LR,
    ARGS = const abi::ARGS,
    FARGS = const abi::FARGS,
    GO_STARTFN = const abi::GO_STARTFN,
    outcome = sym crate::sched::outcome::grus_outcome,
    newstack = sym crate::stack::grow::grus_newstack,
    preempted = sym crate::sched::preempt::grus_preempted,
    goexit0 = sym crate::sched::proc::goexit0,
);
