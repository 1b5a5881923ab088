//! `cargo xtask conformance gotest`: Go's compiler test directory.
//!
//! A case is a Go file whose first line says what to do with it. `run` cases must build, print what
//! their `.out` file holds (nothing, if there is none) and exit with 0; `compile` and `build` cases must
//! build. Where a `run` case fails, gc decides whether the expectation still holds today: a case that
//! gc itself does not pass is left out. Cases about gc's own flags and internals are left out, too.
//!
//! The scoreboard is committed: totals, then one line per failure with its reason. For the other architecture a sample of
//! the `run` cases, always the same, runs under the emulator; the scoreboard has a section for it.

use crate::archive::Arch;
use crate::foreign::{self, Fetch};
use crate::golden::{Machine, go};
use crate::paths::workspace;
use crate::process::capture;
use crate::{build, setup};
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The longest a compilation and a run may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a case asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Run,
    Compile,
}

/// A case of the directory.
struct Case {
    /// Path below the directory.
    name: String,
    path: PathBuf,
    kind: Kind,
    args: Vec<String>,
}

/// How a case ended.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Outcome {
    Pass,
    /// gc does not pass either.
    Left,
    Fail(String),
}

/// How many cases the other architecture's sample has.
const SAMPLE: usize = 320;

/// Runs the cases whose name contains `filter`; writes the scoreboard if there is no filter.
pub fn run(goroot: &Path, filter: Option<&str>, arch: Arch) -> Result<()> {
    let dir = setup::gotest()?;
    if arch != Arch::HOST {
        foreign::rustc(arch, Fetch::All)?;
    }
    let machine = Machine::of(arch)?;
    let grus = build::grus()?;
    let mut cases = Vec::new();
    collect(&dir, &dir, &mut cases)?;
    if arch != Arch::HOST && filter.is_none() {
        sample(&mut cases);
    }
    cases.retain(|c| filter.is_none_or(|f| c.name.contains(f)));
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    let work = tempfile::tempdir()?;
    let bar = ProgressBar::new(cases.len() as u64);
    let outcomes: Vec<Outcome> = cases
        .par_iter()
        .with_max_len(1)
        .map(|c| {
            let exe = work.path().join(c.name.replace('/', "_"));
            let outcome = check(&grus, goroot, &machine, &exe, c);
            let _ = fs::remove_file(&exe);
            bar.inc(1);
            outcome.unwrap_or_else(|e| Outcome::Fail(format!("{e:#}")))
        })
        .collect();
    bar.finish_and_clear();
    let board = scoreboard(&cases, &outcomes);
    print!("{board}");
    if filter.is_none() {
        let file = workspace().join("testdata/conformance/gotest.txt");
        fs::create_dir_all(file.parent().context("no folder")?)?;
        let old = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, with_section(&old, arch, &board))?;
    }
    Ok(())
}

const TITLE: &str = "# Go's compiler test directory (1.19), by `cargo xtask conformance gotest`.\n";
const SECTION: &str =
    "\n# aarch64, by `cargo xtask conformance gotest --target aarch64`: a sample, under qemu.\n";

/// The scoreboard with an architecture's section replaced.
fn with_section(old: &str, arch: Arch, board: &str) -> String {
    let old = old.strip_prefix(TITLE).unwrap_or(old);
    let (first, second) = old.split_once(SECTION).unwrap_or((old, ""));
    match arch {
        Arch::X86_64 => format!("{TITLE}{board}{SECTION}{second}"),
        Arch::Aarch64 => format!("{TITLE}{first}{SECTION}{board}"),
    }
}

/// Leaves some of the `run` cases, chosen by their names.
fn sample(cases: &mut Vec<Case>) {
    let hash = |c: &Case| {
        c.name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
    };
    cases.retain(|c| c.kind == Kind::Run);
    cases.sort_by_key(hash);
    cases.truncate(SAMPLE);
}

fn scoreboard(cases: &[Case], outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for (kind, name) in [(Kind::Run, "run"), (Kind::Compile, "compile")] {
        if cases.iter().all(|c| c.kind != kind) {
            continue;
        }
        let of_kind = || cases.iter().zip(outcomes).filter(|(c, o)| c.kind == kind && **o != Outcome::Left);
        let passed = of_kind().filter(|(_, o)| **o == Outcome::Pass).count();
        let total = of_kind().count();
        let percent = 100.0 * passed as f64 / total.max(1) as f64;
        text += &format!("{name}: {passed} of {total} passed ({percent:.1} %)\n");
    }
    for (c, o) in cases.iter().zip(outcomes) {
        if let Outcome::Fail(why) = o {
            let why = why.lines().next().unwrap_or_default();
            text += &format!("{}: {}\n", c.name, why.chars().take(160).collect::<String>());
        }
    }
    text
}

fn collect(root: &Path, dir: &Path, cases: &mut Vec<Case>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.ends_with(".dir") && name != "codegen" {
                collect(root, &path, cases)?;
            }
        } else if name.ends_with(".go")
            && let Some((kind, args)) = directive(&path)?
        {
            cases.push(Case { name, path, kind, args });
        }
    }
    Ok(())
}

