//! Conversions `T(x)`.

use crate::check::Checker;
use crate::code::Code;
use crate::constant::Value;
use crate::info::Mode;
use crate::operand::Operand;
use crate::store::{TypeId, TypeStore};
use crate::ty::{BasicKind, Type};
use crate::universe::typ;
use crate::version::GoVersion;

impl TypeStore {
    /// Whether the underlying type is `uintptr`.
    pub fn is_uintptr(&self, t: TypeId) -> bool {
        self.basic_kind(t) == Some(BasicKind::Uintptr)
    }

    /// Whether the underlying type is `unsafe.Pointer`.
    pub fn is_unsafe_pointer(&self, t: TypeId) -> bool {
        self.basic_kind(t) == Some(BasicKind::UnsafePointer)
    }

    /// Whether the underlying type is a pointer type.
    pub fn is_pointer(&self, t: TypeId) -> bool {
        matches!(self.under_ty(t), Type::Pointer(_))
    }

    /// Whether the underlying type is a slice of bytes or runes.
    pub fn is_bytes_or_runes(&self, t: TypeId) -> bool {
        match self.under_ty(t) {
            Type::Slice(s) => matches!(self.basic_kind(s.elem), Some(BasicKind::Uint8 | BasicKind::Int32)),
            _ => false,
        }
    }
}

