//! Central lists: spans of one class that are in no P's cache.
//!
//! Each class has four lists: spans with free objects and full spans, each swept and not yet swept in this cycle. When a
//! cycle's marking ends, with the world stopped and all caches flushed, the swept lists become the unswept ones: what
//! each list means depends on the parity of the cycle ([`flip`]), and no span is touched.
//!
//! Who takes a span off an unswept list owns it as its sweeper until the span is put on a swept list, handed to a cache
//! or freed. Large objects are on the lists of class 0.
//!
//! # Who may do what in which phase
//!
//! Any P takes and gives back spans at any time, under the class's lock. Spans are swept, and hence freed, only between the
//! end of one cycle's marking and the beginning of the next: the unswept lists are empty while a cycle marks (`gcbegin`
//! checks `UNSWEPT_SPANS`, which counts spans that are being swept). [`flip`] runs with the world stopped. A span in state
//! `SWEEPING` is on no list; others wait until its state changes ([`ensure_swept`]), which does not take long: the
//! sweeper is on g0 and holds no lock.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: `mcentral`, then `mheap`.

use super::span::{IN_USE, SPAN_CLASSES, SWEEPING, Span, SpanClass};
use super::sweep;
use super::{mheap, sizeclass};
use crate::lock::Lock;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Spans that an allocation sweeps in search of a free object before it takes fresh pages.
const SWEEP_BUDGET: usize = 100;

#[derive(Clone, Copy)]
struct Central {
    /// Partial and full of the even cycles, partial and full of the odd ones.
    lists: [*mut Span; 4],
}

static CENTRAL: [Lock<Central>; SPAN_CLASSES] =
    [const { Lock::new(Central { lists: [ptr::null_mut(); 4] }) }; SPAN_CLASSES];

/// 0 or 2: where the swept lists of this cycle begin. Changes only while the world is stopped.
static SWEPT_LISTS: AtomicUsize = AtomicUsize::new(0);
/// Spans that have not been swept in this cycle, those being swept included.
pub static UNSWEPT_SPANS: AtomicUsize = AtomicUsize::new(0);
/// Classes below this have nothing left to sweep.
static SWEEP_CLASS: AtomicU32 = AtomicU32::new(0);

impl Central {
    /// # Safety
    /// The span is on no list.
    unsafe fn push(&mut self, list: usize, s: *mut Span) {
        // SAFETY: listed spans are valid.
        unsafe {
            let first = self.lists[list];
            (*s).prev = ptr::null_mut();
            (*s).next = first;
            if !first.is_null() {
                (*first).prev = s;
            }
            (*s).list = list as u8 + 1;
            self.lists[list] = s;
        }
    }

    /// # Safety
    /// The span is on one of these lists.
    unsafe fn remove(&mut self, s: *mut Span) {
        // SAFETY: as above.
        unsafe {
            if (*s).prev.is_null() {
                self.lists[(*s).list as usize - 1] = (*s).next;
            } else {
                (*(*s).prev).next = (*s).next;
            }
            if !(*s).next.is_null() {
                (*(*s).next).prev = (*s).prev;
            }
            (*s).list = 0;
            (*s).next = ptr::null_mut();
            (*s).prev = ptr::null_mut();
        }
    }

    fn pop(&mut self, list: usize, state: u8) -> *mut Span {
        let s = self.lists[list];
        if !s.is_null() {
            // SAFETY: it is on the list.
            unsafe {
                self.remove(s);
                (*s).state.store(state, Relaxed);
            }
        }
        s
    }
}

/// A span with at least one free object.
pub fn take(class: SpanClass) -> *mut Span {
    let central = &CENTRAL[class.0 as usize];
    let swept = SWEPT_LISTS.load(Relaxed);
    for _ in 0..SWEEP_BUDGET {
        let s = {
            let mut c = central.lock();
            let s = c.pop(swept, IN_USE);
            if !s.is_null() {
                return s;
            }
            let s = c.pop(swept ^ 2, SWEEPING);
            if s.is_null() { c.pop((swept ^ 2) + 1, SWEEPING) } else { s }
        };
        if s.is_null() {
            break;
        }
        // SAFETY: taken off an unswept list.
        unsafe {
            sweep::sweep(s);
            UNSWEPT_SPANS.fetch_sub(1, Release);
            (*s).state.store(IN_USE, Release);
            if (*s).allocated < (*s).nelems {
                return s;
            }
            give_back(s);
        }
    }
    let pages = sizeclass::PAGES[class.class()] as usize;
    sweep::pay(pages);
    mheap::allocate(pages, class)
}

