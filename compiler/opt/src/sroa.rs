//! Slots become values, word by word.
//!
//! A slot whose address is used for nothing but accesses at constant offsets needs no memory: each range of bytes that
//! is accessed as a whole is a variable of its own ([`crate::ssa`]). Copies of whole slots from and to memory are taken
//! apart first if that takes few accesses.
//!
//! Left alone: slots of the frame set, which deferred closures and the landing read at any time, slots that the landing
//! region uses, slots with accesses that overlap in part, and slots whose address goes anywhere else.
//!
//! A slot that escape analysis made for an allocation is zeroed where the allocation stands. Other slots hold zero
//! until they are written.

use crate::{edit, ssa};
use cranelift_entity::{PrimaryMap, SecondaryMap};
use grus_ir::{Escape, Function, Inst, InstData, MemFlags, Program, Slot, SlotData, Ty, Value};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use ssa::{Access, Variables};
use std::collections::BTreeMap;

/// The most accesses that a copy is taken apart into.
const MAX_PARTS: usize = 16;
/// Larger slots stay in memory.
const MAX_SLOT: u32 = 256;

/// Promotes slots in all functions of a program.
pub fn run(program: &mut Program) {
    program.funcs.par_iter_mut().for_each(|f| {
        function(f);
    });
}

/// Promotes slots of a function; returns whether there were any.
pub fn function(func: &mut Function) -> bool {
    if func.slots.is_empty() {
        return false;
    }
    let mut candidates = Candidates::find(func);
    candidates.split_copies(func);
    let promoted = candidates.promote(func);
    if promoted {
        drop_unused_slots(func);
    }
    promoted
}

/// What is done to a slot at a constant offset.
#[derive(Clone, Copy)]
enum Use {
    Load(Ty, u32),
    Store(Ty, u32),
    Zero(u32, u32),
    /// A copy of `.1` bytes to offset `.0`.
    CopyIn(u32, u32),
    CopyOut(u32, u32),
    /// The whole slot is zeroed, and the address is the result.
    New,
    /// The address, or a part of it, is computed.
    Address,
}

/// A copy: destination and source, where they are slots, and the size.
type Copied = (Inst, [Option<(Slot, u32)>; 2], u32);

struct Candidates {
    /// By slot: instructions and what they do; none if the slot must stay in memory.
    uses: SecondaryMap<Slot, Option<Vec<(Inst, Use)>>>,
}

impl Candidates {
    fn find(func: &Function) -> Candidates {
        let mut uses: SecondaryMap<Slot, Option<Vec<(Inst, Use)>>> = SecondaryMap::new();
        for (s, d) in func.slots.iter() {
            if !d.frame_set && d.size <= MAX_SLOT && func.defer.is_none_or(|x| x.state != s) {
                uses[s] = Some(Vec::new());
            }
        }
        let landing = edit::landing_region(func);
        for &b in &func.layout {
            for &inst in &func.blocks[b].insts {
                let mut found: [(Option<Slot>, Use); 2] = [(None, Use::Address); 2];
                let mut bad: Vec<Slot> = Vec::new();
                classify(func, inst, &mut found, &mut bad);
                for (slot, use_) in found {
                    let Some(slot) = slot else { continue };
                    if landing.contains(b) || !in_bounds(&func.slots[slot], use_) {
                        uses[slot] = None;
                    } else if let Some(list) = &mut uses[slot] {
                        list.push((inst, use_));
                    }
                }
                bad.into_iter().for_each(|s| uses[s] = None);
            }
        }
        Candidates { uses }
    }

