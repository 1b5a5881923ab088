//! Loads, stores, write barriers, copies and clears.

use super::{Lower, Placeholder, UNSAFE, UNSAFE_FROM, abi, check};
use cranelift_codegen::ir::{
    self as clif, InstBuilder, MemFlagsData,
    types::{I8X16, I32, I64},
};
use grus_ir::{Escape, Inst, InstData, MemFlags, Slot, Sym, Traced, Ty, Value};

/// Copies and clears of at most this many bytes are expanded inline.
pub(super) const INLINE_BYTES: u64 = 128;

/// Copies and clears with more barriers than this are left to the runtime.
const INLINE_BARRIERS: u32 = 4;

/// Offset of placeholder stores, which are never executed.
pub(super) const SENTINEL: i32 = 0x7fff_fff0;

/// What an address is relative to.
pub(super) enum Base {
    /// A slot: accessed through a `stack_addr` of its own.
    Slot(Slot),
    /// A data or function symbol.
    Sym(Sym),
    Value(clif::Value),
}

impl Lower<'_, '_> {
    /// Takes an address apart into base and constant offset, so that offsets are folded into the access and direct
    /// accesses of slots use no address value.
    pub(super) fn split_address(&self, addr: Value, off: i64) -> (Base, i64) {
        let (mut v, mut off) = (self.ir.resolve(addr), off);
        while let Some(inst) = self.ir.def_inst(v) {
            match self.ir.insts[inst] {
                InstData::PtrAddImm { base, off: o } => match off.checked_add(o) {
                    Some(sum) => (v, off) = (self.ir.resolve(base), sum),
                    None => break,
                },
                InstData::SlotAddr { slot, off: o } => return (Base::Slot(slot), off + i64::from(o)),
                InstData::New { escape: Escape::Stack(slot), .. }
                | InstData::Closure { escape: Escape::Stack(slot), .. } => return (Base::Slot(slot), off),
                InstData::SymAddr { sym, off: o } => return (Base::Sym(sym), off + i64::from(o)),
                _ => break,
            }
        }
        if i32::try_from(off).is_ok() {
            (Base::Value(self.val(v)), off)
        } else {
            (Base::Value(self.val(addr)), 0)
        }
    }

    /// The address operand and offset of an access of `size` bytes that is not a plain slot access.
    fn address(&mut self, addr: Value, off: i32) -> (clif::Value, i32) {
        let (base, total) = self.split_address(addr, i64::from(off));
        match (base, i32::try_from(total)) {
            (Base::Value(v), Ok(total)) => (v, total),
            (Base::Sym(sym), Ok(total)) => (self.sym_addr(sym, total), 0),
            _ => (self.val(addr), off),
        }
    }

    /// The slot and offset that an access of `size` bytes lies in, if it is one of a slot.
    fn slot_access(&self, addr: Value, off: i32, size: u32) -> Option<(Slot, i32)> {
        match self.split_address(addr, i64::from(off)) {
            (Base::Slot(slot), off)
                if off >= 0 && off + i64::from(size) <= i64::from(self.ir.slots[slot].size) =>
            {
                Some((slot, off as i32))
            }
            _ => None,
        }
    }

    fn mem_flags(&self, flags: MemFlags) -> MemFlagsData {
        let f = MemFlagsData::new().with_alias_region(Some(self.alias.memory));
        let f = if flags.readonly { f.with_readonly() } else { f };
        if flags.may_fault { f.with_trap_code(Some(check::NIL)) } else { f.with_notrap() }
    }

    /// Flags of an access through `pointer`, which may have been accessed before.
    fn flags_for(&mut self, flags: MemFlags, pointer: clif::Value) -> MemFlagsData {
        let may_fault = flags.may_fault && self.nonnil.may_fault(pointer);
        self.mem_flags(MemFlags { may_fault, ..flags })
    }

