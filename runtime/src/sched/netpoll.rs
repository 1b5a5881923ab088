//! The network poller: descriptors that goroutines wait for, on epoll(7), edge-triggered.
//!
//! A [`PollDesc`] has one word for readers and one for writers, in [`Waiter`], which has the transitions: a goroutine
//! that is about to wait, one that waits, an event. Who takes a goroutine out of it readies it.
//!
//! Because the trigger is an edge, an event that nobody waits for must leave `READY` behind.
//!
//! Deadlines are entries of the timer heap. Each change of a deadline counts `rseq`/`wseq` up, and an entry that expires
//! with an old count is ignored. Descriptors are pooled and never freed; events carry the low bits of `fdseq`, so that a
//! late one does not hit the next user.
//!
//! A thread that blocks in the poller is woken by an eventfd ([`interrupt`]).
//!
//! # Orderings
//!
//! * Waiting and events: a goroutine announces itself in its [`Waiter`] and looks at `closing`, `deadline` and
//!   `error` then; who changes these (under `lock`, or an event) looks at the `Waiter` after that. All are
//!   sequentially consistent: one sees the other.
//! * `EPOLL` and `EVENT` are Relaxed: `UP` publishes them (SeqCst, Acquire in [`ready`]).
//! * `fdseq` is changed with AcqRel and loaded with Acquire: an event of an earlier use is not taken for one of this.
//! * `WAITERS` is counted before a goroutine can be woken. Whoever finds 0 sleeps elsewhere; the P of the goroutine
//!   that parks comes to look itself.
//! * `INTERRUPTED` stops needless writes to the eventfd. Who finds 1 there relies on the poller that is about to
//!   return, which sets `LAST_POLL` (SeqCst) and looks at the timers again.
//!
//! **Runs on** g0 and the monitor's thread. **May** park the goroutine that entered; [`poll`] may block. Lock ranks:
//! poll descriptor > timers > `sched`.

use super::g::{G, RUNNABLE, WAITING};
use super::m;
use super::park::{WaitReason, goready, park};
use super::shared::{Begin, Waiter};
use super::state::LAST_POLL;
use crate::arch::EpollEvent;
use crate::lock::{Lock, RawLock};
use crate::mem::persistent;
use crate::native::Pair;
use crate::os::{clock, syscall3, syscall6};
use crate::panic::fatal;
use crate::timer::deadline::{self, Deadline};
use crate::trace;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, SeqCst};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU32};

/// Results for `internal/poll`.
const OK: usize = 0;
const CLOSING: usize = 1;
const TIMEOUT: usize = 2;
const NOT_POLLABLE: usize = 3;

const EPOLLIN: u32 = 1;
const EPOLLOUT: u32 = 4;
const EPOLLERR: u32 = 8;
const EPOLLHUP: u32 = 0x10;
const EPOLLRDHUP: u32 = 0x2000;
const EPOLLET: u32 = 1 << 31;

/// Bits of an event's word that hold the address.
const ADDRESS: u64 = (1 << 48) - 1;

/// A descriptor that goroutines wait for.
pub struct PollDesc {
    link: *mut PollDesc,
    fd: u32,
    /// Changes with each use of the structure.
    fdseq: AtomicU32,
    /// Reader and writer.
    waiter: [Waiter; 2],
    lock: RawLock,
    /// Changed under `lock`, read by [`check`] without it.
    closing: AtomicBool,
    error: AtomicBool,
    /// Deadline for reading and writing: 0 none, negative: expired.
    deadline: [AtomicI64; 2],
    /// Changed under `lock`.
    seq: [AtomicU32; 2],
    timer: [Deadline; 2],
}

static EPOLL: AtomicI32 = AtomicI32::new(-1);
static EVENT: AtomicI32 = AtomicI32::new(-1);
static UP: AtomicBool = AtomicBool::new(false);
static INIT: RawLock = RawLock::new();
/// Goroutines that wait for descriptors.
static WAITERS: AtomicU32 = AtomicU32::new(0);
/// An interruption is under way.
static INTERRUPTED: AtomicU32 = AtomicU32::new(0);
static POOL: Lock<*mut PollDesc> = Lock::new(null_mut());

fn control(op: i32, fd: i32, mut ev: EpollEvent) -> isize {
    let epoll = EPOLL.load(Relaxed) as usize;
    // SAFETY: the event outlives the call.
    unsafe {
        syscall6(libc::SYS_epoll_ctl as usize, epoll, op as usize, fd as usize, &raw mut ev as usize, 0, 0)
    }
}

