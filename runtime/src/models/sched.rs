//! Models of the scheduler. Run queue, locks, notes, and the words of [`shared`] are the runtime's own code; futex(2) is
//! made of a mutex and a condition here. What is spread over functions of the runtime (spinning threads, the thread in the
//! poller, a select's queues) is repeated in small, in the order of steps that its file describes.

#[path = "../timer/home.rs"]
mod home;
#[path = "../lock.rs"]
pub(super) mod lock;
#[path = "../os/note.rs"]
pub(super) mod note;
#[path = "../sched/runq.rs"]
mod runq;
#[path = "../sched/shared.rs"]
mod shared;
#[path = "../timer/waiters.rs"]
mod waiters;

/// Stands in for the descriptor that queues link.
mod g {
    pub struct G {
        pub link: *mut G,
        pub id: usize,
    }
}

/// Stands in for futex(2).
mod futex {
    use loom::sync::atomic::{AtomicU32, Ordering};
    use loom::sync::{Condvar, Mutex};

    loom::lazy_static! {
        /// All sleepers; each looks at its word again when any is woken, as after a wake-up without reason.
        static ref SLEEPERS: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
    }

    pub fn wait(word: &AtomicU32, value: u32, _ns: i64) {
        let guard = SLEEPERS.0.lock().unwrap();
        if word.load(Ordering::SeqCst) == value {
            drop(SLEEPERS.1.wait(guard).unwrap());
        }
    }

    pub fn wake(_word: &AtomicU32, _n: u32) {
        let _guard = SLEEPERS.0.lock().unwrap();
        SLEEPERS.1.notify_all();
    }
}

/// Where the lock looks for it.
mod os {
    pub(super) use super::futex;
}

use g::G;
use home::Home;
use lock::Lock;
use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicU32;
use loom::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, SeqCst};
use loom::sync::atomic::{AtomicI64, AtomicUsize, fence};
use loom::sync::{Arc, Mutex};
use loom::thread;
use note::Note;
use runq::RunQueue;
use shared::{Begin, Signals, Waiter, Waiting, try_acquire};
use std::boxed::Box;
use std::vec::Vec;
use waiters::Waiters;

/// Addresses of goroutines, which threads may share.
#[derive(Clone, Copy)]
struct Gs(*mut G);

// SAFETY: a goroutine belongs to whoever took it off the queue.
unsafe impl Send for Gs {}
// SAFETY: as above.
unsafe impl Sync for Gs {}

fn goroutine(id: usize) -> Gs {
    Gs(Box::into_raw(Box::new(G { link: core::ptr::null_mut(), id })))
}

/// The number of a goroutine that was taken, which nobody else has.
fn take(g: *mut G) -> Option<usize> {
    // SAFETY: whoever takes a goroutine owns it.
    (!g.is_null()).then(|| unsafe { Box::from_raw(g).id })
}

/// The owner fills its queue beyond its capacity and empties it, while a thief steals.
#[test]
fn each_goroutine_is_taken_once() {
    loom::model(|| {
        let q = Arc::new(RunQueue::new());
        let thief = {
            let q = q.clone();
            thread::spawn(move || {
                let mine = RunQueue::new();
                let mut got: Vec<usize> = Vec::new();
                got.extend(take(q.steal(&mine, true)));
                while let Some(id) = take(mine.get()) {
                    got.push(id);
                }
                got
            })
        };
        let mut got = Vec::new();
        for id in 0..5 {
            // SAFETY: the queue is ours, the goroutine new.
            if let Some(batch) = unsafe { q.put(goroutine(id).0) } {
                let mut g = batch.first;
                while !g.is_null() {
                    // SAFETY: the batch is ours.
                    let next = unsafe { (*g).link };
                    got.extend(take(g));
                    g = next;
                }
            }
        }
        let old = q.swap_next(goroutine(5).0);
        assert!(old.is_null());
        got.extend(take(q.take_next()));
        while let Some(id) = take(q.get()) {
            got.push(id);
        }
        got.extend(thief.join().unwrap());
        got.sort_unstable();
        assert_eq!(got, [0, 1, 2, 3, 4, 5]);
    });
}

