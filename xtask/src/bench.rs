//! `cargo xtask bench`: Grus beside gc, in the committed table `testdata/bench/results.md`.
//!
//! The table has a section for each kind of measurement, and each can be made anew by itself. What is compared is CPU
//! time as the kernel counts it for the child processes, so that other load on the machine matters little.

mod arches;
mod builds;
pub mod cpu;
mod frontend;
mod memory;
mod natives;
mod programs;
mod sched;

use crate::build;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What to measure.
#[derive(Subcommand, Clone)]
pub enum What {
    /// Run time and size of the programs in testdata/bench.
    Programs {
        /// Only programs whose path contains this; the table is left alone.
        filter: Option<String>,
    },
    /// The allocator and the collector: time, memory, pauses of the programs in testdata/bench/memory.
    Memory {
        /// Only programs whose path contains this; the table is left alone.
        filter: Option<String>,
    },
    /// The scheduler: goroutines, channels, timers, stacks, the network.
    Sched {
        /// Only programs whose name contains this; the table is left alone.
        filter: Option<String>,
    },
    /// Sizes on each architecture, and instructions executed on the one that is emulated.
    Arches {
        /// Only programs whose name contains this; the table is left alone.
        filter: Option<String>,
    },
    /// Operations that natives compute in place of Go's assembly.
    Natives,
    /// Parsing and type-checking the standard library.
    Frontend,
    /// Building programs: with empty caches, with full ones, after an edit; and how time grows with size.
    Build {
        /// Only programs whose name contains this (`growth`: the generated ones); the table is left alone.
        filter: Option<String>,
    },
}

/// Measures and writes the sections of the table; all of them if `what` is none.
pub fn run(goroot: &Path, what: Option<What>) -> Result<()> {
    let grus = build::grus()?;
    let all = [
        What::Programs { filter: None },
        What::Natives,
        What::Arches { filter: None },
        What::Memory { filter: None },
        What::Sched { filter: None },
        What::Frontend,
        What::Build { filter: None },
    ];
    let list = what.as_ref().map_or(&all[..], std::slice::from_ref);
    for what in list {
        let (title, text, whole) = match what {
            What::Programs { filter } => {
                ("Programs", programs::measure(goroot, &grus, filter.as_deref())?, filter.is_none())
            }
            What::Memory { filter } => {
                ("Memory", memory::measure(goroot, &grus, filter.as_deref())?, filter.is_none())
            }
            What::Sched { filter } => {
                ("Scheduler", sched::measure(goroot, &grus, filter.as_deref())?, filter.is_none())
            }
            What::Arches { filter } => {
                ("Architectures", arches::measure(goroot, &grus, filter.as_deref())?, filter.is_none())
            }
            What::Natives => ("Natives", natives::measure(goroot, &grus)?, true),
            What::Frontend => ("Front end", frontend::measure(goroot, &grus)?, true),
            What::Build { filter } => {
                ("Builds", builds::measure(goroot, &grus, filter.as_deref())?, filter.is_none())
            }
        };
        print!("{text}");
        if whole {
            let file = workspace().join("testdata/bench/results.md");
            let old = fs::read_to_string(&file).unwrap_or_default();
            fs::write(file, with_section(INTRODUCTION, &old, title, &text))?;
        }
    }
    Ok(())
}

const INTRODUCTION: &str = "# Benchmarks\n\nWritten by `cargo xtask bench`, one section at a time. Ratios below 1 are \
                            better than gc 1.27.3.\n";

/// A page with one section replaced, or added behind the others.
pub fn with_section(introduction: &str, old: &str, title: &str, text: &str) -> String {
    let mut sections: Vec<(&str, &str)> =
        old.split("\n## ").skip(1).filter_map(|s| s.split_once('\n')).map(|(t, s)| (t, s.trim())).collect();
    match sections.iter_mut().find(|s| s.0 == title) {
        Some(s) => s.1 = text.trim(),
        None => sections.push((title, text.trim())),
    }
    sections.iter().fold(introduction.to_string(), |all, (t, s)| format!("{all}\n## {t}\n\n{s}\n"))
}

/// Runs a command that must succeed.
pub fn command(c: &mut Command) -> Result<()> {
    let out = c.output().with_context(|| format!("cannot run {:?}", c.get_program()))?;
    if !out.status.success() {
        bail!("{c:?} failed:\n{}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_replaced_alone() {
        let one = with_section(INTRODUCTION, "", "Programs", "a\n");
        let two = with_section(INTRODUCTION, &one, "Builds", "b\n\n");
        assert_eq!(two, format!("{INTRODUCTION}\n## Programs\n\na\n\n## Builds\n\nb\n"));
        assert_eq!(with_section(INTRODUCTION, &two, "Programs", "c"), two.replace("\na\n", "\nc\n"));
    }
}
