//! Look-up of fields and methods through embedded fields, and the methods that a type misses to implement an
//! interface.

use grus_syntax::Symbol;
use smallvec::SmallVec;

use crate::object::ObjectKind;
use crate::store::{ObjId, PkgId, TypeId, TypeStore};
use crate::ty::Type;
use crate::universe::typ;

/// The result of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The field or method, the path to it, and whether there was a pointer indirection on the path.
    Found {
        /// The field or method. A method of an instance may not have its type yet: see `expand_method`.
        obj: ObjId,
        /// Embedded fields, then the index in the type that declares the field or method.
        index: Vec<u32>,
        /// Whether there was a pointer indirection on the path.
        indirect: bool,
    },
    /// Several fields or methods at the same depth; the path to one of them.
    Ambiguous(Vec<u32>),
    /// A method that needs a pointer or addressable receiver.
    PtrRecv,
    /// Nothing.
    NotFound,
}

impl Lookup {
    /// The field or method, if one was found.
    pub fn obj(&self) -> Option<ObjId> {
        match self {
            Lookup::Found { obj, .. } => Some(*obj),
            _ => None,
        }
    }
}

struct Embedded {
    typ: TypeId,
    index: Vec<u32>,
    indirect: bool,
    multiples: bool,
}

fn concat(list: &[u32], i: usize) -> Vec<u32> {
    let mut out = Vec::with_capacity(list.len() + 1);
    out.extend_from_slice(list);
    out.push(i as u32);
    out
}

impl TypeStore {
    /// The type that a pointer type points to, and true; any other type as it is, and false.
    pub fn deref(&self, t: TypeId) -> (TypeId, bool) {
        match self.ty(self.unalias(t)) {
            Type::Pointer(p) => (p.elem, true),
            _ => (t, false),
        }
    }

    /// The struct type that a pointer points to; any other type as it is.
    pub fn deref_struct_ptr(&self, t: TypeId) -> TypeId {
        match self.under_ty(t) {
            Type::Pointer(p) if matches!(self.under_ty(p.elem), Type::Struct(_)) => p.elem,
            _ => t,
        }
    }

    /// The field or method of a type with this name as seen from `pkg`. If the type's values are addressable,
    /// methods with pointer receivers are found too. With `fold_case` names that differ in case match.
    pub fn lookup_field_or_method(
        &self,
        t: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Symbol,
        fold_case: bool,
    ) -> Lookup {
        // Methods cannot be selected through a named pointer type, fields can.
        if let Some(n) = self.as_named(t) {
            let under = self.under(n);
            if matches!(self.ty(under), Type::Pointer(_)) {
                let found = self.lookup_field_or_method_impl(under, false, pkg, name, fold_case);
                return match &found {
                    Lookup::Found { obj, .. } if self.obj(*obj).is_func() => Lookup::NotFound,
                    _ => found,
                };
            }
        }
        self.lookup_field_or_method_impl(t, addressable, pkg, name, fold_case)
    }

