//! The global string interner.
//!
//! A [`Symbol`] is an index into one append-only, process-wide table; equal strings have equal symbols, and
//! the text behind a symbol lives forever. Reading a symbol takes no lock. Interning takes one of a few shard
//! locks; scanners put a [`SymbolCache`] in front, so that a thread takes a lock only for the first sight of
//! a string.
//!
//! **Invariant:** the symbols of [`sym`] have fixed indices, so they are constants and can be matched on.

use std::cell::RefCell;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// An interned string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// Interns `text`.
    pub fn intern(text: &str) -> Symbol {
        LOCAL.with_borrow_mut(|cache| cache.intern(text))
    }

    /// The text of the symbol.
    #[inline]
    pub fn as_str(self) -> &'static str {
        INTERNER.texts.get(self.0 as usize).expect("symbol of the global table")
    }

    /// The index of the symbol in the global table. Indices are dense and start at 0 (the empty string).
    #[inline]
    pub fn index(self) -> u32 {
        self.0
    }

    /// Whether the symbol is the empty string.
    #[inline]
    pub fn is_empty(self) -> bool {
        self == sym::EMPTY
    }

    /// Whether the symbol is the blank identifier `_`.
    #[inline]
    pub fn is_blank(self) -> bool {
        self == sym::BLANK
    }

    /// Whether the first letter is an upper-case letter, i.e. the name is exported.
    pub fn is_exported(self) -> bool {
        let text = self.as_str();
        match text.as_bytes().first() {
            Some(b) if b.is_ascii() => b.is_ascii_uppercase(),
            _ => text.chars().next().is_some_and(char::is_uppercase),
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&str> for Symbol {
    fn from(text: &str) -> Symbol {
        Symbol::intern(text)
    }
}

impl PartialEq<str> for Symbol {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Symbol {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

const SHARDS: usize = 16;
/// Texts are copied into leaked chunks of this size; longer texts get their own allocation.
const CHUNK: usize = 32 << 10;

struct Interner {
    texts: boxcar::Vec<&'static str>,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    table: HashTable<(u32, &'static str)>,
    chunk: &'static mut [u8],
}

static INTERNER: LazyLock<Interner> = LazyLock::new(|| {
    let interner = Interner { texts: boxcar::Vec::new(), shards: Default::default() };
    for (i, text) in sym::TEXTS.iter().enumerate() {
        let symbol = interner.intern(hash(text), text);
        assert_eq!(symbol.0 as usize, i, "well-known symbol listed twice: {text}");
    }
    interner
});

fn hash(text: &str) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

impl Interner {
    fn intern(&self, hash: u64, text: &str) -> Symbol {
        let mut shard =
            self.shards[(hash >> 59) as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&(index, _)) = shard.table.find(hash, |&(_, t)| t == text) {
            return Symbol(index);
        }
        let text = shard.store(text);
        let index = u32::try_from(self.texts.push(text)).expect("fewer than 2^32 symbols");
        shard.table.insert_unique(hash, (index, text), |&(_, t)| self::hash(t));
        Symbol(index)
    }
}

impl Shard {
    fn store(&mut self, text: &str) -> &'static str {
        if text.len() > CHUNK / 8 {
            return Box::leak(text.into());
        }
        if text.len() > self.chunk.len() {
            self.chunk = Box::leak(vec![0; CHUNK].into_boxed_slice());
        }
        let (head, tail) = std::mem::take(&mut self.chunk).split_at_mut(text.len());
        self.chunk = tail;
        head.copy_from_slice(text.as_bytes());
        std::str::from_utf8(head).expect("copy of a str")
    }
}

thread_local! {
    static LOCAL: RefCell<SymbolCache> = RefCell::new(SymbolCache::default());
}

/// The symbols that one thread has seen, found without a lock.
///
/// Texts of up to 16 bytes are packed into two words (`Packed`), so that finding them touches one entry of one
/// table and calls nothing.
#[derive(Default)]
pub struct SymbolCache {
    short: HashTable<(Packed, u32)>,
    long: HashTable<(u32, &'static str)>,
}

/// A text of 1 to 16 bytes. The words are its (overlapping) first and last bytes; together with the length they
/// determine it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Packed {
    len: u32,
    words: [u64; 2],
}

impl Packed {
    #[inline]
    fn new(text: &[u8]) -> Option<Packed> {
        let len = text.len();
        let u64_at = |i: usize| u64::from_le_bytes(text[i..i + 8].try_into().expect("eight bytes"));
        let u32_at = |i: usize| u32::from_le_bytes(text[i..i + 4].try_into().expect("four bytes"));
        let words = match len {
            8..=16 => [u64_at(0), u64_at(len - 8)],
            4..=7 => [u64::from(u32_at(0)), u64::from(u32_at(len - 4))],
            1..=3 => [u64::from(text[0]) << 8 | u64::from(text[len / 2]), u64::from(text[len - 1])],
            _ => return None,
        };
        Some(Packed { len: len as u32, words })
    }

    #[inline]
    fn hash(self) -> u64 {
        // The halves of a 128-bit product depend on all bits of both factors.
        let x = self.words[0] ^ 0x9e37_79b9_7f4a_7c15;
        let y = self.words[1] ^ 0xd6e8_feb8_6659_fd93 ^ u64::from(self.len) << 56;
        let product = u128::from(x) * u128::from(y);
        product as u64 ^ (product >> 64) as u64
    }
}

impl SymbolCache {
    /// Takes the calling thread's cache, to be given back with [`SymbolCache::give_back`]. While it is taken
    /// the thread works with an empty cache, which is correct, only slower.
    pub fn take() -> SymbolCache {
        LOCAL.with_borrow_mut(std::mem::take)
    }

    /// Returns a cache to the calling thread.
    pub fn give_back(self) {
        LOCAL.with_borrow_mut(|slot| *slot = self);
    }

    /// Interns `text`.
    #[inline]
    pub fn intern(&mut self, text: &str) -> Symbol {
        self.intern_utf8(text.as_bytes())
    }

    /// Interns a text that is known to be UTF-8; panics if it is not and has not been seen.
    #[inline]
    pub(crate) fn intern_utf8(&mut self, text: &[u8]) -> Symbol {
        if let Some(packed) = Packed::new(text) {
            let hash = packed.hash();
            return match self.short.find(hash, |(p, _)| *p == packed) {
                Some(&(_, index)) => Symbol(index),
                None => self.add_short(hash, packed, text),
            };
        }
        self.intern_long(text)
    }

    #[cold]
    fn add_short(&mut self, packed_hash: u64, packed: Packed, text: &[u8]) -> Symbol {
        let text = std::str::from_utf8(text).expect("UTF-8");
        let symbol = INTERNER.intern(hash(text), text);
        self.short.insert_unique(packed_hash, (packed, symbol.0), |(p, _)| p.hash());
        symbol
    }

    #[inline(never)]
    fn intern_long(&mut self, text: &[u8]) -> Symbol {
        let text = std::str::from_utf8(text).expect("UTF-8");
        let hash = hash(text);
        if let Some(&(index, _)) = self.long.find(hash, |&(_, t)| t == text) {
            return Symbol(index);
        }
        let symbol = INTERNER.intern(hash, text);
        self.long.insert_unique(hash, (symbol.0, symbol.as_str()), |&(_, t)| self::hash(t));
        symbol
    }
}

macro_rules! well_known {
    ($($name:ident = $text:literal,)*) => {
        /// Symbols that the compiler knows by name.
        pub mod sym {
            use super::Symbol;

            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[repr(u32)]
            enum Index { $($name,)* }

            $(
                #[doc = concat!("`", $text, "`")]
                pub const $name: Symbol = Symbol(Index::$name as u32);
            )*

            pub(super) const TEXTS: &[&str] = &[$($text,)*];
        }
    };
}

well_known! {
    EMPTY = "",
    BLANK = "_",
    DOT = ".",
    INIT = "init",
    MAIN = "main",
    UNSAFE = "unsafe",
    C = "C",
    RUNTIME = "runtime",
    EMBED = "embed",
    // Predeclared types.
    ANY = "any",
    BOOL = "bool",
    BYTE = "byte",
    COMPARABLE = "comparable",
    COMPLEX64 = "complex64",
    COMPLEX128 = "complex128",
    ERROR = "error",
    FLOAT32 = "float32",
    FLOAT64 = "float64",
    INT = "int",
    INT8 = "int8",
    INT16 = "int16",
    INT32 = "int32",
    INT64 = "int64",
    RUNE = "rune",
    STRING = "string",
    UINT = "uint",
    UINT8 = "uint8",
    UINT16 = "uint16",
    UINT32 = "uint32",
    UINT64 = "uint64",
    UINTPTR = "uintptr",
    // Predeclared constants and nil.
    TRUE = "true",
    FALSE = "false",
    IOTA = "iota",
    NIL = "nil",
    // Predeclared functions.
    APPEND = "append",
    CAP = "cap",
    CLEAR = "clear",
    CLOSE = "close",
    COMPLEX = "complex",
    COPY = "copy",
    DELETE = "delete",
    IMAG = "imag",
    LEN = "len",
    MAKE = "make",
    MAX = "max",
    MIN = "min",
    NEW = "new",
    PANIC = "panic",
    PRINT = "print",
    PRINTLN = "println",
    REAL = "real",
    RECOVER = "recover",
    // Members of package unsafe.
    POINTER = "Pointer",
    ADD = "Add",
    ALIGNOF = "Alignof",
    OFFSETOF = "Offsetof",
    SIZEOF = "Sizeof",
    SLICE = "Slice",
    SLICE_DATA = "SliceData",
    STRING_FN = "String",
    STRING_DATA = "StringData",
    // Test-only predeclared functions of the type checker's corpus.
    ASSERT = "assert",
    TRACE = "trace",
    // The method of error.
    ERROR_METHOD = "Error",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_symbols_across_threads() {
        let here: Vec<Symbol> = (0..1000).map(|i| Symbol::intern(&format!("name{i}"))).collect();
        let there = std::thread::spawn(|| {
            (0..1000).rev().map(|i| Symbol::intern(&format!("name{i}"))).collect::<Vec<_>>()
        })
        .join()
        .unwrap();
        assert!(here.iter().eq(there.iter().rev()));
        assert_eq!(here[7].as_str(), "name7");
    }

    #[test]
    fn well_known_symbols_are_constants() {
        assert_eq!(Symbol::intern("append"), sym::APPEND);
        assert_eq!(Symbol::intern(""), sym::EMPTY);
        assert_eq!(sym::STRING_DATA.as_str(), "StringData");
        assert!(sym::POINTER.is_exported() && !sym::NEW.is_exported());
        assert!(Symbol::intern("Äpfel").is_exported() && !Symbol::intern("äpfel").is_exported());
    }

    #[test]
    fn texts_of_all_lengths_are_told_apart() {
        let mut seen = hashbrown::HashMap::new();
        for len in 0..40 {
            for changed in 0..=len {
                let mut text = vec![b'a'; len];
                if let Some(b) = text.get_mut(changed) {
                    *b = b'b';
                }
                let text = String::from_utf8(text).unwrap();
                let symbol = Symbol::intern(&text);
                assert_eq!(symbol.as_str(), text);
                assert_eq!(Symbol::intern(&text), symbol);
                assert_eq!(seen.insert(symbol, text), None);
            }
        }
    }

    #[test]
    fn long_texts_are_interned() {
        let text = "x".repeat(CHUNK);
        assert_eq!(Symbol::intern(&text).as_str(), text);
    }
}
