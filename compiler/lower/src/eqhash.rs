//! Equality and hash functions of types.
//!
//! `==` on memory of a type is one of: not allowed; a comparison of bytes (*regular* memory: no
//! floats, strings, interfaces, padding or blank fields); a function of package runtime; or a
//! generated function that compares the parts and stops at the first difference; as the language
//! says in order, where that can be told. Hashing follows the same division. Both forms of a function exist on demand: plain
//! code that compiled code calls, and a func value in descriptors.

use crate::cx::Cx;
use crate::demand::Unit;
use crate::layout::Kind;
use grus_ir::{BinaryOp, Block, FloatCc, FunctionBuilder, IntCc, MemFlags, Signature, Sym, Ty, Value};
use grus_types::TypeId;

/// How values of a type are compared and hashed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// Not comparable.
    None,
    /// Byte by byte.
    Memory,
    /// By these functions of package runtime.
    Runtime { equal: &'static str, hash: &'static str },
    /// By generated functions.
    Generated,
}

impl Cx<'_> {
    /// How values of the canonical type are compared and hashed.
    pub fn algorithm(&self, t: TypeId) -> Algorithm {
        let runtime = |equal, hash| Algorithm::Runtime { equal, hash };
        let info = self.info(t);
        match &info.kind {
            Kind::Slice(_) | Kind::Map(..) | Kind::Func | Kind::Tuple(_) | Kind::Nil => Algorithm::None,
            Kind::Bool | Kind::Int { .. } | Kind::Pointer(_) | Kind::Chan(..) | Kind::UnsafePointer => {
                Algorithm::Memory
            }
            Kind::Float { bits: 32 } => runtime("f32equal", "f32hash"),
            Kind::Float { .. } => runtime("f64equal", "f64hash"),
            Kind::Complex { bits: 32 } => runtime("c64equal", "c64hash"),
            Kind::Complex { .. } => runtime("c128equal", "c128hash"),
            Kind::String => runtime("strequal", "strhash"),
            Kind::Interface { empty: true } => runtime("nilinterequal", "nilinterhash"),
            Kind::Interface { empty: false } => runtime("interequal", "interhash"),
            Kind::Array(elem, n) => match (self.algorithm(*elem), *n) {
                (Algorithm::None, _) => Algorithm::None,
                (_, 0) => Algorithm::Memory,
                (a, 1) => a,
                (Algorithm::Memory, _) => Algorithm::Memory,
                _ => Algorithm::Generated,
            },
            Kind::Struct(fields) => {
                let mut regular = true;
                let mut end = 0;
                for f in fields.iter() {
                    let a = self.algorithm(f.ty);
                    if a == Algorithm::None {
                        return Algorithm::None;
                    }
                    regular &= a == Algorithm::Memory && f.off == end && !f.name.is_blank();
                    end = f.off + self.info(f.ty).size;
                }
                if regular && end == info.size { Algorithm::Memory } else { Algorithm::Generated }
            }
        }
    }

    /// Whether equal values are equal bytes (`abi.TFlagRegularMemory`).
    pub fn is_regular_memory(&self, t: TypeId) -> bool {
        self.algorithm(t) == Algorithm::Memory
    }
}

/// Signature of the plain form of equality functions.
fn equal_sig() -> Signature {
    Signature { params: vec![Ty::Ptr, Ty::Ptr], results: vec![Ty::I8] }
}

/// Signature of the plain form of hash functions.
fn hash_sig() -> Signature {
    Signature { params: vec![Ty::Ptr, Ty::I64], results: vec![Ty::I64] }
}

