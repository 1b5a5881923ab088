//! Models: `RUSTFLAGS="--cfg loom" cargo test -p grus-runtime` explores every order in which threads can use what
//! [`shared`] and [`lfstack`] hold, what marking relies on when Ps change hands and the world stops ([`marking`]), and the
//! scheduler's queues, locks and words ([`sched`]). Under `cfg(loom)` the crate consists of these.

#[path = "mem/lfstack.rs"]
mod lfstack;
mod marking;
mod sched;
#[path = "mem/shared.rs"]
mod shared;

use lfstack::{Link, Stack};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use loom::thread;
use shared::{
    Credit, Generation, Jobs, Markers, Published, Scan, Wanted, begin_group, looked_at, note_seen, set_bit,
    take_free, take_new,
};
use std::vec::Vec;

#[test]
fn each_job_is_given_out_once() {
    loom::model(|| {
        let jobs = Arc::new(Jobs::new());
        jobs.begin(3);
        let other = {
            let jobs = jobs.clone();
            thread::spawn(move || [jobs.take(), jobs.take()])
        };
        let mut got: Vec<_> =
            [jobs.take(), jobs.take()].into_iter().chain(other.join().unwrap()).flatten().collect();
        got.sort_unstable();
        assert_eq!(got, [0, 1, 2]);
        assert!(!jobs.left());
    });
}

#[test]
fn a_mark_bit_has_one_setter() {
    loom::model(|| {
        let word = Arc::new(AtomicU64::new(1));
        let threads: Vec<_> = (0..2)
            .map(|i| {
                let word = word.clone();
                thread::spawn(move || (set_bit(&word, 2), set_bit(&word, 4 << i)))
            })
            .collect();
        let results: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(results.iter().filter(|r| r.0).count(), 1);
        assert!(results.iter().all(|r| r.1), "bits of a word do not disturb each other");
        assert_eq!(word.load(Ordering::Relaxed), 0b1111);
    });
}

/// The owner of a span hands out an object of each of two groups while another thread asks about the first one that it knows.
#[test]
fn what_was_handed_out_counts_as_handed_out() {
    loom::model(|| {
        struct Span {
            group: AtomicU32,
            cache: AtomicU64,
            held: AtomicU64,
            /// The object that the program passes on, plus one.
            known: AtomicUsize,
        }
        let word = AtomicU64::new;
        let span = Arc::new(Span {
            group: AtomicU32::new(0),
            cache: word(0),
            held: word(0),
            known: AtomicUsize::new(0),
        });
        let owner = {
            let span = span.clone();
            thread::spawn(move || {
                for (first, free) in [(0, 1 << 40), (64, 0b110)] {
                    begin_group(&span.group, &span.cache, first, free);
                    while let Some(i) = take_free(&span.group, &span.cache) {
                        span.known.store(i as usize + 1, Ordering::Release);
                    }
                }
            })
        };
        let known = span.known.load(Ordering::Acquire);
        assert!(known <= looked_at(&span.group, &span.cache, &span.held) as usize);
        owner.join().unwrap();
    });
}

#[test]
fn what_is_published_is_complete() {
    loom::model(|| {
        struct Span {
            objects: [UnsafeCell<usize>; 2],
            published: Published,
        }
        // SAFETY: the model checks that accesses to the cells do not overlap.
        unsafe impl Sync for Span {}
        let span =
            Arc::new(Span { objects: [UnsafeCell::new(0), UnsafeCell::new(0)], published: Published::new() });
        let owner = {
            let span = span.clone();
            thread::spawn(move || {
                for i in 0..2 {
                    // SAFETY: nobody looks before it is published.
                    span.objects[i].with_mut(|p| unsafe { *p = i + 7 });
                    span.published.set(i as u32 + 1);
                }
            })
        };
        for i in 0..2 {
            if span.published.covers(i) {
                // SAFETY: published.
                assert_eq!(span.objects[i].with(|p| unsafe { *p }), i + 7);
            }
        }
        owner.join().unwrap();
    });
}

