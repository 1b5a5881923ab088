//! `cargo xtask conformance std`: the standard library's own tests.
//!
//! Each package's test binary is built by `grus test -c` from the unmodified `_test.go` files of the Go tree and
//! run in the package's folder. What counts are the `Test` functions: those of the list that the binary itself
//! gives; of a package that cannot be built, those of its files. Examples are counted apart.
//!
//! A test that fails is run again by itself when all packages are through: what passes then is *unsteady* (tests of
//! time-outs, on a busy machine) and counts as passed. The tests that fail then are run in a binary made by gc. Those
//! that fail there, too, for want of a network, a file or a privilege, are listed as such and do not count.
//!
//! The scoreboard is committed: a line per package, then a line per failure with its reason.

mod binary;
mod output;

use crate::{build, paths::workspace};
use anyhow::{Context, Result};
use binary::{Compiler, TestBinary};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

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

/// Packages whose tests are not for us, with the reason.
const NOT_TESTED: &[(&str, &str)] = &[
    ("runtime", "its tests look into gc's runtime"),
    ("runtime/race", "the race detector is not supported"),
    ("runtime/cgo", "cgo is not supported"),
];

/// Tests that fail, with the reason where the test's own message does not give it.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "runtime/pprof TestGenericsHashKeyInPprofBuilder",
        "wants the names of gc's shapes; Grus has an instance for each list of types",
    ),
    (
        "runtime/pprof TestGenericsInlineLocations",
        "wants the names of gc's shapes; Grus has an instance for each list of types",
    ),
    (
        "runtime/pprof TestGoroutineLeakProfileConcurrency",
        "counts frames of gc's runtime on the stacks of parked goroutines, where natives have none",
    ),
    (
        "runtime/pprof TestLabelSystemstack",
        "wants runtime.systemstack, a function of gc's runtime, on stacks",
    ),
    ("runtime/pprof TestMemoryProfiler", "counts frames of gc's allocator on stacks"),
    ("runtime/pprof TestMorestack", "wants runtime.newstack, a function of gc's runtime, on stacks"),
];

/// Those that are quick to build and run: part of the test suite.
pub const QUICK: &[&str] =
    &["errors", "container/heap", "container/list", "container/ring", "unicode/utf8", "sort"];

/// How many failing tests of a package are run again by themselves.
const MOST_ALONE: usize = 40;

/// How a test function ended.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Outcome {
    Pass,
    Skip,
    Fail(String),
    /// It failed among others and passed by itself.
    Unsteady(String),
    /// It fails in a binary made by gc, too.
    FailsWithGc(String),
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

    /// Numbers of test functions that passed, failed and were skipped (or cannot pass here).
    pub fn counts(&self) -> (usize, usize, usize) {
        let failed = self.count(|o| matches!(o, Outcome::Fail(_)));
        (
            self.count(|o| matches!(o, Outcome::Pass | Outcome::Unsteady(_))),
            // A package without tests that cannot be built is a failure, too.
            failed + usize::from(self.broken.is_some() && self.tests.is_empty()),
            self.count(|o| matches!(o, Outcome::Skip | Outcome::FailsWithGc(_))),
        )
    }

    fn summary(&self) -> String {
        let (passed, failed, skipped) = self.counts();
        if let Some(why) = &self.broken {
            return format!("{}: 0/{failed}; {why}\n", self.package);
        }
        let (good, all) = self.examples;
        let examples = if all > 0 { format!("; examples {good}/{all}") } else { String::new() };
        let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        format!("{}: {passed}/{}{skipped}{examples}\n", self.package, passed + failed)
    }

    /// A line for each failure, or for the package if it could not be run.
    pub fn failures(&self) -> String {
        if let Some(why) = &self.broken {
            return format!("{}: {why}\n", self.package);
        }
        self.lines(|o| match o {
            Outcome::Fail(why) => Some(why),
            _ => None,
        })
    }

    /// A line for each test whose outcome has a text.
    fn lines<'r>(&'r self, text: impl Fn(&'r Outcome) -> Option<&'r String>) -> String {
        let line = |(name, o): (&'r String, &'r Outcome)| {
            let test = format!("{} {name}", self.package);
            let explained = EXPLAINED.iter().find(|(t, _)| *t == test).map(|(_, why)| *why);
            text(o).map(|message| format!("{test}: {}\n", explained.unwrap_or(message)))
        };
        self.tests.iter().filter_map(line).collect()
    }

    /// Names of the tests that fail.
    fn failing(&self) -> Vec<String> {
        let fails = self.tests.iter().filter(|(_, o)| matches!(o, Outcome::Fail(_)));
        fails.map(|(name, _)| name.clone()).take(MOST_ALONE).collect()
    }
}

