//! Signals on their way from the handler to `os/signal`.
//!
//! The handler sets a bit and wakes the receiver, without locks; the one goroutine that receives takes all bits
//! and hands them out one by one. [`Signals`] has the words, and says who wakes whom.
//!
//! While the receiver sleeps its thread blocks in the kernel as in a system call: a program that waits for a signal is
//! not deadlocked.
//!
//! # Orderings
//!
//! [`Signals`] is sequentially consistent. `TAKEN` is the receiver's own, `IN_USE` belongs to callers that hold
//! `os/signal`'s lock: Relaxed. `IGNORED` is looked at by handlers, alone.
//!
//! **Runs on** g0; [`send`] and [`ignored`] on gsignal. Lock ranks: none.

use super::shared::Signals;
use super::syscall::Blocked;
use crate::os::futex::Note;
use crate::panic::signal;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use core::sync::atomic::{AtomicBool, AtomicU64};

/// Bit n is signal n (there is no signal 0; 64 takes its place).
static SIGNALS: Signals = Signals::new();
/// Signals that the program ignores.
static IGNORED: AtomicU64 = AtomicU64::new(0);
/// Taken, not handed out yet. The receiver's own.
static TAKEN: AtomicU64 = AtomicU64::new(0);
/// Where the receiver sleeps.
static NOTE: Note = Note::new();
static IN_USE: AtomicBool = AtomicBool::new(false);

fn bit(sig: u32) -> u64 {
    1 << (sig & 63)
}

fn valid(sig: u32) -> bool {
    (1..=64).contains(&sig)
}

/// Queues a signal if the program wants it; says whether it does.
pub fn send(sig: u32) -> bool {
    valid(sig) && SIGNALS.send(bit(sig), || NOTE.wakeup())
}

/// Whether the program ignores a signal.
pub fn ignored(sig: u32) -> bool {
    valid(sig) && IGNORED.load(SeqCst) & bit(sig) != 0
}

/// The process was started with the signal ignored.
pub fn init_ignored(sig: u32) {
    IGNORED.fetch_or(bit(sig), SeqCst);
}

/// A signal that was taken, if there is one.
fn next() -> Option<u32> {
    let taken = match TAKEN.load(Relaxed) {
        0 => SIGNALS.take(),
        t => t,
    };
    if taken == 0 {
        return None;
    }
    // 64 is bit 0.
    let low = (taken & !1).trailing_zeros().min(64);
    TAKEN.store(taken & !bit(low), Relaxed);
    Some(low)
}

/// The same for a receiver that sleeps next if there is none.
fn next_before_sleep() -> Option<u32> {
    loop {
        let sig = next();
        if sig.is_some() || SIGNALS.begin() {
            return sig;
        }
    }
}

/// `signal_recv() uint32`: waits for a signal.
unsafe extern "C" fn signal_recv() -> usize {
    if let Some(sig) = next_before_sleep() {
        return sig as usize;
    }
    // SAFETY: nothing but this file's atomics is touched until the end.
    unsafe {
        let blocked = Blocked::begin();
        let sig = loop {
            // Woken, or what was new has been taken before: there may be nothing.
            NOTE.sleep();
            NOTE.clear();
            if let Some(sig) = next_before_sleep() {
                break sig;
            }
        };
        blocked.end(sig as usize);
        sig as usize
    }
}

/// `signal_enable(sig uint32)`.
unsafe extern "C" fn signal_enable(sig: u32) {
    IN_USE.store(true, Relaxed);
    if valid(sig) {
        SIGNALS.want(bit(sig));
        IGNORED.fetch_and(!bit(sig), SeqCst);
        signal::enable(sig);
    }
}

/// `signal_disable(sig uint32)`.
unsafe extern "C" fn signal_disable(sig: u32) {
    if valid(sig) {
        signal::disable(sig);
        SIGNALS.unwant(bit(sig));
    }
}

/// `signal_ignore(sig uint32)`.
unsafe extern "C" fn signal_ignore(sig: u32) {
    if valid(sig) {
        signal::ignore(sig);
        SIGNALS.unwant(bit(sig));
        IGNORED.fetch_or(bit(sig), SeqCst);
    }
}

/// `signal_ignored(sig uint32) bool`.
unsafe extern "C" fn signal_ignored(sig: u32) -> usize {
    ignored(sig) as usize
}

/// `sigdelivered() bool`: no handler is on its way, and the receiver has handed out everything.
unsafe extern "C" fn sigdelivered() -> usize {
    (SIGNALS.delivered() && (!IN_USE.load(Relaxed) || SIGNALS.is_receiving())) as usize
}

crate::g0_entry! {
    "os/signal.signal_recv" => signal_recv,
    "os/signal.signal_enable" => signal_enable,
    "os/signal.signal_disable" => signal_disable,
    "os/signal.signal_ignore" => signal_ignore,
    "os/signal.signal_ignored" => signal_ignored,
    "runtime.sigdelivered" => sigdelivered,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_handed_out_once() {
        assert!(!send(10));
        SIGNALS.want(bit(10) | bit(64) | bit(12));
        assert!(send(12) && send(64) && send(10) && send(10) && !send(11));
        assert_eq!((next(), next(), next(), next()), (Some(10), Some(12), Some(64), None));
        // What has been handed out was new.
        assert!(!SIGNALS.begin() && SIGNALS.begin());
        SIGNALS.unwant(u64::MAX);
    }
}
