//! Predicates on types: identity, comparability, and the classes of basic types.

use crate::store::{TypeId, TypeStore};
use crate::subst::SubstMap;
use crate::termlist::Term;
use crate::ty::{BasicInfo, BasicKind, Type};
use crate::under::TypeError;
use crate::universe::typ;

/// How types are compared for identity.
#[derive(Clone, Copy, Default, Debug)]
pub struct Comparer {
    /// Struct tags do not matter.
    pub ignore_tags: bool,
    /// An invalid type is identical to any type.
    pub ignore_invalids: bool,
}

/// A pair of interfaces under comparison, with the pairs that led to it.
struct IfacePair<'a> {
    x: TypeId,
    y: TypeId,
    prev: Option<&'a IfacePair<'a>>,
}

impl TypeStore {
    /// Whether a type is valid: no error was reported for it. An alias whose declaration is being checked counts as
    /// valid.
    pub fn is_valid(&self, t: TypeId) -> bool {
        let mut t = t;
        while let Type::Alias(a) = self.ty(t) {
            match a.actual.get().or_else(|| a.from_rhs()) {
                Some(rhs) => t = rhs,
                None => return true,
            }
        }
        t != typ::INVALID
    }

    /// The basic info of the underlying type; none if it is not basic.
    fn basic_info(&self, t: TypeId) -> BasicInfo {
        match self.ty(t) {
            Type::Basic(b) => b.info,
            Type::Named(_) | Type::Alias(_) => match self.under_ty(t) {
                Type::Basic(b) => b.info,
                _ => BasicInfo::NONE,
            },
            _ => BasicInfo::NONE,
        }
    }

    /// The kind of the underlying basic type, if it is basic.
    pub fn basic_kind(&self, t: TypeId) -> Option<BasicKind> {
        match self.under_ty(t) {
            Type::Basic(b) => Some(b.kind),
            _ => None,
        }
    }

    /// Whether the underlying type is a basic type with one of these properties.
    pub fn is_basic(&self, t: TypeId, info: BasicInfo) -> bool {
        self.basic_info(t).intersects(info)
    }

    /// Whether the type is a basic type with one of these properties, or a type parameter all types of which are.
    pub fn all_basic(&self, t: TypeId, info: BasicInfo) -> bool {
        let u = self.unalias(t);
        if let Type::TypeParam(_) = self.ty(u) {
            return self.type_param_is(u, |t| t.and_then(|t| t.typ).is_some_and(|t| self.is_basic(t, info)));
        }
        self.is_basic(t, info)
    }

    /// Whether `f` holds for all terms of a type parameter's type set; it gets nothing if there are no terms.
    pub fn type_param_is(&self, tparam: TypeId, f: impl FnMut(Option<Term>) -> bool) -> bool {
        self.type_set(self.iface(tparam)).is(f)
    }
}

macro_rules! basic_predicates {
    ($($is:ident $all:ident $info:expr;)*) => {
        #[allow(missing_docs)]
        impl TypeStore {
            $(
                pub fn $is(&self, t: TypeId) -> bool {
                    self.is_basic(t, $info)
                }
                pub fn $all(&self, t: TypeId) -> bool {
                    self.all_basic(t, $info)
                }
            )*
        }
    };
}

basic_predicates! {
    is_boolean all_boolean BasicInfo::BOOLEAN;
    is_integer all_integer BasicInfo::INTEGER;
    is_unsigned all_unsigned BasicInfo::UNSIGNED;
    is_float all_float BasicInfo::FLOAT;
    is_complex all_complex BasicInfo::COMPLEX;
    is_numeric all_numeric BasicInfo::NUMERIC;
    is_string all_string BasicInfo::STRING;
    is_integer_or_float all_integer_or_float BasicInfo::INTEGER.and(BasicInfo::FLOAT);
    is_const_type all_const_type BasicInfo::CONST_TYPE;
    is_ordered all_ordered BasicInfo::ORDERED;
    is_numeric_or_string all_numeric_or_string BasicInfo::NUMERIC.and(BasicInfo::STRING);
}

