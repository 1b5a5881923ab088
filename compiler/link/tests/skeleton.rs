//! The walking skeleton: IR programs linked with the runtime archive. Stacks grow from 2 KiB with live pointers into
//! slots, arguments in registers and on the stack are adjusted, goroutines switch, panics are recovered at landing pads
//! from a call, a fault and a failed check; all of it again with the stack moved at every check.
//!
//! The archive is `$GRUS_RUNTIME_ARCHIVE`, or the one that `cargo xtask build` left in the target folder.

use grus_codegen::{Amd64Level, Arch, ObjectOptions, Target, compile_program};
use grus_ir::{DataObject, DataReloc, Program, PtrWords, RelocKind, Section, parse};
use grus_link::{Extras, Input, Machine, link, write_executable};
use std::path::PathBuf;
use std::process::Command;

fn archive() -> Option<Vec<u8>> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("..");
    let candidates = std::env::var_os("GRUS_RUNTIME_ARCHIVE").map(PathBuf::from).into_iter().chain([
        target.join("runtime/x86_64/libgrus_runtime.a"),
        target.join("rt/x86_64-unknown-linux-gnu/runtime/libgrus_runtime.a"),
    ]);
    candidates.into_iter().find_map(|p| std::fs::read(p).ok())
}

fn program(texts: &[&str]) -> Program {
    let mut p = Program::default();
    for text in texts {
        p.funcs.extend(parse::parse(text, &p.symbols).unwrap_or_else(|e| panic!("{e:?}")));
    }
    for f in &p.funcs {
        grus_ir::verify::verify(f).unwrap_or_else(|e| panic!("{}\n{}", e.join("\n"), f.display(&p.symbols)));
    }
    let mut data = |name: &str, section, bytes: &[u8], relocs| {
        let sym = p.symbols.intern(name);
        let size = bytes.len().max(8) as u64;
        let bytes = bytes.to_vec();
        p.datas.push(DataObject { sym, section, align: 8, size, bytes, relocs, ptr_words: PtrWords::None });
    };
    for name in ["grow", "args", "call", "nil", "bounds", "goroutine"] {
        data(&format!("msg.{name}"), Section::RoData, &name.as_bytes()[..3], vec![]);
    }
    data("msg.ok", Section::RoData, b" ok\n", vec![]);
    data("msg.bad", Section::RoData, b" bad\n", vec![]);
    data("main.landing", Section::NoPtrBss, b"", vec![]);
    data("main.count", Section::NoPtrBss, b"", vec![]);
    let code = p.symbols.intern("main.gofunc");
    let entry = DataReloc { offset: 0, kind: RelocKind::Abs64, sym: code, addend: 0 };
    data("main.gofunc.f", Section::RoData, &[0; 8], vec![entry]);
    p
}

#[test]
fn stacks_grow_goroutines_switch_panics_are_recovered() {
    let p = program(&[include_str!("skeleton/runtime.ir"), include_str!("skeleton/main.ir")]);
    let object = |arch| {
        compile_program(&p, &Target::new(arch, Amd64Level::V1, true), &ObjectOptions::default())
            .expect("nothing here is unsupported")
    };
    object(Arch::Aarch64);
    let Some(archive) = archive().filter(|_| Arch::host() == Some(Arch::X86_64)) else {
        eprintln!("skipped: no runtime archive for this host (cargo xtask build makes it)");
        return;
    };
    let inputs = vec![Input::new("go.o", object(Arch::X86_64)), Input::new("libgrus_runtime.a", archive)];
    let exe = link(Machine::X86_64, inputs, Extras::default()).unwrap_or_else(|e| panic!("{e}"));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skeleton");
    write_executable(&path, &exe).expect("writes");
    for debug in ["", "stackmove=1"] {
        let out = Command::new(&path).env("GODEBUG", debug).output().expect("runs");
        assert_eq!(
            String::from_utf8_lossy(&out.stdout),
            "gro ok\narg ok\ncal ok\nnil ok\nbou ok\ngor ok\n",
            "GODEBUG={debug}, {:?}, stderr: {}",
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
        assert!(out.status.success());
    }
}
