//! Binary floats of 512 bits, rounded to nearest even as Go's `big.Float`, and the rounding of exact numbers to
//! the float types of the machine.
//!
//! A float is `mant * 2^exp` with a mantissa of at most 512 bits. Exponents are limited as in Go: a result whose
//! magnitude is 2^(2^31) or more is infinite, one below 2^-(2^31) is zero.

use std::cmp::Ordering;

use dashu_base::{Abs, Sign};
use dashu_int::ops::{BitTest, DivRem, UnsignedAbs};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::{MAX_EXP, PREC};

/// A binary float. See the module's text.
#[derive(Clone, Debug)]
pub struct BigFloat {
    mant: IBig,
    exp: i64,
    inf: bool,
}

/// Exponents (of a mantissa in [0.5, 1)) lie in this range.
const EXP_LIMIT: i64 = i32::MAX as i64;

impl BigFloat {
    /// The value zero.
    pub fn zero() -> Self {
        Self { mant: IBig::ZERO, exp: 0, inf: false }
    }

    /// `mant * 2^exp` rounded to `prec` bits, half to even. `sticky` says that the magnitude is a little larger
    /// than the mantissa's; the mantissa must then have more than `prec` bits.
    pub fn round(mant: IBig, exp: i64, sticky: bool, prec: usize) -> Self {
        if mant.is_zero() {
            return Self::zero();
        }
        let (sign, mut m) = mant.into_parts();
        let mut exp = exp;
        let bits = m.bit_len();
        if bits > prec {
            let cut = bits - prec;
            let half = m.bit(cut - 1);
            let rest = sticky || m.trailing_zeros().is_some_and(|z| z < cut - 1);
            m >>= cut;
            exp += cut as i64;
            if half && (rest || m.bit(0)) {
                m += UBig::ONE;
            }
        } else {
            assert!(!sticky, "too few bits to round");
        }
        let zeros = m.trailing_zeros().unwrap_or(0);
        m >>= zeros;
        exp += zeros as i64;
        let top = exp + m.bit_len() as i64;
        if top < -EXP_LIMIT - 1 {
            return Self::zero();
        }
        let inf = top > EXP_LIMIT;
        Self { mant: IBig::from_parts(sign, m), exp, inf }
    }

    /// An integer, rounded.
    pub fn from_int(x: &IBig) -> Self {
        Self::round(x.clone(), 0, false, PREC)
    }

    /// A fraction, rounded.
    pub fn from_ratio(num: &IBig, den: &UBig) -> Self {
        if num.is_zero() {
            return Self::zero();
        }
        // One rounding of the exact quotient, as dividing two floats of unlimited precision.
        let (q, e, sticky) = quotient(num, 0, &IBig::from(den.clone()), 0, PREC);
        Self::round(q, e, sticky, PREC)
    }

    /// Whether the value is infinite.
    pub fn is_inf(&self) -> bool {
        self.inf
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        super::ibig_sign(&self.mant)
    }

    /// The exponent of the value written with a mantissa in [0.5, 1).
    pub fn top(&self) -> i64 {
        self.exp + self.mant.clone().unsigned_abs().bit_len() as i64
    }

    /// Mantissa and exponent of the value.
    pub fn parts(&self) -> (&IBig, i64) {
        (&self.mant, self.exp)
    }

    /// Whether the value's exponent is small enough to make a fraction of it.
    pub fn is_small(&self) -> bool {
        !self.inf && self.top().unsigned_abs() < MAX_EXP as u64
    }

    /// Whether the value is an integer.
    pub fn is_int(&self) -> bool {
        !self.inf && (self.mant.is_zero() || self.exp >= 0)
    }

    /// The value as a fraction; it must be small.
    pub fn to_ratio(&self) -> RBig {
        if self.exp >= 0 {
            RBig::from(self.mant.clone() << self.exp as usize)
        } else {
            RBig::from_parts(self.mant.clone(), UBig::ONE << (-self.exp) as usize)
        }
    }

