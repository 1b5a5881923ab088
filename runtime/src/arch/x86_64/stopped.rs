//! The registers of a goroutine that a signal stopped, and continuing from them.
//!
//! Go code uses the general registers and the lower halves of the vector registers; the latter may hold pointers, because
//! copies of small objects go through them.
//!
//! **Runs on** g0 and gsignal.

use super::signal::Context;
use core::arch::{asm, global_asm};
use core::mem::offset_of;

/// Whether goroutines can be stopped by signals.
pub const SUPPORTED: bool = true;
/// Whether a trap can follow each instruction.
pub const CAN_STEP: bool = true;

/// General registers in the order of the kernel's `ucontext`: r8-r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, flags.
const GENERAL: usize = 18;
const RBP: usize = 10;
const RSP: usize = 15;
const RIP: usize = 16;

/// Registers.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub struct Registers {
    general: [usize; GENERAL],
    vector: [usize; 32],
}

#[allow(improper_ctypes)] // Plain addresses to assembly.
unsafe extern "C" {
    fn grus_gogo_stopped(registers: *const Registers) -> !;
    fn grus_stopped_entry();
}

impl Registers {
    /// Nothing.
    pub const NONE: Registers = Registers { general: [0; GENERAL], vector: [0; 32] };

    /// The interrupted ones.
    pub fn save(&mut self, ctx: &Context) {
        let (general, vector) = ctx.registers();
        // SAFETY: the kernel's structure has these registers in this order.
        unsafe {
            self.general = *(general as *const [usize; GENERAL]);
            self.vector = *(vector as *const [usize; 32]);
        }
    }

    /// PC.
    pub fn pc(&self) -> usize {
        self.general[RIP]
    }

    /// Stack pointer.
    pub fn sp(&self) -> usize {
        self.general[RSP]
    }

    /// Frame pointer.
    pub fn fp(&self) -> usize {
        self.general[RBP]
    }

    /// Calls `f` with every word that may be a pointer.
    pub fn for_each_word(&self, f: impl FnMut(usize)) {
        self.general[..RSP].iter().chain(&self.vector).copied().for_each(f);
    }
}

/// From here on a trap follows each instruction.
pub fn trap_on() {
    // SAFETY: only the trap flag changes.
    unsafe { asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq") };
}

/// Where an interrupted thread continues: calls `sched::stopped::grus_stopped` with g on the g0 stack.
pub fn entry_pc() -> usize {
    grus_stopped_entry as *const () as usize
}

/// Continues a goroutine.
///
/// # Safety
/// The caller runs on g0 with nothing to clean up; the registers are those of the M's current goroutine.
pub unsafe fn gogo_stopped(registers: *const Registers) -> ! {
    // SAFETY: passed on.
    unsafe { grus_gogo_stopped(registers) }
}

global_asm!(
    ".pushsection \".text.grus.stopped\",\"ax\",@progbits",
    ".balign 16",
    ".globl grus_stopped_entry",
    ".type grus_stopped_entry,@function",
    "grus_stopped_entry:",
    "cld",
    "call {stopped}",
    "ud2",
    ".size grus_stopped_entry, . - grus_stopped_entry",
    ".balign 16",
    ".globl grus_gogo_stopped",
    ".type grus_gogo_stopped,@function",
    "grus_gogo_stopped:",
    "movaps xmm0, [rdi+{VECTOR}]",
    "movaps xmm1, [rdi+{VECTOR}+16]",
    "movaps xmm2, [rdi+{VECTOR}+32]",
    "movaps xmm3, [rdi+{VECTOR}+48]",
    "movaps xmm4, [rdi+{VECTOR}+64]",
    "movaps xmm5, [rdi+{VECTOR}+80]",
    "movaps xmm6, [rdi+{VECTOR}+96]",
    "movaps xmm7, [rdi+{VECTOR}+112]",
    "movaps xmm8, [rdi+{VECTOR}+128]",
    "movaps xmm9, [rdi+{VECTOR}+144]",
    "movaps xmm10, [rdi+{VECTOR}+160]",
    "movaps xmm11, [rdi+{VECTOR}+176]",
    "movaps xmm12, [rdi+{VECTOR}+192]",
    "movaps xmm13, [rdi+{VECTOR}+208]",
    "movaps xmm14, [rdi+{VECTOR}+224]",
    "movaps xmm15, [rdi+{VECTOR}+240]",
    "mov r8, [rdi]",
    "mov r9, [rdi+8]",
    "mov r10, [rdi+2*8]",
    "mov r11, [rdi+3*8]",
    "mov r12, [rdi+4*8]",
    "mov r13, [rdi+5*8]",
    "mov r14, [rdi+6*8]",
    "mov r15, [rdi+7*8]",
    "mov rsi, [rdi+9*8]",
    "mov rbp, [rdi+10*8]",
    "mov rbx, [rdi+11*8]",
    "mov rdx, [rdi+12*8]",
    "mov rax, [rdi+13*8]",
    "mov rcx, [rdi+14*8]",
    "mov rsp, [rdi+15*8]",
    // Compiled code has nothing below its stack pointer.
    "push qword ptr [rdi+16*8]",
    "push qword ptr [rdi+17*8]",
    "mov rdi, [rdi+8*8]",
    "popfq",
    "ret",
    ".size grus_gogo_stopped, . - grus_gogo_stopped",
    ".popsection",
    VECTOR = const offset_of!(Registers, vector),
    stopped = sym crate::sched::stopped::grus_stopped,
);
