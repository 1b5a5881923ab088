//! Source text of nodes, as gc prints it.
//!
//! [`File::expr_string`] is what messages show: one line, and `…` in place of the bodies of function literals
//! and of the elements of composite literals. [`File::line_string`] prints everything, on one line; a whole
//! file printed so parses to the same tree.
//!
//! The idea: tokens are written at once, but semicolons and blanks are held back until the next token is known,
//! because a semicolon before `)` or `}` is left out, and blanks are never doubled.

use std::fmt::Write;

use crate::ast::*;
use crate::operator::Operator;
use crate::walk::Node;

mod expr;
mod stmt;

impl File {
    /// The expression as messages show it.
    pub fn expr_string(&self, expr: ExprId) -> String {
        self.node_string(Node::Expr(expr))
    }

    /// Any node as messages show it.
    pub fn node_string(&self, node: Node) -> String {
        let mut printer = Printer::new(self, true);
        printer.node(node);
        printer.finish()
    }

    /// Any node in full, on one line.
    pub fn line_string(&self, node: Node) -> String {
        let mut printer = Printer::new(self, false);
        printer.node(node);
        printer.finish()
    }

    /// The whole file in full, on one line.
    pub fn file_string(&self) -> String {
        let mut printer = Printer::new(self, false);
        printer.file();
        printer.finish()
    }
}

struct Printer<'a> {
    file: &'a File,
    /// Leave out the insides of function and composite literals.
    short: bool,
    out: String,
    /// Semicolons and blanks that are held back.
    pending: Vec<Pending>,
}

#[derive(Clone, Copy, PartialEq)]
enum Pending {
    Semi,
    Blank,
}

impl<'a> Printer<'a> {
    fn new(file: &'a File, short: bool) -> Printer<'a> {
        Printer { file, short, out: String::new(), pending: Vec::new() }
    }

    fn finish(mut self) -> String {
        self.flush(false);
        self.out
    }

    /// Writes what was held back; the last semicolon is left out if a closing token follows.
    fn flush(&mut self, before_close: bool) {
        if self.pending.is_empty() {
            return;
        }
        let omitted =
            if before_close { self.pending.iter().rposition(|&p| p == Pending::Semi) } else { None };
        let mut blank = false;
        for (i, pending) in self.pending.drain(..).enumerate() {
            match pending {
                Pending::Semi if Some(i) == omitted => {}
                Pending::Semi => {
                    self.out.push(';');
                    blank = false;
                }
                Pending::Blank if blank => {}
                Pending::Blank => {
                    self.out.push(' ');
                    blank = true;
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.flush(false);
        self.out.push_str(text);
    }

    /// A closing parenthesis or brace.
    fn close(&mut self, text: &str) {
        self.flush(true);
        self.out.push_str(text);
    }

    fn blank(&mut self) {
        self.pending.push(Pending::Blank);
    }

    fn semi(&mut self) {
        self.pending.push(Pending::Semi);
    }

    fn node(&mut self, node: Node) {
        match node {
            Node::Expr(id) => self.expr(id),
            Node::Stmt(id) => self.stmt(id),
            Node::Decl(id) => self.decl(id),
            Node::Field(id) => self.field(id),
            Node::Case(id) => self.case(id, true),
            Node::Comm(id) => self.comm(id, true),
        }
    }

    fn expr_list(&mut self, list: &[ExprId]) {
        for (i, &x) in list.iter().enumerate() {
            if i > 0 {
                self.text(",");
                self.blank();
            }
            self.expr(x);
        }
    }

    fn operator(&mut self, op: Operator) {
        self.flush(false);
        let _ = self.out.write_str(op.as_str());
    }
}
