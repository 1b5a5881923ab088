//! Turns variables that are read and written into values.
//!
//! Pruned SSA construction: a variable gets a parameter at the joins of its definitions (iterated dominance frontiers;
//! Cytron et al., *Efficiently Computing Static Single Assignment Form and the Control Dependence Graph*, 1991) where
//! it is live; then a walk of the dominator tree replaces reads by what was written last.

use crate::edit;
use cranelift_entity::{EntitySet, SecondaryMap};
use grus_ir::{Block, Function, Inst, InstData, Ty, Value, cfg};
use rustc_hash::FxHashMap;

/// What an instruction does to variables, in this order.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// Its `n`-th result is the variable: the result becomes an alias of what was written last.
    Read(u32, Value),
    Write(u32, Value),
    /// Writes zero.
    Zero(u32),
    /// The instruction goes.
    Remove,
}

/// Variables by number, and what is done to them.
#[derive(Default)]
pub(crate) struct Variables {
    pub types: Vec<Ty>,
    pub accesses: FxHashMap<Inst, Vec<Access>>,
}

/// Work that one function may cost, in variables times blocks.
const MAX_WORK: usize = 4_000_000;

/// Whether the function is small enough for this many variables.
pub(crate) fn affordable(func: &Function, variables: usize) -> bool {
    func.layout.len().saturating_mul(variables) <= MAX_WORK
}

/// Replaces all reads and removes all writes. A variable that is read before it is written has the value zero.
pub(crate) fn promote(func: &mut Function, vars: &Variables) {
    let n = vars.types.len();
    let dominators = cfg::Dominators::new(func);
    let order = cfg::reverse_postorder(func);
    let preds = cfg::predecessors(func);
    let frontiers = frontiers(&order, &preds, &dominators);
    // Blocks that write, and blocks that read first.
    let mut writes: Vec<Vec<Block>> = vec![Vec::new(); n];
    let mut reads: Vec<Vec<Block>> = vec![Vec::new(); n];
    for &b in &order {
        for inst in &func.blocks[b].insts {
            for a in vars.accesses.get(inst).into_iter().flatten() {
                match *a {
                    Access::Read(v, _) => {
                        let v = v as usize;
                        if writes[v].last() != Some(&b) && reads[v].last() != Some(&b) {
                            reads[v].push(b);
                        }
                    }
                    Access::Write(v, _) | Access::Zero(v) => {
                        let v = v as usize;
                        if writes[v].last() != Some(&b) {
                            writes[v].push(b);
                        }
                    }
                    Access::Remove => {}
                }
            }
        }
    }
    let mut params: SecondaryMap<Block, Vec<(u32, Value)>> = SecondaryMap::new();
    for v in 0..n {
        let live = live_in(&reads[v], &writes[v], &preds);
        let mut has = EntitySet::with_capacity(func.blocks.len());
        let mut work = writes[v].clone();
        // The entry defines every variable.
        work.push(func.entry());
        while let Some(b) = work.pop() {
            for &join in &frontiers[b] {
                if live.contains(join) && has.insert(join) {
                    let p = func.add_block_param(join, vars.types[v]);
                    params[join].push((v as u32, p));
                    work.push(join);
                }
            }
        }
    }
    rename(func, vars, &dominators, &order, &params);
}

/// Blocks at whose start the variable may be read before it is written.
fn live_in(reads: &[Block], writes: &[Block], preds: &cfg::ByBlock<Block>) -> EntitySet<Block> {
    let written: EntitySet<Block> = {
        let mut set = EntitySet::new();
        writes.iter().for_each(|&b| {
            set.insert(b);
        });
        set
    };
    let mut live = EntitySet::new();
    let mut work = reads.to_vec();
    while let Some(b) = work.pop() {
        if live.insert(b) {
            work.extend(preds[b].iter().filter(|p| !written.contains(**p)));
        }
    }
    live
}

/// The blocks where the dominance of each block ends.
fn frontiers(
    order: &[Block],
    preds: &cfg::ByBlock<Block>,
    dominators: &cfg::Dominators,
) -> SecondaryMap<Block, Vec<Block>> {
    let mut frontiers: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
    for &b in order {
        if preds[b].len() < 2 {
            continue;
        }
        let stop = dominators.idom(b);
        for &p in &preds[b] {
            let mut at = dominators.is_reachable(p).then_some(p);
            while let Some(r) = at
                && at != stop
            {
                if !frontiers[r].contains(&b) {
                    frontiers[r].push(b);
                }
                at = dominators.idom(r);
            }
        }
    }
    frontiers
}

fn rename(
    func: &mut Function,
    vars: &Variables,
    dominators: &cfg::Dominators,
    order: &[Block],
    params: &SecondaryMap<Block, Vec<(u32, Value)>>,
) {
    let mut children: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
    for &b in order {
        if let Some(d) = dominators.idom(b) {
            children[d].push(b);
        }
    }
    let mut zeros: Vec<Option<Value>> = vec![None; vars.types.len()];
    let mut zero_insts: Vec<Inst> = Vec::new();
    let mut now: Vec<Option<Value>> = vec![None; vars.types.len()];
    // What to restore when a block's subtree has been walked.
    let mut undo: Vec<(u32, Option<Value>)> = Vec::new();
    enum Step {
        Enter(Block),
        Leave(usize),
    }
    let mut steps = vec![Step::Enter(func.entry())];
    while let Some(step) = steps.pop() {
        let b = match step {
            Step::Leave(mark) => {
                for (v, old) in undo.drain(mark..).rev() {
                    now[v as usize] = old;
                }
                continue;
            }
            Step::Enter(b) => b,
        };
        steps.push(Step::Leave(undo.len()));
        for &(v, p) in &params[b] {
            undo.push((v, now[v as usize].replace(p)));
        }
        let mut zero = |func: &mut Function, v: u32| {
            *zeros[v as usize].get_or_insert_with(|| {
                let ty = vars.types[v as usize];
                let data = if ty.is_float() {
                    InstData::Fconst { ty, bits: 0 }
                } else {
                    InstData::Iconst { ty, imm: 0 }
                };
                let inst = func.new_inst(data, &[ty], None);
                zero_insts.push(inst);
                func.result(inst)
            })
        };
        let mut insts = std::mem::take(&mut func.blocks[b].insts);
        insts.retain(|inst| {
            let mut keep = true;
            for a in vars.accesses.get(inst).into_iter().flatten() {
                match *a {
                    Access::Read(v, result) => {
                        let value = match now[v as usize] {
                            Some(x) => x,
                            None => zero(func, v),
                        };
                        func.replace(result, value);
                    }
                    Access::Write(v, value) => {
                        let value = func.resolve(value);
                        undo.push((v, now[v as usize].replace(value)));
                    }
                    Access::Zero(v) => {
                        let value = zero(func, v);
                        undo.push((v, now[v as usize].replace(value)));
                    }
                    Access::Remove => keep = false,
                }
            }
            keep
        });
        func.blocks[b].insts = insts;
        let last = func.terminator(b).expect("every block ends in a terminator");
        for (i, t) in func.targets(last).iter().enumerate() {
            for &(v, _) in &params[t.block] {
                let value = match now[v as usize] {
                    Some(x) => x,
                    None => zero(func, v),
                };
                edit::push_edge_arg(func, (last, i), value);
            }
        }
        steps.extend(children[b].iter().rev().map(|&c| Step::Enter(c)));
    }
    let entry = func.entry();
    func.blocks[entry].insts.splice(0..0, zero_insts);
}
