//! The program image: the compiler's tables and the Go functions that the archive calls.
//!
//! In the archive these are linker symbols; in the library that checks and unit tests compile there is no program,
//! and the tables are empty.
//!
//! # Orderings
//!
//! In a program the tables are data of the image. Unit tests publish theirs with Release, for Acquire in
//! `moduledata`.
//!
//! **Runs on** any stack. **May** not allocate or block.

#[cfg(grus_archive)]
use grus_abi::moduledata::ModuleData;

#[cfg(grus_archive)]
unsafe extern "C" {
    #[link_name = "runtime.firstmoduledata"]
    pub static FIRST_MODULE_DATA: ModuleData;
    #[link_name = "runtime.main"]
    fn go_main();
    #[link_name = "runtime.raise"]
    fn go_raise();
    #[link_name = "runtime.sigpanic"]
    fn go_sigpanic();
}

/// The image's tables.
#[cfg(grus_archive)]
#[inline]
pub fn moduledata() -> &'static ModuleData {
    // SAFETY: the compiler defines the symbol with this layout; `symtab::verify` checks its size at start.
    unsafe { &FIRST_MODULE_DATA }
}

/// Entry of `runtime.main`.
#[cfg(grus_archive)]
pub fn main_pc() -> usize {
    go_main as *const () as usize
}

/// Entry of `runtime.raise(code, a, b uintptr)`.
#[cfg(grus_archive)]
pub fn raise_pc() -> usize {
    go_raise as *const () as usize
}

/// Entry of `runtime.sigpanic(sig, code, addr uintptr)`.
#[cfg(grus_archive)]
pub fn sigpanic_pc() -> usize {
    go_sigpanic as *const () as usize
}

#[cfg(not(grus_archive))]
mod absent {
    use core::sync::atomic::{AtomicPtr, Ordering};
    use grus_abi::moduledata::{DataRange, GoString, ModuleData, SIZE, Table};

    const NO_STRING: GoString = GoString { ptr: core::ptr::null(), len: 0 };
    const NO_RANGE: DataRange = DataRange { start: 0, end: 0, mask: core::ptr::null() };
    const fn none<T>() -> Table<T> {
        Table { ptr: core::ptr::null(), len: 0 }
    }

    static EMPTY: ModuleData = ModuleData {
        size: SIZE,
        pclntab: none(),
        functab: none(),
        gofunc: core::ptr::null(),
        text: 0,
        etext: 0,
        funcmaps: none(),
        funcmaps_data: core::ptr::null(),
        data: NO_RANGE,
        bss: NO_RANGE,
        types: 0,
        etypes: 0,
        typelinks: none(),
        itablinks: none(),
        inittasks: none(),
        build_version: NO_STRING,
        modinfo: NO_STRING,
        godebug_default: NO_STRING,
        default_goroot: NO_STRING,
        natives: none(),
    };

    static CURRENT: AtomicPtr<ModuleData> = AtomicPtr::new(core::ptr::null_mut());

    /// The image's tables.
    pub fn moduledata() -> &'static ModuleData {
        let p = CURRENT.load(Ordering::Acquire);
        // SAFETY: only `set_moduledata` stores here, and what it stores lives for ever.
        if p.is_null() { &EMPTY } else { unsafe { &*p } }
    }

    /// Lets a unit test provide an image.
    pub fn set_moduledata(m: &'static ModuleData) {
        CURRENT.store(m as *const ModuleData as *mut ModuleData, Ordering::Release);
    }

    /// No program: no entry.
    pub fn main_pc() -> usize {
        0
    }

    /// No program: no entry.
    pub fn raise_pc() -> usize {
        0
    }

    /// No program: no entry.
    pub fn sigpanic_pc() -> usize {
        0
    }
}

#[cfg(not(grus_archive))]
pub use absent::*;
