//! Static checker of the stack-copying laws, run in debug builds and where results are verified.
//!
//! On the function as it goes to instruction selection, no value that may be the address of a stack slot may be live
//! across a call: such a value must have been spilled to a stack-mapped word and reloaded. The lattice is one bit a
//! value, *tainted*: parameters that are pointers, `stack_addr`, reloads from the spiller's slots, and what additions,
//! selections and block parameters make of them. Taint flows forward to a fixpoint; liveness of tainted values flows
//! backward.
//!
//! A pure operation whose result is not tainted (a comparison, a pointer difference) only uses the bits of its operand,
//! and may be sunk over a call without harm. The optimiser also makes the pointer itself the condition of a branch that
//! compared it with nil.

use cranelift_codegen::ir::{Block, Function, Inst, InstructionData, Opcode, Value};
use cranelift_codegen::isa::CallConv;
use cranelift_entity::{EntitySet, SecondaryMap};

/// Functions with more instructions are not checked: the analysis is not linear.
const CHECK_UP_TO: usize = 20_000;

/// Returns descriptions of violations. `pointer_params`: which of the function's parameters are pointers;
/// `first_spill_slot`: the first slot that the safepoint spiller made.
pub(crate) fn check(
    func: &Function,
    pointer_params: impl Fn(usize) -> bool,
    first_spill_slot: u32,
) -> Vec<String> {
    if func.dfg.num_insts() > CHECK_UP_TO {
        return Vec::new();
    }
    let taint = taint(func, pointer_params, first_spill_slot);
    let c = Checker { func, taint };
    let live_in = c.liveness();
    let mut errors = Vec::new();
    for b in func.layout.blocks() {
        c.walk(b, &live_in, |inst, live| {
            let crossing: Vec<String> = live.iter().map(|v| v.to_string()).collect();
            if c.is_safepoint(inst) && !crossing.is_empty() {
                errors.push(format!("{} live across {}", crossing.join(", "), func.dfg.display_inst(inst)));
            }
        });
    }
    errors
}

fn taint(func: &Function, pointer_params: impl Fn(usize) -> bool, first_spill_slot: u32) -> EntitySet<Value> {
    let mut taint = EntitySet::new();
    let entry = func.layout.entry_block().expect("a function has an entry block");
    for (i, &p) in func.dfg.block_params(entry).iter().enumerate() {
        if pointer_params(i) {
            taint.insert(p);
        }
    }
    let is_reload = |inst: Inst| {
        let Some(&addr) = func.dfg.inst_args(inst).first() else { return false };
        let Some(def) = func.dfg.value_def(addr).inst() else { return false };
        matches!(func.dfg.insts[def], InstructionData::StackAddr { stack_slot, .. }
            if stack_slot.as_u32() >= first_spill_slot)
    };
    let mut changed = true;
    while changed {
        changed = false;
        for b in func.layout.blocks() {
            for i in func.layout.block_insts(b) {
                let data = &func.dfg.insts[i];
                let args = func.dfg.inst_args(i);
                let tainted = match data.opcode() {
                    Opcode::StackAddr => true,
                    Opcode::Load => is_reload(i),
                    Opcode::Iadd => args.iter().any(|&a| taint.contains(a)),
                    Opcode::Isub => taint.contains(args[0]) && !taint.contains(args[1]),
                    Opcode::Select | Opcode::SelectSpectreGuard => {
                        args[1..].iter().any(|&a| taint.contains(a))
                    }
                    _ => false,
                };
                if tainted {
                    for &r in func.dfg.inst_results(i) {
                        changed |= taint.insert(r);
                    }
                }
                for call in data.branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables) {
                    let params = func.dfg.block_params(call.block(&func.dfg.value_lists));
                    for (k, arg) in call.args(&func.dfg.value_lists).enumerate() {
                        if arg.as_value().is_some_and(|v| taint.contains(v)) {
                            changed |= taint.insert(params[k]);
                        }
                    }
                }
            }
        }
    }
    taint
}

struct Checker<'a> {
    func: &'a Function,
    taint: EntitySet<Value>,
}

impl Checker<'_> {
    /// Calls at which the goroutine's stack may be copied.
    fn is_safepoint(&self, inst: Inst) -> bool {
        let dfg = &self.func.dfg;
        dfg.insts[inst].opcode().is_call()
            && dfg.call_signature(inst).is_none_or(|s| dfg.signatures[s].call_conv != CallConv::PreserveAll)
    }

    fn is_pure(&self, inst: Inst) -> bool {
        let op = self.func.dfg.insts[inst].opcode();
        !op.is_call()
            && !op.can_load()
            && !op.can_store()
            && !op.is_terminator()
            && self.func.dfg.inst_results(inst).len() == 1
    }

    fn uses_bits_only(&self, inst: Inst) -> bool {
        self.is_pure(inst) && !self.taint.contains(self.func.dfg.inst_results(inst)[0])
    }

    fn liveness(&self) -> SecondaryMap<Block, EntitySet<Value>> {
        let mut live_in: SecondaryMap<Block, EntitySet<Value>> = SecondaryMap::new();
        let blocks: Vec<Block> = self.func.layout.blocks().collect();
        let mut changed = true;
        while changed {
            changed = false;
            for &b in blocks.iter().rev() {
                let mut live = self.walk(b, &live_in, |_, _| {});
                for &p in self.func.dfg.block_params(b) {
                    live.remove(p);
                }
                let old = &mut live_in[b];
                if live.iter().any(|v| !old.contains(v)) {
                    *old = live;
                    changed = true;
                }
            }
        }
        live_in
    }

    /// Walks a block backward; `f` sees each instruction with what is live across it. Returns what is live before the
    /// first one.
    fn walk(
        &self,
        block: Block,
        live_in: &SecondaryMap<Block, EntitySet<Value>>,
        mut f: impl FnMut(Inst, &EntitySet<Value>),
    ) -> EntitySet<Value> {
        let dfg = &self.func.dfg;
        let mut live = EntitySet::new();
        for s in self.func.block_successors(block) {
            for v in live_in[s].iter() {
                live.insert(v);
            }
        }
        let mut next = self.func.layout.last_inst(block);
        while let Some(inst) = next {
            let dead = self.is_pure(inst) && !live.contains(dfg.inst_results(inst)[0]);
            for &r in dfg.inst_results(inst) {
                live.remove(r);
            }
            f(inst, &live);
            if !dead && !self.uses_bits_only(inst) {
                // A branch only asks whether its condition is zero, which copying a stack does not change.
                let condition = usize::from(dfg.insts[inst].opcode() == Opcode::Brif);
                for v in dfg.inst_values(inst).skip(condition).filter(|&v| self.taint.contains(v)) {
                    live.insert(v);
                }
            }
            next = self.func.layout.prev_inst(inst);
        }
        live
    }
}
