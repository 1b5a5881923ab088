//! `go` and `defer` statements.
//!
//! Callee and arguments are evaluated by the statement; the call is made later by a wrapper without
//! parameters that is closed over them. A call of a func value without parameters and results needs no
//! wrapper.

use crate::expr::call::{CallPlan, Callee};
use crate::func::FuncLower;
use crate::layout::Kind;
use crate::values::{Addr, Scalars, Val};
use grus_ir::{Ty, Value};
use grus_syntax::{CallTok, ExprId, ExprKind};
use grus_types::{BuiltinId, TypeId};

impl<'a> FuncLower<'_, 'a> {
    /// `go call`, `defer call`
    pub fn go_defer(&mut self, tok: CallTok, call: ExprId) {
        let pos = self.pos;
        let call = self.unparen(call);
        let ExprKind::Call { fun, args, has_dots } = self.body.file.kind(call) else {
            return self.unsupported(pos, "statement whose operand is not a call");
        };
        let kind = if tok == CallTok::Go { "gowrap" } else { "deferwrap" };
        let closure = if let Some(id) = self.builtin(fun) {
            let args = self.body.file.list(args).to_vec();
            self.wrap_builtin(kind, call, id, &args, has_dots)
        } else {
            let plan = self.plan_call(call);
            self.at(pos);
            self.wrap_call(kind, &plan)
        };
        self.at(pos);
        self.submit(tok, closure);
    }

    /// Hands a closure to the runtime.
    fn submit(&mut self, tok: CallTok, closure: Value) {
        let f = Val::one(closure);
        if tok == CallTok::Go {
            self.call_runtime("newproc", &[f]);
        } else if let Some(token) = self.defer_token
            && self.range.is_some()
        {
            let token = token.map(|v| self.b.use_var(v));
            self.call_runtime("deferprocat", &[f, Val::S(Scalars::from_slice(&token))]);
        } else if let Some(d) = self.defer {
            self.defer_call(d, closure);
        } else {
            let pos = self.pos;
            self.unsupported(pos, "defer in this function");
        }
    }

    fn wrap_call(&mut self, kind: &str, plan: &CallPlan) -> Value {
        if let Callee::Closure(f) = plan.callee
            && plan.args.is_empty()
            && plan.abi.results.is_empty()
        {
            return f;
        }
        // What the wrapper is closed over: the callee, then the leaves of the arguments.
        let mut leaves: Vec<(Ty, bool)> = Vec::new();
        let mut vals: Vec<Value> = Vec::new();
        match plan.callee {
            Callee::Closure(f) => {
                leaves.push((Ty::Ptr, true));
                vals.push(f);
            }
            Callee::Code(code) => {
                leaves.push((Ty::Ptr, false));
                vals.push(code);
            }
            Callee::Direct(_) | Callee::Intrinsic(_) => {}
        }
        let types = plan.abi.param_types.clone();
        for (val, &t) in plan.args.iter().zip(&types) {
            self.close_over(val, t, &mut leaves, &mut vals);
        }
        // What the call keeps alive lives in the closure until then.
        for &p in &plan.keep {
            leaves.push((Ty::Ptr, true));
            vals.push(p);
        }
        let plan = plan.clone();
        self.wrapper(kind, leaves, &vals, move |child, loaded| {
            let mut rest = loaded;
            let mut take = |n: usize| {
                let (now, later) = rest.split_at(n);
                rest = later;
                now
            };
            let callee = match plan.callee {
                Callee::Closure(_) => Callee::Closure(take(1)[0]),
                Callee::Code(_) => Callee::Code(take(1)[0]),
                ref c => c.clone(),
            };
            let args = types
                .iter()
                .map(|&t| match &child.cx.info(t).leaves {
                    Some(l) => Val::S(take(l.len()).into()),
                    None => Val::M(Addr::safe(take(1)[0])),
                })
                .collect();
            let keep = plan.keep.iter().map(|_| take(1)[0]).collect();
            let call = CallPlan { callee, abi: plan.abi.clone(), args, keep };
            child.emit_call(&call);
        })
    }

    /// Adds a value to what a closure captures: its leaves, or a pointer to a copy.
    fn close_over(&mut self, val: &Val, t: TypeId, leaves: &mut Vec<(Ty, bool)>, vals: &mut Vec<Value>) {
        match (val, &self.cx.info(t).leaves) {
            (Val::S(s), Some(l)) => {
                leaves.extend(l.iter().map(|l| (l.ty, l.traced)));
                vals.extend_from_slice(s);
            }
            _ => {
                leaves.push((Ty::Ptr, true));
                vals.push(self.new_boxed(t, val));
            }
        }
    }

    /// The values that a wrapper was closed over by [`FuncLower::close_over`].
    fn reopen(&self, types: &[TypeId], loaded: &[Value]) -> Vec<Val> {
        let mut rest = loaded;
        types
            .iter()
            .map(|&t| {
                let leaves = &self.cx.info(t).leaves;
                let (now, later) = rest.split_at(leaves.as_ref().map_or(1, |l| l.len()));
                rest = later;
                if leaves.is_some() { Val::S(now.into()) } else { Val::M(Addr::safe(now[0])) }
            })
            .collect()
    }

    fn wrap_builtin(
        &mut self,
        kind: &str,
        call: ExprId,
        id: BuiltinId,
        args: &[ExprId],
        has_dots: bool,
    ) -> Value {
        let mut leaves: Vec<(Ty, bool)> = Vec::new();
        let mut vals: Vec<Value> = Vec::new();
        let mut evaluated: Vec<(ExprId, TypeId)> = Vec::new();
        for &a in args {
            if !self.is_type(a) {
                self.order(a);
            }
        }
        if let [only] = args
            && !self.is_type(*only)
            && !self.is_const(*only)
            && !self.is_nil(*only)
            && let Kind::Tuple(types) = self.cx.info(self.ty(*only)).kind.clone()
        {
            let results = self.call_expr(self.unparen(*only));
            for (v, &t) in results.iter().zip(types.iter()) {
                self.close_over(v, t, &mut leaves, &mut vals);
            }
            return self.wrapper(kind, leaves, &vals, move |child, loaded| {
                let vals = child.reopen(&types, loaded);
                child.builtin_spread(call, id, vals, &types);
            });
        }
        for &a in args {
            if self.is_type(a) || self.is_const(a) || self.is_nil(a) {
                continue;
            }
            let t = self.ty(a);
            let t = crate::layout::default_type(self.cx.store, t);
            let v = self.expr_as(a, t);
            self.close_over(&v, t, &mut leaves, &mut vals);
            evaluated.push((a, t));
        }
        let args = args.to_vec();
        self.wrapper(kind, leaves, &vals, move |child, loaded| {
            let types: Vec<TypeId> = evaluated.iter().map(|e| e.1).collect();
            let vals = child.reopen(&types, loaded);
            for ((a, _), v) in evaluated.into_iter().zip(vals) {
                child.pre.insert(a, v);
            }
            child.builtin_call(call, id, &args, has_dots);
        })
    }
}
