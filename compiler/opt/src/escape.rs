//! Escape analysis: allocations whose objects do not outlive the frame become slots.
//!
//! **Idea.** For each function, `escape/constraints.rs` says which pointers may point to which objects
//! (`escape/solver.rs`). An object *leaks* if a pointer to it goes where it cannot be followed: returned, passed to an
//! unknown function, stored in memory that is not known. Functions are analysed callees first, the members of a recursion
//! together, until nothing changes. What callers need to know is kept for each parameter: from how many steps away on
//! memory that is reached through it leaks ([`ParamEscape::NoEscape`]: none at all; [`ParamEscape::ContentEscapes`]: not
//! what the parameter itself points to), which results, in registers or in memory, may point to what is reached, and
//! whether its memory has been changed to point to what was farther away.
//!
//! **Func values.** What code does with the variables that it has captured is known where the func value is made, and
//! counted there, as if it were called at once: so a call of a func value does not make it leak. Each captured variable is
//! treated like a parameter.
//!
//! **Strings.** The runtime functions that convert and concatenate strings take a buffer for short
//! results. A call whose result does not leak gets one, under the rule for loops. The result of a
//! concatenation may be an operand, but one on the stack only if the call has a buffer: then neither outlives
//! the frame.
//!
//! **Loops and large objects:** `escape/locals.rs`.
//!
//! **Integers.** A pointer converted to an integer leaks unless the integer is only computed with and converted back,
//! which gives the same pointer, or xored with something first, which hides it (`abi.NoEscape`), or passed to a function
//! that keeps its operands alive (`//go:uintptrkeepalive`), which runs without a stack check. An integer that is loaded and
//! made a pointer may have been stored as one: `unsafe.Pointer(header.Data)`.
//!
//! **Deferred calls** that are kept in the frame are stored in the defer state slot: a closure that is stored there is
//! called before the frame ends, and no more.
//!
//! **Invariant:** nothing leaks through what is not listed: each instruction is dealt with by name.

mod borrow;
mod constraints;
mod integers;
mod locals;
mod masks;
mod solver;

use crate::callgraph::bottom_up_groups;
use constraints::Analysis;
use grus_ir::{Escape, Function, Inst, InstData, ParamEscape, ParamKind, Program, SlotData, Sym, Ty};
use masks::PointerMasks;
use rustc_hash::FxHashMap;
use solver::{LEVELS, Root};

/// The largest object that becomes a slot.
const MAX_OBJECT: u64 = 64 << 10;
/// The largest object with pointers that does: its slot is cleared whenever the function is entered.
const MAX_WITH_POINTERS: u64 = 8 << 10;
/// The most bytes that a frame grows by.
const MAX_FRAME: u64 = 256 << 10;

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

/// Functions of the runtime that call functions of a type's descriptor, which compare and hash and keep nothing; with what
/// they do themselves with pointers that they are given.
const BY_TYPE: &[(&str, ParamEscape)] = &[
    ("runtime.efaceeq", ParamEscape::NoEscape),
    ("runtime.ifaceeq", ParamEscape::NoEscape),
    ("runtime.mapaccess1", ParamEscape::NoEscape),
    ("runtime.mapaccess2", ParamEscape::NoEscape),
    ("runtime.mapdelete", ParamEscape::NoEscape),
    ("runtime.mapassign", ParamEscape::ContentEscapes),
];

/// What callers may assume of a function.
#[derive(PartialEq)]
struct Summary {
    params: Vec<Root>,
    /// What is captured, by the offset in the func value.
    captures: Vec<(i64, Root)>,
    /// The parameter that is the memory for results.
    result_memory: Option<usize>,
    uintptr_keepalive: bool,
}

impl Summary {
    fn of_params(params: impl IntoIterator<Item = Root>) -> Summary {
        Summary {
            params: params.into_iter().collect(),
            captures: Vec::new(),
            result_memory: None,
            uintptr_keepalive: false,
        }
    }
}

impl Summary {
    /// Makes this the summary of what either says. (What is found must not shrink while a recursion is analysed: when more
    /// leaks, there is room in the frame for others.)
    fn join(&mut self, other: &Summary) {
        for (p, o) in self.params.iter_mut().zip(&other.params) {
            p.join(o);
        }
        for &(off, ref o) in &other.captures {
            match self.captures.iter_mut().find(|c| c.0 == off) {
                Some(c) => c.1.join(o),
                None => self.captures.push((off, *o)),
            }
        }
        self.captures.sort_by_key(|c| c.0);
    }
}

/// Names that the analysis knows.
struct Names {
    /// Functions that take a buffer, with its size.
    buffers: FxHashMap<Sym, u32>,
    memmove: Sym,
    /// The conversion of bytes to a string.
    from_bytes: Sym,
    /// `unique.Make` for strings.
    make_unique: Option<Sym>,
}

