//! The reference interpreter: what a program in IR does, defined by the simplest means.
//!
//! It serves tests of passes: a function is run before and after a pass, and what can be seen of the two runs is
//! compared. For that it is stricter than a machine. Every object has bounds; a slot is gone when its function
//! returns, so that a wrong result of escape analysis is an access to nothing; a slot's bytes that the back end does
//! not clear hold garbage; an access to nil that is not marked as faulting is an error of the program and not a panic.
//!
//! Functions that the program does not define are *outside*. A call of one is an event of the trace, together with all
//! memory that can be reached at this moment, and its results are made up from its name, its arguments and how often
//! it was called. The functions of package runtime that implement defer, panic and recover are built in, and so are
//! those that move memory.

mod memory;
mod observe;

use crate::entity::{Block, Inst, Sym, Value};
use crate::eval;
use crate::function::{FuncId, Function};
use crate::inst::*;
use crate::program::{DataObject, Program, RelocKind, Section};
use crate::ty::Ty;
use cranelift_entity::SecondaryMap;
pub use memory::{Kind, Memory, NIL_END, Object};
pub use observe::Observer;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// Calls within calls before a run is given up.
const MAX_DEPTH: u32 = 150;

/// Why a run ended without results.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// A Go panic that nothing recovered, with its text.
    Panic(Panic),
    /// Too many instructions or calls.
    Limit,
    /// The program does what no correct program does.
    Bug(String),
}

/// A Go panic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Panic {
    /// What it is about; for a call of `panic`, `panic`.
    pub text: String,
    /// The two words of the argument, as `recover` returns them.
    pub arg: [u64; 2],
}

/// Values of a list, or why there are none.
pub type Outcome = Result<Vec<u64>, Stop>;

type Values = SmallVec<[u64; 4]>;

/// A deferred call.
struct Deferred {
    /// Address of the defer state slot.
    frame: u64,
    /// The func value.
    func: u64,
}

/// A panic whose deferred calls are being made.
struct Panicking {
    arg: [u64; 2],
    recovered: bool,
    /// Depth of the deferred function, which alone may recover.
    depth: u32,
}

/// A program with its memory.
pub struct Machine<'p> {
    program: &'p Program,
    functions: FxHashMap<Sym, &'p Function>,
    addresses: FxHashMap<Sym, u64>,
    symbols: FxHashMap<u64, Sym>,
    pub memory: Memory,
    /// Functions outside that write to what their arguments point to.
    writers: FxHashSet<Sym>,
    calls_outside: FxHashMap<Sym, u64>,
    deferred: Vec<Deferred>,
    panics: Vec<Panicking>,
    depth: u32,
    fuel: u64,
    /// The calls of functions outside so far.
    pub trace: Vec<String>,
}

/// One call of a function.
struct Frame<'p> {
    func: &'p Function,
    values: SecondaryMap<Value, u64>,
    /// Addresses of the slots.
    slots: SmallVec<[u64; 4]>,
}

impl Frame<'_> {
    fn get(&self, v: Value) -> u64 {
        self.values[self.func.resolve(v)]
    }

    fn list(&self, list: &ValueList) -> Values {
        list.as_slice(&self.func.pool).iter().map(|&v| self.get(v)).collect()
    }

    fn ty(&self, v: Value) -> Ty {
        self.func.ty(self.func.resolve(v))
    }
}

/// What follows an instruction.
enum Next {
    Inst,
    Block(Block),
    Return(Vec<u64>),
}

