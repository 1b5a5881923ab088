//! Named types: right-hand sides, underlying types and methods, expanded lazily for instances.
//!
//! A declared type gets its right-hand side from its declaration. An instance gets it by substituting its type
//! arguments in that of the generic type, when it is first asked for. The methods of an instance are made
//! together, without types; a method's signature is substituted when it is asked for
//! ([`TypeStore::expand_method`]).

use std::borrow::Cow;

use crate::object::{Object, ObjectKind};
use crate::store::{ObjId, PkgId, TypeId, TypeStore};
use crate::subst::SubstMap;
use crate::ty::{Interface, InterfaceBody, Named, Signature, Type, TypeList};
use crate::universe::typ;
use grus_syntax::Symbol;

impl TypeStore {
    /// The named type that a type is (through aliases), if it is one.
    pub fn as_named(&self, t: TypeId) -> Option<TypeId> {
        let t = self.unalias(t);
        matches!(self.ty(t), Type::Named(_)).then_some(t)
    }

    /// The generic type of an instance, or the type itself.
    pub fn named_origin(&self, t: TypeId) -> TypeId {
        self.named(t).inst.as_ref().map_or(t, |i| i.orig)
    }

    /// The type parameters of a named type, or of the generic type that it instantiates.
    pub fn named_tparams(&self, t: TypeId) -> &[TypeId] {
        self.named(self.named_origin(t)).tparams.get().map_or(&[], |l| l)
    }

