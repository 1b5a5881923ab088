//! Live ranges are split around loops without calls.
//!
//! The register allocator gives everything that is one value, flows into one parameter or is fixed to one register a common
//! place as far as it can. What lives across a call, or is an argument of one, is then cut wherever its uses end; inside a loop
//! that is a move in each turn, and one more, or a store and a load, on the way back to the loop's head. It does not
//! see that it had better cut where the loop begins and ends.
//!
//! This pass makes the cuts. A loop works on copies: of values that live across a call somewhere else, made before the loop,
//! and what such a loop computes is copied where the loop is left. A copy is an addition of 0, or a way through an integer
//! register and back, which the optimiser would take away: it has run before.
//!
//! Only what crosses a call outside the loop is copied. Calls are counted in the order of the layout, cold paths that do not
//! come back aside; that is more than the values really cross, at worst a move too many per loop.

use crate::callfree::{self, clobbers};
use cranelift_codegen::Context;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, Function, Inst, InstBuilder, MemFlagsData, Opcode, Value, ValueDef, types,
};
use cranelift_codegen::loop_analysis::{Loop, LoopAnalysis};
use cranelift_entity::SecondaryMap;
use rustc_hash::FxHashMap;

/// As many values are copied for a loop: each takes a register.
const COPIED: usize = 12;

/// Runs the pass.
pub(crate) fn run(ctx: &mut Context) {
    let loops = callfree::outermost(&ctx.func, &ctx.loop_analysis);
    if ctx.func.layout.blocks().all(|b| loops[b].is_none()) {
        return;
    }
    let calls = Calls::new(&ctx.func, &ctx.loop_analysis);
    if calls.total == 0 {
        return;
    }
    let blocks = ctx.func.layout.blocks().count();
    let mut split = Split { calls, loops, cfg: &ctx.cfg, dom: &ctx.domtree, analysis: &ctx.loop_analysis };
    let left = split.copy_results(&mut ctx.func);
    let entered = split.copy_operands(&mut ctx.func);
    if left || entered {
        ctx.func.dfg.resolve_all_aliases();
    }
    if ctx.func.layout.blocks().count() != blocks {
        ctx.cfg.compute(&ctx.func);
        ctx.domtree.compute(&ctx.func, &ctx.cfg);
    }
}

/// How many calls stand before what.
struct Calls {
    total: u32,
    before_inst: SecondaryMap<Inst, u32>,
    before_block: SecondaryMap<Block, u32>,
    /// Before the end of a loop.
    before_end: SecondaryMap<Loop, u32>,
}

impl Calls {
    fn new(func: &Function, analysis: &LoopAnalysis) -> Calls {
        let mut calls = Calls {
            total: 0,
            before_inst: SecondaryMap::with_capacity(func.dfg.num_insts()),
            before_block: SecondaryMap::with_capacity(func.dfg.num_blocks()),
            before_end: SecondaryMap::new(),
        };
        for block in func.layout.blocks() {
            calls.before_block[block] = calls.total;
            let comes_back = func.layout.last_inst(block).is_some_and(|i| {
                let op = func.dfg.insts[i].opcode();
                op.is_branch() || op.is_return()
            });
            for inst in func.layout.block_insts(block) {
                calls.before_inst[inst] = calls.total;
                calls.total += u32::from(comes_back && clobbers(func, inst));
            }
            let mut inner = analysis.innermost_loop(block);
            while let Some(l) = inner {
                calls.before_end[l] = calls.total;
                inner = analysis.loop_parent(l);
            }
        }
        calls
    }

    /// Calls before the place where a value is defined, those included that define it.
    fn before_def(&self, func: &Function, v: Value) -> u32 {
        match func.dfg.value_def(v) {
            ValueDef::Result(inst, _) => self.before_inst[inst] + u32::from(clobbers(func, inst)),
            ValueDef::Param(block, _) => self.before_block[block],
            ValueDef::Union(..) => unreachable!("unions do not outlive the optimiser"),
        }
    }

