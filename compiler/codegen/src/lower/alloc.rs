//! Allocation of objects and func values, on the heap or in a slot.
//!
//! The fast path of an allocation of up to 128 bytes stands in the function: the lowest free object of the span in the P's cache
//! is taken and cleared, and its pointer bits are written ([`grus_abi::alloc`]). It is no safepoint; what must be saved across a
//! call is saved for the cold one, of `newobject`. Programs that allocate much take 0.88 to 0.96 of the time that they take with
//! a stub in assembly that does the same for any type, `cmd/compile` 0.96; an object of 16 to 64 bytes takes 0.43 to 0.66. About
//! 140 bytes each are 4 % of `cmd/compile`, hence the exceptions ([`Lower::frequent_allocations`]).

use super::{Lower, Placeholder, UNSAFE};
use cranelift_codegen::ir::{
    self as clif, InstBuilder,
    types::{I32, I64},
};
use cranelift_entity::EntitySet;
use grus_abi::alloc;
use grus_ir::{Escape, Function, Inst, InstData, Slot, Sym, Ty, Value};

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

/// As many allocations outside of loops are expanded in one function: code that has more builds tables, once.
const STRAIGHT: usize = 16;

impl Lower<'_, '_> {
    /// The allocations whose fast path is worth its size.
    pub(super) fn frequent_allocations(&self) -> EntitySet<Inst> {
        let (mut looping, mut straight) = (EntitySet::new(), Vec::new());
        for &block in &self.ir.layout {
            if self.is_rare(block) {
                continue;
            }
            let allocations = self.ir.blocks[block].insts.iter().filter(|&&i| {
                matches!(
                    self.ir.insts[i],
                    InstData::New { escape: Escape::Heap, .. }
                        | InstData::Closure { escape: Escape::Heap, .. }
                )
            });
            if self.loops.of(block).is_some() {
                looping.extend(allocations.copied());
            } else {
                straight.extend(allocations.copied());
            }
        }
        if straight.len() <= STRAIGHT {
            looping.extend(straight);
        }
        looping
    }

