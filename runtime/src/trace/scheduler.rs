//! Events of the scheduler: goroutines, processors, system calls, stops of the world.
//!
//! Each function is called where what it reports happens, behind a test of [`super::on`]; module [`super`] says under which
//! conditions. Most are `cold`: nothing but the test is left where they are called.
//!
//! # Orderings
//!
//! `STOPPING` is used by who stops the world (Relaxed). Sequence numbers are plain and their owners'.
//!
//! **Runs on** g0. Lock ranks: the tables, the queue of buffers.

use super::event::{self, write};
use super::stack::{self, Kind};
use super::{generation, names, on};
use crate::mem::gc::worker::Mode;
use crate::sched::WaitReason;
use crate::sched::g::{G, WAITING};
use crate::sched::m::{self, M};
use crate::sched::p::P;
use crate::sched::preempt;
use crate::sched::world::Reason;
use core::sync::atomic::AtomicBool;
use core::sync::atomic::Ordering::Relaxed;

unsafe fn next(seq: &mut u32) -> u64 {
    *seq += 1;
    *seq as u64
}

/// The calling thread has got a P.
///
/// # Safety
/// The P is the thread's.
#[cold]
pub unsafe fn proc_start(pp: *mut P) {
    // SAFETY: passed on.
    unsafe { write(event::PROC_START, &[(*pp).id as u64, next(&mut (*pp).trace_seq)]) };
}

/// The calling thread is about to give its P up.
#[cold]
pub fn proc_stop() {
    write(event::PROC_STOP, &[]);
}

/// The calling thread has taken a P from a thread in a system call, `holder`.
///
/// # Safety
/// The P is the caller's.
#[cold]
pub unsafe fn proc_steal(pp: *mut P, holder: *mut M) {
    // SAFETY: passed on; Ms are never freed.
    unsafe {
        let tid = if holder.is_null() { 0 } else { (*holder).tid.load(Relaxed) as u64 };
        write(event::PROC_STEAL, &[(*pp).id as u64, next(&mut (*pp).trace_seq), tid]);
    }
}

/// There is a P more, which has never run.
///
/// # Safety
/// The world is stopped by the caller.
#[cold]
pub unsafe fn proc_new(pp: *mut P) {
    // SAFETY: passed on.
    unsafe {
        (*pp).trace_seq = 0;
        write(event::PROC_STATUS, &[(*pp).id as u64, generation::PROC_IDLE]);
    }
}

/// So many Ps are in use.
#[cold]
pub fn procs_change(n: usize) {
    write(event::PROCS_CHANGE, &[n as u64, stack::current(Kind::All, 0)]);
}

/// A goroutine has been created, with this status; it can not run yet.
///
/// # Safety
/// The goroutine is the caller's.
#[cold]
pub unsafe fn go_create(g: *mut G, status: u32) {
    // SAFETY: passed on.
    unsafe {
        (*g).trace_seq = 0;
        (*g).trace_label = 0;
        let ev = if status == WAITING { event::GO_CREATE_BLOCKED } else { event::GO_CREATE };
        let start = stack::entry((*g).h.go.startpc);
        write(ev, &[(*g).h.go.goid, start, stack::current(Kind::GoCode, 0)]);
    }
}

/// The calling thread begins to run a goroutine, which is its current one by now.
///
/// # Safety
/// The goroutine is the thread's.
#[cold]
pub unsafe fn go_start(g: *mut G) {
    // SAFETY: passed on.
    unsafe {
        let label = core::mem::take(&mut (*g).trace_label);
        if core::mem::take(&mut (*m::current()).trace_switched) {
            return;
        }
        write(event::GO_START, &[(*g).h.go.goid, next(&mut (*g).trace_seq)]);
        if label != 0 {
            write(event::GO_LABEL, &[label as u64]);
        }
    }
}

/// A worker of the collector is going to run in this mode.
///
/// # Safety
/// The worker is the caller's.
pub unsafe fn worker(g: *mut G, mode: Mode) {
    // SAFETY: passed on.
    unsafe { (*g).trace_label = if on() { names::worker_label(mode) as u8 } else { 0 } };
}

/// The calling thread's goroutine ends.
#[cold]
pub fn go_destroy() {
    write(event::GO_DESTROY, &[]);
}

/// What `M::commit_arg` is when a goroutine that parks for no reason was stopped by `runtime.Gosched`.
pub const BY_GOSCHED: usize = 1;

