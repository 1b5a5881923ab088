//! Type descriptors, byte-compatible with `internal/abi` of Go 1.27, and itabs.
//!
//! A descriptor is made in two steps. When a type is reached, everything its descriptor refers to is
//! demanded. Its bytes are made at the end, when it is known which methods can be called: the others
//! are marked as removed (-1), as gc's linker does.
//!
//! Layout, contiguous: the kind's struct, `UncommonType` if the type has a name or methods, the kind's
//! variable part, the methods. Offsets (`NameOff`, `TypeOff`, `TextOff`) are absolute 32-bit addresses.

use crate::cx::Cx;
use crate::demand::{Demand, Unit, content_hash};
use crate::layout::Kind;
use crate::methods::Method;
use grus_ir::{DataObject, DataReloc, PtrWords, RelocKind, Section, Sym};
use grus_types::ty::ChanDir;
use grus_types::{BasicKind, ObjId, PkgId, Type, TypeId};

/// `abi.TFlag` bits.
mod tflag {
    pub const UNCOMMON: u8 = 1;
    pub const EXTRA_STAR: u8 = 2;
    pub const NAMED: u8 = 4;
    pub const REGULAR_MEMORY: u8 = 8;
    pub const GC_MASK_ON_DEMAND: u8 = 16;
    pub const DIRECT_IFACE: u8 = 32;
}

/// `abi.Kind` values.
mod kind {
    pub const BOOL: u8 = 1;
    pub const INT: u8 = 2;
    pub const UINT: u8 = 7;
    pub const UINTPTR: u8 = 12;
    pub const FLOAT32: u8 = 13;
    pub const FLOAT64: u8 = 14;
    pub const COMPLEX64: u8 = 15;
    pub const COMPLEX128: u8 = 16;
    pub const ARRAY: u8 = 17;
    pub const CHAN: u8 = 18;
    pub const FUNC: u8 = 19;
    pub const INTERFACE: u8 = 20;
    pub const MAP: u8 = 21;
    pub const POINTER: u8 = 22;
    pub const SLICE: u8 = 23;
    pub const STRING: u8 = 24;
    pub const STRUCT: u8 = 25;
    pub const UNSAFE_POINTER: u8 = 26;
}

/// Size of `abi.Type`.
const TYPE_SIZE: u32 = 48;
/// Size of `abi.UncommonType`.
const UNCOMMON_SIZE: u32 = 16;
/// Size of `abi.Method`.
const METHOD_SIZE: u32 = 16;
/// Masks of more words than this are made by the runtime when needed.
const MAX_MASK_WORDS: u64 = 2048 * 8;
/// Slots of a map group (`abi.MapGroupSlots`).
const MAP_GROUP_SLOTS: u64 = 8;
/// Keys and elements of more bytes are stored behind a pointer (`abi.MapMaxKeyBytes`).
const MAP_MAX_BYTES: u64 = 128;

/// A piece of data under construction.
struct Blob {
    bytes: Vec<u8>,
    relocs: Vec<DataReloc>,
}

impl Blob {
    fn new(size: u32) -> Blob {
        Blob { bytes: vec![0; size as usize], relocs: Vec::new() }
    }

    fn put(&mut self, off: u32, bytes: &[u8]) {
        self.bytes[off as usize..off as usize + bytes.len()].copy_from_slice(bytes);
    }

    fn u64(&mut self, off: u32, v: u64) {
        self.put(off, &v.to_le_bytes());
    }

    fn u32(&mut self, off: u32, v: u32) {
        self.put(off, &v.to_le_bytes());
    }

    fn u16(&mut self, off: u32, v: u16) {
        self.put(off, &v.to_le_bytes());
    }

    fn ptr(&mut self, off: u32, sym: Sym, addend: i64) {
        self.relocs.push(DataReloc { offset: off, kind: RelocKind::Abs64, sym, addend });
    }

    fn off32(&mut self, off: u32, sym: Sym) {
        self.relocs.push(DataReloc { offset: off, kind: RelocKind::Abs32, sym, addend: 0 });
    }
}

