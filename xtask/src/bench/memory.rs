//! `cargo xtask bench memory`: the allocator and the collector, beside gc, by the programs in `testdata/bench/memory`.
//!
//! Each pair of programs runs in turn; CPU time (user and system) and the largest resident set are the kernel's for the
//! process, medians of several runs. As many more with `GODEBUG=gctrace=1` tell what collections cost: the time that the
//! world is stopped per cycle, the collector's share of the CPU, what it leaves to the program; medians, too, because a
//! growing heap has its cycles now here, now there.

use super::{command, median};
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Measured runs of each program.
const RUNS: usize = 5;
/// The arguments of `alloc`, which measures one kind of object each.
const KINDS: &[&str] = &["n8", "n16", "n64", "n256", "n1024", "p8", "p16", "p64", "p256", "p1024"];

/// What a run took.
struct Used {
    cpu: f64,
    elapsed: f64,
    /// KiB.
    resident: f64,
    stdout: String,
    stderr: String,
}

/// What the lines of gctrace say.
#[derive(Default)]
struct Trace {
    cycles: usize,
    /// Milliseconds of stopped world in all.
    stopped: f64,
    /// Milliseconds of CPU time, assists apart.
    assists: f64,
    workers: f64,
}

/// What collections cost in runs of a program.
#[derive(Default)]
struct Costs {
    /// Microseconds of stopped world per cycle.
    stopped: Vec<f64>,
    /// Percents of the CPU time.
    share: Vec<f64>,
    /// Percents of the Ps' time that marking and stops leave to the program.
    left: Vec<f64>,
    /// Milliseconds.
    assists: Vec<f64>,
    cycles: Vec<f64>,
}

impl Costs {
    fn add(&mut self, t: &Trace, u: &Used, procs: usize) {
        let marking = (t.assists + t.workers) / 1000.0;
        self.stopped.push(1000.0 * t.stopped / t.cycles.max(1) as f64);
        self.share.push(100.0 * marking / u.cpu);
        let procs = procs as f64;
        self.left.push(100.0 - 100.0 * (marking + procs * t.stopped / 1000.0) / (procs * u.elapsed));
        self.assists.push(t.assists);
        self.cycles.push(t.cycles as f64);
    }
}

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path, filter: Option<&str>) -> Result<String> {
    let dir = workspace().join("testdata/bench/memory");
    let work = tempfile::tempdir()?;
    let mut sources: Vec<PathBuf> = fs::read_dir(&dir)?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "go"))
        .filter(|p| filter.is_none_or(|f| p.to_string_lossy().contains(f)))
        .collect();
    sources.sort();
    let mut rows = String::new();
    let mut kinds = String::new();
    let mut lateness = String::new();
    let (mut time, mut memory, mut n) = (1.0, 1.0, 0);
    for source in &sources {
        let name = source.file_stem().context("no name")?.to_string_lossy().into_owned();
        let exes = [work.path().join(format!("{name}.gc")), work.path().join(&name)];
        command(go(goroot).arg("build").arg("-o").arg(&exes[0]).arg(source))?;
        command(
            Command::new(grus).arg("build").arg("-o").arg(&exes[1]).arg(source).env("GRUS_GOROOT", goroot),
        )?;
        if name == "alloc" {
            for kind in KINDS {
                let mut ns = [Vec::new(), Vec::new()];
                for _ in 0..RUNS {
                    for (exe, ns) in exes.iter().zip(&mut ns) {
                        let out = run(exe, &[kind], 1, "")?.stdout;
                        ns.push(out.trim().parse::<f64>().context("alloc prints a number")?);
                    }
                }
                let [a, b] = ns.each_mut().map(|v| median(v));
                kinds += &format!("| {kind} | {a:.1} | {b:.1} | {:.2} |\n", b / a);
            }
            continue;
        }
        for procs in [1, 2] {
            let mut used: [[Vec<f64>; 2]; 2] = Default::default();
            for _ in 0..RUNS {
                for (exe, used) in exes.iter().zip(&mut used) {
                    let u = run(exe, &[], procs, "")?;
                    used[0].push(u.cpu);
                    used[1].push(u.resident);
                }
            }
            let [gc, ours] = used.each_mut().map(|u| u.each_mut().map(|v| median(v)));
            let mut costs: [Costs; 2] = Default::default();
            for i in 0..RUNS {
                for (exe, costs) in exes.iter().zip(&mut costs) {
                    let u = run(exe, &[], procs, "gctrace=1")?;
                    costs.add(&trace(&u.stderr), &u, procs);
                    if i == 0
                        && let Some(late) = u.stdout.strip_prefix("late: ")
                    {
                        let who = if exe == &exes[0] { "gc" } else { "Grus" };
                        lateness += &format!("{procs} P, {who}: {}. ", late.trim());
                    }
                }
            }
            let (t, m) = (ours[0] / gc[0], ours[1] / gc[1]);
            if procs == 1 {
                time *= t;
                memory *= m;
                n += 1;
            }
            let [a, b] = costs;
            let pair = |a: Vec<f64>, b: Vec<f64>| {
                let [mut a, mut b] = [a, b];
                format!("{:.0} / {:.0}", median(&mut a), median(&mut b))
            };
            eprintln!("{name:8} {procs} P: time {t:.2}, memory {m:.2}");
            rows += &format!(
                "| {name} | {procs} | {:.2} | {t:.2} | {:.0} | {m:.2} | {} | {} | {} | {} | {} |\n",
                gc[0],
                gc[1] / 1024.0,
                pair(a.stopped, b.stopped),
                pair(a.share, b.share),
                pair(a.left, b.left),
                pair(a.assists, b.assists),
                pair(a.cycles, b.cycles),
            );
        }
    }
    let root = 1.0 / f64::from(n.max(1));
    Ok(format!(
        "Programs of testdata/bench/memory with 1 and 2 Ps: medians of {RUNS} runs in turn. Columns with a slash are gc / Grus, \
         medians of {RUNS} runs with gctrace: time of stopped world per cycle, part of the CPU time that workers and assists \
         take, part of the Ps' time that these and stops leave to the program, CPU time of assists, number of cycles. \
         The kernel counts what the harness had resident when it started a program: the least peaks are \
         the harness's.\n\n\
         | program | P | gc CPU, s | time, Grus / gc | gc peak, MB | peak, Grus / gc | stopped, us | GC, % | program, % | assists, ms | cycles |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n{rows}\
         | geometric mean | 1 | | {:.2} | | {:.2} | | | | | |\n\n\
         How late a ticker of 1 ms is in `live`, in microseconds (of the machine as well as of the program): {lateness}\n\n\
         Allocation of one object, CPU nanoseconds, 1 P (n: without pointers, p: of pointers; bytes):\n\n\
         | object | gc, ns | Grus, ns | Grus / gc |\n|---|---|---|---|\n{kinds}",
        f64::powf(time, root),
        f64::powf(memory, root),
    ))
}

