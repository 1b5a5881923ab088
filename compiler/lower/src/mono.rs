//! Monomorphisation: instances of functions, and the substitution of type parameters by concrete
//! types.
//!
//! A function is lowered once for each list of type arguments. [`Env::ty`] turns the types that the
//! checker recorded in a generic body into canonical concrete types. A type declared inside a generic
//! function is another type in each instance; the checker treats it as generic itself.

use crate::cx::Cx;
use grus_types::subst::SubstMap;
use grus_types::{ObjId, TypeId};
use hashbrown::HashMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::cell::RefCell;
use std::sync::RwLock;

/// A function instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InstId(u32);

/// A declared function or method with concrete type arguments: those of the receiver's type, then the
/// function's own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Inst {
    pub func: ObjId,
    pub targs: Box<[TypeId]>,
}

/// All instances seen so far.
#[derive(Default)]
pub struct Insts {
    list: boxcar::Vec<Inst>,
    index: RwLock<HashMap<Inst, InstId, FxBuildHasher>>,
}

impl Insts {
    pub fn intern(&self, func: ObjId, targs: &[TypeId]) -> InstId {
        let inst = Inst { func, targs: targs.into() };
        if let Some(&id) = self.index.read().expect("instance lock").get(&inst) {
            return id;
        }
        let mut index = self.index.write().expect("instance lock");
        *index.entry(inst.clone()).or_insert_with(|| InstId(self.list.push(inst) as u32))
    }

    pub fn get(&self, id: InstId) -> &Inst {
        &self.list[id.0 as usize]
    }
}

/// A substitution of type parameters.
#[derive(Debug, Default)]
pub struct Env {
    map: SubstMap,
    memo: RefCell<FxHashMap<TypeId, TypeId>>,
}

impl Env {
    pub fn new(params: impl IntoIterator<Item = (TypeId, TypeId)>) -> Env {
        let mut map = SubstMap::default();
        for (param, arg) in params {
            map.insert(param, arg);
        }
        Env { map, memo: RefCell::default() }
    }

    /// Whether there is nothing to substitute.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The canonical concrete type for a type of the body.
    pub fn ty(&self, cx: &Cx<'_>, t: TypeId) -> TypeId {
        if self.map.is_empty() {
            return cx.canonical(t);
        }
        if let Some(&r) = self.memo.borrow().get(&t) {
            return r;
        }
        let r = cx.store.concrete(t, &self.map);
        self.memo.borrow_mut().insert(t, r);
        r
    }
}
