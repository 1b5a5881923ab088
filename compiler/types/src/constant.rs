//! Exact values of constants: booleans, strings, integers of any size, rationals, 512-bit floats and complex
//! numbers, with the representations and the results of Go's `go/constant`.
//!
//! An integer that fits is an `i64` and needs no allocation. A float is a rational as long as numerator and
//! denominator have less than 4,096 bits, and a binary float of 512 bits ([`float::BigFloat`]) beyond. A value
//! that an operation could not represent is unknown; operations with an unknown operand give unknown.
//!
//! **Invariant:** a value has one representation: `Int` never holds what fits an `i64`.

pub mod float;
mod format;
mod literal;
mod text;

use std::cmp::Ordering;
use std::sync::Arc;

use dashu_int::ops::{BitTest, UnsignedAbs};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

pub use float::BigFloat;
pub use format::quote;
pub use literal::{LiteralKind, unquote, unquote_char};
pub use text::Text;

/// Numbers of at least this many bits are not kept as rationals.
const MAX_EXP: usize = 4 << 10;

/// The precision of floats that are not rationals.
pub const PREC: usize = 512;

/// An exact constant value. See the module's text.
#[derive(Clone, Debug)]
pub enum Value {
    /// Not representable, or the result of an error.
    Unknown,
    /// A boolean.
    Bool(bool),
    /// A string of bytes.
    String(Text),
    /// An integer that fits 64 bits.
    Int64(i64),
    /// An integer that does not.
    Int(Arc<IBig>),
    /// A float as a fraction.
    Rat(Arc<RBig>),
    /// A float with 512 bits of mantissa.
    Float(Arc<BigFloat>),
    /// A complex number: two real values.
    Complex(Arc<(Value, Value)>),
}

/// The kind of a constant value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Kind {
    Unknown,
    Bool,
    String,
    Int,
    Float,
    Complex,
}

/// An operator on constant values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Op {
    Add,
    Sub,
    Mul,
    /// Division; of integers it gives a fraction.
    Quo,
    /// Integer division that truncates.
    IntQuo,
    Rem,
    And,
    Or,
    Xor,
    AndNot,
    Shl,
    Shr,
    LAnd,
    LOr,
    Not,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
}

impl Value {
    // Construction.

    /// A boolean.
    pub fn make_bool(b: bool) -> Value {
        Value::Bool(b)
    }

    /// A string of any bytes.
    pub fn make_string(s: &[u8]) -> Value {
        Value::String(Text::new(s))
    }

    /// An integer.
    pub fn make_int64(x: i64) -> Value {
        Value::Int64(x)
    }

    /// An integer.
    pub fn make_uint64(x: u64) -> Value {
        match i64::try_from(x) {
            Ok(x) => Value::Int64(x),
            Err(_) => Value::Int(Arc::new(IBig::from(x))),
        }
    }

    /// A float; unknown for infinities and NaN. Negative zero becomes zero.
    pub fn make_float64(x: f64) -> Value {
        if !x.is_finite() {
            return Value::Unknown;
        }
        // The exponents of f64 are all small.
        let (m, e) = float::decompose(x);
        let m = IBig::from(m);
        Value::Rat(Arc::new(if e >= 0 {
            RBig::from(m << e as usize)
        } else {
            RBig::from_parts(m, UBig::ONE << (-e) as usize)
        }))
    }

    /// An integer of any size.
    pub fn make_int(x: IBig) -> Value {
        match i64::try_from(&x) {
            Ok(x) => Value::Int64(x),
            Err(_) => Value::Int(Arc::new(x)),
        }
    }

    fn make_rat(x: RBig) -> Value {
        if small_int(x.numerator()) && x.denominator().bit_len() < MAX_EXP {
            Value::Rat(Arc::new(x))
        } else {
            Value::make_float(BigFloat::from_ratio(x.numerator(), x.denominator()))
        }
    }

    fn make_float(x: BigFloat) -> Value {
        if x.is_inf() { Value::Unknown } else { Value::Float(Arc::new(x)) }
    }

    fn make_complex(re: Value, im: Value) -> Value {
        if re.is_unknown() || im.is_unknown() {
            return Value::Unknown;
        }
        Value::Complex(Arc::new((re, im)))
    }

