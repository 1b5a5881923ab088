//! Memory that is never freed: descriptors of the runtime.
//!
//! Bump allocation from 256 KiB chunks; larger requests are mapped. [`Vector`] is a growing array in such memory;
//! what it outgrows is lost, which doubling bounds by its size.
//!
//! # Orderings
//!
//! `MAPPED` only counts: Relaxed. Memory is handed out under the lock, zeroed by the kernel.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: persistent memory (innermost).

use crate::lock::Lock;
use crate::os::memory;
use crate::panic::fatal;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

const CHUNK: usize = 256 << 10;

struct Chunk {
    next: usize,
    end: usize,
}

static CHUNK_LEFT: Lock<Chunk> = Lock::new(Chunk { next: 0, end: 0 });

/// Bytes mapped.
pub static MAPPED: AtomicUsize = AtomicUsize::new(0);

fn map(len: usize) -> usize {
    match memory::map(0, len) {
        Some(p) => {
            MAPPED.fetch_add(len, Ordering::Relaxed);
            p
        }
        None => fatal::out_of_memory(len),
    }
}

/// Zeroed memory; `align` is a power of two up to 4096.
pub fn alloc(size: usize, align: usize) -> usize {
    let align = align.max(8);
    if size >= CHUNK / 4 {
        return map(size.next_multiple_of(4096));
    }
    let mut c = CHUNK_LEFT.lock();
    let mut p = c.next.next_multiple_of(align);
    if c.next == 0 || p + size > c.end {
        p = map(CHUNK);
        c.end = p + CHUNK;
    }
    c.next = p + size;
    p
}

/// `persistentalloc(size, align uintptr) unsafe.Pointer`.
pub(crate) unsafe extern "C" fn persistentalloc(size: usize, align: usize) -> usize {
    if align & align.wrapping_sub(1) != 0 && align != 0 || align > 4096 {
        fatal::throw("persistentalloc: bad alignment");
    }
    alloc(size, align)
}

/// A growing array of plain values.
pub struct Vector<T: Copy> {
    ptr: *mut T,
    len: usize,
    cap: usize,
}

impl<T: Copy> Vector<T> {
    /// An empty array without memory.
    pub const fn new() -> Vector<T> {
        Vector { ptr: ptr::null_mut(), len: 0, cap: 0 }
    }

    /// Number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a value.
    pub fn push(&mut self, value: T) {
        if self.len == self.cap {
            let cap = (self.cap * 2).max(64);
            let p = alloc(cap * size_of::<T>(), align_of::<T>()) as *mut T;
            // SAFETY: the new memory is larger than what is copied, and disjoint.
            unsafe { ptr::copy_nonoverlapping(self.ptr, p, self.len) };
            self.ptr = p;
            self.cap = cap;
        }
        // SAFETY: len < cap.
        unsafe { *self.ptr.add(self.len) = value };
        self.len += 1;
    }

    /// Forgets all values, keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Removes the last value.
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the slot was filled.
        Some(unsafe { *self.ptr.add(self.len) })
    }

    /// The elements.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the first len slots are filled.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }

    /// The elements, changeable.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: as above, and self is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.ptr, self.len) }
    }
}

impl<T: Copy> Default for Vector<T> {
    fn default() -> Self {
        Vector::new()
    }
}

crate::g0_entry! {
    "runtime.persistentalloc" => persistentalloc,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_zeroed_disjoint() {
        let mut last = (0, 0);
        for i in 1..2000 {
            let size = i * 7 % 500 + 1;
            let p = alloc(size, 1 << (i % 7));
            assert_eq!(p % (1 << (i % 7)), 0);
            // SAFETY: just allocated.
            let s = unsafe { core::slice::from_raw_parts_mut(p as *mut u8, size) };
            assert!(s.iter().all(|&b| b == 0));
            s.fill(0xFF);
            assert!(p >= last.1 || p + size <= last.0);
            last = (p, p + size);
        }
    }

    #[test]
    fn vector_grows() {
        let mut v = Vector::new();
        for i in 0..1000u32 {
            v.push(i);
        }
        assert!(v.as_slice().iter().copied().eq(0..1000));
        assert_eq!(v.pop(), Some(999));
        assert_eq!(v.len(), 999);
    }
}
