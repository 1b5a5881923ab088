//! Concrete types as lowering sees them: kind, size, alignment, offsets, pointer words, scalar leaves.
//!
//! A [`TypeInfo`] is computed once for each canonical type and lives as long as the lowering of the
//! program; every component type in it is canonical again. A type of at most [`MAX_LEAVES`] scalar
//! leaves is *scalar*: its values are decomposed into SSA values. Values of other types live in
//! memory and move as a whole.
//!
//! Sizes and offsets are those of gc on 64-bit targets.

use grus_ir::{PtrWords, Ty};
use grus_syntax::Symbol;
use grus_types::ty::ChanDir;
use grus_types::universe::typ;
use grus_types::{BasicKind, ObjId, Type, TypeId, TypeStore};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::sync::{Mutex, RwLock};

/// How many scalar leaves a decomposed value has at most.
pub const MAX_LEAVES: usize = 4;

/// A scalar of a decomposed value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leaf {
    pub ty: Ty,
    /// Offset in the value's memory form.
    pub off: u32,
    /// Whether the collector looks at the word: stores to the heap need a write barrier. The first
    /// word of an interface is a pointer that the collector does not follow.
    pub traced: bool,
}

/// A struct's field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub obj: ObjId,
    pub name: Symbol,
    pub ty: TypeId,
    pub off: u64,
    /// Index of its first leaf among the struct's leaves, if the struct is scalar.
    pub leaf: usize,
    pub embedded: bool,
}

/// A concrete type by structure; component types are canonical.
#[derive(Clone, Debug)]
pub enum Kind {
    Bool,
    /// An integer, `uintptr` included.
    Int {
        bits: u8,
        signed: bool,
    },
    Float {
        bits: u8,
    },
    /// A complex number; `bits` of one part.
    Complex {
        bits: u8,
    },
    String,
    UnsafePointer,
    Pointer(TypeId),
    Slice(TypeId),
    Array(TypeId, u64),
    Map(TypeId, TypeId),
    Chan(ChanDir, TypeId),
    Struct(Box<[Field]>),
    /// A function; the canonical signature is the type's underlying type.
    Func,
    /// An interface; `empty`: without methods.
    Interface {
        empty: bool,
    },
    /// The results of a call.
    Tuple(Box<[TypeId]>),
    /// The type of `nil` without context.
    Nil,
}

/// Everything about a concrete type that code generation of values needs.
#[derive(Clone, Debug)]
pub struct TypeInfo {
    pub kind: Kind,
    /// The canonical underlying type.
    pub under: TypeId,
    pub size: u64,
    pub align: u32,
    /// Bytes up to the end of the last pointer word; 0 if there is none.
    pub ptr_bytes: u64,
    /// The scalars of a decomposed value; `None` for values that live in memory.
    pub leaves: Option<Box<[Leaf]>>,
}

impl TypeInfo {
    /// Whether the collector finds pointers in values of the type.
    pub fn has_ptrs(&self) -> bool {
        self.ptr_bytes > 0
    }

    /// Whether values are decomposed into scalars.
    pub fn is_scalar(&self) -> bool {
        self.leaves.is_some()
    }

    /// The leaves of a scalar type.
    pub fn leaves(&self) -> &[Leaf] {
        self.leaves.as_deref().expect("a scalar type")
    }

    pub fn is_interface(&self) -> bool {
        matches!(self.kind, Kind::Interface { .. })
    }

    pub fn is_signed(&self) -> bool {
        matches!(self.kind, Kind::Int { signed: true, .. })
    }

    pub fn is_int(&self) -> bool {
        matches!(self.kind, Kind::Int { .. })
    }

    pub fn is_string(&self) -> bool {
        matches!(self.kind, Kind::String)
    }

    /// Whether a value of the type stands in the data word of an interface itself: it is one pointer
    /// (`abi.TFlagDirectIface`).
    pub fn is_direct_iface(&self) -> bool {
        self.size == 8
            && self.ptr_bytes == 8
            && match &self.kind {
                Kind::Pointer(_) | Kind::UnsafePointer | Kind::Map(..) | Kind::Chan(..) | Kind::Func => true,
                Kind::Array(_, n) => *n == 1,
                Kind::Struct(_) => true,
                _ => false,
            }
    }

