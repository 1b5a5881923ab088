//! Frames of natives.
//!
//! The code of the archive has no tables. What a stack shows of it follows from the Go code below: the instruction before
//! a return address names the native that was called. The table of names (`ModuleData::natives`) leads from its address
//! to a PC that stands for it (`grus_abi::moduledata::NativeName`).
//!
//! **Runs on** any system stack. **May** not allocate or block.

use crate::arch::switch::call_target;
use crate::image::moduledata;
use crate::sched::g::{self, G};
use crate::symtab::functab;
use grus_abi::moduledata::{NativeName, shown};

fn names() -> &'static [NativeName] {
    let t = &moduledata().natives;
    if t.len == 0 {
        return &[];
    }
    // SAFETY: the table has `len` records.
    unsafe { core::slice::from_raw_parts(t.ptr, t.len) }
}

/// The PC that stands for something with a fixed name (an index of `shown`); 0 without a program.
pub fn pc(which: usize) -> usize {
    names().get(which).map_or(0, |n| n.pc as usize)
}

/// The PC that stands for the native that the call before a return address in Go code entered.
///
/// `None`: the call was indirect, or its target is Go code.
pub fn called(ret: usize) -> Option<usize> {
    if names().is_empty() || !functab::find(ret - 1).is_some_and(|f| f.compiled()) {
        return None;
    }
    // SAFETY: a return address in Go code stands behind a call.
    let target = unsafe { call_target(ret) }?;
    names().iter().find(|n| n.code as usize == target).map(|n| n.pc as usize)
}

/// PCs of what a stopped goroutine's stack shows above its innermost Go frame, the innermost first; zeros follow.
///
/// # Safety
/// `g` is stopped.
pub unsafe fn above(g: *mut G) -> [usize; 2] {
    // SAFETY: passed on.
    unsafe {
        let status = (*g).status();
        if !matches!(status, g::WAITING | g::RUNNABLE) || !(*g).stopped.is_null() {
            return [0; 2];
        }
        match called((*g).h.sched.pc) {
            Some(native) if status == g::WAITING => [pc(shown::GOPARK), native],
            Some(native) => [native, 0],
            None => [0; 2],
        }
    }
}
