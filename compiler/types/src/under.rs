//! Underlying types, and the type sets of type parameters as sequences of types.

use smallvec::{SmallVec, smallvec};

use crate::store::{PkgId, TypeId, TypeStore};
use crate::ty::{ChanDir, InterfaceBody, Type};
use crate::universe::typ;

/// The reason why a type does not fit: a text with `%s` for each type. The empty text is no particular reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeError {
    format: &'static str,
    args: SmallVec<[TypeId; 2]>,
}

impl TypeError {
    /// A reason; `format` has as many `%s` as there are types.
    pub fn new(format: &'static str, args: &[TypeId]) -> Self {
        debug_assert_eq!(format.matches("%s").count(), args.len());
        Self { format, args: args.into() }
    }

    /// Whether there is no particular reason.
    pub fn is_empty(&self) -> bool {
        self.format.is_empty()
    }

    /// The text with the types written out.
    pub fn format(&self, store: &TypeStore, qf: &dyn Fn(PkgId) -> String) -> String {
        let mut out = String::new();
        let mut args = self.args.iter();
        for (i, part) in self.format.split("%s").enumerate() {
            if i > 0
                && let Some(&t) = args.next()
            {
                store.write_type(&mut out, t, Some(qf));
            }
            out.push_str(part);
        }
        out
    }
}

/// The types of a type set with their underlying types. A single pair of nothing stands for a type set that is
/// not given by terms.
pub type TypeSetItems = SmallVec<[(Option<TypeId>, Option<TypeId>); 1]>;

/// Refuses a type (given with its underlying type; nothing if there is no specific type) with a reason.
pub type TypeCondition<'f> = &'f mut dyn FnMut(Option<TypeId>, Option<TypeId>) -> Option<TypeError>;

impl TypeStore {
    /// The underlying type. Of a type parameter it is its constraint interface.
    pub fn under(&self, t: TypeId) -> TypeId {
        match self.ty(t) {
            Type::Named(_) => self.named_under(t),
            Type::Alias(_) => self.under(self.unalias(t)),
            Type::TypeParam(_) => self.iface(t),
            _ => t,
        }
    }

    /// The entry of the underlying type.
    pub fn under_ty(&self, t: TypeId) -> &Type {
        self.ty(self.under(t))
    }

    /// The interface that a type parameter's constraint stands for: the constraint itself, or an implicit
    /// interface that embeds it.
    pub fn iface(&self, tparam: TypeId) -> TypeId {
        let p = self.type_param(tparam);
        let bound = p.bound();
        if let (Some(iface), Some(of)) = (p.iface.get(), p.iface_of.get())
            && of == bound
        {
            return iface;
        }
        if self.is_type_param(bound) {
            return typ::EMPTY_INTERFACE; // An error was reported.
        }
        let under = self.under(bound);
        let iface = match self.ty(under) {
            Type::Interface(_) => under,
            Type::Basic(_) if under == typ::INVALID => return typ::EMPTY_INTERFACE,
            _ => {
                let body = InterfaceBody { embeddeds: Box::new([bound]), ..InterfaceBody::default() };
                self.new_interface(body, true)
            }
        };
        p.iface.set(iface);
        p.iface_of.set(bound);
        iface
    }

    /// The types of the type set of a type parameter with their underlying types; for any other type that type.
    pub fn typeset(&self, t: TypeId) -> TypeSetItems {
        let t0 = self.unalias(t);
        if !matches!(self.ty(t0), Type::TypeParam(_)) {
            return smallvec![(Some(t), Some(self.under(t)))];
        }
        let set = self.type_set(self.iface(t0));
        if !set.has_terms() {
            return smallvec![(None, None)];
        }
        let item = |term: &crate::termlist::Term| {
            let t = term.typ.expect("a term of a set with terms has a type");
            let u = self.unalias(t);
            (Some(t), Some(if term.tilde { u } else { self.under(u) }))
        };
        set.terms.0.iter().map(item).collect()
    }

    /// Whether `f` holds for all pairs of [`TypeStore::typeset`].
    pub fn all(&self, t: TypeId, mut f: impl FnMut(Option<TypeId>, Option<TypeId>) -> bool) -> bool {
        self.typeset(t).into_iter().all(|(t, u)| f(t, u))
    }

    /// Whether `f` holds for the underlying types of all types in the type set.
    pub fn under_is(&self, t: TypeId, mut f: impl FnMut(Option<TypeId>) -> bool) -> bool {
        self.all(t, |_, u| f(u))
    }

    /// The underlying type that all types of the type set have in common (channels may differ in direction), or
    /// the reason why there is none. `cond` may refuse a type.
    pub fn common_under(&self, t: TypeId, mut cond: Option<TypeCondition<'_>>) -> Result<TypeId, TypeError> {
        let mut common: Option<(TypeId, TypeId)> = None;
        for (t, u) in self.typeset(t) {
            if let Some(cond) = &mut cond
                && let Some(err) = cond(t, u)
            {
                return Err(err);
            }
            let (Some(t), Some(u)) = (t, u) else { return Err(TypeError::new("no specific type", &[])) };
            let Some((ct, cu)) = common else {
                common = Some((t, u));
                continue;
            };
            if let (Type::Chan(chu), Type::Chan(ch)) = (self.ty(cu), self.ty(u)) {
                if !self.identical(chu.elem, ch.elem) {
                    return Err(TypeError::new("channels %s and %s have different element types", &[ct, t]));
                }
                if chu.dir == ch.dir {
                    // The same type.
                } else if chu.dir == ChanDir::SendRecv {
                    common = Some((t, u)); // The restricted channel is the common one.
                } else if ch.dir != ChanDir::SendRecv {
                    return Err(TypeError::new("channels %s and %s have conflicting directions", &[ct, t]));
                }
                continue;
            }
            if !self.identical(cu, u) {
                return Err(TypeError::new("%s and %s have different underlying types", &[ct, t]));
            }
        }
        common.map(|(_, u)| u).ok_or_else(|| TypeError::new("no specific type", &[]))
    }
}
