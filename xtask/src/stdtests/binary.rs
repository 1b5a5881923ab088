//! The test binary of a package: building it, asking it for its functions, running them.
//!
//! A crash or a hang ends a binary in the middle. It is then run again without the functions that had begun and not
//! ended, so that the others are counted for themselves; [`TestBinary::alone`] tells what such a function does by
//! itself.

use super::output::{Results, parse, short};
use super::{Outcome, Report};
use crate::process::{Captured, capture};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The longest that building a test binary may take.
const BUILD_TIMEOUT: Duration = Duration::from_secs(600);
/// The longest that the tests of a package may take at a time.
const RUN_TIMEOUT: Duration = Duration::from_secs(150);
/// The longest that a single test may take that did not pass with the others.
const ALONE_TIMEOUT: Duration = Duration::from_secs(60);
/// How often a binary is run again for the functions that an abrupt end kept it from.
const RESTARTS: usize = 6;

/// What builds a test binary.
#[derive(Clone, Copy)]
pub enum Compiler<'a> {
    Grus(&'a Path),
    /// The `go` command of the Go tree.
    Gc,
}

/// A test binary of a package.
pub struct TestBinary {
    exe: PathBuf,
    /// The package's folder, where it runs.
    dir: PathBuf,
    goroot: PathBuf,
}

/// What the tests of the Go tree run in: its `go` command, and nothing from elsewhere.
fn environment<'c>(command: &'c mut Command, goroot: &Path) -> &'c mut Command {
    let mut path = std::ffi::OsString::from(goroot.join("bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    for name in ["GODEBUG", "GOTRACEBACK", "GOFLAGS", "GOMAXPROCS", "GOGC", "GOMEMLIMIT"] {
        command.env_remove(name);
    }
    command
        .env("GOROOT", goroot)
        .env("GOTOOLCHAIN", "local")
        .env("GOPROXY", "off")
        .env("CGO_ENABLED", "0")
        .env("PATH", path)
}

impl TestBinary {
    /// Builds the test binary of a package in the folder `work`. The error is the compiler's message; `None` instead of
    /// a binary: the package has no tests here.
    pub fn build(
        compiler: Compiler<'_>,
        goroot: &Path,
        work: &Path,
        package: &str,
    ) -> Result<Result<Option<TestBinary>, String>> {
        let (suffix, mut command) = match compiler {
            Compiler::Grus(grus) => ("test", Command::new(grus)),
            Compiler::Gc => ("gc.test", Command::new(goroot.join("bin/go"))),
        };
        let exe = work.join(format!("{}.{suffix}", package.replace('/', "_")));
        command.args(["test", "-c", "-o"]).arg(&exe).arg(package);
        environment(&mut command, goroot).env("GRUS_GOROOT", goroot).current_dir(work);
        let built = capture(&mut command, BUILD_TIMEOUT)?;
        let dir = goroot.join("src").join(package);
        if built.code == Some(0) {
            let binary = TestBinary { exe, dir, goroot: goroot.into() };
            return Ok(Ok(binary.exe.exists().then_some(binary)));
        }
        let text = built.err + &built.out;
        if text.contains("build constraints exclude all Go files") {
            return Ok(Ok(None));
        }
        let line = text
            .lines()
            .find(|l| l.contains("not yet supported") || l.contains("internal error"))
            .or(text.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#')))
            .unwrap_or("no message");
        Ok(Err(short(line.strip_prefix(&format!("{}/", goroot.display())).unwrap_or(line))))
    }

    /// Removes the file.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.exe);
    }

    fn execute(&self, args: &[String], limit: Duration) -> Result<Captured> {
        let mut command = Command::new(&self.exe);
        command.args(args).current_dir(&self.dir).env("PWD", &self.dir);
        capture(environment(&mut command, &self.goroot), limit + Duration::from_secs(10))
    }

    /// Runs functions; also says how the binary ended if it did not end well.
    fn run(&self, functions: &str, without: &[&str], limit: Duration) -> Result<(Results, Option<String>)> {
        let mut args = vec![
            format!("-test.run={functions}"),
            "-test.v=test2json".into(),
            "-test.paniconexit0".into(),
            "-test.short".into(),
            format!("-test.timeout={}s", limit.as_secs()),
        ];
        if !without.is_empty() {
            args.push(format!("-test.skip={}", exactly(without)));
        }
        let ran = self.execute(&args, limit)?;
        let end = (!matches!(ran.code, Some(0 | 1)) || ran.timeout).then(|| ending(&ran));
        Ok((parse(&ran.out), end))
    }

    /// Runs all of a package's tests and examples.
    pub fn run_all(&self, report: &mut Report) -> Result<()> {
        let list = ["-test.list=^(Test|Example)".into(), "-test.paniconexit0".into()];
        let listed = self.execute(&list, ALONE_TIMEOUT)?;
        if listed.code != Some(0) {
            report.broken = Some(format!("does not start: {}", ending(&listed)));
            return Ok(());
        }
        let functions: Vec<&str> =
            listed.out.lines().filter(|l| l.starts_with("Test") || l.starts_with("Example")).collect();
        let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
        let mut why = "the binary ended without running it".to_string();
        for _ in 0..=RESTARTS {
            let done: Vec<&str> = outcomes.keys().copied().collect();
            let (results, end) = self.run("^(Test|Example)", &done, RUN_TIMEOUT)?;
            let abrupt = end.is_some();
            why = end.unwrap_or(why);
            for &name in &functions {
                match results.get(name) {
                    Some(Some(outcome)) => outcomes.insert(name, outcome.clone()),
                    Some(None) => outcomes.insert(name, Outcome::Fail(why.clone())),
                    None => continue,
                };
            }
            if !abrupt || outcomes.len() == functions.len() || outcomes.len() == done.len() {
                break;
            }
        }
        for &name in &functions {
            let outcome = outcomes.remove(name).unwrap_or_else(|| Outcome::Fail(format!("not run: {why}")));
            if name.starts_with("Test") {
                report.tests.insert(name.into(), outcome);
            } else {
                report.examples.1 += 1;
                report.examples.0 += usize::from(outcome == Outcome::Pass);
            }
        }
        Ok(())
    }

    /// Runs one test by itself.
    pub fn alone(&self, test: &str) -> Result<Outcome> {
        let (results, end) = self.run(&exactly(&[test]), &[], ALONE_TIMEOUT)?;
        Ok(match (results.get(test), end) {
            (Some(Some(outcome)), _) => outcome.clone(),
            (_, end) => Outcome::Fail(end.unwrap_or_else(|| "the binary ended without running it".into())),
        })
    }
}

/// The expression that matches these names and no others.
fn exactly(names: &[&str]) -> String {
    format!("^({})$", names.join("|"))
}

/// Why a binary did not end well.
fn ending(c: &Captured) -> String {
    let all = format!("{}\n{}", c.err, c.out);
    if c.timeout || all.contains("panic: test timed out") {
        return "timeout".into();
    }
    let line = all.lines().find(|l| {
        let l = l.trim_start_matches('\u{16}');
        l.starts_with("panic: ") || l.starts_with("fatal error: ") || l.starts_with("SIG")
    });
    match (line, c.code) {
        (Some(line), _) => short(line),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "ended by a signal".into(),
    }
}
