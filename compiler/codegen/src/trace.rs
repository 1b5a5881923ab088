//! Where a function's arguments are while its calls run, for tracebacks.
//!
//! A frame on the stack of a stopped goroutine is at one of its calls. What still holds an argument then is
//! * a slot of the safepoint spiller, for a pointer that some call leaves alive: the value is written at entry. At calls
//!   after which it is dead the slot is not in the stack map, so that what it holds may be out of date;
//! * a spill slot or a callee-saved register, for other scalars: Cranelift's value labels tell;
//! * the caller's frame, for an argument that was passed on the stack.
//!
//! An argument that is in none of these places is not found: tracebacks print `_` for it.
//!
//! [`Plan::new`] runs when the CLIF is final. It labels the parameters, and gives each call a location of its own, by
//! which the call's return address is found in the machine code. [`Plan::finish`] makes the table.
//!
//! Value labels say nothing about cold blocks, and ranges that seem to reach into them are wrong there.

use crate::compile::StackMap;
use crate::isa::Arch;
use crate::{arch, lower};
use cranelift_codegen::ir::{self as clif, InstructionData, SourceLoc, ValueLabel, ValueLabelAssignments};
use cranelift_codegen::{CompiledCode, LabelValueLoc, MachSrcLoc};
use cranelift_entity::{EntityRef, EntitySet};
use grus_abi::g::{FLOAT_ARG_REGS, INT_ARG_REGS};
use grus_abi::symtab::arg_info;
use grus_ir::{Function, Signature, TraceArg, Ty};

/// A call in the CLIF.
struct Call {
    loc: SourceLoc,
    cold: bool,
    /// Scalars (a bit each) whose slot may hold another value by now.
    lost: u16,
}

/// What is known before machine code is made.
pub(crate) struct Plan {
    /// The parameters that are printed, by number of the scalar.
    scalars: Vec<u16>,
    /// The spiller's slot of each.
    slots: Vec<Option<clif::StackSlot>>,
    calls: Vec<Call>,
    /// Location of the first call; that of call *i* is this plus *i*.
    first_loc: u32,
}

/// A store of the spiller.
struct Spill {
    slot: clif::StackSlot,
    value: clif::Value,
    /// Its block, by the number in the layout.
    block: usize,
    /// Calls met before it.
    calls: usize,
}

/// The parameters that are printed.
fn scalars(args: &[TraceArg]) -> Vec<u16> {
    let mut list: Vec<u16> = Vec::new();
    for arg in args {
        if let TraceArg::Word { param, .. } | TraceArg::Field { param, .. } = *arg
            && !list.contains(&param)
        {
            list.push(param);
        }
    }
    list
}

