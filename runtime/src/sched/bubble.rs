//! Bubbles of `testing/synctest`: goroutines with a clock of their own, which advances when all of them are blocked.
//!
//! A goroutine's header names its bubble; goroutines that it starts, channels and timers that it makes belong to the
//! bubble too. *Durably blocked* is a goroutine that only another one of its bubble can wake: [`durable`] lists the wait
//! reasons. The goroutine that called `synctest.Run`, the *root*, belongs to the bubble and waits while it is active. It is
//! woken when the bubble is at rest: it runs what is due, advances the clock, and finds out about deadlocks.
//!
//! # When a bubble is at rest
//!
//! `running` counts goroutines that are not durably blocked, `active` what else keeps it from being at rest: whoever
//! has decided to wake somebody, a goroutine between parking and the end of its commit function ([`hold`]), and
//! `Acquire` of the Go half. Both change under the bubble's lock; who makes both 0 wakes the caller of `Wait`, or the
//! root. Due timers come before `Wait`.
//!
//! Bubbles are persistent memory, so that a header's pointer means nothing to the collector; timers in them are roots. A
//! bubble is used again if it ends with no goroutine left. Channels know their bubble by number.
//!
//! # Orderings
//!
//! Everything is under locks; `NEXT_ID` only counts (Relaxed). `now` changes while no goroutine of the bubble runs,
//! who are readied after that.
//!
//! **Runs on** g0. Lock ranks: as timers; the list of bubbles before a bubble.

use super::g::{DEAD, G, RUNNABLE, WAITING};
use super::m;
use super::park::{WaitReason, goready, park};
use super::{proc, schedule};
use crate::lock::Lock;
use crate::mem::persistent;
use crate::timer::bubbled::{Due, Fired, Heap, Timer};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Midnight UTC 2000-01-01.
const BASE_TIME: i64 = 946_684_800_000_000_000;

/// A bubble. The Go half reads `id` and `now`.
#[repr(C)]
pub struct Bubble {
    pub id: u64,
    /// The clock; changes only while the bubble is at rest.
    pub now: i64,
    /// Next in the list of all bubbles, or of unused ones.
    link: *mut Bubble,
    state: Lock<State>,
}

struct State {
    total: i32,
    running: i32,
    active: i32,
    root: *mut G,
    /// Who waits in `Wait`.
    waiter: *mut G,
    /// The goroutine that runs the function passed to `Run`.
    main: *mut G,
    /// Somebody is in `Wait`.
    waiting: bool,
    /// `main` has exited.
    done: bool,
    timers: Heap,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);
/// Bubbles in use, unused ones.
static LISTS: Lock<[*mut Bubble; 2]> = Lock::new([null_mut(); 2]);

/// Whether a goroutine that waits for this reason is durably blocked.
pub fn durable(reason: u8) -> bool {
    const REASONS: u64 = 1 << 15
        | 1 << 16
        | 1 << WaitReason::SelectNoCases as u64
        | 1 << WaitReason::Sleep as u64
        | 1 << WaitReason::SyncCondWait as u64
        | 1 << WaitReason::Coroutine as u64
        | 1 << WaitReason::SynctestRun as u64
        | 1 << WaitReason::SynctestWait as u64
        | 1 << WaitReason::SynctestChanReceive as u64
        | 1 << WaitReason::SynctestChanSend as u64
        | 1 << WaitReason::SynctestSelect as u64
        | 1 << WaitReason::SynctestWaitGroupWait as u64;
    reason < 64 && REASONS >> reason & 1 != 0
}

/// The current goroutine's bubble, null if it is in none.
#[inline]
pub fn current() -> *mut Bubble {
    // SAFETY: called in natives, which have a goroutine.
    unsafe { (*m::curg()).h.go.bubble as *mut Bubble }
}

/// Number of the current goroutine's bubble, 0 if it is in none.
#[inline]
pub fn current_id() -> u64 {
    let b = current();
    // SAFETY: bubbles are never freed.
    if b.is_null() { 0 } else { unsafe { (*b).id } }
}

impl State {
    /// Whom to wake, if the bubble is at rest. Whoever is woken takes `active` back.
    fn at_rest(&mut self, now: i64) -> *mut G {
        if self.running > 0 || self.active > 0 {
            return null_mut();
        }
        self.active += 1;
        match self.timers.first() {
            Some(when) if when <= now => self.root,
            _ if !self.waiter.is_null() => self.waiter,
            _ => self.root,
        }
    }
}

