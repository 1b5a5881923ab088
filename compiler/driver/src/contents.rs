//! Variables that hold at start what no expression in the source says: `-ldflags=-X` and `//go:embed`.

use crate::checked::Checked;
use crate::ldflags::LinkFlags;
use grus_lower::frontend::Contents;
use grus_packages::load::PackageId;
use grus_syntax::Symbol;
use grus_types::{ObjId, universe::typ};
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
