//! Where nodes start and end.
//!
//! The results are those of gc's `StartPos` and `EndPos`, which the type checker uses for the positions of
//! errors and for the extents of scopes. The end is approximate in the same ways: for a parenthesised
//! expression it is the end of the inner one, for a call that of the last argument, for blocks the position of
//! the closing brace.

use crate::ast::*;
use crate::pos::Pos;
use crate::walk::Node;

impl File {
    /// The position at which the source of an expression begins.
    pub fn start_pos(&self, mut expr: ExprId) -> Pos {
        use ExprKind::*;
        loop {
            let Expr { pos, kind } = self.exprs[expr];
            expr = match kind {
                CompositeLit { typ, .. } => match typ.expand() {
                    Some(typ) => typ,
                    None => return pos,
                },
                KeyValue { key, .. } => key,
                Selector { x, .. } | Index { x, .. } | Assert { x, .. } | Binary { x, .. } => x,
                TypeSwitchGuard { lhs, x } => lhs.expand().unwrap_or(x),
                Call { fun, .. } => fun,
                List(list) => match self[list].first() {
                    Some(&first) => first,
                    None => return pos,
                },
                _ => return pos,
            }
        }
    }

    /// The position at which a statement begins.
    pub fn stmt_start_pos(&self, stmt: StmtId) -> Pos {
        let Stmt { pos, kind } = self.stmts[stmt];
        match kind {
            StmtKind::Send { chan, .. } => self.start_pos(chan),
            StmtKind::Assign { lhs, .. } => self.start_pos(lhs),
            StmtKind::Range { lhs, x, .. } => self.start_pos(lhs.expand().unwrap_or(x)),
            _ => pos,
        }
    }

    /// The position at which any node begins.
    pub fn node_start_pos(&self, node: Node) -> Pos {
        match node {
            Node::Expr(expr) => self.start_pos(expr),
            Node::Stmt(stmt) => self.stmt_start_pos(stmt),
            _ => self.node_pos(node),
        }
    }

    /// The position of any node.
    pub fn node_pos(&self, node: Node) -> Pos {
        match node {
            Node::Expr(id) => self.exprs[id].pos,
            Node::Stmt(id) => self.stmts[id].pos,
            Node::Decl(id) => self.decls[id].pos,
            Node::Field(id) => self.fields[id].pos,
            Node::Case(id) => self.cases[id].pos,
            Node::Comm(id) => self.comms[id].pos,
        }
    }

    /// The approximate end of an expression.
    pub fn end_pos(&self, expr: ExprId) -> Pos {
        self.node_end_pos(Node::Expr(expr))
    }

    /// The approximate end of a statement.
    pub fn stmt_end_pos(&self, stmt: StmtId) -> Pos {
        self.node_end_pos(Node::Stmt(stmt))
    }

    /// The approximate end of any node.
    pub fn node_end_pos(&self, mut node: Node) -> Pos {
        loop {
            let next = match node {
                Node::Expr(id) => self.last_of_expr(id),
                Node::Stmt(id) => self.last_of_stmt(id),
                Node::Decl(id) => self.last_of_decl(id),
                Node::Field(id) => Last::Node(Node::Expr(self.fields[id].typ)),
                Node::Case(id) => self.last_of_body(self.cases[id].body, self.cases[id].colon),
                Node::Comm(id) => self.last_of_body(self.comms[id].body, self.comms[id].colon),
            };
            match next {
                Last::Node(last) => node = last,
                Last::Pos(pos) => return pos,
            }
        }
    }

    fn last_of_body(&self, body: StmtList, colon: Pos) -> Last {
        self[body].last().map_or(Last::Pos(colon), |&stmt| Last::Node(Node::Stmt(stmt)))
    }

    fn last_of_expr(&self, expr: ExprId) -> Last {
        use ExprKind::*;
        let Expr { pos, kind } = self.exprs[expr];
        let last_field = |range: IdRange<FieldId>| range.last().map(|f| Last::Node(Node::Field(f)));
        let last = match kind {
            Bad => return Last::Pos(pos),
            Name(name) => return Last::Pos(pos.offset(name.as_str().len() as u32)),
            BasicLit { len, .. } => return Last::Pos(pos.offset(len)),
            CompositeLit { rbrace, .. } => return Last::Pos(rbrace),
            FuncLit { body, .. } => return Last::Node(Node::Stmt(body)),
            StructType { fields } => return last_field(fields).unwrap_or(Last::Pos(pos)),
            InterfaceType { methods } => return last_field(methods).unwrap_or(Last::Pos(pos)),
            FuncType { params, results } => {
                return last_field(results).or(last_field(params)).unwrap_or(Last::Pos(pos));
            }
            List(list) => match self[list].last() {
                Some(&last) => last,
                None => return Last::Pos(pos),
            },
            Call { fun, args, .. } => self[args].last().copied().unwrap_or(fun),
            KeyValue { value, .. } => value,
            Paren(x) | TypeSwitchGuard { x, .. } | Unary { x, .. } => x,
            // As gc has it: the end of a slice expression is that of its operand.
            Slice { x, .. } => x,
            Selector { sel, .. } => sel,
            Index { index, .. } => index,
            Assert { typ, .. } => typ,
            Binary { y, .. } => y,
            ArrayType { elem, .. } | SliceType(elem) | DotsType(elem) | ChanType { elem, .. } => elem,
            MapType { value, .. } => value,
        };
        Last::Node(Node::Expr(last))
    }

    fn last_of_stmt(&self, stmt: StmtId) -> Last {
        use StmtKind::*;
        let Stmt { pos, kind } = self.stmts[stmt];
        let expr = |e: Option<ExprId>| e.map_or(Last::Pos(pos), |e| Last::Node(Node::Expr(e)));
        match kind {
            Empty => Last::Pos(pos),
            Labeled { stmt, .. } => Last::Node(Node::Stmt(stmt)),
            Block { rbrace, .. } | Switch { rbrace, .. } | Select { rbrace, .. } => Last::Pos(rbrace),
            Expr(x) => expr(Some(x)),
            Send { value, .. } => expr(Some(value)),
            Decl(decls) => decls.last().map_or(Last::Pos(pos), |d| Last::Node(Node::Decl(d))),
            Assign { lhs, rhs, .. } => match rhs.expand() {
                Some(rhs) => expr(Some(rhs)),
                None => Last::Pos(self.end_pos(lhs).offset(2)),
            },
            Branch { label, .. } => expr(label.expand()),
            Call { call, .. } => expr(Some(call)),
            Return { results } => expr(results.expand()),
            If { then, els, .. } => Last::Node(Node::Stmt(els.expand().unwrap_or(then))),
            For { body, .. } => Last::Node(Node::Stmt(body)),
            Range { x, .. } => expr(Some(x)),
        }
    }

    fn last_of_decl(&self, decl: DeclId) -> Last {
        let decl = &self.decls[decl];
        let expr = |e: Option<ExprId>| e.map_or(Last::Pos(decl.pos), |e| Last::Node(Node::Expr(e)));
        match decl.kind {
            DeclKind::Import(d) => expr(d.path.expand()),
            DeclKind::Const(d) | DeclKind::Var(d) => {
                expr(d.values.expand().or(d.typ.expand()).or(self[d.names].last().copied()))
            }
            DeclKind::Type(d) => expr(Some(d.typ)),
            DeclKind::Func(d) => match d.body.expand() {
                Some(body) => Last::Node(Node::Stmt(body)),
                None => expr(Some(d.typ)),
            },
        }
    }
}

enum Last {
    Node(Node),
    Pos(Pos),
}
