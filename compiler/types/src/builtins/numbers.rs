//! Built-in functions on numbers: `complex`, `real`, `imag`, `min` and `max`.

use grus_syntax::Pos;

use crate::call::CallParts;
use crate::check::Checker;
use crate::code::Code;
use crate::constant::{self, Op};
use crate::expr::Operands;
use crate::info::Mode;
use crate::object::BuiltinId;
use crate::operand::Operand;
use crate::store::TypeId;
use crate::termlist::Term;
use crate::ty::{BasicKind, InterfaceBody, Type};
use crate::universe::typ;
use crate::version::GoVersion;

impl<'a> Checker<'a> {
    /// `complex(x, y floatT) complexT`
    pub(super) fn builtin_complex(&mut self, x: &mut Operand, call: CallParts<'a>, y: &mut Operand) -> bool {
        let store = self.store;
        match (store.is_untyped(x.typ), store.is_untyped(y.typ)) {
            (false, false) => {}
            (true, false) => self.convert_untyped(x, y.typ),
            (false, true) => self.convert_untyped(y, x.typ),
            (true, true) if x.mode == Mode::Constant && y.mode == Mode::Constant => {
                for x in [&mut *x, &mut *y] {
                    if store.is_numeric(x.typ) && x.val.imag().sign() == 0 {
                        x.typ = typ::UNTYPED_FLOAT;
                    }
                }
            }
            // A shift that is untyped so far. Floats cannot be shifted: this gives an error.
            (true, true) => {
                self.convert_untyped(x, typ::FLOAT64);
                self.convert_untyped(y, typ::FLOAT64);
            }
        }
        if !x.is_valid() || !y.is_valid() {
            return false;
        }
        if !store.identical(x.typ, y.typ) {
            let msg = format!(
                "invalid operation: {} (mismatched types {} and {})",
                self.expr_str(call.expr),
                self.type_str(x.typ),
                self.type_str(y.typ)
            );
            self.error(&*x, Code::InvalidComplex, msg);
            return false;
        }
        let result = self.apply_type_func(x, BuiltinId::Complex, Code::InvalidComplex, |kind| match kind {
            BasicKind::Float32 => Some(typ::COMPLEX64),
            BasicKind::Float64 => Some(typ::COMPLEX128),
            BasicKind::UntypedFloat => Some(typ::UNTYPED_COMPLEX),
            _ => None,
        });
        let Some(result) = result else {
            let msg = format!(
                "invalid argument: arguments have type {}, expected floating-point",
                self.type_str(x.typ)
            );
            self.error(&*x, Code::InvalidComplex, msg);
            return false;
        };
        if x.mode == Mode::Constant && y.mode == Mode::Constant {
            let im = y.val.to_float().make_imag();
            x.val = constant::binary_op(&x.val.to_float(), Op::Add, &im);
        } else {
            x.mode = Mode::Value;
        }
        x.typ = result;
        true
    }

    /// `real(complexT) floatT`, `imag(complexT) floatT`
    pub(super) fn builtin_real_imag(&mut self, x: &mut Operand, id: BuiltinId) -> bool {
        let is_real = id == BuiltinId::Real;
        if self.is_untyped(x.typ) {
            if x.mode == Mode::Constant {
                // Any number is a complex one.
                if self.is_numeric(x.typ) {
                    x.typ = typ::UNTYPED_COMPLEX;
                }
            } else {
                // A shift that is untyped so far. Complex numbers cannot be shifted: this gives an error.
                self.convert_untyped(x, typ::COMPLEX128);
                if !x.is_valid() {
                    return false;
                }
            }
        }
        let code = if is_real { Code::InvalidReal } else { Code::InvalidImag };
        let result = self.apply_type_func(x, id, code, |kind| match kind {
            BasicKind::Complex64 => Some(typ::FLOAT32),
            BasicKind::Complex128 => Some(typ::FLOAT64),
            BasicKind::UntypedComplex => Some(typ::UNTYPED_FLOAT),
            _ => None,
        });
        let Some(result) = result else {
            let msg = format!(
                "invalid argument: argument has type {}, expected complex type",
                self.type_str(x.typ)
            );
            self.error(&*x, code, msg);
            return false;
        };
        if x.mode == Mode::Constant {
            x.val = if is_real { x.val.real() } else { x.val.imag() };
        } else {
            x.mode = Mode::Value;
        }
        x.typ = result;
        true
    }

