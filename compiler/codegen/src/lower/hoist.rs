//! Pointers in loops without safepoints.
//!
//! The safepoint spiller keeps a pointer that lives across any call of the function in a stack slot and loads it before
//! each use, in loops without calls, too. A copy made before such a loop lives across no call and stays in a register:
//! the loop uses the copy. (After the spiller has run, the optimiser sees that the copy is the loaded value.)

use super::Lower;
use cranelift_codegen::ir::{self as clif, InstBuilder};
use cranelift_entity::{EntityRef, SecondaryMap};
use grus_ir::loops::{Loop, Loops};
use grus_ir::{Block, Function, Inst, InstData, Ty, Value, ValueDef, cfg};
use rustc_hash::{FxHashMap, FxHashSet};

/// The loops of a function that have no safepoint, and what they use.
#[derive(Default)]
pub(super) struct Hoist {
    /// By block: the outermost loop without safepoint that contains it.
    of_block: SecondaryMap<Block, Option<Loop>>,
    /// By block from which loops are entered: the loops and the pointers that they use.
    entered: FxHashMap<Block, Vec<(Loop, Vec<Value>)>>,
    copies: FxHashMap<(Loop, Value), clif::Value>,
    current: Option<Loop>,
}

impl Hoist {
    pub fn new(func: &Function, loops: &Loops, has_fma: bool) -> Hoist {
        let mut hoist = Hoist::default();
        if loops.loops.is_empty() {
            return hoist;
        }
        let mut safepoints: SecondaryMap<Block, bool> = SecondaryMap::new();
        let mut any = false;
        for &b in &func.layout {
            safepoints[b] = func.blocks[b].insts.iter().any(|&i| is_safepoint(&func.insts[i], has_fma));
            any |= safepoints[b];
        }
        if !any {
            return hoist;
        }
        let mut defined: SecondaryMap<Inst, Option<Block>> = SecondaryMap::new();
        for &b in &func.layout {
            for &inst in &func.blocks[b].insts {
                defined[inst] = Some(b);
            }
        }
        let preds = cfg::predecessors(func);
        let free: Vec<bool> = loops.loops.iter().map(|l| l.blocks.iter().all(|&b| !safepoints[b])).collect();
        for (i, l) in loops.loops.iter().enumerate() {
            let id = loops.of(l.header).expect("a header is in its loop");
            if !free[i] || l.parent.is_some_and(|p| free[p.index()]) {
                continue;
            }
            l.blocks.iter().for_each(|&b| hoist.of_block[b] = Some(id));
            let mut outside = preds[l.header].iter().copied().filter(|p| !l.latches.contains(p));
            let (Some(from), None) = (outside.next(), outside.next()) else { continue };
            let last = func.terminator(from).map(|t| &func.insts[t]);
            if matches!(last, Some(InstData::DeferEnter { .. })) {
                continue;
            }
            let mut seen = FxHashSet::default();
            let mut used = Vec::new();
            for &b in &l.blocks {
                for &inst in &func.blocks[b].insts {
                    func.for_each_use(inst, |v| {
                        // Accesses use the base that offsets are folded away from.
                        let mut next = Some(v);
                        while let Some(v) = next {
                            let v = func.resolve(v);
                            next = None;
                            let def = match func.values[v].def {
                                ValueDef::Param(b, _) => Some(b),
                                ValueDef::Result(inst, _) => {
                                    match func.insts[inst] {
                                        InstData::Iconst { .. } | InstData::SymAddr { .. } => return,
                                        InstData::PtrAddImm { base, .. } => next = Some(base),
                                        _ => {}
                                    }
                                    defined[inst]
                                }
                                ValueDef::Alias(_) => unreachable!("resolved"),
                            };
                            let inside = def.is_some_and(|b| loops.contains(id, b));
                            if func.ty(v) == Ty::Ptr && !inside && seen.insert(v) {
                                used.push(v);
                            }
                        }
                    });
                }
            }
            if !used.is_empty() {
                hoist.entered.entry(from).or_default().push((id, used));
            }
        }
        hoist
    }

    /// What follows is in this block.
    pub fn enter(&mut self, block: Block) {
        self.current = self.of_block[block];
    }

    /// What stands for a value in the current block, if not the value itself.
    pub fn copy(&self, v: Value) -> Option<clif::Value> {
        self.copies.get(&(self.current?, v)).copied()
    }
}

/// Whether a call is made where the instruction stands, on a path that goes on behind it.
fn is_safepoint(data: &InstData, has_fma: bool) -> bool {
    match data {
        InstData::MemCopy { traced, size, .. } | InstData::MemZero { traced, size, .. } => {
            !super::mem::expands(*size, *traced)
        }
        InstData::Fma { .. } => !has_fma,
        _ => data.may_call(),
    }
}

impl Lower<'_, '_> {
    /// Makes the copies for loops that are entered from the end of this block.
    pub(super) fn enter_loops(&mut self, block: Block) {
        let Some(list) = self.hoist.entered.remove(&block) else { return };
        for (id, used) in list {
            for v in used {
                let original = self.val(v);
                let copy = self.b.ins().iadd_imm_s(original, 0);
                self.b.declare_value_needs_stack_map(copy);
                self.hoist.copies.insert((id, v), copy);
            }
        }
    }
}
