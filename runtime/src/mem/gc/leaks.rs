//! Goroutines that are blocked for ever: the profile `goroutineleak`.
//!
//! A cycle that was asked to look for them ([`gcleaks`]) takes as roots only the goroutines that may run: those that do not wait, or
//! wait for something else than a channel or what package sync waits for. The others are *suspects*. When all that
//! is reachable from the roots is marked, a suspect that waits for something marked may be woken: it becomes a root, and
//! marking goes on. When there is none left, nobody can ever wake the remaining suspects: they are leaked. What they refer to is
//! marked then, too, for leaked goroutines are reported and not removed.
//!
//! In such a cycle all timers are roots: those of channels wake whoever waits for them.
//!
//! # Orderings
//!
//! The world is stopped, which orders all that is read. `WANTED` is set before the cycle is asked for that swaps it;
//! `COUNT`, `SEARCHING` and `LOOKS` change while the world is stopped: Relaxed.
//!
//! **Runs on** g0, with the world stopped. Lock ranks: suspects > `roots`.

use super::roots;
use crate::chan::sudog::Sudog;
use crate::lock::Lock;
use crate::mem::arena;
use crate::mem::persistent::Vector;
use crate::native::flag;
use crate::sched::WaitReason;
use crate::sched::g::{G, WAITING};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// The next cycle is to look.
static WANTED: AtomicBool = AtomicBool::new(false);
/// This cycle looks, or the last one did.
static LOOKS: AtomicBool = AtomicBool::new(false);
/// This cycle looks, and has not found out yet.
static SEARCHING: AtomicBool = AtomicBool::new(false);
/// How many goroutines were found last.
static COUNT: AtomicUsize = AtomicUsize::new(0);
static SUSPECTS: Lock<Vector<*mut G>> = Lock::new(Vector::new());

/// A cycle begins: whether it looks for leaked goroutines.
pub fn begin() -> bool {
    let searching = WANTED.swap(false, Relaxed);
    SEARCHING.store(searching, Relaxed);
    LOOKS.store(searching, Relaxed);
    SUSPECTS.lock().clear();
    searching
}

/// Whether this cycle looks, or the last one did.
pub fn looks() -> bool {
    LOOKS.load(Relaxed)
}

/// Whether this cycle has not found out yet.
pub fn searching() -> bool {
    SEARCHING.load(Relaxed)
}

/// A goroutine of a cycle that looks: whether it is a suspect.
///
/// # Safety
/// The world is stopped.
pub unsafe fn suspect(g: *mut G) -> bool {
    const REASONS: core::ops::RangeInclusive<u8> =
        WaitReason::ChanReceiveNil as u8..=WaitReason::SyncWaitGroupWait as u8;
    // SAFETY: descriptors are never freed.
    unsafe {
        (*g).leaked = false;
        let suspect = (*g).status() == WAITING && REASONS.contains(&(*g).wait_reason) && !(*g).hidden();
        if suspect {
            SUSPECTS.lock().push(g);
        }
        suspect
    }
}

/// Whether an object is marked, or none of the heap.
///
/// # Safety
/// The world is stopped.
unsafe fn marked(p: usize) -> bool {
    let s = arena::span_of(p);
    // SAFETY: spans of live addresses are valid.
    unsafe { s.is_null() || (*s).is_marked((*s).index_of(p)) }
}

/// Whether somebody who may run could wake a goroutine, as far as marking has come.
unsafe fn may_run(g: *mut G) -> bool {
    const NIL_RECEIVE: u8 = WaitReason::ChanReceiveNil as u8;
    const NIL_SEND: u8 = WaitReason::ChanSendNil as u8;
    const NO_CASES: u8 = WaitReason::SelectNoCases as u8;
    const SELECT: u8 = WaitReason::Select as u8;
    const RECEIVE: u8 = WaitReason::ChanReceive as u8;
    const SEND: u8 = WaitReason::ChanSend as u8;
    const COND: u8 = WaitReason::SyncCondWait as u8;
    const GROUP: u8 = WaitReason::SyncWaitGroupWait as u8;
    // SAFETY: with the world stopped a parked goroutine's sudogs do not change.
    unsafe {
        if (*g).status() != WAITING {
            return true;
        }
        match (*g).wait_reason {
            NIL_RECEIVE | NIL_SEND | NO_CASES => false,
            SELECT | RECEIVE | SEND => {
                let mut s: *mut Sudog = (*g).waiting;
                while !s.is_null() {
                    if marked((*s).chan as usize) {
                        return true;
                    }
                    s = (*s).waitlink;
                }
                false
            }
            COND..=GROUP => marked((*g).waits_at),
            _ => true,
        }
    }
}

/// All that the roots lead to is marked: whether there are more roots.
///
/// # Safety
/// The world is stopped.
pub unsafe fn more() -> bool {
    if !searching() {
        return false;
    }
    let mut suspects = SUSPECTS.lock();
    // SAFETY: descriptors are never freed.
    unsafe {
        let mut left = 0;
        let n = suspects.len();
        for i in 0..n {
            let g = suspects.as_slice()[i];
            if may_run(g) {
                roots::add(g);
            } else {
                suspects.as_mut_slice()[left] = g;
                left += 1;
            }
        }
        if left < n {
            while suspects.len() > left {
                suspects.pop();
            }
            return true;
        }
        SEARCHING.store(false, Relaxed);
        let mut count = 0;
        for &g in suspects.as_slice() {
            // A main goroutine that waits for the end of the process is as it should be.
            (*g).leaked = (*g).h.go.goid != 1 || (*g).wait_reason != WaitReason::SelectNoCases as u8;
            count += (*g).leaked as usize;
            roots::add(g);
        }
        COUNT.store(count, Relaxed);
        n != 0
    }
}

/// `gcleaks(want bool) bool`: asks a cycle to look for leaked goroutines; whether one has been asked that has not found out.
/// (Another goroutine's cycle may have taken the request, and be under way.)
unsafe extern "C" fn gcleaks(want: usize) -> usize {
    if flag(want) {
        WANTED.store(true, Relaxed);
    }
    (WANTED.load(Relaxed) || searching()) as usize
}

/// `gcleakcount() int`: how many were found last.
unsafe extern "C" fn gcleakcount() -> usize {
    COUNT.load(Relaxed)
}

/// `gleaked(gp uintptr) bool`.
unsafe extern "C" fn gleaked(g: *const G) -> usize {
    // SAFETY: the Go half passes a descriptor.
    unsafe { (*g).leaked as usize }
}

crate::g0_entry! {
    "runtime.gcleaks" => gcleaks,
    "runtime.gcleakcount" => gcleakcount,
    "runtime.gleaked" => gleaked,
}
