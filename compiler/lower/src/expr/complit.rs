//! Composite literals.

use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Addr, Scalars, Val};
use grus_ir::{DataReloc, RelocKind, Sym, Ty};
use grus_syntax::{ExprId, ExprKind};
use grus_types::TypeId;
use grus_types::lookup::Lookup;

/// Array literals of at least this many constant elements are copied from read-only data.
const STATIC_ARRAY: u64 = 4;

/// A part of a struct or array that a literal gives.
struct Part {
    ty: TypeId,
    off: u64,
    /// Index of its first leaf, if the whole is scalar.
    leaf: usize,
    value: ExprId,
    /// A field without name: its value is evaluated, not stored.
    blank: bool,
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

    /// The parts of a struct or array that a literal gives.
    fn parts_of_lit(&self, e: ExprId, t: TypeId) -> Vec<Part> {
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
        let x = self.unparen(e);
        let is_lit = matches!(self.body.file.kind(x), ExprKind::CompositeLit { .. })
            && !self.pre.contains_key(&x)
            && matches!(self.cx.info(t).kind, Kind::Struct(_) | Kind::Array(..))
            && {
                let lt = self.ty(x);
                lt == t || self.cx.pointee(lt) == Some(t) && self.body.file.kind(x).is_elided()
            };
        if !is_lit {
            let val = self.expr_as(e, t);
            return self.store(addr, t, &val);
        }
        if let Some(sym) = self.static_array(x, t) {
            return self.copy(addr, Addr::sym(sym), t);
        }
        for p in self.parts_of_lit(x, t) {
            if p.blank {
                self.expr_as(p.value, p.ty);
            } else {
                self.lit_into(addr.plus(p.off), p.value, p.ty);
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
        let ptr = self.new_object(arr);
        if let Some(sym) = self.static_elems(&elems, arr, elem, n) {
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
        let Kind::Map(key_ty, elem_ty) = self.cx.info(t).kind else { unreachable!("a map") };
        self.at(self.pos_of(e));
        let hint = self.b.iconst(Ty::I64, elems.len() as i64);
        let map = self.make_map(t, Some(hint));
        for &el in self.body.file.list(elems) {
            let ExprKind::KeyValue { key, value } = self.body.file.kind(el) else { continue };
            self.order(key);
            self.order(value);
            let k = self.expr_as(key, key_ty);
            let k = self.detach(k, key_ty);
            let v = self.expr_as(value, elem_ty);
            self.at(self.pos_of(el));
            let addr = self.map_assign_addr(t, map, &k);
            self.store(addr, elem_ty, &v);
        }
        Val::one(map)
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
        let ok = matches!(
            self.cx.info(elem).kind,
            Kind::Bool | Kind::Int { .. } | Kind::Float { .. } | Kind::String
        );
        if !ok || !elems.iter().all(|&(_, v)| self.is_const(v)) {
            return None;
        }
        let size = self.cx.info(elem).size;
        let mut bytes = vec![0u8; info.size as usize];
        let mut relocs = Vec::new();
        for &(i, value) in elems {
            let value = self.body.info.value(value).expect("a constant").clone();
            let at = (i * size) as usize;
            match self.cx.info(elem).kind {
                Kind::Bool => bytes[at] = u8::from(value.bool_val()),
                Kind::Int { bits, .. } => {
                    let v = super::consts::int_bits(&value, bits).to_le_bytes();
                    bytes[at..at + size as usize].copy_from_slice(&v[..size as usize]);
                }
                Kind::Float { bits: 32 } => {
                    let v = value.to_float().float32_val().0;
                    bytes[at..at + 4].copy_from_slice(&v.to_bits().to_le_bytes());
                }
                Kind::Float { .. } => {
                    let v = value.to_float().float64_val().0;
                    bytes[at..at + 8].copy_from_slice(&v.to_bits().to_le_bytes());
                }
                Kind::String => {
                    let s = value.string_val();
                    if !s.is_empty() {
                        let sym = self.u.string_data(&s);
                        relocs.push(DataReloc { offset: at as u32, kind: RelocKind::Abs64, sym, addend: 0 });
                    }
                    bytes[at + 8..at + 16].copy_from_slice(&(s.len() as u64).to_le_bytes());
                }
                _ => unreachable!("checked above"),
            }
        }
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
