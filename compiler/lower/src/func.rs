//! The lowering of one function: its state, parameters, results, local variables, closures and exits.
//!
//! A declared function is lowered together with its literals, because they share the checked body. Each
//! literal, each body of a range-over-func loop and each wrapper of a `go` or `defer` statement becomes
//! an IR function of its own, made by a [`FuncLower`] of its own while the enclosing one waits.
//!
//! In a function that defers, results live in slots of the frame set from entry to exit, and the landing
//! block (where a recovered panic resumes) returns what these slots hold.

use crate::abi::{FuncAbi, PassMode};
use crate::cx::Cx;
use crate::defers::{DeferState, OpenDefers};
use crate::demand::Unit;
use crate::facts::{Facts, FnId, ROOT};
use crate::mono::{Env, InstId};
use crate::values::{Addr, Base, Place, Scalars, Val};
use grus_ir::{
    Block, DataObject, DataReloc, Escape, FuncAttrs, FuncId, FunctionBuilder, InstData, PtrWords, RelocKind,
    Section, Slot, SlotData, Sym, Ty, Value, Var,
};
use grus_syntax::{DeclKind, ExprId, File, Pos, PragmaFlags, StmtId};
use grus_types::{Info, ObjId, PkgId, TypeId};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// Larger variables are allocated on the heap.
pub const MAX_STACK_VAR: u64 = 128 * 1024;
/// Larger temporaries are allocated on the heap.
pub const MAX_STACK_TEMP: u64 = 64 * 1024;

/// What all functions of a nest share.
pub struct Body<'f> {
    pub pkg: PkgId,
    pub file: &'f File,
    pub info: &'f Info,
    pub env: &'f Env,
    pub facts: &'f Facts,
    /// Instances may be made by several units.
    pub dedup: bool,
}

/// Where a local variable lives.
#[derive(Clone, Debug)]
pub enum Local {
    /// SSA variables, one for each leaf.
    Vars(SmallVec<[Var; 4]>),
    /// A slot.
    Slot(Slot),
    /// A heap object (unless escape analysis finds better); the variable holds its address.
    Box(Var),
    /// Like `Box`, with the address in a slot of the frame set.
    BoxSlot(Slot),
    /// Memory that is never assigned.
    Mem(Addr),
}

/// A result parameter.
#[derive(Clone, Debug)]
pub struct ResultVar {
    pub obj: ObjId,
    pub ty: TypeId,
    /// Whether it is a variable in the function: named, or kept in a slot because the function defers.
    pub live: bool,
}

/// A statement that `break` or `continue` can refer to.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub stmt: StmtId,
    pub brk: Block,
    pub cont: Option<Block>,
}

/// Numbers for the names of nested functions.
#[derive(Clone, Copy, Default, Debug)]
pub struct NameCounters {
    pub lits: u32,
    pub ranges: u32,
    pub wraps: u32,
    pub asserts: u32,
}

/// The state of lowering one function.
pub struct FuncLower<'f, 'a> {
    pub cx: &'a Cx<'a>,
    pub u: &'f mut Unit<'a>,
    pub body: &'f Body<'f>,
    pub b: FunctionBuilder,
    pub id: FnId,
    pub name: String,
    pub counters: NameCounters,
    /// Set where names of nested functions do not begin with this function's own name.
    pub base_name: Option<String>,
    pub abi: FuncAbi,
    pub locals: FxHashMap<ObjId, Local>,
    pub results: Vec<ResultVar>,
    /// Values of expressions that were evaluated before the statement's other operands.
    pub pre: FxHashMap<ExprId, Val>,
    /// The memory of literals whose evaluation has begun.
    pub staged: FxHashMap<ExprId, Addr>,
    /// The elements of such literals that were stored.
    pub stored: FxHashSet<ExprId>,
    /// Places of left sides whose pointers were read before the statement's first assignment.
    pub early_places: FxHashMap<ExprId, Place>,
    /// Slots that hold temporaries: written once, used by one value.
    pub temps: FxHashSet<Slot>,
    /// Stores go to the caller's frame or to memory without barriers.
    pub no_barriers: bool,
    pub targets: Vec<Target>,
    pub labels: FxHashMap<StmtId, Block>,
    /// Where a `fallthrough` leads.
    pub fallthrough: Option<Block>,
    pub defer: Option<DeferState>,
    /// Set if the deferred calls are kept in the frame.
    pub open_defers: Option<OpenDefers>,
    /// Set in the body of a range-over-func loop.
    pub range: Option<crate::stmt::rangefunc::RangeBody>,
    /// The token of `runtime.deferrangefunc`, in bodies of range-over-func loops with defers.
    pub defer_token: Option<[Var; 2]>,
    /// The result pointer of the function.
    pub result_ptr: Option<Var>,
    pub pos: Pos,
}

