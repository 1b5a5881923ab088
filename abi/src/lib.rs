//! Layouts and numbers that generated code and the runtime must agree on.
//!
//! Both the compiler (writer side) and the runtime (reader side) depend on this crate, so that the two cannot
//! drift. It is `no_std`, has no dependencies and no code beyond trivial accessors.
//!
//! * [`alloc`]: what inline allocation takes out of a P's cache, and where it finds it.
//! * [`g`]: the part of a goroutine descriptor that generated code and assembly touch.
//! * [`native`]: how Go code calls the runtime archive: registers, stub kinds, outcomes, raise and trap codes.
//! * [`moduledata`]: the root of everything the runtime reads about the program image.
//! * [`symtab`]: `.grus.funcmaps` (frames, stack maps, traps, landing pads) and the pclntab structures.
#![cfg_attr(not(test), no_std)]

pub mod alloc;
pub mod g;
pub mod moduledata;
pub mod native;
pub mod symtab;
