//! Stubs of natives, and the leaves that are a few instructions.
//!
//! `g0_entry!("runtime.newproc", newproc)` exports a symbol under the Go link name that runs the Rust function
//! `newproc` on g0 through `grus_g0call`, which moves the arguments from Tail's registers to C's.
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
    "runtime.entersyscall" { "ret" }
    "runtime.exitsyscall" { "ret" }
    "runtime.procPin" { "mov x2, #0", "ret" }
    "runtime.procUnpin" { "ret" }
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
    "\"runtime.gcWriteBarrier\":",
    "brk #1",
    ".popsection",
    flag = sym crate::mem::barrier::WRITE_BARRIER,
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
