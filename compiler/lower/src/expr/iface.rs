//! Interface values: making them, type assertions.

use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Addr, Scalars, Val};
use grus_ir::{
    BinaryOp, ConvOp, DataObject, DataReloc, InstData, IntCc, MemFlags, PtrWords, RelocKind, Section, Sym,
    Ty, Value,
};
use grus_syntax::ExprId;
use grus_types::TypeId;
use grus_types::universe::typ;

/// Offsets in `abi.ITab`.
const ITAB_TYPE: i32 = 8;
const ITAB_FUN: i32 = 24;
/// `TFlag` in `abi.Type`, and the flag of types that may have methods.
const TYPE_TFLAG: i32 = 20;
const TFLAG_UNCOMMON: i64 = 1;

impl<'a> FuncLower<'_, 'a> {
    /// Whether an interface type has no methods.
    pub fn is_eface(&self, t: TypeId) -> bool {
        matches!(self.cx.info(t).kind, Kind::Interface { empty: true })
    }

    /// Address of a type descriptor.
    pub fn desc_addr(&mut self, t: TypeId) -> Value {
        let sym = self.u.type_desc(t);
        self.b.sym_addr(sym, 0)
    }

    /// Address of the descriptor of an interface type that values are converted to at run time.
    fn asserted_addr(&mut self, t: TypeId) -> Value {
        let sym = self.u.asserted_iface(t);
        self.b.sym_addr(sym, 0)
    }

    /// The first word of an interface value of type `iface` that holds a concrete type.
    pub fn type_word(&mut self, iface: TypeId, concrete: TypeId) -> Value {
        let sym =
            if self.is_eface(iface) { self.u.type_desc(concrete) } else { self.u.itab(iface, concrete) };
        self.b.sym_addr(sym, 0)
    }

    /// Converts a value of type `s` to interface type `t`.
    pub fn to_iface(&mut self, val: Val, s: TypeId, t: TypeId) -> Val {
        if self.cx.info(s).is_interface() {
            return self.iface_to_iface(val, s, t);
        }
        if !matches!(self.cx.info(s).kind, Kind::Nil) {
            self.u.used_type(s);
        }
        if matches!(self.cx.info(s).kind, Kind::Nil) {
            return self.zero_val(t);
        }
        let data = self.data_word(&val, s);
        let word = self.type_word(t, s);
        self.parts(&[word, data])
    }

    /// Converts between interface types, statically known to be possible.
    fn iface_to_iface(&mut self, val: Val, s: TypeId, t: TypeId) -> Val {
        // Types of the same structure but different names have itabs of their own.
        let (word, data) = (val.scalars()[0], val.scalars()[1]);
        if self.is_eface(t) {
            if self.is_eface(s) {
                return val;
            }
            let typ = self.type_of_itab(word);
            return self.parts(&[typ, data]);
        }
        // The itab depends on the dynamic type.
        let dyn_ty = if self.is_eface(s) { word } else { self.type_of_itab(word) };
        let var = self.b.declare_var(Ty::Ptr);
        let (some, done) = (self.b.create_block(), self.b.create_block());
        let nil = self.b.iconst(Ty::Ptr, 0);
        self.b.def_var(var, nil);
        let has = self.b.icmp_imm(IntCc::Ne, dyn_ty, 0);
        self.b.brif(has, some, done);
        self.b.switch_sealed(some);
        let want = self.asserted_addr(t);
        let itab = self.itab_for("assertE2I", want, dyn_ty);
        self.b.def_var(var, itab);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        let itab = self.b.use_var(var);
        self.parts(&[itab, data])
    }

    /// The itab of a type for an interface type with methods, asked of a function of the runtime (`assertE2I` panics if
    /// there is none, `assertE2I2` gives nil) unless it is the one that was found here last: each place has a word of
    /// its own that holds an itab. An itab without code says that the type does not implement the interface.
    fn itab_for(&mut self, name: &str, want: Value, dyn_ty: Value) -> Value {
        let cache = self.assert_cache();
        let (hit, miss, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let var = self.b.declare_var(Ty::Ptr);
        if name == "assertE2I2" {
            // A type without methods.
            let named = self.b.create_block();
            let null = self.b.iconst(Ty::Ptr, 0);
            self.b.def_var(var, null);
            let flags = self.b.load(Ty::I8, dyn_ty, TYPE_TFLAG, MemFlags::RO);
            let flags = self.b.binary_imm(BinaryOp::And, flags, TFLAG_UNCOMMON);
            let methods = self.b.icmp_imm(IntCc::Ne, flags, 0);
            self.b.brif(methods, named, done);
            self.b.switch_sealed(named);
        }
        let cache = self.b.sym_addr(cache, 0);
        let last = self.b.load(Ty::Ptr, cache, 0, MemFlags::SAFE);
        let typ = self.b.load(Ty::Ptr, last, ITAB_TYPE, MemFlags::RO);
        let same = self.b.icmp(IntCc::Eq, typ, dyn_ty);
        self.b.brif(same, hit, miss);
        self.b.switch_sealed(hit);
        let code = self.b.load(Ty::I64, last, ITAB_FUN, MemFlags::RO);
        let implements = self.b.icmp_imm(IntCc::Ne, code, 0);
        if name == "assertE2I2" {
            let null = self.b.iconst(Ty::Ptr, 0);
            let itab = self.b.select(implements, last, null);
            self.b.def_var(var, itab);
            self.b.jump(done, &[]);
        } else {
            self.b.def_var(var, last);
            self.b.brif(implements, done, miss);
        }
        self.b.switch_sealed(miss);
        let itab = self.call_runtime(name, &[Val::one(cache), Val::one(want), Val::one(dyn_ty)])[0].single();
        self.b.def_var(var, itab);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        self.b.use_var(var)
    }

    /// The word of an assertion that holds the itab that was found last: at first one of no type.
    fn assert_cache(&mut self) -> Sym {
        let none = self.cx.intern("go:itab.none");
        let object = |sym, section, bytes: Vec<u8>, relocs| DataObject {
            sym,
            section,
            align: 8,
            size: bytes.len() as u64,
            bytes,
            relocs,
            ptr_words: PtrWords::None,
        };
        // Type is the address of no descriptor.
        self.u.add_data(object(none, Section::RoData, vec![0xff; 32], Vec::new()));
        self.counters.asserts += 1;
        let name = format!("go:assert.{}.{}", self.base_name(), self.counters.asserts);
        let sym = self.cx.intern(&name);
        let reloc = DataReloc { offset: 0, kind: RelocKind::Abs64, sym: none, addend: 0 };
        self.u.add_data(object(sym, Section::NoPtrData, vec![0; 8], vec![reloc]));
        sym
    }

    /// The dynamic type of an itab that may be nil.
    pub fn type_of_itab(&mut self, itab: Value) -> Value {
        let var = self.b.declare_var(Ty::Ptr);
        let (some, done) = (self.b.create_block(), self.b.create_block());
        self.b.def_var(var, itab);
        let has = self.b.icmp_imm(IntCc::Ne, itab, 0);
        self.b.brif(has, some, done);
        self.b.switch_sealed(some);
        let typ = self.itab_type(itab);
        self.b.def_var(var, typ);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        self.b.use_var(var)
    }

    /// The data word of an interface that holds the value.
    pub fn data_word(&mut self, val: &Val, t: TypeId) -> Value {
        let info = self.cx.info(t);
        if info.is_direct_iface() {
            return val.single();
        }
        if info.size == 0 {
            return self.zero_memory();
        }
        // Small constants and strings of constants need no allocation.
        if let Some(sym) = self.const_data(val, t) {
            return sym;
        }
        match &info.kind {
            Kind::Bool | Kind::Int { bits: 8, .. } => {
                if let Some(obj) = self.cx.lookup_in("runtime", "staticuint64s") {
                    let table = self.u.global(obj);
                    let base = self.b.sym_addr(table, 0);
                    let i = self.b.convert(ConvOp::Zext, Ty::I64, val.single());
                    let off = self.b.binary_imm(BinaryOp::Shl, i, 3);
                    return self.b.ins(InstData::PtrAdd { base, off });
                }
                self.new_boxed(t, val)
            }
            Kind::Int { bits: 16, .. } => self.call_runtime("convT16", std::slice::from_ref(val))[0].single(),
            Kind::Int { bits: 32, .. } => self.call_runtime("convT32", std::slice::from_ref(val))[0].single(),
            Kind::Int { .. } => self.call_runtime("convT64", std::slice::from_ref(val))[0].single(),
            Kind::Float { bits: 32 } => {
                let v = self.b.convert(ConvOp::Bitcast, Ty::I32, val.single());
                self.call_runtime("convT32", &[Val::one(v)])[0].single()
            }
            Kind::Float { .. } => {
                let v = self.b.convert(ConvOp::Bitcast, Ty::I64, val.single());
                self.call_runtime("convT64", &[Val::one(v)])[0].single()
            }
            Kind::String => self.call_runtime("convTstring", std::slice::from_ref(val))[0].single(),
            Kind::Slice(_) => self.call_runtime("convTslice", std::slice::from_ref(val))[0].single(),
            _ => self.new_boxed(t, val),
        }
    }

    /// Read-only memory that holds a constant value.
    fn const_data(&mut self, val: &Val, t: TypeId) -> Option<Value> {
        let info = self.cx.info(t);
        let Val::S(scalars) = val else { return None };
        let leaves = info.leaves();
        let mut bytes = vec![0u8; info.size as usize];
        let mut relocs = Vec::new();
        for (l, &v) in leaves.iter().zip(scalars) {
            let inst = self.b.func.def_inst(v)?;
            let n = l.ty.size() as usize;
            let at = l.off as usize;
            match self.b.func.insts[inst] {
                InstData::Iconst { imm, .. } => {
                    bytes[at..at + n].copy_from_slice(&imm.to_le_bytes()[..n]);
                }
                InstData::Fconst { bits, .. } => {
                    bytes[at..at + n].copy_from_slice(&bits.to_le_bytes()[..n]);
                }
                InstData::SymAddr { sym, off } if matches!(info.kind, Kind::String) => {
                    relocs.push(grus_ir::DataReloc {
                        offset: l.off,
                        kind: grus_ir::RelocKind::Abs64,
                        sym,
                        addend: i64::from(off),
                    });
                }
                _ => return None,
            }
        }
        let sym = self.u.rodata(info.align, bytes, relocs);
        Some(self.b.sym_addr(sym, 0))
    }

    /// Address of memory that is always zero, for values without size and missing map elements.
    pub fn zero_memory(&mut self) -> Value {
        match self.cx.lookup_in("runtime", "zeroVal") {
            Some(obj) => {
                let sym = self.u.global(obj);
                self.b.sym_addr(sym, 0)
            }
            None => {
                let pos = self.pos;
                self.unsupported(pos, "variable runtime.zeroVal is missing");
                self.b.iconst(Ty::Ptr, 0)
            }
        }
    }

    /// The value of concrete type `t` that a data word stands for.
    pub fn load_iface_data(&mut self, data: Value, t: TypeId) -> Val {
        let info = self.cx.info(t);
        if info.is_direct_iface() {
            return Val::one(data);
        }
        if info.size == 0 {
            return self.zero_val(t);
        }
        self.load(Addr::safe(data), t)
    }

    /// `x.(T)`, which panics if it fails.
    pub fn type_assert(&mut self, e: ExprId, x: ExprId, t: TypeId) -> Val {
        self.order(x);
        let s = self.ty(x);
        let val = self.expr(x);
        self.at(self.pos_of(e));
        let (word, data) = (val.scalars()[0], val.scalars()[1]);
        if self.cx.info(t).is_interface() {
            let dyn_ty = if self.is_eface(s) { word } else { self.type_of_itab(word) };
            let want = self.asserted_addr(t);
            if self.is_eface(t) {
                let none = self.b.icmp_imm(IntCc::Eq, dyn_ty, 0);
                self.call_if(none, "panicnildottype", &[Val::one(want)]);
                return self.parts(&[dyn_ty, data]);
            }
            let itab = self.itab_for("assertE2I", want, dyn_ty);
            return self.parts(&[itab, data]);
        }
        let differs = if self.implements(t, s) {
            let expect = self.type_word(s, t);
            self.b.icmp(IntCc::Ne, word, expect)
        } else {
            self.b.iconst(Ty::I8, 1)
        };
        let (bad, good) = (self.b.create_block(), self.b.create_block());
        self.b.brif(differs, bad, good);
        self.b.switch_sealed(bad);
        let want = self.desc_addr(t);
        let iface = self.desc_addr(s);
        let name = if self.is_eface(s) { "panicdottypeE" } else { "panicdottypeI" };
        self.call_runtime(name, &[Val::one(word), Val::one(want), Val::one(iface)]);
        self.b.unreachable();
        self.b.switch_sealed(good);
        self.load_iface_data(data, t)
    }

    /// `v, ok := x.(T)` on an evaluated interface value: the value and an i8.
    pub fn type_assert_ok(&mut self, val: &Val, s: TypeId, t: TypeId) -> (Val, Value) {
        let (word, data) = (val.scalars()[0], val.scalars()[1]);
        if self.cx.info(t).is_interface() {
            let (word, ok) = self.iface_assert_word(word, s, t);
            let null = self.b.iconst(Ty::Ptr, 0);
            let data = self.b.select(ok, data, null);
            return (self.parts(&[word, data]), ok);
        }
        if !self.implements(t, s) {
            return (self.zero_val(t), self.b.iconst(Ty::I8, 0));
        }
        let expect = self.type_word(s, t);
        let ok = self.b.icmp(IntCc::Eq, word, expect);
        let info = self.cx.info(t);
        if info.is_direct_iface() {
            let null = self.b.iconst(Ty::Ptr, 0);
            return (Val::one(self.b.select(ok, data, null)), ok);
        }
        let (good, bad, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.brif(ok, good, bad);
        if info.is_scalar() {
            let vars: Vec<_> = info.leaves().iter().map(|l| self.b.declare_var(l.ty)).collect();
            for (block, found) in [(good, true), (bad, false)] {
                self.b.switch_sealed(block);
                let v = if found { self.load_iface_data(data, t) } else { self.zero_val(t) };
                for (&var, &s) in vars.iter().zip(v.scalars()) {
                    self.b.def_var(var, s);
                }
                self.b.jump(done, &[]);
            }
            self.b.switch_sealed(done);
            let s: Scalars = vars.iter().map(|&v| self.b.use_var(v)).collect();
            return (Val::S(s), ok);
        }
        let slot = Addr::slot(self.new_slot(t, false));
        for (block, found) in [(good, true), (bad, false)] {
            self.b.switch_sealed(block);
            if found {
                self.copy(slot, Addr::safe(data), t);
            } else {
                self.zero_mem(slot, t);
            }
            self.b.jump(done, &[]);
        }
        self.b.switch_sealed(done);
        (Val::M(slot), ok)
    }

    /// The first word for interface type `t` of a value whose first word in interface type `s` is given (nil if
    /// the dynamic type does not implement `t`), and whether it does.
    pub fn iface_assert_word(&mut self, word: Value, s: TypeId, t: TypeId) -> (Value, Value) {
        let dyn_ty = if self.is_eface(s) { word } else { self.type_of_itab(word) };
        if self.is_eface(t) {
            let ok = self.b.icmp_imm(IntCc::Ne, dyn_ty, 0);
            return (dyn_ty, ok);
        }
        let var = self.b.declare_var(Ty::Ptr);
        let (some, done) = (self.b.create_block(), self.b.create_block());
        let nil = self.b.iconst(Ty::Ptr, 0);
        self.b.def_var(var, nil);
        let has = self.b.icmp_imm(IntCc::Ne, dyn_ty, 0);
        self.b.brif(has, some, done);
        self.b.switch_sealed(some);
        let want = self.asserted_addr(t);
        let itab = self.itab_for("assertE2I2", want, dyn_ty);
        self.b.def_var(var, itab);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        let itab = self.b.use_var(var);
        let ok = self.b.icmp_imm(IntCc::Ne, itab, 0);
        (itab, ok)
    }

    /// The value as an `any`, for panics and printing.
    pub fn to_any(&mut self, val: Val, s: TypeId) -> Val {
        self.to_iface(val, s, self.cx.canonical(typ::EMPTY_INTERFACE))
    }
}
