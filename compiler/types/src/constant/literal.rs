//! The values of literals as they are written: numbers in all bases, with digit separators, decimal and
//! hexadecimal floats, characters and strings with their escapes.

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use std::sync::Arc;

use super::{BigFloat, PREC, Value};

/// The kind of a literal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum LiteralKind {
    Int,
    Float,
    Imag,
    Rune,
    String,
}

pub(super) fn parse(lit: &str, kind: LiteralKind) -> Option<Value> {
    match kind {
        LiteralKind::Int => parse_int(lit),
        LiteralKind::Float => parse_float(lit),
        LiteralKind::Imag => {
            let digits = lit.strip_suffix('i')?;
            Some(Value::make_complex(Value::Int64(0), parse_float(digits)?))
        }
        LiteralKind::Rune => {
            let inner = lit.strip_prefix('\'')?.strip_suffix('\'')?;
            let (code, _, rest) = unquote_char(inner.as_bytes(), b'\'')?;
            rest.is_empty().then_some(Value::Int64(code as i64))
        }
        LiteralKind::String => Some(Value::make_string(&unquote(lit)?)),
    }
}

fn without_separators(s: &str) -> std::borrow::Cow<'_, str> {
    if s.contains('_') { s.replace('_', "").into() } else { s.into() }
}

fn parse_int(lit: &str) -> Option<Value> {
    let lit = without_separators(lit);
    let bytes = lit.as_bytes();
    let (radix, digits) = match bytes {
        [b'0', b'x' | b'X', ..] => (16, &lit[2..]),
        [b'0', b'o' | b'O', ..] => (8, &lit[2..]),
        [b'0', b'b' | b'B', ..] => (2, &lit[2..]),
        [b'0', _, ..] => (8, &lit[1..]),
        _ => (10, &lit[..]),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    if let Ok(x) = i64::from_str_radix(digits, radix) {
        return Some(Value::Int64(x));
    }
    IBig::from_str_radix(digits, radix).ok().map(Value::make_int)
}

/// A number as integer, power of two and power of ten: `mant * 2^exp2 * 10^exp10`.
struct Scanned {
    mant: UBig,
    exp2: i64,
    exp10: i64,
}

/// Reads a float literal, or an integer literal with the prefixes of floats (as imaginary literals have).
fn scan(lit: &str) -> Option<Scanned> {
    let lit = without_separators(lit);
    let bytes = lit.as_bytes();
    let (radix, rest) = match bytes {
        [b'0', b'x' | b'X', ..] => (16u32, &lit[2..]),
        [b'0', b'o' | b'O', ..] => (8, &lit[2..]),
        [b'0', b'b' | b'B', ..] => (2, &lit[2..]),
        _ => (10, &lit[..]),
    };
    let (digits, exponent) = match rest.find(if radix == 16 { ['p', 'P'] } else { ['e', 'E'] }) {
        Some(i) => (&rest[..i], Some(&rest[i + 1..])),
        None => (rest, None),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = [whole, fraction].concat();
    if all.is_empty() || !all.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let mant = UBig::from_str_radix(&all, radix).ok()?;
    let exp: i64 = match exponent {
        None => 0,
        Some(e) => {
            let (negative, d) = match e.as_bytes().first()? {
                b'+' => (false, &e[1..]),
                b'-' => (true, &e[1..]),
                _ => (false, e),
            };
            if d.is_empty() || !d.bytes().all(|c| c.is_ascii_digit()) {
                return None;
            }
            let magnitude = d
                .trim_start_matches('0')
                .parse::<i64>()
                .unwrap_or(if d.bytes().all(|c| c == b'0') { 0 } else { i64::MAX / 8 });
            if negative { -magnitude } else { magnitude }
        }
    };
    let places = fraction.len() as i64;
    Some(match radix {
        16 => Scanned { mant, exp2: exp - 4 * places, exp10: 0 },
        10 => Scanned { mant, exp2: 0, exp10: exp - places },
        _ => Scanned { mant, exp2: 0, exp10: 0 },
    })
}

fn parse_float(lit: &str) -> Option<Value> {
    let Scanned { mant, exp2, exp10 } = scan(lit)?;
    if mant.is_zero() {
        return Some(Value::Rat(Arc::new(RBig::ZERO)));
    }
    // Exponents beyond those of a float are an overflow or an underflow.
    const LIMIT: i64 = i32::MAX as i64;
    let total2 = exp2 + exp10;
    if exp10.abs() > LIMIT || total2.abs() > LIMIT {
        return None;
    }
    let mant = IBig::from(mant);
    // 10^n is 2^n * 5^n, and the powers of five get 64 more bits than the result.
    let f = if exp10 == 0 {
        BigFloat::round(mant.clone(), exp2, false, PREC)
    } else {
        let exact = BigFloat::round(mant.clone(), total2, false, usize::MAX);
        let p = pow5(exp10.unsigned_abs());
        if exp10 < 0 { exact.quo_to(&p, PREC) } else { exact.mul_to(&p, PREC) }
    };
    if !f.is_small() {
        return Some(Value::make_float(f));
    }
    if f.sign() == 0 {
        return Some(Value::Rat(Arc::new(RBig::ZERO)));
    }
    let mut num = mant;
    let mut den = UBig::ONE;
    if exp10 >= 0 {
        num *= IBig::from(UBig::from(10u8).pow(exp10 as usize));
    } else {
        den *= UBig::from(10u8).pow((-exp10) as usize);
    }
    if exp2 >= 0 {
        num <<= exp2 as usize;
    } else {
        den <<= (-exp2) as usize;
    }
    Some(Value::Rat(Arc::new(RBig::from_parts(num, den))))
}

/// `5^n` in 576 bits, by the sequence of roundings that `big.Float` makes.
fn pow5(n: u64) -> BigFloat {
    const EXACT: u64 = 27;
    let prec = PREC + 64;
    let small = |n: u64| BigFloat::round(IBig::from(5u64.pow(n as u32)), 0, false, prec);
    if n <= EXACT {
        return small(n);
    }
    let mut z = small(EXACT);
    let mut n = n - EXACT;
    let mut f = small(1);
    while n > 0 {
        if n & 1 != 0 {
            z = z.mul_to(&f, prec);
        }
        f = f.mul_to(&f, prec + 64);
        n >>= 1;
    }
    z
}

/// The bytes of a string literal: interpreted (`"..."`) or raw (`` `...` ``).
pub fn unquote(lit: &str) -> Option<Vec<u8>> {
    if let Some(raw) = lit.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return Some(raw.bytes().filter(|&b| b != b'\r').collect());
    }
    let inner = lit.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner.as_bytes();
    while !rest.is_empty() {
        let plain = rest.iter().position(|&b| b == b'\\').unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
        if rest.is_empty() {
            break;
        }
        let (code, byte, tail) = unquote_char(rest, b'"')?;
        if byte {
            out.push(code as u8);
        } else {
            let mut buf = [0; 4];
            out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buf).as_bytes());
        }
        rest = tail;
    }
    Some(out)
}

