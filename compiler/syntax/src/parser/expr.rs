//! Expressions.

use super::*;

const CLOSING: TokenSet = TokenSet::new(&[Token::Rparen, Token::Rbrack, Token::Rbrace]);

impl Parser<'_> {
    #[inline]
    pub(super) fn expr(&mut self) -> ExprId {
        self.binary_expr(None, 0)
    }

    /// `UnaryExpr | Expression binary_op Expression`, of operators above `prec`; `x` is a left operand that has
    /// been parsed already.
    pub(super) fn binary_expr(&mut self, x: Option<ExprId>, prec: u8) -> ExprId {
        let mut x = match x {
            Some(x) => x,
            None => self.unary_expr(),
        };
        while matches!(self.tok(), Token::Operator | Token::Star) && self.scanner.prec > prec {
            let pos = self.pos();
            let op = self.scanner.op;
            let op_prec = self.scanner.prec;
            self.next();
            let y = self.binary_expr(None, op_prec);
            x = self.expr_node(pos, ExprKind::Binary { op, x, y });
        }
        x
    }

    /// `PrimaryExpr | unary_op UnaryExpr`
    fn unary_expr(&mut self) -> ExprId {
        self.nested(Parser::unary_expr_nested, Parser::bad_expr)
    }

    fn unary_expr_nested(&mut self) -> ExprId {
        use Operator::*;
        let pos = self.pos();
        match self.tok() {
            Token::Operator | Token::Star => match self.scanner.op {
                op @ (Mul | Add | Sub | Not | Xor | Tilde) => {
                    self.next();
                    let x = self.unary_expr();
                    return self.expr_node(pos, ExprKind::Unary { op, x });
                }
                And => {
                    self.next();
                    // The operand may be a parenthesised composite literal.
                    let x = self.unary_expr();
                    let x = self.file.unparen(x);
                    return self.expr_node(pos, ExprKind::Unary { op: And, x });
                }
                _ => {}
            },
            Token::Arrow => {
                self.next();
                let x = self.unary_expr();
                // `<-chan T` was read as a receive from `chan T`.
                if matches!(self.file.kind(x), ExprKind::ChanType { .. }) {
                    self.reassociate_arrow(x);
                    return x;
                }
                return self.expr_node(pos, ExprKind::Unary { op: Recv, x });
            }
            _ => {}
        }
        self.primary_expr(None, true)
    }

    /// Moves an arrow in front of a channel type inwards: `<-(chan T)` is `(<-chan T)`, and
    /// `<-(chan<- T)` is `(<-chan (<-T))`.
    fn reassociate_arrow(&mut self, chan: ExprId) {
        let mut dir = ChanDir::SendOnly;
        let mut t = chan;
        while dir == ChanDir::SendOnly {
            let ExprKind::ChanType { dir: inner, elem } = self.file.kind(t) else { break };
            dir = inner;
            if dir == ChanDir::RecvOnly {
                self.syntax_error("unexpected <-, expected chan");
            }
            self.file.exprs[t].kind = ExprKind::ChanType { dir: ChanDir::RecvOnly, elem };
            t = elem;
        }
        if dir == ChanDir::SendOnly {
            let elem = self.file.expr_string(t);
            self.syntax_error(&format!("unexpected {elem}, expected chan"));
        }
    }

    /// `Literal | OperandName | "(" Expression ")"`, or a type.
    fn operand(&mut self, keep_parens: bool) -> ExprId {
        match self.tok() {
            Token::Name => self.name(),
            Token::Literal => self.literal(),
            Token::Lparen => {
                let pos = self.pos();
                self.next();
                self.xnest += 1;
                let x = self.expr();
                self.xnest -= 1;
                self.want(Token::Rparen);
                // They are left out at the beginning of a type parameter list and of a go or defer statement,
                // unless they may be around the type of a composite literal.
                if keep_parens || self.tok() == Token::Lbrace {
                    return self.expr_node(pos, ExprKind::Paren(x));
                }
                x
            }
            Token::Func => {
                let pos = self.pos();
                self.next();
                let (_, typ) = self.func_type("function type");
                if self.tok() != Token::Lbrace {
                    return typ;
                }
                self.xnest += 1;
                let body = self.func_body();
                self.xnest -= 1;
                self.expr_node(pos, ExprKind::FuncLit { typ, body })
            }
            Token::Lbrack | Token::Chan | Token::Map | Token::Struct | Token::Interface => self.type_expr(),
            _ => {
                let x = self.bad_expr();
                self.syntax_error("expected expression");
                self.advance(CLOSING);
                x
            }
        }
    }

    fn literal(&mut self) -> ExprId {
        let pos = self.pos();
        let scanner = &self.scanner;
        let kind = ExprKind::BasicLit {
            kind: scanner.kind,
            bad: scanner.bad,
            len: (scanner.pos - scanner.start) as u32,
        };
        self.next();
        self.expr_node(pos, kind)
    }

    pub(super) fn literal_or_none(&mut self) -> Option<ExprId> {
        (self.tok() == Token::Literal).then(|| self.literal())
    }

    /// An operand followed by selectors, indices, slices, type assertions, arguments and literal values. `x` is an
    /// operand that has been parsed already.
    pub(super) fn primary_expr(&mut self, x: Option<ExprId>, keep_parens: bool) -> ExprId {
        let mut x = match x {
            Some(x) => x,
            None => self.operand(keep_parens),
        };
        loop {
            let pos = self.pos();
            x = match self.tok() {
                Token::Dot => self.selector_or_assertion(pos, x),
                Token::Lbrack => self.index_or_slice(pos, x),
                Token::Lparen => {
                    self.next();
                    let (args, has_dots) = self.arguments();
                    self.expr_node(pos, ExprKind::Call { fun: x, args, has_dots })
                }
                Token::Lbrace => {
                    let typ = self.file.unparen(x);
                    if !self.may_be_literal_type(typ) {
                        return x;
                    }
                    if typ != x {
                        self.syntax_error("cannot parenthesize type in composite literal");
                    }
                    self.composite_literal(Some(x))
                }
                _ => return x,
            };
        }
    }

    fn selector_or_assertion(&mut self, pos: Pos, x: ExprId) -> ExprId {
        self.next();
        match self.tok() {
            Token::Name => {
                let sel = self.name();
                self.expr_node(pos, ExprKind::Selector { x, sel })
            }
            Token::Lparen => {
                self.next();
                let kind = if self.got(Token::Type) {
                    ExprKind::TypeSwitchGuard { lhs: PackedOption::default(), x }
                } else {
                    ExprKind::Assert { x, typ: self.type_expr() }
                };
                let id = self.expr_node(pos, kind);
                self.want(Token::Rparen);
                id
            }
            _ => {
                self.syntax_error("expected name or (");
                self.advance(TokenSet::new(&[Token::Semi, Token::Rparen]));
                x
            }
        }
    }

    fn index_or_slice(&mut self, pos: Pos, x: ExprId) -> ExprId {
        self.next();
        let mut first = None;
        if self.tok() != Token::Colon {
            let (index, comma) = if self.tok() == Token::Rbrack {
                self.syntax_error("expected operand");
                (self.bad_expr(), false)
            } else {
                self.type_list(false)
            };
            if comma || self.tok() == Token::Rbrack {
                self.want(Token::Rbrack);
                return self.expr_node(pos, ExprKind::Index { x, index });
            }
            first = Some(index);
        }

        // Not `want`: the message names all that may follow.
        if !self.got(Token::Colon) {
            self.syntax_error("expected comma, : or ]");
            self.advance(TokenSet::new(&[Token::Comma, Token::Colon, Token::Rbrack]));
        }
        self.xnest += 1;
        let mut index = [first, None, None];
        let mut full = false;
        if !matches!(self.tok(), Token::Colon | Token::Rbrack) {
            index[1] = Some(self.expr());
        }
        if self.tok() == Token::Colon {
            full = true;
            if index[1].is_none() {
                self.error("middle index required in 3-index slice");
                index[1] = Some(self.bad_expr());
            }
            self.next();
            if self.tok() != Token::Rbrack {
                index[2] = Some(self.expr());
            } else {
                self.error("final index required in 3-index slice");
                index[2] = Some(self.bad_expr());
            }
        }
        self.xnest -= 1;
        self.want(Token::Rbrack);
        self.expr_node(pos, ExprKind::Slice { x, index: index.map(PackedOption::from), full })
    }

    /// Whether a `{` behind the expression begins a literal value rather than a block.
    fn may_be_literal_type(&self, typ: ExprId) -> bool {
        match self.file.kind(typ) {
            ExprKind::Name(_) | ExprKind::Selector { .. } => self.xnest >= 0,
            ExprKind::Index { .. } => self.xnest >= 0 && !self.is_value(typ),
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::StructType { .. }
            | ExprKind::MapType { .. } => true,
            _ => false,
        }
    }

    /// Whether the expression can only be a value, not a type.
    fn is_value(&self, mut x: ExprId) -> bool {
        loop {
            x = match self.file.kind(x) {
                ExprKind::BasicLit { .. }
                | ExprKind::CompositeLit { .. }
                | ExprKind::FuncLit { .. }
                | ExprKind::Slice { .. }
                | ExprKind::Assert { .. }
                | ExprKind::TypeSwitchGuard { .. }
                | ExprKind::Call { .. }
                | ExprKind::Binary { .. } => return true,
                ExprKind::Unary { op, .. } => return op != Operator::Mul,
                ExprKind::Paren(x) => x,
                ExprKind::Index { index, .. } if self.is_value(index) => return true,
                ExprKind::Index { x, .. } => x,
                _ => return false,
            }
        }
    }

    /// `"{" [ Element { "," Element } [ "," ] ] "}"`
    fn composite_literal(&mut self, typ: Option<ExprId>) -> ExprId {
        let pos = self.pos();
        let base = self.expr_stack.len();
        self.xnest += 1;
        self.want(Token::Lbrace);
        let rbrace = self.list("composite literal", Token::Comma, Token::Rbrace, |p| {
            let mut element = p.element();
            if p.tok() == Token::Colon {
                let pos = p.pos();
                p.next();
                let value = p.element();
                element = p.expr_node(pos, ExprKind::KeyValue { key: element, value });
            }
            p.expr_stack.push(element);
            false
        });
        self.xnest -= 1;
        let elems = self.pop_exprs(base);
        self.expr_node(pos, ExprKind::CompositeLit { typ: typ.into(), elems, rbrace })
    }

    /// `Expression | LiteralValue`
    fn element(&mut self) -> ExprId {
        if self.tok() == Token::Lbrace {
            return self.nested(|p| p.composite_literal(None), Parser::bad_expr);
        }
        self.expr()
    }

    /// The arguments of a call, behind `(`.
    fn arguments(&mut self) -> (ExprList, bool) {
        let base = self.expr_stack.len();
        let mut has_dots = false;
        self.xnest += 1;
        self.list("argument list", Token::Comma, Token::Rparen, |p| {
            let arg = p.expr();
            p.expr_stack.push(arg);
            has_dots = p.got(Token::DotDotDot);
            has_dots
        });
        self.xnest -= 1;
        (self.pop_exprs(base), has_dots)
    }

    /// One expression, or a [`ExprKind::List`] of several separated by commas.
    pub(super) fn expr_list(&mut self) -> ExprId {
        let first = self.expr();
        if self.tok() != Token::Comma {
            return first;
        }
        let base = self.expr_stack.len();
        self.expr_stack.push(first);
        while self.got(Token::Comma) {
            let x = self.expr();
            self.expr_stack.push(x);
        }
        let list = self.pop_exprs(base);
        let pos = self.file.pos(first);
        self.expr_node(pos, ExprKind::List(list))
    }

    /// One or more types; with `strict` unset the first may be any expression. The flag tells whether there was
    /// a comma, a trailing one included.
    pub(super) fn type_list(&mut self, strict: bool) -> (ExprId, bool) {
        self.xnest += 1;
        let mut x = if strict { self.type_expr() } else { self.expr() };
        let comma = self.got(Token::Comma);
        if comma && let Some(second) = self.type_or_none() {
            let base = self.expr_stack.len();
            self.expr_stack.extend([x, second]);
            while self.got(Token::Comma) {
                let Some(t) = self.type_or_none() else { break };
                self.expr_stack.push(t);
            }
            let list = self.pop_exprs(base);
            let pos = self.file.pos(x);
            x = self.expr_node(pos, ExprKind::List(list));
        }
        self.xnest -= 1;
        (x, comma)
    }
}
