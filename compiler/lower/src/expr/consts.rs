//! Constants.

use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Scalars, Val};
use grus_ir::{InstData, Ty};
use grus_syntax::Pos;
use grus_types::TypeId;
use grus_types::constant::Value;

/// The bits of an integer constant in a type of `bits` bits, sign-extended.
pub fn int_bits(value: &Value, bits: u8) -> i64 {
    let v = value.to_int();
    let wide = match v.int64_val() {
        Some(i) => i,
        None => v.uint64_val().unwrap_or(0) as i64,
    };
    let shift = 64 - u32::from(bits);
    (wide << shift) >> shift
}

impl FuncLower<'_, '_> {
    /// A constant as a value of a type that is not an interface.
    pub fn const_val(&mut self, value: &Value, t: TypeId, pos: Pos) -> Val {
        let info = self.cx.info(t);
        let one = |v| Val::S(Scalars::from_slice(&[v]));
        match &info.kind {
            Kind::Bool => one(self.b.iconst(Ty::I8, i64::from(value.bool_val()))),
            Kind::Int { bits, .. } => {
                let ty = Ty::int(u32::from(*bits) / 8);
                one(self.b.iconst(ty, int_bits(value, *bits)))
            }
            Kind::UnsafePointer | Kind::Pointer(_) => one(self.b.iconst(Ty::Ptr, int_bits(value, 64))),
            Kind::Float { bits } => one(self.float_const(value, *bits)),
            Kind::Complex { bits } => {
                let c = value.to_complex();
                let (re, im) = (c.real(), c.imag());
                let re = self.float_const(&re, *bits);
                let im = self.float_const(&im, *bits);
                Val::S(Scalars::from_slice(&[re, im]))
            }
            Kind::String => {
                let bytes = value.string_val();
                self.string_const(&bytes)
            }
            _ => self.unsupported_val(pos, format_args!("constant of type {}", self.cx.type_string(t)), t),
        }
    }

    fn float_const(&mut self, value: &Value, bits: u8) -> grus_ir::Value {
        let v = value.to_float();
        let (ty, bits) = if bits == 32 {
            (Ty::F32, u64::from(v.float32_val().0.to_bits()))
        } else {
            (Ty::F64, v.float64_val().0.to_bits())
        };
        self.b.ins(InstData::Fconst { ty, bits })
    }

    /// A string constant.
    pub fn string_const(&mut self, bytes: &[u8]) -> Val {
        let ptr = if bytes.is_empty() {
            self.b.iconst(Ty::Ptr, 0)
        } else {
            let sym = self.u.string_data(bytes);
            self.b.sym_addr(sym, 0)
        };
        let len = self.b.iconst(Ty::I64, bytes.len() as i64);
        Val::S(Scalars::from_slice(&[ptr, len]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_sign_extended_from_their_width() {
        assert_eq!(int_bits(&Value::make_int64(255), 8), -1);
        assert_eq!(int_bits(&Value::make_int64(127), 8), 127);
        assert_eq!(int_bits(&Value::make_uint64(u64::MAX), 64), -1);
        assert_eq!(int_bits(&Value::make_float64(3.0), 32), 3);
    }
}
