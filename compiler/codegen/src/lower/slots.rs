//! Stack slots: creation, addresses, zeroing at entry.
//!
//! Words that hold pointers are zeroed at entry if they are scanned before they are written: those that are alive at entry
//! ([`super::live`]) or whose slot's address is alive from there on, and those that are scanned for as long as the frame
//! exists; unless the entry block provably writes them before anything can look at the frame. Slots of the frame set are
//! zeroed whole: results have their zero value when a panic strikes before the function stores to them.
//!
//! A slot whose words are followed and whose address is taken is a *stack object*. Its words are adjusted at every copy
//! of the stack, whether alive or not: nobody knows at a copy which objects the live pointers lead to.
//!
//! # Addresses as values
//!
//! A slot whose address is computed with has one declared `stack_addr` at the top of its region (R1): after a safepoint
//! its uses see a reloaded value, so that what is computed from it before and after are different values for the
//! optimiser. Many slots hold temporaries whose address is only passed to calls, copied to and from, and accessed
//! ([`Use::Plain`]). Nothing is computed from these addresses, so each is a `stack_addr` of its own that is not declared:
//! rematerialisation clones it before each use (R4), and none lives across anything. (A declared one would live from the
//! entry, in the stack map of every call before its use: the maps of a function with many temporaries would grow with
//! the square of their number.)

use super::{Lower, abi};
use cranelift_codegen::ir::{
    self as clif, InstBuilder, MemFlagsData, StackSlotData, StackSlotKind,
    types::{I8, I8X16, I16, I32, I64},
};
use cranelift_entity::{EntityRef, EntitySet};
use grus_ir::{Escape, Inst, InstData, Slot, Ty, Value};
use rustc_hash::FxHashSet;

/// Up to this size slots are zeroed by single stores, beyond by a loop.
const ZERO_STORES: u32 = 256;

impl Lower<'_, '_> {
    pub(super) fn create_slots(&mut self) {
        for (slot, data) in self.ir.slots.iter() {
            assert!(data.align <= 16 && data.ptr_words.iter().all(|w| w % 8 == 0 && w + 8 <= data.size));
            let align = data.align.max(if data.ptr_words.is_empty() { 1 } else { 8 });
            let ss = self.b.create_sized_stack_slot(StackSlotData::new(
                StackSlotKind::ExplicitSlot,
                data.size.max(1),
                align.next_power_of_two().trailing_zeros() as u8,
            ));
            self.slots[slot] = ss.into();
        }
        if self.ir.slots.is_empty() {
            return;
        }
        for &block in &self.ir.layout {
            for &inst in &self.ir.blocks[block].insts {
                let ir = self.ir;
                if let Some(slot) = address_of(&ir.insts[inst]) {
                    self.address_taken.insert(slot);
                    let (_, off) = self.slot_of(ir.result(inst)).expect("an address");
                    if !(0..=i64::from(ir.slots[slot].size)).contains(&off) {
                        self.computed_with.insert(slot);
                    }
                }
                ir.for_each_use(inst, |v| {
                    if let Some((slot, off)) = self.slot_of(v)
                        && self.use_of(&ir.insts[inst], v, slot, off) == Use::Computed
                    {
                        self.computed_with.insert(slot);
                    }
                });
            }
        }
    }

    /// Slots that are scanned for as long as the frame exists, and stack objects.
    pub(super) fn scanned_slots(&self) -> (EntitySet<Slot>, EntitySet<Slot>) {
        let (mut always, mut objects) = (EntitySet::new(), EntitySet::new());
        for (slot, data) in self.ir.slots.iter() {
            if data.ptr_words.is_empty() {
                continue;
            }
            if !self.live.follows(slot) {
                always.insert(slot);
            } else if self.address_taken.contains(slot) {
                objects.insert(slot);
            }
        }
        (always, objects)
    }

    /// The slot and offset that a pointer is the address of, if it is computed by constant offsets only.
    pub(super) fn slot_of(&self, v: Value) -> Option<(Slot, i64)> {
        let (mut v, mut off) = (self.ir.resolve(v), 0i64);
        loop {
            match self.ir.insts[self.ir.def_inst(v)?] {
                InstData::PtrAddImm { base, off: o } => {
                    (v, off) = (self.ir.resolve(base), off.checked_add(o)?)
                }
                ref data => {
                    let slot = address_of(data)?;
                    let InstData::SlotAddr { off: o, .. } = *data else { return Some((slot, off)) };
                    return Some((slot, off.checked_add(i64::from(o))?));
                }
            }
        }
    }

