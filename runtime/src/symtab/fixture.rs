//! A small program image for unit tests: tables as the compiler writes them, without code.
//!
//! Text begins at [`TEXT`]. `main.outer` (0x000-0x100, a.go) calls at +0x20 and +0x40; bytes 0x30-0x50 are
//! `main.inner` (b.go), inlined by a call on line 12. `main.leaf` (0x100-0x180, b.go) faults at +0x10.

use crate::image;
use grus_abi::moduledata::{DataRange, GoString, ModuleData, SIZE, Table};
use grus_abi::symtab::{
    FUNCDATA_INL_TREE, FUNCDATA_NONE, Func, FuncMap, FuncTabEntry, InlinedCall, PCDATA_INL_TREE_INDEX,
    PCLN_MAGIC, PcHeader, Trap, arg_info, func_id,
};
use std::boxed::Box;
use std::sync::Once;
use std::vec::Vec;

/// Start of the image's text: an address that no test touches.
pub const TEXT: usize = 0x0070_0000;
/// Entry of `main.leaf`.
pub const LEAF: usize = TEXT + 0x100;
/// `FP - SP` of `main.outer`.
pub const OUTER_FRAME: u32 = 64;
/// `FP - SP` of `main.leaf`.
pub const LEAF_FRAME: u32 = 32;

fn varint(out: &mut Vec<u8>, mut v: u32) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

/// A PC-value table of (value, end offset) runs.
fn table(out: &mut Vec<u8>, runs: &[(i32, u32)]) -> u32 {
    let at = out.len() as u32;
    let (mut value, mut pc) = (-1i32, 0);
    for &(v, end) in runs {
        let d = v - value;
        varint(out, ((d << 1) ^ (d >> 31)) as u32);
        varint(out, (end - pc) / crate::arch::PC_QUANTUM);
        (value, pc) = (v, end);
    }
    out.push(0);
    at
}

fn bytes<T>(v: &T) -> &[u8] {
    // SAFETY: only plain structures without padding are passed.
    unsafe { core::slice::from_raw_parts(v as *const T as *const u8, size_of::<T>()) }
}

fn leak<T>(v: Vec<T>) -> *const T {
    Box::leak(v.into_boxed_slice()).as_ptr()
}

/// Makes the image the current one.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| image::set_moduledata(Box::leak(Box::new(build()))));
}

