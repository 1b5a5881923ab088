//! Write barriers: the flag that generated code tests, and what it calls while the flag is set.
//!
//! Without a concurrent collector the flag is never set; that a barrier runs is then a bug of ours.
//!
//! **Runs on** g0 (`wbpair`, `wbbulk`) and goroutine stacks (`gcWriteBarrier`, a `PreserveAll` stub).

use crate::panic::fatal;
use core::sync::atomic::AtomicU32;

/// Non-zero while write barriers must run.
#[unsafe(export_name = "runtime.writeBarrier")]
pub static WRITE_BARRIER: AtomicU32 = AtomicU32::new(0);

/// `wbpair(slot *unsafe.Pointer, new unsafe.Pointer)`.
unsafe extern "C" fn wbpair(_slot: *mut usize, _new: usize) {
    fatal::throw("write barrier without a collector")
}

/// `wbbulk(dst, src unsafe.Pointer, size uintptr, typ *_type)`.
unsafe extern "C" fn wbbulk(_dst: usize, _src: usize, _size: usize, _typ: usize) {
    fatal::throw("write barrier without a collector")
}

crate::g0_entry! {
    "runtime.wbpair" => wbpair,
    "runtime.wbbulk" => wbbulk,
}