    /// Calls before the last use of each value: of a loop around a use but not around the definition, all calls count.
    fn before_last_use(&self, func: &Function, analysis: &LoopAnalysis) -> SecondaryMap<Value, u32> {
        let mut last = SecondaryMap::with_capacity(func.dfg.num_values());
        for block in func.layout.blocks() {
            for inst in func.layout.block_insts(block) {
                for v in func.dfg.inst_values(inst) {
                    let v = func.dfg.resolve_aliases(v);
                    let mut at = self.before_inst[inst];
                    if let Some(def) = def_block(func, v)
                        && def != block
                    {
                        let mut l = analysis.innermost_loop(block);
                        while let Some(around) = l
                            && !analysis.is_in_loop(def, around)
                        {
                            at = at.max(self.before_end[around]);
                            l = analysis.loop_parent(around);
                        }
                    }
                    last[v] = at.max(last[v]);
                }
            }
        }
        last
    }
}

/// The block that a value is defined in.
fn def_block(func: &Function, v: Value) -> Option<Block> {
    match func.dfg.value_def(v) {
        ValueDef::Result(inst, _) => func.layout.inst_block(inst),
        ValueDef::Param(block, _) => Some(block),
        ValueDef::Union(..) => None,
    }
}

/// Whether there is a copy instruction for values of the type.
fn can_copy(func: &Function, v: Value) -> bool {
    let ty = func.dfg.value_type(v);
    ty.is_int() && ty.bits() <= 64 || ty.is_float()
}

/// Copies a parameter of the cursor's block.
///
/// The instruction selected has operand and result in different registers if need be, or the allocator would treat them as
/// one. As the operand is a parameter, no instruction that computes it is selected once more in place of the copy.
fn copy(pos: &mut FuncCursor<'_>, v: Value) -> Value {
    let ty = pos.func.dfg.value_type(v);
    if ty.is_float() {
        let bits = pos.ins().bitcast(ty.as_int(), MemFlagsData::new(), v);
        return pos.ins().bitcast(ty, MemFlagsData::new(), bits);
    }
    if ty.bits() < 32 {
        let wide = pos.ins().uextend(types::I32, v);
        return pos.ins().ireduce(ty, wide);
    }
    let zero = pos.ins().iconst(ty, 0);
    pos.ins().iadd(v, zero)
}

/// The pass.
struct Split<'a> {
    calls: Calls,
    loops: SecondaryMap<Block, Option<Loop>>,
    cfg: &'a ControlFlowGraph,
    dom: &'a DominatorTree,
    analysis: &'a LoopAnalysis,
}

