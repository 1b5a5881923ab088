//! Canonical types: one identifier for all identical concrete types.
//!
//! After monomorphisation every type is concrete: it mentions no type parameters. The canonical form of a concrete
//! type has no aliases, `uint8` for `byte`, no parameter names and receivers, and canonical components; equal
//! forms are interned. Hence canonical identifiers can be compared and used as keys.
//!
//! The underlying type and the fields of a canonical named type need not be canonical themselves: they are
//! shared with generic and aliased spellings. Ask for `canonical(under(t))`.
//!
//! **Invariant:** `canonical(a) == canonical(b)` exactly if `identical(a, b)`, for concrete types.

use std::cell::RefCell;
use std::sync::Mutex;

use rustc_hash::FxHashMap;

use crate::object::ObjectKind;
use crate::store::{ObjId, TypeId, TypeStore};
use crate::subst::SubstMap;
use crate::ty::{InterfaceBody, Signature, Struct, Type};
use crate::universe::typ;

const SHARDS: usize = 32;

/// The canonical forms that are known.
pub(crate) struct Canonical {
    known: Vec<Mutex<FxHashMap<TypeId, TypeId>>>,
    forms: Vec<Mutex<FxHashMap<Box<[u32]>, TypeId>>>,
}

impl Canonical {
    pub(crate) fn new() -> Self {
        Self {
            known: (0..SHARDS).map(|_| Mutex::default()).collect(),
            forms: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    fn get(&self, t: TypeId) -> Option<TypeId> {
        let shard = &self.known[t.as_u32() as usize % SHARDS];
        shard.lock().expect("no panic under the lock").get(&t).copied()
    }

    fn set(&self, t: TypeId, canonical: TypeId) {
        let shard = &self.known[t.as_u32() as usize % SHARDS];
        shard.lock().expect("no panic under the lock").insert(t, canonical);
    }

    /// The type of a form; `make` is called without lock, and its result dropped if another thread was first.
    fn intern(&self, form: Vec<u32>, make: impl FnOnce() -> TypeId) -> TypeId {
        let hash = form.iter().fold(0u32, |h, &w| (h.rotate_left(5) ^ w).wrapping_mul(0x9e37_79b9));
        let shard = &self.forms[(hash >> 16) as usize % SHARDS];
        if let Some(&t) = shard.lock().expect("no panic under the lock").get(form.as_slice()) {
            return t;
        }
        let t = make();
        *shard.lock().expect("no panic under the lock").entry(form.into_boxed_slice()).or_insert(t)
    }
}

thread_local! {
    /// The interfaces whose canonical form this thread is computing. One that mentions itself through an
    /// anonymous interface stands for itself there.
    static IN_PROGRESS: RefCell<Vec<TypeId>> = const { RefCell::new(Vec::new()) };
}

impl TypeStore {
    /// The canonical identifier of a concrete type. See the module's text.
    pub fn canonical(&self, t: TypeId) -> TypeId {
        let t = self.unalias(t);
        match self.ty(t) {
            Type::Basic(_) => match t {
                typ::BYTE => return typ::UINT8,
                typ::RUNE => return typ::INT32,
                _ => return t,
            },
            Type::Named(n) if n.inst.is_none() => return t,
            Type::TypeParam(_) => return t,
            _ => {}
        }
        if let Some(c) = self.canonical.get(t) {
            return c;
        }
        if let Type::Interface(_) = self.ty(t) {
            if IN_PROGRESS.with_borrow(|p| p.contains(&t)) {
                return t;
            }
            IN_PROGRESS.with_borrow_mut(|p| p.push(t));
        }
        let c = self.compute_canonical(t);
        if let Type::Interface(_) = self.ty(t) {
            IN_PROGRESS.with_borrow_mut(|p| p.pop());
        }
        self.canonical.set(t, c);
        self.canonical.set(c, c);
        c
    }

    /// The canonical type that a type of generic code stands for when its type parameters have these types.
    pub fn concrete(&self, t: TypeId, map: &SubstMap) -> TypeId {
        self.canonical(self.subst(t, map))
    }

    fn name_words(&self, o: ObjId) -> [u32; 2] {
        let obj = self.obj(o);
        let pkg = match obj.pkg {
            Some(p) if !obj.exported() => self.pkg(p).path.index() + 1,
            _ => 0,
        };
        [obj.name.index(), pkg]
    }

    fn compute_canonical(&self, t: TypeId) -> TypeId {
        match self.ty(t) {
            Type::Pointer(p) => self.new_pointer(self.canonical(p.elem)),
            Type::Slice(s) => self.new_slice(self.canonical(s.elem)),
            Type::Array(a) => self.new_array(self.canonical(a.elem), a.len),
            Type::Map(m) => self.new_map(self.canonical(m.key), self.canonical(m.elem)),
            Type::Chan(c) => self.new_chan(c.dir, self.canonical(c.elem)),
            Type::Named(n) => {
                let inst = n.inst.as_ref().expect("declared types are canonical");
                let targs: Vec<TypeId> = inst.targs.iter().map(|&t| self.canonical(t)).collect();
                self.new_named_instance(inst.pos, inst.orig, &targs)
            }
            Type::Struct(s) => {
                let mut form = vec![1, s.fields.len() as u32];
                let mut types = Vec::with_capacity(s.fields.len());
                for (i, &f) in s.fields.iter().enumerate() {
                    let ft = self.canonical(self.type_of(f));
                    types.push(ft);
                    form.extend(self.name_words(f));
                    form.push(self.obj(f).embedded() as u32);
                    form.push(ft.as_u32());
                    form.push(
                        s.tags.get(i).map_or(u32::MAX, |t| if t.is_empty() { u32::MAX } else { t.index() }),
                    );
                }
                self.canonical.intern(form, || {
                    if s.fields.iter().zip(&types).all(|(&f, &ft)| self.type_of(f) == ft) {
                        return t;
                    }
                    let fields = s.fields.iter().zip(&types).map(|(&f, &ft)| self.clone_var(f, ft)).collect();
                    self.new_struct(Struct { fields, tags: s.tags.clone() })
                })
            }
            Type::Tuple(tuple) => {
                let types: Vec<TypeId> =
                    tuple.vars.iter().map(|&v| self.canonical(self.type_of(v))).collect();
                self.canonical_tuple(&tuple.vars, &types)
            }
            Type::Signature(sig) => {
                let (params, results) = (self.canonical(sig.params), self.canonical(sig.results));
                let form = vec![3, params.as_u32(), results.as_u32(), sig.variadic as u32];
                self.canonical.intern(form, || {
                    self.new_signature(Signature {
                        params,
                        results,
                        variadic: sig.variadic,
                        ..Signature::default()
                    })
                })
            }
            Type::Interface(_) => {
                let set = self.type_set(t);
                let mut form = vec![4, set.comparable as u32, set.methods.len() as u32];
                let mut types = Vec::with_capacity(set.methods.len());
                for &m in &set.methods {
                    let mt = self.canonical(self.type_of(m));
                    types.push(mt);
                    form.extend(self.name_words(m));
                    form.push(mt.as_u32());
                }
                for term in &set.terms.0 {
                    form.push(term.tilde as u32);
                    form.push(term.typ.map_or(0, |t| self.canonical(t).as_u32()));
                }
                self.canonical.intern(form, || {
                    if set.methods.is_empty() && set.is_method_set() {
                        return typ::EMPTY_INTERFACE;
                    }
                    if !set.is_method_set() {
                        return t; // A constraint: there are no values of it.
                    }
                    let methods = set.methods.iter().zip(&types).map(|(&m, &mt)| {
                        let o = self.obj(m);
                        let copy = self.new_func(o.pos, o.pkg, o.name, Some(mt));
                        debug_assert!(matches!(self.obj(copy).kind, ObjectKind::Func { .. }));
                        copy
                    });
                    let body = InterfaceBody { methods: methods.collect(), ..InterfaceBody::default() };
                    self.new_interface(body, false)
                })
            }
            Type::Basic(_) | Type::Union(_) | Type::TypeParam(_) | Type::Alias(_) => t,
        }
    }

    fn canonical_tuple(&self, vars: &[ObjId], types: &[TypeId]) -> TypeId {
        if vars.is_empty() {
            return typ::EMPTY_TUPLE;
        }
        let mut form = vec![2];
        form.extend(types.iter().map(|t| t.as_u32()));
        self.canonical.intern(form, || {
            self.new_tuple(vars.iter().zip(types).map(|(&v, &t)| self.clone_unnamed(v, t)).collect())
        })
    }

    fn clone_unnamed(&self, v: ObjId, t: TypeId) -> ObjId {
        let o = self.obj(v);
        let kind = o.var_kind().unwrap_or(crate::object::VarKind::Param);
        self.new_var(kind, o.pos, o.pkg, grus_syntax::sym::EMPTY, t)
    }
}

#[cfg(test)]
mod tests {
    use grus_syntax::{Pos, Symbol};

    use super::*;
    use crate::object::VarKind;

    #[test]
    fn identical_types_have_one_canonical_form() {
        let store = TypeStore::new();
        let sym = Symbol::intern;
        let strukt = |t| {
            let f = store.new_field(Pos::NONE, None, sym("X"), t, false);
            store.new_struct(Struct { fields: Box::new([f]), tags: Box::new([]) })
        };
        let func = |t: TypeId, name: &str| {
            let v = store.new_var(VarKind::Param, Pos::NONE, None, sym(name), t);
            let params = store.new_tuple(vec![v]);
            store.new_signature(Signature { params, ..Signature::default() })
        };
        let a = store.new_slice(strukt(typ::BYTE));
        let b = store.new_slice(strukt(typ::UINT8));
        assert_ne!(a, b);
        assert!(store.identical(a, b));
        assert_eq!(store.canonical(a), store.canonical(b));
        assert_eq!(store.canonical(func(a, "x")), store.canonical(func(b, "y")));
        assert_ne!(store.canonical(func(a, "x")), store.canonical(func(typ::INT, "x")));
        assert_eq!(store.canonical(typ::ANY), typ::EMPTY_INTERFACE);
        let c = store.canonical(a);
        assert_eq!(store.canonical(c), c);
    }
}
