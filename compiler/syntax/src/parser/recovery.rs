//! Reporting of syntax errors, and synchronisation after them.

use super::*;

/// Keywords that begin a statement: good places to go on after an error inside of a function.
const STATEMENT_KEYWORDS: TokenSet = TokenSet::new(&[
    Token::Break,
    Token::Const,
    Token::Continue,
    Token::Defer,
    Token::Fallthrough,
    Token::For,
    Token::Go,
    Token::Goto,
    Token::If,
    Token::Return,
    Token::Select,
    Token::Switch,
    Token::Type,
    Token::Var,
]);

impl Parser<'_> {
    /// The number of errors that scanner and parser have reported.
    pub(super) fn error_count(&self) -> usize {
        self.scanner.error_count
    }

    /// Reports an error that is not worded as a syntax error.
    #[cold]
    pub(super) fn error_at(&mut self, pos: Pos, msg: impl Into<String>) {
        let offset = self.scanner.source.offset(pos);
        self.scanner.error_at(offset, msg);
    }

    #[cold]
    pub(super) fn error(&mut self, msg: impl Into<String>) {
        let pos = self.pos();
        self.error_at(pos, msg);
    }

    /// Reports a syntax error at the current token.
    #[cold]
    pub(super) fn syntax_error(&mut self, msg: &str) {
        let pos = self.pos();
        self.syntax_error_at(pos, msg);
    }

    /// Reports a syntax error. A message that begins with `in `, `at `, `after ` or `expected ` is put behind
    /// "unexpected TOKEN".
    #[cold]
    pub(super) fn syntax_error_at(&mut self, pos: Pos, msg: &str) {
        if self.tok() == Token::Eof && self.error_count() > 0 {
            // A follow-on error without meaning.
            return;
        }
        let separator = if ["in ", "at ", "after "].iter().any(|start| msg.starts_with(start)) {
            " "
        } else if msg.starts_with("expected ") {
            ", "
        } else {
            self.error_at(pos, format!("syntax error: {msg}"));
            return;
        };
        let scanner = &self.scanner;
        let token = match scanner.tok {
            Token::Name => format!("name {}", scanner.name),
            Token::Semi => scanner.semi.as_str().to_string(),
            Token::Literal => format!("literal {}", scanner.token_text()),
            Token::Operator => scanner.op.to_string(),
            Token::AssignOp => format!("{}=", scanner.op),
            Token::IncOp => scanner.op.as_str().repeat(2),
            other => other.describe(),
        };
        self.error_at(pos, format!("syntax error: unexpected {token}{separator}{msg}"));
    }

    /// Reports that `tok` is missing, and skips a token.
    #[cold]
    pub(super) fn missing(&mut self, tok: Token) {
        self.syntax_error(&format!("expected {}", tok.describe()));
        self.advance(TokenSet::new(&[]));
    }

    #[cold]
    pub(super) fn unterminated_list(&mut self, context: &str, sep: Token, close: Token) {
        let (sep, close) = (sep.describe(), close.describe());
        self.syntax_error(&format!("in {context}; possibly missing {sep} or {close}"));
        self.advance(TokenSet::new(&[Token::Rparen, Token::Rbrack, Token::Rbrace]));
    }

    #[cold]
    pub(super) fn too_deep(&mut self) {
        self.error("nesting depth limit exceeded");
        self.scanner.skip_to_end();
    }

    /// Skips tokens up to one of `follow`, or up to a keyword that begins a statement if we are in a function.
    /// If `follow` is empty, one token is skipped.
    #[cold]
    pub(super) fn advance(&mut self, follow: TokenSet) {
        const EOF: TokenSet = TokenSet::new(&[Token::Eof]);
        if follow == TokenSet::new(&[]) {
            if self.tok() != Token::Eof {
                self.next();
            }
            return;
        }
        let mut stop = follow.union(EOF);
        if self.fnest > 0 {
            stop = stop.union(STATEMENT_KEYWORDS);
        }
        while !stop.contains(self.tok()) {
            self.next();
        }
    }
}
