//! Instantiation of generic types and functions, and the relation "implements" that type arguments must satisfy.

use grus_syntax::Pos;

use crate::check::Checker;
use crate::code::Code;
use crate::lookup::MissingState;
use crate::store::{ObjId, TypeId, TypeStore};
use crate::subst::SubstMap;
use crate::ty::{Signature, Type, TypeList};
use crate::universe::typ;
use crate::version::GoVersion;

impl TypeStore {
    /// The instance of a generic named type, alias or signature. There must be as many type arguments as type
    /// parameters, except for named types.
    pub fn instantiate(&self, pos: Pos, orig: TypeId, targs: &[TypeId]) -> TypeId {
        match self.ty(orig) {
            Type::Named(_) => self.new_named_instance(pos, orig, targs),
            Type::Alias(_) => self.new_alias_instance(pos, orig, targs),
            Type::Signature(sig) => {
                let map = SubstMap::new(&sig.tparams, targs);
                let inst = self.signature(self.subst(orig, &map));
                self.new_signature(Signature { tparams: TypeList::NONE, ..inst.clone() })
            }
            _ => panic!("cannot instantiate {}", self.type_string(orig)),
        }
    }

    /// Whether an interface mentions a type as embedded element or term.
    fn mentions(&self, t: TypeId, typ: TypeId) -> bool {
        match self.ty(t) {
            Type::Interface(i) => i.embeddeds().iter().any(|&e| self.mentions(e, typ)),
            Type::Union(u) => u.terms.iter().any(|term| term.typ.is_some_and(|t| self.mentions(t, typ))),
            _ => self.identical(t, typ),
        }
    }

    /// The type parameters of a generic type or function.
    pub fn type_params(&self, t: TypeId) -> &[TypeId] {
        match self.ty(t) {
            Type::Named(_) => self.named_tparams(t),
            Type::Alias(_) => self.alias_tparams(t),
            Type::Signature(s) => &s.tparams,
            _ => &[],
        }
    }
}

impl<'a> Checker<'a> {
    /// The instance of a generic named type, alias or signature; the invalid type, with an error, if the number
    /// of type arguments is wrong (for named types that is checked later).
    pub(crate) fn instance(&mut self, pos: Pos, orig: TypeId, targs: &[TypeId]) -> TypeId {
        let store = self.store;
        let name = match store.ty(orig) {
            Type::Named(_) => return store.new_named_instance(pos, orig, targs),
            Type::Alias(a) => store.obj(a.obj).name.as_str().to_owned(),
            _ => store.type_string(orig),
        };
        let tparams = store.type_params(orig);
        if !self.validate_targ_len(pos, &name, tparams.len(), targs.len()) {
            return typ::INVALID;
        }
        if tparams.is_empty() {
            return orig;
        }
        store.instantiate(pos, orig, targs)
    }

    /// Whether the number of type arguments is right; reports an error otherwise.
    pub(crate) fn validate_targ_len(&mut self, pos: Pos, name: &str, want: usize, got: usize) -> bool {
        let qual = match got.cmp(&want) {
            std::cmp::Ordering::Less => "not enough",
            std::cmp::Ordering::Greater => "too many",
            std::cmp::Ordering::Equal => return true,
        };
        let msg = format!("{qual} type arguments for type {name}: have {got}, want {want}");
        self.error(pos, Code::WrongTypeArgCount, msg);
        false
    }

    /// Whether the type arguments satisfy the constraints of the type parameters; otherwise the index of the
    /// first that does not, and why.
    pub(crate) fn verify(
        &mut self,
        _pos: Pos,
        tparams: &[TypeId],
        targs: &[TypeId],
    ) -> Result<(), (usize, String)> {
        let store = self.store;
        let map = SubstMap::new(tparams, targs);
        for (i, &p) in tparams.iter().enumerate() {
            // A constraint that is not an interface is wrapped in one.
            let bound = store.type_param(p).bound();
            let bound = if store.is_interface(bound) { bound } else { store.iface(p) };
            let bound = store.subst(bound, &map);
            let mut cause = String::new();
            if !self.implements(targs[i], bound, true, Some(&mut cause)) {
                return Err((i, cause));
            }
        }
        Ok(())
    }