/// Brings the poller up, once.
pub fn init() {
    if ready() {
        return;
    }
    INIT.lock();
    if !ready() {
        // SAFETY: plain numbers.
        let (epoll, event) = unsafe {
            (
                syscall3(libc::SYS_epoll_create1 as usize, libc::EPOLL_CLOEXEC as usize, 0, 0),
                syscall3(
                    libc::SYS_eventfd2 as usize,
                    0,
                    (libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) as usize,
                    0,
                ),
            )
        };
        if epoll < 0 || event < 0 {
            fatal::throw("runtime: netpollinit failed");
        }
        EVENT.store(event as i32, Relaxed);
        EPOLL.store(epoll as i32, Relaxed);
        let ev = EpollEvent { events: EPOLLIN, data: &raw const EVENT as u64 };
        if control(libc::EPOLL_CTL_ADD, event as i32, ev) != 0 {
            fatal::throw("runtime: netpollinit failed");
        }
        LAST_POLL.store(clock::nanotime(), SeqCst);
        UP.store(true, SeqCst);
    }
    // SAFETY: locked above.
    unsafe { INIT.unlock() };
}

/// Whether it is up.
pub fn ready() -> bool {
    UP.load(Acquire)
}

/// Whether goroutines wait for descriptors.
pub fn waiters() -> bool {
    WAITERS.load(SeqCst) > 0
}

/// Makes a thread that is blocked in [`poll`] return.
pub fn interrupt() {
    if INTERRUPTED.compare_exchange(0, 1, SeqCst, Relaxed).is_err() {
        return;
    }
    let one = 1u64;
    loop {
        // SAFETY: eight readable bytes.
        let n = unsafe {
            syscall3(libc::SYS_write as usize, EVENT.load(Relaxed) as usize, &raw const one as usize, 8)
        };
        if n != -(libc::EINTR as isize) {
            return;
        }
    }
}

/// Waits at most `delay` nanoseconds (negative: for ever; 0: not at all) for events. Returns the goroutines that can go
/// on, runnable, linked.
pub fn poll(delay: i64) -> *mut G {
    if !ready() {
        return null_mut();
    }
    let ms: i64 = match delay {
        ..0 => -1,
        0 => 0,
        1..1_000_000 => 1,
        _ => (delay / 1_000_000).min(1_000_000_000),
    };
    let mut events = [EpollEvent { events: 0, data: 0 }; 128];
    let n = loop {
        // SAFETY: the kernel writes at most 128 events.
        let n = unsafe {
            syscall6(
                libc::SYS_epoll_pwait as usize,
                EPOLL.load(Relaxed) as usize,
                events.as_mut_ptr() as usize,
                events.len(),
                ms as usize,
                0,
                0,
            )
        };
        if n >= 0 {
            break n as usize;
        }
        if n != -(libc::EINTR as isize) {
            fatal::throw("runtime: netpoll failed");
        }
        // The time that is left has to be computed anew.
        if ms > 0 {
            return null_mut();
        }
    };
    let mut list = null_mut();
    for ev in &events[..n] {
        let (bits, data) = (ev.events, ev.data);
        if data == &raw const EVENT as u64 {
            // A thread that does not block leaves the interruption to the one that does.
            if delay != 0 {
                let mut b = 0u64;
                // SAFETY: eight writable bytes.
                unsafe {
                    syscall3(libc::SYS_read as usize, EVENT.load(Relaxed) as usize, &raw mut b as usize, 8)
                };
                INTERRUPTED.store(0, SeqCst);
            }
            continue;
        }
        let pd = (data & ADDRESS) as *mut PollDesc;
        // SAFETY: descriptors are never freed.
        unsafe {
            if (*pd).fdseq.load(Acquire) as u16 != (data >> 48) as u16 {
                continue;
            }
            (*pd).error.store(bits == EPOLLERR, SeqCst);
            if bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR) != 0 {
                add(&mut list, unblock(pd, 0, true));
            }
            if bits & (EPOLLOUT | EPOLLHUP | EPOLLERR) != 0 {
                add(&mut list, unblock(pd, 1, true));
            }
        }
    }
    list
}

/// Makes a goroutine runnable and adds it to a list.
unsafe fn add(list: &mut *mut G, g: *mut G) {
    if !g.is_null() {
        // SAFETY: whoever takes a G out of a descriptor readies it.
        unsafe {
            let _outside = trace::outside();
            trace::scheduler::go_unblock(g);
            (*g).set_status(WAITING, RUNNABLE);
            (*g).link = *list;
        }
        *list = g;
    }
}

