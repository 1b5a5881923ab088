//! Arithmetic, comparisons and rounding.

use super::{Lower, abi};
use cranelift_codegen::ir::{
    self as clif, InstBuilder,
    condcodes::{FloatCC, IntCC},
    types,
};
use grus_ir::{BinaryOp, FloatCc, Inst, InstData, IntCc, Ty, UnaryOp, Value};

pub(super) fn int_cc(cc: IntCc) -> IntCC {
    match cc {
        IntCc::Eq => IntCC::Equal,
        IntCc::Ne => IntCC::NotEqual,
        IntCc::Slt => IntCC::SignedLessThan,
        IntCc::Sle => IntCC::SignedLessThanOrEqual,
        IntCc::Sgt => IntCC::SignedGreaterThan,
        IntCc::Sge => IntCC::SignedGreaterThanOrEqual,
        IntCc::Ult => IntCC::UnsignedLessThan,
        IntCc::Ule => IntCC::UnsignedLessThanOrEqual,
        IntCc::Ugt => IntCC::UnsignedGreaterThan,
        IntCc::Uge => IntCC::UnsignedGreaterThanOrEqual,
    }
}

pub(super) fn float_cc(cc: FloatCc) -> FloatCC {
    match cc {
        FloatCc::Eq => FloatCC::Equal,
        FloatCc::Ne => FloatCC::NotEqual,
        FloatCc::Lt => FloatCC::LessThan,
        FloatCc::Le => FloatCC::LessThanOrEqual,
        FloatCc::Gt => FloatCC::GreaterThan,
        FloatCc::Ge => FloatCC::GreaterThanOrEqual,
    }
}

impl Lower<'_, '_> {
    /// Compares integers or pointers.
    pub(super) fn compare(&mut self, cc: IntCc, args: [Value; 2]) -> clif::Value {
        let signed = matches!(cc, IntCc::Slt | IntCc::Sle | IntCc::Sgt | IntCc::Sge);
        let [x, y] = match args.map(|v| self.with_zeros(v)) {
            [Some(x), Some(y)] if !signed => [x, y],
            _ => args.map(|v| self.val(v)),
        };
        self.b.ins().icmp(int_cc(cc), x, y)
    }

    /// A value of less than 32 bits as one of 64 that is known already, or a constant.
    fn with_zeros(&mut self, v: Value) -> Option<clif::Value> {
        let ty = self.ir.ty(v);
        if self.extended.is_empty() || !matches!(ty, Ty::I8 | Ty::I16) {
            return None;
        }
        match self.ir.def_inst(v).map(|i| &self.ir.insts[i]) {
            Some(InstData::Iconst { imm, .. }) => Some(self.i64(imm & ((1 << ty.bits()) - 1))),
            _ => self.extended.get(&self.val(v)).copied(),
        }
    }

    pub(super) fn unary(&mut self, inst: Inst, op: UnaryOp, arg: Value) {
        let x = self.val(arg);
        let ty = self.ir.ty(arg);
        let v = match op {
            UnaryOp::Neg => self.b.ins().ineg(x),
            UnaryOp::Not => self.b.ins().bnot(x),
            UnaryOp::Clz => self.b.ins().clz(x),
            UnaryOp::Ctz => self.b.ins().ctz(x),
            UnaryOp::Popcnt => self.b.ins().popcnt(x),
            UnaryOp::Bswap => {
                if ty == Ty::I8 {
                    x
                } else {
                    self.b.ins().bswap(x)
                }
            }
            UnaryOp::Bitrev => self.b.ins().bitrev(x),
            UnaryOp::Fround => x,
            UnaryOp::Fneg => self.b.ins().fneg(x),
            UnaryOp::Fabs => self.b.ins().fabs(x),
            UnaryOp::Sqrt => self.b.ins().sqrt(x),
            UnaryOp::Ceil | UnaryOp::Floor | UnaryOp::Ftrunc | UnaryOp::Nearest => self.round(op, x, ty),
        };
        self.result(inst, v);
    }

