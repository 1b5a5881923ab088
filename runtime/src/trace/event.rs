//! Events: their numbers, and how one is written.
//!
//! An event is a byte and varints, the first of which is the time since the event before in the batch, in units of 64 ns. Times
//! grow strictly within a batch.
//!
//! # Orderings
//!
//! A thread's number is constant while it writes events (Relaxed).
//!
//! **Runs on** g0. Lock ranks: the queue of buffers.

use super::buffer::{self, Buf};
use crate::os::clock;
use crate::sched::m::{self, M};
use core::sync::atomic::Ordering::Relaxed;

pub const EVENT_BATCH: u8 = 1;
pub const STACKS: u8 = 2;
pub const STACK: u8 = 3;
pub const STRINGS: u8 = 4;
pub const STRING: u8 = 5;
pub const CPU_SAMPLES: u8 = 6;
pub const CPU_SAMPLE: u8 = 7;
pub const FREQUENCY: u8 = 8;
pub const PROCS_CHANGE: u8 = 9;
pub const PROC_START: u8 = 10;
pub const PROC_STOP: u8 = 11;
pub const PROC_STEAL: u8 = 12;
pub const PROC_STATUS: u8 = 13;
pub const GO_CREATE: u8 = 14;
pub const GO_START: u8 = 16;
pub const GO_DESTROY: u8 = 17;
pub const GO_STOP: u8 = 19;
pub const GO_BLOCK: u8 = 20;
pub const GO_UNBLOCK: u8 = 21;
pub const GO_SYSCALL_BEGIN: u8 = 22;
pub const GO_SYSCALL_END: u8 = 23;
pub const GO_SYSCALL_END_BLOCKED: u8 = 24;
pub const GO_STATUS: u8 = 25;
pub const STW_BEGIN: u8 = 26;
pub const STW_END: u8 = 27;
pub const GC_ACTIVE: u8 = 28;
pub const GC_BEGIN: u8 = 29;
pub const GC_END: u8 = 30;
pub const GC_SWEEP_BEGIN: u8 = 32;
pub const GC_SWEEP_END: u8 = 33;
pub const GC_MARK_ASSIST_BEGIN: u8 = 35;
pub const GC_MARK_ASSIST_END: u8 = 36;
pub const HEAP_ALLOC: u8 = 37;
pub const HEAP_GOAL: u8 = 38;
pub const GO_LABEL: u8 = 39;
pub const USER_TASK_BEGIN: u8 = 40;
pub const USER_TASK_END: u8 = 41;
pub const USER_REGION_BEGIN: u8 = 42;
pub const USER_REGION_END: u8 = 43;
pub const USER_LOG: u8 = 44;
pub const GO_SWITCH: u8 = 45;
pub const GO_SWITCH_DESTROY: u8 = 46;
pub const GO_CREATE_BLOCKED: u8 = 47;
pub const GO_STATUS_STACK: u8 = 48;
pub const SYNC: u8 = 50;
pub const CLOCK_SNAPSHOT: u8 = 51;

/// Units of time in a second; the Go half says the same.
pub const FREQUENCY_HZ: u64 = 1_000_000_000 / UNIT_NS;
const UNIT_NS: u64 = 64;

/// Most bytes of a varint.
pub const VARINT: usize = 10;

/// The clock of traces.
pub fn now() -> u64 {
    clock::nanotime() as u64 / UNIT_NS
}

/// Writes an event of the calling thread.
#[inline]
pub fn write(ev: u8, args: &[u64]) {
    // SAFETY: the thread's own M.
    unsafe { write_for(m::current(), ev, args) };
}

/// Writes an event on behalf of a thread.
///
/// # Safety
/// The thread is the calling one, or it can write no events: the world is stopped and `OUTSIDE` is held.
pub unsafe fn write_for(mp: *mut M, ev: u8, args: &[u64]) {
    // SAFETY: the buffer is the thread's.
    unsafe {
        let mut buf = (*mp).trace;
        if buf.is_null() || !(*buf).has_room(1 + VARINT * (1 + args.len())) {
            let mut last = 0;
            if !buf.is_null() {
                last = (*buf).time;
                buffer::complete(buf);
            }
            buf = buffer::begin((*mp).tid.load(Relaxed) as u64, now().max(last));
            (*mp).trace = buf;
        }
        (*buf).event(ev, args);
    }
}

impl Buf {
    /// Writes an event; there is room.
    pub fn event(&mut self, ev: u8, args: &[u64]) {
        let time = now().max(self.time + 1);
        self.byte(ev);
        self.varint(time - self.time);
        self.time = time;
        for &a in args {
            self.varint(a);
        }
    }
}
