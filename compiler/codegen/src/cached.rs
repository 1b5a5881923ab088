//! Compiled functions as bytes, for a cache outside of this crate.
//!
//! The key of a function is a hash of its canonical bytes and of the target; who keeps the cache adds what identifies
//! the compiler. Equal keys mean equal machine code and tables, so that an object made with a cache is the same byte for
//! byte as one made without.
//!
//! Numbers are LEB128. A relocation names its symbol by the number that [`Canonical`] gave it; symbols that code
//! generation brought in by itself follow the others, with their names in the record.
//!
//! **Invariants:** structures are taken apart without `..`, so that a new field cannot be forgotten. Reading checks
//! every bound: bytes that make no sense give `None`, and the function is compiled.

use crate::abi::ArgMap;
use crate::compile::{CodeReloc, CompiledFunction, Landing, LineRange, StackMap, StackObject};
use crate::isa::Target;
use cranelift_codegen::binemit::Reloc;
use cranelift_entity::EntityRef;
use grus_ir::{Canonical, Function, Loc, Sym, Symbols};

/// Names a compiled function.
pub type FunctionKey = [u8; 16];

/// Where compiled functions are kept between builds.
pub trait FunctionCache: Sync {
    /// Calls `read` with the record of the function, if there is one. `symbol` is the function's link name.
    fn get(&self, symbol: &str, key: &FunctionKey, read: &mut dyn FnMut(&[u8]));

    /// Keeps a record.
    fn put(&self, symbol: &str, key: &FunctionKey, record: Vec<u8>);
}

/// Kinds of relocations that records can hold; a function with another kind is not kept.
const RELOCS: [Reloc; 7] = [
    Reloc::Abs8,
    Reloc::Abs4,
    Reloc::X86PCRel4,
    Reloc::X86CallPCRel4,
    Reloc::Arm64Call,
    Reloc::Aarch64AdrPrelPgHi21,
    Reloc::Aarch64AddAbsLo12Nc,
];

/// The key of the function whose canonical bytes these are.
pub(crate) fn key(canonical: &Canonical, target: &Target) -> FunctionKey {
    let mut h = blake3::Hasher::new();
    h.update(target.identity().as_bytes());
    h.update(&[0]);
    h.update(canonical.bytes());
    let mut key = FunctionKey::default();
    h.finalize_xof().fill(&mut key);
    key
}

/// The record of a compiled function.
pub(crate) fn encode(c: &CompiledFunction, canonical: &Canonical, symbols: &Symbols) -> Option<Vec<u8>> {
    let CompiledFunction {
        sym: _,
        code,
        align,
        relocs,
        body_start,
        body_end,
        frame_size,
        args,
        slot_words,
        objects,
        maps,
        traps,
        landing,
        lines,
        safe,
        nosplit,
        arg_info,
        saves,
    } = c;
    let ArgMap { words, stack_bytes } = args;
    let mut w = Writer { bytes: Vec::with_capacity(code.len() * 2 + 64) };
    w.list(code, |w, &b| w.bytes.push(b));
    let fixed = [*align, *body_start, *body_end, *frame_size, u32::from(*nosplit), *stack_bytes, *saves];
    fixed.into_iter().for_each(|n| w.u32(n));
    // It ends with a marker: no bytes stand for none.
    w.list(arg_info.as_deref().unwrap_or_default(), |w, &b| w.bytes.push(b));
    w.list(words, |w, &b| w.u32(b.into()));
    w.ascending(slot_words.iter().copied());
    w.list(objects, |w, StackObject { offset, size, words }| {
        w.u32(*offset);
        w.u32(*size);
        w.ascending(words.iter().copied());
    });
    w.ascending(maps.iter().map(|m| m.ret));
    for StackMap { ret: _, words } in maps {
        w.ascending(words.iter().copied());
    }
    w.ascending(traps.iter().map(|t| t.0));
    traps.iter().for_each(|t| w.bytes.push(t.1));
    match landing {
        None => w.u32(0),
        Some(Landing { offset, frame }) => [1, *offset, *frame].into_iter().for_each(|n| w.u32(n)),
    }
    w.ascending(lines.iter().map(|l| l.start));
    for LineRange { start, end, loc } in lines {
        w.u32(end - start);
        w.u32(loc.map_or(0, |l| l.index() as u32 + 1));
    }
    w.ascending(safe.iter().copied());
    let mut own: Vec<Sym> = Vec::new();
    let mut numbers = Vec::with_capacity(relocs.len());
    for CodeReloc { offset, kind, sym, addend } in relocs {
        let kind = RELOCS.iter().position(|k| k == kind)?;
        let number = canonical.number(*sym).unwrap_or_else(|| {
            let i = own.iter().position(|s| s == sym).unwrap_or(own.len());
            if i == own.len() {
                own.push(*sym);
            }
            (canonical.symbols().len() + i) as u32
        });
        numbers.push((*offset, kind as u32, number, *addend));
    }
    w.list(&own, |w, &s| w.list(symbols.name(s).as_bytes(), |w, &b| w.bytes.push(b)));
    w.list(&numbers, |w, &(offset, kind, number, addend)| {
        w.u32(offset);
        w.u32(kind);
        w.u32(number);
        w.u64(((addend << 1) ^ (addend >> 63)) as u64);
    });
    Some(w.bytes)
}

