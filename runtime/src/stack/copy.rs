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
            unwind::for_each_object_pointer(&frame, |p| mv.adjust(p));
        }
        alloc::free(cache, old_lo, old_hi - old_lo);
        mv
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::g::{RUNNABLE, RUNNING};
    use crate::sched::{proc, start};
    use crate::symtab::fixture::{LEAF, LEAF_FRAME, OUTER_FRAME, TEXT, install};
    use grus_abi::g::Gobuf;

    /// `main.outer` called `main.leaf` at +0x20, which called something.
    #[test]
    fn live_words_follow_the_stack() {
        let _lock = start::init_for_tests();
        install();
        let code = [0usize; 1];
        // SAFETY: the goroutine never runs; its stack is laid out by hand.
        unsafe {
            let g = proc::create(code.as_ptr() as usize, core::ptr::null_mut(), 0, false, RUNNABLE);
            let hi = (*g).h.stack_hi;
            let word = |p: usize| &mut *(p as *mut usize);
            let outer_fp = hi - 64;
            let outer_sp = outer_fp - OUTER_FRAME as usize;
            *word(outer_fp) = 0;
            *word(outer_fp + 8) = 1;
            let leaf_fp = outer_sp - 16;
            let leaf_sp = leaf_fp - LEAF_FRAME as usize;
            *word(leaf_fp) = outer_fp;
            *word(leaf_fp + 8) = TEXT + 0x20;
            // Frame words of outer: 0 dead, 1 slot, 2 live at the call, 3 live at another call, 4 live, elsewhere.
            for i in 0..5 {
                *word(outer_sp + 8 * i) = outer_fp - 8;
            }
            *word(outer_sp + 8) = outer_sp + 24;
            (*g).h.go.param = outer_fp - 8;
            (*g).h.go.labels = 0x1234;
            (*g).h.sched = Gobuf { pc: LEAF + 0x40, sp: leaf_sp, fp: leaf_fp };
            let mv = copy_stack(g, 8192);
            let new_hi = (*g).h.stack_hi;
            assert_eq!(new_hi - (*g).h.stack_lo, 8192);
            let at = |p: usize| p + new_hi - hi;
            let (fp, sp) = (at(outer_fp), at(outer_sp));
            assert_eq!((*g).h.sched, Gobuf { pc: LEAF + 0x40, sp: at(leaf_sp), fp: at(leaf_fp) });
            assert_eq!(*word(at(leaf_fp)), fp);
            assert_eq!(*word(at(leaf_fp) + 8), TEXT + 0x20);
            assert_eq!(*word(sp), outer_fp - 8, "dead words stay");
            assert_eq!(*word(sp + 8), sp + 24);
            assert_eq!(*word(sp + 16), fp - 8);
            assert_eq!(*word(sp + 24), outer_fp - 8, "live at another call only");
            assert_eq!(*word(sp + 32), outer_fp - 8, "live at another call only");
            assert_eq!((*g).h.go.param, fp - 8);
            assert_eq!((*g).h.go.labels, 0x1234);
            let mut other = leaf_sp;
            mv.adjust(&mut other);
            assert_eq!(other, at(leaf_sp));
            (*g).set_status(RUNNABLE, RUNNING);
            proc::destroy(g);
        }
    }
}
