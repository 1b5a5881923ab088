//! The universe scope and package `unsafe`, with fixed identifiers for what they declare.

use grus_syntax::{Pos, Symbol};

use crate::constant::Value;
use crate::object::{BuiltinId, ObjectKind, VarKind};
use crate::scope::{Scope, ScopeMap};
use crate::store::{ObjId, PkgId, ScopeId, TypeId, TypeStore};
use crate::ty::{Basic, BasicInfo, BasicKind, InterfaceBody, Signature, Tuple, Type};

/// The universe scope.
pub const UNIVERSE: ScopeId = ScopeId::new(1);

/// Package `unsafe`.
pub const UNSAFE: PkgId = PkgId::new(1);

/// The identifiers of the types that exist in every store.
#[allow(missing_docs)]
pub mod typ {
    use crate::store::TypeId;
    use crate::ty::BasicKind;

    /// The basic type of a kind (never `byte` or `rune`).
    pub const fn basic(kind: BasicKind) -> TypeId {
        TypeId::new(kind as u32 + 1)
    }

    pub const INVALID: TypeId = basic(BasicKind::Invalid);
    pub const BOOL: TypeId = basic(BasicKind::Bool);
    pub const INT: TypeId = basic(BasicKind::Int);
    pub const INT8: TypeId = basic(BasicKind::Int8);
    pub const INT16: TypeId = basic(BasicKind::Int16);
    pub const INT32: TypeId = basic(BasicKind::Int32);
    pub const INT64: TypeId = basic(BasicKind::Int64);
    pub const UINT: TypeId = basic(BasicKind::Uint);
    pub const UINT8: TypeId = basic(BasicKind::Uint8);
    pub const UINT16: TypeId = basic(BasicKind::Uint16);
    pub const UINT32: TypeId = basic(BasicKind::Uint32);
    pub const UINT64: TypeId = basic(BasicKind::Uint64);
    pub const UINTPTR: TypeId = basic(BasicKind::Uintptr);
    pub const FLOAT32: TypeId = basic(BasicKind::Float32);
    pub const FLOAT64: TypeId = basic(BasicKind::Float64);
    pub const COMPLEX64: TypeId = basic(BasicKind::Complex64);
    pub const COMPLEX128: TypeId = basic(BasicKind::Complex128);
    pub const STRING: TypeId = basic(BasicKind::String);
    pub const UNSAFE_POINTER: TypeId = basic(BasicKind::UnsafePointer);
    pub const UNTYPED_BOOL: TypeId = basic(BasicKind::UntypedBool);
    pub const UNTYPED_INT: TypeId = basic(BasicKind::UntypedInt);
    pub const UNTYPED_RUNE: TypeId = basic(BasicKind::UntypedRune);
    pub const UNTYPED_FLOAT: TypeId = basic(BasicKind::UntypedFloat);
    pub const UNTYPED_COMPLEX: TypeId = basic(BasicKind::UntypedComplex);
    pub const UNTYPED_STRING: TypeId = basic(BasicKind::UntypedString);
    pub const UNTYPED_NIL: TypeId = basic(BasicKind::UntypedNil);
    /// `byte`, identical to `uint8`.
    pub const BYTE: TypeId = TypeId::new(BasicKind::UntypedNil as u32 + 2);
    /// `rune`, identical to `int32`.
    pub const RUNE: TypeId = TypeId::new(BasicKind::UntypedNil as u32 + 3);
    /// The empty tuple.
    pub const EMPTY_TUPLE: TypeId = TypeId::new(BasicKind::UntypedNil as u32 + 4);
    /// `interface{}`
    pub const EMPTY_INTERFACE: TypeId = TypeId::new(BasicKind::UntypedNil as u32 + 5);
    /// The alias `any`.
    pub const ANY: TypeId = TypeId::new(BasicKind::UntypedNil as u32 + 6);
    /// `error`
    pub const ERROR: TypeId = TypeId::new(BasicKind::UntypedNil as u32 + 7);
    /// `comparable`
    pub const COMPARABLE: TypeId = TypeId::new(BasicKind::UntypedNil as u32 + 8);
}

