//! Local simplification: constants, copies, branches on what is known, redundant loads, direct calls, dead code.
//!
//! Blocks are visited in reverse postorder. An instruction becomes a constant in place, or its result becomes an alias
//! of an older value. Equal pure computations share one value where one dominates the other; a *pointer* is shared
//! within a block only, because one that lives across a call costs a spill. Loads are shared, and stores forwarded to
//! loads, along chains of blocks with one predecessor, up to the next store that may overlap, call or atomic
//! operation.
//!
//! What is known of memory: read-only data of the program, and func values, whose captures never change. A call
//! through a known func value or itab becomes direct.
//!
//! **Invariant:** `ptrtoint` is never shared: the number changes when the stack is copied. The landing region shares
//! nothing with normal code.

use crate::{edit, thread};
use cranelift_entity::{EntitySet, SecondaryMap};
use grus_ir::{
    BinaryOp, Block, ConvOp, DataObject, FloatCc, Function, Inst, InstData, IntCc, Program, RelocKind,
    Section, Slot, Sym, Symbols, Ty, UnaryOp, Value, ValueDef, cfg, eval,
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// The most loads that are remembered at once.
const MAX_LOADS: usize = 24;
/// The most checks of one length that are remembered.
const MAX_CHECKS: usize = 16;
/// How far a boolean is followed.
const BOOL_DEPTH: u32 = 3;
/// Data objects with more references than this are not searched.
const MAX_RELOCS: usize = 64;

/// What passes know of the program besides the function at hand.
pub struct Known<'p> {
    symbols: &'p Symbols,
    read_only: FxHashMap<Sym, &'p DataObject>,
}

impl<'p> Known<'p> {
    pub fn new(symbols: &'p Symbols, datas: &'p [DataObject]) -> Known<'p> {
        let read_only = datas
            .iter()
            .filter(|d| matches!(d.section, Section::RoData | Section::Itabs) && d.relocs.len() <= MAX_RELOCS)
            .map(|d| (d.sym, d))
            .collect();
        Known { symbols, read_only }
    }

    /// The contents of read-only data.
    fn data(&self, sym: Sym, off: i64, ty: Ty) -> Option<InstData> {
        let d = self.read_only.get(&sym)?;
        let off = u64::try_from(off).ok()?;
        if off + u64::from(ty.size()) > d.size {
            return None;
        }
        if let Some(r) = d.relocs.iter().find(|r| {
            let len = if r.kind == RelocKind::Abs64 { 8 } else { 4 };
            u64::from(r.offset) < off + u64::from(ty.size()) && off < u64::from(r.offset) + len
        }) {
            if u64::from(r.offset) != off || r.kind != RelocKind::Abs64 || ty != Ty::Ptr {
                return None;
            }
            return Some(InstData::SymAddr { sym: r.sym, off: i32::try_from(r.addend).ok()? });
        }
        let mut bytes = [0u8; 8];
        for (i, b) in bytes.iter_mut().enumerate().take(ty.size() as usize) {
            *b = d.bytes.get(off as usize + i).copied().unwrap_or(0);
        }
        let bits = u64::from_le_bytes(bytes);
        Some(match ty {
            Ty::F32 | Ty::F64 => InstData::Fconst { ty, bits },
            Ty::Ptr if bits != 0 => return None,
            _ => InstData::Iconst { ty, imm: eval::signed(ty, bits) },
        })
    }
}

/// Simplifies all functions of a program.
pub fn run(program: &mut Program) {
    use rayon::prelude::*;
    let known = Known::new(&program.symbols, &program.datas);
    program.funcs.par_iter_mut().for_each(|f| function(f, &known));
}

/// Simplifies a function.
pub fn function(func: &mut Function, known: &Known<'_>) {
    for _ in 0..3 {
        let again = Simplifier::new(func, known).run() | thread::function(func);
        let dropped = edit::drop_unreachable(func);
        edit::merge_blocks(func);
        edit::remove_dead(func);
        if !again && !dropped {
            break;
        }
    }
}

