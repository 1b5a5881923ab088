//! Cycles of declarations.
//!
//! A cycle is valid if it passes a type definition, or a generic type in its own type parameter list; cycles of
//! constants and variables alone are left to the order of initialization. Type names that lead directly from
//! one to the other and back are found before anything is checked.

use grus_syntax::{ExprKind, Pos};
use rustc_hash::FxHashMap;

use crate::check::Checker;
use crate::code::Code;
use crate::object::ObjectKind;
use crate::store::{ObjId, TypeId};
use crate::ty::Type;
use crate::universe::typ;

/// What a message says about an object on a cycle.
struct CycleItem {
    obj: ObjId,
    pos: Pos,
    name: String,
}

/// The index of the object that comes first in the source.
pub(crate) fn first_in_src(check: &Checker<'_>, cycle: &[ObjId]) -> usize {
    (0..cycle.len()).min_by_key(|&i| check.store.obj(cycle[i]).pos).expect("a cycle is not empty")
}

impl<'a> Checker<'a> {
    /// Whether the cycle that a reference to the grey object `obj` closes is valid; reports it if it is not.
    pub(crate) fn valid_cycle(&mut self, obj: ObjId) -> bool {
        let store = self.store;
        let start = self.obj_path_idx[&obj];
        let cycle = self.obj_path[start..].to_vec();
        let mut values = 0;
        let mut definitions = 0;
        for &o in &cycle {
            match store.obj(o).kind {
                ObjectKind::Const(_) | ObjectKind::Var { .. } => values += 1,
                ObjectKind::TypeName => {
                    if self.env.in_tparam_list && store.obj(o).typ.get().is_some_and(|t| store.is_generic(t))
                    {
                        return true;
                    }
                    if !store.is_alias(o) {
                        definitions += 1;
                    }
                }
                _ => {}
            }
        }
        if values == cycle.len() || values == 0 && definitions > 0 {
            return true;
        }
        let first = first_in_src(self, &cycle);
        self.cycle_error(&cycle, first);
        false
    }

    /// Reports a cycle of declarations, beginning with the object at index `start`.
    pub(crate) fn cycle_error(&mut self, cycle: &[ObjId], start: usize) {
        let store = self.store;
        let item = |&obj: &ObjId| {
            let o = store.obj(obj);
            let name = match o.pkg.map(|p| self.qualifier(p)) {
                Some(q) if !q.is_empty() => format!("{q}.{}", o.name),
                _ => o.name.to_string(),
            };
            CycleItem { obj, pos: o.pos, name }
        };
        let items: Vec<CycleItem> = cycle.iter().map(item).collect();
        self.report_cycle(&items, start);
    }

    /// Reports a cycle of named types, beginning with the first. Instances are shown with their type arguments, where
    /// they are written.
    pub(crate) fn type_cycle_error(&mut self, cycle: &[TypeId]) {
        let store = self.store;
        let item = |&t: &TypeId| {
            let n = store.named(t);
            let pos = n.inst.as_ref().map_or(store.obj(n.obj).pos, |i| i.pos);
            CycleItem { obj: n.obj, pos, name: self.type_str(t) }
        };
        let items: Vec<CycleItem> = cycle.iter().map(item).collect();
        self.report_cycle(&items, 0);
    }

    fn report_cycle(&mut self, cycle: &[CycleItem], start: usize) {
        let store = self.store;
        let first = &cycle[start];
        let is_type = store.obj(first.obj).is_type_name();
        if let Some(t) = store.obj(first.obj).typ.get()
            && is_type
            && let Type::Alias(a) = store.ty(t)
        {
            // The alias counts as valid from now on, lest errors follow.
            a.set_rhs(typ::INVALID);
        }
        if cycle.len() == 1 {
            let what = if is_type { "recursive type" } else { "cycle in declaration" };
            let msg = format!("invalid {what}: {} refers to itself", first.name);
            self.error(first.pos, Code::InvalidDeclCycle, msg);
            return;
        }
        let mut err = self.new_error(Code::InvalidDeclCycle);
        let what = if is_type { "recursive type" } else { "cycle in declaration of" };
        err.addf_pos(first.pos, format!("invalid {what} {}", first.name));
        let mut item = first;
        for i in 0..cycle.len() {
            let next = &cycle[(start + i + 1) % cycle.len()];
            err.addf_pos(item.pos, format!("{} refers to {}", item.name, next.name));
            item = next;
        }
        self.report(err);
    }

    /// Reports cycles of package-level type names that have nothing but type names on them.
    pub(crate) fn direct_cycles(&mut self) {
        let store = self.store;
        // The index on the path for names that are on it, nothing for those that are done.
        let mut path_idx: FxHashMap<ObjId, Option<usize>> = FxHashMap::default();
        for obj in self.building.objects.clone() {
            if store.obj(obj).is_type_name() {
                self.direct_cycle(obj, &mut path_idx);
            }
        }
    }

    fn direct_cycle(&mut self, obj: ObjId, path_idx: &mut FxHashMap<ObjId, Option<usize>>) {
        let store = self.store;
        let scope = store.scope(store.pkg(self.pkg).scope);
        let mut path: Vec<ObjId> = Vec::new();
        let mut obj = obj;
        loop {
            match path_idx.get(&obj) {
                Some(None) => break,
                Some(&Some(start)) => {
                    store.obj(obj).typ.set(typ::INVALID);
                    let cycle = path[start..].to_vec();
                    let first = first_in_src(self, &cycle);
                    self.cycle_error(&cycle, first);
                    break;
                }
                None => {}
            }
            path_idx.insert(obj, Some(path.len()));
            path.push(obj);
            let d = self.building.decl_of(store, obj).expect("a package-level type");
            let file = self.files[self.building.decl(d).file];
            let ExprKind::Name(name) = file.kind(self.type_decl_of(obj).typ) else { break };
            match scope.lookup(name) {
                Some(next) if store.obj(next).is_type_name() => obj = next,
                _ => break,
            }
        }
        for obj in path {
            path_idx.insert(obj, None);
        }
    }

    /// Whether a type is complete, that is, has an underlying type; reports a cycle if its declaration is still
    /// being checked.
    pub fn is_complete(&mut self, t: TypeId) -> bool {
        let store = self.store;
        let mut t = t;
        loop {
            // An instance is not on the path, even if the generic type is.
            let (obj, rhs) = match store.ty(t) {
                Type::Alias(a) => (a.orig.is_none().then_some(a.obj), a.from_rhs()),
                Type::Named(n) => (n.inst.is_none().then_some(n.obj), n.from_rhs()),
                _ => return true,
            };
            if let Some(&start) = obj.and_then(|obj| self.obj_path_idx.get(&obj)) {
                let cycle = self.obj_path[start..].to_vec();
                let first = first_in_src(self, &cycle);
                self.cycle_error(&cycle, first);
                return false;
            }
            match rhs {
                Some(rhs) if rhs != t => t = rhs,
                _ => return true,
            }
        }
    }
}
