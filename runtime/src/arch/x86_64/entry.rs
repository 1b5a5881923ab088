//! Process entry.
//!
//! **Runs on** the stack that the kernel made, which becomes the first M's g0 stack.

use core::arch::global_asm;

global_asm!(
    ".pushsection \".text.grus.entry\",\"ax\",@progbits",
    ".balign 16",
    ".globl _start",
    ".type _start,@function",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {start}",
    "ud2",
    ".size _start, . - _start",
    ".popsection",
    start = sym crate::sched::start::grus_start,
);
