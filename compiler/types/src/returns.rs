//! Terminating statements: whether control can reach the end of a function that has results.

use grus_syntax::{
    BranchTok, CaseId, ExprKind, File, IdRange, PackedOption, StmtId, StmtKind, StmtList, Symbol,
};

use crate::check::Checker;

impl<'a> Checker<'a> {
    /// Whether a statement is terminating; `label` is its label.
    pub(crate) fn is_terminating(&self, s: StmtId, label: Option<Symbol>) -> bool {
        let file = self.file();
        match file[s].kind {
            StmtKind::Decl(_)
            | StmtKind::Empty
            | StmtKind::Send { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Call { .. }
            | StmtKind::Range { .. } => false,
            StmtKind::Labeled { label, stmt } => self.is_terminating(stmt, Some(file.name(label))),
            StmtKind::Expr(e) => {
                let e = file.unparen(e);
                matches!(file.kind(e), ExprKind::Call { .. }) && self.env.is_panic.contains(&e)
            }
            StmtKind::Return { .. } => true,
            StmtKind::Branch { tok, .. } => matches!(tok, BranchTok::Goto | BranchTok::Fallthrough),
            StmtKind::Block { list, .. } => self.is_terminating_list(list),
            StmtKind::If { then, els, .. } => match els.expand() {
                Some(els) => self.is_terminating(then, None) && self.is_terminating(els, None),
                None => false,
            },
            StmtKind::Switch { cases, .. } => self.is_terminating_switch(cases, label),
            StmtKind::Select { comms, .. } => comms.iter().all(|c| {
                let body = file[c].body;
                self.is_terminating_list(body) && !has_break_list(file, body, label, true)
            }),
            StmtKind::For { init, cond, body, .. } => {
                // A range loop may come to its end.
                !self.is_range(init.expand()) && cond.is_none() && !has_break(file, body, label, true)
            }
        }
    }

    fn is_terminating_list(&self, list: StmtList) -> bool {
        let file = self.file();
        // Trailing empty statements are skipped.
        let last = file.stmts_of(list).iter().rev().find(|&&s| !matches!(file[s].kind, StmtKind::Empty));
        last.is_some_and(|&s| self.is_terminating(s, None))
    }

    fn is_terminating_switch(&self, cases: IdRange<CaseId>, label: Option<Symbol>) -> bool {
        let file = self.file();
        let mut has_default = false;
        for c in cases.iter() {
            let clause = &file[c];
            has_default |= clause.cases.is_none();
            if !self.is_terminating_list(clause.body) || has_break_list(file, clause.body, label, true) {
                return false;
            }
        }
        has_default
    }
}

/// Whether a statement is or contains a break out of the statement with this label, or, if `implicit`, a break
/// without label that is not in another loop, switch or select.
fn has_break(file: &File, s: StmtId, label: Option<Symbol>, implicit: bool) -> bool {
    match file[s].kind {
        StmtKind::Decl(_)
        | StmtKind::Empty
        | StmtKind::Expr(_)
        | StmtKind::Send { .. }
        | StmtKind::Assign { .. }
        | StmtKind::Call { .. }
        | StmtKind::Return { .. }
        | StmtKind::Range { .. } => false,
        StmtKind::Labeled { stmt, .. } => has_break(file, stmt, label, implicit),
        StmtKind::Branch { tok: BranchTok::Break, label: target, .. } => match target.expand() {
            None => implicit,
            Some(target) => Some(file.name(target)) == label,
        },
        StmtKind::Branch { .. } => false,
        StmtKind::Block { list, .. } => has_break_list(file, list, label, implicit),
        StmtKind::If { then, els, .. } => {
            has_break(file, then, label, implicit) || has_break_opt(file, els, label, implicit)
        }
        StmtKind::Switch { cases, .. } => {
            label.is_some() && cases.iter().any(|c| has_break_list(file, file[c].body, label, false))
        }
        StmtKind::Select { comms, .. } => {
            label.is_some() && comms.iter().any(|c| has_break_list(file, file[c].body, label, false))
        }
        StmtKind::For { body, .. } => label.is_some() && has_break(file, body, label, false),
    }
}

fn has_break_opt(file: &File, s: PackedOption<StmtId>, label: Option<Symbol>, implicit: bool) -> bool {
    s.expand().is_some_and(|s| has_break(file, s, label, implicit))
}

fn has_break_list(file: &File, list: StmtList, label: Option<Symbol>, implicit: bool) -> bool {
    file.stmts_of(list).iter().any(|&s| has_break(file, s, label, implicit))
}
