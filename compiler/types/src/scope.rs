//! Scopes: the names that a block declares.
//!
//! Universe, package and file scopes live in the store ([`Scope`]). They are built by one checker in a
//! [`ScopeMap`] and frozen when all their names are collected, before any other checker can see them. Scopes of
//! functions and blocks live in the checker that makes them ([`LocalScopes`]); they are not kept.

use std::sync::OnceLock;

use grus_syntax::{Pos, Symbol};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::object::equal_fold;
use crate::store::{ObjId, ScopeId};

/// Names of a scope under construction, or of a large local scope.
pub type ScopeMap = FxHashMap<Symbol, ObjId>;

/// A scope of the store. See the module's text.
#[derive(Debug)]
pub struct Scope {
    /// The enclosing scope.
    pub parent: Option<ScopeId>,
    /// The extent of the scope, if known.
    pub pos: Pos,
    /// The extent of the scope, if known.
    pub end: Pos,
    /// Whether this is a function's scope.
    pub is_func: bool,
    names: OnceLock<ScopeMap>,
}

impl Scope {
    /// A scope without names.
    pub fn new(parent: Option<ScopeId>, pos: Pos, end: Pos, is_func: bool) -> Self {
        Self { parent, pos, end, is_func, names: OnceLock::new() }
    }

    /// Sets the names, once.
    pub fn freeze(&self, names: ScopeMap) {
        assert!(self.names.set(names).is_ok(), "scope frozen twice");
    }

    /// Whether the names are set.
    pub fn frozen(&self) -> bool {
        self.names.get().is_some()
    }

    /// The object with this name in this very scope.
    pub fn lookup(&self, name: Symbol) -> Option<ObjId> {
        self.names.get().and_then(|m| m.get(&name).copied())
    }

    /// The names, in order of the alphabet.
    pub fn names(&self) -> Vec<Symbol> {
        let mut names: Vec<Symbol> =
            self.names.get().map(|m| m.keys().copied().collect()).unwrap_or_default();
        names.sort_by_key(|s| s.as_str());
        names
    }

    /// The objects whose names equal `name` but for case, ordered by name; only exported ones if asked.
    pub fn lookup_ignoring_case(&self, name: Symbol, exported: bool) -> Vec<ObjId> {
        self.names()
            .into_iter()
            .filter(|n| !exported || crate::object::is_exported(n.as_str()))
            .filter(|n| equal_fold(n.as_str(), name.as_str()))
            .filter_map(|n| self.lookup(n))
            .collect()
    }
}

const LOCAL: u32 = 1 << 31;
const SMALL: usize = 12;

/// A scope of a function or block.
#[derive(Debug)]
pub struct LocalScope {
    /// The enclosing scope.
    pub parent: ScopeId,
    /// The extent of the scope.
    pub pos: Pos,
    /// The extent of the scope.
    pub end: Pos,
    /// Whether this is a function's scope.
    pub is_func: bool,
    small: SmallVec<[(Symbol, ObjId); 4]>,
    large: Option<Box<ScopeMap>>,
}

impl LocalScope {
    /// The object with this name in this very scope.
    pub fn lookup(&self, name: Symbol) -> Option<ObjId> {
        match &self.large {
            Some(map) => map.get(&name).copied(),
            None => self.small.iter().find(|(n, _)| *n == name).map(|&(_, o)| o),
        }
    }

    /// Declares a name; if it was declared already, returns the other object and leaves the scope as it is.
    pub fn insert(&mut self, name: Symbol, obj: ObjId) -> Option<ObjId> {
        if let Some(other) = self.lookup(name) {
            return Some(other);
        }
        self.small.push((name, obj));
        if let Some(map) = &mut self.large {
            map.insert(name, obj);
        } else if self.small.len() > SMALL {
            self.large = Some(Box::new(self.small.iter().copied().collect()));
        }
        None
    }

    /// The objects of the scope in order of declaration.
    pub fn objects(&self) -> impl Iterator<Item = ObjId> + '_ {
        self.small.iter().map(|&(_, o)| o)
    }
}

/// The local scopes of a checker.
#[derive(Debug, Default)]
pub struct LocalScopes {
    scopes: Vec<LocalScope>,
}

impl LocalScopes {
    /// Whether a scope belongs to a checker rather than to the store.
    pub fn is_local(scope: ScopeId) -> bool {
        scope.as_u32() & LOCAL != 0
    }

    /// Opens a scope.
    pub fn add(&mut self, parent: ScopeId, pos: Pos, end: Pos, is_func: bool) -> ScopeId {
        let id = ScopeId::new(LOCAL | self.scopes.len() as u32);
        self.scopes.push(LocalScope { parent, pos, end, is_func, small: SmallVec::new(), large: None });
        id
    }

    /// The entry of a local scope.
    pub fn get(&self, scope: ScopeId) -> &LocalScope {
        assert!(Self::is_local(scope));
        &self.scopes[(scope.as_u32() & !LOCAL) as usize]
    }

    /// The entry of a local scope.
    pub fn get_mut(&mut self, scope: ScopeId) -> &mut LocalScope {
        assert!(Self::is_local(scope));
        &mut self.scopes[(scope.as_u32() & !LOCAL) as usize]
    }

    /// All local scopes in order of creation.
    pub fn iter(&self) -> impl Iterator<Item = (ScopeId, &LocalScope)> {
        self.scopes.iter().enumerate().map(|(i, s)| (ScopeId::new(LOCAL | i as u32), s))
    }

    /// Forgets all scopes: their identifiers must not be used any more.
    pub fn clear(&mut self) {
        self.scopes.clear();
    }
}