/// Runs a program that must succeed.
fn run(exe: &Path, args: &[&str], procs: usize, godebug: &str) -> Result<Used> {
    let begin = Instant::now();
    let mut child = Command::new(exe)
        .args(args)
        .env("GOMAXPROCS", procs.to_string())
        .env("GODEBUG", godebug)
        .env_remove("GOGC")
        .env_remove("GOMEMLIMIT")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", exe.display()))?;
    let mut stderr_pipe = child.stderr.take().context("no pipe")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stderr_pipe.read_to_string(&mut text).map(|_| text)
    });
    let mut stdout = String::new();
    child.stdout.take().context("no pipe")?.read_to_string(&mut stdout)?;
    let stderr = reader.join().ok().context("the reader failed")??;
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the child is ours and has not been waited for; the call fills the structure that it is given.
    let usage = unsafe {
        if libc::wait4(child.id() as i32, &mut status, 0, usage.as_mut_ptr()) < 0 {
            bail!("cannot wait for {}", exe.display());
        }
        usage.assume_init()
    };
    let elapsed = begin.elapsed().as_secs_f64();
    if status != 0 {
        bail!("{} failed:\n{stderr}", exe.display());
    }
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    Ok(Used {
        cpu: (seconds(usage.ru_utime) + seconds(usage.ru_stime)).max(1e-3),
        elapsed: elapsed.max(1e-3),
        resident: usage.ru_maxrss as f64,
        stdout,
        stderr,
    })
}

/// Adds up the lines of gctrace: `gc N @T s P%: A+B+C ms clock, D+E/F/G+H ms cpu, ...`.
fn trace(text: &str) -> Trace {
    let mut t = Trace::default();
    for line in text.lines().filter(|l| l.starts_with("gc ")) {
        let Some((_, rest)) = line.split_once("%: ") else { continue };
        let Some((clock, rest)) = rest.split_once(" ms clock, ") else { continue };
        let Some((cpu, _)) = rest.split_once(" ms cpu") else { continue };
        let number = |s: &str| s.parse::<f64>().unwrap_or(0.0);
        let clock: Vec<f64> = clock.split('+').map(number).collect();
        let cpu: Vec<f64> = cpu.split(['+', '/']).map(number).collect();
        if let ([a, _, c], [_, assist, worker, _, _]) = (&clock[..], &cpu[..]) {
            t.cycles += 1;
            t.stopped += a + c;
            t.assists += assist;
            t.workers += worker;
        }
    }
    t
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_of_gctrace() {
        let t = super::trace(
            "gc 46 @3.811s 24%: 0.022+58+0.004 ms clock, 0.022+1.1/13/0.5+0.004 ms cpu, 17->20->10 MB, 21 MB goal\nx\n",
        );
        assert_eq!(t.cycles, 1);
        assert!((t.stopped - 0.026).abs() < 1e-9 && t.assists == 1.1 && t.workers == 13.0);
    }
}
