//! Error reporting.
//!
//! An error has a main message and may have notes (other positions); the text of a diagnostic is all of them, as
//! the Go compiler prints them. Messages that mention an invalid operand or type follow from earlier errors
//! and are dropped when there was one. Bodies are checked independently of one another, so such messages are
//! dropped again when the diagnostics of a package are put together ([`merge_diagnostics`]).

use std::borrow::Cow;

use grus_syntax::{Diagnostic, ExprId, Note, Pos, StmtId};

use crate::check::Checker;
use crate::code::Code;
use crate::operand::{Operand, OperandExpr};
use crate::store::{ObjId, TypeId};
use crate::version::GoVersion;

/// Whether a message follows from an earlier error: it mentions an invalid operand or type, but not at once.
fn follows(msg: &str) -> bool {
    let inside = |what: &str| msg.find(what).is_some_and(|i| i > 0);
    inside("invalid operand") || inside("invalid type")
}

/// Appends `more` to `all`, without what only follows from earlier errors.
pub fn merge_diagnostics(all: &mut Vec<Diagnostic>, more: impl IntoIterator<Item = Diagnostic>) {
    for d in more {
        if all.is_empty() || !follows(&d.msg) {
            all.push(d);
        }
    }
}

/// Where an error is reported.
#[derive(Clone, Copy, Debug)]
pub enum At {
    /// At a position.
    Pos(Pos),
    /// Where an expression of the current file starts.
    Expr(ExprId),
    /// Where a statement of the current file starts.
    Stmt(StmtId),
}

impl From<Pos> for At {
    fn from(pos: Pos) -> Self {
        At::Pos(pos)
    }
}

impl From<ExprId> for At {
    fn from(e: ExprId) -> Self {
        At::Expr(e)
    }
}

impl From<StmtId> for At {
    fn from(s: StmtId) -> Self {
        At::Stmt(s)
    }
}

impl From<&Operand> for At {
    fn from(x: &Operand) -> Self {
        match x.expr {
            OperandExpr::None => At::Pos(Pos::NONE),
            OperandExpr::Expr(e) => At::Expr(e),
            OperandExpr::Pseudo(pos, _) => At::Pos(pos),
        }
    }
}

impl From<&mut Operand> for At {
    fn from(x: &mut Operand) -> Self {
        At::from(&*x)
    }
}

/// An error under construction: the main message and its notes.
#[must_use = "an error is reported by `report`"]
#[derive(Debug)]
pub struct ErrorDesc {
    code: Code,
    soft: bool,
    parts: Vec<(Pos, Cow<'static, str>)>,
}

impl ErrorDesc {
    /// Marks the error as soft.
    pub fn set_soft(&mut self) {
        self.soft = true;
    }

    /// Whether there is no message yet.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Puts text before the main message.
    pub fn prepend(&mut self, text: &str) {
        if let Some((_, msg)) = self.parts.first_mut() {
            msg.to_mut().insert_str(0, text);
        }
    }

    /// Adds a message at a position. The first one is the main message.
    pub fn addf_pos(&mut self, pos: Pos, msg: impl Into<Cow<'static, str>>) {
        self.parts.push((pos, msg.into()));
    }

    /// The position of the main message.
    pub fn pos(&self) -> Pos {
        self.parts.first().map_or(Pos::NONE, |p| p.0)
    }

    /// The text of the main message and the notes.
    pub fn msg(&self) -> String {
        let mut out = String::new();
        for (i, (pos, part)) in self.parts.iter().enumerate() {
            if i > 0 {
                out.push_str("\n\t");
                if pos.is_known() {
                    out.push_str(&format!("{pos}: "));
                }
            }
            out.push_str(part);
        }
        out
    }
}

/// Removes the subscripts that tell type parameters of the same name apart.
fn strip(msg: Cow<'static, str>) -> String {
    let mut msg = msg.into_owned();
    if !msg.is_ascii() {
        msg.retain(|c| !('\u{2080}'..='\u{2089}').contains(&c));
    }
    msg
}

impl<'a> Checker<'a> {
    /// The position that `at` stands for.
    pub fn at_pos(&self, at: impl Into<At>) -> Pos {
        match at.into() {
            At::Pos(pos) => pos,
            At::Expr(e) => self.start_pos(e),
            At::Stmt(s) => self.file().stmt_start_pos(s),
        }
    }

    /// Starts an error.
    pub fn new_error(&self, code: Code) -> ErrorDesc {
        ErrorDesc { code, soft: false, parts: Vec::new() }
    }

