//! Threads: making them, putting them to sleep, waking them, ending them.
//!
//! An M without work sleeps in `M::park` on the idle list. Whoever has a P for it takes it off the list, sets
//! `M::nextp` and wakes it; if no M is idle, a thread is made. New threads start with all signals blocked, take
//! their signal stack and then the mask of the first thread.
//!
//! A thread that belongs to a locked goroutine may have a state (namespaces, signal mask, priority) that a clone would
//! inherit; the template thread, which is made before any goroutine can be locked, makes threads for it.
//!
//! An M whose thread has ended goes to a free list; it and its stacks are used again once the kernel has zeroed
//! `M::alive`.
//!
//! # Orderings
//!
//! * An M that sleeps is given `nextp`, `spinning` and the like plainly or with Release; [`Note`] orders them. A new
//!   thread sees what was written before clone(2); one that the template thread makes, through `HANDOFF`'s lock.
//! * `tid` and `cloned` are stored with Release for `allthreads`, `alive` is loaded with Acquire after the kernel's
//!   store of 0.
//! * `EXEC` is set and tested under [`MAKING`].
//! * P and M name each other with Release; who follows `P::m` without owning the P (requests, reports) gets an M,
//!   perhaps the last one.
//! * In [`hand_off`] loads without the lock are hints; the last look is under the lock.
//!
//! **Runs on** g0. **May** block. Lock ranks: `sched`, `allgs` (deadlock detection).

use super::g::{self, G, PREEMPTED, RUNNABLE, RUNNING, SYSCALL, WAITING};
use super::m::{self, M, Role, SIGNAL_STACK};
use super::p::{self, P};
use super::schedule::{self, MAX_THREADS};
use super::state::{GC_WAITING, Lists, NMSPINNING, NPIDLE, SCHED, STOP_NOTE, nprocs};
use super::{netpoll, state, sysmon};
use crate::arch;
use crate::lock::{Guard, Lock};
use crate::mem::persistent;
use crate::os::futex::Note;
use crate::os::output::Sink;
use crate::os::{futex, memory, process, syscall3};
use crate::panic::{fatal, signal};
use crate::prof::cpu;
use crate::trace;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicU32};

/// Stack on which natives and the scheduler run.
const G0_STACK: usize = 256 << 10;
const PAGE: usize = 4096;

const CLONE_FLAGS: usize = (libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_SYSVSEM
    | libc::CLONE_THREAD
    | libc::CLONE_SETTLS
    | libc::CLONE_CHILD_CLEARTID) as usize;

/// Held while a thread is being made, and by exec(2) and calls in all threads, which must not meet a half-made thread.
pub static MAKING: Lock<()> = Lock::new(());
static EXEC: AtomicBool = AtomicBool::new(false);
static EXEC_WORD: AtomicU32 = AtomicU32::new(0);

/// Ms for which the template thread is to make threads.
static HANDOFF: Lock<*mut M> = Lock::new(null_mut());
static HAVE_TEMPLATE: AtomicBool = AtomicBool::new(false);
static TEMPLATE_NOTE: Note = Note::new();

/// The thread's part of an M's life: entered on a new g0 stack with all signals blocked.
///
/// # Safety
/// Called by `grus_clone` in the new thread.
unsafe extern "C" fn thread_start(mp: *mut M) -> ! {
    // SAFETY: the M was prepared by `start_thread`, its fields are this thread's now.
    unsafe {
        let tid = syscall3(libc::SYS_gettid as usize, 0, 0, 0);
        (*mp).tid.store(tid as u32, Release);
        signal::init_thread(mp);
        cpu::thread_started(mp);
        match (*mp).role {
            Role::Sysmon => sysmon::run(),
            Role::Template => template(),
            Role::Worker => {
                take_next_p(mp);
                schedule::schedule()
            }
        }
    }
}

/// Counts a new thread, before it exists: whoever is to run on it is in nobody's hands until then. Gives its number.
fn reserve_m(l: &mut Lists) -> i32 {
    let id = l.mcreated;
    l.mcreated += 1;
    id
}

