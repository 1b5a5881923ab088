//! The root of the program image: `runtime.firstmoduledata`.
//!
//! The compiler emits one [`ModuleData`] in a writable or read-only data section under the symbol
//! `runtime.firstmoduledata`; the runtime archive refers to it by name. All addresses are absolute; the program is
//! linked non-PIE below 2 GiB, so NameOff, TypeOff and TextOff of type descriptors are 32-bit absolute addresses
//! with base 0.

use crate::symtab::{FuncMap, FuncTabEntry};

/// A Go string as it lies in memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GoString {
    pub ptr: *const u8,
    pub len: usize,
}

/// A table: address and number of elements.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Table<T> {
    pub ptr: *const T,
    pub len: usize,
}

/// A range of writable data that may hold pointers, with one mask bit per word (bit *i* of byte *i/8*, least
/// significant first, describes the word at `start + 8*i`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DataRange {
    pub start: usize,
    pub end: usize,
    pub mask: *const u8,
}

/// What the runtime knows about the program. Field order is the ABI; the size is checked at start through `size`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ModuleData {
    /// `size_of::<ModuleData>()`, verified at start.
    pub size: usize,
    /// `.gopclntab`: starts with `symtab::PcHeader`.
    pub pclntab: Table<u8>,
    /// The `functab` inside `.gopclntab` (sorted by entry, closed by a sentinel with the end of text). `len` is the
    /// number of functions, without the sentinel.
    pub functab: Table<FuncTabEntry>,
    /// Contents of the `go:func.*` symbol, base of funcdata offsets (inline trees).
    pub gofunc: *const u8,
    /// Go code: functab entry offsets are relative to `text`.
    pub text: usize,
    pub etext: usize,
    /// One record per function, same index as `functab`.
    pub funcmaps: Table<FuncMap>,
    /// Base of the byte offsets in `FuncMap`.
    pub funcmaps_data: *const u8,
    /// Initialised Go variables with pointers.
    pub data: DataRange,
    /// Zero-initialised Go variables with pointers.
    pub bss: DataRange,
    /// Type descriptors, names and itabs: a static descriptor lies within.
    pub types: usize,
    pub etypes: usize,
    /// Compiler-made unnamed pointer, array, channel, func, map, slice and struct types, sorted by `String()`.
    pub typelinks: Table<*const u8>,
    /// Static itabs, registered with the itab table at start.
    pub itablinks: Table<*const u8>,
    /// Package initialisation tasks in the order in which they run.
    pub inittasks: Table<InitTask>,
    /// `runtime.Version()`.
    pub build_version: GoString,
    /// `debug.ReadBuildInfo` text, with its framing.
    pub modinfo: GoString,
    /// Default GODEBUG settings of the main package.
    pub godebug_default: GoString,
    /// `runtime.GOROOT()` as recorded at build time; may be empty.
    pub default_goroot: GoString,
    /// Names of code of the archive; the first ones are those of [`shown::NAMES`].
    pub natives: Table<NativeName>,
}

/// The functab names functions of the archive, too: each has a function of its own there, behind those with code, whose
/// PCs stand for it in stacks. It is never executed and has no [`FuncMap`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct NativeName {
    /// Address of the native; 0: what it names is no code.
    pub code: u32,
    /// Address of the function that bears its name.
    pub pc: u32,
}

/// What stacks show although no symbol has the name: indexes in [`ModuleData::natives`].
pub mod shown {
    /// Where a goroutine's first function returns to.
    pub const GOEXIT: usize = 0;
    /// A goroutine is parked.
    pub const GOPARK: usize = 1;
    /// A native runs on the system stack.
    pub const SYSTEMSTACK: usize = 2;
    /// The thread left a goroutine for good.
    pub const MCALL: usize = 3;
    /// It looks for another one.
    pub const SCHEDULE: usize = 4;
    /// A stack is copied.
    pub const NEWSTACK: usize = 5;
    /// A fatal error of the runtime.
    pub const THROW: usize = 6;
    /// A fatal error of the program.
    pub const FATAL: usize = 7;
    /// Their names. Some are those of Go functions, too, which then stand for them.
    pub const NAMES: [&str; 8] = [
        "runtime.goexit",
        "runtime.gopark",
        "runtime.systemstack",
        "runtime.mcall",
        "runtime.schedule",
        "runtime.newstack",
        "runtime.throw",
        "runtime.fatal",
    ];
}

/// One package's initialisation: functions without arguments and results, called in order.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InitTask {
    /// Code addresses (not func values).
    pub funcs: Table<usize>,
    /// The package's path, for `GODEBUG=inittrace=1`.
    pub package: GoString,
}

// SAFETY: the structures describe immutable tables of the program image.
unsafe impl Sync for ModuleData {}
// SAFETY: as above.
unsafe impl Sync for InitTask {}

/// Size of [`ModuleData`], for the writer.
pub const SIZE: usize = core::mem::size_of::<ModuleData>();

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    #[test]
    fn layout() {
        assert_eq!(offset_of!(ModuleData, pclntab), 8);
        assert_eq!(offset_of!(ModuleData, functab), 24);
        assert_eq!(offset_of!(ModuleData, gofunc), 40);
        assert_eq!(offset_of!(ModuleData, text), 48);
        assert_eq!(offset_of!(ModuleData, funcmaps), 64);
        assert_eq!(offset_of!(ModuleData, funcmaps_data), 80);
        assert_eq!(offset_of!(ModuleData, data), 88);
        assert_eq!(offset_of!(ModuleData, bss), 112);
        assert_eq!(offset_of!(ModuleData, types), 136);
        assert_eq!(offset_of!(ModuleData, typelinks), 152);
        assert_eq!(offset_of!(ModuleData, itablinks), 168);
        assert_eq!(offset_of!(ModuleData, inittasks), 184);
        assert_eq!(offset_of!(ModuleData, build_version), 200);
        assert_eq!(offset_of!(ModuleData, modinfo), 216);
        assert_eq!(offset_of!(ModuleData, godebug_default), 232);
        assert_eq!(offset_of!(ModuleData, default_goroot), 248);
        assert_eq!(offset_of!(ModuleData, natives), 264);
        assert_eq!(SIZE, 280);
    }
}
