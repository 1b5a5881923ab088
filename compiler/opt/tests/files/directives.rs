//! The directives of a test file.

use grus_ir::interp::{Machine, Stop};
use grus_ir::{DataObject, DataReloc, Function, Program, PtrWords, RelocKind, Section, Sym, Ty};
use std::fmt::Write;

/// A test file, taken apart.
#[derive(Default)]
pub struct TestFile<'t> {
    text: &'t str,
    pub passes: Vec<String>,
    pub runs: Vec<Run<'t>>,
    pub writers: Vec<&'t str>,
    types: Vec<&'t str>,
    show: Vec<&'t str>,
    /// Text and whether it must occur.
    checks: Vec<(&'t str, bool)>,
    /// What stands after `; after:`.
    pub after: Option<String>,
}

impl<'t> TestFile<'t> {
    /// Reads the directives.
    pub fn parse(text: &'t str) -> Result<TestFile<'t>, String> {
        let mut file = TestFile { text, ..TestFile::default() };
        for line in text.lines() {
            let Some(comment) = line.strip_prefix(';') else { continue };
            if let Some(after) = &mut file.after {
                writeln!(after, "{}", comment.strip_prefix(' ').unwrap_or(comment)).unwrap_or_default();
                continue;
            }
            let Some((key, value)) = comment.split_once(':') else { continue };
            let value = value.trim();
            match key.trim() {
                "pass" => file.passes.extend(value.split(',').map(|p| p.trim().to_string())),
                "run" => file.runs.push(Run::parse(value)?),
                "type" => file.types.push(value),
                "show" => file.show.extend(value.split_whitespace().map(|s| s.trim_start_matches('@'))),
                "check" => file.checks.push((value, true)),
                "not" => file.checks.push((value, false)),
                "writes" => {
                    file.writers.extend(value.split_whitespace().map(|s| s.trim_start_matches('@')));
                }
                "after" => file.after = Some(String::new()),
                other if other.contains(' ') => {}
                other => return Err(format!("unknown directive {other:?}")),
            }
        }
        Ok(file)
    }

    /// The program in the file, with the descriptors that it asks for.
    pub fn program(&self) -> Result<Program, String> {
        let mut program = grus_ir::parse::parse_program(self.text).map_err(|e| e.to_string())?;
        for t in &self.types {
            let datas = descriptor(&program, t).ok_or_else(|| format!("malformed type {t:?}"))?;
            program.datas.extend(datas);
        }
        for f in &program.funcs {
            grus_ir::verify::assert_valid(f, &program.symbols, "parsing");
        }
        Ok(program)
    }

    /// The functions to be looked at, printed.
    pub fn shown(&self, program: &Program) -> String {
        let name = |f: &Function| program.symbols.name(f.sym).to_string();
        let wanted = |f: &&Function| self.show.is_empty() || self.show.contains(&name(f).as_str());
        program.funcs.iter().filter(wanted).map(|f| f.display(&program.symbols).to_string()).collect()
    }

    /// `check` and `not`: each looks behind what the `check` before it found.
    pub fn check(&self, shown: &str) -> Result<(), String> {
        let mut rest = shown;
        for &(text, wanted) in &self.checks {
            match (rest.find(text), wanted) {
                (Some(at), true) => rest = &rest[at + text.len()..],
                (None, true) => return Err(format!("{text:?} does not occur in\n{rest}")),
                (Some(_), false) => return Err(format!("{text:?} occurs in\n{rest}")),
                (None, false) => {}
            }
        }
        Ok(())
    }

    /// The file with `shown` after `; after:`.
    pub fn blessed(&self, text: &str, shown: &str) -> String {
        let end = text.find("; after:").unwrap_or(text.len());
        let mut out = format!("{}; after:\n", &text[..end]);
        for line in shown.lines() {
            writeln!(out, "; {line}").unwrap_or_default();
        }
        out
    }
}

/// The descriptor `type:NAME` and its pointer mask, from `NAME size N [ptrs A,B]`.
fn descriptor(program: &Program, text: &str) -> Option<[DataObject; 2]> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (name, size, ptrs) = match words[..] {
        [name, "size", size] => (name, size, ""),
        [name, "size", size, "ptrs", ptrs] => (name, size, ptrs),
        _ => return None,
    };
    let size: u64 = size.parse().ok()?;
    let ptrs: Vec<u64> =
        ptrs.split(',').filter(|p| !p.is_empty()).map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let mut mask = vec![0u8; (size as usize).div_ceil(64).next_multiple_of(8)];
    for p in &ptrs {
        mask[(p / 64) as usize] |= 1 << (p / 8 % 8);
    }
    // Size, bytes up to the end of the last pointer; the mask's address follows at 32.
    let mut bytes = vec![0u8; 48];
    bytes[..8].copy_from_slice(&size.to_le_bytes());
    bytes[8..16].copy_from_slice(&ptrs.last().map_or(0, |p| p + 8).to_le_bytes());
    let desc = program.symbols.intern(&format!("type:{name}"));
    let gcmask = program.symbols.intern(&format!("gcmask:{name}"));
    let data = |sym: Sym, bytes: Vec<u8>, relocs| DataObject {
        sym,
        section: Section::RoData,
        align: 8,
        size: bytes.len() as u64,
        bytes,
        relocs,
        ptr_words: PtrWords::None,
    };
    let reloc = DataReloc { offset: 32, kind: RelocKind::Abs64, sym: gcmask, addend: 0 };
    Some([data(desc, bytes, vec![reloc]), data(gcmask, mask, Vec::new())])
}

