//! The scanner: source bytes to tokens.
//!
//! The idea: one pass over bytes with ASCII decided by `match` and lookup tables; comments and raw strings are
//! skipped with `memchr`; characters beyond ASCII are decoded only inside identifiers, rune literals and error
//! messages. Lines and columns are not tracked at all: a position is a byte offset, and the source map knows
//! the lines.
//!
//! NUL bytes, byte order marks and invalid UTF-8 are found by one check of the whole file (`defects.rs`). Files
//! that have any are scanned from a copy in which the offending bytes are replaced, and each defect is reported
//! when the scanner has passed it.
//!
//! **Invariants:** the text being scanned is valid UTF-8 without NUL; `pos` is at a character boundary between
//! tokens; a token's text is `text[start..pos]` right after `next`.

use std::borrow::Cow;

use crate::ast::LitKind;
use crate::diagnostic::Diagnostic;
use crate::directives::Directives;
use crate::operator::Operator;
use crate::quote::code_point;
use crate::source_map::SourceFile;
use crate::symbol::{Symbol, SymbolCache, sym};
use crate::token::{KEYWORDS, Token};
use crate::unicode;

mod comment;
mod defects;
mod literal;
mod number;

use defects::Defects;

/// Why there is a semicolon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SemiKind {
    /// It is written.
    Semicolon,
    /// A line ended.
    Newline,
    /// The file ended.
    Eof,
}

impl SemiKind {
    /// How messages name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            SemiKind::Semicolon => "semicolon",
            SemiKind::Newline => "newline",
            SemiKind::Eof => "EOF",
        }
    }
}

/// What happens to comments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommentMode {
    /// `//go:` and `//line` directives are obeyed.
    Directives,
    /// All comments are collected in [`Scanner::comments`]; directives have no effect.
    Collect,
}

/// The scanner of one file. The fields describe the current token.
pub struct Scanner<'a> {
    /// The current token.
    pub tok: Token,
    /// Its first byte.
    pub start: usize,
    /// The identifier, if `tok` is `Name`.
    pub name: Symbol,
    /// Why there is a semicolon, if `tok` is `Semi`.
    pub semi: SemiKind,
    /// The kind, if `tok` is `Literal`.
    pub kind: LitKind,
    /// Whether the literal has an error, if `tok` is `Literal`.
    pub bad: bool,
    /// The operator, if `tok` is `Operator`, `Star`, `AssignOp` or `IncOp`.
    pub op: Operator,
    /// The operator's binary precedence, likewise.
    pub prec: u8,
    /// The comments so far as byte ranges, delimiters included, with [`CommentMode::Collect`].
    pub comments: Vec<(usize, usize)>,
    /// What was reported so far.
    pub diagnostics: Vec<Diagnostic>,
    /// The number of errors among them that count as errors of scanner or parser: those of misplaced directives
    /// and branches do not.
    pub(crate) error_count: usize,
    pub(crate) directives: Directives,
    pub(crate) source: &'a SourceFile,
    text: Cow<'a, [u8]>,
    defects: Defects,
    mode: CommentMode,
    /// The offset behind the current token.
    pub(crate) pos: usize,
    /// A line end is a semicolon.
    newline_is_semi: bool,
    symbols: SymbolCache,
}

impl Drop for Scanner<'_> {
    fn drop(&mut self) {
        std::mem::take(&mut self.symbols).give_back();
    }
}

/// Bytes of ASCII identifiers: letters, digits and `_`.
static IDENT: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = (b as u8).is_ascii_alphanumeric() || b as u8 == b'_';
        b += 1;
    }
    table
};

/// Keywords by [`keyword_hash`].
static KEYWORD_TABLE: [Option<Token>; 64] = {
    let mut table = [None; 64];
    let mut i = 0;
    while i < KEYWORDS.len() {
        let slot = keyword_hash(KEYWORDS[i].as_str().as_bytes());
        assert!(table[slot].is_none(), "the hash of keywords is not perfect");
        table[slot] = Some(KEYWORDS[i]);
        i += 1;
    }
    table
};

