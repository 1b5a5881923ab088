//! Binary operations other than shifts and comparisons, and the matching of operand types.

use grus_syntax::Operator;
use grus_syntax::ast::{ExprId, ExprKind};
use smallvec::SmallVec;

use super::constant_op;
use crate::check::Checker;
use crate::code::Code;
use crate::constant::{self, Op};
use crate::info::Mode;
use crate::operand::{Operand, OperandExpr};

impl Checker<'_> {
    /// Checks the binary operation `e`. The left operands of a chain are checked in a loop: generated code
    /// concatenates thousands of strings.
    pub(super) fn binary_expr(&mut self, x: &mut Operand, e: ExprId) {
        let file = self.file();
        let mut chain: SmallVec<[(ExprId, Operator, ExprId, ExprId); 4]> = SmallVec::new();
        let mut first = e;
        while let ExprKind::Binary { op, x: lhs, y: rhs } = file.kind(first) {
            chain.push((first, op, lhs, rhs));
            first = lhs;
        }
        self.expr(None, x, first);
        let mut y = Operand::default();
        while let Some((node, op, lhs, rhs)) = chain.pop() {
            self.expr(None, &mut y, rhs);
            self.binary_operands(x, &mut y, Some(node), lhs, rhs, op);
            x.expr = OperandExpr::Expr(node);
            if !chain.is_empty() {
                self.record(x);
            }
        }
    }

    /// Checks `lhs op rhs`. `e` is the operation; there is none for an assignment operation.
    pub fn binary(&mut self, x: &mut Operand, e: Option<ExprId>, lhs: ExprId, rhs: ExprId, op: Operator) {
        self.expr(None, x, lhs);
        let mut y = Operand::default();
        self.expr(None, &mut y, rhs);
        self.binary_operands(x, &mut y, e, lhs, rhs, op);
    }

    /// Checks `x op y` for operands that were checked; the result is in `x`.
    fn binary_operands(
        &mut self,
        x: &mut Operand,
        y: &mut Operand,
        e: Option<ExprId>,
        lhs: ExprId,
        rhs: ExprId,
        op: Operator,
    ) {
        if !x.is_valid() {
            return;
        }
        if !y.is_valid() {
            x.invalidate();
            x.expr = y.expr;
            return;
        }
        if op.is_shift() {
            self.shift(x, y, e, op);
            return;
        }
        self.match_types(x, y);
        if !x.is_valid() {
            return;
        }
        if op.is_comparison() {
            self.comparison(x, y, op, false);
            return;
        }
        if x.typ != y.typ && !self.identical(x.typ, y.typ) {
            // If a type is invalid, an error was reported before.
            if self.is_valid(x.typ) && self.is_valid(y.typ) {
                let operation = match e {
                    Some(e) => self.expr_str(e),
                    None => format!("{} {op}= {}", self.expr_str(lhs), self.expr_str(rhs)),
                };
                let msg = format!(
                    "invalid operation: {operation} (mismatched types {} and {})",
                    self.type_str(x.typ),
                    self.type_str(y.typ)
                );
                self.error(&*x, Code::MismatchedTypes, msg);
            }
            x.invalidate();
            return;
        }

        let defined = match op {
            Operator::Add => self.all_numeric_or_string(x.typ),
            Operator::Sub | Operator::Mul | Operator::Div => self.all_numeric(x.typ),
            Operator::Rem | Operator::And | Operator::Or | Operator::Xor | Operator::AndNot => {
                self.all_integer(x.typ)
            }
            Operator::AndAnd | Operator::OrOr => self.all_boolean(x.typ),
            _ => {
                self.error(&*x, Code::InvalidSyntaxTree, format!("unknown operator {op}"));
                x.invalidate();
                return;
            }
        };
        if !defined {
            self.undefined_op(x, op);
            return;
        }

        if matches!(op, Operator::Div | Operator::Rem) {
            let integer = x.mode == Mode::Constant || self.all_integer(x.typ);
            if integer && y.mode == Mode::Constant && y.val.sign() == 0 {
                self.error(&*y, Code::DivByZero, "invalid operation: division by zero");
                x.invalidate();
                return;
            }
            if x.mode == Mode::Constant && y.mode == Mode::Constant && self.is_complex(x.typ) {
                // The squares may underflow to zero.
                let square_is_zero = |v: &constant::Value| constant::binary_op(v, Op::Mul, v).sign() == 0;
                if square_is_zero(&y.val.real()) && square_is_zero(&y.val.imag()) {
                    self.error(&*y, Code::DivByZero, "invalid operation: division by zero");
                    x.invalidate();
                    return;
                }
            }
        }

        if x.mode == Mode::Constant && y.mode == Mode::Constant {
            if x.val.is_unknown() || y.val.is_unknown() {
                x.val = constant::Value::Unknown;
                return;
            }
            let op = match constant_op(op) {
                Op::Quo if self.is_integer(x.typ) => Op::IntQuo,
                op => op,
            };
            x.val = constant::binary_op(&x.val, op, &y.val);
            if let Some(e) = e {
                x.expr = OperandExpr::Expr(e);
            }
            let pos = self.op_pos(x.expr);
            self.overflow(x, pos);
            return;
        }
        x.mode = Mode::Value;
    }

    /// Converts untyped operands to each other's type if they can match; `x` is invalid after an error.
    pub fn match_types(&mut self, x: &mut Operand, y: &mut Operand) {
        if !self.may_convert(x, y) {
            return; // The caller reports a mismatch.
        }
        self.convert_untyped(x, y.typ);
        if !x.is_valid() {
            return;
        }
        self.convert_untyped(y, x.typ);
        if !y.is_valid() {
            x.invalidate();
        }
    }

    /// Whether the types of the operands may match after an untyped one is converted to the other's type.
    fn may_convert(&self, x: &Operand, y: &Operand) -> bool {
        let store = self.store;
        let (a, b) = (x.typ, y.typ);
        if store.is_typed(a) && store.is_typed(b) {
            return false;
        }
        if store.all_numeric(a) != store.all_numeric(b) {
            return false;
        }
        // An untyped operand may get its default type beside an empty interface.
        if store.is_non_type_param_interface(a) || store.is_non_type_param_interface(b) {
            return true;
        }
        if store.all_boolean(a) != store.all_boolean(b) || store.all_string(a) != store.all_string(b) {
            return false;
        }
        if x.is_nil() {
            return store.has_nil(b);
        }
        if y.is_nil() {
            return store.has_nil(a);
        }
        !store.is_pointer(a) && !store.is_pointer(b)
    }
}
