//! Traversal of the tree.
//!
//! [`File::children`] calls a function for each child of a node in source order (in the order of gc's
//! `Walk`); [`File::inspect`] visits a whole subtree. Nodes that are shared (the type of `a, b T`) are visited
//! once per parent.

use crate::ast::*;

/// Any node of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    /// An expression or type.
    Expr(ExprId),
    /// A statement.
    Stmt(StmtId),
    /// A declaration.
    Decl(DeclId),
    /// A field.
    Field(FieldId),
    /// A case of a switch.
    Case(CaseId),
    /// A case of a select.
    Comm(CommId),
}

impl From<ExprId> for Node {
    fn from(id: ExprId) -> Node {
        Node::Expr(id)
    }
}

impl From<StmtId> for Node {
    fn from(id: StmtId) -> Node {
        Node::Stmt(id)
    }
}

impl From<DeclId> for Node {
    fn from(id: DeclId) -> Node {
        Node::Decl(id)
    }
}

impl From<FieldId> for Node {
    fn from(id: FieldId) -> Node {
        Node::Field(id)
    }
}

impl File {
    /// Visits `node` and everything below it in pre-order. The children of a node are skipped if `visit`
    /// returns false for it.
    pub fn inspect(&self, node: impl Into<Node>, visit: &mut impl FnMut(Node) -> bool) {
        // An explicit stack: the depth of a tree is bounded by the parser, but callers' frames may be large.
        let mut stack = vec![node.into()];
        let mut children = Vec::new();
        while let Some(node) = stack.pop() {
            if visit(node) {
                self.children(node, &mut |child| children.push(child));
                stack.extend(children.drain(..).rev());
            }
        }
    }

    /// Calls `f` for each child of `node`.
    pub fn children(&self, node: Node, f: &mut impl FnMut(Node)) {
        match node {
            Node::Expr(id) => self.expr_children(id, f),
            Node::Stmt(id) => self.stmt_children(id, f),
            Node::Decl(id) => self.decl_children(id, f),
            Node::Field(id) => {
                let field = self.fields[id];
                optional(field.name.expand(), f);
                f(Node::Expr(field.typ));
            }
            Node::Case(id) => {
                let case = self.cases[id];
                optional(case.cases.expand(), f);
                self.stmt_list(case.body, f);
            }
            Node::Comm(id) => {
                let comm = self.comms[id];
                optional(comm.comm.expand(), f);
                self.stmt_list(comm.body, f);
            }
        }
    }

    fn expr_children(&self, id: ExprId, f: &mut impl FnMut(Node)) {
        use ExprKind::*;
        match self.exprs[id].kind {
            Bad | Name(_) | BasicLit { .. } => {}
            CompositeLit { typ, elems, .. } => {
                optional(typ.expand(), f);
                self.expr_list(elems, f);
            }
            KeyValue { key, value } | MapType { key, value } => {
                f(key.into());
                f(value.into());
            }
            FuncLit { typ, body } => {
                f(typ.into());
                f(body.into());
            }
            Paren(x) | Unary { x, .. } | SliceType(x) | DotsType(x) | ChanType { elem: x, .. } => f(x.into()),
            Selector { x, sel: y } | Index { x, index: y } | Assert { x, typ: y } | Binary { x, y, .. } => {
                f(x.into());
                f(y.into());
            }
            Slice { x, index, .. } => {
                f(x.into());
                for i in index {
                    optional(i.expand(), f);
                }
            }
            TypeSwitchGuard { lhs, x } => {
                optional(lhs.expand(), f);
                f(x.into());
            }
            Call { fun, args, .. } => {
                f(fun.into());
                self.expr_list(args, f);
            }
            List(list) => self.expr_list(list, f),
            ArrayType { len, elem } => {
                optional(len.expand(), f);
                f(elem.into());
            }
            StructType { fields } => {
                field_list(fields, f);
                for field in fields.iter() {
                    optional(self.fields[field].tag.expand(), f);
                }
            }
            InterfaceType { methods } => field_list(methods, f),
            FuncType { params, results } => {
                field_list(params, f);
                field_list(results, f);
            }
        }
    }

    fn stmt_children(&self, id: StmtId, f: &mut impl FnMut(Node)) {
        use StmtKind::*;
        match self.stmts[id].kind {
            Empty => {}
            Labeled { label, stmt } => {
                f(label.into());
                f(stmt.into());
            }
            Block { list, .. } => self.stmt_list(list, f),
            Expr(x) | Call { call: x, .. } => f(x.into()),
            Send { chan: x, value: y } => {
                f(x.into());
                f(y.into());
            }
            Decl(decls) => decls.iter().for_each(|d| f(d.into())),
            Assign { lhs, rhs, .. } => {
                f(lhs.into());
                optional(rhs.expand(), f);
            }
            Branch { label, .. } => optional(label.expand(), f),
            Return { results } => optional(results.expand(), f),
            If { init, cond, then, els } => {
                optional(init.expand(), f);
                f(cond.into());
                f(then.into());
                optional(els.expand(), f);
            }
            For { init, cond, post, body } => {
                optional(init.expand(), f);
                optional(cond.expand(), f);
                optional(post.expand(), f);
                f(body.into());
            }
            Switch { init, tag, cases, .. } => {
                optional(init.expand(), f);
                optional(tag.expand(), f);
                cases.iter().for_each(|c| f(Node::Case(c)));
            }
            Select { comms, .. } => comms.iter().for_each(|c| f(Node::Comm(c))),
            Range { lhs, x, .. } => {
                optional(lhs.expand(), f);
                f(x.into());
            }
        }
    }

    fn decl_children(&self, id: DeclId, f: &mut impl FnMut(Node)) {
        match self.decls[id].kind {
            DeclKind::Import(d) => {
                optional(d.local_name.expand(), f);
                optional(d.path.expand(), f);
            }
            DeclKind::Const(d) | DeclKind::Var(d) => {
                self.expr_list(d.names, f);
                optional(d.typ.expand(), f);
                optional(d.values.expand(), f);
            }
            DeclKind::Type(d) => {
                f(d.name.into());
                field_list(d.tparams, f);
                f(d.typ.into());
            }
            DeclKind::Func(d) => {
                optional(d.recv.expand(), f);
                f(d.name.into());
                field_list(d.tparams, f);
                f(d.typ.into());
                optional(d.body.expand(), f);
            }
        }
    }

    fn expr_list(&self, list: ExprList, f: &mut impl FnMut(Node)) {
        self[list].iter().for_each(|&x| f(x.into()));
    }

    fn stmt_list(&self, list: StmtList, f: &mut impl FnMut(Node)) {
        self[list].iter().for_each(|&s| f(s.into()));
    }
}

fn field_list(fields: IdRange<FieldId>, f: &mut impl FnMut(Node)) {
    fields.iter().for_each(|id| f(id.into()));
}

fn optional(id: Option<impl Into<Node>>, f: &mut impl FnMut(Node)) {
    if let Some(id) = id {
        f(id.into());
    }
}