    /// Takes copies between candidates and other memory apart.
    fn split_copies(&mut self, func: &mut Function) {
        // A copy between two candidates needs the parts of both.
        let mut parts: FxHashMap<Slot, BTreeMap<u32, Ty>> = FxHashMap::default();
        let mut copies: Vec<Copied> = Vec::new();
        for slot in func.slots.keys() {
            let Some(list) = &self.uses[slot] else { continue };
            let mut map = BTreeMap::new();
            for &(inst, use_) in list {
                match use_ {
                    Use::Load(ty, off) | Use::Store(ty, off) => {
                        map.insert(off, ty);
                    }
                    Use::New => {
                        if let InstData::Closure { captures, .. } = &func.insts[inst] {
                            for (off, ty, _) in capture_fields(func, captures.as_slice(&func.pool)) {
                                map.insert(off, ty);
                            }
                        }
                    }
                    Use::CopyIn(off, size) | Use::CopyOut(off, size) => {
                        let side = usize::from(matches!(use_, Use::CopyOut(..)));
                        match copies.iter_mut().find(|c| c.0 == inst) {
                            Some(c) => c.1[side] = Some((slot, off)),
                            None => {
                                let mut c = (inst, [None, None], size);
                                c.1[side] = Some((slot, off));
                                copies.push(c);
                            }
                        }
                    }
                    Use::Zero(..) | Use::Address => {}
                }
            }
            parts.insert(slot, map);
        }
        if copies.is_empty() {
            return;
        }
        // Parts spread over copies between candidates until nothing is added.
        loop {
            let mut added = false;
            for (_, sides, size) in &copies {
                let [Some((d, doff)), Some((s, soff))] = *sides else { continue };
                for (from, foff, to, toff) in [(d, doff, s, soff), (s, soff, d, doff)] {
                    let moved: Vec<(u32, Ty)> =
                        parts[&from].range(foff..foff + size).map(|(&o, &t)| (o - foff + toff, t)).collect();
                    let to = parts.get_mut(&to).expect("candidates have parts");
                    for (o, t) in moved {
                        added |= to.insert(o, t).is_none();
                    }
                }
            }
            if !added {
                break;
            }
        }
        let mut replaced: FxHashMap<Inst, Vec<Inst>> = FxHashMap::default();
        for (inst, sides, size) in copies {
            let (slot, off) = sides[0].or(sides[1]).expect("a copy of a candidate");
            let list = parts_of(&parts[&slot], off, size, &func.slots[slot]);
            let Some(list) = list.filter(|l| l.len() <= MAX_PARTS) else {
                sides.into_iter().flatten().for_each(|(s, _)| self.uses[s] = None);
                continue;
            };
            let InstData::MemCopy { dst, src, traced, .. } = func.insts[inst] else { unreachable!("a copy") };
            let loc = func.inst_locs[inst];
            let mut new = Vec::new();
            let mut values = Vec::new();
            for &(off, ty) in &list {
                let load = func.new_inst(
                    InstData::Load { ty, addr: src, off: off as i32, flags: MemFlags::SAFE },
                    &[ty],
                    loc,
                );
                if let Some((s, soff)) = sides[1]
                    && let Some(u) = &mut self.uses[s]
                {
                    u.push((load, Use::Load(ty, soff + off)));
                }
                values.push(func.result(load));
                new.push(load);
            }
            for (&(off, ty), val) in list.iter().zip(values) {
                let (addr, off_) = (dst, off as i32);
                let to_memory = sides[0].is_none();
                let data = if ty == Ty::Ptr && to_memory && traced.is_some() {
                    InstData::StoreWb { val, addr, off: off_, flags: MemFlags::SAFE }
                } else {
                    InstData::Store { val, addr, off: off_, flags: MemFlags::SAFE }
                };
                let store = func.new_inst(data, &[], loc);
                if let Some((d, doff)) = sides[0]
                    && let Some(u) = &mut self.uses[d]
                {
                    u.push((store, Use::Store(ty, doff + off)));
                }
                new.push(store);
            }
            for (s, _) in sides.into_iter().flatten() {
                if let Some(u) = &mut self.uses[s] {
                    u.retain(|x| x.0 != inst);
                }
            }
            replaced.insert(inst, new);
        }
        for i in 0..func.layout.len() {
            let b = func.layout[i];
            if func.blocks[b].insts.iter().any(|i| replaced.contains_key(i)) {
                let old = std::mem::take(&mut func.blocks[b].insts);
                func.blocks[b].insts =
                    old.into_iter().flat_map(|i| replaced.remove(&i).unwrap_or_else(|| vec![i])).collect();
            }
        }
    }

    fn promote(&self, func: &mut Function) -> bool {
        let mut vars = Variables::default();
        let mut any = false;
        for slot in func.slots.keys() {
            let Some(list) = &self.uses[slot] else { continue };
            let Some(fields) = fields(func, list) else { continue };
            if !ssa::affordable(func, vars.types.len() + fields.len()) {
                continue;
            }
            any = true;
            let first = vars.types.len() as u32;
            let number: BTreeMap<u32, u32> =
                fields.keys().enumerate().map(|(i, &off)| (off, first + i as u32)).collect();
            vars.types.extend(fields.values());
            for &(inst, use_) in list {
                let access = vars.accesses.entry(inst).or_default();
                match use_ {
                    Use::Load(_, off) => {
                        access.push(Access::Read(number[&off], func.result(inst)));
                    }
                    Use::Store(_, off) => {
                        let val = match func.insts[inst] {
                            InstData::Store { val, .. }
                            | InstData::StoreWb { val, .. }
                            | InstData::SlotStore { val, .. } => val,
                            _ => unreachable!("a store"),
                        };
                        access.push(Access::Write(number[&off], val));
                    }
                    Use::Zero(off, size) => {
                        access.extend(number.range(off..off + size).map(|(_, &v)| Access::Zero(v)));
                    }
                    Use::New => {
                        access.extend(number.values().map(|&v| Access::Zero(v)));
                        if let InstData::Closure { captures, .. } = &func.insts[inst] {
                            for (off, _, val) in capture_fields(func, captures.as_slice(&func.pool)) {
                                if let Some(&v) = number.get(&off) {
                                    access.push(Access::Write(v, val));
                                }
                            }
                        }
                    }
                    Use::Address => {}
                    Use::CopyIn(..) | Use::CopyOut(..) => unreachable!("copies were taken apart"),
                }
                access.push(Access::Remove);
            }
        }
        if any {
            ssa::promote(func, &vars);
        }
        any
    }
}

