//! `cargo xtask soak golden`: the concurrent golden programs, each many times, under every stress mode and with 1, 2, 4 and 8 Ps.
//!
//! Each program is built once. In its repetitions it goes through the pairs of a mode and a number of Ps in an order of its
//! own, which the seed decides: the modes follow one another, so that a few repetitions have each mode, and with the programs
//! all pairs are met. More jobs than the machine has CPUs make threads wait in places where they otherwise do not.

use crate::build;
use crate::golden::{self, Machine, Program, TIMEOUT};
use anyhow::{Result, bail};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Stress modes, as values of GODEBUG.
const MODES: &[&str] = &[
    "",
    "stackmove=1",
    "gcstress=300,clobberfree=1",
    "preempt=1,preemptsteps=100000,gcstress=1000,clobberfree=1",
    "preempt=100",
    "stackmove=1,gcstress=300,clobberfree=1",
    "preempt=100,gcstress=300,clobberfree=1",
    "preempt=7,stackmove=1,gcstress=500,clobberfree=1",
    "gcstress=1000,gcstoptheworld=1,clobberfree=1",
    "gcstress=3000,gccheckmark=1,clobberfree=1",
];
/// Modes of programs with a big heap.
const BIG_MODES: &[&str] = &["", "preempt=100"];
/// Numbers of Ps.
const PROCS: &[&str] = &["1", "2", "4", "8"];

/// What is run, and how often.
#[derive(clap::Args, Clone)]
pub struct Choice {
    /// Only programs whose name contains this; the log is left alone.
    filter: Option<String>,
    /// Runs of each program.
    #[arg(long, default_value_t = 20)]
    repetitions: usize,
    /// Decides which pairs of a mode and a number of Ps a program meets.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs at a time (default: twice the number of CPUs).
    #[arg(long)]
    jobs: Option<usize>,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice { filter: None, repetitions: 20, seed: 1, jobs: None }
    }
}

impl Choice {
    /// Whether this belongs into the log.
    pub fn is_whole(&self) -> bool {
        self.filter.is_none() && self.repetitions >= 20
    }
}

/// One run that is to be made.
struct Run<'a> {
    program: &'a Program,
    exe: &'a Path,
    godebug: &'static str,
    procs: &'static str,
    /// Where it stands in the order of runs.
    rank: u64,
}

/// The section of the log; fails if a run failed.
pub fn run(goroot: &Path, choice: &Choice) -> Result<String> {
    let grus = build::grus()?;
    let known = golden::known_failures()?;
    let mut programs = golden::programs(choice.filter.as_deref())?;
    programs.retain(|p| p.concurrent && !known.contains_key(&p.name));
    let work = tempfile::tempdir()?;
    let exes: Vec<PathBuf> = programs
        .par_iter()
        .map(|p| {
            let exe = work.path().join(&p.name);
            let mut grus = Command::new(&grus);
            grus.arg("build").arg("-o").arg(&exe).arg(&p.source).env("GRUS_GOROOT", goroot);
            crate::bench::command(&mut grus).map(|()| exe)
        })
        .collect::<Result<_>>()?;
    let mut runs: Vec<Run<'_>> =
        programs.iter().zip(&exes).flat_map(|(p, exe)| runs_of(p, exe, choice)).collect();
    runs.sort_by_key(|r| r.rank);
    let jobs = choice.jobs.unwrap_or(2 * std::thread::available_parallelism()?.get());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let bar = ProgressBar::new(runs.len() as u64);
    let start = Instant::now();
    let results: Vec<(Duration, Option<String>)> = pool.install(|| {
        runs.par_iter()
            .with_max_len(1)
            .map(|r| {
                let start = Instant::now();
                let failure = r.failure();
                if let Some(why) = &failure {
                    bar.suspend(|| eprintln!("FAILED: {}: {why}", r.name()));
                }
                bar.inc(1);
                (start.elapsed(), failure)
            })
            .collect()
    });
    bar.finish_and_clear();
    let mut by_time: Vec<_> = runs.iter().zip(&results).map(|(r, (time, _))| (time, r)).collect();
    by_time.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    for (time, r) in by_time.iter().take(5) {
        eprintln!("{:.1} s: {}", time.as_secs_f64(), r.name());
    }
    let failed = results.iter().filter(|(_, failure)| failure.is_some()).count();
    if failed > 0 {
        bail!("{failed} of {} runs failed", runs.len());
    }
    let mut text = format!(
        "{} programs, {} runs each, {jobs} at a time, seed {}: {} runs in {:.0} s, no failure. Runs by mode and number of \
         Ps:\n\n| GODEBUG | {} |\n|---|---|---|---|---|\n",
        programs.len(),
        choice.repetitions,
        choice.seed,
        runs.len(),
        start.elapsed().as_secs_f64(),
        PROCS.join(" | ")
    );
    for mode in MODES {
        let count = |procs| runs.iter().filter(|r| r.godebug == *mode && r.procs == procs).count();
        let counts: Vec<String> = PROCS.iter().map(|procs| count(*procs).to_string()).collect();
        text += &format!("| {mode} | {} |\n", counts.join(" | "));
    }
    Ok(text)
}

/// The runs of a program.
fn runs_of<'a>(program: &'a Program, exe: &'a Path, choice: &Choice) -> impl Iterator<Item = Run<'a>> {
    let modes = if golden::is_big(program) { BIG_MODES } else { MODES };
    let start = program.name.bytes().fold(choice.seed, |h, b| mix(h ^ u64::from(b)));
    (0..choice.repetitions).map(move |n| {
        let (godebug, procs) = pair(modes, start, n);
        Run { program, exe, godebug, procs, rank: mix(start ^ n as u64) }
    })
}

/// The n-th pair: each round has every mode once, in which it meets another number of Ps than in the rounds before.
fn pair(modes: &[&'static str], start: u64, n: usize) -> (&'static str, &'static str) {
    let (round, mode) = (n / modes.len(), (n + start as usize % modes.len()) % modes.len());
    let first = mix(start.wrapping_add(mode as u64)) as usize % PROCS.len();
    (modes[mode], PROCS[(first + round) % PROCS.len()])
}

/// A permutation of 64-bit numbers that looks random (the finaliser of splitmix64).
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Run<'_> {
    fn name(&self) -> String {
        format!("{} GODEBUG={} GOMAXPROCS={}", self.program.name, self.godebug, self.procs)
    }

    /// How it failed.
    fn failure(&self) -> Option<String> {
        let check = || {
            let want = self.program.expected(Machine::HOST.arch)?;
            let mode = (self.godebug, self.procs);
            let got = self.program.run(&Machine::HOST, self.exe, mode, 2 * TIMEOUT)?;
            anyhow::Ok(golden::difference(&want, &got))
        };
        check().unwrap_or_else(|e| Some(format!("{e:#}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_pair_is_met() {
        for start in 0..50 {
            let all: BTreeSet<_> = (0..MODES.len() * PROCS.len()).map(|n| pair(MODES, start, n)).collect();
            assert_eq!(all.len(), MODES.len() * PROCS.len());
            let modes: BTreeSet<_> = (0..MODES.len()).map(|n| pair(MODES, start, n).0).collect();
            assert_eq!(modes.len(), MODES.len());
        }
    }
}
