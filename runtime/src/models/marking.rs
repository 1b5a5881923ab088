//! Models of what marking relies on when Ps change hands and when the world stops. The words are the runtime's own code, the
//! lock and the note, too; how a P changes hands, how the world stops and starts (`sched/world.rs`) and how barrier buffers are
//! emptied before it does (`mem/gc/barrier.rs`) is repeated in small.

use super::sched::lock::Lock;
use super::sched::note::Note;
use super::shared::{Alone, Heeded, Request, Scan, set_bit, set_bit_alone};
use super::{Grey, List};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::Ordering::{AcqRel, Relaxed, Release, SeqCst};
use loom::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use loom::thread;
use std::vec::Vec;

/// Statuses of a P.
const RUNNING: u32 = 1;
const SYSCALL: u32 = 2;
const GCSTOP: u32 = 3;

/// A span of which threads mark objects.
struct Marked {
    marks: AtomicU64,
    scan: Scan,
    /// How often the span was queued.
    queued: AtomicUsize,
}

impl Marked {
    fn new() -> Marked {
        Marked { marks: AtomicU64::new(0), scan: Scan::new(), queued: AtomicUsize::new(0) }
    }

    fn mark(&self, i: usize, alone: bool) {
        let set = if alone { set_bit_alone } else { set_bit };
        assert!(set(&self.marks, 1 << i), "the object has one marker");
        if if alone { self.scan.want_alone(i) } else { self.scan.want(i) } {
            self.queued.fetch_add(1, Relaxed);
        }
    }
}

/// The only P goes from a thread in a system call to another one: marks that the first one has set are not overwritten by the
/// second, and the span is queued once.
#[test]
fn one_p_takes_its_marks_along() {
    loom::model(|| {
        let span = Arc::new(Marked::new());
        let status = Arc::new(AtomicU32::new(RUNNING));
        let taker = {
            let (span, status) = (span.clone(), status.clone());
            thread::spawn(move || {
                let got = status.compare_exchange(SYSCALL, RUNNING, AcqRel, Relaxed).is_ok();
                if got {
                    span.mark(1, true);
                    status.store(SYSCALL, Release);
                }
                got
            })
        };
        span.mark(0, true);
        status.store(SYSCALL, Release);
        let back = status.compare_exchange(SYSCALL, RUNNING, AcqRel, Relaxed).is_ok();
        if back {
            span.mark(2, true);
        }
        let took = taker.join().unwrap();
        let want = 1 | (took as u64) << 1 | (back as u64) << 2;
        assert_eq!(span.marks.load(Relaxed), want);
        assert_eq!(span.queued.load(Relaxed), 1);
    });
}

/// Two Ps, the second of which leaves use while its holder waits in place for the world to start again.
struct World {
    span: Marked,
    alone: Alone,
    /// How many Ps are waited for.
    stop_wait: Lock<u32>,
    stopped: Note,
    status: AtomicU32,
    in_place: Note,
}

/// While the holder of a P that is in use no more goes on, the other P does not mark as if it were alone; and when both mark
/// with atomic operations, nothing that either marked alone before is lost.
#[test]
fn a_p_that_leaves_use_still_marks() {
    loom::model(|| {
        let world = Arc::new(World {
            span: Marked::new(),
            alone: Alone::new(),
            stop_wait: Lock::new(1),
            stopped: Note::new(),
            status: AtomicU32::new(RUNNING),
            in_place: Note::new(),
        });
        world.alone.set(2, false);
        // P 1: marks, takes part in the stop in place, marks again.
        let other = {
            let w = world.clone();
            thread::spawn(move || {
                w.span.mark(0, w.alone.get());
                let mut wait = w.stop_wait.lock();
                w.status.store(GCSTOP, SeqCst);
                *wait -= 1;
                if *wait == 0 {
                    w.stopped.wakeup();
                }
                drop(wait);
                w.in_place.sleep();
                w.span.mark(1, w.alone.get());
            })
        };
        // P 0 stops the world for GOMAXPROCS(1). What it marks meanwhile it marks alone.
        world.span.mark(2, world.alone.get());
        world.stopped.sleep();
        world.span.mark(3, true);
        // The other one's holder waits in place.
        world.alone.set(1, true);
        world.status.store(RUNNING, SeqCst);
        world.in_place.wakeup();
        world.span.mark(4, world.alone.get());
        other.join().unwrap();
        assert_eq!(world.span.marks.load(Relaxed), 0b11111);
        assert_eq!(world.span.queued.load(Relaxed), 1);
    });
}

/// A P with its barrier buffer, and the conductor.
struct Ending {
    request: Request,
    heeded: Heeded,
    /// What barriers of the P have put aside.
    buffer: UnsafeCell<Vec<usize>>,
    /// Objects that have been shaded: the shared list.
    grey: Grey,
    stop_wait: Lock<u32>,
    stopped: Note,
    status: AtomicU32,
}

// SAFETY: the model checks that accesses to the cell do not overlap.
unsafe impl Sync for Ending {}
// SAFETY: as above.
unsafe impl Send for Ending {}

impl Ending {
    /// A barrier.
    fn store(&self, object: usize) {
        // SAFETY: the P is the caller's.
        self.buffer.with_mut(|b| unsafe { (*b).push(object) });
    }

    /// Shades what barriers have put aside.
    fn flush(&self) {
        // SAFETY: the P is the caller's.
        let objects = self.buffer.with_mut(|b| unsafe { core::mem::take(&mut *b) });
        objects.into_iter().for_each(|object| self.grey.put(object));
    }
}

/// Before the end of marking the conductor asks a P to empty its buffer (`gcflush`). Once it has, the conductor finds what was in
/// it on the shared list. What barriers put aside after that it finds in the buffer when the world has stopped (`gcdone`).
#[test]
fn barrier_buffers_are_empty_when_marking_ends() {
    loom::model(|| {
        let e = Arc::new(Ending {
            request: Request::new(),
            heeded: Heeded::new(),
            buffer: UnsafeCell::new(Vec::new()),
            grey: Grey { list: List::new(2), unused: AtomicUsize::new(0) },
            stop_wait: Lock::new(1),
            stopped: Note::new(),
            status: AtomicU32::new(RUNNING),
        });
        let mutator = {
            let e = e.clone();
            thread::spawn(move || {
                e.store(7);
                // It comes round to its scheduler.
                e.heeded.heed(&e.request, || e.flush());
                e.store(8);
                // It stops.
                let mut wait = e.stop_wait.lock();
                e.status.store(GCSTOP, SeqCst);
                *wait -= 1;
                if *wait == 0 {
                    e.stopped.wakeup();
                }
            })
        };
        let n = e.request.make();
        let mut marked = Vec::new();
        if e.heeded.has(n) {
            assert!(e.grey.any(), "the conductor would stop the world");
            marked.extend(e.grey.get());
            assert_eq!(marked, [7]);
        }
        e.stopped.sleep();
        assert_eq!(e.status.load(Relaxed), GCSTOP);
        e.flush();
        marked.extend(core::iter::from_fn(|| e.grey.get()));
        marked.sort_unstable();
        assert_eq!(marked, [7, 8]);
        mutator.join().unwrap();
    });
}