/// Changes the counts and wakes who is to be woken.
///
/// # Safety
/// The calling thread has a P.
unsafe fn update(b: *mut Bubble, f: impl FnOnce(&mut State)) {
    // SAFETY: bubbles are never freed; whoever is to be woken is parked.
    unsafe {
        let mut s = (*b).state.lock();
        f(&mut s);
        if s.running < 0 || s.active < 0 || s.total < 0 {
            crate::panic::fatal::throw("synctest: negative count");
        }
        let g = s.at_rest((*b).now);
        drop(s);
        if !g.is_null() {
            goready(g);
        }
    }
}

/// Keeps the bubble from being at rest.
///
/// # Safety
/// `b` is a bubble.
pub unsafe fn hold(b: usize) {
    // SAFETY: passed on.
    unsafe { (*(b as *mut Bubble)).state.lock().active += 1 };
}

/// Takes back one [`hold`].
///
/// # Safety
/// `b` is a bubble; the calling thread has a P.
pub unsafe fn release(b: usize) {
    // SAFETY: passed on.
    unsafe { update(b as *mut Bubble, |s| s.active -= 1) };
}

/// The status of a goroutine of a bubble has changed.
///
/// # Safety
/// `g` is in a bubble, and the caller has changed its status.
#[cold]
pub unsafe fn status_changed(g: *const G, from: u32, to: u32) {
    // SAFETY: passed on.
    unsafe {
        let runs = |status| match status {
            DEAD => false,
            WAITING => !durable((*g).wait_reason),
            _ => true,
        };
        let total = (from == DEAD) as i32 - (to == DEAD) as i32;
        let running = runs(to) as i32 - runs(from) as i32;
        if total == 0 && running == 0 {
            return;
        }
        update((*g).h.go.bubble as *mut Bubble, |s| {
            s.total += total;
            s.running += running;
            if to == DEAD && core::ptr::eq(s.main, g) {
                s.done = true;
                s.main = null_mut();
            }
        });
    }
}

/// `bubblenew()`: the current goroutine becomes the root of a new bubble.
unsafe extern "C" fn bubblenew() {
    let g = m::curg();
    // SAFETY: a bubble from the list of unused ones, or a new one, is ours.
    unsafe {
        let mut lists = LISTS.lock();
        let mut b = lists[1];
        if b.is_null() {
            b = persistent::alloc(size_of::<Bubble>(), 8) as *mut Bubble;
        } else {
            lists[1] = (*b).link;
        }
        let timers = if (*b).id == 0 { Heap::new() } else { core::mem::take(&mut (*b).state.lock().timers) };
        b.write(Bubble {
            id: NEXT_ID.fetch_add(1, Relaxed),
            now: BASE_TIME,
            link: lists[0],
            state: Lock::new(State {
                total: 1,
                running: 1,
                active: 1,
                root: g,
                waiter: null_mut(),
                main: null_mut(),
                waiting: false,
                done: false,
                timers,
            }),
        });
        lists[0] = b;
        (*g).h.go.bubble = b as usize;
    }
}

/// `bubblestart(fn func(), pc uintptr)`: starts the bubble's main goroutine, created at `pc`.
unsafe extern "C" fn bubblestart(startfn: usize, pc: usize) {
    // SAFETY: the Go half passes a func value, and calls this in the root.
    unsafe {
        let g = proc::create(startfn, m::curg(), pc, false, RUNNABLE);
        (*current()).state.lock().main = g;
        schedule::runq_put(m::p(), g, true);
        schedule::wakep();
    }
}

/// Commit of the root's park.
unsafe extern "C" fn idle_commit(_g: *mut G, b: usize) -> bool {
    // SAFETY: the root's bubble; its own hold lasts until after this.
    unsafe { (*(b as *mut Bubble)).state.lock().active -= 1 };
    true
}

/// `bubbleidle()`: the root waits until the bubble is at rest.
unsafe extern "C" fn bubbleidle() {
    // SAFETY: the entry's own goroutine.
    unsafe { park(m::curg(), WaitReason::SynctestRun as u8, Some(idle_commit), current() as usize) };
}

/// `bubbleadvance() int`: the bubble is at rest: advances the clock to the next timer (0); or, if there is none or the main
/// goroutine has exited: nothing is left (1), all are blocked (2), some are blocked though the main one has exited (3).
unsafe extern "C" fn bubbleadvance() -> usize {
    let b = current();
    // SAFETY: called in the root.
    unsafe {
        let s = (*b).state.lock();
        match s.timers.first() {
            Some(when) if !s.done => {
                (*b).now = when.max((*b).now);
                0
            }
            _ if s.total == 1 => 1,
            _ if !s.done => 2,
            _ => 3,
        }
    }
}

/// `bubbletake(out *firedTimer) bool`: readies sleepers that are due; takes a timer that is due.
unsafe extern "C" fn bubbletake(out: *mut Fired) -> usize {
    let b = current();
    loop {
        // SAFETY: called in the root; `out` points into the heap.
        unsafe {
            let mut s = (*b).state.lock();
            match s.timers.take_due((*b).now, out) {
                Due::None => return 0,
                Due::Timer => return 1,
                Due::Sleeper(g) => {
                    drop(s);
                    goready(g);
                }
            }
        }
    }
}

