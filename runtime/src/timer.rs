//! Timers and sleeping goroutines.
//!
//! Each P has a heap ordered by due time ([`timers`]) that holds both, and the deadlines of the network poller. Expired
//! sleepers and deadlines are handled by the scheduler directly; expired timers go to timer goroutines ([`waiters`]), which are
//! Go code because they call the timers' functions.

pub mod bubbled;
pub mod deadline;
pub mod heap;
pub mod home;
pub mod service;
pub mod timers;
pub mod waiters;

// Where files that the models share look for them.
use crate::lock;
use crate::sched::g;

pub use timers::{Timers, drop_unreachable, for_each_root, next_when};
