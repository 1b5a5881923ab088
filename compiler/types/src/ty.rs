//! The entries of the type table: basic, named, pointer, slice, array, map, channel, struct, tuple, signature,
//! interface, union, type parameter and alias types.
//!
//! Structs, signatures and interfaces may be reserved first and filled later ([`Late`]), because declarations
//! refer to one another; reading an unfilled one gives its empty form.

use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use grus_syntax::{Pos, Symbol};

use crate::store::{LateId, ObjId, ScopeId, TypeId};
use crate::termlist::Term;
use crate::typeset::TypeSet;
use crate::universe::typ;

/// A type. See the module's text.
#[derive(Debug)]
pub enum Type {
    /// A predeclared type, or the type of an untyped constant.
    Basic(Basic),
    /// A defined type, or an instance of a generic one.
    Named(Box<Named>),
    /// `*T`
    Pointer(Pointer),
    /// `[]T`
    Slice(Slice),
    /// `[n]T`
    Array(Array),
    /// `map[K]V`
    Map(Map),
    /// `chan T`
    Chan(Chan),
    /// `struct{...}`
    Struct(Late<Struct>),
    /// The parameters or results of a function.
    Tuple(Tuple),
    /// `func(...) ...`
    Signature(Late<Signature>),
    /// `interface{...}`
    Interface(Box<Interface>),
    /// `A | ~B`, in interfaces only.
    Union(Union),
    /// A type parameter.
    TypeParam(Box<TypeParam>),
    /// An alias declaration's type.
    Alias(Box<Alias>),
}

/// A value that is set once, after its owner was made.
#[derive(Debug)]
pub struct Late<T>(OnceLock<Box<T>>);

/// What an unset [`Late`] value reads as.
pub trait Empty: Sized + 'static {
    /// The empty value.
    fn empty() -> &'static Self;
}

impl<T: Empty> Late<T> {
    /// An unset value.
    pub fn unset() -> Self {
        Self(OnceLock::new())
    }

    /// A set value.
    pub fn set_to(value: T) -> Self {
        Self(OnceLock::from(Box::new(value)))
    }

    /// Sets the value, once.
    pub fn set(&self, value: T) {
        assert!(self.0.set(Box::new(value)).is_ok(), "late value set twice");
    }

    /// Whether the value is set.
    pub fn is_set(&self) -> bool {
        self.0.get().is_some()
    }
}

impl<T: Empty> Deref for Late<T> {
    type Target = T;
    fn deref(&self) -> &T {
        match self.0.get() {
            Some(b) => b,
            None => T::empty(),
        }
    }
}

/// A list of types, most often empty: type parameters or type arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeList(Option<Box<[TypeId]>>);

impl TypeList {
    /// The empty list.
    pub const NONE: TypeList = TypeList(None);

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl From<Vec<TypeId>> for TypeList {
    fn from(list: Vec<TypeId>) -> Self {
        if list.is_empty() { Self(None) } else { Self(Some(list.into_boxed_slice())) }
    }
}

impl From<&[TypeId]> for TypeList {
    fn from(list: &[TypeId]) -> Self {
        if list.is_empty() { Self(None) } else { Self(Some(list.into())) }
    }
}

impl Deref for TypeList {
    type Target = [TypeId];
    fn deref(&self) -> &[TypeId] {
        self.0.as_deref().unwrap_or(&[])
    }
}

/// Which basic type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum BasicKind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    String,
    UnsafePointer,
    UntypedBool,
    UntypedInt,
    UntypedRune,
    UntypedFloat,
    UntypedComplex,
    UntypedString,
    UntypedNil,
}

/// Properties of basic types, as a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasicInfo(pub u16);

#[allow(missing_docs)]
impl BasicInfo {
    pub const NONE: Self = Self(0);
    pub const BOOLEAN: Self = Self(1);
    pub const INTEGER: Self = Self(2);
    pub const UNSIGNED: Self = Self(4);
    pub const FLOAT: Self = Self(8);
    pub const COMPLEX: Self = Self(16);
    pub const STRING: Self = Self(32);
    pub const UNTYPED: Self = Self(64);
    pub const ORDERED: Self = Self(2 | 8 | 32);
    pub const NUMERIC: Self = Self(2 | 8 | 16);
    pub const CONST_TYPE: Self = Self(1 | 2 | 8 | 16 | 32);

