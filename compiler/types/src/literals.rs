//! Literals: basic, function and composite ones.

use grus_syntax::ast::{ExprId, ExprKind, LitKind, StmtId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::Checker;
use crate::code::Code;
use crate::constant::{Kind, LiteralKind, Value};
use crate::info::Mode;
use crate::lookup::Lookup;
use crate::operand::{Operand, OperandExpr};
use crate::store::{ObjId, TypeId};
use crate::ty::Type;
use crate::universe::typ;
use crate::version::GoVersion;

/// The longest numeric literal. Longer ones are not meaningful: no constant has so many digits.
const MAX_LITERAL: usize = 10_000;

/// A constant map key or case value such that equal ones compare equal whatever their kinds are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ConstKey {
    /// A boolean.
    Bool(bool),
    /// A string.
    String(std::sync::Arc<[u8]>),
    /// An integer.
    Int(i64),
    /// An integer that does not fit an `i64`.
    Uint(u64),
    /// A float, by its bits.
    Float(u64),
    /// A complex number, by the bits of its parts.
    Complex(u64, u64),
    /// A number that is none of these, by its text.
    Other(String),
}

/// The key for a constant value.
pub fn const_key(x: &Value) -> ConstKey {
    // Zeros are equal.
    let bits = |v: &Value| (v.float64_val().0 + 0.0).to_bits();
    match x.kind() {
        Kind::Bool => ConstKey::Bool(x.bool_val()),
        Kind::String => ConstKey::String(x.string_val()),
        Kind::Int => match (x.int64_val(), x.uint64_val()) {
            (Some(v), _) => ConstKey::Int(v),
            (None, Some(v)) => ConstKey::Uint(v),
            (None, None) => ConstKey::Other(x.exact_string()),
        },
        Kind::Float => match x.to_int() {
            i if i.kind() == Kind::Int => const_key(&i),
            _ => ConstKey::Float(bits(x)),
        },
        Kind::Complex => match x.to_float() {
            f if f.kind() == Kind::Float => const_key(&f),
            _ => ConstKey::Complex(bits(&x.real()), bits(&x.imag())),
        },
        Kind::Unknown => ConstKey::Other(String::new()),
    }
}

/// The fields that a struct literal sets, by path; a field may not be set together with a field in it.
#[derive(Default)]
struct FieldPaths {
    paths: Vec<(Vec<u32>, ObjId)>,
    direct: FxHashMap<u32, ObjId>,
}

impl FieldPaths {
    /// Adds a field; if it collides with another one, returns that and how long their common path is.
    fn insert(&mut self, index: &[u32], field: ObjId) -> Option<(ObjId, usize)> {
        if let Some(&other) = self.direct.get(&index[0]) {
            return Some((other, 1));
        }
        let mut smallest: Option<&(Vec<u32>, ObjId)> = None;
        for path in self.paths.iter().filter(|(p, _)| p[0] == index[0]) {
            let common = path.0.iter().zip(index).take_while(|(a, b)| a == b).count();
            if common == path.0.len() {
                return Some((path.1, common));
            }
            if common == index.len() && smallest.is_none_or(|s| path.0 < s.0) {
                smallest = Some(path);
            }
        }
        if let Some(path) = smallest {
            return Some((path.1, index.len()));
        }
        if index.len() == 1 {
            self.direct.insert(index[0], field);
        } else {
            self.paths.push((index.to_vec(), field));
        }
        None
    }
}

impl<'a> Checker<'a> {
    /// Checks that the language version permits the form of a numeric literal.
    fn lang_compat(&mut self, e: ExprId, kind: LitKind, text: &str) {
        let go1_13 = GoVersion::go1(13);
        if text.len() <= 2 || self.allow_version(go1_13) {
            return;
        }
        let what = if text.contains('_') {
            "underscore in numeric literal"
        } else {
            match text.as_bytes() {
                [b'0', b'b' | b'B', ..] => "binary literal",
                [b'0', b'o' | b'O', ..] => "0o/0O-style octal literal",
                [b'0', b'x' | b'X', ..] if kind != LitKind::Int => "hexadecimal floating-point literal",
                _ => return,
            }
        };
        self.version_error(e, go1_13, what);
    }

