//! The page heap: spans of pages out of arenas.
//!
//! Pages are taken first-fit from the arenas ([`super::pages`]); where there is no room, the heap grows by as many contiguous
//! arenas as the request needs. It begins at a random address. A span that the sweeper finds empty gives its pages back;
//! neighbouring free pages coalesce because an arena's free pages are a bitmap. Pages that have been in use keep their memory
//! until the scavenger returns it ([`scavenge`]).
//!
//! Small requests are served from the page cache of the P, without the lock ([`super::pagecache`]).
//!
//! Stacks are in spans too ([`allocate_stacks`]): their descriptors say that there are no objects.
//!
//! Descriptors of spans own their three bitmaps. Free ones are on lock-free lists by the size of these, since a bitmap cannot grow.
//!
//! # Who may do what in which phase
//!
//! Everything in [`Heap`] is under the `mheap` lock, and so are the arenas' bitmaps; the counters are atomic. Pages are taken
//! in any phase; [`free`] is called by sweepers only, [`free_stacks`] not while a cycle marks either: what a marker finds through
//! an arena's span pointers stays what it is.
//!
//! # Orderings
//!
//! * `state` and the arena's span pointers are stored with Release after the span's other fields, and loaded with
//!   Acquire: who finds a span by an address or in the list of all sees the fields of its present life. The
//!   allocating thread fences (`malloc::complete`) before it can store a pointer to the span's first object.
//! * The counters publish nothing: Relaxed. Two that are read together belong to different moments.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: `mheap`.

use super::arena::{self, ARENA, ARENA_PAGES};
use super::gc::pace;
use super::lfstack::Stack;
use super::mcentral;
use super::pagecache::{self, PageCache};
use super::pages::Pages;
use super::persistent::{self, Vector};
use super::sizeclass::{self, PAGE, PAGE_SHIFT};
use super::span::{self, BITMAP_BYTES, Span, SpanClass, bits_in_span};
use crate::lock::Lock;
use crate::os::memory;
use crate::panic::fatal;
use crate::random;
use crate::sched::m;
use crate::stack::alloc as stacks;
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicU64, AtomicUsize};

/// Orders of bitmap sizes: 1 to 16 words, for up to 1024 objects.
const ORDERS: usize = 5;

struct Heap {
    pages: Pages,
    /// Where the heap is to grow; 0: it is empty.
    hint: usize,
    spans: Vector<*mut Span>,
    /// Where the scavenger looks next: an arena, and a page in it below which it has not looked.
    scavenge_arena: usize,
    scavenge_page: usize,
}

static HEAP: Lock<Heap> = Lock::new(Heap {
    pages: Pages::new(),
    hint: 0,
    spans: Vector::new(),
    scavenge_arena: 0,
    scavenge_page: 0,
});

/// Free descriptors by the size of their bitmaps.
static FREE_SPANS: [Stack; ORDERS] = [const { Stack::new() }; ORDERS];

/// Bytes mapped for arenas.
pub static MAPPED: AtomicUsize = AtomicUsize::new(0);
/// Bytes of pages that have been in use at some time.
pub static TOUCHED: AtomicUsize = AtomicUsize::new(0);
/// Bytes in spans of objects.
pub static IN_USE: AtomicUsize = AtomicUsize::new(0);
/// Bytes of touched pages that have been returned to the kernel since.
pub static RELEASED: AtomicUsize = AtomicUsize::new(0);
/// Spans of objects.
pub static SPANS: AtomicUsize = AtomicUsize::new(0);
/// Bytes of spans freed by sweeping, ever.
pub static FREED: AtomicU64 = AtomicU64::new(0);

/// Bytes of pages that the heap retains. Pages are counted as returned after they are counted as used, and the two are read one
/// after the other: for a moment more may seem to have been returned.
pub fn retained() -> usize {
    TOUCHED.load(Relaxed).saturating_sub(RELEASED.load(Relaxed))
}

/// Where the heap begins: a multiple of an arena that cannot be foretold.
fn random_base() -> usize {
    let mut b = [0u8; 4];
    random::fill(&mut b);
    let r = u32::from_le_bytes(b) as usize;
    ((1 + r % 64) << 40) + (r >> 8 & 0x3fff) * ARENA
}

