//! Scoring against a corpus of files with error marks, as in gc's `syntax/testdata`.
//!
//! A mark is a comment `/* ERROR rx */` directly before the token at which an error is reported, or
//! `// ERROR rx` on its line. The regular expression must match the message. How patterns are matched is up to
//! the caller, so that this crate needs no regular expressions.

use std::sync::Arc;

use crate::parser::{ParseOptions, parse_file};
use crate::pos::Pos;
use crate::scanner::{CommentMode, Scanner, SemiKind};
use crate::source_map::SourceFile;
use crate::token::Token;

/// An expected error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column; 0 if the error may be anywhere in the line.
    pub col: u32,
    /// The pattern for the message.
    pub pattern: String,
}

/// How one file did.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Score {
    /// The number of marks.
    pub expected: usize,
    /// Marks for which the right error was reported.
    pub matched: usize,
    /// Marks without error, as `line:col: pattern`.
    pub missing: Vec<String>,
    /// Errors without mark, or with the wrong message, as `line:col: message`.
    pub spurious: Vec<String>,
}

impl Score {
    /// Whether all marks were matched and nothing else was reported.
    pub fn is_exact(&self) -> bool {
        self.missing.is_empty() && self.spurious.is_empty()
    }

    /// Adds the score of another file.
    pub fn add(&mut self, other: Score) {
        self.expected += other.expected;
        self.matched += other.matched;
        self.missing.extend(other.missing);
        self.spurious.extend(other.spurious);
    }
}

/// The marks of a file.
pub fn marks(source: &SourceFile) -> Vec<Mark> {
    let mut scanner = Scanner::new(source, CommentMode::Collect);
    let mut marks: Vec<Mark> = Vec::new();
    let mut add = |mark: Mark| {
        // Of several marks at one place the last one counts.
        marks.retain(|m| (m.line, m.col) != (mark.line, mark.col));
        marks.push(mark);
    };
    loop {
        scanner.next();
        let mut pattern = None;
        for (start, end) in std::mem::take(&mut scanner.comments) {
            let text = String::from_utf8_lossy(&source.text()[start..end]);
            if let Some(rest) = text.strip_prefix("// ERROR ") {
                let (line, _) = source.line_col(source.pos(start));
                add(Mark { line, col: 0, pattern: rest.trim().to_string() });
            } else if let Some(rest) = text.strip_prefix("/* ERROR ") {
                pattern = Some(rest.trim_end_matches("*/").trim().to_string());
            }
        }
        if let Some(pattern) = pattern {
            let (line, col) = source.line_col(source.pos(scanner.start));
            add(Mark { line, col, pattern });
        }
        if scanner.tok == Token::Eof {
            return marks;
        }
    }
}

/// Parses a file and compares its errors with its marks. `is_match` tells whether a pattern matches a message.
pub fn score(source: &Arc<SourceFile>, is_match: &mut dyn FnMut(&str, &str) -> bool) -> Score {
    let mut marks = marks(source);
    let mut score = Score { expected: marks.len(), ..Score::default() };
    for diagnostic in parse_file(source, &ParseOptions::default()).diagnostics {
        let (line, col) = source.line_col(diagnostic.pos);
        let find = |col| marks.iter().position(|m| (m.line, m.col) == (line, col));
        match find(col).or_else(|| find(0)) {
            Some(i) if is_match(&marks[i].pattern, &diagnostic.msg) => {
                marks.swap_remove(i);
                score.matched += 1;
            }
            _ => score.spurious.push(format!("{line}:{col}: {}", diagnostic.msg)),
        }
    }
    score.missing = marks.iter().map(|m| format!("{}:{}: {}", m.line, m.col, m.pattern)).collect();
    score
}

/// A comment, with the position of the token before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    /// The token before the comment, implied semicolons not counted; unknown if there is none.
    pub pos: Pos,
    /// The text without the delimiters.
    pub text: String,
}

/// The comments of a file, each with the token before it: the marks of the type checker's corpus stand behind
/// the token that they are about.
pub fn comments(source: &SourceFile) -> Vec<Comment> {
    let mut scanner = Scanner::new(source, CommentMode::Collect);
    let mut comments = Vec::new();
    let mut prev = Pos::NONE;
    loop {
        scanner.next();
        for (start, end) in std::mem::take(&mut scanner.comments) {
            let text = String::from_utf8_lossy(&source.text()[start + 2..end]);
            let text = match source.text()[start + 1] {
                b'*' => text.trim_end_matches("*/"),
                _ => text.trim_end_matches('\r'),
            };
            comments.push(Comment { pos: prev, text: text.to_string() });
        }
        if scanner.tok == Token::Eof {
            return comments;
        }
        if scanner.tok != Token::Semi || scanner.semi == SemiKind::Semicolon {
            prev = source.pos(scanner.start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_map::SourceMap;

    #[test]
    fn marks_and_scores() {
        let text =
            "package p\nvar /* ERROR wrong */ /* ERROR expected name */ 1\nvar x = } // ERROR unexpected\n";
        let source = SourceMap::global().add("marks.go", text.as_bytes()).unwrap();
        let marks = marks(&source);
        assert_eq!(marks.len(), 2);
        assert_eq!((marks[0].line, marks[0].col, &*marks[0].pattern), (2, 49, "expected name"));
        assert_eq!((marks[1].line, marks[1].col, &*marks[1].pattern), (3, 0, "unexpected"));
        let score = score(&source, &mut |pattern, msg| msg.contains(pattern));
        assert_eq!((score.expected, score.matched), (2, 2));
    }

    #[test]
    fn comments_have_the_token_before() {
        let source = SourceMap::global().add("c.go", *b"/* a */ x /* b */\n// c\n; // d\r\n").unwrap();
        let found: Vec<_> = comments(&source)
            .into_iter()
            .map(|c| (c.pos.is_known().then(|| source.offset(c.pos)), c.text))
            .collect();
        let expected = [(None, " a "), (Some(8), " b "), (Some(8), " c"), (Some(23), " d")];
        assert_eq!(found, expected.map(|(pos, text)| (pos, text.to_string())));
    }
}