    /// Checks a basic literal.
    pub(crate) fn basic_lit(&mut self, x: &mut Operand, e: ExprId, kind: LitKind) {
        let text = self.file().lit_text(e);
        if matches!(kind, LitKind::Int | LitKind::Float | LitKind::Imag) {
            self.lang_compat(e, kind, text);
            if text.len() > MAX_LITERAL {
                let msg = format!("excessively long constant: {}... ({} chars)", &text[..10], text.len());
                self.error(e, Code::InvalidConstVal, msg);
                x.invalidate();
                return;
            }
        }
        let (t, kind) = match kind {
            LitKind::Int => (typ::UNTYPED_INT, LiteralKind::Int),
            LitKind::Float => (typ::UNTYPED_FLOAT, LiteralKind::Float),
            LitKind::Imag => (typ::UNTYPED_COMPLEX, LiteralKind::Imag),
            LitKind::Rune => (typ::UNTYPED_RUNE, LiteralKind::Rune),
            LitKind::String => (typ::UNTYPED_STRING, LiteralKind::String),
        };
        let val = Value::make_from_literal(text, kind);
        if val.is_unknown() {
            // The syntax is right: the number is too large or too small.
            self.error(e, Code::InvalidConstVal, format!("malformed constant: {text}"));
            x.invalidate();
            return;
        }
        x.set_const(t, val);
        x.expr = OperandExpr::Expr(e);
        if kind == LiteralKind::Int {
            let pos = self.op_pos(x.expr);
            self.overflow(x, pos);
        }
    }

    /// Checks a function literal. Its body is checked at the end of the statement or declaration, before the
    /// contents of the enclosing scope change.
    pub(crate) fn func_lit(&mut self, x: &mut Operand, e: ExprId, typ: ExprId, body: StmtId) {
        let store = self.store;
        let t = self.typ(typ);
        let Type::Signature(sig) = store.ty(t) else {
            let msg = format!("invalid function literal {}", self.expr_str(e));
            self.error(e, Code::InvalidSyntaxTree, msg);
            x.invalidate();
            return;
        };
        let scope = sig.scope.expect("the signature of a function literal has a scope");
        let decl = self.env.decl;
        let iota = self.env.iota.clone();
        self.later(move |check| check.func_body(decl, t, scope, body, iota));
        x.mode = Mode::Value;
        x.typ = t;
    }

    /// Checks a composite literal. `hint` is the element type of an enclosing composite literal.
    pub(crate) fn composite_lit(&mut self, x: &mut Operand, e: ExprId, hint: Option<TypeId>) {
        let file = self.file();
        let store = self.store;
        let ExprKind::CompositeLit { typ: type_expr, elems, rbrace } = file.kind(e) else {
            panic!("not a composite literal")
        };
        let elems = file.list(elems);
        let mut is_elem = false;
        let t;
        let base;
        if let Some(type_expr) = type_expr.expand() {
            if let ExprKind::ArrayType { len, elem } = file.kind(type_expr)
                && len.is_none()
            {
                // [...]T: the length is known after the elements.
                let elem = self.var_type(elem);
                if !self.is_complete(elem) {
                    x.invalidate();
                    return;
                }
                let n = self.indexed_elts(elems, elem, None);
                let t = store.new_array(elem, n);
                self.record_type_and_value(type_expr, Mode::TypExpr, t, None);
                x.mode = Mode::Value;
                x.typ = t;
                return;
            }
            t = self.typ(type_expr);
            base = t;
        } else if let Some(hint) = hint {
            // *T stands for &T{}.
            t = hint;
            base = match store.common_under(hint, None).map(|u| store.deref(u)) {
                Ok((elem, true)) => elem,
                _ => hint,
            };
            is_elem = true;
        } else {
            self.error(e, Code::UntypedLit, "missing type in composite literal");
            // The elements are used all the same.
            t = typ::INVALID;
            base = t;
        }
        if !self.is_complete(base) {
            x.invalidate();
            return;
        }

        let mut result = t;
        let under = store.common_under(base, None).ok();
        match under.map(|u| store.ty(u)) {
            Some(Type::Struct(_)) if elems.is_empty() => {}
            Some(Type::Struct(s)) => {
                let under = under.expect("a struct type");
                if matches!(file.kind(elems[0]), ExprKind::KeyValue { .. }) {
                    self.struct_fields_by_name(x, elems, under, base);
                } else {
                    self.struct_fields_by_place(x, elems, &s.fields, base, rbrace);
                }
            }
            Some(Type::Array(a)) => {
                let n = self.indexed_elts(elems, a.elem, (a.len >= 0).then_some(a.len));
                // An array of invalid length has the length of its literal.
                if a.len < 0 && under == Some(t) {
                    result = store.new_array(a.elem, n);
                    if let Some(type_expr) = type_expr.expand() {
                        self.record_type_and_value(type_expr, Mode::TypExpr, result, None);
                    }
                }
            }
            Some(Type::Slice(s)) => {
                self.indexed_elts(elems, s.elem, None);
            }
            Some(Type::Map(m)) => self.map_elts(x, elems, m.key, m.elem),
            utyp => {
                for &elem in elems {
                    // A key may be the name of a field that is not known.
                    let elem = match file.kind(elem) {
                        ExprKind::KeyValue { value, .. } => value,
                        _ => elem,
                    };
                    self.use_exprs(&[elem]);
                }
                if under != Some(typ::INVALID) {
                    let qualifier = if is_elem { " element" } else { "" };
                    let cause = if utyp.is_none() { " (no common underlying type)" } else { "" };
                    let msg =
                        format!("invalid composite literal{qualifier} type {}{cause}", self.type_str(t));
                    self.error(e, Code::InvalidLit, msg);
                    x.invalidate();
                    return;
                }
            }
        }
        x.mode = Mode::Value;
        x.typ = result;
    }

