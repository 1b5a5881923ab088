//! Allocation of objects and func values, on the heap or in a slot.

use super::Lower;
use cranelift_codegen::ir::{self as clif, InstBuilder, types::I64};
use grus_ir::{Escape, Function, Inst, Slot, Sym, Ty, Value};

/// Captures of a func value with their types and offsets.
pub(super) fn fields(ir: &Function, captures: &[Value]) -> impl Iterator<Item = (Value, Ty, i32)> {
    let mut off = 8u32;
    captures.iter().map(move |&c| {
        let ty = ir.ty(c);
        let at = off.next_multiple_of(ty.size());
        off = at + ty.size();
        (c, ty, at as i32)
    })
}

impl Lower<'_, '_> {
    pub(super) fn new_object(&mut self, inst: Inst, desc: Sym, size: u64, escape: Escape) {
        match escape {
            Escape::Heap => {
                let v = self.allocate(desc);
                self.result(inst, v);
            }
            Escape::Stack(slot) => {
                self.check_object(slot, size);
                self.zero_slot(slot, 0, size as u32);
                let v = self.slot_addr(slot, 0);
                self.result_undeclared(inst, v);
            }
        }
    }

    fn allocate(&mut self, desc: Sym) -> clif::Value {
        let t = self.sym_addr(desc, 0);
        let f = self.runtime_func(self.env.names.newobject, &[I64], &[I64]);
        let call = self.b.ins().call(f, &[t]);
        self.b.inst_results(call)[0]
    }

    fn check_object(&self, slot: Slot, size: u64) {
        let have = self.ir.slots[slot].size;
        if size > u64::from(have) {
            self.bug(&format!("an object of {size} bytes in {slot} of {have} bytes"));
        }
    }

    /// A func value: the code address, then the captures at their natural alignment.
    pub(super) fn closure(
        &mut self,
        inst: Inst,
        code: Sym,
        desc: Sym,
        size: u64,
        captures: &[Value],
        escape: Escape,
    ) {
        let fields: Vec<(Value, Ty, i32)> = fields(self.ir, captures).collect();
        let end = fields.last().map_or(8, |&(_, ty, off)| off as u32 + ty.size());
        if u64::from(end) > size {
            self.bug(&format!("captures of {end} bytes in a func value of {size} bytes"));
        }
        match escape {
            Escape::Heap => {
                let obj = self.allocate(desc);
                self.result(inst, obj);
                // The object is new, but the collector may have passed it already: it is allocated black.
                let pointers: Vec<_> = fields
                    .iter()
                    .filter(|f| f.1 == Ty::Ptr)
                    .map(|&(c, _, off)| (self.val(c), obj, off))
                    .collect();
                self.barriers(&pointers);
                let flags = self.safe();
                let entry = self.sym_addr(code, 0);
                self.b.ins().store(flags, entry, obj, 0);
                for (c, _, off) in fields {
                    let v = self.val(c);
                    self.b.ins().store(flags, v, obj, off);
                }
            }
            Escape::Stack(slot) => {
                self.check_object(slot, size);
                let entry = self.sym_addr(code, 0);
                self.store_to_slot(entry, slot, 0);
                for (c, _, off) in fields {
                    let v = self.val(c);
                    self.store_to_slot(v, slot, off);
                }
                let v = self.slot_addr(slot, 0);
                self.result_undeclared(inst, v);
            }
        }
    }
}
