//! A P's cache: one span per class, and the tiny block.
//!
//! Tiny objects (below 16 bytes, without pointers) share 16-byte blocks.
//!
//! **Runs on** g0, owned by the M that holds the P.

use super::mcentral;
use super::span::{SPAN_CLASSES, Span, SpanClass};
use core::ptr;

/// A P's cache.
pub struct MCache {
    pub spans: [*mut Span; SPAN_CLASSES],
    /// Current tiny block, 0 if there is none.
    pub tiny: usize,
    /// Used bytes of the tiny block.
    pub tiny_used: usize,
    /// Objects allocated.
    pub mallocs: u64,
    /// Tiny objects that shared a block.
    pub tiny_mallocs: u64,
    /// Bytes allocated.
    pub bytes: u64,
    /// Allocations until the next `checkroots`.
    pub until_check: u32,
}

impl MCache {
    /// An empty cache.
    pub const fn new() -> MCache {
        MCache {
            spans: [ptr::null_mut(); SPAN_CLASSES],
            tiny: 0,
            tiny_used: 0,
            mallocs: 0,
            tiny_mallocs: 0,
            bytes: 0,
            until_check: 0,
        }
    }

    /// A free object of the class, and its span.
    #[inline]
    pub fn next_free(&mut self, class: SpanClass) -> (usize, *mut Span) {
        let s = self.spans[class.0 as usize];
        if !s.is_null() {
            // SAFETY: cached spans are this P's.
            if let Some(p) = unsafe { (*s).next_free_fast() } {
                return (p, s);
            }
        }
        self.refill(class)
    }

    #[cold]
    fn refill(&mut self, class: SpanClass) -> (usize, *mut Span) {
        loop {
            let s = self.spans[class.0 as usize];
            if !s.is_null() {
                // SAFETY: cached spans are this P's.
                unsafe {
                    if let Some(p) = (*s).next_free() {
                        return (p, s);
                    }
                    mcentral::give_back(s);
                }
            }
            self.spans[class.0 as usize] = mcentral::take(class);
        }
    }
}

impl Default for MCache {
    fn default() -> Self {
        MCache::new()
    }
}
