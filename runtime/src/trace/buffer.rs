//! Buffers of events, and the queue of those that are complete.
//!
//! A buffer is one batch of the format: a header, which names the generation, the thread and a time, and events. A thread
//! fills its own without a lock. Complete ones wait in a queue per generation, of which two exist at most: the one that is being
//! read, and the next one. One goroutine reads; it parks when there is nothing, and a processor that looks for work takes it
//! when there is something again ([`find_reader`]): whoever completes a buffer may be anywhere.
//!
//! # Orderings
//!
//! Everything is under the queue's lock. `READABLE` changes under it, and is a hint without it (Relaxed): who misses
//! it leaves the reader to the next processor that looks.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: the queue.

use super::event::{EVENT_BATCH, VARINT};
use crate::lock::Lock;
use crate::native::Pair;
use crate::os::memory;
use crate::panic::fatal;
use crate::sched::g::{G, RUNNABLE, WAITING};
use crate::sched::{WaitReason, m, park};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Size of a buffer, more than the longest batch that readers accept is not in it.
const SIZE: usize = 64 << 10;
const ROOM: usize = SIZE - 5 * 8;
/// Bytes of the batch's length, which is known last: a varint that is not as short as it could be.
const LENGTH: usize = 3;
/// The thread of batches that belong to none.
pub const NO_THREAD: u64 = u64::MAX;
/// Unused buffers that are kept.
const KEPT: usize = 32;

/// A buffer.
#[repr(C)]
pub struct Buf {
    link: *mut Buf,
    len: usize,
    /// Where the events begin.
    body: usize,
    /// Time of the last event.
    pub time: u64,
    generation: u64,
    bytes: [u8; ROOM],
}

impl Buf {
    /// Whether so many bytes more fit.
    #[inline]
    pub fn has_room(&self, n: usize) -> bool {
        self.len + n <= ROOM
    }

    /// Appends a byte; there is room.
    #[inline]
    pub fn byte(&mut self, b: u8) {
        if let Some(to) = self.bytes.get_mut(self.len) {
            *to = b;
            self.len += 1;
        }
    }

    /// Appends a number; there is room.
    pub fn varint(&mut self, mut v: u64) {
        while v >= 0x80 {
            self.byte(v as u8 | 0x80);
            v >>= 7;
        }
        self.byte(v as u8);
    }

    /// Appends bytes; there is room.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.byte(b);
        }
    }
}

struct List {
    first: *mut Buf,
    last: *mut Buf,
}

struct Queue {
    /// Complete buffers, by the parity of their generation.
    full: [List; 2],
    unused: *mut Buf,
    unused_len: usize,
    /// What the reader has been given.
    reading: *mut Buf,
    /// The reader, while it is parked.
    reader: *mut G,
    /// The generation that is being read, and the last one to which nothing will be added.
    read: u64,
    ended: u64,
}

static QUEUE: Lock<Queue> = Lock::new(Queue {
    full: [const { List { first: null_mut(), last: null_mut() } }; 2],
    unused: null_mut(),
    unused_len: 0,
    reading: null_mut(),
    reader: null_mut(),
    read: 0,
    ended: 0,
});

/// The reader is parked, and there is something to read.
static READABLE: AtomicBool = AtomicBool::new(false);

impl Queue {
    fn has_something(&self) -> bool {
        !self.full[(self.read % 2) as usize].first.is_null() || self.ended == self.read
    }

    fn keep(&mut self, buf: *mut Buf) {
        if self.unused_len >= KEPT {
            // SAFETY: nobody uses the buffer any more.
            unsafe { memory::unmap(buf as usize, SIZE) };
            return;
        }
        // SAFETY: the buffer is ours.
        unsafe { (*buf).link = self.unused };
        self.unused = buf;
        self.unused_len += 1;
    }
}

/// A trace begins with this generation.
pub fn start(generation: u64) {
    let mut q = QUEUE.lock();
    q.read = generation;
    q.ended = generation - 1;
}

/// A buffer for a thread in the generation at work, its batch begun at `time`.
pub fn begin(thread: u64, time: u64) -> *mut Buf {
    begin_in(super::GENERATION.load(Relaxed), thread, time)
}

/// A buffer for a generation.
pub fn begin_in(generation: u64, thread: u64, time: u64) -> *mut Buf {
    let mut q = QUEUE.lock();
    let mut buf = q.unused;
    if !buf.is_null() {
        // SAFETY: unused buffers are linked.
        q.unused = unsafe { (*buf).link };
        q.unused_len -= 1;
    }
    drop(q);
    if buf.is_null() {
        let Some(p) = memory::map(0, SIZE) else { fatal::out_of_memory(SIZE) };
        buf = p as *mut Buf;
    }
    // SAFETY: the buffer is ours; any bytes make a valid one.
    let b = unsafe { &mut *buf };
    b.link = null_mut();
    b.len = 0;
    b.time = time;
    b.generation = generation;
    b.byte(EVENT_BATCH);
    b.varint(generation);
    b.varint(thread);
    b.varint(time);
    b.len += LENGTH;
    b.body = b.len;
    buf
}

