//! Words by which goroutines and threads meet without a lock, as types of their own: `models/sched.rs` explores every order
//! in which they can be used.
//!
//! * [`Waiter`]: one side of a poll descriptor.
//! * [`Waiting`]: how many wait for semaphores of a root; with [`try_acquire`], why no wake-up is lost.
//! * [`Signals`]: signals on their way from handlers to the goroutine that receives them.
//!
//! # Orderings
//!
//! Everything is sequentially consistent, since all are halves of pairs: a goroutine announces itself in a [`Waiter`] and then reads
//! why it must not wait (`netpoll`), a waiter counts itself in [`Waiting`] and then reads the semaphore; for [`Signals`] see there.
//!
//! **Runs on** g0 and the monitor's thread. **May** not block. Lock ranks: none.

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::SeqCst};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::SeqCst};

const READY: usize = 1;
const WAIT: usize = 2;

/// What one side of a descriptor knows: nothing (0), `READY`, `WAIT` (a goroutine is about to park), or the address of
/// the goroutine that waits. Zeroed memory is a valid one.
pub struct Waiter(AtomicUsize);

/// What a goroutine that is going to wait finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// It was ready, and need not wait.
    Ready,
    /// It may park, with [`Waiter::park`], or change its mind, with [`Waiter::end`].
    Wait,
    /// Somebody waits already.
    Busy,
}

impl Waiter {
    /// Nothing is known.
    #[cfg(loom)]
    pub fn new() -> Waiter {
        Waiter(AtomicUsize::new(0))
    }

    /// A goroutine is going to wait.
    pub fn begin(&self) -> Begin {
        loop {
            if self.0.compare_exchange(READY, 0, SeqCst, SeqCst).is_ok() {
                return Begin::Ready;
            }
            if self.0.compare_exchange(0, WAIT, SeqCst, SeqCst).is_ok() {
                one_order();
                return Begin::Wait;
            }
            if self.0.load(SeqCst) > READY {
                return Begin::Busy;
            }
        }
    }

    /// The goroutine has parked; false if it is not to stay so.
    pub fn park(&self, g: usize) -> bool {
        self.0.compare_exchange(WAIT, g, SeqCst, SeqCst).is_ok()
    }

    /// The wait is over: whether the side is ready; none if somebody is still named.
    pub fn end(&self) -> Option<bool> {
        match self.0.swap(0, SeqCst) {
            old if old > WAIT => None,
            old => Some(old == READY),
        }
    }

    /// An event (`io`), or a deadline or closing, which leave no trace where nobody waits. The goroutine that was parked is
    /// the caller's to ready; 0: there was none.
    pub fn unblock(&self, io: bool) -> usize {
        one_order();
        loop {
            let old = self.0.load(SeqCst);
            if old == READY || old == 0 && !io {
                return 0;
            }
            let new = if io { READY } else { 0 };
            if self.0.compare_exchange(old, new, SeqCst, SeqCst).is_ok() {
                return if old <= WAIT { 0 } else { old };
            }
        }
    }

    /// Forgets that the side is ready.
    pub fn reset(&self) {
        self.0.store(0, SeqCst);
    }

    /// Forgets everything; false if a goroutine waited.
    pub fn renew(&self) -> bool {
        self.0.swap(0, SeqCst) <= READY
    }

    /// Whether a goroutine waits or is about to.
    pub fn is_waited_for(&self) -> bool {
        self.0.load(SeqCst) > READY
    }
}

/// Loom takes sequentially consistent accesses for acquire and release only: a fence makes up for it.
#[inline]
fn one_order() {
    #[cfg(loom)]
    loom::sync::atomic::fence(SeqCst);
}

/// Number of goroutines that wait for a semaphore of a root, or are about to look whether they must.
///
/// Who waits counts itself and looks at the semaphore after that, under the root's lock; who releases adds to the
/// semaphore and looks here after that. All four are sequentially consistent, so one of the two sees the other.
pub struct Waiting(AtomicU32);

impl Waiting {
    /// Nobody.
    #[cfg(not(loom))]
    pub const fn new() -> Waiting {
        Waiting(AtomicU32::new(0))
    }

    /// Nobody.
    #[cfg(loom)]
    pub fn new() -> Waiting {
        Waiting(AtomicU32::new(0))
    }

    /// One more.
    pub fn arrive(&self) {
        self.0.fetch_add(1, SeqCst);
        one_order();
    }

    /// One less.
    pub fn leave(&self) {
        self.0.fetch_sub(1, SeqCst);
    }

