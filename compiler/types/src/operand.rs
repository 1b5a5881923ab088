//! Operands: the intermediate results of checking expressions.
//!
//! An operand has a mode, the expression that it stands for, a type, a value if it is constant, and the number
//! of the built-in function if it is one. `assignable_to` is the assignability relation of the language.

use grus_syntax::ast::ExprId;
use grus_syntax::{Pos, Symbol};
use smallvec::SmallVec;

use crate::check::Checker;
use crate::code::Code;
use crate::constant::Value;
use crate::info::Mode;
use crate::object::BuiltinId;
use crate::store::TypeId;
use crate::ty::{ChanDir, Type};
use crate::under::TypeError;
use crate::universe::typ;

/// What an operand stands for in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OperandExpr {
    /// Nothing (yet).
    #[default]
    None,
    /// An expression of the file being checked.
    Expr(ExprId),
    /// Something that is not written as an expression of its own, for messages.
    Pseudo(Pos, PseudoExpr),
}

impl OperandExpr {
    /// The expression, if there is one.
    pub fn id(self) -> Option<ExprId> {
        match self {
            OperandExpr::Expr(e) => Some(e),
            _ => None,
        }
    }
}

impl From<ExprId> for OperandExpr {
    fn from(e: ExprId) -> Self {
        OperandExpr::Expr(e)
    }
}

/// How something that is not an expression is named in messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PseudoExpr {
    /// The n-th result of a call, from 1.
    Result(u32),
    /// The second value of a comma-ok expression.
    Ok,
    /// The second value of a comma-error expression.
    Err,
    /// A description.
    Desc(Symbol),
}

/// An operand. The default is an invalid one.
#[derive(Clone, Debug)]
pub struct Operand {
    /// What the operand denotes.
    pub mode: Mode,
    /// What the operand stands for.
    pub expr: OperandExpr,
    /// The type; the invalid type if there is none.
    pub typ: TypeId,
    /// The value of a constant; unknown for other modes.
    pub val: Value,
    /// Which built-in function, in that mode.
    pub id: BuiltinId,
}

impl Default for Operand {
    fn default() -> Self {
        Operand {
            mode: Mode::Invalid,
            expr: OperandExpr::None,
            typ: typ::INVALID,
            val: Value::Unknown,
            id: BuiltinId::Append,
        }
    }
}

impl Operand {
    /// An operand of a mode and type that stands for `expr`.
    pub fn new(mode: Mode, expr: impl Into<OperandExpr>, typ: TypeId) -> Self {
        Operand { mode, expr: expr.into(), typ, ..Operand::default() }
    }

    /// Whether no error was reported for the operand.
    pub fn is_valid(&self) -> bool {
        self.mode != Mode::Invalid
    }

    /// Marks the operand as invalid: an error was reported.
    pub fn invalidate(&mut self) {
        self.mode = Mode::Invalid;
    }

    /// Whether the operand is constant.
    pub fn is_constant(&self) -> bool {
        self.mode == Mode::Constant
    }

    /// Whether the operand is the untyped `nil`.
    pub fn is_nil(&self) -> bool {
        self.mode == Mode::NilValue
    }

    /// Makes the operand a constant.
    pub fn set_const(&mut self, typ: TypeId, val: Value) {
        self.mode = Mode::Constant;
        self.typ = typ;
        self.val = val;
    }
}

/// The words for a mode in operand strings.
fn mode_string(mode: Mode) -> &'static str {
    match mode {
        Mode::Invalid => "invalid operand",
        Mode::NoValue => "no value",
        Mode::Builtin => "built-in",
        Mode::TypExpr => "type",
        Mode::Constant => "constant",
        Mode::Variable => "variable",
        Mode::MapIndex => "map index expression",
        Mode::Value => "value",
        Mode::NilValue => "nil",
        Mode::CommaOk => "comma, ok expression",
        Mode::CommaErr => "comma, error expression",
        Mode::CgoFunc => "cgo function",
    }
}

