//! Stack memory: runs of pages of the page heap ([`crate::mem::mheap`]), in spans that hold no objects.
//!
//! Sizes are powers of two from 2 KiB. Small stacks (up to 32 KiB) are carved from spans of 64 KiB, each for one size. They
//! are recycled through lists per size: first in the P's cache, then in their span, whose free stacks are linked through
//! their first word. The pool knows the spans that have a free stack. A larger stack is a span of its own.
//!
//! A span without a stack in use goes back to the page heap at once, or, while a cycle marks, when the cycle ends
//! ([`release`]): markers may still look at what they take for the address of an object, and the span it leads to must not
//! become another's meanwhile. Then the caches of the Ps are emptied too.
//!
//! New goroutines begin with the size that would do for half of the goroutines that the last cycle scanned ([`adapt`]), so
//! that programs whose goroutines all grow do not copy each of their stacks. (gc takes the average, which one deep recursion
//! among few goroutines makes large.)
//!
//! # Orderings
//!
//! Caches belong to their P, lists and free stacks of spans to the pool's lock. The counters (`MAPPED`, `SCANNED`)
//! and `START` are Relaxed: they publish nothing. `SCANNED` is taken with the world stopped, which orders what
//! markers have counted.
//!
//! **Runs on** g0 of an M that holds a P. **May** map memory. Lock ranks: stack pool, then `mheap`.