    /// Flags of an access that cannot fault.
    pub(super) fn safe(&self) -> MemFlagsData {
        self.mem_flags(MemFlags::SAFE)
    }

    pub(super) fn load(&mut self, inst: Inst, ty: Ty, addr: Value, off: i32, flags: MemFlags) {
        let cty = abi::clif_ty(ty);
        let v = match self.slot_access(addr, off, ty.size()) {
            Some((slot, off)) => self.load_from_slot(cty, slot, off),
            None => {
                let (p, off) = self.address(addr, off);
                let flags = self.flags_for(flags, p);
                match self.extending_load(cty, flags, p, off) {
                    Some(v) => v,
                    None => self.b.ins().load(cty, flags, p, off),
                }
            }
        };
        self.result(inst, v);
    }

    /// A load of less than 32 bits where instructions compare 32 and 64 bits only: what reads the value finds it extended
    /// with zeros ([`Lower::extended`]).
    fn extending_load(
        &mut self,
        ty: clif::Type,
        flags: MemFlagsData,
        p: clif::Value,
        off: i32,
    ) -> Option<clif::Value> {
        if !self.env.target.arch.extends() {
            return None;
        }
        let wide = match ty.bits() {
            8 if ty.is_int() => self.b.ins().uload8(I64, flags, p, off),
            16 if ty.is_int() => self.b.ins().uload16(I64, flags, p, off),
            _ => return None,
        };
        let v = self.b.ins().ireduce(ty, wide);
        self.extended.insert(v, wide);
        Some(v)
    }

    pub(super) fn store(&mut self, val: Value, addr: Value, off: i32, flags: MemFlags) {
        let v = self.val(val);
        match self.slot_access(addr, off, self.ir.ty(val).size()) {
            Some((slot, off)) => self.store_to_slot(v, slot, off),
            None => {
                let (p, off) = self.address(addr, off);
                let flags = self.flags_for(flags, p);
                self.b.ins().store(flags, v, p, off);
            }
        }
    }

    // ---- write barriers ----

    /// Lowers a run of stores that begins with a barriered one under a single test of the barrier flag; returns how
    /// many instructions it took.
    pub(super) fn store_wb_run(&mut self, insts: &[Inst]) -> usize {
        let ir = self.ir;
        let mut run: Vec<(Value, Value, i32, MemFlags, bool)> = Vec::new();
        for &inst in insts {
            match ir.insts[inst] {
                InstData::StoreWb { val, addr, off, flags } => run.push((val, addr, off, flags, true)),
                InstData::Store { val, addr, off, flags } => run.push((val, addr, off, flags, false)),
                _ => break,
            }
        }
        while run.last().is_some_and(|s| !s.4) {
            run.pop();
        }
        // The barrier reads the old value: a nil address must fault before.
        let mut barriers = Vec::new();
        for &(val, addr, off, flags, barrier) in &run {
            if !barrier || self.slot_access(addr, off, 8).is_some() {
                continue;
            }
            let (p, off) = self.address(addr, off);
            if flags.may_fault && self.nonnil.may_fault(p) {
                self.touch(p, off);
            }
            barriers.push((self.val(val), p, off));
        }
        self.barriers(&barriers);
        for &(val, addr, off, flags, barrier) in &run {
            let flags = if barrier { MemFlags { may_fault: false, ..flags } } else { flags };
            self.store(val, addr, off, flags);
        }
        run.len()
    }

    /// The barriers of the stores `(value, base, offset)` that follow.
    pub(super) fn barriers(&mut self, stores: &[(clif::Value, clif::Value, i32)]) {
        if !stores.is_empty() {
            self.with_barriers(|this| {
                stores.iter().for_each(|&(val, base, off)| this.barrier(val, base, off))
            });
        }
    }