    /// The type parameters that `n` type arguments of an instance of `orig` stand for: its own, those of the
    /// generic function that declares it, or the latter followed by the former. None if the number is wrong.
    pub(crate) fn instance_tparams(&self, orig: TypeId, n: usize) -> Option<Cow<'_, [TypeId]>> {
        let own = self.named_tparams(orig);
        if n == own.len() && n > 0 {
            return Some(own.into());
        }
        let implicit = self.named(orig).implicit_tparams();
        if n != implicit.len() + own.len() {
            return None;
        }
        if own.is_empty() {
            return Some(implicit.into());
        }
        Some([implicit, own].concat().into())
    }

    /// The right-hand side of a named type: from its declaration, or expanded from that of its generic type.
    /// There is none while the declaration is being checked.
    pub fn named_rhs(&self, t: TypeId) -> Option<TypeId> {
        let named = self.named(t);
        if let Some(rhs) = named.rhs.get() {
            return Some(rhs);
        }
        let inst = named.inst.as_ref()?;
        let orig_rhs = self.named_rhs(inst.orig)?;
        let Some(tparams) = self.instance_tparams(inst.orig, inst.targs.len()) else {
            return Some(typ::INVALID);
        };
        // An incomplete interface must not be copied.
        if let Type::Interface(i) = self.ty(orig_rhs)
            && !i.complete()
        {
            return None;
        }
        let map = SubstMap::new(&tparams, &inst.targs);
        let mut rhs = self.subst(orig_rhs, &map);
        // The methods of the generic type's interface have the generic type as receiver.
        if let Type::Interface(iface) = self.ty(rhs)
            && let Some(methods) = self.replace_recv_type(iface.methods(), inst.orig, t)
        {
            rhs = self.new_interface(self.interface_body_with(iface, methods), iface.implicit());
        }
        Some(named.rhs.set_once(rhs))
    }

    pub(crate) fn interface_body_with(&self, iface: &Interface, methods: Vec<ObjId>) -> InterfaceBody {
        InterfaceBody {
            methods: methods.into_boxed_slice(),
            embeddeds: iface.embeddeds().into(),
            embed_pos: iface.embed_pos().into(),
        }
    }

    /// Copies of the methods whose receiver has type `old`, with receivers of type `new`; none if there are no
    /// such methods.
    pub(crate) fn replace_recv_type(
        &self,
        methods: &[ObjId],
        old: TypeId,
        new: TypeId,
    ) -> Option<Vec<ObjId>> {
        let mut out: Option<Vec<ObjId>> = None;
        for (i, &m) in methods.iter().enumerate() {
            let Some(t) = self.obj(m).typ.get() else { continue };
            let sig = self.signature(t);
            if let Some(recv) = sig.recv
                && self.type_of(recv) == old
            {
                let recv = self.clone_var(recv, new);
                let sig = self.new_signature(Signature { recv: Some(recv), ..sig.clone() });
                out.get_or_insert_with(|| methods.to_vec())[i] = self.clone_func(m, sig);
            }
        }
        out
    }

    /// A copy of a variable with another type; its origin is that of the variable.
    pub fn clone_var(&self, v: ObjId, t: TypeId) -> ObjId {
        let o = self.obj(v);
        let ObjectKind::Var { kind, embedded, .. } = o.kind else { panic!("not a variable") };
        let kind = ObjectKind::Var { kind, embedded, origin: Some(self.origin(v)) };
        self.clone_object(o, kind, Some(t))
    }

    /// A copy of a function with another signature; its origin is that of the function.
    pub fn clone_func(&self, f: ObjId, sig: TypeId) -> ObjId {
        let kind = ObjectKind::Func { origin: Some(self.origin(f)), recv_named: None };
        self.clone_object(self.obj(f), kind, Some(sig))
    }

    fn clone_object(&self, o: &Object, kind: ObjectKind, t: Option<TypeId>) -> ObjId {
        let copy = Object::new(kind, o.pos, o.pkg, o.name, t);
        if o.order() > 0 {
            copy.set_order(o.order());
        }
        copy.set_scope_pos(o.scope_pos());
        if let Some(parent) = o.parent() {
            copy.set_parent(parent);
        }
        if o.no_interface() {
            copy.set_no_interface();
        }
        if o.ptr_recv_hint() {
            copy.set_ptr_recv_hint();
        }
        self.add_object(copy)
    }

    /// The underlying type of a named type; the invalid type while its declaration is being checked.
    pub fn named_under(&self, t: TypeId) -> TypeId {
        let named = self.named(t);
        if let Some(u) = named.underlying.get() {
            return u;
        }
        let mut path: Vec<&Named> = vec![named];
        let mut current = t;
        let under = loop {
            let Some(rhs) = self.named_rhs(current) else { return typ::INVALID };
            let rhs = self.unalias(rhs);
            match self.ty(rhs) {
                Type::Named(n) => {
                    if let Some(u) = n.underlying.get() {
                        break u;
                    }
                    if path.iter().any(|p| std::ptr::eq(*p, &**n)) {
                        // A cycle: an error was or will be reported.
                        return typ::INVALID;
                    }
                    path.push(n);
                    current = rhs;
                }
                _ => break rhs,
            }
        };
        // An invalid type may be replaced while the declaration is being checked, and an unfinished one too.
        if under != typ::INVALID {
            for n in path {
                n.underlying.set(under);
            }
        }
        under
    }

    /// The methods declared for a named type: for an instance, those of the generic type with the receiver
    /// instantiated. Methods of instances get their types by [`TypeStore::expand_method`].
    pub fn named_methods(&self, t: TypeId) -> &[ObjId] {
        let named = self.named(t);
        let Some(inst) = &named.inst else { return named.methods.get().map_or(&[], |m| m) };
        if let Some(methods) = named.methods.get() {
            return methods;
        }
        let Some(orig) = self.named(inst.orig).methods.get() else { return &[] };
        named.methods.get_or_init(|| {
            orig.iter()
                .map(|&m| {
                    let kind = ObjectKind::Func { origin: Some(m), recv_named: Some(t) };
                    self.clone_object(self.obj(m), kind, None)
                })
                .collect()
        })
    }

    /// Gives the method of an instance its type, if it has none and that of the generic type's method is known.
    /// Returns the method's type. For other functions it returns the type that they have.
    pub fn expand_method(&self, m: ObjId) -> Option<TypeId> {
        let obj = self.obj(m);
        if let Some(t) = obj.typ.get() {
            return Some(t);
        }
        let ObjectKind::Func { origin: Some(origin), recv_named: Some(inst) } = obj.kind else { return None };
        let orig_sig_id = self.obj(origin).typ.get()?;
        let Type::Signature(late) = self.ty(orig_sig_id) else { return None };
        if !late.is_set() {
            return None;
        }
        let orig_sig: &Signature = late;
        let targs = self.named(inst).targs();
        let mut sig = orig_sig_id;
        if orig_sig.rparams.len() == targs.len() {
            // If the numbers differ an error was reported, and the receiver type parameters stay.
            let map = SubstMap::new(&orig_sig.rparams, targs);
            sig = self.subst(orig_sig_id, &map);
        }
        let recv_type = if self.has_ptr_recv(origin) { self.new_pointer(inst) } else { inst };
        let recv = orig_sig.recv.map(|r| self.clone_var(r, recv_type));
        let sig = Signature { recv, rparams: TypeList::NONE, ..self.signature(sig).clone() };
        Some(obj.typ.set_once(self.new_signature(sig)))
    }

    /// The declared method of a named type with this name, and its index.
    pub fn named_lookup_method(
        &self,
        t: TypeId,
        pkg: Option<PkgId>,
        name: Symbol,
        fold_case: bool,
    ) -> Option<(usize, ObjId)> {
        if name.is_blank() {
            return None;
        }
        let named = self.named(t);
        let own_pkg = self.obj(named.obj).pkg;
        if !(fold_case || name.is_exported() || self.same_pkg(own_pkg, pkg)) {
            return None;
        }
        // Names are compared in the generic type: most look-ups find nothing, and make no methods then.
        let orig = self.named(self.named_origin(t)).methods.get()?;
        let i = orig.iter().position(|&m| {
            let n = self.obj(m).name;
            n == name || fold_case && crate::object::equal_fold(n.as_str(), name.as_str())
        })?;
        Some((i, self.named_methods(t)[i]))
    }
}
