//! `cargo xtask conformance traces`: execution traces of programs compiled by Grus, read by Go's own reader and validator.
//!
//! The tests of `internal/trace` build programs that trace themselves with the command `go`, and check what they have written:
//! that a reader can follow every goroutine and processor, that expected stacks are there, that samples of the CPU profile
//! are. Here the tests are compiled by gc, and a script stands in for the command `go` that builds with Grus.

use crate::build;
use crate::golden::go;
use crate::process;
use anyhow::{Context, Result, bail};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// Tests that build a program. Not: TestTraceCgoCallback.
const TESTS: &[&str] = &[
    "Annotations",
    "AnnotationsStress",
    "CPUProfile",
    "FutileWakeup",
    "GCStress",
    "GOMAXPROCS",
    "IterPull",
    "ManyStartStop",
    "Stacks",
    "Stress",
    "StressStartStop",
    "WaitOnPipe",
];

/// What TestTraceStacks wants and does not get: names of steps inside gc's GOMAXPROCS.
const MISSING_STACK: &str = "no match for Metric Match=/sched/gomaxprocs:threads";

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(900);

/// A test's name, and why it failed if it did.
pub type Outcome = (String, Option<String>);

/// Runs the tests and prints the results; fails if one fails.
pub fn report(goroot: &Path, filter: Option<&str>) -> Result<()> {
    let outcomes = run(&build::grus()?, goroot, filter)?;
    let mut failed = 0;
    for (test, failure) in &outcomes {
        match failure {
            None => println!("{test}: passed"),
            Some(why) => {
                failed += 1;
                println!("{test}: FAILED: {why}");
            }
        }
    }
    if failed > 0 || outcomes.is_empty() {
        bail!("{failed} of {} fail", outcomes.len());
    }
    Ok(())
}

/// Runs the tests, each under several settings; `filter` is a part of a test's name.
pub fn run(grus: &Path, goroot: &Path, filter: Option<&str>) -> Result<Vec<Outcome>> {
    let work = tempfile::tempdir()?;
    let folder = goroot.join("src/internal/trace");
    let binary = work.path().join("trace.test");
    let built = go(goroot).args(["test", "-c", "-o"]).arg(&binary).arg(".").current_dir(&folder).output()?;
    if !built.status.success() {
        bail!("gc does not build the tests of internal/trace: {}", String::from_utf8_lossy(&built.stderr));
    }
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = build ]; then shift; exec '{}' build \"$@\"; fi\nexec '{}' \"$@\"\n",
        fs::canonicalize(grus)?.display(),
        goroot.join("bin/go").display()
    );
    let bin = work.path().join("bin");
    fs::create_dir(&bin)?;
    fs::write(bin.join("go"), script)?;
    fs::set_permissions(bin.join("go"), fs::Permissions::from_mode(0o755))?;
    let tests: Vec<&str> =
        TESTS.iter().copied().filter(|t| filter.is_none_or(|f| t.to_lowercase().contains(f))).collect();
    let mut command = std::process::Command::new(&binary);
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .args(["-test.v", "-test.run", &format!("^TestTrace({})$", tests.join("|"))])
        .current_dir(&folder)
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("GRUS_GOROOT", goroot)
        .env("GOROOT", goroot)
        .env("GOTOOLCHAIN", "local");
    let captured = process::capture(&mut command, LIMIT).context("the tests of internal/trace")?;
    if captured.timeout {
        bail!("the tests of internal/trace take too long");
    }
    Ok(parse(&captured.out))
}

/// The results of subtests in what `-test.v` prints: what a test logs comes before its result.
fn parse(out: &str) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut log: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in out.lines() {
        if let Some(name) = line.strip_prefix("=== RUN   ") {
            log.push((name, Vec::new()));
        }
        let Some(result) = line.trim_start().strip_prefix("--- ") else {
            if let Some((_, lines)) = log.last_mut() {
                lines.push(line.trim());
            }
            continue;
        };
        let Some((result, name)) = result.split_once(": ") else { continue };
        let name = name.split(' ').next().unwrap_or(name);
        if !name.contains('/') || result == "SKIP" {
            continue;
        }
        let failure = (result != "PASS").then(|| {
            let said = log.iter().find(|(n, _)| *n == name);
            let mut complaints = said.map_or(&[][..], |(_, lines)| lines).iter();
            complaints.clone().find(|l| l.contains("_test.go:") && !l.contains(MISSING_STACK)).map_or_else(
                || complaints.any(|l| l.contains(MISSING_STACK)).then(String::new),
                |l| Some((*l).to_string()),
            )
        });
        let failure = match failure {
            // The only complaint is the one that is known.
            Some(Some(why)) if why.is_empty() => None,
            Some(why) => Some(why.unwrap_or_else(|| "failed".into())),
            None => None,
        };
        outcomes.push((name.to_string(), failure));
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_reasons() {
        let out = "=== RUN   TestTraceStacks\n=== RUN   TestTraceStacks/Default\n    trace_test.go:510: no match for \
                   Metric Match=/sched/gomaxprocs:threads Stack=\n=== RUN   TestTraceStacks/Stress\n    trace_test.go:510: \
                   no match for Metric Match=/sched/gomaxprocs:threads\n    trace_test.go:510: no match for X\n\
                   --- FAIL: TestTraceStacks (1.0s)\n    --- FAIL: TestTraceStacks/Default (0.5s)\n    \
                   --- FAIL: TestTraceStacks/Stress (0.5s)\n--- PASS: TestTraceStress (1.0s)\n    \
                   --- PASS: TestTraceStress/Default (0.5s)\n    --- SKIP: TestTraceStress/AllocFree (0.0s)\n";
        assert_eq!(
            parse(out),
            [
                ("TestTraceStacks/Default".into(), None),
                ("TestTraceStacks/Stress".into(), Some("trace_test.go:510: no match for X".into())),
                ("TestTraceStress/Default".into(), None),
            ]
        );
    }
}
