//! x86_64 (baseline: SSE2).

mod aes;
mod alloc;
mod bigint;
pub mod bytealg;
mod chacha20poly1305;
mod chacha8;
mod crc32;
#[cfg(grus_archive)]
mod entry;
mod field25519;
mod fma;
mod gcm;
pub mod hash;
mod keccak;
pub mod math;
mod md5;
pub mod memory;
pub mod native;
mod p256;
pub mod reflect;
mod sha1;
mod sha256;
mod sha512;
pub mod signal;
pub mod stopped;
pub mod switch;
mod syscall;
mod thread;
mod xor;

pub use memory::cpu_relax;
pub use switch::{gogo, gogo_call, gogo_check, is_g0call, morestack, set_thread_pointer, thread_pointer};
pub use syscall::syscall6;
pub use thread::clone_thread;

/// GOARCH.
pub const GOARCH: &str = "amd64";
/// Smallest instruction, the unit of PC tables.
pub const PC_QUANTUM: u32 = 1;
