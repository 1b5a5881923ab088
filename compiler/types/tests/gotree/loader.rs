//! Finds, parses and checks packages of the standard library for tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use grus_packages::constraint::{build_line, name_matches};
use grus_packages::context::BuildContext;
use grus_syntax::constraint::Expr;
use grus_syntax::parser::{ParseOptions, parse_file};
use grus_syntax::{Diagnostic, File, SourceMap, Symbol};
use grus_types::check::{Config, Importer, PackageDecls, check_declarations};
use grus_types::{PkgId, TypeStore};

/// A package whose declarations were checked.
pub struct Loaded {
    pub files: &'static [&'static File],
    pub decls: PackageDecls,
    pub diagnostics: Vec<Diagnostic>,
}

/// The standard library of a GOROOT, each package loaded when it is first imported.
pub struct Std {
    pub store: &'static TypeStore,
    goroot: PathBuf,
    packages: Mutex<HashMap<String, Cell>>,
}

/// A package, once it was loaded; or why it could not be.
pub type Cell = Arc<OnceLock<Result<Loaded, String>>>;

type Parsed = Result<(&'static [&'static File], Vec<Diagnostic>), String>;

/// The GOROOT, or nothing (with a message) when there is none.
pub fn goroot() -> Option<PathBuf> {
    match grus_packages::goroot::find(None) {
        Ok(path) => Some(path),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

impl Std {
    pub fn new(goroot: &Path) -> Std {
        Std { store: Box::leak(Box::default()), goroot: goroot.to_path_buf(), packages: Mutex::default() }
    }

    fn folder(&self, path: &str) -> PathBuf {
        self.goroot.join("src").join(path)
    }

    /// The Go files of a package that the build configuration selects; tests are left out.
    pub fn go_files(&self, path: &str) -> Vec<PathBuf> {
        let mut files = self.selected_files(path);
        files.retain(|f| !f.to_string_lossy().ends_with("_test.go"));
        files
    }

    /// The Go files of a package that the build configuration selects, tests included.
    fn selected_files(&self, path: &str) -> Vec<PathBuf> {
        let context = BuildContext::new("amd64").for_package(path);
        let Ok(entries) = std::fs::read_dir(self.folder(path)) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        files.sort();
        files.retain(|f| {
            let name = f.file_name().unwrap_or_default().to_string_lossy();
            if !name.ends_with(".go") || name.starts_with(['_', '.']) {
                return false;
            }
            if !name_matches(&name, &context) {
                return false;
            }
            let Ok(text) = std::fs::read_to_string(f) else { return false };
            // Files that use cgo are left out when it is off.
            if text.lines().any(|l| l == "import \"C\"") {
                return false;
            }
            match build_line(&text) {
                Some(line) => Expr::parse(line).is_ok_and(|e| e.eval(&mut |tag: &str| context.tag(tag))),
                None => true,
            }
        });
        files
    }

    /// All packages below a folder of the source tree; the whole standard library if it is empty.
    pub fn all(&self, root: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut todo = vec![root.to_string()];
        while let Some(path) = todo.pop() {
            let Ok(entries) = std::fs::read_dir(self.folder(&path)) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_dir = entry.file_type().is_ok_and(|t| t.is_dir());
                if !is_dir
                    || name == "testdata"
                    || name.starts_with(['_', '.'])
                    || path.is_empty() && name == "cmd"
                {
                    continue;
                }
                todo.push(if path.is_empty() { name } else { format!("{path}/{name}") });
            }
            if !path.is_empty() && !self.go_files(&path).is_empty() {
                found.push(path);
            }
        }
        found.sort();
        found.retain(|p| p != "builtin" && p != "unsafe");
        found
    }

    fn parse(&self, path: &str, paths: Vec<PathBuf>) -> Parsed {
        let options =
            ParseOptions { std: true, runtime: path.contains("runtime"), ..ParseOptions::default() };
        let mut files: Vec<&'static File> = Vec::new();
        let mut diagnostics = Vec::new();
        for f in paths {
            let text = std::fs::read(&f).map_err(|e| e.to_string())?;
            let source =
                SourceMap::global().add(&f.to_string_lossy(), text).map_err(|_| "full".to_string())?;
            let parsed = parse_file(&source, &options);
            files.push(Box::leak(Box::new(parsed.file)));
            diagnostics.extend(parsed.diagnostics);
        }
        if files.is_empty() {
            return Err(format!("package {path} is not in std"));
        }
        Ok((Vec::leak(files), diagnostics))
    }

    /// The configuration for packages of the standard library.
    pub fn config(&self) -> Config<'_> {
        Config { go_version: "go1.27", importer: Some(self), ignore_branch_errors: true, ..Config::default() }
    }

    fn load(&self, path: &str) -> Result<Loaded, String> {
        self.check(path, self.parse(path, self.go_files(path)))
    }

    /// The package with its own tests (not those of a package of their own).
    pub fn load_with_tests(&self, path: &str) -> Result<Loaded, String> {
        let mut files = self.selected_files(path);
        let own = |f: &PathBuf| {
            let text = std::fs::read_to_string(f).unwrap_or_default();
            let clause = text.lines().find(|l| l.starts_with("package ")).unwrap_or_default();
            !clause.split_whitespace().nth(1).is_some_and(|n| n.ends_with("_test"))
        };
        files.retain(own);
        self.check(path, self.parse(path, files))
    }

    fn check(&self, path: &str, parsed: Parsed) -> Result<Loaded, String> {
        let (files, mut diagnostics) = parsed?;
        let (decls, errors) = check_declarations(self.store, &self.config(), Symbol::intern(path), files);
        diagnostics.extend(errors);
        Ok(Loaded { files, decls, diagnostics })
    }

    /// A package, its declarations checked.
    pub fn package(&self, path: &str) -> Cell {
        let cell = self.packages.lock().unwrap().entry(path.to_string()).or_default().clone();
        cell.get_or_init(|| self.load(path));
        cell
    }
}

impl Importer for Std {
    fn import(&self, path: &str, dir: &str) -> Result<PkgId, String> {
        // The standard library's own dependencies are in its vendor folder.
        let src = self.goroot.join("src");
        let in_std = Path::new(dir).starts_with(&src);
        let in_cmd = Path::new(dir).starts_with(src.join("cmd"));
        let vendored = format!("{}vendor/{path}", if in_cmd { "cmd/" } else { "" });
        let path =
            if in_std && path.split('/').next().is_some_and(|p| p.contains('.')) { &vendored } else { path };
        let cell = self.package(path);
        match cell.get().expect("the package was loaded") {
            Ok(loaded) => Ok(loaded.decls.pkg),
            Err(why) => Err(why.clone()),
        }
    }
}