impl<'p> Machine<'p> {
    /// A program before its start: variables have their initial contents.
    pub fn new(program: &'p Program) -> Machine<'p> {
        let mut m = Machine {
            program,
            functions: program.funcs.iter().map(|f| (f.sym, f)).collect(),
            addresses: FxHashMap::default(),
            symbols: FxHashMap::default(),
            memory: Memory::default(),
            writers: FxHashSet::default(),
            calls_outside: FxHashMap::default(),
            deferred: Vec::new(),
            panics: Vec::new(),
            depth: 0,
            fuel: 0,
            trace: Vec::new(),
        };
        for f in &program.funcs {
            m.define(f.sym, Kind::Code, Vec::new(), false);
        }
        for d in &program.datas {
            let mut bytes = d.bytes.clone();
            bytes.resize(d.size as usize, 0);
            m.define(d.sym, Kind::Data, bytes, true);
        }
        for d in &program.datas {
            m.relocate(d);
        }
        m
    }

    fn define(&mut self, sym: Sym, kind: Kind, bytes: Vec<u8>, writable: bool) -> u64 {
        let addr = self.memory.add(kind, bytes, writable, Some(self.program.symbols.name(sym)));
        self.addresses.insert(sym, addr);
        self.symbols.insert(addr, sym);
        addr
    }

    /// Fills in the addresses that a data object contains, and protects it if it is constant.
    fn relocate(&mut self, d: &DataObject) {
        let base = self.address(d.sym);
        for r in &d.relocs {
            let value = self.address(r.sym).wrapping_add_signed(r.addend);
            let len = if r.kind == RelocKind::Abs64 { 8 } else { 4 };
            self.memory
                .store(base + u64::from(r.offset), len, value)
                .expect("the verifier checked relocations");
        }
        if matches!(d.section, Section::RoData | Section::Types) {
            self.memory.protect(base);
        }
    }

    /// The address of a symbol. One that nothing defines is a variable of 64 bytes.
    pub fn address(&mut self, sym: Sym) -> u64 {
        match self.addresses.get(&sym) {
            Some(&a) => a,
            None => self.define(sym, Kind::Data, vec![0; 64], true),
        }
    }

    /// Says that a function outside writes to what its pointer arguments point to.
    pub fn writes_through_arguments(&mut self, sym: Sym) {
        self.writers.insert(sym);
    }

    /// Calls a function of the program, executing at most `fuel` instructions.
    pub fn run(&mut self, sym: Sym, args: &[u64], fuel: u64) -> Outcome {
        self.fuel = fuel;
        let outcome = self.call(sym, args);
        assert!(self.panics.is_empty() && self.depth == 0, "the interpreter lost count");
        outcome
    }

    /// What can be seen of a run: the calls of functions outside, how it ended, and the memory that can be reached
    /// from variables, from results and from `roots`.
    pub fn observe(&self, results: &[Ty], outcome: &Outcome, roots: &[u64]) -> String {
        let mut o = Observer::new(&self.memory);
        for line in &self.trace {
            o.word(line);
            o.word("\n");
        }
        match outcome {
            Ok(values) => {
                o.word("returns");
                for (&ty, &v) in results.iter().zip(values) {
                    o.word(" ");
                    o.value(ty, v);
                }
            }
            Err(Stop::Panic(p)) => {
                o.word("panics: ");
                o.word(&p.text);
                for w in p.arg {
                    o.word(" ");
                    o.value(Ty::Ptr, w);
                }
            }
            Err(Stop::Limit) => o.word("does not end"),
            Err(Stop::Bug(b)) => {
                o.word("is wrong: ");
                o.word(b);
            }
        }
        o.word("\nroots");
        for &r in roots {
            o.word(" ");
            o.value(Ty::Ptr, r);
        }
        o.variables();
        o.finish()
    }

    fn call(&mut self, callee: Sym, args: &[u64]) -> Outcome {
        match self.functions.get(&callee) {
            Some(&func) => self.call_function(func, args),
            None => Err(Stop::Bug(format!("{} is not in the program", self.program.symbols.name(callee)))),
        }
    }

    fn call_function(&mut self, func: &'p Function, args: &[u64]) -> Outcome {
        if self.depth >= MAX_DEPTH {
            return Err(Stop::Limit);
        }
        if args.len() != func.sig.params.len() {
            return Err(Stop::Bug(format!("{} arguments to a function {}", args.len(), func.sig)));
        }
        // Wrappers do not count where recover looks for its frame.
        let level = u32::from(func.attrs.func_id != FuncId::WRAPPER);
        self.depth += level;
        let slots = func.slots.values().map(|d| self.new_slot(d)).collect();
        let mut frame = Frame { func, values: SecondaryMap::with_capacity(func.values.len()), slots };
        for (&p, &a) in func.params().iter().zip(args) {
            frame.values[p] = a;
        }
        let mut outcome = self.blocks(&mut frame, func.entry());
        if let Some(d) = func.defer {
            let state = frame.slots[d.state.as_u32() as usize];
            while let Err(Stop::Panic(p)) = outcome {
                outcome = match self.run_deferred(state, p) {
                    Err(stop) => Err(stop),
                    // The frame set is all that the landing region may use.
                    Ok(()) => {
                        frame.values.clear();
                        self.blocks(&mut frame, d.landing)
                    }
                };
                if !self.deferred.iter().any(|r| r.frame == state) {
                    break;
                }
            }
        }
        for &s in &frame.slots {
            self.memory.remove(s);
        }
        self.depth -= level;
        outcome
    }

    /// The contents that the back end gives to a slot at entry: garbage, but pointers and the frame set are clear.
    fn new_slot(&mut self, d: &crate::SlotData) -> u64 {
        let mut bytes = vec![if d.frame_set { 0 } else { 0xa5 }; d.size as usize];
        for &w in &d.ptr_words {
            bytes[w as usize..w as usize + 8].fill(0);
        }
        self.memory.add(Kind::Stack, bytes, true, None)
    }

    /// Makes the deferred calls of a frame through which a panic passes. Succeeds when one has recovered.
    fn run_deferred(&mut self, state: u64, mut panic: Panic) -> Result<(), Stop> {
        while self.deferred.last().is_some_and(|d| d.frame == state) {
            let func = self.deferred.pop().map_or(0, |d| d.func);
            self.panics.push(Panicking { arg: panic.arg, recovered: false, depth: self.depth + 1 });
            let outcome = self.call_value(func);
            let recovered = self.panics.pop().is_some_and(|p| p.recovered);
            match outcome {
                Ok(_) if recovered => return Ok(()),
                Ok(_) => {}
                Err(Stop::Panic(p)) => panic = p,
                Err(stop) => return Err(stop),
            }
        }
        Err(Stop::Panic(panic))
    }

    /// Calls a func value without parameters.
    fn call_value(&mut self, func: u64) -> Outcome {
        let code = self.load(func, 8)?;
        self.call_address(code, &[func])
    }

    fn call_address(&mut self, code: u64, args: &[u64]) -> Outcome {
        match self.symbols.get(&code).and_then(|s| self.functions.get(s)) {
            Some(&func) => self.call_function(func, args),
            None if code < NIL_END => Err(nil_dereference()),
            None => Err(Stop::Bug(format!("call of {code:#x}, which is no code"))),
        }
    }

    fn blocks(&mut self, frame: &mut Frame<'p>, mut block: Block) -> Outcome {
        let func = frame.func;
        'block: loop {
            for &inst in &func.blocks[block].insts {
                self.fuel = self.fuel.checked_sub(1).ok_or(Stop::Limit)?;
                match self.instruction(frame, inst)? {
                    Next::Inst => {}
                    Next::Block(b) => {
                        block = b;
                        continue 'block;
                    }
                    Next::Return(values) => return Ok(values),
                }
            }
            return Err(Stop::Bug(format!("{block} has no end")));
        }
    }