/// An M for a new thread, which has been counted.
fn new_m(role: Role, id: i32) -> *mut M {
    let mut reused: *mut M = null_mut();
    {
        let mut l = SCHED.lock();
        let over = l.mcount() as usize > MAX_THREADS.load(Relaxed);
        // SAFETY: free Ms are valid; their threads may still be ending.
        unsafe {
            let mut link = &raw mut l.free_m;
            while !(*link).is_null() {
                let mp = *link;
                if (*mp).alive.load(Acquire) == 0 {
                    *link = (*mp).link;
                    reused = mp;
                    break;
                }
                link = &raw mut (*mp).link;
            }
        }
        if over {
            drop(l);
            Sink::stderr()
                .str("runtime: program exceeds ")
                .dec(MAX_THREADS.load(Relaxed) as i64)
                .str("-thread limit\n");
            fatal::throw("thread exhaustion");
        }
    }
    // SAFETY: the M is ours: fresh, or its thread has ended.
    unsafe {
        let mp = if reused.is_null() {
            let mp = persistent::alloc(size_of::<M>(), 64) as *mut M;
            let len = PAGE + G0_STACK + PAGE + SIGNAL_STACK;
            let Some(base) = memory::map(0, len) else { fatal::out_of_memory(len) };
            memory::protect_none(base, PAGE);
            memory::protect_none(base + PAGE + G0_STACK, PAGE);
            *mp = M::first();
            (*mp).this = mp;
            (*mp).g0_sp = base + PAGE + G0_STACK - 64;
            (*mp).signal_stack = base + PAGE + G0_STACK + PAGE;
            mp
        } else {
            let (g0_sp, signal_stack) = ((*reused).g0_sp, (*reused).signal_stack);
            *reused = M::first();
            (*reused).this = reused;
            (*reused).g0_sp = g0_sp;
            (*reused).signal_stack = signal_stack;
            reused
        };
        (*mp).id = id as u32;
        (*mp).role = role;
        (*mp).random.seed();
        (*mp).sigmask = (*super::start::first_m()).sigmask;
        let mut l = SCHED.lock();
        (*mp).all_link = l.all_m;
        l.all_m = mp;
        mp
    }
}

/// Makes the thread of a prepared M.
///
/// # Safety
/// The M is new.
unsafe fn start_thread(mp: *mut M) {
    // Asked with the lock held: exec(2) does not begin while it is.
    let _making = loop {
        let making = MAKING.lock();
        if !EXEC.load(Acquire) {
            break making;
        }
        drop(making);
        futex::wait(&EXEC_WORD, 0, 1_000_000);
    };
    let old = signal::set_mask(u64::MAX);
    // SAFETY: the M is new.
    unsafe { (*mp).cloned.store(true, Release) };
    let mut tries = 0;
    let r = loop {
        // SAFETY: the stack is the M's own, and unused; the M lives for ever.
        let r = unsafe {
            arch::clone_thread(CLONE_FLAGS, (*mp).g0_sp, mp as usize, (*mp).alive.as_ptr(), thread_start)
        };
        // The kernel may be short of something for a moment.
        if r != -(libc::EAGAIN as isize) || tries == 20 {
            break r;
        }
        tries += 1;
        process::sleep_ns(tries * 1_000_000);
    };
    signal::set_mask(old);
    if r < 0 {
        let have = SCHED.lock().mcount() - 1;
        let mut s = Sink::stderr();
        s.str("runtime: failed to create new OS thread (have ").dec(have as i64).str(" already; errno=");
        s.dec(-r as i64).str(")\n");
        if r == -(libc::EAGAIN as isize) {
            s.str("runtime: may need to increase max user processes (ulimit -u)\n");
        }
        drop(s);
        fatal::throw("newosproc");
    }
}

