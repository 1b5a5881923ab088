//! File tests of passes: every `testdata/ir/*.ir`.
//!
//! A file is a program in the textual form of the IR with directives in comments:
//!
//! - `; pass: inline, escape` the passes to run (`all`: the whole table);
//! - `; check: TEXT` and `; not: TEXT` what the functions after the passes must contain, in this order, and must not;
//! - `; after:` from here to the end of the file stand the functions after the passes, in comments. `GRUS_BLESS=1`
//!   writes them. `; show: @f @g` restricts check, not and after to these functions;
//! - `; run: @f(3, nil) returns 7` (or `panics: TEXT`) what the interpreter must give before and after the passes;
//! - `; type: T size 16 ptrs 0,8` makes the descriptor `@type:T`;
//! - `; writes: @f` says that `@f`, which the file does not define, writes to what its arguments point to.
//!
//! Beyond the directives every function is interpreted with made-up arguments before and after the passes, and must
//! behave the same, if what it did before was not wrong (a pointer into nowhere, say).

mod differential;
mod directives;

use differential::compare;
use directives::TestFile;
use grus_ir::Program;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};

/// Made-up argument lists for each function.
const INPUTS: u64 = 60;

fn main() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/ir");
    let mut paths: Vec<PathBuf> = fs::read_dir(&dir)
        .expect("testdata/ir is there")
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "ir"))
        .collect();
    paths.sort();
    let name = |p: &Path| p.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let trials = paths.into_iter().map(|p| Trial::test(name(&p), move || test(&p))).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn test(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let file = TestFile::parse(&text)?;
    let before = file.program()?;
    let mut after = file.program()?;
    run_passes(&mut after, &file.passes);
    let shown = file.shown(&after);
    file.check(&shown)?;
    for run in &file.runs {
        run.check(&before, &file.writers).map_err(|e| format!("before the passes: {e}"))?;
        run.check(&after, &file.writers).map_err(|e| format!("after the passes: {e}"))?;
    }
    for f in &before.funcs {
        for input in 0..INPUTS {
            compare(&before, &after, f, &file.writers, input)?;
        }
    }
    match &file.after {
        Some(want) if *want != shown && std::env::var_os("GRUS_BLESS").is_some() => {
            Ok(fs::write(path, file.blessed(&text, &shown))?)
        }
        Some(want) if *want != shown => {
            Err(format!("the functions differ from `; after:` (GRUS_BLESS=1 records them):\n{shown}").into())
        }
        _ => Ok(()),
    }
}

fn run_passes(program: &mut Program, passes: &[String]) {
    for pass in passes {
        match pass.as_str() {
            "all" => drop(grus_opt::optimize(program, None, true)),
            name => grus_opt::run_pass(program, name),
        }
        for f in &program.funcs {
            grus_ir::verify::assert_valid(f, &program.symbols, pass);
        }
    }
}