    /// Rounding to an integral value. Without the instruction Cranelift would call a library function.
    fn round(&mut self, op: UnaryOp, x: clif::Value, ty: Ty) -> clif::Value {
        if self.env.target.features.rounding {
            return match op {
                UnaryOp::Ceil => self.b.ins().ceil(x),
                UnaryOp::Floor => self.b.ins().floor(x),
                UnaryOp::Ftrunc => self.b.ins().trunc(x),
                UnaryOp::Nearest => self.b.ins().nearest(x),
                _ => unreachable!("not a rounding"),
            };
        }
        if ty == Ty::F32 {
            // Exact in the wider type, and so is the way back.
            let wide = self.b.ins().fpromote(types::F64, x);
            let r = self.round(op, wide, Ty::F64);
            return self.b.ins().fdemote(types::F32, r);
        }
        // From 2^52 on every float is integral; infinities and NaNs take that way, too.
        let limit = self.b.ins().f64const((1u64 << 52) as f64);
        let mag = self.b.ins().fabs(x);
        let small = self.b.ins().fcmp(FloatCC::LessThan, mag, limit);
        let rounded = if op == UnaryOp::Nearest {
            // Adding 2^52 drops the fraction with the current rounding mode, ties to even.
            let up = self.b.ins().fadd(mag, limit);
            self.b.ins().fsub(up, limit)
        } else {
            let int = self.b.ins().fcvt_to_sint_sat(types::I64, x);
            let t = self.b.ins().fcvt_from_sint(types::F64, int);
            let one = self.b.ins().f64const(1.0);
            match op {
                UnaryOp::Ceil => {
                    let low = self.b.ins().fcmp(FloatCC::LessThan, t, x);
                    let next = self.b.ins().fadd(t, one);
                    self.b.ins().select(low, next, t)
                }
                UnaryOp::Floor => {
                    let high = self.b.ins().fcmp(FloatCC::GreaterThan, t, x);
                    let next = self.b.ins().fsub(t, one);
                    self.b.ins().select(high, next, t)
                }
                _ => t,
            }
        };
        // A zero result has the operand's sign, and so has every other one.
        let signed = self.b.ins().fcopysign(rounded, x);
        self.b.ins().select(small, signed, x)
    }

    pub(super) fn binary(&mut self, inst: Inst, op: BinaryOp, args: [Value; 2]) {
        if op.is_division() {
            return self.division(inst, op, args);
        }
        if let Some(v) = self.fused(op, args) {
            return self.result(inst, v);
        }
        let [x, y] = args.map(|v| self.val(v));
        let b = &mut self.b;
        let v = match op {
            BinaryOp::Add => b.ins().iadd(x, y),
            BinaryOp::Sub => b.ins().isub(x, y),
            BinaryOp::Mul => b.ins().imul(x, y),
            BinaryOp::UmulHi => b.ins().umulhi(x, y),
            BinaryOp::SmulHi => b.ins().smulhi(x, y),
            BinaryOp::And => b.ins().band(x, y),
            BinaryOp::Or => b.ins().bor(x, y),
            BinaryOp::Xor => b.ins().bxor(x, y),
            BinaryOp::AndNot => b.ins().band_not(x, y),
            BinaryOp::Shl => b.ins().ishl(x, y),
            BinaryOp::Ushr => b.ins().ushr(x, y),
            BinaryOp::Sshr => b.ins().sshr(x, y),
            BinaryOp::Rotl => b.ins().rotl(x, y),
            BinaryOp::Fadd => b.ins().fadd(x, y),
            BinaryOp::Fsub => b.ins().fsub(x, y),
            BinaryOp::Fmul => b.ins().fmul(x, y),
            BinaryOp::Fdiv => b.ins().fdiv(x, y),
            BinaryOp::Fmin => b.ins().fmin(x, y),
            BinaryOp::Fmax => b.ins().fmax(x, y),
            BinaryOp::Copysign => b.ins().fcopysign(x, y),
            BinaryOp::Sdiv | BinaryOp::Udiv | BinaryOp::Srem | BinaryOp::Urem => unreachable!("divisions"),
        };
        self.result(inst, v);
    }

