//! Marking: the closure of what the roots reach.
//!
//! White: mark bit clear. Grey: marked, and its address is in a work buffer. Black: marked, scanned. Objects without
//! pointers are black as soon as they are marked. A large object is scanned in pieces (oblets), each an item of work, so
//! that neither a step takes long nor one P has it all.
//!
//! **Small objects** (up to 512 bytes, [`Span::is_batched`]) are scanned span by span, as gc does since Go 1.26: who marks
//! the first one queues its span; when the span's turn comes, whatever is marked and has no scan bit is scanned
//! ([`scan_span`]), and what these lead to in the same span ([`Own`]). So the span's descriptor, bitmaps and memory are
//! fetched once for many objects. The other pointers that are found are gathered, from several spans if need be; then the
//! descriptors and mark bits that they need are fetched side by side ([`Gathered`]). Compared with spans that are queued again
//! for what is found in them, and pointers that are gathered for each span alone, this takes 30 to 50 % less CPU time in the
//! programs of testdata/bench/memory (ms of marking with one P, before, after and gc: trees 189, 131, 161; mixed 279, 202, 293;
//! lists 167, 84, 275; live 203, 142, 194). If each object is an item of work of its own instead, marking takes 1.6 (mixed) to 2.2
//! (trees, lists) times as long, and the programs 8 to 19 % more CPU time in all.
//!
//! A pointer may lead nowhere: into free pages or to a free object. Such words come from speculative address arithmetic
//! and from blocks that are described conservatively (reflection); they are ignored.
//!
//! # Several markers, and allocation meanwhile
//!
//! Whoever sets an object's mark bit makes it grey, hence an object is scanned by one marker. Marking frees nothing, so that
//! spans and their in-use bits stay as they are; free objects of the spans from which a P allocates are marked, so that
//! allocation needs to do nothing. Words of objects are read while the program stores to
//! them: a marker sees the old pointer or the new one, and the barrier has shaded both.
//!
//! **Runs on** g0 of an M that holds a P, while marking (see [`super`]). **May** not block. Lock ranks: work buffers,
//! `sched`.

use super::work::GcWork;
use crate::arch::prefetch;
use crate::mem::arena;
use crate::mem::bitmap;
use crate::mem::shared::{Wanted, note_seen, take_new};
use crate::mem::sizeclass::PAGE;
use crate::mem::span::Span;
use crate::mem::special;
use crate::sched::schedule;
use crate::sched::state::{self, alone};
use core::mem::MaybeUninit;

/// Larger objects are scanned in pieces of this size.
pub const OBLET: usize = 128 << 10;

/// Marks the object that a word refers to, if it refers to one.
pub fn grey(w: &mut GcWork, p: usize) {
    grey_in(w, arena::span_of(p), p, alone());
}

/// The same as [`grey`]; `s` is the word's span.
#[inline(always)]
fn grey_in(w: &mut GcWork, s: *mut Span, p: usize, alone: bool) {
    if s.is_null() {
        return;
    }
    // SAFETY: descriptors are never freed; marking keeps spans in use from being freed.
    unsafe {
        let span: &Span = &*s;
        let i = span.index_of(p);
        // A span that is found is in use: spans of free pages are not found, and none is freed while a cycle marks.
        if i >= span.nelems as usize || span.is_marked(i) || !span.is_scannable(i) {
            return;
        }
        if span.class.noscan() {
            if mark(span, i, alone) {
                w.marked = w.marked.wrapping_add(span.elem_size);
            }
            return;
        }
        // What is found when there is nothing else to scan is the next to be scanned, as in a list: there is no batch to wait for.
        let next = w.is_idle();
        if next {
            prefetch(span.object(i));
        }
        if !mark(span, i, alone) {
            return;
        }
        w.marked = w.marked.wrapping_add(span.elem_size);
        if span.is_batched() {
            if !next {
                if if alone { span.scan.want_alone(i) } else { span.scan.want(i) } {
                    w.put_span(s);
                }
                return;
            }
            note_seen(span.scan_word(i / 64), 1 << (i % 64));
        }
        w.put(span.object(i));
    }
}

