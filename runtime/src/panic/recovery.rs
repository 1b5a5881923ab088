//! `recover`: continuing at a landing pad.
//!
//! The Go half found a deferred call that recovered, and knows the defer state slot of the frame that registered it,
//! as an offset from the stack's top. The frame that contains the slot continues at its function's landing pad; every
//! frame below is abandoned. Nothing but SP and FP is restored: a landing uses only slots.
//!
//! **Runs on** g0. **May** not allocate or block.

use super::fatal;
use crate::native;
use crate::sched::m;
use crate::stack::unwind::{Code, Unwinder};
use grus_abi::g::Gobuf;

/// `recovery(off uintptr)`.
pub(crate) unsafe extern "C" fn recovery(off: usize) {
    let g = m::curg();
    // SAFETY: the entry's own goroutine is stopped; the walk follows its intact frames.
    unsafe {
        let slot = (*g).h.stack_hi - off;
        let mut walk = Unwinder::new(&(*g).h.sched);
        while let Some(frame) = walk.next() {
            if slot < frame.sp() || slot >= frame.fp {
                continue;
            }
            let Code::Go(f) = frame.code else { break };
            let map = f.map();
            if map.landing == 0 {
                break;
            }
            (*g).h.sched = Gobuf {
                pc: f.entry() + map.landing as usize,
                sp: frame.fp - map.landing_frame as usize,
                fp: frame.fp,
            };
            native::resume_at_sched(g);
            return;
        }
    }
    fatal::throw("recovery: no frame with a landing pad holds the defer state")
}
