//! Recording of results in the tables of [`Info`](crate::info::Info).
//!
//! What is recorded for an expression: its mode, its type and its constant value; for names what they declare or
//! denote; for selectors what they select; for instantiated names the type arguments.
//!
//! **Invariant:** when a body was checked without errors, every expression that has a value has a typed record, with
//! these exceptions: operands of constant operations, which nothing evaluates; comparisons whose result is not
//! converted (conditions); constant shift counts and constant arguments of built-in functions; `nil` as a case of a
//! type switch. Except for `nil`, these have their default types.
//!
//! The function of a call tells what the call is: a type means a conversion, the mode `Builtin` a built-in function
//! (the object that the name denotes tells which), anything else is a value of function type. A tuple recorded for an
//! expression other than a call means that its comma-ok form is used.

use grus_syntax::ast::{ExprId, ExprKind};

use crate::check::Checker;
use crate::constant::Value;
use crate::info::{ImplicitNode, Instance, Mode, Selection, SelectionKind};
use crate::object::VarKind;
use crate::operand::{Operand, OperandExpr};
use crate::store::{ObjId, TypeId};
use crate::ty::{Signature, Type};
use crate::universe::{object, typ};

impl Checker<'_> {
    /// Records an operand for its expression.
    pub fn record(&mut self, x: &Operand) {
        let OperandExpr::Expr(e) = x.expr else { return };
        if x.mode == Mode::Invalid {
            return;
        }
        let (t, val) = match x.mode {
            Mode::NoValue => (typ::EMPTY_TUPLE, None),
            Mode::Constant => (x.typ, Some(x.val.clone())),
            _ => (x.typ, None),
        };
        self.info_mut().set_type(e, x.mode, Some(t), val);
    }

    /// Records mode, type and value of an expression.
    pub fn record_type_and_value(&mut self, e: ExprId, mode: Mode, t: TypeId, val: Option<Value>) {
        if mode == Mode::Invalid {
            return;
        }
        self.info_mut().set_type(e, mode, Some(t), val);
    }

    /// Records that an expression is used in its comma-ok form: its type becomes a tuple.
    pub fn record_comma_ok_types(&mut self, e: ExprId, a: &[Operand]) {
        let [a0, a1] = a else { panic!("comma-ok expression with {} values", a.len()) };
        if !a0.is_valid() {
            return;
        }
        let store = self.store;
        let mut e = e;
        let pos = self.file().pos(e);
        let pkg = Some(self.pkg);
        let v0 = store.new_var(VarKind::Local, pos, pkg, grus_syntax::sym::EMPTY, a0.typ);
        let v1 = store.new_var(VarKind::Local, pos, pkg, grus_syntax::sym::EMPTY, a1.typ);
        let tuple = store.new_tuple(vec![v0, v1]);
        loop {
            let mode = self.info().mode(e);
            self.info_mut().set_type(e, mode, Some(tuple), None);
            match self.file().kind(e) {
                ExprKind::Paren(x) => e = x,
                _ => return,
            }
        }
    }

    /// The name that an instantiated name, selector or index expression instantiates.
    fn instantiated_ident(&self, e: ExprId) -> Option<ExprId> {
        let mut e = e;
        loop {
            match self.file().kind(e) {
                ExprKind::Name(_) => return Some(e),
                ExprKind::Selector { sel, .. } => return Some(sel),
                ExprKind::Index { x, .. } | ExprKind::Paren(x) => e = x,
                _ => return None,
            }
        }
    }

    /// Records the instantiation of a generic function or type by a name, selector or index expression.
    pub fn record_instance(&mut self, e: impl Into<OperandExpr>, targs: &[TypeId], t: TypeId) {
        let OperandExpr::Expr(e) = e.into() else { return };
        let Some(ident) = self.instantiated_ident(e) else { return };
        let store = self.store;
        let mut t = t;
        // An instance of a method value or method expression is recorded with its receiver.
        if let Type::Signature(sig) = store.ty(t)
            && let Some(recv) = sig.recv_old
        {
            let mut copy = Signature::clone(sig);
            copy.recv_old = None;
            if recv == object::METHOD_EXPR_SENTINEL {
                let vars = store.vars(copy.params);
                copy.recv = vars.first().copied();
                copy.params = store.new_tuple(vars[1..].to_vec());
            } else {
                copy.recv = Some(recv);
            }
            t = store.new_signature(copy);
        }
        self.info_mut().set_instance(ident, Instance { targs: targs.into(), typ: t });
    }

    /// Records the object that a name declares.
    pub fn record_def(&mut self, name: ExprId, obj: Option<ObjId>) {
        self.info_mut().set_def(name, obj);
    }

    /// Records the object that a name denotes.
    pub fn record_use(&mut self, name: ExprId, obj: ObjId) {
        self.info_mut().set_use(name, obj);
    }

    /// Records the object that a node declares without naming it.
    pub fn record_implicit(&mut self, node: ImplicitNode, obj: ObjId) {
        self.info_mut().set_implicit(node, obj);
    }

    /// Records what a selector expression selects.
    pub fn record_selection(
        &mut self,
        e: ExprId,
        kind: SelectionKind,
        recv: TypeId,
        obj: ObjId,
        index: &[u32],
        indirect: bool,
    ) {
        if let ExprKind::Selector { sel, .. } = self.file().kind(e) {
            self.record_use(sel, obj);
        }
        self.info_mut().set_selection(e, Selection { kind, recv, obj, index: index.into(), indirect });
    }
}
