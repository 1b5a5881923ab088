//! What is attached to heap objects: finalizers, cleanups, weak handles.
//!
//! A span lists its specials by rising offset. A special refers to an object of the Go half (`handle`), which it keeps
//! alive: the record of a finalizer, the closure of a cleanup, the word behind weak pointers. Spans that have specials
//! are on one list, so that marking finds them.
//!
//! When the sweeper finds an object dead ([`sweep`]): if it has a finalizer, it lives on for another cycle, its
//! finalizer is queued and its weak handles are cleared, while its cleanups wait for its second death; otherwise weak
//! handles are cleared and cleanups queued. The queues are roots, and the Go half's goroutines take from them.
//!
//! # Who may touch what in which phase
//!
//! * A span's list: under its `special_lock`, by any P in any phase, and by the span's sweeper.
//! * The list of spans with specials: under its lock. While a cycle marks, spans are added but not taken off, so that its
//!   part at the beginning of the cycle can be marked from in jobs by several Ps ([`gc::roots`]); what is attached
//!   meanwhile is shaded by who attaches it. A span without specials that is still listed is taken off by its sweeper.
//! * Queues and free specials: under their locks.
//!
//! # Orderings
//!
//! Lists and queues are under locks. The word behind a weak handle is cleared by the sweeper and loaded Relaxed:
//! [`weakstrong`] loads it again after `swept_span`, which loads with Acquire what the sweeper stored last
//! (generation, state, or the page's span). Counters and numbers are Relaxed.
//!
//! **Runs on** g0. Lock ranks: a span's `special_lock`, then the list of spans with specials, then the queues.

use super::arena;
use super::gc::{self, barrier};
use super::mcentral;
use super::persistent::{self, Vector};
use super::span::Span;
use crate::lock::Lock;
use crate::native::{Pair, flag};
use crate::prof::heap;
use crate::sched::g::G;
use crate::sched::{WaitReason, bubble, goready, m, park};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Kinds of specials, in the order in which those of one object are listed.
pub const FINALIZER: u8 = 1;
pub const WEAK: u8 = 2;
pub const CLEANUP: u8 = 3;
/// A sample of the memory profile: the handle is a bucket, which is not in the heap.
pub const PROFILE: u8 = 4;
/// The object belongs to the bubble of synctest whose number is the handle.
pub const BUBBLE: u8 = 5;

/// Something attached to an object.
#[repr(C)]
pub struct Special {
    pub next: *mut Special,
    /// Distance of the address it is attached to from the start of the span.
    pub offset: usize,
    pub kind: u8,
    /// Number of a cleanup.
    pub id: u64,
    /// Object of the Go half; of a weak special the word that holds the address.
    pub handle: usize,
    /// Of a queued finalizer: the object.
    pub object: usize,
}

static FREE: Lock<*mut Special> = Lock::new(null_mut());
/// Spans with specials.
static SPANS: Lock<Vector<*mut Span>> = Lock::new(Vector::new());
static LAST_ID: AtomicU64 = AtomicU64::new(0);

/// Finalizers and cleanups that wait to be called, and have been taken to be called.
pub static QUEUED: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
pub static EXECUTED: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
/// Bytes of specials in use.
pub static BYTES: AtomicUsize = AtomicUsize::new(0);

/// A queue of calls, and the goroutine that makes them while it waits.
struct Queue {
    first: *mut Special,
    last: *mut Special,
    waiter: *mut G,
}

/// Finalizers, cleanups.
static QUEUES: [Lock<Queue>; 2] =
    [const { Lock::new(Queue { first: null_mut(), last: null_mut(), waiter: null_mut() }) }; 2];

fn acquire() -> *mut Special {
    BYTES.fetch_add(size_of::<Special>(), Relaxed);
    let mut free = FREE.lock();
    let s = *free;
    if s.is_null() {
        return persistent::alloc(size_of::<Special>(), 8) as *mut Special;
    }
    // SAFETY: free specials are linked.
    *free = unsafe { (*s).next };
    s
}

/// # Safety
/// Nothing refers to the special.
unsafe fn release(s: *mut Special) {
    BYTES.fetch_sub(size_of::<Special>(), Relaxed);
    let mut free = FREE.lock();
    // SAFETY: as above.
    unsafe {
        (*s).handle = 0;
        (*s).object = 0;
        (*s).next = *free;
    }
    *free = s;
}

/// The span of a heap address, swept; null for other addresses.
///
/// # Safety
/// The object is alive, or the caller checks again.
unsafe fn swept_span(p: usize) -> *mut Span {
    let s = arena::span_of(p);
    if !s.is_null() {
        // SAFETY: descriptors are never freed.
        unsafe { mcentral::ensure_swept(s) };
    }
    s
}