    /// The value as an integer, if it is one, or becomes one when the last 4 bits are cut or rounded up.
    pub fn to_int(&self) -> Option<IBig> {
        let exact = |m: &IBig, exp: i64| -> Option<IBig> {
            if exp >= 0 {
                return Some(m.clone() << exp as usize);
            }
            let zeros = m.trailing_zeros().map_or(i64::MAX, |z| z as i64);
            (zeros >= -exp).then(|| m.clone() >> (-exp) as usize)
        };
        if let Some(i) = exact(&self.mant, self.exp) {
            return Some(i);
        }
        let (sign, m) = self.mant.clone().into_parts();
        let prec = PREC - 4;
        let cut = m.bit_len().checked_sub(prec)?;
        let low = &m >> cut;
        let exp = self.exp + cut as i64;
        let high = if cut > 0 && m.trailing_zeros().is_some_and(|z| z < cut) {
            &low + UBig::ONE
        } else {
            low.clone()
        };
        exact(&IBig::from_parts(sign, low), exp).or_else(|| exact(&IBig::from_parts(sign, high), exp))
    }

    /// The negated value.
    pub fn neg(&self) -> Self {
        Self { mant: -self.mant.clone(), ..*self }
    }

    /// The sum.
    pub fn add(&self, other: &Self) -> Self {
        if self.inf || other.inf {
            return if self.inf { self.clone() } else { other.clone() };
        }
        if self.mant.is_zero() {
            return other.clone();
        }
        if other.mant.is_zero() {
            return self.clone();
        }
        let (x, y) = if self.top() >= other.top() { (self, other) } else { (other, self) };
        // When the smaller operand is far below the last bit, only its sign matters.
        let gap = x.top() - y.top();
        let (ym, ye) = if gap > 2 * PREC as i64 + 8 {
            (IBig::from_parts(y.mant.sign(), UBig::ONE), x.top() - 2 * PREC as i64 - 8)
        } else {
            (y.mant.clone(), y.exp)
        };
        let e = x.exp.min(ye);
        let sum = (x.mant.clone() << (x.exp - e) as usize) + (ym << (ye - e) as usize);
        Self::round(sum, e, false, PREC)
    }

    /// The difference.
    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    /// The product.
    pub fn mul(&self, other: &Self) -> Self {
        self.mul_to(other, PREC)
    }

    /// The product, rounded to `prec` bits.
    pub fn mul_to(&self, other: &Self, prec: usize) -> Self {
        if self.inf || other.inf {
            return Self { mant: &self.mant * &other.mant, exp: 0, inf: true };
        }
        Self::round(&self.mant * &other.mant, self.exp + other.exp, false, prec)
    }

    /// The quotient; infinite if the divisor is zero.
    pub fn quo(&self, other: &Self) -> Self {
        self.quo_to(other, PREC)
    }

    /// The quotient, rounded to `prec` bits.
    pub fn quo_to(&self, other: &Self, prec: usize) -> Self {
        if self.inf || other.mant.is_zero() {
            return Self { mant: self.mant.clone(), exp: 0, inf: true };
        }
        if self.mant.is_zero() || other.inf {
            return Self::zero();
        }
        let (q, e, sticky) = quotient(&self.mant, self.exp, &other.mant, other.exp, prec);
        Self::round(q, e, sticky, prec)
    }

    /// The nearest float, and whether it is exact.
    pub fn to_f64(&self) -> (f64, bool) {
        if self.inf {
            return (f64::INFINITY * self.sign() as f64, false);
        }
        ratio_to_f64(&self.mant, &UBig::ONE, self.exp)
    }

    /// The nearest float, and whether it is exact.
    pub fn to_f32(&self) -> (f32, bool) {
        if self.inf {
            return (f32::INFINITY * self.sign() as f32, false);
        }
        ratio_to_f32(&self.mant, &UBig::ONE, self.exp)
    }
}

