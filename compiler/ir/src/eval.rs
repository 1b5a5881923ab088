//! What operations on scalars give.
//!
//! A scalar is held as the bits of its value, zero-extended to 64 (a float by its representation). The
//! functions here are the definition of the pure operations: the interpreter uses them, and a pass that folds
//! constants may. Conversions of floats to integers that do not fit are those of amd64; a fold must leave these
//! alone ([`convert_is_portable`]).

use crate::inst::{BinaryOp, ConvOp, FloatCc, IntCc, UnaryOp};
use crate::ty::Ty;

/// The bits of `x` that belong to the type.
pub const fn truncate(ty: Ty, x: u64) -> u64 {
    match ty.bits() {
        64 => x,
        bits => x & ((1 << bits) - 1),
    }
}

/// The signed value of `x`, whose high bits are ignored.
pub const fn signed(ty: Ty, x: u64) -> i64 {
    let shift = 64 - ty.bits();
    ((x << shift) as i64) >> shift
}

fn f32_of(x: u64) -> f32 {
    f32::from_bits(x as u32)
}

fn f64_of(x: u64) -> f64 {
    f64::from_bits(x)
}

/// Applies the function of the float type.
fn float1(ty: Ty, x: u64, single: fn(f32) -> f32, double: fn(f64) -> f64) -> u64 {
    match ty {
        Ty::F32 => u64::from(single(f32_of(x)).to_bits()),
        _ => double(f64_of(x)).to_bits(),
    }
}

fn float2(ty: Ty, x: u64, y: u64, single: fn(f32, f32) -> f32, double: fn(f64, f64) -> f64) -> u64 {
    match ty {
        Ty::F32 => u64::from(single(f32_of(x), f32_of(y)).to_bits()),
        _ => double(f64_of(x), f64_of(y)).to_bits(),
    }
}

/// A unary operation on a value of type `ty`.
pub fn unary(op: UnaryOp, ty: Ty, x: u64) -> u64 {
    let x = truncate(ty, x);
    let spare = 64 - ty.bits();
    let sign = 1 << (ty.bits() - 1);
    let r = match op {
        UnaryOp::Neg => x.wrapping_neg(),
        UnaryOp::Not => !x,
        UnaryOp::Clz => u64::from(x.leading_zeros() - spare),
        UnaryOp::Ctz => u64::from(x.trailing_zeros().min(ty.bits())),
        UnaryOp::Popcnt => u64::from(x.count_ones()),
        UnaryOp::Bswap => x.swap_bytes() >> spare,
        UnaryOp::Bitrev => x.reverse_bits() >> spare,
        UnaryOp::Fround => x,
        UnaryOp::Fneg => x ^ sign,
        UnaryOp::Fabs => x & !sign,
        UnaryOp::Sqrt => float1(ty, x, f32::sqrt, f64::sqrt),
        UnaryOp::Ceil => float1(ty, x, f32::ceil, f64::ceil),
        UnaryOp::Floor => float1(ty, x, f32::floor, f64::floor),
        UnaryOp::Ftrunc => float1(ty, x, f32::trunc, f64::trunc),
        UnaryOp::Nearest => float1(ty, x, f32::round_ties_even, f64::round_ties_even),
    };
    truncate(ty, r)
}

/// A binary operation on values of type `ty` (the count of a shift: its low bits). None: division by zero.
pub fn binary(op: BinaryOp, ty: Ty, x: u64, y: u64) -> Option<u64> {
    let (x, y) = (truncate(ty, x), truncate(ty, y));
    let (sx, sy) = (signed(ty, x), signed(ty, y));
    let bits = ty.bits();
    let count = (y % u64::from(bits)) as u32;
    let sign = 1 << (bits - 1);
    if op.is_division() && y == 0 {
        return None;
    }
    let r = match op {
        BinaryOp::Add => x.wrapping_add(y),
        BinaryOp::Sub => x.wrapping_sub(y),
        BinaryOp::Mul => x.wrapping_mul(y),
        BinaryOp::UmulHi => ((u128::from(x) * u128::from(y)) >> bits) as u64,
        BinaryOp::SmulHi => ((i128::from(sx) * i128::from(sy)) >> bits) as u64,
        BinaryOp::Sdiv => sx.wrapping_div(sy) as u64,
        BinaryOp::Udiv => x / y,
        BinaryOp::Srem => sx.wrapping_rem(sy) as u64,
        BinaryOp::Urem => x % y,
        BinaryOp::And => x & y,
        BinaryOp::Or => x | y,
        BinaryOp::Xor => x ^ y,
        BinaryOp::AndNot => x & !y,
        BinaryOp::Shl => x << count,
        BinaryOp::Ushr => x >> count,
        BinaryOp::Sshr => (sx >> count) as u64,
        BinaryOp::Rotl if count == 0 => x,
        BinaryOp::Rotl => (x << count) | (x >> (bits - count)),
        BinaryOp::Fadd => float2(ty, x, y, |a, b| a + b, |a, b| a + b),
        BinaryOp::Fsub => float2(ty, x, y, |a, b| a - b, |a, b| a - b),
        BinaryOp::Fmul => float2(ty, x, y, |a, b| a * b, |a, b| a * b),
        BinaryOp::Fdiv => float2(ty, x, y, |a, b| a / b, |a, b| a / b),
        BinaryOp::Fmin => minimum(ty, x, y),
        // The greater is the negated smaller of the negated operands.
        BinaryOp::Fmax => minimum(ty, x ^ sign, y ^ sign) ^ sign,
        BinaryOp::Copysign => (x & !sign) | (y & sign),
    };
    Some(truncate(ty, r))
}