    fn load(&self, addr: u64, len: u32) -> Result<u64, Stop> {
        self.memory.load(addr, len).map_err(Stop::Bug)
    }

    fn store(&mut self, addr: u64, len: u32, value: u64) -> Result<(), Stop> {
        self.memory.store(addr, len, value).map_err(Stop::Bug)
    }

    /// Moves to a block: its parameters get their arguments all at once.
    fn jump(&self, frame: &mut Frame<'p>, to: &BlockCall) -> Next {
        let args = frame.list(&to.args);
        for (&p, a) in frame.func.blocks[to.block].params.iter().zip(args) {
            frame.values[p] = a;
        }
        Next::Block(to.block)
    }

    fn instruction(&mut self, frame: &mut Frame<'p>, inst: Inst) -> Result<Next, Stop> {
        let func = frame.func;
        let data = &func.insts[inst];
        let mut results = Values::new();
        match data {
            InstData::Iconst { ty, imm } => results.push(eval::truncate(*ty, *imm as u64)),
            InstData::Fconst { ty, bits } => results.push(eval::truncate(*ty, *bits)),
            InstData::SymAddr { sym, off } => {
                results.push(self.address(*sym).wrapping_add_signed(i64::from(*off)));
            }
            InstData::SlotAddr { slot, off } => {
                results.push(frame.slots[slot.as_u32() as usize].wrapping_add_signed(i64::from(*off)));
            }
            InstData::GetG => results.push(8),
            InstData::Unary { op, arg } => {
                results.push(eval::unary(*op, frame.ty(*arg), frame.get(*arg)));
            }
            InstData::Binary { op, args: [x, y] } => {
                let count_ty = if op.is_shift() { frame.ty(*y) } else { frame.ty(*x) };
                let y = eval::truncate(count_ty, frame.get(*y));
                let r = eval::binary(*op, frame.ty(*x), frame.get(*x), y);
                results.push(r.ok_or_else(|| runtime_error("integer divide by zero"))?);
            }
            InstData::Convert { op, ty, arg } => {
                results.push(eval::convert(*op, frame.ty(*arg), *ty, frame.get(*arg)));
            }
            InstData::Icmp { cc, args: [x, y] } => {
                results.push(eval::icmp(*cc, frame.ty(*x), frame.get(*x), frame.get(*y)).into());
            }
            InstData::Fcmp { cc, args: [x, y] } => {
                results.push(eval::fcmp(*cc, frame.ty(*x), frame.get(*x), frame.get(*y)).into());
            }
            InstData::Select { args: [c, x, y] } => {
                results.push(frame.get(if frame.get(*c) != 0 { *x } else { *y }));
            }
            InstData::Fma { args: [x, y, z] } => {
                results.push(eval::fma(frame.ty(*x), frame.get(*x), frame.get(*y), frame.get(*z)));
            }
            InstData::PtrAdd { base, off } => results.push(frame.get(*base).wrapping_add(frame.get(*off))),
            InstData::PtrAddImm { base, off } => results.push(frame.get(*base).wrapping_add_signed(*off)),
            InstData::Load { .. }
            | InstData::Store { .. }
            | InstData::StoreWb { .. }
            | InstData::SlotLoad { .. }
            | InstData::SlotStore { .. }
            | InstData::MemCopy { .. }
            | InstData::MemZero { .. }
            | InstData::AtomicLoad { .. }
            | InstData::AtomicStore { .. }
            | InstData::AtomicRmw { .. }
            | InstData::AtomicCas { .. } => results.extend(self.access(frame, data)?),
            InstData::Prefetch { .. } | InstData::KeepAlive { .. } => {}
            InstData::NilCheck { ptr } => {
                if frame.get(*ptr) < NIL_END {
                    return Err(nil_dereference());
                }
            }
            InstData::BoundsCheck { kind, idx, len } => {
                bounds_check(*kind, frame.get(*idx), frame.get(*len))?
            }
            InstData::New { size, escape, .. } => results.push(self.allocate(frame, *size, *escape)?),
            InstData::Closure { code, size, captures, escape, .. } => {
                results.push(self.closure(frame, *code, *size, captures, *escape)?);
            }
            InstData::Call { callee, args, sig } => {
                let args = frame.list(args);
                results.extend(match self.functions.get(callee) {
                    Some(&f) => self.call_function(f, &args)?,
                    None => self.call_outside(*callee, &func.sigs[*sig], &args)?,
                });
            }
            InstData::CallIndirect { callee, args, sig } => {
                let (code, args) = (frame.get(*callee), frame.list(args));
                results.extend(match self.symbols.get(&code) {
                    Some(s) if !self.functions.contains_key(s) => {
                        self.call_outside(*s, &func.sigs[*sig], &args)?
                    }
                    _ => self.call_address(code, &args)?,
                });
            }
            InstData::Jump { dest } => return Ok(self.jump(frame, dest)),
            InstData::Brif { cond, then, els } => {
                let to = if frame.get(*cond) != 0 { then } else { els };
                return Ok(self.jump(frame, to));
            }
            InstData::Switch { arg, cases, default } => {
                let (ty, x) = (frame.ty(*arg), frame.get(*arg));
                let cases = &func.switches[*cases as usize].cases;
                let hit = cases.iter().find(|c| eval::truncate(ty, c.0 as u64) == x);
                return Ok(self.jump(frame, hit.map_or(default, |c| &c.1)));
            }
            InstData::Return { args } => return Ok(Next::Return(frame.list(args).into_vec())),
            InstData::DeferEnter { normal, .. } => return Ok(self.jump(frame, normal)),
            InstData::Unreachable => return Err(Stop::Bug("reached what cannot be reached".into())),
        }
        let defined = func.inst_results(inst);
        if defined.len() != results.len() {
            return Err(Stop::Bug(format!("{} results where {} are expected", results.len(), defined.len())));
        }
        for (&v, r) in defined.iter().zip(results) {
            frame.values[v] = r;
        }
        Ok(Next::Inst)
    }

