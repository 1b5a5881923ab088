//! What must be known of a function's variables before it is lowered: which are captured by function
//! literals, which have their address taken, which are assigned after their declaration, which arrays
//! are indexed by variables.
//!
//! The bodies of range-over-func loops count as function literals, because they become functions.
//!
//! A variable lives in SSA variables unless its address is taken, it is captured and assigned again
//! (or too large to copy), or it is not scalar. Captured variables that are never assigned after
//! their declaration are captured by value, as gc does.

use crate::cx::Cx;
use crate::layout::Kind;
use crate::mono::Env;
use grus_syntax::{
    BranchTok, CallTok, DeclKind, ExprId, ExprKind, ExprList, File, Operator, StmtId, StmtKind,
};
use grus_types::info::ImplicitNode;
use grus_types::{BuiltinId, Info, Mode, ObjId, ObjectKind, SelectionKind, TypeId, VarKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// A function of the nest: the declared function, a literal, or the body of a range-over-func loop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FnId(pub u32);

/// The outermost function.
pub const ROOT: FnId = FnId(0);

/// What is known of one variable.
#[derive(Clone, Copy, Debug)]
pub struct VarFacts {
    /// The function that declares it.
    pub func: FnId,
    pub addr_taken: bool,
    /// Assigned other than by its declaration.
    pub reassigned: bool,
    pub captured: bool,
    /// An array (or holds one) that is indexed by a value that is not constant.
    pub indexed: bool,
    /// The address is taken, or a literal captures it, in the statement behind an iteration of a `for` loop.
    pub needed_by_post: bool,
}

/// How many defer statements a function has, as far as their calls can be kept in its frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenDefers {
    /// This many, each executed at most once.
    Count(u32),
    /// One may be executed any number of times.
    Unbounded,
}

impl Default for OpenDefers {
    fn default() -> OpenDefers {
        OpenDefers::Count(0)
    }
}

/// What is known of one function of the nest.
#[derive(Clone, Debug, Default)]
pub struct FnFacts {
    pub parent: Option<FnId>,
    /// The variables of enclosing functions that it or its literals use, in order of first use.
    pub captures: Vec<ObjId>,
    pub has_defer: bool,
    /// Number of its defer statements, if each is executed at most once: none stands in a loop, and there is no goto.
    pub open_defers: OpenDefers,
    pub has_recover: bool,
    /// The body of a range-over-func loop.
    pub range_body: bool,
    /// A range body with a `defer` in it.
    pub range_defers: bool,
    /// A `return` stands in the body of a range-over-func loop of this function.
    pub range_returns: bool,
    /// The function's results.
    pub results: Vec<ObjId>,
}

/// The facts of a function with all its literals.
#[derive(Debug, Default)]
pub struct Facts {
    pub vars: FxHashMap<ObjId, VarFacts>,
    pub funcs: Vec<FnFacts>,
    pub lits: FxHashMap<ExprId, FnId>,
    pub ranges: FxHashMap<StmtId, FnId>,
    /// The labeled statements, with the functions in which they stand.
    pub labels: FxHashMap<StmtId, FnId>,
    /// The labeled statements that a goto refers to.
    pub gotos: FxHashSet<StmtId>,
}

impl Facts {
    /// Whether a variable must have an address of its own.
    pub fn needs_box(&self, cx: &Cx<'_>, obj: ObjId, t: TypeId) -> bool {
        match self.vars.get(&obj) {
            Some(v) => v.addr_taken || (v.captured && !self.by_value(cx, obj, t)),
            None => false,
        }
    }

    /// Whether literals capture the variable by value.
    pub fn by_value(&self, cx: &Cx<'_>, obj: ObjId, t: TypeId) -> bool {
        match self.vars.get(&obj) {
            Some(v) => !v.addr_taken && !v.reassigned && cx.info(t).is_scalar(),
            None => true,
        }
    }

    pub fn func(&self, id: FnId) -> &FnFacts {
        &self.funcs[id.0 as usize]
    }

    /// The declared function or literal that the function belongs to: bodies of range-over-func loops
    /// belong to the function around the loop.
    pub fn real_func(&self, mut id: FnId) -> FnId {
        while self.func(id).range_body {
            id = self.func(id).parent.expect("a loop stands in a function");
        }
        id
    }
}

/// Collects facts.
pub struct Collector<'c, 'a> {
    cx: &'c Cx<'a>,
    file: &'c File,
    info: &'c Info,
    env: &'c Env,
    facts: Facts,
    current: FnId,
    /// Loops of the current function that are open.
    loops: u32,
    /// Inside of a statement behind an iteration.
    post: bool,
}

