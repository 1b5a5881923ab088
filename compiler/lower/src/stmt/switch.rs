//! Switches over values and types.

use crate::func::{FuncLower, Target};
use crate::layout::{Kind, default_type};
use crate::values::Val;
use grus_ir::{Block, IntCc, Ty, Value};
use grus_syntax::{CaseId, ExprId, IdRange, Operator, StmtId};
use grus_types::TypeId;
use grus_types::info::ImplicitNode;
use grus_types::universe::typ;

/// Switches with at least this many constant integer cases become a jump by value.
const JUMP_TABLE: usize = 6;

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
        for (i, c) in cases.iter().enumerate() {
            let Some(list) = file[c].cases.expand() else {
                default = Some(bodies[i]);
                continue;
            };
            for &e in file.unpack_list(&list) {
                let next = self.b.create_block();
                self.at(self.pos_of(e));
                let hit = if self.is_nil(e) {
                    self.b.icmp_imm(IntCc::Eq, word, 0)
                } else {
                    let t = self.ty(e);
                    if self.cx.info(t).is_interface() {
                        let (w, ok) = self.iface_assert_word(word, xt, t);
                        words[i] = Some(w);
                        ok
                    } else if self.implements(t, xt) {
                        let want = self.type_word(xt, t);
                        self.b.icmp(IntCc::Eq, word, want)
                    } else {
                        self.b.iconst(Ty::I8, 0)
                    }
                };
                self.b.brif(hit, bodies[i], next);
                self.b.switch_sealed(next);
            }
        }
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