    /// The elements `name: value` of a struct literal. Promoted fields may be named since Go 1.27.
    fn struct_fields_by_name(&mut self, x: &mut Operand, elems: &[ExprId], under: TypeId, base: TypeId) {
        let file = self.file();
        let store = self.store;
        let mut visited = FieldPaths::default();
        for &e in elems {
            let ExprKind::KeyValue { key, value } = file.kind(e) else {
                let msg = "mixture of field:value and value elements in struct literal";
                self.error(e, Code::MixedStructLit, msg);
                continue;
            };
            // Check as much as possible before giving up.
            self.generic_expr(x, value, None);
            let Some(name) = file.as_name(key) else {
                let msg = format!("invalid field name {} in struct literal", self.expr_str(key));
                self.error(e, Code::InvalidLitField, msg);
                continue;
            };
            let found = store.lookup_field_or_method(under, false, Some(self.pkg), name, false);
            let Lookup::Found { obj, index, indirect } = found else {
                let alt = store.lookup_field_or_method(under, false, Some(self.pkg), name, true).obj();
                let msg = self.lookup_error(base, name, alt, true);
                self.error(key, Code::MissingLitField, msg);
                continue;
            };
            if !store.obj(obj).is_var() {
                self.error(key, Code::MissingLitField, format!("{name} is not a field"));
                continue;
            }
            if index.len() > 1 && !self.allow_version(GoVersion::go1(27)) {
                let what = format!(
                    "use of promoted field {} in struct literal of type {}",
                    store.field_path(under, &index),
                    self.type_str(base)
                );
                self.version_error(key, GoVersion::go1(27), &what);
                continue;
            }
            if indirect {
                let msg = format!("invalid implicit pointer indirection to reach {name}");
                self.error(key, Code::InvalidLitField, msg);
                continue;
            }
            self.record_use(key, obj);
            self.assignment(x, Some(store.type_of(obj)), "struct literal");
            if let Some((alt, n)) = visited.insert(&index, obj) {
                let alt_name = store.obj(alt).name;
                let msg = if alt == obj {
                    format!("duplicate field name {name} in struct literal")
                } else if n < index.len() {
                    format!("cannot specify promoted field {name} and enclosing embedded field {alt_name}")
                } else {
                    format!("cannot specify embedded field {name} and enclosed promoted field {alt_name}")
                };
                self.error(e, Code::DuplicateLitField, msg);
            }
        }
    }

