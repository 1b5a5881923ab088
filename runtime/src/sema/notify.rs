//! `sync.Cond`: a list of tickets.
//!
//! `wait` is the next ticket, `notify` the next one to be woken; tickets between them are waiting, or about to. All but
//! `wait` (incremented by the Go half) is protected by `lock`.
//!
//! # Orderings
//!
//! `wait` is counted up by the Go half (sequentially consistent, as all of Go's atomics) before the waiter unlocks
//! its mutex, and `notify` changes under `lock`; the look at both without the lock, before there is anybody to
//! notify, is sequentially consistent too, as the Go half's own. Under the lock Relaxed suffices for `notify`.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: notify list.

use crate::chan::sudog::Sudog;
use crate::lock::RawLock;
use crate::native;
use crate::os::output::Sink;
use crate::sched::g::G;
use crate::sched::{WaitReason, goready, m, park};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};
use grus_abi::native::raise;

/// `sync.notifyList`.
#[repr(C)]
struct NotifyList {
    wait: AtomicU32,
    notify: AtomicU32,
    /// The low half of a word.
    lock: RawLock,
    pad: u32,
    head: *mut Sudog,
    tail: *mut Sudog,
}

/// Whether ticket `a` is older than `b`, on the circle.
fn less(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

unsafe extern "C" fn unlock_commit(_g: *mut G, l: usize) -> bool {
    // SAFETY: `notify_wait` holds the lock.
    unsafe { (*(l as *const NotifyList)).lock.unlock() };
    true
}

/// `notifyListWait(l *notifyList, t uint32)`.
unsafe extern "C" fn notify_wait(l: *mut NotifyList, ticket: u32) {
    let g = m::curg();
    // SAFETY: the Go half passes a live list.
    unsafe {
        (*l).lock.lock();
        if less(ticket, (*l).notify.load(Ordering::Relaxed)) {
            (*l).lock.unlock();
            return;
        }
        let s = Sudog::acquire(g, 0);
        (*s).ticket = ticket;
        (*g).waits_at = l as usize;
        if (*l).tail.is_null() {
            (*l).head = s;
        } else {
            (*(*l).tail).next = s;
        }
        (*l).tail = s;
        park(g, WaitReason::SyncCondWait as u8, Some(unlock_commit), l as usize);
    }
}

/// Wakes a waiter that is off the list. A goroutine of another bubble than the current one's is not to be woken: that
/// leaves the outcome of a fatal error.
unsafe fn wake(s: *mut Sudog) {
    // SAFETY: the waker owns the sudog.
    unsafe {
        let g = (*s).g;
        let (theirs, waker) = ((*g).h.go.bubble, m::curg());
        if theirs != 0 && theirs != (*waker).h.go.bubble {
            let mut s = Sink::stderr();
            s.str("semaphore wake of synctest goroutine ").dec((*g).h.go.goid as i64);
            s.str(" from outside bubble\n");
            let text = "semaphore wake of synctest goroutine from outside bubble";
            native::raise(waker, raise::FATAL, text.as_ptr() as usize, text.len());
            return;
        }
        Sudog::release(s);
        goready(g);
    }
}

/// `notifyListNotifyAll(l *notifyList)`.
unsafe extern "C" fn notify_all(l: *mut NotifyList) {
    // SAFETY: as above.
    unsafe {
        if (*l).wait.load(Ordering::SeqCst) == (*l).notify.load(Ordering::SeqCst) {
            return;
        }
        (*l).lock.lock();
        let mut s = (*l).head;
        (*l).head = null_mut();
        (*l).tail = null_mut();
        (*l).notify.store((*l).wait.load(Ordering::SeqCst), Ordering::SeqCst);
        (*l).lock.unlock();
        while !s.is_null() {
            let next = (*s).next;
            (*s).next = null_mut();
            wake(s);
            s = next;
        }
    }
}

/// `notifyListNotifyOne(l *notifyList)`.
unsafe extern "C" fn notify_one(l: *mut NotifyList) {
    // SAFETY: as above.
    unsafe {
        if (*l).wait.load(Ordering::SeqCst) == (*l).notify.load(Ordering::SeqCst) {
            return;
        }
        (*l).lock.lock();
        let t = (*l).notify.load(Ordering::Relaxed);
        if t == (*l).wait.load(Ordering::SeqCst) {
            (*l).lock.unlock();
            return;
        }
        (*l).notify.store(t.wrapping_add(1), Ordering::SeqCst);
        // Waiters may have queued out of order; if the ticket is not there yet, it will find itself notified.
        let (mut prev, mut s): (*mut Sudog, *mut Sudog) = (null_mut(), (*l).head);
        while !s.is_null() && (*s).ticket != t {
            prev = s;
            s = (*s).next;
        }
        if !s.is_null() {
            let next = (*s).next;
            if prev.is_null() {
                (*l).head = next;
            } else {
                (*prev).next = next;
            }
            if next.is_null() {
                (*l).tail = prev;
            }
            (*s).next = null_mut();
        }
        (*l).lock.unlock();
        if !s.is_null() {
            wake(s);
        }
    }
}

crate::g0_entry! {
    "runtime.notifyListWait" => notify_wait,
    "runtime.notifyListNotifyAll" => notify_all,
    "runtime.notifyListNotifyOne" => notify_one,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_order() {
        assert_eq!(size_of::<NotifyList>(), 32);
        assert_eq!(core::mem::offset_of!(NotifyList, head), 16);
        assert!(less(1, 2) && !less(2, 2) && less(u32::MAX, 0));
    }
}
