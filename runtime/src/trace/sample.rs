//! Samples of the CPU profile, which are in traces, too, while both are taken.
//!
//! The handler of SIGPROF puts them into a ring. When a generation ends, what is in the ring by then belongs to it.
//!
//! # Orderings
//!
//! As in [`crate::prof::cpu`]: `WRITTEN` and `READ` are stored with Release by the side whose they are, loaded with
//! Acquire by the other. A handler need not have a P: it may find tracing on when it has just ended, and adds a
//! record that nobody reads. The ring is stored with Release before, and loaded with Acquire; it stays. `END` is set
//! while the world is stopped.
//!
//! **Runs on** gsignal (adding), g0. **May** not allocate in the handler. Lock ranks: the tables, the queue of buffers.

use super::buffer::NO_THREAD;
use super::dump::Writer;
use super::event::{self, CPU_SAMPLE, CPU_SAMPLES, VARINT};
use super::stack::{self, Kind};
use crate::os::memory;
use crate::panic::fatal;
use crate::sched::m;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicU32, AtomicUsize};

/// Words of the ring.
const WORDS: usize = 1 << 17;
/// Words of a record before its stack: length, time, thread, P, goroutine.
const HEAD: usize = 5;
/// Deepest stack.
const DEPTH: usize = 64;

static RING: AtomicUsize = AtomicUsize::new(0);
static READ: AtomicUsize = AtomicUsize::new(0);
static WRITTEN: AtomicUsize = AtomicUsize::new(0);
/// Taken by handlers in turn.
static WRITING: AtomicU32 = AtomicU32::new(0);
/// Where the records end of the generation that is to be written.
static END: AtomicUsize = AtomicUsize::new(0);

/// The word with this number.
///
/// # Safety
/// The ring exists.
unsafe fn word(i: usize) -> *mut u64 {
    (RING.load(Relaxed) + i % WORDS * 8) as *mut u64
}

/// A trace begins.
pub fn start() {
    if RING.load(Relaxed) == 0 {
        let Some(p) = memory::map(0, WORDS * 8) else { fatal::out_of_memory(WORDS * 8) };
        RING.store(p, Release);
    }
    READ.store(WRITTEN.load(Acquire), Relaxed);
}

/// A generation ends.
pub fn mark(_last: bool) {
    END.store(WRITTEN.load(Acquire), Relaxed);
}

/// Adds a sample of the calling thread: logical return PCs.
#[cold]
pub fn add(pcs: &[usize]) {
    if RING.load(Acquire) == 0 {
        return;
    }
    let pcs = &pcs[..pcs.len().min(DEPTH)];
    // SAFETY: the thread's own M and what it holds; descriptors are never freed.
    let (tid, p, goid) = unsafe {
        let mp = m::current();
        let p = if (*mp).p.is_null() { NO_THREAD } else { (*(*mp).p).id as u64 };
        let goid = if (*mp).curg.is_null() { 0 } else { (*(*mp).curg).h.go.goid };
        ((*mp).tid.load(Relaxed) as u64, p, goid)
    };
    while WRITING.compare_exchange_weak(0, 1, Acquire, Relaxed).is_err() {
        core::hint::spin_loop();
    }
    let at = WRITTEN.load(Relaxed);
    let n = HEAD + pcs.len();
    // What does not fit is left out.
    if at + n - READ.load(Acquire) <= WORDS {
        let head = [n as u64, event::now(), tid, p, goid];
        for (i, v) in head.into_iter().chain(pcs.iter().map(|&pc| pc as u64)).enumerate() {
            // SAFETY: the ring exists; words from WRITTEN on are the writer's.
            unsafe { *word(at + i) = v };
        }
        WRITTEN.store(at + n, Release);
    }
    WRITING.store(0, Release);
}

/// Writes the samples of a generation.
pub fn write(generation: u64) {
    let mut w = Writer::new(generation, CPU_SAMPLES);
    let (mut at, end) = (READ.load(Relaxed), END.load(Relaxed));
    while at != end {
        let mut words = [Kind::Logical as usize; DEPTH + 1];
        // SAFETY: words between READ and END are the reader's.
        unsafe {
            let n = *word(at) as usize;
            for i in HEAD..n {
                words[i - HEAD + 1] = *word(at + i) as usize;
            }
            let stack = stack::put(generation, &words[..n - HEAD + 1]);
            let buf = w.room(1 + 5 * VARINT);
            buf.byte(CPU_SAMPLE);
            for i in 1..HEAD {
                buf.varint(*word(at + i));
            }
            buf.varint(stack);
            at += n;
        }
        READ.store(at, Release);
    }
    w.end();
}