    /// Whether the sets have a bit in common.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The union of the sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A basic type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Basic {
    /// Which one; `byte` and `rune` have the kinds of `uint8` and `int32`.
    pub kind: BasicKind,
    /// Its properties.
    pub info: BasicInfo,
    /// Its name.
    pub name: &'static str,
}

/// `*elem`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pointer {
    /// The type pointed to.
    pub elem: TypeId,
}

/// `[]elem`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    /// The element type.
    pub elem: TypeId,
}

/// `[len]elem`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Array {
    /// The element type.
    pub elem: TypeId,
    /// The length; negative if unknown.
    pub len: i64,
}

/// `map[key]elem`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Map {
    /// The key type.
    pub key: TypeId,
    /// The element type.
    pub elem: TypeId,
}

/// `chan elem` with a direction
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chan {
    /// What the channel can be used for.
    pub dir: ChanDir,
    /// The element type.
    pub elem: TypeId,
}

/// What a channel can be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum ChanDir {
    SendRecv,
    SendOnly,
    RecvOnly,
}

/// The contents of a struct type.
#[derive(Clone, Debug, Default)]
pub struct Struct {
    /// The fields in source order.
    pub fields: Box<[ObjId]>,
    /// The tags, as many as fields; or none at all.
    pub tags: Box<[Symbol]>,
}

impl Struct {
    /// The tag of field `i`; empty if it has none.
    pub fn tag(&self, i: usize) -> &'static str {
        self.tags.get(i).map_or("", |t| t.as_str())
    }
}

impl Empty for Struct {
    fn empty() -> &'static Self {
        static EMPTY: OnceLock<Struct> = OnceLock::new();
        EMPTY.get_or_init(Struct::default)
    }
}

/// A list of variables.
#[derive(Clone, Debug)]
pub struct Tuple {
    /// The variables.
    pub vars: Box<[ObjId]>,
}

/// The contents of a function type.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The type parameters of the receiver.
    pub rparams: TypeList,
    /// The type parameters.
    pub tparams: TypeList,
    /// The function's scope, while the declaration's checker lives.
    pub scope: Option<ScopeId>,
    /// The receiver of a method.
    pub recv: Option<ObjId>,
    /// The receiver that a method expression dropped.
    pub recv_old: Option<ObjId>,
    /// The parameters, a tuple.
    pub params: TypeId,
    /// The results, a tuple.
    pub results: TypeId,
    /// Whether the last parameter is `...T` (its type is `[]T`).
    pub variadic: bool,
}

impl Default for Signature {
    fn default() -> Self {
        Self {
            rparams: TypeList::NONE,
            tparams: TypeList::NONE,
            scope: None,
            recv: None,
            recv_old: None,
            params: typ::EMPTY_TUPLE,
            results: typ::EMPTY_TUPLE,
            variadic: false,
        }
    }
}

impl Empty for Signature {
    fn empty() -> &'static Self {
        static EMPTY: OnceLock<Signature> = OnceLock::new();
        EMPTY.get_or_init(Signature::default)
    }
}

/// What an interface declares.
#[derive(Clone, Debug, Default)]
pub struct InterfaceBody {
    /// The explicitly declared methods, sorted by `TypeStore::cmp_objects`.
    pub methods: Box<[ObjId]>,
    /// The embedded elements in source order.
    pub embeddeds: Box<[TypeId]>,
    /// The positions of the embedded elements, for messages; or empty.
    pub embed_pos: Box<[Pos]>,
}

/// An interface.
#[derive(Debug)]
pub struct Interface {
    body: OnceLock<InterfaceBody>,
    implicit: AtomicBool,
    pub(crate) tset: OnceLock<TypeSet>,
}

