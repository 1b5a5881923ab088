//! Types of finite size: a type must not contain itself other than through pointers and the like.
//!
//! Instances are not expanded: the right-hand side of the generic type is walked, and a type parameter stands
//! for the type argument of the innermost instance on the way. That terminates, because only declared types are
//! walked.

use crate::check::Checker;
use crate::store::TypeId;
use crate::ty::Type;
use crate::universe::typ;

impl Checker<'_> {
    /// Reports an error if a named type contains itself.
    pub(crate) fn valid_type(&mut self, t: TypeId) {
        self.valid_type0(t, &mut Vec::new(), &mut Vec::new());
    }

    fn valid_type0(&mut self, t: TypeId, nest: &mut Vec<TypeId>, path: &mut Vec<TypeId>) -> bool {
        let store = self.store;
        let t = store.unalias(t);
        match store.ty(t) {
            Type::Array(a) => self.valid_type0(a.elem, nest, path),
            Type::Struct(s) => s.fields.iter().all(|&f| self.valid_type0(store.type_of(f), nest, path)),
            Type::Union(u) => {
                u.terms.iter().all(|term| self.valid_type0(term.typ.unwrap_or(typ::INVALID), nest, path))
            }
            Type::Interface(i) => i.embeddeds().iter().all(|&e| self.valid_type0(e, nest, path)),
            Type::Named(n) => {
                if n.known_valid() {
                    return true;
                }
                if nest.iter().any(|&e| store.identical(e, t)) {
                    // t contains itself.
                    let origin = store.named_origin(t);
                    store.named(origin).set_rhs(typ::INVALID);
                    store.named(origin).underlying.set(typ::INVALID);
                    let start = path
                        .iter()
                        .position(|&p| store.identical(p, t))
                        .expect("the cycle starts on the path");
                    self.type_cycle_error(&path[start..]);
                    return false;
                }
                let origin = store.named_origin(t);
                let foreign = store.obj(n.obj).pkg != Some(self.pkg);
                if foreign && n.inst.is_none() {
                    return true; // It was checked with its package.
                }
                let Some(rhs) = store.named(origin).from_rhs() else { return true };
                nest.push(t);
                path.push(t);
                let valid = self.valid_type0(rhs, nest, path);
                nest.pop();
                path.pop();
                if valid && n.inst.is_none() && store.named_tparams(t).is_empty() {
                    n.set_known_valid();
                }
                valid
            }
            Type::TypeParam(_) => {
                // A type parameter of the innermost instance stands for its type argument, which belongs to
                // the type that the instance is nested in.
                let Some(&inst) = nest.last() else { return true };
                let tparams = store.named_tparams(inst);
                let Some(i) = tparams.iter().position(|&p| p == t) else { return true };
                let Some(&targ) = store.named(inst).targs().get(i) else { return true };
                nest.pop();
                let valid = self.valid_type0(targ, nest, path);
                nest.push(inst);
                valid
            }
            _ => true,
        }
    }
}
