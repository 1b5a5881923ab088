//! From the kernel's entry to the main goroutine.
//!
//! Order: arguments, thread pointer, clocks, debug settings, random numbers, image checks, heap, signal handlers, then
//! the main goroutine is queued and the scheduler takes over. The initial stack becomes the first M's g0 stack.
//!
//! # Orderings
//!
//! There is one thread: Relaxed. Making the second one orders all that is written here before what it reads.
//!
//! **Runs on** g0.

use super::m::M;
#[cfg(any(grus_archive, test))]
use super::p::{P, RUNNING};
use core::cell::UnsafeCell;
#[cfg(any(grus_archive, test))]
use core::sync::atomic::Ordering::Relaxed;

/// The first thread and the one processor, static because they exist before there is an allocator.
struct First<T>(UnsafeCell<T>);

// SAFETY: the structures are used by the thread that owns them; other threads synchronise through the scheduler.
unsafe impl<T> Sync for First<T> {}

static M0: First<M> = First(UnsafeCell::new(M::first()));
#[cfg(any(grus_archive, test))]
static P0: First<P> = First(UnsafeCell::new(P::new(0)));

/// The first M.
pub fn first_m() -> *mut M {
    M0.0.get()
}

/// Links the first M and the P.
#[cfg(any(grus_archive, test))]
fn bind() {
    // SAFETY: start-up (or a unit test's lock) is single-threaded.
    unsafe {
        let m = first_m();
        (*m).this = m;
        let p = P0.0.get();
        if super::state::all_ps().is_empty() {
            super::state::register_p(p);
        }
        (*p).m.store(m, Relaxed);
        (*p).status.store(RUNNING, Relaxed);
        (*m).p = p;
    }
}

/// The process begins here, on the kernel's stack.
///
/// # Safety
/// Called once, by `_start`, with the initial stack pointer.
#[cfg(grus_archive)]
pub unsafe extern "C" fn grus_start(sp: *const usize) -> ! {
    use super::g::RUNNABLE;
    use super::{proc, schedtrace, schedule, state, threads};
    use crate::{arch, debug, image, os, panic, symtab};

    // The func value of runtime.main: a closure object without captures.
    static MAIN: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);

    // SAFETY: single-threaded start-up, in the order that the steps need.
    unsafe {
        os::args::init(sp);
        bind();
        let m = first_m();
        // Natives may use the kernel's stack from here downwards; what lies above is this frame and the arguments.
        (*m).g0_sp = (sp as usize - 1024) & !15;
        arch::set_thread_pointer(m as usize);
        os::vdso::init();
        debug::init();
        (*m).random.seed();
        symtab::verify();
        (*m).tid.store(os::syscall3(libc::SYS_gettid as usize, 0, 0, 0) as u32, Relaxed);
        state::SCHED.lock().all_m = m;
        schedtrace::init();
        panic::signal::init(m);
        threads::start_sysmon();
        MAIN.store(image::main_pc(), core::sync::atomic::Ordering::Relaxed);
        let closure = MAIN.as_ptr() as usize;
        let g = proc::create(closure, core::ptr::null_mut(), 0, false, RUNNABLE);
        schedule::runq_put((*m).p, g, true);
        schedule::schedule()
    }
}

/// Gives unit tests the M and the P, one test at a time.
#[cfg(test)]
pub fn init_for_tests() -> std::sync::MutexGuard<'static, ()> {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let guard = ONE.lock().unwrap_or_else(|e| e.into_inner());
    bind();
    guard
}
