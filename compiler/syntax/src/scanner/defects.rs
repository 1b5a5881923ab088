//! Bytes that may not occur in a source file: NUL, invalid UTF-8, byte order marks but at the very beginning.

use std::borrow::Cow;

use super::IDENT;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// The defects of a file that have not been reported yet.
pub(super) struct Defects {
    /// Offsets and messages, the first to be reported last.
    rest: Vec<(usize, &'static str)>,
    /// The offset of the next defect; `usize::MAX` if there is none.
    pub next: usize,
}

impl Defects {
    /// Finds the defects of `text`; the result's text has other bytes in their place, and in that of a leading
    /// byte order mark, which is allowed: `_` inside and at the end of identifiers, which are not broken by
    /// defects, blanks elsewhere.
    pub fn find(text: &[u8]) -> (Cow<'_, [u8]>, Defects) {
        let clean = memchr::memchr(0, text).is_none()
            && std::str::from_utf8(text).is_ok()
            && memchr::memmem::find(text, BOM).is_none();
        if clean {
            return (Cow::Borrowed(text), Defects { rest: Vec::new(), next: usize::MAX });
        }
        Defects::find_slow(text)
    }

    #[cold]
    fn find_slow(text: &[u8]) -> (Cow<'_, [u8]>, Defects) {
        let mut cleaned = text.to_vec();
        let mut found = Vec::new();
        for offset in memchr::memchr_iter(0, text) {
            cleaned[offset] = b' ';
            found.push((offset, "invalid NUL character"));
        }
        for offset in memchr::memmem::find_iter(text, BOM) {
            cleaned[offset..offset + BOM.len()].fill(b' ');
            if offset > 0 {
                found.push((offset, "invalid BOM in the middle of the file"));
            }
        }
        let mut offset = 0;
        for chunk in text.utf8_chunks() {
            offset += chunk.valid().len();
            // Go decodes one byte at a time when it meets an invalid sequence.
            for _ in chunk.invalid() {
                cleaned[offset] = b' ';
                found.push((offset, "invalid UTF-8 encoding"));
                offset += 1;
            }
        }
        let mut in_identifier = false;
        for i in 0..cleaned.len() {
            if in_identifier && cleaned[i] == b' ' && text[i] != b' ' {
                cleaned[i] = b'_';
            }
            // A word that begins with a digit is a number.
            let b = cleaned[i];
            let begins_word = i == 0 || !IDENT[cleaned[i - 1] as usize];
            in_identifier =
                IDENT[b as usize] && if begins_word { !b.is_ascii_digit() } else { in_identifier };
        }
        found.sort_by_key(|&(offset, _)| std::cmp::Reverse(offset));
        let next = found.last().map_or(usize::MAX, |&(offset, _)| offset);
        (Cow::Owned(cleaned), Defects { rest: found, next })
    }

    /// Takes the next defect if it lies before `end`.
    pub fn take_before(&mut self, end: usize) -> Option<(usize, &'static str)> {
        let defect = self.rest.pop_if(|&mut (offset, _)| offset < end);
        self.next = self.rest.last().map_or(usize::MAX, |&(offset, _)| offset);
        defect
    }
}
