//! Every instruction of the IR compiles for both architectures, with both optimisation levels' checkers on.

use expect_test::expect;
use grus_codegen::{Amd64Level, Arch, ObjectOptions, Target, compile_program, dump_function};
use grus_ir::{Program, parse};

fn program(text: &str) -> Program {
    let mut p = Program::default();
    p.funcs = parse::parse(text, &p.symbols).unwrap_or_else(|e| panic!("{e:?}"));
    for f in &p.funcs {
        grus_ir::verify::verify(f).unwrap_or_else(|e| panic!("{}", e.join("\n")));
    }
    p
}

fn compile(text: &str) {
    let p = program(text);
    for (arch, level) in
        [(Arch::X86_64, Amd64Level::V1), (Arch::X86_64, Amd64Level::V3), (Arch::Aarch64, Amd64Level::V1)]
    {
        let object = compile_program(&p, &Target::new(arch, level, true), &ObjectOptions::default())
            .expect("nothing here is unsupported");
        assert_eq!(object[..4], *b"\x7fELF");
    }
}

#[test]
fn arithmetic() {
    let mut text = String::new();
    for ty in ["i8", "i16", "i32", "i64"] {
        for op in [
            "add", "sub", "mul", "sdiv", "udiv", "srem", "urem", "and", "or", "xor", "andnot", "shl", "ushr",
            "sshr", "rotl",
        ] {
            text += &format!(
                "func @t.{op}_{ty}({ty}, {ty}) -> ({ty}) {{\nb0(v0: {ty}, v1: {ty}):\n    v2 = {op} v0, v1\n    return v2\n}}\n"
            );
        }
        for op in ["neg", "not", "clz", "ctz", "popcnt", "bswap", "bitrev"] {
            text += &format!(
                "func @t.{op}_{ty}({ty}) -> ({ty}) {{\nb0(v0: {ty}):\n    v1 = {op} v0\n    return v1\n}}\n"
            );
        }
        for c in [-1, 0, 1, 7, -8] {
            for op in ["sdiv", "srem"] {
                text += &format!(
                    "func @t.{op}_{ty}_by{c}({ty}) -> ({ty}) {{\nb0(v0: {ty}):\n    v1 = iconst.{ty} {c}\n    v2 = {op} v0, v1\n    return v2\n}}\n"
                );
            }
        }
    }
    for op in ["umulhi", "smulhi"] {
        text += &format!(
            "func @t.{op}(i64, i64) -> (i64) {{\nb0(v0: i64, v1: i64):\n    v2 = {op} v0, v1\n    return v2\n}}\n"
        );
    }
    for ty in ["f32", "f64"] {
        for op in ["fadd", "fsub", "fmul", "fdiv", "fmin", "fmax", "copysign"] {
            text += &format!(
                "func @t.{op}_{ty}({ty}, {ty}) -> ({ty}) {{\nb0(v0: {ty}, v1: {ty}):\n    v2 = {op} v0, v1\n    return v2\n}}\n"
            );
        }
        for op in ["fneg", "fabs", "sqrt", "ceil", "floor", "ftrunc", "nearest"] {
            text += &format!(
                "func @t.{op}_{ty}({ty}) -> ({ty}) {{\nb0(v0: {ty}):\n    v1 = {op} v0\n    return v1\n}}\n"
            );
        }
        for cc in ["eq", "ne", "lt", "le", "gt", "ge"] {
            text += &format!(
                "func @t.f{cc}_{ty}({ty}, {ty}) -> (i8) {{\nb0(v0: {ty}, v1: {ty}):\n    v2 = fcmp {cc} v0, v1\n    return v2\n}}\n"
            );
        }
    }
    text += "func @t.fma(f64, f64, f64) -> (f64) {\nb0(v0: f64, v1: f64, v2: f64):\n    v3 = fma v0, v1, v2\n    return v3\n}\n";
    compile(&text);
}