    /// Expands `barriers` to be executed only if the collector has switched barriers on. The stores follow.
    fn with_barriers(&mut self, barriers: impl FnOnce(&mut Self)) {
        // The collector may switch barriers on or off while the goroutine stands still: from here to the last of the stores
        // it must not. Values that the optimiser moves in between are covered because marks extend over basic blocks.
        self.mark(UNSAFE_FROM);
        let flag_addr = self.sym_addr(self.env.names.write_barrier, 0);
        let flags = self.safe();
        let flag = self.b.ins().load(I32, flags, flag_addr, 0);
        let (cold, next) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(cold);
        self.b.ins().brif(flag, cold, &[], next, &[]);
        self.b.switch_to_block(cold);
        self.mark(UNSAFE);
        barriers(self);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
        self.mark(UNSAFE);
    }

    /// The barrier of one store.
    fn barrier(&mut self, val: clif::Value, base: clif::Value, off: i32) {
        let addr = self.add_imm(base, i64::from(off));
        let flags = self.safe();
        // Any call here would be a safepoint for the spiller; it becomes a call when the spiller has run.
        let inst = self.b.ins().store(flags, val, addr, SENTINEL);
        self.placeholders.push(Placeholder::Barrier(inst));
    }

    /// The stubs that placeholders call: of write barriers, and of those that order stores.
    pub(super) fn stubs(&mut self) -> [Option<clif::FuncRef>; 2] {
        let [barrier, publish] = [
            |p: &Placeholder| matches!(p, Placeholder::Barrier(_)),
            |p: &Placeholder| matches!(p, Placeholder::Publish(_)),
        ]
        .map(|kind| self.placeholders.iter().any(kind));
        [
            barrier.then(|| self.preserve_all(self.env.names.gc_write_barrier, 2)),
            publish.then(|| self.preserve_all(self.env.names.publication_barrier, 0)),
        ]
    }

    /// A stub that preserves all registers and has `params` arguments.
    fn preserve_all(&mut self, stub: Sym, params: usize) -> clif::FuncRef {
        let name = self.external_name(stub);
        let signature = self.b.import_signature(abi::preserve_all_sig(params));
        self.b.import_function(clif::ExtFuncData { name, signature, colocated: true, patchable: false })
    }

    pub(super) fn keep_alive(&mut self, val: Value) {
        let v = self.val(val);
        let flags = self.safe();
        let addr = self.i64(0);
        let inst = self.b.ins().store(flags, v, addr, SENTINEL);
        self.placeholders.push(Placeholder::KeepAlive(inst));
    }

    // ---- copies and clears ----

    pub(super) fn mem_copy(&mut self, dst: Value, src: Value, size: u64, traced: Option<Traced>) {
        if size == 0 {
            return;
        }
        let slot = |this: &Self, p| u32::try_from(size).ok().and_then(|size| this.slot_access(p, 0, size));
        let to_slot = slot(self, dst);
        let traced = traced.filter(|_| to_slot.is_none());
        if let Some(traced) = traced
            && !expands(size, Some(traced))
        {
            let (d, s) = (self.val(dst), self.val(src));
            let t = self.sym_addr(traced.desc, 0);
            let f = self.runtime_func(self.env.names.typedmemmove, &[I64; 3], &[]);
            self.b.ins().call(f, &[t, d, s]);
            return;
        }
        if size > INLINE_BYTES {
            let (d, s, n) = (self.val(dst), self.val(src), self.i64(size as i64));
            let f = self.runtime_func(self.env.names.memmove, &[I64; 3], &[]);
            self.b.ins().call(f, &[d, s, n]);
            return;
        }
        let from_slot = slot(self, src);
        let flags = self.safe();
        if let Some(traced) = traced {
            let (to, base) = self.address(dst, 0);
            self.with_barriers(|this| {
                for off in traced.offsets() {
                    let off = off as i32;
                    let new = match from_slot {
                        Some((slot, base)) => this.load_from_slot(I64, slot, base + off),
                        None => {
                            let (p, base) = this.address(src, 0);
                            this.b.ins().load(I64, flags, p, base + off)
                        }
                    };
                    this.barrier(new, to, base + off);
                }
            });
        }
        // All loads before all stores: the areas may be equal, and then nothing may be overwritten too early.
        let mut parts = Vec::new();
        for (ty, off) in chunks(size as u32) {
            let v = match from_slot {
                Some((slot, base)) => self.load_from_slot(ty, slot, base + off),
                None => {
                    let (p, off) = self.address(src, off);
                    self.b.ins().load(ty, flags, p, off)
                }
            };
            parts.push((v, off));
        }
        for (v, off) in parts {
            match to_slot {
                Some((slot, base)) => self.store_to_slot(v, slot, base + off),
                None => {
                    let (p, off) = self.address(dst, off);
                    self.b.ins().store(flags, v, p, off);
                }
            }
        }
    }

