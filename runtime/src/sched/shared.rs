//! Words by which goroutines and threads meet without a lock, as types of their own: `models/sched.rs` explores every order
//! in which they can be used.
//!
//! * [`Waiter`]: one side of a poll descriptor.
//! * [`Waiting`]: how many wait for semaphores of a root; with [`try_acquire`], why no wake-up is lost.
//!
//! # Orderings
//!
//! Everything is sequentially consistent, since both are halves of pairs whose other half is elsewhere: a goroutine announces itself
//! in a [`Waiter`] and then reads why it must not wait (`netpoll`), a waiter counts itself in [`Waiting`] and then reads the semaphore.
//!
//! **Runs on** g0 and the monitor's thread. **May** not block. Lock ranks: none.

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};

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
