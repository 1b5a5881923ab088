//! Grus IR to CLIF.
//!
//! One CLIF block per IR block, visited in reverse postorder so that definitions come before uses; Go's operations are
//! expanded here, slow paths in cold blocks. Runtime functions that expansions call are named in
//! [`grus_ir::runtime_calls`].
//!
//! **Invariants** (the laws that keep copied stacks sound):
//! * Every value of type `ptr` that is not a constant or the address of a symbol is declared to the safepoint spiller,
//!   so that no call sees it anywhere but in a stack-mapped word (R3).
//! * The address of a slot *as a value* is one declared `stack_addr` per region (normal code, landing region), made at
//!   the region's start (R1), if anything is computed from it. Every other `stack_addr` is the argument of a call, or
//!   the address of a load or store (R2).
//! * No load is `readonly + notrap + can_move` (R7).
//! * The landing region uses no value of the normal region.
//!
//! Alias regions let reloads and slot accesses be forwarded across stores to the heap: the safepoint spiller's slots and
//! slots whose address is never taken have some each, everything else has one. Cranelift knows the last store to each
//! region only, so slots are spread over several; their number is bounded because analysis costs regions times blocks.

mod alloc;
mod arith;
mod atomic;
mod call;
mod check;
mod control;
mod convert;
mod hoist;
mod live;
mod mem;
mod nonnil;
mod slots;

use crate::abi;
use crate::isa::Target;
use crate::names::RuntimeNames;
use cranelift_codegen::ir::{
    self as clif, AliasRegion, AliasRegionData, ExternalName, GlobalValueData, InstBuilder, SourceLoc,
    UserExternalName,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_entity::{EntityRef, EntitySet, SecondaryMap, packed_option::PackedOption};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use grus_ir::{Block, Function, Inst, InstData, SigRef, Slot, Sym, Symbols, Ty, Value, cfg, loops::Loops};
use rustc_hash::FxHashMap;

/// What lowering of every function shares.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub target: &'a Target,
    pub symbols: &'a Symbols,
    pub names: &'a RuntimeNames,
}

/// What later steps need to know about a lowered function.
pub(crate) struct Lowered {
    /// The CLIF slot of each IR slot.
    pub slots: SecondaryMap<Slot, PackedOption<clif::StackSlot>>,
    /// The start of the landing region.
    pub landing: Option<clif::Block>,
    /// Slots from this one on were made by the safepoint spiller.
    pub first_spill_slot: u32,
    /// Slots that are scanned for as long as the frame exists.
    pub always: EntitySet<Slot>,
    /// Stack objects: scanned while a live pointer leads there.
    pub objects: EntitySet<Slot>,
    /// A pointer's bits are used as an integer somewhere: the checker cannot tell the two apart after optimisation.
    pub has_ptr_to_int: bool,
}

/// An instruction that stands in the CLIF function only while it is built.
enum Placeholder {
    /// A store that becomes a `PreserveAll` call of the write barrier stub: `(address, new value)`.
    Barrier(clif::Inst),
    /// A store that becomes a `PreserveAll` call of the stub that orders the stores before it and those after.
    Publish(clif::Inst),
    /// A store that only keeps its operand alive up to here; it is removed.
    KeepAlive(clif::Inst),
}

/// Namespace of [`UserExternalName`]s: the index is that of an IR symbol.
pub(crate) const NAMESPACE: u32 = 0;

/// Alias regions of a function, besides the spiller's.
struct Regions {
    memory: AliasRegion,
    /// By slot number modulo their count.
    slots: [AliasRegion; SLOT_REGIONS as usize],
}

const SPILL_REGIONS: u32 = 16;
const SLOT_REGIONS: u32 = 8;
const MEMORY_REGION: u32 = 1;
const FIRST_SLOT_REGION: u32 = 2;
const FIRST_SPILL_REGION: u32 = FIRST_SLOT_REGION + SLOT_REGIONS;

/// Which of the two disjoint parts of a function a block belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Region {
    Normal,
    Landing,
}