    /// As [`TypeStore::lookup_field_or_method`], without the rule for named pointer types.
    pub fn lookup_field_or_method_impl(
        &self,
        t: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Symbol,
        fold_case: bool,
    ) -> Lookup {
        if name.is_blank() {
            return Lookup::NotFound;
        }
        let (t, is_ptr) = self.deref(t);
        // A pointer to an interface has no methods.
        if is_ptr && matches!(self.under_ty(t), Type::Interface(_)) {
            return Lookup::NotFound;
        }
        let mut current = vec![Embedded { typ: t, index: Vec::new(), indirect: is_ptr, multiples: false }];
        let mut seen: SmallVec<[TypeId; 4]> = SmallVec::new();
        while !current.is_empty() {
            let mut next: Vec<Embedded> = Vec::new();
            let mut found: Option<(ObjId, Vec<u32>, bool)> = None;
            for e in &current {
                if let Some(named) = self.as_named(e.typ) {
                    // A type seen before was seen at a shallower depth: its fields are hidden.
                    if seen.iter().any(|&s| self.identical(s, named)) {
                        continue;
                    }
                    seen.push(named);
                    if let Some((i, m)) = self.named_lookup_method(named, pkg, name, fold_case) {
                        let index = concat(&e.index, i);
                        if found.is_some() || e.multiples {
                            return Lookup::Ambiguous(index);
                        }
                        found = Some((m, index, e.indirect));
                        continue;
                    }
                }
                let under = self.under(e.typ);
                match self.ty(under) {
                    Type::Struct(s) => {
                        for (i, &f) in s.fields.iter().enumerate() {
                            if self.same_id(f, pkg, name, fold_case) {
                                let index = concat(&e.index, i);
                                if found.is_some() || e.multiples {
                                    return Lookup::Ambiguous(index);
                                }
                                found = Some((f, index, e.indirect));
                                continue;
                            }
                            // Deeper fields are of interest only while nothing was found at this depth.
                            if found.is_none() && self.obj(f).embedded() {
                                let (typ, is_ptr) = self.deref(self.type_of(f));
                                next.push(Embedded {
                                    typ,
                                    index: concat(&e.index, i),
                                    indirect: e.indirect || is_ptr,
                                    multiples: e.multiples,
                                });
                            }
                        }
                    }
                    Type::Interface(_) => {
                        if let Some((i, m)) = self.type_set(under).lookup_method(self, pkg, name, fold_case) {
                            let index = concat(&e.index, i);
                            if found.is_some() || e.multiples {
                                return Lookup::Ambiguous(index);
                            }
                            found = Some((m, index, e.indirect));
                        }
                    }
                    _ => {}
                }
            }
            if let Some((obj, index, indirect)) = found {
                if self.obj(obj).is_func() && !indirect && !addressable && self.has_ptr_recv(obj) {
                    return Lookup::PtrRecv;
                }
                return Lookup::Found { obj, index, indirect };
            }
            current = self.consolidate_multiples(next);
        }
        Lookup::NotFound
    }

    /// Unites entries of identical type: what they hold is ambiguous.
    fn consolidate_multiples(&self, list: Vec<Embedded>) -> Vec<Embedded> {
        if list.len() <= 1 {
            return list;
        }
        let mut out: Vec<Embedded> = Vec::with_capacity(list.len());
        for e in list {
            match out.iter_mut().find(|o| self.identical(o.typ, e.typ)) {
                Some(o) => o.multiples = true,
                None => out.push(e),
            }
        }
        out
    }

    /// Whether a type is a pointer to an interface (or to a type parameter).
    pub fn is_interface_ptr(&self, t: TypeId) -> bool {
        matches!(self.under_ty(t), Type::Pointer(p) if self.is_interface(p.elem))
    }

    /// Whether a struct (or pointer to one) embeds, at any depth, a field of invalid type: an error was reported.
    pub fn has_invalid_embedded_fields(&self, t: TypeId) -> bool {
        self.has_invalid_embedded_fields_seen(t, &mut Vec::new())
    }

    fn has_invalid_embedded_fields_seen(&self, t: TypeId, seen: &mut Vec<TypeId>) -> bool {
        let under = self.under(self.deref_struct_ptr(t));
        let Type::Struct(s) = self.ty(under) else { return false };
        if seen.contains(&under) {
            return false;
        }
        seen.push(under);
        s.fields.iter().any(|&f| {
            let ft = self.type_of(f);
            self.obj(f).embedded() && (!self.is_valid(ft) || self.has_invalid_embedded_fields_seen(ft, seen))
        })
    }

    /// The names of the fields on a path, joined by dots.
    pub fn field_path(&self, t: TypeId, index: &[u32]) -> String {
        let mut names = Vec::new();
        let mut t = t;
        for &i in index {
            let Type::Struct(s) = self.under_ty(self.deref_struct_ptr(t)) else { break };
            let Some(&f) = s.fields.get(i as usize) else { break };
            names.push(self.obj(f).name.as_str());
            t = self.type_of(f);
        }
        names.join(".")
    }
}

