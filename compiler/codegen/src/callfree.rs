//! Loops in which no call is made that clobbers registers.
//!
//! What such a loop works on can stay in any register; calls of the runtime that keep all registers do not count.

use cranelift_codegen::ir::{Block, Function, Inst};
use cranelift_codegen::isa::CallConv;
use cranelift_codegen::loop_analysis::{Loop, LoopAnalysis};
use cranelift_entity::SecondaryMap;

/// Whether an instruction clobbers registers that a callee need not keep.
pub(crate) fn clobbers(func: &Function, inst: Inst) -> bool {
    let dfg = &func.dfg;
    dfg.insts[inst].opcode().is_call()
        && dfg.call_signature(inst).is_none_or(|sig| dfg.signatures[sig].call_conv != CallConv::PreserveAll)
}

/// By block: the outermost loop around it in which no call is made.
pub(crate) fn outermost(func: &Function, analysis: &LoopAnalysis) -> SecondaryMap<Block, Option<Loop>> {
    let mut outermost = SecondaryMap::new();
    if !analysis.is_valid() || analysis.loops().next().is_none() {
        return outermost;
    }
    let parents = |l: Option<Loop>| std::iter::successors(l, |&l| analysis.loop_parent(l));
    let mut calls: SecondaryMap<Loop, bool> = SecondaryMap::new();
    for block in func.layout.blocks() {
        let inner = analysis.innermost_loop(block);
        if inner.is_some_and(|l| !calls[l]) && func.layout.block_insts(block).any(|i| clobbers(func, i)) {
            parents(inner).for_each(|l| calls[l] = true);
        }
    }
    for block in func.layout.blocks() {
        let inner = analysis.innermost_loop(block);
        outermost[block] = parents(inner).take_while(|&l| !calls[l]).last();
    }
    outermost
}
