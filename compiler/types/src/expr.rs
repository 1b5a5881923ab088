//! Expressions: the dispatch over their kinds, and the entry points for values, types and lists of values.
//!
//! Expressions are checked top down. A function that checks an expression leaves the result in an operand; if
//! there was an error, it was reported and the operand is invalid. Every expression is recorded when it was
//! checked; see [`untyped`](crate::untyped) for what happens to untyped ones afterwards.
//!
//! A *target* is the function type that a generic function is assigned to; its type arguments are inferred from
//! it. A *hint* is the element type of a composite literal, for elements that leave out their type.

mod binary;
mod compare;
mod shift;
mod unary;

use grus_syntax::Operator;
use grus_syntax::ast::{ExprId, ExprKind};
use smallvec::SmallVec;

use crate::check::Checker;
use crate::code::Code;
use crate::constant::Op;
use crate::info::Mode;
use crate::operand::{Operand, OperandExpr, PseudoExpr};
use crate::store::TypeId;
use crate::ty::Type;
use crate::universe::typ;

/// What an expression is as far as its use as a statement is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExprClass {
    /// A conversion.
    Conversion,
    /// Any other expression that is not a statement.
    Expression,
    /// A call or a receive operation.
    Statement,
}

/// The function type that a generic function is assigned to, and the name of what it is assigned to.
#[derive(Clone, Debug)]
pub struct Target {
    /// The signature.
    pub sig: TypeId,
    /// The variable, for messages.
    pub desc: String,
}

/// Operands of a list of expressions.
pub type Operands = SmallVec<[Operand; 4]>;

/// A set of modes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ModeSet(u16);

impl ModeSet {
    /// What is not a value.
    pub const NOT_VALUES: ModeSet =
        ModeSet(1 << Mode::NoValue as u16 | 1 << Mode::Builtin as u16 | 1 << Mode::TypExpr as u16);
    /// What is neither a value nor a type.
    pub const NOT_VALUES_OR_TYPES: ModeSet = ModeSet(1 << Mode::NoValue as u16 | 1 << Mode::Builtin as u16);
    /// A call without results.
    pub const NO_VALUE: ModeSet = ModeSet(1 << Mode::NoValue as u16);

    /// Whether the mode is in the set.
    pub fn contains(self, mode: Mode) -> bool {
        self.0 & (1 << mode as u16) != 0
    }
}

/// The operation on constants of an operator.
pub(crate) fn constant_op(op: Operator) -> Op {
    match op {
        Operator::Not => Op::Not,
        Operator::OrOr => Op::LOr,
        Operator::AndAnd => Op::LAnd,
        Operator::Eql => Op::Eql,
        Operator::Neq => Op::Neq,
        Operator::Lss => Op::Lss,
        Operator::Leq => Op::Leq,
        Operator::Gtr => Op::Gtr,
        Operator::Geq => Op::Geq,
        Operator::Add => Op::Add,
        Operator::Sub => Op::Sub,
        Operator::Or => Op::Or,
        Operator::Xor => Op::Xor,
        Operator::Mul => Op::Mul,
        Operator::Div => Op::Quo,
        Operator::Rem => Op::Rem,
        Operator::And => Op::And,
        Operator::AndNot => Op::AndNot,
        Operator::Shl => Op::Shl,
        Operator::Shr => Op::Shr,
        Operator::Def | Operator::Recv | Operator::Tilde => panic!("operator {op} has no constant operation"),
    }
}

impl<'a> Checker<'a> {
    /// The target of an assignment to something of type `t`, which `desc` describes; none unless `t` is a
    /// function type.
    pub fn new_target(&self, t: Option<TypeId>, desc: impl Into<String>) -> Option<Target> {
        let t = t?;
        let store = self.store;
        match store.ty(t) {
            Type::Basic(_) | Type::Pointer(_) | Type::Slice(_) | Type::Map(_) | Type::Struct(_) => {
                return None;
            }
            _ => {}
        }
        let sig = self.common_under(t, None).ok()?;
        matches!(store.ty(sig), Type::Signature(_)).then(|| Target { sig, desc: desc.into() })
    }

