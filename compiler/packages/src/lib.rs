//! Finding and loading the source files of a Go program.
#![forbid(unsafe_code)]

pub mod assembly;
pub mod constraint;
pub mod context;
pub mod embed;
mod filenames;
pub mod godebug;
pub mod gomod;
pub mod goroot;
mod header;
pub mod load;
pub mod modfile;
pub mod modules;
pub mod patterns;
pub mod policy;
pub mod resolve;
pub mod testmain;
