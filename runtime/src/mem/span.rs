//! A span: a run of pages divided into objects of one size, or one large object.
//!
//! # Allocation
//!
//! `alloc_bits` has one bit per object (1 = in use at the last sweep). Objects are handed out in groups of 64: `group` is
//! the first object of the current one, and `cache` has a bit for each of its objects that is still free. The next free
//! object is found by counting trailing zeros, and taken by clearing the lowest one. The memory profile holds bits back in
//! `held`, so that the allocation stubs come to the slow path in time. Objects below [`Span::free_index`] have been
//! handed out or were in use.
//!
//! # Who may touch what
//!
//! * `group`, `cache`, `held`, `alloc_bits`, the pointer bitmap at the end of the span: the owner, i.e. the P whose cache holds
//!   the span, or whoever took it off a list (of the central lists, of free descriptors).
//! * `scan_index`: written by the owner, read by markers. Objects below it have been handed out or were in use; it follows
//!   `free_index` when the span goes back on a list, and when marking begins. Markers read `alloc_bits` and the pointer
//!   bits of objects below `scan_index`; the owner changes only those of objects above.
//! * Free objects of a span in a cache are marked while a collection marks ([`Span::blacken_free`]): what is made of them is
//!   black from the beginning, and a stale pointer to one is a pointer to something that nobody scans.
//! * Mark bits: set atomically by anybody while a collection marks; read and replaced by the sweeper, which runs only
//!   when nobody marks.
//! * Scan bits (of spans whose objects are scanned together, see [`Span::is_batched`]): set by whoever is going to
//!   scan an object, or knows that nobody needs to; cleared by the sweeper. They are stored without regard to others who do
//!   the same: a bit that gets lost has the object scanned once more. `scan`: see [`super::shared::Scan`].
//! * `generation`: see [`super::mcentral`].
//! * `link`: whoever owns the span, see [`super::lfstack`]; `prev`: the lock of the pool of stacks.
//! * `state`: see its constants. A descriptor is never freed, so that a stale pointer to one may be followed.
//! * `specials`, `special_index`: under `special_lock`, which outlives the span's use: somebody may hold on to the
//!   descriptor of a span that has been freed.
//! * The others are written while the descriptor is nobody else's.
//!
//! # Bitmaps
//!
//! A descriptor owns `3 << bits_order` words: a word of in-use bits, one of mark bits, one of scan bits, and so on, so that a
//! marker finds all that it needs in one line. The sweeper makes mark bits in-use bits.
//!
//! # Orderings
//!
//! * `scan_index` is stored with Release and loaded with Acquire: pointer bits and contents of objects below it are
//!   complete.
//! * Mark bits: see [`super::shared`]. A load that only looks is Relaxed: a bit that is missed is found by the
//!   read-modify-write that sets it. Black marks of free objects come before the objects (`malloc`) or before
//!   `scan_index` covers them.
//! * `large_type`: Release and Acquire, since an object's words are not reached through it.
//! * `group` and `cache` are read by others in natives that are asked about live objects ([`super::shared::looked_at`]).
//!   What they are told about other objects is a hint.
//! * Everything else is ordered by who owns the span: lists, `state`, or the stop of the world.
//!
//! **Runs on** g0.

use super::lfstack::Link;
use super::shared::{
    Generation, Published, Scan, begin_group, looked_at, note_seen, set_bit, set_bit_alone, take_free,
};
use super::sizeclass::{self, PAGE};
use super::special::Special;
use crate::lock::RawLock;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicU64};

/// Classes are doubled: bit 0 says "no pointers".
pub const SPAN_CLASSES: usize = sizeclass::COUNT * 2;

/// Size class and whether objects have no pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanClass(pub u8);

impl SpanClass {
    /// Combines both.
    #[inline]
    pub fn new(class: u8, noscan: bool) -> SpanClass {
        SpanClass(class << 1 | noscan as u8)
    }

