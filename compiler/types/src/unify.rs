//! Unification: the attempt to make two types structurally equivalent by choosing types for type parameters.
//!
//! A unifier knows a list of type parameters, the bound ones, and the types found for them so far. Type
//! parameters that must be the same share a handle. If `unify` fails, what it found so far stays; the caller
//! gives up then.
//!
//! In exact mode types must become identical. Otherwise a defined type unifies with a type literal if its
//! underlying type does, channel directions are ignored, and an interface unifies with a type that has its
//! methods. In an assignment types may be inexact at the top only. An unbound type parameter unifies as its
//! common underlying type.

use crate::check::Checker;
use crate::lookup::Lookup;
use crate::store::{ObjId, TypeId, TypeStore};
use crate::ty::{ChanDir, Type};

/// How exact a unification is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct UnifyMode {
    assign: bool,
    exact: bool,
}

impl UnifyMode {
    /// Inexact everywhere.
    pub const INEXACT: Self = Self { assign: false, exact: false };
    /// Inexact at the top, exact below.
    pub const ASSIGN: Self = Self { assign: true, exact: false };
    /// Exact.
    pub const EXACT: Self = Self { assign: false, exact: true };
}

/// Deeper recursion means that the types cannot be unified.
const DEPTH_LIMIT: u32 = 50;

/// Interfaces under comparison.
struct IfacePair<'p> {
    x: TypeId,
    y: TypeId,
    prev: Option<&'p IfacePair<'p>>,
}

impl IfacePair<'_> {
    fn contains(&self, x: TypeId, y: TypeId) -> bool {
        self.x == x && self.y == y
            || self.x == y && self.y == x
            || self.prev.is_some_and(|prev| prev.contains(x, y))
    }
}

/// A unifier. See the module's text.
pub(crate) struct Unifier {
    tparams: Vec<TypeId>,
    /// The handle of each type parameter.
    handles: Vec<usize>,
    /// The type of each handle.
    types: Vec<Option<TypeId>>,
    depth: u32,
    interface_inference: bool,
}

impl Unifier {
    /// A unifier for these type parameters, of which some may have types already.
    pub fn new(tparams: &[TypeId], targs: &[Option<TypeId>], interface_inference: bool) -> Self {
        assert!(tparams.len() >= targs.len());
        let types = (0..tparams.len()).map(|i| targs.get(i).copied().flatten()).collect();
        Self {
            tparams: tparams.to_vec(),
            handles: (0..tparams.len()).collect(),
            types,
            depth: 0,
            interface_inference,
        }
    }

    fn index(&self, tparam: TypeId) -> usize {
        self.tparams.iter().position(|&t| t == tparam).expect("a bound type parameter")
    }

    /// The bound type parameter that a type is, if it is one.
    fn as_bound_type_param(&self, store: &TypeStore, t: TypeId) -> Option<TypeId> {
        let t = store.unalias(t);
        self.tparams.contains(&t).then_some(t)
    }

    /// The type found for a type parameter.
    pub fn at(&self, tparam: TypeId) -> Option<TypeId> {
        self.types[self.handles[self.index(tparam)]]
    }

    /// Sets the type for a type parameter.
    pub fn set(&mut self, tparam: TypeId, t: TypeId) {
        let h = self.handles[self.index(tparam)];
        self.types[h] = Some(t);
    }

    /// The number of type parameters without type.
    pub fn unknowns(&self) -> usize {
        self.handles.iter().filter(|&&h| self.types[h].is_none()).count()
    }

    /// The types found for type parameters.
    pub fn inferred(&self, tparams: &[TypeId]) -> Vec<Option<TypeId>> {
        tparams.iter().map(|&t| self.at(t)).collect()
    }

    /// Makes two type parameters share a type; fails if both have one already.
    fn join(&mut self, x: TypeId, y: TypeId) -> bool {
        let (hx, hy) = (self.handles[self.index(x)], self.handles[self.index(y)]);
        if hx == hy {
            return true;
        }
        let (from, to) = match (self.types[hx], self.types[hy]) {
            (Some(_), Some(_)) => return false,
            (Some(_), None) => (hy, hx),
            _ => (hx, hy),
        };
        for h in &mut self.handles {
            if *h == from {
                *h = to;
            }
        }
        true
    }

    /// Unifies two types; see the module's text.
    pub fn unify(&mut self, check: &mut Checker<'_>, x: TypeId, y: TypeId, mode: UnifyMode) -> bool {
        self.nify(check, x, y, mode, None)
    }

