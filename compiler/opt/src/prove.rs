//! Removes checks and branches whose outcome follows from what dominates them.
//!
//! A walk of the dominator tree keeps facts of the form `x <= y + c` over the signed values of integers (Bodík, Gupta,
//! Sarkar, *ABCD: Eliminating Array Bounds Checks on Demand*, 2000, without the amortised bound: searches are cut off).
//! Facts come from branches, from checks that passed, from instructions (masks, remainders, sums that cannot
//! overflow), and from loops: a parameter of a loop's header that only grows is at least what it starts with. Beside
//! them stands the set of pointers that are known not to be nil.
//!
//! **Invariant:** a fact `v <= x + c` about `v = x + c` is recorded only if the sum is known not to wrap around. Facts
//! of a block hold in the blocks that it dominates, and are taken back when these have been visited.
//!
//! A check's length is not negative where the check stands (a property of lowered code), but may be before.

use crate::edit;
use cranelift_entity::{EntitySet, SecondaryMap};
use grus_ir::{
    BinaryOp, Block, BoundsKind, ConvOp, Function, Inst, InstData, IntCc, Program, Ty, UnaryOp, Value, cfg,
    eval, loops::Loops,
};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// How many facts a chain of reasoning may use.
const MAX_DEPTH: u32 = 6;
/// How many facts a search may look at.
const MAX_STEPS: u32 = 100;

/// Runs over all functions of a program.
pub fn run(program: &mut Program) {
    program.funcs.par_iter_mut().for_each(function);
}

/// Removes checks and branches of a function.
pub fn function(func: &mut Function) {
    let mut p = Prover::new(func);
    p.walk();
    let (dead, branches, safe) = (p.dead, p.branches, p.safe);
    for inst in safe {
        if let InstData::Load { flags, .. }
        | InstData::Store { flags, .. }
        | InstData::StoreWb { flags, .. } = &mut func.insts[inst]
        {
            flags.may_fault = false;
        }
    }
    if !dead.is_empty() {
        for i in 0..func.layout.len() {
            let b = func.layout[i];
            func.blocks[b].insts.retain(|i| !dead.contains(i));
        }
    }
    for &(inst, taken) in &branches {
        if let InstData::Brif { then, els, .. } = func.insts[inst] {
            func.insts[inst] = InstData::Jump { dest: if taken { then } else { els } };
        }
    }
    if !branches.is_empty() {
        edit::drop_unreachable(func);
        edit::merge_blocks(func);
    }
    edit::remove_dead(func);
}

/// What is taken back when a block's subtree has been visited.
enum Undo {
    Upper(Value),
    Lower(Value),
    Min(Value),
    Max(Value),
    NonNil(Value),
}

type Bounds = SmallVec<[(Value, i64); 4]>;

/// The facts that a search looks at: the latest are the most likely to matter.
fn recent(facts: &Bounds) -> impl Iterator<Item = &(Value, i64)> {
    facts.iter().rev().take(MAX_STEPS as usize)
}

struct Prover<'f> {
    func: &'f Function,
    dominators: cfg::Dominators,
    preds: cfg::ByBlock<Block>,
    landing: EntitySet<Block>,
    /// Where additions stand.
    blocks: SecondaryMap<Inst, Option<Block>>,
    /// `x <= y + c` by x.
    upper: FxHashMap<Value, Bounds>,
    /// `x <= y + c` by y.
    lower: FxHashMap<Value, Bounds>,
    /// Constants that a value is at least or at most. The last one says the most: one that says less is not recorded.
    min: FxHashMap<Value, SmallVec<[i64; 2]>>,
    max: FxHashMap<Value, SmallVec<[i64; 2]>>,
    non_nil: FxHashSet<Value>,
    undo: Vec<Undo>,
    dead: FxHashSet<Inst>,
    branches: Vec<(Inst, bool)>,
    safe: Vec<Inst>,
}

