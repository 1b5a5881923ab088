//! Variables that hold at start what no expression in the source says: `-ldflags=-X` and `//go:embed`.

use crate::checked::Checked;
use crate::ldflags::LinkFlags;
use grus_lower::frontend::{Contents, EmbeddedFile};
use grus_packages::load::{Package, PackageId, io_message};
use grus_syntax::pragma::Pragma;
use grus_syntax::{DeclKind, Diagnostic, Symbol};
use grus_types::universe::typ;
use grus_types::{BasicKind, ObjId, Object, Type, TypeStore};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Strings that `-X` gives to variables. Names that mean no variable of the program are passed over.
///
/// # Errors
/// The linker's message for variables that are not strings.
pub fn definitions(
    checked: &Checked<'_>,
    main: PackageId,
    link: &LinkFlags,
    contents: &mut HashMap<ObjId, Contents>,
) -> Result<(), Vec<String>> {
    let store = &checked.store;
    let mut errors = Vec::new();
    for (path, name, value) in &link.definitions {
        let id = if path == "main" { Some(main) } else { checked.loaded.find(path).filter(|&id| id != main) };
        let Some(decls) = id.and_then(|id| checked.decls(id)) else { continue };
        let found = store.scope(store.pkg(decls.pkg).scope).lookup(Symbol::intern(name));
        let Some(var) = found.filter(|&o| store.obj(o).is_var()) else { continue };
        let t = store.unalias(store.type_of(var));
        if t == typ::STRING {
            contents.insert(var, Contents::Text(value.as_bytes().into()));
        } else {
            let shown = store.type_string_qualified(t, &|p| store.pkg(p).path.as_str().to_string());
            errors
                .push(format!("{path}.{name}: cannot set with -X: not a var of type string (type:{shown})"));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What embedded files give to variables. Errors are added to those of their packages.
pub fn embedded(
    checked: &Checked<'_>,
    contents: &mut HashMap<ObjId, Contents>,
) -> Vec<(PackageId, Vec<Diagnostic>)> {
    let mut errors = Vec::new();
    for &id in &checked.loaded.order {
        let package = &checked.loaded[id];
        let Some(decls) = checked.decls(id).filter(|_| !package.embeds.is_empty()) else { continue };
        let store = &checked.store;
        let scope = store.scope(store.pkg(decls.pkg).scope);
        let mut list = Vec::new();
        for file in &package.files {
            for &d in &file.decl_list {
                let (Some(pragma), DeclKind::Var(v)) = (file.pragma_of(d), file[d].kind) else { continue };
                let [name] = file[v.names] else { continue };
                if pragma.embeds.is_empty() {
                    continue;
                }
                let Some(var) = scope.lookup(file.name(name)).filter(|&o| store.obj(o).is_var()) else {
                    continue;
                };
                match embed(store, package, pragma, var) {
                    Ok(value) => {
                        contents.insert(var, value);
                    }
                    Err(e) => list.push(Diagnostic::new(file.pos(name), e)),
                }
            }
        }
        if !list.is_empty() {
            errors.push((id, list));
        }
    }
    errors
}

/// What one variable holds.
fn embed(store: &TypeStore, package: &Package, pragma: &Pragma, var: ObjId) -> Result<Contents, String> {
    enum Kind {
        Text,
        Bytes,
        Files,
    }
    let t = store.unalias(store.type_of(var));
    let kind = match store.ty(t) {
        Type::Named(n) if is_fs(store, store.obj(n.obj)) => Kind::Files,
        _ => match store.ty(store.under(t)) {
            Type::Basic(b) if b.kind == BasicKind::String => Kind::Text,
            Type::Slice(s) if store.basic_kind(store.under(s.elem)) == Some(BasicKind::Uint8) => Kind::Bytes,
            _ => {
                let shown = store.type_string_qualified(t, &|p| store.pkg(p).name().to_string());
                return Err(format!("go:embed cannot apply to var of type {shown}"));
            }
        },
    };
    let patterns = pragma.embeds.iter().flat_map(|e| &e.patterns);
    let found = patterns.filter_map(|p| package.embeds.iter().find(|e| e.0 == *p)).flat_map(|e| &e.1);
    let mut names: Vec<String> = found.cloned().collect();
    names.sort_unstable();
    names.dedup();
    let read = |name: &str| {
        let path = package.dir.join(name);
        std::fs::read(&path).map_err(|e| format!("embed {}: {}", path.display(), io_message(&e)))
    };
    if let Kind::Files = kind {
        let mut entries = names.clone();
        for name in &names {
            let parents = name.match_indices('/').map(|(i, _)| format!("{}/", &name[..i]));
            entries.extend(parents);
        }
        entries.sort_by(|a, b| folder_and_name(a).cmp(&folder_and_name(b)));
        entries.dedup();
        let files = entries.into_iter().map(|name| {
            if name.ends_with('/') {
                return Ok(EmbeddedFile { name, data: [].into(), hash: [0; 16] });
            }
            let data = read(&name)?;
            let mut hash = [0; 16];
            hash.copy_from_slice(&Sha256::digest(&data)[..16]);
            Ok(EmbeddedFile { name, data: data.into(), hash })
        });
        return Ok(Contents::Files(files.collect::<Result<_, String>>()?));
    }
    let [name] = names.as_slice() else {
        let shown = store.type_string_qualified(t, &|p| store.pkg(p).name().to_string());
        return Err(format!("invalid go:embed: multiple files for type {shown}"));
    };
    let data = read(name)?.into_boxed_slice();
    Ok(if let Kind::Text = kind { Contents::Text(data) } else { Contents::Bytes(data) })
}

fn is_fs(store: &TypeStore, obj: &Object) -> bool {
    obj.name.as_str() == "FS" && obj.pkg.is_some_and(|p| store.pkg(p).path.as_str() == "embed")
}

/// The order of package embed: by folder, then by name.
fn folder_and_name(path: &str) -> (&str, &str) {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.rsplit_once('/').unwrap_or((".", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_ordered_by_folder() {
        let mut names = vec!["a.txt", "q", "p/", "q.go", "p/r", "p/q/", "p/q/s"];
        names.sort_by(|a, b| folder_and_name(a).cmp(&folder_and_name(b)));
        assert_eq!(names, ["a.txt", "p/", "q", "q.go", "p/q/", "p/r", "p/q/s"]);
    }
}
