//! Terms and term lists: the type sets of unions as lists of `T` and `~T`.
//!
//! A term list denotes the union of its terms; the empty list is the empty set, a list with the term of all
//! types is the set of all types. In normal form the terms are pairwise disjoint.

use crate::store::{TypeId, TypeStore};

/// A term: `T`, `~T`, or (without type) the set of all types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// Whether the term stands for all types with this underlying type.
    pub tilde: bool,
    /// The type; none for the set of all types.
    pub typ: Option<TypeId>,
}

impl Term {
    /// The set of all types.
    pub const ALL: Term = Term { tilde: false, typ: None };

    /// The term `T` or `~T`.
    pub fn new(tilde: bool, typ: TypeId) -> Self {
        Self { tilde, typ: Some(typ) }
    }

    /// Whether two terms denote the same set.
    pub fn equal(self, other: Term, store: &TypeStore) -> bool {
        match (self.typ, other.typ) {
            (None, None) => true,
            (Some(x), Some(y)) => self.tilde == other.tilde && store.identical(x, y),
            _ => false,
        }
    }

    /// The union: one term, or two if they are disjoint.
    fn union(self, other: Term, store: &TypeStore) -> (Term, Option<Term>) {
        if self.typ.is_none() || other.typ.is_none() {
            return (Term::ALL, None);
        }
        if self.disjoint(other, store) {
            return (self, Some(other));
        }
        // ~t ∪ ~t == ~t, ~t ∪ T == ~t, T ∪ ~t == ~t, T ∪ T == T
        if self.tilde || !other.tilde { (self, None) } else { (other, None) }
    }

    /// The intersection; none if it is empty.
    pub fn intersect(self, other: Term, store: &TypeStore) -> Option<Term> {
        if self.typ.is_none() {
            return Some(other);
        }
        if other.typ.is_none() {
            return Some(self);
        }
        if self.disjoint(other, store) {
            return None;
        }
        // ~t ∩ ~t == ~t, ~t ∩ T == T, T ∩ ~t == T, T ∩ T == T
        Some(if !self.tilde || other.tilde { self } else { other })
    }

    /// Whether `t` is an element of the set.
    pub fn includes(self, t: TypeId, store: &TypeStore) -> bool {
        let Some(x) = self.typ else { return true };
        let u = if self.tilde { store.under(t) } else { t };
        store.identical(x, u)
    }

    /// Whether the set is a subset of `other`.
    pub fn subset_of(self, other: Term, store: &TypeStore) -> bool {
        if other.typ.is_none() {
            return true;
        }
        if self.typ.is_none() || self.disjoint(other, store) {
            return false;
        }
        // ~t ⊆ ~t, ~t ⊄ T, T ⊆ ~t, T ⊆ T
        !self.tilde || other.tilde
    }

    /// Whether two terms, neither of them of all types, have no type in common.
    pub fn disjoint(self, other: Term, store: &TypeStore) -> bool {
        let (Some(x), Some(y)) = (self.typ, other.typ) else { return false };
        let ux = if other.tilde { store.under(x) } else { x };
        let uy = if self.tilde { store.under(y) } else { y };
        !store.identical(ux, uy)
    }
}

/// A list of terms. See the module's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermList(pub Vec<Term>);

impl TermList {
    /// The set of all types.
    pub fn all() -> Self {
        Self(vec![Term::ALL])
    }

    /// The empty set.
    pub fn empty() -> Self {
        Self(Vec::new())
    }

    /// Whether the list denotes the empty set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the list denotes the set of all types.
    pub fn is_all(&self) -> bool {
        self.0.iter().any(|t| t.typ.is_none())
    }

    /// The normal form: pairwise disjoint terms.
    pub fn norm(&self, store: &TypeStore) -> TermList {
        let list = &self.0;
        let mut used = vec![false; list.len()];
        let mut out = Vec::new();
        for (i, &xi) in list.iter().enumerate() {
            if used[i] {
                continue;
            }
            let mut x = xi;
            for (j, &xj) in list.iter().enumerate().skip(i + 1) {
                if used[j] {
                    continue;
                }
                let (u1, u2) = x.union(xj, store);
                if u2.is_none() {
                    if u1.typ.is_none() {
                        return TermList::all();
                    }
                    x = u1;
                    used[j] = true;
                }
            }
            out.push(x);
        }
        TermList(out)
    }

    /// The union in normal form.
    pub fn union(&self, other: &TermList, store: &TypeStore) -> TermList {
        TermList(self.0.iter().chain(&other.0).copied().collect()).norm(store)
    }

    /// The intersection in normal form.
    pub fn intersect(&self, other: &TermList, store: &TypeStore) -> TermList {
        if self.is_empty() || other.is_empty() {
            return TermList::empty();
        }
        let mut out = Vec::new();
        for &x in &self.0 {
            for &y in &other.0 {
                out.extend(x.intersect(y, store));
            }
        }
        TermList(out).norm(store)
    }

    /// Whether two lists denote the same set.
    pub fn equal(&self, other: &TermList, store: &TypeStore) -> bool {
        self.subset_of(other, store) && other.subset_of(self, store)
    }

    /// Whether `t` is an element of the set.
    pub fn includes(&self, t: TypeId, store: &TypeStore) -> bool {
        self.0.iter().any(|x| x.includes(t, store))
    }

    /// Whether the set of `y` is a subset of this one.
    pub fn superset_of(&self, y: Term, store: &TypeStore) -> bool {
        self.0.iter().any(|&x| y.subset_of(x, store))
    }

    /// Whether the set is a subset of `other`.
    pub fn subset_of(&self, other: &TermList, store: &TypeStore) -> bool {
        if other.is_empty() {
            return self.is_empty();
        }
        self.0.iter().all(|&x| other.superset_of(x, store))
    }
}
