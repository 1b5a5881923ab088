//! Roots: where marking begins.
//!
//! Roots are numbered jobs, made when a cycle begins and taken by whoever marks: blocks of data and bss by their masks,
//! timers and queues of calls, spans with specials, and every goroutine. A goroutine's roots are the pointer words of its
//! frames by their maps, stack objects reached from there, the Go area's pointer words, and what the runtime holds for it
//! while it is parked: sudog elements, channels, its mailbox, the result of an allocation in which it was stopped, and the
//! arguments of a function in whose stack check it was stopped.
//!
//! A stack object counts if a live word of the stack points to it, or something that the runtime holds for the goroutine.
//! Frames are walked once, objects are collected in rising order of address, and then visited as pointers to them are found.
//! An object may be found by a pointer that is left over in another, or by a word that is only taken for a pointer; its own
//! words may then lead to what has been freed, which [`grey`] ignores.
//!
//! # Who may do what in which phase
//!
//! * [`prepare`] runs with the world stopped. Goroutines that start later have nothing that is not marked: their closure is
//!   shaded when they are made.
//! * Each number is given out once ([`Jobs`]). A job that has been taken is done before its taker leaves its native, hence
//!   with the world stopped none is in progress.
//! * A goroutine that runs cannot be scanned: it is asked to stop, and its job is put off ([`DEFERRED`]) until all others are
//!   taken. A goroutine that stopped itself for the scan waits for it; so each goroutine that was asked is scanned in the
//!   end, and continues.
//! * Goroutines that mark count as parked (`worker::enter`): two markers that want to scan each other's goroutines do not
//!   wait for each other.
//! * With the world stopped goroutines are scanned as they are.
//!
//! # Orderings
//!
//! The lists of goroutines are under locks; the jobs' numbers are made with the world stopped (Relaxed, [`Jobs`]).
//! `DEFERRED_LEN` is stored with Release under the lock and loaded with Acquire; who has a goroutine in hand is a
//! marker, and puts it back before it leaves (`worker`), so that whoever leaves last sees it. A goroutine's frames
//! are seen through its status (`suspend_g`: AcqRel), or the stop of the world. `STACK_BYTES` counts, `EXACT` changes
//! with the world stopped.
//!
//! **Runs on** g0. A goroutine is scanned while it is suspended. Lock ranks: `allgs`, timers, specials.

use super::leaks;
use super::mark::{Gathered, grey, grey_contents};
use super::work::GcWork;
use crate::chan::sudog::Sudog;
use crate::image::moduledata;
use crate::lock::Lock;
use crate::mem::persistent::Vector;
use crate::mem::shared::Jobs;
use crate::mem::special;
use crate::prof::cpu;
use crate::sched::WaitReason;
use crate::sched::g::{DEAD, G, IDLE, WAITING};
use crate::sched::stopped;
use crate::sched::world::{self, Suspend};
use crate::stack::unwind::{self, Code, Frame, Unwinder};
use crate::stack::{alloc as stacks, grow, shrink};
use crate::timer;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use grus_abi::g::GO_POINTER_WORDS;
use grus_abi::moduledata::DataRange;
use grus_abi::symtab::StackObject;

/// Bytes of data or bss in one job.
const BLOCK: usize = 64 << 10;

/// Goroutines of this cycle.
static GOROUTINES: Lock<Vector<*mut G>> = Lock::new(Vector::new());
/// Those that could not be scanned when their job was taken.
static DEFERRED: Lock<Vector<*mut G>> = Lock::new(Vector::new());
static DEFERRED_LEN: AtomicUsize = AtomicUsize::new(0);
static JOBS: Jobs = Jobs::new();
static SPECIAL_JOBS: AtomicUsize = AtomicUsize::new(0);
/// Bytes of stacks scanned in this cycle.
pub static STACK_BYTES: AtomicUsize = AtomicUsize::new(0);

/// What [`step`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A job.
    Done,
    /// Nothing: the jobs that are left are goroutines that have been asked to stop.
    Waiting,
    /// Nothing: no job is left.
    None,
}

fn blocks(r: &DataRange) -> usize {
    r.end.saturating_sub(r.start).div_ceil(BLOCK)
}

/// Bytes of package variables that are scanned.
pub fn global_bytes() -> usize {
    let d = moduledata();
    d.data.end.saturating_sub(d.data.start) + d.bss.end.saturating_sub(d.bss.start)
}

/// Makes the jobs of a cycle, without those for goroutines that may be leaked if it looks for them.
///
/// # Safety
/// The world is stopped.
pub unsafe fn prepare(leaks: bool) {
    let mut list = GOROUTINES.lock();
    list.clear();
    world::for_each_g(|g| {
        // SAFETY: passed on.
        if !leaks || unsafe { !leaks::suspect(g) } {
            list.push(g);
        }
    });
    DEFERRED.lock().clear();
    DEFERRED_LEN.store(0, Relaxed);
    let d = moduledata();
    STACK_BYTES.store(0, Relaxed);
    SPECIAL_JOBS.store(special::jobs(), Relaxed);
    JOBS.begin(blocks(&d.data) + blocks(&d.bss) + 1 + special::jobs() + list.len());
}

