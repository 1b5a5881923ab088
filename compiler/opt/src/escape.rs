//! Escape analysis: allocations whose objects do not outlive the frame become slots.
//!
//! **Idea.** Within a function, pointers are grouped by unification (Steensgaard, *Points-to Analysis
//! in Almost Linear Time*, 1996): values that may be the same pointer share a *node*, and each node
//! has a node for what is stored in the memory it points to. A node *leaks* if one of its pointers
//! goes where it cannot be followed: returned, passed to an unknown function, stored in memory that
//! is not known. Functions are analysed callees first; a parameter from which nothing leaks, neither
//! the pointer nor anything reached through it, is summarised as [`ParamEscape::NoEscape`], and
//! arguments for it do not leak. If only what is reached through it leaks (a method that stores in its
//! receiver), it is [`ParamEscape::ContentEscapes`].
//!
//! **Results.** A parameter that leaks only by being returned (a method that returns its receiver, `append`-like
//! functions) is summarised with the results that it may be: for callers the argument and these results are the
//! same pointer. What is loaded from a parameter's memory and returned counts as leaking content. What is stored in
//! a new object that is returned leaks, since the object is memory that others reach.
//!
//! **Strings.** The runtime functions that convert and concatenate strings take a buffer for short
//! results. A call whose result does not leak gets one, under the rule for loops. The result of a
//! concatenation may be an operand, but one on the stack only if the call has a buffer: then neither outlives
//! the frame.
//!
//! **Loops.** An allocation in a loop makes an object per iteration, a slot is one. It becomes a slot
//! only if its pointer is neither stored in memory nor passed to a block as an argument, so that no
//! iteration can see the object of an earlier one.
//!
//! **Objects that stay on the heap** though they do not leak, of a loop or too large for the frame: they cannot point
//! into the frame, so what is stored in them leaks.
//!
//! **Integers.** A pointer converted to an integer leaks unless the integer is only converted back, which gives the same
//! pointer, or xored with something first, which hides it (`abi.NoEscape`), or passed to a function that keeps its
//! operands alive (`//go:uintptrkeepalive`), which runs without a stack check. An integer that is loaded and made a
//! pointer may have been stored as one: `unsafe.Pointer(header.Data)`.
//!
//! **Deferred calls** that are kept in the frame are stored in the defer state slot: a closure that is stored there is
//! called before the frame ends, and no more. What becomes of its captures follows from the function it calls.
//!
//! **Invariant:** nothing leaks through what is not listed here: an instruction that this file does
//! not know makes its operands leak.

