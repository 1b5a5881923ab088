//! Objects: what names denote. Constants, type names, variables (fields, parameters, ...), functions and
//! methods, imported packages, labels, built-in functions and `nil`.
//!
//! The identity of an object is its [`ObjId`]. Its name, position, package and kind are fixed when it is made;
//! its type, scope, order and flags are set while declarations are checked.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use grus_syntax::{Pos, Symbol};

use crate::constant::Value;
use crate::store::{LateId, ObjId, PkgId, ScopeId, TypeId, TypeStore};
use crate::ty::Type;
use crate::universe::{self, typ};

/// An object. See the module's text.
#[derive(Debug)]
pub struct Object {
    /// The name as declared; `_` and the empty name (of anonymous parameters) are possible.
    pub name: Symbol,
    /// The position of the declaring identifier.
    pub pos: Pos,
    /// The package that declares the object; none for labels and what the universe declares.
    pub pkg: Option<PkgId>,
    /// What the object is.
    pub kind: ObjectKind,
    /// The type, once it is known.
    pub typ: LateId<TypeId>,
    parent: LateId<ScopeId>,
    order: AtomicU32,
    scope_pos: AtomicU32,
    flags: AtomicU8,
}

/// What an object is.
#[derive(Debug)]
pub enum ObjectKind {
    /// An imported package.
    PkgName {
        /// The package that the name denotes.
        imported: PkgId,
    },
    /// A constant; its value is set with its type.
    Const(Box<OnceLock<Value>>),
    /// The name of a defined type, an alias or a type parameter.
    TypeName,
    /// A variable.
    Var {
        /// Which kind of variable.
        kind: VarKind,
        /// Set for embedded struct fields.
        embedded: bool,
        /// The variable of the generic declaration that this one was instantiated from.
        origin: Option<ObjId>,
    },
    /// A function or method.
    Func {
        /// The method of the generic type that this one was instantiated from.
        origin: Option<ObjId>,
        /// For methods of instances: the instance.
        recv_named: Option<TypeId>,
    },
    /// A label.
    Label,
    /// A built-in function.
    Builtin(BuiltinId),
    /// The predeclared value `nil`.
    Nil,
}

/// Which kind of variable a variable is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VarKind {
    /// A variable declared at package level.
    Package,
    /// A variable declared in a function.
    Local,
    /// A method's receiver.
    Recv,
    /// A parameter.
    Param,
    /// A result.
    Result,
    /// A struct field.
    Field,
}

/// The built-in functions, in the order of the universe followed by package `unsafe` and the test functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum BuiltinId {
    Append,
    Cap,
    Clear,
    Close,
    Complex,
    Copy,
    Delete,
    Imag,
    Len,
    Make,
    Max,
    Min,
    New,
    Panic,
    Print,
    Println,
    Real,
    Recover,
    // package unsafe
    Add,
    Alignof,
    Offsetof,
    Sizeof,
    Slice,
    SliceData,
    String,
    StringData,
    // for the checker's own corpus
    Assert,
    Trace,
}

const USED: u8 = 1;
const PTR_RECV: u8 = 2;
const NO_INTERFACE: u8 = 4;

impl Object {
    /// An object without scope, order and flags.
    pub fn new(kind: ObjectKind, pos: Pos, pkg: Option<PkgId>, name: Symbol, typ: Option<TypeId>) -> Self {
        Self {
            name,
            pos,
            pkg,
            kind,
            typ: LateId::new(typ),
            parent: LateId::new(None),
            order: AtomicU32::new(0),
            scope_pos: AtomicU32::new(0),
            flags: AtomicU8::new(0),
        }
    }

    /// The scope that declares the object; none for methods and struct fields.
    pub fn parent(&self) -> Option<ScopeId> {
        self.parent.get()
    }

    /// Sets the scope that declares the object.
    pub fn set_parent(&self, scope: ScopeId) {
        self.parent.set(scope);
    }

    /// The order of a package-level object in the source; zero for others.
    pub fn order(&self) -> u32 {
        self.order.load(Ordering::Relaxed)
    }

    /// Sets the order in the source, which is not zero.
    pub fn set_order(&self, order: u32) {
        assert!(order > 0);
        self.order.store(order, Ordering::Relaxed);
    }

    /// The position from which on the object is visible in its scope.
    pub fn scope_pos(&self) -> Pos {
        Pos::from_u32(self.scope_pos.load(Ordering::Relaxed))
    }

    /// Sets the position from which on the object is visible.
    pub fn set_scope_pos(&self, pos: Pos) {
        self.scope_pos.store(pos.as_u32(), Ordering::Relaxed);
    }

    fn flag(&self, flag: u8) -> bool {
        self.flags.load(Ordering::Relaxed) & flag != 0
    }

