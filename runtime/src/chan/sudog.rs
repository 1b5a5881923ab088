//! A goroutine waiting on something: an entry of a wait queue.
//!
//! A sudog outlives the native that queued it, hence an element on the waiting goroutine's stack is held as the
//! distance from the stack's top, and resolved under the lock of the queue's owner, which keeps the stack from being
//! moved meanwhile.
//!
//! # Orderings
//!
//! Queues and sudogs are plain data under their owner's lock. Several channels' locks meet in `select_done`, where
//! one compare-and-swap wins: it decides only who takes the goroutine, whose state the winner sees through the lock
//! that it holds.
//!
//! **Runs on** g0. Fields belong to the lock of the channel, semaphore root or notify list; `waitlink` of a channel
//! sudog to its goroutine. Sudogs are pooled and never freed: a P keeps up to [`CACHE`], of which half go to the pool of
//! all Ps when there are more, and come from there when there is none.

use super::hchan::HChan;
use crate::lock::Lock;
use crate::mem::persistent;
use crate::sched::g::G;
use crate::sched::m;
use core::ptr::null_mut;

/// An entry of a wait queue.
#[repr(C)]
pub struct Sudog {
    pub g: *mut G,
    pub next: *mut Sudog,
    pub prev: *mut Sudog,
    /// Address of the element, or its offset from the stack's top. For semaphores the address waited on.
    pub elem: usize,
    pub on_stack: bool,
    /// Whether the goroutine waits in a select.
    pub is_select: bool,
    /// For a select: whether a value was exchanged (false: the channel was closed).
    pub success: bool,
    /// Number of the case (select), ticket (condition lists), number of waiters behind this first one (semaphores).
    pub ticket: u32,
    pub chan: *mut HChan,
    /// Next sudog of the same goroutine, in lock order (channels), or waiting on the same address (semaphores).
    pub waitlink: *mut Sudog,
    pub waittail: *mut Sudog,
    /// When the goroutine began to wait for the semaphore of a mutex; else 0.
    pub since: i64,
}

static POOL: Lock<*mut Sudog> = Lock::new(null_mut());

/// Unused sudogs that a P keeps.
pub const CACHE: usize = 64;

/// A P's unused sudogs, linked through `next`.
pub struct Cache {
    first: *mut Sudog,
    len: usize,
}

impl Cache {
    /// An empty cache.
    pub const fn new() -> Cache {
        Cache { first: null_mut(), len: 0 }
    }

    /// Takes one, from the common pool or new memory if need be.
    ///
    /// # Safety
    /// The cache is the caller's.
    unsafe fn take(&mut self) -> *mut Sudog {
        // SAFETY: pooled sudogs are unused.
        unsafe {
            if self.first.is_null() {
                let mut pool = POOL.lock();
                while !pool.is_null() && self.len < CACHE / 2 {
                    let s = *pool;
                    *pool = (*s).next;
                    self.keep(s);
                }
            }
            let s = self.first;
            if s.is_null() {
                return persistent::alloc(size_of::<Sudog>(), 8) as *mut Sudog;
            }
            self.first = (*s).next;
            self.len -= 1;
            s
        }
    }

    unsafe fn keep(&mut self, s: *mut Sudog) {
        // SAFETY: the sudog is unused.
        unsafe { (*s).next = self.first };
        self.first = s;
        self.len += 1;
    }

    /// Puts one back.
    ///
    /// # Safety
    /// The cache is the caller's; the sudog is unused.
    unsafe fn put(&mut self, s: *mut Sudog) {
        // SAFETY: passed on.
        unsafe {
            self.keep(s);
            if self.len > CACHE {
                let mut pool = POOL.lock();
                while self.len > CACHE / 2 {
                    let s = self.first;
                    self.first = (*s).next;
                    self.len -= 1;
                    (*s).next = *pool;
                    *pool = s;
                }
            }
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Cache::new()
    }
}

impl Sudog {
    /// A sudog for `g` with the element at `elem` (0: none).
    ///
    /// # Safety
    /// `g` is the current goroutine, in a native.
    #[inline]
    pub unsafe fn acquire(g: *mut G, elem: usize) -> *mut Sudog {
        // SAFETY: an entry's M owns its P.
        unsafe {
            let s = (*m::p()).sudogs.take();
            let on_stack = (*g).owns(elem);
            *s = Sudog {
                g,
                next: null_mut(),
                prev: null_mut(),
                elem: if on_stack { (*g).h.stack_hi - elem } else { elem },
                on_stack,
                is_select: false,
                success: false,
                ticket: 0,
                chan: null_mut(),
                waitlink: null_mut(),
                waittail: null_mut(),
                since: 0,
            };
            s
        }
    }

