//! Composite literals.

use super::index::Index;
use crate::func::{FuncLower, MAX_STACK_TEMP};
use crate::layout::Kind;
use crate::values::{Addr, Scalars, Val};
use grus_ir::{BinaryOp, IntCc, Sym, Ty, Value};
use grus_syntax::{ExprId, ExprKind};
use grus_types::TypeId;
use grus_types::lookup::Lookup;

/// Array literals of at least this many constant elements are copied from read-only data.
const STATIC_ARRAY: u64 = 4;

/// Map literals with more constant entries than this are made in a loop over arrays.
const MAP_ARRAYS: usize = 25;

/// A part of a struct or array that a literal gives.
pub struct Part {
    pub ty: TypeId,
    pub off: u64,
    /// Index of its first leaf, if the whole is scalar.
    leaf: usize,
    pub value: ExprId,
    /// A field without name: its value is evaluated, not stored.
    pub blank: bool,
}

impl<'a> FuncLower<'_, 'a> {
    /// The value of a composite literal.
    pub fn composite_lit(&mut self, e: ExprId) -> Val {
        let t = self.ty(e);
        self.lit_val(e, t)
    }

    fn lit_val(&mut self, e: ExprId, t: TypeId) -> Val {
        match self.cx.info(t).kind.clone() {
            Kind::Pointer(elem) => {
                // An elided `&T` inside another literal.
                self.at(self.pos_of(e));
                let ptr = self.new_object(elem);
                if matches!(self.cx.info(elem).kind, Kind::Struct(_) | Kind::Array(..)) {
                    self.lit_into(Addr::safe(ptr), e, elem);
                } else {
                    let val = self.lit_val(e, elem);
                    self.store(Addr::safe(ptr), elem, &val);
                }
                Val::one(ptr)
            }
            Kind::Struct(_) | Kind::Array(..) if self.cx.info(t).is_scalar() => self.scalar_lit(e, t),
            Kind::Struct(_) | Kind::Array(..) => {
                if let Some(memory) = self.staged.remove(&e) {
                    self.parts_into(memory, e, t);
                    return Val::M(memory);
                }
                if self.cx.info(t).size > MAX_STACK_TEMP {
                    let ptr = self.new_object(t);
                    self.lit_into(Addr::safe(ptr), e, t);
                    return Val::M(Addr::safe(ptr));
                }
                let slot = self.new_slot(t, false);
                self.temps.insert(slot);
                self.zero_mem(Addr::slot(slot), t);
                self.lit_into(Addr::slot(slot), e, t);
                Val::M(Addr::slot(slot))
            }
            Kind::Slice(elem) => self.slice_lit(e, elem),
            Kind::Map(..) => self.map_lit(e, t),
            k => self.unsupported_val(self.pos_of(e), format_args!("literal of {k:?}"), t),
        }
    }

    /// The elements of an array or slice literal: index and value.
    fn numbered(&self, e: ExprId) -> Vec<(u64, ExprId)> {
        let ExprKind::CompositeLit { elems, .. } = self.body.file.kind(e) else {
            unreachable!("a composite literal")
        };
        let file = self.body.file;
        let mut next = 0u64;
        let mut out = Vec::with_capacity(elems.len());
        for &el in file.list(elems) {
            let (n, value) = match file.kind(el) {
                ExprKind::KeyValue { key, value } => {
                    let v = self.body.info.value(key).expect("a constant index");
                    (super::consts::int_bits(v, 64) as u64, value)
                }
                _ => (next, el),
            };
            out.push((n, value));
            next = n + 1;
        }
        out
    }

    /// The elements that a slice literal gives, with their indices.
    pub fn slice_parts(&self, e: ExprId, elem: TypeId) -> Vec<(u64, Part)> {
        let size = self.cx.info(elem).size;
        let part = |(n, value)| (n, Part { ty: elem, off: n * size, leaf: 0, value, blank: false });
        self.numbered(e).into_iter().map(part).collect()
    }

    /// The parts of a struct or array that a literal gives.
    pub fn parts_of_lit(&self, e: ExprId, t: TypeId) -> Vec<Part> {
        let Kind::Struct(fields) = &self.cx.info(t).kind else {
            let Kind::Array(ty, _) = self.cx.info(t).kind else { unreachable!("a struct or array") };
            let info = self.cx.info(ty);
            let leaves = info.leaves.as_ref().map_or(0, |l| l.len());
            let part = |(n, value): (u64, ExprId)| Part {
                ty,
                off: n * info.size,
                leaf: n as usize * leaves,
                value,
                blank: false,
            };
            return self.numbered(e).into_iter().map(part).collect();
        };
        let ExprKind::CompositeLit { elems, .. } = self.body.file.kind(e) else {
            unreachable!("a composite literal")
        };
        let file = self.body.file;
        let mut out = Vec::with_capacity(elems.len());
        for (i, &el) in file.list(elems).iter().enumerate() {
            let ExprKind::KeyValue { key, value } = file.kind(el) else {
                let f = &fields[i];
                out.push(Part { ty: f.ty, off: f.off, leaf: f.leaf, value: el, blank: f.name.is_blank() });
                continue;
            };
            // The key may be a promoted field.
            let name = file.as_name(key).expect("a field name");
            let found = self.cx.store.lookup_field_or_method(t, false, Some(self.body.pkg), name, false);
            let Lookup::Found { index, .. } = found else {
                panic!("{}: {name} is no field of {}", file.pos(key), self.cx.type_string(t))
            };
            let (mut ty, mut off, mut leaf) = (t, 0, 0);
            for i in index {
                let f = self.cx.info(ty).fields()[i as usize];
                (ty, off, leaf) = (f.ty, off + f.off, leaf + f.leaf);
            }
            out.push(Part { ty, off, leaf, value, blank: false });
        }
        out
    }

    fn scalar_lit(&mut self, e: ExprId, t: TypeId) -> Val {
        let zero = self.zero_val(t);
        let mut scalars: Scalars = zero.scalars().into();
        for p in self.parts_of_lit(e, t) {
            let v = self.expr_as(p.value, p.ty);
            if p.blank {
                continue;
            }
            for (i, &s) in v.scalars().iter().enumerate() {
                scalars[p.leaf + i] = s;
            }
        }
        Val::S(scalars)
    }

    /// Stores a literal of a struct or array type (or of any other type, by its value) to zeroed memory that
    /// nothing else refers to.
    pub fn lit_into(&mut self, addr: Addr, e: ExprId, t: TypeId) {
        if self.stored.remove(&e) {
            return;
        }
        let x = self.unparen(e);
        if self.pre.contains_key(&x) || !self.is_part_lit(x, t) {
            let val = self.expr_as(e, t);
            return self.store(addr, t, &val);
        }
        if let Some(memory) = self.staged.remove(&x) {
            self.parts_into(memory, x, t);
            return self.copy(addr, memory, t);
        }
        if let Some(sym) = self.static_array(x, t) {
            return self.copy(addr, Addr::sym(sym), t);
        }
        self.parts_into(addr, x, t);
    }

    /// Whether an expression is a literal of a struct or array type that can be built in its place.
    pub fn is_part_lit(&self, x: ExprId, t: TypeId) -> bool {
        matches!(self.body.file.kind(x), ExprKind::CompositeLit { .. })
            && matches!(self.cx.info(t).kind, Kind::Struct(_) | Kind::Array(..))
            && {
                let lt = self.ty(x);
                lt == t || self.cx.pointee(lt) == Some(t) && self.body.file.kind(x).is_elided()
            }
    }

    fn parts_into(&mut self, addr: Addr, x: ExprId, t: TypeId) {
        for p in self.parts_of_lit(x, t) {
            if !p.blank {
                self.lit_into(addr.plus(p.off), p.value, p.ty);
            } else if !self.stored.remove(&p.value) {
                self.expr_as(p.value, p.ty);
            }
        }
    }

    /// Number of elements of an array or slice literal.
    fn lit_len(&self, elems: &[(u64, ExprId)]) -> u64 {
        elems.iter().map(|e| e.0 + 1).max().unwrap_or(0)
    }

    fn slice_lit(&mut self, e: ExprId, elem: TypeId) -> Val {
        let elems = self.numbered(e);
        let n = self.lit_len(&elems);
        self.at(self.pos_of(e));
        let arr = self.cx.array_of(elem, n);
        let len = self.b.iconst(Ty::I64, n as i64);
        if n == 0 {
            let ptr = self.zero_memory();
            return self.parts(&[ptr, len, len]);
        }
        let staged = self.staged.remove(&e);
        let ptr = match staged {
            Some(memory) => self.addr_value(memory),
            None => self.new_object(arr),
        };
        if staged.is_none()
            && let Some(sym) = self.static_elems(&elems, arr, elem, n)
        {
            self.copy(Addr::safe(ptr), Addr::sym(sym), arr);
        } else {
            let size = self.cx.info(elem).size;
            for (i, value) in elems {
                self.lit_into(Addr::safe(ptr).plus(i * size), value, elem);
            }
        }
        self.parts(&[ptr, len, len])
    }

    fn map_lit(&mut self, e: ExprId, t: TypeId) -> Val {
        let ExprKind::CompositeLit { elems, .. } = self.body.file.kind(e) else {
            unreachable!("a composite literal")
        };
        self.at(self.pos_of(e));
        let hint = self.b.iconst(Ty::I64, elems.len() as i64);
        let map = self.make_map(t, Some(hint));
        let file = self.body.file;
        let entry = |el: ExprId| match file.kind(el) {
            ExprKind::KeyValue { key, value } => (el, key, value),
            k => unreachable!("an entry of a map: {k:?}"),
        };
        // As in gc, entries that are made of constants come first.
        let (constant, mut rest): (Vec<_>, Vec<_>) = file
            .list(elems)
            .iter()
            .map(|&el| entry(el))
            .partition(|&(_, key, value)| self.is_constant_lit(key) && self.is_constant_lit(value));
        let constant = if constant.len() > MAP_ARRAYS {
            self.map_arrays(t, map, &constant, &mut rest);
            Vec::new()
        } else {
            constant
        };
        let Kind::Map(key_ty, elem_ty) = self.cx.info(t).kind else { unreachable!("a map") };
        for (el, key, value) in constant.into_iter().chain(rest) {
            self.order_as(key, key_ty);
            self.order_as(value, elem_ty);
            let k = self.expr_as(key, key_ty);
            let k = self.detach(k, key_ty);
            let v = self.expr_as(value, elem_ty);
            self.at(self.pos_of(el));
            let addr = self.map_assign_addr(t, map, &k);
            self.store(addr, elem_ty, &v);
        }
        Val::one(map)
    }

    /// Whether an expression is a constant, or a literal of a struct or array made of constants.
    pub fn is_constant_lit(&self, e: ExprId) -> bool {
        if self.is_const(e) || self.is_nil(e) {
            return true;
        }
        let e = self.unparen(e);
        let ExprKind::CompositeLit { elems, .. } = self.body.file.kind(e) else { return false };
        matches!(self.cx.info(self.ty(e)).kind, Kind::Struct(_) | Kind::Array(..))
            && self.body.file.list(elems).iter().all(|&el| match self.body.file.kind(el) {
                ExprKind::KeyValue { value, .. } => self.is_constant_lit(value),
                _ => self.is_constant_lit(el),
            })
    }

    /// Enters many constant entries in a loop over an array of keys and one of values. Entries that cannot be
    /// data are added to `rest`.
    fn map_arrays(
        &mut self,
        t: TypeId,
        map: Value,
        entries: &[(ExprId, ExprId, ExprId)],
        rest: &mut Vec<(ExprId, ExprId, ExprId)>,
    ) {
        let Kind::Map(key_ty, elem_ty) = self.cx.info(t).kind else { unreachable!("a map") };
        let (key_size, elem_size) = (self.cx.info(key_ty).size, self.cx.info(elem_ty).size);
        let (file, info, env) = (self.body.file, self.body.info, self.body.env);
        let n = entries.len() as u64;
        let part = |i: usize, e: ExprId, t: TypeId, size: u64| (i as u64 * size, e, t);
        let keys = entries.iter().enumerate().map(|(i, e)| part(i, e.1, key_ty, key_size));
        let keys = self.u.static_contents(file, info, env, n * key_size, keys);
        let elems = entries.iter().enumerate().map(|(i, e)| part(i, e.2, elem_ty, elem_size));
        let elems = self.u.static_contents(file, info, env, n * elem_size, elems);
        let (Some((key_bytes, key_relocs)), Some((elem_bytes, elem_relocs))) = (keys, elems) else {
            rest.splice(0..0, entries.iter().copied());
            return;
        };
        let keys = self.u.rodata(self.cx.info(key_ty).align.max(1), key_bytes, key_relocs);
        let elems = self.u.rodata(self.cx.info(elem_ty).align.max(1), elem_bytes, elem_relocs);
        let counter = self.b.declare_var(Ty::I64);
        let zero = self.b.iconst(Ty::I64, 0);
        self.b.def_var(counter, zero);
        let (header, body, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.jump(header, &[]);
        self.b.switch_to(header);
        let i = self.b.use_var(counter);
        let more = self.b.icmp_imm(IntCc::Ult, i, n as i64);
        self.b.brif(more, body, done);
        self.b.switch_sealed(body);
        let i = self.b.use_var(counter);
        let idx = Index { val: i, unsigned: false, known: None };
        let base = self.b.sym_addr(keys, 0);
        let at = self.elem_ptr(base, idx, key_size);
        let key = self.load(at, key_ty);
        let to = self.map_assign_addr(t, map, &key);
        let base = self.b.sym_addr(elems, 0);
        let at = self.elem_ptr(base, idx, elem_size);
        let val = self.load(at, elem_ty);
        self.store(to, elem_ty, &val);
        let next = self.b.binary_imm(BinaryOp::Add, i, 1);
        self.b.def_var(counter, next);
        self.b.jump(header, &[]);
        self.b.seal(header);
        self.b.switch_sealed(done);
    }

    fn static_array(&mut self, e: ExprId, t: TypeId) -> Option<Sym> {
        let Kind::Array(elem, n) = self.cx.info(t).kind else { return None };
        let elems = self.numbered(e);
        self.static_elems(&elems, t, elem, n)
    }

    /// Read-only data with the contents of an array literal, if all its elements are constants.
    fn static_elems(&mut self, elems: &[(u64, ExprId)], arr: TypeId, elem: TypeId, n: u64) -> Option<Sym> {
        if n < STATIC_ARRAY || (elems.len() as u64) < STATIC_ARRAY {
            return None;
        }
        let info = self.cx.info(arr);
        if info.size > 1 << 28 {
            return None;
        }
        let size = self.cx.info(elem).size;
        let (file, lit, env) = (self.body.file, self.body.info, self.body.env);
        let parts = elems.iter().map(|&(i, value)| (i * size, value, elem));
        let (bytes, relocs) = self.u.static_contents(file, lit, env, info.size, parts)?;
        let align = info.align;
        Some(self.u.rodata(align, bytes, relocs))
    }
}

/// Properties of literals.
trait LitKind {
    /// Whether the literal's type is elided.
    fn is_elided(&self) -> bool;
}

impl LitKind for ExprKind {
    fn is_elided(&self) -> bool {
        matches!(self, ExprKind::CompositeLit { typ, .. } if typ.expand().is_none())
    }
}
