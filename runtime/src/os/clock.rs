//! Clocks, through the vDSO where it is there.
//!
//! **Runs on** g0 (the vDSO needs more stack than a leaf has). **May** not allocate. Lock ranks: none.

use super::{syscall3, vdso};

/// CLOCK_REALTIME.
const REALTIME: usize = 0;
/// CLOCK_MONOTONIC.
const MONOTONIC: usize = 1;
/// CLOCK_PROCESS_CPUTIME_ID.
const PROCESS_CPU: usize = 2;

fn clock(id: usize) -> (i64, i64) {
    let mut ts = [0i64; 2];
    match vdso::clock_gettime() {
        // SAFETY: the function was found in the vDSO under its versioned name; it writes one timespec.
        Some(f) => unsafe {
            f(id as i32, ts.as_mut_ptr());
        },
        // SAFETY: the kernel writes one timespec.
        None => unsafe {
            syscall3(libc::SYS_clock_gettime as usize, id, ts.as_mut_ptr() as usize, 0);
        },
    }
    (ts[0], ts[1])
}

/// CPU nanoseconds of the process.
pub fn process_cpu() -> i64 {
    let (s, n) = clock(libc::CLOCK_PROCESS_CPUTIME_ID as usize);
    s * 1_000_000_000 + n
}

/// CPU nanoseconds of this thread.
pub fn thread_cpu() -> i64 {
    let (s, n) = clock(libc::CLOCK_THREAD_CPUTIME_ID as usize);
    s * 1_000_000_000 + n
}

/// Monotonic nanoseconds.
pub fn nanotime() -> i64 {
    let (s, n) = clock(MONOTONIC);
    s * 1_000_000_000 + n
}

/// Nanoseconds of CPU time that the process has used.
pub fn cpu_time() -> i64 {
    let (s, n) = clock(PROCESS_CPU);
    s * 1_000_000_000 + n
}

/// Seconds and nanoseconds since 1970.
pub fn walltime() -> (i64, i64) {
    clock(REALTIME)
}

#[cfg(test)]
mod tests {
    #[test]
    fn monotonic_does_not_go_back() {
        let a = super::nanotime();
        let b = super::nanotime();
        assert!(a > 0 && b >= a);
        assert!(super::walltime().0 > 1_700_000_000);
        assert!(super::thread_cpu() > 0 && super::process_cpu() > 0);
    }
}
