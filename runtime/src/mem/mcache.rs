//! A P's cache: one span per class, and the tiny block.
//!
//! Tiny objects (below 16 bytes, without pointers) share 16-byte blocks.
//!
//! The allocation stubs of [`crate::arch`] take objects out of cached spans by themselves; what they cannot do comes
//! here. Hence nothing is counted per allocation: a span's objects are counted when it leaves the cache, and as live
//! heap when it enters.
//!
//! # Orderings
//!
//! A cache is its P's. Counters of the pacer are Relaxed. Free objects are marked (SeqCst) before the first of them
//! is handed out, behind a fence ([`super::malloc`]): a marker that has a pointer to an object made of one finds it
//! marked.
//!
//! **Runs on** g0, owned by the M that holds the P, or with the world stopped.

use super::gc::{self, pace};
use super::mcentral;
use super::span::{SPAN_CLASSES, Span, SpanClass};
use crate::prof::heap::{self, Sampler};
use crate::sched::m;
use crate::trace;

use core::sync::atomic::Ordering::Relaxed;

/// A span without objects, which empty places of caches hold so that the fast path needs no test for null.
struct Empty(core::cell::UnsafeCell<Span>);

// SAFETY: nobody writes to it: it has no free object, and `refill` tells it by its address.
unsafe impl Sync for Empty {}

// SAFETY: a zeroed descriptor is valid.
static EMPTY: Empty = Empty(core::cell::UnsafeCell::new(unsafe { core::mem::zeroed() }));

/// Address of the empty span.
#[inline]
pub const fn empty() -> *mut Span {
    EMPTY.0.get()
}

/// What is allocated from the span from now on is black: it counts as marked, until the span leaves the cache.
///
/// # Safety
/// The span is in a cache, or about to be, of a P that the caller owns; a collection marks.
pub unsafe fn blacken(s: *mut Span) {
    // SAFETY: passed on.
    unsafe {
        let w = &mut (*m::p()).gcw;
        w.marked = w.marked.wrapping_add((*s).blacken_free() * (*s).elem_size);
    }
}

/// A P's cache.
#[repr(C)]
pub struct MCache {
    pub spans: [*mut Span; SPAN_CLASSES],
    /// Current tiny block, 0 if there is none.
    pub tiny: usize,
    /// Used bytes of the tiny block.
    pub tiny_used: usize,
    /// Objects allocated, those in cached spans excluded.
    pub mallocs: u64,
    /// Tiny objects that shared a block.
    pub tiny_mallocs: u64,
    /// Bytes allocated, those in cached spans excluded.
    pub bytes: u64,
    /// Objects and bytes freed by sweeping.
    pub frees: u64,
    pub freed_bytes: u64,
    /// Objects allocated and freed by size class.
    pub by_class: [(u64, u64); super::sizeclass::COUNT],
    /// Allocations until the next collection of stress mode.
    pub until_stress: u32,
    /// Which objects the memory profile samples.
    pub sampler: Sampler,
}

impl MCache {
    /// An empty cache.
    pub const fn new() -> MCache {
        MCache {
            spans: [empty(); SPAN_CLASSES],
            tiny: 0,
            tiny_used: 0,
            mallocs: 0,
            tiny_mallocs: 0,
            bytes: 0,
            frees: 0,
            freed_bytes: 0,
            by_class: [(0, 0); super::sizeclass::COUNT],
            until_stress: 0,
            sampler: Sampler::new(),
        }
    }

    /// A free object of the class, and its span.
    #[inline]
    pub fn next_free(&mut self, class: SpanClass) -> (usize, *mut Span) {
        if self.sampler.on() || self.sampler.stale() {
            return self.next_free_sampled(class);
        }
        self.next_free_plain(class)
    }

    /// The same while the memory profile is on.
    #[cold]
    fn next_free_sampled(&mut self, class: SpanClass) -> (usize, *mut Span) {
        let i = class.0 as usize;
        // SAFETY: cached spans are this P's.
        unsafe {
            if self.sampler.stale() {
                self.resample();
            }
            if self.spans[i] != empty() {
                if self.sampler.on() {
                    self.sampler.count(i, self.spans[i]);
                }
                (*self.spans[i]).release_held();
            }
            let (p, s) = self.next_free_plain(class);
            if self.sampler.on() {
                let sampled = self.sampler.take(i, (*s).elem_size);
                self.sampler.limit(i, s);
                if sampled {
                    heap::allocated(s, p);
                }
            }
            (p, s)
        }
    }

    /// The profile's rate has changed.
    fn resample(&mut self) {
        self.sampler.adopt();
        for (i, &s) in self.spans.iter().enumerate() {
            if s != empty() {
                // SAFETY: cached spans are this P's.
                unsafe {
                    (*s).release_held();
                    if self.sampler.on() {
                        self.sampler.limit(i, s);
                    }
                }
            }
        }
    }

