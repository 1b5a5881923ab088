//! Monomorphisation: instances of functions, and the substitution of type parameters by concrete
//! types.
//!
//! A function is lowered once for each list of type arguments. [`Env::ty`] turns the types that the
//! checker recorded in a generic body into canonical concrete types. Types declared inside a generic
//! function are different types in each instance: the substitution makes a copy of the declaration for
//! each list of type arguments.

use crate::cx::Cx;
use grus_types::ty::{InterfaceBody, Signature, Struct};
use grus_types::universe::UNIVERSE;
use grus_types::{ObjId, ObjectKind, Type, TypeId};
use hashbrown::HashMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::cell::RefCell;
use std::sync::{Mutex, RwLock};

/// A function instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InstId(u32);

/// A declared function or method with concrete type arguments: those of the receiver's type, then the
/// function's own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Inst {
    pub func: ObjId,
    pub targs: Box<[TypeId]>,
}

/// All instances seen so far.
#[derive(Default)]
pub struct Insts {
    list: boxcar::Vec<Inst>,
    index: RwLock<HashMap<Inst, InstId, FxBuildHasher>>,
}

impl Insts {
    pub fn intern(&self, func: ObjId, targs: &[TypeId]) -> InstId {
        let inst = Inst { func, targs: targs.into() };
        if let Some(&id) = self.index.read().expect("instance lock").get(&inst) {
            return id;
        }
        let mut index = self.index.write().expect("instance lock");
        *index.entry(inst.clone()).or_insert_with(|| InstId(self.list.push(inst) as u32))
    }

    pub fn get(&self, id: InstId) -> &Inst {
        &self.list[id.0 as usize]
    }
}

/// Copies of types declared in generic functions, with the type arguments they were made for.
#[derive(Default)]
pub struct LocalTypes {
    copies: Mutex<HashMap<(TypeId, Box<[TypeId]>), TypeId, FxBuildHasher>>,
    /// The type arguments of each copy, for its name.
    targs: Mutex<HashMap<TypeId, Box<[TypeId]>, FxBuildHasher>>,
}

impl LocalTypes {
    /// The type arguments of the function instance that declares the type, if it is a copy.
    pub fn targs(&self, t: TypeId) -> Option<Box<[TypeId]>> {
        self.targs.lock().expect("local type lock").get(&t).cloned()
    }
}

/// A substitution of type parameters.
#[derive(Debug, Default)]
pub struct Env {
    params: Vec<(TypeId, TypeId)>,
    targs: Box<[TypeId]>,
    memo: RefCell<FxHashMap<TypeId, TypeId>>,
}

impl Env {
    pub fn new(params: Vec<(TypeId, TypeId)>, targs: &[TypeId]) -> Env {
        Env { params, targs: targs.into(), memo: RefCell::default() }
    }

    /// Whether there is nothing to substitute.
    pub fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// The type arguments of the function instance.
    pub fn targs(&self) -> &[TypeId] {
        &self.targs
    }

    /// The canonical concrete type for a type of the body.
    pub fn ty(&self, cx: &Cx<'_>, t: TypeId) -> TypeId {
        if self.params.is_empty() {
            return cx.canonical(t);
        }
        if let Some(&r) = self.memo.borrow().get(&t) {
            return r;
        }
        let r = cx.canonical(self.subst(cx, t));
        self.memo.borrow_mut().insert(t, r);
        r
    }

    fn subst_list(&self, cx: &Cx<'_>, list: &[TypeId]) -> Vec<TypeId> {
        list.iter().map(|&t| self.subst(cx, t)).collect()
    }

