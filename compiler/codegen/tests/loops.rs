//! What stands in loops: nothing but what they compute.

use expect_test::{Expect, expect};
use grus_codegen::{Amd64Level, Arch, Target, dump_function};
use grus_ir::{Program, parse};

/// Checks the instructions of the first function's first loop: from the target of the last branch back to that branch.
fn check_loop(arch: Arch, text: &str, expected: Expect) {
    let mut p = Program::default();
    p.funcs = parse::parse(text, &p.symbols).unwrap_or_else(|e| panic!("{e:?}"));
    let dump = dump_function(&p.symbols, &Target::new(arch, Amd64Level::V1, true), &p.funcs[0])
        .expect("nothing here is unsupported");
    let lines: Vec<(u64, &str)> = dump
        .asm
        .lines()
        .filter_map(|l| l.trim().split_once("  "))
        .filter_map(|(at, text)| Some((u64::from_str_radix(at, 16).ok()?, text.trim())))
        .collect();
    let back = |&(at, text): &(u64, &str)| {
        let (op, target) = text.rsplit_once([' ', ','])?;
        let branch = op.starts_with('j') || op.starts_with("b.") || op.starts_with("cb") || op == "b";
        let to = u64::from_str_radix(target.trim_start_matches(['#', '0', 'x']), 16).ok()?;
        (branch && to != 0 && to <= at).then_some((to, at))
    };
    let (from, to) = lines.iter().find_map(back).unwrap_or_else(|| panic!("no loop in\n{}", dump.asm));
    let body: Vec<&str> = lines.iter().filter(|l| (from..=to).contains(&l.0)).map(|l| l.1).collect();
    expected.assert_eq(&(body.join("\n") + "\n"));
}

/// The sum lives across a call behind the loop, and the bound across one before and one behind it.
const SUM: &str = "
func @t.f(i64) -> (i64) {
b0(v0: i64):
    call @t.g() : () -> ()
    v1 = iconst.i64 0
    v2 = icmp slt v1, v0
    brif v2, b1(v1, v1), b2(v1)
b1(v3: i64, v4: i64):
    v5 = iconst.i64 7
    v6 = and v3, v5
    v7 = add v4, v6
    v8 = iconst.i64 1
    v9 = add v3, v8
    v10 = icmp slt v9, v0
    brif v10, b1(v9, v7), b2(v7)
b2(v11: i64):
    call @t.g() : () -> ()
    v12 = add v11, v0
    return v12
}
";

/// The same of floats, for which no register survives a call.
const FLOATS: &str = "
func @t.f(i64, f64) -> (f64) {
b0(v0: i64, v1: f64):
    call @t.g() : () -> ()
    v2 = iconst.i64 0
    v3 = icmp slt v2, v0
    brif v3, b1(v2, v1), b2(v1)
b1(v4: i64, v5: f64):
    v6 = fmul v5, v1
    v7 = iconst.i64 1
    v8 = add v4, v7
    v9 = icmp slt v8, v0
    brif v9, b1(v8, v6), b2(v6)
b2(v10: f64):
    call @t.g() : () -> ()
    v11 = fadd v10, v1
    return v11
}
";

#[test]
fn no_moves_x86_64() {
    check_loop(
        Arch::X86_64,
        SUM,
        expect![[r#"
        movq %r12, %rdx
        andq $7, %rdx
        addq $1, %r12
        addq %rdx, %rcx
        cmpq %rax, %r12
        jl 0x34
    "#]],
    );
    check_loop(
        Arch::X86_64,
        FLOATS,
        expect![[r#"
        mulsd %xmm0, %xmm1
        addq $1, %rsi
        cmpq %rax, %rsi
        jl 0x59
    "#]],
    );
}

#[test]
fn no_moves_aarch64() {
    check_loop(
        Arch::Aarch64,
        SUM,
        expect![[r#"
        and x1, x19, #7
        add x19, x19, #1
        add x11, x11, x1
        cmp x19, x0
        b.lt #0x38
    "#]],
    );
    check_loop(
        Arch::Aarch64,
        FLOATS,
        expect![[r#"
        fmul d16, d16, d21
        add x6, x6, #1
        cmp x6, x0
        b.lt #0x58
    "#]],
    );
}
