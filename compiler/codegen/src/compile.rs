//! One function from IR to machine code: the order of work, and what is collected for the tables.
//!
//! 1. lower to CLIF, run the safepoint spiller, swap placeholders ([`crate::lower`]);
//! 2. Cranelift's optimiser;
//! 3. move steps of loops to their end ([`crate::induction`]), rematerialise addresses ([`crate::remat`]), split live ranges
//!    around loops ([`crate::split`]);
//! 4. give operations that may be fused with a load the load's position ([`crate::fused`]); in debug builds, check the stack-copying laws ([`crate::check`]);
//! 5. instruction selection, register allocation, emission;
//! 6. fix epilogues, prepend the stack check, append the slow path, shift every table by the check's length.
//!
//! **Invariants:** the length of the check is a multiple of the body's alignment (constants of the body lie behind its
//! code); no relocation names a library function.

use crate::abi::ArgMap;
use crate::cached::{self, FunctionCache};
use crate::isa::{Arch, Target};
use crate::lower::{self, Env, LOC_BITS, NAMESPACE, UNSAFE, UNSAFE_FROM};
use crate::names::RuntimeNames;
use crate::tables::pclntab;
use crate::{arch, check, fused, induction, remat, split, trace};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{self as clif, ExternalName, UserFuncName};
use cranelift_codegen::{
    CompiledCode, Context, Final, FinalizedMachExceptionHandler, FinalizedRelocTarget, MachBufferFrameLayout,
    MachSrcLoc,
};
use cranelift_entity::EntityRef;
use cranelift_frontend::FunctionBuilderContext;
use grus_ir::{Canonical, Function, Loc, LocData, Slot, Sym, Symbols, Ty};
use rustc_hash::FxHashSet;

/// A reference from code to a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodeReloc {
    pub offset: u32,
    pub kind: Reloc,
    pub sym: Sym,
    pub addend: i64,
}

/// Code that belongs to one location of the function's table; `None` where the location is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineRange {
    pub start: u32,
    pub end: u32,
    pub loc: Option<Loc>,
}

/// The pointer words of the frame that are live at the return address of a call, besides those that always are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StackMap {
    /// Offset of the return address.
    pub ret: u32,
    /// Frame words, ascending.
    pub words: Vec<u32>,
}

/// A slot that the collector scans if a live pointer leads there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StackObject {
    /// From SP, in bytes.
    pub offset: u32,
    pub size: u32,
    /// Words of the slot that hold pointers, ascending.
    pub words: Vec<u32>,
}

/// Where a recovered panic resumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Landing {
    pub offset: u32,
    /// FP - SP that the landing pad expects.
    pub frame: u32,
}

/// Machine code of a function, and everything that tables are made of. Offsets count from the entry.
#[derive(Clone, Debug)]
pub(crate) struct CompiledFunction {
    pub(crate) sym: Sym,
    pub(crate) code: Vec<u8>,
    pub(crate) align: u32,
    pub(crate) relocs: Vec<CodeReloc>,
    /// Length of the stack check; 0 if there is none.
    pub(crate) body_start: u32,
    /// End of the body, start of the slow path.
    pub(crate) body_end: u32,
    /// FP - SP at calls.
    pub(crate) frame_size: u32,
    pub(crate) args: ArgMap,
    /// Frame words of slots that hold pointers for as long as the frame exists, ascending.
    pub(crate) slot_words: Vec<u32>,
    /// By ascending offset.
    pub(crate) objects: Vec<StackObject>,
    /// By ascending return offset; calls at which nothing is live have none.
    pub(crate) maps: Vec<StackMap>,
    /// Offset and code, ascending.
    pub(crate) traps: Vec<(u32, u8)>,
    pub(crate) landing: Option<Landing>,
    /// Ascending, not overlapping, from 0 to the end of the code.
    pub(crate) lines: Vec<LineRange>,
    /// Where a signal may stop the goroutine: from the first of each two offsets up to the second ([`safe_points`]).
    pub(crate) safe: Vec<u32>,
    /// Has no stack check.
    pub(crate) nosplit: bool,
    /// What tracebacks print of the arguments, as it lies in the tables.
    pub(crate) arg_info: Option<Box<[u8]>>,
    /// Callee-saved registers in the frame, as flags of the function.
    pub(crate) saves: u32,
}