/// `1st what`, `2nd what`, ...
fn nth(n: u32, what: &str) -> String {
    let ext = match n {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{n}{ext} {what}")
}

impl Checker<'_> {
    /// The position at which an error about an operand is reported: the start of its expression.
    pub fn operand_pos(&self, x: &Operand) -> Pos {
        self.operand_expr_pos(x.expr)
    }

    /// The start of what an operand stands for.
    pub fn operand_expr_pos(&self, expr: OperandExpr) -> Pos {
        match expr {
            OperandExpr::None => Pos::NONE,
            OperandExpr::Expr(e) => self.start_pos(e),
            OperandExpr::Pseudo(pos, _) => pos,
        }
    }

    /// The position of what an operand stands for: of an operation that of its operator.
    pub fn operand_node_pos(&self, expr: OperandExpr) -> Pos {
        match expr {
            OperandExpr::Expr(e) => self.file().pos(e),
            expr => self.operand_expr_pos(expr),
        }
    }

    /// The types of a type parameter's type set, if it is given by terms.
    pub(crate) fn type_param_terms(&self, tparam: TypeId) -> Option<SmallVec<[TypeId; 4]>> {
        self.typeset(tparam).into_iter().map(|(t, _)| t).collect()
    }

    /// The reason why a type does not fit, for messages.
    pub fn type_error_str(&self, err: &TypeError) -> String {
        err.format(self.store, &|pkg| self.qualifier(pkg))
    }

    /// The source text of what an operand stands for.
    pub fn operand_expr_string(&self, expr: OperandExpr) -> String {
        match expr {
            OperandExpr::None => String::new(),
            OperandExpr::Expr(e) => self.expr_str(e),
            OperandExpr::Pseudo(_, PseudoExpr::Result(n)) => nth(n, "function result"),
            OperandExpr::Pseudo(_, PseudoExpr::Ok) => "ok value of (comma, ok) expression".to_string(),
            OperandExpr::Pseudo(_, PseudoExpr::Err) => "err value of (comma, err) expression".to_string(),
            OperandExpr::Pseudo(_, PseudoExpr::Desc(s)) => s.as_str().to_string(),
        }
    }

    /// An operand as messages describe it: expression, mode, value and type.
    pub fn operand_string(&self, x: &Operand) -> String {
        if x.mode == Mode::NilValue {
            return match x.typ {
                typ::INVALID => "nil (with invalid type)".to_string(),
                typ::UNTYPED_NIL => "nil".to_string(),
                t => format!("nil (of type {})", self.type_str(t)),
            };
        }
        let expr = match x.expr {
            OperandExpr::None => match x.mode {
                Mode::Builtin => x.id.name().to_string(),
                Mode::TypExpr => self.type_str(x.typ),
                Mode::Constant => x.val.to_string(),
                _ => String::new(),
            },
            e => self.operand_expr_string(e),
        };
        let mut buf = String::new();
        if !expr.is_empty() {
            buf.push_str(&expr);
            buf.push_str(" (");
        }
        let mut has_type = false;
        match x.mode {
            Mode::Invalid | Mode::NoValue | Mode::Builtin | Mode::TypExpr => {}
            _ if self.is_untyped(x.typ) => {
                buf.push_str(&self.type_str(x.typ));
                buf.push(' ');
            }
            _ => has_type = true,
        }
        buf.push_str(mode_string(x.mode));
        if x.mode == Mode::Constant {
            let s = x.val.to_string();
            if s != expr {
                buf.push(' ');
                buf.push_str(&s);
            }
        }
        if has_type {
            if self.is_valid(x.typ) {
                buf.push_str(" of ");
                if self.is_generic(x.typ) {
                    buf.push_str("generic ");
                }
                let tpar = match self.ty(self.unalias(x.typ)) {
                    Type::TypeParam(p) => Some(p),
                    _ => None,
                };
                if tpar.is_none() && matches!(self.ty(x.typ), Type::Alias(_) | Type::Named(_)) {
                    let what = match self.composite_kind(x.typ) {
                        "" => match self.ty(self.under(x.typ)) {
                            Type::Basic(b) => b.name,
                            _ => "",
                        },
                        kind => kind,
                    };
                    buf.push_str(what);
                    buf.push(' ');
                }
                buf.push_str("type ");
                buf.push_str(&self.type_str(x.typ));
                if let Some(tpar) = tpar {
                    buf.push_str(" constrained by ");
                    buf.push_str(&self.type_str(tpar.bound()));
                    if self.has_empty_typeset(x.typ) {
                        buf.push_str(" with empty type set");
                    }
                }
            } else {
                buf.push_str(" with invalid type");
            }
        }
        if !expr.is_empty() {
            buf.push(')');
        }
        buf
    }

    /// The kind of a composite type (`array`, `slice`, ...); empty for basic types.
    pub fn composite_kind(&self, t: TypeId) -> &'static str {
        match self.ty(self.under(t)) {
            Type::Array(_) => "array",
            Type::Slice(_) => "slice",
            Type::Struct(_) => "struct",
            Type::Pointer(_) => "pointer",
            Type::Signature(_) => "func",
            Type::Interface(_) => "interface",
            Type::Map(_) => "map",
            Type::Chan(_) => "chan",
            Type::Tuple(_) => "tuple",
            Type::Union(_) => "union",
            _ => "",
        }
    }

    /// Whether `x` is assignable to a variable of type `t`; if it is not, the code of the error, and in `cause`
    /// possibly a more detailed explanation.
    pub fn assignable_to(
        &mut self,
        x: &Operand,
        t: TypeId,
        mut cause: Option<&mut String>,
    ) -> Result<(), Code> {
        if !x.is_valid() || !self.is_valid(t) {
            return Ok(()); // An error was reported before.
        }
        if x.typ == t {
            return Ok(());
        }
        let store = self.store;
        let orig_t = t;
        let v = store.unalias(x.typ);
        let t = store.unalias(t);
        if store.identical(v, t) {
            return Ok(());
        }
        let vu = store.under(v);
        let tu = store.under(t);
        let v_param = store.is_type_param(v);
        let t_param = store.is_type_param(t);

        // x is an untyped value representable by a value of type t.
        if store.is_untyped(vu) {
            let ok = if t_param {
                self.type_param_terms(t).is_some_and(|terms| {
                    terms.iter().all(|&term| self.implicit_type_and_value(x, term).is_ok())
                })
            } else {
                self.implicit_type_and_value(x, t).is_ok()
            };
            return if ok { Ok(()) } else { Err(Code::IncompatibleAssign) };
        }

        // Identical underlying types, not both named, no type parameters.
        let v_named = store.has_name(v);
        let t_named = store.has_name(t);
        if (!v_named || !t_named) && !v_param && !t_param && store.identical(vu, tu) {
            return Ok(());
        }

        // t is an interface and v implements it. Pointers to interfaces come here for the cause of the error.
        if matches!(store.ty(tu), Type::Interface(_)) && !t_param || store.is_interface_ptr(tu) {
            if self.implements(v, t, false, cause.as_deref_mut()) {
                return Ok(());
            }
            if !v_param {
                return Err(Code::InvalidIfaceAssign);
            }
            if let Some(c) = cause.as_deref_mut() {
                c.clear();
            }
        }

        // If v is an interface, a missing type assertion may be the problem.
        if matches!(store.ty(vu), Type::Interface(_)) && !v_param && self.implements(t, v, false, None) {
            if let Some(c) = cause {
                *c = "need type assertion".to_string();
            }
            return Err(Code::IncompatibleAssign);
        }

        // x is a bidirectional channel, t a channel with identical elements, not both named.
        if let (Type::Chan(vc), Type::Chan(tc)) = (store.ty(vu), store.ty(tu))
            && vc.dir == ChanDir::SendRecv
            && store.identical(vc.elem, tc.elem)
        {
            return if !v_named || !t_named { Ok(()) } else { Err(Code::InvalidChanAssign) };
        }

        if !v_param && !t_param {
            return Err(Code::IncompatibleAssign);
        }

        let explain = |msg: String, cause: &mut Option<&mut String>| {
            if let Some(c) = cause {
                **c = if c.is_empty() { msg } else { format!("{msg}\n\t{c}") };
            }
        };

        // v is unnamed, t is a type parameter, and x is assignable to each type of t's type set.
        if !v_named && t_param {
            let Some(terms) = self.type_param_terms(t) else { return Err(Code::IncompatibleAssign) };
            for &term in &terms {
                if let Err(code) = self.assignable_to(x, term, cause.as_deref_mut()) {
                    let msg = format!(
                        "cannot assign {} to {} (in {})",
                        self.type_str(x.typ),
                        self.type_str(term),
                        self.type_str(t)
                    );
                    explain(msg, &mut cause);
                    return Err(code);
                }
            }
            return if terms.is_empty() { Err(Code::IncompatibleAssign) } else { Ok(()) };
        }

        // v is a type parameter, t is unnamed, and values of each type of v's type set are assignable to t.
        if v_param && !t_named {
            let Some(terms) = self.type_param_terms(v) else { return Err(Code::IncompatibleAssign) };
            let mut x = x.clone();
            for &term in &terms {
                x.typ = term;
                if let Err(code) = self.assignable_to(&x, t, cause.as_deref_mut()) {
                    let msg = format!(
                        "cannot assign {} (in {}) to {}",
                        self.type_str(term),
                        self.type_str(v),
                        self.type_str(orig_t)
                    );
                    explain(msg, &mut cause);
                    return Err(code);
                }
            }
            return if terms.is_empty() { Err(Code::IncompatibleAssign) } else { Ok(()) };
        }

        Err(Code::IncompatibleAssign)
    }
}