/// A pure computation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Int(Ty, i64),
    Float(Ty, u64),
    Unary(UnaryOp, Value),
    Binary(BinaryOp, Value, Value),
    Convert(ConvOp, Ty, Value),
    Icmp(IntCc, Value, Value),
    Fcmp(FloatCc, Value, Value),
    Select(Value, Value, Value),
    PtrAdd(Value, Value),
    PtrAddImm(Value, i64),
}

/// An index that was compared with a length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Index {
    Constant(i64),
    Value(Value),
}

/// A location whose contents are known.
#[derive(Clone, Copy)]
struct Contents {
    base: Value,
    off: i64,
    value: Value,
}

type Memory = SmallVec<[Contents; 8]>;

/// What becomes of an instruction.
enum Outcome {
    Keep,
    /// Other contents, same results.
    Becomes(InstData),
    /// Its only result is this value.
    Is(Value),
    /// It does nothing and has no results.
    Removed,
}

struct Simplifier<'f, 'p> {
    func: &'f mut Function,
    known: &'f Known<'p>,
    dominators: cfg::Dominators,
    edges: cfg::ByBlock<edit::Edge>,
    shared: FxHashMap<Key, (Block, Value)>,
    /// Index checks that passed: the length, and where it is known to be above which constant or value.
    checked: FxHashMap<Value, SmallVec<[(Block, Index); 2]>>,
    memory: SecondaryMap<Block, Option<Memory>>,
    now: Memory,
    /// Slots whose address is a value somewhere.
    exposed: EntitySet<Slot>,
    landing: EntitySet<Block>,
    /// Something was found that may lead to more.
    again: bool,
}

impl<'f, 'p> Simplifier<'f, 'p> {
    fn new(func: &'f mut Function, known: &'f Known<'p>) -> Simplifier<'f, 'p> {
        let dominators = cfg::Dominators::new(func);
        let landing = edit::landing_region(func);
        let edges = edit::edges(func);
        let mut exposed: EntitySet<Slot> = EntitySet::with_capacity(func.slots.len());
        for &b in &func.layout {
            for &inst in &func.blocks[b].insts {
                match &func.insts[inst] {
                    InstData::SlotLoad { .. } | InstData::SlotStore { .. } => {}
                    data => {
                        if let Some(s) = edit::slot_of(data) {
                            exposed.insert(s);
                        }
                    }
                }
            }
        }
        Simplifier {
            func,
            known,
            dominators,
            edges,
            shared: FxHashMap::default(),
            checked: FxHashMap::default(),
            memory: SecondaryMap::new(),
            now: Memory::new(),
            exposed,
            landing,
            again: false,
        }
    }

    fn run(mut self) -> bool {
        let order = cfg::reverse_postorder(self.func);
        let preds = cfg::predecessors(self.func);
        let entry = self.func.entry();
        let mut branches = Vec::new();
        for &b in &order {
            if b != entry {
                self.params(b);
            }
            self.now = match preds[b][..] {
                [p] if b != entry => self.memory[p].clone().unwrap_or_default(),
                _ => Memory::new(),
            };
            let shares = !self.landing.contains(b);
            let mut insts = std::mem::take(&mut self.func.blocks[b].insts);
            insts.retain(|&inst| {
                match self.instruction(inst) {
                    Outcome::Keep => {}
                    Outcome::Removed => return false,
                    // The edges stay as they are until every block has been visited.
                    Outcome::Becomes(data) if data.is_terminator() => {
                        branches.push((inst, data));
                        return true;
                    }
                    Outcome::Becomes(data) => {
                        self.func.insts[inst] = data;
                    }
                    Outcome::Is(v) => {
                        let r = self.func.result(inst);
                        self.func.replace(r, v);
                        return false;
                    }
                }
                if shares && let Some(older) = self.share(inst, b) {
                    let r = self.func.result(inst);
                    self.func.replace(r, older);
                    return false;
                }
                if shares && self.is_checked(inst, b) {
                    return false;
                }
                self.track_memory(inst);
                true
            });
            self.func.blocks[b].insts = insts;
            let last = self.func.terminator(b).expect("every block ends in a terminator");
            let func = &*self.func;
            if (0..func.target_count(last)).any(|i| preds[func.target_block(last, i)].len() == 1) {
                self.memory[b] = Some(std::mem::take(&mut self.now));
            }
        }
        self.again |= !branches.is_empty();
        for (inst, data) in branches {
            self.func.insts[inst] = data;
        }
        self.again
    }

