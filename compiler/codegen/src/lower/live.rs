//! Which pointer words of slots are alive at calls.
//!
//! A word of a slot is alive where something may read it before it is overwritten: a load, a copy, or whoever gets the
//! slot's address from an instruction. What a dead variable points to is garbage although the frame still exists, hence
//! the words that are alive after a call stand in the call's stack map, and no others do. Who else may read a slot during a
//! call has its address, and finds the slot as a *stack object*: the collector scans objects to which live words point.
//!
//! What is not followed here is scanned for as long as the frame exists: slots of the frame set, slots that the landing
//! region reads without writing them first (a panic may come from anywhere), large arrays, and slots in functions with very
//! many slots, blocks or calls.
//!
//! **Invariant:** whoever obtains a slot's address from the frame finds valid pointers in it, for the words were alive (hence
//! scanned) since they were written, or zeroed at entry. Words that are dead may hold leftovers: pointers to what has been
//! freed, or to where the stack was; an object that is found by a leftover pointer has such words. The collector
//! ignores what leads nowhere.
//!
//! An instruction that uses an address counts as reading the whole slot. Where the address itself, or what was computed
//! from it, goes on to live in a value, that value is declared and keeps the object alive. The words after a direct call
//! of a function do not include what only the arguments lead to: that is the callee's to keep. A call of an unknown function
//! includes it, and so does an operation that code generation expands to calls.

use super::Lower;
use cranelift_codegen::ir::{self as clif, UserStackMapEntry, types::I64};
use cranelift_entity::{EntityRef, EntitySet, SecondaryMap};
use grus_ir::{Block, Escape, Function, Inst, InstData, Slot, Value, cfg};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Slots with more pointer words are not followed.
const MAX_SLOT_WORDS: usize = 64;
/// Words that are followed in one function.
const MAX_WORDS: usize = 512;
/// Bound on the memory for sets of words, in units of 64 words and blocks.
const MAX_SETS: usize = 1 << 17;
/// Bound on the number of words in the stack maps of all calls.
const MAX_ENTRIES: usize = 1 << 18;
/// Bound on the bits in the stack maps, each of which may reach over all slots.
const MAX_MAP_BITS: usize = 1 << 18;

/// What an instruction does with bits (words of slots).
#[derive(Clone)]
enum Effect {
    Read(Range<u32>),
    Write(Range<u32>),
}

/// Liveness of the words of slots.
#[derive(Default)]
pub(super) struct Live {
    /// Slots that are followed, by their first bit plus one.
    first: SecondaryMap<Slot, u32>,
    /// The word that each bit stands for: slot and offset.
    words: Vec<(Slot, u32)>,
    /// Length of a set in units of 64 bits.
    width: usize,
    /// Sets by number; number 0 is the empty set.
    sets: Vec<u64>,
    /// The set at the calls that each instruction makes.
    at: SecondaryMap<Inst, u32>,
    /// Alive at the function's entry.
    entry: Vec<u64>,
}

/// Instructions of the CLIF function that an IR instruction was lowered to, and the set that is alive at calls among them.
pub(super) struct Span {
    pub insts: Range<usize>,
    pub set: u32,
}

impl Live {
    /// Whether the slot is scanned only as far as it is alive.
    pub fn follows(&self, slot: Slot) -> bool {
        self.first[slot] != 0
    }

    /// Whether a followed word is alive at the function's entry.
    pub fn at_entry(&self, slot: Slot, index: usize) -> bool {
        let bit = self.first[slot] as usize - 1 + index;
        self.entry[bit / 64] >> (bit % 64) & 1 != 0
    }

    /// The number of the set that is alive at the calls that an instruction makes; 0 if nothing is, or if they do not
    /// return.
    pub fn set_at(&self, inst: Inst, data: &InstData) -> u32 {
        match data {
            InstData::BoundsCheck { .. } | InstData::NilCheck { .. } => 0,
            _ => self.at[inst],
        }
    }

    /// Words in the map of an instruction's call.
    fn entries_at(&self, inst: Inst, data: &InstData) -> usize {
        if data.may_call() { self.set(self.at[inst]).count() } else { 0 }
    }

