//! The interrupted context of a signal handler.
//!
//! `ucontext`: flags, link, stack (40 bytes), then r8-r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip.
//!
//! **Runs on** gsignal.

use core::arch::global_asm;

const REGS: usize = 40;
const R15: usize = REGS + 7 * 8;
const RDI: usize = REGS + 8 * 8;
const RSI: usize = REGS + 9 * 8;
const RBP: usize = REGS + 10 * 8;
const RDX: usize = REGS + 12 * 8;
const RSP: usize = REGS + 15 * 8;
const RIP: usize = REGS + 16 * 8;
const FLAGS: usize = REGS + 17 * 8;
/// Pointer to the FXSAVE area, behind flags, segments, error, trap number, mask and fault address.
const FPSTATE: usize = REGS + 23 * 8;
/// xmm0 in it.
const XMM: usize = 160;

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
    "mov eax, 15",
    "syscall",
    "ud2",
    ".size grus_sigreturn, . - grus_sigreturn",
    ".popsection",
);

/// Columns of a register's name in a dump.
pub const NAME_WIDTH: usize = 7;

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
        self.get(RIP)
    }

    /// Interrupted SP.
    pub fn sp(&self) -> usize {
        self.get(RSP)
    }

    /// Interrupted frame pointer.
    pub fn fp(&self) -> usize {
        self.get(RBP)
    }

    /// No trap follows the instructions of the context.
    pub fn trap_off(&mut self) {
        self.set(FLAGS, self.get(FLAGS) & !0x100);
    }

    /// Where the kernel saved the general registers (r8 first), and xmm0 to xmm15.
    pub fn registers(&self) -> (usize, usize) {
        (self.0 as usize + REGS, self.get(FPSTATE) + XMM)
    }

    /// Arranges that the context continues in `code` on another stack, with `rdi` as argument.
    pub fn redirect(&mut self, code: usize, sp: usize, arg: usize) {
        self.set(RIP, code);
        self.set(RSP, sp);
        self.set(RDI, arg);
    }

    /// Where the caller of the interrupted Go function is, as (return address, frame pointer), if the function has no frame
    /// of its own at this instruction. `body` is the distance from the start of its body, `None` in the stack check.
    ///
    /// # Safety
    /// SP is in a goroutine's stack, which this thread runs on.
    pub unsafe fn frameless(&self, body: Option<usize>) -> Option<(usize, usize)> {
        let (pc, sp, fp) = (self.pc(), self.sp(), self.fp());
        let at = match body {
            // `push rbp`; `mov rbp, rsp` is 3 bytes long.
            None | Some(0) => sp,
            Some(1..4) => sp + 8,
            // SAFETY: Go text.
            Some(_) => match unsafe { *(pc as *const u8) } {
                0xc3 | 0xc2 => sp,
                _ => return None,
            },
        };
        // SAFETY: the word lies in the stack or, at its very top, in the two words above the first frame.
        Some((unsafe { *(at as *const usize) }, fp))
    }

    /// The register that holds return addresses, on architectures that have one.
    pub fn link_register(&self) -> Option<usize> {
        None
    }

    /// All registers with their names, as fatal errors print them.
    pub fn for_each_register(&self, mut f: impl FnMut(&str, usize)) {
        const NAMES: [(&str, usize); 18] = [
            ("rax", 13),
            ("rbx", 11),
            ("rcx", 14),
            ("rdx", 12),
            ("rdi", 8),
            ("rsi", 9),
            ("rbp", 10),
            ("rsp", 15),
            ("r8", 0),
            ("r9", 1),
            ("r10", 2),
            ("r11", 3),
            ("r12", 4),
            ("r13", 5),
            ("r14", 6),
            ("r15", 7),
            ("rip", 16),
            ("rflags", 17),
        ];
        for (name, n) in NAMES {
            f(name, self.get(REGS + n * 8));
        }
        // Selectors of 16 bits: cs, gs, fs.
        let selectors = self.get(REGS + 18 * 8);
        for (name, n) in [("cs", 0), ("fs", 2), ("gs", 1)] {
            f(name, selectors >> (16 * n) & 0xffff);
        }
    }

    /// Makes a leaf's caller the interrupted function: PC is the return address.
    ///
    /// # Safety
    /// The context is inside a leaf that has not moved SP.
    pub unsafe fn return_from_leaf(&mut self) {
        let sp = self.sp();
        // SAFETY: a leaf's return address is on top of the stack.
        self.set(RIP, unsafe { *(sp as *const usize) });
        self.set(RSP, sp + 8);
    }

    /// Arranges that the context continues in `code`, called with three words from the interrupted PC.
    ///
    /// # Safety
    /// SP is that of a function body, 16-byte aligned, on a goroutine stack.
    pub unsafe fn call(&mut self, code: usize, args: [usize; 3], g: usize) {
        let sp = self.sp() - 8;
        // SAFETY: below the guard there is room for a return address.
        unsafe { *(sp as *mut usize) = self.pc() };
        self.set(RSP, sp);
        self.set(RIP, code);
        self.set(RDI, args[0]);
        self.set(RSI, args[1]);
        self.set(RDX, args[2]);
        self.set(R15, g);
    }
}
