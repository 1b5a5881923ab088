//! Signals on their way from the handler to `os/signal`.
//!
//! The handler sets a bit in `MASK` and wakes the receiver, without locks; the one goroutine that receives takes all bits
//! and hands them out one by one. `STATE` says who wakes whom:
//!
//! * `IDLE`: the receiver is busy, nothing is new;
//! * `RECEIVING`: it sleeps on `NOTE`; the handler moves it to `IDLE` and wakes it;
//! * `SENDING`: bits are new; the receiver moves it to `IDLE` before it would sleep.
//!
//! While the receiver sleeps its thread blocks in the kernel as in a system call: a program that waits for a signal is
//! not deadlocked.
//!
//! # Orderings
//!
//! Three pairs of "set mine, then look at yours", all sequentially consistent: a handler sets its bit in `MASK` and
//! looks at `STATE`, the receiver changes `STATE` and looks at `MASK`; a handler counts itself in `DELIVERING` and
//! looks at `WANTED`, `signal.Stop` clears `WANTED` and looks at `DELIVERING`; a handler changes `STATE` before it
//! leaves `DELIVERING`, [`sigdelivered`] looks in the other order. `TAKEN` is the receiver's own, `IN_USE` belongs to
//! callers that hold `os/signal`'s lock: Relaxed.
//!
//! **Runs on** g0; [`send`] and [`ignored`] on gsignal. Lock ranks: none.

use super::syscall::Blocked;
use crate::os::futex::Note;
use crate::panic::signal;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

const IDLE: u32 = 0;
const RECEIVING: u32 = 1;
const SENDING: u32 = 2;

/// Signals that the program wants, ignores; bit n is signal n (there is no signal 0; 64 takes its place).
static WANTED: AtomicU64 = AtomicU64::new(0);
static IGNORED: AtomicU64 = AtomicU64::new(0);
/// Signals that have come and were not taken yet.
static MASK: AtomicU64 = AtomicU64::new(0);
/// Taken, not handed out yet. The receiver's own.
static TAKEN: AtomicU64 = AtomicU64::new(0);
static STATE: AtomicU32 = AtomicU32::new(IDLE);
static NOTE: Note = Note::new();
/// Handlers that are between looking at `WANTED` and having set their bit.
static DELIVERING: AtomicU32 = AtomicU32::new(0);
static IN_USE: AtomicBool = AtomicBool::new(false);

fn bit(sig: u32) -> u64 {
    1 << (sig & 63)
}

fn valid(sig: u32) -> bool {
    (1..=64).contains(&sig)
}

/// Queues a signal if the program wants it; says whether it does.
pub fn send(sig: u32) -> bool {
    let b = bit(sig);
    if !valid(sig) || WANTED.load(SeqCst) & b == 0 {
        return false;
    }
    // Counted before the program can learn that it is off the list.
    DELIVERING.fetch_add(1, SeqCst);
    let wanted = WANTED.load(SeqCst) & b != 0;
    if wanted && MASK.fetch_or(b, SeqCst) & b == 0 {
        loop {
            match STATE.load(SeqCst) {
                IDLE => {
                    if STATE.compare_exchange(IDLE, SENDING, SeqCst, Relaxed).is_ok() {
                        break;
                    }
                }
                RECEIVING => {
                    if STATE.compare_exchange(RECEIVING, IDLE, SeqCst, Relaxed).is_ok() {
                        NOTE.wakeup();
                        break;
                    }
                }
                _ => break,
            }
        }
    }
    DELIVERING.fetch_sub(1, SeqCst);
    wanted
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
        0 => MASK.swap(0, SeqCst),
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

/// `signal_recv() uint32`: waits for a signal.
unsafe extern "C" fn signal_recv() -> usize {
    if let Some(sig) = next() {
        return sig as usize;
    }
    loop {
        if STATE.compare_exchange(SENDING, IDLE, SeqCst, Relaxed).is_ok()
            && let Some(sig) = next()
        {
            return sig as usize;
        }
        if STATE.compare_exchange(IDLE, RECEIVING, SeqCst, Relaxed).is_ok() {
            break;
        }
    }
    // SAFETY: nothing but this file's atomics is touched until the end.
    unsafe {
        let blocked = Blocked::begin();
        let sig = loop {
            NOTE.sleep();
            NOTE.clear();
            if let Some(sig) = next() {
                break sig;
            }
            while STATE.compare_exchange(IDLE, RECEIVING, SeqCst, Relaxed).is_err() {
                STATE.compare_exchange(SENDING, IDLE, SeqCst, Relaxed).ok();
            }
            if MASK.load(SeqCst) != 0
                && STATE.compare_exchange(RECEIVING, IDLE, SeqCst, Relaxed).is_ok()
                && let Some(sig) = next()
            {
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
        WANTED.fetch_or(bit(sig), SeqCst);
        IGNORED.fetch_and(!bit(sig), SeqCst);
        signal::enable(sig);
    }
}

/// `signal_disable(sig uint32)`.
unsafe extern "C" fn signal_disable(sig: u32) {
    if valid(sig) {
        signal::disable(sig);
        WANTED.fetch_and(!bit(sig), SeqCst);
    }
}

/// `signal_ignore(sig uint32)`.
unsafe extern "C" fn signal_ignore(sig: u32) {
    if valid(sig) {
        signal::ignore(sig);
        WANTED.fetch_and(!bit(sig), SeqCst);
        IGNORED.fetch_or(bit(sig), SeqCst);
    }
}

/// `signal_ignored(sig uint32) bool`.
unsafe extern "C" fn signal_ignored(sig: u32) -> usize {
    ignored(sig) as usize
}

/// `sigdelivered() bool`: no handler is on its way, and the receiver has handed out everything.
unsafe extern "C" fn sigdelivered() -> usize {
    (DELIVERING.load(SeqCst) == 0 && (!IN_USE.load(Relaxed) || STATE.load(SeqCst) == RECEIVING)) as usize
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
        WANTED.store(bit(10) | bit(64) | bit(12), SeqCst);
        assert!(send(12) && send(64) && send(10) && send(10) && !send(11));
        assert_eq!((next(), next(), next(), next()), (Some(10), Some(12), Some(64), None));
        assert_eq!(STATE.load(SeqCst), SENDING);
        WANTED.store(0, SeqCst);
    }
}
