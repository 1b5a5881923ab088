//! Reads the textual form that [`crate::print`] writes.
//!
//! The format is line-oriented: a header line per function, then declarations, blocks and
//! instructions, one a line; `;` begins a comment. Values and blocks are numbered freely; a value
//! may be used before the line that defines it (in a block that comes later in the text), so values
//! are created in a first pass over the lines and operands are read in a second one.

mod data;

use crate::entity::{Block, Slot, Value};
use crate::function::{
    DeferInfo, Function, ParamEscape, ParamKind, SlotData, SwitchTable, ValueData, ValueDef,
};
use crate::inst::*;
use crate::program::{DataObject, Program, Symbols};
use crate::ty::{Signature, Ty};
use cranelift_entity::EntityRef;
use rustc_hash::FxHashMap;

/// Line number (from 1) and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub struct ParseError {
    pub line: u32,
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

type Result<T, E = String> = std::result::Result<T, E>;

/// Parses functions.
///
/// # Errors
/// The first line that is not understood.
pub fn parse(text: &str, symbols: &Symbols) -> Result<Vec<Function>, ParseError> {
    let (funcs, datas) = items(text, symbols)?;
    match datas.is_empty() {
        true => Ok(funcs),
        false => Err(ParseError { line: 1, message: "data among functions".into() }),
    }
}

/// Parses functions and data objects.
///
/// # Errors
/// The first line that is not understood.
pub fn parse_program(text: &str) -> Result<Program, ParseError> {
    let mut program = Program::default();
    (program.funcs, program.datas) = items(text, &program.symbols)?;
    Ok(program)
}

fn items(text: &str, symbols: &Symbols) -> Result<(Vec<Function>, Vec<DataObject>), ParseError> {
    let lines: Vec<(u32, &str)> = text
        .lines()
        .enumerate()
        .map(|(i, l)| (i as u32 + 1, strip_comment(l).trim()))
        .filter(|(_, l)| !l.is_empty())
        .collect();
    let (mut funcs, mut datas) = (Vec::new(), Vec::new());
    let mut rest = lines.as_slice();
    while let Some(&(line, header)) = rest.first() {
        let Some(end) = rest.iter().position(|&(_, l)| l == "}") else {
            return Err(ParseError { line, message: "no closing brace".into() });
        };
        if header.starts_with("data ") {
            datas.push(data::parse(&rest[..end], symbols)?);
            rest = &rest[end + 1..];
            continue;
        }
        let mut p = FuncParser::new(symbols);
        p.header(header).map_err(|message| ParseError { line, message })?;
        p.body(&rest[1..end])?;
        funcs.push(p.finish());
        rest = &rest[end + 1..];
    }
    Ok((funcs, datas))
}

/// Cuts a comment off; `;` in a quoted symbol is not one.
fn strip_comment(line: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (i, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => return &line[..i],
            _ => {}
        }
    }
    line
}

struct FuncParser<'a> {
    symbols: &'a Symbols,
    func: Function,
    blocks: FxHashMap<u32, Block>,
    values: FxHashMap<u32, Value>,
    slots: FxHashMap<u32, Slot>,
}