/// Puts a swept span that no cache uses on its list; `allocated` is brought up to date.
///
/// # Safety
/// The span belongs to the caller.
pub unsafe fn give_back(s: *mut Span) {
    // SAFETY: the span is the caller's.
    unsafe {
        (*s).allocated = (*s).count_allocated();
        (*s).publish();
        let full = (*s).allocated == (*s).nelems;
        let mut c = CENTRAL[(*s).class.0 as usize].lock();
        c.push(SWEPT_LISTS.load(Relaxed) + full as usize, s);
    }
}

/// Sweeps one span that waits for it. `None`: there is none left to take (others may still be at work); else the pages
/// that became free.
pub fn sweep_one() -> Option<usize> {
    loop {
        let class = SWEEP_CLASS.load(Relaxed);
        if class as usize >= SPAN_CLASSES {
            return None;
        }
        let unswept = SWEPT_LISTS.load(Relaxed) ^ 2;
        let s = {
            let mut c = CENTRAL[class as usize].lock();
            let s = c.pop(unswept, SWEEPING);
            if s.is_null() { c.pop(unswept + 1, SWEEPING) } else { s }
        };
        if s.is_null() {
            let _ = SWEEP_CLASS.compare_exchange(class, class + 1, Relaxed, Relaxed);
            continue;
        }
        // SAFETY: taken off an unswept list.
        return Some(unsafe { finish(s) });
    }
}

/// Sweeps a span that the caller took off its list, and frees it if it is empty. Gives the pages freed.
unsafe fn finish(s: *mut Span) -> usize {
    // SAFETY: passed on.
    unsafe {
        sweep::sweep(s);
        let mut freed = 0;
        if (*s).allocated == 0 && (*s).specials.is_null() {
            freed = (*s).pages;
            mheap::free(s);
        } else {
            (*s).state.store(IN_USE, Release);
            give_back(s);
        }
        UNSWEPT_SPANS.fetch_sub(1, Release);
        freed
    }
}

/// Returns when the span is swept (or free): the caller may then believe what its bits and specials say.
///
/// # Safety
/// `s` is a descriptor.
pub unsafe fn ensure_swept(s: *mut Span) {
    // SAFETY: descriptors are never freed; the class is compared again under the lock.
    unsafe {
        loop {
            match (*s).state.load(Acquire) {
                IN_USE => {}
                SWEEPING => {
                    core::hint::spin_loop();
                    continue;
                }
                _ => return,
            }
            let class = (*s).class;
            let mut c = CENTRAL[class.0 as usize].lock();
            if (*s).state.load(Relaxed) != IN_USE || (*s).class != class {
                continue;
            }
            let list = (*s).list as usize;
            // Which lists wait for their sweep is not written to each span.
            if list == 0 || (list - 1) & 2 == SWEPT_LISTS.load(Relaxed) {
                return;
            }
            c.remove(s);
            (*s).state.store(SWEEPING, Relaxed);
            drop(c);
            finish(s);
            return;
        }
    }
}

/// A cycle's marking has ended: all spans wait for their sweep.
///
/// # Safety
/// The world is stopped, all caches are flushed, and nothing is left to sweep of the last cycle.
pub unsafe fn flip() {
    debug_assert_eq!(UNSWEPT_SPANS.load(Relaxed), 0);
    SWEPT_LISTS.fetch_xor(2, Relaxed);
    SWEEP_CLASS.store(0, Relaxed);
    UNSWEPT_SPANS.store(mheap::SPANS.load(Relaxed), Relaxed);
}