impl TypeStore {
    /// Whether the type has a name: predeclared, defined, or a type parameter.
    pub fn has_name(&self, t: TypeId) -> bool {
        matches!(self.ty(self.unalias(t)), Type::Basic(_) | Type::Named(_) | Type::TypeParam(_))
    }

    /// Whether the type is a type literal or predeclared: neither defined nor a type parameter.
    pub fn is_type_lit(&self, t: TypeId) -> bool {
        !matches!(self.ty(self.unalias(t)), Type::Named(_) | Type::TypeParam(_))
    }

    /// Whether the type is not that of an untyped value.
    pub fn is_typed(&self, t: TypeId) -> bool {
        !self.is_untyped(t)
    }

    /// Whether the type is that of an untyped value.
    pub fn is_untyped(&self, t: TypeId) -> bool {
        matches!(self.ty(t), Type::Basic(b) if b.info.intersects(BasicInfo::UNTYPED))
    }

    /// Whether the type is that of an untyped number.
    pub fn is_untyped_numeric(&self, t: TypeId) -> bool {
        matches!(self.ty(t), Type::Basic(b)
            if b.info.intersects(BasicInfo::UNTYPED) && b.info.intersects(BasicInfo::NUMERIC))
    }

    /// Whether the underlying type is an interface (as that of a type parameter is).
    pub fn is_interface(&self, t: TypeId) -> bool {
        matches!(self.under_ty(t), Type::Interface(_))
    }

    /// Whether the underlying type is an interface of all types.
    pub fn is_empty_interface(&self, t: TypeId) -> bool {
        let u = self.under(t);
        matches!(self.ty(u), Type::Interface(_)) && self.type_set(u).is_all()
    }

    /// Whether the type is a type parameter.
    pub fn is_type_param(&self, t: TypeId) -> bool {
        matches!(self.ty(self.unalias(t)), Type::TypeParam(_))
    }

    /// Whether the underlying type is an interface and the type is not a type parameter.
    pub fn is_non_type_param_interface(&self, t: TypeId) -> bool {
        !self.is_type_param(t) && self.is_interface(t)
    }

    /// Whether the type is a type parameter with an empty type set.
    pub fn has_empty_typeset(&self, t: TypeId) -> bool {
        let t = self.unalias(t);
        matches!(self.ty(t), Type::TypeParam(_)) && self.type_set(self.iface(t)).is_empty()
    }

    /// Whether the type is generic and not instantiated.
    pub fn is_generic(&self, t: TypeId) -> bool {
        if let Type::Alias(a) = self.ty(t)
            && a.orig.is_none()
            && !a.tparams().is_empty()
        {
            return true;
        }
        self.as_named(t).is_some_and(|n| self.named(n).inst.is_none() && !self.named_tparams(n).is_empty())
    }

    /// Whether values of the type can be compared; interface types are comparable.
    pub fn comparable(&self, t: TypeId) -> bool {
        self.comparable_type(t, true).is_none()
    }

    /// The reason why values of the type cannot be compared, if they cannot. With `dynamic` interface types are
    /// comparable; without, they are if all types of their type sets are.
    pub fn comparable_type(&self, t: TypeId, dynamic: bool) -> Option<TypeError> {
        self.comparable_type_seen(t, dynamic, &mut Vec::new())
    }