    /// Adds a message to an error. The first one is the main message.
    pub fn addf(&self, err: &mut ErrorDesc, at: impl Into<At>, msg: impl Into<Cow<'static, str>>) {
        err.addf_pos(self.at_pos(at), msg);
    }

    /// Adds a note that shows another declaration.
    pub fn add_alt_decl(&self, err: &mut ErrorDesc, obj: ObjId) {
        let obj = self.obj(obj);
        if obj.pos.is_known() {
            err.addf_pos(obj.pos, format!("other declaration of {}", obj.name));
        }
    }

    /// Reports an error.
    pub fn report(&mut self, err: ErrorDesc) {
        let mut parts = err.parts.into_iter();
        let (mut pos, msg) = parts.next().expect("an error has a message");
        if self.has_errors() && follows(&msg) {
            return;
        }
        if self.env.errpos.is_known() {
            // The initializer is inherited: its own position says nothing about this constant.
            pos = self.env.errpos;
        }
        let msg = if err.code == Code::InvalidSyntaxTree {
            format!("invalid syntax tree: {msg}")
        } else {
            strip(msg)
        };
        let msg = if self.conf.as_gc { self.with_version_hint(msg) } else { msg };
        let mut diagnostic = Diagnostic::new(pos, msg).code(err.code.into());
        diagnostic.soft = err.soft;
        diagnostic.notes = parts.map(|(pos, msg)| Note { pos, msg: strip(msg) }).collect();
        self.diagnostics.push(diagnostic);
    }

    /// Adds to a message about the language version where the version was set.
    fn with_version_hint(&self, mut msg: String) -> String {
        let required = msg.split_once("requires go").and_then(|(_, rest)| rest.split_once(' '));
        let is_version = |v: &str| {
            v.split_once('.').is_some_and(|(a, b)| a.parse::<u16>().is_ok() && b.parse::<u16>().is_ok())
        };
        if let Some((version, rest)) = required
            && is_version(version)
            && rest.starts_with("or later")
        {
            let declared = self.env.file.and_then(|f| f.go_version).map(|v| GoVersion::go1(v.minor));
            if declared == Some(self.env.version) {
                msg.push_str(&format!(" (file declares //go:build {})", self.env.version));
            } else {
                msg.push_str(&format!(" (-lang was set to {}; check go.mod)", self.conf.go_version));
            }
        }
        msg
    }

    /// Reports an error that consists of one message.
    pub fn error(&mut self, at: impl Into<At>, code: Code, msg: impl Into<Cow<'static, str>>) {
        let mut err = self.new_error(code);
        self.addf(&mut err, at, msg);
        self.report(err);
    }

    /// Reports an error that does not prevent code generation.
    pub fn soft_error(&mut self, at: impl Into<At>, code: Code, msg: impl Into<Cow<'static, str>>) {
        let mut err = self.new_error(code);
        err.set_soft();
        self.addf(&mut err, at, msg);
        self.report(err);
    }

    /// Reports that `what` needs a newer language version.
    pub fn version_error(&mut self, at: impl Into<At>, version: GoVersion, what: &str) {
        self.error(at, Code::UnsupportedFeature, format!("{what} requires {version} or later"));
    }

    /// Reports whether the current file's language version permits a feature of version `want`.
    pub fn allow_version(&self, want: GoVersion) -> bool {
        self.env.version.allows(want)
    }

    /// Like `allow_version`, but reports an error if the feature `what` is not permitted.
    pub fn verify_version(&mut self, at: impl Into<At>, want: GoVersion, what: &str) -> bool {
        let ok = self.allow_version(want);
        if !ok {
            self.version_error(at, want, what);
        }
        ok
    }

    /// A type for a message, qualified as seen from the package being checked.
    pub fn type_str(&self, t: TypeId) -> String {
        self.store.type_string_qualified(t, &|pkg| self.qualifier(pkg))
    }

    /// An object for a message: its kind, name and type.
    pub fn object_str(&self, obj: ObjId) -> String {
        self.store.object_string(obj, Some(&|pkg| self.qualifier(pkg)))
    }

    /// A list of types for a message, in brackets.
    pub fn types_str(&self, list: &[TypeId]) -> String {
        let list: Vec<String> = list.iter().map(|&t| self.type_str(t)).collect();
        format!("[{}]", list.join(", "))
    }

    /// A list of expressions for a message, in brackets.
    pub fn exprs_str(&self, list: &[ExprId]) -> String {
        let list: Vec<String> = list.iter().map(|&e| self.expr_str(e)).collect();
        format!("[{}]", list.join(", "))
    }
}