/// Sets an object's mark bit; false if it was set.
#[inline(always)]
fn mark(span: &Span, i: usize, alone: bool) -> bool {
    if alone { span.mark_alone(i) } else { span.mark(i) }
}

/// Pointers that are looked at side by side.
const GATHER: usize = 64;

/// Pointers that have been found and are to be looked at.
pub struct Gathered {
    /// The first `len` are set.
    words: [MaybeUninit<usize>; 2 * GATHER],
    /// At most `GATHER`.
    len: usize,
}

impl Gathered {
    /// None.
    #[expect(clippy::new_without_default, reason = "a kilobyte is not made unawares")]
    #[inline]
    pub fn new() -> Gathered {
        Gathered { words: [const { MaybeUninit::uninit() }; 2 * GATHER], len: 0 }
    }

    /// Adds what the words hold that the bits name, of 64 from `base` on, without the nil pointers.
    ///
    /// # Safety
    /// The words are readable.
    #[inline]
    pub unsafe fn add(&mut self, w: &mut GcWork, base: usize, bits: u64) {
        // SAFETY: passed on; no word is the caller's.
        unsafe { self.add_others(w, base, bits, |_, _| false) }
    }

    /// The same, without those that are the `caller's`.
    ///
    /// # Safety
    /// As [`Gathered::add`].
    #[inline(always)]
    unsafe fn add_others(
        &mut self,
        w: &mut GcWork,
        base: usize,
        mut bits: u64,
        mut callers: impl FnMut(&mut GcWork, usize) -> bool,
    ) {
        let mut n = self.len;
        while bits != 0 {
            let at = base + 8 * bits.trailing_zeros() as usize;
            bits &= bits - 1;
            // SAFETY: passed on. There is room for 64 words more. Another thread may be storing to the word: a single load sees
            // the old or the new value.
            unsafe {
                let word = (at as *const usize).read_volatile();
                if !callers(w, word) {
                    self.words.get_unchecked_mut(n).write(word);
                    n += (word != 0) as usize;
                }
            }
        }
        self.len = n;
        if n >= GATHER {
            self.flush(w);
        }
    }

    /// Marks what they refer to.
    #[inline(never)]
    pub fn flush(&mut self, w: &mut GcWork) {
        let len = core::mem::take(&mut self.len);
        let alone = alone();
        // SAFETY: these are set.
        let words: &[usize] = unsafe { core::slice::from_raw_parts(self.words.as_ptr().cast(), len) };
        let mut spans = [const { MaybeUninit::uninit() }; 2 * GATHER];
        for (s, &p) in spans.iter_mut().zip(words) {
            let found = arena::span_of(p);
            prefetch(found as usize);
            s.write(found);
        }
        // SAFETY: as many are set as there are words.
        let spans: &[*mut Span] = unsafe { core::slice::from_raw_parts(spans.as_ptr().cast(), len) };
        for (&s, &p) in spans.iter().zip(words) {
            if !s.is_null() {
                // SAFETY: descriptors are never freed.
                prefetch(unsafe { (*s).mark_address(p) });
            }
        }
        for (&s, &p) in spans.iter().zip(words) {
            grey_in(w, s, p, alone);
        }
    }
}

/// Asks for the lines of those of the objects `64 * k` to `64 * k + 63` of a span whose bits are set.
#[inline]
fn prefetch_objects(s: &Span, k: usize, objects: u64) {
    if objects.count_ones() < 16 {
        let mut left = objects;
        while left != 0 {
            prefetch(s.object(64 * k + left.trailing_zeros() as usize));
            left &= left - 1;
        }
        return;
    }
    let mut line = s.object(64 * k + objects.trailing_zeros() as usize) & !63;
    let end = s.object(64 * k + 64 - objects.leading_zeros() as usize);
    while line < end {
        prefetch(line);
        line += 64;
    }
}

/// Objects are fetched this many words of bits before they are looked at.
const AHEAD_WORDS: usize = 4;

/// Most words that a bitmap has.
const WORDS: usize = 16;

/// Objects of the span that is being scanned which have been found there, in a ring.
const OWN: usize = 64;