    /// Checks `e` and leaves the value or type in `x`. With `allow_generic` the result may be a generic type or
    /// function; otherwise type arguments of a generic function are inferred from the target.
    pub fn raw_expr(
        &mut self,
        target: Option<&Target>,
        x: &mut Operand,
        e: ExprId,
        hint: Option<TypeId>,
        allow_generic: bool,
    ) -> ExprClass {
        let class = self.expr_internal(target, x, e, hint);
        if !allow_generic {
            self.non_generic(target, x);
        }
        self.record(x);
        class
    }

    /// Reports an error if `x` is a generic type, or a generic function whose type arguments cannot be inferred
    /// from the target.
    pub fn non_generic(&mut self, target: Option<&Target>, x: &mut Operand) {
        if !x.is_valid() || x.mode == Mode::NoValue {
            return;
        }
        let store = self.store;
        let what = match store.ty(x.typ) {
            Type::Alias(_) | Type::Named(_) if store.is_generic(x.typ) => "type",
            Type::Signature(sig) if !sig.tparams.is_empty() => {
                if let Some(target) = target {
                    let pos = self.operand_node_pos(x.expr);
                    self.func_inst(Some(target), pos, x, None, true);
                    return;
                }
                "function"
            }
            _ => return,
        };
        let expr = self.operand_expr_string(x.expr);
        self.error(
            &*x,
            Code::WrongTypeArgCount,
            format!("cannot use generic {what} {expr} without instantiation"),
        );
        x.invalidate();
        x.typ = typ::INVALID;
    }

    /// The core of `raw_expr`, which is its only caller.
    fn expr_internal(
        &mut self,
        target: Option<&Target>,
        x: &mut Operand,
        e: ExprId,
        hint: Option<TypeId>,
    ) -> ExprClass {
        // Cycles may see the operand before it is complete.
        x.mode = Mode::Invalid;
        x.typ = typ::INVALID;
        let class = self.expr_by_kind(target, x, e, hint);
        x.expr = OperandExpr::Expr(e);
        match class {
            Some(class) => class,
            None => {
                x.invalidate();
                ExprClass::Statement // No follow-on errors.
            }
        }
    }