    fn set(&self, number: u32) -> impl Iterator<Item = (Slot, u32)> + '_ {
        let set = &self.sets[number as usize * self.width..][..self.width];
        bits(set).map(|i| self.words[i])
    }

    /// Adds what is alive to the stack maps of calls.
    pub fn add_to_maps(
        &self,
        func: &mut clif::Function,
        spans: &[Span],
        slots: &SecondaryMap<Slot, cranelift_entity::packed_option::PackedOption<clif::StackSlot>>,
    ) {
        for Span { insts, set } in spans {
            for i in insts.clone() {
                let inst = clif::Inst::new(i);
                if !func.dfg.insts[inst].opcode().is_safepoint() || func.layout.inst_block(inst).is_none() {
                    continue;
                }
                for (slot, offset) in self.set(*set) {
                    let slot = slots[slot].expect("every slot was lowered");
                    func.dfg.append_user_stack_map_entry(inst, UserStackMapEntry { ty: I64, slot, offset });
                }
            }
        }
    }
}

fn bits(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    set.iter().enumerate().flat_map(|(k, &word)| {
        let mut word = word;
        std::iter::from_fn(move || {
            let bit = word.trailing_zeros();
            word &= word.wrapping_sub(1);
            (bit < 64).then_some(k * 64 + bit as usize)
        })
    })
}

fn for_range(set: &mut [u64], range: &Range<u32>, f: impl Fn(&mut u64, u64)) {
    for bit in range.clone() {
        f(&mut set[bit as usize / 64], 1 << (bit % 64));
    }
}

fn add(set: &mut [u64], range: &Range<u32>) {
    for_range(set, range, |w, m| *w |= m);
}

fn remove(set: &mut [u64], range: &Range<u32>) {
    for_range(set, range, |w, m| *w &= !m);
}

impl Lower<'_, '_> {
    /// Finds out which words are alive where.
    pub(super) fn slot_liveness(&self) -> Live {
        let mut live = Live::default();
        for (slot, data) in self.ir.slots.iter() {
            let n = data.ptr_words.len();
            if n == 0 || data.frame_set || n > MAX_SLOT_WORDS || live.words.len() + n > MAX_WORDS {
                continue;
            }
            live.first[slot] = live.words.len() as u32 + 1;
            live.words.extend(data.ptr_words.iter().map(|&w| (slot, w)));
        }
        live.width = live.words.len().div_ceil(64);
        if live.words.is_empty() || live.width * self.ir.blocks.len() > MAX_SETS {
            return Live::default();
        }
        let order = cfg::reverse_postorder(self.ir);
        let effects: SecondaryMap<Block, Vec<(u32, Effect)>> = self.effects(&live, &order);
        let live_in = solve(self.ir, &order, &effects, live.width);
        self.keep_what_the_landing_reads(&mut live, &live_in);
        let width = live.width;
        let of = |b: Block| &live_in[b.index() * width..][..width];
        live.entry = of(self.ir.entry()).to_vec();
        live.sets = vec![0; width];
        let mut numbers: FxHashMap<Box<[u64]>, u32> = FxHashMap::default();
        numbers.insert(vec![0; width].into(), 0);
        let kept = live.kept();
        let mut now = vec![0; width];
        let mut both = vec![0; width];
        let mut entries = 0;
        let slot_words: usize = self.ir.slots.values().map(|s| s.size.div_ceil(8) as usize).sum();
        for &block in &order {
            let insts = &self.ir.blocks[block].insts;
            now.fill(0);
            if let Some(t) = self.ir.terminator(block) {
                for target in self.ir.targets(t) {
                    now.iter_mut().zip(of(target.block)).for_each(|(a, b)| *a |= b);
                }
            }
            let mut effects = effects[block].as_slice();
            let mut current = None;
            for (i, &inst) in insts.iter().enumerate().rev() {
                let start = effects.partition_point(|e| (e.0 as usize) < i);
                let here = &effects[start..];
                effects = &effects[..start];
                both.copy_from_slice(&now);
                for (_, e) in here {
                    if let Effect::Write(r) = e {
                        remove(&mut now, r);
                    }
                }
                for (_, e) in here {
                    if let Effect::Read(r) = e {
                        add(&mut now, r);
                    }
                }
                let direct = matches!(self.ir.insts[inst], InstData::Call { .. });
                if !direct {
                    both.iter_mut().zip(&now).for_each(|(a, b)| *a |= b);
                }
                if here.is_empty()
                    && let Some(number) = current
                {
                    live.at[inst] = number;
                    entries += live.entries_at(inst, &self.ir.insts[inst]);
                    continue;
                }
                both.iter_mut().zip(&kept).for_each(|(a, b)| *a &= b);
                let number = match numbers.get(&both[..]) {
                    Some(&n) => n,
                    None => {
                        let n = numbers.len() as u32;
                        numbers.insert(both.clone().into(), n);
                        live.sets.extend_from_slice(&both);
                        n
                    }
                };
                live.at[inst] = number;
                entries += live.entries_at(inst, &self.ir.insts[inst]);
                // What holds after an instruction without effects holds before it.
                current = here.is_empty().then_some(number);
            }
            if entries > MAX_ENTRIES || numbers.len().saturating_mul(slot_words) > MAX_MAP_BITS {
                return Live::default();
            }
        }
        live
    }

