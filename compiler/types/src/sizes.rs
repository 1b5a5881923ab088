//! Sizes, alignments and offsets as gc lays types out, for 64-bit targets.
//!
//! The sizes of incomplete or recursive types are never asked for: the checker reports them first.

use crate::store::{ObjId, TypeId, TypeStore};
use crate::ty::{BasicKind, Type};

/// The sizes of a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// The size of a word (of `int`, `uintptr` and pointers).
    pub word_size: i64,
    /// The largest alignment.
    pub max_align: i64,
}

impl Sizes {
    /// The sizes of amd64.
    pub fn amd64() -> Self {
        Self { word_size: 8, max_align: 8 }
    }

    /// The sizes of arm64.
    pub fn arm64() -> Self {
        Self { word_size: 8, max_align: 8 }
    }
}

/// `x` rounded up to a multiple of `a`; none on overflow.
fn align(x: i64, a: i64) -> Option<i64> {
    Some(x.checked_add(a - 1)? & !(a - 1))
}

impl TypeStore {
    /// The alignment of a type.
    pub fn alignof(&self, t: TypeId) -> i64 {
        let word = self.sizes().word_size;
        match self.under_ty(t) {
            Type::Array(a) => self.alignof(a.elem),
            Type::Struct(s) => {
                if s.fields.is_empty() && self.is_sync_atomic_align64(t) {
                    return 8;
                }
                s.fields.iter().map(|&f| self.alignof(self.type_of(f))).max().unwrap_or(1).max(1)
            }
            Type::Slice(_) | Type::Interface(_) => word,
            Type::Basic(b) => match b.kind {
                BasicKind::String => word,
                BasicKind::Complex64 => 4,
                BasicKind::Complex128 => 8,
                _ => self.size(t).unwrap_or(1).clamp(1, self.sizes().max_align),
            },
            _ => self.size(t).unwrap_or(1).clamp(1, self.sizes().max_align),
        }
    }

    /// Whether a type is one of the two marker types whose values are aligned to 64 bits everywhere.
    fn is_sync_atomic_align64(&self, t: TypeId) -> bool {
        let Some(n) = self.as_named(t) else { return false };
        let obj = self.obj(self.named(n).obj);
        obj.name.as_str() == "align64"
            && obj.pkg.is_some_and(|p| {
                matches!(self.pkg(p).path.as_str(), "sync/atomic" | "internal/runtime/atomic")
            })
    }

    /// The offsets of fields; -1 from the field on where they overflow.
    pub fn offsetsof(&self, fields: &[ObjId]) -> Vec<i64> {
        self.offsets(fields).into_iter().map(|o| o.unwrap_or(-1)).collect()
    }

    /// The size of a type; -1 if it overflows.
    pub fn sizeof(&self, t: TypeId) -> i64 {
        self.size(t).unwrap_or(-1)
    }

    /// The offset of the field at the end of a path through struct types; -1 if it overflows.
    pub fn offsetof(&self, t: TypeId, index: &[u32]) -> i64 {
        let mut t = t;
        let mut offset = 0i64;
        for &i in index {
            let Type::Struct(s) = self.under_ty(t) else { panic!("{} is not a struct", self.type_string(t)) };
            let Some(o) = self.offsets(&s.fields)[i as usize].and_then(|o| offset.checked_add(o)) else {
                return -1;
            };
            offset = o;
            t = self.type_of(s.fields[i as usize]);
        }
        offset
    }

    fn offsets(&self, fields: &[ObjId]) -> Vec<Option<i64>> {
        let mut offset = Some(0i64);
        fields
            .iter()
            .map(|&f| {
                let t = self.type_of(f);
                let at = offset.and_then(|o| align(o, self.alignof(t)));
                offset = at.and_then(|o| o.checked_add(self.size(t)?));
                at
            })
            .collect()
    }

    fn size(&self, t: TypeId) -> Option<i64> {
        let word = self.sizes().word_size;
        Some(match self.under_ty(t) {
            Type::Basic(b) => match b.kind {
                BasicKind::Bool | BasicKind::Int8 | BasicKind::Uint8 => 1,
                BasicKind::Int16 | BasicKind::Uint16 => 2,
                BasicKind::Int32 | BasicKind::Uint32 | BasicKind::Float32 => 4,
                BasicKind::Int64 | BasicKind::Uint64 | BasicKind::Float64 | BasicKind::Complex64 => 8,
                BasicKind::Complex128 => 16,
                BasicKind::String => 2 * word,
                _ => word,
            },
            Type::Array(a) => {
                if a.len <= 0 {
                    return Some(0);
                }
                let size = self.size(a.elem)?;
                size.checked_mul(a.len)?
            }
            Type::Slice(_) => 3 * word,
            Type::Interface(_) => 2 * word,
            Type::Struct(s) => {
                let Some(&last) = s.fields.last() else { return Some(0) };
                let offset = *self.offsets(&s.fields).last().expect("as many offsets as fields");
                let mut end = offset?;
                let last_size = self.size(self.type_of(last))?;
                // A final field without size is padded, so that its address is inside of the struct.
                if end > 0 && last_size == 0 {
                    end = end.checked_add(1)?;
                }
                align(end.checked_add(last_size)?, self.alignof(t))?
            }
            _ => word,
        })
    }
}
