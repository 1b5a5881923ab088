//! Semaphores on arbitrary words.
//!
//! Waiters hang on 251 roots, hashed by address. A root is a list of addresses; waiters of one address hang behind
//! their first one through `waitlink`, whose `waittail` is the last.
//!
//! The Go half does the fast paths and the loops; here a waiter is queued and parked, or woken.
//!
//! No wake-up is lost: see [`Waiting`]. A releaser that sees a waiter takes the lock, hence comes after the waiter is queued.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: semaphore root.

use crate::chan::sudog::{Sudog, WaitQueue};
use crate::lock::RawLock;
use crate::native::flag;
use crate::os::clock;
use crate::prof::block;
use crate::sched::g::G;
use crate::sched::shared::{Waiting, try_acquire};
use crate::sched::{WaitReason, goready, m, park};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::AtomicU32;

const ROOTS: usize = 251;

struct Root {
    lock: RawLock,
    /// Number of waiters, readable without the lock.
    waiters: Waiting,
    /// First waiters of the addresses, protected by `lock`.
    heads: UnsafeCell<WaitQueue>,
}

// SAFETY: `heads` is used under `lock`.
unsafe impl Sync for Root {}

static TABLE: [Root; ROOTS] = [const {
    Root {
        lock: RawLock::new(),
        waiters: Waiting::new(),
        heads: UnsafeCell::new(WaitQueue { first: null_mut(), last: null_mut() }),
    }
}; ROOTS];

fn root(addr: *const AtomicU32) -> &'static Root {
    &TABLE[(addr as usize >> 3) % ROOTS]
}

impl Root {
    /// First waiter of an address.
    ///
    /// # Safety
    /// The lock is held.
    unsafe fn head(&self, addr: usize) -> *mut Sudog {
        // SAFETY: passed on.
        unsafe {
            let mut s = (*self.heads.get()).first;
            while !s.is_null() && (*s).elem != addr {
                s = (*s).next;
            }
            s
        }
    }

    /// Queues a waiter at the end, or in front.
    ///
    /// # Safety
    /// The lock is held; `s` is on no queue.
    unsafe fn queue(&self, s: *mut Sudog, addr: usize, front: bool) {
        // SAFETY: passed on.
        unsafe {
            let heads = &mut *self.heads.get();
            (*s).elem = addr;
            (*s).on_stack = false;
            (*s).waitlink = null_mut();
            (*s).waittail = s;
            let head = self.head(addr);
            if head.is_null() {
                heads.push(s);
            } else if front {
                (*s).ticket = (*head).ticket + 1;
                (*s).waitlink = head;
                (*s).waittail = (*head).waittail;
                heads.remove(head);
                heads.push(s);
            } else {
                (*head).ticket += 1;
                (*(*head).waittail).waitlink = s;
                (*head).waittail = s;
            }
        }
    }

    /// Takes the first waiter of an address.
    ///
    /// # Safety
    /// The lock is held.
    unsafe fn dequeue(&self, addr: usize) -> *mut Sudog {
        // SAFETY: passed on.
        unsafe {
            let heads = &mut *self.heads.get();
            let s = self.head(addr);
            if !s.is_null() {
                let second = (*s).waitlink;
                heads.remove(s);
                if !second.is_null() {
                    (*second).waittail = (*s).waittail;
                    (*second).ticket = (*s).ticket - 1;
                    heads.push(second);
                }
                (*s).waitlink = null_mut();
                (*s).waittail = null_mut();
            }
            s
        }
    }
}

unsafe extern "C" fn unlock_commit(_g: *mut G, root: usize) -> bool {
    // SAFETY: `semasleep` holds the lock.
    unsafe { (*(root as *const Root)).lock.unlock() };
    true
}

