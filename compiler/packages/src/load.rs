//! Loading: from what the user names to parsed packages in dependency order.
//!
//! Packages are loaded in waves: the folders of a wave are read and their files parsed in parallel;
//! what they import and is not loaded yet is the next wave. Source files are registered in the
//! source map between the two steps, in a fixed order, so that positions do not depend on timing.

use crate::assembly;
use crate::constraint::{build_line, name_matches, plus_build_matches};
use crate::context::BuildContext;
use crate::resolve::{Found, Module, Resolver};
use crate::testmain::{self, Origin, TestFuncs};
use grus_syntax::constraint::Expr;
use grus_syntax::{Diagnostic, File, ParseOptions, Parsed, Pos, SourceMap};
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
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

/// A source file that belongs to a package, before parsing.
struct Source {
    name: String,
    text: Vec<u8>,
}

/// What reading a package's folder gave.
struct Folder {
    sources: Vec<Source>,
    /// Test files, if they were asked for.
    tests: Vec<Source>,
    asm_files: Vec<PathBuf>,
    /// There are Go files, but the context excludes all of them.
    all_excluded: bool,
    /// There are test files and no others.
    only_tests: bool,
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

    /// Loads the test binary of a package: the package with its test files in place of the package as others
    /// import it, its external test package if there is one, and a generated main package. They are the roots,
    /// in this order. A package without test files is the only root.
    ///
    /// # Errors
    /// The messages of the `go` command, in its words.
    pub fn load_test(mut self, target: &Target, implicit: &[&str]) -> Result<Loaded, Vec<String>> {
        let mut wave = Vec::new();
        let tested = match self.target(target, &mut wave) {
            Ok(id) => id,
            Err(e) => return Err(vec![e]),
        };
        self.loaded.roots.push(tested);
        self.tested = Some(tested);
        if self.overlay.replaces(&self.loaded[tested].path) && self.loaded[tested].std {
            return Err(vec![format!("not yet supported: tests of package {}", self.loaded[tested].path)]);
        }
        let mut wave = self.wave(wave);
        if self.loaded[tested].test.is_none() && self.loaded.roots.len() == 1 || !self.errors.is_empty() {
            return if self.errors.is_empty() { Ok(self.loaded) } else { Err(self.errors) };
        }
        self.add_main(tested, &mut wave);
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
        if self.errors.is_empty() {
            self.sort();
        }
        if self.errors.is_empty() { Ok(self.loaded) } else { Err(self.errors) }
    }

    /// Adds the generated main package of a test binary.
    fn add_main(&mut self, tested: PackageId, wave: &mut Vec<Pending>) {
        let package = &self.loaded[tested];
        let path = package.path.clone();
        let present = [!package.files.is_empty(), self.loaded.roots.len() > 1];
        let module = package.module.as_ref().map_or(String::new(), |m| m.path.clone());
        let text = self.test_funcs.source(&path, &module, present);
        let file = match SourceMap::global().add(testmain::FILE_NAME, text.into_bytes()) {
            Ok(file) => file,
            Err(e) => return self.errors.push(e.to_string()),
        };
        let parsed = grus_syntax::parse_file(&file, &ParseOptions::default());
        let found = Found {
            path: format!("{path}.test"),
            dir: package.dir.clone(),
            std: false,
            go_minor: crate::context::GO_MINOR,
            module: package.module.clone(),
        };
        let main = self.push(found, Some(TestRole::Main));
        self.loaded.roots.push(main);
        for (decl, _, import) in parsed.file.imports() {
            let pos = parsed.file.decls[decl].pos;
            // The two test packages are here already; all others are of the standard library.
            let id = match self.by_path.get(import.as_str()) {
                Some(&id) => id,
                None => match self.resolver.resolve(&import, Some("testing")) {
                    Ok(found) => self.add(found, None, Some((pos, main)), wave),
                    Err(e) => {
                        self.errors.push(e);
                        continue;
                    }
                },
            };
            self.loaded.packages[main.0 as usize].imports.push((import, id));
        }
        let package = &mut self.loaded.packages[main.0 as usize];
        package.name = "main".into();
        package.diagnostics = parsed.diagnostics;
        package.files = vec![Arc::new(parsed.file)];
    }