/// A queue that always holds something never looks empty, though a goroutine moves from the front to the ring.
#[test]
fn a_queue_with_work_does_not_look_empty() {
    loom::model(|| {
        let q = Arc::new(RunQueue::new());
        q.swap_next(goroutine(0).0);
        let observer = {
            let q = q.clone();
            thread::spawn(move || q.is_empty())
        };
        let old = q.swap_next(goroutine(1).0);
        // SAFETY: the queue is ours, the goroutine off it.
        assert!(unsafe { q.put(old) }.is_none());
        assert!(!observer.join().unwrap());
        assert_eq!(take(q.take_next()), Some(1));
        assert_eq!(take(q.get()), Some(0));
    });
}

/// A lock excludes, and whoever sleeps for it is woken.
#[test]
fn locks() {
    loom::model(|| {
        let lock = Arc::new(Lock::new(0usize));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || *lock.lock() += 1)
            })
            .collect();
        *lock.lock() += 1;
        for t in threads {
            t.join().unwrap();
        }
        assert_eq!(*lock.lock(), 3);
    });
}

/// Parking of threads: a wake-up may come before the sleep, and what was written before it is seen.
#[test]
fn notes() {
    loom::model(|| {
        let shared = Arc::new((Note::new(), Note::new(), AtomicUsize::new(0)));
        let sleeper = {
            let s = shared.clone();
            thread::spawn(move || {
                s.0.sleep();
                s.0.clear();
                let seen = s.2.load(loom::sync::atomic::Ordering::Relaxed);
                s.1.wakeup();
                seen
            })
        };
        shared.2.store(7, loom::sync::atomic::Ordering::Relaxed);
        shared.0.wakeup();
        shared.1.sleep();
        assert_eq!(sleeper.join().unwrap(), 7);
    });
}

/// The protocol at the top of `schedule`: a thread that spins finds nothing and gives up, while another makes work. Either
/// the one finds it, or the other starts a thread.
#[test]
fn no_work_is_lost_when_a_spinning_thread_gives_up() {
    loom::model(|| {
        struct State {
            queue: RunQueue,
            idle: AtomicUsize,
            spinning: AtomicUsize,
        }
        let s = Arc::new(State {
            queue: RunQueue::new(),
            idle: AtomicUsize::new(0),
            spinning: AtomicUsize::new(1),
        });
        let spinner = {
            let s = s.clone();
            thread::spawn(move || {
                let mine = RunQueue::new();
                if take(s.queue.steal(&mine, false)).is_some() {
                    s.spinning.fetch_sub(1, SeqCst);
                    return true;
                }
                s.idle.fetch_add(1, SeqCst);
                s.spinning.fetch_sub(1, SeqCst);
                fence(SeqCst);
                !s.queue.is_empty()
            })
        };
        // SAFETY: the queue is ours.
        assert!(unsafe { s.queue.put(goroutine(0).0) }.is_none());
        fence(SeqCst);
        let started = s.idle.load(SeqCst) != 0
            && s.spinning.load(SeqCst) == 0
            && s.spinning.compare_exchange(0, 1, SeqCst, SeqCst).is_ok();
        let found = spinner.join().unwrap();
        // With no P idle there was nobody to start: the thread that is about to idle then sees the work.
        assert!(started || found, "a goroutine waits, and no thread is on its way");
        take(s.queue.get());
    });
}

/// An event wakes the waiter, or keeps it from parking, whenever it comes; the goroutine is handed out once.
#[test]
fn an_event_of_the_poller_is_not_lost() {
    loom::model(|| {
        let word = Arc::new(Waiter::new());
        let readied = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = [true, false]
            .into_iter()
            .map(|io| {
                let (word, readied) = (word.clone(), readied.clone());
                thread::spawn(move || {
                    if word.unblock(io) != 0 {
                        readied.fetch_add(1, SeqCst);
                    }
                })
            })
            .collect();
        let parked = match word.begin() {
            Begin::Ready => false,
            Begin::Wait => word.park(64),
            Begin::Busy => unreachable!("nobody else waits"),
        };
        for t in threads {
            t.join().unwrap();
        }
        assert_eq!(readied.load(SeqCst), parked as usize);
        // A deadline may end the wait; the event is still there then, unless it was what ended it.
        let later = word.end();
        assert!(later.is_some());
    });
}

