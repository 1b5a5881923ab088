//! The local run queue of a P: a ring of 256 goroutines plus `runnext`.
//!
//! # Protocol
//!
//! 1. `tail` is written by the owner only (release); `head` by whoever takes (compare-and-swap).
//! 2. The owner puts at `tail`; if the ring is full, half of it and the new goroutine move to the global queue.
//! 3. Anyone takes from `head`: load `head` (acquire), read the slots, compare-and-swap `head`; slots are read before the swap
//!    and count only if it succeeds.
//! 4. `runnext` is a goroutine made ready by the running one: it runs next and inherits the time slice, so that a
//!    pair that communicates does not wait for the queue. The owner swaps it.
//!
//! What a goroutine is, is published by the Release of `tail` or the swap of `runnext`, and seen by the Acquire of whoever
//! takes it. Ring slots are Relaxed: the owner overwrites one only after it saw `head` beyond it (Acquire), and the swap of `head` is
//! Release, so that the slots were read before. `swap_next` is sequentially consistent for [`super::schedule::wakep`], which
//! reads `NPIDLE` and `NMSPINNING` after it; what goes to the ring is followed by a fence there.
//!
//! **Runs on** g0. **May** not block (overflow takes the `sched` lock in [`super::schedule`]).

use super::g::G;
#[cfg(not(loom))]
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
#[cfg(loom)]
use loom::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Capacity of the ring.
#[cfg(not(loom))]
pub const CAPACITY: usize = 256;
#[cfg(loom)]
pub const CAPACITY: usize = 4;

/// A local run queue.
pub struct RunQueue {
    head: AtomicU32,
    tail: AtomicU32,
    ring: [AtomicPtr<G>; CAPACITY],
    next: AtomicPtr<G>,
}

/// Goroutines that did not fit: a list through `G::link`.
pub struct Overflow {
    pub first: *mut G,
    pub last: *mut G,
    pub len: usize,
}