impl Plan {
    /// Prepares the CLIF of a function whose arguments can be found at some calls.
    pub fn new(ir: &Function, func: &mut clif::Function, lowered: &lower::Lowered) -> Option<Plan> {
        let scalars = scalars(&ir.trace_args);
        if scalars.is_empty() {
            return None;
        }
        let first_loc = ir.locs.len() as u32;
        let mut calls: Vec<Call> = Vec::new();
        let mut spills: Vec<Spill> = Vec::new();
        // The number of calls met at the start and at the end of each block.
        let mut blocks: Vec<(clif::Block, usize, usize)> = Vec::new();
        let mut next_block = func.layout.entry_block();
        let entry = next_block?;
        while let Some(block) = next_block {
            next_block = func.layout.next_block(block);
            let cold = func.layout.is_cold(block);
            let before = calls.len();
            let mut next = func.layout.first_inst(block);
            while let Some(inst) = next {
                next = func.layout.next_inst(inst);
                let data = &func.dfg.insts[inst];
                if data.opcode().is_call() {
                    let loc = func.srcloc(inst);
                    func.set_srcloc(inst, SourceLoc::new(first_loc + calls.len() as u32));
                    calls.push(Call { loc, cold, lost: 0 });
                } else if let InstructionData::Store { args: [value, addr], .. } = *data
                    && let Some(def) = func.dfg.value_def(addr).inst()
                    && let InstructionData::StackAddr { stack_slot, .. } = func.dfg.insts[def]
                    && stack_slot.as_u32() >= lowered.first_spill_slot
                {
                    spills.push(Spill { slot: stack_slot, value, block: blocks.len(), calls: calls.len() });
                }
            }
            blocks.push((block, before, calls.len()));
        }
        if calls.is_empty() {
            return None;
        }
        let params = func.dfg.block_params(entry).to_vec();
        let mut slots = vec![None; scalars.len()];
        for (number, &param) in scalars.iter().enumerate() {
            let value = params[usize::from(param)];
            if ir.sig.params[usize::from(param)] != Ty::Ptr {
                func.dfg.collect_debug_info();
                let start =
                    clif::ValueLabelStart { from: Default::default(), label: ValueLabel::new(number) };
                let labels = func.dfg.values_labels.as_mut().expect("collected from here on");
                labels.insert(value, ValueLabelAssignments::Starts(vec![start]));
                continue;
            }
            let Some(home) = spills.iter().find(|s| s.block == 0 && s.value == value) else { continue };
            slots[number] = Some(home.slot);
            // Another value's store spoils all calls that it reaches.
            let mut reached = EntitySet::new();
            for other in spills.iter().filter(|s| s.slot == home.slot && s.value != value) {
                let (block, _, end) = blocks[other.block];
                calls[other.calls..end].iter_mut().for_each(|c| c.lost |= 1 << number);
                let mut work: Vec<clif::Block> = func.block_successors(block).collect();
                while let Some(b) = work.pop() {
                    if reached.insert(b) {
                        work.extend(func.block_successors(b));
                    }
                }
            }
            for &(block, start, end) in &blocks {
                if reached.contains(block) {
                    calls[start..end].iter_mut().for_each(|c| c.lost |= 1 << number);
                }
            }
        }
        Some(Plan { scalars, slots, calls, first_loc })
    }

    /// The location that code had before calls were given their own.
    pub fn original(&self, loc: SourceLoc) -> SourceLoc {
        self.call(loc).map_or(loc, |c| c.loc)
    }

    fn call(&self, loc: SourceLoc) -> Option<&Call> {
        if loc.is_default() {
            return None;
        }
        self.calls.get(loc.bits().checked_sub(self.first_loc)? as usize)
    }

    /// The sets of locations by return offset. `shift` is the length of the stack check, `maps` has the stack maps by
    /// ascending return offset.
    fn sets(
        &self,
        target: Arch,
        sig: &Signature,
        compiled: &CompiledCode,
        shift: u32,
        maps: &[StackMap],
    ) -> Vec<(u32, Vec<u32>)> {
        let layout = compiled.buffer.frame_layout().expect("Cranelift lays out every frame");
        let words = layout.frame_to_fp_offset / 8;
        let incoming = stack_words(sig);
        let locs: &[MachSrcLoc<_>] = compiled.buffer.get_srclocs_sorted();
        let mut sets = Vec::new();
        for site in compiled.buffer.call_sites() {
            let ret = site.ret_addr;
            let i = locs.partition_point(|l| l.start < ret);
            let Some(call) = locs[..i].last().filter(|l| ret <= l.end).and_then(|l| self.call(l.loc)) else {
                continue;
            };
            let map = maps.binary_search_by_key(&(ret + shift), |m| m.ret).ok().map(|i| &maps[i]);
            let set = self.scalars.iter().enumerate().map(|(number, &param)| {
                let pointer = sig.params[usize::from(param)] == Ty::Ptr;
                if let Some(slot) = self.slots[number].filter(|_| call.lost & (1 << number) == 0) {
                    let word = layout.stackslots[slot].offset / 8;
                    let fresh = map.is_some_and(|m| m.words.contains(&word));
                    return arg_info::WORD + 2 * word + u32::from(!fresh);
                }
                if let Some(&Some(i)) = incoming.get(usize::from(param)) {
                    return arg_info::WORD + 2 * (words + 2 + i) + u32::from(pointer);
                }
                let ranges = compiled.value_labels_ranges.get(&ValueLabel::new(number));
                let at = |r: &&cranelift_codegen::ValueLocRange| r.start < ret && ret <= r.end;
                match ranges.filter(|_| !call.cold).and_then(|r| r.iter().find(at)).map(|r| r.loc) {
                    Some(LabelValueLoc::Reg(r)) => {
                        arch::callee_saved(target, r).map_or(arg_info::NOWHERE, |k| arg_info::REGISTER + k)
                    }
                    Some(LabelValueLoc::CFAOffset(off)) => {
                        let from_sp = i64::from(layout.frame_to_fp_offset) + 16 + off;
                        assert!(from_sp >= 0 && from_sp % 8 == 0, "a spill slot at {from_sp}");
                        arg_info::WORD + 2 * (from_sp as u32 / 8)
                    }
                    None => arg_info::NOWHERE,
                }
            });
            sets.push((ret + shift, set.collect()));
        }
        sets
    }
}