/// Runs the packages (all of the standard library if none are named, and writes the scoreboard then).
pub fn run(goroot: &Path, packages: &[String]) -> Result<()> {
    let grus = build::grus()?;
    let all = packages_with_tests(&goroot.join("src"))?;
    let list = if packages.is_empty() { &all } else { packages };
    let mut reports = test_packages(&grus, goroot, list)?;
    compare_with_gc(goroot, &mut reports)?;
    let board = scoreboard(&reports);
    print!("{board}");
    if packages.is_empty() {
        let file = workspace().join("testdata/conformance/std.txt");
        fs::create_dir_all(file.parent().context("no folder")?)?;
        fs::write(file, board)?;
    }
    Ok(())
}

/// The packages of the standard library that have test files, the core first.
fn packages_with_tests(src: &Path) -> Result<Vec<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![src.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                let no_package = name == "testdata" || name.starts_with(['.', '_']);
                let not_std = folder == src && matches!(name.as_str(), "cmd" | "vendor" | "builtin");
                if !no_package && !not_std {
                    folders.push(entry.path());
                }
            } else if name.ends_with("_test.go") {
                let package = folder.strip_prefix(src)?.to_string_lossy().into_owned();
                if !package.is_empty() && !NOT_TESTED.iter().any(|(p, _)| *p == package) {
                    found.insert(package);
                }
            }
        }
    }
    let core = CORE.iter().map(|p| (*p).to_string());
    let others = found.into_iter().filter(|p| !CORE.contains(&p.as_str()));
    Ok(core.chain(others).collect())
}

/// Builds and runs the tests of packages, some at once, and what failed again by itself. Packages without tests on
/// this system are left out.
pub fn test_packages<S: AsRef<str> + Sync>(
    grus: &Path,
    goroot: &Path,
    packages: &[S],
) -> Result<Vec<Report>> {
    let work = tempfile::tempdir()?;
    let bar = ProgressBar::new(packages.len() as u64);
    let results: Vec<Result<Option<Tested>>> = packages
        .par_iter()
        .with_max_len(1)
        .map(|package| {
            let result = test_package(grus, goroot, work.path(), package.as_ref());
            bar.inc(1);
            result
        })
        .collect();
    bar.finish_and_clear();
    let mut reports = Vec::new();
    for result in results {
        let Some((mut report, binary)) = result? else { continue };
        if let Some(binary) = binary {
            for test in report.failing() {
                let outcome = match (binary.alone(&test)?, &report.tests[&test]) {
                    (Outcome::Pass, Outcome::Fail(why)) => Outcome::Unsteady(why.clone()),
                    (other, _) => other,
                };
                report.tests.insert(test, outcome);
            }
            binary.discard();
        }
        reports.push(report);
    }
    Ok(reports)
}

/// The report on a package, and its test binary if a test failed.
type Tested = (Report, Option<TestBinary>);