/// Whatever is marked in a span is scanned, by somebody who sees what the object held when it was marked; the span is on one
/// queue at a time.
#[test]
fn what_is_marked_in_a_span_is_scanned() {
    struct Span {
        objects: [UnsafeCell<usize>; 3],
        marks: AtomicU64,
        seen: AtomicU64,
        scan: Scan,
        queued: AtomicUsize,
        scanned: [AtomicUsize; 3],
    }
    // SAFETY: the model checks that accesses to the cells do not overlap.
    unsafe impl Sync for Span {}
    impl Span {
        /// Object `i` becomes known to this thread, which marks it.
        fn mark(&self, i: usize) {
            // SAFETY: nobody scans what is not marked.
            self.objects[i].with_mut(|p| unsafe { *p = i + 7 });
            if set_bit(&self.marks, 1 << i) && self.scan.want(i) {
                assert_eq!(self.queued.fetch_add(1, Ordering::SeqCst), 0, "queued twice");
            }
        }

        /// Takes the span from the queue if it is there.
        fn scan(&self) -> bool {
            if self.queued.compare_exchange(1, 0, Ordering::SeqCst, Ordering::SeqCst).is_err() {
                return false;
            }
            let new = match self.scan.begin() {
                Wanted::One(i) => {
                    note_seen(&self.seen, 1 << i);
                    1 << i
                }
                Wanted::Many => take_new(&self.marks, &self.seen),
            };
            for i in (0..3).filter(|i| new >> i & 1 != 0) {
                // SAFETY: marked, hence complete.
                assert_eq!(self.objects[i].with(|p| unsafe { *p }), i + 7);
                self.scanned[i].fetch_add(1, Ordering::Relaxed);
            }
            true
        }
    }
    loom::model(|| {
        let cell = || UnsafeCell::new(0);
        let span = Arc::new(Span {
            objects: [cell(), cell(), cell()],
            marks: AtomicU64::new(0),
            seen: AtomicU64::new(0),
            scan: Scan::new(),
            queued: AtomicUsize::new(0),
            scanned: [const { () }; 3].map(|()| AtomicUsize::new(0)),
        });
        span.mark(0);
        let other = {
            let span = span.clone();
            thread::spawn(move || {
                span.mark(1);
                span.scan();
            })
        };
        span.scan();
        span.mark(2);
        span.scan();
        other.join().unwrap();
        while span.scan() {}
        for i in 0..3 {
            assert!(span.scanned[i].load(Ordering::Relaxed) >= 1, "object {i} was not scanned");
        }
    });
}

/// A node of a lock-free list.
#[repr(align(64))]
struct Node {
    link: Link,
    value: UnsafeCell<usize>,
}

/// A lock-free list and all the nodes that may be on it.
struct List {
    nodes: Vec<Node>,
    stack: Stack,
}

// SAFETY: the models check that accesses to the cells do not overlap.
unsafe impl Sync for List {}
// SAFETY: as above.
unsafe impl Send for List {}

impl List {
    fn new(n: usize) -> List {
        let node = || Node { link: Link::new(), value: UnsafeCell::new(0) };
        List { nodes: (0..n).map(|_| node()).collect(), stack: Stack::new() }
    }

    /// Puts a node, which is the caller's, on the list.
    fn push(&self, i: usize) {
        let n = &self.nodes[i];
        // SAFETY: the node is the caller's, and outlives the list's use.
        unsafe { self.stack.push(n as *const Node as usize, &n.link) };
    }

    fn pop(&self) -> Option<usize> {
        // SAFETY: what is on the list is a node.
        let p = self.stack.pop(|p| unsafe { &(*(p as *const Node)).link });
        self.nodes.iter().position(|n| n as *const Node as usize == p)
    }
}

/// The shared list of grey objects, as in `work`; the value of a node is how many objects it leads to.
struct Grey {
    list: List,
    unused: AtomicUsize,
}

impl Grey {
    fn put(&self, value: usize) {
        let i = self.unused.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the node is nobody else's.
        self.list.nodes[i].value.with_mut(|v| unsafe { *v = value });
        self.list.push(i);
    }

    fn get(&self) -> Option<usize> {
        let i = self.list.pop()?;
        // SAFETY: the node is the caller's.
        Some(self.list.nodes[i].value.with(|v| unsafe { *v }))
    }

    fn any(&self) -> bool {
        !self.list.stack.is_empty()
    }
}

