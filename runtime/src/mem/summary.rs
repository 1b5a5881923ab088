//! Summaries of free pages, by which a run of them is found in time that hardly depends on the size of the heap (after gc's
//! page allocator).
//!
//! The heap's pages are numbered, arena after arena. A *chunk* is [`CHUNK`] of them, and has a [`Summary`]: how many pages are
//! free at its beginning, at its end, and in the longest run anywhere in it. Eight summaries have one on the next level, and
//! so on: [`LEVELS`] levels, of which the last one has an entry for each 128 GiB. A search begins there; it either finds a run
//! that lies across entries, by adding what is free at their ends, or goes down into the first entry with a run that is long
//! enough. A change of a chunk's bits updates one summary of each level, up to one that stays the same.
//!
//! What is found is the run that begins at the lowest number.
//!
//! **Runs on** g0, under the `mheap` lock. **May** map memory. Lock ranks: persistent memory.

use super::persistent::Vector;

/// Pages that a summary of the lowest level stands for.
pub const CHUNK: usize = 512;
/// log2 of how many summaries have one on the next level.
const SHIFT: usize = 3;
/// Levels.
const LEVELS: usize = 6;

/// Numbers of free pages of a part of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// At the beginning.
    pub start: u32,
    /// In the longest run.
    pub max: u32,
    /// At the end.
    pub end: u32,
}

impl Summary {
    /// Of pages that are in use.
    pub const NONE: Summary = Summary { start: 0, max: 0, end: 0 };

    /// Of pages whose bits say which are in use.
    pub fn of_bits(used: &[u64]) -> Summary {
        let (mut start, mut max, mut run) = (None, 0, 0);
        for &w in used {
            if w == 0 {
                run += 64;
                continue;
            }
            let (low, high) = (w.trailing_zeros(), w.leading_zeros());
            run += low;
            start.get_or_insert(run);
            max = max.max(run);
            if 64 - low - high > max {
                // The longest run of the word: how often its free bits can be thinned out.
                let (mut free, mut longest) = (!w, 0);
                while free != 0 {
                    free &= free << 1;
                    longest += 1;
                }
                max = max.max(longest);
            }
            run = high;
        }
        Summary { start: start.unwrap_or(run), max: max.max(run), end: run }
    }

    /// Of parts of `size` pages each, of `count` that there may be: behind the last one nothing is free.
    fn join(parts: &[Summary], size: u32, count: usize) -> Summary {
        let (mut all, mut run) = (Summary::NONE, 0);
        let mut leading = true;
        for p in parts {
            if leading {
                all.start += p.start;
                leading = p.start == size;
            }
            all.max = all.max.max(p.max).max(run + p.start);
            run = if p.start == size { run + size } else { p.end };
        }
        if parts.len() == count {
            all.end = run;
        }
        all
    }
}

/// Where a run of free pages is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It begins at this page.
    At(usize),
    /// Inside this chunk.
    In(usize),
}

/// All summaries.
pub struct Tree {
    levels: [Vector<Summary>; LEVELS],
}

impl Tree {
    /// Of no pages.
    pub const fn new() -> Tree {
        Tree { levels: [const { Vector::new() }; LEVELS] }
    }

    /// Adds a chunk behind the last one.
    pub fn push(&mut self, s: Summary) {
        let i = self.levels[0].len();
        for (l, level) in self.levels.iter_mut().enumerate() {
            if level.len() == i >> (SHIFT * l) {
                level.push(Summary::NONE);
            }
        }
        self.set(i, s);
    }

    /// The free pages of a chunk have changed.
    pub fn set(&mut self, chunk: usize, s: Summary) {
        let (mut i, mut s) = (chunk, s);
        for l in 0..LEVELS {
            let entry = &mut self.levels[l].as_mut_slice()[i];
            // A new entry of the next level is not what its parts say.
            if *entry == s && l > 0 {
                return;
            }
            *entry = s;
            i >>= SHIFT;
            let level = self.levels[l].as_slice();
            let parts = &level[i << SHIFT..level.len().min((i + 1) << SHIFT)];
            s = Summary::join(parts, (CHUNK << (SHIFT * l)) as u32, 1 << SHIFT);
        }
    }