    /// Parameters that get the same value on every edge.
    fn params(&mut self, b: Block) {
        for n in 0..self.func.blocks[b].params.len() {
            let p = self.func.blocks[b].params[n];
            if self.func.resolve(p) != p {
                continue;
            }
            let mut only = None;
            let same = self.edges[b].iter().all(|&e| {
                let v = edit::edge_arg(self.func, e, n);
                v == p || *only.get_or_insert(v) == v
            });
            if let (true, Some(v)) = (same, only) {
                self.func.replace(p, v);
                self.again = true;
            }
        }
    }

    fn constant(&self, v: Value) -> Option<i64> {
        let ty = self.func.ty(v);
        self.func.as_const(v).map(|c| eval::signed(ty, c as u64))
    }

    fn data(&self, v: Value) -> Option<&InstData> {
        self.func.def_inst(v).map(|i| &self.func.insts[i])
    }

    fn instruction(&mut self, inst: Inst) -> Outcome {
        let func = &*self.func;
        match func.insts[inst] {
            InstData::Unary { op, arg } => match (self.constant(arg), func.ty(arg)) {
                (Some(c), ty) if ty.is_int() => self.int(ty, eval::unary(op, ty, c as u64) as i64),
                _ => Outcome::Keep,
            },
            InstData::Binary { op, args } => self.binary(op, args.map(|v| func.resolve(v))),
            InstData::Convert { op, ty, arg } => {
                let from = func.ty(arg);
                match (op, self.constant(arg)) {
                    (ConvOp::Sext | ConvOp::Trunc | ConvOp::Zext, Some(c)) => {
                        self.int(ty, eval::convert(op, from, ty, c as u64) as i64)
                    }
                    _ => Outcome::Keep,
                }
            }
            InstData::Icmp { cc, args } => self.icmp(cc, args.map(|v| func.resolve(v))),
            InstData::Select { args } => {
                let [c, x, y] = args.map(|v| func.resolve(v));
                match self.constant(c) {
                    Some(0) => Outcome::Is(y),
                    Some(_) => Outcome::Is(x),
                    None if x == y => Outcome::Is(x),
                    None => Outcome::Keep,
                }
            }
            InstData::PtrAdd { base, off } => match self.constant(off) {
                Some(0) => Outcome::Is(func.resolve(base)),
                Some(c) => Outcome::Becomes(InstData::PtrAddImm { base: func.resolve(base), off: c }),
                None => Outcome::Keep,
            },
            InstData::PtrAddImm { base, off: 0 } => Outcome::Is(func.resolve(base)),
            InstData::PtrAddImm { base, off } => match self.data(base) {
                Some(&InstData::PtrAddImm { base: inner, off: o }) => match off.checked_add(o) {
                    Some(off) => Outcome::Becomes(InstData::PtrAddImm { base: func.resolve(inner), off }),
                    None => Outcome::Keep,
                },
                _ => Outcome::Keep,
            },
            InstData::Load { ty, addr, off, .. } => self.load(ty, addr, off),
            InstData::CallIndirect { callee, sig, args } => match self.data(callee) {
                Some(&InstData::SymAddr { sym, off: 0 }) => {
                    Outcome::Becomes(InstData::Call { callee: sym, sig, args })
                }
                _ => Outcome::Keep,
            },
            InstData::BoundsCheck { kind, idx, len } => match (self.constant(idx), self.constant(len)) {
                (Some(i), Some(n)) if n >= 0 && i >= 0 && (i < n || (i == n && !kind.is_strict())) => {
                    Outcome::Removed
                }
                _ => Outcome::Keep,
            },
            InstData::NilCheck { ptr } if non_nil(func, ptr) => Outcome::Removed,
            InstData::Brif { cond, then, els } => {
                if let Some(c) = self.constant(cond) {
                    return Outcome::Becomes(InstData::Jump { dest: if c != 0 { then } else { els } });
                }
                // A test of a boolean against zero.
                if let Some(&InstData::Icmp { cc: cc @ (IntCc::Eq | IntCc::Ne), args }) = self.data(cond)
                    && self.func.ty(args[0]) == Ty::I8
                    && self.constant(args[1]) == Some(0)
                {
                    let cond = self.func.resolve(args[0]);
                    return Outcome::Becomes(if cc == IntCc::Ne {
                        InstData::Brif { cond, then, els }
                    } else {
                        InstData::Brif { cond, then: els, els: then }
                    });
                }
                Outcome::Keep
            }
            InstData::Switch { arg, cases, default } => match self.constant(arg) {
                Some(c) => {
                    let ty = func.ty(arg);
                    let cases = &func.switches[cases as usize].cases;
                    let dest = cases
                        .iter()
                        .find(|x| eval::truncate(ty, x.0 as u64) == eval::truncate(ty, c as u64))
                        .map_or(default, |x| x.1);
                    Outcome::Becomes(InstData::Jump { dest })
                }
                None => Outcome::Keep,
            },
            _ => Outcome::Keep,
        }
    }

