//! The thread descriptor.
//!
//! The thread pointer register (FS, TPIDR_EL0) points at the M, whose first words are part of the ABI: natives find
//! the g0 stack through `g.m`, Rust code finds the M through the thread pointer, signal handlers too (Go code never
//! changes the register).
//!
//! **Runs on** g0 and gsignal.

use super::g::G;
use super::p::P;
use crate::random::Stream;

/// Size of an M's signal stack.
pub const SIGNAL_STACK: usize = 64 << 10;

/// A thread.
#[repr(C)]
pub struct M {
    /// Own address (`abi::g::M_SELF`).
    pub this: *mut M,
    /// Stack pointer that natives switch to (`abi::g::M_G0SP`).
    pub g0_sp: usize,
    /// The goroutine that runs here (`abi::g::M_CURG`).
    pub curg: *mut G,
    /// The processor held.
    pub p: *mut P,
    /// Random numbers.
    pub random: Stream,
    /// Nesting of `printlock`.
    pub print_nest: u32,
    /// Nesting of fatal errors: a second one while the first is reported ends the process.
    pub dying: u32,
    /// Signal stack.
    pub signal_stack: usize,
}

/// The calling thread's M.
#[cfg(grus_archive)]
#[inline]
pub fn current() -> *mut M {
    crate::arch::thread_pointer() as *mut M
}

/// The M of unit tests, which run without a thread pointer of ours.
#[cfg(not(grus_archive))]
pub fn current() -> *mut M {
    super::start::first_m()
}

/// The current goroutine.
#[inline]
pub fn curg() -> *mut G {
    // SAFETY: the M lives as long as its thread.
    unsafe { (*current()).curg }
}

/// The processor that the calling thread holds.
#[inline]
pub fn p() -> *mut P {
    // SAFETY: as above.
    unsafe { (*current()).p }
}

/// Whether the goroutine that entered may be parked: it is in no section that must stay on its processor.
#[inline]
pub fn may_park() -> bool {
    !curg().is_null()
}
