//! System calls: for Rust, and the leaves that Go's packages name.
//!
//! The kernel takes rax (number), rdi rsi rdx r10 r8 r9, and destroys rcx and r11. Results from -4095 to -1 are
//! negated errnos.
//!
//! **Runs on** any stack; the leaves run on goroutine stacks, and possibly without a P (after `entersyscall`).

use core::arch::{asm, global_asm};

/// The vDSO's name of `clock_gettime`.
pub const VDSO_CLOCK_GETTIME: &[u8] = b"__vdso_clock_gettime";

/// The kernel's `epoll_event`, packed on this architecture alone.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct EpollEvent {
    pub events: u32,
    pub data: u64,
}

/// One system call.
///
/// # Safety
/// The arguments must be valid for the system call.
#[inline]
pub unsafe fn syscall6(num: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
    let r;
    // SAFETY: the instruction changes rax, rcx and r11, and memory as the system call says.
    unsafe {
        asm!("syscall", inlateout("rax") num => r, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e,
            in("r9") f, out("rcx") _, out("r11") _, options(nostack));
    }
    r
}

// Syscall6(num, a1..a6) (r1, r2, errno): rdi rsi rdx rcx r8 r9 and one stack word, which the callee pops together
// with its padding; results rax rcx rdx.
global_asm!(
    ".pushsection \".text.grus.syscall\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"internal/runtime/syscall/linux.Syscall6\"",
    ".type \"internal/runtime/syscall/linux.Syscall6\",@function",
    "\"internal/runtime/syscall/linux.Syscall6\":",
    "mov rax, rdi",
    "mov rdi, rsi",
    "mov rsi, rdx",
    "mov rdx, rcx",
    "mov r10, r8",
    "mov r8, r9",
    "mov r9, [rsp+8]",
    "syscall",
    "cmp rax, -4095",
    "jae 2f",
    "mov rcx, rdx",
    "xor edx, edx",
    "ret 16",
    "2:",
    "neg rax",
    "mov rdx, rax",
    "mov rax, -1",
    "xor ecx, ecx",
    "ret 16",
    ".size \"internal/runtime/syscall/linux.Syscall6\", . - \"internal/runtime/syscall/linux.Syscall6\"",
    // rawSyscallNoError(trap, a1, a2, a3) (r1, r2).
    ".balign 16",
    ".globl \"syscall.rawSyscallNoError\"",
    ".type \"syscall.rawSyscallNoError\",@function",
    "\"syscall.rawSyscallNoError\":",
    "mov rax, rdi",
    "mov rdi, rsi",
    "mov rsi, rdx",
    "mov rdx, rcx",
    "syscall",
    "mov rcx, rdx",
    "ret",
    ".size \"syscall.rawSyscallNoError\", . - \"syscall.rawSyscallNoError\"",
    // rawVforkSyscall(trap, a1, a2, a3) (r1, errno): the child returns first and overwrites the stack word that
    // holds the return address, so that it travels in a register.
    ".balign 16",
    ".globl \"syscall.rawVforkSyscall\"",
    ".type \"syscall.rawVforkSyscall\",@function",
    "\"syscall.rawVforkSyscall\":",
    "mov rax, rdi",
    "mov rdi, rsi",
    "mov rsi, rdx",
    "mov rdx, rcx",
    "xor r10d, r10d",
    "xor r8d, r8d",
    "xor r9d, r9d",
    "pop r9",
    "syscall",
    "push r9",
    "cmp rax, -4095",
    "jae 3f",
    "xor ecx, ecx",
    "ret",
    "3:",
    "neg rax",
    "mov rcx, rax",
    "mov rax, -1",
    "ret",
    ".size \"syscall.rawVforkSyscall\", . - \"syscall.rawVforkSyscall\"",
    // gettimeofday(tv) errno.
    ".balign 16",
    ".globl \"syscall.gettimeofday\"",
    ".type \"syscall.gettimeofday\",@function",
    "\"syscall.gettimeofday\":",
    "mov eax, 96",
    "xor esi, esi",
    "syscall",
    "neg rax",
    "ret",
    ".size \"syscall.gettimeofday\", . - \"syscall.gettimeofday\"",
    ".popsection",
);