/// Lowers one function.
struct Lower<'a, 'b> {
    env: Env<'a>,
    ir: &'a Function,
    b: FunctionBuilder<'b>,
    values: SecondaryMap<Value, PackedOption<clif::Value>>,
    blocks: SecondaryMap<Block, PackedOption<clif::Block>>,
    slots: SecondaryMap<Slot, PackedOption<clif::StackSlot>>,
    /// The declared address of each slot, by region.
    slot_addrs: [SecondaryMap<Slot, PackedOption<clif::Value>>; 2],
    /// Slots whose address is a value somewhere.
    address_taken: EntitySet<Slot>,
    /// Slots from whose addresses values are computed.
    computed_with: EntitySet<Slot>,
    /// Which words of slots are alive at calls, and the calls.
    live: live::Live,
    spans: Vec<live::Span>,
    region: Region,
    alias: Regions,
    funcs: FxHashMap<(Sym, SigRef), clif::FuncRef>,
    runtime_funcs: FxHashMap<Sym, clif::FuncRef>,
    globals: FxHashMap<(Sym, i32), clif::GlobalValue>,
    sigs: SecondaryMap<SigRef, PackedOption<clif::SigRef>>,
    placeholders: Vec<Placeholder>,
    has_ptr_to_int: bool,
    nonnil: nonnil::NonNil,
    loops: Loops,
    /// Values of less than 32 bits that were loaded: the same with zeros up to 64 bits.
    extended: FxHashMap<clif::Value, clif::Value>,
    hoist: hoist::Hoist,
    /// Allocations whose fast path stands in the function.
    inline_allocs: EntitySet<Inst>,
}

/// Lowers `ir` into `func`, which must be empty.
pub(crate) fn lower(
    env: Env<'_>,
    ir: &Function,
    isa: &dyn TargetIsa,
    func: &mut clif::Function,
    fctx: &mut FunctionBuilderContext,
) -> Lowered {
    func.signature = abi::clif_sig(&ir.sig);
    let regions = &mut func.dfg.alias_regions;
    let alias = Regions {
        memory: alias_region(regions, MEMORY_REGION, "memory"),
        slots: std::array::from_fn(|i| alias_region(regions, FIRST_SLOT_REGION + i as u32, "slots")),
    };
    let mut b = FunctionBuilder::new(&mut *func, fctx);
    b.make_stack_map_alias_region(Box::new(|set, _, slot, _| {
        Some(alias_region(set, FIRST_SPILL_REGION + slot.as_u32() % SPILL_REGIONS, "spills"))
    }));
    let dominators = cfg::Dominators::new(ir);
    let loops = Loops::new(ir, &dominators);
    let mut lower = Lower {
        env,
        ir,
        b,
        values: SecondaryMap::new(),
        blocks: SecondaryMap::new(),
        slots: SecondaryMap::new(),
        slot_addrs: [SecondaryMap::new(), SecondaryMap::new()],
        address_taken: EntitySet::new(),
        computed_with: EntitySet::new(),
        live: live::Live::default(),
        spans: Vec::new(),
        region: Region::Normal,
        alias,
        funcs: FxHashMap::default(),
        runtime_funcs: FxHashMap::default(),
        globals: FxHashMap::default(),
        sigs: SecondaryMap::new(),
        placeholders: Vec::new(),
        has_ptr_to_int: false,
        nonnil: nonnil::NonNil::new(ir, dominators),
        extended: FxHashMap::default(),
        hoist: hoist::Hoist::new(ir, &loops, env.target.features.fma),
        inline_allocs: EntitySet::new(),
        loops,
    };
    lower.run();
    let first_spill_slot = lower.b.func.sized_stack_slots.len() as u32;
    let landing = ir.defer.map(|d| lower.block(d.landing));
    let [barrier, publish] = lower.stubs();
    let (always, objects) = lower.scanned_slots();
    let Lower { mut b, slots, live, spans, placeholders, has_ptr_to_int, .. } = lower;
    b.seal_all_blocks();
    // Runs the safepoint spiller.
    b.finalize(isa.frontend_config());
    // The barrier's calls, which are no safepoints, are not yet there.
    live.add_to_maps(func, &spans, &slots);
    for p in placeholders {
        match p {
            Placeholder::Barrier(inst) => {
                let args: Vec<clif::Value> = func.dfg.inst_args(inst).to_vec();
                // A store's operands are (value, address); the stub takes them the other way round.
                let stub = barrier.expect("the stub is imported when there are barriers");
                func.replace(inst).call(stub, &[args[1], args[0]]);
            }
            Placeholder::Publish(inst) => {
                func.replace(inst).call(publish.expect("the stub is imported when it is called"), &[]);
            }
            Placeholder::KeepAlive(inst) => func.layout.remove_inst(inst),
        }
    }
    Lowered { slots, landing, first_spill_slot, always, objects, has_ptr_to_int }
}

