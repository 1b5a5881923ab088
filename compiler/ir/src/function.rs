//! A function: blocks in layout order, instructions, values, slots, locations.
//!
//! All tables are plain data behind ids; passes edit them in place. A removed instruction stays in
//! `insts` but no longer in any block's list.

use crate::entity::{Block, InlineSite, Inst, Loc, SigRef, Slot, Sym, Value};
use crate::inst::{BlockCall, InstData, ValueList};
use crate::ty::{Signature, Ty};
use cranelift_entity::{EntityList, ListPool, PrimaryMap, SecondaryMap};

/// A basic block: parameters, then instructions of which only the last is a terminator.
#[derive(Clone, Default, Debug)]
pub struct BlockData {
    pub params: Vec<Value>,
    pub insts: Vec<Inst>,
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueDef {
    /// The n-th parameter of a block. The entry block's parameters are the function's.
    Param(Block, u32),
    /// The n-th result of an instruction.
    Result(Inst, u32),
    /// Replaced by another value everywhere (see [`Function::resolve`]).
    Alias(Value),
}

/// Type and definition of a value.
#[derive(Clone, Copy, Debug)]
pub struct ValueData {
    pub ty: Ty,
    pub def: ValueDef,
}

/// A piece of the frame with an address.
///
/// **Invariant:** a pointer word that is read before it is written, and every word of the frame set, is zero at entry. Words
/// of the frame set are scanned and adjusted for as long as the frame exists, others while they are alive or
/// a live pointer leads to the slot.
#[derive(Clone, Debug, Default)]
pub struct SlotData {
    /// Size in bytes.
    pub size: u32,
    /// Alignment in bytes, at most 16.
    pub align: u32,
    /// Offsets (in bytes, ascending, multiples of 8) of the words that hold pointers.
    pub ptr_words: Vec<u32>,
    /// Part of the frame set: read by deferred closures or the landing pad, valid at every PC.
    pub frame_set: bool,
    /// The Go variable it holds, for dumps and debug information.
    pub name: Option<Box<str>>,
}

/// How a function with `defer` enters and lands.
#[derive(Clone, Copy, Debug)]
pub struct DeferInfo {
    /// The defer state slot; its address is the identity of the frame.
    pub state: Slot,
    /// Where a recovered panic resumes. **Invariant:** the blocks reached from here and the normal
    /// blocks are disjoint, and the landing region uses no value defined outside it.
    pub landing: Block,
}

/// What a parameter is, for tables, tracebacks and escape analysis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ParamKind {
    /// A scalar of a Go parameter.
    #[default]
    Value,
    /// The closure context (always the first parameter).
    Context,
    /// Pointer to the caller's zeroed result slot.
    ResultPtr,
    /// Pointer to the caller's copy of a large aggregate; never nil, never stored.
    ByRef,
}

/// What calls of the function do with the pointer in a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ParamEscape {
    /// May be kept anywhere.
    #[default]
    Unknown,
    /// Not kept after the call returns, nor returned; and neither is anything reached through it.
    NoEscape,
    /// Not kept after the call returns, nor returned; but pointers in the memory that it points to may be.
    ContentEscapes,
}

/// A piece of what a traceback prints between the parentheses behind a function's name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TraceArg {
    /// The value of an IR parameter; `size` in bytes.
    Word { param: u16, size: u8 },
    /// A word of the memory that an IR parameter of kind [`ParamKind::ByRef`] points to.
    Field { param: u16, off: u32, size: u8 },
    /// `{`
    Open,
    /// `}`
    Close,
    /// `...`
    Dots,
}

/// Special functions of tracebacks (values of `internal/abi.FuncID`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FuncId(pub u8);

impl FuncId {
    /// An ordinary function.
    pub const NORMAL: FuncId = FuncId(0);
    /// Hidden from tracebacks, `Callers` and recover (`abi.FuncIDWrapper`).
    pub const WRAPPER: FuncId = FuncId(23);
}

/// Properties of a function that the back end must honour.
#[derive(Clone, Debug, Default)]
pub struct FuncAttrs {
    /// No stack check, never moved (`//go:nosplit`).
    pub nosplit: bool,
    pub noinline: bool,
    /// No signal stops a goroutine in it, nor in what is inlined into it: code of the runtime.
    pub nopreempt: bool,
    /// `//go:uintptrkeepalive`: pointer operands of uintptr conversions in a call's arguments live
    /// across the call.
    pub uintptr_keepalive: bool,
    pub func_id: FuncId,
    /// May be defined by several units with the same content (instances, wrappers, closures of
    /// instances): the linker keeps one.
    pub dedup: bool,
    /// Name in tables and tracebacks when it differs from the symbol (thunks carry the name of
    /// the function they wrap).
    pub table_name: Option<Box<str>>,
}