    fn int(&self, ty: Ty, c: i64) -> Outcome {
        Outcome::Becomes(InstData::Iconst { ty, imm: eval::signed(ty, c as u64) })
    }

    fn binary(&self, op: BinaryOp, [x, y]: [Value; 2]) -> Outcome {
        use BinaryOp::*;
        let ty = self.func.ty(x);
        if !ty.is_int() {
            return Outcome::Keep;
        }
        let (a, b) = (self.constant(x), self.constant(y));
        if let (Some(a), Some(b)) = (a, b) {
            return match eval::binary(op, ty, a as u64, b as u64) {
                Some(r) => self.int(ty, r as i64),
                None => Outcome::Keep,
            };
        }
        match (op, a, b) {
            // Escape analysis is to see that the pointer is hidden; code generation drops the instruction.
            (Xor, ..) if self.is_address(x) || self.is_address(y) => Outcome::Keep,
            (Add | Or | Xor, Some(0), _) => Outcome::Is(y),
            (Add | Sub | Or | Xor | AndNot | Shl | Ushr | Sshr | Rotl, _, Some(0)) => Outcome::Is(x),
            (Mul, Some(1), _) => Outcome::Is(y),
            (Mul | Sdiv | Udiv, _, Some(1)) => Outcome::Is(x),
            (Mul | And, _, Some(0)) | (Mul | And, Some(0), _) => self.int(ty, 0),
            (And, _, Some(-1)) => Outcome::Is(x),
            (And, Some(-1), _) => Outcome::Is(y),
            (And | Or, ..) if x == y => Outcome::Is(x),
            (Sub | Xor, ..) if x == y => self.int(ty, 0),
            _ => Outcome::Keep,
        }
    }

    /// Whether the integer is a pointer converted.
    fn is_address(&self, v: Value) -> bool {
        matches!(self.data(v), Some(InstData::Convert { op: ConvOp::PtrToInt, .. }))
    }

    fn icmp(&self, cc: IntCc, [x, y]: [Value; 2]) -> Outcome {
        let ty = self.func.ty(x);
        if let (Some(a), Some(b)) = (self.constant(x), self.constant(y)) {
            return self.int(Ty::I8, eval::icmp(cc, ty, a as u64, b as u64).into());
        }
        if x == y {
            use IntCc::*;
            return self.int(Ty::I8, matches!(cc, Eq | Sle | Sge | Ule | Uge).into());
        }
        if cc == IntCc::Eq && ty == Ty::I8 {
            match (self.constant(x), self.constant(y)) {
                (Some(1), _) if self.is_bool(y, BOOL_DEPTH) => return Outcome::Is(y),
                (_, Some(1)) if self.is_bool(x, BOOL_DEPTH) => return Outcome::Is(x),
                _ => {}
            }
        }
        let differ = match (self.data(x), self.data(y)) {
            (Some(&InstData::SymAddr { sym: s, off: a }), Some(&InstData::SymAddr { sym: t, off: b })) => {
                if s == t {
                    Some(a != b)
                } else {
                    let unique = |s| {
                        let n = self.known.symbols.name(s);
                        n.starts_with("type:") || n.starts_with("go:itab.")
                    };
                    (a == 0 && b == 0 && unique(s) && unique(t)).then_some(true)
                }
            }
            _ if ty == Ty::Ptr && self.constant(y) == Some(0) && non_nil(self.func, x) => Some(true),
            _ if ty == Ty::Ptr && self.constant(x) == Some(0) && non_nil(self.func, y) => Some(true),
            _ => None,
        };
        match (cc, differ) {
            (IntCc::Eq, Some(d)) => self.int(Ty::I8, (!d).into()),
            (IntCc::Ne, Some(d)) => self.int(Ty::I8, d.into()),
            _ => Outcome::Keep,
        }
    }