/// Whether jobs are left to take.
pub fn left() -> bool {
    JOBS.left() || DEFERRED_LEN.load(Acquire) != 0
}

/// One more goroutine is a root, for which there is no job.
pub fn add(g: *mut G) {
    defer(g);
}

fn defer(g: *mut G) {
    let mut list = DEFERRED.lock();
    list.push(g);
    DEFERRED_LEN.store(list.len(), Release);
}

/// Tries the goroutines that were put off once each until one can be scanned.
unsafe fn retry(w: &mut GcWork) -> Step {
    let n = DEFERRED_LEN.load(Acquire);
    for _ in 0..n {
        let g = {
            let mut list = DEFERRED.lock();
            let Some(g) = list.pop() else { return Step::Waiting };
            // The length stays above 0 while the job is in hand.
            g
        };
        // SAFETY: passed on.
        let done = unsafe { scan(w, g) };
        let mut list = DEFERRED.lock();
        if !done {
            // To the other end.
            list.push(g);
            let last = list.len() - 1;
            list.as_mut_slice().swap(0, last);
        }
        DEFERRED_LEN.store(list.len(), Release);
        if done {
            return Step::Done;
        }
    }
    if n == 0 { Step::None } else { Step::Waiting }
}

/// Does one job. `stopped`: the world is stopped.
///
/// # Safety
/// The caller marks, and owns the work's P.
pub unsafe fn step(w: &mut GcWork, stopped: bool) -> Step {
    let Some(mut i) = JOBS.take() else {
        // SAFETY: passed on.
        unsafe {
            if stopped {
                let g = DEFERRED.lock().pop();
                let Some(g) = g else { return Step::None };
                DEFERRED_LEN.store(DEFERRED.lock().len(), Release);
                stopped_goroutine(w, g);
                return Step::Done;
            }
            return retry(w);
        }
    };
    let d = moduledata();
    // SAFETY: the masks cover their ranges; see `goroutine`.
    unsafe {
        for r in [&d.data, &d.bss] {
            let n = blocks(r);
            if i < n {
                range(w, r, i);
                return Step::Done;
            }
            i -= n;
        }
        if i == 0 {
            timer::for_each_root(|p| grey(w, p));
            cpu::for_each_root(|p| grey(w, p));
            special::for_each_queued(|p| grey(w, p));
            return Step::Done;
        }
        i -= 1;
        let n = SPECIAL_JOBS.load(Relaxed);
        if i < n {
            special::for_each_root(i, |p, contents| {
                if contents {
                    grey_contents(w, p);
                } else {
                    grey(w, p);
                }
            });
            return Step::Done;
        }
        let g = GOROUTINES.lock().as_slice()[i - n];
        if stopped {
            stopped_goroutine(w, g);
        } else if !scan(w, g) {
            defer(g);
        }
    }
    Step::Done
}

/// Scans a goroutine if it does not run; otherwise it has been asked to stop.
unsafe fn scan(w: &mut GcWork, g: *mut G) -> bool {
    // SAFETY: a suspended goroutine's state is ours.
    unsafe {
        match world::suspend_g(g) {
            Suspend::Stopped(s) => {
                goroutine(w, g);
                if s.status == WAITING {
                    shrink::shrink(g);
                }
                world::resume_g(s);
            }
            Suspend::Dead => {}
            Suspend::Busy => return false,
        }
    }
    true
}

/// Scans a goroutine while the world is stopped: it is parked, or queued, or waits in a native.
unsafe fn stopped_goroutine(w: &mut GcWork, g: *mut G) {
    // SAFETY: nothing else touches goroutines.
    unsafe {
        let status = (*g).status();
        if status != DEAD && status != IDLE {
            goroutine(w, g);
            if status == WAITING {
                shrink::shrink(g);
            }
        }
    }
}

/// Block `i` of a range of variables.
unsafe fn range(w: &mut GcWork, r: &DataRange, i: usize) {
    let words = (r.end - r.start) / 8;
    let (first, end) = (i * BLOCK / 8, ((i + 1) * BLOCK / 8).min(words));
    w.scanned += 8 * (end - first);
    let mut found = Gathered::new();
    // Blocks are multiples of 64 words.
    for at in (first..end).step_by(64) {
        let mut bits = 0;
        for k in 0..(end - at).min(64).div_ceil(8) {
            // SAFETY: the mask covers the range.
            bits |= unsafe { *r.mask.add(at / 8 + k) as u64 } << (8 * k);
        }
        // SAFETY: as above.
        unsafe { found.add(w, r.start + 8 * at, bits) };
    }
    found.flush(w);
}

