//! Loading: from what the user names to parsed packages in dependency order.
//!
//! Packages are loaded in waves: the folders of a wave are read and their files parsed in parallel;
//! what they import and is not loaded yet is the next wave. Source files are registered in the
//! source map between the two steps, in a fixed order, so that positions do not depend on timing.

mod imports;
mod order;
mod read;
mod target;
mod testbinary;

pub use crate::filenames::{clean, io_message, relative};
pub(crate) use read::file_selected;

use crate::assembly;
use crate::context::BuildContext;
use crate::header::{self, HeaderError};
use crate::resolve::{Found, Module, Resolver};
use crate::testmain::TestFuncs;
use grus_syntax::{Diagnostic, File, ParseOptions, Parsed, Pos, SourceMap};
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use read::{Choice, Folder, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Index of a package in [`Loaded::packages`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PackageId(pub u32);

/// Sources that replace those of the standard library, or are added to them.
pub trait Overlay: Sync {
    /// Names and texts of the overlay's files for a package.
    fn files(&self, import_path: &str) -> Vec<(String, Vec<u8>)>;

    /// Whether the package consists of the overlay's files alone.
    fn replaces(&self, import_path: &str) -> bool;
}

/// No overlay: every package as it is.
pub struct NoOverlay;

impl Overlay for NoOverlay {
    fn files(&self, _: &str) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }

    fn replaces(&self, _: &str) -> bool {
        false
    }
}

/// What to load.
#[derive(Clone, Debug)]
pub enum Target {
    /// A package by its import path.
    Import(String),
    /// A folder.
    Dir(PathBuf),
    /// Files that together are a package.
    Files(Vec<PathBuf>),
}

/// A parsed package.
#[derive(Debug)]
pub struct Package {
    /// Full import path; `command-line-arguments` for a list of files.
    pub path: String,
    /// Name of the package clause.
    pub name: String,
    pub dir: PathBuf,
    /// Files in the order of their names.
    pub files: Vec<Arc<File>>,
    /// What each written import path means here, in the order of the paths. `unsafe` and `C`
    /// are not among them.
    pub imports: Vec<(String, PackageId)>,
    pub std: bool,
    /// Minor number of the language version.
    pub go_minor: u32,
    /// None for the standard library and files outside of modules.
    pub module: Option<Arc<Module>>,
    /// Syntax errors of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Patterns of `//go:embed` directives, with the files that they stand for.
    pub embeds: Vec<(String, Vec<String>)>,
    /// Positions of `import "C"`.
    pub imports_c: Vec<Pos>,
    /// Assembly files of the folder that match the context.
    pub asm_files: Vec<PathBuf>,
    /// The package's part in a test binary.
    pub test: Option<TestRole>,
}

/// What a package is to a test binary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TestRole {
    /// The tested package, with those of its test files that belong to it.
    Tested,
    /// The external test package, `NAME_test`.
    External,
    /// The generated main package.
    Main,
}

impl Package {
    /// Whether it is the program, and not a package that is only named `main`.
    pub fn is_program(&self) -> bool {
        self.name == "main" && self.test.is_none_or(|t| t == TestRole::Main)
    }

    /// The package as headings of errors name it: those that belong to a test binary name it, too.
    pub fn title(&self) -> String {
        match self.test {
            None | Some(TestRole::Main) => self.path.clone(),
            Some(TestRole::Tested) => format!("{} [{}.test]", self.path, self.path),
            Some(TestRole::External) => format!("{} [{}.test]", self.path, self.tested_path()),
        }
    }

    /// The import path of the package that an external test package tests; otherwise its own.
    fn tested_path(&self) -> &str {
        match self.test {
            Some(TestRole::External) => self.path.strip_suffix("_test").unwrap_or(&self.path),
            _ => &self.path,
        }
    }
}

impl Package {
    /// A package of which only the path is known.
    pub(crate) fn empty(path: &str) -> Package {
        Package {
            path: path.into(),
            name: String::new(),
            dir: PathBuf::new(),
            files: Vec::new(),
            imports: Vec::new(),
            std: false,
            go_minor: crate::context::GO_MINOR,
            module: None,
            diagnostics: Vec::new(),
            embeds: Vec::new(),
            imports_c: Vec::new(),
            asm_files: Vec::new(),
            test: None,
        }
    }
}

/// The result of loading.
#[derive(Debug, Default)]
pub struct Loaded {
    pub packages: Vec<Package>,
    /// Every package after those it imports.
    pub order: Vec<PackageId>,
    /// The packages named by the user, in order.
    pub roots: Vec<PackageId>,
    /// Bytes and lines of source read.
    pub bytes: u64,
    pub lines: u64,
}

impl std::ops::Index<PackageId> for Loaded {
    type Output = Package;

    fn index(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }
}

impl Loaded {
    /// The package with this import path.
    pub fn find(&self, path: &str) -> Option<PackageId> {
        self.packages.iter().position(|p| p.path == path).map(|i| PackageId(i as u32))
    }
}

