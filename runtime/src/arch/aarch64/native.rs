//! Stubs of natives, and the leaves that are a few instructions.
//!
//! `g0_entry!("runtime.newproc", newproc)` exports a symbol under the Go link name that runs the Rust function
//! `newproc` on g0 through `grus_g0call`, which moves the arguments from Tail's registers to C's.
//!
//! # Orderings
//!
//! `runtime.writeBarrier` is loaded plainly: it changes while the world is stopped. The stub's buffer is the P's, hence the
//! thread's. It loads what the slot holds, and the program stores to the slot after that; no barrier is needed between the two,
//! since what is in buffers is shaded before marking ends, with the world stopped.
//!
//! **Runs on** goroutine stacks.

use core::arch::global_asm;

/// Exports a Rust function as a g0 entry under a Go link name.
#[macro_export]
macro_rules! g0_entry {
    ($($symbol:literal => $function:path),* $(,)?) => {
        $(core::arch::global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 16",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            "adrp x16, {f}",
            "add x16, x16, :lo12:{f}",
            "b grus_g0call",
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
            f = sym $function,
        );)*
    };
}

/// Exports a Rust function as a g0 entry that finds Go's callee-saved registers in `G::callee`.
#[macro_export]
macro_rules! g0_entry_saving {
    ($($symbol:literal => $function:path),* $(,)?) => {
        $(core::arch::global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 16",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            "adrp x16, {f}",
            "add x16, x16, :lo12:{f}",
            "b grus_g0call_saving",
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
            f = sym $function,
        );)*
    };
}

/// Exports leaves made of the given instructions.
macro_rules! leaf {
    ($($symbol:literal { $($line:literal),* $(,)? })*) => {
        $(global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 16",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            $($line,)*
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
        );)*
    };
}

leaf! {
    "runtime.getg" { "mov x2, x21", "ret" }
    "runtime.stackoff" { "ldr x9, [x21, #8]", "mov x10, sp", "sub x2, x9, x10", "ret" }
    "runtime.procyield" { "2:", "yield", "subs w2, w2, #1", "b.hi 2b", "ret" }
    "runtime.cputicks" { "isb", "mrs x2, cntvct_el0", "ret" }
    "runtime.Breakpoint" { "brk #0", "ret" }
    "internal/cpu.getisar0" { "mrs x2, ID_AA64ISAR0_EL1", "ret" }
    "internal/cpu.getisar1" { "mrs x2, ID_AA64ISAR1_EL1", "ret" }
    "internal/cpu.getpfr0" { "mrs x2, ID_AA64PFR0_EL1", "ret" }
    "internal/cpu.getMIDR" { "mrs x2, MIDR_EL1", "ret" }
}

// setcpufeatures(features uint32)
global_asm!(
    ".pushsection \".text.runtime.setcpufeatures\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"runtime.setcpufeatures\"",
    ".type \"runtime.setcpufeatures\",@function",
    "\"runtime.setcpufeatures\":",
    "adrp x9, {features}",
    "str w2, [x9, :lo12:{features}]",
    "ret",
    ".popsection",
    features = sym crate::cpu::FEATURES,
);

