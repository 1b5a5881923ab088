//! Roots: where marking begins.
//!
//! Roots are numbered jobs, made when a cycle begins and taken by whoever marks: blocks of data and bss by their masks,
//! specials and timers, and every goroutine. A goroutine's roots are the pointer words of its frames by their maps, stack
//! objects reached from there, the Go area's pointer words, and what the runtime holds for it while it is parked: sudog
//! elements, channels, its mailbox, the result of an allocation in which it was stopped, and the arguments of a function
//! in whose stack check it was stopped.
//!
//! A stack object counts if a live word of the stack points to it. Frames are walked once, objects are collected in rising
//! order of address, and then visited as pointers to them are found.
//!
//! **Runs on** g0. A goroutine is scanned while it is suspended. Lock ranks: `allgs`, timers, specials.

use super::barrier;
use super::mark::{grey, grey_contents};
use super::work::GcWork;
use crate::chan::sudog::Sudog;
use crate::image::moduledata;
use crate::lock::Lock;
use crate::mem::persistent::Vector;
use crate::mem::special;
use crate::prof::cpu;
use crate::sched::WaitReason;
use crate::sched::g::{G, WAITING};
use crate::sched::world::{self, Suspend};
use crate::stack::unwind::{self, Code, Frame, Unwinder};
use crate::stack::{grow, shrink};
use crate::timer;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use grus_abi::g::GO_POINTER_WORDS;
use grus_abi::moduledata::DataRange;
use grus_abi::symtab::StackObject;

/// Bytes of data or bss in one job.
const BLOCK: usize = 64 << 10;

/// Goroutines of this cycle; those that start later have nothing that is not marked.
static GOROUTINES: Lock<Vector<*mut G>> = Lock::new(Vector::new());
static JOBS: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// Bytes of stacks scanned in this cycle.
pub static STACK_BYTES: AtomicUsize = AtomicUsize::new(0);

fn blocks(r: &DataRange) -> usize {
    r.end.saturating_sub(r.start).div_ceil(BLOCK)
}

/// Bytes of package variables that are scanned.
pub fn global_bytes() -> usize {
    let d = moduledata();
    d.data.end.saturating_sub(d.data.start) + d.bss.end.saturating_sub(d.bss.start)
}

/// Makes the jobs of a cycle.
///
/// # Safety
/// The world is stopped.
pub unsafe fn prepare() {
    let mut list = GOROUTINES.lock();
    list.clear();
    world::for_each_g(|g| list.push(g));
    let d = moduledata();
    STACK_BYTES.store(0, Relaxed);
    NEXT.store(0, Relaxed);
    JOBS.store(blocks(&d.data) + blocks(&d.bss) + 1 + list.len(), Relaxed);
}

/// Whether jobs are left to take.
pub fn left() -> bool {
    NEXT.load(Relaxed) < JOBS.load(Relaxed)
}

/// Does one job. False if there was none, or if it cannot be done now.
///
/// # Safety
/// The caller marks, and owns the work's P.
pub unsafe fn step(w: &mut GcWork) -> bool {
    // NEXT never runs ahead of JOBS: a job that is added later would be skipped.
    let Ok(mut i) = NEXT.fetch_update(Relaxed, Relaxed, |i| (i < JOBS.load(Acquire)).then_some(i + 1)) else {
        return false;
    };
    let d = moduledata();
    // SAFETY: the masks cover their ranges; see `goroutine`.
    unsafe {
        for r in [&d.data, &d.bss] {
            let n = blocks(r);
            if i < n {
                range(w, r, i);
                return true;
            }
            i -= n;
        }
        if i == 0 {
            timer::for_each_root(|p| grey(w, p));
            cpu::for_each_root(|p| grey(w, p));
            special::for_each_root(|p, contents| {
                if contents {
                    grey_contents(w, p);
                } else {
                    grey(w, p);
                }
            });
            return true;
        }
        let g = GOROUTINES.lock().as_slice()[i - 1];
        match world::suspend_g(g) {
            Suspend::Stopped(s) => {
                goroutine(w, g);
                if s.status == WAITING {
                    shrink::shrink(g);
                }
                world::resume_g(s);
            }
            Suspend::Dead => {}
            // The world is stopped: it waits in a native.
            Suspend::Busy if barrier::WRITE_BARRIER.load(Relaxed) == 0 => goroutine(w, g),
            Suspend::Busy => {
                // It has been asked to stop: another job for later.
                GOROUTINES.lock().push(g);
                JOBS.fetch_add(1, Release);
                return false;
            }
        }
    }
    true
}

