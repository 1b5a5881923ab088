//! The profiles of blocking and of contended mutexes. Costs are in nanoseconds.
//!
//! **Blocking.** [`crate::sched::park`] notes when a goroutine parks on a channel, semaphore or condition while the profile
//! is on; whoever readies it charges the time to the stack at which it stands. The goroutine is `RUNNABLE` by then and on
//! no queue, hence its stack stays where it is.
//!
//! **Mutexes.** What waiters waited is charged to whoever releases the semaphore. Of several waiters each is charged
//! roughly: the first and the last one's time are known, the others' are taken for the mean of both.
//!
//! # Orderings
//!
//! The rates and `MUTEX_WAIT` are numbers by themselves: Relaxed. Buckets are under their lock.
//!
//! **Runs on** g0. Lock ranks: the table of buckets.

use super::buckets::{self, Kind, Skip};
use crate::os::clock;
use crate::sched::WaitReason;
use crate::sched::g::G;
use crate::sched::m;
use core::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Mean time between two samples of blocking, 0: off.
static BLOCK_RATE: AtomicI64 = AtomicI64::new(0);
/// One in how many contentions is sampled, 0: off.
static MUTEX_RATE: AtomicI64 = AtomicI64::new(0);

/// Nanoseconds that goroutines have waited for mutexes.
pub static MUTEX_WAIT: AtomicI64 = AtomicI64::new(0);

fn random(n: i64) -> i64 {
    // SAFETY: the thread's own M.
    unsafe { ((*m::current()).random.next_u64() % n as u64) as i64 }
}

/// When a goroutine that parks for this reason began to block; 0 if that does not matter.
#[inline]
pub fn parking(reason: u8) -> i64 {
    if BLOCK_RATE.load(Relaxed) == 0 {
        return 0;
    }
    starts(reason)
}

#[cold]
fn starts(reason: u8) -> i64 {
    if on_channel(reason) || on_semaphore(reason) { clock::nanotime().max(1) } else { 0 }
}

fn on_channel(reason: u8) -> bool {
    (WaitReason::Select as u8..=WaitReason::ChanSend as u8).contains(&reason)
        || (WaitReason::SynctestChanReceive as u8..=WaitReason::SynctestSelect as u8).contains(&reason)
}

/// Semaphores for any purpose, and conditions.
fn on_semaphore(reason: u8) -> bool {
    reason == WaitReason::Semacquire as u8
        || reason == WaitReason::SynctestWaitGroupWait as u8
        || (WaitReason::SyncCondWait as u8..=WaitReason::SyncWaitGroupWait as u8).contains(&reason)
}

/// A goroutine for which [`parking`] was not 0 is being readied.
///
/// # Safety
/// It is `RUNNABLE` and on no queue.
#[cold]
pub unsafe fn unblocked(g: *mut G) {
    // SAFETY: passed on.
    unsafe {
        let since = core::mem::take(&mut (*g).block_since);
        let skip = core::mem::take(&mut (*g).block_skip) as usize;
        let ns = (clock::nanotime() - since).max(1);
        let skip = Skip { runtime: !on_channel((*g).wait_reason), frames: skip };
        blocked(g, ns, skip);
    }
}

unsafe fn blocked(g: *mut G, ns: i64, skip: Skip) {
    let rate = BLOCK_RATE.load(Relaxed);
    if rate <= 0 || rate > ns && random(rate) > ns {
        return;
    }
    let mut table = buckets::lock();
    // SAFETY: passed on; buckets belong to the lock.
    unsafe {
        let b = &mut *table.find(Kind::Block, g, skip, 0);
        if ns < rate {
            // Shorter events are sampled less often.
            b.count += rate as f64 / ns as f64;
            b.cost += rate;
        } else {
            b.count += 1.0;
            b.cost += ns;
        }
    }
}

/// The current goroutine releases what others have waited for this long.
///
/// # Safety
/// The calling thread is in a native of its goroutine.
#[cold]
pub unsafe fn contended(ns: i64, skip: usize) {
    MUTEX_WAIT.fetch_add(ns, Relaxed);
    let rate = MUTEX_RATE.load(Relaxed);
    if rate <= 0 || random(rate) != 0 {
        return;
    }
    let mut table = buckets::lock();
    // SAFETY: the goroutine is stopped in the native; buckets belong to the lock.
    unsafe {
        let b = &mut *table.find(Kind::Mutex, m::curg(), Skip { runtime: true, frames: skip }, 0);
        b.count += rate as f64;
        b.cost += rate * ns.max(0);
    }
}

/// `blockevent0(ns int64, skip int)`: the calling goroutine has blocked for that long; `skip` frames are left out.
unsafe extern "C" fn blockevent0(ns: i64, skip: usize) {
    // SAFETY: the entry's own goroutine.
    unsafe { blocked(m::curg(), ns.max(1), Skip { runtime: false, frames: skip }) };
}

/// `profrate(kind int, rate int64) int64`: sets the rate of the profile of blocking (1) or mutexes (2) unless negative;
/// returns the old one.
unsafe extern "C" fn profrate(kind: usize, rate: i64) -> i64 {
    let variable = if kind == Kind::Block as usize { &BLOCK_RATE } else { &MUTEX_RATE };
    if rate < 0 { variable.load(Relaxed) } else { variable.swap(rate, Relaxed) }
}

crate::g0_entry! {
    "runtime.blockevent0" => blockevent0,
    "runtime.profrate" => profrate,
}
