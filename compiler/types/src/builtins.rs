//! Calls of built-in functions.
//!
//! The expression of a built-in function is recorded with the mode `Builtin`; which one it is follows from the
//! object that the name denotes. Untyped constants that are arguments of built-in functions with several
//! argument types (`copy(b, "x")`) stay untyped in the records: they stand for values of their default types.

mod numbers;
mod package_unsafe;

use grus_syntax::{Pos, sym};

use crate::call::CallParts;
use crate::check::Checker;
use crate::code::Code;
use crate::constant::Value;
use crate::expr::{ModeSet, Operands};
use crate::info::Mode;
use crate::object::{BuiltinId, VarKind};
use crate::operand::Operand;
use crate::store::{TypeId, TypeStore};
use crate::ty::{ChanDir, Signature, Type};
use crate::under::TypeError;
use crate::universe::typ;
use crate::version::GoVersion;

impl TypeStore {
    /// The array type that `t` is or points to; any other type as it is.
    fn array_ptr_deref(&self, t: TypeId) -> TypeId {
        if let Type::Pointer(p) = self.ty(self.unalias(t)) {
            let elem = self.under(p.elem);
            if matches!(self.ty(elem), Type::Array(_)) {
                return elem;
            }
        }
        t
    }
}

impl<'a> Checker<'a> {
    /// Checks the call of a built-in function and reports whether it is valid; the result is in `x`.
    pub(crate) fn builtin(&mut self, x: &mut Operand, call: CallParts<'a>, id: BuiltinId) -> bool {
        use BuiltinId as B;
        if call.has_dots && id != B::Append {
            let msg = format!("invalid operation: invalid use of ... with built-in {}", id.name());
            self.error(call.expr, Code::InvalidDotDotDot, msg);
            self.use_exprs(call.args);
            return false;
        }

        // Whether len and cap are constant depends on whether the argument contains calls or receive operations.
        if matches!(id, B::Len | B::Cap) {
            let saved = std::mem::replace(&mut self.env.has_call_or_recv, false);
            let ok = self.builtin_args(x, call, id);
            self.env.has_call_or_recv = saved;
            return ok;
        }
        self.builtin_args(x, call, id)
    }

    /// Checks the arguments, unless they are of a special kind, and their number, and calls the function's own
    /// check. It leaves the result in `x`, whose contents are the first argument.
    fn builtin_args(&mut self, x: &mut Operand, call: CallParts<'a>, id: BuiltinId) -> bool {
        use BuiltinId as B;
        let mut args = Operands::new();
        let nargs = if matches!(id, B::Make | B::New | B::Offsetof | B::Trace) {
            call.args.len()
        } else {
            args = self.expr_list(call.args);
            if args.iter().any(|a| !a.is_valid()) {
                return false;
            }
            if let Some(first) = args.first() {
                *x = first.clone();
            }
            args.len()
        };
        let problem = if nargs < id.nargs() {
            Some("not enough")
        } else if !id.variadic() && nargs > id.nargs() {
            Some("too many")
        } else {
            None
        };
        if let Some(problem) = problem {
            let msg = format!(
                "invalid operation: {problem} arguments for {} (expected {}, found {nargs})",
                self.expr_str(call.expr),
                id.nargs()
            );
            self.error(call.expr, Code::WrongArgCount, msg);
            return false;
        }

        let ok = match id {
            B::Append => self.builtin_append(x, call, &mut args),
            B::Cap | B::Len => self.builtin_len(x, id),
            B::Clear => self.builtin_clear(x, call),
            B::Close => self.builtin_close(x),
            B::Complex => self.builtin_complex(x, call, &mut args[1]),
            B::Copy => self.builtin_copy(x, &args[1]),
            B::Delete => self.builtin_delete(x, &mut args[1]),
            B::Imag | B::Real => self.builtin_real_imag(x, id),
            B::Make => self.builtin_make(x, call),
            B::Max | B::Min => self.builtin_min_max(x, call, &mut args, id),
            B::New => self.builtin_new(x, call),
            B::Panic => {
                // Whether a function ends in a call of panic matters only if it has results.
                let store = self.store;
                if self.env.sig.is_some_and(|sig| store.signature(sig).results != typ::EMPTY_TUPLE) {
                    self.env.is_panic.insert(call.expr);
                }
                self.assignment(x, Some(typ::EMPTY_INTERFACE), "argument to panic");
                self.no_value(x)
            }
            B::Print | B::Println => {
                let context = format!("argument to built-in {}", id.name());
                for a in &mut args {
                    self.assignment(a, None, &context);
                    if !a.is_valid() {
                        return false;
                    }
                }
                x.mode = Mode::NoValue;
                true
            }
            B::Recover => {
                x.mode = Mode::Value;
                x.typ = typ::EMPTY_INTERFACE;
                true
            }
            B::Add
            | B::Alignof
            | B::Offsetof
            | B::Sizeof
            | B::Slice
            | B::SliceData
            | B::String
            | B::StringData => self.builtin_unsafe(x, call, args.get_mut(1), id),
            B::Assert => self.builtin_assert(x, call),
            B::Trace => self.builtin_trace(x, call),
        };
        assert!(!ok || x.is_valid(), "a valid call of {} without result", id.name());
        ok
    }

