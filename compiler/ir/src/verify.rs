//! The verifier. It checks, in this order:
//!
//! 1. every listed block ends in its only terminator, is listed once, and is not empty;
//! 2. instructions' result counts and types are what [`Function::result_types`] says;
//! 3. operand types fit the operation; branch arguments match the target's parameters; calls match
//!    their signatures; returns match the function's;
//! 4. every used value is defined in a listed block that dominates the use;
//! 5. slots: alignment, pointer words inside, accesses inside and pointers only at pointer words;
//! 6. a function that defers enters by `defer_enter` in its entry block, its state slot is in the
//!    frame set, and the blocks reached from the landing block are disjoint from the others and use
//!    no value defined outside;
//! 7. faulting accesses stay within the nil page.
//!
//! It runs after the builder and after every pass in debug and test builds.

use crate::entity::{Block, Inst, Slot, Value};
use crate::function::{Function, ValueDef};
use crate::inst::*;
use crate::program::Symbols;
use crate::ty::{Signature, Ty};
use cranelift_entity::{EntitySet, SecondaryMap};
use std::fmt::Display;

/// Finds everything that is wrong with the function, one line each.
///
/// # Errors
/// The list, if it is not empty.
pub fn verify(func: &Function) -> Result<(), Vec<String>> {
    let mut v = Verifier { func, errors: Vec::new() };
    v.structure();
    // The later checks rely on the structure.
    if v.errors.is_empty() {
        v.slots();
        v.instructions();
        v.dominance();
        v.landing();
    }
    if v.errors.is_empty() { Ok(()) } else { Err(v.errors) }
}

/// Panics with the function's text if it does not verify. `pass` names what ran last.
pub fn assert_valid(func: &Function, symbols: &Symbols, pass: &str) {
    if let Err(errors) = verify(func) {
        panic!(
            "invalid IR in {} after {pass}:\n{}\n{}",
            symbols.name(func.sym),
            errors.join("\n"),
            func.display(symbols)
        );
    }
}

struct Verifier<'a> {
    func: &'a Function,
    errors: Vec<String>,
}