/// Position and inline scope of instructions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LocData {
    /// Position in the source map; 0 if unknown.
    pub pos: u32,
    /// The inlined call the instruction belongs to, if any.
    pub scope: Option<InlineSite>,
}

/// A call that was inlined: which function, and where the call stood.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct InlineSiteData {
    /// The function whose body was inlined.
    pub callee: Sym,
    /// Position of its `func` keyword, for the table's start line.
    pub start_pos: u32,
    /// The call.
    pub call: Loc,
}

/// Cases of a `switch` terminator: distinct values, ascending.
#[derive(Clone, Debug, Default)]
pub struct SwitchTable {
    pub cases: Vec<(i64, BlockCall)>,
}

/// A function in SSA form.
#[derive(Clone, Debug)]
pub struct Function {
    pub sym: Sym,
    pub sig: Signature,
    /// Parallel to `sig.params`.
    pub param_kinds: Vec<ParamKind>,
    /// Parallel to `sig.params`; filled by escape analysis or `//go:noescape`.
    pub param_escapes: Vec<ParamEscape>,
    /// The Go parameters as tracebacks print them.
    pub trace_args: Box<[TraceArg]>,
    pub attrs: FuncAttrs,
    /// Position of the declaration.
    pub start_pos: u32,
    pub blocks: PrimaryMap<Block, BlockData>,
    /// Blocks in the order of emission; the first is the entry. Unlisted blocks are dead.
    pub layout: Vec<Block>,
    pub insts: PrimaryMap<Inst, InstData>,
    /// Results of each instruction.
    pub results: SecondaryMap<Inst, ValueList>,
    pub inst_locs: SecondaryMap<Inst, Option<Loc>>,
    pub values: PrimaryMap<Value, ValueData>,
    pub pool: ListPool<Value>,
    pub sigs: PrimaryMap<SigRef, Signature>,
    pub slots: PrimaryMap<Slot, SlotData>,
    pub switches: Vec<SwitchTable>,
    pub locs: PrimaryMap<Loc, LocData>,
    pub inline_sites: PrimaryMap<InlineSite, InlineSiteData>,
    pub defer: Option<DeferInfo>,
}

impl Function {
    pub fn new(sym: Sym, sig: Signature) -> Function {
        let n = sig.params.len();
        let mut f = Function {
            sym,
            sig,
            param_kinds: vec![ParamKind::Value; n],
            param_escapes: vec![ParamEscape::Unknown; n],
            trace_args: Box::default(),
            attrs: FuncAttrs::default(),
            start_pos: 0,
            blocks: PrimaryMap::new(),
            layout: Vec::new(),
            insts: PrimaryMap::new(),
            results: SecondaryMap::new(),
            inst_locs: SecondaryMap::new(),
            values: PrimaryMap::new(),
            pool: ListPool::new(),
            sigs: PrimaryMap::new(),
            slots: PrimaryMap::new(),
            switches: Vec::new(),
            locs: PrimaryMap::new(),
            inline_sites: PrimaryMap::new(),
            defer: None,
        };
        let entry = f.new_block();
        f.layout.push(entry);
        for i in 0..n {
            f.add_block_param(entry, f.sig.params[i]);
        }
        f
    }

    /// The entry block; its parameters are the function's parameters.
    pub fn entry(&self) -> Block {
        self.layout[0]
    }

    /// The function's parameters.
    pub fn params(&self) -> &[Value] {
        &self.blocks[self.entry()].params
    }

    /// A new block that is not yet in the layout.
    pub fn new_block(&mut self) -> Block {
        self.blocks.push(BlockData::default())
    }

    pub fn add_block_param(&mut self, block: Block, ty: Ty) -> Value {
        let n = self.blocks[block].params.len() as u32;
        let v = self.values.push(ValueData { ty, def: ValueDef::Param(block, n) });
        self.blocks[block].params.push(v);
        v
    }

    /// Creates an instruction with results of the given types; it is in no block yet.
    pub fn new_inst(&mut self, data: InstData, results: &[Ty], loc: Option<Loc>) -> Inst {
        let inst = self.insts.push(data);
        let mut list = EntityList::new();
        for (i, &ty) in results.iter().enumerate() {
            let v = self.values.push(ValueData { ty, def: ValueDef::Result(inst, i as u32) });
            list.push(v, &mut self.pool);
        }
        self.results[inst] = list;
        self.inst_locs[inst] = loc;
        inst
    }