impl Unit<'_> {
    /// The func value for `abi.Type.Equal`; `None` if the type is not comparable.
    pub fn equal_value(&mut self, t: TypeId) -> Option<Sym> {
        let name = match self.cx.algorithm(t) {
            Algorithm::None => return None,
            Algorithm::Runtime { equal, .. } => Some(equal),
            Algorithm::Memory => match self.cx.info(t).size {
                0 => Some("memequal0"),
                1 => Some("memequal8"),
                2 => Some("memequal16"),
                4 => Some("memequal32"),
                8 => Some("memequal64"),
                16 => Some("memequal128"),
                _ => None,
            },
            Algorithm::Generated => None,
        };
        Some(match name {
            Some(name) => self.runtime_value(name),
            None => {
                let code = self.eq_func(t);
                self.static_closure(code, &equal_sig())
            }
        })
    }

    /// The func value for `abi.MapType.Hasher`.
    pub fn hash_value(&mut self, t: TypeId) -> Sym {
        let name = match self.cx.algorithm(t) {
            Algorithm::None => panic!("map key type {} is not comparable", self.cx.type_string(t)),
            Algorithm::Runtime { hash, .. } => Some(hash),
            Algorithm::Memory => match self.cx.info(t).size {
                0 => Some("memhash0"),
                1 => Some("memhash8"),
                2 => Some("memhash16"),
                4 => Some("memhash32"),
                8 => Some("memhash64"),
                16 => Some("memhash128"),
                _ => None,
            },
            Algorithm::Generated => None,
        };
        match name {
            Some(name) => self.runtime_value(name),
            None => {
                let code = self.hash_func(t);
                self.static_closure(code, &hash_sig())
            }
        }
    }

    /// The static closure object of a function of package runtime.
    fn runtime_value(&mut self, name: &str) -> Sym {
        let obj = self.cx.runtime_func(name).unwrap_or_else(|| panic!("package runtime has no {name}"));
        let inst = self.cx.inst(obj, &[]);
        self.func_value(inst)
    }

    /// Generates the equality function of a type.
    pub fn lower_eq_func(&mut self, t: TypeId) {
        let sym = self.eq_func(t);
        let mut b = FunctionBuilder::new(sym, equal_sig());
        b.func.attrs.dedup = true;
        let (p, q) = (b.func.params()[0], b.func.params()[1]);
        let differ = b.create_block();
        let mut g = EqGen { unit: self, b, differ };
        g.value(t, p, q, 0);
        let EqGen { mut b, .. } = g;
        let one = b.iconst(Ty::I8, 1);
        b.ret(&[one]);
        b.switch_sealed(differ);
        let zero = b.iconst(Ty::I8, 0);
        b.ret(&[zero]);
        self.funcs.push(b.finish());
    }

    /// Generates the hash function of a type.
    pub fn lower_hash_func(&mut self, t: TypeId) {
        let sym = self.hash_func(t);
        let mut b = FunctionBuilder::new(sym, hash_sig());
        b.func.attrs.dedup = true;
        let (p, seed) = (b.func.params()[0], b.func.params()[1]);
        let mut g = HashGen { unit: self, b };
        let h = g.value(t, p, 0, seed);
        let HashGen { mut b, .. } = g;
        b.ret(&[h]);
        self.funcs.push(b.finish());
    }
}

/// A run of fields or elements that are compared or hashed as bytes, or one that is not.
struct Part {
    off: u64,
    size: u64,
    /// The type, unless it is a run of regular memory.
    ty: Option<TypeId>,
}

/// Splits a struct into parts: neighbouring regular fields without padding between them are one.
fn struct_parts(cx: &Cx<'_>, t: TypeId) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for f in cx.info(t).fields() {
        let size = cx.info(f.ty).size;
        if f.name.is_blank() || size == 0 {
            continue;
        }
        if !cx.is_regular_memory(f.ty) {
            parts.push(Part { off: f.off, size, ty: Some(f.ty) });
            continue;
        }
        match parts.last_mut() {
            Some(p) if p.ty.is_none() && p.off + p.size == f.off => p.size += size,
            _ => parts.push(Part { off: f.off, size, ty: None }),
        }
    }
    parts
}