/// Links a special into its span.
///
/// # Safety
/// The span's `special_lock` is held.
unsafe fn insert(span: *mut Span, s: *mut Special) {
    // SAFETY: passed on.
    unsafe {
        let mut link = &raw mut (*span).specials;
        while !(*link).is_null() && ((**link).offset, (**link).kind) <= ((*s).offset, (*s).kind) {
            link = &raw mut (**link).next;
        }
        (*s).next = *link;
        *link = s;
        if (*span).special_index == 0 {
            let mut spans = SPANS.lock();
            spans.push(span);
            (*span).special_index = spans.len() as u32;
        }
    }
}

/// Takes a span off the list of those with specials if it has none (and no cycle marks).
///
/// # Safety
/// The span's `special_lock` is held; it was on the list.
unsafe fn unlist(span: *mut Span) {
    // SAFETY: passed on.
    unsafe {
        if !(*span).specials.is_null() || gc::marking() {
            return;
        }
        let mut spans = SPANS.lock();
        let at = core::mem::take(&mut (*span).special_index) as usize - 1;
        if let Some(last) = spans.pop()
            && last != span
        {
            spans.as_mut_slice()[at] = last;
            (*last).special_index = at as u32 + 1;
        }
    }
}

/// The first special of a kind at an address for which `f` holds.
///
/// # Safety
/// The span's `special_lock` is held.
unsafe fn find(span: *mut Span, offset: usize, kind: u8, f: impl Fn(&Special) -> bool) -> *mut *mut Special {
    // SAFETY: passed on.
    unsafe {
        let mut link = &raw mut (*span).specials;
        while !(*link).is_null() && (**link).offset <= offset {
            if (**link).offset == offset && (**link).kind == kind && f(&**link) {
                return link;
            }
            link = &raw mut (**link).next;
        }
        null_mut()
    }
}

/// Remembers that the object at an offset of a span is a sample of the memory profile.
///
/// # Safety
/// The object has just been allocated by the caller, who owns the span.
pub unsafe fn attach_profile(span: *mut Span, offset: usize, bucket: usize) {
    let s = acquire();
    // SAFETY: passed on.
    unsafe {
        *s = Special { next: null_mut(), offset, kind: PROFILE, id: 0, handle: bucket, object: 0 };
        (*span).special_lock.lock();
        insert(span, s);
        (*span).special_lock.unlock();
    }
}

/// `addspecial(p unsafe.Pointer, kind int, handle unsafe.Pointer) uintptr`: attaches; gives the number of the special, or
/// 0 if `p` has a finalizer already (for that kind). For weak handles: the handle in effect.
unsafe extern "C" fn addspecial(p: usize, kind: usize, handle: usize) -> usize {
    // SAFETY: the Go half passes a live object of the heap and an object of its own.
    unsafe {
        let span = swept_span(p);
        if span.is_null() {
            return 0;
        }
        let kind = kind as u8;
        let offset = p - (*span).base;
        (*span).special_lock.lock();
        if kind != CLEANUP {
            let there = find(span, offset, kind, |_| true);
            if !there.is_null() {
                let old = (**there).handle;
                (*span).special_lock.unlock();
                return if kind == WEAK { old } else { 0 };
            }
        }
        if kind == WEAK && handle == 0 {
            (*span).special_lock.unlock();
            return 0;
        }
        let s = acquire();
        let id = LAST_ID.fetch_add(1, Relaxed) + 1;
        *s = Special { next: null_mut(), offset, kind, id, handle, object: 0 };
        insert(span, s);
        (*span).special_lock.unlock();
        // The span's specials may have been marked from already.
        if gc::marking() {
            barrier::shade(handle);
            if kind == FINALIZER {
                gc::mark::grey_contents(&mut (*m::p()).gcw, p);
            }
        }
        if kind == WEAK { handle } else { id as usize }
    }
}

/// `delspecial(p unsafe.Pointer, kind int, id uintptr) bool`: detaches the finalizer of `p`, or its cleanup with this
/// number.
unsafe extern "C" fn delspecial(p: usize, kind: usize, id: usize) -> usize {
    // SAFETY: any address may be passed.
    unsafe {
        let span = swept_span(p);
        if span.is_null() {
            return 0;
        }
        (*span).special_lock.lock();
        let link = find(span, p.wrapping_sub((*span).base), kind as u8, |s| {
            kind as u8 != CLEANUP || s.id == id as u64
        });
        if link.is_null() {
            (*span).special_lock.unlock();
            return 0;
        }
        let s = *link;
        *link = (*s).next;
        unlist(span);
        (*span).special_lock.unlock();
        release(s);
        1
    }
}

