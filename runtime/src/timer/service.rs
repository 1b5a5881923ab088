//! Sleeping, and the timer services of the Go half.
//!
//! [`NEXT`] tells without the lock when something is due first; whoever makes that earlier wakes the thread that waits in
//! the network poller, or starts one. Every M looks at the heap each time it chooses what to run.
//!
//! A timer is a Go object (`runtime.timer`); the heap refers to it while it is armed, which keeps it alive, unless it is the
//! timer of a channel: that is dropped when a collection finds that nobody can receive from the channel or touch the timer
//! any more ([`drop_unreachable`]). A goroutine that waits for the channel refers to it, and the channel to its timer. The timer
//! goroutine waits in `timerwait` with the address of its result in `g.mailbox`; when a timer is due the scheduler fills
//! the result and readies it.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: timers.

use super::heap::{Heap, Member};
use crate::lock::{Guard, Lock};
use crate::mem::gc;
use crate::os::clock;
use crate::sched::g::G;
use crate::sched::{WaitReason, bubble, goready, m, netpoll, park, schedule};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use core::sync::atomic::{AtomicI32, AtomicI64};

/// `runtime.timer`, as far as it is shared.
#[repr(C)]
pub struct Timer {
    pub(super) when: i64,
    period: i64,
    f: usize,
    arg: [usize; 2],
    seq: usize,
    is_chan: bool,
    pub(super) pending: bool,
    /// Belongs to a bubble of synctest, whose clock `when` is on.
    fake: bool,
    pub(super) heap_index: i32,
    /// Expiries of a channel timer without a period that Go has not sent yet.
    is_sending: AtomicI32,
    send_lock: u32,
    chan: usize,
    /// The bubble in whose heap the timer is.
    pub(super) bubble: usize,
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

/// Bit of an entry: the timer of a channel.
const CHAN: usize = 4;

/// A timer, a sleeper or a deadline: the low bits tell.
#[derive(Clone, Copy)]
pub(super) struct Entry(pub(super) usize);

impl Entry {
    pub(super) fn sleeper(g: *mut G) -> Entry {
        Entry(g as usize | 1)
    }

    /// # Safety
    /// The timer is live.
    pub(super) unsafe fn timer(t: *mut Timer) -> Entry {
        // SAFETY: passed on.
        Entry(t as usize | if unsafe { (*t).is_chan } { CHAN } else { 0 })
    }

    /// The timer, if it is one.
    pub(super) fn as_timer(self) -> *mut Timer {
        (self.0 & !CHAN) as *mut Timer
    }

    fn is_chan_timer(self) -> bool {
        self.0 & 7 == CHAN
    }

    pub(super) fn is_timer(self) -> bool {
        self.0 & 3 == 0
    }

    pub(super) fn as_sleeper(self) -> Option<*mut G> {
        (self.0 & 1 != 0).then_some((self.0 & !1) as *mut G)
    }
}

impl Member for Entry {
    fn moved(self, position: u32) {
        if let Some(d) = self.as_deadline() {
            d.moved(position);
            return;
        }
        // SAFETY: members are descriptors or live Go objects.
        unsafe {
            match self.as_sleeper() {
                Some(g) => (*g).sleep_index = position,
                None => (*self.as_timer()).heap_index = position as i32,
            }
        }
    }
}

pub(super) struct Timers {
    pub(super) heap: Heap<Entry>,
    /// The timer goroutine while it waits in `timerwait`.
    waiter: *mut G,
}

pub(super) static TIMERS: Lock<Timers> = Lock::new(Timers { heap: Heap::new(), waiter: null_mut() });

/// When something that the scheduler can act on is due; 0: never. Changes under the lock.
static NEXT: AtomicI64 = AtomicI64::new(0);

impl Timers {
    /// When the scheduler has to look again.
    fn next(&self) -> i64 {
        match self.heap.first() {
            // Without a waiting timer goroutine it is on its way here, and will look at the heap itself.
            Some((_, e)) if e.is_timer() && self.waiter.is_null() => 0,
            Some((when, _)) => when.max(1),
            None => 0,
        }
    }
}

/// When something is due next; 0: never.
pub fn next_when() -> i64 {
    NEXT.load(SeqCst)
}

/// Publishes a change of the heap and unlocks it; if something is due sooner than before, makes sure that a thread knows.
pub(super) fn changed(ts: Guard<'_, Timers>) {
    let (old, new) = (NEXT.load(Relaxed), ts.next());
    NEXT.store(new, SeqCst);
    drop(ts);
    if new != 0 && (old == 0 || new < old) {
        netpoll::init();
        schedule::wake_net_poller(new);
    }
}

/// Adds a duration to now; the sum does not overflow.
fn deadline(ns: i64) -> i64 {
    clock::nanotime().saturating_add(ns)
}

/// Takes a due timer out of the heap, or advances it by its period; says what to call.
///
/// # Safety
/// The timer is in the heap, whose lock is held.
pub(super) unsafe fn expire(heap: &mut Heap<Entry>, t: *mut Timer, now: i64) -> Fired {
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
            t_ref.bubble = 0;
            // Go counts down without this lock.
            t_ref.is_sending.fetch_add(t_ref.is_chan as i32, SeqCst);
        }
        fired
    }
}

