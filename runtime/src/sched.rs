//! The scheduler: goroutines (G), threads (M), processors (P).
//!
//! One P and one M run Go code; the structures are those of the parallel scheduler. All of it runs on g0: a goroutine
//! that blocks ends its native with outcome `PARK`, and [`outcome`] calls [`schedule`], which continues another one
//! and never returns.

pub mod coro;
pub mod g;
pub mod m;
pub mod natives;
pub mod outcome;
pub mod p;
pub mod park;
pub mod proc;
pub mod runq;
pub mod schedule;
pub mod start;
pub mod world;

pub use park::{WaitReason, goready, park};
pub use schedule::schedule;
