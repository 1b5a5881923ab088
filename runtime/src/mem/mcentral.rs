//! Central lists: spans of one class that are in no P's cache.
//!
//! Each class has four lock-free lists ([`Stack`]): spans with free objects and full spans, each swept and not yet swept in
//! this cycle. When a cycle's marking ends, with the world stopped and all caches flushed, the swept lists become the
//! unswept ones: what each list means depends on the parity of the cycle ([`flip`]), and no span is touched.
//!
//! # Sweep generations
//!
//! The heap's generation grows when marking ends. A span's own ([`Generation`](super::shared::Generation)) says what has
//! become of it since: not swept, being swept, swept. New spans are swept, and so are all spans in caches.
//!
//! Who takes a span off an unswept list sweeps it, puts it on a swept list, hands it to a cache, or frees it. A span whose
//! mark bits or specials are needed before its turn has come is swept where it is ([`ensure_swept`]): it stays on the
//! unswept list, and whoever takes it off finds that done. Large objects are on the lists of class 0.
//!
//! # Who may do what in which phase
//!
//! Any P takes and gives back spans at any time. Spans are swept, and hence freed, only between the end of one cycle's
//! marking and the beginning of the next: the unswept lists are empty while a cycle marks (`gcbegin` checks
//! `UNSWEPT_SPANS`, which counts those that have not been taken off and dealt with). [`flip`] runs with the world stopped:
//! whoever holds a P sees one generation from beginning to end. The sweeper is on g0 and holds no lock: others wait for it
//! in a loop, which does not take long.
//!
//! # Orderings
//!
//! The lists hand spans over ([`super::lfstack`]). `GENERATION`, and the parity of the lists with it, changes while
//! the world is stopped: Relaxed. `SWEEP_CLASS` is a hint that lags behind. `UNSWEPT_SPANS` is counted down with
//! Release when a span has been dealt with; who finds 0 with Acquire ([`sweep::done`]) sees all spans swept.
//!
//! **Runs on** g0 of an M that holds a P. **May** map memory. Lock ranks: `mheap`.

use super::lfstack::{Link, Stack};
use super::span::{IN_USE, SPAN_CLASSES, Span, SpanClass};
use super::sweep;
use super::{mheap, shared, sizeclass};
use crate::trace::memory::Sweep;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Spans that an allocation sweeps in search of a free object before it takes fresh pages.
const SWEEP_BUDGET: usize = 100;

/// Spans of one class: with free objects and full, of the even generations; the same of the odd ones.
#[repr(align(64))]
struct Central {
    partial: [Stack; 2],
    full: [Stack; 2],
}

static CENTRAL: [Central; SPAN_CLASSES] =
    [const { Central { partial: [const { Stack::new() }; 2], full: [const { Stack::new() }; 2] } };
        SPAN_CLASSES];

/// The heap's generation. Changes only while the world is stopped.
static GENERATION: AtomicU32 = AtomicU32::new(shared::STEP);
/// Spans that have not been swept in this cycle, those being swept included.
pub static UNSWEPT_SPANS: AtomicUsize = AtomicUsize::new(0);
/// Classes below this have nothing left to sweep.
static SWEEP_CLASS: AtomicU32 = AtomicU32::new(0);

/// The heap's generation.
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Relaxed)
}

/// Which of two lists is that of swept spans.
fn swept() -> usize {
    (generation() / shared::STEP % 2) as usize
}

fn link<'a>(s: usize) -> &'a Link {
    // SAFETY: descriptors are never freed.
    unsafe { &(*(s as *const Span)).link }
}

fn pop(list: &Stack) -> *mut Span {
    list.pop(link) as *mut Span
}

impl Central {
    /// A span that waits for its sweep; those with free objects first.
    fn unswept(&self) -> *mut Span {
        let list = swept() ^ 1;
        let s = pop(&self.partial[list]);
        if s.is_null() { pop(&self.full[list]) } else { s }
    }
}

/// A span with at least one free object.
pub fn take(class: SpanClass) -> *mut Span {
    let central = &CENTRAL[class.0 as usize];
    let s = pop(&central.partial[swept()]);
    if !s.is_null() {
        return s;
    }
    let mut traced = Sweep::default();
    for _ in 0..SWEEP_BUDGET {
        let s = central.unswept();
        if s.is_null() {
            break;
        }
        traced.begin();
        // SAFETY: taken off an unswept list.
        unsafe {
            let before = (*s).allocated;
            ensure_swept(s);
            let freed = before.saturating_sub((*s).allocated) as usize * (*s).elem_size;
            traced.span((*s).pages * sizeclass::PAGE, freed);
            UNSWEPT_SPANS.fetch_sub(1, Release);
            if (*s).allocated < (*s).nelems {
                return s;
            }
            give_back(s);
        }
    }
    drop(traced);
    // Others may have put something there meanwhile.
    let s = pop(&central.partial[swept()]);
    if !s.is_null() {
        return s;
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
    // SAFETY: the span is the caller's, until it is on the list.
    unsafe {
        (*s).allocated = (*s).count_allocated();
        (*s).publish();
        let central = &CENTRAL[(*s).class.0 as usize];
        let lists = if (*s).allocated == (*s).nelems { &central.full } else { &central.partial };
        lists[swept()].push(s as usize, &(*s).link);
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
        let s = CENTRAL[class as usize].unswept();
        if s.is_null() {
            let _ = SWEEP_CLASS.compare_exchange(class, class + 1, Relaxed, Relaxed);
            continue;
        }
        // SAFETY: taken off an unswept list.
        unsafe {
            ensure_swept(s);
            let mut freed = 0;
            if (*s).allocated == 0 && (*s).specials.is_null() {
                freed = (*s).pages;
                mheap::free(s);
            } else {
                give_back(s);
            }
            UNSWEPT_SPANS.fetch_sub(1, Release);
            return Some(freed);
        }
    }
}

/// Returns when the span is swept (or free): the caller may then believe what its bits and specials say.
///
/// # Safety
/// `s` is a descriptor; no cycle marks, or the span was swept before.
pub unsafe fn ensure_swept(s: *mut Span) {
    let swept = generation();
    // SAFETY: descriptors are never freed. A span that is not swept is not freed before somebody has swept it, and it is
    // swept once.
    unsafe {
        if (*s).state.load(Acquire) == IN_USE {
            (*s).generation.ensure(swept, || sweep::sweep(s));
        }
    }
}

/// A cycle's marking has ended: all spans wait for their sweep.
///
/// # Safety
/// The world is stopped, all caches are flushed, and nothing is left to sweep of the last cycle.
pub unsafe fn flip() {
    debug_assert_eq!(UNSWEPT_SPANS.load(Relaxed), 0);
    debug_assert!(
        CENTRAL.iter().all(|c| c.partial[swept() ^ 1].is_empty() && c.full[swept() ^ 1].is_empty())
    );
    GENERATION.store(generation().wrapping_add(shared::STEP), Relaxed);
    SWEEP_CLASS.store(0, Relaxed);
    UNSWEPT_SPANS.store(mheap::SPANS.load(Relaxed), Relaxed);
}
