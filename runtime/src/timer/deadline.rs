//! Deadlines of poll descriptors: heap entries that no Go code is needed for.
//!
//! **Runs on** g0. Fields belong to the timers' lock. Lock ranks: timers.

use super::heap::Member;
use super::service::{Entry, TIMERS, changed};

/// A deadline, part of a poll descriptor.
#[repr(C, align(8))]
pub struct Deadline {
    /// Position in the heap plus one.
    pub(super) position: u32,
    pub(super) side: u32,
    pub(super) seq: u32,
    pub(super) pd: usize,
}

/// Sets a deadline that calls `netpoll::expired(pd, side, seq)`, in place of the one before; `when` <= 0: none.
///
/// # Safety
/// `d` lives for ever.
pub unsafe fn set(d: *mut Deadline, pd: usize, side: u32, seq: u32, when: i64) {
    let mut ts = TIMERS.lock();
    // SAFETY: passed on; the fields are protected by the lock.
    unsafe {
        if (*d).position != 0 {
            ts.heap.remove((*d).position);
        }
        if when > 0 {
            (*d).side = side;
            (*d).seq = seq;
            (*d).pd = pd;
            ts.heap.insert(when, Entry::deadline(d));
        }
    }
    changed(ts);
}

impl Entry {
    fn deadline(d: *mut Deadline) -> Entry {
        Entry(d as usize | 2)
    }

    pub(super) fn as_deadline(self) -> Option<*mut Deadline> {
        (self.0 & 3 == 2).then_some((self.0 & !3) as *mut Deadline)
    }
}

impl Member for *mut Deadline {
    // A deadline in the heap is a valid one: the heap's entries are made from nothing else.
    #[allow(clippy::not_unsafe_ptr_arg_deref)]
    fn moved(self, position: u32) {
        // SAFETY: deadlines are never freed.
        unsafe { (*self).position = position };
    }
}
