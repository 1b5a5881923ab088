//! The beginning and the end of generations, and of traces.
//!
//! Everything here happens while the world is stopped and `OUTSIDE` is held: nobody writes events, and no status changes that
//! events report. Buffers of the old generation are completed, sequence numbers start again, and statuses are written:
//!
//! * The thread that stops the world, and those that wait in place to stop it next, have a P and a goroutine that runs.
//! * Goroutines in system calls have a thread, but no P: all have been taken. Their status is in the buffer of their own thread,
//!   so that it comes before whatever the thread writes next.
//! * All other Ps are idle, all other goroutines wait or are runnable.
//!
//! # Orderings
//!
//! The world is stopped and `OUTSIDE` is held, which orders everything: Relaxed.
//!
//! **Runs on** g0 of a thread with a P. Lock ranks: `OUTSIDE`, then `sched` or `allgs`, then the tables.

use super::buffer::NO_THREAD;
use super::event::{self, FREQUENCY_HZ, VARINT};
use super::stack::{self, Kind};
use super::{GENERATION, ON, OUTSIDE, buffer, dump, memory, sample, scheduler};
use crate::os::clock;
use crate::sched::g::{PREEMPTED, RUNNABLE, RUNNING, SYSCALL, WAITING};
use crate::sched::m::{self, M};
use crate::sched::state::{all_ps, nprocs};
use crate::sched::world::{self, Reason};
use crate::sched::{g, threads};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{Acquire, Relaxed};

/// Statuses of goroutines, numbered as in the format.
const GO_RUNNABLE: u64 = 1;
const GO_RUNNING: u64 = 2;
const GO_SYSCALL: u64 = 3;
const GO_WAITING: u64 = 4;
/// Statuses of Ps.
pub const PROC_RUNNING: u64 = 1;
pub const PROC_IDLE: u64 = 2;

/// Completes the buffers of all threads.
///
/// # Safety
/// The world is stopped, `OUTSIDE` is held.
unsafe fn flush() {
    threads::for_each_m(|mp| {
        // SAFETY: nobody writes events.
        unsafe { flush_thread(mp) };
    });
}

/// Completes a thread's buffer.
///
/// # Safety
/// The thread is the calling one, or it cannot write events.
pub unsafe fn flush_thread(mp: *mut M) {
    // SAFETY: the buffer is the thread's.
    unsafe {
        let buf = core::mem::replace(&mut (*mp).trace, null_mut());
        if !buf.is_null() {
            buffer::complete(buf);
        }
    }
}

/// The batch that relates the trace's clock to others.
unsafe fn sync(generation: u64) {
    let buf = buffer::begin_in(generation, NO_THREAD, event::now());
    // SAFETY: the buffer is ours, and has room.
    unsafe {
        debug_assert!((*buf).has_room(3 + 5 * VARINT));
        (*buf).byte(event::SYNC);
        (*buf).byte(event::FREQUENCY);
        (*buf).varint(FREQUENCY_HZ);
        let mono = clock::nanotime();
        let (sec, nsec) = clock::walltime();
        (*buf).event(event::CLOCK_SNAPSHOT, &[mono as u64, sec as u64, nsec as u64]);
        buffer::complete(buf);
    }
}

/// The status of a goroutine that runs or is in a system call, in the buffer of its thread.
unsafe fn on_thread(mp: *mut M) {
    // SAFETY: as in `begin`.
    unsafe {
        let g = (*mp).curg;
        if g.is_null() {
            return;
        }
        let tid = (*mp).tid.load(Relaxed) as u64;
        let goid = (*g).h.go.goid;
        match (*g).status() {
            RUNNING => {
                let pp = (*mp).p;
                event::write_for(mp, event::PROC_STATUS, &[(*pp).id as u64, PROC_RUNNING]);
                event::write_for(mp, event::GO_STATUS, &[goid, tid, GO_RUNNING]);
            }
            SYSCALL => {
                let stack = stack::of(g, Kind::OutsideRuntime, 0);
                if stack == 0 {
                    event::write_for(mp, event::GO_STATUS, &[goid, tid, GO_SYSCALL]);
                } else {
                    event::write_for(mp, event::GO_STATUS_STACK, &[goid, tid, GO_SYSCALL, stack]);
                }
            }
            _ => {}
        }
    }
}

/// Begins a generation: what its first events are.
///
/// # Safety
/// The world is stopped, `OUTSIDE` is held, buffers are complete, and tracing is on.
unsafe fn begin(generation: u64) {
    GENERATION.store(generation, Relaxed);
    let me = m::current();
    // SAFETY: nobody writes events; nothing changes but by this thread.
    unsafe {
        sync(generation);
        // Those that run first: their threads need a goroutine for what follows.
        on_thread(me);
        for &pp in all_ps() {
            (*pp).trace_seq = 0;
            let waits_in_place = (*pp).in_place.load(Acquire) != 0;
            if pp != (*me).p && !waits_in_place {
                event::write(event::PROC_STATUS, &[(*pp).id as u64, PROC_IDLE]);
            }
        }
        threads::for_each_m(|mp| {
            if mp != me {
                on_thread(mp);
            }
        });
        g::for_each(|g| {
            (*g).trace_seq = 0;
            let status = match (*g).status() {
                RUNNABLE => GO_RUNNABLE,
                WAITING | PREEMPTED => GO_WAITING,
                _ => return true,
            };
            let goid = (*g).h.go.goid;
            let stack = stack::of(g, Kind::All, 0);
            if stack == 0 {
                event::write(event::GO_STATUS, &[goid, NO_THREAD, status]);
            } else {
                event::write(event::GO_STATUS_STACK, &[goid, NO_THREAD, status, stack]);
            }
            true
        });
        scheduler::procs_change(nprocs());
    }
}

/// `tracestart()`: begins a trace.
unsafe extern "C" fn tracestart() {
    // SAFETY: a g0 entry has a P; the Go half sees to it that there is no trace.
    unsafe {
        world::stop_the_world(Reason::StartTrace);
        let outside = OUTSIDE.lock();
        let generation = GENERATION.load(Relaxed) + 1;
        buffer::start(generation);
        sample::start();
        ON.store(1, Relaxed);
        memory::reset();
        begin(generation);
        scheduler::stop_begin(Reason::StartTrace);
        memory::if_marking();
        memory::heap_goal();
        drop(outside);
        world::start_the_world();
    }
}

/// `traceswitch(stop bool)`: ends the generation, and begins the next one or ends the trace.
unsafe extern "C" fn traceswitch(stop: usize) {
    let stop = crate::native::flag(stop);
    let reason = if stop { Reason::StopTrace } else { Reason::TraceGeneration };
    // SAFETY: as above; a trace is being taken.
    unsafe {
        world::stop_the_world(reason);
        let outside = OUTSIDE.lock();
        // A stop belongs to one generation.
        scheduler::stop_end();
        flush();
        let generation = GENERATION.load(Relaxed);
        sample::mark(stop);
        dump::prepare(generation);
        if stop {
            ON.store(0, Relaxed);
        } else {
            begin(generation + 1);
            scheduler::stop_begin(reason);
            memory::if_marking();
            memory::heap_goal();
        }
        drop(outside);
        world::start_the_world();
    }
}

/// `tracerelease()`: gives memory back after a trace.
unsafe extern "C" fn tracerelease() {
    buffer::release();
}

crate::g0_entry! {
    "runtime.tracestart" => tracestart,
    "runtime.traceswitch" => traceswitch,
    "runtime.tracerelease" => tracerelease,
}
