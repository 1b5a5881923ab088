//! Symbols, line tables and inline trees: as the runtime reads them (a traceback) and as Go's own tools read them.

use grus_codegen::{Amd64Level, Arch, ObjectOptions, Target, compile_program};
use grus_ir::{InlineSiteData, InstData, LocData, Positions, Program, ResolvePos, parse};
use grus_link::{Extras, Input, Machine, link, start, write_executable};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Positions are lines of one file.
struct OneFile;

impl ResolvePos for OneFile {
    fn resolve(&self, pos: u32) -> (&str, u32, u32) {
        ("/src/main.go", pos, 1)
    }
}

const PROGRAM: &str = r#"
func @runtime.main() -> () {
b0:
    call @main.main() : () -> ()
    v0 = iconst.i32 0
    call @runtime.exit(v0) : (i32) -> ()
    unreachable
}
func @runtime.raise(i64, i64, i64) -> () {
b0(v0: i64, v1: i64, v2: i64):
    unreachable
}
func @runtime.sigpanic(i64, i64, i64) -> () {
b0(v0: i64, v1: i64, v2: i64):
    unreachable
}
func @main.main() -> () {
b0:
    call @main.f() : () -> ()
    return
}
func @main.f() -> () {
b0:
    call @runtime.gopanic() : () -> ()
    unreachable
}
func @runtime.gopanic() -> () {
b0:
    v0 = iconst.i64 0
    call @runtime.dopanic(v0) : (i64) -> ()
    unreachable
}
"#;

fn archive() -> Option<Vec<u8>> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("..");
    let candidates = std::env::var_os("GRUS_RUNTIME_ARCHIVE").map(PathBuf::from).into_iter().chain([
        target.join("runtime/x86_64/libgrus_runtime.a"),
        target.join("rt/x86_64-unknown-linux-gnu/runtime/libgrus_runtime.a"),
    ]);
    candidates.into_iter().find_map(|p| std::fs::read(p).ok())
}

/// `main.main` (line 10) calls `main.f` in line 11; into `main.f` (line 20), `main.g` (30) was inlined in line 21, and
/// into that `main.h` (40) in line 31; `main.h` panics in line 41.
fn program() -> Program {
    let mut p = Program::default();
    p.funcs = parse::parse(PROGRAM, &p.symbols).unwrap_or_else(|e| panic!("{e:?}"));
    p.positions = Positions::new(Box::new(OneFile));
    let (g, h) = (p.symbols.intern("main.g"), p.symbols.intern("main.h"));
    for f in &mut p.funcs {
        let (start, line) = match p.symbols.name(f.sym) {
            "main.main" => (10, 11),
            "main.f" => (20, 41),
            _ => continue,
        };
        f.start_pos = start;
        let scope = (start == 20).then(|| {
            let call = f.locs.push(LocData { pos: 21, scope: None });
            let outer = f.inline_sites.push(InlineSiteData { callee: g, start_pos: 30, call });
            let call = f.locs.push(LocData { pos: 31, scope: Some(outer) });
            f.inline_sites.push(InlineSiteData { callee: h, start_pos: 40, call })
        });
        let loc = f.locs.push(LocData { pos: line, scope });
        for inst in f.blocks[f.entry()].insts.clone() {
            if matches!(f.insts[inst], InstData::Call { .. }) {
                f.inst_locs[inst] = Some(loc);
            }
        }
    }
    p
}

fn executable() -> Option<PathBuf> {
    let p = program();
    let archive = archive().filter(|_| Arch::host() == Some(Arch::X86_64));
    let Some(archive) = archive else {
        eprintln!("skipped: no runtime archive for this host (cargo xtask build makes it)");
        return None;
    };
    let object =
        compile_program(&p, &Target::new(Arch::X86_64, Amd64Level::V1, true), &ObjectOptions::default())
            .expect("nothing here is unsupported");
    let inputs = vec![Input::new("go.o", object), Input::new("libgrus_runtime.a", archive)];
    let exe = link(Machine::X86_64, inputs, Extras::default()).unwrap_or_else(|e| panic!("{e}"));
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("symbols-{:?}", std::thread::current().id()));
    write_executable(&path, &exe).expect("writes");
    Some(path)
}

/// Runs a program while the other test writes none.
fn output(command: &mut Command) -> Output {
    let child = start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    child.and_then(|c| c.wait_with_output()).expect("runs")
}

#[test]
fn tracebacks_show_inlined_calls() {
    let Some(exe) = executable() else { return };
    let out = output(&mut Command::new(exe));
    let text = String::from_utf8_lossy(&out.stderr);
    let expected = [
        "goroutine 1 [running]:",
        "main.h(...)",
        "\t/src/main.go:41",
        "main.g(...)",
        "\t/src/main.go:31",
        "main.f()",
        "\t/src/main.go:21 +0x",
        "main.main()",
        "\t/src/main.go:11 +0x",
    ];
    let lines: Vec<&str> = text.lines().filter(|l| !l.is_empty()).collect();
    assert!(lines.len() >= expected.len(), "{text}");
    for (line, want) in lines.iter().zip(expected) {
        assert!(
            *line == want || want.ends_with("+0x") && line.starts_with(want),
            "{line:?}, not {want:?}, in\n{text}"
        );
    }
    assert_eq!(out.status.code(), Some(2));
}

/// The `go` command of the tree that set-up fetches.
fn go() -> Option<PathBuf> {
    let root = std::env::var_os("GRUS_GOROOT").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(Path::new(&home).join(".cache/grus/go1.27.3"))
    })?;
    Some(root.join("bin/go")).filter(|go| go.exists())
}

#[test]
fn go_tools_read_the_tables() {
    let (Some(exe), Some(go)) = (executable(), go()) else {
        eprintln!("skipped: needs the Go tree that set-up fetches");
        return;
    };
    let run = |args: &[&str]| {
        let mut command = Command::new(&go);
        command.args(args).arg(&exe).env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod");
        let out = output(&mut command);
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let nm = run(&["tool", "nm", "-size"]);
    assert!(nm.lines().any(|l| l.ends_with(" T main.f") && !l.contains(" 0 T")), "{nm}");
    assert!(nm.contains("runtime.pclntab"), "{nm}");
    let text = run(&["tool", "objdump", "-s", "^main\\.f$"]);
    assert!(text.contains("TEXT main.f(SB) /src/main.go"), "{text}");
    assert!(text.contains("main.go:20") && text.contains("main.go:41"), "{text}");
    let version = run(&["version"]);
    assert!(version.contains("go1.27.3"), "{version}");
}