    fn target(&mut self, target: &Target, wave: &mut Vec<Pending>) -> Result<PackageId, String> {
        match target {
            Target::Import(path) => {
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
                    let m = self.resolver.modules.containing(&abs).ok_or_else(outside)?;
                    let path = m.import_path(&abs).ok_or_else(outside)?;
                    Found::in_main(m, path, abs)
                };
                Ok(self.add(found, None, None, wave))
            }
            Target::Files(files) => {
                let files: Vec<PathBuf> = files.iter().map(|f| clean(&self.cwd.join(f))).collect();
                let dir = files.first().and_then(|f| f.parent()).unwrap_or(self.cwd).to_path_buf();
                if files.iter().any(|f| f.parent() != Some(&dir)) {
                    return Err("named files must all be in one directory; have different ones".into());
                }
                let module = self.resolver.modules.containing(&dir);
                let go_minor = module.map_or(crate::context::GO_MINOR, |m| m.gomod.go_minor());
                let module = module.map(Module::main);
                let found =
                    Found { path: "command-line-arguments".into(), dir, std: false, go_minor, module };
                Ok(self.add(found, Some(files), None, wave))
            }
        }
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
        let folders: Vec<Result<Folder, String>> = wave.par_iter().map(|p| self.read(p, false)).collect();
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