    /// Loads, stores and their kin; gives the result if there is one.
    fn access(&mut self, frame: &Frame<'p>, data: &InstData) -> Result<Option<u64>, Stop> {
        let place = |slot: &crate::Slot, off: i32| {
            frame.slots[slot.as_u32() as usize].wrapping_add_signed(i64::from(off))
        };
        match data {
            InstData::Load { ty, addr, off, flags } => {
                let addr = effective(frame.get(*addr), *off, *flags)?;
                return self.load(addr, ty.size()).map(Some);
            }
            InstData::Store { val, addr, off, flags } | InstData::StoreWb { val, addr, off, flags } => {
                let addr = effective(frame.get(*addr), *off, *flags)?;
                self.store(addr, frame.ty(*val).size(), frame.get(*val))?;
            }
            InstData::SlotLoad { ty, slot, off } => {
                return self.load(place(slot, *off), ty.size()).map(Some);
            }
            InstData::SlotStore { val, slot, off } => {
                self.store(place(slot, *off), frame.ty(*val).size(), frame.get(*val))?;
            }
            InstData::MemCopy { dst, src, size, .. } => {
                let (dst, src) = (frame.get(*dst), frame.get(*src));
                if dst != src && dst < src + size && src < dst + size {
                    return Err(Stop::Bug("memcopy between areas that overlap in part".into()));
                }
                self.copy(dst, src, *size)?;
            }
            InstData::MemZero { dst, size, .. } => self.clear(frame.get(*dst), *size)?,
            InstData::AtomicLoad { ty, addr } => {
                let addr = effective(frame.get(*addr), 0, MemFlags::FAULT)?;
                return self.load(addr, ty.size()).map(Some);
            }
            InstData::AtomicStore { val, addr } => {
                let addr = effective(frame.get(*addr), 0, MemFlags::FAULT)?;
                self.store(addr, frame.ty(*val).size(), frame.get(*val))?;
            }
            InstData::AtomicRmw { op, addr, val } => {
                let (ty, val) = (frame.ty(*val), frame.get(*val));
                let addr = effective(frame.get(*addr), 0, MemFlags::FAULT)?;
                let old = self.load(addr, ty.size())?;
                let new = match op {
                    AtomicOp::Add => old.wrapping_add(val),
                    AtomicOp::Sub => old.wrapping_sub(val),
                    AtomicOp::And => old & val,
                    AtomicOp::Or => old | val,
                    AtomicOp::Xor => old ^ val,
                    AtomicOp::Xchg => val,
                };
                self.store(addr, ty.size(), new)?;
                return Ok(Some(old));
            }
            InstData::AtomicCas { addr, old, new } => {
                let len = frame.ty(*old).size();
                let addr = effective(frame.get(*addr), 0, MemFlags::FAULT)?;
                let swaps = self.load(addr, len)? == frame.get(*old);
                if swaps {
                    self.store(addr, len, frame.get(*new))?;
                }
                return Ok(Some(swaps.into()));
            }
            other => unreachable!("{other:?} accesses no memory"),
        }
        Ok(None)
    }

