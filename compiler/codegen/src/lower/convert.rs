//! Conversions.
//!
//! Conversions of floats to integers that do not fit give what gc gives on the architecture. amd64: the `cvttsd2si`
//! family yields the smallest integer; types below 32 bits are converted to 32 bits and truncated, uint32 through 64
//! bits, uint64 in two halves. arm64: `fcvtz{s,u}` saturate, NaN gives zero; uint32 goes through 64 bits there, too.

use super::{Lower, abi};
use cranelift_codegen::ir::{
    self as clif, InstBuilder, MemFlagsData,
    condcodes::FloatCC,
    types::{I32, I64},
};
use grus_ir::{ConvOp, Inst, Ty, Value};

impl Lower<'_, '_> {
    pub(super) fn convert(&mut self, inst: Inst, op: ConvOp, to: Ty, arg: Value) {
        let x = self.val(arg);
        let from = self.ir.ty(arg);
        let ty = abi::clif_ty(to);
        let v = match op {
            ConvOp::Sext => self.b.ins().sextend(ty, x),
            ConvOp::Zext => match self.extended.get(&x) {
                Some(&wide) if ty == I64 => wide,
                Some(&wide) if ty == I32 => self.b.ins().ireduce(I32, wide),
                _ => self.b.ins().uextend(ty, x),
            },
            ConvOp::Trunc => self.b.ins().ireduce(ty, x),
            ConvOp::S2f => {
                let x = if from.size() < 4 { self.b.ins().sextend(I32, x) } else { x };
                self.b.ins().fcvt_from_sint(ty, x)
            }
            ConvOp::U2f => match from.size() {
                1 | 2 => {
                    let x = self.b.ins().uextend(I32, x);
                    self.b.ins().fcvt_from_sint(ty, x)
                }
                4 => {
                    let x = self.b.ins().uextend(I64, x);
                    self.b.ins().fcvt_from_sint(ty, x)
                }
                _ => self.b.ins().fcvt_from_uint(ty, x),
            },
            ConvOp::F2s => self.float_to_signed(x, from, ty),
            ConvOp::F2u => self.float_to_unsigned(x, from, ty),
            ConvOp::Fpromote => self.b.ins().fpromote(ty, x),
            ConvOp::Fdemote => self.b.ins().fdemote(ty, x),
            ConvOp::Bitcast if abi::clif_ty(from) == ty => x,
            ConvOp::Bitcast => self.b.ins().bitcast(ty, MemFlagsData::new(), x),
            // The two sides are different values, so that only the pointer is in stack maps.
            ConvOp::PtrToInt | ConvOp::IntToPtr => {
                self.has_ptr_to_int |= op == ConvOp::PtrToInt;
                let zero = self.i64(0);
                self.b.ins().iadd(x, zero)
            }
        };
        self.result(inst, v);
    }

    fn float_to_signed(&mut self, x: clif::Value, from: Ty, to: clif::Type) -> clif::Value {
        if to.bits() < 32 {
            let v = self.float_to_signed(x, from, I32);
            return self.b.ins().ireduce(to, v);
        }
        let sat = self.b.ins().fcvt_to_sint_sat(to, x);
        if self.env.target.arch.saturates() {
            return sat;
        }
        // Below the range saturation gives the smallest integer already.
        let limit = self.float_const(from, 2f64.powi(to.bits() as i32 - 1));
        let fits = self.b.ins().fcmp(FloatCC::LessThan, x, limit);
        let min = self.b.ins().iconst(to, 1i64 << (to.bits() - 1));
        self.b.ins().select(fits, sat, min)
    }

    fn float_to_unsigned(&mut self, x: clif::Value, from: Ty, to: clif::Type) -> clif::Value {
        match to.bits() {
            8 | 16 => self.float_to_signed(x, from, to),
            32 => {
                let v = self.float_to_signed(x, from, I64);
                self.b.ins().ireduce(I32, v)
            }
            _ if self.env.target.arch.saturates() => self.b.ins().fcvt_to_uint_sat(I64, x),
            _ => {
                let half = self.float_const(from, 2f64.powi(63));
                let low = self.b.ins().fcmp(FloatCC::LessThan, x, half);
                let as_signed = self.float_to_signed(x, from, I64);
                let rest = self.b.ins().fsub(x, half);
                let rest = self.float_to_signed(rest, from, I64);
                let high = self.b.ins().bor_imm_s(rest, i64::MIN);
                self.b.ins().select(low, as_signed, high)
            }
        }
    }

    fn float_const(&mut self, ty: Ty, v: f64) -> clif::Value {
        if ty == Ty::F32 { self.b.ins().f32const(v as f32) } else { self.b.ins().f64const(v) }
    }
}
