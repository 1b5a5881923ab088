//! Locks of the runtime.
//!
//! A [`RawLock`] is one word: 0 free, 1 held, 2 held and somebody sleeps in futex(2). It is taken on g0 only, with
//! nothing preemptible inside. [`Lock`] pairs one with the data that it protects.
//!
//! # Orderings
//!
//! The word is taken with Acquire and released with Release: that orders the data behind the lock, which is accessed
//! plainly, and all that other files say to be "under a lock". A failed attempt reads nothing that counts (Relaxed).
//! Releasing swaps 0 in, so that it learns of sleepers; futex(2) compares the word with 2 in the kernel, hence no
//! wake-up gets lost.
//!
//! **Runs on** g0. **May** block in futex(2). Ranks are listed in `lib.rs`.

use super::os::futex;
use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, Ordering};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering};

/// Attempts before a thread sleeps.
const SPINS: u32 = if cfg!(loom) { 1 } else { 100 };

/// A mutual exclusion lock without data.
#[repr(transparent)]
pub struct RawLock(AtomicU32);

impl RawLock {
    /// A free lock.
    #[cfg(not(loom))]
    pub const fn new() -> RawLock {
        RawLock(AtomicU32::new(0))
    }

    /// A free lock.
    #[cfg(loom)]
    pub fn new() -> RawLock {
        RawLock(AtomicU32::new(0))
    }

    /// Takes the lock.
    #[inline]
    pub fn lock(&self) {
        if self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_slow();
        }
    }

    #[cold]
    fn lock_slow(&self) {
        for _ in 0..SPINS {
            if self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return;
            }
            core::hint::spin_loop();
        }
        while self.0.swap(2, Ordering::Acquire) != 0 {
            futex::wait(&self.0, 2, -1);
        }
    }

    /// Releases the lock.
    ///
    /// # Safety
    /// The caller holds it.
    #[inline]
    pub unsafe fn unlock(&self) {
        if self.0.swap(0, Ordering::Release) == 2 {
            futex::wake(&self.0, 1);
        }
    }
}

impl Default for RawLock {
    fn default() -> Self {
        RawLock::new()
    }
}

/// Data behind a [`RawLock`].
pub struct Lock<T> {
    raw: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached only through a guard, i.e. by one thread at a time. The runtime's structures hold raw
// pointers that may be used from any thread under the same lock.
unsafe impl<T> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// Data behind a free lock.
    #[cfg(not(loom))]
    pub const fn new(data: T) -> Lock<T> {
        Lock { raw: RawLock::new(), data: UnsafeCell::new(data) }
    }

    /// Data behind a free lock.
    #[cfg(loom)]
    pub fn new(data: T) -> Lock<T> {
        Lock { raw: RawLock::new(), data: UnsafeCell::new(data) }
    }

    /// Takes the lock until the guard is dropped.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        self.raw.lock();
        Guard { lock: self }
    }
}

/// Access to the data of a held [`Lock`].
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists only while the lock is held.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed mutably.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard holds the lock.
        unsafe { self.lock.raw.unlock() }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Lock;
    use std::sync::Arc;

    #[test]
    fn excludes() {
        let l = Arc::new(Lock::new(0u64));
        let threads: std::vec::Vec<_> = (0..4)
            .map(|_| {
                let l = l.clone();
                std::thread::spawn(move || {
                    for _ in 0..20_000 {
                        *l.lock() += 1;
                    }
                })
            })
            .collect();
        for t in threads {
            t.join().unwrap();
        }
        assert_eq!(*l.lock(), 80_000);
    }
}
