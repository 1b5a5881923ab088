//! Unary and binary operators, shifts, string concatenation.

use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Addr, Scalars, Val};
use grus_ir::{BinaryOp, ConvOp, IntCc, Ty, UnaryOp, Value};
use grus_syntax::{ExprId, ExprKind, Operator, Pos};
use grus_types::TypeId;
use grus_types::universe::typ;

impl<'a> FuncLower<'_, 'a> {
    pub fn unary(&mut self, e: ExprId, op: Operator, x: ExprId) -> Val {
        match op {
            Operator::And => self.address_of(e, x),
            Operator::Mul => {
                let t = self.ty(e);
                let ptr = self.expr(x).single();
                self.at(self.pos_of(e));
                self.load(Addr::deref(ptr), t)
            }
            Operator::Recv => {
                let t = self.ty(x);
                let vals = self.receive(e, x, t, false);
                vals.into_iter().next().expect("a received value")
            }
            _ => {
                let t = self.ty(e);
                let val = self.expr_as(x, t);
                self.at(self.pos_of(e));
                match op {
                    Operator::Add => val,
                    Operator::Not => Val::one(self.b.icmp_imm(IntCc::Eq, val.single(), 0)),
                    Operator::Xor => Val::one(self.b.unary(UnaryOp::Not, val.single())),
                    Operator::Sub => {
                        let float = !self.cx.info(t).is_int();
                        let op = if float { UnaryOp::Fneg } else { UnaryOp::Neg };
                        Val::S(val.scalars().iter().map(|&v| self.b.unary(op, v)).collect())
                    }
                    _ => self.unsupported_val(self.pos_of(e), format_args!("unary {op}"), t),
                }
            }
        }
    }

    /// `&x`
    fn address_of(&mut self, e: ExprId, x: ExprId) -> Val {
        let inner = self.unparen(x);
        let t = self.ty(inner);
        if let ExprKind::CompositeLit { .. } = self.body.file.kind(inner) {
            self.at(self.pos_of(e));
            let ptr = self.new_object(t);
            self.lit_into(Addr::safe(ptr), inner, t);
            return Val::one(ptr);
        }
        let place = self.place(x);
        self.at(self.pos_of(e));
        match place {
            crate::values::Place::Mem(addr) => {
                let addr = self.checked(addr);
                Val::one(self.addr_value(addr))
            }
            p => {
                // Variables whose address is taken have one; what remains has no observable address.
                let v = self.read_place(&p, t);
                Val::one(self.new_boxed(t, &v))
            }
        }
    }

    /// A binary operator other than `&&` and `||`.
    pub fn binary_chain(&mut self, e: ExprId) -> Val {
        let ExprKind::Binary { op, x, y } = self.body.file.kind(e) else { unreachable!("binary operator") };
        let t = self.ty(e);
        if op.is_comparison() {
            return self.comparison(e, op, x, y);
        }
        if op == Operator::Add && self.cx.info(t).is_string() {
            return self.concat(e, t);
        }
        let (first, rest) = self.chain(e);
        // Constants have the type of what they are an operand of.
        let acc_ty = rest.first().map_or(t, |&(_, _, whole)| self.ty(whole));
        let mut acc = self.expr_as(first, acc_ty);
        for (op, y, whole) in rest {
            let wt = self.ty(whole);
            if op.is_shift() {
                acc = self.shift(op, acc, wt, y, self.pos_of(whole));
            } else {
                let r = self.expr_as(y, wt);
                self.at(self.pos_of(whole));
                acc = self.arith(op, &acc, &r, wt);
            }
        }
        acc
    }

    /// An arithmetic operator on two values of a type.
    pub fn arith(&mut self, op: Operator, l: &Val, r: &Val, t: TypeId) -> Val {
        match self.cx.info(t).kind {
            Kind::Int { signed, .. } => {
                use BinaryOp::*;
                let op = match op {
                    Operator::Add => Add,
                    Operator::Sub => Sub,
                    Operator::Mul => Mul,
                    Operator::Div if signed => Sdiv,
                    Operator::Div => Udiv,
                    Operator::Rem if signed => Srem,
                    Operator::Rem => Urem,
                    Operator::And => And,
                    Operator::Or => Or,
                    Operator::Xor => Xor,
                    Operator::AndNot => AndNot,
                    _ => unreachable!("operator {op} on integers"),
                };
                Val::one(self.b.binary(op, l.single(), r.single()))
            }
            Kind::Float { .. } => Val::one(self.float_op(op, l.single(), r.single())),
            Kind::Complex { bits } => self.complex_op(op, l, r, bits),
            Kind::String => self.concat_vals(&[l.clone(), r.clone()]),
            Kind::Bool => {
                let op = match op {
                    Operator::And => BinaryOp::And,
                    Operator::Or => BinaryOp::Or,
                    _ => BinaryOp::Xor,
                };
                Val::one(self.b.binary(op, l.single(), r.single()))
            }
            _ => {
                let pos = self.pos;
                self.unsupported_val(pos, format_args!("operator {op}"), t)
            }
        }
    }

    fn float_op(&mut self, op: Operator, l: Value, r: Value) -> Value {
        let op = match op {
            Operator::Add => BinaryOp::Fadd,
            Operator::Sub => BinaryOp::Fsub,
            Operator::Mul => BinaryOp::Fmul,
            _ => BinaryOp::Fdiv,
        };
        self.b.binary(op, l, r)
    }

    fn complex_op(&mut self, op: Operator, l: &Val, r: &Val, bits: u8) -> Val {
        let (lre, lim) = (l.scalars()[0], l.scalars()[1]);
        let (rre, rim) = (r.scalars()[0], r.scalars()[1]);
        match op {
            Operator::Add | Operator::Sub => {
                let re = self.float_op(op, lre, rre);
                let im = self.float_op(op, lim, rim);
                Val::S(Scalars::from_slice(&[re, im]))
            }
            _ => {
                // Products are computed in float64; quotients by the runtime.
                let wide: Vec<Value> = [lre, lim, rre, rim]
                    .into_iter()
                    .map(|v| if bits == 32 { self.b.convert(ConvOp::Fpromote, Ty::F64, v) } else { v })
                    .collect();
                let (re, im) = if op == Operator::Mul {
                    let mul = |f: &mut Self, a, b| f.b.binary(BinaryOp::Fmul, a, b);
                    let ac = mul(self, wide[0], wide[2]);
                    let bd = mul(self, wide[1], wide[3]);
                    let ad = mul(self, wide[0], wide[3]);
                    let bc = mul(self, wide[1], wide[2]);
                    (self.b.binary(BinaryOp::Fsub, ac, bd), self.b.binary(BinaryOp::Fadd, ad, bc))
                } else {
                    let n = Val::S(Scalars::from_slice(&wide[..2]));
                    let d = Val::S(Scalars::from_slice(&wide[2..]));
                    let q = self.call_runtime("complex128div", &[n, d]);
                    let q = q[0].scalars();
                    (q[0], q[1])
                };
                let narrow = |f: &mut Self, v| {
                    if bits == 32 { f.b.convert(ConvOp::Fdemote, Ty::F32, v) } else { v }
                };
                let re = narrow(self, re);
                let im = narrow(self, im);
                Val::S(Scalars::from_slice(&[re, im]))
            }
        }
    }

    /// `acc << y`, `acc >> y`
    pub fn shift(&mut self, op: Operator, acc: Val, t: TypeId, y: ExprId, pos: Pos) -> Val {
        let Kind::Int { bits, signed } = self.cx.info(t).kind else {
            return self.unsupported_val(pos, "shift of a value that is not an integer", t);
        };
        let x = acc.single();
        let width = i64::from(bits);
        let ir_op = match (op, signed) {
            (Operator::Shl, _) => BinaryOp::Shl,
            (_, true) => BinaryOp::Sshr,
            (_, false) => BinaryOp::Ushr,
        };
        if let Some(v) = self.body.info.value(y) {
            let v = v.to_int();
            let count = v.uint64_val().unwrap_or(u64::MAX);
            self.at(pos);
            let count = if count < width as u64 {
                count as i64
            } else if ir_op == BinaryOp::Sshr {
                width - 1
            } else {
                let ty = self.b.func.ty(x);
                return Val::one(self.b.iconst(ty, 0));
            };
            let c = self.b.iconst(Ty::I64, count);
            return Val::one(self.b.binary(ir_op, x, c));
        }
        let yt = self.ty(y);
        let yt = crate::layout::default_type(self.cx.store, yt);
        let count = self.expr_as(y, yt).single();
        self.at(pos);
        self.shift_by(ir_op, x, width, count, self.cx.info(yt).is_signed())
    }

    /// A shift by a count of any size, with Go's rule for large and negative counts.
    pub fn shift_by(&mut self, op: BinaryOp, x: Value, width: i64, count: Value, signed_count: bool) -> Val {
        let count = self.to_i64(count, !signed_count);
        if signed_count {
            let neg = self.b.icmp_imm(IntCc::Slt, count, 0);
            self.call_if(neg, "panicshift", &[]);
        }
        let small = self.b.icmp_imm(IntCc::Ult, count, width);
        if op == BinaryOp::Sshr {
            let max = self.b.iconst(Ty::I64, width - 1);
            let count = self.b.select(small, count, max);
            return Val::one(self.b.binary(op, x, count));
        }
        let shifted = self.b.binary(op, x, count);
        let ty = self.b.func.ty(x);
        let zero = self.b.iconst(ty, 0);
        Val::one(self.b.select(small, shifted, zero))
    }

    /// Calls a runtime function that does not return, if the condition holds.
    pub fn call_if(&mut self, cond: Value, name: &str, args: &[Val]) {
        let (bad, good) = (self.b.create_block(), self.b.create_block());
        self.b.brif(cond, bad, good);
        self.b.switch_sealed(bad);
        self.call_runtime(name, args);
        self.b.unreachable();
        self.b.switch_sealed(good);
    }

    /// `a + b + c...` of strings, by one call.
    fn concat(&mut self, e: ExprId, t: TypeId) -> Val {
        let mut parts = Vec::new();
        self.concat_parts(e, &mut parts);
        // With a constant among them the result is none of the operands.
        let copied = parts.iter().any(|&p| self.const_text(p).is_some_and(|s| !s.is_empty()));
        let vals: Vec<Val> = parts
            .into_iter()
            .map(|p| if copied { self.text_operand(p, t) } else { self.expr_as(p, t) })
            .collect();
        self.at(self.pos_of(e));
        self.concat_vals(&vals)
    }

    fn concat_parts(&self, e: ExprId, parts: &mut Vec<ExprId>) {
        // The left side is walked in a loop: sums of thousands of strings occur.
        let mut right = Vec::new();
        let mut left = self.unparen(e);
        while let ExprKind::Binary { op: Operator::Add, x, y } = self.body.file.kind(left)
            && !self.is_const(left)
            && !self.pre.contains_key(&left)
        {
            right.push(y);
            left = self.unparen(x);
        }
        parts.push(left);
        for y in right.into_iter().rev() {
            let y = self.unparen(y);
            match self.body.file.kind(y) {
                ExprKind::Binary { op: Operator::Add, .. }
                    if !self.is_const(y) && !self.pre.contains_key(&y) =>
                {
                    self.concat_parts(y, parts);
                }
                _ => parts.push(y),
            }
        }
    }

    /// Concatenates strings.
    pub fn concat_vals(&mut self, vals: &[Val]) -> Val {
        let nil = Val::one(self.b.iconst(Ty::Ptr, 0));
        let mut args = vec![nil];
        let name = match vals.len() {
            2 => "concatstring2",
            3 => "concatstring3",
            4 => "concatstring4",
            5 => "concatstring5",
            _ => "concatstrings",
        };
        if vals.len() <= 5 {
            args.extend(vals.iter().cloned());
        } else {
            let arr = self.cx.array_of(typ::STRING, vals.len() as u64);
            let slot = Addr::slot(self.new_slot(arr, false));
            for (i, v) in vals.iter().enumerate() {
                self.store(slot.plus(16 * i as u64), typ::STRING, v);
            }
            let ptr = self.addr_value(slot);
            let n = self.b.iconst(Ty::I64, vals.len() as i64);
            args.push(Val::S(Scalars::from_slice(&[ptr, n, n])));
        }
        let mut r = self.call_runtime(name, &args);
        r.remove(0)
    }
}
