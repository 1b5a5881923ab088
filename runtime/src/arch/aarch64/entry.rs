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
    "mov x29, #0",
    "mov x30, #0",
    "mov x0, sp",
    "bl {start}",
    "brk #1",
    ".size _start, . - _start",
    ".popsection",
    start = sym crate::sched::start::grus_start,
);
