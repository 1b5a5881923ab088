//! Architecture-specific code: entry, stack switches, leaves, system calls, signal frames.
//!
//! The directories hold the same files with the same exported names; everything else in the runtime is written against
//! those names. What one of them has in `stdlib` is an offer to packages that do without it elsewhere. Assembly here is what runs on goroutine stacks: it makes no calls except where its frame has
//! a record in [`crate::stack::unwind`].
//!
//! **Runs on** goroutine stacks (stubs and leaves) and g0.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use aarch64::*;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;
