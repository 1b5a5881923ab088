//! Statements.

use super::*;
use crate::scanner::SemiKind;
use crate::walk::Node;

/// The head of an if, for or switch statement.
#[derive(Default)]
struct Header {
    init: Option<StmtId>,
    cond: Option<ExprId>,
    post: Option<StmtId>,
}

impl Parser<'_> {
    /// `{ Statement ";" }`
    fn stmt_list(&mut self) -> StmtList {
        let base = self.stmt_stack.len();
        while !matches!(self.tok(), Token::Eof | Token::Rbrace | Token::Case | Token::Default) {
            let stmt = self.stmt_or_none();
            self.clear_pragma();
            let Some(stmt) = stmt else { break };
            self.stmt_stack.push(stmt);
            if !self.got(Token::Semi) && self.tok() != Token::Rbrace {
                self.syntax_error("at end of statement");
                self.advance(TokenSet::new(&[Token::Semi, Token::Rbrace, Token::Case, Token::Default]));
                self.got(Token::Semi);
            }
        }
        self.pop_stmts(base)
    }

    /// A statement if the current token begins one.
    fn stmt_or_none(&mut self) -> Option<StmtId> {
        self.nested(Parser::stmt_or_none_nested, |_| None)
    }

    fn stmt_or_none_nested(&mut self) -> Option<StmtId> {
        let pos = self.pos();
        // Most statements begin with a name.
        if self.tok() == Token::Name {
            self.clear_pragma();
            let lhs = self.expr_list();
            if self.tok() == Token::Colon && self.file.as_name(lhs).is_some() {
                return self.labeled_stmt(lhs);
            }
            return Some(self.simple_stmt(Some(lhs), None));
        }
        match self.tok() {
            Token::Var => return Some(self.decl_stmt(Parser::var_decl)),
            Token::Const => return Some(self.decl_stmt(Parser::const_decl)),
            Token::Type => return Some(self.decl_stmt(Parser::type_decl)),
            _ => self.clear_pragma(),
        }
        let stmt = match self.tok() {
            Token::Lbrace => self.block(""),
            Token::Operator | Token::Star => {
                use Operator::*;
                if !matches!(self.scanner.op, Add | Sub | Mul | And | Xor | Not) {
                    return None;
                }
                self.simple_stmt(None, None)
            }
            Token::Literal
            | Token::Func
            | Token::Lparen
            | Token::Lbrack
            | Token::Struct
            | Token::Map
            | Token::Chan
            | Token::Interface
            | Token::Arrow => self.simple_stmt(None, None),
            Token::For => self.for_stmt(),
            Token::Switch => self.switch_stmt(),
            Token::Select => self.select_stmt(),
            Token::If => self.if_stmt(),
            Token::Fallthrough => self.branch_stmt(BranchTok::Fallthrough),
            Token::Break => self.branch_stmt(BranchTok::Break),
            Token::Continue => self.branch_stmt(BranchTok::Continue),
            Token::Goto => self.branch_stmt(BranchTok::Goto),
            Token::Go => self.call_stmt(CallTok::Go),
            Token::Defer => self.call_stmt(CallTok::Defer),
            Token::Return => {
                self.next();
                let some = !matches!(self.tok(), Token::Semi | Token::Rbrace);
                let results = some.then(|| self.expr_list()).into();
                self.stmt_node(pos, StmtKind::Return { results })
            }
            Token::Semi => self.stmt_node(pos, StmtKind::Empty),
            _ => return None,
        };
        Some(stmt)
    }

    fn branch_stmt(&mut self, tok: BranchTok) -> StmtId {
        let pos = self.pos();
        self.next();
        let label = match tok {
            BranchTok::Fallthrough => None,
            BranchTok::Goto => Some(self.name()),
            BranchTok::Break | BranchTok::Continue => (self.tok() == Token::Name).then(|| self.name()),
        };
        let kind = StmtKind::Branch { tok, label: label.into(), target: PackedOption::default() };
        self.stmt_node(pos, kind)
    }

    fn call_stmt(&mut self, tok: CallTok) -> StmtId {
        let pos = self.pos();
        self.next();
        let keep_parens = self.tok() == Token::Lparen;
        let x = self.primary_expr(None, keep_parens);
        let call = self.file.unparen(x);
        if call != x {
            let pos = self.file.pos(x);
            self.error_at(pos, format!("expression in {} must not be parenthesized", tok.as_str()));
        }
        self.stmt_node(pos, StmtKind::Call { tok, call })
    }

    /// The statement behind `label`, from the colon on.
    fn labeled_stmt(&mut self, label: ExprId) -> Option<StmtId> {
        let pos = self.pos();
        self.want(Token::Colon);
        let stmt = if self.tok() == Token::Rbrace {
            // The semicolon of an empty statement may be left out before `}`.
            let pos = self.pos();
            Some(self.stmt_node(pos, StmtKind::Empty))
        } else {
            self.stmt_or_none()
        };
        let Some(stmt) = stmt else {
            self.syntax_error_at(pos, "missing statement after label");
            return None;
        };
        Some(self.stmt_node(pos, StmtKind::Labeled { label, stmt }))
    }

    /// An expression, send, increment, assignment or short variable declaration. `lhs` is an expression list that
    /// has been parsed already, `keyword` that of the statement in whose header we are: range clauses are
    /// allowed for `For`, type switch guards with `:=` for `Switch`.
    fn simple_stmt(&mut self, lhs: Option<ExprId>, keyword: Option<Token>) -> StmtId {
        if keyword == Some(Token::For) && self.tok() == Token::Range {
            return self.range_clause(None, false);
        }
        let lhs = match lhs {
            Some(lhs) => lhs,
            None => self.expr_list(),
        };
        let pos = self.pos();
        let is_list = matches!(self.file.kind(lhs), ExprKind::List(_));
        let tok = self.tok();
        if !is_list && !matches!(tok, Token::Assign | Token::Define) {
            return match tok {
                Token::AssignOp => {
                    let op = self.scanner.op;
                    self.next();
                    let rhs = self.expr();
                    self.assign_stmt(pos, Some(op), lhs, Some(rhs))
                }
                Token::IncOp => {
                    let op = self.scanner.op;
                    self.next();
                    self.assign_stmt(pos, Some(op), lhs, None)
                }
                Token::Arrow => {
                    self.next();
                    let value = self.expr();
                    self.stmt_node(pos, StmtKind::Send { chan: lhs, value })
                }
                _ => self.expr_stmt(lhs),
            };
        }
        if !matches!(tok, Token::Assign | Token::Define) {
            self.syntax_error("expected := or = or comma");
            self.advance(TokenSet::new(&[Token::Semi, Token::Rbrace]));
            let first = self.file.unpack_list(&lhs)[0];
            return self.expr_stmt(first);
        }

        let def = tok == Token::Define;
        self.next();
        if keyword == Some(Token::For) && self.tok() == Token::Range {
            return self.range_clause(Some(lhs), def);
        }
        let rhs = self.expr_list();
        if let ExprKind::TypeSwitchGuard { x, .. } = self.file.kind(rhs)
            && keyword == Some(Token::Switch)
            && def
            && self.file.as_name(lhs).is_some()
        {
            self.file.exprs[rhs].kind = ExprKind::TypeSwitchGuard { lhs: lhs.into(), x };
            return self.expr_stmt(rhs);
        }
        self.assign_stmt(pos, def.then_some(Operator::Def), lhs, Some(rhs))
    }

    fn expr_stmt(&mut self, x: ExprId) -> StmtId {
        let pos = self.file.pos(x);
        self.stmt_node(pos, StmtKind::Expr(x))
    }

    fn assign_stmt(&mut self, pos: Pos, op: Option<Operator>, lhs: ExprId, rhs: Option<ExprId>) -> StmtId {
        self.stmt_node(pos, StmtKind::Assign { op, lhs, rhs: rhs.into() })
    }

    fn range_clause(&mut self, lhs: Option<ExprId>, def: bool) -> StmtId {
        let pos = self.pos();
        self.next();
        let x = self.expr();
        self.stmt_node(pos, StmtKind::Range { lhs: lhs.into(), def, x })
    }

    /// `"{" StatementList "}"`. `context` says what the block belongs to; it may be empty if the current token is
    /// known to be `{`.
    pub(super) fn block(&mut self, context: &str) -> StmtId {
        let pos = self.pos();
        if !self.got(Token::Lbrace) {
            self.syntax_error(&format!("expected {{ after {context}"));
            self.advance(TokenSet::new(&[Token::Name, Token::Rbrace]));
            let rbrace = self.pos();
            if self.got(Token::Rbrace) {
                return self.stmt_node(pos, StmtKind::Block { list: StmtList::EMPTY, rbrace });
            }
        }
        let list = self.stmt_list();
        let rbrace = self.pos();
        self.want(Token::Rbrace);
        self.stmt_node(pos, StmtKind::Block { list, rbrace })
    }

    fn for_stmt(&mut self) -> StmtId {
        let pos = self.pos();
        let Header { init, cond, post } = self.header(Token::For);
        let body = self.block("for clause");
        let kind = StmtKind::For { init: init.into(), cond: cond.into(), post: post.into(), body };
        self.stmt_node(pos, kind)
    }

    /// The head of an if, for or switch statement, from the keyword to the `{`.
    fn header(&mut self, keyword: Token) -> Header {
        self.next();
        let mut header = Header::default();
        if self.tok() == Token::Lbrace {
            if keyword == Token::If {
                self.syntax_error("missing condition in if statement");
                header.cond = Some(self.bad_expr());
            }
            return header;
        }

        let outer = std::mem::replace(&mut self.xnest, -1);
        if self.tok() != Token::Semi {
            if self.got(Token::Var) {
                let keyword = keyword.as_str();
                self.syntax_error(&format!("var declaration not allowed in {keyword} initializer"));
            }
            let init = self.simple_stmt(None, Some(keyword));
            header.init = Some(init);
            if matches!(self.file.stmts[init].kind, StmtKind::Range { .. }) {
                self.xnest = outer;
                return header;
            }
        }

        let mut semi = None;
        let mut cond_stmt = None;
        if self.tok() == Token::Lbrace {
            cond_stmt = header.init.take();
        } else {
            if self.tok() == Token::Semi {
                semi = Some((self.pos(), self.scanner.semi));
                self.next();
            } else {
                // Asking for `{` makes for a better message than asking for a semicolon.
                self.want(Token::Lbrace);
                if self.tok() != Token::Lbrace {
                    self.advance(TokenSet::new(&[Token::Lbrace, Token::Rbrace]));
                }
            }
            if keyword == Token::For {
                self.rest_of_for_header(&mut header, &mut cond_stmt);
            } else if self.tok() != Token::Lbrace {
                cond_stmt = Some(self.simple_stmt(None, Some(keyword)));
            }
        }

        match cond_stmt {
            None => {
                if let (Token::If, Some((pos, semi))) = (keyword, semi) {
                    if semi == SemiKind::Semicolon {
                        self.syntax_error_at(pos, "missing condition in if statement");
                    } else {
                        let semi = semi.as_str();
                        self.syntax_error_at(pos, &format!("unexpected {semi}, expected {{ after if clause"));
                    }
                    header.cond = Some(self.expr_node(pos, ExprKind::Bad));
                }
            }
            Some(stmt) => header.cond = self.condition(stmt),
        }
        self.xnest = outer;
        header
    }

    /// `cond; post` of a for statement, behind the first semicolon.
    fn rest_of_for_header(&mut self, header: &mut Header, cond_stmt: &mut Option<StmtId>) {
        if self.tok() != Token::Semi {
            if self.tok() == Token::Lbrace {
                self.syntax_error("expected for loop condition");
                return;
            }
            *cond_stmt = Some(self.simple_stmt(None, None));
        }
        self.want(Token::Semi);
        if self.tok() != Token::Lbrace {
            let post = self.simple_stmt(None, None);
            header.post = Some(post);
            let Stmt { pos, kind } = self.file.stmts[post];
            if matches!(kind, StmtKind::Assign { op: Some(Operator::Def), .. }) {
                self.syntax_error_at(pos, "cannot declare in post statement of for loop");
            }
        }
    }

    /// The expression of a statement that stands where a condition or tag must; an error if it is another kind
    /// of statement.
    fn condition(&mut self, stmt: StmtId) -> Option<ExprId> {
        let Stmt { pos, kind } = self.file.stmts[stmt];
        let shown = match kind {
            StmtKind::Expr(x) => return Some(x),
            // `=` for `==` is a common mistake: make it stand out.
            StmtKind::Assign { op: None, lhs, rhs } if rhs.is_some() => {
                let rhs = rhs.expand().expect("checked above");
                format!("assignment {} = {}", self.emphasized(lhs), self.emphasized(rhs))
            }
            _ => self.file.node_string(Node::Stmt(stmt)),
        };
        self.syntax_error_at(pos, &format!("cannot use {shown} as value"));
        None
    }

    /// The text of an expression, in parentheses if it is a binary one.
    fn emphasized(&self, x: ExprId) -> String {
        let text = self.file.expr_string(x);
        match self.file.kind(x) {
            ExprKind::Binary { .. } => format!("({text})"),
            _ => text,
        }
    }

    /// An if statement with its chain of else-ifs, which is parsed without recursion: generated code may have
    /// thousands of them.
    fn if_stmt(&mut self) -> StmtId {
        let mut chain = Vec::new();
        let mut els = None;
        loop {
            let pos = self.pos();
            let Header { init, cond, .. } = self.header(Token::If);
            let cond = match cond {
                Some(cond) => cond,
                None => self.expr_node(pos, ExprKind::Bad),
            };
            let then = self.block("if clause");
            chain.push((pos, init, cond, then));
            if !self.got(Token::Else) {
                break;
            }
            match self.tok() {
                Token::If => continue,
                Token::Lbrace => els = Some(self.block("")),
                _ => {
                    self.syntax_error("else must be followed by if or statement block");
                    self.advance(TokenSet::new(&[Token::Name, Token::Rbrace]));
                }
            }
            break;
        }
        while let Some((pos, init, cond, then)) = chain.pop() {
            let kind = StmtKind::If { init: init.into(), cond, then, els: els.into() };
            els = Some(self.stmt_node(pos, kind));
        }
        els.expect("at least one if")
    }

    fn switch_stmt(&mut self) -> StmtId {
        let pos = self.pos();
        let Header { init, cond: tag, .. } = self.header(Token::Switch);
        self.clauses_begin("missing { after switch clause");
        let base = self.case_stack.len();
        while !matches!(self.tok(), Token::Eof | Token::Rbrace) {
            let clause = self.case_clause();
            self.case_stack.push(clause);
        }
        let rbrace = self.pos();
        self.want(Token::Rbrace);
        let start = self.file.cases.len();
        for clause in self.case_stack.drain(base..) {
            self.file.cases.push(clause);
        }
        let cases = IdRange::new(start, self.file.cases.len());
        self.stmt_node(pos, StmtKind::Switch { init: init.into(), tag: tag.into(), cases, rbrace })
    }

    fn select_stmt(&mut self) -> StmtId {
        let pos = self.pos();
        self.next();
        self.clauses_begin("missing { after select clause");
        let base = self.comm_stack.len();
        while !matches!(self.tok(), Token::Eof | Token::Rbrace) {
            let clause = self.comm_clause();
            self.comm_stack.push(clause);
        }
        let rbrace = self.pos();
        self.want(Token::Rbrace);
        let start = self.file.comms.len();
        for clause in self.comm_stack.drain(base..) {
            self.file.comms.push(clause);
        }
        let comms = IdRange::new(start, self.file.comms.len());
        self.stmt_node(pos, StmtKind::Select { comms, rbrace })
    }

    fn clauses_begin(&mut self, msg: &str) {
        if !self.got(Token::Lbrace) {
            self.syntax_error(msg);
            self.advance(TokenSet::new(&[Token::Case, Token::Default, Token::Rbrace]));
        }
    }

    fn case_clause(&mut self) -> CaseClause {
        let pos = self.pos();
        let cases = if self.clause_keyword() { Some(self.expr_list()) } else { None };
        let (colon, body) = self.clause_body();
        CaseClause { pos, colon, cases: cases.into(), body }
    }

    fn comm_clause(&mut self) -> CommClause {
        let pos = self.pos();
        let comm = if self.clause_keyword() { Some(self.simple_stmt(None, None)) } else { None };
        let (colon, body) = self.clause_body();
        CommClause { pos, colon, comm: comm.into(), body }
    }

    /// Skips `case` (true) or `default` (false).
    fn clause_keyword(&mut self) -> bool {
        if self.got(Token::Case) {
            return true;
        }
        if !self.got(Token::Default) {
            self.syntax_error("expected case or default or }");
            self.advance(TokenSet::new(&[Token::Colon, Token::Case, Token::Default, Token::Rbrace]));
        }
        false
    }

    fn clause_body(&mut self) -> (Pos, StmtList) {
        let colon = self.pos();
        self.want(Token::Colon);
        (colon, self.stmt_list())
    }
}
