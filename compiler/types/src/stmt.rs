//! Statements and function bodies.

use grus_syntax::{
    BranchTok, CallTok, CaseId, CommId, ExprId, ExprKind, IdRange, Operator, Pos, StmtId, StmtKind, StmtList,
    sym,
};
use rustc_hash::FxHashMap;

use crate::check::{Checker, DeclInfoId, Environment};
use crate::code::Code;
use crate::constant::{Kind, Value};
use crate::expr::ExprClass;
use crate::info::{ImplicitNode, Mode};
use crate::object::{ObjectKind, VarKind};
use crate::operand::{Operand, OperandExpr, PseudoExpr};
use crate::store::{ObjId, ScopeId, TypeId};
use crate::universe::typ;
use grus_syntax::Symbol;

/// Which control flow statements are permitted, and where a `fallthrough` stands.
#[derive(Clone, Copy, Default)]
pub(crate) struct StmtContext {
    pub break_ok: bool,
    pub continue_ok: bool,
    pub fallthrough_ok: bool,
    pub final_switch_case: bool,
    pub in_type_switch: bool,
}

/// The value of a constant case, as far as duplicates are found.
#[derive(PartialEq, Eq, Hash)]
enum CaseValue {
    Int(i64),
    Uint(u64),
    Float(u64),
    String(std::sync::Arc<[u8]>),
}

fn case_value(val: &Value) -> Option<CaseValue> {
    match val.kind() {
        Kind::Int => val.int64_val().map(CaseValue::Int).or_else(|| val.uint64_val().map(CaseValue::Uint)),
        Kind::Float => {
            let (f, exact) = val.float64_val();
            // Negative zero does not occur among constants.
            exact.then(|| CaseValue::Float(f.to_bits()))
        }
        Kind::String => Some(CaseValue::String(val.string_val())),
        _ => None,
    }
}

/// The constant cases of a switch seen so far, with their types and positions.
type SeenValues = FxHashMap<CaseValue, Vec<(TypeId, Pos)>>;

impl<'a> Checker<'a> {
    /// Checks the body of a function with signature `sig`, whose parameters are declared in `scope`.
    pub(crate) fn func_body(
        &mut self,
        decl: Option<DeclInfoId>,
        sig: TypeId,
        scope: ScopeId,
        body: StmtId,
        iota: Option<Value>,
    ) {
        let env = Environment {
            decl,
            scope,
            iota,
            sig: Some(sig),
            errpos: Pos::NONE,
            in_tparam_list: false,
            is_panic: Default::default(),
            has_label: false,
            has_call_or_recv: false,
            locals: Vec::new(),
            ..self.env
        };
        self.with_env(env, |check| {
            let (list, rbrace) = check.file().block(body);
            check.stmt_list(StmtContext::default(), list);
            if check.env.has_label && !check.conf.ignore_branch_errors {
                check.labels(body);
            }
            let results = check.store.signature(sig).results;
            if !check.store.vars(results).is_empty() && !check.is_terminating(body, None) {
                check.error(rbrace, Code::MissingReturn, "missing return");
            }
            check.usage();
        });
    }

    /// Reports the variables of the function that nothing uses.
    fn usage(&mut self) {
        let store = self.store;
        for v in std::mem::take(&mut self.env.locals) {
            let o = store.obj(v);
            if !o.used() {
                self.soft_error(o.pos, Code::UnusedVar, format!("declared and not used: {}", o.name));
            }
        }
    }

    fn open_block(&mut self, s: StmtId) {
        let pos = self.file()[s].pos;
        self.open_scope(pos, pos, false);
    }

    fn simple_stmt(&mut self, s: Option<StmtId>) {
        if let Some(s) = s {
            self.stmt(StmtContext::default(), s);
        }
    }

    fn stmt_list(&mut self, ctxt: StmtContext, list: StmtList) {
        let file = self.file();
        let mut list = file.stmts_of(list);
        // Trailing empty statements do not matter to fallthrough.
        while let [rest @ .., last] = list
            && matches!(file[*last].kind, StmtKind::Empty)
        {
            list = rest;
        }
        for (i, &s) in list.iter().enumerate() {
            let fallthrough_ok = ctxt.fallthrough_ok && i + 1 == list.len();
            self.stmt(StmtContext { fallthrough_ok, ..ctxt }, s);
        }
    }

    fn multiple_defaults(&mut self, defaults: impl Iterator<Item = Pos>) {
        let mut first: Option<Pos> = None;
        for pos in defaults {
            match first {
                Some(first) => {
                    self.error(pos, Code::DuplicateDefault, format!("multiple defaults (first at {first})"));
                }
                None => first = Some(pos),
            }
        }
    }

