//! Arenas: 64 MiB of address space each, and the map from addresses to spans.
//!
//! The first level is indexed by address bits 26..48: a lazily touched array of 4 Mi pointers. Each arena holds one
//! span pointer per page and a bitmap of used pages.
//!
//! **Runs on** g0. Arenas and their span pointers are written under the `mheap` lock, read without it.

use super::persistent;
use super::sizeclass::PAGE_SHIFT;
use super::span::Span;
use crate::os::memory;
use crate::panic::fatal;
use core::sync::atomic::{AtomicPtr, Ordering};

/// log2 of an arena's size.
pub const ARENA_SHIFT: usize = 26;
/// Bytes of an arena.
pub const ARENA: usize = 1 << ARENA_SHIFT;
/// Pages of an arena.
pub const ARENA_PAGES: usize = ARENA >> PAGE_SHIFT;

const L1: usize = 1 << (48 - ARENA_SHIFT);

/// An arena's metadata.
pub struct Arena {
    pub base: usize,
    /// Span of each page.
    pub spans: [AtomicPtr<Span>; ARENA_PAGES],
    /// One bit per page: in use.
    pub used: [u64; ARENA_PAGES / 64],
    pub free_pages: usize,
    /// No run of free pages is longer than this.
    pub max_run: usize,
}

static MAP: AtomicPtr<AtomicPtr<Arena>> = AtomicPtr::new(core::ptr::null_mut());

/// The first level; mapped on first use under the `mheap` lock.
fn map() -> *mut AtomicPtr<Arena> {
    MAP.load(Ordering::Acquire)
}

/// Registers the arena that begins at `base`, which is mapped and zero.
pub fn register(base: usize) -> *mut Arena {
    if map().is_null() {
        let bytes = L1 * size_of::<AtomicPtr<Arena>>();
        let Some(p) = memory::map(0, bytes) else { fatal::out_of_memory(bytes) };
        MAP.store(p as *mut AtomicPtr<Arena>, Ordering::Release);
    }
    let a = persistent::alloc(size_of::<Arena>(), 8) as *mut Arena;
    // SAFETY: zeroed memory is a valid Arena; the index is below L1 because user addresses have 47 bits.
    unsafe {
        (*a).base = base;
        (*a).free_pages = ARENA_PAGES;
        (*a).max_run = ARENA_PAGES;
        (*map().add(base >> ARENA_SHIFT)).store(a, Ordering::Release);
    }
    a
}

/// The arena that contains an address.
#[inline]
pub fn arena_of(p: usize) -> *mut Arena {
    let m = map();
    if m.is_null() || p >> 48 != 0 {
        return core::ptr::null_mut();
    }
    // SAFETY: the index is below L1.
    unsafe { (*m.add(p >> ARENA_SHIFT)).load(Ordering::Acquire) }
}

/// The span that contains an address; null outside the heap and in unused pages.
#[inline]
pub fn span_of(p: usize) -> *mut Span {
    let a = arena_of(p);
    if a.is_null() {
        return core::ptr::null_mut();
    }
    // SAFETY: arenas are never freed.
    unsafe { (*a).spans[(p >> PAGE_SHIFT) % ARENA_PAGES].load(Ordering::Acquire) }
}

impl Arena {
    /// Finds `n` free pages in a row and marks them used.
    pub fn take(&mut self, n: usize) -> Option<usize> {
        if n > self.free_pages || n > self.max_run {
            return None;
        }
        let (mut run, mut longest) = (0, 0);
        let mut i = 0;
        while i < ARENA_PAGES {
            let word = self.used[i / 64];
            if word == u64::MAX && i.is_multiple_of(64) {
                longest = longest.max(run);
                run = 0;
                i += 64;
                continue;
            }
            if word == 0 && i.is_multiple_of(64) && run + 64 < n {
                run += 64;
                i += 64;
                continue;
            }
            if word >> (i % 64) & 1 != 0 {
                longest = longest.max(run);
                run = 0;
            } else {
                run += 1;
                if run == n {
                    let first = i + 1 - n;
                    self.set_used(first, n);
                    return Some(self.base + (first << PAGE_SHIFT));
                }
            }
            i += 1;
        }
        self.max_run = longest.max(run);
        None
    }

    /// Marks pages used.
    pub fn set_used(&mut self, first: usize, n: usize) {
        for i in first..first + n {
            debug_assert!(self.used[i / 64] >> (i % 64) & 1 == 0);
            self.used[i / 64] |= 1 << (i % 64);
        }
        self.free_pages -= n;
    }

    /// Marks pages free.
    pub fn set_free(&mut self, first: usize, n: usize) {
        for i in first..first + n {
            self.used[i / 64] &= !(1 << (i % 64));
        }
        self.free_pages += n;
        self.max_run = ARENA_PAGES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;

    #[test]
    fn pages_first_fit() {
        // SAFETY: a zeroed arena is valid.
        let mut a: Box<Arena> = unsafe { Box::from_raw(Box::into_raw(Box::new_zeroed().assume_init())) };
        a.base = 0;
        a.free_pages = ARENA_PAGES;
        a.max_run = ARENA_PAGES;
        assert_eq!(a.take(3), Some(0));
        assert_eq!(a.take(200), Some(3 << PAGE_SHIFT));
        a.set_free(0, 3);
        assert_eq!(a.take(4), Some(203 << PAGE_SHIFT));
        assert_eq!(a.take(2), Some(0));
        assert_eq!(a.take(1), Some(2 << PAGE_SHIFT));
        assert_eq!(a.take(ARENA_PAGES - 207), Some(207 << PAGE_SHIFT));
        assert_eq!(a.take(1), None);
        assert_eq!(a.free_pages, 0);
    }
}