    fn set_flag(&self, flag: u8) {
        // Most flags are set many times: a plain read keeps the line shared.
        if !self.flag(flag) {
            self.flags.fetch_or(flag, Ordering::Relaxed);
        }
    }

    /// Whether a variable, label or package name was used.
    pub fn used(&self) -> bool {
        self.flag(USED)
    }

    /// Marks a variable, label or package name as used.
    pub fn set_used(&self) {
        self.set_flag(USED);
    }

    /// Clears the mark of [`Object::set_used`] if `used` is false, sets it otherwise.
    pub fn restore_used(&self, used: bool) {
        if used {
            self.set_flag(USED);
        } else {
            self.flags.fetch_and(!USED, Ordering::Relaxed);
        }
    }

    /// Whether a method's receiver was written as a pointer (known before the method has a type).
    pub fn ptr_recv_hint(&self) -> bool {
        self.flag(PTR_RECV)
    }

    /// Notes that a method's receiver was written as a pointer.
    pub fn set_ptr_recv_hint(&self) {
        self.set_flag(PTR_RECV);
    }

    /// Whether `//go:nointerface` excludes the method from implementing interfaces.
    pub fn no_interface(&self) -> bool {
        self.flag(NO_INTERFACE)
    }

    /// Notes `//go:nointerface`.
    pub fn set_no_interface(&self) {
        self.set_flag(NO_INTERFACE);
    }

    /// Whether the name starts with an upper-case letter.
    pub fn exported(&self) -> bool {
        is_exported(self.name.as_str())
    }

    /// Whether the object is a type name.
    pub fn is_type_name(&self) -> bool {
        matches!(self.kind, ObjectKind::TypeName)
    }

    /// Whether the object is a variable of any kind.
    pub fn is_var(&self) -> bool {
        matches!(self.kind, ObjectKind::Var { .. })
    }

    /// Whether the object is a function or method.
    pub fn is_func(&self) -> bool {
        matches!(self.kind, ObjectKind::Func { .. })
    }