    pub(super) fn new_object(
        &mut self,
        inst: Inst,
        desc: Sym,
        size: u64,
        pointers: Option<u64>,
        escape: Escape,
    ) {
        match escape {
            Escape::Heap => {
                let v = self.allocate(inst, desc, size, pointers);
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

    /// A new object of `size` bytes; `pointers` says which of its words are pointers, if that is known.
    fn allocate(&mut self, inst: Inst, desc: Sym, size: u64, pointers: Option<u64>) -> clif::Value {
        if self.inline_allocs.contains(inst)
            && let Some(pointers) = pointers
            && let Some(class) = alloc::class_of(size)
            && (pointers != 0 || size >= alloc::TINY)
        {
            return self.allocate_inline(desc, class, pointers);
        }
        self.call_newobject(desc)
    }

    fn call_newobject(&mut self, desc: Sym) -> clif::Value {
        let t = self.sym_addr(desc, 0);
        let f = self.runtime_func(self.env.names.newobject, &[I64], &[I64]);
        let call = self.b.ins().call(f, &[t]);
        self.b.inst_results(call)[0]
    }

    /// Takes the next free object of the class out of the P's cache. If there is none, and while allocations have to go through
    /// the runtime, calls it.
    ///
    /// From the load of the M on the goroutine must not be stopped, for it may continue on another P, whose spans are others.
    fn allocate_inline(&mut self, desc: Sym, class: usize, pointers: u64) -> clif::Value {
        let size = i64::from(alloc::SIZES[class]);
        let words = size / 8;
        let flags = self.safe();
        let loc = self.b.srcloc();
        let [fast, cached, taken, slow, done] = std::array::from_fn(|_| self.b.create_block());
        self.b.set_cold_block(slow);
        let object = self.b.append_block_param(done, I64);

        let slow_addr = self.sym_addr(self.env.names.alloc_slow, 0);
        let must = self.b.ins().load(I32, flags, slow_addr, 0);
        self.b.ins().brif(must, slow, &[], fast, &[]);

        self.b.switch_to_block(fast);
        self.mark(UNSAFE);
        let g = self.b.ins().get_pinned_reg(I64);
        let m = self.b.ins().load(I64, flags, g, grus_abi::g::M as i32);
        let p = self.b.ins().load(I64, flags, m, alloc::M_P as i32);
        let place = alloc::P_SPANS + 8 * (2 * class + usize::from(pointers == 0));
        let span = self.b.ins().load(I64, flags, p, place as i32);
        let free = self.b.ins().load(I64, flags, span, alloc::SPAN_CACHE as i32);
        self.b.ins().brif(free, cached, &[], slow, &[]);

        self.b.switch_to_block(cached);
        let group = self.b.ins().uload32(flags, span, alloc::SPAN_GROUP as i32);
        let lowest = self.b.ins().ctz(free);
        let index = self.b.ins().iadd(group, lowest);
        let words_each = self.i64(words);
        let first = self.b.ins().imul(index, words_each);
        let low = self.i64(63);
        let shift = self.b.ins().band(first, low);
        if pointers != 0 && !(words as u64).is_power_of_two() {
            // Pointer bits in two words are the runtime's.
            let last = self.i64(64 - words);
            let split = self.b.ins().icmp(clif::condcodes::IntCC::UnsignedGreaterThan, shift, last);
            self.b.ins().brif(split, slow, &[], taken, &[]);
        } else {
            self.b.ins().jump(taken, &[]);
        }

        self.b.switch_to_block(taken);
        let less = self.add_imm(free, -1);
        let rest = self.b.ins().band(free, less);
        self.b.ins().store(flags, rest, span, alloc::SPAN_CACHE as i32);
        let base = self.b.ins().load(I64, flags, span, alloc::SPAN_BASE as i32);
        let offset = self.shl(first, 3);
        let obj = self.b.ins().iadd(base, offset);
        for (ty, off) in super::mem::chunks(size as u32) {
            let zero = self.zero(ty);
            self.b.ins().store(flags, zero, obj, off);
        }
        if pointers != 0 {
            let six = self.i64(6);
            let word = self.b.ins().ushr(first, six);
            let word = self.shl(word, 3);
            let at = self.b.ins().iadd(base, word);
            let bits = self.b.ins().load(I64, flags, at, alloc::BITMAP as i32);
            let all = self.i64(((1u128 << words) - 1) as i64);
            let new = self.i64(pointers as i64);
            let all = self.b.ins().ishl(all, shift);
            let new = self.b.ins().ishl(new, shift);
            let bits = self.b.ins().band_not(bits, all);
            let bits = self.b.ins().bor(bits, new);
            self.b.ins().store(flags, bits, at, alloc::BITMAP as i32);
        }
        if self.env.target.arch.reorders_stores() {
            // Another thread that finds the object through a pointer sees its zeros and its pointer bits.
            let zero = self.i64(0);
            let inst = self.b.ins().store(flags, zero, obj, super::mem::SENTINEL);
            self.placeholders.push(Placeholder::Publish(inst));
        }
        self.b.ins().jump(done, &[obj.into()]);

        self.b.switch_to_block(slow);
        self.b.set_srcloc(loc);
        let obj = self.call_newobject(desc);
        self.b.ins().jump(done, &[obj.into()]);

        self.b.switch_to_block(done);
        object
    }

    fn shl(&mut self, v: clif::Value, by: i64) -> clif::Value {
        let by = self.i64(by);
        self.b.ins().ishl(v, by)
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
                let pointers = fields.iter().filter(|f| f.1 == Ty::Ptr).map(|f| 1 << (f.2 / 8)).sum();
                let obj = self.allocate(inst, desc, size, (size <= 64 * 8).then_some(pointers));
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
