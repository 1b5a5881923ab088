//! `cargo xtask bench programs`: size and run time of the programs in `testdata/bench`, beside gc.
//!
//! The two compilers' programs run in turn, and the medians of their CPU times are compared, so that
//! a machine whose speed drifts still gives a fair ratio.

use super::{command, cpu, median};
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Measured runs of each program.
const RUNS: usize = 5;

/// One row of the table.
struct Row {
    name: String,
    gc: f64,
    grus: f64,
    gc_size: u64,
    grus_size: u64,
}

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path, filter: Option<&str>) -> Result<String> {
    let dir = workspace().join("testdata/bench");
    let work = tempfile::tempdir()?;
    let mut sources: Vec<PathBuf> = fs::read_dir(&dir)?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "go"))
        .filter(|p| filter.is_none_or(|f| p.to_string_lossy().contains(f)))
        .collect();
    sources.sort();
    let mut rows = Vec::new();
    for source in &sources {
        let name = source.file_stem().context("no name")?.to_string_lossy().into_owned();
        let (gc_exe, grus_exe) = (work.path().join(format!("{name}.gc")), work.path().join(&name));
        command(go(goroot).arg("build").arg("-o").arg(&gc_exe).arg(source))?;
        command(
            Command::new(grus).arg("build").arg("-o").arg(&grus_exe).arg(source).env("GRUS_GOROOT", goroot),
        )?;
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            a.push(cpu_seconds(&gc_exe)?);
            b.push(cpu_seconds(&grus_exe)?);
        }
        let row = Row {
            gc: median(&mut a),
            grus: median(&mut b),
            gc_size: fs::metadata(&gc_exe)?.len(),
            grus_size: fs::metadata(&grus_exe)?.len(),
            name,
        };
        eprintln!("{:10} {:.2}", row.name, row.grus / row.gc);
        rows.push(row);
    }
    Ok(table(&rows))
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "CPU time (median of 5 runs in turn) and size of the executable.\n\n\
         | program | gc, s | Grus / gc | size, Grus / gc |\n|---|---|---|---|\n",
    );
    let mut product = 1.0;
    for r in rows {
        let ratio = r.grus / r.gc;
        product *= ratio;
        let size = r.grus_size as f64 / r.gc_size as f64;
        text += &format!("| {} | {:.2} | {ratio:.2} | {size:.2} |\n", r.name, r.gc);
    }
    let mean = product.powf(1.0 / rows.len().max(1) as f64);
    text + &format!("| geometric mean | | {mean:.2} | |\n")
}

/// User and system time of a program that must succeed.
fn cpu_seconds(exe: &Path) -> Result<f64> {
    Ok(cpu::time(Command::new(exe).stdout(Stdio::null()).stderr(Stdio::null()))?.cpu.max(1e-3))
}
