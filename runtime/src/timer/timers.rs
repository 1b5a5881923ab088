//! The heaps of the Ps.
//!
//! What is set goes to the heap of the P that sets it, and stays there while it is set anew; `home` has the protocol. A
//! P's holder looks at its heap each time it chooses what to run; a thread that has nothing else to do takes what is due in the
//! others' heaps, those of idle Ps included. A P beyond GOMAXPROCS has an empty heap: [`Timers::move_to`].
//!
//! [`Timers::next`] tells without the lock when something is due first; whoever makes that earlier wakes the thread that waits in
//! the network poller, or starts one. Before that thread sleeps it has given its P up and looks at all heaps: the one sees the
//! other (`schedule` has the protocol).
//!
//! A heap whose first member is a timer that is due, while no timer goroutine waits for one, is *blocked*: nothing is due
//! in it (`next` is 0) until the goroutine that comes has taken the timer.
//!
//! A heap refers to timers, which keeps them alive, unless they are the
//! timers of channels: those are dropped when a collection finds that nobody can receive from the channel or touch the timer
//! any more ([`drop_unreachable`]). A goroutine that waits for the channel refers to it, and the channel to its timer.
//!
//! # Orderings
//!
//! `next` is stored, then `LAST_POLL`, `NPIDLE` and `NMSPINNING` are read (`schedule::wake_net_poller`); the thread
//! that goes to sleep changes these and reads every `next` after that. All of it is sequentially consistent, hence
//! one sees the other. The load in [`Timers::changed`] is under the lock, under which alone `next` changes: Relaxed.
//!
//! **Runs on** g0. Lock ranks: timers (one P's; then another's, while the first one's move there) > timer goroutines.

use super::heap::{Heap, Member};
use super::service::{Fired, Timer, expire};
use super::waiters::Waiters;
use crate::lock::{Guard, Lock};
use crate::mem::gc::leaks;
use crate::os::clock;
use crate::sched::g::G;
use crate::sched::{bubble, goready, m, netpoll, schedule, world};
use core::sync::atomic::AtomicI64;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};

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
        } else if self.is_timer() {
            // SAFETY: members are live Go objects.
            unsafe { (*self.as_timer()).heap_index = position as i32 };
        }
        // Nobody takes a sleeper out before it is due.
    }
}

/// What a heap's lock protects.
pub struct State {
    pub(super) heap: Heap<i64, Entry>,
    /// Counted in [`WAITERS`].
    blocked: bool,
}

/// A P's timers.
pub struct Timers {
    state: Lock<State>,
    /// When something that the scheduler can act on is due; 0: never. Changes under the lock.
    next: AtomicI64,
}

/// The timer goroutines.
static WAITERS: Waiters = Waiters::new();

/// The heap of the calling thread's P.
pub(super) fn mine() -> &'static Timers {
    // SAFETY: natives and commit functions run with a P; Ps are never freed.
    unsafe { &(*m::p()).timers }
}

fn all() -> impl Iterator<Item = &'static Timers> {
    // SAFETY: Ps are never freed.
    world::all_ps().iter().map(|&pp| unsafe { &(*pp).timers })
}

impl Timers {
    /// No timers.
    pub const fn new() -> Timers {
        Timers { state: Lock::new(State { heap: Heap::new(), blocked: false }), next: AtomicI64::new(0) }
    }

    /// What stands for this heap in `Home`.
    pub(super) fn address(&self) -> usize {
        self as *const Timers as usize
    }

