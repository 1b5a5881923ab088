//! Steps of induction variables stand at the end of their loop.
//!
//! The e-graph places `i + 1` where the test of the loop needs it, and that may be before the last use of `i`: both are
//! alive at once, take two registers, and a move goes round the loop. This pass moves the step, and a comparison that only
//! the branch uses, behind everything else of the block; then one register does.
//!
//! No call lies in between: the stack maps of calls stay right, because neither value is alive at one that it was not alive
//! at before.

use cranelift_codegen::ir::{Block, BlockArg, Function, Inst, Opcode, Value, ValueDef};
use rustc_hash::FxHashSet;

/// Runs the pass.
pub(crate) fn run(func: &mut Function) {
    let blocks: Vec<Block> = func.layout.blocks().collect();
    let mut steps = FxHashSet::default();
    for block in blocks {
        let Some(last) = func.layout.last_inst(block) else { continue };
        if !func.dfg.insts[last].opcode().is_branch() {
            continue;
        }
        steps.clear();
        find_steps(func, last, &mut steps);
        if !steps.is_empty() {
            sink(func, last, &steps);
        }
    }
}

/// The instructions whose result is the next value of the parameter that they compute it from.
fn find_steps(func: &Function, last: Inst, steps: &mut FxHashSet<Inst>) {
    let dfg = &func.dfg;
    let block = func.layout.inst_block(last);
    for dest in dfg.insts[last].branch_destination(&dfg.jump_tables, &dfg.exception_tables) {
        let params = dfg.block_params(dest.block(&dfg.value_lists));
        for (arg, &param) in dest.args(&dfg.value_lists).zip(params) {
            if let BlockArg::Value(v) = arg
                && let ValueDef::Result(inst, _) = dfg.value_def(v)
                && dfg.insts[inst].opcode() == Opcode::Iadd
                && func.layout.inst_block(inst) == block
                && dfg.inst_args(inst).contains(&param)
            {
                steps.insert(inst);
            }
        }
    }
}

/// Moves steps before the branch, unless something before it needs them.
fn sink(func: &mut Function, last: Inst, steps: &FxHashSet<Inst>) {
    let mut needed: FxHashSet<Value> = FxHashSet::default();
    // What stands behind is there for the branch alone.
    let mut before = last;
    let mut next = func.layout.prev_inst(last);
    while let Some(inst) = next {
        next = func.layout.prev_inst(inst);
        let op = func.dfg.insts[inst].opcode();
        if op.is_call() {
            break;
        }
        let used = func.dfg.inst_results(inst).iter().any(|v| needed.contains(v));
        if !used && (steps.contains(&inst) || matches!(op, Opcode::Icmp | Opcode::Fcmp)) {
            if func.layout.next_inst(inst) != Some(before) {
                func.layout.remove_inst(inst);
                func.layout.insert_inst(inst, before);
            }
            before = inst;
        } else {
            needed.extend(func.dfg.inst_values(inst));
        }
    }
}