    fn subst(&self, cx: &Cx<'_>, t: TypeId) -> TypeId {
        let store = cx.store;
        match store.ty(t) {
            Type::Basic(_) | Type::Union(_) => t,
            Type::TypeParam(_) => match self.params.iter().find(|p| p.0 == t) {
                Some(&(_, arg)) => arg,
                None => t,
            },
            Type::Alias(_) => self.subst(cx, store.unalias(t)),
            Type::Named(n) => {
                if let Some(inst) = &n.inst {
                    let targs = self.subst_list(cx, &inst.targs);
                    if targs[..] == inst.targs[..] {
                        return t;
                    }
                    let targs: Vec<TypeId> = targs.into_iter().map(|t| cx.canonical(t)).collect();
                    return store.new_named_instance(inst.pos, inst.orig, &targs);
                }
                let obj = store.obj(n.obj);
                let local = match (obj.parent(), obj.pkg) {
                    (Some(scope), Some(pkg)) => scope != store.pkg(pkg).scope && scope != UNIVERSE,
                    _ => false,
                };
                if local { self.local_copy(cx, t, n.obj) } else { t }
            }
            Type::Pointer(p) => store.new_pointer(self.subst(cx, p.elem)),
            Type::Slice(s) => store.new_slice(self.subst(cx, s.elem)),
            Type::Array(a) => store.new_array(self.subst(cx, a.elem), a.len),
            Type::Map(m) => store.new_map(self.subst(cx, m.key), self.subst(cx, m.elem)),
            Type::Chan(c) => store.new_chan(c.dir, self.subst(cx, c.elem)),
            Type::Struct(s) => {
                let types: Vec<TypeId> = s.fields.iter().map(|&f| self.subst(cx, store.type_of(f))).collect();
                if s.fields.iter().zip(&types).all(|(&f, &t)| store.type_of(f) == t) {
                    return t;
                }
                let fields = s
                    .fields
                    .iter()
                    .zip(types)
                    .map(|(&f, t)| {
                        let o = store.obj(f);
                        store.new_field(o.pos, o.pkg, o.name, t, o.embedded())
                    })
                    .collect();
                store.new_struct(Struct { fields, tags: s.tags.clone() })
            }
            Type::Tuple(tuple) => self.subst_tuple(cx, t, &tuple.vars),
            Type::Signature(sig) => {
                let params = self.subst(cx, sig.params);
                let results = self.subst(cx, sig.results);
                if params == sig.params && results == sig.results {
                    return t;
                }
                store.new_signature(Signature {
                    params,
                    results,
                    variadic: sig.variadic,
                    ..Signature::default()
                })
            }
            Type::Interface(i) => {
                // The type set has the methods of embedded interfaces.
                let _ = i;
                let methods = store.type_set(t).methods();
                let sigs: Vec<TypeId> = methods.iter().map(|&m| self.subst(cx, store.type_of(m))).collect();
                if methods.iter().zip(&sigs).all(|(&m, &s)| store.type_of(m) == s) {
                    return t;
                }
                let methods = methods
                    .iter()
                    .zip(sigs)
                    .map(|(&m, sig)| {
                        let o = store.obj(m);
                        store.new_func(o.pos, o.pkg, o.name, Some(sig))
                    })
                    .collect();
                store.new_interface(InterfaceBody { methods, ..InterfaceBody::default() }, false)
            }
        }
    }

    fn subst_tuple(&self, cx: &Cx<'_>, t: TypeId, vars: &[ObjId]) -> TypeId {
        let store = cx.store;
        let types: Vec<TypeId> = vars.iter().map(|&v| self.subst(cx, store.type_of(v))).collect();
        if vars.iter().zip(&types).all(|(&v, &t)| store.type_of(v) == t) {
            return t;
        }
        let vars = vars
            .iter()
            .zip(types)
            .map(|(&v, t)| {
                let o = store.obj(v);
                let kind = match o.kind {
                    ObjectKind::Var { kind, .. } => kind,
                    _ => unreachable!("tuples hold variables"),
                };
                store.new_var(kind, o.pos, o.pkg, o.name, t)
            })
            .collect();
        store.new_tuple(vars)
    }

    /// The copy of a type declared in the generic function for this substitution.
    fn local_copy(&self, cx: &Cx<'_>, t: TypeId, obj: ObjId) -> TypeId {
        let store = cx.store;
        let key = (t, self.targs.clone());
        let copy = {
            let mut copies = cx.local_types.copies.lock().expect("local type lock");
            if let Some(&copy) = copies.get(&key) {
                return copy;
            }
            let o = store.obj(obj);
            let name = store.new_type_name(o.pos, o.pkg, o.name, None);
            let copy = store.new_named(name, None);
            store.named(copy).set_methods(Vec::new());
            copies.insert(key, copy);
            copy
        };
        cx.local_types.targs.lock().expect("local type lock").insert(copy, self.targs.clone());
        let rhs = self.subst(cx, store.under(t));
        store.named(copy).set_rhs(rhs);
        copy
    }
}
