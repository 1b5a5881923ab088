//! The goroutine header: the prefix of the runtime's `G` that generated code, assembly and the Go half touch.
//!
//! The pinned register (r15 on x86_64, x21 on aarch64) holds the address of this structure while Go code runs.
//! Offsets are part of the ABI: the prologue compares SP with [`STACKGUARD`], the native stubs save the caller's
//! state under `sched`, `morestack` saves the argument registers under `args`/`fargs`, and `runtime/go/runtime`
//! declares a Go struct `g` with the same layout as [`GHeader`].
//!
//! The test at the end of the file pins every offset.

/// Bytes of a goroutine's stack that lie below the guard: room for functions without a stack check, the frames of
/// assembly leaves and `PreserveAll` stubs. `stackguard = stack.lo + STACK_GUARD`.
pub const STACK_GUARD: usize = 928;

/// A function whose frame is at most this many bytes compares SP itself with the guard, a larger one SP minus its
/// frame size. Hence at least `STACK_GUARD - STACK_SMALL` bytes remain below any checked frame.
pub const STACK_SMALL: usize = 128;

/// The smallest goroutine stack.
pub const STACK_MIN: usize = 2048;

/// The value of `stackguard` that makes every check take the slow path (preemption, `stackmove` stress).
pub const STACK_PREEMPT: usize = usize::MAX - 1313;

/// Number of integer argument registers of `CallConv::Tail` on both architectures.
pub const INT_ARG_REGS: usize = 6;
/// Number of floating-point argument registers of `CallConv::Tail` on both architectures.
pub const FLOAT_ARG_REGS: usize = 8;

/// Number of callee-saved registers that tables can name: aarch64 has the most.
pub const CALLEE_REGS: usize = 17;
/// Number of callee-saved registers that the header has room for: a runtime keeps those of its own architecture only,
/// because every goroutine has them.
pub const SAVED_REGS: usize = if cfg!(target_arch = "x86_64") { 4 } else { CALLEE_REGS };

/// Where a goroutine that is not running continues: the state of the caller just *after* the call that stopped it
/// has returned. `pc` is the return address, `sp` the stack pointer after the return address (x86_64) is popped.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gobuf {
    pub pc: usize,
    pub sp: usize,
    pub fp: usize,
}

/// The header. Everything after `go` belongs to the runtime alone (see `runtime/src/sched/g.rs`).
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct GHeader {
    /// Lowest address of the goroutine's stack.
    pub stack_lo: usize,
    /// One past the highest address of the goroutine's stack.
    pub stack_hi: usize,
    /// Compared with SP by prologues.
    pub stackguard: usize,
    /// The M that runs this goroutine; null while it is not running.
    pub m: usize,
    /// Saved state: of a goroutine that is inside a native, parked, runnable, or in a system call.
    pub sched: Gobuf,
    /// Outcome of the native that runs or ran last (`native::outcome`). Zero (`DONE`) outside natives.
    pub outcome: u32,
    /// `native::raise` code of an outcome `RAISE`.
    pub raise_code: u32,
    /// First result word of a native that parked, or first argument of a raise.
    pub ret0: usize,
    /// Second result word of a native that parked, or second argument of a raise.
    pub ret1: usize,
    /// Address in the slow path of the function that called `morestack`: execution continues there, and the
    /// function's tables are found by it.
    pub morestack_pc: usize,
    /// The Go half's words.
    pub go: GoArea,
    /// aarch64 only: the link register at the entry of the function that called `morestack`.
    pub morestack_lr: usize,
    /// Integer argument registers of the function that called `morestack`, in order (x86_64 rdi rsi rdx rcx r8 r9;
    /// aarch64 x2..x7). Bit *i* of the function's argument bitmap describes word *i*.
    pub args: [usize; INT_ARG_REGS],
    /// Floating-point argument registers (x86_64 xmm0-7; aarch64 v0-7), 16 bytes each.
    pub fargs: [u128; FLOAT_ARG_REGS],
    /// Callee-saved registers of Go code while the goroutine is switched out (x86_64 rbx r12 r13 r14; aarch64
    /// x19 x20 x22..x28 d8..d15). None of them holds a pointer that is used afterwards.
    pub callee: [usize; SAVED_REGS],
}

/// Fields that Go code of package `runtime` reads and writes through its own struct `g`.
///
/// The first [`GO_POINTER_WORDS`] words are garbage collection roots, and are adjusted when they point into the
/// goroutine's own stack and the stack is copied.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct GoArea {
    /// Innermost panic (`*_panic`).
    pub panic: usize,
    /// Innermost deferred call (`*_defer`).
    pub defer: usize,
    /// `unsafe.Pointer` for the Go half's own protocols.
    pub param: usize,
    /// Profiler labels.
    pub labels: usize,
    /// The coroutine that this goroutine belongs to (`*coro`).
    pub coro: usize,
    /// The synctest bubble.
    pub bubble: usize,
    /// The closure this goroutine was started with; its code is the goroutine's outermost function.
    pub startfn: usize,
    /// Spare pointer word.
    pub spare: usize,
    /// Number of the goroutine, as tracebacks show it.
    pub goid: u64,
    /// Number of the goroutine that executed the `go` statement.
    pub parent_goid: u64,
    /// Return address of the `go` statement.
    pub gopc: usize,
    /// Entry of the goroutine's outermost function.
    pub startpc: usize,
    /// Signal number, code, address and PC of the fault that `sigpanic` is being called for.
    pub sig: usize,
    pub sigcode0: usize,
    pub sigcode1: usize,
    pub sigpc: usize,
    /// `crypto/internal/fips140` indicator.
    pub fips_indicator: u8,
    /// `crypto/fips140` bypass flag.
    pub fips_bypass: u8,
    /// `debug.SetPanicOnFault`.
    pub panic_on_fault: u8,
    /// Set by `runtime.systemGoroutine`: hidden from user tracebacks and from deadlock detection.
    pub system: u8,
    /// Set while the goroutine runs `Goexit`.
    pub goexiting: u8,
    /// The Go half's.
    pub nfree: u8,
    /// A system goroutine runs a function of the program: it is not hidden.
    pub user_code: u8,
    pub pad: u8,
    /// A word of scratch for the Go half.
    pub scratch: u64,
    /// Index and length of a bounds check that fails: stored by generated code, read by the function that panics. The
    /// cold path so has no operands in fixed registers, which would spoil the registers of the path that succeeds.
    pub bounds: [u64; 2],
}

