//! Sleeping, and the timer services of the Go half.
//!
//! A timer is a Go object (`runtime.timer`). A timer
//! goroutine waits in `timerwait` with the address of its result in `g.mailbox`; when a timer is due the scheduler fills
//! the result and readies it.
//!
//! # Orderings
//!
//! A timer's fields belong to the lock of its heap. `is_sending` is counted up under it, and down by the Go half under
//! `sendLock`, which is also held by who sets or stops a channel's timer and reads it: what orders it are the locks. It is
//! sequentially consistent because Go's atomics are.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: timers (`timers`).

use super::home::Home;
use super::timers::{self, Entry, Timers, mine};
use crate::mem::gc;
use crate::os::clock;
use crate::sched::g::G;
use crate::sched::{WaitReason, bubble, m, park};
use core::sync::atomic::AtomicI32;
use core::sync::atomic::Ordering::SeqCst;

/// `runtime.timer`, as far as it is shared.
#[repr(C)]
pub struct Timer {
    pub(super) when: i64,
    period: i64,
    f: usize,
    arg: [usize; 2],
    seq: usize,
    pub(super) is_chan: bool,
    pub(super) pending: bool,
    /// Belongs to a bubble of synctest, whose clock `when` is on.
    fake: bool,
    pub(super) heap_index: i32,
    /// Expiries of a channel timer without a period that Go has not sent yet.
    is_sending: AtomicI32,
    send_lock: u32,
    chan: usize,
    /// The heap that the timer is in; of one of a bubble, the bubble.
    pub(super) home: Home,
}

/// `runtime.firedTimer`.
#[repr(C)]
pub struct Fired {
    timer: *mut Timer,
    f: usize,
    arg: [usize; 2],
    seq: usize,
    delta: i64,
}

/// Adds a duration to now; the sum does not overflow.
fn deadline(ns: i64) -> i64 {
    clock::nanotime().saturating_add(ns)
}

/// A timer is due: `set` takes it out of its heap, or sets it to the time at which it is due again. Says what to call.
///
/// # Safety
/// The timer is in the heap, whose lock is held.
pub(super) unsafe fn expire(t: *mut Timer, now: i64, set: impl FnOnce(Option<i64>)) -> Fired {
    // SAFETY: passed on.
    unsafe {
        let t_ref = &mut *t;
        let delta = now - t_ref.when;
        if gc::marking() {
            for word in [t as usize, t_ref.f, t_ref.arg[0], t_ref.arg[1]] {
                gc::barrier::shade(word);
            }
        }
        let fired = Fired { timer: t, f: t_ref.f, arg: t_ref.arg, seq: t_ref.seq, delta };
        if t_ref.period > 0 {
            let steps = 1 + delta / t_ref.period;
            t_ref.when = t_ref.when.saturating_add(t_ref.period.saturating_mul(steps));
            set(Some(t_ref.when));
        } else {
            set(None);
            t_ref.pending = false;
            t_ref.when = 0;
            // Go counts down without this lock.
            t_ref.is_sending.fetch_add(t_ref.is_chan as i32, SeqCst);
            t_ref.home.leave();
        }
        fired
    }
}

/// Commit of a sleep: only now may the goroutine be readied.
unsafe extern "C" fn sleep_commit(g: *mut G, when: usize) -> bool {
    let ts = mine();
    let mut s = ts.lock();
    s.heap.insert(when as i64, Entry::sleeper(g));
    ts.changed(s);
    true
}

/// Commit of a sleep in a bubble.
unsafe extern "C" fn bubble_sleep_commit(g: *mut G, ns: usize) -> bool {
    // SAFETY: the goroutine is in a bubble.
    unsafe { bubble::sleep(g, ns as i64) };
    true
}

/// `bubblesleep(ns int64)`: a sleep on the clock of the goroutine's bubble.
unsafe extern "C" fn bubblesleep(ns: i64) {
    // SAFETY: the entry's own goroutine, in a bubble.
    unsafe { park(m::curg(), WaitReason::Sleep as u8, Some(bubble_sleep_commit), ns as usize) };
}

/// `sleepns(ns int64)`.
unsafe extern "C" fn sleepns(ns: i64) {
    if ns > 0 {
        // SAFETY: the entry's own goroutine.
        unsafe { park(m::curg(), WaitReason::Sleep as u8, Some(sleep_commit), deadline(ns) as usize) };
    }
}

/// Takes a timer out of its bubble's heap; false if it was not there.
///
/// # Safety
/// The timer is live.
unsafe fn leave_bubble(t: *mut Timer) -> bool {
    // SAFETY: passed on; the index changes under the bubble's lock.
    unsafe {
        let b = (*t).home.get();
        if b == 0 {
            return false;
        }
        (*t).home.leave();
        bubble::with_timers(b, |heap, _| {
            let there = (*t).heap_index != 0;
            if there {
                heap.remove(t);
            }
            there
        })
    }
}

