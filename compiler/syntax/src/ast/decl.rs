//! Declarations.

use super::*;

/// A parenthesised group of declarations; the number of the group within the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupId(u32);
entity_impl!(GroupId, "group");

/// A declaration: one import, constant, type or variable specification, or one function.
#[derive(Clone, Copy, Debug)]
pub struct Decl {
    /// Position of the specification: its first token (after the keyword or parenthesis); for functions the
    /// token after `func`.
    pub pos: Pos,
    /// The group in which the declaration stands; `None` outside parentheses and for functions.
    pub group: PackedOption<GroupId>,
    /// The directives in front of the declaration.
    pub pragma: PackedOption<PragmaId>,
    /// The ids of all expressions within the declaration. A constant that repeats the expression of an
    /// earlier one in its group refers to nothing outside: its `typ` and `values` are `None`.
    pub exprs: IdRange<ExprId>,
    /// The ids of all statements within the declaration.
    pub stmts: IdRange<StmtId>,
    /// What is declared.
    pub kind: DeclKind,
}

/// The kinds of declarations.
#[derive(Clone, Copy, Debug)]
pub enum DeclKind {
    /// `import`
    Import(ImportDecl),
    /// `const`
    Const(ValueDecl),
    /// `type`
    Type(TypeDecl),
    /// `var`
    Var(ValueDecl),
    /// `func`
    Func(FuncDecl),
}

/// `import local "path"`.
#[derive(Clone, Copy, Debug)]
pub struct ImportDecl {
    /// A [`ExprKind::Name`]; its symbol is `.` or `_` in those forms. `None` if there is no renaming.
    pub local_name: PackedOption<ExprId>,
    /// A [`ExprKind::BasicLit`], of kind string unless it is bad; `None` if it is missing.
    pub path: PackedOption<ExprId>,
}

/// `names typ = values` of a constant or variable.
#[derive(Clone, Copy, Debug)]
pub struct ValueDecl {
    /// One or more [`ExprKind::Name`]s.
    pub names: ExprList,
    /// The type.
    pub typ: PackedOption<ExprId>,
    /// The values; a [`ExprKind::List`] if there are several.
    pub values: PackedOption<ExprId>,
}

/// `type name[tparams] typ`, `type name[tparams] = typ`.
#[derive(Clone, Copy, Debug)]
pub struct TypeDecl {
    /// A [`ExprKind::Name`].
    pub name: ExprId,
    /// The type parameters.
    pub tparams: IdRange<FieldId>,
    /// Whether there is a `=`.
    pub alias: bool,
    /// The right side.
    pub typ: ExprId,
}

/// `func (recv) name[tparams] typ body`.
#[derive(Clone, Copy, Debug)]
pub struct FuncDecl {
    /// The receiver.
    pub recv: PackedOption<FieldId>,
    /// A [`ExprKind::Name`].
    pub name: ExprId,
    /// The type parameters; methods may have them.
    pub tparams: IdRange<FieldId>,
    /// An [`ExprKind::FuncType`].
    pub typ: ExprId,
    /// A [`StmtKind::Block`]; `None` for functions that are implemented elsewhere.
    pub body: PackedOption<StmtId>,
    /// The ids of the expressions of the body, the tail of [`Decl::exprs`]. (All of [`Decl::stmts`] belong to the
    /// body.)
    pub body_exprs: IdRange<ExprId>,
}
