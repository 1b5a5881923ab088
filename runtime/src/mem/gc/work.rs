//! Grey objects: buffers of addresses.
//!
//! An address on a buffer is that of an object (or of an oblet of a large one) that is marked and whose pointers have not
//! been looked at. Each P has two buffers: it adds to and takes from `cur`, and swaps it with `prev` when it is full or
//! empty, so that a P at the boundary does not go to the shared lists each time. Full and empty buffers are shared through
//! two lock-free lists.
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

/// # Safety
/// The buffer is the caller's; it is empty or not as its list says.
unsafe fn put_buffer(b: *mut Buffer) {
    // SAFETY: passed on.
    unsafe {
        let list = if (*b).len == 0 { &EMPTY } else { &FULL };
        list.push(b as usize, &(*b).link);
    }
}

fn full_buffer() -> *mut Buffer {
    FULL.pop(link) as *mut Buffer
}

/// Whether the shared list has work.
#[inline]
pub fn shared() -> bool {
    !FULL.is_empty()
}

/// A P's part of the marking.
pub struct GcWork {
    cur: *mut Buffer,
    prev: *mut Buffer,
    /// Bytes of objects marked in this cycle.
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
                put_buffer(self.cur);
                self.cur = null_mut();
            }
        }
        if self.cur.is_null() {
            self.cur = empty_buffer();
        }
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
            unsafe { put_buffer(self.cur) };
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
                put_buffer(self.prev);
                self.prev = null_mut();
                return true;
            }
            // Half of a buffer is worth the trouble.
            if !self.cur.is_null() && (*self.cur).len > SPLIT {
                let (from, to) = (&mut *self.cur, empty_buffer());
                let n = from.len / 2;
                // The older half: what lies deep in the buffer leads to more.
                (&mut (*to).items)[..n].copy_from_slice(&from.items[..n]);
                from.items.copy_within(n..from.len, 0);
                from.len -= n;
                (*to).len = n;
                put_buffer(to);
                return true;
            }
        }
        false
    }

    /// Whether the P has no work of its own.
    pub fn is_empty(&self) -> bool {
        // SAFETY: as above.
        unsafe {
            (self.cur.is_null() || (*self.cur).len == 0) && (self.prev.is_null() || (*self.prev).len == 0)
        }
    }

    /// Gives all buffers away.
    pub fn dispose(&mut self) {
        for b in [&mut self.cur, &mut self.prev] {
            if !b.is_null() {
                // SAFETY: as above.
                unsafe { put_buffer(*b) };
                *b = null_mut();
            }
        }
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

    #[test]
    fn nothing_is_lost_between_two_holders() {
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
