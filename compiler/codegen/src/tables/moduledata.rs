//! `runtime.firstmoduledata`, data and bss masks, typelinks, itabs, initialisation tasks.

use super::{funcmaps, natives, pclntab};
use crate::image::{Image, Place, Sec, SymbolKind, Target};
use grus_abi::moduledata::{InitTask, ModuleData, SIZE};
use grus_abi::native::symbol;
use grus_ir::{Program, Sym};
use std::mem::offset_of;

/// What the module data is made of.
pub(crate) struct Parts<'a> {
    pub program: &'a Program,
    pub pclntab: pclntab::Layout,
    pub funcmaps: funcmaps::Layout,
    pub masks: Masks,
    pub natives: &'a [natives::Named<'a>],
    pub go_version: &'a str,
    pub module_info: &'a [u8],
    pub godebug_default: &'a str,
    pub default_goroot: &'a str,
}

/// Which words of the writable sections hold pointers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Masks {
    pub data: Mask,
    pub bss: Mask,
}

/// One bit a word, the least significant of a byte first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask(Vec<u8>);

impl Mask {
    pub fn set(&mut self, word: u64) {
        let byte = (word / 8) as usize;
        if byte >= self.0.len() {
            self.0.resize(byte + 1, 0);
        }
        self.0[byte] |= 1 << (word % 8);
    }
}

pub(crate) fn write(image: &mut Image, parts: &Parts<'_>) {
    let program = parts.program;
    // Everything that appends to read-only data comes first; the records that point to it follow.
    let data_mask = mask(image, Sec::Data, &parts.masks.data);
    let bss_mask = mask(image, Sec::Bss, &parts.masks.bss);
    let typelinks = symbol_table(image, &program.typelinks);
    let itablinks = symbol_table(image, &program.itabs);
    let inittasks = init_tasks(image, program);
    let natives = natives::write(image, parts.natives);
    let strings = [
        (offset_of!(ModuleData, build_version), parts.go_version.as_bytes()),
        (offset_of!(ModuleData, modinfo), parts.module_info),
        (offset_of!(ModuleData, godebug_default), parts.godebug_default.as_bytes()),
        (offset_of!(ModuleData, default_goroot), parts.default_goroot.as_bytes()),
    ];
    let strings = strings.map(|(at, s)| (at, string(image, s), s.len() as u64));

    let bounds = |sec| image.bounds(sec);
    let (text, etext) = bounds(Sec::Text);
    let (data, edata) = bounds(Sec::Data);
    let (bss, ebss) = bounds(Sec::Bss);
    let (types, etypes) = bounds(Sec::Types);
    let pclntab = &parts.pclntab;
    let funcmaps_at = |offset| Target::Place(Place { sec: Sec::Funcmaps, offset });

    let mut words: Vec<(usize, Word)> = vec![
        (offset_of!(ModuleData, size), Word::Number(SIZE as u64)),
        (offset_of!(ModuleData, pclntab), Word::Address(pclntab.section(0))),
        (offset_of!(ModuleData, pclntab) + 8, Word::Number(pclntab.size)),
        (offset_of!(ModuleData, functab), Word::Address(pclntab.section(pclntab.functab))),
        (offset_of!(ModuleData, functab) + 8, Word::Number(pclntab.nfunc)),
        (offset_of!(ModuleData, gofunc), Word::Address(Target::Place(pclntab.gofunc))),
        (offset_of!(ModuleData, text), Word::Address(text)),
        (offset_of!(ModuleData, etext), Word::Address(etext)),
        (offset_of!(ModuleData, funcmaps), Word::Address(funcmaps_at(parts.funcmaps.records))),
        (offset_of!(ModuleData, funcmaps) + 8, Word::Number(parts.funcmaps.count)),
        (offset_of!(ModuleData, funcmaps_data), Word::Address(funcmaps_at(parts.funcmaps.blob))),
        (offset_of!(ModuleData, types), Word::Address(types)),
        (offset_of!(ModuleData, etypes), Word::Address(etypes)),
    ];
    for (at, start, end, mask) in [
        (offset_of!(ModuleData, data), data, edata, data_mask),
        (offset_of!(ModuleData, bss), bss, ebss, bss_mask),
    ] {
        words.extend([
            (at, Word::Address(start)),
            (at + 8, Word::Address(end)),
            (at + 16, Word::Address(mask)),
        ]);
    }
    for (at, (target, len)) in [
        (offset_of!(ModuleData, typelinks), typelinks),
        (offset_of!(ModuleData, itablinks), itablinks),
        (offset_of!(ModuleData, inittasks), inittasks),
        (offset_of!(ModuleData, natives), natives),
    ] {
        words.extend([(at, Word::Address(target)), (at + 8, Word::Number(len))]);
    }
    for (at, target, len) in strings {
        words.extend([(at, Word::Address(target)), (at + 8, Word::Number(len))]);
    }
    assert_eq!(words.len() * 8, SIZE, "every word of the module data is written");
    let at = record(image, Sec::NoPtrData, SIZE, &words);
    image.define(symbol::MODULEDATA, Sec::NoPtrData, at, SIZE as u64, SymbolKind::Object);
    for (name, sec) in [
        ("text", Sec::Text),
        ("data", Sec::Data),
        ("bss", Sec::Bss),
        ("noptrdata", Sec::NoPtrData),
        ("noptrbss", Sec::NoPtrBss),
        ("types", Sec::Types),
    ] {
        let size = image.section(sec).size;
        image.define(&format!("runtime.{name}"), sec, 0, 0, SymbolKind::Label);
        image.define(&format!("runtime.e{name}"), sec, size, 0, SymbolKind::Label);
    }
}

