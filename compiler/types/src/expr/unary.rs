//! Unary operations, and what channel operations ask of their operands.

use grus_syntax::Operator;
use grus_syntax::ast::{ExprId, ExprKind};

use super::constant_op;
use crate::check::Checker;
use crate::code::Code;
use crate::constant;
use crate::errors::At;
use crate::info::Mode;
use crate::operand::{Operand, OperandExpr};
use crate::store::TypeId;
use crate::ty::{ChanDir, Type};
use crate::under::TypeError;

impl Checker<'_> {
    /// Checks the unary operation `e`, which is `op operand`.
    pub(super) fn unary(&mut self, x: &mut Operand, e: ExprId, op: Operator, operand: ExprId) {
        self.expr(None, x, operand);
        if !x.is_valid() {
            return;
        }
        let mut op = op;
        match op {
            Operator::And => {
                let file = self.file();
                let literal = matches!(file.kind(file.unparen(operand)), ExprKind::CompositeLit { .. });
                if !literal && x.mode != Mode::Variable {
                    let msg = format!("invalid operation: cannot take address of {}", self.operand_string(x));
                    self.error(&*x, Code::UnaddressableOperand, msg);
                    x.invalidate();
                    return;
                }
                x.mode = Mode::Value;
                x.typ = self.store.new_pointer(x.typ);
                return;
            }
            Operator::Recv => {
                match self.chan_elem(&*x, x, true) {
                    Some(elem) if self.is_complete(elem) => {
                        x.mode = Mode::CommaOk;
                        x.typ = elem;
                        self.env.has_call_or_recv = true;
                    }
                    _ => x.invalidate(),
                }
                return;
            }
            Operator::Tilde => {
                if !self.all_integer(x.typ) {
                    self.error(e, Code::UndefinedOp, "cannot use ~ outside of interface or type constraint");
                    x.invalidate();
                    return;
                }
                self.error(
                    e,
                    Code::UndefinedOp,
                    "cannot use ~ outside of interface or type constraint (use ^ for bitwise complement)",
                );
                op = Operator::Xor;
            }
            _ => {}
        }

        let defined = match op {
            Operator::Add | Operator::Sub => self.all_numeric(x.typ),
            Operator::Xor => self.all_integer(x.typ),
            Operator::Not => self.all_boolean(x.typ),
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

        if x.mode == Mode::Constant {
            if x.val.is_unknown() {
                return;
            }
            let prec = if self.is_unsigned(x.typ) { self.sizeof(x.typ) as u32 * 8 } else { 0 };
            x.val = constant::unary_op(constant_op(op), &x.val, prec);
            x.expr = OperandExpr::Expr(e);
            let pos = self.op_pos(x.expr);
            self.overflow(x, pos);
            return;
        }
        x.mode = Mode::Value;
    }

    /// Reports that an operator is not defined for `x`.
    pub(super) fn undefined_op(&mut self, x: &mut Operand, op: Operator) {
        let msg = format!("invalid operation: operator {op} not defined on {}", self.operand_string(x));
        self.error(&*x, Code::UndefinedOp, msg);
        x.invalidate();
    }

    /// The element type of the channel `x`, for a receive or (unless `recv`) a send operation. Reports an error
    /// at `at` if the operation is not possible.
    pub fn chan_elem(&mut self, at: impl Into<At>, x: &Operand, recv: bool) -> Option<TypeId> {
        let store = self.store;
        let mut cond = |t: Option<TypeId>, u: Option<TypeId>| {
            let (Some(t), Some(u)) = (t, u) else {
                return Some(TypeError::new("no specific channel type", &[]));
            };
            match store.ty(u) {
                Type::Chan(ch) if recv && ch.dir == ChanDir::SendOnly => {
                    Some(TypeError::new("send-only channel %s", &[t]))
                }
                Type::Chan(ch) if !recv && ch.dir == ChanDir::RecvOnly => {
                    Some(TypeError::new("receive-only channel %s", &[t]))
                }
                Type::Chan(_) => None,
                _ => Some(TypeError::new("non-channel %s", &[t])),
            }
        };
        let found = store.common_under(x.typ, Some(&mut cond));
        let cause = match found {
            Ok(u) => match store.ty(u) {
                Type::Chan(ch) => return Some(ch.elem),
                _ => return None,
            },
            Err(err) => self.type_error_str(&err),
        };
        let (code, what) =
            if recv { (Code::InvalidReceive, "receive from") } else { (Code::InvalidSend, "send to") };
        let operand = self.operand_string(x);
        let msg = if self.is_type_param(x.typ) {
            format!("invalid operation: cannot {what} {operand}: {cause}")
        } else {
            format!("invalid operation: cannot {what} {cause} {operand}")
        };
        self.error(at, code, msg);
        None
    }
}
