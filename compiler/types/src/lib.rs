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
pub mod constant;
pub mod info;
pub mod lookup;
pub mod named;
pub mod object;
pub mod package;
pub mod predicates;
pub mod scope;
pub mod sizes;
pub mod store;
pub mod subst;
pub mod termlist;
pub mod ty;
pub mod typeset;
pub mod typestring;
pub mod under;
pub mod universe;

pub use info::{Info, Instance, Mode, Selection, SelectionKind};
pub use object::{BuiltinId, Object, ObjectKind, VarKind};
pub use package::Package;
pub use scope::Scope;
pub use store::{ObjId, PkgId, ScopeId, TypeId, TypeStore};
pub use ty::{BasicKind, ChanDir, Type};
