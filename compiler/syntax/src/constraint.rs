//! Build constraints: the expressions of `//go:build` lines.

use std::fmt;

use crate::pragma::GoVersion;

/// A parsed build constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expr {
    /// A tag.
    Tag(String),
    /// `!x`
    Not(Box<Expr>),
    /// `x && y`
    And(Box<Expr>, Box<Expr>),
    /// `x || y`
    Or(Box<Expr>, Box<Expr>),
}

/// An error in a build constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConstraintError {
    /// Offset in the text.
    pub offset: usize,
    /// What is wrong.
    pub msg: String,
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.msg)
    }
}

impl std::error::Error for ConstraintError {}

/// The constraint of a `go:build` directive, given without the slashes; `None` if the directive is another one
/// that merely begins so.
pub(crate) fn split_go_build(text: &str) -> Option<&str> {
    let rest = text.trim_end().strip_prefix("go:build")?;
    let constraint = rest.trim();
    (rest.is_empty() || constraint.len() < rest.len()).then_some(constraint)
}

/// The greatest number of operands; more are refused.
const MAX_SIZE: usize = 1000;

impl Expr {
    /// Parses the text behind `//go:build `.
    pub fn parse(text: &str) -> Result<Expr, ConstraintError> {
        let mut parser = Parser { text, i: 0, pos: 0, tok: Tok::End, size: 0 };
        let expr = parser.or()?;
        match parser.tok {
            Tok::End => Ok(expr),
            tok => Err(parser.error_at(parser.pos, format!("unexpected token {tok}"))),
        }
    }

    /// The value, given which tags are true.
    pub fn eval(&self, tag: &mut impl FnMut(&str) -> bool) -> bool {
        match self {
            Expr::Tag(name) => tag(name),
            Expr::Not(x) => !x.eval(tag),
            // Both sides are evaluated, so that `tag` sees all tags.
            Expr::And(x, y) => x.eval(tag) & y.eval(tag),
            Expr::Or(x, y) => x.eval(tag) | y.eval(tag),
        }
    }

    /// The minimum language version that the constraint implies.
    pub fn go_version(&self) -> Option<GoVersion> {
        let minor = self.min_version(true);
        u16::try_from(minor).ok().map(|minor| GoVersion { minor })
    }

