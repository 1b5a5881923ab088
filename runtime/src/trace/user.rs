//! Annotations by the program: tasks, regions, logs.
//!
//! # Orderings
//!
//! The generation does not change while the caller has a P (Relaxed).
//!
//! **Runs on** g0 of a thread with a P. Lock ranks: the tables, the queue of buffers.

use super::event::{self, write};
use super::stack::{self, Kind};
use super::{GENERATION, dump, on};
use core::sync::atomic::Ordering::Relaxed;

/// The number of a Go string.
///
/// # Safety
/// The string is live.
unsafe fn string(p: *const u8, n: usize) -> u64 {
    if n == 0 {
        return 0;
    }
    // SAFETY: passed on.
    let s = unsafe { core::slice::from_raw_parts(p, n) };
    dump::string(GENERATION.load(Relaxed), dump::clipped(s))
}

fn stack() -> u64 {
    stack::current(Kind::User, 0)
}

/// `tracetask(id, parent uint64, name string)`.
unsafe extern "C" fn tracetask(id: u64, parent: u64, p: *const u8, n: usize) {
    if on() {
        // SAFETY: the Go half passes a string.
        let name = unsafe { string(p, n) };
        write(event::USER_TASK_BEGIN, &[id, parent, name, stack()]);
    }
}

/// `tracetaskend(id uint64)`.
unsafe extern "C" fn tracetaskend(id: u64) {
    if on() {
        write(event::USER_TASK_END, &[id, stack()]);
    }
}

/// `traceregion(id, mode uint64, name string)`: mode 0 begins one, 1 ends it.
unsafe extern "C" fn traceregion(id: u64, mode: u64, p: *const u8, n: usize) {
    if on() && mode <= 1 {
        // SAFETY: the Go half passes a string.
        let name = unsafe { string(p, n) };
        let ev = if mode == 0 { event::USER_REGION_BEGIN } else { event::USER_REGION_END };
        write(ev, &[id, name, stack()]);
    }
}

/// `tracelog(id uint64, category, message string)`.
unsafe extern "C" fn tracelog(id: u64, p: *const u8, n: usize, q: *const u8, k: usize) {
    if on() {
        // SAFETY: the Go half passes strings.
        let (category, message) = unsafe { (string(p, n), string(q, k)) };
        write(event::USER_LOG, &[id, category, message, stack()]);
    }
}

crate::g0_entry! {
    "runtime.tracetask" => tracetask,
    "runtime.tracetaskend" => tracetaskend,
    "runtime.traceregion" => traceregion,
    "runtime.tracelog" => tracelog,
}
