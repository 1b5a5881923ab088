//! The pages of all arenas: finding free ones, taking and giving back.
//!
//! Pages are numbered, arena after arena in order of creation, and found by their summaries ([`super::summary`]): the run
//! with the lowest number that is long enough, perhaps across arenas. Where an arena does not begin at the end of the last
//! one, a place without free pages is between them.
//!
//! **Runs on** g0, under the `mheap` lock. **May** map memory. Lock ranks: persistent memory.

use super::arena::{self, ARENA, ARENA_PAGES, Arena, Taken};
use super::persistent::Vector;
use super::sizeclass::PAGE_SHIFT;
use super::summary::{CHUNK, Found, Summary, Tree};
use core::ptr::null_mut;

/// Chunks of an arena.
const CHUNKS: usize = ARENA_PAGES / CHUNK;

/// See the module.
pub struct Pages {
    /// Null where there is a gap.
    arenas: Vector<*mut Arena>,
    tree: Tree,
}

/// Pages out of the heap.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub addr: usize,
    /// How many of them were clean.
    pub clean: usize,
    /// How many of these had never been in use.
    pub fresh: usize,
}

/// What was free in a word of an arena's bitmap.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// Address of the first of 64 pages.
    pub addr: usize,
    pub free: u64,
    /// Which of these are clean.
    pub clean: u64,
    /// How many of these had never been in use.
    pub fresh: usize,
}

impl Pages {
    /// None.
    pub const fn new() -> Pages {
        Pages { arenas: Vector::new(), tree: Tree::new() }
    }

    /// Arenas, and null pointers.
    pub fn arenas(&self) -> &[*mut Arena] {
        self.arenas.as_slice()
    }

    /// Adds an arena, whose pages are free.
    ///
    /// # Safety
    /// The arena is never freed, and used through this alone.
    pub unsafe fn add(&mut self, a: *mut Arena) {
        // SAFETY: passed on; arenas in the list are never freed.
        unsafe {
            if let Some(&last) = self.arenas.as_slice().last()
                && (*last).base + ARENA != (*a).base
            {
                self.arenas.push(null_mut());
                (0..CHUNKS).for_each(|_| self.tree.push(Summary::NONE));
            }
            (*a).index = self.arenas.len();
            self.arenas.push(a);
            (0..CHUNKS).for_each(|c| self.tree.push((*a).summary(c)));
        }
    }

    /// The number of the first of `n` free pages in a row.
    fn find(&self, n: usize) -> Option<usize> {
        Some(match self.tree.find(n)? {
            Found::At(page) => page,
            Found::In(chunk) => {
                // SAFETY: in a gap nothing is found; arenas are never freed.
                let found = unsafe { (*self.arenas.as_slice()[chunk / CHUNKS]).find(chunk % CHUNKS, n) };
                let Some(at) = found else {
                    debug_assert!(false, "a summary is wrong");
                    return None;
                };
                chunk / CHUNKS * ARENA_PAGES + at
            }
        })
    }

    /// The pages of an arena have changed.
    ///
    /// # Safety
    /// The arena is in the list.
    unsafe fn refresh(&mut self, a: *mut Arena, first: usize, n: usize) {
        for c in first / CHUNK..=(first + n - 1) / CHUNK {
            // SAFETY: passed on.
            unsafe { self.tree.set((*a).index * CHUNKS + c, (*a).summary(c)) };
        }
    }

    /// Takes `n` free pages in a row.
    pub fn take(&mut self, n: usize) -> Option<Run> {
        let first = self.find(n)?;
        let mut run = Run { addr: 0, clean: 0, fresh: 0 };
        let (mut at, mut left) = (first, n);
        while left > 0 {
            // SAFETY: arenas are never freed.
            unsafe {
                let a = self.arenas.as_slice()[at / ARENA_PAGES];
                let len = left.min(ARENA_PAGES - at % ARENA_PAGES);
                let before = (*a).high_water;
                let Taken { addr, clean } = (*a).set_used(at % ARENA_PAGES, len);
                self.refresh(a, at % ARENA_PAGES, len);
                if at == first {
                    run.addr = addr;
                }
                run.clean += clean;
                run.fresh += (*a).high_water - before;
                (at, left) = (at + len, left - len);
            }
        }
        Some(run)
    }

    /// Takes all free pages of the first word that has one.
    pub fn take_word(&mut self) -> Option<Word> {
        let page = self.find(1)?;
        // SAFETY: arenas are never freed.
        unsafe {
            let a = self.arenas.as_slice()[page / ARENA_PAGES];
            let before = (*a).high_water;
            let (addr, free, clean) = (*a).take_word(page % ARENA_PAGES / 64);
            self.refresh(a, page % ARENA_PAGES, 1);
            Some(Word { addr, free, clean, fresh: (*a).high_water - before })
        }
    }

