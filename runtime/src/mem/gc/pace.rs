//! The pacer: when a collection begins, how much allocations assist, and how fast sweeping goes.
//!
//! # Goal and trigger
//!
//! After a cycle that found `live` bytes marked, the next one should end when the heap has grown to the goal
//! `live + (live + stacks + globals) * GOGC / 100`, at least 4 MiB * GOGC / 100, and at most what GOMEMLIMIT leaves for the
//! heap. Allocation between trigger and goal is the runway of the concurrent part: as much as the program is expected to
//! allocate while the collector, with a quarter of the CPUs, scans what is to be scanned, going by how fast allocation and
//! marking were in the last cycles (`CONS_MARK`; the most demanding of five counts, since a runway that is too short makes
//! the program assist). A cycle begins at 70 % of the way from the live heap to the goal at the earliest, and at 95 % or
//! 4 MiB before the goal at the latest.
//!
//! # Assists
//!
//! While marking, [`price`] says how much scanning an allocation has to do: what is left to scan over what is left to
//! allocate. What is to be scanned is at first expected to be what the last cycle scanned. If it turns out to be more, the
//! heap is growing: all that has pointers may have to be scanned, and the goal is extended in proportion, so that
//! allocations do not have to make up at once for what nobody could foresee, and at least half of the way to what the goal
//! would be had the last cycle found what this one has found by now. It is not extended beyond `goal * (1 + GOGC / 100)`,
//! and not at all if it is GOMEMLIMIT's. Beyond even that, the rest has to be scanned within the next 10 %.
//!
//! The laws and constants are those of gc's pacer, so that programs have about as many collections as there, but for that
//! minimum, for which gc has something else. Its assists buy credit in batches of 64 KiB at the rate of the moment, which is
//! next to nothing when nearly all that was expected has been scanned: one batch then pays for up to 240 MB, and cycles of
//! growing heaps end where they may (`live` of testdata/bench/memory with one P: from 176 MB to 454, the goal being 206).
//! Without the minimum our cycles kept to the same goals, and there were 7 or 8 for gc's 4 or 5. With it there are 6, assists
//! take 53 ms (65 before; gc 37 to 65, by where its batches fall) and the collector 21 % of the CPU (22 before, with a slower
//! allocation beside it; gc 23); the peak is 450 MB (411 before, gc 475; medians of 15 runs on a quiet machine). Programs
//! made for this, which grow and then churn, have 1.00 of gc's peaks in the geometric mean of eight sizes. The whole way
//! instead of half of it had them at 1.17; half of the way to the limit at once, `mixed`, which does not grow, at 1.2.
//!
//! # What is counted
//!
//! `HEAP_LIVE` counts the bytes marked by the last cycle and all allocated since; a span in a cache counts as full.
//! `HEAP_SCAN` counts in the same way what has pointers: what the last cycle scanned, and what was allocated since, but not
//! while a cycle marks, because that is black. Scanning is counted in bytes of objects, stacks and globals.
//!
//! # Orderings
//!
//! Everything is Relaxed: numbers that publish nothing, and decide when something is done, not whether it is sound.
//! Those that belong together change while the world is stopped, or under `gcset`, where a mixture of old and new
//! makes one decision worse.
//!
//! **Runs on** g0. Settings change under the world stopped or in the Go half's cycle, which is one at a time.

use super::roots;
use crate::debug;
use crate::mem::mcentral::UNSWEPT_SPANS;
use crate::mem::shared::Credit;
use crate::mem::{mheap, persistent, sweep};
use crate::os::output::Sink;
use crate::sched::state;
use crate::stack::alloc as stacks;
use crate::trace;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicIsize, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Smallest goal at GOGC=100.
const MIN_HEAP: usize = 4 << 20;
/// Least allocation during which the heap is swept.
const SWEEP_DISTANCE_MIN: usize = 1 << 20;

/// See the header.
pub static HEAP_LIVE: AtomicUsize = AtomicUsize::new(0);
/// What of it may have to be scanned. See the header.
pub static HEAP_SCAN: AtomicUsize = AtomicUsize::new(0);
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
    (mheap::retained() + persistent::MAPPED.load(Relaxed)) as i64 > limit
}

