//! Untyped operands: overflow, representability, implicit conversion, and the final types of expressions.
//!
//! An expression of untyped type is recorded with that type. When an operand is converted implicitly, the new
//! type is propagated down the expression tree to the operands that make up the value. The record of an
//! expression is thus final exactly when its type is typed, or when nothing converts it any more.

use grus_syntax::ast::{ExprId, ExprKind};
use grus_syntax::{Operator, Pos};

use crate::check::Checker;
use crate::code::Code;
use crate::constant::{self, Kind, Op, Value};
use crate::info::Mode;
use crate::operand::{Operand, OperandExpr};
use crate::store::TypeId;
use crate::ty::{BasicKind, Type};
use crate::universe::typ;

/// The precision of untyped integer constants in bits.
const INT_PRECISION: usize = 512;
/// The longest constant string (the largest symbol that an object file can hold).
const MAX_STRING: i64 = 2_000_000_000;

impl Checker<'_> {
    /// The position of the operator if `x` is an operation; otherwise where `x` starts.
    pub fn op_pos(&self, x: OperandExpr) -> Pos {
        match x {
            OperandExpr::Expr(e) => match self.file().kind(e) {
                ExprKind::Unary { .. } | ExprKind::Binary { .. } => self.file().pos(e),
                _ => self.start_pos(e),
            },
            x => self.operand_expr_pos(x),
        }
    }

    /// The name of an operation that may overflow, with a space after it; empty otherwise.
    fn op_name(&self, x: OperandExpr) -> &'static str {
        let OperandExpr::Expr(e) = x else { return "" };
        match self.file().kind(e) {
            ExprKind::Unary { op: Operator::Xor, .. } => "bitwise complement ",
            ExprKind::Binary { op, .. } => match op {
                Operator::Add => "addition ",
                Operator::Sub => "subtraction ",
                Operator::Xor => "bitwise XOR ",
                Operator::Mul => "multiplication ",
                Operator::Shl => "shift ",
                _ => "",
            },
            _ => "",
        }
    }

    /// Checks that the constant `x` is representable by its type; untyped constants must not become
    /// arbitrarily large.
    pub fn overflow(&mut self, x: &mut Operand, op_pos: Pos) {
        assert!(x.mode == Mode::Constant);
        match x.val.kind() {
            Kind::Unknown => {
                self.error(op_pos, Code::InvalidConstVal, "constant result is not representable");
            }
            _ if self.is_typed(x.typ) => self.representable(x, self.under(x.typ)),
            Kind::Int if x.val.bit_len() > INT_PRECISION => {
                let msg = format!("constant {}overflow", self.op_name(x.expr));
                self.error(op_pos, Code::InvalidConstVal, msg);
                x.val = Value::Unknown;
            }
            Kind::String => {
                let len = x.val.string_len();
                if len > MAX_STRING {
                    let msg = format!("constant string too long ({len} bytes > {MAX_STRING} bytes)");
                    self.error(op_pos, Code::InvalidConstVal, msg);
                    x.val = Value::Unknown;
                }
            }
            _ => {}
        }
    }

    /// The constant `x` as a value of the basic type `t`: rounded if `t` is a floating-point or complex type, as
    /// an integer if `t` is an integer type. None if it is not representable.
    pub fn represent_const(&self, x: &Value, t: TypeId) -> Option<Value> {
        let Type::Basic(basic) = self.ty(t) else { return None };
        use BasicKind as K;
        let size = |k| match k {
            K::Int8 | K::Uint8 => 8,
            K::Int16 | K::Uint16 => 16,
            K::Int32 | K::Uint32 => 32,
            K::Int64 | K::Uint64 => 64,
            _ => self.sizeof(t) as u32 * 8,
        };
        if x.kind() == Kind::Unknown {
            return Some(Value::Unknown); // An error was reported before.
        }
        match basic.kind {
            K::Int | K::Int8 | K::Int16 | K::Int32 | K::Int64 => {
                let x = x.to_int();
                let v = x.int64_val()?;
                let s = size(basic.kind);
                let min = i64::MIN >> (64 - s);
                let max = i64::MAX >> (64 - s);
                (min <= v && v <= max).then_some(x)
            }
            K::Uint | K::Uint8 | K::Uint16 | K::Uint32 | K::Uint64 | K::Uintptr => {
                let x = x.to_int();
                let v = x.uint64_val()?;
                let max = u64::MAX >> (64 - size(basic.kind));
                (v <= max).then_some(x)
            }
            K::UntypedInt | K::UntypedRune => {
                let x = x.to_int();
                (x.kind() == Kind::Int).then_some(x)
            }
            K::Float32 | K::Float64 => {
                let x = x.to_float();
                if x.kind() != Kind::Float {
                    return None;
                }
                if basic.kind == K::Float32 { round_float32(&x) } else { round_float64(&x) }
            }
            K::UntypedFloat => (x.to_float().kind() == Kind::Float).then(|| x.clone()),
            K::Complex64 | K::Complex128 => {
                let c = x.to_complex();
                if c.kind() != Kind::Complex {
                    return None;
                }
                let round = if basic.kind == K::Complex64 { round_float32 } else { round_float64 };
                let re = round(&c.real())?;
                let im = round(&c.imag())?;
                Some(constant::binary_op(&re, Op::Add, &im.make_imag()))
            }
            K::UntypedComplex => (x.to_complex().kind() == Kind::Complex).then(|| x.clone()),
            K::String | K::UntypedString => (x.kind() == Kind::String).then(|| x.clone()),
            K::Bool | K::UntypedBool => (x.kind() == Kind::Bool).then(|| x.clone()),
            K::Invalid | K::UnsafePointer | K::UntypedNil => None,
        }
    }

    /// Checks that the constant operand is representable in the basic type `t`, and rounds it.
    pub fn representable(&mut self, x: &mut Operand, t: TypeId) {
        match self.representation(x, t) {
            Ok(v) => x.val = v,
            Err(code) => {
                self.invalid_conversion(code, x, t);
                x.invalidate();
            }
        }
    }

    /// The representation of the constant operand as the basic type `t`.
    fn representation(&self, x: &Operand, t: TypeId) -> Result<Value, Code> {
        assert!(x.mode == Mode::Constant);
        match self.represent_const(&x.val, t) {
            Some(v) => Ok(v),
            None if self.is_numeric(x.typ) && self.is_numeric(t) => {
                // integer to integer, integer to float, float to float: overflows. float to integer: truncated.
                if !self.is_integer(x.typ) && self.is_integer(t) {
                    Err(Code::TruncatedFloat)
                } else {
                    Err(Code::NumericOverflow)
                }
            }
            None => Err(Code::InvalidConstVal),
        }
    }

    fn invalid_conversion(&mut self, code: Code, x: &Operand, target: TypeId) {
        let (x_str, t) = (self.operand_string(x), self.type_str(target));
        let msg = match code {
            Code::TruncatedFloat => format!("{x_str} truncated to {t}"),
            Code::NumericOverflow => format!("{x_str} overflows {t}"),
            _ => format!("cannot convert {x_str} to type {t}"),
        };
        self.error(x, code, msg);
    }

    /// Converts an untyped operand implicitly to the type `target`.
    pub fn convert_untyped(&mut self, x: &mut Operand, target: TypeId) {
        match self.implicit_type_and_value(x, target) {
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
            Err(code) => {
                let t = if self.is_type_param(target) { target } else { self.under(target) };
                self.invalid_conversion(code, x, t);
                x.invalidate();
            }
        }
    }

    /// The type that `x` has where a value of type `target` is expected, and its representation if it is
    /// constant.
    pub fn implicit_type_and_value(
        &self,
        x: &Operand,
        target: TypeId,
    ) -> Result<(TypeId, Option<Value>), Code> {
        const INVALID: Result<(TypeId, Option<Value>), Code> = Err(Code::InvalidUntypedConversion);
        let store = self.store;
        if !x.is_valid() || store.is_typed(x.typ) || !store.is_valid(target) {
            return Ok((x.typ, None));
        }
        if store.is_untyped(target) {
            return match store.max_type(x.typ, target) {
                Some(m) => Ok((m, None)),
                None => INVALID,
            };
        }
        if x.is_nil() {
            return if store.has_nil(target) { Ok((target, None)) } else { INVALID };
        }
        let u = store.under(target);
        match store.ty(u) {
            Type::Basic(_) => {
                if x.mode == Mode::Constant {
                    return self.representation(x, u).map(|v| (target, Some(v)));
                }
                // Not constant: comparisons (bool), shifts whose type is not known yet (numbers).
                let ok = match x.typ {
                    typ::UNTYPED_BOOL => store.is_boolean(target),
                    typ::UNTYPED_INT | typ::UNTYPED_RUNE | typ::UNTYPED_FLOAT | typ::UNTYPED_COMPLEX => {
                        store.is_numeric(target)
                    }
                    typ::UNTYPED_STRING => store.is_string(target),
                    _ => false,
                };
                if ok { Ok((target, None)) } else { INVALID }
            }
            Type::Interface(_) if store.is_type_param(target) => {
                let ok = store.under_is(target, |u| match u {
                    Some(u) => self.implicit_type_and_value(x, u).is_ok(),
                    None => false,
                });
                if ok { Ok((target, None)) } else { INVALID }
            }
            // Values in interfaces have concrete types: the default type.
            Type::Interface(_) if store.type_set(u).is_all() => Ok((store.default_type(x.typ), None)),
            _ => INVALID,
        }
    }

    /// Sets the recorded value of an untyped expression.
    pub fn update_expr_val(&mut self, x: OperandExpr, val: &Value) {
        if let OperandExpr::Expr(e) = x {
            let info = self.info();
            let mode = info.mode(e);
            if let Some(t) = info.type_of(e)
                && self.is_untyped(t)
                && mode == Mode::Constant
            {
                self.info_mut().set_type(e, mode, Some(t), Some(val.clone()));
            }
        }
    }

    /// Sets the type of an expression that was recorded as untyped, and of the operands that have the same type.
    /// If the type is typed or `is_final`, it is the last one: a constant must be representable, and the left
    /// operand of a shift must be an integer.
    pub fn update_expr_type(&mut self, x: OperandExpr, t: TypeId, is_final: bool) {
        if let OperandExpr::Expr(e) = x {
            self.update_type(e, t, is_final);
        }
    }

    fn update_type(&mut self, e: ExprId, t: TypeId, is_final: bool) {
        let info = self.info();
        let Some(old_type) = info.type_of(e).filter(|&old| self.is_untyped(old)) else { return };
        let mode = info.mode(e);
        let constant = info.value(e).is_some();
        match self.file().kind(e) {
            ExprKind::Paren(x) => self.update_type(x, t, is_final),
            // The operands of constants never become values.
            ExprKind::Unary { .. } | ExprKind::Binary { .. } if constant => {}
            ExprKind::Unary { op: Operator::Mul, .. } => return,
            ExprKind::Unary { x, .. } => self.update_type(x, t, is_final),
            // The operands of comparisons have their final types.
            ExprKind::Binary { op, .. } if op.is_comparison() => {}
            // The right operand of a shift has its final type.
            ExprKind::Binary { op, x, .. } if op.is_shift() => self.update_type(x, t, is_final),
            ExprKind::Binary { x, y, .. } => {
                self.update_type(x, t, is_final);
                self.update_type(y, t, is_final);
            }
            ExprKind::Call { .. }
            | ExprKind::Name(_)
            | ExprKind::BasicLit { .. }
            | ExprKind::Selector { .. } => {}
            _ => return,
        }
        let val = self.info().value(e).cloned();
        if !is_final && self.is_untyped(t) {
            self.info_mut().set_type(e, mode, Some(t), val);
            return;
        }
        if self.info().is_shift_lhs(e) {
            self.info_mut().set_shift_lhs(e, false);
            if !self.all_integer(t) {
                let msg = format!(
                    "invalid operation: shifted operand {} (type {}) must be integer",
                    self.expr_str(e),
                    self.type_str(t)
                );
                self.error(e, Code::InvalidShiftOperand, msg);
                self.info_mut().set_type(e, Mode::Invalid, Some(typ::INVALID), None);
                return;
            }
        }
        let mut new_val = val.clone();
        if let Some(val) = val {
            // A constant must be representable as a value of the new type.
            let mut c = Operand::new(mode, OperandExpr::None, old_type);
            c.val = val;
            match self.implicit_type_and_value(&c, t) {
                Ok((_, Some(v))) => new_val = Some(v),
                Ok(_) => {}
                Err(code) => {
                    c.expr = OperandExpr::Expr(e);
                    let t = if self.is_type_param(t) { t } else { self.under(t) };
                    self.invalid_conversion(code, &c, t);
                    self.info_mut().set_type(e, Mode::Invalid, Some(typ::INVALID), None);
                    return;
                }
            }
        }
        self.record_type_and_value(e, mode, t, new_val);
    }
}

/// A real number rounded to `float32`; none if it is too large.
fn round_float32(x: &Value) -> Option<Value> {
    let f = f64::from(x.float32_val().0);
    f.is_finite().then(|| Value::make_float64(f))
}

/// A real number rounded to `float64`; none if it is too large.
fn round_float64(x: &Value) -> Option<Value> {
    let f = x.float64_val().0;
    f.is_finite().then(|| Value::make_float64(f))
}