/// Ends the wait of one side: returns the goroutine to ready, if one is parked.
unsafe fn unblock(pd: *mut PollDesc, side: usize, io: bool) -> *mut G {
    // SAFETY: descriptors are never freed.
    let g = unsafe { (*pd).waiter[side].unblock(io) };
    if g != 0 {
        WAITERS.fetch_sub(1, SeqCst);
    }
    g as *mut G
}

/// Why a side cannot be waited for.
unsafe fn check(pd: *mut PollDesc, side: usize) -> usize {
    // SAFETY: descriptors are never freed.
    unsafe {
        if (*pd).closing.load(SeqCst) {
            CLOSING
        } else if (*pd).deadline[side].load(SeqCst) < 0 {
            TIMEOUT
        } else if side == 0 && (*pd).error.load(SeqCst) {
            NOT_POLLABLE
        } else {
            OK
        }
    }
}

fn side(mode: usize) -> usize {
    (mode as u8 == b'w') as usize
}

/// `pollopen(fd uintptr) (pd uintptr, errno int)`.
unsafe extern "C" fn pollopen(fd: usize) -> Pair {
    let pd = {
        let mut pool = POOL.lock();
        let pd = *pool;
        // SAFETY: pooled descriptors are unused.
        unsafe {
            if pd.is_null() {
                persistent::alloc(size_of::<PollDesc>(), 64) as *mut PollDesc
            } else {
                *pool = (*pd).link;
                pd
            }
        }
    };
    // SAFETY: the descriptor is ours; zeroed memory is a valid one.
    unsafe {
        (*pd).lock.lock();
        for i in 0..2 {
            if !(*pd).waiter[i].renew() {
                fatal::throw("runtime: blocked read on free polldesc");
            }
            (*pd).deadline[i].store(0, SeqCst);
            (*pd).seq[i].fetch_add(1, SeqCst);
        }
        (*pd).fd = fd as u32;
        (*pd).fdseq.fetch_add(1, AcqRel);
        (*pd).closing.store(false, SeqCst);
        (*pd).error.store(false, SeqCst);
        (*pd).lock.unlock();
        let data = pd as u64 | ((*pd).fdseq.load(Relaxed) as u16 as u64) << 48;
        let events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        let r = control(libc::EPOLL_CTL_ADD, fd as i32, EpollEvent { events, data });
        if r != 0 {
            free(pd);
            return Pair(0, -r as usize);
        }
        Pair(pd as usize, 0)
    }
}

unsafe fn free(pd: *mut PollDesc) {
    // SAFETY: the caller gives the descriptor up.
    unsafe {
        (*pd).fdseq.fetch_add(1, AcqRel);
        let mut pool = POOL.lock();
        (*pd).link = *pool;
        *pool = pd;
    }
}

/// `pollclose(pd uintptr)`.
unsafe extern "C" fn pollclose(pd: *mut PollDesc) {
    // SAFETY: the Go half passes a descriptor that it opened.
    unsafe {
        if !(*pd).closing.load(SeqCst) {
            fatal::throw("runtime: close polldesc w/o unblock");
        }
        if (*pd).waiter.iter().any(Waiter::is_waited_for) {
            fatal::throw("runtime: blocked read on closing polldesc");
        }
        control(libc::EPOLL_CTL_DEL, (*pd).fd as i32, EpollEvent { events: 0, data: 0 });
        free(pd);
    }
}

/// `pollcheck(pd uintptr, mode int, reset bool) int`: why it cannot be waited for; forgets readiness if asked to.
unsafe extern "C" fn pollcheck(pd: *mut PollDesc, mode: usize, reset: usize) -> usize {
    // SAFETY: as above.
    unsafe {
        let r = check(pd, side(mode));
        if r == OK && crate::native::flag(reset) {
            (*pd).waiter[side(mode)].reset();
        }
        r
    }
}

/// Commit of a wait: the descriptor names the goroutine, unless it became ready.
unsafe extern "C" fn commit(g: *mut G, word: usize) -> bool {
    // SAFETY: descriptors are never freed.
    let word = unsafe { &*(word as *const Waiter) };
    // Counted before it can be woken.
    WAITERS.fetch_add(1, SeqCst);
    if word.park(g as usize) {
        return true;
    }
    WAITERS.fetch_sub(1, SeqCst);
    false
}

/// `pollblock(pd uintptr, mode int, always bool) int`: 1 ready, 0 not (any more); 2 after a park: call `pollwoke`.
unsafe extern "C" fn pollblock(pd: *mut PollDesc, mode: usize, always: usize) -> usize {
    let s = side(mode);
    // SAFETY: as above.
    unsafe {
        let word = &(*pd).waiter[s];
        match word.begin() {
            Begin::Ready => return 1,
            Begin::Wait => {}
            Begin::Busy => fatal::throw("runtime: double wait"),
        }
        // Closing and deadlines change the state first and the word then.
        if crate::native::flag(always) || check(pd, s) == OK {
            let g = m::curg();
            (*g).h.ret0 = 2;
            park(g, WaitReason::IoWait as u8, Some(commit), word as *const Waiter as usize);
            return 2;
        }
        woke(word)
    }
}

