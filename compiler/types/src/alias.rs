//! Aliases: seeing through them, and instances of generic aliases.

use grus_syntax::Pos;

use crate::store::{TypeId, TypeStore};
use crate::subst::SubstMap;
use crate::ty::{Alias, Type, TypeList};
use crate::universe::typ;

impl TypeStore {
    /// The type that an alias stands for, or the type itself. The result is never an alias.
    pub fn unalias(&self, t: TypeId) -> TypeId {
        match self.ty(t) {
            Type::Alias(a) => self.alias_actual(a),
            _ => t,
        }
    }

    fn alias_actual(&self, a0: &Alias) -> TypeId {
        if let Some(t) = a0.actual.get() {
            return t;
        }
        let mut a = a0;
        // A cycle of aliases was reported as an error; the invalid type ends it here.
        for _ in 0..self.type_count() {
            let Some(rhs) = a.rhs.get() else { return typ::INVALID };
            match self.ty(rhs) {
                Type::Alias(next) => a = next,
                _ => {
                    // While the declaration is being checked its right-hand side may still be replaced.
                    if rhs != typ::INVALID {
                        a0.actual.set(rhs);
                    }
                    return rhs;
                }
            }
        }
        typ::INVALID
    }

    /// The generic alias of an instance, or the alias itself.
    pub fn alias_origin(&self, t: TypeId) -> TypeId {
        self.alias(t).orig.unwrap_or(t)
    }

    /// The type parameters of an alias, or of the generic alias that it instantiates.
    pub fn alias_tparams(&self, t: TypeId) -> &[TypeId] {
        self.alias(self.alias_origin(t)).tparams()
    }

    /// The instance of a generic alias. Its type arguments must be as many as the type parameters.
    pub fn new_alias_instance(&self, _pos: Pos, orig: TypeId, targs: &[TypeId]) -> TypeId {
        assert!(!targs.is_empty(), "instance without type arguments");
        let generic = self.alias(orig);
        let map = SubstMap::new(generic.tparams(), targs);
        let rhs = self.subst(generic.rhs.get().unwrap_or(typ::INVALID), &map);
        let mut alias = Alias::declared(generic.obj, Some(rhs));
        alias.orig = Some(orig);
        alias.targs = TypeList::from(targs);
        self.add_type(Type::Alias(Box::new(alias)))
    }
}