    fn multiple_switch_defaults(&mut self, cases: IdRange<CaseId>) {
        let file = self.file();
        self.multiple_defaults(cases.iter().map(|c| file[c]).filter(|c| c.cases.is_none()).map(|c| c.pos));
    }

    fn multiple_select_defaults(&mut self, comms: IdRange<CommId>) {
        let file = self.file();
        self.multiple_defaults(comms.iter().map(|c| file[c]).filter(|c| c.comm.is_none()).map(|c| c.pos));
    }

    /// Checks the call of a go or defer statement.
    fn suspended_call(&mut self, tok: CallTok, call: ExprId) {
        let keyword = tok.as_str();
        let mut code = if tok == CallTok::Go { Code::InvalidGo } else { Code::InvalidDefer };
        if !matches!(self.file().kind(call), ExprKind::Call { .. }) {
            self.error(call, code, format!("expression in {keyword} must be function call"));
            self.use_exprs(&[call]);
            return;
        }
        let mut x = Operand::default();
        let msg = match self.raw_expr(None, &mut x, call, None, false) {
            ExprClass::Conversion => "requires function call, not conversion",
            ExprClass::Expression => {
                code = Code::UnusedResults;
                "discards result of"
            }
            ExprClass::Statement => return,
        };
        let msg = format!("{keyword} {msg} {}", self.operand_string(&x));
        self.error(&x, code, msg);
    }

    /// Checks the cases of an expression switch.
    fn case_values(&mut self, x: &Operand, values: &[ExprId], seen: &mut SeenValues) {
        for &e in values {
            let mut v = Operand::default();
            self.expr(None, &mut v, e);
            if !x.is_valid() || !v.is_valid() {
                continue;
            }
            self.convert_untyped(&mut v, x.typ);
            if !v.is_valid() {
                continue;
            }
            // The case is compared with the tag, not the tag with the case: errors are at the case.
            let mut result = v.clone();
            let mut tag = x.clone();
            self.comparison(&mut result, &mut tag, Operator::Eql, true);
            if !result.is_valid() || v.mode != Mode::Constant {
                continue;
            }
            let Some(val) = case_value(&v.val) else { continue };
            let same = seen.entry(val).or_default();
            if let Some(&(_, pos)) = same.iter().find(|&&(t, _)| self.store.identical(v.typ, t)) {
                let mut err = self.new_error(Code::DuplicateCase);
                let msg = format!("duplicate case {} in expression switch", self.operand_string(&v));
                self.addf(&mut err, &v, msg);
                err.addf_pos(pos, "previous case");
                self.report(err);
                continue;
            }
            same.push((v.typ, self.operand_node_pos(v.expr)));
        }
    }

    /// Whether an expression denotes the predeclared `nil`.
    fn is_nil_expr(&self, e: ExprId) -> bool {
        let file = self.file();
        match file.as_name(file.unparen(e)) {
            Some(name) => {
                self.lookup(name).is_some_and(|obj| matches!(self.store.obj(obj).kind, ObjectKind::Nil))
            }
            None => false,
        }
    }

    /// Checks the types of a case of a type switch on `x`, which is none if the switch is wrong. The result is the
    /// type of the variable that the switch declares: the type of the case if there is exactly one.
    fn case_types(
        &mut self,
        x: Option<&Operand>,
        types: &[ExprId],
        seen: &mut Vec<(Option<TypeId>, ExprId)>,
    ) -> TypeId {
        let mut t: Option<TypeId> = None;
        for &e in types {
            if self.is_nil_expr(e) {
                t = None;
                let mut dummy = Operand::default();
                self.expr(None, &mut dummy, e);
            } else {
                let case_type = self.var_type(e);
                t = Some(case_type);
                if !self.is_valid(case_type) {
                    continue;
                }
            }
            let same = |other: Option<TypeId>| match (t, other) {
                (None, None) => true,
                (Some(t), Some(o)) => self.store.identical(t, o),
                _ => false,
            };
            if let Some(&(_, other)) = seen.iter().find(|&&(o, _)| same(o)) {
                let what = t.map_or("nil".to_string(), |t| self.type_str(t));
                let mut err = self.new_error(Code::DuplicateCase);
                self.addf(&mut err, e, format!("duplicate case {what} in type switch"));
                self.addf(&mut err, other, "previous case");
                self.report(err);
                continue;
            }
            seen.push((t, e));
            if let (Some(x), Some(t)) = (x, t) {
                self.type_assertion(e, x, t, true);
            }
        }
        match (types, t) {
            ([_], Some(t)) => t,
            _ => x.map_or(typ::INVALID, |x| x.typ),
        }
    }

