//! Positions of loads that instruction selection fuses with their consumers.
//!
//! A load may become the memory operand of the instruction that uses its value. That instruction has the position of
//! the consumer, so a nil pointer would be reported on the consumer's line. Hence an operation that can absorb a load
//! takes the load's position: it cannot fault on its own, so nothing else is reported there. A comparison may in turn be
//! part of the branch that tests it.

use cranelift_codegen::ir::{Function, Inst, Opcode};

/// Runs the pass.
pub(crate) fn run(func: &mut Function) {
    let mut next_block = func.layout.entry_block();
    while let Some(block) = next_block {
        next_block = func.layout.next_block(block);
        let mut next = func.layout.first_inst(block);
        while let Some(inst) = next {
            next = func.layout.next_inst(inst);
            if let Some(load) = source(func, inst) {
                let position = func.srcloc(load);
                if func.srcloc(inst) != position {
                    func.set_srcloc(inst, position);
                }
            }
        }
    }
}

/// The instruction of the same block whose position `inst` takes.
fn source(func: &Function, inst: Inst) -> Option<Inst> {
    let op = func.dfg.insts[inst].opcode();
    let wanted = |def: Opcode| match op {
        Opcode::Brif | Opcode::Select => matches!(def, Opcode::Icmp | Opcode::Fcmp),
        _ => def == Opcode::Load && absorbs(op),
    };
    func.dfg.inst_args(inst).iter().find_map(|&v| {
        let def = func.dfg.value_def(v).inst()?;
        let near = func.layout.inst_block(def) == func.layout.inst_block(inst);
        if !near || !wanted(func.dfg.insts[def].opcode()) {
            return None;
        }
        match func.dfg.insts[def].opcode() {
            Opcode::Load => Some(def),
            _ => source(func, def),
        }
    })
}

/// Whether an operation can have a memory operand, and cannot fault otherwise.
fn absorbs(op: Opcode) -> bool {
    !(op.can_load()
        || op.can_store()
        || op.can_trap()
        || op.is_call()
        || op.is_terminator()
        || op.other_side_effects())
}