    /// The result types that `data` has.
    pub fn result_types(&self, data: &InstData) -> smallvec::SmallVec<[Ty; 2]> {
        use InstData::*;
        smallvec::SmallVec::from_slice(match data {
            Iconst { ty, .. } | Fconst { ty, .. } | Convert { ty, .. } => std::slice::from_ref(ty),
            Load { ty, .. } | SlotLoad { ty, .. } | AtomicLoad { ty, .. } => std::slice::from_ref(ty),
            SymAddr { .. } | SlotAddr { .. } | PtrAdd { .. } | PtrAddImm { .. } => &[Ty::Ptr],
            New { .. } | Closure { .. } => &[Ty::Ptr],
            GetG => &[Ty::I64],
            Unary { arg, .. } => return smallvec::smallvec![self.ty(*arg)],
            Binary { args, .. } => return smallvec::smallvec![self.ty(args[0])],
            Select { args } => return smallvec::smallvec![self.ty(args[1])],
            Fma { args } => return smallvec::smallvec![self.ty(args[0])],
            AtomicRmw { val, .. } => return smallvec::smallvec![self.ty(*val)],
            Icmp { .. } | Fcmp { .. } | AtomicCas { .. } => &[Ty::I8],
            Call { sig, .. } | CallIndirect { sig, .. } => {
                return self.sigs[*sig].results.iter().copied().collect();
            }
            Store { .. }
            | StoreWb { .. }
            | SlotStore { .. }
            | MemCopy { .. }
            | MemZero { .. }
            | AtomicStore { .. }
            | Prefetch { .. }
            | NilCheck { .. }
            | BoundsCheck { .. }
            | KeepAlive { .. }
            | Jump { .. }
            | Brif { .. }
            | Switch { .. }
            | Return { .. }
            | DeferEnter { .. }
            | Unreachable => &[],
        })
    }

    /// Follows aliases to the value that is really used.
    pub fn resolve(&self, mut v: Value) -> Value {
        while let ValueDef::Alias(w) = self.values[v].def {
            v = w;
        }
        v
    }

    /// Makes every use of `v` mean `by`. The definition of `v` must be removed by the caller.
    pub fn replace(&mut self, v: Value, by: Value) {
        let by = self.resolve(by);
        assert_ne!(v, by, "a value cannot replace itself");
        debug_assert_eq!(self.values[v].ty, self.values[by].ty);
        self.values[v].def = ValueDef::Alias(by);
    }

    pub fn ty(&self, v: Value) -> Ty {
        self.values[v].ty
    }

    /// Results of an instruction.
    pub fn inst_results(&self, inst: Inst) -> &[Value] {
        self.results[inst].as_slice(&self.pool)
    }

    /// The only result of an instruction.
    pub fn result(&self, inst: Inst) -> Value {
        let r = self.inst_results(inst);
        assert_eq!(r.len(), 1, "instruction has not exactly one result");
        r[0]
    }

    pub fn list(&mut self, values: &[Value]) -> ValueList {
        EntityList::from_slice(values, &mut self.pool)
    }

    pub fn block_call(&mut self, block: Block, args: &[Value]) -> BlockCall {
        BlockCall { block, args: self.list(args) }
    }

    /// The terminator of a block, if it has one.
    pub fn terminator(&self, block: Block) -> Option<Inst> {
        self.blocks[block].insts.last().copied().filter(|&i| self.insts[i].is_terminator())
    }

    /// The instruction that defines the value, if it is not a block parameter.
    pub fn def_inst(&self, v: Value) -> Option<Inst> {
        match self.values[self.resolve(v)].def {
            ValueDef::Result(inst, _) => Some(inst),
            _ => None,
        }
    }

    /// The constant that the value is, if it is one.
    pub fn as_const(&self, v: Value) -> Option<i64> {
        match self.insts[self.def_inst(v)?] {
            InstData::Iconst { imm, .. } => Some(imm),
            _ => None,
        }
    }

