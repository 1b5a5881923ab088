//! `cargo xtask test`: the crates' own tests, then the golden programs under every mode (and compiled for arm64), some of them
//! for the other architecture under an emulator, then some of the standard library's own tests, closing with one line that counts them all.

use crate::archive::Arch;
use crate::foreign::{self, Fetch};
use crate::golden::{self, Machine, Mode, Program};
use crate::{build, natives, paths, stdtests, traces, twin};
use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Numbers of tests by outcome.
#[derive(Default, Clone, Copy)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, o: Counts) {
        self.passed += o.passed;
        self.failed += o.failed;
        self.skipped += o.skipped;
    }
}

/// Programs that are also built for the other architecture and run under its emulator: one of every part of the runtime.
const FOREIGN: &[&str] = &[
    "gc_parallel_trees",
    "hello",
    "large_frames",
    "large_function",
    "math_functions",
    "p_defer_order",
    "p_float_to_int_range",
    "p_goroutines_pipeline",
    "p_panic_goroutine",
    "p_recover_basic",
    "p_select",
    "recover_reflect",
    "reflect_calls",
    "runtime_errors",
    "stack_growth_goroutines",
    "sync_primitives",
    "time_timers",
    "traceback_created_by",
];

/// What to test.
pub struct Choice {
    pub filter: Option<String>,
    pub golden_only: bool,
    pub target: Arch,
    pub mode: Option<&'static Mode>,
}

/// Runs everything; fails if anything failed. For the other architecture that is the golden programs.
pub fn run(goroot: &Path, choice: &Choice) -> Result<()> {
    let mut counts = Counts::default();
    let filter = choice.filter.as_deref();
    let all = filter.is_none() && choice.mode.is_none() && choice.target == Arch::HOST;
    let modes = |p: &Program| match choice.mode {
        None => golden::modes_of(p),
        Some(mode) if golden::is_big(p) && !mode.godebug.is_empty() => Vec::new(),
        Some(mode) => vec![mode],
    };
    if all || choice.target != Arch::HOST {
        // Before grus is built, which then has a runtime for the architecture. Where it fails, tests are skipped below.
        let _ = foreign::rustc(Arch::FOREIGN, Fetch::All);
    }
    if choice.target != Arch::HOST {
        counts += foreign_tests(goroot, &golden::programs(filter)?, &modes)?;
        return counts.report();
    }
    if !choice.golden_only && all {
        // The driver's tests run programs: they need the runtime archive.
        build::grus()?;
        counts += crate_tests(goroot)?;
        counts += models()?;
        counts += no_problems("NATIVES.md and the archive", natives::table_against_archive()?);
        counts += no_problems("runtime/gotest", natives::go_half(goroot)?);
    }
    let programs = golden::programs(filter)?;
    let known = golden::known_failures()?;
    counts += run_programs(&build::grus()?, goroot, &Machine::HOST, &programs, &modes, &known)?;
    if all {
        let mut programs = programs;
        programs.retain(|p| FOREIGN.contains(&p.name.as_str()));
        counts += foreign_tests(goroot, &programs, &golden::first_modes)?;
        counts += twin_tests(goroot)?;
        counts += trace_tests(goroot)?;
    }
    if !choice.golden_only && all {
        counts += std_tests(goroot)?;
    }
    counts.report()
}

impl Counts {
    /// The closing line; fails if anything failed.
    fn report(self) -> Result<()> {
        println!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped);
        if self.failed > 0 {
            bail!("{} tests failed", self.failed);
        }
        Ok(())
    }
}

/// One test, which passes if it found nothing; what it found is printed.
fn no_problems(name: &str, problems: Vec<String>) -> Counts {
    problems.iter().for_each(|p| println!("{name}: FAILED: {p}"));
    let failed = usize::from(!problems.is_empty());
    Counts { passed: 1 - failed, failed, skipped: 0 }
}

/// `cargo test` over the workspace, its output passed on and its results added up.
fn crate_tests(goroot: &Path) -> Result<Counts> {
    let mut c = cargo();
    c.args(["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast"]).env("GRUS_GOROOT", goroot);
    count_tests(c)
}