/// A marker stops a goroutine that stops by itself at the end of an allocation (`suspend_g`, `resume_g`, `gave_up`): the marker has
/// it for a while, and afterwards it is runnable, on one queue.
#[test]
fn a_goroutine_that_was_stopped_goes_on() {
    const RUNNABLE: u32 = 1;
    const RUNNING: u32 = 2;
    const WAITING: u32 = 4;
    const PREEMPTED: u32 = 9;
    const SCAN: u32 = 0x1000;
    struct Goroutine {
        status: AtomicU32,
        preempt_stop: AtomicU32,
        queued: AtomicUsize,
    }
    impl Goroutine {
        fn set_status(&self, from: u32, to: u32) {
            while let Err(now) = self.status.compare_exchange(from, to, AcqRel, Acquire) {
                assert_eq!(now, from | SCAN);
                thread::yield_now();
            }
        }

        fn queue(&self) {
            self.queued.fetch_add(1, Relaxed);
        }

        /// Whether the goroutine has been scanned.
        fn scan(&self) -> bool {
            let status = self.status.load(Acquire);
            if status == RUNNING {
                self.preempt_stop.store(1, Relaxed);
                return false;
            }
            if self.status.compare_exchange(status, status | SCAN, AcqRel, Relaxed).is_err() {
                return false;
            }
            self.preempt_stop.store(0, Relaxed);
            if status == PREEMPTED {
                self.status.swap(RUNNABLE, AcqRel);
                self.queue();
            } else {
                self.status.swap(status, AcqRel);
            }
            true
        }
    }
    loom::model(|| {
        let g = Arc::new(Goroutine {
            status: AtomicU32::new(RUNNING),
            preempt_stop: AtomicU32::new(0),
            queued: AtomicUsize::new(0),
        });
        let marker = {
            let g = g.clone();
            thread::spawn(move || {
                while !g.scan() {
                    thread::yield_now();
                }
            })
        };
        let stays = g.preempt_stop.load(Relaxed) != 0;
        g.set_status(RUNNING, WAITING);
        if stays {
            g.set_status(WAITING, PREEMPTED);
            if g.preempt_stop.swap(0, Relaxed) == 0
                && g.status.compare_exchange(PREEMPTED, RUNNABLE, AcqRel, Relaxed).is_ok()
            {
                g.queue();
            }
        } else {
            g.set_status(WAITING, RUNNABLE);
            g.queue();
        }
        marker.join().unwrap();
        assert_eq!(g.status.load(Relaxed), RUNNABLE);
        assert_eq!(g.queued.load(Relaxed), 1);
    });
}

/// A descriptor is closed while a goroutine is about to wait: it is told so, or woken.
#[test]
fn closing_is_not_slept_through() {
    loom::model(|| {
        let word = Arc::new(Waiter::new());
        let closing = Arc::new(AtomicUsize::new(0));
        let closer = {
            let (word, closing) = (word.clone(), closing.clone());
            thread::spawn(move || {
                closing.store(1, SeqCst);
                word.unblock(false)
            })
        };
        assert_eq!(word.begin(), Begin::Wait);
        let parked = closing.load(SeqCst) == 0 && word.park(64);
        let woken = closer.join().unwrap();
        assert_eq!(parked, woken == 64, "a goroutine waits for what is closed");
    });
}