/// Something that the user's program asked for and cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Position in the source map.
    pub pos: u32,
    pub message: String,
}

/// A frame with at most this many bytes in a function without calls needs no stack check: there is room for it below
/// the guard.
const LEAF_FRAME: u32 = 96;

/// Buffers that are reused from function to function; one for each thread.
pub(crate) struct Worker {
    ctx: Context,
    builder: FunctionBuilderContext,
    regalloc: regalloc2::Ctx,
    canonical: Canonical,
}

impl Worker {
    pub fn new() -> Worker {
        Worker {
            ctx: Context::new(),
            builder: FunctionBuilderContext::new(),
            regalloc: regalloc2::Ctx::default(),
            canonical: Canonical::default(),
        }
    }
}

impl Default for Worker {
    fn default() -> Worker {
        Worker::new()
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
}

/// Text forms of a function on its way.
#[derive(Clone, Debug, Default)]
pub struct Dumps {
    /// CLIF as lowered, after the safepoint spiller.
    pub clif: String,
    /// CLIF as it goes to instruction selection.
    pub clif_optimised: String,
    /// The generated instructions with virtual offsets.
    pub asm: String,
}

/// Compiles functions of one program for one target.
#[derive(Clone, Copy)]
pub(crate) struct Compiler<'a> {
    target: &'a Target,
    symbols: &'a Symbols,
    names: &'a RuntimeNames,
}