/// The models of what threads share without a lock: every order of their steps is tried.
fn models() -> Result<Counts> {
    let mut c = cargo();
    c.args(["test", "-p", "grus-runtime", "--lib", "--locked", "--target-dir"])
        .arg(paths::target().join("loom"));
    count_tests(c.env("RUSTFLAGS", "--cfg loom").env("LOOM_MAX_PREEMPTIONS", "3"))
}

fn cargo() -> Command {
    let mut c = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    c.current_dir(paths::workspace());
    c
}

/// Runs `cargo test` and adds up its results.
fn count_tests(mut cargo: impl std::borrow::BorrowMut<Command>) -> Result<Counts> {
    let mut child = cargo.borrow_mut().stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let mut counts = Counts::default();
    for line in BufReader::new(child.stdout.take().context("no output")?).lines() {
        let line = line?;
        println!("{line}");
        if let Some(rest) = line.strip_prefix("test result: ") {
            let number = |what: &str| {
                rest.split([';', '.'])
                    .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
                    .unwrap_or(0)
            };
            counts +=
                Counts { passed: number("passed"), failed: number("failed"), skipped: number("ignored") };
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!("cargo test: {status}");
    }
    Ok(counts)
}

/// The standard library's own tests of a few packages.
fn std_tests(goroot: &Path) -> Result<Counts> {
    let mut counts = Counts::default();
    for report in stdtests::test_packages(&build::grus()?, goroot, stdtests::QUICK)? {
        print!("{}", report.failures());
        let (passed, failed, skipped) = report.counts();
        counts += Counts { passed, failed, skipped };
    }
    Ok(counts)
}

/// Traces that Go's reader accepts.
fn trace_tests(goroot: &Path) -> Result<Counts> {
    let mut counts = Counts::default();
    for (test, failure) in traces::run(&build::grus()?, goroot, None)? {
        counts += no_problems(&test, failure.into_iter().collect());
    }
    Ok(counts)
}

/// Golden programs built for the other architecture. Where they cannot be built or run they are skipped, with the reason.
fn foreign_tests(goroot: &Path, programs: &[Program], modes: &Modes<'_>) -> Result<Counts> {
    let arch = Arch::FOREIGN;
    let grus = build::grus()?;
    let machine = foreign::rustc(arch, Fetch::All).and_then(|_| Machine::of(arch));
    let machine = match machine {
        Ok(machine) => machine,
        Err(why) => {
            let n: usize = programs.iter().map(|p| modes(p).len()).sum();
            println!("{n} runs for {} are skipped: {why:#}", arch.name());
            return Ok(Counts { skipped: n, ..Counts::default() });
        }
    };
    let mut known = golden::known_failures()?;
    known.extend(golden::not_emulated()?);
    run_programs(&grus, goroot, &machine, programs, modes, &known)
}

/// The modes that a program is run under.
type Modes<'a> = dyn Fn(&Program) -> Vec<&'static Mode> + Sync + 'a;

/// Builds programs with Grus and runs them under their modes.
fn run_programs(
    grus: &Path,
    goroot: &Path,
    machine: &Machine,
    programs: &[Program],
    modes: &Modes<'_>,
    known: &BTreeMap<String, String>,
) -> Result<Counts> {
    let work = tempfile::tempdir()?;
    let bar = ProgressBar::new(programs.len() as u64);
    let results: Vec<Vec<Outcome>> = programs
        .par_iter()
        .map(|p| {
            let timeout = match known.contains_key(&p.name) {
                true => golden::KNOWN_FAILURE_TIMEOUT,
                false => machine.timeout(golden::TIMEOUT),
            };
            let outcomes = one(grus, goroot, work.path(), machine, p, &modes(p), timeout);
            if !known.contains_key(&p.name) {
                // At once: the whole suite takes long.
                outcomes.iter().for_each(|o| o.report(&p.name, &bar));
            }
            bar.inc(1);
            outcomes
        })
        .collect();
    bar.finish_and_clear();
    let mut counts = Counts::default();
    for (program, outcomes) in programs.iter().zip(results) {
        if let Some(reason) = known.get(&program.name) {
            if machine.arch == Arch::HOST && outcomes.iter().all(|o| o.result.is_ok()) {
                println!("{}: FAILED: passes, but stands in known-failures", program.name);
                counts.failed += 1;
            } else {
                println!("{}: skipped, known failure: {reason}", program.name);
                counts.skipped += 1;
            }
            continue;
        }
        for o in outcomes {
            match o.result {
                Ok(()) => counts.passed += 1,
                Err(_) => counts.failed += 1,
            }
        }
    }
    Ok(counts)
}

/// Go's compiler, compiled by Grus, on a few packages.
fn twin_tests(goroot: &Path) -> Result<Counts> {
    let mut counts = Counts::default();
    for c in twin::compare(goroot, twin::QUICK)? {
        match c.difference {
            None => counts.passed += 1,
            Some(why) => {
                println!("cmd/compile on {}: FAILED: {why}", c.package);
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}

/// How a program fared in one mode.
struct Outcome {
    mode: &'static str,
    result: std::result::Result<(), String>,
}

impl Outcome {
    /// Says what failed.
    fn report(&self, program: &str, bar: &ProgressBar) {
        if let Err(why) = &self.result {
            bar.suspend(|| println!("{program}/{}: FAILED: {why}", self.mode));
        }
    }
}

/// Outcomes of one program: one for each mode, or one failure if it does not build.
fn one(
    grus: &Path,
    goroot: &Path,
    work: &Path,
    machine: &Machine,
    p: &Program,
    modes: &[&'static Mode],
    timeout: Duration,
) -> Vec<Outcome> {
    let exe = work.join(&p.name);
    let built = Command::new(grus)
        .arg("build")
        .arg("-o")
        .arg(&exe)
        .arg(&p.source)
        .env("GRUS_GOROOT", goroot)
        .env("GOARCH", machine.arch.goarch())
        .output();
    let fail = |why: String| vec![Outcome { mode: "build", result: Err(why) }];
    let out = match built {
        Ok(out) => out,
        Err(e) => return fail(format!("cannot run grus: {e}")),
    };
    if !out.status.success() {
        let text = String::from_utf8_lossy(&out.stderr);
        return fail(format!("does not build: {}", text.lines().take(12).collect::<Vec<_>>().join("\n    ")));
    }
    let arm64 = (machine.arch != Arch::Aarch64)
        .then(|| Outcome { mode: "arm64", result: arm64_object(grus, goroot, &exe, p) });
    let runs = modes.iter().map(|mode| {
        let check = || -> Result<()> {
            let want = p.expected(machine.arch)?;
            let got = p.run(machine, &exe, (mode.godebug, mode.procs), timeout)?;
            golden::difference(&want, &got).map_or(Ok(()), |d| Err(anyhow::anyhow!(d)))
        };
        Outcome { mode: mode.name, result: check().map_err(|e| format!("{e:#}")) }
    });
    let outcomes = arm64.into_iter().chain(runs).collect();
    let _ = std::fs::remove_file(&exe);
    outcomes
}

/// Compiles a program for arm64 with all checkers on, up to the object file.
fn arm64_object(grus: &Path, goroot: &Path, exe: &Path, p: &Program) -> std::result::Result<(), String> {
    let object = exe.with_added_extension("arm64.o");
    let mut command = Command::new(grus);
    command.args(["build", "--emit=obj", "-o"]).arg(&object).arg(&p.source);
    command.env("GRUS_GOROOT", goroot).env("GOARCH", "arm64").env("GRUS_VERIFY", "1");
    let out = command.output().map_err(|e| format!("cannot run grus: {e}"))?;
    let bytes = std::fs::read(&object);
    let _ = std::fs::remove_file(&object);
    match bytes {
        _ if !out.status.success() => Err(String::from_utf8_lossy(&out.stderr).lines().take(12).collect()),
        // ELF of EM_AARCH64.
        Ok(b) if b.starts_with(b"\x7fELF") && b.get(18..20) == Some(&[183, 0]) => Ok(()),
        _ => Err("no object for arm64".into()),
    }
}
