//! The operating system: raw Linux system calls and what is built directly on them.
//!
//! **Runs on** any stack. **May** block in the kernel where the called function says so; never allocates.

pub mod args;
pub mod clock;
pub mod futex;
pub mod memory;
pub mod note;
pub mod output;
pub mod process;
pub mod vdso;

pub use crate::arch::syscall6;

/// System call with up to three arguments.
///
/// # Safety
/// The arguments must be valid for the system call.
#[inline]
pub unsafe fn syscall3(num: usize, a: usize, b: usize, c: usize) -> isize {
    // SAFETY: passed on to the caller.
    unsafe { syscall6(num, a, b, c, 0, 0, 0) }
}
