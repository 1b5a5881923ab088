//! Unions of terms in interfaces and constraints.

use grus_syntax::{ExprId, ExprKind, Operator};

use crate::check::Checker;
use crate::code::Code;
use crate::info::Mode;
use crate::store::TypeId;
use crate::termlist::Term;
use crate::ty::Type;
use crate::typeset::MAX_TERM_COUNT;
use crate::universe::typ;

impl<'a> Checker<'a> {
    /// Checks `A | ~B | ...` and returns a union; a single type without tilde is returned as it is. The terms are
    /// checked for validity when all types are set up.
    pub(crate) fn parse_union(&mut self, e: ExprId) -> TypeId {
        let store = self.store;
        let (mut operators, mut leaves) = (Vec::new(), Vec::new());
        self.flatten_union(e, &mut operators, &mut leaves);
        let mut terms: Vec<Term> = Vec::new();
        let mut union = None;
        for (i, &x) in leaves.iter().enumerate() {
            let term = self.parse_tilde(x);
            if leaves.len() == 1 && !term.tilde {
                return term.typ.unwrap_or(typ::INVALID);
            }
            if terms.len() >= MAX_TERM_COUNT {
                if union != Some(typ::INVALID) {
                    let msg = format!(
                        "cannot handle more than {MAX_TERM_COUNT} union terms (implementation limitation)"
                    );
                    self.error(x, Code::InvalidUnion, msg);
                    union = Some(typ::INVALID);
                }
            } else {
                terms.push(term);
            }
            if i > 0 {
                // The types of the operators' subexpressions; the last one is the whole union.
                let u = union.unwrap_or_else(|| store.new_union(terms.clone()));
                self.record_type_and_value(operators[i - 1], Mode::TypExpr, u, None);
                if i == leaves.len() - 1 && union.is_none() {
                    union = Some(u);
                }
            }
        }
        let union = union.unwrap_or_else(|| store.new_union(terms.clone()));
        if union == typ::INVALID {
            return union;
        }
        self.later(move |check| check.union_terms_valid(&leaves, &terms));
        union
    }

    fn union_terms_valid(&mut self, leaves: &[ExprId], terms: &[Term]) {
        let store = self.store;
        for (i, &term) in terms.iter().enumerate() {
            let t = term.typ.expect("a term of a union has a type");
            if !store.is_valid(t) {
                continue;
            }
            let at = leaves[i];
            let under = store.under(t);
            let is_interface = matches!(store.ty(under), Type::Interface(_));
            if term.tilde {
                if is_interface {
                    let msg = format!("invalid use of ~ ({} is an interface)", self.type_str(t));
                    self.error(at, Code::InvalidUnion, msg);
                    continue;
                }
                if !store.identical(under, t) {
                    let (t, u) = (self.type_str(t), self.type_str(under));
                    self.error(
                        at,
                        Code::InvalidUnion,
                        format!("invalid use of ~ (underlying type of {t} is {u})"),
                    );
                    continue;
                }
            }
            if is_interface {
                // Here there are at least two terms: a single interface is embedded, not a term.
                let set = store.type_set(under);
                if !set.methods.is_empty() {
                    let t = self.term_str(term);
                    self.error(
                        at,
                        Code::InvalidUnion,
                        format!("cannot use {t} in union ({t} contains methods)"),
                    );
                } else if store.unalias(t) == typ::COMPARABLE {
                    self.error(at, Code::InvalidUnion, "cannot use comparable in union");
                } else if set.comparable {
                    let t = self.term_str(term);
                    self.error(
                        at,
                        Code::InvalidUnion,
                        format!("cannot use {t} in union ({t} embeds comparable)"),
                    );
                }
                continue;
            }
            let overlaps = |x: &&Term| {
                let x_type = x.typ.expect("a term of a union has a type");
                !store.is_interface(x_type) && !x.disjoint(term, store)
            };
            if let Some(&other) = terms[..i].iter().find(overlaps) {
                let msg = format!("overlapping terms {} and {}", self.term_str(term), self.term_str(other));
                self.soft_error(at, Code::InvalidUnion, msg);
            }
        }
    }

    /// A term for a message. As in gc, its type is qualified even if it belongs to the package being checked.
    pub(crate) fn term_str(&self, term: Term) -> String {
        let tilde = if term.tilde { "~" } else { "" };
        format!("{tilde}{}", self.type_string(term.typ.unwrap_or(typ::INVALID)))
    }

    fn parse_tilde(&mut self, tx: ExprId) -> Term {
        let store = self.store;
        let (x, tilde) = match self.file().kind(tx) {
            ExprKind::Unary { op: Operator::Tilde, x } => (x, true),
            _ => (tx, false),
        };
        let mut t = self.typ(x);
        // Type parameters cannot be embedded.
        if store.is_type_param(t) {
            if tilde {
                let msg = format!("type in term {} cannot be a type parameter", self.expr_str(tx));
                self.error(x, Code::MisplacedTypeParam, msg);
            } else {
                self.error(x, Code::MisplacedTypeParam, "term cannot be a type parameter");
            }
            t = typ::INVALID;
        }
        let term = Term::new(tilde, t);
        if tilde {
            let u = store.new_union(vec![term]);
            self.record_type_and_value(tx, Mode::TypExpr, u, None);
        }
        term
    }

    fn flatten_union(&self, e: ExprId, operators: &mut Vec<ExprId>, leaves: &mut Vec<ExprId>) {
        let mut e = e;
        // `A | B | C` is `(A | B) | C`: the right operands come in reverse order.
        let (mut ops, mut rights) = (Vec::new(), Vec::new());
        while let ExprKind::Binary { op: Operator::Or, x, y } = self.file().kind(e) {
            ops.push(e);
            rights.push(y);
            e = x;
        }
        leaves.push(e);
        leaves.extend(rights.into_iter().rev());
        operators.extend(ops.into_iter().rev());
    }
}
