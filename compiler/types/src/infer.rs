//! Type inference: the type arguments of a generic function from those given, from the function's arguments and
//! from the constraints.

use grus_syntax::{Pos, SourceMap};
use rustc_hash::FxHashSet;

use crate::check::Checker;
use crate::errors::ErrorDesc;
use crate::operand::Operand;
use crate::store::{ObjId, TypeId, TypeStore};
use crate::subst::SubstMap;
use crate::termlist::Term;
use crate::ty::{Signature, Type, TypeList};
use crate::unify::{Unifier, UnifyMode};
use crate::version::GoVersion;

/// A map from the type parameters for which there is a type.
fn partial_map(tparams: &[TypeId], targs: &[Option<TypeId>]) -> SubstMap {
    let mut map = SubstMap::default();
    for (&p, targ) in tparams.iter().zip(targs) {
        if let Some(t) = targ {
            map.insert(p, *t);
        }
    }
    map
}

/// The names of type parameters as a list in words.
fn type_params_string(store: &TypeStore, list: &[TypeId]) -> String {
    let names: Vec<&str> = list.iter().map(|&p| store.obj(store.type_param(p).obj).name.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        [x] => x.to_string(),
        [x, y] => format!("{x} and {y}"),
        [init @ .., last] => format!("{}, and {last}", init.join(", ")),
    }
}

impl<'a> Checker<'a> {
    /// Infers the type arguments for `tparams`, some of which may be given in `targs`. `params` is the tuple of
    /// the function's parameters, as many as there are arguments. If `reverse` is set, the types of messages are
    /// swapped. On failure a message is added to `err` (none if an operand is invalid).
    pub(crate) fn infer(
        &mut self,
        pos: Pos,
        tparams: &[TypeId],
        targs: &[Option<TypeId>],
        params: TypeId,
        args: &[Operand],
        reverse: bool,
        err: &mut ErrorDesc,
    ) -> Option<Vec<TypeId>> {
        let store = self.store;
        let n = tparams.len();
        assert!(n > 0 && targs.len() <= n && store.vars(params).len() == args.len());
        if targs.len() == n
            && let Some(all) = targs.iter().copied().collect()
        {
            return Some(all);
        }
        // An invalid argument would only lead to messages that follow from it.
        if args.iter().any(|a| !a.is_valid()) {
            return None;
        }
        let mut targs = targs.to_vec();
        targs.resize(n, None);
        let params = store.subst(params, &partial_map(tparams, &targs));
        let params = store.vars(params);
        let mut u = Unifier::new(tparams, &targs, self.allow_version(GoVersion::go1(21)));

        // Typed arguments; untyped constants for plain type parameters are kept for later.
        let mut untyped: Vec<usize> = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let par = store.type_of(params[i]);
            if !store.is_parameterized(tparams, par) && !store.is_parameterized(tparams, arg.typ) {
                continue;
            }
            if store.is_typed(arg.typ) {
                if !u.unify(self, par, arg.typ, UnifyMode::ASSIGN) {
                    self.infer_mismatch(&u, tparams, par, arg, reverse, err);
                    return None;
                }
            } else if matches!(store.ty(par), Type::TypeParam(_)) && !arg.is_nil() {
                untyped.push(i);
            }
        }

        // Constraints, until nothing new is found.
        loop {
            let unknowns = u.unknowns();
            for &tpar in tparams {
                let tx = u.at(tpar);
                if let Some((core, single)) = store.core_term(tpar) {
                    let core_type = core.typ.expect("a core term has a type");
                    if let Some(tx) = tx {
                        if !u.unify(self, tx, core_type, UnifyMode::INEXACT) {
                            let bound = store.type_param(tpar).bound();
                            let (p, x, b) = (self.type_str(tpar), self.type_str(tx), self.type_str(bound));
                            self.addf(err, pos, format!("{p} (type {x}) does not satisfy {b}"));
                            return None;
                        }
                    } else if single && !core.tilde {
                        u.set(tpar, core_type);
                    }
                }
                if let Some(tx) = tx
                    && !store.is_parameterized(tparams, tx)
                {
                    // The methods of the constraint may determine types.
                    let mut cause = String::new();
                    let iface = store.iface(tpar);
                    let mut equivalent =
                        |check: &mut Checker<'a>, x, y| u.unify(check, x, y, UnifyMode::EXACT);
                    if !self.has_all_methods_with(tx, iface, true, &mut equivalent, Some(&mut cause)) {
                        let bound = store.type_param(tpar).bound();
                        let (p, x, b) = (self.type_str(tpar), self.type_str(tx), self.type_str(bound));
                        self.addf(err, pos, format!("{p} (type {x}) does not satisfy {b} {cause}"));
                        return None;
                    }
                }
            }
            if u.unknowns() == unknowns {
                break;
            }
        }

