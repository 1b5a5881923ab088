//! Moving a goroutine to another stack.
//!
//! The used part is copied as it is; then the words that may hold addresses of the old stack are adjusted: every
//! frame's live pointer words, the saved frame pointers, the pointer words of the G's Go area. What outlives a call
//! (sudogs, deferred calls) holds offsets from the top and needs nothing.
//!
//! **Runs on** g0, while the goroutine is stopped in `morestack`, a native or parked. **May** allocate stacks.
//! Lock ranks: stack pool.

use super::{alloc, unwind};
use crate::sched::g::G;
use crate::sched::m;
use core::ptr;
use grus_abi::g::GO_POINTER_WORDS;

/// The old stack, as the adjustment sees it.
pub struct Move {
    lo: usize,
    len: usize,
    delta: usize,
}

impl Move {
    /// Adjusts one word if it points into the old stack.
    ///
    /// # Safety
    /// `p` is a live word.
    #[inline]
    pub unsafe fn adjust(&self, p: *mut usize) {
        // SAFETY: passed on.
        unsafe {
            let v = *p;
            if v.wrapping_sub(self.lo) < self.len {
                *p = v.wrapping_add(self.delta);
            }
        }
    }
}

/// Gives `g` a stack of `size` bytes with the same contents. Returns how to adjust further words.
///
/// # Safety
/// `g` is stopped with a valid `sched`; `size` is a power of two that the used part fits in.
pub unsafe fn copy_stack(g: *mut G, size: usize) -> Move {
    // SAFETY: the goroutine is stopped, so its stack and its G are ours.
    unsafe {
        let cache = &mut (*m::p()).stacks;
        let h = &mut (*g).h;
        let (old_lo, old_hi) = (h.stack_lo, h.stack_hi);
        // The word below `sched.sp` is a return address on x86_64.
        let bottom = (h.sched.sp - 16).max(old_lo);
        let used = old_hi - bottom;
        let lo = alloc::allocate(cache, size);
        let hi = lo + size;
        ptr::copy_nonoverlapping(bottom as *const u8, (hi - used) as *mut u8, used);
        let mv = Move { lo: old_lo, len: old_hi - old_lo, delta: hi.wrapping_sub(old_hi) };
        h.stack_lo = lo;
        h.stack_hi = hi;
        h.sched.sp = h.sched.sp.wrapping_add(mv.delta);
        mv.adjust(&mut h.sched.fp);
        let words = &raw mut h.go as *mut usize;
        for i in 0..GO_POINTER_WORDS {
            mv.adjust(words.add(i));
        }
        // The saved FP of a frame is adjusted before the walk follows it.
        let mut fp = h.sched.fp;
        while fp != 0 {
            mv.adjust(fp as *mut usize);
            fp = *(fp as *const usize);
        }
        let mut walk = unwind::Unwinder::new(&h.sched);
        while let Some(frame) = walk.next() {
            unwind::for_each_pointer(&frame, |p| mv.adjust(p));
        }
        alloc::free(cache, old_lo, old_hi - old_lo);
        mv
    }
}