/// Regular memory of more bytes is compared by the runtime.
const CALL_SIZE: u64 = 64;

/// A part of the work of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Comparisons of scalars, and of the lengths of strings.
    Cheap,
    /// Comparisons of memory by calls.
    Calls,
}

/// Whether a comparison of values of the type may panic: they contain interfaces.
fn can_panic(cx: &Cx<'_>, t: TypeId) -> bool {
    match &cx.info(t).kind {
        Kind::Interface { .. } => true,
        Kind::Array(elem, n) => *n > 0 && can_panic(cx, *elem),
        Kind::Struct(fields) => fields.iter().any(|f| !f.name.is_blank() && can_panic(cx, f.ty)),
        _ => false,
    }
}

/// Whether the comparison of a part has anything to do in a phase.
fn has_phase(cx: &Cx<'_>, part: &Part, phase: Phase) -> bool {
    let Some(t) = part.ty.filter(|&t| !cx.is_regular_memory(t)) else {
        return part.size > 0 && (part.size > CALL_SIZE) == (phase == Phase::Calls);
    };
    match &cx.info(t).kind {
        Kind::String => true,
        Kind::Array(elem, n) => {
            *n > 0 && has_phase(cx, &Part { off: 0, size: cx.info(*elem).size, ty: Some(*elem) }, phase)
        }
        Kind::Struct(_) => struct_parts(cx, t).iter().any(|p| has_phase(cx, p, phase)),
        _ => phase == Phase::Cheap,
    }
}

/// Generates comparisons; branches to `differ` at the first difference.
struct EqGen<'u, 'a> {
    unit: &'u mut Unit<'a>,
    b: FunctionBuilder,
    differ: Block,
}

impl EqGen<'_, '_> {
    /// Continues only if `cond` holds.
    fn require(&mut self, cond: Value) {
        let next = self.b.create_block();
        self.b.brif(cond, next, self.differ);
        self.b.switch_sealed(next);
    }

    fn load(&mut self, ty: Ty, p: Value, off: u64) -> Value {
        self.b.load(ty, p, off as i32, MemFlags::SAFE)
    }

    /// Compares the values of a type at `p+off` and `q+off`.
    ///
    /// What is cheap comes first, lengths of strings included, and calls come last; but nothing is moved across the
    /// comparison of an interface, which can panic.
    fn value(&mut self, t: TypeId, p: Value, q: Value, off: u64) {
        let cx = self.unit.cx;
        if !can_panic(cx, t) {
            return self.phases(&[Part { off: 0, size: cx.info(t).size, ty: Some(t) }], p, q, off);
        }
        match &cx.info(t).kind {
            Kind::Interface { empty } => {
                let (x, y) = (self.load(Ty::Ptr, p, off), self.load(Ty::Ptr, q, off));
                let same = self.b.icmp(IntCc::Eq, x, y);
                self.require(same);
                let (d, e) = (self.load(Ty::Ptr, p, off + 8), self.load(Ty::Ptr, q, off + 8));
                let name = if *empty { "efaceeq" } else { "ifaceeq" };
                let r = self.unit.call_runtime(&mut self.b, name, &[x, d, e]);
                self.require(r[0]);
            }
            Kind::Array(elem, n) => {
                self.array(*elem, *n, p, q, off, |g, p, q, off| g.value(*elem, p, q, off));
            }
            Kind::Struct(_) => {
                let parts = struct_parts(cx, t);
                let panics = |part: &Part| part.ty.is_some_and(|t| can_panic(cx, t));
                for run in parts.chunk_by(|a, b| !panics(a) && !panics(b)) {
                    match run {
                        [Part { off: at, ty: Some(ty), .. }] => self.value(*ty, p, q, off + at),
                        _ => self.phases(run, p, q, off),
                    }
                }
            }
            k => panic!("comparison of {k:?} cannot panic"),
        }
    }