/// Loads packages; see the module's text.
pub struct Loader<'a> {
    resolver: &'a Resolver,
    context: &'a BuildContext,
    overlay: &'a dyn Overlay,
    /// Folder that positions in messages are relative to.
    cwd: &'a Path,
    loaded: Loaded,
    by_path: HashMap<String, PackageId>,
    /// Who imported a package first, for import stacks.
    parents: HashMap<PackageId, PackageId>,
    errors: Vec<String>,
    /// Uses of internal packages, which are reported behind what cannot be found: one for each package.
    internal: Vec<(PackageId, String)>,
    /// The package whose test files are loaded with it.
    tested: Option<PackageId>,
    /// Its test files, while they are being parsed with the others.
    test_files: HashSet<String>,
    test_funcs: TestFuncs,
}

/// A package to be read, and from what.
struct Pending {
    id: PackageId,
    /// Given files instead of the folder's.
    files: Option<Vec<PathBuf>>,
    /// The import that asked for it.
    import: Option<Pos>,
}

impl<'a> Loader<'a> {
    pub fn new(
        resolver: &'a Resolver,
        context: &'a BuildContext,
        overlay: &'a dyn Overlay,
        cwd: &'a Path,
    ) -> Loader<'a> {
        Loader {
            resolver,
            context,
            overlay,
            cwd,
            loaded: Loaded::default(),
            by_path: HashMap::new(),
            parents: HashMap::new(),
            errors: Vec::new(),
            internal: Vec::new(),
            tested: None,
            test_files: HashSet::new(),
            test_funcs: TestFuncs::default(),
        }
    }

    /// Loads the targets and everything they import, and the packages in `implicit`, which code of
    /// the compiler refers to.
    ///
    /// # Errors
    /// The messages of the `go` command, in its words.
    pub fn load(mut self, targets: &[Target], implicit: &[&str]) -> Result<Loaded, Vec<String>> {
        let mut wave = Vec::new();
        for target in targets {
            match self.target(target, &mut wave) {
                Ok(id) => self.loaded.roots.push(id),
                Err(e) => self.errors.push(e),
            }
        }
        for path in implicit {
            match self.resolver.resolve(path, Some("runtime")) {
                Ok(found) => {
                    self.add(found, None, None, &mut wave);
                }
                Err(e) => self.errors.push(e),
            }
        }
        self.finish(wave)
    }

    fn finish(mut self, mut wave: Vec<Pending>) -> Result<Loaded, Vec<String>> {
        while !wave.is_empty() {
            wave = self.wave(wave);
        }
        self.errors.extend(std::mem::take(&mut self.internal).into_iter().map(|e| e.1));
        if self.errors.is_empty() {
            self.sort();
        }
        if self.errors.is_empty() { Ok(self.loaded) } else { Err(self.errors) }
    }

    /// The package's id; queues it if it is new.
    fn add(
        &mut self,
        found: Found,
        files: Option<Vec<PathBuf>>,
        import: Option<(Pos, PackageId)>,
        wave: &mut Vec<Pending>,
    ) -> PackageId {
        if let Some(&id) = self.by_path.get(&found.path) {
            return id;
        }
        let id = self.push(found, None);
        if let Some((_, parent)) = import {
            self.parents.insert(id, parent);
        }
        wave.push(Pending { id, files, import: import.map(|i| i.0) });
        id
    }

    /// Makes an empty package.
    fn push(&mut self, found: Found, test: Option<TestRole>) -> PackageId {
        let id = PackageId(self.loaded.packages.len() as u32);
        self.by_path.insert(found.path.clone(), id);
        self.loaded.packages.push(Package {
            dir: found.dir,
            std: found.std,
            go_minor: found.go_minor,
            module: found.module,
            test,
            ..Package::empty(&found.path)
        });
        id
    }

    /// Reads and parses the packages of a wave; returns the next one.
    fn wave(&mut self, wave: Vec<Pending>) -> Vec<Pending> {
        let folders: Vec<Result<Folder, String>> =
            wave.par_iter().map(|p| self.read(p, Choice::AsGo)).collect();
        let mut sources = Vec::new();
        for (pending, folder) in wave.iter().zip(folders) {
            let folder = match folder {
                Ok(f) => f,
                Err(e) => {
                    self.fail(pending, e);
                    continue;
                }
            };
            if folder.sources.is_empty() && folder.tests.is_empty() {
                let dir = self.loaded[pending.id].dir.display();
                let why = if folder.all_excluded {
                    format!("build constraints exclude all Go files in {dir}")
                } else if folder.only_tests {
                    format!("no non-test Go files in {dir}")
                } else {
                    format!("no Go files in {dir}")
                };
                self.fail(pending, why);
                continue;
            }
            self.loaded.packages[pending.id.0 as usize].asm_files = folder.asm_files;
            self.test_files.extend(folder.tests.iter().map(|s| s.name.clone()));
            let mut list = folder.sources;
            list.extend(folder.tests);
            sources.push((pending.id, list));
        }
        for (id, parsed) in self.parse(sources) {
            let package = &mut self.loaded.packages[id.0 as usize];
            package.diagnostics.extend(parsed.diagnostics);
            package.files.push(Arc::new(parsed.file));
        }
        for pending in &wave {
            self.without_assembly(pending);
        }
        let mut next = Vec::new();
        for pending in &wave {
            self.check_headers(pending);
            self.scan(pending, &mut next);
        }
        next
    }

    /// Parses the sources of packages.
    fn parse(&mut self, packages: Vec<(PackageId, Vec<Source>)>) -> Vec<(PackageId, Parsed)> {
        let mut parse = Vec::new();
        for (id, sources) in packages {
            for source in sources {
                self.loaded.bytes += source.text.len() as u64;
                self.loaded.lines += memchr::memchr_iter(b'\n', &source.text).count() as u64;
                match SourceMap::global().add(&source.name, source.text) {
                    Ok(file) => parse.push((id, file)),
                    Err(e) => self.errors.push(e.to_string()),
                }
            }
        }
        parse
            .into_par_iter()
            .map(|(id, file)| (id, grus_syntax::parse_file(&file, &self.options(id))))
            .collect()
    }

    /// Takes other files of a module's package in place of those that need assembly, if they are a whole package: the
    /// ones behind the tags for pure Go, or else the portable ones.
    fn without_assembly(&mut self, pending: &Pending) {
        let package = &self.loaded[pending.id];
        if package.std || package.asm_files.is_empty() || !assembly::needed(&package.files) {
            return;
        }
        for choice in [Choice::PureGo, Choice::Portable] {
            let Ok(mut folder) = self.read(pending, choice) else { continue };
            self.test_files.extend(folder.tests.iter().map(|s| s.name.clone()));
            folder.sources.extend(folder.tests);
            let parsed = self.parse(vec![(pending.id, folder.sources)]);
            let (mut files, mut diagnostics) = (Vec::new(), Vec::new());
            for (_, p) in parsed {
                diagnostics.extend(p.diagnostics);
                files.push(Arc::new(p.file));
            }
            let package = &mut self.loaded.packages[pending.id.0 as usize];
            if assembly::stands_alone(&package.files, &files) {
                package.files = files;
                package.diagnostics = diagnostics;
                package.asm_files.clear();
                return;
            }
        }
    }

    /// Reports the first file of a package whose package clause or imports are wrong; nothing else is said of the
    /// package then.
    fn check_headers(&mut self, pending: &Pending) {
        let package = &self.loaded[pending.id];
        let wrong = |f: &File| package.diagnostics.iter().any(|d| f.source.contains(d.pos));
        let error = package.files.iter().find_map(|f| {
            match wrong(f).then(|| header::first_error(f.source.text())).flatten() {
                Some(HeaderError::Nul) => {
                    Some(Err(format!("read {}: unexpected NUL in input", f.source.name())))
                }
                Some(HeaderError::At(at, why)) => {
                    Some(Ok(format!("{}: {why}", self.position(f.source.pos(at)))))
                }
                None => f.imports().find(|i| !header::is_valid_import(&i.2)).map(|(decl, _, path)| {
                    let position = SourceMap::global().position(f.decls[decl].pos);
                    Ok(format!("{position}: invalid import path: {path}"))
                }),
            }
        });
        match error {
            None => return,
            Some(Ok(text)) => self.errors.push(text),
            Some(Err(why)) => self.fail(pending, why),
        }
        let package = &mut self.loaded.packages[pending.id.0 as usize];
        package.files.clear();
        package.diagnostics.clear();
    }

    /// How the files of a package are parsed.
    fn options(&self, id: PackageId) -> ParseOptions {
        let package = &self.loaded[id];
        let runtime =
            package.std && (package.path == "runtime" || package.path.starts_with("internal/runtime/"));
        ParseOptions { std: package.std, runtime, ..ParseOptions::default() }
    }

    fn fail(&mut self, pending: &Pending, why: String) {
        let text = match pending.import {
            // Like files that are wrong, folders without files are not the fault of the import.
            Some(_) if why.starts_with("no non-test") => format!("{}: {why}", self.loaded[pending.id].path),
            Some(_) if why.starts_with("build constraints exclude") => {
                format!("package {}: {why}", self.import_stack(pending.id).join("\n\timports "))
            }
            Some(pos) => format!("{}: {why}", self.position(pos)),
            None if ["open ", "read ", "no Go files"].iter().any(|p| why.starts_with(p)) => why,
            None if why.contains(read::BAD_CONSTRAINT) => why,
            None if why.starts_with("no non-test") => format!("{}: {why}", self.loaded[pending.id].path),
            None => format!("package {}: {why}", self.loaded[pending.id].path),
        };
        self.errors.push(text);
    }

    /// Import paths from a package that the user named to one that it led to.
    fn import_stack(&self, id: PackageId) -> Vec<&str> {
        let mut stack = vec![&*self.loaded[id].path];
        let mut at = id;
        while let Some(&parent) = self.parents.get(&at) {
            stack.push(&self.loaded[parent].path);
            at = parent;
        }
        stack.reverse();
        stack
    }

    fn position(&self, pos: Pos) -> String {
        let p = SourceMap::global().position(pos);
        format!("{}:{}:{}", relative(self.cwd, &p.filename), p.line, p.col)
    }
}