    /// Whether the value is known to be 0 or 1.
    fn is_bool(&self, v: Value, depth: u32) -> bool {
        let v = self.func.resolve(v);
        match self.func.values[v].def {
            ValueDef::Result(inst, _) => match self.func.insts[inst] {
                InstData::Icmp { .. } | InstData::Fcmp { .. } | InstData::AtomicCas { .. } => true,
                InstData::Iconst { imm, .. } => imm == 0 || imm == 1,
                InstData::Binary { op: BinaryOp::And | BinaryOp::Or | BinaryOp::Xor, args } => {
                    depth > 0 && args.iter().all(|&a| self.is_bool(a, depth - 1))
                }
                _ => false,
            },
            ValueDef::Param(b, n) => {
                depth > 0
                    && b != self.func.entry()
                    && self.edges[b].iter().all(|&e| {
                        let a = edit::edge_arg(self.func, e, n as usize);
                        a == v || self.is_bool(a, depth - 1)
                    })
            }
            ValueDef::Alias(_) => unreachable!("resolved"),
        }
    }

    fn load(&self, ty: Ty, addr: Value, off: i32) -> Outcome {
        let (base, off) = edit::split_address(self.func, addr, off.into());
        if let Some(c) = self.now.iter().find(|c| c.base == base && c.off == off)
            && self.func.ty(c.value) == ty
        {
            return Outcome::Is(self.func.resolve(c.value));
        }
        match known_load(self.func, self.known, base, off, ty) {
            Some(Contained::Value(v)) => Outcome::Is(v),
            Some(Contained::Data(d)) => Outcome::Becomes(d),
            None => Outcome::Keep,
        }
    }

    /// An older value equal to the instruction's result.
    fn share(&mut self, inst: Inst, block: Block) -> Option<Value> {
        let r = |v| self.func.resolve(v);
        let key = match self.func.insts[inst] {
            InstData::Iconst { ty, imm } => Key::Int(ty, eval::signed(ty, imm as u64)),
            InstData::Fconst { ty, bits } => Key::Float(ty, bits),
            InstData::Unary { op, arg } => Key::Unary(op, r(arg)),
            InstData::Binary { op, args: [x, y] } => Key::Binary(op, r(x), r(y)),
            InstData::Convert { op: ConvOp::PtrToInt | ConvOp::IntToPtr, .. } => return None,
            InstData::Convert { op, ty, arg } => Key::Convert(op, ty, r(arg)),
            InstData::Icmp { cc, args: [x, y] } => Key::Icmp(cc, r(x), r(y)),
            InstData::Fcmp { cc, args: [x, y] } => Key::Fcmp(cc, r(x), r(y)),
            InstData::Select { args: [x, y, z] } => Key::Select(r(x), r(y), r(z)),
            InstData::PtrAdd { base, off } => Key::PtrAdd(r(base), r(off)),
            InstData::PtrAddImm { base, off } => Key::PtrAddImm(r(base), off),
            _ => return None,
        };
        let result = self.func.result(inst);
        let local = self.func.ty(result) == Ty::Ptr && !matches!(key, Key::Int(..));
        match self.shared.get(&key) {
            Some(&(b, v)) if b == block || (!local && self.dominators.dominates(b, block)) => Some(v),
            _ => {
                self.shared.insert(key, (block, result));
                None
            }
        }
    }

