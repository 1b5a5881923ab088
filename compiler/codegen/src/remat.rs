//! Rematerialisation of addresses (R4) and of integer constants.
//!
//! Cranelift's e-graph treats `stack_addr`, `symbol_value` and everything computed from them as pure: it numbers equal
//! ones alike and hoists them, and instruction selection does not always fold a `stack_addr` into the access. A raw
//! stack address then sits in a callee-saved register across a call, where a copied stack does not find it.
//!
//! Between optimisation and instruction selection this pass
//! * clones every `stack_addr` immediately before each instruction that uses it;
//! * clones integer constants into each block that uses them: the e-graph means to, but shares what it cloned once, and
//!   a constant that lives across blocks takes a register or a spill slot;
//! * moves constants that take several instructions out of loops without calls, where a register keeps them;
//! * clones vector constants, of which all registers are lost at calls, before the first use in each stretch of code
//!   without calls;
//! * clones into the landing region whatever pure expression it shares with the normal region: nothing of the normal
//!   region's registers and spill slots is valid there.

use crate::isa::Arch;
use crate::{arch, callfree};
use cranelift_codegen::Context;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{self, Block, Function, InstBuilder, InstructionData, Opcode, Value, ValueDef};
use cranelift_codegen::loop_analysis::{Loop, LoopAnalysis};
use cranelift_entity::{EntitySet, SecondaryMap};
use rustc_hash::FxHashMap;

/// As many constants are moved out of a loop: each takes a register.
const HOISTED: u32 = 4;

/// Runs the pass; an error names a value that the landing region uses although it cannot be computed there.
pub(crate) fn run(ctx: &mut Context, arch: Arch, landing: Option<Block>) -> Result<(), String> {
    let func = &mut ctx.func;
    let region = landing.map(|b| reachable(func, b));
    let mut hoist = Hoist::new(arch, func, &ctx.loop_analysis);
    let mut pos = FuncCursor::new(func);
    let mut vals: Vec<Value> = Vec::new();
    // The block that a constant was cloned into last, and the clone.
    let mut clones: SecondaryMap<Value, Option<(Block, Value)>> = SecondaryMap::new();
    // The same of vector constants, by the number of the stretch.
    let mut vectors: FxHashMap<Value, (u32, Value)> = FxHashMap::default();
    let mut stretch = 0;
    while let Some(block) = pos.next_block() {
        let in_landing = region.as_ref().filter(|r| r.contains(block));
        stretch += 1;
        while let Some(inst) = pos.next_inst() {
            vals.clear();
            vals.extend(pos.func.dfg.inst_values(inst));
            let mut changed = false;
            for v in &mut vals {
                if let Some(region) = in_landing {
                    let local = localise(&mut pos, *v, region)?;
                    changed |= local != *v;
                    *v = local;
                }
                let Some(def) = pos.func.dfg.value_def(*v).inst() else { continue };
                let ty = pos.func.dfg.value_type(*v);
                let data = pos.func.dfg.insts[def];
                match data {
                    InstructionData::StackAddr { stack_slot, offset, .. } => {
                        *v = pos.ins().stack_addr(ty, stack_slot, offset);
                        changed = true;
                    }
                    InstructionData::UnaryImm { opcode: Opcode::Iconst, imm }
                        if in_landing.is_none()
                            && arch::is_wide(arch, imm.bits(), ty.bits())
                            && let Some(outside) = hoist.constant(
                                pos.func,
                                &ctx.cfg,
                                &ctx.loop_analysis,
                                block,
                                (ty, imm.bits()),
                            ) =>
                    {
                        *v = outside;
                        changed = true;
                    }
                    InstructionData::UnaryImm { opcode: Opcode::Iconst, imm }
                        if pos.func.layout.inst_block(def) != Some(block) =>
                    {
                        let local = match clones[*v] {
                            Some((b, local)) if b == block => local,
                            _ => pos.ins().iconst(ty, imm),
                        };
                        clones[*v] = Some((block, local));
                        *v = local;
                        changed = true;
                    }
                    InstructionData::UnaryConst { opcode: Opcode::Vconst, constant_handle } => {
                        let local = match vectors.get(v) {
                            Some(&(s, local)) if s == stretch => local,
                            _ => pos.ins().vconst(ty, constant_handle),
                        };
                        vectors.insert(*v, (stretch, local));
                        *v = local;
                        changed = true;
                    }
                    _ => {}
                }
            }
            if changed {
                pos.func.dfg.overwrite_inst_values(inst, vals.iter().copied());
            }
            stretch += u32::from(pos.func.dfg.insts[inst].opcode().is_call());
        }
    }
    Ok(())
}

