//! IR programs compiled, linked with a runtime of a few instructions, and run: what instructions compute is compared
//! with what Rust computes. Runs on x86_64 Linux only; aarch64 objects of the same programs are compiled, not run.

use grus_codegen::{Amd64Level, Arch, ObjectOptions, Target, compile_program};
use grus_ir::{DataObject, Program, PtrWords, Section, parse};
use grus_link::{Extras, Input, Machine, link, start, write_executable};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A folder for one test's files.
fn folder(test: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("execute-{test}"));
    std::fs::create_dir_all(&dir).expect("the target folder is writable");
    dir
}

fn program(text: &str) -> Program {
    let mut p = Program::default();
    p.funcs = parse::parse(text, &p.symbols).unwrap_or_else(|e| panic!("{e:?}"));
    for f in &p.funcs {
        grus_ir::verify::verify(f).unwrap_or_else(|e| panic!("{}\n{}", e.join("\n"), f.display(&p.symbols)));
    }
    p
}

fn data(p: &mut Program, name: &str, section: Section, size: u64, bytes: Vec<u8>) {
    let sym = p.symbols.intern(name);
    p.datas.push(DataObject {
        sym,
        section,
        align: 16,
        size,
        bytes,
        relocs: vec![],
        ptr_words: PtrWords::None,
    });
}

/// Compiles for both architectures; links and runs the x86_64 program, if that is the host.
fn run(test: &str, p: &Program, level: Amd64Level) -> Option<Output> {
    let object = |arch| {
        let target = Target::new(arch, level, true);
        compile_program(p, &target, &ObjectOptions::default()).expect("nothing here is unsupported")
    };
    object(Arch::Aarch64);
    if Arch::host() != Some(Arch::X86_64) {
        return None;
    }
    let dir = folder(test);
    let first = dir.join("start.o");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/execute/start.s");
    let cc = start(Command::new("cc").arg("-c").arg(source).arg("-o").arg(&first));
    assert!(cc.and_then(|mut cc| cc.wait()).expect("the C compiler that Rust links with").success());
    let inputs = vec![
        Input::new("go.o", object(Arch::X86_64)),
        Input::new("start.o", std::fs::read(&first).expect("the assembler's output")),
    ];
    let exe = link(Machine::X86_64, inputs, Extras::default()).unwrap_or_else(|e| panic!("{e}"));
    let path = dir.join("prog");
    write_executable(&path, &exe).expect("writes");
    let child = start(Command::new(&path).stdout(Stdio::piped()).stderr(Stdio::piped()));
    Some(child.and_then(|c| c.wait_with_output()).expect("runs"))
}

#[test]
fn prints() {
    let mut p = program(
        r#"
func @main.main() -> (i64) {
b0:
    v0 = symaddr @go:string.hello
    v1 = iconst.i64 6
    call @test.write(v0, v1) : (ptr, i64) -> ()
    v2 = iconst.i64 7
    return v2
}
"#,
    );
    data(&mut p, "go:string.hello", Section::RoData, 6, b"hello\n".to_vec());
    if let Some(out) = run("prints", &p, Amd64Level::V1) {
        assert_eq!(String::from_utf8_lossy(&out.stdout), "hello\n");
        assert_eq!(out.status.code(), Some(7));
    }
}

/// Functions that must give a value for arguments, all called from `main.main`, which exits with 0 if they do and
/// writes the number of the first that does not.
#[derive(Default)]
struct Cases {
    funcs: String,
    main: String,
    names: Vec<String>,
}

