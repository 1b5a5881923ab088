//! Grus's runtime: the Rust half.
//!
//! Linked into every Go program as a static archive (`--cfg grus_archive`), and compiled as an ordinary library for
//! checks and unit tests. Everything that exists once per program (entry point, panic handler, `memcpy`, the
//! references to the compiler's tables) is in [`archive`] and [`image`].
//!
//! Rust code runs on an M's system stack (g0) or on its signal stack, never on a goroutine's stack. It is entered
//! through the stubs of [`arch`] and answers with an outcome (`grus_abi::native::outcome`): it never parks in
//! mid-frame, never calls Go and never panics.
//!
//! Lock ranks, outermost first: profile control > channel > semaphore root > notify list > poll descriptor > timers > timer goroutines > traces outside > `sched` > `allgs` >
//! `mcentral` > stack pool > `mheap` > tables of a trace > its buffers > persistent memory. A lock may be taken only while locks further out are held.
#![cfg_attr(not(test), no_std)]

#[cfg(not(loom))]
pub mod arch;
#[cfg(grus_archive)]
mod archive;
#[cfg(not(loom))]
pub mod chan;
#[cfg(not(loom))]
pub mod cpu;
#[cfg(not(loom))]
pub mod debug;
#[cfg(not(loom))]
pub mod image;
#[cfg(not(loom))]
pub mod lock;
#[cfg(not(loom))]
pub mod mem;
#[cfg(all(loom, test))]
mod models;
#[cfg(not(loom))]
pub mod native;
#[cfg(not(loom))]
pub mod os;
#[cfg(not(loom))]
pub mod panic;
#[cfg(not(loom))]
pub mod prof;
#[cfg(not(loom))]
pub mod random;
#[cfg(not(loom))]
pub mod reflect;
#[cfg(not(loom))]
pub mod sched;
#[cfg(not(loom))]
pub mod sema;
#[cfg(not(loom))]
pub mod stack;
#[cfg(not(loom))]
pub mod symtab;
#[cfg(not(loom))]
pub mod timer;
#[cfg(not(loom))]
pub mod trace;