/// Constants in loops.
struct Hoist {
    /// By block: the outermost loop around it in which no call is made.
    loops: SecondaryMap<Block, Option<Loop>>,
    /// By loop: how many constants stand before it.
    count: FxHashMap<Loop, u32>,
    constants: FxHashMap<(Loop, ir::Type, i64), Value>,
}

impl Hoist {
    fn new(arch: Arch, func: &Function, analysis: &LoopAnalysis) -> Hoist {
        let mut hoist = Hoist {
            loops: SecondaryMap::new(),
            count: FxHashMap::default(),
            constants: FxHashMap::default(),
        };
        // Instructions of any length hold constants of any size.
        if arch.min_inst() == 1 || !analysis.is_valid() || analysis.loops().next().is_none() {
            return hoist;
        }
        hoist.loops = callfree::outermost(func, analysis);
        hoist
    }

    /// The constant, made before the loop that `block` is in; `None` if it has to be made in the block.
    fn constant(
        &mut self,
        func: &mut Function,
        cfg: &ControlFlowGraph,
        analysis: &LoopAnalysis,
        block: Block,
        (ty, imm): (ir::Type, i64),
    ) -> Option<Value> {
        let l = self.loops[block]?;
        if let Some(&v) = self.constants.get(&(l, ty, imm)) {
            return Some(v);
        }
        let mut outside = cfg.pred_iter(analysis.loop_header(l)).filter(|p| !analysis.is_in_loop(p.block, l));
        let (Some(from), None) = (outside.next(), outside.next()) else { return None };
        let count = self.count.entry(l).or_default();
        if *count == HOISTED || func.dfg.insts[from.inst].opcode().is_call() {
            return None;
        }
        *count += 1;
        let v = FuncCursor::new(func).at_inst(from.inst).ins().iconst(ty, imm);
        self.constants.insert((l, ty, imm), v);
        Some(v)
    }
}

/// A value equal to `v` that is defined in the region: itself, or a clone of the pure expression made at the cursor.
fn localise(pos: &mut FuncCursor<'_>, v: Value, region: &EntitySet<Block>) -> Result<Value, String> {
    let def = match pos.func.dfg.value_def(v) {
        ValueDef::Result(inst, _) => inst,
        ValueDef::Param(block, _) if region.contains(block) => return Ok(v),
        _ => return Err(format!("the landing region uses {v}, a parameter of the normal region")),
    };
    if pos.func.layout.inst_block(def).is_some_and(|b| region.contains(b)) {
        return Ok(v);
    }
    if !is_pure(pos.func, def) {
        let text = pos.func.dfg.display_inst(def);
        return Err(format!("the landing region uses {v} of the normal region: {text}"));
    }
    let args: Vec<Value> = pos.func.dfg.inst_args(def).to_vec();
    let mut local = Vec::with_capacity(args.len());
    for a in args {
        local.push(localise(pos, a, region)?);
    }
    let clone = pos.func.dfg.clone_inst(def);
    pos.func.dfg.overwrite_inst_values(clone, local.into_iter());
    pos.insert_inst(clone);
    Ok(pos.func.dfg.first_result(clone))
}

fn is_pure(func: &Function, inst: ir::Inst) -> bool {
    let op: Opcode = func.dfg.insts[inst].opcode();
    !op.can_load()
        && !op.can_store()
        && !op.can_trap()
        && !op.is_call()
        && !op.is_terminator()
        && !op.other_side_effects()
        && func.dfg.inst_results(inst).len() == 1
}

/// Blocks reachable from `from`.
pub(crate) fn reachable(func: &Function, from: Block) -> EntitySet<Block> {
    let mut seen = EntitySet::new();
    let mut work = vec![from];
    while let Some(b) = work.pop() {
        if seen.insert(b) {
            work.extend(func.block_successors(b));
        }
    }
    seen
}
