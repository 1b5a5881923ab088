//! Making threads, and the leaves around system calls.
//!
//! `runtime.entersyscall` records where its caller stands in `g.sched`, and sets the goroutine's status before the
//! P's (stores are not reordered here). `runtime.exitsyscall` takes the P back by one compare-and-swap.
//!
//! **Runs on** goroutine stacks; a new thread begins on its g0 stack.

use crate::sched::g::{self, G};
use crate::sched::m::M;
use crate::sched::p::{self, P};
use core::arch::{asm, global_asm};
use core::mem::offset_of;
use grus_abi::g as abi;

/// clone(2). In the new thread, whose thread pointer is `m`, `entry(m)` runs on `stack` and does not return. Returns
/// the kernel's number of the thread, or a negated errno.
///
/// # Safety
/// The stack is unused, and stays so until the thread ends; the kernel zeroes `alive` then.
pub unsafe fn clone_thread(
    flags: usize,
    stack: usize,
    m: usize,
    alive: *mut u32,
    entry: unsafe extern "C" fn(*mut M) -> !,
) -> isize {
    let r: isize;
    // SAFETY: the parent continues behind the system call with all registers but rax, rcx and r11; the child uses
    // nothing of this frame.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r8",
            "call r9",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone as isize => r,
            in("rdi") flags,
            in("rsi") stack & !15,
            in("rdx") 0usize,
            in("r10") alive,
            in("r8") m,
            in("r9") entry,
            out("rcx") _,
            out("r11") _,
        );
    }
    r
}

global_asm!(
    ".pushsection \".text.grus.entersyscall\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"runtime.entersyscall\"",
    ".type \"runtime.entersyscall\",@function",
    "\"runtime.entersyscall\":",
    "cmp dword ptr [rip+{TRACE}], 0",
    "jne 2f",
    "mov r10, [rsp]",
    "lea r11, [rsp+8]",
    "mov [r15+{SCHED_PC}], r10",
    "mov [r15+{SCHED_SP}], r11",
    "mov [r15+{SCHED_FP}], rbp",
    "mov r10, [r15+{M}]",
    "mov r11, [r10+{M_P}]",
    "mov [r10+{M_OLDP}], r11",
    "mov qword ptr [r10+{M_P}], 0",
    "mov dword ptr [r15+{G_STATUS}], {G_SYSCALL}",
    "mov dword ptr [r11+{P_STATUS}], {P_SYSCALL}",
    "ret",
    "2:",
    "lea rax, [rip+{enter_traced}]",
    "jmp grus_g0call",
    ".size \"runtime.entersyscall\", . - \"runtime.entersyscall\"",
    //
    ".balign 16",
    ".globl \"runtime.exitsyscall\"",
    ".type \"runtime.exitsyscall\",@function",
    "\"runtime.exitsyscall\":",
    "mov r10, [r15+{M}]",
    "mov r11, [r10+{M_OLDP}]",
    "mov eax, {P_SYSCALL}",
    "mov ecx, {P_RUNNING}",
    "lock cmpxchg [r11+{P_STATUS}], ecx",
    "jne 2f",
    // Asked with the P in hand: nobody begins or ends a trace meanwhile.
    "cmp dword ptr [rip+{TRACE}], 0",
    "jne 3f",
    "mov [r11+{P_M}], r10",
    "mov [r10+{M_P}], r11",
    "inc dword ptr [r11+{P_TICK}]",
    "mov eax, {G_SYSCALL}",
    "mov ecx, {G_RUNNING}",
    "lock cmpxchg [r15+{G_STATUS}], ecx",
    "jne 2f",
    "ret",
    "2:",
    "lea rax, [rip+{slow}]",
    "jmp grus_g0call",
    "3:",
    "lea rax, [rip+{exit_traced}]",
    "jmp grus_g0call",
    ".size \"runtime.exitsyscall\", . - \"runtime.exitsyscall\"",
    //
    ".balign 16",
    ".globl \"runtime.procPin\"",
    ".type \"runtime.procPin\",@function",
    "\"runtime.procPin\":",
    "mov r10, [r15+{M}]",
    "inc dword ptr [r10+{M_LOCKS}]",
    "mov r10, [r10+{M_P}]",
    "mov eax, [r10+{P_ID}]",
    "ret",
    ".size \"runtime.procPin\", . - \"runtime.procPin\"",
    ".globl \"runtime.procUnpin\"",
    ".type \"runtime.procUnpin\",@function",
    "\"runtime.procUnpin\":",
    "mov r10, [r15+{M}]",
    "dec dword ptr [r10+{M_LOCKS}]",
    "ret",
    ".size \"runtime.procUnpin\", . - \"runtime.procUnpin\"",
    ".popsection",
    SCHED_PC = const abi::SCHED_PC,
    SCHED_SP = const abi::SCHED_SP,
    SCHED_FP = const abi::SCHED_FP,
    M = const abi::M,
    M_P = const offset_of!(M, p),
    M_OLDP = const offset_of!(M, oldp),
    M_LOCKS = const offset_of!(M, locks),
    P_STATUS = const offset_of!(P, status),
    P_M = const offset_of!(P, m),
    P_ID = const offset_of!(P, id),
    P_TICK = const offset_of!(P, syscall_tick),
    P_SYSCALL = const p::SYSCALL,
    P_RUNNING = const p::RUNNING,
    G_STATUS = const offset_of!(G, status),
    G_SYSCALL = const g::SYSCALL,
    G_RUNNING = const g::RUNNING,
    slow = sym crate::sched::syscall::exitsyscall_slow,
    enter_traced = sym crate::sched::syscall::entersyscall_traced,
    exit_traced = sym crate::sched::syscall::exitsyscall_traced,
    TRACE = sym crate::trace::ON,
);
