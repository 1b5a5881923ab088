//! Events of the collector and of the heap.
//!
//! Called behind a test of [`super::on`] by threads that have a P.
//!
//! # Orderings
//!
//! `SEQUENCE` changes while the world is stopped; sizes are what they are at the moment: Relaxed.
//!
//! **Runs on** g0. Lock ranks: the tables, the queue of buffers.

use super::event::{self, write};
use super::on;
use super::stack::{self, Kind};
use crate::mem::gc::{self, pace};
use crate::sched::m;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::Relaxed;

/// Number of the next event that says that a cycle begins, is at work or ends. Changes while the world is stopped.
static SEQUENCE: AtomicU64 = AtomicU64::new(1);

/// A trace begins.
pub fn reset() {
    SEQUENCE.store(1, Relaxed);
}

fn sequence() -> u64 {
    SEQUENCE.fetch_add(1, Relaxed)
}

/// A generation begins: says if a cycle is at work.
pub fn if_marking() {
    if gc::marking() {
        write(event::GC_ACTIVE, &[sequence()]);
    }
}

/// Marking begins; the world is stopped by the calling thread's goroutine.
#[cold]
pub fn cycle_begin() {
    // Behind the function that conducts the cycle.
    write(event::GC_BEGIN, &[sequence(), stack::current(Kind::All, 1)]);
}

/// Marking has ended; the world is stopped by the calling thread's goroutine.
#[cold]
pub fn cycle_end() {
    write(event::GC_END, &[sequence()]);
}

/// The calling thread's goroutine begins to mark on account of what it allocates.
#[cold]
pub fn assist_begin() {
    write(event::GC_MARK_ASSIST_BEGIN, &[stack::current(Kind::All, 0)]);
}

/// It has done its part.
#[cold]
pub fn assist_end() {
    write(event::GC_MARK_ASSIST_END, &[]);
}

/// The heap's size has changed.
#[cold]
pub fn heap_alloc() {
    write(event::HEAP_ALLOC, &[pace::HEAP_LIVE.load(Relaxed) as u64]);
}

/// The size at which the next cycle is to end has changed.
#[cold]
pub fn heap_goal() {
    let goal = pace::GOAL.load(Relaxed);
    let off = goal == usize::MAX || pace::PERCENT.load(Relaxed) < 0;
    write(event::HEAP_GOAL, &[if off { 0 } else { goal as u64 }]);
}

/// A stretch of sweeping by an allocation.
#[derive(Default)]
pub struct Sweep {
    began: bool,
    swept: usize,
    reclaimed: usize,
}

impl Sweep {
    /// A span has been taken in order to be swept: of so many bytes, of which `freed` have become free.
    #[inline]
    pub fn span(&mut self, bytes: usize, freed: usize) {
        if on() {
            self.swept += bytes;
            self.reclaimed += freed;
        }
    }

    /// The next span is going to be swept.
    #[inline]
    pub fn begin(&mut self) {
        if on() && !self.began {
            self.began = true;
            sweep_begin();
        }
    }
}

impl Drop for Sweep {
    #[inline]
    fn drop(&mut self) {
        if self.began {
            write(event::GC_SWEEP_END, &[self.swept as u64, self.reclaimed as u64]);
        }
    }
}

#[cold]
fn sweep_begin() {
    let stack = if m::curg().is_null() { 0 } else { stack::current(Kind::All, 0) };
    write(event::GC_SWEEP_BEGIN, &[stack]);
}
