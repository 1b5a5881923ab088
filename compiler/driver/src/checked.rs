//! A loaded program with checked declarations.
//!
//! Packages are checked in dependency order, those that do not depend on each other in parallel. The
//! bodies of the packages that the user names are checked with them; those of other packages when
//! somebody asks for them.

use grus_packages::load::{Loaded, PackageId};
use grus_syntax::{DeclKind, Diagnostic, File, Symbol};
use grus_types::check::{self, Body, Config, Importer, PackageDecls};
use grus_types::initorder::{Dependencies, Initializer};
use grus_types::{ObjId, PkgId, TypeStore};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// How a program is checked.
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// Language version that overrides the one of the packages named by the user.
    pub lang: Option<u32>,
    /// Predeclare `assert` and `trace`.
    pub test_funcs: bool,
}

/// A package with checked declarations.
struct Package {
    decls: PackageDecls,
    /// Checked bodies; they stay where they are once made.
    bodies: BodyTable,
    /// Known at once for packages that are checked as a whole.
    init_order: OnceLock<Vec<Initializer>>,
    diagnostics: Vec<Diagnostic>,
}

/// Bodies by function. A body that two threads ask for at once may be checked twice; one result wins.
#[derive(Default)]
struct BodyTable {
    index: Mutex<HashMap<ObjId, usize>>,
    bodies: boxcar::Vec<Body>,
}

impl BodyTable {
    fn get(&self, func: ObjId) -> Option<&Body> {
        let i = *self.index.lock().unwrap_or_else(PoisonError::into_inner).get(&func)?;
        self.bodies.get(i)
    }

    fn insert(&self, body: Body) -> &Body {
        let func = body.func;
        let i = self.bodies.push(body);
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let i = *index.entry(func).or_insert(i);
        &self.bodies[i]
    }
}

/// A program whose declarations are checked.
pub struct Checked<'l> {
    pub loaded: &'l Loaded,
    pub store: TypeStore,
    options: Options,
    /// Indexed by [`PackageId`]; empty for packages with syntax errors and those that import them.
    packages: Vec<OnceLock<Package>>,
}

/// The imports of one package, for the checker.
struct Imports<'c, 'l> {
    checked: &'c Checked<'l>,
    id: PackageId,
}

impl Importer for Imports<'_, '_> {
    fn import(&self, path: &str, _dir: &str) -> Result<PkgId, String> {
        let imports = &self.checked.loaded[self.id].imports;
        let found = imports.iter().find(|(p, _)| p == path).and_then(|(_, id)| self.checked.decls(*id));
        found.map(|d| d.pkg).ok_or_else(|| format!("could not import {path}"))
    }
}

/// Bodies that the order of initialisation asks for.
struct OnDemand<'c, 'l> {
    checked: &'c Checked<'l>,
    id: PackageId,
}

impl Dependencies for OnDemand<'_, '_> {
    fn of_body(&mut self, func: ObjId) -> Vec<ObjId> {
        self.checked.body(self.id, func).map_or(Vec::new(), |b| b.deps.clone())
    }
}

