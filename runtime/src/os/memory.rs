//! Address space from the kernel.
//!
//! **Runs on** any stack. **May** not allocate otherwise. Lock ranks: none.

use super::{syscall3, syscall6};

const PROT_READ: usize = 1;
const PROT_WRITE: usize = 2;
const MAP_PRIVATE: usize = 2;
const MAP_ANONYMOUS: usize = 0x20;
const MAP_NORESERVE: usize = 0x4000;
const MADV_DONTNEED: usize = 4;

/// Maps `len` bytes of zeroed memory, near `hint` if that is free. `None` if the kernel refuses.
pub fn map(hint: usize, len: usize) -> Option<usize> {
    map_with(hint, len, MAP_NORESERVE)
}

/// The same, unless the kernel thinks that there is not that much memory.
pub fn map_counted(hint: usize, len: usize) -> Option<usize> {
    map_with(hint, len, 0)
}

fn map_with(hint: usize, len: usize, flags: usize) -> Option<usize> {
    // SAFETY: an anonymous private mapping without MAP_FIXED touches no existing memory.
    let r = unsafe {
        syscall6(
            libc::SYS_mmap as usize,
            hint,
            len,
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | flags,
            usize::MAX,
            0,
        )
    };
    if r < 0 && r > -4096 { None } else { Some(r as usize) }
}

/// Returns a whole mapping (or a page-aligned part of one) to the kernel.
///
/// # Safety
/// Nothing may refer to the range any more.
pub unsafe fn unmap(addr: usize, len: usize) {
    // SAFETY: the caller gives up the range.
    unsafe { syscall3(libc::SYS_munmap as usize, addr, len, 0) };
}

/// Gives the pages of a range back; they read as zero afterwards.
///
/// # Safety
/// The range is page-aligned and its contents are dead.
pub unsafe fn discard(addr: usize, len: usize) {
    // SAFETY: the caller declares the contents dead.
    unsafe { syscall3(libc::SYS_madvise as usize, addr, len, MADV_DONTNEED) };
}

/// Makes pages inaccessible.
///
/// # Safety
/// The range is page-aligned and nothing uses it.
pub unsafe fn protect_none(addr: usize, len: usize) {
    // SAFETY: passed on.
    unsafe { syscall3(libc::SYS_mprotect as usize, addr, len, 0) };
}
