//! Files and declarations.

use super::*;

const DECL_KEYWORDS: TokenSet =
    TokenSet::new(&[Token::Import, Token::Const, Token::Type, Token::Var, Token::Func]);

/// Where the ids of a declaration begin.
#[derive(Clone, Copy)]
struct Mark {
    pos: Pos,
    pragma: PackedOption<PragmaId>,
    exprs: usize,
    stmts: usize,
}

impl<'a> Parser<'a> {
    /// `PackageClause ";" { ImportDecl ";" } { TopLevelDecl ";" }`
    pub(super) fn file(mut self) -> Parsed {
        self.next();
        self.file.pos = self.pos();
        self.scanner.directives.top = false;
        self.source_file();
        self.file.eof = self.pos();

        let scanner = &mut self.scanner;
        let directives = std::mem::take(&mut scanner.directives);
        let diagnostics = std::mem::take(&mut scanner.diagnostics);
        let mut file = self.file;
        file.build_constraint = directives.build_constraint;
        file.go_version = directives.go_version;
        file.linknames = directives.linknames;
        file.cgo_directives = directives.cgo;
        file.debug_directives = directives.debug;
        if !self.options.imports_only {
            file.source.set_line_bases(directives.line_bases);
        }
        Parsed { file, diagnostics }
    }

    fn source_file(&mut self) {
        if !self.got(Token::Package) {
            self.syntax_error("package statement must be first");
            return;
        }
        self.file.pragma = self.take_pragma();
        let name = self.name();
        self.want(Token::Semi);
        if self.error_count() > 0 {
            // There is no use in going on after an error in the package clause.
            return;
        }
        self.file.pkg_name = Some(name);

        let mut prev = Token::Import;
        while self.tok() != Token::Eof {
            if self.options.imports_only && self.tok() != Token::Import {
                return;
            }
            // Imports are accepted anywhere, with an error.
            if self.tok() == Token::Import && prev != Token::Import {
                self.syntax_error("imports must appear before other declarations");
            }
            prev = self.tok();
            let base = self.decl_stack.len();
            match self.tok() {
                Token::Import => self.group(Parser::import_decl),
                Token::Const => self.group(Parser::const_decl),
                Token::Type => self.group(Parser::type_decl),
                Token::Var => self.group(Parser::var_decl),
                Token::Func => {
                    self.next();
                    let decl = self.func_decl();
                    self.decl_stack.push(decl);
                }
                _ => {
                    if self.tok() == Token::Lbrace && self.follows_bodyless_function() {
                        self.syntax_error("unexpected semicolon or newline before {");
                    } else {
                        self.syntax_error("non-declaration statement outside function body");
                    }
                    self.advance(DECL_KEYWORDS);
                    continue;
                }
            }
            let decls = self.pop_decls(base);
            self.file.decl_list.extend(decls.iter());

            // Before the next token is read: comments in front of it belong to the next declaration.
            self.clear_pragma();
            if self.tok() != Token::Eof && !self.got(Token::Semi) {
                self.syntax_error("after top level declaration");
                self.advance(DECL_KEYWORDS);
            }
        }
        self.clear_pragma();
    }

    fn follows_bodyless_function(&self) -> bool {
        self.file.decl_list.last().is_some_and(|&decl| {
            matches!(self.file.decls[decl].kind, DeclKind::Func(FuncDecl { body, .. }) if body.is_none())
        })
    }

    fn pop_decls(&mut self, base: usize) -> IdRange<DeclId> {
        let start = self.file.decls.len();
        for decl in self.decl_stack.drain(base..) {
            self.file.decls.push(decl);
        }
        IdRange::new(start, self.file.decls.len())
    }

