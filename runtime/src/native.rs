//! What a g0 entry looks like from Rust.
//!
//! An entry is an `extern "C"` function with up to six integer words; `arch::g0_entry!` exports it. It finds its
//! goroutine through [`crate::sched::m::curg`] and returns nothing, one word or a [`Pair`]; or it leaves an outcome in
//! the G (with the functions below), and what it returns is then ignored.
//!
//! **Runs on** g0. **May** do what the entry may.

use crate::sched::g::G;
use grus_abi::native::outcome;

/// Two result words.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair(pub usize, pub usize);

/// Tail leaves the upper bits of narrow arguments undefined: the low byte as a flag.
#[inline]
pub fn flag(word: usize) -> bool {
    word as u8 != 0
}

/// Leaves the outcome "panic with this code" in the current goroutine.
///
/// # Safety
/// `g` is the goroutine that entered.
pub unsafe fn raise(g: *mut G, code: u32, a: usize, b: usize) {
    // SAFETY: the G is ours while it is inside a native.
    unsafe {
        (*g).h.outcome = outcome::RAISE;
        (*g).h.raise_code = code;
        (*g).h.ret0 = a;
        (*g).h.ret1 = b;
    }
}

/// Leaves the outcome "continue at `g.sched`" in the current goroutine.
///
/// # Safety
/// `g` is the goroutine that entered, and its `sched` has been set to a landing pad.
pub unsafe fn resume_at_sched(g: *mut G) {
    // SAFETY: as above.
    unsafe { (*g).h.outcome = outcome::GOGO };
}
