//! Constant strings. A literal is a slice of bytes; a concatenation only refers to its operands until its bytes are
//! asked for, so that a sum of n strings takes time linear in its length, and a string that is doubled thirty
//! times takes no memory.

use std::sync::{Arc, OnceLock};

/// The bytes of a constant string.
#[derive(Clone, Debug)]
pub struct Text(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Slice(Arc<[u8]>),
    Concat(Arc<Concat>),
}

#[derive(Debug)]
struct Concat {
    len: usize,
    /// The operands; taken apart when the node is dropped.
    parts: Option<(Text, Text)>,
    bytes: OnceLock<Arc<[u8]>>,
}

impl Drop for Concat {
    /// Sums lean to the left without limit: dropping them recursively could exhaust the stack.
    fn drop(&mut self) {
        let mut todo: Vec<Text> = self.parts.take().into_iter().flat_map(|(l, r)| [l, r]).collect();
        while let Some(text) = todo.pop() {
            if let Repr::Concat(node) = text.0
                && let Some(mut node) = Arc::into_inner(node)
                && let Some((left, right)) = node.parts.take()
            {
                todo.extend([left, right]);
            }
        }
    }
}

impl Text {
    /// A string with these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Repr::Slice(bytes.into()))
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Slice(s) => s.len(),
            Repr::Concat(c) => c.len,
        }
    }

    /// Whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes.
    pub fn bytes(&self) -> Arc<[u8]> {
        match &self.0 {
            Repr::Slice(s) => s.clone(),
            Repr::Concat(c) => c.bytes.get_or_init(|| self.flatten()).clone(),
        }
    }

    fn flatten(&self) -> Arc<[u8]> {
        let mut out = Vec::with_capacity(self.len());
        let mut todo = vec![self];
        while let Some(text) = todo.pop() {
            match &text.0 {
                Repr::Slice(s) => out.extend_from_slice(s),
                Repr::Concat(c) => match (c.bytes.get(), &c.parts) {
                    (Some(bytes), _) => out.extend_from_slice(bytes),
                    (None, Some((left, right))) => todo.extend([right, left]),
                    (None, None) => unreachable!("the parts are taken only when the node is dropped"),
                },
            }
        }
        out.into()
    }

    /// This string followed by another.
    pub fn concat(&self, other: &Text) -> Text {
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        let len = self.len() + other.len();
        let parts = Some((self.clone(), other.clone()));
        Self(Repr::Concat(Arc::new(Concat { len, parts, bytes: OnceLock::new() })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sums_and_huge_strings() {
        let mut sum = Text::new(b"");
        for _ in 0..200_000 {
            sum = sum.concat(&Text::new(b"ab"));
        }
        assert_eq!(sum.bytes().len(), 400_000);
        assert_eq!(&sum.bytes()[..4], b"abab");
        let mut huge = Text::new(b"x");
        for _ in 0..40 {
            huge = huge.concat(&huge.clone());
        }
        assert_eq!(huge.len(), 1 << 40);
    }
}
