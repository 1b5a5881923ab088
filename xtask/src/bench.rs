//! `cargo xtask bench`: build time, size and run time of the programs in `testdata/bench`, beside gc.
//!
//! The two compilers' programs run in turn, and the medians of their CPU times are compared, so that
//! a machine whose speed drifts still gives a fair ratio. The table is committed.

use crate::build;
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

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

/// Measures and writes `testdata/bench/results.md`.
pub fn run(goroot: &Path, filter: Option<&str>) -> Result<()> {
    let grus = build::grus()?;
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
            Command::new(&grus).arg("build").arg("-o").arg(&grus_exe).arg(source).env("GRUS_GOROOT", goroot),
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
    let mut text = table(&rows);
    text += &builds(goroot, &grus, &workspace().join("testdata/run/hello.go"), work.path())?;
    print!("{text}");
    if filter.is_none() {
        fs::write(dir.join("results.md"), text)?;
    }
    Ok(())
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "# Benchmarks\n\nBy `cargo xtask bench`: CPU time (median of 5 runs in turn) and size of the executable, as ratios \
         to gc 1.27.3; below 1 is better than gc.\n\n| program | gc, s | Grus / gc | size, Grus / gc |\n|---|---|---|---|\n",
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

/// Build times of a program that uses fmt.
fn builds(goroot: &Path, grus: &Path, source: &Path, work: &Path) -> Result<String> {
    let time = |c: &mut Command| -> Result<f64> {
        let start = Instant::now();
        command(c)?;
        Ok(start.elapsed().as_secs_f64())
    };
    let out = work.join("hello");
    let cache = work.join("gocache");
    let cold = time(go(goroot).arg("build").arg("-o").arg(&out).arg(source).env("GOCACHE", &cache))?;
    let warm = time(go(goroot).arg("build").arg("-o").arg(&out).arg(source).env("GOCACHE", &cache))?;
    let mut own = Vec::new();
    for _ in 0..RUNS {
        own.push(time(
            Command::new(grus).arg("build").arg("-o").arg(&out).arg(source).env("GRUS_GOROOT", goroot),
        )?);
    }
    let own = median(&mut own);
    Ok(format!(
        "\nBuilding hello with fmt: Grus {own:.2} s, nothing cached; gc {cold:.2} s with an empty cache (Grus / gc \
         {:.3}), {warm:.2} s with a full one.\n",
        own / cold
    ))
}

fn command(c: &mut Command) -> Result<()> {
    let out = c.output().with_context(|| format!("cannot run {:?}", c.get_program()))?;
    if !out.status.success() {
        bail!("{c:?} failed:\n{}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(())
}

/// User and system time of a program that must succeed.
fn cpu_seconds(exe: &Path) -> Result<f64> {
    let before = children_ticks()?;
    let status = Command::new(exe).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if !status.success() {
        bail!("{}: {status}", exe.display());
    }
    // The kernel counts in hundredths of a second.
    Ok((children_ticks()? - before).max(1.0) / 100.0)
}

/// CPU time of the children waited for so far, in ticks (fields 16 and 17 of /proc/self/stat).
pub fn children_ticks() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().context("malformed stat")?.split_whitespace().collect();
    let field = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).context("malformed stat");
    Ok(field(13)? + field(14)?)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
