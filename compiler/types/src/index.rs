//! Index and slice expressions, and the checking of indices.

use grus_syntax::ast::{ExprId, ExprKind};

use crate::check::Checker;
use crate::code::Code;
use crate::info::Mode;
use crate::operand::{Operand, OperandExpr};
use crate::store::TypeId;
use crate::ty::Type;
use crate::universe::typ;

/// What indexing a value of some type gives.
struct Indexed {
    /// The key type of a map.
    key: Option<TypeId>,
    elem: TypeId,
    /// The length, if it is known and bounds the index.
    len: Option<i64>,
    mode: Mode,
}

impl<'a> Checker<'a> {
    /// Checks the index expression `e`. If it instantiates a generic function, the result is true, and `x` is the
    /// function, which the caller instantiates.
    pub(crate) fn index_expr(&mut self, x: &mut Operand, e: ExprId) -> bool {
        let file = self.file();
        let store = self.store;
        let ExprKind::Index { x: operand, index } = file.kind(e) else { panic!("not an index expression") };
        self.expr_or_type(x, operand, true);
        match x.mode {
            Mode::Invalid => {
                self.use_exprs(&[index]);
                return false;
            }
            Mode::TypExpr => {
                // The instantiation of a type.
                x.invalidate();
                x.typ = self.var_type(e);
                if self.is_valid(x.typ) {
                    x.mode = Mode::TypExpr;
                }
                return false;
            }
            Mode::Value => {
                if let Type::Signature(sig) = store.under_ty(x.typ)
                    && !sig.tparams.is_empty()
                {
                    return true;
                }
            }
            _ => {}
        }
        self.non_generic(None, x);
        if !x.is_valid() {
            return false;
        }

        // Operand, array behind a pointer, and result must be complete.
        if !self.is_complete(x.typ) {
            x.invalidate();
            return false;
        }
        let under = store.under(x.typ);
        let behind = match store.ty(under) {
            Type::Pointer(p) => Some(p.elem),
            Type::Map(m) => Some(m.elem),
            _ => None,
        };
        if behind.is_some_and(|t| !self.is_complete(t)) {
            x.invalidate();
            return false;
        }

        let Some(indexed) = self.indexed(x) else {
            let msg = format!("cannot index {}", self.operand_string(x));
            self.error(file.pos(e), Code::NonSliceableOperand, msg);
            self.use_exprs(&[index]);
            x.invalidate();
            return false;
        };
        let Some(index) = self.single_index(e, index) else {
            x.invalidate();
            return false;
        };
        x.mode = indexed.mode;
        x.typ = indexed.elem;
        match indexed.key {
            Some(key) => {
                // The element type is known even if the key is wrong.
                let mut k = Operand::default();
                self.generic_expr(&mut k, index, None);
                self.assignment(&mut k, Some(key), "map index");
                x.expr = OperandExpr::Expr(e);
            }
            None => {
                self.index(index, indexed.len);
            }
        }
        false
    }

    /// What indexing `x` gives; none if it cannot be indexed.
    fn indexed(&self, x: &Operand) -> Option<Indexed> {
        let store = self.store;
        if !store.is_type_param(x.typ) {
            let mut result = self.index_type(x, store.under(x.typ))?;
            if x.mode == Mode::Constant && store.is_string(x.typ) {
                result.len = Some(x.val.string_len());
            }
            return Some(result);
        }
        // All types of the type set give identical element types, and are all maps with identical keys or none.
        let mut result: Option<Indexed> = None;
        for (_, u) in store.typeset(x.typ) {
            let one = self.index_type(x, u?)?;
            match &mut result {
                None => result = Some(one),
                Some(all) => {
                    let same_key = match (all.key, one.key) {
                        (None, None) => true,
                        (Some(a), Some(b)) => store.identical(a, b),
                        _ => false,
                    };
                    if !same_key || !store.identical(all.elem, one.elem) {
                        return None;
                    }
                    if let (Some(a), Some(b)) = (all.len, one.len) {
                        all.len = Some(a.min(b));
                    }
                    if one.mode == Mode::Value {
                        all.mode = Mode::Value;
                    }
                }
            }
        }
        result
    }

