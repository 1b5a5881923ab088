//! Expressions and types. Go's syntax does not tell them apart, so they share one node type.

use super::*;

/// An expression or a type.
#[derive(Clone, Copy, Debug)]
pub struct Expr {
    /// The position that gc gives to the node; stated with each kind.
    pub pos: Pos,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expressions and types. Types of optional parts are `PackedOption`: call `.expand()`.
#[derive(Clone, Copy, Debug)]
pub enum ExprKind {
    /// Stands for an expression that could not be parsed; a diagnostic was reported.
    Bad,
    /// An identifier. Position: its start.
    Name(Symbol),
    /// A literal. Position: its start. Text: [`File::lit_text`].
    BasicLit {
        /// The kind of the literal.
        kind: LitKind,
        /// The literal has a syntax error, which was reported.
        bad: bool,
        /// Length of the text in bytes.
        len: u32,
    },
    /// `Type{Elems...}`. Position: `{`.
    CompositeLit {
        /// `None` for an elided type within another composite literal.
        typ: PackedOption<ExprId>,
        /// Elements; those with a key are [`ExprKind::KeyValue`].
        elems: ExprList,
        /// The closing brace.
        rbrace: Pos,
    },
    /// `key: value` in a composite literal. Position: the colon.
    KeyValue {
        /// The key: a field name, an index or a map key.
        key: ExprId,
        /// The value.
        value: ExprId,
    },
    /// `func Type Body`. Position: `func`.
    FuncLit {
        /// An [`ExprKind::FuncType`].
        typ: ExprId,
        /// A [`StmtKind::Block`].
        body: StmtId,
    },
    /// `(x)`. Position: `(`.
    Paren(ExprId),
    /// `x.sel`. Position: the dot.
    Selector {
        /// The operand.
        x: ExprId,
        /// A [`ExprKind::Name`].
        sel: ExprId,
    },
    /// `x[index]`; an instantiation `x[T1, T2]` has a [`ExprKind::List`] as index. Position: `[`.
    Index {
        /// The operand.
        x: ExprId,
        /// The index or type argument(s).
        index: ExprId,
    },
    /// `x[lo:hi:max]`. Position: `[`.
    Slice {
        /// The operand.
        x: ExprId,
        /// The three indices.
        index: [PackedOption<ExprId>; 3],
        /// Whether there is a second colon.
        full: bool,
    },
    /// `x.(Type)`. Position: the dot.
    Assert {
        /// The operand.
        x: ExprId,
        /// The asserted type.
        typ: ExprId,
    },
    /// `x.(type)` or `lhs := x.(type)`, as tag of a switch. Position: the dot.
    TypeSwitchGuard {
        /// A [`ExprKind::Name`].
        lhs: PackedOption<ExprId>,
        /// The operand.
        x: ExprId,
    },
    /// `op x`; also pointer types `*T` and `~T`. Position: the operator.
    Unary {
        /// `+ - ! ^ * & <- ~`.
        op: Operator,
        /// The operand.
        x: ExprId,
    },
    /// `x op y`; also unions `A | B` of type sets. Position: the operator.
    Binary {
        /// The operator.
        op: Operator,
        /// The left operand.
        x: ExprId,
        /// The right operand.
        y: ExprId,
    },
    /// `fun(args...)`; also conversions. Position: `(`.
    Call {
        /// The function or type.
        fun: ExprId,
        /// The arguments.
        args: ExprList,
        /// The last argument is followed by `...`.
        has_dots: bool,
    },
    /// Two or more expressions separated by commas, as sides of assignments, results, indices, cases.
    /// Position: that of the first element.
    List(ExprList),
    /// `[len]elem`. Position: `[`.
    ArrayType {
        /// `None` for `[...]elem`.
        len: PackedOption<ExprId>,
        /// The element type.
        elem: ExprId,
    },
    /// `[]elem`. Position: `[`.
    SliceType(ExprId),
    /// `...elem` of a parameter. Position: the dots.
    DotsType(ExprId),
    /// `struct { fields }`. Position: `struct`.
    StructType {
        /// The fields; embedded ones have no name.
        fields: IdRange<FieldId>,
    },
    /// `interface { methods }`. Position: `interface`.
    InterfaceType {
        /// Methods (name and [`ExprKind::FuncType`]) and embedded elements (no name).
        methods: IdRange<FieldId>,
    },
    /// `func(params) results`. Position: the `(` (or `[`) after `func`, or after the name of a declaration or
    /// method.
    FuncType {
        /// The parameters; either all or none have names.
        params: IdRange<FieldId>,
        /// The results; either all or none have names.
        results: IdRange<FieldId>,
    },
    /// `map[key]value`. Position: `map`.
    MapType {
        /// The key type.
        key: ExprId,
        /// The value type.
        value: ExprId,
    },
    /// `chan elem`, `chan<- elem`, `<-chan elem`. Position: the first token.
    ChanType {
        /// The direction.
        dir: ChanDir,
        /// The element type.
        elem: ExprId,
    },
}

/// The kind of a literal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LitKind {
    /// An integer.
    Int,
    /// A floating-point number.
    Float,
    /// An imaginary number.
    Imag,
    /// A rune, in single quotes.
    Rune,
    /// A string, in double or back quotes.
    String,
}

/// The direction of a channel type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChanDir {
    /// `chan T`
    Both,
    /// `chan<- T`
    SendOnly,
    /// `<-chan T`
    RecvOnly,
}

/// A struct field, parameter, result, receiver, type parameter, interface method or embedded element.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Position of the name, or of the type (its first token) if there is no name.
    pub pos: Pos,
    /// A [`ExprKind::Name`]; `None` for embedded fields and elements and for anonymous parameters.
    pub name: PackedOption<ExprId>,
    /// The type; shared by the fields of a list `a, b T`. Constraint of a type parameter.
    pub typ: ExprId,
    /// The tag of a struct field: a [`ExprKind::BasicLit`]; shared by the fields of a list.
    pub tag: PackedOption<ExprId>,
}