    /// The fields of a struct type.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Struct(f) => f,
            k => panic!("not a struct: {k:?}"),
        }
    }
}

/// The layouts of all types seen so far.
#[derive(Default)]
pub struct Layouts {
    infos: boxcar::Vec<TypeInfo>,
    index: RwLock<HashMap<TypeId, u32, FxBuildHasher>>,
    /// Serialises computation, so that an info is computed once.
    computing: Mutex<()>,
}

fn round_up(n: u64, align: u64) -> u64 {
    n.div_ceil(align) * align
}

impl Layouts {
    /// The info of a canonical concrete type.
    pub fn get(&self, store: &TypeStore, t: TypeId) -> &TypeInfo {
        if let Some(&i) = self.index.read().expect("layout lock").get(&t) {
            return &self.infos[i as usize];
        }
        let info = self.compute(store, t);
        let _guard = self.computing.lock().expect("layout lock");
        let mut index = self.index.write().expect("layout lock");
        let i = *index.entry(t).or_insert_with(|| self.infos.push(info) as u32);
        &self.infos[i as usize]
    }

    fn compute(&self, store: &TypeStore, t: TypeId) -> TypeInfo {
        let under = store.canonical(store.under(t));
        let scalar = |kind: Kind, leaves: &[Ty]| {
            let mut off = 0;
            let mut ptr_bytes = 0;
            let leaves: Box<[Leaf]> = leaves
                .iter()
                .map(|&ty| {
                    let leaf = Leaf { ty, off, traced: ty == Ty::Ptr };
                    off += ty.size();
                    if ty == Ty::Ptr {
                        ptr_bytes = u64::from(off);
                    }
                    leaf
                })
                .collect();
            let align = leaves.first().map_or(1, |l| l.ty.size());
            TypeInfo { kind, under, size: u64::from(off), align, ptr_bytes, leaves: Some(leaves) }
        };
        match store.ty(under) {
            Type::Basic(b) => match b.kind {
                BasicKind::Bool | BasicKind::UntypedBool => scalar(Kind::Bool, &[Ty::I8]),
                BasicKind::Int8 => scalar(Kind::Int { bits: 8, signed: true }, &[Ty::I8]),
                BasicKind::Int16 => scalar(Kind::Int { bits: 16, signed: true }, &[Ty::I16]),
                BasicKind::Int32 | BasicKind::UntypedRune => {
                    scalar(Kind::Int { bits: 32, signed: true }, &[Ty::I32])
                }
                BasicKind::Int | BasicKind::Int64 | BasicKind::UntypedInt => {
                    scalar(Kind::Int { bits: 64, signed: true }, &[Ty::I64])
                }
                BasicKind::Uint8 => scalar(Kind::Int { bits: 8, signed: false }, &[Ty::I8]),
                BasicKind::Uint16 => scalar(Kind::Int { bits: 16, signed: false }, &[Ty::I16]),
                BasicKind::Uint32 => scalar(Kind::Int { bits: 32, signed: false }, &[Ty::I32]),
                BasicKind::Uint | BasicKind::Uint64 | BasicKind::Uintptr => {
                    scalar(Kind::Int { bits: 64, signed: false }, &[Ty::I64])
                }
                BasicKind::Float32 => scalar(Kind::Float { bits: 32 }, &[Ty::F32]),
                BasicKind::Float64 | BasicKind::UntypedFloat => scalar(Kind::Float { bits: 64 }, &[Ty::F64]),
                BasicKind::Complex64 => scalar(Kind::Complex { bits: 32 }, &[Ty::F32, Ty::F32]),
                BasicKind::Complex128 | BasicKind::UntypedComplex => {
                    scalar(Kind::Complex { bits: 64 }, &[Ty::F64, Ty::F64])
                }
                BasicKind::String | BasicKind::UntypedString => scalar(Kind::String, &[Ty::Ptr, Ty::I64]),
                BasicKind::UnsafePointer => scalar(Kind::UnsafePointer, &[Ty::Ptr]),
                BasicKind::UntypedNil => scalar(Kind::Nil, &[Ty::Ptr]),
                BasicKind::Invalid => panic!("layout of the invalid type"),
            },
            Type::Pointer(p) => scalar(Kind::Pointer(store.canonical(p.elem)), &[Ty::Ptr]),
            Type::Slice(s) => scalar(Kind::Slice(store.canonical(s.elem)), &[Ty::Ptr, Ty::I64, Ty::I64]),
            Type::Map(m) => scalar(Kind::Map(store.canonical(m.key), store.canonical(m.elem)), &[Ty::Ptr]),
            Type::Chan(c) => scalar(Kind::Chan(c.dir, store.canonical(c.elem)), &[Ty::Ptr]),
            Type::Signature(_) => scalar(Kind::Func, &[Ty::Ptr]),
            Type::Interface(_) => {
                let empty = store.type_set(under).methods().is_empty();
                let mut info = scalar(Kind::Interface { empty }, &[Ty::Ptr, Ty::Ptr]);
                if let Some(leaves) = &mut info.leaves {
                    leaves[0].traced = false;
                }
                info
            }
            Type::Array(a) => self.array(store, under, store.canonical(a.elem), a.len),
            Type::Struct(s) => self.structure(store, under, &s.fields),
            Type::Tuple(tuple) => {
                let types: Box<[TypeId]> =
                    tuple.vars.iter().map(|&v| store.canonical(store.type_of(v))).collect();
                TypeInfo { kind: Kind::Tuple(types), under, size: 0, align: 1, ptr_bytes: 0, leaves: None }
            }
            Type::Named(_) | Type::Alias(_) | Type::TypeParam(_) | Type::Union(_) => {
                panic!("layout of a type that is not concrete: {}", store.type_string(t))
            }
        }
    }

