//! Symbols that code generation refers to on its own.

use grus_abi::native::symbol;
use grus_ir::{Sym, Symbols, runtime_calls};

/// The interned names of what expansions of instructions call or read.
#[derive(Clone, Debug)]
pub(crate) struct RuntimeNames {
    pub newobject: Sym,
    pub alloc_slow: Sym,
    pub typedmemmove: Sym,
    pub typedmemclr: Sym,
    pub memmove: Sym,
    pub memclr: Sym,
    pub soft_fma: Sym,
    pub morestack: Sym,
    pub deferenter: Sym,
    pub write_barrier: Sym,
    pub gc_write_barrier: Sym,
    pub publication_barrier: Sym,
    /// Functions that lowered code calls where a fast path has failed.
    pub slow_paths: [Sym; 2],
}

impl RuntimeNames {
    pub fn new(symbols: &Symbols) -> RuntimeNames {
        let s = |name| symbols.intern(name);
        RuntimeNames {
            newobject: s(runtime_calls::NEW_OBJECT),
            alloc_slow: s(grus_abi::alloc::SLOW),
            typedmemmove: s(runtime_calls::TYPED_MEMMOVE),
            typedmemclr: s(runtime_calls::TYPED_MEMCLR),
            memmove: s(runtime_calls::MEMMOVE),
            memclr: s(runtime_calls::MEMCLR),
            soft_fma: s(runtime_calls::SOFT_FMA),
            morestack: s(symbol::MORESTACK),
            deferenter: s(symbol::DEFERENTER),
            write_barrier: s(symbol::WRITE_BARRIER),
            gc_write_barrier: s(symbol::GC_WRITE_BARRIER),
            publication_barrier: s(symbol::PUBLICATION_BARRIER),
            slow_paths: [s("runtime.growslice"), s("runtime.decoderune")],
        }
    }
}