// wbenabled() bool, and the PreserveAll stub that stores call while it is true.
global_asm!(
    ".pushsection \".text.grus.barrier\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"runtime.wbenabled\"",
    ".type \"runtime.wbenabled\",@function",
    "\"runtime.wbenabled\":",
    "adrp x9, {flag}",
    "ldr w9, [x9, :lo12:{flag}]",
    "cmp w9, #0",
    "cset w2, ne",
    "ret",
    ".globl \"runtime.gcWriteBarrier\"",
    ".type \"runtime.gcWriteBarrier\",@function",
    // x0: the slot, x1: the new pointer. Preserves every register but the link register and x16, x17.
    "\"runtime.gcWriteBarrier\":",
    "stp x8, x9, [sp, #-32]!",
    "str x10, [sp, #16]",
    "mov x10, #{WB}",
    "ldr x16, [x21, #{M}]",
    "ldr x16, [x16, #{M_P}]",
    "add x16, x16, x10",
    "ldr x9, [x16]",
    "ldr x17, [x0]",
    "add x10, x16, x9, lsl #3",
    "str x17, [x10, #8]",
    "str x1, [x10, #16]",
    "add x9, x9, #2",
    "str x9, [x16]",
    "cmp x9, #{CAPACITY}",
    "b.hs 2f",
    "3:",
    "ldr x10, [sp, #16]",
    "ldp x8, x9, [sp], #32",
    "ret",
    "2:",
    "mov x9, sp",
    "ldr x16, [x21, #{M}]",
    "ldr x16, [x16, #{M_G0SP}]",
    "mov sp, x16",
    "stp x9, x30, [sp, #-16]!",
    "stp x0, x1, [sp, #-16]!",
    "stp x2, x3, [sp, #-16]!",
    "stp x4, x5, [sp, #-16]!",
    "stp x6, x7, [sp, #-16]!",
    "stp x11, x12, [sp, #-16]!",
    "stp x13, x14, [sp, #-16]!",
    "stp x15, x18, [sp, #-16]!",
    "stp q0, q1, [sp, #-32]!",
    "stp q2, q3, [sp, #-32]!",
    "stp q4, q5, [sp, #-32]!",
    "stp q6, q7, [sp, #-32]!",
    "stp q8, q9, [sp, #-32]!",
    "stp q10, q11, [sp, #-32]!",
    "stp q12, q13, [sp, #-32]!",
    "stp q14, q15, [sp, #-32]!",
    "stp q16, q17, [sp, #-32]!",
    "stp q18, q19, [sp, #-32]!",
    "stp q20, q21, [sp, #-32]!",
    "stp q22, q23, [sp, #-32]!",
    "stp q24, q25, [sp, #-32]!",
    "stp q26, q27, [sp, #-32]!",
    "stp q28, q29, [sp, #-32]!",
    "stp q30, q31, [sp, #-32]!",
    "bl {flush}",
    "ldp q30, q31, [sp], #32",
    "ldp q28, q29, [sp], #32",
    "ldp q26, q27, [sp], #32",
    "ldp q24, q25, [sp], #32",
    "ldp q22, q23, [sp], #32",
    "ldp q20, q21, [sp], #32",
    "ldp q18, q19, [sp], #32",
    "ldp q16, q17, [sp], #32",
    "ldp q14, q15, [sp], #32",
    "ldp q12, q13, [sp], #32",
    "ldp q10, q11, [sp], #32",
    "ldp q8, q9, [sp], #32",
    "ldp q6, q7, [sp], #32",
    "ldp q4, q5, [sp], #32",
    "ldp q2, q3, [sp], #32",
    "ldp q0, q1, [sp], #32",
    "ldp x15, x18, [sp], #16",
    "ldp x13, x14, [sp], #16",
    "ldp x11, x12, [sp], #16",
    "ldp x6, x7, [sp], #16",
    "ldp x4, x5, [sp], #16",
    "ldp x2, x3, [sp], #16",
    "ldp x0, x1, [sp], #16",
    "ldp x9, x30, [sp], #16",
    "mov sp, x9",
    "b 3b",
    ".popsection",
    flag = sym crate::mem::gc::barrier::WRITE_BARRIER,
    flush = sym crate::mem::gc::barrier::grus_wb_flush,
    M = const grus_abi::g::M,
    M_G0SP = const grus_abi::g::M_G0SP,
    M_P = const core::mem::offset_of!(crate::sched::m::M, p),
    WB = const core::mem::offset_of!(crate::sched::p::P, wb),
    CAPACITY = const crate::mem::gc::barrier::CAPACITY,
);

#[cfg(grus_archive)]
global_asm!(
    ".pushsection \".text.runtime.getmoduledata\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"runtime.getmoduledata\"",
    ".type \"runtime.getmoduledata\",@function",
    "\"runtime.getmoduledata\":",
    "adrp x2, {data}",
    "add x2, x2, :lo12:{data}",
    "ret",
    ".popsection",
    data = sym crate::image::FIRST_MODULE_DATA,
);