use crate::callgraph::bottom_up;
use grus_ir::{
    Block, DataObject, Escape, Function, Inst, InstData, ParamEscape, Program, RelocKind, SlotData, Sym, Ty,
    Value,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// The largest object that becomes a slot.
const MAX_OBJECT: u64 = 8 << 10;
/// The most bytes that a frame grows by.
const MAX_FRAME: u64 = 64 << 10;

/// Functions of the runtime whose first argument is a buffer that a result may lie in, with its size.
const BUFFERS: &[(&str, u32)] = &[
    ("runtime.slicebytetostring", 32),
    ("runtime.slicerunetostring", 32),
    ("runtime.stringtoslicebyte", 32),
    ("runtime.stringtoslicerune", 128),
    ("runtime.intstring", 4),
    ("runtime.concatstring2", 32),
    ("runtime.concatstring3", 32),
    ("runtime.concatstring4", 32),
    ("runtime.concatstring5", 32),
    ("runtime.concatstrings", 32),
];

/// Leaves of the runtime archive that keep nothing of their arguments and return no pointer. They may stand in for
/// Go functions of the same name.
const LEAVES: &[&str] = &[
    "runtime.memequal",
    "runtime.memclrNoHeapPointers",
    "internal/bytealg.IndexByte",
    "internal/bytealg.IndexByteString",
    "internal/bytealg.Count",
    "internal/bytealg.CountString",
    "internal/bytealg.Compare",
    "internal/runtime/maps.memHash32AES",
    "internal/runtime/maps.memHash64AES",
    "internal/runtime/maps.memHashAES",
    "internal/chacha8rand.block",
    "crypto/internal/fips140/edwards25519/field.feSquare",
    "crypto/internal/fips140/edwards25519/field.feSquareN",
    "crypto/internal/fips140/nistec.p256OrdMul",
    "crypto/internal/fips140/nistec.p256OrdSqr",
];

/// Arguments of those: no function of the list has more.
const LEAF_PARAMS: usize = 8;

/// What callers may assume of a function.
struct Summary {
    params: Vec<ParamEscape>,
    /// The results that each parameter may be, as a set of bits.
    flows: Vec<u32>,
    uintptr_keepalive: bool,
}

impl Summary {
    /// Of a function that returns none of its parameters.
    fn of_params(params: Vec<ParamEscape>) -> Summary {
        Summary { params, flows: Vec::new(), uintptr_keepalive: false }
    }
}

/// Analyses all functions of a program and converts allocations.
pub fn run(program: &mut Program) {
    let pointers = PointerMasks::new(program);
    let buffers: FxHashMap<Sym, u32> =
        BUFFERS.iter().map(|&(name, size)| (program.symbols.intern(name), size)).collect();
    let mut summaries: FxHashMap<Sym, Summary> = FxHashMap::default();
    for name in LEAVES {
        let params = vec![ParamEscape::NoEscape; LEAF_PARAMS];
        summaries.insert(program.symbols.intern(name), Summary::of_params(params));
    }
    let memmove = program.symbols.intern("runtime.memmove");
    for (sym, params) in &program.extern_escapes {
        summaries.insert(*sym, Summary::of_params(params.clone()));
    }
    let Program { funcs, symbols, .. } = program;
    bottom_up(
        funcs,
        symbols,
        &mut summaries,
        |summaries, func| {
            let mut analysis = Analysis::new(func, summaries, &buffers, memmove);
            analysis.constraints();
            let local = analysis.local_allocations(&pointers);
            let (mut params, flows) = analysis.param_escapes();
            for inst in local {
                match func.insts[inst] {
                    InstData::Call { callee, .. } => give_buffer(func, inst, buffers[&callee]),
                    _ => convert(func, inst, &pointers),
                }
            }
            for ((have, found), &flow) in func.param_escapes.iter_mut().zip(&mut params).zip(&flows) {
                if *have != ParamEscape::Unknown {
                    *found = *have;
                } else if flow == 0 {
                    *have = *found;
                }
            }
            Summary { params, flows, uintptr_keepalive: func.attrs.uintptr_keepalive }
        },
        |summaries, func, summary| {
            summaries.insert(func, summary);
        },
    );
}

/// The size of the slot that an allocation can become.
fn slot_size(data: &InstData, pointers: &PointerMasks) -> Option<u64> {
    let (desc, size, align) = match *data {
        InstData::New { desc, size, align, .. } => (desc, size, align),
        InstData::Closure { desc, size, .. } => (desc, size, 8),
        _ => return None,
    };
    (size != 0 && size <= MAX_OBJECT && align <= 16 && pointers.of(desc).is_some()).then_some(size)
}

/// Makes an allocation a slot.
fn convert(func: &mut Function, inst: Inst, pointers: &PointerMasks) {
    let (desc, size, align) = match func.insts[inst] {
        InstData::New { desc, size, align, .. } => (desc, size, align),
        InstData::Closure { desc, size, .. } => (desc, size, 8),
        _ => unreachable!("an allocation"),
    };
    let ptr_words = pointers.of(desc).expect("the allocation can become a slot").clone();
    let slot = func.slots.push(SlotData {
        size: size as u32,
        align: align.max(8),
        ptr_words,
        frame_set: false,
        name: None,
    });
    match &mut func.insts[inst] {
        InstData::New { escape, .. } | InstData::Closure { escape, .. } => *escape = Escape::Stack(slot),
        _ => {}
    }
}

/// Makes a slot the buffer of a call.
fn give_buffer(func: &mut Function, inst: Inst, size: u32) {
    let slot =
        func.slots.push(SlotData { size, align: 8, ptr_words: Vec::new(), frame_set: false, name: None });
    let addr = func.new_inst(InstData::SlotAddr { slot, off: 0 }, &[Ty::Ptr], func.inst_locs[inst]);
    let buf = func.result(addr);
    let InstData::Call { mut args, .. } = func.insts[inst] else { unreachable!("a call") };
    args.as_mut_slice(&mut func.pool)[0] = buf;
    let block = func.layout.iter().copied().find(|&b| func.blocks[b].insts.contains(&inst));
    let list = &mut func.blocks[block.expect("the call is in a block")].insts;
    let at = list.iter().position(|&i| i == inst).expect("the call is in the block");
    list.insert(at, addr);
}

/// Reads the pointer words of types from their descriptors.
struct PointerMasks {
    words: FxHashMap<Sym, Vec<u32>>,
}

impl PointerMasks {
    fn new(program: &Program) -> PointerMasks {
        let datas: FxHashMap<Sym, &DataObject> = program.datas.iter().map(|d| (d.sym, d)).collect();
        let mut wanted = FxHashSet::default();
        for f in &program.funcs {
            for data in f.insts.values() {
                if let InstData::New { desc, .. } | InstData::Closure { desc, .. } = data {
                    wanted.insert(*desc);
                }
            }
        }
        let words = wanted.into_iter().filter_map(|s| Some((s, read_mask(&datas, s)?))).collect();
        PointerMasks { words }
    }

    fn of(&self, desc: Sym) -> Option<&Vec<u32>> {
        self.words.get(&desc)
    }
}

/// Offsets of the pointer words of the type that `desc` describes (`abi.Type`: PtrBytes at 8, TFlag at
/// 20, GCData at 32).
fn read_mask(datas: &FxHashMap<Sym, &DataObject>, desc: Sym) -> Option<Vec<u32>> {
    const GC_MASK_ON_DEMAND: u8 = 16;
    let d = datas.get(&desc)?;
    let ptr_bytes = u64::from_le_bytes(d.bytes.get(8..16)?.try_into().ok()?);
    if ptr_bytes == 0 {
        return Some(Vec::new());
    }
    if d.bytes.get(20)? & GC_MASK_ON_DEMAND != 0 {
        return None;
    }
    let r = d.relocs.iter().find(|r| r.offset == 32 && r.kind == RelocKind::Abs64)?;
    let mask = &datas.get(&r.sym)?.bytes;
    let words = (0..ptr_bytes / 8).filter(|w| {
        let byte = mask.get((*w / 8) as usize).copied().unwrap_or(0);
        byte >> (w % 8) & 1 != 0
    });
    Some(words.map(|w| w as u32 * 8).collect())
}

/// A group of pointers that may be equal.
#[derive(Clone, Copy, Default)]
struct Node {
    /// The node that this one was merged into, or itself.
    parent: u32,
    /// What is stored in the memory that the pointers point to.
    pointee: Option<u32>,
    /// A pointer goes where it cannot be followed, or is returned.
    leaks: bool,
    /// A pointer goes where it cannot be followed, other than by being returned.
    escapes: bool,
    /// The results that the pointers are returned as, as a set of bits.
    returned: u32,
    /// The pointers lie in memory that others can reach.
    outside: bool,
    /// A pointer of the group was stored in memory.
    stored: bool,
    /// A pointer of the group is passed to a block.
    block_arg: bool,
}

struct Analysis<'f> {
    func: &'f Function,
    summaries: &'f FxHashMap<Sym, Summary>,
    buffers: &'f FxHashMap<Sym, u32>,
    memmove: Sym,
    nodes: Vec<Node>,
    of_value: FxHashMap<Value, u32>,
    of_slot: FxHashMap<grus_ir::Slot, u32>,
    params: Vec<Option<u32>>,
}