/// Mark of a source location whose code must not be interrupted by signals; nor must what precedes it in its basic block.
pub(crate) const UNSAFE: u32 = 1 << 30;
/// Mark of a location from which on the rest of the basic block must not be interrupted: the test of the barrier's flag.
pub(crate) const UNSAFE_FROM: u32 = 1 << 31;
/// Bits of a location that are the number of a `Loc`.
pub(crate) const LOC_BITS: u32 = UNSAFE - 1;

fn alias_region(set: &mut clif::AliasRegionSet, user_id: u32, description: &'static str) -> AliasRegion {
    set.insert(AliasRegionData { user_id, description: description.into() })
}

impl Lower<'_, '_> {
    fn run(&mut self) {
        let landing = self.check_regions();
        self.create_slots();
        self.live = self.slot_liveness();
        self.inline_allocs = self.frequent_allocations();
        // Locations are kept relative to the first one that is set, and -1 means "none": the base must be the least.
        self.b.func.params.ensure_base_srcloc(SourceLoc::new(0));
        let order = cfg::reverse_postorder(self.ir);
        for &block in &order {
            let b = self.b.create_block();
            self.blocks[block] = b.into();
            if self.is_rare(block) {
                self.b.set_cold_block(b);
            }
            for &p in &self.ir.blocks[block].params {
                let v = self.b.append_block_param(b, abi::clif_ty(self.ir.ty(p)));
                self.define(p, v);
            }
        }
        for &block in &order {
            self.region = if landing.contains(block) { Region::Landing } else { Region::Normal };
            self.nonnil.enter(block);
            self.hoist.enter(block);
            self.b.switch_to_block(self.blocks[block].expect("created above"));
            if block == self.ir.entry() {
                self.b.set_srcloc(SourceLoc::default());
                self.enter_region();
                self.zero_slots();
            } else if self.ir.defer.is_some_and(|d| d.landing == block) {
                self.b.set_srcloc(SourceLoc::default());
                self.enter_region();
            }
            let ir = self.ir;
            let insts = &ir.blocks[block].insts;
            let mut i = 0;
            while i < insts.len() {
                let (first, set) =
                    (self.b.func.dfg.num_insts(), self.live.set_at(insts[i], &ir.insts[insts[i]]));
                if i + 1 == insts.len() {
                    self.enter_loops(block);
                }
                i += self.inst_run(&insts[i..]);
                if set != 0 {
                    self.spans.push(live::Span { insts: first..self.b.func.dfg.num_insts(), set });
                }
            }
        }
    }

    /// Blocks that end in a call that does not return, and those that do little but call a slow path of the runtime.
    fn is_rare(&self, block: Block) -> bool {
        let insts = &self.ir.blocks[block].insts;
        if block == self.ir.entry() {
            return false;
        }
        insts.iter().any(|&i| match self.ir.insts[i] {
            InstData::Unreachable => true,
            InstData::Call { callee, .. } => insts.len() <= 8 && self.env.names.slow_paths.contains(&callee),
            _ => false,
        })
    }

    /// Blocks of the landing region; asserts that it is disjoint from the normal one.
    fn check_regions(&self) -> EntitySet<Block> {
        let Some(defer) = self.ir.defer else { return EntitySet::new() };
        let landing = cfg::reachable_from(self.ir, &[defer.landing]);
        let normal: Vec<Block> = match self.ir.terminator(self.ir.entry()).map(|t| &self.ir.insts[t]) {
            Some(InstData::DeferEnter { normal, .. }) => vec![normal.block],
            other => self.bug(&format!("a function that defers has an entry block that ends in {other:?}")),
        };
        let normal = cfg::reachable_from(self.ir, &normal);
        for b in landing.iter() {
            if normal.contains(b) || b == self.ir.entry() {
                self.bug(&format!("block {b} belongs to the landing region and to the normal one"));
            }
        }
        landing
    }

    /// Lowers the first instruction, or a group that is lowered together; returns how many it took.
    fn inst_run(&mut self, insts: &[Inst]) -> usize {
        let inst = insts[0];
        let loc = self.ir.inst_locs[inst].map_or(SourceLoc::default(), |l| SourceLoc::new(l.index() as u32));
        self.b.set_srcloc(loc);
        // The epilogue has the location of the return; the landing's frame is not that of the normal code.
        if matches!(self.region, Region::Landing) || matches!(self.ir.insts[inst], InstData::Return { .. }) {
            self.mark(UNSAFE);
        }
        if let InstData::StoreWb { .. } = self.ir.insts[inst] {
            return self.store_wb_run(insts);
        }
        self.inst(inst);
        1
    }

