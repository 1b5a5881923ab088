//! Comparisons.

use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::Val;
use grus_ir::{FloatCc, IntCc, MemFlags, Signature, Ty, Value};
use grus_syntax::{ExprId, Operator};
use grus_types::TypeId;

/// Comparisons with constant strings up to this length need no call.
const INLINE_STRING: usize = 32;

impl<'a> FuncLower<'_, 'a> {
    /// `x op y` for a comparison operator; an i8.
    pub fn comparison(&mut self, e: ExprId, op: Operator, x: ExprId, y: ExprId) -> Val {
        let pos = self.pos_of(e);
        // Against nil.
        for (a, b) in [(x, y), (y, x)] {
            if self.is_nil(b) && !self.is_nil(a) {
                let val = self.expr(a);
                self.at(pos);
                let cc = if op == Operator::Eql { IntCc::Eq } else { IntCc::Ne };
                return Val::one(self.b.icmp_imm(cc, val.scalars()[0], 0));
            }
        }
        let (xt, yt) = (self.operand_type(x, y), self.operand_type(y, x));
        let (xi, yi) = (self.cx.info(xt).is_interface(), self.cx.info(yt).is_interface());
        if xi != yi {
            let (iface, it, conc, ct) = if xi { (x, xt, y, yt) } else { (y, yt, x, xt) };
            // Operands are evaluated in order all the same: neither has effects any more.
            let iv = self.expr(iface);
            let cv = self.expr_as(conc, ct);
            self.at(pos);
            let eq = self.iface_eq_concrete(&iv, it, &cv, ct);
            return self.maybe_not(eq, op);
        }
        if xi && yi && xt != yt {
            // One is assignable to the other: compare as the wider one, the one with fewer methods.
            let lv = self.expr(x);
            let rv = self.expr(y);
            self.at(pos);
            let count = |t: TypeId| self.cx.store.type_set(self.cx.info(t).under).methods().len();
            let t = if count(xt) <= count(yt) { xt } else { yt };
            let lv = self.assign_conv(lv, xt, t);
            let rv = self.assign_conv(rv, yt, t);
            let eq = self.equal(&lv, &rv, t);
            return self.maybe_not(eq, op);
        }
        let t = xt;
        if matches!(op, Operator::Eql | Operator::Neq) && self.cx.info(t).is_string() {
            for (a, b) in [(x, y), (y, x)] {
                if let Some(text) = self.const_text(b).filter(|s| s.len() <= INLINE_STRING)
                    && !self.is_const(a)
                {
                    let v = self.expr_as(a, t);
                    self.at(pos);
                    let len = self.b.icmp_imm(IntCc::Eq, v.scalars()[1], text.len() as i64);
                    let eq = match text.len() {
                        0 => len,
                        _ => self.and_then(len, |f| f.bytes_eq(v.scalars()[0], &text)),
                    };
                    return self.maybe_not(eq, op);
                }
            }
        }
        let lv = self.text_operand(x, t);
        let rv = self.text_operand(y, t);
        self.at(pos);
        self.compare(op, &lv, &rv, t)
    }

    /// The type in which an operand is compared.
    fn operand_type(&self, x: ExprId, other: ExprId) -> TypeId {
        let t = self.ty(x);
        if self.cx.store.is_untyped(t) {
            let o = self.ty(other);
            if self.cx.store.is_untyped(o) || self.cx.info(o).is_interface() {
                return crate::layout::default_type(self.cx.store, t);
            }
            return o;
        }
        t
    }

    fn maybe_not(&mut self, eq: Value, op: Operator) -> Val {
        Val::one(if op == Operator::Eql { eq } else { self.b.icmp_imm(IntCc::Eq, eq, 0) })
    }

    /// Compares two values of a type.
    pub fn compare(&mut self, op: Operator, l: &Val, r: &Val, t: TypeId) -> Val {
        match self.cx.info(t).kind {
            Kind::Int { signed, .. } => {
                use IntCc::*;
                let cc = match (op, signed) {
                    (Operator::Eql, _) => Eq,
                    (Operator::Neq, _) => Ne,
                    (Operator::Lss, true) => Slt,
                    (Operator::Leq, true) => Sle,
                    (Operator::Gtr, true) => Sgt,
                    (Operator::Geq, true) => Sge,
                    (Operator::Lss, false) => Ult,
                    (Operator::Leq, false) => Ule,
                    (Operator::Gtr, false) => Ugt,
                    _ => Uge,
                };
                Val::one(self.b.icmp(cc, l.single(), r.single()))
            }
            Kind::Float { .. } => {
                let cc = match op {
                    Operator::Eql => FloatCc::Eq,
                    Operator::Neq => FloatCc::Ne,
                    Operator::Lss => FloatCc::Lt,
                    Operator::Leq => FloatCc::Le,
                    Operator::Gtr => FloatCc::Gt,
                    _ => FloatCc::Ge,
                };
                Val::one(self.b.fcmp(cc, l.single(), r.single()))
            }
            Kind::String if !matches!(op, Operator::Eql | Operator::Neq) => {
                let c = self.call_runtime("cmpstring", &[l.clone(), r.clone()]);
                let cc = match op {
                    Operator::Lss => IntCc::Slt,
                    Operator::Leq => IntCc::Sle,
                    Operator::Gtr => IntCc::Sgt,
                    _ => IntCc::Sge,
                };
                Val::one(self.b.icmp_imm(cc, c[0].single(), 0))
            }
            _ => {
                let eq = self.equal(l, r, t);
                self.maybe_not(eq, op)
            }
        }
    }

    /// Whether two values of a comparable type are equal; an i8.
    pub fn equal(&mut self, l: &Val, r: &Val, t: TypeId) -> Value {
        let info = self.cx.info(t);
        match &info.kind {
            Kind::Float { .. } => self.b.fcmp(FloatCc::Eq, l.single(), r.single()),
            Kind::Complex { .. } => {
                let re = self.b.fcmp(FloatCc::Eq, l.scalars()[0], r.scalars()[0]);
                let im = self.b.fcmp(FloatCc::Eq, l.scalars()[1], r.scalars()[1]);
                self.b.binary(grus_ir::BinaryOp::And, re, im)
            }
            Kind::String => self.string_eq(l, r),
            Kind::Interface { empty } => {
                let (lt, ld) = (l.scalars()[0], l.scalars()[1]);
                let (rt, rd) = (r.scalars()[0], r.scalars()[1]);
                let same = self.b.icmp(IntCc::Eq, lt, rt);
                let name = if *empty { "efaceeq" } else { "ifaceeq" };
                self.and_then(same, |f| {
                    let c = f.call_runtime(name, &[Val::one(lt), Val::one(ld), Val::one(rd)]);
                    c[0].single()
                })
            }
            Kind::Struct(fields) if info.is_scalar() => {
                let mut acc: Option<Value> = None;
                for f in fields.iter() {
                    if f.name.is_blank() || self.cx.info(f.ty).leaves().is_empty() {
                        continue;
                    }
                    let (lf, rf) = (self.field_val(l, f), self.field_val(r, f));
                    acc = Some(match acc {
                        None => self.equal(&lf, &rf, f.ty),
                        Some(a) => self.and_then(a, |s| s.equal(&lf, &rf, f.ty)),
                    });
                }
                acc.unwrap_or_else(|| self.b.iconst(Ty::I8, 1))
            }
            Kind::Array(elem, n) if info.is_scalar() => {
                let mut acc: Option<Value> = None;
                if !self.cx.info(*elem).leaves().is_empty() {
                    for i in 0..*n {
                        let (le, re) = (self.elem_val(l, *elem, i), self.elem_val(r, *elem, i));
                        acc = Some(match acc {
                            None => self.equal(&le, &re, *elem),
                            Some(a) => self.and_then(a, |s| s.equal(&le, &re, *elem)),
                        });
                    }
                }
                acc.unwrap_or_else(|| self.b.iconst(Ty::I8, 1))
            }
            Kind::Struct(_) | Kind::Array(..) => {
                let sym = self.u.eq_func(t);
                let (p, q) = (self.value_addr(l, t), self.value_addr(r, t));
                let sig = Signature { params: vec![Ty::Ptr, Ty::Ptr], results: vec![Ty::I8] };
                self.b.call(sym, sig, &[p, q])[0]
            }
            _ => self.b.icmp(IntCc::Eq, l.single(), r.single()),
        }
    }

    /// `cond && f()`
    pub fn and_then(&mut self, cond: Value, f: impl FnOnce(&mut Self) -> Value) -> Value {
        let var = self.b.declare_var(Ty::I8);
        let (more, done) = (self.b.create_block(), self.b.create_block());
        let zero = self.b.iconst(Ty::I8, 0);
        self.b.def_var(var, zero);
        self.b.brif(cond, more, done);
        self.b.switch_sealed(more);
        let v = f(self);
        self.b.def_var(var, v);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        self.b.use_var(var)
    }

    /// The bytes of a constant string.
    pub fn const_text(&self, e: ExprId) -> Option<Vec<u8>> {
        match self.body.info.value(e)? {
            v @ grus_types::constant::Value::String(_) => Some(v.string_val().to_vec()),
            _ => None,
        }
    }

    /// Whether the memory holds these bytes.
    pub fn bytes_eq(&mut self, ptr: Value, text: &[u8]) -> Value {
        let n = text.len();
        if n > INLINE_STRING {
            let sym = self.u.string_data(text);
            let want = self.b.sym_addr(sym, 0);
            let len = self.b.iconst(Ty::I64, n as i64);
            return self.call_runtime("memequal", &[ptr, want, len].map(Val::one))[0].single();
        }
        // Words as wide as possible; the last one may overlap the one before.
        let width = [8, 4, 2, 1].into_iter().find(|&w| w <= n).expect("text that is not empty");
        let ty = Ty::int(width as u32);
        let mut acc: Option<Value> = None;
        let mut at = 0;
        while at < n {
            let off = at.min(n - width);
            let mut word = [0; 8];
            word[..width].copy_from_slice(&text[off..off + width]);
            let have = self.b.load(ty, ptr, off as i32, MemFlags::RO);
            let shift = 64 - 8 * width as u32;
            let want = self.b.iconst(ty, i64::from_le_bytes(word) << shift >> shift);
            let diff = self.b.binary(grus_ir::BinaryOp::Xor, have, want);
            acc = Some(match acc {
                None => diff,
                Some(a) => self.b.binary(grus_ir::BinaryOp::Or, a, diff),
            });
            at += width;
        }
        self.b.icmp_imm(IntCc::Eq, acc.expect("text that is not empty"), 0)
    }

    fn string_eq(&mut self, l: &Val, r: &Val) -> Value {
        let (lp, ll) = (l.scalars()[0], l.scalars()[1]);
        let (rp, rl) = (r.scalars()[0], r.scalars()[1]);
        let same_len = self.b.icmp(IntCc::Eq, ll, rl);
        if self.b.func.as_const(ll) == Some(0) || self.b.func.as_const(rl) == Some(0) {
            return same_len;
        }
        self.and_then(same_len, |f| {
            let c = f.call_runtime("memequal", &[Val::one(lp), Val::one(rp), Val::one(ll)]);
            c[0].single()
        })
    }

    /// Whether an interface holds a value of a concrete type equal to the given one.
    pub fn iface_eq_concrete(&mut self, iface: &Val, it: TypeId, val: &Val, ct: TypeId) -> Value {
        let word = self.type_word(it, ct);
        let same = self.b.icmp(IntCc::Eq, iface.scalars()[0], word);
        let data = iface.scalars()[1];
        let val = val.clone();
        self.and_then(same, |f| {
            let held = f.load_iface_data(data, ct);
            f.equal(&held, &val, ct)
        })
    }

    /// The type word of an itab: its concrete type. The itab must not be nil.
    pub fn itab_type(&mut self, itab: Value) -> Value {
        self.b.load(Ty::Ptr, itab, 8, MemFlags::RO)
    }
}
