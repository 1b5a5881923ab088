//! `cargo xtask bench natives`: what natives compute in place of Go's assembly, beside gc.
//!
//! One program measures the CPU time of its operations and prints a line for each. It runs in turn as compiled by gc and
//! by Grus; of each operation the least time of its runs counts.

use super::command;
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Measured runs with each compiler.
const RUNS: usize = 4;

/// Names of operations and their nanoseconds, in the program's order.
type Times = Vec<(String, f64)>;

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path) -> Result<String> {
    let source = workspace().join("testdata/bench/natives/main.go");
    let work = tempfile::tempdir()?;
    let (gc_exe, grus_exe) = (work.path().join("gc"), work.path().join("grus"));
    command(go(goroot).arg("build").arg("-o").arg(&gc_exe).arg(&source))?;
    command(
        Command::new(grus).arg("build").arg("-o").arg(&grus_exe).arg(&source).env("GRUS_GOROOT", goroot),
    )?;
    let (mut gc, mut grus) = (Times::new(), Times::new());
    for _ in 0..RUNS {
        least(&mut gc, run(&gc_exe)?);
        least(&mut grus, run(&grus_exe)?);
    }
    if gc.iter().map(|t| &t.0).ne(grus.iter().map(|t| &t.0)) {
        bail!("the two programs measure different things");
    }
    Ok(table(&gc, &grus))
}

/// Runs the program.
fn run(exe: &Path) -> Result<Times> {
    let out = Command::new(exe).env("GOMAXPROCS", "1").output()?;
    if !out.status.success() {
        bail!("{} failed:\n{}", exe.display(), String::from_utf8_lossy(&out.stderr));
    }
    parse(&String::from_utf8(out.stdout)?)
}

fn parse(text: &str) -> Result<Times> {
    text.lines()
        .map(|line| {
            let (name, time) = line.split_once('\t').with_context(|| format!("not a measurement: {line}"))?;
            Ok((name.to_string(), time.parse()?))
        })
        .collect()
}

/// Keeps the lesser time of each operation.
fn least(times: &mut Times, new: Times) {
    if times.is_empty() {
        *times = new;
        return;
    }
    for (t, n) in times.iter_mut().zip(new) {
        t.1 = t.1.min(n.1);
    }
}

fn table(gc: &Times, grus: &Times) -> String {
    let mut text = format!(
        "CPU time of operations that Go has assembly for on amd64 (least of {RUNS} runs in turn).\n\n\
         | operation | gc, ns | Grus / gc |\n|---|---|---|\n"
    );
    let mut product = 1.0;
    for ((name, a), (_, b)) in gc.iter().zip(grus) {
        product *= b / a;
        text += &format!("| {name} | {a:.1} | {:.2} |\n", b / a);
    }
    let mean: f64 = f64::powf(product, 1.0 / gc.len().max(1) as f64);
    text + &format!("| geometric mean | | {mean:.2} |\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_times_make_the_table() {
        let mut gc = Times::new();
        least(&mut gc, parse("a\t4.0\nb b\t10\n").expect("well formed"));
        least(&mut gc, parse("a\t2.0\nb b\t20\n").expect("well formed"));
        let grus = parse("a\t1.0\nb b\t40.0\n").expect("well formed");
        let text = table(&gc, &grus);
        assert!(
            text.ends_with("| a | 2.0 | 0.50 |\n| b b | 10.0 | 4.00 |\n| geometric mean | | 1.41 |\n"),
            "{text}"
        );
        assert!(parse("no tab").is_err());
    }
}