/// The identifiers of the objects that exist in every store.
#[allow(missing_docs)]
pub mod object {
    use crate::store::ObjId;

    pub const ANY: ObjId = ObjId::new(1);
    pub const ERROR: ObjId = ObjId::new(2);
    pub const COMPARABLE: ObjId = ObjId::new(3);
    pub const IOTA: ObjId = ObjId::new(4);
    pub const TRUE: ObjId = ObjId::new(5);
    pub const FALSE: ObjId = ObjId::new(6);
    pub const NIL: ObjId = ObjId::new(7);
    /// The method `Error` of `error`.
    pub const ERROR_METHOD: ObjId = ObjId::new(8);
    /// The receiver that marks the signature of a method expression.
    pub const METHOD_EXPR_SENTINEL: ObjId = ObjId::new(9);
    pub const ASSERT: ObjId = ObjId::new(10);
    pub const TRACE: ObjId = ObjId::new(11);
}

const BASICS: [(BasicKind, BasicInfo, &str); 26] = {
    use BasicInfo as I;
    use BasicKind as K;
    [
        (K::Invalid, I::NONE, "invalid type"),
        (K::Bool, I::BOOLEAN, "bool"),
        (K::Int, I::INTEGER, "int"),
        (K::Int8, I::INTEGER, "int8"),
        (K::Int16, I::INTEGER, "int16"),
        (K::Int32, I::INTEGER, "int32"),
        (K::Int64, I::INTEGER, "int64"),
        (K::Uint, I::INTEGER.and(I::UNSIGNED), "uint"),
        (K::Uint8, I::INTEGER.and(I::UNSIGNED), "uint8"),
        (K::Uint16, I::INTEGER.and(I::UNSIGNED), "uint16"),
        (K::Uint32, I::INTEGER.and(I::UNSIGNED), "uint32"),
        (K::Uint64, I::INTEGER.and(I::UNSIGNED), "uint64"),
        (K::Uintptr, I::INTEGER.and(I::UNSIGNED), "uintptr"),
        (K::Float32, I::FLOAT, "float32"),
        (K::Float64, I::FLOAT, "float64"),
        (K::Complex64, I::COMPLEX, "complex64"),
        (K::Complex128, I::COMPLEX, "complex128"),
        (K::String, I::STRING, "string"),
        (K::UnsafePointer, I::NONE, "Pointer"),
        (K::UntypedBool, I::BOOLEAN.and(I::UNTYPED), "untyped bool"),
        (K::UntypedInt, I::INTEGER.and(I::UNTYPED), "untyped int"),
        (K::UntypedRune, I::INTEGER.and(I::UNTYPED), "untyped rune"),
        (K::UntypedFloat, I::FLOAT.and(I::UNTYPED), "untyped float"),
        (K::UntypedComplex, I::COMPLEX.and(I::UNTYPED), "untyped complex"),
        (K::UntypedString, I::STRING.and(I::UNTYPED), "untyped string"),
        (K::UntypedNil, I::UNTYPED, "untyped nil"),
    ]
};

const BUILTINS: [BuiltinId; 28] = {
    use BuiltinId::*;
    [
        Append, Cap, Clear, Close, Complex, Copy, Delete, Imag, Len, Make, Max, Min, New, Panic, Print,
        Println, Real, Recover, Add, Alignof, Offsetof, Sizeof, Slice, SliceData, String, StringData, Assert,
        Trace,
    ]
};

