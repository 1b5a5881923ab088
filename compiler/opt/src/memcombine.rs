//! Narrow loads and stores of neighbouring bytes become one wide access.
//!
//! Portable Go code reads a number from bytes as `uint32(b[0]) | uint32(b[1])<<8 | ...` and writes it one byte at a
//! time. A tree of `or` (or `add`, `xor`: the parts are disjoint) whose leaves are shifted loads of neighbours becomes
//! one load, with the bytes reversed if the tree reads big-endian. A run of stores of neighbouring pieces of one value,
//! or of constants, becomes one store.
//!
//! The wide access stands where the last narrow one stood: by then every check that guards one of them has passed. It is
//! made only if nothing in between could tell: no write and no call between loads, nothing at all that touches memory
//! or can panic between stores.

use crate::edit;
use cranelift_entity::{EntitySet, SecondaryMap};
use grus_ir::{
    BinaryOp, Block, ConvOp, Function, Inst, InstData, MemFlags, NIL_PAGE, Program, Ty, UnaryOp, Value, eval,
};
use rayon::prelude::*;
use smallvec::SmallVec;

/// The most pieces that one wide access has.
const MAX_PIECES: usize = 8;

/// Combines accesses in all functions of a program.
pub fn run(program: &mut Program) {
    program.funcs.par_iter_mut().for_each(|f| {
        function(f);
    });
}

/// Combines accesses in a function; returns whether there were any.
pub fn function(func: &mut Function) -> bool {
    let mut changed = false;
    let mut uses = None;
    for i in 0..func.layout.len() {
        let block = func.layout[i];
        if has_tree(func, block) {
            changed |= loads(func, block, uses.get_or_insert_with(|| count_uses(func)));
        }
        changed |= stores(func, block);
    }
    if changed {
        edit::remove_dead(func);
    }
    changed
}

/// Whether the block loads pieces and puts values together.
fn has_tree(func: &Function, block: Block) -> bool {
    let insts = &func.blocks[block].insts;
    let narrow = |&&i: &&Inst| matches!(func.insts[i], InstData::Load { ty: Ty::I8 | Ty::I16 | Ty::I32, .. });
    insts.iter().any(|&i| joins(func, i).is_some()) && insts.iter().filter(narrow).nth(1).is_some()
}

fn count_uses(func: &Function) -> SecondaryMap<Value, u32> {
    let mut uses = SecondaryMap::with_capacity(func.values.len());
    for &b in &func.layout {
        for &inst in &func.blocks[b].insts {
            func.for_each_use(inst, |v| uses[func.resolve(v)] += 1);
        }
    }
    uses
}

/// A memory location: a pointer, an index in bytes, and a constant offset.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    base: Value,
    index: Option<Value>,
}

fn place(func: &Function, addr: Value, off: i32) -> (Place, i64) {
    let (base, off) = edit::split_address(func, addr, off.into());
    if let Some(inst) = func.def_inst(base)
        && let InstData::PtrAdd { base, off: index } = func.insts[inst]
    {
        let (base, off) = edit::split_address(func, base, off);
        let index = func.resolve(index);
        if let Some(inst) = func.def_inst(index)
            && let InstData::Binary { op: BinaryOp::Add, args: [x, c] } = func.insts[inst]
            && let Some(c) = func.as_const(c)
        {
            return (Place { base, index: Some(func.resolve(x)) }, off.wrapping_add(c));
        }
        return (Place { base, index: Some(index) }, off);
    }
    (Place { base, index: None }, off)
}

/// The integer type of a size in bytes.
fn int(size: u32) -> Ty {
    match size {
        1 => Ty::I8,
        2 => Ty::I16,
        4 => Ty::I32,
        _ => Ty::I64,
    }
}