    /// The imaginary number with this factor.
    pub fn make_imag(&self) -> Value {
        match self {
            Value::Unknown => Value::Unknown,
            x => Value::make_complex(Value::Int64(0), x.clone()),
        }
    }

    /// The value of a literal as written; unknown if it is malformed.
    pub fn make_from_literal(lit: &str, kind: LiteralKind) -> Value {
        literal::parse(lit, kind).unwrap_or(Value::Unknown)
    }

    // Inspection.

    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Unknown => Kind::Unknown,
            Value::Bool(_) => Kind::Bool,
            Value::String(_) => Kind::String,
            Value::Int64(_) | Value::Int(_) => Kind::Int,
            Value::Rat(_) | Value::Float(_) => Kind::Float,
            Value::Complex(_) => Kind::Complex,
        }
    }

    /// Whether the value is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown)
    }

    /// The boolean; false if unknown.
    pub fn bool_val(&self) -> bool {
        match self {
            Value::Bool(b) => *b,
            Value::Unknown => false,
            _ => panic!("{self} is not a boolean"),
        }
    }

    /// The bytes of a string; empty if unknown.
    pub fn string_val(&self) -> Arc<[u8]> {
        match self {
            Value::String(s) => s.bytes(),
            Value::Unknown => Arc::new([]),
            _ => panic!("{self} is not a string"),
        }
    }

    /// The length of a string in bytes.
    pub fn string_len(&self) -> i64 {
        match self {
            Value::String(s) => s.len() as i64,
            Value::Unknown => 0,
            _ => panic!("{self} is not a string"),
        }
    }

    /// An integer, if it fits.
    pub fn int64_val(&self) -> Option<i64> {
        match self {
            Value::Int64(x) => Some(*x),
            Value::Int(_) | Value::Unknown => None,
            _ => panic!("{self} is not an integer"),
        }
    }

    /// An integer, if it fits.
    pub fn uint64_val(&self) -> Option<u64> {
        match self {
            Value::Int64(x) => u64::try_from(*x).ok(),
            Value::Int(x) => u64::try_from(&**x).ok(),
            Value::Unknown => None,
            _ => panic!("{self} is not an integer"),
        }
    }

    /// An integer of any size.
    pub fn big_int_val(&self) -> Option<IBig> {
        match self {
            Value::Int64(x) => Some(IBig::from(*x)),
            Value::Int(x) => Some((**x).clone()),
            Value::Unknown => None,
            _ => panic!("{self} is not an integer"),
        }
    }

    /// The nearest float, and whether it is exact. It is infinite if the value is too large.
    pub fn float64_val(&self) -> (f64, bool) {
        match self {
            Value::Int64(x) => {
                let f = *x as f64;
                (f, f < 9223372036854775808.0 && f as i64 == *x)
            }
            Value::Int(x) => float::ratio_to_f64(x, &UBig::ONE, 0),
            Value::Rat(x) => float::ratio_to_f64(x.numerator(), x.denominator(), 0),
            Value::Float(x) => x.to_f64(),
            Value::Unknown => (0.0, false),
            _ => panic!("{self} is not a real number"),
        }
    }

    /// The nearest float, and whether it is exact. It is infinite if the value is too large.
    pub fn float32_val(&self) -> (f32, bool) {
        match self {
            Value::Int64(x) => {
                let f = *x as f32;
                (f, f < 9223372036854775808.0 && f as i64 == *x)
            }
            Value::Int(x) => float::ratio_to_f32(x, &UBig::ONE, 0),
            Value::Rat(x) => float::ratio_to_f32(x.numerator(), x.denominator(), 0),
            Value::Float(x) => x.to_f32(),
            Value::Unknown => (0.0, false),
            _ => panic!("{self} is not a real number"),
        }
    }

    /// The number of bits of an integer's magnitude.
    pub fn bit_len(&self) -> usize {
        match self {
            Value::Int64(x) => 64 - x.unsigned_abs().leading_zeros() as usize,
            Value::Int(x) => x.as_sign_words_bit_len(),
            Value::Unknown => 0,
            _ => panic!("{self} is not an integer"),
        }
    }

    /// The sign: -1, 0 or 1. Of a complex number it is 0 exactly for zero; of an unknown value it is 1, so that
    /// no division by zero is seen where there was another error.
    pub fn sign(&self) -> i32 {
        match self {
            Value::Int64(x) => x.signum() as i32,
            Value::Int(x) => ibig_sign(x),
            Value::Rat(x) => ibig_sign(x.numerator()),
            Value::Float(x) => x.sign(),
            Value::Complex(c) => c.0.sign() | c.1.sign(),
            Value::Unknown => 1,
            _ => panic!("{self} is not a number"),
        }
    }

    /// The numerator of a real number.
    pub fn num(&self) -> Value {
        match self {
            Value::Int64(_) | Value::Int(_) => self.clone(),
            Value::Rat(x) => Value::make_int(x.numerator().clone()),
            Value::Float(x) if x.is_small() => Value::make_int(x.to_ratio().numerator().clone()),
            _ => Value::Unknown,
        }
    }

    /// The denominator of a real number.
    pub fn denom(&self) -> Value {
        match self {
            Value::Int64(_) | Value::Int(_) => Value::Int64(1),
            Value::Rat(x) => Value::make_int(x.denominator().clone().into()),
            Value::Float(x) if x.is_small() => Value::make_int(x.to_ratio().denominator().clone().into()),
            _ => Value::Unknown,
        }
    }

    /// The real part of a number.
    pub fn real(&self) -> Value {
        match self {
            Value::Complex(c) => c.0.clone(),
            x => x.clone(),
        }
    }

    /// The imaginary part of a number.
    pub fn imag(&self) -> Value {
        match self {
            Value::Unknown => Value::Unknown,
            Value::Complex(c) => c.1.clone(),
            _ => Value::Int64(0),
        }
    }

    // Conversion.

    /// The value as an integer, if it is one (floats that are off by rounding count); unknown otherwise.
    pub fn to_int(&self) -> Value {
        match self {
            Value::Int64(_) | Value::Int(_) => self.clone(),
            Value::Rat(x) if x.is_int() => Value::make_int(x.numerator().clone()),
            Value::Float(x) if x.is_small() => x.to_int().map_or(Value::Unknown, Value::make_int),
            Value::Complex(_) => {
                let re = self.to_float();
                if re.kind() == Kind::Float { re.to_int() } else { Value::Unknown }
            }
            _ => Value::Unknown,
        }
    }

    /// The value as a float, if it is a real number; unknown otherwise.
    pub fn to_float(&self) -> Value {
        match self {
            Value::Int64(x) => Value::Rat(Arc::new(RBig::from(*x))),
            Value::Int(x) if small_int(x) => Value::Rat(Arc::new(RBig::from((**x).clone()))),
            Value::Int(x) => Value::Float(Arc::new(BigFloat::from_int(x))),
            Value::Rat(_) | Value::Float(_) => self.clone(),
            Value::Complex(c) if c.1.sign() == 0 => c.0.to_float(),
            _ => Value::Unknown,
        }
    }

    /// The value as a complex number, if it is a number; unknown otherwise.
    pub fn to_complex(&self) -> Value {
        match self {
            Value::Int64(_) | Value::Int(_) | Value::Rat(_) | Value::Float(_) => {
                Value::Complex(Arc::new((self.clone(), Value::Int64(0))))
            }
            Value::Complex(_) => self.clone(),
            _ => Value::Unknown,
        }
    }

    fn rank(&self) -> u32 {
        match self {
            Value::Unknown => 0,
            Value::Bool(_) | Value::String(_) => 1,
            Value::Int64(_) => 2,
            Value::Int(_) => 3,
            Value::Rat(_) => 4,
            Value::Float(_) => 5,
            Value::Complex(_) => 6,
        }
    }

    /// The value in the representation of a higher rank; anything else becomes unknown.
    fn widen(&self, rank: u32) -> Value {
        match (rank, self) {
            (3, Value::Int64(x)) => Value::Int(Arc::new(IBig::from(*x))),
            (4, Value::Int64(x)) => Value::Rat(Arc::new(RBig::from(*x))),
            (4, Value::Int(x)) => Value::Rat(Arc::new(RBig::from((**x).clone()))),
            (5, Value::Int64(x)) => Value::Float(Arc::new(BigFloat::from_int(&IBig::from(*x)))),
            (5, Value::Int(x)) => Value::Float(Arc::new(BigFloat::from_int(x))),
            (5, Value::Rat(x)) => {
                Value::Float(Arc::new(BigFloat::from_ratio(x.numerator(), x.denominator())))
            }
            (6, Value::Int64(_) | Value::Int(_) | Value::Rat(_) | Value::Float(_)) => {
                Value::Complex(Arc::new((self.clone(), Value::Int64(0))))
            }
            _ => Value::Unknown,
        }
    }

    fn matched(x: &Value, y: &Value) -> (Value, Value) {
        match x.rank().cmp(&y.rank()) {
            Ordering::Equal => (x.clone(), y.clone()),
            Ordering::Less => (x.widen(y.rank()), y.clone()),
            Ordering::Greater => (x.clone(), y.widen(x.rank())),
        }
    }
}