    fn copy(&mut self, dst: u64, src: u64, size: u64) -> Result<(), Stop> {
        if size > 0 {
            let bytes = self.memory.bytes(src, size).map_err(Stop::Bug)?.to_vec();
            self.memory.bytes_mut(dst, size).map_err(Stop::Bug)?.copy_from_slice(&bytes);
        }
        Ok(())
    }

    fn clear(&mut self, dst: u64, size: u64) -> Result<(), Stop> {
        if size > 0 {
            self.memory.bytes_mut(dst, size).map_err(Stop::Bug)?.fill(0);
        }
        Ok(())
    }

    /// A zeroed object.
    fn allocate(&mut self, frame: &Frame<'p>, size: u64, escape: Escape) -> Result<u64, Stop> {
        match escape {
            Escape::Heap => Ok(self.memory.add(Kind::Heap, vec![0; size as usize], true, None)),
            Escape::Stack(slot) => {
                let addr = frame.slots[slot.as_u32() as usize];
                self.clear(addr, size)?;
                Ok(addr)
            }
        }
    }

    fn closure(
        &mut self,
        frame: &Frame<'p>,
        code: Sym,
        size: u64,
        captures: &ValueList,
        escape: Escape,
    ) -> Result<u64, Stop> {
        let object = self.allocate(frame, size, escape)?;
        let code = self.address(code);
        self.store(object, 8, code)?;
        let mut at = object + 8;
        for &v in captures.as_slice(&frame.func.pool) {
            let len = frame.ty(v).size();
            at = at.next_multiple_of(len.into());
            self.store(at, len, frame.get(v))?;
            at += u64::from(len);
        }
        Ok(object)
    }

