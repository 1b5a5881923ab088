//! A whole program: functions in parallel, layout, tables, object.

use crate::arch;
use crate::cached::FunctionCache;
use crate::compile::{CompiledFunction, Compiler, Diagnostic, Worker};
use crate::image::{Image, Place, Reference, Sec, SymbolKind, Target as RefTarget};
use crate::isa::Target;
use crate::names::RuntimeNames;
use crate::object;
use crate::tables::moduledata::Masks;
use crate::tables::{buildinfo, dwarf, funcmaps, moduledata, natives, pclntab};
use cranelift_codegen::binemit::Reloc;
use grus_ir::{DataObject, Function, Program, RelocKind, Section, Sym};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// What goes into the object besides the program.
#[derive(Clone, Debug)]
pub struct ObjectOptions {
    /// `runtime.Version()`.
    pub go_version: String,
    /// Default GODEBUG settings of the main package.
    pub godebug_default: String,
    /// What the program says about its build, with the marks around it; may be empty.
    pub module_info: Vec<u8>,
    /// `runtime.GOROOT()`; may be empty.
    pub default_goroot: String,
    /// DWARF sections (`-ldflags=-w` leaves them out).
    pub dwarf: bool,
}

impl Default for ObjectOptions {
    fn default() -> ObjectOptions {
        ObjectOptions {
            go_version: "go1.27.3".into(),
            godebug_default: String::new(),
            module_info: Vec::new(),
            default_goroot: String::new(),
            dwarf: true,
        }
    }
}

/// What a program was compiled to.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The ELF object.
    pub object: Vec<u8>,
    pub functions: usize,
    /// Functions that came from the cache.
    pub reused: usize,
}

/// Compiles a program to a relocatable ELF object. The result depends on the program's contents only, not on the order
/// in which its functions and data were added.
///
/// # Errors
///
/// What the user's program asks for and cannot be had, in order of position.
pub fn compile_program(
    program: &Program,
    target: &Target,
    options: &ObjectOptions,
) -> Result<Vec<u8>, Vec<Diagnostic>> {
    compile_program_with(program, target, options, None).map(|c| c.object)
}

/// The same with a cache of compiled functions. The object does not depend on what is in the cache.
///
/// # Errors
///
/// What the user's program asks for and cannot be had, in order of position.
pub fn compile_program_with(
    program: &Program,
    target: &Target,
    options: &ObjectOptions,
    cache: Option<&dyn FunctionCache>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let names = RuntimeNames::new(&program.symbols);
    let funcs = functions_in_order(program);
    let compiler = Compiler::new(target, &program.symbols, &names);
    let results: Vec<Result<(CompiledFunction, bool), Diagnostic>> = funcs
        .par_iter()
        .map_init(Worker::new, |worker, f| compiler.compile_cached(worker, f, cache))
        .collect();
    let mut compiled = Vec::with_capacity(results.len());
    let mut reused = 0;
    let mut diagnostics = Vec::new();
    for r in results {
        match r {
            Ok((c, cached)) => {
                compiled.push(c);
                reused += usize::from(cached);
            }
            Err(d) => diagnostics.push(d),
        }
    }
    if !diagnostics.is_empty() {
        diagnostics.sort_by_key(|d| d.pos);
        return Err(diagnostics);
    }
    Ok(Compiled { object: emit(program, target, options, &funcs, &compiled), functions: funcs.len(), reused })
}

/// Functions by name: packages stay together, and the order is the same in every run.
fn functions_in_order(program: &Program) -> Vec<&Function> {
    let mut funcs: Vec<&Function> = program.funcs.iter().collect();
    funcs.sort_by_cached_key(|f| program.symbols.name(f.sym));
    for pair in funcs.windows(2) {
        assert_ne!(pair[0].sym, pair[1].sym, "{} is defined twice", program.symbols.name(pair[0].sym));
    }
    funcs
}

fn emit(
    program: &Program,
    target: &Target,
    options: &ObjectOptions,
    funcs: &[&Function],
    compiled: &[CompiledFunction],
) -> Vec<u8> {
    let mut image = Image::new(target.arch);
    let entries = place_text(&mut image, program, compiled);
    let code_size = image.section(Sec::Text).size;
    let masks = place_data(&mut image, program);
    let natives = natives::place(&mut image, program, compiled);
    relocate_text(&mut image, compiled, &entries);
    let table: Vec<(&Function, &CompiledFunction, u32)> =
        funcs.iter().zip(compiled).zip(&entries).map(|((&f, c), &e)| (f, c, e)).collect();
    let text_end = image.section(Sec::Text).size as u32;
    let pclntab = pclntab::write(&mut image, program, &table, &natives, text_end);
    let funcmaps = funcmaps::write(&mut image, compiled);
    buildinfo::write(&mut image, &options.go_version, &options.module_info);
    moduledata::write(
        &mut image,
        &moduledata::Parts {
            program,
            pclntab,
            funcmaps,
            masks,
            natives: &natives,
            go_version: &options.go_version,
            module_info: &options.module_info,
            godebug_default: &options.godebug_default,
            default_goroot: &options.default_goroot,
        },
    );
    let debug = if options.dwarf {
        dwarf::sections(program, target.arch, &table, code_size, &options.go_version)
    } else {
        Vec::new()
    };
    object::write(image, &program.symbols, debug)
}

