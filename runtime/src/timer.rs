//! Timers and sleeping goroutines.
//!
//! One heap ordered by due time holds both, and the deadlines of the network poller. Expired sleepers and deadlines are
//! handled by the scheduler directly; for expired timers
//! it wakes the one timer goroutine, which is Go code because it calls the timers' functions.

pub mod bubbled;
pub mod deadline;
pub mod heap;
pub mod service;

pub use service::{drop_unreachable, for_each_root, next_when, run_due};
