//! What each instruction says about the pointers it has to do with.

use super::integers::Uses;
use super::solver::{FOREIGN, IN_MEMORY, LEAKED, LEVELS, NOTHING, PASSED, RESULTS, Root, Solver, WORLD};
use super::{Known, Names, Summary};
use crate::edit;
use cranelift_entity::SecondaryMap;
use grus_ir::{ConvOp, Escape, Function, Inst, InstData, ParamKind, Slot, Sym, Ty, Value, ValueList};
use rustc_hash::FxHashMap;

/// The most allocations and slots of a function that are followed; what lies in the others leaks.
const MAX_LOCALS: usize = 2048;

/// The analysis of one function.
pub(super) struct Analysis<'f> {
    pub(super) func: &'f Function,
    pub(super) summaries: &'f Known<'f>,
    names: &'f Names,
    pub(super) solver: Solver,
    /// The node of each value that has one, plus one.
    of_value: SecondaryMap<Value, u32>,
    /// The object of each slot, and the node of its address.
    slots: FxHashMap<Slot, (u32, u32)>,
    /// The objects of allocations, in the order of the layout.
    pub(super) allocations: Vec<(Inst, u32)>,
    /// What each object is allocated by, if it is an allocation.
    allocated_by: FxHashMap<u32, Inst>,
    /// How many objects can still be made.
    left: usize,
    params: Vec<Option<u32>>,
    /// The nodes of func values that are called.
    called: Vec<u32>,
    /// The closure context, if there is one.
    context: Option<Value>,
    /// The roots of captured variables, by their offsets in the closure.
    captures: FxHashMap<i64, (u32, u32)>,
    /// Made when the first integer is followed.
    pub(super) uses: Option<Uses>,
}