/// Computes trigger and goal from what is marked.
pub fn update() {
    let marked = MARKED.load(Relaxed);
    let percent = PERCENT.load(Relaxed);
    let mut goal = usize::MAX;
    let mut earliest = marked;
    if percent >= 0 {
        let percent = percent as usize;
        let base = marked + roots_bytes();
        goal = marked.saturating_add((base as u128 * percent as u128 / 100).min(1 << 60) as usize);
        goal = goal.max((MIN_HEAP as u128 * percent as u128 / 100).min(1 << 60) as usize);
        if !sweep::done() {
            // Sweeping needs some allocation to go along with.
            earliest = marked + SWEEP_DISTANCE_MIN;
            goal = goal.max(earliest);
        }
    }
    let limit = LIMIT.load(Relaxed);
    let mut limited = false;
    if limit != i64::MAX {
        // What spans hold beyond their objects stays as it is; 3 % are left for what this does not foresee.
        let limit = limit as usize;
        let fragments = mheap::IN_USE.load(Relaxed).saturating_sub(HEAP_LIVE.load(Relaxed));
        let room = limit.saturating_sub(overhead() + fragments);
        let room = room.saturating_sub((room / 32).max(1 << 20));
        // Below the live heap the collector would run all the time: it gets a part of the allocations.
        let room = room.max(marked + (marked / 16).max(1 << 20));
        limited = room < goal;
        if limited {
            goal = room;
            earliest = marked;
        }
    }
    LIMITED.store(limited, Relaxed);
    GOAL.store(goal, Relaxed);
    if trace::on() {
        trace::memory::heap_goal();
    }
    if goal == usize::MAX {
        TRIGGER.store(goal, Relaxed);
        return;
    }
    let scan = LAST_SCAN.load(Relaxed) + roots_bytes();
    let runway = (3.0 * cons_mark() * scan as f64) as usize;
    TRIGGER.store(trigger(marked, goal, earliest, runway), Relaxed);
}

/// Where a cycle begins whose goal is `goal`.
fn trigger(marked: usize, goal: usize, earliest: usize, runway: usize) -> usize {
    let way = goal.saturating_sub(marked);
    let earliest = earliest.max(marked + way / 64 * 45).min(goal);
    let latest = (marked + way / 64 * 61).max(goal.saturating_sub(MIN_HEAP)).max(earliest);
    goal.saturating_sub(runway).clamp(earliest, latest)
}

/// Bytes of stacks and globals that are scanned.
fn roots_bytes() -> usize {
    roots::STACK_BYTES.load(Relaxed) + roots::global_bytes()
}

/// What of the heap the last cycle scanned.
static LAST_SCAN: AtomicUsize = AtomicUsize::new(0);
/// Stacks and globals as of the last cycle, while a cycle marks.
static LAST_ROOTS: AtomicUsize = AtomicUsize::new(0);
/// The goal is that of GOMEMLIMIT.
static LIMITED: AtomicBool = AtomicBool::new(false);
/// Bytes that the program allocates per byte that is scanned, each with the same CPU time, in the last cycles: the bits of
/// an `f64` each, the latest one last.
static CONS_MARK: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
/// Scanning done in this cycle.
static DONE: AtomicIsize = AtomicIsize::new(0);
/// Scanning that workers did and no assist has used.
static CREDIT: Credit = Credit::new();
static LIVE_AT_BEGIN: AtomicUsize = AtomicUsize::new(0);

/// The highest of the latest ratios.
fn cons_mark() -> f64 {
    CONS_MARK.iter().map(|c| f64::from_bits(c.load(Relaxed))).fold(0.0, f64::max)
}

