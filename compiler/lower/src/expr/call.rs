//! Calls.
//!
//! A call is first *planned*: callee and arguments are evaluated. Then it is emitted, at once or, for `go`
//! and `defer`, in a wrapper that is closed over what the plan evaluated.

use super::select::Method;
use crate::abi::{FuncAbi, PassMode};
use crate::func::FuncLower;
use crate::layout::Kind;
use crate::mono::InstId;
use crate::values::{Addr, Base, Scalars, Val};
use grus_ir::{InstData, MemFlags, Sym, Ty, Value};
use grus_syntax::{ExprId, ExprKind};
use grus_types::{BuiltinId, SelectionKind, TypeId};

/// What is called.
#[derive(Clone, Debug)]
pub enum Callee {
    /// Code of a known function.
    Direct(Sym),
    /// A func value; its code takes it as context.
    Closure(Value),
    /// Code loaded from an itab.
    Code(Value),
    /// A function that the compiler expands in place.
    Intrinsic(InstId),
}

/// An evaluated call.
#[derive(Clone, Debug)]
pub struct CallPlan {
    pub callee: Callee,
    pub abi: FuncAbi,
    /// Values of the parameters, the receiver first.
    pub args: Vec<Val>,
    /// Pointers that stay alive until the call returns, though it gets them as integers only.
    pub keep: Vec<Value>,
}