    /// Gives back what is left of what [`Pages::take_word`] took.
    pub fn put_word(&mut self, addr: usize, free: u64, clean: u64) {
        // SAFETY: the pages were taken from an arena.
        unsafe {
            let a = arena::arena_of(addr);
            (*a).put_word(addr, free, clean);
            self.refresh(a, (addr - (*a).base) >> PAGE_SHIFT, 1);
        }
    }

    /// Gives back what [`Pages::take`] took, or a part of it.
    pub fn free(&mut self, addr: usize, n: usize) {
        let (mut p, mut left) = (addr, n);
        while left > 0 {
            // SAFETY: as above.
            unsafe {
                let a = arena::arena_of(p);
                let first = (p - (*a).base) >> PAGE_SHIFT;
                let len = left.min(ARENA_PAGES - first);
                (*a).set_free(first, len);
                self.refresh(a, first, len);
                p += len << PAGE_SHIFT;
                left -= len;
            }
        }
    }

    /// Takes up to `max` free pages that are not clean, the highest ones of an arena below page `below`: the first one, and
    /// how many.
    ///
    /// # Safety
    /// The arena is in the list.
    pub unsafe fn take_dirty(&mut self, a: *mut Arena, below: usize, max: usize) -> Option<(usize, usize)> {
        // SAFETY: passed on.
        unsafe {
            let (first, n) = (*a).take_dirty(below, max)?;
            self.refresh(a, first, n);
            Some((first, n))
        }
    }

    /// Gives back what [`Pages::take_dirty`] took, now clean.
    ///
    /// # Safety
    /// The arena is in the list.
    pub unsafe fn put_clean(&mut self, a: *mut Arena, first: usize, n: usize) {
        // SAFETY: passed on.
        unsafe {
            (*a).set_clean(first, n);
            self.refresh(a, first, n);
        }
    }
}

impl Default for Pages {
    fn default() -> Self {
        Pages::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sizeclass::PAGE;
    use super::*;
    use std::vec::Vec;

    /// Four arenas, a gap behind the second one; nothing is mapped there.
    fn pages(base: usize) -> Pages {
        let mut p = Pages::new();
        for i in [0, 1, 3, 4] {
            // SAFETY: arenas of addresses that nobody else uses.
            unsafe { p.add(arena::register(base + i * ARENA)) };
        }
        p
    }

    #[test]
    fn searches_agree_with_a_model() {
        let _lock = crate::sched::start::init_for_tests();
        let base = 100 << 40;
        let mut p = pages(base);
        let mut used = std::vec![false; 5 * ARENA_PAGES];
        used[2 * ARENA_PAGES..3 * ARENA_PAGES].fill(true);
        let mut random = crate::random::Stream::new();
        let mut held: Vec<(usize, usize)> = Vec::new();
        for round in 0..3000 {
            if random.below(9) < 5 {
                let n = 1 + random.below(if round % 50 == 0 { 10_000 } else { 150 }) as usize;
                let mut run = 0;
                let want = used.iter().position(|&u| {
                    run = if u { 0 } else { run + 1 };
                    run == n
                });
                let got = p.take(n).map(|r| (r.addr - base) / PAGE);
                assert_eq!(got, want.map(|end| end + 1 - n));
                if let Some(i) = got {
                    used[i..i + n].fill(true);
                    held.push((i, n));
                }
            } else if !held.is_empty() {
                let (i, n) = held.swap_remove(random.below(held.len() as u32) as usize);
                p.free(base + i * PAGE, n);
                used[i..i + n].fill(false);
            }
        }
    }

    #[test]
    fn words_and_dirty_pages() {
        let _lock = crate::sched::start::init_for_tests();
        let base = 101 << 40;
        let mut p = pages(base);
        assert_eq!(p.take(70), Some(Run { addr: base, clean: 70, fresh: 70 }));
        p.free(base + 10 * PAGE, 3);
        let a = p.arenas()[0];
        // SAFETY: the test's arena.
        unsafe {
            assert_eq!(p.take_dirty(a, usize::MAX, 1), Some((12, 1)));
            p.put_clean(a, 12, 1);
        }
        assert_eq!(p.take_word(), Some(Word { addr: base, free: 7 << 10, clean: 4 << 10, fresh: 0 }));
        let second = base + 64 * PAGE;
        let all = u64::MAX << 6;
        assert_eq!(p.take_word(), Some(Word { addr: second, free: all, clean: all, fresh: 58 }));
        p.put_word(second, 0b11 << 20, 0b10 << 20);
        assert_eq!(p.take(3), Some(Run { addr: base + 128 * PAGE, clean: 3, fresh: 3 }));
        assert_eq!(p.take(2), Some(Run { addr: base + 84 * PAGE, clean: 1, fresh: 0 }));
        // What no arena has room for lies across two.
        let two = 2 * ARENA_PAGES - 200;
        assert_eq!(p.take(two), Some(Run { addr: base + 131 * PAGE, clean: two, fresh: two }));
        assert_eq!(p.take(2 * ARENA_PAGES + 1), None);
        assert_eq!(p.take(2 * ARENA_PAGES).map(|r| r.addr), Some(base + 3 * ARENA));
    }
}
