//! PC-value tables: run-length encoded functions from PC to a number.
//!
//! A table is a sequence of (value delta, PC delta) pairs: zig-zag varint and varint times the PC quantum. The value
//! starts at -1, the PC at the function's entry; a value holds up to the PC reached. A zero value delta ends the
//! table, except as the first pair.
//!
//! **Runs on** any system stack. **May** not allocate or block.

use super::functab::{self, FuncId};
use crate::arch::PC_QUANTUM;
use crate::image::moduledata;

/// One step of a table.
struct Steps {
    p: *const u8,
    pc: usize,
    value: i32,
    first: bool,
    quantum: u32,
}

impl Steps {
    /// # Safety
    /// `p` points to a terminated table.
    unsafe fn varint(&mut self) -> u32 {
        let mut v = 0u32;
        let mut shift = 0;
        loop {
            // SAFETY: the table is terminated.
            let b = unsafe {
                let b = *self.p;
                self.p = self.p.add(1);
                b
            };
            v |= ((b & 0x7f) as u32) << shift;
            if b & 0x80 == 0 {
                return v;
            }
            shift += 7;
        }
    }

    /// Advances to the next value; false at the end.
    ///
    /// # Safety
    /// `p` points to a terminated table.
    unsafe fn step(&mut self) -> bool {
        // SAFETY: passed on.
        unsafe {
            let u = self.varint();
            if u == 0 && !self.first {
                return false;
            }
            self.first = false;
            let delta = (u >> 1) as i32 ^ -((u & 1) as i32);
            self.value = self.value.wrapping_add(delta);
            self.pc += (self.varint() * self.quantum) as usize;
        }
        true
    }
}

/// The value at `target` of a table that starts at `entry`, and the first PC at which it holds.
///
/// # Safety
/// `table` points to a terminated table.
pub unsafe fn lookup(table: *const u8, entry: usize, target: usize, quantum: u32) -> Option<(i32, usize)> {
    let mut s = Steps { p: table, pc: entry, value: -1, first: true, quantum };
    loop {
        let from = s.pc;
        // SAFETY: passed on.
        if !unsafe { s.step() } {
            return None;
        }
        if target < s.pc {
            return Some((s.value, from));
        }
    }
}

/// The value at `pc` of the table at offset `off` of the pctab; `None` without a table or outside it.
pub fn value(f: FuncId, off: u32, pc: usize) -> Option<i32> {
    if off == 0 {
        return None;
    }
    let h = functab::header();
    // SAFETY: a function's table offsets lead to terminated tables.
    unsafe {
        let table = moduledata().pclntab.ptr.add(h.pctab_offset).add(off as usize);
        lookup(table, f.entry(), pc, PC_QUANTUM).map(|(v, _)| v)
    }
}

/// File and line of the innermost (possibly inlined) source position at `pc`.
pub fn file_line(f: FuncId, pc: usize) -> (&'static [u8], i32) {
    let rec = f.func();
    let file = value(f, rec.pcfile, pc);
    let line = value(f, rec.pcln, pc).unwrap_or(0);
    match file {
        Some(n) if n >= 0 => (file_name(rec.cu, n as u32), line),
        _ => (b"?", line),
    }
}

/// Name of file `n` of a compilation unit.
fn file_name(cu: u32, n: u32) -> &'static [u8] {
    if cu == u32::MAX {
        return b"?";
    }
    let h = functab::header();
    // SAFETY: the unit's slice of the cutab maps file numbers to offsets of terminated strings.
    unsafe {
        let base = moduledata().pclntab.ptr;
        let cutab = base.add(h.cu_offset) as *const u32;
        let off = *cutab.add((cu + n) as usize);
        if off == u32::MAX {
            return b"?";
        }
        crate::os::args::c_string(base.add(h.filetab_offset).add(off as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::lookup;
    use std::vec::Vec;

    fn varint(out: &mut Vec<u8>, mut v: u32) {
        while v >= 0x80 {
            out.push(v as u8 | 0x80);
            v >>= 7;
        }
        out.push(v as u8);
    }

    /// Encodes (value, end pc) runs as the compiler does.
    fn encode(entry: usize, runs: &[(i32, usize)], quantum: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut value, mut pc) = (-1i32, entry);
        for &(v, end) in runs {
            let d = v - value;
            varint(&mut out, ((d << 1) ^ (d >> 31)) as u32);
            varint(&mut out, (end - pc) as u32 / quantum);
            (value, pc) = (v, end);
        }
        out.push(0);
        out
    }

    #[test]
    fn runs() {
        let t = encode(0x1000, &[(7, 0x1010), (6, 0x1011), (500, 0x2000), (-1, 0x2004)], 1);
        let at = |pc| {
            // SAFETY: the table is terminated.
            unsafe { lookup(t.as_ptr(), 0x1000, pc, 1) }.map(|r| r.0)
        };
        assert_eq!(at(0x1000), Some(7));
        assert_eq!(at(0x100f), Some(7));
        assert_eq!(at(0x1010), Some(6));
        assert_eq!(at(0x1fff), Some(500));
        assert_eq!(at(0x2003), Some(-1));
        assert_eq!(at(0x2004), None);
    }

    #[test]
    fn first_delta_may_be_zero() {
        let t = encode(0, &[(-1, 8), (3, 16)], 4);
        // SAFETY: the table is terminated.
        unsafe {
            assert_eq!(lookup(t.as_ptr(), 0, 4, 4), Some((-1, 0)));
            assert_eq!(lookup(t.as_ptr(), 0, 8, 4), Some((3, 8)));
        }
    }
}