/// What the goroutines waited for that a release found, and from here on it is charged to who releases next.
///
/// # Safety
/// `s` has just been dequeued, the root is locked.
unsafe fn charge(r: &Root, s: *mut Sudog) -> i64 {
    // SAFETY: passed on.
    unsafe {
        if (*s).since == 0 {
            return 0;
        }
        let now = clock::nanotime();
        let first = now - (*s).since;
        let next = r.head((*s).elem);
        if next.is_null() {
            return first.max(1);
        }
        let last = (*next).waittail;
        let mean = (first + now - (*last).since) / 2;
        (*next).since = now;
        (*last).since = now;
        (first + mean * (*s).ticket as i64).max(1)
    }
}

/// `semasleep(addr *uint32, lifo bool, reason, skip uintptr) bool`.
unsafe extern "C" fn semasleep(addr: *const AtomicU32, lifo: usize, reason: usize, skip: usize) -> usize {
    let g = m::curg();
    let r = root(addr);
    r.lock.lock();
    r.waiters.arrive();
    // SAFETY: the Go half passes a live word; the lock is held until the park commits.
    unsafe {
        if try_acquire(&*addr) {
            r.waiters.leave();
            r.lock.unlock();
            return 1;
        }
        let s = Sudog::acquire(g, 0);
        let mutex =
            (WaitReason::SyncMutexLock as usize..=WaitReason::SyncRwMutexLock as usize).contains(&reason);
        if mutex {
            (*s).since = clock::nanotime();
        }
        (*g).block_skip = skip as u32;
        (*g).waits_at = addr as usize;
        r.queue(s, addr as usize, flag(lifo));
        park(g, reason as u8, Some(unlock_commit), r as *const Root as usize);
    }
    0
}

/// `semawake(addr *uint32, handoff bool, skip uintptr) bool`.
unsafe extern "C" fn semawake(addr: *const AtomicU32, handoff: usize, skip: usize) -> usize {
    let r = root(addr);
    if !r.waiters.any() {
        return 0;
    }
    r.lock.lock();
    // SAFETY: the lock is held; a dequeued waiter is ours to wake.
    unsafe {
        let s = r.dequeue(addr as usize);
        let mut waited = 0;
        if !s.is_null() {
            r.waiters.leave();
            waited = charge(r, s);
        }
        r.lock.unlock();
        if s.is_null() {
            return 0;
        }
        if waited != 0 {
            block::contended(waited, skip);
        }
        let handed = flag(handoff) && try_acquire(&*addr);
        let g = (*s).g;
        Sudog::release(s);
        (*g).h.ret0 = handed as usize;
        (*m::current()).trace_skip = skip as u32;
        goready(g);
        (*m::current()).trace_skip = 0;
        // Whoever is pinned to its P does not yield: the waiter runs when its turn comes.
        (handed && m::may_park()) as usize
    }
}

crate::g0_entry! {
    "runtime.semasleep" => semasleep,
    "runtime.semawake" => semawake,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiters_leave_in_order_per_address() {
        let _lock = crate::sched::start::init_for_tests();
        // SAFETY: a zeroed G owns no address; the root is locked by being the test's own.
        unsafe {
            let g: *mut G = std::boxed::Box::into_raw(std::boxed::Box::new(core::mem::zeroed::<G>()));
            let r = Root {
                lock: RawLock::new(),
                waiters: Waiting::new(),
                heads: UnsafeCell::new(WaitQueue { first: null_mut(), last: null_mut() }),
            };
            let s: std::vec::Vec<_> = (0..6).map(|_| Sudog::acquire(g, 0)).collect();
            r.queue(s[0], 100, false);
            r.queue(s[1], 200, false);
            r.queue(s[2], 100, false);
            r.queue(s[3], 100, true);
            r.queue(s[4], 200, true);
            r.queue(s[5], 100, false);
            assert!(r.dequeue(300).is_null());
            let order: std::vec::Vec<_> = (0..4).map(|_| r.dequeue(100)).collect();
            assert_eq!(order, [s[3], s[0], s[2], s[5]]);
            assert!(r.dequeue(100).is_null());
            assert_eq!(r.dequeue(200), s[4]);
            assert_eq!(r.dequeue(200), s[1]);
            assert!((*r.heads.get()).first.is_null());
        }
    }
}