/// Lays out code and its symbols; returns the entries.
fn place_text(image: &mut Image, program: &Program, compiled: &[CompiledFunction]) -> Vec<u32> {
    let arch = image.arch;
    let mut entries = Vec::with_capacity(compiled.len());
    let mut text = Vec::with_capacity(compiled.iter().map(|c| c.code.len() + 16).sum());
    let mut align = 16;
    for c in compiled {
        arch::pad_with_traps(arch, &mut text, c.align as usize);
        align = align.max(c.align);
        let entry = u32::try_from(text.len()).expect("text is smaller than 4 GiB");
        entries.push(entry);
        text.extend_from_slice(&c.code);
        image.places.insert(c.sym, Place { sec: Sec::Text, offset: entry.into() });
        let name = program.symbols.name(c.sym);
        image.define(name, Sec::Text, entry.into(), c.code.len() as u64, SymbolKind::Func);
    }
    arch::pad_with_traps(arch, &mut text, 16);
    let sec = image.section_mut(Sec::Text);
    sec.size = text.len() as u64;
    sec.bytes = text;
    sec.align = align.into();
    entries
}

/// Basic types in the order in which gc's descriptors of them follow one another.
const BASIC_TYPES: [&str; 17] = [
    "type:string",
    "type:int8",
    "type:uint8",
    "type:int16",
    "type:uint16",
    "type:int32",
    "type:uint32",
    "type:int64",
    "type:uint64",
    "type:int",
    "type:uint",
    "type:uintptr",
    "type:complex64",
    "type:complex128",
    "type:float32",
    "type:float64",
    "type:bool",
];

/// Orders the data of one section by name, except type descriptors: package fmt prints maps whose keys have different
/// types in the order of their descriptors' addresses, and should print what it prints with gc. There, descriptors with
/// a type link come first, in that order, the others by size.
fn data_order<'a>(program: &'a Program) -> impl Fn(&DataObject) -> (Section, u64, usize, &'a str) {
    let links: FxHashMap<Sym, usize> = program.typelinks.iter().enumerate().map(|(i, &s)| (s, i)).collect();
    move |d| {
        let name = program.symbols.name(d.sym);
        let (class, rank) = match (d.section, links.get(&d.sym)) {
            (Section::Types, Some(&i)) => (0, i),
            (Section::Types, None) if name.starts_with("type:") => {
                let basic = BASIC_TYPES.iter().position(|&b| b == name);
                (d.size, basic.unwrap_or(BASIC_TYPES.len()))
            }
            _ => (u64::MAX, 0),
        };
        (d.section, class, rank, name)
    }
}

/// Lays out the program's data; returns the pointer words of the writable sections.
fn place_data(image: &mut Image, program: &Program) -> Masks {
    let mut datas: Vec<_> = program.datas.iter().collect();
    let order = data_order(program);
    datas.sort_by_cached_key(|d| order(d));
    let mut masks = Masks::default();
    for d in &datas {
        let name = program.symbols.name(d.sym);
        let sec = Sec::of(d.section);
        let data = image.section_mut(sec);
        // An empty variable has an address, too.
        let offset = if sec.is_bss() {
            assert!(d.bytes.is_empty() && d.relocs.is_empty(), "{name} in bss has contents");
            data.reserve(d.size, d.align.into())
        } else {
            assert!(d.bytes.len() as u64 <= d.size, "{name} has more bytes than its size");
            let offset = data.reserve(d.size, d.align.into());
            data.bytes.resize(offset as usize, 0);
            data.bytes.extend_from_slice(&d.bytes);
            data.bytes.resize(data.size as usize, 0);
            offset
        };
        match sec {
            Sec::Data => d.ptr_words.for_each(|w| masks.data.set((offset + w) / 8)),
            Sec::Bss => d.ptr_words.for_each(|w| masks.bss.set((offset + w) / 8)),
            _ => assert!(
                d.ptr_words.is_empty() || !sec.is_writable(),
                "{name} has pointers the collector never sees"
            ),
        }
        let old = image.places.insert(d.sym, Place { sec, offset });
        assert!(old.is_none(), "{name} is defined twice");
        if is_listed(name) {
            image.define(name, sec, offset, d.size, SymbolKind::Object);
        }
    }
    // References need every place.
    for d in &datas {
        let Place { sec, offset } = image.places[&d.sym];
        for r in &d.relocs {
            let target = image.target(r.sym);
            let kind = match r.kind {
                RelocKind::Abs64 => Reloc::Abs8,
                RelocKind::Abs32 => Reloc::Abs4,
            };
            let reference =
                Reference { offset: offset + u64::from(r.offset), kind, target, addend: r.addend };
            image.section_mut(sec).refs.push(reference);
        }
    }
    masks
}

/// Resolves references inside the text section, leaves the others to the linker.
fn relocate_text(image: &mut Image, compiled: &[CompiledFunction], entries: &[u32]) {
    let arch = image.arch;
    let mut text = std::mem::take(&mut image.section_mut(Sec::Text).bytes);
    let mut refs = Vec::new();
    for (c, &entry) in compiled.iter().zip(entries) {
        for r in &c.relocs {
            let place = (entry + r.offset) as usize;
            let target = image.target(r.sym);
            if let RefTarget::Place(Place { sec: Sec::Text, offset }) = target
                && arch::patch_local(arch, r.kind, &mut text, place, offset as i64 + r.addend)
            {
                continue;
            }
            refs.push(Reference { offset: place as u64, kind: r.kind, target, addend: r.addend });
        }
    }
    let sec = image.section_mut(Sec::Text);
    sec.bytes = text;
    sec.refs = refs;
}

/// Whether the symbol table names the data. As in gc's executables it leaves out what the compiler made on its own:
/// descriptors, itabs, caches of assertions, contents of strings and composite literals, closure objects of functions.
fn is_listed(name: &str) -> bool {
    let made = ["type:", "go:itab.", "go:string.", "go:assert", "go:stmp"];
    !made.iter().any(|prefix| name.starts_with(prefix)) && !name.ends_with("·f")
}
