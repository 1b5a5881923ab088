//! The control-flow graph: predecessors, reverse postorder, dominators.

mod dominators;

pub use dominators::Dominators;

use crate::entity::Block;
use crate::function::Function;
use cranelift_entity::{EntityRef, EntitySet};

/// The successors of every block, gathered in one walk of the layout: the blocks' contents lie in that order in memory,
/// and a search that jumps about in the graph need not touch them.
#[derive(Debug)]
pub struct Successors {
    /// Where each block's list lies.
    range: Vec<(u32, u32)>,
    list: Vec<Block>,
}

impl Successors {
    pub fn new(func: &Function) -> Successors {
        let mut range = vec![(0, 0); func.blocks.len()];
        let mut list = Vec::with_capacity(2 * func.layout.len());
        for &b in &func.layout {
            let from = list.len() as u32;
            if let Some(t) = func.terminator(b) {
                list.extend((0..func.target_count(t)).map(|i| func.target_block(t, i)));
            }
            range[b.index()] = (from, list.len() as u32);
        }
        Successors { range, list }
    }

    /// Successors, once for each edge, in the order of the terminator's targets.
    pub fn of(&self, b: Block) -> &[Block] {
        let (from, to) = self.range[b.index()];
        &self.list[from as usize..to as usize]
    }

    /// Blocks that can be reached from the entry, each before its successors except along back edges.
    pub fn reverse_postorder(&self, entry: Block) -> Vec<Block> {
        let mut order = Vec::with_capacity(self.range.len());
        let mut seen = EntitySet::with_capacity(self.range.len());
        seen.insert(entry);
        // Blocks, and how many of the successors are left; the last is visited first.
        let mut stack = vec![(entry, self.of(entry).len())];
        while let Some((b, left)) = stack.last_mut() {
            if *left == 0 {
                order.push(*b);
                stack.pop();
                continue;
            }
            *left -= 1;
            let s = self.of(*b)[*left];
            if seen.insert(s) {
                stack.push((s, self.of(s).len()));
            }
        }
        order.reverse();
        order
    }
}

/// Whether the blocks that can be reached from the entry form a cycle.
pub fn has_cycle(func: &Function) -> bool {
    let successors = Successors::new(func);
    let order = successors.reverse_postorder(func.entry());
    let mut position = vec![0; func.blocks.len()];
    for (i, b) in order.iter().enumerate() {
        position[b.index()] = i;
    }
    order.iter().any(|b| successors.of(*b).iter().any(|s| position[s.index()] <= position[b.index()]))
}

/// Blocks reachable from the given ones, themselves included.
pub fn reachable_from(func: &Function, from: &[Block]) -> EntitySet<Block> {
    let successors = Successors::new(func);
    let mut seen = EntitySet::with_capacity(func.blocks.len());
    let mut work = from.to_vec();
    while let Some(b) = work.pop() {
        if seen.insert(b) {
            work.extend(successors.of(b));
        }
    }
    seen
}

/// Reachable blocks, each before its successors except along back edges.
pub fn reverse_postorder(func: &Function) -> Vec<Block> {
    Successors::new(func).reverse_postorder(func.entry())
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
    let successors = Successors::new(func);
    ByBlock::new(func, |add| {
        for &b in &func.layout {
            successors.of(b).iter().for_each(|&s| add(s, b));
        }
    })
}