/// Builds and runs the tests of a package.
fn test_package(grus: &Path, goroot: &Path, work: &Path, package: &str) -> Result<Option<Tested>> {
    let mut report = Report { package: package.into(), ..Report::default() };
    let binary = match TestBinary::build(Compiler::Grus(grus), goroot, work, package)? {
        Ok(Some(binary)) => binary,
        Ok(None) => return Ok(None),
        Err(why) => {
            report.broken = Some(format!("does not build: {why}"));
            for test in declared_tests(&goroot.join("src").join(package))? {
                report.tests.insert(test, Outcome::Fail(String::new()));
            }
            return Ok(Some((report, None)));
        }
    };
    binary.run_all(&mut report)?;
    if report.failing().is_empty() {
        binary.discard();
        return Ok(Some((report, None)));
    }
    Ok(Some((report, Some(binary))))
}

/// The test functions that a folder's files declare.
fn declared_tests(dir: &Path) -> Result<Vec<String>> {
    let mut tests = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with("_test.go") {
            continue;
        }
        for line in fs::read_to_string(path)?.lines() {
            if let Some((name, _)) =
                line.strip_prefix("func Test").and_then(|l| l.split_once("(t *testing.T)"))
            {
                tests.push(format!("Test{name}"));
            }
        }
    }
    Ok(tests)
}

/// Runs what failed in binaries made by gc.
fn compare_with_gc(goroot: &Path, reports: &mut [Report]) -> Result<()> {
    let work = tempfile::tempdir()?;
    let failing: Vec<&mut Report> =
        reports.iter_mut().filter(|r| r.broken.is_none() && !r.failing().is_empty()).collect();
    let bar = ProgressBar::new(failing.len() as u64);
    for report in failing {
        if let Ok(Some(binary)) = TestBinary::build(Compiler::Gc, goroot, work.path(), &report.package)? {
            for test in report.failing() {
                let with_gc = binary.alone(&test)?;
                if let Outcome::Fail(why) = &report.tests[&test]
                    && matches!(with_gc, Outcome::Fail(_))
                {
                    let outcome = Outcome::FailsWithGc(why.clone());
                    report.tests.insert(test, outcome);
                }
            }
            binary.discard();
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
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
    for (package, why) in NOT_TESTED {
        text += &format!("not tested: {package} ({why})\n");
    }
    text += "\n# Passed/run, by package.\n";
    text.extend(reports.iter().map(Report::summary));
    text += "\n# Failures.\n";
    text.extend(reports.iter().filter(|r| r.broken.is_none()).map(Report::failures));
    let mut section = |title: &str, lines: String| {
        if !lines.is_empty() {
            text += &format!("\n# {title}\n{lines}");
        }
    };
    section("Failing with gc on this machine, too.", reports.iter().map(|r| r.lines(with_gc)).collect());
    section("Passing by themselves only.", reports.iter().map(|r| r.lines(unsteady)).collect());
    text
}

fn with_gc(o: &Outcome) -> Option<&String> {
    if let Outcome::FailsWithGc(why) = o { Some(why) } else { None }
}

fn unsteady(o: &Outcome) -> Option<&String> {
    if let Outcome::Unsteady(why) = o { Some(why) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts() {
        let mut r = Report { package: "p".into(), ..Report::default() };
        for (name, outcome) in [
            ("TestA", Outcome::Pass),
            ("TestB", Outcome::Fail("no".into())),
            ("TestC", Outcome::Unsteady("late".into())),
            ("TestD", Outcome::FailsWithGc("no network".into())),
            ("TestE", Outcome::Skip),
        ] {
            r.tests.insert(name.into(), outcome);
        }
        assert_eq!(r.counts(), (2, 1, 2));
        assert_eq!(r.summary(), "p: 2/3, 2 skipped\n");
        assert_eq!(r.failures(), "p TestB: no\n");
        assert_eq!(r.failing(), ["TestB"]);
        assert!(scoreboard(&[r]).ends_with("# Passing by themselves only.\np TestC: late\n"));
    }
}
