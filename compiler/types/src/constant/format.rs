//! The texts of constant values: the short form for messages (`Display`) and the exact form.

use std::fmt::{self, Display, Write};

use super::{BigFloat, Value};

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unknown => f.write_str("unknown"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::String(s) => {
                const MAX: usize = 72;
                let s = quote(&s.bytes());
                if s.chars().count() > MAX {
                    let end = s.char_indices().nth(MAX - 3).map_or(s.len(), |(i, _)| i);
                    write!(f, "{}...", &s[..end])
                } else {
                    f.write_str(&s)
                }
            }
            Value::Int64(x) => write!(f, "{x}"),
            Value::Int(x) => write!(f, "{x}"),
            Value::Rat(x) => {
                f.write_str(&float_string(&BigFloat::from_ratio(x.numerator(), x.denominator())))
            }
            Value::Float(x) => f.write_str(&float_string(x)),
            Value::Complex(c) => write!(f, "({} + {}i)", c.0, c.1),
        }
    }
}

impl Value {
    /// The text that denotes the value exactly. Fractions are `a/b`.
    pub fn exact_string(&self) -> String {
        match self {
            Value::String(s) => quote(&s.bytes()),
            Value::Rat(x) if x.is_int() => x.numerator().to_string(),
            Value::Rat(x) => format!("{}/{}", x.numerator(), x.denominator()),
            Value::Float(x) => {
                // 0x.mantissa p exponent
                let (m, _) = x.parts();
                if m.is_zero() {
                    return "0".into();
                }
                let sign = if x.sign() < 0 { "-" } else { "" };
                let bits = {
                    use dashu_int::ops::{BitTest, UnsignedAbs};
                    let m = m.clone().unsigned_abs();
                    let pad = (4 - m.bit_len() % 4) % 4;
                    m << pad
                };
                let digits = format!("{bits:x}");
                format!("{sign}0x.{}p{:+}", digits.trim_end_matches('0'), x.top())
            }
            Value::Complex(c) => format!("({} + {}i)", c.0.exact_string(), c.1.exact_string()),
            _ => self.to_string(),
        }
    }
}

fn float_string(x: &BigFloat) -> String {
    if x.is_inf() {
        return if x.sign() < 0 { "-Inf".into() } else { "+Inf".into() };
    }
    let (v, _) = x.to_f64();
    if (x.sign() == 0) == (v == 0.0) && v.is_finite() {
        let s = general(v, Some(6));
        if !x.is_int() && !s.contains('.') {
            return general(v, None);
        }
        return s;
    }
    // Out of the range of f64: take the decimal exponent from the binary one.
    let top = x.top();
    let (m, _) = {
        let (mant, exp) = x.parts();
        super::float::ratio_to_f64(mant, &dashu_int::UBig::ONE, exp - top)
    };
    let mut m = m;
    let d = top as f64 * (std::f64::consts::LN_2 / std::f64::consts::LN_10);
    let mut e = d as i64;
    m *= 10f64.powf(d - e as f64);
    if m.abs() < 1.0 - 0.5e-6 {
        m *= 10.0;
        e -= 1;
    } else if m.abs() >= 10.0 {
        m /= 10.0;
        e += 1;
    }
    format!("{}e{e:+}", general(m, Some(6)))
}

/// The `%g` format: with a number of significant digits, or the fewest that denote the value.
pub(super) fn general(v: f64, digits: Option<usize>) -> String {
    if v == 0.0 {
        return "0".into();
    }
    let sci = match digits {
        Some(n) => format!("{v:.*e}", n - 1),
        None => format!("{v:e}"),
    };
    let (mantissa, exp) = sci.split_once('e').expect("scientific notation has an exponent");
    let exp: i32 = exp.parse().expect("the exponent is a number");
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(m) => ("-", m),
        None => ("", mantissa),
    };
    let mut ds: String = mantissa.chars().filter(|c| *c != '.').collect();
    ds.truncate(ds.trim_end_matches('0').len().max(1));
    let mut limit = digits.unwrap_or(6) as i32;
    if limit > ds.len() as i32 && ds.len() as i32 > exp {
        limit = ds.len() as i32;
    }
    if digits.is_none() {
        limit = 6;
    }
    let mut out = String::from(sign);
    if exp < -4 || exp >= limit {
        out.push_str(&ds[..1]);
        if ds.len() > 1 {
            out.push('.');
            out.push_str(&ds[1..]);
        }
        let _ = write!(out, "e{}{:02}", if exp < 0 { '-' } else { '+' }, exp.abs());
    } else if exp < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-exp - 1) as usize));
        out.push_str(&ds);
    } else {
        let point = exp as usize + 1;
        if ds.len() <= point {
            out.push_str(&ds);
            out.extend(std::iter::repeat_n('0', point - ds.len()));
        } else {
            out.push_str(&ds[..point]);
            out.push('.');
            out.push_str(&ds[point..]);
        }
    }
    out
}

/// A string as a Go literal in double quotes.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => {
                    out.push('\\');
                    out.push(c);
                }
                '\u{7}' => out.push_str("\\a"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{b}' => out.push_str("\\v"),
                ' ' => out.push(c),
                c if is_print(c) => out.push(c),
                c if (c as u32) < 0x80 => {
                    let _ = write!(out, "\\x{:02x}", c as u32);
                }
                c if (c as u32) < 0x10000 => {
                    let _ = write!(out, "\\u{:04x}", c as u32);
                }
                c => {
                    let _ = write!(out, "\\U{:08x}", c as u32);
                }
            }
        }
        for b in chunk.invalid() {
            let _ = write!(out, "\\x{b:02x}");
        }
    }
    out.push('"');
    out
}

/// Whether a character is printable: not a control, not an unassigned or private one, no space but U+0020.
fn is_print(c: char) -> bool {
    // `escape_debug` escapes what is not printable, and grapheme extenders, which Go prints.
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    if c.is_whitespace() || c == '\u{ad}' {
        return false;
    }
    c.escape_debug().len() == 1
        || c.is_alphanumeric()
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}')
}