impl Checker<'_> {
    /// Checks the conversion of `x` to the type `t`; the result is in `x`.
    pub fn conversion(&mut self, x: &mut Operand, t: TypeId) {
        let store = self.store;
        let const_arg = x.mode == Mode::Constant;
        let mut cause = String::new();
        let ok;
        if const_arg && store.is_const_type(t) {
            match self.const_convertible_to(x, t) {
                Some(v) => {
                    ok = true;
                    x.val = v;
                }
                // A conversion between integers fails only if there is overflow.
                None if store.is_integer(x.typ) && store.is_integer(t) => {
                    let msg = format!("constant {} overflows {}", x.val, self.type_str(t));
                    self.error(&*x, Code::InvalidConversion, msg);
                    x.invalidate();
                    return;
                }
                None => {
                    ok = false;
                    // Messages show an integral float that does not fit an integer type as an integer.
                    let int = x.val.to_int();
                    if store.is_integer(t) && !int.is_unknown() {
                        x.val = int;
                    }
                }
            }
        } else if const_arg && store.is_type_param(t) {
            // Convertible to each type of the type set. The result is not constant.
            ok = store.typeset(t).into_iter().all(|(_, u)| {
                let Some(u) = u else {
                    cause = format!("{} does not contain specific types", self.type_str(t));
                    return false;
                };
                if store.is_string(x.typ) && store.is_bytes_or_runes(u)
                    || self.const_convertible_to(x, u).is_some()
                {
                    return true;
                }
                let (us, ts) = (self.type_str(u), self.type_str(t));
                cause = if store.is_integer(x.typ) && store.is_integer(u) {
                    format!("constant {} overflows {us} (in {ts})", x.val)
                } else {
                    format!("cannot convert {} to type {us} (in {ts})", self.operand_string(x))
                };
                false
            });
            x.mode = Mode::Value;
        } else if self.convertible_to(x, t, Some(&mut cause)) {
            ok = true;
            x.mode = Mode::Value;
        } else {
            ok = false;
        }

        if !ok {
            let mut msg = format!("cannot convert {} to type {}", self.operand_string(x), self.type_str(t));
            if !cause.is_empty() {
                msg = format!("{msg}: {cause}");
            }
            self.error(&*x, Code::InvalidConversion, msg);
            x.invalidate();
            return;
        }

        // The conversion gives an untyped argument its type; a constant that becomes the value of a type that
        // constants do not have gets its default type first.
        if store.is_untyped(x.typ) {
            let last = if x.typ == typ::UNTYPED_NIL {
                t
            } else if store.is_non_type_param_interface(t) || const_arg && !store.is_const_type(t) {
                store.default_type(x.typ)
            } else if x.mode == Mode::Constant && store.is_integer(x.typ) && store.all_string(t) {
                x.typ
            } else {
                t
            };
            self.update_expr_type(x.expr, last, true);
        }
        x.typ = t;
    }

    /// The constant `x` converted to `t`, if `t` is basic and the conversion is possible.
    fn const_convertible_to(&self, x: &Operand, t: TypeId) -> Option<Value> {
        let store = self.store;
        let u = store.under(t);
        if !matches!(store.ty(u), Type::Basic(_)) {
            return None;
        }
        self.represent_const(&x.val, u).or_else(|| {
            if !store.is_integer(x.typ) || !store.is_string(u) {
                return None;
            }
            let code = x.val.to_int().uint64_val().and_then(|v| u32::try_from(v).ok());
            let c = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            Some(Value::make_string(c.encode_utf8(&mut [0; 4]).as_bytes()))
        })
    }

    /// Whether `t(x)` is possible for `x` that is not constant, or whose conversion is not.
    pub fn convertible_to(&mut self, x: &Operand, t: TypeId, mut cause: Option<&mut String>) -> bool {
        if self.assignable_to(x, t, cause.as_deref_mut()).is_ok() {
            return true;
        }
        let store = self.store;
        let orig_t = t;
        let v = store.unalias(x.typ);
        let t = store.unalias(t);
        let vu = store.under(v);
        let tu = store.under(t);
        let v_param = store.is_type_param(v);
        let t_param = store.is_type_param(t);

        // Identical underlying types, tags ignored.
        if !v_param && !t_param && store.identical_ignore_tags(vu, tu) {
            return true;
        }
        // Pointers without names, to identical underlying types.
        if let (Type::Pointer(vp), Type::Pointer(tp)) = (store.ty(v), store.ty(t))
            && !store.is_type_param(vp.elem)
            && !store.is_type_param(tp.elem)
            && store.identical_ignore_tags(store.under(vp.elem), store.under(tp.elem))
        {
            return true;
        }
        // Numbers.
        if store.is_integer_or_float(vu) && store.is_integer_or_float(tu)
            || store.is_complex(vu) && store.is_complex(tu)
        {
            return true;
        }
        // Strings.
        if store.is_string(tu) && (store.is_integer(vu) || store.is_bytes_or_runes(vu))
            || store.is_string(vu) && store.is_bytes_or_runes(tu)
        {
            return true;
        }
        // Package unsafe.
        if store.is_unsafe_pointer(tu) && (store.is_pointer(vu) || store.is_uintptr(vu))
            || store.is_unsafe_pointer(vu) && (store.is_pointer(tu) || store.is_uintptr(tu))
        {
            return true;
        }
        // Slices to arrays and pointers to arrays.
        if let Type::Slice(s) = store.ty(vu) {
            let (array, version, what) = match store.ty(tu) {
                Type::Array(a) => (Some(a), 20, "array"),
                Type::Pointer(p) => match store.under_ty(p.elem) {
                    Type::Array(a) => (Some(a), 17, "array pointer"),
                    _ => (None, 0, ""),
                },
                _ => (None, 0, ""),
            };
            if let Some(a) = array
                && store.identical(s.elem, a.elem)
            {
                let ok = self.allow_version(GoVersion::go1(version));
                if !ok && let Some(cause) = cause {
                    *cause = format!("conversion of slice to {what} requires go1.{version} or later");
                }
                return ok;
            }
        }

        if !v_param && !t_param {
            return false;
        }

        // Type parameters: each type of the one is convertible to each type of the other.
        let vs = match v_param {
            true => self.type_param_terms(v),
            false => None,
        };
        let ts = match t_param {
            true => self.type_param_terms(t),
            false => None,
        };
        if v_param && vs.is_none() || t_param && ts.is_none() {
            return false;
        }
        let mut x = x.clone();
        for &v_term in vs.as_deref().unwrap_or(&[x.typ]) {
            x.typ = v_term;
            for &t_term in ts.as_deref().unwrap_or(&[t]) {
                if self.convertible_to(&x, t_term, cause.as_deref_mut()) {
                    continue;
                }
                let (vs, ts) = (self.type_str(v_term), self.type_str(t_term));
                let msg = match (v_param, t_param) {
                    (true, true) => format!(
                        "cannot convert {vs} (in {}) to type {ts} (in {})",
                        self.type_str(v),
                        self.type_str(t)
                    ),
                    (true, false) => format!(
                        "cannot convert {vs} (in {}) to type {}",
                        self.type_str(v),
                        self.type_str(orig_t)
                    ),
                    _ => format!("cannot convert {vs} to type {ts} (in {})", self.type_str(t)),
                };
                if let Some(cause) = cause {
                    *cause = if cause.is_empty() { msg } else { format!("{msg}\n\t{cause}") };
                }
                return false;
            }
        }
        true
    }
}
