//! Labels and the branches to them.
//!
//! A label may be used by `goto` before it is declared. Such forward jumps are carried upwards, from block to
//! enclosing block, until the label is found; a jump must not skip a variable declaration of the block that it
//! ends in, nor lead into a block.

use grus_syntax::{
    BranchTok, DeclKind, ExprId, File, Operator, Pos, SourceMap, StmtId, StmtKind, StmtList, Symbol,
};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::check::Checker;
use crate::code::Code;
use crate::store::ObjId;

/// All labels of a function, in source order.
type Labels = IndexMap<Symbol, ObjId, FxBuildHasher>;

/// The labels of a block and its enclosing blocks.
struct Block<'b> {
    parent: Option<&'b Block<'b>>,
    /// The labeled statement that the block belongs to.
    labeled: Option<StmtId>,
    labels: Vec<(Symbol, StmtId)>,
}

impl Block<'_> {
    /// The labeled statement of that name in this or an enclosing block.
    fn goto_target(&self, name: Symbol) -> Option<StmtId> {
        let mut block = Some(self);
        while let Some(b) = block {
            if let Some(&(_, s)) = b.labels.iter().find(|(n, _)| *n == name) {
                return Some(s);
            }
            block = b.parent;
        }
        None
    }

    /// The innermost labeled statement of that name that encloses this block.
    fn enclosing_target(&self, file: &File, name: Symbol) -> Option<StmtId> {
        let mut block = Some(self);
        while let Some(b) = block {
            if let Some(s) = b.labeled
                && let StmtKind::Labeled { label, .. } = file[s].kind
                && file.name(label) == name
            {
                return Some(s);
            }
            block = b.parent;
        }
        None
    }
}

/// A jump to a label that was not declared yet: the label's identifier.
type Jump = ExprId;

/// The state of one block.
#[derive(Default)]
struct Jumps {
    var_decl_pos: Pos,
    forward: Vec<Jump>,
    /// The forward jumps at the last variable declaration.
    bad: Vec<Jump>,
}

impl Jumps {
    fn record_var_decl(&mut self, pos: Pos) {
        self.var_decl_pos = pos;
        self.bad.clone_from(&self.forward);
    }

    fn jumps_over_var_decl(&self, jump: Jump) -> bool {
        self.var_decl_pos.is_known() && self.bad.contains(&jump)
    }
}

impl<'a> Checker<'a> {
    /// Checks the labels of a function body and the branches to them.
    pub(crate) fn labels(&mut self, body: StmtId) {
        let file = self.file();
        let store = self.store;
        let mut all = Labels::default();
        let (list, _) = file.block(body);
        let forward = self.block_branches(&mut all, None, None, list);
        // What is left jumps to no label, or to one in a block that cannot be entered.
        for jump in forward {
            let name = file.name(jump);
            if let Some(&label) = all.get(&name) {
                store.obj(label).set_used();
                self.error(jump, Code::JumpIntoBlock, format!("goto {name} jumps into block"));
            } else {
                self.error(jump, Code::UndeclaredLabel, format!("label {name} not declared"));
            }
        }
        for (name, label) in all {
            let o = store.obj(label);
            if !o.used() {
                self.soft_error(o.pos, Code::UnusedLabel, format!("label {name} declared and not used"));
            }
        }
    }

    /// Checks the branches of a block and returns the jumps that leave it forwards.
    fn block_branches(
        &mut self,
        all: &mut Labels,
        parent: Option<&Block<'_>>,
        labeled: Option<StmtId>,
        list: StmtList,
    ) -> Vec<Jump> {
        let mut block = Block { parent, labeled, labels: Vec::new() };
        let mut jumps = Jumps::default();
        for &s in self.file().stmts_of(list) {
            self.stmt_branches(all, &mut block, &mut jumps, None, s);
        }
        jumps.forward
    }