    /// The first run of at least `n` free pages.
    pub fn find(&self, n: usize) -> Option<Found> {
        let mut level = LEVELS - 1;
        let mut range = 0..self.levels[level].len();
        loop {
            let size = CHUNK << (SHIFT * level);
            let (mut run, mut begin) = (0, 0);
            let mut inside = None;
            for i in range {
                let s = self.levels[level].as_slice()[i];
                let (start, max, end) = (s.start as usize, s.max as usize, s.end as usize);
                if run == 0 {
                    begin = i * size;
                }
                if start != 0 && run + start >= n {
                    return Some(Found::At(begin));
                }
                if max >= n {
                    inside = Some(i);
                    break;
                }
                if start == size {
                    run += size;
                } else {
                    run = end;
                    begin = (i + 1) * size - end;
                }
            }
            let i = inside?;
            if level == 0 {
                return Some(Found::In(i));
            }
            level -= 1;
            range = i << SHIFT..self.levels[level].len().min((i + 1) << SHIFT);
        }
    }
}

impl Default for Tree {
    fn default() -> Self {
        Tree::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The summary by counting.
    fn count(free: &[bool]) -> Summary {
        let start = free.iter().take_while(|&&f| f).count();
        let end = free.iter().rev().take_while(|&&f| f).count();
        let max = free.split(|&f| !f).map(<[bool]>::len).max().unwrap_or(0);
        Summary { start: start as u32, max: max as u32, end: end as u32 }
    }

    #[test]
    fn bits_are_summarised() {
        let mut random = crate::random::Stream::new();
        for round in 0..2000 {
            let mut bits = [0u64; CHUNK / 64];
            for _ in 0..round % 40 {
                let at = random.below(CHUNK as u32) as usize;
                let len = 1 + random.below(1 + round % 70) as usize;
                (at..CHUNK.min(at + len)).for_each(|i| bits[i / 64] |= 1 << (i % 64));
            }
            let free: Vec<bool> = (0..CHUNK).map(|i| bits[i / 64] >> (i % 64) & 1 == 0).collect();
            assert_eq!(Summary::of_bits(&bits), count(&free));
            let part = |i: usize| Summary::of_bits(&bits[i..i + 1]);
            let parts: Vec<Summary> = (0..CHUNK / 64).map(part).collect();
            assert_eq!(Summary::join(&parts, 64, CHUNK / 64), count(&free));
        }
    }

    /// Chunks in which a prefix, a suffix or everything is free, so that the summaries say it all.
    #[test]
    fn the_first_run_is_found() {
        let mut random = crate::random::Stream::new();
        let chunks = 700;
        let mut tree = Tree::new();
        let mut free = std::vec![false; chunks * CHUNK];
        (0..chunks).for_each(|_| tree.push(Summary::NONE));
        for round in 0..3000 {
            let c = random.below(chunks as u32) as usize;
            let part = &mut free[c * CHUNK..(c + 1) * CHUNK];
            part.fill(false);
            match random.below(3) {
                0 => part.fill(true),
                _ => {
                    let (a, b) = (random.below(200) as usize, random.below(200) as usize);
                    part[..a].fill(true);
                    part[CHUNK - b..].fill(true);
                }
            }
            tree.set(c, count(part));
            if round % 20 != 0 {
                continue;
            }
            let n = 1 + random.below([100, 1000, 10_000][round / 20 % 3]) as usize;
            let mut run = 0;
            let want = free.iter().position(|&f| {
                run = if f { run + 1 } else { 0 };
                run == n
            });
            match (tree.find(n), want) {
                (None, None) => {}
                (Some(Found::At(at)), Some(end)) => assert_eq!(at, end + 1 - n),
                (Some(Found::In(c)), Some(end)) => {
                    assert!(c * CHUNK <= end + 1 - n && end < (c + 1) * CHUNK);
                }
                (got, want) => panic!("{n}: {got:?} instead of {want:?}"),
            }
        }
    }
}