/// Readies what is due. Returns when something is due next; 0: never.
pub fn run_due() -> i64 {
    let next = NEXT.load(SeqCst);
    if next == 0 {
        return 0;
    }
    let now = clock::nanotime();
    if next > now {
        return next;
    }
    loop {
        let mut ts = TIMERS.lock();
        let Some((when, entry)) = ts.heap.first() else {
            NEXT.store(0, SeqCst);
            return 0;
        };
        if when > now || entry.is_timer() && ts.waiter.is_null() {
            let next = ts.next();
            NEXT.store(next, SeqCst);
            return next;
        }
        // SAFETY: members are descriptors or live Go objects; a sleeper is parked.
        unsafe {
            if let Some(d) = entry.as_deadline() {
                let (pd, side, seq) = ((*d).pd, (*d).side, (*d).seq);
                ts.heap.remove(1);
                drop(ts);
                netpoll::expired(pd, side, seq);
            } else if let Some(g) = entry.as_sleeper() {
                ts.heap.remove(1);
                drop(ts);
                goready(g);
            } else {
                let g = core::mem::replace(&mut ts.waiter, null_mut());
                let out = core::mem::take(&mut (*g).mailbox) as *mut Fired;
                *out = expire(&mut ts.heap, entry.as_timer(), now);
                drop(ts);
                goready(g);
            }
        }
    }
}

/// Calls `f` with every armed timer that is a root: those of channels are not, except in bubbles.
///
/// # Safety
/// The world is stopped.
pub unsafe fn for_each_root(mut f: impl FnMut(usize)) {
    {
        let ts = TIMERS.lock();
        for e in ts.heap.members() {
            if e.is_timer() && !e.is_chan_timer() {
                f(e.as_timer() as usize);
            }
        }
    }
    bubble::for_each_root(f);
}

/// Forgets timers of channels that are not `alive` any more. What is due next is left as it is: somebody looks in vain.
///
/// # Safety
/// The world is stopped, and everything is marked that is reachable.
pub unsafe fn drop_unreachable(alive: impl Fn(usize) -> bool) {
    TIMERS.lock().heap.retain(|e| !e.is_chan_timer() || alive(e.as_timer() as usize));
}

/// Commit of a sleep: only now may the goroutine be readied.
unsafe extern "C" fn sleep_commit(g: *mut G, when: usize) -> bool {
    let mut ts = TIMERS.lock();
    ts.heap.insert(when as i64, Entry::sleeper(g));
    changed(ts);
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
        let b = (*t).bubble;
        if b == 0 {
            return false;
        }
        (*t).bubble = 0;
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

/// `timerset(t *timer, when, period int64) bool`.
unsafe extern "C" fn timerset(t: *mut Timer, when: i64, period: i64) -> usize {
    // SAFETY: the Go half passes a live timer; one of a bubble within a bubble.
    unsafe {
        if (*t).fake {
            let pending = leave_bubble(t) | supersede(t);
            if gc::marking() {
                gc::barrier::shade(t as usize);
            }
            (*t).when = when;
            (*t).period = period;
            (*t).pending = true;
            (*t).bubble = bubble::current() as usize;
            bubble::arm(t);
            return pending as usize;
        }
    }
    let mut ts = TIMERS.lock();
    // SAFETY: the Go half passes a live timer.
    unsafe {
        let mut pending = (*t).heap_index != 0;
        if pending {
            ts.heap.remove((*t).heap_index as u32);
        }
        pending |= supersede(t);
        if gc::marking() {
            gc::barrier::shade(t as usize);
        }
        (*t).when = when;
        (*t).period = period;
        (*t).pending = true;
        ts.heap.insert(when, Entry::timer(t));
        changed(ts);
        pending as usize
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
    }
    let mut ts = TIMERS.lock();
    // SAFETY: as above.
    unsafe {
        let mut pending = (*t).heap_index != 0;
        if pending {
            ts.heap.remove((*t).heap_index as u32);
        }
        pending |= supersede(t);
        (*t).pending = false;
        changed(ts);
        pending as usize
    }
}

/// Commit of `timerwait`: the goroutine is the waiter from now on.
unsafe extern "C" fn wait_commit(g: *mut G, _arg: usize) -> bool {
    let mut ts = TIMERS.lock();
    ts.waiter = g;
    changed(ts);
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
            && entry.is_timer()
        {
            *out = expire(&mut ts.heap, entry.as_timer(), now);
            changed(ts);
            return;
        }
        (*g).mailbox = out as usize;
        park(g, WaitReason::Sleep as u8, Some(wait_commit), 0);
    }
}

/// `timertake(t *timer, out *firedTimer) bool`.
unsafe extern "C" fn timertake(t: *mut Timer, out: *mut Fired) -> usize {
    // SAFETY: as above.
    unsafe {
        if (*t).fake {
            let b = (*t).bubble;
            return (b != 0 && bubble::with_timers(b, |heap, now| heap.take(t, now, out))) as usize;
        }
    }
    let now = clock::nanotime();
    let mut ts = TIMERS.lock();
    // SAFETY: as above.
    unsafe {
        if (*t).heap_index == 0 || (*t).when > now {
            return 0;
        }
        *out = expire(&mut ts.heap, t, now);
        changed(ts);
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
        assert_eq!(offset_of!(Timer, bubble), 72);
        assert_eq!(size_of::<Fired>(), 48);
    }
}
