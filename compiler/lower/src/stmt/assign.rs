//! Assignments and variable declarations.
//!
//! # Order
//!
//! The calls and other hoisted parts of all operands come first ([`FuncLower::order`]). A statement that
//! assigns several values is then carried out as gc does it: one assignment after the other, each with its
//! right side and the checks of its left side. What an earlier assignment of the statement may change (a
//! variable that it assigns, or memory, once it stores to any) is evaluated before the first assignment
//! and kept. This is observable only through panics: a division by zero on the right happens after the
//! assignments that stand before it.

use crate::expr::Operand;
use crate::func::FuncLower;
use crate::layout::{Kind, default_type};
use crate::values::{Place, Val};
use grus_ir::Ty;
use grus_syntax::{ExprId, ExprKind, Operator, Pos, ValueDecl};
use grus_types::constant::{Op, compare};
use grus_types::universe::typ;
use grus_types::{BuiltinId, ObjId, SelectionKind, TypeId};
use smallvec::SmallVec;

/// What is assigned to a left side.
pub enum Source {
    Expr(ExprId),
    /// A value of its own, and its type.
    Val(Val, TypeId),
}

/// What the assignments of a statement have changed so far.
#[derive(Default)]
struct Written {
    vars: SmallVec<[ObjId; 4]>,
    /// Memory that variables with an address or pointers may refer to.
    memory: bool,
    /// A result that a deferred function can see.
    result: bool,
}

/// The outermost variable of a left side.
enum Root {
    Var(ObjId),
    Memory,
    Blank,
}

