//! Values of literals: unquoting strings and runes.
//!
//! Go strings are byte strings, so the general result is bytes.

/// The value of a string literal, quotes included in `text`. `None` if the literal is malformed.
pub fn unquote_bytes(text: &str) -> Option<Vec<u8>> {
    let (quote, body) = match text.as_bytes() {
        [b'`', body @ .., b'`'] => {
            return Some(body.iter().copied().filter(|&b| b != b'\r').collect());
        }
        [b'"', body @ .., b'"'] => (b'"', body),
        _ => return None,
    };
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&b, tail)) = rest.split_first() {
        match b {
            b'\\' => {
                let (value, n) = escape(tail, quote)?;
                match value {
                    Escape::Byte(b) => out.push(b),
                    Escape::Rune(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                rest = &tail[n..];
            }
            b'"' | b'\n' => return None,
            _ => {
                let n = memchr::memchr2(b'\\', b'"', rest).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..n]);
                rest = &rest[n..];
            }
        }
    }
    Some(out)
}

/// The value of a string literal that is valid UTF-8.
pub fn unquote_string(text: &str) -> Option<String> {
    String::from_utf8(unquote_bytes(text)?).ok()
}

/// The value of a rune literal, quotes included in `text`. `None` if the literal is malformed.
pub fn unquote_rune(text: &str) -> Option<u32> {
    let body = text.strip_prefix('\'')?.strip_suffix('\'')?;
    if let Some(rest) = body.strip_prefix('\\') {
        let (value, n) = escape(rest.as_bytes(), b'\'')?;
        return (n == rest.len()).then_some(match value {
            Escape::Byte(b) => u32::from(b),
            Escape::Rune(c) => u32::from(c),
        });
    }
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c != '\'' && c != '\n' => Some(u32::from(c)),
        _ => None,
    }
}

enum Escape {
    /// One byte of a string.
    Byte(u8),
    /// A code point, to be encoded.
    Rune(char),
}

/// Decodes the escape whose text after the backslash begins `text`; the number of bytes consumed comes along.
fn escape(text: &[u8], quote: u8) -> Option<(Escape, usize)> {
    let digits = |start: usize, n: usize, base: u32| {
        text.get(start..start + n)?
            .iter()
            .try_fold(0u32, |x, &b| x.checked_mul(base)?.checked_add(char::from(b).to_digit(base)?))
    };
    let byte = |b| Some((Escape::Byte(b), 1));
    match *text.first()? {
        b'a' => byte(7),
        b'b' => byte(8),
        b'f' => byte(12),
        b'n' => byte(b'\n'),
        b'r' => byte(b'\r'),
        b't' => byte(b'\t'),
        b'v' => byte(11),
        b'\\' => byte(b'\\'),
        b if b == quote => byte(b),
        b'0'..=b'7' => Some((Escape::Byte(u8::try_from(digits(0, 3, 8)?).ok()?), 3)),
        b'x' => Some((Escape::Byte(digits(1, 2, 16)? as u8), 3)),
        b'u' => Some((Escape::Rune(char::from_u32(digits(1, 4, 16)?)?), 5)),
        b'U' => Some((Escape::Rune(char::from_u32(digits(1, 8, 16)?)?), 9)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        assert_eq!(
            unquote_bytes(r#""a\n\x41\377\u00e4\U0001F600\"""#).unwrap(),
            b"a\nA\xff\xc3\xa4\xf0\x9f\x98\x80\""
        );
        assert_eq!(unquote_bytes("`a\r\nb\\n`").unwrap(), b"a\nb\\n");
        assert_eq!(unquote_string("\"fmt\"").unwrap(), "fmt");
        for bad in ["", "\"", "\"a", r#""\q""#, r#""\ud800""#, r#""\400""#, r#""\'""#, "`", r#""\x4""#] {
            assert_eq!(unquote_bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn runes() {
        assert_eq!(unquote_rune("'a'"), Some(97));
        assert_eq!(unquote_rune(r"'\''"), Some(39));
        assert_eq!(unquote_rune(r"'\xff'"), Some(255));
        assert_eq!(unquote_rune("'本'"), Some(0x672c));
        for bad in ["''", "'ab'", r"'\'", r#"'\"'"#, "'''"] {
            assert_eq!(unquote_rune(bad), None, "{bad}");
        }
    }
}
