//! Jump threading: edges that decide a branch go past it.
//!
//! `case '0' <= c && c <= '9':` makes a block that receives 1 or 0 as an argument and branches on it. An edge that
//! passes a constant knows the way: it leads on to the target of the branch. The block itself is left to the other
//! edges, and disappears if there are none.
//!
//! A block is passed by only if it does nothing but compute the condition and nothing outside uses what it computes;
//! then no value needs a new definition. Loop headers stay, so that loops keep one entry.

use crate::edit::{self, Edge};
use cranelift_entity::{EntitySet, SecondaryMap};
use grus_ir::{Block, Function, Inst, InstData, Ty, Value, ValueDef, cfg, eval};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// The most instructions before the branch.
const MAX_INSTS: usize = 4;

/// Threads the jumps of a function; returns whether there were any.
pub(crate) fn function(func: &mut Function) -> bool {
    let candidates: Vec<Block> = func.layout[1..].iter().copied().filter(|&b| decides(func, b)).collect();
    if candidates.is_empty() {
        return false;
    }
    let dominators = cfg::Dominators::new(func);
    let landing = edit::landing_region(func);
    let used = used_elsewhere(func, &candidates);
    let mut edges = edges_to(func, &candidates);
    let mut changed = false;
    for b in candidates {
        if used.contains(b) || landing.contains(b) {
            continue;
        }
        // An edge from a block that this one dominates goes back.
        if edges[&b].iter().any(|&(_, from)| dominators.dominates(b, from)) {
            continue;
        }
        for (edge, from) in std::mem::take(edges.get_mut(&b).expect("a candidate")) {
            if let Some(dest) = pass_by(func, b, edge, from) {
                changed = true;
                if let Some(list) = edges.get_mut(&dest) {
                    list.push((edge, from));
                }
            }
        }
    }
    changed
}

/// Whether the block only computes something and branches, depending on its parameters.
fn decides(func: &Function, b: Block) -> bool {
    let data = &func.blocks[b];
    if data.params.is_empty() || data.insts.len() > MAX_INSTS + 1 {
        return false;
    }
    let Some((&last, rest)) = data.insts.split_last() else { return false };
    matches!(func.insts[last], InstData::Brif { .. })
        && rest.iter().all(|&i| {
            matches!(
                func.insts[i],
                InstData::Iconst { .. }
                    | InstData::Icmp { .. }
                    | InstData::Unary { .. }
                    | InstData::Binary { .. }
                    | InstData::Convert { .. }
            ) && func.insts[i].is_removable()
        })
}

/// The candidates that define values which other blocks use.
fn used_elsewhere(func: &Function, candidates: &[Block]) -> EntitySet<Block> {
    let mut home: SecondaryMap<Value, Option<Block>> = SecondaryMap::with_capacity(func.values.len());
    for &b in candidates {
        let results = func.blocks[b].insts.iter().flat_map(|&i| func.inst_results(i));
        for &v in func.blocks[b].params.iter().chain(results) {
            home[v] = Some(b);
        }
    }
    let mut used = EntitySet::with_capacity(func.blocks.len());
    for &b in &func.layout {
        for &inst in &func.blocks[b].insts {
            func.for_each_use(inst, |v| {
                if let Some(h) = home[func.resolve(v)]
                    && h != b
                {
                    used.insert(h);
                }
            });
        }
    }
    used
}

/// The edges that lead to each of the blocks.
fn edges_to(func: &Function, candidates: &[Block]) -> FxHashMap<Block, Vec<(Edge, Block)>> {
    let mut edges: FxHashMap<Block, Vec<(Edge, Block)>> =
        candidates.iter().map(|&b| (b, Vec::new())).collect();
    for &from in &func.layout {
        let Some(t) = func.terminator(from) else { continue };
        for i in 0..func.target_count(t) {
            if let Some(list) = edges.get_mut(&func.target_block(t, i)) {
                list.push(((t, i), from));
            }
        }
    }
    edges
}