    /// The size class.
    #[inline]
    pub fn class(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether objects have no pointers.
    #[inline]
    pub fn noscan(self) -> bool {
        self.0 & 1 != 0
    }
}

/// The descriptor is unused; the pages belong to no span.
pub const FREE: u8 = 0;
/// Holds objects: in a P's cache, or on a central list.
pub const IN_USE: u8 = 1;
/// Holds stacks, and no objects: `nelems` is 0, so that whoever finds it by an address finds no object.
pub const STACKS: u8 = 2;

/// A span. The first 64 bytes are what allocation and marking use.
#[repr(C, align(64))]
pub struct Span {
    /// First address.
    pub base: usize,
    /// Size of an object.
    pub elem_size: usize,
    /// See the header.
    pub cache: u64,
    /// First object of the group that `cache` is about.
    pub group: u32,
    /// Number of objects.
    pub nelems: u32,
    /// `sizeclass::magic(elem_size)`.
    pub magic: u32,
    pub class: SpanClass,
    /// Whether free objects must be zeroed before use.
    pub needzero: bool,
    /// [`FREE`] and so on.
    pub state: AtomicU8,
    /// log2 of the words of each bitmap.
    pub bits_order: u8,
    /// In-use bits: every third word.
    alloc_bits: *mut u64,
    /// Mark bits: every third word.
    mark_bits: *mut AtomicU64,
    /// What of [`Span::free_index`] markers may rely on.
    pub scan_index: Published,
    /// Whether the span is to be scanned.
    pub scan: Scan,
    /// Scan bits: every third word.
    scan_bits: *mut AtomicU64,
    /// When the span was swept last.
    pub generation: Generation,
    /// Objects in use when the span was last swept, created or taken into a cache.
    pub allocated: u32,
    /// Pages.
    pub pages: usize,
    /// Type of a large object, null if it has no pointers.
    pub large_type: *const u8,
    /// Free objects of the group that are kept out of `cache`.
    pub held: u64,
    /// The next span on a central list, a list of stacks, or a list of free descriptors.
    pub link: Link,
    /// The previous span on a list of stacks.
    pub prev: *mut Span,
    /// What is attached to objects, by rising offset.
    pub specials: *mut Special,
    pub special_lock: RawLock,
    /// Position in the list of spans with specials plus one; 0: not on it.
    pub special_index: u32,
}

// SAFETY: see the header for who may touch which field.
unsafe impl Sync for Span {}

/// Bytes at the end of a one-page span of small scannable objects that hold its pointer bitmap.
pub const BITMAP_BYTES: usize = PAGE / 8 / 8;

/// Whether objects of this size have their pointer bits in the span.
#[inline]
pub const fn bits_in_span(elem_size: usize) -> bool {
    elem_size <= 512
}

impl Span {
    /// Bytes.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.pages * PAGE
    }

    /// Number of the object that contains an address of the span.
    #[inline]
    pub fn index_of(&self, p: usize) -> usize {
        // The magic number of large objects is 0.
        (((p - self.base) as u64).wrapping_mul(self.magic as u64) >> 32) as usize
    }

    /// Address of an object.
    #[inline]
    pub fn object(&self, i: usize) -> usize {
        self.base + i * self.elem_size
    }

    /// Words of each bitmap that are used.
    #[inline]
    pub fn bitmap_words(&self) -> usize {
        (self.nelems as usize).div_ceil(64)
    }

    /// Gives the descriptor its bitmaps.
    ///
    /// # Safety
    /// There are `3 << order` zeroed words, which nobody else uses.
    pub unsafe fn adopt_bits(&mut self, order: usize, words: *mut u64) {
        self.bits_order = order as u8;
        self.alloc_bits = words;
        // SAFETY: passed on.
        unsafe {
            self.mark_bits = words.add(1) as *mut AtomicU64;
            self.scan_bits = words.add(2) as *mut AtomicU64;
        }
    }

    /// Clears all bitmaps.
    ///
    /// # Safety
    /// The descriptor is free, and the caller's.
    pub unsafe fn clear_bits(&mut self) {
        let first = (self.alloc_bits as usize).min(self.mark_bits as usize) as *mut u64;
        // SAFETY: passed on.
        unsafe { core::ptr::write_bytes(first, 0, 3 << self.bits_order) };
    }

    /// Word `w` of the in-use bits.
    #[inline]
    fn alloc_word(&self, w: usize) -> u64 {
        // SAFETY: callers ask for words that are used.
        unsafe { *self.alloc_bits.add(3 * w) }
    }

    /// Word `w < bitmap_words()` of the mark bits.
    #[inline]
    pub fn mark_word(&self, w: usize) -> &AtomicU64 {
        // SAFETY: see above.
        unsafe { &*self.mark_bits.add(3 * w) }
    }

    /// Address of the mark bit of the object that contains an address; anything if there is none.
    #[inline]
    pub fn mark_address(&self, p: usize) -> usize {
        self.mark_bits.wrapping_add(self.index_of(p) / 64 * 3) as usize
    }

    /// Word `w < bitmap_words()` of the scan bits.
    #[inline]
    pub fn scan_word(&self, w: usize) -> &AtomicU64 {
        // SAFETY: see above.
        unsafe { &*self.scan_bits.add(3 * w) }
    }

