//! Builds functions, with SSA construction on the fly.
//!
//! Go variables that never have their address taken become [`Var`]s: `def_var` and `use_var` make
//! block parameters where definitions meet (Braun et al., *Simple and Efficient Construction of
//! Static Single Assignment Form*, 2013). A block is *sealed* once all its predecessors are known;
//! until then, reads in it make parameters that are completed when it is sealed. Parameters that
//! turn out to be the same value on every edge are removed as aliases.
//!
//! **Invariants:** every block is sealed and ends in a terminator before [`FunctionBuilder::finish`];
//! a variable is defined on every path to its use (Go's locals are zeroed where declared).

use crate::entity::{Block, InlineSite, Inst, Loc, SigRef, Slot, Sym, Value};
use crate::function::{Function, SlotData, SwitchTable, ValueDef};
use crate::inst::*;
use crate::ty::{Signature, Ty};
use cranelift_entity::{EntitySet, PrimaryMap, SecondaryMap, entity_impl};
use rustc_hash::{FxHashMap, FxHashSet};

/// A scalar variable of the source that SSA construction tracks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Var(u32);
entity_impl!(Var, "var");

/// A place where a block's arguments are passed: terminator and which of its targets.
type Edge = (Inst, usize);

/// A join whose parameter for the variable being read is under construction.
struct Join {
    block: Block,
    param: Value,
    /// The next predecessor to read from.
    next: usize,
    /// Blocks below the join that get its value.
    chain: Vec<Block>,
}

#[derive(Default, Clone)]
struct BlockState {
    preds: Vec<(Block, Edge)>,
    sealed: bool,
    filled: bool,
    in_layout: bool,
    /// Variables read before the block was sealed: their parameters await arguments.
    incomplete: Vec<Var>,
}

/// Builds one function.
pub struct FunctionBuilder {
    pub func: Function,
    vars: PrimaryMap<Var, Ty>,
    defs: FxHashMap<(Var, Block), Value>,
    blocks: SecondaryMap<Block, BlockState>,
    /// The block parameters that stand for variables.
    param_vars: FxHashSet<Value>,
    current: Option<Block>,
    loc: Option<Loc>,
}

impl FunctionBuilder {
    pub fn new(sym: Sym, sig: Signature) -> FunctionBuilder {
        let func = Function::new(sym, sig);
        let entry = func.entry();
        let mut b = FunctionBuilder {
            func,
            vars: PrimaryMap::new(),
            defs: FxHashMap::default(),
            blocks: SecondaryMap::new(),
            param_vars: FxHashSet::default(),
            current: Some(entry),
            loc: None,
        };
        b.blocks[entry].sealed = true;
        b.blocks[entry].in_layout = true;
        b
    }

    // ---- blocks ----

    /// A new block; it enters the layout when switched to.
    pub fn create_block(&mut self) -> Block {
        self.func.new_block()
    }

    /// A parameter that the builder's user passes explicitly on every edge. All parameters of a
    /// block are added before any branch to it and before `use_var` in it.
    pub fn append_param(&mut self, block: Block, ty: Ty) -> Value {
        self.func.add_block_param(block, ty)
    }

    /// Continues at the start of `block`, which must be empty. A sealed block without predecessors
    /// is unreachable: what would go into it is dropped.
    pub fn switch_to(&mut self, block: Block) {
        let st = &mut self.blocks[block];
        assert!(!st.filled && !st.in_layout, "block {block} is already filled");
        if st.sealed && st.preds.is_empty() {
            self.current = None;
            return;
        }
        st.in_layout = true;
        self.func.layout.push(block);
        self.current = Some(block);
    }

    /// The block that instructions go to, unless the last one ended it.
    pub fn current(&self) -> Option<Block> {
        self.current
    }

    /// Whether code emitted now would be unreachable.
    pub fn is_unreachable(&self) -> bool {
        self.current.is_none()
    }

