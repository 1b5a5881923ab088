//! The append-only store of all types, objects, scopes and packages of a compilation.
//!
//! Identifiers are 32-bit and never zero, so that `Option` of one is as small. Reading an entry takes no lock;
//! appending is lock-free too (`boxcar`). Simple composites (pointer, slice, array, map, channel) and instances
//! of generic types are interned, so that equality of identifiers is the common case of type identity. It is
//! never the only case: `identical` decides.

use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::Index;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, RwLock};

use grus_syntax::{Pos, Symbol};
use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHasher};

use crate::object::{Object, ObjectKind};
use crate::package::Package;
use crate::scope::Scope;
use crate::ty::{
    Alias, Array, Chan, ChanDir, Interface, InterfaceBody, Late, Map, Named, NamedInstance, Pointer,
    Signature, Slice, Struct, Tuple, Type, TypeList, TypeParam, Union,
};

/// An identifier that indexes a table of the store; zero is not used.
pub trait Id: Copy + Eq {
    /// The identifier of the entry at `index`.
    fn from_index(index: usize) -> Self;
    /// The index of the entry in its table.
    fn index(self) -> usize;
    /// The identifier as a number that is not zero.
    fn raw(self) -> NonZeroU32;
    /// The inverse of [`Id::raw`].
    fn from_raw(raw: NonZeroU32) -> Self;
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The identifier with number `n`, which must not be zero.
            pub const fn new(n: u32) -> Self {
                match NonZeroU32::new(n) {
                    Some(n) => Self(n),
                    None => panic!("identifier zero"),
                }
            }

            /// The number of the identifier.
            pub const fn as_u32(self) -> u32 {
                self.0.get()
            }
        }

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                let n = u32::try_from(index + 1).expect("the type store is full");
                Self::new(n)
            }
            fn index(self) -> usize {
                self.0.get() as usize - 1
            }
            fn raw(self) -> NonZeroU32 {
                self.0
            }
            fn from_raw(raw: NonZeroU32) -> Self {
                Self(raw)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id! {
    /// A type. Equal identifiers denote identical types; the converse does not hold, ask `identical`.
    TypeId
}
id! {
    /// A declared (or synthesised) object: constant, type name, variable, field, function, method, ...
    ObjId
}
id! {
    /// A package.
    PkgId
}
id! {
    /// A scope. Identifiers with the top bit set belong to the checker that made them, the others to the store.
    ScopeId
}

/// An identifier that is set after its owner was made, and may be replaced.
#[derive(Debug, Default)]
pub struct LateId<T> {
    raw: AtomicU32,
    of: PhantomData<T>,
}

impl<T: Id> LateId<T> {
    /// A late identifier with an initial value.
    pub fn new(value: Option<T>) -> Self {
        Self { raw: AtomicU32::new(value.map_or(0, |v| v.raw().get())), of: PhantomData }
    }

    /// The value, if it was set.
    pub fn get(&self) -> Option<T> {
        NonZeroU32::new(self.raw.load(Ordering::Acquire)).map(T::from_raw)
    }

    /// Sets or replaces the value.
    pub fn set(&self, value: T) {
        self.raw.store(value.raw().get(), Ordering::Release);
    }

    /// Removes the value.
    pub fn clear(&self) {
        self.raw.store(0, Ordering::Release);
    }

    /// Sets the value unless one was set; returns the value that stands.
    pub fn set_once(&self, value: T) -> T {
        match self.raw.compare_exchange(0, value.raw().get(), Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => value,
            Err(old) => T::from_raw(NonZeroU32::new(old).expect("compare_exchange failed on zero")),
        }
    }
}

const SHARDS: usize = 64;

/// A concurrent set of types, each found by a hash of its parts. A lock is held for one look-up only.
struct Interner {
    shards: Vec<Mutex<HashTable<TypeId>>>,
}

impl Interner {
    fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::new(HashTable::new())).collect() }
    }

    fn intern(
        &self,
        hash: u64,
        eq: impl Fn(TypeId) -> bool,
        rehash: impl Fn(TypeId) -> u64,
        make: impl FnOnce() -> TypeId,
    ) -> TypeId {
        let shard = &self.shards[(hash >> 40) as usize % SHARDS];
        let mut table = shard.lock().expect("no panic inside the interner");
        if let Some(&t) = table.find(hash, |&t| eq(t)) {
            return t;
        }
        let t = make();
        table.insert_unique(hash, t, |&t| rehash(t));
        t
    }
}