    /// Stops following slots that the landing region reads before it writes them.
    fn keep_what_the_landing_reads(&self, live: &mut Live, live_in: &[u64]) {
        let Some(defer) = self.ir.defer else { return };
        for bit in bits(&live_in[defer.landing.index() * live.width..][..live.width]) {
            live.first[live.words[bit].0] = 0;
        }
    }

    /// What the instructions of each block do, in order, by their position in the block.
    fn effects(&self, live: &Live, order: &[Block]) -> SecondaryMap<Block, Vec<(u32, Effect)>> {
        let mut effects = SecondaryMap::with_capacity(self.ir.blocks.len());
        for &block in order {
            let mut list = Vec::new();
            for (i, &inst) in self.ir.blocks[block].insts.iter().enumerate() {
                self.effects_of(live, inst, &mut |e| list.push((i as u32, e)));
            }
            effects[block] = list;
        }
        effects
    }

    fn effects_of(&self, live: &Live, inst: Inst, f: &mut impl FnMut(Effect)) {
        let ir = self.ir;
        let size_of = |v: Value| u64::from(ir.ty(v).size());
        let mut whole = |v: Value| {
            if let Some((slot, _)) = self.slot_of(v)
                && let Some(range) = self.bits_of(live, slot)
            {
                f(Effect::Read(range));
            }
        };
        match ir.insts[inst] {
            // The address is not used before its result is.
            InstData::SlotAddr { .. } => {}
            InstData::PtrAddImm { base, .. } => {
                if self.slot_of(ir.result(inst)).is_none() {
                    whole(base);
                }
            }
            InstData::SlotLoad { ty, slot, off } => {
                self.read(live, slot, i64::from(off), u64::from(ty.size()), f);
            }
            InstData::SlotStore { val, slot, off } => {
                whole(val);
                self.write(live, slot, i64::from(off), size_of(val), f);
            }
            InstData::Load { ty, addr, off, .. } => {
                if let Some((slot, base)) = self.slot_of(addr) {
                    self.read(live, slot, base.saturating_add(off.into()), u64::from(ty.size()), f);
                }
            }
            InstData::Store { val, addr, off, .. } | InstData::StoreWb { val, addr, off, .. } => {
                whole(val);
                if let Some((slot, base)) = self.slot_of(addr) {
                    self.write(live, slot, base.saturating_add(off.into()), size_of(val), f);
                }
            }
            InstData::MemCopy { dst, src, size, .. } => {
                if let Some((slot, off)) = self.slot_of(src) {
                    self.read(live, slot, off, size, f);
                }
                if let Some((slot, off)) = self.slot_of(dst) {
                    self.write(live, slot, off, size, f);
                }
            }
            InstData::MemZero { dst, size, .. } => {
                if let Some((slot, off)) = self.slot_of(dst) {
                    self.write(live, slot, off, size, f);
                }
            }
            InstData::New { escape: Escape::Stack(slot), size, .. } => self.write(live, slot, 0, size, f),
            InstData::Closure { captures, escape, .. } => {
                let captures = captures.as_slice(&ir.pool);
                captures.iter().for_each(|&c| whole(c));
                if let Escape::Stack(slot) = escape {
                    for (c, ty, off) in super::alloc::fields(ir, captures) {
                        debug_assert_eq!(ir.ty(c), ty);
                        self.write(live, slot, i64::from(off), u64::from(ty.size()), f);
                    }
                }
            }
            _ => ir.for_each_use(inst, whole),
        }
    }

    fn bits_of(&self, live: &Live, slot: Slot) -> Option<Range<u32>> {
        let first = live.first[slot].checked_sub(1)?;
        Some(first..first + self.ir.slots[slot].ptr_words.len() as u32)
    }

