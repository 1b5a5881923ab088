//! Tests of the interpreter: each is a small program and what must be seen of it.

use super::*;
use crate::parse::parse_program;

fn observed(text: &str, name: &str, args: &[u64]) -> String {
    let program = parse_program(text).expect("valid text");
    for f in &program.funcs {
        crate::verify::assert_valid(f, &program.symbols, "the test");
    }
    let sym = program.symbols.lookup(name).expect("the function exists");
    let mut m = Machine::new(&program);
    let outcome = m.run(sym, args, 10_000);
    let results = program.funcs.iter().find(|f| f.sym == sym).map(|f| f.sig.results.clone());
    m.observe(&results.unwrap_or_default(), &outcome, &[]).replace("\nroots", "")
}

#[test]
fn loops_and_calls() {
    let text = "
        func @sum(i64) -> (i64) {
        b0(v0: i64):
            v1 = iconst.i64 0
            jump b1(v0, v1)
        b1(v2: i64, v3: i64):
            v4 = icmp eq v2, v1
            brif v4, b2, b3
        b2:
            return v3
        b3:
            v5 = call @add(v3, v2) : (i64, i64) -> (i64)
            v6 = iconst.i64 1
            v7 = sub v2, v6
            jump b1(v7, v5)
        }
        func @add(i64, i64) -> (i64) {
        b0(v0: i64, v1: i64):
            v2 = add v0, v1
            return v2
        }";
    assert_eq!(observed(text, "sum", &[10]), "returns 55");
    assert_eq!(observed(text, "sum", &[u64::MAX]), "does not end");
}

#[test]
fn objects_are_shown_by_what_they_contain() {
    let text = "
        func @f() -> (ptr) {
        b0:
            v0 = new @type:T size 16 align 8
            v1 = new @type:T size 12 align 8
            storewb v1, v0+8
            v2 = iconst.i64 -7
            store v2, v0
            v3 = symaddr @g
            storewb v0, v3+8
            call @out(v1) : (ptr) -> ()
            return v0
        }";
    assert_eq!(
        observed(text, "f", &[]),
        "calls @out #1\n@g = 0 #2 0 0 0 0 0 0\n#1 = 0 00 00 00 00\n#2 = -7 #1\n\
         returns #1\n@g = 0 #1 0 0 0 0 0 0\n#1 = -7 #2\n#2 = 0 00 00 00 00"
    );
}

#[test]
fn a_slot_ends_with_its_function() {
    let text = "
        func @f() -> (i64) {
        b0:
            v0 = call @local() : () -> (ptr)
            v1 = load.i64 v0
            return v1
        }
        func @local() -> (ptr) {
            s0 = slot 8 align 8
        b0:
            v0 = slotaddr s0
            return v0
        }";
    assert!(observed(text, "f", &[]).starts_with("is wrong: access to 0x7f"));
}

#[test]
fn nil_is_a_panic_only_where_it_is_expected() {
    let text = |flag: &str| {
        format!("func @f(ptr) -> (i64) {{\nb0(v0: ptr):\n    v1 = load.i64 v0+8{flag}\n    return v1\n}}")
    };
    assert_eq!(observed(&text(" fault"), "f", &[0]), "panics: nil dereference nil nil");
    assert!(observed(&text(""), "f", &[0]).starts_with("is wrong: access to 0x8"));
}

/// A deferred closure sees the frame set and recovers; the landing block returns what it left there.
const DEFER: &str = "
    func @f(i64) -> (i64) {
        s0 = slot 8 align 8 frame
        s1 = slot 8 align 8 frame
        defer s0 landing b3
    b0(v0: i64):
        defer_enter b1, landing b3
    b1:
        slotstore v0, s1
        v1 = slotaddr s1
        v2 = closure @f.func1 type @type:F size 16 (v1)
        v3 = slotaddr s0
        call @runtime.deferproc(v3, v2) : (ptr, ptr) -> ()
        v4 = iconst.i64 100
        v5 = sdiv v4, v0
        slotstore v5, s1
        call @runtime.deferreturn(v3) : (ptr) -> ()
        v6 = slotload.i64 s1
        return v6
    b3:
        v7 = slotaddr s0
        call @runtime.deferreturn(v7) : (ptr) -> ()
        v8 = slotload.i64 s1
        return v8
    }
    func @f.func1(ptr) -> () {
        param 0 context
    b0(v0: ptr):
        v1 = load.ptr v0+8
        v2 = load.i64 v1
        v3, v4 = call RECOVER() : () -> (ptr, ptr)
        v5 = iconst.i64 1
        v6 = add v2, v5
        store v6, v1
        return
    }
    func @helper() -> (ptr, ptr) {
    b0:
        v0, v1 = call @runtime.gorecover() : () -> (ptr, ptr)
        return v0, v1
    }";

#[test]
fn deferred_calls_run_and_recover() {
    let direct = DEFER.replace("RECOVER", "@runtime.gorecover");
    assert_eq!(observed(&direct, "f", &[5]), "returns 21");
    assert_eq!(observed(&direct, "f", &[0]), "returns 1");
    // recover works only in the deferred function itself.
    let indirect = DEFER.replace("RECOVER", "@helper");
    assert_eq!(observed(&indirect, "f", &[5]), "returns 21");
    assert_eq!(observed(&indirect, "f", &[0]), "panics: integer divide by zero nil nil");
}

#[test]
fn functions_outside_are_the_same_each_run() {
    let text = "
        func @f(i64) -> (i64, i64) {
        b0(v0: i64):
            v1 = call @out(v0) : (i64) -> (i64)
            v2 = call @out(v0) : (i64) -> (i64)
            return v1, v2
        }";
    let first = observed(text, "f", &[1]);
    assert_eq!(first, observed(text, "f", &[1]));
    assert_ne!(first, observed(text, "f", &[2]));
}