    /// Whether an earlier check says that this index is in range.
    fn is_checked(&mut self, inst: Inst, block: Block) -> bool {
        let InstData::BoundsCheck { kind, idx, len } = self.func.insts[inst] else { return false };
        if !kind.is_strict() {
            return false;
        }
        let (idx, len) = (self.func.resolve(idx), self.func.resolve(len));
        let idx = self.constant(idx).map_or(Index::Value(idx), Index::Constant);
        let passed = self.checked.entry(len).or_default();
        let covers = |have: Index| match (have, idx) {
            (Index::Constant(have), Index::Constant(idx)) => 0 <= idx && idx <= have,
            _ => have == idx,
        };
        if passed.iter().any(|&(b, have)| covers(have) && (b == block || self.dominators.dominates(b, block)))
        {
            return true;
        }
        if passed.len() < MAX_CHECKS {
            passed.push((block, idx));
        }
        false
    }

    /// Updates what is known of memory.
    fn track_memory(&mut self, inst: Inst) {
        let func = &*self.func;
        match func.insts[inst] {
            InstData::Load { addr, off, .. } => {
                let (base, off) = edit::split_address(func, addr, off.into());
                self.remember(Contents { base, off, value: self.func.result(inst) });
            }
            InstData::Store { val, addr, off, .. } | InstData::StoreWb { val, addr, off, .. } => {
                let (base, off) = edit::split_address(func, addr, off.into());
                let value = func.resolve(val);
                let size = i64::from(func.ty(value).size());
                self.now.retain(|c| {
                    let len = i64::from(func.ty(c.value).size());
                    c.base == base && (c.off + len <= off || off + size <= c.off)
                });
                self.remember(Contents { base, off, value });
            }
            InstData::SlotStore { slot, .. } if self.exposed.contains(slot) => {
                self.now.clear();
            }
            InstData::MemCopy { .. }
            | InstData::MemZero { .. }
            | InstData::AtomicLoad { .. }
            | InstData::AtomicStore { .. }
            | InstData::AtomicRmw { .. }
            | InstData::AtomicCas { .. } => self.now.clear(),
            ref data if data.may_call() => self.now.clear(),
            InstData::New { .. } | InstData::Closure { .. } => self.now.clear(),
            _ => {}
        }
    }

    fn remember(&mut self, c: Contents) {
        if self.now.len() == MAX_LOADS {
            self.now.remove(0);
        }
        self.now.push(c);
    }
}

/// What a load gives.
pub(crate) enum Contained {
    Value(Value),
    Data(InstData),
}

/// What is known to be at an address: captures of func values, read-only data.
pub(crate) fn known_load(
    func: &Function,
    known: &Known<'_>,
    base: Value,
    off: i64,
    ty: Ty,
) -> Option<Contained> {
    match func.insts[func.def_inst(base)?] {
        InstData::SymAddr { sym, off: o } => known.data(sym, off + i64::from(o), ty).map(Contained::Data),
        InstData::Closure { code, ref captures, .. } => {
            if off == 0 {
                return (ty == Ty::Ptr).then_some(Contained::Data(InstData::SymAddr { sym: code, off: 0 }));
            }
            let mut at = 8;
            for &c in captures.as_slice(&func.pool) {
                let have = func.ty(c);
                at = i64::from((at as u32).next_multiple_of(have.size()));
                if at == off {
                    return (have == ty).then_some(Contained::Value(func.resolve(c)));
                }
                at += i64::from(have.size());
            }
            None
        }
        _ => None,
    }
}

/// Whether the pointer is known not to be nil wherever it is defined.
pub(crate) fn non_nil(func: &Function, v: Value) -> bool {
    let mut v = func.resolve(v);
    loop {
        match func.values[v].def {
            ValueDef::Result(inst, _) => match func.insts[inst] {
                InstData::SlotAddr { .. }
                | InstData::SymAddr { .. }
                | InstData::New { .. }
                | InstData::Closure { .. } => return true,
                InstData::PtrAdd { base, .. } | InstData::PtrAddImm { base, .. } => v = func.resolve(base),
                _ => return false,
            },
            _ => return false,
        }
    }
}
