//! From import paths to folders.
//!
//! Looked up in this order: the overlay and the standard library (with its `vendor/` tree for
//! imports made by the standard library itself), the main module, its `vendor/` folder, and what the
//! `go` command says of other modules. Versions of third-party modules are the `go` command's
//! business; it is run at most once, and only when an import is found nowhere else.

use crate::gomod::GoMod;
use hashbrown::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The module that contains the working directory.
#[derive(Clone, Debug)]
pub struct MainModule {
    /// Folder of the go.mod.
    pub dir: PathBuf,
    pub gomod: GoMod,
}

impl MainModule {
    /// Finds the go.mod in `dir` or above.
    ///
    /// # Errors
    /// `go.mod:LINE: message` if there is one that cannot be read or parsed.
    pub fn find(dir: &Path) -> Result<Option<MainModule>, String> {
        for d in dir.ancestors() {
            let file = d.join("go.mod");
            let text = match std::fs::read_to_string(&file) {
                Ok(text) => text,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(format!("{}: {e}", file.display())),
            };
            let gomod = GoMod::parse(&text).map_err(|(line, msg)| {
                format!("go: errors parsing {}:\n{}:{line}: {msg}", file.display(), file.display())
            })?;
            return Ok(Some(MainModule { dir: d.to_path_buf(), gomod }));
        }
        Ok(None)
    }

    /// Import path of a folder inside the module.
    pub fn import_path(&self, dir: &Path) -> Option<String> {
        let rel = dir.strip_prefix(&self.dir).ok()?;
        let mut path = self.gomod.module.clone();
        for part in rel.components() {
            path.push('/');
            path += &part.as_os_str().to_string_lossy();
        }
        Some(path)
    }

    fn vendor(&self) -> Option<PathBuf> {
        let dir = self.dir.join("vendor");
        dir.join("modules.txt").is_file().then_some(dir)
    }
}

/// Where a package's sources are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Full import path: differs from what was written for the standard library's vendored packages.
    pub path: String,
    pub dir: PathBuf,
    /// Part of the standard library.
    pub std: bool,
    /// Minor number of the language version.
    pub go_minor: u32,
}

/// Resolves import paths.
pub struct Resolver {
    goroot: PathBuf,
    pub main: Option<MainModule>,
    /// Whether packages that only tests import are needed, too.
    pub tests: bool,
    /// What the `go` command said, once asked.
    listed: OnceLock<Result<HashMap<String, Found>, String>>,
    vendored: OnceLock<HashMap<String, u32>>,
}

impl Resolver {
    pub fn new(goroot: PathBuf, main: Option<MainModule>) -> Resolver {
        Resolver { goroot, main, tests: false, listed: OnceLock::new(), vendored: OnceLock::new() }
    }

    pub fn goroot(&self) -> &Path {
        &self.goroot
    }

    /// Finds the package imported as `path`; `std_importer` is the path of the importing package where that is part
    /// of the Go tree, whose `src/vendor` and `src/cmd/vendor` folders serve only the packages beside them.
    ///
    /// # Errors
    /// The message that the `go` command prints after the position.
    pub fn resolve(&self, path: &str, std_importer: Option<&str>) -> Result<Found, String> {
        let src = self.goroot.join("src");
        if let Some(importer) = std_importer {
            let folder = if importer.starts_with("cmd/") { "cmd/vendor" } else { "vendor" };
            let vendored = format!("{folder}/{path}");
            let dir = src.join(&vendored);
            if dir.is_dir() {
                let go_minor = self.std_version(&vendored);
                return Ok(Found { path: vendored, dir, std: true, go_minor });
            }
        }
        let dotted = path.split('/').next().is_some_and(|first| first.contains('.'));
        if let Some(m) = &self.main {
            let inside = match path.strip_prefix(m.gomod.module.as_str()) {
                Some("") => Some(m.dir.clone()),
                Some(rest) => rest.strip_prefix('/').map(|r| m.dir.join(r)),
                None => None,
            };
            if let Some(dir) = inside {
                if !dir.is_dir() {
                    return Err(if dotted { missing_in_module(path) } else { not_in_std(path, &src) });
                }
                return Ok(Found { path: path.into(), dir, std: false, go_minor: m.gomod.go_minor() });
            }
        }
        if !dotted {
            let dir = src.join(path);
            // `vendor/...` and `cmd/...` are not importable by that name, but may be named.
            if dir.is_dir() {
                let go_minor = self.std_version(path);
                return Ok(Found { path: path.into(), dir, std: true, go_minor });
            }
        }
        if let Some(dir) = self.main.as_ref().and_then(MainModule::vendor).map(|v| v.join(path))
            && dir.is_dir()
        {
            return Ok(Found { path: path.into(), dir, std: false, go_minor: crate::context::GO_MINOR });
        }
        let Some(m) = &self.main else {
            return Err(if dotted {
                format!(
                    "no required module provides package {path}: go.mod file not found in current directory or \
                     any parent directory; see 'go help modules'"
                )
            } else {
                not_in_std(path, &src)
            });
        };
        if m.gomod.requires && (dotted || path.contains('/')) {
            match self.listed.get_or_init(|| go_list(&self.goroot, &m.dir, self.tests)) {
                Ok(map) => {
                    if let Some(found) = map.get(path) {
                        return Ok(found.clone());
                    }
                }
                Err(e) => return Err(e.clone()),
            }
        }
        Err(if dotted { missing_in_module(path) } else { not_in_std(path, &src) })
    }