impl<'f> Analysis<'f> {
    fn new(
        func: &'f Function,
        summaries: &'f FxHashMap<Sym, Summary>,
        buffers: &'f FxHashMap<Sym, u32>,
        memmove: Sym,
    ) -> Analysis<'f> {
        Analysis {
            func,
            summaries,
            buffers,
            memmove,
            nodes: Vec::new(),
            of_value: FxHashMap::default(),
            of_slot: FxHashMap::default(),
            params: Vec::new(),
        }
    }

    // ---- nodes ----

    fn new_node(&mut self) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Node { parent: id, ..Node::default() });
        id
    }

    fn find(&mut self, mut n: u32) -> u32 {
        while self.nodes[n as usize].parent != n {
            let up = self.nodes[n as usize].parent;
            self.nodes[n as usize].parent = self.nodes[up as usize].parent;
            n = up;
        }
        n
    }

    fn node(&mut self, v: Value) -> u32 {
        let v = self.func.resolve(v);
        if let Some(&n) = self.of_value.get(&v) {
            return self.find(n);
        }
        let n = self.new_node();
        self.of_value.insert(v, n);
        n
    }

    fn pointee(&mut self, n: u32) -> u32 {
        let n = self.find(n);
        if let Some(p) = self.nodes[n as usize].pointee {
            return self.find(p);
        }
        let p = self.new_node();
        self.nodes[n as usize].pointee = Some(p);
        p
    }

    fn unify(&mut self, a: u32, b: u32) {
        let mut work = vec![(a, b)];
        while let Some((a, b)) = work.pop() {
            let (a, b) = (self.find(a), self.find(b));
            if a == b {
                continue;
            }
            let from = self.nodes[b as usize];
            self.nodes[b as usize].parent = a;
            let to = &mut self.nodes[a as usize];
            to.leaks |= from.leaks;
            to.escapes |= from.escapes;
            to.returned |= from.returned;
            to.outside |= from.outside;
            to.stored |= from.stored;
            to.block_arg |= from.block_arg;
            match (to.pointee, from.pointee) {
                (Some(p), Some(q)) => work.push((p, q)),
                (None, q) => to.pointee = q,
                _ => {}
            }
        }
    }

    fn leak(&mut self, v: Value) {
        if self.func.ty(v) == Ty::Ptr {
            let n = self.node(v);
            self.leak_node(n);
        }
    }

    fn leak_node(&mut self, n: u32) {
        let n = &mut self.nodes[n as usize];
        n.leaks = true;
        n.escapes = true;
    }

    /// A pointer from elsewhere: what it points to can be reached by others.
    fn foreign(&mut self, n: u32) {
        let p = self.pointee(n);
        self.nodes[p as usize].outside = true;
    }

    // ---- constraints ----

    fn constraints(&mut self) {
        for i in 0..self.func.params().len() {
            let p = self.func.params()[i];
            let n = (self.func.ty(p) == Ty::Ptr).then(|| {
                let n = self.node(p);
                self.foreign(n);
                n
            });
            self.params.push(n);
        }
        for b in self.func.layout.clone() {
            for i in 0..self.func.blocks[b].insts.len() {
                self.instruction(self.func.blocks[b].insts[i]);
            }
        }
    }

    fn is_ptr(&self, v: Value) -> bool {
        self.func.ty(v) == Ty::Ptr
    }

    /// `to` may be the same pointer as `from`.
    fn same(&mut self, to: Value, from: Value) {
        if self.is_ptr(to) && self.is_ptr(from) {
            let (a, b) = (self.node(to), self.node(from));
            self.unify(a, b);
        }
    }

    fn store(&mut self, val: Value, addr: Value) {
        if self.is_ptr(val) {
            let a = self.node(addr);
            let p = self.pointee(a);
            let v = self.node(val);
            self.unify(p, v);
            let p = self.find(p);
            self.nodes[p as usize].stored = true;
        }
    }

    fn load(&mut self, to: Value, addr: Value) {
        if self.is_ptr(to) {
            let a = self.node(addr);
            let p = self.pointee(a);
            let v = self.node(to);
            self.unify(p, v);
        }
    }

    /// What is stored at `src` is stored at `dst`, too.
    fn copy(&mut self, dst: Value, src: Value) {
        let (d, s) = (self.node(dst), self.node(src));
        let (d, s) = (self.pointee(d), self.pointee(s));
        self.unify(d, s);
        let d = self.find(d);
        self.nodes[d as usize].stored = true;
    }

    fn slot(&mut self, slot: grus_ir::Slot) -> u32 {
        match self.of_slot.get(&slot) {
            Some(&n) => self.find(n),
            None => {
                let n = self.new_node();
                self.of_slot.insert(slot, n);
                n
            }
        }
    }

    fn instruction(&mut self, inst: Inst) {
        let func = self.func;
        let results = func.inst_results(inst);
        match &func.insts[inst] {
            InstData::Iconst { .. }
            | InstData::Fconst { .. }
            | InstData::GetG
            | InstData::Unary { .. }
            | InstData::Binary { .. }
            | InstData::Icmp { .. }
            | InstData::Fcmp { .. }
            | InstData::Fma { .. }
            | InstData::NilCheck { .. }
            | InstData::BoundsCheck { .. }
            | InstData::KeepAlive { .. }
            | InstData::Prefetch { .. }
            | InstData::MemZero { .. }
            | InstData::Unreachable
            | InstData::New { .. } => {}
            InstData::Convert { op, arg, .. } => match op {
                grus_ir::ConvOp::PtrToInt if self.integer_leaks(results[0]) => self.leak(*arg),
                grus_ir::ConvOp::IntToPtr => {
                    let n = self.node(results[0]);
                    self.foreign(n);
                    self.made_from(results[0], *arg);
                }
                _ => {}
            },
            InstData::SymAddr { .. } => {
                let n = self.node(results[0]);
                self.foreign(n);
            }
            InstData::SlotAddr { slot, .. } => {
                let (a, b) = (self.slot(*slot), self.node(results[0]));
                self.unify(a, b);
            }
            InstData::Select { args } => {
                self.same(results[0], args[1]);
                self.same(results[0], args[2]);
            }
            InstData::PtrAdd { base, .. } | InstData::PtrAddImm { base, .. } => self.same(results[0], *base),
            InstData::Load { addr, .. } | InstData::AtomicLoad { addr, .. } => self.load(results[0], *addr),
            InstData::Store { val, addr, .. }
            | InstData::StoreWb { val, addr, .. }
            | InstData::AtomicStore { val, addr } => self.store(*val, *addr),
            InstData::AtomicRmw { addr, val, .. } => {
                self.store(*val, *addr);
                self.load(results[0], *addr);
            }
            InstData::AtomicCas { addr, old, new } => {
                self.store(*new, *addr);
                self.same(*old, *new);
            }
            InstData::SlotLoad { slot, .. } if self.is_defer_state(*slot) => self.foreign_results(results),
            InstData::SlotStore { val, slot, .. } if self.is_defer_state(*slot) => {
                if self.is_ptr(*val) {
                    self.deferred(*val);
                }
            }
            InstData::SlotLoad { slot, .. } if self.is_ptr(results[0]) => {
                let s = self.slot(*slot);
                let p = self.pointee(s);
                let v = self.node(results[0]);
                self.unify(p, v);
            }
            InstData::SlotLoad { .. } => {}
            InstData::SlotStore { val, slot, .. } => {
                if self.is_ptr(*val) {
                    let s = self.slot(*slot);
                    let p = self.pointee(s);
                    let v = self.node(*val);
                    self.unify(p, v);
                    let p = self.find(p);
                    self.nodes[p as usize].stored = true;
                }
            }
            InstData::MemCopy { dst, src, .. } => self.copy(*dst, *src),
            InstData::Call { callee, args, .. } if *callee == self.memmove => {
                let args = args.as_slice(&func.pool);
                self.copy(args[0], args[1]);
            }
            InstData::Closure { captures, .. } => {
                for &c in captures.as_slice(&func.pool) {
                    self.store(c, results[0]);
                }
            }
            InstData::Call { callee, args, .. } => {
                let summaries = self.summaries;
                let summary = summaries.get(callee);
                for (i, &a) in args.as_slice(&func.pool).iter().enumerate() {
                    if !self.is_ptr(a) {
                        continue;
                    }
                    let escape = match self.buffers.contains_key(callee) {
                        // They copy, unless the result cannot outlive the operands.
                        true => ParamEscape::NoEscape,
                        false => summary.and_then(|s| s.params.get(i)).copied().unwrap_or_default(),
                    };
                    self.passed(a, escape);
                    let flow = summary.and_then(|s| s.flows.get(i)).copied().unwrap_or_default();
                    for (r, &result) in results.iter().enumerate() {
                        if flow >> r & 1 != 0 {
                            self.same(result, a);
                        }
                    }
                }
                self.foreign_results(results);
            }
            InstData::CallIndirect { args, .. } => {
                for &a in args.as_slice(&func.pool) {
                    self.leak(a);
                }
                self.foreign_results(results);
            }
            InstData::Return { args } => {
                for (i, &a) in args.as_slice(&func.pool).iter().enumerate() {
                    if !self.is_ptr(a) {
                        continue;
                    }
                    let n = self.node(a);
                    match 1u32.checked_shl(i as u32) {
                        Some(bit) => {
                            let n = &mut self.nodes[n as usize];
                            n.leaks = true;
                            n.returned |= bit;
                        }
                        None => self.leak_node(n),
                    }
                }
            }
            InstData::Jump { .. }
            | InstData::Brif { .. }
            | InstData::Switch { .. }
            | InstData::DeferEnter { .. } => {
                for t in func.targets(inst) {
                    let args = t.args.as_slice(&func.pool);
                    for (&p, &a) in func.blocks[t.block].params.iter().zip(args) {
                        self.same(p, a);
                        if self.is_ptr(p) {
                            let n = self.node(p);
                            self.nodes[n as usize].block_arg = true;
                        }
                    }
                }
            }
        }
    }

    fn is_defer_state(&self, slot: grus_ir::Slot) -> bool {
        self.func.defer.is_some_and(|d| d.state == slot)
    }

    /// A func value that the frame calls before it ends.
    fn deferred(&mut self, closure: Value) {
        let func = self.func;
        let code = match func.def_inst(closure).map(|i| &func.insts[i]) {
            Some(InstData::Closure { code, .. }) => code,
            _ => return self.leak(closure),
        };
        let summaries = self.summaries;
        let context = summaries.get(code).and_then(|s| s.params.first()).copied().unwrap_or_default();
        self.passed(closure, context);
    }

    /// A pointer is passed to a function that treats it in this way.
    fn passed(&mut self, v: Value, escape: ParamEscape) {
        if escape == ParamEscape::Unknown {
            return self.leak(v);
        }
        // The callee may store pointers from elsewhere in the memory.
        let n = self.node(v);
        let p = self.pointee(n);
        self.foreign(p);
        if escape == ParamEscape::ContentEscapes {
            self.leak_node(p);
        }
    }

    fn foreign_results(&mut self, results: &[Value]) {
        for &r in results {
            if self.is_ptr(r) {
                let n = self.node(r);
                self.foreign(n);
            }
        }
    }

    /// A pointer made from an integer may be the one that the integer was made from, or that lies in the memory which
    /// the integer was loaded from (`reflect.SliceHeader.Data`).
    fn made_from(&mut self, pointer: Value, integer: Value) {
        let func = self.func;
        let mut seen: FxHashSet<Value> = FxHashSet::default();
        let mut work = vec![integer];
        while let Some(v) = work.pop() {
            let v = func.resolve(v);
            let Some(inst) = func.def_inst(v).filter(|_| seen.insert(v)) else { continue };
            match func.insts[inst] {
                InstData::Convert { op: grus_ir::ConvOp::PtrToInt, arg, .. } => self.same(pointer, arg),
                // This is how the pointer is hidden.
                InstData::Binary { op: grus_ir::BinaryOp::Xor, .. } => {}
                InstData::Binary { args, .. } => work.extend(args),
                InstData::Unary { arg, .. } | InstData::Convert { arg, .. } => work.push(arg),
                InstData::Select { args: [_, x, y] } => work.extend([x, y]),
                InstData::Load { addr, .. } | InstData::AtomicLoad { addr, .. } => self.load(pointer, addr),
                InstData::SlotLoad { slot, .. } => {
                    let s = self.slot(slot);
                    let p = self.pointee(s);
                    let v = self.node(pointer);
                    self.unify(p, v);
                }
                _ => {}
            }
        }
    }

    /// Whether an integer made from a pointer goes anywhere but into arithmetic and back.
    fn integer_leaks(&self, v: Value) -> bool {
        let func = self.func;
        let mut derived: FxHashSet<Value> = FxHashSet::default();
        derived.insert(v);
        // What is no longer the address itself: converted back it is a pointer that the analysis does not follow.
        let mut computed: FxHashSet<Value> = FxHashSet::default();
        // Uses may stand before definitions in block order; repeat until nothing is added.
        loop {
            let before = derived.len() + computed.len();
            for &b in &func.layout {
                for &inst in &func.blocks[b].insts {
                    let mut uses = false;
                    func.for_each_use(inst, |u| uses |= derived.contains(&func.resolve(u)));
                    if !uses {
                        continue;
                    }
                    match &func.insts[inst] {
                        InstData::Convert { op: grus_ir::ConvOp::IntToPtr, arg, .. }
                            if computed.contains(&func.resolve(*arg)) =>
                        {
                            return true;
                        }
                        InstData::Binary { .. } | InstData::Unary { .. } | InstData::Select { .. } => {
                            derived.extend(func.inst_results(inst));
                            let hides = matches!(
                                func.insts[inst],
                                InstData::Binary { op: grus_ir::BinaryOp::Xor, .. }
                            );
                            let mut again = !hides;
                            func.for_each_use(inst, |u| again |= computed.contains(&func.resolve(u)));
                            if again {
                                computed.extend(func.inst_results(inst));
                            }
                        }
                        InstData::Convert { op, arg, .. } if *op != grus_ir::ConvOp::IntToPtr => {
                            derived.extend(func.inst_results(inst));
                            if computed.contains(&func.resolve(*arg)) {
                                computed.extend(func.inst_results(inst));
                            }
                        }
                        // A condition tells nothing; an argument of the target is another value.
                        InstData::Brif { then, els, .. } => {
                            let args = [then, els].into_iter().flat_map(|t| t.args.as_slice(&func.pool));
                            if args.into_iter().any(|&a| derived.contains(&func.resolve(a))) {
                                return true;
                            }
                        }
                        InstData::Convert { .. } | InstData::Icmp { .. } | InstData::BoundsCheck { .. } => {}
                        InstData::Call { callee, .. }
                            if self.summaries.get(callee).is_some_and(|s| s.uintptr_keepalive) => {}
                        _ => return true,
                    }
                }
            }
            if derived.len() + computed.len() == before {
                return false;
            }
        }
    }

    // ---- results ----

    /// What is reached through leaking pointers leaks; what is stored in memory that others reach
    /// leaks.
    fn propagate(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for i in 0..self.nodes.len() as u32 {
                if self.find(i) != i {
                    continue;
                }
                let n = &mut self.nodes[i as usize];
                if n.outside && n.stored && !n.escapes {
                    n.leaks = true;
                    n.escapes = true;
                    changed = true;
                }
                let (leaks, escapes, outside, pointee) = (n.leaks, n.escapes, n.outside, n.pointee);
                if let Some(p) = pointee.filter(|_| leaks || outside) {
                    let p = self.find(p);
                    let p = &mut self.nodes[p as usize];
                    if (leaks && !p.leaks) || (escapes && !p.escapes) || !p.outside {
                        p.leaks |= leaks;
                        p.escapes |= escapes;
                        p.outside = true;
                        changed = true;
                    }
                }
            }
        }
    }

    /// What becomes of each parameter, and the results that it may be.
    fn param_escapes(&mut self) -> (Vec<ParamEscape>, Vec<u32>) {
        let params = self.params.clone();
        let of = |n: Option<u32>| n.map_or((ParamEscape::Unknown, 0), |n| self.param_escape(n));
        params.into_iter().map(of).unzip()
    }

    /// Whether the pointer or anything reached through it leaks.
    fn param_escape(&mut self, n: u32) -> (ParamEscape, u32) {
        let n = self.find(n);
        let Node { outside, escapes, returned, mut pointee, .. } = self.nodes[n as usize];
        if outside || escapes {
            return (ParamEscape::Unknown, 0);
        }
        let mut seen = FxHashSet::default();
        while let Some(p) = pointee {
            let p = self.find(p);
            let node = self.nodes[p as usize];
            // What is returned of the content is a pointer of its own, not this parameter. (In a list, the content
            // is the parameter's own node.)
            if node.escapes || node.returned != 0 {
                return (ParamEscape::ContentEscapes, returned);
            }
            if !seen.insert(p) {
                break;
            }
            pointee = node.pointee;
        }
        (ParamEscape::NoEscape, returned)
    }

    /// Allocations whose objects stay in the frame. What the other objects point to leaks, whether they leak themselves
    /// or not.
    fn local_allocations(&mut self, pointers: &PointerMasks) -> Vec<Inst> {
        let func = self.func;
        let in_loop = blocks_in_loops(func);
        let insts = func.layout.iter().flat_map(|&b| func.blocks[b].insts.iter().map(move |&i| (b, i)));
        let mut candidates: Vec<(Block, Inst)> = insts
            .filter(|&(_, inst)| match &func.insts[inst] {
                InstData::New { escape: Escape::Heap, .. }
                | InstData::Closure { escape: Escape::Heap, .. } => true,
                InstData::Call { callee, args, .. } if self.buffers.contains_key(callee) => {
                    let buf = args.as_slice(&func.pool)[0];
                    func.as_const(func.resolve(buf)) == Some(0)
                }
                _ => false,
            })
            .collect();
        loop {
            self.propagate();
            let (mut budget, mut rejected) = (MAX_FRAME, false);
            candidates.retain(|&(b, inst)| {
                let data = &func.insts[inst];
                let n = self.node(func.inst_results(inst)[0]);
                let node = self.nodes[n as usize];
                if node.leaks || node.outside {
                    return false;
                }
                let many = in_loop.contains(&b) && (node.stored || node.block_arg);
                let size = match data {
                    InstData::Call { callee, .. } => Some(u64::from(self.buffers[callee])),
                    _ => slot_size(data, pointers),
                };
                if let Some(size) = size.filter(|&size| !many && size <= budget && !func.attrs.nosplit) {
                    budget -= size;
                    return true;
                }
                if !matches!(data, InstData::Call { .. }) {
                    self.foreign(n);
                    rejected = true;
                }
                false
            });
            if !rejected {
                break;
            }
        }
        candidates.into_iter().map(|(_, inst)| inst).collect()
    }
}

