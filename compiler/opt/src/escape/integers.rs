//! Integers that are made from pointers.

use super::constraints::Analysis;
use grus_ir::{BinaryOp, BlockCall, ConvOp, Function, Inst, InstData, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// The instructions that use each value.
pub(super) struct Uses {
    of: FxHashMap<Value, Vec<Inst>>,
}

impl Uses {
    fn new(func: &Function) -> Uses {
        let mut of: FxHashMap<Value, Vec<Inst>> = FxHashMap::default();
        for &b in &func.layout {
            for &inst in &func.blocks[b].insts {
                func.for_each_use(inst, |v| {
                    let list = of.entry(func.resolve(v)).or_default();
                    if list.last() != Some(&inst) {
                        list.push(inst);
                    }
                });
            }
        }
        Uses { of }
    }
}

/// How an integer has to do with the address that it is made from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// It is the address, or computed from it: a pointer that is made of it is followed back to the address.
    Followed,
    /// It was xored with something, which hides it.
    Hidden,
    /// It was computed with after that.
    Lost,
}

impl Analysis<'_> {
    /// A pointer made from an integer may be the one that the integer was made from, or that lies in the memory which
    /// the integer was loaded from (`reflect.SliceHeader.Data`).
    pub(super) fn made_from(&mut self, pointer: Value, integer: Value) {
        let func = self.func;
        let mut seen: FxHashSet<Value> = FxHashSet::default();
        let mut work = vec![integer];
        while let Some(v) = work.pop() {
            let v = func.resolve(v);
            let Some(inst) = func.def_inst(v).filter(|_| seen.insert(v)) else { continue };
            match func.insts[inst] {
                InstData::Convert { op: ConvOp::PtrToInt, arg, .. } => self.same(pointer, arg),
                // This is how the pointer is hidden.
                InstData::Binary { op: BinaryOp::Xor, .. } => {}
                InstData::Binary { args, .. } => work.extend(args),
                InstData::Unary { arg, .. } | InstData::Convert { arg, .. } => work.push(arg),
                InstData::Select { args: [_, x, y] } => work.extend([x, y]),
                InstData::Load { addr, .. } | InstData::AtomicLoad { addr, .. } => self.load(pointer, addr),
                InstData::SlotLoad { slot, .. } => {
                    let (object, _) = self.slot(slot);
                    let to = self.node(pointer);
                    self.solver.copy(self.solver.content(object), to);
                }
                _ => {}
            }
        }
    }

    /// Whether an integer made from a pointer goes anywhere but into arithmetic and back.
    pub(super) fn integer_leaks(&mut self, v: Value) -> bool {
        let func = self.func;
        let summaries = self.summaries;
        let uses = self.uses.get_or_insert_with(|| Uses::new(func));
        let mut derived: FxHashMap<Value, State> = FxHashMap::default();
        derived.insert(v, State::Followed);
        let mut work = vec![v];
        while let Some(v) = work.pop() {
            let state = derived[&v];
            for &inst in uses.of.get(&v).into_iter().flatten() {
                let next = match &func.insts[inst] {
                    InstData::Convert { op: ConvOp::IntToPtr, .. } if state == State::Lost => return true,
                    InstData::Convert { op: ConvOp::IntToPtr, .. }
                    | InstData::Icmp { .. }
                    | InstData::BoundsCheck { .. } => continue,
                    InstData::Convert { .. } => state,
                    InstData::Binary { op: BinaryOp::Xor, .. } if state == State::Followed => State::Hidden,
                    InstData::Binary { .. } | InstData::Unary { .. } | InstData::Select { .. } => match state
                    {
                        State::Followed => State::Followed,
                        _ => State::Lost,
                    },
                    // As a condition it goes nowhere.
                    InstData::Brif { .. } => {
                        let passed =
                            |t: &BlockCall| t.args.as_slice(&func.pool).iter().any(|&a| func.resolve(a) == v);
                        if func.targets(inst).iter().any(passed) {
                            return true;
                        }
                        continue;
                    }
                    InstData::Call { callee, .. }
                        if summaries.get(*callee).is_some_and(|s| s.uintptr_keepalive) =>
                    {
                        continue;
                    }
                    _ => return true,
                };
                for &r in func.inst_results(inst) {
                    if derived.get(&r).is_none_or(|&have| have < next) {
                        derived.insert(r, next);
                        work.push(r);
                    }
                }
            }
        }
        false
    }
}
