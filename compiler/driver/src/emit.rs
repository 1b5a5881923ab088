//! `--emit=ast` and `--emit=types`: what the front end made of the main package.

use crate::checked::Checked;
use grus_packages::load::PackageId;
use grus_syntax::{DeclKind, Node};

/// The declarations of a package as the parser understood them, one on a line, after the name of their file.
pub fn ast(checked: &Checked<'_>, id: PackageId, only: Option<&str>) -> String {
    let mut text = String::new();
    for file in &checked.loaded[id].files {
        let mut lines = String::new();
        for &d in &file.decl_list {
            let named = match file[d].kind {
                DeclKind::Func(f) => Some(file.name(f.name).as_str()),
                _ => None,
            };
            if only.is_none_or(|o| named.is_some_and(|n| o == n || o.ends_with(&format!(".{n}")))) {
                lines += &file.line_string(Node::Decl(d));
                lines.push('\n');
            }
        }
        if !lines.is_empty() {
            text += &format!("// {}\n{lines}", file.source.name());
        }
    }
    text
}

/// The package's objects with their types, methods included.
pub fn types(checked: &Checked<'_>, id: PackageId, only: Option<&str>) -> String {
    let store = &checked.store;
    let Some(decls) = checked.decls(id) else { return String::new() };
    let mut lines: Vec<String> = decls
        .objects()
        .iter()
        .filter(|&&o| {
            let name = store.obj(o).name.as_str();
            only.is_none_or(|f| f == name || f.ends_with(&format!(".{name}")))
        })
        .map(|&o| store.object_string(o, None))
        .collect();
    lines.sort_unstable();
    lines.iter().map(|l| format!("{l}\n")).collect()
}