/// Blocks from which control can come back to them: members of strongly connected components with a
/// cycle (Tarjan).
fn blocks_in_loops(func: &Function) -> FxHashSet<Block> {
    let mut index: FxHashMap<Block, (u32, u32)> = FxHashMap::default();
    let mut on_stack: FxHashSet<Block> = FxHashSet::default();
    let mut stack = Vec::new();
    let mut found = FxHashSet::default();
    let successors = |b: Block| -> Vec<Block> {
        func.terminator(b).map_or(Vec::new(), |t| func.targets(t).iter().map(|t| t.block).collect())
    };
    let mut next = 0;
    let mut walk = vec![(func.entry(), successors(func.entry()), true)];
    while let Some((b, succ, first)) = walk.last_mut() {
        let b = *b;
        if std::mem::replace(first, false) {
            index.insert(b, (next, next));
            next += 1;
            stack.push(b);
            on_stack.insert(b);
        }
        if let Some(s) = succ.pop() {
            if s == b {
                found.insert(b);
            }
            match index.get(&s) {
                None => {
                    let list = successors(s);
                    walk.push((s, list, true));
                }
                Some(&(i, _)) if on_stack.contains(&s) => {
                    let low = &mut index.get_mut(&b).expect("visited").1;
                    *low = (*low).min(i);
                }
                _ => {}
            }
            continue;
        }
        let (i, low) = index[&b];
        walk.pop();
        if let Some((parent, ..)) = walk.last() {
            let up = &mut index.get_mut(parent).expect("visited").1;
            *up = (*up).min(low);
        }
        if i == low {
            let at = stack.iter().rposition(|&s| s == b).expect("on the stack");
            let component = stack.split_off(at);
            for c in &component {
                on_stack.remove(c);
            }
            if component.len() > 1 {
                found.extend(component);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use grus_ir::parse::parse;
    use grus_ir::{DataReloc, PtrWords, Section};

    /// A program with a descriptor `type:T` of a two-word type whose second word is a pointer.
    fn analysed(text: &str) -> Program {
        let mut program = Program::default();
        program.funcs = parse(text, &program.symbols).expect("valid text");
        let (desc, mask) = (program.symbols.intern("type:T"), program.symbols.intern("mask"));
        let mut bytes = vec![0u8; 48];
        bytes[0] = 16;
        bytes[8] = 16;
        let data = |sym, bytes: Vec<u8>, relocs| DataObject {
            sym,
            section: Section::RoData,
            align: 8,
            size: bytes.len() as u64,
            bytes,
            relocs,
            ptr_words: PtrWords::None,
        };
        let reloc = DataReloc { offset: 32, kind: RelocKind::Abs64, sym: mask, addend: 0 };
        program.datas.push(data(desc, bytes, vec![reloc]));
        program.datas.push(data(mask, vec![2, 0, 0, 0, 0, 0, 0, 0], Vec::new()));
        run(&mut program);
        for f in &program.funcs {
            grus_ir::verify::assert_valid(f, &program.symbols, "escape");
        }
        program
    }

    /// How many allocations of the last function became slots.
    fn slots(text: &str) -> usize {
        analysed(text).funcs.last().expect("a function").slots.len()
    }

    const NEW: &str = "new @type:T size 16 align 8";

    #[test]
    fn an_object_that_is_only_read_and_written_stays() {
        let p = analysed(&format!(
            "func @f (i64) -> (i64) {{\nb0(v0: i64):\nv1 = {NEW}\nstore v0, v1\nv2 = load.i64 v1\nreturn v2\n}}"
        ));
        assert_eq!(p.funcs[0].slots.values().next().map(|s| s.ptr_words.clone()), Some(vec![8]));
    }

    #[test]
    fn returned_stored_and_passed_objects_escape() {
        for body in [
            "return v1",
            "v2 = symaddr @g\nstorewb v1, v2\nreturn v0",
            "storewb v1, v0\nreturn v0",
            "call @unknown(v1) : (ptr) -> ()\nreturn v0",
            "v2 = ptradd_imm v1 8\nreturn v2",
            "v2 = ptrtoint.i64 v1\nv3 = symaddr @g\nstore v2, v3\nreturn v0",
            // Stored in an object that escapes itself.
            "v2 = new @type:T size 16 align 8\nstorewb v1, v2+8\nreturn v2",
        ] {
            let text = format!("func @f (ptr) -> (ptr) {{\nb0(v0: ptr):\nv1 = {NEW}\n{body}\n}}");
            assert_eq!(slots(&text), 0, "{body}");
        }
    }

    #[test]
    fn callees_that_keep_nothing_are_known() {
        let text = |callee: &str| {
            format!(
                "func @g (ptr) -> (i64) {{\nb0(v0: ptr):\n{callee}\n}}\n\
                 func @f () -> (i64) {{\nb0:\nv0 = {NEW}\nv1 = call @g(v0) : (ptr) -> (i64)\nreturn v1\n}}"
            )
        };
        assert_eq!(slots(&text("v1 = load.i64 v0\nreturn v1")), 1);
        assert_eq!(slots(&text("v1 = symaddr @x\nstorewb v0, v1\nv2 = load.i64 v0\nreturn v2")), 0);
    }

    #[test]
    fn integers_that_only_go_back_hide_nothing() {
        let text = format!(
            "func @f () -> (i64) {{\nb0:\nv0 = {NEW}\nv1 = ptrtoint.i64 v0\nv2 = iconst.i64 0\nv3 = xor v1, v2\n\
             v4 = inttoptr.ptr v3\nv5 = load.i64 v4\nreturn v5\n}}"
        );
        assert_eq!(slots(&text), 1);
    }

    #[test]
    fn what_a_receiver_holds_may_escape_alone() {
        let text = |callee: &str| {
            format!(
                "func @g (ptr, ptr) -> (ptr) {{\nb0(v0: ptr, v1: ptr):\n{callee}\n}}\n\
                 func @f (ptr) -> (ptr) {{\nb0(v0: ptr):\nv1 = {NEW}\n\
                 v2 = call @g(v1, v0) : (ptr, ptr) -> (ptr)\nreturn v2\n}}"
            )
        };
        assert_eq!(slots(&text("storewb v1, v0+8\nv2 = load.ptr v0+8\nreturn v2")), 1);
        assert_eq!(slots(&text("storewb v0, v0+8\nv2 = load.ptr v0+8\nreturn v2")), 0);
        assert_eq!(slots(&text("storewb v0, v1+8\nreturn v1")), 0);
    }

    #[test]
    fn what_is_returned_is_followed() {
        // g returns one of its parameters, or what it makes of them; f drops or returns g's result.
        let text = |callee: &str, end: &str| {
            format!(
                "func @g (ptr, ptr) -> (ptr) {{\nb0(v0: ptr, v1: ptr):\n{callee}\n}}\n\
                 func @f (ptr) -> (ptr) {{\nb0(v0: ptr):\nv1 = {NEW}\n\
                 v2 = call @g(v1, v0) : (ptr, ptr) -> (ptr)\n{end}\n}}"
            )
        };
        assert_eq!(slots(&text("return v0", "return v0")), 1);
        assert_eq!(slots(&text("return v0", "return v2")), 0);
        assert_eq!(slots(&text("return v0", "storewb v2, v0+8\nreturn v0")), 0);
        assert_eq!(slots(&text("return v1", "return v2")), 1);
        assert_eq!(slots(&text("v2 = ptradd_imm v0 8\nreturn v2", "v3 = load.i64 v2\nreturn v0")), 1);
        // In a new object; of two iterations.
        assert_eq!(slots(&text(&format!("v2 = {NEW}\nstorewb v0, v2+8\nreturn v2"), "return v0")), 0);
        let iterations = |end: &str| {
            format!(
                "func @g (ptr) -> (ptr) {{\nb0(v0: ptr):\nreturn v0\n}}\n\
                 func @f () -> () {{\nb0:\nv0 = iconst.ptr 0\njump b1(v0)\nb1(v1: ptr):\nv2 = {NEW}\n\
                 v3 = call @g(v2) : (ptr) -> (ptr)\nv4 = icmp eq v3, v1\nbrif v4, b1({end}), b2\nb2:\nreturn\n}}"
            )
        };
        assert_eq!(slots(&iterations("v1")), 1);
        assert_eq!(slots(&iterations("v3")), 0);
    }

    #[test]
    fn what_heap_objects_point_to_leaks() {
        let text = |size: u32, body: &str| {
            format!(
                "func @f (i8) -> () {{\nb0(v0: i8):\nv1 = {NEW}\njump b1\nb1:\n\
                 v2 = new @type:T size {size} align 8\n{body}\nbrif v0, b2, b3\nb2:\nreturn\nb3:\nreturn\n}}"
            )
        };
        assert_eq!(slots(&text(16, "storewb v1, v2+8")), 2);
        assert_eq!(slots(&text(16000, "storewb v1, v2+8")), 0);
        assert_eq!(slots(&text(16000, "store v0, v2")), 1);
        let looping = |body: &str| text(16, body).replace("b2, b3", "b1, b3").replace("b2:\nreturn\n", "");
        assert_eq!(slots(&looping("storewb v1, v2+8")), 2);
        assert_eq!(
            slots(&looping("storewb v1, v2+8\nv3 = new @type:T size 16 align 8\nstorewb v2, v3+8")),
            1
        );
    }

    #[test]
    fn what_is_loaded_and_returned_is_content() {
        // f stores an object in another one, of which g returns what it holds.
        let text = |end: &str| {
            format!(
                "func @g (ptr) -> (ptr) {{\nb0(v0: ptr):\nv1 = load.ptr v0+8\nreturn v1\n}}\n\
                 func @f () -> (ptr) {{\nb0:\nv0 = {NEW}\nv1 = {NEW}\nstorewb v1, v0+8\n\
                 v2 = call @g(v0) : (ptr) -> (ptr)\n{end}\n}}"
            )
        };
        assert_eq!(slots(&text("return v2")), 1);
    }

    #[test]
    fn short_strings_have_buffers() {
        let text = |end: &str| {
            format!(
                "func @f (ptr, i64) -> (ptr, i64) {{\nb0(v0: ptr, v1: i64):\nv2 = iconst.ptr 0\n\
                 v3, v4 = call @runtime.slicebytetostring(v2, v0, v1) : (ptr, ptr, i64) -> (ptr, i64)\n{end}\n}}"
            )
        };
        assert_eq!(slots(&text("v5 = load.i64 v3\nreturn v0, v5")), 1);
        assert_eq!(slots(&text("return v3, v4")), 0);
    }

    #[test]
    fn objects_of_different_iterations_are_kept_apart() {
        let text = format!(
            "func @f (i8) -> () {{\nb0(v0: i8):\nv1 = iconst.ptr 0\njump b1(v1)\nb1(v2: ptr):\nv3 = {NEW}\n\
             v4 = icmp eq v2, v3\nbrif v4, b1(v3), b2\nb2:\nreturn\n}}"
        );
        assert_eq!(slots(&text), 0);
        let text = format!(
            "func @f (i8) -> () {{\nb0(v0: i8):\njump b1\nb1:\nv3 = {NEW}\nv4 = load.i8 v3\nbrif v4, b1, b2\n\
             b2:\nreturn\n}}"
        );
        assert_eq!(slots(&text), 1);
    }
}