fn build() -> ModuleData {
    let names = b"main.outer\0main.inner\0main.leaf\0";
    let (outer, inner, leaf) = (0, 11, 22);
    let files = b"a.go\0b.go\0";
    let cutab: [u32; 2] = [0, 5];

    let mut pctab = std::vec![0u8];
    let outer_file = table(&mut pctab, &[(0, 0x30), (1, 0x50), (0, 0x100)]);
    let outer_line = table(&mut pctab, &[(10, 0x20), (11, 0x30), (30, 0x50), (12, 0x58), (13, 0x100)]);
    let outer_inline = table(&mut pctab, &[(-1, 0x30), (0, 0x50), (-1, 0x100)]);
    let leaf_file = table(&mut pctab, &[(1, 0x80)]);
    let leaf_line = table(&mut pctab, &[(40, 0x80)]);

    let func = |entry, name, pcfile, pcln, npcdata, nfuncdata, start_line| Func {
        entry,
        name,
        args: 0,
        deferreturn: 0,
        pcsp: 0,
        pcfile,
        pcln,
        npcdata,
        cu: 0,
        start_line,
        func_id: func_id::NORMAL,
        flag: 0,
        pad: 0,
        nfuncdata,
    };
    let mut pcln: Vec<u8> = Vec::new();
    let rows = 2 * 8 + 8;
    let first = rows as u32;
    let mut records: Vec<u8> = Vec::new();
    records.extend(bytes(&func(
        0,
        outer,
        outer_file,
        outer_line,
        PCDATA_INL_TREE_INDEX + 1,
        FUNCDATA_INL_TREE as u8 + 1,
        9,
    )));
    for t in [0, 0, outer_inline] {
        records.extend(t.to_le_bytes());
    }
    for d in [FUNCDATA_NONE, FUNCDATA_NONE, FUNCDATA_NONE, 0] {
        records.extend(d.to_le_bytes());
    }
    let second = first + records.len() as u32;
    records.extend(bytes(&func(0x100, leaf, leaf_file, leaf_line, 0, 0, 39)));
    let functab = [
        FuncTabEntry { entry: 0, func: first },
        FuncTabEntry { entry: 0x100, func: second },
        FuncTabEntry { entry: 0x180, func: 0 },
    ];
    for row in &functab {
        pcln.extend(bytes(row));
    }
    pcln.extend(&records);

    let mut tab: Vec<u8> = Vec::new();
    let offset = |tab: &mut Vec<u8>, part: &[u8]| {
        tab.resize(tab.len().next_multiple_of(8), 0);
        let at = size_of::<PcHeader>() + tab.len();
        tab.extend(part);
        at
    };
    let header = PcHeader {
        magic: PCLN_MAGIC,
        pad: [0; 2],
        min_lc: crate::arch::PC_QUANTUM as u8,
        ptr_size: 8,
        nfunc: 2,
        nfiles: 2,
        unused: 0,
        funcname_offset: offset(&mut tab, names),
        cu_offset: offset(&mut tab, bytes(&cutab)),
        filetab_offset: offset(&mut tab, files),
        pctab_offset: offset(&mut tab, &pctab),
        pcln_offset: offset(&mut tab, &pcln),
    };
    let mut all = bytes(&header).to_vec();
    all.extend(tab);
    // The tables want 8-byte alignment.
    let words: Vec<u64> = all
        .chunks(8)
        .map(|c| {
            let mut b = [0; 8];
            b[..c.len()].copy_from_slice(c);
            u64::from_le_bytes(b)
        })
        .collect();
    let len = all.len();
    let pclntab = leak(words) as *const u8;

    let tree = leak(std::vec![InlinedCall {
        func_id: func_id::NORMAL,
        pad: [0; 3],
        name: inner,
        parent_pc: 0x50,
        start_line: 29,
    }]);

    // Blob: outer's slots (word 1), calls at +0x20 (words 2) and +0x40 (words 3, 4); leaf's arguments 0 and 7.
    let mut blob: Vec<u8> = Vec::new();
    for v in [0x20u32, 0x40] {
        blob.extend(v.to_le_bytes());
    }
    for v in [0u16, 1] {
        blob.extend(v.to_le_bytes());
    }
    blob.extend([0b10, 0b100, 0b11000, 0b1000_0001]);
    let traps = blob.len() as u32;
    blob.extend(bytes(&Trap { offset: 0x10, code: 1 }));
    let maps = std::vec![
        FuncMap {
            size: 0x100,
            frame_size: OUTER_FRAME,
            body_start: 16,
            body_end: 0xf0,
            nslots: 2,
            slots: 12,
            map_words: 5,
            ncalls: 2,
            calls: 0,
            maps: 13,
            landing: 0x80,
            landing_frame: OUTER_FRAME,
            arg_info: arg_info::NONE,
            ..FuncMap::default()
        },
        FuncMap {
            size: 0x80,
            frame_size: LEAF_FRAME,
            body_start: 16,
            body_end: 0x70,
            nargs: 8,
            args: 15,
            traps,
            ntraps: 1,
            arg_info: arg_info::NONE,
            ..FuncMap::default()
        },
    ];
    let blob: Vec<u64> = blob
        .chunks(8)
        .map(|c| {
            let mut b = [0; 8];
            b[..c.len()].copy_from_slice(c);
            u64::from_le_bytes(b)
        })
        .collect();

    const NO_RANGE: DataRange = DataRange { start: 0, end: 0, mask: core::ptr::null() };
    const NO_STRING: GoString = GoString { ptr: core::ptr::null(), len: 0 };
    ModuleData {
        size: SIZE,
        pclntab: Table { ptr: pclntab, len },
        functab: Table {
            // SAFETY: the offset lies in the table.
            ptr: unsafe { pclntab.add(header.pcln_offset) } as *const FuncTabEntry,
            len: 2,
        },
        gofunc: tree as *const u8,
        text: TEXT,
        etext: TEXT + 0x180,
        funcmaps: Table { ptr: leak(maps), len: 2 },
        funcmaps_data: leak(blob) as *const u8,
        data: NO_RANGE,
        bss: NO_RANGE,
        types: 0,
        etypes: 0,
        typelinks: Table { ptr: core::ptr::null(), len: 0 },
        itablinks: Table { ptr: core::ptr::null(), len: 0 },
        inittasks: Table { ptr: core::ptr::null(), len: 0 },
        build_version: NO_STRING,
        modinfo: NO_STRING,
        godebug_default: NO_STRING,
        default_goroot: NO_STRING,
        natives: Table { ptr: core::ptr::null(), len: 0 },
    }
}