    /// Division: by zero the instruction traps, which the runtime makes Go's panic. `MIN / -1` wraps, where Cranelift's
    /// instruction would trap; its remainder needs no care.
    fn division(&mut self, inst: Inst, op: BinaryOp, args: [Value; 2]) {
        let [x, y] = args.map(|v| self.val(v));
        let ty = self.ir.ty(args[0]);
        let constant = self.ir.as_const(args[1]);
        let v = match op {
            BinaryOp::Udiv => self.b.ins().udiv(x, y),
            BinaryOp::Urem => self.b.ins().urem(x, y),
            BinaryOp::Sdiv if constant == Some(-1) => self.b.ins().ineg(x),
            BinaryOp::Srem if constant == Some(-1) => self.iconst(ty, 0),
            BinaryOp::Sdiv if constant.is_some() => self.b.ins().sdiv(x, y),
            BinaryOp::Srem => self.b.ins().srem(x, y),
            _ => {
                let (negate, divide, done) =
                    (self.b.create_block(), self.b.create_block(), self.b.create_block());
                let result = self.b.append_block_param(done, abi::clif_ty(ty));
                let is_minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, y, -1);
                self.b.ins().brif(is_minus_one, negate, &[], divide, &[]);
                self.b.switch_to_block(negate);
                let neg = self.b.ins().ineg(x);
                self.b.ins().jump(done, &[neg.into()]);
                self.b.switch_to_block(divide);
                let q = self.b.ins().sdiv(x, y);
                self.b.ins().jump(done, &[q.into()]);
                self.b.switch_to_block(done);
                result
            }
        };
        self.result(inst, v);
    }

    /// A sum or difference with a product in one instruction, as gc makes it. Of two products the second operand is taken;
    /// but if a function has several sums of two products, gc puts their operands in order when it looks for equal sums,
    /// and takes the product that is computed first. What is negated is so exactly.
    fn fused(&mut self, op: BinaryOp, args: [Value; 2]) -> Option<clif::Value> {
        if !self.env.target.features.fma || !matches!(op, BinaryOp::Fadd | BinaryOp::Fsub) {
            return None;
        }
        let negated = |v: Value| match self.ir.insts[self.ir.def_inst(v)?] {
            InstData::Unary { op: UnaryOp::Fneg, arg } => Some(arg),
            _ => None,
        };
        // The product, its factors, whether it is negated.
        let found = |v: Value| {
            self.product(v).map(|(i, f)| (i, f, false)).or_else(|| {
                let (i, f) = self.product(negated(v)?)?;
                Some((i, f, true))
            })
        };
        let both = args.map(found);
        let k = match both {
            [None, None] => return None,
            [Some(_), None] => 0,
            [None, Some(_)] => 1,
            // Products that stand as they are come first.
            [Some(a), Some(b)] if a.2 != b.2 => usize::from(a.2),
            [Some(a), Some(b)] if op == BinaryOp::Fadd && self.sums_of_products(self.ir.ty(args[0])) > 1 => {
                usize::from(b.0 < a.0)
            }
            _ => 1,
        };
        let (_, [x, y], negative) = both[k]?;
        let [x, y, rest] = [x, y, args[1 - k]].map(|v| self.val(v));
        let b = &mut self.b;
        // The product is subtracted if it is the second operand of a difference, the rest if the product is the first.
        let subtracted = op == BinaryOp::Fsub && k == 1;
        let x = if negative != subtracted { b.ins().fneg(x) } else { x };
        let rest = if op == BinaryOp::Fsub && k == 0 { b.ins().fneg(rest) } else { rest };
        Some(b.ins().fma(x, y, rest))
    }

    /// The instruction and the factors of a product. Twice a value is a sum for gc.
    fn product(&self, v: Value) -> Option<(Inst, [Value; 2])> {
        let inst = self.ir.def_inst(v)?;
        let InstData::Binary { op: BinaryOp::Fmul, args } = self.ir.insts[inst] else { return None };
        let two = |v: Value| match self.ir.def_inst(v).map(|i| &self.ir.insts[i]) {
            Some(InstData::Fconst { ty, bits }) => {
                *bits == if *ty == Ty::F32 { u64::from(2f32.to_bits()) } else { 2f64.to_bits() }
            }
            _ => false,
        };
        (!args.into_iter().any(two)).then_some((inst, args))
    }

    /// How many sums of two products of a type the function has.
    fn sums_of_products(&self, ty: Ty) -> usize {
        let ir = self.ir;
        let insts = ir.layout.iter().flat_map(|&b| &ir.blocks[b].insts);
        let sum = |i: &&Inst| match ir.insts[**i] {
            InstData::Binary { op: BinaryOp::Fadd, args } => {
                ir.ty(args[0]) == ty && args.iter().all(|&v| self.product(v).is_some())
            }
            _ => false,
        };
        insts.filter(sum).count()
    }

    pub(super) fn fma(&mut self, inst: Inst, args: [Value; 3]) {
        let [x, y, z] = args.map(|v| self.val(v));
        let v = if self.env.target.features.fma {
            self.b.ins().fma(x, y, z)
        } else {
            if self.ir.ty(args[0]) != Ty::F64 {
                self.bug("fma of f32 on a target without the instruction");
            }
            let f = self.runtime_func(self.env.names.soft_fma, &[types::F64; 3], &[types::F64]);
            let call = self.b.ins().call(f, &[x, y, z]);
            self.b.inst_results(call)[0]
        };
        self.result(inst, v);
    }
}