    /// Checks a statement.
    pub(crate) fn stmt(&mut self, ctxt: StmtContext, s: StmtId) {
        // Function literals are checked before scopes change.
        let top = self.delayed_len();
        let scope = self.env.scope;
        self.stmt_internal(ctxt, s);
        self.process_delayed(top);
        self.env.scope = scope;
    }

    /// Checks a statement; scopes that it opens may stay open.
    fn stmt_internal(&mut self, ctxt: StmtContext, s: StmtId) {
        let file = self.file();
        let stmt = file[s];
        let mut inner =
            StmtContext { break_ok: ctxt.break_ok, continue_ok: ctxt.continue_ok, ..StmtContext::default() };
        match stmt.kind {
            StmtKind::Empty => {}
            StmtKind::Decl(list) => self.decl_stmt(list),
            StmtKind::Labeled { stmt, .. } => {
                self.env.has_label = true;
                self.stmt(ctxt, stmt);
            }
            StmtKind::Expr(e) => {
                let mut x = Operand::default();
                let class = self.raw_expr(None, &mut x, e, None, false);
                let (code, msg) = match x.mode {
                    Mode::Builtin => (Code::UncalledBuiltin, "must be called"),
                    Mode::TypExpr => (Code::NotAnExpr, "is not an expression"),
                    _ if class == ExprClass::Statement => return,
                    _ => (Code::UnusedExpr, "is not used"),
                };
                let msg = format!("{} {msg}", self.operand_string(&x));
                self.error(&x, code, msg);
            }
            StmtKind::Send { chan, value } => {
                let (mut ch, mut val) = (Operand::default(), Operand::default());
                self.expr(None, &mut ch, chan);
                self.generic_expr(&mut val, value, None);
                if !ch.is_valid() || !val.is_valid() {
                    return;
                }
                if let Some(elem) = self.chan_elem(s, &ch, false) {
                    self.assignment(&mut val, Some(elem), "send");
                }
            }
            StmtKind::Assign { op, lhs, rhs } => self.assign_stmt(s, op, lhs, rhs.expand()),
            StmtKind::Call { tok, call } => self.suspended_call(tok, call),
            StmtKind::Return { results } => self.return_stmt(s, results.expand()),
            StmtKind::Branch { tok, label, .. } => {
                if label.is_some() {
                    self.env.has_label = true;
                } else if !self.conf.ignore_branch_errors {
                    self.branch_stmt(ctxt, s, tok);
                }
            }
            StmtKind::Block { list, .. } => {
                self.open_block(s);
                self.stmt_list(inner, list);
            }
            StmtKind::If { init, cond, then, els } => {
                self.open_block(s);
                self.simple_stmt(init.expand());
                self.condition(cond, "if");
                self.stmt(inner, then);
                if let Some(els) = els.expand() {
                    match file[els].kind {
                        StmtKind::If { .. } | StmtKind::Block { .. } => self.stmt(inner, els),
                        _ => self.error(els, Code::InvalidSyntaxTree, "invalid else branch in if statement"),
                    }
                }
            }
            StmtKind::Switch { init, tag, cases, rbrace } => {
                inner.break_ok = true;
                self.open_block(s);
                self.simple_stmt(init.expand());
                match tag.expand().map(|t| file.kind(t)) {
                    Some(ExprKind::TypeSwitchGuard { lhs, x }) => {
                        inner.in_type_switch = true;
                        self.type_switch_stmt(inner, cases, lhs.expand(), x);
                    }
                    _ => self.switch_stmt(inner, tag.expand(), cases, rbrace),
                }
            }
            StmtKind::Select { comms, .. } => {
                inner.break_ok = true;
                self.select_stmt(inner, comms);
            }
            StmtKind::For { init, cond, post, body } => {
                inner.break_ok = true;
                inner.continue_ok = true;
                if let Some(init) = init.expand()
                    && let StmtKind::Range { lhs, def, x } = file[init].kind
                {
                    self.range_stmt(inner, s, lhs.expand(), x, def, body);
                    return;
                }
                self.open_block(s);
                self.simple_stmt(init.expand());
                if let Some(cond) = cond.expand() {
                    self.condition(cond, "for");
                }
                self.simple_stmt(post.expand());
                if let Some(post) = post.expand()
                    && let StmtKind::Assign { op: Some(Operator::Def), lhs, .. } = file[post].kind
                {
                    // The parser reported it.
                    self.use_exprs(&[lhs]);
                }
                self.stmt(inner, body);
            }
            StmtKind::Range { .. } => self.error(s, Code::InvalidSyntaxTree, "invalid statement"),
        }
    }

