//! Arenas: 64 MiB of address space each, and the map from addresses to spans.
//!
//! The first level is indexed by address bits 26..48: a lazily touched array of 4 Mi pointers. Each arena holds one
//! span pointer per page, a bitmap of used pages and one of pages that are *clean*: not backed by memory, because they
//! have never been used or were returned to the kernel, and hence zero.
//!
//! Free runs coalesce by themselves, being zeros of a bitmap. `first_free` and `max_run` keep searches short: no page
//! below the one is free, no free run is longer than the other.
//!
//! **Runs on** g0. Arenas and their span pointers are written under the `mheap` lock; span pointers are read without it.

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
    /// Position in the heap's list of arenas.
    pub index: usize,
    /// Span of each page.
    pub spans: [AtomicPtr<Span>; ARENA_PAGES],
    /// One bit per page: in use.
    pub used: [u64; WORDS],
    /// One bit per page: clean.
    pub clean: [u64; WORDS],
    pub free_pages: usize,
    pub clean_pages: usize,
    /// Index of a page below which none is free.
    pub first_free: usize,
    /// No run of free pages is longer than this.
    pub max_run: usize,
    /// Pages below this have been in use at some time.
    pub high_water: usize,
}

const WORDS: usize = ARENA_PAGES / 64;

/// Pages that [`Arena::take`] found.
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
        self.free_pages = ARENA_PAGES;
        self.clean_pages = ARENA_PAGES;
        self.max_run = ARENA_PAGES;
    }

    /// Finds `n` free pages in a row, the lowest ones, and marks them used.
    pub fn take(&mut self, n: usize) -> Option<Taken> {
        if n > self.free_pages || n > self.max_run {
            return None;
        }
        let start = self.first_free;
        let (mut run, mut longest) = (0, 0);
        let mut lowest = None;
        let mut i = start;
        while i < ARENA_PAGES {
            // The word from i on, zeros shifted in are cut off by `left`.
            let (word, left) = (self.used[i / 64] >> (i % 64), 64 - i % 64);
            if word & 1 == 0 {
                let free = (word.trailing_zeros() as usize).min(left);
                lowest.get_or_insert(i);
                run += free;
                i += free;
                if run >= n {
                    let first = i - run;
                    if lowest == Some(first) {
                        self.first_free = first + n;
                    } else if let Some(low) = lowest {
                        self.first_free = low;
                    }
                    return Some(self.set_used(first, n));
                }
            } else {
                longest = longest.max(run);
                run = 0;
                i += (word.trailing_ones() as usize).min(left);
            }
        }
        self.max_run = longest.max(run);
        self.first_free = lowest.unwrap_or(ARENA_PAGES);
        None
    }

    /// Takes all free pages of the first word of the bitmap that has one: the address of its 64 pages, which of them were
    /// free, and which of these are clean.
    pub fn take_word(&mut self) -> Option<(usize, u64, u64)> {
        if self.free_pages == 0 {
            return None;
        }
        let w = (self.first_free / 64..WORDS).find(|&w| self.used[w] != u64::MAX)?;
        let free = !self.used[w];
        let clean = self.clean[w] & free;
        self.used[w] = u64::MAX;
        self.clean[w] &= !clean;
        self.free_pages -= free.count_ones() as usize;
        self.clean_pages -= clean.count_ones() as usize;
        self.first_free = 64 * (w + 1);
        self.high_water = self.high_water.max(64 * (w + 1) - free.leading_zeros() as usize);
        Some((self.base + ((64 * w) << PAGE_SHIFT), free, clean))
    }

    /// Gives back what is left of what [`Arena::take_word`] took.
    pub fn put_word(&mut self, addr: usize, free: u64, clean: u64) {
        let first = (addr - self.base) >> PAGE_SHIFT;
        debug_assert!(self.used[first / 64] & free == free && free & clean == clean);
        self.used[first / 64] &= !free;
        self.clean[first / 64] |= clean;
        self.free_pages += free.count_ones() as usize;
        self.clean_pages += clean.count_ones() as usize;
        self.max_run = ARENA_PAGES;
        self.first_free = self.first_free.min(first + free.trailing_zeros() as usize);
    }

    /// Free pages at the beginning.
    pub fn leading_free(&self) -> usize {
        match self.used.iter().position(|&w| w != 0) {
            Some(i) => i * 64 + self.used[i].trailing_zeros() as usize,
            None => ARENA_PAGES,
        }
    }

    /// Free pages at the end.
    pub fn trailing_free(&self) -> usize {
        match self.used.iter().rposition(|&w| w != 0) {
            Some(i) => (WORDS - 1 - i) * 64 + self.used[i].leading_zeros() as usize,
            None => ARENA_PAGES,
        }
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
        self.free_pages -= n;
        self.clean_pages -= clean;
        if self.first_free >= first && self.first_free < first + n {
            self.first_free = first + n;
        }
        self.high_water = self.high_water.max(first + n);
        Taken { addr: self.base + (first << PAGE_SHIFT), clean }
    }

    /// Marks used pages free.
    pub fn set_free(&mut self, first: usize, n: usize) {
        for_words(first, n, |w, bits| {
            debug_assert!(self.used[w] & bits == bits);
            self.used[w] &= !bits;
        });
        self.free_pages += n;
        self.max_run = ARENA_PAGES;
        self.first_free = self.first_free.min(first);
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
        self.clean_pages += n;
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

    fn page(a: &mut Arena, n: usize) -> Option<usize> {
        a.take(n).map(|t| t.addr >> PAGE_SHIFT)
    }

    #[test]
    fn pages_first_fit() {
        let mut a = arena();
        assert_eq!(page(&mut a, 3), Some(0));
        assert_eq!(page(&mut a, 200), Some(3));
        a.set_free(0, 3);
        assert_eq!(page(&mut a, 4), Some(203));
        assert_eq!(page(&mut a, 2), Some(0));
        assert_eq!(page(&mut a, 1), Some(2));
        assert_eq!((a.leading_free(), a.trailing_free()), (0, ARENA_PAGES - 207));
        assert_eq!(page(&mut a, ARENA_PAGES - 207), Some(207));
        assert_eq!(page(&mut a, 1), None);
        assert_eq!(a.free_pages, 0);
    }

    #[test]
    fn clean_pages_are_counted() {
        let mut a = arena();
        assert_eq!(a.take(100).unwrap().clean, 100);
        a.set_free(10, 50);
        assert_eq!(a.take_dirty(usize::MAX, 30), Some((30, 30)));
        a.set_clean(30, 30);
        assert_eq!(a.take_dirty(usize::MAX, 30), Some((10, 20)));
        a.set_free(10, 20);
        assert_eq!(a.clean_pages, ARENA_PAGES - 100 + 30);
        assert_eq!(a.take(40), Some(Taken { addr: 10 << PAGE_SHIFT, clean: 20 }));
    }

    #[test]
    fn words_are_taken_and_given_back() {
        let mut a = arena();
        let base = a.base;
        a.take(70);
        a.set_free(10, 3);
        a.take_dirty(usize::MAX, 1);
        a.set_clean(12, 1);
        assert_eq!(a.take_word(), Some((base, 7 << 10, 4 << 10)));
        assert_eq!(a.take_word(), Some((base + (64 << PAGE_SHIFT), u64::MAX << 6, u64::MAX << 6)));
        assert_eq!((a.free_pages, a.high_water), (ARENA_PAGES - 128, 128));
        assert_eq!(page(&mut a, 1), Some(128));
        a.put_word(base + (64 << PAGE_SHIFT), 0b11 << 20, 0b10 << 20);
        assert_eq!((a.free_pages, a.clean_pages), (ARENA_PAGES - 129 + 2, ARENA_PAGES - 129 + 1));
        assert_eq!(a.take(2), Some(Taken { addr: base + (84 << PAGE_SHIFT), clean: 1 }));
    }

    #[test]
    fn searches_agree_with_a_model() {
        let mut a = arena();
        let mut model = std::vec![false; ARENA_PAGES];
        let mut random = crate::random::Stream::new();
        let mut held: std::vec::Vec<(usize, usize)> = std::vec::Vec::new();
        for _ in 0..3000 {
            if random.below(5) < 3 {
                let n = 1 + random.below(150) as usize;
                let want = (0..=ARENA_PAGES - n).find(|&i| !model[i..i + n].iter().any(|&u| u));
                assert_eq!(page(&mut a, n), want);
                if let Some(i) = want {
                    model[i..i + n].fill(true);
                    held.push((i, n));
                }
            } else if !held.is_empty() {
                let (i, n) = held.swap_remove(random.below(held.len() as u32) as usize);
                a.set_free(i, n);
                model[i..i + n].fill(false);
            }
        }
    }
}
