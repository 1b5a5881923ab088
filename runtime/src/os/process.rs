//! The process: exit, signals to itself, CPUs, sleeping.
//!
//! **Runs on** any stack. **May** block (`sleep_ns`). Lock ranks: none.

use super::{syscall3, syscall6};

/// Ends the process.
pub fn exit(code: i32) -> ! {
    loop {
        // SAFETY: exit_group takes a plain number.
        unsafe { syscall3(libc::SYS_exit_group as usize, code as usize, 0, 0) };
    }
}

/// Sends a signal to the calling thread.
pub fn raise(sig: u32) {
    // SAFETY: plain numbers.
    unsafe {
        let pid = syscall3(libc::SYS_getpid as usize, 0, 0, 0);
        let tid = syscall3(libc::SYS_gettid as usize, 0, 0, 0);
        syscall3(libc::SYS_tgkill as usize, pid as usize, tid as usize, sig as usize);
    }
}

/// Sends a signal to a thread of this process; says whether it was there.
pub fn signal_thread(tid: u32, sig: u32) -> bool {
    // SAFETY: plain numbers.
    unsafe {
        let pid = syscall3(libc::SYS_getpid as usize, 0, 0, 0);
        syscall3(libc::SYS_tgkill as usize, pid as usize, tid as usize, sig as usize) == 0
    }
}

/// Ends the process by SIGABRT, as `GOTRACEBACK=crash` asks.
pub fn abort() -> ! {
    crate::panic::signal::set_default(libc::SIGABRT as u32);
    raise(libc::SIGABRT as u32);
    exit(2)
}

/// Number of CPUs that this process may run on.
pub fn cpu_count() -> usize {
    let mut mask = [0u64; 128];
    // SAFETY: the kernel writes at most the given number of bytes.
    let n = unsafe {
        syscall3(libc::SYS_sched_getaffinity as usize, 0, size_of_val(&mask), mask.as_mut_ptr() as usize)
    };
    let words = (n.max(0) as usize / 8).min(mask.len());
    let count: u32 = mask[..words].iter().map(|w| w.count_ones()).sum();
    (count as usize).max(1)
}

/// Sleeps for some nanoseconds, less if a signal arrives.
pub fn sleep_ns(ns: i64) {
    let ts = [ns / 1_000_000_000, ns % 1_000_000_000];
    // SAFETY: `ts` has the layout of a timespec and outlives the call.
    unsafe { syscall6(libc::SYS_nanosleep as usize, ts.as_ptr() as usize, 0, 0, 0, 0, 0) };
}

/// Lets other threads run.
pub fn yield_cpu() {
    // SAFETY: no arguments.
    unsafe { syscall3(libc::SYS_sched_yield as usize, 0, 0, 0) };
}