    /// What indexing `x` gives if its underlying type is `u`.
    fn index_type(&self, x: &Operand, u: TypeId) -> Option<Indexed> {
        let store = self.store;
        let indexed = |elem, len: Option<i64>, mode| Indexed { key: None, elem, len, mode };
        // A negative length is unknown.
        let known = |len: i64| (len >= 0).then_some(len);
        match store.ty(u) {
            // An element is a byte, never constant.
            Type::Basic(_) if store.is_string(u) => Some(indexed(typ::BYTE, None, Mode::Value)),
            Type::Array(a) => {
                let mode = if x.mode == Mode::Variable { Mode::Variable } else { Mode::Value };
                Some(indexed(a.elem, known(a.len), mode))
            }
            Type::Pointer(p) => match store.under_ty(p.elem) {
                Type::Array(a) => Some(indexed(a.elem, known(a.len), Mode::Variable)),
                _ => None,
            },
            Type::Slice(s) => Some(indexed(s.elem, None, Mode::Variable)),
            Type::Map(m) => Some(Indexed { key: Some(m.key), elem: m.elem, len: None, mode: Mode::MapIndex }),
            _ => None,
        }
    }

    /// Checks a slice expression.
    pub(crate) fn slice_expr(&mut self, x: &mut Operand, e: ExprId) {
        let store = self.store;
        let ExprKind::Slice { x: operand, index, full } = self.file().kind(e) else { panic!("not a slice") };
        self.expr(None, x, operand);
        if !x.is_valid() {
            for index in index.into_iter().filter_map(|i| i.expand()) {
                self.use_exprs(&[index]);
            }
            return;
        }

        // The common underlying type, where strings count as byte slices.
        let mut common: Option<(TypeId, TypeId)> = None;
        let mut has_string = false;
        for (t, u) in store.typeset(x.typ) {
            let (Some(t), Some(mut u)) = (t, u) else {
                let msg = format!(
                    "cannot slice {}: no specific type in {}",
                    self.operand_string(x),
                    self.type_str(x.typ)
                );
                self.error(&*x, Code::NonSliceableOperand, msg);
                x.invalidate();
                return;
            };
            if store.is_string(u) {
                u = store.new_slice(typ::BYTE);
                has_string = true;
            }
            match common {
                None => common = Some((t, u)),
                Some((ct, cu)) if !store.identical(cu, u) => {
                    let msg = format!(
                        "cannot slice {}: {} and {} have different underlying types",
                        self.operand_string(x),
                        self.type_str(ct),
                        self.type_str(t)
                    );
                    self.error(&*x, Code::NonSliceableOperand, msg);
                    if !has_string {
                        x.invalidate();
                        return;
                    }
                    break;
                }
                Some(_) => {}
            }
        }
        let mut under = common.map_or(typ::INVALID, |(_, u)| u);
        if has_string {
            under = if store.is_type_param(x.typ) { typ::STRING } else { store.under(x.typ) };
        }

        if let Type::Pointer(p) = store.under_ty(x.typ)
            && !self.is_complete(p.elem)
        {
            x.invalidate();
            return;
        }

        let mut length = -1; // known if >= 0
        let mut valid = false;
        match store.ty(under) {
            Type::Basic(_) if store.is_string(under) => {
                if full {
                    let at = index[2].expand().unwrap_or(e);
                    self.error(at, Code::InvalidSliceExpr, "invalid operation: 3-index slice of string");
                    x.invalidate();
                    return;
                }
                valid = true;
                if x.mode == Mode::Constant {
                    length = x.val.string_len();
                }
                // The result is not constant.
                if store.is_untyped(x.typ) {
                    x.typ = typ::STRING;
                }
            }
            Type::Array(a) => {
                valid = true;
                length = a.len;
                if x.mode != Mode::Variable {
                    let msg = format!("cannot slice unaddressable value {}", self.operand_string(x));
                    self.error(&*x, Code::NonSliceableOperand, msg);
                    x.invalidate();
                    return;
                }
                x.typ = store.new_slice(a.elem);
            }
            Type::Pointer(p) => {
                if let Type::Array(a) = store.under_ty(p.elem) {
                    valid = true;
                    length = a.len;
                    x.typ = store.new_slice(a.elem);
                }
            }
            Type::Slice(_) => valid = true,
            _ => {}
        }
        if !valid {
            let msg = format!("cannot slice {}", self.operand_string(x));
            self.error(&*x, Code::NonSliceableOperand, msg);
            x.invalidate();
            return;
        }
        x.mode = Mode::Value;

        if full && (index[1].is_none() || index[2].is_none()) {
            self.error(e, Code::InvalidSyntaxTree, "2nd and 3rd index required in 3-index slice");
            x.invalidate();
            return;
        }

        // Only the first index may be left out: it is 0, the second one is the length.
        let mut indices = [None; 3];
        for (i, expr) in index.into_iter().enumerate() {
            indices[i] = match expr.expand() {
                Some(expr) => self.index(expr, (length >= 0).then_some(length + 1)).and_then(|(_, v)| v),
                None if i == 0 => Some(0),
                None => (length >= 0).then_some(length),
            };
        }

        // Constant indices must be in order.
        for (i, lo) in indices.into_iter().enumerate() {
            let Some(lo) = lo.filter(|&lo| lo > 0) else { continue };
            for (j, hi) in indices.into_iter().enumerate().skip(i + 1) {
                if let Some(hi) = hi.filter(|&hi| hi < lo) {
                    // A length cannot be smaller, so this index is written.
                    let at = index[j].expand().unwrap_or(e);
                    let msg = format!("invalid slice indices: {hi} < {lo}");
                    self.error(at, Code::SwappedSliceIndices, msg);
                    return;
                }
            }
        }
    }

