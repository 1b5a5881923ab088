//! Atomic operations. Their addresses may be nil, and fault then.
//!
//! All are sequentially consistent, as Go's memory model wants `sync/atomic` to be, and nothing moves across them. On aarch64 they are
//! `ldar`, `stlr`, and loops of `ldaxr` and `stlxr`: a load never passes an earlier store of these, but the plain accesses behind a
//! loop may become visible before its store, which is enough for what the loop acquires.

use super::{Lower, abi, check};
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, MemFlagsData, condcodes::IntCC};
use grus_ir::{AtomicOp, Inst, Ty, Value};

impl Lower<'_, '_> {
    fn atomic_flags(&self) -> MemFlagsData {
        MemFlagsData::new()
            .with_trap_code(Some(check::NIL))
            .with_aligned()
            .with_alias_region(Some(self.alias.memory))
    }

    pub(super) fn atomic_load(&mut self, inst: Inst, ty: Ty, addr: Value) {
        let p = self.val(addr);
        let flags = self.atomic_flags();
        let v = self.b.ins().atomic_load(abi::clif_ty(ty), flags, p);
        self.result(inst, v);
    }

    pub(super) fn atomic_store(&mut self, val: Value, addr: Value) {
        let (v, p) = (self.val(val), self.val(addr));
        let flags = self.atomic_flags();
        self.b.ins().atomic_store(flags, v, p);
    }

    pub(super) fn atomic_rmw(&mut self, inst: Inst, op: AtomicOp, addr: Value, val: Value) {
        let (p, x) = (self.val(addr), self.val(val));
        let op = match op {
            AtomicOp::Add => AtomicRmwOp::Add,
            AtomicOp::Sub => AtomicRmwOp::Sub,
            AtomicOp::And => AtomicRmwOp::And,
            AtomicOp::Or => AtomicRmwOp::Or,
            AtomicOp::Xor => AtomicRmwOp::Xor,
            AtomicOp::Xchg => AtomicRmwOp::Xchg,
        };
        let flags = self.atomic_flags();
        let v = self.b.ins().atomic_rmw(abi::clif_ty(self.ir.ty(val)), flags, op, p, x);
        self.result(inst, v);
    }

    pub(super) fn atomic_cas(&mut self, inst: Inst, addr: Value, old: Value, new: Value) {
        let [p, e, x] = [addr, old, new].map(|v| self.val(v));
        let flags = self.atomic_flags();
        let seen = self.b.ins().atomic_cas(flags, p, e, x);
        let v = self.b.ins().icmp(IntCC::Equal, seen, e);
        self.result(inst, v);
    }
}
