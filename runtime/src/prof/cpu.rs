//! The CPU profile.
//!
//! Every thread that runs goroutines has a timer of its own on its own CPU clock, which sends it SIGPROF. The handler
//! stores the stack at the interrupted instruction in a ring, from which the Go half reads.
//!
//! # The ring
//!
//! A record is `{words, time, 1, labels, stack...}`; `READ` and `WRITTEN` count words and never wrap. Handlers take turns by
//! `WRITING`, a spin lock that only they and [`stop`] take, the latter with the signal blocked. Readers take turns by a
//! lock. What does not fit is counted in `LOST`.
//!
//! **Invariant:** the labels in unread records are roots. A handler copies them from a goroutine's header without a barrier,
//! which is sound while a collection marks: what the header holds has been marked when it was stored, or will be when the
//! goroutine is scanned, or has been shaded when the goroutine ended.
//!
//! # Orderings
//!
//! * `WRITTEN` is stored with Release when a record is complete, for the Acquire of readers; `READ` with Release when
//!   it has been copied, for the Acquire of the handler that reuses the words. A side's own load of what it alone
//!   stores is Relaxed: handlers under `WRITING` (Acquire, Release), readers under `READER`.
//! * `HZ` is stored with Release after the ring and what else [`start`] prepares, and loaded with Acquire by
//!   handlers. Under `WRITING`, which [`stop`] takes before it stores 0, Relaxed suffices.
//! * `LOST` only counts.
//!
//! **Runs on** gsignal (sampling), g0. **May** not allocate in the handler. Lock ranks: `CONTROL`, then `sched`.

use crate::arch::signal::Context;
use crate::lock::Lock;
use crate::mem::gc::{self, barrier};
use crate::native::Pair;
use crate::os::{clock, memory, process, syscall3, syscall6};
use crate::panic::signal;
use crate::prof::walk;
use crate::sched::m::{self, M, Role};
use crate::sched::threads;
use crate::symtab::natives;
use crate::trace;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use grus_abi::moduledata::shown;

/// Words of the ring, as many as gc's buffer has.
const WORDS: usize = 1 << 17;
/// Deepest stack that is recorded.
const DEPTH: usize = 64;
/// Words of a record before its stack.
const HEAD: usize = 4;

/// Samples per second of CPU time; 0: off.
static HZ: AtomicU32 = AtomicU32::new(0);
/// What a sample without a goroutine is attributed to.
static SYSTEM_PC: AtomicUsize = AtomicUsize::new(0);
static RING: AtomicUsize = AtomicUsize::new(0);
static READ: AtomicUsize = AtomicUsize::new(0);
static WRITTEN: AtomicUsize = AtomicUsize::new(0);
static WRITING: AtomicU32 = AtomicU32::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// Held while timers are made or removed.
static CONTROL: Lock<()> = Lock::new(());
/// Held by who reads, and while labels are marked.
static READER: Lock<()> = Lock::new(());

/// The word with this number.
///
/// # Safety
/// The ring exists.
unsafe fn word(i: usize) -> *mut u64 {
    (RING.load(Relaxed) + i % WORDS * 8) as *mut u64
}

/// Records where this thread is: the handler of SIGPROF.
///
/// # Safety
/// Runs on the signal stack of an M.
pub unsafe fn sample(ctx: &Context) {
    // Acquiring: what `start` stores before it is there, the ring above all.
    if HZ.load(Acquire) == 0 {
        return;
    }
    let mut pcs = [0usize; DEPTH];
    let (mut n, mut labels) = (0, 0);
    let g = m::curg();
    if !g.is_null() {
        // SAFETY: the thread's own goroutine; descriptors are never freed.
        unsafe {
            n = walk::interrupted(g, ctx, &mut pcs);
            labels = (*g).h.go.labels;
        }
    }
    if n == 0 {
        let scheduler = [shown::SCHEDULE, shown::MCALL].map(natives::pc);
        if g.is_null() && scheduler[0] != 0 {
            pcs[..2].copy_from_slice(&scheduler.map(|pc| pc + 1));
            n = 2;
        } else {
            pcs[0] = SYSTEM_PC.load(Relaxed);
            n = 1;
        }
    }
    if trace::on() {
        trace::sample::add(&pcs[..n]);
    }
    while WRITING.compare_exchange_weak(0, 1, Acquire, Relaxed).is_err() {
        core::hint::spin_loop();
    }
    if HZ.load(Relaxed) != 0 {
        // SAFETY: the ring exists, and this thread is the only writer.
        unsafe { put(labels, &pcs[..n]) };
    }
    WRITING.store(0, Release);
}

