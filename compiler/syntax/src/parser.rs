//! The parser: recursive descent over the scanner's tokens.
//!
//! It accepts what gc's parser accepts, reports what it reports, in the same words at the same places, and
//! recovers in the same way, so that follow-on errors agree too. Each production is a method; the families are
//! in the submodules `decl`, `expr`, `types`, `stmt`; `recovery` has error reporting and synchronisation.
//!
//! Nodes go straight into the arenas of the [`File`]. Lists are gathered on stacks of the parser and moved to
//! their pool when they are complete, so that a list is contiguous although the lists inside of it are
//! completed before.
//!
//! As in gc, the branches of a function body (labels, `break`, `continue`, `goto`, `fallthrough`) are checked here,
//! when the body has been parsed without an error: `branches.rs`. The type checker does not check them
//! again for programs; its corpus turns the check off here.

use std::sync::Arc;

use cranelift_entity::PrimaryMap;
use cranelift_entity::packed_option::PackedOption;

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::operator::Operator;
use crate::pos::Pos;
use crate::pragma::PragmaId;
use crate::scanner::{CommentMode, Scanner};
use crate::source_map::SourceFile;
use crate::symbol::{Symbol, sym};
use crate::token::{Token, TokenSet};

mod decl;
mod expr;
mod params;
mod recovery;
mod stmt;
mod types;

/// How to parse.
#[derive(Clone, Copy, Debug)]
pub struct ParseOptions {
    /// Check labels and branch statements, and set their targets.
    pub check_branches: bool,
    /// Stop after the package clause and the import declarations at the head of the file.
    pub imports_only: bool,
    /// The file belongs to the standard library: it may use directives that others may not.
    pub std: bool,
    /// The file belongs to the runtime.
    pub runtime: bool,
}

impl Default for ParseOptions {
    /// The options for user code: the whole file, branches checked.
    fn default() -> ParseOptions {
        ParseOptions { check_branches: true, imports_only: false, std: false, runtime: false }
    }
}

/// The result of parsing a file.
#[derive(Debug)]
pub struct Parsed {
    /// The tree. Without package clause (`pkg_name` is `None`) there is nothing in it.
    pub file: File,
    /// The errors in the order of discovery.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file that is registered with the source map.
pub fn parse_file(source: &Arc<SourceFile>, options: &ParseOptions) -> Parsed {
    Parser::new(source, *options).file()
}

/// The greatest depth to which expressions, types and statements may be nested. Deeper nesting is an error; the
/// limit keeps the stack that parsing and lowering need below that of the compiler's threads.
pub const MAX_NESTING: u32 = 30_000;

struct Parser<'a> {
    scanner: Scanner<'a>,
    file: File,
    options: ParseOptions,
    /// Function nesting: inside of functions, recovery stops at statement keywords.
    fnest: u32,
    /// Expression nesting; negative in the header of a control statement, where `{` begins the body.
    xnest: i32,
    /// Nesting of productions, for [`MAX_NESTING`].
    depth: u32,
    expr_stack: Vec<ExprId>,
    stmt_stack: Vec<StmtId>,
    field_stack: Vec<Field>,
    param_stack: Vec<params::Param>,
    decl_stack: Vec<Decl>,
    case_stack: Vec<CaseClause>,
    comm_stack: Vec<CommClause>,
}

