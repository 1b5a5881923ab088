//! The words that several Ps share without a lock, as types of their own: `models.rs` explores every order in which threads
//! can use them.
//!
//! * [`Jobs`]: numbers of which each is given out once.
//! * [`Markers`]: who marks, and when marking is complete.
//! * [`Published`]: how much of something that one thread makes others may look at.
//! * [`set_bit`]: a mark bit has one setter.
//! * [`begin_group`], [`take_free`], [`looked_at`]: an object that its owner has handed out counts as handed out.
//! * [`Scan`]: what is marked in a span is scanned by whoever takes the span from a queue, on which it is once at a time.
//! * [`Credit`]: scanning that workers have done and assists need not do; nobody uses what another has used.
//! * [`Generation`]: a span is swept once per cycle, and nobody believes its bits before.
//! * [`Alone`]: while one P is all there is, marks are set without atomic operations.
//! * [`Request`]: the conductor asks every P to empty its barrier buffer, and sees what those have found that did.
//!
//! # Orderings
//!
//! * [`Jobs`], [`Credit`]: Relaxed. The numbers publish nothing; what they stand for is written before
//!   [`Jobs::begin`], with the world stopped.
//! * [`Markers`]: SeqCst (AcqRel would do): what a marker hands over before it leaves is seen by the one that leaves
//!   last, because each leaves by the same read-modify-write.
//! * [`Published`]: Release and Acquire, around what the owner makes.
//! * [`begin_group`]: Release after the number of the group, Acquire before it is read, so that nobody sees the objects of
//!   a group as those of an earlier one. What is taken out of a group is stored with Release, too; generated code and the
//!   allocation stubs store it plainly: whoever sees that sees what the same thread had stored there before, with Release.
//! * [`set_bit`], [`take_new`], [`Scan`]: a marker sets a mark and looks at `Scan`, who scans changes `Scan` and
//!   looks at the marks: SeqCst, all four. The first look of `set_bit` is Relaxed, since a bit that it finds stays
//!   set while marking goes on. Scan bits are Relaxed and may get lost. `set_bit_alone`, `want_alone`: nobody else
//!   marks, what hands the P over orders them.
//! * [`Generation`]: who sweeps stores Release, who waits loads Acquire. What the sweeper itself reads was written before a
//!   stop of the world, or is ordered by the list that it took the span from.
//!
//! **Runs on** g0. **May** not block. Lock ranks: none.

#[cfg(not(loom))]
use core::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, AtomicU64, AtomicUsize, Ordering};
#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Numbers 0 to n, each of which is given out once. [`Jobs::begin`] needs to be alone.
pub struct Jobs {
    next: AtomicUsize,
    count: AtomicUsize,
}

impl Jobs {
    /// No job.
    #[cfg(not(loom))]
    pub const fn new() -> Jobs {
        Jobs { next: AtomicUsize::new(0), count: AtomicUsize::new(0) }
    }

    /// No job.
    #[cfg(loom)]
    pub fn new() -> Jobs {
        Jobs { next: AtomicUsize::new(0), count: AtomicUsize::new(0) }
    }

    /// From here on there are `n` jobs.
    pub fn begin(&self, n: usize) {
        self.next.store(0, Ordering::Relaxed);
        self.count.store(n, Ordering::Relaxed);
    }

    /// Whether a job is left.
    pub fn left(&self) -> bool {
        self.next.load(Ordering::Relaxed) < self.count.load(Ordering::Relaxed)
    }

    /// A number that nobody else gets. The cursor does not run ahead of the count.
    pub fn take(&self) -> Option<usize> {
        let n = self.count.load(Ordering::Relaxed);
        let mut i = self.next.load(Ordering::Relaxed);
        while i < n {
            match self.next.compare_exchange(i, i + 1, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(i),
                Err(now) => i = now,
            }
        }
        None
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Jobs::new()
    }
}

/// Counts markers at work. Whatever a marker leaves to be done it makes visible to others before it leaves; so the last one
/// that leaves sees all of it, or marking is complete.
pub struct Markers(AtomicUsize);

