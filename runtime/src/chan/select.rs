//! Select.
//!
//! 1. `selectpass` shuffles the cases (poll order) and sorts them by channel address (lock order), locks all channels,
//!    and does the first case in poll order that is possible.
//! 2. Otherwise, if it may block, it queues one sudog per case and parks; the channels are unlocked by the commit
//!    function.
//! 3. Whoever takes one of the sudogs wins `select_done`, exchanges the value, and names the sudog in `g.mailbox`.
//! 4. `selectwoke`, a second entry, locks all channels again, takes the other sudogs off their queues and reports.
//!
//! Result: `index << 2 | 1` if a receive got a value, `index << 2` if a send was done or a receive saw a closed
//! channel, `index << 2 | 2` if a send saw a closed channel, -1 if nothing was possible, [`WOKEN`] after a park.
//!
//! # Orderings
//!
//! `select_done` is set to 0 while the goroutine holds the locks of all its channels, before its sudogs are on their
//! queues; who swaps it to 1 holds the lock of one of them. Those locks order it and all fields of sudogs.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: channels, in address order.

use super::hchan::HChan;
use super::ops::{self, Attempt};
use super::sudog::Sudog;
use crate::native::flag;
use crate::sched::g::G;
use crate::sched::{WaitReason, m, park};
use core::ptr::null_mut;
use core::sync::atomic::Ordering;

/// `runtime.scase`.
#[repr(C)]
pub struct Case {
    chan: *mut HChan,
    elem: usize,
}

/// Returned after a park.
pub const WOKEN: isize = -2;

/// The cases and their orders, on the caller's stack.
struct Cases<'a> {
    cases: &'a [Case],
    /// Case numbers in lock order; nil channels are left out.
    lock: &'a [u16],
    nsends: usize,
}

impl Cases<'_> {
    fn lock_all(&self) {
        let mut last = null_mut();
        for &i in self.lock {
            let c = self.cases[i as usize].chan;
            if c != last {
                // SAFETY: nil channels are not in the order.
                unsafe { (*c).lock.lock() };
                last = c;
            }
        }
    }

    /// # Safety
    /// All channels are locked by this thread.
    unsafe fn unlock_all(&self) {
        let mut last = null_mut();
        for &i in self.lock.iter().rev() {
            let c = self.cases[i as usize].chan;
            if c != last {
                // SAFETY: passed on.
                unsafe { (*c).lock.unlock() };
                last = c;
            }
        }
    }
}

/// Sorts by address.
fn heap_sort(order: &mut [u16], key: impl Fn(u16) -> usize) {
    let n = order.len();
    let sift = |order: &mut [u16], mut i: usize, n: usize| {
        loop {
            let mut child = 2 * i + 1;
            if child >= n {
                return;
            }
            if child + 1 < n && key(order[child]) < key(order[child + 1]) {
                child += 1;
            }
            if key(order[i]) >= key(order[child]) {
                return;
            }
            order.swap(i, child);
            i = child;
        }
    };
    for i in (0..n / 2).rev() {
        sift(order, i, n);
    }
    for end in (1..n).rev() {
        order.swap(0, end);
        sift(order, 0, end);
    }
}

/// Commit: unlocks the channels of the goroutine's sudogs, which are in lock order.
unsafe extern "C" fn unlock_commit(g: *mut G, _arg: usize) -> bool {
    // SAFETY: the sudogs stay in place until their channels are unlocked; the next link is read before that.
    unsafe {
        let mut s = (*g).waiting;
        let mut last: *mut HChan = null_mut();
        while !s.is_null() {
            let (c, next) = ((*s).chan, (*s).waitlink);
            if c != last && !last.is_null() {
                (*last).lock.unlock();
            }
            last = c;
            s = next;
        }
        if !last.is_null() {
            (*last).lock.unlock();
        }
    }
    true
}

fn encode(index: usize, nsends: usize, result: usize) -> isize {
    let low = match (index < nsends, result) {
        (true, ops::CLOSED) => 2,
        (false, ops::DONE) => 1,
        _ => 0,
    };
    (index << 2 | low) as isize
}

