//! Characters and strings as Go's `%q` and `%#U` show them in messages.

use std::fmt::Write;

/// Whether Go would print the character as itself.
fn is_printable(c: char) -> bool {
    match c {
        '\'' | '"' | '\\' => true,
        _ => c.escape_debug().eq([c]),
    }
}

/// `%q` of a character: in single quotes.
pub fn quote_rune(c: char) -> String {
    let mut out = String::from("'");
    escape_into(&mut out, c, '\'');
    out.push('\'');
    out
}

/// `%q` of a string: in double quotes. Bytes that are not UTF-8 are shown as `\xNN`.
pub fn quote_string(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            escape_into(&mut out, c, '"');
        }
        for b in chunk.invalid() {
            let _ = write!(out, "\\x{b:02x}");
        }
    }
    out.push('"');
    out
}

fn escape_into(out: &mut String, c: char, quote: char) {
    let simple = match c {
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        '\\' => '\\',
        c if c == quote => c,
        c if is_printable(c) => {
            out.push(c);
            return;
        }
        c => {
            let _ = match u32::from(c) {
                c @ ..0x20 | c @ 0x7f => write!(out, "\\x{c:02x}"),
                c @ ..0x10000 => write!(out, "\\u{c:04x}"),
                c => write!(out, "\\U{c:08x}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(simple);
}

/// `%#U` of a code point: `U+0040 '@'`, without the character if it is not printable.
pub fn code_point(c: u32) -> String {
    match char::from_u32(c) {
        Some(printable) if is_printable(printable) => format!("U+{c:04X} '{printable}'"),
        _ => format!("U+{c:04X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        assert_eq!(quote_rune('\''), r"'\''");
        assert_eq!(quote_rune('"'), "'\"'");
        assert_eq!(quote_rune('\u{1}'), r"'\x01'");
        assert_eq!(quote_rune('\u{a0}'), r"'\u00a0'");
        assert_eq!(quote_string(b"a\"\xff\n\xe2\x82\xac"), "\"a\\\"\\xff\\n€\"");
        assert_eq!(code_point(0x40), "U+0040 '@'");
        assert_eq!(code_point(0x27), "U+0027 '''");
        assert_eq!(code_point(0x1), "U+0001");
        assert_eq!(code_point(0xd800), "U+D800");
    }
}
