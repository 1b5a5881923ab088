//! Package variables: where they live and how they are initialised.
//!
//! An initialiser that is made of constants, composite literals, addresses and functions becomes data;
//! the variable costs nothing at start. Any other initialiser becomes a function of its own, named
//! after the package's initialiser and its number. One that has no effect besides setting its
//! variables is made only if one of them is reached. The runtime calls those that were made, in the
//! order of initialisation, and then the `init` functions.

use crate::cx::Cx;
use crate::demand::Unit;
use crate::expr::consts::int_bits;
use crate::facts::{Collector, ROOT};
use crate::frontend::{Contents, EmbeddedFile, VarInit};
use crate::func::{Body, FuncLower};
use crate::layout::Kind;
use crate::mono::Env;
use crate::values::{Addr, Place};
use grus_ir::{DataObject, DataReloc, PtrWords, RelocKind, Section, Sym};
use grus_syntax::{DeclKind, ExprId, ExprKind, File, Operator, StmtKind};
use grus_types::constant::Value;
use grus_types::{BuiltinId, Info, Mode, ObjId, ObjectKind, PkgId, TypeId};
use rustc_hash::FxHashMap;
use std::sync::Mutex;

/// An initialiser of a package, ready to be made.
pub struct Initializer<'a> {
    pub pkg: PkgId,
    /// Its number in the package's order of initialisation.
    pub number: usize,
    pub init: VarInit<'a>,
    /// Whether it does anything besides setting its variables.
    pub has_effects: bool,
}

impl Initializer<'_> {
    /// Name of the function that runs it.
    pub fn func_name(&self, cx: &Cx<'_>) -> String {
        format!("{}.init.var{}", crate::names::package_prefix(cx.store, self.pkg), self.number)
    }
}

/// How many function literals stand in the initialisers before each one of a package, which numbers the literals of
/// all of them: `pkg.init.func1` and so on. Computed for the packages that have such literals.
#[derive(Default)]
pub struct InitLiterals(Mutex<FxHashMap<PkgId, Vec<u32>>>);

impl InitLiterals {
    fn before(&self, cx: &Cx<'_>, i: &Initializer<'_>) -> u32 {
        let mut packages = self.0.lock().expect("no panic while the lock is held");
        let counts = packages.entry(i.pkg).or_insert_with(|| {
            let env = Env::default();
            let mut sum = 0;
            let count = |init: &VarInit<'_>| {
                let before = sum;
                let facts = Collector::new(cx, init.file, init.info, &env).initializer(init.rhs);
                sum += facts.funcs.iter().filter(|f| f.parent == Some(ROOT)).count() as u32;
                before
            };
            cx.front.var_inits(i.pkg).iter().map(count).collect()
        });
        counts[i.number]
    }
}

/// How an initialiser was realised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Realised {
    /// As data: nothing to run.
    Static,
    /// As a function.
    Dynamic,
}

impl<'a> Unit<'a> {
    /// Defines a package variable that starts as zero.
    pub fn define_zero_global(&mut self, obj: ObjId) {
        if let Some(contents) = self.cx.front.contents(obj) {
            return self.define_with_contents(obj, contents);
        }
        let t = self.cx.canonical(self.cx.store.type_of(obj));
        let info = self.cx.info(t);
        let section = if info.has_ptrs() { Section::Bss } else { Section::NoPtrBss };
        let sym = self.cx.intern(&self.cx.global_name(obj));
        self.add_data(DataObject {
            sym,
            section,
            align: info.align.max(1),
            size: info.size,
            bytes: Vec::new(),
            relocs: Vec::new(),
            ptr_words: self.cx.layouts().data_ptr_words(self.cx.store, t),
        });
    }

