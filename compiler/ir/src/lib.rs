//! Grus's intermediate representation: typed SSA over scalars, with block parameters.
//!
//! The crate knows nothing of Go's syntax or type checker. A [`Program`] holds [`Function`]s and
//! [`DataObject`]s that refer to each other by interned symbol ([`Sym`]). [`FunctionBuilder`]
//! constructs functions.
#![forbid(unsafe_code)]

pub mod builder;
pub mod canonical;
pub mod cfg;
pub mod entity;
pub mod eval;
pub mod function;
pub mod inst;
pub mod interp;
pub mod loops;
pub mod parse;
pub mod print;
pub mod program;
pub mod runtime_calls;
pub mod ty;
pub mod verify;

pub use builder::{FunctionBuilder, Var};
pub use canonical::Canonical;
pub use entity::*;
pub use function::*;
pub use inst::*;
pub use program::*;
pub use ty::{MAX_FLOAT_RESULTS, MAX_INT_RESULTS, Signature, Ty};
