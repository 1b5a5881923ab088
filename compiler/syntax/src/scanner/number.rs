//! Numbers.

use super::*;
use crate::quote::quote_rune;

/// What a run of digits and separators contained.
#[derive(Clone, Copy, Default)]
struct Digits {
    any: bool,
    separators: bool,
    /// The first digit that is too large for the base.
    invalid: Option<usize>,
}

impl Scanner<'_> {
    /// Scans a number; with `seen_point` it began with a point.
    pub(super) fn number(&mut self, mut seen_point: bool) {
        let mut i = self.start;
        if !seen_point && self.at(i) != b'0' {
            // Most numbers are plain decimal integers.
            while self.at(i).is_ascii_digit() {
                i += 1;
            }
            if !matches!(self.at(i), b'_' | b'.' | b'e' | b'E' | b'p' | b'P' | b'i') {
                return self.literal(LitKind::Int, i, true);
            }
            i = self.start;
        }

        let mut ok = true;
        let mut kind = LitKind::Int;
        let mut base = 10;
        // `0` for legacy octal, else the letter.
        let mut prefix = None;
        let mut digits = Digits::default();

        if seen_point {
            i += 1;
        } else {
            if self.at(i) == b'0' {
                i += 1;
                (base, prefix) = match self.at(i) | 0x20 {
                    b'x' => (16, Some(b'x')),
                    b'o' => (8, Some(b'o')),
                    b'b' => (2, Some(b'b')),
                    _ => (8, Some(b'0')),
                };
                if prefix == Some(b'0') {
                    digits.any = true;
                } else {
                    i += 1;
                }
            }
            i = self.digits(i, base, &mut digits);
            if self.at(i) == b'.' {
                if let Some(b'o' | b'b') = prefix {
                    self.error_at(i, format!("invalid radix point in {} literal", base_name(base)));
                    ok = false;
                }
                i += 1;
                seen_point = true;
            }
        }

        if seen_point {
            kind = LitKind::Float;
            i = self.digits(i, base, &mut digits);
        }
        if !digits.any && ok {
            self.error_at(i, format!("{} literal has no digits", base_name(base)));
            ok = false;
        }

        let e = self.at(i) | 0x20;
        if e == b'e' || e == b'p' {
            if ok {
                let wrong = match (e, prefix) {
                    (b'e', Some(b'x' | b'o' | b'b')) => Some("decimal"),
                    (b'p', p) if p != Some(b'x') => Some("hexadecimal"),
                    _ => None,
                };
                if let Some(wanted) = wrong {
                    let e = quote_rune(char::from(self.at(i)));
                    self.error_at(i, format!("{e} exponent requires {wanted} mantissa"));
                    ok = false;
                }
            }
            i += 1;
            kind = LitKind::Float;
            if matches!(self.at(i), b'+' | b'-') {
                i += 1;
            }
            let mut exponent = Digits::default();
            i = self.digits(i, 10, &mut exponent);
            digits.separators |= exponent.separators;
            if !exponent.any && ok {
                self.error_at(i, "exponent has no digits");
                ok = false;
            }
        } else if prefix == Some(b'x') && kind == LitKind::Float && ok {
            self.error_at(i, "hexadecimal mantissa requires a 'p' exponent");
            ok = false;
        }

        if self.at(i) == b'i' {
            kind = LitKind::Imag;
            i += 1;
        }

        if let (LitKind::Int, Some(invalid), true) = (kind, digits.invalid, ok) {
            let digit = quote_rune(char::from(self.at(invalid)));
            self.error_at(invalid, format!("invalid digit {digit} in {} literal", base_name(base)));
            ok = false;
        }
        if digits.separators
            && ok
            && let Some(offset) = invalid_separator(&self.text[self.start..i])
        {
            self.error_at(self.start + offset, "'_' must separate successive digits");
            ok = false;
        }
        self.literal(kind, i, ok);
    }

    /// Skips digits and separators. Up to base 10 all decimal digits are accepted.
    fn digits(&self, mut i: usize, base: u8, seen: &mut Digits) -> usize {
        loop {
            match self.at(i) {
                b'_' => seen.separators = true,
                b @ b'0'..=b'9' => {
                    seen.any = true;
                    if base <= 10 && b >= b'0' + base && seen.invalid.is_none() {
                        seen.invalid = Some(i);
                    }
                }
                b'a'..=b'f' | b'A'..=b'F' if base == 16 => seen.any = true,
                _ => return i,
            }
            i += 1;
        }
    }
}

pub(super) fn base_name(base: u8) -> &'static str {
    match base {
        2 => "binary",
        8 => "octal",
        10 => "decimal",
        _ => "hexadecimal",
    }
}

/// The offset of the first `_` that does not stand between two digits; a base prefix counts as a digit.
fn invalid_separator(text: &[u8]) -> Option<usize> {
    #[derive(PartialEq)]
    enum Before {
        Separator,
        Digit,
        Other,
    }

    let prefix = match text {
        [b'0', p, ..] if matches!(p | 0x20, b'x' | b'o' | b'b') => Some(p | 0x20),
        _ => None,
    };
    let (first, mut before) = if prefix.is_some() { (2, Before::Digit) } else { (0, Before::Other) };
    for (i, &b) in text.iter().enumerate().skip(first) {
        let is_digit = b.is_ascii_digit() || prefix == Some(b'x') && b.is_ascii_hexdigit();
        before = match b {
            b'_' if before != Before::Digit => return Some(i),
            b'_' => Before::Separator,
            _ if is_digit => Before::Digit,
            _ if before == Before::Separator => return Some(i - 1),
            _ => Before::Other,
        };
    }
    (before == Before::Separator).then(|| text.len() - 1)
}