    fn nify(
        &mut self,
        check: &mut Checker<'_>,
        x: TypeId,
        y: TypeId,
        mode: UnifyMode,
        p: Option<&IfacePair<'_>>,
    ) -> bool {
        if x == y {
            return true;
        }
        if self.depth > DEPTH_LIMIT {
            return false;
        }
        self.depth += 1;
        let result = self.nify_inner(check, x, y, mode, p);
        self.depth -= 1;
        result
    }

    fn nify_inner(
        &mut self,
        check: &mut Checker<'_>,
        mut x: TypeId,
        mut y: TypeId,
        mode: UnifyMode,
        p: Option<&IfacePair<'_>>,
    ) -> bool {
        let store = check.store;
        let same = |x, y| x == y || store.unalias(x) == store.unalias(y);
        if same(x, y) {
            return true;
        }
        // A defined type goes to y, a bound type parameter to x.
        if store.as_named(x).is_some() || self.as_bound_type_param(store, y).is_some() {
            std::mem::swap(&mut x, &mut y);
        }
        // A type literal may match the underlying type of a defined type.
        if !mode.exact
            && let Some(ny) = store.as_named(y)
            && store.is_type_lit(x)
            && !(self.interface_inference && store.is_interface(x))
        {
            y = store.under(ny);
            if same(x, y) {
                return true;
            }
        }
        match (self.as_bound_type_param(store, x), self.as_bound_type_param(store, y)) {
            (Some(px), Some(py)) => {
                if self.join(px, py) {
                    return true;
                }
                let (Some(x), Some(y)) = (self.at(px), self.at(py)) else { return false };
                return self.nify(check, x, y, mode, p);
            }
            (Some(px), None) => {
                let Some(tx) = self.at(px) else {
                    self.set(px, y);
                    return true;
                };
                return self.nify(check, tx, y, mode, p) && self.choose(store, px, tx, y, mode);
            }
            _ => {}
        }
        if self.interface_inference && !mode.exact {
            let as_interface = |t| {
                let u = store.under(t);
                (!store.is_type_param(t) && matches!(store.ty(u), Type::Interface(_))).then_some(u)
            };
            match (as_interface(x), as_interface(y)) {
                (Some(xi), Some(yi)) => return self.nify_interfaces(check, xi, yi, p),
                (Some(xi), None) => return self.nify_methods(check, xi, y, p),
                (None, Some(yi)) => return self.nify_methods(check, yi, x, p),
                (None, None) => {}
            }
        }
        // An unbound type parameter goes to x.
        if store.is_type_param(y) {
            std::mem::swap(&mut x, &mut y);
        }
        // Elements must match exactly in an assignment.
        let emode = UnifyMode { exact: mode.exact || mode.assign, ..mode };
        let yorig = y;
        let (x, y) = (store.unalias(x), store.unalias(y));
        match (store.ty(x), store.ty(y)) {
            (Type::Basic(a), Type::Basic(b)) => a.kind == b.kind,
            (Type::Array(a), Type::Array(b)) => {
                (a.len < 0 || b.len < 0 || a.len == b.len) && self.nify(check, a.elem, b.elem, emode, p)
            }
            (Type::Slice(a), Type::Slice(b)) => self.nify(check, a.elem, b.elem, emode, p),
            (Type::Pointer(a), Type::Pointer(b)) => self.nify(check, a.elem, b.elem, emode, p),
            (Type::Map(a), Type::Map(b)) => {
                self.nify(check, a.key, b.key, emode, p) && self.nify(check, a.elem, b.elem, emode, p)
            }
            (Type::Chan(a), Type::Chan(b)) => {
                (!mode.exact || a.dir == b.dir) && self.nify(check, a.elem, b.elem, emode, p)
            }
            (Type::Struct(a), Type::Struct(b)) => {
                a.fields.len() == b.fields.len()
                    && a.fields.iter().zip(&b.fields).enumerate().all(|(i, (&f, &g))| {
                        let (fo, go) = (store.obj(f), store.obj(g));
                        fo.embedded() == go.embedded()
                            && a.tag(i) == b.tag(i)
                            && store.same_id(f, go.pkg, go.name, false)
                            && self.nify(check, store.type_of(f), store.type_of(g), emode, p)
                    })
            }
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.vars.len() == b.vars.len()
                    && (a.vars.iter().zip(&b.vars))
                        .all(|(&v, &w)| self.nify(check, store.type_of(v), store.type_of(w), mode, p))
            }
            (Type::Signature(a), Type::Signature(b)) => {
                a.variadic == b.variadic
                    && self.nify(check, a.params, b.params, emode, p)
                    && self.nify(check, a.results, b.results, emode, p)
            }
            (Type::Interface(_), Type::Interface(_)) => {
                let (a, b) = (store.type_set(x), store.type_set(y));
                if a.comparable != b.comparable
                    || a.methods.len() != b.methods.len()
                    || !a.terms.equal(&b.terms, store)
                {
                    return false;
                }
                if p.is_some_and(|p| p.contains(x, y)) {
                    return true;
                }
                let q = IfacePair { x, y, prev: p };
                a.methods.iter().zip(&b.methods).all(|(&f, &g)| {
                    let go = store.obj(g);
                    store.same_id(f, go.pkg, go.name, false)
                        && self.nify(check, store.type_of(f), store.type_of(g), UnifyMode::EXACT, Some(&q))
                })
            }
            (Type::Named(a), Type::Named(b)) => {
                let (xargs, yargs) = (a.targs(), b.targs());
                // The type arguments come first: what they determine helps messages.
                xargs.len() == yargs.len()
                    && xargs.iter().zip(yargs).all(|(&x, &y)| self.nify(check, x, y, mode, p))
                    && store.named_origin(x) == store.named_origin(y)
            }
            (Type::TypeParam(_), _) => match store.common_under(x, None) {
                Ok(cx) => self.nify(check, cx, yorig, UnifyMode::ASSIGN, p),
                Err(_) => false,
            },
            _ => false,
        }
    }

    /// After the type `x` of `px` was unified with `y`: chooses the one to keep, or fails if the choice would
    /// depend on the order of arguments.
    fn choose(&mut self, store: &TypeStore, px: TypeId, x: TypeId, y: TypeId, mode: UnifyMode) -> bool {
        let interface = |t| {
            let u = store.under(t);
            (!store.is_type_param(t) && matches!(store.ty(u), Type::Interface(_))).then_some(u)
        };
        let (xn, yn) = (store.as_named(x).is_some(), store.as_named(y).is_some());
        match (interface(x), interface(y)) {
            (Some(xi), Some(yi)) => {
                if xn && yn {
                    return store.identical(x, y);
                }
                if store.type_set(xi).methods.len() != store.type_set(yi).methods.len() {
                    return false;
                }
            }
            (None, None) => {}
            _ => return false,
        }
        // A defined type wins, then a directed channel.
        if !mode.exact && !xn {
            let directed = matches!(store.under_ty(y), Type::Chan(c) if c.dir != ChanDir::SendRecv);
            if yn || directed {
                self.set(px, y);
            }
        }
        true
    }

    /// Unifies interfaces, one of which has a subset of the other's methods.
    fn nify_interfaces(
        &mut self,
        check: &mut Checker<'_>,
        x: TypeId,
        y: TypeId,
        p: Option<&IfacePair<'_>>,
    ) -> bool {
        let store = check.store;
        let (a, b) = (store.type_set(x), store.type_set(y));
        if a.comparable != b.comparable || !a.terms.equal(&b.terms, store) {
            return false;
        }
        if p.is_some_and(|p| p.contains(x, y)) {
            return true;
        }
        let q = IfacePair { x, y, prev: p };
        let (small, large) = if a.methods.len() <= b.methods.len() { (a, b) } else { (b, a) };
        small.methods.iter().all(|&m| {
            let mo = store.obj(m);
            match large.lookup_method(store, mo.pkg, mo.name, false) {
                Some((_, other)) => {
                    self.nify(check, store.type_of(m), store.type_of(other), UnifyMode::EXACT, Some(&q))
                }
                None => false,
            }
        })
    }

    /// Unifies the methods of an interface with those of a type that is not one.
    fn nify_methods(
        &mut self,
        check: &mut Checker<'_>,
        iface: TypeId,
        t: TypeId,
        p: Option<&IfacePair<'_>>,
    ) -> bool {
        let store = check.store;
        let methods: &[ObjId] = &store.type_set(iface).methods;
        methods.iter().all(|&m| {
            let mo = store.obj(m);
            let Lookup::Found { obj, .. } = store.lookup_field_or_method(t, false, mo.pkg, mo.name, false)
            else {
                return false;
            };
            if !store.obj(obj).is_func() {
                return false;
            }
            check.declare_method(obj);
            let found = store.type_of(obj);
            // A generic method never implements a method of an interface.
            if matches!(store.ty(found), Type::Signature(s) if !s.tparams.is_empty()) {
                return false;
            }
            self.nify(check, store.type_of(m), found, UnifyMode::EXACT, p)
        })
    }
}