/// What the case is, unless it concerns gc's internals or another platform.
fn directive(path: &Path) -> Result<Option<(Kind, Vec<String>)>> {
    let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
    let mut lines = text.lines();
    let mut line = lines.next().unwrap_or_default();
    while line.starts_with("//go:build") || line.starts_with("// +build") || line.trim().is_empty() {
        match lines.next() {
            Some(l) => line = l,
            None => return Ok(None),
        }
    }
    let Some(words) = line.strip_prefix("// ") else { return Ok(None) };
    let mut words = words.split_whitespace();
    let kind = match words.next() {
        Some("run") => Kind::Run,
        Some("compile" | "build") => Kind::Compile,
        _ => return Ok(None),
    };
    let args: Vec<String> = words.map(str::to_string).collect();
    let internal = args.iter().any(|a| a.starts_with('-'))
        || ["\"os/exec\"", "import \"C\"", "runtime/cgo", "internal/"].iter().any(|s| text.contains(s));
    let elsewhere = text.lines().take(12).filter_map(|l| l.strip_prefix("//go:build ")).any(|c| {
        c.contains("!linux")
            || c.contains("!amd64")
            || c.contains("cgo") && !c.contains("!cgo")
            || ["wasm", "js", "windows", "386", "arm64", "ppc64", "race", "ignore"]
                .iter()
                .any(|t| c.split([' ', '(', ')']).any(|w| w == *t) && !c.contains("||"))
    });
    Ok((!internal && !elsewhere).then_some((kind, args)))
}

fn check(grus: &Path, goroot: &Path, machine: &Machine, exe: &Path, case: &Case) -> Result<Outcome> {
    let mut command = Command::new(grus);
    command.arg("build").env("GRUS_GOROOT", goroot).env("GOARCH", machine.arch.goarch());
    // What need not be a program has no output to name; a program leaves it in a folder of the case.
    let folder = exe.with_extension("folder");
    if case.kind == Kind::Compile {
        fs::create_dir(&folder)?;
        command.current_dir(&folder);
    } else {
        command.arg("-o").arg(exe);
    }
    let built = capture(command.arg(&case.path), TIMEOUT)?;
    let _ = fs::remove_dir_all(&folder);
    if built.code != Some(0) {
        let text = built.err + &built.out;
        let crash = text.contains("panicked at") || built.code.is_none();
        let first = text
            .lines()
            .find(|l| l.contains("panicked at") || l.contains("not yet supported") || l.contains(".go:"))
            .or(text.lines().find(|l| !l.trim().is_empty()))
            .unwrap_or("no message");
        let first = first.rsplit("/test/").next().unwrap_or(first);
        let why = if crash { format!("compiler crash: {first}") } else { format!("does not build: {first}") };
        return Ok(if gc_passes(goroot, machine, exe, case)? { Outcome::Fail(why) } else { Outcome::Left });
    }
    if case.kind == Kind::Compile {
        return Ok(Outcome::Pass);
    }
    match verdict(machine, exe, case)? {
        None => Ok(Outcome::Pass),
        Some(_) if !gc_passes(goroot, machine, exe, case)? => Ok(Outcome::Left),
        Some(why) => Ok(Outcome::Fail(why)),
    }
}

/// Runs a built case; says what is wrong.
fn verdict(machine: &Machine, exe: &Path, case: &Case) -> Result<Option<String>> {
    let mut command = machine.command(exe);
    command.args(&case.args).current_dir(case.path.parent().context("a case lies in a folder")?);
    let got = capture(&mut command, machine.timeout(TIMEOUT))?;
    if got.timeout {
        return Ok(Some("timeout".into()));
    }
    let expected = fs::read_to_string(case.path.with_extension("out")).unwrap_or_default();
    let all = format!("{}{}", got.out, got.err);
    if got.code != Some(0) {
        let line = all
            .lines()
            .find(|l| l.contains("panic") || l.contains("fatal") || l.contains("SIG"))
            .or(all.lines().next())
            .unwrap_or("no output");
        let code = got.code.map_or("a signal".into(), |c| format!("exit code {c}"));
        return Ok(Some(format!("{code}: {line}")));
    }
    if all != expected {
        let n = all.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
        let line = all.lines().nth(n).unwrap_or("(end)");
        return Ok(Some(format!("wrong output, line {}: {line}", n + 1)));
    }
    Ok(None)
}

/// Whether gc builds the case and it behaves as expected.
fn gc_passes(goroot: &Path, machine: &Machine, exe: &Path, case: &Case) -> Result<bool> {
    let exe = exe.with_extension("gc");
    let built = capture(
        go(goroot).env("GOARCH", machine.arch.goarch()).arg("build").arg("-o").arg(&exe).arg(&case.path),
        TIMEOUT,
    )?;
    if built.code != Some(0) {
        // A package that is not a program builds without output.
        return Ok(false);
    }
    let ok = case.kind == Kind::Compile || verdict(machine, &exe, case)?.is_none();
    let _ = fs::remove_file(&exe);
    Ok(ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_architecture_has_its_section() {
        let x = with_section("", Arch::X86_64, "run: 1\n");
        let both = with_section(&x, Arch::Aarch64, "run: 2\n");
        assert_eq!(both, format!("{TITLE}run: 1\n{SECTION}run: 2\n"));
        assert_eq!(with_section(&both, Arch::X86_64, "run: 3\n"), both.replace("run: 1", "run: 3"));
    }
}