/// All types, objects, scopes and packages of a compilation. See the module's text.
pub struct TypeStore {
    types: boxcar::Vec<Type>,
    objects: boxcar::Vec<Object>,
    scopes: boxcar::Vec<Scope>,
    packages: boxcar::Vec<Package>,
    composites: Interner,
    instances: Interner,
    package_paths: RwLock<FxHashMap<Symbol, PkgId>>,
    pub(crate) canonical: crate::canonical::Canonical,
    sizes: crate::sizes::Sizes,
}

impl Default for TypeStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TypeStore {
    /// A store that holds the universe and package `unsafe`, with the sizes of amd64.
    pub fn new() -> Self {
        Self::with_options(crate::sizes::Sizes::amd64(), false)
    }

    /// A store that holds the universe and package `unsafe`. With `test_funcs` the universe declares `assert` and
    /// `trace`, as the type checker's own tests expect.
    pub fn with_options(sizes: crate::sizes::Sizes, test_funcs: bool) -> Self {
        let store = Self {
            types: boxcar::Vec::new(),
            objects: boxcar::Vec::new(),
            scopes: boxcar::Vec::new(),
            packages: boxcar::Vec::new(),
            composites: Interner::new(),
            instances: Interner::new(),
            package_paths: RwLock::new(FxHashMap::default()),
            canonical: crate::canonical::Canonical::new(),
            sizes,
        };
        crate::universe::define(&store, test_funcs);
        store
    }

    /// The sizes of the target.
    pub fn sizes(&self) -> &crate::sizes::Sizes {
        &self.sizes
    }

    /// The entry of a type.
    pub fn ty(&self, t: TypeId) -> &Type {
        &self.types[t.index()]
    }

    /// The entry of an object.
    pub fn obj(&self, o: ObjId) -> &Object {
        &self.objects[o.index()]
    }

    /// The entry of a package.
    pub fn pkg(&self, p: PkgId) -> &Package {
        &self.packages[p.index()]
    }

    /// The entry of a scope of the store.
    pub fn scope(&self, s: ScopeId) -> &Scope {
        &self.scopes[s.index()]
    }

    /// How many types the store holds.
    pub fn type_count(&self) -> usize {
        self.types.count()
    }

    /// How many objects the store holds.
    pub fn object_count(&self) -> usize {
        self.objects.count()
    }

    /// Appends a type.
    pub fn add_type(&self, ty: Type) -> TypeId {
        TypeId::from_index(self.types.push(ty))
    }

    /// Appends an object.
    pub fn add_object(&self, object: Object) -> ObjId {
        ObjId::from_index(self.objects.push(object))
    }

    /// Appends a scope that other checkers may see: universe, package and file scopes. Its contents are set by
    /// [`Scope::freeze`] when they are complete.
    pub fn add_scope(&self, scope: Scope) -> ScopeId {
        ScopeId::from_index(self.scopes.push(scope))
    }

    /// Appends a package with an empty package scope. The package is found by `package` afterwards.
    pub fn new_package(&self, path: Symbol, name: Symbol) -> PkgId {
        let scope = self.add_scope(Scope::new(Some(crate::universe::UNIVERSE), Pos::NONE, Pos::NONE, false));
        let pkg = PkgId::from_index(self.packages.push(Package::new(path, name, scope)));
        self.package_paths.write().expect("no panic under the lock").insert(path, pkg);
        pkg
    }

    /// The package that was last made with this path.
    pub fn package(&self, path: Symbol) -> Option<PkgId> {
        self.package_paths.read().expect("no panic under the lock").get(&path).copied()
    }