/// `selectpass(cas *scase, order *uint16, nsends, nrecvs int, block bool) int`.
unsafe extern "C" fn selectpass(
    cas: *const Case,
    order: *mut u16,
    nsends: usize,
    nrecvs: usize,
    block: usize,
) -> isize {
    let g = m::curg();
    let n = nsends + nrecvs;
    // SAFETY: the Go half passes n cases and room for 2n numbers.
    unsafe {
        let cases = if n == 0 { &[][..] } else { core::slice::from_raw_parts(cas, n) };
        let orders = if n == 0 { &mut [][..] } else { core::slice::from_raw_parts_mut(order, 2 * n) };
        let (poll, lock) = orders.split_at_mut(n);
        let mut count = 0;
        // Every channel belongs to the goroutine's bubble.
        let mut durable = (*g).h.go.bubble != 0;
        let random = &mut (*m::current()).random;
        for (i, case) in cases.iter().enumerate() {
            if case.chan.is_null() {
                continue;
            }
            if (*case.chan).is_foreign("select on synctest channel from outside bubble") {
                return -1;
            }
            durable &= (*case.chan).bubble != 0;
            let j = random.below(count as u32 + 1) as usize;
            poll[count] = poll[j];
            poll[j] = i as u16;
            count += 1;
        }
        let (poll, lock) = (&poll[..count], &mut lock[..count]);
        lock.copy_from_slice(poll);
        heap_sort(lock, |i| cases[i as usize].chan as usize);
        let all = Cases { cases, lock, nsends };
        all.lock_all();
        for &i in poll {
            let i = i as usize;
            let case = &cases[i];
            let attempt = if i < nsends {
                ops::try_send(&mut *case.chan, case.elem)
            } else {
                ops::try_recv(&mut *case.chan, case.elem)
            };
            if let Attempt::Finished(result, other) = attempt {
                all.unlock_all();
                ops::complete_other(other);
                return encode(i, nsends, result);
            }
        }
        if !flag(block) {
            all.unlock_all();
            return -1;
        }
        (*g).select_done.store(0, Ordering::Relaxed);
        (*g).mailbox = 0;
        let mut link: *mut *mut Sudog = &raw mut (*g).waiting;
        *link = null_mut();
        for &i in all.lock {
            let i = i as usize;
            let case = &cases[i];
            let s = Sudog::acquire(g, case.elem);
            (*s).is_select = true;
            (*s).chan = case.chan;
            (*s).ticket = i as u32;
            *link = s;
            link = &raw mut (*s).waitlink;
            let queue = if i < nsends { &mut (*case.chan).sendq } else { &mut (*case.chan).recvq };
            queue.push(s);
        }
        let why = if durable { WaitReason::SynctestSelect } else { WaitReason::Select };
        park(g, why as u8, Some(unlock_commit), 0);
        WOKEN
    }
}

/// `selectwoke(cas *scase, order *uint16, nsends, nrecvs int) int`.
unsafe extern "C" fn selectwoke(cas: *const Case, order: *mut u16, nsends: usize, nrecvs: usize) -> isize {
    let g = m::curg();
    let n = nsends + nrecvs;
    // SAFETY: the same arguments as `selectpass` had; the goroutine was woken through one of its sudogs.
    unsafe {
        let cases = core::slice::from_raw_parts(cas, n);
        let count = cases.iter().filter(|c| !c.chan.is_null()).count();
        let lock = core::slice::from_raw_parts(order.add(n), count);
        let all = Cases { cases, lock, nsends };
        let winner = (*g).mailbox as *mut Sudog;
        (*g).mailbox = 0;
        all.lock_all();
        let mut result = -1;
        let mut s = (*g).waiting;
        (*g).waiting = null_mut();
        while !s.is_null() {
            let next = (*s).waitlink;
            let i = (*s).ticket as usize;
            if s == winner {
                result = encode(i, all.nsends, if (*s).success { ops::DONE } else { ops::CLOSED });
            } else {
                let c = &mut *(*s).chan;
                if i < nsends { c.sendq.remove(s) } else { c.recvq.remove(s) }
            }
            Sudog::release(s);
            s = next;
        }
        all.unlock_all();
        if result < 0 {
            crate::panic::fatal::throw("selectwoke: bad wakeup");
        }
        result
    }
}

crate::g0_entry! {
    "runtime.selectpass" => selectpass,
    "runtime.selectwoke" => selectwoke,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts() {
        let keys = [5usize, 1, 9, 1, 7, 3, 3, 0];
        for n in 0..=keys.len() {
            let mut order: std::vec::Vec<u16> = (0..n as u16).collect();
            heap_sort(&mut order, |i| keys[i as usize]);
            assert!(order.windows(2).all(|w| keys[w[0] as usize] <= keys[w[1] as usize]));
            order.sort_unstable();
            assert!(order.iter().copied().eq(0..n as u16));
        }
    }

    #[test]
    fn results() {
        assert_eq!(encode(3, 4, ops::DONE), 12);
        assert_eq!(encode(3, 4, ops::CLOSED), 14);
        assert_eq!(encode(4, 4, ops::DONE), 17);
        assert_eq!(encode(4, 4, ops::CLOSED), 16);
    }
}
