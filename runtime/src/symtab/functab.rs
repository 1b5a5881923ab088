//! From a PC to its function, and the raw records of a function.
//!
//! The functab is sorted by entry; a small direct-mapped cache keyed by PC answers most queries of stack walks.
//!
//! # Orderings
//!
//! The words of both caches are Relaxed: each holds key and value in one word and refers to constant tables, so that
//! a torn or an outdated entry cannot be seen, only a missing one.
//!
//! **Runs on** any system stack. **May** not allocate or block.

use crate::image::moduledata;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use grus_abi::symtab::{
    Func, FuncMap, FuncTabEntry, PcHeader, StackObject, Trap, arg_info, func_flag, func_id,
};

/// A function: its index in the functab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuncId(pub u32);

const CACHE: usize = 512;
/// `pc << 32 | index`; PCs are below 4 GiB.
static RECENT: [AtomicU64; CACHE] = [const { AtomicU64::new(0) }; CACHE];

/// The function that contains `pc`.
pub fn find(pc: usize) -> Option<FuncId> {
    let d = moduledata();
    if pc < d.text || pc >= d.etext || d.functab.len == 0 {
        return None;
    }
    let slot = &RECENT[(pc >> 2) % CACHE];
    let hit = slot.load(Relaxed);
    if (hit >> 32) as usize == pc {
        return Some(FuncId(hit as u32));
    }
    let off = (pc - d.text) as u32;
    // SAFETY: the table has `len` rows and a sentinel.
    let rows = unsafe { core::slice::from_raw_parts(d.functab.ptr, d.functab.len) };
    let i = rows.partition_point(|r| r.entry <= off);
    if i == 0 {
        return None;
    }
    let f = FuncId(i as u32 - 1);
    if pc >> 32 == 0 {
        slot.store((pc as u64) << 32 | f.0 as u64, Relaxed);
    }
    Some(f)
}

/// The function whose `_func` record has this address.
pub fn from_func(record: usize) -> Option<FuncId> {
    let d = moduledata();
    let base = pcln();
    if base.is_null() || record < base as usize {
        return None;
    }
    // SAFETY: the table has `len` rows.
    let rows = unsafe { core::slice::from_raw_parts(d.functab.ptr, d.functab.len) };
    let off = (record - base as usize) as u32;
    // Records lie in functab order.
    match rows.binary_search_by_key(&off, |r| r.func) {
        Ok(i) => Some(FuncId(i as u32)),
        Err(_) => None,
    }
}

/// Results of [`namesake`]: index of the function plus one in the high half, that of the other plus one in the low
/// half, 0 if there is none.
static FOUND: [AtomicU64; 64] = [const { AtomicU64::new(0) }; 64];

/// What a func value points to drops a parameter and calls the function. Given one of the two, returns the other: a wrapper
/// and a function of one name.
pub fn namesake(f: FuncId) -> Option<FuncId> {
    let place = &FOUND[f.0 as usize % FOUND.len()];
    let known = place.load(Relaxed);
    if (known >> 32) as u32 == f.0 + 1 {
        return (known as u32).checked_sub(1).map(FuncId);
    }
    // Equal names are stored once.
    let own = f.func();
    let found = (0..moduledata().functab.len as u32).map(FuncId).find(|other| {
        let rec = other.func();
        rec.name == own.name && (rec.func_id == func_id::WRAPPER) != (own.func_id == func_id::WRAPPER)
    });
    place.store((f.0 as u64 + 1) << 32 | found.map_or(0, |other| other.0 as u64 + 1), Relaxed);
    found
}

/// Header of the pclntab.
pub fn header() -> &'static PcHeader {
    // SAFETY: the pclntab begins with its header; callers have found a function, so that there is one.
    unsafe { &*(moduledata().pclntab.ptr as *const PcHeader) }
}

/// Start of the function data, base of `FuncTabEntry::func`.
fn pcln() -> *const u8 {
    let p = moduledata().pclntab.ptr;
    if p.is_null() {
        return p;
    }
    // SAFETY: the offset lies in the table.
    unsafe { p.add(header().pcln_offset) }
}

/// A zero-terminated string of the name table.
pub fn name_at(offset: i32) -> &'static [u8] {
    // SAFETY: name offsets lead to terminated strings in the table.
    unsafe {
        let p = moduledata().pclntab.ptr.add(header().funcname_offset).add(offset as usize);
        crate::os::args::c_string(p)
    }
}

