//! Grey objects: buffers of addresses.
//!
//! An address on a buffer is that of an object (or of an oblet of a large one) that is marked and whose pointers have not
//! been looked at. Each P has two buffers: it adds to and takes from `cur`, and swaps it with `prev` when it is full or
//! empty, so that a P at the boundary does not go to the shared lists each time. Full and empty buffers are shared through
//! lock-free lists.
//!
//! Of small objects the spans are queued ([`Spans`]), first in, first out, in a chain of such buffers: the longer a span
//! waits, the more of its objects are marked meanwhile, and the more are scanned at once.
//!
//! # Who may touch what
//!
//! A [`GcWork`] belongs to the M that holds its P, or to whoever stopped the world; a buffer to the `GcWork` or list that it
//! is on. A marker that stops marking leaves no buffer with addresses behind ([`GcWork::dispose`]): what is left in a P's own
//! buffers outside of marking came from barriers, and is found when the world stops.
//!
//! **Runs on** g0. Lock ranks: persistent memory.

use super::roots::Scan;
use super::worker::Mode;
use crate::mem::lfstack::{Link, Stack};
use crate::mem::persistent;
use crate::mem::span::Span;
use core::ptr::null_mut;

const CAPACITY: usize = 254;
/// Addresses that are worth sharing.
const SPLIT: usize = 8;

/// A buffer of 2 KiB.
#[repr(C)]
struct Buffer {
    link: Link,
    len: usize,
    items: [usize; CAPACITY],
}

static FULL: Stack = Stack::new();
static FULL_SPANS: Stack = Stack::new();
static EMPTY: Stack = Stack::new();

/// A buffer's link.
fn link<'a>(b: usize) -> &'a Link {
    // SAFETY: buffers are never freed.
    unsafe { &(*(b as *const Buffer)).link }
}

fn empty_buffer() -> *mut Buffer {
    match EMPTY.pop(link) {
        0 => persistent::alloc(size_of::<Buffer>(), 64) as *mut Buffer,
        b => b as *mut Buffer,
    }
}

/// Puts a buffer on the list, or among the empty ones.
///
/// # Safety
/// The buffer is the caller's.
unsafe fn put_buffer(b: *mut Buffer, list: &Stack) {
    // SAFETY: passed on.
    unsafe {
        let list = if (*b).len == 0 { &EMPTY } else { list };
        list.push(b as usize, &(*b).link);
    }
}

fn full_buffer() -> *mut Buffer {
    FULL.pop(link) as *mut Buffer
}

/// Whether the shared lists have work.
#[inline]
pub fn shared() -> bool {
    !FULL.is_empty() || !FULL_SPANS.is_empty()
}

/// A queue of spans with grey objects: buffers from `front` to `back`, linked; of the first one `taken` have been taken.
struct Spans {
    front: *mut Buffer,
    back: *mut Buffer,
    taken: usize,
}

impl Spans {
    const fn new() -> Spans {
        Spans { front: null_mut(), back: null_mut(), taken: 0 }
    }

    #[inline]
    fn put(&mut self, s: *mut Span) {
        // SAFETY: the buffers are this P's.
        unsafe {
            if self.back.is_null() || (*self.back).len == CAPACITY {
                self.make_room();
            }
            let b = &mut *self.back;
            b.items[b.len] = s as usize;
            b.len += 1;
        }
    }

    #[cold]
    fn make_room(&mut self) {
        let b = empty_buffer();
        // SAFETY: as above; a link is the owner's.
        unsafe {
            (*b).link.set(0);
            if self.back.is_null() {
                self.front = b;
                self.taken = 0;
            } else {
                (*self.back).link.set(b as usize);
            }
        }
        self.back = b;
    }

    /// The span that has waited longest, and the one behind it (or null).
    #[inline]
    fn get(&mut self) -> Option<(*mut Span, *mut Span)> {
        if self.front.is_null() {
            return None;
        }
        // SAFETY: as above.
        unsafe {
            if self.taken == (*self.front).len && !self.next_buffer() {
                return None;
            }
            let b = &*self.front;
            let s = b.items[self.taken] as *mut Span;
            self.taken += 1;
            let next = if self.taken < b.len { b.items[self.taken] } else { 0 };
            Some((s, next as *mut Span))
        }
    }

    /// The first buffer is used up; false if there is no other.
    ///
    /// # Safety
    /// There is a first buffer.
    #[cold]
    unsafe fn next_buffer(&mut self) -> bool {
        // SAFETY: as above; only the last buffer is not full.
        unsafe {
            let b = self.front;
            (*b).len = 0;
            self.taken = 0;
            if b == self.back {
                return false;
            }
            self.front = (*b).link.get() as *mut Buffer;
            put_buffer(b, &EMPTY);
            true
        }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        // SAFETY: as above. A buffer behind the first one has something in it.
        self.front.is_null() || unsafe { self.front == self.back && self.taken == (*self.front).len }
    }

