//! Rune and string literals.

use super::number::base_name;
use super::*;
use crate::quote::quote_rune;

impl Scanner<'_> {
    pub(super) fn rune(&mut self) {
        let mut ok = true;
        let mut i = self.start + 1;
        let mut chars = 0;
        loop {
            match self.at(i) {
                b'\'' => {
                    if ok && chars == 0 {
                        self.error_at(i, "empty rune literal or unescaped '");
                        ok = false;
                    } else if ok && chars != 1 {
                        self.error_at(self.start, "more than one character in rune literal");
                        ok = false;
                    }
                    i += 1;
                    break;
                }
                b'\\' => {
                    let escape_ok;
                    (i, escape_ok) = self.escape(i + 1, b'\'');
                    ok &= escape_ok;
                }
                b'\n' => {
                    if ok {
                        self.error_at(i, "newline in rune literal");
                        ok = false;
                    }
                    break;
                }
                _ => match self.char_at(i) {
                    Some(c) => i += c.len_utf8(),
                    None => {
                        if ok {
                            self.error_at(self.start, "rune literal not terminated");
                            ok = false;
                        }
                        break;
                    }
                },
            }
            chars += 1;
        }
        self.literal(LitKind::Rune, i, ok);
    }

    pub(super) fn string(&mut self) {
        let mut ok = true;
        let mut i = self.start + 1;
        loop {
            match self.at(i) {
                b'"' => {
                    i += 1;
                    break;
                }
                b'\\' => {
                    let escape_ok;
                    (i, escape_ok) = self.escape(i + 1, b'"');
                    ok &= escape_ok;
                }
                b'\n' => {
                    self.error_at(i, "newline in string");
                    ok = false;
                    break;
                }
                0 if i >= self.text.len() => {
                    self.error_at(self.start, "string not terminated");
                    ok = false;
                    break;
                }
                _ => i += 1,
            }
        }
        self.literal(LitKind::String, i, ok);
    }

    pub(super) fn raw_string(&mut self) {
        let body = self.start + 1;
        match memchr::memchr(b'`', &self.text[body..]) {
            Some(n) => self.literal(LitKind::String, body + n + 1, true),
            None => {
                self.error_at(self.start, "string not terminated");
                self.literal(LitKind::String, self.text.len(), false);
            }
        }
    }

    /// Scans an escape; `i` is behind the backslash. The result is the offset behind the escape (where scanning
    /// goes on, if it is malformed) and whether it is well-formed. The end of the file within an escape is
    /// left to the caller to report.
    fn escape(&mut self, mut i: usize, quote: u8) -> (usize, bool) {
        let (len, base, max) = match self.at(i) {
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' => return (i + 1, true),
            b if b == quote => return (i + 1, true),
            b'0'..=b'7' => (3, 8, 255),
            b'x' => (2, 16, 255),
            b'u' => (4, 16, u32::from(char::MAX)),
            b'U' => (8, 16, u32::from(char::MAX)),
            _ if i >= self.text.len() => return (i, true),
            _ => {
                self.error_at(i, "unknown escape");
                return (i, false);
            }
        };
        if base == 16 {
            i += 1;
        }
        let mut x: u32 = 0;
        for _ in 0..len {
            let Some(c) = self.char_at(i) else { return (i, true) };
            let Some(digit) = c.to_digit(base) else {
                let base = base_name(base as u8);
                self.error_at(i, format!("invalid character {} in {base} escape", quote_rune(c)));
                return (i, false);
            };
            x = x.wrapping_mul(base).wrapping_add(digit);
            i += 1;
        }
        if x > max && base == 8 {
            self.error_at(i, format!("octal escape value {x} > 255"));
            return (i, false);
        }
        if x > max || (0xd800..0xe000).contains(&x) {
            self.error_at(i, format!("escape is invalid Unicode code point {}", code_point(x)));
            return (i, false);
        }
        (i, true)
    }
}