    /// Sweeping: marked objects are in use, and nothing is marked.
    ///
    /// # Safety
    /// The caller is the span's sweeper, and nothing marks.
    pub unsafe fn marks_become_in_use(&mut self) {
        let old = self.alloc_bits;
        self.alloc_bits = self.mark_bits as *mut u64;
        self.mark_bits = old as *mut AtomicU64;
        let batched = self.is_batched();
        for w in 0..self.bitmap_words() {
            self.mark_word(w).store(0, Relaxed);
            if batched {
                self.scan_word(w).store(0, Relaxed);
            }
        }
        self.scan_index.set(0);
        self.load_group(0);
    }

    /// Whether marked objects are scanned all together when the span's turn comes: those with their pointer bits in the span.
    #[inline]
    pub fn is_batched(&self) -> bool {
        bits_in_span(self.elem_size) && !self.class.noscan()
    }

    /// The next object to look at: those below have been handed out or were in use. Another thread may be allocating in the
    /// span.
    #[inline]
    pub fn free_index(&self) -> u32 {
        // SAFETY: aligned words of this structure, which are only stored to as a whole.
        let held = unsafe { AtomicU64::from_ptr((&raw const self.held).cast_mut()) };
        looked_at(self.group(), self.cache(), held).min(self.nelems)
    }

    #[inline]
    fn group(&self) -> &AtomicU32 {
        // SAFETY: as above.
        unsafe { AtomicU32::from_ptr((&raw const self.group).cast_mut()) }
    }

    #[inline]
    fn cache(&self) -> &AtomicU64 {
        // SAFETY: as above.
        unsafe { AtomicU64::from_ptr((&raw const self.cache).cast_mut()) }
    }

    /// The next free object of the group.
    #[inline]
    pub fn next_free_fast(&mut self) -> Option<usize> {
        Some(self.object(take_free(self.group(), self.cache())? as usize))
    }

    /// The next free object, `None` if the span is full. Nothing is held back.
    pub fn next_free(&mut self) -> Option<usize> {
        debug_assert!(self.held == 0);
        loop {
            if let Some(p) = self.next_free_fast() {
                return Some(p);
            }
            if self.group + 64 >= self.nelems {
                return None;
            }
            self.load_group(self.group + 64);
        }
    }

    /// Makes the group that begins with an object, a multiple of 64, the current one.
    pub fn load_group(&mut self, first: u32) {
        let end = self.nelems - first;
        let exist = if end < 64 { (1 << end) - 1 } else { u64::MAX };
        self.held = 0;
        begin_group(self.group(), self.cache(), first, !self.alloc_word(first as usize / 64) & exist);
    }

    /// Keeps all but the first `n` free objects of the group back.
    pub fn hold_back(&mut self, n: usize) {
        let mut rest = self.cache;
        for _ in 0..n {
            rest &= rest.wrapping_sub(1);
        }
        self.held |= rest;
        self.cache().store(self.cache ^ rest, Release);
    }

    /// Puts what is held back into the cache.
    pub fn release_held(&mut self) {
        self.cache().store(self.cache | self.held, Release);
        self.held = 0;
    }

    /// Number of objects among these that were free when the span was last swept.
    pub fn free_between(&self, from: u32, to: u32) -> u32 {
        let mut n = 0;
        for w in from / 64..to.div_ceil(64) {
            let mut bits = !self.alloc_word(w as usize);
            if w == from / 64 {
                bits &= u64::MAX << (from % 64);
            }
            if w == to / 64 {
                bits &= !(u64::MAX << (to % 64));
            }
            n += bits.count_ones();
        }
        n
    }

    /// Whether an object has been handed out. Another thread may be allocating in the span.
    #[inline]
    pub fn is_allocated(&self, i: usize) -> bool {
        if i >= self.nelems as usize {
            return false;
        }
        i < self.free_index() as usize || self.alloc_word(i / 64) >> (i % 64) & 1 != 0
    }

    /// Whether an object may be marked and scanned.
    #[inline]
    pub fn is_scannable(&self, i: usize) -> bool {
        if i >= self.nelems as usize {
            return false;
        }
        // In-use bits do not change while marking.
        self.scan_index.covers(i) || self.alloc_word(i / 64) >> (i % 64) & 1 != 0
    }

    /// The type of a large object, as a marker sees it. Acquiring: the type is stored when the object has been cleared, and
    /// the loads of its words do not depend on it.
    #[inline]
    pub fn large_type(&self) -> *const u8 {
        // SAFETY: a word of this descriptor, which is stored to as a whole.
        unsafe { AtomicPtr::from_ptr((&raw const self.large_type).cast_mut().cast()).load(Acquire) }
    }

