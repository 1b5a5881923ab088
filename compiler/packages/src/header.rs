//! Errors in the headers of files, in the words of the `go` command.
//!
//! The command reads package clause and imports of every file before it calls the compiler, with a parser of its own
//! (`go/parser`). What is wrong there is reported without a heading, one error for each package, and ends the build.
//! [`first_error`] says what that parser would report first for a file that has syntax errors; errors behind the imports
//! are the compiler's.
//!
//! Facts: `go/build/read.go` decides how much of the file the parser sees, `go/parser` and `go/scanner` have the texts.

/// What is wrong in the header of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeaderError {
    /// At an offset.
    At(usize, String),
    /// A NUL byte.
    Nul,
}

/// The first error in the header of a file.
pub fn first_error(text: &[u8]) -> Option<HeaderError> {
    let header = match skim(text) {
        Skim::Header(end) => &text[..end],
        Skim::Nul => return Some(HeaderError::Nul),
        Skim::Unclear => text,
    };
    Parser::run(header).err().map(|(at, message)| HeaderError::At(at, message))
}

/// Whether `go build` takes this for an import path at all.
pub fn is_valid_import(path: &str) -> bool {
    let illegal =
        |c: char| c.is_control() || c.is_whitespace() || "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}".contains(c);
    !path.is_empty() && !path.contains(illegal)
}

/// How far the header goes, as a reader sees it that knows words, strings and comments only.
#[derive(PartialEq, Eq, Debug)]
enum Skim {
    Header(usize),
    /// A NUL byte in the header.
    Nul,
    /// The file has no header of the usual form: the parser gets all of it.
    Unclear,
}

fn skim(text: &[u8]) -> Skim {
    let mut s = Skimmer { text, at: if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 } };
    match s.header() {
        Some(()) => Skim::Header(s.at),
        None if s.text[..s.at.min(text.len())].contains(&0) => Skim::Nul,
        None => Skim::Unclear,
    }
}

struct Skimmer<'a> {
    text: &'a [u8],
    at: usize,
}

impl Skimmer<'_> {
    fn header(&mut self) -> Option<()> {
        self.space()?;
        self.keyword(b"package")?;
        self.space()?;
        self.ident()?;
        loop {
            self.space()?;
            match self.byte() {
                // The byte behind the header is read, too.
                0 if self.at < self.text.len() => {
                    self.at += 1;
                    return None;
                }
                b'i' => self.keyword(b"import")?,
                _ => return Some(()),
            }
            self.space()?;
            if self.byte() != b'(' {
                self.import()?;
                continue;
            }
            self.at += 1;
            loop {
                self.space()?;
                if self.byte() == b')' {
                    break;
                }
                self.import()?;
            }
            self.at += 1;
        }
    }

    fn byte(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) -> Option<()> {
        loop {
            match self.byte() {
                b' ' | b'\x0c' | b'\t' | b'\r' | b'\n' | b';' => self.at += 1,
                b'/' => match self.text.get(self.at + 1)? {
                    b'/' => {
                        let rest = &self.text[self.at..];
                        self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                    }
                    b'*' => self.at += 4 + memchr::memmem::find(&self.text[self.at + 2..], b"*/")?,
                    _ => return None,
                },
                _ => return Some(()),
            }
        }
    }

    fn keyword(&mut self, word: &[u8]) -> Option<()> {
        if !self.text[self.at..].starts_with(word) {
            let same = self.text[self.at..].iter().zip(word).take_while(|(a, b)| a == b).count();
            self.at += same + 1;
            return None;
        }
        self.at += word.len();
        (!is_ident(self.byte())).then_some(())
    }

    fn ident(&mut self) -> Option<()> {
        let start = self.at;
        while is_ident(self.byte()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn import(&mut self) -> Option<()> {
        match self.byte() {
            b'.' => self.at += 1,
            b if is_ident(b) => self.ident()?,
            _ => {}
        }
        self.space()?;
        let quote = self.byte();
        if quote != b'"' && quote != b'`' {
            return None;
        }
        self.at += 1;
        loop {
            let b = *self.text.get(self.at)?;
            self.at += 1;
            match b {
                _ if b == quote => return Some(()),
                b'\n' if quote == b'"' => return None,
                b'\\' if quote == b'"' => self.at += 1,
                _ => {}
            }
        }
    }
}

fn is_ident(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

/// An error: offset and text.
type Error = (usize, String);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Eof,
    /// A semicolon that a line's end stands for.
    Newline,
    Ident,
    /// A literal that is no string.
    Literal,
    Str,
    /// A keyword, operator or delimiter.
    Fixed,
}

/// A token: what it is, where it begins, and its text.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    at: usize,
    text: &'a str,
}

const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// Longer ones first.
const OPERATORS: [&str; 48] = [
    "<<=", ">>=", "&^=", "...", "&&", "||", "<-", "++", "--", "==", "!=", "<=", ">=", ":=", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=", "<<", ">>", "&^", "+", "-", "*", "/", "%", "&", "|", "^", "<", ">", "=",
    "!", "(", "[", "{", ",", ".", ")", "]", "}", ";", ":", "~",
];

