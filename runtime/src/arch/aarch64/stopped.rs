//! The registers of a goroutine that a signal stopped, and continuing from them.
//!
//! x18 is never allocated: it takes the PC when all other registers have been loaded. Vector registers may hold pointers,
//! because copies of small objects go through them.
//!
//! **Runs on** g0 and gsignal.

use super::signal::Context;
use core::arch::global_asm;
use core::mem::offset_of;

/// Whether goroutines can be stopped by signals.
pub const SUPPORTED: bool = true;
/// Whether a trap can follow each instruction: only a debugger can ask for that here.
pub const CAN_STEP: bool = false;

/// General registers in the order of the kernel's `sigcontext`: x0-x30, sp, pc, pstate.
const GENERAL: usize = 34;
const FP: usize = 29;
const SP: usize = 31;
const PC: usize = 32;

/// Registers.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub struct Registers {
    general: [usize; GENERAL],
    vector: [usize; 64],
}

#[allow(improper_ctypes)] // Plain addresses to assembly.
unsafe extern "C" {
    fn grus_gogo_stopped(registers: *const Registers) -> !;
    fn grus_stopped_entry();
}

impl Registers {
    /// Nothing.
    pub const NONE: Registers = Registers { general: [0; GENERAL], vector: [0; 64] };

    /// The interrupted ones.
    pub fn save(&mut self, ctx: &Context) {
        let (general, vector) = ctx.registers();
        // SAFETY: the kernel's structures have these registers in this order.
        unsafe {
            self.general = *(general as *const [usize; GENERAL]);
            self.vector = *(vector as *const [usize; 64]);
        }
    }

    /// PC.
    pub fn pc(&self) -> usize {
        self.general[PC]
    }

    /// Stack pointer.
    pub fn sp(&self) -> usize {
        self.general[SP]
    }

    /// Frame pointer.
    pub fn fp(&self) -> usize {
        self.general[FP]
    }

    /// Calls `f` with every word that may be a pointer.
    pub fn for_each_word(&self, f: impl FnMut(usize)) {
        self.general[..SP].iter().chain(&self.vector).copied().for_each(f);
    }
}

/// Never called: instructions cannot be trapped.
pub fn trap_on() {}

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
    "bl {stopped}",
    "brk #1",
    ".size grus_stopped_entry, . - grus_stopped_entry",
    ".balign 16",
    ".globl grus_gogo_stopped",
    ".type grus_gogo_stopped,@function",
    "grus_gogo_stopped:",
    "add x1, x0, #{VECTOR}",
    "ldp q0, q1, [x1], #32",
    "ldp q2, q3, [x1], #32",
    "ldp q4, q5, [x1], #32",
    "ldp q6, q7, [x1], #32",
    "ldp q8, q9, [x1], #32",
    "ldp q10, q11, [x1], #32",
    "ldp q12, q13, [x1], #32",
    "ldp q14, q15, [x1], #32",
    "ldp q16, q17, [x1], #32",
    "ldp q18, q19, [x1], #32",
    "ldp q20, q21, [x1], #32",
    "ldp q22, q23, [x1], #32",
    "ldp q24, q25, [x1], #32",
    "ldp q26, q27, [x1], #32",
    "ldp q28, q29, [x1], #32",
    "ldp q30, q31, [x1]",
    "ldr x1, [x0, #33*8]",
    "msr nzcv, x1",
    "ldr x1, [x0, #31*8]",
    "ldr x18, [x0, #32*8]",
    "mov sp, x1",
    "ldp x2, x3, [x0, #2*8]",
    "ldp x4, x5, [x0, #4*8]",
    "ldp x6, x7, [x0, #6*8]",
    "ldp x8, x9, [x0, #8*8]",
    "ldp x10, x11, [x0, #10*8]",
    "ldp x12, x13, [x0, #12*8]",
    "ldp x14, x15, [x0, #14*8]",
    "ldp x16, x17, [x0, #16*8]",
    "ldp x19, x20, [x0, #19*8]",
    "ldp x21, x22, [x0, #21*8]",
    "ldp x23, x24, [x0, #23*8]",
    "ldp x25, x26, [x0, #25*8]",
    "ldp x27, x28, [x0, #27*8]",
    "ldp x29, x30, [x0, #29*8]",
    "ldp x0, x1, [x0]",
    "br x18",
    ".size grus_gogo_stopped, . - grus_gogo_stopped",
    ".popsection",
    VECTOR = const offset_of!(Registers, vector),
    stopped = sym crate::sched::stopped::grus_stopped,
);
