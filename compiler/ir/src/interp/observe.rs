//! What can be seen of a run from outside, as text that two runs can be compared by.
//!
//! Addresses differ between runs of two versions of a program, so a pointer is shown as symbol and offset, or as the
//! number of the object in the order in which the text first mentions it, followed once by the object's contents. An
//! aligned word that is an address of an object counts as a pointer. Whether an object lies in the heap or in a frame
//! is not shown.

use super::memory::{Kind, Memory, Object};
use crate::ty::Ty;
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// Collects the text.
pub struct Observer<'m> {
    memory: &'m Memory,
    numbers: FxHashMap<u64, usize>,
    /// Objects that are mentioned, whose contents are to follow.
    pending: Vec<u64>,
    text: String,
}

impl<'m> Observer<'m> {
    pub fn new(memory: &'m Memory) -> Observer<'m> {
        Observer { memory, numbers: FxHashMap::default(), pending: Vec::new(), text: String::new() }
    }

    /// Adds a word of text.
    pub fn word(&mut self, word: &str) {
        self.text += word;
    }

    /// Adds a value.
    pub fn value(&mut self, ty: Ty, x: u64) {
        match ty {
            Ty::Ptr => self.pointer(x),
            // All that are not numbers look the same: their bits depend on the order of operands.
            Ty::F32 => write!(self.text, "{:?}", f32::from_bits(x as u32)).unwrap_or_default(),
            Ty::F64 => write!(self.text, "{:?}", f64::from_bits(x)).unwrap_or_default(),
            _ => match self.memory.object(x).filter(|_| ty == Ty::I64) {
                // An address as a number.
                Some(_) => self.pointer(x),
                None => write!(self.text, "{}", crate::eval::signed(ty, x)).unwrap_or_default(),
            },
        }
    }

    fn pointer(&mut self, x: u64) {
        if x == 0 {
            self.text += "nil";
            return;
        }
        let Some(o) = self.memory.object(x) else {
            self.text += if x < super::memory::NIL_END { "nil+" } else { "wild" };
            return;
        };
        match &o.name {
            Some(name) => write!(self.text, "@{name}").unwrap_or_default(),
            None => {
                let n = self.numbers.len() + 1;
                let n = *self.numbers.entry(o.base).or_insert_with(|| {
                    self.pending.push(o.base);
                    n
                });
                write!(self.text, "#{n}").unwrap_or_default();
            }
        }
        if x != o.base {
            write!(self.text, "+{}", x - o.base).unwrap_or_default();
        }
    }

    /// Adds the contents of all variables of the program.
    pub fn variables(&mut self) {
        let used = |o: &&Object| o.kind == Kind::Data && o.writable && o.bytes.iter().any(|&b| b != 0);
        let mut variables: Vec<&Object> = self.memory.objects().filter(used).collect();
        // Where a symbol lies that nothing defines depends on when it was first used.
        variables.sort_by_key(|o| &o.name);
        for o in variables {
            write!(self.text, "\n@{} =", o.name.as_deref().unwrap_or_default()).unwrap_or_default();
            self.contents(&o.bytes);
        }
    }

    fn contents(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for &w in words {
            self.text.push(' ');
            let w = u64::from_le_bytes(w);
            if w == 0 { self.text.push('0') } else { self.value(Ty::I64, w) }
        }
        for b in rest {
            write!(self.text, " {b:02x}").unwrap_or_default();
        }
    }

    /// The text, with the contents of every object that it mentions.
    pub fn finish(mut self) -> String {
        let mut done = 0;
        while let Some(&base) = self.pending.get(done) {
            done += 1;
            let memory = self.memory;
            if let Some(o) = memory.object(base) {
                write!(self.text, "\n#{done} =").unwrap_or_default();
                self.contents(&o.bytes);
            }
        }
        self.text
    }
}