use crate::debug;
use crate::lock::Lock;
use crate::mem::gc;
use crate::mem::mheap;
use crate::mem::sizeclass::PAGE;
use crate::mem::span::Span;
use core::ptr::{self, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use grus_abi::g::{STACK_GUARD, STACK_MIN};

/// Sizes that are carved from chunks: 2, 4, 8, 16, 32 KiB.
const ORDERS: usize = 5;
/// Bytes of a span of small stacks.
const CHUNK: usize = 64 << 10;
/// Sizes with spans of their own: 64 KiB to 1 GiB.
const LARGE_ORDERS: usize = 15;
/// Bytes of stacks of one size that a P keeps before half of them go to the pool.
const CACHE: usize = 64 << 10;
/// Byte with which freed stacks are filled in debug mode.
pub const POISON: u8 = 0xDB;

/// Bytes in spans of stacks.
pub static MAPPED: AtomicUsize = AtomicUsize::new(0);
/// Bytes that a new goroutine's stack has.
static START: AtomicUsize = AtomicUsize::new(STACK_MIN);

#[derive(Clone, Copy)]
struct List {
    first: usize,
    bytes: usize,
}

impl List {
    const EMPTY: List = List { first: 0, bytes: 0 };

    /// # Safety
    /// `p` is a free stack of `size` bytes.
    unsafe fn push(&mut self, p: usize, size: usize) {
        // SAFETY: the memory is unused; its first word is the link.
        unsafe { *(p as *mut usize) = self.first };
        self.first = p;
        self.bytes += size;
    }

    fn pop(&mut self, size: usize) -> usize {
        let p = self.first;
        if p != 0 {
            // SAFETY: a listed stack's first word is the link.
            self.first = unsafe { *(p as *const usize) };
            self.bytes -= size;
        }
        p
    }
}

/// A P's free stacks.
pub struct StackCache {
    lists: [List; ORDERS],
}

impl StackCache {
    /// An empty cache.
    pub const fn new() -> StackCache {
        StackCache { lists: [List::EMPTY; ORDERS] }
    }
}

impl Default for StackCache {
    fn default() -> Self {
        StackCache::new()
    }
}

/// Spans linked by `link` and `prev`. In a span of small stacks `cache` is the first free stack, `allocated` the number of
/// stacks in use or in a P's cache.
struct Pool {
    /// Those with a free stack and one that is not.
    partial: [*mut Span; ORDERS],
    /// Those without a stack in use that wait for the end of a cycle.
    idle: [*mut Span; ORDERS],
    large: [*mut Span; LARGE_ORDERS],
}

static POOL: Lock<Pool> = Lock::new(Pool {
    partial: [null_mut(); ORDERS],
    idle: [null_mut(); ORDERS],
    large: [null_mut(); LARGE_ORDERS],
});

/// # Safety
/// The span is on no list; the pool's lock is held.
unsafe fn link(list: &mut *mut Span, s: *mut Span) {
    // SAFETY: passed on.
    unsafe {
        (*s).prev = null_mut();
        (*s).link.set(*list as usize);
        if !(*list).is_null() {
            (**list).prev = s;
        }
    }
    *list = s;
}

/// # Safety
/// The span is on this list; the pool's lock is held.
unsafe fn unlink(list: &mut *mut Span, s: *mut Span) {
    // SAFETY: passed on.
    unsafe {
        let (prev, next) = ((*s).prev, (*s).link.get() as *mut Span);
        if prev.is_null() {
            *list = next;
        } else {
            (*prev).link.set(next as usize);
        }
        if !next.is_null() {
            (*next).prev = prev;
        }
    }
}

/// log2 of a size over the smallest one.
fn order(size: usize) -> usize {
    debug_assert!(size.is_power_of_two() && size >= STACK_MIN);
    (size.trailing_zeros() - STACK_MIN.trailing_zeros()) as usize
}

fn new_span(bytes: usize) -> *mut Span {
    MAPPED.fetch_add(bytes, Relaxed);
    mheap::allocate_stacks(bytes / PAGE)
}

/// # Safety
/// The span holds no stack and is on no list; no cycle marks, or the world is stopped at its end.
unsafe fn free_span(s: *mut Span) {
    // SAFETY: passed on.
    unsafe {
        MAPPED.fetch_sub((*s).bytes(), Relaxed);
        mheap::free_stacks(s);
    }
}

impl Pool {
    /// A free stack of the order.
    fn take(&mut self, o: usize) -> usize {
        // SAFETY: listed spans are the pool's, and so are their free stacks.
        unsafe {
            let mut s = self.partial[o];
            if s.is_null() {
                s = self.idle[o];
                if s.is_null() {
                    s = new_span(CHUNK);
                    let size = STACK_MIN << o;
                    for p in ((*s).base..(*s).base + CHUNK).step_by(size).rev() {
                        *(p as *mut usize) = (*s).cache as usize;
                        (*s).cache = p as u64;
                    }
                } else {
                    unlink(&mut self.idle[o], s);
                }
                link(&mut self.partial[o], s);
            }
            let p = (*s).cache as usize;
            (*s).cache = *(p as *const u64);
            (*s).allocated += 1;
            if (*s).cache == 0 {
                unlink(&mut self.partial[o], s);
            }
            p
        }
    }

    /// Puts a stack back into its span; a span that holds no other is freed, or kept for the end of the cycle.
    ///
    /// # Safety
    /// The stack is of the order and unused.
    unsafe fn put(&mut self, o: usize, p: usize) {
        // SAFETY: a stack's pages belong to its span.
        unsafe {
            let s = mheap::stacks_of(p);
            if (*s).cache == 0 {
                link(&mut self.partial[o], s);
            }
            *(p as *mut u64) = (*s).cache;
            (*s).cache = p as u64;
            (*s).allocated -= 1;
            if (*s).allocated == 0 {
                unlink(&mut self.partial[o], s);
                if gc::marking() {
                    link(&mut self.idle[o], s);
                } else {
                    free_span(s);
                }
            }
        }
    }
}

/// Size of a new goroutine's stack.
pub fn start_size() -> usize {
    START.load(Relaxed)
}

/// Stacks scanned in this cycle, by the order of the size that would do for them.
static SCANNED: [AtomicUsize; ORDERS + LARGE_ORDERS] = [const { AtomicUsize::new(0) }; ORDERS + LARGE_ORDERS];

/// A marker has scanned a stack of which this many bytes are in use.
pub fn scanned(used: usize) {
    let size = (used + STACK_GUARD).max(STACK_MIN).next_power_of_two();
    SCANNED[order(size).min(SCANNED.len() - 1)].fetch_add(1, Relaxed);
}

/// Decides with how much stack goroutines begin.
///
/// # Safety
/// Marking has ended; the world is stopped.
pub unsafe fn adapt() {
    let counts = SCANNED.each_ref().map(|n| n.swap(0, Relaxed));
    if debug::get().adaptivestackstart != 0 {
        START.store(STACK_MIN << median(&counts), Relaxed);
    }
}

/// The order that does for half of those counted.
fn median(counts: &[usize]) -> usize {
    let half = counts.iter().sum::<usize>().div_ceil(2);
    let mut sum = 0;
    let enough = |n| {
        sum += n;
        sum >= half
    };
    counts.iter().copied().position(enough).unwrap_or(0)
}

/// Memory for a stack of `size` bytes, with unspecified contents.
pub fn allocate(cache: &mut StackCache, size: usize) -> usize {
    let o = order(size);
    if o >= ORDERS {
        let mut pool = POOL.lock();
        let list = &mut pool.large[o - ORDERS];
        let s = *list;
        // SAFETY: listed spans are the pool's.
        unsafe {
            if !s.is_null() {
                unlink(list, s);
                return (*s).base;
            }
            drop(pool);
            return (*new_span(size)).base;
        }
    }
    let list = &mut cache.lists[o];
    if list.first == 0 {
        let mut pool = POOL.lock();
        while list.bytes < CACHE / 2 {
            let p = pool.take(o);
            // SAFETY: the stack is free.
            unsafe { list.push(p, size) };
        }
    }
    list.pop(size)
}

/// Takes a stack back.
///
/// # Safety
/// `[lo, lo+size)` came from [`allocate`] with this size and nothing refers to it any more.
pub unsafe fn free(cache: &mut StackCache, lo: usize, size: usize) {
    let o = order(size);
    // SAFETY: the stack is the caller's to give up.
    unsafe {
        if debug::get().poison && size <= 1 << 20 {
            ptr::write_bytes(lo as *mut u8, POISON, size);
        }
        if o >= ORDERS {
            let s = mheap::stacks_of(lo);
            if gc::marking() {
                link(&mut POOL.lock().large[o - ORDERS], s);
            } else {
                free_span(s);
            }
            return;
        }
        let list = &mut cache.lists[o];
        list.push(lo, size);
        if list.bytes > CACHE {
            let mut pool = POOL.lock();
            while list.bytes > CACHE / 2 {
                let p = list.pop(size);
                pool.put(o, p);
            }
        }
    }
}

/// Gives the stacks of a cache to the pool.
///
/// # Safety
/// The caller owns the cache's P, or the world is stopped.
pub unsafe fn flush(cache: &mut StackCache) {
    let mut pool = POOL.lock();
    for (o, list) in cache.lists.iter_mut().enumerate() {
        while list.first != 0 {
            let p = list.pop(STACK_MIN << o);
            // SAFETY: what a cache holds is free.
            unsafe { pool.put(o, p) };
        }
    }
}

/// Gives the spans that hold no stack back to the page heap.
///
/// # Safety
/// Marking has ended; the world is stopped.
pub unsafe fn release() {
    let mut pool = POOL.lock();
    let Pool { idle, large, .. } = &mut *pool;
    for list in idle.iter_mut().chain(large) {
        while !list.is_null() {
            let s = *list;
            // SAFETY: listed spans are the pool's, and these hold no stack.
            unsafe {
                unlink(list, s);
                free_span(s);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_stacks_do_for_half_of_the_goroutines() {
        assert_eq!(median(&[0; 4]), 0);
        assert_eq!(median(&[2, 0, 0, 1]), 0);
        assert_eq!(median(&[1, 0, 2, 0]), 2);
        assert_eq!(median(&[1, 1, 1, 1]), 1);
    }

    #[test]
    fn stacks_do_not_overlap_and_come_back() {
        let mut c = StackCache::new();
        let mut got = std::vec::Vec::new();
        for i in 0..200 {
            let size = STACK_MIN << (i % 7);
            got.push((allocate(&mut c, size), size));
        }
        let mut sorted = got.clone();
        sorted.sort_unstable();
        for w in sorted.windows(2) {
            assert!(w[0].0 + w[0].1 <= w[1].0);
        }
        for &(p, size) in &got {
            assert_eq!(p % 16, 0);
            // SAFETY: allocated above, freed once.
            unsafe { free(&mut c, p, size) };
        }
        let again = allocate(&mut c, STACK_MIN);
        assert!(got.iter().any(|&(p, s)| p == again && s == STACK_MIN));
        // SAFETY: as above; the cache is the test's.
        unsafe {
            free(&mut c, again, STACK_MIN);
            flush(&mut c);
        }
    }
}
