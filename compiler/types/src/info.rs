//! The results of checking a declaration or a function body: dense tables over its range of expressions.
//!
//! Every expression of the range has one record: mode, type, and either the object that a name denotes or
//! declares, or nothing. Constant values, selections and instantiations are rarer; the record holds the index
//! into a side table.
//!
//! **Invariant:** an expression has at most one entry in the side tables: names have instantiations, selector
//! expressions have selections, and an expression with a constant value has neither.

use grus_syntax::{CaseId, DeclId, ExprId, FieldId};
use rustc_hash::FxHashMap;

use crate::constant::Value;
use crate::store::{ObjId, TypeId};

/// What an expression denotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Mode {
    /// Nothing valid: an error was reported.
    #[default]
    Invalid,
    /// A call without result.
    NoValue,
    /// A built-in function.
    Builtin,
    /// A type.
    TypExpr,
    /// A constant, with its value.
    Constant,
    /// An addressable variable.
    Variable,
    /// An element of a map: not addressable, but assignable, and with a comma-ok form.
    MapIndex,
    /// A computed value.
    Value,
    /// The predeclared `nil`.
    NilValue,
    /// A value that has a comma-ok form.
    CommaOk,
    /// A value that has a comma-error form (cgo).
    CommaErr,
    /// A function of C (cgo).
    CgoFunc,
}

/// How a selector selects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectionKind {
    /// `x.f`, a struct field
    FieldVal,
    /// `x.m`, a method
    MethodVal,
    /// `T.m`, a method as a function
    MethodExpr,
}

/// What a selector expression that is not a qualified identifier selects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selection {
    /// How it selects.
    pub kind: SelectionKind,
    /// The type of `x` in `x.f`.
    pub recv: TypeId,
    /// The field or method.
    pub obj: ObjId,
    /// The path from `x` to `f`: embedded fields, then the field or method in the type that declares it.
    pub index: Box<[u32]>,
    /// Whether there was a pointer indirection on the path.
    pub indirect: bool,
}

/// An instantiation of a generic function or type at an identifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// The type arguments.
    pub targs: Box<[TypeId]>,
    /// The instantiated type: a named type, alias or signature.
    pub typ: TypeId,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Side {
    #[default]
    None,
    Value,
    Selection,
    Instance,
}

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    typ: Option<TypeId>,
    obj: Option<ObjId>,
    side: u32,
    mode: Mode,
    side_kind: Side,
    defines: bool,
    shift_lhs: bool,
}

/// The node that declares an object without naming it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ImplicitNode {
    /// The clause of a type switch, which declares a variable of its own.
    Case(CaseId),
    /// An anonymous receiver, parameter or result.
    Field(FieldId),
    /// An import without a name.
    Import(DeclId),
}

/// Results for a range of expressions of one file. See the module's text.
#[derive(Clone, Debug, Default)]
pub struct Info {
    base: u32,
    records: Vec<Record>,
    values: Vec<Value>,
    selections: Vec<Selection>,
    instances: Vec<Instance>,
    implicits: FxHashMap<ImplicitNode, ObjId>,
}

impl Info {
    /// Empty results for the expressions `start..end` (as numbers of [`ExprId`]s) of a file.
    pub fn new(start: u32, end: u32) -> Self {
        Self { base: start, records: vec![Record::default(); (end - start) as usize], ..Self::default() }
    }

    /// The range of expressions that the tables cover.
    pub fn range(&self) -> std::ops::Range<u32> {
        self.base..self.base + self.records.len() as u32
    }

    /// Whether the tables cover an expression.
    pub fn covers(&self, e: ExprId) -> bool {
        self.range().contains(&e.as_u32())
    }

    fn record(&self, e: ExprId) -> Option<&Record> {
        e.as_u32().checked_sub(self.base).and_then(|i| self.records.get(i as usize))
    }

    fn record_mut(&mut self, e: ExprId) -> &mut Record {
        let i = e.as_u32().wrapping_sub(self.base) as usize;
        assert!(i < self.records.len(), "{e:?} is outside of the checked range {:?}", self.range());
        &mut self.records[i]
    }