    /// The elements of a struct literal without names.
    fn struct_fields_by_place(
        &mut self,
        x: &mut Operand,
        elems: &[ExprId],
        fields: &[ObjId],
        base: TypeId,
        rbrace: grus_syntax::Pos,
    ) {
        let file = self.file();
        let store = self.store;
        let pkg = Some(self.pkg);
        let accessible = |f: ObjId| store.obj(f).exported() || store.obj(f).pkg == pkg;
        for (i, &e) in elems.iter().enumerate() {
            if matches!(file.kind(e), ExprKind::KeyValue { .. }) {
                let msg = "mixture of field:value and value elements in struct literal";
                self.error(e, Code::MixedStructLit, msg);
                continue;
            }
            self.generic_expr(x, e, None);
            let Some(&field) = fields.get(i) else {
                let msg = format!("too many values in struct literal of type {}", self.type_str(base));
                self.error(&*x, Code::InvalidStructLit, msg);
                break;
            };
            if !accessible(field) {
                let msg = format!(
                    "implicit assignment to unexported field {} in struct literal of type {}",
                    store.obj(field).name,
                    self.type_str(base)
                );
                self.error(&*x, Code::UnexportedLitField, msg);
                continue;
            }
            self.assignment(x, Some(store.type_of(field)), "struct literal");
        }
        if elems.len() < fields.len() {
            let hint = if fields.iter().all(|&f| accessible(f)) {
                ""
            } else {
                " (type has unexported fields - use key:value pairs)"
            };
            let msg = format!("too few values in struct literal of type {}{hint}", self.type_str(base));
            self.error(rbrace, Code::InvalidStructLit, msg);
        }
    }

    /// The elements `key: value` of a map literal.
    fn map_elts(&mut self, x: &mut Operand, elems: &[ExprId], key_type: TypeId, elem_type: TypeId) {
        let file = self.file();
        let store = self.store;
        // In an interface, equal constants of different types are different keys.
        let key_is_interface = store.is_non_type_param_interface(key_type);
        let mut visited: FxHashMap<ConstKey, Vec<TypeId>> = FxHashMap::default();
        for &e in elems {
            let ExprKind::KeyValue { key, value } = file.kind(e) else {
                self.error(e, Code::MissingLitKey, "missing key in map literal");
                continue;
            };
            self.generic_expr(x, key, Some(key_type));
            self.assignment(x, Some(key_type), "map literal");
            if !x.is_valid() {
                continue;
            }
            if x.mode == Mode::Constant {
                let seen = visited.entry(const_key(&x.val));
                let is_new = matches!(seen, std::collections::hash_map::Entry::Vacant(_));
                let types = seen.or_default();
                let duplicate = if key_is_interface {
                    let duplicate = types.iter().any(|&t| store.identical(t, x.typ));
                    types.push(x.typ);
                    duplicate
                } else {
                    !is_new
                };
                if duplicate {
                    let msg = format!("duplicate key {} in map literal", x.val);
                    self.error(&*x, Code::DuplicateLitKey, msg);
                    continue;
                }
            }
            self.generic_expr(x, value, Some(elem_type));
            self.assignment(x, Some(elem_type), "map literal");
        }
    }

    /// The elements of an array or slice literal, with or without index. The result is the length: the largest
    /// index plus one.
    fn indexed_elts(&mut self, elems: &[ExprId], elem_type: TypeId, length: Option<i64>) -> i64 {
        let file = self.file();
        // Indices can be repeated only if some are written.
        let has_keys = elems.iter().any(|&e| matches!(file.kind(e), ExprKind::KeyValue { .. }));
        let mut visited: FxHashSet<i64> = FxHashSet::default();
        let mut index: i64 = 0;
        let mut max: i64 = 0;
        let mut x = Operand::default();
        for &e in elems {
            let mut valid = false;
            let mut value = e;
            if let ExprKind::KeyValue { key, value: v } = file.kind(e) {
                match self.index(key, length) {
                    Some((_, Some(i))) => {
                        index = i;
                        valid = true;
                    }
                    Some((_, None)) => {
                        let msg = format!("index {} must be integer constant", self.expr_str(key));
                        self.error(e, Code::InvalidLitIndex, msg);
                    }
                    None => {}
                }
                value = v;
            } else if let Some(length) = length.filter(|&l| index >= l) {
                let msg = format!("index {index} is out of bounds (>= {length})");
                self.error(e, Code::OversizeArrayLit, msg);
            } else {
                valid = true;
            }
            if valid && has_keys && !visited.insert(index) {
                let msg = format!("duplicate index {index} in array or slice literal");
                self.error(e, Code::DuplicateLitKey, msg);
            }
            index = index.saturating_add(1);
            max = max.max(index);

            self.generic_expr(&mut x, value, Some(elem_type));
            self.assignment(&mut x, Some(elem_type), "array or slice literal");
        }
        max
    }
}
