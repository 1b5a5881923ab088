//! From the kernel's entry to the main goroutine.
//!
//! Order: arguments, thread pointer, clocks, debug settings, random numbers, image checks, heap, signal handlers, then
//! the main goroutine is queued and the scheduler takes over. The initial stack becomes the first M's g0 stack.
//!
//! **Runs on** g0.

use super::m::M;
#[cfg(any(grus_archive, test))]
use super::p::P;
use crate::random::Stream;
use core::cell::UnsafeCell;

/// The first thread and the one processor, static because they exist before there is an allocator.
struct First<T>(UnsafeCell<T>);

// SAFETY: the structures are used by the thread that owns them; other threads synchronise through the scheduler.
unsafe impl<T> Sync for First<T> {}

static M0: First<M> = First(UnsafeCell::new(M {
    this: core::ptr::null_mut(),
    g0_sp: 0,
    curg: core::ptr::null_mut(),
    p: core::ptr::null_mut(),
    random: Stream::new(),
    print_nest: 0,
    dying: 0,
    signal_stack: 0,
}));
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
        (*m).p = P0.0.get();
    }
}

/// The process begins here, on the kernel's stack.
///
/// # Safety
/// Called once, by `_start`, with the initial stack pointer.
#[cfg(grus_archive)]
pub unsafe extern "C" fn grus_start(sp: *const usize) -> ! {
    use super::g::RUNNABLE;
    use super::{proc, schedule};
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
        panic::signal::init(m);
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
