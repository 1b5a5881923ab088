//! Inlining of small functions.
//!
//! Functions are visited callees first, so that a function that became small enough by inlining is
//! inlined in turn; in a recursion nothing is inlined into the function whose visit is under way.
//! Inlined instructions keep their positions and carry an inline site, from which tracebacks show the
//! frames that gc would show.
//!
//! Not inlined: functions marked `noinline`, `nosplit` functions that call, functions that defer, functions with slots
//! (a slot is zeroed once per frame, not once per call), wrappers and other functions that tracebacks
//! treat specially, and functions of package runtime that call anything (some ask for their caller's
//! frame). Nothing is inlined into `nosplit` functions, whose frames must stay small.

use crate::callgraph::bottom_up;
use crate::simplify::{self, Contained, Known};
use crate::{edit, memcombine, sroa};
use cranelift_entity::EntitySet;
use grus_ir::{
    Block, BlockCall, FuncId, Function, InlineSite, InlineSiteData, Inst, InstData, Loc, LocData, ParamKind,
    Program, SwitchTable, Sym, Symbols, Value, ValueDef, eval,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A function of at most this cost is inlined. An instruction costs 1, constants and addresses nothing, a call
/// [`CALL_COST`], what ends in a panic nothing.
const MAX_COST: u32 = 40;
/// What a call adds to the cost of the function that makes it.
const CALL_COST: u32 = 20;
/// What the call costs that `append` makes when it runs out of room.
const GROW_COST: u32 = 4;
/// What a call costs that converts a string or concatenates: Go code has an operator for it.
const STRING_COST: u32 = 6;
/// What a call costs that moves or compares memory: Go code has an operator or built-in for it.
const MEMORY_COST: u32 = 8;
/// A function of at most this cost is looked at again where it is called with constants that decide its branches.
const MAX_DECIDED: u32 = 160;
/// A func value of at most this cost is inlined where it is made, if that is the only call of it.
const MAX_ONCE: u32 = 200;
/// Calls of func values that become direct are inlined up to this depth: a func value may be passed to itself.
const MAX_DEPTH: usize = 8;
/// Nothing more is inlined into a function that has grown to this many instructions.
const MAX_CALLER: usize = 20_000;

/// Inlines calls in all functions of a program.
pub fn run(program: &mut Program) {
    let Program { funcs, symbols, datas, .. } = program;
    let known = Known::new(symbols, datas);
    let mut small: FxHashMap<Sym, Candidate> = FxHashMap::default();
    bottom_up(
        funcs,
        symbols,
        &mut small,
        |small, func| {
            if !func.attrs.nosplit {
                inline_into(func, small, &known);
            }
            simplify::function(func, &known);
            if sroa::function(func) {
                simplify::function(func, &known);
            }
            // What reads a number byte by byte is as small as it will be.
            memcombine::function(func);
            candidate(func, symbols)
        },
        |small, func, candidate| {
            if let Some(candidate) = candidate {
                small.insert(func, candidate);
            }
        },
    );
}

/// A function that may be inlined.
#[derive(Clone)]
struct Candidate {
    func: Arc<Function>,
    /// Cost of each block that is not free.
    costs: Arc<[(Block, u32)]>,
    cost: u32,
    /// It is the code of a func value that captures.
    closure: bool,
}

impl Candidate {
    /// Whether a call with these arguments is inlined.
    fn is_small(&self, caller: &Function, args: &[Value]) -> bool {
        if self.cost <= MAX_COST {
            return true;
        }
        let constants: FxHashMap<Value, i64> = (self.func.params().iter().zip(args))
            .filter_map(|(&p, &a)| Some((p, caller.as_const(a)?)))
            .collect();
        if constants.is_empty() {
            return false;
        }
        let reached = decided(&self.func, &constants);
        let cost: u32 = self.costs.iter().filter(|(b, _)| reached.contains(*b)).map(|(_, c)| c).sum();
        cost <= MAX_COST
    }
}

/// The blocks that can be reached when these parameters are constants.
fn decided(func: &Function, constants: &FxHashMap<Value, i64>) -> EntitySet<Block> {
    let value = |v: Value| constants.get(&func.resolve(v)).copied().or_else(|| func.as_const(v));
    let mut reached = EntitySet::with_capacity(func.blocks.len());
    let mut work = vec![func.entry()];
    while let Some(b) = work.pop() {
        if !reached.insert(b) {
            continue;
        }
        let t = func.terminator(b).expect("every block ends in a terminator");
        let only = match func.insts[t] {
            InstData::Switch { arg, cases, default } => value(arg).map(|c| {
                let ty = func.ty(arg);
                let same = |x: i64| eval::truncate(ty, x as u64) == eval::truncate(ty, c as u64);
                let cases = &func.switches[cases as usize].cases;
                cases.iter().find(|x| same(x.0)).map_or(default.block, |x| x.1.block)
            }),
            InstData::Brif { cond, then, els } => {
                let known = match func.def_inst(cond).map(|i| &func.insts[i]) {
                    Some(&InstData::Icmp { cc, args: [x, y] }) => match (value(x), value(y)) {
                        (Some(a), Some(b)) => Some(eval::icmp(cc, func.ty(x), a as u64, b as u64)),
                        _ => None,
                    },
                    _ => value(cond).map(|c| c != 0),
                };
                known.map(|c| if c { then.block } else { els.block })
            }
            _ => None,
        };
        match only {
            Some(b) => work.push(b),
            None => work.extend(func.targets(t).iter().map(|t| t.block)),
        }
    }
    reached
}

/// Whether the block ends in a branch that a constant argument may decide.
fn branches_on_param(f: &Function, b: Block) -> bool {
    let param = |v: Value| matches!(f.values[f.resolve(v)].def, ValueDef::Param(b, _) if b == f.entry());
    match f.terminator(b).map(|t| &f.insts[t]) {
        Some(&InstData::Switch { arg, .. }) => param(arg),
        Some(&InstData::Brif { cond, .. }) => match f.def_inst(cond).map(|i| &f.insts[i]) {
            Some(&InstData::Icmp { args: [x, y], .. }) => {
                (param(x) && f.as_const(y).is_some()) || (param(y) && f.as_const(x).is_some())
            }
            _ => param(cond),
        },
        _ => false,
    }
}

/// The function as one that may be inlined, if it may.
fn candidate(f: &Function, symbols: &Symbols) -> Option<Candidate> {
    let a = &f.attrs;
    if a.noinline
        || a.uintptr_keepalive
        || a.func_id != FuncId::NORMAL
        || f.defer.is_some()
        || !f.slots.is_empty()
    {
        return None;
    }
    // Calls stay where their frame is wanted, and `nosplit` code that calls is there for a reason. So is code of the
    // runtime, which signals must not interrupt between its calls.
    let no_calls = a.nosplit || a.nopreempt || symbols.name(f.sym).starts_with("runtime.");
    let closure = f.param_kinds.first() == Some(&ParamKind::Context);
    let mut costs = Vec::new();
    let mut total = 0;
    for &b in &f.layout {
        let panics = matches!(f.terminator(b).map(|t| &f.insts[t]), Some(InstData::Unreachable));
        let mut cost = 0;
        for &inst in &f.blocks[b].insts {
            cost += match &f.insts[inst] {
                InstData::Iconst { .. }
                | InstData::Fconst { .. }
                | InstData::SymAddr { .. }
                | InstData::Jump { .. }
                | InstData::KeepAlive { .. }
                | InstData::Return { .. } => 0,
                InstData::Call { callee, .. } => {
                    // A function that calls itself is never small.
                    if no_calls || *callee == f.sym {
                        return None;
                    }
                    match symbols.name(*callee) {
                        _ if panics => 0,
                        "runtime.growslice" => GROW_COST,
                        "runtime.slicebytetostring"
                        | "runtime.stringtoslicebyte"
                        | "runtime.intstring"
                        | "runtime.concatstring2"
                        | "runtime.concatstring3" => STRING_COST,
                        "runtime.memmove" | "runtime.memclrNoHeapPointers" | "runtime.memequal" => {
                            MEMORY_COST
                        }
                        _ => CALL_COST,
                    }
                }
                InstData::CallIndirect { .. } if no_calls => return None,
                _ if panics => 0,
                InstData::CallIndirect { .. } => CALL_COST,
                _ => 1,
            };
        }
        if cost != 0 {
            costs.push((b, cost));
        }
        total += cost;
        if total > if closure { MAX_ONCE } else { MAX_DECIDED } {
            return None;
        }
    }
    if total > MAX_COST && !closure && !f.layout.iter().any(|&b| branches_on_param(f, b)) {
        return None;
    }
    Some(Candidate { func: Arc::new(f.clone()), costs: costs.into(), cost: total, closure })
}

fn inline_into(func: &mut Function, small: &FxHashMap<Sym, Candidate>, known: &Known<'_>) {
    // Calls in inlined code were considered where they come from; but its calls of func values may have become direct.
    let mut copied: FxHashSet<Inst> = FxHashSet::default();
    let mut work: Vec<(Block, usize)> = func.layout.iter().rev().map(|&b| (b, 0)).collect();
    let mut located = false;
    while let Some((block, start)) = work.pop() {
        let found = (start..func.blocks[block].insts.len()).find_map(|i| {
            let inst = func.blocks[block].insts[i];
            if let InstData::CallIndirect { callee, sig, args } = func.insts[inst]
                && let Some(sym) = known_code(func, known, callee)
                && depth(func, inst) < MAX_DEPTH
            {
                func.insts[inst] = InstData::Call { callee: sym, sig, args };
            }
            match &func.insts[inst] {
                InstData::Call { callee, args, .. } if *callee != func.sym && !copied.contains(&inst) => {
                    let callee = small.get(callee)?;
                    let args = args.as_slice(&func.pool);
                    let small = callee.is_small(func, args)
                        || (callee.closure && called_once(func, inst, callee.func.sym, args[0]));
                    small.then(|| (i, callee.func.clone()))
                }
                _ => None,
            }
        });
        let Some((at, callee)) = found else { continue };
        if func.insts.len() > MAX_CALLER {
            return;
        }
        if !std::mem::replace(&mut located, true) {
            locate(func);
        }
        Inliner::new(func, &callee, block, at).run(&mut copied, &mut work);
    }
}

/// Whether a func value is made here, and this call is all that becomes of it.
fn called_once(func: &Function, call: Inst, code: Sym, closure: Value) -> bool {
    let closure = func.resolve(closure);
    let made = func.def_inst(closure).map(|i| &func.insts[i]);
    if !matches!(made, Some(&InstData::Closure { code: c, .. }) if c == code) {
        return false;
    }
    func.layout.iter().flat_map(|&b| &func.blocks[b].insts).all(|&inst| {
        let mut uses = 0;
        func.for_each_use(inst, |v| uses += u32::from(func.resolve(v) == closure));
        match &func.insts[inst] {
            _ if uses == 0 => true,
            InstData::Load { .. } => true,
            _ => inst == call && uses == 1,
        }
    })
}

/// The function that a code address is.
fn known_code(func: &Function, known: &Known<'_>, code: Value) -> Option<Sym> {
    match func.insts[func.def_inst(code)?] {
        InstData::SymAddr { sym, off: 0 } => Some(sym),
        InstData::Load { ty, addr, off, .. } => {
            let (base, off) = edit::split_address(func, addr, off.into());
            match simplify::known_load(func, known, base, off, ty)? {
                Contained::Data(InstData::SymAddr { sym, off: 0 }) => Some(sym),
                _ => None,
            }
        }
        _ => None,
    }
}

/// How many inlined calls the instruction is inside.
fn depth(func: &Function, inst: Inst) -> usize {
    let mut loc = func.inst_locs[inst];
    let mut n = 0;
    while let Some(scope) = loc.and_then(|l| func.locs[l].scope) {
        n += 1;
        loc = Some(func.inline_sites[scope].call);
    }
    n
}

/// Gives instructions without a position the function's own: code without one is taken to belong to
/// what precedes it, which may soon be an inlined body.
fn locate(func: &mut Function) {
    let own = func.locs.push(LocData { pos: func.start_pos, scope: None });
    for &b in &func.layout {
        for &inst in &func.blocks[b].insts {
            func.inst_locs[inst].get_or_insert(own);
        }
    }
}

/// Inlines one call.
struct Inliner<'f> {
    func: &'f mut Function,
    callee: &'f Function,
    block: Block,
    at: usize,
    values: FxHashMap<Value, Value>,
    blocks: FxHashMap<Block, Block>,
    locs: FxHashMap<Option<Loc>, Option<Loc>>,
    sites: FxHashMap<InlineSite, InlineSite>,
    /// The site of this call.
    site: InlineSite,
    call_loc: Option<Loc>,
}