/// A scalar that a closure object holds.
#[derive(Clone, Copy, Debug)]
pub struct CaptureLeaf {
    pub ty: Ty,
    pub off: u32,
    pub traced: bool,
}

/// The layout of a closure object.
#[derive(Clone, Debug, Default)]
pub struct CaptureLayout {
    pub leaves: Vec<CaptureLeaf>,
    pub size: u64,
}

impl CaptureLayout {
    /// Places scalars behind the code pointer in order, naturally aligned.
    pub fn new(leaves: impl IntoIterator<Item = (Ty, bool)>) -> CaptureLayout {
        let mut off = 8u32;
        let leaves: Vec<CaptureLeaf> = leaves
            .into_iter()
            .map(|(ty, traced)| {
                off = off.next_multiple_of(ty.size());
                let leaf = CaptureLeaf { ty, off, traced };
                off += ty.size();
                leaf
            })
            .collect();
        CaptureLayout { leaves, size: u64::from(off.next_multiple_of(8)) }
    }

    pub fn ptr_words(&self) -> Vec<u32> {
        self.leaves.iter().filter(|l| l.traced).map(|l| l.off).collect()
    }
}

/// Lowers a function instance with its literals.
pub fn lower_inst(u: &mut Unit<'_>, inst: InstId) {
    let cx = u.cx;
    let func = cx.inst_data(inst).func;
    let source = match cx.front.func(func) {
        Ok(s) => s,
        Err(diags) => return u.diags.extend(diags),
    };
    let Some(info) = source.info else { return };
    let DeclKind::Func(decl) = source.file[source.decl].kind else {
        unreachable!("functions are declared by function declarations");
    };
    let Some(block) = decl.body.expand() else { return };
    let env = cx.inst_env(inst);
    let sig = cx.store.signature(cx.store.type_of(func));
    let params: Vec<ObjId> = sig.recv.into_iter().chain(cx.store.vars(sig.params).iter().copied()).collect();
    let results: Vec<ObjId> = cx.store.vars(sig.results).to_vec();
    let collector = crate::facts::Collector::new(cx, source.file, info, &env);
    let facts = collector.func(&params, &results, block);
    let body =
        Body { pkg: source.pkg, file: source.file, info, env: &env, facts: &facts, dedup: !env.is_empty() };
    let flags = source.file.pragma_flags(source.decl);
    let name = cx.inst_name(inst);
    let mut f = FuncLower::new(u, &body, ROOT, name, false, &params, &results);
    f.b.func.attrs = FuncAttrs {
        nosplit: flags.contains(PragmaFlags::NO_SPLIT),
        noinline: flags.contains(PragmaFlags::NO_INLINE) || facts.func(ROOT).has_recover,
        uintptr_keepalive: flags.intersects(PragmaFlags::UINTPTR_KEEP_ALIVE),
        dedup: body.dedup,
        nopreempt: f.b.func.attrs.nopreempt,
        ..FuncAttrs::default()
    };
    f.b.func.start_pos = source.file[source.decl].pos.as_u32();
    f.at(source.file[source.decl].pos);
    f.enter(&params, &results);
    f.block_body(block);
    f.finish();
}