    /// The result type of a function that maps basic types to basic types, for the argument `x`. For a type
    /// parameter it would be a new type parameter; that is an error, but checking goes on with it.
    fn apply_type_func(
        &mut self,
        x: &Operand,
        id: BuiltinId,
        code: Code,
        f: impl Fn(BasicKind) -> Option<TypeId>,
    ) -> Option<TypeId> {
        let store = self.store;
        let t = store.unalias(x.typ);
        let apply = |t: TypeId| store.basic_kind(t).and_then(&f);
        let Type::TypeParam(param) = store.ty(t) else { return apply(x.typ) };
        let mut terms = Vec::new();
        let ok = store.type_param_is(t, |term| {
            match term.and_then(|term| Some((term.tilde, apply(term.typ?)?))) {
                Some((tilde, result)) => {
                    terms.push(Term::new(tilde, result));
                    true
                }
                None => false,
            }
        });
        if !ok {
            return None;
        }
        let msg = format!(
            "{} not supported as argument to built-in {} for go1.18 (see go.dev/issue/50937)",
            self.operand_string(x),
            id.name()
        );
        self.soft_error(x, code, msg);

        let name = store.new_type_name(Pos::NONE, Some(self.pkg), store.obj(param.obj).name, None);
        let union = store.new_union(terms);
        let body = InterfaceBody { embeddeds: Box::new([union]), ..InterfaceBody::default() };
        let result = store.new_type_param(name, store.new_interface(body, false));
        if let Some(index) = param.index() {
            store.type_param(result).set_index(index);
        }
        Some(result)
    }

    /// `min(x, ...)`, `max(x, ...)`
    pub(super) fn builtin_min_max(
        &mut self,
        x: &mut Operand,
        call: CallParts<'a>,
        args: &mut Operands,
        id: BuiltinId,
    ) -> bool {
        let store = self.store;
        if !self.allow_version(GoVersion::go1(21)) {
            self.version_error(call.fun, GoVersion::go1(21), &format!("built-in {}", id.name()));
        }
        let op = if id == BuiltinId::Max { Op::Gtr } else { Op::Lss };
        for (i, a) in args.iter_mut().enumerate() {
            if !store.all_ordered(a.typ) {
                let msg = format!("invalid argument: {} cannot be ordered", self.operand_string(a));
                self.error(&*a, Code::InvalidMinMaxOperand, msg);
                return false;
            }
            if i == 0 {
                continue; // The first argument is in x.
            }
            self.match_types(x, a);
            if !x.is_valid() {
                return false;
            }
            if !store.identical(x.typ, a.typ) {
                let msg = format!(
                    "invalid argument: mismatched types {} (previous argument) and {} (type of {})",
                    self.type_str(x.typ),
                    self.type_str(a.typ),
                    self.operand_expr_string(a.expr)
                );
                self.error(&*a, Code::MismatchedTypes, msg);
                return false;
            }
            if x.mode == Mode::Constant && a.mode == Mode::Constant {
                if constant::compare(&a.val, op, &x.val) {
                    *x = a.clone();
                }
            } else {
                x.mode = Mode::Value;
            }
        }
        if x.mode != Mode::Constant {
            x.mode = Mode::Value;
            // A value is not untyped.
            let context = format!("argument to built-in {}", id.name());
            self.assignment(x, Some(typ::EMPTY_INTERFACE), &context);
            if !x.is_valid() {
                return false;
            }
        }
        // All arguments have the type of the result.
        for a in args {
            self.update_expr_type(a.expr, x.typ, true);
        }
        true
    }
}