/// A `run` directive.
pub struct Run<'t> {
    name: &'t str,
    args: Vec<&'t str>,
    /// `returns ...` or `panics: ...`.
    want: &'t str,
}

impl<'t> Run<'t> {
    fn parse(text: &'t str) -> Result<Run<'t>, String> {
        let parts = || {
            let (name, rest) = text.strip_prefix('@')?.split_once('(')?;
            let (args, want) = rest.split_once(')')?;
            let args = args.split(',').map(str::trim).filter(|a| !a.is_empty()).collect();
            Some(Run { name, args, want: want.trim() })
        };
        parts().ok_or_else(|| format!("run directive {text:?} is not `@f(ARGS) returns VALUES`"))
    }

    /// Interprets the call and compares.
    pub fn check(&self, program: &Program, writers: &[&str]) -> Result<(), String> {
        let sym = program.symbols.lookup(self.name);
        let func = program.funcs.iter().find(|f| Some(f.sym) == sym);
        let func = func.ok_or_else(|| format!("no function {}", self.name))?;
        if self.args.len() != func.sig.params.len() {
            return Err(format!("{} takes {} arguments", self.name, func.sig.params.len()));
        }
        let args = self.args.iter().zip(&func.sig.params).map(|(a, &ty)| argument(ty, a));
        let args: Option<Vec<u64>> = args.collect();
        let args = args.ok_or_else(|| format!("arguments {:?} do not fit {}", self.args, func.sig))?;
        let mut m = Machine::new(program);
        for w in writers {
            m.writes_through_arguments(program.symbols.intern(w));
        }
        let mut outcome = m.run(func.sym, &args, 1_000_000);
        // Only the text of a panic is compared.
        if let Err(Stop::Panic(p)) = &mut outcome {
            p.arg = [0, 0];
        }
        m.trace.clear();
        let seen = m.observe(&func.sig.results, &outcome, &[]);
        let seen = seen.lines().next().unwrap_or_default().trim_end_matches(" nil nil");
        match seen == self.want {
            true => Ok(()),
            false => Err(format!("{}({}) {seen}, not {}", self.name, self.args.join(", "), self.want)),
        }
    }
}

fn argument(ty: Ty, text: &str) -> Option<u64> {
    Some(match ty {
        Ty::Ptr => (text == "nil").then_some(0)?,
        Ty::F32 => u64::from(text.parse::<f32>().ok()?.to_bits()),
        Ty::F64 => text.parse::<f64>().ok()?.to_bits(),
        _ => grus_ir::eval::truncate(ty, text.parse::<i128>().ok()? as u64),
    })
}