impl<'a> FuncLower<'_, 'a> {
    /// The results of a call expression (a conversion or built-in call too).
    pub fn call_expr(&mut self, e: ExprId) -> Vec<Val> {
        let ExprKind::Call { fun, args, has_dots } = self.body.file.kind(e) else { unreachable!("a call") };
        if self.is_type(fun) {
            let arg = self.body.file.list(args)[0];
            return vec![self.conversion(e, arg)];
        }
        if let Some(id) = self.builtin(fun) {
            let args = self.body.file.list(args);
            for (i, &a) in args.iter().enumerate() {
                match self.made_len(a).filter(|_| id == BuiltinId::Append && has_dots) {
                    Some(len) => self.order(len),
                    None if self.is_type(a) => {}
                    None => match self.builtin_param(id, args[0], i, has_dots) {
                        Some(t) => self.order_as(a, t),
                        None => self.order(a),
                    },
                }
            }
            return self.builtin_call(e, id, args, has_dots);
        }
        if let Some(val) = self.func_pc(e) {
            return vec![val];
        }
        let plan = self.plan_call(e);
        self.at(self.pos_of(e));
        self.emit_call(&plan)
    }

    /// The type to which argument `i` of a built-in function is converted, if that depends on the first one's.
    fn builtin_param(&self, id: BuiltinId, first: ExprId, i: usize, has_dots: bool) -> Option<TypeId> {
        let converts = match id {
            BuiltinId::Append => i > 0 && !has_dots,
            BuiltinId::Delete => i == 1,
            _ => false,
        };
        if !converts || self.is_nil(first) {
            return None;
        }
        match self.cx.info(self.ty(first)).kind {
            Kind::Slice(elem) => Some(elem),
            Kind::Map(key, _) => Some(key),
            _ => None,
        }
    }

    /// A call of `abi.FuncPCABI0` or `abi.FuncPCABIInternal`: the code address of a function.
    fn func_pc(&mut self, e: ExprId) -> Option<Val> {
        let ExprKind::Call { fun, args, .. } = self.body.file.kind(e) else { unreachable!("a call") };
        let inst = self.static_func(fun)?;
        let o = self.cx.store.obj(self.cx.inst_data(inst).func);
        if !matches!(o.name.as_str(), "FuncPCABI0" | "FuncPCABIInternal")
            || self.cx.store.pkg(o.pkg?).path.as_str() != "internal/abi"
        {
            return None;
        }
        let arg = self.body.file.list(args)[0];
        let code = match self.static_func(arg) {
            Some(f) => {
                let sym = self.u.func_sym(f);
                self.b.sym_addr(sym, 0)
            }
            None => {
                // The first word of a func value, which may stand in an interface.
                let t = self.ty(arg);
                let word = usize::from(self.cx.info(t).is_interface());
                let f = self.rvalue(arg).scalars()[word];
                self.b.load(Ty::Ptr, f, 0, MemFlags { may_fault: true, readonly: true })
            }
        };
        Some(Val::one(self.b.convert(grus_ir::ConvOp::PtrToInt, Ty::I64, code)))
    }

    /// Evaluates callee and arguments of a call of a function.
    pub fn plan_call(&mut self, e: ExprId) -> CallPlan {
        let ExprKind::Call { fun, args, has_dots } = self.body.file.kind(e) else { unreachable!("a call") };
        let args = self.body.file.list(args);
        let fun = self.unparen(fun);
        if let Some(inst) = self.static_func(fun) {
            let sig = self.cx.inst_sig(inst);
            let keep = self.kept_pointers(inst, args);
            let vals = self.arguments(args, has_dots, &sig.params, sig.variadic);
            let abi = FuncAbi::new(self.cx, false, &sig.params, &sig.results);
            let callee = self.static_callee(inst);
            return CallPlan { callee, abi, args: vals, keep };
        }
        // `x.M[T](...)` has the instantiation around the selector.
        let target = match self.body.file.kind(fun) {
            ExprKind::Index { x, .. } if self.is_method_selector(self.unparen(x)) => self.unparen(x),
            _ => fun,
        };
        if self.is_method_selector(target) {
            return self.plan_method(fun, target, args, has_dots);
        }
        let ft = self.ty(fun);
        let (params, results) = self.cx.signature_types(self.cx.info(ft).under);
        let variadic = self.cx.is_variadic(self.cx.info(ft).under);
        self.order(fun);
        self.order_args(args, has_dots, &params, variadic);
        let f = self.expr(fun).single();
        let vals = self.arguments(args, has_dots, &params, variadic);
        let abi = FuncAbi::new(self.cx, true, &params, &results);
        CallPlan { callee: Callee::Closure(f), abi, args: vals, keep: Vec::new() }
    }

    /// The pointers behind operands `uintptr(unsafe.Pointer(p))` of a function that asks for them to be kept
    /// alive (`//go:uintptrkeepalive`, `//go:uintptrescapes`).
    fn kept_pointers(&mut self, inst: InstId, args: &[ExprId]) -> Vec<Value> {
        let pointer = |f: &Self, a: ExprId| -> Option<ExprId> {
            let ExprKind::Call { fun, args, .. } = f.body.file.kind(f.unparen(a)) else { return None };
            let [inner] = f.body.file.list(args) else { return None };
            let from_pointer = f.is_type(fun)
                && !f.is_const(a)
                && !f.is_nil(*inner)
                && matches!(f.cx.info(f.ty(a)).kind, Kind::Int { .. })
                && matches!(f.cx.info(f.ty(*inner)).kind, Kind::UnsafePointer);
            from_pointer.then_some(*inner)
        };
        let pointers: Vec<ExprId> = args.iter().filter_map(|&a| pointer(self, a)).collect();
        if pointers.is_empty() {
            return Vec::new();
        }
        let func = self.cx.inst_data(inst).func;
        let asks = self.cx.front.func(func).is_ok_and(|s| {
            s.file.pragma_flags(s.decl).contains(grus_syntax::PragmaFlags::UINTPTR_KEEP_ALIVE)
        });
        if !asks {
            return Vec::new();
        }
        pointers
            .into_iter()
            .map(|p| {
                self.order(p);
                let v = self.expr(p);
                self.pre.insert(p, v.clone());
                v.single()
            })
            .collect()
    }

    /// How a declared function is called.
    fn static_callee(&mut self, inst: InstId) -> Callee {
        let o = self.cx.store.obj(self.cx.inst_data(inst).func);
        let expanded = o.pkg.is_some_and(|p| {
            crate::intrinsics::is_intrinsic(self.cx.store.pkg(p).path.as_str(), o.name.as_str())
        });
        if expanded { Callee::Intrinsic(inst) } else { Callee::Direct(self.u.func_sym(inst)) }
    }

    fn is_method_selector(&self, e: ExprId) -> bool {
        matches!(self.body.file.kind(e), ExprKind::Selector { .. })
            && self.body.info.selection(e).is_some_and(|s| s.kind != SelectionKind::FieldVal)
            && !self.pre.contains_key(&e)
    }

    /// A call of a method, or of a method expression: the callee (perhaps an instantiation), the selector in it.
    fn plan_method(&mut self, callee: ExprId, fun: ExprId, args: &[ExprId], has_dots: bool) -> CallPlan {
        let ExprKind::Selector { x, sel: name } = self.body.file.kind(fun) else {
            unreachable!("a selector")
        };
        let sel = self.body.info.selection(fun).expect("a method").clone();
        let mut own_targs = self.instance_targs(name);
        if own_targs.is_empty() {
            own_targs = self.instance_targs(fun);
        }
        if sel.kind == SelectionKind::MethodExpr {
            return self.plan_method_expr(callee, fun, args, has_dots);
        }
        self.order(x);
        self.order_args_of(callee, args, has_dots);
        let xt = self.ty(x);
        let Some(m) = self.resolve_method(xt, sel.obj, &sel.index) else {
            let pos = self.pos_of(fun);
            self.unsupported(pos, format_args!("method of {}", self.cx.type_string(xt)));
            return self.dead_plan();
        };
        let (recv, rt) = self.receiver(x, &m);
        if m.iface {
            return self.plan_iface(fun, &m, recv, rt, args, has_dots);
        }
        let mut targs = self.method_targs(&m);
        targs.extend(own_targs);
        let inst = self.cx.inst(m.obj, &targs);
        let sig = self.cx.inst_sig(inst);
        let keep = self.kept_pointers(inst, args);
        let mut vals = vec![recv];
        vals.extend(self.arguments(args, has_dots, &sig.params, sig.variadic));
        let params: Vec<TypeId> = sig.recv.into_iter().chain(sig.params.iter().copied()).collect();
        let abi = FuncAbi::new(self.cx, false, &params, &sig.results);
        let callee = Callee::Direct(self.u.func_sym(inst));
        CallPlan { callee, abi, args: vals, keep }
    }

    fn plan_iface(
        &mut self,
        fun: ExprId,
        m: &Method,
        recv: Val,
        iface: TypeId,
        args: &[ExprId],
        has_dots: bool,
    ) -> CallPlan {
        let i = self.iface_method_index(iface, m.obj);
        let obj = self.cx.store.type_set(self.cx.info(iface).under).methods()[i];
        let sig = self.cx.store.type_of(obj);
        let (params, results) = self.cx.signature_types(sig);
        let variadic = self.cx.is_variadic(sig);
        let vals = self.arguments(args, has_dots, &params, variadic);
        self.at(self.pos_of(fun));
        let (itab, data) = (recv.scalars()[0], recv.scalars()[1]);
        let code = self.load_iface_code(itab, iface, m.obj);
        let all: Vec<TypeId> = std::iter::once(self.word_type()).chain(params).collect();
        let abi = FuncAbi::new(self.cx, false, &all, &results);
        let args = std::iter::once(Val::one(data)).chain(vals).collect();
        CallPlan { callee: Callee::Code(code), abi, args, keep: Vec::new() }
    }

    /// The type of a receiver word.
    pub fn word_type(&self) -> TypeId {
        grus_types::universe::typ::UNSAFE_POINTER
    }

    /// `T.M(x, ...)`
    fn plan_method_expr(&mut self, callee: ExprId, fun: ExprId, args: &[ExprId], has_dots: bool) -> CallPlan {
        let ft = self.ty(callee);
        let under = self.cx.info(ft).under;
        let (params, results) = self.cx.signature_types(under);
        let variadic = self.cx.is_variadic(under);
        self.order_args(args, has_dots, &params, variadic);
        let f = self.expr(fun).single();
        let vals = self.arguments(args, has_dots, &params, variadic);
        let abi = FuncAbi::new(self.cx, true, &params, &results);
        CallPlan { callee: Callee::Closure(f), abi, args: vals, keep: Vec::new() }
    }

    /// A plan to go on with after an error.
    fn dead_plan(&mut self) -> CallPlan {
        let nil = self.b.iconst(Ty::Ptr, 0);
        CallPlan {
            callee: Callee::Code(nil),
            abi: FuncAbi::new(self.cx, false, &[], &[]),
            args: Vec::new(),
            keep: Vec::new(),
        }
    }

    /// Orders the arguments of a call.
    fn order_args(&mut self, args: &[ExprId], has_dots: bool, params: &[TypeId], variadic: bool) {
        for (i, &a) in args.iter().enumerate() {
            match params.get(i.min(params.len().saturating_sub(1))) {
                Some(&t) if !variadic || has_dots || i + 1 < params.len() => self.order_as(a, t),
                Some(&t) => match self.cx.info(t).kind {
                    Kind::Slice(elem) => self.order_as(a, elem),
                    _ => self.order(a),
                },
                None => self.order(a),
            }
        }
    }

    /// Orders the arguments of a call of a value of function type.
    fn order_args_of(&mut self, fun: ExprId, args: &[ExprId], has_dots: bool) {
        let under = self.cx.info(self.ty(fun)).under;
        let (params, _) = self.cx.signature_types(under);
        let variadic = self.cx.is_variadic(under);
        self.order_args(args, has_dots, &params, variadic);
    }

    /// Values for parameters: conversion, the spread of a call with several results, and the slice of a variadic
    /// parameter.
    fn arguments(&mut self, args: &[ExprId], has_dots: bool, params: &[TypeId], variadic: bool) -> Vec<Val> {
        self.order_args(args, has_dots, params, variadic);
        if let [only] = args
            && let Kind::Tuple(types) = self.cx.info(self.arg_type(*only)).kind.clone()
        {
            let vals = self.call_expr(self.unparen(*only));
            return self.spread(vals, &types, params, variadic);
        }
        let fixed = if variadic && !has_dots { params.len() - 1 } else { params.len() };
        let mut vals = Vec::with_capacity(params.len());
        for (i, &a) in args.iter().enumerate().take(fixed) {
            vals.push(self.expr_as(a, params[i]));
        }
        if variadic && !has_dots {
            let slice_ty = params[fixed];
            let rest = &args[fixed.min(args.len())..];
            let Kind::Slice(elem) = self.cx.info(slice_ty).kind else { unreachable!("variadic parameter") };
            let rest_vals: Vec<Val> = rest.iter().map(|&a| self.expr_as(a, elem)).collect();
            vals.push(self.variadic_slice(slice_ty, &rest_vals));
        }
        vals
    }

    /// The type of an argument; names of types and the like have none.
    pub fn arg_type(&self, e: ExprId) -> TypeId {
        if self.is_const(e) || self.is_nil(e) { grus_types::universe::typ::INT } else { self.ty(e) }
    }

    fn spread(&mut self, vals: Vec<Val>, types: &[TypeId], params: &[TypeId], variadic: bool) -> Vec<Val> {
        let fixed = if variadic { params.len() - 1 } else { params.len() };
        let mut out = Vec::with_capacity(params.len());
        let mut rest = Vec::new();
        for (i, (val, &s)) in vals.into_iter().zip(types).enumerate() {
            if i < fixed {
                out.push(self.assign_conv(val, s, params[i]));
            } else {
                let Kind::Slice(elem) = self.cx.info(params[fixed]).kind else {
                    unreachable!("variadic parameter")
                };
                rest.push(self.assign_conv(val, s, elem));
            }
        }
        if variadic {
            out.push(self.variadic_slice(params[fixed], &rest));
        }
        out
    }

    /// The slice for the extra arguments of a variadic call; nil if there are none.
    fn variadic_slice(&mut self, slice_ty: TypeId, vals: &[Val]) -> Val {
        if vals.is_empty() {
            return self.zero_val(slice_ty);
        }
        let Kind::Slice(elem) = self.cx.info(slice_ty).kind else { unreachable!("variadic parameter") };
        let arr = self.cx.array_of(elem, vals.len() as u64);
        let ptr = self.new_object(arr);
        let size = self.cx.info(elem).size;
        for (i, v) in vals.iter().enumerate() {
            self.store(Addr::safe(ptr).plus(i as u64 * size), elem, v);
        }
        let n = self.b.iconst(Ty::I64, vals.len() as i64);
        self.parts(&[ptr, n, n])
    }

    /// Makes the call; returns its results.
    pub fn emit_call(&mut self, plan: &CallPlan) -> Vec<Val> {
        let abi = &plan.abi;
        if let Callee::Intrinsic(inst) = plan.callee {
            return self.expand_intrinsic(inst, plan);
        }
        let mut args: Vec<Value> = Vec::with_capacity(abi.sig.params.len());
        if let Callee::Closure(f) = plan.callee {
            args.push(f);
        }
        let area = abi.area.as_ref().map(|area| {
            let slot = self.b.create_slot(grus_ir::SlotData {
                size: area.size,
                align: area.align,
                ptr_words: area.ptr_words.clone(),
                frame_set: false,
                name: None,
            });
            self.temps.insert(slot);
            slot
        });
        if let Some(slot) = area {
            args.push(self.b.slot_addr(slot, 0));
        }
        for (i, (mode, val)) in abi.params.iter().zip(&plan.args).enumerate() {
            match mode {
                PassMode::Scalars { .. } => args.extend_from_slice(val.scalars()),
                PassMode::ByRef { .. } => {
                    let t = abi.param_types[i];
                    let addr = match val {
                        // Slots are private to this function: the callee reads, nobody writes.
                        Val::M(addr @ Addr { base: Base::Slot(_), .. }) => *addr,
                        _ => self.spill(val, t),
                    };
                    args.push(self.addr_value(addr));
                }
            }
        }
        let results = match plan.callee {
            Callee::Direct(sym) => self.b.call(sym, abi.sig.clone(), &args),
            Callee::Closure(f) => {
                let code = self.b.load(Ty::Ptr, f, 0, MemFlags { may_fault: true, readonly: true });
                self.b.call_indirect(code, abi.sig.clone(), &args)
            }
            Callee::Code(code) => self.b.call_indirect(code, abi.sig.clone(), &args),
            Callee::Intrinsic(_) => unreachable!("expanded above"),
        };
        for &val in &plan.keep {
            self.b.push(InstData::KeepAlive { val });
        }
        if let (Some(slot), Some(area)) = (area, &abi.area) {
            return abi
                .results
                .iter()
                .zip(&area.offsets)
                .map(|(&t, &off)| self.load(Addr::slot(slot).plus(u64::from(off)), t))
                .collect();
        }
        self.group_results(&abi.results, &results)
    }

    /// Values of the result types from their scalars.
    fn group_results(&self, types: &[TypeId], scalars: &[Value]) -> Vec<Val> {
        let mut rest = scalars;
        types
            .iter()
            .map(|&t| {
                let (now, later) = rest.split_at(self.cx.info(t).leaves().len());
                rest = later;
                Val::S(now.into())
            })
            .collect()
    }

    fn expand_intrinsic(&mut self, inst: InstId, plan: &CallPlan) -> Vec<Val> {
        let o = self.cx.store.obj(self.cx.inst_data(inst).func);
        let path = o.pkg.map_or("", |p| self.cx.store.pkg(p).path.as_str());
        if (path, o.name.as_str()) == ("internal/abi", "EscapeNonString") {
            self.escape_non_string(inst, plan);
            return Vec::new();
        }
        let args: Vec<Value> = plan.args.iter().flat_map(|v| v.scalars().iter().copied()).collect();
        let results =
            crate::intrinsics::expand(&mut self.b, path, o.name.as_str(), &args, &plan.abi.sig.results)
                .expect("the function is an intrinsic");
        self.group_results(&plan.abi.results, &results)
    }

    /// `abi.EscapeNonString(v)`: what `v` points to is on the heap, strings excepted, whose contents matter alone.
    fn escape_non_string(&mut self, inst: InstId, plan: &CallPlan) {
        let targs = self.cx.inst_data(inst).targs.clone();
        if !self.cx.has_non_string_pointers(targs[0]) {
            return;
        }
        let escape = self.cx.lookup_in("internal/abi", "Escape").expect("a function of the package");
        let inst = self.cx.inst(escape, &targs);
        let sig = self.cx.inst_sig(inst);
        let abi = FuncAbi::new(self.cx, false, &sig.params, &sig.results);
        let callee = Callee::Direct(self.u.func_sym(inst));
        self.emit_call(&CallPlan { callee, abi, args: plan.args.clone(), keep: Vec::new() });
    }

    /// Calls a function of package runtime by name, with values of its parameters.
    pub fn call_runtime(&mut self, name: &str, args: &[Val]) -> Vec<Val> {
        let Some(obj) = self.cx.runtime_func(name) else {
            let pos = self.pos;
            self.unsupported(pos, format_args!("function runtime.{name} is missing"));
            let word = self.b.iconst(Ty::Ptr, 0);
            return vec![Val::one(word), Val::one(word), Val::one(word)];
        };
        let inst = self.cx.inst(obj, &[]);
        let sig = self.cx.inst_sig(inst);
        let abi = FuncAbi::new(self.cx, false, &sig.params, &sig.results);
        let sym = self.u.func_sym(inst);
        let mut vals = Vec::with_capacity(args.len());
        for (i, a) in args.iter().enumerate() {
            vals.push(self.fit_param(name, &abi, i, a));
        }
        let plan = CallPlan { callee: Callee::Direct(sym), abi, args: vals, keep: Vec::new() };
        self.emit_call(&plan)
    }

    /// Runtime functions take pointers and words where generated code has the other: uintptr and unsafe.Pointer
    /// are interchangeable in their signatures.
    fn fit_param(&mut self, name: &str, abi: &FuncAbi, i: usize, val: &Val) -> Val {
        let Some(&t) = abi.param_types.get(i) else {
            panic!("runtime.{name} has {} parameters, called with more", abi.param_types.len());
        };
        let (Val::S(s), Some(leaves)) = (val, &self.cx.info(t).leaves) else { return val.clone() };
        assert_eq!(s.len(), leaves.len(), "parameter {i} of runtime.{name}");
        let out: Scalars = s
            .iter()
            .zip(leaves.iter())
            .map(|(&v, l)| match (self.b.func.ty(v), l.ty) {
                (a, b) if a == b => v,
                (Ty::Ptr, Ty::I64) => self.b.convert(grus_ir::ConvOp::PtrToInt, Ty::I64, v),
                (Ty::I64, Ty::Ptr) => self.b.convert(grus_ir::ConvOp::IntToPtr, Ty::Ptr, v),
                (a, b) => panic!("parameter {i} of runtime.{name}: {a} for {b}"),
            })
            .collect();
        Val::S(out)
    }
}
