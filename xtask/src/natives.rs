//! The interface between the two halves of the runtime: `runtime/NATIVES.md` against the symbols of the archive, and
//! the checker in `runtime/gotest`, which compares the table with the Go half and the standard library.

use crate::archive::{self, Arch};
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Lines that say where table and archive disagree.
pub fn table_against_archive() -> Result<Vec<String>> {
    let table = fs::read_to_string(workspace().join("runtime/NATIVES.md"))?;
    let mut problems = Vec::new();
    for arch in [Arch::HOST, Arch::FOREIGN] {
        let file = archive::path(arch);
        if arch == Arch::FOREIGN && !file.is_file() {
            continue;
        }
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let found = compare(&table, arch, &symbols(&bytes)?);
        problems.extend(found.into_iter().map(|p| format!("{}: {p}", arch.name())));
    }
    Ok(problems)
}

/// Symbols of an archive that bear Go names.
#[derive(Default)]
struct Symbols {
    functions: BTreeSet<String>,
    data: BTreeSet<String>,
    undefined: BTreeSet<String>,
}

fn symbols(archive: &[u8]) -> Result<Symbols> {
    let mut found = Symbols::default();
    for member in ArchiveFile::parse(archive)?.members() {
        let Ok(file) = object::File::parse(member?.data(archive)?) else { continue };
        for symbol in file.symbols().filter(|s| s.is_global()) {
            let name = symbol.name()?;
            // Rust's own names have no dot, or begin with a mark of their mangling.
            if !name.contains('.') || name.starts_with('_') || name.starts_with('.') {
                continue;
            }
            let set = match symbol.kind() {
                _ if symbol.is_undefined() => &mut found.undefined,
                object::SymbolKind::Data | object::SymbolKind::Tls => &mut found.data,
                _ => &mut found.functions,
            };
            set.insert(name.to_string());
        }
    }
    Ok(found)
}

/// What the table and the symbols say differently.
fn compare(table: &str, arch: Arch, symbols: &Symbols) -> Vec<String> {
    let name = Regex::new(r"`([a-z][a-zA-Z0-9_/.]*\.[A-Za-z0-9_]+)(\([^`]*)?`").expect("a valid expression");
    let names = |text: &str| name.captures_iter(text).map(|c| c[1].to_string()).collect::<Vec<_>>();
    let foreign = if arch == Arch::X86_64 { "aarch64" } else { "x86_64" };
    let mut problems = Vec::new();
    let mut listed = BTreeSet::new();
    for row in table.lines().filter(|l| l.starts_with("| `")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let at = usize::from(row.starts_with("| `func "));
        let (Some(symbol), Some(kind)) = (cells.get(at), cells.get(at + 1)) else {
            problems.push(format!("NATIVES.md: a row is too short: {row}"));
            continue;
        };
        for native in names(symbol).into_iter().filter(|_| !kind.contains(foreign)) {
            if !symbols.functions.contains(&native) && !symbols.data.contains(&native) {
                problems.push(format!("NATIVES.md lists {native}, which the archive does not define"));
            }
            listed.insert(native);
        }
    }
    for native in symbols.functions.iter().filter(|n| !listed.contains(*n)) {
        problems.push(format!("the archive exports {native}, which no row of NATIVES.md has"));
    }
    let mentioned: BTreeSet<String> = names(table).into_iter().collect();
    for entry in symbols.undefined.iter().filter(|n| !mentioned.contains(*n)) {
        // Natives call each other; what no object of the archive defines must come from Go.
        if !symbols.functions.contains(entry) && !symbols.data.contains(entry) {
            problems.push(format!("the archive calls {entry}, which NATIVES.md does not mention"));
        }
    }
    problems
}

/// What `runtime/gotest` finds wrong, line by line.
pub fn go_half(goroot: &Path) -> Result<Vec<String>> {
    let dir = workspace().join("runtime/gotest");
    let mut files: Vec<_> = fs::read_dir(&dir)?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "go"))
        .collect();
    files.sort();
    let mut command = go(goroot);
    command.arg("run").args(files).arg("-goroot").arg(goroot).current_dir(workspace());
    let out = command.output().context("cannot run go")?;
    if out.status.success() {
        return Ok(Vec::new());
    }
    let text = [out.stdout, out.stderr].concat();
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_found() {
        let table = "| `func f()` | `runtime.f`, `runtime.g` | leaf | |\n| `math.Log` | leaf, aarch64 | |\n\n`runtime.main`\n";
        let set = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<BTreeSet<_>>();
        let mut s = Symbols {
            functions: set(&["runtime.f"]),
            data: set(&["runtime.g"]),
            undefined: set(&["runtime.main", "runtime.f"]),
        };
        assert_eq!(compare(table, Arch::X86_64, &s), Vec::<String>::new());
        assert_eq!(compare(table, Arch::Aarch64, &s).len(), 1);
        s.functions = set(&["runtime.h"]);
        s.undefined = set(&["runtime.other"]);
        assert_eq!(compare(table, Arch::X86_64, &s).len(), 3);
    }
}