impl<'c, 'a> Collector<'c, 'a> {
    pub fn new(cx: &'c Cx<'a>, file: &'c File, info: &'c Info, env: &'c Env) -> Self {
        let facts = Facts { funcs: vec![FnFacts::default()], ..Facts::default() };
        Collector { cx, file, info, env, facts, current: ROOT, loops: 0, post: false }
    }

    /// Facts of a function body; parameters are declared by their objects.
    pub fn func(mut self, params: &[ObjId], results: &[ObjId], body: StmtId) -> Facts {
        for &p in params.iter().chain(results) {
            self.declare(p);
        }
        self.facts.funcs[0].results = results.to_vec();
        self.stmt(body);
        self.facts
    }

    /// Facts of an expression outside functions.
    pub fn initializer(mut self, e: ExprId) -> Facts {
        self.expr(e);
        self.facts
    }

    fn ty(&self, e: ExprId) -> Option<TypeId> {
        let t = self.info.type_of(e)?;
        Some(self.env.ty(self.cx, t))
    }

    fn declare(&mut self, obj: ObjId) {
        self.facts.vars.entry(obj).or_insert(VarFacts {
            func: self.current,
            addr_taken: false,
            reassigned: false,
            captured: false,
            indexed: false,
            needed_by_post: false,
        });
    }

    fn is_local(&self, obj: ObjId) -> bool {
        match self.cx.store.obj(obj).kind {
            ObjectKind::Var { kind, .. } => !matches!(kind, VarKind::Package | VarKind::Field),
            _ => false,
        }
    }

    fn use_var(&mut self, obj: ObjId) {
        if !self.is_local(obj) {
            return;
        }
        let current = self.current;
        let Some(v) = self.facts.vars.get_mut(&obj) else {
            // A variable whose declaration was not seen belongs to the function that uses it.
            return self.declare(obj);
        };
        let owner = v.func;
        if owner == current {
            return;
        }
        v.captured = true;
        v.needed_by_post |= self.post;
        let mut f = Some(current);
        while let Some(id) = f
            && id != owner
        {
            let facts = &mut self.facts.funcs[id.0 as usize];
            if facts.captures.contains(&obj) {
                break;
            }
            facts.captures.push(obj);
            f = facts.parent;
        }
    }

    fn nested(&mut self, range_body: bool, f: impl FnOnce(&mut Self)) -> FnId {
        let id = FnId(self.facts.funcs.len() as u32);
        self.facts.funcs.push(FnFacts { parent: Some(self.current), range_body, ..FnFacts::default() });
        let saved = (std::mem::replace(&mut self.current, id), std::mem::take(&mut self.loops));
        f(self);
        (self.current, self.loops) = saved;
        id
    }

    /// The variable that holds the memory of an operand, through fields and array elements.
    fn root_var(&self, e: ExprId) -> Option<ObjId> {
        match self.file.kind(e) {
            ExprKind::Paren(x) => self.root_var(x),
            ExprKind::Name(_) => {
                let obj = self.info.object(e)?;
                self.is_local(obj).then_some(obj)
            }
            ExprKind::Selector { x, .. } => {
                let sel = self.info.selection(e)?;
                if sel.kind != SelectionKind::FieldVal || self.path_is_indirect(x, &sel.index) {
                    return None;
                }
                self.root_var(x)
            }
            ExprKind::Index { x, .. } => {
                let t = self.ty(x)?;
                matches!(self.cx.info(t).kind, Kind::Array(..)).then(|| self.root_var(x)).flatten()
            }
            _ => None,
        }
    }

    /// Whether selecting along the path (without its last step's result) goes through a pointer.
    fn path_is_indirect(&self, x: ExprId, index: &[u32]) -> bool {
        let Some(mut t) = self.ty(x) else { return true };
        for &i in &index[..index.len() - 1] {
            match &self.cx.info(t).kind {
                Kind::Struct(fields) => t = fields[i as usize].ty,
                _ => return true,
            }
        }
        matches!(self.cx.info(t).kind, Kind::Pointer(_))
    }

    fn take_addr(&mut self, e: ExprId) {
        if let Some(v) = self.root_var(e) {
            self.use_var(v);
            if let Some(f) = self.facts.vars.get_mut(&v) {
                f.addr_taken = true;
                f.needed_by_post |= self.post;
            }
        }
    }

    fn assign(&mut self, e: ExprId) {
        let e = self.file.unparen(e);
        if let ExprKind::Name(name) = self.file.kind(e)
            && name.is_blank()
        {
            return;
        }
        self.expr(e);
        if let Some(v) = self.root_var(e)
            && let Some(f) = self.facts.vars.get_mut(&v)
        {
            f.reassigned = true;
        }
    }

    fn define(&mut self, e: ExprId) {
        match self.info.def(e) {
            Some(obj) => self.declare(obj),
            None => self.assign(e),
        }
    }