impl<'a> Parser<'a> {
    fn new(source: &'a Arc<SourceFile>, options: ParseOptions) -> Parser<'a> {
        let mut scanner = Scanner::new(source, CommentMode::Directives);
        scanner.directives.top = true;
        scanner.directives.std = options.std;
        scanner.directives.runtime = options.runtime;
        // Go source has about one expression per six bytes and one statement per thirty.
        let size = if options.imports_only { 0 } else { source.text().len() };
        let file = File {
            source: source.clone(),
            pos: Pos::NONE,
            eof: Pos::NONE,
            pkg_name: None,
            pragma: PackedOption::default(),
            build_constraint: None,
            go_version: None,
            decl_list: Vec::new(),
            linknames: Vec::new(),
            cgo_directives: Vec::new(),
            debug_directives: Vec::new(),
            exprs: PrimaryMap::with_capacity(size / 6),
            stmts: PrimaryMap::with_capacity(size / 30),
            decls: PrimaryMap::new(),
            fields: PrimaryMap::new(),
            cases: PrimaryMap::new(),
            comms: PrimaryMap::new(),
            pragmas: PrimaryMap::new(),
            expr_lists: Vec::new(),
            stmt_lists: Vec::with_capacity(size / 30),
            group_count: 0,
        };
        Parser {
            scanner,
            file,
            options,
            fnest: 0,
            xnest: 0,
            depth: 0,
            expr_stack: Vec::new(),
            stmt_stack: Vec::new(),
            field_stack: Vec::new(),
            param_stack: Vec::new(),
            decl_stack: Vec::new(),
            case_stack: Vec::new(),
            comm_stack: Vec::new(),
        }
    }

    // Tokens.

    #[inline]
    fn tok(&self) -> Token {
        self.scanner.tok
    }

    #[inline]
    fn next(&mut self) {
        self.scanner.next();
    }

    /// The position of the current token.
    #[inline]
    fn pos(&self) -> Pos {
        self.scanner.source.pos(self.scanner.start)
    }

    /// Skips the current token if it is `tok`.
    #[inline]
    fn got(&mut self, tok: Token) -> bool {
        if self.tok() == tok {
            self.next();
            return true;
        }
        false
    }

    /// Skips `tok`, or reports that it is missing.
    #[inline]
    fn want(&mut self, tok: Token) {
        if !self.got(tok) {
            self.missing(tok);
        }
    }

    /// Skips `=`; `:=` is taken for it, with an error.
    fn got_assign(&mut self) -> bool {
        if self.tok() == Token::Define {
            self.syntax_error("expected =");
        }
        let found = matches!(self.tok(), Token::Define | Token::Assign);
        if found {
            self.next();
        }
        found
    }

    /// Whether the current token is the operator `op`.
    #[inline]
    fn at_operator(&self, op: Operator) -> bool {
        self.tok() == Token::Operator && self.scanner.op == op
    }

    // Nodes.

    #[inline]
    fn expr_node(&mut self, pos: Pos, kind: ExprKind) -> ExprId {
        self.file.exprs.push(Expr { pos, kind })
    }

    #[inline]
    fn stmt_node(&mut self, pos: Pos, kind: StmtKind) -> StmtId {
        self.file.stmts.push(Stmt { pos, kind })
    }

    fn bad_expr(&mut self) -> ExprId {
        let pos = self.pos();
        self.expr_node(pos, ExprKind::Bad)
    }

    fn name_node(&mut self, pos: Pos, name: Symbol) -> ExprId {
        self.expr_node(pos, ExprKind::Name(name))
    }

    /// Moves the expressions above `base` from the stack to the pool.
    fn pop_exprs(&mut self, base: usize) -> ExprList {
        let start = self.file.expr_lists.len() as u32;
        let len = (self.expr_stack.len() - base) as u32;
        self.file.expr_lists.extend(self.expr_stack.drain(base..));
        ExprList { start, len }
    }

    /// Moves the statements above `base` from the stack to the pool.
    fn pop_stmts(&mut self, base: usize) -> StmtList {
        let start = self.file.stmt_lists.len() as u32;
        let len = (self.stmt_stack.len() - base) as u32;
        self.file.stmt_lists.extend(self.stmt_stack.drain(base..));
        StmtList { start, len }
    }

    /// Moves the fields above `base` from the stack to the arena.
    fn pop_fields(&mut self, base: usize) -> IdRange<FieldId> {
        let start = self.file.fields.len();
        for field in self.field_stack.drain(base..) {
            self.file.fields.push(field);
        }
        IdRange::new(start, self.file.fields.len())
    }

    /// A name, or `_` with an error.
    fn name(&mut self) -> ExprId {
        let pos = self.pos();
        if self.tok() == Token::Name {
            let name = self.scanner.name;
            let id = self.name_node(pos, name);
            self.next();
            return id;
        }
        let id = self.name_node(pos, sym::BLANK);
        self.syntax_error("expected name");
        self.advance(TokenSet::new(&[]));
        id
    }

    /// More names after the first one.
    fn name_list(&mut self, first: ExprId) -> ExprList {
        let base = self.expr_stack.len();
        self.expr_stack.push(first);
        while self.got(Token::Comma) {
            let name = self.name();
            self.expr_stack.push(name);
        }
        self.pop_exprs(base)
    }

    /// Parses `[ f { sep f } [sep] ] close`. `f` returns true if no more elements may follow. The result is the
    /// position of the closing token.
    fn list(
        &mut self,
        context: &str,
        sep: Token,
        close: Token,
        mut f: impl FnMut(&mut Parser<'a>) -> bool,
    ) -> Pos {
        let mut done = false;
        while self.tok() != Token::Eof && self.tok() != close && !done {
            done = f(self);
            if !self.got(sep) && self.tok() != close {
                self.unterminated_list(context, sep, close);
                if self.tok() != close {
                    return self.pos();
                }
            }
        }
        let pos = self.pos();
        self.want(close);
        pos
    }

    /// Counts one level of nesting around `f`; beyond the limit `otherwise` is the result and the rest of the
    /// file is skipped.
    #[inline]
    fn nested<T>(
        &mut self,
        f: impl FnOnce(&mut Parser<'a>) -> T,
        otherwise: impl FnOnce(&mut Parser<'a>) -> T,
    ) -> T {
        if self.depth >= MAX_NESTING {
            self.too_deep();
            return otherwise(self);
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn take_pragma(&mut self) -> PackedOption<PragmaId> {
        let pragma = self.scanner.directives.pending.take();
        pragma.map(|pragma| self.file.pragmas.push(pragma)).into()
    }

    #[inline]
    fn clear_pragma(&mut self) {
        if self.scanner.directives.pending.is_some() {
            self.scanner.clear_pragma();
        }
    }
}

#[cfg(test)]
mod tests;
