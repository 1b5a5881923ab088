//! `GODEBUG=gctrace=1`: a line for every cycle, in gc's format.
//!
//! # Orderings
//!
//! Numbers of a cycle that has ended: Relaxed.
//!
//! **Runs on** g0.

use super::{Times, assist, leaks, roots, worker};
use crate::os::clock;
use crate::os::output::Sink;
use crate::sched::state;
use core::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// When the program began, as far as the collector is concerned.
pub static START: AtomicI64 = AtomicI64::new(0);

/// Milliseconds with two significant digits below 10.
fn ms(s: &mut Sink, ns: u64) {
    if ns >= 10_000_000 {
        s.dec((ns / 1_000_000) as i64);
        return;
    }
    // In thousandths of a millisecond.
    let us = ns / 1000;
    if us == 0 {
        s.str("0");
        return;
    }
    let (mut unit, mut digits) = (1, 3);
    while us >= unit * 100 {
        unit *= 10;
        digits -= 1;
    }
    let v = us / unit * unit;
    s.dec((v / 1000) as i64);
    if digits > 0 {
        s.str(".");
        let mut rest = v % 1000;
        let mut place = 100;
        for _ in 0..digits {
            s.dec((rest / place) as i64);
            rest %= place;
            place /= 10;
        }
    }
}

/// Prints the line of a cycle that has ended.
pub fn print(n: u32, t: &Times) {
    let now = clock::nanotime();
    let start = START.load(Relaxed);
    let procs = state::nprocs() as u64;
    let mark = (t.mark_end - t.mark_begin).max(0) as u64;
    let (assist, background) = (assist::NS.load(Relaxed), worker::NS.load(Relaxed).max(0) as u64);
    let total = worker::TOTAL_NS.load(Relaxed).max(0) as u64;
    let percent = total * 100 / ((now - start).max(1) as u64 * procs);
    let elapsed = (now - start) / 1_000_000;
    let mut s = Sink::stderr();
    s.str("gc ").dec(n as i64).str(" @").dec(elapsed / 1000).str(".");
    let thousandths = elapsed % 1000;
    s.dec(thousandths / 100).dec(thousandths / 10 % 10).dec(thousandths % 10);
    s.str("s ").dec(percent as i64).str("%");
    if leaks::looks() {
        s.str(" (checking for goroutine leaks)");
    }
    s.str(": ");
    ms(&mut s, t.sweep_pause);
    s.str("+");
    ms(&mut s, mark);
    s.str("+");
    ms(&mut s, t.mark_pause);
    s.str(" ms clock, ");
    ms(&mut s, t.sweep_pause * procs);
    s.str("+");
    ms(&mut s, assist);
    s.str("/");
    ms(&mut s, background);
    s.str("/");
    ms(&mut s, worker::IDLE_NS.load(Relaxed).max(0) as u64);
    s.str("+");
    ms(&mut s, t.mark_pause * procs);
    s.str(" ms cpu, ");
    let mb = |s: &mut Sink, n: usize| {
        s.dec((n >> 20) as i64);
    };
    mb(&mut s, t.heap_begin);
    s.str("->");
    mb(&mut s, t.heap_end);
    s.str("->");
    mb(&mut s, t.marked);
    s.str(" MB, ");
    mb(&mut s, t.goal);
    s.str(" MB goal, ");
    mb(&mut s, roots::STACK_BYTES.load(Relaxed));
    s.str(" MB stacks, ");
    mb(&mut s, roots::global_bytes());
    s.str(" MB globals, ").dec(procs as i64).str(" P");
    if t.forced {
        s.str(" (forced)");
    }
    s.str("\n");
}
