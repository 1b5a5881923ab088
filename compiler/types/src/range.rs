//! Range loops.

use grus_syntax::{ExprId, StmtId, StmtKind};

use crate::check::Checker;
use crate::code::Code;
use crate::info::Mode;
use crate::object::VarKind;
use crate::operand::Operand;
use crate::stmt::StmtContext;
use crate::store::{ObjId, TypeId};
use crate::ty::{ChanDir, Type};
use crate::under::TypeError;
use crate::universe::typ;
use crate::version::GoVersion;

/// The types of the iteration variables that a range expression provides; or why it cannot be ranged over, as a
/// text that may be empty.
pub type RangeTypes = Result<(Option<TypeId>, Option<TypeId>), String>;

impl<'a> Checker<'a> {
    /// Checks a range loop `for lhs = range x body`.
    pub(crate) fn range_stmt(
        &mut self,
        inner: StmtContext,
        stmt: StmtId,
        lhs: Option<ExprId>,
        range_var: ExprId,
        def: bool,
        body: StmtId,
    ) {
        let store = self.store;
        let file = self.file();
        let list = file.unpack_optional_list(&lhs).to_vec();
        let (key_expr, value_expr, extra) =
            (list.first().copied(), list.get(1).copied(), list.get(2).copied());

        let mut x = Operand::default();
        self.expr(None, &mut x, range_var);

        let mut types = [None, None];
        if x.is_valid() {
            match self.range_key_val(x.typ, true) {
                Err(cause) => {
                    let what = self.operand_string(&x);
                    let msg = if cause.is_empty() {
                        format!("cannot range over {what}")
                    } else {
                        format!("cannot range over {what}: {cause}")
                    };
                    self.soft_error(&x, Code::InvalidRangeExpr, msg);
                    types = [Some(typ::INVALID), Some(typ::INVALID)];
                }
                Ok((key, val)) => {
                    if let (None, Some(e)) = (key, key_expr) {
                        let msg =
                            format!("range over {} permits no iteration variables", self.operand_string(&x));
                        self.soft_error(e, Code::InvalidIterVar, msg);
                    } else if let (None, Some(e)) = (val, value_expr) {
                        let what = self.operand_string(&x);
                        let msg = format!("range over {what} permits only one iteration variable");
                        self.soft_error(e, Code::InvalidIterVar, msg);
                    } else if let Some(e) = extra {
                        let msg = "range clause permits at most two iteration variables";
                        self.soft_error(e, Code::InvalidIterVar, msg);
                    }
                    types = [key, val];
                }
            }
        }

        // The variables belong to the scope of the statement, which begins after the range clause.
        let pos = file[stmt].pos;
        self.open_scope(pos, pos, false);
        let range_over_int = self.is_integer(x.typ);
        let lhs = [key_expr, value_expr];
        if def {
            let mut vars: Vec<ObjId> = Vec::new();
            for (i, e) in lhs.into_iter().enumerate() {
                let Some(e) = e else { continue };
                let obj = match file.as_name(e) {
                    Some(name) => {
                        let obj = store.new_var(VarKind::Local, file.pos(e), Some(self.pkg), name, None);
                        self.record_def(e, Some(obj));
                        if !name.is_blank() {
                            vars.push(obj);
                        }
                        obj
                    }
                    None => {
                        let msg = format!("cannot declare {}", self.expr_str(e));
                        self.error(e, Code::InvalidSyntaxTree, msg);
                        store.new_var(
                            VarKind::Local,
                            file.pos(e),
                            Some(self.pkg),
                            grus_syntax::sym::BLANK,
                            None,
                        )
                    }
                };
                match types[i] {
                    None | Some(typ::INVALID) => {
                        store.obj(obj).typ.set(typ::INVALID);
                        store.obj(obj).set_used();
                    }
                    Some(_) if range_over_int => self.init_var(obj, &mut x, "range clause"),
                    Some(t) => {
                        // The error is about the variable, hence the context.
                        let mut y = Operand::new(Mode::Value, e, t);
                        self.init_var(obj, &mut y, "assignment");
                    }
                }
            }
            if vars.is_empty() {
                self.error(pos, Code::NoNewVar, "no new variables on left side of :=");
            }
            let scope_pos = file[body].pos;
            for obj in vars {
                self.declare(self.env.scope, None, obj, scope_pos);
            }
        } else if key_expr.is_some() {
            for (i, e) in lhs.into_iter().enumerate() {
                let (Some(e), Some(t)) = (e, types[i]) else { continue };
                if t == typ::INVALID {
                    continue;
                }
                if range_over_int {
                    self.assign_var(e, None, Some(&mut x), "range clause");
                    // An untyped x has the type of the variable now.
                    if x.is_valid() && !self.is_integer(x.typ) {
                        let msg = format!("cannot use iteration variable of type {}", self.type_str(x.typ));
                        self.soft_error(e, Code::InvalidRangeExpr, msg);
                    }
                } else {
                    let mut y = Operand::new(Mode::Value, e, t);
                    self.assign_var(e, None, Some(&mut y), "assignment");
                }
            }
        } else if range_over_int {
            // An untyped x must have a valid default type.
            self.assignment(&mut x, None, "range clause");
        }
        self.stmt(inner, body);
    }