/// The ranges of bytes that are accessed, each as a whole and with one type; none if they overlap otherwise.
fn fields(func: &Function, list: &[(Inst, Use)]) -> Option<BTreeMap<u32, Ty>> {
    let mut fields: BTreeMap<u32, Ty> = BTreeMap::new();
    let mut add = |off: u32, ty: Ty| fields.insert(off, ty).is_none_or(|have| have == ty);
    for &(inst, use_) in list {
        let ok = match use_ {
            Use::Load(ty, off) | Use::Store(ty, off) => add(off, ty),
            Use::New => match &func.insts[inst] {
                // The code pointer of a func value is read by calls only, which know it.
                InstData::Closure { captures, .. } => {
                    capture_fields(func, captures.as_slice(&func.pool)).all(|(off, ty, _)| add(off, ty))
                }
                _ => true,
            },
            Use::Zero(..) | Use::Address => true,
            Use::CopyIn(..) | Use::CopyOut(..) => false,
        };
        if !ok {
            return None;
        }
    }
    let mut end = 0;
    for (&off, ty) in &fields {
        if off < end {
            return None;
        }
        end = off + ty.size();
    }
    // A range that is cleared in part.
    for &(inst, use_) in list {
        if matches!(func.insts[inst], InstData::Closure { .. }) && fields.contains_key(&0) {
            return None;
        }
        if let Use::Zero(from, size) = use_ {
            for (&off, ty) in &fields {
                let (a, b) = (off.max(from), (off + ty.size()).min(from + size));
                if a < b && b - a != ty.size() {
                    return None;
                }
            }
        }
    }
    Some(fields)
}

/// The accesses that a copy of `size` bytes from `off` on is made of, relative to `off`. What has no access of its own is
/// copied in words: the slot may yet stay in memory.
fn parts_of(parts: &BTreeMap<u32, Ty>, off: u32, size: u32, slot: &SlotData) -> Option<Vec<(u32, Ty)>> {
    let mut list = Vec::new();
    let mut at = off;
    let end = off + size;
    let fill = |list: &mut Vec<(u32, Ty)>, mut at: u32, to: u32| {
        while at < to {
            let ty = [(8, Ty::I64), (4, Ty::I32), (2, Ty::I16), (1, Ty::I8)]
                .into_iter()
                .find(|&(s, _)| at.is_multiple_of(s) && at + s <= to)
                .expect("1 divides all")
                .1;
            let ty = if slot.ptr_words.contains(&at) && ty == Ty::I64 { Ty::Ptr } else { ty };
            list.push((at - off, ty));
            at += ty.size();
        }
    };
    if let Some((&o, t)) = parts.range(..off).next_back()
        && o + t.size() > off
    {
        return None;
    }
    for (&o, &ty) in parts.range(off..end) {
        if o < at || o + ty.size() > end {
            return None;
        }
        fill(&mut list, at, o);
        list.push((o - off, ty));
        at = o + ty.size();
    }
    fill(&mut list, at, end);
    Some(list)
}

/// Offset, type and value of each capture of a func value.
fn capture_fields<'f>(
    func: &'f Function,
    captures: &'f [Value],
) -> impl Iterator<Item = (u32, Ty, Value)> + 'f {
    let mut off = 8;
    captures.iter().map(move |&c| {
        let ty = func.ty(c);
        let at = u32::next_multiple_of(off, ty.size());
        off = at + ty.size();
        (at, ty, c)
    })
}

/// The slot and offset that a pointer is known to point to.
fn pointee(func: &Function, v: Value) -> Option<(Slot, i64)> {
    let (base, off) = edit::split_address(func, v, 0);
    match func.insts[func.def_inst(base)?] {
        InstData::SlotAddr { slot, off: o } => Some((slot, off + i64::from(o))),
        InstData::New { escape: Escape::Stack(slot), .. }
        | InstData::Closure { escape: Escape::Stack(slot), .. } => Some((slot, off)),
        _ => None,
    }
}