    fn array(&self, store: &TypeStore, under: TypeId, elem: TypeId, len: i64) -> TypeInfo {
        let len = u64::try_from(len).expect("an array of known length");
        let e = self.get(store, elem);
        let mut leaves = None;
        if let Some(el) = &e.leaves
            && (el.is_empty() || el.len() as u64 * len <= MAX_LEAVES as u64)
        {
            let count = if el.is_empty() { 0 } else { len };
            leaves = Some(
                (0..count)
                    .flat_map(|i| el.iter().map(move |l| Leaf { off: l.off + (i * e.size) as u32, ..*l }))
                    .collect(),
            );
        }
        let ptr_bytes = if e.has_ptrs() && len > 0 { (len - 1) * e.size + e.ptr_bytes } else { 0 };
        TypeInfo {
            kind: Kind::Array(elem, len),
            under,
            size: e.size.saturating_mul(len),
            align: e.align,
            ptr_bytes,
            leaves,
        }
    }

    fn structure(&self, store: &TypeStore, under: TypeId, objs: &[ObjId]) -> TypeInfo {
        let mut fields = Vec::with_capacity(objs.len());
        let mut leaves: Option<Vec<Leaf>> = Some(Vec::new());
        let (mut off, mut align, mut ptr_bytes) = (0u64, 1u32, 0u64);
        let mut last_is_empty = false;
        for &obj in objs {
            let ty = store.canonical(store.type_of(obj));
            let f = self.get(store, ty);
            off = round_up(off, u64::from(f.align));
            fields.push(Field {
                obj,
                name: store.obj(obj).name,
                ty,
                off,
                leaf: leaves.as_ref().map_or(0, Vec::len),
                embedded: store.obj(obj).embedded(),
            });
            leaves = match (leaves, &f.leaves) {
                (Some(mut list), Some(fl)) if list.len() + fl.len() <= MAX_LEAVES => {
                    list.extend(fl.iter().map(|l| Leaf { off: l.off + off as u32, ..*l }));
                    Some(list)
                }
                _ => None,
            };
            if f.has_ptrs() {
                ptr_bytes = off + f.ptr_bytes;
            }
            off += f.size;
            align = align.max(f.align);
            last_is_empty = f.size == 0;
        }
        // A pointer to a trailing field of size zero must not point past the object.
        if last_is_empty && off > 0 {
            off += 1;
        }
        TypeInfo {
            kind: Kind::Struct(fields.into_boxed_slice()),
            under,
            size: round_up(off, u64::from(align)),
            align,
            ptr_bytes,
            leaves: leaves.map(Vec::into_boxed_slice),
        }
    }