impl<'f, 'a> FuncLower<'f, 'a> {
    /// The state for a function with these parameters and results.
    pub fn new(
        u: &'f mut Unit<'a>,
        body: &'f Body<'f>,
        id: FnId,
        name: String,
        context: bool,
        params: &[ObjId],
        results: &[ObjId],
    ) -> Self {
        let cx = u.cx;
        let types = |list: &[ObjId]| -> Vec<TypeId> {
            list.iter().map(|&v| body.env.ty(cx, cx.store.type_of(v))).collect()
        };
        let abi = FuncAbi::new(cx, context, &types(params), &types(results));
        Self::with_abi(u, body, id, name, abi)
    }

    /// The state for a function with this ABI.
    pub fn with_abi(u: &'f mut Unit<'a>, body: &'f Body<'f>, id: FnId, name: String, abi: FuncAbi) -> Self {
        let cx = u.cx;
        let sym = cx.intern(&name);
        let mut b = FunctionBuilder::new(sym, abi.sig.clone());
        b.func.param_kinds = abi.kinds.clone();
        b.func.trace_args = crate::tracearg::trace_args(cx, &abi);
        b.func.attrs.dedup = body.dedup;
        b.func.attrs.nopreempt = crate::names::belongs_to_runtime(cx.store, body.pkg);
        FuncLower {
            cx,
            u,
            body,
            b,
            id,
            name,
            counters: NameCounters::default(),
            base_name: None,
            abi,
            locals: FxHashMap::default(),
            results: Vec::new(),
            pre: FxHashMap::default(),
            staged: FxHashMap::default(),
            stored: FxHashSet::default(),
            early_places: FxHashMap::default(),
            temps: FxHashSet::default(),
            no_barriers: false,
            targets: Vec::new(),
            labels: FxHashMap::default(),
            fallthrough: None,
            defer: None,
            open_defers: None,
            range: None,
            defer_token: None,
            result_ptr: None,
            pos: Pos::NONE,
        }
    }

    // ---- shorthands ----

    /// The concrete type of an expression.
    pub fn ty(&self, e: ExprId) -> TypeId {
        match self.body.info.type_of(e) {
            Some(t) => self.body.env.ty(self.cx, t),
            None => match self.body.info.object(e) {
                Some(obj) => self.obj_ty(obj),
                None => panic!("{}: expression without type", self.body.file.pos(e)),
            },
        }
    }

    /// The concrete type of an object.
    pub fn obj_ty(&self, obj: ObjId) -> TypeId {
        self.body.env.ty(self.cx, self.cx.store.type_of(obj))
    }

    /// Sets the position of what follows.
    pub fn at(&mut self, pos: Pos) {
        if pos.is_known() && pos != self.pos {
            self.pos = pos;
            self.b.set_pos(pos.as_u32(), None);
        }
    }

    /// Reports something that cannot be compiled yet.
    pub fn unsupported(&mut self, pos: Pos, what: impl std::fmt::Display) {
        self.u.unsupported(pos, what);
    }

    /// Reports, and gives a value to go on with.
    pub fn unsupported_val(&mut self, pos: Pos, what: impl std::fmt::Display, t: TypeId) -> Val {
        self.u.unsupported(pos, what);
        self.zero_val(t)
    }

    // ---- objects ----

    /// A zeroed heap object of a type.
    pub fn new_object(&mut self, t: TypeId) -> Value {
        let desc = self.u.type_desc(t);
        let info = self.cx.info(t);
        self.b.ins(InstData::New {
            desc,
            size: info.size,
            align: info.align,
            pointers: None,
            escape: Escape::Heap,
        })
    }

    /// A heap object that holds a value.
    pub fn new_boxed(&mut self, t: TypeId, val: &Val) -> Value {
        let ptr = self.new_object(t);
        self.store(Addr::safe(ptr), t, val);
        ptr
    }

    // ---- entry ----