/// The calling thread's goroutine parks: `wait_reason` and `M::commit_arg` are set. Without a reason, it is about to be queued.
///
/// # Safety
/// The goroutine is the thread's, and has not been parked yet.
#[cold]
pub unsafe fn go_park(g: *mut G) {
    // SAFETY: passed on.
    unsafe {
        match (*g).wait_reason {
            0 => {
                let gosched = (*m::current()).commit_arg == BY_GOSCHED;
                let reason = if gosched { names::GOSCHED } else { names::PREEMPTED };
                write(event::GO_STOP, &[reason, stack::of(g, Kind::All, 0)]);
            }
            n if n == WaitReason::Coroutine as u8 => {}
            n if n == WaitReason::GcAssist as u8 && (*m::current()).commit_arg != 0 => {
                go_preempted(g, (*m::current()).commit_arg == preempt::STAYS);
            }
            n => {
                let reason = names::block_reason(n);
                let kind = names::shown(reason);
                let skip = if reason == names::SYNC { (*g).block_skip as usize } else { 0 };
                write(event::GO_BLOCK, &[reason, stack::of(g, kind, skip)]);
            }
        }
    }
}

/// The calling thread's goroutine is stopped by others; `waits`: until they let it go on.
///
/// # Safety
/// The goroutine is the thread's, its state is saved.
#[cold]
pub unsafe fn go_preempted(g: *mut G, waits: bool) {
    let ev = if waits { event::GO_BLOCK } else { event::GO_STOP };
    // SAFETY: passed on.
    unsafe { write(ev, &[names::PREEMPTED, stack::of(g, Kind::All, 0)]) };
}

/// A goroutine that waits is made runnable.
///
/// # Safety
/// The goroutine is the caller's, and on no queue yet.
#[inline]
pub unsafe fn go_unblock(g: *mut G) {
    if on() {
        // SAFETY: passed on.
        unsafe { unblocked(g) };
    }
}

#[cold]
unsafe fn unblocked(g: *mut G) {
    // SAFETY: passed on.
    unsafe {
        let reason = names::block_reason((*g).wait_reason);
        let stack = stack::current(names::shown(reason), (*m::current()).trace_skip as usize);
        write(event::GO_UNBLOCK, &[(*g).h.go.goid, next(&mut (*g).trace_seq), stack]);
    }
}

/// The calling thread's goroutine, which ends if `ends`, is going to be followed by a goroutine that waits, without a queue.
///
/// # Safety
/// Both are the caller's.
#[cold]
pub unsafe fn go_switch(to: *mut G, ends: bool) {
    let ev = if ends { event::GO_SWITCH_DESTROY } else { event::GO_SWITCH };
    // SAFETY: passed on.
    unsafe {
        (*m::current()).trace_switched = true;
        write(ev, &[(*to).h.go.goid, next(&mut (*to).trace_seq)]);
    }
}

/// The calling thread's goroutine begins a system call; the thread has its P still. The stack begins after `skip` frames.
///
/// # Safety
/// The goroutine's state is saved.
#[cold]
pub unsafe fn syscall_begin(skip: usize) {
    // SAFETY: the thread's own P.
    unsafe {
        let seq = next(&mut (*m::p()).trace_seq);
        write(event::GO_SYSCALL_BEGIN, &[seq, stack::current(Kind::OutsideRuntime, skip)]);
    }
}

/// The calling thread's goroutine ends a system call, and has its P again.
#[cold]
pub fn syscall_end() {
    write(event::GO_SYSCALL_END, &[]);
}

/// The calling thread's goroutine ends a system call in which it has lost its P. It is runnable now; it goes on if the thread
/// has got another P.
///
/// # Safety
/// The goroutine is the thread's.
#[cold]
pub unsafe fn syscall_end_blocked(g: *mut G, goes_on: bool) {
    write(event::GO_SYSCALL_END_BLOCKED, &[]);
    if goes_on {
        // SAFETY: passed on.
        unsafe { write(event::GO_START, &[(*g).h.go.goid, next(&mut (*g).trace_seq)]) };
    }
}

/// The stop of the world at work has been reported.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// The calling thread's goroutine begins to stop the world.
#[cold]
pub fn stop_begin(reason: Reason) {
    if !m::curg().is_null() {
        STOPPING.store(true, Relaxed);
        let kind = names::stop_reason(reason as u32);
        write(event::STW_BEGIN, &[kind, stack::current(Kind::All, 0)]);
    }
}

/// The world is about to be started.
#[cold]
pub fn stop_end() {
    if STOPPING.swap(false, Relaxed) {
        write(event::STW_END, &[]);
    }
}
