//! From the typed syntax tree to the SSA IR: the whole Go language, monomorphised and demand-driven.
//!
//! A work list ([`program`]) starts from `main.main`, the package initialisers and the functions that the
//! runtime enters. Whatever lowered code refers to becomes a [`demand::Demand`], which is turned into
//! further functions, descriptors and data, each of them once. Functions, globals and descriptors that
//! nothing reaches are not made.
//!
//! - [`frontend`]: what lowering asks of the loader and the checker; [`cx`]: what a program's lowering
//!   shares; [`demand`]: units of work and what they ask for.
//! - [`layout`], [`abi`], [`mono`], [`names`]: concrete types, calling convention, instances, symbols.
//! - [`facts`], [`func`], [`values`], [`stmt`], [`expr`]: the lowering of functions.
//! - [`tracearg`]: what tracebacks print of their arguments.
//!
//! **Invariant:** what cannot be compiled is reported as a diagnostic; lowering never panics on a program
//! that type-checks, and never makes wrong code for it.
#![forbid(unsafe_code)]

pub mod abi;
pub mod cx;
pub mod defers;
pub mod demand;
pub mod descriptors;
pub mod eqhash;
pub mod expr;
pub mod facts;
pub mod frontend;
pub mod func;
pub mod func_ids;
pub mod globals;
pub mod intrinsics;
pub mod layout;
pub mod methods;
pub mod mono;
pub mod names;
pub mod program;
pub mod reach;
pub mod stmt;
pub mod tracearg;
pub mod values;
pub mod wrappers;
