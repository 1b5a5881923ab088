//! The type sets of interfaces: methods, terms, and whether only comparable types are meant.
//!
//! A type set is computed from the interface's methods and embedded elements when it is first asked for, and
//! kept. Errors (duplicate methods, too many terms) are found by the same computation with a [`Reporter`], which
//! a declaration's checker runs once for each interface of the source.
//!
//! **Invariant:** `comparable` is set only if the terms are all types.

use std::cell::RefCell;

use grus_syntax::{Pos, Symbol};
use rustc_hash::FxHashMap;

use crate::store::{ObjId, PkgId, TypeId, TypeStore};
use crate::termlist::{Term, TermList};
use crate::ty::{Type, Union};
use crate::universe::typ;

/// The type set of an interface. See the module's text.
#[derive(Clone, Debug)]
pub struct TypeSet {
    /// All methods, sorted by `TypeStore::cmp_objects`.
    pub methods: Box<[ObjId]>,
    /// The terms in normal form.
    pub terms: TermList,
    /// Whether only (strictly) comparable types are meant.
    pub comparable: bool,
}

impl TypeSet {
    /// The set of all types.
    pub fn top() -> Self {
        Self { methods: Box::new([]), terms: TermList::all(), comparable: false }
    }

    /// All methods, sorted by `TypeStore::cmp_objects`.
    pub fn methods(&self) -> &[ObjId] {
        &self.methods
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the set holds all types.
    pub fn is_all(&self) -> bool {
        self.is_method_set() && self.methods.is_empty()
    }

    /// Whether the set is described by methods alone.
    pub fn is_method_set(&self) -> bool {
        !self.comparable && self.terms.is_all()
    }

    /// Whether the set has terms other than the one of all types.
    pub fn has_terms(&self) -> bool {
        !self.terms.is_empty() && !self.terms.is_all()
    }

    /// Whether the terms describe a subset of the other's.
    pub fn subset_of(&self, other: &TypeSet, store: &TypeStore) -> bool {
        self.terms.subset_of(&other.terms, store)
    }

    /// Whether `f` holds for all terms; it gets nothing if there are no terms.
    pub fn is(&self, mut f: impl FnMut(Option<Term>) -> bool) -> bool {
        if !self.has_terms() {
            return f(None);
        }
        self.terms.0.iter().all(|&t| f(Some(t)))
    }

    /// The method with this name, and its index.
    pub fn lookup_method(
        &self,
        store: &TypeStore,
        pkg: Option<PkgId>,
        name: Symbol,
        fold_case: bool,
    ) -> Option<(usize, ObjId)> {
        if name.is_blank() {
            return None;
        }
        self.methods
            .iter()
            .enumerate()
            .find(|(_, m)| store.same_id(**m, pkg, name, fold_case))
            .map(|(i, &m)| (i, m))
    }
}

/// More terms than this are refused: operations on term lists take quadratic time.
pub const MAX_TERM_COUNT: usize = 100;

/// What finds the errors of an interface while its type set is computed.
pub trait Reporter {
    /// Whether an embedded element may be used; reports if the language version forbids it.
    fn allow_embedded(&mut self, pos: Pos, typ: TypeId, kind: EmbeddedKind) -> bool;
    /// Two methods of the same name, the second declared in the interface itself.
    fn duplicate_method(&mut self, pos: Pos, method: ObjId, other_pos: Pos);
    /// Two methods of the same name, the second embedded: wrong if their types differ.
    fn embedded_duplicate(&mut self, pos: Pos, method: ObjId, other: ObjId, other_pos: Pos);
    /// More than [`MAX_TERM_COUNT`] terms.
    fn too_many_terms(&mut self, pos: Pos);
}

/// What an interface embeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EmbeddedKind {
    /// An interface.
    Interface,
    /// A union.
    Union,
    /// Any other type.
    Other,
}

struct Silent;

impl Reporter for Silent {
    fn allow_embedded(&mut self, _: Pos, _: TypeId, _: EmbeddedKind) -> bool {
        true
    }
    fn duplicate_method(&mut self, _: Pos, _: ObjId, _: Pos) {}
    fn embedded_duplicate(&mut self, _: Pos, _: ObjId, _: ObjId, _: Pos) {}
    fn too_many_terms(&mut self, _: Pos) {}
}

thread_local! {
    /// The interfaces whose type sets this thread is computing: one that (wrongly) embeds itself counts as the
    /// set of all types.
    static IN_PROGRESS: RefCell<Vec<TypeId>> = const { RefCell::new(Vec::new()) };
}

impl TypeStore {
    pub(crate) fn set_comparable_type_set(&self, iface: TypeId) {
        let set = TypeSet { comparable: true, ..TypeSet::top() };
        assert!(self.interface(iface).tset.set(set).is_ok());
    }

