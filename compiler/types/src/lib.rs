//! The Go type checker: universe, exact constants, declarations, expressions, statements, generics, and the
//! type information that lowering consumes.
//!
//! All types, objects and packages of a compilation live in one append-only [`TypeStore`] that threads share
//! by reference. A [`TypeId`], [`ObjId`], [`PkgId`] or [`ScopeId`] names an entry of it. Entries are immutable,
//! or late-set through atomics and `OnceLock`s: a value is computed first and set afterwards, and no lock is
//! held during a computation.
//!
//! What needs only the store is a method of [`TypeStore`] (`under`, `identical`, `lookup_field_or_method`,
//! `subst`, `type_string`, ...). What needs the state of a package or body in progress is a method of
//! `Checker`, which dereferences to its store: `check.under(t)` and `store.under(t)` are the same operation.
//!
//! **Invariant:** operations bear the name that they have in `cmd/compile/internal/types2`, in snake case.
#![forbid(unsafe_code)]

pub mod alias;
pub mod assignments;
pub mod builtins;
pub mod call;
pub mod canonical;
pub mod check;
pub mod code;
pub mod constant;
pub mod conversions;
pub mod corpus;
pub mod cycles;
pub mod decl;
pub mod errors;
pub mod expr;
pub mod index;
pub mod infer;
pub mod info;
pub mod initorder;
pub mod instantiate;
pub mod interface;
mod interface_cycles;
pub mod labels;
pub mod literals;
pub mod lookup;
pub mod method_set;
pub mod mono;
pub mod named;
pub mod object;
pub mod operand;
pub mod package;
mod pragmas;
pub mod predicates;
pub mod range;
pub mod recording;
pub mod resolver;
pub mod returns;
pub mod scope;
pub mod selector;
pub mod signature;
pub mod sizes;
pub mod stmt;
pub mod store;
pub mod struct_type;
pub mod subst;
pub mod termlist;
pub mod ty;
pub mod typeset;
pub mod typestring;
pub mod typexpr;
pub mod under;
pub mod unify;
pub mod union;
pub mod universe;
pub mod untyped;
pub mod validtype;
pub mod version;

pub use info::{Info, Instance, Mode, Selection, SelectionKind};
pub use object::{BuiltinId, Object, ObjectKind, VarKind};
pub use package::Package;
pub use scope::Scope;
pub use store::{ObjId, PkgId, ScopeId, TypeId, TypeStore};
pub use ty::{BasicKind, ChanDir, Type};
