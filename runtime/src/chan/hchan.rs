//! The channel object.
//!
//! The layout is gc's: debuggers and the Go half read it. `recvq` and `sendq` hold runtime memory and `elemtype` lives
//! as long as the program, hence only `buf`, `timer` and `elemtype` (types made by reflection) are pointers for the
//! collector; a channel whose elements have no pointers carries its buffer behind it and is opaque.
//!
//! **Runs on** g0. Everything is protected by `lock`.

use super::sudog::WaitQueue;
use crate::lock::RawLock;
use crate::mem::malloc;
use crate::mem::typ::Type;
use crate::native;
use crate::sched::{bubble, m};
use grus_abi::native::raise;

/// `runtime.hchan`.
#[repr(C)]
pub struct HChan {
    pub qcount: usize,
    pub dataqsiz: usize,
    pub buf: usize,
    pub elemsize: u16,
    pub closed: u32,
    pub timer: usize,
    pub elemtype: *const Type,
    pub sendx: usize,
    pub recvx: usize,
    pub recvq: WaitQueue,
    pub sendq: WaitQueue,
    /// Number of the bubble of synctest in which the channel was made; 0: none.
    pub bubble: u64,
    pub lock: RawLock,
}

/// `internal/abi.ChanType`.
#[repr(C)]
pub struct ChanType {
    pub typ: Type,
    pub elem: *const Type,
    pub dir: isize,
}

/// Pointer words of [`HChan`]: buf 2, timer 4, elemtype 5.
static MASK: u64 = 1 << 2 | 1 << 4 | 1 << 5;

struct Descriptor(Type);

// SAFETY: the descriptor is never changed.
unsafe impl Sync for Descriptor {}

static HCHAN_TYPE: Descriptor = Descriptor(Type {
    size: size_of::<HChan>(),
    ptr_bytes: 6 * 8,
    hash: 0,
    tflag: 0,
    align: 8,
    field_align: 8,
    kind: 25,
    equal: 0,
    gc_data: &raw const MASK as *const u8,
    str: 0,
    ptr_to_this: 0,
});

/// Largest allocation that a program may ask for.
const MAX_ALLOC: usize = 1 << 48;

impl HChan {
    /// Whether the current goroutine must not touch the channel, because it belongs to another bubble; it then gets the
    /// outcome of a fatal error with this text.
    ///
    /// # Safety
    /// Called in a native of a goroutine.
    #[inline]
    pub unsafe fn is_foreign(&self, message: &'static str) -> bool {
        // SAFETY: passed on.
        unsafe { self.bubble != 0 && self.bubble != bubble::current_id() && foreign(message) }
    }

    /// Address of a buffer slot.
    #[inline]
    pub fn slot(&self, i: usize) -> usize {
        self.buf + i * self.elemsize as usize
    }

    /// The index behind `i`.
    #[inline]
    pub fn after(&self, i: usize) -> usize {
        if i + 1 == self.dataqsiz { 0 } else { i + 1 }
    }
}

#[cold]
unsafe fn foreign(message: &'static str) -> bool {
    // SAFETY: the entry's own goroutine.
    unsafe { native::raise(m::curg(), raise::FATAL, message.as_ptr() as usize, message.len()) };
    true
}

/// `makechan(t *chantype, size int) *hchan`.
pub(crate) unsafe extern "C" fn makechan(t: *const ChanType, size: usize) -> usize {
    // SAFETY: the Go half passes a channel type; the entry's M owns its P.
    unsafe {
        let elem = &*(*t).elem;
        let header = size_of::<HChan>();
        let bytes = elem.size.checked_mul(size);
        let Some(bytes) = bytes.filter(|&n| n <= MAX_ALLOC - header && (size as isize) >= 0) else {
            native::raise(m::curg(), raise::MAKECHAN_SIZE, 0, 0);
            return 0;
        };
        let c = if bytes == 0 {
            let c = malloc::allocate(header, &HCHAN_TYPE.0, true) as *mut HChan;
            // Something to point at for elements without size.
            (*c).buf = &raw mut (*c).buf as usize;
            c
        } else if elem.noscan() {
            let c = malloc::allocate(header + bytes, core::ptr::null(), true) as *mut HChan;
            (*c).buf = c as usize + header;
            c
        } else {
            let c = malloc::allocate(header, &HCHAN_TYPE.0, true) as *mut HChan;
            (*c).buf = malloc::allocate(bytes, elem, true);
            c
        };
        (*c).elemsize = elem.size as u16;
        (*c).elemtype = elem;
        (*c).dataqsiz = size;
        (*c).bubble = bubble::current_id();
        c as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    #[test]
    fn layout_is_that_of_gc() {
        assert_eq!(offset_of!(HChan, closed), 28);
        assert_eq!(offset_of!(HChan, timer), 32);
        assert_eq!(offset_of!(HChan, elemtype), 40);
        assert_eq!(offset_of!(HChan, recvq), 64);
        assert_eq!(offset_of!(HChan, bubble), 96);
        assert_eq!(size_of::<HChan>(), 112);
    }
}