impl RunQueue {
    /// An empty queue.
    #[cfg(loom)]
    pub fn new() -> RunQueue {
        RunQueue {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            ring: core::array::from_fn(|_| AtomicPtr::new(core::ptr::null_mut())),
            next: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    /// An empty queue.
    #[cfg(not(loom))]
    pub const fn new() -> RunQueue {
        RunQueue {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            ring: [const { AtomicPtr::new(core::ptr::null_mut()) }; CAPACITY],
            next: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    /// Makes `g` the next one; returns the one that had that place.
    /// The swap comes before whatever the caller reads after it (`schedule::wakep`).
    pub fn swap_next(&self, g: *mut G) -> *mut G {
        self.next.swap(g, Ordering::SeqCst)
    }

    /// Takes the next one.
    pub fn take_next(&self) -> *mut G {
        if self.next.load(Ordering::Relaxed).is_null() {
            return core::ptr::null_mut();
        }
        self.next.swap(core::ptr::null_mut(), Ordering::AcqRel)
    }

    /// Whether nothing waits here.
    ///
    /// Putting a goroutine in front may move the one that was there to the ring: only an unchanged `tail` says that
    /// both were seen at one time.
    pub fn is_empty(&self) -> bool {
        loop {
            let t = self.tail.load(Ordering::Acquire);
            let h = self.head.load(Ordering::Acquire);
            let next = self.next.load(Ordering::Acquire);
            if t == self.tail.load(Ordering::Acquire) {
                return h == t && next.is_null();
            }
        }
    }

    /// Whether nothing is next in line.
    pub fn next_is_empty(&self) -> bool {
        self.next.load(Ordering::Relaxed).is_null()
    }

    /// Number of goroutines in the ring.
    pub fn len(&self) -> usize {
        let h = self.head.load(Ordering::Acquire);
        self.tail.load(Ordering::Acquire).wrapping_sub(h) as usize
    }

    /// Owner: appends `g`. If the ring is full, returns half of it, with `g` at the end, for the global queue.
    ///
    /// # Safety
    /// The caller owns the P; `g` is runnable and on no queue.
    pub unsafe fn put(&self, g: *mut G) -> Option<Overflow> {
        loop {
            let h = self.head.load(Ordering::Acquire);
            let t = self.tail.load(Ordering::Relaxed);
            if (t.wrapping_sub(h) as usize) < CAPACITY {
                self.ring[t as usize % CAPACITY].store(g, Ordering::Relaxed);
                self.tail.store(t.wrapping_add(1), Ordering::Release);
                return None;
            }
            let n = CAPACITY / 2;
            let mut batch = [core::ptr::null_mut(); CAPACITY / 2];
            for (i, slot) in batch.iter_mut().enumerate() {
                *slot = self.ring[(h as usize + i) % CAPACITY].load(Ordering::Relaxed);
            }
            if self
                .head
                .compare_exchange(h, h.wrapping_add(n as u32), Ordering::Release, Ordering::Relaxed)
                .is_err()
            {
                continue;
            }
            // SAFETY: the swap made the batch ours; the links of queued goroutines are free to use.
            unsafe {
                for i in 0..n {
                    (*batch[i]).link = if i + 1 < n { batch[i + 1] } else { g };
                }
                (*g).link = core::ptr::null_mut();
            }
            return Some(Overflow { first: batch[0], last: g, len: n + 1 });
        }
    }

    /// Owner: appends `g` if there is room.
    pub fn put_if_room(&self, g: *mut G) -> bool {
        let h = self.head.load(Ordering::Acquire);
        let t = self.tail.load(Ordering::Relaxed);
        if t.wrapping_sub(h) as usize >= CAPACITY {
            return false;
        }
        self.ring[t as usize % CAPACITY].store(g, Ordering::Relaxed);
        self.tail.store(t.wrapping_add(1), Ordering::Release);
        true
    }

    /// Thief: moves half of this queue to `mine`, whose owner the caller is and which is empty; returns the last one
    /// moved instead of queueing it. With `next`, takes the goroutine that is next in line if there is no other.
    ///
    /// The victim cannot overtake: what is copied counts only if `head` has not changed.
    pub fn steal(&self, mine: &RunQueue, next: bool) -> *mut G {
        let t = mine.tail.load(Ordering::Relaxed);
        loop {
            let h = self.head.load(Ordering::Acquire);
            let n = self.tail.load(Ordering::Acquire).wrapping_sub(h);
            let n = n - n / 2;
            if n == 0 {
                let g = self.next.load(Ordering::Acquire);
                if !next || g.is_null() {
                    return core::ptr::null_mut();
                }
                if self
                    .next
                    .compare_exchange(g, core::ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed)
                    .is_ok()
                {
                    return g;
                }
                continue;
            }
            // `head` and `tail` were read at different times.
            if n as usize > CAPACITY / 2 {
                continue;
            }
            for i in 0..n {
                let g = self.ring[h.wrapping_add(i) as usize % CAPACITY].load(Ordering::Relaxed);
                mine.ring[t.wrapping_add(i) as usize % CAPACITY].store(g, Ordering::Relaxed);
            }
            if self.head.compare_exchange(h, h.wrapping_add(n), Ordering::Release, Ordering::Relaxed).is_err()
            {
                continue;
            }
            let last = n - 1;
            let g = mine.ring[t.wrapping_add(last) as usize % CAPACITY].load(Ordering::Relaxed);
            if last > 0 {
                debug_assert!(
                    t.wrapping_sub(mine.head.load(Ordering::Acquire)) as usize + last as usize <= CAPACITY
                );
                mine.tail.store(t.wrapping_add(last), Ordering::Release);
            }
            return g;
        }
    }

    /// Takes the oldest goroutine of the ring.
    pub fn get(&self) -> *mut G {
        loop {
            let h = self.head.load(Ordering::Acquire);
            let t = self.tail.load(Ordering::Acquire);
            if h == t {
                return core::ptr::null_mut();
            }
            let g = self.ring[h as usize % CAPACITY].load(Ordering::Relaxed);
            if self.head.compare_exchange(h, h.wrapping_add(1), Ordering::Release, Ordering::Relaxed).is_ok()
            {
                return g;
            }
        }
    }
}

impl Default for RunQueue {
    fn default() -> Self {
        RunQueue::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::boxed::Box;
    use std::vec::Vec;

    fn gs(n: usize) -> Vec<*mut G> {
        (0..n)
            // SAFETY: a zeroed G is valid.
            .map(|_| Box::into_raw(Box::new(unsafe { core::mem::zeroed::<G>() })))
            .collect()
    }

    #[test]
    fn first_in_first_out_across_the_wrap() {
        let q = RunQueue::new();
        let g = gs(3 * CAPACITY);
        let mut taken = 0;
        for (i, &x) in g.iter().enumerate() {
            // SAFETY: fresh descriptors.
            assert!(unsafe { q.put(x) }.is_none());
            if i % 3 != 0 {
                assert_eq!(q.get(), g[taken]);
                taken += 1;
            }
            if q.len() == CAPACITY {
                break;
            }
        }
        while !q.is_empty() {
            assert_eq!(q.get(), g[taken]);
            taken += 1;
        }
        assert!(q.get().is_null());
    }

    #[test]
    fn overflow_moves_the_older_half() {
        let q = RunQueue::new();
        let g = gs(CAPACITY + 1);
        for &x in &g[..CAPACITY] {
            // SAFETY: fresh descriptors.
            assert!(unsafe { q.put(x) }.is_none());
        }
        // SAFETY: as above.
        let o = unsafe { q.put(g[CAPACITY]) }.expect("full");
        assert_eq!(o.len, CAPACITY / 2 + 1);
        let mut p = o.first;
        for &x in &g[..CAPACITY / 2] {
            assert_eq!(p, x);
            // SAFETY: the list links descriptors of this test.
            p = unsafe { (*p).link };
        }
        assert_eq!(p, g[CAPACITY]);
        assert_eq!(o.last, p);
        assert_eq!(q.len(), CAPACITY / 2);
        assert_eq!(q.get(), g[CAPACITY / 2]);
    }

    #[test]
    fn next_is_a_place_of_its_own() {
        let q = RunQueue::new();
        let g = gs(2);
        assert!(q.swap_next(g[0]).is_null());
        assert_eq!(q.swap_next(g[1]), g[0]);
        assert!(!q.is_empty());
        assert_eq!(q.take_next(), g[1]);
        assert!(q.take_next().is_null());
    }

    #[test]
    fn thieves_take_each_goroutine_once() {
        let q = std::sync::Arc::new(RunQueue::new());
        let n = 2000usize;
        let addrs: Vec<usize> = gs(n).into_iter().map(|p| p as usize).collect();
        let done = std::sync::Arc::new(core::sync::atomic::AtomicBool::new(false));
        let thieves: Vec<_> = (0..2)
            .map(|_| {
                let (q, done) = (q.clone(), done.clone());
                std::thread::spawn(move || {
                    let mut got = Vec::new();
                    loop {
                        // Asked first: nothing is put after it was set, so a queue that is empty now stays so.
                        let finished = done.load(Ordering::Acquire);
                        let g = q.get();
                        if !g.is_null() {
                            got.push(g as usize);
                        } else if finished {
                            return got;
                        }
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for &a in &addrs {
            // SAFETY: fresh descriptors; this thread is the owner.
            if let Some(o) = unsafe { q.put(a as *mut G) } {
                let mut p = o.first;
                while !p.is_null() {
                    all.push(p as usize);
                    // SAFETY: the overflow list is ours.
                    p = unsafe { (*p).link };
                }
            }
        }
        done.store(true, Ordering::Release);
        for t in thieves {
            all.extend(t.join().unwrap());
        }
        all.sort_unstable();
        let mut want = addrs;
        want.sort_unstable();
        assert_eq!(all, want);
    }
}