    /// Bytes of a slot are read.
    fn read(&self, live: &Live, slot: Slot, off: i64, size: u64, f: &mut impl FnMut(Effect)) {
        let Some(all) = self.bits_of(live, slot) else { return };
        let words = &self.ir.slots[slot].ptr_words;
        let Some(end) = off.checked_add_unsigned(size) else { return f(Effect::Read(all)) };
        let from = words.partition_point(|&w| i64::from(w) + 8 <= off) as u32;
        let to = words.partition_point(|&w| i64::from(w) < end) as u32;
        if from < to {
            f(Effect::Read(all.start + from..all.start + to));
        }
    }

    /// Bytes of a slot are overwritten.
    fn write(&self, live: &Live, slot: Slot, off: i64, size: u64, f: &mut impl FnMut(Effect)) {
        let Some(all) = self.bits_of(live, slot) else { return };
        let words = &self.ir.slots[slot].ptr_words;
        let Some(end) = off.checked_add_unsigned(size) else { return };
        let from = words.partition_point(|&w| i64::from(w) < off) as u32;
        let to = words.partition_point(|&w| i64::from(w) + 8 <= end) as u32;
        if from < to {
            f(Effect::Write(all.start + from..all.start + to));
        }
    }
}

impl Live {
    /// Bits of slots that are still followed.
    fn kept(&self) -> Vec<u64> {
        let mut kept = vec![0; self.width];
        for (bit, &(slot, _)) in self.words.iter().enumerate() {
            if self.follows(slot) {
                kept[bit / 64] |= 1 << (bit % 64);
            }
        }
        kept
    }
}

/// What is alive at the start of each block, by its number.
fn solve(
    ir: &Function,
    order: &[Block],
    effects: &SecondaryMap<Block, Vec<(u32, Effect)>>,
    width: usize,
) -> Vec<u64> {
    let mut live_in = vec![0u64; ir.blocks.len() * width];
    // What a block reads before it writes it, and what it does not write.
    let mut reads = live_in.clone();
    let mut passes = vec![u64::MAX; live_in.len()];
    for &b in order {
        let at = b.index() * width..(b.index() + 1) * width;
        let (reads, passes) = (&mut reads[at.clone()], &mut passes[at]);
        let list = &effects[b];
        let mut end = list.len();
        while end > 0 {
            // The effects of one instruction: it reads before it writes.
            let start = list.partition_point(|e| e.0 < list[end - 1].0);
            for (_, e) in &list[start..end] {
                if let Effect::Write(r) = e {
                    remove(reads, r);
                    remove(passes, r);
                }
            }
            for (_, e) in &list[start..end] {
                if let Effect::Read(r) = e {
                    add(reads, r);
                }
            }
            end = start;
        }
    }
    let preds = cfg::predecessors(ir);
    let mut queued: EntitySet<Block> = EntitySet::with_capacity(ir.blocks.len());
    // The last block of the order is taken first.
    let mut work: Vec<Block> = order.to_vec();
    order.iter().for_each(|&b| {
        queued.insert(b);
    });
    let mut now = vec![0u64; width];
    while let Some(b) = work.pop() {
        queued.remove(b);
        now.fill(0);
        if let Some(t) = ir.terminator(b) {
            for target in ir.targets(t) {
                let of = &live_in[target.block.index() * width..][..width];
                now.iter_mut().zip(of).for_each(|(a, b)| *a |= b);
            }
        }
        let mut changed = false;
        for (k, now) in now.iter().enumerate() {
            let at = b.index() * width + k;
            let new = now & passes[at] | reads[at];
            changed |= new != live_in[at];
            live_in[at] = new;
        }
        if changed {
            for &p in &preds[b] {
                if queued.insert(p) {
                    work.push(p);
                }
            }
        }
    }
    live_in
}

#[cfg(test)]
mod tests {
    use crate::compile::{Compiler, Worker};
    use crate::isa::{Amd64Level, Arch, Target};
    use crate::names::RuntimeNames;
    use expect_test::{Expect, expect};
    use grus_ir::{Program, parse, verify};
    use std::fmt::Write;

