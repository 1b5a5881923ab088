//! `cargo xtask conformance types`: the parser's and the type checker's corpora in the Go tree.
//!
//! The crates' own corpus tests do the work; this writes what they print as the scoreboard.

use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs both corpora and writes `testdata/conformance/types.txt`.
pub fn run(goroot: &Path) -> Result<()> {
    let mut board = String::from(
        "# Go's corpora of syntax and type errors, by `cargo xtask conformance types`: totals, then every case\n\
         # with marks missing or errors that no mark expects.\n",
    );
    for (package, test) in [("grus-syntax", ["corpus", "error_marks"]), ("grus-types", ["gotree", "corpus"])]
    {
        board += &format!("{package}\n");
        for line in corpus_lines(goroot, package, test)? {
            board += &format!("    {line}\n");
        }
    }
    print!("{board}");
    let file = workspace().join("testdata/conformance/types.txt");
    fs::create_dir_all(file.parent().context("no folder")?)?;
    fs::write(file, board)?;
    Ok(())
}

/// The scores that a crate's corpus test prints, totals first.
fn corpus_lines(goroot: &Path, package: &str, [binary, test]: [&str; 2]) -> Result<Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .current_dir(workspace())
        .args(["test", "--quiet", "--locked", "-p", package, "--test", binary, "--", test, "--nocapture"])
        .env("GRUS_GOROOT", goroot)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if !out.status.success() {
        bail!("the corpus test of {package} failed:\n{text}");
    }
    let (totals, cases): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(|l| l.contains(" marks") || l.contains(" expected, ") || l.ends_with("PANIC"))
        .partition(|l| l.contains(" marks"));
    Ok(totals.into_iter().chain(cases).map(str::to_string).collect())
}
