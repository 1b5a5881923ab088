//! What lowered code asks for: the names of everything that must exist because something uses it.
//!
//! A piece of lowering work (a function with its closures, a descriptor, a wrapper) runs in a [`Unit`].
//! Asking the unit for a symbol names it and notes a [`Demand`]; the program's work list turns each
//! demand into another piece of work, once. The numbers and order of demands in a unit depend only on
//! its input, so that the whole program is lowered in the same order every time.

use crate::cx::Cx;
use crate::mono::InstId;
use grus_ir::{DataObject, DataReloc, Function, PtrWords, Section, Sym};
use grus_syntax::{Diagnostic, Pos};
use grus_types::{ObjId, TypeId};
use rustc_hash::{FxHashMap, FxHashSet};

/// A method of a type, with its instance if it has type parameters of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MethodRef {
    pub obj: ObjId,
    pub inst: Option<InstId>,
}

impl From<ObjId> for MethodRef {
    fn from(obj: ObjId) -> MethodRef {
        MethodRef { obj, inst: None }
    }
}

/// Something that must exist.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Demand {
    /// The code of a function instance.
    Func(InstId),
    /// The static closure object (`F·f`) and thunk of a function instance.
    FuncValue(InstId),
    /// A package-level variable.
    Global(ObjId),
    /// The descriptor of a canonical type.
    TypeDesc(TypeId),
    /// Values of the type are put into interfaces: its methods can be called through them, and
    /// reflection can reach the types it is made of.
    UsedType(TypeId),
    /// Values may be converted to the interface type at run time, which looks its methods up.
    AssertedIface(TypeId),
    /// The itab of an interface type for a concrete type.
    Itab(TypeId, TypeId),
    /// The equality function of a type: `func(p, q unsafe.Pointer) bool`, plain code.
    EqFunc(TypeId),
    /// The hash function of a type: `func(p unsafe.Pointer, seed uintptr) uintptr`, plain code.
    HashFunc(TypeId),
    /// Code of a method as callable on a value of the type: a declared method, or a wrapper for a
    /// promoted one or for a value method called through a pointer. First parameter: the receiver.
    Method { recv: TypeId, method: MethodRef },
    /// Closure code `T.M-fm` of a method value: the context is `{code, receiver's leaves...}` (a boxed
    /// copy, as a pointer, of a receiver that is not scalar).
    MethodValue { recv: TypeId, method: MethodRef },
    /// A static closure object for a method expression `T.M`: a function that takes the receiver first.
    MethodExpr { recv: TypeId, method: MethodRef },
    /// A method of an interface is called: methods of that name and type of reached types are needed.
    IfaceMethod { iface: TypeId, method: ObjId },
}

/// The work on one function, descriptor or wrapper: what it defines and what it asks for.
pub struct Unit<'a> {
    pub cx: &'a Cx<'a>,
    pub demands: Vec<Demand>,
    seen: FxHashSet<Demand>,
    /// The code of closure objects that capture nothing.
    pub static_codes: FxHashMap<Sym, Sym>,
    seen_data: FxHashSet<Sym>,
    seen_funcs: FxHashSet<Sym>,
    pub funcs: Vec<Function>,
    pub datas: Vec<DataObject>,
    pub diags: Vec<Diagnostic>,
}

