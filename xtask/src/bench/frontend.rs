//! `cargo xtask bench frontend`: parsing and type-checking the whole standard library, bodies included.
//!
//! gc's figure is its own: the phase `fe:parse` of `go build -a -gcflags=-bench=FILE std`, which parses, type-checks
//! and writes the unified IR of a package. That phase is elapsed time, so each compiler process runs with one thread,
//! and its CPU time is shared out by phases as its elapsed time is.

use super::cpu;
use crate::golden::go;
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Measured runs of Grus.
const RUNS: usize = 7;

/// Work and what it took.
struct Figure {
    lines: f64,
    cpu: f64,
}

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path) -> Result<String> {
    let (own, real) = grus_figure(goroot, grus)?;
    let gc = gc_figure(goroot)?;
    let rate = |f: &Figure| f.lines / f.cpu;
    let row =
        |name: &str, f: &Figure| format!("| {name} | {:.0} | {:.2} | {:.0} |\n", f.lines, f.cpu, rate(f));
    Ok(format!(
        "Parsing and type-checking `std` with all bodies: Grus by `grus check std` (the whole process, both cores; \
         {real:.2} s elapsed), gc by its phase `fe:parse`, which also writes the unified IR.\n\n\
         | | lines | CPU, s | lines per CPU second |\n|---|---|---|---|\n{}{}\n\
         Grus checks {:.1} times as many lines per CPU second as gc.\n",
        row("Grus", &own),
        row("gc", &gc),
        rate(&own) / rate(&gc),
    ))
}

/// The median run of Grus, and its elapsed time.
fn grus_figure(goroot: &Path, grus: &Path) -> Result<(Figure, f64)> {
    let check = || {
        let mut c = Command::new(grus);
        c.args(["check", "--time", "std"]).env("GRUS_GOROOT", goroot);
        c
    };
    let out = check().output().context("cannot run grus")?;
    let report = String::from_utf8_lossy(&out.stderr).into_owned();
    let lines = number_before(&report, "lines").context("grus reports no lines")?;
    let (mut cpu, mut real) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let t = cpu::time(&mut check())?;
        cpu.push(t.cpu);
        real.push(t.real);
    }
    Ok((Figure { lines, cpu: super::median(&mut cpu) }, super::median(&mut real)))
}

/// The first number that stands before a word.
fn number_before(text: &str, word: &str) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).filter(|w| w[1] == word).find_map(|w| w[0].parse().ok())
}

/// Sums up what gc reports of each package.
fn gc_figure(goroot: &Path) -> Result<Figure> {
    let work = tempfile::tempdir()?;
    let (bench, log) = (work.path().join("bench"), work.path().join("tools"));
    let wrapper = std::env::current_exe()?;
    super::command(
        go(goroot)
            .args(["build", "-a", "-p=2"])
            .arg(format!("-gcflags=-bench={} -c=1", bench.display()))
            .arg(format!("-toolexec={} tool", wrapper.display()))
            .arg("std")
            .env(cpu::LOG, &log)
            .env("GOCACHE", work.path().join("cache"))
            .env("GOMAXPROCS", "1"),
    )?;
    let log = fs::read_to_string(log)?;
    let cpu: HashMap<&str, f64> = log
        .lines()
        .filter_map(|l| l.split_once(' '))
        .filter_map(|(p, t)| Some((p, t.parse().ok()?)))
        .collect();
    sum_up(&fs::read_to_string(bench)?, &cpu)
}

/// Adds up lines and CPU time of the phase over all packages. A line of the file is
/// `BenchmarkCompile:PACKAGE:PHASE 1 NS ns/op SHARE % LINES lines RATE lines/s`.
fn sum_up(bench: &str, cpu: &HashMap<&str, f64>) -> Result<Figure> {
    let mut sum = Figure { lines: 0.0, cpu: 0.0 };
    for line in bench.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let package =
            words.first().and_then(|w| w.strip_prefix("BenchmarkCompile:")?.strip_suffix(":fe:parse"));
        let Some(package) = package else { continue };
        let number = |unit: &str| {
            let i =
                words.iter().position(|w| *w == unit).with_context(|| format!("no {unit} in {line:?}"))?;
            words[i - 1].parse::<f64>().with_context(|| format!("malformed {line:?}"))
        };
        sum.lines += number("lines")?;
        sum.cpu += number("%")? / 100.0
            * cpu.get(package).with_context(|| format!("{package} was measured without a process"))?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_added_up() {
        let text = "BenchmarkCompile:a/b:fe:init   1  100 ns/op  0.10 %\n\
                    BenchmarkCompile:a/b:fe:parse  1  2500000 ns/op  25.00 %  120 lines  48000 lines/s\n\
                    BenchmarkCompile:a/b:total     1  10000000 ns/op 100.00 %\n\
                    BenchmarkCompile:c:fe:parse    1  50 ns/op  50.00 %  30 lines  1 lines/s\n";
        let f = sum_up(text, &HashMap::from([("a/b", 4.0), ("c", 1.0)])).unwrap();
        assert_eq!((f.lines, f.cpu), (150.0, 1.5));
        assert!(sum_up(text, &HashMap::new()).is_err());
        assert_eq!(number_before("load 3 ms  20 lines (4 /s)", "lines"), Some(20.0));
    }
}
