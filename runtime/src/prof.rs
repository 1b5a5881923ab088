//! Profiles: what the program spends its time, its memory and its waiting on.
//!
//! [`cpu`] samples running threads from a signal handler, [`walk`] finds the stack at any interrupted instruction.

pub mod cpu;
pub mod walk;
