//! A 4-ary min-heap, whose members know their position. Keys are due times; where members that are due at the same time have
//! an order, it is the second half of their keys.
//!
//! **Runs on** g0, under the heap's lock.

use crate::mem::persistent::Vector;

/// Something that becomes due.
pub trait Member: Copy {
    /// Records the position in the heap plus one; 0 means that it left.
    fn moved(self, position: u32);
}

#[derive(Clone, Copy)]
struct Entry<K: Copy, M: Copy> {
    key: K,
    member: M,
}

/// The heap.
pub struct Heap<K: Copy + Ord, M: Member> {
    entries: Vector<Entry<K, M>>,
}

const ARITY: usize = 4;

impl<K: Copy + Ord, M: Member> Heap<K, M> {
    /// An empty heap.
    pub const fn new() -> Heap<K, M> {
        Heap { entries: Vector::new() }
    }

    /// The member with the least key, and the key.
    pub fn first(&self) -> Option<(K, M)> {
        self.entries.as_slice().first().map(|e| (e.key, e.member))
    }

    /// Adds a member.
    pub fn insert(&mut self, key: K, member: M) {
        self.entries.push(Entry { key, member });
        self.up(self.entries.len() - 1);
    }

    /// Gives the member at a position (as recorded, i.e. plus one) another key.
    pub fn update(&mut self, position: u32, key: K) {
        let i = position as usize - 1;
        let old = core::mem::replace(&mut self.entries.as_mut_slice()[i].key, key);
        if key < old { self.up(i) } else { self.down(i) }
    }

    /// Removes the member at a position (as recorded, i.e. plus one).
    pub fn remove(&mut self, position: u32) {
        let i = position as usize - 1;
        let gone = self.entries.as_slice()[i].member;
        let Some(last) = self.entries.pop() else { return };
        gone.moved(0);
        if i < self.entries.len() {
            self.entries.as_mut_slice()[i] = last;
            last.member.moved(i as u32 + 1);
            self.up(i);
            self.down(i);
        }
    }

    /// Removes those of which `keep` says no; they are not touched, nor told.
    pub fn retain(&mut self, keep: impl Fn(M) -> bool) {
        let e = self.entries.as_mut_slice();
        let mut n = 0;
        for i in 0..e.len() {
            if keep(e[i].member) {
                e[n] = e[i];
                n += 1;
            }
        }
        if n == e.len() {
            return;
        }
        while self.entries.len() > n {
            self.entries.pop();
        }
        for (i, e) in self.entries.as_slice().iter().enumerate() {
            e.member.moved(i as u32 + 1);
        }
        for i in (0..n.div_ceil(ARITY)).rev() {
            self.down(i);
        }
    }

    /// Takes the last member out, with its key. It is not told.
    pub fn pop_last(&mut self) -> Option<(K, M)> {
        self.entries.pop().map(|e| (e.key, e.member))
    }

    /// All members.
    pub fn members(&self) -> impl Iterator<Item = M> + '_ {
        self.entries.as_slice().iter().map(|e| e.member)
    }

    fn up(&mut self, mut i: usize) {
        let e = self.entries.as_mut_slice();
        let x = e[i];
        while i > 0 {
            let parent = (i - 1) / ARITY;
            if x.key >= e[parent].key {
                break;
            }
            e[i] = e[parent];
            e[i].member.moved(i as u32 + 1);
            i = parent;
        }
        e[i] = x;
        x.member.moved(i as u32 + 1);
    }

    fn down(&mut self, mut i: usize) {
        let e = self.entries.as_mut_slice();
        let x = e[i];
        loop {
            let first = i * ARITY + 1;
            if first >= e.len() {
                break;
            }
            let mut least = first;
            for c in first + 1..(first + ARITY).min(e.len()) {
                if e[c].key < e[least].key {
                    least = c;
                }
            }
            if e[least].key >= x.key {
                break;
            }
            e[i] = e[least];
            e[i].member.moved(i as u32 + 1);
            i = least;
        }
        e[i] = x;
        x.member.moved(i as u32 + 1);
    }
}

impl<K: Copy + Ord, M: Member> Default for Heap<K, M> {
    fn default() -> Self {
        Heap::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    std::thread_local!(static WHERE: [Cell<u32>; 500] = const { [const { Cell::new(0) }; 500] });

    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Id(usize);

    impl Member for Id {
        fn moved(self, position: u32) {
            WHERE.with(|w| w[self.0].set(position));
        }
    }

    #[test]
    fn order_and_positions() {
        let mut h = Heap::new();
        let mut random = crate::random::Stream::new();
        let mut model: std::vec::Vec<(i64, usize)> = std::vec::Vec::new();
        for i in 0..500 {
            let when = random.below(100) as i64;
            h.insert((when, i), Id(i));
            model.push((when, i));
            if i % 3 == 0 {
                let n = random.below(model.len() as u32) as usize;
                let (_, id) = model[n];
                let when = random.below(100) as i64;
                h.update(WHERE.with(|w| w[id].get()), (when, id));
                model[n].0 = when;
            }
            if random.below(3) == 0 {
                let (_, id) = model.swap_remove(random.below(model.len() as u32) as usize);
                let at = WHERE.with(|w| w[id].get());
                h.remove(at);
                assert_eq!(WHERE.with(|w| w[id].get()), 0);
            }
        }
        let odd = |id: Id| id.0 % 2 == 1;
        h.retain(odd);
        model.retain(|m| odd(Id(m.1)));
        assert!(
            h.members()
                .all(|id| h.entries.as_slice()[WHERE.with(|w| w[id.0].get()) as usize - 1].member == id)
        );
        model.sort_unstable();
        for want in model {
            let (key, id) = h.first().unwrap();
            assert_eq!((key, id.0), (want, want.1));
            h.remove(1);
        }
        assert!(h.first().is_none());
    }
}
