//! Finds `clock_gettime` in the vDSO, the shared object that the kernel maps into every process.
//!
//! The object is walked once at start: program headers give the load bias and the dynamic section, that gives the
//! symbol and string tables, and the SysV or GNU hash table the number of symbols.
//!
//! # Orderings
//!
//! The address is stored before there is a second thread, and does not change: Relaxed suffices.
//!
//! **Runs on** g0. **May** not allocate. Lock ranks: none.

use super::args;
use crate::arch::VDSO_CLOCK_GETTIME;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// `int clock_gettime(clockid_t, struct timespec *)`.
pub type ClockGettime = unsafe extern "C" fn(i32, *mut i64) -> i32;

static CLOCK_GETTIME: AtomicUsize = AtomicUsize::new(0);

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_HASH: usize = 4;
const DT_STRTAB: usize = 5;
const DT_SYMTAB: usize = 6;
const DT_GNU_HASH: usize = 0x6fff_fef5;

/// The vDSO's clock, if [`init`] found it.
#[inline]
pub fn clock_gettime() -> Option<ClockGettime> {
    let p = CLOCK_GETTIME.load(Relaxed);
    // SAFETY: non-zero values are the address of the function, which has this signature.
    if p == 0 { None } else { Some(unsafe { core::mem::transmute::<usize, ClockGettime>(p) }) }
}

/// Looks the functions up.
pub fn init() {
    let base = args::auxv(args::AT_SYSINFO_EHDR);
    if base != 0 {
        // SAFETY: the kernel says that a complete ELF image is mapped there.
        let found = unsafe { lookup(base, VDSO_CLOCK_GETTIME) };
        CLOCK_GETTIME.store(found.unwrap_or(0), Relaxed);
    }
}

/// Address of a defined function symbol of an ELF image.
///
/// # Safety
/// `base` is the address of a mapped 64-bit ELF shared object.
unsafe fn lookup(base: usize, name: &[u8]) -> Option<usize> {
    // SAFETY: all reads follow the ELF structures of the image; the offsets are those of Elf64_Ehdr, Elf64_Phdr,
    // Elf64_Dyn and Elf64_Sym.
    unsafe {
        let phoff = *((base + 32) as *const usize);
        let phentsize = *((base + 54) as *const u16) as usize;
        let phnum = *((base + 56) as *const u16) as usize;
        let mut bias = None;
        let mut dynamic = 0;
        for i in 0..phnum {
            let ph = base + phoff + i * phentsize;
            let offset = *((ph + 8) as *const usize);
            let vaddr = *((ph + 16) as *const usize);
            match *(ph as *const u32) {
                PT_LOAD if bias.is_none() => bias = Some((base + offset).wrapping_sub(vaddr)),
                PT_DYNAMIC => dynamic = base + offset,
                _ => {}
            }
        }
        let bias = bias?;
        if dynamic == 0 {
            return None;
        }
        let (mut strtab, mut symtab, mut hash, mut gnu) = (0, 0, 0, 0);
        let mut d = dynamic as *const usize;
        while *d != 0 {
            let v = (*d.add(1)).wrapping_add(bias);
            match *d {
                DT_STRTAB => strtab = v,
                DT_SYMTAB => symtab = v,
                DT_HASH => hash = v,
                DT_GNU_HASH => gnu = v,
                _ => {}
            }
            d = d.add(2);
        }
        if strtab == 0 || symtab == 0 {
            return None;
        }
        let count = if hash != 0 {
            *((hash + 4) as *const u32) as usize
        } else if gnu != 0 {
            gnu_symbol_count(gnu)
        } else {
            return None;
        };
        for i in 0..count {
            let sym = symtab + i * 24;
            let info = *((sym + 4) as *const u8);
            let shndx = *((sym + 6) as *const u16);
            if info & 15 != 2 || shndx == 0 {
                continue;
            }
            let s = args::c_string((strtab + *(sym as *const u32) as usize) as *const u8);
            if s == name {
                return Some((*((sym + 8) as *const usize)).wrapping_add(bias));
            }
        }
        None
    }
}

/// Number of symbols that a GNU hash table covers.
///
/// # Safety
/// `gnu` is the address of a DT_GNU_HASH table.
unsafe fn gnu_symbol_count(gnu: usize) -> usize {
    // SAFETY: header of four words, bloom filter, buckets, then chains that end with an odd hash.
    unsafe {
        let h = gnu as *const u32;
        let (nbuckets, offset, bloom) = (*h as usize, *h.add(1) as usize, *h.add(2) as usize);
        let buckets = h.add(4 + 2 * bloom);
        let mut last = 0;
        for i in 0..nbuckets {
            last = last.max(*buckets.add(i) as usize);
        }
        if last < offset {
            return offset;
        }
        let chains = buckets.add(nbuckets);
        while *chains.add(last - offset) & 1 == 0 {
            last += 1;
        }
        last + 1
    }
}