    /// Branch targets of a terminator, in order.
    pub fn targets(&self, inst: Inst) -> smallvec::SmallVec<[BlockCall; 2]> {
        use smallvec::smallvec;
        match &self.insts[inst] {
            InstData::Jump { dest } => smallvec![*dest],
            InstData::Brif { then, els, .. } => smallvec![*then, *els],
            InstData::Switch { cases, default, .. } => {
                let mut v = smallvec![*default];
                v.extend(self.switches[*cases as usize].cases.iter().map(|c| c.1));
                v
            }
            InstData::DeferEnter { normal, landing } => {
                smallvec![*normal, BlockCall { block: *landing, args: EntityList::new() }]
            }
            _ => smallvec![],
        }
    }

    /// How many targets the instruction has.
    pub fn target_count(&self, inst: Inst) -> usize {
        match &self.insts[inst] {
            InstData::Jump { .. } => 1,
            InstData::Brif { .. } | InstData::DeferEnter { .. } => 2,
            InstData::Switch { cases, .. } => 1 + self.switches[*cases as usize].cases.len(),
            _ => 0,
        }
    }

    /// One of the targets, in the order of [`Function::targets`].
    pub fn target(&self, inst: Inst, index: usize) -> BlockCall {
        match (&self.insts[inst], index) {
            (InstData::Jump { dest: t }, _)
            | (InstData::Brif { then: t, .. }, 0)
            | (InstData::Brif { els: t, .. }, _)
            | (InstData::DeferEnter { normal: t, .. }, 0)
            | (InstData::Switch { default: t, .. }, 0) => *t,
            (InstData::DeferEnter { landing, .. }, _) => {
                BlockCall { block: *landing, args: EntityList::new() }
            }
            (InstData::Switch { cases, .. }, _) => self.switches[*cases as usize].cases[index - 1].1,
            _ => unreachable!("an instruction without targets"),
        }
    }

    /// The block that one of the targets leads to.
    pub fn target_block(&self, inst: Inst, index: usize) -> Block {
        self.target(inst, index).block
    }

    /// Calls `f` on every operand value, branch arguments included.
    pub fn for_each_use(&self, inst: Inst, mut f: impl FnMut(Value)) {
        use InstData::*;
        let mut list = |l: &ValueList| l.as_slice(&self.pool).iter().for_each(|&v| f(v));
        match &self.insts[inst] {
            Call { args, .. } | Return { args } => return list(args),
            Closure { captures, .. } => return list(captures),
            CallIndirect { callee, args, .. } => {
                list(args);
                return f(*callee);
            }
            Jump { .. } | Brif { .. } | Switch { .. } | DeferEnter { .. } => {
                for t in self.targets(inst) {
                    list(&t.args);
                }
            }
            _ => {}
        }
        match &self.insts[inst] {
            Unary { arg, .. } | Convert { arg, .. } | Switch { arg, .. } => f(*arg),
            Binary { args, .. } | Icmp { args, .. } | Fcmp { args, .. } => args.iter().for_each(|&v| f(v)),
            Select { args } | Fma { args } => args.iter().for_each(|&v| f(v)),
            PtrAdd { base, off } => {
                f(*base);
                f(*off);
            }
            PtrAddImm { base, .. } => f(*base),
            Load { addr, .. } | AtomicLoad { addr, .. } | Prefetch { addr } => f(*addr),
            Store { val, addr, .. } | StoreWb { val, addr, .. } => {
                f(*val);
                f(*addr);
            }
            AtomicStore { val, addr } | AtomicRmw { val, addr, .. } => {
                f(*val);
                f(*addr);
            }
            SlotStore { val, .. } | KeepAlive { val } => f(*val),
            MemCopy { dst, src, .. } => {
                f(*dst);
                f(*src);
            }
            MemZero { dst, .. } => f(*dst),
            AtomicCas { addr, old, new } => {
                f(*addr);
                f(*old);
                f(*new);
            }
            NilCheck { ptr } => f(*ptr),
            BoundsCheck { idx, len, .. } => {
                f(*idx);
                f(*len);
            }
            Brif { cond, .. } => f(*cond),
            _ => {}
        }
    }

    /// Interns a location.
    pub fn add_loc(&mut self, pos: u32, scope: Option<InlineSite>) -> Loc {
        // Consecutive instructions mostly share their location; older equal entries may repeat.
        let data = LocData { pos, scope };
        if let Some((last, d)) = self.locs.iter().next_back()
            && *d == data
        {
            return last;
        }
        self.locs.push(data)
    }

    pub fn add_sig(&mut self, sig: Signature) -> SigRef {
        if let Some((r, _)) = self.sigs.iter().find(|(_, s)| **s == sig) {
            return r;
        }
        self.sigs.push(sig)
    }
}