impl Cases {
    /// `body` computes `r` of type `ty` (as bits) from `args`, named a, b, c.
    fn add(&mut self, name: &str, args: &[(&str, u64)], ty: &str, body: &str, expected: u64) {
        let n = self.names.len();
        self.names.push(format!("{name}: expected {expected:#x}"));
        let tys: Vec<&str> = args.iter().map(|a| a.0).collect();
        let params: Vec<String> = tys.iter().enumerate().map(|(i, t)| format!("v{i}: {t}")).collect();
        let _ = writeln!(
            self.funcs,
            "func @t.f{n}({}) -> ({ty}) {{\nb0({}):\n{body}\n}}",
            tys.join(", "),
            params.join(", ")
        );
        let m = &mut self.main;
        let _ = writeln!(m, "func @t.c{n}() -> () {{\nb0:");
        let mut vals = Vec::new();
        for (i, (t, bits)) in args.iter().enumerate() {
            if t.starts_with('f') {
                let _ = writeln!(m, "    v{i} = fconst.{t} {bits:#x}");
            } else {
                let _ = writeln!(m, "    v{i} = iconst.{t} {}", *bits as i64);
            }
            vals.push(format!("v{i}"));
        }
        let _ = writeln!(m, "    v10 = call @t.f{n}({}) : ({}) -> ({ty})", vals.join(", "), tys.join(", "));
        let int = match ty {
            "f32" => "i32",
            "f64" => "i64",
            other => other,
        };
        if int != ty {
            let _ = writeln!(m, "    v11 = bitcast.{int} v10");
        } else {
            let _ = writeln!(m, "    v12 = iconst.{int} 0\n    v11 = or v10, v12");
        }
        let _ = writeln!(m, "    v13 = iconst.{int} {}", sign_extend(expected, int));
        let _ = writeln!(m, "    v14 = icmp eq v11, v13\n    brif v14, b1, b2\nb1:\n    return\nb2:");
        let _ = writeln!(
            m,
            "    v15 = iconst.i64 {n}\n    call @t.fail(v15, v11) : (i64, {int}) -> ()\n    return\n}}"
        );
    }

    fn run(self, test: &str, level: Amd64Level) {
        let calls: String =
            (0..self.names.len()).fold(String::new(), |s, n| s + &format!("    call @t.c{n}() : () -> ()\n"));
        let fails: String = ["i8", "i16", "i32", "i64"].iter().fold(String::new(), |s, t| {
            s + &format!(
                "func @t.fail{}(i64, {t}) -> () {{\nb0(v0: i64, v1: {t}):\n    v2 = symaddr @t.report\n    store v0, v2\n    store v1, v2+8\n    v3 = iconst.i64 16\n    call @test.write(v2, v3) : (ptr, i64) -> ()\n    v4 = iconst.i64 1\n    call @test.exit(v4) : (i64) -> ()\n    return\n}}\n",
                &t[1..]
            )
        });
        let main = ["8", "16", "32", "64"].iter().fold(self.main, |m, bits| {
            m.lines()
                .map(|l| {
                    if l.contains("@t.fail(") && l.ends_with(&format!("(i64, i{bits}) -> ()")) {
                        l.replace("@t.fail(", &format!("@t.fail{bits}("))
                    } else {
                        l.to_string()
                    }
                })
                .fold(String::new(), |s, l| s + &l + "\n")
        });
        let text = format!(
            "{}{main}{fails}func @main.main() -> (i64) {{\nb0:\n{calls}    v0 = iconst.i64 0\n    return v0\n}}\n{}",
            self.funcs,
            "func @math.FMA(f64, f64, f64) -> (f64) {\nb0(v0: f64, v1: f64, v2: f64):\n    return v0\n}\n"
        );
        let mut p = program(&text);
        data(&mut p, "t.report", Section::NoPtrBss, 16, vec![]);
        let Some(out) = run(test, &p, level) else { return };
        if out.status.code() != Some(0) {
            let word = |i: usize| {
                out.stdout.get(i..i + 8).map(|b| u64::from_le_bytes(b.try_into().expect("8 bytes")))
            };
            let name = word(0).and_then(|n| self.names.get(n as usize));
            panic!("{name:?}, got {:#x?}, status {:?}", word(8), out.status);
        }
    }
}

fn sign_extend(v: u64, ty: &str) -> i64 {
    match ty {
        "i8" => i64::from(v as i8),
        "i16" => i64::from(v as i16),
        "i32" => i64::from(v as i32),
        _ => v as i64,
    }
}