/// Handlers deliver signals while the receiver takes them: each is received, and nobody sleeps while one is there.
#[test]
fn signals_are_received() {
    loom::model(|| {
        let s = Arc::new((Signals::new(), Note::new()));
        s.0.want(0b11);
        let handlers: Vec<_> = (0..2)
            .map(|i| {
                let s = s.clone();
                thread::spawn(move || assert!(s.0.send(1 << i, || s.1.wakeup())))
            })
            .collect();
        let mut got = 0;
        while got != 0b11 {
            let new = s.0.take();
            assert_eq!(got & new, 0, "received twice");
            got |= new;
            if new == 0 && s.0.begin() {
                s.1.sleep();
                s.1.clear();
            }
        }
        for h in handlers {
            h.join().unwrap();
        }
    });
}

/// A signal comes while the program gives it up: once it is known that no handler is on its way, either the signal is there, or
/// it is not delivered any more.
#[test]
fn no_signal_comes_late() {
    loom::model(|| {
        let s = Arc::new(Signals::new());
        s.want(1);
        let handler = {
            let s = s.clone();
            thread::spawn(move || s.send(1, || unreachable!("nobody sleeps")))
        };
        s.unwant(1);
        let quiet = s.delivered();
        let there = s.take() == 1;
        let sent = handler.join().unwrap();
        assert!(!quiet || sent == there, "a signal was delivered after it had been given up");
        assert_eq!(sent, there | (s.take() == 1));
    });
}

/// Two acquire and two release: nobody sleeps while a unit is left.
#[test]
fn semaphores_hand_over() {
    loom::model(|| {
        struct Root {
            word: AtomicU32,
            waiting: Waiting,
            /// Who sleeps, under the lock.
            asleep: Lock<Vec<Arc<Note>>>,
        }
        // SAFETY: notes and words are made for threads.
        unsafe impl Sync for Root {}
        // SAFETY: as above.
        unsafe impl Send for Root {}
        let root = Arc::new(Root {
            word: AtomicU32::new(0),
            waiting: Waiting::new(),
            asleep: Lock::new(Vec::new()),
        });
        let acquirers: Vec<_> = (0..2)
            .map(|_| {
                let r = root.clone();
                thread::spawn(move || {
                    while !try_acquire(&r.word) {
                        let mut asleep = r.asleep.lock();
                        r.waiting.arrive();
                        if try_acquire(&r.word) {
                            r.waiting.leave();
                            return;
                        }
                        let note = Arc::new(Note::new());
                        asleep.push(note.clone());
                        drop(asleep);
                        note.sleep();
                    }
                })
            })
            .collect();
        for _ in 0..2 {
            root.word.fetch_add(1, SeqCst);
            if root.waiting.any() {
                let mut asleep = root.asleep.lock();
                let first = asleep.pop();
                if first.is_some() {
                    root.waiting.leave();
                }
                drop(asleep);
                if let Some(note) = first {
                    note.wakeup();
                }
            }
        }
        for t in acquirers {
            t.join().unwrap();
        }
        assert_eq!(root.word.load(SeqCst), 0);
    });
}

/// A goroutine waits for two channels; a sender of each takes it off its queue. One wins, and the loser keeps its value.
#[test]
fn one_channel_wins_a_select() {
    loom::model(|| {
        struct Select {
            queues: [Mutex<Vec<usize>>; 2],
            done: AtomicU32,
            readied: AtomicUsize,
        }
        let s = Arc::new(Select {
            queues: [Mutex::new(Vec::new()), Mutex::new(Vec::new())],
            done: AtomicU32::new(0),
            readied: AtomicUsize::new(0),
        });
        let sender = |s: &Arc<Select>, i: usize| {
            let s = s.clone();
            thread::spawn(move || {
                let mut q = s.queues[i].lock().unwrap();
                let won = q.pop().is_some() && s.done.compare_exchange(0, 1, SeqCst, SeqCst).is_ok();
                drop(q);
                if won {
                    s.readied.fetch_add(1, SeqCst);
                }
                won
            })
        };
        let senders = [sender(&s, 0), sender(&s, 1)];
        // All channels are locked, in order, while the goroutine queues itself; its parking unlocks them.
        let parked = {
            let mut locked: Vec<_> = s.queues.iter().map(|q| q.lock().unwrap()).collect();
            locked.iter_mut().for_each(|q| q.push(1));
            true
        };
        let wins = senders.map(|t| t.join().unwrap());
        assert!(parked && wins.iter().filter(|w| **w).count() <= 1);
        assert_eq!(s.readied.load(SeqCst), wins.iter().filter(|w| **w).count());
        // Senders that came too early wait; one that did not has found the goroutine, unless the other one won.
        let left: usize = s.queues.iter().map(|q| q.lock().unwrap().len()).sum();
        assert!(left == 2 || wins.contains(&true));
    });
}

