//! Source positions: one `u32` per position.
//!
//! Every file that is registered with the [`SourceMap`] owns an interval of the position space, one position
//! per byte plus one for the end of the file. The map turns a position into file, line and column; comparing
//! and adding need no map.
//!
//! **Invariant:** within a file, positions are ordered as the bytes are. Between files the order is that of
//! registration: a loader that registers the files of a package in name order gets gc's order.

use std::fmt;

use crate::source_map::SourceMap;

/// A position in the source map. `Pos::NONE` is "no position".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pos(u32);

impl Pos {
    /// The unknown position.
    pub const NONE: Pos = Pos(0);

    /// The position with the given offset in the position space; 0 is [`Pos::NONE`].
    #[inline]
    pub const fn from_u32(offset: u32) -> Pos {
        Pos(offset)
    }

    /// The offset in the position space.
    #[inline]
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// Whether the position is known.
    #[inline]
    pub const fn is_known(self) -> bool {
        self.0 != 0
    }

    /// The position `bytes` further in the same file; `NONE` stays `NONE`.
    #[inline]
    #[must_use]
    pub const fn offset(self, bytes: u32) -> Pos {
        if self.0 == 0 { self } else { Pos(self.0 + bytes) }
    }
}

/// Prints `file:line:col` of the global source map, as gc does for positions inside of messages: if a `//line`
/// directive is in effect, the position in the file itself follows in brackets.
impl fmt::Display for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(file) = SourceMap::global().file(*self) else { return f.write_str("<unknown position>") };
        f.write_str(&file.describe(*self, file.line_bases()))
    }
}

impl fmt::Debug for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}