/// The compiled function that a record holds.
pub(crate) fn decode(
    record: &[u8],
    func: &Function,
    canonical: &Canonical,
    symbols: &Symbols,
) -> Option<CompiledFunction> {
    let mut r = Reader { bytes: record };
    let n = r.count()?;
    let code = r.take(n)?.to_vec();
    let [align, body_start, body_end, frame_size, nosplit, stack_bytes, saves] = r.array()?;
    let n = r.count()?;
    let arg_info = Some(r.take(n)?).filter(|b| !b.is_empty()).map(Box::from);
    let words = r.list(|r| Some(r.u32()? != 0))?;
    let slot_words = r.ascending()?;
    let objects =
        r.list(|r| Some(StackObject { offset: r.u32()?, size: r.u32()?, words: r.ascending()? }))?;
    let rets = r.ascending()?;
    let maps = rets
        .into_iter()
        .map(|ret| Some(StackMap { ret, words: r.ascending()? }))
        .collect::<Option<Vec<_>>>()?;
    let offsets = r.ascending()?;
    let codes = r.take(offsets.len())?;
    let traps = offsets.into_iter().zip(codes.iter().copied()).collect();
    let landing = match r.u32()? {
        0 => None,
        _ => Some(Landing { offset: r.u32()?, frame: r.u32()? }),
    };
    let starts = r.ascending()?;
    let lines = starts
        .into_iter()
        .map(|start| {
            let end = start.checked_add(r.u32()?)?;
            let loc = r.u32()?.checked_sub(1).map(|l| Loc::new(l as usize));
            loc.is_none_or(|l| func.locs.is_valid(l)).then_some(LineRange { start, end, loc })
        })
        .collect::<Option<Vec<_>>>()?;
    let safe = r.ascending()?;
    let own = r.list(|r| {
        let n = r.count()?;
        Some(symbols.intern(std::str::from_utf8(r.take(n)?).ok()?))
    })?;
    let syms = canonical.symbols();
    let relocs = r.list(|r| {
        let [offset, kind, number] = r.array()?;
        let addend = r.u64()?;
        let number = number as usize;
        Some(CodeReloc {
            offset,
            kind: *RELOCS.get(kind as usize)?,
            sym: *syms.get(number).or_else(|| own.get(number.checked_sub(syms.len())?))?,
            addend: (addend >> 1) as i64 ^ -((addend & 1) as i64),
        })
    })?;
    r.bytes.is_empty().then_some(CompiledFunction {
        sym: func.sym,
        code,
        align,
        relocs,
        body_start,
        body_end,
        frame_size,
        args: ArgMap { words, stack_bytes },
        slot_words,
        objects,
        maps,
        traps,
        landing,
        lines,
        safe,
        nosplit: nosplit != 0,
        arg_info,
        saves,
    })
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn u64(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }

    fn u32(&mut self, n: u32) {
        self.u64(n.into());
    }

    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Writer, &T)) {
        self.u64(items.len() as u64);
        items.iter().for_each(|i| item(self, i));
    }

    /// Numbers that do not descend, as differences.
    fn ascending(&mut self, items: impl ExactSizeIterator<Item = u32>) {
        self.u64(items.len() as u64);
        let mut last = 0;
        for n in items {
            self.u32(n - last);
            last = n;
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(n)?;
        self.bytes = rest;
        Some(head)
    }

    fn u64(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let [b] = *self.take(1)? else { return None };
            n |= u64::from(b & 0x7f) << shift;
            if b < 0x80 {
                return Some(n);
            }
        }
        None
    }

    fn u32(&mut self) -> Option<u32> {
        self.u64()?.try_into().ok()
    }

    /// The length of a list, of which each item takes a byte or more.
    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.u64()?).ok().filter(|&n| n <= self.bytes.len())
    }

    fn array<const N: usize>(&mut self) -> Option<[u32; N]> {
        let mut array = [0; N];
        for n in &mut array {
            *n = self.u32()?;
        }
        Some(array)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Reader<'a>) -> Option<T>) -> Option<Vec<T>> {
        let n = self.count()?;
        let mut items = Vec::with_capacity(n);
        for _ in 0..n {
            items.push(item(self)?);
        }
        Some(items)
    }

    fn ascending(&mut self) -> Option<Vec<u32>> {
        let mut last = 0u32;
        self.list(|r| {
            last = last.checked_add(r.u32()?)?;
            Some(last)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(symbols: &Symbols) -> (Function, Canonical, CompiledFunction) {
        let text = "func @p.f(ptr) -> () {\nb0(v0: ptr):\n    call @p.g() : () -> ()\n    return\n}\n";
        let mut func = grus_ir::parse::parse(text, symbols).expect("valid text").remove(0);
        let loc = func.locs.push(grus_ir::LocData { pos: 7, scope: None });
        let mut canonical = Canonical::default();
        canonical.write(&func, symbols);
        let reloc = |name, addend| CodeReloc {
            offset: 3,
            kind: Reloc::X86CallPCRel4,
            sym: symbols.intern(name),
            addend,
        };
        let compiled = CompiledFunction {
            sym: func.sym,
            code: (0..200).collect(),
            align: 16,
            relocs: vec![
                reloc("p.g", -4),
                reloc("runtime.morestack", 1 << 40),
                reloc("runtime.morestack", 0),
            ],
            body_start: 32,
            body_end: 190,
            frame_size: 48,
            args: ArgMap { words: vec![true], stack_bytes: 16 },
            slot_words: vec![1, 3],
            objects: vec![StackObject { offset: 16, size: 24, words: vec![0, 2] }],
            maps: vec![StackMap { ret: 40, words: vec![0, 2] }, StackMap { ret: 50, words: vec![2] }],
            traps: vec![(60, 9)],
            landing: Some(Landing { offset: 80, frame: 48 }),
            lines: vec![
                LineRange { start: 0, end: 32, loc: None },
                LineRange { start: 32, end: 200, loc: Some(loc) },
            ],
            safe: vec![32, 50, 60, 190],
            nosplit: true,
            arg_info: Some([1, 0, 8, 0xff, 0].into()),
            saves: 0x300,
        };
        (func, canonical, compiled)
    }

    #[test]
    fn records_are_read_as_written() {
        let symbols = Symbols::new();
        let (func, canonical, compiled) = example(&symbols);
        let record = encode(&compiled, &canonical, &symbols).expect("all relocations are known");
        let read = decode(&record, &func, &canonical, &symbols).expect("a whole record");
        assert_eq!(format!("{compiled:?}"), format!("{read:?}"));
    }

    #[test]
    fn nonsense_is_refused() {
        let symbols = Symbols::new();
        let (func, canonical, compiled) = example(&symbols);
        let record = encode(&compiled, &canonical, &symbols).expect("all relocations are known");
        for n in 0..record.len() {
            assert!(decode(&record[..n], &func, &canonical, &symbols).is_none(), "{n} bytes");
        }
        assert!(decode(&[record, vec![0]].concat(), &func, &canonical, &symbols).is_none());
        assert!(decode(&[0xff; 100], &func, &canonical, &symbols).is_none());
    }
}