impl Interface {
    /// An incomplete interface.
    pub fn reserved() -> Self {
        Self { body: OnceLock::new(), implicit: AtomicBool::new(false), tset: OnceLock::new() }
    }

    /// Sets what the interface declares, once: the interface is complete.
    pub fn set_body(&self, body: InterfaceBody) {
        assert!(self.body.set(body).is_ok(), "interface completed twice");
    }

    /// Whether the interface's body is set.
    pub fn complete(&self) -> bool {
        self.body.get().is_some()
    }

    /// The explicitly declared methods.
    pub fn methods(&self) -> &[ObjId] {
        self.body.get().map_or(&[], |b| &b.methods)
    }

    /// The embedded elements.
    pub fn embeddeds(&self) -> &[TypeId] {
        self.body.get().map_or(&[], |b| &b.embeddeds)
    }

    /// The positions of the embedded elements, or nothing.
    pub fn embed_pos(&self) -> &[Pos] {
        self.body.get().map_or(&[], |b| &b.embed_pos)
    }

    /// Whether the interface only wraps a type set literal (`~T`, `A|B`, or a non-interface type).
    pub fn implicit(&self) -> bool {
        self.implicit.load(Ordering::Relaxed)
    }

    /// Notes that the interface only wraps a type set literal.
    pub fn mark_implicit(&self) {
        self.implicit.store(true, Ordering::Relaxed);
    }
}

/// `A | ~B`
#[derive(Clone, Debug)]
pub struct Union {
    /// The terms as written; each has a type.
    pub terms: Box<[Term]>,
}

/// A defined type, or an instance of a generic one.
#[derive(Debug)]
pub struct Named {
    /// The type name; for instances that of the generic type.
    pub obj: ObjId,
    /// For instances: what was instantiated.
    pub inst: Option<NamedInstance>,
    pub(crate) rhs: LateId<TypeId>,
    pub(crate) underlying: LateId<TypeId>,
    pub(crate) tparams: OnceLock<TypeList>,
    pub(crate) implicit_tparams: OnceLock<TypeList>,
    pub(crate) methods: OnceLock<Box<[ObjId]>>,
    valid: AtomicBool,
}

/// What an instance instantiates.
#[derive(Debug)]
pub struct NamedInstance {
    /// The generic type.
    pub orig: TypeId,
    /// The type arguments.
    pub targs: Box<[TypeId]>,
    /// Where the (first) instantiation is written.
    pub pos: Pos,
}

impl Named {
    pub(crate) fn declared(obj: ObjId, rhs: Option<TypeId>) -> Self {
        Self {
            obj,
            inst: None,
            rhs: LateId::new(rhs),
            underlying: LateId::new(None),
            tparams: OnceLock::new(),
            implicit_tparams: OnceLock::new(),
            methods: OnceLock::new(),
            valid: AtomicBool::new(false),
        }
    }

    /// Whether the type was found not to contain itself.
    pub(crate) fn known_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    /// Notes that the type does not contain itself.
    pub(crate) fn set_known_valid(&self) {
        self.valid.store(true, Ordering::Relaxed);
    }

    pub(crate) fn instance(obj: ObjId, inst: NamedInstance) -> Self {
        Self { inst: Some(inst), ..Self::declared(obj, None) }
    }

    /// The type arguments of an instance.
    pub fn targs(&self) -> &[TypeId] {
        self.inst.as_ref().map_or(&[], |i| &i.targs)
    }

    /// The right-hand side of a declared type's declaration, once known. For instances see
    /// `TypeStore::named_rhs`.
    pub fn from_rhs(&self) -> Option<TypeId> {
        self.rhs.get()
    }

    /// Sets (or, while the declaration is being checked, replaces) the right-hand side.
    pub fn set_rhs(&self, rhs: TypeId) {
        self.underlying.clear();
        self.rhs.set(rhs);
    }

    /// Sets the type parameters of a declared type, once.
    pub fn set_tparams(&self, tparams: TypeList) {
        assert!(self.inst.is_none(), "an instance has the type parameters of its origin");
        assert!(self.tparams.set(tparams).is_ok(), "type parameters set twice");
    }