/// Why a method is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MissingState {
    /// There is no such method.
    NotFound,
    /// There is a method whose name differs in case.
    WrongName,
    /// There is a method of this name, but it is not exported from its package.
    Unexported,
    /// The method has another type.
    WrongSig,
    /// The name is ambiguous.
    AmbigSel,
    /// The method has a pointer receiver.
    PtrRecv,
    /// The name is that of a field.
    Field,
    /// The method is marked `//go:nointerface`.
    NoInterface,
}

/// A missing method: that of the interface, why it is missing, and the method that was found instead, if any.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The method of the interface.
    pub method: ObjId,
    /// The other method, for a wrong name or signature.
    pub found: Option<ObjId>,
    /// Why it is missing.
    pub state: MissingState,
}

impl Missing {
    /// Whether the type has the method, but with another type or a pointer receiver.
    pub fn wrong_type(&self) -> bool {
        matches!(self.state, MissingState::WrongSig | MissingState::PtrRecv)
    }
}

impl TypeStore {
    /// The first method of interface `t` that `v` does not have; none if it has all. If `v` is an interface and
    /// not `static`, methods that it does not have may be there at run time; only types are compared. `declare`
    /// gives a method its type; `equivalent` compares the types of methods.
    pub fn missing_method_with(
        &self,
        v: TypeId,
        t: TypeId,
        is_static: bool,
        declare: &mut dyn FnMut(ObjId),
        equivalent: &mut dyn FnMut(TypeId, TypeId) -> bool,
    ) -> Option<Missing> {
        let under_t = self.under(t);
        let methods = &self.type_set(under_t).methods;
        if methods.is_empty() {
            return None;
        }
        let missing = |method, state, found| Some(Missing { method, found, state });
        let under_v = self.under(v);
        if let Type::Interface(_) = self.ty(under_v) {
            let set = self.type_set(under_v);
            for &m in methods {
                let mo = self.obj(m);
                match set.lookup_method(self, mo.pkg, mo.name, false) {
                    None if !is_static => {}
                    None => return missing(m, MissingState::NotFound, None),
                    Some((_, f)) => {
                        if !equivalent(self.type_of(f), self.type_of(m)) {
                            return missing(m, MissingState::WrongSig, Some(f));
                        }
                    }
                }
            }
            return None;
        }
        for &m in methods {
            let mo = self.obj(m);
            let f = match self.lookup_field_or_method_impl(v, false, mo.pkg, mo.name, false) {
                Lookup::Found { obj, .. } => obj,
                Lookup::Ambiguous(_) => return missing(m, MissingState::AmbigSel, None),
                Lookup::PtrRecv => return missing(m, MissingState::PtrRecv, None),
                Lookup::NotFound => {
                    let other = self.lookup_field_or_method_impl(v, false, mo.pkg, mo.name, true).obj();
                    let other = other.filter(|&f| self.obj(f).is_func());
                    return match other {
                        Some(f) => {
                            declare(f);
                            self.expand_method(f);
                            if self.obj(f).name == mo.name {
                                missing(m, MissingState::Unexported, Some(f))
                            } else {
                                missing(m, MissingState::WrongName, Some(f))
                            }
                        }
                        None => missing(m, MissingState::NotFound, None),
                    };
                }
            };
            let fo = self.obj(f);
            if !matches!(fo.kind, ObjectKind::Func { .. }) {
                return missing(m, MissingState::Field, None);
            }
            if fo.typ.get().is_none() {
                declare(f);
                self.expand_method(f);
            }
            if fo.no_interface() {
                return missing(m, MissingState::NoInterface, Some(f));
            }
            if !equivalent(self.type_of(f), self.type_of(m)) {
                return missing(m, MissingState::WrongSig, Some(f));
            }
        }
        None
    }

    /// As [`TypeStore::missing_method_with`], for types that are completely declared.
    pub fn missing_method(&self, v: TypeId, t: TypeId, is_static: bool) -> Option<Missing> {
        self.missing_method_with(v, t, is_static, &mut |_| {}, &mut |x, y| self.identical(x, y))
    }

    /// Whether a completely declared type implements an interface's methods.
    pub fn has_all_methods_of(&self, v: TypeId, t: TypeId) -> bool {
        v == typ::INVALID || self.missing_method(v, t, true).is_none()
    }
}