    /// A const, type or var statement.
    pub(super) fn decl_stmt(&mut self, f: fn(&mut Parser<'a>) -> Decl) -> StmtId {
        let pos = self.pos();
        let base = self.decl_stack.len();
        self.group(f);
        let decls = self.pop_decls(base);
        self.stmt_node(pos, StmtKind::Decl(decls))
    }

    /// `keyword f | keyword "(" { f ";" } ")"`; the keyword is the current token. The declarations are left on the
    /// stack.
    fn group(&mut self, f: fn(&mut Parser<'a>) -> Decl) {
        self.next();
        if self.tok() != Token::Lparen {
            let decl = f(self);
            self.decl_stack.push(decl);
            return;
        }
        let group = GroupId::from_u32(self.file.group_count);
        self.file.group_count += 1;
        // Before the next token is read: comments in front of it belong to the first declaration.
        self.clear_pragma();
        self.next();
        self.list("grouped declaration", Token::Semi, Token::Rparen, |p| {
            let decl = f(p);
            p.decl_stack.push(Decl { group: group.into(), ..decl });
            false
        });
    }

    fn mark(&mut self) -> Mark {
        let pos = self.pos();
        let pragma = self.take_pragma();
        Mark { pos, pragma, exprs: self.file.exprs.len(), stmts: self.file.stmts.len() }
    }

    fn finish(&mut self, mark: Mark, kind: DeclKind) -> Decl {
        Decl {
            pos: mark.pos,
            group: PackedOption::default(),
            pragma: mark.pragma,
            exprs: IdRange::new(mark.exprs, self.file.exprs.len()),
            stmts: IdRange::new(mark.stmts, self.file.stmts.len()),
            kind,
        }
    }

    /// `[ "." | PackageName ] ImportPath`
    fn import_decl(&mut self) -> Decl {
        let mark = self.mark();
        let local_name = match self.tok() {
            Token::Name => Some(self.name()),
            Token::Dot => {
                let name = self.name_node(mark.pos, sym::DOT);
                self.next();
                Some(name)
            }
            _ => None,
        };
        let path = self.literal_or_none();
        match path {
            None => {
                self.syntax_error("missing import path");
                self.advance(TokenSet::new(&[Token::Semi, Token::Rparen]));
            }
            Some(path) => {
                let Expr { pos, kind } = self.file.exprs[path];
                if let ExprKind::BasicLit { kind, bad: false, len } = kind
                    && kind != LitKind::String
                {
                    self.syntax_error_at(pos, "import path must be a string");
                    self.file.exprs[path].kind = ExprKind::BasicLit { kind, bad: true, len };
                }
            }
        }
        let kind = ImportDecl { local_name: local_name.into(), path: path.into() };
        self.finish(mark, DeclKind::Import(kind))
    }

    /// `IdentifierList [ [ Type ] "=" ExpressionList ]`
    pub(super) fn const_decl(&mut self) -> Decl {
        let mark = self.mark();
        let first = self.name();
        let names = self.name_list(first);
        let mut typ = None;
        let mut values = None;
        if !matches!(self.tok(), Token::Eof | Token::Semi | Token::Rparen) {
            typ = self.type_or_none();
            if self.got_assign() {
                values = Some(self.expr_list());
            }
        }
        let kind = ValueDecl { names, typ: typ.into(), values: values.into() };
        self.finish(mark, DeclKind::Const(kind))
    }

    /// `IdentifierList ( Type [ "=" ExpressionList ] | "=" ExpressionList )`
    pub(super) fn var_decl(&mut self) -> Decl {
        let mark = self.mark();
        let first = self.name();
        let names = self.name_list(first);
        let mut typ = None;
        let mut values = None;
        if self.got_assign() {
            values = Some(self.expr_list());
        } else {
            typ = Some(self.type_expr());
            if self.got_assign() {
                values = Some(self.expr_list());
            }
        }
        let kind = ValueDecl { names, typ: typ.into(), values: values.into() };
        self.finish(mark, DeclKind::Var(kind))
    }

    /// `identifier [ TypeParams ] [ "=" ] Type`
    pub(super) fn type_decl(&mut self) -> Decl {
        let mark = self.mark();
        let name = self.name();
        let mut tparams = IdRange::EMPTY;
        let mut alias = false;
        let typ = if self.tok() == Token::Lbrack {
            let pos = self.pos();
            self.next();
            match self.tok() {
                Token::Name => {
                    // Either an array length or the first type parameter. A length never contains `[` behind a
                    // name; otherwise the text up to the `]`, `,` or constraint reads as an expression, which
                    // decides.
                    let mut x = self.name();
                    if self.tok() != Token::Lbrack {
                        self.xnest += 1;
                        let operand = self.primary_expr(Some(x), false);
                        x = self.binary_expr(Some(operand), 0);
                        self.xnest -= 1;
                    }
                    let force = self.tok() == Token::Comma;
                    match self.split_type_parameter(x, force) {
                        Some((pname, ptype)) if ptype.is_some() || self.tok() != Token::Rbrack => {
                            tparams = self.param_list(Some(pname), ptype, Token::Rbrack, true, false);
                            alias = self.got_assign();
                            self.type_or_none()
                        }
                        _ => Some(self.array_type(pos, Some(x))),
                    }
                }
                Token::Rbrack => {
                    self.next();
                    Some(self.slice_type(pos))
                }
                _ => Some(self.array_type(pos, None)),
            }
        } else {
            alias = self.got_assign();
            self.type_or_none()
        };
        let typ = typ.unwrap_or_else(|| {
            let bad = self.bad_expr();
            self.syntax_error("in type declaration");
            self.advance(TokenSet::new(&[Token::Semi, Token::Rparen]));
            bad
        });
        self.finish(mark, DeclKind::Type(TypeDecl { name, tparams, alias, typ }))
    }

    /// Splits an expression that begins with a name into a type parameter and its constraint: `P *E` reads as a
    /// product, `P (E)` as a call, `P *E|F` as a sum. The split is made if the rest can only be a type
    /// element, or with `force`. A mere name is split into the name and no constraint.
    fn split_type_parameter(&mut self, x: ExprId, force: bool) -> Option<(ExprId, Option<ExprId>)> {
        // The first term of a union decides; later terms that can only be type elements force the split.
        let mut force = force;
        let mut union = None;
        let mut term = x;
        while let ExprKind::Binary { op: Operator::Or, x: left, y } = self.file.kind(term) {
            force |= self.file.is_type_elem(y);
            union = Some((term, y));
            term = left;
        }
        let (name, constraint) = self.split_term(term, force)?;
        let Some((sum, y)) = union else { return Some((name, constraint)) };
        self.file.exprs[sum].kind = ExprKind::Binary { op: Operator::Or, x: constraint?, y };
        Some((name, Some(x)))
    }

    fn split_term(&mut self, x: ExprId, force: bool) -> Option<(ExprId, Option<ExprId>)> {
        let file = &self.file;
        match file.kind(x) {
            ExprKind::Name(_) => Some((x, None)),
            ExprKind::Binary { op: Operator::Mul, x: name, y } => {
                if file.as_name(name).is_none() || !(force || file.is_type_elem(y)) {
                    return None;
                }
                // `P * E` becomes the name and the unary `*E`, which keeps the operator's position.
                self.file.exprs[x].kind = ExprKind::Unary { op: Operator::Mul, x: y };
                Some((name, Some(x)))
            }
            ExprKind::Call { fun, args, has_dots: false } => {
                let &[arg] = file.list(args) else { return None };
                let split = file.as_name(fun).is_some() && (force || file.is_type_elem(arg));
                split.then(|| (fun, Some(file.unparen(arg))))
            }
            _ => None,
        }
    }

    /// `[ Receiver ] FunctionName [ TypeParams ] Signature [ Body ]`, behind `func`.
    fn func_decl(&mut self) -> Decl {
        let mark = self.mark();
        let mut recv = None;
        let mut has_recv = false;
        if self.got(Token::Lparen) {
            has_recv = true;
            let list = self.param_list(None, None, Token::Rparen, false, false);
            match list.len() {
                0 => self.error("method has no receiver"),
                1 => {}
                _ => self.error("method has multiple receivers"),
            }
            recv = list.first();
        }

        let (name, tparams, typ);
        if self.tok() == Token::Name {
            name = self.name();
            (tparams, typ) = self.func_type("");
        } else {
            let pos = self.pos();
            name = self.name_node(pos, sym::BLANK);
            tparams = IdRange::EMPTY;
            typ = self.expr_node(pos, ExprKind::FuncType { params: IdRange::EMPTY, results: IdRange::EMPTY });
            self.syntax_error(if has_recv { "expected name" } else { "expected name or (" });
            self.advance(TokenSet::new(&[Token::Lbrace, Token::Semi]));
        }

        let body_start = self.file.exprs.len();
        let body = (self.tok() == Token::Lbrace).then(|| self.func_body());
        let body_exprs = IdRange::new(body_start, self.file.exprs.len());
        let kind = FuncDecl { recv: recv.into(), name, tparams, typ, body: body.into(), body_exprs };
        self.finish(mark, DeclKind::Func(kind))
    }

    pub(super) fn func_body(&mut self) -> StmtId {
        self.fnest += 1;
        let errors = self.error_count();
        let body = self.block("");
        self.fnest -= 1;
        // After a syntax error in the body, errors about branches might be spurious.
        if self.options.check_branches && errors == self.error_count() {
            let Scanner { directives, diagnostics, .. } = &mut self.scanner;
            crate::branches::check(&mut self.file, body, &directives.line_bases, diagnostics);
        }
        body
    }
}