    /// Whether type `v` implements interface `t`, or satisfies it as a constraint; otherwise `cause` says why.
    pub(crate) fn implements(
        &mut self,
        v: TypeId,
        t: TypeId,
        constraint: bool,
        cause: Option<&mut String>,
    ) -> bool {
        let store = self.store;
        let (vu, tu) = (store.under(v), store.under(t));
        if !store.is_valid(vu) || !store.is_valid(tu) {
            return true; // An error was reported.
        }
        if let Type::Pointer(p) = store.ty(vu)
            && !store.is_valid(store.under(p.elem))
        {
            return true;
        }
        let verb = if constraint { "satisfy" } else { "implement" };
        let mut no_cause = String::new();
        let want_cause = cause.is_some();
        let cause = cause.unwrap_or(&mut no_cause);
        if !matches!(store.ty(tu), Type::Interface(_)) {
            if want_cause {
                let detail = if store.is_interface_ptr(tu) {
                    self.interface_ptr_error(t)
                } else {
                    format!("{} is not an interface", self.type_str(t))
                };
                *cause = format!("{} does not {verb} {} ({detail})", self.type_str(v), self.type_str(t));
            }
            return false;
        }
        let tset = store.type_set(tu);
        if tset.is_all() {
            return true;
        }
        let vset = matches!(store.ty(vu), Type::Interface(_)).then(|| store.type_set(vu));
        if vset.is_some_and(|s| s.is_empty()) {
            return true; // The empty set is a subset of any.
        }
        if tset.is_empty() {
            if want_cause {
                *cause = format!("cannot {verb} {} (empty type set)", self.type_str(t));
            }
            return false;
        }
        if !self.has_all_methods(v, t, true, want_cause.then_some(&mut *cause)) {
            if want_cause {
                *cause = format!("{} does not {verb} {} {cause}", self.type_str(v), self.type_str(t));
            }
            return false;
        }
        if tset.has_terms() {
            if let Some(vset) = vset {
                if !vset.subset_of(tset, store) {
                    if want_cause {
                        *cause = format!("{} does not {verb} {}", self.type_str(v), self.type_str(t));
                    }
                    return false;
                }
            } else if !tset.terms.includes(v, store) {
                if want_cause {
                    // Perhaps ~T was meant.
                    let alt = tset.terms.0.iter().find_map(|term| {
                        let tt = term.typ?;
                        let with_tilde = crate::termlist::Term::new(true, tt);
                        let plain = !term.tilde && store.identical(tt, store.under(tt));
                        (plain && with_tilde.includes(v, store)).then_some(tt)
                    });
                    let (vs, ts) = (self.type_str(v), self.type_str(t));
                    let detail = if let Some(alt) = alt {
                        format!("possibly missing ~ for {} in {ts}", self.type_str(alt))
                    } else if store.mentions(tu, v) {
                        format!("{ts} mentions {vs}, but {vs} is not in the type set of {ts}")
                    } else {
                        let terms: Vec<String> = tset.terms.0.iter().map(|&t| self.term_str(t)).collect();
                        format!("{vs} missing in {}", terms.join(" | "))
                    };
                    *cause = format!("{vs} does not {verb} {ts} ({detail})");
                }
                return false;
            }
        }
        // Comparability.
        if !store.type_set_comparable(tset, &mut Vec::new()) || store.comparable_type(v, false).is_none() {
            return true;
        }
        // A type argument may be comparable in the sense of the language, that is, at run time.
        if constraint && store.comparable_type(v, true).is_none() {
            if self.allow_version(GoVersion::go1(20)) {
                return true;
            }
            if want_cause {
                *cause = format!("{} to {verb} comparable requires go1.20 or later", self.type_str(v));
            }
            return false;
        }
        if want_cause {
            *cause = format!("{} does not {verb} comparable", self.type_str(v));
        }
        false
    }

    /// Whether type `v` has all methods of interface `t`; otherwise `cause` says which one is missing and why.
    pub(crate) fn has_all_methods(
        &mut self,
        v: TypeId,
        t: TypeId,
        is_static: bool,
        cause: Option<&mut String>,
    ) -> bool {
        let store = self.store;
        self.has_all_methods_with(v, t, is_static, &mut |_, x, y| store.identical(x, y), cause)
    }