/// What a declaration says of a parameter.
fn declared(escape: ParamEscape) -> Root {
    match escape {
        ParamEscape::Unknown => Root::LOST,
        ParamEscape::NoEscape => Root::KEPT,
        ParamEscape::ContentEscapes => Root::READ,
    }
}

/// A recursion of more functions is not analysed as a whole: within it nothing is assumed.
const MAX_GROUP: usize = 100;

/// Analyses all functions of a program and converts allocations.
pub fn run(program: &mut Program) {
    let pointers = PointerMasks::new(program);
    let names = Names {
        buffers: BUFFERS.iter().map(|&(name, size)| (program.symbols.intern(name), size)).collect(),
        memmove: program.symbols.intern("runtime.memmove"),
        from_bytes: program.symbols.intern("runtime.slicebytetostring"),
        make_unique: program.symbols.lookup("unique.Make[string]"),
    };
    let mut summaries: FxHashMap<Sym, Summary> = FxHashMap::default();
    for name in LEAVES {
        summaries.insert(program.symbols.intern(name), Summary::of_params([Root::KEPT; LEAF_PARAMS]));
    }
    for (sym, params) in &program.extern_escapes {
        summaries.insert(*sym, Summary::of_params(params.iter().map(|&e| declared(e))));
    }
    let Program { funcs, symbols, .. } = program;
    let by_type: FxHashMap<Sym, ParamEscape> =
        BY_TYPE.iter().filter_map(|&(name, escape)| Some((symbols.lookup(name)?, escape))).collect();
    for f in funcs.iter_mut() {
        if let Some(&escape) = by_type.get(&f.sym) {
            f.param_escapes.fill(escape);
        }
    }
    bottom_up_groups(
        funcs,
        symbols,
        &mut summaries,
        |summaries, group| analyse(summaries, group, &names, &pointers),
        |summaries, func, summary| {
            summaries.insert(func, summary);
        },
    );
}