/// The first character or escape of a literal's inside: its value, whether the value is a byte rather than a code
/// point, and what follows.
pub fn unquote_char(s: &[u8], quote: u8) -> Option<(u32, bool, &[u8])> {
    match *s.first()? {
        c if c == quote => None,
        c if c >= 0x80 => {
            let len = if c >= 0xf0 {
                4
            } else if c >= 0xe0 {
                3
            } else {
                2
            };
            let (head, rest) = s.split_at_checked(len)?;
            let c = std::str::from_utf8(head).ok()?.chars().next()?;
            Some((c as u32, false, rest))
        }
        b'\\' => {
            let c = *s.get(1)?;
            let rest = &s[2..];
            let simple = |code: u8| Some((code as u32, false, rest));
            match c {
                b'a' => simple(7),
                b'b' => simple(8),
                b'f' => simple(12),
                b'n' => simple(10),
                b'r' => simple(13),
                b't' => simple(9),
                b'v' => simple(11),
                b'\\' => simple(b'\\'),
                b'\'' | b'"' if c == quote => simple(c),
                b'x' | b'u' | b'U' => {
                    let n = match c {
                        b'x' => 2,
                        b'u' => 4,
                        _ => 8,
                    };
                    let (digits, rest) = rest.split_at_checked(n)?;
                    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                    if c != b'x' {
                        char::from_u32(code)?;
                    }
                    Some((code, c == b'x', rest))
                }
                b'0'..=b'7' => {
                    let (digits, rest) = s[1..].split_at_checked(3)?;
                    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()?;
                    (code <= 255).then_some((code, true, rest))
                }
                _ => None,
            }
        }
        c => Some((c as u32, false, &s[1..])),
    }
}

#[cfg(test)]
mod tests {
    use dashu_int::ops::BitTest;

    use super::*;

    #[test]
    fn powers_of_five_are_exact_while_they_fit() {
        let p = pow5(100);
        let (m, e) = p.parts();
        assert_eq!(e, 0);
        assert_eq!(*m, IBig::from(UBig::from(5u8).pow(100)));
        assert_eq!(UBig::from(5u8).pow(100).bit_len(), 233);
    }

    #[test]
    fn escapes() {
        assert_eq!(unquote(r#""a\n\x41\101\u00e9\"""#).unwrap(), "a\nAA\u{e9}\"".as_bytes());
        assert_eq!(unquote("`a\r\\n`").unwrap(), b"a\\n");
        assert_eq!(unquote(r#""\xff""#).unwrap(), [0xff]);
        assert_eq!(unquote(r#""\q""#), None);
        assert_eq!(unquote(r#""\ud800""#), None);
    }
}