impl<'a> Unit<'a> {
    pub fn new(cx: &'a Cx<'a>) -> Unit<'a> {
        Unit {
            cx,
            demands: Vec::new(),
            seen: FxHashSet::default(),
            static_codes: FxHashMap::default(),
            seen_data: FxHashSet::default(),
            seen_funcs: FxHashSet::default(),
            funcs: Vec::new(),
            datas: Vec::new(),
            diags: Vec::new(),
        }
    }

    /// Notes that something must exist.
    pub fn demand(&mut self, d: Demand) {
        if self.seen.insert(d.clone()) {
            self.demands.push(d);
        }
    }

    /// Reports something that the compiler cannot do yet.
    pub fn unsupported(&mut self, pos: Pos, what: impl std::fmt::Display) {
        self.diags.push(Diagnostic::unsupported(pos, what));
    }

    /// The code of a function instance.
    pub fn func_sym(&mut self, inst: InstId) -> Sym {
        self.demand(Demand::Func(inst));
        self.cx.intern(&self.cx.inst_name(inst))
    }

    /// The read-only closure object of a function instance, for its use as a value.
    pub fn func_value(&mut self, inst: InstId) -> Sym {
        self.demand(Demand::FuncValue(inst));
        self.cx.intern(&format!("{}·f", self.cx.inst_name(inst)))
    }

    /// A package-level variable.
    pub fn global(&mut self, obj: ObjId) -> Sym {
        self.demand(Demand::Global(obj));
        self.cx.intern(&self.cx.global_name(obj))
    }

    /// The descriptor of a canonical type.
    pub fn type_desc(&mut self, t: TypeId) -> Sym {
        debug_assert_eq!(t, self.cx.canonical(t));
        self.demand(Demand::TypeDesc(t));
        self.cx.intern(&self.cx.type_desc_name(t))
    }

    /// The descriptor of a canonical type whose values are put into interfaces.
    pub fn used_type(&mut self, t: TypeId) -> Sym {
        self.demand(Demand::UsedType(t));
        self.type_desc(t)
    }

    /// The descriptor of an interface type that values are converted to at run time.
    pub fn asserted_iface(&mut self, t: TypeId) -> Sym {
        self.demand(Demand::AssertedIface(t));
        self.type_desc(t)
    }

    /// The itab of a (not empty) interface type for a concrete type that implements it.
    pub fn itab(&mut self, iface: TypeId, concrete: TypeId) -> Sym {
        self.demand(Demand::Itab(iface, concrete));
        self.cx.intern(&self.cx.itab_name(iface, concrete))
    }

    /// The equality function of a comparable type.
    pub fn eq_func(&mut self, t: TypeId) -> Sym {
        self.demand(Demand::EqFunc(t));
        self.cx.intern(&format!("type:.eq.{}", self.cx.link_string(t)))
    }

    /// The hash function of a comparable type.
    pub fn hash_func(&mut self, t: TypeId) -> Sym {
        self.demand(Demand::HashFunc(t));
        self.cx.intern(&format!("type:.hash.{}", self.cx.link_string(t)))
    }

    /// The code of a method for a receiver type, declared or promoted.
    pub fn method_sym(&mut self, recv: TypeId, method: impl Into<MethodRef>) -> Sym {
        let method = method.into();
        self.demand(Demand::Method { recv, method });
        self.cx.intern(&self.cx.method_name(recv, method))
    }

    /// The closure code of a method value.
    pub fn method_value_code(&mut self, recv: TypeId, method: impl Into<MethodRef>) -> Sym {
        let method = method.into();
        self.demand(Demand::MethodValue { recv, method });
        self.cx.intern(&format!("{}-fm", self.cx.method_name(recv, method)))
    }

    /// The closure object of a method expression.
    pub fn method_expr_value(&mut self, recv: TypeId, method: impl Into<MethodRef>) -> Sym {
        let method = method.into();
        self.demand(Demand::MethodExpr { recv, method });
        self.cx.intern(&format!("{}·f", self.cx.method_name(recv, method)))
    }

    /// Notes that a method of an interface is called.
    pub fn iface_method(&mut self, iface: TypeId, method: ObjId) {
        self.demand(Demand::IfaceMethod { iface, method });
    }

    /// The bytes of a string constant; strings with the same contents share a symbol.
    pub fn string_data(&mut self, bytes: &[u8]) -> Sym {
        let name = match std::str::from_utf8(bytes) {
            Ok(s) if bytes.len() <= 64 => format!("go:string.{}", crate::names::go_quote(s.as_bytes())),
            _ => format!("go:string.{:x}.{}", content_hash(bytes), bytes.len()),
        };
        let sym = self.cx.intern(&name);
        self.add_data(DataObject {
            sym,
            section: Section::RoData,
            align: 1,
            size: bytes.len() as u64,
            bytes: bytes.to_vec(),
            relocs: Vec::new(),
            ptr_words: PtrWords::None,
        });
        sym
    }

    /// Read-only data, shared by contents.
    pub fn rodata(&mut self, align: u32, bytes: Vec<u8>, relocs: Vec<DataReloc>) -> Sym {
        let data = self.rodata_object(align, bytes, relocs);
        let sym = data.sym;
        self.add_data(data);
        sym
    }

    /// The same, for the caller to add.
    pub fn rodata_object(&self, align: u32, bytes: Vec<u8>, relocs: Vec<DataReloc>) -> DataObject {
        use std::fmt::Write;
        let mut key = format!("{:x}.{}.{align}", content_hash(&bytes), bytes.len());
        for r in &relocs {
            let name = self.cx.symbols.name(r.sym);
            write!(key, ".{}.{}.{}", r.offset, content_hash(name.as_bytes()), r.addend)
                .expect("writing to a string");
        }
        DataObject {
            sym: self.cx.intern(&format!("go:stmp.{key}")),
            section: Section::RoData,
            align,
            size: bytes.len() as u64,
            bytes,
            relocs,
            ptr_words: PtrWords::None,
        }
    }

    /// The descriptor of a closure object: `size` bytes whose words at the given offsets hold pointers.
    /// The collector reads its size and pointer mask only.
    pub fn closure_desc(&mut self, size: u64, ptr_words: &[u32]) -> Sym {
        use std::fmt::Write;
        let mut mask = vec![0u8; (size as usize / 8).div_ceil(64) * 8];
        for &w in ptr_words {
            let bit = w as usize / 8;
            mask[bit / 8] |= 1 << (bit % 8);
        }
        let mut key = format!("type:.closure.{size}.");
        for b in &mask {
            write!(key, "{b:02x}").expect("writing to a string");
        }
        let sym = self.cx.intern(&key);
        if self.seen_data.contains(&sym) {
            return sym;
        }
        let gcdata = self.rodata(8, mask, Vec::new());
        let ptr_bytes = ptr_words.last().map_or(0, |&w| u64::from(w) + 8);
        // abi.Type: Size_, PtrBytes, Hash, TFlag, Align_, FieldAlign_, Kind_ (struct), Equal, GCData, Str,
        // PtrToThis.
        let mut bytes = vec![0u8; 48];
        bytes[0..8].copy_from_slice(&size.to_le_bytes());
        bytes[8..16].copy_from_slice(&ptr_bytes.to_le_bytes());
        bytes[16..20].copy_from_slice(&(content_hash(key.as_bytes()) as u32).to_le_bytes());
        bytes[21] = 8;
        bytes[22] = 8;
        bytes[23] = 25;
        let relocs = vec![DataReloc { offset: 32, kind: grus_ir::RelocKind::Abs64, sym: gcdata, addend: 0 }];
        self.add_data(DataObject {
            sym,
            section: Section::RoData,
            align: 8,
            size: 48,
            bytes,
            relocs,
            ptr_words: PtrWords::None,
        });
        sym
    }

    /// Defines a function; a second definition of the same symbol is dropped.
    pub fn add_func(&mut self, b: grus_ir::FunctionBuilder) {
        if self.seen_funcs.insert(b.func.sym) {
            self.funcs.push(b.finish());
        }
    }

    /// Defines a data symbol; a second definition of the same symbol must have the same contents and is
    /// dropped.
    pub fn add_data(&mut self, data: DataObject) {
        if self.seen_data.insert(data.sym) {
            self.datas.push(data);
        }
    }
}

impl Cx<'_> {
    /// The symbol of a type's descriptor.
    pub fn type_desc_name(&self, t: TypeId) -> String {
        format!("type:{}", self.link_string(t))
    }

    /// The symbol of an itab.
    pub fn itab_name(&self, iface: TypeId, concrete: TypeId) -> String {
        format!("go:itab.{},{}", self.link_string(concrete), self.link_string(iface))
    }
}

/// A 64-bit hash that does not change from run to run.
pub fn content_hash(bytes: &[u8]) -> u64 {
    // FNV-1a, then mixed: names need few collisions, not speed.
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    for &b in bytes {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h ^= h >> 32;
    h = h.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h ^ (h >> 29)
}