impl<'a> FuncParser<'a> {
    fn new(symbols: &'a Symbols) -> FuncParser<'a> {
        // The header replaces symbol and signature.
        let func = Function::new(symbols.intern(""), Signature::default());
        FuncParser {
            symbols,
            func,
            blocks: FxHashMap::default(),
            values: FxHashMap::default(),
            slots: FxHashMap::default(),
        }
    }

    fn cursor<'t>(&self, text: &'t str) -> Cursor<'t> {
        Cursor { rest: text }
    }

    fn header(&mut self, line: &str) -> Result<()> {
        let mut c = self.cursor(line);
        c.word("func")?;
        self.func.sym = self.symbols.intern(&c.symbol()?);
        self.func.sig = c.signature()?;
        loop {
            match c.ident() {
                "" => break,
                "nosplit" => self.func.attrs.nosplit = true,
                "noinline" => self.func.attrs.noinline = true,
                "nopreempt" => self.func.attrs.nopreempt = true,
                "uintptrkeepalive" => self.func.attrs.uintptr_keepalive = true,
                "dedup" => self.func.attrs.dedup = true,
                "funcid" => self.func.attrs.func_id.0 = c.number()?,
                other => return Err(format!("unknown attribute {other}")),
            }
        }
        c.expect("{")?;
        let n = self.func.sig.params.len();
        self.func.param_kinds = vec![ParamKind::Value; n];
        self.func.param_escapes = vec![ParamEscape::Unknown; n];
        self.func.layout.clear();
        c.end()
    }

    fn body(&mut self, lines: &[(u32, &str)]) -> Result<(), ParseError> {
        let at = |line: u32| move |message: String| ParseError { line, message };
        // First pass: blocks, their parameters, slots, and the values that instructions define.
        for &(n, line) in lines {
            if is_block_header(line) {
                self.block_header(line).map_err(at(n))?;
            } else if line.contains(" = slot ") {
                self.slot(line).map_err(at(n))?;
            }
        }
        let mut current = None;
        let mut pending = Vec::new();
        for &(n, line) in lines {
            if is_block_header(line) {
                let id = self.cursor(line).entity("b").map_err(at(n))?;
                current = Some(self.blocks[&id]);
                continue;
            }
            match current {
                None => self.declaration(line).map_err(at(n))?,
                Some(block) => {
                    let (results, op) = self.split_results(line).map_err(at(n))?;
                    for &r in &results {
                        self.new_value(r).map_err(at(n))?;
                    }
                    pending.push((n, block, results, op));
                }
            }
        }
        // Second pass: operands. Result types depend on operand types, which may be those of values
        // defined further down, so lines wait until what they need is typed.
        let mut typed: Vec<Value> = Vec::new();
        for b in self.func.layout.iter() {
            typed.extend(&self.func.blocks[*b].params);
        }
        let mut known: rustc_hash::FxHashSet<Value> = typed.into_iter().collect();
        let mut parsed: Vec<Option<InstData>> = vec![None; pending.len()];
        loop {
            let mut progress = false;
            for (i, (n, _, results, op)) in pending.iter().enumerate() {
                if parsed[i].is_some() {
                    continue;
                }
                let data = self.instruction(op).map_err(at(*n))?;
                if needs_operand_type(&data).is_some_and(|v| !known.contains(&v)) {
                    continue;
                }
                let tys = self.func.result_types(&data);
                if tys.len() != results.len() {
                    return Err(at(*n)(format!(
                        "{} results, but the operation has {}",
                        results.len(),
                        tys.len()
                    )));
                }
                for (&r, &ty) in results.iter().zip(&tys) {
                    let v = self.values[&r];
                    self.func.values[v].ty = ty;
                    known.insert(v);
                }
                parsed[i] = Some(data);
                progress = true;
            }
            if parsed.iter().all(Option::is_some) {
                break;
            }
            if !progress {
                let i = parsed.iter().position(Option::is_none).expect("an instruction is left");
                return Err(at(pending[i].0)("its type depends on itself".into()));
            }
        }
        for ((_, block, results, _), data) in pending.into_iter().zip(parsed) {
            let inst = self.func.new_inst(data.expect("all are parsed"), &[], None);
            let values: Vec<Value> = results.iter().map(|r| self.values[r]).collect();
            for (i, &v) in values.iter().enumerate() {
                self.func.values[v].def = ValueDef::Result(inst, i as u32);
            }
            self.func.results[inst] = self.func.list(&values);
            self.func.blocks[block].insts.push(inst);
        }
        Ok(())
    }

    fn finish(self) -> Function {
        self.func
    }

    fn new_value(&mut self, id: u32) -> Result<Value> {
        // The definition is filled in when the instruction is made.
        let v =
            self.func.values.push(ValueData { ty: Ty::I8, def: ValueDef::Param(Block::new(0), u32::MAX) });
        match self.values.insert(id, v) {
            None => Ok(v),
            Some(_) => Err(format!("v{id} is defined twice")),
        }
    }

    fn block(&mut self, id: u32) -> Block {
        // The block that `Function::new` made is the entry.
        let entry = self.blocks.is_empty();
        let func = &mut self.func;
        *self.blocks.entry(id).or_insert_with(|| if entry { Block::new(0) } else { func.new_block() })
    }

    fn block_header(&mut self, line: &str) -> Result<()> {
        let mut c = self.cursor(line);
        let id = c.entity("b")?;
        if self.blocks.contains_key(&id) {
            return Err(format!("b{id} is defined twice"));
        }
        let block = self.block(id);
        self.func.layout.push(block);
        if c.eat("(") {
            loop {
                let v = c.entity("v")?;
                c.expect(":")?;
                let ty = c.ty()?;
                let value = self.new_value(v)?;
                let n = self.func.blocks[block].params.len() as u32;
                self.func.values[value] = ValueData { ty, def: ValueDef::Param(block, n) };
                self.func.blocks[block].params.push(value);
                if !c.eat(",") {
                    break;
                }
            }
            c.expect(")")?;
        }
        c.expect(":")?;
        c.end()
    }

    fn slot(&mut self, line: &str) -> Result<()> {
        let mut c = self.cursor(line);
        let id = c.entity("s")?;
        c.expect("=")?;
        c.word("slot")?;
        let size = c.number()?;
        c.word("align")?;
        let mut d = SlotData { size, align: c.number()?, ..SlotData::default() };
        if c.eat("ptrs") {
            d.ptr_words.push(c.number()?);
            while c.eat(",") {
                d.ptr_words.push(c.number()?);
            }
        }
        d.frame_set = c.eat("frame");
        let slot = self.func.slots.push(d);
        self.slots.insert(id, slot);
        c.end()
    }

    fn declaration(&mut self, line: &str) -> Result<()> {
        let mut c = self.cursor(line);
        if line.contains(" = slot ") {
            return Ok(());
        }
        match c.ident() {
            "param" => {
                let i: usize = c.number()?;
                let kind = self.func.param_kinds.get_mut(i).ok_or("no such parameter")?;
                match c.ident() {
                    "context" => *kind = ParamKind::Context,
                    "result" => *kind = ParamKind::ResultPtr,
                    "byref" => *kind = ParamKind::ByRef,
                    "noescape" => self.func.param_escapes[i] = ParamEscape::NoEscape,
                    "contentescapes" => self.func.param_escapes[i] = ParamEscape::ContentEscapes,
                    other => return Err(format!("unknown parameter kind {other}")),
                }
            }
            "defer" => {
                let state = self.slot_ref(&mut c)?;
                c.word("landing")?;
                let landing = self.block_ref(&mut c)?;
                self.func.defer = Some(DeferInfo { state, landing });
            }
            other => return Err(format!("unknown declaration {other}")),
        }
        c.end()
    }

    /// `v1, v2 = rest` into the numbers and the rest.
    fn split_results<'t>(&self, line: &'t str) -> Result<(Vec<u32>, &'t str)> {
        let Some((left, right)) = line.split_once(" = ").filter(|(l, _)| l.starts_with('v')) else {
            return Ok((Vec::new(), line));
        };
        let ids = left.split(',').map(|v| self.cursor(v).entity("v")).collect::<Result<_>>()?;
        Ok((ids, right))
    }

    fn value(&self, c: &mut Cursor<'_>) -> Result<Value> {
        let id = c.entity("v")?;
        self.values.get(&id).copied().ok_or_else(|| format!("v{id} is not defined"))
    }

    fn slot_ref(&self, c: &mut Cursor<'_>) -> Result<Slot> {
        let id = c.entity("s")?;
        self.slots.get(&id).copied().ok_or_else(|| format!("s{id} is not defined"))
    }

    fn block_ref(&self, c: &mut Cursor<'_>) -> Result<Block> {
        let id = c.entity("b")?;
        self.blocks.get(&id).copied().ok_or_else(|| format!("b{id} is not defined"))
    }

    fn values<const N: usize>(&self, c: &mut Cursor<'_>) -> Result<[Value; N]> {
        let mut out = [Value::new(0); N];
        for (i, v) in out.iter_mut().enumerate() {
            if i > 0 {
                c.expect(",")?;
            }
            *v = self.value(c)?;
        }
        Ok(out)
    }

    /// `(v1, v2)`.
    fn value_list(&mut self, c: &mut Cursor<'_>) -> Result<ValueList> {
        c.expect("(")?;
        let mut vs = Vec::new();
        while !c.eat(")") {
            if !vs.is_empty() {
                c.expect(",")?;
            }
            vs.push(self.value(c)?);
        }
        Ok(self.func.list(&vs))
    }

    fn target(&mut self, c: &mut Cursor<'_>) -> Result<BlockCall> {
        let block = self.block_ref(c)?;
        let args = if c.peek("(") { self.value_list(c)? } else { ValueList::new() };
        Ok(BlockCall { block, args })
    }

    fn traced(&self, c: &mut Cursor<'_>) -> Result<Option<Traced>> {
        if !c.eat("type") {
            return Ok(None);
        }
        let mut traced = Traced { desc: self.symbols.intern(&c.symbol()?), words: 0 };
        if c.eat("ptrs") {
            loop {
                let off: u32 = c.number()?;
                if !off.is_multiple_of(8) || off >= 8 * u16::BITS {
                    return Err(format!("no word of a short type is at {off}"));
                }
                traced.words |= 1 << (off / 8);
                if !c.eat(",") {
                    break;
                }
            }
        }
        Ok(Some(traced))
    }

    fn escape(&self, c: &mut Cursor<'_>) -> Result<Escape> {
        Ok(if c.eat("stack") { Escape::Stack(self.slot_ref(c)?) } else { Escape::Heap })
    }

    fn sym_call(&mut self, c: &mut Cursor<'_>) -> Result<(ValueList, crate::SigRef)> {
        let args = self.value_list(c)?;
        c.expect(":")?;
        let sig = c.signature()?;
        Ok((args, self.func.add_sig(sig)))
    }

    fn instruction(&mut self, text: &str) -> Result<InstData> {
        let mut c = self.cursor(text);
        let op = c.ident();
        let ty = if c.eat(".") { Some(c.ty()?) } else { None };
        let need_ty = || ty.ok_or_else(|| format!("{op} needs a type"));
        let data = match op {
            "iconst" => InstData::Iconst { ty: need_ty()?, imm: c.number()? },
            "fconst" => InstData::Fconst { ty: need_ty()?, bits: c.hex()? },
            "symaddr" => InstData::SymAddr { sym: self.symbols.intern(&c.symbol()?), off: c.offset()? },
            "slotaddr" => InstData::SlotAddr { slot: self.slot_ref(&mut c)?, off: c.offset()? },
            "getg" => InstData::GetG,
            "icmp" => {
                let cc = c.ident();
                let cc = IntCc::from_name(cc).ok_or_else(|| format!("unknown comparison {cc}"))?;
                InstData::Icmp { cc, args: self.values(&mut c)? }
            }
            "fcmp" => {
                let cc = c.ident();
                let cc = FloatCc::from_name(cc).ok_or_else(|| format!("unknown comparison {cc}"))?;
                InstData::Fcmp { cc, args: self.values(&mut c)? }
            }
            "select" => InstData::Select { args: self.values(&mut c)? },
            "fma" => InstData::Fma { args: self.values(&mut c)? },
            "ptradd" => {
                let [base, off] = self.values(&mut c)?;
                InstData::PtrAdd { base, off }
            }
            "ptradd_imm" => InstData::PtrAddImm { base: self.value(&mut c)?, off: c.number()? },
            "load" => {
                let addr = self.value(&mut c)?;
                InstData::Load { ty: need_ty()?, addr, off: c.offset()?, flags: c.flags() }
            }
            "store" | "storewb" => {
                let [val, addr] = self.values(&mut c)?;
                let (off, flags) = (c.offset()?, c.flags());
                if op == "store" {
                    InstData::Store { val, addr, off, flags }
                } else {
                    InstData::StoreWb { val, addr, off, flags }
                }
            }
            "slotload" => {
                InstData::SlotLoad { ty: need_ty()?, slot: self.slot_ref(&mut c)?, off: c.offset()? }
            }
            "slotstore" => {
                let val = self.value(&mut c)?;
                c.expect(",")?;
                InstData::SlotStore { val, slot: self.slot_ref(&mut c)?, off: c.offset()? }
            }
            "memcopy" => {
                let [dst, src] = self.values(&mut c)?;
                c.expect(",")?;
                InstData::MemCopy { dst, src, size: c.number()?, traced: self.traced(&mut c)? }
            }
            "memzero" => {
                let dst = self.value(&mut c)?;
                c.expect(",")?;
                InstData::MemZero { dst, size: c.number()?, traced: self.traced(&mut c)? }
            }
            "atomic_load" => InstData::AtomicLoad { ty: need_ty()?, addr: self.value(&mut c)? },
            "atomic_store" => {
                let [val, addr] = self.values(&mut c)?;
                InstData::AtomicStore { val, addr }
            }
            "atomic_rmw" => {
                let op = c.ident();
                let op = AtomicOp::from_name(op).ok_or_else(|| format!("unknown operation {op}"))?;
                let [addr, val] = self.values(&mut c)?;
                InstData::AtomicRmw { op, addr, val }
            }
            "atomic_cas" => {
                let [addr, old, new] = self.values(&mut c)?;
                InstData::AtomicCas { addr, old, new }
            }
            "prefetch" => InstData::Prefetch { addr: self.value(&mut c)? },
            "nilcheck" => InstData::NilCheck { ptr: self.value(&mut c)? },
            "boundscheck" => {
                let kind = c.ident();
                let kind =
                    BoundsKind::from_name(kind).ok_or_else(|| format!("unknown bounds check {kind}"))?;
                let [idx, len] = self.values(&mut c)?;
                InstData::BoundsCheck { kind, idx, len }
            }
            "new" => {
                let desc = self.symbols.intern(&c.symbol()?);
                c.word("size")?;
                let size = c.number()?;
                c.word("align")?;
                let align = c.number()?;
                let pointers = if c.eat("pointers") { Some(c.number()?) } else { None };
                InstData::New { desc, size, align, pointers, escape: self.escape(&mut c)? }
            }
            "closure" => {
                let code = self.symbols.intern(&c.symbol()?);
                c.word("type")?;
                let desc = self.symbols.intern(&c.symbol()?);
                c.word("size")?;
                let size = c.number()?;
                let captures = self.value_list(&mut c)?;
                InstData::Closure { code, desc, size, captures, escape: self.escape(&mut c)? }
            }
            "keepalive" => InstData::KeepAlive { val: self.value(&mut c)? },
            "call" => {
                let callee = self.symbols.intern(&c.symbol()?);
                let (args, sig) = self.sym_call(&mut c)?;
                InstData::Call { callee, sig, args }
            }
            "call_indirect" => {
                let callee = self.value(&mut c)?;
                let (args, sig) = self.sym_call(&mut c)?;
                InstData::CallIndirect { callee, sig, args }
            }
            "jump" => InstData::Jump { dest: self.target(&mut c)? },
            "brif" => {
                let cond = self.value(&mut c)?;
                c.expect(",")?;
                let then = self.target(&mut c)?;
                c.expect(",")?;
                InstData::Brif { cond, then, els: self.target(&mut c)? }
            }
            "switch" => self.switch(&mut c)?,
            "return" => {
                let mut vs = Vec::new();
                while !c.at_end() {
                    if !vs.is_empty() {
                        c.expect(",")?;
                    }
                    vs.push(self.value(&mut c)?);
                }
                InstData::Return { args: self.func.list(&vs) }
            }
            "defer_enter" => {
                let normal = self.target(&mut c)?;
                c.expect(",")?;
                c.word("landing")?;
                InstData::DeferEnter { normal, landing: self.block_ref(&mut c)? }
            }
            "unreachable" => InstData::Unreachable,
            other => {
                if let Some(op) = UnaryOp::from_name(other) {
                    InstData::Unary { op, arg: self.value(&mut c)? }
                } else if let Some(op) = BinaryOp::from_name(other) {
                    InstData::Binary { op, args: self.values(&mut c)? }
                } else if let Some(op) = ConvOp::from_name(other) {
                    InstData::Convert { op, ty: need_ty()?, arg: self.value(&mut c)? }
                } else {
                    return Err(format!("unknown instruction {other:?}"));
                }
            }
        };
        c.end()?;
        Ok(data)
    }

    fn switch(&mut self, c: &mut Cursor<'_>) -> Result<InstData> {
        let arg = self.value(c)?;
        c.expect(",")?;
        let default = self.target(c)?;
        c.expect(",")?;
        c.expect("[")?;
        let mut table = SwitchTable::default();
        while !c.eat("]") {
            if !table.cases.is_empty() {
                c.expect(",")?;
            }
            let case = c.number()?;
            c.expect(":")?;
            table.cases.push((case, self.target(c)?));
        }
        self.func.switches.push(table);
        Ok(InstData::Switch { arg, cases: self.func.switches.len() as u32 - 1, default })
    }
}