/// Block `i` of a range of variables.
unsafe fn range(w: &mut GcWork, r: &DataRange, i: usize) {
    let words = (r.end - r.start) / 8;
    let (first, end) = (i * BLOCK / 8, ((i + 1) * BLOCK / 8).min(words));
    for byte in first / 8..end.div_ceil(8) {
        // SAFETY: the mask covers the range.
        let mut bits = unsafe { *r.mask.add(byte) };
        while bits != 0 {
            let k = byte * 8 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            // SAFETY: as above.
            let p = unsafe { ((r.start + 8 * k) as *const usize).read_volatile() };
            if p != 0 {
                grey(w, p);
            }
        }
    }
}

/// A stack object of the goroutine being scanned.
#[derive(Clone, Copy)]
struct Object {
    addr: usize,
    record: *const StackObject,
    visited: bool,
}

/// Scratch memory of a stack scan.
struct Scan {
    objects: Vector<Object>,
    /// Words that point into the stack.
    found: Vector<usize>,
}

// Scans of several threads take turns; there are at most as many at a time as there are Ps.
static SCAN: Lock<Scan> = Lock::new(Scan { objects: Vector::new(), found: Vector::new() });

/// Marks from a goroutine.
///
/// # Safety
/// The goroutine does not run, its saved state is valid.
pub unsafe fn goroutine(w: &mut GcWork, g: *mut G) {
    // SAFETY: passed on.
    unsafe {
        let words = &raw const (*g).h.go as *const usize;
        for i in 0..GO_POINTER_WORDS {
            grey(w, *words.add(i));
        }
        let mut sg: *mut Sudog = (*g).waiting;
        while !sg.is_null() {
            grey(w, (*sg).chan as usize);
            if !(*sg).on_stack {
                grey(w, (*sg).elem);
            }
            sg = (*sg).waitlink;
        }
        grey(w, (*g).mailbox);
        if (*g).wait_reason == WaitReason::GcAssist as u8 {
            grey(w, (*g).h.ret0);
        }
        if (*g).h.stack_hi == 0 {
            return;
        }
        stack(w, g);
    }
}

unsafe fn stack(w: &mut GcWork, g: *mut G) {
    let mut scan = SCAN.lock();
    let scan = &mut *scan;
    scan.objects.clear();
    scan.found.clear();
    // SAFETY: the goroutine does not run.
    unsafe {
        STACK_BYTES.fetch_add((*g).h.stack_hi.saturating_sub((*g).h.sched.sp), Relaxed);
        grow::for_each_saved_arg(g, |a| {
            let p = *a;
            if (*g).owns(p) {
                scan.found.push(p);
            } else {
                grey(w, p);
            }
        });
        let mut walk = Unwinder::new(&(*g).h.sched);
        while let Some(frame) = walk.next() {
            objects(&mut scan.objects, &frame);
            unwind::for_each_pointer(&frame, |a| {
                let p = *a;
                if (*g).owns(p) {
                    scan.found.push(p);
                } else {
                    grey(w, p);
                }
            });
        }
        while let Some(p) = scan.found.pop() {
            let all = scan.objects.as_mut_slice();
            let i = all.partition_point(|o| o.addr <= p);
            if i == 0 || all[i - 1].visited {
                continue;
            }
            let o = &mut all[i - 1];
            let StackObject { size, mask, mask_words, .. } = *o.record;
            if p >= o.addr + size as usize {
                continue;
            }
            o.visited = true;
            let addr = o.addr;
            for k in 0..mask_words as usize {
                if *(mask as usize as *const u8).add(k / 8) >> (k % 8) & 1 != 0 {
                    let q = *((addr + 8 * k) as *const usize);
                    if (*g).owns(q) {
                        scan.found.push(q);
                    } else {
                        grey(w, q);
                    }
                }
            }
        }
    }
}

/// Adds a frame's stack objects; frames come by rising address.
fn objects(list: &mut Vector<Object>, frame: &Frame) {
    let Code::Go(f) = frame.code else { return };
    let records = f.objects();
    if records.is_empty() {
        return;
    }
    let (start, sp) = (list.len(), frame.sp());
    for record in records {
        let addr = sp + record.offset as usize;
        list.push(Object { addr, record, visited: false });
        let all = &mut list.as_mut_slice()[start..];
        let mut i = all.len() - 1;
        while i > 0 && all[i - 1].addr > all[i].addr {
            all.swap(i - 1, i);
            i -= 1;
        }
    }
}
