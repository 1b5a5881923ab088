//! What a build would silently get wrong: features that are accepted by the front end but not carried
//! out yet. Each is refused with its position.

use grus_packages::load::Loaded;
use grus_syntax::Diagnostic;

/// Refusals that concern the program's source.
pub fn in_source(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut list = Vec::new();
    for package in &loaded.packages {
        list.extend(package.imports_c.iter().map(|&pos| Diagnostic::unsupported(pos, "import \"C\"")));
    }
    list
}