/// # Safety
/// The ring exists; the caller holds `WRITING`.
unsafe fn put(labels: usize, pcs: &[usize]) {
    let at = WRITTEN.load(Relaxed);
    let n = HEAD + pcs.len();
    if at + n - READ.load(Acquire) > WORDS {
        LOST.fetch_add(1, Relaxed);
        return;
    }
    let head = [n as u64, clock::nanotime() as u64, 1, labels as u64];
    for (i, v) in head.into_iter().chain(pcs.iter().map(|&pc| pc as u64)).enumerate() {
        // SAFETY: words from WRITTEN on are the writer's.
        unsafe { *word(at + i) = v };
    }
    WRITTEN.store(at + n, Release);
}

/// Structure `sigevent` of the kernel.
#[repr(C)]
struct SigEvent {
    value: usize,
    signo: i32,
    notify: i32,
    tid: i32,
    pad: [i32; 11],
}

const SIGEV_THREAD_ID: i32 = 4;

/// Gives a thread its timer.
///
/// # Safety
/// `CONTROL` is held; the thread exists.
unsafe fn arm(mp: *mut M) {
    // SAFETY: the structures outlive the calls; the field belongs to the lock.
    unsafe {
        let hz = HZ.load(Relaxed) as i64;
        let tid = (*mp).tid.load(Acquire) as i32;
        if hz == 0 || tid == 0 || (*mp).profile_timer >= 0 || (*mp).role != Role::Worker {
            return;
        }
        let event = SigEvent { value: 0, signo: libc::SIGPROF, notify: SIGEV_THREAD_ID, tid, pad: [0; 11] };
        // The clock of a thread's CPU time.
        let clock = (!tid << 3 | 6) as usize;
        let mut id = 0i32;
        if syscall3(libc::SYS_timer_create as usize, clock, &raw const event as usize, &raw mut id as usize)
            < 0
        {
            return;
        }
        let period = 1_000_000_000 / hz;
        // Threads that start together are not to be interrupted together.
        let random = (clock::nanotime() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = 1 + (random % period as u64) as i64;
        let parts = |ns: i64| [ns / 1_000_000_000, ns % 1_000_000_000];
        let ([s, ns], [first_s, first_ns]) = (parts(period), parts(first));
        let spec = [s, ns, first_s, first_ns];
        syscall6(libc::SYS_timer_settime as usize, id as usize, 0, spec.as_ptr() as usize, 0, 0, 0);
        (*mp).profile_timer = id;
    }
}

/// # Safety
/// `CONTROL` is held.
unsafe fn disarm(mp: *mut M) {
    // SAFETY: the field belongs to the lock.
    unsafe {
        if (*mp).profile_timer >= 0 {
            syscall3(libc::SYS_timer_delete as usize, (*mp).profile_timer as usize, 0, 0);
            (*mp).profile_timer = -1;
        }
    }
}

/// A thread has begun.
///
/// # Safety
/// `mp` is the calling thread's.
pub unsafe fn thread_started(mp: *mut M) {
    let _control = CONTROL.lock();
    // SAFETY: passed on.
    unsafe { arm(mp) };
}

/// A thread is about to end.
///
/// # Safety
/// `mp` is the calling thread's.
pub unsafe fn thread_ends(mp: *mut M) {
    let _control = CONTROL.lock();
    // SAFETY: passed on.
    unsafe { disarm(mp) };
}

/// `cpuprofstart(hz int, systemPC uintptr)`: starts sampling; unread records of before are dropped.
unsafe extern "C" fn start(hz: usize, system_pc: usize) {
    let _control = CONTROL.lock();
    if RING.load(Relaxed) == 0 {
        let Some(p) = memory::map(0, WORDS * 8) else { crate::panic::fatal::out_of_memory(WORDS * 8) };
        RING.store(p, Relaxed);
    }
    {
        let _reader = READER.lock();
        READ.store(WRITTEN.load(Relaxed), Relaxed);
        LOST.store(0, Relaxed);
    }
    SYSTEM_PC.store(system_pc, Relaxed);
    HZ.store(hz as u32, Release);
    // SAFETY: the lock is held.
    threads::for_each_m(|mp| unsafe { arm(mp) });
}

/// `cpuprofstop()`: when it returns, no sample is added any more.
unsafe extern "C" fn stop() {
    let _control = CONTROL.lock();
    // SAFETY: the lock is held.
    threads::for_each_m(|mp| unsafe { disarm(mp) });
    // A handler on this thread would wait for us for ever.
    let mask = signal::set_mask(u64::MAX);
    while WRITING.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
        process::yield_cpu();
    }
    HZ.store(0, Relaxed);
    WRITING.store(0, Release);
    signal::set_mask(mask);
}

