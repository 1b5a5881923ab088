//! The pacer: when a collection begins, and how fast sweeping goes.
//!
//! After a cycle that found `live` bytes marked, the next one should end when the heap has grown to the goal
//! `live + (live + stacks + globals) * GOGC / 100`, at least 4 MiB * GOGC / 100, and at most what GOMEMLIMIT leaves for the
//! heap. Allocation between trigger and goal is the runway of the concurrent part: as much as the program is expected to
//! allocate while the workers, with a quarter of the CPUs, scan what is to be scanned, going by how fast the last cycle's
//! allocation and marking were (`cons_mark`, as in gc), but 5 % to 30 % of the way from the live heap to the goal.
//!
//! While marking, [`price`] says how much scanning an allocation has to do: what is left to scan over what is left to
//! allocate. What is left to scan is estimated from the last cycle's live heap, and from the heap's size at worst.
//!
//! `HEAP_LIVE` counts the bytes marked by the last cycle and all allocated since; a span in a cache counts as full.
//!
//! **Runs on** g0. Settings change under the world stopped or in the Go half's cycle, which is one at a time.

use super::roots;
use crate::mem::mcentral::UNSWEPT_SPANS;
use crate::mem::shared::Credit;
use crate::mem::{mheap, persistent};
use crate::stack::alloc as stacks;
use core::sync::atomic::{AtomicI64, AtomicIsize, AtomicUsize, Ordering::Relaxed};

/// Smallest goal at GOGC=100.
const MIN_HEAP: usize = 4 << 20;

/// See the header.
pub static HEAP_LIVE: AtomicUsize = AtomicUsize::new(0);
/// Bytes that the last cycle marked.
pub static MARKED: AtomicUsize = AtomicUsize::new(0);
/// Heap size that asks for a cycle.
pub static TRIGGER: AtomicUsize = AtomicUsize::new(usize::MAX);
/// Heap size at which the next cycle should have ended.
pub static GOAL: AtomicUsize = AtomicUsize::new(MIN_HEAP);
/// GOGC; negative: off.
pub static PERCENT: AtomicIsize = AtomicIsize::new(100);
/// GOMEMLIMIT.
pub static LIMIT: AtomicI64 = AtomicI64::new(i64::MAX);

/// Proportional sweeping: where the heap was when sweeping began, how far it may grow meanwhile, how much there was.
static SWEEP_FROM: AtomicUsize = AtomicUsize::new(0);
static SWEEP_DISTANCE: AtomicUsize = AtomicUsize::new(1);
static SWEEP_SPANS: AtomicUsize = AtomicUsize::new(0);

/// Bytes of memory that are not the heap's objects.
fn overhead() -> usize {
    stacks::MAPPED.load(Relaxed) + persistent::MAPPED.load(Relaxed)
}

/// Whether the memory that the program retains is more than GOMEMLIMIT.
#[inline]
pub fn over_limit() -> bool {
    let limit = LIMIT.load(Relaxed);
    if limit == i64::MAX {
        return false;
    }
    let heap = mheap::TOUCHED.load(Relaxed) - mheap::RELEASED.load(Relaxed);
    (heap + persistent::MAPPED.load(Relaxed)) as i64 > limit
}

/// Computes trigger and goal from what is marked.
pub fn update() {
    let marked = MARKED.load(Relaxed);
    let percent = PERCENT.load(Relaxed);
    let mut goal = usize::MAX;
    if percent >= 0 {
        let percent = percent as usize;
        let base = marked + roots::STACK_BYTES.load(Relaxed) + roots::global_bytes();
        goal = marked.saturating_add((base as u128 * percent as u128 / 100).min(1 << 60) as usize);
        goal = goal.max((MIN_HEAP as u128 * percent as u128 / 100).min(1 << 60) as usize);
    }
    let limit = LIMIT.load(Relaxed);
    if limit != i64::MAX {
        // What spans hold beyond their objects stays as it is; 3 % are left for what this does not foresee.
        let limit = limit as usize;
        let fragments = mheap::IN_USE.load(Relaxed).saturating_sub(HEAP_LIVE.load(Relaxed));
        let room = limit.saturating_sub(overhead() + fragments);
        let room = room.saturating_sub((room / 32).max(1 << 20));
        // Below the live heap the collector would run all the time: it gets a part of the allocations.
        let room = room.max(marked + (marked / 16).max(1 << 20));
        goal = goal.min(room);
    }
    GOAL.store(goal, Relaxed);
    if goal == usize::MAX {
        TRIGGER.store(goal, Relaxed);
        return;
    }
    let way = goal.saturating_sub(marked);
    let scan = marked + roots::STACK_BYTES.load(Relaxed) + roots::global_bytes();
    // Bytes allocated per byte scanned, in 1/1024, when marking has a quarter of the time.
    let runway = scan as u128 * CONS_MARK.load(Relaxed) as u128 * 3 / 1024;
    let runway = (runway.min(1 << 60) as usize).clamp(way / 20, way * 3 / 10);
    TRIGGER.store(goal - runway, Relaxed);
}