/// `bubbleassoc(p unsafe.Pointer, add bool) int`: whether an object belongs to no bubble (0), to the current goroutine's (1)
/// or to another one (2); with `add`, one that belongs to none belongs to the current one's afterwards (1). What is not in
/// the heap belongs to none.
unsafe extern "C" fn bubbleassoc(p: usize, add: usize) -> usize {
    let id = bubble::current_id() as usize;
    // SAFETY: the Go half passes the address of a live object.
    unsafe {
        let span = swept_span(p);
        if span.is_null() {
            return 0;
        }
        let offset = p - (*span).base;
        (*span).special_lock.lock();
        let there = find(span, offset, BUBBLE, |_| true);
        let result = if !there.is_null() {
            if (**there).handle == id { 1 } else { 2 }
        } else if flag(add) && id != 0 {
            let s = acquire();
            *s = Special { next: null_mut(), offset, kind: BUBBLE, id: 0, handle: id, object: 0 };
            insert(span, s);
            1
        } else {
            0
        };
        (*span).special_lock.unlock();
        result
    }
}

/// `weakstrong(handle unsafe.Pointer) unsafe.Pointer`: the object that a weak handle refers to, or nil.
unsafe extern "C" fn weakstrong(handle: *const AtomicUsize) -> usize {
    // SAFETY: the Go half passes a live handle.
    unsafe {
        let p = (*handle).load(Relaxed);
        if p == 0 {
            return 0;
        }
        // The object may be dead and its span not swept yet; or the span is another one's by now.
        swept_span(p);
        let p = (*handle).load(Relaxed);
        // This may be the only reference, and go to a stack that has been scanned.
        if p != 0 && gc::marking() {
            barrier::shade(p);
        }
        p
    }
}

/// Spans whose specials are one job of marking.
const JOB: usize = 64;

/// Number of jobs ([`for_each_root`]) of a cycle that begins now.
pub fn jobs() -> usize {
    SPANS.lock().len().div_ceil(JOB)
}

/// Marks from the specials of job `job`.
///
/// # Safety
/// A cycle marks. `f` receives pointers, or (true) the addresses of objects whose contents are to be marked, but not the
/// objects themselves.
pub unsafe fn for_each_root(job: usize, mut f: impl FnMut(usize, bool)) {
    // A span's own lock comes before that of the list of spans, hence the part of the list is copied.
    let mut part = [null_mut::<Span>(); JOB];
    let n = {
        let spans = SPANS.lock();
        let all = &spans.as_slice()[job * JOB..];
        let n = all.len().min(JOB);
        part[..n].copy_from_slice(&all[..n]);
        n
    };
    // SAFETY: the lists change under the locks only; spans stay listed while a cycle marks.
    unsafe {
        for &span in &part[..n] {
            (*span).special_lock.lock();
            let mut s = (*span).specials;
            while !s.is_null() {
                if !matches!((*s).kind, PROFILE | BUBBLE) {
                    f((*s).handle, false);
                }
                if (*s).kind == FINALIZER {
                    f((*span).base + (*s).offset, true);
                }
                s = (*s).next;
            }
            (*span).special_lock.unlock();
        }
    }
}

/// Whether an object of a span has a finalizer.
///
/// # Safety
/// The span is in use.
pub unsafe fn has_finalizer(span: *mut Span, index: usize) -> bool {
    // SAFETY: the list is used under the lock.
    unsafe {
        (*span).special_lock.lock();
        let mut s = (*span).specials;
        let mut found = false;
        while !s.is_null() && !found {
            found = (*s).kind == FINALIZER && (*span).index_of((*span).base + (*s).offset) == index;
            s = (*s).next;
        }
        (*span).special_lock.unlock();
        found
    }
}

/// Marks from the queues.
///
/// # Safety
/// A cycle marks.
pub unsafe fn for_each_queued(mut f: impl FnMut(usize)) {
    // SAFETY: queues change under their locks.
    unsafe {
        for q in &QUEUES {
            let q = q.lock();
            let mut s = q.first;
            while !s.is_null() {
                f((*s).handle);
                f((*s).object);
                s = (*s).next;
            }
        }
    }
}

/// Calls `f` with the object and the handle of every finalizer that waits to be called.
///
/// # Safety
/// The world is stopped.
pub unsafe fn for_each_queued_finalizer(mut f: impl FnMut(usize, usize)) {
    let q = QUEUES[0].lock();
    let mut s = q.first;
    while !s.is_null() {
        // SAFETY: queued specials are linked.
        unsafe {
            f((*s).object, (*s).handle);
            s = (*s).next;
        }
    }
}

