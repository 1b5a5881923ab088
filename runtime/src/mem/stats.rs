//! Counters for `runtime.MemStats`.
//!
//! # Orderings
//!
//! Counters are read while the world is stopped (Relaxed), which orders them; [`gcstat`] reads what may be a little
//! old.
//!
//! **Runs on** g0. **May** not allocate.

use super::gc::{self, pace};
use super::{mheap, persistent, span};
use crate::prof::buckets;
use crate::sched::world::{self, Reason};
use crate::stack::alloc as stacks;
use core::sync::atomic::Ordering::Relaxed;

/// All memory mapped from the kernel.
pub fn mapped() -> usize {
    mheap::MAPPED.load(Relaxed) + persistent::MAPPED.load(Relaxed)
}

/// Go 1.27's `runtime.MemStats`.
#[repr(C)]
struct MemStats {
    alloc: u64,
    total_alloc: u64,
    sys: u64,
    lookups: u64,
    mallocs: u64,
    frees: u64,
    heap_alloc: u64,
    heap_sys: u64,
    heap_idle: u64,
    heap_inuse: u64,
    heap_released: u64,
    heap_objects: u64,
    stack_inuse: u64,
    stack_sys: u64,
    mspan_inuse: u64,
    mspan_sys: u64,
    mcache_inuse: u64,
    mcache_sys: u64,
    buck_hash_sys: u64,
    gc_sys: u64,
    other_sys: u64,
    next_gc: u64,
    last_gc: u64,
    pause_total_ns: u64,
    pause_ns: [u64; 256],
    pause_end: [u64; 256],
    num_gc: u32,
    num_forced_gc: u32,
    gc_cpu_fraction: f64,
    enable_gc: bool,
    debug_gc: bool,
    by_size: [BySize; 61],
}

/// Counters of one size class.
#[repr(C)]
struct BySize {
    size: u32,
    mallocs: u64,
    frees: u64,
}

/// `readmemstats(out *MemStats)`: what is not known is left as the Go half set it (zero).
unsafe extern "C" fn readmemstats(out: *mut MemStats) {
    // SAFETY: the Go half passes a MemStats; the world is stopped.
    unsafe {
        world::stop_the_world(Reason::ReadMemStats);
        let o = &mut *out;
        let (mut tiny, mut freed) = (0, 0);
        for &p in world::all_ps() {
            let c = &(*p).mcache;
            let (objects, bytes) = c.totals();
            o.mallocs += objects + c.tiny_mallocs;
            o.total_alloc += bytes;
            o.frees += c.frees;
            tiny += c.tiny_mallocs;
            freed += c.freed_bytes;
            for (i, slot) in o.by_size.iter_mut().enumerate().skip(1) {
                slot.mallocs += c.by_class[i].0;
                slot.frees += c.by_class[i].1;
            }
            c.for_each(|s| {
                let class = (*s).class.class();
                if class < o.by_size.len() {
                    o.by_size[class].mallocs += ((*s).count_allocated() - (*s).allocated) as u64;
                }
            });
        }
        // Objects that share a block are not freed one by one.
        o.frees += tiny;
        o.heap_objects = o.mallocs - o.frees;
        o.heap_alloc = o.total_alloc.saturating_sub(freed);
        o.alloc = o.heap_alloc;
        let in_use = mheap::IN_USE.load(Relaxed) as u64;
        let stacks = stacks::MAPPED.load(Relaxed) as u64;
        let touched = mheap::TOUCHED.load(Relaxed) as u64 - stacks;
        // gc grows its heap by 4 MiB at a time.
        o.heap_sys = touched.next_multiple_of(4 << 20);
        o.heap_idle = o.heap_sys - in_use;
        o.heap_inuse = in_use;
        o.heap_released = mheap::RELEASED.load(Relaxed) as u64 + (o.heap_sys - touched);
        o.stack_inuse = stacks;
        o.stack_sys = stacks;
        o.mspan_inuse = (mheap::SPANS.load(Relaxed) * size_of::<span::Span>()) as u64;
        o.mspan_sys = o.mspan_inuse;
        o.mcache_inuse = (world::all_ps().len() * size_of::<super::mcache::MCache>()) as u64;
        o.mcache_sys = o.mcache_inuse;
        let persistent = persistent::MAPPED.load(Relaxed) as u64;
        o.buck_hash_sys = buckets::BYTES.load(Relaxed) as u64;
        let known = (o.mspan_sys + o.mcache_sys + o.buck_hash_sys).min(persistent);
        o.gc_sys = (persistent - known) / 2;
        o.other_sys = persistent - known - o.gc_sys;
        o.sys =
            o.heap_sys + o.stack_sys + o.mspan_sys + o.mcache_sys + o.gc_sys + o.other_sys + o.buck_hash_sys;
        o.next_gc = pace::GOAL.load(Relaxed) as u64;
        o.last_gc = gc::LAST_GC.load(Relaxed);
        o.pause_total_ns = gc::PAUSE_TOTAL.load(Relaxed);
        let pauses = gc::PAUSES.lock();
        o.pause_ns = pauses.ns;
        o.pause_end = pauses.end;
        o.num_gc = gc::CYCLES.load(Relaxed);
        o.num_forced_gc = gc::FORCED.load(Relaxed);
        o.gc_cpu_fraction = gc::cpu_fraction();
        world::start_the_world();
    }
}

/// `gcstat(which int) uintptr`: bytes that the last cycle marked (0), of stacks (1) and of package variables (2) that it
/// scanned; tiny objects that shared a block (3); the number of the cycle in which the collector's CPU time was last limited
/// (4).
unsafe extern "C" fn gcstat(which: usize) -> usize {
    match which {
        0 => pace::MARKED.load(Relaxed),
        1 => gc::roots::STACK_BYTES.load(Relaxed),
        2 => gc::roots::global_bytes(),
        4 => gc::limit::LAST_LIMITED.load(Relaxed) as usize,
        // SAFETY: Ps are never freed; a count that is a little old does not matter.
        _ => world::all_ps().iter().map(|&p| unsafe { (*p).mcache.tiny_mallocs }).sum::<u64>() as usize,
    }
}

crate::g0_entry! {
    "runtime.readmemstats" => readmemstats,
    "runtime.gcstat" => gcstat,
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    #[test]
    fn layout_is_that_of_the_go_half() {
        assert_eq!(offset_of!(MemStats, next_gc), 168);
        assert_eq!(offset_of!(MemStats, pause_ns), 192);
        assert_eq!(offset_of!(MemStats, num_gc), 192 + 4096);
        assert_eq!(offset_of!(MemStats, by_size), 192 + 4096 + 24);
        assert_eq!(size_of::<MemStats>(), 192 + 4096 + 24 + 61 * 24);
    }
}