impl<'f> Prover<'f> {
    fn new(func: &'f Function) -> Prover<'f> {
        let mut blocks = SecondaryMap::new();
        for &b in &func.layout {
            for &inst in &func.blocks[b].insts {
                if matches!(func.insts[inst], InstData::Binary { op: BinaryOp::Add | BinaryOp::Sub, .. }) {
                    blocks[inst] = Some(b);
                }
            }
        }
        Prover {
            func,
            blocks,
            dominators: cfg::Dominators::new(func),
            preds: cfg::predecessors(func),
            landing: edit::landing_region(func),
            upper: FxHashMap::default(),
            lower: FxHashMap::default(),
            min: FxHashMap::default(),
            max: FxHashMap::default(),
            non_nil: FxHashSet::default(),
            undo: Vec::new(),
            dead: FxHashSet::default(),
            branches: Vec::new(),
            safe: Vec::new(),
        }
    }

    fn walk(&mut self) {
        let func = self.func;
        let loops = Loops::new(func, &self.dominators);
        let mut headers: SecondaryMap<Block, Option<u32>> = SecondaryMap::new();
        for (i, l) in loops.loops.iter().enumerate() {
            headers[l.header] = Some(i as u32);
        }
        let mut children: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
        for b in cfg::reverse_postorder(func) {
            if let Some(d) = self.dominators.idom(b) {
                children[d].push(b);
            }
        }
        enum Step {
            Enter(Block),
            Leave(usize),
        }
        let mut steps = vec![Step::Enter(func.entry())];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(mark) => self.take_back(mark),
                Step::Enter(b) => {
                    if self.landing.contains(b) {
                        continue;
                    }
                    steps.push(Step::Leave(self.undo.len()));
                    if let Some(l) = headers[b] {
                        self.induction(&loops.loops[l as usize]);
                    }
                    self.edge_facts(b);
                    for &inst in &func.blocks[b].insts {
                        self.instruction(inst);
                    }
                    steps.extend(children[b].iter().rev().map(|&c| Step::Enter(c)));
                }
            }
        }
    }

    fn take_back(&mut self, mark: usize) {
        for u in self.undo.drain(mark..).rev() {
            match u {
                Undo::Upper(v) => {
                    self.upper.get_mut(&v).expect("recorded").pop();
                }
                Undo::Lower(v) => {
                    self.lower.get_mut(&v).expect("recorded").pop();
                }
                Undo::Min(v) => {
                    self.min.get_mut(&v).expect("recorded").pop();
                }
                Undo::Max(v) => {
                    self.max.get_mut(&v).expect("recorded").pop();
                }
                Undo::NonNil(v) => {
                    self.non_nil.remove(&v);
                }
            }
        }
    }

    // ---- facts ----

    fn constant(&self, v: Value) -> Option<i64> {
        let c = self.func.as_const(v)?;
        Some(eval::signed(self.func.ty(v), c as u64))
    }

    /// Records `x <= y + c`.
    fn add(&mut self, x: Value, y: Value, c: i64) {
        let (x, y) = (self.func.resolve(x), self.func.resolve(y));
        match (self.constant(x), self.constant(y)) {
            (Some(_), Some(_)) => {}
            (Some(a), None) => {
                if let Some(m) = a.checked_sub(c) {
                    self.at_least(y, m);
                }
            }
            (None, Some(b)) => {
                if let Some(m) = b.checked_add(c) {
                    self.at_most(x, m);
                }
            }
            (None, None) if x == y => {}
            (None, None) => {
                self.upper.entry(x).or_default().push((y, c));
                self.lower.entry(y).or_default().push((x, c));
                self.undo.extend([Undo::Upper(x), Undo::Lower(y)]);
            }
        }
    }

    fn at_least(&mut self, v: Value, c: i64) {
        let v = self.func.resolve(v);
        let list = self.min.entry(v).or_default();
        if list.last().is_none_or(|&m| m < c) {
            list.push(c);
            self.undo.push(Undo::Min(v));
        }
    }

    fn at_most(&mut self, v: Value, c: i64) {
        let v = self.func.resolve(v);
        let list = self.max.entry(v).or_default();
        if list.last().is_none_or(|&m| m > c) {
            list.push(c);
            self.undo.push(Undo::Max(v));
        }
    }

    fn equal(&mut self, x: Value, y: Value, c: i64) {
        self.add(x, y, c);
        if let Some(n) = c.checked_neg() {
            self.add(y, x, n);
        }
    }

    fn know_non_nil(&mut self, v: Value) {
        let v = edit::split_address(self.func, v, 0).0;
        if self.non_nil.insert(v) {
            self.undo.push(Undo::NonNil(v));
        }
    }

    fn is_non_nil(&self, v: Value) -> bool {
        let v = edit::split_address(self.func, v, 0).0;
        self.non_nil.contains(&v) || crate::simplify::non_nil(self.func, v)
    }

    // ---- questions ----

    /// A constant that the value is at least.
    fn minimum(&self, v: Value) -> i64 {
        let mut steps = MAX_STEPS;
        self.minimum_of(self.func.resolve(v), MAX_DEPTH, &mut steps)
    }

    fn minimum_of(&self, v: Value, depth: u32, steps: &mut u32) -> i64 {
        if let Some(c) = self.constant(v) {
            return c;
        }
        let ty = self.func.ty(v);
        let mut best = match ty.bits() {
            64 => i64::MIN,
            bits => -(1 << (bits - 1)),
        };
        if let Some(&m) = self.min.get(&v).and_then(|list| list.last()) {
            best = best.max(m);
        }
        if depth > 0
            && let Some(list) = self.lower.get(&v)
        {
            for &(x, c) in list.iter().rev() {
                if *steps == 0 {
                    break;
                }
                *steps -= 1;
                if let Some(m) = self.minimum_of(x, depth - 1, steps).checked_sub(c) {
                    best = best.max(m);
                }
            }
        }
        best
    }

    /// A constant that the value is at most.
    fn maximum(&self, v: Value) -> i64 {
        let mut steps = MAX_STEPS;
        self.maximum_of(self.func.resolve(v), MAX_DEPTH, &mut steps)
    }

    fn maximum_of(&self, v: Value, depth: u32, steps: &mut u32) -> i64 {
        if let Some(c) = self.constant(v) {
            return c;
        }
        let ty = self.func.ty(v);
        let mut best = match ty.bits() {
            64 => i64::MAX,
            bits => (1 << (bits - 1)) - 1,
        };
        if let Some(&m) = self.max.get(&v).and_then(|list| list.last()) {
            best = best.min(m);
        }
        if depth > 0
            && let Some(list) = self.upper.get(&v)
        {
            for &(y, c) in list.iter().rev() {
                if *steps == 0 {
                    break;
                }
                *steps -= 1;
                if let Some(m) = self.maximum_of(y, depth - 1, steps).checked_add(c) {
                    best = best.min(m);
                }
            }
        }
        best
    }

    /// Whether `x <= y + c` is known.
    fn le(&self, x: Value, y: Value, c: i64) -> bool {
        let (x, y) = (self.func.resolve(x), self.func.resolve(y));
        let mut steps = MAX_STEPS;
        if self.reaches(x, y, c, MAX_DEPTH, &mut steps) {
            return true;
        }
        // By way of constants.
        i128::from(self.maximum(x)) <= i128::from(self.minimum(y)) + i128::from(c)
    }

    fn reaches(&self, x: Value, y: Value, c: i64, depth: u32, steps: &mut u32) -> bool {
        if x == y {
            return c >= 0;
        }
        if depth == 0 {
            return false;
        }
        let Some(list) = self.upper.get(&x) else { return false };
        // The latest facts are the most likely to matter.
        for &(z, d) in list.iter().rev() {
            if *steps == 0 {
                return false;
            }
            *steps -= 1;
            if let Some(rest) = c.checked_sub(d)
                && self.reaches(z, y, rest, depth - 1, steps)
            {
                return true;
            }
        }
        false
    }

    // ---- where facts come from ----

    /// The condition of the only edge into a block.
    fn edge_facts(&mut self, b: Block) {
        let [p] = self.preds[b][..] else { return };
        let t = self.func.terminator(p).expect("every block ends in a terminator");
        match &self.func.insts[t] {
            InstData::Brif { cond, then, .. } => self.assume(*cond, then.block == b),
            InstData::Switch { arg, cases, default } if default.block != b => {
                let arg = *arg;
                let cases = &self.func.switches[*cases as usize].cases;
                if let Some(&(c, _)) = cases.iter().find(|c| c.1.block == b) {
                    let c = eval::signed(self.func.ty(arg), c as u64);
                    self.at_least(arg, c);
                    self.at_most(arg, c);
                }
            }
            _ => {}
        }
    }

    fn assume(&mut self, cond: Value, holds: bool) {
        let Some(i) = self.func.def_inst(cond) else { return };
        let InstData::Icmp { cc, args: [x, y] } = self.func.insts[i] else { return };
        let cc = if holds { cc } else { cc.inverse() };
        if self.func.ty(x) == Ty::Ptr {
            if cc == IntCc::Ne {
                if self.constant(y) == Some(0) {
                    self.know_non_nil(x);
                } else if self.constant(x) == Some(0) {
                    self.know_non_nil(y);
                }
            }
            return;
        }
        match cc {
            IntCc::Eq => self.equal(x, y, 0),
            IntCc::Ne => {
                if self.le(x, y, 0) {
                    self.add(x, y, -1);
                } else if self.le(y, x, 0) {
                    self.add(y, x, -1);
                }
            }
            IntCc::Slt => self.add(x, y, -1),
            IntCc::Sle => self.add(x, y, 0),
            IntCc::Sgt => self.add(y, x, -1),
            IntCc::Sge => self.add(y, x, 0),
            IntCc::Ult => self.assume_below(x, y, -1),
            IntCc::Ule => self.assume_below(x, y, 0),
            IntCc::Ugt => self.assume_below(y, x, -1),
            IntCc::Uge => self.assume_below(y, x, 0),
        }
    }

    /// Records `x <= y + c` of unsigned numbers: the same holds of signed ones if y is not negative.
    fn assume_below(&mut self, x: Value, y: Value, c: i64) {
        if self.minimum(y) >= 0 {
            self.at_least(x, 0);
            self.add(x, y, c);
        }
    }

    /// Parameters of the header that only grow or only shrink.
    fn induction(&mut self, l: &grus_ir::loops::LoopData) {
        let func = self.func;
        let edges: Vec<(Block, edit::Edge)> = {
            let mut list = Vec::new();
            let mut last = None;
            for &p in &self.preds[l.header] {
                // The edges of one block follow each other.
                if last.replace(p) == Some(p) {
                    continue;
                }
                let t = func.terminator(p).expect("every block ends in a terminator");
                for (i, target) in func.targets(t).iter().enumerate() {
                    if target.block == l.header {
                        list.push((p, (t, i)));
                    }
                }
            }
            list
        };
        for (n, &p) in func.blocks[l.header].params.iter().enumerate() {
            if !func.ty(p).is_int() || func.resolve(p) != p {
                continue;
            }
            let mut start: Option<Value> = None;
            let (mut grows, mut shrinks) = (true, true);
            for &(from, e) in &edges {
                let arg = edit::edge_arg(func, e, n);
                if !self.dominators.dominates(l.header, from) {
                    if start.is_some_and(|s| s != arg) {
                        (grows, shrinks) = (false, false);
                    }
                    start = Some(arg);
                } else if arg != p {
                    match self.step(arg, p) {
                        Some((k, at)) if k > 0 => {
                            shrinks = false;
                            grows &= self.guarded(p, k, at, l.header);
                        }
                        Some((k, at)) if k < 0 => {
                            grows = false;
                            shrinks &= self.guarded(p, k, at, l.header);
                        }
                        _ => (grows, shrinks) = (false, false),
                    }
                }
            }
            let Some(start) = start else { continue };
            if grows {
                self.add(start, p, 0);
            }
            if shrinks {
                self.add(p, start, 0);
            }
        }
    }

    /// `v` is `p` plus a constant, computed in a block.
    fn step(&self, v: Value, p: Value) -> Option<(i64, Block)> {
        let inst = self.func.def_inst(v)?;
        let InstData::Binary { op, args: [x, y] } = self.func.insts[inst] else { return None };
        let k = match op {
            BinaryOp::Add => self.constant(y)?,
            BinaryOp::Sub => self.constant(y)?.checked_neg()?,
            _ => return None,
        };
        if self.func.resolve(x) != p {
            return None;
        }
        Some((k, self.blocks[inst]?))
    }

    /// Whether a comparison that dominates block `at` within the loop keeps `p + k` from wrapping around.
    fn guarded(&self, p: Value, k: i64, at: Block, header: Block) -> bool {
        let (low, high) = match self.func.ty(p).bits() {
            64 => (i64::MIN, i64::MAX),
            bits => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        };
        let mut b = at;
        while b != header {
            let Some(d) = self.dominators.idom(b) else { return false };
            if let [only] = self.preds[b][..]
                && only == d
                && let Some(t) = self.func.terminator(d)
                && let InstData::Brif { cond, then, .. } = self.func.insts[t]
                && let Some(i) = self.func.def_inst(cond)
                && let InstData::Icmp { cc, args } = self.func.insts[i]
            {
                let [x, y] = args.map(|v| self.func.resolve(v));
                let cc = if then.block == b { cc } else { cc.inverse() };
                let (cc, other) = if x == p {
                    (cc, y)
                } else if y == p {
                    (cc.swapped(), x)
                } else {
                    (IntCc::Eq, p)
                };
                let limit = self.constant(other);
                let fine = match cc {
                    IntCc::Slt if k > 0 => k == 1 || limit.is_some_and(|c| c <= high - k + 1),
                    IntCc::Sle if k > 0 => limit.is_some_and(|c| c <= high - k),
                    IntCc::Sgt if k < 0 => k == -1 || limit.is_some_and(|c| c >= low - k - 1),
                    IntCc::Sge if k < 0 => limit.is_some_and(|c| c >= low - k),
                    _ => false,
                };
                if fine {
                    return true;
                }
            }
            b = d;
        }
        false
    }

    fn instruction(&mut self, inst: Inst) {
        let func = self.func;
        match func.insts[inst] {
            InstData::Binary { op, args: [x, y] } => self.binary(inst, op, func.resolve(x), func.resolve(y)),
            InstData::Unary { op: UnaryOp::Clz | UnaryOp::Ctz | UnaryOp::Popcnt, arg } => {
                let r = func.result(inst);
                self.at_least(r, 0);
                self.at_most(r, func.ty(arg).bits().into());
            }
            InstData::Convert { op, arg, .. } => {
                let r = func.result(inst);
                let bits = func.ty(arg).bits();
                match op {
                    ConvOp::Sext => self.equal(r, arg, 0),
                    ConvOp::Zext => {
                        self.at_least(r, 0);
                        if bits < 64 {
                            self.at_most(r, (1 << bits) - 1);
                        }
                        if self.minimum(arg) >= 0 {
                            self.equal(r, arg, 0);
                        }
                    }
                    _ => {}
                }
            }
            InstData::Select { args: [c, a, b] } => self.select(inst, c, a, b),
            InstData::BoundsCheck { kind, idx, len } => self.bounds_check(inst, kind, idx, len),
            InstData::NilCheck { ptr } => {
                if self.is_non_nil(ptr) {
                    self.dead.insert(inst);
                } else {
                    self.know_non_nil(ptr);
                }
            }
            InstData::Load { addr, flags, .. }
            | InstData::Store { addr, flags, .. }
            | InstData::StoreWb { addr, flags, .. }
                if flags.may_fault =>
            {
                if self.is_non_nil(addr) {
                    self.safe.push(inst);
                } else {
                    self.know_non_nil(addr);
                }
            }
            InstData::Brif { cond, then, els } if then.block != els.block => {
                if let Some(taken) = self.decide(cond) {
                    self.branches.push((inst, taken));
                }
            }
            _ => {}
        }
    }

    fn binary(&mut self, inst: Inst, op: BinaryOp, x: Value, y: Value) {
        let func = self.func;
        let r = func.result(inst);
        let ty = func.ty(r);
        if !ty.is_int() {
            return;
        }
        let k = self.constant(y);
        match op {
            BinaryOp::Add | BinaryOp::Sub if k.is_some() => {
                let k = k.expect("just seen");
                let k = if op == BinaryOp::Sub { k.checked_neg() } else { Some(k) };
                if let Some(k) = k
                    && self.no_overflow(x, k, ty)
                {
                    self.equal(r, x, k);
                }
            }
            BinaryOp::Add => {
                if self.minimum(x) >= 0
                    && self.minimum(y) >= 0
                    && let Some(sum) = self.maximum(x).checked_add(self.maximum(y))
                    && (ty == Ty::I64 || sum < 1 << (ty.bits() - 1))
                {
                    self.add(x, r, 0);
                    self.add(y, r, 0);
                    self.at_most(r, sum);
                }
            }
            // 0 <= y <= x
            BinaryOp::Sub if self.minimum(y) >= 0 && self.minimum(x) >= 0 => {
                self.add(r, x, 0);
                if self.le(y, x, 0) {
                    self.at_least(r, i64::from(self.le(y, x, -1)));
                }
            }
            BinaryOp::And => {
                for a in [x, y] {
                    let m = self.maximum(a);
                    if self.minimum(a) >= 0 {
                        self.at_least(r, 0);
                        self.at_most(r, m);
                        self.add(r, a, 0);
                    }
                }
            }
            BinaryOp::Ushr => {
                let Some(k) = k.map(|k| k & i64::from(ty.bits() - 1)).filter(|&k| k > 0) else { return };
                self.at_least(r, 0);
                self.at_most(r, (eval::truncate(ty, u64::MAX) >> k) as i64);
                if self.minimum(x) >= 0 {
                    self.add(r, x, 0);
                }
                if k == 1 {
                    self.middle(r, x);
                }
            }
            BinaryOp::Sshr if self.minimum(x) >= 0 => {
                self.at_least(r, 0);
                self.add(r, x, 0);
                if k == Some(1) {
                    self.middle(r, x);
                }
            }
            BinaryOp::Srem => {
                let nonneg = self.minimum(x) >= 0;
                if nonneg {
                    self.at_least(r, 0);
                    self.add(r, x, 0);
                }
                match k {
                    Some(k) if k != 0 && k != i64::MIN => {
                        self.at_most(r, k.abs() - 1);
                        self.at_least(r, 1 - k.abs());
                    }
                    _ if self.minimum(y) >= 0 => self.add(r, y, -1),
                    _ => {}
                }
            }
            BinaryOp::Urem if self.minimum(y) >= 0 => {
                self.at_least(r, 0);
                self.add(r, y, -1);
            }
            BinaryOp::Sdiv if self.minimum(x) >= 0 && k.is_some_and(|k| k > 0) => {
                self.at_least(r, 0);
                self.add(r, x, 0);
                if k == Some(2) {
                    self.middle(r, x);
                }
            }
            BinaryOp::Udiv if k.is_some_and(|k| k > 1) => {
                self.at_least(r, 0);
                if self.minimum(x) >= 0 {
                    self.add(r, x, 0);
                }
            }
            _ => {}
        }
    }

    /// `r` is half the unsigned sum `sum` of two numbers, which does not wrap around if these are not negative.
    fn middle(&mut self, r: Value, sum: Value) {
        let Some(i) = self.func.def_inst(sum) else { return };
        let InstData::Binary { op: BinaryOp::Add, args: [a, b] } = self.func.insts[i] else { return };
        if self.func.ty(sum) != Ty::I64 || self.minimum(a) < 0 || self.minimum(b) < 0 {
            return;
        }
        for (low, high) in [(a, b), (b, a)] {
            if self.le(low, high, -1) {
                self.add(r, high, -1);
                self.add(low, r, 0);
                return;
            }
            if self.le(low, high, 0) {
                self.add(r, high, 0);
                self.add(low, r, 0);
                return;
            }
        }
    }

    fn no_overflow(&self, x: Value, k: i64, ty: Ty) -> bool {
        let (low, high) = match ty.bits() {
            64 => (i64::MIN, i64::MAX),
            bits => (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1),
        };
        if k == 0 {
            return true;
        }
        if k > 0 {
            // A number that something exceeds by at least k.
            self.maximum(x) <= high.saturating_sub(k)
                || self
                    .upper
                    .get(&x)
                    .is_some_and(|l| recent(l).any(|&(y, c)| c <= -k && self.func.ty(y) == ty))
        } else {
            self.minimum(x) >= low.saturating_sub(k)
                || self
                    .lower
                    .get(&x)
                    .is_some_and(|l| recent(l).any(|&(y, c)| c <= k && self.func.ty(y) == ty))
        }
    }

    /// Minimum and maximum.
    fn select(&mut self, inst: Inst, c: Value, a: Value, b: Value) {
        let func = self.func;
        let Some(i) = func.def_inst(c) else { return };
        let InstData::Icmp { cc, args: [x, y] } = func.insts[i] else { return };
        let [a, b, x, y] = [a, b, x, y].map(|v| func.resolve(v));
        let cc = if (a, b) == (x, y) {
            cc
        } else if (a, b) == (y, x) {
            cc.swapped()
        } else {
            return;
        };
        let r = func.result(inst);
        match cc {
            IntCc::Slt | IntCc::Sle => {
                let m = self.minimum(a).min(self.minimum(b));
                self.at_least(r, m);
                self.add(r, a, 0);
                self.add(r, b, 0);
            }
            IntCc::Sgt | IntCc::Sge => {
                let m = self.maximum(a).max(self.maximum(b));
                self.at_most(r, m);
                self.add(a, r, 0);
                self.add(b, r, 0);
            }
            _ => {}
        }
    }

    fn bounds_check(&mut self, inst: Inst, kind: BoundsKind, idx: Value, len: Value) {
        let func = self.func;
        let c = if kind.is_strict() { -1 } else { 0 };
        self.at_least(len, 0);
        let below = || {
            // A remainder by the length itself.
            let i = func.def_inst(idx)?;
            let InstData::Binary { op, args: [_, y] } = func.insts[i] else { return None };
            (matches!(op, BinaryOp::Srem | BinaryOp::Urem) && func.resolve(y) == func.resolve(len))
                .then_some(op)
        };
        let holds = match below() {
            Some(BinaryOp::Urem) => true,
            Some(_) => self.minimum(idx) >= 0,
            None => self.minimum(idx) >= 0 && self.le(idx, len, c),
        };
        if holds {
            self.dead.insert(inst);
        }
        self.at_least(idx, 0);
        self.add(idx, len, c);
    }

    /// The value of a condition.
    fn decide(&self, cond: Value) -> Option<bool> {
        let i = self.func.def_inst(cond)?;
        let InstData::Icmp { cc, args: [x, y] } = self.func.insts[i] else { return None };
        if self.func.ty(x) == Ty::Ptr {
            let other = if self.constant(y) == Some(0) {
                x
            } else if self.constant(x) == Some(0) {
                y
            } else {
                return None;
            };
            return match cc {
                IntCc::Eq if self.is_non_nil(other) => Some(false),
                IntCc::Ne if self.is_non_nil(other) => Some(true),
                _ => None,
            };
        }
        let signed = |cc: IntCc| match cc {
            IntCc::Slt => self.le(x, y, -1),
            IntCc::Sle => self.le(x, y, 0),
            IntCc::Sgt => self.le(y, x, -1),
            IntCc::Sge => self.le(y, x, 0),
            _ => false,
        };
        let holds = |cc: IntCc| match cc {
            IntCc::Eq => signed(IntCc::Sle) && signed(IntCc::Sge),
            IntCc::Ne => signed(IntCc::Slt) || signed(IntCc::Sgt),
            IntCc::Ult => self.minimum(x) >= 0 && self.minimum(y) >= 0 && signed(IntCc::Slt),
            IntCc::Ule => self.minimum(x) >= 0 && self.minimum(y) >= 0 && signed(IntCc::Sle),
            IntCc::Ugt => self.minimum(x) >= 0 && self.minimum(y) >= 0 && signed(IntCc::Sgt),
            IntCc::Uge => self.minimum(x) >= 0 && self.minimum(y) >= 0 && signed(IntCc::Sge),
            _ => signed(cc),
        };
        if holds(cc) {
            Some(true)
        } else if holds(cc.inverse()) {
            Some(false)
        } else {
            None
        }
    }
}
