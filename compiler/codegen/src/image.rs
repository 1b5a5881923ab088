//! The object's contents before it is an ELF file: sections as bytes, references between them, symbols.
//!
//! A reference to something in the object is kept as section and offset; only what the runtime archive defines stays a
//! name. The order of everything is decided by names and positions, never by ids, so that the same program gives the
//! same bytes.

use crate::isa::Arch;
use cranelift_codegen::binemit::Reloc;
use grus_ir::{Section as DataSection, Sym};
use rustc_hash::FxHashMap;

/// Sections of the object, in the order in which they are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Sec {
    Text,
    RoData,
    Types,
    Itabs,
    Funcmaps,
    Pclntab,
    BuildInfo,
    NoPtrData,
    Data,
    Bss,
    NoPtrBss,
}

impl Sec {
    pub const ALL: [Sec; 11] = [
        Sec::Text,
        Sec::RoData,
        Sec::Types,
        Sec::Itabs,
        Sec::Funcmaps,
        Sec::Pclntab,
        Sec::BuildInfo,
        Sec::NoPtrData,
        Sec::Data,
        Sec::Bss,
        Sec::NoPtrBss,
    ];

    /// Name in the object; the linker scripts refer to these.
    pub const fn name(self) -> &'static str {
        match self {
            Sec::Text => ".text.go",
            Sec::RoData => ".rodata.go",
            Sec::Types => ".rodata.gotypes",
            Sec::Itabs => ".rodata.goitabs",
            Sec::Funcmaps => ".grus.funcmaps",
            Sec::Pclntab => ".gopclntab",
            Sec::BuildInfo => ".go.buildinfo",
            Sec::NoPtrData => ".data.gonoptr",
            Sec::Data => ".data.go",
            Sec::Bss => ".bss.go",
            Sec::NoPtrBss => ".bss.gonoptr",
        }
    }

    pub const fn is_bss(self) -> bool {
        matches!(self, Sec::Bss | Sec::NoPtrBss)
    }

    pub const fn is_writable(self) -> bool {
        matches!(self, Sec::NoPtrData | Sec::Data | Sec::Bss | Sec::NoPtrBss)
    }

    /// The section of data that lowering puts into this one.
    pub const fn of(section: DataSection) -> Sec {
        match section {
            DataSection::RoData => Sec::RoData,
            DataSection::Types => Sec::Types,
            DataSection::Itabs => Sec::Itabs,
            DataSection::Data => Sec::Data,
            DataSection::NoPtrData => Sec::NoPtrData,
            DataSection::Bss => Sec::Bss,
            DataSection::NoPtrBss => Sec::NoPtrBss,
        }
    }
}

/// What a reference names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// A place in the object.
    Place(Place),
    /// A symbol that something else defines.
    Undefined(Sym),
}

/// A place in a section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub sec: Sec,
    pub offset: u64,
}

/// A reference from one place to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    pub offset: u64,
    pub kind: Reloc,
    pub target: Target,
    pub addend: i64,
}

/// Contents of a section.
#[derive(Debug)]
pub(crate) struct SectionData {
    pub bytes: Vec<u8>,
    /// Size, also of sections without bytes.
    pub size: u64,
    pub align: u64,
    pub refs: Vec<Reference>,
}

impl SectionData {
    /// Reserves aligned space at the end; returns its offset.
    pub fn reserve(&mut self, size: u64, align: u64) -> u64 {
        let align = align.max(1);
        self.align = self.align.max(align);
        let offset = self.size.next_multiple_of(align);
        self.size = offset + size;
        offset
    }

    /// Appends aligned bytes; returns their offset.
    pub fn append(&mut self, bytes: &[u8], align: u64) -> u64 {
        let offset = self.reserve(bytes.len() as u64, align);
        self.bytes.resize(offset as usize, 0);
        self.bytes.extend_from_slice(bytes);
        offset
    }

    /// Writes an address that the linker fills in.
    pub fn address(&mut self, offset: u64, target: Target, addend: i64) {
        self.refs.push(Reference { offset, kind: Reloc::Abs8, target, addend });
    }

    /// The same in four bytes: programs lie below 2 GiB.
    pub fn address32(&mut self, offset: u64, target: Target) {
        self.refs.push(Reference { offset, kind: Reloc::Abs4, target, addend: 0 });
    }
}

/// What a symbol of the object's symbol table stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SymbolKind {
    Func,
    Object,
    /// A boundary.
    Label,
}

/// A symbol that the object defines.
#[derive(Clone, Debug)]
pub(crate) struct SymbolDef {
    pub name: Box<str>,
    pub place: Place,
    pub size: u64,
    pub kind: SymbolKind,
}

/// The object under construction.
#[derive(Debug)]
pub(crate) struct Image {
    pub arch: Arch,
    sections: Vec<SectionData>,
    pub symbols: Vec<SymbolDef>,
    /// Where the program's functions and data are.
    pub places: FxHashMap<Sym, Place>,
}

impl Image {
    pub fn new(arch: Arch) -> Image {
        let sections = Sec::ALL
            .iter()
            .map(|_| SectionData { bytes: Vec::new(), size: 0, align: 1, refs: Vec::new() })
            .collect();
        Image { arch, sections, symbols: Vec::new(), places: FxHashMap::default() }
    }

    pub fn section(&self, sec: Sec) -> &SectionData {
        &self.sections[sec as usize]
    }

    pub fn section_mut(&mut self, sec: Sec) -> &mut SectionData {
        &mut self.sections[sec as usize]
    }

    /// The place of a symbol, or its name if it is defined elsewhere.
    pub fn target(&self, sym: Sym) -> Target {
        self.places.get(&sym).map_or(Target::Undefined(sym), |&p| Target::Place(p))
    }

    pub fn define(&mut self, name: &str, sec: Sec, offset: u64, size: u64, kind: SymbolKind) {
        self.symbols.push(SymbolDef { name: name.into(), place: Place { sec, offset }, size, kind });
    }

    /// The first and one past the last byte of a section, as places.
    pub fn bounds(&self, sec: Sec) -> (Target, Target) {
        let at = |offset| Target::Place(Place { sec, offset });
        (at(0), at(self.section(sec).size))
    }
}
