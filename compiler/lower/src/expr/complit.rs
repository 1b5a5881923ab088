//! Composite literals.

use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Addr, Scalars, Val};
use grus_ir::{DataReloc, InstData, RelocKind, Sym, Ty};
use grus_syntax::{ExprId, ExprKind};
use grus_types::TypeId;

/// Array literals of at least this many constant elements are copied from read-only data.
const STATIC_ARRAY: u64 = 4;

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
            Kind::Slice(elem) => self.slice_lit(e, t, elem),
            Kind::Map(..) => self.map_lit(e, t),
            k => self.unsupported_val(self.pos_of(e), format_args!("literal of {k:?}"), t),
        }
    }

    /// Keys and values of a literal's elements: field or element number, and the value.
    fn numbered(&self, e: ExprId, t: TypeId) -> Vec<(u64, ExprId)> {
        let ExprKind::CompositeLit { elems, .. } = self.body.file.kind(e) else {
            unreachable!("a composite literal")
        };
        let file = self.body.file;
        let fields = match &self.cx.info(t).kind {
            Kind::Struct(f) => Some(f),
            _ => None,
        };
        let mut next = 0u64;
        let mut out = Vec::with_capacity(elems.len());
        for &el in file.list(elems) {
            match file.kind(el) {
                ExprKind::KeyValue { key, value } => {
                    let n = match fields {
                        Some(fields) => {
                            let name = file.as_name(key).expect("a field name");
                            fields.iter().position(|f| f.name == name).unwrap_or_else(|| {
                                panic!("{}: {name} is no field of {}", file.pos(key), self.cx.type_string(t))
                            }) as u64
                        }
                        None => {
                            let v = self.body.info.value(key).expect("a constant index");
                            super::consts::int_bits(v, 64) as u64
                        }
                    };
                    out.push((n, value));
                    next = n + 1;
                }
                _ => {
                    out.push((next, el));
                    next += 1;
                }
            }
        }
        out
    }

    fn scalar_lit(&mut self, e: ExprId, t: TypeId) -> Val {
        let elems = self.numbered(e, t);
        let info = self.cx.info(t);
        let zero = self.zero_val(t);
        let mut scalars: Scalars = zero.scalars().into();
        for (n, value) in elems {
            let (ty, first) = match &info.kind {
                Kind::Struct(fields) => (fields[n as usize].ty, fields[n as usize].leaf),
                Kind::Array(elem, _) => (*elem, n as usize * self.cx.info(*elem).leaves().len()),
                _ => unreachable!("a struct or array"),
            };
            let v = self.expr_as(value, ty);
            for (i, &s) in v.scalars().iter().enumerate() {
                scalars[first + i] = s;
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
        for (n, value) in self.numbered(x, t) {
            let (ty, off) = match &self.cx.info(t).kind {
                Kind::Struct(fields) => (fields[n as usize].ty, fields[n as usize].off),
                Kind::Array(elem, _) => (*elem, n * self.cx.info(*elem).size),
                _ => unreachable!("a struct or array"),
            };
            self.lit_into(addr.add(off), value, ty);
        }
    }

    /// Number of elements of an array or slice literal.
    fn lit_len(&self, elems: &[(u64, ExprId)]) -> u64 {
        elems.iter().map(|e| e.0 + 1).max().unwrap_or(0)
    }

    fn slice_lit(&mut self, e: ExprId, t: TypeId, elem: TypeId) -> Val {
        let elems = self.numbered(e, t);
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
                self.lit_into(Addr::safe(ptr).add(i * size), value, elem);
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
        let elems = self.numbered(e, t);
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

    /// Keeps a value alive up to here.
    pub fn keep_alive(&mut self, val: &Val) {
        if let Val::S(s) = val {
            for &v in s {
                if self.b.func.ty(v) == Ty::Ptr {
                    self.b.push(InstData::KeepAlive { val: v });
                }
            }
        }
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
