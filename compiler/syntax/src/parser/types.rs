//! Types.

use super::*;

const INTERFACE_METHOD: &str = "interface method";

impl Parser<'_> {
    /// A type, or a bad expression with an error.
    pub(super) fn type_expr(&mut self) -> ExprId {
        self.type_or_none().unwrap_or_else(|| {
            let bad = self.bad_expr();
            self.syntax_error("expected type");
            self.advance(TokenSet::new(&[
                Token::Comma,
                Token::Colon,
                Token::Semi,
                Token::Rparen,
                Token::Rbrack,
                Token::Rbrace,
            ]));
            bad
        })
    }

    /// A type if the current token begins one.
    pub(super) fn type_or_none(&mut self) -> Option<ExprId> {
        match self.tok() {
            Token::Name => Some(self.qualified_name(None)),
            Token::Star
            | Token::Arrow
            | Token::Func
            | Token::Lbrack
            | Token::Chan
            | Token::Map
            | Token::Struct
            | Token::Interface
            | Token::Lparen => Some(self.nested(Parser::type_literal, Parser::bad_expr)),
            _ => None,
        }
    }

    fn type_literal(&mut self) -> ExprId {
        let pos = self.pos();
        match self.tok() {
            Token::Star => {
                self.next();
                let x = self.type_expr();
                self.indirect(pos, x)
            }
            Token::Arrow => {
                self.next();
                self.want(Token::Chan);
                let elem = self.chan_elem();
                self.expr_node(pos, ExprKind::ChanType { dir: ChanDir::RecvOnly, elem })
            }
            Token::Func => {
                self.next();
                self.func_type("function type").1
            }
            Token::Lbrack => {
                self.next();
                if self.got(Token::Rbrack) { self.slice_type(pos) } else { self.array_type(pos, None) }
            }
            Token::Chan => {
                self.next();
                let dir = if self.got(Token::Arrow) { ChanDir::SendOnly } else { ChanDir::Both };
                let elem = self.chan_elem();
                self.expr_node(pos, ExprKind::ChanType { dir, elem })
            }
            Token::Map => {
                self.next();
                self.want(Token::Lbrack);
                let key = self.type_expr();
                self.want(Token::Rbrack);
                let value = self.type_expr();
                self.expr_node(pos, ExprKind::MapType { key, value })
            }
            Token::Struct => self.struct_type(),
            Token::Interface => self.interface_type(),
            // `(`; the parentheses are not kept.
            _ => {
                self.next();
                let t = self.type_expr();
                self.want(Token::Rparen);
                t
            }
        }
    }

    fn indirect(&mut self, pos: Pos, x: ExprId) -> ExprId {
        self.expr_node(pos, ExprKind::Unary { op: Operator::Mul, x })
    }

    /// `[ TypeParams ] Parameters [ Result ]`. Type parameters are an error if `context`, which names what
    /// must not have them, is not empty. The results are the type parameters and the type.
    pub(super) fn func_type(&mut self, context: &str) -> (IdRange<FieldId>, ExprId) {
        let pos = self.pos();
        let mut tparams = IdRange::EMPTY;
        if self.got(Token::Lbrack) {
            if !context.is_empty() {
                self.syntax_error_at(pos, &format!("{context} must have no type parameters"));
            }
            if self.tok() == Token::Rbrack {
                self.syntax_error("empty type parameter list");
                self.next();
            } else {
                tparams = self.param_list(None, None, Token::Rbrack, true, false);
            }
        }
        self.want(Token::Lparen);
        let params = self.param_list(None, None, Token::Rparen, false, true);
        let results = self.results();
        (tparams, self.expr_node(pos, ExprKind::FuncType { params, results }))
    }

    /// `Parameters | Type | nothing`
    fn results(&mut self) -> IdRange<FieldId> {
        if self.got(Token::Lparen) {
            return self.param_list(None, None, Token::Rparen, false, false);
        }
        let pos = self.pos();
        let Some(typ) = self.type_or_none() else { return IdRange::EMPTY };
        let start = self.file.fields.len();
        let none = PackedOption::default();
        self.file.fields.push(Field { pos, name: none, typ, tag: none });
        IdRange::new(start, start + 1)
    }

    /// An array type behind `[`, which is at `pos`; `len` is a length that has been parsed already.
    pub(super) fn array_type(&mut self, pos: Pos, len: Option<ExprId>) -> ExprId {
        let mut len = len;
        if len.is_none() && !self.got(Token::DotDotDot) {
            self.xnest += 1;
            len = Some(self.expr());
            self.xnest -= 1;
        }
        if self.tok() == Token::Comma {
            self.syntax_error("unexpected comma; expected ]");
            self.next();
        }
        self.want(Token::Rbrack);
        let elem = self.type_expr();
        self.expr_node(pos, ExprKind::ArrayType { len: len.into(), elem })
    }

    /// A slice type behind `[]`.
    pub(super) fn slice_type(&mut self, pos: Pos) -> ExprId {
        let elem = self.type_expr();
        self.expr_node(pos, ExprKind::SliceType(elem))
    }

    fn chan_elem(&mut self) -> ExprId {
        self.type_or_none().unwrap_or_else(|| {
            let bad = self.bad_expr();
            self.syntax_error("missing channel element type");
            bad
        })
    }

    /// `"struct" "{" { FieldDecl ";" } "}"`
    fn struct_type(&mut self) -> ExprId {
        let pos = self.pos();
        self.next();
        self.want(Token::Lbrace);
        let base = self.field_stack.len();
        self.list("struct type", Token::Semi, Token::Rbrace, |p| {
            p.field_decl();
            false
        });
        let fields = self.pop_fields(base);
        self.expr_node(pos, ExprKind::StructType { fields })
    }

    fn push_field(&mut self, pos: Pos, name: Option<ExprId>, typ: ExprId, tag: Option<ExprId>) {
        self.field_stack.push(Field { pos, name: name.into(), typ, tag: tag.into() });
    }

    /// `(IdentifierList Type | [ "*" ] TypeName) [ Tag ]`
    fn field_decl(&mut self) {
        let pos = self.pos();
        let typ = match self.tok() {
            Token::Name => {
                let name = self.name();
                if matches!(self.tok(), Token::Dot | Token::Literal | Token::Semi | Token::Rbrace) {
                    self.qualified_name(Some(name))
                } else {
                    let names = self.name_list(name);
                    let typ = if names.len() == 1 && self.tok() == Token::Lbrack {
                        self.array_or_type_args(name)
                    } else {
                        self.type_expr()
                    };
                    // `name[args]`, made from the name itself, is an embedded type.
                    let embedded = matches!(self.file.kind(typ), ExprKind::Index { x, .. } if x == name);
                    if !embedded {
                        let tag = self.literal_or_none();
                        for i in names.range() {
                            let name = self.file.expr_lists[i];
                            self.push_field(self.file.pos(name), Some(name), typ, tag);
                        }
                        return;
                    }
                    typ
                }
            }
            Token::Star => {
                self.next();
                let typ = if self.tok() == Token::Lparen {
                    self.syntax_error("cannot parenthesize embedded type");
                    self.next();
                    let typ = self.qualified_name(None);
                    self.got(Token::Rparen);
                    typ
                } else {
                    self.qualified_name(None)
                };
                let tag = self.literal_or_none();
                let typ = self.indirect(pos, typ);
                return self.push_field(pos, None, typ, tag);
            }
            Token::Lparen => {
                self.syntax_error("cannot parenthesize embedded type");
                self.next();
                let star = self.pos();
                let typ = if self.got(Token::Star) {
                    let typ = self.qualified_name(None);
                    self.indirect(star, typ)
                } else {
                    self.qualified_name(None)
                };
                self.got(Token::Rparen);
                typ
            }
            _ => {
                self.syntax_error("expected field name or embedded type");
                self.advance(TokenSet::new(&[Token::Semi, Token::Rbrace]));
                return;
            }
        };
        let tag = self.literal_or_none();
        self.push_field(pos, None, typ, tag);
    }

    /// What begins with `[` behind `name`: the array or slice type of a field or parameter called `name`, or the
    /// type arguments of the type `name`; then the result is an [`ExprKind::Index`] of `name`.
    pub(super) fn array_or_type_args(&mut self, name: ExprId) -> ExprId {
        let pos = self.pos();
        self.want(Token::Lbrack);
        if self.got(Token::Rbrack) {
            return self.slice_type(pos);
        }
        let (index, comma) = self.type_list(false);
        self.want(Token::Rbrack);
        if !comma && let Some(elem) = self.type_or_none() {
            return self.expr_node(pos, ExprKind::ArrayType { len: Some(index).into(), elem });
        }
        self.expr_node(pos, ExprKind::Index { x: name, index })
    }

    /// `"interface" "{" { ( MethodDecl | EmbeddedElem ) ";" } "}"`
    fn interface_type(&mut self) -> ExprId {
        let pos = self.pos();
        self.next();
        self.want(Token::Lbrace);
        let base = self.field_stack.len();
        self.list("interface type", Token::Semi, Token::Rbrace, |p| {
            p.interface_elem();
            false
        });
        let methods = self.pop_fields(base);
        self.expr_node(pos, ExprKind::InterfaceType { methods })
    }

    fn interface_elem(&mut self) {
        let pos = self.pos();
        let (mut name, mut typ);
        if self.tok() == Token::Name {
            (name, typ) = self.method_or_embedded();
        } else {
            name = None;
            typ = self.embedded_term();
        }
        if name.is_none() {
            typ = self.embedded_union(typ);
        }
        self.push_field(pos, name.take(), typ, None);
    }

    /// A method, or an embedded type that begins with a name (then without name).
    fn method_or_embedded(&mut self) -> (Option<ExprId>, ExprId) {
        let name = self.name();
        let method = |p: &mut Self| (Some(name), p.func_type(INTERFACE_METHOD).1);
        match self.tok() {
            Token::Lparen => method(self),
            Token::Lbrack => {
                // Type arguments of an embedded type, or type parameters, which methods of interfaces must not
                // have.
                let pos = self.pos();
                self.next();
                if self.tok() == Token::Rbrack {
                    let pos = self.pos();
                    self.next();
                    if self.tok() == Token::Lparen {
                        self.error_at(pos, "empty type parameter list");
                        return method(self);
                    }
                    self.error_at(pos, "empty type argument list");
                    return (None, name);
                }

                // Type arguments look like a parameter list of types only.
                let list = self.param_list(None, None, Token::Rbrack, false, false);
                let Some(first) = list.first() else {
                    // There were errors; go on as if there were no brackets.
                    return if self.tok() == Token::Lparen { method(self) } else { (None, name) };
                };
                let first = self.file.fields[first];
                if first.name.is_some() {
                    let result = method(self);
                    self.error_at(pos, "interface method must have no type parameters");
                    return result;
                }
                let index = if list.len() == 1 {
                    first.typ
                } else {
                    let base = self.expr_stack.len();
                    self.expr_stack.extend(list.iter().map(|arg| self.file.fields[arg].typ));
                    let args = self.pop_exprs(base);
                    self.expr_node(first.pos, ExprKind::List(args))
                };
                (None, self.expr_node(pos, ExprKind::Index { x: name, index }))
            }
            _ => (None, self.qualified_name(Some(name))),
        }
    }

    /// `EmbeddedTerm { "|" EmbeddedTerm }` behind the first term.
    pub(super) fn embedded_union(&mut self, term: ExprId) -> ExprId {
        let mut x = term;
        while self.at_operator(Operator::Or) {
            let pos = self.pos();
            self.next();
            let y = self.embedded_term();
            x = self.expr_node(pos, ExprKind::Binary { op: Operator::Or, x, y });
        }
        x
    }

    /// `[ "~" ] Type`
    pub(super) fn embedded_term(&mut self) -> ExprId {
        if self.at_operator(Operator::Tilde) {
            let pos = self.pos();
            self.next();
            let x = self.type_expr();
            return self.expr_node(pos, ExprKind::Unary { op: Operator::Tilde, x });
        }
        self.type_or_none().unwrap_or_else(|| {
            let bad = self.bad_expr();
            self.syntax_error("expected ~ term or type");
            self.advance(TokenSet::new(&[
                Token::Operator,
                Token::Semi,
                Token::Rparen,
                Token::Rbrack,
                Token::Rbrace,
            ]));
            bad
        })
    }

    /// `[ PackageName "." ] identifier [ TypeArgs ]`; the first name may have been parsed already.
    pub(super) fn qualified_name(&mut self, name: Option<ExprId>) -> ExprId {
        let mut x = match name {
            Some(name) => name,
            None if self.tok() == Token::Name => self.name(),
            None => {
                let pos = self.pos();
                let blank = self.name_node(pos, sym::BLANK);
                self.syntax_error("expected name");
                self.advance(TokenSet::new(&[Token::Dot, Token::Semi, Token::Rbrace]));
                blank
            }
        };
        if self.tok() == Token::Dot {
            let pos = self.pos();
            self.next();
            let sel = self.name();
            x = self.expr_node(pos, ExprKind::Selector { x, sel });
        }
        if self.tok() == Token::Lbrack {
            x = self.nested(|p| p.type_instance(x), Parser::bad_expr);
        }
        x
    }

    fn type_instance(&mut self, x: ExprId) -> ExprId {
        let pos = self.pos();
        self.next();
        let index = if self.tok() == Token::Rbrack {
            self.syntax_error("expected type argument list");
            self.bad_expr()
        } else {
            self.type_list(true).0
        };
        self.want(Token::Rbrack);
        self.expr_node(pos, ExprKind::Index { x, index })
    }
}
