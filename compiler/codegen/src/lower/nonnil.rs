//! Pointers that an earlier access has shown not to be nil.
//!
//! An access that may fault keeps its place and is never removed, even if nobody uses what it loads. Once an access
//! through a pointer has happened on every path, further ones through the same pointer cannot fault: they lose the trap
//! code, and Cranelift drops those that are unused (the capacity of a slice that is only indexed).

use cranelift_codegen::ir as clif;
use grus_ir::cfg::Dominators;
use grus_ir::{Block, Function};
use rustc_hash::FxHashMap;

/// Where pointers were accessed.
pub(super) struct NonNil {
    dominators: Dominators,
    /// The block of an access through the pointer. Blocks are lowered in an order in which an access that dominates
    /// another comes before it.
    accessed: FxHashMap<clif::Value, Block>,
    current: Block,
}

impl NonNil {
    pub fn new(func: &Function, dominators: Dominators) -> NonNil {
        NonNil { dominators, accessed: FxHashMap::default(), current: func.entry() }
    }

    /// What follows is in this block.
    pub fn enter(&mut self, block: Block) {
        self.current = block;
    }

    /// Whether an access through `pointer` may fault here. Records that there is one now.
    pub fn may_fault(&mut self, pointer: clif::Value) -> bool {
        match self.accessed.get(&pointer) {
            Some(&b) if self.dominators.dominates(b, self.current) => false,
            _ => {
                self.accessed.insert(pointer, self.current);
                true
            }
        }
    }
}
