//! Changing a function in place: operands, edges, parameters of blocks, the layout.

use cranelift_entity::{EntityList, EntitySet, ListPool, PrimaryMap, SecondaryMap};
use grus_ir::{
    Block, BlockCall, Function, Inst, InstData, Slot, Value, ValueData, ValueDef, cfg, cfg::ByBlock,
};
use smallvec::SmallVec;

/// The values of a function.
pub(crate) type Values = PrimaryMap<Value, ValueData>;

/// An edge: a terminator, and which of its targets.
pub(crate) type Edge = (Inst, usize);

/// Replaces every operand, branch arguments included.
pub(crate) fn map_operands(func: &mut Function, inst: Inst, mut f: impl FnMut(&Values, Value) -> Value) {
    let values = std::mem::take(&mut func.values);
    let mut g = |v: &mut Value| *v = f(&values, *v);
    let data = &mut func.insts[inst];
    data.map_operands(|mut v| {
        g(&mut v);
        v
    });
    match data {
        InstData::Call { args, .. } | InstData::CallIndirect { args, .. } | InstData::Return { args } => {
            args.as_mut_slice(&mut func.pool).iter_mut().for_each(g);
        }
        InstData::Closure { captures, .. } => captures.as_mut_slice(&mut func.pool).iter_mut().for_each(g),
        _ => edges_mut(func, inst, |call, pool| call.args.as_mut_slice(pool).iter_mut().for_each(&mut g)),
    }
    func.values = values;
}

/// The value that is really used, as [`Function::resolve`].
pub(crate) fn resolve(values: &Values, mut v: Value) -> Value {
    while let ValueDef::Alias(w) = values[v].def {
        v = w;
    }
    v
}

/// Calls `f` on the branch targets that take arguments, in the order of [`Function::targets`].
pub(crate) fn edges_mut(
    func: &mut Function,
    inst: Inst,
    mut f: impl FnMut(&mut BlockCall, &mut ListPool<Value>),
) {
    let pool = &mut func.pool;
    match &mut func.insts[inst] {
        InstData::Jump { dest } | InstData::DeferEnter { normal: dest, .. } => f(dest, pool),
        InstData::Brif { then, els, .. } => {
            f(then, pool);
            f(els, pool);
        }
        InstData::Switch { cases, default, .. } => {
            f(default, pool);
            func.switches[*cases as usize].cases.iter_mut().for_each(|c| f(&mut c.1, pool));
        }
        _ => {}
    }
}

/// The edges that lead to each block.
pub(crate) fn edges(func: &Function) -> ByBlock<Edge> {
    ByBlock::new(func, |add| {
        for &b in &func.layout {
            let Some(t) = func.terminator(b) else { continue };
            (0..func.target_count(t)).for_each(|i| add(func.target_block(t, i), (t, i)));
        }
    })
}

/// The argument that an edge passes for parameter `param`.
pub(crate) fn edge_arg(func: &Function, (inst, target): Edge, param: usize) -> Value {
    let list = func.target(inst, target).args;
    func.resolve(list.as_slice(&func.pool)[param])
}

/// One of the branch targets that take arguments.
pub(crate) fn edge_mut(func: &mut Function, (inst, target): Edge) -> (&mut BlockCall, &mut ListPool<Value>) {
    let call = match (&mut func.insts[inst], target) {
        (InstData::Jump { dest } | InstData::DeferEnter { normal: dest, .. }, 0) => dest,
        (InstData::Brif { then, .. }, 0) => then,
        (InstData::Brif { els, .. }, 1) => els,
        (InstData::Switch { default, .. }, 0) => default,
        (InstData::Switch { cases, .. }, n) => &mut func.switches[*cases as usize].cases[n - 1].1,
        (other, n) => panic!("no block arguments on target {n} of {other:?}"),
    };
    (call, &mut func.pool)
}

/// Appends an argument to one edge.
pub(crate) fn push_edge_arg(func: &mut Function, edge: Edge, arg: Value) {
    let (call, pool) = edge_mut(func, edge);
    call.args.push(arg, pool);
}

/// Blocks from which a recovered panic goes on: they share no values with the others.
pub(crate) fn landing_region(func: &Function) -> EntitySet<Block> {
    func.defer.map_or(EntitySet::new(), |d| cfg::reachable_from(func, &[d.landing]))
}

/// Drops unreachable blocks from the layout; returns whether there were any.
pub(crate) fn drop_unreachable(func: &mut Function) -> bool {
    let reachable = cfg::reachable_from(func, &[func.entry()]);
    let before = func.layout.len();
    func.layout.retain(|&b| reachable.contains(b));
    func.layout.len() != before
}