impl std::fmt::Debug for Compiler<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("target", self.target).finish()
    }
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(target: &'a Target, symbols: &'a Symbols, names: &'a RuntimeNames) -> Compiler<'a> {
        Compiler { target, symbols, names }
    }

    /// Compiles one function.
    pub fn compile(&self, worker: &mut Worker, func: &Function) -> Result<CompiledFunction, Diagnostic> {
        self.compile_with(worker, func, None)
    }

    /// Takes one function from the cache, or compiles it and adds it to the cache. Also says which it was.
    pub fn compile_cached(
        &self,
        worker: &mut Worker,
        func: &Function,
        cache: Option<&dyn FunctionCache>,
    ) -> Result<(CompiledFunction, bool), Diagnostic> {
        let Some(cache) = cache else { return Ok((self.compile(worker, func)?, false)) };
        let name = self.symbols.name(func.sym);
        worker.canonical.write(func, self.symbols);
        let key = cached::key(&worker.canonical, self.target);
        let mut found = None;
        cache.get(name, &key, &mut |record| {
            found = cached::decode(record, func, &worker.canonical, self.symbols);
        });
        if let Some(compiled) = found {
            return Ok((compiled, true));
        }
        let compiled = self.compile(worker, func)?;
        if let Some(record) = cached::encode(&compiled, &worker.canonical, self.symbols) {
            cache.put(name, &key, record);
        }
        Ok((compiled, false))
    }

    /// Compiles one function, keeping its text forms.
    pub fn compile_dumping(
        &self,
        worker: &mut Worker,
        func: &Function,
        dumps: &mut Dumps,
    ) -> Result<CompiledFunction, Diagnostic> {
        self.compile_with(worker, func, Some(dumps))
    }

    fn compile_with(
        &self,
        worker: &mut Worker,
        func: &Function,
        mut dumps: Option<&mut Dumps>,
    ) -> Result<CompiledFunction, Diagnostic> {
        let isa = self.target.isa_for(func);
        let env = Env { target: self.target, symbols: self.symbols, names: self.names };
        let Worker { ctx, builder, regalloc, canonical: _ } = worker;
        ctx.clear();
        ctx.func.name = UserFuncName::user(NAMESPACE, func.sym.index() as u32);
        let lowered = lower::lower(env, func, isa, &mut ctx.func, builder);
        if let Some(d) = &mut dumps {
            d.clif = self.clif_text(&ctx.func);
        }
        if let Err(e) = ctx.optimize(isa, &mut ControlPlane::default()) {
            self.bug(func, Some(&ctx.func), "optimise", &format!("{e:?}"));
        }
        induction::run(&mut ctx.func);
        if let Err(e) = remat::run(ctx, self.target.arch, lowered.landing) {
            self.bug(func, Some(&ctx.func), "rematerialise", &e);
        }
        split::run(ctx);
        fused::run(&mut ctx.func);
        if self.target.verify && !lowered.has_ptr_to_int {
            let pointer_param = |i: usize| func.sig.params.get(i) == Some(&Ty::Ptr);
            let errors = check::check(&ctx.func, pointer_param, lowered.first_spill_slot);
            if !errors.is_empty() {
                self.bug(func, Some(&ctx.func), "check", &errors.join("\n"));
            }
        }
        if let Some(d) = &mut dumps {
            d.clif_optimised = self.clif_text(&ctx.func);
        }
        let plan = trace::Plan::new(func, &mut ctx.func, &lowered);
        let result = isa.compile_function(
            &ctx.func,
            &ctx.domtree,
            regalloc,
            dumps.is_some(),
            &mut ControlPlane::default(),
        );
        let compiled = match result {
            Ok(stencil) => stencil.apply_params(&ctx.func.params),
            Err(e) => self.bug(func, Some(&ctx.func), "emit", &format!("{e:?}")),
        };
        if let Some(d) = &mut dumps {
            d.asm = compiled.vcode.clone().unwrap_or_default();
        }
        self.finish(func, &ctx.func, &lowered, plan.as_ref(), &compiled)
    }

    /// Step 6: stack check, slow path, tables.
    fn finish(
        &self,
        func: &Function,
        clif: &clif::Function,
        lowered: &lower::Lowered,
        plan: Option<&trace::Plan>,
        compiled: &CompiledCode,
    ) -> Result<CompiledFunction, Diagnostic> {
        let arch = self.target.arch;
        let buffer = &compiled.buffer;
        let layout = buffer.frame_layout().expect("Cranelift lays out every frame");
        let frame_size = layout.frame_to_fp_offset;
        // With return address and saved frame pointer.
        let frame = frame_size.saturating_add(16);
        if frame > arch::max_frame(arch) {
            return Err(Diagnostic { pos: func.start_pos, message: "stack frame too large".into() });
        }
        let mut body = buffer.data().to_vec();
        arch::fix_epilogues(arch, &mut body, &compiled.bb_starts);
        let body_align = buffer.alignment as usize;
        let align = body_align.max(16);
        let leaf = frame <= LEAF_FRAME && !has_calls(clif);
        let nosplit = func.attrs.nosplit || leaf;
        let prologue = (!nosplit).then(|| arch::prologue(arch, frame, body.len(), body_align));
        let mut code = prologue.as_ref().map_or(Vec::new(), |p| p.bytes.clone());
        let shift = code.len() as u32;
        code.append(&mut body);
        let body_end = code.len() as u32;
        let mut relocs: Vec<CodeReloc> = buffer
            .relocs()
            .iter()
            .map(|r| {
                let sym = match &r.target {
                    FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                        let name = &clif.params.user_named_funcs()[*name];
                        assert_eq!(name.namespace, NAMESPACE);
                        Sym::new(name.index as usize)
                    }
                    other => self.bug(func, Some(clif), "emit", &format!("relocation against {other:?}")),
                };
                CodeReloc { offset: r.offset + shift, kind: r.kind, sym, addend: r.addend }
            })
            .collect();
        if let Some(p) = &prologue {
            let (offset, kind, addend) = arch::slow_path(arch, &mut code, p);
            relocs.push(CodeReloc { offset, kind, sym: self.names.morestack, addend });
        }
        let mut maps: Vec<StackMap> = buffer
            .user_stack_maps()
            .iter()
            .map(|(offset, _, map)| {
                let mut words: Vec<u32> = map.entries().map(|(_, sp)| word_of(sp)).collect();
                words.sort_unstable();
                words.dedup();
                StackMap { ret: offset + shift, words }
            })
            .filter(|m| !m.words.is_empty())
            .collect();
        maps.sort_unstable_by_key(|m| m.ret);
        let mut traps: Vec<(u32, u8)> =
            buffer.traps().iter().map(|t| (t.offset + shift, t.code.as_raw().get())).collect();
        traps.sort_unstable();
        let landing = buffer.call_sites().find_map(|site| {
            site.exception_handlers.iter().find_map(|h| match h {
                FinalizedMachExceptionHandler::Default(offset) => Some(Landing {
                    offset: offset + shift,
                    frame: site.frame_offset.expect("the frame offset is recorded at try_calls"),
                }),
                _ => None,
            })
        });
        if landing.is_some() != func.defer.is_some() {
            self.bug(func, Some(clif), "emit", "the landing pad got lost");
        }
        let original = |loc| plan.map_or(loc, |p| p.original(loc));
        let mut lines = line_ranges(compiled, original, shift, code.len() as u32);
        mark_inlined_calls(func, arch, &mut code, &mut lines);
        let safe = safe_points(compiled, original, shift);
        Ok(CompiledFunction {
            sym: func.sym,
            safe,
            align: align as u32,
            relocs,
            body_start: shift,
            body_end,
            frame_size,
            args: ArgMap::of(&func.sig),
            slot_words: slot_words(func, lowered, layout),
            objects: stack_objects(func, lowered, layout),
            arg_info: trace::encode(plan, func, arch, compiled, shift, &maps),
            saves: arch::saves(arch, buffer.data()),
            maps,
            traps,
            landing,
            lines,
            nosplit,
            code,
        })
    }

    /// CLIF with the names of symbols.
    fn clif_text(&self, func: &clif::Function) -> String {
        let mut text = format!("; {}\n{}", self.symbols_of(func), func.display());
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// What `userextnameN` and `u0:N` stand for.
    fn symbols_of(&self, func: &clif::Function) -> String {
        let mut s = String::new();
        if let UserFuncName::User(name) = &func.name {
            s.push_str(self.symbols.name(Sym::new(name.index as usize)));
        }
        for (r, name) in func.params.user_named_funcs().iter() {
            s.push_str(&format!(
                "\n; {r} u0:{} = {}",
                name.index,
                self.symbols.name(Sym::new(name.index as usize))
            ));
        }
        s
    }

    fn bug(&self, func: &Function, clif: Option<&clif::Function>, pass: &str, what: &str) -> ! {
        let name = self.symbols.name(func.sym);
        let clif = clif.map_or(String::new(), |c| self.clif_text(c));
        panic!(
            "internal error: code generation of {name}, pass {pass}: {what}\n\n{}\n{clif}",
            func.display(self.symbols)
        )
    }
}