#[test]
fn division_and_shifts() {
    let mut c = Cases::default();
    macro_rules! ints {
        ($($ty:literal $s:ty, $u:ty;)*) => { $(
            for x in [0 as $s, 1, -1, 7, -7, <$s>::MIN, <$s>::MAX, 100] {
                for y in [1 as $s, -1, 2, -2, 7, <$s>::MIN, <$s>::MAX] {
                    let args = [($ty, x as i64 as u64), ($ty, y as i64 as u64)];
                    let mut bin = |op: &str, r: u64| {
                        let body = format!("    v2 = {op} v0, v1\n    return v2");
                        c.add(&format!("{op} {x} {y} {}", $ty), &args, $ty, &body, r);
                    };
                    bin("sdiv", x.wrapping_div(y) as i64 as u64);
                    bin("srem", x.wrapping_rem(y) as i64 as u64);
                    bin("udiv", ((x as $u) / (y as $u)) as u64);
                    bin("urem", ((x as $u) % (y as $u)) as u64);
                    bin("shl", x.wrapping_shl(y as u32) as i64 as u64);
                    bin("sshr", x.wrapping_shr(y as u32) as i64 as u64);
                    bin("ushr", ((x as $u).wrapping_shr(y as u32)) as u64);
                    bin("rotl", (x as $u).rotate_left((y as u32) % <$u>::BITS) as u64);
                    // Divisors that are known.
                    for op in ["sdiv", "srem"] {
                        let r = if op == "sdiv" { x.wrapping_div(y) } else { x.wrapping_rem(y) };
                        let body = format!("    v2 = iconst.{} {}\n    v3 = {op} v0, v2\n    return v3", $ty, y as i64);
                        c.add(&format!("{op} {x} by {y} {}", $ty), &args[..1], $ty, &body, r as i64 as u64);
                    }
                }
                let mut un = |op: &str, r: u64| {
                    let body = format!("    v1 = {op} v0\n    return v1");
                    c.add(&format!("{op} {x} {}", $ty), &[($ty, x as i64 as u64)], $ty, &body, r);
                };
                un("clz", u64::from(x.leading_zeros()));
                un("ctz", u64::from(x.trailing_zeros()));
                un("popcnt", u64::from(x.count_ones()));
                un("bswap", x.swap_bytes() as i64 as u64);
                un("bitrev", x.reverse_bits() as i64 as u64);
            }
        )* };
    }
    ints! { "i8" i8, u8; "i16" i16, u16; "i32" i32, u32; "i64" i64, u64; }
    c.run("division", Amd64Level::V1);
}

const FLOATS: [f64; 26] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    2.5,
    -1.5,
    -2.5,
    0.49999999999999994,
    3.7,
    -3.7,
    127.0,
    255.9,
    65536.0,
    2147483647.0,
    2147483648.0,
    -2147483649.0,
    4294967295.5,
    9.2e18,
    9.3e18,
    1.8446744073709552e19,
    -1e300,
    4503599627370497.5,
    f64::INFINITY,
];

#[test]
fn rounding() {
    for level in [Amd64Level::V1, Amd64Level::V2] {
        let mut c = Cases::default();
        for x in FLOATS.into_iter().chain([f64::NEG_INFINITY, 4503599627370495.5, -4503599627370495.5]) {
            for (op, r) in [
                ("ceil", x.ceil()),
                ("floor", x.floor()),
                ("ftrunc", x.trunc()),
                ("nearest", x.round_ties_even()),
            ] {
                let body = format!("    v1 = {op} v0\n    return v1");
                c.add(&format!("{op} {x}"), &[("f64", x.to_bits())], "f64", &body, r.to_bits());
                let x = x as f32;
                let r = match op {
                    "ceil" => x.ceil(),
                    "floor" => x.floor(),
                    "ftrunc" => x.trunc(),
                    _ => x.round_ties_even(),
                };
                c.add(
                    &format!("{op} {x}f32"),
                    &[("f32", x.to_bits().into())],
                    "f32",
                    &body,
                    r.to_bits().into(),
                );
            }
        }
        c.run(&format!("rounding{level:?}"), level);
    }
}

/// What gc's amd64 conversion instruction gives: the smallest integer for what does not fit.
fn cvtt(x: f64, bits: u32) -> i64 {
    let limit = 2f64.powi(bits as i32 - 1);
    let t = x.trunc();
    if t >= -limit && t < limit { t as i64 } else { i64::MIN >> (64 - bits) }
}