/// Puts a call on its queue and wakes the goroutine that makes it.
///
/// # Safety
/// The special is on no list.
unsafe fn enqueue(s: *mut Special) {
    // SAFETY: passed on.
    unsafe {
        let i = ((*s).kind == CLEANUP) as usize;
        QUEUED[i].fetch_add(1, Relaxed);
        let mut q = QUEUES[i].lock();
        (*s).next = null_mut();
        if q.last.is_null() {
            q.first = s;
        } else {
            (*q.last).next = s;
        }
        q.last = s;
        let g = core::mem::replace(&mut q.waiter, null_mut());
        drop(q);
        if !g.is_null() {
            goready(g);
        }
    }
}

/// Deals with the specials of the dead objects of a span that is being swept.
///
/// # Safety
/// The caller sweeps the span.
pub unsafe fn sweep(span: *mut Span) {
    // SAFETY: passed on; the lock is needed against those who hold on to a dead object's address.
    unsafe {
        (*span).special_lock.lock();
        let size = (*span).elem_size;
        let large = (*span).class.class() == 0;
        let index = |s: *mut Special| if large { 0 } else { (*s).offset / size };
        let mut link = &raw mut (*span).specials;
        let (mut first, mut last): (*mut Special, *mut Special) = (null_mut(), null_mut());
        while !(*link).is_null() {
            let i = index(*link);
            if (*span).is_marked(i) {
                link = &raw mut (**link).next;
                continue;
            }
            // All specials of one object.
            let mut revived = false;
            let mut s = *link;
            while !s.is_null() && index(s) == i {
                revived |= (*s).kind == FINALIZER;
                s = (*s).next;
            }
            if revived {
                (*span).mark(i);
            }
            while !(*link).is_null() && index(*link) == i {
                let s = *link;
                if revived && matches!((*s).kind, CLEANUP | PROFILE | BUBBLE) {
                    link = &raw mut (*s).next;
                    continue;
                }
                *link = (*s).next;
                if (*s).kind == PROFILE {
                    heap::freed((*s).handle);
                    release(s);
                    continue;
                }
                if (*s).kind == BUBBLE {
                    release(s);
                    continue;
                }
                if (*s).kind == WEAK {
                    (*((*s).handle as *const AtomicUsize)).store(0, Relaxed);
                    release(s);
                    continue;
                }
                if (*s).kind == FINALIZER {
                    (*s).object = (*span).base + (*s).offset;
                }
                (*s).next = null_mut();
                if first.is_null() {
                    first = s;
                } else {
                    (*last).next = s;
                }
                last = s;
            }
        }
        if (*span).special_index != 0 {
            unlist(span);
        }
        (*span).special_lock.unlock();
        while !first.is_null() {
            let next = (*first).next;
            enqueue(first);
            first = next;
        }
    }
}

/// Commit of [`nextcall`]: the goroutine is the waiter from now on.
unsafe extern "C" fn wait_commit(g: *mut G, i: usize) -> bool {
    let mut q = QUEUES[i].lock();
    if !q.first.is_null() {
        return false;
    }
    q.waiter = g;
    true
}

/// `nextcall(queue int, out *[2]unsafe.Pointer) bool`: takes a call off a queue (0 finalizers, 1 cleanups): the object
/// and the handle. False after a park: try again.
unsafe extern "C" fn nextcall(i: usize, out: *mut usize) -> usize {
    // SAFETY: the Go half passes two words of the heap.
    unsafe {
        let mut q = QUEUES[i].lock();
        let s = q.first;
        if s.is_null() {
            drop(q);
            let g = m::curg();
            (*g).h.ret0 = 0;
            let reason = if i == 0 { WaitReason::Finalizer } else { WaitReason::Cleanup };
            park(g, reason as u8, Some(wait_commit), i);
            return 0;
        }
        q.first = (*s).next;
        if q.first.is_null() {
            q.last = null_mut();
        }
        drop(q);
        EXECUTED[i].fetch_add(1, Relaxed);
        if gc::marking() {
            barrier::shade((*s).object);
            barrier::shade((*s).handle);
        }
        *out = (*s).object;
        *out.add(1) = (*s).handle;
        release(s);
        1
    }
}

/// `callcounts(queue int) (queued, executed uintptr)`.
unsafe extern "C" fn callcounts(i: usize) -> Pair {
    Pair(QUEUED[i].load(Relaxed) as usize, EXECUTED[i].load(Relaxed) as usize)
}

crate::g0_entry! {
    "runtime.addspecial" => addspecial,
    "runtime.delspecial" => delspecial,
    "runtime.bubbleassoc" => bubbleassoc,
    "runtime.weakstrong" => weakstrong,
    "runtime.nextcall" => nextcall,
    "runtime.callcounts" => callcounts,
}
