//! Packages as the type checker sees them: path, name, scope, imports and language version.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use grus_syntax::Symbol;

use crate::store::{PkgId, ScopeId};

/// A package. Its scope is complete once its package-level names were collected; its objects are typed once
/// [`Package::complete`] holds.
#[derive(Debug)]
pub struct Package {
    /// The import path.
    pub path: Symbol,
    name: OnceLock<Symbol>,
    /// The package scope.
    pub scope: ScopeId,
    imports: OnceLock<Box<[PkgId]>>,
    complete: AtomicBool,
    fake: AtomicBool,
    go_version: OnceLock<Symbol>,
}

impl Package {
    /// A package with this scope. An empty name is unknown; it is set by [`Package::set_name`].
    pub fn new(path: Symbol, name: Symbol, scope: ScopeId) -> Self {
        let this = Self {
            path,
            name: OnceLock::new(),
            scope,
            imports: OnceLock::new(),
            complete: AtomicBool::new(false),
            fake: AtomicBool::new(false),
            go_version: OnceLock::new(),
        };
        if !name.as_str().is_empty() {
            this.set_name(name);
        }
        this
    }

    /// The name in the package clause; empty until it is known.
    pub fn name(&self) -> &'static str {
        self.name.get().map_or("", |s| s.as_str())
    }

    /// The name in the package clause as a symbol, once it is known.
    pub fn name_symbol(&self) -> Option<Symbol> {
        self.name.get().copied()
    }

    /// Sets the name; the first one stands.
    pub fn set_name(&self, name: Symbol) {
        let _ = self.name.set(name);
    }

    /// The packages that the package's files import directly.
    pub fn imports(&self) -> &[PkgId] {
        self.imports.get().map_or(&[], |i| i)
    }

    /// Sets the direct imports.
    pub fn set_imports(&self, imports: Vec<PkgId>) {
        let _ = self.imports.set(imports.into_boxed_slice());
    }

    /// Whether all package-level declarations were checked.
    pub fn complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Notes that all package-level declarations were checked.
    pub fn mark_complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Whether the package stands for one that could not be imported: names in it are not reported as missing.
    pub fn fake(&self) -> bool {
        self.fake.load(Ordering::Relaxed)
    }

    /// Notes that the package stands for one that could not be imported.
    pub fn mark_fake(&self) {
        self.fake.store(true, Ordering::Relaxed);
    }

    /// The language version (`go1.27`), once it is known.
    pub fn go_version(&self) -> Option<Symbol> {
        self.go_version.get().copied()
    }

    /// Sets the language version; the first one stands.
    pub fn set_go_version(&self, version: Symbol) {
        let _ = self.go_version.set(version);
    }
}