    /// Samples a large object.
    ///
    /// # Safety
    /// The span is new.
    pub unsafe fn sample_large(&mut self, s: *mut Span) {
        if self.sampler.stale() {
            self.resample();
        }
        // SAFETY: passed on.
        unsafe {
            if self.sampler.on() && self.sampler.take((*s).class.0 as usize, (*s).elem_size) {
                heap::allocated(s, (*s).base);
            }
        }
    }

    #[inline]
    fn next_free_plain(&mut self, class: SpanClass) -> (usize, *mut Span) {
        let s = self.spans[class.0 as usize];
        // SAFETY: cached spans are this P's; the empty one is not written to.
        if let Some(p) = unsafe { (*s).next_free_fast() } {
            return (p, s);
        }
        self.refill(class)
    }

    #[cold]
    fn refill(&mut self, class: SpanClass) -> (usize, *mut Span) {
        loop {
            let s = self.spans[class.0 as usize];
            // SAFETY: cached spans are this P's.
            unsafe {
                if s != empty() {
                    if let Some(p) = (*s).next_free() {
                        return (p, s);
                    }
                    self.detach(class.0 as usize);
                }
                let s = mcentral::take(class);
                (*s).allocated = (*s).count_allocated();
                let bytes = ((*s).nelems - (*s).allocated) as usize * (*s).elem_size;
                pace::HEAP_LIVE.fetch_add(bytes, Relaxed);
                if trace::on() {
                    trace::memory::heap_alloc();
                }
                if gc::marking() {
                    blacken(s);
                    gc::assist::charge(bytes);
                } else if !class.noscan() {
                    pace::HEAP_SCAN.fetch_add(bytes, Relaxed);
                }
                self.spans[class.0 as usize] = s;
                self.sampler.cached(class.0 as usize, s);
            }
        }
    }

    /// Counts what was allocated in a cached span and gives it back.
    ///
    /// # Safety
    /// The place holds a span.
    unsafe fn detach(&mut self, i: usize) {
        // SAFETY: passed on.
        unsafe {
            let s = self.spans[i];
            if self.sampler.on() {
                self.sampler.count(i, s);
                (*s).release_held();
            }
            let n = (*s).count_allocated();
            let free = ((*s).nelems - n) as usize * (*s).elem_size;
            if gc::marking() {
                let w = &mut (*m::p()).gcw;
                w.marked = w.marked.wrapping_sub((*s).whiten_free() * (*s).elem_size);
            } else if !(*s).class.noscan() {
                pace::HEAP_SCAN.fetch_sub(free, Relaxed);
            }
            let new = (n - (*s).allocated) as u64;
            self.mallocs += new;
            self.bytes += new * (*s).elem_size as u64;
            self.by_class[(*s).class.class()].0 += new;
            self.spans[i] = empty();
            pace::HEAP_LIVE.fetch_sub(free, Relaxed);
            mcentral::give_back(s);
        }
    }

    /// Gives all spans back.
    ///
    /// # Safety
    /// The caller owns the cache.
    pub unsafe fn flush(&mut self) {
        for i in 0..SPAN_CLASSES {
            if self.spans[i] != empty() {
                // SAFETY: the place holds a span of this cache.
                unsafe { self.detach(i) };
            }
        }
        self.tiny = 0;
        self.tiny_used = 0;
    }

    /// Counts a large object.
    pub fn count_large(&mut self, bytes: usize, noscan: bool) {
        self.mallocs += 1;
        self.bytes += bytes as u64;
        self.by_class[0].0 += 1;
        pace::HEAP_LIVE.fetch_add(bytes, Relaxed);
        if trace::on() {
            trace::memory::heap_alloc();
        }
        if gc::marking() {
            gc::assist::charge(bytes);
        } else if !noscan {
            pace::HEAP_SCAN.fetch_add(bytes, Relaxed);
        }
    }

    /// Calls `f` with every cached span.
    pub fn for_each(&self, mut f: impl FnMut(*mut Span)) {
        for &s in &self.spans {
            if s != empty() {
                f(s);
            }
        }
    }

    /// Objects and bytes allocated, those in cached spans included.
    ///
    /// # Safety
    /// The caller owns the cache.
    pub unsafe fn totals(&self) -> (u64, u64) {
        let (mut objects, mut bytes) = (self.mallocs, self.bytes);
        self.for_each(|s| {
            // SAFETY: as above.
            unsafe {
                let new = ((*s).count_allocated() - (*s).allocated) as u64;
                objects += new;
                bytes += new * (*s).elem_size as u64;
            }
        });
        (objects, bytes)
    }
}

impl Default for MCache {
    fn default() -> Self {
        MCache::new()
    }
}