/// `op y`. `prec` is the size in bits of an unsigned result of `^`, or 0 if the result is signed.
pub fn unary_op(op: Op, y: &Value, prec: u32) -> Value {
    match (op, y) {
        (_, Value::Unknown) => Value::Unknown,
        (Op::Add, Value::Int64(_) | Value::Int(_) | Value::Rat(_) | Value::Float(_) | Value::Complex(_)) => {
            y.clone()
        }
        (Op::Sub, Value::Int64(x)) => match x.checked_neg() {
            Some(x) => Value::Int64(x),
            None => Value::make_int(-IBig::from(*x)),
        },
        (Op::Sub, Value::Int(x)) => Value::make_int(-(**x).clone()),
        (Op::Sub, Value::Rat(x)) => Value::make_rat(-(**x).clone()),
        (Op::Sub, Value::Float(x)) => Value::make_float(x.neg()),
        (Op::Sub, Value::Complex(c)) => {
            Value::make_complex(unary_op(Op::Sub, &c.0, 0), unary_op(Op::Sub, &c.1, 0))
        }
        (Op::Xor, Value::Int64(x)) if prec == 0 => Value::Int64(!x),
        (Op::Xor, Value::Int64(_) | Value::Int(_)) => {
            let x = y.big_int_val().expect("an integer");
            let mut z = !x;
            if prec > 0 {
                z &= (IBig::ONE << prec as usize) - IBig::ONE;
            }
            Value::make_int(z)
        }
        (Op::Not, Value::Bool(b)) => Value::Bool(!b),
        _ => panic!("invalid unary operation {op:?} {y}"),
    }
}

