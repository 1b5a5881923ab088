//! Assignments and initializations: assignability in context, short variable declarations, and mismatches of the
//! numbers of variables and values.

use grus_syntax::{ExprId, ExprKind, Pos, StmtId, Symbol, sym};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::check::Checker;
use crate::code::Code;
use crate::errors::At;
use crate::info::Mode;
use crate::object::VarKind;
use crate::operand::Operand;
use crate::store::{ObjId, TypeId};
use crate::ty::Type;
use crate::universe::typ;

/// `1 variable`, `2 variables`, ...
pub(crate) fn measure(n: usize, unit: &str) -> String {
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

/// What an assignment is part of, for messages.
#[derive(Clone, Copy, Debug)]
pub enum Context<'c> {
    /// A text.
    Text(&'c str),
    /// The argument of a call; the expression is the function's.
    Argument(ExprId),
}

impl<'c> From<&'c str> for Context<'c> {
    fn from(text: &'c str) -> Self {
        Context::Text(text)
    }
}

impl<'c> From<&'c String> for Context<'c> {
    fn from(text: &'c String) -> Self {
        Context::Text(text)
    }
}

impl<'a> Checker<'a> {
    /// Checks that `x` can be assigned to a variable of type `t`, and converts untyped values. Without a type it is
    /// assigned to the blank identifier. If the assignment is wrong, `x` becomes invalid.
    pub fn assignment<'c>(&mut self, x: &mut Operand, t: Option<TypeId>, context: impl Into<Context<'c>>) {
        self.assignment_in(x, t, context.into());
    }

    fn assignment_in(&mut self, x: &mut Operand, t: Option<TypeId>, context: Context<'_>) {
        self.single_value(x);
        match x.mode {
            Mode::Invalid => return,
            Mode::NilValue
            | Mode::Constant
            | Mode::Variable
            | Mode::MapIndex
            | Mode::Value
            | Mode::CommaOk
            | Mode::CommaErr => {}
            Mode::NoValue | Mode::Builtin | Mode::TypExpr | Mode::CgoFunc => {
                let (what, t) = (self.operand_string(x), self.opt_type_str(t));
                let msg = format!("cannot assign {what} to {t} in {}", self.context_str(context));
                self.error(&*x, Code::IncompatibleAssign, msg);
                x.invalidate();
                return;
            }
        }

        if self.is_untyped(x.typ) {
            let target = if x.is_nil() {
                let Some(t) = t else {
                    let msg = format!("use of untyped nil in {}", self.context_str(context));
                    self.error(&*x, Code::UntypedNilUse, msg);
                    x.invalidate();
                    return;
                };
                t
            } else {
                match t {
                    Some(t) if !self.is_non_type_param_interface(t) => t,
                    _ => self.default_type(x.typ),
                }
            };
            match self.implicit_type_and_value(x, target) {
                Err(code) => {
                    let (what, t) = (self.operand_string(x), self.type_str(target));
                    let mut msg = format!("cannot use {what} as {t} value in {}", self.context_str(context));
                    let mut reported = code;
                    match code {
                        Code::TruncatedFloat => msg.push_str(" (truncated)"),
                        Code::NumericOverflow => msg.push_str(" (overflows)"),
                        _ => reported = Code::IncompatibleAssign,
                    }
                    self.error(&*x, reported, msg);
                    x.invalidate();
                    return;
                }
                Ok((new_type, val)) => {
                    if let Some(val) = val {
                        self.update_expr_val(x.expr, &val);
                        x.val = val;
                    }
                    if new_type != x.typ {
                        x.typ = new_type;
                        self.update_expr_type(x.expr, new_type, false);
                    }
                }
            }
        }

        // A generic function must be instantiated.
        let is_generic = match self.ty(x.typ) {
            Type::Signature(sig) => !sig.tparams.is_empty(),
            _ => self.is_generic(x.typ),
        };
        if is_generic {
            let target = self.new_target(t, self.context_str(context));
            self.non_generic(target.as_ref(), x);
            if !x.is_valid() {
                return;
            }
        }
        let Some(t) = t else { return };
        if x.typ == t {
            return;
        }
        let mut cause = String::new();
        if let Err(code) = self.assignable_to(x, t, Some(&mut cause)) {
            let (what, t) = (self.operand_string(x), self.type_str(t));
            let mut msg = format!("cannot use {what} as {t} value in {}", self.context_str(context));
            if !cause.is_empty() {
                msg.push_str(": ");
                msg.push_str(&cause);
            }
            self.error(&*x, code, msg);
            x.invalidate();
        }
    }

    /// The text for a context.
    fn context_str(&self, context: Context<'_>) -> String {
        match context {
            Context::Text(text) => text.to_string(),
            Context::Argument(fun) => format!("argument to {}", self.expr_str(fun)),
        }
    }

    fn opt_type_str(&self, t: Option<TypeId>) -> String {
        t.map_or("<nil>".to_string(), |t| self.type_str(t))
    }

    /// Gives a constant the value of its initializer, and its type if it has none.
    pub(crate) fn init_const(&mut self, lhs: ObjId, x: &mut Operand) {
        let o = self.store.obj(lhs);
        let invalid = |t: Option<TypeId>| t.is_some_and(|t| !self.store.is_valid(t));
        if !x.is_valid() || !self.is_valid(x.typ) || invalid(o.typ.get()) {
            o.typ.set_once(typ::INVALID);
            return;
        }
        if x.mode != Mode::Constant {
            let msg = format!("{} is not constant", self.operand_string(x));
            self.error(&*x, Code::InvalidConstInit, msg);
            o.typ.set_once(typ::INVALID);
            return;
        }
        let t = o.typ.set_once(x.typ);
        self.assignment(x, Some(t), "constant declaration");
        if x.is_valid() {
            o.set_const_value(x.val.clone());
        }
    }

    /// Checks the initialization of a variable, and gives it the type of `x` if it has none. If the initialization
    /// is wrong, `x` becomes invalid.
    pub(crate) fn init_var(&mut self, lhs: ObjId, x: &mut Operand, context: &str) {
        let o = self.store.obj(lhs);
        let lhs_invalid = o.typ.get().is_some_and(|t| !self.is_valid(t));
        if !x.is_valid() || !self.is_valid(x.typ) || lhs_invalid {
            o.typ.set_once(typ::INVALID);
            x.invalidate();
            return;
        }
        let t = match o.typ.get() {
            Some(t) => t,
            None => {
                let mut t = x.typ;
                if self.is_untyped(t) {
                    if t == typ::UNTYPED_NIL {
                        self.error(&*x, Code::UntypedNilUse, format!("use of untyped nil in {context}"));
                        o.typ.set(typ::INVALID);
                        x.invalidate();
                        return;
                    }
                    t = self.default_type(t);
                }
                o.typ.set(t);
                t
            }
        };
        self.assignment(x, Some(t), context);
    }

    /// Checks the left side of an assignment and returns its type: none for the blank identifier, the invalid type
    /// if nothing can be assigned to it. A variable does not count as used.
    fn lhs_var(&mut self, lhs: ExprId) -> Option<TypeId> {
        let file = self.file();
        let store = self.store;
        let ident = file.unparen(lhs);
        let mut variable: Option<(ObjId, bool)> = None;
        if let Some(name) = file.as_name(ident) {
            if name.is_blank() {
                self.record_def(ident, None);
                return None;
            }
            if let Some(obj) = self.lookup(name) {
                let o = store.obj(obj);
                if o.is_var() && o.pkg == Some(self.pkg) {
                    variable = Some((obj, o.used()));
                }
            }
        }
        let mut x = Operand::default();
        self.expr(None, &mut x, lhs);
        if let Some((obj, used)) = variable
            && !used
            && store.obj(obj).var_kind() != Some(VarKind::Package)
        {
            store.obj(obj).restore_used(false);
        }
        if !x.is_valid() || !self.is_valid(x.typ) {
            return Some(typ::INVALID);
        }
        match x.mode {
            Mode::Variable | Mode::MapIndex => Some(x.typ),
            _ => {
                let text = self.operand_expr_string(x.expr);
                if let Some(e) = x.expr.id()
                    && let ExprKind::Selector { x: operand, .. } = file.kind(e)
                {
                    let mut op = Operand::default();
                    self.expr(None, &mut op, operand);
                    if op.mode == Mode::MapIndex {
                        let msg = format!("cannot assign to struct field {text} in map");
                        self.error(&x, Code::UnaddressableFieldAssign, msg);
                        return Some(typ::INVALID);
                    }
                }
                let msg = format!("cannot assign to {text} (neither addressable nor a map index expression)");
                self.error(&x, Code::UnassignableOperand, msg);
                Some(typ::INVALID)
            }
        }
    }

    /// Checks the assignment of `rhs` to `lhs`, or of `x`, which is the value of `rhs` then. If the assignment is
    /// wrong, `x` becomes invalid.
    pub(crate) fn assign_var(
        &mut self,
        lhs: ExprId,
        rhs: Option<ExprId>,
        x: Option<&mut Operand>,
        context: &str,
    ) {
        let t = self.lhs_var(lhs);
        if t.is_some_and(|t| !self.is_valid(t)) {
            match (x, rhs) {
                (Some(x), _) => x.invalidate(),
                (None, Some(rhs)) => {
                    self.use_exprs(&[rhs]);
                }
                (None, None) => {}
            }
            return;
        }
        let mut value = Operand::default();
        let x = match x {
            Some(x) => x,
            None => {
                let target = match t {
                    Some(t) if matches!(self.store.under_ty(t), Type::Signature(_)) => {
                        let desc = self.expr_str(lhs);
                        self.new_target(Some(t), desc)
                    }
                    _ => None,
                };
                let rhs = rhs.expect("there is something to assign");
                self.expr(target.as_ref(), &mut value, rhs);
                &mut value
            }
        };
        let context =
            if t.is_none() && context == "assignment" { "assignment to _ identifier" } else { context };
        self.assignment(x, t, context);
    }

    /// Types for a message about a mismatch: `(t1, t2, ...)`. The last one is shown as `...T` if `variadic`, as
    /// `T...` if `has_dots`.
    pub fn types_summary(&self, list: &[TypeId], variadic: bool, has_dots: bool) -> String {
        assert!(!(variadic && has_dots));
        let mut out = String::from("(");
        for (i, &t) in list.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let last = i + 1 == list.len();
            let mut s = if !self.is_valid(t) {
                "unknown type".to_string()
            } else if self.is_untyped(t) {
                if self.is_numeric(t) {
                    // No specific type is implied.
                    "number".to_string()
                } else {
                    self.type_str(t).replace("untyped ", "")
                }
            } else {
                self.type_str(t)
            };
            if last && variadic {
                if let Type::Slice(slice) = self.ty(t) {
                    s = self.type_str(slice.elem);
                }
                out.push_str("...");
            }
            out.push_str(&s);
            if last && has_dots {
                out.push_str("...");
            }
        }
        out.push(')');
        out
    }

    fn assign_error(&mut self, rhs: &[ExprId], l: usize, r: usize) {
        let vars = measure(l, "variable");
        let vals = measure(r, "value");
        let first = rhs[0];
        let file = self.file();
        if let [e] = *rhs
            && let ExprKind::Call { fun, .. } = file.kind(file.unparen(e))
        {
            let msg = format!("assignment mismatch: {vars} but {} returns {vals}", self.expr_str(fun));
            self.error(first, Code::WrongAssignCount, msg);
            return;
        }
        self.error(first, Code::WrongAssignCount, format!("assignment mismatch: {vars} but {vals}"));
    }

    fn return_error(&mut self, at: StmtId, lhs: &[ObjId], rhs: &[Operand]) {
        let (l, r) = (lhs.len(), rhs.len());
        let (at, qualifier) = if r > l {
            (At::from(&rhs[l]), "too many")
        } else if r > 0 {
            (At::from(&rhs[r - 1]), "not enough")
        } else {
            (At::Stmt(at), "not enough")
        };
        let have: Vec<TypeId> = rhs.iter().map(|x| x.typ).collect();
        let want: Vec<TypeId> = lhs.iter().map(|&v| self.type_of(v)).collect();
        let mut err = self.new_error(Code::WrongResultCount);
        self.addf(&mut err, at, format!("{qualifier} return values"));
        err.addf_pos(Pos::NONE, format!("have {}", self.types_summary(&have, false, false)));
        err.addf_pos(Pos::NONE, format!("want {}", self.types_summary(&want, false, false)));
        self.report(err);
    }

    fn is_call(&self, e: ExprId) -> bool {
        let file = self.file();
        matches!(file.kind(file.unparen(e)), ExprKind::Call { .. })
    }

    /// Gives variables without type the invalid type.
    fn invalidate_vars(&self, vars: &[ObjId]) {
        for &v in vars {
            self.store.obj(v).typ.set_once(typ::INVALID);
        }
    }

    /// Checks the initialization of variables, or of results by a return statement.
    pub(crate) fn init_vars(&mut self, lhs: &[ObjId], rhs: &[ExprId], return_stmt: Option<StmtId>) {
        let store = self.store;
        let context = match return_stmt {
            Some(_) => "return statement",
            None if lhs.len() > 1 => "multiple assignment",
            None => "assignment",
        };
        // A single call is not handled as n:n, for the sake of the message.
        let is_call = rhs.len() == 1 && self.is_call(rhs[0]);
        if lhs.len() == rhs.len() && !is_call {
            for (&v, &e) in lhs.iter().zip(rhs) {
                let o = store.obj(v);
                let target = o.typ.get().and_then(|t| {
                    let desc = match o.name.as_str() {
                        "" if return_stmt.is_some() => "result variable",
                        name => name,
                    };
                    self.new_target(Some(t), desc)
                });
                let mut x = Operand::default();
                self.expr(target.as_ref(), &mut x, e);
                self.init_var(v, &mut x, context);
            }
            return;
        }
        if rhs.len() != 1 {
            // A mismatch is reported only if nothing else is wrong.
            if self.use_exprs(rhs) {
                match return_stmt {
                    Some(at) => {
                        let values = self.expr_list(rhs);
                        self.return_error(at, lhs, &values);
                    }
                    None => self.assign_error(rhs, lhs.len(), rhs.len()),
                }
            }
            self.invalidate_vars(lhs);
            return;
        }
        let (mut values, comma_ok) = self.multi_expr(rhs[0], lhs.len() == 2 && return_stmt.is_none());
        if values.len() == lhs.len() {
            for (&v, x) in lhs.iter().zip(values.iter_mut()) {
                self.init_var(v, x, context);
            }
            if comma_ok && values.iter().all(Operand::is_valid) {
                self.record_comma_ok_types(rhs[0], &values);
            }
            return;
        }
        if values[0].is_valid() {
            match return_stmt {
                Some(at) => self.return_error(at, lhs, &values),
                None => self.assign_error(rhs, lhs.len(), values.len()),
            }
        }
        self.invalidate_vars(lhs);
    }

    /// Checks the assignment of expressions to expressions.
    pub(crate) fn assign_vars(&mut self, lhs: &[ExprId], rhs: &[ExprId]) {
        let context = if lhs.len() > 1 { "multiple assignment" } else { "assignment" };
        let is_call = rhs.len() == 1 && self.is_call(rhs[0]);
        if lhs.len() == rhs.len() && !is_call {
            for (&l, &r) in lhs.iter().zip(rhs) {
                self.assign_var(l, Some(r), None, context);
            }
            return;
        }
        if rhs.len() != 1 {
            let ok_lhs = self.use_lhs(lhs);
            let ok_rhs = self.use_exprs(rhs);
            if ok_lhs && ok_rhs {
                self.assign_error(rhs, lhs.len(), rhs.len());
            }
            return;
        }
        let (mut values, comma_ok) = self.multi_expr(rhs[0], lhs.len() == 2);
        if values.len() == lhs.len() {
            for (&l, x) in lhs.iter().zip(values.iter_mut()) {
                self.assign_var(l, None, Some(x), context);
            }
            if comma_ok && values.iter().all(Operand::is_valid) {
                self.record_comma_ok_types(rhs[0], &values);
            }
            return;
        }
        if values[0].is_valid() {
            self.assign_error(rhs, lhs.len(), values.len());
        }
        self.use_lhs(lhs);
    }

    /// Checks `lhs := rhs`.
    pub(crate) fn short_var_decl(&mut self, pos: Pos, lhs: &[ExprId], rhs: &[ExprId]) {
        let top = self.delayed_len();
        let scope = self.env.scope;
        let store = self.store;
        let file = self.file();
        let pkg = Some(self.pkg);
        let mut seen: FxHashSet<Symbol> = FxHashSet::default();
        let mut vars: SmallVec<[ObjId; 4]> = SmallVec::new();
        let mut new_vars: SmallVec<[ObjId; 4]> = SmallVec::new();
        let mut has_err = false;
        for &l in lhs {
            // Where the left side is wrong, a variable without name takes the value.
            let dummy = || store.new_var(VarKind::Local, file.pos(l), pkg, sym::BLANK, None);
            let Some(name) = file.as_name(l) else {
                self.use_lhs(&[l]);
                let msg = format!("non-name {} on left side of :=", self.expr_str(l));
                self.error(l, Code::BadDecl, msg);
                has_err = true;
                vars.push(dummy());
                continue;
            };
            if !name.is_blank() && lhs.len() > 1 && !seen.insert(name) {
                self.error(l, Code::RepeatedDecl, format!("{name} repeated on left side of :="));
                has_err = true;
                vars.push(dummy());
                continue;
            }
            // The scope of new variables begins after the statement.
            if let Some(alt) = self.scopes.get(scope).lookup(name) {
                self.record_use(l, alt);
                if store.obj(alt).is_var() {
                    vars.push(alt);
                } else {
                    self.error(l, Code::UnassignableOperand, format!("cannot assign to {name}"));
                    has_err = true;
                    vars.push(dummy());
                }
                continue;
            }
            let obj = store.new_var(VarKind::Local, file.pos(l), pkg, name, None);
            vars.push(obj);
            if !name.is_blank() {
                new_vars.push(obj);
            }
            self.record_def(l, Some(obj));
        }

        self.init_vars(&vars, rhs, None);
        // Function literals must not see the new names.
        self.process_delayed(top);
        if new_vars.is_empty() && !has_err {
            self.soft_error(pos, Code::NoNewVar, "no new variables on left side of :=");
            return;
        }
        let scope_pos = rhs.last().map_or(pos, |&e| self.end_pos(e));
        for obj in new_vars {
            self.declare(scope, None, obj, scope_pos);
        }
    }
}
