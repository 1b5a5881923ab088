//! The control-flow graph: predecessors, reverse postorder, dominators.

mod dominators;

pub use dominators::Dominators;

use crate::entity::Block;
use crate::function::Function;
use cranelift_entity::{EntityRef, EntitySet};

/// Blocks reachable from the given ones, themselves included.
pub fn reachable_from(func: &Function, from: &[Block]) -> EntitySet<Block> {
    let mut seen = EntitySet::with_capacity(func.blocks.len());
    let mut work = from.to_vec();
    while let Some(b) = work.pop() {
        if seen.insert(b)
            && let Some(t) = func.terminator(b)
        {
            work.extend((0..func.target_count(t)).map(|i| func.target_block(t, i)));
        }
    }
    seen
}

/// Reachable blocks, each before its successors except along back edges.
pub fn reverse_postorder(func: &Function) -> Vec<Block> {
    let mut order = Vec::with_capacity(func.layout.len());
    let mut seen = EntitySet::with_capacity(func.blocks.len());
    let entry = func.entry();
    seen.insert(entry);
    // Blocks with their terminators, and how many of the targets are left; the last is visited first.
    let step = |b: Block| {
        let t = func.terminator(b);
        (b, t, t.map_or(0, |t| func.target_count(t)))
    };
    let mut stack = vec![step(entry)];
    while let Some((b, t, left)) = stack.last_mut() {
        match *t {
            Some(t) if *left > 0 => {
                *left -= 1;
                let s = func.target_block(t, *left);
                if seen.insert(s) {
                    stack.push(step(s));
                }
            }
            _ => {
                order.push(*b);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Lists of things by block, one list behind the other.
#[derive(Debug)]
pub struct ByBlock<T> {
    /// Where each block's list begins; one more at the end.
    first: Vec<u32>,
    list: Vec<T>,
}

impl<T: Copy> ByBlock<T> {
    /// Calls `visit` twice, with a function that adds to a block's list; both times the same must be added.
    pub fn new(func: &Function, visit: impl Fn(&mut dyn FnMut(Block, T))) -> ByBlock<T> {
        let mut first = vec![0u32; func.blocks.len() + 1];
        let mut any = None;
        visit(&mut |b, x| {
            first[b.index() + 1] += 1;
            any = Some(x);
        });
        for i in 1..first.len() {
            first[i] += first[i - 1];
        }
        let Some(any) = any else { return ByBlock { first, list: Vec::new() } };
        let mut list = vec![any; first[first.len() - 1] as usize];
        let mut fill = first.clone();
        visit(&mut |b, x| {
            let at = &mut fill[b.index()];
            list[*at as usize] = x;
            *at += 1;
        });
        ByBlock { first, list }
    }
}

/// The list of a block; a block made later has an empty one.
impl<T> std::ops::Index<Block> for ByBlock<T> {
    type Output = [T];

    fn index(&self, b: Block) -> &[T] {
        match self.first.get(b.index()..b.index() + 2) {
            Some(&[from, to]) => &self.list[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// Predecessors of every block, once for each edge, in layout order.
pub fn predecessors(func: &Function) -> ByBlock<Block> {
    ByBlock::new(func, |add| {
        for &b in &func.layout {
            if let Some(t) = func.terminator(b) {
                (0..func.target_count(t)).for_each(|i| add(func.target_block(t, i), b));
            }
        }
    })
}