impl Markers {
    /// Nobody marks.
    #[cfg(not(loom))]
    pub const fn new() -> Markers {
        Markers(AtomicUsize::new(0))
    }

    /// Nobody marks.
    #[cfg(loom)]
    pub fn new() -> Markers {
        Markers(AtomicUsize::new(0))
    }

    /// A marker begins.
    pub fn enter(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// A marker ends. True if it was the last one and nothing is `available`: marking is complete, as far as is known.
    pub fn leave(&self, available: impl FnOnce() -> bool) -> bool {
        self.0.fetch_sub(1, Ordering::SeqCst) == 1 && !available()
    }

    /// Whether nobody marks and nothing is `available`.
    pub fn idle(&self, available: impl FnOnce() -> bool) -> bool {
        self.0.load(Ordering::SeqCst) == 0 && !available()
    }
}

impl Default for Markers {
    fn default() -> Self {
        Markers::new()
    }
}

/// The number of things that are complete, of those that its owner makes one after the other.
pub struct Published(AtomicU32);

impl Published {
    /// None.
    #[cfg(not(loom))]
    pub const fn new() -> Published {
        Published(AtomicU32::new(0))
    }

    /// None.
    #[cfg(loom)]
    pub fn new() -> Published {
        Published(AtomicU32::new(0))
    }

    /// The owner: what is below `n` is complete, and everything that was written to it.
    #[inline]
    pub fn set(&self, n: u32) {
        self.0.store(n, Ordering::Release);
    }

    /// Anybody: whether number `i` is complete.
    #[inline]
    pub fn covers(&self, i: usize) -> bool {
        i < self.0.load(Ordering::Acquire) as usize
    }
}

impl Default for Published {
    fn default() -> Self {
        Published::new()
    }
}

/// The owner of a span goes on to the 64 objects from `first` on, of which those in `free` are free.
#[inline]
pub fn begin_group(group: &AtomicU32, cache: &AtomicU64, first: u32, free: u64) {
    group.store(first, Ordering::Relaxed);
    cache.store(free, Ordering::Release);
}

/// The owner of a span takes the lowest free object of the group.
#[inline]
pub fn take_free(group: &AtomicU32, cache: &AtomicU64) -> Option<u32> {
    let free = cache.load(Ordering::Relaxed);
    if free == 0 {
        return None;
    }
    cache.store(free & (free - 1), Ordering::Release);
    Some(group.load(Ordering::Relaxed) + free.trailing_zeros())
}

/// All objects below this number have been handed out or were in use, as anybody sees it who knows an object: that one is below.
#[inline]
pub fn looked_at(group: &AtomicU32, cache: &AtomicU64, held: &AtomicU64) -> u32 {
    let free = cache.load(Ordering::Acquire) | held.load(Ordering::Relaxed);
    // An empty word has 64 trailing zeros.
    group.load(Ordering::Relaxed) + free.trailing_zeros()
}

/// Sets a bit of a word; false if it was set. Of several threads one gets true.
#[inline]
pub fn set_bit(word: &AtomicU64, bit: u64) -> bool {
    word.load(Ordering::Relaxed) & bit == 0 && word.fetch_or(bit, Ordering::SeqCst) & bit == 0
}

/// The same while nobody else changes the word: see [`Alone`]. A P that changes hands takes along what its last holder wrote.
#[inline]
pub fn set_bit_alone(word: &AtomicU64, bit: u64) -> bool {
    let before = word.load(Ordering::Relaxed);
    word.store(before | bit, Ordering::Relaxed);
    before & bit == 0
}

/// The bits of a word that are `set` and not yet `seen`; they are seen then. No bit is missed by all; of those who do this
/// at the same time several may get the same one.
#[inline]
pub fn take_new(set: &AtomicU64, seen: &AtomicU64) -> u64 {
    let bits = load(set);
    let before = seen.load(Ordering::Relaxed);
    if bits & !before != 0 {
        seen.store(before | bits, Ordering::Relaxed);
    }
    bits & !before
}

/// Says that some bits of a word are seen. A later [`take_new`] may give them all the same, if others do this at the same time.
#[inline]
pub fn note_seen(seen: &AtomicU64, bits: u64) {
    let before = seen.load(Ordering::Relaxed);
    if bits & !before != 0 {
        seen.store(before | bits, Ordering::Relaxed);
    }
}

/// A load that takes part in the order of all that is sequentially consistent. The models know no such load; there it is an
/// operation that sees the latest value.
#[inline]
fn load(word: &AtomicU64) -> u64 {
    #[cfg(loom)]
    return word.fetch_or(0, Ordering::SeqCst);
    #[cfg(not(loom))]
    word.load(Ordering::SeqCst)
}

/// Whether a span is on a queue of those to be scanned, and for which of its objects.
///
/// A marker sets a mark bit and then calls [`Scan::want`]; who takes the span from the queue calls [`Scan::begin`] and then
/// looks at the mark bits. All four are sequentially consistent: either the marker finds that the span is not queued any
/// more, or the other one sees the mark.
pub struct Scan(AtomicU32);

/// What [`Scan::begin`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This object, and perhaps others that the span will be queued for again.
    One(usize),
    /// Those that are marked.
    Many,
}

