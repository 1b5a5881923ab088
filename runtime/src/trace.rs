//! Execution traces, in the format of Go 1.26: what `runtime/trace`, the flight recorder and `go test -trace` record.
//!
//! A thread writes events into a buffer of its own ([`buffer`]). A trace is a sequence of *generations*, each of which can be
//! read without the others: it begins with the status of every goroutine and processor ([`generation`]), and refers to stacks
//! and strings by numbers of its own ([`table`]), whose tables are written when it has ended ([`dump`]). The Go half
//! (`runtime/go/runtime/trace.go`) begins a new generation once a second, and reads what is complete.
//!
//! # Why events and statuses agree
//!
//! A reader follows goroutines and processors through the events, and refuses a trace in which something happens that cannot.
//! So an event must be written by whoever owns what changes, in one step with the change as far as the beginning of a
//! generation is concerned. Here that step is protected by the following rule.
//!
//! **Invariant:** events are written, and statuses that events report change, while the thread holds a P, or else while it
//! holds [`OUTSIDE`]. A generation begins, and tracing is switched on and off, while the world is stopped *and* `OUTSIDE` is
//! held.
//!
//! Hence what holds a P may test [`on`] without further ado, and needs no atomic operation to write an event; threads without
//! one (that come back from a system call and find no P, that wait in the network poller, the monitor) take the lock, in
//! paths that are slow anyhow. The price is a stop of the world once a second while a trace is taken, as long as it takes to
//! write the status of all goroutines, with the stacks of those that wait: less than half a microsecond for each.
//!
//! The order of events on different threads follows from sequence numbers in goroutines and processors (`trace_seq`), which
//! belong to their owners and start from 0 in every generation.
//!
//! # Orderings
//!
//! `ON` and `GENERATION` change while the world is stopped and `OUTSIDE` is held: for who has a P the stop orders
//! their Relaxed loads, for others the lock. Buffers belong to their threads, sequence numbers to who owns the
//! goroutine or the P: plain. The handler of SIGPROF may have neither: [`sample`] says what it relies on.
//!
//! **Runs on** g0; samples of the CPU profile on gsignal. **May** map memory. Lock ranks: `OUTSIDE` comes before `sched`; the
//! tables, then the queue of buffers, come after all but persistent memory.

pub mod buffer;
pub mod dump;
pub mod event;
pub mod generation;
pub mod memory;
pub mod names;
pub mod sample;
pub mod scheduler;
pub mod stack;
pub mod table;
pub mod user;

use crate::lock::{Guard, Lock};
use crate::sched::m;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Whether events are written. Read by assembly, too.
pub static ON: AtomicU32 = AtomicU32::new(0);
/// The generation at work, or the last one of the last trace.
static GENERATION: AtomicU64 = AtomicU64::new(0);
/// Held by threads that write events without holding a P.
static OUTSIDE: Lock<()> = Lock::new(());

/// Whether a trace is being taken. The answer holds for as long as the thread has its P, or holds [`outside`].
#[inline]
pub fn on() -> bool {
    ON.load(Relaxed) != 0
}

/// For a thread that may have no P: lets it change what events report, and write events. To be taken before the change, trace
/// or no trace.
#[inline]
pub fn outside() -> Option<Guard<'static, ()>> {
    if m::p().is_null() { Some(OUTSIDE.lock()) } else { None }
}