impl<'f> Inliner<'f> {
    fn new(func: &'f mut Function, callee: &'f Function, block: Block, at: usize) -> Inliner<'f> {
        let call = func.blocks[block].insts[at];
        let call_loc = func.inst_locs[call];
        // A call without position still needs one in the tree.
        let loc = call_loc.unwrap_or_else(|| func.add_loc(0, None));
        let site = func.inline_sites.push(InlineSiteData {
            callee: callee.sym,
            start_pos: callee.start_pos,
            call: loc,
        });
        Inliner {
            func,
            callee,
            block,
            at,
            values: FxHashMap::default(),
            blocks: FxHashMap::default(),
            locs: FxHashMap::default(),
            sites: FxHashMap::default(),
            site,
            call_loc,
        }
    }

    /// Adds to `work` where to go on looking for calls, and to `copied` the calls that were copied.
    fn run(mut self, copied: &mut FxHashSet<Inst>, work: &mut Vec<(Block, usize)>) {
        let call = self.func.blocks[self.block].insts[self.at];
        let InstData::Call { args, .. } = &self.func.insts[call] else { unreachable!("a call is inlined") };
        let args = args.as_slice(&self.func.pool).to_vec();
        let results = self.func.inst_results(call).to_vec();
        for (&p, a) in self.callee.params().iter().zip(args) {
            self.values.insert(p, a);
        }
        let tail = self.func.blocks[self.block].insts.split_off(self.at + 1);
        self.func.blocks[self.block].insts.pop();

        if let [only] = self.callee.layout[..]
            && let Some(t) = self.callee.terminator(only)
            && let InstData::Return { args } = &self.callee.insts[t]
        {
            // Straight-line code goes in place of the call.
            let insts = &self.callee.blocks[only].insts;
            for &inst in &insts[..insts.len() - 1] {
                let new = self.copy(inst);
                if matches!(self.func.insts[new], InstData::Call { .. }) {
                    copied.insert(new);
                }
                self.func.blocks[self.block].insts.push(new);
            }
            let values: Vec<Value> =
                args.as_slice(&self.callee.pool).iter().map(|&v| self.value(v)).collect();
            for (r, v) in results.into_iter().zip(values) {
                self.func.replace(r, v);
            }
            self.func.blocks[self.block].insts.extend(tail);
            work.push((self.block, self.at));
            return;
        }

        let rest = self.func.new_block();
        for r in results {
            let ty = self.func.ty(r);
            let p = self.func.add_block_param(rest, ty);
            self.func.replace(r, p);
        }
        self.func.blocks[rest].insts = tail;
        work.push((rest, 0));
        self.copy_blocks(rest);
        for &b in self.blocks.values() {
            let from = if b == self.block { self.at } else { 0 };
            let insts = &self.func.blocks[b].insts[from..];
            copied.extend(insts.iter().filter(|&&i| matches!(self.func.insts[i], InstData::Call { .. })));
        }
        // In the order of the layout, so that the result does not depend on hashing.
        let order = grus_ir::cfg::reverse_postorder(self.callee);
        work.extend(order.iter().rev().map(|b| (self.blocks[b], if *b == order[0] { self.at } else { 0 })));
    }

    /// Copies the callee's blocks behind the calling one; its returns go to `rest`.
    fn copy_blocks(&mut self, rest: Block) {
        let entry = self.callee.entry();
        self.blocks.insert(entry, self.block);
        for &b in &self.callee.layout[1..] {
            let new = self.func.new_block();
            self.blocks.insert(b, new);
            for &p in &self.callee.blocks[b].params {
                let v = self.func.add_block_param(new, self.callee.ty(p));
                self.values.insert(p, v);
            }
        }
        // Values are copied where they are defined; a definition stands before its uses in this order.
        let order = grus_ir::cfg::reverse_postorder(self.callee);
        for b in &order {
            for i in 0..self.callee.blocks[*b].insts.len() {
                let inst = self.callee.blocks[*b].insts[i];
                let new = match &self.callee.insts[inst] {
                    InstData::Return { args } => {
                        let args: Vec<Value> =
                            args.as_slice(&self.callee.pool).iter().map(|&v| self.value(v)).collect();
                        let dest = self.func.block_call(rest, &args);
                        let loc = self.loc(self.callee.inst_locs[inst]);
                        self.func.new_inst(InstData::Jump { dest }, &[], loc)
                    }
                    _ => self.copy(inst),
                };
                let to = self.blocks[b];
                self.func.blocks[to].insts.push(new);
            }
        }
        let at = self.func.layout.iter().position(|&b| b == self.block).expect("the block is listed");
        let new: Vec<Block> = order[1..].iter().map(|b| self.blocks[b]).chain([rest]).collect();
        self.func.layout.splice(at + 1..at + 1, new);
    }

    fn value(&self, v: Value) -> Value {
        self.values[&self.callee.resolve(v)]
    }

    fn block_call(&mut self, b: &BlockCall) -> BlockCall {
        let args: Vec<Value> = b.args.as_slice(&self.callee.pool).iter().map(|&v| self.value(v)).collect();
        self.func.block_call(self.blocks[&b.block], &args)
    }

    /// Copies an instruction that is not a return.
    fn copy(&mut self, inst: Inst) -> Inst {
        let mut data = self.callee.insts[inst].clone();
        data.map_operands(|v| self.values[&self.callee.resolve(v)]);
        match &mut data {
            InstData::Call { sig, args, .. } | InstData::CallIndirect { sig, args, .. } => {
                let list: Vec<Value> =
                    args.as_slice(&self.callee.pool).iter().map(|&v| self.value(v)).collect();
                *args = self.func.list(&list);
                *sig = self.func.add_sig(self.callee.sigs[*sig].clone());
            }
            InstData::Closure { captures, .. } => {
                let list: Vec<Value> =
                    captures.as_slice(&self.callee.pool).iter().map(|&v| self.value(v)).collect();
                *captures = self.func.list(&list);
            }
            InstData::Jump { dest } => *dest = self.block_call(dest),
            InstData::Brif { then, els, .. } => {
                *then = self.block_call(then);
                *els = self.block_call(els);
            }
            InstData::Switch { cases, default, .. } => {
                *default = self.block_call(default);
                let table = &self.callee.switches[*cases as usize];
                let table = table.cases.iter().map(|(v, t)| (*v, self.block_call(t))).collect();
                self.func.switches.push(SwitchTable { cases: table });
                *cases = self.func.switches.len() as u32 - 1;
            }
            _ => {}
        }
        let results = self.callee.inst_results(inst);
        let tys: Vec<_> = results.iter().map(|&r| self.callee.ty(r)).collect();
        let loc = self.loc(self.callee.inst_locs[inst]);
        let new = self.func.new_inst(data, &tys, loc);
        for (i, &r) in results.iter().enumerate() {
            // A result that another value replaced is not used under its own name.
            if !matches!(self.callee.values[r].def, ValueDef::Alias(_)) {
                self.values.insert(r, self.func.inst_results(new)[i]);
            }
        }
        new
    }

    fn loc(&mut self, loc: Option<Loc>) -> Option<Loc> {
        if let Some(&l) = self.locs.get(&loc) {
            return l;
        }
        let mapped = match loc {
            // What has no position in the callee belongs to the call.
            None => self.call_loc,
            Some(l) => {
                let LocData { pos, scope } = self.callee.locs[l];
                let scope = match scope {
                    None => self.site,
                    Some(s) => self.inner_site(s),
                };
                Some(self.func.locs.push(LocData { pos, scope: Some(scope) }))
            }
        };
        self.locs.insert(loc, mapped);
        mapped
    }

    /// The site for a call that had been inlined into the callee.
    fn inner_site(&mut self, s: InlineSite) -> InlineSite {
        if let Some(&m) = self.sites.get(&s) {
            return m;
        }
        let data = self.callee.inline_sites[s];
        let call = self.loc(Some(data.call)).expect("a position maps to a position");
        let m = self.func.inline_sites.push(InlineSiteData { call, ..data });
        self.sites.insert(s, m);
        m
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use grus_ir::parse::parse;

    fn inlined(text: &str, name: &str) -> String {
        let mut program = Program::default();
        program.funcs = parse(text, &program.symbols).expect("valid text");
        crate::optimize(&mut program, Some("inline"), true);
        let sym = program.symbols.lookup(name).expect("the function exists");
        let f = program.funcs.iter().find(|f| f.sym == sym).expect("the function exists");
        f.display(&program.symbols).to_string()
    }

    #[test]
    fn straight_line_code_replaces_the_call() {
        let text = "
            func @main.add (i64, i64) -> (i64) {
            b0(v0: i64, v1: i64):
                v2 = add v0, v1
                return v2
            }
            func @main.twice (i64) -> (i64) {
            b0(v0: i64):
                v1 = call @main.add(v0, v0) : (i64, i64) -> (i64)
                v2 = call @main.add(v1, v0) : (i64, i64) -> (i64)
                return v2
            }";
        expect![[r#"
            func @main.twice (i64) -> (i64) {
            b0(v0: i64):
                v3 = add v0, v0
                v4 = add v3, v0
                return v4
            }
        "#]]
        .assert_eq(&inlined(text, "main.twice"));
    }

    #[test]
    fn branches_join_behind_the_call() {
        let text = "
            func @main.abs (i64) -> (i64) {
            b0(v0: i64):
                v1 = iconst.i64 0
                v2 = icmp slt v0, v1
                brif v2, b1, b2
            b1:
                v3 = neg v0
                return v3
            b2:
                return v0
            }
            func @main.f (i64) -> (i64) {
            b0(v0: i64):
                v1 = call @main.abs(v0) : (i64) -> (i64)
                v2 = add v1, v0
                return v2
            }";
        expect![[r#"
            func @main.f (i64) -> (i64) {
            b0(v0: i64):
                v4 = iconst.i64 0
                v5 = icmp slt v0, v4
                brif v5, b2, b3
            b2:
                v6 = neg v0
                jump b1(v6)
            b3:
                jump b1(v0)
            b1(v3: i64):
                v2 = add v3, v0
                return v2
            }
        "#]]
        .assert_eq(&inlined(text, "main.f"));
    }

    #[test]
    fn recursion_and_marked_functions_stay() {
        let text = "
            func @main.rec (i64) -> (i64) {
            b0(v0: i64):
                v1 = call @main.rec(v0) : (i64) -> (i64)
                return v1
            }
            func @main.no () -> () noinline {
            b0:
                return
            }
            func @main.f () -> () {
            b0:
                call @main.no() : () -> ()
                v0 = iconst.i64 1
                v1 = call @main.rec(v0) : (i64) -> (i64)
                return
            }";
        let f = inlined(text, "main.f");
        assert!(f.contains("call @main.no") && f.contains("call @main.rec"), "{f}");
    }
}