    fn list(&mut self, list: ExprList) {
        for &e in self.file.list(list) {
            self.expr(e);
        }
    }

    fn expr(&mut self, e: ExprId) {
        if self.info.value(e).is_some() || self.info.mode(e) == Mode::TypExpr {
            return;
        }
        match self.file.kind(e) {
            ExprKind::Name(_) => {
                if let Some(obj) = self.info.object(e) {
                    self.use_var(obj);
                }
            }
            ExprKind::CompositeLit { elems, .. } => {
                let is_struct = self
                    .ty(e)
                    .map(|t| self.cx.pointee(t).unwrap_or(t))
                    .is_some_and(|t| matches!(self.cx.info(t).kind, Kind::Struct(_)));
                for &el in self.file.list(elems) {
                    match self.file.kind(el) {
                        ExprKind::KeyValue { key, value } => {
                            if !is_struct {
                                self.expr(key);
                            }
                            self.expr(value);
                        }
                        _ => self.expr(el),
                    }
                }
            }
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::FuncLit { body, .. } => {
                let id = self.nested(false, |c| {
                    if let Some(t) = c.info.type_of(e) {
                        let store = c.cx.store;
                        let sig = store.signature(t);
                        for &v in store.vars(sig.params).iter().chain(store.vars(sig.results)) {
                            c.declare(v);
                        }
                        let results = store.vars(sig.results).to_vec();
                        c.facts.funcs[c.current.0 as usize].results = results;
                    }
                    c.stmt(body);
                });
                self.facts.lits.insert(e, id);
            }
            ExprKind::Paren(x) | ExprKind::Assert { x, .. } => self.expr(x),
            ExprKind::TypeSwitchGuard { x, .. } => self.expr(x),
            ExprKind::Selector { x, .. } => {
                let Some(sel) = self.info.selection(e) else { return };
                if sel.kind == SelectionKind::MethodExpr {
                    return;
                }
                self.expr(x);
                if sel.kind == SelectionKind::MethodVal
                    && self.cx.store.has_ptr_recv(sel.obj)
                    && !self.path_is_indirect(x, &sel.index)
                {
                    self.take_addr(x);
                }
            }
            ExprKind::Index { x, index } => {
                self.expr(x);
                let Some(t) = self.ty(x) else { return };
                self.expr(index);
                if matches!(self.cx.info(t).kind, Kind::Array(..))
                    && self.info.value(index).is_none()
                    && let Some(v) = self.root_var(x)
                    && let Some(f) = self.facts.vars.get_mut(&v)
                {
                    f.indexed = true;
                }
            }
            ExprKind::Slice { x, index, .. } => {
                self.expr(x);
                for i in index.iter().filter_map(|i| i.expand()) {
                    self.expr(i);
                }
                if self.ty(x).is_some_and(|t| matches!(self.cx.info(t).kind, Kind::Array(..))) {
                    self.take_addr(x);
                }
            }
            ExprKind::Unary { op, x } => {
                self.expr(x);
                if op == Operator::And {
                    self.take_addr(x);
                }
            }
            ExprKind::Binary { x, y, .. } => {
                // Long chains lean to the left.
                let mut right = vec![y];
                let mut left = x;
                while let ExprKind::Binary { x, y, .. } = self.file.kind(left)
                    && self.info.value(left).is_none()
                {
                    right.push(y);
                    left = x;
                }
                self.expr(left);
                for y in right.into_iter().rev() {
                    self.expr(y);
                }
            }
            ExprKind::Call { fun, args, .. } => {
                let f = self.file.unparen(fun);
                if self.info.mode(f) == Mode::Builtin {
                    if self.builtin(f) == Some(BuiltinId::Recover) {
                        let real = self.facts.real_func(self.current);
                        self.facts.funcs[real.0 as usize].has_recover = true;
                    }
                } else {
                    self.expr(fun);
                }
                self.list(args);
            }
            ExprKind::List(list) => self.list(list),
            _ => {}
        }
    }

    fn builtin(&self, e: ExprId) -> Option<BuiltinId> {
        let name = match self.file.kind(e) {
            ExprKind::Selector { sel, .. } => sel,
            _ => e,
        };
        match self.cx.store.obj(self.info.object(name)?).kind {
            ObjectKind::Builtin(id) => Some(id),
            _ => None,
        }
    }

    fn stmts(&mut self, list: grus_syntax::StmtList) {
        for &s in self.file.stmts_of(list) {
            self.stmt(s);
        }
    }

