//! Statements.

pub mod assign;
pub mod deferred;
pub mod loops;
pub mod rangefunc;
pub mod selects;
pub mod switch;

use crate::func::{FuncLower, Target};
use crate::layout::Kind;
use crate::values::Val;
use grus_ir::Block;
use grus_syntax::{BranchTok, DeclKind, ExprId, ExprKind, Operator, StmtId, StmtKind, StmtList};

impl<'a> FuncLower<'_, 'a> {
    /// Lowers a list of statements.
    pub fn stmts(&mut self, list: StmtList) {
        for &s in self.body.file.stmts_of(list) {
            // What cannot be reached has no code, unless a goto leads into it.
            if self.b.is_unreachable() && !matches!(self.body.file[s].kind, StmtKind::Labeled { .. }) {
                continue;
            }
            self.stmt(s);
        }
    }

    /// Lowers a statement.
    pub fn stmt(&mut self, s: StmtId) {
        self.pre.clear();
        let stmt = self.body.file[s];
        match stmt.kind {
            StmtKind::Empty => {}
            StmtKind::Labeled { stmt: inner, .. } => {
                if self.body.facts.gotos.contains(&s) {
                    let block = self.label(s);
                    self.b.jump(block, &[]);
                    self.b.switch_to(block);
                }
                self.stmt(inner);
            }
            StmtKind::Block { list, .. } => self.stmts(list),
            StmtKind::Expr(e) => {
                self.at(stmt.pos);
                self.expr_stmt(e);
            }
            StmtKind::Send { chan, value } => {
                let ct = self.ty(chan);
                let Kind::Chan(_, elem) = self.cx.info(ct).kind else { unreachable!("a channel") };
                self.order(chan);
                self.order_as(value, elem);
                let c = self.expr(chan);
                let v = self.expr_as(value, elem);
                self.at(stmt.pos);
                let p = Val::one(self.value_addr(&v, elem));
                self.call_runtime("chansend1", &[c, p]);
            }
            StmtKind::Decl(decls) => {
                for d in decls.iter() {
                    if let DeclKind::Var(v) = self.body.file[d].kind {
                        self.at(self.body.file[d].pos);
                        self.pre.clear();
                        self.var_decl(v);
                    }
                }
            }
            StmtKind::Assign { op, lhs, rhs } => {
                self.at(stmt.pos);
                self.assign_stmt(op, lhs, rhs.expand(), stmt.pos);
            }
            StmtKind::Branch { tok, label: _, target } => {
                self.at(stmt.pos);
                self.branch_stmt(s, tok, target.expand());
            }
            StmtKind::Call { tok, call } => {
                self.at(stmt.pos);
                self.go_defer(tok, call);
            }
            StmtKind::Return { results } => {
                self.at(stmt.pos);
                self.return_stmt(results.expand(), stmt.pos);
            }
            StmtKind::If { init, cond, then, els } => {
                if let Some(init) = init.expand() {
                    self.stmt(init);
                    self.pre.clear();
                }
                self.at(stmt.pos);
                self.if_stmt(cond, then, els.expand());
            }
            StmtKind::For { init, cond, post, body } => {
                if let Some(init) = init.expand()
                    && let StmtKind::Range { lhs, def, x } = self.body.file[init].kind
                {
                    self.at(stmt.pos);
                    return self.range_stmt(s, lhs.expand(), def, x, body);
                }
                self.for_stmt(s, init.expand(), cond.expand(), post.expand(), body);
            }
            StmtKind::Switch { init, tag, cases, .. } => {
                if let Some(init) = init.expand() {
                    self.stmt(init);
                    self.pre.clear();
                }
                self.at(stmt.pos);
                match tag.expand() {
                    Some(t) => {
                        if let ExprKind::TypeSwitchGuard { x, .. } = self.body.file.kind(t) {
                            return self.type_switch(s, x, cases);
                        }
                        self.switch_stmt(s, Some(t), cases);
                    }
                    None => self.switch_stmt(s, None, cases),
                }
            }
            StmtKind::Select { comms, .. } => {
                self.at(stmt.pos);
                self.select_stmt(s, comms);
            }
            StmtKind::Range { .. } => unreachable!("range clauses stand in for statements"),
        }
    }

    fn expr_stmt(&mut self, e: ExprId) {
        let x = self.unparen(e);
        match self.body.file.kind(x) {
            ExprKind::Call { fun, .. } if !self.is_type(fun) => {
                self.call_expr(x);
            }
            ExprKind::Unary { op: Operator::Recv, x: c } => {
                let ct = self.ty(c);
                self.receive(x, c, ct, false);
            }
            _ => {
                self.rvalue(x);
            }
        }
    }

    fn if_stmt(&mut self, cond: ExprId, then: StmtId, els: Option<StmtId>) {
        // A constant condition selects code: what cannot run asks for nothing.
        if let Some(v) = self.known_cond(cond) {
            if v {
                if !self.has_labels(els) {
                    return self.stmt(then);
                }
            } else if !self.has_labels(Some(then)) {
                if let Some(els) = els {
                    self.stmt(els);
                }
                return;
            }
        }
        let (yes, no, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.branch(cond, yes, no);
        self.b.switch_sealed(yes);
        self.stmt(then);
        self.b.jump(done, &[]);
        self.b.switch_sealed(no);
        if let Some(els) = els
            && !self.b.is_unreachable()
        {
            self.stmt(els);
        }
        self.b.jump(done, &[]);
        self.b.switch_sealed(done);
    }

    /// The value of a condition that constants decide.
    pub fn known_cond(&self, e: ExprId) -> Option<bool> {
        if let Some(v) = self.body.info.value(e) {
            return Some(v.bool_val());
        }
        match self.body.file.kind(e) {
            ExprKind::Paren(x) => self.known_cond(x),
            ExprKind::Unary { op: Operator::Not, x } => self.known_cond(x).map(|v| !v),
            // The left side is evaluated in any case, unless it is known itself.
            ExprKind::Binary { op: Operator::AndAnd, x, y } => match self.known_cond(x)? {
                false => Some(false),
                true => self.known_cond(y),
            },
            ExprKind::Binary { op: Operator::OrOr, x, y } => match self.known_cond(x)? {
                true => Some(true),
                false => self.known_cond(y),
            },
            _ => None,
        }
    }

    /// Whether a goto may lead into the statement; conservative.
    fn has_labels(&self, s: Option<StmtId>) -> bool {
        s.is_some() && !self.body.facts.gotos.is_empty()
    }

    /// The block of a label that a goto leads to.
    pub fn label(&mut self, s: StmtId) -> Block {
        if let Some(&b) = self.labels.get(&s) {
            return b;
        }
        let b = self.b.create_block();
        self.labels.insert(s, b);
        b
    }

    fn branch_stmt(&mut self, s: StmtId, tok: BranchTok, target: Option<StmtId>) {
        match tok {
            BranchTok::Fallthrough => match self.fallthrough {
                Some(b) => self.b.jump(b, &[]),
                None => self.unsupported(self.body.file[s].pos, "fallthrough here"),
            },
            _ => match target {
                Some(t) => self.leave_to(tok, t),
                None => match (tok, self.targets.last().copied()) {
                    // Not resolved by the parser: the innermost statement.
                    (BranchTok::Break, Some(t)) => self.b.jump(t.brk, &[]),
                    (BranchTok::Continue, Some(_)) => {
                        let cont = self.targets.iter().rev().find_map(|t| t.cont);
                        match cont {
                            Some(c) => self.b.jump(c, &[]),
                            None => self.leave_loop_body(tok),
                        }
                    }
                    _ => self.leave_loop_body(tok),
                },
            },
        }
    }

    fn leave_loop_body(&mut self, tok: BranchTok) {
        match tok {
            BranchTok::Break if self.range.is_some() => self.range_break(),
            BranchTok::Continue if self.range.is_some() => self.range_continue(),
            _ => {
                let pos = self.pos;
                self.unsupported(pos, format_args!("{} without target", tok.as_str()));
            }
        }
    }

    /// Goes where a `break`, `continue` or `goto` leads.
    pub fn leave_to(&mut self, tok: BranchTok, target: StmtId) {
        if tok == BranchTok::Goto {
            if self.owns_label(target) {
                let b = self.label(target);
                return self.b.jump(b, &[]);
            }
            return self.exit_range(tok, target);
        }
        if let Some(t) = self.targets.iter().rev().find(|t| t.stmt == target).copied() {
            let block = if tok == BranchTok::Break { Some(t.brk) } else { t.cont };
            return self.b.jump(block.expect("continue refers to a loop"), &[]);
        }
        self.exit_range(tok, target);
    }

    /// Whether a label stands in this function (and not around the range-over-func loop whose body it is).
    fn owns_label(&self, target: StmtId) -> bool {
        self.body.facts.labels.get(&target).is_some_and(|&f| f == self.id)
    }

    /// Lowers the body of a loop or switch with its target for `break` and `continue`.
    pub fn with_target(&mut self, t: Target, f: impl FnOnce(&mut Self)) {
        self.targets.push(t);
        f(self);
        self.targets.pop();
    }

    fn return_stmt(&mut self, results: Option<ExprId>, pos: grus_syntax::Pos) {
        let Some(list) = results else { return self.do_return(None) };
        let types: Vec<_> = match &self.range {
            Some(r) => r.result_types.clone(),
            None => self.abi.results.clone(),
        };
        let exprs = self.body.file.unpack_list(&list).to_vec();
        let vals = if let [only] = exprs[..]
            && types.len() != 1
        {
            let only = self.unparen(only);
            let t = self.ty(only);
            let Kind::Tuple(from) = self.cx.info(t).kind.clone() else { unreachable!("a call with results") };
            let vals = self.call_expr(only);
            vals.into_iter().zip(from).zip(&types).map(|((v, s), &t)| self.assign_conv(v, s, t)).collect()
        } else if let [only] = exprs[..] {
            vec![self.rvalue_as(only, types[0])]
        } else {
            for (&e, &t) in exprs.iter().zip(&types) {
                self.order_as(e, t);
            }
            exprs.iter().zip(&types).map(|(&e, &t)| self.expr_as(e, t)).collect()
        };
        self.at(pos);
        self.do_return(Some(vals));
    }
}
