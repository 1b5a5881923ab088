//! Statements.

use super::*;

/// A statement.
#[derive(Clone, Copy, Debug)]
pub struct Stmt {
    /// The position that gc gives to the node; stated with each kind.
    pub pos: Pos,
    /// What it is.
    pub kind: StmtKind,
}

/// The kinds of statements. "Simple" statements are `Empty`, `Expr`, `Send`, `Assign` and `Range`.
#[derive(Clone, Copy, Debug)]
pub enum StmtKind {
    /// Nothing. Position: the following `;` or `}`.
    Empty,
    /// `label: stmt`. Position: the colon.
    Labeled {
        /// A [`ExprKind::Name`].
        label: ExprId,
        /// The labeled statement.
        stmt: StmtId,
    },
    /// `{ list }`. Position: `{`.
    Block {
        /// The statements.
        list: StmtList,
        /// The closing brace.
        rbrace: Pos,
    },
    /// An expression as statement. Position: that of the expression.
    Expr(ExprId),
    /// `chan <- value`. Position: the arrow.
    Send {
        /// The channel.
        chan: ExprId,
        /// The value.
        value: ExprId,
    },
    /// A const, type or var declaration. Position: the keyword.
    Decl(IdRange<DeclId>),
    /// An assignment. Position: the assignment operator.
    ///
    /// `op` is `None` for `=`, `Def` for `:=`, else the operator of `op=`, `++` (`Add`) or `--` (`Sub`).
    Assign {
        /// The operator.
        op: Option<Operator>,
        /// The left side; a [`ExprKind::List`] if there are several.
        lhs: ExprId,
        /// The right side; `None` for `++` and `--`.
        rhs: PackedOption<ExprId>,
    },
    /// `break`, `continue`, `fallthrough`, `goto`. Position: the keyword.
    Branch {
        /// Which of the four.
        tok: BranchTok,
        /// A [`ExprKind::Name`].
        label: PackedOption<ExprId>,
        /// Where control goes, if the branches were checked: the `Labeled` statement for a goto, the `For`,
        /// `Switch` or `Select` statement for break and continue, `None` for fallthrough.
        target: PackedOption<StmtId>,
    },
    /// `go call`, `defer call`. Position: the keyword.
    Call {
        /// Which of the two.
        tok: CallTok,
        /// The expression; that it is a call is checked by the type checker.
        call: ExprId,
    },
    /// `return results`. Position: the keyword.
    Return {
        /// The results; a [`ExprKind::List`] if there are several.
        results: PackedOption<ExprId>,
    },
    /// `if init; cond then else els`. Position: the keyword.
    If {
        /// A simple statement.
        init: PackedOption<StmtId>,
        /// The condition.
        cond: ExprId,
        /// A `Block`.
        then: StmtId,
        /// An `If` or a `Block`.
        els: PackedOption<StmtId>,
    },
    /// `for init; cond; post body`, `for range-clause body`. Position: the keyword.
    For {
        /// A simple statement; a `Range` for range loops, which have neither `cond` nor `post`.
        init: PackedOption<StmtId>,
        /// The condition.
        cond: PackedOption<ExprId>,
        /// A simple statement.
        post: PackedOption<StmtId>,
        /// A `Block`.
        body: StmtId,
    },
    /// `switch init; tag { cases }`. Position: the keyword.
    Switch {
        /// A simple statement.
        init: PackedOption<StmtId>,
        /// The tag; a [`ExprKind::TypeSwitchGuard`] makes it a type switch.
        tag: PackedOption<ExprId>,
        /// The cases in source order.
        cases: IdRange<CaseId>,
        /// The closing brace.
        rbrace: Pos,
    },
    /// `select { comms }`. Position: the keyword.
    Select {
        /// The cases in source order.
        comms: IdRange<CommId>,
        /// The closing brace.
        rbrace: Pos,
    },
    /// `range x`, `lhs = range x`, `lhs := range x`, as init statement of a `For`. Position: `range`.
    Range {
        /// The iteration variables; a [`ExprKind::List`] if there are several.
        lhs: PackedOption<ExprId>,
        /// `:=` rather than `=`.
        def: bool,
        /// The operand.
        x: ExprId,
    },
}

/// The keyword of a [`StmtKind::Branch`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BranchTok {
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `fallthrough`
    Fallthrough,
    /// `goto`
    Goto,
}

impl BranchTok {
    /// The keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            BranchTok::Break => "break",
            BranchTok::Continue => "continue",
            BranchTok::Fallthrough => "fallthrough",
            BranchTok::Goto => "goto",
        }
    }
}

/// The keyword of a [`StmtKind::Call`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CallTok {
    /// `go`
    Go,
    /// `defer`
    Defer,
}

impl CallTok {
    /// The keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            CallTok::Go => "go",
            CallTok::Defer => "defer",
        }
    }
}

/// `case cases: body` or `default: body` of a switch.
#[derive(Clone, Copy, Debug)]
pub struct CaseClause {
    /// Position of `case` or `default`.
    pub pos: Pos,
    /// Position of the colon.
    pub colon: Pos,
    /// The cases, a [`ExprKind::List`] if there are several; `None` for `default`.
    pub cases: PackedOption<ExprId>,
    /// The statements.
    pub body: StmtList,
}

/// `case comm: body` or `default: body` of a select.
#[derive(Clone, Copy, Debug)]
pub struct CommClause {
    /// Position of `case` or `default`.
    pub pos: Pos,
    /// Position of the colon.
    pub colon: Pos,
    /// The communication, a simple statement; `None` for `default`. That it is a send or a receive is checked
    /// by the type checker.
    pub comm: PackedOption<StmtId>,
    /// The statements.
    pub body: StmtList,
}
