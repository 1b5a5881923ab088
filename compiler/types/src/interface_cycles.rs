//! Anonymous interfaces that contain themselves, through aliases: `type A = interface{ M() A }`. The language does
//! not forbid them, but gc does (go.dev/issue/56103), and no finite type descriptor exists for them.
//!
//! From each interface that is written in a package the types of its methods are walked. Named types end the walk:
//! a cycle through them is an ordinary one.

use grus_syntax::Pos;
use rustc_hash::FxHashMap;

use crate::check::Checker;
use crate::code::Code;
use crate::store::{TypeId, TypeStore};
use crate::ty::Type;

/// An interface that has methods or embedded elements, where it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenInterface {
    pub pos: Pos,
    pub end: Pos,
    pub iface: TypeId,
}

/// Interfaces that were visited, with whether they are on a cycle as far as is known.
struct CycleFinder<'s> {
    store: &'s TypeStore,
    cyclic: FxHashMap<TypeId, bool>,
}

impl CycleFinder<'_> {
    fn has_cycle(&mut self, iface: TypeId) -> bool {
        let store = self.store;
        store.type_set(iface).methods.iter().any(|&m| self.visit(store.type_of(m)))
    }

    fn visit(&mut self, t: TypeId) -> bool {
        let store = self.store;
        let t = store.unalias(t);
        match store.ty(t) {
            Type::Basic(_) | Type::Named(_) | Type::TypeParam(_) | Type::Union(_) | Type::Alias(_) => false,
            Type::Pointer(p) => self.visit(p.elem),
            Type::Array(a) => self.visit(a.elem),
            Type::Chan(c) => self.visit(c.elem),
            Type::Slice(s) => self.visit(s.elem),
            Type::Map(m) => self.visit(m.key) || self.visit(m.elem),
            Type::Struct(s) => s.fields.iter().any(|&f| self.visit(store.type_of(f))),
            Type::Tuple(t) => t.vars.iter().any(|&v| self.visit(store.type_of(v))),
            Type::Signature(sig) => self.visit(sig.params) || self.visit(sig.results),
            Type::Interface(i) => {
                if i.methods().is_empty() && i.embeddeds().is_empty() {
                    return false;
                }
                if let Some(&known) = self.cyclic.get(&t) {
                    return known;
                }
                self.cyclic.insert(t, true);
                let result = self.has_cycle(t);
                if !result {
                    self.cyclic.insert(t, false);
                }
                result
            }
        }
    }
}

impl Checker<'_> {
    /// Reports the interfaces of a list that contain themselves.
    pub(crate) fn anonymous_interface_cycles(&mut self, mut list: Vec<WrittenInterface>) {
        list.sort_by_key(|w| w.pos);
        let mut finder = CycleFinder { store: self.store, cyclic: FxHashMap::default() };
        let mut outer_end = Pos::NONE;
        for WrittenInterface { pos, end, iface } in list {
            // An interface that is written in another one is found with that.
            if pos < outer_end {
                continue;
            }
            outer_end = end;
            if finder.has_cycle(iface) {
                let msg = "invalid recursive type: anonymous interface refers to itself (see https://go.dev/issue/56103)";
                self.error(pos, Code::InvalidTypeCycle, msg);
                // Each cycle is reported once.
                finder.cyclic.values_mut().for_each(|c| *c = false);
            }
        }
    }
}