/// Leading words of [`GoArea`] that hold pointers.
pub const GO_POINTER_WORDS: usize = 8;

/// Offset of `GHeader::stack_lo`.
pub const STACK_LO: usize = 0;
/// Offset of `GHeader::stack_hi`.
pub const STACK_HI: usize = 8;
/// Offset of `GHeader::stackguard`, which prologues compare SP with.
pub const STACKGUARD: usize = 16;
/// Offset of `GHeader::m`.
pub const M: usize = 24;
/// Offset of `GHeader::sched.pc`.
pub const SCHED_PC: usize = 32;
/// Offset of `GHeader::sched.sp`.
pub const SCHED_SP: usize = 40;
/// Offset of `GHeader::sched.fp`.
pub const SCHED_FP: usize = 48;
/// Offset of `GHeader::outcome`.
pub const OUTCOME: usize = 56;
/// Offset of `GHeader::raise_code`.
pub const RAISE_CODE: usize = 60;
/// Offset of `GHeader::ret0`.
pub const RET0: usize = 64;
/// Offset of `GHeader::ret1`.
pub const RET1: usize = 72;
/// Offset of `GHeader::morestack_pc`.
pub const MORESTACK_PC: usize = 80;
/// Offset of `GHeader::go`.
pub const GO: usize = 88;
/// Offset of `GHeader::go.startfn`.
pub const GO_STARTFN: usize = GO + 48;
/// Offset of `GHeader::go.bounds`.
pub const GO_BOUNDS: usize = GO + 144;
/// Offset of `GHeader::morestack_lr`.
pub const MORESTACK_LR: usize = 248;
/// Offset of `GHeader::args`.
pub const ARGS: usize = 256;
/// Offset of `GHeader::fargs`.
pub const FARGS: usize = 304;
/// Offset of `GHeader::callee`.
pub const CALLEE: usize = 432;
/// Size of `GHeader`.
pub const HEADER_SIZE: usize = (CALLEE + 8 * SAVED_REGS).next_multiple_of(16);

/// Offset in an M of its own address (the thread pointer register points at the M).
pub const M_SELF: usize = 0;
/// Offset in an M of the stack pointer that natives switch to (top of the g0 stack, 16-byte aligned).
pub const M_G0SP: usize = 8;
/// Offset in an M of the goroutine it runs.
pub const M_CURG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::{offset_of, size_of};

    #[test]
    fn offsets_are_those_of_the_structure() {
        assert_eq!(offset_of!(GHeader, stack_lo), STACK_LO);
        assert_eq!(offset_of!(GHeader, stack_hi), STACK_HI);
        assert_eq!(offset_of!(GHeader, stackguard), STACKGUARD);
        assert_eq!(offset_of!(GHeader, m), M);
        assert_eq!(offset_of!(GHeader, sched) + offset_of!(Gobuf, pc), SCHED_PC);
        assert_eq!(offset_of!(GHeader, sched) + offset_of!(Gobuf, sp), SCHED_SP);
        assert_eq!(offset_of!(GHeader, sched) + offset_of!(Gobuf, fp), SCHED_FP);
        assert_eq!(offset_of!(GHeader, outcome), OUTCOME);
        assert_eq!(offset_of!(GHeader, raise_code), RAISE_CODE);
        assert_eq!(offset_of!(GHeader, ret0), RET0);
        assert_eq!(offset_of!(GHeader, ret1), RET1);
        assert_eq!(offset_of!(GHeader, morestack_pc), MORESTACK_PC);
        assert_eq!(offset_of!(GHeader, go), GO);
        assert_eq!(offset_of!(GHeader, go) + offset_of!(GoArea, startfn), GO_STARTFN);
        assert_eq!(offset_of!(GoArea, goid), GO_POINTER_WORDS * 8);
        assert_eq!(offset_of!(GHeader, go) + offset_of!(GoArea, bounds), GO_BOUNDS);
        assert_eq!(size_of::<GoArea>(), 160);
        assert_eq!(offset_of!(GHeader, morestack_lr), MORESTACK_LR);
        assert_eq!(offset_of!(GHeader, args), ARGS);
        assert_eq!(offset_of!(GHeader, fargs), FARGS);
        assert_eq!(offset_of!(GHeader, callee), CALLEE);
        assert_eq!(size_of::<GHeader>(), HEADER_SIZE);
    }
}
