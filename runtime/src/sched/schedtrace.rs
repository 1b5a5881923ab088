//! `GODEBUG=schedtrace=N[,scheddetail=1]`: the scheduler's state on standard error every N milliseconds, in gc's format.
//!
//! # Orderings
//!
//! Everything is read as it may be at the moment (Relaxed): it is printed, and decides nothing. `LAST` and `START`
//! are the monitor's.
//!
//! **Runs on** the monitor's thread. Lock ranks: `sched`, `allgs`.

use super::g::{self, G};
use super::m::M;
use super::p::P;
use super::park;
use super::state::{
    GC_WAITING, GLOBAL_LEN, NEED_SPINNING, NMSPINNING, NPIDLE, SCHED, SYSMON_WAIT, all_ps, nprocs,
};
use crate::debug;
use crate::os::clock;
use crate::os::output::Sink;
use core::sync::atomic::AtomicI64;
use core::sync::atomic::Ordering::{Acquire, Relaxed};

static START: AtomicI64 = AtomicI64::new(0);
static LAST: AtomicI64 = AtomicI64::new(0);

/// Remembers when the process started.
pub fn init() {
    START.store(clock::nanotime(), Relaxed);
}

/// The longest that the monitor may sleep instead of `ns`.
pub fn bound(ns: i64) -> i64 {
    match debug::get().schedtrace {
        0 => ns,
        n => ns.min(n as i64 * 1_000_000),
    }
}

/// Prints if it is time.
pub fn tick(now: i64) {
    let n = debug::get().schedtrace;
    if n != 0 && LAST.load(Relaxed) + n as i64 * 1_000_000 <= now {
        LAST.store(now, Relaxed);
        print(now, debug::get().scheddetail != 0);
    }
}

fn print(now: i64, detail: bool) {
    let l = SCHED.lock();
    let mut s = Sink::stderr();
    s.str("SCHED ").dec((now - START.load(Relaxed)) / 1_000_000).str("ms: gomaxprocs=").dec(nprocs() as i64);
    s.str(" idleprocs=").dec(NPIDLE.load(Relaxed) as i64).str(" threads=").dec(l.mcount() as i64);
    s.str(" spinningthreads=").dec(NMSPINNING.load(Relaxed) as i64);
    s.str(" needspinning=").dec(NEED_SPINNING.load(Relaxed) as i64);
    s.str(" idlethreads=").dec(l.nmidle as i64).str(" runqueue=").dec(GLOBAL_LEN.load(Relaxed) as i64);
    if detail {
        s.str(" gcwaiting=")
            .str(truth(GC_WAITING.load(Relaxed)))
            .str(" nmidlelocked=")
            .dec(l.nmidlelocked as i64);
        s.str(" stopwait=").dec(l.stop_wait as i64).str(" sysmonwait=").str(truth(SYSMON_WAIT.load(Relaxed)));
        s.str("\n");
    }
    let ps = &all_ps()[..nprocs().min(all_ps().len())];
    for (i, &pp) in ps.iter().enumerate() {
        // SAFETY: Ps are never freed; what is read may be out of date.
        unsafe {
            let len = (*pp).runq.len() as i64;
            if detail {
                s.str("  P").dec(i as i64).str(": status=").dec((*pp).status.load(Relaxed) as i64);
                s.str(" schedtick=").dec((*pp).sched_tick.load(Relaxed) as i64);
                s.str(" syscalltick=").dec((*pp).syscall_tick.load(Relaxed) as i64).str(" m=");
                m_id(&mut s, (*pp).m.load(Acquire));
                s.str(" runqsize=")
                    .dec(len)
                    .str(" gfreecnt=")
                    .dec((*pp).dead_len as i64)
                    .str(" timerslen=0\n");
            } else {
                s.str(if i == 0 { " [ " } else { " " }).dec(len);
                s.str(if i + 1 == ps.len() { " ]" } else { "" });
            }
        }
    }
    if !detail {
        s.str(" schedticks=[ ");
        for &pp in ps {
            // SAFETY: as above.
            s.dec(unsafe { (*pp).sched_tick.load(Relaxed) } as i64).str(" ");
        }
        s.str("]\n");
        return;
    }
    let mut mp = l.all_m;
    while !mp.is_null() {
        // SAFETY: listed Ms are valid; what is read may be out of date.
        unsafe {
            s.str("  M").dec((*mp).id as i64).str(": p=");
            p_id(&mut s, (*mp).p);
            s.str(" curg=");
            g_id(&mut s, (*mp).curg);
            s.str(" mallocing=0 throwing=0 preemptoff= locks=").dec((*mp).locks as i64);
            s.str(" dying=").dec((*mp).dying as i64).str(" spinning=").str(truth((*mp).spinning));
            s.str(" blocked=").str(truth((*mp).blocked)).str(" lockedg=");
            g_id(&mut s, (*mp).lockedg);
            s.str("\n");
            mp = (*mp).all_link;
        }
    }
    g::for_each(|gp| {
        // SAFETY: descriptors are never freed; what is read may be out of date.
        unsafe {
            let status = (*gp).status();
            s.str("  G").dec((*gp).h.go.goid as i64).str(": status=").dec(status as i64).str("(");
            let waits = matches!(status, g::WAITING | g::PREEMPTED);
            s.str(if waits { park::reason_text((*gp).wait_reason) } else { "" }).str(") m=");
            let runs = matches!(status, g::RUNNING | g::SYSCALL);
            m_id(&mut s, if runs { (*gp).h.m as *mut M } else { core::ptr::null_mut() });
            s.str(" lockedm=");
            m_id(&mut s, (*gp).lockedm);
            s.str("\n");
        }
        true
    });
}

fn truth(b: bool) -> &'static str {
    if b { "true" } else { "false" }
}

unsafe fn m_id(s: &mut Sink, mp: *mut M) {
    // SAFETY: Ms are never freed.
    unsafe { if mp.is_null() { s.str("nil") } else { s.dec((*mp).id as i64) } };
}

unsafe fn p_id(s: &mut Sink, pp: *mut P) {
    // SAFETY: Ps are never freed.
    unsafe { if pp.is_null() { s.str("nil") } else { s.dec((*pp).id as i64) } };
}

unsafe fn g_id(s: &mut Sink, gp: *mut G) {
    // SAFETY: Gs are never freed.
    unsafe { if gp.is_null() { s.str("nil") } else { s.dec((*gp).h.go.goid as i64) } };
}
