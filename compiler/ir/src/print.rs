//! The textual form.
//!
//! ```text
//! func @main.add(i64, ptr) -> (i64) nosplit {
//!     s0 = slot 16 align 8 ptrs 0 frame
//!     defer s0 landing b2
//! b0(v0: i64, v1: ptr):
//!     v2 = iconst.i64 1
//!     v3 = add v0, v2
//!     v4 = load.i64 v1+8 fault
//!     jump b1(v3)
//! }
//!
//! data @type:T rodata align 8 size 24 {
//!     bytes 0 1000000000000000
//!     reloc 8 abs64 @main.table+16
//!     ptrs 8
//! }
//! ```
//!
//! Values are printed after aliases are resolved. Locations are printed as `; pos` comments only on
//! request, since tests compare the text.

use crate::entity::Sym;
use crate::function::{Function, ParamEscape, ParamKind};
use crate::inst::*;
use crate::program::{DataObject, PtrWords, RelocKind, Section, Symbols};
use crate::{Inst, Value};
use std::fmt::{self, Display, Write};

/// A function ready to be printed with the names of its symbols.
pub struct PrintFunction<'a> {
    func: &'a Function,
    symbols: &'a Symbols,
}

impl Function {
    /// The textual form of the function.
    pub fn display<'a>(&'a self, symbols: &'a Symbols) -> PrintFunction<'a> {
        PrintFunction { func: self, symbols }
    }
}

impl Display for PrintFunction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let func = self.func;
        write!(f, "func {} {}", self.sym(func.sym), func.sig)?;
        let a = &func.attrs;
        for (on, word) in [
            (a.nosplit, "nosplit"),
            (a.noinline, "noinline"),
            (a.nopreempt, "nopreempt"),
            (a.uintptr_keepalive, "uintptrkeepalive"),
            (a.dedup, "dedup"),
        ] {
            if on {
                write!(f, " {word}")?;
            }
        }
        if a.func_id.0 != 0 {
            write!(f, " funcid {}", a.func_id.0)?;
        }
        f.write_str(" {\n")?;
        for (i, kind) in func.param_kinds.iter().enumerate() {
            let word = match kind {
                ParamKind::Value => continue,
                ParamKind::Context => "context",
                ParamKind::ResultPtr => "result",
                ParamKind::ByRef => "byref",
            };
            writeln!(f, "    param {i} {word}")?;
        }
        for (i, esc) in func.param_escapes.iter().enumerate() {
            match esc {
                ParamEscape::Unknown => {}
                ParamEscape::NoEscape => writeln!(f, "    param {i} noescape")?,
                ParamEscape::ContentEscapes => writeln!(f, "    param {i} contentescapes")?,
            }
        }
        for (slot, d) in func.slots.iter() {
            write!(f, "    {slot} = slot {} align {}", d.size, d.align)?;
            if !d.ptr_words.is_empty() {
                f.write_str(" ptrs ")?;
                for (i, w) in d.ptr_words.iter().enumerate() {
                    write!(f, "{}{w}", if i > 0 { "," } else { "" })?;
                }
            }
            f.write_str(if d.frame_set { " frame\n" } else { "\n" })?;
        }
        if let Some(d) = func.defer {
            writeln!(f, "    defer {} landing {}", d.state, d.landing)?;
        }
        for &block in &func.layout {
            write!(f, "{block}")?;
            for (i, &p) in func.blocks[block].params.iter().enumerate() {
                write!(f, "{}{p}: {}", if i == 0 { "(" } else { ", " }, func.ty(p))?;
            }
            f.write_str(if func.blocks[block].params.is_empty() { ":\n" } else { "):\n" })?;
            for &inst in &func.blocks[block].insts {
                f.write_str("    ")?;
                self.inst(f, inst)?;
                f.write_char('\n')?;
            }
        }
        f.write_str("}\n")
    }
}

/// `@name`, quoted when the name is not made of the usual characters of link names.
fn symbol(symbols: &Symbols, sym: Sym) -> String {
    let name = symbols.name(sym);
    let bare = |c: char| c.is_alphanumeric() || "._/-:~%".contains(c);
    if name.chars().all(bare) && !name.is_empty() { format!("@{name}") } else { format!("@{name:?}") }
}

/// `+8`, `-8` or nothing.
fn offset(o: i64) -> String {
    match o {
        0 => String::new(),
        o if o < 0 => o.to_string(),
        o => format!("+{o}"),
    }
}