    /// As [`Checker::has_all_methods`], with methods' types compared by `equivalent`.
    pub(crate) fn has_all_methods_with(
        &mut self,
        v: TypeId,
        t: TypeId,
        is_static: bool,
        equivalent: &mut dyn FnMut(&mut Checker<'a>, TypeId, TypeId) -> bool,
        cause: Option<&mut String>,
    ) -> bool {
        if !self.store.is_valid(v) {
            return true; // Nothing is known about v.
        }
        self.missing_method(v, t, is_static, equivalent, cause).is_none()
            || self.has_invalid_embedded_fields(v)
    }

    /// The first method of interface `t` that `v` does not have, with whether `v` has it with another type or
    /// a pointer receiver. `cause` says why it is missing.
    pub(crate) fn missing_method(
        &mut self,
        v: TypeId,
        t: TypeId,
        is_static: bool,
        equivalent: &mut dyn FnMut(&mut Checker<'a>, TypeId, TypeId) -> bool,
        cause: Option<&mut String>,
    ) -> Option<(ObjId, bool)> {
        let store = self.store;
        let missing = {
            let check = std::cell::RefCell::new(&mut *self);
            store.missing_method_with(
                v,
                t,
                is_static,
                &mut |f| check.borrow_mut().declare_method(f),
                &mut |x, y| equivalent(*check.borrow_mut(), x, y),
            )?
        };
        if let Some(cause) = cause {
            let m = missing.method;
            let name = store.obj(m).name;
            let both = |check: &mut Self, pkg_info: bool| {
                let f = missing.found.expect("another method was found");
                (check.func_string(f, pkg_info), check.func_string(m, pkg_info))
            };
            *cause = match missing.state {
                MissingState::NotFound => {
                    if store.is_interface_ptr(v) {
                        format!("({})", self.interface_ptr_error(v))
                    } else if store.is_interface_ptr(t) {
                        format!("({})", self.interface_ptr_error(t))
                    } else {
                        format!("(missing method {name})")
                    }
                }
                MissingState::WrongName => {
                    let (fs, ms) = both(self, false);
                    format!("(missing method {name})\n\t\thave {fs}\n\t\twant {ms}")
                }
                MissingState::Unexported => format!("(unexported method {name})"),
                MissingState::WrongSig => {
                    let (mut fs, mut ms) = both(self, false);
                    if fs == ms {
                        // The types differ in what is not shown: show packages.
                        (fs, ms) = both(self, true);
                    }
                    if fs == ms {
                        format!("(wrong type for method {name})")
                    } else {
                        format!("(wrong type for method {name})\n\t\thave {fs}\n\t\twant {ms}")
                    }
                }
                MissingState::AmbigSel => format!("(ambiguous selector {}.{name})", self.type_str(v)),
                MissingState::PtrRecv => format!("(method {name} has pointer receiver)"),
                MissingState::Field => format!("({}.{name} is a field, not a method)", self.type_str(v)),
                MissingState::NoInterface => format!("({name} method is marked 'nointerface')"),
            };
        }
        Some((missing.method, missing.wrong_type()))
    }

    /// Gives a method its type, if it has none yet.
    pub(crate) fn declare_method(&mut self, f: ObjId) {
        let store = self.store;
        if store.obj(f).typ.get().is_some() {
            return;
        }
        if let Some(origin) = store.obj(f).origin() {
            self.obj_decl(origin);
            store.expand_method(f);
        } else {
            self.obj_decl(f);
        }
    }

    /// A method's name and signature, for messages.
    pub(crate) fn func_string(&self, f: ObjId, pkg_info: bool) -> String {
        let store = self.store;
        let mut out = store.obj(f).name.as_str().to_owned();
        let qf = |pkg| self.qualifier(pkg);
        let mut w = store.type_writer(if pkg_info { None } else { Some(&qf) });
        w.pkg_info = pkg_info;
        w.param_names = false;
        if let Some(Type::Signature(sig)) = store.obj(f).typ.get().map(|t| store.ty(t)) {
            w.signature(&mut out, sig);
        }
        out
    }

    /// Why a pointer to an interface does not have the interface's methods.
    pub(crate) fn interface_ptr_error(&self, t: TypeId) -> String {
        let store = self.store;
        match store.under_ty(t) {
            Type::Pointer(p) if store.is_type_param(p.elem) => {
                format!("type {} is pointer to type parameter, not type parameter", self.type_str(t))
            }
            _ => format!("type {} is pointer to interface, not interface", self.type_str(t)),
        }
    }

    /// Whether a value of interface type `v` can be asserted to have type `t`; otherwise `cause` says why not.
    pub(crate) fn assertable_to(&mut self, v: TypeId, t: TypeId, cause: Option<&mut String>) -> bool {
        // The dynamic type of the value may implement any interface.
        if self.is_interface(t) {
            return true;
        }
        self.has_all_methods(t, v, false, cause)
    }
}
