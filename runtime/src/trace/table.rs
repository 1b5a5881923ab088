//! Tables of what events refer to by number: stacks and strings.
//!
//! A table is a hash table of nodes, which stay where they are, are linked in the order in which they were made, and are all
//! given back at once when their generation has been written. There are two sets of tables, by the parity of the generation.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: the set of tables.

use crate::lock::{Guard, Lock};
use crate::os::memory;
use crate::panic::fatal;
use core::ptr::null_mut;

/// Nodes are put into chunks of this size.
const CHUNK: usize = 128 << 10;
/// Places of a new table.
const PLACES: usize = 1 << 10;

/// An entry. Its words are behind it.
#[repr(C)]
pub struct Node {
    /// The one that was made after it.
    pub next: *mut Node,
    chain: *mut Node,
    hash: u64,
    pub id: u64,
    /// Length in bytes.
    len: usize,
}

impl Node {
    /// The contents.
    ///
    /// # Safety
    /// The table that the node is in has not been cleared.
    pub unsafe fn bytes<'a>(node: *const Node) -> &'a [u8] {
        // SAFETY: they are behind the node.
        unsafe { core::slice::from_raw_parts(node.add(1) as *const u8, (*node).len) }
    }

    /// The contents of a node that was made of words.
    ///
    /// # Safety
    /// As [`Node::bytes`].
    pub unsafe fn words<'a>(node: *const Node) -> &'a [usize] {
        // SAFETY: they are behind the node, which is aligned.
        unsafe { core::slice::from_raw_parts(node.add(1) as *const usize, (*node).len / 8) }
    }
}

/// One table.
pub struct Table {
    places: *mut *mut Node,
    /// Their number, a power of two.
    size: usize,
    len: usize,
    /// The first node, and the last.
    pub first: *mut Node,
    last: *mut Node,
    /// The number of the first node.
    base: u64,
    /// The chunk in use, through whose first word the others are linked; where it is free.
    chunk: usize,
    free: usize,
}

fn map(len: usize) -> usize {
    memory::map(0, len).unwrap_or_else(|| fatal::out_of_memory(len))
}

fn hash(bytes: &[u8]) -> u64 {
    let mut h = bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for w in words {
        h = (h ^ u64::from_le_bytes(*w)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^= h >> 29;
    }
    for &b in rest {
        h = (h ^ b as u64).wrapping_mul(0x100_0000_01b3);
    }
    h ^ h >> 32
}

impl Table {
    const fn new(base: u64) -> Table {
        Table {
            places: null_mut(),
            size: 0,
            len: 0,
            first: null_mut(),
            last: null_mut(),
            base,
            chunk: 0,
            free: 0,
        }
    }

    /// The number of what has this contents.
    pub fn put(&mut self, bytes: &[u8]) -> u64 {
        if self.len * 2 >= self.size {
            self.grow();
        }
        let h = hash(bytes);
        // SAFETY: places and nodes are the table's.
        unsafe {
            let place = self.places.add(h as usize & (self.size - 1));
            let mut n = *place;
            while !n.is_null() {
                if (*n).hash == h && Node::bytes(n) == bytes {
                    return (*n).id;
                }
                n = (*n).chain;
            }
            let n = self.allocate(bytes.len());
            n.write(Node {
                next: null_mut(),
                chain: *place,
                hash: h,
                id: self.base + self.len as u64,
                len: bytes.len(),
            });
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), n.add(1) as *mut u8, bytes.len());
            *place = n;
            self.len += 1;
            if self.last.is_null() {
                self.first = n;
            } else {
                (*self.last).next = n;
            }
            self.last = n;
            (*n).id
        }
    }

    /// The number of what consists of these words.
    pub fn put_words(&mut self, words: &[usize]) -> u64 {
        // SAFETY: words are bytes.
        self.put(unsafe { core::slice::from_raw_parts(words.as_ptr() as *const u8, words.len() * 8) })
    }

    fn allocate(&mut self, len: usize) -> *mut Node {
        let size = (size_of::<Node>() + len).next_multiple_of(8);
        debug_assert!(size + 8 <= CHUNK);
        if self.chunk == 0 || self.free + size > self.chunk + CHUNK {
            let chunk = map(CHUNK);
            // SAFETY: just mapped.
            unsafe { *(chunk as *mut usize) = self.chunk };
            self.chunk = chunk;
            self.free = chunk + 8;
        }
        let p = self.free;
        self.free += size;
        p as *mut Node
    }

    fn grow(&mut self) {
        let size = (self.size * 2).max(PLACES);
        let places = map(size * 8) as *mut *mut Node;
        // SAFETY: the old places and the nodes are the table's, the new places are empty.
        unsafe {
            if !self.places.is_null() {
                memory::unmap(self.places as usize, self.size * 8);
            }
            let mut n = self.first;
            while !n.is_null() {
                let place = places.add((*n).hash as usize & (size - 1));
                (*n).chain = *place;
                *place = n;
                n = (*n).next;
            }
        }
        self.places = places;
        self.size = size;
    }

    /// Forgets everything.
    ///
    /// # Safety
    /// Nobody refers to a node.
    pub unsafe fn clear(&mut self) {
        // SAFETY: what was mapped for the table is unmapped once.
        unsafe {
            while self.chunk != 0 {
                let chunk = self.chunk;
                self.chunk = *(chunk as *const usize);
                memory::unmap(chunk, CHUNK);
            }
            if !self.places.is_null() {
                memory::unmap(self.places as usize, self.size * 8);
            }
        }
        *self = Table::new(self.base);
    }
}

/// The tables of a generation.
pub struct Set {
    pub stacks: Table,
    pub strings: Table,
}

/// Strings have numbers from here on; those below are fixed ([`super::names`]).
pub const FIRST_STRING: u64 = 128;

static SETS: [Lock<Set>; 2] =
    [const { Lock::new(Set { stacks: Table::new(1), strings: Table::new(FIRST_STRING) }) }; 2];

/// The tables of a generation.
pub fn of(generation: u64) -> Guard<'static, Set> {
    SETS[(generation % 2) as usize].lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_contents_has_one_number() {
        let mut t = Table::new(7);
        let text = |i: usize| std::format!("text number {i}");
        for i in 0..5000 {
            assert_eq!(t.put(text(i).as_bytes()), 7 + i as u64);
        }
        for i in (0..5000).rev() {
            assert_eq!(t.put(text(i).as_bytes()), 7 + i as u64);
        }
        let (mut n, mut i) = (t.first, 0);
        while !n.is_null() {
            // SAFETY: the table is the test's.
            unsafe {
                assert_eq!(Node::bytes(n), text(i).as_bytes());
                n = (*n).next;
            }
            i += 1;
        }
        assert_eq!(i, 5000);
        // SAFETY: no node is used any more.
        unsafe { t.clear() };
        assert_eq!(t.put_words(&[1, 2]), 7);
        // SAFETY: as above.
        unsafe {
            assert_eq!(Node::words(t.first), [1, 2]);
            t.clear();
        }
    }
}