    /// All packages of the store, in order of creation.
    pub fn packages(&self) -> impl Iterator<Item = PkgId> + '_ {
        (0..self.packages.count()).map(PkgId::from_index)
    }

    // Simple composites.

    fn intern(&self, ty: Type) -> TypeId {
        let hash = composite_hash(&ty);
        self.composites.intern(
            hash,
            |t| composite_eq(self.ty(t), &ty),
            |t| composite_hash(self.ty(t)),
            || {
                // The entry is copied: composites are plain words.
                self.add_type(match &ty {
                    Type::Pointer(p) => Type::Pointer(*p),
                    Type::Slice(s) => Type::Slice(*s),
                    Type::Array(a) => Type::Array(*a),
                    Type::Map(m) => Type::Map(*m),
                    Type::Chan(c) => Type::Chan(*c),
                    _ => unreachable!("not a simple composite"),
                })
            },
        )
    }

    /// `*elem`.
    pub fn new_pointer(&self, elem: TypeId) -> TypeId {
        self.intern(Type::Pointer(Pointer { elem }))
    }

    /// `[]elem`.
    pub fn new_slice(&self, elem: TypeId) -> TypeId {
        self.intern(Type::Slice(Slice { elem }))
    }

    /// `[len]elem`; a negative length is unknown (an error was reported).
    pub fn new_array(&self, elem: TypeId, len: i64) -> TypeId {
        self.intern(Type::Array(Array { elem, len }))
    }

    /// `map[key]elem`.
    pub fn new_map(&self, key: TypeId, elem: TypeId) -> TypeId {
        self.intern(Type::Map(Map { key, elem }))
    }

    /// `chan elem`, `<-chan elem` or `chan<- elem`.
    pub fn new_chan(&self, dir: ChanDir, elem: TypeId) -> TypeId {
        self.intern(Type::Chan(Chan { dir, elem }))
    }

    // Other types.

    /// A tuple of variables; the empty one is `typ::EMPTY_TUPLE`.
    pub fn new_tuple(&self, vars: Vec<ObjId>) -> TypeId {
        if vars.is_empty() {
            return crate::universe::typ::EMPTY_TUPLE;
        }
        self.add_type(Type::Tuple(Tuple { vars: vars.into_boxed_slice() }))
    }

    /// The variables of a tuple.
    pub fn vars(&self, tuple: TypeId) -> &[ObjId] {
        match self.ty(tuple) {
            Type::Tuple(t) => &t.vars,
            _ => panic!("not a tuple"),
        }
    }

    /// A complete struct type.
    pub fn new_struct(&self, s: Struct) -> TypeId {
        self.add_type(Type::Struct(Late::set_to(s)))
    }

    /// A struct type whose contents follow by [`TypeStore::fill_struct`]; it is empty until then.
    pub fn reserve_struct(&self) -> TypeId {
        self.add_type(Type::Struct(Late::unset()))
    }

    /// Sets the contents of a reserved struct type.
    pub fn fill_struct(&self, t: TypeId, s: Struct) {
        match self.ty(t) {
            Type::Struct(late) => late.set(s),
            _ => panic!("not a struct"),
        }
    }

    /// A complete signature.
    pub fn new_signature(&self, s: Signature) -> TypeId {
        self.add_type(Type::Signature(Late::set_to(s)))
    }

    /// A signature whose contents follow by [`TypeStore::fill_signature`]; it is `func()` until then.
    pub fn reserve_signature(&self) -> TypeId {
        self.add_type(Type::Signature(Late::unset()))
    }

    /// Sets the contents of a reserved signature.
    pub fn fill_signature(&self, t: TypeId, s: Signature) {
        match self.ty(t) {
            Type::Signature(late) => late.set(s),
            _ => panic!("not a signature"),
        }
    }

    /// The contents of a signature.
    pub fn signature(&self, t: TypeId) -> &Signature {
        match self.ty(t) {
            Type::Signature(s) => s,
            _ => panic!("not a signature: {}", self.type_string(t)),
        }
    }

    /// A complete interface. Its type set is computed on demand.
    pub fn new_interface(&self, body: InterfaceBody, implicit: bool) -> TypeId {
        let i = Interface::reserved();
        i.set_body(body);
        if implicit {
            i.mark_implicit();
        }
        self.add_type(Type::Interface(Box::new(i)))
    }

    /// An interface whose contents follow by [`Interface::set_body`]; it is incomplete until then.
    pub fn reserve_interface(&self) -> TypeId {
        self.add_type(Type::Interface(Box::new(Interface::reserved())))
    }

    /// The entry of an interface.
    pub fn interface(&self, t: TypeId) -> &Interface {
        match self.ty(t) {
            Type::Interface(i) => i,
            _ => panic!("not an interface: {}", self.type_string(t)),
        }
    }

    /// A union of terms.
    pub fn new_union(&self, terms: Vec<crate::termlist::Term>) -> TypeId {
        assert!(!terms.is_empty(), "empty union");
        self.add_type(Type::Union(Union { terms: terms.into_boxed_slice() }))
    }

    /// A declared named type. If `obj` has no type yet, the new type becomes its type.
    pub fn new_named(&self, obj: ObjId, rhs: Option<TypeId>) -> TypeId {
        let t = self.add_type(Type::Named(Box::new(Named::declared(obj, rhs))));
        self.obj(obj).typ.set_once(t);
        t
    }

    /// The entry of a named type.
    pub fn named(&self, t: TypeId) -> &Named {
        match self.ty(t) {
            Type::Named(n) => n,
            _ => panic!("not a named type: {}", self.type_string(t)),
        }
    }

    /// The instance of the generic type `orig` for these type arguments; interned by the identifiers.
    pub fn new_named_instance(&self, pos: Pos, orig: TypeId, targs: &[TypeId]) -> TypeId {
        assert!(!targs.is_empty(), "instance without type arguments");
        let hash = instance_hash(orig, targs);
        self.instances.intern(
            hash,
            |t| {
                let inst = self.named(t).inst.as_ref().expect("an instance");
                inst.orig == orig && *inst.targs == *targs
            },
            |t| {
                let inst = self.named(t).inst.as_ref().expect("an instance");
                instance_hash(inst.orig, &inst.targs)
            },
            || {
                let obj = self.named(orig).obj;
                let inst = NamedInstance { orig, targs: targs.into(), pos };
                self.add_type(Type::Named(Box::new(Named::instance(obj, inst))))
            },
        )
    }

    /// A type parameter. If `obj` has no type yet, the new type becomes its type.
    pub fn new_type_param(&self, obj: ObjId, bound: TypeId) -> TypeId {
        let t = self.add_type(Type::TypeParam(Box::new(TypeParam::new(obj, bound))));
        self.obj(obj).typ.set_once(t);
        t
    }

    /// The entry of a type parameter.
    pub fn type_param(&self, t: TypeId) -> &TypeParam {
        match self.ty(t) {
            Type::TypeParam(p) => p,
            _ => panic!("not a type parameter: {}", self.type_string(t)),
        }
    }

    /// Numbers type parameters by their place in the list that declares them.
    pub fn bind_tparams(&self, list: Vec<TypeId>) -> TypeList {
        for (i, &p) in list.iter().enumerate() {
            self.type_param(p).set_index(i);
        }
        TypeList::from(list)
    }

    /// An alias. If `obj` has no type yet, the new type becomes its type.
    pub fn new_alias(&self, obj: ObjId, rhs: Option<TypeId>) -> TypeId {
        let t = self.add_type(Type::Alias(Box::new(Alias::declared(obj, rhs))));
        self.obj(obj).typ.set_once(t);
        t
    }

    /// The entry of an alias.
    pub fn alias(&self, t: TypeId) -> &Alias {
        match self.ty(t) {
            Type::Alias(a) => a,
            _ => panic!("not an alias: {}", self.type_string(t)),
        }
    }

    // Objects.

    /// Appends an object without scope.
    pub fn new_object(
        &self,
        kind: ObjectKind,
        pos: Pos,
        pkg: Option<PkgId>,
        name: Symbol,
        typ: Option<TypeId>,
    ) -> ObjId {
        self.add_object(Object::new(kind, pos, pkg, name, typ))
    }

    /// The type of an object; the invalid type when it has none yet.
    pub fn type_of(&self, o: ObjId) -> TypeId {
        self.obj(o).typ.get().unwrap_or(crate::universe::typ::INVALID)
    }
}

