//! GODEBUG and GOTRACEBACK as far as the Rust half is concerned.
//!
//! Parsed once at start; `runtime.settraceback` may change the traceback settings later.
//!
//! **Runs on** g0. **May** not allocate.

use crate::arch::stopped::CAN_STEP;
use crate::os::args;
use core::cell::UnsafeCell;

/// The settings.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Copy the stack at every n-th stack check (0: only to grow).
    pub stackmove: u32,
    /// Collect every n allocations (0: when the heap has grown).
    pub gcstress: u32,
    /// Overwrite freed objects.
    pub clobberfree: bool,
    /// Do not shrink stacks.
    pub gcshrinkstackoff: bool,
    /// Print a line for every collection.
    pub gctrace: u32,
    /// Print what the pacer expected of a collection, and what came.
    pub gcpacertrace: bool,
    /// Mark a second time with the world stopped, and compare.
    pub gccheckmark: bool,
    /// Mark (1), and sweep too (2), with the world stopped.
    pub gcstoptheworld: u32,
    /// New goroutines' stacks begin with what goroutines use on average (0: with the smallest size).
    pub adaptivestackstart: u32,
    /// Fill freed stacks with a pattern.
    pub poison: bool,
    /// Report the scheduler's state every n milliseconds (0: never), in detail if `scheddetail` is not 0.
    pub schedtrace: u32,
    pub scheddetail: u32,
    /// Deepest stack of a profile.
    pub profstackdepth: u32,
    /// No preemption by signals.
    pub asyncpreemptoff: u32,
    /// Stop goroutines at every instruction (1), or at every n-th stack check, interrupting them all the time.
    pub preempt: u32,
    /// How many instructions run so before goroutines run freely (0: all).
    pub preemptsteps: u32,
    /// GOTRACEBACK level: 0 none, 1 single/all, 2 system.
    pub level: i32,
    /// Tracebacks show all goroutines.
    pub all: bool,
    /// Abort instead of exit.
    pub crash: bool,
}

struct Cell(UnsafeCell<Settings>);

// SAFETY: written during start-up and by `settraceback`, which only changes independent scalar fields.
unsafe impl Sync for Cell {}

static SETTINGS: Cell = Cell(UnsafeCell::new(Settings {
    stackmove: 0,
    gcstress: 0,
    clobberfree: false,
    gcshrinkstackoff: false,
    gctrace: 0,
    gcpacertrace: false,
    gccheckmark: false,
    gcstoptheworld: 0,
    adaptivestackstart: 1,
    poison: cfg!(debug_assertions),
    schedtrace: 0,
    scheddetail: 0,
    profstackdepth: 128,
    asyncpreemptoff: 0,
    preempt: 0,
    preemptsteps: 0,
    level: 1,
    all: false,
    crash: false,
}));

impl Settings {
    /// Whether goroutines run instruction by instruction.
    #[inline]
    pub fn stepping(&self) -> bool {
        self.preempt == 1 && CAN_STEP
    }

    /// Which stack checks a goroutine has to stop at: every one of so many; 0: none.
    pub fn checks(&self) -> u32 {
        if self.stepping() { 0 } else { self.preempt }
    }
}

/// Current settings.
#[inline]
pub fn get() -> &'static Settings {
    // SAFETY: see `Cell`.
    unsafe { &*SETTINGS.0.get() }
}

/// Reads the environment.
///
/// # Safety
/// Start-up, single-threaded.
pub unsafe fn init() {
    // SAFETY: nobody else reads the settings yet.
    let s = unsafe { &mut *SETTINGS.0.get() };
    if let Some(v) = args::getenv(b"GODEBUG") {
        parse(v, s);
    }
}

/// Later entries win, as in Go.
fn parse(text: &[u8], s: &mut Settings) {
    for item in text.split(|&b| b == b',') {
        let Some(eq) = item.iter().position(|&b| b == b'=') else { continue };
        let Some(n) = number(&item[eq + 1..]) else { continue };
        match &item[..eq] {
            b"stackmove" => {
                s.stackmove = n;
                s.poison |= n != 0;
            }
            b"gcstress" => s.gcstress = n,
            b"clobberfree" => s.clobberfree = n != 0,
            b"gcshrinkstackoff" => s.gcshrinkstackoff = n != 0,
            b"gctrace" => s.gctrace = n,
            b"gcpacertrace" => s.gcpacertrace = n != 0,
            b"gccheckmark" => s.gccheckmark = n != 0,
            b"gcstoptheworld" => s.gcstoptheworld = n,
            b"adaptivestackstart" => s.adaptivestackstart = n,
            b"schedtrace" => s.schedtrace = n,
            b"scheddetail" => s.scheddetail = n,
            b"profstackdepth" => s.profstackdepth = n,
            b"asyncpreemptoff" => s.asyncpreemptoff = n,
            b"preempt" => s.preempt = n,
            b"preemptsteps" => s.preemptsteps = n,
            b"stackpoison" => s.poison = n != 0,
            _ => {}
        }
    }
}

fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |n, &b| {
        if b.is_ascii_digit() { n.checked_mul(10)?.checked_add((b - b'0') as u32) } else { None }
    })
}

/// `runtime.settraceback`.
pub fn set_traceback(level: i32, all: bool, crash: bool) {
    // SAFETY: see `Cell`.
    let s = unsafe { &mut *SETTINGS.0.get() };
    s.level = level;
    s.all = all;
    s.crash = crash;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        let mut s = *get();
        parse(b"x=1,stackmove=2,gcstress=100,stackmove=3,gcstress=z", &mut s);
        assert_eq!((s.stackmove, s.gcstress, s.poison), (3, 100, true));
    }
}
