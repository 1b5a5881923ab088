//! Comments.

use super::*;

impl Scanner<'_> {
    /// Skips the line comment that begins at `start`; the result is the offset of the line's end.
    pub(super) fn line_comment(&mut self, start: usize) -> usize {
        let end = memchr::memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |n| start + n);
        match self.mode {
            CommentMode::Collect => self.comments.push((start, end)),
            CommentMode::Directives => {
                if matches!(self.at(start + 2), b'g' | b'l') {
                    self.line_directive(start, end);
                }
            }
        }
        end
    }

    /// Skips the comment that begins with `/*` at `start`; the result is the offset behind it.
    pub(super) fn full_comment(&mut self, start: usize) -> usize {
        let Some(n) = memchr::memmem::find(&self.text[start + 2..], b"*/") else {
            self.error_at(start, "comment not terminated");
            return self.text.len();
        };
        let end = start + 2 + n + 2;
        match self.mode {
            CommentMode::Collect => self.comments.push((start, end)),
            CommentMode::Directives => {
                if self.text[start + 2..].starts_with(b"line ") {
                    let text = self.comment_text(start + 2, end - 2);
                    self.set_line_base(start, end, &text);
                }
            }
        }
        end
    }

    #[cold]
    fn line_directive(&mut self, start: usize, end: usize) {
        let text = self.comment_text(start + 2, end);
        if text.starts_with("go:") {
            self.go_directive(start, text.trim_end_matches('\r'));
        } else if text.starts_with("line ") && (start == 0 || self.at(start - 1) == b'\n') {
            // The line end belongs to the comment.
            let text = text.strip_suffix('\r').unwrap_or(&text).to_string();
            self.set_line_base(start, (end + 1).min(self.text.len()), &text);
        }
    }

    fn comment_text(&self, start: usize, end: usize) -> String {
        String::from_utf8_lossy(&self.text[start..end]).into_owned()
    }

    /// Whether there are only blanks between the beginning of the line and `offset`.
    pub(crate) fn is_blank_before(&self, offset: usize) -> bool {
        let line = memchr::memrchr(b'\n', &self.text[..offset]).map_or(0, |n| n + 1);
        self.text[line..offset].iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
    }
}