/// The operation, if the instruction is one that puts disjoint parts together.
fn joins(func: &Function, inst: Inst) -> Option<(BinaryOp, [Value; 2])> {
    match func.insts[inst] {
        InstData::Binary { op: op @ (BinaryOp::Or | BinaryOp::Add | BinaryOp::Xor), args } => {
            (func.ty(args[0]).is_int() && func.ty(args[0]) != Ty::I8).then_some((op, args))
        }
        _ => None,
    }
}

/// Whether the access with these flags at this offset faults if the pointer is nil.
fn in_nil_page(flags: MemFlags, off: i32, size: u32) -> bool {
    !flags.may_fault || (off >= 0 && off as u64 + u64::from(size) <= NIL_PAGE)
}

// ---- loads ----

/// A leaf of a tree: a load, moved to its place in the number.
struct Leaf {
    inst: Inst,
    at: usize,
    place: Place,
    off: i64,
    size: u32,
    shift: i64,
}

fn loads(func: &mut Function, block: Block, uses: &mut SecondaryMap<Value, u32>) -> bool {
    let mut position: SecondaryMap<Inst, u32> = SecondaryMap::with_capacity(func.insts.len());
    for (i, &inst) in func.blocks[block].insts.iter().enumerate() {
        position[inst] = i as u32 + 1;
    }
    let mut inner: EntitySet<Inst> = EntitySet::new();
    // New instructions, and the position behind which they belong.
    let mut added: Vec<(usize, Inst)> = Vec::new();
    for i in (0..func.blocks[block].insts.len()).rev() {
        let root = func.blocks[block].insts[i];
        if inner.contains(root) || joins(func, root).is_none() {
            continue;
        }
        if let Some(wide) = wide_load(func, root, &position, uses, &mut inner, block) {
            let result = func.result(root);
            let value = wide.insts.last().map(|&i| func.result(i)).expect("a load at least");
            func.replace(result, value);
            uses.resize(func.values.len());
            uses[value] = uses[result];
            added.extend(wide.insts.into_iter().map(|i| (wide.at, i)));
        }
    }
    if added.is_empty() {
        return false;
    }
    added.sort_by_key(|&(at, _)| at);
    let mut added = added.into_iter().peekable();
    let mut insts = Vec::new();
    for (i, inst) in std::mem::take(&mut func.blocks[block].insts).into_iter().enumerate() {
        insts.push(inst);
        while let Some((_, new)) = added.next_if(|&(at, _)| at == i) {
            insts.push(new);
        }
    }
    func.blocks[block].insts = insts;
    true
}

/// Instructions that take the place of a tree.
struct Wide {
    at: usize,
    insts: SmallVec<[Inst; 3]>,
}

