//! Send, receive, close.
//!
//! Results of sending and receiving: 0 not possible now, 1 done, 2 the channel is closed.
//!
//! **Runs on** g0. **May** park the goroutine that entered. Lock ranks: channel.

use super::hchan::{HChan, makechan};
use super::select;
use super::sudog::Sudog;
use crate::mem::gc;
use crate::native::flag;
use crate::sched::g::G;
use crate::sched::{WaitReason, goready, m, park};
use core::ptr::{copy_nonoverlapping, null_mut, write_bytes};

/// Nothing could be done now.
pub const NOT_NOW: usize = 0;
/// The value was exchanged.
pub const DONE: usize = 1;
/// The channel is closed.
pub const CLOSED: usize = 2;

/// Copies an element.
///
/// # Safety
/// Both places hold an element of the channel, and are different.
#[inline]
pub unsafe fn copy(c: &HChan, to: usize, from: usize) {
    // SAFETY: passed on.
    unsafe {
        if gc::marking() {
            gc::barrier::bulk(to, from, c.elemsize as usize, c.elemtype);
        }
        match c.elemsize {
            8 => *(to as *mut u64) = *(from as *const u64),
            n => copy_nonoverlapping(from as *const u8, to as *mut u8, n as usize),
        }
    }
}

/// Zeroes an element.
///
/// # Safety
/// The place holds an element of the channel.
#[inline]
pub unsafe fn clear(c: &HChan, at: usize) {
    // SAFETY: passed on.
    unsafe {
        if gc::marking() {
            gc::barrier::bulk(at, 0, c.elemsize as usize, c.elemtype);
        }
        write_bytes(at as *mut u8, 0, c.elemsize as usize)
    };
}

/// Completes the operation that a goroutine waits in, outside the channel's lock: wakes it with its result.
///
/// # Safety
/// The sudog has been taken off its queue by the caller.
unsafe fn complete(s: *mut Sudog, result: usize) {
    // SAFETY: the winner owns the sudog and the wake-up.
    unsafe {
        let g = (*s).g;
        (*g).h.ret0 = result;
        if (*s).is_select {
            (*s).success = result == DONE;
            (*g).mailbox = s as usize;
            (*g).h.ret0 = select::WOKEN as usize;
        } else {
            (*g).waiting = null_mut();
            Sudog::release(s);
        }
        goready(g);
    }
}

/// What an attempt found.
pub enum Attempt {
    /// Finished with this result; the waiting goroutine (if any) is to be completed after unlocking.
    Finished(usize, *mut Sudog),
    /// Would have to wait.
    Wait,
}

/// Tries to send under the lock.
///
/// # Safety
/// The lock is held; `elem` holds an element.
pub unsafe fn try_send(c: &mut HChan, elem: usize) -> Attempt {
    // SAFETY: passed on.
    unsafe {
        if c.closed != 0 {
            return Attempt::Finished(CLOSED, null_mut());
        }
        let s = c.recvq.pop();
        if !s.is_null() {
            let to = Sudog::resolve(s);
            if to != 0 {
                copy(c, to, elem);
            }
            return Attempt::Finished(DONE, s);
        }
        if c.qcount < c.dataqsiz {
            copy(c, c.slot(c.sendx), elem);
            c.sendx = c.after(c.sendx);
            c.qcount += 1;
            return Attempt::Finished(DONE, null_mut());
        }
        Attempt::Wait
    }
}

/// Tries to receive under the lock; `elem` may be 0.
///
/// # Safety
/// As [`try_send`].
pub unsafe fn try_recv(c: &mut HChan, elem: usize) -> Attempt {
    // SAFETY: passed on.
    unsafe {
        if c.qcount == 0 {
            if c.closed != 0 {
                if elem != 0 {
                    clear(c, elem);
                }
                return Attempt::Finished(CLOSED, null_mut());
            }
            // Without a buffer a sender may wait.
            let s = c.sendq.pop();
            if s.is_null() {
                return Attempt::Wait;
            }
            if elem != 0 {
                copy(c, elem, Sudog::resolve(s));
            }
            return Attempt::Finished(DONE, s);
        }
        let at = c.slot(c.recvx);
        if elem != 0 {
            copy(c, elem, at);
        }
        // A full buffer may have senders behind it: the freed slot is the one that the next sender fills.
        let s = c.sendq.pop();
        if s.is_null() {
            clear(c, at);
            c.recvx = c.after(c.recvx);
            c.qcount -= 1;
        } else {
            copy(c, at, Sudog::resolve(s));
            c.recvx = c.after(c.recvx);
            c.sendx = c.recvx;
        }
        Attempt::Finished(DONE, s)
    }
}

/// Commit of a park on one channel.
unsafe extern "C" fn unlock_commit(_g: *mut G, c: usize) -> bool {
    // SAFETY: the operation that parks holds the lock.
    unsafe { (*(c as *mut HChan)).lock.unlock() };
    true
}

