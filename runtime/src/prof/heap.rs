//! The memory profile: a sample of allocations, one for every `runtime.MemProfileRate` bytes on average.
//!
//! # Which allocations
//!
//! Samples are a Poisson process on the bytes allocated. That of all bytes is the sum of those of the size classes, so
//! that each class of a P's cache counts by itself ([`Sampler`]): how many bytes there are until the next sample,
//! exponentially distributed. The allocation stubs know nothing of it. They take objects out of the 64 bits of
//! `Span::cache`; when the next sample lies within these, the bits from there on are taken away ([`Sampler::limit`]), so
//! that the sampled object is allocated by the slow path, which puts them back first ([`Span::reload_cache`]).
//!
//! Nothing of this happens in programs that cannot read the profile: there `runtime.memProfileInternal` does not exist.
//!
//! # What is published
//!
//! Frees are known when a span is swept, allocations at once. So that a profile shows both as of the same moment, both
//! are counted for a collection of the future: allocations from the middle of cycle C are published with frees that the
//! sweep after the end of cycle C + 1 finds. `active` is what is published; `future[i % 3]` belongs to cycle i.
//!
//! A sampled object has a special that refers to its bucket.
//!
//! # Orderings
//!
//! `CYCLE` changes while the world is stopped, the rate is a number by itself: Relaxed. Buckets are under their lock.
//!
//! **Runs on** g0. Lock ranks: a span's `special_lock`, the table of buckets.

use super::buckets::{self, Bucket, Counts, Kind, Skip};
use crate::mem::span::{SPAN_CLASSES, Span};
use crate::mem::special;
use crate::sched::m;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

#[cfg(grus_archive)]
mod image {
    use core::arch::global_asm;
    use core::sync::atomic::{AtomicIsize, Ordering::Relaxed};

    global_asm!(
        ".pushsection .data.grus.memprofile,\"aw\",@progbits",
        ".balign 8",
        ".weak \"runtime.memProfileInternal\"",
        ".globl grus_mem_profile",
        "grus_mem_profile:",
        ".quad \"runtime.memProfileInternal\"",
        ".weak \"runtime.MemProfileRate\"",
        ".globl grus_mem_profile_rate",
        "grus_mem_profile_rate:",
        ".quad \"runtime.MemProfileRate\"",
        ".popsection",
    );

    unsafe extern "C" {
        #[link_name = "grus_mem_profile"]
        static READER: usize;
        #[link_name = "grus_mem_profile_rate"]
        static RATE: *const AtomicIsize;
    }

    /// Mean bytes between samples; 0: none.
    #[inline]
    pub fn rate() -> isize {
        // SAFETY: both are words of the image; the second is the address of a variable, if there is one.
        unsafe { if READER == 0 { 0 } else { RATE.as_ref().map_or(0, |r| r.load(Relaxed).max(0)) } }
    }
}

#[cfg(not(grus_archive))]
mod image {
    use core::sync::atomic::{AtomicIsize, Ordering::Relaxed};

    pub static RATE: AtomicIsize = AtomicIsize::new(0);

    pub fn rate() -> isize {
        RATE.load(Relaxed)
    }
}

pub use image::rate;

/// Collections that have ended.
static CYCLE: AtomicU32 = AtomicU32::new(0);

/// Which allocations of a P's cache are sampled. Belongs to the owner of the P.
pub struct Sampler {
    /// The rate that `left` was chosen for; 0: nothing is sampled, and no span's cache has bits taken away.
    rate: isize,
    /// Bytes until the next sample of the class, as of `from`.
    left: [i64; SPAN_CLASSES],
    /// Value of the cached span's free index up to which objects have been counted.
    from: [u32; SPAN_CLASSES],
    /// Samples taken.
    pub samples: u64,
}

impl Sampler {
    /// Samples nothing.
    pub const fn new() -> Sampler {
        Sampler { rate: 0, left: [0; SPAN_CLASSES], from: [0; SPAN_CLASSES], samples: 0 }
    }

    /// Whether allocations have to be counted.
    #[inline]
    pub fn on(&self) -> bool {
        self.rate != 0
    }

    /// Whether the rate has changed.
    #[inline]
    pub fn stale(&self) -> bool {
        self.rate != rate()
    }

    /// Adopts the rate in effect. The caller then limits the cached spans.
    pub fn adopt(&mut self) {
        self.rate = rate();
        if self.rate != 0 {
            for left in &mut self.left {
                *left = distance(self.rate);
            }
        }
    }

    /// A span has come into the cache.
    ///
    /// # Safety
    /// The span is cached for this class.
    #[inline]
    pub unsafe fn cached(&mut self, class: usize, s: *mut Span) {
        // SAFETY: passed on.
        self.from[class] = unsafe { (*s).free_index() };
    }

    /// Counts what has been taken out of a cached span since it was looked at last.
    ///
    /// # Safety
    /// The span is cached for this class.
    pub unsafe fn count(&mut self, class: usize, s: *mut Span) {
        // SAFETY: passed on.
        unsafe {
            let taken = (*s).free_between(self.from[class], (*s).free_index());
            self.left[class] -= taken as i64 * (*s).elem_size as i64;
            self.from[class] = (*s).free_index();
        }
    }

    /// An object of the class has been taken by the slow path: says whether it is sampled.
    #[inline]
    pub fn take(&mut self, class: usize, size: usize) -> bool {
        self.left[class] -= size as i64;
        if self.left[class] >= 0 {
            return false;
        }
        self.left[class] = distance(self.rate);
        self.samples += 1;
        true
    }