    /// Leaves in the first buffer only what has not been taken.
    ///
    /// # Safety
    /// There is a first buffer.
    unsafe fn compact(&mut self) {
        // SAFETY: as above.
        unsafe {
            let b = &mut *self.front;
            b.items.copy_within(self.taken..b.len, 0);
            b.len -= self.taken;
            self.taken = 0;
        }
    }

    /// Gives spans to others, those that have waited longest. Says whether there were some to give.
    fn share(&mut self) -> bool {
        if self.is_empty() {
            return false;
        }
        // SAFETY: as above.
        unsafe {
            self.compact();
            let b = self.front;
            if b != self.back {
                self.front = (*b).link.get() as *mut Buffer;
                put_buffer(b, &FULL_SPANS);
                return true;
            }
            if (*b).len <= SPLIT {
                return false;
            }
            put_buffer(split(&mut *b), &FULL_SPANS);
            true
        }
    }

    /// Gives all buffers away.
    fn dispose(&mut self) {
        if self.front.is_null() {
            return;
        }
        // SAFETY: as above.
        unsafe {
            self.compact();
            let mut b = self.front;
            while !b.is_null() {
                let next = (*b).link.get() as *mut Buffer;
                put_buffer(b, &FULL_SPANS);
                b = next;
            }
        }
        *self = Spans::new();
    }

    /// Takes a buffer from the shared list. The queue is empty.
    #[cold]
    fn fetch(&mut self) -> bool {
        let b = FULL_SPANS.pop(link) as *mut Buffer;
        if b.is_null() {
            return false;
        }
        self.dispose();
        // SAFETY: the buffer is this P's now.
        unsafe { (*b).link.set(0) };
        *self = Spans { front: b, back: b, taken: 0 };
        true
    }
}

/// A buffer with the older half of another.
fn split(from: &mut Buffer) -> *mut Buffer {
    let to = empty_buffer();
    let n = from.len / 2;
    // SAFETY: an empty buffer is nobody else's.
    unsafe {
        (&mut (*to).items)[..n].copy_from_slice(&from.items[..n]);
        (*to).len = n;
    }
    from.items.copy_within(n..from.len, 0);
    from.len -= n;
    to
}

/// A P's part of the marking.
pub struct GcWork {
    cur: *mut Buffer,
    prev: *mut Buffer,
    spans: Spans,
    /// Bytes of objects marked in this cycle. Modulo 2^64: what was counted may be taken back on another P.
    pub marked: usize,
    /// Bytes scanned in this cycle.
    pub scanned: usize,
    /// Bytes of scanning that allocations of this P owe.
    pub debt: isize,
    /// An assist found nothing to do.
    pub stuck: bool,
    /// On whose account the worker marks that this P runs.
    pub mode: Mode,
    /// Time that fractional workers used on this P in this cycle.
    pub fraction_ns: i64,
    /// Scratch memory of stack scans.
    pub scan: Scan,
}

impl GcWork {
    /// Without buffers.
    pub const fn new() -> GcWork {
        GcWork {
            cur: null_mut(),
            prev: null_mut(),
            spans: Spans::new(),
            marked: 0,
            scanned: 0,
            debt: 0,
            stuck: false,
            mode: Mode::Idle,
            fraction_ns: 0,
            scan: Scan::new(),
        }
    }

    /// Adds an address.
    #[inline]
    pub fn put(&mut self, p: usize) {
        // SAFETY: the buffers are this P's.
        unsafe {
            if self.cur.is_null() || (*self.cur).len == CAPACITY {
                self.make_room();
            }
            let b = &mut *self.cur;
            b.items[b.len] = p;
            b.len += 1;
        }
    }

    #[cold]
    fn make_room(&mut self) {
        core::mem::swap(&mut self.cur, &mut self.prev);
        // SAFETY: as above.
        unsafe {
            if !self.cur.is_null() && (*self.cur).len == CAPACITY {
                put_buffer(self.cur, &FULL);
                self.cur = null_mut();
            }
        }
        if self.cur.is_null() {
            self.cur = empty_buffer();
        }
    }

    /// Whether the P has nothing to scan (but in `prev`, which it does not come to soon).
    #[inline]
    pub fn is_idle(&self) -> bool {
        // SAFETY: as above.
        (self.cur.is_null() || unsafe { (*self.cur).len == 0 }) && self.spans.is_empty()
    }