    fn condition(&mut self, cond: ExprId, what: &str) {
        let mut x = Operand::default();
        self.expr(None, &mut x, cond);
        if x.is_valid() && !self.all_boolean(x.typ) {
            self.error(cond, Code::InvalidCond, format!("non-boolean condition in {what} statement"));
        }
    }

    fn assign_stmt(&mut self, s: StmtId, op: Option<Operator>, lhs: ExprId, rhs: Option<ExprId>) {
        let file = self.file();
        let Some(rhs) = rhs else {
            // x++ or x--
            let mut x = Operand::default();
            self.expr(None, &mut x, lhs);
            if !x.is_valid() {
                return;
            }
            if !self.all_numeric(x.typ) {
                let op = op.map_or("", Operator::as_str);
                let (e, t) = (self.expr_str(lhs), self.type_str(x.typ));
                let msg = format!("invalid operation: {e}{op}{op} (non-numeric type {t})");
                self.error(lhs, Code::NonNumericIncDec, msg);
                return;
            }
            self.assign_var(lhs, None, Some(&mut x), "assignment");
            return;
        };
        let lhs = file.unpack_list(&lhs).to_vec();
        let rhs = file.unpack_list(&rhs).to_vec();
        match op {
            None => self.assign_vars(&lhs, &rhs),
            Some(Operator::Def) => self.short_var_decl(file[s].pos, &lhs, &rhs),
            Some(op) => {
                let ([l], [r]) = (&lhs[..], &rhs[..]) else {
                    let msg = format!("assignment operation {op} requires single-valued expressions");
                    self.error(s, Code::MultiValAssignOp, msg);
                    return;
                };
                let mut x = Operand::default();
                self.binary(&mut x, None, *l, *r, op);
                self.assign_var(*l, None, Some(&mut x), "assignment");
            }
        }
    }

    fn return_stmt(&mut self, s: StmtId, results: Option<ExprId>) {
        let store = self.store;
        let file = self.file();
        let sig = self.env.sig.expect("a return statement is in a function");
        let vars = store.vars(store.signature(sig).results);
        let results = file.unpack_optional_list(&results).to_vec();
        let named = vars.first().is_some_and(|&v| !store.obj(v).name.is_empty());
        if !results.is_empty() || !named {
            self.init_vars(vars, &results, Some(s));
            return;
        }
        // Named results must not be shadowed at a return without values.
        for &v in vars {
            let name = store.obj(v).name;
            if let Some(alt) = self.lookup(name)
                && alt != v
            {
                let mut err = self.new_error(Code::OutOfScopeResult);
                self.addf(&mut err, s, format!("result parameter {name} not in scope at return"));
                let what = self.object_str(v);
                err.addf_pos(store.obj(alt).pos, format!("inner declaration of {what}"));
                self.report(err);
            }
        }
    }

    fn branch_stmt(&mut self, ctxt: StmtContext, s: StmtId, tok: BranchTok) {
        match tok {
            BranchTok::Break => {
                if !ctxt.break_ok {
                    self.error(s, Code::MisplacedBreak, "break not in for, switch, or select statement");
                }
            }
            BranchTok::Continue => {
                if !ctxt.continue_ok {
                    self.error(s, Code::MisplacedContinue, "continue not in for statement");
                }
            }
            BranchTok::Fallthrough => {
                if !ctxt.fallthrough_ok {
                    let msg = if ctxt.final_switch_case {
                        "cannot fallthrough final case in switch"
                    } else if ctxt.in_type_switch {
                        "cannot fallthrough in type switch"
                    } else {
                        "fallthrough statement out of place"
                    };
                    self.error(s, Code::MisplacedFallthrough, msg);
                }
            }
            BranchTok::Goto => {
                self.error(s, Code::InvalidSyntaxTree, format!("branch statement: {}", tok.as_str()));
            }
        }
    }

    fn select_stmt(&mut self, inner: StmtContext, comms: IdRange<CommId>) {
        let file = self.file();
        self.multiple_select_defaults(comms);
        for c in comms.iter() {
            let clause = file[c];
            let comm = clause.comm.expand();
            // The clause must be a send, a receive, or a default.
            let mut valid = false;
            let mut rhs: Option<ExprId> = None;
            match comm.map(|s| file[s].kind) {
                None | Some(StmtKind::Send { .. }) => valid = true,
                Some(StmtKind::Assign { rhs: r, .. }) => {
                    rhs = r.expand().filter(|&r| !matches!(file.kind(r), ExprKind::List(_)));
                }
                Some(StmtKind::Expr(e)) => rhs = Some(e),
                Some(_) => {}
            }
            if let Some(rhs) = rhs {
                valid = matches!(file.kind(file.unparen(rhs)), ExprKind::Unary { op: Operator::Recv, .. });
            }
            if !valid {
                let at = comm.expect("a default clause is valid");
                let msg = "select case must be send or receive (possibly with assignment)";
                self.error(at, Code::InvalidSelectCase, msg);
                continue;
            }
            self.open_scope(clause.pos, clause.pos, false);
            if let Some(comm) = comm {
                self.stmt(inner, comm);
            }
            self.stmt_list(inner, clause.body);
            self.close_scope();
        }
    }