struct Parser<'a> {
    text: &'a [u8],
    next: usize,
    /// A line's end counts as a semicolon now.
    semicolon: bool,
    tok: Token<'a>,
}

impl<'a> Parser<'a> {
    /// Parses a header up to its first error.
    fn run(text: &'a [u8]) -> Result<(), Error> {
        let next = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let tok = Token { kind: Kind::Eof, at: 0, text: "" };
        let mut p = Parser { text, next, semicolon: false, tok };
        p.advance()?;
        p.expect("package")?;
        if p.tok.kind != Kind::Ident {
            return Err(p.expected("'IDENT'"));
        }
        p.advance()?;
        p.semi()?;
        while p.is("import") {
            p.advance()?;
            if !p.is("(") {
                p.spec()?;
                continue;
            }
            p.advance()?;
            while !p.is(")") && p.tok.kind != Kind::Eof {
                p.spec()?;
            }
            p.expect(")")?;
            p.semi()?;
        }
        Ok(())
    }

    fn spec(&mut self) -> Result<(), Error> {
        if self.tok.kind == Kind::Ident || self.is(".") {
            self.advance()?;
        }
        match self.tok.kind {
            Kind::Str => self.advance()?,
            Kind::Ident | Kind::Literal => {
                return Err((self.tok.at, "import path must be a string".into()));
            }
            _ => return Err((self.tok.at, "missing import path".into())),
        }
        self.semi()
    }

    fn is(&self, text: &str) -> bool {
        self.tok.kind == Kind::Fixed && self.tok.text == text
    }

    fn expect(&mut self, text: &str) -> Result<(), Error> {
        if self.is(text) { self.advance() } else { Err(self.expected(&format!("'{text}'"))) }
    }

    fn expected(&self, what: &str) -> Error {
        let found = match self.tok.kind {
            Kind::Newline => "newline".to_string(),
            Kind::Eof => "'EOF'".to_string(),
            Kind::Fixed => format!("'{}'", self.tok.text),
            _ => self.tok.text.to_string(),
        };
        (self.tok.at, format!("expected {what}, found {found}"))
    }

    fn semi(&mut self) -> Result<(), Error> {
        match self.tok.kind {
            Kind::Newline => self.advance(),
            Kind::Fixed if self.tok.text == ";" => self.advance(),
            Kind::Fixed if matches!(self.tok.text, ")" | "}") => Ok(()),
            _ => Err(self.expected("';'")),
        }
    }

    /// Scans the next token.
    fn advance(&mut self) -> Result<(), Error> {
        let (kind, at) = self.scan()?;
        let text = std::str::from_utf8(&self.text[at..self.next]).unwrap_or_default();
        self.semicolon = match kind {
            Kind::Ident | Kind::Literal | Kind::Str => true,
            Kind::Fixed => {
                matches!(
                    text,
                    "break" | "continue" | "fallthrough" | "return" | "++" | "--" | ")" | "]" | "}"
                )
            }
            Kind::Eof | Kind::Newline => false,
        };
        self.tok = Token { kind, at, text };
        Ok(())
    }

    fn scan(&mut self) -> Result<(Kind, usize), Error> {
        loop {
            let at = self.next;
            let Some(&b) = self.text.get(at) else {
                return Ok((if self.semicolon { Kind::Newline } else { Kind::Eof }, at));
            };
            self.next += 1;
            match b {
                b'\n' if self.semicolon => return Ok((Kind::Newline, at)),
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'/' if matches!(self.text.get(self.next), Some(b'/' | b'*')) => {
                    let newline = self.comment(at)?;
                    if newline && self.semicolon {
                        return Ok((Kind::Newline, at));
                    }
                }
                b'"' => return self.string(at).map(|()| (Kind::Str, at)),
                b'`' => {
                    let end = memchr::memchr(b'`', &self.text[self.next..])
                        .ok_or_else(|| (at, "raw string literal not terminated".to_string()))?;
                    self.next += end + 1;
                    return Ok((Kind::Str, at));
                }
                b'\'' => return self.rune(at).map(|()| (Kind::Literal, at)),
                b'0'..=b'9' => {
                    self.skip(|b| is_ident(b) || b == b'.');
                    return Ok((Kind::Literal, at));
                }
                b if b.is_ascii_alphabetic() || b == b'_' => {
                    self.skip(is_ident);
                    let word = std::str::from_utf8(&self.text[at..self.next]).unwrap_or_default();
                    let keyword = KEYWORDS.contains(&word);
                    return Ok((if keyword { Kind::Fixed } else { Kind::Ident }, at));
                }
                _ => {
                    if let Some(op) = OPERATORS.iter().find(|op| self.text[at..].starts_with(op.as_bytes())) {
                        self.next = at + op.len();
                        return Ok((Kind::Fixed, at));
                    }
                    return self.other(at).map(|()| (Kind::Ident, at));
                }
            }
        }
    }