/// How the keys and elements of a map type lie in a group of slots.
struct MapGroup {
    size: u64,
    slot_size: u64,
    elem_off: u64,
    ptr_words: Vec<u32>,
    indirect_key: bool,
    indirect_elem: bool,
}

/// Offset of `Hash` in `internal/abi.Type`.
pub const TYPE_HASH: i32 = 16;

impl Cx<'_> {
    /// The hash in a type's descriptor.
    pub fn type_hash(&self, t: TypeId) -> u32 {
        content_hash(self.link_string(t).as_bytes()) as u32
    }

    /// Whether a type has a name: a defined or predeclared type.
    fn has_name(&self, t: TypeId) -> bool {
        matches!(self.store.ty(t), Type::Named(_) | Type::Basic(_))
    }

    /// The package whose unexported names a type's methods may leave unqualified.
    fn type_pkg(&self, t: TypeId) -> Option<PkgId> {
        match self.store.ty(t) {
            Type::Named(n) => self.store.obj(n.obj).pkg,
            Type::Basic(b) if b.kind == BasicKind::UnsafePointer => Some(grus_types::universe::UNSAFE),
            Type::Pointer(_) | Type::Slice(_) | Type::Array(_) | Type::Chan(_) => {
                let elem = match &self.info(t).kind {
                    Kind::Pointer(e) | Kind::Slice(e) | Kind::Array(e, _) | Kind::Chan(_, e) => *e,
                    _ => return None,
                };
                if self.has_name(elem) { self.type_pkg(elem) } else { None }
            }
            _ => None,
        }
    }

    fn has_exported_name(&self, t: TypeId) -> bool {
        match self.store.ty(t) {
            Type::Named(n) => self.store.obj(n.obj).name.is_exported(),
            Type::Basic(b) => b.kind == BasicKind::UnsafePointer,
            _ => false,
        }
    }

    /// Methods listed in the descriptor: those of interfaces are in another place.
    pub fn descriptor_methods(&self, t: TypeId) -> &[Method] {
        if self.info(t).is_interface() { &[] } else { self.method_set(t) }
    }

    /// Whether `reflect` can make the type, so that it must find an existing descriptor.
    pub fn needs_typelink(&self, t: TypeId) -> bool {
        use Kind::*;
        !self.has_name(t)
            && matches!(
                self.info(t).kind,
                Pointer(_) | Array(..) | Chan(..) | Func | Map(..) | Slice(_) | Struct(_)
            )
    }

    /// The number of a type's kind in `abi.Kind`.
    fn abi_kind(&self, t: TypeId) -> u8 {
        match &self.info(t).kind {
            Kind::Bool => kind::BOOL,
            Kind::Int { bits, signed } => match self.store.ty(self.info(t).under) {
                Type::Basic(b) if b.kind == BasicKind::Uintptr => kind::UINTPTR,
                Type::Basic(b) if matches!(b.kind, BasicKind::Int) => kind::INT,
                Type::Basic(b) if matches!(b.kind, BasicKind::Uint) => kind::UINT,
                _ => {
                    let base = if *signed { kind::INT } else { kind::UINT };
                    base + 1 + bits.ilog2() as u8 - 3
                }
            },
            Kind::Float { bits: 32 } => kind::FLOAT32,
            Kind::Float { .. } => kind::FLOAT64,
            Kind::Complex { bits: 32 } => kind::COMPLEX64,
            Kind::Complex { .. } => kind::COMPLEX128,
            Kind::Array(..) => kind::ARRAY,
            Kind::Chan(..) => kind::CHAN,
            Kind::Func => kind::FUNC,
            Kind::Interface { .. } => kind::INTERFACE,
            Kind::Map(..) => kind::MAP,
            Kind::Pointer(_) => kind::POINTER,
            Kind::Slice(_) => kind::SLICE,
            Kind::String => kind::STRING,
            Kind::Struct(_) => kind::STRUCT,
            Kind::UnsafePointer => kind::UNSAFE_POINTER,
            Kind::Tuple(_) | Kind::Nil => panic!("descriptor of {}", self.type_string(t)),
        }
    }

    fn map_group(&self, key: TypeId, elem: TypeId) -> MapGroup {
        // Size, alignment and pointer words as stored in a slot.
        let stored = |t: TypeId| {
            let info = self.info(t);
            if info.size > MAP_MAX_BYTES {
                (true, 8, 8, vec![0])
            } else {
                (false, info.size, u64::from(info.align), self.ptr_words(t))
            }
        };
        let (indirect_key, ksize, kalign, kwords) = stored(key);
        let (indirect_elem, mut esize, ealign, ewords) = stored(elem);
        let elem_off = ksize.next_multiple_of(ealign);
        // As for any struct: a pointer to a trailing empty field stays inside.
        if esize == 0 && elem_off > 0 {
            esize = 1;
        }
        let slot_size = (elem_off + esize).next_multiple_of(kalign.max(ealign));
        let slots = 8u64.next_multiple_of(kalign.max(ealign));
        let mut size = (slots + MAP_GROUP_SLOTS * slot_size).next_multiple_of(8);
        if slot_size == 0 {
            size += 8;
        }
        let mut ptr_words = Vec::new();
        for i in 0..MAP_GROUP_SLOTS {
            let base = (slots + i * slot_size) as u32;
            ptr_words.extend(kwords.iter().map(|w| base + w));
            ptr_words.extend(ewords.iter().map(|w| base + elem_off as u32 + w));
        }
        MapGroup { size, slot_size, elem_off, ptr_words, indirect_key, indirect_elem }
    }

    fn need_key_update(&self, t: TypeId) -> bool {
        match &self.info(t).kind {
            Kind::Float { .. } | Kind::Complex { .. } | Kind::Interface { .. } | Kind::String => true,
            Kind::Array(e, _) => self.need_key_update(*e),
            Kind::Struct(fields) => fields.iter().any(|f| self.need_key_update(f.ty)),
            _ => false,
        }
    }

    fn hash_might_panic(&self, t: TypeId) -> bool {
        match &self.info(t).kind {
            Kind::Interface { .. } => true,
            Kind::Array(e, _) => self.hash_might_panic(*e),
            Kind::Struct(fields) => fields.iter().any(|f| self.hash_might_panic(f.ty)),
            _ => false,
        }
    }
}

