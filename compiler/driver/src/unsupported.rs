//! What a build would silently get wrong: features that are accepted by the front end but not carried
//! out yet. Each is refused with its position.

use crate::session::Session;
use grus_packages::load::{Loaded, PackageId};
use grus_syntax::Diagnostic;

/// Refusals that concern the program's source.
pub fn in_source(loaded: &Loaded, main: PackageId) -> Vec<Diagnostic> {
    let mut list = Vec::new();
    for package in &loaded.packages {
        list.extend(package.imports_c.iter().map(|&pos| Diagnostic::unsupported(pos, "import \"C\"")));
        for file in &package.files {
            let embeds = file.pragmas.values().flat_map(|p| &p.embeds);
            list.extend(embeds.map(|e| Diagnostic::unsupported(e.pos, "//go:embed")));
        }
    }
    for file in &loaded[main].files {
        list.extend(file.debug_directives.iter().map(|d| Diagnostic::unsupported(d.pos, "//go:debug")));
    }
    list
}

/// Refusals that concern the command line, the environment and the module.
///
/// # Errors
/// The first one, in one line.
pub fn in_environment(session: &Session) -> Result<(), String> {
    if let Some(m) = session.resolver.main.as_ref().filter(|m| !m.gomod.godebug.is_empty()) {
        return Err(format!("{}: not yet supported: godebug", m.dir.join("go.mod").display()));
    }
    let gowork = std::env::var("GOWORK").unwrap_or_default();
    let found = match gowork.as_str() {
        "off" => None,
        "" => session.cwd.ancestors().map(|d| d.join("go.work")).find(|f| f.is_file()),
        file => Some(file.into()),
    };
    if let Some(file) = found {
        return Err(format!("{}: not yet supported: workspaces (GOWORK=off leaves it out)", file.display()));
    }
    Ok(())
}