    /// Declares that no more branches to `block` will be made.
    pub fn seal(&mut self, block: Block) {
        assert!(!self.blocks[block].sealed, "block {block} is already sealed");
        self.blocks[block].sealed = true;
        for var in std::mem::take(&mut self.blocks[block].incomplete) {
            self.complete_param(block, var);
        }
    }

    /// Creates, switches to and seals a block with no more predecessors than those already made.
    pub fn switch_sealed(&mut self, block: Block) {
        self.seal(block);
        self.switch_to(block);
    }

    /// Whether the block was switched to.
    pub fn in_layout(&self, block: Block) -> bool {
        self.blocks[block].in_layout
    }

    /// Whether any branch to the block was made.
    pub fn has_preds(&self, block: Block) -> bool {
        !self.blocks[block].preds.is_empty()
    }

    // ---- variables ----

    pub fn declare_var(&mut self, ty: Ty) -> Var {
        self.vars.push(ty)
    }

    pub fn var_ty(&self, var: Var) -> Ty {
        self.vars[var]
    }

    pub fn def_var(&mut self, var: Var, val: Value) {
        let Some(block) = self.current else { return };
        debug_assert_eq!(self.func.ty(val), self.vars[var], "type of {var}");
        self.defs.insert((var, block), val);
    }

    pub fn use_var(&mut self, var: Var) -> Value {
        match self.current {
            Some(block) => self.read(var, block),
            // Unreachable code still needs operands: it is dropped when emitted.
            None => self.zero(self.vars[var]),
        }
    }

    /// The value of `var` at the end of `block`. Joins on the way are worked off an explicit stack:
    /// generated functions have tens of thousands of them in a row.
    fn read(&mut self, var: Var, block: Block) -> Value {
        let mut joins: Vec<Join> = Vec::new();
        let mut chain = Vec::new();
        let mut b = block;
        loop {
            let mut val = match self.read_up_to_join(var, &mut b, &mut chain) {
                Some(v) => v,
                None => {
                    let param = self.new_param(var, b);
                    joins.push(Join { block: b, param, next: 0, chain: std::mem::take(&mut chain) });
                    b = self.blocks[b].preds[0].0;
                    continue;
                }
            };
            for c in chain.drain(..) {
                self.defs.insert((var, c), val);
            }
            // Hand the value to the joins that wait for it.
            loop {
                let Some(join) = joins.last_mut() else { return val };
                let (_, (inst, target)) = self.blocks[join.block].preds[join.next];
                join.next += 1;
                let next = self.blocks[join.block].preds.get(join.next).map(|p| p.0);
                self.push_edge_arg(inst, target, val);
                if let Some(pred) = next {
                    b = pred;
                    break;
                }
                let join = joins.pop().expect("the join just completed");
                val = self.simplify_param(join.block, join.param);
                self.defs.insert((var, join.block), val);
                for c in join.chain {
                    self.defs.insert((var, c), val);
                }
            }
        }
    }

    /// Follows single predecessors from `b` to a definition (returned), or to a sealed join (`b`).
    fn read_up_to_join(&mut self, var: Var, b: &mut Block, chain: &mut Vec<Block>) -> Option<Value> {
        loop {
            if let Some(&v) = self.defs.get(&(var, *b)) {
                return Some(self.func.resolve(v));
            }
            let st = &self.blocks[*b];
            if !st.sealed {
                let p = self.new_param(var, *b);
                self.blocks[*b].incomplete.push(var);
                return Some(p);
            }
            match st.preds.as_slice() {
                [] => return Some(self.zero_at_entry(self.vars[var], *b)),
                // A cycle without an entry: unreachable.
                [_] if chain.len() > self.func.blocks.len() => {
                    return Some(self.zero_at_entry(self.vars[var], *b));
                }
                [(pred, _)] => {
                    chain.push(*b);
                    *b = *pred;
                }
                _ => return None,
            }
        }
    }

    fn new_param(&mut self, var: Var, block: Block) -> Value {
        let p = self.func.add_block_param(block, self.vars[var]);
        self.param_vars.insert(p);
        self.defs.insert((var, block), p);
        p
    }

