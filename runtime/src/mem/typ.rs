//! Go type descriptors as far as the heap reads them (`internal/abi.Type`).
//!
//! **Runs on** g0.

/// `internal/abi.Type`.
#[repr(C)]
pub struct Type {
    pub size: usize,
    /// Bytes of the prefix that may hold pointers.
    pub ptr_bytes: usize,
    pub hash: u32,
    pub tflag: u8,
    pub align: u8,
    pub field_align: u8,
    pub kind: u8,
    pub equal: usize,
    /// One bit per word of the prefix; with [`GC_MASK_ON_DEMAND`], the address of a word that will hold it.
    pub gc_data: *const u8,
    pub str: i32,
    pub ptr_to_this: i32,
}

/// Flag in `tflag`: the mask is built when it is first needed.
pub const GC_MASK_ON_DEMAND: u8 = 16;

const KIND_ARRAY: u8 = 17;
const KIND_STRUCT: u8 = 25;

#[repr(C)]
struct ArrayType {
    typ: Type,
    elem: *const Type,
    slice: *const Type,
    len: usize,
}

#[repr(C)]
struct StructType {
    typ: Type,
    pkg_path: *const u8,
    fields: *const Field,
    nfields: usize,
    cap: usize,
}

#[repr(C)]
struct Field {
    name: *const u8,
    typ: *const Type,
    offset: usize,
}

impl Type {
    /// Whether values hold no pointers.
    #[inline]
    pub fn noscan(&self) -> bool {
        self.ptr_bytes == 0
    }

    /// Calls `f` with the offset of every pointer word of a value.
    ///
    /// # Safety
    /// The descriptor and those it refers to are intact.
    pub unsafe fn for_each_pointer(&self, base: usize, f: &mut impl FnMut(usize)) {
        if self.ptr_bytes == 0 {
            return;
        }
        // SAFETY: the mask covers the prefix; array and struct descriptors have the layouts above.
        unsafe {
            if self.tflag & GC_MASK_ON_DEMAND == 0 {
                for i in 0..self.ptr_bytes / 8 {
                    if *self.gc_data.add(i / 8) >> (i % 8) & 1 != 0 {
                        f(base + 8 * i);
                    }
                }
                return;
            }
            match self.kind {
                KIND_ARRAY => {
                    let a = &*(self as *const Type as *const ArrayType);
                    for i in 0..a.len {
                        let elem = &*a.elem;
                        elem.for_each_pointer(base + i * elem.size, f);
                    }
                }
                KIND_STRUCT => {
                    let s = &*(self as *const Type as *const StructType);
                    for i in 0..s.nfields {
                        let field = &*s.fields.add(i);
                        (*field.typ).for_each_pointer(base + field.offset, f);
                    }
                }
                _ => crate::panic::fatal::throw("type with an unexpected GC mask"),
            }
        }
    }
}