    /// What an instruction does with `v`, the address of a slot.
    fn use_of(&self, data: &InstData, v: Value, slot: Slot, off: i64) -> Use {
        let size = i64::from(self.ir.slots[slot].size);
        let inside = |o: i32, n: u32| off + i64::from(o) >= 0 && off + i64::from(o) + i64::from(n) <= size;
        let is = |x: Value| self.ir.resolve(x) == self.ir.resolve(v);
        let plain = match *data {
            InstData::Call { .. } | InstData::KeepAlive { .. } => true,
            InstData::CallIndirect { callee, .. } => !is(callee),
            InstData::MemCopy { size: n, .. } | InstData::MemZero { size: n, .. } => {
                off >= 0 && off.checked_add_unsigned(n).is_some_and(|end| end <= size)
            }
            InstData::PtrAddImm { off: o, .. } => {
                off.checked_add(o).is_some_and(|to| (0..=size).contains(&to))
            }
            InstData::Load { ty, off: o, .. } => inside(o, ty.size()),
            InstData::Store { val, off: o, .. } | InstData::StoreWb { val, off: o, .. } => {
                !is(val) && inside(o, self.ir.ty(val).size())
            }
            _ => false,
        };
        if plain { Use::Plain } else { Use::Computed }
    }

    /// A new address of a slot that nothing is computed from.
    pub(super) fn plain_addr(&mut self, slot: Slot, off: i64) -> Option<clif::Value> {
        if self.computed_with.contains(slot) {
            return None;
        }
        let off = i32::try_from(off).expect("offsets lie in the slot");
        Some(self.b.ins().stack_addr(I64, self.slots[slot].expect("slots were created"), off))
    }

    /// Makes the declared address of every slot whose address is computed with.
    pub(super) fn enter_region(&mut self) {
        for slot in self.ir.slots.keys() {
            if self.computed_with.contains(slot) {
                let ss = self.slots[slot].expect("slots were created");
                let v = self.b.ins().stack_addr(I64, ss, 0);
                self.b.declare_value_needs_stack_map(v);
                self.slot_addrs[self.region as usize][slot] = v.into();
            }
        }
    }

    /// The address of a slot as a value; with an offset it must be declared by the caller.
    pub(super) fn slot_addr(&mut self, slot: Slot, off: i64) -> clif::Value {
        if let Some(v) = self.plain_addr(slot, off) {
            return v;
        }
        let base = self.slot_addrs[self.region as usize][slot].expect("the address is known to be taken");
        self.add_imm(base, off)
    }

    /// Flags for accesses of a slot.
    fn slot_flags(&self, slot: Slot) -> MemFlagsData {
        let region = if self.address_taken.contains(slot) {
            self.alias.memory
        } else {
            self.alias.slots[slot.index() % self.alias.slots.len()]
        };
        MemFlagsData::new().with_notrap().with_alias_region(Some(region))
    }

    /// A load from a slot, through a `stack_addr` that nothing else uses.
    pub(super) fn load_from_slot(&mut self, ty: clif::Type, slot: Slot, off: i32) -> clif::Value {
        let flags = self.slot_flags(slot);
        let addr = self.b.ins().stack_addr(I64, self.slots[slot].expect("slots were created"), off);
        self.b.ins().load(ty, flags, addr, 0)
    }

    pub(super) fn store_to_slot(&mut self, val: clif::Value, slot: Slot, off: i32) {
        let flags = self.slot_flags(slot);
        let addr = self.b.ins().stack_addr(I64, self.slots[slot].expect("slots were created"), off);
        self.b.ins().store(flags, val, addr, 0);
    }

    pub(super) fn slot_load(&mut self, inst: Inst, ty: Ty, slot: Slot, off: i32) {
        self.check_slot(slot, off, ty);
        let v = self.load_from_slot(abi::clif_ty(ty), slot, off);
        self.result(inst, v);
    }

    pub(super) fn slot_store(&mut self, val: Value, slot: Slot, off: i32) {
        self.check_slot(slot, off, self.ir.ty(val));
        let v = self.val(val);
        self.store_to_slot(v, slot, off);
    }

    fn check_slot(&self, slot: Slot, off: i32, ty: Ty) {
        let size = self.ir.slots[slot].size;
        if off < 0 || off as u32 + ty.size() > size {
            self.bug(&format!("access of {ty} at {off} in {slot} of {size} bytes"));
        }
    }

