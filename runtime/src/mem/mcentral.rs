//! Central lists: spans of one class that are in no P's cache.
//!
//! Until there is a collector, a span that leaves a cache is full for ever and a fresh one comes from the page heap;
//! partially free spans appear when caches are flushed.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: `mcentral`, then `mheap`.

use super::mheap;
use super::sizeclass;
use super::span::{SPAN_CLASSES, Span, SpanClass};
use crate::lock::Lock;
use core::ptr;

struct Central {
    /// Spans with free objects.
    partial: *mut Span,
}

static CENTRAL: [Lock<Central>; SPAN_CLASSES] =
    [const { Lock::new(Central { partial: ptr::null_mut() }) }; SPAN_CLASSES];

/// A span with at least one free object.
pub fn take(class: SpanClass) -> *mut Span {
    {
        let mut c = CENTRAL[class.0 as usize].lock();
        let s = c.partial;
        if !s.is_null() {
            // SAFETY: listed spans belong to the list.
            unsafe {
                c.partial = (*s).next;
                (*s).next = ptr::null_mut();
            }
            return s;
        }
    }
    mheap::allocate(sizeclass::PAGES[class.class()] as usize, class)
}

/// Gives a span back that a cache no longer uses.
///
/// # Safety
/// The span belongs to the caller.
pub unsafe fn give_back(s: *mut Span) {
    // SAFETY: the span is the caller's.
    unsafe {
        if (*s).free_index < (*s).nelems {
            let mut c = CENTRAL[(*s).class.0 as usize].lock();
            (*s).next = c.partial;
            c.partial = s;
        }
    }
}