fn wide_load(
    func: &mut Function,
    root: Inst,
    position: &SecondaryMap<Inst, u32>,
    uses: &SecondaryMap<Value, u32>,
    inner: &mut EntitySet<Inst>,
    block: Block,
) -> Option<Wide> {
    let (op, args) = joins(func, root)?;
    let ty = func.ty(args[0]);
    let mut work: SmallVec<[Value; 8]> = SmallVec::from_slice(&args);
    let mut leaves: SmallVec<[Leaf; MAX_PIECES]> = SmallVec::new();
    let mut within: SmallVec<[Inst; MAX_PIECES]> = SmallVec::new();
    while let Some(v) = work.pop() {
        let v = func.resolve(v);
        let inst = func.def_inst(v)?;
        match joins(func, inst) {
            Some((o, args)) if o == op && uses[v] == 1 && position[inst] != 0 => {
                within.push(inst);
                work.extend(args);
            }
            _ => {
                if leaves.len() == MAX_PIECES {
                    return None;
                }
                leaves.push(leaf(func, v, position, uses)?);
            }
        }
    }
    leaves.sort_by_key(|l| l.off);
    let n = leaves.len() as u32;
    let size = leaves[0].size;
    let width = n * size;
    if !n.is_power_of_two() || width > ty.size() {
        return None;
    }
    let fits = |shift: &dyn Fn(i64) -> i64| {
        leaves.iter().enumerate().all(|(i, l)| {
            let i = i as i64;
            l.size == size
                && l.place == leaves[0].place
                && l.off == leaves[0].off.wrapping_add(i * i64::from(size))
                && l.shift == 8 * i64::from(size) * shift(i)
        })
    };
    let little = fits(&|i| i);
    let big = size == 1 && fits(&|i| i64::from(n) - 1 - i);
    if !little && !big {
        return None;
    }
    let first = leaves.iter().map(|l| l.at).min()?;
    let last = leaves.iter().map(|l| l.at).max()?;
    let mut flags = MemFlags { may_fault: false, readonly: true };
    for l in &leaves {
        let InstData::Load { flags: f, .. } = func.insts[l.inst] else { unreachable!("leaves are loads") };
        flags = MemFlags { may_fault: flags.may_fault | f.may_fault, readonly: flags.readonly & f.readonly };
    }
    let insts = &func.blocks[block].insts;
    let undisturbed = insts[first..last].iter().all(|&i| {
        let data = &func.insts[i];
        leaves.iter().any(|l| l.inst == i) || !(writes(data) || (flags.may_fault && data.may_panic()))
    });
    let InstData::Load { addr, off, .. } = func.insts[leaves[0].inst] else { return None };
    if !undisturbed || !in_nil_page(flags, off, width) {
        return None;
    }
    let loc = func.inst_locs[insts[first]];
    let wide = int(width);
    let mut made: SmallVec<[Inst; 3]> = SmallVec::new();
    made.push(func.new_inst(InstData::Load { ty: wide, addr, off, flags }, &[wide], loc));
    let mut value = func.result(made[0]);
    if !little {
        made.push(func.new_inst(InstData::Unary { op: UnaryOp::Bswap, arg: value }, &[wide], loc));
        value = func.result(made[1]);
    }
    if wide != ty {
        made.push(func.new_inst(InstData::Convert { op: ConvOp::Zext, ty, arg: value }, &[ty], loc));
    }
    inner.extend(within);
    Some(Wide { at: last, insts: made })
}

/// Whether memory may have other contents behind the instruction.
fn writes(data: &InstData) -> bool {
    data.may_call()
        || matches!(
            data,
            InstData::Store { .. }
                | InstData::StoreWb { .. }
                | InstData::SlotStore { .. }
                | InstData::AtomicLoad { .. }
                | InstData::AtomicStore { .. }
                | InstData::AtomicRmw { .. }
                | InstData::AtomicCas { .. }
                | InstData::New { .. }
                | InstData::Closure { .. }
        )
}

fn leaf(
    func: &Function,
    v: Value,
    position: &SecondaryMap<Inst, u32>,
    uses: &SecondaryMap<Value, u32>,
) -> Option<Leaf> {
    let (mut v, mut shift) = (v, 0);
    let only = |v: Value| uses[v] == 1;
    if let InstData::Binary { op: BinaryOp::Shl, args: [x, k] } = func.insts[func.def_inst(v)?] {
        shift = func.as_const(k)?;
        if !only(v) || !(0..64).contains(&shift) {
            return None;
        }
        v = func.resolve(x);
    }
    let InstData::Convert { op: ConvOp::Zext, arg, .. } = func.insts[func.def_inst(v)?] else { return None };
    if !only(v) {
        return None;
    }
    v = func.resolve(arg);
    let inst = func.def_inst(v)?;
    let InstData::Load { ty, addr, off, .. } = func.insts[inst] else { return None };
    if !only(v) || position[inst] == 0 || !ty.is_int() {
        return None;
    }
    let (place, off) = place(func, addr, off);
    Some(Leaf { inst, at: position[inst] as usize - 1, place, off, size: ty.size(), shift })
}

// ---- stores ----