    /// Gives a sudog back.
    ///
    /// # Safety
    /// It is on no queue; the calling thread has a P.
    #[inline]
    pub unsafe fn release(s: *mut Sudog) {
        // SAFETY: the sudog is the caller's, and so is the P.
        unsafe {
            (*s).g = null_mut();
            (*m::p()).sudogs.put(s);
        }
    }

    /// Where the element is now; 0: there is none.
    ///
    /// # Safety
    /// The lock that excludes moving the goroutine's stack is held.
    pub unsafe fn resolve(s: *mut Sudog) -> usize {
        // SAFETY: passed on.
        unsafe { if (*s).on_stack { (*(*s).g).h.stack_hi - (*s).elem } else { (*s).elem } }
    }
}

/// A doubly linked queue of sudogs.
#[repr(C)]
pub struct WaitQueue {
    pub first: *mut Sudog,
    pub last: *mut Sudog,
}

impl WaitQueue {
    /// Appends.
    ///
    /// # Safety
    /// The queue's lock is held; the sudog is on no queue.
    pub unsafe fn push(&mut self, s: *mut Sudog) {
        // SAFETY: passed on.
        unsafe {
            (*s).next = null_mut();
            (*s).prev = self.last;
            if self.last.is_null() {
                self.first = s;
            } else {
                (*self.last).next = s;
            }
            self.last = s;
        }
    }

    /// Removes a member; does nothing if the sudog has been dequeued already.
    ///
    /// # Safety
    /// The queue's lock is held.
    pub unsafe fn remove(&mut self, s: *mut Sudog) {
        // SAFETY: passed on.
        unsafe {
            let (prev, next) = ((*s).prev, (*s).next);
            if prev.is_null() && next.is_null() && self.first != s {
                return;
            }
            if prev.is_null() {
                self.first = next;
            } else {
                (*prev).next = next;
            }
            if next.is_null() {
                self.last = prev;
            } else {
                (*next).prev = prev;
            }
            (*s).next = null_mut();
            (*s).prev = null_mut();
        }
    }

    /// Takes the first sudog whose goroutine has not been woken by another channel of its select.
    ///
    /// # Safety
    /// The queue's lock is held.
    pub unsafe fn pop(&mut self) -> *mut Sudog {
        use core::sync::atomic::Ordering::{AcqRel, Relaxed};
        loop {
            let s = self.first;
            if s.is_null() {
                return s;
            }
            // SAFETY: members are valid.
            unsafe {
                self.remove(s);
                if (*s).is_select && (*(*s).g).select_done.compare_exchange(0, 1, AcqRel, Relaxed).is_err() {
                    continue;
                }
            }
            return s;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_order_and_removal() {
        let _lock = crate::sched::start::init_for_tests();
        // SAFETY: a zeroed G owns no address; sudogs are the test's.
        unsafe {
            let g: *mut G = std::boxed::Box::into_raw(std::boxed::Box::new(core::mem::zeroed::<G>()));
            let s: std::vec::Vec<_> = (0..4).map(|_| Sudog::acquire(g, 0)).collect();
            let mut q = WaitQueue { first: null_mut(), last: null_mut() };
            for &x in &s {
                q.push(x);
            }
            q.remove(s[1]);
            q.remove(s[1]);
            assert_eq!(q.pop(), s[0]);
            let third = s[2];
            (*third).is_select = true;
            (*g).select_done.store(1, core::sync::atomic::Ordering::Relaxed);
            assert_eq!(q.pop(), s[3]);
            assert!(q.pop().is_null());
            assert!(q.last.is_null());
        }
    }
}
