//! `cargo xtask conformance std`: the standard library's own tests.
//!
//! Each package's test binary is built by `grus test -c` from the unmodified `_test.go` files of the Go tree and
//! run in the package's folder. What counts are the `Test` functions: those of the list that the binary itself
//! gives, so that a crash or a time-out makes all that did not finish fail. Examples are counted apart.
//!
//! The scoreboard is committed: a line per package, then a line per failure with its reason.

use crate::process::{Captured, capture};
use crate::{build, paths::workspace};
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The longest that building a test binary may take.
const BUILD_TIMEOUT: Duration = Duration::from_secs(600);
/// The longest that the tests of a package may take.
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

/// The packages of the first group, which must pass.
const CORE: &[&str] = &[
    "errors",
    "strconv",
    "strings",
    "bytes",
    "sort",
    "slices",
    "maps",
    "unicode/utf8",
    "math",
    "math/bits",
    "container/heap",
    "container/list",
    "container/ring",
    "bufio",
];

/// The others, by subject.
const MORE: &[&str] = &["unicode", "unicode/utf16", "cmp", "iter", "path", "io", "fmt", "text/tabwriter"];

/// Those that are quick to build and run: part of the test suite.
pub const QUICK: &[&str] =
    &["errors", "container/heap", "container/list", "container/ring", "unicode/utf8", "sort"];

/// How a test function ended.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Outcome {
    Pass,
    Skip,
    Fail(String),
}

/// The result of a package.
#[derive(Default)]
pub struct Report {
    package: String,
    tests: BTreeMap<String, Outcome>,
    /// Examples that passed, and all of them.
    examples: (usize, usize),
    /// Why there are no results.
    broken: Option<String>,
}

impl Report {
    fn count(&self, what: impl Fn(&Outcome) -> bool) -> usize {
        self.tests.values().filter(|o| what(o)).count()
    }

    /// Numbers of test functions that passed, failed and were skipped; a package that could not be run is one
    /// failure.
    pub fn counts(&self) -> (usize, usize, usize) {
        let failed = self.count(|o| matches!(o, Outcome::Fail(_)));
        (
            self.count(|o| *o == Outcome::Pass),
            failed + usize::from(self.broken.is_some()),
            self.count(|o| *o == Outcome::Skip),
        )
    }

    fn summary(&self) -> String {
        if let Some(why) = &self.broken {
            return format!("{}: {why}\n", self.package);
        }
        let (passed, failed, skipped) = self.counts();
        let (good, all) = self.examples;
        let examples = if all > 0 { format!("; {good} of {all} examples") } else { String::new() };
        format!(
            "{}: {} run, {passed} passed, {failed} failed, {skipped} skipped{examples}\n",
            self.package,
            self.tests.len()
        )
    }

    /// A line for each failure.
    pub fn failures(&self) -> String {
        let mut text = match &self.broken {
            Some(why) => format!("{}: {why}\n", self.package),
            None => String::new(),
        };
        for (name, outcome) in &self.tests {
            if let Outcome::Fail(why) = outcome {
                text += &format!("{} {name}: {why}\n", self.package);
            }
        }
        text
    }
}

/// Runs the packages (all of the scoreboard if none are named, and writes it then).
pub fn run(goroot: &Path, packages: &[String]) -> Result<()> {
    let grus = build::grus()?;
    let all: Vec<String> = CORE.iter().chain(MORE).map(|p| (*p).to_string()).collect();
    let list = if packages.is_empty() { &all } else { packages };
    let reports = test_packages(&grus, goroot, list)?;
    let board = scoreboard(&reports);
    print!("{board}");
    if packages.is_empty() {
        let file = workspace().join("testdata/conformance/std.txt");
        fs::create_dir_all(file.parent().context("no folder")?)?;
        fs::write(file, board)?;
    }
    Ok(())
}