/// A store of an integer.
#[derive(Clone, Copy)]
struct Piece {
    inst: Inst,
    at: usize,
    place: Place,
    off: i64,
    val: Value,
}

fn stores(func: &mut Function, block: Block) -> bool {
    let mut run: SmallVec<[Piece; 16]> = SmallVec::new();
    let mut gone: EntitySet<Inst> = EntitySet::new();
    let mut added: Vec<(usize, SmallVec<[Inst; 4]>)> = Vec::new();
    for at in 0..func.blocks[block].insts.len() {
        let inst = func.blocks[block].insts[at];
        let data = &func.insts[inst];
        match *data {
            InstData::Store { val, addr, off, .. } if func.ty(val).is_int() && func.ty(val).size() < 8 => {
                let (place, off) = place(func, addr, off);
                let val = func.resolve(val);
                if run.first().is_some_and(|p| p.place != place || func.ty(p.val) != func.ty(val)) {
                    combine(func, &mut run, &mut gone, &mut added);
                }
                run.push(Piece { inst, at, place, off, val });
            }
            _ if !run.is_empty() && !is_silent(data) => combine(func, &mut run, &mut gone, &mut added),
            _ => {}
        }
    }
    if added.is_empty() {
        return false;
    }
    added.sort_by_key(|&(at, _)| at);
    let mut added = added.into_iter().peekable();
    let mut insts = Vec::new();
    for (i, inst) in std::mem::take(&mut func.blocks[block].insts).into_iter().enumerate() {
        if !gone.contains(inst) {
            insts.push(inst);
        }
        while let Some((_, new)) = added.next_if(|(at, _)| *at == i) {
            insts.extend(new);
        }
    }
    func.blocks[block].insts = insts;
    true
}

/// Whether the instruction neither touches memory nor can panic nor ends the block.
fn is_silent(data: &InstData) -> bool {
    match data {
        InstData::Binary { op, .. } => !op.is_division(),
        InstData::Iconst { .. }
        | InstData::Fconst { .. }
        | InstData::SymAddr { .. }
        | InstData::SlotAddr { .. }
        | InstData::GetG
        | InstData::Unary { .. }
        | InstData::Convert { .. }
        | InstData::Icmp { .. }
        | InstData::Fcmp { .. }
        | InstData::Select { .. }
        | InstData::Fma { .. }
        | InstData::PtrAdd { .. }
        | InstData::PtrAddImm { .. } => true,
        _ => false,
    }
}

/// Combines what can be of a run of stores to one place, and ends the run.
fn combine(
    func: &mut Function,
    run: &mut SmallVec<[Piece; 16]>,
    gone: &mut EntitySet<Inst>,
    added: &mut Vec<(usize, SmallVec<[Inst; 4]>)>,
) {
    let mut pieces = std::mem::take(run);
    if pieces.len() < 2 {
        return;
    }
    pieces.sort_by_key(|p| p.off);
    let size = i64::from(func.ty(pieces[0].val).size());
    if pieces.windows(2).any(|w| w[1].off.wrapping_sub(w[0].off) < size) {
        return;
    }
    let mut rest = &pieces[..];
    while !rest.is_empty() {
        let mut n = (8 / size as usize).min(rest.len());
        n = if n.is_power_of_two() { n } else { n.next_power_of_two() / 2 };
        let found = loop {
            if n < 2 {
                break None;
            }
            let window = &rest[..n];
            let joined = window.windows(2).all(|w| w[1].off.wrapping_sub(w[0].off) == size);
            if joined && let Some(insts) = wide_store(func, window, size as u32) {
                break Some(insts);
            }
            n /= 2;
        };
        let Some(insts) = found else {
            rest = &rest[1..];
            continue;
        };
        let at = rest[..n].iter().map(|p| p.at).max().expect("two pieces at least");
        gone.extend(rest[..n].iter().map(|p| p.inst));
        added.push((at, insts));
        rest = &rest[n..];
    }
}