    /// Compares parts that cannot panic, first what is cheap, then the rest.
    fn phases(&mut self, parts: &[Part], p: Value, q: Value, off: u64) {
        for phase in [Phase::Cheap, Phase::Calls] {
            for part in parts {
                self.part(part, phase, p, q, off);
            }
        }
    }

    /// One phase of the comparison of a part.
    fn part(&mut self, part: &Part, phase: Phase, p: Value, q: Value, off: u64) {
        let cx = self.unit.cx;
        if !has_phase(cx, part, phase) {
            return;
        }
        let off = off + part.off;
        let Some(t) = part.ty.filter(|&t| !cx.is_regular_memory(t)) else {
            return self.memory(p, q, off, part.size);
        };
        match &cx.info(t).kind {
            Kind::Float { bits } => self.float(*bits, p, q, off),
            Kind::Complex { bits } => {
                self.float(*bits, p, q, off);
                self.float(*bits, p, q, off + u64::from(*bits / 8));
            }
            Kind::String if phase == Phase::Cheap => {
                let (x, y) = (self.load(Ty::I64, p, off + 8), self.load(Ty::I64, q, off + 8));
                let same = self.b.icmp(IntCc::Eq, x, y);
                self.require(same);
            }
            Kind::String => {
                let (s, t) = (self.load(Ty::Ptr, p, off), self.load(Ty::Ptr, q, off));
                let len = self.load(Ty::I64, p, off + 8);
                let r = self.unit.call_runtime(&mut self.b, "memequal", &[s, t, len]);
                self.require(r[0]);
            }
            Kind::Array(elem, n) => {
                let element = Part { off: 0, size: cx.info(*elem).size, ty: Some(*elem) };
                self.array(*elem, *n, p, q, off, |g, p, q, off| g.part(&element, phase, p, q, off));
            }
            Kind::Struct(_) => {
                for part in struct_parts(cx, t) {
                    self.part(&part, phase, p, q, off);
                }
            }
            k => panic!("comparison of {k:?}"),
        }
    }

    fn float(&mut self, bits: u8, p: Value, q: Value, off: u64) {
        let ty = if bits == 32 { Ty::F32 } else { Ty::F64 };
        let (x, y) = (self.load(ty, p, off), self.load(ty, q, off));
        let same = self.b.fcmp(FloatCc::Eq, x, y);
        self.require(same);
    }

    /// Compares bytes: in words while there are few, else by the runtime.
    fn memory(&mut self, p: Value, q: Value, mut off: u64, mut size: u64) {
        if size > CALL_SIZE {
            let (p, q) = (self.b.ptr_add_imm(p, off as i64), self.b.ptr_add_imm(q, off as i64));
            let n = self.b.iconst(Ty::I64, size as i64);
            let r = self.unit.call_runtime(&mut self.b, "memequal", &[p, q, n]);
            return self.require(r[0]);
        }
        while size > 0 {
            let step = 1 << size.ilog2().min(3);
            let ty = Ty::int(step as u32);
            let (x, y) = (self.load(ty, p, off), self.load(ty, q, off));
            let same = self.b.icmp(IntCc::Eq, x, y);
            self.require(same);
            off += step;
            size -= step;
        }
    }

    /// Compares an array by comparing its elements with `each`, which is given two addresses and an offset to both.
    fn array(
        &mut self,
        elem: TypeId,
        n: u64,
        p: Value,
        q: Value,
        off: u64,
        each: impl Fn(&mut Self, Value, Value, u64),
    ) {
        let size = self.unit.cx.info(elem).size;
        if n <= 4 {
            for i in 0..n {
                each(self, p, q, off + i * size);
            }
            return;
        }
        let (p, q) = (self.b.ptr_add_imm(p, off as i64), self.b.ptr_add_imm(q, off as i64));
        let l = Loop::begin(&mut self.b, n, size);
        let (pe, qe) = (l.element(&mut self.b, p), l.element(&mut self.b, q));
        each(self, pe, qe, 0);
        l.end(&mut self.b);
    }
}