/// Builds and runs the tests of packages, some at once.
pub fn test_packages<S: AsRef<str> + Sync>(
    grus: &Path,
    goroot: &Path,
    packages: &[S],
) -> Result<Vec<Report>> {
    let work = tempfile::tempdir()?;
    let bar = ProgressBar::new(packages.len() as u64);
    let reports = packages
        .par_iter()
        .with_max_len(1)
        .map(|package| {
            let report = test_package(grus, goroot, work.path(), package.as_ref());
            bar.inc(1);
            report
        })
        .collect();
    bar.finish_and_clear();
    reports
}

fn test_package(grus: &Path, goroot: &Path, work: &Path, package: &str) -> Result<Report> {
    let mut report = Report { package: package.into(), ..Report::default() };
    let exe = work.join(format!("{}.test", package.replace('/', "_")));
    let mut command = Command::new(grus);
    command.args(["test", "-c", "-o"]).arg(&exe).arg(package).env("GRUS_GOROOT", goroot).current_dir(work);
    let built = capture(&mut command, BUILD_TIMEOUT)?;
    if built.code != Some(0) || !exe.exists() {
        let text = built.err + &built.out;
        let line = text
            .lines()
            .find(|l| l.contains("not yet supported") || l.contains("internal error"))
            .or(text.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#')))
            .unwrap_or("no message");
        let line = line.strip_prefix(&format!("{}/", goroot.display())).unwrap_or(line);
        report.broken = Some(format!("does not build: {}", short(line)));
        return Ok(report);
    }
    let dir = goroot.join("src").join(package);
    let execute = |args: &[&str]| -> Result<Captured> {
        let mut command = Command::new(&exe);
        command.args(args).current_dir(&dir).env("PWD", &dir).env("GOROOT", goroot);
        command.env_remove("GODEBUG").env_remove("GOTRACEBACK");
        // Tests that run the `go` command use the one of the tree, and nothing from elsewhere.
        command.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod").env("GOPROXY", "off");
        let mut path = std::ffi::OsString::from(goroot.join("bin"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        capture(command.env("PATH", path), RUN_TIMEOUT)
    };
    let listed = execute(&["-test.list=^(Test|Example)", "-test.paniconexit0"])?;
    if listed.code != Some(0) {
        report.broken = Some(format!("does not start: {}", ending(&listed)));
        let _ = fs::remove_file(&exe);
        return Ok(report);
    }
    let timeout = format!("-test.timeout={}s", RUN_TIMEOUT.as_secs() - 20);
    let ran = execute(&[
        "-test.run=^(Test|Example)",
        "-test.v=test2json",
        "-test.paniconexit0",
        "-test.short",
        &timeout,
    ])?;
    let _ = fs::remove_file(&exe);
    let results = parse(&ran.out);
    let end = match ran.code {
        Some(0 | 1) if !ran.timeout => "the binary ended without running it".to_string(),
        _ => ending(&ran),
    };
    for name in listed.out.lines().filter(|l| l.starts_with("Test") || l.starts_with("Example")) {
        let outcome = match results.get(name) {
            Some(Some(o)) => o.clone(),
            Some(None) => Outcome::Fail(end.clone()),
            None => Outcome::Fail(format!("not run: {end}")),
        };
        if name.starts_with("Test") {
            report.tests.insert(name.into(), outcome);
        } else {
            report.examples.1 += 1;
            report.examples.0 += usize::from(outcome == Outcome::Pass);
        }
    }
    Ok(report)
}

/// Why a binary did not end well.
fn ending(c: &Captured) -> String {
    if c.timeout {
        return "timeout".into();
    }
    let all = format!("{}\n{}", c.err, c.out);
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

/// The outcomes of top-level functions in a binary's output, `None` for those that began and did not end. Lines
/// of the testing package begin with a mark that nothing else prints.
fn parse(out: &str) -> BTreeMap<String, Option<Outcome>> {
    let mut results = BTreeMap::new();
    // What was printed since a function began; that of tests that run in parallel is told apart by name.
    let mut log: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = String::new();
    let mut failed: Vec<String> = Vec::new();
    for line in out.lines() {
        let Some((before, mark)) = line.split_once('\u{16}') else {
            log.entry(current.clone()).or_default().push(line.to_string());
            continue;
        };
        if !before.trim().is_empty() {
            log.entry(current.clone()).or_default().push(before.to_string());
        }
        let mark = mark.trim_start();
        let top = |name: &str| name.split('/').next().unwrap_or(name).to_string();
        let words: Vec<&str> = mark.split_whitespace().collect();
        match words[..] {
            ["===", "RUN", name] => {
                current = top(name);
                results.entry(current.clone()).or_insert(None);
            }
            ["===", "NAME" | "CONT" | "PAUSE", name] => current = top(name),
            ["---", result, name, ..] => {
                current = top(name);
                if name.contains('/') {
                    continue;
                }
                let outcome = match result {
                    "PASS:" => Outcome::Pass,
                    "SKIP:" => Outcome::Skip,
                    _ => {
                        failed.push(name.to_string());
                        Outcome::Fail(String::new())
                    }
                };
                results.insert(name.to_string(), Some(outcome));
            }
            _ => {}
        }
    }
    for name in failed {
        let lines = log.get(&name).map_or(&[][..], Vec::as_slice);
        let line = lines
            .iter()
            .find(|l| l.contains("_test.go:") || l.contains("panic") || l.contains("got"))
            .or(lines.iter().find(|l| !l.trim().is_empty()));
        let why = line.map_or("failed without a message".into(), |l| short(l));
        results.insert(name, Some(Outcome::Fail(why)));
    }
    results
}

/// A line fit for the scoreboard.
fn short(line: &str) -> String {
    static ADDRESS: std::sync::LazyLock<regex::Regex> =
        std::sync::LazyLock::new(|| regex::Regex::new("0x[0-9a-f]{6,}").expect("a valid expression"));
    let line = ADDRESS.replace_all(line.trim().trim_start_matches('\u{16}'), "0x?");
    line.chars().take(160).collect()
}

fn scoreboard(reports: &[Report]) -> String {
    let mut text = String::from("# The standard library's own tests, by `cargo xtask conformance std`.\n");
    let total = |name: &str, packages: &dyn Fn(&str) -> bool| {
        let of: Vec<&Report> = reports.iter().filter(|r| packages(&r.package)).collect();
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for r in &of {
            let (p, f, s) = r.counts();
            (passed, failed, skipped) = (passed + p, failed + f, skipped + s);
        }
        let percent = 100.0 * passed as f64 / (passed + failed).max(1) as f64;
        format!(
            "{name}: {} packages, {passed} of {} Test functions passed ({percent:.1} %), {skipped} skipped\n",
            of.len(),
            passed + failed
        )
    };
    text += &total("core", &|p| CORE.contains(&p));
    text += &total("all", &|_| true);
    text.push('\n');
    text.extend(reports.iter().map(Report::summary));
    text.push('\n');
    text.extend(reports.iter().filter(|r| r.broken.is_none()).map(Report::failures));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_a_test_binary() {
        let out = "\u{16}=== RUN   TestA\nhello\u{16}--- PASS: TestA (0.00s)\n\u{16}=== RUN   TestB\n\
                   \u{16}=== RUN   TestB/sub\n    b_test.go:3: wrong 0xc000123456\n\
                   \u{16}--- FAIL: TestB (0.00s)\n\u{16}    --- FAIL: TestB/sub (0.00s)\n\
                   \u{16}=== RUN   TestC\n\u{16}--- SKIP: TestC (0.00s)\n\u{16}=== RUN   TestD\n";
        let results = parse(out);
        assert_eq!(results["TestA"], Some(Outcome::Pass));
        assert_eq!(results["TestB"], Some(Outcome::Fail("b_test.go:3: wrong 0x?".into())));
        assert_eq!(results["TestC"], Some(Outcome::Skip));
        assert_eq!(results["TestD"], None);
    }
}
