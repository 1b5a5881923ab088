//! The interrupted context of a signal handler.
//!
//! `ucontext`: flags, link, stack, signal mask padded to 128 bytes, then at offset 176 the fault address, x0-x30, sp, pc,
//! pstate, and records of which one has the vector registers.
//!
//! **Runs on** gsignal.

use core::arch::global_asm;

const REGS: usize = 184;
const SP: usize = REGS + 31 * 8;
const PC: usize = SP + 8;

/// The records: each begins with its kind and its size, 32 bits each.
const RECORDS: usize = 464;
/// Kind of the record that has, behind two status words, the vector registers.
const FPSIMD: u32 = 0x4650_8001;

const fn x(n: usize) -> usize {
    REGS + n * 8
}

unsafe extern "C" {
    /// Returns from a handler; the kernel is told about it by SA_RESTORER.
    #[link_name = "grus_sigreturn"]
    pub fn rt_sigreturn();
}

global_asm!(
    ".pushsection \".text.grus.sigreturn\",\"ax\",@progbits",
    ".balign 16",
    ".globl grus_sigreturn",
    ".type grus_sigreturn,@function",
    "grus_sigreturn:",
    "mov x8, #139",
    "svc 0",
    "brk #1",
    ".size grus_sigreturn, . - grus_sigreturn",
    ".popsection",
);

/// Columns of a register's name in a dump.
pub const NAME_WIDTH: usize = 8;

/// A `ucontext`.
pub struct Context(*mut u8);

impl Context {
    /// Wraps what the kernel passed to the handler.
    pub fn new(p: *mut u8) -> Context {
        Context(p)
    }

    fn get(&self, off: usize) -> usize {
        // SAFETY: the offset names a register of the ucontext.
        unsafe { *(self.0.add(off) as *const usize) }
    }

    fn set(&mut self, off: usize, v: usize) {
        // SAFETY: as above.
        unsafe { *(self.0.add(off) as *mut usize) = v }
    }

    /// Interrupted PC.
    pub fn pc(&self) -> usize {
        self.get(PC)
    }

    /// Interrupted SP.
    pub fn sp(&self) -> usize {
        self.get(SP)
    }

    /// Interrupted frame pointer.
    pub fn fp(&self) -> usize {
        self.get(x(29))
    }

    /// Where the kernel saved the general registers (x0 first), and v0 to v31.
    pub fn registers(&self) -> (usize, usize) {
        let mut at = self.0 as usize + RECORDS;
        // SAFETY: the kernel's list of records always has this one.
        unsafe {
            while *(at as *const u32) != FPSIMD {
                at += *((at + 4) as *const u32) as usize;
            }
        }
        (self.0 as usize + REGS, at + 16)
    }

    /// No trap follows the instructions of the context: none ever does.
    pub fn trap_off(&mut self) {}

    /// Arranges that the context continues in `code` on another stack, with `x0` as argument.
    pub fn redirect(&mut self, code: usize, sp: usize, arg: usize) {
        self.set(PC, code);
        self.set(SP, sp);
        self.set(x(0), arg);
    }

    /// Where the caller of the interrupted Go function is, as (return address, frame pointer), if the function has no frame
    /// of its own at this instruction. `body` is the distance from the start of its body, `None` in the stack check.
    ///
    /// # Safety
    /// SP is in a goroutine's stack, which this thread runs on.
    pub unsafe fn frameless(&self, body: Option<usize>) -> Option<(usize, usize)> {
        const RET: u32 = 0xd65f_03c0;
        let pc = self.pc();
        let without = match body {
            // `stp fp, lr, [sp, #-16]!; mov fp, sp`.
            None | Some(0..8) => true,
            // SAFETY: Go text; an addition to SP comes before the return.
            Some(_) => unsafe {
                let at = pc as *const u32;
                *at == RET || *at & 0xff80_03ff == 0x9100_03ff && *at.add(1) == RET
            },
        };
        without.then(|| (self.get(x(30)), self.fp()))
    }

    /// The register that holds return addresses, on architectures that have one.
    pub fn link_register(&self) -> Option<usize> {
        Some(self.get(x(30)))
    }

    /// All registers with their names, as fatal errors print them.
    pub fn for_each_register(&self, mut f: impl FnMut(&str, usize)) {
        const NAMES: [&str; 34] = [
            "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15", "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26", "r27", "r28",
            "r29", "lr", "sp", "pc", "fault",
        ];
        for (n, name) in NAMES.into_iter().enumerate() {
            // The fault address stands before the registers.
            f(name, if n == 33 { self.get(REGS - 8) } else { self.get(x(n)) });
        }
    }

    /// Makes a leaf's caller the interrupted function: PC is the return address.
    ///
    /// # Safety
    /// The context is inside a leaf that has not changed x30.
    pub unsafe fn return_from_leaf(&mut self) {
        self.set(PC, self.get(x(30)));
    }

    /// Arranges that the context continues in `code`, called with three words from the interrupted PC. The link
    /// register is free in a function body: its value is in the frame.
    ///
    /// # Safety
    /// SP is that of a function body, 16-byte aligned, on a goroutine stack.
    pub unsafe fn call(&mut self, code: usize, args: [usize; 3], g: usize) {
        self.set(x(30), self.pc());
        self.set(PC, code);
        self.set(x(2), args[0]);
        self.set(x(3), args[1]);
        self.set(x(4), args[2]);
        self.set(x(21), g);
    }
}