    /// Calls `f` with the offset of every word of the type that the collector follows, ascending.
    pub fn each_ptr_word(&self, store: &TypeStore, t: TypeId, base: u64, f: &mut impl FnMut(u64)) {
        let info = self.get(store, t);
        if !info.has_ptrs() {
            return;
        }
        match &info.kind {
            Kind::Array(elem, n) => {
                let size = self.get(store, *elem).size;
                for i in 0..*n {
                    self.each_ptr_word(store, *elem, base + i * size, f);
                }
            }
            Kind::Struct(fields) => {
                for field in fields.iter() {
                    self.each_ptr_word(store, field.ty, base + field.off, f);
                }
            }
            Kind::Interface { .. } => f(base + 8),
            _ => f(base),
        }
    }

    /// Offsets of all words that hold pointers when the type lies in a frame: those that the collector
    /// follows, and the type words of interfaces.
    pub fn slot_ptr_words(&self, store: &TypeStore, t: TypeId) -> Vec<u32> {
        fn walk(layouts: &Layouts, store: &TypeStore, t: TypeId, base: u64, words: &mut Vec<u32>) {
            match &layouts.get(store, t).kind {
                Kind::Array(elem, n) => {
                    let size = layouts.get(store, *elem).size;
                    for i in 0..*n {
                        walk(layouts, store, *elem, base + i * size, words);
                    }
                }
                Kind::Struct(fields) => {
                    for field in fields.iter() {
                        walk(layouts, store, field.ty, base + field.off, words);
                    }
                }
                Kind::Interface { .. } => words.extend([base as u32, base as u32 + 8]),
                _ => layouts.each_ptr_word(store, t, base, &mut |off| words.push(off as u32)),
            }
        }
        let mut words = Vec::new();
        if self.get(store, t).has_ptrs() {
            walk(self, store, t, 0, &mut words);
        }
        words
    }

    /// Offsets of the words that the collector follows.
    pub fn ptr_words(&self, store: &TypeStore, t: TypeId) -> Vec<u32> {
        let mut words = Vec::new();
        self.each_ptr_word(store, t, 0, &mut |off| words.push(off as u32));
        words
    }

    /// The pointer words of a variable, compact for arrays.
    pub fn data_ptr_words(&self, store: &TypeStore, t: TypeId) -> PtrWords {
        let info = self.get(store, t);
        if !info.has_ptrs() {
            return PtrWords::None;
        }
        match &info.kind {
            Kind::Array(elem, n) if *n > 16 => PtrWords::Repeat {
                elem: self.ptr_words(store, *elem),
                stride: self.get(store, *elem).size as u32,
                count: *n as u32,
            },
            _ => PtrWords::List(self.ptr_words(store, t)),
        }
    }
}