    /// Receives parameters, declares results, and sets up the defer state.
    pub fn enter(&mut self, params: &[ObjId], results: &[ObjId]) {
        let entry_params: Vec<Value> = self.b.func.params().to_vec();
        let has_defer = !self.body.facts.func(self.id).range_body && self.body.facts.func(self.id).has_defer;
        if self.abi.area.is_some() {
            let ptr = entry_params[self.abi.result_ptr()];
            let var = self.b.declare_var(Ty::Ptr);
            self.b.def_var(var, ptr);
            self.result_ptr = Some(var);
        }
        if has_defer {
            self.enter_defer();
        }
        for (i, &obj) in params.iter().enumerate() {
            let t = self.abi.param_types[i];
            let val = match self.abi.params[i] {
                PassMode::Scalars { first, count } => Val::S(entry_params[first..first + count].into()),
                PassMode::ByRef { index } => Val::M(Addr::safe(entry_params[index])),
            };
            let name = self.cx.store.obj(obj).name;
            if name.is_blank() || name.is_empty() {
                continue;
            }
            self.declare_param(obj, t, &val);
        }
        let captured = self.body.facts.func(self.id).range_returns;
        for (i, &obj) in results.iter().enumerate() {
            let t = self.abi.results[i];
            let name = self.cx.store.obj(obj).name;
            let named = !name.is_empty();
            let live = named || has_defer || captured;
            self.results.push(ResultVar { obj, ty: t, live });
            if live {
                self.declare_result(obj, t, has_defer);
            }
        }
        if has_defer {
            self.start_normal();
        }
    }

    fn declare_param(&mut self, obj: ObjId, t: TypeId, val: &Val) {
        let facts = self.body.facts;
        if let Val::M(addr) = val
            && !facts.needs_box(self.cx, obj, t)
            && !facts.vars.get(&obj).is_some_and(|v| v.reassigned)
        {
            self.locals.insert(obj, Local::Mem(*addr));
            return;
        }
        self.declare(obj, t, Some(val));
    }

    /// Whether a variable of the type is kept in a slot although it is scalar.
    fn slot_for_indexing(&self, obj: ObjId, t: TypeId) -> bool {
        self.body.facts.vars.get(&obj).is_some_and(|v| v.indexed) && self.cx.info(t).leaves().len() > 1
    }

    /// A place, not set yet, for the value of a variable without an address.
    pub fn unboxed(&mut self, obj: ObjId, t: TypeId) -> Local {
        let info = self.cx.info(t);
        if info.is_scalar() && !self.slot_for_indexing(obj, t) {
            Local::Vars(info.leaves().iter().map(|l| self.b.declare_var(l.ty)).collect())
        } else {
            Local::Slot(self.new_slot(t, false))
        }
    }

    /// Declares a local variable with an initial value, or zero.
    pub fn declare(&mut self, obj: ObjId, t: TypeId, init: Option<&Val>) {
        let facts = self.body.facts;
        let info = self.cx.info(t);
        if facts.needs_box(self.cx, obj, t) || (!info.is_scalar() && info.size > MAX_STACK_VAR) {
            let ptr = self.new_object(t);
            if let Some(val) = init {
                self.store(Addr::safe(ptr), t, val);
            }
            let var = self.b.declare_var(Ty::Ptr);
            self.b.def_var(var, ptr);
            self.locals.insert(obj, Local::Box(var));
            return;
        }
        let local = self.unboxed(obj, t);
        self.locals.insert(obj, local.clone());
        if let Local::Vars(vars) = local {
            let zero;
            let val = match init {
                Some(v) => v,
                None => {
                    zero = self.zero_val(t);
                    &zero
                }
            };
            self.write_place(&Place::Vars(vars), t, val);
        } else if let Local::Slot(slot) = local {
            match init {
                Some(val) => self.store(Addr::slot(slot), t, val),
                None => self.zero_mem(Addr::slot(slot), t),
            }
        }
    }