    /// Passes the variable's value on every edge into the newly sealed `block`.
    fn complete_param(&mut self, block: Block, var: Var) {
        for i in 0..self.blocks[block].preds.len() {
            let (pred, (inst, target)) = self.blocks[block].preds[i];
            let v = self.read(var, pred);
            self.push_edge_arg(inst, target, v);
        }
    }

    /// Removes the parameter just completed if every edge passes the same value; returns the value
    /// to use instead.
    fn simplify_param(&mut self, block: Block, param: Value) -> Value {
        let n = self.func.blocks[block].params.len() - 1;
        if self.func.blocks[block].params[n] == param
            && self.blocks[block].incomplete.is_empty()
            && let Some(v) = self.same_on_every_edge(block, n)
        {
            self.remove_param(block, n);
            self.func.replace(param, v);
            return v;
        }
        param
    }

    fn push_edge_arg(&mut self, inst: Inst, target: usize, v: Value) {
        edge_args(&mut self.func.insts[inst], &mut self.func.switches, target).push(v, &mut self.func.pool);
    }

    /// A zero for a variable read where it has no definition: only in unreachable code.
    fn zero_at_entry(&mut self, ty: Ty, block: Block) -> Value {
        let data = zero_data(ty);
        let inst = self.func.new_inst(data, &[ty], None);
        self.func.blocks[block].insts.insert(0, inst);
        self.func.result(inst)
    }

    // ---- instructions ----

    /// Sets the position of the instructions that follow.
    pub fn set_pos(&mut self, pos: u32, scope: Option<InlineSite>) {
        self.loc = Some(self.func.add_loc(pos, scope));
    }

    /// Appends an instruction and returns it. In unreachable code nothing is appended, and the
    /// results are values that no reachable instruction can use.
    pub fn push(&mut self, data: InstData) -> Inst {
        let tys = self.func.result_types(&data);
        let terminator = data.is_terminator();
        let inst = self.func.new_inst(data, &tys, self.loc);
        if let Some(block) = self.current {
            self.func.blocks[block].insts.push(inst);
            if terminator {
                for (i, t) in self.func.targets(inst).iter().enumerate() {
                    let st = &mut self.blocks[t.block];
                    assert!(!st.sealed, "branch to sealed block {}", t.block);
                    st.preds.push((block, (inst, i)));
                }
                self.blocks[block].filled = true;
                self.current = None;
            }
        }
        inst
    }

    /// Appends an instruction with one result.
    pub fn ins(&mut self, data: InstData) -> Value {
        let inst = self.push(data);
        self.func.result(inst)
    }

    pub fn iconst(&mut self, ty: Ty, imm: i64) -> Value {
        self.ins(InstData::Iconst { ty, imm })
    }

    pub fn fconst(&mut self, ty: Ty, v: f64) -> Value {
        let bits = if ty == Ty::F32 { u64::from((v as f32).to_bits()) } else { v.to_bits() };
        self.ins(InstData::Fconst { ty, bits })
    }

    /// The zero of any type.
    pub fn zero(&mut self, ty: Ty) -> Value {
        self.ins(zero_data(ty))
    }

    pub fn sym_addr(&mut self, sym: Sym, off: i32) -> Value {
        self.ins(InstData::SymAddr { sym, off })
    }

    pub fn unary(&mut self, op: UnaryOp, arg: Value) -> Value {
        self.ins(InstData::Unary { op, arg })
    }

    pub fn binary(&mut self, op: BinaryOp, x: Value, y: Value) -> Value {
        self.ins(InstData::Binary { op, args: [x, y] })
    }

    /// A binary operation with a constant second operand of the first one's type.
    pub fn binary_imm(&mut self, op: BinaryOp, x: Value, imm: i64) -> Value {
        let y = self.iconst(self.func.ty(x), imm);
        self.binary(op, x, y)
    }

    pub fn convert(&mut self, op: ConvOp, ty: Ty, arg: Value) -> Value {
        self.ins(InstData::Convert { op, ty, arg })
    }

