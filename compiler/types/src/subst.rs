//! Substitution of types for type parameters.
//!
//! A type in which nothing is substituted is returned as it is, so that equality of identifiers tells whether
//! anything changed.

use smallvec::SmallVec;

use crate::scope::LocalScopes;
use crate::store::{ObjId, TypeId, TypeStore};
use crate::termlist::Term;
use crate::ty::{InterfaceBody, Signature, Struct, Type, TypeList};
use crate::universe::typ;

/// A map from type parameters to types.
#[derive(Clone, Debug, Default)]
pub struct SubstMap {
    pairs: SmallVec<[(TypeId, TypeId); 4]>,
}

impl SubstMap {
    /// The map from each type parameter to the type argument at its place.
    pub fn new(tparams: &[TypeId], targs: &[TypeId]) -> Self {
        assert_eq!(tparams.len(), targs.len(), "as many type arguments as type parameters");
        Self { pairs: tparams.iter().copied().zip(targs.iter().copied()).collect() }
    }

    /// Whether the map is empty.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Adds a pair.
    pub fn insert(&mut self, tparam: TypeId, targ: TypeId) {
        self.pairs.push((tparam, targ));
    }

    /// The type for a type parameter; none if it is not in the map.
    pub fn get(&self, tparam: TypeId) -> Option<TypeId> {
        self.pairs.iter().find(|p| p.0 == tparam).map(|p| p.1)
    }

    /// The pairs of the map.
    pub fn iter(&self) -> impl Iterator<Item = (TypeId, TypeId)> + '_ {
        self.pairs.iter().copied()
    }
}

impl TypeStore {
    /// The type with the map's types in place of its type parameters.
    pub fn subst(&self, t: TypeId, map: &SubstMap) -> TypeId {
        if map.is_empty() {
            return t;
        }
        match self.ty(t) {
            Type::Basic(_) => t,
            Type::TypeParam(_) => map.get(t).unwrap_or(t),
            Type::Alias(a) => {
                let Some(orig) = a.orig else {
                    if !a.tparams().is_empty() {
                        return typ::INVALID; // Generic and not instantiated: an error was reported.
                    }
                    // An alias declared in a generic function may mention the function's type parameters.
                    if !self.obj(a.obj).parent().is_some_and(LocalScopes::is_local) {
                        return t;
                    }
                    let actual = self.unalias(t);
                    let new = self.subst(actual, map);
                    return if new == actual { t } else { new };
                };
                if self.alias_tparams(t).len() != a.targs.len() {
                    return typ::INVALID;
                }
                match self.subst_list(&a.targs, map) {
                    Some(targs) => self.new_alias_instance(grus_syntax::Pos::NONE, orig, &targs),
                    None => t,
                }
            }
            Type::Array(a) => {
                let elem = self.subst(a.elem, map);
                if elem == a.elem { t } else { self.new_array(elem, a.len) }
            }
            Type::Slice(s) => {
                let elem = self.subst(s.elem, map);
                if elem == s.elem { t } else { self.new_slice(elem) }
            }
            Type::Pointer(p) => {
                let elem = self.subst(p.elem, map);
                if elem == p.elem { t } else { self.new_pointer(elem) }
            }
            Type::Map(m) => {
                let (key, elem) = (self.subst(m.key, map), self.subst(m.elem, map));
                if key == m.key && elem == m.elem { t } else { self.new_map(key, elem) }
            }
            Type::Chan(c) => {
                let elem = self.subst(c.elem, map);
                if elem == c.elem { t } else { self.new_chan(c.dir, elem) }
            }
            Type::Struct(s) => match self.subst_vars(&s.fields, map) {
                Some(fields) => {
                    self.new_struct(Struct { fields: fields.into_boxed_slice(), tags: s.tags.clone() })
                }
                None => t,
            },
            Type::Tuple(tuple) => match self.subst_vars(&tuple.vars, map) {
                Some(vars) => self.new_tuple(vars),
                None => t,
            },
            Type::Signature(sig) => self.subst_signature(t, sig, map),
            Type::Union(u) => {
                let terms: Vec<Term> = u
                    .terms
                    .iter()
                    .map(|term| Term { tilde: term.tilde, typ: term.typ.map(|t| self.subst(t, map)) })
                    .collect();
                if terms[..] == u.terms[..] { t } else { self.new_union(terms) }
            }
            Type::Interface(i) => {
                let mut methods: Option<Vec<ObjId>> = None;
                for (n, &m) in i.methods().iter().enumerate() {
                    let sig = self.type_of(m);
                    let new = self.subst(sig, map);
                    if new != sig {
                        methods.get_or_insert_with(|| i.methods().to_vec())[n] = self.clone_func(m, new);
                    }
                }
                let embeddeds = self.subst_list(i.embeddeds(), map);
                if methods.is_none() && embeddeds.is_none() {
                    return t;
                }
                let new = self.reserve_interface();
                let methods = methods.unwrap_or_else(|| i.methods().to_vec());
                let methods = self.replace_recv_type(&methods, t, new).unwrap_or(methods);
                let iface = self.interface(new);
                if i.implicit() {
                    iface.mark_implicit();
                }
                iface.set_body(InterfaceBody {
                    methods: methods.into_boxed_slice(),
                    embeddeds: embeddeds.unwrap_or_else(|| i.embeddeds().to_vec()).into_boxed_slice(),
                    embed_pos: i.embed_pos().into(),
                });
                new
            }
            Type::Named(n) => {
                let Some(inst) = &n.inst else {
                    if n.tparams.get().is_some_and(|p| !p.is_empty()) {
                        return typ::INVALID; // Generic and not instantiated: an error was reported.
                    }
                    // A type declared in a generic function depends on the function's type parameters.
                    return match self.subst_list(n.implicit_tparams(), map) {
                        Some(targs) => self.new_named_instance(self.obj(n.obj).pos, t, &targs),
                        None => t,
                    };
                };
                if self.instance_tparams(inst.orig, inst.targs.len()).is_none() {
                    return typ::INVALID;
                }
                // A generic type declared in a generic function depends on both lists of type parameters.
                let orig = self.named(inst.orig);
                if inst.targs.len() == self.named_tparams(inst.orig).len()
                    && let Some(mut targs) = self.subst_list(orig.implicit_tparams(), map)
                {
                    targs.extend(inst.targs.iter().map(|&t| self.subst(t, map)));
                    return self.new_named_instance(inst.pos, inst.orig, &targs);
                }
                match self.subst_list(&inst.targs, map) {
                    Some(targs) => self.new_named_instance(inst.pos, inst.orig, &targs),
                    None => t,
                }
            }
        }
    }