#[test]
fn conversions_between_floats_and_integers() {
    let mut c = Cases::default();
    for x in FLOATS.into_iter().chain([f64::NEG_INFINITY, f64::NAN, -9.3e18, -1.8e19]) {
        for (to, bits) in [("i8", 8), ("i16", 16), ("i32", 32), ("i64", 64)] {
            for (from, x) in [("f64", x), ("f32", f64::from(x as f32))] {
                let arg = if from == "f32" { u64::from((x as f32).to_bits()) } else { x.to_bits() };
                let signed = cvtt(x, if bits == 64 { 64 } else { 32 });
                let unsigned = match bits {
                    8 | 16 => signed,
                    32 => cvtt(x, 64),
                    _ if x < 2f64.powi(63) => cvtt(x, 64),
                    _ if from == "f32" => cvtt(f64::from(x as f32 - 2f32.powi(63)), 64) | i64::MIN,
                    _ => cvtt(x - 2f64.powi(63), 64) | i64::MIN,
                };
                for (op, r) in [("f2s", signed), ("f2u", unsigned)] {
                    let body = format!("    v1 = {op}.{to} v0\n    return v1");
                    let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
                    c.add(&format!("{op}.{to} {x} {from}"), &[(from, arg)], to, &body, r as u64 & mask);
                }
            }
        }
    }
    for x in
        [0u64, 1, 255, 0x8000, 0xffff_ffff, 1 << 53 | 1, u64::MAX, 1 << 63, (1 << 63) + 1025, u64::MAX - 1024]
    {
        for (ty, s, u) in [
            ("i8", i64::from(x as i8), u64::from(x as u8)),
            ("i16", i64::from(x as i16), u64::from(x as u16)),
            ("i32", i64::from(x as i32), u64::from(x as u32)),
            ("i64", x as i64, x),
        ] {
            let s2f = |to: &str| format!("    v1 = s2f.{to} v0\n    return v1");
            let u2f = |to: &str| format!("    v1 = u2f.{to} v0\n    return v1");
            c.add(&format!("s2f64 {s} {ty}"), &[(ty, s as u64)], "f64", &s2f("f64"), (s as f64).to_bits());
            c.add(&format!("u2f64 {u} {ty}"), &[(ty, s as u64)], "f64", &u2f("f64"), (u as f64).to_bits());
            c.add(
                &format!("s2f32 {s} {ty}"),
                &[(ty, s as u64)],
                "f32",
                &s2f("f32"),
                (s as f32).to_bits().into(),
            );
            c.add(
                &format!("u2f32 {u} {ty}"),
                &[(ty, s as u64)],
                "f32",
                &u2f("f32"),
                (u as f32).to_bits().into(),
            );
        }
    }
    c.run("conversions", Amd64Level::V1);
}

#[test]
fn min_and_max_of_floats() {
    let mut c = Cases::default();
    for (x, y, min, max) in [
        (1.0f64, 2.0f64, 1.0f64, 2.0f64),
        (0.0, -0.0, -0.0, 0.0),
        (-0.0, 0.0, -0.0, 0.0),
        (f64::INFINITY, 3.0, 3.0, f64::INFINITY),
    ] {
        for (op, r) in [("fmin", min), ("fmax", max)] {
            let body = format!("    v2 = {op} v0, v1\n    return v2");
            c.add(
                &format!("{op} {x} {y}"),
                &[("f64", x.to_bits()), ("f64", y.to_bits())],
                "f64",
                &body,
                r.to_bits(),
            );
        }
    }
    for op in ["fmin", "fmax"] {
        let body = format!("    v2 = {op} v0, v1\n    v3 = fcmp ne v2, v2\n    return v3");
        let nan = ("f64", f64::NAN.to_bits());
        c.add(&format!("{op} NaN 1"), &[nan, ("f64", 1f64.to_bits())], "i8", &body, 1);
        c.add(&format!("{op} 1 NaN"), &[("f64", 1f64.to_bits()), nan], "i8", &body, 1);
    }
    c.run("minmax", Amd64Level::V1);
}

#[test]
#[cfg(target_arch = "x86_64")]
#[should_panic(expected = "one and one")]
fn a_wrong_result_is_noticed() {
    let mut c = Cases::default();
    let body = "    v1 = add v0, v0\n    return v1";
    c.add("one and one", &[("i32", 1)], "i32", body, 3);
    c.run("wrong", Amd64Level::V1);
}