    /// The heap with an address.
    pub(super) fn at(address: usize) -> &'static Timers {
        // SAFETY: addresses come from `address`, and Ps are never freed.
        unsafe { &*(address as *const Timers) }
    }

    /// The lock of the heap with an address.
    pub(super) fn lock_of(address: usize) -> &'static Lock<State> {
        &Timers::at(address).state
    }

    pub(super) fn lock(&self) -> Guard<'_, State> {
        self.state.lock()
    }

    /// When something is due next; 0: never.
    pub fn next(&self) -> i64 {
        self.next.load(SeqCst)
    }

    /// Publishes a change and unlocks; if something is due sooner than before, makes sure that a thread knows.
    pub(super) fn changed(&self, s: Guard<'_, State>) {
        let (old, new) = (self.next.load(Relaxed), s.next());
        if new == old {
            return;
        }
        self.next.store(new, SeqCst);
        drop(s);
        if new != 0 && (old == 0 || new < old) {
            netpoll::init();
            schedule::wake_net_poller(new);
        }
    }

    /// Readies what is due: says when something is due next (0: never), and whether anything was due.
    pub fn run_due(&self) -> (i64, bool) {
        let next = self.next();
        if next == 0 {
            return (0, false);
        }
        let now = clock::nanotime();
        if next > now {
            return (next, false);
        }
        let mut any = false;
        loop {
            let mut s = self.lock();
            let first = s.heap.first();
            let Some((when, entry)) =
                first.filter(|&(when, entry)| when <= now && !(s.blocked && entry.is_timer()))
            else {
                let next = s.next();
                self.next.store(next, SeqCst);
                return (next, any);
            };
            debug_assert!(when <= now);
            // SAFETY: members are descriptors or live Go objects; a sleeper is parked.
            unsafe {
                if let Some(d) = entry.as_deadline() {
                    s.heap.remove(1);
                    let (pd, side, seq) = (*d).expire();
                    drop(s);
                    netpoll::expired(pd, side, seq);
                } else if let Some(g) = entry.as_sleeper() {
                    s.heap.remove(1);
                    drop(s);
                    goready(g);
                } else {
                    let g = WAITERS.take();
                    if g.is_null() {
                        s.blocked = true;
                        continue;
                    }
                    let out = core::mem::take(&mut (*g).mailbox) as *mut Fired;
                    *out = s.expire(entry.as_timer(), now);
                    drop(s);
                    goready(g);
                }
            }
            any = true;
        }
    }

    /// Takes a due timer, if the first member is one, for a timer goroutine.
    ///
    /// # Safety
    /// `out` points to memory of the heap; called by a timer goroutine.
    unsafe fn take_due(&self, out: *mut Fired) -> bool {
        let now = clock::nanotime();
        let mut s = self.lock();
        if core::mem::take(&mut s.blocked) {
            WAITERS.unblock();
        }
        let due = match s.heap.first() {
            Some((when, entry)) if when <= now && entry.is_timer() => {
                // SAFETY: members are live; passed on.
                unsafe { *out = s.expire(entry.as_timer(), now) };
                true
            }
            _ => false,
        };
        self.changed(s);
        due
    }

    /// Whether the heap waits for a timer goroutine.
    fn is_blocked(&self) -> bool {
        self.lock().blocked
    }

    /// Moves everything to another heap: this one's P is beyond GOMAXPROCS.
    pub fn move_to(&self, other: &'static Timers) {
        let mut from = self.lock();
        let mut to = other.lock();
        while let Some((when, entry)) = from.heap.pop_last() {
            // SAFETY: members are descriptors or live Go objects, whose heap is locked.
            unsafe {
                if let Some(d) = entry.as_deadline() {
                    (*d).move_to(other.address());
                } else if entry.is_timer() {
                    (*entry.as_timer()).home.move_to(other.address());
                }
            }
            to.heap.insert(when, entry);
        }
        if core::mem::take(&mut from.blocked) {
            WAITERS.unblock();
        }
        other.changed(to);
        self.changed(from);
    }
}

impl Default for Timers {
    fn default() -> Self {
        Timers::new()
    }
}

impl State {
    /// When the scheduler has to look again.
    fn next(&self) -> i64 {
        match self.heap.first() {
            Some((_, e)) if e.is_timer() && self.blocked => 0,
            Some((when, _)) => when.max(1),
            None => 0,
        }
    }

    /// Takes a timer out, or advances it by its period; says what to call.
    ///
    /// # Safety
    /// The timer is in this heap.
    pub(super) unsafe fn expire(&mut self, t: *mut Timer, now: i64) -> Fired {
        // SAFETY: passed on.
        unsafe {
            let position = (*t).heap_index as u32;
            expire(t, now, |again| match again {
                Some(when) => self.heap.update(position, when),
                None => self.heap.remove(position),
            })
        }
    }
}

/// When something is due next in any heap; 0: never.
pub fn next_when() -> i64 {
    all().map(Timers::next).filter(|&when| when != 0).min().unwrap_or(0)
}

/// Takes a timer that is due, for a timer goroutine: of the P's own heap, or of a blocked one.
///
/// # Safety
/// `out` points to memory of the heap; called by a timer goroutine.
pub(super) unsafe fn take(out: *mut Fired) -> bool {
    let own = mine();
    // SAFETY: passed on.
    unsafe {
        own.take_due(out) || WAITERS.any_blocked() && all().any(|ts| ts.is_blocked() && ts.take_due(out))
    }
}

/// Whether a heap waits for a timer goroutine.
pub(super) fn more_wanted() -> bool {
    WAITERS.any_blocked()
}

/// Commit of `timerwait`: the goroutine waits for timers from now on, unless there is one.
pub(super) unsafe extern "C" fn wait_commit(g: *mut G, _arg: usize) -> bool {
    // SAFETY: the goroutine has parked, on no queue.
    unsafe {
        let waits = WAITERS.wait(g);
        if !waits {
            (*g).mailbox = 0;
        }
        waits
    }
}

/// Calls `f` with every armed timer that is a root: those of channels are not, except in bubbles, and while leaked goroutines
/// are looked for.
///
/// # Safety
/// The world is stopped.
pub unsafe fn for_each_root(mut f: impl FnMut(usize)) {
    let leaks = leaks::searching();
    for ts in all() {
        for e in ts.lock().heap.members() {
            if e.is_timer() && (leaks || !e.is_chan_timer()) {
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
    for ts in all() {
        ts.lock().heap.retain(|e| !e.is_chan_timer() || alive(e.as_timer() as usize));
    }
}