    /// Lets the stubs take no more objects than there are before the next sample.
    ///
    /// # Safety
    /// The span is cached for this class, and its cache complete.
    pub unsafe fn limit(&mut self, class: usize, s: *mut Span) {
        // SAFETY: passed on.
        unsafe {
            self.from[class] = (*s).free_index();
            let n = self.left[class].max(0) as usize / (*s).elem_size;
            if n < 64 {
                (*s).hold_back(n);
            }
        }
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Sampler::new()
    }
}

/// Bytes until the next sample.
fn distance(rate: isize) -> i64 {
    if rate == 1 {
        return 0;
    }
    // SAFETY: the thread's own M.
    let bits = unsafe { (*m::current()).random.next_u64() };
    // In (0, 1].
    let x = ((bits >> 11) + 1) as f64 / (1u64 << 53) as f64;
    (-ln(x) * rate as f64) as i64 + 1
}

/// Natural logarithm of a positive normal number.
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    let m = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let t = (m - 1.0) / (m + 1.0);
    let t2 = t * t;
    // ln(m) = 2 artanh(t), with t < 1/3.
    let mut sum = 0.0;
    for k in (0..12).rev() {
        sum = sum * t2 + 1.0 / (2 * k + 1) as f64;
    }
    2.0 * t * sum + exponent as f64 * core::f64::consts::LN_2
}

/// Records the allocation of a sampled object.
///
/// # Safety
/// `p` is the start of an object that was just taken out of `s`, which belongs to the caller.
#[cold]
pub unsafe fn allocated(s: *mut Span, p: usize) {
    let g = m::curg();
    if g.is_null() {
        return;
    }
    // SAFETY: the goroutine is stopped in a native; buckets belong to the lock.
    unsafe {
        let b = {
            let mut table = buckets::lock();
            let b = table.find(Kind::Memory, g, Skip { runtime: false, frames: 0 }, (*s).elem_size);
            (*b).future[(CYCLE.load(Relaxed) + 2) as usize % 3].allocs += 1;
            b
        };
        special::attach_profile(s, p - (*s).base, b as usize);
    }
}

/// A sampled object has been freed.
///
/// # Safety
/// `bucket` is that of its special.
pub unsafe fn freed(bucket: usize) {
    let _table = buckets::lock();
    // SAFETY: passed on; buckets belong to the lock.
    unsafe { (*(bucket as *mut Bucket)).future[(CYCLE.load(Relaxed) + 1) as usize % 3].frees += 1 };
}

/// Marking has ended: what was counted for this collection may be published.
pub fn next_cycle() {
    CYCLE.fetch_add(1, Relaxed);
}

fn publish(b: &mut Bucket, i: usize) {
    let c = core::mem::take(&mut b.future[i]);
    b.active.allocs += c.allocs;
    b.active.frees += c.frees;
}

/// `memproflush(what, cycle int) int`: publishes what was counted for the last collection (0); for the next one, since the
/// sweep of collection `cycle` has ended, if that is the last one (1; else it has been published); everything, if nothing
/// has been published (2). Returns the number of the last collection.
unsafe extern "C" fn flush(what: usize, last: usize) -> usize {
    let mut table = buckets::lock();
    let cycle = CYCLE.load(Relaxed) as usize;
    if what < 2 {
        if what == 0 || last == cycle {
            table.for_each(Kind::Memory, |b| publish(b, (cycle + what) % 3));
        }
        return cycle;
    }
    let mut any = false;
    table.for_each(Kind::Memory, |b| {
        let Counts { allocs, frees } = b.active;
        any |= allocs != 0 || frees != 0;
    });
    if !any {
        table.for_each(Kind::Memory, |b| (0..3).for_each(|i| publish(b, i)));
    }
    cycle
}

crate::g0_entry! {
    "runtime.memproflush" => flush,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mem::{arena, malloc};

    #[test]
    fn logarithm() {
        for x in [1.0, 0.5, 0.3, 1e-9, 0.999_999, 1.0 / (1u64 << 53) as f64] {
            assert!((ln(x) - f64::ln(x)).abs() < 1e-6 * f64::ln(x).abs().max(1e-6), "{x}");
        }
    }

    #[test]
    fn samples_come_at_the_rate_and_no_object_is_lost() {
        let _lock = crate::sched::start::init_for_tests();
        image::RATE.store(4096, Relaxed);
        let mut seen = std::collections::HashSet::new();
        // SAFETY: the test owns the P.
        let (sampled, bytes) = unsafe {
            let p = m::p();
            let mut bytes = 0;
            for i in 0..60_000 {
                let size = [16, 48, 100, 512, 1000, 5000][i % 6];
                let q = malloc::allocate(size, core::ptr::null(), true);
                assert!(seen.insert(q), "handed out twice");
                let s = arena::span_of(q);
                assert!((*s).is_allocated((*s).index_of(q)));
                bytes += (*s).elem_size;
            }
            // Without a goroutine nothing is recorded, but it is counted.
            ((*p).mcache.sampler.samples as usize, bytes)
        };
        image::RATE.store(0, Relaxed);
        // SAFETY: as above.
        unsafe { malloc::allocate(16, core::ptr::null(), true) };
        let want = bytes / 4096;
        assert!(sampled > want / 2 && sampled < want * 2, "{sampled} of {want}");
    }
}