/// Appends blocks to the only block that jumps to them.
pub(crate) fn merge_blocks(func: &mut Function) -> bool {
    let mut count: SecondaryMap<Block, u32> = SecondaryMap::with_capacity(func.blocks.len());
    for &b in &func.layout {
        let t = func.terminator(b).expect("every block ends in a terminator");
        (0..func.target_count(t)).for_each(|i| count[func.target_block(t, i)] += 1);
    }
    let mut gone = EntitySet::with_capacity(func.blocks.len());
    for i in 0..func.layout.len() {
        let b = func.layout[i];
        if gone.contains(b) {
            continue;
        }
        while let Some(t) = func.terminator(b)
            && let InstData::Jump { dest } = func.insts[t]
            && count[dest.block] == 1
            && dest.block != b
        {
            let args = dest.args.as_slice(&func.pool).to_vec();
            let params = std::mem::take(&mut func.blocks[dest.block].params);
            for (p, a) in params.into_iter().zip(args) {
                if !matches!(func.values[p].def, ValueDef::Alias(_)) {
                    func.replace(p, a);
                }
            }
            let insts = std::mem::take(&mut func.blocks[dest.block].insts);
            let list = &mut func.blocks[b].insts;
            list.pop();
            list.extend(insts);
            gone.insert(dest.block);
        }
    }
    if gone.is_empty() {
        return false;
    }
    func.layout.retain(|&b| !gone.contains(b));
    true
}

/// Removes instructions whose results nothing uses and that do nothing else, and parameters of blocks that nothing
/// uses.
pub(crate) fn remove_dead(func: &mut Function) {
    let mut live: EntitySet<Value> = EntitySet::with_capacity(func.values.len());
    let mut work: Vec<Value> = Vec::new();
    for &b in &func.layout {
        for &inst in &func.blocks[b].insts {
            match &func.insts[inst] {
                InstData::Brif { cond: v, .. } | InstData::Switch { arg: v, .. } => work.push(*v),
                InstData::Jump { .. } | InstData::DeferEnter { .. } => {}
                data if data.is_removable() => {}
                _ => func.for_each_use(inst, |v| work.push(v)),
            }
        }
    }
    let edges = edges(func);
    while let Some(v) = work.pop() {
        let v = func.resolve(v);
        if !live.insert(v) {
            continue;
        }
        match func.values[v].def {
            ValueDef::Result(inst, _) => func.for_each_use(inst, |v| work.push(v)),
            ValueDef::Param(b, n) => {
                work.extend(edges[b].iter().map(|&e| edge_arg(func, e, n as usize)));
            }
            ValueDef::Alias(_) => unreachable!("resolved"),
        }
    }
    let entry = func.entry();
    for i in 0..func.layout.len() {
        let b = func.layout[i];
        let mut insts = std::mem::take(&mut func.blocks[b].insts);
        insts.retain(|&inst| {
            !func.insts[inst].is_removable()
                || func.inst_results(inst).iter().any(|&r| live.contains(r) && func.resolve(r) == r)
        });
        func.blocks[b].insts = insts;
        if b == entry {
            continue;
        }
        let keep: Vec<bool> =
            func.blocks[b].params.iter().map(|&p| live.contains(p) && func.resolve(p) == p).collect();
        if keep.iter().all(|&k| k) {
            continue;
        }
        for &edge in &edges[b] {
            let (call, pool) = edge_mut(func, edge);
            let args = call.args.as_slice(pool).iter().zip(&keep);
            let kept: SmallVec<[Value; 8]> = args.filter(|(_, k)| **k).map(|(v, _)| *v).collect();
            call.args = EntityList::from_slice(&kept, pool);
        }
        let params = std::mem::take(&mut func.blocks[b].params);
        let params: Vec<Value> = params.into_iter().zip(&keep).filter(|(_, k)| **k).map(|(p, _)| p).collect();
        for (n, &p) in params.iter().enumerate() {
            func.values[p].def = ValueDef::Param(b, n as u32);
        }
        func.blocks[b].params = params;
    }
}

/// The address as a value and a constant offset from it.
pub(crate) fn split_address(func: &Function, addr: Value, off: i64) -> (Value, i64) {
    let (mut v, mut off) = (func.resolve(addr), off);
    while let Some(inst) = func.def_inst(v)
        && let InstData::PtrAddImm { base, off: o } = func.insts[inst]
    {
        (v, off) = (func.resolve(base), off.wrapping_add(o));
    }
    (v, off)
}

/// The slot that the instruction refers to.
pub(crate) fn slot_of(data: &InstData) -> Option<Slot> {
    use grus_ir::Escape;
    match data {
        InstData::SlotAddr { slot, .. }
        | InstData::SlotLoad { slot, .. }
        | InstData::SlotStore { slot, .. } => Some(*slot),
        InstData::New { escape: Escape::Stack(slot), .. }
        | InstData::Closure { escape: Escape::Stack(slot), .. } => Some(*slot),
        _ => None,
    }
}
