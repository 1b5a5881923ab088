//! `cargo xtask soak`: minutes of work that must not fail, in parts that can be run by themselves. The log is
//! `testdata/soak/log.md`, with a section for each part, which is written when the whole part has passed.
//!
//! - **memory**: allocation-heavy concurrent work, under every stress mode of the collector and with several numbers of Ps.
//!   The program (`testdata/soak/soak.go`) checks what it builds; here its resident memory is looked at: in the second half of
//!   a run it must not be much more than in the first.
//! - **golden** (`soak/golden.rs`): the concurrent golden programs, again and again, under every mode and number of Ps.
//! - **http** (`soak/http.rs`): a server under load, and clients that misbehave.

mod golden;
mod http;

use crate::bench::with_section;
use crate::build;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The parts.
#[derive(Subcommand, Clone)]
pub enum Part {
    /// Allocation-heavy concurrent work under every stress mode of the collector.
    Memory {
        /// How long, in all.
        #[arg(default_value_t = 10.0)]
        minutes: f64,
    },
    /// The concurrent golden programs under all modes and numbers of Ps.
    Golden(golden::Choice),
    /// An HTTP server under load, many idle connections, clients that misbehave.
    Http(http::Choice),
}

/// Runs a part and writes its section of the log; all of them if `part` is none.
pub fn run(goroot: &Path, part: Option<Part>) -> Result<()> {
    let all =
        [Part::Memory { minutes: 10.0 }, Part::Golden(Default::default()), Part::Http(Default::default())];
    for part in part.as_ref().map_or(&all[..], std::slice::from_ref) {
        let (title, text, whole) = match part {
            Part::Memory { minutes } => ("Memory", memory(goroot, *minutes)?, true),
            Part::Golden(choice) => ("Golden programs", golden::run(goroot, choice)?, choice.is_whole()),
            Part::Http(choice) => ("HTTP", http::run(goroot, choice)?, choice.is_whole()),
        };
        print!("{text}");
        if whole {
            let file = workspace().join("testdata/soak/log.md");
            let old = fs::read_to_string(&file).unwrap_or_default();
            fs::write(file, with_section(INTRODUCTION, &old, title, &text))?;
        }
    }
    Ok(())
}

const INTRODUCTION: &str =
    "# Soak\n\nWritten by `cargo xtask soak`, one section at a time: what is here has passed.\n";

/// Stress modes, as values of GODEBUG.
const MODES: &[&str] = &[
    "",
    "gcstress=200,clobberfree=1",
    "gcstress=2000,gccheckmark=1,clobberfree=1",
    "gcstress=500,gcstoptheworld=1,clobberfree=1",
    "stackmove=1",
    "stackmove=1,gcstress=500,clobberfree=1",
];
/// Numbers of Ps.
const PROCS: &[usize] = &[1, 2, 4, 8];

/// A line of the program's output.
struct Sample {
    kib: u64,
    cycles: u64,
    rounds: u64,
}

/// The section on memory; runs for about `minutes` in all.
fn memory(goroot: &Path, minutes: f64) -> Result<String> {
    let grus = build::grus()?;
    let work = tempfile::tempdir()?;
    let exe = work.path().join("soak");
    let source = workspace().join("testdata/soak/soak.go");
    super::bench::command(
        Command::new(&grus).arg("build").arg("-o").arg(&exe).arg(&source).env("GRUS_GOROOT", goroot),
    )?;
    let seconds = (minutes * 60.0 / (MODES.len() * PROCS.len()) as f64).ceil().max(2.0) as u64;
    let mut text = format!(
        "{seconds} s for each line. Memory is the largest resident set of the first and \
         of the second half, in MB.\n\n| GODEBUG | P | first half | second half | collections | rounds |\n|---|---|---|---|---|---|\n"
    );
    for mode in MODES {
        for &procs in PROCS {
            let out = Command::new("timeout")
                .args([format!("{}", seconds * 3 + 60)])
                .arg(&exe)
                .arg(seconds.to_string())
                .env("GODEBUG", mode)
                .env("GOMAXPROCS", procs.to_string())
                .output()
                .context("cannot run the program")?;
            if !out.status.success() {
                bail!(
                    "soak failed: GODEBUG={mode} GOMAXPROCS={procs}: {}\n{}",
                    out.status,
                    String::from_utf8_lossy(&out.stderr)
                );
            }
            let samples = parse(&String::from_utf8_lossy(&out.stdout)).context("malformed output")?;
            let (first, second) = halves(&samples);
            let last = samples.last().context("no output")?;
            let line = format!(
                "| {mode} | {procs} | {} | {} | {} | {} |\n",
                first >> 10,
                second >> 10,
                last.cycles,
                last.rounds
            );
            eprint!("{line}");
            text += &line;
            if !stable(first, second) {
                bail!(
                    "the resident set grows: GODEBUG={mode} GOMAXPROCS={procs}: {first} KiB, then {second} KiB"
                );
            }
        }
    }
    Ok(text)
}

fn parse(text: &str) -> Option<Vec<Sample>> {
    text.lines()
        .map(|l| {
            let mut n = l.split_whitespace().map(|w| w.parse::<u64>().ok());
            Some(Sample { kib: n.next()??, cycles: n.next()??, rounds: n.next()?? })
        })
        .collect()
}

/// The largest resident set of each half.
fn halves(samples: &[Sample]) -> (u64, u64) {
    let (a, b) = samples.split_at(samples.len() / 2);
    let most = |s: &[Sample]| s.iter().map(|s| s.kib).max().unwrap_or(0);
    (most(a), most(b))
}

/// Whether the second half needs no more than the first; half as much again is chance.
fn stable(first: u64, second: u64) -> bool {
    second <= first + first / 2 + (16 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_seen() {
        let s = parse("100000 1 10\n110000 2 20\n120000 3 30\n190000 4 40\n").unwrap();
        let (a, b) = halves(&s);
        assert_eq!((a, b), (110000, 190000));
        assert!(!stable(a, b) && stable(110000, 120000));
        assert!(parse("1 2\n").is_none());
    }
}
