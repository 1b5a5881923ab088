//! What the lowering of a whole program shares: the type store, the front end, symbols, layouts,
//! instances. Everything is append-only or behind locks that are held for a look-up only, so that
//! functions can be lowered in parallel.

use crate::frontend::Frontend;
use crate::layout::{Kind, Layouts, TypeInfo};
use crate::mono::{Env, Inst, InstId, Insts};
use crate::names::Linknames;
use grus_ir::{Sym, Symbols};
use grus_syntax::Symbol;
use grus_types::{ObjId, ObjectKind, PkgId, Type, TypeId, TypeStore};

/// The architecture that code is generated for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    Amd64,
    Arm64,
}

/// What one lowering of a program shares.
pub struct Cx<'a> {
    pub store: &'a TypeStore,
    pub front: &'a dyn Frontend,
    pub symbols: &'a Symbols,
    pub arch: Arch,
    /// Whether the target has a fused multiply-add instruction.
    pub has_fma: bool,
    /// The overlay package `runtime`.
    pub runtime: PkgId,
    pub linknames: Linknames,
    layouts: Layouts,
    pub(crate) insts: Insts,
    pub(crate) method_sets: crate::methods::MethodSets,
    pub(crate) local_types: crate::names::LocalTypes,
    pub(crate) init_literals: crate::globals::InitLiterals,
}

/// Parameters and results of a function instance, canonical.
#[derive(Clone, Debug)]
pub struct InstSig {
    /// The receiver's type.
    pub recv: Option<TypeId>,
    pub params: Vec<TypeId>,
    pub results: Vec<TypeId>,
    pub variadic: bool,
}

impl<'a> Cx<'a> {
    pub fn new(front: &'a dyn Frontend, symbols: &'a Symbols, arch: Arch) -> Cx<'a> {
        let store = front.store();
        let runtime = store.package(Symbol::intern("runtime")).expect("package runtime is loaded");
        Cx {
            store,
            front,
            symbols,
            arch,
            has_fma: false,
            runtime,
            linknames: Linknames::collect(front),
            layouts: Layouts::default(),
            insts: Insts::default(),
            method_sets: crate::methods::MethodSets::default(),
            local_types: crate::names::LocalTypes::default(),
            init_literals: crate::globals::InitLiterals::default(),
        }
    }

    /// The info of a canonical type.
    pub fn info(&self, t: TypeId) -> &TypeInfo {
        self.layouts.get(self.store, t)
    }

    /// Offsets of the words of the type that the collector follows.
    pub fn ptr_words(&self, t: TypeId) -> Vec<u32> {
        self.layouts.ptr_words(self.store, t)
    }

    /// Offsets of the words that hold pointers when a value of the type lies in a slot.
    pub fn slot_ptr_words(&self, t: TypeId) -> Vec<u32> {
        self.layouts.slot_ptr_words(self.store, t)
    }

    pub fn layouts(&self) -> &Layouts {
        &self.layouts
    }

    /// The canonical form of a concrete type.
    pub fn canonical(&self, t: TypeId) -> TypeId {
        self.store.canonical(t)
    }

    pub fn pointer_to(&self, t: TypeId) -> TypeId {
        self.store.canonical(self.store.new_pointer(t))
    }

    pub fn slice_of(&self, t: TypeId) -> TypeId {
        self.store.canonical(self.store.new_slice(t))
    }

    pub fn array_of(&self, t: TypeId, len: u64) -> TypeId {
        self.store.canonical(self.store.new_array(t, len as i64))
    }

    /// Canonical types of the parameters and results of a signature without type parameters.
    pub fn signature_types(&self, sig: TypeId) -> (Vec<TypeId>, Vec<TypeId>) {
        let s = self.store.signature(self.store.under(sig));
        let list = |tuple: TypeId| {
            self.store.vars(tuple).iter().map(|&v| self.canonical(self.store.type_of(v))).collect()
        };
        (list(s.params), list(s.results))
    }

    /// Whether a signature is variadic.
    pub fn is_variadic(&self, sig: TypeId) -> bool {
        self.store.signature(self.store.under(sig)).variadic
    }

    /// The instance of a function or method (the object of its declaration) for type arguments.
    pub fn inst(&self, func: ObjId, targs: &[TypeId]) -> InstId {
        debug_assert!(self.store.obj(func).origin().is_none(), "instances are made of declared functions");
        self.insts.intern(func, targs)
    }

    pub fn inst_data(&self, id: InstId) -> &Inst {
        self.insts.get(id)
    }

    /// The substitution of the type parameters of an instance.
    pub fn inst_env(&self, id: InstId) -> Env {
        let inst = self.insts.get(id);
        let sig = self.store.signature(self.store.type_of(inst.func));
        let params = sig.rparams.iter().chain(sig.tparams.iter()).copied();
        assert_eq!(
            sig.rparams.len() + sig.tparams.len(),
            inst.targs.len(),
            "type arguments of {}",
            self.store.obj(inst.func).name
        );
        Env::new(params.zip(inst.targs.iter().copied()))
    }

    /// Parameters and results of an instance.
    pub fn inst_sig(&self, id: InstId) -> InstSig {
        let env = self.inst_env(id);
        let inst = self.insts.get(id);
        let sig = self.store.signature(self.store.type_of(inst.func));
        let ty = |v: ObjId| env.ty(self, self.store.type_of(v));
        InstSig {
            recv: sig.recv.map(ty),
            params: self.store.vars(sig.params).iter().map(|&v| ty(v)).collect(),
            results: self.store.vars(sig.results).iter().map(|&v| ty(v)).collect(),
            variadic: sig.variadic,
        }
    }

    /// A function of package runtime that generated code calls.
    pub fn runtime_func(&self, name: &str) -> Option<ObjId> {
        let obj = self.front.lookup(self.runtime, Symbol::intern(name))?;
        matches!(self.store.obj(obj).kind, ObjectKind::Func { .. }).then_some(obj)
    }

    /// A package-level object by import path and name.
    pub fn lookup_in(&self, path: &str, name: &str) -> Option<ObjId> {
        let pkg = self.store.package(Symbol::intern(path))?;
        self.front.lookup(pkg, Symbol::intern(name))
    }

    /// Whether values of a type hold pointers other than those of strings.
    pub fn has_non_string_pointers(&self, t: TypeId) -> bool {
        let info = self.info(t);
        match &info.kind {
            Kind::String => false,
            Kind::Array(elem, len) => *len > 0 && self.has_non_string_pointers(*elem),
            Kind::Struct(fields) => fields.iter().any(|f| self.has_non_string_pointers(f.ty)),
            _ => info.has_ptrs(),
        }
    }

    /// The named type that `t` is, or that it points to.
    pub fn named_base(&self, t: TypeId) -> Option<TypeId> {
        match self.store.ty(t) {
            Type::Named(_) => Some(t),
            Type::Pointer(p) => {
                let elem = self.store.canonical(p.elem);
                matches!(self.store.ty(elem), Type::Named(_)).then_some(elem)
            }
            _ => None,
        }
    }

    /// The pointed-to type, if `t` (or its underlying type) is a pointer.
    pub fn pointee(&self, t: TypeId) -> Option<TypeId> {
        match self.info(t).kind {
            crate::layout::Kind::Pointer(e) => Some(e),
            _ => None,
        }
    }

    pub fn intern(&self, name: &str) -> Sym {
        self.symbols.intern(name)
    }
}
