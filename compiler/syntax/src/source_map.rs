//! The source map: registered files, and the way from a [`Pos`] to file, line and column.
//!
//! A file keeps its text, so literals need no copies and richer diagnostics can quote lines. Its table of line
//! starts is made when the first position is looked up. `//line` directives are recorded by the parser as a
//! list of bases, each valid from a position of the file on.
//!
//! **Invariant:** the bases of the registered files are ascending, and intervals do not overlap.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use crate::pos::Pos;

/// The largest line or column that gc represents; larger ones are clamped (and refused in `//line`).
pub const POS_MAX: u32 = 1 << 30;

/// A file, line and column as shown to the user. Line 0 means "unknown"; so does column 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    /// File name, as registered or as set by a `//line` directive.
    pub filename: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub col: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.col) {
            (0, _) if self.filename.is_empty() => f.write_str("<unknown position>"),
            (0, _) => f.write_str(&self.filename),
            (line, 0) => write!(f, "{}:{line}", self.filename),
            (line, col) => write!(f, "{}:{line}:{col}", self.filename),
        }
    }
}

/// The effect of one `//line` directive: from `pos` on, positions are relative to `filename:line:col`.
#[derive(Clone, Debug)]
pub struct LineBase {
    /// The first position after the directive.
    pub pos: Pos,
    /// The file name that the directive sets.
    pub filename: Arc<str>,
    /// The line of `pos`.
    pub line: u32,
    /// The column of `pos`; 0 if columns are unknown until the next directive.
    pub col: u32,
}

/// A registered source file.
#[derive(Debug)]
pub struct SourceFile {
    name: Arc<str>,
    base: u32,
    text: Arc<[u8]>,
    lines: OnceLock<Box<[u32]>>,
    line_bases: OnceLock<Box<[LineBase]>>,
}

impl SourceFile {
    /// The name under which the file was registered.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The bytes of the file.
    pub fn text(&self) -> &Arc<[u8]> {
        &self.text
    }

    /// The position of byte `offset` (at most the length of the file, which is the end of the file).
    #[inline]
    pub fn pos(&self, offset: usize) -> Pos {
        debug_assert!(offset <= self.text.len());
        Pos::from_u32(self.base + offset as u32)
    }

    /// The byte offset of a position of this file.
    #[inline]
    pub fn offset(&self, pos: Pos) -> usize {
        let offset = (pos.as_u32() - self.base) as usize;
        debug_assert!(offset <= self.text.len());
        offset
    }

    /// Whether `pos` lies in this file (its end included).
    pub fn contains(&self, pos: Pos) -> bool {
        (self.base..=self.end()).contains(&pos.as_u32())
    }

    fn end(&self) -> u32 {
        self.base + self.text.len() as u32
    }

    /// The offsets at which lines begin.
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', &self.text).map(|i| i as u32 + 1)).collect()
        })
    }

    /// Line and column of `pos` in the file itself, whatever `//line` says.
    pub fn line_col(&self, pos: Pos) -> (u32, u32) {
        let offset = self.offset(pos) as u32;
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset);
        (line as u32, (offset - starts[line - 1] + 1).min(POS_MAX))
    }

    /// The text of a line (from 1) without its line break; empty if there is no such line.
    pub fn line_text(&self, line: u32) -> &[u8] {
        let starts = self.line_starts();
        let Some(&start) = (line as usize).checked_sub(1).and_then(|i| starts.get(i)) else { return &[] };
        let end = starts.get(line as usize).map_or(self.text.len(), |&next| next as usize - 1);
        let text = &self.text[start as usize..end];
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// The number of lines.
    pub fn line_count(&self) -> u32 {
        self.line_starts().len() as u32
    }

    /// Records the `//line` directives of the file, in order. The first call counts: parsing the same file
    /// again gives the same directives.
    pub fn set_line_bases(&self, bases: Vec<LineBase>) {
        let _ = self.line_bases.set(bases.into());
    }

    /// The `//line` directives of the file; none before it has been parsed.
    pub(crate) fn line_bases(&self) -> &[LineBase] {
        self.line_bases.get().map_or(&[], |b| b)
    }

    /// File, line and column of `pos` as shown to the user, honouring `//line`.
    pub fn position(&self, pos: Pos) -> Position {
        self.position_from(pos, self.line_bases())
    }

    /// A position as it is shown inside of messages.
    pub(crate) fn describe(&self, pos: Pos, bases: &[LineBase]) -> String {
        let relative = self.position_from(pos, bases);
        let absolute = self.position_from(pos, &[]);
        if relative == absolute { relative.to_string() } else { format!("{relative}[{absolute}]") }
    }

    /// Like [`SourceFile::position`], with the directives that are known so far.
    fn position_from(&self, pos: Pos, bases: &[LineBase]) -> Position {
        let (line, col) = self.line_col(pos);
        let i = bases.partition_point(|b| b.pos <= pos);
        let Some(base) = i.checked_sub(1).map(|i| &bases[i]) else {
            return Position { filename: self.name.clone(), line, col };
        };
        // A directive at the very end of the file has its base behind the last byte.
        let (base_line, base_col) = self.line_col(base.pos);
        Position {
            filename: base.filename.clone(),
            line: base.line + (line - base_line),
            col: match base.col {
                0 => 0,
                c if line == base_line => c + (col - base_col),
                _ => col,
            },
        }
    }
}