    /// Zeroes what the runtime reads of every slot, at the function's entry.
    pub(super) fn zero_slots(&mut self) {
        let written = self.written_before_observed();
        for (slot, data) in self.ir.slots.iter() {
            if data.frame_set {
                self.zero_slot(slot, 0, data.size);
                continue;
            }
            let needed = |i: usize| {
                !self.live.follows(slot) || self.computed_with.contains(slot) || self.live.at_entry(slot, i)
            };
            if data.ptr_words.len() as u32 * 8 > ZERO_STORES {
                if !(0..data.ptr_words.len()).any(needed) {
                    continue;
                }
                let (first, last) = (data.ptr_words[0], data.ptr_words[data.ptr_words.len() - 1]);
                self.zero_slot(slot, first, last + 8);
                continue;
            }
            let words: Vec<u32> = (0..)
                .zip(&data.ptr_words)
                .filter(|&(i, &w)| needed(i) && !written.contains(&(slot, w)))
                .map(|(_, &w)| w)
                .collect();
            let mut words = words.into_iter().peekable();
            while let Some(word) = words.next() {
                let pair = words.next_if_eq(&(word + 8)).is_some();
                let zero = self.zero(if pair { I8X16 } else { I64 });
                self.store_to_slot(zero, slot, word as i32);
            }
        }
    }

    /// Pointer words that the entry block stores to before any instruction that could stop the goroutine or
    /// panic. (Terminators do not count as observers: the scan ends at the block's end.)
    fn written_before_observed(&self) -> FxHashSet<(Slot, u32)> {
        let mut written = FxHashSet::default();
        for &inst in &self.ir.blocks[self.ir.entry()].insts {
            let data = &self.ir.insts[inst];
            match data {
                InstData::SlotStore { val, slot, off } if self.ir.ty(*val).size() == 8 => {
                    written.insert((*slot, *off as u32));
                }
                _ if data.observes_frame() => break,
                _ => {}
            }
        }
        written
    }

    /// Zeroes bytes `from..to` of a slot inline.
    pub(super) fn zero_slot(&mut self, slot: Slot, from: u32, to: u32) {
        if to - from > ZERO_STORES {
            return self.zero_slot_loop(slot, from, to);
        }
        let mut off = from;
        while off < to {
            // Slots are aligned to eight bytes; vectors need not be.
            let ty = [I8X16, I64, I32, I16, I8]
                .into_iter()
                .find(|ty| off.is_multiple_of(ty.bytes().min(8)) && off + ty.bytes() <= to)
                .expect("1 divides all");
            let zero = self.zero(ty);
            self.store_to_slot(zero, slot, off as i32);
            off += ty.bytes();
        }
    }

    /// Zeroes a large slot by a loop of 16-byte stores that counts an offset: no address lives across an iteration.
    fn zero_slot_loop(&mut self, slot: Slot, from: u32, to: u32) {
        let start = from & !7;
        let chunks = (to - start) / 16;
        let end = start + chunks * 16;
        let flags = self.slot_flags(slot);
        let ss = self.slots[slot].expect("slots were created");
        let (head, done) = (self.b.create_block(), self.b.create_block());
        let i = self.b.append_block_param(head, I64);
        let first = self.i64(i64::from(start));
        self.b.ins().jump(head, &[first.into()]);
        self.b.switch_to_block(head);
        let zero = self.i64(0);
        let base = self.b.ins().stack_addr(I64, ss, 0);
        let addr = self.b.ins().iadd(base, i);
        self.b.ins().store(flags, zero, addr, 0);
        self.b.ins().store(flags, zero, addr, 8);
        let next = self.b.ins().iadd_imm_s(i, 16);
        let more = self.b.ins().icmp_imm_u(clif::condcodes::IntCC::UnsignedLessThan, next, i64::from(end));
        self.b.ins().brif(more, head, &[next.into()], done, &[]);
        self.b.switch_to_block(done);
        let mut off = end;
        while off < to {
            let size = [8, 4, 2, 1]
                .into_iter()
                .find(|&s| off.is_multiple_of(s) && off + s <= to)
                .expect("1 divides all");
            let zero = self.b.ins().iconst(clif::Type::int(size as u16 * 8).expect("an integer type"), 0);
            let addr = self.b.ins().stack_addr(I64, ss, off as i32);
            self.b.ins().store(flags, zero, addr, 0);
            off += size;
        }
    }
}

/// How the address of a slot is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Use {
    /// As the argument of a call, to access or copy memory in the slot, to make another address of the slot, or to keep
    /// it alive.
    Plain,
    /// In any other way: values may be computed from it.
    Computed,
}

/// The slot whose address the instruction makes a value.
fn address_of(data: &InstData) -> Option<Slot> {
    match data {
        InstData::SlotAddr { slot, .. } => Some(*slot),
        InstData::New { escape: Escape::Stack(slot), .. }
        | InstData::Closure { escape: Escape::Stack(slot), .. } => Some(*slot),
        _ => None,
    }
}