/// Puts a buffer into the queue of its generation; an empty one is not used.
///
/// # Safety
/// The buffer is the caller's, who gives it up.
pub unsafe fn complete(buf: *mut Buf) {
    // SAFETY: passed on.
    let b = unsafe { &mut *buf };
    let mut q = QUEUE.lock();
    if b.len == b.body {
        q.keep(buf);
        return;
    }
    let mut n = b.len - b.body;
    for i in b.body - LENGTH..b.body {
        let more = if i + 1 < b.body { 0x80 } else { 0 };
        b.bytes[i] = n as u8 & 0x7f | more;
        n >>= 7;
    }
    let list = &mut q.full[(b.generation % 2) as usize];
    if list.first.is_null() {
        list.first = buf;
    } else {
        // SAFETY: queued buffers belong to the lock.
        unsafe { (*list.last).link = buf };
    }
    list.last = buf;
    if !q.reader.is_null() && q.has_something() {
        READABLE.store(true, Relaxed);
    }
}

/// Nothing will be added to a generation any more.
pub fn end(generation: u64) {
    let mut q = QUEUE.lock();
    q.ended = generation;
    if !q.reader.is_null() && q.has_something() {
        READABLE.store(true, Relaxed);
    }
}

/// Gives unused buffers back.
pub fn release() {
    let mut q = QUEUE.lock();
    while !q.unused.is_null() {
        let buf = q.unused;
        // SAFETY: unused buffers are the queue's.
        unsafe {
            q.unused = (*buf).link;
            memory::unmap(buf as usize, SIZE);
        }
    }
    q.unused_len = 0;
}

/// The reader, if it is parked and there is something to read: runnable, on no queue; else null.
///
/// # Safety
/// The calling thread has a P.
#[inline]
pub unsafe fn find_reader() -> *mut G {
    if !READABLE.load(Relaxed) {
        return null_mut();
    }
    // SAFETY: passed on.
    unsafe { take_reader() }
}

#[cold]
unsafe fn take_reader() -> *mut G {
    let g = {
        let mut q = QUEUE.lock();
        READABLE.store(false, Relaxed);
        core::mem::replace(&mut q.reader, null_mut())
    };
    if !g.is_null() {
        // SAFETY: the reader waited, and is ours now.
        unsafe {
            super::scheduler::go_unblock(g);
            (*g).set_status(WAITING, RUNNABLE);
        }
    }
    g
}

/// Commit of the reader's park.
unsafe extern "C" fn wait_commit(g: *mut G, _arg: usize) -> bool {
    let mut q = QUEUE.lock();
    if q.has_something() {
        return false;
    }
    q.reader = g;
    true
}

/// `traceread() (p uintptr, n int)`: the next batch, which stays where it is until the next call. Without one, n is -1 at the
/// end of a generation, and 0 if the caller is to try again.
unsafe extern "C" fn traceread() -> Pair {
    let mut q = QUEUE.lock();
    let old = core::mem::replace(&mut q.reading, null_mut());
    if !old.is_null() {
        q.keep(old);
    }
    let read = q.read;
    let list = &mut q.full[(read % 2) as usize];
    let buf = list.first;
    if !buf.is_null() {
        // SAFETY: queued buffers belong to the lock.
        unsafe {
            list.first = (*buf).link;
            q.reading = buf;
            return Pair((&raw const (*buf).bytes) as usize, (*buf).len);
        }
    }
    if q.ended == read {
        return Pair(0, usize::MAX);
    }
    drop(q);
    let g = m::curg();
    // SAFETY: the entry's own goroutine.
    unsafe {
        (*g).h.ret0 = 0;
        (*g).h.ret1 = 0;
        park(g, WaitReason::TraceReader as u8, Some(wait_commit), 0);
    }
    Pair(0, 0)
}

/// `tracereadnext()`: reading goes on with the next generation.
unsafe extern "C" fn tracereadnext() {
    QUEUE.lock().read += 1;
}

crate::g0_entry! {
    "runtime.traceread" => traceread,
    "runtime.tracereadnext" => tracereadnext,
}

const _: () = assert!(size_of::<Buf>() == SIZE && ROOM > 2 * VARINT);

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(bytes: &[u8], at: &mut usize) -> u64 {
        let (mut v, mut shift) = (0, 0);
        loop {
            let b = bytes[*at];
            *at += 1;
            v |= ((b & 0x7f) as u64) << shift;
            shift += 7;
            if b < 0x80 {
                return v;
            }
        }
    }

    #[test]
    fn a_batch_is_complete_and_says_how_long_it_is() {
        let _lock = crate::sched::start::init_for_tests();
        start(5);
        let buf = begin_in(5, 77, 1000);
        // SAFETY: the buffer is the test's until it is complete; what is read stays until the next read.
        unsafe {
            (*buf).byte(9);
            (*buf).varint(300);
            complete(buf);
            let Pair(p, n) = traceread();
            let bytes = core::slice::from_raw_parts(p as *const u8, n);
            let mut at = 1;
            assert_eq!(bytes[0], EVENT_BATCH);
            let head: [u64; 4] = core::array::from_fn(|_| varint(bytes, &mut at));
            assert_eq!(head, [5, 77, 1000, 3]);
            assert_eq!(bytes[at..], [9, 0xac, 2]);
            // An empty batch is left out.
            complete(begin_in(5, 1, 0));
            end(5);
            assert_eq!(traceread().1, usize::MAX);
            tracereadnext();
        }
        release();
    }
}