impl BuiltinId {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            BuiltinId::Append => "append",
            BuiltinId::Cap => "cap",
            BuiltinId::Clear => "clear",
            BuiltinId::Close => "close",
            BuiltinId::Complex => "complex",
            BuiltinId::Copy => "copy",
            BuiltinId::Delete => "delete",
            BuiltinId::Imag => "imag",
            BuiltinId::Len => "len",
            BuiltinId::Make => "make",
            BuiltinId::Max => "max",
            BuiltinId::Min => "min",
            BuiltinId::New => "new",
            BuiltinId::Panic => "panic",
            BuiltinId::Print => "print",
            BuiltinId::Println => "println",
            BuiltinId::Real => "real",
            BuiltinId::Recover => "recover",
            BuiltinId::Add => "Add",
            BuiltinId::Alignof => "Alignof",
            BuiltinId::Offsetof => "Offsetof",
            BuiltinId::Sizeof => "Sizeof",
            BuiltinId::Slice => "Slice",
            BuiltinId::SliceData => "SliceData",
            BuiltinId::String => "String",
            BuiltinId::StringData => "StringData",
            BuiltinId::Assert => "assert",
            BuiltinId::Trace => "trace",
        }
    }

    /// The least number of arguments.
    pub fn nargs(self) -> usize {
        match self {
            BuiltinId::Print | BuiltinId::Println | BuiltinId::Recover | BuiltinId::Trace => 0,
            BuiltinId::Complex
            | BuiltinId::Copy
            | BuiltinId::Delete
            | BuiltinId::Add
            | BuiltinId::Slice
            | BuiltinId::String => 2,
            _ => 1,
        }
    }

    /// Whether more arguments than [`BuiltinId::nargs`] are possible.
    pub fn variadic(self) -> bool {
        use BuiltinId::*;
        matches!(self, Append | Make | Max | Min | Print | Println | Trace)
    }

    /// Whether a call may stand as a statement (and otherwise must not).
    pub fn is_statement(self) -> bool {
        use BuiltinId::*;
        matches!(self, Clear | Close | Copy | Delete | Panic | Print | Println | Recover | Assert | Trace)
    }

    fn in_unsafe(self) -> bool {
        self.name().starts_with(|c: char| c.is_ascii_uppercase())
    }
}

