//! The limit on the collector's CPU time.
//!
//! A heap that does not fit its limit (GOMEMLIMIT) makes collections follow each other without end. So that the program does
//! not stand still, assists stop when the collector has used more than half of the CPU time for long enough, as in gc: a
//! bucket is filled by the collector's CPU time and drained by the program's; while it is full, allocations do not assist,
//! and the heap grows beyond its goal. The bucket holds a second for each P.
//!
//! The collector's time is that of workers (idle ones apart) and assists; the program's is what else the process used.
//!
//! # Who may touch what
//!
//! Markers add their time to `SPENT`. Whoever finds that the last look is long ago takes the lock, if it is free, and
//! moves the bucket.
//!
//! # Orderings
//!
//! All words are counts, times and a hint: Relaxed. One thread moves the bucket, by the swap of `LAST` and the lock.
//!
//! **Runs on** g0.

use crate::lock::Lock;
use crate::os::clock;
use crate::sched::state;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU32};

/// How often the bucket is moved.
const PERIOD_NS: i64 = 10_000_000;
/// What the bucket holds for each P.
const CAPACITY_NS: i64 = 1_000_000_000;

struct Bucket {
    fill: i64,
    /// CPU time of the process and the collector as of the last look.
    cpu: i64,
    spent: i64,
}

impl Bucket {
    /// Accounts for CPU time; whether the bucket is full.
    fn pour(&mut self, collector: i64, program: i64, capacity: i64) -> bool {
        self.fill = (self.fill + collector - program).clamp(0, capacity);
        self.fill == capacity
    }
}

static BUCKET: Lock<Bucket> = Lock::new(Bucket { fill: 0, cpu: 0, spent: 0 });
/// When the bucket was last moved.
static LAST: AtomicI64 = AtomicI64::new(0);
/// CPU time of the collector.
static SPENT: AtomicI64 = AtomicI64::new(0);
static LIMITING: AtomicBool = AtomicBool::new(false);
/// Number of the cycle in which the limit was last in effect.
pub static LAST_LIMITED: AtomicU32 = AtomicU32::new(0);

/// Whether assists are off.
#[inline]
pub fn limiting() -> bool {
    LIMITING.load(Relaxed)
}

/// CPU time of this thread, to be handed to [`spent`].
pub fn begin() -> i64 {
    clock::thread_cpu()
}

/// The collector has worked on this thread since `begin`.
pub fn spent(begin: i64) {
    SPENT.fetch_add((clock::thread_cpu() - begin).max(0), Relaxed);
    let (last, now) = (LAST.load(Relaxed), clock::nanotime());
    if now - last < PERIOD_NS || LAST.compare_exchange(last, now, Relaxed, Relaxed).is_err() {
        return;
    }
    let (cpu, spent) = (clock::process_cpu(), SPENT.load(Relaxed));
    let mut b = BUCKET.lock();
    let collector = (spent - b.spent).max(0);
    let program = (cpu - b.cpu - collector).max(0);
    // The first look has nothing to compare with.
    let full = last != 0 && b.pour(collector, program, CAPACITY_NS * state::nprocs() as i64);
    b.cpu = cpu;
    b.spent = spent;
    drop(b);
    LIMITING.store(full, Relaxed);
    if full {
        LAST_LIMITED.store(super::CYCLES.load(Relaxed) + 1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_after_long_excess_and_drained_by_the_program() {
        let mut b = Bucket { fill: 0, cpu: 0, spent: 0 };
        for _ in 0..99 {
            assert!(!b.pour(15, 5, 1000));
        }
        assert!(b.pour(15, 5, 1000));
        assert!(b.pour(15, 5, 1000), "no more than full");
        assert!(!b.pour(5, 6, 1000));
        for _ in 0..300 {
            assert!(!b.pour(5, 15, 1000));
        }
        assert_eq!(b.fill, 0);
    }
}
