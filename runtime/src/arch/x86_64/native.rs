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
            "lea rax, [rip+{f}]",
            "jmp grus_g0call_saving",
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
            f = sym $function,
        );)*
    };
}

/// Exports a Rust function as a g0 entry of more than six words under a Go link name. The function is given two
/// pointers: to the six words in registers and to those on the stack, of which there are `stack` bytes, a multiple
/// of 16. It leaves no outcome.
#[macro_export]
macro_rules! g0_entry_wide {
    ($($symbol:literal [$stack:literal] => $function:path),* $(,)?) => {
        $(core::arch::global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 16",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            "lea rax, [rip+{f}]",
            "mov r11d, {stack}",
            "jmp grus_g0call_wide",
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
            f = sym $function,
            stack = const $stack,
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
    "runtime.Breakpoint" { "int3", "ret" }
    // cpuid(eax, ecx uint32) (eax, ebx, ecx, edx uint32): the results' registers are rax rcx rdx rsi.
    "internal/cpu.cpuid" {
        "mov r8, rbx", "mov eax, edi", "mov ecx, esi", "cpuid",
        "mov esi, edx", "mov edx, ecx", "mov ecx, ebx", "mov rbx, r8", "ret",
    }
    "internal/cpu.xgetbv" { "xor ecx, ecx", "xgetbv", "mov ecx, edx", "ret" }
    "vendor/golang.org/x/sys/cpu.cpuid" {
        "mov r8, rbx", "mov eax, edi", "mov ecx, esi", "cpuid",
        "mov esi, edx", "mov edx, ecx", "mov ecx, ebx", "mov rbx, r8", "ret",
    }
    "vendor/golang.org/x/sys/cpu.xgetbv" { "xor ecx, ecx", "xgetbv", "mov ecx, edx", "ret" }
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
    // rdi: the slot, rsi: the new pointer. Preserves every register.
    "\"runtime.gcWriteBarrier\":",
    "push rax",
    "push rcx",
    "push rdx",
    "mov rax, [r15+{M}]",
    "mov rax, [rax+{M_P}]",
    "mov rcx, [rax+{WB}]",
    "mov rdx, [rdi]",
    "mov [rax+rcx*8+{WB}+8], rdx",
    "mov [rax+rcx*8+{WB}+16], rsi",
    "add rcx, 2",
    "mov [rax+{WB}], rcx",
    "cmp rcx, {CAPACITY}",
    "jae 2f",
    "3:",
    "pop rdx",
    "pop rcx",
    "pop rax",
    "ret",
    "2:",
    "mov rdx, rsp",
    "mov rax, [r15+{M}]",
    "mov rsp, [rax+{M_G0SP}]",
    "push rdx",
    "push rdi",
    "push rsi",
    "push r8",
    "push r9",
    "push r10",
    "push r11",
    "sub rsp, 264",
    "movups [rsp], xmm0",
    "movups [rsp+16], xmm1",
    "movups [rsp+32], xmm2",
    "movups [rsp+48], xmm3",
    "movups [rsp+64], xmm4",
    "movups [rsp+80], xmm5",
    "movups [rsp+96], xmm6",
    "movups [rsp+112], xmm7",
    "movups [rsp+128], xmm8",
    "movups [rsp+144], xmm9",
    "movups [rsp+160], xmm10",
    "movups [rsp+176], xmm11",
    "movups [rsp+192], xmm12",
    "movups [rsp+208], xmm13",
    "movups [rsp+224], xmm14",
    "movups [rsp+240], xmm15",
    "call {flush}",
    "movups xmm0, [rsp]",
    "movups xmm1, [rsp+16]",
    "movups xmm2, [rsp+32]",
    "movups xmm3, [rsp+48]",
    "movups xmm4, [rsp+64]",
    "movups xmm5, [rsp+80]",
    "movups xmm6, [rsp+96]",
    "movups xmm7, [rsp+112]",
    "movups xmm8, [rsp+128]",
    "movups xmm9, [rsp+144]",
    "movups xmm10, [rsp+160]",
    "movups xmm11, [rsp+176]",
    "movups xmm12, [rsp+192]",
    "movups xmm13, [rsp+208]",
    "movups xmm14, [rsp+224]",
    "movups xmm15, [rsp+240]",
    "add rsp, 264",
    "pop r11",
    "pop r10",
    "pop r9",
    "pop r8",
    "pop rsi",
    "pop rdi",
    "pop rsp",
    "jmp 3b",
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
    "lea rax, [rip+{data}]",
    "ret",
    ".popsection",
    data = sym crate::image::FIRST_MODULE_DATA,
);
