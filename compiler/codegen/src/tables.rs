//! Tables about the program that the runtime and tools read.

pub(crate) mod buildinfo;
pub(crate) mod dwarf;
pub(crate) mod funcmaps;
pub(crate) mod moduledata;
pub(crate) mod natives;
pub(crate) mod pclntab;
