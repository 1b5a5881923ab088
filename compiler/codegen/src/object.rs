//! Writes an [`Image`] as a relocatable ELF object.

use crate::arch;
use crate::image::{Image, Sec, SymbolKind, Target};
use grus_ir::{Sym, Symbols};
use object::write::{Object, Relocation, SectionId, Symbol, SymbolId, SymbolSection};
use object::{BinaryFormat, Endianness, RelocationFlags, SectionKind, SymbolFlags, SymbolScope};
use rustc_hash::FxHashMap;

/// A section of debug information, with references into other sections.
pub(crate) struct DebugSection {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub refs: Vec<DebugRef>,
}

/// A reference in debug information.
pub(crate) struct DebugRef {
    pub offset: u64,
    pub size: u8,
    pub target: DebugTarget,
    pub addend: i64,
}

/// What debug information refers to.
pub(crate) enum DebugTarget {
    Text,
    Debug(&'static str),
}

/// The bytes of the object file.
pub(crate) fn write(image: Image, symbols: &Symbols, debug: Vec<DebugSection>) -> Vec<u8> {
    let arch = image.arch;
    let mut obj = Object::new(BinaryFormat::Elf, arch.object_architecture(), Endianness::Little);
    let mut w = ObjectWriter { ids: Vec::new(), undefined: FxHashMap::default() };
    for sec in Sec::ALL {
        let id = obj.add_section(Vec::new(), sec.name().into(), kind(sec));
        w.ids.push((id, obj.section_symbol(id)));
    }
    for def in &image.symbols {
        obj.add_symbol(Symbol {
            name: def.name.as_bytes().to_vec(),
            value: def.place.offset,
            size: def.size,
            kind: match def.kind {
                SymbolKind::Func => object::SymbolKind::Text,
                SymbolKind::Object => object::SymbolKind::Data,
                SymbolKind::Label => object::SymbolKind::Label,
            },
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(w.section(def.place.sec)),
            flags: SymbolFlags::None,
        });
    }
    for sec in Sec::ALL {
        let data = image.section(sec);
        let id = w.section(sec);
        if sec.is_bss() {
            assert!(data.refs.is_empty() && data.bytes.is_empty());
            obj.append_section_bss(id, data.size, data.align);
            continue;
        }
        obj.set_section_data(id, data.bytes.clone(), data.align);
        for r in &data.refs {
            let (symbol, addend) = match r.target {
                Target::Place(p) => (w.ids[p.sec as usize].1, p.offset as i64 + r.addend),
                Target::Undefined(sym) => (w.undefined(&mut obj, symbols, sym), r.addend),
            };
            let flags = RelocationFlags::Elf { r_type: arch::elf_reloc(arch, r.kind) };
            obj.add_relocation(id, Relocation { offset: r.offset, symbol, addend, flags })
                .expect("the relocation exists in ELF");
        }
    }
    write_debug(&mut obj, &w, arch, debug);
    // The stack need not be executable.
    obj.add_section(Vec::new(), b".note.GNU-stack".to_vec(), SectionKind::Other);
    obj.write().expect("an object in memory can be written")
}

struct ObjectWriter {
    /// Section and its symbol, by `Sec`.
    ids: Vec<(SectionId, SymbolId)>,
    undefined: FxHashMap<Sym, SymbolId>,
}

impl ObjectWriter {
    fn section(&self, sec: Sec) -> SectionId {
        self.ids[sec as usize].0
    }

    fn undefined(&mut self, obj: &mut Object<'_>, symbols: &Symbols, sym: Sym) -> SymbolId {
        *self.undefined.entry(sym).or_insert_with(|| {
            obj.add_symbol(Symbol {
                name: symbols.name(sym).as_bytes().to_vec(),
                value: 0,
                size: 0,
                kind: object::SymbolKind::Unknown,
                scope: SymbolScope::Unknown,
                weak: false,
                section: SymbolSection::Undefined,
                flags: SymbolFlags::None,
            })
        })
    }
}

fn kind(sec: Sec) -> SectionKind {
    match sec {
        Sec::Text => SectionKind::Text,
        s if s.is_bss() => SectionKind::UninitializedData,
        s if s.is_writable() => SectionKind::Data,
        _ => SectionKind::ReadOnlyData,
    }
}

fn write_debug(obj: &mut Object<'_>, w: &ObjectWriter, arch: crate::isa::Arch, debug: Vec<DebugSection>) {
    use cranelift_codegen::binemit::Reloc;
    let mut by_name: Vec<(&str, SectionId)> = Vec::new();
    for d in &debug {
        by_name.push((d.name, obj.add_section(Vec::new(), d.name.into(), SectionKind::Debug)));
    }
    for (d, (_, id)) in debug.into_iter().zip(by_name.clone()) {
        obj.set_section_data(id, d.bytes, 1);
        for r in d.refs {
            let symbol = match r.target {
                DebugTarget::Text => w.ids[Sec::Text as usize].1,
                DebugTarget::Debug(name) => {
                    let (_, id) = by_name.iter().find(|(n, _)| *n == name).expect("the section is written");
                    obj.section_symbol(*id)
                }
            };
            let kind = if r.size == 8 { Reloc::Abs8 } else { Reloc::Abs4 };
            let flags = RelocationFlags::Elf { r_type: arch::elf_reloc(arch, kind) };
            obj.add_relocation(id, Relocation { offset: r.offset, symbol, addend: r.addend, flags })
                .expect("the relocation exists in ELF");
        }
    }
}