    fn stmt_branches(
        &mut self,
        all: &mut Labels,
        block: &mut Block<'_>,
        jumps: &mut Jumps,
        labeled: Option<StmtId>,
        s: StmtId,
    ) {
        let file = self.file();
        match file[s].kind {
            StmtKind::Decl(list) => {
                for d in list.iter() {
                    if let DeclKind::Var(_) = file[d].kind {
                        jumps.record_var_decl(file[d].pos);
                    }
                }
            }
            StmtKind::Labeled { label, stmt } => {
                let name = file.name(label);
                let mut labeled = labeled;
                if !name.is_blank() {
                    self.declare_label(all, block, jumps, s, label);
                    labeled = Some(s);
                }
                self.stmt_branches(all, block, jumps, labeled, stmt);
            }
            StmtKind::Branch { tok, label, .. } => {
                if let Some(label) = label.expand() {
                    self.labeled_branch(all, block, jumps, tok, label);
                }
            }
            StmtKind::Assign { op: Some(Operator::Def), .. } => jumps.record_var_decl(file[s].pos),
            StmtKind::Block { list, .. } => {
                jumps.forward.extend(self.block_branches(all, Some(block), labeled, list));
            }
            StmtKind::If { then, els, .. } => {
                self.stmt_branches(all, block, jumps, labeled, then);
                if let Some(els) = els.expand() {
                    self.stmt_branches(all, block, jumps, labeled, els);
                }
            }
            StmtKind::Switch { cases, .. } => {
                let inner = Block { parent: Some(block), labeled, labels: Vec::new() };
                for c in cases.iter() {
                    jumps.forward.extend(self.block_branches(all, Some(&inner), None, file[c].body));
                }
            }
            StmtKind::Select { comms, .. } => {
                let inner = Block { parent: Some(block), labeled, labels: Vec::new() };
                for c in comms.iter() {
                    jumps.forward.extend(self.block_branches(all, Some(&inner), None, file[c].body));
                }
            }
            StmtKind::For { body, .. } => self.stmt_branches(all, block, jumps, labeled, body),
            _ => {}
        }
    }

    /// Declares a label, and resolves the forward jumps to it.
    fn declare_label(
        &mut self,
        all: &mut Labels,
        block: &mut Block<'_>,
        jumps: &mut Jumps,
        s: StmtId,
        label: ExprId,
    ) {
        let file = self.file();
        let store = self.store;
        let name = file.name(label);
        let obj = store.new_label(file.pos(label), Some(self.pkg), name);
        if let Some(&alt) = all.get(&name) {
            let mut err = self.new_error(Code::DuplicateLabel);
            err.set_soft();
            err.addf_pos(file.pos(label), format!("label {name} already declared"));
            self.add_alt_decl(&mut err, alt);
            self.report(err);
        } else {
            all.insert(name, obj);
            block.labels.push((name, s));
            self.record_def(label, Some(obj));
        }
        for jump in std::mem::take(&mut jumps.forward) {
            if file.name(jump) != name {
                jumps.forward.push(jump);
                continue;
            }
            store.obj(obj).set_used();
            self.record_use(jump, obj);
            if jumps.jumps_over_var_decl(jump) {
                let line = SourceMap::global().position(jumps.var_decl_pos).line;
                let msg = format!("goto {name} jumps over variable declaration at line {line}");
                self.soft_error(jump, Code::JumpOverDecl, msg);
            }
        }
    }

    fn labeled_branch(
        &mut self,
        all: &mut Labels,
        block: &Block<'_>,
        jumps: &mut Jumps,
        tok: BranchTok,
        label: ExprId,
    ) {
        let file = self.file();
        let name = file.name(label);
        let target = |s: StmtId| match file[s].kind {
            StmtKind::Labeled { stmt, .. } => Some(file[stmt].kind),
            _ => None,
        };
        let enclosing = || block.enclosing_target(file, name).and_then(target);
        match tok {
            BranchTok::Break => {
                let ok = matches!(
                    enclosing(),
                    Some(StmtKind::Switch { .. } | StmtKind::Select { .. } | StmtKind::For { .. })
                );
                if !ok {
                    self.error(label, Code::MisplacedLabel, format!("invalid break label {name}"));
                    return;
                }
            }
            BranchTok::Continue => {
                if !matches!(enclosing(), Some(StmtKind::For { .. })) {
                    self.error(label, Code::MisplacedLabel, format!("invalid continue label {name}"));
                    return;
                }
            }
            BranchTok::Goto => {
                if block.goto_target(name).is_none() {
                    jumps.forward.push(label);
                    return;
                }
            }
            BranchTok::Fallthrough => {
                let msg = format!("branch statement: {} {name}", tok.as_str());
                self.error(label, Code::InvalidSyntaxTree, msg);
                return;
            }
        }
        if let Some(&obj) = all.get(&name) {
            self.store.obj(obj).set_used();
            self.record_use(label, obj);
        }
    }
}
