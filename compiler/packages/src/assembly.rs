//! Modules that bring assembly: whether their portable files can stand in for it.
//!
//! Outside the standard library, files are chosen as the `go` command chooses them. A package with assembly commonly has
//! others: behind a tag (`purego`), or for all other architectures, chosen by file names and build constraints. Where
//! functions without a body are declared, the package is read once more with these tags, and then as if for an
//! architecture that nobody has written assembly for; what gives a whole package is taken. A package without assembly
//! never sees the tags: `purego` may mean less there, or something else.
//! Otherwise the first choice stays, and what needs assembly is reported when the program reaches it.

use grus_syntax::Symbol;
use grus_syntax::ast::{DeclKind, ExprKind, File};
use hashbrown::HashSet;
use std::sync::Arc;

/// Whether the files declare a function without a body that no `//go:linkname` fetches from elsewhere.
pub fn needed(files: &[Arc<File>]) -> bool {
    files.iter().any(|file| {
        file.decl_list.iter().any(|&d| match file[d].kind {
            DeclKind::Func(f) if f.body.is_none() => {
                let name = file.name(f.name);
                !file.linknames.iter().any(|l| l.local == name)
            }
            _ => false,
        })
    })
}

/// Whether `portable` is a whole package, like `chosen`: it needs no assembly, and mentions no name that only `chosen`
/// declares.
pub fn stands_alone(chosen: &[Arc<File>], portable: &[Arc<File>]) -> bool {
    if portable.is_empty() || needed(portable) {
        return false;
    }
    let mut lost = declared(chosen);
    for name in declared(portable) {
        lost.remove(&name);
    }
    !portable.iter().any(|file| {
        file.exprs.values().any(|e| matches!(e.kind, ExprKind::Name(name) if lost.contains(&name)))
    })
}

/// Names of what the files declare at package level, methods included.
fn declared(files: &[Arc<File>]) -> HashSet<Symbol> {
    let mut names = HashSet::new();
    for file in files {
        for &d in &file.decl_list {
            match file[d].kind {
                DeclKind::Func(f) => {
                    names.insert(file.name(f.name));
                }
                DeclKind::Type(t) => {
                    names.insert(file.name(t.name));
                }
                DeclKind::Const(v) | DeclKind::Var(v) => {
                    names.extend(file[v.names].iter().map(|&n| file.name(n)));
                }
                DeclKind::Import(_) => {}
            }
        }
    }
    names
}