/// Whether the function calls anything that may use more stack. `PreserveAll` stubs fit below the guard.
fn has_calls(func: &clif::Function) -> bool {
    func.layout.blocks().flat_map(|b| func.layout.block_insts(b)).any(|i| {
        func.dfg.insts[i].opcode().is_call()
            && func.dfg.call_signature(i).is_none_or(|s| {
                func.dfg.signatures[s].call_conv != cranelift_codegen::isa::CallConv::PreserveAll
            })
    })
}

fn word_of(sp_offset: u32) -> u32 {
    assert!(sp_offset.is_multiple_of(8), "a pointer word at {sp_offset} in the frame");
    sp_offset / 8
}

fn slot_words(func: &Function, lowered: &lower::Lowered, layout: &MachBufferFrameLayout) -> Vec<u32> {
    let mut words: Vec<u32> = lowered
        .always
        .iter()
        .flat_map(|slot| {
            let base = slot_offset(slot, lowered, layout);
            func.slots[slot].ptr_words.iter().map(move |w| word_of(base + w))
        })
        .collect();
    words.sort_unstable();
    words
}

fn stack_objects(
    func: &Function,
    lowered: &lower::Lowered,
    layout: &MachBufferFrameLayout,
) -> Vec<StackObject> {
    let mut objects: Vec<StackObject> = lowered
        .objects
        .iter()
        .map(|slot| {
            let data = &func.slots[slot];
            let words = data.ptr_words.iter().map(|&w| word_of(w)).collect();
            StackObject { offset: slot_offset(slot, lowered, layout), size: data.size, words }
        })
        .collect();
    objects.sort_unstable_by_key(|o| o.offset);
    objects
}

/// Offset of a slot from SP.
fn slot_offset(slot: Slot, lowered: &lower::Lowered, layout: &MachBufferFrameLayout) -> u32 {
    layout.stackslots[lowered.slots[slot].expect("every slot was lowered")].offset
}