/// A span that is being scanned. Pointers within the span do not go the long way: what they lead to is in the cache, or will
/// be when its turn comes.
struct Own<'a> {
    span: &'a Span,
    alone: bool,
    /// Objects to be scanned, `len` from `first` on.
    ring: [MaybeUninit<u16>; OWN],
    first: usize,
    len: usize,
    /// There was no room for another one, which is marked and has no scan bit.
    again: bool,
}

impl<'a> Own<'a> {
    #[inline]
    fn new(span: &'a Span) -> Own<'a> {
        Own { span, alone: alone(), ring: [MaybeUninit::uninit(); OWN], first: 0, len: 0, again: false }
    }

    /// If a word points into the span, marks what it refers to.
    #[inline(always)]
    fn take(&mut self, w: &mut GcWork, p: usize) -> bool {
        let span = self.span;
        // Spans of small objects are pages.
        if p.wrapping_sub(span.base) >= PAGE {
            return false;
        }
        let i = span.index_of(p);
        if i < span.nelems as usize && !span.is_marked(i) && span.is_scannable(i) && mark(span, i, self.alone)
        {
            w.marked = w.marked.wrapping_add(span.elem_size);
            self.put(i);
        }
        true
    }

    #[inline(always)]
    fn put(&mut self, i: usize) {
        if self.len == OWN {
            self.again = true;
            return;
        }
        prefetch(self.span.object(i));
        note_seen(self.span.scan_word(i / 64), 1 << (i % 64));
        self.ring[(self.first + self.len) % OWN].write(i as u16);
        self.len += 1;
    }

    #[inline(always)]
    fn get(&mut self) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        // SAFETY: it has been set.
        let i = unsafe { self.ring[self.first].assume_init() };
        self.first = (self.first + 1) % OWN;
        self.len -= 1;
        Some(i as usize)
    }
}

/// Scans the objects of a span that are marked and have not been scanned, and those of the same span that they lead to; gives
/// the bytes scanned.
///
/// # Safety
/// The span was taken from a queue of spans.
unsafe fn scan_span(w: &mut GcWork, found: &mut Gathered, s: *mut Span) -> usize {
    // SAFETY: what is marked is allocated.
    unsafe {
        let span: &Span = &*s;
        let mut own = Own::new(span);
        let mut objects = 0;
        match span.scan.begin() {
            Wanted::One(i) => own.put(i),
            Wanted::Many => objects += scan_marked(w, found, &mut own),
        }
        loop {
            while let Some(i) = own.get() {
                objects += 1;
                let (base, bits) = bitmap::object(span, i);
                found.add_others(w, base, bits, |w, p| own.take(w, p));
            }
            if !core::mem::take(&mut own.again) {
                break;
            }
            objects += scan_marked(w, found, &mut own);
        }
        let bytes = objects * span.elem_size;
        w.scanned += bytes;
        bytes
    }
}

/// Scans the objects of a span that are marked now and have not been scanned; gives their number.
///
/// # Safety
/// As [`scan_span`].
unsafe fn scan_marked(w: &mut GcWork, found: &mut Gathered, own: &mut Own<'_>) -> usize {
    let span = own.span;
    let mut objects = 0;
    let mut new = [0; WORDS];
    let words = span.bitmap_words();
    for (k, new) in new[..words].iter_mut().enumerate() {
        *new = take_new(span.mark_word(k), span.scan_word(k));
        objects += new.count_ones() as usize;
    }
    for (k, &new) in new[..words].iter().enumerate().take(AHEAD_WORDS) {
        prefetch_objects(span, k, new);
    }
    for k in 0..words {
        if k + AHEAD_WORDS < words {
            prefetch_objects(span, k + AHEAD_WORDS, new[k + AHEAD_WORDS]);
        }
        if new[k] != 0 {
            // SAFETY: what is marked is allocated.
            unsafe {
                bitmap::groups(span, k, new[k], |base, bits| {
                    found.add_others(w, base, bits, |w, p| own.take(w, p));
                });
            }
        }
    }
    objects
}