    pub(super) fn mem_zero(&mut self, dst: Value, size: u64, traced: Option<Traced>) {
        if size == 0 {
            return;
        }
        let to_slot = u32::try_from(size).ok().and_then(|size| self.slot_access(dst, 0, size));
        let traced = traced.filter(|_| to_slot.is_none());
        if let Some(traced) = traced
            && !expands(size, Some(traced))
        {
            let d = self.val(dst);
            let t = self.sym_addr(traced.desc, 0);
            let f = self.runtime_func(self.env.names.typedmemclr, &[I64; 2], &[]);
            self.b.ins().call(f, &[t, d]);
            return;
        }
        if size > INLINE_BYTES {
            let (d, n) = (self.val(dst), self.i64(size as i64));
            let f = self.runtime_func(self.env.names.memclr, &[I64; 2], &[]);
            self.b.ins().call(f, &[d, n]);
            return;
        }
        if let Some((slot, off)) = to_slot {
            return self.zero_slot(slot, off as u32, off as u32 + size as u32);
        }
        if let Some(traced) = traced {
            let (to, base) = self.address(dst, 0);
            self.with_barriers(|this| {
                let zero = this.i64(0);
                for off in traced.offsets() {
                    this.barrier(zero, to, base + off as i32);
                }
            });
        }
        let flags = self.safe();
        for (ty, off) in chunks(size as u32) {
            let zero = self.zero(ty);
            let (p, off) = self.address(dst, off);
            self.b.ins().store(flags, zero, p, off);
        }
    }

    /// A zero, also of sixteen bytes ([`crate::remat`] makes it anew behind each call).
    pub(super) fn zero(&mut self, ty: clif::Type) -> clif::Value {
        if ty == I8X16 {
            let zero = self.b.func.dfg.constants.insert(vec![0u8; 16].into());
            self.b.ins().vconst(I8X16, zero)
        } else {
            self.b.ins().iconst(ty, 0)
        }
    }
}

/// Whether a copy or clear is expanded where it stands, without a call, whatever it copies to.
pub(super) fn expands(size: u64, traced: Option<Traced>) -> bool {
    size <= INLINE_BYTES && traced.is_none_or(|t| (1..=INLINE_BARRIERS).contains(&t.words.count_ones()))
}

/// Pieces of `size` bytes: vectors, then a word, then the rest by powers of two.
pub(super) fn chunks(size: u32) -> impl Iterator<Item = (clif::Type, i32)> {
    let mut off = 0;
    std::iter::from_fn(move || {
        let left = size - off;
        let ty = match left {
            0 => return None,
            16.. => I8X16,
            8.. => I64,
            4.. => I32,
            2.. => clif::types::I16,
            _ => clif::types::I8,
        };
        let at = off as i32;
        off += ty.bytes();
        Some((ty, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_byte_once() {
        for size in 0..=INLINE_BYTES as u32 {
            let mut next = 0;
            for (ty, off) in chunks(size) {
                assert_eq!(off, next);
                next += ty.bytes() as i32;
            }
            assert_eq!(next as u32, size);
        }
    }
}
