//! Profiles: what the program spends its time, its memory and its waiting on.
//!
//! [`cpu`] samples running threads from a signal handler, [`walk`] finds the stack at any interrupted instruction.
//! [`heap`] samples allocations, [`block`] waiting; both count in [`buckets`].

pub mod block;
pub mod buckets;
pub mod cpu;
pub mod heap;
pub mod walk;
