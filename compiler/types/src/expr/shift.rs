//! Shifts.
//!
//! The type of an untyped constant that is shifted by a variable amount is the one that it would have if the
//! shift were left out. It is known only when the context converts the shift, so the operand is marked, and
//! [`update_expr_type`](crate::untyped) checks it then.

use grus_syntax::Operator;
use grus_syntax::ast::ExprId;

use super::constant_op;
use crate::check::Checker;
use crate::code::Code;
use crate::constant::{self, Kind, Value};
use crate::info::Mode;
use crate::operand::{Operand, OperandExpr};
use crate::universe::typ;
use crate::version::GoVersion;

/// The largest constant shift count: enough for the smallest `float64`.
const SHIFT_BOUND: u64 = 1023 - 1 + 52;

impl Checker<'_> {
    /// Checks `x op y` for a shift; `e` is the operation, if it is written as one.
    pub(super) fn shift(&mut self, x: &mut Operand, y: &mut Operand, e: Option<ExprId>, op: Operator) {
        let xval = (x.mode == Mode::Constant).then(|| x.val.to_int());
        let integer = self.all_integer(x.typ)
            || self.is_untyped(x.typ) && xval.as_ref().is_some_and(|v| v.kind() == Kind::Int);
        if !integer {
            let msg =
                format!("invalid operation: shifted operand {} must be integer", self.operand_string(x));
            self.error(&*x, Code::InvalidShiftOperand, msg);
            x.invalidate();
            return;
        }

        // The count is an integer, or an untyped constant that is representable as uint. It keeps its type.
        let mut yval = Value::Unknown;
        if y.mode == Mode::Constant {
            yval = y.val.to_int(); // -1 and 1.0, but not -1.1
            if yval.kind() == Kind::Int && yval.sign() < 0 {
                let msg = format!("invalid operation: negative shift count {}", self.operand_string(y));
                self.error(&*y, Code::InvalidShiftCount, msg);
                x.invalidate();
                return;
            }
            if self.is_untyped(y.typ) {
                self.representable(y, typ::UINT);
                if !y.is_valid() {
                    x.invalidate();
                    return;
                }
            }
        } else if self.all_integer(y.typ) {
            if !self.allow_version(GoVersion::go1(13)) && !self.all_unsigned(y.typ) {
                let what = format!("invalid operation: signed shift count {}", self.operand_string(y));
                self.version_error(&*y, GoVersion::go1(13), &what);
                x.invalidate();
                return;
            }
        } else if self.is_untyped(y.typ) {
            self.convert_untyped(y, typ::UINT);
            if !y.is_valid() {
                x.invalidate();
                return;
            }
        } else {
            let msg = format!("invalid operation: shift count {} must be integer", self.operand_string(y));
            self.error(&*y, Code::InvalidShiftCount, msg);
            x.invalidate();
            return;
        }

        if let Some(xval) = xval {
            if y.mode == Mode::Constant {
                // The operand may be an untyped constant such as 2.0: the result is an integer.
                let to_integer = !self.is_integer(x.typ);
                if x.val.is_unknown() || y.val.is_unknown() {
                    x.val = Value::Unknown;
                    if to_integer {
                        x.typ = typ::UNTYPED_INT;
                    }
                    return;
                }
                let Some(s) = yval.uint64_val().filter(|&s| s <= SHIFT_BOUND) else {
                    let msg = format!("invalid operation: invalid shift count {}", self.operand_string(y));
                    self.error(&*y, Code::InvalidShiftCount, msg);
                    x.invalidate();
                    return;
                };
                if to_integer {
                    x.typ = typ::UNTYPED_INT;
                }
                x.val = constant::shift(&xval, constant_op(op), s as u32);
                if let Some(e) = e {
                    x.expr = OperandExpr::Expr(e);
                }
                let pos = self.op_pos(x.expr);
                self.overflow(x, pos);
                return;
            }

            // A constant shifted by a variable amount: its type is decided later.
            if self.is_untyped(x.typ) {
                if let OperandExpr::Expr(lhs) = x.expr {
                    self.info_mut().set_shift_lhs(lhs, true);
                }
                x.mode = Mode::Value;
                return;
            }
        }

        if !self.all_integer(x.typ) {
            let msg =
                format!("invalid operation: shifted operand {} must be integer", self.operand_string(x));
            self.error(&*x, Code::InvalidShiftOperand, msg);
            x.invalidate();
            return;
        }
        x.mode = Mode::Value;
    }
}