    /// Lets markers see what has been handed out.
    #[inline]
    pub fn publish(&self) {
        self.scan_index.set(self.free_index());
    }

    /// Number of objects in use, as the owner sees it.
    pub fn count_allocated(&self) -> u32 {
        self.nelems - self.free_words().map(|(_, bits)| bits.count_ones()).sum::<u32>()
    }

    /// Whether an object is marked.
    #[inline]
    pub fn is_marked(&self, i: usize) -> bool {
        self.mark_word(i / 64).load(Relaxed) >> (i % 64) & 1 != 0
    }

    /// Marks an object; false if it was marked before.
    #[inline]
    pub fn mark(&self, i: usize) -> bool {
        set_bit(self.mark_word(i / 64), 1 << (i % 64))
    }

    /// The same while nobody else marks.
    #[inline]
    pub fn mark_alone(&self, i: usize) -> bool {
        set_bit_alone(self.mark_word(i / 64), 1 << (i % 64))
    }

    /// Bits of the objects that are free, by word, without empty words.
    fn free_words(&self) -> impl Iterator<Item = (usize, u64)> {
        let (first, n) = (self.free_index() as usize, self.nelems as usize);
        let words = (first / 64..n.div_ceil(64)).map(move |w| {
            let mut bits = !self.alloc_word(w);
            if w == first / 64 {
                bits &= u64::MAX << (first % 64);
            }
            if (w + 1) * 64 > n {
                bits &= u64::MAX >> (64 - n % 64);
            }
            (w, bits)
        });
        words.filter(|&(_, bits)| bits != 0)
    }

    /// Marks the free objects, so that nobody scans them; gives their number. The span is its owner's, a collection marks.
    pub fn blacken_free(&self) -> usize {
        let mut count = 0;
        for (w, bits) in self.free_words() {
            if self.is_batched() {
                note_seen(self.scan_word(w), bits);
            }
            self.mark_word(w).fetch_or(bits, SeqCst);
            count += bits.count_ones() as usize;
        }
        count
    }

    /// Takes back what [`Span::blacken_free`] did to those that are still free; gives their number.
    pub fn whiten_free(&self) -> usize {
        let mut count = 0;
        for (w, bits) in self.free_words() {
            self.mark_word(w).fetch_and(!bits, SeqCst);
            count += bits.count_ones() as usize;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(nelems: u32, bits: &mut [u64]) -> Span {
        // SAFETY: a zeroed descriptor is valid.
        let mut s: Span = unsafe { core::mem::zeroed() };
        s.base = 0x10000;
        s.pages = 1;
        s.elem_size = 8;
        s.magic = sizeclass::magic(8);
        s.nelems = nelems;
        s.class = SpanClass::new(1, true);
        // SAFETY: the tests give 12 words.
        unsafe { s.adopt_bits(2, bits.as_mut_ptr()) };
        s.load_group(0);
        s
    }

    #[test]
    fn hands_out_exactly_the_free_objects() {
        for nelems in [1u32, 63, 64, 65, 127, 128, 200] {
            let used = [0xF0F0_0000_1234_8001u64, !0 << 3, 0x8000_0000_0000_0001, 0];
            let mut bits = [0; 12];
            for (w, &u) in used.iter().enumerate() {
                bits[3 * w] = u;
            }
            let want: std::vec::Vec<usize> =
                (0..nelems as usize).filter(|i| used[i / 64] >> (i % 64) & 1 == 0).collect();
            let mut s = span(nelems, &mut bits);
            let mut got = std::vec::Vec::new();
            while let Some(p) = s.next_free_fast().or_else(|| s.next_free()) {
                assert!(s.is_allocated(s.index_of(p)));
                got.push(s.index_of(p));
            }
            assert_eq!(got, want, "nelems {nelems}");
            assert_eq!(s.count_allocated(), nelems);
            let mut s = span(nelems, &mut bits);
            assert_eq!(s.count_allocated() as usize, nelems as usize - want.len());
            // While a collection marks, an object that is handed out stays marked, the others do not.
            assert_eq!(s.blacken_free(), want.len());
            assert!((0..nelems as usize).all(|i| s.is_marked(i) == want.contains(&i)));
            assert_eq!(s.whiten_free(), want.len());
            assert!((0..nelems as usize).all(|i| !s.is_marked(i)));
            s.blacken_free();
            if s.next_free_fast().or_else(|| s.next_free()).is_some() {
                assert_eq!(s.count_allocated() as usize, nelems as usize - want.len() + 1);
                assert_eq!(s.whiten_free(), want.len() - 1);
                assert!((0..nelems as usize).all(|i| s.is_marked(i) == (i == want[0])));
            }
        }
    }
}