impl<'a> FuncLower<'_, 'a> {
    /// `lhs = rhs`, `lhs := rhs`, `lhs op= rhs`, `lhs++`
    pub fn assign_stmt(&mut self, op: Option<Operator>, lhs: ExprId, rhs: Option<ExprId>, pos: Pos) {
        match op {
            None | Some(Operator::Def) => {
                let rhs = rhs.expect("an assignment has a right side");
                let def = op.is_some();
                let left = self.body.file.unpack_list(&lhs).to_vec();
                let right = self.body.file.unpack_list(&rhs).to_vec();
                self.assign_list(&left, &right, def, pos);
            }
            Some(op) => self.op_assign(op, lhs, rhs, pos),
        }
    }

    /// `var names T = values`
    pub fn var_decl(&mut self, v: ValueDecl) {
        let names = self.body.file.list(v.names).to_vec();
        match v.values.expand() {
            Some(values) => {
                let right = self.body.file.unpack_list(&values).to_vec();
                let pos = self.pos;
                self.assign_list(&names, &right, true, pos);
            }
            None => {
                for name in names {
                    if let Some(obj) = self.body.info.def(name)
                        && !self.cx.store.obj(obj).name.is_blank()
                    {
                        let t = self.obj_ty(obj);
                        self.declare(obj, t, None);
                    }
                }
            }
        }
    }

    fn assign_list(&mut self, left: &[ExprId], right: &[ExprId], def: bool, pos: Pos) {
        if left.len() == right.len() {
            if let ([l], [r]) = (left, right) {
                return self.assign_one(*l, *r, def, pos);
            }
            for &l in left {
                self.order_lhs(l, def);
            }
            for (&l, &r) in left.iter().zip(right) {
                self.order_rhs(l, r, def);
            }
            let pairs = left.iter().copied().zip(right.iter().map(|&r| Source::Expr(r))).collect();
            return self.assign_each(pairs, def, pos);
        }
        // A call with several results, or a comma-ok form.
        for &l in left {
            self.order_lhs(l, def);
        }
        let r = self.unparen(right[0]);
        let vals = self.multi_values(r);
        self.at(pos);
        let pairs = left.iter().copied().zip(vals.into_iter().map(|(v, t)| Source::Val(v, t))).collect();
        self.assign_each(pairs, def, pos);
    }

    /// Assigns to left sides, whose operands were ordered, from left to right.
    pub fn assign_each(&mut self, pairs: Vec<(ExprId, Source)>, def: bool, pos: Pos) {
        let mut written = Written::default();
        for (l, source) in &pairs {
            let root = self.save_operands(*l, def, &written);
            if let Source::Expr(r) = source {
                self.save(*r, &written);
            }
            match root {
                Root::Blank => {}
                Root::Memory => written.memory = true,
                Root::Var(obj) if self.defer.is_some() && self.results.iter().any(|r| r.obj == obj) => {
                    written.result = true;
                }
                Root::Var(obj) if self.in_memory(obj) => written.memory = true,
                Root::Var(obj) => written.vars.push(obj),
            }
        }
        for (l, source) in pairs {
            self.at(pos);
            match source {
                Source::Expr(r) => self.assign_ordered(l, r, def, true, pos),
                Source::Val(val, s) => self.assign_val(l, val, s, def, pos),
            }
        }
        self.early_places.clear();
    }

    /// Evaluates what the left side needs if an assignment before it may change that. Returns what it
    /// assigns to.
    fn save_operands(&mut self, l: ExprId, def: bool, written: &Written) -> Root {
        let mut l = l;
        loop {
            if def && let Some(obj) = self.body.info.def(l) {
                return if self.cx.store.obj(obj).name.is_blank() { Root::Blank } else { Root::Var(obj) };
            }
            l = self.unparen(l);
            match self.body.file.kind(l) {
                ExprKind::Name(name) if name.is_blank() => return Root::Blank,
                ExprKind::Selector { x, .. } if self.body.info.selection(l).is_some() => {
                    let path = self.field_path(l, x);
                    let derefs = self.path_derefs(x, &path);
                    if derefs == 0 {
                        l = x;
                        continue;
                    }
                    if derefs > 1 && written.memory || self.affected(x, written) {
                        let place = self.place(l);
                        self.early_places.insert(l, place);
                    }
                    return Root::Memory;
                }
                ExprKind::Index { x, index } => {
                    let t = self.ty(x);
                    if matches!(self.cx.info(t).kind, Kind::Array(..)) {
                        self.save(index, written);
                        l = x;
                        continue;
                    }
                    self.save(x, written);
                    self.save(index, written);
                    return Root::Memory;
                }
                ExprKind::Unary { op: Operator::Mul, x } => {
                    self.save(x, written);
                    return Root::Memory;
                }
                _ => return self.var_of(l).map_or(Root::Memory, Root::Var),
            }
        }
    }

    /// Number of pointers that selecting fields goes through.
    fn path_derefs(&self, x: ExprId, path: &[u32]) -> usize {
        let mut t = self.ty(x);
        let mut n = 0;
        for &i in path {
            if let Kind::Pointer(elem) = self.cx.info(t).kind {
                n += 1;
                t = elem;
            }
            t = self.cx.info(t).fields()[i as usize].ty;
        }
        n
    }

    /// Evaluates an expression early if the assignments before its own may change it.
    fn save(&mut self, e: ExprId, written: &Written) {
        if self.affected(e, written) && !self.is_const(e) && !self.is_nil(e) {
            self.hoist(e);
        }
    }

    /// Whether a variable may be reached other than by its name.
    fn in_memory(&self, obj: ObjId) -> bool {
        if self.cx.is_package_var(obj) {
            return true;
        }
        // What a closure object holds counts as memory.
        if self.body.facts.vars.get(&obj).is_some_and(|v| v.func != self.id) {
            return true;
        }
        let t = self.obj_ty(obj);
        self.body.facts.needs_box(self.cx, obj, t) || self.cx.info(t).size > crate::func::MAX_STACK_VAR
    }

    /// Whether the value of an expression may depend on what was written.
    fn affected(&self, e: ExprId, written: &Written) -> bool {
        if written.result {
            return true;
        }
        if !written.memory && written.vars.is_empty()
            || self.pre.contains_key(&e)
            || self.is_const(e)
            || self.is_type(e)
        {
            return false;
        }
        let any = |f: &Self, list: &[ExprId]| list.iter().any(|&x| f.affected(x, written));
        match self.body.file.kind(e) {
            ExprKind::Paren(x) | ExprKind::Assert { x, .. } => self.affected(x, written),
            ExprKind::Name(_) => self.var_affected(e, written),
            ExprKind::Selector { x, .. } => match self.body.info.selection(e) {
                None => self.var_affected(e, written),
                Some(s) if s.kind == SelectionKind::FieldVal => {
                    written.memory && self.path_derefs(x, &self.field_path(e, x)) > 0
                        || self.affected(x, written)
                }
                Some(s) if s.kind == SelectionKind::MethodExpr => false,
                Some(_) => written.memory || self.affected(x, written),
            },
            ExprKind::Index { .. } if self.static_func(e).is_some() => false,
            ExprKind::Index { x, index } => written.memory || any(self, &[x, index]),
            ExprKind::Unary { op: Operator::Add | Operator::Sub | Operator::Xor, x } => {
                self.affected(x, written)
            }
            ExprKind::Unary { x, .. } => written.memory || self.affected(x, written),
            ExprKind::Binary { .. } => {
                let (first, rest) = self.chain(e);
                // Concatenations and comparisons count as reads of memory.
                let reads = |&(op, y, of): &(Operator, ExprId, ExprId)| {
                    use Operator::*;
                    matches!(op, Eql | Neq | Lss | Leq | Gtr | Geq)
                        || matches!(self.cx.info(self.ty(of)).kind, Kind::String)
                        || self.affected(y, written)
                };
                written.memory && rest.iter().any(reads)
                    || self.affected(first, written)
                    || rest.iter().any(|r| self.affected(r.1, written))
            }
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let arg = self.body.file.list(args)[0];
                let is_string = |t| matches!(self.cx.info(t).kind, Kind::String);
                written.memory && is_string(self.ty(e)) != is_string(self.ty(arg))
                    || self.affected(arg, written)
            }
            ExprKind::CompositeLit { elems, .. } => {
                written.memory
                    || self.body.file.list(elems).iter().any(|&el| match self.body.file.kind(el) {
                        ExprKind::KeyValue { value, .. } => self.affected(value, written),
                        _ => self.affected(el, written),
                    })
            }
            _ => written.memory,
        }
    }

    fn var_affected(&self, e: ExprId, written: &Written) -> bool {
        let Some(obj) = self.var_of(e) else { return false };
        written.vars.contains(&obj) || written.memory && self.in_memory(obj)
    }

    /// Values and types of an expression with several values.
    pub fn multi_values(&mut self, r: ExprId) -> Vec<(Val, TypeId)> {
        let r = self.unparen(r);
        let t = self.ty(r);
        let tuple = match &self.cx.info(t).kind {
            Kind::Tuple(types) => types.to_vec(),
            _ => vec![t, typ::BOOL],
        };
        match self.body.file.kind(r) {
            ExprKind::Call { .. } => {
                let vals = self.call_expr(r);
                vals.into_iter().zip(tuple).collect()
            }
            ExprKind::Unary { op: Operator::Recv, x } => {
                let ct = self.ty(x);
                let Kind::Chan(_, elem) = self.cx.info(ct).kind else { unreachable!("a channel") };
                let vals = self.receive(r, x, ct, true);
                vals.into_iter().zip([elem, typ::BOOL]).collect()
            }
            ExprKind::Assert { x, typ: te } => {
                self.order(x);
                let s = self.ty(x);
                let t = self.ty(te);
                let val = self.expr(x);
                self.at(self.pos_of(r));
                let (v, ok) = self.type_assert_ok(&val, s, t);
                vec![(v, t), (Val::one(ok), typ::BOOL)]
            }
            ExprKind::Index { x, index } => {
                self.order(x);
                self.order(index);
                let mt = self.ty(x);
                let Kind::Map(key_ty, elem) = self.cx.info(mt).kind else { unreachable!("a map") };
                let m = self.expr(x).single();
                let key = self.text_operand(index, key_ty);
                self.at(self.pos_of(r));
                let (v, ok) = self.map_read_ok(mt, m, &key);
                let v = self.detach(v, elem);
                vec![(v, elem), (Val::one(ok), typ::BOOL)]
            }
            kind => {
                let pos = self.pos_of(r);
                self.unsupported(pos, format_args!("several values of {kind:?}"));
                tuple.iter().map(|&t| (self.zero_val(t), t)).collect()
            }
        }
    }

    fn assign_one(&mut self, l: ExprId, r: ExprId, def: bool, pos: Pos) {
        if !def && self.append_to_map(self.unparen(l), r, pos) {
            return;
        }
        self.order_lhs(l, def);
        self.assign_ordered(l, r, def, false, pos);
    }

    /// Assigns to a left side whose operands were ordered; `listed`: one of several.
    fn assign_ordered(&mut self, l: ExprId, r: ExprId, def: bool, listed: bool, pos: Pos) {
        if def && let Some(obj) = self.body.info.def(l) {
            let t = self.obj_ty(obj);
            let val = self.rvalue_as(r, t);
            if !self.cx.store.obj(obj).name.is_blank() {
                self.at(pos);
                self.declare(obj, t, Some(&val));
            }
            return;
        }
        let l = self.unparen(l);
        if let ExprKind::Name(name) = self.body.file.kind(l)
            && name.is_blank()
        {
            if self.is_nil(r) {
                return;
            }
            let t = self.ty(r);
            let t = default_type(self.cx.store, t);
            self.rvalue_as(r, t);
            return;
        }
        let t = self.ty(l);
        if listed && self.is_map_element(l) {
            // The element is there before its value is evaluated, unless the value was saved.
            self.order_as(r, t);
            let place = self.place(l);
            self.at(pos);
            let place = self.settle(place);
            let val = self.rvalue_as(r, t);
            self.at(pos);
            return self.write_place(&place, t, &val);
        }
        self.order_as(r, t);
        self.settle_indices(l);
        if self.assign_lit(l, r, t, pos) {
            return;
        }
        let val = self.rvalue_as(r, t);
        self.at(pos);
        let place = self.place(l);
        self.at(pos);
        self.write_place(&place, t, &val);
    }

    /// Orders a right side of an assignment.
    fn order_rhs(&mut self, l: ExprId, r: ExprId, def: bool) {
        let l = self.unparen(l);
        let declared = if def { self.body.info.def(l) } else { None };
        match declared {
            Some(obj) => {
                let t = self.obj_ty(obj);
                self.order_as(r, t);
            }
            None if self.body.file.as_name(l).is_some_and(|n| n.is_blank()) => self.order(r),
            None => {
                let t = self.ty(l);
                self.order_as(r, t);
            }
        }
    }

    /// Assigns a large literal made of constants to memory in place: it needs no temporary.
    fn assign_lit(&mut self, l: ExprId, r: ExprId, t: TypeId, pos: Pos) -> bool {
        let x = self.unparen(r);
        if self.cx.info(t).is_scalar() || !self.is_part_lit(x, t) || !self.is_constant_lit(x) {
            return false;
        }
        let Operand::Place(Place::Mem(addr)) = self.operand(l) else { return false };
        self.at(pos);
        let addr = self.checked(addr);
        self.zero_mem(addr, t);
        self.lit_into(addr, x, t);
        true
    }

    /// Assigns a value of its own to a left side whose operands were ordered.
    pub fn assign_val(&mut self, l: ExprId, val: Val, s: TypeId, def: bool, pos: Pos) {
        if def && let Some(obj) = self.body.info.def(l) {
            if !self.cx.store.obj(obj).name.is_blank() {
                let t = self.obj_ty(obj);
                let val = self.assign_conv(val, s, t);
                self.declare(obj, t, Some(&val));
            }
            return;
        }
        let l = self.unparen(l);
        if self.body.file.as_name(l).is_some_and(|n| n.is_blank()) {
            return;
        }
        let t = self.ty(l);
        let val = self.assign_conv(val, s, t);
        let place = self.place(l);
        self.at(pos);
        self.write_place(&place, t, &val);
    }

    fn is_map_element(&self, l: ExprId) -> bool {
        match self.body.file.kind(l) {
            ExprKind::Index { x, .. } => matches!(self.cx.info(self.ty(x)).kind, Kind::Map(..)),
            _ => false,
        }
    }

    /// Makes an element of a map, to be assigned through its address.
    fn settle(&mut self, place: Place) -> Place {
        match place {
            Place::Map { map_ty, map, key } => Place::Mem(self.map_assign_addr(map_ty, map, &key)),
            p => p,
        }
    }

    /// Evaluates the computed indices of a left side, which come before the right side.
    fn settle_indices(&mut self, l: ExprId) {
        if self.pre.contains_key(&l) || self.is_const(l) {
            return;
        }
        match self.body.file.kind(l) {
            ExprKind::Name(_) => {}
            ExprKind::Paren(x) | ExprKind::Unary { op: Operator::Mul, x } => self.settle_indices(x),
            ExprKind::Selector { x, .. } => match self.body.info.selection(l) {
                Some(s) if s.kind == SelectionKind::FieldVal => self.settle_indices(x),
                Some(_) => self.hoist(l),
                None => {}
            },
            ExprKind::Index { x, index } if self.static_func(l).is_none() => {
                self.settle_indices(x);
                self.settle_indices(index);
            }
            _ => self.hoist(l),
        }
    }

    /// `m[k] = append(m[k], ...)` looks the element up once.
    fn append_to_map(&mut self, l: ExprId, r: ExprId, pos: Pos) -> bool {
        if !self.is_map_element(l) {
            return false;
        }
        let r = self.unparen(r);
        let ExprKind::Call { fun, args, has_dots } = self.body.file.kind(r) else { return false };
        if self.is_type(fun) || self.builtin(fun) != Some(BuiltinId::Append) {
            return false;
        }
        let args = self.body.file.list(args).to_vec();
        if !self.same_operand(l, args[0]) || self.ty(l) != self.ty(args[0]) {
            return false;
        }
        self.order_lhs(l, false);
        for &a in &args[1..] {
            self.order(a);
            // The values are there before the element is made.
            if !self.is_const(a) && !self.is_nil(a) && !self.pre.contains_key(&a) {
                self.hoist(a);
            }
        }
        let t = self.ty(l);
        let place = self.place(l);
        self.at(pos);
        let place = self.settle(place);
        let old = self.read_place(&place, t);
        self.pre.insert(args[0], old);
        let val = self.builtin_call(r, BuiltinId::Append, &args, has_dots).remove(0);
        self.at(pos);
        self.write_place(&place, t, &val);
        true
    }

    /// Whether two expressions without calls denote the same operand.
    fn same_operand(&self, a: ExprId, b: ExprId) -> bool {
        let (a, b) = (self.unparen(a), self.unparen(b));
        if let (Some(x), Some(y)) = (self.body.info.value(a), self.body.info.value(b)) {
            return self.ty(a) == self.ty(b) && compare(x, Op::Eql, y);
        }
        let file = self.body.file;
        match (file.kind(a), file.kind(b)) {
            (ExprKind::Name(_), ExprKind::Name(_)) => {
                self.var_of(a).is_some() && self.var_of(a) == self.var_of(b)
            }
            (ExprKind::Selector { x, .. }, ExprKind::Selector { x: y, .. }) => {
                match (self.body.info.selection(a), self.body.info.selection(b)) {
                    (None, None) => self.var_of(a).is_some() && self.var_of(a) == self.var_of(b),
                    (Some(s), Some(t)) => {
                        s.kind == SelectionKind::FieldVal
                            && t.kind == SelectionKind::FieldVal
                            && s.obj == t.obj
                            && self.same_operand(x, y)
                    }
                    _ => false,
                }
            }
            (ExprKind::Index { x, index }, ExprKind::Index { x: y, index: j }) => {
                self.same_operand(x, y) && self.same_operand(index, j)
            }
            (ExprKind::Unary { op: Operator::Mul, x }, ExprKind::Unary { op: Operator::Mul, x: y }) => {
                self.same_operand(x, y)
            }
            _ => false,
        }
    }

    /// Orders the operands of a left side.
    pub fn order_lhs(&mut self, l: ExprId, def: bool) {
        if def && self.body.info.def(l).is_some() {
            return;
        }
        let l = self.unparen(l);
        match self.body.file.kind(l) {
            // The element itself is not read.
            ExprKind::Index { x, index } if self.is_map_element(l) => {
                self.order(x);
                self.order(index);
                self.order_key(x, index);
            }
            _ => self.order(l),
        }
    }

    /// `l op= r`, `l++`, `l--`
    fn op_assign(&mut self, op: Operator, l: ExprId, r: Option<ExprId>, pos: Pos) {
        let t = self.ty(l);
        self.order_lhs(l, false);
        if let Some(r) = r {
            self.order(r);
        }
        self.settle_indices(l);
        let place = match self.operand(l) {
            Operand::Place(p) => p,
            Operand::Val(v) => {
                self.unsupported(pos, "assignment operation on a value");
                let addr = self.spill(&v, t);
                Place::Mem(addr)
            }
        };
        // The element of a map is made once and changed in place. A division may panic before that.
        let place = match place {
            Place::Map { .. } if !matches!(op, Operator::Div | Operator::Rem) => {
                if let Some(r) = r
                    && !self.is_const(r)
                    && !self.pre.contains_key(&r)
                {
                    self.hoist(r);
                }
                self.at(pos);
                self.settle(place)
            }
            p => p,
        };
        self.at(pos);
        let cur = self.read_place(&place, t);
        let new = match r {
            None => {
                let one = self.one_of(t);
                self.arith(op, &cur, &one, t)
            }
            Some(r) if op.is_shift() => self.shift(op, cur, t, r, pos),
            Some(r) => {
                let rv = self.expr_as(r, t);
                self.at(pos);
                self.arith(op, &cur, &rv, t)
            }
        };
        self.write_place(&place, t, &new);
    }

    /// The number one.
    fn one_of(&mut self, t: TypeId) -> Val {
        match self.cx.info(t).kind {
            Kind::Int { bits, .. } => Val::one(self.b.iconst(Ty::int(u32::from(bits) / 8), 1)),
            Kind::Float { bits } => {
                let ty = if bits == 32 { Ty::F32 } else { Ty::F64 };
                Val::one(self.b.fconst(ty, 1.0))
            }
            Kind::Complex { bits } => {
                let ty = if bits == 32 { Ty::F32 } else { Ty::F64 };
                let (one, zero) = (self.b.fconst(ty, 1.0), self.b.fconst(ty, 0.0));
                self.parts(&[one, zero])
            }
            _ => unreachable!("increment of a number"),
        }
    }
}