    /// The minimum minor version, -1 for none.
    fn min_version(&self, positive: bool) -> i64 {
        match self {
            Expr::Tag(_) if !positive => -1,
            Expr::Tag(tag) if tag == "go1" => 0,
            Expr::Tag(tag) => tag.split_once("go1.").and_then(|(_, v)| v.parse().ok()).unwrap_or(-1),
            Expr::Not(x) => x.min_version(!positive),
            Expr::And(x, y) | Expr::Or(x, y) => {
                let (x, y) = (x.min_version(positive), y.min_version(positive));
                if matches!(self, Expr::And(..)) == positive { x.max(y) } else { x.min(y) }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tok<'a> {
    End,
    Punct(&'a str),
    Tag(&'a str),
}

impl fmt::Display for Tok<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tok::End => Ok(()),
            Tok::Punct(text) | Tok::Tag(text) => f.write_str(text),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// The offset behind the current token, and that of the token.
    i: usize,
    pos: usize,
    tok: Tok<'a>,
    size: usize,
}

impl Parser<'_> {
    fn error_at(&self, offset: usize, msg: impl Into<String>) -> ConstraintError {
        ConstraintError { offset, msg: msg.into() }
    }

    /// `and { "||" and }`; the first token has not been read yet.
    fn or(&mut self) -> Result<Expr, ConstraintError> {
        let mut x = self.and()?;
        while self.tok == Tok::Punct("||") {
            x = Expr::Or(Box::new(x), Box::new(self.and()?));
        }
        Ok(x)
    }

    fn and(&mut self) -> Result<Expr, ConstraintError> {
        let mut x = self.not()?;
        while self.tok == Tok::Punct("&&") {
            x = Expr::And(Box::new(x), Box::new(self.not()?));
        }
        Ok(x)
    }

    fn not(&mut self) -> Result<Expr, ConstraintError> {
        self.size += 1;
        if self.size > MAX_SIZE {
            return Err(self.error_at(self.pos, "build expression too large"));
        }
        self.lex()?;
        if self.tok != Tok::Punct("!") {
            return self.atom();
        }
        self.lex()?;
        if self.tok == Tok::Punct("!") {
            return Err(self.error_at(self.pos, "double negation not allowed"));
        }
        Ok(Expr::Not(Box::new(self.atom()?)))
    }

    /// A tag or a parenthesised expression; its first token has been read.
    fn atom(&mut self) -> Result<Expr, ConstraintError> {
        match self.tok {
            Tok::Punct("(") => {
                let pos = self.pos;
                let x = self.or().map_err(|mut e| {
                    if e.msg == "unexpected end of expression" {
                        e.msg = "missing close paren".to_string();
                    }
                    e
                })?;
                if self.tok != Tok::Punct(")") {
                    return Err(self.error_at(pos, "missing close paren"));
                }
                self.lex()?;
                Ok(x)
            }
            Tok::Tag(tag) => {
                let tag = tag.to_string();
                self.lex()?;
                Ok(Expr::Tag(tag))
            }
            Tok::End => Err(self.error_at(self.pos, "unexpected end of expression")),
            tok => Err(self.error_at(self.pos, format!("unexpected token {tok}"))),
        }
    }

    fn lex(&mut self) -> Result<(), ConstraintError> {
        let rest = self.text[self.i..].trim_start_matches([' ', '\t']);
        self.pos = self.text.len() - rest.len();
        let Some(c) = rest.chars().next() else {
            self.i = self.pos;
            self.tok = Tok::End;
            return Ok(());
        };
        let len = match c {
            '(' | ')' | '!' => 1,
            '&' | '|' if rest[1..].starts_with(c) => 2,
            '&' | '|' => return Err(self.error_at(self.pos, format!("invalid syntax at {c}"))),
            _ => rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len()),
        };
        if len == 0 {
            return Err(self.error_at(self.pos, format!("invalid syntax at {c}")));
        }
        let text = &rest[..len];
        self.i = self.pos + len;
        self.tok = if matches!(c, '(' | ')' | '!' | '&' | '|') { Tok::Punct(text) } else { Tok::Tag(text) };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Option<u16> {
        Expr::parse(text).unwrap().go_version().map(|v| v.minor)
    }

    #[test]
    fn versions() {
        assert_eq!(version("go1.21"), Some(21));
        assert_eq!(version("linux && go1.22 && go1.18"), Some(22));
        assert_eq!(version("go1.22 || go1.18"), Some(18));
        assert_eq!(version("linux || go1.18"), None);
        assert_eq!(version("!go1.18"), None);
        assert_eq!(version("!(!go1.20 || !go1.17)"), Some(20));
        assert_eq!(version("go1"), Some(0));
    }

    #[test]
    fn evaluation() {
        let expr = Expr::parse("linux && !(arm64 || cgo)").unwrap();
        assert!(expr.eval(&mut |tag| tag == "linux"));
        assert!(!expr.eval(&mut |tag| tag != "arm64"));
    }

    #[test]
    fn errors() {
        for (text, msg) in [
            ("", "unexpected end of expression"),
            ("a b", "unexpected token b"),
            ("(a", "missing close paren"),
            ("!!a", "double negation not allowed"),
            ("a & b", "invalid syntax at &"),
            ("a,b", "invalid syntax at ,"),
            ("a &&", "unexpected end of expression"),
        ] {
            assert_eq!(Expr::parse(text).unwrap_err().msg, msg, "{text}");
        }
    }

    #[test]
    fn splitting() {
        assert_eq!(split_go_build("go:build linux "), Some("linux"));
        assert_eq!(split_go_build("go:build"), Some(""));
        assert_eq!(split_go_build("go:buildx"), None);
    }
}