    /// Checks an expression according to its kind; none if there was an error.
    fn expr_by_kind(
        &mut self,
        target: Option<&Target>,
        x: &mut Operand,
        e: ExprId,
        hint: Option<TypeId>,
    ) -> Option<ExprClass> {
        let file = self.file();
        match file.kind(e) {
            ExprKind::Bad => return None,
            ExprKind::Name(_) => self.ident(x, e, false),
            ExprKind::DotsType(_) => {
                self.error(e, Code::InvalidSyntaxTree, "invalid use of ...");
                return None;
            }
            ExprKind::BasicLit { bad: true, .. } => return None,
            ExprKind::BasicLit { kind, .. } => self.basic_lit(x, e, kind),
            ExprKind::FuncLit { typ, body } => self.func_lit(x, e, typ, body),
            ExprKind::CompositeLit { .. } => self.composite_lit(x, e, hint),
            // Type inference does not go past parentheses.
            ExprKind::Paren(inner) => return Some(self.raw_expr(None, x, inner, None, false)),
            ExprKind::Selector { .. } => {
                self.selector(x, e, false);
                return Some(ExprClass::Expression);
            }
            ExprKind::Index { .. } => {
                if self.index_expr(x, e) {
                    self.func_inst(target, file.pos(e), x, Some(e), true);
                }
            }
            ExprKind::Slice { .. } => self.slice_expr(x, e),
            ExprKind::Assert { x: operand, typ } => self.assert_expr(x, e, operand, typ)?,
            ExprKind::TypeSwitchGuard { x: operand, .. } => {
                self.error(e, Code::InvalidSyntaxTree, "use of .(type) outside type switch");
                self.use_exprs(&[operand]);
                return None;
            }
            ExprKind::Call { .. } => return Some(self.call_expr(x, e)),
            ExprKind::List(_) => {
                self.error(e, Code::InvalidSyntaxTree, "unexpected list of expressions");
                return None;
            }
            ExprKind::Unary { op: Operator::Mul, x: operand } => self.star_expr(x, operand)?,
            ExprKind::Unary { op, x: operand } => {
                self.unary(x, e, op, operand);
                if x.is_valid() && op == Operator::Recv {
                    return Some(ExprClass::Statement);
                }
            }
            ExprKind::Binary { .. } => self.binary_expr(x, e),
            ExprKind::KeyValue { .. } => {
                self.error(e, Code::InvalidSyntaxTree, "no key:value expected");
                return None;
            }
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::StructType { .. }
            | ExprKind::FuncType { .. }
            | ExprKind::InterfaceType { .. }
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. } => {
                x.typ = self.typ(e);
                x.mode = Mode::TypExpr;
            }
        }
        x.is_valid().then_some(ExprClass::Expression)
    }

    /// `x.(T)`
    fn assert_expr(&mut self, x: &mut Operand, e: ExprId, operand: ExprId, typ: ExprId) -> Option<()> {
        self.expr(None, x, operand);
        if !x.is_valid() {
            return None;
        }
        if self.is_type_param(x.typ) {
            let msg = format!(
                "invalid operation: cannot use type assertion on type parameter value {}",
                self.operand_string(x)
            );
            self.error(&*x, Code::InvalidAssert, msg);
            return None;
        }
        if !matches!(self.ty(self.under(x.typ)), Type::Interface(_)) {
            let msg = format!("invalid operation: {} is not an interface", self.operand_string(x));
            self.error(&*x, Code::InvalidAssert, msg);
            return None;
        }
        let t = self.var_type(typ);
        if !self.is_valid(t) || !self.is_complete(t) {
            return None;
        }
        self.type_assertion(e, x, t, false);
        x.mode = Mode::CommaOk;
        x.typ = t;
        Some(())
    }

    /// `*x`, as an indirection or a pointer type
    fn star_expr(&mut self, x: &mut Operand, operand: ExprId) -> Option<()> {
        self.expr_or_type(x, operand, false);
        match x.mode {
            Mode::Invalid => return None,
            Mode::TypExpr => {
                self.valid_var_type(operand, x.typ);
                x.typ = self.store.new_pointer(x.typ);
            }
            _ => {
                let store = self.store;
                let mut base = None;
                for (_, u) in self.typeset(x.typ) {
                    let elem = match u.map(|u| store.ty(u)) {
                        Some(Type::Pointer(p)) => p.elem,
                        _ => {
                            let msg =
                                format!("invalid operation: cannot indirect {}", self.operand_string(x));
                            self.error(&*x, Code::InvalidIndirection, msg);
                            return None;
                        }
                    };
                    if base.is_some_and(|base| !store.identical(elem, base)) {
                        let msg = format!(
                            "invalid operation: pointers of {} must have identical base types",
                            self.operand_string(x)
                        );
                        self.error(&*x, Code::InvalidIndirection, msg);
                        return None;
                    }
                    base = Some(elem);
                }
                let base = base?;
                if !self.is_complete(base) {
                    return None;
                }
                x.mode = Mode::Variable;
                x.typ = base;
            }
        }
        Some(())
    }

    /// Checks that a value of interface type `x` can have the dynamic type `t`.
    pub fn type_assertion(&mut self, e: ExprId, x: &Operand, t: TypeId, type_switch: bool) {
        let mut cause = String::new();
        if self.assertable_to(x.typ, t, Some(&mut cause)) {
            return;
        }
        let (expr, t) = (self.expr_str(e), self.type_str(t));
        let msg = if type_switch {
            let x = self.operand_string(x);
            format!("impossible type switch case: {expr}\n\t{x} cannot have dynamic type {t} {cause}")
        } else {
            let v = self.type_str(x.typ);
            format!("impossible type assertion: {expr}\n\t{t} does not implement {v} {cause}")
        };
        self.error(e, Code::ImpossibleAssert, msg);
    }

    /// Checks `e`, which must be a single value. Type arguments of a generic function are inferred from the
    /// target.
    pub fn expr(&mut self, target: Option<&Target>, x: &mut Operand, e: ExprId) {
        self.raw_expr(target, x, e, None, false);
        self.exclude(x, ModeSet::NOT_VALUES);
        self.single_value(x);
    }

    /// Like `expr`, but the result may be generic.
    pub fn generic_expr(&mut self, x: &mut Operand, e: ExprId, hint: Option<TypeId>) {
        self.raw_expr(None, x, e, hint, true);
        self.exclude(x, ModeSet::NOT_VALUES);
        self.single_value(x);
    }

    /// Checks `e` and returns its value, or its values if it is a call. With `allow_comma_ok`, an expression that
    /// has a comma-ok form gives two values; whether it did is the second result.
    pub fn multi_expr(&mut self, e: ExprId, allow_comma_ok: bool) -> (Operands, bool) {
        let mut x = Operand::default();
        self.raw_expr(None, &mut x, e, None, false);
        self.exclude(&mut x, ModeSet::NOT_VALUES);

        let store = self.store;
        if x.is_valid()
            && let Type::Tuple(tuple) = store.ty(x.typ)
        {
            let pos = self.start_pos(e);
            let list = tuple.vars.iter().zip(1..).map(|(&v, n)| {
                let expr = OperandExpr::Pseudo(pos, PseudoExpr::Result(n));
                Operand::new(Mode::Value, expr, store.type_of(v))
            });
            return (list.collect(), false);
        }

        let mode = x.mode;
        let mut list = Operands::new();
        list.push(x);
        if !allow_comma_ok || !matches!(mode, Mode::MapIndex | Mode::CommaOk | Mode::CommaErr) {
            return (list, false);
        }
        let (what, t) = match mode {
            Mode::CommaErr => (PseudoExpr::Err, typ::ERROR),
            _ => (PseudoExpr::Ok, typ::UNTYPED_BOOL),
        };
        list.push(Operand::new(Mode::Value, OperandExpr::Pseudo(self.start_pos(e), what), t));
        (list, true)
    }

    /// Checks an expression or type. With `allow_generic` the result may be a generic type or function.
    pub fn expr_or_type(&mut self, x: &mut Operand, e: ExprId, allow_generic: bool) {
        self.raw_expr(None, x, e, None, allow_generic);
        self.exclude(x, ModeSet::NO_VALUE);
        self.single_value(x);
    }

    /// Reports an error if the mode of `x` is in the set.
    pub fn exclude(&mut self, x: &mut Operand, modes: ModeSet) {
        if !modes.contains(x.mode) {
            return;
        }
        let (code, what) = match x.mode {
            Mode::NoValue if modes.contains(Mode::TypExpr) => (Code::TooManyValues, "used as value"),
            Mode::NoValue => (Code::TooManyValues, "used as value or type"),
            Mode::Builtin => (Code::UncalledBuiltin, "must be called"),
            _ => (Code::NotAnExpr, "is not an expression"),
        };
        let msg = format!("{} {what}", self.operand_string(x));
        self.error(&*x, code, msg);
        x.invalidate();
    }

    /// Reports an error if `x` stands for several values.
    pub fn single_value(&mut self, x: &mut Operand) {
        if x.mode == Mode::Value && matches!(self.ty(x.typ), Type::Tuple(_)) {
            let msg = format!("multiple-value {} in single-value context", self.operand_string(x));
            self.error(&*x, Code::TooManyValues, msg);
            x.invalidate();
        }
    }
}

#[cfg(test)]
mod tests;