impl Verifier<'_> {
    fn error(&mut self, at: impl Display, what: impl Display) {
        self.errors.push(format!("{at}: {what}"));
    }

    fn structure(&mut self) {
        let f = self.func;
        let mut listed = EntitySet::with_capacity(f.blocks.len());
        let mut placed = EntitySet::with_capacity(f.insts.len());
        for &b in &f.layout {
            if !listed.insert(b) {
                self.error(b, "listed twice");
            }
            let insts = &f.blocks[b].insts;
            if f.terminator(b).is_none() {
                self.error(b, "does not end in a terminator");
            }
            for (i, &inst) in insts.iter().enumerate() {
                if !placed.insert(inst) {
                    self.error(b, format_args!("instruction {inst} is in two places"));
                }
                if f.insts[inst].is_terminator() && i + 1 != insts.len() {
                    self.error(b, format_args!("terminator {inst} is not last"));
                }
            }
        }
        for &b in &f.layout {
            if let Some(t) = f.terminator(b) {
                for target in f.targets(t) {
                    if !listed.contains(target.block) {
                        self.error(b, format_args!("branches to {}, which is not listed", target.block));
                    }
                    if target.block == f.entry() {
                        self.error(b, "branches to the entry block");
                    }
                }
            }
        }
        let entry: Vec<Ty> = f.params().iter().map(|&p| f.ty(p)).collect();
        if entry != f.sig.params {
            self.error(f.entry(), format_args!("parameters {entry:?} are not the signature's"));
        }
        if f.param_kinds.len() != entry.len() || f.param_escapes.len() != entry.len() {
            self.error(f.entry(), "parameter kinds do not match the parameters");
        }
        if !Signature::fits_registers(&f.sig.results) {
            self.error(f.entry(), "results do not fit in registers");
        }
    }

    fn slots(&mut self) {
        for (slot, d) in self.func.slots.iter() {
            if !d.align.is_power_of_two() || d.align > 16 {
                self.error(slot, format_args!("alignment {}", d.align));
            }
            if !d.ptr_words.is_sorted_by(|a, b| a < b) {
                self.error(slot, "pointer words are not ascending");
            }
            if d.ptr_words.iter().any(|w| w % 8 != 0 || w + 8 > d.size) {
                self.error(slot, "pointer word outside the slot or not aligned");
            }
            if !d.ptr_words.is_empty() && d.align < 8 {
                self.error(slot, "a slot with pointers is not aligned");
            }
        }
    }

    fn instructions(&mut self) {
        let f = self.func;
        for &b in &f.layout {
            for &inst in &f.blocks[b].insts {
                let results: Vec<Ty> = f.inst_results(inst).iter().map(|&v| f.ty(v)).collect();
                let want = f.result_types(&f.insts[inst]);
                if results != want.as_slice() {
                    self.error(inst, format_args!("results {results:?}, but the operation gives {want:?}"));
                }
                self.instruction(inst);
            }
        }
    }

    fn ty(&self, v: Value) -> Ty {
        self.func.ty(self.func.resolve(v))
    }

    fn want(&mut self, inst: Inst, v: Value, ok: impl Fn(Ty) -> bool, what: &str) {
        let ty = self.ty(v);
        if !ok(ty) {
            self.error(inst, format_args!("operand {v} is {ty}, not {what}"));
        }
    }

    fn want_ptr(&mut self, inst: Inst, v: Value) {
        self.want(inst, v, |t| t == Ty::Ptr, "ptr");
    }

    fn want_same(&mut self, inst: Inst, a: Value, b: Value) {
        let (x, y) = (self.ty(a), self.ty(b));
        if x != y {
            self.error(inst, format_args!("operands {a}: {x} and {b}: {y} differ in type"));
        }
    }

    fn instruction(&mut self, inst: Inst) {
        let f = self.func;
        match &f.insts[inst] {
            InstData::Iconst { ty, imm } => {
                if ty.is_float() {
                    self.error(inst, "iconst of a float type");
                }
                let bits = ty.bits();
                if bits < 64 && (*imm >= 1 << bits || *imm < -(1 << (bits - 1))) {
                    self.error(inst, format_args!("{imm} does not fit in {ty}"));
                }
            }
            InstData::Fconst { ty, .. } if !ty.is_float() => self.error(inst, "fconst of an integer type"),
            InstData::Unary { op, arg } => {
                use UnaryOp::*;
                match op {
                    Neg | Not | Clz | Ctz | Popcnt | Bswap | Bitrev => {
                        self.want(inst, *arg, Ty::is_int, "an integer")
                    }
                    Fneg | Fabs | Sqrt | Fround | Ceil | Floor | Ftrunc | Nearest => {
                        self.want(inst, *arg, Ty::is_float, "a float");
                    }
                }
            }
            InstData::Binary { op, args } => {
                use BinaryOp::*;
                match op {
                    Fadd | Fsub | Fmul | Fdiv | Fmin | Fmax | Copysign => {
                        self.want(inst, args[0], Ty::is_float, "a float");
                        self.want_same(inst, args[0], args[1]);
                    }
                    _ if op.is_shift() => {
                        self.want(inst, args[0], Ty::is_int, "an integer");
                        self.want(inst, args[1], Ty::is_int, "an integer");
                    }
                    _ => {
                        self.want(inst, args[0], Ty::is_int, "an integer");
                        self.want_same(inst, args[0], args[1]);
                    }
                }
            }
            InstData::Convert { op, ty, arg } => self.conversion(inst, *op, *ty, *arg),
            InstData::Icmp { args, .. } => {
                self.want(inst, args[0], |t| !t.is_float(), "an integer or pointer");
                self.want_same(inst, args[0], args[1]);
            }
            InstData::Fcmp { args, .. } => {
                self.want(inst, args[0], Ty::is_float, "a float");
                self.want_same(inst, args[0], args[1]);
            }
            InstData::Select { args } => {
                self.want(inst, args[0], |t| t == Ty::I8, "i8");
                self.want_same(inst, args[1], args[2]);
            }
            InstData::Fma { args } => {
                self.want(inst, args[0], Ty::is_float, "a float");
                self.want_same(inst, args[0], args[1]);
                self.want_same(inst, args[0], args[2]);
            }
            InstData::PtrAdd { base, off } => {
                self.want_ptr(inst, *base);
                self.want(inst, *off, |t| t == Ty::I64, "i64");
            }
            InstData::PtrAddImm { base, .. } => self.want_ptr(inst, *base),
            InstData::Load { ty, addr, off, flags } => self.access(inst, *addr, *ty, *off, *flags),
            InstData::Store { val, addr, off, flags } => {
                self.access(inst, *addr, self.ty(*val), *off, *flags);
            }
            InstData::StoreWb { val, addr, off, flags } => {
                self.want_ptr(inst, *val);
                self.access(inst, *addr, Ty::Ptr, *off, *flags);
            }
            InstData::SlotLoad { ty, slot, off } => self.slot_access(inst, *slot, *ty, *off),
            InstData::SlotStore { val, slot, off } => self.slot_access(inst, *slot, self.ty(*val), *off),
            InstData::SlotAddr { slot, off } if (*off < 0 || *off as u32 > f.slots[*slot].size) => {
                self.error(inst, format_args!("offset {off} outside {slot}"));
            }
            InstData::MemCopy { dst, src, .. } => {
                self.want_ptr(inst, *dst);
                self.want_ptr(inst, *src);
            }
            InstData::MemZero { dst, .. } => self.want_ptr(inst, *dst),
            InstData::AtomicLoad { addr, .. } | InstData::Prefetch { addr } => self.want_ptr(inst, *addr),
            InstData::AtomicStore { val, addr } | InstData::AtomicRmw { val, addr, .. } => {
                self.want_ptr(inst, *addr);
                self.want(inst, *val, |t| !t.is_float(), "an integer or pointer");
            }
            InstData::AtomicCas { addr, old, new } => {
                self.want_ptr(inst, *addr);
                self.want_same(inst, *old, *new);
            }
            InstData::NilCheck { ptr } => self.want_ptr(inst, *ptr),
            InstData::BoundsCheck { idx, len, .. } => {
                self.want(inst, *idx, |t| t == Ty::I64, "i64");
                self.want(inst, *len, |t| t == Ty::I64, "i64");
            }
            InstData::Call { sig, args, .. } => self.call(inst, &f.sigs[*sig], args),
            InstData::CallIndirect { callee, sig, args } => {
                self.want_ptr(inst, *callee);
                self.call(inst, &f.sigs[*sig], args);
            }
            InstData::Brif { cond, .. } => self.want(inst, *cond, |t| t == Ty::I8, "i8"),
            InstData::Switch { arg, cases, .. } => {
                self.want(inst, *arg, Ty::is_int, "an integer");
                let cases = &f.switches[*cases as usize].cases;
                if !cases.is_sorted_by(|a, b| a.0 < b.0) {
                    self.error(inst, "cases are not ascending");
                }
            }
            InstData::Return { args } => {
                let tys: Vec<Ty> = args.as_slice(&f.pool).iter().map(|&v| self.ty(v)).collect();
                if tys != f.sig.results {
                    self.error(inst, format_args!("returns {tys:?}, not {:?}", f.sig.results));
                }
            }
            _ => {}
        }
        for t in f.targets(inst) {
            let args: Vec<Ty> = t.args.as_slice(&f.pool).iter().map(|&v| self.ty(v)).collect();
            let params: Vec<Ty> = f.blocks[t.block].params.iter().map(|&v| f.ty(v)).collect();
            if args != params {
                self.error(inst, format_args!("passes {args:?} to {}, which takes {params:?}", t.block));
            }
        }
    }

    fn conversion(&mut self, inst: Inst, op: ConvOp, to: Ty, arg: Value) {
        let from = self.ty(arg);
        let ok = match op {
            ConvOp::Sext | ConvOp::Zext => from.is_int() && to.is_int() && from.size() < to.size(),
            ConvOp::Trunc => from.is_int() && to.is_int() && from.size() > to.size(),
            ConvOp::S2f | ConvOp::U2f => from.is_int() && to.is_float(),
            ConvOp::F2s | ConvOp::F2u => from.is_float() && to.is_int(),
            ConvOp::Fpromote => from == Ty::F32 && to == Ty::F64,
            ConvOp::Fdemote => from == Ty::F64 && to == Ty::F32,
            ConvOp::Bitcast => {
                from.size() == to.size()
                    && from.is_float() != to.is_float()
                    && from != Ty::Ptr
                    && to != Ty::Ptr
            }
            ConvOp::PtrToInt => from == Ty::Ptr && to == Ty::I64,
            ConvOp::IntToPtr => from == Ty::I64 && to == Ty::Ptr,
        };
        if !ok {
            self.error(inst, format_args!("{op} from {from} to {to}"));
        }
    }

    fn access(&mut self, inst: Inst, addr: Value, ty: Ty, off: i32, flags: MemFlags) {
        self.want_ptr(inst, addr);
        if flags.may_fault && (off < 0 || off as u64 + u64::from(ty.size()) > NIL_PAGE) {
            self.error(inst, format_args!("access at offset {off} is beyond the nil page"));
        }
    }

    fn slot_access(&mut self, inst: Inst, slot: Slot, ty: Ty, off: i32) {
        let d = &self.func.slots[slot];
        if off < 0 || off as u32 + ty.size() > d.size {
            self.error(inst, format_args!("access of {ty} at {off} outside {slot}"));
        } else if ty == Ty::Ptr && d.ptr_words.binary_search(&(off as u32)).is_err() {
            self.error(inst, format_args!("pointer at {slot}+{off}, which is not a pointer word"));
        }
    }

    fn call(&mut self, inst: Inst, sig: &Signature, args: &ValueList) {
        let tys: Vec<Ty> = args.as_slice(&self.func.pool).iter().map(|&v| self.ty(v)).collect();
        if tys != sig.params {
            self.error(inst, format_args!("passes {tys:?} to a function {sig}"));
        }
        if !Signature::fits_registers(&sig.results) {
            self.error(inst, format_args!("results of {sig} do not fit in registers"));
        }
    }

    fn dominance(&mut self) {
        let f = self.func;
        let dom = crate::cfg::Dominators::new(f);
        // The position of each placed instruction in its block.
        let mut place: SecondaryMap<Inst, Option<(Block, u32)>> = SecondaryMap::new();
        for &b in &f.layout {
            for (i, &inst) in f.blocks[b].insts.iter().enumerate() {
                place[inst] = Some((b, i as u32));
            }
        }
        for &b in &f.layout {
            if !dom.is_reachable(b) {
                continue;
            }
            for (i, &inst) in f.blocks[b].insts.iter().enumerate() {
                let mut bad = Vec::new();
                f.for_each_use(inst, |v| {
                    let v = f.resolve(v);
                    let ok = match f.values[v].def {
                        ValueDef::Param(db, n) => {
                            f.blocks[db].params.get(n as usize) == Some(&v) && dom.dominates(db, b)
                        }
                        ValueDef::Result(di, _) => match place[di] {
                            Some((db, pos)) if db == b => pos < i as u32,
                            Some((db, _)) => dom.dominates(db, b),
                            None => false,
                        },
                        ValueDef::Alias(_) => false,
                    };
                    if !ok {
                        bad.push(v);
                    }
                });
                for v in bad {
                    self.error(
                        inst,
                        format_args!("uses {v}, whose definition does not dominate it (in {b})"),
                    );
                }
            }
        }
    }

    fn landing(&mut self) {
        let f = self.func;
        let enters: Vec<(Block, Block)> = f
            .layout
            .iter()
            .filter_map(|&b| match f.insts[f.terminator(b)?] {
                InstData::DeferEnter { landing, .. } => Some((b, landing)),
                _ => None,
            })
            .collect();
        let Some(d) = f.defer else {
            if !enters.is_empty() {
                self.error(f.entry(), "defer_enter in a function that does not defer");
            }
            return;
        };
        if enters != [(f.entry(), d.landing)] {
            self.error(f.entry(), "the entry block does not end in the only defer_enter");
            return;
        }
        if !f.slots[d.state].frame_set {
            self.error(d.state, "the defer state is not in the frame set");
        }
        if !f.blocks[d.landing].params.is_empty() {
            self.error(d.landing, "the landing block has parameters");
        }
        let landing = crate::cfg::reachable_from(f, &[d.landing]);
        let InstData::DeferEnter { normal, .. } = f.insts[f.terminator(f.entry()).expect("checked above")]
        else {
            return;
        };
        let normal = crate::cfg::reachable_from(f, &[normal.block]);
        for &b in &f.layout {
            if landing.contains(b) && normal.contains(b) {
                self.error(b, "is reached from the landing block and from the function's body");
            }
            if !landing.contains(b) {
                continue;
            }
            for &inst in &f.blocks[b].insts {
                let mut bad = None;
                f.for_each_use(inst, |v| {
                    let def = match f.values[f.resolve(v)].def {
                        ValueDef::Param(b, _) => Some(b),
                        ValueDef::Result(i, _) => {
                            f.layout.iter().copied().find(|&b| f.blocks[b].insts.contains(&i))
                        }
                        ValueDef::Alias(_) => None,
                    };
                    if def.is_none_or(|b| !landing.contains(b)) {
                        bad = Some(v);
                    }
                });
                if let Some(v) = bad {
                    self.error(inst, format_args!("the landing region uses {v} from outside"));
                }
            }
        }
    }
}
