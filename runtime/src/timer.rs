//! Timers and sleeping goroutines.
//!
//! One heap ordered by due time holds both. Expired sleepers are readied by the scheduler directly; for expired timers
//! it wakes the one timer goroutine, which is Go code because it calls the timers' functions.

pub mod heap;
pub mod service;

pub use service::{for_each_root, run_due};