/// A word of a record.
#[derive(Clone, Copy)]
enum Word {
    Number(u64),
    Address(Target),
}

/// Appends a record of words; returns its offset.
fn record(image: &mut Image, sec: Sec, size: usize, words: &[(usize, Word)]) -> u64 {
    let mut bytes = vec![0u8; size];
    for &(at, word) in words {
        if let Word::Number(n) = word {
            bytes[at..at + 8].copy_from_slice(&n.to_le_bytes());
        }
    }
    let sec = image.section_mut(sec);
    let base = sec.append(&bytes, 16);
    for &(at, word) in words {
        if let Word::Address(target) = word {
            sec.address(base + at as u64, target, 0);
        }
    }
    base
}

/// The mask of a writable section, a bit for each of its words.
fn mask(image: &mut Image, sec: Sec, mask: &Mask) -> Target {
    let words = image.section(sec).size.div_ceil(8);
    let mut bytes = mask.0.clone();
    bytes.resize(words.div_ceil(8) as usize, 0);
    let offset = image.section_mut(Sec::RoData).append(&bytes, 8);
    Target::Place(Place { sec: Sec::RoData, offset })
}

/// A table of addresses; returns it with its length.
fn symbol_table(image: &mut Image, syms: &[Sym]) -> (Target, u64) {
    let targets: Vec<Target> = syms.iter().map(|&s| image.target(s)).collect();
    let words: Vec<(usize, Word)> =
        targets.iter().enumerate().map(|(i, &t)| (i * 8, Word::Address(t))).collect();
    let offset = record(image, Sec::RoData, syms.len() * 8, &words);
    (Target::Place(Place { sec: Sec::RoData, offset }), syms.len() as u64)
}

fn string(image: &mut Image, s: &[u8]) -> Target {
    let offset = image.section_mut(Sec::RoData).append(s, 1);
    Target::Place(Place { sec: Sec::RoData, offset })
}

/// The tasks: each a table of code addresses and the package's path. Consecutive functions of one package form one
/// task.
fn init_tasks(image: &mut Image, program: &Program) -> (Target, u64) {
    let mut words: Vec<(usize, Word)> = Vec::new();
    let size = size_of::<InitTask>();
    let mut count = 0;
    for group in program.init_tasks.chunk_by(|a, b| a.package == b.package) {
        let funcs: Vec<Sym> = group.iter().map(|t| t.func).collect();
        let (funcs, nfuncs) = symbol_table(image, &funcs);
        let package = &group[0].package;
        let name = string(image, package.as_bytes());
        let at = count * size;
        words.extend([
            (at + offset_of!(InitTask, funcs), Word::Address(funcs)),
            (at + offset_of!(InitTask, funcs) + 8, Word::Number(nfuncs)),
            (at + offset_of!(InitTask, package), Word::Address(name)),
            (at + offset_of!(InitTask, package) + 8, Word::Number(package.len() as u64)),
        ]);
        count += 1;
    }
    let offset = record(image, Sec::RoData, count * size, &words);
    (Target::Place(Place { sec: Sec::RoData, offset }), count as u64)
}