/// `bubbleend()`: the root leaves the bubble.
unsafe extern "C" fn bubbleend() {
    let b = current();
    // SAFETY: called in the root. The bubble is used again if nobody else refers to it.
    unsafe {
        (*m::curg()).h.go.bubble = 0;
        let mut lists = LISTS.lock();
        let mut link = &raw mut lists[0];
        while *link != b {
            link = &raw mut (**link).link;
        }
        *link = (*b).link;
        let mut s = (*b).state.lock();
        s.timers.clear();
        if s.total == 1 && s.active == 1 {
            drop(s);
            (*b).link = lists[1];
            lists[1] = b;
        }
    }
}

/// Commit of `Wait`.
unsafe extern "C" fn wait_commit(g: *mut G, b: usize) -> bool {
    // SAFETY: the goroutine's bubble.
    unsafe { (*(b as *mut Bubble)).state.lock().waiter = g };
    true
}

/// `bubblewait() bool`: waits until all other goroutines of the bubble are durably blocked; false if somebody waits
/// already. Call `bubblewoke` afterwards.
unsafe extern "C" fn bubblewait() -> usize {
    let (g, b) = (m::curg(), current());
    // SAFETY: the entry's own goroutine, in a bubble.
    unsafe {
        let mut s = (*b).state.lock();
        if s.waiting {
            return 0;
        }
        s.waiting = true;
        (*g).h.ret0 = 1;
        park(g, WaitReason::SynctestWait as u8, Some(wait_commit), b as usize);
    }
    1
}

/// `bubblewoke()`: `bubblewait` has returned true.
unsafe extern "C" fn bubblewoke() {
    // SAFETY: called in the bubble.
    unsafe {
        let mut s = (*current()).state.lock();
        s.active -= 1;
        s.waiter = null_mut();
        s.waiting = false;
    }
}

/// `bubblehold(b unsafe.Pointer, n int)`: adds 1 or -1 to what keeps a bubble from being at rest.
unsafe extern "C" fn bubblehold(b: usize, n: isize) {
    // SAFETY: the Go half passes a bubble.
    unsafe { if n > 0 { hold(b) } else { release(b) } };
}

/// Calls `f` with the timers of all bubbles.
pub fn for_each_root(mut f: impl FnMut(usize)) {
    let lists = LISTS.lock();
    let mut b = lists[0];
    while !b.is_null() {
        // SAFETY: listed bubbles are valid.
        unsafe {
            (*b).state.lock().timers.for_each_timer(&mut f);
            b = (*b).link;
        }
    }
}

/// Adds a timer, whose `bubble` is set, to the current goroutine's bubble.
///
/// # Safety
/// The timer is in no heap.
pub unsafe fn arm(t: *mut Timer) {
    let b = current();
    // SAFETY: passed on; random numbers are the thread's own.
    unsafe {
        let random = (*m::current()).random.next_u64();
        (*b).state.lock().timers.insert_timer(t, random);
    }
}

/// Calls `f` with a bubble's timers and its clock.
///
/// # Safety
/// `b` is a bubble.
pub unsafe fn with_timers<R>(b: usize, f: impl FnOnce(&mut Heap, i64) -> R) -> R {
    let b = b as *mut Bubble;
    // SAFETY: passed on.
    unsafe { f(&mut (*b).state.lock().timers, (*b).now) }
}

/// Adds a sleeper to its bubble.
///
/// # Safety
/// The goroutine is in a bubble.
pub unsafe fn sleep(g: *mut G, ns: i64) {
    // SAFETY: passed on.
    unsafe {
        let b = (*g).h.go.bubble as *mut Bubble;
        let random = (*m::current()).random.next_u64();
        (*b).state.lock().timers.insert_sleeper(g, (*b).now.saturating_add(ns), random);
    }
}

crate::g0_entry! {
    "runtime.bubblenew" => bubblenew,
    "runtime.bubblestart" => bubblestart,
    "runtime.bubbleidle" => bubbleidle,
    "runtime.bubbleadvance" => bubbleadvance,
    "runtime.bubbletake" => bubbletake,
    "runtime.bubbleend" => bubbleend,
    "runtime.bubblewait" => bubblewait,
    "runtime.bubblewoke" => bubblewoke,
    "runtime.bubblehold" => bubblehold,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durable_reasons() {
        let want = [15, 16, 17, 14, 21, 38, 40, 41, 42, 43, 44, 45];
        for reason in 0..=255 {
            assert_eq!(durable(reason), want.contains(&reason), "{reason}");
        }
    }
}