    fn declare_result(&mut self, obj: ObjId, t: TypeId, has_defer: bool) {
        if !has_defer {
            return self.declare(obj, t, None);
        }
        let info = self.cx.info(t);
        if self.body.facts.needs_box(self.cx, obj, t) || info.size > MAX_STACK_VAR {
            let ptr = self.new_object(t);
            let slot = self.b.create_slot(SlotData {
                size: 8,
                align: 8,
                ptr_words: vec![0],
                frame_set: true,
                name: None,
            });
            self.b.slot_store(ptr, slot, 0);
            self.locals.insert(obj, Local::BoxSlot(slot));
        } else {
            // Zeroed at entry, as all slots of the frame set.
            let slot = self.new_slot(t, true);
            self.zero_mem(Addr::slot(slot), t);
            self.locals.insert(obj, Local::Slot(slot));
        }
    }

    /// Where a local variable is.
    pub fn local_place(&mut self, local: &Local) -> Place {
        match local {
            Local::Vars(vars) => Place::Vars(vars.clone()),
            Local::Slot(slot) => Place::Mem(Addr::slot(*slot)),
            Local::Box(var) => Place::Mem(Addr::safe(self.b.use_var(*var))),
            Local::BoxSlot(slot) => Place::Mem(Addr::safe(self.b.slot_load(Ty::Ptr, *slot, 0))),
            Local::Mem(addr) => Place::Mem(*addr),
        }
    }

    /// The place of a variable: local, captured, or of a package.
    pub fn var_place(&mut self, obj: ObjId, pos: Pos) -> Place {
        if let Some(local) = self.locals.get(&obj) {
            let local = local.clone();
            return self.local_place(&local);
        }
        if self.cx.is_package_var(obj) {
            return Place::Mem(Addr::sym(self.u.global(obj)));
        }
        self.unsupported(
            pos,
            format_args!("variable {} used outside its function", self.cx.store.obj(obj).name),
        );
        Place::Blank
    }

    // ---- exit ----

    /// Returns the values of the result variables.
    pub fn return_results(&mut self) {
        let results = self.results.clone();
        let vals: Vec<Val> = results
            .iter()
            .map(|r| {
                let local = self.locals[&r.obj].clone();
                let place = self.local_place(&local);
                self.read_place(&place, r.ty)
            })
            .collect();
        self.emit_return(&vals);
    }

    /// Leaves the function with values of the result types, or (`None`) with those that the result variables
    /// have.
    pub fn do_return(&mut self, vals: Option<Vec<Val>>) {
        if self.range.is_some() {
            return self.return_from_range(vals);
        }
        let live = self.results.iter().any(|r| r.live);
        match vals {
            Some(vals) if !live && self.defer.is_none() => return self.emit_return(&vals),
            Some(vals) => self.assign_results(&vals),
            None => {}
        }
        if let Some(d) = self.defer {
            self.defer_return(d);
        }
        self.return_results();
    }

    /// Assigns to the result variables.
    pub fn assign_results(&mut self, vals: &[Val]) {
        let results = self.results.clone();
        // A large result may lie in the memory of another result variable.
        let vals: Vec<Val> = if vals.len() > 1 {
            vals.iter().zip(&results).map(|(v, r)| self.detach(v.clone(), r.ty)).collect()
        } else {
            vals.to_vec()
        };
        for (r, val) in results.iter().zip(&vals) {
            let local = self.locals[&r.obj].clone();
            let place = self.local_place(&local);
            self.write_place(&place, r.ty, val);
        }
    }

    /// The return instruction.
    pub fn emit_return(&mut self, vals: &[Val]) {
        let Some(area) = self.abi.area.clone() else {
            let scalars: Vec<Value> = vals.iter().flat_map(|v| v.scalars().iter().copied()).collect();
            return self.b.ret(&scalars);
        };
        let ptr = self.b.use_var(self.result_ptr.expect("results are returned in memory"));
        let types = self.abi.results.clone();
        let saved = std::mem::replace(&mut self.no_barriers, true);
        for (i, val) in vals.iter().enumerate() {
            self.store(Addr::safe(ptr).plus(u64::from(area.offsets[i])), types[i], val);
        }
        self.no_barriers = saved;
        self.b.ret(&[]);
    }