/// A data object ready to be printed with the names of its symbols.
pub struct PrintData<'a> {
    data: &'a DataObject,
    symbols: &'a Symbols,
}

impl DataObject {
    /// The textual form of the object.
    pub fn display<'a>(&'a self, symbols: &'a Symbols) -> PrintData<'a> {
        PrintData { data: self, symbols }
    }
}

/// Bytes of a data object on one line.
const LINE: usize = 32;

impl Display for PrintData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.data;
        let (_, section) =
            Section::NAMES.iter().find(|n| n.0 == d.section).expect("every section has a name");
        let name = symbol(self.symbols, d.sym);
        writeln!(f, "data {name} {section} align {} size {} {{", d.align, d.size)?;
        for (i, line) in d.bytes.chunks(LINE).enumerate().filter(|(_, l)| l.iter().any(|&b| b != 0)) {
            write!(f, "    bytes {} ", i * LINE)?;
            line.iter().try_for_each(|b| write!(f, "{b:02x}"))?;
            f.write_char('\n')?;
        }
        for r in &d.relocs {
            let kind = if r.kind == RelocKind::Abs64 { "abs64" } else { "abs32" };
            let target = symbol(self.symbols, r.sym);
            writeln!(f, "    reloc {} {kind} {target}{}", r.offset, offset(r.addend))?;
        }
        let list = |v: &[u32]| v.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        match &d.ptr_words {
            PtrWords::List(v) if !v.is_empty() => writeln!(f, "    ptrs {}", list(v))?,
            PtrWords::Repeat { elem, stride, count } if !elem.is_empty() => {
                writeln!(f, "    ptrs {} stride {stride} count {count}", list(elem))?;
            }
            _ => {}
        }
        f.write_str("}\n")
    }
}

