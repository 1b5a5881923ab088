//! Natural loops.
//!
//! A back edge goes to a block that dominates its source; the loop of that block, its *header*, consists of the
//! blocks from which such an edge can be reached without going through the header. Cycles that can be entered in
//! several places (by `goto`) have no header and are no loops here.

use crate::cfg::{self, Dominators};
use crate::entity::Block;
use crate::function::Function;
use cranelift_entity::{EntityRef, SecondaryMap, packed_option::PackedOption};

/// A loop of a [`Loops`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loop(u32);

cranelift_entity::entity_impl!(Loop, "loop");

/// A loop.
#[derive(Clone, Debug)]
pub struct LoopData {
    pub header: Block,
    /// The loop that directly contains this one.
    pub parent: Option<Loop>,
    /// 1 for loops that no other contains.
    pub depth: u32,
    /// Sources of the back edges.
    pub latches: Vec<Block>,
    /// All blocks, those of inner loops included; the header is the first.
    pub blocks: Vec<Block>,
}

/// The loops of a function, outer ones before those they contain.
#[derive(Clone, Debug, Default)]
pub struct Loops {
    pub loops: Vec<LoopData>,
    innermost: SecondaryMap<Block, PackedOption<Loop>>,
}

impl Loops {
    pub fn new(func: &Function, dominators: &Dominators) -> Loops {
        let mut found = Loops::default();
        let order = cfg::reverse_postorder(func);
        let mut latches: Vec<(Block, Vec<Block>)> = Vec::new();
        let mut position: SecondaryMap<Block, u32> = SecondaryMap::new();
        for (i, &b) in order.iter().enumerate() {
            position[b] = i as u32;
        }
        let mut headers: SecondaryMap<Block, u32> = SecondaryMap::new();
        for &b in &order {
            let Some(t) = func.terminator(b) else { continue };
            for target in func.targets(t) {
                let h = target.block;
                if position[h] <= position[b] && dominators.dominates(h, b) {
                    if headers[h] == 0 {
                        latches.push((h, Vec::new()));
                        headers[h] = latches.len() as u32;
                    }
                    let list = &mut latches[headers[h] as usize - 1].1;
                    if list.last() != Some(&b) {
                        list.push(b);
                    }
                }
            }
        }
        if latches.is_empty() {
            return found;
        }
        // Headers of outer loops come first in this order.
        latches.sort_by_key(|l| position[l.0]);
        let preds = cfg::predecessors(func);
        for (header, latches) in latches {
            let id = Loop::new(found.loops.len());
            let parent = found.innermost[header].expand();
            let mut blocks = vec![header];
            found.innermost[header] = id.into();
            let mut work = latches.clone();
            while let Some(b) = work.pop() {
                if found.innermost[b].expand() == Some(id) || !dominators.is_reachable(b) {
                    continue;
                }
                found.innermost[b] = id.into();
                blocks.push(b);
                work.extend(&preds[b]);
            }
            let depth = parent.map_or(1, |p| found.loops[p.index()].depth + 1);
            found.loops.push(LoopData { header, parent, depth, latches, blocks });
        }
        found
    }

    /// The innermost loop that contains the block.
    pub fn of(&self, b: Block) -> Option<Loop> {
        self.innermost[b].expand()
    }

    pub fn get(&self, l: Loop) -> &LoopData {
        &self.loops[l.index()]
    }

    /// How many loops contain the block.
    pub fn depth(&self, b: Block) -> u32 {
        self.of(b).map_or(0, |l| self.get(l).depth)
    }

    /// Whether the loop contains the block.
    pub fn contains(&self, l: Loop, b: Block) -> bool {
        let mut at = self.of(b);
        while let Some(k) = at {
            if k == l {
                return true;
            }
            at = self.get(k).parent;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Symbols;

    #[test]
    fn nested_loops() {
        let symbols = Symbols::new();
        let text = "func @f (i8) -> () {
            b0(v0: i8):
                jump b1
            b1:
                brif v0, b2, b5
            b2:
                brif v0, b3, b4
            b3:
                jump b2
            b4:
                jump b1
            b5:
                return
            }";
        let f = crate::parse::parse(text, &symbols).expect("valid text").remove(0);
        let loops = Loops::new(&f, &Dominators::new(&f));
        let [b0, b1, b2, b3, b4, b5] = [0, 1, 2, 3, 4, 5].map(|i| f.layout[i]);
        assert_eq!(loops.loops.len(), 2);
        assert_eq!([b0, b1, b2, b3, b4, b5].map(|b| loops.depth(b)), [0, 1, 2, 2, 1, 0]);
        let inner = loops.of(b3).expect("in a loop");
        assert_eq!(loops.get(inner).header, b2);
        assert_eq!(loops.get(inner).latches, [b3]);
        assert_eq!(loops.get(inner).parent, loops.of(b4));
        assert!(loops.contains(loops.of(b1).expect("in a loop"), b3) && !loops.contains(inner, b4));
    }
}
