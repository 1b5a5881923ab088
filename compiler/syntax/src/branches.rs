//! Checks of branch statements in a function body: misplaced `break`, `continue` and `fallthrough`; labels that
//! are undefined, unused or defined twice; gotos into blocks and over variable declarations.
//!
//! The check also stores the target of each branch in its statement. Function literals are not entered: their
//! bodies are checked on their own.

use cranelift_entity::packed_option::PackedOption;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::operator::Operator;
use crate::pos::Pos;
use crate::source_map::LineBase;
use crate::symbol::Symbol;
use crate::walk::Node;

/// Checks the branches of a function body and sets their targets.
///
/// `bases` are the `//line` directives up to here, for the positions in messages.
pub(crate) fn check(file: &mut File, body: StmtId, bases: &[LineBase], diagnostics: &mut Vec<Diagnostic>) {
    let StmtKind::Block { list, .. } = file.stmts[body].kind else { return };
    let pos = file.stmts[body].pos;
    let mut checker = Checker {
        file,
        bases,
        diagnostics,
        labels: HashMap::default(),
        order: Vec::new(),
        blocks: Vec::new(),
    };
    let context = Context { breaks: None, continues: None, case: None };
    let body = checker.list_of(list);
    let unresolved = checker.block(None, context, None, pos, body);

    // The labels of the remaining gotos are undefined, or in blocks that the gotos are not in.
    for goto in unresolved {
        let label = checker.labels.get_mut(&goto.name);
        if let Some(label) = label {
            label.used = true;
            let start = checker.blocks[label.block].start;
            let start = checker.describe(start);
            checker.error(goto.pos, format!("goto {} jumps into block starting at {start}", goto.name));
        } else {
            checker.error(goto.pos, format!("label {} not defined", goto.name));
        }
    }
    for i in 0..checker.order.len() {
        let name = checker.order[i];
        let label = &checker.labels[&name];
        if !label.used {
            checker.error(label.pos, format!("label {name} defined and not used"));
        }
    }
}

struct Checker<'a> {
    file: &'a mut File,
    bases: &'a [LineBase],
    diagnostics: &'a mut Vec<Diagnostic>,
    /// All labels of the body.
    labels: HashMap<Symbol, Label, FxBuildHasher>,
    /// Their names in source order.
    order: Vec<Symbol>,
    blocks: Vec<Block>,
}

struct Label {
    /// The block that contains the labeled statement.
    block: usize,
    stmt: StmtId,
    pos: Pos,
    used: bool,
}

struct Block {
    parent: Option<usize>,
    start: Pos,
    /// The labeled statement whose body the block is.
    labeled: Option<StmtId>,
}

/// The statements that enclose a block.
#[derive(Clone, Copy)]
struct Context {
    /// Target of an unlabeled `break`.
    breaks: Option<StmtId>,
    /// Target of an unlabeled `continue`.
    continues: Option<StmtId>,
    /// The block is the body of this case of the innermost switch.
    case: Option<usize>,
}

#[derive(Clone, Copy)]
struct Goto {
    stmt: StmtId,
    name: Symbol,
    /// Position of the label.
    pos: Pos,
}

/// The last variable declaration of a block.
#[derive(Clone, Copy)]
struct VarDecl {
    pos: Pos,
    name: ExprId,
}

/// What a labeled `break` or `continue` may find.
enum Enclosing {
    Labeled(StmtId),
    /// The label exists, but on no enclosing statement.
    Invalid,
    Undefined,
}

