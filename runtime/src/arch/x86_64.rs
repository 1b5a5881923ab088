//! x86_64 (baseline: SSE2).

mod alloc;
pub mod bytealg;
#[cfg(grus_archive)]
mod entry;
pub mod hash;
#[cfg(grus_archive)]
mod libc;
pub mod math;
pub mod memory;
pub mod native;
pub mod reflect;
pub mod signal;
mod stdlib;
pub mod stopped;
pub mod switch;
mod syscall;
mod thread;

pub use memory::{cpu_relax, prefetch};
pub use switch::{gogo, gogo_call, gogo_check, is_g0call, morestack, set_thread_pointer, thread_pointer};
pub use syscall::{EpollEvent, VDSO_CLOCK_GETTIME, syscall6};
pub use thread::clone_thread;

/// GOARCH.
pub const GOARCH: &str = "amd64";
/// Smallest instruction, the unit of PC tables.
pub const PC_QUANTUM: u32 = 1;