/// Analyses functions that call each other.
fn analyse(
    summaries: &FxHashMap<Sym, Summary>,
    group: &mut [&mut Function],
    names: &Names,
    pointers: &PointerMasks,
) -> Vec<Summary> {
    if names.make_unique.is_some() {
        group.iter_mut().for_each(|f| borrow::run(f, names));
    }
    let mut known = Known { outer: summaries, group: FxHashMap::default() };
    let recursive = group.len() > 1 || group.iter().any(|f| calls(f, f.sym));
    if recursive && group.len() <= MAX_GROUP {
        // At first nothing leaks; what is found to leak is taken into account the next time.
        for f in group.iter() {
            let mut summary = Summary::of_params(f.params().iter().map(|&p| match f.ty(p) {
                Ty::Ptr => Root::KEPT,
                _ => Root::LOST,
            }));
            summary.result_memory = f.param_kinds.iter().position(|&k| k == ParamKind::ResultPtr);
            summary.uintptr_keepalive = f.attrs.uintptr_keepalive;
            known.group.insert(f.sym, summary);
        }
        loop {
            let mut changed = false;
            for f in group.iter() {
                let mut analysis = Analysis::new(f, &known, names);
                analysis.constraints();
                analysis.local_allocations(pointers);
                let mut summary = summary_of(f, &analysis);
                summary.join(&known.group[&f.sym]);
                if known.group[&f.sym] != summary {
                    known.group.insert(f.sym, summary);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }
    (group.iter_mut())
        .map(|f| {
            let mut analysis = Analysis::new(f, &known, names);
            analysis.constraints();
            let local = analysis.local_allocations(pointers);
            let summary = summary_of(f, &analysis);
            for inst in local {
                match f.insts[inst] {
                    InstData::Call { callee, .. } => give_buffer(f, inst, names.buffers[&callee]),
                    _ => convert(f, inst, pointers),
                }
            }
            describe(f, pointers);
            for (have, root) in f.param_escapes.iter_mut().zip(&summary.params) {
                if *have == ParamEscape::Unknown && root.flows[0] == 0 {
                    *have = match root.leaks {
                        0 => ParamEscape::Unknown,
                        LEVELS if root.flows == [0; LEVELS as usize] => ParamEscape::NoEscape,
                        _ => ParamEscape::ContentEscapes,
                    };
                }
            }
            summary
        })
        .collect()
}

/// The summary of an analysed function; what its declaration says has precedence.
fn summary_of(f: &Function, analysis: &Analysis<'_>) -> Summary {
    let mut summary = analysis.summary();
    for (found, &have) in summary.params.iter_mut().zip(&f.param_escapes) {
        if have != ParamEscape::Unknown {
            *found = declared(have);
        }
    }
    summary
}

fn calls(f: &Function, sym: Sym) -> bool {
    f.layout.iter().flat_map(|&b| &f.blocks[b].insts).any(|&i| match f.insts[i] {
        InstData::Call { callee, .. } => callee == sym,
        InstData::Closure { code, .. } => code == sym,
        _ => false,
    })
}

/// The summaries of functions that were analysed, and those that are assumed of a recursion.
struct Known<'s> {
    outer: &'s FxHashMap<Sym, Summary>,
    group: FxHashMap<Sym, Summary>,
}

impl Known<'_> {
    fn get(&self, func: Sym) -> Option<&Summary> {
        self.group.get(&func).or_else(|| self.outer.get(&func))
    }
}

/// The size of the slot that an allocation can become.
fn slot_size(data: &InstData, pointers: &PointerMasks) -> Option<u64> {
    let (desc, size, align) = match *data {
        InstData::New { desc, size, align, .. } => (desc, size, align),
        InstData::Closure { desc, size, .. } => (desc, size, 8),
        _ => return None,
    };
    let limit = if pointers.of(desc)?.is_empty() { MAX_OBJECT } else { MAX_WITH_POINTERS };
    (size != 0 && size <= limit && align <= 16).then_some(size)
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

/// Says where the pointers of the objects are that stay on the heap.
fn describe(func: &mut Function, masks: &PointerMasks) {
    for inst in func.insts.values_mut() {
        if let InstData::New { desc, size, pointers, escape: Escape::Heap, .. } = inst
            && *size <= 64 * 8
        {
            *pointers = masks.of(*desc).map(|words| words.iter().fold(0, |bits, at| bits | 1 << (at / 8)));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use grus_ir::parse::parse;
    use grus_ir::{DataObject, DataReloc, PtrWords, RelocKind, Section};

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
        let two = |body: &str| slots(&looping(&format!("v3 = {NEW}\n{body}")));
        assert_eq!(two("storewb v1, v2+8\nstorewb v2, v3+8"), 3);
        assert_eq!(two("storewb v2, v1+8"), 2);
        assert_eq!(two("storewb v2, v1+8\nstorewb v3, v2+8"), 1);
    }

    #[test]
    fn iterations_of_loops_are_told_apart() {
        // In the body, which ends in a jump to itself or out, b3 can be reached.
        let text = |body: &str| {
            format!(
                "func @f (i8) -> () {{\nb0(v0: i8):\nv1 = iconst.ptr 0\njump b1(v1)\nb1(v2: ptr):\n{body}\n\
                 b9:\nreturn\n}}"
            )
        };
        // Joins within an iteration.
        let join = |end: &str| {
            text(&format!(
                "v3 = {NEW}\nbrif v0, b2(v3), b2(v1)\nb2(v4: ptr):\nv5 = icmp eq v4, v2\nbrif v5, {end}, b9"
            ))
        };
        assert_eq!(slots(&join("b1(v1)")), 1);
        assert_eq!(slots(&join("b1(v4)")), 0);
        // The holder is made in every iteration, or only in some.
        let holder = |pred: &str| {
            text(&format!(
                "v3 = {NEW}\n{pred}\nb2:\nv4 = {NEW}\njump b3(v4)\nb3(v5: ptr):\nv6 = {NEW}\nstorewb v6, v5+8\n\
                 brif v0, b1(v5), b9"
            ))
        };
        assert_eq!(slots(&holder("jump b2")), 2 - 1);
        assert_eq!(slots(&holder("brif v0, b2, b3(v2)")), 1);
        let kept = |end: &str| {
            text(&format!("v3 = {NEW}\njump b2\nb2:\nv4 = {NEW}\nstorewb v4, v3+8\nbrif v0, {end}, b9"))
        };
        assert_eq!(slots(&kept("b1(v1)")), 2);
        assert_eq!(slots(&kept("b2")), 1);
    }

    #[test]
    fn calls_of_func_values_keep_nothing() {
        // f makes a func value of g, which has captured an object, and passes it to h, which calls it.
        let text = |body: &str, made: &str| {
            format!(
                "func @g (ptr, ptr) -> (ptr) {{\n    param 0 context\nb0(v0: ptr, v1: ptr):\nv2 = load.ptr v0+8\n\
                 {body}\n}}\n\
                 func @h (ptr) -> () {{\nb0(v0: ptr):\nv1 = load.ptr v0\n\
                 v2 = call_indirect v1(v0, v0) : (ptr, ptr) -> (ptr)\nreturn\n}}\n\
                 func @i (ptr) -> () {{\nb0(v0: ptr):\nv1 = load.ptr v0\nv2 = iconst.ptr 0\n\
                 v3 = call_indirect v1(v0, v2) : (ptr, ptr) -> (ptr)\nreturn\n}}\n\
                 func @f (ptr) -> () {{\nb0(v0: ptr):\nv1 = {NEW}\n{made}\nreturn\n}}"
            )
        };
        let closure = "v2 = closure @g type @type:T size 16 (v1)\n";
        let made = |end: &str| format!("{closure}{end}");
        let reads = "v3 = load.ptr v2\nreturn v1";
        assert_eq!(slots(&text(reads, &made("call @i(v2) : (ptr) -> ()"))), 2);
        // An argument of an unknown function.
        assert_eq!(slots(&text(reads, &made("call @h(v2) : (ptr) -> ()"))), 0);
        for (body, slots_left) in [
            ("v3 = symaddr @x\nstorewb v2, v3\nreturn v1", 1),
            ("return v2", 1),
            ("storewb v1, v2\nreturn v1", 2),
            ("storewb v2, v1\nreturn v1", 1),
            ("v3 = symaddr @x\nstorewb v0, v3\nreturn v1", 0),
        ] {
            assert_eq!(slots(&text(body, &made("call @i(v2) : (ptr) -> ()"))), slots_left, "{body}");
        }
        // Memory that looks like a func value.
        let looks = "v2 = symaddr @g\nstore v2, v1\nv3 = load.ptr v1\n\
                     v4 = call_indirect v3(v1, v0) : (ptr, ptr) -> (ptr)";
        assert_eq!(slots(&text(reads, looks)), 0);
    }

    #[test]
    fn results_in_memory_are_followed() {
        let text = |end: &str| {
            format!(
                "func @g (ptr, ptr) -> () {{\n    param 0 result\nb0(v0: ptr, v1: ptr):\nstorewb v1, v0+8\nreturn\n}}\n\
                 func @f (ptr) -> () {{\n    s0 = slot 16 align 8 ptrs 8\nb0(v0: ptr):\nv1 = {NEW}\n\
                 v2 = slotaddr s0\ncall @g(v2, v1) : (ptr, ptr) -> ()\n{end}\nreturn\n}}"
            )
        };
        assert_eq!(slots(&text("v3 = load.ptr v2+8\nv4 = load.i64 v3")), 2);
        assert_eq!(slots(&text("v3 = load.ptr v2+8\nstorewb v3, v0")), 1);
    }

    #[test]
    fn recursions_are_analysed_as_a_whole() {
        let text = |end: &str| {
            format!(
                "func @even (ptr, i8) -> () {{\nb0(v0: ptr, v1: i8):\nbrif v1, b1, b2\nb1:\n\
                 call @odd(v0, v1) : (ptr, i8) -> ()\nreturn\nb2:\nreturn\n}}\n\
                 func @odd (ptr, i8) -> () {{\nb0(v0: ptr, v1: i8):\n{end}\n\
                 call @even(v0, v1) : (ptr, i8) -> ()\nreturn\n}}\n\
                 func @f (i8) -> () {{\nb0(v0: i8):\nv1 = {NEW}\ncall @even(v1, v0) : (ptr, i8) -> ()\nreturn\n}}"
            )
        };
        assert_eq!(slots(&text("v2 = load.i64 v0")), 1);
        assert_eq!(slots(&text("v2 = symaddr @x\nstorewb v0, v2")), 0);
    }

    #[test]
    fn memory_of_a_parameter_may_be_put_in_order() {
        // g stores in its parameter's memory; f has put an object there.
        let text = |body: &str, end: &str| {
            format!(
                "func @g (ptr, ptr) -> () {{\nb0(v0: ptr, v1: ptr):\nv2 = load.ptr v0+8\n{body}\nreturn\n}}\n\
                 func @f (ptr) -> () {{\nb0(v0: ptr):\nv1 = {NEW}\nv2 = {NEW}\nv3 = {NEW}\nstorewb v2, v1+8\n\
                 storewb v3, v2+8\ncall @g(v1, v0) : (ptr, ptr) -> ()\n{end}\nreturn\n}}"
            )
        };
        let again = "v3 = ptradd_imm v2 8\nstorewb v3, v0+8";
        assert_eq!(slots(&text(again, "")), 3);
        let deeper = "v3 = load.ptr v2+8\nstorewb v3, v0+8";
        assert_eq!(slots(&text(deeper, "")), 3);
        // What is one step away now was two steps away before.
        assert_eq!(slots(&text(deeper, "v4 = load.ptr v1+8\nstorewb v4, v0")), 1);
        // In memory of another parameter, or farther away, it may be seen longer.
        assert_eq!(slots(&text("storewb v2, v1", "")), 1);
        assert_eq!(slots(&text("v3 = load.ptr v2+8\nstorewb v3, v1", "")), 2);
        assert_eq!(slots(&text("storewb v0, v2", "")), 0);
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