/// Makes a thread that runs goroutines, with this P.
///
/// # Safety
/// The caller gives up `pp`.
unsafe fn new_worker(pp: *mut P, spinning: bool, id: i32) {
    // SAFETY: the M is ours until its thread runs.
    unsafe {
        let mp = new_m(Role::Worker, id);
        (*mp).nextp.store(pp, Release);
        (*mp).spinning = spinning;
        let me = m::current();
        if !(*me).lockedg.is_null() && HAVE_TEMPLATE.load(Acquire) {
            let mut list = HANDOFF.lock();
            (*mp).link = *list;
            *list = mp;
            drop(list);
            TEMPLATE_NOTE.wakeup();
            return;
        }
        start_thread(mp);
    }
}

/// Starts the monitor.
///
/// # Safety
/// Start-up.
pub unsafe fn start_sysmon() {
    let id = reserve_m(&mut SCHED.lock());
    // SAFETY: the M is new.
    unsafe { start_thread(new_m(Role::Sysmon, id)) };
}

/// `startTemplateThread()`: called before a goroutine is locked on behalf of the program.
unsafe extern "C" fn start_template_thread() {
    if HAVE_TEMPLATE.swap(true, AcqRel) {
        return;
    }
    let id = reserve_m(&mut SCHED.lock());
    // SAFETY: the M is new.
    unsafe { start_thread(new_m(Role::Template, id)) };
}

/// The template thread.
fn template() -> ! {
    let mut l = SCHED.lock();
    l.nmsys += 1;
    check_dead(l);
    loop {
        TEMPLATE_NOTE.sleep();
        TEMPLATE_NOTE.clear();
        let mut mp = core::mem::replace(&mut *HANDOFF.lock(), null_mut());
        while !mp.is_null() {
            // SAFETY: listed Ms are prepared.
            unsafe {
                let next = (*mp).link;
                (*mp).link = null_mut();
                start_thread(mp);
                mp = next;
            }
        }
    }
}

/// Ties an M and a P together.
///
/// # Safety
/// `mp` is the calling thread's and has no P; the caller owns the P, which is idle or stopped.
pub unsafe fn acquire_p(mp: *mut M, pp: *mut P) {
    // SAFETY: passed on.
    unsafe {
        debug_assert!((*mp).p.is_null());
        (*pp).m.store(mp, Release);
        (*pp).status.store(p::RUNNING, Release);
        (*mp).p = pp;
        if trace::on() {
            trace::scheduler::proc_start(pp);
        }
    }
}

/// Unties them; the caller owns the P, which is nominally idle.
///
/// # Safety
/// `mp` is the calling thread's and has a P.
pub unsafe fn release_p(mp: *mut M) -> *mut P {
    // SAFETY: passed on.
    unsafe {
        if trace::on() {
            trace::scheduler::proc_stop();
        }
        let pp = (*mp).p;
        (*mp).p = null_mut();
        (*pp).m.store(null_mut(), Release);
        (*pp).status.store(p::IDLE, Release);
        pp
    }
}

/// Takes the P that the waker left.
///
/// # Safety
/// `mp` is the calling thread's.
unsafe fn take_next_p(mp: *mut M) {
    // SAFETY: the waker gave the P up.
    unsafe {
        let pp = (*mp).nextp.swap(null_mut(), AcqRel);
        acquire_p(mp, pp);
    }
}

/// Sleeps until another thread wakes this one.
unsafe fn sleep(mp: *mut M) {
    // SAFETY: the M is the calling thread's.
    unsafe {
        (*mp).blocked = true;
        (*mp).park.sleep();
        (*mp).park.clear();
        (*mp).blocked = false;
    }
}

/// Sleeps on the idle list until there is a P for this thread.
///
/// # Safety
/// The calling thread has no P, holds no lock, and does not spin.
pub unsafe fn stop_m(mp: *mut M) {
    // SAFETY: passed on.
    unsafe {
        debug_assert!((*mp).p.is_null() && !(*mp).spinning);
        let mut l = SCHED.lock();
        l.idle_m_put(mp);
        check_dead(l);
        sleep(mp);
        take_next_p(mp);
    }
}