    /// Takes the portable files of a module's package in place of those that need assembly, if there are such.
    fn without_assembly(&mut self, pending: &Pending) {
        let package = &self.loaded[pending.id];
        if package.std || package.asm_files.is_empty() || !assembly::needed(&package.files) {
            return;
        }
        let Ok(mut folder) = self.read(pending, true) else { return };
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
        }
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
            Some(pos) => format!("{}: {why}", self.position(pos)),
            None if why.starts_with("open ") || why.starts_with("no Go files") => why,
            None if why.starts_with("no non-test") => format!("{}: {why}", self.loaded[pending.id].path),
            None => format!("package {}: {why}", self.loaded[pending.id].path),
        };
        self.errors.push(text);
    }

    fn position(&self, pos: Pos) -> String {
        let p = SourceMap::global().position(pos);
        format!("{}:{}:{}", relative(self.cwd, &p.filename), p.line, p.col)
    }

    /// Reads the files of a package that the context selects, or (`portable`) would for an architecture that no
    /// file is meant for.
    fn read(&self, pending: &Pending, portable: bool) -> Result<Folder, String> {
        let package = &self.loaded[pending.id];
        let context = match portable {
            true => self.context.portable(),
            false => self.context.for_package(&package.path),
        };
        let mut folder = Folder {
            sources: Vec::new(),
            tests: Vec::new(),
            asm_files: Vec::new(),
            all_excluded: false,
            only_tests: false,
        };
        let with_tests = self.tested == Some(pending.id);
        let read = |path: &Path| {
            std::fs::read(path).map_err(|e| format!("open {}: {}", path.display(), io_message(&e)))
        };
        if let Some(files) = &pending.files {
            for path in files {
                let name = path.to_string_lossy().into_owned();
                let list = match with_tests && name.ends_with("_test.go") {
                    true => &mut folder.tests,
                    false => &mut folder.sources,
                };
                list.push(Source { text: read(path)?, name });
            }
            return Ok(folder);
        }
        if package.std {
            for (name, text) in self.overlay.files(&package.path) {
                if selected(&name, &text, &context) {
                    folder.sources.push(Source { name: overlay_name(&package.path, &name), text });
                }
            }
            if self.overlay.replaces(&package.path) {
                folder.sources.sort_by(|a, b| a.name.cmp(&b.name));
                return Ok(folder);
            }
        }
        let mut names = Vec::new();
        let entries = std::fs::read_dir(&package.dir)
            .map_err(|e| format!("open {}: {}", package.dir.display(), io_message(&e)))?;
        for entry in entries {
            let entry = entry.map_err(|e| io_message(&e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(['.', '_']) || entry.path().is_dir() {
                continue;
            }
            if name.ends_with(".go") && (with_tests || !name.ends_with("_test.go")) {
                names.push(name);
            } else if name.ends_with("_test.go") {
                folder.only_tests = true;
            } else if name.ends_with(".s") && name_matches(&name, &context) {
                folder.asm_files.push(entry.path());
            }
        }
        names.sort_unstable();
        folder.asm_files.sort_unstable();
        let any = !names.is_empty();
        folder.only_tests &= !any;
        for name in names {
            if !name_matches(&name, &context) {
                continue;
            }
            let path = package.dir.join(&name);
            let text = read(&path)?;
            if selected(&name, &text, &context) {
                let list = match name.ends_with("_test.go") {
                    true => &mut folder.tests,
                    false => &mut folder.sources,
                };
                list.push(Source { name: path.to_string_lossy().into_owned(), text });
            }
        }
        folder.asm_files.retain(|p| std::fs::read(p).is_ok_and(|t| selected("", &t, &context)));
        folder.sources.sort_by_cached_key(|s| base_name(&s.name));
        folder.all_excluded = any && folder.sources.is_empty() && folder.tests.is_empty();
        Ok(folder)
    }

    /// Takes name and imports from a package's files.
    fn scan(&mut self, pending: &Pending, next: &mut Vec<Pending>) {
        let id = pending.id;
        let mut files = std::mem::take(&mut self.loaded.packages[id.0 as usize].files);
        let std = self.loaded[id].std;
        if std {
            // cgo is off: the standard library has other files in place of these.
            files.retain(|f| f.imports().all(|(_, _, path)| path != "C"));
        }
        let external = self.split_tests(id, &mut files);
        let name = self.scan_files(id, &files, pending.import, next);
        let package = &mut self.loaded.packages[id.0 as usize];
        package.files = files;
        package.name = name;
        if let Some(pos) = pending.import
            && package.name == "main"
            && package.test.is_none()
        {
            let why = format!("import \"{}\" is a program, not an importable package", package.path);
            let text = format!("{}: {why}", self.position(pos));
            self.errors.push(text);
        }
        if !external.is_empty() {
            let package = &self.loaded[id];
            let found = Found {
                path: format!("{}_test", package.path),
                dir: package.dir.clone(),
                std: package.std,
                go_minor: package.go_minor,
                module: package.module.clone(),
            };
            let external_id = self.push(found, Some(TestRole::External));
            self.loaded.roots.push(external_id);
            let name = self.scan_files(external_id, &external, None, next);
            let diagnostics = &mut self.loaded.packages[id.0 as usize].diagnostics;
            let here = |d: &Diagnostic| external.iter().any(|f| f.source.contains(d.pos));
            let moved: Vec<Diagnostic> = diagnostics.iter().filter(|d| here(d)).cloned().collect();
            diagnostics.retain(|d| !here(d));
            let package = &mut self.loaded.packages[external_id.0 as usize];
            (package.files, package.name, package.diagnostics) = (external, name, moved);
        }
    }

    /// Takes the files of the external test package out of those of a package, and notes the test functions
    /// of all test files.
    fn split_tests(&mut self, id: PackageId, files: &mut Vec<Arc<File>>) -> Vec<Arc<File>> {
        if self.tested != Some(id) {
            return Vec::new();
        }
        let is_test = |f: &File| self.test_files.contains(&**f.source.name());
        let is_external =
            |f: &File| is_test(f) && f.pkg_name.is_some_and(|n| f.name(n).as_str().ends_with("_test"));
        let internal = files.iter().any(|f| is_test(f) && !is_external(f));
        for file in files.iter().filter(|f| is_test(f)) {
            let origin = if is_external(file) { Origin::External } else { Origin::Internal };
            if let Err(e) = self.test_funcs.add_file(file, origin) {
                self.errors.push(e);
            }
        }
        let (external, own) = std::mem::take(files).into_iter().partition(|f| is_external(f));
        *files = own;
        if internal || files.iter().any(|f| f.pkg_name.is_some_and(|n| f.name(n).as_str() == "main")) {
            self.loaded.packages[id.0 as usize].test = Some(TestRole::Tested);
        }
        external
    }

    /// Notes the imports of a package's files, and returns the package's name.
    fn scan_files(
        &mut self,
        id: PackageId,
        files: &[Arc<File>],
        import: Option<Pos>,
        next: &mut Vec<Pending>,
    ) -> String {
        let std = self.loaded[id].std;
        let mut name: Option<(String, String)> = None;
        let mut imports = Vec::new();
        for file in files {
            let file_name = base_name(file.source.name());
            if let Some(n) = file.pkg_name {
                let n = file.name(n).as_str().to_string();
                match &name {
                    None => name = Some((n, file_name)),
                    Some((first, first_file)) if *first != n => {
                        let dir = self.loaded[id].dir.display();
                        let why =
                            format!("found packages {first} ({first_file}) and {n} ({file_name}) in {dir}");
                        self.errors.push(match import {
                            Some(pos) => format!("{}: {why}", self.position(pos)),
                            None => why,
                        });
                        break;
                    }
                    Some(_) => {}
                }
            }
            imports.extend(file.imports().map(|(decl, _, path)| (path, file.decls[decl].pos)));
        }
        // Errors come in the order of import paths.
        imports.sort_by(|a, b| a.0.cmp(&b.0));
        for (path, pos) in imports {
            self.import(id, &path, pos, std, next);
        }
        match self.embeds(&self.loaded[id].dir, files) {
            Ok(embeds) => self.loaded.packages[id.0 as usize].embeds = embeds,
            Err(e) => self.errors.push(e),
        }
        name.map(|n| n.0).unwrap_or_default()
    }

    /// What the patterns of `//go:embed` stand for, by pattern. They count in files that import
    /// package embed.
    fn embeds(&self, dir: &Path, files: &[Arc<File>]) -> Result<Vec<(String, Vec<String>)>, String> {
        let mut patterns: Vec<(&String, Pos)> = Vec::new();
        for file in files {
            if file.pragmas.values().all(|p| p.embeds.is_empty())
                || file.imports().all(|(_, _, path)| path != "embed")
            {
                continue;
            }
            for e in file.pragmas.values().flat_map(|p| &p.embeds) {
                patterns.extend(e.patterns.iter().zip(e.places.iter().copied()));
            }
        }
        patterns.sort_by_key(|p| p.0);
        patterns.dedup_by_key(|p| p.0);
        let resolve = |(pattern, pos): (&String, Pos)| match crate::embed::resolve(dir, pattern) {
            Ok(files) => Ok((pattern.clone(), files)),
            Err(e) => Err(format!("{}: pattern {pattern}: {e}", self.position(pos))),
        };
        patterns.into_iter().map(resolve).collect()
    }

    fn import(&mut self, from: PackageId, path: &str, pos: Pos, std: bool, next: &mut Vec<Pending>) {
        match path {
            "unsafe" => return,
            "C" => {
                self.loaded.packages[from.0 as usize].imports_c.push(pos);
                return;
            }
            _ if self.loaded[from].imports.iter().any(|(p, _)| p == path) => return,
            _ => {}
        }
        let why = if path.starts_with("./") || path.starts_with("../") || path == "." || path == ".." {
            Some(format!(
                "\"{path}\" is relative, but relative import paths are not supported in module mode"
            ))
        } else if let Some(c) = path.chars().find(|&c| !is_import_char(c)).filter(|_| !path.is_empty()) {
            Some(format!("malformed import path \"{path}\": invalid char {c:?}"))
        } else if path.is_empty() {
            Some("malformed import path \"\": empty string".to_string())
        } else {
            None
        };
        let importer = std.then(|| self.loaded[from].path.as_str());
        let found = match why.map_or_else(|| self.resolver.resolve(path, importer), Err) {
            Ok(found) => found,
            Err(e) => {
                let text = format!("{}: {e}", self.position(pos));
                self.errors.push(text);
                return;
            }
        };
        if !self.may_import(&self.loaded[from], &found.path) {
            let text = format!(
                "package {}\n\t{}: use of internal package {path} not allowed",
                self.loaded[from].path,
                self.position(pos)
            );
            self.errors.push(text);
            return;
        }
        let id = self.add(found, None, Some((pos, from)), next);
        self.loaded.packages[from.0 as usize].imports.push((path.into(), id));
    }

    /// The rule of `internal` folders: the importer must be inside the parent of `internal`.
    fn may_import(&self, from: &Package, path: &str) -> bool {
        let Some(i) = internal_index(path) else { return true };
        let parent = path[..i].trim_end_matches('/');
        if from.tested_path() == "command-line-arguments" {
            // Files are where their folder is.
            let module = self.resolver.modules.containing(&from.dir).and_then(|m| m.import_path(&from.dir));
            return module.is_some_and(|p| inside(&p, parent));
        }
        if parent.is_empty() {
            return from.std;
        }
        let from = from.tested_path();
        inside(from.strip_prefix("vendor/").unwrap_or(from), parent) || inside(from, parent)
    }

    /// Orders the packages, or reports the first import cycle.
    fn sort(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let n = self.loaded.packages.len();
        let mut state = vec![State::New; n];
        let mut order = Vec::with_capacity(n);
        for start in 0..n {
            if state[start] != State::New {
                continue;
            }
            let mut stack = vec![(start, 0)];
            state[start] = State::Open;
            while let Some(&mut (p, ref mut i)) = stack.last_mut() {
                let Some(&(_, PackageId(q))) = self.loaded.packages[p].imports.get(*i) else {
                    state[p] = State::Done;
                    order.push(PackageId(p as u32));
                    stack.pop();
                    continue;
                };
                *i += 1;
                match state[q as usize] {
                    State::Done => {}
                    State::New => {
                        state[q as usize] = State::Open;
                        stack.push((q as usize, 0));
                    }
                    State::Open => {
                        let path: Vec<usize> = stack.iter().map(|s| s.0).collect();
                        self.report_cycle(&path, q as usize);
                        return;
                    }
                }
            }
        }
        self.loaded.order = order;
    }

    fn report_cycle(&mut self, stack: &[usize], closing: usize) {
        let packages = &self.loaded.packages;
        let mut text = format!("package {}", packages[stack[0]].path);
        for (i, &p) in stack.iter().enumerate() {
            let q = stack.get(i + 1).copied().unwrap_or(closing);
            let file = packages[p].files.iter().find(|f| {
                f.imports().any(|(_, _, path)| {
                    packages[p].imports.iter().any(|(w, id)| *w == path && id.0 == q as u32)
                })
            });
            let file = file.map_or(String::new(), |f| format!(" from {}", base_name(f.source.name())));
            text += &format!("\n\timports {}{file}", packages[q].path);
        }
        self.errors
            .push(text + ": import cycle not allowed" + if self.tested.is_some() { " in test" } else { "" });
    }
}

/// Whether `path` is `parent` or below it.
fn inside(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || parent.is_empty())
}

