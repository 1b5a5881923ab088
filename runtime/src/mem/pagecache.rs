//! Page caches: up to 64 free pages of each P, from which it takes the pages of small spans without a lock.
//!
//! A cache holds the pages of one word of an arena's bitmap that were free when it was filled ([`super::mheap`]); for the
//! arena they are in use. A cache is filled when it is empty; what is left in it when a
//! collection ends goes back to the arena.
//!
//! **Runs on** g0 of the M that holds the P, or with the world stopped. **May** not block. Lock ranks: none.

use super::sizeclass::PAGE;

/// Longer runs of pages are taken from the arenas.
pub const MAX: usize = 16;

/// See the module.
pub struct PageCache {
    /// Address of the first of 64 pages.
    base: usize,
    /// Which of them are free.
    free: u64,
    /// Which of these are not backed by memory, and zero.
    clean: u64,
}

/// Pages out of a cache.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    pub addr: usize,
    /// How many of them are clean.
    pub clean: usize,
}

impl PageCache {
    /// Without pages.
    pub const fn new() -> PageCache {
        PageCache { base: 0, free: 0, clean: 0 }
    }

    /// With pages from `base` on: those of the bits.
    pub fn filled(base: usize, free: u64, clean: u64) -> PageCache {
        debug_assert!(free & clean == clean);
        PageCache { base, free, clean }
    }

    /// Takes `n` pages in a row, the lowest ones.
    #[inline]
    pub fn take(&mut self, n: usize) -> Option<Taken> {
        debug_assert!((1..=MAX).contains(&n));
        // Bit i of `run` says that pages i to i+len-1 are free.
        let (mut run, mut len) = (self.free, 1);
        while len < n {
            let more = len.min(n - len);
            run &= run >> more;
            len += more;
        }
        if run == 0 {
            return None;
        }
        let first = run.trailing_zeros() as usize;
        let bits = (u64::MAX >> (64 - n)) << first;
        let clean = (self.clean & bits).count_ones() as usize;
        self.free &= !bits;
        self.clean &= !bits;
        Some(Taken { addr: self.base + first * PAGE, clean })
    }

    /// Whether no page is left.
    pub fn is_empty(&self) -> bool {
        self.free == 0
    }

    /// Empties the cache: base, free pages, and which of them are clean.
    pub fn empty(&mut self) -> (usize, u64, u64) {
        let PageCache { base, free, clean } = core::mem::take(self);
        (base, free, clean)
    }
}

impl Default for PageCache {
    fn default() -> Self {
        PageCache::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_lowest_first() {
        let mut random = crate::random::Stream::new();
        for _ in 0..2000 {
            let word = || (random_word(), random_word());
            let ((a, b), (c, _)) = (word(), word());
            let (mut free, mut clean) = (a | b, (a | b) & c);
            let mut cache = PageCache::filled(1 << 20, free, clean);
            for _ in 0..20 {
                let n = 1 + random.below(MAX as u32) as usize;
                let mask = |i: usize| (u64::MAX >> (64 - n)) << i;
                let want = (0..=64 - n).find(|&i| free & mask(i) == mask(i)).map(|i| {
                    let taken = (clean & mask(i)).count_ones() as usize;
                    free &= !mask(i);
                    clean &= !mask(i);
                    Taken { addr: (1 << 20) + i * PAGE, clean: taken }
                });
                assert_eq!(cache.take(n), want);
            }
            assert_eq!(cache.is_empty(), free == 0);
            assert_eq!(cache.empty(), (1 << 20, free, clean));
            assert!(cache.is_empty());
        }
    }

    fn random_word() -> u64 {
        let mut b = [0; 8];
        crate::random::fill(&mut b);
        u64::from_le_bytes(b)
    }
}