/// All registered files.
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl Default for SourceMap {
    fn default() -> SourceMap {
        SourceMap::new()
    }
}

impl SourceMap {
    /// An empty map. Compilers use [`SourceMap::global`]; a map of one's own is for tests of the map.
    pub const fn new() -> SourceMap {
        SourceMap { files: RwLock::new(Vec::new()) }
    }

    /// The map of the process, in which all positions that are printed by `Display` live.
    pub fn global() -> &'static SourceMap {
        static GLOBAL: LazyLock<SourceMap> = LazyLock::new(SourceMap::new);
        &GLOBAL
    }

    /// Registers a file. `name` is what messages show.
    ///
    /// The position space holds 4 GiB of source; a file that does not fit any more is an error.
    pub fn add(&self, name: &str, text: impl Into<Arc<[u8]>>) -> Result<Arc<SourceFile>, SourceMapFull> {
        let text = text.into();
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let base = files.last().map_or(1, |f| f.end() + 1);
        // The end of the file and the base of the next one must be representable.
        if u32::try_from(text.len()).ok().and_then(|len| base.checked_add(len)?.checked_add(2)).is_none() {
            return Err(SourceMapFull);
        }
        let file = Arc::new(SourceFile {
            name: name.into(),
            base,
            text,
            lines: OnceLock::new(),
            line_bases: OnceLock::new(),
        });
        files.push(file.clone());
        Ok(file)
    }

    /// The file in which `pos` lies.
    pub fn file(&self, pos: Pos) -> Option<Arc<SourceFile>> {
        if !pos.is_known() {
            return None;
        }
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let i = files.partition_point(|f| f.base <= pos.as_u32());
        let file = files.get(i.checked_sub(1)?)?;
        file.contains(pos).then(|| file.clone())
    }

    /// File, line and column of `pos` as shown to the user, honouring `//line`.
    pub fn position(&self, pos: Pos) -> Position {
        match self.file(pos) {
            Some(file) => file.position(pos),
            None => Position { filename: "".into(), line: 0, col: 0 },
        }
    }
}

/// The position space is used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceMapFull;

impl fmt::Display for SourceMapFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too much source text: more than 4 GiB")
    }
}

impl std::error::Error for SourceMapFull {}

/// Cleans a path lexically as Go's `filepath.Clean` does on Unix.
pub(crate) fn clean_path(path: &str) -> String {
    let mut clean = PathBuf::new();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match clean.components().next_back() {
                Some(Component::Normal(_)) => {
                    clean.pop();
                }
                Some(Component::RootDir) => {}
                _ => clean.push(".."),
            },
            other => clean.push(other),
        }
    }
    if clean.as_os_str().is_empty() { ".".to_string() } else { clean.to_string_lossy().into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_of_two_files() {
        let map = SourceMap::new();
        let a = map.add("a.go", *b"ab\n\ncd").unwrap();
        let b = map.add("b.go", *b"").unwrap();
        let c = map.add("c.go", *b"x\r\ny").unwrap();
        let show = |pos| map.position(pos).to_string();
        assert_eq!(show(a.pos(0)), "a.go:1:1");
        assert_eq!(show(a.pos(2)), "a.go:1:3");
        assert_eq!(show(a.pos(3)), "a.go:2:1");
        assert_eq!(show(a.pos(6)), "a.go:3:3");
        assert_eq!(show(b.pos(0)), "b.go:1:1");
        assert_eq!(show(c.pos(3)), "c.go:2:1");
        assert_eq!(show(Pos::NONE), "<unknown position>");
        assert_eq!(c.line_text(1), b"x");
        assert_eq!(c.line_text(2), b"y");
        assert_eq!(c.line_text(3), b"");
        assert!(a.pos(6) < b.pos(0));
    }

    #[test]
    fn line_directives_shift_lines_and_columns() {
        let map = SourceMap::new();
        let file = map.add("a.go", *b"one\ntwo\nthree\n").unwrap();
        file.set_line_bases(vec![
            LineBase { pos: file.pos(4), filename: "x.go".into(), line: 10, col: 0 },
            LineBase { pos: file.pos(9), filename: "y.go".into(), line: 20, col: 5 },
        ]);
        let show = |offset| file.position(file.pos(offset)).to_string();
        assert_eq!(show(3), "a.go:1:4");
        assert_eq!(show(5), "x.go:10");
        assert_eq!(show(8), "x.go:11");
        assert_eq!(show(10), "y.go:20:6");
        assert_eq!(show(14), "y.go:21:1");
    }

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, clean) in [
            ("", "."),
            ("foo/../bar", "bar"),
            ("./foo", "foo"),
            ("../foo", "../foo"),
            ("a/b/../../..", ".."),
            ("/../a//b/", "/a/b"),
        ] {
            assert_eq!(clean_path(path), clean, "{path}");
        }
    }
}