impl<'l> Checked<'l> {
    /// Checks the declarations of every loaded package, and all of those named by the user.
    pub fn new(loaded: &'l Loaded, store: TypeStore, options: Options) -> Checked<'l> {
        let packages = loaded.packages.iter().map(|_| OnceLock::new()).collect();
        let checked = Checked { loaded, store, options, packages };
        for level in levels(loaded) {
            level.par_iter().with_max_len(1).for_each(|&id| checked.check(id));
        }
        checked
    }

    fn check(&self, id: PackageId) {
        let package = &self.loaded[id];
        let usable = package.diagnostics.is_empty()
            && package.imports.iter().all(|&(_, i)| self.packages[i.0 as usize].get().is_some());
        if !usable {
            return;
        }
        let files = self.files(id);
        let path = self.path(id);
        let checked = self.with_config(id, |conf| {
            if !self.loaded.roots.contains(&id) {
                let (decls, diagnostics) = check::check_declarations(&self.store, conf, path, &files);
                return Package {
                    decls,
                    bodies: BodyTable::default(),
                    init_order: OnceLock::new(),
                    diagnostics,
                };
            }
            let whole = check::check_package(&self.store, conf, path, &files);
            let bodies = BodyTable::default();
            for body in whole.bodies {
                bodies.insert(body);
            }
            Package {
                decls: whole.decls,
                bodies,
                init_order: OnceLock::from(whole.init_order),
                diagnostics: whole.diagnostics,
            }
        });
        assert!(self.packages[id.0 as usize].set(checked).is_ok(), "a package is checked once");
    }

    fn with_config<T>(&self, id: PackageId, f: impl FnOnce(&Config<'_>) -> T) -> T {
        let minor = match self.options.lang {
            Some(l) if self.loaded.roots.contains(&id) => l,
            _ => self.loaded[id].go_minor,
        };
        let version = format!("go1.{minor}");
        let imports = Imports { checked: self, id };
        f(&Config {
            go_version: &version,
            importer: Some(&imports),
            test_funcs: self.options.test_funcs,
            // The parser checks them.
            ignore_branch_errors: true,
            as_gc: !self.options.test_funcs,
            complete: !self.loaded[id].std && self.loaded[id].asm_files.is_empty(),
            ..Config::default()
        })
    }

    fn package(&self, id: PackageId) -> Option<&Package> {
        self.packages[id.0 as usize].get()
    }

    /// Path of the package as link names have it.
    pub fn path(&self, id: PackageId) -> Symbol {
        let package = &self.loaded[id];
        Symbol::intern(if package.is_program() { "main" } else { &package.path })
    }

    /// The files of a package.
    pub fn files(&self, id: PackageId) -> Vec<&File> {
        self.loaded[id].files.iter().map(|f| &**f).collect()
    }

    /// The checked declarations; none if the package or one that it imports has syntax errors.
    pub fn decls(&self, id: PackageId) -> Option<&PackageDecls> {
        self.package(id).map(|p| &p.decls)
    }

    /// Errors of the package; of its bodies only if it was named by the user.
    pub fn diagnostics(&self, id: PackageId) -> &[Diagnostic] {
        self.package(id).map_or(&[], |p| &p.diagnostics)
    }

    /// A checked body; none for functions that have no body.
    pub fn body(&self, id: PackageId, func: ObjId) -> Option<&Body> {
        let package = self.package(id)?;
        let decl = package.decls.decl(package.decls.decl_of(&self.store, func)?);
        let DeclKind::Func(f) = self.loaded[id].files[decl.file][decl.decl].kind else { return None };
        f.body.expand()?;
        if let Some(body) = package.bodies.get(func) {
            return Some(body);
        }
        let files = self.files(id);
        let body =
            self.with_config(id, |conf| check::check_body(&self.store, conf, &files, &package.decls, func));
        Some(package.bodies.insert(body))
    }

    /// The order in which the package's variables are initialised.
    pub fn init_order(&self, id: PackageId) -> &[Initializer] {
        let Some(package) = self.package(id) else { return &[] };
        package.init_order.get_or_init(|| {
            let files = self.files(id);
            let mut bodies = OnDemand { checked: self, id };
            self.with_config(id, |conf| {
                check::init_order(&self.store, conf, &files, &package.decls, &mut bodies).0
            })
        })
    }
}

/// Packages by the longest chain of imports below them.
fn levels(loaded: &Loaded) -> Vec<Vec<PackageId>> {
    let mut level = vec![0usize; loaded.packages.len()];
    let mut levels: Vec<Vec<PackageId>> = Vec::new();
    for &id in &loaded.order {
        let l = loaded[id].imports.iter().map(|(_, i)| level[i.0 as usize] + 1).max().unwrap_or(0);
        level[id.0 as usize] = l;
        if levels.len() <= l {
            levels.push(Vec::new());
        }
        levels[l].push(id);
    }
    levels
}