    pub(crate) fn comparable_type_seen(
        &self,
        t: TypeId,
        dynamic: bool,
        seen: &mut Vec<TypeId>,
    ) -> Option<TypeError> {
        match self.under_ty(t) {
            Type::Basic(b) => (b.kind == BasicKind::UntypedNil).then(TypeError::default),
            Type::Pointer(_) | Type::Chan(_) => None,
            ty @ (Type::Struct(_) | Type::Array(_) | Type::Interface(_)) => {
                if seen.contains(&t) {
                    return None;
                }
                seen.push(t);
                match ty {
                    Type::Struct(s) => s.fields.iter().find_map(|&f| {
                        let ft = self.type_of(f);
                        self.comparable_type_seen(ft, dynamic, seen)?;
                        Some(TypeError::new("struct containing %s cannot be compared", &[ft]))
                    }),
                    Type::Array(a) => {
                        self.comparable_type_seen(a.elem, dynamic, seen)?;
                        Some(TypeError::new("%s cannot be compared", &[t]))
                    }
                    _ => {
                        let set = self.type_set(self.under(t));
                        if dynamic && !self.is_type_param(t) || self.type_set_comparable(set, seen) {
                            return None;
                        }
                        let cause =
                            if set.is_empty() { "empty type set" } else { "incomparable types in type set" };
                        Some(TypeError::new(cause, &[]))
                    }
                }
            }
            _ => Some(TypeError::default()),
        }
    }

    /// Whether the type has a nil value. A type parameter has if all types of its type set have.
    pub fn has_nil(&self, t: TypeId) -> bool {
        match self.under_ty(t) {
            Type::Basic(b) => b.kind == BasicKind::UnsafePointer,
            Type::Slice(_) | Type::Pointer(_) | Type::Signature(_) | Type::Map(_) | Type::Chan(_) => true,
            Type::Interface(_) => {
                !self.is_type_param(t) || self.under_is(t, |u| u.is_some_and(|u| self.has_nil(u)))
            }
            _ => false,
        }
    }

    /// Whether two types are identical.
    pub fn identical(&self, x: TypeId, y: TypeId) -> bool {
        x == y || self.identical_with(Comparer::default(), x, y)
    }

    /// Whether two types are identical if struct tags are ignored.
    pub fn identical_ignore_tags(&self, x: TypeId, y: TypeId) -> bool {
        self.identical_with(Comparer { ignore_tags: true, ..Comparer::default() }, x, y)
    }

    /// Whether two types are identical by the given rules.
    pub fn identical_with(&self, c: Comparer, x: TypeId, y: TypeId) -> bool {
        self.identical_in(c, x, y, None)
    }