#[test]
fn conversions() {
    let mut text = String::new();
    for f in ["f32", "f64"] {
        for i in ["i8", "i16", "i32", "i64"] {
            for (op, from, to) in [("s2f", i, f), ("u2f", i, f), ("f2s", f, i), ("f2u", f, i)] {
                text += &format!(
                    "func @t.{op}_{from}_{to}({from}) -> ({to}) {{\nb0(v0: {from}):\n    v1 = {op}.{to} v0\n    return v1\n}}\n"
                );
            }
        }
    }
    for (op, from, to) in [
        ("sext", "i8", "i64"),
        ("zext", "i16", "i32"),
        ("trunc", "i64", "i8"),
        ("fpromote", "f32", "f64"),
        ("fdemote", "f64", "f32"),
        ("bitcast", "f64", "i64"),
        ("bitcast", "i32", "f32"),
        ("ptrtoint", "ptr", "i64"),
        ("inttoptr", "i64", "ptr"),
    ] {
        text += &format!(
            "func @t.{op}_{from}_{to}({from}) -> ({to}) {{\nb0(v0: {from}):\n    v1 = {op}.{to} v0\n    return v1\n}}\n"
        );
    }
    compile(&text);
}

const MEMORY: &str = r#"
func @t.slots(i64, ptr) -> (ptr) {
    s0 = slot 32 align 8 ptrs 0,16
    s1 = slot 400 align 8 ptrs 0,8
    s2 = slot 24 align 8
b0(v0: i64, v1: ptr):
    slotstore v1, s0
    v2 = slotaddr s0+8
    call @t.use(v2) : (ptr) -> ()
    v3 = slotload.ptr s0
    v4 = slotaddr s1
    memzero v4, 400
    v5 = slotaddr s0
    memcopy v5, v4, 32
    slotstore v0, s2+16
    v6 = slotload.i64 s2+16
    v7 = ptradd v3, v6
    v8 = load.i8 v7
    v9 = ptradd_imm v7 8
    store v8, v9 fault
    return v3
}
func @t.use(ptr) -> () {
b0(v0: ptr):
    v1 = load.ptr v0 fault
    nilcheck v1
    storewb v1, v0+8
    v2 = iconst.i64 3
    store v2, v0+16
    storewb v0, v0+24 fault
    keepalive v1
    return
}
func @t.copies(ptr, ptr) -> () {
b0(v0: ptr, v1: ptr):
    memcopy v0, v1, 5
    memcopy v0, v1, 40 type @type:T
    memcopy v0, v1, 100000
    memzero v0, 3
    memzero v0, 64 type @type:T
    memzero v0, 100000
    return
}
func @t.alloc(i64, ptr, f64) -> (ptr) {
    s0 = slot 24 align 8 ptrs 16
    s1 = slot 32 align 8 ptrs 0
b0(v0: i64, v1: ptr, v2: f64):
    v3 = new @type:T size 24 align 8
    v4 = new @type:T size 32 align 8 stack s1
    v5 = closure @t.use type @type:C size 32 (v0, v1, v2)
    v6 = closure @t.use type @type:D size 24 (v0, v1) stack s0
    storewb v4, v3
    call @t.use(v6) : (ptr) -> ()
    call @t.use(v3) : (ptr) -> ()
    return v5
}
func @t.atomics(ptr, i32, i32) -> (i32, i8) {
b0(v0: ptr, v1: i32, v2: i32):
    v3 = atomic_load.i32 v0
    atomic_store v1, v0
    v4 = atomic_rmw add v0, v1
    v5 = atomic_rmw xchg v0, v3
    v6 = atomic_rmw and v0, v3
    v7 = atomic_rmw or v0, v6
    v8 = atomic_cas v0, v1, v2
    v9 = atomic_load.ptr v0
    prefetch v9
    v10 = add v4, v5
    v11 = add v10, v7
    return v11, v8
}
func @t.bounds(ptr, i64, i64) -> (i8) {
b0(v0: ptr, v1: i64, v2: i64):
    boundscheck index v1, v2
    boundscheck slice_alen_u v1, v2
    v3 = ptradd v0, v1
    v4 = load.i8 v3
    v5 = getg
    v6 = iconst.i64 0
    v7 = icmp ne v5, v6
    v8 = select v7, v4, v7
    return v8
}
"#;