impl FuncId {
    fn row(self) -> &'static FuncTabEntry {
        // SAFETY: ids come from `find`.
        unsafe { &*moduledata().functab.ptr.add(self.0 as usize) }
    }

    /// Address of the first instruction.
    pub fn entry(self) -> usize {
        moduledata().text + self.row().entry as usize
    }

    /// Whether the function has code, and is not the name of a native.
    pub fn compiled(self) -> bool {
        (self.0 as usize) < moduledata().funcmaps.len
    }

    /// The record of stack maps of a function that has code.
    pub fn map(self) -> &'static FuncMap {
        debug_assert!(self.compiled());
        // SAFETY: there is one record per function.
        unsafe { &*moduledata().funcmaps.ptr.add(self.0 as usize) }
    }

    /// The pclntab record.
    pub fn func(self) -> &'static Func {
        // SAFETY: the row's offset leads to the record, which is 4-aligned.
        unsafe { &*(pcln().add(self.row().func as usize) as *const Func) }
    }

    /// The function's link name.
    pub fn name(self) -> &'static [u8] {
        name_at(self.func().name)
    }

    /// Offset of the PC table with number `table`, 0 if there is none.
    pub fn pcdata(self, table: u32) -> u32 {
        let f = self.func();
        if table >= f.npcdata {
            return 0;
        }
        // SAFETY: the record is followed by npcdata words.
        unsafe { *((f as *const Func).add(1) as *const u32).add(table as usize) }
    }

    /// Address of the function data with number `which`.
    pub fn funcdata(self, which: u32) -> Option<*const u8> {
        let f = self.func();
        if which >= f.nfuncdata as u32 {
            return None;
        }
        // SAFETY: the record is followed by npcdata and then nfuncdata words.
        let off = unsafe { *((f as *const Func).add(1) as *const u32).add((f.npcdata + which) as usize) };
        if off == grus_abi::symtab::FUNCDATA_NONE {
            return None;
        }
        // SAFETY: the offset is relative to `gofunc`.
        Some(unsafe { moduledata().gofunc.add(off as usize) })
    }

    fn blob(offset: u32) -> *const u8 {
        // SAFETY: offsets of a record lie in the blob.
        unsafe { moduledata().funcmaps_data.add(offset as usize) }
    }

    /// The argument bitmap.
    pub fn args(self) -> *const u8 {
        FuncId::blob(self.map().args)
    }

    /// The slot bitmap.
    pub fn slots(self) -> *const u8 {
        FuncId::blob(self.map().slots)
    }

    /// The stack map of the call that returns to this offset.
    pub fn stack_map(self, ret: u32) -> Option<*const u8> {
        let m = self.map();
        if m.ncalls == 0 {
            return None;
        }
        let n = m.ncalls as usize;
        let calls = FuncId::blob(m.calls) as *const u32;
        // SAFETY: n sorted offsets, then n map numbers, as the record says.
        unsafe {
            let offsets = core::slice::from_raw_parts(calls, n);
            let i = offsets.binary_search(&ret).ok()?;
            let number = if m.flags & func_flag::WIDE_MAPS != 0 {
                *calls.add(n + i)
            } else {
                *(calls.add(n) as *const u16).add(i) as u32
            };
            Some(FuncId::blob(m.maps).add(number as usize * m.map_words.div_ceil(8) as usize))
        }
    }

    /// The function's stack objects.
    pub fn objects(self) -> &'static [StackObject] {
        let m = self.map();
        if m.nobjects == 0 {
            return &[];
        }
        // SAFETY: nobjects records.
        unsafe {
            core::slice::from_raw_parts(FuncId::blob(m.objects) as *const StackObject, m.nobjects as usize)
        }
    }

    /// The pointer mask of a stack object.
    pub fn object_mask(object: &StackObject) -> *const u8 {
        FuncId::blob(object.mask)
    }

    /// What tracebacks print of the arguments, if anything.
    pub fn arg_info(self) -> Option<*const u8> {
        let at = self.map().arg_info;
        (at != arg_info::NONE).then(|| FuncId::blob(at))
    }

    /// The trap code of a faulting PC.
    pub fn trap(self, pc: usize) -> Option<u32> {
        let m = self.map();
        if m.ntraps == 0 {
            return None;
        }
        let off = (pc - self.entry()) as u32;
        // SAFETY: ntraps sorted records.
        let traps =
            unsafe { core::slice::from_raw_parts(FuncId::blob(m.traps) as *const Trap, m.ntraps as usize) };
        traps.binary_search_by_key(&off, |t| t.offset).ok().map(|i| traps[i].code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symtab::fixture::{LEAF, TEXT, install};

    #[test]
    fn functions_are_found_by_pc() {
        install();
        for _ in 0..2 {
            assert_eq!(find(TEXT - 1), None);
            assert_eq!(find(TEXT), Some(FuncId(0)));
            assert_eq!(find(LEAF - 1), Some(FuncId(0)));
            assert_eq!(find(LEAF), Some(FuncId(1)));
            assert_eq!(find(LEAF + 0x80), None);
        }
        assert_eq!(FuncId(0).name(), b"main.outer");
        assert_eq!(FuncId(1).name(), b"main.leaf");
        assert_eq!(FuncId(1).entry(), LEAF);
        let record = FuncId(1).func() as *const Func as usize;
        assert_eq!(from_func(record), Some(FuncId(1)));
        assert_eq!(from_func(record + 4), None);
    }

    #[test]
    fn maps_and_traps() {
        install();
        let map = |ret| {
            // SAFETY: the fixture's maps have one byte.
            FuncId(0).stack_map(ret).map(|p| unsafe { *p })
        };
        assert_eq!(map(0x20), Some(0b100));
        assert_eq!(map(0x40), Some(0b11000));
        assert_eq!(map(0x30), None);
        assert_eq!(FuncId(1).trap(LEAF + 0x10), Some(1));
        assert_eq!(FuncId(1).trap(LEAF + 0x11), None);
        assert_eq!(FuncId(0).trap(TEXT + 0x10), None);
    }
}
