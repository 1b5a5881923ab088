//! The page heap: spans of pages out of arenas.
//!
//! Pages are taken first-fit from the arenas in order of creation; where none has room, the heap grows by as many
//! contiguous arenas as the request needs. Fresh arenas are zero.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: `mheap`.

use super::arena::{self, ARENA, ARENA_PAGES, Arena};
use super::persistent::{self, Vector};
use super::sizeclass::{self, PAGE, PAGE_SHIFT};
use super::span::{BITMAP_BYTES, Span, SpanClass, bits_in_span};
use crate::lock::Lock;
use crate::os::memory;
use crate::panic::fatal;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Where the heap begins, as in gc: addresses that stand out in dumps.
const FIRST_HINT: usize = 0xc0_0000_0000;

struct Heap {
    arenas: Vector<*mut Arena>,
    hint: usize,
    /// Arenas below this index are full.
    first: usize,
    free_spans: *mut Span,
    spans: Vector<*mut Span>,
}

static HEAP: Lock<Heap> = Lock::new(Heap {
    arenas: Vector::new(),
    hint: FIRST_HINT,
    first: 0,
    free_spans: ptr::null_mut(),
    spans: Vector::new(),
});

/// Bytes mapped for arenas.
pub static MAPPED: AtomicUsize = AtomicUsize::new(0);
/// Bytes in spans.
pub static IN_USE: AtomicUsize = AtomicUsize::new(0);

impl Heap {
    /// Pages for a span; whether they are fresh (zero).
    fn pages(&mut self, n: usize) -> usize {
        if n <= ARENA_PAGES {
            for i in self.first..self.arenas.len() {
                let a = self.arenas.as_slice()[i];
                // SAFETY: arenas are never freed and this lock is held.
                let a = unsafe { &mut *a };
                if let Some(p) = a.take(n) {
                    return p;
                }
                if a.free_pages == 0 && i == self.first {
                    self.first += 1;
                }
            }
        }
        let count = n.div_ceil(ARENA_PAGES);
        let base = self.grow(count);
        let mut left = n;
        for i in 0..count {
            let a = arena::register(base + i * ARENA);
            // SAFETY: just registered, lock held.
            unsafe { (*a).set_used(0, left.min(ARENA_PAGES)) };
            left -= left.min(ARENA_PAGES);
            self.arenas.push(a);
        }
        base
    }

    /// Address space for `count` contiguous arenas.
    fn grow(&mut self, count: usize) -> usize {
        let len = count * ARENA;
        let p = match memory::map(self.hint, len) {
            Some(p) if p % ARENA == 0 => p,
            other => {
                if let Some(p) = other {
                    // SAFETY: nothing has been told about the mapping.
                    unsafe { memory::unmap(p, len) };
                }
                let Some(p) = memory::map(0, len + ARENA) else { fatal::out_of_memory(len) };
                let aligned = p.next_multiple_of(ARENA);
                // SAFETY: the parts before and behind the aligned range are unused.
                unsafe {
                    if aligned != p {
                        memory::unmap(p, aligned - p);
                    }
                    memory::unmap(aligned + len, p + ARENA - aligned);
                }
                aligned
            }
        };
        if p >> 47 != 0 {
            fatal::throw("heap address out of range");
        }
        self.hint = p + len;
        MAPPED.fetch_add(len, Ordering::Relaxed);
        p
    }

    fn descriptor(&mut self) -> *mut Span {
        let s = self.free_spans;
        if !s.is_null() {
            // SAFETY: free descriptors are linked.
            self.free_spans = unsafe { (*s).next };
            return s;
        }
        let s = persistent::alloc(size_of::<Span>(), 8) as *mut Span;
        self.spans.push(s);
        s
    }
}

/// A span of `pages` pages for the class; `elem_size` is that of the class, or all bytes for class 0.
pub fn allocate(pages: usize, class: SpanClass) -> *mut Span {
    let mut heap = HEAP.lock();
    let base = heap.pages(pages);
    let s = heap.descriptor();
    IN_USE.fetch_add(pages * PAGE, Ordering::Relaxed);
    let bytes = pages * PAGE;
    let (elem_size, nelems) = match class.class() {
        0 => (bytes, 1),
        c => {
            let size = sizeclass::SIZES[c] as usize;
            let bits = if !class.noscan() && bits_in_span(size) { BITMAP_BYTES } else { 0 };
            (size, (bytes - bits) / size)
        }
    };
    let words = nelems.div_ceil(64);
    // SAFETY: the descriptor is ours; its fields are plain data.
    unsafe {
        ptr::write(
            s,
            Span {
                base,
                pages,
                elem_size,
                magic: if class.class() == 0 { 0 } else { sizeclass::magic(elem_size) },
                nelems: nelems as u32,
                free_index: 0,
                class,
                needzero: false,
                in_use: true,
                cache: u64::MAX,
                alloc_bits: persistent::alloc(words * 8, 8) as *mut u64,
                mark_bits: ptr::null_mut(),
                large_type: ptr::null(),
                allocated: 0,
                next: ptr::null_mut(),
            },
        );
        for i in 0..pages {
            let p = base + (i << PAGE_SHIFT);
            let a = arena::arena_of(p);
            (&(*a).spans)[(p & (ARENA - 1)) >> PAGE_SHIFT].store(s, Ordering::Release);
        }
    }
    s
}

/// Calls `f` for every span that holds objects.
pub fn for_each_span(mut f: impl FnMut(*mut Span)) {
    let n = HEAP.lock().spans.len();
    for i in 0..n {
        let s = HEAP.lock().spans.as_slice()[i];
        // SAFETY: descriptors are never freed.
        if unsafe { (*s).in_use } {
            f(s);
        }
    }
}
