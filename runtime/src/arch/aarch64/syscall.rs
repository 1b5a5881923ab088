//! System calls: for Rust, and the leaves that Go's packages name.
//!
//! The kernel takes x8 (number), x0-x5, and returns in x0. Results from -4095 to -1 are negated errnos.
//!
//! **Runs on** any stack; the leaves run on goroutine stacks, and possibly without a P (after `entersyscall`).

use core::arch::{asm, global_asm};

/// The vDSO's name of `clock_gettime`.
pub const VDSO_CLOCK_GETTIME: &[u8] = b"__kernel_clock_gettime";

/// The kernel's `epoll_event`.
#[repr(C)]
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
    // SAFETY: the instruction changes x0, and memory as the system call says.
    unsafe {
        asm!("svc 0", in("x8") num, inlateout("x0") a => r, in("x1") b, in("x2") c, in("x3") d, in("x4") e,
            in("x5") f, options(nostack));
    }
    r
}

// Syscall6(num, a1..a6) (r1, r2, errno): x2-x7 and one stack word, which the callee pops together with its padding;
// results x2 x3 x4.
global_asm!(
    ".pushsection \".text.grus.syscall\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"internal/runtime/syscall/linux.Syscall6\"",
    ".type \"internal/runtime/syscall/linux.Syscall6\",@function",
    "\"internal/runtime/syscall/linux.Syscall6\":",
    "mov x8, x2",
    "mov x0, x3",
    "mov x1, x4",
    "mov x2, x5",
    "mov x3, x6",
    "mov x4, x7",
    "ldr x5, [sp]",
    "svc 0",
    "add sp, sp, #16",
    "cmn x0, #4095",
    "b.hs 2f",
    "mov x2, x0",
    "mov x3, x1",
    "mov x4, #0",
    "ret",
    "2:",
    "neg x4, x0",
    "mov x2, #-1",
    "mov x3, #0",
    "ret",
    ".size \"internal/runtime/syscall/linux.Syscall6\", . - \"internal/runtime/syscall/linux.Syscall6\"",
    // rawSyscallNoError(trap, a1, a2, a3) (r1, r2).
    ".balign 16",
    ".globl \"syscall.rawSyscallNoError\"",
    ".type \"syscall.rawSyscallNoError\",@function",
    "\"syscall.rawSyscallNoError\":",
    "mov x8, x2",
    "mov x0, x3",
    "mov x1, x4",
    "mov x2, x5",
    "svc 0",
    "mov x2, x0",
    "mov x3, x1",
    "ret",
    ".size \"syscall.rawSyscallNoError\", . - \"syscall.rawSyscallNoError\"",
    // rawVforkSyscall(trap, a1, a2, a3) (r1, errno): the return address is in x30, nothing is on the stack.
    ".balign 16",
    ".globl \"syscall.rawVforkSyscall\"",
    ".type \"syscall.rawVforkSyscall\",@function",
    "\"syscall.rawVforkSyscall\":",
    "mov x8, x2",
    "mov x0, x3",
    "mov x1, x4",
    "mov x2, x5",
    "mov x3, #0",
    "mov x4, #0",
    "mov x5, #0",
    "svc 0",
    "cmn x0, #4095",
    "b.hs 3f",
    "mov x2, x0",
    "mov x3, #0",
    "ret",
    "3:",
    "neg x3, x0",
    "mov x2, #-1",
    "ret",
    ".size \"syscall.rawVforkSyscall\", . - \"syscall.rawVforkSyscall\"",
    ".popsection",
);
