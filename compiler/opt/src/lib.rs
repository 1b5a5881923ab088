//! Passes over the IR, and the table that orders them.
#![forbid(unsafe_code)]

pub mod escape;
pub mod inline;
mod passes;

pub use passes::{PASSES, Pass, optimize, run_pass};