fn hash_words(words: [u64; 3]) -> u64 {
    let mut h = FxHasher::default();
    words.hash(&mut h);
    h.finish()
}

fn composite_hash(ty: &Type) -> u64 {
    hash_words(match ty {
        Type::Pointer(p) => [1, p.elem.as_u32() as u64, 0],
        Type::Slice(s) => [2, s.elem.as_u32() as u64, 0],
        Type::Array(a) => [3, a.elem.as_u32() as u64, a.len as u64],
        Type::Map(m) => [4, m.key.as_u32() as u64, m.elem.as_u32() as u64],
        Type::Chan(c) => [5 + c.dir as u64, c.elem.as_u32() as u64, 0],
        _ => unreachable!("not a simple composite"),
    })
}

fn composite_eq(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Pointer(a), Type::Pointer(b)) => a == b,
        (Type::Slice(a), Type::Slice(b)) => a == b,
        (Type::Array(a), Type::Array(b)) => a == b,
        (Type::Map(a), Type::Map(b)) => a == b,
        (Type::Chan(a), Type::Chan(b)) => a == b,
        _ => false,
    }
}

fn instance_hash(orig: TypeId, targs: &[TypeId]) -> u64 {
    let mut h = FxHasher::default();
    orig.hash(&mut h);
    targs.hash(&mut h);
    h.finish()
}

impl Index<TypeId> for TypeStore {
    type Output = Type;
    fn index(&self, t: TypeId) -> &Type {
        self.ty(t)
    }
}

impl Index<ObjId> for TypeStore {
    type Output = Object;
    fn index(&self, o: ObjId) -> &Object {
        self.obj(o)
    }
}

impl Index<PkgId> for TypeStore {
    type Output = Package;
    fn index(&self, p: PkgId) -> &Package {
        self.pkg(p)
    }
}