    pub fn icmp(&mut self, cc: IntCc, x: Value, y: Value) -> Value {
        self.ins(InstData::Icmp { cc, args: [x, y] })
    }

    pub fn icmp_imm(&mut self, cc: IntCc, x: Value, imm: i64) -> Value {
        let y = self.iconst(self.func.ty(x), imm);
        self.icmp(cc, x, y)
    }

    pub fn fcmp(&mut self, cc: FloatCc, x: Value, y: Value) -> Value {
        self.ins(InstData::Fcmp { cc, args: [x, y] })
    }

    pub fn select(&mut self, cond: Value, x: Value, y: Value) -> Value {
        self.ins(InstData::Select { args: [cond, x, y] })
    }

    pub fn load(&mut self, ty: Ty, addr: Value, off: i32, flags: MemFlags) -> Value {
        self.ins(InstData::Load { ty, addr, off, flags })
    }

    pub fn store(&mut self, val: Value, addr: Value, off: i32, flags: MemFlags) {
        self.push(InstData::Store { val, addr, off, flags });
    }

    pub fn store_wb(&mut self, val: Value, addr: Value, off: i32, flags: MemFlags) {
        self.push(InstData::StoreWb { val, addr, off, flags });
    }

    pub fn create_slot(&mut self, data: SlotData) -> Slot {
        self.func.slots.push(data)
    }

    pub fn slot_addr(&mut self, slot: Slot, off: i32) -> Value {
        self.ins(InstData::SlotAddr { slot, off })
    }

    pub fn slot_load(&mut self, ty: Ty, slot: Slot, off: i32) -> Value {
        self.ins(InstData::SlotLoad { ty, slot, off })
    }

    pub fn slot_store(&mut self, val: Value, slot: Slot, off: i32) {
        self.push(InstData::SlotStore { val, slot, off });
    }

    pub fn ptr_add_imm(&mut self, base: Value, off: i64) -> Value {
        if off == 0 { base } else { self.ins(InstData::PtrAddImm { base, off }) }
    }

    /// A direct call; returns the results.
    pub fn call(&mut self, callee: Sym, sig: Signature, args: &[Value]) -> Vec<Value> {
        self.check_args(&sig, args);
        let sig: SigRef = self.func.add_sig(sig);
        let args = self.func.list(args);
        let inst = self.push(InstData::Call { callee, sig, args });
        self.func.inst_results(inst).to_vec()
    }

    /// A call of a code address; returns the results.
    pub fn call_indirect(&mut self, callee: Value, sig: Signature, args: &[Value]) -> Vec<Value> {
        self.check_args(&sig, args);
        let sig = self.func.add_sig(sig);
        let args = self.func.list(args);
        let inst = self.push(InstData::CallIndirect { callee, sig, args });
        self.func.inst_results(inst).to_vec()
    }

    fn check_args(&self, sig: &Signature, args: &[Value]) {
        debug_assert!(
            sig.params.iter().copied().eq(args.iter().map(|&a| self.func.ty(a))),
            "call arguments {:?} do not match {sig}",
            args.iter().map(|&a| self.func.ty(a)).collect::<Vec<_>>()
        );
    }

    // ---- terminators ----

    pub fn jump(&mut self, block: Block, args: &[Value]) {
        if self.current.is_some() {
            let dest = self.func.block_call(block, args);
            self.push(InstData::Jump { dest });
        }
    }

    pub fn brif(&mut self, cond: Value, then: Block, els: Block) {
        if self.current.is_some() {
            let then = self.func.block_call(then, &[]);
            let els = self.func.block_call(els, &[]);
            self.push(InstData::Brif { cond, then, els });
        }
    }

    /// Branches by value; `cases` need not be sorted.
    pub fn switch(&mut self, arg: Value, mut cases: Vec<(i64, Block)>, default: Block) {
        if self.current.is_none() {
            return;
        }
        cases.sort_unstable_by_key(|c| c.0);
        let cases = cases.into_iter().map(|(v, b)| (v, self.func.block_call(b, &[]))).collect();
        let default = self.func.block_call(default, &[]);
        self.func.switches.push(SwitchTable { cases });
        let cases = self.func.switches.len() as u32 - 1;
        self.push(InstData::Switch { arg, cases, default });
    }

