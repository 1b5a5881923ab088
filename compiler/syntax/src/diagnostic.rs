//! Diagnostics: the one error type of all compiler crates, and gc's rules for showing a list of them.
//!
//! A diagnostic has gc's text. Further lines ("other declaration of x") are notes; gc prints a note on a line
//! of its own, after a tab, with its position in front.

use std::fmt;

use crate::pos::Pos;
use crate::source_map::SourceMap;

/// A classification of a type error, with the numbers of Go's `internal/types/errors`. 0 is "none".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct ErrorCode(pub u16);

/// An error at a position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Where the error is.
    pub pos: Pos,
    /// The message, without position and without notes. Syntax errors begin with `syntax error: `.
    pub msg: String,
    /// A soft error ("declared and not used") does not make the types of the program unreliable.
    pub soft: bool,
    /// The class of a type error.
    pub code: ErrorCode,
    /// Further lines.
    pub notes: Vec<Note>,
}

/// A further line of a diagnostic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Where the note points; may be unknown.
    pub pos: Pos,
    /// The text.
    pub msg: String,
}

impl Diagnostic {
    /// An error without notes.
    pub fn new(pos: Pos, msg: impl Into<String>) -> Diagnostic {
        Diagnostic { pos, msg: msg.into(), soft: false, code: ErrorCode::default(), notes: Vec::new() }
    }

    /// Something that the compiler does not support yet.
    pub fn unsupported(pos: Pos, what: impl fmt::Display) -> Diagnostic {
        Diagnostic::new(pos, format!("not yet supported: {what}"))
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, pos: Pos, msg: impl Into<String>) -> Diagnostic {
        self.notes.push(Note { pos, msg: msg.into() });
        self
    }

    /// Marks the error as soft.
    #[must_use]
    pub fn soft(mut self) -> Diagnostic {
        self.soft = true;
        self
    }

    /// Sets the class.
    #[must_use]
    pub fn code(mut self, code: ErrorCode) -> Diagnostic {
        self.code = code;
        self
    }

    /// Whether this is a syntax error in the sense of gc, which reports one of them per line.
    pub fn is_syntax_error(&self) -> bool {
        self.msg.starts_with("syntax error")
    }

    /// The message with its notes, as gc prints it after the position.
    pub fn text(&self) -> String {
        let mut text = self.msg.clone();
        for note in &self.notes {
            text.push_str("\n\t");
            if note.pos.is_known() {
                text.push_str(&format!("{}: ", note.pos));
            }
            text.push_str(&note.msg);
        }
        text
    }
}

/// Prints `file:line:col: text`, or the text alone if the position is unknown.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pos.is_known() {
            write!(f, "{}: ", SourceMap::global().position(self.pos))?;
        }
        f.write_str(&self.text())
    }
}

/// Drops what gc would not count, from a list in the order of reporting: a second syntax error on the line of
/// the previous one, and a repetition of the previous other error on the same line.
pub fn filter_repeated(list: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let line_of = |pos: Pos| {
        let position = SourceMap::global().position(pos);
        pos.is_known().then_some((position.filename, position.line))
    };
    let mut last_syntax = None;
    let mut last_other = None;
    let mut last_msg = String::new();
    let mut kept = Vec::with_capacity(list.len());
    for diagnostic in list {
        let line = line_of(diagnostic.pos);
        if diagnostic.is_syntax_error() {
            if line.is_some() && line == last_syntax {
                continue;
            }
            last_syntax = line;
        } else {
            let msg = diagnostic.text();
            if line.is_some() && line == last_other && msg == last_msg {
                continue;
            }
            last_other = line;
            last_msg = msg;
        }
        kept.push(diagnostic);
    }
    kept
}

/// Sorts by position as gc does before printing, and drops equal neighbours.
pub fn sort_for_output(list: &mut Vec<Diagnostic>) {
    list.sort_by_key(|d| d.pos);
    list.dedup_by(|a, b| a.pos == b.pos && a.msg == b.msg && a.notes == b.notes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_printed_after_a_tab() {
        let file = SourceMap::global().add("diag.go", *b"a\nbc\n").unwrap();
        let d = Diagnostic::new(file.pos(3), "x redeclared in this block")
            .note(file.pos(0), "other declaration of x")
            .note(Pos::NONE, "loose");
        assert_eq!(
            d.to_string(),
            "diag.go:2:2: x redeclared in this block\n\tdiag.go:1:1: other declaration of x\n\tloose"
        );
    }

    #[test]
    fn one_syntax_error_per_line() {
        let file = SourceMap::global().add("diag.go", *b"a b c\nd\n").unwrap();
        let at = |offset, msg: &str| Diagnostic::new(file.pos(offset), msg);
        let list = vec![
            at(0, "syntax error: p"),
            at(2, "syntax error: q"),
            at(2, "dup"),
            at(4, "dup"),
            at(4, "other"),
            at(6, "syntax error: r"),
        ];
        let mut kept = filter_repeated(list);
        kept.push(at(0, "first"));
        sort_for_output(&mut kept);
        let texts: Vec<_> = kept.iter().map(|d| d.msg.as_str()).collect();
        assert_eq!(texts, ["syntax error: p", "first", "dup", "other", "syntax error: r"]);
    }
}