        // Untyped constants: the largest default type of those for the same type parameter.
        let mut max_untyped: Vec<(TypeId, TypeId)> = Vec::new();
        for i in untyped {
            let tpar = store.type_of(params[i]);
            if u.at(tpar).is_some() {
                continue;
            }
            let arg = &args[i];
            match max_untyped.iter_mut().find(|(p, _)| *p == tpar) {
                None => max_untyped.push((tpar, arg.typ)),
                Some((_, max)) => match store.max_type(*max, arg.typ) {
                    Some(m) => *max = m,
                    None => {
                        let (m, t, p) = (self.type_str(*max), self.type_str(arg.typ), self.type_str(tpar));
                        self.addf(err, arg, format!("mismatched types {m} and {t} (cannot infer {p})"));
                        return None;
                    }
                },
            }
        }
        for (tpar, t) in max_untyped {
            u.set(tpar, store.default_type(t));
        }

        // What was found may mention other type parameters.
        let mut inferred = u.inferred(tparams);
        store.kill_cycles(tparams, &mut inferred);
        let mut dirty: Vec<usize> = (0..n).filter(|&i| inferred[i].is_some() && targs[i].is_none()).collect();
        while !dirty.is_empty() {
            let map = partial_map(tparams, &inferred);
            dirty.retain(|&i| {
                let t0 = inferred[i].expect("dirty types are known");
                let mut t1 = store.subst(t0, &map);
                if t1 == t0 {
                    return false;
                }
                // A generic function was instantiated with its own type parameters.
                if let Type::Signature(sig) = store.ty(t1)
                    && !sig.tparams.is_empty()
                    && !store.is_parameterized(tparams, t1)
                {
                    t1 = store.new_signature(Signature { tparams: TypeList::NONE, ..Signature::clone(sig) });
                }
                inferred[i] = Some(t1);
                true
            });
        }
        let mut out = Vec::with_capacity(n);
        for (&tpar, t) in tparams.iter().zip(&inferred) {
            match t {
                Some(t) if !store.is_parameterized(tparams, *t) => out.push(*t),
                _ => {
                    let obj = store.obj(store.type_param(tpar).obj);
                    let declared = SourceMap::global().position(obj.pos);
                    self.addf(err, pos, format!("cannot infer {} (declared at {declared})", obj.name));
                    return None;
                }
            }
        }
        Some(out)
    }

    fn infer_mismatch(
        &self,
        u: &Unifier,
        tparams: &[TypeId],
        par: TypeId,
        arg: &Operand,
        reverse: bool,
        err: &mut ErrorDesc,
    ) {
        let store = self.store;
        let expr = self.operand_expr_string(arg.expr);
        let (tpar, targ) = (self.type_str(par), self.type_str(arg.typ));
        let targs = u.inferred(tparams);
        if targs.iter().all(|t| t.is_none()) {
            let names = type_params_string(store, tparams);
            self.addf(
                err,
                arg,
                format!("type {targ} of {expr} does not match {tpar} (cannot infer {names})"),
            );
            return;
        }
        let inferred = store.subst(par, &partial_map(tparams, &targs));
        if inferred == par {
            self.addf(err, arg, format!("type {targ} of {expr} does not match {tpar}"));
            return;
        }
        let inferred = self.type_str(inferred);
        if reverse {
            let msg = format!("inferred type {inferred} for {tpar} does not match type {targ} of {expr}");
            self.addf(err, arg, msg);
        } else {
            let msg = format!("type {targ} of {expr} does not match inferred type {inferred} for {tpar}");
            self.addf(err, arg, msg);
        }
    }
}

impl TypeStore {
    /// Whether a type mentions one of the type parameters.
    pub fn is_parameterized(&self, tparams: &[TypeId], t: TypeId) -> bool {
        self.mentions_tparam(tparams, t, &mut FxHashSet::default())
    }

