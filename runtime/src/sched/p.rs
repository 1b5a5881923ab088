//! The processor: what a thread needs to run Go code.
//!
//! **Runs on** g0, owned by the M that holds it.

use super::g::G;
use super::runq::RunQueue;
use crate::mem::gc::barrier;
use crate::mem::gc::work::GcWork;
use crate::mem::mcache::MCache;
use crate::stack::alloc::StackCache;

/// Dead goroutines kept by a P before half of them spill to the global pool.
pub const MAX_DEAD: usize = 64;

/// A processor.
pub struct P {
    pub id: u32,
    /// Counts scheduling rounds; every 61st looks at the global queue first.
    pub tick: u32,
    /// Goroutines started through `runnext` in a row.
    pub streak: u32,
    pub runq: RunQueue,
    pub mcache: MCache,
    pub gcw: GcWork,
    pub wb: barrier::Buffer,
    pub stacks: StackCache,
    /// Dead goroutines, linked.
    pub dead: *mut G,
    pub dead_len: usize,
}

impl P {
    /// A processor without caches filled.
    pub const fn new(id: u32) -> P {
        P {
            id,
            tick: 0,
            streak: 0,
            runq: RunQueue::new(),
            mcache: MCache::new(),
            gcw: GcWork::new(),
            wb: barrier::Buffer::new(),
            stacks: StackCache::new(),
            dead: core::ptr::null_mut(),
            dead_len: 0,
        }
    }
}
