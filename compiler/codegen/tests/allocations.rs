//! Which allocations have their fast path in the function.

use grus_codegen::{Amd64Level, Arch, Target, dump_function};
use grus_ir::{Program, parse};

fn asm(arch: Arch, text: &str) -> String {
    let mut p = Program::default();
    p.funcs = parse::parse(text, &p.symbols).unwrap_or_else(|e| panic!("{e:?}"));
    dump_function(&p.symbols, &Target::new(arch, Amd64Level::V1, true), &p.funcs[0])
        .expect("nothing here is unsupported")
        .asm
}

/// Numbers of fast paths and of calls of the runtime.
fn count(text: &str) -> (usize, usize) {
    let counts = [Arch::X86_64, Arch::Aarch64].map(|arch| {
        let asm = asm(arch, text);
        let of = |name: &str| asm.lines().filter(|l| l.contains(name)).count();
        // The search for the lowest free object.
        let fast = of(if arch == Arch::Aarch64 { "rbit" } else { "bsfq" });
        if arch == Arch::Aarch64 {
            assert_eq!(of("runtime.publicationBarrier"), fast, "{asm}");
        }
        (fast, of("runtime.newobject"))
    });
    assert_eq!(counts[0], counts[1]);
    counts[0]
}

fn one(new: &str) -> String {
    format!("func @t.f() -> (ptr) {{\nb0:\n    v0 = {new}\n    return v0\n}}\n")
}

#[test]
fn small_objects_of_known_types() {
    assert_eq!(count(&one("new @t.T size 16 align 8 pointers 0")), (1, 1));
    assert_eq!(count(&one("new @t.T size 8 align 8 pointers 1")), (1, 1));
    assert_eq!(count(&one("new @t.T size 24 align 8 pointers 5")), (1, 1));
    assert_eq!(count(&one("new @t.T size 121 align 8 pointers 1")), (1, 1));
    // Too large; tiny; of a type that was not described.
    assert_eq!(count(&one("new @t.T size 129 align 8 pointers 1")), (0, 1));
    assert_eq!(count(&one("new @t.T size 8 align 8 pointers 0")), (0, 1));
    assert_eq!(count(&one("new @t.T size 16 align 8")), (0, 1));
}

#[test]
fn straight_code_that_allocates_much_calls() {
    let many = |n: usize| -> String {
        let news: String =
            (0..n).map(|i| format!("    v{i} = new @t.T size 32 align 8 pointers 1\n")).collect();
        format!("func @t.f() -> (ptr) {{\nb0:\n{news}    return v0\n}}\n")
    };
    assert_eq!(count(&many(16)), (16, 16));
    assert_eq!(count(&many(17)), (0, 17));
}

#[test]
fn what_precedes_a_panic_calls() {
    let text = "
func @t.f(i8) -> () {
b0(v0: i8):
    brif v0, b1, b2
b1:
    v1 = new @t.T size 16 align 8 pointers 1
    call @t.throw(v1) : (ptr) -> ()
    unreachable
b2:
    return
}
";
    assert_eq!(count(text), (0, 1));
}

/// The bits of an object whose words are all pointers need not be cleared; those of another are.
#[test]
fn pointer_bits() {
    let all = asm(Arch::X86_64, &one("new @t.T size 16 align 8 pointers 3"));
    assert!(all.contains("orq") && !all.contains("notq"), "{all}");
    let some = asm(Arch::X86_64, &one("new @t.T size 16 align 8 pointers 2"));
    assert!(some.contains("notq"), "{some}");
    let none = asm(Arch::X86_64, &one("new @t.T size 16 align 8 pointers 0"));
    assert!(!none.contains("0x1f80"), "{none}");
}
