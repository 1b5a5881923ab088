//! Making threads, and the leaves around system calls.
//!
//! `runtime.entersyscall` records where its caller stands in `g.sched`, and sets the goroutine's status before the
//! P's (releasing stores). `runtime.exitsyscall` takes the P back by one compare-and-swap.
//!
//! # Orderings
//!
//! `stlr` of the goroutine's status publishes where it stands, for who suspends it; `stlr` of the P's status all that was done with
//! the P. After that the thread touches neither. `ldaxr`/`stlxr` of `exitsyscall` see what was done with the P meanwhile; the
//! stores to `P::m` and `P::syscall_tick` behind it are plain, as the P is the thread's again. The flag of traces is loaded with the P
//! in hand: it changes while the world is stopped.
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
    // SAFETY: the parent continues behind the system call with all registers but x0; the child uses nothing of this
    // frame.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, #0",
            "mov x30, #0",
            "mov x0, x3",
            "blr x9",
            "brk #1",
            "2:",
            in("x8") libc::SYS_clone,
            inlateout("x0") flags as isize => r,
            in("x1") stack & !15,
            in("x2") 0usize,
            in("x3") m,
            in("x4") alive,
            in("x9") entry,
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
    "adrp x9, {TRACE}",
    "ldr w9, [x9, :lo12:{TRACE}]",
    "cbnz w9, 2f",
    "str x30, [x21, #{SCHED_PC}]",
    "mov x9, sp",
    "str x9, [x21, #{SCHED_SP}]",
    "str x29, [x21, #{SCHED_FP}]",
    "ldr x9, [x21, #{M}]",
    "ldr x10, [x9, #{M_P}]",
    "str x10, [x9, #{M_OLDP}]",
    "str xzr, [x9, #{M_P}]",
    "mov w11, #{G_SYSCALL}",
    "add x12, x21, #{G_STATUS}",
    "stlr w11, [x12]",
    "mov w11, #{P_SYSCALL}",
    "add x12, x10, #{P_STATUS}",
    "stlr w11, [x12]",
    "ret",
    "2:",
    "adrp x16, {enter_traced}",
    "add x16, x16, :lo12:{enter_traced}",
    "b grus_g0call",
    ".size \"runtime.entersyscall\", . - \"runtime.entersyscall\"",
    //
    ".balign 16",
    ".globl \"runtime.exitsyscall\"",
    ".type \"runtime.exitsyscall\",@function",
    "\"runtime.exitsyscall\":",
    "ldr x9, [x21, #{M}]",
    "ldr x10, [x9, #{M_OLDP}]",
    "cbz x10, 2f",
    "add x12, x10, #{P_STATUS}",
    "mov w13, #{P_RUNNING}",
    "3:",
    "ldaxr w11, [x12]",
    "cmp w11, #{P_SYSCALL}",
    "b.ne 2f",
    "stlxr w14, w13, [x12]",
    "cbnz w14, 3b",
    // Asked with the P in hand: nobody begins or ends a trace meanwhile.
    "adrp x11, {TRACE}",
    "ldr w11, [x11, :lo12:{TRACE}]",
    "cbnz w11, 5f",
    "str x9, [x10, #{P_M}]",
    "str x10, [x9, #{M_P}]",
    "ldr w11, [x10, #{P_TICK}]",
    "add w11, w11, #1",
    "str w11, [x10, #{P_TICK}]",
    "add x12, x21, #{G_STATUS}",
    "mov w13, #{G_RUNNING}",
    "4:",
    "ldaxr w11, [x12]",
    "cmp w11, #{G_SYSCALL}",
    "b.ne 2f",
    "stlxr w14, w13, [x12]",
    "cbnz w14, 4b",
    "ret",
    "2:",
    "adrp x16, {slow}",
    "add x16, x16, :lo12:{slow}",
    "b grus_g0call",
    "5:",
    "adrp x16, {exit_traced}",
    "add x16, x16, :lo12:{exit_traced}",
    "b grus_g0call",
    ".size \"runtime.exitsyscall\", . - \"runtime.exitsyscall\"",
    //
    ".balign 16",
    ".globl \"runtime.procPin\"",
    ".type \"runtime.procPin\",@function",
    "\"runtime.procPin\":",
    "ldr x9, [x21, #{M}]",
    "ldr w10, [x9, #{M_LOCKS}]",
    "add w10, w10, #1",
    "str w10, [x9, #{M_LOCKS}]",
    "ldr x9, [x9, #{M_P}]",
    "ldr w2, [x9, #{P_ID}]",
    "ret",
    ".size \"runtime.procPin\", . - \"runtime.procPin\"",
    ".globl \"runtime.procUnpin\"",
    ".type \"runtime.procUnpin\",@function",
    "\"runtime.procUnpin\":",
    "ldr x9, [x21, #{M}]",
    "ldr w10, [x9, #{M_LOCKS}]",
    "sub w10, w10, #1",
    "str w10, [x9, #{M_LOCKS}]",
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
