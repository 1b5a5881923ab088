//! Loops: `for` with its clauses, and `range` over everything but functions.

use crate::func::{FuncLower, Local, MAX_STACK_VAR, Target};
use crate::layout::{Kind, default_type};
use crate::stmt::assign::Source;
use crate::values::{Addr, Place, Val};
use grus_ir::{BinaryOp, InstData, IntCc, MemFlags, Ty, Value, Var};
use grus_syntax::{ExprId, Operator, StmtId, StmtKind};
use grus_types::universe::typ;
use grus_types::{ObjId, TypeId};
use smallvec::{SmallVec, smallvec};

/// A variable of a `for` clause that has an address and is a new one in each iteration.
///
/// The head of the loop makes it. Only its value passes from one iteration to the next, not its address: so the memory
/// can be the same for all iterations if the address does not escape from one. Where the statement behind the iteration
/// needs the address, the variable is made before that statement, and once before the loop.
struct LoopVar {
    obj: ObjId,
    ty: TypeId,
    /// Holds the address.
    address: Var,
    /// Holds the value between iterations and for the statement behind each.
    between: Option<Local>,
}

impl<'a> FuncLower<'_, 'a> {
    /// Whether the file's language version is at least `go1.minor`.
    pub fn lang(&self, minor: u16) -> bool {
        let pkg = self.cx.store.pkg(self.body.pkg).go_version();
        let of_pkg = pkg.and_then(|v| {
            let v = v.as_str().strip_prefix("go1.")?;
            v.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u16>().ok()
        });
        let of_file = self.body.file.go_version.map(|v| v.minor);
        match (of_pkg, of_file) {
            (_, Some(f)) => f.max(21) >= minor || of_pkg.is_some_and(|p| p >= minor && f >= minor),
            (Some(p), None) => p >= minor,
            (None, None) => true,
        }
    }

    /// `for init; cond; post { body }`
    pub fn for_stmt(
        &mut self,
        s: StmtId,
        init: Option<StmtId>,
        cond: Option<ExprId>,
        post: Option<StmtId>,
        body: StmtId,
    ) {
        if let Some(init) = init {
            self.stmt(init);
        }
        let fresh = if self.lang(22) { self.loop_vars(init) } else { Vec::new() };
        for var in fresh.iter().filter(|v| v.between.is_some()) {
            self.carry(var);
        }
        let (header, body_block) = (self.b.create_block(), self.b.create_block());
        let (cont, exit) = (self.b.create_block(), self.b.create_block());
        self.b.jump(header, &[]);
        self.b.switch_to(header);
        for var in &fresh {
            self.renew(var);
        }
        self.pre.clear();
        match cond {
            Some(c) => {
                self.at(self.pos_of(c));
                self.branch(c, body_block, exit);
            }
            None => self.b.jump(body_block, &[]),
        }
        self.b.switch_sealed(body_block);
        self.with_target(Target { stmt: s, brk: exit, cont: Some(cont) }, |f| f.stmt(body));
        self.b.jump(cont, &[]);
        self.b.switch_sealed(cont);
        if !self.b.is_unreachable() {
            for var in &fresh {
                self.carry(var);
                if let Some(between) = &var.between {
                    self.locals.insert(var.obj, between.clone());
                }
            }
            if let Some(post) = post {
                self.stmt(post);
            }
            for var in &fresh {
                self.locals.insert(var.obj, Local::Box(var.address));
            }
        }
        self.b.jump(header, &[]);
        self.b.seal(header);
        self.b.switch_sealed(exit);
    }

    /// The variables of a loop that are allocated anew for each iteration.
    fn loop_vars(&mut self, init: Option<StmtId>) -> Vec<LoopVar> {
        let Some(init) = init else { return Vec::new() };
        let StmtKind::Assign { op: Some(Operator::Def), lhs, .. } = self.body.file[init].kind else {
            return Vec::new();
        };
        let mut vars = Vec::new();
        for &l in self.body.file.unpack_list(&lhs) {
            let Some(obj) = self.body.info.def(l) else { continue };
            let ty = self.obj_ty(obj);
            let facts = self.body.facts;
            if facts.needs_box(self.cx, obj, ty)
                && let Some(&Local::Box(address)) = self.locals.get(&obj)
            {
                let needed = facts.vars.get(&obj).is_some_and(|v| v.needed_by_post);
                let between = !needed && self.cx.info(ty).size <= MAX_STACK_VAR;
                let between = between.then(|| self.unboxed(obj, ty));
                vars.push(LoopVar { obj, ty, address, between });
            }
        }
        vars
    }

    /// Between two iterations: the next one's variable begins with the value of this one's.
    fn carry(&mut self, var: &LoopVar) {
        let old = Addr::safe(self.b.use_var(var.address));
        match &var.between {
            Some(Local::Vars(vars)) => {
                let val = self.load(old, var.ty);
                self.write_place(&Place::Vars(vars.clone()), var.ty, &val);
            }
            Some(Local::Slot(slot)) => self.copy(Addr::slot(*slot), old, var.ty),
            _ => {
                let val = self.load(old, var.ty);
                let new = self.new_boxed(var.ty, &val);
                self.b.def_var(var.address, new);
            }
        }
    }

    /// At the head of the loop: gives the iteration its variable, if the statement before did not.
    fn renew(&mut self, var: &LoopVar) {
        let place = match &var.between {
            Some(Local::Vars(vars)) => Place::Vars(vars.clone()),
            Some(Local::Slot(slot)) => Place::Mem(Addr::slot(*slot)),
            _ => return,
        };
        let val = self.read_place(&place, var.ty);
        let new = self.new_boxed(var.ty, &val);
        self.b.def_var(var.address, new);
    }

    /// `for lhs = range x { body }`
    pub fn range_stmt(&mut self, s: StmtId, lhs: Option<ExprId>, def: bool, x: ExprId, body: StmtId) {
        let vars: Vec<ExprId> = self.body.file.unpack_optional_list(&lhs).to_vec();
        let xt = self.ty(x);
        let xt = default_type(self.cx.store, xt);
        match self.cx.info(xt).kind.clone() {
            Kind::Int { bits, signed } => self.range_int(s, &vars, def, x, xt, bits, signed, body),
            Kind::Slice(elem) => {
                let v = self.bytes_operand(x);
                let (ptr, len) = (v.scalars()[0], v.scalars()[1]);
                self.range_elems(s, &vars, def, Some(Addr::safe(ptr)), len, elem, body);
            }
            Kind::Array(elem, n) => self.range_array(s, &vars, def, x, xt, elem, n, body),
            Kind::Pointer(arr) => {
                let Kind::Array(elem, n) = self.cx.info(arr).kind else { unreachable!("pointer to array") };
                let ptr = self.rvalue(x).single();
                let len = self.b.iconst(Ty::I64, n as i64);
                self.range_elems(s, &vars, def, Some(Addr::deref(ptr)), len, elem, body);
            }
            Kind::String => {
                let v = self.rvalue_as(x, xt);
                self.range_string(s, &vars, def, &v, body);
            }
            Kind::Map(key, elem) => self.range_map(s, &vars, def, x, xt, key, elem, body),
            Kind::Chan(_, elem) => self.range_chan(s, &vars, def, x, xt, elem, body),
            Kind::Func => self.range_func(s, &vars, def, x, xt, body),
            k => {
                let pos = self.pos_of(x);
                self.unsupported(pos, format_args!("range over {k:?}"));
            }
        }
    }

    /// Whether an iteration variable is given.
    fn wants(&self, vars: &[ExprId], i: usize) -> bool {
        vars.get(i).is_some_and(|&v| self.body.file.as_name(v).is_none_or(|n| !n.is_blank()))
    }

    /// Before Go 1.22 variables that a range clause declares live across iterations.
    fn predeclare(&mut self, vars: &[ExprId], def: bool) -> bool {
        if !def || self.lang(22) {
            return def;
        }
        for &v in vars {
            if let Some(obj) = self.body.info.def(v)
                && !self.cx.store.obj(obj).name.is_blank()
            {
                let t = self.obj_ty(obj);
                self.declare(obj, t, None);
            }
        }
        false
    }

    /// Assigns to iteration variables: all values are there before the first assignment. They are read by `vals`
    /// after the calls of the left sides.
    pub fn set_range_vars(
        &mut self,
        vars: &[ExprId],
        def: bool,
        vals: impl FnOnce(&mut Self) -> SmallVec<[(Val, TypeId); 2]>,
    ) {
        self.pre.clear();
        for &v in vars {
            if self.body.info.def(v).is_none() {
                self.order_lhs(v, false);
            }
        }
        let vals = vals(self);
        let mut pairs = Vec::with_capacity(vars.len());
        for (&v, (val, s)) in vars.iter().zip(&vals) {
            if self.body.file.as_name(v).is_some_and(|n| n.is_blank()) {
                continue;
            }
            if let Some(obj) = self.body.info.def(v) {
                let t = self.obj_ty(obj);
                if def {
                    self.declare(obj, t, Some(val));
                } else {
                    let local = self.locals[&obj].clone();
                    let place = self.local_place(&local);
                    self.write_place(&place, t, val);
                }
                continue;
            }
            // The first assignment may change the memory where the second value lies.
            let val = if vars.len() > 1 { self.detach(val.clone(), *s) } else { val.clone() };
            pairs.push((v, Source::Val(val, *s)));
        }
        let pos = self.pos;
        self.assign_each(pairs, false, pos);
    }

    /// A counting loop: `body` gets the counter in each iteration.
    fn counted(&mut self, s: StmtId, ty: Ty, cc: IntCc, limit: Value, body: impl FnOnce(&mut Self, Value)) {
        let i = self.b.declare_var(ty);
        let zero = self.b.iconst(ty, 0);
        self.b.def_var(i, zero);
        self.loop_while(
            s,
            |f| {
                let v = f.b.use_var(i);
                f.b.icmp(cc, v, limit)
            },
            |f| {
                let v = f.b.use_var(i);
                body(f, v);
            },
            |f| {
                let v = f.b.use_var(i);
                let next = f.b.binary_imm(BinaryOp::Add, v, 1);
                f.b.def_var(i, next);
            },
        );
    }

    /// A loop with a computed condition.
    fn loop_while(
        &mut self,
        s: StmtId,
        cond: impl FnOnce(&mut Self) -> Value,
        body: impl FnOnce(&mut Self),
        step: impl FnOnce(&mut Self),
    ) {
        let (header, inner) = (self.b.create_block(), self.b.create_block());
        let (cont, exit) = (self.b.create_block(), self.b.create_block());
        self.b.jump(header, &[]);
        self.b.switch_to(header);
        let c = cond(self);
        self.b.brif(c, inner, exit);
        self.b.switch_sealed(inner);
        self.with_target(Target { stmt: s, brk: exit, cont: Some(cont) }, body);
        self.b.jump(cont, &[]);
        self.b.switch_sealed(cont);
        if !self.b.is_unreachable() {
            step(self);
        }
        self.b.jump(header, &[]);
        self.b.seal(header);
        self.b.switch_sealed(exit);
    }

    #[allow(clippy::too_many_arguments)]
    fn range_int(
        &mut self,
        s: StmtId,
        vars: &[ExprId],
        def: bool,
        x: ExprId,
        xt: TypeId,
        bits: u8,
        signed: bool,
        body: StmtId,
    ) {
        // A constant takes the type of the variable.
        let (t, bits, signed) = match vars.first() {
            Some(&v) if self.is_const(x) && self.wants(vars, 0) => {
                let t = match self.body.info.def(v) {
                    Some(obj) => self.obj_ty(obj),
                    None => self.ty(v),
                };
                match self.cx.info(t).kind {
                    Kind::Int { bits, signed } => (t, bits, signed),
                    _ => (xt, bits, signed),
                }
            }
            _ => (xt, bits, signed),
        };
        let n = self.rvalue_as(x, t).single();
        let def = self.predeclare(vars, def);
        let cc = if signed { IntCc::Slt } else { IntCc::Ult };
        let vars = vars.to_vec();
        self.counted(s, Ty::int(u32::from(bits) / 8), cc, n, |f, i| {
            f.set_range_vars(&vars, def, |_| smallvec![(Val::one(i), t)]);
            f.stmt(body);
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn range_array(
        &mut self,
        s: StmtId,
        vars: &[ExprId],
        def: bool,
        x: ExprId,
        xt: TypeId,
        elem: TypeId,
        n: u64,
        body: StmtId,
    ) {
        let len = self.b.iconst(Ty::I64, n as i64);
        if !self.wants(vars, 1) {
            self.order(x);
            return self.range_elems(s, vars, def, None, len, elem, body);
        }
        // The loop works on a copy.
        let v = self.rvalue(x);
        let addr = match v {
            Val::S(_) => self.spill(&v, xt),
            Val::M(Addr { base: crate::values::Base::Slot(slot), .. }) if self.temps.contains(&slot) => {
                let Val::M(addr) = v else { unreachable!("matched above") };
                addr
            }
            Val::M(_) => self.spill(&v, xt),
        };
        self.range_elems(s, vars, def, Some(addr), len, elem, body);
    }

    /// A loop over `len` elements in memory, which is given unless only the index is wanted.
    #[allow(clippy::too_many_arguments)]
    fn range_elems(
        &mut self,
        s: StmtId,
        vars: &[ExprId],
        def: bool,
        base: Option<Addr>,
        len: Value,
        elem: TypeId,
        body: StmtId,
    ) {
        let want_val = self.wants(vars, 1);
        let def = self.predeclare(vars, def);
        let vars = vars.to_vec();
        let size = self.cx.info(elem).size;
        self.counted(s, Ty::I64, IntCc::Slt, len, |f, i| {
            f.set_range_vars(&vars, def, |f| {
                let mut vals = smallvec![(Val::one(i), typ::INT)];
                if let Some(base) = base
                    && want_val
                {
                    let base = f.checked(base);
                    let ptr = f.addr_value(base);
                    let idx = crate::expr::index::Index { val: i, unsigned: false, known: None };
                    let addr = f.elem_ptr(ptr, idx, size);
                    let v = f.load(addr, elem);
                    vals.push((v, elem));
                }
                vals
            });
            f.stmt(body);
        });
    }

    fn range_string(&mut self, s: StmtId, vars: &[ExprId], def: bool, v: &Val, body: StmtId) {
        let (ptr, len) = (v.scalars()[0], v.scalars()[1]);
        let def = self.predeclare(vars, def);
        let vars = vars.to_vec();
        let pos: Var = self.b.declare_var(Ty::I64);
        let next: Var = self.b.declare_var(Ty::I64);
        let rune: Var = self.b.declare_var(Ty::I32);
        let zero = self.b.iconst(Ty::I64, 0);
        self.b.def_var(pos, zero);
        let str_val = v.clone();
        self.loop_while(
            s,
            |f| {
                let i = f.b.use_var(pos);
                f.b.icmp(IntCc::Slt, i, len)
            },
            |f| {
                let i = f.b.use_var(pos);
                let p = f.b.ins(InstData::PtrAdd { base: ptr, off: i });
                let c = f.b.load(Ty::I8, p, 0, MemFlags::RO);
                let c = f.b.convert(grus_ir::ConvOp::Zext, Ty::I32, c);
                let (multi, done) = (f.b.create_block(), f.b.create_block());
                f.b.def_var(rune, c);
                let i1 = f.b.binary_imm(BinaryOp::Add, i, 1);
                f.b.def_var(next, i1);
                let ascii = f.b.icmp_imm(IntCc::Ult, c, 0x80);
                f.b.brif(ascii, done, multi);
                f.b.switch_sealed(multi);
                let r = f.call_runtime("decoderune", &[str_val.clone(), Val::one(i)]);
                f.b.def_var(rune, r[0].single());
                f.b.def_var(next, r[1].single());
                f.b.jump(done, &[]);
                f.b.switch_sealed(done);
                let c = f.b.use_var(rune);
                f.set_range_vars(&vars, def, |_| {
                    smallvec![(Val::one(i), typ::INT), (Val::one(c), typ::INT32)]
                });
                f.stmt(body);
            },
            |f| {
                let n = f.b.use_var(next);
                f.b.def_var(pos, n);
            },
        );
    }

    #[allow(clippy::too_many_arguments)]
    fn range_map(
        &mut self,
        s: StmtId,
        vars: &[ExprId],
        def: bool,
        x: ExprId,
        xt: TypeId,
        key: TypeId,
        elem: TypeId,
        body: StmtId,
    ) {
        let m = self.rvalue(x);
        let Some(iter) = self.cx.lookup_in("internal/runtime/maps", "Iter") else {
            let pos = self.pos_of(x);
            return self.unsupported(pos, "range over a map without internal/runtime/maps");
        };
        let iter_ty = self.cx.canonical(self.cx.store.type_of(iter));
        let slot = Addr::slot(self.new_slot(iter_ty, false));
        self.zero_mem(slot, iter_ty);
        let desc = self.desc_addr(xt);
        let it = self.addr_value(slot);
        self.call_runtime("mapIterStart", &[Val::one(desc), m, Val::one(it)]);
        let def = self.predeclare(vars, def);
        let vars = vars.to_vec();
        let (want_key, want_elem) = (self.wants(&vars, 0), self.wants(&vars, 1));
        self.loop_while(
            s,
            |f| {
                let k = f.load_scalar(slot, Ty::Ptr);
                f.b.icmp_imm(IntCc::Ne, k, 0)
            },
            |f| {
                f.set_range_vars(&vars, def, |f| {
                    let mut vals = SmallVec::new();
                    if want_key || want_elem {
                        let v = if want_key {
                            let p = f.load_scalar(slot, Ty::Ptr);
                            let v = f.load(Addr::safe(p), key);
                            f.detach(v, key)
                        } else {
                            Val::S(Default::default())
                        };
                        vals.push((v, key));
                    }
                    if want_elem {
                        let p = f.load_scalar(slot.plus(8), Ty::Ptr);
                        let v = f.load(Addr::safe(p), elem);
                        let v = f.detach(v, elem);
                        vals.push((v, elem));
                    }
                    vals
                });
                f.stmt(body);
            },
            |f| {
                let it = f.addr_value(slot);
                f.call_runtime("mapIterNext", &[Val::one(it)]);
            },
        );
        // The slot is a root for as long as the frame exists: it does not keep the map alive.
        self.zero_mem(slot, iter_ty);
    }

    #[allow(clippy::too_many_arguments)]
    fn range_chan(
        &mut self,
        s: StmtId,
        vars: &[ExprId],
        def: bool,
        x: ExprId,
        xt: TypeId,
        elem: TypeId,
        body: StmtId,
    ) {
        let _ = xt;
        let c = self.rvalue(x);
        let slot = self.new_slot(elem, false);
        let addr = Addr::slot(slot);
        let def = self.predeclare(vars, def);
        let vars = vars.to_vec();
        let pos = self.pos;
        self.loop_while(
            s,
            |f| {
                f.at(pos);
                f.zero_mem(addr, elem);
                let p = f.addr_value(addr);
                let r = f.call_runtime("chanrecv2", &[c.clone(), Val::one(p)]);
                r[0].single()
            },
            |f| {
                let v = f.load(addr, elem);
                let v = if f.wants(&vars, 0) { f.detach(v, elem) } else { v };
                f.set_range_vars(&vars, def, |_| smallvec![(v, elem)]);
                f.stmt(body);
            },
            |_| {},
        );
    }
}
