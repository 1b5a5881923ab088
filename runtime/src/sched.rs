//! The scheduler: goroutines (G), threads (M), processors (P).
//!
//! All of it runs on g0: a goroutine that blocks ends its native with outcome `PARK`, and [`outcome`] calls [`schedule`],
//! which continues another one and never returns. `schedule` has the protocol by which no work is lost, `world` how
//! everything is stopped, `syscall` what happens to the P of a thread in a system call.

pub mod allthreads;
pub mod bubble;
pub mod coro;
pub mod g;
pub mod m;
pub mod maxprocs;
pub mod natives;
pub mod netpoll;
pub mod outcome;
pub mod p;
pub mod park;
pub mod preempt;
pub mod proc;
pub mod runq;
pub mod schedtrace;
pub mod schedule;
pub mod shared;
pub mod sigqueue;
pub mod start;
pub mod state;
pub mod stopped;
pub mod syscall;
pub mod sysmon;
pub mod threads;
pub mod world;

pub use park::{WaitReason, goready, goready_here, park};
pub use schedule::schedule;
