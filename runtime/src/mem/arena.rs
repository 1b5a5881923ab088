//! Arenas: 64 MiB of address space each, and the map from addresses to spans.
//!
//! The first level is indexed by address bits 26..48: a lazily touched array of 4 Mi pointers. Each arena holds one
//! span pointer per page, a bitmap of used pages and one of pages that are *clean*: not backed by memory, because they
//! have never been used or were returned to the kernel, and hence zero.
//!
//! Free runs coalesce by themselves, being zeros of a bitmap. They are found by summaries of parts of the bitmaps
//! ([`super::pages`]).
//!
//! # Orderings
//!
//! `MAP`, an arena's entry and a page's span are stored with Release when what they lead to is complete, and loaded
//! with Acquire. The bitmaps are plain data under the `mheap` lock.
//!
//! **Runs on** g0. Arenas and their span pointers are written under the `mheap` lock; span pointers are read without it.

use super::persistent;
use super::sizeclass::PAGE_SHIFT;
use super::span::Span;
use super::summary::{CHUNK, Summary};
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
    /// Position in the list of arenas ([`super::pages`]).
    pub index: usize,
    /// Span of each page.
    pub spans: [AtomicPtr<Span>; ARENA_PAGES],
    /// One bit per page: in use.
    pub used: [u64; WORDS],
    /// One bit per page: clean.
    pub clean: [u64; WORDS],
    /// Pages below this have been in use at some time.
    pub high_water: usize,
}

const WORDS: usize = ARENA_PAGES / 64;

/// Pages that were taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    pub addr: usize,
    /// How many of them were clean.
    pub clean: usize,
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
        (*a).reset(base);
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

/// Bits `first..first+n` of a word, `first + n <= 64`.
#[inline]
fn mask(first: usize, n: usize) -> u64 {
    (u64::MAX >> (64 - n)) << first
}

/// Calls `f` with the index of each word that pages `first..first+n` touch, and their bits in it.
#[inline]
fn for_words(first: usize, n: usize, mut f: impl FnMut(usize, u64)) {
    let (mut at, end) = (first, first + n);
    while at < end {
        let len = (64 - at % 64).min(end - at);
        f(at / 64, mask(at % 64, len));
        at += len;
    }
}

impl Arena {
    /// Makes all pages free and clean.
    fn reset(&mut self, base: usize) {
        self.base = base;
        self.clean = [u64::MAX; WORDS];
    }

    /// What is free in a chunk.
    pub fn summary(&self, chunk: usize) -> Summary {
        Summary::of_bits(&self.used[chunk * CHUNK / 64..(chunk + 1) * CHUNK / 64])
    }

    /// Finds `n` free pages in a row inside a chunk, the lowest ones.
    pub fn find(&self, chunk: usize, n: usize) -> Option<usize> {
        let (mut i, end) = (chunk * CHUNK, (chunk + 1) * CHUNK);
        let mut run = 0;
        while i < end {
            // The word from i on, zeros shifted in are cut off by `left`.
            let (word, left) = (self.used[i / 64] >> (i % 64), 64 - i % 64);
            if word & 1 == 0 {
                let free = (word.trailing_zeros() as usize).min(left);
                run += free;
                i += free;
                if run >= n {
                    return Some(i - run);
                }
            } else {
                run = 0;
                i += (word.trailing_ones() as usize).min(left);
            }
        }
        None
    }

    /// Takes all free pages of a word of the bitmap: the address of its 64 pages, which of them were free, and which of
    /// these are clean.
    pub fn take_word(&mut self, w: usize) -> (usize, u64, u64) {
        let free = !self.used[w];
        let clean = self.clean[w] & free;
        self.used[w] = u64::MAX;
        self.clean[w] &= !clean;
        self.high_water = self.high_water.max(64 * (w + 1) - free.leading_zeros() as usize);
        (self.base + ((64 * w) << PAGE_SHIFT), free, clean)
    }