impl PrintFunction<'_> {
    fn sym(&self, sym: Sym) -> String {
        symbol(self.symbols, sym)
    }

    fn val(&self, v: Value) -> Value {
        self.func.resolve(v)
    }

    fn vals(&self, list: &[Value]) -> String {
        let mut s = String::new();
        for (i, &v) in list.iter().enumerate() {
            let _ = write!(s, "{}{}", if i > 0 { ", " } else { "" }, self.val(v));
        }
        s
    }

    fn target(&self, t: &BlockCall) -> String {
        let args = t.args.as_slice(&self.func.pool);
        if args.is_empty() { t.block.to_string() } else { format!("{}({})", t.block, self.vals(args)) }
    }

    fn inst(&self, f: &mut fmt::Formatter<'_>, inst: Inst) -> fmt::Result {
        let func = self.func;
        let results = func.inst_results(inst);
        if !results.is_empty() {
            write!(f, "{} = ", self.vals(results))?;
        }
        let v = |x: Value| self.val(x);
        let off = offset;
        let flags = |m: MemFlags| {
            format!("{}{}", if m.may_fault { " fault" } else { "" }, if m.readonly { " ro" } else { "" })
        };
        let traced = |t: &Option<Traced>| {
            let Some(t) = t else { return String::new() };
            let words: Vec<String> = t.offsets().map(|off| off.to_string()).collect();
            let words = if words.is_empty() { String::new() } else { format!(" ptrs {}", words.join(",")) };
            format!(" type {}{words}", self.sym(t.desc))
        };
        let esc = |e: &Escape| match e {
            Escape::Heap => String::new(),
            Escape::Stack(s) => format!(" stack {s}"),
        };
        match &func.insts[inst] {
            InstData::Iconst { ty, imm } => write!(f, "iconst.{ty} {imm}"),
            InstData::Fconst { ty, bits } => write!(f, "fconst.{ty} {bits:#x}"),
            InstData::SymAddr { sym, off: o } => {
                write!(f, "symaddr {}{}", self.sym(*sym), off(i64::from(*o)))
            }
            InstData::SlotAddr { slot, off: o } => write!(f, "slotaddr {slot}{}", off(i64::from(*o))),
            InstData::GetG => f.write_str("getg"),
            InstData::Unary { op, arg } => write!(f, "{op} {}", v(*arg)),
            InstData::Binary { op, args } => write!(f, "{op} {}", self.vals(args)),
            InstData::Convert { op, ty, arg } => write!(f, "{op}.{ty} {}", v(*arg)),
            InstData::Icmp { cc, args } => write!(f, "icmp {cc} {}", self.vals(args)),
            InstData::Fcmp { cc, args } => write!(f, "fcmp {cc} {}", self.vals(args)),
            InstData::Select { args } => write!(f, "select {}", self.vals(args)),
            InstData::Fma { args } => write!(f, "fma {}", self.vals(args)),
            InstData::PtrAdd { base, off } => write!(f, "ptradd {}, {}", v(*base), v(*off)),
            InstData::PtrAddImm { base, off: o } => write!(f, "ptradd_imm {} {o}", v(*base)),
            InstData::Load { ty, addr, off: o, flags: m } => {
                write!(f, "load.{ty} {}{}{}", v(*addr), off(i64::from(*o)), flags(*m))
            }
            InstData::Store { val, addr, off: o, flags: m } => {
                write!(f, "store {}, {}{}{}", v(*val), v(*addr), off(i64::from(*o)), flags(*m))
            }
            InstData::StoreWb { val, addr, off: o, flags: m } => {
                write!(f, "storewb {}, {}{}{}", v(*val), v(*addr), off(i64::from(*o)), flags(*m))
            }
            InstData::SlotLoad { ty, slot, off: o } => {
                write!(f, "slotload.{ty} {slot}{}", off(i64::from(*o)))
            }
            InstData::SlotStore { val, slot, off: o } => {
                write!(f, "slotstore {}, {slot}{}", v(*val), off(i64::from(*o)))
            }
            InstData::MemCopy { dst, src, size, traced: t } => {
                write!(f, "memcopy {}, {}, {size}{}", v(*dst), v(*src), traced(t))
            }
            InstData::MemZero { dst, size, traced: t } => {
                write!(f, "memzero {}, {size}{}", v(*dst), traced(t))
            }
            InstData::AtomicLoad { ty, addr } => write!(f, "atomic_load.{ty} {}", v(*addr)),
            InstData::AtomicStore { val, addr } => write!(f, "atomic_store {}, {}", v(*val), v(*addr)),
            InstData::AtomicRmw { op, addr, val } => write!(f, "atomic_rmw {op} {}, {}", v(*addr), v(*val)),
            InstData::AtomicCas { addr, old, new } => {
                write!(f, "atomic_cas {}, {}, {}", v(*addr), v(*old), v(*new))
            }
            InstData::Prefetch { addr } => write!(f, "prefetch {}", v(*addr)),
            InstData::NilCheck { ptr } => write!(f, "nilcheck {}", v(*ptr)),
            InstData::BoundsCheck { kind, idx, len } => {
                write!(f, "boundscheck {kind} {}, {}", v(*idx), v(*len))
            }
            InstData::New { desc: d, size, align, pointers, escape } => {
                write!(f, "new {} size {size} align {align}", self.sym(*d))?;
                if let Some(p) = pointers {
                    write!(f, " pointers {p}")?;
                }
                f.write_str(&esc(escape))
            }
            InstData::Closure { code, desc: d, size, captures, escape } => write!(
                f,
                "closure {} type {} size {size} ({}){}",
                self.sym(*code),
                self.sym(*d),
                self.vals(captures.as_slice(&func.pool)),
                esc(escape)
            ),
            InstData::KeepAlive { val } => write!(f, "keepalive {}", v(*val)),
            InstData::Call { callee, sig, args } => write!(
                f,
                "call {}({}) : {}",
                self.sym(*callee),
                self.vals(args.as_slice(&func.pool)),
                func.sigs[*sig]
            ),
            InstData::CallIndirect { callee, sig, args } => write!(
                f,
                "call_indirect {}({}) : {}",
                v(*callee),
                self.vals(args.as_slice(&func.pool)),
                func.sigs[*sig]
            ),
            InstData::Jump { dest } => write!(f, "jump {}", self.target(dest)),
            InstData::Brif { cond, then, els } => {
                write!(f, "brif {}, {}, {}", v(*cond), self.target(then), self.target(els))
            }
            InstData::Switch { arg, cases, default } => {
                write!(f, "switch {}, {}, [", v(*arg), self.target(default))?;
                for (i, (case, t)) in func.switches[*cases as usize].cases.iter().enumerate() {
                    write!(f, "{}{case}: {}", if i > 0 { ", " } else { "" }, self.target(t))?;
                }
                f.write_str("]")
            }
            InstData::Return { args } => {
                let args = args.as_slice(&func.pool);
                if args.is_empty() { f.write_str("return") } else { write!(f, "return {}", self.vals(args)) }
            }
            InstData::DeferEnter { normal, landing } => {
                write!(f, "defer_enter {}, landing {landing}", self.target(normal))
            }
            InstData::Unreachable => f.write_str("unreachable"),
        }
    }
}
