//! The registers of a goroutine that a signal stopped. Signals stop no goroutines here.
//!
//! **Runs on** g0 and gsignal.

use super::signal::Context;

/// Whether goroutines can be stopped by signals.
pub const SUPPORTED: bool = false;

/// Registers.
#[derive(Clone, Copy)]
pub struct Registers(());

impl Registers {
    /// Nothing.
    pub const NONE: Registers = Registers(());

    /// The interrupted ones.
    pub fn save(&mut self, _ctx: &Context) {}

    /// PC.
    pub fn pc(&self) -> usize {
        0
    }

    /// Stack pointer.
    pub fn sp(&self) -> usize {
        0
    }

    /// Frame pointer.
    pub fn fp(&self) -> usize {
        0
    }

    /// Calls `f` with every word that may be a pointer.
    pub fn for_each_word(&self, _f: impl FnMut(usize)) {}
}

/// Where an interrupted thread continues.
pub fn entry_pc() -> usize {
    0
}

/// Continues a goroutine.
///
/// # Safety
/// Never called.
pub unsafe fn gogo_stopped(_registers: *const Registers) -> ! {
    crate::panic::fatal::throw("a goroutine was stopped by a signal")
}
