//! Comparisons.

use grus_syntax::Operator;

use super::constant_op;
use crate::check::Checker;
use crate::code::Code;
use crate::constant::{self, Value};
use crate::info::Mode;
use crate::operand::Operand;
use crate::store::TypeId;
use crate::ty::Type;
use crate::universe::typ;

/// Why operands cannot be compared.
struct Mismatch {
    code: Code,
    /// Whether the error is about the second operand.
    second: bool,
    cause: String,
}

impl Mismatch {
    fn undefined(second: bool, cause: String) -> Self {
        Self { code: Code::UndefinedOp, second, cause }
    }
}

impl Checker<'_> {
    /// Checks the comparison `x op y`; the result is in `x`. In a switch `x` is the case, `y` the tag, and the
    /// operator is `==` whatever `op` is.
    pub fn comparison(&mut self, x: &mut Operand, y: &mut Operand, op: Operator, switch_case: bool) {
        if !self.is_valid(x.typ) || !self.is_valid(y.typ) {
            x.invalidate();
            return;
        }
        let op = if switch_case { Operator::Eql } else { op };
        match self.comparable_operands(x, y, op) {
            Ok(()) => {
                if x.mode == Mode::Constant && y.mode == Mode::Constant {
                    // The operands never become values; their types stay as they are.
                    x.val = Value::make_bool(constant::compare(&x.val, constant_op(op), &y.val));
                } else {
                    x.mode = Mode::Value;
                    let (xt, yt) = (self.default_type(x.typ), self.default_type(y.typ));
                    self.update_expr_type(x.expr, xt, true);
                    self.update_expr_type(y.expr, yt, true);
                }
                x.typ = typ::UNTYPED_BOOL;
            }
            Err(mismatch) => {
                self.comparison_error(x, y, op, switch_case, mismatch);
                x.invalidate();
            }
        }
    }

    fn comparable_operands(&mut self, x: &Operand, y: &Operand, op: Operator) -> Result<(), Mismatch> {
        // One operand is assignable to the type of the other.
        if self.assignable_to(x, y.typ, None).is_err() && self.assignable_to(y, x.typ, None).is_err() {
            // The mismatch is known only after the second operand was seen.
            let cause = format!("mismatched types {} and {}", self.type_str(x.typ), self.type_str(y.typ));
            return Err(Mismatch { code: Code::MismatchedTypes, second: true, cause });
        }
        if matches!(op, Operator::Eql | Operator::Neq) {
            if x.is_nil() || y.is_nil() {
                let t = if x.is_nil() { y.typ } else { x.typ };
                if !self.has_nil(t) {
                    // This is nil == nil.
                    return Err(Mismatch::undefined(true, String::new()));
                }
            } else if !self.comparable(x.typ) {
                return Err(Mismatch::undefined(false, self.incomparable_cause(x.typ)));
            } else if !self.comparable(y.typ) {
                return Err(Mismatch::undefined(true, self.incomparable_cause(y.typ)));
            }
        } else if !self.all_ordered(x.typ) {
            return Err(Mismatch::undefined(false, String::new()));
        } else if !self.all_ordered(y.typ) {
            return Err(Mismatch::undefined(true, String::new()));
        }
        Ok(())
    }

    fn comparison_error(
        &mut self,
        x: &Operand,
        y: &Operand,
        op: Operator,
        switch_case: bool,
        mismatch: Mismatch,
    ) {
        let Mismatch { code, mut second, mut cause } = mismatch;
        if cause.is_empty() {
            if self.is_type_param(x.typ) || self.is_type_param(y.typ) {
                second |= !self.is_type_param(x.typ);
                let t = if second { y.typ } else { x.typ };
                cause = format!("type parameter {} cannot use operator {op}", self.type_str(t));
            } else {
                let t = if second { y.typ } else { x.typ };
                cause = match self.composite_kind(t) {
                    "" => format!("operator {op} not defined on {}", self.type_str(t)),
                    kind => format!("operator {op} not defined on {kind}"),
                };
            }
        }
        let (xs, ys) = (self.operand_expr_string(x.expr), self.operand_expr_string(y.expr));
        if switch_case {
            self.error(x, code, format!("invalid case {xs} in switch on {ys} ({cause})"));
        } else {
            let at = if second { y } else { x };
            self.error(at, code, format!("invalid operation: {xs} {op} {ys} ({cause})"));
        }
    }

    /// Why values of type `t` cannot be compared, as far as more can be said than that they cannot.
    pub fn incomparable_cause(&self, t: TypeId) -> String {
        match self.ty(self.under(t)) {
            Type::Slice(_) | Type::Signature(_) | Type::Map(_) => {
                format!("{} can only be compared to nil", self.composite_kind(t))
            }
            _ => self.comparable_type(t, true).map_or_else(String::new, |err| self.type_error_str(&err)),
        }
    }
}