fn minimum(ty: Ty, x: u64, y: u64) -> u64 {
    let (a, b) = (to_f64(ty, x), to_f64(ty, y));
    match a.partial_cmp(&b) {
        None if a.is_nan() => x,
        None => y,
        Some(std::cmp::Ordering::Less) => x,
        Some(std::cmp::Ordering::Greater) => y,
        // Equal values differ in the sign of zero at most.
        Some(std::cmp::Ordering::Equal) => x | y,
    }
}

/// The value of a float of either type.
pub fn to_f64(ty: Ty, x: u64) -> f64 {
    if ty == Ty::F32 { f64::from(f32_of(x)) } else { f64_of(x) }
}

/// `x*y + z`, rounded once.
pub fn fma(ty: Ty, x: u64, y: u64, z: u64) -> u64 {
    match ty {
        Ty::F32 => u64::from(f32_of(x).mul_add(f32_of(y), f32_of(z)).to_bits()),
        _ => f64_of(x).mul_add(f64_of(y), f64_of(z)).to_bits(),
    }
}

/// A comparison of integers or pointers.
pub fn icmp(cc: IntCc, ty: Ty, x: u64, y: u64) -> bool {
    let (x, y) = (truncate(ty, x), truncate(ty, y));
    let (sx, sy) = (signed(ty, x), signed(ty, y));
    match cc {
        IntCc::Eq => x == y,
        IntCc::Ne => x != y,
        IntCc::Slt => sx < sy,
        IntCc::Sle => sx <= sy,
        IntCc::Sgt => sx > sy,
        IntCc::Sge => sx >= sy,
        IntCc::Ult => x < y,
        IntCc::Ule => x <= y,
        IntCc::Ugt => x > y,
        IntCc::Uge => x >= y,
    }
}

/// A comparison of floats.
pub fn fcmp(cc: FloatCc, ty: Ty, x: u64, y: u64) -> bool {
    let (x, y) = (to_f64(ty, x), to_f64(ty, y));
    match cc {
        FloatCc::Eq => x == y,
        FloatCc::Ne => x != y,
        FloatCc::Lt => x < y,
        FloatCc::Le => x <= y,
        FloatCc::Gt => x > y,
        FloatCc::Ge => x >= y,
    }
}

/// A conversion between the two types.
pub fn convert(op: ConvOp, from: Ty, to: Ty, x: u64) -> u64 {
    let x = truncate(from, x);
    let r = match op {
        ConvOp::Sext => signed(from, x) as u64,
        ConvOp::Zext | ConvOp::Trunc | ConvOp::Bitcast | ConvOp::PtrToInt | ConvOp::IntToPtr => x,
        ConvOp::S2f if to == Ty::F32 => u64::from((signed(from, x) as f32).to_bits()),
        ConvOp::S2f => (signed(from, x) as f64).to_bits(),
        ConvOp::U2f if to == Ty::F32 => u64::from((x as f32).to_bits()),
        ConvOp::U2f => (x as f64).to_bits(),
        ConvOp::F2s => float_to_signed(to, to_f64(from, x)),
        ConvOp::F2u => float_to_unsigned(to, to_f64(from, x)),
        ConvOp::Fpromote => f64::from(f32_of(x)).to_bits(),
        ConvOp::Fdemote => u64::from((f64_of(x) as f32).to_bits()),
    };
    truncate(to, r)
}

