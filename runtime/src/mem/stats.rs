//! Counters for `runtime.MemStats`.
//!
//! **Runs on** g0. **May** not allocate.

use super::{mheap, persistent, span};
use crate::sched::m;
use crate::stack::alloc as stacks;
use core::sync::atomic::Ordering::Relaxed;

/// All memory mapped from the kernel.
pub fn mapped() -> usize {
    mheap::MAPPED.load(Relaxed) + stacks::MAPPED.load(Relaxed) + persistent::MAPPED.load(Relaxed)
}

/// Leading part of Go 1.27's `runtime.MemStats`, up to the pause ring.
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
}

/// `readmemstats(out *MemStats)`: what is not known is left as the Go half set it (zero).
unsafe extern "C" fn readmemstats(out: *mut MemStats) {
    let mut spans = 0u64;
    mheap::for_each_span(|_| spans += 1);
    let heap_sys = mheap::MAPPED.load(Relaxed) as u64;
    let in_use = mheap::IN_USE.load(Relaxed) as u64;
    // SAFETY: the Go half passes a MemStats; the P's cache is ours.
    unsafe {
        let c = &(*m::p()).mcache;
        let o = &mut *out;
        o.alloc = c.bytes;
        o.total_alloc = c.bytes;
        o.sys = mapped() as u64;
        o.mallocs = c.mallocs + c.tiny_mallocs;
        o.heap_alloc = c.bytes;
        o.heap_sys = heap_sys;
        o.heap_idle = heap_sys - in_use;
        o.heap_inuse = in_use;
        o.heap_objects = o.mallocs;
        o.stack_inuse = stacks::IN_USE.load(Relaxed) as u64;
        o.stack_sys = stacks::MAPPED.load(Relaxed) as u64;
        o.mspan_inuse = spans * size_of::<span::Span>() as u64;
        o.mspan_sys = o.mspan_inuse;
        o.other_sys = persistent::MAPPED.load(Relaxed) as u64;
        o.next_gc = u64::MAX;
    }
}

crate::g0_entry! {
    "runtime.readmemstats" => readmemstats,
}