/// Encodes what tracebacks print (see [`arg_info`]); `None` for a function without parameters.
pub(crate) fn encode(
    plan: Option<&Plan>,
    ir: &Function,
    target: Arch,
    compiled: &CompiledCode,
    shift: u32,
    maps: &[StackMap],
) -> Option<Box<[u8]>> {
    if ir.trace_args.is_empty() {
        return None;
    }
    let numbers = scalars(&ir.trace_args);
    let mut out = vec![numbers.len() as u8];
    for arg in &ir.trace_args {
        let number = |param: u16| numbers.iter().position(|&p| p == param).expect("it is one of them") as u8;
        match *arg {
            TraceArg::Open => out.push(arg_info::OPEN),
            TraceArg::Close => out.push(arg_info::CLOSE),
            TraceArg::Dots => out.push(arg_info::DOTS),
            TraceArg::Word { param, size } => out.extend([number(param), size]),
            TraceArg::Field { param, off, size } => {
                // Beyond ten words, only padding and empty values lie between a parameter's start and its words.
                let off = u16::try_from(off).unwrap_or(u16::MAX).to_le_bytes();
                out.extend([number(param) | arg_info::DEREF, size, off[0], off[1]]);
            }
        }
    }
    out.push(arg_info::END);
    if numbers.is_empty() {
        return Some(out.into());
    }
    let nowhere = vec![arg_info::NOWHERE; numbers.len()];
    let mut last = (0, &nowhere);
    let sets = plan.map_or(Vec::new(), |p| p.sets(target, &ir.sig, compiled, shift, maps));
    let (mut changes, mut count) = (Vec::new(), 0);
    let mut distinct: Vec<&Vec<u32>> = Vec::new();
    for (ret, set) in &sets {
        if set == last.1 {
            continue;
        }
        let n = distinct.iter().position(|&s| s == set).unwrap_or(distinct.len());
        if n == distinct.len() {
            distinct.push(set);
        }
        uvarint(&mut changes, ret - last.0);
        uvarint(&mut changes, n as u32);
        count += 1;
        last = (*ret, set);
    }
    uvarint(&mut out, count);
    out.extend(changes);
    distinct.iter().flat_map(|s| s.iter()).for_each(|&l| uvarint(&mut out, l));
    Some(out.into())
}

fn uvarint(out: &mut Vec<u8>, v: u32) {
    crate::tables::pclntab::uvarint(out, u64::from(v));
}

/// The word above the frame (counted from the caller's SP) of each parameter that is passed on the stack.
fn stack_words(sig: &Signature) -> Vec<Option<u32>> {
    let (mut ints, mut floats, mut stack) = (0, 0, 0);
    let mut place = |ty: Ty| {
        let (used, regs) =
            if ty.is_float() { (&mut floats, FLOAT_ARG_REGS) } else { (&mut ints, INT_ARG_REGS) };
        if *used < regs {
            *used += 1;
            return None;
        }
        stack += 1;
        Some(stack - 1)
    };
    sig.params.iter().map(|&ty| place(ty)).collect()
}