fn float_to_signed(to: Ty, x: f64) -> u64 {
    // Types below 32 bits are converted to 32 bits and truncated.
    let bits = to.bits().max(32);
    let limit = 2f64.powi(bits as i32 - 1);
    let t = x.trunc();
    if t >= -limit && t < limit { t as i64 as u64 } else { u64::MAX << (bits - 1) }
}

fn float_to_unsigned(to: Ty, x: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    match to {
        Ty::I8 | Ty::I16 => float_to_signed(to, x),
        Ty::I32 => float_to_signed(Ty::I64, x),
        _ if x < HALF => float_to_signed(Ty::I64, x),
        _ => float_to_signed(Ty::I64, x - HALF) | 1 << 63,
    }
}

/// Whether the conversion of this value gives the same on every architecture.
pub fn convert_is_portable(op: ConvOp, from: Ty, to: Ty, x: u64) -> bool {
    let limit = 2f64.powi(to.bits() as i32);
    let t = to_f64(from, x).trunc();
    match op {
        ConvOp::F2s => t >= -limit / 2.0 && t < limit / 2.0,
        ConvOp::F2u => t >= 0.0 && t < limit,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_wrap_at_their_width() {
        assert_eq!(binary(BinaryOp::Add, Ty::I8, 0xff, 1), Some(0));
        assert_eq!(binary(BinaryOp::Sdiv, Ty::I8, 0x80, 0xff), Some(0x80));
        assert_eq!(binary(BinaryOp::Srem, Ty::I64, 1 << 63, u64::MAX), Some(0));
        assert_eq!(binary(BinaryOp::Sdiv, Ty::I16, 0xfff9, 2), Some(0xfffd));
        assert_eq!(binary(BinaryOp::Udiv, Ty::I16, 7, 0), None);
        assert_eq!(binary(BinaryOp::SmulHi, Ty::I64, u64::MAX, 2), Some(u64::MAX));
        assert_eq!(binary(BinaryOp::UmulHi, Ty::I64, u64::MAX, 2), Some(1));
        assert_eq!(binary(BinaryOp::Sshr, Ty::I8, 0x80, 9), Some(0xc0));
        assert_eq!(binary(BinaryOp::Rotl, Ty::I16, 0x8001, 1), Some(3));
        assert_eq!(unary(UnaryOp::Clz, Ty::I16, 1), 15);
        assert_eq!(unary(UnaryOp::Ctz, Ty::I8, 0), 8);
        assert_eq!(unary(UnaryOp::Bswap, Ty::I32, 0x11223344), 0x44332211);
        assert!(icmp(IntCc::Slt, Ty::I8, 0x80, 0x7f));
        assert!(!icmp(IntCc::Ult, Ty::I8, 0x80, 0x7f));
    }

    #[test]
    fn min_and_max_order_zeros_and_keep_nan() {
        let (z, nz, nan) = (0f64.to_bits(), (-0f64).to_bits(), f64::NAN.to_bits());
        assert_eq!(binary(BinaryOp::Fmin, Ty::F64, z, nz), Some(nz));
        assert_eq!(binary(BinaryOp::Fmax, Ty::F64, nz, z), Some(z));
        for (x, y) in [(nan, z), (z, nan)] {
            let r = binary(BinaryOp::Fmax, Ty::F64, x, y).map(f64::from_bits);
            assert!(r.is_some_and(f64::is_nan));
        }
    }

    #[test]
    fn floats_that_do_not_fit_give_what_amd64_gives() {
        let f = |op, to, x: f64| convert(op, Ty::F64, to, x.to_bits());
        assert_eq!(f(ConvOp::F2s, Ty::I64, 1e30), 1 << 63);
        assert_eq!(f(ConvOp::F2s, Ty::I32, f64::NAN), 1 << 31);
        assert_eq!(f(ConvOp::F2s, Ty::I8, 300.5), 44);
        assert_eq!(f(ConvOp::F2s, Ty::I8, -1.9), 0xff);
        assert_eq!(f(ConvOp::F2u, Ty::I64, 1.5 * 2f64.powi(63)), 3 << 62);
        assert_eq!(f(ConvOp::F2u, Ty::I32, -1.0), 0xffff_ffff);
        assert!(convert_is_portable(ConvOp::F2s, Ty::F64, Ty::I8, (-128.9f64).to_bits()));
        assert!(!convert_is_portable(ConvOp::F2s, Ty::F64, Ty::I8, 128f64.to_bits()));
    }
}