/// A stack object of the goroutine being scanned.
#[derive(Clone, Copy)]
struct Object {
    addr: usize,
    record: *const StackObject,
    visited: bool,
}

/// Scratch memory of a stack scan; each P has its own.
pub struct Scan {
    objects: Vector<Object>,
    /// Words that point into the stack.
    found: Vector<usize>,
}

impl Scan {
    /// Without memory.
    pub const fn new() -> Scan {
        Scan { objects: Vector::new(), found: Vector::new() }
    }
}

impl Default for Scan {
    fn default() -> Self {
        Scan::new()
    }
}

/// Marks from a goroutine.
///
/// # Safety
/// The goroutine does not run, its saved state is valid.
pub unsafe fn goroutine(w: &mut GcWork, g: *mut G) {
    // SAFETY: passed on. Whoever completes a channel operation of a parked goroutine may recycle its sudogs meanwhile:
    // what is found through them then is marked needlessly, and what they referred to is in the goroutine's frames.
    unsafe {
        let mut scan = core::mem::take(&mut w.scan);
        scan.objects.clear();
        scan.found.clear();
        let words = &raw const (*g).h.go as *const usize;
        for i in 0..GO_POINTER_WORDS {
            root(w, g, &mut scan, *words.add(i));
        }
        let mut sg: *mut Sudog = (*g).waiting;
        while !sg.is_null() {
            grey(w, (*sg).chan as usize);
            if (*sg).on_stack {
                scan.found.push((*g).h.stack_hi.wrapping_sub((*sg).elem));
            } else {
                grey(w, (*sg).elem);
            }
            sg = (*sg).waitlink;
        }
        grey(w, (*g).mailbox);
        if (*g).wait_reason == WaitReason::GcAssist as u8 {
            grey(w, (*g).h.ret0);
        }
        if (*g).h.stack_hi != 0 {
            stack(w, g, &mut scan);
        }
        w.scan = scan;
    }
}

/// A word that holds a pointer: into the heap, or into the goroutine's stack.
///
/// # Safety
/// `g` does not run.
#[inline]
unsafe fn root(w: &mut GcWork, g: *mut G, scan: &mut Scan, p: usize) {
    // SAFETY: passed on.
    if unsafe { (*g).owns(p) } {
        scan.found.push(p);
    } else {
        grey(w, p);
    }
}

unsafe fn stack(w: &mut GcWork, g: *mut G, scan: &mut Scan) {
    // SAFETY: the goroutine does not run.
    unsafe {
        let used = (*g).h.stack_hi.saturating_sub((*g).h.sched.sp);
        STACK_BYTES.fetch_add(used, Relaxed);
        w.scanned += used;
        stacks::scanned(used);
        grow::for_each_saved_arg(g, |a| root(w, g, scan, *a));
        let mut walk = Unwinder::of(g);
        if !(*g).stopped.is_null() {
            let exact = EXACT.load(Relaxed);
            stopped::for_each_word(g, |p| {
                if exact {
                    return;
                }
                for q in astray(p) {
                    root(w, g, scan, q);
                }
            });
            // The innermost frame is done.
            walk.next();
        }
        while let Some(frame) = walk.next() {
            objects(&mut scan.objects, &frame);
            unwind::for_each_pointer(&frame, |a| root(w, g, scan, *a));
            unwind::for_each_spilled_address(&frame, (*g).h.stack_hi, |p| scan.found.push(p));
        }
        while let Some(p) = scan.found.pop() {
            let all = scan.objects.as_mut_slice();
            let i = all.partition_point(|o| o.addr <= p);
            if i == 0 || all[i - 1].visited {
                continue;
            }
            let o = &mut all[i - 1];
            if p >= o.addr + (*o.record).size as usize {
                continue;
            }
            o.visited = true;
            let (record, addr) = (o.record, o.addr);
            unwind::for_each_object_word(&*record, addr, |a| root(w, g, scan, *a));
        }
    }
}

/// Leave out what is only taken for a pointer: words of a function that was stopped by a signal.
pub static EXACT: AtomicBool = AtomicBool::new(false);

/// How far behind or before its object a word may point because the optimiser has reordered the computation of an address.
const STRAY: usize = 64;

/// What a word of a function that was stopped between any two instructions may refer to.
fn astray(p: usize) -> [usize; 4] {
    [p, p.wrapping_sub(1), p.wrapping_sub(STRAY), p.wrapping_add(STRAY)]
}

/// Adds a frame's stack objects. Frames come by rising address, and so do the objects of each.
fn objects(list: &mut Vector<Object>, frame: &Frame) {
    let Code::Go(f) = frame.code else { return };
    let records = f.objects();
    if records.is_empty() {
        return;
    }
    let sp = frame.sp();
    for record in records {
        list.push(Object { addr: sp + record.offset as usize, record, visited: false });
    }
}
