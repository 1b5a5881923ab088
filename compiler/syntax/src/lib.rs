//! Scanner, parser and syntax tree of Go 1.27.
//!
//! The tree has the node set and the node positions of gc's `cmd/compile/internal/syntax`, because the
//! columns of the type checker's errors follow from them, but it is index-based: a [`File`] owns arenas of
//! expressions, statements and declarations, and nodes refer to each other by 32-bit ids.
//!
//! - [`symbol`]: interned strings; [`pos`], [`source_map`]: positions.
//! - [`scanner`], [`parser`]: [`parse_file`] is the entry.
//! - [`ast`]: the tree; [`walk`], [`positions`], [`mod@print`]: traversal, extents, source text of nodes.
//! - [`diagnostic`]: errors, shared by all compiler crates.
//! - [`pragma`]: `//go:` directives that are kept with declarations and files; [`constraint`]: `//go:build`.
//!
//! **Invariant:** parsing never fails and never panics. The result is a tree and a list of diagnostics; a tree
//! that came with diagnostics may contain [`ExprKind::Bad`] nodes and must not be handed to the type checker.

#![forbid(unsafe_code)]

pub mod ast;
mod branches;
pub mod constraint;
pub mod corpus;
pub mod diagnostic;
mod directives;
pub mod literal;
pub mod operator;
pub mod parser;
pub mod pos;
pub mod positions;
pub mod pragma;
pub mod pragma_check;
pub mod print;
pub mod quote;
pub mod scanner;
pub mod source_map;
pub mod symbol;
pub mod token;
pub mod unicode;
pub mod walk;

pub use ast::*;
pub use cranelift_entity::packed_option::PackedOption;
pub use diagnostic::{Diagnostic, ErrorCode, Note};
pub use operator::Operator;
pub use parser::{ParseOptions, Parsed, parse_file};
pub use pos::Pos;
pub use pragma::{Embed, GoVersion, Linkname, Pragma, PragmaFlags};
pub use source_map::{Position, SourceFile, SourceMap};
pub use symbol::{Symbol, sym};
pub use walk::Node;