/// `x op y` for operators that are neither shifts nor comparisons. Integer division by zero must have been
/// excluded. Operands of kinds that do not fit give unknown.
pub fn binary_op(x: &Value, op: Op, y: &Value) -> Value {
    if let (Value::Int64(a), Value::Int64(b)) = (x, y)
        && let Some(c) = small_binary_op(*a, op, *b)
    {
        return Value::Int64(c);
    }
    if let (Value::String(a), Value::String(b), Op::Add) = (x, y, op) {
        return Value::String(a.concat(b));
    }
    let (x, y) = Value::matched(x, y);
    match (&x, &y) {
        (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
        (Value::Bool(a), Value::Bool(b)) => match op {
            Op::LAnd => Value::Bool(*a && *b),
            Op::LOr => Value::Bool(*a || *b),
            _ => panic!("invalid operation {x} {op:?} {y}"),
        },
        (Value::Int64(a), Value::Int64(b)) => big_binary_op(&IBig::from(*a), op, &IBig::from(*b)),
        (Value::Int(a), Value::Int(b)) => big_binary_op(a, op, b),
        (Value::Rat(a), Value::Rat(b)) => Value::make_rat(match op {
            Op::Add => &**a + &**b,
            Op::Sub => &**a - &**b,
            Op::Mul => &**a * &**b,
            Op::Quo => &**a / &**b,
            _ => panic!("invalid operation {x} {op:?} {y}"),
        }),
        (Value::Float(a), Value::Float(b)) => Value::make_float(match op {
            Op::Add => a.add(b),
            Op::Sub => a.sub(b),
            Op::Mul => a.mul(b),
            Op::Quo => a.quo(b),
            _ => panic!("invalid operation {x} {op:?} {y}"),
        }),
        (Value::Complex(x), Value::Complex(y)) => complex_op(x, op, y),
        _ => Value::Unknown,
    }
}

fn small_binary_op(a: i64, op: Op, b: i64) -> Option<i64> {
    match op {
        Op::Add => a.checked_add(b),
        Op::Sub => a.checked_sub(b),
        Op::Mul => a.checked_mul(b),
        // The least number divided by -1 wraps around, as in go/constant.
        Op::IntQuo => (b != 0).then(|| a.wrapping_div(b)),
        Op::Rem => {
            if b == -1 {
                Some(0)
            } else {
                a.checked_rem(b)
            }
        }
        Op::And => Some(a & b),
        Op::Or => Some(a | b),
        Op::Xor => Some(a ^ b),
        Op::AndNot => Some(a & !b),
        _ => None,
    }
}

fn big_binary_op(a: &IBig, op: Op, b: &IBig) -> Value {
    Value::make_int(match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Quo => return Value::make_rat(RBig::from_parts_signed(a.clone(), b.clone())),
        Op::IntQuo => a / b,
        Op::Rem => a % b,
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        Op::AndNot => a & !b.clone(),
        _ => panic!("invalid operation {a} {op:?} {b}"),
    })
}

