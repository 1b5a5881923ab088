//! How Go code enters the runtime archive: *natives*.
//!
//! A native is a body-less Go function; the archive exports a symbol under exactly its Go link name. The call is an
//! ordinary `CallConv::Tail` call with g in the pinned register.
//!
//! | | x86_64 | aarch64 |
//! |---|---|---|
//! | g | r15 | x21 |
//! | integer arguments | rdi rsi rdx rcx r8 r9 | x2 x3 x4 x5 x6 x7 |
//! | floating-point arguments | xmm0-xmm7 | v0-v7 |
//! | further arguments | `[rsp+8+8*i]` at entry, **popped by the callee** (`ret n`, n a multiple of 16) | `[sp+8*i]` at entry, popped by the callee |
//! | integer results | rax rcx rdx rsi rdi r8 (r9 r10) | x2 x3 x4 x5 x6 x7 |
//! | floating-point results | xmm0-xmm7 | v0-v7 |
//! | callee-saved | rbx rbp r12 r13 r14 | x19 x20 x22-x28 x29 d8-d15 |
//! | scratch at entry | rax r10 r11 | x0 x1 x8-x17 |
//! | caller's return address | `[rsp]` | x30 |
//! | exception payload of a landing pad | rax rdx | x0 x1 |
//!
//! Integer arguments narrower than 64 bits leave the upper bits of the register undefined: natives mask them. SP is
//! 16-byte aligned at calls. Strings and slices arrive flattened (pointer, length[, capacity]); `bool` is one byte.
//!
//! **Kinds.** A *leaf* runs on the goroutine's stack: assembly, no calls, at most [`LEAF_STACK`] bytes of stack, any
//! number of register results. A *g0 entry* is a stub that
//!
//! 1. stores the return address, the caller's SP (after the return) and frame pointer into `g.sched`,
//! 2. switches to the M's g0 stack and calls the Rust function with the integer arguments moved to the C registers,
//! 3. if `g.outcome` is [`outcome::DONE`], moves the C results (two words at most) to the Tail result registers and
//!    returns; otherwise saves Go's callee-saved registers in `g.callee` and acts on the outcome.
//!
//! A g0 entry takes at most six integer words and returns at most two; what is larger goes through a pointer
//! argument. A pointer argument that points into the caller's stack stays valid during the entry (the stack is not
//! copied there), but not after it parks: structures that outlive the entry hold stack offsets.
//!
//! Rust entries never park in mid-frame, never call Go, never panic.

/// What a g0 entry leaves in `g.outcome`.
pub mod outcome {
    /// The results are in the C result registers.
    pub const DONE: u32 = 0;
    /// The goroutine is parked (its status says so, or a commit function decides); run the scheduler. When the
    /// goroutine runs again, the native returns `g.ret0`, `g.ret1`.
    pub const PARK: u32 = 1;
    /// Run the continuation that the entry left in the G (after a chance to stop for others).
    pub const AGAIN: u32 = 2;
    /// Return into the Go function `runtime.raise(code, a, b uintptr)`, called as if by the native's caller.
    pub const RAISE: u32 = 3;
    /// Continue at `g.sched` (recovery at a landing pad).
    pub const GOGO: u32 = 4;
    /// The goroutine comes back from a system call and found no P: it queues, and later the native returns `g.ret0`.
    pub const REQUEUE: u32 = 5;
    /// As [`DONE`], but goes on instruction by instruction. Set before the entry runs, in a stress mode.
    pub const STEP: u32 = 6;
}

/// Codes for `runtime.raise(code, a, b uintptr)`, the Go function that turns them into Go panics.
pub mod raise {
    /// `plainError` "send on closed channel".
    pub const SEND_CLOSED: u32 = 1;
    /// `plainError` "close of nil channel".
    pub const CLOSE_NIL: u32 = 2;
    /// `plainError` "close of closed channel".
    pub const CLOSE_CLOSED: u32 = 3;
    /// `plainError` "makechan: size out of range".
    pub const MAKECHAN_SIZE: u32 = 4;
    /// A `runtime.Error` whose text (without the "runtime error: " prefix) is the string (a, b).
    pub const RUNTIME_ERROR: u32 = 5;
    /// A `plainError` whose text is the string (a, b).
    pub const PLAIN_ERROR: u32 = 6;
    /// Not a panic but a fatal error with the text (a, b).
    pub const FATAL: u32 = 7;
}

/// Trap codes in the trap tables of generated code. Numbers below 64 are ours (CLIF user trap codes), the others
/// are Cranelift's reserved codes.
pub mod trap {
    /// A load or store through a Go pointer that may be nil: "invalid memory address or nil pointer dereference".
    pub const NIL: u8 = 1;
    /// Explicit trap where lowering proved control cannot arrive.
    pub const UNREACHABLE: u8 = 2;
    /// Integer overflow (Cranelift `TrapCode::INTEGER_OVERFLOW`).
    pub const INTEGER_OVERFLOW: u8 = 252;
    /// Integer division by zero (Cranelift `TrapCode::INTEGER_DIVISION_BY_ZERO`).
    pub const DIVIDE: u8 = 254;
    /// Cranelift `TrapCode::BAD_CONVERSION_TO_INTEGER`.
    pub const BAD_CONVERSION: u8 = 255;
}

/// Symbols outside the Go link-name space that both sides name.
pub mod symbol {
    /// The module data (`moduledata::ModuleData`), defined by the compiler.
    pub const MODULEDATA: &str = "runtime.firstmoduledata";
    /// Slow path of the stack check.
    pub const MORESTACK: &str = "runtime.morestack";
    /// The setjmp-like stub that a function with a defer `try_call`s at entry.
    pub const DEFERENTER: &str = "runtime.deferenter";
    /// A `u32` that is non-zero while write barriers must run.
    pub const WRITE_BARRIER: &str = "runtime.writeBarrier";
    /// `PreserveAll` stub: `(slot, new value)` in the SystemV argument registers (rdi rsi / x0 x1). Called before
    /// the store, only while [`WRITE_BARRIER`] is set; preserves every register, never copies the stack.
    pub const GC_WRITE_BARRIER: &str = "runtime.gcWriteBarrier";
    /// `PreserveAll` stub without arguments: other threads see the stores before it before they see those after it.
    pub const PUBLICATION_BARRIER: &str = "runtime.publicationBarrier";
    /// Go function that a fault continues in: `sigpanic(sig, code, addr uintptr)`.
    pub const SIGPANIC: &str = "runtime.sigpanic";
    /// Go function that turns an outcome `RAISE` into a panic.
    pub const RAISE: &str = "runtime.raise";
    /// Go function that the main goroutine runs.
    pub const MAIN: &str = "runtime.main";
}

/// Stack that a leaf native may use below its entry SP.
pub const LEAF_STACK: usize = 256;
/// Most integer words a g0 entry takes.
pub const MAX_ARGS: usize = 6;
/// Most integer words a g0 entry returns.
pub const MAX_RESULTS: usize = 2;