/// Runs some thread with `pp` (null: with an idle P, if there is one). With `spinning`, the caller has counted the
/// thread as spinning already.
///
/// # Safety
/// The caller gives up `pp` and holds no `sched` lock.
pub unsafe fn start_m(mut pp: *mut P, spinning: bool) {
    let mut l = SCHED.lock();
    if pp.is_null() {
        debug_assert!(!spinning);
        pp = l.idle_p_get();
        if pp.is_null() {
            return;
        }
    }
    let mp = l.idle_m_get();
    let id = if mp.is_null() { reserve_m(&mut l) } else { 0 };
    drop(l);
    // SAFETY: an M off the idle list sleeps, or is about to, until it is woken.
    unsafe {
        if mp.is_null() {
            new_worker(pp, spinning, id);
            return;
        }
        debug_assert!(!spinning || (*pp).runq.is_empty());
        (*mp).spinning = spinning;
        (*mp).nextp.store(pp, Release);
        (*mp).park.wakeup();
    }
}

/// Finds a use for a P whose M is in a system call or locked.
///
/// # Safety
/// The caller gives up `pp` and holds no lock.
pub unsafe fn hand_off(pp: *mut P) {
    // SAFETY: passed on.
    unsafe {
        if !(*pp).runq.is_empty() || state::GLOBAL_LEN.load(Acquire) != 0 || schedule::worker_wanted(pp) {
            start_m(pp, false);
            return;
        }
        // Nothing to do here, but if nobody is idle or looking for work already, somebody has to look.
        if NMSPINNING.load(Acquire) as u32 + NPIDLE.load(Acquire) == 0
            && NMSPINNING.compare_exchange(0, 1, AcqRel, Relaxed).is_ok()
        {
            state::NEED_SPINNING.store(false, Relaxed);
            start_m(pp, true);
            return;
        }
        let mut l = SCHED.lock();
        if GC_WAITING.load(Acquire) {
            (*pp).status.store(p::GCSTOP, Release);
            l.stop_wait -= 1;
            if l.stop_wait == 0 {
                STOP_NOTE.wakeup();
            }
            return;
        }
        if state::GLOBAL_LEN.load(Relaxed) != 0 {
            drop(l);
            start_m(pp, false);
            return;
        }
        // The last one watches the network.
        if NPIDLE.load(Relaxed) as usize == nprocs() - 1
            && state::LAST_POLL.load(Relaxed) != 0
            && netpoll::waiters()
        {
            drop(l);
            start_m(pp, false);
            return;
        }
        let when = (*pp).timers.next();
        l.idle_p_put(pp);
        drop(l);
        if when != 0 {
            schedule::wake_net_poller(when);
        }
    }
}

/// The thread of a locked goroutine gives its P away and sleeps until the goroutine is to run.
///
/// # Safety
/// The calling thread has a locked goroutine that does not run.
pub unsafe fn stop_locked_m(mp: *mut M) {
    // SAFETY: passed on.
    unsafe {
        if !(*mp).p.is_null() {
            let pp = release_p(mp);
            hand_off(pp);
        }
        let mut l = SCHED.lock();
        l.nmidlelocked += 1;
        check_dead(l);
        sleep(mp);
        take_next_p(mp);
    }
}

/// Gives this thread's P to the thread that a goroutine is locked to, and sleeps.
///
/// # Safety
/// `g` is runnable, off all queues, and locked to another thread.
pub unsafe fn start_locked_m(mp: *mut M, g: *mut G) {
    // SAFETY: a thread with a locked goroutine that does not run sleeps.
    unsafe {
        let other = (*g).lockedm;
        SCHED.lock().nmidlelocked -= 1;
        let pp = release_p(mp);
        (*other).nextp.store(pp, Release);
        (*other).park.wakeup();
        stop_m(mp);
    }
}

/// Changes the number of threads that are no sign of life, for the time that a P or a runnable goroutine is in nobody's
/// hands.
pub fn count_idle_locked(n: i32) {
    let mut l = SCHED.lock();
    l.nmidlelocked += n;
    if n > 0 {
        check_dead(l);
    }
}