    fn stmt(&mut self, s: StmtId) {
        match self.file[s].kind {
            StmtKind::Empty => {}
            StmtKind::Branch { tok, target, .. } => {
                if tok == BranchTok::Goto
                    && let Some(t) = target.expand()
                {
                    self.facts.gotos.insert(t);
                    let real = self.facts.real_func(self.current);
                    self.facts.funcs[real.0 as usize].open_defers = OpenDefers::Unbounded;
                }
            }
            StmtKind::Labeled { stmt, .. } => {
                self.facts.labels.insert(s, self.current);
                self.stmt(stmt);
            }
            StmtKind::Block { list, .. } => self.stmts(list),
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Decl(decls) => {
                for d in decls.iter() {
                    if let DeclKind::Var(v) = self.file[d].kind {
                        if let Some(values) = v.values.expand() {
                            self.expr(values);
                        }
                        for &name in self.file.list(v.names) {
                            if let Some(obj) = self.info.def(name) {
                                self.declare(obj);
                            }
                        }
                    }
                }
            }
            StmtKind::Assign { op, lhs, rhs } => {
                if let Some(rhs) = rhs.expand() {
                    self.expr(rhs);
                }
                for &l in self.file.unpack_list(&lhs) {
                    if op == Some(Operator::Def) { self.define(l) } else { self.assign(l) }
                }
            }
            StmtKind::Call { tok, call } => {
                if tok == CallTok::Defer {
                    let mut id = self.current;
                    let mut repeated = self.loops > 0;
                    while self.facts.func(id).range_body {
                        repeated = true;
                        self.facts.funcs[id.0 as usize].range_defers = true;
                        id = self.facts.func(id).parent.expect("a loop stands in a function");
                    }
                    let func = &mut self.facts.funcs[id.0 as usize];
                    func.has_defer = true;
                    func.open_defers = match func.open_defers {
                        OpenDefers::Count(n) if !repeated => OpenDefers::Count(n + 1),
                        _ => OpenDefers::Unbounded,
                    };
                }
                self.expr(call);
            }
            StmtKind::Return { results } => {
                if let Some(r) = results.expand() {
                    self.expr(r);
                }
                // A return with operands assigns to the results, which deferred literals may see.
                let in_range = self.facts.func(self.current).range_body;
                if in_range || results.expand().is_some() {
                    let real = self.facts.real_func(self.current);
                    let vars = self.facts.func(real).results.clone();
                    self.facts.funcs[real.0 as usize].range_returns |= in_range;
                    for v in vars {
                        self.use_var(v);
                        if let Some(f) = self.facts.vars.get_mut(&v) {
                            f.reassigned = true;
                        }
                    }
                }
            }
            StmtKind::If { init, cond, then, els } => {
                if let Some(init) = init.expand() {
                    self.stmt(init);
                }
                self.expr(cond);
                self.stmt(then);
                if let Some(els) = els.expand() {
                    self.stmt(els);
                }
            }
            StmtKind::For { init, cond, post, body } => {
                if let Some(init) = init.expand() {
                    if let StmtKind::Range { lhs, def, x } = self.file[init].kind {
                        return self.range(s, lhs.expand(), def, x, body);
                    }
                    self.stmt(init);
                }
                if let Some(cond) = cond.expand() {
                    self.expr(cond);
                }
                self.loops += 1;
                self.stmt(body);
                if let Some(post) = post.expand() {
                    let outer = std::mem::replace(&mut self.post, true);
                    self.stmt(post);
                    self.post = outer;
                }
                self.loops -= 1;
            }
            StmtKind::Switch { init, tag, cases, .. } => {
                if let Some(init) = init.expand() {
                    self.stmt(init);
                }
                if let Some(tag) = tag.expand() {
                    self.expr(tag);
                }
                for c in cases.iter() {
                    let clause = self.file[c];
                    if let Some(obj) = self.info.implicit(ImplicitNode::Case(c)) {
                        self.declare(obj);
                    }
                    if let Some(list) = clause.cases.expand() {
                        self.expr(list);
                    }
                    self.stmts(clause.body);
                }
            }
            StmtKind::Select { comms, .. } => {
                for c in comms.iter() {
                    let clause = self.file[c];
                    if let Some(comm) = clause.comm.expand() {
                        self.stmt(comm);
                    }
                    self.stmts(clause.body);
                }
            }
            StmtKind::Range { .. } => unreachable!("range clauses stand in for statements"),
        }
    }

    fn range(&mut self, s: StmtId, lhs: Option<ExprId>, def: bool, x: ExprId, body: StmtId) {
        self.expr(x);
        let is_func = self.ty(x).is_some_and(|t| matches!(self.cx.info(t).kind, Kind::Func));
        let inner = |c: &mut Self| {
            for &l in c.file.unpack_optional_list(&lhs) {
                if def { c.define(l) } else { c.assign(l) }
            }
            c.stmt(body);
        };
        if is_func {
            let id = self.nested(true, inner);
            self.facts.ranges.insert(s, id);
        } else {
            self.loops += 1;
            inner(self);
            self.loops -= 1;
        }
    }
}