/// Where the last `internal` element of an import path begins.
fn internal_index(path: &str) -> Option<usize> {
    if path.ends_with("/internal") {
        return Some(path.len() - "internal".len());
    }
    if let Some(i) = path.rfind("/internal/") {
        return Some(i + 1);
    }
    (path.starts_with("internal/") || path == "internal").then_some(0)
}

fn is_import_char(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"!\"#$%&'()*,:;<=>?[\\]^`{|}\u{fffd}".contains(c)
}

/// Whether a file's name and its build constraint select it.
fn selected(name: &str, text: &[u8], context: &BuildContext) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    if !name_matches(base, context) {
        return false;
    }
    let text = String::from_utf8_lossy(&text[..text.len().min(header_end(text))]);
    match build_line(&text).map(Expr::parse) {
        Some(Ok(c)) => c.eval(&mut |t: &str| context.tag(t)),
        Some(Err(_)) => true,
        None => plus_build_matches(&text, context),
    }
}

/// Whether the context selects a file of a folder.
pub(crate) fn file_selected(path: &Path, context: &BuildContext) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name_matches(&name, context) && std::fs::read(path).is_ok_and(|t| selected(&name, &t, context))
}

/// How much of a file may hold its build constraint: what comes before the package clause.
fn header_end(text: &[u8]) -> usize {
    memchr::memmem::find(text, b"\npackage ").map_or(text.len(), |i| i + 1)
}

