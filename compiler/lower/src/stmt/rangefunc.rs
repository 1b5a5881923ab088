//! Range over functions.
//!
//! The body of the loop becomes a function that the iterator calls. A state variable of each loop
//! (values of `internal/abi.RF_State`) finds iterators that call the body when they must not. What
//! leaves the body other than by its end or `continue` stores a code in the variable *next*, which the
//! outermost loop of the nest owns, and returns false; after the iterator's return the code is
//! compared with those that the body can store, and the exit is carried out or passed on.

use crate::abi::FuncAbi;
use crate::expr::call::{CallPlan, Callee};
use crate::facts::FnId;
use crate::func::{CaptureLayout, FuncLower};
use crate::values::{Addr, Val};
use cranelift_entity::EntityRef;
use grus_ir::{IntCc, Ty, Value, Var};
use grus_syntax::{BranchTok, ExprId, StmtId};
use grus_types::universe::typ;
use grus_types::{ObjId, TypeId};

const DONE: i64 = 0;
const READY: i64 = 1;
const PANIC: i64 = 2;
const EXHAUSTED: i64 = 3;
const MISSING_PANIC: i64 = 4;

/// Code of a `return`.
const RETURN: i64 = -1;

/// A way out of a loop body that the function around the loop carries out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    Return,
    Branch(BranchTok, StmtId),
}

impl Exit {
    fn code(self) -> i64 {
        match self {
            Exit::Return => RETURN,
            Exit::Branch(tok, target) => {
                let kind = match tok {
                    BranchTok::Break => 0,
                    BranchTok::Continue => 1,
                    _ => 2,
                };
                1 + 3 * target.index() as i64 + kind
            }
        }
    }
}

/// The state of lowering a loop body.
pub struct RangeBody {
    pub stmt: StmtId,
    /// Addresses of the loop's state and of *next*.
    state: Var,
    next: Var,
    /// Exits that occurred.
    exits: Vec<Exit>,
    /// The results of the function around the loops.
    pub results: Vec<(ObjId, TypeId)>,
    pub result_types: Vec<TypeId>,
}