/// Generates hashing.
struct HashGen<'u, 'a> {
    unit: &'u mut Unit<'a>,
    b: FunctionBuilder,
}

impl HashGen<'_, '_> {
    /// The hash of the value of a type at `p+off`, continuing from `h`.
    fn value(&mut self, t: TypeId, p: Value, off: u64, h: Value) -> Value {
        let cx = self.unit.cx;
        let info = cx.info(t);
        match (cx.algorithm(t), &info.kind) {
            (Algorithm::Memory, _) => self.memory(p, off, info.size, h),
            (Algorithm::Runtime { hash, .. }, _) => {
                let p = self.b.ptr_add_imm(p, off as i64);
                self.unit.call_runtime(&mut self.b, hash, &[p, h])[0]
            }
            (_, Kind::Array(elem, n)) => {
                let size = cx.info(*elem).size;
                let p = self.b.ptr_add_imm(p, off as i64);
                let acc = self.b.declare_var(Ty::I64);
                self.b.def_var(acc, h);
                let l = Loop::begin(&mut self.b, *n, size);
                let e = l.element(&mut self.b, p);
                let h = self.b.use_var(acc);
                let h = self.value(*elem, e, 0, h);
                self.b.def_var(acc, h);
                l.end(&mut self.b);
                self.b.use_var(acc)
            }
            // Field by field, as `runtime.typehash` does for maps that reflection makes.
            (_, Kind::Struct(fields)) => fields
                .iter()
                .filter(|f| !f.name.is_blank())
                .fold(h, |h, f| self.value(f.ty, p, off + f.off, h)),
            (a, k) => panic!("hash of {k:?} by {a:?}"),
        }
    }

    fn memory(&mut self, p: Value, off: u64, size: u64, h: Value) -> Value {
        let p = self.b.ptr_add_imm(p, off as i64);
        match size {
            4 => self.unit.call_runtime(&mut self.b, "memhash32", &[p, h])[0],
            8 => self.unit.call_runtime(&mut self.b, "memhash64", &[p, h])[0],
            _ => {
                let n = self.b.iconst(Ty::I64, size as i64);
                self.unit.call_runtime(&mut self.b, "memhash", &[p, h, n])[0]
            }
        }
    }
}

/// A counted loop over the elements of an array.
struct Loop {
    head: Block,
    done: Block,
    index: grus_ir::Var,
    size: u64,
}

impl Loop {
    /// Opens a loop that runs `n` times; what follows is its body.
    fn begin(b: &mut FunctionBuilder, n: u64, size: u64) -> Loop {
        let index = b.declare_var(Ty::I64);
        let zero = b.iconst(Ty::I64, 0);
        b.def_var(index, zero);
        let (head, body, done) = (b.create_block(), b.create_block(), b.create_block());
        b.jump(head, &[]);
        b.switch_to(head);
        let i = b.use_var(index);
        let more = b.icmp_imm(IntCc::Ult, i, n as i64);
        b.brif(more, body, done);
        b.switch_sealed(body);
        Loop { head, done, index, size }
    }

    /// The address of the current element.
    fn element(&self, b: &mut FunctionBuilder, base: Value) -> Value {
        let i = b.use_var(self.index);
        let off = b.binary_imm(BinaryOp::Mul, i, self.size as i64);
        b.ins(grus_ir::InstData::PtrAdd { base, off })
    }

    /// Closes the body and continues behind the loop.
    fn end(self, b: &mut FunctionBuilder) {
        let i = b.use_var(self.index);
        let next = b.binary_imm(BinaryOp::Add, i, 1);
        b.def_var(self.index, next);
        b.jump(self.head, &[]);
        b.seal(self.head);
        b.switch_sealed(self.done);
    }
}
