//! Sleeping, and the timer services of the Go half.
//!
//! A timer is a Go object (`runtime.timer`); the heap refers to it while it is armed, which keeps it alive. The timer
//! goroutine waits in `timerwait` with the address of its result in `g.mailbox`; when a timer is due the scheduler fills
//! the result and readies it.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: timers.

use super::heap::{Heap, Member};
use crate::lock::Lock;
use crate::mem::gc;
use crate::os::clock;
use crate::sched::g::G;
use crate::sched::{WaitReason, goready, m, park};
use core::ptr::null_mut;

/// `runtime.timer`, as far as it is shared.
#[repr(C)]
struct Timer {
    when: i64,
    period: i64,
    f: usize,
    arg: [usize; 2],
    seq: usize,
    is_chan: bool,
    pending: bool,
    heap_index: i32,
    /// Expiries of a channel timer without a period that Go has not sent yet.
    is_sending: i32,
}

/// `runtime.firedTimer`.
#[repr(C)]
struct Fired {
    timer: *mut Timer,
    f: usize,
    arg: [usize; 2],
    seq: usize,
    delta: i64,
}

/// A sleeper or a timer: the low bit tells.
#[derive(Clone, Copy)]
struct Entry(usize);

impl Entry {
    fn sleeper(g: *mut G) -> Entry {
        Entry(g as usize | 1)
    }

    fn timer(t: *mut Timer) -> Entry {
        Entry(t as usize)
    }

    fn as_sleeper(self) -> Option<*mut G> {
        (self.0 & 1 != 0).then_some((self.0 & !1) as *mut G)
    }
}

impl Member for Entry {
    fn moved(self, position: u32) {
        // SAFETY: members are descriptors or live Go objects.
        unsafe {
            match self.as_sleeper() {
                Some(g) => (*g).sleep_index = position,
                None => (*(self.0 as *mut Timer)).heap_index = position as i32,
            }
        }
    }
}

struct Timers {
    heap: Heap<Entry>,
    /// The timer goroutine while it waits in `timerwait`.
    waiter: *mut G,
}

static TIMERS: Lock<Timers> = Lock::new(Timers { heap: Heap::new(), waiter: null_mut() });

/// Adds a duration to now; the sum does not overflow.
fn deadline(ns: i64) -> i64 {
    clock::nanotime().saturating_add(ns)
}

/// Takes a due timer out of the heap, or advances it by its period; says what to call.
///
/// # Safety
/// The timer is in the heap, whose lock is held.
unsafe fn expire(heap: &mut Heap<Entry>, t: *mut Timer, now: i64) -> Fired {
    // SAFETY: passed on.
    unsafe {
        let t_ref = &mut *t;
        let delta = now - t_ref.when;
        heap.remove(t_ref.heap_index as u32);
        if gc::marking() {
            for word in [t as usize, t_ref.f, t_ref.arg[0], t_ref.arg[1]] {
                gc::barrier::shade(word);
            }
        }
        let fired = Fired { timer: t, f: t_ref.f, arg: t_ref.arg, seq: t_ref.seq, delta };
        if t_ref.period > 0 {
            let steps = 1 + delta / t_ref.period;
            t_ref.when = t_ref.when.saturating_add(t_ref.period.saturating_mul(steps));
            heap.insert(t_ref.when, Entry::timer(t));
        } else {
            t_ref.pending = false;
            t_ref.when = 0;
            t_ref.is_sending += t_ref.is_chan as i32;
        }
        fired
    }
}