impl<'f> Analysis<'f> {
    pub fn new(func: &'f Function, summaries: &'f Known<'f>, names: &'f Names) -> Analysis<'f> {
        let insts = || func.layout.iter().flat_map(|&b| &func.blocks[b].insts);
        let context = (func.param_kinds.first() == Some(&ParamKind::Context)).then(|| func.params()[0]);
        let mut roots = func.params().len();
        let mut locals = func.slots.len();
        for &inst in insts() {
            match &func.insts[inst] {
                InstData::Load { addr, .. } if Some(edit::split_address(func, *addr, 0).0) == context => {
                    roots += 1
                }
                data => locals += usize::from(is_allocation(func, data, names)),
            }
        }
        Analysis {
            func,
            summaries,
            names,
            solver: Solver::new(locals.min(MAX_LOCALS), roots),
            of_value: SecondaryMap::new(),
            slots: FxHashMap::default(),
            allocations: Vec::new(),
            allocated_by: FxHashMap::default(),
            left: MAX_LOCALS,
            params: Vec::new(),
            called: Vec::new(),
            context,
            captures: FxHashMap::default(),
            uses: None,
        }
    }

    /// What the function does with its parameters and with what it has captured.
    pub fn summary(&self) -> Summary {
        let found = |r: Option<u32>| r.map_or(Root::LOST, |r| self.solver.found(r));
        let mut captures: Vec<(i64, Root)> =
            self.captures.iter().map(|(&off, &(root, _))| (off, self.solver.found(root))).collect();
        captures.sort_by_key(|c| c.0);
        Summary {
            params: self.params.iter().map(|&r| found(r)).collect(),
            captures,
            result_memory: self.func.param_kinds.iter().position(|&k| k == ParamKind::ResultPtr),
            uintptr_keepalive: self.func.attrs.uintptr_keepalive,
        }
    }

    /// The node of a value.
    pub fn node(&mut self, v: Value) -> u32 {
        let mut v = self.func.resolve(v);
        while let Some(inst) = self.func.def_inst(v) {
            match self.func.insts[inst] {
                InstData::PtrAdd { base, .. } | InstData::PtrAddImm { base, .. } => {
                    v = self.func.resolve(base)
                }
                InstData::SymAddr { .. } => return FOREIGN,
                InstData::SlotAddr { slot, .. } => return self.slot(slot).1,
                InstData::Iconst { .. } => return NOTHING,
                _ => break,
            }
        }
        match self.of_value[v] {
            0 => {
                let n = self.solver.node();
                self.of_value[v] = n + 1;
                n
            }
            n => n - 1,
        }
    }

    /// The node of a value that something else has given one already.
    pub fn known_node(&self, v: Value) -> Option<u32> {
        self.of_value[self.func.resolve(v)].checked_sub(1)
    }

    fn local(&mut self) -> u32 {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.solver.local()
            }
            None => WORLD,
        }
    }

    pub(super) fn slot(&mut self, slot: Slot) -> (u32, u32) {
        if let Some(&s) = self.slots.get(&slot) {
            return s;
        }
        let object = self.local();
        let address = self.solver.node();
        self.solver.has(address, object);
        self.slots.insert(slot, (object, address));
        (object, address)
    }

    fn allocation(&mut self, inst: Inst) {
        let object = self.local();
        let n = self.node(self.func.inst_results(inst)[0]);
        self.solver.has(n, object);
        if object != WORLD {
            self.allocations.push((inst, object));
            self.allocated_by.insert(object, inst);
        }
    }

    /// The object of an instruction's allocation.
    pub fn allocated_by(&self, object: u32) -> Option<Inst> {
        self.allocated_by.get(&object).copied()
    }

    /// All slots' objects.
    pub fn slot_objects(&self) -> impl Iterator<Item = u32> {
        self.slots.values().map(|s| s.0)
    }

    pub fn constraints(&mut self) {
        let func = self.func;
        for (i, &p) in func.params().iter().enumerate() {
            let root = (func.ty(p) == Ty::Ptr).then(|| {
                let (root, n) = self.solver.root(func.param_kinds[i] == ParamKind::ResultPtr);
                self.of_value[p] = n + 1;
                root
            });
            self.params.push(root);
        }
        for &b in &func.layout {
            for &inst in &func.blocks[b].insts {
                self.instruction(inst);
            }
        }
        self.solver.solve();
        self.called_objects();
    }

    /// A func value that is called. What that does to what it has captured is taken into account where it is made, if it
    /// is made by a closure instruction; other memory that is made to look like a func value leaks.
    fn called_objects(&mut self) {
        for n in std::mem::take(&mut self.called) {
            for o in 0..self.solver.objects() {
                let closure = |i: Inst| matches!(self.func.insts[i], InstData::Closure { .. });
                if self.solver.object_is_local(o)
                    && self.solver.contains(n, o)
                    && !self.allocated_by(o).is_some_and(closure)
                {
                    self.solver.has(LEAKED, o);
                }
            }
        }
        self.solver.solve();
    }

    fn is_ptr(&self, v: Value) -> bool {
        self.func.ty(v) == Ty::Ptr
    }

    fn leak(&mut self, v: Value) {
        if self.is_ptr(v) {
            let n = self.node(v);
            self.solver.copy(n, LEAKED);
        }
    }

    /// `to` may be the same pointer as `from`.
    pub(super) fn same(&mut self, to: Value, from: Value) {
        if self.is_ptr(to) && self.is_ptr(from) {
            let (to, from) = (self.node(to), self.node(from));
            self.solver.copy(from, to);
        }
    }

    fn store(&mut self, val: Value, addr: Value) {
        if self.is_ptr(val) {
            let (val, addr) = (self.node(val), self.node(addr));
            self.solver.store(addr, val);
        }
    }

    pub(super) fn load(&mut self, to: Value, addr: Value) {
        if self.is_ptr(to) {
            let (to, addr) = (self.node(to), self.node(addr));
            self.solver.load(addr, to);
        }
    }

    /// The offset of a captured variable, if that is what is loaded.
    fn captured(&self, addr: Value, off: i32) -> Option<i64> {
        let (base, off) = edit::split_address(self.func, addr, off.into());
        (Some(base) == self.context).then_some(off)
    }

    /// The node of the variable that has been captured at this offset.
    fn capture(&mut self, off: i64) -> u32 {
        if let Some(&(_, n)) = self.captures.get(&off) {
            return n;
        }
        let (root, n) = self.solver.root(false);
        self.captures.insert(off, (root, n));
        n
    }

    /// What is stored at `src` is stored at `dst`, too.
    fn memcopy(&mut self, dst: Value, src: Value) {
        let (dst, src, n) = (self.node(dst), self.node(src), self.solver.node());
        self.solver.load(src, n);
        self.solver.store(dst, n);
    }

    /// The results may be pointers to the world.
    fn foreign_results(&mut self, results: &[Value]) {
        for &r in results {
            if self.is_ptr(r) {
                let n = self.node(r);
                self.solver.copy(FOREIGN, n);
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
            | InstData::SymAddr { .. }
            | InstData::SlotAddr { .. }
            | InstData::PtrAdd { .. }
            | InstData::PtrAddImm { .. } => {}
            InstData::New { .. } => self.allocation(inst),
            InstData::Convert { op: ConvOp::PtrToInt, arg, .. } => {
                if self.integer_leaks(results[0]) {
                    self.leak(*arg);
                }
            }
            InstData::Convert { op: ConvOp::IntToPtr, arg, .. } => {
                self.foreign_results(results);
                self.made_from(results[0], *arg);
            }
            InstData::Convert { .. } => {}
            InstData::Select { args } => {
                self.same(results[0], args[1]);
                self.same(results[0], args[2]);
            }
            InstData::Load { ty: Ty::Ptr, addr, off, .. } if self.captured(*addr, *off).is_some() => {
                let off = self.captured(*addr, *off).expect("just found");
                let (n, to) = (self.capture(off), self.node(results[0]));
                self.solver.copy(n, to);
            }
            InstData::Load { addr, .. } | InstData::AtomicLoad { addr, .. } => self.load(results[0], *addr),
            InstData::Store { val, addr, .. }
            | InstData::StoreWb { val, addr, .. }
            | InstData::AtomicStore { val, addr } => self.store(*val, *addr),
            InstData::AtomicRmw { addr, val, .. } => {
                self.store(*val, *addr);
                self.load(results[0], *addr);
            }
            InstData::AtomicCas { addr, new, .. } => self.store(*new, *addr),
            InstData::SlotLoad { slot, .. } if self.is_defer_state(*slot) => self.foreign_results(results),
            InstData::SlotStore { val, slot, .. } if self.is_defer_state(*slot) => {
                // A func value that the frame calls before it ends: no more than any call of it.
                let known =
                    func.def_inst(*val).is_some_and(|i| matches!(func.insts[i], InstData::Closure { .. }));
                if !known {
                    self.leak(*val);
                }
            }
            InstData::SlotLoad { slot, .. } => {
                if self.is_ptr(results[0]) {
                    let (object, _) = self.slot(*slot);
                    let to = self.node(results[0]);
                    self.solver.copy(self.solver.content(object), to);
                }
            }
            InstData::SlotStore { val, slot, .. } => {
                if self.is_ptr(*val) {
                    let (_, address) = self.slot(*slot);
                    let val = self.node(*val);
                    self.solver.store(address, val);
                }
            }
            InstData::MemCopy { dst, src, .. } => self.memcopy(*dst, *src),
            InstData::Closure { code, captures, .. } => self.closure(inst, *code, captures),
            InstData::Call { callee, args, .. } => self.call(inst, *callee, args),
            InstData::CallIndirect { callee, args, .. } => {
                let args = args.as_slice(&func.pool);
                let context = self.called_func_value(*callee, args);
                for &a in &args[usize::from(context)..] {
                    self.leak(a);
                }
                if context {
                    let n = self.node(args[0]);
                    self.called.push(n);
                }
                self.foreign_results(results);
            }
            InstData::Return { args } => {
                for (i, &a) in args.as_slice(&func.pool).iter().enumerate() {
                    if self.is_ptr(a) {
                        let (n, result) = (self.node(a), self.solver.result(i));
                        self.solver.copy(n, result);
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
                    }
                }
            }
        }
    }

    fn is_defer_state(&self, slot: Slot) -> bool {
        self.func.defer.is_some_and(|d| d.state == slot)
    }

    /// Whether this is the call of a func value, which passes itself: the code is what its first word holds.
    fn called_func_value(&self, callee: Value, args: &[Value]) -> bool {
        let Some(&InstData::Load { addr, off: 0, .. }) =
            self.func.def_inst(callee).map(|i| &self.func.insts[i])
        else {
            return false;
        };
        args.first().is_some_and(|&a| self.func.resolve(a) == self.func.resolve(addr))
    }

    fn closure(&mut self, inst: Inst, code: Sym, captures: &ValueList) {
        let func = self.func;
        let closure = func.inst_results(inst)[0];
        self.allocation(inst);
        let n = self.node(closure);
        let summaries = self.summaries;
        let summary = summaries.get(code);
        let context = summary.and_then(|s| s.params.first()).copied().unwrap_or(Root::LOST);
        if context.leaks == 0 || context.flows[0] != 0 {
            self.solver.copy(n, LEAKED);
        }
        // Whoever calls it may store pointers to the world in what it has captured.
        self.solver.copy(n, PASSED);
        let lost_from = (1..LEVELS).find(|&l| context.leaks <= l || context.flows[usize::from(l)] != 0);
        let mut off = 8;
        for &c in captures.as_slice(&func.pool) {
            let size = func.ty(c).size();
            let at = u32::next_multiple_of(off, size);
            off = at + size;
            if !self.is_ptr(c) {
                continue;
            }
            let val = self.node(c);
            self.solver.store(n, val);
            let found = summary.and_then(|s| s.captures.iter().find(|c| c.0 == i64::from(at)));
            let mut root = found.map_or(Root::KEPT, |f| f.1);
            // A result of the func value is not followed.
            for (level, flow) in root.flows.iter().enumerate() {
                if *flow != 0 {
                    root.leaks = root.leaks.min(level as u8);
                }
            }
            root.flows = [0; LEVELS as usize];
            if let Some(l) = lost_from {
                root.leaks = root.leaks.min(l - 1);
            }
            self.passed(val, &root, &[], None);
        }
        if context.shuffled {
            self.passed(n, &Root { shuffled: true, ..Root::KEPT }, &[], None);
        }
    }

    fn call(&mut self, inst: Inst, callee: Sym, args: &ValueList) {
        let func = self.func;
        let results = func.inst_results(inst);
        let args = args.as_slice(&func.pool);
        if callee == self.names.memmove {
            return self.memcopy(args[0], args[1]);
        }
        if self.names.buffers.contains_key(&callee) {
            // They copy, unless the result cannot outlive the operands.
            if is_allocation(func, &func.insts[inst], self.names) {
                self.allocation(inst);
            }
            return self.foreign_results(results);
        }
        let summaries = self.summaries;
        let summary = summaries.get(callee);
        let memory = summary.and_then(|s| args.get(s.result_memory?).copied());
        for (i, &a) in args.iter().enumerate() {
            if self.is_ptr(a) {
                let root = summary.and_then(|s| s.params.get(i)).copied().unwrap_or(Root::LOST);
                let n = self.node(a);
                self.passed(n, &root, results, memory);
            }
        }
        self.foreign_results(results);
    }

    /// A pointer is passed to a function that treats it in this way.
    fn passed(&mut self, n: u32, root: &Root, results: &[Value], memory: Option<Value>) {
        if n == NOTHING || n == FOREIGN {
            // What the world holds is the world.
            return;
        }
        if root.leaks == 0 {
            return self.solver.copy(n, LEAKED);
        }
        self.solver.copy(n, PASSED);
        let deep = root.leaks < LEVELS || root.shuffled || root.flows[1..].iter().any(|&f| f != 0);
        let mut levels = [n; LEVELS as usize];
        if deep {
            for i in 1..levels.len() {
                levels[i] = self.solver.node();
                self.solver.load(levels[i - 1], levels[i]);
            }
            let last = levels[levels.len() - 1];
            self.solver.load(last, last);
        }
        for (i, &level) in levels.iter().enumerate() {
            if i >= usize::from(root.leaks) {
                self.solver.copy(level, LEAKED);
            }
            if i > 0 && root.shuffled {
                self.solver.store(n, level);
            }
            let flow = root.flows[i];
            for (r, &result) in results.iter().enumerate().take(RESULTS) {
                if flow >> r & 1 != 0 && self.is_ptr(result) {
                    let to = self.node(result);
                    self.solver.copy(level, to);
                }
            }
            if flow & IN_MEMORY != 0 {
                match memory {
                    Some(m) => {
                        let m = self.node(m);
                        self.solver.store(m, level);
                    }
                    None => self.solver.copy(level, LEAKED),
                }
            }
        }
    }

    /// The size of the buffer that a function takes.
    pub fn buffer_size(&self, callee: Sym) -> u32 {
        self.names.buffers[&callee]
    }

    /// Whether one object's memory may hold a pointer to another.
    pub fn holds(&self, outer: u32, inner: u32) -> bool {
        self.solver.contains(self.solver.content(outer), inner)
    }
}

/// Whether the instruction allocates an object that may become a slot.
pub(super) fn is_allocation(func: &Function, data: &InstData, names: &Names) -> bool {
    match data {
        InstData::New { escape: Escape::Heap, .. } | InstData::Closure { escape: Escape::Heap, .. } => true,
        InstData::Call { callee, args, .. } if names.buffers.contains_key(callee) => {
            let buf = args.as_slice(&func.pool)[0];
            func.as_const(func.resolve(buf)) == Some(0)
        }
        _ => false,
    }
}
