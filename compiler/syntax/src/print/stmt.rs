//! Printing of statements, declarations and files.

use super::*;

impl Printer<'_> {
    pub(super) fn file(&mut self) {
        let file = self.file;
        self.text("package ");
        match file.pkg_name {
            Some(name) => self.expr(name),
            None => self.text("_"),
        }
        if !file.decl_list.is_empty() {
            self.semi();
            self.blank();
            self.decl_list(&file.decl_list);
        }
    }

    pub(super) fn stmt(&mut self, stmt: StmtId) {
        use StmtKind::*;
        let file = self.file;
        match file.stmts[stmt].kind {
            Empty => {}
            Labeled { label, stmt } => {
                self.expr(label);
                self.text(":");
                self.blank();
                self.stmt(stmt);
            }
            Block { list, .. } => {
                self.text("{");
                if !list.is_empty() {
                    self.blank();
                    self.stmts(list, true);
                    self.blank();
                }
                self.close("}");
            }
            Expr(x) => self.expr(x),
            Send { chan, value } => {
                self.expr(chan);
                self.text(" <- ");
                self.expr(value);
            }
            Decl(decls) => {
                let decls: Vec<DeclId> = decls.iter().collect();
                self.decl_group(&decls);
            }
            Assign { op, lhs, rhs } => {
                self.expr(lhs);
                let op = op.map_or("", Operator::as_str);
                match rhs.expand() {
                    Some(rhs) => {
                        self.blank();
                        self.text(op);
                        self.text("=");
                        self.blank();
                        self.expr(rhs);
                    }
                    None => {
                        self.text(op);
                        self.text(op);
                    }
                }
            }
            Branch { tok, label, .. } => {
                self.text(tok.as_str());
                self.optional_expr(label.expand());
            }
            Call { tok, call } => {
                self.text(tok.as_str());
                self.optional_expr(Some(call));
            }
            Return { results } => {
                self.text("return");
                self.optional_expr(results.expand());
            }
            If { init, cond, then, els } => {
                self.text("if");
                self.blank();
                self.init(init.expand());
                self.expr(cond);
                self.blank();
                self.stmt(then);
                if let Some(els) = els.expand() {
                    self.text(" else ");
                    self.stmt(els);
                }
            }
            For { init, cond, post, body } => {
                self.text("for");
                self.blank();
                self.for_header(init.expand(), cond.expand(), post.expand());
                self.stmt(body);
            }
            Switch { init, tag, cases, .. } => {
                self.text("switch");
                self.blank();
                self.init(init.expand());
                if let Some(tag) = tag.expand() {
                    self.expr(tag);
                    self.blank();
                }
                self.text("{");
                self.blank();
                for case in cases.iter() {
                    self.case(case, Some(case) == cases.last());
                    self.blank();
                }
                self.close("}");
            }
            Select { comms, .. } => {
                self.text("select {");
                self.blank();
                for comm in comms.iter() {
                    self.comm(comm, Some(comm) == comms.last());
                    self.blank();
                }
                self.close("}");
            }
            Range { lhs, def, x } => {
                if let Some(lhs) = lhs.expand() {
                    self.expr(lhs);
                    self.text(if def { " := " } else { " = " });
                }
                self.text("range ");
                self.expr(x);
            }
        }
    }

    fn for_header(&mut self, init: Option<StmtId>, cond: Option<ExprId>, post: Option<StmtId>) {
        if init.is_none() && post.is_none() {
            if let Some(cond) = cond {
                self.expr(cond);
                self.blank();
            }
            return;
        }
        if let Some(init) = init {
            self.stmt(init);
            if matches!(self.file.stmts[init].kind, StmtKind::Range { .. }) {
                self.blank();
                return;
            }
        }
        self.semi();
        self.blank();
        if let Some(cond) = cond {
            self.expr(cond);
        }
        self.semi();
        self.blank();
        if let Some(post) = post {
            self.stmt(post);
            self.blank();
        }
    }

    fn init(&mut self, init: Option<StmtId>) {
        if let Some(init) = init {
            self.stmt(init);
            self.semi();
            self.blank();
        }
    }

    fn optional_expr(&mut self, expr: Option<ExprId>) {
        if let Some(expr) = expr {
            self.blank();
            self.expr(expr);
        }
    }

    /// `braces` says that a closing brace follows, which swallows one semicolon.
    fn stmts(&mut self, list: StmtList, braces: bool) {
        let stmts = &self.file[list];
        for (i, &stmt) in stmts.iter().enumerate() {
            self.stmt(stmt);
            self.semi();
            if i + 1 < stmts.len() {
                self.blank();
            } else if braces && matches!(self.file.stmts[stmt].kind, StmtKind::Empty) {
                self.semi();
            }
        }
    }

    pub(super) fn case(&mut self, case: CaseId, last: bool) {
        let CaseClause { cases, body, .. } = self.file.cases[case];
        match cases.expand() {
            Some(cases) => {
                self.text("case ");
                self.expr(cases);
            }
            None => self.text("default"),
        }
        self.clause_body(body, last);
    }

    pub(super) fn comm(&mut self, comm: CommId, last: bool) {
        let CommClause { comm, body, .. } = self.file.comms[comm];
        match comm.expand() {
            Some(comm) => {
                self.text("case ");
                self.stmt(comm);
            }
            None => self.text("default"),
        }
        self.clause_body(body, last);
    }

    fn clause_body(&mut self, body: StmtList, last: bool) {
        self.text(":");
        if !body.is_empty() {
            self.blank();
            self.stmts(body, last);
        }
    }

    pub(super) fn decl(&mut self, decl: DeclId) {
        let file = self.file;
        let Decl { group, kind, .. } = file.decls[decl];
        if group.is_none() {
            self.text(keyword(&kind));
            self.blank();
        }
        match kind {
            DeclKind::Import(d) => {
                if let Some(name) = d.local_name.expand() {
                    self.expr(name);
                    self.blank();
                }
                if let Some(path) = d.path.expand() {
                    self.expr(path);
                }
            }
            DeclKind::Const(d) | DeclKind::Var(d) => {
                self.expr_list(&file[d.names]);
                self.optional_expr(d.typ.expand());
                if let Some(values) = d.values.expand() {
                    self.text(" = ");
                    self.expr(values);
                }
            }
            DeclKind::Type(d) => {
                self.expr(d.name);
                self.type_parameters(d.tparams, true);
                self.blank();
                if d.alias {
                    self.text("=");
                    self.blank();
                }
                self.expr(d.typ);
            }
            DeclKind::Func(d) => {
                if let Some(recv) = d.recv.expand() {
                    self.text("(");
                    self.field(recv);
                    self.close(")");
                    self.blank();
                }
                self.expr(d.name);
                self.type_parameters(d.tparams, false);
                let (params, results) = file.func_type(d.typ);
                self.signature(params, results);
                if let Some(body) = d.body.expand() {
                    self.blank();
                    self.stmt(body);
                }
            }
        }
    }

    /// Declarations of one group, or a single declaration.
    fn decl_group(&mut self, decls: &[DeclId]) {
        let Some(&first) = decls.first() else { return };
        let decl = &self.file.decls[first];
        if decl.group.is_none() {
            self.decl(first);
            return;
        }
        self.text(keyword(&decl.kind));
        self.text(" (");
        for &decl in decls {
            self.decl(decl);
            self.semi();
            self.blank();
        }
        self.close(")");
    }

    fn decl_list(&mut self, decls: &[DeclId]) {
        let group = |&decl: &DeclId| self.file.decls[decl].group;
        let chunks: Vec<&[DeclId]> =
            decls.chunk_by(|a, b| group(a).is_some() && group(a) == group(b)).collect();
        for (i, chunk) in chunks.into_iter().enumerate() {
            if i > 0 {
                self.semi();
                self.blank();
            }
            self.decl_group(chunk);
        }
    }
}

fn keyword(kind: &DeclKind) -> &'static str {
    match kind {
        DeclKind::Import(_) => "import",
        DeclKind::Const(_) => "const",
        DeclKind::Type(_) => "type",
        DeclKind::Var(_) => "var",
        DeclKind::Func(_) => "func",
    }
}