    fn identical_in(&self, c: Comparer, x: TypeId, y: TypeId, p: Option<&IfacePair<'_>>) -> bool {
        let (x, y) = (self.unalias(x), self.unalias(y));
        if x == y {
            return true;
        }
        if c.ignore_invalids && (x == typ::INVALID || y == typ::INVALID) {
            return true;
        }
        match (self.ty(x), self.ty(y)) {
            (Type::Basic(a), Type::Basic(b)) => a.kind == b.kind,
            (Type::Array(a), Type::Array(b)) => {
                (a.len < 0 || b.len < 0 || a.len == b.len) && self.identical_in(c, a.elem, b.elem, p)
            }
            (Type::Slice(a), Type::Slice(b)) => self.identical_in(c, a.elem, b.elem, p),
            (Type::Pointer(a), Type::Pointer(b)) => self.identical_in(c, a.elem, b.elem, p),
            (Type::Map(a), Type::Map(b)) => {
                self.identical_in(c, a.key, b.key, p) && self.identical_in(c, a.elem, b.elem, p)
            }
            (Type::Chan(a), Type::Chan(b)) => a.dir == b.dir && self.identical_in(c, a.elem, b.elem, p),
            (Type::Struct(a), Type::Struct(b)) => {
                a.fields.len() == b.fields.len()
                    && a.fields.iter().zip(&b.fields).enumerate().all(|(i, (&f, &g))| {
                        let (fo, go) = (self.obj(f), self.obj(g));
                        fo.embedded() == go.embedded()
                            && (c.ignore_tags || a.tag(i) == b.tag(i))
                            && self.same_id(f, go.pkg, go.name, false)
                            && self.identical_in(c, self.type_of(f), self.type_of(g), p)
                    })
            }
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.vars.len() == b.vars.len()
                    && (a.vars.iter().zip(&b.vars))
                        .all(|(&v, &w)| self.identical_in(c, self.type_of(v), self.type_of(w), p))
            }
            (Type::Signature(a), Type::Signature(b)) => {
                if a.tparams.len() != b.tparams.len() || a.variadic != b.variadic {
                    return false;
                }
                let (mut params, mut results) = (b.params, b.results);
                if !a.tparams.is_empty() {
                    // Signatures with type parameters are identical if they are after renaming.
                    let map = SubstMap::new(&b.tparams, &a.tparams);
                    for (&xp, &yp) in a.tparams.iter().zip(b.tparams.iter()) {
                        let bound = self.subst(self.type_param(yp).bound(), &map);
                        if !self.identical_in(c, self.type_param(xp).bound(), bound, p) {
                            return false;
                        }
                    }
                    params = self.subst(params, &map);
                    results = self.subst(results, &map);
                }
                self.identical_in(c, a.params, params, p) && self.identical_in(c, a.results, results, p)
            }
            (Type::Union(a), Type::Union(b)) => match (self.union_terms(a), self.union_terms(b)) {
                (Some(a), Some(b)) => a.equal(&b, self),
                _ => false,
            },
            (Type::Interface(_), Type::Interface(_)) => {
                let (a, b) = (self.type_set(x), self.type_set(y));
                if a.comparable != b.comparable
                    || a.methods.len() != b.methods.len()
                    || !a.terms.equal(&b.terms, self)
                {
                    return false;
                }
                // Interfaces may refer to themselves: a pair that is being compared counts as identical.
                let mut prev = p;
                while let Some(q) = prev {
                    if q.x == x && q.y == y || q.x == y && q.y == x {
                        return true;
                    }
                    prev = q.prev;
                }
                let q = IfacePair { x, y, prev: p };
                a.methods.iter().zip(&b.methods).all(|(&f, &g)| {
                    let go = self.obj(g);
                    self.same_id(f, go.pkg, go.name, false)
                        && self.identical_in(c, self.type_of(f), self.type_of(g), Some(&q))
                })
            }
            (Type::Named(a), Type::Named(b)) => {
                let (Some(ai), Some(bi)) = (&a.inst, &b.inst) else { return false };
                ai.orig == bi.orig
                    && ai.targs.len() == bi.targs.len()
                    && ai.targs.iter().zip(&bi.targs).all(|(&x, &y)| self.identical(x, y))
            }
            _ => false,
        }
    }

    /// Whether two lists of types are identical.
    pub fn identical_lists(&self, x: &[TypeId], y: &[TypeId]) -> bool {
        x.len() == y.len() && x.iter().zip(y).all(|(&x, &y)| self.identical(x, y))
    }

    /// The default type of an untyped constant's type; any other type as it is. There is none for nil.
    pub fn default_type(&self, t: TypeId) -> TypeId {
        match self.ty(t) {
            Type::Basic(b) => match b.kind {
                BasicKind::UntypedBool => typ::BOOL,
                BasicKind::UntypedInt => typ::INT,
                BasicKind::UntypedRune => typ::RUNE,
                BasicKind::UntypedFloat => typ::FLOAT64,
                BasicKind::UntypedComplex => typ::COMPLEX128,
                BasicKind::UntypedString => typ::STRING,
                _ => t,
            },
            _ => t,
        }
    }

    /// The larger of two untyped numeric types, or the type if they are the same.
    pub fn max_type(&self, x: TypeId, y: TypeId) -> Option<TypeId> {
        if x == y {
            return Some(x);
        }
        if self.is_untyped_numeric(x) && self.is_untyped_numeric(y) {
            return Some(x.max(y)); // The identifiers are in the order of the kinds.
        }
        None
    }
}