    /// What the tables say of the functions: words that are always scanned, objects, and the words at calls.
    fn check(text: &str, want: Expect) {
        let p = Program::default();
        let target = Target::new(Arch::X86_64, Amd64Level::V1, true);
        let names = RuntimeNames::new(&p.symbols);
        let mut worker = Worker::new();
        let mut out = String::new();
        for f in parse::parse(text, &p.symbols).unwrap_or_else(|e| panic!("{e:?}")) {
            verify::verify(&f).unwrap_or_else(|e| panic!("{}", e.join("\n")));
            let c = Compiler::new(&target, &p.symbols, &names).compile(&mut worker, &f).expect("supported");
            let objects: Vec<_> = c.objects.iter().map(|o| (o.offset / 8, &o.words)).collect();
            let calls: Vec<_> = c.maps.iter().map(|m| &m.words).collect();
            let name = p.symbols.name(f.sym);
            let _ = writeln!(out, "{name}: always {:?} objects {objects:?} calls {calls:?}", c.slot_words);
        }
        want.assert_eq(&out);
    }

    #[test]
    fn words_are_alive_from_their_store_to_their_last_load() {
        check(
            "
func @t.loads(ptr) -> () {
    s0 = slot 16 align 8 ptrs 0, 8
b0(v0: ptr):
    call @t.f() : () -> ()
    slotstore v0, s0
    slotstore v0, s0+8
    call @t.f() : () -> ()
    v1 = slotload.ptr s0
    call @t.g(v1) : (ptr) -> ()
    v2 = slotload.ptr s0+8
    call @t.g(v2) : (ptr) -> ()
    return
}
func @t.zero_at_entry() -> () {
    s0 = slot 8 align 8 ptrs 0
b0:
    call @t.f() : () -> ()
    v1 = slotload.ptr s0
    call @t.g(v1) : (ptr) -> ()
    return
}
func @t.arguments() -> () {
    s0 = slot 8 align 8 ptrs 0
    s1 = slot 8 align 8
b0:
    v0 = slotaddr s0
    memzero v0, 8
    v1 = slotaddr s1
    call @t.g(v0) : (ptr) -> ()
    call @t.g(v1) : (ptr) -> ()
    call @t.g(v0) : (ptr) -> ()
    call @t.f() : () -> ()
    return
}
",
            expect![[r#"
                t.loads: always [] objects [] calls [[2], [0, 1], [1]]
                t.zero_at_entry: always [] objects [] calls [[0]]
                t.arguments: always [] objects [(0, [0])] calls [[0], [0]]
            "#]],
        );
    }

    #[test]
    fn branches_and_loops() {
        check(
            "
func @t.loop(i64) -> () {
    s0 = slot 8 align 8 ptrs 0
b0(v0: i64):
    jump b1(v0)
b1(v1: i64):
    v2 = slotaddr s0
    memzero v2, 8
    call @t.f() : () -> ()
    call @t.g(v2) : (ptr) -> ()
    v3 = iconst.i64 -1
    v4 = add v1, v3
    v5 = iconst.i64 0
    v6 = icmp ne v4, v5
    brif v6, b1(v4), b2
b2:
    call @t.f() : () -> ()
    return
}
func @t.unknown_function(ptr) -> () {
    s0 = slot 8 align 8 ptrs 0
b0(v0: ptr):
    v1 = slotaddr s0
    memzero v1, 8
    call_indirect v0(v1) : (ptr) -> ()
    call @t.f() : () -> ()
    return
}
",
            expect![[r#"
                t.loop: always [] objects [(0, [0])] calls [[0]]
                t.unknown_function: always [] objects [(0, [0])] calls [[0]]
            "#]],
        );
    }

    #[test]
    fn the_frame_set_is_scanned_always() {
        check(
            "
func @t.defers() -> (ptr) {
    s0 = slot 24 align 8 ptrs 0 frame
    s1 = slot 8 align 8 ptrs 0 frame
    s2 = slot 8 align 8 ptrs 0
    s3 = slot 8 align 8 ptrs 0
    defer s0 landing b2
b0:
    defer_enter b1, landing b2
b1:
    v1 = slotaddr s2
    memzero v1, 8
    call @t.g(v1) : (ptr) -> ()
    call @t.f() : () -> ()
    v2 = slotload.ptr s1
    return v2
b2:
    v3 = slotaddr s0
    call @runtime.deferreturn(v3) : (ptr) -> ()
    v4 = slotload.ptr s3
    v5 = slotload.ptr s1
    return v5
}
",
            expect![[r#"
                t.defers: always [0, 3, 5] objects [(4, [0])] calls []
            "#]],
        );
    }
}