/// Marking begins; what the roots' scan counts has not been reset yet.
pub fn begin_mark() {
    LAST_ROOTS.store(roots_bytes(), Relaxed);
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

/// What a cycle has to do.
struct Plan {
    /// Bytes that may be allocated until the end of marking.
    room: isize,
    /// Bytes that are to be scanned by then.
    left: isize,
}

/// State of the pacer in a cycle; bytes.
struct Pace {
    live: usize,
    live_at_begin: usize,
    goal: usize,
    /// Up to where the goal may be extended.
    hard_goal: usize,
    done: usize,
    expected: usize,
    /// All that may have to be scanned.
    most: usize,
}

impl Pace {
    fn now() -> Pace {
        let goal = GOAL.load(Relaxed).min(1 << 60);
        let live_at_begin = LIVE_AT_BEGIN.load(Relaxed);
        let percent = PERCENT.load(Relaxed).max(0) as f64 / 100.0;
        let last_roots = LAST_ROOTS.load(Relaxed);
        let limited = LIMITED.load(Relaxed);
        Pace {
            live: HEAP_LIVE.load(Relaxed),
            live_at_begin,
            // A cycle that begins late has a little room, too.
            goal: if limited { goal } else { goal.max(live_at_begin + (64 << 10)) },
            hard_goal: if limited { goal } else { ((1.0 + percent) * goal as f64) as usize },
            done: DONE.load(Relaxed).max(0) as usize,
            expected: LAST_SCAN.load(Relaxed) + last_roots,
            most: HEAP_SCAN.load(Relaxed) + roots_bytes().max(last_roots),
        }
    }

    /// The goal, extended if there is more to scan than was expected.
    fn extended_goal(&self) -> usize {
        if self.done <= self.expected || self.hard_goal <= self.goal {
            return self.goal;
        }
        let expected = self.expected.max(1) as f64;
        let way = self.goal.saturating_sub(self.live_at_begin) as f64;
        let in_proportion = self.live_at_begin + (way / expected * self.most as f64) as usize;
        let half_of_found = (self.goal as f64 / expected * (expected + self.done as f64) / 2.0) as usize;
        in_proportion.max(half_of_found).clamp(self.goal, self.hard_goal)
    }

    fn plan(&self) -> Plan {
        let mut goal = self.extended_goal();
        let mut scan = if self.done > self.expected { self.most } else { self.expected };
        if self.live > goal {
            goal += goal / 10;
            scan = self.most;
        }
        Plan {
            room: (goal as isize - self.live as isize).max(1),
            left: (scan as isize - self.done as isize).max(1000),
        }
    }
}

/// Bytes of scanning that an allocation of `bytes` owes.
pub fn price(bytes: usize) -> isize {
    let plan = Pace::now().plan();
    let price = bytes as f64 * plan.left as f64 / plan.room as f64;
    price.min((64 << 20) as f64) as isize
}

/// The heap size by which the cycle that marks should end, as it is known by now.
pub fn goal_of_cycle() -> usize {
    Pace::now().extended_goal()
}

/// Takes credit, at most `want`.
pub fn take_credit(want: isize) -> isize {
    CREDIT.take(want)
}

/// Marking has ended, after `ns`.
pub fn end_mark(marked: usize, ns: i64) {
    let live = HEAP_LIVE.load(Relaxed);
    let allocated = live.saturating_sub(LIVE_AT_BEGIN.load(Relaxed));
    let done = DONE.load(Relaxed).max(1) as usize;
    let before = cons_mark();
    let time = (ns.max(1) * state::nprocs() as i64) as f64;
    let assists = (super::assist::NS.load(Relaxed) as f64 / time).min(0.7);
    if allocated > 0 {
        let idle = super::worker::IDLE_NS.load(Relaxed) as f64 / time;
        // (allocated / time of the program) / (scanned / time of marking)
        let collector = 0.25 + assists;
        let now = allocated as f64 * (collector + idle) / (done as f64 * (1.0 - collector));
        for (older, newer) in CONS_MARK.iter().zip(&CONS_MARK[1..]) {
            older.store(newer.load(Relaxed), Relaxed);
        }
        CONS_MARK[4].store(now.to_bits(), Relaxed);
    }
    let scanned = done.saturating_sub(roots_bytes());
    if debug::get().gcpacertrace {
        report(assists, scanned, live, before);
    }
    DONE.store(0, Relaxed);
    LIVE_AT_BEGIN.store(0, Relaxed);
    LAST_SCAN.store(scanned, Relaxed);
    HEAP_SCAN.store(scanned, Relaxed);
    MARKED.store(marked, Relaxed);
    HEAP_LIVE.store(marked, Relaxed);
}

/// The line of a cycle for `GODEBUG=gcpacertrace=1`, as gc has it.
#[cold]
fn report(assists: f64, scanned: usize, live: usize, cons_mark: f64) {
    let mut s = Sink::stderr();
    s.str("pacer: ").dec((100.0 * (0.25 + assists)) as i64).str("% CPU (25 exp.) for ").dec(scanned as i64);
    s.str("+").dec(roots::STACK_BYTES.load(Relaxed) as i64).str("+").dec(roots::global_bytes() as i64);
    s.str(" B work (").dec((LAST_SCAN.load(Relaxed) + LAST_ROOTS.load(Relaxed)) as i64).str(" B exp.) in ");
    s.dec(LIVE_AT_BEGIN.load(Relaxed) as i64).str(" B -> ").dec(live as i64).str(" B (\u{2206}goal ");
    s.dec(live as i64 - GOAL.load(Relaxed).min(1 << 60) as i64)
        .str(", cons/mark ")
        .dec(cons_mark as i64)
        .str(".");
    let thousandths = (cons_mark * 1000.0) as i64 % 1000;
    s.dec(thousandths / 100).dec(thousandths / 10 % 10).dec(thousandths % 10).str(")\n");
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

#[cfg(test)]
mod tests {
    use super::*;

    const MB: usize = 1 << 20;

    /// A cycle that was expected to scan 40 MB, began at 70 MB and has a goal of 80 MB.
    fn pace(done: usize, most: usize) -> Pace {
        Pace {
            live: 75 * MB,
            live_at_begin: 70 * MB,
            goal: 80 * MB,
            hard_goal: 160 * MB,
            done: done * MB,
            expected: 40 * MB,
            most: most * MB,
        }
    }

    #[test]
    fn the_goal_follows_what_is_found() {
        assert_eq!(pace(40, 70).extended_goal(), 80 * MB, "no more than expected");
        // In proportion: 10 MB for each 40 MB.
        assert_eq!(pace(41, 80).extended_goal(), 90 * MB);
        assert_eq!(pace(60, 80).extended_goal(), 100 * MB, "half as much again");
        assert_eq!(pace(130, 140).extended_goal(), 160 * MB, "the limit");
        let limited = Pace { hard_goal: 80 * MB, ..pace(60, 80) };
        assert_eq!(limited.extended_goal(), 80 * MB);
    }

    #[test]
    fn assists_get_cheaper_when_the_heap_grows() {
        let price = |done| {
            let plan = pace(done, 80).plan();
            plan.left as f64 / plan.room as f64
        };
        assert!(price(50) < price(42) && price(70) < price(50));
    }
}