    /// Defines a package variable with contents from outside the source.
    fn define_with_contents(&mut self, obj: ObjId, contents: &Contents) {
        let cx = self.cx;
        let name = cx.global_name(obj);
        let pointer = |offset: usize, sym| DataReloc {
            offset: u32::try_from(offset).expect("static data is below 4 GiB"),
            kind: RelocKind::Abs64,
            sym,
            addend: 0,
        };
        let mut bytes = Vec::new();
        let mut relocs = Vec::new();
        match contents {
            Contents::Text(text) => {
                bytes.extend([0; 8]);
                if !text.is_empty() {
                    relocs.push(pointer(0, self.string_data(text)));
                }
                bytes.extend((text.len() as u64).to_le_bytes());
            }
            Contents::Bytes(data) => {
                let sym = cx.intern(&format!("{name}..data"));
                // The program may write to it. An empty slice is not nil.
                self.add_data(DataObject {
                    sym,
                    section: Section::NoPtrData,
                    align: 1,
                    size: data.len().max(1) as u64,
                    bytes: if data.is_empty() { vec![0] } else { data.to_vec() },
                    relocs: Vec::new(),
                    ptr_words: PtrWords::None,
                });
                bytes.extend([0; 8]);
                relocs.push(pointer(0, sym));
                bytes.extend((data.len() as u64).to_le_bytes());
                bytes.extend((data.len() as u64).to_le_bytes());
            }
            Contents::Files(files) => {
                let sym = self.embedded_files(&format!("{name}.files"), files);
                bytes.extend([0; 8]);
                relocs.push(pointer(0, sym));
            }
        }
        let t = cx.canonical(cx.store.type_of(obj));
        assert_eq!(bytes.len() as u64, cx.info(t).size, "the contents of {name} have its type");
        let sym = cx.intern(&name);
        self.define_static(sym, t, bytes, relocs, Vec::new());
    }

    /// The slice of an `embed.FS`, followed by what it holds: for each file name, data, hash.
    fn embedded_files(&mut self, name: &str, files: &[EmbeddedFile]) -> Sym {
        const HEADER: usize = 24;
        let sym = self.cx.intern(name);
        let mut relocs = vec![DataReloc { offset: 0, kind: RelocKind::Abs64, sym, addend: HEADER as i64 }];
        let mut bytes = vec![0; 8];
        bytes.extend((files.len() as u64).to_le_bytes());
        bytes.extend((files.len() as u64).to_le_bytes());
        for file in files {
            for text in [file.name.as_bytes(), &file.data] {
                if !text.is_empty() {
                    let offset = u32::try_from(bytes.len()).expect("static data is below 4 GiB");
                    let sym = self.string_data(text);
                    relocs.push(DataReloc { offset, kind: RelocKind::Abs64, sym, addend: 0 });
                }
                bytes.extend([0; 8]);
                bytes.extend((text.len() as u64).to_le_bytes());
            }
            bytes.extend(file.hash);
        }
        self.add_data(DataObject {
            sym,
            section: Section::RoData,
            align: 8,
            size: bytes.len() as u64,
            bytes,
            relocs,
            ptr_words: PtrWords::None,
        });
        sym
    }

    /// Realises an initialiser: variables that it initialises are defined here, unless it has to run.
    pub fn lower_initializer(&mut self, i: &Initializer<'a>) -> Realised {
        let cx = self.cx;
        if let [obj] = i.init.lhs[..]
            && !cx.store.obj(obj).name.is_blank()
        {
            let t = cx.canonical(cx.store.type_of(obj));
            let env = Env::default();
            let mut s = StaticData::new(self, i.init.file, i.init.info, &env, cx.info(t).size);
            s.literals = Some(Vec::new());
            s.func_name = i.func_name(cx);
            if s.put(0, i.init.rhs, t) {
                if let Some(contents) = cx.front.contents(obj) {
                    self.define_with_contents(obj, contents);
                    return Realised::Static;
                }
                let StaticData { bytes, relocs, pending, literals, .. } = s;
                let sym = cx.intern(&cx.global_name(obj));
                self.define_static(sym, t, bytes, relocs, pending);
                self.lower_literals(i, &literals.unwrap_or_default());
                return Realised::Static;
            }
        }
        self.lower_dynamic(i);
        Realised::Dynamic
    }