    /// Marks the location of what follows, up to the end of the current IR instruction (or another mark).
    fn mark(&mut self, mark: u32) {
        let loc = self.b.srcloc();
        if !loc.is_default() {
            self.b.set_srcloc(SourceLoc::new(loc.bits() & LOC_BITS | mark));
        }
    }

    fn inst(&mut self, inst: Inst) {
        let ir = self.ir;
        match &ir.insts[inst] {
            InstData::Iconst { ty, imm } => {
                let v = self.iconst(*ty, *imm);
                self.result_undeclared(inst, v);
            }
            InstData::Fconst { ty, bits } => {
                let v = match ty {
                    Ty::F32 => self.b.ins().f32const(clif::immediates::Ieee32::with_bits(*bits as u32)),
                    _ => self.b.ins().f64const(clif::immediates::Ieee64::with_bits(*bits)),
                };
                self.result(inst, v);
            }
            InstData::SymAddr { sym, off } => {
                let v = self.sym_addr(*sym, *off);
                self.result_undeclared(inst, v);
            }
            InstData::SlotAddr { slot, off } => {
                let v = self.slot_addr(*slot, i64::from(*off));
                let declared = *off == 0 || !self.computed_with.contains(*slot);
                if declared { self.result_undeclared(inst, v) } else { self.result(inst, v) }
            }
            InstData::GetG => {
                let v = self.b.ins().get_pinned_reg(clif::types::I64);
                self.result(inst, v);
            }
            InstData::Unary { op, arg } => self.unary(inst, *op, *arg),
            InstData::Binary { op, args } => self.binary(inst, *op, *args),
            InstData::Convert { op, ty, arg } => self.convert(inst, *op, *ty, *arg),
            InstData::Icmp { cc, args } => {
                let v = self.compare(*cc, *args);
                self.result(inst, v);
            }
            InstData::Fcmp { cc, args } => {
                let (x, y) = (self.val(args[0]), self.val(args[1]));
                let v = self.b.ins().fcmp(arith::float_cc(*cc), x, y);
                self.result(inst, v);
            }
            InstData::Select { args } => {
                let [c, x, y] = args.map(|v| self.val(v));
                let v = self.b.ins().select(c, x, y);
                self.result(inst, v);
            }
            InstData::Fma { args } => self.fma(inst, *args),
            InstData::PtrAdd { base, off } => {
                let (x, y) = (self.val(*base), self.val(*off));
                let v = self.b.ins().iadd(x, y);
                self.result(inst, v);
            }
            InstData::PtrAddImm { base, off } => {
                let plain = self.slot_of(ir.result(inst)).and_then(|(slot, off)| self.plain_addr(slot, off));
                if let Some(v) = plain {
                    return self.result_undeclared(inst, v);
                }
                let x = self.val(*base);
                let v = self.add_imm(x, *off);
                self.result(inst, v);
            }
            InstData::Load { ty, addr, off, flags } => self.load(inst, *ty, *addr, *off, *flags),
            InstData::Store { val, addr, off, flags } => self.store(*val, *addr, *off, *flags),
            InstData::StoreWb { .. } => unreachable!("lowered by store_wb_run"),
            InstData::SlotLoad { ty, slot, off } => self.slot_load(inst, *ty, *slot, *off),
            InstData::SlotStore { val, slot, off } => self.slot_store(*val, *slot, *off),
            InstData::MemCopy { dst, src, size, traced } => self.mem_copy(*dst, *src, *size, *traced),
            InstData::MemZero { dst, size, traced } => self.mem_zero(*dst, *size, *traced),
            InstData::AtomicLoad { ty, addr } => self.atomic_load(inst, *ty, *addr),
            InstData::AtomicStore { val, addr } => self.atomic_store(*val, *addr),
            InstData::AtomicRmw { op, addr, val } => self.atomic_rmw(inst, *op, *addr, *val),
            InstData::AtomicCas { addr, old, new } => self.atomic_cas(inst, *addr, *old, *new),
            // CLIF has no such hint.
            InstData::Prefetch { .. } => {}
            InstData::NilCheck { ptr } => self.nil_check(*ptr),
            InstData::BoundsCheck { kind, idx, len } => self.bounds_check(*kind, *idx, *len),
            InstData::New { desc, size, pointers, escape, .. } => {
                self.new_object(inst, *desc, *size, *pointers, *escape);
            }
            InstData::Closure { code, desc, size, captures, escape } => {
                self.closure(inst, *code, *desc, *size, captures.as_slice(&ir.pool), *escape);
            }
            InstData::KeepAlive { val } => self.keep_alive(*val),
            InstData::Call { callee, sig, args } => {
                self.call(inst, *callee, *sig, args.as_slice(&ir.pool));
            }
            InstData::CallIndirect { callee, sig, args } => {
                self.call_indirect(inst, *callee, *sig, args.as_slice(&ir.pool));
            }
            InstData::Jump { dest } => self.jump(*dest),
            InstData::Brif { cond, then, els } => self.brif(*cond, *then, *els),
            InstData::Switch { arg, cases, default } => self.switch(*arg, *cases, *default),
            InstData::Return { args } => {
                let vals = self.vals(args.as_slice(&ir.pool));
                self.b.ins().return_(&vals);
            }
            InstData::DeferEnter { normal, landing } => self.defer_enter(*normal, *landing),
            InstData::Unreachable => {
                self.b.ins().trap(check::UNREACHABLE);
            }
        }
    }

