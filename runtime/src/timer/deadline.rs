//! Deadlines of poll descriptors: heap entries that no Go code is needed for.
//!
//! **Runs on** g0. Fields belong to the lock of the heap that the deadline is in ([`Home`]). Lock ranks: timers.

use super::heap::Member;
use super::home::Home;
use super::timers::{Entry, Timers, mine};

/// A deadline, part of a poll descriptor.
#[repr(C, align(8))]
pub struct Deadline {
    home: Home,
    pub(super) pd: usize,
    pub(super) side: u32,
    pub(super) seq: u32,
    /// Position in the heap plus one.
    position: u32,
}

/// Sets a deadline that calls `netpoll::expired(pd, side, seq)`, in place of the one before; `when` <= 0: none.
///
/// # Safety
/// `d` lives for ever, and nobody else sets it meanwhile. The calling thread has a P.
pub unsafe fn set(d: *mut Deadline, pd: usize, side: u32, seq: u32, when: i64) {
    // SAFETY: passed on; the fields are protected by the heap's lock.
    unsafe {
        if let Some((heap, mut s)) = (*d).home.lock(Timers::lock_of) {
            if when > 0 {
                (*d).side = side;
                (*d).seq = seq;
                (*d).pd = pd;
                s.heap.update((*d).position, when);
            } else {
                s.heap.remove((*d).position);
                (*d).home.leave();
            }
            Timers::at(heap).changed(s);
        } else if when > 0 {
            let ts = mine();
            let mut s = ts.lock();
            let entered = (*d).home.enter(ts.address());
            debug_assert!(entered);
            (*d).side = side;
            (*d).seq = seq;
            (*d).pd = pd;
            s.heap.insert(when, Entry::deadline(d));
            ts.changed(s);
        }
    }
}

impl Deadline {
    /// What is to be called, now that the deadline is due; it leaves the heap.
    ///
    /// # Safety
    /// It is in a heap, whose lock is held, and is being taken out.
    pub(super) unsafe fn expire(&self) -> (usize, u32, u32) {
        let call = (self.pd, self.side, self.seq);
        self.home.leave();
        call
    }

    /// It goes to another heap.
    pub(super) fn move_to(&self, heap: usize) {
        self.home.move_to(heap);
    }
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
