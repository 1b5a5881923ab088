//! From import paths to folders.
//!
//! Looked up in this order: the overlay and the standard library (with its `vendor/` tree for
//! imports made by the standard library itself), the main module, its `vendor/` folder, and what the
//! `go` command says of other modules. Versions of third-party modules are the `go` command's
//! business; it is run at most once, and only when an import is found nowhere else.

use crate::gomod;
use crate::modules::{MainModule, Modules, VendorList};
use hashbrown::HashMap;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

/// The module of a package, for the information that a program carries about itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Module {
    pub path: String,
    /// None for main modules and folders.
    pub version: Option<String>,
    /// The line of go.sum, if it is known.
    pub sum: Option<String>,
    pub replace: Option<Box<Module>>,
    /// One of the main modules.
    pub main: bool,
}

impl Module {
    /// A main module.
    pub fn main(m: &MainModule) -> Arc<Module> {
        Arc::new(Module { path: m.gomod.module.clone(), main: true, ..Module::default() })
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
    /// None for the standard library and files outside of modules.
    pub module: Option<Arc<Module>>,
}

impl Found {
    /// A package of a main module.
    pub fn in_main(m: &MainModule, path: String, dir: PathBuf) -> Found {
        Found { path, dir, std: false, go_minor: m.gomod.go_minor(), module: Some(Module::main(m)) }
    }
}

/// What the `go` command said about the packages of other modules.
#[derive(Debug, Default)]
struct Listed {
    found: HashMap<String, Found>,
    errors: HashMap<String, String>,
}

/// Resolves import paths.
pub struct Resolver {
    goroot: PathBuf,
    pub modules: Modules,
    /// Import paths named on the command line, and tags: what the `go` command is told, too.
    pub named: Vec<String>,
    pub tags: Vec<String>,
    /// Whether packages that only tests import are needed, too.
    pub tests: bool,
    /// What the `go` command said, once asked.
    listed: OnceLock<Result<Listed, String>>,
    vendor: OnceLock<VendorList>,
    /// Language versions of packages that the Go tree vendors.
    vendored: OnceLock<HashMap<String, u32>>,
}

impl Resolver {
    pub fn new(goroot: PathBuf, modules: Modules) -> Resolver {
        Resolver {
            goroot,
            modules,
            named: Vec::new(),
            tags: Vec::new(),
            tests: false,
            listed: OnceLock::new(),
            vendor: OnceLock::new(),
            vendored: OnceLock::new(),
        }
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
                return Ok(Found { path: vendored, dir, std: true, go_minor, module: None });
            }
        }
        let dotted = path.split('/').next().is_some_and(|first| first.contains('.'));
        let inside = self.modules.of_import(path);
        if let Some((m, dir)) = &inside
            && dir.is_dir()
            && (*dir == m.dir || self.modules.containing(dir).is_some_and(|c| c.dir == m.dir))
        {
            return Ok(Found::in_main(m, path.into(), dir.clone()));
        }
        if !dotted {
            let dir = src.join(path);
            // `vendor/...` and `cmd/...` are not importable by that name, but may be named.
            if dir.is_dir() {
                let go_minor = self.std_version(path);
                return Ok(Found { path: path.into(), dir, std: true, go_minor, module: None });
            }
        }
        if let Some(vendor) = &self.modules.vendor {
            return self.vendored_package(path, vendor, dotted);
        }
        if self.modules.list.is_empty() {
            return Err(if dotted {
                format!(
                    "no required module provides package {path}: go.mod file not found in current directory or \
                     any parent directory; see 'go help modules'"
                )
            } else {
                not_in_std(path, &src)
            });
        }
        if self.modules.has_requirements() && (dotted || path.contains('/')) {
            match self.listed.get_or_init(|| self.go_list()) {
                Ok(listed) => {
                    if let Some(found) = listed.found.get(path) {
                        return Ok(found.clone());
                    }
                    if let Some(error) = listed.errors.get(path) {
                        return Err(error.clone());
                    }
                }
                Err(e) => return Err(e.clone()),
            }
        }
        Err(if dotted { missing_in_module(path) } else { not_in_std(path, &src) })
    }

    /// A package of the main module's `vendor` folder.
    fn vendored_package(&self, path: &str, vendor: &Path, dotted: bool) -> Result<Found, String> {
        let list = self.vendor.get_or_init(|| {
            VendorList::parse(&std::fs::read_to_string(vendor.join("modules.txt")).unwrap_or_default())
        });
        let dir = vendor.join(path);
        match list.packages.get(path) {
            Some(&i) if dir.is_dir() => {
                let m = &list.modules[i];
                let replace = m.replace.as_ref().map(|(path, version)| {
                    Box::new(Module { path: path.clone(), version: version.clone(), ..Module::default() })
                });
                let module =
                    Module { path: m.path.clone(), version: m.version.clone(), replace, ..Module::default() };
                let go_minor = m.go.as_deref().map_or(16, gomod::minor);
                let module = Some(Arc::new(module));
                Ok(Found { path: path.into(), dir, std: false, go_minor, module })
            }
            _ if dotted => Err(format!(
                "cannot find module providing package {path}: import lookup disabled by -mod=vendor"
            )),
            _ => Err(not_in_std(path, &self.goroot.join("src"))),
        }
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

/// What `go list -json` says of a package.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedPackage {
    import_path: String,
    #[serde(default)]
    dir: String,
    #[serde(default)]
    standard: bool,
    module: Option<ListedModule>,
    error: Option<ListedError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedModule {
    path: String,
    version: Option<String>,
    #[serde(default)]
    main: bool,
    go_version: Option<String>,
    sum: Option<String>,
    replace: Option<Box<ListedModule>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedError {
    #[serde(default)]
    err: String,
}

impl ListedModule {
    fn module(&self, sums: &HashMap<(String, String), String>) -> Module {
        let key = (self.path.clone(), self.version.clone().unwrap_or_default());
        Module {
            path: self.path.clone(),
            version: self.version.clone(),
            sum: self.sum.clone().or_else(|| sums.get(&key).cloned()),
            replace: self.replace.as_ref().map(|r| Box::new(r.module(sums))),
            main: self.main,
        }
    }
}

impl Resolver {
    /// Asks the `go` command where the packages that the main modules need are.
    fn go_list(&self) -> Result<Listed, String> {
        let first = self.modules.list.first().expect("asked within a module");
        let work = self.modules.work.as_ref();
        let dir = work.and_then(|w| w.0.parent()).unwrap_or(&first.dir);
        let mut command = Command::new(self.goroot.join("bin/go"));
        command.args(["list", "-e", "-deps", "-json=ImportPath,Dir,Standard,Module,Error"]);
        command.args(self.tests.then_some("-test"));
        if let Some(mode) = &self.modules.choice.mode {
            command.arg(format!("-mod={mode}"));
        }
        if let Some(file) = &self.modules.choice.modfile {
            command.arg(format!("-modfile={}", std::path::absolute(file).unwrap_or(file.clone()).display()));
        }
        if !self.tags.is_empty() {
            command.arg(format!("-tags={}", self.tags.join(",")));
        }
        for m in &self.modules.list {
            command.arg(format!("{}/...", m.gomod.module));
        }
        command.args(&self.named);
        let out = command
            .current_dir(dir)
            .env("GOROOT", &self.goroot)
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0")
            .env("GOOS", "linux")
            .env("GOFLAGS", "")
            .env("GOWORK", work.map_or(Path::new("off"), |w| &w.0))
            .output()
            .map_err(|e| format!("cannot run the go command of {}: {e}", self.goroot.display()))?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).trim().to_string());
        }
        let mut sums = HashMap::new();
        for m in &self.modules.list {
            let text = std::fs::read_to_string(m.dir.join("go.sum")).unwrap_or_default();
            for line in text.lines() {
                if let [path, version, sum] = line.split_whitespace().collect::<Vec<_>>()[..] {
                    sums.insert((path.to_string(), version.to_string()), sum.to_string());
                }
            }
        }
        let mut listed = Listed::default();
        for package in serde_json::Deserializer::from_slice(&out.stdout).into_iter::<ListedPackage>() {
            let package = package.map_err(|e| format!("go list: {e}"))?;
            if package.standard {
                continue;
            }
            if package.dir.is_empty() {
                if let Some(e) = package.error {
                    listed.errors.insert(package.import_path, e.err);
                }
                continue;
            }
            let version = package.module.as_ref().and_then(|m| {
                // A replacement's own go.mod counts.
                m.replace.as_ref().and_then(|r| r.go_version.clone()).or_else(|| m.go_version.clone())
            });
            let found = Found {
                path: package.import_path.clone(),
                dir: package.dir.into(),
                std: false,
                go_minor: gomod::minor(version.as_deref().unwrap_or("1.16")),
                module: package.module.map(|m| Arc::new(m.module(&sums))),
            };
            listed.found.insert(package.import_path, found);
        }
        Ok(listed)
    }
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
}
