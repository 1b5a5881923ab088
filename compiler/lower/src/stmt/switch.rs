//! Switches over values and types.

use crate::descriptors::TYPE_HASH;
use crate::func::{FuncLower, Target};
use crate::layout::{Kind, default_type};
use crate::values::Val;
use grus_ir::{Block, ConvOp, IntCc, MemFlags, Ty, Value};
use grus_syntax::{CaseId, ExprId, IdRange, Operator, StmtId};
use grus_types::TypeId;
use grus_types::info::ImplicitNode;
use grus_types::universe::typ;

/// Switches with at least this many constant integer cases become a jump by value.
const JUMP_TABLE: usize = 6;
/// Switches with at least this many constant strings search by length and bytes.
const STRING_SEARCH: usize = 8;
/// As many strings of one length are compared one after the other.
const STRING_LEAF: usize = 2;
/// The most bytes of the strings that the search looks at to find the one that tells them apart best.
const STRING_BYTES: usize = 64;
/// Runs of at least this many concrete types in a type switch are searched by hash.
const TYPE_SEARCH: usize = 5;

impl<'a> FuncLower<'_, 'a> {
    /// `switch tag { cases }`
    pub fn switch_stmt(&mut self, s: StmtId, tag: Option<ExprId>, cases: IdRange<CaseId>) {
        let file = self.body.file;
        if let Some(tag) = tag {
            let t = self.ty(tag);
            let t = default_type(self.cx.store, t);
            let v = self.rvalue_as(tag, t);
            let v = self.detach(v, t);
            self.pre.insert(tag, v);
        }
        let bodies: Vec<Block> = cases.iter().map(|_| self.b.create_block()).collect();
        let done = self.b.create_block();
        let mut default = None;
        if let Some(tag) = tag
            && let Some(table) = self.jump_table(tag, cases, &bodies)
        {
            for (i, c) in cases.iter().enumerate() {
                if file[c].cases.expand().is_none() {
                    default = Some(bodies[i]);
                }
            }
            let v = self.pre[&tag].single();
            self.b.switch(v, table, default.unwrap_or(done));
        } else if let Some(tag) = tag
            && let Some(strings) = self.string_cases(tag, cases, &bodies)
        {
            let default = cases.iter().position(|c| file[c].cases.expand().is_none());
            let default = default.map_or(done, |i| bodies[i]);
            let v = self.pre[&tag].clone();
            self.at(self.pos_of(tag));
            self.string_switch(v.scalars()[0], v.scalars()[1], strings, default);
        } else {
            for (i, c) in cases.iter().enumerate() {
                let Some(list) = file[c].cases.expand() else {
                    default = Some(bodies[i]);
                    continue;
                };
                for &e in file.unpack_list(&list) {
                    let next = self.b.create_block();
                    self.at(self.pos_of(e));
                    match tag {
                        // Without tag the cases are compared with true.
                        None if self.cx.info(self.ty(e)).is_interface() => {
                            let it = self.ty(e);
                            let v = self.rvalue(e);
                            let yes = Val::one(self.b.iconst(Ty::I8, 1));
                            let eq = self.iface_eq_concrete(&v, it, &yes, typ::BOOL);
                            self.b.brif(eq, bodies[i], next);
                        }
                        None => self.branch(e, bodies[i], next),
                        Some(tag) => {
                            self.order(e);
                            let eq = self.comparison(e, Operator::Eql, tag, e).single();
                            self.b.brif(eq, bodies[i], next);
                        }
                    }
                    self.b.switch_sealed(next);
                }
            }
            self.b.jump(default.unwrap_or(done), &[]);
        }
        self.case_bodies(s, cases, &bodies, done, |_, _, _| {});
    }

    /// Cases of a jump by value, if the tag is an integer and all cases are constants.
    fn jump_table(
        &mut self,
        tag: ExprId,
        cases: IdRange<CaseId>,
        bodies: &[Block],
    ) -> Option<Vec<(i64, Block)>> {
        let t = self.ty(tag);
        let t = default_type(self.cx.store, t);
        let Kind::Int { bits, .. } = self.cx.info(t).kind else { return None };
        if self.is_const(tag) {
            return None;
        }
        let mut table = Vec::new();
        for (i, c) in cases.iter().enumerate() {
            let Some(list) = self.body.file[c].cases.expand() else { continue };
            for &e in self.body.file.unpack_list(&list) {
                let v = self.body.info.value(e)?;
                table.push((crate::expr::consts::int_bits(v, bits), bodies[i]));
            }
        }
        let mut seen: Vec<i64> = table.iter().map(|c| c.0).collect();
        seen.sort_unstable();
        seen.dedup();
        (table.len() >= JUMP_TABLE && seen.len() == table.len()).then_some(table)
    }

    /// Cases of a search among strings, if the tag is a string and all cases are constants.
    fn string_cases(
        &mut self,
        tag: ExprId,
        cases: IdRange<CaseId>,
        bodies: &[Block],
    ) -> Option<Vec<(Vec<u8>, Block)>> {
        let t = self.ty(tag);
        let t = default_type(self.cx.store, t);
        if !self.cx.info(t).is_string() || self.is_const(tag) {
            return None;
        }
        let mut out = Vec::new();
        for (i, c) in cases.iter().enumerate() {
            let Some(list) = self.body.file[c].cases.expand() else { continue };
            for &e in self.body.file.unpack_list(&list) {
                out.push((self.const_text(e)?, bodies[i]));
            }
        }
        let mut seen: Vec<&[u8]> = out.iter().map(|c| &c.0[..]).collect();
        seen.sort_unstable();
        seen.dedup();
        (out.len() >= STRING_SEARCH && seen.len() == out.len()).then_some(out)
    }

    /// Finds a string: by its length, then by the bytes that tell those of one length apart.
    fn string_switch(&mut self, ptr: Value, len: Value, mut cases: Vec<(Vec<u8>, Block)>, default: Block) {
        cases.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
        let groups: Vec<&[(Vec<u8>, Block)]> = cases.chunk_by(|a, b| a.0.len() == b.0.len()).collect();
        let blocks: Vec<Block> = groups.iter().map(|_| self.b.create_block()).collect();
        let table = groups.iter().zip(&blocks).map(|(g, &b)| (g[0].0.len() as i64, b)).collect();
        self.b.switch(len, table, default);
        for (group, block) in groups.into_iter().zip(blocks) {
            self.b.switch_sealed(block);
            let group: Vec<&(Vec<u8>, Block)> = group.iter().collect();
            self.string_group(ptr, &group, default);
        }
    }

    /// Finds a string among some of the same length.
    fn string_group(&mut self, ptr: Value, cases: &[&(Vec<u8>, Block)], default: Block) {
        let n = cases[0].0.len();
        let distinct = |i: usize| {
            let mut seen = [false; 256];
            cases.iter().for_each(|c| seen[usize::from(c.0[i])] = true);
            seen.iter().filter(|&&s| s).count()
        };
        let first = n.saturating_sub(STRING_BYTES);
        let best = (first..n).max_by_key(|&i| (distinct(i), std::cmp::Reverse(i)));
        let best = best.filter(|&i| cases.len() > STRING_LEAF && distinct(i) > 1);
        let Some(at) = best else {
            for (text, block) in cases {
                if n == 0 {
                    return self.b.jump(*block, &[]);
                }
                let next = self.b.create_block();
                let eq = self.bytes_eq(ptr, text);
                self.b.brif(eq, *block, next);
                self.b.switch_sealed(next);
            }
            return self.b.jump(default, &[]);
        };
        let mut by_byte: Vec<&(Vec<u8>, Block)> = cases.to_vec();
        by_byte.sort_by_key(|c| c.0[at]);
        let groups: Vec<&[&(Vec<u8>, Block)]> = by_byte.chunk_by(|a, b| a.0[at] == b.0[at]).collect();
        let blocks: Vec<Block> = groups.iter().map(|_| self.b.create_block()).collect();
        let byte = self.b.load(Ty::I8, ptr, at as i32, MemFlags::RO);
        let byte = self.b.convert(ConvOp::Zext, Ty::I64, byte);
        let table = groups.iter().zip(&blocks).map(|(g, &b)| (i64::from(g[0].0[at]), b)).collect();
        self.b.switch(byte, table, default);
        for (group, block) in groups.into_iter().zip(blocks) {
            self.b.switch_sealed(block);
            self.string_group(ptr, group, default);
        }
    }

    /// Tests an interface value for the concrete types of a run of cases, in order; goes on if it has none of them.
    fn concrete_types(&mut self, xt: TypeId, word: Value, run: &mut Vec<(TypeId, Block)>) {
        let types = std::mem::take(run);
        if types.len() >= TYPE_SEARCH {
            return self.types_by_hash(xt, word, &types);
        }
        for (t, body) in types {
            let next = self.b.create_block();
            let want = self.type_word(xt, t);
            let hit = self.b.icmp(IntCc::Eq, word, want);
            self.b.brif(hit, body, next);
            self.b.switch_sealed(next);
        }
    }

    /// Branches to the block of the concrete type that an interface value has; goes on if there is none.
    fn types_by_hash(&mut self, xt: TypeId, word: Value, types: &[(TypeId, Block)]) {
        let (some, next) = (self.b.create_block(), self.b.create_block());
        let has = self.b.icmp_imm(IntCc::Ne, word, 0);
        self.b.brif(has, some, next);
        self.b.switch_sealed(some);
        let ty = if self.is_eface(xt) { word } else { self.itab_type(word) };
        let hash = self.b.load(Ty::I32, ty, TYPE_HASH, MemFlags::RO);
        let hash = self.b.convert(ConvOp::Zext, Ty::I64, hash);
        let mut sorted: Vec<(u32, TypeId, Block)> =
            types.iter().map(|&(t, b)| (self.cx.type_hash(t), t, b)).collect();
        sorted.sort_by_key(|c| c.0);
        let groups: Vec<&[(u32, TypeId, Block)]> = sorted.chunk_by(|a, b| a.0 == b.0).collect();
        let blocks: Vec<Block> = groups.iter().map(|_| self.b.create_block()).collect();
        let table = groups.iter().zip(&blocks).map(|(g, &b)| (i64::from(g[0].0), b)).collect();
        self.b.switch(hash, table, next);
        for (group, block) in groups.into_iter().zip(blocks) {
            self.b.switch_sealed(block);
            for &(_, t, body) in group {
                let other = self.b.create_block();
                let want = self.type_word(xt, t);
                let hit = self.b.icmp(IntCc::Eq, word, want);
                self.b.brif(hit, body, other);
                self.b.switch_sealed(other);
            }
            self.b.jump(next, &[]);
        }
        self.b.switch_sealed(next);
    }

    /// Lowers the bodies of clauses; `enter` declares what a clause declares.
    fn case_bodies(
        &mut self,
        s: StmtId,
        cases: IdRange<CaseId>,
        bodies: &[Block],
        done: Block,
        mut enter: impl FnMut(&mut Self, usize, CaseId),
    ) {
        let saved = self.fallthrough;
        for (i, c) in cases.iter().enumerate() {
            self.b.switch_sealed(bodies[i]);
            self.fallthrough = bodies.get(i + 1).copied();
            if !self.b.is_unreachable() || !self.body.facts.gotos.is_empty() {
                self.pre.clear();
                self.at(self.body.file[c].pos);
                enter(self, i, c);
                let list = self.body.file[c].body;
                self.with_target(Target { stmt: s, brk: done, cont: None }, |f| f.stmts(list));
            }
            self.b.jump(done, &[]);
        }
        self.fallthrough = saved;
        self.b.switch_sealed(done);
    }

    /// `switch v := x.(type) { cases }`
    pub fn type_switch(&mut self, s: StmtId, x: ExprId, cases: IdRange<CaseId>) {
        let file = self.body.file;
        let xt = self.ty(x);
        let val = self.rvalue(x);
        let bodies: Vec<Block> = cases.iter().map(|_| self.b.create_block()).collect();
        let done = self.b.create_block();
        let mut default = None;
        // The values that clauses of one type declare: the first word for interface types.
        let mut words: Vec<Option<Value>> = vec![None; bodies.len()];
        let word = val.scalars()[0];
        // Concrete types that stand next to each other.
        let mut run: Vec<(TypeId, Block)> = Vec::new();
        for (i, c) in cases.iter().enumerate() {
            let Some(list) = file[c].cases.expand() else {
                default = Some(bodies[i]);
                continue;
            };
            for &e in file.unpack_list(&list) {
                self.at(self.pos_of(e));
                if !self.is_nil(e)
                    && let t = self.ty(e)
                    && !self.cx.info(t).is_interface()
                {
                    if self.implements(t, xt) {
                        run.push((t, bodies[i]));
                    }
                    continue;
                }
                self.concrete_types(xt, word, &mut run);
                let next = self.b.create_block();
                let hit = if self.is_nil(e) {
                    self.b.icmp_imm(IntCc::Eq, word, 0)
                } else {
                    let t = self.ty(e);
                    let (w, ok) = self.iface_assert_word(word, xt, t);
                    words[i] = Some(w);
                    ok
                };
                self.b.brif(hit, bodies[i], next);
                self.b.switch_sealed(next);
            }
        }
        self.concrete_types(xt, word, &mut run);
        self.b.jump(default.unwrap_or(done), &[]);
        let data = val.scalars()[1];
        self.case_bodies(s, cases, &bodies, done, |f, i, c| {
            let Some(obj) = f.body.info.implicit(ImplicitNode::Case(c)) else { return };
            let types = f.body.file[c].cases.expand();
            let types = f.body.file.unpack_optional_list(&types).to_vec();
            let t = f.obj_ty(obj);
            let v = match types[..] {
                [only] if !f.is_nil(only) => match words[i] {
                    Some(w) => f.parts(&[w, data]),
                    None => f.load_iface_data(data, t),
                },
                _ => val.clone(),
            };
            f.declare(obj, t, Some(&v));
        });
    }

    /// Whether a concrete type implements an interface; in generic code impossible cases occur.
    pub fn implements(&self, t: TypeId, iface: TypeId) -> bool {
        let under = self.cx.info(iface).under;
        self.cx.store.missing_method(t, under, true).is_none()
    }
}
