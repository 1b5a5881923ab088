//! Grus IR to machine code, tables and an ELF object.
#![forbid(unsafe_code)]

mod abi;
mod arch;
mod cached;
mod callfree;
mod check;
mod compile;
mod dump;
mod fused;
mod image;
mod induction;
mod isa;
mod lower;
mod names;
mod object;
mod program;
mod remat;
mod split;
mod tables;
mod trace;

pub use cached::{FunctionCache, FunctionKey};
pub use compile::{Diagnostic, Dumps};
pub use dump::dump_function;
pub use isa::{Amd64Level, Arch, Features, Target};
pub use program::{Compiled, ObjectOptions, compile_program, compile_program_with};