    /// The type parameters of the generic function that declares a local type: the type is another one for each
    /// instance of the function.
    pub fn implicit_tparams(&self) -> &[TypeId] {
        self.implicit_tparams.get().map_or(&[], |l| l)
    }

    /// Sets the type parameters of the generic function that declares a local type.
    pub fn set_implicit_tparams(&self, tparams: TypeList) {
        let _ = self.implicit_tparams.set(tparams);
    }

    /// Sets the methods of a declared type, once, after all were collected.
    pub fn set_methods(&self, methods: Vec<ObjId>) {
        assert!(self.inst.is_none(), "an instance has the methods of its origin");
        assert!(self.methods.set(methods.into_boxed_slice()).is_ok(), "methods set twice");
    }
}

/// A type parameter.
#[derive(Debug)]
pub struct TypeParam {
    /// The type name.
    pub obj: ObjId,
    index: AtomicI32,
    pub(crate) bound: LateId<TypeId>,
    /// The interface that the bound stands for, with the bound that it was made for.
    pub(crate) iface: LateId<TypeId>,
    pub(crate) iface_of: LateId<TypeId>,
    origin: LateId<TypeId>,
}

impl TypeParam {
    pub(crate) fn new(obj: ObjId, bound: TypeId) -> Self {
        Self {
            obj,
            index: AtomicI32::new(-1),
            bound: LateId::new(Some(bound)),
            iface: LateId::new(None),
            iface_of: LateId::new(None),
            origin: LateId::new(None),
        }
    }

    /// The declared type parameter that this one is a renamed copy of.
    pub fn origin(&self) -> Option<TypeId> {
        self.origin.get()
    }

    pub(crate) fn set_origin(&self, origin: TypeId) {
        self.origin.set(origin);
    }

    /// The place in the list that declares the parameter; `None` before the list is complete.
    pub fn index(&self) -> Option<usize> {
        usize::try_from(self.index.load(Ordering::Relaxed)).ok()
    }

    pub(crate) fn set_index(&self, index: usize) {
        self.index.store(index as i32, Ordering::Relaxed);
    }

    /// The constraint as declared; the invalid type before it is known.
    pub fn bound(&self) -> TypeId {
        self.bound.get().unwrap_or(typ::INVALID)
    }

    /// Sets the constraint.
    pub fn set_bound(&self, bound: TypeId) {
        self.bound.set(bound);
    }
}

/// The type that an alias declaration declares.
#[derive(Debug)]
pub struct Alias {
    /// The type name; for instances that of the generic alias.
    pub obj: ObjId,
    /// For instances: the generic alias.
    pub orig: Option<TypeId>,
    /// For instances: the type arguments.
    pub targs: TypeList,
    pub(crate) tparams: OnceLock<TypeList>,
    pub(crate) rhs: LateId<TypeId>,
    pub(crate) actual: LateId<TypeId>,
}

impl Alias {
    pub(crate) fn declared(obj: ObjId, rhs: Option<TypeId>) -> Self {
        Self {
            obj,
            orig: None,
            targs: TypeList::NONE,
            tparams: OnceLock::new(),
            rhs: LateId::new(rhs),
            actual: LateId::new(None),
        }
    }

    /// The right-hand side of the declaration, once known; it may be an alias.
    pub fn from_rhs(&self) -> Option<TypeId> {
        self.rhs.get()
    }

    /// Sets or replaces the right-hand side.
    pub fn set_rhs(&self, rhs: TypeId) {
        self.actual.clear();
        self.rhs.set(rhs);
    }

    /// The type parameters.
    pub fn tparams(&self) -> &[TypeId] {
        self.tparams.get().map_or(&[], |t| t)
    }

    /// Sets the type parameters, once.
    pub fn set_tparams(&self, tparams: TypeList) {
        assert!(self.tparams.set(tparams).is_ok(), "type parameters set twice");
    }
}
