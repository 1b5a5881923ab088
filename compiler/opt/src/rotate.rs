//! Loops test their condition at the end.
//!
//! A loop whose header only computes a condition and branches on it costs two branches an iteration. Here each jump back
//! to the header is replaced by a copy of the header; the header itself runs once, before the loop. Its values then have
//! several definitions: they become variables, which [`crate::ssa`] turns into values again.

use crate::ssa::{self, Access, Variables};
use crate::{edit, simplify};
use cranelift_entity::{EntityRef, SecondaryMap};
use grus_ir::{
    Block, BlockCall, Function, Inst, InstData, Program, Slot, Value, ValueDef, cfg, cfg::Dominators,
    loops::LoopData, loops::Loops,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// The largest header that is copied, in instructions that are no constants.
const MAX_HEADER: usize = 6;
/// The most jumps back that are replaced.
const MAX_LATCHES: usize = 3;

/// Rotates the loops of all functions of a program.
pub fn run(program: &mut Program) {
    let known = simplify::Known::new(&program.symbols, &program.datas);
    program.funcs.par_iter_mut().for_each(|f| {
        if function(f) {
            simplify::function(f, &known);
        }
    });
}

/// Rotates the loops of a function; returns whether there were any.
pub fn function(func: &mut Function) -> bool {
    if !cfg::has_cycle(func) {
        return false;
    }
    let dominators = Dominators::new(func);
    let loops = Loops::new(func, &dominators);
    let landing = edit::landing_region(func);
    let rotated: Vec<&LoopData> = (0..loops.loops.len())
        .filter(|&i| !landing.contains(loops.loops[i].header) && is_rotatable(func, &loops, i))
        .map(|i| &loops.loops[i])
        .collect();
    if rotated.is_empty() {
        return false;
    }
    // Every value of a header that is used elsewhere is a variable.
    let mut variable: FxHashMap<Value, Option<u32>> = FxHashMap::default();
    let mut home: SecondaryMap<Value, Option<Block>> = SecondaryMap::new();
    for l in &rotated {
        let h = l.header;
        let results = func.blocks[h].insts.iter().flat_map(|&i| func.inst_results(i));
        for &v in func.blocks[h].params.iter().chain(results) {
            if func.resolve(v) == v {
                variable.insert(v, None);
                home[v] = Some(h);
            }
        }
    }
    let mut vars = Variables::default();
    for &b in &func.layout {
        for &inst in &func.blocks[b].insts {
            func.for_each_use(inst, |v| {
                let v = func.resolve(v);
                if home[v].is_some_and(|h| h != b)
                    && let Some(number @ None) = variable.get_mut(&v)
                {
                    *number = Some(vars.types.len() as u32);
                    vars.types.push(func.ty(v));
                }
            });
        }
    }
    variable.retain(|_, n| n.is_some());
    let variable: FxHashMap<Value, u32> = variable.into_iter().filter_map(|(v, n)| Some((v, n?))).collect();
    if !ssa::affordable(func, vars.types.len()) {
        return false;
    }
    // Copies of headers, and what they define.
    let mut writes: FxHashMap<Inst, Vec<(u32, Value)>> = FxHashMap::default();
    for l in &rotated {
        let h = l.header;
        let last = func.terminator(h).expect("every block ends in a terminator");
        let results = func.blocks[h].insts.iter().flat_map(|&i| func.inst_results(i));
        for v in func.blocks[h].params.iter().chain(results) {
            if let Some(&n) = variable.get(v) {
                writes.entry(last).or_default().push((n, *v));
            }
        }
        for &latch in &l.latches {
            copy_header(func, h, latch, &variable, &mut writes);
        }
    }
    // Elsewhere each use reads the variable, once for each block.
    for i in 0..func.layout.len() {
        let b = func.layout[i];
        let mut reads: Vec<(u32, Value, Inst)> = Vec::new();
        let insts = func.blocks[b].insts.clone();
        for &inst in &insts {
            let mut wanted: Vec<Value> = Vec::new();
            func.for_each_use(inst, |v| wanted.push(func.resolve(v)));
            for v in wanted {
                read(func, v, b, &home, &variable, &mut reads);
            }
        }
        let last = *insts.last().expect("every block ends in a terminator");
        for w in writes.get_mut(&last).into_iter().flatten() {
            w.1 = read(func, w.1, b, &home, &variable, &mut reads);
        }
        if reads.is_empty() {
            continue;
        }
        let by_variable: FxHashMap<u32, Value> = reads.iter().map(|r| (r.0, r.1)).collect();
        for &inst in &insts {
            edit::map_operands(func, inst, |func_values, v| {
                let v = edit::resolve(func_values, v);
                match variable.get(&v) {
                    Some(n) if home[v] != Some(b) => by_variable[n],
                    _ => v,
                }
            });
        }
        func.blocks[b].insts.splice(0..0, reads.iter().map(|r| r.2));
        for (n, result, inst) in reads {
            vars.accesses.insert(inst, vec![Access::Read(n, result), Access::Remove]);
        }
    }
    for (inst, list) in writes {
        vars.accesses.entry(inst).or_default().extend(list.into_iter().map(|(n, v)| Access::Write(n, v)));
    }
    ssa::promote(func, &vars);
    true
}

/// What stands for `v` in block `b`: a placeholder for a read at the block's start, if it is a variable there.
fn read(
    func: &mut Function,
    v: Value,
    b: Block,
    home: &SecondaryMap<Value, Option<Block>>,
    variable: &FxHashMap<Value, u32>,
    reads: &mut Vec<(u32, Value, Inst)>,
) -> Value {
    let v = func.resolve(v);
    let Some(&n) = variable.get(&v).filter(|_| home[v] != Some(b)) else { return v };
    if let Some(r) = reads.iter().find(|r| r.0 == n) {
        return r.1;
    }
    let ty = func.ty(v);
    let inst = func.new_inst(InstData::SlotLoad { ty, slot: Slot::new(0), off: 0 }, &[ty], None);
    let result = func.result(inst);
    reads.push((n, result, inst));
    result
}

fn is_rotatable(func: &Function, loops: &Loops, index: usize) -> bool {
    let l = &loops.loops[index];
    let h = l.header;
    let last = func.terminator(h).expect("every block ends in a terminator");
    let InstData::Brif { then, els, .. } = func.insts[last] else { return false };
    let id = loops.of(h).expect("a header is in its loop");
    let stays = [then.block, els.block].map(|b| b != h && loops.contains(id, b));
    if stays[0] == stays[1] || h == func.entry() || l.latches.len() > MAX_LATCHES {
        return false;
    }
    if !l.latches.iter().all(|&b| {
        let t = func.terminator(b).expect("every block ends in a terminator");
        matches!(func.insts[t], InstData::Jump { .. })
    }) {
        return false;
    }
    let insts = &func.blocks[h].insts;
    let mut cost = 0;
    for &inst in &insts[..insts.len() - 1] {
        match &func.insts[inst] {
            InstData::Iconst { .. } | InstData::Fconst { .. } | InstData::SymAddr { .. } => {}
            InstData::New { .. } | InstData::Closure { .. } | InstData::SlotAddr { .. } => return false,
            InstData::Load { .. } => cost += 1,
            data if data.is_removable() => cost += 1,
            _ => return false,
        }
    }
    cost <= MAX_HEADER
}

/// Puts a copy of the header in place of a jump to it.
fn copy_header(
    func: &mut Function,
    header: Block,
    latch: Block,
    variable: &FxHashMap<Value, u32>,
    writes: &mut FxHashMap<Inst, Vec<(u32, Value)>>,
) {
    let jump = func.blocks[latch].insts.pop().expect("every block ends in a terminator");
    let InstData::Jump { dest } = func.insts[jump] else { unreachable!("a latch ends in a jump") };
    let mut map: FxHashMap<Value, Value> = FxHashMap::default();
    let args = dest.args.as_slice(&func.pool).to_vec();
    let params = func.blocks[header].params.clone();
    let mut written: Vec<(u32, Value)> = Vec::new();
    for (p, a) in params.into_iter().zip(args) {
        let a = func.resolve(a);
        map.insert(p, a);
        if let Some(&n) = variable.get(&p) {
            written.push((n, a));
        }
    }
    let insts = func.blocks[header].insts.clone();
    for &inst in &insts[..insts.len() - 1] {
        let mut data = func.insts[inst].clone();
        data.map_operands(|v| {
            let v = func.resolve(v);
            map.get(&v).copied().unwrap_or(v)
        });
        let results = func.inst_results(inst).to_vec();
        let types: Vec<_> = results.iter().map(|&r| func.ty(r)).collect();
        let copy = func.new_inst(data, &types, func.inst_locs[inst]);
        func.blocks[latch].insts.push(copy);
        for (i, r) in results.into_iter().enumerate() {
            let new = func.inst_results(copy)[i];
            if matches!(func.values[r].def, ValueDef::Alias(_)) {
                continue;
            }
            map.insert(r, new);
            if let Some(&n) = variable.get(&r) {
                written.push((n, new));
            }
        }
    }
    let last = insts[insts.len() - 1];
    let InstData::Brif { cond, then, els } = func.insts[last] else { unreachable!("checked") };
    let mapped = |func: &Function, v: Value| {
        let v = func.resolve(v);
        map.get(&v).copied().unwrap_or(v)
    };
    let call = |func: &mut Function, c: BlockCall| {
        let args: Vec<Value> = c.args.as_slice(&func.pool).iter().map(|&v| mapped(func, v)).collect();
        func.block_call(c.block, &args)
    };
    let (then, els) = (call(func, then), call(func, els));
    let cond = mapped(func, cond);
    let branch = func.new_inst(InstData::Brif { cond, then, els }, &[], func.inst_locs[last]);
    func.blocks[latch].insts.push(branch);
    writes.insert(branch, written);
}
