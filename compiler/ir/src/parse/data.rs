//! Reads data objects.

use super::{Cursor, ParseError, Result};
use crate::program::{DataObject, DataReloc, PtrWords, RelocKind, Section, Symbols};

/// A data object: its header and the lines up to the closing brace.
pub(super) fn parse(lines: &[(u32, &str)], symbols: &Symbols) -> Result<DataObject, ParseError> {
    let at = |line: u32| move |message: String| ParseError { line, message };
    let (line, text) = lines[0];
    let mut data = header(text, symbols).map_err(at(line))?;
    for &(line, text) in &lines[1..] {
        entry(&mut data, text, symbols).map_err(at(line))?;
    }
    Ok(data)
}

fn header(text: &str, symbols: &Symbols) -> Result<DataObject> {
    let mut c = Cursor { rest: text };
    c.word("data")?;
    let sym = symbols.intern(&c.symbol()?);
    let section = c.ident();
    let found = Section::NAMES.iter().find(|n| n.1 == section);
    let section = found.ok_or_else(|| format!("unknown section {section:?}"))?.0;
    c.word("align")?;
    let align = c.number()?;
    c.word("size")?;
    let size = c.number()?;
    c.expect("{")?;
    c.end()?;
    Ok(DataObject {
        sym,
        section,
        align,
        size,
        bytes: Vec::new(),
        relocs: Vec::new(),
        ptr_words: PtrWords::None,
    })
}

fn entry(data: &mut DataObject, text: &str, symbols: &Symbols) -> Result<()> {
    let mut c = Cursor { rest: text };
    match c.ident() {
        "bytes" => {
            let from: usize = c.number()?;
            let digits = c.ident();
            let byte = |i| digits.get(i..i + 2).and_then(|d| u8::from_str_radix(d, 16).ok());
            let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
            let bytes = bytes.ok_or("bytes are pairs of hexadecimal digits")?;
            let end = from + bytes.len();
            if end as u64 > data.size {
                return Err("bytes outside the object".into());
            }
            data.bytes.resize(data.bytes.len().max(end), 0);
            data.bytes[from..end].copy_from_slice(&bytes);
        }
        "reloc" => {
            let offset = c.number()?;
            let (kind, len) = match c.ident() {
                "abs64" => (RelocKind::Abs64, 8),
                "abs32" => (RelocKind::Abs32, 4),
                other => return Err(format!("unknown relocation {other:?}")),
            };
            if u64::from(offset) + len > data.size {
                return Err("relocation outside the object".into());
            }
            let sym = symbols.intern(&c.symbol()?);
            data.relocs.push(DataReloc { offset, kind, sym, addend: c.offset()? });
        }
        "ptrs" => {
            let mut words = vec![c.number()?];
            while c.eat(",") {
                words.push(c.number()?);
            }
            data.ptr_words = if c.eat("stride") {
                let stride = c.number()?;
                c.word("count")?;
                PtrWords::Repeat { elem: words, stride, count: c.number()? }
            } else {
                PtrWords::List(words)
            };
        }
        other => return Err(format!("unknown entry {other:?}")),
    }
    c.end()
}

#[cfg(test)]
mod tests {
    use super::super::parse_program;

    #[test]
    fn what_is_printed_is_read_back() {
        let text = "data @\"type:struct { x *int }\" types align 8 size 64 {
    bytes 0 1000000000000000080000000000000000000000000000000000000000000000
    reloc 32 abs64 @mask+8
    reloc 40 abs32 @main.f
    ptrs 0,8 stride 16 count 4
}
";
        let p = parse_program(text).expect("valid text");
        assert_eq!(p.datas[0].display(&p.symbols).to_string(), text);
        for (from, to) in
            [("types", "typos"), ("bytes 0", "bytes 60"), ("reloc 40", "reloc 61"), ("1000", "10 0")]
        {
            assert!(parse_program(&text.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
