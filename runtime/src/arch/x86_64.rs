//! x86_64 (baseline: SSE2).

mod aes;
mod alloc;
pub mod bytealg;
mod crc32;
#[cfg(grus_archive)]
mod entry;
mod gcm;
pub mod hash;
pub mod math;
mod md5;
pub mod memory;
pub mod native;
pub mod reflect;
mod sha1;
mod sha256;
mod sha512;
pub mod signal;
pub mod switch;
mod syscall;
mod thread;

pub use memory::cpu_relax;
pub use switch::{gogo, gogo_call, gogo_check, set_thread_pointer, thread_pointer};
pub use syscall::syscall6;
pub use thread::clone_thread;

/// GOARCH.
pub const GOARCH: &str = "amd64";
/// Smallest instruction, the unit of PC tables.
pub const PC_QUANTUM: u32 = 1;
