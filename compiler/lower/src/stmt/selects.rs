//! Select statements.

use crate::func::{FuncLower, Target};
use crate::layout::Kind;
use crate::values::{Addr, Val};
use grus_ir::{Block, IntCc, Ty, Value};
use grus_syntax::{CommId, ExprId, ExprKind, IdRange, Operator, StmtId, StmtKind};
use grus_types::TypeId;
use grus_types::universe::typ;

/// A communication of a select statement.
struct Comm {
    /// The clause.
    clause: usize,
    chan: Val,
    elem: TypeId,
    /// The value to send, or the memory for the received one.
    addr: Addr,
    send: bool,
    /// For receives: the left sides, and whether they are declared.
    lhs: Vec<ExprId>,
    def: bool,
}

impl<'a> FuncLower<'_, 'a> {
    /// `select { comms }`
    pub fn select_stmt(&mut self, s: StmtId, comms: IdRange<CommId>) {
        let file = self.body.file;
        let pos = file[s].pos;
        if comms.is_empty() {
            self.call_runtime("block", &[]);
            self.b.unreachable();
            return;
        }
        let mut list: Vec<Comm> = Vec::new();
        let mut default = None;
        for (i, c) in comms.iter().enumerate() {
            let Some(comm) = file[c].comm.expand() else {
                default = Some(i);
                continue;
            };
            self.pre.clear();
            self.at(file[comm].pos);
            list.push(self.comm(i, comm));
        }
        self.at(pos);
        self.pre.clear();
        let bodies: Vec<Block> = comms.iter().map(|_| self.b.create_block()).collect();
        let done = self.b.create_block();
        // Whether the chosen receive got a value, by clause.
        let mut received: Vec<Option<Value>> = vec![None; bodies.len()];

        match (&list[..], default) {
            ([], Some(d)) => self.b.jump(bodies[d], &[]),
            ([one], None) => {
                let p = self.addr_value(one.addr);
                let args = [one.chan.clone(), Val::one(p)];
                if one.send {
                    self.call_runtime("chansend1", &args);
                } else {
                    let r = self.call_runtime("chanrecv2", &args);
                    received[one.clause] = Some(r[0].single());
                }
                self.b.jump(bodies[one.clause], &[]);
            }
            ([one], Some(d)) => {
                let p = Val::one(self.addr_value(one.addr));
                let selected = if one.send {
                    self.call_runtime("selectnbsend", &[one.chan.clone(), p])[0].single()
                } else {
                    let r = self.call_runtime("selectnbrecv", &[p, one.chan.clone()]);
                    received[one.clause] = Some(r[1].single());
                    r[0].single()
                };
                self.b.brif(selected, bodies[one.clause], bodies[d]);
            }
            _ => self.select_many(&list, default, &bodies, &mut received),
        }

        for (i, c) in comms.iter().enumerate() {
            self.b.switch_sealed(bodies[i]);
            if !self.b.is_unreachable() {
                self.pre.clear();
                if let Some(comm) = list.iter().find(|c| c.clause == i && !c.send) {
                    self.at(file[c].pos);
                    self.assign_received(comm, received[i]);
                }
                let body = file[c].body;
                self.with_target(Target { stmt: s, brk: done, cont: None }, |f| f.stmts(body));
            }
            self.b.jump(done, &[]);
        }
        self.b.switch_sealed(done);
    }

    /// Evaluates the operands of a communication.
    fn comm(&mut self, clause: usize, comm: StmtId) -> Comm {
        let (recv, lhs, def) = match self.body.file[comm].kind {
            StmtKind::Send { chan, value } => {
                let ct = self.ty(chan);
                let Kind::Chan(_, elem) = self.cx.info(ct).kind else { unreachable!("a channel") };
                let c = self.rvalue(chan);
                let v = self.rvalue_as(value, elem);
                let addr = self.spill(&v, elem);
                return Comm { clause, chan: c, elem, addr, send: true, lhs: Vec::new(), def: false };
            }
            StmtKind::Expr(e) => (e, Vec::new(), false),
            StmtKind::Assign { op, lhs, rhs } => {
                let rhs = rhs.expand().expect("a receive stands on the right");
                (rhs, self.body.file.unpack_list(&lhs).to_vec(), op == Some(Operator::Def))
            }
            _ => unreachable!("a communication is a send or a receive"),
        };
        let recv = self.unparen(recv);
        let ExprKind::Unary { op: Operator::Recv, x } = self.body.file.kind(recv) else {
            unreachable!("a receive")
        };
        let ct = self.ty(x);
        let Kind::Chan(_, elem) = self.cx.info(ct).kind else { unreachable!("a channel") };
        let chan = self.rvalue(x);
        let slot = self.new_slot(elem, false);
        let addr = Addr::slot(slot);
        self.zero_mem(addr, elem);
        Comm { clause, chan, elem, addr, send: false, lhs, def }
    }

    /// The general form: an array of cases, sends first, and one call that chooses.
    fn select_many(
        &mut self,
        list: &[Comm],
        default: Option<usize>,
        bodies: &[Block],
        received: &mut [Option<Value>],
    ) {
        let n = list.len();
        let nsends = list.iter().filter(|c| c.send).count();
        let words = (0..2 * n as u32).map(|i| 8 * i).collect();
        let cases = self.raw_slot(16 * n as u32, words);
        let order = self.raw_slot((4 * n as u32).next_multiple_of(8), Vec::new());
        // Sends from the front, receives from the back, as gc numbers them.
        let (mut front, mut back) = (0, n);
        let mut clause_of = vec![0; n];
        for c in list {
            let i = if c.send {
                front += 1;
                front - 1
            } else {
                back -= 1;
                back
            };
            clause_of[i] = c.clause;
            let addr = Addr::slot(cases).plus(16 * i as u64);
            self.store_scalar(addr, c.chan.single(), false);
            let p = self.addr_value(c.addr);
            self.store_scalar(addr.plus(8), p, false);
        }
        let args = {
            let cas = self.b.slot_addr(cases, 0);
            let ord = self.b.slot_addr(order, 0);
            let nil = self.b.iconst(Ty::Ptr, 0);
            let ns = self.b.iconst(Ty::I64, nsends as i64);
            let nr = self.b.iconst(Ty::I64, (n - nsends) as i64);
            let block = self.b.iconst(Ty::I8, i64::from(default.is_none()));
            [cas, ord, nil, ns, nr, block].map(Val::one)
        };
        let r = self.call_runtime("selectgo", &args);
        let (chosen, got) = (r[0].single(), r[1].single());
        for c in list.iter().filter(|c| !c.send) {
            received[c.clause] = Some(got);
        }
        if let Some(d) = default {
            let next = self.b.create_block();
            let none = self.b.icmp_imm(IntCc::Slt, chosen, 0);
            self.b.brif(none, bodies[d], next);
            self.b.switch_sealed(next);
        }
        for (i, &clause) in clause_of.iter().enumerate() {
            if i + 1 == n {
                self.b.jump(bodies[clause], &[]);
                break;
            }
            let next = self.b.create_block();
            let hit = self.b.icmp_imm(IntCc::Eq, chosen, i as i64);
            self.b.brif(hit, bodies[clause], next);
            self.b.switch_sealed(next);
        }
    }

    /// Assigns what a chosen receive got.
    fn assign_received(&mut self, comm: &Comm, ok: Option<Value>) {
        let n = comm.lhs.len();
        if n == 0 {
            return;
        }
        let val = self.load(comm.addr, comm.elem);
        let val = self.detach(val, comm.elem);
        let ok = match ok {
            Some(ok) => ok,
            None => self.b.iconst(Ty::I8, 0),
        };
        let vals = [(val, comm.elem), (Val::one(ok), typ::BOOL)];
        // Two assignments of their own.
        for (&l, (v, s)) in comm.lhs.iter().zip(vals) {
            self.pre.clear();
            self.order_lhs(l, comm.def);
            let pos = self.pos;
            self.assign_val(l, v, s, comm.def, pos);
        }
    }
}
