//! A whole program: symbols, functions, data, and what the linker tables are made of.

use crate::entity::Sym;
use crate::function::{Function, ParamEscape};
use cranelift_entity::EntityRef;
use hashbrown::HashMap;
use std::sync::{OnceLock, RwLock};

/// Interned link symbols, shared by every function of a program and by all threads.
///
/// **Invariant:** the numbers depend on the order of interning, which may differ from run to run:
/// nothing that is emitted may be ordered by them.
#[derive(Default)]
pub struct Symbols {
    names: boxcar::Vec<Box<str>>,
    map: RwLock<HashMap<Box<str>, Sym, rustc_hash::FxBuildHasher>>,
}

impl Symbols {
    pub fn new() -> Symbols {
        Symbols::default()
    }

    /// The id of a link name.
    pub fn intern(&self, name: &str) -> Sym {
        if let Some(&s) = self.map.read().expect("symbol table lock").get(name) {
            return s;
        }
        let mut map = self.map.write().expect("symbol table lock");
        if let Some(&s) = map.get(name) {
            return s;
        }
        let s = Sym::new(self.names.push(name.into()));
        map.insert(name.into(), s);
        s
    }

    /// The id of a link name that has been interned.
    pub fn lookup(&self, name: &str) -> Option<Sym> {
        self.map.read().expect("symbol table lock").get(name).copied()
    }

    pub fn name(&self, sym: Sym) -> &str {
        &self.names[sym.index()]
    }
}

impl std::fmt::Debug for Symbols {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Symbols({})", self.names.count())
    }
}

/// The section that a data object goes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Section {
    /// Never written, no relocations resolved at run time: strings, tables, func values.
    RoData,
    /// Type descriptors and names (the range that offsets in descriptors refer to).
    Types,
    /// Static itabs.
    Itabs,
    /// Initialised variables with pointers.
    Data,
    /// Initialised variables without pointers.
    NoPtrData,
    /// Zero variables with pointers.
    Bss,
    /// Zero variables without pointers.
    NoPtrBss,
}

impl Section {
    /// Every section, with its name in the textual form.
    pub const NAMES: &'static [(Section, &'static str)] = &[
        (Section::RoData, "rodata"),
        (Section::Types, "types"),
        (Section::Itabs, "itabs"),
        (Section::Data, "data"),
        (Section::NoPtrData, "noptrdata"),
        (Section::Bss, "bss"),
        (Section::NoPtrBss, "noptrbss"),
    ];
}

/// How a relocation patches the data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RelocKind {
    /// Eight bytes: the address.
    Abs64,
    /// Four bytes: the address, which is below 2 GiB (NameOff, TypeOff, TextOff).
    Abs32,
}

/// A reference from data to a symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataReloc {
    pub offset: u32,
    pub kind: RelocKind,
    pub sym: Sym,
    pub addend: i64,
}

/// A data symbol.
#[derive(Clone, Debug)]
pub struct DataObject {
    pub sym: Sym,
    pub section: Section,
    /// Alignment in bytes.
    pub align: u32,
    /// Size in bytes.
    pub size: u64,
    /// Contents, at most `size` bytes; the rest is zero. Empty in bss.
    pub bytes: Vec<u8>,
    pub relocs: Vec<DataReloc>,
    /// Offsets of the words that hold pointers (ascending), for `Data` and `Bss`.
    pub ptr_words: PtrWords,
}

/// Which words of a data object hold pointers: compact for large repetitive variables.
#[derive(Clone, Debug, Default)]
pub enum PtrWords {
    #[default]
    None,
    /// Byte offsets, ascending.
    List(Vec<u32>),
    /// An array: `count` elements of `stride` bytes with these offsets in each.
    Repeat { elem: Vec<u32>, stride: u32, count: u32 },
}

impl PtrWords {
    /// Calls `f` with the byte offset of every pointer word, ascending.
    pub fn for_each(&self, mut f: impl FnMut(u64)) {
        match self {
            PtrWords::None => {}
            PtrWords::List(v) => v.iter().for_each(|&o| f(o.into())),
            PtrWords::Repeat { elem, stride, count } => {
                for i in 0..u64::from(*count) {
                    elem.iter().for_each(|&o| f(i * u64::from(*stride) + u64::from(o)));
                }
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            PtrWords::None => true,
            PtrWords::List(v) => v.is_empty(),
            PtrWords::Repeat { elem, count, .. } => elem.is_empty() || *count == 0,
        }
    }
}

/// A function that initialises a package, in the order of execution; a package has any number of them, which are
/// neighbours.
#[derive(Clone, Debug)]
pub struct InitTask {
    /// Import path, for `GODEBUG=inittrace=1`.
    pub package: Box<str>,
    /// A function without parameters and results.
    pub func: Sym,
}

/// A program after lowering.
#[derive(Debug, Default)]
pub struct Program {
    pub symbols: Symbols,
    pub funcs: Vec<Function>,
    pub datas: Vec<DataObject>,
    /// Descriptors of unnamed pointer, array, chan, func, map, slice and struct types, ascending by
    /// the type's string.
    pub typelinks: Vec<Sym>,
    /// Static itabs, which the runtime registers at start.
    pub itabs: Vec<Sym>,
    pub init_tasks: Vec<InitTask>,
    /// What functions that are defined elsewhere do with their pointer parameters.
    pub extern_escapes: Vec<(Sym, Vec<ParamEscape>)>,
    /// Functions that the archive defines, and where the program declares them.
    pub natives: Vec<(Sym, u32)>,
    /// Turns positions into file, line and column.
    pub positions: Positions,
}

/// How later phases see source positions without knowing the front end.
#[derive(Default)]
pub struct Positions(OnceLock<Box<dyn ResolvePos>>);

/// Resolves a position of the source map.
pub trait ResolvePos: Send + Sync {
    /// File name as tables and messages show it, line and column, both from 1.
    fn resolve(&self, pos: u32) -> (&str, u32, u32);
}

impl Positions {
    pub fn new(resolver: Box<dyn ResolvePos>) -> Positions {
        Positions(OnceLock::from(resolver))
    }

    /// File, line and column of a position; `("?", 0, 0)` if unknown.
    pub fn resolve(&self, pos: u32) -> (&str, u32, u32) {
        match self.0.get() {
            Some(r) if pos != 0 => r.resolve(pos),
            _ => ("?", 0, 0),
        }
    }
}

impl std::fmt::Debug for Positions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Positions")
    }
}
