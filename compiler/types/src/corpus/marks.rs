//! Reads the expected errors of a corpus file.
//!
//! An expectation is a comment `ERROR "text"` or `ERRORx "pattern"`; it belongs to the token right
//! before it, whose position the reported error must have (within the tolerance of the folder).
//! Only as much of Go's lexical grammar is known here as finding token starts takes.

use std::collections::HashMap;

/// One expected error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The line of the token before the comment; 0 when there is none.
    pub line: u32,
    /// The byte column of that token.
    pub col: u32,
    /// The text or pattern, unquoted; none when it is malformed.
    pub pattern: Option<String>,
    /// Whether the pattern is a regular expression.
    pub is_regex: bool,
}

/// The expected errors of a file, by line, in source order.
pub fn marks(src: &[u8]) -> HashMap<u32, Vec<Mark>> {
    let mut found: HashMap<u32, Vec<Mark>> = HashMap::new();
    let mut lexer = Lexer { src, at: 0, line: 1, line_start: 0 };
    let mut previous = (0, 0);
    while let Some(piece) = lexer.next_piece() {
        match piece {
            Piece::Token { line, col } => previous = (line, col),
            Piece::Comment(text) => {
                let (rest, is_regex) = if let Some(rest) = text.strip_prefix(b" ERROR ") {
                    (rest, false)
                } else if let Some(rest) = text.strip_prefix(b" ERRORx ") {
                    (rest, true)
                } else {
                    continue;
                };
                let pattern = unquote(String::from_utf8_lossy(rest).trim());
                let mark = Mark { line: previous.0, col: previous.1, pattern, is_regex };
                found.entry(previous.0).or_default().push(mark);
            }
        }
    }
    found
}

enum Piece<'a> {
    Token { line: u32, col: u32 },
    Comment(&'a [u8]),
}

struct Lexer<'a> {
    src: &'a [u8],
    at: usize,
    line: u32,
    line_start: usize,
}

const OPERATORS: &[&str] = &[
    "<<=", ">>=", "&^=", "...", "<<", ">>", "&^", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "&&", "||",
    "<-", "++", "--", "==", "!=", "<=", ">=", ":=",
];

impl<'a> Lexer<'a> {
    fn byte(&self, i: usize) -> u8 {
        self.src.get(self.at + i).copied().unwrap_or(0)
    }

    fn bump(&mut self, n: usize) {
        for _ in 0..n {
            if self.byte(0) == b'\n' {
                self.line += 1;
                self.line_start = self.at + 1;
            }
            self.at += 1;
        }
    }

    fn next_piece(&mut self) -> Option<Piece<'a>> {
        while self.at < self.src.len() && matches!(self.byte(0), b' ' | b'\t' | b'\r' | b'\n') {
            self.bump(1);
        }
        if self.at >= self.src.len() {
            return None;
        }
        let start = self.at;
        let (line, col) = (self.line, (self.at - self.line_start + 1) as u32);
        let rest = &self.src[self.at..];
        if rest.starts_with(b"//") {
            let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            self.bump(end);
            return Some(Piece::Comment(self.src[start + 2..self.at].trim_ascii_end()));
        }
        if rest.starts_with(b"/*") {
            let end = rest[2..].windows(2).position(|w| w == b"*/").map_or(rest.len() - 2, |i| i + 2);
            self.bump((end + 2).min(rest.len()));
            return Some(Piece::Comment(&self.src[start + 2..start + end]));
        }
        let len = match rest[0] {
            b'`' => rest[1..].iter().position(|&b| b == b'`').map_or(rest.len(), |i| i + 2),
            quote @ (b'"' | b'\'') => quoted_length(rest, quote),
            b if word_byte(b) => word_length(rest),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => 1 + word_length(&rest[1..]),
            _ => OPERATORS.iter().find(|op| rest.starts_with(op.as_bytes())).map_or(1, |op| op.len()),
        };
        self.bump(len);
        Some(Piece::Token { line, col })
    }
}

fn word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

/// The length of an identifier, keyword or number; exponents may carry a sign.
fn word_length(rest: &[u8]) -> usize {
    let number = rest[0].is_ascii_digit();
    let hex = rest.len() > 1 && rest[0] == b'0' && matches!(rest[1], b'x' | b'X');
    let mut i = 0;
    while i < rest.len() {
        let b = rest[i];
        let exponent = number && i > 0 && if hex { b"pP" } else { b"eE" }.contains(&rest[i - 1]);
        if !(word_byte(b) || number && b == b'.' || exponent && matches!(b, b'+' | b'-')) {
            break;
        }
        i += 1;
    }
    i
}

/// The length of an interpreted string or a rune literal; an unterminated one ends with its line.
fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut i = 1;
    while i < rest.len() && rest[i] != b'\n' {
        match rest[i] {
            b'\\' if i + 1 < rest.len() && rest[i + 1] != b'\n' => i += 2,
            b if b == quote => return i + 1,
            _ => i += 1,
        }
    }
    i
}

/// The value of a Go string literal that is the whole of `text`.
fn unquote(text: &str) -> Option<String> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    match text.as_bytes() {
        [b'`', .., b'`'] if !inner.contains('`') => Some(inner.to_string()),
        [b'"', .., b'"'] => {
            let mut out = String::new();
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                match c {
                    '"' => return None,
                    '\\' => match chars.next()? {
                        'n' => out.push('\n'),
                        't' => out.push('\t'),
                        'r' => out.push('\r'),
                        c @ ('\\' | '"') => out.push(c),
                        'x' => out.push(code_point(&mut chars, 2)?),
                        'u' => out.push(code_point(&mut chars, 4)?),
                        'U' => out.push(code_point(&mut chars, 8)?),
                        _ => return None,
                    },
                    c => out.push(c),
                }
            }
            Some(out)
        }
        _ => None,
    }
}

fn code_point(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let text: String = chars.take(digits).collect();
    char::from_u32(u32::from_str_radix(&text, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_belong_to_the_token_before() {
        let src = b"package p\nvar x /* ERROR \"a \\\"b\\\"\" */ int = y /* ERRORx `c.*` */ + 1e+3 // ERROR \"d\"\n";
        let found = marks(src);
        let line = &found[&2];
        assert_eq!(found.len(), 1);
        let got: Vec<_> = line.iter().map(|m| (m.col, m.pattern.as_deref().unwrap(), m.is_regex)).collect();
        assert_eq!(got, [(5, "a \"b\"", false), (43, "c.*", true), (67, "d", false)]);
    }

    #[test]
    fn a_comment_on_its_own_line_belongs_to_the_line_before() {
        let found = marks(b"x := `a\nb`\n// ERROR \"later\"\n");
        assert_eq!(found[&1][0].col, 6);
    }
}
