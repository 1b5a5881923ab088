//! One-shot events.
//!
//! A [`Note`] is 0 until it is woken, then 1; the sleeper clears it before it is used again. A wake-up may come before
//! the sleep.
//!
//! # Orderings
//!
//! `wakeup` swaps 1 in with Release, `sleep` loads 1 with Acquire: the sleeper sees what the waker wrote before.
//! `clear` is the sleeper's own; whoever is to wake it next learns of that through a lock or a word of theirs.
//!
//! **Runs on** g0 and, waking, on gsignal. **May** block in futex(2). Lock ranks: none.

use super::futex::{wait, wake};
#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, Ordering};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering};

/// A one-shot event with one sleeper.
pub struct Note(AtomicU32);

impl Note {
    /// An event that has not happened.
    #[cfg(not(loom))]
    pub const fn new() -> Note {
        Note(AtomicU32::new(0))
    }

    /// An event that has not happened.
    #[cfg(loom)]
    pub fn new() -> Note {
        Note(AtomicU32::new(0))
    }

    /// Makes it not have happened. Only the sleeper does, between two uses.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// Makes it happen.
    pub fn wakeup(&self) {
        if self.0.swap(1, Ordering::Release) == 0 {
            wake(&self.0, 1);
        }
    }

    /// Waits until it happens.
    pub fn sleep(&self) {
        while self.0.load(Ordering::Acquire) == 0 {
            wait(&self.0, 0, -1);
        }
    }

    /// The same without sleeping, for a few microseconds: a thread that sleeps is woken tens of them too late, and one that
    /// yields its CPU to another process has it back after milliseconds.
    #[cfg(not(loom))]
    pub fn spin_at_most(&self, ns: i64) -> bool {
        let end = super::clock::nanotime().saturating_add(ns);
        loop {
            for _ in 0..20 {
                if self.0.load(Ordering::Acquire) != 0 {
                    return true;
                }
                core::hint::spin_loop();
            }
            if super::clock::nanotime() >= end {
                return false;
            }
        }
    }

    /// Waits until it happens, at most `ns` nanoseconds; says whether it happened.
    #[cfg(not(loom))]
    pub fn sleep_at_most(&self, ns: i64) -> bool {
        let end = super::clock::nanotime().saturating_add(ns);
        loop {
            if self.0.load(Ordering::Acquire) != 0 {
                return true;
            }
            let left = end - super::clock::nanotime();
            if left <= 0 {
                return false;
            }
            wait(&self.0, 0, left);
        }
    }
}

impl Default for Note {
    fn default() -> Self {
        Note::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Note;
    use std::sync::Arc;

    #[test]
    fn wakeup_before_or_after_the_sleep() {
        let a = Arc::new((Note::new(), Note::new()));
        let b = a.clone();
        let t = std::thread::spawn(move || {
            b.0.sleep();
            b.1.wakeup();
        });
        assert!(!a.1.sleep_at_most(1000));
        a.0.wakeup();
        a.1.sleep();
        t.join().unwrap();
        a.0.clear();
        assert!(!a.0.sleep_at_most(0));
    }
}