    /// The type set of an interface; that of all types if the interface is incomplete.
    pub fn type_set(&self, iface: TypeId) -> &TypeSet {
        static TOP: std::sync::LazyLock<TypeSet> = std::sync::LazyLock::new(TypeSet::top);
        let i = self.interface(iface);
        if let Some(set) = i.tset.get() {
            return set;
        }
        if !i.complete() {
            return &TOP;
        }
        let nested = IN_PROGRESS.with_borrow_mut(|p| {
            let nested = p.contains(&iface);
            if !nested {
                p.push(iface);
            }
            nested
        });
        if nested {
            return &TOP;
        }
        let set = self.compute_interface_type_set(iface, &mut Silent);
        IN_PROGRESS.with_borrow_mut(|p| p.pop());
        i.tset.get_or_init(|| set)
    }

    /// Computes the type set of a complete interface without keeping it, and reports its errors.
    pub fn compute_interface_type_set(&self, iface: TypeId, reporter: &mut dyn Reporter) -> TypeSet {
        let i = self.interface(iface);
        let mut seen: FxHashMap<(Symbol, Option<Symbol>), (ObjId, Pos)> = FxHashMap::default();
        let mut methods: Vec<ObjId> = Vec::new();
        let key = |m: ObjId| {
            let o = self.obj(m);
            (o.name, if o.exported() { None } else { o.pkg.map(|p| self.pkg(p).path) })
        };
        for &m in i.methods() {
            match seen.get(&key(m)) {
                Some(&(_, other_pos)) => reporter.duplicate_method(self.obj(m).pos, m, other_pos),
                None => {
                    seen.insert(key(m), (m, self.obj(m).pos));
                    methods.push(m);
                }
            }
        }
        let mut terms = TermList::all();
        let mut comparable = false;
        for (n, &t) in i.embeddeds().iter().enumerate() {
            let pos = i.embed_pos().get(n).copied().unwrap_or(Pos::NONE);
            let under = self.under(t);
            let (other_terms, other_comparable) = match self.ty(under) {
                Type::Interface(_) => {
                    let set = self.type_set(under);
                    if !reporter.allow_embedded(pos, t, EmbeddedKind::Interface) {
                        continue;
                    }
                    for &m in &set.methods {
                        match seen.get(&key(m)) {
                            Some(&(other, other_pos)) => {
                                reporter.embedded_duplicate(pos, m, other, other_pos)
                            }
                            None => {
                                seen.insert(key(m), (m, pos));
                                methods.push(m);
                            }
                        }
                    }
                    (set.terms.clone(), set.comparable)
                }
                Type::Union(u) => {
                    if !reporter.allow_embedded(pos, t, EmbeddedKind::Union) {
                        continue;
                    }
                    match self.union_terms(u) {
                        Some(terms) => (terms, false),
                        None => {
                            reporter.too_many_terms(pos);
                            continue;
                        }
                    }
                }
                _ => {
                    if under == typ::INVALID || !reporter.allow_embedded(pos, t, EmbeddedKind::Other) {
                        continue;
                    }
                    (TermList(vec![Term::new(false, t)]), false)
                }
            };
            (terms, comparable) =
                self.intersect_term_lists(&terms, comparable, &other_terms, other_comparable);
        }
        methods.sort_by(|&a, &b| self.cmp_objects(a, b));
        TypeSet { methods: methods.into_boxed_slice(), terms, comparable }
    }

    fn intersect_term_lists(&self, x: &TermList, xcomp: bool, y: &TermList, ycomp: bool) -> (TermList, bool) {
        let mut terms = x.intersect(y, self);
        let mut comparable = xcomp || ycomp;
        if comparable && !terms.is_all() {
            // Only comparable terms remain, and the condition is met by them.
            terms.0.retain(|t| t.typ.is_none_or(|t| self.comparable_type(t, false).is_none()));
            if !terms.is_all() {
                comparable = false;
            }
        }
        (terms, comparable)
    }

    /// The terms of a union in normal form; none if there are too many.
    pub(crate) fn union_terms(&self, u: &Union) -> Option<TermList> {
        let mut all = TermList::empty();
        for term in &u.terms {
            let t = term.typ.expect("a term of a union has a type");
            let under = self.under(t);
            let terms = match self.ty(under) {
                Type::Interface(_) => self.type_set(under).terms.clone(),
                _ if under == typ::INVALID => continue,
                // ~T of a type that is not its own underlying type is an error and stands for nothing.
                _ if term.tilde && !self.identical(t, under) => TermList::empty(),
                _ => TermList(vec![*term]),
            };
            all = all.union(&terms, self);
            if all.0.len() > MAX_TERM_COUNT {
                return None;
            }
        }
        Some(all)
    }

    /// Whether each type in the type set of an interface is (strictly) comparable.
    pub fn type_set_comparable(&self, set: &TypeSet, seen: &mut Vec<TypeId>) -> bool {
        if set.terms.is_all() {
            return set.comparable;
        }
        set.is(|t| t.and_then(|t| t.typ).is_some_and(|t| self.comparable_type_seen(t, false, seen).is_none()))
    }
}