const IDLE: u32 = 0;
const MANY: u32 = u32::MAX;

impl Scan {
    /// Not queued.
    #[cfg(not(loom))]
    pub const fn new() -> Scan {
        Scan(AtomicU32::new(IDLE))
    }

    /// Not queued.
    #[cfg(loom)]
    pub fn new() -> Scan {
        Scan(AtomicU32::new(IDLE))
    }

    /// An object has been marked. True if the caller is to queue the span.
    #[inline]
    pub fn want(&self, i: usize) -> bool {
        #[cfg(loom)]
        let now = self.0.fetch_or(0, Ordering::SeqCst);
        #[cfg(not(loom))]
        let now = self.0.load(Ordering::SeqCst);
        match now {
            MANY => false,
            IDLE if self
                .0
                .compare_exchange(IDLE, i as u32 + 1, Ordering::SeqCst, Ordering::Relaxed)
                .is_ok() =>
            {
                true
            }
            _ => self.0.swap(MANY, Ordering::SeqCst) == IDLE,
        }
    }

    /// The same while nobody else marks.
    #[inline]
    pub fn want_alone(&self, i: usize) -> bool {
        let now = self.0.load(Ordering::Relaxed);
        self.0.store(if now == IDLE { i as u32 + 1 } else { MANY }, Ordering::Relaxed);
        now == IDLE
    }

    /// The span has left the queue.
    #[inline]
    pub fn begin(&self) -> Wanted {
        match self.0.swap(IDLE, Ordering::SeqCst) {
            MANY => Wanted::Many,
            n => {
                debug_assert!(n != IDLE);
                Wanted::One(n.wrapping_sub(1) as usize)
            }
        }
    }
}

impl Default for Scan {
    fn default() -> Self {
        Scan::new()
    }
}

/// Whether no more than one P can be held, so that nobody marks beside who asks. It changes while the world is stopped, which
/// orders it, and what was marked before, with what is marked afterwards; so a native sees one answer.
pub struct Alone(AtomicBool);

impl Alone {
    /// There is one P.
    #[cfg(not(loom))]
    pub const fn new() -> Alone {
        Alone(AtomicBool::new(true))
    }

    /// There is one P.
    #[cfg(loom)]
    pub fn new() -> Alone {
        Alone(AtomicBool::new(true))
    }

    /// The world is about to run again, with `procs` Ps; `beyond`: Ps that are none of these are held for a while yet.
    pub fn set(&self, procs: usize, beyond: bool) {
        self.0.store(procs == 1 && !beyond, Ordering::Relaxed);
    }

