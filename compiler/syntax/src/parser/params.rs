//! Parameter lists: of functions, of types, receivers and results.

use super::*;

/// A parameter whose list is not complete yet. Either part may be missing until the list is.
#[derive(Clone, Copy)]
pub(super) struct Param {
    pos: Pos,
    name: Option<ExprId>,
    typ: Option<ExprId>,
}

impl Parser<'_> {
    /// `[ ParameterDecl { "," ParameterDecl } [ "," ] ] close`, behind the opening token.
    ///
    /// `name` and `typ` are a first name and its type, if they have been parsed already (`typ` only with `name`).
    /// With `require_names` all parameters must be named (type parameters); otherwise all or none.
    pub(super) fn param_list(
        &mut self,
        name: Option<ExprId>,
        typ: Option<ExprId>,
        close: Token,
        require_names: bool,
        dots_ok: bool,
    ) -> IdRange<FieldId> {
        let base = self.param_stack.len();
        let mut first = name.map(|name| (name, typ));
        let end = if let Some((name, Some(typ))) = first
            && self.tok() == close
        {
            // `list` would not call its function at the end of the list.
            self.next();
            self.param_stack.push(Param { pos: self.file.pos(name), name: Some(name), typ: Some(typ) });
            Pos::NONE
        } else {
            self.list("parameter list", Token::Comma, close, |p| {
                let param = match first.take() {
                    Some((name, Some(typ))) => {
                        Some(Param { pos: p.file.pos(name), name: Some(name), typ: Some(typ) })
                    }
                    Some((name, None)) => p.param_decl(Some(name), close),
                    None => p.param_decl(None, close),
                };
                p.param_stack.extend(param);
                false
            })
        };
        self.distribute_types(base, end, require_names);
        self.check_dots(base, dots_ok);

        let start = self.file.fields.len();
        for param in self.param_stack.drain(base..) {
            let typ = param.typ.expect("types were distributed");
            self.file.fields.push(Field {
                pos: param.pos,
                name: param.name.into(),
                typ,
                tag: PackedOption::default(),
            });
        }
        IdRange::new(start, self.file.fields.len())
    }

    /// Gives every parameter above `base` a type, and a name if any has one: `a, b T` was parsed as `a` without
    /// type and `b` of type `T`; `A, B` as two names without types.
    fn distribute_types(&mut self, base: usize, end: Pos, require_names: bool) {
        let params = &mut self.param_stack[base..];
        let named = params.iter().filter(|p| p.name.is_some() && p.typ.is_some()).count();
        let typed = params.iter().filter(|p| p.typ.is_some()).count();
        if named == params.len() {
            return;
        }
        if named == 0 && !require_names {
            // All are unnamed: what looks like a name is a type.
            for param in params {
                if let Some(typ) = param.name.take() {
                    param.typ = Some(typ);
                }
            }
            return;
        }

        // All must be named. From right to left, names without a type get the type of their right neighbour.
        let mut error_pos = Pos::NONE;
        let mut current = None;
        for param in params.iter_mut().rev() {
            match (param.typ, param.name) {
                (Some(typ), name) => {
                    current = Some(typ);
                    if name.is_none() {
                        error_pos = self.file.start_pos(typ);
                        let kind = ExprKind::Name(sym::BLANK);
                        param.name = Some(self.file.exprs.push(Expr { pos: error_pos, kind }));
                    }
                }
                (None, _) if current.is_some() => param.typ = current,
                (None, name) => {
                    let name = name.expect("a parameter has a name or a type");
                    error_pos = self.file.pos(name);
                    let kind = ExprKind::Bad;
                    param.typ = Some(self.file.exprs.push(Expr { pos: error_pos, kind }));
                }
            }
        }
        if !error_pos.is_known() {
            return;
        }
        let single = params.len() == 1;
        if named == typed {
            // Types are missing, at the end of the list: else the sweep would have filled them in.
            let msg = if require_names { "missing type constraint" } else { "missing parameter type" };
            self.syntax_error_at(end, msg);
        } else {
            let msg = match (require_names, single) {
                (true, true) => "missing type parameter name or invalid array length",
                (true, false) => "missing type parameter name",
                (false, _) => "missing parameter name",
            };
            self.syntax_error_at(error_pos, msg);
        }
    }

    /// Replaces `...T` by `T` where it is not allowed, and reports the first such place.
    fn check_dots(&mut self, base: usize, dots_ok: bool) {
        let mut first = true;
        for i in base..self.param_stack.len() {
            let Some(typ) = self.param_stack[i].typ else { continue };
            let ExprKind::DotsType(elem) = self.file.kind(typ) else { continue };
            if dots_ok && i + 1 == self.param_stack.len() {
                continue;
            }
            if std::mem::take(&mut first) {
                let pos = self.file.pos(typ);
                self.error_at(
                    pos,
                    if dots_ok { "can only use ... with final parameter" } else { "invalid use of ..." },
                );
            }
            self.param_stack[i].typ = Some(elem);
        }
    }

    /// `[ name ] [ "..." ] Type`, or a type element if `follow` is `]`. The name may have been parsed already.
    fn param_decl(&mut self, name: Option<ExprId>, follow: Token) -> Option<Param> {
        let type_sets_ok = follow == Token::Rbrack;
        let mut pos = self.pos();
        let mut name = name;
        if let Some(name) = name {
            pos = self.file.pos(name);
        } else if type_sets_ok && self.at_operator(Operator::Tilde) {
            let typ = self.embedded_term();
            let typ = self.embedded_union(typ);
            return Some(Param { pos, name: None, typ: Some(typ) });
        }

        if self.tok() == Token::Name && name.is_none() {
            name = Some(self.name());
        }
        if let Some(n) = name {
            let union_follows = |p: &Self| type_sets_ok && p.at_operator(Operator::Or);
            if self.tok() == Token::Lbrack {
                let typ = self.array_or_type_args(n);
                // `n[args]` is a type; otherwise `n` is of array or slice type.
                let name = if matches!(self.file.kind(typ), ExprKind::Index { .. }) { None } else { name };
                let typ = if union_follows(self) { self.embedded_union(typ) } else { typ };
                return Some(Param { pos, name, typ: Some(typ) });
            }
            if self.tok() == Token::Dot {
                let typ = self.qualified_name(name);
                let typ = if union_follows(self) { self.embedded_union(typ) } else { typ };
                return Some(Param { pos, name: None, typ: Some(typ) });
            }
            if union_follows(self) {
                let typ = self.embedded_union(n);
                return Some(Param { pos, name: None, typ: Some(typ) });
            }
        }

        if self.tok() == Token::DotDotDot {
            let dots = self.pos();
            self.next();
            let typ = match self.type_or_none() {
                Some(elem) => self.expr_node(dots, ExprKind::DotsType(elem)),
                None => {
                    let bad = self.bad_expr();
                    self.syntax_error("... is missing type");
                    bad
                }
            };
            return Some(Param { pos, name, typ: Some(typ) });
        }

        if type_sets_ok && self.at_operator(Operator::Tilde) {
            let typ = self.embedded_term();
            let typ = self.embedded_union(typ);
            return Some(Param { pos, name, typ: Some(typ) });
        }

        let mut typ = self.type_or_none();
        if let Some(t) = typ
            && type_sets_ok
            && self.at_operator(Operator::Or)
        {
            typ = Some(self.embedded_union(t));
        }
        if name.is_some() || typ.is_some() {
            return Some(Param { pos, name, typ });
        }
        self.syntax_error(&format!("expected {}", follow.describe()));
        self.advance(TokenSet::new(&[Token::Comma]).union(TokenSet::new(&[follow])));
        None
    }
}
