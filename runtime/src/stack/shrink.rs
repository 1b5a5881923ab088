//! Shrinking: a goroutine that uses less than a quarter of its stack gets one of half the size.
//!
//! Done by the collector when it has scanned a goroutine that is parked, and suspended for the scan. Not touched: goroutines
//! that wait on channels, since whoever completes their operation may be copying to their stack at the moment; those in
//! system calls, which may have passed addresses in their stack to the kernel; those that were stopped in a stack check,
//! whose arguments are in the G (they are not parked, but runnable).
//!
//! **Runs on** g0 of an M that holds a P. **May** allocate stacks. Lock ranks: stack pool.

use super::copy::copy_stack;
use crate::debug;
use crate::sched::WaitReason;
use crate::sched::g::G;
use grus_abi::g::{STACK_GUARD, STACK_MIN};

/// Moves a goroutine to a smaller stack if that pays.
///
/// # Safety
/// The goroutine is suspended in `WAITING`, with a valid saved state.
pub unsafe fn shrink(g: *mut G) {
    // SAFETY: passed on.
    unsafe {
        let h = &(*g).h;
        let size = h.stack_hi - h.stack_lo;
        // A marker counts as parked while it marks: its own stack is not to move under the native that it is in.
        let active = (*g).wait_reason == WaitReason::GcWorkerActive as u8;
        if size <= STACK_MIN || active || debug::get().gcshrinkstackoff {
            return;
        }
        let used = h.stack_hi - h.sched.sp + STACK_GUARD;
        if used >= size / 4 || !(*g).waiting.is_null() {
            return;
        }
        copy_stack(g, size / 2);
    }
}