/// `pollwoke(pd uintptr, mode int) int`.
unsafe extern "C" fn pollwoke(pd: *mut PollDesc, mode: usize) -> usize {
    // SAFETY: as above.
    unsafe { woke(&(*pd).waiter[side(mode)]) }
}

fn woke(word: &Waiter) -> usize {
    match word.end() {
        Some(ready) => ready as usize,
        None => fatal::throw("runtime: corrupted polldesc"),
    }
}

/// Readies goroutines that were taken out of a descriptor.
unsafe fn ready_all(gs: [*mut G; 2]) {
    for g in gs {
        if !g.is_null() {
            // SAFETY: whoever takes a G out readies it.
            unsafe { goready(g) };
        }
    }
}

/// `polldeadline(pd uintptr, d int64, mode int)`: `d` > 0 nanoseconds from now, 0 none, < 0 expired.
unsafe extern "C" fn polldeadline(pd: *mut PollDesc, d: i64, mode: usize) {
    let when = if d > 0 { clock::nanotime().saturating_add(d) } else { d };
    let mut gs = [null_mut(); 2];
    // SAFETY: as above.
    unsafe {
        (*pd).lock.lock();
        if (*pd).closing.load(SeqCst) {
            (*pd).lock.unlock();
            return;
        }
        for (i, g) in gs.iter_mut().enumerate() {
            // Modes are 'r', 'w' and 'r'+'w'.
            let wanted = match mode {
                m if m == (b'r' + b'w') as usize => true,
                m => side(m) == i,
            };
            if !wanted {
                continue;
            }
            let old = (*pd).deadline[i].swap(when, SeqCst);
            if when > 0 || old > 0 {
                let seq = (*pd).seq[i].fetch_add(1, SeqCst).wrapping_add(1);
                deadline::set(&raw mut (*pd).timer[i], pd as usize, i as u32, seq, when);
            }
            if when < 0 {
                *g = unblock(pd, i, false);
            }
        }
        (*pd).lock.unlock();
        ready_all(gs);
    }
}

/// A deadline that was set with this count has come.
///
/// # Safety
/// `pd` is the address of a descriptor; the calling thread has a P.
pub unsafe fn expired(pd: usize, side: u32, seq: u32) {
    let pd = pd as *mut PollDesc;
    let i = side as usize;
    // SAFETY: descriptors are never freed.
    unsafe {
        (*pd).lock.lock();
        if (*pd).seq[i].load(SeqCst) != seq {
            (*pd).lock.unlock();
            return;
        }
        (*pd).deadline[i].store(-1, SeqCst);
        let g = unblock(pd, i, false);
        (*pd).lock.unlock();
        ready_all([g, null_mut()]);
    }
}

/// `pollunblock(pd uintptr)`: the descriptor is being closed.
unsafe extern "C" fn pollunblock(pd: *mut PollDesc) {
    // SAFETY: as above.
    unsafe {
        (*pd).lock.lock();
        if (*pd).closing.swap(true, SeqCst) {
            fatal::throw("runtime: unblock on closing polldesc");
        }
        let mut gs = [null_mut(); 2];
        for (i, g) in gs.iter_mut().enumerate() {
            (*pd).seq[i].fetch_add(1, SeqCst);
            *g = unblock(pd, i, false);
            deadline::set(&raw mut (*pd).timer[i], pd as usize, i as u32, 0, 0);
        }
        (*pd).lock.unlock();
        ready_all(gs);
    }
}

unsafe extern "C" fn pollinit() {
    init();
}

/// `pollisown(fd uintptr) bool`: whether the descriptor is the poller's own.
unsafe extern "C" fn pollisown(fd: usize) -> usize {
    (ready() && (fd == EPOLL.load(Relaxed) as usize || fd == EVENT.load(Relaxed) as usize)) as usize
}

crate::g0_entry! {
    "runtime.pollinit" => pollinit,
    "runtime.pollopen" => pollopen,
    "runtime.pollclose" => pollclose,
    "runtime.pollcheck" => pollcheck,
    "runtime.pollblock" => pollblock,
    "runtime.pollwoke" => pollwoke,
    "runtime.polldeadline" => polldeadline,
    "runtime.pollunblock" => pollunblock,
    "runtime.pollisown" => pollisown,
}
