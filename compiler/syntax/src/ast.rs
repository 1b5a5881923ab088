//! The syntax tree of one file.
//!
//! [`File`] owns all nodes in arenas; nodes are small `Copy` values that refer to each other by id. Lists of
//! expressions and statements are ranges of an id pool ([`ExprList`], [`StmtList`]); fields, clauses and the
//! declarations of a declaration statement are stored side by side, so their lists are ranges of ids
//! ([`IdRange`]).
//!
//! **Invariants**
//! - The position of a node is that of gc's tree: for `x.f`, `x[i]`, `f(x)`, `x op y` it is the position of
//!   the `.`, `[`, `(` or operator; [`File::start_pos`] gives the leftmost position.
//! - Every occurrence of an identifier is an expression of its own ([`ExprKind::Name`]): declared names,
//!   selectors, labels and field names too. Anything can be recorded per `ExprId` in dense tables.
//! - All nodes that belong to a top-level declaration have ids in [`Decl::exprs`] and [`Decl::stmts`]; those of
//!   a function body are the contiguous tail [`FuncDecl::body_exprs`]. Ids that no node refers to may occur in
//!   between.
//! - Parentheses around expressions are kept ([`ExprKind::Paren`]; see [`File::unparen`]), but not around types and
//!   around the operand of `&`.
//! - Fields declared together (`a, b T`) share the same type expression, and the same tag.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, Range};
use std::sync::Arc;

use cranelift_entity::packed_option::PackedOption;
use cranelift_entity::{EntityRef, PrimaryMap, entity_impl};

use crate::operator::Operator;
use crate::pos::Pos;
use crate::pragma::{CgoDirective, DebugDirective, GoVersion, Linkname, Pragma, PragmaFlags, PragmaId};
use crate::source_map::SourceFile;
use crate::symbol::Symbol;

mod access;
mod decl;
mod expr;
mod stmt;

pub use decl::*;
pub use expr::*;
pub use stmt::*;

/// An expression or type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(u32);
entity_impl!(ExprId, "expr");

/// A statement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StmtId(u32);
entity_impl!(StmtId, "stmt");

/// A declaration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeclId(u32);
entity_impl!(DeclId, "decl");

/// A field, parameter, result, receiver, type parameter, interface method or embedded element.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(u32);
entity_impl!(FieldId, "field");

/// A case of a switch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(u32);
entity_impl!(CaseId, "case");

/// A case of a select.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommId(u32);
entity_impl!(CommId, "comm");

/// A list of expressions: a range of [`File::expr_lists`]. Resolve it with [`File::list`] or by indexing the
/// file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ExprList {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// A list of statements: a range of [`File::stmt_lists`]. Resolve it with [`File::stmts_of`] or by indexing the
/// file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StmtList {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

macro_rules! list {
    ($name:ident) => {
        impl $name {
            /// The empty list.
            pub const EMPTY: $name = $name { start: 0, len: 0 };

            /// The number of elements.
            #[inline]
            pub fn len(self) -> usize {
                self.len as usize
            }

            /// Whether there are no elements.
            #[inline]
            pub fn is_empty(self) -> bool {
                self.len == 0
            }

            #[inline]
            pub(crate) fn range(self) -> Range<usize> {
                self.start as usize..(self.start + self.len) as usize
            }
        }
    };
}
list!(ExprList);
list!(StmtList);

/// Consecutive ids.
pub struct IdRange<T> {
    start: u32,
    len: u32,
    marker: PhantomData<T>,
}

impl<T> Clone for IdRange<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for IdRange<T> {}

impl<T> PartialEq for IdRange<T> {
    fn eq(&self, other: &Self) -> bool {
        self.start == other.start && self.len == other.len
    }
}

impl<T> Eq for IdRange<T> {}

impl<T> Default for IdRange<T> {
    fn default() -> Self {
        IdRange::EMPTY
    }
}

impl<T> fmt::Debug for IdRange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.start + self.len)
    }
}

impl<T> IdRange<T> {
    /// The empty range.
    pub const EMPTY: IdRange<T> = IdRange { start: 0, len: 0, marker: PhantomData };

    /// The number of ids.
    #[inline]
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are no ids.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The index of the first id; tables that cover only the range subtract it.
    #[inline]
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// The index behind the last id.
    #[inline]
    pub fn end(self) -> usize {
        (self.start + self.len) as usize
    }
}

impl<T: EntityRef> IdRange<T> {
    /// The ids from index `start` to index `end`, exclusively.
    pub fn new(start: usize, end: usize) -> IdRange<T> {
        assert!(start <= end);
        IdRange { start: start as u32, len: (end - start) as u32, marker: PhantomData }
    }