    /// The contents of memory that is copied from read-only data whenever it is needed, from the values of its
    /// parts; `None` if one has to be computed, or is a variable of its own.
    pub fn static_contents(
        &mut self,
        file: &File,
        info: &Info,
        env: &Env,
        size: u64,
        parts: impl Iterator<Item = (u64, ExprId, TypeId)>,
    ) -> Option<(Vec<u8>, Vec<DataReloc>)> {
        if size > MAX_STATIC {
            return None;
        }
        let mut s = StaticData::new(self, file, info, env, size);
        s.copied = true;
        for (off, e, t) in parts {
            if !s.put(off, e, t) {
                return None;
            }
        }
        assert!(s.pending.is_empty(), "copied data points to no variables");
        Some((s.bytes, s.relocs))
    }

    fn define_static(
        &mut self,
        sym: Sym,
        t: TypeId,
        bytes: Vec<u8>,
        relocs: Vec<DataReloc>,
        pending: Vec<DataObject>,
    ) {
        let data = static_object(self.cx, sym, t, bytes, relocs);
        self.add_data(data);
        for d in pending {
            self.add_data(d);
        }
    }

    /// The function literals that the contents of a variable refer to, in the order of their numbers.
    fn lower_literals(&mut self, i: &Initializer<'a>, literals: &[ExprId]) {
        if literals.is_empty() {
            return;
        }
        let cx = self.cx;
        let env = Env::default();
        let init = &i.init;
        let facts = Collector::new(cx, init.file, init.info, &env).initializer(init.rhs);
        let body =
            Body { pkg: i.pkg, file: init.file, info: init.info, env: &env, facts: &facts, dedup: false };
        // The literals stand in a function that is not made.
        let mut f = FuncLower::new(self, &body, ROOT, i.func_name(cx), false, &[], &[]);
        for &e in literals {
            let ExprKind::FuncLit { body, .. } = init.file.kind(e) else {
                unreachable!("a function literal")
            };
            f.func_lit(e, body);
        }
    }

    /// The function that runs an initialiser.
    fn lower_dynamic(&mut self, i: &Initializer<'a>) {
        let cx = self.cx;
        let env = Env::default();
        let init = &i.init;
        let facts = Collector::new(cx, init.file, init.info, &env).initializer(init.rhs);
        let body =
            Body { pkg: i.pkg, file: init.file, info: init.info, env: &env, facts: &facts, dedup: false };
        let mut f = FuncLower::new(self, &body, ROOT, i.func_name(cx), false, &[], &[]);
        // All initialisers appear as the function `init`, also in the names of literals.
        let name = format!("{}.init", crate::names::package_prefix(cx.store, i.pkg));
        f.b.func.attrs.table_name = Some(name.as_str().into());
        if !facts.lits.is_empty() {
            f.counters.lits = cx.init_literals.before(cx, i);
        }
        f.base_name = Some(name);
        let pos = init.file.pos(init.rhs);
        f.b.func.start_pos = pos.as_u32();
        f.at(pos);
        if let [obj] = init.lhs[..] {
            let t = cx.canonical(cx.store.type_of(obj));
            let val = f.rvalue_as(init.rhs, t);
            f.set_global(obj, t, &val);
        } else {
            let vals = f.multi_values(init.rhs);
            for (&obj, (val, s)) in init.lhs.iter().zip(&vals) {
                let t = cx.canonical(cx.store.type_of(obj));
                let val = f.assign_conv(val.clone(), *s, t);
                f.set_global(obj, t, &val);
            }
        }
        f.b.ret(&[]);
        f.finish();
    }
}

impl FuncLower<'_, '_> {
    /// Stores the initial value of a package variable.
    fn set_global(&mut self, obj: ObjId, t: TypeId, val: &crate::values::Val) {
        if self.cx.store.obj(obj).name.is_blank() {
            return;
        }
        let sym = self.u.global(obj);
        self.write_place(&Place::Mem(Addr::sym(sym)), t, val);
    }
}

/// A variable with initial contents.
/// The variable that data words of small values point into. Reflection hands out slices of it, which nobody may write to.
const SMALL_VALUES: &str = "runtime.staticuint64s";

