//! Conversions.

use crate::func::FuncLower;
use crate::layout::{Kind, default_type};
use crate::values::{Addr, Scalars, Val};
use grus_ir::{BoundsKind, ConvOp, Ty, UnaryOp, Value};
use grus_syntax::{ExprId, ExprKind};
use grus_types::TypeId;

impl<'a> FuncLower<'_, 'a> {
    /// `T(x)`
    pub fn conversion(&mut self, e: ExprId, x: ExprId) -> Val {
        let t = self.ty(e);
        if self.is_nil(x) {
            return self.zero_val(t);
        }
        let s = self.ty(x);
        let s = default_type(self.cx.store, s);
        if let Some(value) = self.body.info.value(x) {
            let to = self.cx.info(t);
            // A constant operand of a conversion that is not constant itself: to an interface, to a
            // slice, or in generic code.
            let direct = match to.kind {
                Kind::Bool | Kind::Float { .. } | Kind::Complex { .. } => true,
                Kind::Int { .. } | Kind::UnsafePointer => !self.cx.info(s).is_string(),
                Kind::String => self.cx.info(s).is_string(),
                _ => false,
            };
            if direct {
                let value = value.clone();
                return self.const_val(&value, t, self.pos_of(e));
            }
        }
        if let Some(text) = self.const_text(x)
            && let Kind::Slice(elem) = self.cx.info(t).kind
            && self.cx.info(elem).size == 1
        {
            self.at(self.pos_of(e));
            return self.const_bytes(&text, elem);
        }
        let val = self.expr_as(x, s);
        self.at(self.pos_of(e));
        self.rounded(val, s, t)
    }

    /// Converts a value explicitly: a floating-point value is rounded to its type even if that does not change. Only where
    /// products are fused with sums does it make a difference.
    fn rounded(&mut self, val: Val, s: TypeId, t: TypeId) -> Val {
        let same = match (&self.cx.info(s).kind, &self.cx.info(t).kind) {
            (Kind::Float { bits: s }, Kind::Float { bits: t })
            | (Kind::Complex { bits: s }, Kind::Complex { bits: t }) => s == t,
            _ => false,
        };
        if !same || !self.cx.has_fma {
            return self.convert(val, s, t);
        }
        Val::S(val.scalars().iter().map(|&v| self.b.unary(UnaryOp::Fround, v)).collect())
    }

    /// The value of an expression of which only the elements count, which nothing writes to: the bytes of a string that
    /// is converted to bytes stay where they are.
    pub fn bytes_operand(&mut self, e: ExprId) -> Val {
        let x = self.unparen(e);
        if let ExprKind::Call { fun, args, .. } = self.body.file.kind(x)
            && self.is_type(fun)
            && !self.pre.contains_key(&x)
            && !self.pre.contains_key(&e)
            && let Kind::Slice(elem) = self.cx.info(self.ty(x)).kind
            && self.cx.info(elem).size == 1
        {
            let arg = self.body.file.list(args)[0];
            let s = default_type(self.cx.store, self.ty(arg));
            if self.cx.info(s).is_string() {
                let text = self.rvalue_as(arg, s);
                let (ptr, len) = (text.scalars()[0], text.scalars()[1]);
                return self.parts(&[ptr, len, len]);
            }
        }
        self.rvalue(e)
    }

    /// A new slice of the bytes of a constant: its capacity is its length.
    fn const_bytes(&mut self, text: &[u8], elem: TypeId) -> Val {
        let len = self.b.iconst(Ty::I64, text.len() as i64);
        if text.is_empty() {
            let ptr = self.zero_memory();
            return self.parts(&[ptr, len, len]);
        }
        let arr = self.cx.array_of(elem, text.len() as u64);
        let ptr = self.new_object(arr);
        let sym = self.u.string_data(text);
        self.copy(Addr::safe(ptr), Addr::sym(sym), arr);
        self.parts(&[ptr, len, len])
    }

    /// The value of an expression of which only the text counts, and only until the next change of memory: bytes
    /// converted to a string stay where they are. What has to be copied earlier was evaluated already.
    pub fn text_operand(&mut self, e: ExprId, t: TypeId) -> Val {
        let x = self.unparen(e);
        if let ExprKind::Call { fun, args, .. } = self.body.file.kind(x)
            && self.is_type(fun)
            && !self.pre.contains_key(&x)
            && !self.pre.contains_key(&e)
            && !self.is_const(x)
            && self.cx.info(t).is_string()
            && self.cx.info(self.ty(x)).is_string()
        {
            let arg = self.body.file.list(args)[0];
            let s = self.ty(arg);
            if !self.is_nil(arg)
                && let Kind::Slice(elem) = self.cx.info(s).kind
                && self.cx.info(elem).size == 1
            {
                let bytes = self.expr(arg);
                return self.parts(&bytes.scalars()[..2]);
            }
        }
        self.expr_as(e, t)
    }

    /// Converts a value between types that are convertible.
    pub fn convert(&mut self, val: Val, s: TypeId, t: TypeId) -> Val {
        if s == t {
            return val;
        }
        let (from, to) = (self.cx.info(s), self.cx.info(t));
        if from.under == to.under && !to.is_interface() {
            return val;
        }
        match (&from.kind, &to.kind) {
            (_, Kind::Interface { .. }) => self.to_iface(val, s, t),
            (Kind::Int { bits: sb, signed }, Kind::Int { bits: tb, .. }) => {
                Val::one(self.int_to_int(val.single(), *sb, *signed, *tb))
            }
            (Kind::Int { bits, signed }, Kind::Float { bits: fb }) => {
                Val::one(self.int_to_float(val.single(), *bits, *signed, *fb))
            }
            (Kind::Float { .. }, Kind::Int { bits, signed }) => {
                Val::one(self.float_to_int(val.single(), *bits, *signed))
            }
            (Kind::Float { bits: s }, Kind::Float { bits: t })
            | (Kind::Complex { bits: s }, Kind::Complex { bits: t }) => {
                let (s, t) = (*s, *t);
                Val::S(val.scalars().iter().map(|&v| self.float_to_float(v, s, t)).collect())
            }
            (Kind::UnsafePointer, Kind::Int { .. }) => {
                Val::one(self.b.convert(ConvOp::PtrToInt, Ty::I64, val.single()))
            }
            (Kind::Int { .. }, Kind::UnsafePointer) => {
                Val::one(self.b.convert(ConvOp::IntToPtr, Ty::Ptr, val.single()))
            }
            (Kind::Int { bits, signed }, Kind::String) => {
                let v = self.int_to_int(val.single(), *bits, *signed, 64);
                // Values above the range of int64 are no code points either.
                let nil = Val::one(self.b.iconst(Ty::Ptr, 0));
                self.call_runtime("intstring", &[nil, Val::one(v)]).remove(0)
            }
            (Kind::Slice(elem), Kind::String) => {
                let nil = Val::one(self.b.iconst(Ty::Ptr, 0));
                if self.cx.info(*elem).size == 1 {
                    let s = val.scalars();
                    let (ptr, len) = (Val::one(s[0]), Val::one(s[1]));
                    self.call_runtime("slicebytetostring", &[nil, ptr, len]).remove(0)
                } else {
                    self.call_runtime("slicerunetostring", &[nil, val]).remove(0)
                }
            }
            (Kind::String, Kind::Slice(elem)) => {
                let nil = Val::one(self.b.iconst(Ty::Ptr, 0));
                let name =
                    if self.cx.info(*elem).size == 1 { "stringtoslicebyte" } else { "stringtoslicerune" };
                self.call_runtime(name, &[nil, val]).remove(0)
            }
            (Kind::Slice(_), Kind::Pointer(arr)) => {
                let arr = *arr;
                Val::one(self.slice_to_array_ptr(&val, arr))
            }
            (Kind::Slice(_), Kind::Array(..)) => {
                let ptr = self.slice_to_array_ptr(&val, t);
                if to.size == 0 {
                    return self.zero_val(t);
                }
                self.load(Addr::safe(ptr), t)
            }
            // The same representation: pointers, channels, named types of the same structure.
            _ => val,
        }
    }

    /// The data pointer of a slice, checked to have at least the array's length.
    fn slice_to_array_ptr(&mut self, val: &Val, arr: TypeId) -> Value {
        let Kind::Array(_, n) = self.cx.info(arr).kind else { unreachable!("an array") };
        let (ptr, len) = (val.scalars()[0], val.scalars()[1]);
        let n = self.b.iconst(Ty::I64, n as i64);
        let idx = super::index::Index { val: n, unsigned: false, known: None };
        self.bounds_check(BoundsKind::SliceConvert, idx, len);
        ptr
    }

    pub fn int_to_int(&mut self, v: Value, from: u8, signed: bool, to: u8) -> Value {
        let ty = Ty::int(u32::from(to) / 8);
        match from.cmp(&to) {
            std::cmp::Ordering::Equal => v,
            std::cmp::Ordering::Greater => self.b.convert(ConvOp::Trunc, ty, v),
            std::cmp::Ordering::Less => {
                self.b.convert(if signed { ConvOp::Sext } else { ConvOp::Zext }, ty, v)
            }
        }
    }

    fn int_to_float(&mut self, v: Value, bits: u8, signed: bool, fbits: u8) -> Value {
        let ty = if fbits == 32 { Ty::F32 } else { Ty::F64 };
        if bits == 64 && !signed {
            return self.b.convert(ConvOp::U2f, ty, v);
        }
        let wide = self.int_to_int(v, bits, signed, 64);
        self.b.convert(ConvOp::S2f, ty, wide)
    }

    fn float_to_int(&mut self, v: Value, bits: u8, signed: bool) -> Value {
        // As gc on 64-bit machines: narrow integers by way of a wider signed one.
        match (bits, signed) {
            (8 | 16, _) => {
                let w = self.b.convert(ConvOp::F2s, Ty::I32, v);
                self.int_to_int(w, 32, true, bits)
            }
            (32, true) => self.b.convert(ConvOp::F2s, Ty::I32, v),
            (32, false) => {
                let w = self.b.convert(ConvOp::F2s, Ty::I64, v);
                self.int_to_int(w, 64, true, 32)
            }
            (_, true) => self.b.convert(ConvOp::F2s, Ty::I64, v),
            (_, false) => self.b.convert(ConvOp::F2u, Ty::I64, v),
        }
    }

    fn float_to_float(&mut self, v: Value, from: u8, to: u8) -> Value {
        match (from, to) {
            (32, 64) => self.b.convert(ConvOp::Fpromote, Ty::F64, v),
            (64, 32) => self.b.convert(ConvOp::Fdemote, Ty::F32, v),
            _ => v,
        }
    }

    /// A string or slice from its parts.
    pub fn parts(&self, parts: &[Value]) -> Val {
        Val::S(Scalars::from_slice(parts))
    }
}