impl Heap {
    /// Pages for a span; whether all of them are known to be zero, and the bytes of those that have no memory, and of those of
    /// them that have never been in use.
    fn pages(&mut self, n: usize) -> (usize, bool, [usize; 2]) {
        let run = match self.pages.take(n) {
            Some(run) => run,
            None => {
                self.extend(n.div_ceil(ARENA_PAGES));
                match self.pages.take(n) {
                    Some(run) => run,
                    None => fatal::throw("the heap has grown and there is no room"),
                }
            }
        };
        TOUCHED.fetch_add(run.fresh * PAGE, Relaxed);
        RELEASED.fetch_sub((run.clean - run.fresh) * PAGE, Relaxed);
        (run.addr, run.clean == n, [run.clean, run.fresh].map(|n| n * PAGE))
    }

    /// Makes the heap larger by `count` arenas.
    fn extend(&mut self, count: usize) {
        let base = self.grow(count);
        for i in 0..count {
            // SAFETY: just mapped.
            unsafe { self.pages.add(arena::register(base + i * ARENA)) };
        }
    }

    /// Address space for `count` contiguous arenas.
    fn grow(&mut self, count: usize) -> usize {
        let len = count * ARENA;
        if self.hint == 0 {
            self.hint = random_base();
        }
        let p = match memory::map_counted(self.hint, len) {
            Some(p) if p % ARENA == 0 => p,
            other => {
                if let Some(p) = other {
                    // SAFETY: nothing has been told about the mapping.
                    unsafe { memory::unmap(p, len) };
                }
                let Some(p) = memory::map_counted(0, len + ARENA) else {
                    fatal::throw("runtime: out of memory")
                };
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
        MAPPED.fetch_add(len, Relaxed);
        p
    }

    /// The free pages of some word of an arena's bitmap, for a cache. Clean pages count as returned to the kernel until they
    /// are taken from the cache.
    fn word(&mut self) -> PageCache {
        loop {
            if let Some(w) = self.pages.take_word() {
                TOUCHED.fetch_add(w.fresh * PAGE, Relaxed);
                RELEASED.fetch_add(w.fresh * PAGE, Relaxed);
                return PageCache::filled(w.addr, w.free, w.clean);
            }
            self.extend(1);
        }
    }
}

/// A free descriptor whose bitmaps, zeroed, have `1 << order` words.
fn descriptor(order: usize) -> *mut Span {
    // SAFETY: descriptors are never freed; free ones own bitmaps of their order.
    unsafe {
        let s = FREE_SPANS[order].pop(|s| &(*(s as *const Span)).link) as *mut Span;
        if !s.is_null() {
            (*s).clear_bits();
            return s;
        }
        let s = persistent::alloc(size_of::<Span>(), 64) as *mut Span;
        (*s).adopt_bits(order, persistent::alloc(3 * (8 << order), 8) as *mut u64);
        HEAP.lock().spans.push(s);
        s
    }
}

/// Pages for a span; whether all of them are known to be zero.
fn pages(n: usize) -> (usize, bool) {
    if n <= pagecache::MAX {
        // SAFETY: this M owns its P.
        let cache = unsafe { &mut (*m::p()).pages };
        if cache.is_empty() {
            *cache = HEAP.lock().word();
        }
        if let Some(taken) = cache.take(n) {
            if taken.clean != 0 {
                RELEASED.fetch_sub(taken.clean * PAGE, Relaxed);
            }
            return (taken.addr, taken.clean == n);
        }
    }
    let (addr, zero, [clean, fresh]) = HEAP.lock().pages(n);
    if clean != 0 {
        make_up_for(clean, fresh);
    }
    (addr, zero)
}

/// The heap takes pages that have no memory, some of them for the first time: what is free and too small for such an
/// allocation goes back to the kernel instead, as far as the heap then retains more than it is expected to need. Pages that
/// have come and gone before may exceed that by half of it: big objects of changing sizes take and leave them again and
/// again, and each time costs faults. (Treated like the others, they make `appends` 12 % slower; with no bound, what is
/// retained depends on how much of the CPU cycles and scavenger get: `big_objects` beside four busy loops has up to 335 MB in 40
/// runs, and 265 like this.)
fn make_up_for(clean: usize, fresh: usize) {
    let Some(needed) = needed() else { return };
    let beyond = |limit: usize| retained_by_heap().saturating_sub(limit);
    let mut left = fresh.min(beyond(needed)).max(clean.min(beyond(needed + needed / 2)));
    while left > 0 {
        match scavenge() {
            0 => return,
            n => left = left.saturating_sub(n),
        }
    }
}

/// Gives the pages of a P's cache back.
///
/// # Safety
/// The world is stopped.
pub unsafe fn flush(cache: &mut PageCache) {
    if !cache.is_empty() {
        let (base, free, clean) = cache.empty();
        HEAP.lock().pages.put_word(base, free, clean);
    }
}

/// A span of `pages` pages for the class; `elem_size` is that of the class, or all bytes for class 0.
pub fn allocate(pages: usize, class: SpanClass) -> *mut Span {
    let bytes = pages * PAGE;
    let (elem_size, nelems) = match class.class() {
        0 => (bytes, 1),
        c => {
            let size = sizeclass::SIZES[c] as usize;
            let bits = if !class.noscan() && bits_in_span(size) { BITMAP_BYTES } else { 0 };
            (size, (bytes - bits) / size)
        }
    };
    let order = nelems.div_ceil(64).next_power_of_two().trailing_zeros() as usize;
    let (base, clean) = self::pages(pages);
    let s = descriptor(order);
    SPANS.fetch_add(1, Relaxed);
    IN_USE.fetch_add(bytes, Relaxed);
    // A limit on memory is kept by returning what is free.
    while pace::over_limit() && scavenge() != 0 {}
    // SAFETY: the descriptor is ours and free; markers ignore it until the arena says that the pages belong to it. Others
    // may look at its state and lock.
    unsafe {
        (*s).base = base;
        (*s).elem_size = elem_size;
        (*s).scan_index.set(0);
        (*s).nelems = nelems as u32;
        (*s).load_group(0);
        (*s).magic = if class.class() == 0 { 0 } else { sizeclass::magic(elem_size) };
        (*s).class = class;
        (*s).needzero = !clean;
        (*s).allocated = 0;
        (*s).pages = pages;
        (*s).large_type = ptr::null();
        (*s).generation.set(mcentral::generation());
        debug_assert!((*s).specials.is_null() && (*s).bits_order == order as u8);
        (*s).state.store(span::IN_USE, Release);
        // Zeros are written, too, where the kernel has not given memory yet: who changes bits reads them first, and so does a
        // barrier with a word of a new object. A page that is read first faults twice, the second time for a copy.
        if !class.noscan() && class.class() != 0 && bits_in_span(elem_size) {
            ptr::write_bytes((base + bytes - BITMAP_BYTES) as *mut u8, 0, BITMAP_BYTES);
            if clean {
                (base as *mut usize).write_volatile(0);
            }
        }
        set_spans(base, pages, s);
    }
    s
}

/// Says that pages belong to a span (null: to none).
///
/// # Safety
/// The caller owns the pages.
unsafe fn set_spans(base: usize, pages: usize, s: *mut Span) {
    let mut p = base;
    while p < base + pages * PAGE {
        // SAFETY: the arena exists since the pages do.
        unsafe {
            let a = arena::arena_of(p);
            let first = (p & (ARENA - 1)) >> PAGE_SHIFT;
            let n = ((base + pages * PAGE - p) >> PAGE_SHIFT).min(ARENA_PAGES - first);
            for slot in &(&(*a).spans)[first..first + n] {
                slot.store(s, Release);
            }
            p += n * PAGE;
        }
    }
}

/// Frees a span: its pages and its descriptor.
///
/// # Safety
/// The caller owns the span, which is on no list and has no specials; no live object is in it.
pub unsafe fn free(s: *mut Span) {
    // SAFETY: as the caller promises.
    unsafe {
        IN_USE.fetch_sub((*s).bytes(), Relaxed);
        SPANS.fetch_sub(1, Relaxed);
        FREED.fetch_add((*s).bytes() as u64, Relaxed);
        give_back(s);
    }
}

/// A span of `pages` pages for stacks.
pub fn allocate_stacks(pages: usize) -> *mut Span {
    let (base, _) = self::pages(pages);
    let s = descriptor(0);
    // SAFETY: as for `allocate`.
    unsafe {
        (*s).base = base;
        (*s).elem_size = pages * PAGE;
        (*s).cache = 0;
        (*s).held = 0;
        (*s).group = 0;
        (*s).scan_index.set(0);
        (*s).nelems = 0;
        (*s).class = SpanClass::new(0, true);
        (*s).allocated = 0;
        (*s).pages = pages;
        (*s).large_type = ptr::null();
        debug_assert!((*s).specials.is_null());
        (*s).state.store(span::STACKS, Release);
        set_spans(base, pages, s);
    }
    s
}

/// The span of a stack.
///
/// # Safety
/// The address is in one.
pub unsafe fn stacks_of(p: usize) -> *mut Span {
    let s = arena::span_of(p);
    // SAFETY: descriptors are never freed.
    if s.is_null() || unsafe { (*s).state.load(Relaxed) } != span::STACKS {
        fatal::throw("a stack is not in a span of stacks");
    }
    s
}

/// Frees a span of stacks.
///
/// # Safety
/// The caller owns the span, which is on no list; no stack in it is used; no cycle marks.
pub unsafe fn free_stacks(s: *mut Span) {
    // SAFETY: passed on.
    unsafe { give_back(s) };
}

/// Gives a span's pages and its descriptor back.
///
/// # Safety
/// As [`free`].
unsafe fn give_back(s: *mut Span) {
    // SAFETY: as the caller promises.
    unsafe {
        let (base, pages) = ((*s).base, (*s).pages);
        set_spans(base, pages, ptr::null_mut());
        (*s).state.store(span::FREE, Release);
        HEAP.lock().pages.free(base, pages);
        FREE_SPANS[(*s).bits_order as usize].push(s as usize, &(*s).link);
    }
}

/// Calls `f` for every span that holds objects.
pub fn for_each_span(mut f: impl FnMut(*mut Span)) {
    let n = HEAP.lock().spans.len();
    for i in 0..n {
        let s = HEAP.lock().spans.as_slice()[i];
        // Acquiring: the span's other fields are those of its present life.
        // SAFETY: descriptors are never freed.
        if unsafe { (*s).state.load(Acquire) } == span::IN_USE {
            f(s);
        }
    }
}

/// Pages that one step of the scavenger returns at most.
const SCAVENGE_PAGES: usize = 32;

/// Returns up to [`SCAVENGE_PAGES`] free pages to the kernel, the highest ones of each arena first. Gives the number
/// of bytes; 0 when all arenas have been looked at once without finding any.
pub fn scavenge() -> usize {
    let mut heap = HEAP.lock();
    let mut looked = 0;
    while looked <= heap.pages.arenas().len() {
        let count = heap.pages.arenas().len();
        if count == 0 {
            return 0;
        }
        if heap.scavenge_page == 0 {
            heap.scavenge_arena = if heap.scavenge_arena == 0 { count - 1 } else { heap.scavenge_arena - 1 };
            heap.scavenge_page = ARENA_PAGES;
            looked += 1;
        }
        let a = heap.pages.arenas()[heap.scavenge_arena];
        let below = heap.scavenge_page;
        if a.is_null() {
            heap.scavenge_page = 0;
            continue;
        }
        // SAFETY: the arena is in the list.
        let found = unsafe { heap.pages.take_dirty(a, below, SCAVENGE_PAGES) };
        let Some((first, n)) = found else {
            heap.scavenge_page = 0;
            continue;
        };
        heap.scavenge_page = first;
        drop(heap);
        // SAFETY: the pages are marked as used and belong to no span: nobody touches them.
        unsafe { memory::discard((*a).base + (first << PAGE_SHIFT), n << PAGE_SHIFT) };
        // SAFETY: as above.
        unsafe { HEAP.lock().pages.put_clean(a, first, n) };
        RELEASED.fetch_add(n * PAGE, Relaxed);
        return n * PAGE;
    }
    0
}

/// `gcscavenge() uintptr`: one step of the scavenger.
unsafe extern "C" fn gcscavenge() -> usize {
    scavenge()
}

/// Bytes that the heap retains, without those of stacks.
fn retained_by_heap() -> usize {
    retained().saturating_sub(stacks::MAPPED.load(Relaxed))
}

/// Bytes that the heap will need when it has grown to its goal, and a tenth of it; `None` if it has no goal.
fn needed() -> Option<usize> {
    let in_use = IN_USE.load(Relaxed);
    let live = pace::HEAP_LIVE.load(Relaxed).max(1);
    let goal = pace::GOAL.load(Relaxed);
    if goal == usize::MAX {
        return None;
    }
    // Spans hold more than objects; the proportion is expected to stay.
    let want = goal as u128 * (in_use as u128).max(live as u128) / live as u128;
    // There is no more than 2^47 bytes; with half of it more the sum stays a number.
    Some((want + want / 10).max(in_use as u128 + (1 << 20)).min(1 << 62) as usize)
}

/// `gcscavengedue() bool`: whether more memory is retained than the heap is expected to need.
unsafe extern "C" fn gcscavengedue() -> usize {
    needed().is_some_and(|n| retained_by_heap() > n) as usize
}

crate::g0_entry! {
    "runtime.gcscavenge" => gcscavenge,
    "runtime.gcscavengedue" => gcscavengedue,
}