fn is_block_header(line: &str) -> bool {
    line.ends_with(':') && line.strip_prefix('b').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
}

/// The operand whose type decides the type of the result, if one does.
fn needs_operand_type(data: &InstData) -> Option<Value> {
    match data {
        InstData::Unary { arg, .. } => Some(*arg),
        InstData::Binary { args, .. } => Some(args[0]),
        InstData::Select { args } => Some(args[1]),
        InstData::Fma { args } => Some(args[0]),
        InstData::AtomicRmw { val, .. } => Some(*val),
        _ => None,
    }
}

/// What is left of a line.
struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest.is_empty()
    }

    fn end(&mut self) -> Result<()> {
        if self.at_end() { Ok(()) } else { Err(format!("unexpected {:?}", self.rest)) }
    }

    fn peek(&mut self, token: &str) -> bool {
        self.skip_space();
        self.rest.starts_with(token)
    }

    /// Takes the token if it comes next. A word must end there.
    fn eat(&mut self, token: &str) -> bool {
        if !self.peek(token) {
            return false;
        }
        let word = token.ends_with(|c: char| c.is_alphanumeric());
        if word && self.rest[token.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = &self.rest[token.len()..];
        true
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        if self.eat(token) { Ok(()) } else { Err(format!("expected {token:?} before {:?}", self.rest)) }
    }

    fn word(&mut self, word: &str) -> Result<()> {
        self.expect(word)
    }

    fn take_while(&mut self, ok: impl Fn(char) -> bool) -> &'t str {
        self.skip_space();
        let end = self.rest.find(|c| !ok(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn ident(&mut self) -> &'t str {
        self.take_while(|c| c.is_alphanumeric() || c == '_')
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T> {
        self.skip_space();
        let sign = usize::from(self.rest.starts_with(['-', '+']));
        let digits = &self.rest[sign..];
        let len = sign + digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        text.parse().map_err(|_| format!("bad number {text:?}"))
    }

    fn hex(&mut self) -> Result<u64> {
        let text = self.ident();
        text.strip_prefix("0x")
            .and_then(|h| u64::from_str_radix(h, 16).ok())
            .ok_or_else(|| format!("bad hexadecimal number {text:?}"))
    }

    /// `+8`, `-8` or nothing.
    fn offset<T: std::str::FromStr + Default>(&mut self) -> Result<T> {
        if self.peek("+") || self.peek("-") { self.number() } else { Ok(T::default()) }
    }

    fn flags(&mut self) -> MemFlags {
        MemFlags { may_fault: self.eat("fault"), readonly: self.eat("ro") }
    }

    /// A number after a prefix: `v12`.
    fn entity(&mut self, prefix: &str) -> Result<u32> {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(prefix) else {
            return Err(format!("expected {prefix}N before {:?}", self.rest));
        };
        self.rest = rest;
        self.number()
    }

    fn ty(&mut self) -> Result<Ty> {
        let name = self.ident();
        Ty::from_name(name).ok_or_else(|| format!("unknown type {name:?}"))
    }

    fn ty_list(&mut self) -> Result<Vec<Ty>> {
        self.expect("(")?;
        let mut tys = Vec::new();
        while !self.eat(")") {
            if !tys.is_empty() {
                self.expect(",")?;
            }
            tys.push(self.ty()?);
        }
        Ok(tys)
    }

    fn signature(&mut self) -> Result<Signature> {
        let params = self.ty_list()?;
        self.expect("->")?;
        Ok(Signature { params, results: self.ty_list()? })
    }

    /// `@name` or `@"name"`.
    fn symbol(&mut self) -> Result<String> {
        self.expect("@")?;
        if !self.rest.starts_with('"') {
            let name = self.take_while(|c| c.is_alphanumeric() || "._/-:~%".contains(c));
            return if name.is_empty() { Err("empty symbol".into()) } else { Ok(name.into()) };
        }
        let mut name = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[i + 1..];
                    return Ok(name);
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\' | '\''))) => name.push(c),
                    Some((_, 'n')) => name.push('\n'),
                    Some((_, 't')) => name.push('\t'),
                    _ => return Err("unknown escape in a symbol".into()),
                },
                c => name.push(c),
            }
        }
        Err("symbol without a closing quote".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::verify;

    const SAMPLE: &str = r#"func @main.f (i64, ptr) -> (i64, f64) nosplit funcid 23 {
    param 0 context
    param 1 byref
    param 1 noescape
    s0 = slot 32 align 8 ptrs 0,16 frame
    s1 = slot 3 align 1
    defer s0 landing b3
b0(v0: i64, v1: ptr):
    defer_enter b1, landing b3
b1:
    v2 = iconst.i64 -1
    v3 = fconst.f64 0x3ff0000000000000
    v4 = load.i8 v1+8 fault
    v5 = icmp slt v0, v2
    storewb v1, v1+16
    slotstore v1, s0+16
    v6 = slotload.ptr s0
    v7 = new @type:int size 8 align 8 pointers 5
    v8 = closure @main.f.func1 type @"type:struct { F uintptr }" size 16 (v0)
    boundscheck slice_b v0, v2
    v9, v10 = call @"main.(*T).g"(v0, v1) : (i64, ptr) -> (i64, ptr)
    brif v5, b2(v0, v9), b2(v9, v0)
b2(v11: i64, v12: i64):
    v13 = add v11, v12
    switch v13, b4, [-1: b4, 7: b4]
b4:
    v14 = sext.i64 v4
    return v14, v3
b3:
    v15 = iconst.i64 0
    v16 = fconst.f64 0x0
    return v15, v16
}
"#;

    #[test]
    fn what_is_printed_is_read_back() {
        let symbols = Symbols::new();
        let f = parse(SAMPLE, &symbols).unwrap().remove(0);
        assert_eq!(verify(&f), Ok(()));
        let text = f.display(&symbols).to_string();
        let g = parse(&text, &symbols).unwrap().remove(0);
        assert_eq!(g.display(&symbols).to_string(), text);
        assert_eq!(text.lines().count(), SAMPLE.lines().count());
    }

    #[test]
    fn errors_name_the_line() {
        let symbols = Symbols::new();
        let error = |body: &str| {
            let text = format!("func @f () -> () {{\nb0:\n    {body}\n}}\n");
            parse(&text, &symbols).err().map(|e| e.to_string())
        };
        assert_eq!(error("return"), None);
        for bad in
            ["frobnicate", "v1 = iconst 3", "return v9", "jump b7", "v1 = getg extra", "v1 = nilcheck v1"]
        {
            let e = error(bad).unwrap_or_default();
            assert!(e.starts_with("line 3: "), "{bad}: {e}");
        }
    }
}
