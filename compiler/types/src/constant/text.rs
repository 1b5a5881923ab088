//! Constant strings. A literal is an immutable slice; a concatenation appends to a buffer that it shares with
//! its left operand, so that a sum of n strings costs time linear in its length.

use std::sync::{Arc, Mutex};

/// The bytes of a constant string.
#[derive(Clone, Debug)]
pub struct Text(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Slice(Arc<[u8]>),
    /// The first `len` bytes of a buffer that may have grown since.
    Prefix(Arc<Mutex<Vec<u8>>>, usize),
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
            Repr::Prefix(_, len) => *len,
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
            Repr::Prefix(buf, len) => buf.lock().expect("no panic under the lock")[..*len].into(),
        }
    }

    /// This string followed by another.
    pub fn concat(&self, other: &Text) -> Text {
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        let tail = other.bytes();
        let len = self.len() + tail.len();
        if let Repr::Prefix(buf, own) = &self.0 {
            let mut bytes = buf.lock().expect("no panic under the lock");
            if bytes.len() == *own {
                bytes.extend_from_slice(&tail);
                return Text(Repr::Prefix(buf.clone(), len));
            }
        }
        let mut bytes = Vec::with_capacity(len * 2);
        bytes.extend_from_slice(&self.bytes());
        bytes.extend_from_slice(&tail);
        Text(Repr::Prefix(Arc::new(Mutex::new(bytes)), len))
    }
}
