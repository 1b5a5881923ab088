//! The heap half of closures made by reflection: the block into which their stubs spill.
//!
//! The block lives in the heap because Go code keeps it across calls. Nothing is known about the types of the spilled
//! words here, so every word of the block counts as a possible pointer. The Go half takes them out before it calls the function
//! that the stub stands for, and puts them where their types are known (`framestub.go`).
//!
//! **Runs on** g0. **May** allocate from the heap.

use crate::mem::typ::Type;
use crate::mem::{gc, malloc};
use crate::sched::m;

/// `callSpill` of the Go half; the words of the caller's stack arguments follow.
#[repr(C)]
struct Spill {
    ints: [usize; 6],
    ptrs: [usize; 6],
    floats: [u64; 8],
    stack_lo: usize,
    stack_hi: usize,
    nstack: usize,
    pop_bytes: usize,
}

/// The registers as the stub's frame holds them, lowest address first.
#[repr(C)]
struct Saved {
    floats: [u64; 8],
    ints: [usize; 6],
    spill: usize,
    ctx: usize,
    fp: usize,
    ret: usize,
}

/// `reflect.makeFuncCtxt` and `reflect.methodValue` as far as they agree.
#[repr(C)]
struct Context {
    code: usize,
    stack: usize,
    arg_len: usize,
}

static ONE: u64 = 1;

struct Descriptor(Type);

// SAFETY: the descriptor is never changed.
unsafe impl Sync for Descriptor {}

/// A word that may be a pointer.
static WORD: Descriptor = Descriptor(Type {
    size: 8,
    ptr_bytes: 8,
    hash: 0,
    tflag: 0,
    align: 8,
    field_align: 8,
    kind: 26,
    equal: 0,
    gc_data: &raw const ONE as *const u8,
    str: 0,
    ptr_to_this: 0,
});

/// Makes the spill block of a stub: `saved` is the lower end of the stub's frame, `stack` its stack arguments.
///
/// # Safety
/// Called through `grus_g0call` by the stubs only.
pub unsafe extern "C" fn grus_make_spill(saved: *const u8, stack: *const usize) -> usize {
    // SAFETY: the stub passes its own frame; the context is the closure that was called.
    unsafe {
        let g = m::curg();
        let saved = &*(saved as *const Saved);
        let ctx = &*(saved.ctx as *const Context);
        let words = ((*g).h.stack_hi - stack as usize) / 8;
        let n = ctx.arg_len.div_ceil(8).min(words);
        let p = malloc::allocate(size_of::<Spill>() + 8 * n, &WORD.0, true);
        let block = &mut *(p as *mut Spill);
        block.ints = saved.ints;
        block.ptrs = saved.ints;
        block.floats = saved.floats;
        block.stack_lo = (*g).h.stack_lo;
        block.stack_hi = (*g).h.stack_hi;
        block.nstack = n;
        core::ptr::copy_nonoverlapping(stack, (p + size_of::<Spill>()) as *mut usize, n);
        if gc::marking() {
            gc::barrier::bulk(p, 0, size_of::<Spill>() + 8 * n, core::ptr::null());
        }
        p
    }
}

/// Calls `f` with each word of a block that was an address on the goroutine's stack when the block was made, as the
/// address of the same place now.
///
/// # Safety
/// `block` was made by [`grus_make_spill`] for a goroutine whose stack ends at `stack_hi` now.
pub unsafe fn for_each_stack_address(block: usize, stack_hi: usize, mut f: impl FnMut(usize)) {
    // SAFETY: passed on; the words follow the block.
    unsafe {
        let b = &*(block as *const Spill);
        let words = core::slice::from_raw_parts((block + size_of::<Spill>()) as *const usize, b.nstack);
        for &p in b.ints.iter().chain(words) {
            if (b.stack_lo..b.stack_hi).contains(&p) {
                f(stack_hi - (b.stack_hi - p));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    #[test]
    fn layouts() {
        assert_eq!(offset_of!(Spill, stack_lo), 160);
        assert_eq!(offset_of!(Spill, pop_bytes), 184);
        assert_eq!(size_of::<Spill>(), 192);
        assert_eq!(offset_of!(Saved, fp) - offset_of!(Saved, ints), 64);
        assert_eq!(offset_of!(Saved, fp) - offset_of!(Saved, floats), 128);
        assert_eq!(offset_of!(Saved, fp) - offset_of!(Saved, ctx), 8);
    }
}