#[test]
fn memory() {
    compile(MEMORY);
}

const CONTROL: &str = r#"
func @t.switch(i64, ptr) -> (ptr) {
b0(v0: i64, v1: ptr):
    v2 = symaddr @t.data+8
    switch v0, b1(v1), [-5: b2, 1: b1(v2), 2: b2, 3: b3, 4: b1(v1), 1000: b3]
b1(v3: ptr):
    return v3
b2:
    v4 = call_indirect v1(v1) : (ptr) -> (ptr)
    jump b1(v4)
b3:
    unreachable
}
func @t.loop(i64, ptr) -> (i64) {
b0(v0: i64, v1: ptr):
    v2 = iconst.i64 0
    jump b1(v2, v1)
b1(v3: i64, v4: ptr):
    call @t.tick(v4) : (ptr) -> ()
    v5 = iconst.i64 1
    v6 = add v3, v5
    v7 = ptradd_imm v4 8
    v8 = icmp slt v6, v0
    brif v8, b1(v6, v7), b2
b2:
    return v6
}
func @t.many(i64, i64, i64, i64, i64, i64, ptr, f64, ptr) -> (i64, ptr, f64) {
b0(v0: i64, v1: i64, v2: i64, v3: i64, v4: i64, v5: i64, v6: ptr, v7: f64, v8: ptr):
    v9, v10, v11 = call @t.many(v1, v2, v3, v4, v5, v0, v8, v7, v6) : (i64, i64, i64, i64, i64, i64, ptr, f64, ptr) -> (i64, ptr, f64)
    return v9, v10, v11
}
func @t.recovers(ptr) -> (i64) {
    s0 = slot 8 align 8 frame
    s1 = slot 8 align 8 frame
    s2 = slot 8 align 8 ptrs 0 frame
    defer s0 landing b2
b0(v0: ptr):
    defer_enter b1, landing b2
b1:
    slotstore v0, s2
    v1 = slotaddr s0
    v2 = symaddr @t.closure
    call @runtime.deferproc(v1, v2) : (ptr, ptr) -> ()
    v3 = load.i64 v0 fault
    slotstore v3, s1
    v4 = slotaddr s0
    call @runtime.deferreturn(v4) : (ptr) -> ()
    v5 = slotload.i64 s1
    return v5
b2:
    v6 = slotaddr s0
    call @runtime.deferreturn(v6) : (ptr) -> ()
    v7 = slotload.i64 s1
    v8 = symaddr @t.closure
    call @t.tick(v8) : (ptr) -> ()
    return v7
}
"#;

#[test]
fn control() {
    compile(CONTROL);
}

#[test]
fn objects_do_not_depend_on_the_order_of_functions_and_symbols() {
    let target = Target::new(Arch::X86_64, Amd64Level::V1, false);
    let object = |reverse: bool| {
        let mut p = Program::default();
        let text = format!("{MEMORY}{CONTROL}");
        if reverse {
            let names = text.split('@').skip(1).filter_map(|s| s.split([' ', '(', '\n', '+']).next());
            names.collect::<Vec<_>>().into_iter().rev().for_each(|n| {
                p.symbols.intern(n);
            });
        }
        p.funcs = parse::parse(&text, &p.symbols).unwrap_or_else(|e| panic!("{e:?}"));
        if reverse {
            p.funcs.reverse();
        }
        compile_program(&p, &target, &ObjectOptions::default()).expect("nothing here is unsupported")
    };
    assert!(object(false) == object(true));
}

#[test]
fn dumps_name_symbols() {
    let p = program(CONTROL);
    let f = p.funcs.iter().find(|f| p.symbols.name(f.sym) == "t.recovers").expect("the function");
    let d = dump_function(&p.symbols, &Target::new(Arch::X86_64, Amd64Level::V1, true), f).expect("compiles");
    assert!(d.clif.contains("try_call"), "{}", d.clif);
    assert!(d.clif.contains("= runtime.deferproc"), "{}", d.clif);
    assert!(d.asm.contains("runtime.morestack"), "{}", d.asm);
    assert!(d.asm.contains("landing"), "{}", d.asm);
}