    /// The `i`-th id.
    #[inline]
    pub fn get(self, i: usize) -> Option<T> {
        (i < self.len()).then(|| T::new(self.start() + i))
    }

    /// The first id.
    #[inline]
    pub fn first(self) -> Option<T> {
        self.get(0)
    }

    /// The last id.
    #[inline]
    pub fn last(self) -> Option<T> {
        self.get(self.len().wrapping_sub(1))
    }

    /// Whether `id` lies in the range.
    #[inline]
    pub fn contains(self, id: T) -> bool {
        (self.start()..self.end()).contains(&id.index())
    }

    /// The ids in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = T> + ExactSizeIterator + Clone + use<T> {
        (self.start()..self.end()).map(T::new)
    }
}

/// A parsed file.
#[derive(Debug)]
pub struct File {
    /// The source text; literals refer to it.
    pub source: Arc<SourceFile>,
    /// Position of the first token; `package` in a file without errors.
    pub pos: Pos,
    /// The end of the file (the position gc calls EOF).
    pub eof: Pos,
    /// Name of the package; `None` only if the package clause is missing or broken.
    pub pkg_name: Option<ExprId>,
    /// Directives in front of the package clause.
    pub pragma: PackedOption<PragmaId>,
    /// The expression of the `//go:build` line before the package clause, without the `//go:build `, unparsed.
    pub build_constraint: Option<Box<str>>,
    /// The minimum language version that the build constraint implies, for the type checker's per-file version.
    pub go_version: Option<GoVersion>,
    /// The top-level declarations in source order, imports included.
    pub decl_list: Vec<DeclId>,
    /// `//go:linkname` and `//go:linknamestd` directives in source order.
    pub linknames: Vec<Linkname>,
    /// `//go:cgo_*` directives in source order.
    pub cgo_directives: Vec<CgoDirective>,
    /// `//go:debug` directives before the package clause in source order.
    pub debug_directives: Vec<DebugDirective>,

    /// All expressions and types.
    pub exprs: PrimaryMap<ExprId, Expr>,
    /// All statements.
    pub stmts: PrimaryMap<StmtId, Stmt>,
    /// All declarations, local ones included.
    pub decls: PrimaryMap<DeclId, Decl>,
    /// All fields.
    pub fields: PrimaryMap<FieldId, Field>,
    /// All cases of switches.
    pub cases: PrimaryMap<CaseId, CaseClause>,
    /// All cases of selects.
    pub comms: PrimaryMap<CommId, CommClause>,
    /// Directives that stand before declarations.
    pub pragmas: PrimaryMap<PragmaId, Pragma>,
    /// The pool behind [`ExprList`].
    pub expr_lists: Vec<ExprId>,
    /// The pool behind [`StmtList`].
    pub stmt_lists: Vec<StmtId>,
    /// The number of declaration groups; [`GroupId`]s are below it.
    pub group_count: u32,
}

macro_rules! index {
    ($id:ty, $node:ty, $arena:ident) => {
        impl Index<$id> for File {
            type Output = $node;

            #[inline]
            fn index(&self, id: $id) -> &$node {
                &self.$arena[id]
            }
        }
    };
}
index!(ExprId, Expr, exprs);
index!(StmtId, Stmt, stmts);
index!(DeclId, Decl, decls);
index!(FieldId, Field, fields);
index!(CaseId, CaseClause, cases);
index!(CommId, CommClause, comms);
index!(PragmaId, Pragma, pragmas);

impl Index<ExprList> for File {
    type Output = [ExprId];

    #[inline]
    fn index(&self, list: ExprList) -> &[ExprId] {
        &self.expr_lists[list.range()]
    }
}

impl Index<StmtList> for File {
    type Output = [StmtId];

    #[inline]
    fn index(&self, list: StmtList) -> &[StmtId] {
        &self.stmt_lists[list.range()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_compact() {
        assert_eq!(size_of::<Expr>(), 24);
        assert_eq!(size_of::<Stmt>(), 28);
        assert_eq!(size_of::<Field>(), 16);
        assert!(size_of::<Decl>() <= 80);
    }

    #[test]
    fn id_ranges() {
        let range = IdRange::<ExprId>::new(3, 5);
        assert_eq!(range.iter().map(|e| e.index()).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(range.last(), Some(ExprId::new(4)));
        assert!(range.contains(ExprId::new(3)) && !range.contains(ExprId::new(5)));
        assert_eq!(IdRange::<ExprId>::EMPTY.last(), None);
    }
}
