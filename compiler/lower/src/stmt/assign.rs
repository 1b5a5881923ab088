//! Assignments and variable declarations.
//!
//! An assignment of several values has two phases: first operands of index expressions and pointer
//! indirections on the left and all expressions on the right are evaluated, then the assignments happen
//! from left to right, with the bounds checks and nil checks of their left sides.

use crate::expr::Operand;
use crate::expr::index::Index;
use crate::func::FuncLower;
use crate::layout::{Kind, default_type};
use crate::values::{Place, Val};
use grus_ir::{BoundsKind, Ty, Value};
use grus_syntax::{ExprId, ExprKind, Operator, Pos, ValueDecl};
use grus_types::TypeId;
use grus_types::universe::typ;

/// A left side whose operands were evaluated.
pub enum Lhs {
    Place(Place, TypeId),
    /// An element of a slice, not yet checked.
    Slice {
        ptr: Value,
        len: Value,
        idx: Index,
        elem: TypeId,
        pos: Pos,
    },
    /// A new variable.
    Define(grus_types::ObjId, TypeId),
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
            for &r in right {
                self.order(r);
            }
            let lhs: Vec<Lhs> = left.iter().map(|&l| self.lhs(l, def)).collect();
            let mut vals = Vec::with_capacity(right.len());
            for (l, &r) in lhs.iter().zip(right) {
                let t = self.lhs_type(l, r);
                let v = self.expr_as(r, t);
                vals.push(self.detach(v, t));
            }
            self.at(pos);
            for (l, v) in lhs.into_iter().zip(vals) {
                self.write_lhs(l, &v);
            }
            return;
        }
        // A call with several results, or a comma-ok form.
        for &l in left {
            self.order_lhs(l, def);
        }
        let r = self.unparen(right[0]);
        let vals = self.multi_values(r);
        self.at(pos);
        let lhs: Vec<Lhs> = left.iter().map(|&l| self.lhs(l, def)).collect();
        for (i, l) in lhs.into_iter().enumerate() {
            let v = match &l {
                Lhs::Place(_, t) | Lhs::Slice { elem: t, .. } | Lhs::Define(_, t) => {
                    let t = *t;
                    self.assign_conv(vals[i].0.clone(), vals[i].1, t)
                }
                Lhs::Blank => continue,
            };
            self.write_lhs(l, &v);
        }
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
                let key = self.expr_as(index, key_ty);
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
        if def && let Some(obj) = self.body.info.def(l) {
            if self.cx.store.obj(obj).name.is_blank() {
                let t = self.obj_ty(obj);
                self.rvalue_as(r, t);
                return;
            }
            let t = self.obj_ty(obj);
            let val = self.rvalue_as(r, t);
            self.at(pos);
            return self.declare(obj, t, Some(&val));
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
        self.order(l);
        let val = self.rvalue_as(r, t);
        self.at(pos);
        let place = self.place(l);
        self.at(pos);
        self.write_place(&place, t, &val);
    }

    fn order_lhs(&mut self, l: ExprId, def: bool) {
        if !(def && self.body.info.def(l).is_some()) {
            self.order(l);
        }
    }

    /// Evaluates the operands of a left side.
    pub fn lhs(&mut self, l: ExprId, def: bool) -> Lhs {
        if def && let Some(obj) = self.body.info.def(l) {
            if self.cx.store.obj(obj).name.is_blank() {
                return Lhs::Blank;
            }
            return Lhs::Define(obj, self.obj_ty(obj));
        }
        let l = self.unparen(l);
        match self.body.file.kind(l) {
            ExprKind::Name(name) if name.is_blank() => Lhs::Blank,
            ExprKind::Index { x, index } => {
                let xt = self.ty(x);
                if let Kind::Slice(elem) = self.cx.info(xt).kind {
                    let s = self.expr(x);
                    let idx = self.index_val(index);
                    let (ptr, len) = (s.scalars()[0], s.scalars()[1]);
                    return Lhs::Slice { ptr, len, idx, elem, pos: self.pos_of(l) };
                }
                let t = self.ty(l);
                Lhs::Place(self.place(l), t)
            }
            _ => {
                let t = self.ty(l);
                Lhs::Place(self.place(l), t)
            }
        }
    }

    /// The type that a value is converted to for a left side.
    fn lhs_type(&self, l: &Lhs, r: ExprId) -> TypeId {
        match l {
            Lhs::Place(_, t) | Lhs::Slice { elem: t, .. } | Lhs::Define(_, t) => *t,
            Lhs::Blank if self.is_nil(r) => typ::UNSAFE_POINTER,
            Lhs::Blank => default_type(self.cx.store, self.ty(r)),
        }
    }

    /// Assigns to a left side.
    pub fn write_lhs(&mut self, l: Lhs, val: &Val) {
        match l {
            Lhs::Place(p, t) => self.write_place(&p, t, val),
            Lhs::Slice { ptr, len, idx, elem, pos } => {
                let saved = self.pos;
                self.at(pos);
                self.bounds_check(BoundsKind::Index, idx, len);
                let size = self.cx.info(elem).size;
                let addr = self.elem_ptr(ptr, idx, size);
                self.at(saved);
                self.store(addr, elem, val);
            }
            Lhs::Define(obj, t) => self.declare(obj, t, Some(val)),
            Lhs::Blank => {}
        }
    }

    /// `l op= r`, `l++`, `l--`
    fn op_assign(&mut self, op: Operator, l: ExprId, r: Option<ExprId>, pos: Pos) {
        let t = self.ty(l);
        self.order(l);
        if let Some(r) = r {
            self.order(r);
        }
        let place = match self.operand(l) {
            Operand::Place(p) => p,
            Operand::Val(v) => {
                self.unsupported(pos, "assignment operation on a value");
                let addr = self.spill(&v, t);
                Place::Mem(addr)
            }
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
