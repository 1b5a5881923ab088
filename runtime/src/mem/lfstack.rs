//! A lock-free stack of nodes that are never freed (after a design by R. K. Treiber; gc's `lfstack`).
//!
//! A node is a multiple of 64 bytes in memory, and has a word for its [`Link`]. The head packs the address of the first node
//! and a tag that each push counts up: whoever takes a node read its link before, and must not succeed if the node has left
//! the stack and come back meanwhile, with another link. The tag has 22 bits: a thread would have to sleep between two
//! instructions for exactly a multiple of four million pushes, and find the same node on top.
//!
//! A link may be read while the node is no longer on the stack: it is atomic, and what was read is thrown away.
//!
//! # Orderings
//!
//! `push` swaps the head with Release, `pop` loads and swaps it with Acquire; every change is a read-modify-write,
//! hence who takes a node sees what was written to it by who put it there, whatever happened on top of it meanwhile.
//! Links and `is_empty` are Relaxed: a link is written before the Release that publishes its node, and one that has
//! been read of a node that has left is thrown away.
//!
//! **Runs on** g0. **May** not block. Lock ranks: none.

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};

/// Bits of an address that are zero.
const ALIGN: u32 = 6;
/// Bits of an address that differ.
const BITS: u32 = 48 - ALIGN;

/// A node's reference to the one below it.
pub struct Link(AtomicUsize);

impl Link {
    /// None.
    #[cfg(not(loom))]
    pub const fn new() -> Link {
        Link(AtomicUsize::new(0))
    }

    /// None.
    #[cfg(loom)]
    pub fn new() -> Link {
        Link(AtomicUsize::new(0))
    }

    /// The owner of a node that is on no stack may use the word for a list of its own.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// As [`Link::get`].
    #[inline]
    pub fn set(&self, node: usize) {
        self.0.store(node, Relaxed);
    }
}

impl Default for Link {
    fn default() -> Self {
        Link::new()
    }
}

/// See the module.
pub struct Stack(AtomicU64);

impl Stack {
    /// Without nodes.
    #[cfg(not(loom))]
    pub const fn new() -> Stack {
        Stack(AtomicU64::new(0))
    }

    /// Without nodes.
    #[cfg(loom)]
    pub fn new() -> Stack {
        Stack(AtomicU64::new(0))
    }

    /// Whether there was no node a moment ago.
    #[inline]
    pub fn is_empty(&self) -> bool {
        address(self.0.load(Relaxed)) == 0
    }

    /// Puts a node on top. Whoever takes it sees what was written to it before.
    ///
    /// # Safety
    /// The node, whose link this is, is the caller's: it is on no stack. It is never freed.
    pub unsafe fn push(&self, node: usize, link: &Link) {
        debug_assert!(node != 0 && node & ((1 << ALIGN) - 1) == 0 && node >> 48 == 0);
        let mut head = self.0.load(Relaxed);
        loop {
            link.set(address(head));
            let tag = (head >> BITS).wrapping_add(1);
            match self.0.compare_exchange_weak(head, tag << BITS | (node >> ALIGN) as u64, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes the node on top, which is the caller's then; 0 if there is none.
    pub fn pop<'a>(&self, link_of: impl Fn(usize) -> &'a Link) -> usize {
        let mut head = self.0.load(Acquire);
        loop {
            let node = address(head);
            if node == 0 {
                return 0;
            }
            let below = link_of(node).get();
            let next = head >> BITS << BITS | (below >> ALIGN) as u64;
            match self.0.compare_exchange_weak(head, next, Acquire, Acquire) {
                Ok(_) => return node,
                Err(now) => head = now,
            }
        }
    }
}

impl Default for Stack {
    fn default() -> Self {
        Stack::new()
    }
}

fn address(head: u64) -> usize {
    ((head & ((1 << BITS) - 1)) as usize) << ALIGN
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[repr(align(64))]
    struct Node(Link, usize);

    #[test]
    fn last_in_first_out() {
        let nodes: std::vec::Vec<Node> = (0..5).map(|i| Node(Link::new(), i)).collect();
        // SAFETY: the nodes live to the end of the test.
        let link = |p: usize| unsafe { &(*(p as *const Node)).0 };
        let s = Stack::new();
        assert_eq!(s.pop(link), 0);
        for n in &nodes {
            // SAFETY: each node is pushed once.
            unsafe { s.push(n as *const Node as usize, &n.0) };
        }
        for i in (0..5).rev() {
            assert!(!s.is_empty());
            // SAFETY: as above.
            assert_eq!(unsafe { (*(s.pop(link) as *const Node)).1 }, i);
        }
        assert!(s.is_empty());
    }

    /// Threads take two nodes each time, look at them, and put them back in the other order.
    #[test]
    fn a_node_has_one_owner() {
        use std::sync::atomic::AtomicBool;
        #[repr(align(64))]
        struct Owned(Link, AtomicBool);
        let nodes: std::vec::Vec<Owned> =
            (0..6).map(|_| Owned(Link::new(), AtomicBool::new(false))).collect();
        let s = Stack::new();
        // SAFETY: the nodes live to the end of the test.
        let node = |p: usize| unsafe { &*(p as *const Owned) };
        for n in &nodes {
            // SAFETY: each node is on the stack once.
            unsafe { s.push(n as *const Owned as usize, &n.0) };
        }
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..50_000 {
                        let got = [s.pop(|p| &node(p).0), s.pop(|p| &node(p).0)];
                        for &p in got.iter().filter(|&&p| p != 0) {
                            assert!(!node(p).1.swap(true, Relaxed), "two owners");
                        }
                        for &p in got.iter().filter(|&&p| p != 0) {
                            node(p).1.store(false, Relaxed);
                            // SAFETY: it is this thread's.
                            unsafe { s.push(p, &node(p).0) };
                        }
                    }
                });
            }
        });
        let mut n = 0;
        while s.pop(|p| &node(p).0) != 0 {
            n += 1;
        }
        assert_eq!(n, 6);
    }
}