fn static_object(cx: &Cx<'_>, sym: Sym, t: TypeId, bytes: Vec<u8>, relocs: Vec<DataReloc>) -> DataObject {
    let info = cx.info(t);
    let zero = relocs.is_empty() && bytes.iter().all(|&b| b == 0);
    let section = match (zero, info.has_ptrs()) {
        _ if cx.symbols.name(sym) == SMALL_VALUES => Section::RoData,
        (true, true) => Section::Bss,
        (true, false) => Section::NoPtrBss,
        (false, true) => Section::Data,
        (false, false) => Section::NoPtrData,
    };
    DataObject {
        sym,
        section,
        align: info.align.max(1),
        size: info.size,
        bytes: if zero { Vec::new() } else { bytes },
        relocs,
        ptr_words: cx.layouts().data_ptr_words(cx.store, t),
    }
}

/// Builds the initial contents of a variable.
struct StaticData<'u, 'a, 'i> {
    unit: &'u mut Unit<'a>,
    file: &'i File,
    info: &'i Info,
    env: &'i Env,
    /// The contents are copied whenever they are evaluated: they may not share variables.
    copied: bool,
    bytes: Vec<u8>,
    relocs: Vec<DataReloc>,
    /// Variables without names that the contents point to.
    pending: Vec<DataObject>,
    /// The function literals among the values, where there may be any, and the name of the function that they are
    /// numbered in.
    literals: Option<Vec<ExprId>>,
    func_name: String,
}

/// Variables above this size are not built as data (their zero form costs nothing).
const MAX_STATIC: u64 = 64 << 20;

impl<'u, 'a, 'i> StaticData<'u, 'a, 'i> {
    fn new(unit: &'u mut Unit<'a>, file: &'i File, info: &'i Info, env: &'i Env, size: u64) -> Self {
        let size = if size <= MAX_STATIC { size } else { 0 };
        StaticData {
            unit,
            file,
            info,
            env,
            copied: false,
            bytes: vec![0; size as usize],
            relocs: Vec::new(),
            pending: Vec::new(),
            literals: None,
            func_name: String::new(),
        }
    }

