//! Method sets of concrete types, in the order of type descriptors.

use crate::cx::Cx;
use grus_syntax::Symbol;
use grus_types::lookup::Lookup;
use grus_types::{ObjId, PkgId, Type, TypeId};
use hashbrown::HashMap;
use rustc_hash::{FxBuildHasher, FxHashSet};
use std::sync::RwLock;

/// A method that can be called on values of a type.
#[derive(Clone, Debug)]
pub struct Method {
    /// The method as declared by the named type that has it (for an instance: instantiated), or by an
    /// interface.
    pub obj: ObjId,
    /// Its signature, without receiver.
    pub sig: TypeId,
    /// Embedded fields on the way to it, then its index in the declaring type.
    pub index: Box<[u32]>,
}

/// The method sets computed so far.
#[derive(Default)]
pub struct MethodSets {
    sets: boxcar::Vec<Box<[Method]>>,
    index: RwLock<HashMap<TypeId, usize, FxBuildHasher>>,
}

impl Cx<'_> {
    /// The methods callable on a value of a canonical type (not addressable), exported ones first, then
    /// by name, then by package. Generic methods are not among them: no interface has them.
    pub fn method_set(&self, t: TypeId) -> &[Method] {
        if let Some(&i) = self.method_sets.index.read().expect("method set lock").get(&t) {
            return &self.method_sets.sets[i];
        }
        let set = self.compute_method_set(t);
        let mut index = self.method_sets.index.write().expect("method set lock");
        let i = *index.entry(t).or_insert_with(|| self.method_sets.sets.push(set));
        &self.method_sets.sets[i]
    }

    fn compute_method_set(&self, t: TypeId) -> Box<[Method]> {
        let store = self.store;
        let mut methods = Vec::new();
        for (name, pkg) in self.method_names(t) {
            let Lookup::Found { obj, index, .. } = store.lookup_field_or_method(t, false, pkg, name, false)
            else {
                continue;
            };
            if !store.obj(obj).is_func() {
                continue;
            }
            let Some(sig) = store.expand_method(obj) else { continue };
            if !store.signature(sig).tparams.is_empty() {
                continue;
            }
            methods.push(Method { obj, sig: self.method_type(sig), index: index.into() });
        }
        methods.sort_by(|a, b| store.cmp_objects(a.obj, b.obj));
        methods.into_boxed_slice()
    }

    /// The canonical function type of a method, without the receiver.
    pub fn method_type(&self, sig: TypeId) -> TypeId {
        let s = self.store.signature(sig);
        if s.recv.is_none() {
            return self.canonical(sig);
        }
        let plain = grus_types::ty::Signature { recv: None, ..s.clone() };
        self.canonical(self.store.new_signature(plain))
    }

    /// Names of everything that could be a method of `t`, with the declaring package of unexported
    /// ones.
    fn method_names(&self, t: TypeId) -> Vec<(Symbol, Option<PkgId>)> {
        let store = self.store;
        let mut names = Vec::new();
        let mut seen_names = FxHashSet::default();
        let mut seen = FxHashSet::default();
        let mut work = vec![self.canonical(store.deref(t).0)];
        while let Some(t) = work.pop() {
            if !seen.insert(t) {
                continue;
            }
            let mut add = |m: ObjId| {
                let o = store.obj(m);
                let key = (o.name, if o.exported() { None } else { o.pkg });
                if seen_names.insert(key) {
                    names.push((o.name, o.pkg));
                }
            };
            if let Type::Named(_) = store.ty(t) {
                store.named_methods(t).iter().for_each(|&m| add(m));
            }
            let under = store.under(t);
            match store.ty(under) {
                Type::Struct(s) => {
                    for &f in s.fields.iter().filter(|&&f| store.obj(f).embedded()) {
                        work.push(self.canonical(store.deref(store.type_of(f)).0));
                    }
                }
                Type::Interface(_) => store.type_set(under).methods().iter().for_each(|&m| add(m)),
                _ => {}
            }
        }
        names
    }
}