/// Bytes that the program allocates per byte that is scanned, per CPU time, in 1/1024.
static CONS_MARK: AtomicUsize = AtomicUsize::new(256);
/// Scanning expected in this cycle, and done.
static EXPECTED: AtomicIsize = AtomicIsize::new(0);
static DONE: AtomicIsize = AtomicIsize::new(0);
/// Scanning that workers did and no assist has used.
static CREDIT: Credit = Credit::new();
static LIVE_AT_BEGIN: AtomicUsize = AtomicUsize::new(0);

/// Marking begins.
pub fn begin_mark() {
    let roots = roots::STACK_BYTES.load(Relaxed) + roots::global_bytes();
    EXPECTED.store((MARKED.load(Relaxed) + roots) as isize, Relaxed);
    DONE.store(0, Relaxed);
    CREDIT.clear();
    LIVE_AT_BEGIN.store(HEAP_LIVE.load(Relaxed), Relaxed);
}

/// Workers have scanned some bytes.
pub fn background(bytes: isize) {
    DONE.fetch_add(bytes, Relaxed);
    CREDIT.add(bytes);
}

/// An assist has scanned some bytes.
pub fn assisted(bytes: isize) {
    DONE.fetch_add(bytes, Relaxed);
}

/// Bytes of scanning that an allocation of `bytes` owes.
pub fn price(bytes: usize) -> isize {
    let (done, live) = (DONE.load(Relaxed), HEAP_LIVE.load(Relaxed));
    let mut left = EXPECTED.load(Relaxed) - done;
    if left < 64 << 10 {
        // More than expected: all that was there may be alive.
        left = (live as isize - done).max(64 << 10);
    }
    let goal = GOAL.load(Relaxed).min(1 << 60);
    let room = goal.saturating_sub(live).max(256 << 10);
    let price = bytes as i128 * left as i128 / room as i128;
    price.min(64 << 20) as isize
}

/// Takes credit, at most `want`.
pub fn take_credit(want: isize) -> isize {
    CREDIT.take(want)
}

/// Marking has ended, after `ns`.
pub fn end_mark(marked: usize, ns: i64) {
    let live = HEAP_LIVE.load(Relaxed);
    let allocated = live.saturating_sub(LIVE_AT_BEGIN.load(Relaxed)) as u128;
    let procs = crate::sched::state::nprocs() as i64;
    let mark_ns = super::worker::NS.load(Relaxed)
        + super::worker::IDLE_NS.load(Relaxed)
        + super::assist::NS.load(Relaxed) as i64;
    let run_ns = (ns * procs - mark_ns).max(ns / 20).max(1) as u128;
    let done = (DONE.load(Relaxed) as u128).max(1);
    // (allocated / run time) / (scanned / mark time)
    let now = allocated * 1024 * mark_ns.max(1) as u128 / done / run_ns;
    let now = now.min(64 << 10) as usize;
    CONS_MARK.store((CONS_MARK.load(Relaxed) + 3 * now) / 4, Relaxed);
    MARKED.store(marked, Relaxed);
    HEAP_LIVE.store(marked, Relaxed);
}

/// Fixes how fast sweeping has to go, when it begins.
pub fn begin_sweep() {
    let live = HEAP_LIVE.load(Relaxed);
    SWEEP_FROM.store(live, Relaxed);
    SWEEP_DISTANCE.store(TRIGGER.load(Relaxed).saturating_sub(live + (1 << 20)).max(64 << 10), Relaxed);
    SWEEP_SPANS.store(UNSWEPT_SPANS.load(Relaxed), Relaxed);
}

/// Spans that an allocation of fresh pages has to sweep.
pub fn sweep_debt() -> usize {
    let grown = HEAP_LIVE.load(Relaxed).saturating_sub(SWEEP_FROM.load(Relaxed));
    let total = SWEEP_SPANS.load(Relaxed);
    let want =
        (total as u128 * grown as u128 / SWEEP_DISTANCE.load(Relaxed) as u128).min(total as u128) as usize;
    let swept = total.saturating_sub(UNSWEPT_SPANS.load(Relaxed));
    want.saturating_sub(swept).min(200)
}

/// `gcset(which int, value int) int`: sets GOGC (0) or GOMEMLIMIT (1); gives the old value. Value `minInt` only reads.
unsafe extern "C" fn gcset(which: usize, value: isize) -> isize {
    let read = value == isize::MIN;
    if which == 0 {
        let old = if read { PERCENT.load(Relaxed) } else { PERCENT.swap(value.max(-1), Relaxed) };
        if !read && TRIGGER.load(Relaxed) != usize::MAX {
            update();
        }
        return old;
    }
    let old = if read { LIMIT.load(Relaxed) } else { LIMIT.swap(value as i64, Relaxed) } as isize;
    if !read {
        update();
    }
    old
}

crate::g0_entry! {
    "runtime.gcset" => gcset,
}