const SEND_FOREIGN: &str = "send on synctest channel from outside bubble";
const RECEIVE_FOREIGN: &str = "receive on synctest channel from outside bubble";

/// Sends or receives.
unsafe fn operate(c: *mut HChan, elem: usize, block: bool, send: bool) -> usize {
    let g = m::curg();
    // SAFETY: the Go half passes a channel and the address of an element; the entry's goroutine is ours.
    unsafe {
        if c.is_null() {
            if block {
                let why = if send { WaitReason::ChanSendNil } else { WaitReason::ChanReceiveNil };
                park(g, why as u8, None, 0);
            }
            return NOT_NOW;
        }
        let foreign = if send { SEND_FOREIGN } else { RECEIVE_FOREIGN };
        if (*c).is_foreign(foreign) {
            return NOT_NOW;
        }
        (*c).lock.lock();
        let attempt = if send { try_send(&mut *c, elem) } else { try_recv(&mut *c, elem) };
        match attempt {
            Attempt::Finished(result, other) => {
                (*c).lock.unlock();
                if !other.is_null() {
                    complete(other, DONE);
                }
                result
            }
            Attempt::Wait if !block => {
                (*c).lock.unlock();
                NOT_NOW
            }
            Attempt::Wait => {
                let s = Sudog::acquire(g, elem);
                (*s).chan = c;
                (*g).waiting = s;
                let why = match (send, (*c).bubble != 0) {
                    (true, false) => WaitReason::ChanSend,
                    (true, true) => WaitReason::SynctestChanSend,
                    (false, false) => WaitReason::ChanReceive,
                    (false, true) => WaitReason::SynctestChanReceive,
                };
                let queue = if send { &mut (*c).sendq } else { &mut (*c).recvq };
                queue.push(s);
                park(g, why as u8, Some(unlock_commit), c as usize);
                NOT_NOW
            }
        }
    }
}

/// Completes the other side of a select's operation.
///
/// # Safety
/// The sudog has been taken off its queue by the caller, no lock is held.
pub unsafe fn complete_other(s: *mut Sudog) {
    if !s.is_null() {
        // SAFETY: passed on.
        unsafe { complete(s, DONE) };
    }
}

unsafe extern "C" fn chansend(c: *mut HChan, elem: usize, block: usize) -> usize {
    // SAFETY: passed on.
    unsafe { operate(c, elem, flag(block), true) }
}

unsafe extern "C" fn chanrecv(c: *mut HChan, elem: usize, block: usize) -> usize {
    // SAFETY: passed on.
    unsafe { operate(c, elem, flag(block), false) }
}

/// `closechan(c *hchan)`.
unsafe extern "C" fn closechan(c: *mut HChan) {
    use grus_abi::native::raise;
    let g = m::curg();
    // SAFETY: as in `operate`.
    unsafe {
        if c.is_null() {
            crate::native::raise(g, raise::CLOSE_NIL, 0, 0);
            return;
        }
        if (*c).is_foreign("close of synctest channel from outside bubble") {
            return;
        }
        (*c).lock.lock();
        if (*c).closed != 0 {
            (*c).lock.unlock();
            crate::native::raise(g, raise::CLOSE_CLOSED, 0, 0);
            return;
        }
        (*c).closed = 1;
        let (mut first, mut last): (*mut Sudog, *mut Sudog) = (null_mut(), null_mut());
        loop {
            let mut s = (*c).recvq.pop();
            if s.is_null() {
                s = (*c).sendq.pop();
                if s.is_null() {
                    break;
                }
            } else {
                let at = Sudog::resolve(s);
                if at != 0 {
                    clear(&*c, at);
                }
            }
            if first.is_null() {
                first = s;
            } else {
                (*last).next = s;
            }
            last = s;
        }
        (*c).lock.unlock();
        while !first.is_null() {
            let next = (*first).next;
            (*first).next = null_mut();
            complete(first, CLOSED);
            first = next;
        }
    }
}

/// `chandrain(c *hchan) bool`.
unsafe extern "C" fn chandrain(c: *mut HChan) -> usize {
    // SAFETY: as in `operate`.
    unsafe {
        (*c).lock.lock();
        let any = (*c).qcount > 0;
        while (*c).qcount > 0 {
            clear(&*c, (*c).slot((*c).recvx));
            (*c).recvx = (*c).after((*c).recvx);
            (*c).qcount -= 1;
        }
        (*c).lock.unlock();
        any as usize
    }
}

crate::g0_entry! {
    "runtime.makechan" => makechan,
    "runtime.chansend" => chansend,
    "runtime.chanrecv" => chanrecv,
    "runtime.closechan" => closechan,
    "runtime.chandrain" => chandrain,
}
