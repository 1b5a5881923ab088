//! Stubs of natives, and the leaves that are a few instructions.
//!
//! `g0_entry!("runtime.newproc", newproc)` exports a symbol under the Go link name that runs the Rust function
//! `newproc` on g0 through `grus_g0call`. The argument registers of Tail and of C are the same ones here.
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
            "lea rax, [rip+{f}]",
            "jmp grus_g0call",
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
    "runtime.getg" { "mov rax, r15", "ret" }
    // stack_hi - SP of the caller, which is above the return address.
    "runtime.stackoff" { "mov rax, [r15+8]", "sub rax, rsp", "sub rax, 8", "ret" }
    "runtime.procyield" { "2:", "pause", "sub edi, 1", "ja 2b", "ret" }
    "runtime.cputicks" { "lfence", "rdtsc", "shl rdx, 32", "or rax, rdx", "ret" }
    "runtime.entersyscall" { "ret" }
    "runtime.exitsyscall" { "ret" }
    "runtime.procPin" { "xor eax, eax", "ret" }
    "runtime.procUnpin" { "ret" }
    "runtime.Breakpoint" { "int3", "ret" }
    // cpuid(eax, ecx uint32) (eax, ebx, ecx, edx uint32): the results' registers are rax rcx rdx rsi.
    "internal/cpu.cpuid" {
        "mov r8, rbx", "mov eax, edi", "mov ecx, esi", "cpuid",
        "mov esi, edx", "mov edx, ecx", "mov ecx, ebx", "mov rbx, r8", "ret",
    }
    "internal/cpu.xgetbv" { "xor ecx, ecx", "xgetbv", "mov ecx, edx", "ret" }
    "internal/cpu.getGOAMD64level" { "mov eax, 1", "ret" }
}

// setcpufeatures(features uint32)
global_asm!(
    ".pushsection \".text.runtime.setcpufeatures\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"runtime.setcpufeatures\"",
    ".type \"runtime.setcpufeatures\",@function",
    "\"runtime.setcpufeatures\":",
    "mov [rip+{features}], edi",
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
    "xor eax, eax",
    "cmp dword ptr [rip+{flag}], 0",
    "setne al",
    "ret",
    ".globl \"runtime.gcWriteBarrier\"",
    ".type \"runtime.gcWriteBarrier\",@function",
    "\"runtime.gcWriteBarrier\":",
    "ud2",
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
    "lea rax, [rip+{data}]",
    "ret",
    ".popsection",
    data = sym crate::image::FIRST_MODULE_DATA,
);