/// Readies what is due. Returns when something is due next, if waiting for it makes sense.
pub fn run_due() -> Option<i64> {
    let mut ts = TIMERS.lock();
    let ts = &mut *ts;
    let (mut when, _) = ts.heap.first()?;
    let now = clock::nanotime();
    while when <= now {
        let (_, entry) = ts.heap.first()?;
        // SAFETY: members are descriptors or live Go objects; a sleeper is parked.
        unsafe {
            match entry.as_sleeper() {
                Some(g) => {
                    ts.heap.remove((*g).sleep_index);
                    goready(g);
                }
                None => {
                    // Without a waiting timer goroutine it is on its way here, or blocked for ever.
                    let g = ts.waiter;
                    if g.is_null() {
                        return None;
                    }
                    ts.waiter = null_mut();
                    let out = (*g).mailbox as *mut Fired;
                    (*g).mailbox = 0;
                    *out = expire(&mut ts.heap, entry.0 as *mut Timer, now);
                    goready(g);
                }
            }
        }
        (when, _) = ts.heap.first()?;
    }
    Some(when)
}

/// Calls `f` with every armed timer.
///
/// # Safety
/// The world is stopped.
pub unsafe fn for_each_root(mut f: impl FnMut(usize)) {
    let ts = TIMERS.lock();
    for e in ts.heap.members() {
        if e.as_sleeper().is_none() {
            f(e.0);
        }
    }
}

/// Commit of a sleep: only now may the goroutine be readied.
unsafe extern "C" fn sleep_commit(g: *mut G, when: usize) -> bool {
    TIMERS.lock().heap.insert(when as i64, Entry::sleeper(g));
    true
}

/// `sleepns(ns int64)`.
unsafe extern "C" fn sleepns(ns: i64) {
    if ns > 0 {
        // SAFETY: the entry's own goroutine.
        unsafe { park(m::curg(), WaitReason::Sleep as u8, Some(sleep_commit), deadline(ns) as usize) };
    }
}

/// `timerset(t *timer, when, period int64) bool`.
unsafe extern "C" fn timerset(t: *mut Timer, when: i64, period: i64) -> usize {
    let mut ts = TIMERS.lock();
    // SAFETY: the Go half passes a live timer.
    unsafe {
        let pending = (*t).heap_index != 0;
        if pending {
            ts.heap.remove((*t).heap_index as u32);
        }
        if gc::marking() {
            gc::barrier::shade(t as usize);
        }
        (*t).when = when;
        (*t).period = period;
        (*t).pending = true;
        ts.heap.insert(when, Entry::timer(t));
        pending as usize
    }
}

/// `timerdel(t *timer) bool`.
unsafe extern "C" fn timerdel(t: *mut Timer) -> usize {
    let mut ts = TIMERS.lock();
    // SAFETY: as above.
    unsafe {
        let pending = (*t).heap_index != 0;
        if pending {
            ts.heap.remove((*t).heap_index as u32);
        }
        (*t).pending = false;
        pending as usize
    }
}

/// Commit of `timerwait`: the goroutine is the waiter from now on.
unsafe extern "C" fn wait_commit(g: *mut G, _arg: usize) -> bool {
    TIMERS.lock().waiter = g;
    true
}

/// `timerwait(out *firedTimer)`.
unsafe extern "C" fn timerwait(out: *mut Fired) {
    let g = m::curg();
    let now = clock::nanotime();
    let mut ts = TIMERS.lock();
    // SAFETY: `out` points into the heap; members are descriptors or live Go objects.
    unsafe {
        if let Some((when, entry)) = ts.heap.first()
            && when <= now
            && entry.as_sleeper().is_none()
        {
            *out = expire(&mut ts.heap, entry.0 as *mut Timer, now);
            return;
        }
        (*g).mailbox = out as usize;
        park(g, WaitReason::Sleep as u8, Some(wait_commit), 0);
    }
}

/// `timertake(t *timer, out *firedTimer) bool`.
unsafe extern "C" fn timertake(t: *mut Timer, out: *mut Fired) -> usize {
    let now = clock::nanotime();
    let mut ts = TIMERS.lock();
    // SAFETY: as above.
    unsafe {
        if (*t).heap_index == 0 || (*t).when > now {
            return 0;
        }
        *out = expire(&mut ts.heap, t, now);
    }
    1
}

crate::g0_entry! {
    "runtime.sleepns" => sleepns,
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
        assert_eq!(offset_of!(Timer, is_sending), 56);
        assert_eq!(size_of::<Fired>(), 48);
    }
}