/// What the timer of a channel has fired up to now does not count any more: its number goes up, so that Go does not send
/// what has not been sent yet. Says whether there is such a thing.
///
/// # Safety
/// The timer is live, and cannot expire meanwhile: its heap is locked, or it is in none.
unsafe fn supersede(t: *mut Timer) -> bool {
    // SAFETY: passed on.
    unsafe {
        if !(*t).is_chan {
            return false;
        }
        (*t).seq = (*t).seq.wrapping_add(1);
        (*t).period == 0 && (*t).is_sending.load(SeqCst) > 0
    }
}

/// What `timerset` changes in a timer that is in a heap.
///
/// # Safety
/// The timer's heap is locked.
unsafe fn arm(t: *mut Timer, when: i64, period: i64) {
    // SAFETY: passed on.
    unsafe {
        if gc::marking() {
            gc::barrier::shade(t as usize);
        }
        (*t).when = when;
        (*t).period = period;
        (*t).pending = true;
    }
}

/// `timerset(t *timer, when, period int64) bool`.
unsafe extern "C" fn timerset(t: *mut Timer, when: i64, period: i64) -> usize {
    // SAFETY: the Go half passes a live timer; one of a bubble within a bubble.
    unsafe {
        if (*t).fake {
            let pending = leave_bubble(t) | supersede(t);
            let entered = (*t).home.enter(bubble::current() as usize);
            debug_assert!(entered);
            arm(t, when, period);
            bubble::arm(t);
            return pending as usize;
        }
        loop {
            if let Some((heap, mut s)) = (*t).home.lock(Timers::lock_of) {
                supersede(t);
                arm(t, when, period);
                s.heap.update((*t).heap_index as u32, when);
                Timers::at(heap).changed(s);
                return 1;
            }
            let ts = mine();
            let mut s = ts.lock();
            if (*t).home.enter(ts.address()) {
                let pending = supersede(t);
                arm(t, when, period);
                s.heap.insert(when, Entry::timer(t));
                ts.changed(s);
                return pending as usize;
            }
        }
    }
}

/// `timerdel(t *timer) bool`.
unsafe extern "C" fn timerdel(t: *mut Timer) -> usize {
    // SAFETY: as above.
    unsafe {
        if (*t).fake {
            let pending = leave_bubble(t) | supersede(t);
            (*t).pending = false;
            return pending as usize;
        }
        match (*t).home.lock(Timers::lock_of) {
            Some((heap, mut s)) => {
                supersede(t);
                s.heap.remove((*t).heap_index as u32);
                (*t).pending = false;
                (*t).home.leave();
                Timers::at(heap).changed(s);
                1
            }
            // A channel's timer is not set meanwhile: `sendLock` is held. Others have no number.
            None => supersede(t) as usize,
        }
    }
}

/// `timerwait(out *firedTimer) bool`.
unsafe extern "C" fn timerwait(out: *mut Fired) -> usize {
    let g = m::curg();
    // SAFETY: `out` points into the heap; the entry's own goroutine.
    unsafe {
        if timers::take(out) {
            return timers::more_wanted() as usize;
        }
        (*g).mailbox = out as usize;
        (*g).h.ret0 = 0;
        park(g, WaitReason::Sleep as u8, Some(timers::wait_commit), 0);
    }
    0
}

/// `timertake(t *timer, out *firedTimer) bool`.
unsafe extern "C" fn timertake(t: *mut Timer, out: *mut Fired) -> usize {
    // SAFETY: as above.
    unsafe {
        if (*t).fake {
            let b = (*t).home.get();
            return (b != 0 && bubble::with_timers(b, |heap, now| heap.take(t, now, out))) as usize;
        }
        let Some((heap, mut s)) = (*t).home.lock(Timers::lock_of) else { return 0 };
        let now = clock::nanotime();
        if (*t).when > now {
            return 0;
        }
        *out = s.expire(t, now);
        Timers::at(heap).changed(s);
    }
    1
}

crate::g0_entry! {
    "runtime.sleepns" => sleepns,
    "runtime.bubblesleep" => bubblesleep,
    "runtime.timerset" => timerset,
    "runtime.timerdel" => timerdel,
    "runtime.timertake" => timertake,
    "runtime.timerwait" => timerwait,
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    #[test]
    fn layouts() {
        assert_eq!(offset_of!(Timer, seq), 40);
        assert_eq!(offset_of!(Timer, heap_index), 52);
        assert_eq!(offset_of!(Timer, fake), 50);
        assert_eq!(offset_of!(Timer, is_sending), 56);
        assert_eq!(offset_of!(Timer, home), 72);
        assert_eq!(size_of::<Fired>(), 48);
    }
}