/// The type that an untyped constant or `nil` of the given type takes without other context.
pub fn default_type(store: &TypeStore, t: TypeId) -> TypeId {
    match store.ty(t) {
        Type::Basic(b) => match b.kind {
            BasicKind::UntypedBool => typ::BOOL,
            BasicKind::UntypedInt => typ::INT,
            BasicKind::UntypedRune => typ::INT32,
            BasicKind::UntypedFloat => typ::FLOAT64,
            BasicKind::UntypedComplex => typ::COMPLEX128,
            BasicKind::UntypedString => typ::STRING,
            _ => t,
        },
        _ => t,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grus_syntax::Pos;
    use grus_types::ty::Struct;

    fn structure(store: &TypeStore, fields: &[TypeId]) -> TypeId {
        let fields = fields
            .iter()
            .enumerate()
            .map(|(i, &t)| store.new_field(Pos::NONE, None, Symbol::intern(&format!("F{i}")), t, false))
            .collect();
        store.canonical(store.new_struct(Struct { fields, tags: Box::new([]) }))
    }

    #[test]
    fn structs_are_laid_out_as_gc_does() {
        let (store, layouts) = (TypeStore::new(), Layouts::default());
        let t = structure(&store, &[typ::INT8, typ::INT64, typ::STRING]);
        let info = layouts.get(&store, t);
        let offs: Vec<u64> = info.fields().iter().map(|f| f.off).collect();
        assert_eq!((offs, info.size, info.align, info.ptr_bytes), (vec![0, 8, 16], 32, 8, 24));
        let leaves: Vec<(Ty, u32)> = info.leaves().iter().map(|l| (l.ty, l.off)).collect();
        assert_eq!(leaves, [(Ty::I8, 0), (Ty::I64, 8), (Ty::Ptr, 16), (Ty::I64, 24)]);
        assert_eq!(layouts.ptr_words(&store, t), [16]);
    }

    #[test]
    fn more_than_four_leaves_live_in_memory() {
        let (store, layouts) = (TypeStore::new(), Layouts::default());
        let four = store.canonical(store.new_array(typ::UINT16, 4));
        let five = store.canonical(store.new_array(typ::UINT16, 5));
        assert!(layouts.get(&store, four).is_scalar());
        assert!(!layouts.get(&store, five).is_scalar());
        // Elements without size have no leaves, however many they are.
        let empty = structure(&store, &[]);
        let many = store.canonical(store.new_array(empty, 1000));
        assert_eq!(layouts.get(&store, many).leaves(), []);
    }

    #[test]
    fn a_trailing_empty_field_is_padded() {
        let (store, layouts) = (TypeStore::new(), Layouts::default());
        let empty = structure(&store, &[]);
        assert_eq!(layouts.get(&store, structure(&store, &[typ::INT64, empty])).size, 16);
        assert_eq!(layouts.get(&store, structure(&store, &[empty, typ::INT64])).size, 8);
        assert_eq!(layouts.get(&store, structure(&store, &[empty])).size, 0);
    }

    #[test]
    fn the_type_word_of_an_interface_is_not_traced() {
        let (store, layouts) = (TypeStore::new(), Layouts::default());
        let info = layouts.get(&store, typ::ERROR);
        assert_eq!(info.leaves().iter().map(|l| l.traced).collect::<Vec<_>>(), [false, true]);
        assert_eq!(layouts.ptr_words(&store, typ::ERROR), [8]);
        assert_eq!(info.ptr_bytes, 16);
    }

    #[test]
    fn pointer_shaped_values_stand_in_interfaces_themselves() {
        let (store, layouts) = (TypeStore::new(), Layouts::default());
        let direct = |t| layouts.get(&store, t).is_direct_iface();
        let ptr = store.canonical(store.new_pointer(typ::INT));
        assert!(direct(ptr) && direct(typ::UNSAFE_POINTER));
        assert!(direct(structure(&store, &[ptr])));
        assert!(direct(store.canonical(store.new_array(ptr, 1))));
        assert!(
            !direct(typ::UINTPTR) && !direct(typ::STRING) && !direct(structure(&store, &[ptr, typ::INT8]))
        );
    }

    #[test]
    fn long_arrays_of_pointers_are_described_by_repetition() {
        let (store, layouts) = (TypeStore::new(), Layouts::default());
        let t = store.canonical(store.new_array(typ::STRING, 100));
        let PtrWords::Repeat { elem, stride, count } = layouts.data_ptr_words(&store, t) else {
            panic!("not a repetition")
        };
        assert_eq!((elem, stride, count), (vec![0], 16, 100));
    }
}