    /// The answer.
    #[inline]
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for Alone {
    fn default() -> Self {
        Alone::new()
    }
}

/// A request to everybody, by number.
pub struct Request(AtomicU32);

/// The last request that somebody has heeded.
pub struct Heeded(AtomicU32);

impl Request {
    /// None yet.
    #[cfg(not(loom))]
    pub const fn new() -> Request {
        Request(AtomicU32::new(0))
    }

    /// None yet.
    #[cfg(loom)]
    pub fn new() -> Request {
        Request(AtomicU32::new(0))
    }

    /// Asks; gives the request's number. Acquiring and releasing: who heeds it sees what was written before it was made.
    pub fn make(&self) -> u32 {
        self.0.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
    }
}

impl Default for Request {
    fn default() -> Self {
        Request::new()
    }
}

impl Heeded {
    /// None.
    #[cfg(not(loom))]
    pub const fn new() -> Heeded {
        Heeded(AtomicU32::new(0))
    }

    /// None.
    #[cfg(loom)]
    pub fn new() -> Heeded {
        Heeded(AtomicU32::new(0))
    }

    /// The owner does what was asked for, if it has not done so.
    #[inline]
    pub fn heed(&self, request: &Request, act: impl FnOnce()) {
        let n = request.0.load(Ordering::Acquire);
        #[cfg(not(loom))]
        let last = self.0.load(Ordering::Relaxed);
        // Orders of a store and others' loads are not all tried if a load of the same thread precedes it.
        #[cfg(loom)]
        let last = self.0.fetch_or(0, Ordering::Relaxed);
        if last != n {
            act();
            // Releasing: who sees the number sees what was done.
            self.0.store(n, Ordering::Release);
        }
    }

    /// Whether request number `n` has been heeded.
    #[inline]
    pub fn has(&self, n: u32) -> bool {
        self.0.load(Ordering::Acquire) == n
    }
}

impl Default for Heeded {
    fn default() -> Self {
        Heeded::new()
    }
}

/// What generations differ by from one cycle to the next.
pub const STEP: u32 = 2;

/// When something was swept: in the generation that it holds. One more says that somebody is at work on it for the next.
pub struct Generation(AtomicU32);

impl Generation {
    /// Never.
    #[cfg(not(loom))]
    pub const fn new() -> Generation {
        Generation(AtomicU32::new(0))
    }

    /// Never.
    #[cfg(loom)]
    pub fn new() -> Generation {
        Generation(AtomicU32::new(0))
    }

    /// The owner of what nobody else sees: there is nothing to sweep until the generation ends.
    #[inline]
    pub fn set(&self, now: u32) {
        self.0.store(now, Ordering::Relaxed);
    }

    /// Returns when it is swept in generation `now`, by this caller's `sweep` or by another's.
    #[inline]
    pub fn ensure(&self, now: u32, sweep: impl FnOnce()) {
        while self.0.load(Ordering::Acquire) != now {
            let last = now.wrapping_sub(STEP);
            if self.0.compare_exchange(last, last + 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                sweep();
                self.0.store(now, Ordering::Release);
                return;
            }
            #[cfg(loom)]
            loom::thread::yield_now();
            #[cfg(not(loom))]
            core::hint::spin_loop();
        }
    }
}

impl Default for Generation {
    fn default() -> Self {
        Generation::new()
    }
}

/// Work that was done in advance.
pub struct Credit(AtomicIsize);

impl Credit {
    /// None.
    #[cfg(not(loom))]
    pub const fn new() -> Credit {
        Credit(AtomicIsize::new(0))
    }

    /// None.
    #[cfg(loom)]
    pub fn new() -> Credit {
        Credit(AtomicIsize::new(0))
    }

    /// What is there expires.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Somebody has worked.
    #[inline]
    pub fn add(&self, n: isize) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Uses up to `want` of what is there.
    pub fn take(&self, want: isize) -> isize {
        let mut there = self.0.load(Ordering::Relaxed);
        while there > 0 {
            let n = want.min(there);
            match self.0.compare_exchange_weak(there, there - n, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return n,
                Err(now) => there = now,
            }
        }
        0
    }
}

impl Default for Credit {
    fn default() -> Self {
        Credit::new()
    }
}
