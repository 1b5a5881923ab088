//! Accessors that most users of the tree need.

use super::*;

impl File {
    /// The elements of a list. Same as indexing the file.
    #[inline]
    pub fn list(&self, list: ExprList) -> &[ExprId] {
        &self[list]
    }

    /// The statements of a list. Same as indexing the file.
    #[inline]
    pub fn stmts_of(&self, list: StmtList) -> &[StmtId] {
        &self[list]
    }

    /// The kind of an expression.
    #[inline]
    pub fn kind(&self, expr: ExprId) -> ExprKind {
        self.exprs[expr].kind
    }

    /// The position of an expression.
    #[inline]
    pub fn pos(&self, expr: ExprId) -> Pos {
        self.exprs[expr].pos
    }

    /// The identifier of a [`ExprKind::Name`]; panics for anything else.
    #[inline]
    pub fn name(&self, expr: ExprId) -> Symbol {
        match self.exprs[expr].kind {
            ExprKind::Name(name) => name,
            other => panic!("not a name: {other:?}"),
        }
    }

    /// The identifier, if the expression is one.
    #[inline]
    pub fn as_name(&self, expr: ExprId) -> Option<Symbol> {
        match self.exprs[expr].kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The source text of a [`ExprKind::BasicLit`], quotes included; empty for other expressions and for text
    /// that is not UTF-8 (such a literal is bad).
    pub fn lit_text(&self, expr: ExprId) -> &str {
        let Expr { pos, kind: ExprKind::BasicLit { len, .. } } = self.exprs[expr] else { return "" };
        let start = self.source.offset(pos);
        std::str::from_utf8(&self.source.text()[start..start + len as usize]).unwrap_or("")
    }

    /// The expression without enclosing parentheses.
    #[inline]
    pub fn unparen(&self, mut expr: ExprId) -> ExprId {
        while let ExprKind::Paren(x) = self.exprs[expr].kind {
            expr = x;
        }
        expr
    }

    /// The elements of a [`ExprKind::List`], or the expression itself as a list of one.
    #[inline]
    pub fn unpack_list<'a>(&'a self, expr: &'a ExprId) -> &'a [ExprId] {
        match self.exprs[*expr].kind {
            ExprKind::List(list) => &self[list],
            _ => std::slice::from_ref(expr),
        }
    }

    /// Like [`File::unpack_list`]; no elements for `None`.
    #[inline]
    pub fn unpack_optional_list<'a>(&'a self, expr: &'a Option<ExprId>) -> &'a [ExprId] {
        match expr {
            Some(expr) => self.unpack_list(expr),
            None => &[],
        }
    }

    /// Parameters and results of a [`ExprKind::FuncType`]; panics for anything else.
    pub fn func_type(&self, expr: ExprId) -> (IdRange<FieldId>, IdRange<FieldId>) {
        match self.exprs[expr].kind {
            ExprKind::FuncType { params, results } => (params, results),
            other => panic!("not a function type: {other:?}"),
        }
    }

    /// List and closing brace of a [`StmtKind::Block`]; panics for anything else.
    pub fn block(&self, stmt: StmtId) -> (StmtList, Pos) {
        match self.stmts[stmt].kind {
            StmtKind::Block { list, rbrace } => (list, rbrace),
            other => panic!("not a block: {other:?}"),
        }
    }

    /// The flags of the directives in front of a declaration.
    pub fn pragma_flags(&self, decl: DeclId) -> PragmaFlags {
        self.pragma_of(decl).map_or(PragmaFlags::NONE, |p| p.flags)
    }

    /// The directives in front of a declaration.
    pub fn pragma_of(&self, decl: DeclId) -> Option<&Pragma> {
        self.decls[decl].pragma.expand().map(|id| &self.pragmas[id])
    }

    /// The import declarations of the file with their unquoted paths, bad ones left out.
    pub fn imports(&self) -> impl Iterator<Item = (DeclId, ImportDecl, String)> + '_ {
        self.decl_list.iter().filter_map(|&id| {
            let DeclKind::Import(import) = self.decls[id].kind else { return None };
            let path = import.path.expand()?;
            match self.exprs[path].kind {
                ExprKind::BasicLit { kind: LitKind::String, bad: false, .. } => {
                    Some((id, import, crate::literal::unquote_string(self.lit_text(path))?))
                }
                _ => None,
            }
        })
    }

    /// Whether the expression is written so that it can only be a type, never a value.
    pub fn is_type_literal(&self, expr: ExprId) -> bool {
        use ExprKind::*;
        matches!(
            self.kind(expr),
            ArrayType { .. }
                | SliceType(_)
                | StructType { .. }
                | InterfaceType { .. }
                | FuncType { .. }
                | MapType { .. }
                | ChanType { .. }
        )
    }
}