    fn skip(&mut self, more: impl Fn(u8) -> bool) {
        while self.text.get(self.next).is_some_and(|&b| more(b)) {
            self.next += 1;
        }
    }

    /// Skips a comment; whether it ends a line.
    fn comment(&mut self, at: usize) -> Result<bool, Error> {
        let rest = &self.text[at..];
        if rest.starts_with(b"//") {
            self.next = at + rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            return Ok(true);
        }
        let end = memchr::memmem::find(&rest[2..], b"*/");
        let end = end.ok_or_else(|| (at, "comment not terminated".to_string()))? + 4;
        self.next = at + end;
        Ok(rest[..end].contains(&b'\n'))
    }

    fn string(&mut self, at: usize) -> Result<(), Error> {
        loop {
            let b = self.text.get(self.next).copied().unwrap_or(b'\n');
            self.next += 1;
            match b {
                b'"' => return Ok(()),
                b'\n' => return Err((at, "string literal not terminated".into())),
                b'\\' => match self.text.get(self.next) {
                    Some(b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'"') => self.next += 1,
                    Some(b'0'..=b'7' | b'x' | b'u' | b'U') => {}
                    None => return Err((self.next - 1, "escape sequence not terminated".into())),
                    Some(_) => return Err((self.next - 1, "unknown escape sequence".into())),
                },
                _ => {}
            }
        }
    }

    fn rune(&mut self, at: usize) -> Result<(), Error> {
        loop {
            match self.text.get(self.next) {
                None | Some(b'\n') => return Err((at, "rune literal not terminated".into())),
                Some(b'\'') => {
                    self.next += 1;
                    return Ok(());
                }
                Some(b'\\') => self.next += 2,
                Some(_) => self.next += 1,
            }
        }
    }

    /// A byte that begins nothing else: an identifier with letters beyond ASCII, or an error.
    fn other(&mut self, at: usize) -> Result<(), Error> {
        let end = (at + 4).min(self.text.len());
        let c = (at + 1..=end).find_map(|e| std::str::from_utf8(&self.text[at..e]).ok()?.chars().next());
        match c {
            Some(c) if c.is_alphabetic() => {
                self.next = at + c.len_utf8();
                self.skip(is_ident);
                Ok(())
            }
            Some('\0') => Err((at, "illegal character NUL".into())),
            Some('\u{feff}') => Err((at, "illegal byte order mark".into())),
            Some(c) if c.is_control() => Err((at, format!("illegal character U+{:04X}", u32::from(c)))),
            Some(c) => Err((at, format!("illegal character U+{:04X} '{c}'", u32::from(c)))),
            None => Err((at, "illegal UTF-8 encoding".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_go_parser() {
        for (text, at, message) in [
            ("", 0, "expected 'package', found 'EOF'"),
            ("// only a comment", 17, "expected 'package', found 'EOF'"),
            ("import \"fmt\"\n", 0, "expected 'package', found 'import'"),
            ("hello world\n", 0, "expected 'package', found hello"),
            ("package", 7, "expected 'IDENT', found 'EOF'"),
            ("package 1\n", 8, "expected 'IDENT', found 1"),
            ("package \"x\"\n", 8, "expected 'IDENT', found \"x\""),
            ("package func\n", 8, "expected 'IDENT', found 'func'"),
            ("package p\nimport fmt\n", 20, "missing import path"),
            ("package p\nimport 1\n", 17, "import path must be a string"),
            ("package p\nimport \"fmt\n", 17, "string literal not terminated"),
            ("package p\nimport `fmt\n", 17, "raw string literal not terminated"),
            ("package p import \"x\"\n", 10, "expected ';', found 'import'"),
            ("package p\n/* x\n", 10, "comment not terminated"),
            ("package p\nimport (\n\"a\"\n", 23, "expected ')', found 'EOF'"),
            ("\u{7f}ELF", 0, "illegal character U+007F"),
            ("package p\nimport @\n", 17, "illegal character U+0040 '@'"),
        ] {
            assert_eq!(first_error(text.as_bytes()), Some(HeaderError::At(at, message.into())), "{text:?}");
        }
    }

    #[test]
    fn errors_behind_the_header_are_not_its() {
        for text in [
            "package p\nimport \"fmt\"\nfunc 1",
            "package p; import \"a\" \"b\"",
            "package p\nimport (\n\t. \"a\"; _ `b`\n\tc \"d\" // e\n)\n\n@",
            "\u{feff}package p\n",
            "package p x",
            "package \u{e9}t\u{e9}\n/* c */ import x \"y\" /* d */",
        ] {
            assert_eq!(first_error(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(first_error(b"package p\n\0func"), Some(HeaderError::Nul));
        assert_eq!(first_error(b"package p\nvar x\n\0"), None);
    }

    #[test]
    fn import_paths() {
        for (path, valid) in [("a/b.c-d", true), ("", false), ("a b", false), ("a\"", false), ("./x", true)] {
            assert_eq!(is_valid_import(path), valid, "{path}");
        }
    }
}
