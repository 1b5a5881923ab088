//! The interpreter's memory: objects at made-up addresses, each checked at every access.
//!
//! Objects are kept apart by gaps, so that an address belongs to one object at most and a pointer just past an
//! object still belongs to it. Code has addresses of its own. What kind of thing an address means can be read off
//! its high digits, which makes dumps readable.

use std::collections::BTreeMap;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A function; no bytes.
    Code,
    /// A data object of the program, or a symbol that is defined elsewhere.
    Data,
    /// Allocated by the program or handed to it.
    Heap,
    /// A slot of a frame that still exists.
    Stack,
}

impl Kind {
    const fn first_address(self) -> u64 {
        match self {
            Kind::Code => 0x40_0000,
            Kind::Data => 0x1000_0000,
            Kind::Heap => 0xc0_0000_0000,
            Kind::Stack => 0x7f00_0000_0000,
        }
    }
}

/// A piece of memory.
#[derive(Clone, Debug)]
pub struct Object {
    pub base: u64,
    pub kind: Kind,
    pub bytes: Vec<u8>,
    pub writable: bool,
    /// The symbol, for code and data.
    pub name: Option<Box<str>>,
}

/// The first addresses, where every access is a nil dereference.
pub const NIL_END: u64 = 4096;

/// Objects by address.
#[derive(Clone, Debug)]
pub struct Memory {
    objects: BTreeMap<u64, Object>,
    next: [u64; 4],
}

impl Default for Memory {
    fn default() -> Memory {
        let next = [Kind::Code, Kind::Data, Kind::Heap, Kind::Stack].map(Kind::first_address);
        Memory { objects: BTreeMap::new(), next }
    }
}

impl Memory {
    /// A new object of the given contents; its address is a multiple of 64.
    pub fn add(&mut self, kind: Kind, bytes: Vec<u8>, writable: bool, name: Option<&str>) -> u64 {
        let base = self.next[kind as usize];
        self.next[kind as usize] = (base + bytes.len() as u64 + 64).next_multiple_of(64);
        let name = name.map(Into::into);
        self.objects.insert(base, Object { base, kind, bytes, writable, name });
        base
    }

    /// Makes an object read-only.
    pub fn protect(&mut self, base: u64) {
        if let Some(o) = self.objects.get_mut(&base) {
            o.writable = false;
        }
    }

    /// Forgets an object: later accesses are errors.
    pub fn remove(&mut self, base: u64) {
        self.objects.remove(&base);
    }

    /// The object that a pointer points into or just behind.
    pub fn object(&self, addr: u64) -> Option<&Object> {
        let (_, o) = self.objects.range(..=addr).next_back()?;
        (addr - o.base <= o.bytes.len() as u64).then_some(o)
    }

    /// All objects, ascending by address.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// The `len` bytes at an address.
    ///
    /// # Errors
    /// What is wrong with the access.
    pub fn bytes(&self, addr: u64, len: u64) -> Result<&[u8], String> {
        let object = self.object(addr).filter(|o| o.kind != Kind::Code);
        let object = object.ok_or_else(|| format!("access to {addr:#x}, where nothing lies (any more)"))?;
        let from = addr - object.base;
        let size = object.bytes.len() as u64;
        if len > size - from {
            return Err(format!("access of {len} bytes at {from} in an object of {size} bytes"));
        }
        Ok(&object.bytes[from as usize..(from + len) as usize])
    }

    /// The `len` bytes at an address, to be written.
    ///
    /// # Errors
    /// What is wrong with the access.
    pub fn bytes_mut(&mut self, addr: u64, len: u64) -> Result<&mut [u8], String> {
        self.bytes(addr, len)?;
        let (_, object) = self.objects.range_mut(..=addr).next_back().expect("the object has been found");
        if !object.writable {
            return Err(format!("write to read-only memory {addr:#x}"));
        }
        let from = (addr - object.base) as usize;
        Ok(&mut object.bytes[from..from + len as usize])
    }

    /// A little-endian number of at most eight bytes.
    ///
    /// # Errors
    /// What is wrong with the access.
    pub fn load(&self, addr: u64, len: u32) -> Result<u64, String> {
        let mut word = [0; 8];
        word[..len as usize].copy_from_slice(self.bytes(addr, len.into())?);
        Ok(u64::from_le_bytes(word))
    }

    /// Writes the low `len` bytes of a number.
    ///
    /// # Errors
    /// What is wrong with the access.
    pub fn store(&mut self, addr: u64, len: u32, value: u64) -> Result<(), String> {
        let bytes = self.bytes_mut(addr, len.into())?;
        bytes.copy_from_slice(&value.to_le_bytes()[..len as usize]);
        Ok(())
    }
}