    // ---- values ----

    /// The CLIF value of an IR value.
    fn val(&self, v: Value) -> clif::Value {
        let r = self.ir.resolve(v);
        if let Some(copy) = self.hoist.copy(r) {
            return copy;
        }
        match self.values[r].expand() {
            Some(v) => v,
            None => self.bug(&format!("{r} is used but not defined on every path")),
        }
    }

    fn vals(&self, vs: &[Value]) -> Vec<clif::Value> {
        vs.iter().map(|&v| self.val(v)).collect()
    }

    /// Binds `v`; pointers are declared to the spiller.
    fn define(&mut self, v: Value, clif: clif::Value) {
        if self.ir.ty(v) == Ty::Ptr {
            self.b.declare_value_needs_stack_map(clif);
        }
        self.values[v] = clif.into();
    }

    /// Binds the instruction's only result.
    fn result(&mut self, inst: Inst, clif: clif::Value) {
        self.define(self.ir.result(inst), clif);
    }

    /// Binds the result to a value that is declared already or needs no declaration.
    fn result_undeclared(&mut self, inst: Inst, clif: clif::Value) {
        self.values[self.ir.result(inst)] = clif.into();
    }

    fn block(&self, b: Block) -> clif::Block {
        self.blocks[b].expect("reachable blocks were created")
    }

    // ---- constants and symbols ----

    fn iconst(&mut self, ty: Ty, imm: i64) -> clif::Value {
        let ty = abi::clif_ty(ty);
        // CLIF wants the immediate zero-extended from the type's width.
        let imm = if ty.bits() < 64 { imm & ((1 << ty.bits()) - 1) } else { imm };
        self.b.ins().iconst(ty, imm)
    }

    fn i64(&mut self, imm: i64) -> clif::Value {
        self.b.ins().iconst(clif::types::I64, imm)
    }

    fn add_imm(&mut self, x: clif::Value, imm: i64) -> clif::Value {
        if imm == 0 { x } else { self.b.ins().iadd_imm_s(x, imm) }
    }

    fn external_name(&mut self, sym: Sym) -> ExternalName {
        let name = UserExternalName { namespace: NAMESPACE, index: sym.index() as u32 };
        ExternalName::user(self.b.func.declare_imported_user_function(name))
    }

    fn sym_addr(&mut self, sym: Sym, off: i32) -> clif::Value {
        let gv = match self.globals.get(&(sym, off)) {
            Some(&gv) => gv,
            None => {
                let name = self.external_name(sym);
                let data = GlobalValueData::Symbol {
                    name,
                    offset: i64::from(off).into(),
                    colocated: true,
                    tls: false,
                };
                let gv = self.b.create_global_value(data);
                self.globals.insert((sym, off), gv);
                gv
            }
        };
        self.b.ins().symbol_value(clif::types::I64, gv)
    }

    /// A bug of the compiler: the message names the function and shows it.
    fn bug(&self, what: &str) -> ! {
        panic!(
            "internal error: lowering {} to CLIF: {what}\n{}",
            self.env.symbols.name(self.ir.sym),
            self.ir.display(self.env.symbols)
        )
    }
}
