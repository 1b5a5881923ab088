//! Stack memory.
//!
//! Sizes are powers of two from 2 KiB. Small ones (up to 32 KiB) are carved from 256 KiB chunks and recycled through
//! lists per size, first in the P's cache, then in the global pool; free stacks are linked through their first word.
//! Larger ones are mappings of their own; one freed mapping per size is kept, so that a goroutine that grows and
//! shrinks around a boundary does not map each time.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: stack pool.

use crate::debug;
use crate::lock::Lock;
use crate::os::memory;
use crate::panic::fatal;
use core::sync::atomic::{AtomicUsize, Ordering};
use grus_abi::g::STACK_MIN;

/// Sizes that are carved from chunks: 2, 4, 8, 16, 32 KiB.
const ORDERS: usize = 5;
const CHUNK: usize = 256 << 10;
/// Sizes with mappings of their own: 64 KiB to 1 GiB.
const LARGE_ORDERS: usize = 15;
/// Stacks of one size that a P keeps before half of them go to the pool.
const CACHE: usize = 32;
/// Byte with which freed stacks are filled in debug mode.
pub const POISON: u8 = 0xDB;

/// Bytes in stacks that are in use.
pub static IN_USE: AtomicUsize = AtomicUsize::new(0);
/// Bytes mapped for stacks.
pub static MAPPED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Copy)]
struct List {
    first: usize,
    len: usize,
}

impl List {
    const EMPTY: List = List { first: 0, len: 0 };

    /// # Safety
    /// `p` is a free stack.
    unsafe fn push(&mut self, p: usize) {
        // SAFETY: the memory is unused; its first word is the link.
        unsafe { *(p as *mut usize) = self.first };
        self.first = p;
        self.len += 1;
    }

    fn pop(&mut self) -> usize {
        let p = self.first;
        if p != 0 {
            // SAFETY: a listed stack's first word is the link.
            self.first = unsafe { *(p as *const usize) };
            self.len -= 1;
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

struct Pool {
    lists: [List; ORDERS],
    large: [usize; LARGE_ORDERS],
    /// Rest of the current chunk.
    next: usize,
    end: usize,
}

static POOL: Lock<Pool> =
    Lock::new(Pool { lists: [List::EMPTY; ORDERS], large: [0; LARGE_ORDERS], next: 0, end: 0 });

/// log2 of a size over the smallest one.
fn order(size: usize) -> usize {
    debug_assert!(size.is_power_of_two() && size >= STACK_MIN);
    (size.trailing_zeros() - STACK_MIN.trailing_zeros()) as usize
}

fn map(len: usize) -> usize {
    match memory::map(0, len) {
        Some(p) => {
            MAPPED.fetch_add(len, Ordering::Relaxed);
            p
        }
        None => fatal::out_of_memory(len),
    }
}

/// Memory for a stack of `size` bytes, with unspecified contents.
pub fn allocate(cache: &mut StackCache, size: usize) -> usize {
    IN_USE.fetch_add(size, Ordering::Relaxed);
    let o = order(size);
    if o >= ORDERS {
        let mut pool = POOL.lock();
        let p = core::mem::take(&mut pool.large[o - ORDERS]);
        drop(pool);
        return if p != 0 { p } else { map(size) };
    }
    let list = &mut cache.lists[o];
    if list.first == 0 {
        let mut pool = POOL.lock();
        for _ in 0..CACHE / 2 {
            let mut p = pool.lists[o].pop();
            if p == 0 {
                if pool.end - pool.next < size {
                    pool.next = map(CHUNK);
                    pool.end = pool.next + CHUNK;
                }
                p = pool.next;
                pool.next += size;
            }
            // SAFETY: the stack is free.
            unsafe { list.push(p) };
        }
    }
    list.pop()
}

/// Takes a stack back.
///
/// # Safety
/// `[lo, lo+size)` came from [`allocate`] with this size and nothing refers to it any more.
pub unsafe fn free(cache: &mut StackCache, lo: usize, size: usize) {
    IN_USE.fetch_sub(size, Ordering::Relaxed);
    let o = order(size);
    // SAFETY: the stack is the caller's to give up.
    unsafe {
        if debug::get().poison && size <= 1 << 20 {
            core::ptr::write_bytes(lo as *mut u8, POISON, size);
        }
        if o >= ORDERS {
            let mut pool = POOL.lock();
            let slot = &mut pool.large[o - ORDERS];
            if *slot == 0 {
                *slot = lo;
                if size > 1 << 20 {
                    memory::discard(lo, size);
                }
            } else {
                memory::unmap(lo, size);
                MAPPED.fetch_sub(size, Ordering::Relaxed);
            }
            return;
        }
        let list = &mut cache.lists[o];
        list.push(lo);
        if list.len > CACHE {
            let mut pool = POOL.lock();
            while list.len > CACHE / 2 {
                let p = list.pop();
                pool.lists[o].push(p);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
