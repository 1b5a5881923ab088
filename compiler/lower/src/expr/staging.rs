//! Large composite literals whose elements have to be evaluated first.
//!
//! The calls in a literal come before its other operands ([`FuncLower::order`]). Their results must not
//! all live until the last call returned: time and space of a literal with thousands of calls would grow
//! with the square of their number. The memory of such a literal is therefore made first, and a value that
//! nothing can change anymore is stored there at once. The rest follows when the literal is evaluated.
//!
//! **Invariant:** what is stored early depends on no variable that a later call could change, and what is
//! evaluated with it cannot panic.

use super::complit::Part;
use crate::func::{FuncLower, MAX_STACK_TEMP};
use crate::layout::Kind;
use crate::values::Addr;
use grus_syntax::{ExprId, ExprKind, Operator};
use grus_types::{SelectionKind, TypeId};

/// Literals with this many elements that have something to be evaluated first are staged.
const STAGED: usize = 24;

impl FuncLower<'_, '_> {
    /// Makes the memory of a composite literal and stores what can be stored. False if the literal is not
    /// worth it.
    pub fn stage_lit(&mut self, e: ExprId, t: TypeId) -> bool {
        let ExprKind::CompositeLit { elems, .. } = self.body.file.kind(e) else { return false };
        let elems = self.body.file.list(elems);
        let slice_elem = match self.cx.info(t).kind {
            Kind::Slice(elem) => Some(elem),
            Kind::Array(..) | Kind::Struct(_) if !self.cx.info(t).is_scalar() => None,
            _ => return false,
        };
        if elems.len() < STAGED {
            return false;
        }
        let early = elems.iter().filter(|&&el| match self.body.file.kind(el) {
            ExprKind::KeyValue { value, .. } => self.has_hoisted(value),
            _ => self.has_hoisted(el),
        });
        if early.take(STAGED).count() < STAGED {
            return false;
        }
        self.at(self.pos_of(e));
        let (memory, parts) = match slice_elem {
            Some(elem) => {
                let parts = self.slice_parts(e, elem);
                let len = parts.iter().map(|p| p.0 + 1).max().unwrap_or(0);
                let arr = self.cx.array_of(elem, len);
                let ptr = self.new_object(arr);
                (Addr::safe(ptr), parts.into_iter().map(|p| p.1).collect())
            }
            None if self.cx.info(t).size > MAX_STACK_TEMP => {
                let ptr = self.new_object(t);
                (Addr::safe(ptr), self.parts_of_lit(e, t))
            }
            None => {
                let slot = self.new_slot(t, false);
                self.temps.insert(slot);
                self.zero_mem(Addr::slot(slot), t);
                (Addr::slot(slot), self.parts_of_lit(e, t))
            }
        };
        self.staged.insert(e, memory);
        self.stage_parts(memory, parts);
        true
    }

    fn stage_parts(&mut self, memory: Addr, parts: Vec<Part>) {
        for p in parts {
            let x = self.unparen(p.value);
            if self.is_const(x) || self.is_nil(x) || !self.has_hoisted(x) {
                continue;
            }
            if !p.blank && self.is_part_lit(x, p.ty) {
                let inner = self.parts_of_lit(x, p.ty);
                self.stage_parts(memory.plus(p.off), inner);
            } else if self.is_late(x) {
                self.order_as(x, p.ty);
            } else {
                let val = self.rvalue_as(p.value, p.ty);
                if !p.blank {
                    self.store(memory.plus(p.off), p.ty, &val);
                }
                self.stored.insert(p.value);
            }
        }
    }