/// Someone adds a timer while a thread goes to sleep in the poller: it sees the timer, or is interrupted, or a thread is
/// started.
#[test]
fn a_new_timer_is_not_slept_through() {
    loom::model(|| {
        struct State {
            next: AtomicI64,
            /// 0 while a thread is in the poller.
            last_poll: AtomicI64,
            poll_until: AtomicI64,
        }
        let s = Arc::new(State {
            next: AtomicI64::new(0),
            last_poll: AtomicI64::new(1),
            poll_until: AtomicI64::new(0),
        });
        let poller = {
            let s = s.clone();
            thread::spawn(move || {
                let until = s.next.load(SeqCst);
                if s.last_poll.swap(0, SeqCst) == 0 {
                    return None;
                }
                s.poll_until.store(until, SeqCst);
                let next = s.next.load(SeqCst);
                Some(if next != 0 && (until == 0 || next < until) { next } else { until })
            })
        };
        s.next.store(50, SeqCst);
        let (mut interrupted, mut started) = (false, false);
        if s.last_poll.load(SeqCst) == 0 {
            let until = s.poll_until.load(SeqCst);
            interrupted = until == 0 || until > 50;
        } else {
            started = true;
        }
        let sleeps_until = poller.join().unwrap();
        assert!(interrupted || started || sleeps_until == Some(50), "{sleeps_until:?}");
    });
}

/// Someone adds a timer while the thread in the poller returns because of an interruption for another one: that thread sees the
/// timer before it sleeps again, or the poller is interrupted once more, or a thread is started.
#[test]
fn a_new_timer_is_not_taken_for_one_that_has_interrupted() {
    loom::model(|| {
        struct State {
            next: AtomicI64,
            /// 0 while a thread is in the poller.
            last_poll: AtomicI64,
            interrupted: AtomicU32,
        }
        let s = Arc::new(State {
            next: AtomicI64::new(0),
            last_poll: AtomicI64::new(0),
            interrupted: AtomicU32::new(1),
        });
        let poller = {
            let s = s.clone();
            thread::spawn(move || {
                // It has read the eventfd.
                s.interrupted.store(0, SeqCst);
                s.last_poll.store(1, SeqCst);
                fence(SeqCst);
                s.next.load(SeqCst)
            })
        };
        s.next.store(50, SeqCst);
        fence(SeqCst);
        let told =
            s.last_poll.load(SeqCst) != 0 || s.interrupted.compare_exchange(0, 1, SeqCst, Relaxed).is_ok();
        assert!(told | (poller.join().unwrap() == 50), "nobody knows of the timer");
    });
}

/// One timer, and the heaps of two Ps; a heap holds the timer or not.
struct TimerHeaps {
    heaps: [Lock<bool>; 2],
    home: Home,
    /// What the lock of the timer's heap protects.
    when: UnsafeCell<usize>,
}

// SAFETY: the models check that accesses to the cell do not overlap.
unsafe impl Sync for TimerHeaps {}
// SAFETY: as above.
unsafe impl Send for TimerHeaps {}

impl TimerHeaps {
    fn new() -> TimerHeaps {
        TimerHeaps {
            heaps: [Lock::new(false), Lock::new(false)],
            home: Home::new(),
            when: UnsafeCell::new(0),
        }
    }