    /// The list with the map's types in place of type parameters; none if nothing changes.
    pub fn subst_list(&self, list: &[TypeId], map: &SubstMap) -> Option<Vec<TypeId>> {
        let mut out: Option<Vec<TypeId>> = None;
        for (i, &t) in list.iter().enumerate() {
            let new = self.subst(t, map);
            if new != t {
                out.get_or_insert_with(|| list.to_vec())[i] = new;
            }
        }
        out
    }

    fn subst_vars(&self, vars: &[ObjId], map: &SubstMap) -> Option<Vec<ObjId>> {
        let mut out: Option<Vec<ObjId>> = None;
        for (i, &v) in vars.iter().enumerate() {
            let t = self.type_of(v);
            let new = self.subst(t, map);
            if new != t {
                out.get_or_insert_with(|| vars.to_vec())[i] = self.clone_var(v, new);
            }
        }
        out
    }

    fn subst_signature(&self, t: TypeId, sig: &Signature, map: &SubstMap) -> TypeId {
        // Type parameters of the signature itself that are not being instantiated are renamed, because their
        // constraints may mention what is substituted.
        let mut extended;
        let mut tparams = sig.tparams.clone();
        let mut map = map;
        if let Some(&first) = sig.tparams.first()
            && map.get(first).is_none()
        {
            extended = map.clone();
            let fresh: Vec<TypeId> = sig.tparams.iter().map(|&p| self.copy_type_param(p)).collect();
            for (&old, &new) in sig.tparams.iter().zip(&fresh) {
                extended.insert(old, new);
            }
            for (&old, &new) in sig.tparams.iter().zip(&fresh) {
                self.type_param(new).set_bound(self.subst(self.type_param(old).bound(), &extended));
            }
            tparams = self.bind_tparams(fresh);
            map = &extended;
        }
        let (params, results) = (self.subst(sig.params, map), self.subst(sig.results, map));
        if params == sig.params && results == sig.results && tparams == sig.tparams {
            return t;
        }
        self.new_signature(Signature {
            rparams: sig.rparams.clone(),
            tparams,
            scope: None,
            recv: sig.recv,
            recv_old: sig.recv_old,
            params,
            results,
            variadic: sig.variadic,
        })
    }

    /// A new type parameter with the name of another, without constraint.
    pub(crate) fn copy_type_param(&self, p: TypeId) -> TypeId {
        let old = self.obj(self.type_param(p).obj);
        let name = self.new_type_name(old.pos, old.pkg, old.name, None);
        let new = self.new_type_param(name, typ::INVALID);
        self.type_param(new).set_origin(self.type_param(p).origin().unwrap_or(p));
        new
    }

    /// A list of renamed type parameters with their constraints, and the map from the old ones.
    pub fn rename_tparams(&self, tparams: &[TypeId]) -> (TypeList, SubstMap) {
        let fresh: Vec<TypeId> = tparams.iter().map(|&p| self.copy_type_param(p)).collect();
        let map = SubstMap::new(tparams, &fresh);
        for (&old, &new) in tparams.iter().zip(&fresh) {
            self.type_param(new).set_bound(self.subst(self.type_param(old).bound(), &map));
        }
        (self.bind_tparams(fresh), map)
    }
}