    /// Lowers the statements of a function body, and the return at its end.
    pub fn block_body(&mut self, block: StmtId) {
        let (list, rbrace) = self.body.file.block(block);
        self.stmts(list);
        self.at(rbrace);
        if self.b.current().is_some() {
            if self.range.is_some() {
                self.range_continue();
            } else if self.results.is_empty() {
                self.do_return(Some(Vec::new()));
            } else {
                self.b.unreachable();
            }
        }
        self.seal_labels();
        self.landing();
    }

    /// Seals the blocks of labels: no more gotos follow. A label that was never reached as a statement
    /// (its code was dropped as unreachable) ends in nothing.
    pub fn seal_labels(&mut self) {
        let mut labels: Vec<(StmtId, Block)> = self.labels.drain().collect();
        labels.sort_by_key(|l| l.0);
        for (_, block) in labels {
            self.b.seal(block);
            if !self.b.in_layout(block) {
                self.b.switch_to(block);
                self.b.unreachable();
            }
        }
    }

    /// Completes the function and hands it to the unit.
    pub fn finish(mut self) {
        if self.b.current().is_some() {
            self.b.unreachable();
        }
        let func = self.b.finish();
        self.u.funcs.push(func);
    }

    // ---- closures ----

    /// What a variable contributes to the closure objects that capture it.
    pub fn capture_leaves(&self, obj: ObjId) -> Vec<(Ty, bool)> {
        let t = self.obj_ty(obj);
        if self.body.facts.by_value(self.cx, obj, t) {
            self.cx.info(t).leaves().iter().map(|l| (l.ty, l.traced)).collect()
        } else {
            vec![(Ty::Ptr, true)]
        }
    }

    /// The scalars to put into a closure object for a variable.
    pub fn capture_vals(&mut self, obj: ObjId) -> Scalars {
        let t = self.obj_ty(obj);
        let by_value = self.body.facts.by_value(self.cx, obj, t);
        let Some(local) = self.locals.get(&obj).cloned() else {
            let pos = self.cx.store.obj(obj).pos;
            self.unsupported(pos, "capture of a variable that is not in scope");
            let n = self.capture_leaves(obj);
            return n.into_iter().map(|(ty, _)| self.b.zero(ty)).collect();
        };
        if by_value {
            let place = self.local_place(&local);
            return self.read_place(&place, t).scalars().into();
        }
        match self.local_place(&local) {
            Place::Mem(addr @ Addr { base: Base::Ptr { .. }, .. }) => {
                smallvec::smallvec![self.addr_value(addr)]
            }
            _ => unreachable!("variables captured by reference are boxed"),
        }
    }

    /// Makes a closure object.
    pub fn make_closure(&mut self, code: Sym, layout: &CaptureLayout, vals: &[Value]) -> Value {
        if vals.is_empty() {
            let sym = self.static_closure(code);
            return self.b.sym_addr(sym, 0);
        }
        let desc = self.u.closure_desc(layout.size, &layout.ptr_words());
        let captures = self.b.func.list(vals);
        self.b.ins(InstData::Closure { code, desc, size: layout.size, captures, escape: Escape::Heap })
    }

    /// The read-only closure object of code that captures nothing.
    pub fn static_closure(&mut self, code: Sym) -> Sym {
        let name = format!("{}·f", self.cx.symbols.name(code));
        let sym = self.cx.intern(&name);
        self.u.static_codes.insert(sym, code);
        self.u.add_data(DataObject {
            sym,
            section: Section::RoData,
            align: 8,
            size: 8,
            bytes: vec![0; 8],
            relocs: vec![DataReloc { offset: 0, kind: RelocKind::Abs64, sym: code, addend: 0 }],
            ptr_words: PtrWords::None,
        });
        sym
    }