    /// Gives back what is left of what [`Arena::take_word`] took.
    pub fn put_word(&mut self, addr: usize, free: u64, clean: u64) {
        let first = (addr - self.base) >> PAGE_SHIFT;
        debug_assert!(self.used[first / 64] & free == free && free & clean == clean);
        self.used[first / 64] &= !free;
        self.clean[first / 64] |= clean;
    }

    /// Marks free pages used.
    pub fn set_used(&mut self, first: usize, n: usize) -> Taken {
        let mut clean = 0;
        for_words(first, n, |w, bits| {
            debug_assert!(self.used[w] & bits == 0);
            self.used[w] |= bits;
            clean += (self.clean[w] & bits).count_ones() as usize;
            self.clean[w] &= !bits;
        });
        self.high_water = self.high_water.max(first + n);
        Taken { addr: self.base + (first << PAGE_SHIFT), clean }
    }

    /// Marks used pages free.
    pub fn set_free(&mut self, first: usize, n: usize) {
        for_words(first, n, |w, bits| {
            debug_assert!(self.used[w] & bits == bits);
            self.used[w] &= !bits;
        });
    }

    /// Finds the highest run of free pages that are not clean, of at most `max` pages, and marks them used, so that
    /// they can be returned to the kernel without the lock. `below`: only pages below this one.
    pub fn take_dirty(&mut self, below: usize, max: usize) -> Option<(usize, usize)> {
        let dirty = |a: &Arena, i: usize| (a.used[i / 64] | a.clean[i / 64]) >> (i % 64) & 1 == 0;
        let mut end = below.min(self.high_water);
        while end > 0 {
            if end.is_multiple_of(64) && self.used[end / 64 - 1] | self.clean[end / 64 - 1] == u64::MAX {
                end -= 64;
                continue;
            }
            if dirty(self, end - 1) {
                let mut first = end - 1;
                while first > 0 && end - first < max && dirty(self, first - 1) {
                    first -= 1;
                }
                self.set_used(first, end - first);
                return Some((first, end - first));
            }
            end -= 1;
        }
        None
    }

    /// Gives back what [`Arena::take_dirty`] took, now clean.
    pub fn set_clean(&mut self, first: usize, n: usize) {
        self.set_free(first, n);
        for_words(first, n, |w, bits| self.clean[w] |= bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;

    fn arena() -> Box<Arena> {
        // SAFETY: a zeroed arena is valid.
        let mut a: Box<Arena> = unsafe { Box::from_raw(Box::into_raw(Box::new_zeroed().assume_init())) };
        a.reset(0);
        a
    }

    #[test]
    fn runs_inside_a_chunk() {
        let mut a = arena();
        a.set_used(CHUNK, 3);
        a.set_used(CHUNK + 60, 10);
        assert_eq!(a.find(1, 57), Some(CHUNK + 3));
        assert_eq!(a.find(1, 58), Some(CHUNK + 70));
        assert_eq!(a.find(1, CHUNK - 70), Some(CHUNK + 70));
        assert_eq!(a.find(1, CHUNK - 69), None);
        assert_eq!(a.summary(1), Summary { start: 0, max: CHUNK as u32 - 70, end: CHUNK as u32 - 70 });
        assert_eq!(a.summary(0), Summary { start: CHUNK as u32, max: CHUNK as u32, end: CHUNK as u32 });
    }

    #[test]
    fn clean_pages_are_counted() {
        let mut a = arena();
        assert_eq!(a.set_used(0, 100).clean, 100);
        a.set_free(10, 50);
        assert_eq!(a.take_dirty(usize::MAX, 30), Some((30, 30)));
        a.set_clean(30, 30);
        assert_eq!(a.take_dirty(usize::MAX, 30), Some((10, 20)));
        a.set_free(10, 20);
        assert_eq!(a.set_used(10, 40), Taken { addr: 10 << PAGE_SHIFT, clean: 20 });
        assert_eq!(a.high_water, 100);
    }
}