    pub fn ret(&mut self, vals: &[Value]) {
        if self.current.is_some() {
            let args = self.func.list(vals);
            self.push(InstData::Return { args });
        }
    }

    pub fn unreachable(&mut self) {
        if self.current.is_some() {
            self.push(InstData::Unreachable);
        }
    }

    /// Checks that every block is sealed and filled, drops unreachable blocks, removes redundant
    /// parameters, and returns the function.
    pub fn finish(mut self) -> Function {
        for &b in &self.func.layout {
            let st = &self.blocks[b];
            assert!(st.sealed, "block {b} is not sealed");
            assert!(st.filled, "block {b} has no terminator");
        }
        self.drop_unreachable();
        self.remove_trivial_params();
        self.func
    }

    fn drop_unreachable(&mut self) {
        let mut reached = EntitySet::with_capacity(self.func.blocks.len());
        let mut work = vec![self.func.entry()];
        while let Some(b) = work.pop() {
            if reached.insert(b) {
                let t = self.func.terminator(b).expect("every block ends in a terminator");
                work.extend(self.func.targets(t).iter().map(|t| t.block));
            }
        }
        self.func.layout.retain(|&b| reached.contains(b));
        for &b in &self.func.layout {
            self.blocks[b].preds.retain(|p| reached.contains(p.0));
        }
    }

    /// Removes block parameters made for variables that receive the same value on every edge.
    fn remove_trivial_params(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for li in 1..self.func.layout.len() {
                let block = self.func.layout[li];
                let mut n = 0;
                while n < self.func.blocks[block].params.len() {
                    let param = self.func.blocks[block].params[n];
                    match self.param_vars.contains(&param).then(|| self.same_on_every_edge(block, n)) {
                        Some(Some(v)) => {
                            self.remove_param(block, n);
                            self.func.replace(param, v);
                            changed = true;
                        }
                        _ => n += 1,
                    }
                }
            }
        }
    }

    /// The one value other than the parameter itself that all edges pass, if there is only one.
    fn same_on_every_edge(&self, block: Block, n: usize) -> Option<Value> {
        let param = self.func.blocks[block].params[n];
        let mut same = None;
        for &(_, (inst, target)) in &self.blocks[block].preds {
            let args = self.func.target(inst, target).args;
            let v = self.func.resolve(args.as_slice(&self.func.pool)[n]);
            if v == param || same == Some(v) {
                continue;
            }
            if same.replace(v).is_some() {
                return None;
            }
        }
        same
    }

    fn remove_param(&mut self, block: Block, n: usize) {
        self.func.blocks[block].params.remove(n);
        let rest = self.func.blocks[block].params[n..].to_vec();
        for (i, v) in rest.into_iter().enumerate() {
            self.func.values[v].def = ValueDef::Param(block, (n + i) as u32);
        }
        for &(_, (inst, target)) in &self.blocks[block].preds {
            edge_args(&mut self.func.insts[inst], &mut self.func.switches, target)
                .remove(n, &mut self.func.pool);
        }
    }
}

/// The arguments that a terminator passes to its `target`-th target (order of
/// [`Function::targets`]).
fn edge_args<'a>(
    data: &'a mut InstData,
    switches: &'a mut [SwitchTable],
    target: usize,
) -> &'a mut ValueList {
    match (data, target) {
        (InstData::Jump { dest }, 0) => &mut dest.args,
        (InstData::Brif { then, .. }, 0) => &mut then.args,
        (InstData::Brif { els, .. }, 1) => &mut els.args,
        (InstData::Switch { default, .. }, 0) => &mut default.args,
        (InstData::Switch { cases, .. }, n) => &mut switches[*cases as usize].cases[n - 1].1.args,
        (InstData::DeferEnter { normal, .. }, 0) => &mut normal.args,
        (other, n) => panic!("no block arguments on target {n} of {other:?}"),
    }
}