    /// The types of the iteration variables for a range expression of type `orig`. Language versions count only if
    /// `versions` is set.
    pub fn range_key_val(&self, orig: TypeId, versions: bool) -> RangeTypes {
        let store = self.store;
        let mut cond = |t: Option<TypeId>, u: Option<TypeId>| {
            let (t, u) = (t?, u?);
            match store.ty(u) {
                Type::Chan(c) if c.dir == ChanDir::SendOnly => {
                    Some(TypeError::new("receive from send-only channel %s", &[t]))
                }
                _ => None,
            }
        };
        let format = |err: TypeError| err.format(store, &|p| self.qualifier(p));
        let rtyp = store.common_under(orig, Some(&mut cond)).map_err(format)?;
        let allowed = |minor| !versions || self.allow_version(GoVersion::go1(minor));
        let elem = match store.ty(rtyp) {
            Type::Pointer(p) => match store.under_ty(p.elem) {
                array @ Type::Array(_) => array,
                _ => store.ty(rtyp),
            },
            t => t,
        };
        match elem {
            Type::Basic(_) if store.is_string(rtyp) => Ok((Some(typ::INT), Some(typ::RUNE))),
            Type::Basic(_) if store.is_integer(rtyp) => {
                if allowed(22) {
                    Ok((Some(orig), None))
                } else {
                    Err("requires go1.22 or later".to_string())
                }
            }
            Type::Array(a) => Ok((Some(typ::INT), Some(a.elem))),
            Type::Slice(s) => Ok((Some(typ::INT), Some(s.elem))),
            Type::Map(m) => Ok((Some(m.key), Some(m.elem))),
            Type::Chan(c) => Ok((Some(c.elem), None)),
            Type::Signature(sig) => {
                if !allowed(23) {
                    return Err("requires go1.23 or later".to_string());
                }
                let bad = |why: &str| Err(format!("func must be func(yield func(...) bool): {why}"));
                let &[yield_param] = store.vars(sig.params) else { return bad("wrong argument count") };
                if !store.vars(sig.results).is_empty() {
                    return bad("unexpected results");
                }
                let callback = match store.common_under(store.type_of(yield_param), None) {
                    Ok(u) => u,
                    Err(err) if !err.is_empty() => {
                        return bad(&format!("in yield type, {}", format(err)));
                    }
                    Err(_) => return bad("argument is not func"),
                };
                let Type::Signature(cb) = store.ty(callback) else { return bad("argument is not func") };
                let params = store.vars(cb.params);
                if params.len() > 2 {
                    return bad("yield func has too many parameters");
                }
                match *store.vars(cb.results) {
                    [r] if store.identical(store.type_of(r), typ::BOOL) => {}
                    [r] if store.is_boolean(store.type_of(r)) => {
                        return bad("yield func returns user-defined boolean, not bool");
                    }
                    _ => return bad("yield func does not return bool"),
                }
                if cb.variadic {
                    return Err(format!("yield func of type {} cannot be variadic", self.type_str(callback)));
                }
                let param = |i: usize| params.get(i).map(|&p| store.type_of(p));
                Ok((param(0), param(1)))
            }
            _ => Err(String::new()),
        }
    }

    /// Whether a statement is a range loop.
    pub(crate) fn is_range(&self, stmt: Option<StmtId>) -> bool {
        stmt.is_some_and(|s| matches!(self.file()[s].kind, StmtKind::Range { .. }))
    }
}