/// When all markers have left and nothing is left, somebody has said so, and nobody says so while something is left that
/// nobody works at.
#[test]
fn the_end_of_marking_is_noticed() {
    loom::model(|| {
        let grey = Arc::new(Grey { list: List::new(2), unused: AtomicUsize::new(0) });
        let markers = Arc::new(Markers::new());
        let complete = Arc::new(AtomicUsize::new(0));
        grey.put(1);
        let marker = |grey: Arc<Grey>, markers: Arc<Markers>, complete: Arc<AtomicUsize>| {
            // A slice: one object, whose children are handed over before the marker leaves.
            markers.enter();
            if let Some(n) = grey.get() {
                for _ in 0..n {
                    grey.put(0);
                }
            }
            if markers.leave(|| grey.any()) {
                complete.fetch_add(1, Ordering::SeqCst);
            }
        };
        let other = {
            let (g, m, c) = (grey.clone(), markers.clone(), complete.clone());
            thread::spawn(move || marker(g, m, c))
        };
        marker(grey.clone(), markers.clone(), complete.clone());
        other.join().unwrap();
        if !grey.any() {
            assert!(markers.idle(|| grey.any()));
            assert!(complete.load(Ordering::SeqCst) > 0, "nobody noticed");
        } else {
            // A marker that still runs when the first one leaves may find the list empty for a moment, but not at its end.
            marker(grey.clone(), markers.clone(), complete.clone());
            assert!(!grey.any() && complete.load(Ordering::SeqCst) > 0);
        }
    });
}

/// Spans (or buffers) on a lock-free list: each has one owner at a time, who sees what the last one wrote to it.
#[test]
fn a_node_has_one_owner_at_a_time() {
    fn visit(list: &List) -> Option<usize> {
        let i = list.pop()?;
        // SAFETY: the node is this thread's.
        list.nodes[i].value.with_mut(|v| unsafe { *v += 1 });
        Some(i)
    }
    loom::model(|| {
        let list = Arc::new(List::new(3));
        (0..3).for_each(|i| list.push(i));
        let other = {
            let list = list.clone();
            // Takes two and puts the first one back: the head that somebody else has seen is there again, with another link.
            thread::spawn(move || {
                let (a, b) = (visit(&list), visit(&list));
                if let Some(a) = a {
                    list.push(a);
                }
                b
            })
        };
        let mut owned = Vec::new();
        owned.extend(visit(&list));
        owned.extend(visit(&list));
        owned.extend(other.join().unwrap());
        owned.extend(core::iter::from_fn(|| visit(&list)));
        owned.sort_unstable();
        assert_eq!(owned, [0, 1, 2]);
    });
}

/// A span that is reached by its list and by an object's address is swept once, and both see the result.
#[test]
fn a_span_is_swept_once() {
    struct Span {
        generation: Generation,
        marks: AtomicU64,
        in_use: UnsafeCell<u64>,
    }
    // SAFETY: the model checks that accesses to the cell do not overlap.
    unsafe impl Sync for Span {}
    impl Span {
        fn look(&self) -> u64 {
            self.generation.ensure(shared::STEP, || {
                // SAFETY: sweeping excludes all others.
                self.in_use.with_mut(|p| unsafe { *p = self.marks.swap(0, Ordering::Relaxed) });
            });
            // SAFETY: nobody changes what is swept.
            self.in_use.with(|p| unsafe { *p })
        }
    }
    loom::model(|| {
        let span = Arc::new(Span {
            generation: Generation::new(),
            marks: AtomicU64::new(0b101),
            in_use: UnsafeCell::new(0b111),
        });
        span.generation.set(0);
        let other = {
            let span = span.clone();
            thread::spawn(move || span.look())
        };
        assert_eq!(span.look(), 0b101);
        assert_eq!(other.join().unwrap(), 0b101);
    });
}

/// Assists use what workers have done, and not more.
#[test]
fn credit_is_used_once() {
    loom::model(|| {
        let credit = Arc::new(Credit::new());
        credit.add(1);
        credit.clear();
        credit.add(5);
        let worker = {
            let credit = credit.clone();
            thread::spawn(move || credit.add(3))
        };
        let other = {
            let credit = credit.clone();
            thread::spawn(move || credit.take(6))
        };
        let taken = credit.take(4) + other.join().unwrap();
        worker.join().unwrap();
        assert!((5..=8).contains(&taken));
        assert_eq!(taken + credit.take(100), 8);
    });
}