/// Locations of all code: gaps (moves on split edges) belong to what precedes them; check, slow path and what precedes
/// the first location to the function itself.
fn line_ranges(
    compiled: &CompiledCode,
    original: impl Fn(clif::SourceLoc) -> clif::SourceLoc,
    shift: u32,
    end: u32,
) -> Vec<LineRange> {
    let mut ranges: Vec<LineRange> = Vec::new();
    let mut push = |start: u32, loc: Option<Loc>| match ranges.last_mut() {
        Some(last) if last.loc == loc => {}
        Some(last) if last.start == start => last.loc = loc,
        last => {
            if let Some(last) = last {
                last.end = start;
            }
            ranges.push(LineRange { start, end, loc });
        }
    };
    push(0, None);
    for r in compiled.buffer.get_srclocs_sorted() {
        let loc = original(r.loc);
        if !loc.is_default() && r.end > r.start {
            push(r.start + shift, Some(Loc::new((loc.bits() & LOC_BITS) as usize)));
        }
    }
    let body_end = shift + compiled.buffer.total_size();
    if body_end < end {
        push(body_end, None);
    }
    ranges
}

/// Where a signal may stop the goroutine: offsets at which that begins and ends to be so, in turn. Marks extend over basic
/// blocks, see [`UNSAFE`] and [`UNSAFE_FROM`]. An instruction without a location (the optimiser makes such) is like its
/// block; the check and the prologue come before every location, and a block without any consists of moves on an edge, which
/// may lie between marks: they are not safe.
fn safe_points(
    compiled: &CompiledCode,
    original: impl Fn(clif::SourceLoc) -> clif::SourceLoc,
    shift: u32,
) -> Vec<u32> {
    let block = |at: u32| compiled.bb_starts.partition_point(|&b| b <= at);
    let mut locs: Vec<MachSrcLoc<Final>> = Vec::new();
    for r in compiled.buffer.get_srclocs_sorted() {
        let (loc, mut start) = (original(r.loc), r.start);
        for &bound in compiled.bb_starts[block(start)..].iter().take_while(|&&b| b < r.end) {
            locs.push(MachSrcLoc { start, end: bound, loc });
            start = bound;
        }
        if start < r.end {
            locs.push(MachSrcLoc { start, end: r.end, loc });
        }
    }
    let mut points: Vec<u32> = Vec::new();
    for locs in locs.chunk_by(|a, b| block(a.start) == block(b.start)) {
        let marked = |r: &MachSrcLoc<Final>, mark: u32| !r.loc.is_default() && r.loc.bits() & mark != 0;
        let entry = points.is_empty();
        let Some(first) = locs.iter().position(|r| !r.loc.is_default()) else { continue };
        let after = locs.iter().rposition(|r| marked(r, UNSAFE)).map_or(0, |i| i + 1);
        let before = locs.iter().position(|r| marked(r, UNSAFE_FROM)).unwrap_or(locs.len());
        let from = if entry { after.max(first) } else { after };
        for r in locs.get(from..before).unwrap_or_default() {
            if points.last() == Some(&(r.start + shift)) {
                points.pop();
            } else {
                points.push(r.start + shift);
            }
            points.push(r.end + shift);
        }
    }
    points
}

/// Makes sure that for each inlined call some PC has the call's position: inline trees refer to it. A call that left no
/// instruction gets a trap instruction behind the function's code. One more trap follows the last one: a call's frame is
/// known by the PC behind the call, which must lie in the function too.
fn mark_inlined_calls(func: &Function, arch: Arch, code: &mut Vec<u8>, lines: &mut Vec<LineRange>) {
    if func.inline_sites.is_empty() {
        return;
    }
    let locs: Vec<Loc> = lines.iter().filter_map(|r| r.loc).collect();
    let mut marked = false;
    let mut have: FxHashSet<LocData> = locs.iter().map(|&l| func.locs[l]).collect();
    for call in pclntab::inlined_calls(func, locs.into_iter()) {
        if have.insert(func.locs[call]) {
            let start = code.len() as u32;
            arch::trap(arch, code);
            lines.push(LineRange { start, end: code.len() as u32, loc: Some(call) });
            marked = true;
        }
    }
    if marked {
        arch::trap(arch, code);
        if let Some(last) = lines.last_mut() {
            last.end = code.len() as u32;
        }
    }
}

impl Arch {
    /// The ELF machine.
    pub(crate) fn object_architecture(self) -> object::Architecture {
        match self {
            Arch::X86_64 => object::Architecture::X86_64,
            Arch::Aarch64 => object::Architecture::Aarch64,
        }
    }
}
