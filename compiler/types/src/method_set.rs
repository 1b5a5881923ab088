//! The method sets of concrete types, with the paths to promoted methods, as method tables and wrappers need them.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use grus_syntax::Symbol;

use crate::lookup::Lookup;
use crate::object::ObjectKind;
use crate::store::{ObjId, PkgId, TypeId, TypeStore};
use crate::ty::Type;

/// A method of a method set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The method: of a named type (for an instance, the instance's own method), or of an embedded interface.
    pub func: ObjId,
    /// The embedded fields on the way to the type that has the method, then the method's index in it.
    pub index: Box<[u32]>,
    /// Whether there is a pointer indirection on the way.
    pub indirect: bool,
    /// Whether the method is declared with a pointer receiver.
    pub ptr_recv: bool,
}

impl TypeStore {
    /// The method set of a type, in the order of gc's method tables: exported names first, then by name, then by
    /// package path. The types of instances' methods are expanded.
    pub fn method_set(&self, t: TypeId) -> Arc<[Method]> {
        let mut names: FxHashSet<(Symbol, Option<PkgId>)> = FxHashSet::default();
        self.collect_method_names(self.deref(t).0, &mut names, &mut FxHashSet::default());
        let mut methods: Vec<Method> = names
            .into_iter()
            .filter_map(|(name, pkg)| match self.lookup_field_or_method(t, false, pkg, name, false) {
                Lookup::Found { obj, index, indirect }
                    if matches!(self.obj(obj).kind, ObjectKind::Func { .. }) =>
                {
                    self.expand_method(obj);
                    let ptr_recv = self.has_ptr_recv(obj);
                    Some(Method { func: obj, index: index.into_boxed_slice(), indirect, ptr_recv })
                }
                _ => None,
            })
            .collect();
        methods.sort_by(|a, b| self.cmp_objects(a.func, b.func));
        methods.dedup_by(|a, b| self.cmp_objects(a.func, b.func).is_eq());
        methods.into()
    }

    /// The names of all methods that can be promoted to a type.
    fn collect_method_names(
        &self,
        t: TypeId,
        names: &mut FxHashSet<(Symbol, Option<PkgId>)>,
        seen: &mut FxHashSet<TypeId>,
    ) {
        let t = self.unalias(t);
        if !seen.insert(t) {
            return;
        }
        let mut add = |m: ObjId| {
            let o = self.obj(m);
            names.insert((o.name, if o.exported() { None } else { o.pkg }));
        };
        if matches!(self.ty(t), Type::Named(_)) {
            self.named_methods(self.named_origin(t)).iter().for_each(|&m| add(m));
        }
        let under = self.under(t);
        match self.ty(under) {
            Type::Interface(_) => self.type_set(under).methods.iter().for_each(|&m| add(m)),
            Type::Struct(s) => {
                for &f in &s.fields {
                    if self.obj(f).embedded() {
                        self.collect_method_names(self.deref(self.type_of(f)).0, names, seen);
                    }
                }
            }
            _ => {}
        }
    }

    /// The method of a type with this name as seen from `pkg`, promoted ones included. `addressable` says that
    /// methods with pointer receivers count too.
    pub fn lookup_method(
        &self,
        t: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Symbol,
    ) -> Option<Method> {
        match self.lookup_field_or_method(t, addressable, pkg, name, false) {
            Lookup::Found { obj, index, indirect } if self.obj(obj).is_func() => {
                self.expand_method(obj);
                let ptr_recv = self.has_ptr_recv(obj);
                Some(Method { func: obj, index: index.into_boxed_slice(), indirect, ptr_recv })
            }
            _ => None,
        }
    }
}