    /// Heap `i` is address `i` + 1.
    fn locked(&self) -> Option<(usize, lock::Guard<'_, bool>)> {
        self.home.lock(|address| &self.heaps[address - 1])
    }

    fn change(&self, when: usize) {
        // SAFETY: the heap is locked that the timer is in.
        self.when.with_mut(|w| unsafe { *w = when });
    }

    /// `timerset` by the holder of P `p`; says whether the timer was pending.
    fn set(&self, p: usize, when: usize) -> bool {
        loop {
            if let Some((_, there)) = self.locked() {
                assert!(*there, "a timer is not in its heap");
                self.change(when);
                return true;
            }
            let mut there = self.heaps[p].lock();
            if self.home.enter(p + 1) {
                assert!(!*there);
                self.change(when);
                *there = true;
                return false;
            }
        }
    }

    /// `timerdel`, or what expiry does; says whether the timer was pending.
    fn del(&self) -> bool {
        let Some((_, mut there)) = self.locked() else { return false };
        assert!(*there, "a timer is not in its heap");
        self.change(0);
        *there = false;
        self.home.leave();
        true
    }

    /// P 1 is beyond GOMAXPROCS: its timers move to P 0.
    fn shrink(&self) {
        let mut from = self.heaps[1].lock();
        let mut to = self.heaps[0].lock();
        if core::mem::take(&mut *from) {
            self.home.move_to(1);
            assert!(!*to, "a timer is in two heaps");
            *to = true;
        }
    }

    /// How many heaps hold the timer, which nobody uses any more.
    fn held(&self) -> usize {
        let held = self.heaps.iter().filter(|h| *h.lock()).count();
        assert_eq!(self.locked().is_some(), held == 1);
        held
    }
}

/// Two Ps set a timer that is in no heap, and somebody stops it: it is in one heap at most, and whoever takes it out is the one
/// that is told so.
#[test]
fn a_timer_is_in_one_heap() {
    loom::model(|| {
        let t = Arc::new(TimerHeaps::new());
        let threads: Vec<_> = [0, 1]
            .into_iter()
            .map(|p| {
                let t = t.clone();
                thread::spawn(move || t.set(p, p + 5))
            })
            .collect();
        let stopped = t.del();
        let pending: Vec<bool> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        let held = t.held();
        // Each way in is followed by one way out, or by being in.
        let entered = pending.iter().filter(|p| !**p).count();
        assert_eq!(entered, stopped as usize + held);
    });
}

/// A timer moves to another P's heap while it is stopped, or set: it never looks as if it were not pending.
#[test]
fn a_timer_that_moves_is_pending() {
    loom::model(|| {
        let t = Arc::new(TimerHeaps::new());
        assert!(!t.set(1, 7));
        let mover = {
            let t = t.clone();
            thread::spawn(move || t.shrink())
        };
        let setter = {
            let t = t.clone();
            thread::spawn(move || t.set(0, 9))
        };
        let stopped = t.del();
        mover.join().unwrap();
        let pending = setter.join().unwrap();
        assert!(stopped, "a pending timer was not stopped");
        assert_eq!(t.held(), !pending as usize);
    });
}

/// A timer is due while the timer goroutine goes to sleep: it is woken, or finds the heap.
#[test]
fn a_due_timer_finds_a_goroutine() {
    loom::model(|| {
        let waiters = Arc::new(Waiters::new());
        let g = goroutine(1);
        let sleeper = {
            let waiters = waiters.clone();
            thread::spawn(move || {
                let g = g;
                // SAFETY: the goroutine is this thread's.
                unsafe { waiters.wait(g.0) }
            })
        };
        let woken = waiters.take();
        let waits = sleeper.join().unwrap();
        assert_eq!(woken.is_null(), waiters.any_blocked());
        assert!(waits || woken.is_null(), "it is woken though it does not wait");
        if woken.is_null() {
            // The heap was blocked before the goroutine came, or the goroutine came too late to be taken.
            assert!(!waits, "the goroutine sleeps beside a blocked heap");
            waiters.unblock();
        }
        take(g.0);
    });
}