/// Name of an overlay file in positions and tables, as if it stood in the Go tree.
fn overlay_name(package: &str, file: &str) -> String {
    format!("/usr/local/go/src/{package}/{file}")
}

fn base_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_string()
}

/// The message of an I/O error in Go's words.
pub fn io_message(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::IsADirectory => "is a directory".into(),
        _ => e.to_string(),
    }
}

/// Removes `.` and `..` elements without looking at the file system.
pub fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for c in path.components() {
        match c {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            c => out.push(c),
        }
    }
    out
}

/// A file's name as messages show it: relative to `cwd` if that is shorter.
pub fn relative(cwd: &Path, file: &str) -> String {
    let path = Path::new(file);
    if !path.is_absolute() {
        return file.to_string();
    }
    let mut base = cwd;
    let mut up = String::new();
    let short = loop {
        if let Ok(rest) = path.strip_prefix(base) {
            break format!("{up}{}", rest.display());
        }
        up += "../";
        match base.parent() {
            Some(p) => base = p,
            None => return file.to_string(),
        }
    };
    if short.len() < file.len() { short } else { file.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_messages() {
        let cwd = Path::new("/home/me/m");
        assert_eq!(relative(cwd, "/home/me/m/a.go"), "a.go");
        assert_eq!(relative(cwd, "/home/me/m/p/a.go"), "p/a.go");
        assert_eq!(relative(cwd, "/home/me/b/a.go"), "../b/a.go");
        assert_eq!(relative(cwd, "/go/a.go"), "/go/a.go");
    }

    #[test]
    fn internal_packages() {
        for (from, path, ok) in [
            ("a/b", "a/internal/x", true),
            ("a", "a/internal", true),
            ("ab", "a/internal", false),
            ("b", "a/internal/x", false),
            ("main", "internal/x", true),
        ] {
            let parent = path[..internal_index(path).unwrap()].trim_end_matches('/');
            assert_eq!(inside(from, parent), ok, "{from} {path}");
        }
    }
}
