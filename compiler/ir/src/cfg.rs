//! The control-flow graph: predecessors, reverse postorder, dominators.

mod dominators;

pub use dominators::Dominators;

use crate::entity::Block;
use crate::function::Function;
use cranelift_entity::{EntitySet, SecondaryMap};

/// Blocks reachable from the given ones, themselves included.
pub fn reachable_from(func: &Function, from: &[Block]) -> EntitySet<Block> {
    let mut seen = EntitySet::with_capacity(func.blocks.len());
    let mut work = from.to_vec();
    while let Some(b) = work.pop() {
        if seen.insert(b)
            && let Some(t) = func.terminator(b)
        {
            work.extend(func.targets(t).iter().map(|t| t.block));
        }
    }
    seen
}

/// Reachable blocks, each before its successors except along back edges.
pub fn reverse_postorder(func: &Function) -> Vec<Block> {
    let mut order = Vec::with_capacity(func.layout.len());
    let mut seen = EntitySet::with_capacity(func.blocks.len());
    let successors = |b: Block| -> Vec<Block> {
        func.terminator(b).map_or(Vec::new(), |t| func.targets(t).iter().map(|t| t.block).collect())
    };
    let entry = func.entry();
    seen.insert(entry);
    let mut stack = vec![(entry, successors(entry))];
    while let Some((b, succ)) = stack.last_mut() {
        match succ.pop() {
            Some(s) => {
                if seen.insert(s) {
                    let next = successors(s);
                    stack.push((s, next));
                }
            }
            None => {
                order.push(*b);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Predecessors of every block, once for each edge, in layout order.
pub fn predecessors(func: &Function) -> SecondaryMap<Block, Vec<Block>> {
    let mut preds: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
    for &b in &func.layout {
        if let Some(t) = func.terminator(b) {
            for target in func.targets(t) {
                preds[target.block].push(b);
            }
        }
    }
    preds
}
