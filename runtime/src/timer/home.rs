//! Which heap a member is in, when there are many heaps with a lock each.
//!
//! A member's fields belong to the lock of the heap that it is in. Being in none, it belongs to whoever takes it into a heap
//! ([`Home::enter`]), under that heap's lock: of two that try, one wins, and the other one finds it there. Who wants a
//! member that is in a heap reads where it is, locks that heap, and looks whether it is still there ([`Home::lock`]). It
//! leaves a heap under the heap's lock, and moves to another one under both locks, so that nobody sees a member that is
//! on its way in no heap.
//!
//! `models/sched.rs` explores every order of these steps.
//!
//! # Orderings
//!
//! The address is stored with Release and loaded with Acquire: whoever takes a member that is in no heap (the
//! compare-and-swap of `enter`) sees what its last heap's lock protected. Read again under the lock of the heap that
//! it names, Relaxed suffices: it changes from that value under that lock only.
//!
//! **Runs on** g0. Lock ranks: a heap's.

use super::lock::{Guard, Lock};
#[cfg(not(loom))]
use core::sync::atomic::{
    AtomicUsize, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
#[cfg(loom)]
use loom::sync::atomic::{
    AtomicUsize, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};

/// The address of a member's heap; 0: it is in none. Zeroed memory is a valid one.
#[repr(transparent)]
pub struct Home(AtomicUsize);

impl Home {
    /// In no heap.
    #[cfg(loom)]
    pub fn new() -> Home {
        Home(AtomicUsize::new(0))
    }

    /// The heap's address; it may be out of date unless the heap is locked.
    pub fn get(&self) -> usize {
        self.0.load(Acquire)
    }

    /// Locks the heap that the member is in; none if it is in no heap. `lock` finds a heap's lock by its address.
    pub fn lock<'a, T>(&self, lock: impl Fn(usize) -> &'a Lock<T>) -> Option<(usize, Guard<'a, T>)> {
        loop {
            let heap = self.0.load(Acquire);
            if heap == 0 {
                return None;
            }
            let guard = lock(heap).lock();
            if self.0.load(Relaxed) == heap {
                return Some((heap, guard));
            }
        }
    }

    /// Takes the member into a heap, whose lock is held; false if it is in one already.
    pub fn enter(&self, heap: usize) -> bool {
        self.0.compare_exchange(0, heap, AcqRel, Relaxed).is_ok()
    }

    /// The member has left its heap, whose lock is held. It is not touched after that.
    pub fn leave(&self) {
        self.0.store(0, Release);
    }

    /// The member goes from one heap to another; both locks are held.
    pub fn move_to(&self, heap: usize) {
        self.0.store(heap, Release);
    }
}
