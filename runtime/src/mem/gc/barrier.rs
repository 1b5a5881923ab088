//! Write barriers: the flag that generated code tests, and what it calls while the flag is set.
//!
//! While marking is concurrent, a store of a pointer shades the pointer that it overwrites and the one that it stores
//! (the hybrid barrier): an object that was reachable when the cycle began cannot be hidden behind a black object by
//! deleting the pointer to it, and a pointer that is only on a stack that has not been scanned cannot be hidden in a black
//! object. Hence each stack is scanned once, and stores to stacks need no barrier.
//!
//! `gcWriteBarrier(slot, new)` is an assembly stub that preserves all registers: it appends both pointers to the P's
//! buffer ([`Buffer`]), and has them shaded when it is full. The buffers are emptied when marking ends, with the world
//! stopped; so they belong to the M that holds the P. Before that every P that runs is asked to empty its own ([`heed`]), when
//! it looks for a goroutine to run: so little is left to mark while the world is stopped.
//!
//! Rust code that stores pointers to the heap, or to what outlives it as a root, calls [`bulk`] or [`shade`] if
//! [`super::marking`].
//!
//! # Orderings
//!
//! Buffers are plain, their P's. The flag changes while the world is stopped. A request to empty them is counted up
//! in `REQUEST` (AcqRel), and answered in `P::emptied` with Release after the buffer's objects are on the shared
//! lists: who loads the answer with Acquire sees them there. A P that does not answer is looked at when the world has
//! stopped. A store that is shaded needs no order with the shading: what is in buffers is found before marking ends,
//! which stops the world.
//!
//! **Runs on** g0 (natives, the flush) and goroutine stacks (the stub).

use super::work::GcWork;
use super::{InRust, mark, worker};
use crate::mem::shared::Request;
use crate::mem::typ::Type;
use crate::os::clock;
use crate::sched::p::{self, P};
use crate::sched::{m, preempt, schedule, state};
use core::sync::atomic::{AtomicU32, Ordering::Acquire};

/// Non-zero while write barriers must run.
#[unsafe(export_name = "runtime.writeBarrier")]
pub static WRITE_BARRIER: AtomicU32 = AtomicU32::new(0);

/// Words of a [`Buffer`].
pub const CAPACITY: usize = 512;

/// Pointers that barriers have seen and that are to be shaded.
#[repr(C)]
pub struct Buffer {
    pub len: usize,
    pub items: [usize; CAPACITY],
}

impl Buffer {
    /// An empty buffer.
    pub const fn new() -> Buffer {
        Buffer { len: 0, items: [0; CAPACITY] }
    }

    /// Shades what is in the buffer.
    pub fn flush(&mut self, w: &mut GcWork) {
        let n = core::mem::take(&mut self.len);
        for &p in &self.items[..n] {
            if p != 0 {
                mark::grey(w, p);
            }
        }
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Buffer::new()
    }
}

/// Number of the last request that all Ps empty their buffers.
static REQUEST: Request = Request::new();
/// How long the Ps are waited for at most.
const PATIENCE_NS: i64 = 100_000;

/// Empties this P's buffer if that has been asked for.
///
/// # Safety
/// The caller holds the P; a collection marks.
#[inline]
pub unsafe fn heed(p: &mut P) {
    p.emptied.heed(&REQUEST, || {
        p.wb.flush(&mut p.gcw);
        p.gcw.dispose();
    });
}

/// `gcflush() bool`: before the world stops for the end of marking, lets the Ps that run goroutines empty their buffers: what
/// is in them is then marked while the program runs. Whether something is left to mark. A P that does not come round to it soon
/// does not matter: what is in its buffer is found when the world has stopped.
unsafe extern "C" fn gcflush() -> usize {
    // SAFETY: this M owns its P; Ps, Ms and Gs are never freed.
    unsafe {
        let mine = m::p();
        let request = REQUEST.make();
        heed(&mut *mine);
        if state::nprocs() > 1 {
            let end = clock::nanotime() + PATIENCE_NS;
            let behind = |q: *mut P| {
                q != mine
                    && (*q).status.load(Acquire) == p::RUNNING
                    && !(*q).emptied.has(request)
                    && preempt::request_p(q)
            };
            super::allocate_in_rust(InRust::EmptyBuffers, true);
            while state::all_ps().iter().any(|&q| behind(q)) && clock::nanotime() < end {
                core::hint::spin_loop();
            }
            super::allocate_in_rust(InRust::EmptyBuffers, false);
        }
        let more = worker::available();
        if more {
            schedule::wakep();
        }
        more as usize
    }
}

/// The slow path of the stub.
///
/// # Safety
/// Called by the stub on the g0 stack.
pub unsafe extern "C" fn grus_wb_flush() {
    // SAFETY: this M owns its P.
    unsafe {
        let p = &mut *m::p();
        p.wb.flush(&mut p.gcw);
    }
}

/// Marks the object that a word refers to, on behalf of a P that marks.
#[inline]
pub fn shade(p: usize) {
    // SAFETY: this M owns its P.
    unsafe { mark::grey(&mut (*m::p()).gcw, p) };
}

/// Barrier before `[dst, dst+size)`, values of a type, is overwritten from `src` (0: by zeros).
///
/// # Safety
/// The memory is readable.
pub unsafe fn bulk(dst: usize, src: usize, size: usize, typ: *const Type) {
    // SAFETY: passed on.
    unsafe {
        let w = &mut (*m::p()).gcw;
        let mut word = |off: usize| {
            let old = ((dst + off) as *const usize).read_volatile();
            if old != 0 {
                mark::grey(w, old);
            }
            if src != 0 {
                let new = ((src + off) as *const usize).read_volatile();
                if new != 0 {
                    mark::grey(w, new);
                }
            }
        };
        if typ.is_null() {
            for off in (0..size & !7).step_by(8) {
                word(off);
            }
            return;
        }
        let typ = &*typ;
        let mut at = 0;
        while typ.ptr_bytes != 0 && at + typ.ptr_bytes <= size {
            typ.for_each_pointer(at, &mut word);
            at += typ.size;
        }
    }
}

/// `wbpair(slot *unsafe.Pointer, new unsafe.Pointer)`.
unsafe extern "C" fn wbpair(slot: *const usize, new: usize) {
    // SAFETY: the Go half passes a readable slot.
    shade(unsafe { slot.read_volatile() });
    shade(new);
}

/// `wbbulk(dst, src unsafe.Pointer, size uintptr, typ *_type)`.
unsafe extern "C" fn wbbulk(dst: usize, src: usize, size: usize, typ: *const Type) {
    // SAFETY: passed on.
    unsafe { bulk(dst, src, size, typ) };
}

/// `wbshade(p unsafe.Pointer, n uintptr)`: shades every word of `[p, p+n)`, into which code without barriers stored.
unsafe extern "C" fn wbshade(p: usize, n: usize) {
    // SAFETY: passed on.
    unsafe { bulk(p, 0, n, core::ptr::null()) };
}

crate::g0_entry! {
    "runtime.gcflush" => gcflush,
    "runtime.wbpair" => wbpair,
    "runtime.wbbulk" => wbbulk,
    "runtime.wbshade" => wbshade,
}
