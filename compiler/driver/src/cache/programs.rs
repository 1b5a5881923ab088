//! Executables, by everything that they are made of.
//!
//! The key is made from what loading gave: the sources as they are, not the names and times of files. A program with
//! errors is never here, so that nothing needs to be checked before it is looked up.

use super::{COMPILER, Cache};
use crate::flags::Flags;
use crate::ldflags::LinkFlags;
use grus_packages::load::{Loaded, Package, PackageId};
use rayon::prelude::*;

/// Names an executable.
pub type ProgramKey = [u8; 32];

/// What a program depends on besides its packages.
pub struct Settings<'a> {
    pub flags: &'a Flags,
    /// Whether the results of passes are checked.
    pub verify: bool,
    pub link: &'a LinkFlags,
    pub goarch: &'a str,
    /// The language version of the main module.
    pub go_version: &'a str,
    /// The release of the Go tree.
    pub release: &'a str,
    pub godebug_default: &'a str,
    pub module_info: &'a [u8],
}

impl Cache {
    /// An executable, if it was built before.
    pub fn program(&self, key: &ProgramKey) -> Option<Vec<u8>> {
        self.read(&self.path("programs", key))
    }

    /// Keeps an executable.
    pub fn keep_program(&self, key: &ProgramKey, exe: &[u8]) {
        self.write(&self.path("programs", key), &[exe]);
        self.trim("programs");
    }
}

/// The key of a program; none if a file that is embedded in it cannot be read.
pub fn key(loaded: &Loaded, main: PackageId, settings: &Settings<'_>) -> Option<ProgramKey> {
    let Settings { flags, verify, link, goarch, go_version, release, godebug_default, module_info } =
        settings;
    let mut w = Key::default();
    w.bytes(&COMPILER.to_le_bytes());
    w.text(&format!(
        "{link:?} {:?} {verify} {goarch} {go_version} {release} {}",
        flags.trimpath,
        loaded[main].title()
    ));
    w.text(godebug_default);
    w.bytes(module_info);
    let packages: Vec<Option<ProgramKey>> =
        loaded.packages.par_iter().map(|p| package_key(loaded, p)).collect();
    for id in &loaded.order {
        w.text(&id.0.to_string());
        w.bytes(&packages[id.0 as usize]?);
    }
    Some(*w.0.finalize().as_bytes())
}

fn package_key(loaded: &Loaded, package: &Package) -> Option<ProgramKey> {
    let Package {
        path,
        name,
        dir,
        files,
        imports,
        std,
        go_minor,
        module,
        diagnostics,
        embeds,
        imports_c,
        asm_files,
        test,
    } = package;
    if !diagnostics.is_empty() {
        return None;
    }
    let mut w = Key::default();
    for text in [path, name] {
        w.text(text);
    }
    w.bytes(dir.as_os_str().as_encoded_bytes());
    w.text(&format!("{std} {go_minor} {test:?} {} {asm_files:?} {module:?}", imports_c.len()));
    for file in files {
        w.text(file.source.name());
        w.bytes(file.source.text());
    }
    for (written, id) in imports {
        w.text(written);
        w.text(&loaded[*id].title());
    }
    for (pattern, files) in embeds {
        w.text(pattern);
        for file in files {
            w.text(file);
            w.bytes(&std::fs::read(dir.join(file)).ok()?);
        }
    }
    Some(*w.0.finalize().as_bytes())
}

/// Hashes parts so that no two sequences of parts run together.
#[derive(Default)]
struct Key(blake3::Hasher);

impl Key {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}