    /// The only index of an index expression; reports an error if there are more.
    fn single_index(&mut self, e: ExprId, index: ExprId) -> Option<ExprId> {
        let file = self.file();
        let ExprKind::List(list) = file.kind(index) else { return Some(index) };
        match *file.list(list) {
            [first, second, ..] => {
                self.error(second, Code::InvalidIndex, "invalid operation: more than one index");
                Some(first)
            }
            _ => {
                self.error(e, Code::InvalidSyntaxTree, "invalid use of ListExpr for index expression");
                None
            }
        }
    }

    /// Checks an index, which must be less than `max` if that is given. If it is valid, the results are its type
    /// and, if it is constant, its value.
    pub fn index(&mut self, index: ExprId, max: Option<i64>) -> Option<(TypeId, Option<i64>)> {
        let mut x = Operand::default();
        self.expr(None, &mut x, index);
        if !self.is_valid_index(&mut x, Code::InvalidIndex, "index", false) {
            return None;
        }
        if x.mode != Mode::Constant {
            return Some((x.typ, None));
        }
        let v = x.val.int64_val()?; // None if unknown
        if let Some(max) = max.filter(|&max| v >= max) {
            let msg = format!("invalid argument: index {} out of bounds [0:{max}]", x.val);
            self.error(&x, Code::InvalidIndex, msg);
            return None;
        }
        Some((x.typ, Some(v)))
    }

    /// Checks that `x` can be used as an index: it is an integer, and if it is constant, it fits an int and is not
    /// negative (unless that is allowed). `what` names it in messages.
    pub fn is_valid_index(&mut self, x: &mut Operand, code: Code, what: &str, allow_negative: bool) -> bool {
        if !x.is_valid() {
            return false;
        }
        self.convert_untyped(x, typ::INT);
        if !x.is_valid() {
            return false;
        }
        let problem = if !self.all_integer(x.typ) {
            "must be integer"
        } else if x.mode != Mode::Constant {
            return true;
        } else if !allow_negative && x.val.sign() < 0 {
            "must not be negative"
        } else {
            match self.represent_const(&x.val, typ::INT) {
                Some(v) => {
                    x.val = v;
                    return true;
                }
                None => "overflows int",
            }
        };
        let msg = format!("invalid argument: {what} {} {problem}", self.operand_string(x));
        self.error(&*x, code, msg);
        false
    }
}
