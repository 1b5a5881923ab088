//! `cargo xtask conformance unsupported`: what of the standard library cannot be compiled.
//!
//! All of `std` is compiled as if it were one program, whether or not anything reaches it: once up to lowering, which
//! finds functions without code, and once for each architecture up to the object file. Errors `not yet supported: WHAT`
//! are counted by kind: by WHAT without the name of a declaration at its end.
//!
//! The board is committed. No number on it may rise: the command fails, and leaves the board alone, if one does.

use crate::build;
use crate::paths::workspace;
use crate::process::capture;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const MARK: &str = ": not yet supported: ";

/// The longest one compilation may take.
const TIMEOUT: Duration = Duration::from_secs(1800);

/// The errors of one kind: how many, and the first.
type Kinds = BTreeMap<String, (usize, String)>;

/// Counts the errors and writes `testdata/conformance/unsupported.txt`.
pub fn run(goroot: &Path) -> Result<()> {
    let grus = build::grus()?;
    let mut kinds = Kinds::new();
    for (stage, goarch, flags) in [
        ("lowering amd64", "amd64", &[][..]),
        ("code amd64", "amd64", &["--emit=obj"]),
        ("code arm64", "arm64", &["--emit=obj"]),
    ] {
        for (kind, example) in errors(&grus, goroot, goarch, flags)? {
            let entry = kinds.entry(format!("{stage}: {kind}")).or_insert((0, example));
            entry.0 += 1;
        }
    }
    let file = workspace().join("testdata/conformance/unsupported.txt");
    let text = board(&kinds);
    print!("{text}");
    let risen = match fs::read_to_string(&file) {
        Ok(old) => risen(&old, &text),
        Err(_) => Vec::new(),
    };
    if !risen.is_empty() {
        bail!("more is unsupported than before:\n{}", risen.join("\n"));
    }
    fs::write(file, text)?;
    Ok(())
}

/// Kind and place of every error of one compilation.
fn errors(grus: &Path, goroot: &Path, goarch: &str, flags: &[&str]) -> Result<Vec<(String, String)>> {
    // The object is written to the current folder.
    let work = tempfile::tempdir()?;
    let mut command = Command::new(grus);
    command.current_dir(work.path()).args(["build", "-d=whole"]).args(flags).arg("std");
    command.env("GRUS_GOROOT", goroot).env("GOARCH", goarch);
    let out = capture(&mut command, TIMEOUT)?;
    let text = out.err;
    let root = goroot.join("src").display().to_string() + "/";
    let found: Vec<(String, String)> = text.lines().filter_map(|l| error(l, &root)).collect();
    if found.is_empty() && out.code != Some(0) {
        let why = if out.timeout { "in time" } else { "" };
        bail!("std is not compiled {why} for {goarch}:\n{text}");
    }
    Ok(found)
}

/// Kind and example of an error `FILE:LINE:COL: not yet supported: WHAT`.
fn error(line: &str, root: &str) -> Option<(String, String)> {
    let (pos, what) = line.split_once(MARK)?;
    let pos = pos.strip_prefix(root).unwrap_or(pos);
    let kind = match what.rsplit_once(' ') {
        Some((kind, name)) if name.contains('.') => kind,
        _ => what,
    };
    Some((kind.to_string(), format!("{what} ({pos})")))
}

fn board(kinds: &Kinds) -> String {
    let mut text = String::from(
        "# What of the standard library cannot be compiled, by `cargo xtask conformance unsupported`:\n\
         # stage and kind of error, number, first example.\n",
    );
    text += &format!("total: {}\n", kinds.values().map(|k| k.0).sum::<usize>());
    for (kind, (n, example)) in kinds {
        text += &format!("{kind}: {n}, {example}\n");
    }
    text
}

/// The lines of a board whose number is higher than on an older one, or new.
fn risen(old: &str, new: &str) -> Vec<String> {
    let old: BTreeMap<String, usize> = old.lines().filter_map(number).collect();
    new.lines()
        .filter(|l| number(l).is_some_and(|(kind, n)| n > old.get(&kind).copied().unwrap_or(0)))
        .map(str::to_string)
        .collect()
}

/// Kind and number in a line of the board.
fn number(line: &str) -> Option<(String, usize)> {
    if let Some(n) = line.strip_prefix("total: ") {
        return Some(("total".into(), n.parse().ok()?));
    }
    let mut parts = line.splitn(3, ": ");
    let (stage, kind, rest) = (parts.next()?, parts.next()?, parts.next()?);
    Some((format!("{stage}: {kind}"), rest.split(',').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(lines: &[&str]) -> Kinds {
        let mut kinds = Kinds::new();
        for l in lines {
            let (kind, example) = error(l, "/go/src/").expect("an error");
            kinds.entry(format!("lowering amd64: {kind}")).or_insert((0, example)).0 += 1;
        }
        kinds
    }

    #[test]
    fn errors_are_counted_by_kind() {
        let kinds = kinds(&[
            "/go/src/a/a.go:1:6: not yet supported: assembly function a.F",
            "/go/src/b/b.go:2:6: not yet supported: assembly function b.G",
            "/go/src/b/b.go:9:2: not yet supported: defer in this function",
        ]);
        let text = board(&kinds);
        assert!(text.contains("total: 3\n"), "{text}");
        assert!(text.contains("lowering amd64: assembly function: 2, assembly function a.F (a/a.go:1:6)\n"));
        assert!(text.contains("lowering amd64: defer in this function: 1, "));
        assert!(error("# runtime", "/go/src/").is_none());
    }

    #[test]
    fn numbers_may_not_rise() {
        let one = board(&kinds(&["/go/src/a/a.go:1:6: not yet supported: assembly function a.F"]));
        let two = board(&kinds(&[
            "/go/src/a/a.go:1:6: not yet supported: assembly function a.F",
            "/go/src/a/a.go:2:6: not yet supported: assembly function a.G",
        ]));
        assert!(risen(&one, &one).is_empty());
        assert!(risen(&two, &one).is_empty());
        assert_eq!(risen(&one, &two).len(), 2, "the kind and the total");
        let other = board(&kinds(&["/go/src/a/a.go:1:6: not yet supported: import \"C\""]));
        assert_eq!(risen(&one, &other).len(), 1, "a new kind");
    }
}