impl<'a> FuncLower<'_, 'a> {
    fn set_int(&mut self, var: Var, v: i64) {
        let p = self.b.use_var(var);
        let v = self.b.iconst(Ty::I64, v);
        self.store_scalar(Addr::safe(p), v, false);
    }

    fn get_int(&mut self, var: Var) -> Value {
        let p = self.b.use_var(var);
        self.load_scalar(Addr::safe(p), Ty::I64)
    }

    fn int_box(&mut self, v: i64) -> Var {
        let p = self.new_object(typ::INT);
        let var = self.b.declare_var(Ty::Ptr);
        self.b.def_var(var, p);
        if v != 0 {
            self.set_int(var, v);
        }
        var
    }

    // ---- leaving a body ----

    fn body_vars(&self) -> (Var, Var) {
        let r = self.range.as_ref().expect("in a loop body");
        (r.state, r.next)
    }

    fn return_bool(&mut self, v: i64) {
        let v = self.b.iconst(Ty::I8, v);
        self.b.ret(&[v]);
    }

    /// The end of the body, or `continue`.
    pub fn range_continue(&mut self) {
        let (state, _) = self.body_vars();
        self.set_int(state, READY);
        self.return_bool(1);
    }

    /// `break` of the loop.
    pub fn range_break(&mut self) {
        let (state, _) = self.body_vars();
        self.set_int(state, DONE);
        self.return_bool(0);
    }

    /// `return` in the body: the results are assigned in the function around the loop.
    pub fn return_from_range(&mut self, vals: Option<Vec<Val>>) {
        if let Some(vals) = vals {
            let results = self.range.as_ref().expect("in a loop body").results.clone();
            let vals: Vec<Val> =
                vals.iter().zip(&results).map(|(v, r)| self.detach(v.clone(), r.1)).collect();
            for (&(obj, t), v) in results.iter().zip(&vals) {
                let pos = self.pos;
                let place = self.var_place(obj, pos);
                self.write_place(&place, t, v);
            }
        }
        let (_, next) = self.body_vars();
        self.set_int(next, RETURN);
        self.leave(Exit::Return);
    }

    /// A branch to a statement outside the body.
    pub fn exit_range(&mut self, tok: BranchTok, target: StmtId) {
        let Some(r) = &self.range else {
            let pos = self.pos;
            return self.unsupported(pos, format_args!("{} out of this function", tok.as_str()));
        };
        if r.stmt == target && tok != BranchTok::Goto {
            return match tok {
                BranchTok::Break => self.range_break(),
                _ => self.range_continue(),
            };
        }
        let exit = Exit::Branch(tok, target);
        let (_, next) = self.body_vars();
        self.set_int(next, exit.code());
        self.leave(exit);
    }

    fn leave(&mut self, exit: Exit) {
        let (state, _) = self.body_vars();
        let r = self.range.as_mut().expect("in a loop body");
        if !r.exits.contains(&exit) {
            r.exits.push(exit);
        }
        self.set_int(state, DONE);
        self.return_bool(0);
    }

    // ---- the loop ----

    /// `for lhs = range x { body }` where x is a function.
    pub fn range_func(&mut self, s: StmtId, vars: &[ExprId], def: bool, x: ExprId, xt: TypeId, body: StmtId) {
        let id = self.body.facts.ranges[&s];
        let f = self.rvalue(x).single();
        let (iter_params, iter_results) = self.cx.signature_types(self.cx.info(xt).under);
        let yield_sig = self.cx.info(iter_params[0]).under;
        let (params, _) = self.cx.signature_types(yield_sig);

        // A token for the defers of the body; the outermost loop of a nest asks for it.
        if self.body.facts.func(id).range_defers
            && self.defer_token.is_none()
            && let Some(d) = self.defer
        {
            let state = self.b.slot_addr(d.state, 0);
            let token = self.call_runtime("deferrangefunc", &[Val::one(state)]);
            let token = token[0].scalars();
            let token = [token[0], token[1]].map(|v| {
                let var = self.b.declare_var(Ty::Ptr);
                self.b.def_var(var, v);
                var
            });
            self.defer_token = Some(token);
        }
        let own_token = self.range.is_none();
        let state = self.int_box(READY);
        let next = match &self.range {
            Some(r) => r.next,
            None => self.int_box(0),
        };
        let (closure, exits) = self.range_body_closure(s, id, vars, def, &params, state, next, body);
        let abi = FuncAbi::new(self.cx, true, &iter_params, &iter_results);
        let plan =
            CallPlan { callee: Callee::Closure(f), abi, args: vec![Val::one(closure)], keep: Vec::new() };
        self.emit_call(&plan);

        let st = self.get_int(state);
        let missing = self.b.icmp_imm(IntCc::Eq, st, PANIC);
        let code = Val::one(self.b.iconst(Ty::I64, MISSING_PANIC));
        self.call_if_then(missing, "panicrangestate", &[code]);
        self.set_int(state, EXHAUSTED);
        if own_token {
            self.defer_token = None;
        }
        for exit in exits {
            let code = self.get_int(next);
            let hit = self.b.icmp_imm(IntCc::Eq, code, exit.code());
            let (go, stay) = (self.b.create_block(), self.b.create_block());
            self.b.brif(hit, go, stay);
            self.b.switch_sealed(go);
            self.carry_out(exit, next);
            self.b.switch_sealed(stay);
        }
    }

    /// Calls a runtime function if the condition holds.
    fn call_if_then(&mut self, cond: Value, name: &str, args: &[Val]) {
        let (bad, good) = (self.b.create_block(), self.b.create_block());
        self.b.brif(cond, bad, good);
        self.b.switch_sealed(bad);
        self.call_runtime(name, args);
        self.b.jump(good, &[]);
        self.b.switch_sealed(good);
    }

    /// Carries out an exit of an inner loop's body, or passes it on.
    fn carry_out(&mut self, exit: Exit, next: Var) {
        match exit {
            Exit::Return if self.range.is_some() => self.leave(Exit::Return),
            Exit::Return => self.do_return(None),
            Exit::Branch(tok, target) => {
                let here = match (tok, &self.range) {
                    (BranchTok::Goto, _) => self.body.facts.labels.get(&target) == Some(&self.id),
                    (_, Some(r)) if r.stmt == target => true,
                    _ => self.targets.iter().any(|t| t.stmt == target),
                };
                if here {
                    self.set_int(next, 0);
                    self.leave_to(tok, target);
                } else if self.range.is_some() {
                    self.leave(exit);
                } else {
                    let pos = self.pos;
                    self.unsupported(pos, format_args!("{} out of this function", tok.as_str()));
                    self.b.unreachable();
                }
            }
        }
    }

    /// The function of the loop's body, as closure, and the ways out of it.
    #[allow(clippy::too_many_arguments)]
    fn range_body_closure(
        &mut self,
        s: StmtId,
        id: FnId,
        vars: &[ExprId],
        def: bool,
        params: &[TypeId],
        state: Var,
        next: Var,
        body: StmtId,
    ) -> (Value, Vec<Exit>) {
        self.counters.ranges += 1;
        let name = format!("{}-range{}", self.base_name(), self.counters.ranges);
        let captures = self.body.facts.func(id).captures.clone();
        let with_token = self.body.facts.func(id).range_defers && self.defer_token.is_some();
        let mut leaves = vec![(Ty::Ptr, true), (Ty::Ptr, true)];
        let mut vals = vec![self.b.use_var(state), self.b.use_var(next)];
        if with_token && let Some(token) = self.defer_token {
            leaves.extend([(Ty::Ptr, false), (Ty::Ptr, true)]);
            vals.extend(token.map(|v| self.b.use_var(v)));
        }
        let skip = leaves.len();
        for &c in &captures {
            leaves.extend(self.capture_leaves(c));
            vals.extend(self.capture_vals(c));
        }
        let layout = CaptureLayout::new(leaves);
        let (results, result_types) = match &self.range {
            Some(r) => (r.results.clone(), r.result_types.clone()),
            None => (
                self.results.iter().map(|r| (r.obj, r.ty)).collect(),
                self.results.iter().map(|r| r.ty).collect(),
            ),
        };

        let pos = self.body.file[s].pos;
        let abi = FuncAbi::new(self.cx, true, params, &[typ::BOOL]);
        let mut child = FuncLower::with_abi(&mut *self.u, self.body, id, name.clone(), abi);
        child.b.func.start_pos = pos.as_u32();
        child.at(pos);
        let ctx = child.b.func.params()[0];
        let mut load = |i: usize| {
            let l = layout.leaves[i];
            let v = child.load_scalar(Addr::safe(ctx).plus(u64::from(l.off)), l.ty);
            let var = child.b.declare_var(l.ty);
            child.b.def_var(var, v);
            var
        };
        let (cstate, cnext) = (load(0), load(1));
        let token = with_token.then(|| [load(2), load(3)]);
        child.defer_token = token;
        child.range =
            Some(RangeBody { stmt: s, state: cstate, next: cnext, exits: Vec::new(), results, result_types });
        child.load_captures(&captures, &layout, skip);
        child.enter(&[], &[]);

        let old = child.get_int(cstate);
        child.set_int(cstate, PANIC);
        let bad = child.b.icmp_imm(IntCc::Ne, old, READY);
        child.call_if_then(bad, "panicrangestate", &[Val::one(old)]);
        let args: Vec<(Val, TypeId)> = {
            let entry: Vec<Value> = child.b.func.params().to_vec();
            child
                .abi
                .params
                .iter()
                .zip(params)
                .map(|(mode, &t)| match *mode {
                    crate::abi::PassMode::Scalars { first, count } => {
                        (Val::S(entry[first..first + count].into()), t)
                    }
                    crate::abi::PassMode::ByRef { index } => (Val::M(Addr::safe(entry[index])), t),
                })
                .collect()
        };
        child.set_range_vars(vars, def, |_| args.into());
        child.block_body(body);
        let exits = std::mem::take(&mut child.range.as_mut().expect("in a loop body").exits);
        child.finish();
        let code = self.cx.intern(&name);
        let closure = self.make_closure(code, &layout, &vals);
        (closure, exits)
    }
}