    /// Records mode and type of an expression, and the value if it is constant.
    pub fn set_type(&mut self, e: ExprId, mode: Mode, typ: Option<TypeId>, value: Option<Value>) {
        let index = self.values.len() as u32;
        let r = self.record_mut(e);
        r.mode = mode;
        r.typ = typ;
        if let Some(value) = value {
            if r.side_kind == Side::Value {
                let i = r.side as usize;
                self.values[i] = value;
            } else {
                assert!(r.side_kind == Side::None, "constant with selection or instance");
                r.side_kind = Side::Value;
                r.side = index;
                self.values.push(value);
            }
        } else if r.side_kind == Side::Value {
            r.side_kind = Side::None;
        }
    }

    /// Marks an untyped expression as the left operand of a non-constant shift: its final type must be an integer
    /// type.
    pub fn set_shift_lhs(&mut self, e: ExprId, shift_lhs: bool) {
        self.record_mut(e).shift_lhs = shift_lhs;
    }

    /// Whether an expression is marked by [`Info::set_shift_lhs`].
    pub fn is_shift_lhs(&self, e: ExprId) -> bool {
        self.record(e).is_some_and(|r| r.shift_lhs)
    }

    /// Records the object that a name denotes.
    pub fn set_use(&mut self, e: ExprId, obj: ObjId) {
        let r = self.record_mut(e);
        r.obj = Some(obj);
        r.defines = false;
    }

    /// Records the object that a name declares; none for names that declare nothing (`_`, symbolic variables).
    pub fn set_def(&mut self, e: ExprId, obj: Option<ObjId>) {
        let r = self.record_mut(e);
        r.obj = obj;
        r.defines = true;
    }

    /// Records a selection.
    pub fn set_selection(&mut self, e: ExprId, selection: Selection) {
        let index = self.selections.len() as u32;
        let r = self.record_mut(e);
        if r.side_kind == Side::Selection {
            let i = r.side as usize;
            self.selections[i] = selection;
            return;
        }
        r.side_kind = Side::Selection;
        r.side = index;
        self.selections.push(selection);
    }

    /// Records an instantiation at an identifier.
    pub fn set_instance(&mut self, e: ExprId, instance: Instance) {
        let index = self.instances.len() as u32;
        let r = self.record_mut(e);
        if r.side_kind == Side::Instance {
            let i = r.side as usize;
            self.instances[i] = instance;
            return;
        }
        r.side_kind = Side::Instance;
        r.side = index;
        self.instances.push(instance);
    }

    /// Records the object that a node declares implicitly.
    pub fn set_implicit(&mut self, node: ImplicitNode, obj: ObjId) {
        self.implicits.insert(node, obj);
    }

    /// The recorded mode.
    pub fn mode(&self, e: ExprId) -> Mode {
        self.record(e).map_or(Mode::Invalid, |r| r.mode)
    }

    /// The recorded type. Names that only declare or only denote have none: see [`Info::object`].
    pub fn type_of(&self, e: ExprId) -> Option<TypeId> {
        self.record(e).and_then(|r| r.typ)
    }

    /// The value of a constant expression.
    pub fn value(&self, e: ExprId) -> Option<&Value> {
        let r = self.record(e)?;
        (r.side_kind == Side::Value).then(|| &self.values[r.side as usize])
    }

    /// The object that a name denotes or declares.
    pub fn object(&self, e: ExprId) -> Option<ObjId> {
        self.record(e).and_then(|r| r.obj)
    }

    /// The object that a name declares.
    pub fn def(&self, e: ExprId) -> Option<ObjId> {
        self.record(e).filter(|r| r.defines).and_then(|r| r.obj)
    }

    /// The object that a name denotes.
    pub fn uses(&self, e: ExprId) -> Option<ObjId> {
        self.record(e).filter(|r| !r.defines).and_then(|r| r.obj)
    }

    /// The selection of a selector expression.
    pub fn selection(&self, e: ExprId) -> Option<&Selection> {
        let r = self.record(e)?;
        (r.side_kind == Side::Selection).then(|| &self.selections[r.side as usize])
    }

    /// The instantiation at an identifier.
    pub fn instance(&self, e: ExprId) -> Option<&Instance> {
        let r = self.record(e)?;
        (r.side_kind == Side::Instance).then(|| &self.instances[r.side as usize])
    }

    /// The object that a node declares implicitly.
    pub fn implicit(&self, node: ImplicitNode) -> Option<ObjId> {
        self.implicits.get(&node).copied()
    }
}