/// Fills a new store. The order of creation gives the identifiers above.
pub(crate) fn define(store: &TypeStore, test_funcs: bool) {
    let none = Pos::NONE;
    let sym = |s: &str| Symbol::intern(s);

    let universe = store.add_scope(Scope::new(None, none, none, false));
    assert_eq!(universe, UNIVERSE);
    let unsafe_pkg = store.new_package(sym("unsafe"), sym("unsafe"));
    assert_eq!(unsafe_pkg, UNSAFE);
    store.pkg(unsafe_pkg).mark_complete();
    let mut names = ScopeMap::default();
    let mut unsafe_names = ScopeMap::default();

    // The types with fixed identifiers.
    for (kind, info, name) in BASICS {
        let t = store.add_type(Type::Basic(Basic { kind, info, name }));
        assert_eq!(t, typ::basic(kind));
    }
    let uint8 = BasicInfo::INTEGER.and(BasicInfo::UNSIGNED);
    let byte = Basic { kind: BasicKind::Uint8, info: uint8, name: "byte" };
    assert_eq!(store.add_type(Type::Basic(byte)), typ::BYTE);
    let rune = Basic { kind: BasicKind::Int32, info: BasicInfo::INTEGER, name: "rune" };
    assert_eq!(store.add_type(Type::Basic(rune)), typ::RUNE);
    assert_eq!(store.add_type(Type::Tuple(Tuple { vars: Box::new([]) })), typ::EMPTY_TUPLE);
    assert_eq!(store.new_interface(InterfaceBody::default(), false), typ::EMPTY_INTERFACE);

    let any = store.new_type_name(none, None, sym("any"), None);
    assert_eq!(any, object::ANY);
    assert_eq!(store.new_alias(any, Some(typ::EMPTY_INTERFACE)), typ::ANY);
    let error = store.new_type_name(none, None, sym("error"), None);
    assert_eq!(error, object::ERROR);
    assert_eq!(store.new_named(error, None), typ::ERROR);
    let comparable = store.new_type_name(none, None, sym("comparable"), None);
    assert_eq!(comparable, object::COMPARABLE);
    assert_eq!(store.new_named(comparable, None), typ::COMPARABLE);

    // The objects with fixed identifiers.
    let constant = |name: &str, t: TypeId, value: Value, id: ObjId| {
        let c = store.new_const(none, None, sym(name), Some(t));
        assert_eq!(c, id);
        store.obj(c).set_const_value(value);
        c
    };
    let consts = [
        constant("iota", typ::UNTYPED_INT, Value::make_int64(0), object::IOTA),
        constant("true", typ::UNTYPED_BOOL, Value::make_bool(true), object::TRUE),
        constant("false", typ::UNTYPED_BOOL, Value::make_bool(false), object::FALSE),
    ];
    let nil = store.new_object(ObjectKind::Nil, none, None, sym("nil"), Some(typ::UNTYPED_NIL));
    assert_eq!(nil, object::NIL);
    let error_method = store.new_func(none, None, sym("Error"), None);
    assert_eq!(error_method, object::ERROR_METHOD);
    let sentinel = store.new_var(VarKind::Recv, none, None, sym(""), None);
    assert_eq!(sentinel, object::METHOD_EXPR_SENTINEL);
    let builtin = |id: BuiltinId, pkg| {
        store.new_object(ObjectKind::Builtin(id), none, pkg, sym(id.name()), Some(typ::INVALID))
    };
    assert_eq!(builtin(BuiltinId::Assert, None), object::ASSERT);
    assert_eq!(builtin(BuiltinId::Trace, None), object::TRACE);

    // type error interface{ Error() string }
    let recv = store.new_var(VarKind::Recv, none, None, sym(""), typ::ERROR);
    let result = store.new_var(VarKind::Result, none, None, sym(""), typ::STRING);
    let results = store.new_tuple(vec![result]);
    let sig = store.new_signature(Signature { recv: Some(recv), results, ..Signature::default() });
    store.obj(error_method).typ.set(sig);
    let body = InterfaceBody { methods: Box::new([error_method]), ..InterfaceBody::default() };
    store.named(typ::ERROR).set_rhs(store.new_interface(body, false));
    store.named(typ::ERROR).set_methods(Vec::new());

    // type comparable interface{}, marked as comparable
    let comparable_iface = store.new_interface(InterfaceBody::default(), false);
    store.set_comparable_type_set(comparable_iface);
    store.named(typ::COMPARABLE).set_rhs(comparable_iface);
    store.named(typ::COMPARABLE).set_methods(Vec::new());

    for o in [any, error, comparable, nil].into_iter().chain(consts) {
        store.obj(o).set_parent(UNIVERSE);
        names.insert(store.obj(o).name, o);
    }
    let basic_names = BASICS.iter().map(|&(kind, _, name)| (typ::basic(kind), name));
    for (t, name) in basic_names.chain([(typ::BYTE, "byte"), (typ::RUNE, "rune")]) {
        if name.contains(' ') {
            continue;
        }
        if t == typ::UNSAFE_POINTER {
            let o = store.new_type_name(none, Some(UNSAFE), sym(name), Some(t));
            store.obj(o).set_parent(store.pkg(UNSAFE).scope);
            unsafe_names.insert(sym(name), o);
        } else {
            let o = store.new_type_name(none, None, sym(name), Some(t));
            store.obj(o).set_parent(UNIVERSE);
            names.insert(sym(name), o);
        }
    }
    for id in BUILTINS {
        if matches!(id, BuiltinId::Assert | BuiltinId::Trace) && !test_funcs {
            continue;
        }
        if id.in_unsafe() {
            let o = builtin(id, Some(UNSAFE));
            store.obj(o).set_parent(store.pkg(UNSAFE).scope);
            unsafe_names.insert(sym(id.name()), o);
        } else {
            let o = builtin(id, None);
            store.obj(o).set_parent(UNIVERSE);
            names.insert(sym(id.name()), o);
        }
    }
    store.scope(UNIVERSE).freeze(names);
    store.scope(store.pkg(UNSAFE).scope).freeze(unsafe_names);
}
