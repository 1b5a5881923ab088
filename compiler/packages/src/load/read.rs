//! Reading the folder of a package: which of its files the build context and the overlay choose.

use super::{Loader, Pending};
use crate::constraint::{build_line, name_matches, plus_build_matches};
use crate::context::BuildContext;
use crate::filenames::{base_name, io_message};
use grus_syntax::constraint::Expr;
use hashbrown::HashMap;
use std::path::{Path, PathBuf};

/// A source file that belongs to a package, before parsing.
pub(super) struct Source {
    pub name: String,
    pub text: Vec<u8>,
}

/// What reading a package's folder gave.
pub(super) struct Folder {
    pub sources: Vec<Source>,
    /// Test files, if they were asked for.
    pub tests: Vec<Source>,
    pub asm_files: Vec<PathBuf>,
    /// There are Go files, but the context excludes all of them.
    pub all_excluded: bool,
    /// There are test files and no others.
    pub only_tests: bool,
}

/// Which files of a module's package are chosen, where it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// Those that the `go` command chooses.
    AsGo,
    /// Those behind the tags that select pure Go.
    PureGo,
    /// Those for an architecture that no file is meant for.
    Portable,
}

impl Loader<'_> {
    /// Reads the files of a package that the context selects.
    pub(super) fn read(&self, pending: &Pending, choice: Choice) -> Result<Folder, String> {
        let package = &self.loaded[pending.id];
        let context = match choice {
            Choice::AsGo if !package.std => self.context.for_package(&package.path).as_go(),
            Choice::AsGo | Choice::PureGo => self.context.for_package(&package.path),
            Choice::Portable => self.context.portable(),
        };
        let mut folder = Folder {
            sources: Vec::new(),
            tests: Vec::new(),
            asm_files: Vec::new(),
            all_excluded: false,
            only_tests: false,
        };
        let with_tests = self.tested == Some(pending.id);
        let read = |path: &Path| {
            std::fs::read(path).map_err(|e| format!("open {}: {}", path.display(), io_message(&e)))
        };
        if let Some(files) = &pending.files {
            for path in files {
                let name = path.to_string_lossy().into_owned();
                let list = match with_tests && name.ends_with("_test.go") {
                    true => &mut folder.tests,
                    false => &mut folder.sources,
                };
                list.push(Source { text: read(path)?, name });
            }
            distinct(&folder.sources)?;
            return Ok(folder);
        }
        if package.std {
            for (name, text) in self.overlay.files(&package.path) {
                if selected(&name, &text, &context)? {
                    folder.sources.push(Source { name: overlay_name(&package.path, &name), text });
                }
            }
            if self.overlay.replaces(&package.path) {
                folder.sources.sort_by(|a, b| a.name.cmp(&b.name));
                return Ok(folder);
            }
        }
        let mut names = Vec::new();
        let entries = std::fs::read_dir(&package.dir)
            .map_err(|e| format!("open {}: {}", package.dir.display(), io_message(&e)))?;
        for entry in entries {
            let entry = entry.map_err(|e| io_message(&e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(['.', '_']) || entry.path().is_dir() {
                continue;
            }
            if name.ends_with(".go") && (with_tests || !name.ends_with("_test.go")) {
                names.push(name);
            } else if name.ends_with("_test.go") {
                folder.only_tests = true;
            } else if name.ends_with(".s") && name_matches(&name, &context) {
                folder.asm_files.push(entry.path());
            }
        }
        names.sort_unstable();
        folder.asm_files.sort_unstable();
        let any = !names.is_empty();
        folder.only_tests &= !any;
        for name in names {
            if !name_matches(&name, &context) {
                continue;
            }
            let path = package.dir.join(&name);
            let text = read(&path)?;
            if selected(&name, &text, &context)? {
                let list = match name.ends_with("_test.go") {
                    true => &mut folder.tests,
                    false => &mut folder.sources,
                };
                list.push(Source { name: path.to_string_lossy().into_owned(), text });
            }
        }
        folder.asm_files.retain(|p| std::fs::read(p).is_ok_and(|t| selected("", &t, &context) == Ok(true)));
        folder.sources.sort_by_cached_key(|s| base_name(&s.name));
        distinct(&folder.sources)?;
        folder.all_excluded = any && folder.sources.is_empty() && folder.tests.is_empty();
        Ok(folder)
    }
}

/// What stands before the reason why a build constraint cannot be read.
pub(super) const BAD_CONSTRAINT: &str = ": parsing //go:build line: ";

/// Files whose names differ in case only cannot lie side by side everywhere.
fn distinct(sources: &[Source]) -> Result<(), String> {
    let mut seen: HashMap<String, String> = HashMap::new();
    for source in sources {
        let name = base_name(&source.name);
        if let Some(first) = seen.insert(name.to_lowercase(), name.clone()) {
            let (first, second) = if first <= name { (first, name) } else { (name, first) };
            return Err(format!("case-insensitive file name collision: {first:?} and {second:?}"));
        }
    }
    Ok(())
}

/// Whether a file's name and its build constraint select it.
///
/// # Errors
/// If the constraint cannot be read.
fn selected(name: &str, text: &[u8], context: &BuildContext) -> Result<bool, String> {
    let base = name.rsplit('/').next().unwrap_or(name);
    if !name_matches(base, context) {
        return Ok(false);
    }
    let text = String::from_utf8_lossy(&text[..text.len().min(header_end(text))]);
    match build_line(&text).map(Expr::parse) {
        Some(Ok(c)) => Ok(c.eval(&mut |t: &str| context.tag(t))),
        Some(Err(e)) => Err(format!("{base}{BAD_CONSTRAINT}{e}")),
        None => Ok(plus_build_matches(&text, context)),
    }
}

/// Whether the context selects a file of a folder.
pub(crate) fn file_selected(path: &Path, context: &BuildContext) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let read = |t: Vec<u8>| selected(&name, &t, context).unwrap_or(true);
    name_matches(&name, context) && std::fs::read(path).is_ok_and(read)
}

/// How much of a file may hold its build constraint: what comes before the package clause.
fn header_end(text: &[u8]) -> usize {
    memchr::memmem::find(text, b"\npackage ").map_or(text.len(), |i| i + 1)
}

/// Name of an overlay file in positions and tables, as if it stood in the Go tree.
fn overlay_name(package: &str, file: &str) -> String {
    format!("/usr/local/go/src/{package}/{file}")
}