impl PartialEq for BigFloat {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for BigFloat {}

impl PartialOrd for BigFloat {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for BigFloat {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign.is_ne() || self.mant.is_zero() {
            return by_sign;
        }
        let magnitude = match self.top().cmp(&other.top()) {
            Ordering::Equal => {
                // The mantissas differ in length by less than 512 bits.
                let e = self.exp.min(other.exp);
                let x = self.mant.clone().abs() << (self.exp - e) as usize;
                let y = other.mant.clone().abs() << (other.exp - e) as usize;
                x.cmp(&y)
            }
            o => o,
        };
        if self.sign() < 0 { magnitude.reverse() } else { magnitude }
    }
}

/// `x * 2^xe / (y * 2^ye)` with more than `prec` bits: quotient, exponent, and whether there is a remainder.
fn quotient(x: &IBig, xe: i64, y: &IBig, ye: i64, prec: usize) -> (IBig, i64, bool) {
    let bits = |v: &IBig| v.clone().unsigned_abs().bit_len() as i64;
    let shift = (prec as i64 + 2 + bits(y) - bits(x)).max(0);
    let (q, r) = (x << shift as usize).div_rem(y);
    (q, xe - ye - shift, !r.is_zero())
}

/// `num / den * 2^exp` rounded half to even to a float with `p` bits of mantissa whose least bit is at least
/// `2^emin`: mantissa, exponent, and whether the result is exact.
fn round_ratio(num: &UBig, den: &UBig, exp: i64, p: i64, emin: i64) -> (u64, i64, bool) {
    let estimate = num.bit_len() as i64 - den.bit_len() as i64 + exp - p;
    let mut e = estimate.max(emin);
    // Far below the smallest number: no need to shift by billions of bits.
    if estimate < emin - 4 * p - 64 {
        return (0, emin, num.is_zero());
    }
    loop {
        let shift = exp - e;
        let (n, d) = if shift >= 0 {
            (num << shift as usize, den.clone())
        } else {
            (num.clone(), den << (-shift) as usize)
        };
        let (q, r) = n.div_rem(&d);
        if q.bit_len() as i64 > p {
            e += 1;
            continue;
        }
        let q = u64::try_from(&q).expect("at most 53 bits");
        let exact = r.is_zero();
        let up = match (r << 1).cmp(&d) {
            Ordering::Less => false,
            Ordering::Equal => q & 1 == 1,
            Ordering::Greater => true,
        };
        return (q + up as u64, e, exact);
    }
}

/// The float nearest to `num / den * 2^exp`, and whether it is exact.
pub fn ratio_to_f64(num: &IBig, den: &UBig, exp: i64) -> (f64, bool) {
    let negative = num.sign() == Sign::Negative;
    let num = num.clone().unsigned_abs();
    if num.is_zero() {
        return (0.0, true);
    }
    let sign = (negative as u64) << 63;
    if num.bit_len() as i64 - den.bit_len() as i64 + exp > 1100 {
        return (f64::from_bits(sign | f64::INFINITY.to_bits()), false);
    }
    let (q, e, exact) = round_ratio(&num, den, exp, 53, -1074);
    // A carry into the next binade is what adding to the bits gives.
    let (field, q) = if q < 1 << 52 { (0, q) } else { ((e + 1074 + 1) as u64, q - (1 << 52)) };
    let bits = (field << 52) + q;
    if bits >= f64::INFINITY.to_bits() {
        return (f64::from_bits(sign | f64::INFINITY.to_bits()), false);
    }
    (f64::from_bits(sign | bits), exact)
}

/// The float nearest to `num / den * 2^exp`, and whether it is exact.
pub fn ratio_to_f32(num: &IBig, den: &UBig, exp: i64) -> (f32, bool) {
    let negative = num.sign() == Sign::Negative;
    let num = num.clone().unsigned_abs();
    if num.is_zero() {
        return (0.0, true);
    }
    let sign = (negative as u32) << 31;
    if num.bit_len() as i64 - den.bit_len() as i64 + exp > 140 {
        return (f32::from_bits(sign | f32::INFINITY.to_bits()), false);
    }
    let (q, e, exact) = round_ratio(&num, den, exp, 24, -149);
    let (field, q) = if q < 1 << 23 { (0, q as u32) } else { ((e + 149 + 1) as u32, q as u32 - (1 << 23)) };
    let bits = (field << 23) + q;
    if bits >= f32::INFINITY.to_bits() {
        return (f32::from_bits(sign | f32::INFINITY.to_bits()), false);
    }
    (f32::from_bits(sign | bits), exact)
}

/// A finite float as `m * 2^e`.
pub fn decompose(x: f64) -> (i64, i64) {
    let bits = x.to_bits();
    let field = (bits >> 52 & 0x7ff) as i64;
    let frac = (bits & ((1 << 52) - 1)) as i64;
    let (m, e) = if field == 0 { (frac, -1074) } else { (frac | 1 << 52, field - 1075) };
    (if x < 0.0 { -m } else { m }, e)
}