/// Leads an edge to `b` on to where the branch of `b` goes, if the edge decides that; returns that block.
fn pass_by(func: &mut Function, b: Block, edge: Edge, from: Block) -> Option<Block> {
    let args: SmallVec<[Value; 8]> =
        (0..func.blocks[b].params.len()).map(|n| edit::edge_arg(func, edge, n)).collect();
    let (&last, insts) = func.blocks[b].insts.split_last().expect("a terminator");
    let mut known: SmallVec<[(Value, i64); 8]> = SmallVec::new();
    for &inst in insts {
        if let Some(c) = evaluate(func, b, &args, &known, inst) {
            known.push((func.result(inst), c));
        }
    }
    let InstData::Brif { cond, then, els } = func.insts[last] else { return None };
    let c = value(func, b, &args, &known, cond)?;
    let dest = if c != 0 { then } else { els };
    if dest.block == b {
        return None;
    }
    // What the branch passes on, as the edge has it.
    enum Passed {
        Value(Value),
        Constant(Ty, i64),
    }
    let mut passed: SmallVec<[Passed; 8]> = SmallVec::new();
    for &v in dest.args.as_slice(&func.pool) {
        let v = func.resolve(v);
        passed.push(match func.values[v].def {
            ValueDef::Param(home, n) if home == b => Passed::Value(args[n as usize]),
            ValueDef::Result(inst, _) if insts.contains(&inst) => {
                let &(_, c) = known.iter().find(|k| k.0 == v)?;
                Passed::Constant(func.ty(v), c)
            }
            _ => Passed::Value(v),
        });
    }
    let loc = func.inst_locs[edge.0];
    let mut made: SmallVec<[Inst; 4]> = SmallVec::new();
    let values: SmallVec<[Value; 8]> = passed
        .into_iter()
        .map(|p| match p {
            Passed::Value(v) => v,
            Passed::Constant(ty, c) => {
                let inst =
                    func.new_inst(InstData::Iconst { ty, imm: eval::signed(ty, c as u64) }, &[ty], loc);
                made.push(inst);
                func.result(inst)
            }
        })
        .collect();
    let list = &mut func.blocks[from].insts;
    let end = list.len() - 1;
    list.splice(end..end, made);
    let call = func.block_call(dest.block, &values);
    *edit::edge_mut(func, edge).0 = call;
    Some(dest.block)
}

/// The constant that a value of `b` is on the edge with these arguments.
fn value(func: &Function, b: Block, args: &[Value], known: &[(Value, i64)], v: Value) -> Option<i64> {
    let v = func.resolve(v);
    let outer = match func.values[v].def {
        ValueDef::Param(home, n) if home == b => args[n as usize],
        _ => v,
    };
    let constant = func.as_const(outer).map(|c| eval::signed(func.ty(outer), c as u64));
    constant.or_else(|| known.iter().find(|k| k.0 == v).map(|k| k.1))
}

fn evaluate(func: &Function, b: Block, args: &[Value], known: &[(Value, i64)], inst: Inst) -> Option<i64> {
    let get = |v: Value| value(func, b, args, known, v).map(|c| c as u64);
    let ty = |v: Value| func.ty(func.resolve(v));
    let bits = match func.insts[inst] {
        InstData::Iconst { imm, .. } => imm as u64,
        InstData::Icmp { cc, args: [x, y] } => eval::icmp(cc, ty(x), get(x)?, get(y)?).into(),
        InstData::Unary { op, arg } if ty(arg).is_int() => eval::unary(op, ty(arg), get(arg)?),
        InstData::Binary { op, args: [x, y] } if ty(x).is_int() => eval::binary(op, ty(x), get(x)?, get(y)?)?,
        InstData::Convert {
            op: op @ (grus_ir::ConvOp::Sext | grus_ir::ConvOp::Zext | grus_ir::ConvOp::Trunc),
            ty: to,
            arg,
        } => eval::convert(op, ty(arg), to, get(arg)?),
        _ => return None,
    };
    let result = func.result(inst);
    Some(eval::signed(func.ty(result), bits))
}
