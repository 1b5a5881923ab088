//! The timers and sleepers of a bubble of `testing/synctest`: a heap on the bubble's own clock.
//!
//! What is due at the same time becomes due in random order.
//!
//! **Runs on** g0, under the bubble's lock.

use super::heap;
use super::service::expire;
pub use super::service::{Fired, Timer};
use super::timers::Entry;
use crate::sched::g::G;

/// The heap of a bubble.
#[derive(Default)]
pub struct Heap(heap::Heap<(i64, u64), Entry>);

/// What was due.
pub enum Due {
    None,
    /// A timer, which was taken out.
    Timer,
    /// A sleeper, which is to be readied.
    Sleeper(*mut G),
}

impl Heap {
    /// An empty heap.
    pub const fn new() -> Heap {
        Heap(heap::Heap::new())
    }

    /// When something is due first.
    pub fn first(&self) -> Option<i64> {
        self.0.first().map(|((when, _), _)| when)
    }

    /// Adds a timer.
    ///
    /// # Safety
    /// It is in no heap.
    pub unsafe fn insert_timer(&mut self, t: *mut Timer, random: u64) {
        // SAFETY: passed on.
        let (when, entry) = unsafe { ((*t).when, Entry::timer(t)) };
        self.0.insert((when, random), entry);
    }

    /// Adds a sleeper.
    pub fn insert_sleeper(&mut self, g: *mut G, when: i64, random: u64) {
        self.0.insert((when, random), Entry::sleeper(g));
    }

    /// Removes a timer.
    ///
    /// # Safety
    /// It is in this heap.
    pub unsafe fn remove(&mut self, t: *mut Timer) {
        // SAFETY: passed on.
        self.0.remove(unsafe { (*t).heap_index } as u32);
    }

    /// Takes what is due first.
    ///
    /// # Safety
    /// `out` points to memory of the heap.
    pub unsafe fn take_due(&mut self, now: i64, out: *mut Fired) -> Due {
        match self.0.first() {
            Some(((when, _), entry)) if when <= now => match entry.as_sleeper() {
                Some(g) => {
                    self.0.remove(1);
                    Due::Sleeper(g)
                }
                None => {
                    // SAFETY: members are live.
                    unsafe { *out = self.expire(entry.as_timer(), now) };
                    Due::Timer
                }
            },
            _ => Due::None,
        }
    }

    /// Takes a timer if it is due.
    ///
    /// # Safety
    /// It is in this heap; `out` as above.
    pub unsafe fn take(&mut self, t: *mut Timer, now: i64, out: *mut Fired) -> bool {
        // SAFETY: passed on.
        unsafe {
            if (*t).when > now {
                return false;
            }
            *out = self.expire(t, now);
            true
        }
    }

    /// # Safety
    /// The timer is in this heap.
    unsafe fn expire(&mut self, t: *mut Timer, now: i64) -> Fired {
        // SAFETY: passed on.
        unsafe {
            let position = (*t).heap_index as u32;
            expire(t, now, |again| match again {
                // What is set again comes before what has been set to that time.
                Some(when) => self.0.update(position, (when, 0)),
                None => self.0.remove(position),
            })
        }
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        while let Some((_, entry)) = self.0.first() {
            self.0.remove(1);
            if entry.is_timer() {
                // SAFETY: members are live.
                unsafe {
                    (*(entry.as_timer())).pending = false;
                    (*(entry.as_timer())).home.leave();
                }
            }
        }
    }

    /// Calls `f` with every timer.
    pub fn for_each_timer(&self, f: &mut impl FnMut(usize)) {
        for e in self.0.members() {
            if e.is_timer() {
                f(e.as_timer() as usize);
            }
        }
    }
}