impl Checker<'_> {
    fn error(&mut self, pos: Pos, msg: String) {
        self.diagnostics.push(Diagnostic::new(pos, msg));
    }

    fn describe(&self, pos: Pos) -> String {
        self.file.source.describe(pos, self.bases)
    }

    fn list_of(&self, list: StmtList) -> Vec<StmtId> {
        self.file[list].to_vec()
    }

    fn set_target(&mut self, branch: StmtId, to: StmtId) {
        if let StmtKind::Branch { target, .. } = &mut self.file.stmts[branch].kind {
            *target = to.into();
        }
    }

    /// Declares the label of `stmt` in a block; true if it is new.
    fn declare(&mut self, block: usize, stmt: StmtId, label: ExprId) {
        let name = self.file.name(label);
        let pos = self.file.pos(label);
        if let Some(other) = self.labels.get(&name) {
            let msg = format!("label {name} already defined at {}", self.describe(other.pos));
            self.error(pos, msg);
            return;
        }
        self.labels.insert(name, Label { block, stmt, pos, used: false });
        self.order.push(name);
    }

    /// The labeled statement `name` in `block` or a block around it.
    fn goto_target(&mut self, block: usize, name: Symbol) -> Option<StmtId> {
        let label = self.labels.get_mut(&name)?;
        label.used = true;
        let mut block = Some(block);
        while let Some(b) = block {
            if b == label.block {
                return Some(label.stmt);
            }
            block = self.blocks[b].parent;
        }
        None
    }

    /// The labeled statement `name` of which `block` is part.
    fn enclosing(&mut self, block: usize, name: Symbol) -> Enclosing {
        let Some(label) = self.labels.get_mut(&name) else { return Enclosing::Undefined };
        label.used = true;
        let mut block = Some(block);
        while let Some(b) = block {
            if self.blocks[b].labeled == Some(label.stmt) {
                return Enclosing::Labeled(label.stmt);
            }
            block = self.blocks[b].parent;
        }
        Enclosing::Invalid
    }

    /// Checks the statements of a block; the result are the gotos whose labels have not been found.
    fn block(
        &mut self,
        parent: Option<usize>,
        context: Context,
        labeled: Option<StmtId>,
        start: Pos,
        mut body: Vec<StmtId>,
    ) -> Vec<Goto> {
        let block = self.blocks.len();
        self.blocks.push(Block { parent, start, labeled });
        let mut var: Option<VarDecl> = None;
        let mut forward: Vec<Goto> = Vec::new();
        // Forward gotos that stand before the last variable declaration.
        let mut over_var: Vec<StmtId> = Vec::new();

        // A fallthrough is the last statement even if empty ones follow.
        while let Some(&last) = body.last()
            && matches!(self.file.stmts[last].kind, StmtKind::Empty)
        {
            body.pop();
        }
        for (i, &outer) in body.iter().enumerate() {
            let mut stmt = outer;
            let mut labeled = None;
            while let StmtKind::Labeled { label, stmt: inner } = self.file.stmts[stmt].kind {
                let name = self.file.name(label);
                if !name.is_blank() {
                    self.declare(block, stmt, label);
                    let matching: Vec<Goto> = forward.extract_if(.., |g| g.name == name).collect();
                    for goto in matching {
                        self.set_target(goto.stmt, stmt);
                        if let Some(label) = self.labels.get_mut(&name) {
                            label.used = true;
                        }
                        if let Some(var) = var.filter(|_| over_var.contains(&goto.stmt)) {
                            let shown = self.file.expr_string(var.name);
                            let msg = format!("goto {name} jumps over declaration of {shown} at {}", var.pos);
                            self.error(goto.pos, msg);
                        }
                    }
                    labeled = Some(stmt);
                }
                stmt = inner;
            }

            let kind = self.file.stmts[stmt].kind;
            let declared = match kind {
                StmtKind::Decl(decls) => decls.iter().find_map(|d| match self.file.decls[d].kind {
                    DeclKind::Var(v) => {
                        Some(VarDecl { pos: self.file.decls[d].pos, name: self.file[v.names][0] })
                    }
                    _ => None,
                }),
                StmtKind::Assign { op: Some(Operator::Def), lhs, .. } => {
                    Some(VarDecl { pos: self.file.stmts[stmt].pos, name: lhs })
                }
                StmtKind::Branch { tok, label, .. } => {
                    match label.expand() {
                        None => self.unlabeled_branch(stmt, tok, context, i + 1 == body.len()),
                        Some(label) => forward.extend(self.labeled_branch(block, stmt, tok, label)),
                    }
                    None
                }
                _ => {
                    for (context, start, body) in self.inner_blocks(stmt, context) {
                        forward.extend(self.block(Some(block), context, labeled, start, body));
                    }
                    None
                }
            };
            if declared.is_some() {
                var = declared;
                over_var.clear();
                over_var.extend(forward.iter().map(|g| g.stmt));
            }
        }
        forward
    }

    /// The blocks directly inside of a statement.
    fn inner_blocks(&self, stmt: StmtId, context: Context) -> Vec<(Context, Pos, Vec<StmtId>)> {
        let file = &*self.file;
        let block_at = |context, stmt: StmtId| {
            let (list, _) = file.block(stmt);
            (context, file.stmts[stmt].pos, self.list_of(list))
        };
        let inner = Context { case: None, ..context };
        match file.stmts[stmt].kind {
            StmtKind::Block { .. } => vec![block_at(inner, stmt)],
            StmtKind::If { mut then, mut els, .. } => {
                // A chain of else-ifs is flattened: no labels stand between its blocks.
                let mut blocks = Vec::new();
                loop {
                    blocks.push(block_at(inner, then));
                    let Some(next) = els.expand() else { return blocks };
                    match file.stmts[next].kind {
                        StmtKind::If { then: t, els: e, .. } => (then, els) = (t, e),
                        _ => (then, els) = (next, PackedOption::default()),
                    }
                }
            }
            StmtKind::For { body, .. } => {
                let inner = Context { breaks: Some(stmt), continues: Some(stmt), case: None };
                vec![block_at(inner, body)]
            }
            StmtKind::Switch { cases, .. } => {
                let clause = |(i, id)| {
                    let inner = Context { breaks: Some(stmt), case: Some(i), ..context };
                    let clause = &file.cases[id];
                    (inner, clause.pos, self.list_of(clause.body))
                };
                cases.iter().enumerate().map(clause).collect()
            }
            StmtKind::Select { comms, .. } => {
                let inner = Context { breaks: Some(stmt), case: None, ..context };
                let clause = |id| (inner, file.comms[id].pos, self.list_of(file.comms[id].body));
                comms.iter().map(clause).collect()
            }
            _ => Vec::new(),
        }
    }

    fn unlabeled_branch(&mut self, stmt: StmtId, tok: BranchTok, context: Context, last: bool) {
        let msg = match tok {
            BranchTok::Break => match context.breaks {
                Some(target) => return self.set_target(stmt, target),
                None => "break is not in a loop, switch, or select",
            },
            BranchTok::Continue => match context.continues {
                Some(target) => return self.set_target(stmt, target),
                None => "continue is not in a loop",
            },
            BranchTok::Fallthrough => {
                let switch = context.breaks.map(|s| self.file.stmts[s].kind);
                match switch {
                    Some(StmtKind::Switch { tag, .. })
                        if tag.expand().is_some_and(|tag| {
                            matches!(self.file.kind(tag), ExprKind::TypeSwitchGuard { .. })
                        }) =>
                    {
                        "cannot fallthrough in type switch"
                    }
                    Some(StmtKind::Switch { cases, .. }) => match context.case {
                        Some(i) if last && i + 1 < cases.len() => return,
                        Some(_) if last => "cannot fallthrough final case in switch",
                        _ => "fallthrough statement out of place",
                    },
                    _ => "fallthrough statement out of place",
                }
            }
            // A goto without label does not come out of the parser.
            BranchTok::Goto => return,
        };
        let pos = self.file.node_pos(Node::Stmt(stmt));
        self.error(pos, msg.to_string());
    }

    /// The result is the goto, if its label has not been seen in a block around it yet.
    fn labeled_branch(&mut self, block: usize, stmt: StmtId, tok: BranchTok, label: ExprId) -> Option<Goto> {
        let name = self.file.name(label);
        let pos = self.file.pos(label);
        let keyword = tok.as_str();
        match tok {
            BranchTok::Break | BranchTok::Continue => {
                let target = match self.enclosing(block, name) {
                    Enclosing::Undefined => {
                        self.error(pos, format!("{keyword} label not defined: {name}"));
                        return None;
                    }
                    Enclosing::Invalid => None,
                    Enclosing::Labeled(labeled) => match self.file.stmts[labeled].kind {
                        StmtKind::Labeled { stmt, .. } => Some(stmt),
                        _ => None,
                    },
                };
                let valid = target.filter(|&target| match self.file.stmts[target].kind {
                    StmtKind::For { .. } => true,
                    StmtKind::Switch { .. } | StmtKind::Select { .. } => tok == BranchTok::Break,
                    _ => false,
                });
                match valid {
                    Some(target) => self.set_target(stmt, target),
                    None => self.error(pos, format!("invalid {keyword} label {name}")),
                }
                None
            }
            BranchTok::Goto => match self.goto_target(block, name) {
                Some(target) => {
                    self.set_target(stmt, target);
                    None
                }
                None => Some(Goto { stmt, name, pos }),
            },
            BranchTok::Fallthrough => None,
        }
    }
}
