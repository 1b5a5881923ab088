//! What the user names, as packages.

use super::imports::malformed;
use super::{Loader, PackageId, Pending, Target};
use crate::filenames::{clean, io_message};
use crate::resolve::{Found, Module};
use std::path::{Path, PathBuf};

impl Loader<'_> {
    /// Adds a package that the user names; what has to be read for it joins the wave.
    pub(super) fn target(&mut self, target: &Target, wave: &mut Vec<Pending>) -> Result<PackageId, String> {
        match target {
            Target::Import(path) => {
                if path.contains('@') {
                    return Err(format!(
                        "package {path}: can only use path@version syntax with 'go get' and 'go install' in \
                         module-aware mode"
                    ));
                }
                if let Some(why) = malformed(path) {
                    return Err(why);
                }
                let found = self.resolver.resolve(path, None)?;
                Ok(self.add(found, None, None, wave))
            }
            Target::Dir(dir) => {
                let abs = self.cwd.join(dir);
                if !abs.is_dir() {
                    return Err(format!("stat {}: directory not found", clean(&abs).display()));
                }
                let abs = clean(&abs);
                let src = self.resolver.goroot().join("src");
                let found = if let Ok(path) = abs.strip_prefix(&src) {
                    self.resolver.resolve(&path.to_string_lossy(), None)?
                } else {
                    if self.resolver.modules.list.is_empty() {
                        return Err(
                            "go: go.mod file not found in current directory or any parent directory; \
                                    see 'go help modules'"
                                .into(),
                        );
                    };
                    let outside = || {
                        format!(
                            "directory {} outside main module or its selected dependencies",
                            dir.display()
                        )
                    };
                    let module = self.resolver.modules.containing(&abs);
                    if module.is_none() && !has_go_files(&abs) {
                        return Err(format!("no Go files in {}", abs.display()));
                    }
                    let m = module.ok_or_else(outside)?;
                    let path = m.import_path(&abs).ok_or_else(outside)?;
                    Found::in_main(m, path, abs)
                };
                Ok(self.add(found, None, None, wave))
            }
            Target::Files(files) => {
                one_folder(self.cwd, files)?;
                let files: Vec<PathBuf> = files.iter().map(|f| clean(&self.cwd.join(f))).collect();
                let dir = files.first().and_then(|f| f.parent()).unwrap_or(self.cwd).to_path_buf();
                let module = self.resolver.modules.containing(&dir);
                let go_minor = module.map_or(crate::context::GO_MINOR, |m| m.gomod.go_minor());
                let module = module.map(Module::main);
                let found =
                    Found { path: "command-line-arguments".into(), dir, std: false, go_minor, module };
                Ok(self.add(found, Some(files), None, wave))
            }
        }
    }
}

/// Whether the files exist and lie side by side.
fn one_folder(cwd: &Path, files: &[PathBuf]) -> Result<(), String> {
    let folder = |f: &Path| match f.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => clean(dir),
        _ => ".".into(),
    };
    let mut first: Option<PathBuf> = None;
    for file in files {
        match std::fs::metadata(cwd.join(file)) {
            Err(e) => return Err(format!("stat {}: {}", file.display(), io_message(&e))),
            Ok(m) if m.is_dir() => {
                return Err(format!("{} is a directory, should be a Go file", file.display()));
            }
            Ok(_) => {}
        }
        let dir = folder(file);
        let first = first.get_or_insert_with(|| dir.clone());
        if *first != dir {
            return Err(format!(
                "named files must all be in one directory; have {} and {}",
                first.display(),
                dir.display()
            ));
        }
    }
    Ok(())
}

fn has_go_files(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|e| e.file_name()).any(|name| name.as_encoded_bytes().ends_with(b".go"))
}