impl Split<'_> {
    /// Copies what loops compute where they are left.
    fn copy_results(&mut self, func: &mut Function) -> bool {
        let last = self.calls.before_last_use(func, self.analysis);
        // Uses outside the loop that the value is defined in, and branches that leave a loop.
        let mut users: Vec<Inst> = Vec::new();
        let mut exits: Vec<Inst> = Vec::new();
        for block in func.layout.blocks() {
            let here = self.loops[block];
            for inst in func.layout.block_insts(block) {
                let leaves = |v: Value| {
                    let v = func.dfg.resolve_aliases(v);
                    def_block(func, v).is_some_and(|b| self.loops[b].is_some() && self.loops[b] != here)
                };
                if func.dfg.inst_values(inst).any(leaves) {
                    users.push(inst);
                }
            }
            if here.is_some() && self.cfg.succ_iter(block).any(|s| self.loops[s] != here) {
                exits.extend(func.layout.last_inst(block));
            }
        }
        let mut changed = false;
        let mut copies: FxHashMap<(Block, Value), Value> = FxHashMap::default();
        for inst in users {
            let block = func.layout.inst_block(inst).expect("users are in the layout");
            let mut vals: Vec<Value> = func.dfg.inst_values(inst).collect();
            let mut renamed = false;
            for v in &mut vals {
                let of = func.dfg.resolve_aliases(*v);
                let Some(l) = def_block(func, of).and_then(|b| self.loops[b]) else { continue };
                if self.loops[block] == Some(l) || !can_copy(func, of) {
                    continue;
                }
                let Some(exit) = self.exit_above(l, block) else { continue };
                if last[of] <= self.calls.before_block[exit] {
                    continue;
                }
                *v = *copies.entry((exit, of)).or_insert_with(|| self.copy_behind(func, exit, of));
                renamed = true;
            }
            if renamed {
                func.dfg.overwrite_inst_values(inst, vals.into_iter());
                changed = true;
            }
        }
        for inst in exits {
            changed |= self.copy_arguments(func, inst, &last);
        }
        changed
    }

    /// The block behind the exit of a loop on all ways to `block`, if one leads to it from nowhere else.
    fn exit_above(&self, l: Loop, block: Block) -> Option<Block> {
        let mut exit = block;
        loop {
            let up = self.dom.idom(exit)?;
            if self.loops[up] == Some(l) {
                break;
            }
            exit = up;
        }
        self.is_own_exit(l, exit).then_some(exit)
    }

    fn is_own_exit(&self, l: Loop, exit: Block) -> bool {
        self.cfg.pred_iter(exit).all(|p| self.loops[p.block] == Some(l))
    }

    /// Copies a value at the head of a block that only its loop leads to.
    fn copy_behind(&mut self, func: &mut Function, exit: Block, v: Value) -> Value {
        let ty = func.dfg.value_type(v);
        let param = func.dfg.append_block_param(exit, ty);
        let mut branches: Vec<Inst> = self.cfg.pred_iter(exit).map(|p| p.inst).collect();
        branches.dedup();
        for branch in branches {
            let dfg = &mut func.dfg;
            let dests =
                dfg.insts[branch].branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables);
            for dest in dests {
                if dest.block(&dfg.value_lists) == exit {
                    dest.append_argument(v, &mut dfg.value_lists);
                }
            }
        }
        let mut pos = FuncCursor::new(func).at_first_insertion_point(exit);
        pos.set_srcloc(pos.func.srcloc(pos.current_inst().expect("blocks end in a branch")));
        let c = copy(&mut pos, param);
        self.calls.before_inst[func.dfg.value_def(c).unwrap_inst()] = self.calls.before_block[exit];
        c
    }

    /// Copies the arguments of a branch out of a loop whose parameters live across calls.
    fn copy_arguments(&mut self, func: &mut Function, branch: Inst, last: &SecondaryMap<Value, u32>) -> bool {
        if func.dfg.insts[branch].opcode() != Opcode::Brif {
            return false;
        }
        let block = func.layout.inst_block(branch).expect("branches are in the layout");
        let here = self.loops[block];
        let mut changed = false;
        for i in 0..2 {
            let dest = destination(func, branch, i);
            let to = dest.block(&func.dfg.value_lists);
            if self.loops[to] == here {
                continue;
            }
            let mut wanted: Vec<Value> = Vec::new();
            for (arg, &param) in dest.args(&func.dfg.value_lists).zip(func.dfg.block_params(to)) {
                if let BlockArg::Value(v) = arg
                    && let v = func.dfg.resolve_aliases(v)
                    && last[param] > self.calls.before_block[to]
                    && can_copy(func, v)
                    && def_block(func, v).is_some_and(|b| self.loops[b] == here)
                    && !wanted.contains(&v)
                {
                    wanted.push(v);
                }
            }
            if !wanted.is_empty() {
                self.copy_on_edge(func, branch, i, &wanted);
                changed = true;
            }
        }
        changed
    }

    /// Puts a block on an edge of a branch that copies values; the target gets the copies. Returns these.
    fn copy_on_edge(&mut self, func: &mut Function, branch: Inst, i: usize, values: &[Value]) -> Vec<Value> {
        let from = func.layout.inst_block(branch).expect("branches are in the layout");
        let dest = destination(func, branch, i);
        let to = dest.block(&func.dfg.value_lists);
        let edge = func.dfg.make_block();
        func.layout.insert_block_after(edge, from);
        if func.layout.is_cold(to) {
            func.layout.set_cold(edge);
        }
        self.calls.before_block[edge] = self.calls.before_inst[branch];
        let loc = func.srcloc(branch);
        let mut pos = FuncCursor::new(func).at_bottom(edge);
        pos.set_srcloc(loc);
        let mut copies = Vec::with_capacity(values.len());
        for &v in values {
            let ty = pos.func.dfg.value_type(v);
            let param = pos.func.dfg.append_block_param(edge, ty);
            copies.push(copy(&mut pos, param));
        }
        let args: Vec<BlockArg> = dest
            .args(&pos.func.dfg.value_lists)
            .map(|arg| match arg {
                BlockArg::Value(v) => {
                    let of = pos.func.dfg.resolve_aliases(v);
                    BlockArg::Value(values.iter().position(|&x| x == of).map_or(v, |k| copies[k]))
                }
                other => other,
            })
            .collect();
        pos.ins().jump(to, &args);
        let dfg = &mut func.dfg;
        let call = BlockCall::new(edge, values.iter().map(|&v| v.into()), &mut dfg.value_lists);
        dfg.insts[branch].branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables)[i] = call;
        copies
    }

    /// Makes loops work on copies of what lives across calls elsewhere.
    fn copy_operands(&mut self, func: &mut Function) -> bool {
        let last = self.calls.before_last_use(func, self.analysis);
        let mut users: FxHashMap<Loop, Vec<Inst>> = FxHashMap::default();
        let mut order: Vec<Loop> = Vec::new();
        let crosses = |calls: &Calls, func: &Function, v: Value| {
            last[v] > calls.before_def(func, v) && can_copy(func, v) && !is_made_anew(func, v)
        };
        for block in func.layout.blocks() {
            let Some(l) = self.loops[block] else { continue };
            for inst in func.layout.block_insts(block) {
                let comes_in = |v: Value| {
                    let v = func.dfg.resolve_aliases(v);
                    def_block(func, v).is_some_and(|b| self.loops[b] != Some(l))
                        && crosses(&self.calls, func, v)
                };
                if func.dfg.inst_values(inst).any(comes_in) {
                    users.entry(l).or_insert_with(|| {
                        order.push(l);
                        Vec::new()
                    });
                    users.get_mut(&l).expect("just made").push(inst);
                }
            }
        }
        for block in func.layout.blocks() {
            if let Some(l) = self.loops[block]
                && self.analysis.loop_header(l) == block
                && !users.contains_key(&l)
                && !func.dfg.block_params(block).is_empty()
            {
                users.insert(l, Vec::new());
                order.push(l);
            }
        }
        let mut changed = false;
        for l in order {
            changed |= self.copy_for_loop(func, l, &users[&l], &crosses);
        }
        changed
    }

    fn copy_for_loop(
        &mut self,
        func: &mut Function,
        l: Loop,
        users: &[Inst],
        crosses: &impl Fn(&Calls, &Function, Value) -> bool,
    ) -> bool {
        let header = self.analysis.loop_header(l);
        let mut outside = self.cfg.pred_iter(header).filter(|p| self.loops[p.block] != Some(l));
        let (Some(from), None) = (outside.next(), outside.next()) else { return false };
        let op = func.dfg.insts[from.inst].opcode();
        if op != Opcode::Jump && op != Opcode::Brif {
            return false;
        }
        // The edge may lead to a block of `copy_arguments` by now.
        let dfg = &func.dfg;
        let dests = dfg.insts[from.inst].branch_destination(&dfg.jump_tables, &dfg.exception_tables);
        let Some(i) = dests.iter().position(|d| d.block(&dfg.value_lists) == header) else { return false };
        let args: Vec<BlockArg> = dests[i].args(&dfg.value_lists).collect();
        let mut incoming: Vec<Value> = Vec::new();
        let mut note = |v: Value| {
            if incoming.len() < COPIED && !incoming.contains(&v) {
                incoming.push(v);
            }
        };
        for arg in &args {
            if let BlockArg::Value(v) = *arg
                && let v = func.dfg.resolve_aliases(v)
                && crosses(&self.calls, func, v)
            {
                note(v);
            }
        }
        for &inst in users {
            for v in func.dfg.inst_values(inst) {
                let v = func.dfg.resolve_aliases(v);
                if def_block(func, v).is_some_and(|b| self.loops[b] != Some(l))
                    && crosses(&self.calls, func, v)
                {
                    note(v);
                }
            }
        }
        if incoming.is_empty() {
            return false;
        }
        let made = self.copy_on_edge(func, from.inst, i, &incoming);
        let copies: FxHashMap<Value, Value> = incoming.into_iter().zip(made).collect();
        for &inst in users {
            let vals: Vec<Value> = func
                .dfg
                .inst_values(inst)
                .map(|v| copies.get(&func.dfg.resolve_aliases(v)).copied().unwrap_or(v))
                .collect();
            func.dfg.overwrite_inst_values(inst, vals.into_iter());
        }
        true
    }
}

/// Destination `i` of a branch.
fn destination(func: &Function, branch: Inst, i: usize) -> BlockCall {
    func.dfg.insts[branch].branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables)[i]
}

/// Whether a value is a constant or an address, which are made where they are used.
fn is_made_anew(func: &Function, v: Value) -> bool {
    func.dfg.value_def(v).inst().is_some_and(|i| {
        matches!(
            func.dfg.insts[i].opcode(),
            Opcode::Iconst
                | Opcode::F32const
                | Opcode::F64const
                | Opcode::Vconst
                | Opcode::StackAddr
                | Opcode::SymbolValue
                | Opcode::FuncAddr
        )
    })
}
