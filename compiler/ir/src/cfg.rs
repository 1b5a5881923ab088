//! The control-flow graph: predecessors, reverse postorder, dominators.
//!
//! Dominators by Cooper, Harvey and Kennedy, *A Simple, Fast Dominance Algorithm*.

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

/// The dominator tree.
#[derive(Debug)]
pub struct Dominators {
    idom: SecondaryMap<Block, Option<Block>>,
    /// Entry and exit times of a walk of the tree: a dominates b if a's interval holds b's.
    interval: SecondaryMap<Block, (u32, u32)>,
}

impl Dominators {
    pub fn new(func: &Function) -> Dominators {
        let order = reverse_postorder(func);
        let mut number: SecondaryMap<Block, u32> = SecondaryMap::new();
        for (i, &b) in order.iter().enumerate() {
            number[b] = i as u32;
        }
        let preds = predecessors(func);
        let mut idom: SecondaryMap<Block, Option<Block>> = SecondaryMap::new();
        let entry = func.entry();
        idom[entry] = Some(entry);
        let mut changed = true;
        while changed {
            changed = false;
            for &b in &order[1..] {
                let mut new = None;
                for &p in preds[b].iter().filter(|&&p| idom[p].is_some()) {
                    new = Some(match new {
                        None => p,
                        Some(q) => intersect(&idom, &number, p, q),
                    });
                }
                if idom[b] != new {
                    idom[b] = new;
                    changed = true;
                }
            }
        }
        let interval = intervals(entry, &order, &idom);
        Dominators { idom, interval }
    }

    /// The immediate dominator; none for the entry and for unreachable blocks.
    pub fn idom(&self, b: Block) -> Option<Block> {
        self.idom[b].filter(|&d| d != b)
    }

    pub fn is_reachable(&self, b: Block) -> bool {
        self.idom[b].is_some()
    }

    /// Whether every path from the entry to `b` goes through `a` (also when they are the same).
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (ia, ib) = (self.interval[a], self.interval[b]);
        self.is_reachable(a) && self.is_reachable(b) && ia.0 <= ib.0 && ib.1 <= ia.1
    }
}

fn intersect(
    idom: &SecondaryMap<Block, Option<Block>>,
    number: &SecondaryMap<Block, u32>,
    mut a: Block,
    mut b: Block,
) -> Block {
    while a != b {
        while number[a] > number[b] {
            a = idom[a].expect("processed blocks have dominators");
        }
        while number[b] > number[a] {
            b = idom[b].expect("processed blocks have dominators");
        }
    }
    a
}

fn intervals(
    entry: Block,
    order: &[Block],
    idom: &SecondaryMap<Block, Option<Block>>,
) -> SecondaryMap<Block, (u32, u32)> {
    let mut children: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
    for &b in order {
        if let Some(d) = idom[b].filter(|&d| d != b) {
            children[d].push(b);
        }
    }
    let mut interval: SecondaryMap<Block, (u32, u32)> = SecondaryMap::new();
    let mut clock = 0;
    let mut stack = vec![(entry, 0)];
    while let Some((b, next)) = stack.last_mut() {
        let b = *b;
        if *next == 0 {
            clock += 1;
            interval[b].0 = clock;
        }
        match children[b].get(*next) {
            Some(&c) => {
                *next += 1;
                stack.push((c, 0));
            }
            None => {
                clock += 1;
                interval[b].1 = clock;
                stack.pop();
            }
        }
    }
    interval
}