/// A piece of a value: the value, and the number of the first bit.
fn piece_of(func: &Function, v: Value) -> Option<(Value, i64)> {
    let InstData::Convert { op: ConvOp::Trunc, arg, .. } = func.insts[func.def_inst(v)?] else { return None };
    let x = func.resolve(arg);
    let bits = 8 * i64::from(func.ty(x).size());
    if let Some(inst) = func.def_inst(x)
        && let InstData::Binary { op: BinaryOp::Ushr | BinaryOp::Sshr, args: [y, k] } = func.insts[inst]
        && let Some(k) = func.as_const(k)
        && (0..bits).contains(&k)
        && k + 8 * i64::from(func.ty(v).size()) <= bits
    {
        return Some((func.resolve(y), k));
    }
    Some((x, 0))
}

/// One store in place of stores of `size` bytes each to neighbours.
fn wide_store(func: &mut Function, pieces: &[Piece], size: u32) -> Option<SmallVec<[Inst; 4]>> {
    let width = size * pieces.len() as u32;
    let wide = int(width);
    let loc = func.inst_locs[pieces.iter().min_by_key(|p| p.at)?.inst];
    let mut flags = MemFlags::SAFE;
    for p in pieces {
        let InstData::Store { flags: f, .. } = func.insts[p.inst] else { unreachable!("pieces are stores") };
        flags.may_fault |= f.may_fault;
    }
    let InstData::Store { addr, off, .. } = func.insts[pieces[0].inst] else { return None };
    if !in_nil_page(flags, off, width) {
        return None;
    }
    let step = 8 * i64::from(size);
    let mut made: SmallVec<[Inst; 4]> = SmallVec::new();
    let constants: Option<SmallVec<[u64; 8]>> =
        pieces.iter().map(|p| func.as_const(p.val).map(|c| eval::truncate(int(size), c as u64))).collect();
    let val = if let Some(constants) = constants {
        let bits = constants.iter().enumerate().fold(0, |all, (i, &c)| all | (c << (step * i as i64)));
        made.push(func.new_inst(InstData::Iconst { ty: wide, imm: eval::signed(wide, bits) }, &[wide], loc));
        func.result(made[0])
    } else {
        let parts: SmallVec<[(Value, i64); 8]> =
            pieces.iter().map(|p| piece_of(func, p.val)).collect::<Option<_>>()?;
        let n = parts.len();
        let whole = parts[0].0;
        let little = parts.iter().enumerate().all(|(i, p)| *p == (whole, parts[0].1 + step * i as i64));
        let big = size == 1
            && parts
                .iter()
                .enumerate()
                .all(|(i, p)| *p == (whole, parts[n - 1].1 + step * (n - 1 - i) as i64));
        if !little && !big {
            return None;
        }
        let low = parts[0].1.min(parts[n - 1].1);
        let ty = func.ty(whole);
        if low + 8 * i64::from(width) > 8 * i64::from(ty.size()) {
            return None;
        }
        let mut val = whole;
        if low != 0 {
            made.push(func.new_inst(InstData::Iconst { ty: Ty::I64, imm: low }, &[Ty::I64], loc));
            let args = [val, func.result(made[0])];
            made.push(func.new_inst(InstData::Binary { op: BinaryOp::Ushr, args }, &[ty], loc));
            val = func.result(made[1]);
        }
        if ty != wide {
            made.push(func.new_inst(
                InstData::Convert { op: ConvOp::Trunc, ty: wide, arg: val },
                &[wide],
                loc,
            ));
            val = func.result(*made.last()?);
        }
        if big {
            made.push(func.new_inst(InstData::Unary { op: UnaryOp::Bswap, arg: val }, &[wide], loc));
            val = func.result(*made.last()?);
        }
        val
    };
    made.push(func.new_inst(InstData::Store { val, addr, off, flags }, &[], loc));
    Some(made)
}
