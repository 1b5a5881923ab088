//! Sleeping and waking on a word: futex(2).
//!
//! **Runs on** g0 and, waking, on gsignal. **May** block in futex(2). Lock ranks: none.

pub use super::note::Note;
use super::syscall6;
use core::sync::atomic::AtomicU32;

const WAIT_PRIVATE: usize = 128;
const WAKE_PRIVATE: usize = 129;

/// Sleeps while `*word == value`, at most `ns` nanoseconds if that is not negative. May return early.
pub fn wait(word: &AtomicU32, value: u32, ns: i64) {
    let ts = [ns / 1_000_000_000, ns % 1_000_000_000];
    let timeout = if ns < 0 { 0 } else { ts.as_ptr() as usize };
    // SAFETY: the kernel reads the word and the timespec, both of which outlive the call.
    unsafe {
        syscall6(
            libc::SYS_futex as usize,
            word.as_ptr() as usize,
            WAIT_PRIVATE,
            value as usize,
            timeout,
            0,
            0,
        )
    };
}

/// Wakes up to `n` sleepers.
pub fn wake(word: &AtomicU32, n: u32) {
    // SAFETY: waking by address is harmless.
    unsafe { syscall6(libc::SYS_futex as usize, word.as_ptr() as usize, WAKE_PRIVATE, n as usize, 0, 0, 0) };
}
