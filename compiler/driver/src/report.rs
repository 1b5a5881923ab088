//! Printing diagnostics as gc and the `go` command do.

use grus_packages::load::relative;
use grus_syntax::diagnostic::{filter_repeated, sort_for_output};
use grus_syntax::{Diagnostic, Pos, SourceMap};
use std::path::Path;

/// After this many errors of a package the compiler gives up (`-e` lifts the limit).
const MAX_ERRORS: usize = 10;

/// Formats the errors of a package, in the order of reporting, under a `# path` line.
pub fn package_errors(cwd: &Path, path: &str, list: Vec<Diagnostic>, all: bool) -> String {
    let mut list = filter_repeated(list);
    let mut stopped = None;
    if !all && list.len() >= MAX_ERRORS {
        list.truncate(MAX_ERRORS);
        stopped = list.last().map(|d| d.pos);
    }
    sort_for_output(&mut list);
    let mut text = format!("# {path}\n");
    for d in &list {
        text += &diagnostic(cwd, d);
        text.push('\n');
    }
    if let Some(pos) = stopped {
        text += &format!("{}: too many errors\n", position(cwd, pos));
    }
    text
}

/// `file:line:col: message`, with notes on lines of their own.
pub fn diagnostic(cwd: &Path, d: &Diagnostic) -> String {
    let mut text = String::new();
    if d.pos.is_known() {
        text += &format!("{}: ", position(cwd, d.pos));
    }
    text += &d.msg;
    for note in &d.notes {
        text += "\n\t";
        if note.pos.is_known() {
            text += &format!("{}: ", position(cwd, note.pos));
        }
        text += &note.msg;
    }
    text
}

/// A position as the `go` command shows it: files of the working directory begin with `./`.
pub fn position(cwd: &Path, pos: Pos) -> String {
    let mut p = SourceMap::global().position(pos);
    let mut name = relative(cwd, &p.filename);
    if !name.contains('/') {
        name.insert_str(0, "./");
    }
    p.filename = name.into();
    p.to_string()
}