    fn switch_stmt(&mut self, inner: StmtContext, tag: Option<ExprId>, cases: IdRange<CaseId>, rbrace: Pos) {
        let file = self.file();
        let mut x = Operand::default();
        if let Some(tag) = tag {
            self.expr(None, &mut x, tag);
            // As if the tag were assigned to an invisible variable.
            self.assignment(&mut x, None, "switch expression");
            if x.is_valid() && !self.comparable(x.typ) && !self.has_nil(x.typ) {
                let (what, t) = (self.operand_string(&x), self.type_str(x.typ));
                let msg = format!("cannot switch on {what} ({t} is not comparable)");
                self.error(&x, Code::InvalidExprSwitch, msg);
                x.invalidate();
            }
        } else {
            // A missing tag is true.
            x.set_const(typ::BOOL, Value::make_bool(true));
            let pos = cases.first().map_or(rbrace, |c| file[c].pos);
            x.expr = OperandExpr::Pseudo(pos, PseudoExpr::Desc(sym::TRUE));
        }
        self.multiple_switch_defaults(cases);
        let mut seen = SeenValues::default();
        for (i, c) in cases.iter().enumerate() {
            let clause = file[c];
            let last = i + 1 == cases.len();
            let inner = StmtContext { fallthrough_ok: !last, final_switch_case: last, ..inner };
            let values = clause.cases.expand();
            self.case_values(&x, file.unpack_optional_list(&values), &mut seen);
            self.open_scope(clause.pos, clause.pos, false);
            self.stmt_list(inner, clause.body);
            self.close_scope();
        }
    }

    fn type_switch_stmt(
        &mut self,
        inner: StmtContext,
        cases: IdRange<CaseId>,
        lhs: Option<ExprId>,
        guard: ExprId,
    ) {
        let store = self.store;
        let file = self.file();
        let mut lhs: Option<(ExprId, Symbol)> = lhs.map(|l| (l, file.name(l)));
        match lhs {
            Some((l, name)) if name.is_blank() => {
                self.soft_error(l, Code::NoNewVar, "no new variable on left side of :=");
                lhs = None;
            }
            // The variable is declared in each clause.
            Some((l, _)) => self.record_def(l, None),
            None => {}
        }

        let mut x = Operand::default();
        self.expr(None, &mut x, guard);
        let mut tag: Option<&Operand> = None;
        if x.is_valid() {
            if self.is_type_param(x.typ) {
                let msg =
                    format!("cannot use type switch on type parameter value {}", self.operand_string(&x));
                self.error(&x, Code::InvalidTypeSwitch, msg);
            } else if self.is_interface(x.typ) {
                tag = Some(&x);
            } else {
                let msg = format!("{} is not an interface", self.operand_string(&x));
                self.error(&x, Code::InvalidTypeSwitch, msg);
            }
        }

        self.multiple_switch_defaults(cases);
        let mut vars: Vec<ObjId> = Vec::new();
        let mut seen: Vec<(Option<TypeId>, ExprId)> = Vec::new();
        for c in cases.iter() {
            let clause = file[c];
            let types = clause.cases.expand();
            let t = self.case_types(tag, file.unpack_optional_list(&types), &mut seen);
            self.open_scope(clause.pos, clause.pos, false);
            if let Some((l, name)) = lhs {
                let var = store.new_var(VarKind::Local, file.pos(l), Some(self.pkg), name, t);
                self.declare(self.env.scope, None, var, clause.colon);
                self.record_implicit(ImplicitNode::Case(c), var);
                vars.push(var);
            }
            self.stmt_list(inner, clause.body);
            self.close_scope();
        }

        // The variables of all clauses count as one: if one is used, all are.
        if let Some((l, name)) = lhs {
            let used = vars.iter().any(|&v| store.obj(v).used());
            for v in vars {
                store.obj(v).set_used();
            }
            if !used {
                self.soft_error(l, Code::UnusedVar, format!("{name} declared and not used"));
            }
        }
    }
}
