//! The timer goroutines that have nothing to do, and the heaps that wait for one.
//!
//! Whoever finds a timer that is due, and has no goroutine to give it to, counts the heap as blocked; a goroutine that is going to wait does
//! not if a heap is blocked, but looks for it. Both happen under one lock, so either the goroutine is found or the heap is.
//!
//! **Runs on** g0. Lock ranks: timer goroutines, inside a heap's.

use super::g::G;
use super::lock::Lock;
use core::ptr::null_mut;

struct State {
    /// Parked goroutines, through `G::link`.
    first: *mut G,
    /// Heaps that are blocked.
    blocked: usize,
}

/// The goroutines and the count.
pub struct Waiters(Lock<State>);

impl Waiters {
    /// None, and none.
    #[cfg(not(loom))]
    pub const fn new() -> Waiters {
        Waiters(Lock::new(State { first: null_mut(), blocked: 0 }))
    }

    /// None, and none.
    #[cfg(loom)]
    pub fn new() -> Waiters {
        Waiters(Lock::new(State { first: null_mut(), blocked: 0 }))
    }

    /// A goroutine for a heap that has a timer that is due. If it is null, the heap is blocked.
    pub fn take(&self) -> *mut G {
        let mut s = self.0.lock();
        let g = s.first;
        if g.is_null() {
            s.blocked += 1;
        } else {
            // SAFETY: listed goroutines are parked, and this one is the caller's now.
            unsafe {
                s.first = (*g).link;
                (*g).link = null_mut();
            }
        }
        g
    }

    /// A blocked heap is not blocked any more.
    pub fn unblock(&self) {
        self.0.lock().blocked -= 1;
    }

    /// Whether a heap is blocked.
    pub fn any_blocked(&self) -> bool {
        self.0.lock().blocked != 0
    }

    /// A goroutine that has parked waits; false if a heap is blocked.
    ///
    /// # Safety
    /// The goroutine is parked, on no queue, and the caller's.
    pub unsafe fn wait(&self, g: *mut G) -> bool {
        let mut s = self.0.lock();
        if s.blocked != 0 {
            return false;
        }
        // SAFETY: passed on.
        unsafe { (*g).link = s.first };
        s.first = g;
        true
    }
}

#[cfg(not(loom))]
impl Default for Waiters {
    fn default() -> Self {
        Waiters::new()
    }
}
