//! Names for the code of the archive.
//!
//! Stacks show natives although the pclntab describes the program's own code only: for every native that is called, and
//! for some steps of the runtime that have a name for users, a function without code of its own is listed behind the
//! others. Its PC stands for the native in profiles and tracebacks; the runtime finds it by the native's address.

use crate::arch;
use crate::compile::CompiledFunction;
use crate::image::{Image, Place, Sec, Target};
use cranelift_codegen::binemit::Reloc;
use grus_abi::moduledata::{NativeName, shown};
use grus_ir::{Program, Sym};
use rustc_hash::{FxHashMap, FxHashSet};

/// A function without code.
pub(crate) struct Named<'a> {
    pub name: &'a str,
    /// What it stands for; `None`: no code.
    code: Option<Sym>,
    /// Its declaration, 0 if there is none.
    pub pos: u32,
    /// Offset in text.
    pub entry: u32,
    /// Whether a function of the program bears the name and stands for it.
    pub compiled: bool,
}

/// Bytes of text of each.
pub(crate) const SIZE: u32 = 16;

/// Reserves text for names, behind the program's code.
pub(crate) fn place<'a>(
    image: &mut Image,
    program: &'a Program,
    compiled: &[CompiledFunction],
) -> Vec<Named<'a>> {
    let declared: FxHashMap<Sym, u32> = program.natives.iter().copied().collect();
    let mut seen = FxHashSet::default();
    let mut called: Vec<Sym> = Vec::new();
    for r in compiled.iter().flat_map(|c| &c.relocs) {
        let call = matches!(r.kind, Reloc::X86CallPCRel4 | Reloc::Arm64Call);
        if call && !image.places.contains_key(&r.sym) && seen.insert(r.sym) {
            called.push(r.sym);
        }
    }
    called.sort_by_key(|&sym| program.symbols.name(sym));
    let name = |sym| program.symbols.name(sym);
    let fixed = shown::NAMES.iter().map(|&n| (n, program.symbols.lookup(n).filter(|s| seen.contains(s))));
    let called = called.iter().map(|&sym| (name(sym), Some(sym)));
    let all: Vec<(&str, Option<Sym>)> =
        fixed.chain(called.filter(|(n, _)| !shown::NAMES.contains(n))).collect();
    let of_program = |&n: &&'static str| {
        let at = image.places.get(&program.symbols.lookup(n)?)?;
        (at.sec == Sec::Text).then_some((n, at.offset as u32))
    };
    let compiled_names: FxHashMap<&str, u32> = shown::NAMES.iter().filter_map(of_program).collect();
    let arch = image.arch;
    let sec = image.section_mut(Sec::Text);
    all.into_iter()
        .map(|(name, code)| {
            if let Some(&entry) = compiled_names.get(name) {
                return Named { name, code: None, pos: 0, entry, compiled: true };
            }
            let entry = sec.bytes.len() as u32;
            arch::trap(arch, &mut sec.bytes);
            arch::pad_with_traps(arch, &mut sec.bytes, SIZE as usize);
            sec.size = sec.bytes.len() as u64;
            let pos = code.and_then(|sym| declared.get(&sym)).copied().unwrap_or(0);
            Named { name, code, pos, entry, compiled: false }
        })
        .collect()
}

/// Writes the table that leads from natives to their names.
pub(crate) fn write(image: &mut Image, names: &[Named<'_>]) -> (Target, u64) {
    let size = size_of::<NativeName>();
    let offset = image.section_mut(Sec::RoData).append(&vec![0; names.len() * size], 8);
    for (i, n) in names.iter().enumerate() {
        let at = offset + (i * size) as u64;
        let code = n.code.map(|sym| image.target(sym));
        let sec = image.section_mut(Sec::RoData);
        if let Some(code) = code {
            sec.address32(at, code);
        }
        sec.address32(at + 4, Target::Place(Place { sec: Sec::Text, offset: n.entry.into() }));
    }
    (Target::Place(Place { sec: Sec::RoData, offset }), names.len() as u64)
}
