//! `cargo xtask bench sched`: goroutines, channels, timers, stacks and the network, beside gc, by the programs in
//! `testdata/bench/sched`.
//!
//! Each pair of programs runs in turn. CPU time (user and system) is the kernel's for the process, so that a thread that
//! spins counts as much as one that works; elapsed time stands beside it, because a wake-up that comes late costs no CPU.

use super::{command, cpu, median};
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Measured runs of each program.
const RUNS: usize = 5;

/// Rows of the table: what is measured, the program, its argument, GOMAXPROCS.
const CASES: &[(&str, &str, &str, usize)] = &[
    ("start and wait for 10^6", "spawn", "", 1),
    ("start and wait for 10^6", "spawn", "", 2),
    ("10^6 parked and released", "parked", "", 2),
    ("ping-pong, unbuffered", "pingpong", "0", 1),
    ("ping-pong, unbuffered", "pingpong", "0", 2),
    ("ping-pong, capacity 64", "pingpong", "64", 1),
    ("ping-pong, capacity 64", "pingpong", "64", 2),
    ("select, 8 producers", "fanin", "", 1),
    ("select, 8 producers", "fanin", "", 2),
    ("mutexes, 8 goroutines", "mutex", "", 1),
    ("mutexes, 8 goroutines", "mutex", "", 2),
    ("parallel merge sort", "mergesort", "", 1),
    ("parallel merge sort", "mergesort", "", 2),
    ("timers", "timers", "", 1),
    ("timers", "timers", "", 2),
    ("deep recursion", "recursion", "", 2),
    ("growing and shrinking stacks", "hotsplit", "", 2),
    ("HTTP hello, client and server", "hello", "", 2),
];

/// What runs of a program took: seconds, and the numbers that it printed.
#[derive(Default)]
struct Used {
    cpu: Vec<f64>,
    real: Vec<f64>,
    printed: Vec<Vec<f64>>,
}

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path, filter: Option<&str>) -> Result<String> {
    let work = tempfile::tempdir()?;
    let mut rows = String::new();
    let mut notes = String::new();
    let (mut cpu_product, mut real_product, mut n) = (1.0, 1.0, 0);
    for &(what, name, arg, procs) in CASES {
        if filter.is_some_and(|f| !name.contains(f)) {
            continue;
        }
        let source = workspace().join(format!("testdata/bench/sched/{name}.go"));
        let exes = [work.path().join(format!("{name}.gc")), work.path().join(name)];
        if !exes[1].exists() {
            command(go(goroot).arg("build").arg("-o").arg(&exes[0]).arg(&source))?;
            command(
                Command::new(grus)
                    .arg("build")
                    .arg("-o")
                    .arg(&exes[1])
                    .arg(&source)
                    .env("GRUS_GOROOT", goroot),
            )?;
        }
        let mut used: [Used; 2] = Default::default();
        for _ in 0..RUNS {
            for (exe, used) in exes.iter().zip(&mut used) {
                run(exe, arg, procs, used)?;
            }
        }
        let [gc, ours] = &mut used;
        let (gc_cpu, gc_real) = (median(&mut gc.cpu), median(&mut gc.real));
        let (cpu, real) = (median(&mut ours.cpu) / gc_cpu, median(&mut ours.real) / gc_real);
        cpu_product *= cpu;
        real_product *= real;
        n += 1;
        eprintln!("{what:30} {procs} P: CPU {cpu:.2}, elapsed {real:.2}");
        rows += &format!("| {what} | {procs} | {gc_cpu:.2} | {cpu:.2} | {gc_real:.2} | {real:.2} |\n");
        let mut printed = |i: usize| [gc.column(i), ours.column(i)];
        match name {
            "parked" => {
                let [a, b] = printed(0);
                notes += &format!(
                    "A parked goroutine takes {a:.0} bytes with gc, {b:.0} with Grus ({:.2}).\n\n",
                    b / a
                );
            }
            "hello" => {
                let ([a, b], [c, d]) = (printed(0), printed(1));
                notes += &format!(
                    "HTTP, 16 connections kept alive: {a:.0} requests per second with gc, {b:.0} with Grus ({:.2}); \
                     99th percentile {c:.0} and {d:.0} us ({:.2}).\n\n",
                    b / a,
                    d / c
                );
            }
            _ => {}
        }
    }
    let root = 1.0 / f64::from(n.max(1));
    Ok(format!(
        "Programs of testdata/bench/sched: medians of {RUNS} runs in turn, CPU time (user and system) and elapsed time.\n\n\
         | program | P | gc CPU, s | CPU, Grus / gc | gc elapsed, s | elapsed, Grus / gc |\n|---|---|---|---|---|---|\n{rows}\
         | geometric mean | | | {:.2} | | {:.2} |\n\n{notes}",
        f64::powf(cpu_product, root),
        f64::powf(real_product, root),
    ))
}

impl Used {
    /// The median of one of the numbers that the program printed.
    fn column(&mut self, i: usize) -> f64 {
        let mut values: Vec<f64> = self.printed.iter().filter_map(|p| p.get(i).copied()).collect();
        if values.is_empty() { f64::NAN } else { median(&mut values) }
    }
}

/// Runs a program that must succeed.
fn run(exe: &Path, arg: &str, procs: usize, used: &mut Used) -> Result<()> {
    let (cpu, start) = (cpu::of_children(), Instant::now());
    let out = Command::new(exe)
        .args((!arg.is_empty()).then_some(arg))
        .env("GOMAXPROCS", procs.to_string())
        .env_remove("GODEBUG")
        .env_remove("GOGC")
        .env_remove("GOMEMLIMIT")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", exe.display()))?;
    if !out.status.success() {
        bail!("{} failed:\n{}", exe.display(), String::from_utf8_lossy(&out.stderr));
    }
    used.cpu.push((cpu::of_children() - cpu).max(1e-3));
    used.real.push(start.elapsed().as_secs_f64());
    let text = String::from_utf8(out.stdout).context("a number is text")?;
    used.printed.push(text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?);
    Ok(())
}
