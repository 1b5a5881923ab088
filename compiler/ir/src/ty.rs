//! Types of SSA values, and signatures.
//!
//! The IR knows scalars only. Strings, slices, interfaces, complex numbers and small structs are
//! taken apart when the IR is built; larger aggregates live in [stack slots](crate::SlotData) or on
//! the heap and are moved by `memcopy`.

use std::fmt;

/// The type of an SSA value.
///
/// **Invariant:** every value that can hold a Go pointer (heap object, stack slot, interior of
/// either) has type [`Ty::Ptr`]; such values are described in stack maps. A `uintptr` is an
/// [`Ty::I64`] and keeps nothing alive. A bool is an [`Ty::I8`] that is 0 or 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    Ptr,
}

impl Ty {
    /// Size in bytes (also the natural alignment).
    pub const fn size(self) -> u32 {
        match self {
            Ty::I8 => 1,
            Ty::I16 => 2,
            Ty::I32 | Ty::F32 => 4,
            Ty::I64 | Ty::F64 | Ty::Ptr => 8,
        }
    }

    /// Width in bits.
    pub const fn bits(self) -> u32 {
        self.size() * 8
    }

    pub const fn is_float(self) -> bool {
        matches!(self, Ty::F32 | Ty::F64)
    }

    /// Integer types; pointers are not among them.
    pub const fn is_int(self) -> bool {
        matches!(self, Ty::I8 | Ty::I16 | Ty::I32 | Ty::I64)
    }

    /// The integer type of `size` bytes.
    pub const fn int(size: u32) -> Ty {
        match size {
            1 => Ty::I8,
            2 => Ty::I16,
            4 => Ty::I32,
            8 => Ty::I64,
            _ => panic!("no integer type of that size"),
        }
    }

    /// Name in the textual form.
    pub const fn name(self) -> &'static str {
        match self {
            Ty::I8 => "i8",
            Ty::I16 => "i16",
            Ty::I32 => "i32",
            Ty::I64 => "i64",
            Ty::F32 => "f32",
            Ty::F64 => "f64",
            Ty::Ptr => "ptr",
        }
    }

    /// The inverse of [`Ty::name`].
    pub fn from_name(name: &str) -> Option<Ty> {
        [Ty::I8, Ty::I16, Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::Ptr].into_iter().find(|t| t.name() == name)
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many integer (and pointer) results are returned in registers on every architecture.
pub const MAX_INT_RESULTS: usize = 6;
/// How many floating-point results are returned in registers on every architecture.
pub const MAX_FLOAT_RESULTS: usize = 8;

/// The scalars that a function takes and returns.
///
/// **Invariant:** the results fit in registers (at most [`MAX_INT_RESULTS`] integers and pointers
/// and [`MAX_FLOAT_RESULTS`] floats). A function with more results, or with a result that is a
/// large aggregate, returns nothing here and takes a pointer to the caller's zeroed result slot as
/// its first parameter (after the closure context, if it has one).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Signature {
    pub params: Vec<Ty>,
    pub results: Vec<Ty>,
}

impl Signature {
    /// Whether `results` can be returned in registers.
    pub fn fits_registers(results: &[Ty]) -> bool {
        let floats = results.iter().filter(|t| t.is_float()).count();
        floats <= MAX_FLOAT_RESULTS && results.len() - floats <= MAX_INT_RESULTS
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, tys: &[Ty]| {
            f.write_str("(")?;
            for (i, t) in tys.iter().enumerate() {
                write!(f, "{}{t}", if i > 0 { ", " } else { "" })?;
            }
            f.write_str(")")
        };
        list(f, &self.params)?;
        f.write_str(" -> ")?;
        list(f, &self.results)
    }
}
