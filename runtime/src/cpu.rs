//! Instruction set extensions that natives may use.
//!
//! The Go half finds them (`internal/cpu`, which obeys `GODEBUG=cpu.NAME=off`) before anything else runs and calls
//! `runtime.setcpufeatures`. Until then, and in an unknown machine, only the baseline is used.
//!
//! # Orderings
//!
//! `FEATURES` is stored once, before `main` and other goroutines run, and read plainly by assembly: it publishes
//! nothing, and who sees 0 uses the baseline.
//!
//! **Runs on** any stack.

use core::sync::atomic::{AtomicU32, Ordering};

/// Bits of [`FEATURES`]; `runtime/go/runtime/cpu_*.go` has the same numbers.
pub mod feature {
    /// x86_64: `roundsd` and others.
    pub const SSE41: u32 = 1;
    /// x86_64: 256-bit integer vectors.
    pub const AVX2: u32 = 2;
    /// x86_64: fused multiply-add, with AVX.
    pub const FMA: u32 = 4;
    /// x86_64: `rep movsb` and `rep stosb` are fast.
    pub const ERMS: u32 = 8;
    /// x86_64: bit manipulation, both sets (`andn`, `rorx`, `mulx`).
    pub const BMI2: u32 = 16;
    /// x86_64: additions with carry in either flag.
    pub const ADX: u32 = 32;
    /// x86_64: 512-bit vectors (F, CD, BW, DQ, VL).
    pub const AVX512: u32 = 64;
    /// x86_64: AES rounds of four blocks, with AVX-512.
    pub const VAES512: u32 = 128;
    /// x86_64: carry-less multiplication of four pairs, with AVX-512.
    pub const VPCLMUL512: u32 = 256;
}

/// The extensions found, a set of bits of [`feature`].
pub static FEATURES: AtomicU32 = AtomicU32::new(0);

/// Whether the machine has all extensions of a set.
#[inline]
pub fn has(features: u32) -> bool {
    FEATURES.load(Ordering::Relaxed) & features == features
}