    /// The kind of a variable.
    pub fn var_kind(&self) -> Option<VarKind> {
        match self.kind {
            ObjectKind::Var { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// Whether the object is a struct field.
    pub fn is_field(&self) -> bool {
        self.var_kind() == Some(VarKind::Field)
    }

    /// Whether the object is an embedded struct field.
    pub fn embedded(&self) -> bool {
        matches!(self.kind, ObjectKind::Var { embedded: true, .. })
    }

    /// The package that a package name denotes.
    pub fn imported(&self) -> Option<PkgId> {
        match self.kind {
            ObjectKind::PkgName { imported } => Some(imported),
            _ => None,
        }
    }

    /// The value of a constant; unknown until it is set.
    pub fn const_value(&self) -> &Value {
        static UNKNOWN: Value = Value::Unknown;
        match &self.kind {
            ObjectKind::Const(v) => v.get().unwrap_or(&UNKNOWN),
            _ => &UNKNOWN,
        }
    }

    /// Sets the value of a constant; the first value stands.
    pub fn set_const_value(&self, value: Value) {
        if let ObjectKind::Const(v) = &self.kind {
            let _ = v.set(value);
        }
    }

    /// The object of the generic declaration that this variable, field or method was instantiated from.
    pub fn origin(&self) -> Option<ObjId> {
        match self.kind {
            ObjectKind::Var { origin, .. } | ObjectKind::Func { origin, .. } => origin,
            _ => None,
        }
    }
}

/// Whether a name starts with an upper-case letter.
pub fn is_exported(name: &str) -> bool {
    match name.as_bytes().first() {
        None => false,
        Some(c) if c.is_ascii() => c.is_ascii_uppercase(),
        Some(_) => name.chars().next().is_some_and(is_upper),
    }
}

/// Unicode category Lu, which is narrower than `char::is_uppercase` (Other_Uppercase is not in it).
fn is_upper(c: char) -> bool {
    c.is_uppercase()
        && !matches!(c, '\u{2160}'..='\u{216F}' | '\u{24B6}'..='\u{24CF}' | '\u{1F130}'..='\u{1F149}' | '\u{1F150}'..='\u{1F169}' | '\u{1F170}'..='\u{1F189}')
}

impl TypeStore {
    /// A variable that is not a field.
    pub fn new_var(
        &self,
        kind: VarKind,
        pos: Pos,
        pkg: Option<PkgId>,
        name: Symbol,
        typ: impl Into<Option<TypeId>>,
    ) -> ObjId {
        self.new_object(ObjectKind::Var { kind, embedded: false, origin: None }, pos, pkg, name, typ.into())
    }

    /// A struct field.
    pub fn new_field(
        &self,
        pos: Pos,
        pkg: Option<PkgId>,
        name: Symbol,
        typ: TypeId,
        embedded: bool,
    ) -> ObjId {
        self.new_object(
            ObjectKind::Var { kind: VarKind::Field, embedded, origin: None },
            pos,
            pkg,
            name,
            Some(typ),
        )
    }

    /// A function or method; `sig` is its signature if known.
    pub fn new_func(&self, pos: Pos, pkg: Option<PkgId>, name: Symbol, sig: Option<TypeId>) -> ObjId {
        self.new_object(ObjectKind::Func { origin: None, recv_named: None }, pos, pkg, name, sig)
    }

    /// A type name.
    pub fn new_type_name(&self, pos: Pos, pkg: Option<PkgId>, name: Symbol, typ: Option<TypeId>) -> ObjId {
        self.new_object(ObjectKind::TypeName, pos, pkg, name, typ)
    }

    /// A constant without value.
    pub fn new_const(&self, pos: Pos, pkg: Option<PkgId>, name: Symbol, typ: Option<TypeId>) -> ObjId {
        self.new_object(ObjectKind::Const(Box::default()), pos, pkg, name, typ)
    }

    /// A package name.
    pub fn new_pkg_name(&self, pos: Pos, pkg: Option<PkgId>, name: Symbol, imported: PkgId) -> ObjId {
        self.new_object(ObjectKind::PkgName { imported }, pos, pkg, name, Some(typ::INVALID))
    }

    /// A label.
    pub fn new_label(&self, pos: Pos, pkg: Option<PkgId>, name: Symbol) -> ObjId {
        self.new_object(ObjectKind::Label, pos, pkg, name, Some(typ::INVALID))
    }

    /// The object of the generic declaration, or the object itself.
    pub fn origin(&self, o: ObjId) -> ObjId {
        self.obj(o).origin().unwrap_or(o)
    }

    /// Whether a type name denotes an alias (or a predeclared alias such as `byte`).
    pub fn is_alias(&self, o: ObjId) -> bool {
        let obj = self.obj(o);
        let Some(t) = obj.typ.get() else { return false };
        match self.ty(t) {
            Type::Basic(b) => {
                if obj.pkg == Some(universe::UNSAFE) {
                    return false;
                }
                obj.pkg.is_some() || b.name != obj.name.as_str() || t == typ::BYTE || t == typ::RUNE
            }
            Type::Named(n) => n.obj != o,
            Type::TypeParam(p) => p.obj != o,
            _ => true,
        }
    }

    /// Whether two packages are the same as far as unexported names are concerned: by path.
    pub fn same_pkg(&self, a: Option<PkgId>, b: Option<PkgId>) -> bool {
        match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => a == b || self.pkg(a).path == self.pkg(b).path,
            _ => false,
        }
    }

    /// Whether an object has this name as seen from `pkg`: exported names match from everywhere. With
    /// `fold_case` a name that differs in case only matches too.
    pub fn same_id(&self, o: ObjId, pkg: Option<PkgId>, name: Symbol, fold_case: bool) -> bool {
        let obj = self.obj(o);
        if fold_case && equal_fold(obj.name.as_str(), name.as_str()) {
            return true;
        }
        obj.name == name && (obj.exported() || self.same_pkg(obj.pkg, pkg))
    }

    /// Whether a method's receiver is a pointer.
    pub fn has_ptr_recv(&self, o: ObjId) -> bool {
        let obj = self.obj(o);
        if let Some(t) = obj.typ.get()
            && let Type::Signature(sig) = self.ty(t)
            && let Some(recv) = sig.recv
        {
            return self.deref(self.type_of(recv)).1;
        }
        match obj.kind {
            ObjectKind::Func { origin: Some(origin), .. } => self.has_ptr_recv(origin),
            _ => obj.ptr_recv_hint(),
        }
    }

    /// The order of objects by name: exported before unexported, then by name, then by package path.
    pub fn cmp_objects(&self, a: ObjId, b: ObjId) -> std::cmp::Ordering {
        if a == b {
            return std::cmp::Ordering::Equal;
        }
        let (a, b) = (self.obj(a), self.obj(b));
        let (ea, eb) = (a.exported(), b.exported());
        if ea != eb {
            return eb.cmp(&ea);
        }
        let by_name =
            if a.name == b.name { std::cmp::Ordering::Equal } else { a.name.as_str().cmp(b.name.as_str()) };
        by_name.then_with(|| {
            if ea {
                return std::cmp::Ordering::Equal;
            }
            let path = |p: Option<PkgId>| p.map_or("", |p| self.pkg(p).path.as_str());
            path(a.pkg).cmp(path(b.pkg))
        })
    }
}

/// Whether two strings are equal under simple Unicode case folding.
pub fn equal_fold(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    let fold = |c: char| c.to_uppercase().flat_map(char::to_lowercase);
    a.chars().flat_map(fold).eq(b.chars().flat_map(fold))
}