    /// A function that the program does not define.
    fn call_outside(&mut self, callee: Sym, sig: &crate::Signature, args: &[u64]) -> Outcome {
        let name = self.program.symbols.name(callee);
        match (name, args) {
            ("runtime.deferproc", &[frame, func]) => {
                self.deferred.push(Deferred { frame, func });
                return Ok(Vec::new());
            }
            ("runtime.deferreturn", &[frame]) => {
                while self.deferred.last().is_some_and(|d| d.frame == frame) {
                    let func = self.deferred.pop().map_or(0, |d| d.func);
                    self.call_value(func)?;
                }
                return Ok(Vec::new());
            }
            ("runtime.gopanic", &[ty, data]) => {
                return Err(Stop::Panic(Panic { text: "panic".into(), arg: [ty, data] }));
            }
            ("runtime.gorecover", []) => {
                let depth = self.depth;
                let arg = match self.panics.last_mut().filter(|p| p.depth == depth && !p.recovered) {
                    Some(p) => {
                        p.recovered = true;
                        p.arg
                    }
                    None => [0, 0],
                };
                return Ok(arg.to_vec());
            }
            ("runtime.memmove", &[to, from, n]) => return self.copy(to, from, n).map(|()| Vec::new()),
            ("runtime.memclrNoHeapPointers", &[to, n]) => return self.clear(to, n).map(|()| Vec::new()),
            _ if name.starts_with("runtime.panic") => {
                let args: Vec<String> = args.iter().map(|a| (*a as i64).to_string()).collect();
                return Err(runtime_error(&format!("{name} {}", args.join(" "))));
            }
            _ => {}
        }
        let mut o = Observer::new(&self.memory);
        o.word("calls @");
        o.word(name);
        for (&ty, &a) in sig.params.iter().zip(args) {
            o.word(" ");
            o.value(ty, a);
        }
        o.variables();
        let line = o.finish();
        self.trace.push(line);
        let calls = self.calls_outside.entry(callee).or_default();
        *calls += 1;
        let mut random = Random::new(name, *calls);
        for (&ty, &a) in sig.params.iter().zip(args) {
            if ty.is_int() && self.memory.object(a).is_none() {
                random.mix(a);
            }
        }
        if self.writers.contains(&callee) {
            for (_, &a) in sig.params.iter().zip(args).filter(|(t, _)| **t == Ty::Ptr) {
                self.scribble(a, &mut random);
            }
        }
        Ok(sig.results.iter().map(|&ty| self.made_up(ty, &mut random)).collect())
    }