    /// A call without result, unless the argument turned out to be invalid.
    fn no_value(&mut self, x: &mut Operand) -> bool {
        if !x.is_valid() {
            return false;
        }
        x.mode = Mode::NoValue;
        true
    }

    /// The element type of the slice `x`, or of all slices of its type set.
    fn slice_elem(&self, x: &Operand) -> Result<TypeId, String> {
        let store = self.store;
        let mut elem: Option<TypeId> = None;
        for (_, u) in store.typeset(x.typ) {
            let Some(Type::Slice(s)) = u.map(|u| store.ty(u)) else {
                return Err(if x.is_nil() {
                    "argument must be a slice; have untyped nil".to_string()
                } else {
                    format!("argument must be a slice; have {}", self.operand_string(x))
                });
            };
            match elem {
                None => elem = Some(s.elem),
                Some(elem) if !store.identical(elem, s.elem) => {
                    return Err(format!(
                        "mismatched slice element types {} and {} in {}",
                        self.type_str(elem),
                        self.type_str(s.elem),
                        self.operand_string(x)
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(elem.expect("a type set gives at least one pair"))
    }

    /// Whether the type set of `y` consists of byte slices and strings, and whether there are strings in it.
    fn bytes_or_string(&self, y: &Operand) -> (bool, bool) {
        let store = self.store;
        let mut has_string = false;
        for (_, u) in store.typeset(y.typ) {
            match u {
                Some(u) if matches!(store.ty(u), Type::Slice(s) if store.identical(s.elem, typ::BYTE)) => {}
                Some(u) if store.is_string(u) => has_string = true,
                _ => return (false, has_string),
            }
        }
        (true, has_string)
    }

    /// `append(s S, x ...E) S`; with `...`, bytes can be appended from a string.
    fn builtin_append(&mut self, x: &mut Operand, call: CallParts<'a>, args: &mut [Operand]) -> bool {
        let store = self.store;
        let elem = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(cause) => {
                self.error(&*x, Code::InvalidAppend, format!("invalid append: {cause}"));
                return false;
            }
        };
        let bytes = store.new_slice(typ::BYTE);
        let special = args.len() == 2
            && call.has_dots
            && self.bytes_or_string(&args[1]) == (true, true)
            && self.assignable_to(x, bytes, None).is_ok();
        if !special {
            // The result type is known even if there are errors in the arguments.
            let param = |t| store.new_var(VarKind::Param, Pos::NONE, None, sym::EMPTY, t);
            let params = store.new_tuple(vec![param(x.typ), param(store.new_slice(elem))]);
            let sig = store.new_signature(Signature { params, variadic: true, ..Signature::default() });
            self.arguments(call, sig, &[], &[], args, &[]);
        }
        x.mode = Mode::Value;
        true
    }

    /// `len(x)`, `cap(x)`
    fn builtin_len(&mut self, x: &mut Operand, id: BuiltinId) -> bool {
        let store = self.store;
        let is_len = id == BuiltinId::Len;
        let under = store.array_ptr_deref(store.under(x.typ));
        let mut mode = Mode::Invalid;
        let mut val = Value::Unknown;
        match store.ty(under) {
            Type::Basic(_) if is_len && store.is_string(under) => {
                mode = Mode::Value;
                if x.mode == Mode::Constant {
                    mode = Mode::Constant;
                    val = Value::make_int64(x.val.string_len());
                }
            }
            Type::Array(a) => {
                mode = Mode::Value;
                // The array is not evaluated if it contains neither calls nor receive operations.
                if !self.env.has_call_or_recv {
                    mode = Mode::Constant;
                    if a.len >= 0 {
                        val = Value::make_int64(a.len);
                    }
                }
            }
            Type::Slice(_) | Type::Chan(_) => mode = Mode::Value,
            Type::Map(_) if is_len => mode = Mode::Value,
            Type::Interface(_) if store.is_type_param(x.typ) => {
                let ok = store.under_is(x.typ, |u| {
                    u.is_some_and(|u| match store.ty(store.array_ptr_deref(u)) {
                        Type::Basic(_) => is_len && store.is_string(u),
                        Type::Array(_) | Type::Slice(_) | Type::Chan(_) => true,
                        Type::Map(_) => is_len,
                        _ => false,
                    })
                });
                if ok {
                    mode = Mode::Value;
                }
            }
            _ => {}
        }
        if mode == Mode::Invalid {
            if store.is_valid(store.under(x.typ)) {
                let code = if is_len { Code::InvalidLen } else { Code::InvalidCap };
                let msg = format!("invalid argument: {} for built-in {}", self.operand_string(x), id.name());
                self.error(&*x, code, msg);
            }
            return false;
        }
        x.mode = mode;
        x.typ = typ::INT;
        x.val = val;
        true
    }

    /// `clear(m)`
    fn builtin_clear(&mut self, x: &mut Operand, call: CallParts<'a>) -> bool {
        self.verify_version(call.fun, GoVersion::go1(21), "clear");
        let store = self.store;
        let ok = store
            .under_is(x.typ, |u| u.is_some_and(|u| matches!(store.ty(u), Type::Map(_) | Type::Slice(_))));
        if !ok {
            let msg = format!(
                "invalid argument: cannot clear {}: argument must be (or constrained by) map or slice",
                self.operand_string(x)
            );
            self.error(&*x, Code::InvalidClear, msg);
            return false;
        }
        self.no_value(x)
    }

    /// `close(c)`
    fn builtin_close(&mut self, x: &mut Operand) -> bool {
        let store = self.store;
        for (_, u) in store.typeset(x.typ) {
            let problem = match u.map(|u| store.ty(u)) {
                Some(Type::Chan(c)) if c.dir == ChanDir::RecvOnly => "receive-only channel",
                Some(Type::Chan(_)) => continue,
                _ => "non-channel",
            };
            let msg = format!("invalid operation: cannot close {problem} {}", self.operand_string(x));
            self.error(&*x, Code::InvalidClose, msg);
            return false;
        }
        self.no_value(x)
    }

    /// `copy(x, y []E) int`; bytes can be copied from a string.
    fn builtin_copy(&mut self, x: &mut Operand, y: &Operand) -> bool {
        let store = self.store;
        let dst = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(cause) => {
                self.error(&*x, Code::InvalidCopy, format!("invalid copy: {cause}"));
                return false;
            }
        };
        let bytes = store.new_slice(typ::BYTE);
        if !(self.bytes_or_string(y).0 && self.assignable_to(x, bytes, None).is_ok()) {
            let src = match self.slice_elem(y) {
                Ok(elem) => elem,
                // For a better message.
                Err(_) if self.all_string(y.typ) => typ::BYTE,
                Err(cause) => {
                    self.error(y, Code::InvalidCopy, format!("invalid copy: {cause}"));
                    return false;
                }
            };
            if !store.identical(dst, src) {
                let msg = format!(
                    "invalid copy: arguments {} and {} have different element types {} and {}",
                    self.operand_string(x),
                    self.operand_string(y),
                    self.type_str(dst),
                    self.type_str(src)
                );
                self.error(&*x, Code::InvalidCopy, msg);
                return false;
            }
        }
        x.mode = Mode::Value;
        x.typ = typ::INT;
        true
    }

    /// `delete(m, key)`
    fn builtin_delete(&mut self, x: &mut Operand, key: &mut Operand) -> bool {
        let store = self.store;
        let mut key_type: Option<TypeId> = None;
        for (_, u) in store.typeset(x.typ) {
            let problem = match u.map(|u| store.ty(u)) {
                Some(Type::Map(m)) => {
                    if key_type.is_none_or(|k| store.identical(m.key, k)) {
                        key_type = Some(m.key);
                        continue;
                    }
                    format!("maps of {} must have identical key types", self.operand_string(x))
                }
                _ => format!("{} is not a map", self.operand_string(x)),
            };
            self.error(&*x, Code::InvalidDelete, format!("invalid argument: {problem}"));
            return false;
        }
        *x = key.clone();
        self.assignment(x, key_type, "argument to delete");
        self.no_value(x)
    }

    /// `make(T, n)`, `make(T, n, m)`
    fn builtin_make(&mut self, x: &mut Operand, call: CallParts<'a>) -> bool {
        let store = self.store;
        let arg0 = call.args[0];
        let t = self.var_type(arg0);
        if !self.is_valid(t) {
            return false;
        }
        let mut cond = |_: Option<TypeId>, u: Option<TypeId>| match u.map(|u| store.ty(u)) {
            Some(Type::Slice(_) | Type::Map(_) | Type::Chan(_)) => None,
            None => Some(TypeError::new("no specific type", &[])),
            Some(_) => Some(TypeError::new("type must be slice, map, or channel", &[])),
        };
        let u = match store.common_under(t, Some(&mut cond)) {
            Ok(u) => u,
            Err(err) => {
                let msg = format!(
                    "invalid argument: cannot make {}: {}",
                    self.expr_str(arg0),
                    self.type_error_str(&err)
                );
                self.error(arg0, Code::InvalidMake, msg);
                return false;
            }
        };
        let min = if matches!(store.ty(u), Type::Slice(_)) { 2 } else { 1 };
        let nargs = call.args.len();
        if nargs < min || min + 1 < nargs {
            let msg = format!(
                "invalid operation: {} expects {min} or {} arguments; found {nargs}",
                self.expr_str(call.expr),
                min + 1
            );
            self.error(call.expr, Code::WrongArgCount, msg);
            return false;
        }
        let mut sizes = Vec::with_capacity(2);
        for &arg in &call.args[1..] {
            if let Some((_, Some(size))) = self.index(arg, None) {
                sizes.push(size);
            }
        }
        if let [len, cap] = *sizes
            && len > cap
        {
            self.error(call.args[1], Code::SwappedMakeArgs, "invalid argument: length and capacity swapped");
        }
        x.mode = Mode::Value;
        x.typ = t;
        true
    }

    /// `new(T)`, `new(expr)`
    fn builtin_new(&mut self, x: &mut Operand, call: CallParts<'a>) -> bool {
        let arg = call.args[0];
        self.expr_or_type(x, arg, false);
        self.exclude(x, ModeSet::NOT_VALUES_OR_TYPES);
        match x.mode {
            Mode::Invalid => return false,
            Mode::TypExpr => self.valid_var_type(arg, x.typ),
            _ => {
                if self.is_untyped(x.typ) {
                    // The value gets its default type; nil has none.
                    self.assignment(x, None, "argument to new");
                    if !x.is_valid() {
                        return false;
                    }
                }
                if !self.allow_version(GoVersion::go1(26)) {
                    let what = format!("new({})", self.expr_str(arg));
                    self.version_error(call.fun, GoVersion::go1(26), &what);
                }
            }
        }
        x.mode = Mode::Value;
        x.typ = self.store.new_pointer(x.typ);
        true
    }

    /// `assert(pred)`, in the checker's corpus: an error if the constant is false
    fn builtin_assert(&mut self, x: &mut Operand, call: CallParts<'a>) -> bool {
        if x.mode != Mode::Constant || !self.is_boolean(x.typ) {
            let msg = format!("invalid argument: {} is not a boolean constant", self.operand_string(x));
            self.error(&*x, Code::Test, msg);
            return false;
        }
        if !x.val.bool_val() {
            self.error(call.expr, Code::Test, format!("{} failed", self.expr_str(call.expr)));
        }
        true
    }

    /// `trace(x, y, ...)`, in the checker's corpus: the first argument
    fn builtin_trace(&mut self, x: &mut Operand, call: CallParts<'a>) -> bool {
        let Some((&first, rest)) = call.args.split_first() else {
            x.mode = Mode::NoValue;
            return true;
        };
        self.raw_expr(None, x, first, None, false);
        for &arg in rest {
            self.raw_expr(None, &mut Operand::default(), arg, None, false);
        }
        x.is_valid()
    }
}