/// Whether an object is marked, or is going to be revived for its finalizer. What is not in the heap counts as marked.
///
/// # Safety
/// The world is stopped at the end of marking.
pub unsafe fn survives(p: usize) -> bool {
    let s = arena::span_of(p);
    // SAFETY: spans of live addresses are valid.
    unsafe { s.is_null() || (*s).is_marked((*s).index_of(p)) || special::has_finalizer(s, (*s).index_of(p)) }
}

/// Looks at the pointers of a grey object (or the oblet at this address); gives the bytes scanned.
///
/// # Safety
/// `p` was put by [`grey`] or here.
#[inline]
unsafe fn scan(w: &mut GcWork, found: &mut Gathered, p: usize) -> usize {
    // SAFETY: the address lies in an object that is marked, hence in a span in use.
    unsafe {
        let span: &Span = &*arena::span_of(p);
        let size = span.elem_size;
        if span.is_batched() {
            // One that was found when there was nothing else to do: so is what it leads to, perhaps.
            let (base, bits) = bitmap::object(span, span.index_of(p));
            bitmap::words(base, bits, |word| grey(w, word));
            w.scanned += size;
            return size;
        }
        if size <= OBLET {
            bitmap::scan_small(span, p, |base, bits| found.add(w, base, bits));
            w.scanned += size;
            return size;
        }
        if p == span.base {
            let mut at = span.base + OBLET;
            while at < span.base + size {
                w.put(at);
                at += OBLET;
            }
        }
        let len = OBLET.min(span.base + size - p);
        bitmap::scan_large(span, p, len, |base, bits| found.add(w, base, bits));
        w.scanned += len;
        len
    }
}

/// Marks what an object refers to without marking the object: the referents of an object with a finalizer.
///
/// # Safety
/// `p` is the address of an object; the caller owns the work's P.
pub unsafe fn grey_contents(w: &mut GcWork, p: usize) {
    let s = arena::span_of(p);
    if s.is_null() {
        return;
    }
    // SAFETY: as above.
    unsafe {
        let span: &Span = &*s;
        if span.class.noscan() {
            return;
        }
        let base = span.object(span.index_of(p));
        let mut found = Gathered::new();
        if span.elem_size <= OBLET {
            bitmap::scan_small(span, base, |base, bits| found.add(w, base, bits));
        } else {
            bitmap::scan_large(span, base, span.elem_size, |base, bits| found.add(w, base, bits));
        }
        found.flush(w);
    }
}

/// Objects that are on their way into the cache while others are scanned.
const AHEAD: usize = 4;

/// Scans grey objects until there are none, or about `budget` bytes have been scanned. Gives what is left of the budget.
///
/// The scan of an object begins with a cache miss, as a rule. Hence objects pass through a short queue between the work
/// buffer and the scan, and are fetched when they enter it.
///
/// # Safety
/// The caller owns the work's P.
pub unsafe fn drain(w: &mut GcWork, mut budget: isize) -> isize {
    let mut queue = [0usize; AHEAD];
    let (mut first, mut len) = (0, 0);
    let mut found = Gathered::new();
    let share = state::nprocs() > 1;
    while budget > 0 {
        if share && !super::work::shared() && w.balance() {
            // Nobody else had anything to do.
            schedule::wakep();
        }
        while len < AHEAD
            && let Some(p) = w.get_local()
        {
            prefetch(p);
            queue[(first + len) % AHEAD] = p;
            len += 1;
        }
        let p = if len > 0 {
            let p = queue[first];
            first = (first + 1) % AHEAD;
            len -= 1;
            p
        } else if let Some((s, next)) = w.get_span() {
            if !next.is_null() {
                prefetch(next as usize);
            }
            // SAFETY: taken from the queue.
            budget -= unsafe { scan_span(w, &mut found, s) } as isize + 64;
            continue;
        } else if found.len != 0 {
            found.flush(w);
            continue;
        } else if let Some(p) = w.get() {
            p
        } else if w.fetch_spans() {
            continue;
        } else {
            break;
        };
        // Even an object of a few words costs a cache miss or two.
        // SAFETY: taken from a work buffer.
        budget -= unsafe { scan(w, &mut found, p) } as isize + 64;
    }
    found.flush(w);
    for i in 0..len {
        w.put(queue[(first + i) % AHEAD]);
    }
    budget
}