    /// For contents that these point to.
    fn inner(&mut self, size: u64) -> StaticData<'_, 'a, 'i> {
        let copied = self.copied;
        let (literals, func_name) = (self.literals.take(), self.func_name.clone());
        StaticData {
            copied,
            literals,
            func_name,
            ..StaticData::new(self.unit, self.file, self.info, self.env, size)
        }
    }

    fn write(&mut self, off: u64, bytes: &[u8]) {
        let off = off as usize;
        self.bytes[off..off + bytes.len()].copy_from_slice(bytes);
    }

    fn pointer(&mut self, off: u64, sym: Sym, addend: i64) {
        let offset = u32::try_from(off).expect("static data is below 4 GiB");
        self.relocs.push(DataReloc { offset, kind: RelocKind::Abs64, sym, addend });
    }

    /// The concrete type recorded for an expression.
    fn ty(&self, e: ExprId) -> Option<TypeId> {
        Some(self.env.ty(self.unit.cx, self.info.type_of(e)?))
    }

    /// Writes the value of `e`, converted to `t` as by assignment. False if it has to be computed at
    /// start; what was written until then is of no consequence.
    fn put(&mut self, off: u64, e: ExprId, t: TypeId) -> bool {
        let cx = self.unit.cx;
        if cx.info(t).size > self.bytes.len() as u64 {
            return false;
        }
        let e = self.file.unparen(e);
        if self.info.mode(e) == Mode::NilValue || self.is_nil(e) {
            return true;
        }
        if cx.info(t).is_interface() {
            return self.interface(off, e, t);
        }
        if let Some(value) = self.info.value(e) {
            return self.constant(off, &value.clone(), t);
        }
        match self.file.kind(e) {
            ExprKind::CompositeLit { .. } => self.composite(off, e, t),
            ExprKind::Unary { op: Operator::And, x } => {
                let x = self.file.unparen(x);
                match self.file.kind(x) {
                    ExprKind::CompositeLit { .. } => {
                        let Some(elem) = cx.pointee(t) else { return false };
                        match self.anonymous(x, elem) {
                            Some(sym) => {
                                self.pointer(off, sym, 0);
                                true
                            }
                            None => false,
                        }
                    }
                    ExprKind::Name(_) | ExprKind::Selector { .. } | ExprKind::Index { .. } => {
                        self.address_of(off, x)
                    }
                    _ => false,
                }
            }
            ExprKind::Name(_) | ExprKind::Selector { .. } => self.function(off, e),
            ExprKind::FuncLit { .. } => self.literal(off, e),
            // A conversion that changes nothing in memory.
            ExprKind::Call { fun, args, has_dots: false } if self.info.mode(fun) == Mode::TypExpr => {
                let arg = self.file[args][0];
                match self.ty(arg) {
                    Some(from) if cx.info(from).under == cx.info(t).under => self.put(off, arg, t),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn is_nil(&self, e: ExprId) -> bool {
        let ExprKind::Name(_) = self.file.kind(e) else { return false };
        self.info.uses(e).is_some_and(|o| matches!(self.unit.cx.store.obj(o).kind, ObjectKind::Nil))
    }

    fn constant(&mut self, off: u64, value: &Value, t: TypeId) -> bool {
        let cx = self.unit.cx;
        let float = |v: &Value, bits: u8| -> Vec<u8> {
            let v = v.to_float();
            if bits == 32 {
                v.float32_val().0.to_le_bytes().to_vec()
            } else {
                v.float64_val().0.to_le_bytes().to_vec()
            }
        };
        match &cx.info(t).kind {
            Kind::Bool => self.write(off, &[u8::from(value.bool_val())]),
            Kind::Int { bits, .. } => {
                let bytes = int_bits(value, *bits).to_le_bytes();
                self.write(off, &bytes[..usize::from(*bits) / 8]);
            }
            Kind::Float { bits } => self.write(off, &float(value, *bits)),
            Kind::Complex { bits } => {
                let c = value.to_complex();
                self.write(off, &float(&c.real(), *bits));
                self.write(off + u64::from(*bits / 8), &float(&c.imag(), *bits));
            }
            Kind::String => {
                let text = value.string_val();
                if !text.is_empty() {
                    let sym = self.unit.string_data(&text);
                    self.pointer(off, sym, 0);
                    self.write(off + 8, &(text.len() as u64).to_le_bytes());
                }
            }
            _ => return false,
        }
        true
    }

    /// The address of a package variable, or of a part of it.
    fn address_of(&mut self, off: u64, x: ExprId) -> bool {
        let Some((obj, offset)) = self.place(x) else { return false };
        let sym = self.unit.global(obj);
        self.pointer(off, sym, offset as i64);
        true
    }

    /// The package variable that an expression denotes a part of, and the part's offset: fields, and
    /// elements of arrays with constant indices.
    fn place(&self, x: ExprId) -> Option<(ObjId, u64)> {
        let cx = self.unit.cx;
        let x = self.file.unparen(x);
        match self.file.kind(x) {
            ExprKind::Name(_) => self.info.uses(x).filter(|&o| cx.is_package_var(o)).map(|o| (o, 0)),
            // A variable of another package.
            ExprKind::Selector { sel, .. } if self.info.selection(x).is_none() => {
                self.info.uses(sel).filter(|&o| cx.is_package_var(o)).map(|o| (o, 0))
            }
            ExprKind::Selector { x: base, .. } => {
                let selection = self.info.selection(x).filter(|s| !s.indirect)?;
                let mut t = self.ty(base)?;
                let (obj, mut offset) = self.place(base)?;
                for &i in &selection.index {
                    let Kind::Struct(fields) = &cx.info(t).kind else { return None };
                    let field = fields.get(i as usize)?;
                    offset += field.off;
                    t = field.ty;
                }
                Some((obj, offset))
            }
            ExprKind::Index { x: base, index } => {
                let Kind::Array(elem, len) = cx.info(self.ty(base)?).kind else { return None };
                let i = self.index(index).filter(|&i| i < len)?;
                let (obj, offset) = self.place(base)?;
                Some((obj, offset + i * cx.info(elem).size))
            }
            _ => None,
        }
    }

    /// The func value of a declared function that is not generic.
    fn function(&mut self, off: u64, e: ExprId) -> bool {
        let name = match self.file.kind(e) {
            ExprKind::Selector { sel, .. } if self.info.selection(e).is_none() => sel,
            ExprKind::Name(_) => e,
            _ => return false,
        };
        let cx = self.unit.cx;
        let Some(obj) = self.info.uses(name) else { return false };
        if !cx.store.obj(obj).is_func() || self.info.instance(name).is_some() {
            return false;
        }
        let sym = self.unit.func_value(cx.inst(obj, &[]));
        self.pointer(off, sym, 0);
        true
    }

    /// A function literal. Outside functions there is nothing that it could capture.
    fn literal(&mut self, off: u64, e: ExprId) -> bool {
        let Some(literals) = &mut self.literals else { return false };
        literals.push(e);
        let name = format!("{}.func{}·f", self.func_name, literals.len());
        let sym = self.unit.cx.intern(&name);
        self.pointer(off, sym, 0);
        true
    }

    /// A value in an interface.
    fn interface(&mut self, off: u64, e: ExprId, t: TypeId) -> bool {
        let cx = self.unit.cx;
        let Some(from) = self.ty(e).map(|f| crate::layout::default_type(cx.store, f)) else { return false };
        let from = cx.canonical(from);
        let info = cx.info(from);
        if info.is_interface() || matches!(info.kind, Kind::Nil | Kind::Tuple(_)) {
            return false;
        }
        if info.is_direct_iface() {
            if !self.put(off + 8, e, from) {
                return false;
            }
        } else {
            let mut inner = self.inner(info.size);
            if !inner.put(0, e, from) {
                return false;
            }
            let StaticData { bytes, relocs, pending, literals, .. } = inner;
            self.literals = literals;
            // Values in interfaces never change. They may point to variables that exist only if all of the
            // initialiser is static.
            let data = self.unit.rodata_object(info.align.max(1), bytes, relocs);
            let sym = data.sym;
            if self.copied {
                self.unit.add_data(data);
            } else {
                self.pending.extend(pending);
                self.pending.push(data);
            }
            self.pointer(off + 8, sym, 0);
        }
        let word = if matches!(cx.info(t).kind, Kind::Interface { empty: true }) {
            self.unit.used_type(from)
        } else {
            self.unit.used_type(from);
            self.unit.itab(t, from)
        };
        self.pointer(off, word, 0);
        true
    }

    /// A variable without a name that holds a composite literal.
    fn anonymous(&mut self, e: ExprId, t: TypeId) -> Option<Sym> {
        let cx = self.unit.cx;
        let size = cx.info(t).size;
        if size == 0 || self.copied {
            return None;
        }
        let mut inner = self.inner(size);
        if !inner.put(0, e, t) {
            return None;
        }
        let StaticData { bytes, relocs, pending, literals, .. } = inner;
        self.literals = literals;
        self.pending.extend(pending);
        let sym = cx.intern(&format!("go:stmp.{}", self.file.pos(e)));
        self.pending.push(static_object(cx, sym, t, bytes, relocs));
        Some(sym)
    }

    fn composite(&mut self, off: u64, e: ExprId, t: TypeId) -> bool {
        let cx = self.unit.cx;
        let ExprKind::CompositeLit { elems, .. } = self.file.kind(e) else { return false };
        let elems = self.file[elems].to_vec();
        match &cx.info(t).kind {
            // A literal `{...}` whose type is elided behind a pointer type.
            Kind::Pointer(elem) => match self.anonymous(e, *elem) {
                Some(sym) => {
                    self.pointer(off, sym, 0);
                    true
                }
                None => false,
            },
            Kind::Struct(fields) => {
                for (i, &elem) in elems.iter().enumerate() {
                    let (field, value) = match self.file.kind(elem) {
                        ExprKind::KeyValue { key, value } => {
                            let ExprKind::Name(name) = self.file.kind(key) else { return false };
                            let Some(f) = fields.iter().find(|f| f.name == name) else { return false };
                            (f, value)
                        }
                        _ => (&fields[i], elem),
                    };
                    // Fields without name keep their zero; what has effects is not static.
                    let stored = if field.name.is_blank() {
                        self.info.value(value).is_some()
                    } else {
                        self.put(off + field.off, value, field.ty)
                    };
                    if !stored {
                        return false;
                    }
                }
                true
            }
            Kind::Array(elem, _) => self.elements(off, &elems, *elem),
            Kind::Slice(elem) => {
                let Some(len) = self.literal_len(&elems) else { return false };
                if len == 0 {
                    return self.empty_slice(off);
                }
                let array = cx.array_of(*elem, len);
                let size = cx.info(array).size;
                if size == 0 || size > MAX_STATIC || self.copied {
                    return false;
                }
                let mut inner = self.inner(size);
                if !inner.elements(0, &elems, *elem) {
                    return false;
                }
                let StaticData { bytes, relocs, pending, literals, .. } = inner;
                self.literals = literals;
                self.pending.extend(pending);
                let sym = cx.intern(&format!("go:stmp.{}", self.file.pos(e)));
                self.pending.push(static_object(cx, sym, array, bytes, relocs));
                self.pointer(off, sym, 0);
                self.write(off + 8, &len.to_le_bytes());
                self.write(off + 16, &len.to_le_bytes());
                true
            }
            _ => false,
        }
    }

    /// A slice of length zero that is not nil.
    fn empty_slice(&mut self, off: u64) -> bool {
        match self.unit.cx.lookup_in("runtime", "zerobase") {
            Some(obj) => {
                let sym = self.unit.global(obj);
                self.pointer(off, sym, 0);
                true
            }
            None => false,
        }
    }

    /// The index of an element's key.
    fn index(&self, key: ExprId) -> Option<u64> {
        self.info.value(key)?.to_int().uint64_val()
    }

    fn literal_len(&self, elems: &[ExprId]) -> Option<u64> {
        let (mut next, mut len) = (0u64, 0u64);
        for &e in elems {
            if let ExprKind::KeyValue { key, .. } = self.file.kind(e) {
                next = self.index(key)?;
            }
            next += 1;
            len = len.max(next);
        }
        Some(len)
    }

    fn elements(&mut self, off: u64, elems: &[ExprId], elem: TypeId) -> bool {
        let size = self.unit.cx.info(elem).size;
        let mut next = 0u64;
        for &e in elems {
            let value = match self.file.kind(e) {
                ExprKind::KeyValue { key, value } => match self.index(key) {
                    Some(i) => {
                        next = i;
                        value
                    }
                    None => return false,
                },
                _ => e,
            };
            if !self.put(off + next * size, value, elem) {
                return false;
            }
            next += 1;
        }
        true
    }
}

/// Whether evaluating an initialiser does anything besides yielding its value: calls of functions that
/// are not known to only make a value, receive operations, operations that may panic.
pub fn has_effects(cx: &Cx<'_>, file: &File, info: &Info, e: ExprId) -> bool {
    let rec = |x: ExprId| has_effects(cx, file, info, x);
    if info.value(e).is_some() || info.mode(e) == Mode::TypExpr {
        return false;
    }
    match file.kind(e) {
        ExprKind::Name(_) | ExprKind::BasicLit { .. } | ExprKind::FuncLit { .. } => false,
        ExprKind::Paren(x) => rec(x),
        ExprKind::CompositeLit { elems, .. } => file[elems].iter().any(|&x| rec(x)),
        ExprKind::KeyValue { key, value } => {
            // Field names have no type; keys of maps may be expressions.
            (info.type_of(key).is_some() && rec(key)) || rec(value)
        }
        ExprKind::Selector { x, .. } => match info.selection(e) {
            None => false,
            Some(s) => s.indirect || rec(x),
        },
        ExprKind::Unary {
            op: Operator::And | Operator::Add | Operator::Sub | Operator::Not | Operator::Xor,
            x,
        } => rec(x),
        ExprKind::Binary { op, x, y } => {
            matches!(op, Operator::Div | Operator::Rem | Operator::Shl | Operator::Shr) || rec(x) || rec(y)
        }
        ExprKind::Call { fun, args, .. } => {
            let args = &file[args];
            if info.mode(fun) == Mode::TypExpr {
                return args.iter().any(|&x| rec(x)) || may_panic_conversion(cx, info, e);
            }
            if info.mode(fun) == Mode::Builtin {
                let name = match file.kind(file.unparen(fun)) {
                    ExprKind::Name(_) => info.uses(file.unparen(fun)),
                    ExprKind::Selector { sel, .. } => info.uses(sel),
                    _ => None,
                };
                let pure = name.is_some_and(|o| {
                    matches!(
                        cx.store.obj(o).kind,
                        ObjectKind::Builtin(
                            BuiltinId::New
                                | BuiltinId::Len
                                | BuiltinId::Cap
                                | BuiltinId::Complex
                                | BuiltinId::Real
                                | BuiltinId::Imag
                                | BuiltinId::Min
                                | BuiltinId::Max
                        )
                    )
                });
                let make = name
                    .is_some_and(|o| matches!(cx.store.obj(o).kind, ObjectKind::Builtin(BuiltinId::Make)));
                // `make` with constant sizes that were checked at compile time.
                let sized = make && args[1..].iter().all(|&a| info.value(a).is_some());
                return !(pure || sized) || args.iter().any(|&x| rec(x));
            }
            args.iter().any(|&x| rec(x)) || !is_constructor(cx, file, info, fun)
        }
        _ => true,
    }
}

/// Conversions from slices to arrays and array pointers may panic.
fn may_panic_conversion(cx: &Cx<'_>, info: &Info, e: ExprId) -> bool {
    match info.type_of(e) {
        Some(t) => matches!(cx.info(cx.canonical(t)).kind, Kind::Array(..) | Kind::Pointer(_)),
        None => true,
    }
}

/// Whether a called function only makes a value of its arguments: its body is one `return` of an
/// expression without effects (`errors.New`).
fn is_constructor(cx: &Cx<'_>, file: &File, info: &Info, fun: ExprId) -> bool {
    let fun = file.unparen(fun);
    let name = match file.kind(fun) {
        ExprKind::Name(_) => fun,
        ExprKind::Selector { sel, .. } if info.selection(fun).is_none() => sel,
        _ => return false,
    };
    let Some(obj) = info.uses(name) else { return false };
    let o = cx.store.obj(obj);
    if !o.is_func() || info.instance(name).is_some() {
        return false;
    }
    // Only functions of other packages: a cycle through functions cannot arise.
    let Some(pkg) = o.pkg else { return false };
    let declared = cx.front.files(pkg).iter().find_map(|f| {
        f.decl_list.iter().find_map(|&d| match f[d].kind {
            DeclKind::Func(decl) if decl.recv.is_none() && f.name(decl.name) == o.name => {
                decl.body.expand().map(|b| (f, b))
            }
            _ => None,
        })
    });
    let Some((file, body)) = declared else { return false };
    let (list, _) = file.block(body);
    let [stmt] = file[list] else { return false };
    let StmtKind::Return { results } = file[stmt].kind else { return false };
    let Some(result) = results.expand() else { return false };
    // Judged by form alone, without checking the body: literals of parameters and constants.
    fn simple(file: &File, e: ExprId) -> bool {
        match file.kind(e) {
            ExprKind::Name(_) | ExprKind::BasicLit { .. } => true,
            ExprKind::Unary { op: Operator::And, x } | ExprKind::Paren(x) => simple(file, x),
            ExprKind::CompositeLit { elems, .. } => file[elems].iter().all(|&x| simple(file, x)),
            ExprKind::KeyValue { value, .. } => simple(file, value),
            _ => false,
        }
    }
    simple(file, result)
}