/// Ends the calling thread. The first thread sleeps for ever instead.
///
/// # Safety
/// The thread runs no goroutine and holds no lock.
pub unsafe fn end_thread() -> ! {
    // SAFETY: passed on.
    unsafe {
        let mp = m::current();
        cpu::thread_ends(mp);
        let first = mp == super::start::first_m();
        if !first {
            signal::set_mask(u64::MAX);
        }
        let pp = release_p(mp);
        let outside = trace::outside();
        trace::generation::flush_thread(mp);
        drop(outside);
        hand_off(pp);
        let mut l = SCHED.lock();
        l.mfreed += 1;
        if first {
            // It goes on taking signals.
            check_dead(l);
            loop {
                (*mp).park.sleep();
            }
        }
        let mut link = &raw mut l.all_m;
        while *link != mp {
            link = &raw mut (**link).all_link;
        }
        *link = (*mp).all_link;
        (*mp).link = l.free_m;
        l.free_m = mp;
        check_dead(l);
        loop {
            syscall3(libc::SYS_exit as usize, 0, 0, 0);
        }
    }
}

/// Called with the lock held when a thread goes to sleep: if none is left that could ever make something happen, all
/// goroutines are blocked for ever.
pub fn check_dead(l: Guard<'_, Lists>) {
    if fatal::panicking() {
        return;
    }
    let run = l.mcount() - l.nmidle - l.nmidlelocked - l.nmsys;
    if run > 0 {
        return;
    }
    if run < 0 {
        let (count, idle, locked, sys) = (l.mcount(), l.nmidle, l.nmidlelocked, l.nmsys);
        drop(l);
        let mut s = Sink::stderr();
        s.str("runtime: checkdead: nmidle=").dec(idle as i64).str(" nmidlelocked=").dec(locked as i64);
        s.str(" mcount=").dec(count as i64).str(" nmsys=").dec(sys as i64).str("\n");
        drop(s);
        fatal::throw("checkdead: inconsistent counts");
    }
    let mut parked = 0;
    let mut ready = false;
    g::for_each(|g| {
        // SAFETY: descriptors are never freed.
        unsafe {
            if !(*g).system() {
                match (*g).status() {
                    WAITING | PREEMPTED => parked += 1,
                    RUNNABLE | RUNNING | SYSCALL => ready = true,
                    _ => {}
                }
            }
        }
        true
    });
    if ready {
        drop(l);
        fatal::throw("checkdead: runnable g");
    }
    if crate::timer::next_when() != 0 {
        // A timer will make something runnable: its thread of the moment is on its way to the poller.
        return;
    }
    drop(l);
    if parked == 0 {
        fatal::fatal_all("no goroutines (main called runtime.Goexit) - deadlock!")
    }
    fatal::fatal_all("all goroutines are asleep - deadlock!")
}

/// `syscall.runtime_BeforeExec`: no thread is being made from here on.
unsafe extern "C" fn before_exec() {
    let making = MAKING.lock();
    EXEC.store(true, Release);
    drop(making);
    // SAFETY: the M is ours.
    unsafe { (*m::current()).locks += 1 };
}

/// `syscall.runtime_AfterExec`: exec(2) failed.
unsafe extern "C" fn after_exec() {
    EXEC.store(false, Release);
    // SAFETY: the M is ours.
    unsafe { (*m::current()).locks -= 1 };
}

/// Calls `f` with every M that has a thread, under the `sched` lock.
pub fn for_each_m(mut f: impl FnMut(*mut M)) {
    let l = SCHED.lock();
    let mut mp = l.all_m;
    while !mp.is_null() {
        f(mp);
        // SAFETY: listed Ms are valid.
        mp = unsafe { (*mp).all_link };
    }
}

crate::g0_entry! {
    "runtime.startTemplateThread" => start_template_thread,
    "syscall.runtime_BeforeExec" => before_exec,
    "syscall.runtime_AfterExec" => after_exec,
}