    /// Adds a span.
    #[inline]
    pub fn put_span(&mut self, s: *mut Span) {
        self.spans.put(s);
    }

    /// Takes a span of the P's own; and says which one is going to be the next (or null).
    #[inline]
    pub fn get_span(&mut self) -> Option<(*mut Span, *mut Span)> {
        self.spans.get()
    }

    /// Takes spans from the shared list, if the P has none of its own. False if there are none.
    pub fn fetch_spans(&mut self) -> bool {
        self.spans.fetch()
    }

    /// Takes an address of the P's own.
    #[inline]
    pub fn get_local(&mut self) -> Option<usize> {
        // SAFETY: as above.
        unsafe {
            if self.cur.is_null() || (*self.cur).len == 0 {
                core::mem::swap(&mut self.cur, &mut self.prev);
                if self.cur.is_null() || (*self.cur).len == 0 {
                    return None;
                }
            }
            let b = &mut *self.cur;
            b.len -= 1;
            Some(b.items[b.len])
        }
    }

    /// Takes an address, of the P's own or from the shared list.
    #[inline]
    pub fn get(&mut self) -> Option<usize> {
        if let Some(p) = self.get_local() {
            return Some(p);
        }
        let b = full_buffer();
        if b.is_null() {
            return None;
        }
        if !self.cur.is_null() {
            // SAFETY: it is empty and this P's.
            unsafe { put_buffer(self.cur, &EMPTY) };
        }
        self.cur = b;
        self.get_local()
    }

    /// Gives work to others if nobody could find any. Says whether there was some to give.
    #[inline]
    pub fn balance(&mut self) -> bool {
        // SAFETY: as above.
        unsafe {
            if !self.prev.is_null() && (*self.prev).len != 0 {
                put_buffer(self.prev, &FULL);
                self.prev = null_mut();
                return true;
            }
            // Half of a buffer is worth the trouble: what lies deep in it leads to more.
            if !self.cur.is_null() && (*self.cur).len > SPLIT {
                put_buffer(split(&mut *self.cur), &FULL);
                return true;
            }
        }
        self.spans.share()
    }

    /// Whether the P has no work of its own.
    pub fn is_empty(&self) -> bool {
        // SAFETY: as above.
        unsafe {
            (self.cur.is_null() || (*self.cur).len == 0)
                && (self.prev.is_null() || (*self.prev).len == 0)
                && self.spans.is_empty()
        }
    }

    /// Gives all buffers away.
    pub fn dispose(&mut self) {
        for b in [&mut self.cur, &mut self.prev] {
            if !b.is_null() {
                // SAFETY: as above.
                unsafe { put_buffer(*b, &FULL) };
                *b = null_mut();
            }
        }
        self.spans.dispose();
    }
}

impl Default for GcWork {
    fn default() -> Self {
        GcWork::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shared lists are one thing.
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

    #[test]
    fn spans_are_queued() {
        let _alone = ALONE.lock();
        let (mut a, mut b) = (GcWork::new(), GcWork::new());
        let mut got = std::vec::Vec::new();
        let mut next = 1;
        for round in 0..40 {
            for _ in 0..round * 17 % 600 {
                a.put_span((next * 64) as *mut Span);
                next += 1;
            }
            for _ in 0..round * 13 % 400 {
                if let Some((s, _)) = a.get_span() {
                    // First in, first out.
                    assert!(got.last().is_none_or(|&last| s as usize / 64 == last + 1));
                    got.push(s as usize / 64);
                }
            }
        }
        assert!(a.balance() && !a.is_empty());
        a.dispose();
        assert!(a.is_empty() && a.get_span().is_none());
        while b.fetch_spans() {
            while let Some((s, _)) = b.get_span() {
                got.push(s as usize / 64);
            }
        }
        b.dispose();
        assert!(b.is_empty() && !shared());
        got.sort_unstable();
        assert!(got.into_iter().eq(1..next));
    }

    #[test]
    fn nothing_is_lost_between_two_holders() {
        let _alone = ALONE.lock();
        let (mut a, mut b) = (GcWork::new(), GcWork::new());
        let n = 5000;
        for i in 1..=n {
            a.put(i);
            if i % 700 == 0 {
                a.balance();
            }
        }
        let mut got = std::vec::Vec::new();
        while let Some(p) = b.get() {
            got.push(p);
        }
        a.dispose();
        while let Some(p) = b.get() {
            got.push(p);
        }
        b.dispose();
        assert!(a.is_empty() && b.is_empty() && !shared());
        got.sort_unstable();
        assert!(got.into_iter().eq(1..=n));
    }
}
