//! Expressions.
//!
//! # Order of evaluation
//!
//! As in gc, a statement's calls, receives, short-circuit operators, slice expressions, allocations and
//! the like are evaluated first, from left to right, and everything else (variables, selectors, indexing,
//! arithmetic, conversions) after them. [`FuncLower::order`] walks an expression and evaluates the former
//! into [`FuncLower::pre`], where [`FuncLower::expr`] finds them.

pub mod arith;
pub mod builtin;
pub mod call;
pub mod compare;
pub mod complit;
pub mod consts;
pub mod convert;
pub mod iface;
pub mod index;
pub mod map;
pub mod select;
pub mod staging;

use crate::func::FuncLower;
use crate::layout::{Kind, default_type};
use crate::mono::InstId;
use crate::values::{Addr, Place, Val};
use grus_ir::Block;
use grus_syntax::{ExprId, ExprKind, Operator, Pos};
use grus_types::{BuiltinId, Mode, ObjId, ObjectKind, SelectionKind, TypeId};

/// An operand that may be addressable.
#[derive(Clone, Debug)]
pub enum Operand {
    Place(Place),
    Val(Val),
}

impl<'a> FuncLower<'_, 'a> {
    pub fn pos_of(&self, e: ExprId) -> Pos {
        self.body.file.pos(e)
    }

    pub fn unparen(&self, e: ExprId) -> ExprId {
        self.body.file.unparen(e)
    }

    pub fn is_type(&self, e: ExprId) -> bool {
        self.body.info.mode(e) == Mode::TypExpr
    }

    pub fn is_const(&self, e: ExprId) -> bool {
        self.body.info.value(e).is_some()
    }

    /// Whether the expression is the predeclared `nil`.
    pub fn is_nil(&self, e: ExprId) -> bool {
        let e = self.unparen(e);
        self.body.info.mode(e) == Mode::NilValue
            || self.body.info.object(e).is_some_and(|o| matches!(self.cx.store.obj(o).kind, ObjectKind::Nil))
    }

    /// The built-in function that a callee denotes.
    pub fn builtin(&self, fun: ExprId) -> Option<BuiltinId> {
        let fun = self.unparen(fun);
        let name = match self.body.file.kind(fun) {
            ExprKind::Name(_) => fun,
            ExprKind::Selector { sel, .. } => sel,
            _ => return None,
        };
        match self.cx.store.obj(self.body.info.object(name)?).kind {
            ObjectKind::Builtin(id) => Some(id),
            _ => None,
        }
    }

    // ---- order ----

    /// Evaluates what has to be evaluated before the other operands of the statement.
    pub fn order(&mut self, e: ExprId) {
        if self.pre.contains_key(&e) || self.is_const(e) || self.is_type(e) {
            return;
        }
        match self.body.file.kind(e) {
            ExprKind::Paren(x) => self.order(x),
            ExprKind::Selector { x, .. } => match self.body.info.selection(e) {
                Some(s) if s.kind != SelectionKind::MethodExpr => self.order(x),
                _ => {}
            },
            ExprKind::Index { x, .. } if self.method_instance(e).is_some() => self.order(x),
            ExprKind::Index { x, index } if self.static_func(e).is_none() => {
                self.order(x);
                self.order(index);
                if self.is_map(x) && self.is_bytes_key(index) {
                    // Nothing may change the bytes before the element is read.
                    self.hoist(e);
                } else {
                    self.order_key(x, index);
                }
            }
            ExprKind::Slice { .. } => self.hoist(e),
            ExprKind::Assert { x, .. } => {
                self.order(x);
                let t = self.ty(e);
                if !self.cx.info(t).is_direct_iface() {
                    self.hoist(e);
                }
            }
            ExprKind::Unary { op: Operator::Recv, .. } => self.hoist(e),
            ExprKind::Unary { x, .. } => self.order(x),
            ExprKind::Binary { op: Operator::AndAnd | Operator::OrOr, .. } => self.hoist(e),
            ExprKind::Binary { op, x, y } if op.is_comparison() => self.order_comparison(x, y),
            ExprKind::Binary { .. } => {
                let (first, rest) = self.chain(e);
                self.order(first);
                for (_, y, _) in rest {
                    self.order(y);
                }
            }
            ExprKind::Call { fun, args, .. } => {
                if self.is_type(fun) {
                    let arg = self.body.file.list(args)[0];
                    let to = self.ty(e);
                    self.order_as(arg, to);
                    // Conversions of strings to slices copy now; those to strings, when they are used.
                    let (to, from) = (self.ty(e), self.arg_type(arg));
                    if matches!(self.cx.info(to).kind, Kind::Slice(_))
                        && (self.is_const(arg) || matches!(self.cx.info(from).kind, Kind::String))
                        && !self.is_nil(arg)
                    {
                        self.hoist(e);
                    }
                } else {
                    self.hoist(e);
                }
            }
            ExprKind::CompositeLit { .. } => {
                let t = self.ty(e);
                let t = self.cx.pointee(t).unwrap_or(t);
                if matches!(self.cx.info(t).kind, Kind::Map(..)) {
                    return self.hoist(e);
                }
                if self.stage_lit(e, t) {
                    return;
                }
                let parts = match self.cx.info(t).kind {
                    Kind::Slice(elem) => self.slice_parts(e, elem).into_iter().map(|p| p.1).collect(),
                    Kind::Struct(_) | Kind::Array(..) => self.parts_of_lit(e, t),
                    _ => Vec::new(),
                };
                for p in parts {
                    self.order_as(p.value, p.ty);
                }
            }
            ExprKind::List(list) => {
                for &x in self.body.file.list(list) {
                    self.order(x);
                }
            }
            _ => {}
        }
    }

    /// As [`FuncLower::order`], for an expression that will be converted to type `t`. If that is an interface
    /// whose data word is made from the operand's address, an operand that does not lie in a variable is copied
    /// now.
    pub fn order_as(&mut self, e: ExprId, t: TypeId) {
        self.order(e);
        if self.cx.info(t).is_interface() && !self.is_const(e) && !self.is_nil(e) {
            let s = default_type(self.cx.store, self.ty(e));
            if self.converts_by_address(s) {
                self.copy_unless_stored(e);
            }
        }
    }

    /// Copies an operand whose address is taken, unless it lies in a variable. (A copy that nothing can tell
    /// from a later evaluation is not made.)
    fn copy_unless_stored(&mut self, e: ExprId) {
        if !self.pre.contains_key(&e) && !self.is_lvalue(e) && self.is_late(e) {
            self.hoist(e);
        }
    }

    /// Whether gc converts a value of the type to an interface through its address: anything but an interface,
    /// a word or part of one without pointers that is naturally aligned, a string, and a slice.
    fn converts_by_address(&self, t: TypeId) -> bool {
        let info = self.cx.info(t);
        match info.kind {
            Kind::Interface { .. } => false,
            Kind::Struct(ref fields) if fields.len() == 1 && self.is_text_or_slice(fields[0].ty) => false,
            Kind::Array(elem, 1) if self.is_text_or_slice(elem) => false,
            Kind::String | Kind::Slice(_) => false,
            _ => {
                let word = matches!(info.size, 2 | 4 | 8) && u64::from(info.align) == info.size;
                !word || info.has_ptrs()
            }
        }
    }

    /// Whether a type is a string or slice, or a struct or array with one such as its only part.
    fn is_text_or_slice(&self, t: TypeId) -> bool {
        match self.cx.info(t).kind {
            Kind::String | Kind::Slice(_) => true,
            Kind::Struct(ref fields) => fields.len() == 1 && self.is_text_or_slice(fields[0].ty),
            Kind::Array(elem, n) => n == 1 && self.is_text_or_slice(elem),
            _ => false,
        }
    }

    /// Orders the operands of a comparison. Structs and arrays are compared in memory; an interface is compared
    /// with a converted operand.
    fn order_comparison(&mut self, x: ExprId, y: ExprId) {
        let (xt, yt) = (self.arg_type(x), self.arg_type(y));
        self.order_as(x, yt);
        self.order_as(y, xt);
        let aggregate = |t| matches!(self.cx.info(t).kind, Kind::Struct(_) | Kind::Array(..));
        if aggregate(xt) && aggregate(yt) {
            self.copy_unless_stored(x);
            self.copy_unless_stored(y);
        }
    }

    /// The key of a map is copied now if its address is passed and it is not a variable.
    pub fn order_key(&mut self, x: ExprId, index: ExprId) {
        if !self.is_map(x) {
            return;
        }
        let mt = self.ty(x);
        if self.passes_key_address(mt)
            && !self.is_const(index)
            && !self.is_nil(index)
            && !self.pre.contains_key(&index)
            && !self.is_stored(index, mt)
        {
            self.hoist(index);
        }
    }

    fn is_map(&self, x: ExprId) -> bool {
        matches!(self.cx.info(self.ty(x)).kind, Kind::Map(..))
    }

    /// Whether a key lies in a variable of the key's own type.
    fn is_stored(&self, index: ExprId, map_ty: TypeId) -> bool {
        let Kind::Map(key_ty, _) = self.cx.info(map_ty).kind else { unreachable!("a map type") };
        if self.cx.info(key_ty).is_interface() && !self.cx.info(self.ty(index)).is_interface() {
            return false;
        }
        self.is_lvalue(index)
    }

    /// Whether an expression denotes memory or a variable.
    fn is_lvalue(&self, e: ExprId) -> bool {
        let e = self.unparen(e);
        match self.body.file.kind(e) {
            ExprKind::Name(_) | ExprKind::Unary { op: Operator::Mul, .. } => true,
            ExprKind::Selector { x, .. } => match self.body.info.selection(e) {
                None => true,
                Some(s) => {
                    s.kind == SelectionKind::FieldVal
                        && (matches!(self.cx.info(self.ty(x)).kind, Kind::Pointer(_)) || self.is_lvalue(x))
                }
            },
            ExprKind::Index { x, .. } => match self.cx.info(self.ty(x)).kind {
                Kind::Slice(_) | Kind::Pointer(_) => true,
                Kind::Array(..) => self.is_lvalue(x),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a key is, or is a literal that holds, a string made of bytes.
    fn is_bytes_key(&self, index: ExprId) -> bool {
        let index = self.unparen(index);
        if self.is_const(index) {
            return false;
        }
        match self.body.file.kind(index) {
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let arg = self.body.file.list(args)[0];
                matches!(self.cx.info(self.ty(index)).kind, Kind::String)
                    && !self.is_const(arg)
                    && matches!(self.cx.info(self.ty(arg)).kind, Kind::Slice(_))
            }
            ExprKind::CompositeLit { elems, .. } => {
                self.body.file.list(elems).iter().any(|&el| match self.body.file.kind(el) {
                    ExprKind::KeyValue { value, .. } => self.is_bytes_key(value),
                    _ => self.is_bytes_key(el),
                })
            }
            _ => false,
        }
    }

    pub fn hoist(&mut self, e: ExprId) {
        // Several values are taken apart by what the call is the operand of.
        if let Some(t) = self.body.info.type_of(e)
            && matches!(self.cx.store.ty(t), grus_types::Type::Tuple(_))
        {
            return;
        }
        let val = self.expr(e);
        if let Val::S(s) = &val
            && s.is_empty()
            && self.body.info.mode(e) == Mode::NoValue
        {
            return;
        }
        let t = self.ty(e);
        let val = self.detach(val, t);
        self.pre.insert(e, val);
    }

    /// The leftmost operand of a chain of binary operators that lean to the left, and the operators with
    /// their right operands and the expressions they make, innermost first.
    pub fn chain(&self, e: ExprId) -> (ExprId, Vec<(Operator, ExprId, ExprId)>) {
        let mut rest = Vec::new();
        let mut left = e;
        while let ExprKind::Binary { op, x, y } = self.body.file.kind(left)
            && !self.is_const(left)
            && !self.pre.contains_key(&left)
            && !matches!(op, Operator::AndAnd | Operator::OrOr)
        {
            rest.push((op, y, left));
            left = x;
        }
        rest.reverse();
        (left, rest)
    }

    // ---- values ----

    /// The value of an expression, in gc's order of evaluation.
    pub fn rvalue(&mut self, e: ExprId) -> Val {
        self.order_operands(e);
        self.expr(e)
    }

    /// As [`FuncLower::rvalue`], converted to the type it is assigned to.
    pub fn rvalue_as(&mut self, e: ExprId, t: TypeId) -> Val {
        self.order_operands(e);
        self.expr_as(e, t)
    }

    /// Orders the operands of an expression that is itself about to be evaluated.
    fn order_operands(&mut self, e: ExprId) {
        match self.body.file.kind(e) {
            // These order their operands when they are evaluated.
            ExprKind::Call { fun, .. } if !self.is_type(fun) => {}
            ExprKind::Slice { .. } | ExprKind::Unary { op: Operator::Recv, .. } => {}
            ExprKind::Binary { op: Operator::AndAnd | Operator::OrOr, .. } => {}
            ExprKind::Assert { x, .. } => self.order(x),
            ExprKind::Paren(x) => self.order_operands(x),
            _ => self.order(e),
        }
    }

    /// The value of an expression converted to the type it is assigned to.
    pub fn expr_as(&mut self, e: ExprId, t: TypeId) -> Val {
        if self.is_nil(e) {
            return self.zero_val(t);
        }
        if let Some(value) = self.body.info.value(e) {
            let info = self.cx.info(t);
            if !info.is_interface() {
                let value = value.clone();
                return self.const_val(&value, t, self.pos_of(e));
            }
        }
        let s = self.ty(e);
        let val = self.expr(e);
        self.assign_conv(val, s, t)
    }

    /// Converts a value as an assignment to type `t` does.
    pub fn assign_conv(&mut self, val: Val, s: TypeId, t: TypeId) -> Val {
        let to = self.cx.info(t);
        if s == t || !to.is_interface() {
            return val;
        }
        let s = crate::layout::default_type(self.cx.store, s);
        self.to_iface(val, s, t)
    }

    /// The value of an expression whose operands were ordered.
    pub fn expr(&mut self, e: ExprId) -> Val {
        if !self.pre.is_empty()
            && let Some(v) = self.pre.get(&e)
        {
            return v.clone();
        }
        if let Some(value) = self.body.info.value(e) {
            let value = value.clone();
            let t = self.ty(e);
            return self.const_val(&value, t, self.pos_of(e));
        }
        match self.body.file.kind(e) {
            ExprKind::Paren(x) => self.expr(x),
            ExprKind::Name(_) => self.name_val(e),
            ExprKind::FuncLit { body, .. } => self.func_lit(e, body),
            ExprKind::CompositeLit { .. } => self.composite_lit(e),
            ExprKind::Selector { .. } => self.selector(e),
            ExprKind::Index { .. } => {
                if let Some(inst) = self.static_func(e) {
                    return self.func_val(inst);
                }
                if let Some(sel) = self.method_instance(e) {
                    return self.method_instance_val(sel, e);
                }
                self.index_expr(e)
            }
            ExprKind::Slice { x, index, .. } => self.slice_expr(e, x, index.map(|i| i.expand())),
            ExprKind::Assert { x, .. } => {
                let t = self.ty(e);
                // In comma-ok position the type is a tuple; that form is handled by its statement.
                let t = match &self.cx.info(t).kind {
                    Kind::Tuple(types) => types[0],
                    _ => t,
                };
                self.type_assert(e, x, t)
            }
            ExprKind::Unary { op, x } => self.unary(e, op, x),
            ExprKind::Binary { op, .. } => match op {
                Operator::AndAnd | Operator::OrOr => self.logical(e),
                _ => self.binary_chain(e),
            },
            ExprKind::Call { .. } => {
                let mut vals = self.call_expr(e);
                match vals.len() {
                    0 => Val::S(Default::default()),
                    1 => vals.remove(0),
                    _ => {
                        let pos = self.pos_of(e);
                        self.unsupported(pos, "call with several results as operand");
                        vals.remove(0)
                    }
                }
            }
            kind => {
                let t = self.ty(e);
                self.unsupported_val(self.pos_of(e), format_args!("expression {kind:?}"), t)
            }
        }
    }

    fn name_val(&mut self, e: ExprId) -> Val {
        if self.is_nil(e) {
            let t = self.ty(e);
            return self.zero_val(t);
        }
        if let Some(inst) = self.static_func(e) {
            return self.func_val(inst);
        }
        let t = self.ty(e);
        let place = self.place(e);
        match place {
            Place::Blank => self.zero_val(t),
            place => {
                self.at(self.pos_of(e));
                self.read_place(&place, t)
            }
        }
    }

    /// The func value of a declared function.
    fn func_val(&mut self, inst: InstId) -> Val {
        let sym = self.u.func_value(inst);
        Val::one(self.b.sym_addr(sym, 0))
    }

    /// The declared function that an expression denotes without evaluating anything: a name, a qualified
    /// name, or an instantiation of one.
    pub fn static_func(&self, e: ExprId) -> Option<InstId> {
        let mut e = self.unparen(e);
        if let ExprKind::Index { x, .. } = self.body.file.kind(e) {
            e = self.unparen(x);
        }
        let name = match self.body.file.kind(e) {
            ExprKind::Name(_) => e,
            ExprKind::Selector { sel, .. } if self.body.info.selection(e).is_none() => sel,
            _ => return None,
        };
        let obj = self.body.info.object(name)?;
        if !matches!(self.cx.store.obj(obj).kind, ObjectKind::Func { .. }) {
            return None;
        }
        let targs = self.instance_targs(name);
        Some(self.cx.inst(self.cx.store.origin(obj), &targs))
    }

    /// The concrete type arguments recorded at an identifier.
    pub fn instance_targs(&self, name: ExprId) -> Vec<TypeId> {
        match self.body.info.instance(name) {
            Some(inst) => inst.targs.iter().map(|&t| self.body.env.ty(self.cx, t)).collect(),
            None => Vec::new(),
        }
    }

    // ---- places ----

    /// The variable that a name or qualified name denotes.
    pub fn var_of(&self, e: ExprId) -> Option<ObjId> {
        let e = self.unparen(e);
        let name = match self.body.file.kind(e) {
            ExprKind::Name(_) => e,
            ExprKind::Selector { sel, .. } if self.body.info.selection(e).is_none() => sel,
            _ => return None,
        };
        let obj = self.body.info.object(name)?;
        self.cx.store.obj(obj).is_var().then_some(obj)
    }

    /// The place that an addressable or assignable expression denotes.
    pub fn place(&mut self, e: ExprId) -> Place {
        match self.operand(e) {
            Operand::Place(p) => p,
            Operand::Val(val) => {
                // A value in a place of its own.
                let t = self.ty(e);
                let addr = self.spill(&val, t);
                Place::Mem(addr)
            }
        }
    }

    /// An expression as a place if it is addressable, else as a value.
    pub fn operand(&mut self, e: ExprId) -> Operand {
        if let Some(v) = self.pre.get(&e) {
            return Operand::Val(v.clone());
        }
        if !self.early_places.is_empty()
            && let Some(p) = self.early_places.get(&e)
        {
            return Operand::Place(p.clone());
        }
        match self.body.file.kind(e) {
            ExprKind::Paren(x) => self.operand(x),
            ExprKind::Name(name) => {
                if name.is_blank() {
                    return Operand::Place(Place::Blank);
                }
                match self.var_of(e) {
                    Some(obj) => Operand::Place(self.var_place(obj, self.pos_of(e))),
                    None => Operand::Val(self.expr(e)),
                }
            }
            ExprKind::Selector { x, .. } => match self.body.info.selection(e) {
                None => match self.var_of(e) {
                    Some(obj) => Operand::Place(self.var_place(obj, self.pos_of(e))),
                    None => Operand::Val(self.expr(e)),
                },
                Some(sel) if sel.kind == SelectionKind::FieldVal => {
                    let path = self.field_path(e, x);
                    let xt = self.ty(x);
                    let base = self.operand(x);
                    self.at(self.pos_of(e));
                    self.walk_fields(base, xt, &path).0
                }
                Some(_) => Operand::Val(self.expr(e)),
            },
            ExprKind::Index { .. } if self.method_instance(e).is_some() => Operand::Val(self.expr(e)),
            ExprKind::Index { x, index } => self.index_operand(e, x, index),
            ExprKind::Unary { op: Operator::Mul, x } => {
                let ptr = self.expr(x).single();
                self.at(self.pos_of(e));
                Operand::Place(Place::Mem(Addr::deref(ptr)))
            }
            _ => Operand::Val(self.expr(e)),
        }
    }

    /// The value of an operand.
    pub fn operand_val(&mut self, op: &Operand, t: TypeId) -> Val {
        match op {
            Operand::Place(p) => self.read_place(p, t),
            Operand::Val(v) => v.clone(),
        }
    }

    // ---- conditions ----

    /// Branches on a boolean expression.
    pub fn branch(&mut self, e: ExprId, then: Block, els: Block) {
        let x = self.unparen(e);
        if !self.is_const(x) && !self.pre.contains_key(&x) {
            match self.body.file.kind(x) {
                ExprKind::Unary { op: Operator::Not, x } => return self.branch(x, els, then),
                ExprKind::Binary { op: op @ (Operator::AndAnd | Operator::OrOr), x, y } => {
                    // A side that constants decide has no code.
                    match self.known_cond(x) {
                        Some(v) if v == (op == Operator::AndAnd) => return self.branch(y, then, els),
                        Some(v) => return self.b.jump(if v { then } else { els }, &[]),
                        None => {}
                    }
                    let mid = self.b.create_block();
                    if op == Operator::AndAnd {
                        self.branch(x, mid, els);
                    } else {
                        self.branch(x, then, mid);
                    }
                    self.b.switch_sealed(mid);
                    return self.branch(y, then, els);
                }
                _ => {}
            }
        }
        let cond = self.rvalue(x).single();
        self.b.brif(cond, then, els);
    }

    fn logical(&mut self, e: ExprId) -> Val {
        let var = self.b.declare_var(grus_ir::Ty::I8);
        let (yes, no, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        // Do not find this very expression in `pre`: it is being evaluated.
        let ExprKind::Binary { op, x, y } = self.body.file.kind(e) else { unreachable!("logical operator") };
        match self.known_cond(x) {
            Some(v) if v == (op == Operator::AndAnd) => self.branch(y, yes, no),
            Some(v) => self.b.jump(if v { yes } else { no }, &[]),
            None => {
                let mid = self.b.create_block();
                if op == Operator::AndAnd {
                    self.branch(x, mid, no);
                } else {
                    self.branch(x, yes, mid);
                }
                self.b.switch_sealed(mid);
                self.branch(y, yes, no);
            }
        }
        for (block, v) in [(yes, 1), (no, 0)] {
            self.b.switch_sealed(block);
            let v = self.b.iconst(grus_ir::Ty::I8, v);
            self.b.def_var(var, v);
            self.b.jump(done, &[]);
        }
        self.b.switch_sealed(done);
        Val::one(self.b.use_var(var))
    }
}
