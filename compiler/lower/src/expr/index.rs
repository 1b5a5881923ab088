//! Indexing and slicing, with their bounds checks.

use super::Operand;
use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Addr, Base, Place, Scalars, Val};
use grus_ir::{BinaryOp, BoundsKind, ConvOp, InstData, IntCc, MemFlags, Ty, Value};
use grus_syntax::{ExprId, ExprKind};
use grus_types::TypeId;

/// An index as an i64, and whether it came from an unsigned type.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    pub val: Value,
    pub unsigned: bool,
    /// The value, if it is constant.
    pub known: Option<i64>,
}

impl<'a> FuncLower<'_, 'a> {
    /// Evaluates an index or length operand.
    pub fn index_val(&mut self, e: ExprId) -> Index {
        if let Some(v) = self.body.info.value(e) {
            let known = super::consts::int_bits(v, 64);
            return Index { val: self.b.iconst(Ty::I64, known), unsigned: false, known: Some(known) };
        }
        let t = self.ty(e);
        let v = self.expr(e).single();
        let unsigned = !self.cx.info(t).is_signed();
        Index { val: self.to_i64(v, unsigned), unsigned, known: None }
    }

    /// Widens an integer to 64 bits.
    pub fn to_i64(&mut self, v: Value, unsigned: bool) -> Value {
        if self.b.func.ty(v) == Ty::I64 {
            return v;
        }
        self.b.convert(if unsigned { ConvOp::Zext } else { ConvOp::Sext }, Ty::I64, v)
    }

    /// Checks an index against a length.
    pub fn bounds_check(&mut self, kind: BoundsKind, idx: Index, len: Value) {
        let kind = if idx.unsigned { unsigned_kind(kind) } else { kind };
        self.b.push(InstData::BoundsCheck { kind, idx: idx.val, len });
    }

    /// Pointer to element `idx` (in range) of elements of a size.
    pub fn elem_ptr(&mut self, base: Value, idx: Index, size: u64) -> Addr {
        if let Some(k) = idx.known
            && let Some(off) = (k as u64).checked_mul(size)
            && off < 1 << 30
        {
            return Addr { base: Base::Ptr { ptr: base, safe: true }, off: off as i64 };
        }
        Addr::safe(self.elem_ptr_dyn(base, idx.val, size))
    }

    fn elem_ptr_dyn(&mut self, base: Value, idx: Value, size: u64) -> Value {
        let off = match size {
            0 => return base,
            1 => idx,
            _ if size.is_power_of_two() => {
                let c = self.b.iconst(Ty::I64, i64::from(size.trailing_zeros()));
                self.b.binary(BinaryOp::Shl, idx, c)
            }
            _ => self.b.binary_imm(BinaryOp::Mul, idx, size as i64),
        };
        self.b.ins(InstData::PtrAdd { base, off })
    }

    /// `x[index]` of anything but a generic function.
    pub fn index_operand(&mut self, e: ExprId, x: ExprId, index: ExprId) -> Operand {
        let xt = self.ty(x);
        match self.cx.info(xt).kind.clone() {
            Kind::Map(..) => {
                let map = self.expr(x).single();
                let Kind::Map(key_ty, _) = self.cx.info(xt).kind else { unreachable!("a map") };
                let key = self.expr_as(index, key_ty);
                let key = self.detach(key, key_ty);
                self.at(self.pos_of(e));
                Operand::Place(Place::Map { map_ty: xt, map, key })
            }
            Kind::Slice(elem) => {
                let s = self.expr(x);
                let idx = self.index_val(index);
                self.at(self.pos_of(e));
                self.bounds_check(BoundsKind::Index, idx, s.scalars()[1]);
                let size = self.cx.info(elem).size;
                Operand::Place(Place::Mem(self.elem_ptr(s.scalars()[0], idx, size)))
            }
            Kind::String => Operand::Val(self.string_index(e, x, index)),
            Kind::Pointer(arr) => {
                let ptr = self.expr(x).single();
                let idx = self.index_val(index);
                self.at(self.pos_of(e));
                let Kind::Array(elem, len) = self.cx.info(arr).kind else { unreachable!("pointer to array") };
                let base = Operand::Place(Place::Mem(Addr::deref(ptr)));
                self.array_elem(base, arr, elem, len, idx)
            }
            Kind::Array(elem, len) => {
                let base = match self.operand(x) {
                    op @ Operand::Place(Place::Map { .. }) => Operand::Val(self.operand_val(&op, xt)),
                    op => op,
                };
                let idx = self.index_val(index);
                self.at(self.pos_of(e));
                self.array_elem(base, xt, elem, len, idx)
            }
            k => {
                let t = self.ty(e);
                Operand::Val(self.unsupported_val(self.pos_of(e), format_args!("index of {k:?}"), t))
            }
        }
    }

    fn array_elem(&mut self, base: Operand, arr: TypeId, elem: TypeId, len: u64, idx: Index) -> Operand {
        let size = self.cx.info(elem).size;
        if let Some(k) = idx.known
            && (k as u64) < len
        {
            return match base {
                Operand::Val(v) => Operand::Val(self.elem_val(&v, elem, k as u64)),
                Operand::Place(Place::Vars(vars)) => {
                    let n = self.cx.info(elem).leaves().len();
                    let i = k as usize * n;
                    Operand::Place(Place::Vars(vars[i..i + n].into()))
                }
                Operand::Place(Place::Mem(addr)) => Operand::Place(Place::Mem(addr.plus(k as u64 * size))),
                Operand::Place(p) => unreachable!("element of {p:?}"),
            };
        }
        // The pointer is checked before the index.
        let base = match base {
            Operand::Place(Place::Mem(addr)) => Operand::Place(Place::Mem(self.checked(addr))),
            b => b,
        };
        let n = self.b.iconst(Ty::I64, len as i64);
        self.bounds_check(BoundsKind::Index, idx, n);
        let addr = match base {
            Operand::Place(Place::Mem(addr)) => addr,
            // With one element the index is 0.
            Operand::Place(Place::Vars(vars)) if len == 1 => return Operand::Place(Place::Vars(vars)),
            Operand::Val(v @ Val::S(_)) if len == 1 => return Operand::Val(v),
            // An array of no size, or the check failed.
            Operand::Place(Place::Vars(_)) if len == 0 || self.cx.info(elem).leaves().is_empty() => {
                return Operand::Val(self.zero_val(elem));
            }
            Operand::Place(place) => {
                let v = self.read_place(&place, arr);
                self.spill(&v, arr)
            }
            Operand::Val(Val::M(addr)) => addr,
            Operand::Val(v) => self.spill(&v, arr),
        };
        let ptr = self.addr_value(addr);
        Operand::Place(Place::Mem(self.elem_ptr(ptr, idx, size)))
    }

    /// The value of an index expression.
    pub fn index_expr(&mut self, e: ExprId) -> Val {
        let ExprKind::Index { x, index } = self.body.file.kind(e) else { unreachable!("an index") };
        let t = self.ty(e);
        let t = match &self.cx.info(t).kind {
            Kind::Tuple(types) => types[0],
            _ => t,
        };
        let op = self.index_operand(e, x, index);
        self.operand_val(&op, t)
    }

    fn string_index(&mut self, e: ExprId, x: ExprId, index: ExprId) -> Val {
        let s = self.expr(x);
        let idx = self.index_val(index);
        self.at(self.pos_of(e));
        let (ptr, len) = (s.scalars()[0], s.scalars()[1]);
        self.bounds_check(BoundsKind::Index, idx, len);
        let p = self.elem_ptr_dyn(ptr, idx.val, 1);
        Val::one(self.b.load(Ty::I8, p, 0, MemFlags::RO))
    }

    /// `x[i:j:k]`
    pub fn slice_expr(&mut self, e: ExprId, x: ExprId, index: [Option<ExprId>; 3]) -> Val {
        self.order(x);
        for i in index.into_iter().flatten() {
            self.order(i);
        }
        let xt = self.ty(x);
        // Base pointer, length, capacity (none for strings), element size.
        let (ptr, len, cap, size, of_slice) = match self.cx.info(xt).kind.clone() {
            Kind::String => {
                let s = self.expr(x);
                (s.scalars()[0], s.scalars()[1], None, 1, false)
            }
            Kind::Slice(elem) => {
                let s = self.expr(x);
                let s = s.scalars();
                (s[0], s[1], Some(s[2]), self.cx.info(elem).size, true)
            }
            Kind::Pointer(arr) => {
                let ptr = self.expr(x).single();
                let Kind::Array(elem, n) = self.cx.info(arr).kind else { unreachable!("pointer to array") };
                self.at(self.pos_of(e));
                self.b.push(InstData::NilCheck { ptr });
                let n = self.b.iconst(Ty::I64, n as i64);
                (ptr, n, Some(n), self.cx.info(elem).size, false)
            }
            Kind::Array(elem, n) => {
                let addr = match self.place(x) {
                    Place::Mem(addr) => self.checked(addr),
                    p => {
                        // An array without size or captured by nothing: its address is not observable.
                        let v = self.read_place(&p, xt);
                        Addr::safe(self.new_boxed(xt, &v))
                    }
                };
                let ptr = self.addr_value(addr);
                let n = self.b.iconst(Ty::I64, n as i64);
                (ptr, n, Some(n), self.cx.info(elem).size, false)
            }
            k => {
                let t = self.ty(e);
                return self.unsupported_val(self.pos_of(e), format_args!("slice of {k:?}"), t);
            }
        };
        let [i, j, k] = index.map(|i| i.map(|i| self.index_val(i)));
        self.at(self.pos_of(e));
        let max_val = cap.unwrap_or(len);
        let plain = |val| Index { val, unsigned: false, known: None };
        let kk = match k {
            Some(k) => {
                let kind = if of_slice { BoundsKind::Slice3Acap } else { BoundsKind::Slice3Alen };
                self.bounds_check(kind, k, max_val);
                k
            }
            None => plain(max_val),
        };
        let jj = match j {
            Some(j) => {
                let kind = match (k.is_some(), of_slice) {
                    (true, _) => BoundsKind::Slice3B,
                    (false, true) => BoundsKind::SliceAcap,
                    (false, false) => BoundsKind::SliceAlen,
                };
                self.bounds_check(kind, j, kk.val);
                j
            }
            None => plain(len),
        };
        let ii = match i {
            Some(i) => {
                if i.known != Some(0) {
                    let kind = if k.is_some() { BoundsKind::Slice3C } else { BoundsKind::SliceB };
                    self.bounds_check(kind, i, jj.val);
                }
                i
            }
            None => Index { val: self.b.iconst(Ty::I64, 0), unsigned: false, known: Some(0) },
        };
        if ii.known == Some(0) {
            return Val::S(match cap {
                None => Scalars::from_slice(&[ptr, jj.val]),
                Some(_) => Scalars::from_slice(&[ptr, jj.val, kk.val]),
            });
        }
        let new_len = self.b.binary(BinaryOp::Sub, jj.val, ii.val);
        let new_cap = cap.map(|_| self.b.binary(BinaryOp::Sub, kk.val, ii.val));
        // A pointer past the object is never formed: without capacity the base stays.
        let room = new_cap.unwrap_or(new_len);
        let off = if size == 1 { ii.val } else { self.b.binary_imm(BinaryOp::Mul, ii.val, size as i64) };
        let zero = self.b.iconst(Ty::I64, 0);
        let has_room = self.b.icmp(IntCc::Ne, room, zero);
        let off = self.b.select(has_room, off, zero);
        let new_ptr = self.b.ins(InstData::PtrAdd { base: ptr, off });
        Val::S(match new_cap {
            None => Scalars::from_slice(&[new_ptr, new_len]),
            Some(c) => Scalars::from_slice(&[new_ptr, new_len, c]),
        })
    }
}

/// The kind of a check whose index came from an unsigned type.
fn unsigned_kind(kind: BoundsKind) -> BoundsKind {
    use BoundsKind::*;
    match kind {
        Index => IndexU,
        SliceAlen => SliceAlenU,
        SliceAcap => SliceAcapU,
        SliceB => SliceBU,
        Slice3Alen => Slice3AlenU,
        Slice3Acap => Slice3AcapU,
        Slice3B => Slice3BU,
        Slice3C => Slice3CU,
        k => k,
    }
}