    /// Changes the words of an object that are not pointers.
    fn scribble(&mut self, addr: u64, random: &mut Random) {
        let Some(o) = self.memory.object(addr).filter(|o| o.writable) else { return };
        let (base, len) = (o.base, o.bytes.len() as u64 / 8);
        for at in (base..base + len * 8).step_by(8) {
            let word = self.memory.load(at, 8).unwrap_or_default();
            if word == 0 || self.memory.object(word).is_none() {
                let new = random.next() % 1000;
                self.memory.store(at, 8, new).expect("the word lies inside the object");
            }
        }
    }

    fn made_up(&mut self, ty: Ty, random: &mut Random) -> u64 {
        let r = random.next();
        match ty {
            Ty::Ptr => {
                let words = (0..8).flat_map(|_| (random.next() % 100).to_le_bytes()).collect();
                self.memory.add(Kind::Heap, words, true, None)
            }
            Ty::F32 => u64::from(((r % 2000) as f32 / 16.0 - 50.0).to_bits()),
            Ty::F64 => ((r % 2000) as f64 / 16.0 - 50.0).to_bits(),
            // Most likely a bool.
            Ty::I8 => r & 1,
            _ if r & 1 == 0 => (r >> 1) % 16,
            _ => eval::truncate(ty, r),
        }
    }
}

/// A sequence of numbers that depends on its seed only.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence for a name and a number.
    pub fn new(name: &str, n: u64) -> Random {
        let mut r = Random(0x9e37_79b9_7f4a_7c15);
        name.bytes().for_each(|b| r.mix(b.into()));
        r.mix(n);
        r
    }

    /// Makes what follows depend on `x`.
    pub fn mix(&mut self, x: u64) {
        self.0 = (self.0 ^ x).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
    }

    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "an iterator that never ends is no use here")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn runtime_error(text: &str) -> Stop {
    Stop::Panic(Panic { text: text.into(), arg: [0, 0] })
}

fn nil_dereference() -> Stop {
    runtime_error("nil dereference")
}

/// The address of an access; that of nil is a panic where the access stands for a nil check.
fn effective(addr: u64, off: i32, flags: MemFlags) -> Result<u64, Stop> {
    let at = addr.wrapping_add_signed(i64::from(off));
    match addr {
        _ if addr >= NIL_END => Ok(at),
        _ if flags.may_fault => Err(nil_dereference()),
        _ => Err(Stop::Bug(format!("access to {at:#x}, which is not marked as faulting"))),
    }
}

fn bounds_check(kind: BoundsKind, idx: u64, len: u64) -> Result<(), Stop> {
    // An index below zero is above every length when taken as unsigned.
    let ok = if kind.is_strict() { idx < len } else { idx <= len };
    match ok {
        true => Ok(()),
        false => Err(runtime_error(&format!("bounds {kind} {} {}", idx as i64, len as i64))),
    }
}

#[cfg(test)]
mod tests;