    /// Whether anybody may wait.
    pub fn any(&self) -> bool {
        one_order();
        self.0.load(SeqCst) != 0
    }
}

#[cfg(not(loom))]
impl Default for Waiting {
    fn default() -> Self {
        Waiting::new()
    }
}

/// Takes a unit of a semaphore if there is one.
pub fn try_acquire(word: &AtomicU32) -> bool {
    let mut v = word.load(SeqCst);
    while v != 0 {
        match word.compare_exchange(v, v - 1, SeqCst, SeqCst) {
            Ok(_) => return true,
            Err(now) => v = now,
        }
    }
    false
}

const IDLE: u32 = 0;
const RECEIVING: u32 = 1;
const SENDING: u32 = 2;

/// Signals between handlers and the one goroutine that receives them, as bits of words.
///
/// A handler sets its bit and then looks at the state, which says who wakes whom:
///
/// * `IDLE`: the receiver is busy, nothing is new;
/// * `RECEIVING`: it sleeps, or is about to; the handler moves it to `IDLE` and wakes it;
/// * `SENDING`: bits are new; the receiver moves it to `IDLE` before it would sleep.
///
/// A handler counts itself before it looks whether the signal is wanted; who does not want it any more says so and looks at
/// the count after that: one of the two sees the other.
pub struct Signals {
    wanted: AtomicU64,
    /// Those that have come and were not taken yet.
    come: AtomicU64,
    state: AtomicU32,
    /// Handlers between looking at `wanted` and having changed the state.
    delivering: AtomicU32,
}

impl Signals {
    /// Nothing is wanted.
    #[cfg(not(loom))]
    pub const fn new() -> Signals {
        Signals {
            wanted: AtomicU64::new(0),
            come: AtomicU64::new(0),
            state: AtomicU32::new(IDLE),
            delivering: AtomicU32::new(0),
        }
    }

    /// Nothing is wanted.
    #[cfg(loom)]
    pub fn new() -> Signals {
        Signals {
            wanted: AtomicU64::new(0),
            come: AtomicU64::new(0),
            state: AtomicU32::new(IDLE),
            delivering: AtomicU32::new(0),
        }
    }

    /// These are wanted from here on.
    pub fn want(&self, bits: u64) {
        self.wanted.fetch_or(bits, SeqCst);
    }

    /// These are not.
    pub fn unwant(&self, bits: u64) {
        self.wanted.fetch_and(!bits, SeqCst);
    }

    /// A handler: delivers a signal if it is wanted; says whether it is. `wake` wakes the receiver.
    pub fn send(&self, bit: u64, wake: impl FnOnce()) -> bool {
        if self.wanted.load(SeqCst) & bit == 0 {
            return false;
        }
        self.delivering.fetch_add(1, SeqCst);
        one_order();
        let wanted = self.wanted.load(SeqCst) & bit != 0;
        // Who has set a bit before, and it has not been taken, sees to the rest.
        if wanted && self.come.fetch_or(bit, SeqCst) & bit == 0 {
            self.notify(wake);
        }
        self.delivering.fetch_sub(1, SeqCst);
        wanted
    }

    fn notify(&self, wake: impl FnOnce()) {
        loop {
            match self.state.load(SeqCst) {
                IDLE if self.state.compare_exchange(IDLE, SENDING, SeqCst, SeqCst).is_ok() => return,
                RECEIVING if self.state.compare_exchange(RECEIVING, IDLE, SeqCst, SeqCst).is_ok() => {
                    return wake();
                }
                SENDING => return,
                _ => {}
            }
        }
    }

    /// The receiver: takes all that have come.
    pub fn take(&self) -> u64 {
        self.come.swap(0, SeqCst)
    }

    /// The receiver, which has found nothing: true if it may sleep until it is woken; false if it has to look again.
    pub fn begin(&self) -> bool {
        loop {
            if self.state.compare_exchange(IDLE, RECEIVING, SeqCst, SeqCst).is_ok() {
                return true;
            }
            if self.state.compare_exchange(SENDING, IDLE, SeqCst, SeqCst).is_ok() {
                return false;
            }
        }
    }

    /// Whether no handler is on its way that delivers what is not wanted any more.
    pub fn delivered(&self) -> bool {
        one_order();
        self.delivering.load(SeqCst) == 0
    }

    /// Whether the receiver sleeps, or is about to, and has taken everything.
    pub fn is_receiving(&self) -> bool {
        self.state.load(SeqCst) == RECEIVING
    }
}

#[cfg(not(loom))]
impl Default for Signals {
    fn default() -> Self {
        Signals::new()
    }
}