/// `cpuprofread(out *cpuProfBuffer) (words, records int)`: moves whole records to `out.data` and their labels to `out.tags`,
/// whose elements are nil, as far as there is room.
unsafe extern "C" fn read(out: *const ReadBuffer) -> Pair {
    let _reader = READER.lock();
    let (mut words, mut records) = (0, 0);
    // SAFETY: the Go half passes buffers of the heap; words between READ and WRITTEN are the reader's.
    unsafe {
        let out = &*out;
        let mut at = READ.load(Relaxed);
        let end = WRITTEN.load(Acquire);
        while at != end && records < out.ntags {
            let n = *word(at) as usize;
            if words + n - 1 > out.ndata {
                break;
            }
            let labels = *word(at + 3) as usize;
            if gc::marking() {
                barrier::shade(labels);
            }
            *out.tags.add(records) = labels;
            let to = out.data.add(words);
            *to = n as u64 - 1;
            for i in 1..3 {
                *to.add(i) = *word(at + i);
            }
            for i in HEAD..n {
                *to.add(i - 1) = *word(at + i);
            }
            words += n - 1;
            records += 1;
            at += n;
        }
        READ.store(at, Release);
        if at == end && records < out.ntags && words + HEAD <= out.ndata {
            let lost = LOST.swap(0, Relaxed);
            if lost != 0 {
                for (i, v) in [HEAD as u64, clock::nanotime() as u64, 0, lost].into_iter().enumerate() {
                    *out.data.add(words + i) = v;
                }
                *out.tags.add(records) = 0;
                words += HEAD;
                records += 1;
            }
        }
    }
    Pair(words, records)
}

/// The Go half's `cpuProfBuffer`.
#[repr(C)]
struct ReadBuffer {
    data: *mut u64,
    ndata: usize,
    data_cap: usize,
    tags: *mut usize,
    ntags: usize,
    tags_cap: usize,
}

/// Calls `f` with the labels of unread records.
pub fn for_each_root(mut f: impl FnMut(usize)) {
    let _reader = READER.lock();
    let (mut at, end) = (READ.load(Relaxed), WRITTEN.load(Acquire));
    while at != end {
        // SAFETY: words between READ and WRITTEN are the reader's.
        unsafe {
            f(*word(at + 3) as usize);
            at += *word(at) as usize;
        }
    }
}

crate::g0_entry! {
    "runtime.cpuprofstart" => start,
    "runtime.cpuprofstop" => stop,
    "runtime.cpuprofread" => read,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_whole_and_in_order() {
        let _lock = crate::sched::start::init_for_tests();
        // SAFETY: the test is the only writer and reader.
        unsafe {
            let ring = memory::map(0, WORDS * 8).expect("memory");
            RING.store(ring, Relaxed);
            let mut data = [0u64; 40];
            let mut tags = [0usize; 8];
            let (d, t): (*mut u64, *mut usize) = ((&raw mut data).cast(), (&raw mut tags).cast());
            let buffer = ReadBuffer { data: d, ndata: 40, data_cap: 40, tags: t, ntags: 8, tags_cap: 8 };
            let mut want = 0usize;
            let mut seen = 0usize;
            while seen < WORDS {
                for k in 0..3 {
                    put(0, &[want, want + 1, want + 2][..=k]);
                    want += 1;
                }
                let Pair(words, records) = read(&buffer);
                assert_eq!(records, 3);
                let mut i = 0;
                for k in 0..3 {
                    assert_eq!((*d.add(i), *d.add(i + 2)), (4 + k as u64, 1));
                    assert_eq!(*d.add(i + 3) as usize, want - 3 + k);
                    i += *d.add(i) as usize;
                }
                assert_eq!(i, words);
                seen += words;
            }
            // A full ring counts what it drops.
            while LOST.load(Relaxed) == 0 {
                put(0, &[7; DEPTH]);
            }
            put(0, &[7; DEPTH]);
            assert_eq!(read(&buffer).1, 0, "a record that does not fit stays");
            READ.store(WRITTEN.load(Relaxed), Relaxed);
            assert_eq!(read(&buffer).0, 4);
            assert_eq!((*d, *d.add(2), *d.add(3)), (4, 0, 2));
            assert_eq!(read(&buffer).0, 0);
        }
    }
}