    /// A function literal's value.
    pub fn func_lit(&mut self, e: ExprId, body: StmtId) -> Val {
        let id = self.body.facts.lits[&e];
        let name = self.lit_name();
        let store = self.cx.store;
        let sig = store.signature(self.body.info.type_of(e).expect("a function literal has a type"));
        let (params, results) = (store.vars(sig.params).to_vec(), store.vars(sig.results).to_vec());
        let captures = self.body.facts.func(id).captures.clone();
        let layout = CaptureLayout::new(captures.iter().flat_map(|&c| self.capture_leaves(c)));
        let vals: Vec<Value> = captures.iter().flat_map(|&c| self.capture_vals(c)).collect();

        let pos = self.body.file.pos(e);
        let mut child = FuncLower::new(&mut *self.u, self.body, id, name.clone(), true, &params, &results);
        child.b.func.start_pos = pos.as_u32();
        child.b.func.attrs.noinline = self.body.facts.func(id).has_recover;
        child.at(pos);
        child.load_captures(&captures, &layout, 0);
        child.enter(&params, &results);
        child.block_body(body);
        child.finish();

        let code = self.cx.intern(&name);
        self.at(pos);
        Val::one(self.make_closure(code, &layout, &vals))
    }

    /// The name for a function literal in this function.
    fn lit_name(&mut self) -> String {
        self.counters.lits += 1;
        let n = self.counters.lits;
        let kind = if self.id == ROOT { "func" } else { "" };
        format!("{}.{kind}{n}", self.base_name())
    }

    /// The name that names of nested functions begin with.
    pub fn base_name(&self) -> &str {
        self.base_name.as_deref().unwrap_or(&self.name)
    }

    /// Declares captured variables from the closure object; `skip` leaves before them are something
    /// else.
    pub fn load_captures(&mut self, captures: &[ObjId], layout: &CaptureLayout, skip: usize) {
        let ctx = self.b.func.params()[0];
        let mut leaves = layout.leaves[skip..].iter();
        for &obj in captures {
            let t = self.obj_ty(obj);
            let by_value = self.body.facts.by_value(self.cx, obj, t);
            let count = if by_value { self.cx.info(t).leaves().len() } else { 1 };
            let mut vars: SmallVec<[Var; 4]> = SmallVec::new();
            for leaf in leaves.by_ref().take(count) {
                let v = self.load_scalar(Addr::safe(ctx).plus(u64::from(leaf.off)), leaf.ty);
                let var = self.b.declare_var(leaf.ty);
                self.b.def_var(var, v);
                vars.push(var);
            }
            let local = if by_value { Local::Vars(vars) } else { Local::Box(vars[0]) };
            self.locals.insert(obj, local);
        }
    }

    // ---- wrappers of go and defer ----

    /// A wrapper `gowrapN` or `deferwrapN` without parameters that is closed over scalars; `body` gets their
    /// values in the wrapper. Returns the closure.
    pub fn wrapper(
        &mut self,
        kind: &str,
        leaves: Vec<(Ty, bool)>,
        vals: &[Value],
        body: impl FnOnce(&mut FuncLower<'_, 'a>, &[Value]),
    ) -> Value {
        self.counters.wraps += 1;
        let name = format!("{}.{kind}{}", self.base_name(), self.counters.wraps);
        let layout = CaptureLayout::new(leaves);
        let abi = FuncAbi::new(self.cx, true, &[], &[]);
        let pos = self.pos;
        let id = self.id;
        let mut child = FuncLower::with_abi(&mut *self.u, self.body, id, name.clone(), abi);
        child.b.func.attrs.func_id = FuncId::WRAPPER;
        child.b.func.start_pos = pos.as_u32();
        child.at(pos);
        let ctx = child.b.func.params()[0];
        let loaded: Vec<Value> = layout
            .leaves
            .iter()
            .map(|l| child.load_scalar(Addr::safe(ctx).plus(u64::from(l.off)), l.ty))
            .collect();
        body(&mut child, &loaded);
        if child.b.current().is_some() {
            child.b.ret(&[]);
        }
        child.finish();
        let code = self.cx.intern(&name);
        self.make_closure(code, &layout, vals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_naturally_aligned_behind_the_code() {
        let l = CaptureLayout::new([(Ty::I8, false), (Ty::Ptr, true), (Ty::I32, false), (Ty::I16, false)]);
        let offs: Vec<u32> = l.leaves.iter().map(|l| l.off).collect();
        assert_eq!((offs, l.size, l.ptr_words()), (vec![8, 16, 24, 28], 32, vec![16]));
    }
}
