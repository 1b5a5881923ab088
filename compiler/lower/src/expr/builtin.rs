//! Calls of built-in functions.

use crate::func::FuncLower;
use crate::layout::{Kind, default_type};
use crate::values::{Addr, Scalars, Val};
use grus_ir::{BinaryOp, InstData, IntCc, Ty, Value};
use grus_syntax::{ExprId, ExprKind, Operator};
use grus_types::universe::typ;
use grus_types::{BuiltinId, TypeId};

impl<'a> FuncLower<'_, 'a> {
    /// The results of a call of a built-in function whose operands were ordered.
    pub fn builtin_call(&mut self, e: ExprId, id: BuiltinId, args: &[ExprId], has_dots: bool) -> Vec<Val> {
        let pos = self.pos_of(e);
        use BuiltinId as B;
        if let [only] = args
            && !self.is_type(*only)
            && !self.is_const(*only)
            && !self.is_nil(*only)
            && let Kind::Tuple(types) = self.cx.info(self.ty(*only)).kind.clone()
        {
            let vals = self.call_expr(self.unparen(*only));
            self.at(pos);
            return self.builtin_spread(e, id, vals, &types);
        }
        match id {
            B::Len | B::Cap => {
                let v = self.len_cap(id == B::Len, args[0], e);
                vec![v]
            }
            B::Append => vec![self.append(e, args, has_dots)],
            B::Copy => vec![self.copy_builtin(e, args[0], args[1])],
            B::Clear => {
                self.clear(e, args[0]);
                Vec::new()
            }
            B::Close => {
                let c = self.expr(args[0]);
                self.at(pos);
                self.call_runtime("closechan", &[c]);
                Vec::new()
            }
            B::Delete => {
                let mt = self.ty(args[0]);
                let Kind::Map(key_ty, _) = self.cx.info(mt).kind else { unreachable!("a map") };
                let m = self.expr(args[0]).single();
                let key = self.expr_as(args[1], key_ty);
                self.at(pos);
                self.map_delete(mt, m, &key);
                Vec::new()
            }
            B::Complex => {
                let t = self.ty(e);
                let Kind::Complex { bits } = self.cx.info(t).kind else { unreachable!("a complex type") };
                let part = if bits == 32 { typ::FLOAT32 } else { typ::FLOAT64 };
                let re = self.expr_as(args[0], part).single();
                let im = self.expr_as(args[1], part).single();
                vec![self.parts(&[re, im])]
            }
            B::Real | B::Imag => {
                let t = self.ty(args[0]);
                let t = default_type(self.cx.store, t);
                let c = self.expr_as(args[0], t);
                vec![Val::one(c.scalars()[usize::from(id == B::Imag)])]
            }
            B::Make => vec![self.make(e, args)],
            B::New => vec![self.new_builtin(e, args[0])],
            B::Max | B::Min => vec![self.min_max(e, args, id == B::Max)],
            B::Panic => {
                let any = self.cx.canonical(typ::EMPTY_INTERFACE);
                let v = self.expr_as(args[0], any);
                self.at(pos);
                self.call_runtime("gopanic", &[v]);
                self.b.unreachable();
                Vec::new()
            }
            B::Print | B::Println => {
                self.print(e, args, id == B::Println);
                Vec::new()
            }
            B::Recover => {
                self.at(pos);
                let v = self.call_runtime("gorecover", &[]);
                vec![v.into_iter().next().expect("a result")]
            }
            B::Add => {
                let base = self.expr(args[0]).single();
                let off = self.index_val(args[1]).val;
                self.at(pos);
                vec![Val::one(self.b.ins(InstData::PtrAdd { base, off }))]
            }
            B::Slice => {
                let ptr = self.expr(args[0]).single();
                let n = self.index_val(args[1]);
                let pt = self.ty(args[0]);
                let Kind::Pointer(elem) = self.cx.info(pt).kind else { unreachable!("a pointer") };
                self.at(pos);
                if n.known.is_none_or(|k| k != 0) {
                    let desc = self.desc_addr(elem);
                    self.call_runtime("unsafeslice", &[Val::one(desc), Val::one(ptr), Val::one(n.val)]);
                }
                vec![self.parts(&[ptr, n.val, n.val])]
            }
            B::String => {
                let ptr = self.expr(args[0]).single();
                let n = self.index_val(args[1]);
                self.at(pos);
                if n.known.is_none_or(|k| k != 0) {
                    self.call_runtime("unsafestring", &[Val::one(ptr), Val::one(n.val)]);
                }
                vec![self.parts(&[ptr, n.val])]
            }
            B::SliceData | B::StringData => {
                let s = self.expr(args[0]);
                vec![Val::one(s.scalars()[0])]
            }
            B::Sizeof | B::Alignof => {
                // Not constant in generic code only.
                let t = self.ty(args[0]);
                let info = self.cx.info(default_type(self.cx.store, t));
                let n = if id == B::Sizeof { info.size as i64 } else { i64::from(info.align) };
                vec![Val::one(self.b.iconst(Ty::I64, n))]
            }
            B::Offsetof => vec![self.offsetof(args[0])],
            B::Assert | B::Trace => {
                self.unsupported(pos, format_args!("built-in function {}", id.name()));
                Vec::new()
            }
        }
    }

    /// A call whose operands are the results of another call.
    pub fn builtin_spread(&mut self, e: ExprId, id: BuiltinId, vals: Vec<Val>, types: &[TypeId]) -> Vec<Val> {
        use BuiltinId as B;
        match id {
            B::Print | B::Println => {
                let vals = vals.into_iter().zip(types.iter().copied()).collect();
                self.print_vals(vals, id == B::Println);
                Vec::new()
            }
            B::Complex => vec![self.parts(&[vals[0].single(), vals[1].single()])],
            B::Append => {
                let Kind::Slice(elem) = self.cx.info(types[0]).kind else { unreachable!("a slice") };
                let vals: Vec<Val> = vals
                    .into_iter()
                    .enumerate()
                    .map(|(i, v)| if i == 0 { v } else { self.assign_conv(v, types[i], elem) })
                    .collect();
                vec![self.append_vals(&vals[0], &vals[1..], elem)]
            }
            B::Copy => {
                let Kind::Slice(elem) = self.cx.info(types[0]).kind else { unreachable!("a slice") };
                vec![self.copy_vals(&vals[0], &vals[1], elem)]
            }
            B::Delete => {
                let Kind::Map(key_ty, _) = self.cx.info(types[0]).kind else { unreachable!("a map") };
                let key = self.assign_conv(vals[1].clone(), types[1], key_ty);
                self.map_delete(types[0], vals[0].single(), &key);
                Vec::new()
            }
            _ => {
                let pos = self.pos_of(e);
                self.unsupported(pos, format_args!("{} of several results", id.name()));
                vec![vals[0].clone()]
            }
        }
    }

    fn offsetof(&mut self, arg: ExprId) -> Val {
        let arg = self.unparen(arg);
        let grus_syntax::ExprKind::Selector { x, .. } = self.body.file.kind(arg) else {
            unreachable!("a selector")
        };
        let path = self.field_path(arg, x);
        let mut t = self.ty(x);
        let mut off = 0;
        for i in path {
            let s = self.cx.pointee(t).unwrap_or(t);
            let f = self.cx.info(s).fields()[i as usize];
            // The offset is relative to the struct behind the last pointer.
            off = if s == t { off + f.off } else { f.off };
            t = f.ty;
        }
        Val::one(self.b.iconst(Ty::I64, off as i64))
    }

    fn len_cap(&mut self, len: bool, x: ExprId, e: ExprId) -> Val {
        let t = self.ty(x);
        match self.cx.info(t).kind.clone() {
            Kind::String => Val::one(self.expr_as(x, t).scalars()[1]),
            Kind::Slice(_) => {
                let s = self.expr(x);
                Val::one(s.scalars()[if len { 1 } else { 2 }])
            }
            Kind::Array(_, n) => {
                self.expr_effects(x);
                Val::one(self.b.iconst(Ty::I64, n as i64))
            }
            Kind::Pointer(arr) => {
                // The pointer is evaluated, not dereferenced.
                let Kind::Array(_, n) = self.cx.info(arr).kind else { unreachable!("pointer to array") };
                self.expr(x);
                Val::one(self.b.iconst(Ty::I64, n as i64))
            }
            Kind::Map(..) => {
                let m = self.expr(x).single();
                self.at(self.pos_of(e));
                Val::one(self.map_len(m))
            }
            Kind::Chan(..) => {
                let c = self.expr(x);
                self.at(self.pos_of(e));
                let name = if len { "chanlen" } else { "chancap" };
                self.call_runtime(name, &[c]).remove(0)
            }
            k => {
                let pos = self.pos_of(e);
                self.unsupported_val(pos, format_args!("length of {k:?}"), typ::INT)
            }
        }
    }

    /// Evaluates for effects only.
    fn expr_effects(&mut self, x: ExprId) {
        self.order(x);
    }

    /// `len(m)`: the first word of a map is the number of its elements.
    pub fn map_len(&mut self, m: Value) -> Value {
        let var = self.b.declare_var(Ty::I64);
        let (some, done) = (self.b.create_block(), self.b.create_block());
        let zero = self.b.iconst(Ty::I64, 0);
        self.b.def_var(var, zero);
        let has = self.b.icmp_imm(IntCc::Ne, m, 0);
        self.b.brif(has, some, done);
        self.b.switch_sealed(some);
        let n = self.b.load(Ty::I64, m, 0, grus_ir::MemFlags::SAFE);
        self.b.def_var(var, n);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        self.b.use_var(var)
    }

    // ---- append and copy ----

    /// `append(args...)`. What is appended is evaluated first, then the slice, as by gc: it is a matter of which panics.
    fn append(&mut self, e: ExprId, args: &[ExprId], has_dots: bool) -> Val {
        let t = self.ty(e);
        let Kind::Slice(elem) = self.cx.info(t).kind else { unreachable!("a slice") };
        let pos = self.pos_of(e);
        if args.len() == 1 || has_dots && self.is_nil(args[1]) {
            return self.expr_as(args[0], t);
        }
        if !has_dots {
            let vals: Vec<Val> = args[1..].iter().map(|&a| self.expr_as(a, elem)).collect();
            let slice = self.expr_as(args[0], t);
            self.at(pos);
            return self.append_vals(&slice, &vals, elem);
        }
        if let Some(n) = self.made_len(args[1]) {
            let n = self.index_val(n).val;
            let slice = self.expr_as(args[0], t);
            self.at(pos);
            return self.append_zeros(&slice, n, elem);
        }
        let st = self.ty(args[1]);
        let st = default_type(self.cx.store, st);
        let src = self.expr_as(args[1], st);
        let slice = self.expr_as(args[0], t);
        self.at(pos);
        self.append_slice(&slice, &src, elem)
    }

    /// The length of a slice that is made on the spot, without a capacity.
    pub fn made_len(&self, e: ExprId) -> Option<ExprId> {
        let e = self.unparen(e);
        let ExprKind::Call { fun, args, .. } = self.body.file.kind(e) else { return None };
        if self.pre.contains_key(&e) || self.builtin(fun) != Some(BuiltinId::Make) {
            return None;
        }
        match *self.body.file.list(args) {
            [_, n] => Some(n),
            _ => None,
        }
    }

    /// Appends `n` zero elements: `append(slice, make([]T, n)...)` needs no second slice.
    fn append_zeros(&mut self, slice: &Val, n: Value, elem: TypeId) -> Val {
        let negative = self.b.icmp_imm(IntCc::Slt, n, 0);
        self.call_if(negative, "panicmakeslicelen", &[]);
        let (ptr, old_len, new_len, cap) = self.grow(slice, n, elem);
        let info = self.cx.info(elem);
        let to = self.elem_addr(ptr, old_len, info.size);
        let bytes = self.b.binary_imm(BinaryOp::Mul, n, info.size as i64);
        let name = if info.has_ptrs() { "memclrHasPointers" } else { "memclrNoHeapPointers" };
        self.call_runtime(name, &[to, bytes].map(Val::one));
        self.parts(&[ptr, new_len, cap])
    }

    fn append_vals(&mut self, slice: &Val, vals: &[Val], elem: TypeId) -> Val {
        let n = self.b.iconst(Ty::I64, vals.len() as i64);
        let (ptr, old_len, new_len, cap) = self.grow(slice, n, elem);
        let size = self.cx.info(elem).size;
        let first = self.elem_addr(ptr, old_len, size);
        for (i, v) in vals.iter().enumerate() {
            self.store(Addr::safe(first).plus(i as u64 * size), elem, v);
        }
        self.parts(&[ptr, new_len, cap])
    }

    fn elem_addr(&mut self, base: Value, idx: Value, size: u64) -> Value {
        let off = if size == 1 { idx } else { self.b.binary_imm(BinaryOp::Mul, idx, size as i64) };
        self.b.ins(InstData::PtrAdd { base, off })
    }

    /// Makes room for `n` more elements: pointer, old length, new length, capacity.
    fn grow(&mut self, slice: &Val, n: Value, elem: TypeId) -> (Value, Value, Value, Value) {
        let s = slice.scalars();
        let (ptr, len, cap) = (s[0], s[1], s[2]);
        let new_len = self.b.binary(BinaryOp::Add, len, n);
        let vars = [Ty::Ptr, Ty::I64].map(|ty| self.b.declare_var(ty));
        self.b.def_var(vars[0], ptr);
        self.b.def_var(vars[1], cap);
        let (more, done) = (self.b.create_block(), self.b.create_block());
        let full = self.b.icmp(IntCc::Ugt, new_len, cap);
        self.b.brif(full, more, done);
        self.b.switch_sealed(more);
        let desc = self.desc_addr(elem);
        let args = [ptr, new_len, cap, n, desc].map(Val::one);
        let grown = self.call_runtime("growslice", &args);
        let g = grown[0].scalars();
        self.b.def_var(vars[0], g[0]);
        self.b.def_var(vars[1], g[2]);
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
        (self.b.use_var(vars[0]), len, new_len, self.b.use_var(vars[1]))
    }

    fn append_slice(&mut self, slice: &Val, src: &Val, elem: TypeId) -> Val {
        let (from, n) = (src.scalars()[0], src.scalars()[1]);
        let (ptr, old_len, new_len, cap) = self.grow(slice, n, elem);
        let size = self.cx.info(elem).size;
        let to = self.elem_addr(ptr, old_len, size);
        self.move_elems(to, from, n, elem);
        self.parts(&[ptr, new_len, cap])
    }

    /// Moves `n` elements between arrays that may overlap.
    pub fn move_elems(&mut self, to: Value, from: Value, n: Value, elem: TypeId) {
        let info = self.cx.info(elem);
        if info.size == 0 {
            return;
        }
        if info.has_ptrs() {
            let desc = self.desc_addr(elem);
            let args = [desc, to, n, from, n].map(Val::one);
            self.call_runtime("typedslicecopy", &args);
        } else {
            let bytes =
                if info.size == 1 { n } else { self.b.binary_imm(BinaryOp::Mul, n, info.size as i64) };
            self.call_runtime("memmove", &[to, from, bytes].map(Val::one));
        }
    }

    fn copy_builtin(&mut self, e: ExprId, dst: ExprId, src: ExprId) -> Val {
        let dt = self.ty(dst);
        let st = self.ty(src);
        let st = default_type(self.cx.store, st);
        let Kind::Slice(elem) = self.cx.info(dt).kind else { unreachable!("a slice") };
        let d = self.expr(dst);
        let s = self.expr_as(src, st);
        self.at(self.pos_of(e));
        self.copy_vals(&d, &s, elem)
    }

    fn copy_vals(&mut self, d: &Val, s: &Val, elem: TypeId) -> Val {
        let (dl, sl) = (d.scalars()[1], s.scalars()[1]);
        let less = self.b.icmp(IntCc::Slt, dl, sl);
        let n = self.b.select(less, dl, sl);
        self.move_elems(d.scalars()[0], s.scalars()[0], n, elem);
        Val::one(n)
    }

    fn clear(&mut self, e: ExprId, x: ExprId) {
        let t = self.ty(x);
        let v = self.expr(x);
        self.at(self.pos_of(e));
        match self.cx.info(t).kind {
            Kind::Map(..) => {
                let desc = self.desc_addr(t);
                self.call_runtime("mapclear", &[Val::one(desc), v]);
            }
            Kind::Slice(elem) => {
                let info = self.cx.info(elem);
                let (ptr, n) = (v.scalars()[0], v.scalars()[1]);
                let bytes = self.b.binary_imm(BinaryOp::Mul, n, info.size as i64);
                let name = if info.has_ptrs() { "memclrHasPointers" } else { "memclrNoHeapPointers" };
                self.call_runtime(name, &[Val::one(ptr), Val::one(bytes)]);
            }
            _ => unreachable!("clear of a map or slice"),
        }
    }

    // ---- make, new ----

    fn make(&mut self, e: ExprId, args: &[ExprId]) -> Val {
        let t = self.ty(e);
        let pos = self.pos_of(e);
        match self.cx.info(t).kind {
            Kind::Slice(elem) => {
                let len = self.index_val(args[1]);
                let cap = match args.get(2) {
                    Some(&c) => self.index_val(c),
                    None => len,
                };
                self.at(pos);
                if let Some(c) = cap.known
                    && len.known.is_none_or(|l| l <= c)
                    && (c as u64).checked_mul(self.cx.info(elem).size).is_some_and(|n| n <= 64 << 10)
                    && c > 0
                {
                    if len.known.is_none() {
                        let larger = self.b.icmp_imm(IntCc::Ugt, len.val, c);
                        let args = [self.desc_addr(elem), len.val, cap.val].map(Val::one);
                        self.call_if(larger, "makeslice", &args);
                    }
                    let arr = self.cx.array_of(elem, c as u64);
                    let ptr = self.new_object(arr);
                    return self.parts(&[ptr, len.val, cap.val]);
                }
                let desc = self.desc_addr(elem);
                let ptr = self.call_runtime("makeslice", &[desc, len.val, cap.val].map(Val::one));
                self.parts(&[ptr[0].single(), len.val, cap.val])
            }
            Kind::Map(..) => {
                let hint = args.get(1).map(|&h| self.index_val(h).val);
                self.at(pos);
                Val::one(self.make_map(t, hint))
            }
            Kind::Chan(..) => {
                let size = match args.get(1) {
                    Some(&n) => self.index_val(n).val,
                    None => self.b.iconst(Ty::I64, 0),
                };
                self.at(pos);
                let desc = self.desc_addr(t);
                self.call_runtime("makechan", &[desc, size].map(Val::one)).remove(0)
            }
            ref k => {
                let k = k.clone();
                self.unsupported_val(pos, format_args!("make of {k:?}"), t)
            }
        }
    }

    fn new_builtin(&mut self, e: ExprId, arg: ExprId) -> Val {
        let t = self.ty(e);
        let Kind::Pointer(elem) = self.cx.info(t).kind else { unreachable!("new gives a pointer") };
        if self.is_type(arg) {
            self.at(self.pos_of(e));
            return Val::one(self.new_object(elem));
        }
        let val = self.expr_as(arg, elem);
        self.at(self.pos_of(e));
        Val::one(self.new_boxed(elem, &val))
    }

    fn min_max(&mut self, e: ExprId, args: &[ExprId], max: bool) -> Val {
        let t = self.ty(e);
        let vals: Vec<Val> = args.iter().map(|&a| self.expr_as(a, t)).collect();
        self.at(self.pos_of(e));
        let mut acc = vals[0].clone();
        for v in &vals[1..] {
            acc = match self.cx.info(t).kind {
                Kind::Float { .. } => {
                    let op = if max { BinaryOp::Fmax } else { BinaryOp::Fmin };
                    Val::one(self.b.binary(op, acc.single(), v.single()))
                }
                _ => {
                    let op = if max { Operator::Gtr } else { Operator::Lss };
                    let better = self.compare(op, v, &acc, t).single();
                    let s: Scalars = v
                        .scalars()
                        .iter()
                        .zip(acc.scalars())
                        .map(|(&n, &o)| self.b.select(better, n, o))
                        .collect();
                    Val::S(s)
                }
            };
        }
        acc
    }

    // ---- print ----

    fn print(&mut self, e: ExprId, args: &[ExprId], line: bool) {
        let mut vals = Vec::with_capacity(args.len());
        for &a in args {
            let t = self.print_type(a);
            vals.push((self.expr_as(a, t), t));
        }
        self.at(self.pos_of(e));
        self.print_vals(vals, line);
    }

    fn print_vals(&mut self, vals: Vec<(Val, TypeId)>, line: bool) {
        self.call_runtime("printlock", &[]);
        for (i, (val, t)) in vals.into_iter().enumerate() {
            if line && i > 0 {
                self.call_runtime("printsp", &[]);
            }
            self.print_val(val, t);
        }
        if line {
            self.call_runtime("printnl", &[]);
        }
        self.call_runtime("printunlock", &[]);
    }

    fn print_type(&self, a: ExprId) -> TypeId {
        if self.is_nil(a) {
            return typ::UNSAFE_POINTER;
        }
        let t = self.ty(a);
        default_type(self.cx.store, t)
    }

    /// Whether the type is declared under this name in package runtime.
    fn is_runtime_type(&self, t: TypeId, name: &str) -> bool {
        match self.cx.store.ty(t) {
            grus_types::Type::Named(n) => {
                let o = self.cx.store.obj(n.obj);
                o.pkg == Some(self.cx.runtime) && o.name.as_str() == name
            }
            _ => false,
        }
    }

    fn print_val(&mut self, val: Val, t: TypeId) {
        match self.cx.info(t).kind.clone() {
            Kind::Bool => {
                self.call_runtime("printbool", &[val]);
            }
            Kind::Int { bits, signed } => {
                let v = Val::one(self.int_to_int(val.single(), bits, signed, 64));
                let name = if signed {
                    "printint"
                } else if self.is_runtime_type(t, "hex") {
                    "printhex"
                } else {
                    "printuint"
                };
                self.call_runtime(name, &[v]);
            }
            Kind::Float { bits } => {
                let name = if bits == 32 { "printfloat32" } else { "printfloat64" };
                self.call_runtime(name, &[val]);
            }
            Kind::Complex { bits } => {
                let name = if bits == 32 { "printcomplex64" } else { "printcomplex128" };
                self.call_runtime(name, &[val]);
            }
            Kind::String => {
                let name = if self.is_runtime_type(t, "quoted") { "printquoted" } else { "printstring" };
                self.call_runtime(name, &[val]);
            }
            Kind::Interface { empty } => {
                self.call_runtime(if empty { "printeface" } else { "printiface" }, &[val]);
            }
            Kind::Slice(_) => {
                self.call_runtime("printslice", &[val]);
            }
            _ => {
                let p = Val::one(val.scalars()[0]);
                self.call_runtime("printpointer", &[p]);
            }
        }
    }

    // ---- channels ----

    /// `<-c`: the received value, and with `ok` whether it was sent.
    pub fn receive(&mut self, e: ExprId, x: ExprId, chan_ty: TypeId, ok: bool) -> Vec<Val> {
        let Kind::Chan(_, elem) = self.cx.info(chan_ty).kind else { unreachable!("a channel") };
        self.order(x);
        let c = self.expr(x);
        self.at(self.pos_of(e));
        let slot = self.new_slot(elem, false);
        self.temps.insert(slot);
        let addr = Addr::slot(slot);
        self.zero_mem(addr, elem);
        let p = Val::one(self.addr_value(addr));
        if ok {
            let r = self.call_runtime("chanrecv2", &[c, p]);
            let v = self.load(addr, elem);
            vec![v, r[0].clone()]
        } else {
            self.call_runtime("chanrecv1", &[c, p]);
            vec![self.load(addr, elem)]
        }
    }
}