    /// Language version of a package of the Go tree: its own, except for what it vendors.
    fn std_version(&self, path: &str) -> u32 {
        let versions = self.vendored.get_or_init(|| {
            let mut versions = HashMap::new();
            for folder in ["vendor", "cmd/vendor"] {
                let file = self.goroot.join("src").join(folder).join("modules.txt");
                let listed = vendored_versions(&std::fs::read_to_string(file).unwrap_or_default());
                versions.extend(listed.into_iter().map(|(path, minor)| (format!("{folder}/{path}"), minor)));
            }
            versions
        });
        versions.get(path).copied().unwrap_or(crate::context::GO_MINOR)
    }
}

fn not_in_std(path: &str, src: &Path) -> String {
    format!("package {path} is not in std ({})", src.join(path).display())
}

fn missing_in_module(path: &str) -> String {
    format!("no required module provides package {path}; to add it:\n\tgo get {path}")
}

/// Package path → minor of the language version, from a `vendor/modules.txt`.
fn vendored_versions(text: &str) -> HashMap<String, u32> {
    let mut versions = HashMap::new();
    let mut current = crate::context::GO_MINOR;
    for line in text.lines() {
        if let Some(notes) = line.strip_prefix("## ") {
            if let Some(v) = notes.split("go 1.").nth(1) {
                let digits: String = v.chars().take_while(char::is_ascii_digit).collect();
                current = digits.parse().unwrap_or(current);
            }
        } else if !line.starts_with('#') {
            versions.insert(line.trim().to_string(), current);
        }
    }
    versions
}

/// Asks the `go` command where the packages that the module needs are.
fn go_list(goroot: &Path, dir: &Path, tests: bool) -> Result<HashMap<String, Found>, String> {
    let format = "{{.ImportPath}}\t{{.Dir}}\t{{.Standard}}\t{{with .Module}}{{.GoVersion}}{{end}}";
    let out = Command::new(goroot.join("bin/go"))
        .args(["list", "-e", "-deps", "-f", format])
        .args(tests.then_some("-test"))
        .arg("./...")
        .current_dir(dir)
        .env("GOROOT", goroot)
        .env("GOTOOLCHAIN", "local")
        .env("CGO_ENABLED", "0")
        .output()
        .map_err(|e| format!("cannot run the go command of {}: {e}", goroot.display()))?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).trim().to_string());
    }
    let mut map = HashMap::new();
    for line in String::from_utf8_lossy(&out.stdout).lines() {
        let mut fields = line.split('\t');
        let (Some(path), Some(dir), Some(std)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        if std == "true" || dir.is_empty() {
            continue;
        }
        let go = fields.next().unwrap_or_default();
        let go_minor = go.split('.').nth(1).and_then(|m| m.parse().ok()).unwrap_or(16);
        map.insert(path.to_string(), Found { path: path.into(), dir: dir.into(), std: false, go_minor });
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendor_versions() {
        let v = vendored_versions(
            "# golang.org/x/crypto v0.1\n## explicit; go 1.25.0\nx/a\nx/b\n# y v1\n## go 1.24\ny\n",
        );
        assert_eq!(v["x/b"], 25);
        assert_eq!(v["y"], 24);
    }

    #[test]
    fn import_paths_of_folders() {
        let gomod = GoMod::parse("module ex.org/m\n").unwrap();
        let m = MainModule { dir: "/r".into(), gomod };
        assert_eq!(m.import_path(Path::new("/r/a/b")).as_deref(), Some("ex.org/m/a/b"));
        assert_eq!(m.import_path(Path::new("/r")).as_deref(), Some("ex.org/m"));
        assert_eq!(m.import_path(Path::new("/s")), None);
    }
}