/// A perfect hash of the keywords; the text has at least two bytes.
const fn keyword_hash(text: &[u8]) -> usize {
    (((text[0] as usize) << 4 ^ text[1] as usize) + text.len()) & 63
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of the file. There is no current token before the first [`Scanner::next`].
    pub fn new(source: &'a SourceFile, mode: CommentMode) -> Scanner<'a> {
        let (text, defects) = Defects::find(source.text());
        Scanner {
            tok: Token::Eof,
            start: 0,
            name: sym::EMPTY,
            semi: SemiKind::Eof,
            kind: LitKind::Int,
            bad: false,
            op: Operator::Def,
            prec: 0,
            comments: Vec::new(),
            diagnostics: Vec::new(),
            error_count: 0,
            directives: Directives::default(),
            source,
            text,
            defects,
            mode,
            pos: 0,
            newline_is_semi: false,
            symbols: SymbolCache::take(),
        }
    }

    /// The text of the current token; right after [`Scanner::next`].
    pub fn token_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.source.text()[self.start..self.pos])
    }

    /// The byte at an offset; 0 at the end.
    #[inline]
    fn at(&self, i: usize) -> u8 {
        self.text.get(i).copied().unwrap_or(0)
    }

    /// The character at an offset, which must be a character boundary; `None` at the end.
    fn char_at(&self, i: usize) -> Option<char> {
        let rest = &self.text[i..self.text.len().min(i + 4)];
        match std::str::from_utf8(rest) {
            Ok(s) => s.chars().next(),
            Err(e) => std::str::from_utf8(&rest[..e.valid_up_to()]).ok()?.chars().next(),
        }
    }

    /// Reports an error at an offset.
    pub(crate) fn error_at(&mut self, offset: usize, msg: impl Into<String>) {
        self.error_count += 1;
        self.diagnostics.push(Diagnostic::new(self.source.pos(offset), msg));
    }

    /// Goes to the end of the file; the current token becomes `Eof`.
    pub(crate) fn skip_to_end(&mut self) {
        self.pos = self.text.len();
        self.start = self.pos;
        self.newline_is_semi = false;
        self.tok = Token::Eof;
    }

    /// Goes to the next token.
    #[inline]
    pub fn next(&mut self) {
        self.scan();
        if self.pos > self.defects.next {
            self.report_defects();
        }
    }

    fn scan(&mut self) {
        let newline_is_semi = std::mem::replace(&mut self.newline_is_semi, false);
        let mut i = self.pos;
        loop {
            loop {
                match self.at(i) {
                    b' ' | b'\t' | b'\r' => i += 1,
                    b'\n' if !newline_is_semi => i += 1,
                    _ => break,
                }
            }
            self.start = i;
            let b = self.at(i);
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.ident(i + 1),
                b'0'..=b'9' => return self.number(false),
                b'"' => return self.string(),
                b'`' => return self.raw_string(),
                b'\'' => return self.rune(),
                b'(' => return self.simple(Token::Lparen, i + 1),
                b'[' => return self.simple(Token::Lbrack, i + 1),
                b'{' => return self.simple(Token::Lbrace, i + 1),
                b',' => return self.simple(Token::Comma, i + 1),
                b')' => return self.closing(Token::Rparen, i + 1),
                b']' => return self.closing(Token::Rbrack, i + 1),
                b'}' => return self.closing(Token::Rbrace, i + 1),
                b';' => return self.semicolon(SemiKind::Semicolon, i + 1),
                b'\n' => return self.semicolon(SemiKind::Newline, i + 1),
                b':' if self.at(i + 1) == b'=' => return self.simple(Token::Define, i + 2),
                b':' => return self.simple(Token::Colon, i + 1),
                b'.' => return self.dot(i + 1),
                b'/' => match self.at(i + 1) {
                    b'/' => i = self.line_comment(i),
                    b'*' => {
                        let end = self.full_comment(i);
                        if newline_is_semi && memchr::memchr(b'\n', &self.text[i..end]).is_some() {
                            // A comment over several lines acts like a line end.
                            return self.semicolon(SemiKind::Newline, end);
                        }
                        i = end;
                    }
                    _ => return self.operator(b, i + 1),
                },
                b'+' | b'-' | b'*' | b'%' | b'&' | b'|' | b'^' | b'<' | b'>' | b'=' | b'!' | b'~' => {
                    return self.operator(b, i + 1);
                }
                0 if i >= self.text.len() => {
                    if newline_is_semi {
                        return self.semicolon(SemiKind::Eof, i);
                    }
                    return self.simple(Token::Eof, i);
                }
                0x80.. => return self.unicode_ident(i, true),
                _ => {
                    self.error_at(i, format!("invalid character {}", code_point(u32::from(b))));
                    i += 1;
                }
            }
        }
    }

    #[inline]
    fn simple(&mut self, tok: Token, end: usize) {
        self.tok = tok;
        self.pos = end;
    }

    #[inline]
    fn closing(&mut self, tok: Token, end: usize) {
        self.newline_is_semi = true;
        self.simple(tok, end);
    }

    #[inline]
    fn semicolon(&mut self, kind: SemiKind, end: usize) {
        self.semi = kind;
        self.simple(Token::Semi, end);
    }

    fn dot(&mut self, i: usize) {
        match self.at(i) {
            b'0'..=b'9' => self.number(true),
            b'.' if self.at(i + 1) == b'.' => self.simple(Token::DotDotDot, i + 2),
            _ => self.simple(Token::Dot, i),
        }
    }

    /// An operator or assignment whose first byte is `b`; `i` is behind it.
    fn operator(&mut self, b: u8, i: usize) {
        use Operator::*;
        let second = self.at(i);
        // Operators that have no assignment form.
        let (op, tok, len) = match (b, second) {
            (b'+', b'+') => (Add, Token::IncOp, 1),
            (b'-', b'-') => (Sub, Token::IncOp, 1),
            (b'&', b'&') => (AndAnd, Token::Operator, 1),
            (b'|', b'|') => (OrOr, Token::Operator, 1),
            (b'<', b'=') => (Leq, Token::Operator, 1),
            (b'<', b'-') => (Recv, Token::Arrow, 1),
            (b'>', b'=') => (Geq, Token::Operator, 1),
            (b'=', b'=') => (Eql, Token::Operator, 1),
            (b'=', _) => (Def, Token::Assign, 0),
            (b'!', b'=') => (Neq, Token::Operator, 1),
            (b'!', _) => (Not, Token::Operator, 0),
            (b'~', _) => (Tilde, Token::Operator, 0),
            (b'<', b'<') => return self.assignable(Shl, i + 1),
            (b'>', b'>') => return self.assignable(Shr, i + 1),
            (b'<', _) => (Lss, Token::Operator, 0),
            (b'>', _) => (Gtr, Token::Operator, 0),
            (b'&', b'^') => return self.assignable(AndNot, i + 1),
            (b'&', _) => return self.assignable(And, i),
            (b'|', _) => return self.assignable(Or, i),
            (b'^', _) => return self.assignable(Xor, i),
            (b'+', _) => return self.assignable(Add, i),
            (b'-', _) => return self.assignable(Sub, i),
            (b'*', _) => return self.assignable(Mul, i),
            (b'%', _) => return self.assignable(Rem, i),
            _ => return self.assignable(Div, i),
        };
        if !matches!(tok, Token::Arrow | Token::Assign) {
            self.op = op;
            self.prec = op.precedence();
        }
        self.newline_is_semi = tok == Token::IncOp;
        self.simple(tok, i + len);
    }

    /// An operator that becomes an assignment if `=` follows.
    fn assignable(&mut self, op: Operator, i: usize) {
        self.op = op;
        self.prec = op.precedence();
        if self.at(i) == b'=' {
            self.simple(Token::AssignOp, i + 1);
        } else {
            self.simple(if op == Operator::Mul { Token::Star } else { Token::Operator }, i);
        }
    }

    /// An identifier or keyword whose bytes before `i` are ASCII.
    #[inline]
    fn ident(&mut self, mut i: usize) {
        while IDENT[self.at(i) as usize] {
            i += 1;
        }
        if self.at(i) >= 0x80 {
            return self.unicode_ident(i, false);
        }
        self.pos = i;
        let text = &self.text[self.start..i];
        if text.len() >= 2
            && let Some(tok) = KEYWORD_TABLE[keyword_hash(text)]
            && tok.as_str().as_bytes() == text
        {
            self.newline_is_semi =
                matches!(tok, Token::Break | Token::Continue | Token::Fallthrough | Token::Return);
            self.tok = tok;
            return;
        }
        self.finish_name();
    }

    /// The rest of an identifier, from a character beyond ASCII at `i` on.
    #[cold]
    fn unicode_ident(&mut self, mut i: usize, mut first: bool) {
        while let Some(c) = self.char_at(i) {
            if !(IDENT[self.at(i) as usize] || unicode::is_letter(c)) {
                if c.is_ascii() {
                    break;
                }
                if unicode::is_digit(c) {
                    if first {
                        let c = code_point(u32::from(c));
                        self.error_at(i, format!("identifier cannot begin with digit {c}"));
                    }
                } else {
                    let c = code_point(u32::from(c));
                    self.error_at(i, format!("invalid character {c} in identifier"));
                }
            }
            first = false;
            i += c.len_utf8();
        }
        self.pos = i;
        self.finish_name();
    }

    #[inline]
    fn finish_name(&mut self) {
        self.name = self.symbols.intern_utf8(&self.text[self.start..self.pos]);
        self.tok = Token::Name;
        self.newline_is_semi = true;
    }

    fn literal(&mut self, kind: LitKind, end: usize, ok: bool) {
        self.newline_is_semi = true;
        self.tok = Token::Literal;
        self.kind = kind;
        self.bad = !ok;
        self.pos = end;
    }

    #[cold]
    fn report_defects(&mut self) {
        while let Some((offset, msg)) = self.defects.take_before(self.pos) {
            self.error_at(offset, msg);
        }
    }
}

#[cfg(test)]
mod tests;