fn complex_op(x: &(Value, Value), op: Op, y: &(Value, Value)) -> Value {
    let add = |x: &Value, y: &Value| binary_op(x, Op::Add, y);
    let sub = |x: &Value, y: &Value| binary_op(x, Op::Sub, y);
    let mul = |x: &Value, y: &Value| binary_op(x, Op::Mul, y);
    let quo = |x: &Value, y: &Value| binary_op(x, Op::Quo, y);
    let ((a, b), (c, d)) = (x, y);
    match op {
        Op::Add => Value::make_complex(add(a, c), add(b, d)),
        Op::Sub => Value::make_complex(sub(a, c), sub(b, d)),
        Op::Mul => Value::make_complex(sub(&mul(a, c), &mul(b, d)), add(&mul(b, c), &mul(a, d))),
        Op::Quo => {
            let s = add(&mul(c, c), &mul(d, d));
            let re = add(&mul(a, c), &mul(b, d));
            let im = sub(&mul(b, c), &mul(a, d));
            Value::make_complex(quo(&re, &s), quo(&im, &s))
        }
        _ => panic!("invalid operation {op:?} on complex numbers"),
    }
}

/// `x << s` or `x >> s`.
pub fn shift(x: &Value, op: Op, s: u32) -> Value {
    match (op, x) {
        (_, Value::Unknown) => Value::Unknown,
        (Op::Shr, Value::Int64(x)) => Value::Int64(x >> s.min(63)),
        (Op::Shl, Value::Int64(_) | Value::Int(_)) => {
            Value::make_int(x.big_int_val().expect("an integer") << s as usize)
        }
        (Op::Shr, Value::Int(x)) => Value::make_int(&**x >> s as usize),
        _ => panic!("invalid shift {x} {op:?} {s}"),
    }
}