/// A check in a cold block, accesses with their trap code, the unused second load without one, a slot access through an
/// address of its own, a barrier that became a call after the spiller had run, and the declared pointer in a stack map.
#[test]
fn clif_of_a_function() {
    let p = program(
        r#"
func @t.f(ptr, i64, i64) -> (ptr) {
    s0 = slot 8 align 8 ptrs 0
b0(v0: ptr, v1: i64, v2: i64):
    boundscheck index v1, v2
    v3 = load.ptr v0+16 fault
    v4 = load.i64 v0+24 fault
    slotstore v3, s0
    call @t.g(v1) : (i64) -> ()
    storewb v3, v0+8
    v5 = slotload.ptr s0
    return v5
}
"#,
    );
    let d = dump_function(&p.symbols, &Target::new(Arch::X86_64, Amd64Level::V1, true), &p.funcs[0])
        .expect("nothing here is unsupported");
    expect![[r#"
        ; t.f
        ; userextname0 u0:17 = runtime.panicIndex
        ; userextname1 u0:2 = t.g
        ; userextname2 u0:12 = runtime.writeBarrier
        ; userextname3 u0:13 = runtime.gcWriteBarrier
        function u0:1(i64, i64, i64) -> i64 tail {
            ss0 = explicit_slot 8, align = 8
            ss1 = explicit_slot 8, align = 8
            ss2 = explicit_slot 8, align = 8
            region0 = 1 "memory"
            region1 = 2 "slots"
            region2 = 3 "slots"
            region3 = 4 "slots"
            region4 = 5 "slots"
            region5 = 6 "slots"
            region6 = 7 "slots"
            region7 = 8 "slots"
            region8 = 9 "slots"
            region9 = 11 "spills"
            region10 = 12 "spills"
            gv0 = symbol colocated userextname2
            sig0 = () tail
            sig1 = (i64) tail
            sig2 = (i64, i64) preserve_all
            fn0 = colocated u0:17 sig0
            fn1 = colocated u0:2 sig1
            fn2 = colocated u0:13 sig2

        block0(v0: i64, v1: i64, v2: i64):
            v29 = stack_addr.i64 ss2
            v30 = stack_addr.i64 ss2
            store notrap aligned region10 v0, v30
            v3 = icmp ult v1, v2
            brif v3, block2, block1

        block1 cold:
            v4 = get_pinned_reg.i64 
            store.i64 notrap region0 v1, v4+232
            store.i64 notrap region0 v2, v4+240
            call fn0()
            trap user2

        block2:
            v5 = load.i64 user1 region0 v0+16
            v26 = stack_addr.i64 ss1
            v31 = stack_addr.i64 ss1
            store notrap aligned region9 v5, v31
            v6 = load.i64 notrap region0 v0+24
            v7 = stack_addr.i64 ss0
            v32 = stack_addr.i64 ss0
            store notrap region1 v5, v32
            call fn1(v1), stack_map=[i64 @ ss2+0, i64 @ ss1+0, i64 @ ss0+0]
            v8 = symbol_value.i64 gv0
            v9 = load.i32 notrap region0 v8
            brif v9, block3, block4

        block3 cold:
            v33 = stack_addr.i64 ss2
            v21 = load.i64 notrap aligned region10 v33
            v34 = stack_addr.i64 ss1
            v19 = load.i64 notrap aligned region9 v34
            v10 = iconst.i64 8
            v11 = iadd v21, v10  ; v10 = 8
            call fn2(v11, v19)
            jump block4

        block4:
            v35 = stack_addr.i64 ss1
            v15 = load.i64 notrap aligned region9 v35
            v36 = stack_addr.i64 ss2
            v17 = load.i64 notrap aligned region10 v36
            store notrap region0 v15, v17+8
            v37 = stack_addr.i64 ss0
            v13 = load.i64 notrap region1 v37
            return v13
        }
    "#]]
    .assert_eq(&d.clif_optimised);
}
