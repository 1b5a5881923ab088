//! Passes over the IR, and the table that orders them.
#![forbid(unsafe_code)]

mod callgraph;
mod edit;
pub mod escape;
pub mod inline;
pub mod memcombine;
mod passes;
pub mod prove;
pub mod rotate;
pub mod simplify;
pub mod sroa;
mod ssa;
mod thread;

pub use passes::{PASSES, Pass, optimize, run_pass};