    fn mentions_tparam(&self, tparams: &[TypeId], t: TypeId, seen: &mut FxHashSet<TypeId>) -> bool {
        match self.ty(t) {
            Type::Basic(_) => return false,
            Type::TypeParam(_) => return tparams.contains(&t),
            Type::Named(n) if n.inst.is_none() => return false,
            _ => {}
        }
        if !seen.insert(t) {
            return false;
        }
        let mut any = |t: TypeId| self.mentions_tparam(tparams, t, seen);
        let mut vars = |list: &[ObjId]| list.iter().any(|&v| any(self.type_of(v)));
        match self.ty(t) {
            Type::Basic(_) | Type::TypeParam(_) => false,
            Type::Alias(_) => any(self.unalias(t)),
            Type::Array(a) => any(a.elem),
            Type::Slice(s) => any(s.elem),
            Type::Pointer(p) => any(p.elem),
            Type::Chan(c) => any(c.elem),
            Type::Map(m) => any(m.key) || any(m.elem),
            Type::Struct(s) => vars(&s.fields),
            Type::Tuple(t) => vars(&t.vars),
            Type::Signature(s) => vars(self.vars(s.params)) || vars(self.vars(s.results)),
            Type::Union(u) => u.terms.iter().any(|term| term.typ.is_some_and(&mut any)),
            Type::Named(n) => n.targs().iter().any(|&t| any(t)),
            Type::Interface(_) => {
                let set = self.type_set(t);
                set.methods.iter().any(|&m| any(self.type_of(m)))
                    || set.has_terms() && set.terms.0.iter().any(|term| term.typ.is_some_and(&mut any))
            }
        }
    }

    /// The single term of a type parameter's type set and true, or the common underlying type of its terms and
    /// false; none if there is neither.
    fn core_term(&self, tpar: TypeId) -> Option<(Term, bool)> {
        let set = self.type_set(self.iface(tpar));
        if !set.has_terms() {
            return None;
        }
        if let [single] = set.terms.0[..] {
            return Some((single, true));
        }
        let tilde = set.terms.0.iter().any(|t| t.tilde);
        let under = self.common_under(tpar, None).ok()?;
        Some((Term::new(tilde, under), false))
    }

    /// Removes inferred types that lead back to their own type parameter.
    fn kill_cycles(&self, tparams: &[TypeId], inferred: &mut [Option<TypeId>]) {
        let mut seen = Vec::new();
        for &p in tparams {
            self.find_cycles(tparams, inferred, p, &mut seen);
        }
    }

    fn find_cycles(
        &self,
        tparams: &[TypeId],
        inferred: &mut [Option<TypeId>],
        t: TypeId,
        seen: &mut Vec<TypeId>,
    ) {
        let t = self.unalias(t);
        if matches!(self.ty(t), Type::Basic(_)) {
            return;
        }
        if seen.contains(&t) {
            if let Some(i) = tparams.iter().position(|&p| p == t) {
                inferred[i] = None;
            }
            return;
        }
        seen.push(t);
        let mut next: Vec<TypeId> = Vec::new();
        let types_of = |list: &[ObjId]| list.iter().map(|&v| self.type_of(v)).collect::<Vec<_>>();
        match self.ty(t) {
            Type::Array(a) => next.push(a.elem),
            Type::Slice(s) => next.push(s.elem),
            Type::Pointer(p) => next.push(p.elem),
            Type::Chan(c) => next.push(c.elem),
            Type::Map(m) => next.extend([m.key, m.elem]),
            Type::Struct(s) => next.extend(types_of(&s.fields)),
            Type::Signature(s) => {
                next.extend(types_of(self.vars(s.params)));
                next.extend(types_of(self.vars(s.results)));
            }
            Type::Union(u) => next.extend(u.terms.iter().filter_map(|term| term.typ)),
            Type::Interface(i) => {
                next.extend(types_of(i.methods()));
                next.extend_from_slice(i.embeddeds());
            }
            Type::Named(n) => next.extend_from_slice(n.targs()),
            Type::TypeParam(_) => {
                next.extend(tparams.iter().position(|&p| p == t).and_then(|i| inferred[i]));
            }
            _ => {}
        }
        for t in next {
            self.find_cycles(tparams, inferred, t, seen);
        }
        seen.pop();
    }
}
