//! `-trimpath`: file names in the program begin with import paths, not with folders of this machine.

use grus_packages::load::{Loaded, Package};
use std::path::Path;

/// Folders and what stands for them.
#[derive(Clone, Default, Debug)]
pub struct TrimPath(Vec<(String, String)>);

impl TrimPath {
    /// The folders of a program's packages.
    pub fn new(loaded: &Loaded) -> TrimPath {
        TrimPath(loaded.packages.iter().map(|p| (p.dir.to_string_lossy().into_owned(), name(p))).collect())
    }

    /// The name of a file in the program.
    pub fn apply(&self, file: &str) -> Option<String> {
        let folder = Path::new(file).parent()?.to_string_lossy();
        if let Some((_, name)) = self.0.iter().find(|(dir, _)| *dir == folder) {
            return Some(format!("{name}/{}", &file[folder.len() + 1..]));
        }
        // Overlay files are named as if they stood in a Go tree.
        file.strip_prefix("/usr/local/go/src/").map(str::to_string)
    }
}

/// What stands for a package's folder: its import path, with the version of its module.
fn name(p: &Package) -> String {
    match p.module.as_deref() {
        Some(m) if p.path != "command-line-arguments" => match (&m.version, p.path.strip_prefix(&m.path)) {
            (Some(version), Some(rest)) => format!("{}@{version}{rest}", m.path),
            _ => p.path.clone(),
        },
        None if p.path != "command-line-arguments" => p.path.clone(),
        _ => ".".into(),
    }
}
