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
//! Lock ranks, outermost first: profile control > channel > semaphore root > notify list > poll descriptor > timers > `sched` > `allgs` >
//! `mheap` > `mcentral` > stack pool > persistent memory. A lock may be taken only while locks further out are held.
#![cfg_attr(not(test), no_std)]

pub mod arch;
#[cfg(grus_archive)]
mod archive;
pub mod chan;
pub mod cpu;
pub mod debug;
pub mod image;
pub mod lock;
pub mod mem;
pub mod native;
pub mod os;
pub mod panic;
pub mod prof;
pub mod random;
pub mod reflect;
pub mod sched;
pub mod sema;
pub mod stack;
pub mod symtab;
pub mod timer;