/// `x op y` for comparisons; false if a value is unknown.
pub fn compare(x: &Value, op: Op, y: &Value) -> bool {
    let by = |o: Ordering| match op {
        Op::Eql => o.is_eq(),
        Op::Neq => o.is_ne(),
        Op::Lss => o.is_lt(),
        Op::Leq => o.is_le(),
        Op::Gtr => o.is_gt(),
        Op::Geq => o.is_ge(),
        _ => panic!("{op:?} is not a comparison"),
    };
    if let (Value::Int64(a), Value::Int64(b)) = (x, y) {
        return by(a.cmp(b));
    }
    let (x, y) = Value::matched(x, y);
    match (&x, &y) {
        (Value::Bool(a), Value::Bool(b)) => by(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => by(a.cmp(b)),
        (Value::Rat(a), Value::Rat(b)) => by(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => by(a.cmp(b)),
        (Value::String(a), Value::String(b)) => by(a.bytes().cmp(&b.bytes())),
        (Value::Complex(a), Value::Complex(b)) => {
            let equal = compare(&a.0, Op::Eql, &b.0) && compare(&a.1, Op::Eql, &b.1);
            if op == Op::Neq { !equal } else { equal }
        }
        _ => false,
    }
}

fn small_int(x: &IBig) -> bool {
    x.as_sign_words_bit_len() < MAX_EXP
}

fn ibig_sign(x: &IBig) -> i32 {
    if x.is_zero() {
        0
    } else if x.sign() == dashu_base::Sign::Negative {
        -1
    } else {
        1
    }
}

/// The length in bits of the magnitude of an integer.
trait MagnitudeBits {
    fn as_sign_words_bit_len(&self) -> usize;
}

impl MagnitudeBits for IBig {
    fn as_sign_words_bit_len(&self) -> usize {
        self.unsigned_abs().bit_len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(s: &str) -> Value {
        Value::make_from_literal(s, LiteralKind::Int)
    }

    fn float(s: &str) -> Value {
        Value::make_from_literal(s, LiteralKind::Float)
    }

    #[test]
    fn integers_leave_and_reenter_64_bits() {
        let max = int("9223372036854775807");
        let more = binary_op(&max, Op::Add, &Value::Int64(1));
        assert_eq!(more.exact_string(), "9223372036854775808");
        assert!(matches!(more, Value::Int(_)));
        let back = binary_op(&more, Op::Sub, &Value::Int64(1));
        assert!(matches!(back, Value::Int64(i64::MAX)));
        assert_eq!(unary_op(Op::Xor, &Value::Int64(0), 64).exact_string(), "18446744073709551615");
        assert_eq!(shift(&Value::Int64(-1), Op::Shr, 200).exact_string(), "-1");
        assert_eq!(binary_op(&Value::Int64(7), Op::Quo, &Value::Int64(2)).exact_string(), "7/2");
    }

    #[test]
    fn floats_round_once() {
        assert_eq!(float("1.7976931348623159e308").float64_val(), (f64::INFINITY, false));
        assert_eq!(float("0x1p-1074").float64_val(), (5e-324, true));
        assert_eq!(float("0x1.8p-1075").float64_val(), (5e-324, false));
        assert_eq!(float("0x1p-1075").float64_val(), (0.0, false));
        // Rounding to f64 first would give the other neighbour.
        assert_eq!(float("1.00000017881393432617187499").float32_val().0, 1.000_000_1);
        assert_eq!(float("1.00000017881393432617187500").float32_val().0, 1.000_000_2);
    }

    #[test]
    fn short_forms() {
        let show = |s: &str| float(s).to_string();
        assert_eq!(show("1234567"), "1.23457e+06");
        assert_eq!(show("100000"), "100000");
        assert_eq!(show("0.1"), "0.1");
        assert_eq!(show("0.00001"), "1e-05");
        assert_eq!(show("1e1000"), "1e+1000");
        assert_eq!(show("12345678.9"), "1.23457e+07");
        assert_eq!(Value::make_string(b"a\"\x00\xff\n").to_string(), r#""a\"\x00\xff\n""#);
        assert_eq!(float("2").make_imag().to_string(), "(0 + 2i)");
    }

    #[test]
    fn huge_floats_become_integers_again() {
        assert_eq!(float("1e1000").to_int().exact_string().len(), 1001);
        assert!(float("1e2000").to_int().is_unknown());
        let tiny = binary_op(&float("1e-5000"), Op::Mul, &float("1e5000"));
        assert_eq!(tiny.to_int().exact_string(), "1");
        assert!(float("1e1000000000").to_int().is_unknown());
    }

    #[test]
    fn sums_of_strings_share_their_buffer() {
        let mut s = Value::make_string(b"");
        for _ in 0..100 {
            s = binary_op(&s, Op::Add, &Value::make_string(b"ab"));
        }
        let t = binary_op(&s, Op::Add, &Value::make_string(b"x"));
        let u = binary_op(&s, Op::Add, &Value::make_string(b"y"));
        assert_eq!((s.string_len(), t.string_len()), (200, 201));
        assert_eq!((t.string_val()[200], u.string_val()[200]), (b'x', b'y'));
        assert!(compare(&t, Op::Lss, &u));
    }
}