    /// Whether an expression has a part that is evaluated before the other operands of the statement.
    fn has_hoisted(&self, e: ExprId) -> bool {
        if self.is_const(e) || self.is_type(e) || self.pre.contains_key(&e) {
            return false;
        }
        match self.body.file.kind(e) {
            ExprKind::Paren(x) | ExprKind::Selector { x, .. } => {
                self.body.info.type_of(x).is_some() && self.has_hoisted(x)
            }
            ExprKind::Slice { .. } | ExprKind::Unary { op: Operator::Recv, .. } => true,
            ExprKind::Binary { op: Operator::AndAnd | Operator::OrOr, .. } => true,
            ExprKind::Assert { .. } => true,
            ExprKind::Unary { x, .. } => self.has_hoisted(x),
            ExprKind::Binary { .. } => {
                let (first, rest) = self.chain(e);
                self.has_hoisted(first) || rest.iter().any(|r| self.has_hoisted(r.1))
            }
            ExprKind::Index { x, index } => {
                self.static_func(e).is_none() && (self.has_hoisted(x) || self.has_hoisted(index))
            }
            ExprKind::Call { fun, args, .. } => {
                !self.is_type(fun) || self.has_hoisted(self.body.file.list(args)[0])
            }
            ExprKind::CompositeLit { elems, .. } => {
                self.body.file.list(elems).iter().any(|&el| match self.body.file.kind(el) {
                    ExprKind::KeyValue { value, .. } => self.has_hoisted(value),
                    _ => self.has_hoisted(el),
                })
            }
            _ => false,
        }
    }

    /// Whether evaluating an expression later, after other calls, may give another value or panic.
    pub fn is_late(&self, e: ExprId) -> bool {
        if self.is_const(e) || self.is_type(e) || self.is_nil(e) || self.pre.contains_key(&e) {
            return false;
        }
        match self.body.file.kind(e) {
            ExprKind::Paren(x) => self.is_late(x),
            ExprKind::Name(_) => self.is_changeable(e),
            ExprKind::Selector { x, .. } => match self.body.info.selection(e) {
                None => self.is_changeable(e),
                Some(s) if s.kind == SelectionKind::FieldVal && !s.indirect => {
                    matches!(self.cx.info(self.ty(x)).kind, Kind::Pointer(_)) || self.is_late(x)
                }
                Some(s) => s.kind != SelectionKind::MethodExpr,
            },
            // These are evaluated at their place in any case.
            ExprKind::Slice { .. } | ExprKind::Unary { op: Operator::Recv, .. } => false,
            ExprKind::Binary { op: Operator::AndAnd | Operator::OrOr, .. } => false,
            ExprKind::Call { fun, args, .. } => {
                let conversion = self.is_type(fun);
                conversion
                    && (matches!(self.cx.info(self.ty(e)).kind, Kind::Array(..) | Kind::Pointer(_))
                        || self.is_late(self.body.file.list(args)[0]))
            }
            ExprKind::Unary { op: Operator::Mul, .. } => true,
            ExprKind::Unary { x, .. } => self.is_late(x),
            ExprKind::Binary { .. } => {
                let (first, rest) = self.chain(e);
                let may_panic = |op| {
                    use Operator::*;
                    matches!(op, Div | Rem | Shl | Shr | Eql | Neq)
                };
                self.is_late(first) || rest.iter().any(|&(op, y, _)| may_panic(op) || self.is_late(y))
            }
            ExprKind::CompositeLit { elems, .. } => {
                let t = self.ty(e);
                let t = self.cx.pointee(t).unwrap_or(t);
                !matches!(self.cx.info(t).kind, Kind::Map(..))
                    && self.body.file.list(elems).iter().any(|&el| match self.body.file.kind(el) {
                        ExprKind::KeyValue { value, .. } => self.is_late(value),
                        _ => self.is_late(el),
                    })
            }
            ExprKind::FuncLit { .. } => false,
            _ => true,
        }
    }

    /// Whether a name denotes a variable that calls may change.
    fn is_changeable(&self, e: ExprId) -> bool {
        let Some(obj) = self.var_of(e) else { return false };
        self.cx.is_package_var(obj) || self.body.facts.needs_box(self.cx, obj, self.obj_ty(obj))
    }
}
