//! Which allocations become slots.
//!
//! An object that does not leak stays on the heap if it is too large, or of a loop in which a pointer to it outlives the
//! iteration. It cannot point into the frame, so what is stored in it leaks then, which may send others to the heap.
//!
//! **Loops.** An allocation in a loop makes an object per iteration, a slot is one: nothing may see the object of an earlier
//! execution when the allocation has been executed again. A value in SSA form is as old as its last definition, so only two
//! things can keep a pointer that long. A parameter of a block: one that dominates the allocation and is in a cycle with
//! it, for otherwise no use of the parameter is reached behind the allocation. And an object that holds the pointer: a slot
//! of the function; or one that is allocated anew less often, which is the case if a cycle through the allocation avoids
//! the other's. If there is no such cycle, the holder's own pointers do not outlive the iteration either, by the same rule.

use super::constraints::Analysis;
use super::{MAX_FRAME, PointerMasks, slot_size};
use cranelift_entity::{EntitySet, SecondaryMap};
use grus_ir::cfg::{Dominators, Successors};
use grus_ir::{Block, Function, Inst, InstData, Ty};
use rustc_hash::FxHashMap;

/// An allocation that may become a slot.
#[derive(Clone, Copy)]
struct Candidate {
    inst: Inst,
    object: u32,
    block: Block,
}

impl Analysis<'_> {
    /// Allocations whose objects stay in the frame. What the other objects point to leaks, whether they leak themselves
    /// or not.
    pub fn local_allocations(&mut self, pointers: &PointerMasks) -> Vec<Inst> {
        let func = self.func;
        if self.allocations.is_empty() {
            return Vec::new();
        }
        let mut at: FxHashMap<Inst, Block> = FxHashMap::default();
        for &b in &func.layout {
            at.extend(func.blocks[b].insts.iter().map(|&i| (i, b)));
        }
        let mut candidates: Vec<Candidate> = self
            .allocations
            .iter()
            .map(|&(inst, object)| Candidate { inst, object, block: at[&inst] })
            .collect();
        let mut loops = Loops::new(func);
        loop {
            candidates.retain(|c| !self.solver.leaks(c.object));
            let all = candidates.clone();
            let (mut budget, mut rejected) = (MAX_FRAME, false);
            candidates.retain(|c| {
                let size = match &func.insts[c.inst] {
                    InstData::Call { callee, .. } => Some(u64::from(self.buffer_size(*callee))),
                    data => slot_size(data, pointers),
                };
                let fits = size.filter(|&size| size <= budget && !func.attrs.nosplit);
                if let Some(size) = fits
                    && !self.outlives_iteration(*c, &all, &mut loops)
                {
                    budget -= size;
                    return true;
                }
                self.solver.stays_on_heap(c.object);
                rejected = true;
                false
            });
            if !rejected {
                return candidates.into_iter().map(|c| c.inst).collect();
            }
            self.solver.solve();
        }
    }

    /// Whether a pointer to an object may be seen when its allocation has been executed again.
    fn outlives_iteration(&self, c: Candidate, all: &[Candidate], loops: &mut Loops<'_>) -> bool {
        if !loops.in_cycle(c.block) {
            return false;
        }
        let held = |o: u32| o != c.object && self.holds(o, c.object);
        if self.slot_objects().any(held) {
            return true;
        }
        for other in all.iter().filter(|other| held(other.object)) {
            if loops.cycle_avoids(c.block, other.block) {
                return true;
            }
        }
        // Objects that were rejected make what they hold leak.
        loops.parameters_before(c.block).iter().any(|&b| {
            let ptr = |p: &&_| self.func.ty(**p) == Ty::Ptr;
            let params = self.func.blocks[b].params.iter().filter(ptr);
            params.into_iter().any(|&p| self.known_node(p).is_some_and(|n| self.solver.contains(n, c.object)))
        })
    }
}

/// What is known of the cycles of a function.
struct Loops<'f> {
    func: &'f Function,
    graph: Successors,
    dominators: Option<Dominators>,
    /// For blocks that were asked for: those that lie in a cycle with it.
    cycles: SecondaryMap<Block, Option<Box<EntitySet<Block>>>>,
    predecessors: Option<grus_ir::cfg::ByBlock<Block>>,
    avoids: FxHashMap<(Block, Block), bool>,
    before: FxHashMap<Block, Box<[Block]>>,
}

impl<'f> Loops<'f> {
    fn new(func: &'f Function) -> Loops<'f> {
        Loops {
            func,
            graph: Successors::new(func),
            dominators: None,
            cycles: SecondaryMap::new(),
            predecessors: None,
            avoids: FxHashMap::default(),
            before: FxHashMap::default(),
        }
    }

    /// The blocks that lie in a cycle with a block.
    fn cycle(&mut self, b: Block) -> &EntitySet<Block> {
        if self.cycles[b].is_none() {
            let forward = grus_ir::cfg::reachable_from(self.func, self.graph.of(b));
            let mut members = EntitySet::with_capacity(self.func.blocks.len());
            if forward.contains(b) {
                // Back from the block, along what can be reached from it.
                let func = self.func;
                let preds = self.predecessors.get_or_insert_with(|| grus_ir::cfg::predecessors(func));
                let mut work = vec![b];
                while let Some(m) = work.pop() {
                    if forward.contains(m) && members.insert(m) {
                        work.extend(&preds[m]);
                    }
                }
            }
            self.cycles[b] = Some(Box::new(members));
        }
        self.cycles[b].as_ref().expect("just made")
    }

    fn in_cycle(&mut self, b: Block) -> bool {
        self.cycle(b).contains(b)
    }

    /// Whether control can come back to `b` without passing through `other`.
    fn cycle_avoids(&mut self, b: Block, other: Block) -> bool {
        if b == other {
            return false;
        }
        if let Some(&known) = self.avoids.get(&(b, other)) {
            return known;
        }
        let mut seen = EntitySet::with_capacity(self.func.blocks.len());
        seen.insert(other);
        let mut work: Vec<Block> = self.graph.of(b).to_vec();
        let mut found = false;
        while let Some(s) = work.pop() {
            if s == b && s != other {
                found = true;
                break;
            }
            if seen.insert(s) {
                work.extend(self.graph.of(s));
            }
        }
        self.avoids.insert((b, other), found);
        found
    }

    /// The blocks with parameters that are in a cycle with a block and dominate it.
    fn parameters_before(&mut self, b: Block) -> &[Block] {
        if !self.before.contains_key(&b) {
            let func = self.func;
            let members = self.cycle(b).clone();
            let dominators = self.dominators.get_or_insert_with(|| Dominators::new(func));
            let list = (func.layout.iter().copied()).filter(|&m| {
                !func.blocks[m].params.is_empty() && members.contains(m) && dominators.dominates(m, b)
            });
            self.before.insert(b, list.collect());
        }
        &self.before[&b]
    }
}