impl Unit<'_> {
    /// Demands what the descriptor of a type refers to, methods excepted.
    pub fn demand_descriptor_parts(&mut self, t: TypeId) {
        let cx = self.cx;
        self.equal_value(t);
        match &cx.info(t).kind {
            Kind::Pointer(e) | Kind::Chan(_, e) => {
                self.type_desc(*e);
            }
            Kind::Slice(e) => {
                self.type_desc(*e);
            }
            Kind::Array(e, _) => {
                self.type_desc(*e);
                let slice = cx.slice_of(*e);
                self.type_desc(slice);
            }
            Kind::Map(k, e) => {
                self.type_desc(*k);
                self.type_desc(*e);
                self.hash_value(*k);
            }
            Kind::Func => {
                let (params, results) = cx.signature_types(cx.info(t).under);
                for p in params.into_iter().chain(results) {
                    self.type_desc(p);
                }
            }
            Kind::Struct(fields) => {
                for f in fields.iter() {
                    self.type_desc(f.ty);
                }
            }
            Kind::Interface { .. } => {
                for m in cx.iface_methods(t) {
                    let sig = cx.method_type(cx.store.type_of(m));
                    self.type_desc(sig);
                }
            }
            _ => {}
        }
        // A named type's pointer type has a descriptor too: reflection goes from one to the other, and
        // methods with pointer receivers are found there.
        if matches!(cx.store.ty(t), Type::Named(_)) {
            let ptr = cx.pointer_to(t);
            self.type_desc(ptr);
        }
    }

    /// Demands what reflection can reach from a value of the type in an interface: the types that it is
    /// made of.
    pub fn demand_used_parts(&mut self, t: TypeId) {
        let cx = self.cx;
        match &cx.info(t).kind {
            Kind::Pointer(e) | Kind::Slice(e) | Kind::Chan(_, e) | Kind::Array(e, _) => {
                self.used_type(*e);
            }
            Kind::Map(k, e) => {
                self.used_type(*k);
                self.used_type(*e);
            }
            Kind::Func => {
                let (params, results) = cx.signature_types(cx.info(t).under);
                for p in params.into_iter().chain(results) {
                    self.used_type(p);
                }
            }
            Kind::Struct(fields) => {
                for f in fields.iter() {
                    self.used_type(f.ty);
                }
            }
            Kind::Interface { .. } => {
                self.asserted_iface(t);
            }
            _ => {}
        }
        // Reflection makes pointers to values; one of a type without methods it can make a descriptor for.
        let ptr = cx.pointer_to(t);
        if matches!(cx.store.ty(t), Type::Named(_)) || !cx.descriptor_methods(ptr).is_empty() {
            self.used_type(ptr);
        }
    }

    /// Demands what a kept method of a described type needs.
    pub fn demand_method(&mut self, t: TypeId, m: &Method) {
        self.type_desc(m.sig);
        self.iface_code(t, m.obj);
        self.method_func_code(t, m.obj);
    }

    /// Code of `Method.Tfn`: reflection calls it like the code of a func value, with a context.
    fn method_func_code(&mut self, t: TypeId, method: ObjId) -> Sym {
        self.method_expr_value(t, method);
        self.cx.intern(&format!("{}·thunk", self.cx.method_name(t, method.into())))
    }

    /// Demands what an itab refers to, methods excepted.
    pub fn demand_itab_parts(&mut self, iface: TypeId, concrete: TypeId) {
        self.type_desc(iface);
        self.type_desc(concrete);
    }

    /// Name data (`abi.Name`).
    fn name(&mut self, name: &str, tag: &str, pkg: Option<PkgId>, exported: bool, embedded: bool) -> Sym {
        let mut bytes = vec![
            u8::from(exported)
                | u8::from(!tag.is_empty()) << 1
                | u8::from(pkg.is_some()) << 2
                | u8::from(embedded) << 3,
        ];
        let mut string = |s: &str| {
            let mut n = s.len();
            while n >= 0x80 {
                bytes.push(n as u8 | 0x80);
                n >>= 7;
            }
            bytes.push(n as u8);
            bytes.extend_from_slice(s.as_bytes());
        };
        string(name);
        if !tag.is_empty() {
            string(tag);
        }
        let mut relocs = Vec::new();
        let mut key = format!("type:.namedata.{:x}.{}", content_hash(&bytes), bytes.len());
        if let Some(p) = pkg {
            let path = self.package_path_name(p);
            relocs.push(DataReloc {
                offset: bytes.len() as u32,
                kind: RelocKind::Abs32,
                sym: path,
                addend: 0,
            });
            bytes.extend([0; 4]);
            key += &format!(".{}", self.cx.store.pkg(p).path);
        }
        let sym = self.cx.intern(&key);
        self.add_data(DataObject {
            sym,
            section: Section::Types,
            align: 1,
            size: bytes.len() as u64,
            bytes,
            relocs,
            ptr_words: PtrWords::None,
        });
        sym
    }

    /// Name data of an import path.
    fn package_path_name(&mut self, p: PkgId) -> Sym {
        let pkg = self.cx.store.pkg(p);
        let path = pkg.path.as_str();
        self.name(path, "", None, false, false)
    }

    /// The pointer mask of a type, and whether the runtime has to make it.
    fn gc_data(&mut self, t: TypeId) -> (Sym, bool) {
        let words = self.cx.info(t).ptr_bytes / 8;
        if words > MAX_MASK_WORDS {
            let sym = self.cx.intern(&format!("runtime.gcmask.{}", self.cx.link_string(t)));
            self.add_data(DataObject {
                sym,
                section: Section::NoPtrBss,
                align: 8,
                size: 8,
                bytes: Vec::new(),
                relocs: Vec::new(),
                ptr_words: PtrWords::None,
            });
            return (sym, true);
        }
        let mut mask = vec![0u8; (words as usize).div_ceil(64) * 8];
        for w in self.cx.ptr_words(t) {
            let bit = w as usize / 8;
            mask[bit / 8] |= 1 << (bit % 8);
        }
        (self.rodata(8, mask, Vec::new()), false)
    }

    /// Makes the descriptor of a type. `kept` says which of its methods can be called.
    pub fn emit_descriptor(&mut self, t: TypeId, kept: &dyn Fn(&Method) -> bool) {
        let cx = self.cx;
        let info = cx.info(t);
        let methods = cx.descriptor_methods(t);
        let uncommon = cx.has_name(t) || !methods.is_empty();
        let (fixed, variable) = self.sizes(t);
        let uncommon_at = fixed;
        let variable_at = fixed + if uncommon { UNCOMMON_SIZE } else { 0 };
        let methods_at = variable_at + variable;
        let mut d = Blob::new(methods_at + METHOD_SIZE * methods.len() as u32);
        self.common(&mut d, t, uncommon);
        match &info.kind {
            Kind::Pointer(e) | Kind::Slice(e) => {
                let e = self.type_desc(*e);
                d.ptr(48, e, 0);
            }
            Kind::Array(e, n) => {
                let slice = cx.slice_of(*e);
                let (e, s) = (self.type_desc(*e), self.type_desc(slice));
                d.ptr(48, e, 0);
                d.ptr(56, s, 0);
                d.u64(64, *n);
            }
            Kind::Chan(dir, e) => {
                let e = self.type_desc(*e);
                d.ptr(48, e, 0);
                d.u64(
                    56,
                    match dir {
                        ChanDir::RecvOnly => 1,
                        ChanDir::SendOnly => 2,
                        ChanDir::SendRecv => 3,
                    },
                );
            }
            Kind::Func => {
                let (params, results) = cx.signature_types(info.under);
                d.u16(48, params.len() as u16);
                d.u16(50, results.len() as u16 | u16::from(cx.is_variadic(info.under)) << 15);
                for (i, p) in params.into_iter().chain(results).enumerate() {
                    let p = self.type_desc(p);
                    d.ptr(variable_at + 8 * i as u32, p, 0);
                }
            }
            Kind::Interface { .. } => self.interface(&mut d, t, variable_at),
            Kind::Map(k, e) => self.map(&mut d, *k, *e),
            Kind::Struct(_) => self.structure(&mut d, t, variable_at),
            _ => {}
        }
        if uncommon {
            self.uncommon(&mut d, t, uncommon_at, methods_at, kept);
        }
        let sym = self.type_desc(t);
        self.add_data(DataObject {
            sym,
            section: Section::Types,
            align: 8,
            size: d.bytes.len() as u64,
            bytes: d.bytes,
            relocs: d.relocs,
            ptr_words: PtrWords::None,
        });
    }

    /// Sizes of the kind's struct and of its variable part.
    fn sizes(&self, t: TypeId) -> (u32, u32) {
        let cx = self.cx;
        match &cx.info(t).kind {
            Kind::Pointer(_) | Kind::Slice(_) => (56, 0),
            Kind::Array(..) => (72, 0),
            Kind::Chan(..) => (64, 0),
            Kind::Func => {
                let (params, results) = cx.signature_types(cx.info(t).under);
                (56, 8 * (params.len() + results.len()) as u32)
            }
            Kind::Interface { .. } => (80, 8 * cx.iface_methods(t).len() as u32),
            Kind::Map(..) => (136, 0),
            Kind::Struct(fields) => (80, 24 * fields.len() as u32),
            _ => (TYPE_SIZE, 0),
        }
    }

    fn common(&mut self, d: &mut Blob, t: TypeId, uncommon: bool) {
        let cx = self.cx;
        let info = cx.info(t);
        let (mask, on_demand) = self.gc_data(t);
        let mut string = cx.type_string(t);
        let mut flags = 0;
        let mut set = |on: bool, bit: u8| flags |= if on { bit } else { 0 };
        set(uncommon, tflag::UNCOMMON);
        set(cx.has_name(t), tflag::NAMED);
        set(cx.is_regular_memory(t), tflag::REGULAR_MEMORY);
        set(on_demand, tflag::GC_MASK_ON_DEMAND);
        set(info.is_direct_iface(), tflag::DIRECT_IFACE);
        let exported = if let Some(elem) = cx.pointee(t).filter(|_| string.starts_with('*')) {
            cx.has_exported_name(elem)
        } else {
            set(true, tflag::EXTRA_STAR);
            string.insert(0, '*');
            cx.has_exported_name(t)
        };
        d.u64(0, info.size);
        d.u64(8, info.ptr_bytes);
        d.u32(TYPE_HASH as u32, cx.type_hash(t));
        d.put(20, &[flags, info.align as u8, info.align as u8, cx.abi_kind(t)]);
        if let Some(equal) = self.equal_value(t) {
            d.ptr(24, equal, 0);
        }
        d.ptr(32, mask, 0);
        let name = self.name(&string, "", None, exported, false);
        d.off32(40, name);
        if matches!(cx.store.ty(t), Type::Named(_)) {
            let ptr = cx.pointer_to(t);
            let ptr = self.type_desc(ptr);
            d.off32(44, ptr);
        }
    }

    fn interface(&mut self, d: &mut Blob, t: TypeId, at: u32) {
        let cx = self.cx;
        let pkg = match cx.store.ty(t) {
            Type::Named(n) => cx.store.obj(n.obj).pkg,
            _ => None,
        };
        if let Some(p) = pkg {
            let path = self.package_path_name(p);
            d.ptr(48, path, 0);
        }
        let methods = cx.iface_methods(t);
        let me = self.cx.intern(&cx.type_desc_name(t));
        d.ptr(56, me, i64::from(at));
        d.u64(64, methods.len() as u64);
        d.u64(72, methods.len() as u64);
        for (i, m) in methods.into_iter().enumerate() {
            let o = cx.store.obj(m);
            let qualifier = o.pkg.filter(|_| !o.exported() && o.pkg != pkg);
            let name = self.name(o.name.as_str(), "", qualifier, o.exported(), false);
            let sig = cx.method_type(cx.store.type_of(m));
            let sig = self.type_desc(sig);
            d.off32(at + 8 * i as u32, name);
            d.off32(at + 8 * i as u32 + 4, sig);
        }
    }

    fn map(&mut self, d: &mut Blob, key: TypeId, elem: TypeId) {
        let cx = self.cx;
        let g = cx.map_group(key, elem);
        let group = self.closure_desc(g.size, &g.ptr_words);
        let (k, e, hasher) = (self.type_desc(key), self.type_desc(elem), self.hash_value(key));
        d.ptr(48, k, 0);
        d.ptr(56, e, 0);
        d.ptr(64, group, 0);
        d.ptr(72, hasher, 0);
        d.u64(80, g.size);
        d.u64(88, 8);
        d.u64(96, g.slot_size);
        d.u64(104, 8 + g.elem_off);
        d.u64(112, g.slot_size);
        d.u64(120, g.elem_off);
        let flags = u32::from(cx.need_key_update(key))
            | u32::from(cx.hash_might_panic(key)) << 1
            | u32::from(g.indirect_key) << 2
            | u32::from(g.indirect_elem) << 3;
        d.u32(128, flags);
    }

    fn structure(&mut self, d: &mut Blob, t: TypeId, at: u32) {
        let cx = self.cx;
        let info = cx.info(t);
        let Type::Struct(s) = cx.store.ty(info.under) else { panic!("not a struct") };
        let fields = info.fields();
        // All unexported names of a struct belong to one package, which is recorded once.
        let hidden = fields.iter().find(|f| !f.name.is_exported()).and_then(|f| cx.store.obj(f.obj).pkg);
        if let Some(p) = hidden {
            let path = self.package_path_name(p);
            d.ptr(48, path, 0);
        }
        let me = self.cx.intern(&cx.type_desc_name(t));
        d.ptr(56, me, i64::from(at));
        d.u64(64, fields.len() as u64);
        d.u64(72, fields.len() as u64);
        for (i, f) in fields.iter().enumerate() {
            let off = at + 24 * i as u32;
            let name = self.name(f.name.as_str(), s.tag(i), None, f.name.is_exported(), f.embedded);
            let ty = self.type_desc(f.ty);
            d.ptr(off, name, 0);
            d.ptr(off + 8, ty, 0);
            d.u64(off + 16, f.off);
        }
    }

    fn uncommon(
        &mut self,
        d: &mut Blob,
        t: TypeId,
        at: u32,
        methods_at: u32,
        kept: &dyn Fn(&Method) -> bool,
    ) {
        let cx = self.cx;
        let pkg = cx.type_pkg(t);
        if let Some(p) = pkg {
            let path = self.package_path_name(p);
            d.off32(at, path);
        }
        let methods = cx.descriptor_methods(t);
        let count = u16::try_from(methods.len())
            .unwrap_or_else(|_| panic!("too many methods: {}", cx.type_string(t)));
        let exported = methods.iter().filter(|m| cx.store.obj(m.obj).exported()).count();
        d.u16(at + 4, count);
        d.u16(at + 6, exported as u16);
        d.u32(at + 8, methods_at - at);
        for (i, m) in methods.iter().enumerate() {
            let off = methods_at + METHOD_SIZE * i as u32;
            let o = cx.store.obj(m.obj);
            let qualifier = o.pkg.filter(|_| !o.exported() && o.pkg != pkg);
            let name = self.name(o.name.as_str(), "", qualifier, o.exported(), false);
            d.off32(off, name);
            if kept(m) {
                let sig = self.type_desc(m.sig);
                let (ifn, tfn) = (self.iface_code(t, m.obj), self.method_func_code(t, m.obj));
                d.off32(off + 4, sig);
                d.off32(off + 8, ifn);
                d.off32(off + 12, tfn);
            } else {
                for field in [4, 8, 12] {
                    d.u32(off + field, u32::MAX);
                }
            }
        }
    }

    /// Makes a static itab (`abi.ITab`). Methods that nothing calls have a null entry.
    pub fn emit_itab(&mut self, iface: TypeId, concrete: TypeId, kept: &dyn Fn(&Method) -> bool) {
        let cx = self.cx;
        let methods = cx.iface_methods(iface);
        let mut d = Blob::new(24 + 8 * methods.len() as u32);
        let (i, c) = (self.type_desc(iface), self.type_desc(concrete));
        d.ptr(0, i, 0);
        d.ptr(8, c, 0);
        d.u32(16, content_hash(cx.link_string(concrete).as_bytes()) as u32);
        // The first entry must not be null: that means that the type does not implement the interface.
        let unreachable = cx.intern("runtime.unreachableMethod");
        for (n, m) in methods.into_iter().enumerate() {
            let o = cx.store.obj(m);
            let found = cx
                .method_set(concrete)
                .iter()
                .find(|x| {
                    let x = cx.store.obj(x.obj);
                    x.name == o.name && (x.exported() || x.pkg == o.pkg)
                })
                .unwrap_or_else(|| panic!("{} misses {}", cx.type_string(concrete), o.name));
            let code = if kept(found) { self.iface_code(concrete, found.obj) } else { unreachable };
            d.ptr(24 + 8 * n as u32, code, 0);
        }
        let sym = cx.intern(&cx.itab_name(iface, concrete));
        self.add_data(DataObject {
            sym,
            section: Section::Itabs,
            align: 8,
            size: d.bytes.len() as u64,
            bytes: d.bytes,
            relocs: d.relocs,
            ptr_words: PtrWords::None,
        });
    }

    /// Demands a function that removed methods stand for.
    pub fn demand_unreachable_method(&mut self) {
        if let Some(obj) = self.cx.runtime_func("unreachableMethod") {
            let inst = self.cx.inst(obj, &[]);
            self.demand(Demand::Func(inst));
        }
    }
}