/// Which slots an instruction accesses and how; `bad` gets the slots that it needs in memory.
fn classify(func: &Function, inst: Inst, found: &mut [(Option<Slot>, Use); 2], bad: &mut Vec<Slot>) {
    let data = &func.insts[inst];
    let at = |v: Value, off: i32| {
        pointee(func, v).map(|(s, o)| (s, u32::try_from(o + i64::from(off)).unwrap_or(u32::MAX)))
    };
    // A pointer that is used as a value.
    let escape = |v: Value, bad: &mut Vec<Slot>| {
        if func.ty(v) == Ty::Ptr {
            bad.extend(pointee(func, v).map(|p| p.0));
        }
    };
    match *data {
        InstData::SlotLoad { ty, slot, off } => found[0] = (Some(slot), Use::Load(ty, off as u32)),
        InstData::SlotStore { val, slot, off } => {
            found[0] = (Some(slot), Use::Store(func.ty(val), off as u32));
            escape(val, bad);
        }
        InstData::Load { ty, addr, off, .. } => {
            if let Some((s, o)) = at(addr, off) {
                found[0] = (Some(s), Use::Load(ty, o));
            }
        }
        InstData::Store { val, addr, off, .. } | InstData::StoreWb { val, addr, off, .. } => {
            if let Some((s, o)) = at(addr, off) {
                found[0] = (Some(s), Use::Store(func.ty(val), o));
            }
            escape(val, bad);
        }
        InstData::MemZero { dst, size, .. } => {
            if let Some((s, o)) = at(dst, 0) {
                found[0] = (Some(s), Use::Zero(o, size.min(u64::from(u32::MAX)) as u32));
            }
        }
        InstData::MemCopy { dst, src, size, .. } => {
            let size = size.min(u64::from(u32::MAX)) as u32;
            match (at(dst, 0), at(src, 0)) {
                // Within a slot.
                (Some((d, _)), Some((s, _))) if d == s => bad.push(d),
                (d, s) => {
                    if let Some((d, o)) = d {
                        found[0] = (Some(d), Use::CopyIn(o, size));
                    }
                    if let Some((s, o)) = s {
                        found[1] = (Some(s), Use::CopyOut(o, size));
                    }
                }
            }
        }
        InstData::New { escape: Escape::Stack(slot), .. } => found[0] = (Some(slot), Use::New),
        InstData::Closure { escape: Escape::Stack(slot), ref captures, .. } => {
            found[0] = (Some(slot), Use::New);
            captures.as_slice(&func.pool).iter().for_each(|&v| escape(v, bad));
        }
        InstData::SlotAddr { slot, .. } => found[0] = (Some(slot), Use::Address),
        InstData::PtrAddImm { base, .. } => {
            if let Some((s, _)) = pointee(func, base) {
                found[0] = (Some(s), Use::Address);
            }
        }
        InstData::NilCheck { ptr } => {
            if let Some((s, _)) = pointee(func, ptr) {
                found[0] = (Some(s), Use::Address);
            }
        }
        // What the slot holds is to stay alive too: a slot that is kept alive stays a slot.
        _ => func.for_each_use(inst, |v| escape(v, bad)),
    }
}

fn in_bounds(slot: &SlotData, use_: Use) -> bool {
    let fits = |off: u32, size: u32| off.checked_add(size).is_some_and(|end| end <= slot.size);
    match use_ {
        Use::Load(ty, off) | Use::Store(ty, off) => fits(off, ty.size()),
        Use::Zero(off, size) | Use::CopyIn(off, size) | Use::CopyOut(off, size) => fits(off, size),
        Use::New | Use::Address => true,
    }
}

/// Removes slots that no instruction refers to, and numbers the others anew.
fn drop_unused_slots(func: &mut Function) {
    let mut used: SecondaryMap<Slot, bool> = SecondaryMap::new();
    for &b in &func.layout {
        for &inst in &func.blocks[b].insts {
            if let Some(s) = edit::slot_of(&func.insts[inst]) {
                used[s] = true;
            }
        }
    }
    if let Some(d) = &func.defer {
        used[d.state] = true;
    }
    let mut map: SecondaryMap<Slot, Option<Slot>> = SecondaryMap::new();
    let mut slots: PrimaryMap<Slot, SlotData> = PrimaryMap::new();
    for (s, d) in func.slots.iter() {
        if used[s] || d.frame_set {
            map[s] = Some(slots.push(d.clone()));
        }
    }
    func.slots = slots;
    if let Some(d) = &mut func.defer {
        d.state = map[d.state].expect("kept");
    }
    for i in 0..func.layout.len() {
        let b = func.layout[i];
        for &inst in &func.blocks[b].insts {
            match &mut func.insts[inst] {
                InstData::SlotAddr { slot, .. }
                | InstData::SlotLoad { slot, .. }
                | InstData::SlotStore { slot, .. }
                | InstData::New { escape: Escape::Stack(slot), .. }
                | InstData::Closure { escape: Escape::Stack(slot), .. } => {
                    *slot = map[*slot].expect("used slots are kept");
                }
                _ => {}
            }
        }
    }
}