fn zero_data(ty: Ty) -> InstData {
    if ty.is_float() { InstData::Fconst { ty, bits: 0 } } else { InstData::Iconst { ty, imm: 0 } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Symbols;
    use crate::verify::verify;
    use expect_test::expect;

    /// `for i := 0; i < n; i++ { s += i }; return s`, with a variable that the loop does not change.
    #[test]
    fn a_loop_gets_parameters_for_what_it_changes() {
        let symbols = Symbols::new();
        let sig = Signature { params: vec![Ty::I64], results: vec![Ty::I64] };
        let mut b = FunctionBuilder::new(symbols.intern("main.sum"), sig);
        let (n, i, s) = (b.declare_var(Ty::I64), b.declare_var(Ty::I64), b.declare_var(Ty::I64));
        let arg = b.func.params()[0];
        b.def_var(n, arg);
        let zero = b.iconst(Ty::I64, 0);
        b.def_var(i, zero);
        b.def_var(s, zero);
        let (head, body, done) = (b.create_block(), b.create_block(), b.create_block());
        b.jump(head, &[]);
        b.switch_to(head);
        let (iv, nv) = (b.use_var(i), b.use_var(n));
        let more = b.icmp(IntCc::Slt, iv, nv);
        b.brif(more, body, done);
        b.switch_sealed(body);
        let (sv, iv) = (b.use_var(s), b.use_var(i));
        let sum = b.binary(BinaryOp::Add, sv, iv);
        b.def_var(s, sum);
        let next = b.binary_imm(BinaryOp::Add, iv, 1);
        b.def_var(i, next);
        b.jump(head, &[]);
        b.seal(head);
        b.switch_sealed(done);
        let sv = b.use_var(s);
        b.ret(&[sv]);
        let f = b.finish();
        assert_eq!(verify(&f), Ok(()));
        expect![[r#"
            func @main.sum (i64) -> (i64) {
            b0(v0: i64):
                v1 = iconst.i64 0
                jump b1(v1, v1)
            b1(v2: i64, v5: i64):
                v4 = icmp slt v2, v0
                brif v4, b2, b3
            b2:
                v6 = add v5, v2
                v7 = iconst.i64 1
                v8 = add v2, v7
                jump b1(v8, v6)
            b3:
                return v5
            }
        "#]]
        .assert_eq(&f.display(&symbols).to_string());
    }

    /// Ten thousand joins in a row: neither the native stack nor time may blow up, and variables
    /// that no branch changes get no parameters.
    #[test]
    fn long_chains_of_joins() {
        let symbols = Symbols::new();
        let sig = Signature { params: vec![Ty::I64, Ty::I8], results: vec![Ty::I64] };
        let mut b = FunctionBuilder::new(symbols.intern("main.f"), sig);
        let x = b.declare_var(Ty::I64);
        let (arg, cond) = (b.func.params()[0], b.func.params()[1]);
        b.def_var(x, arg);
        for _ in 0..10_000 {
            let (then, join) = (b.create_block(), b.create_block());
            b.brif(cond, then, join);
            b.switch_sealed(then);
            b.jump(join, &[]);
            b.switch_sealed(join);
        }
        let v = b.use_var(x);
        b.ret(&[v]);
        let f = b.finish();
        assert_eq!(verify(&f), Ok(()));
        assert!(f.layout.iter().skip(1).all(|&b| f.blocks[b].params.is_empty()));
    }

    #[test]
    fn code_after_a_return_is_dropped() {
        let symbols = Symbols::new();
        let mut b = FunctionBuilder::new(symbols.intern("main.f"), Signature::default());
        b.ret(&[]);
        let x = b.iconst(Ty::I8, 1);
        let (a, c) = (b.create_block(), b.create_block());
        b.brif(x, a, c);
        b.switch_sealed(a);
        assert!(b.is_unreachable());
        b.switch_sealed(c);
        b.ret(&[]);
        let f = b.finish();
        assert_eq!(f.layout.len(), 1);
        assert_eq!(verify(&f), Ok(()));
    }
}
