//! `cargo xtask sizeclasses`: compares the runtime's table of size classes with that of the Go tree. Programs see the
//! classes (`append` rounds capacities up to them), so that they have to be the same.

use crate::paths::workspace;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// The numbers between the braces (or brackets) that follow `head`.
fn numbers(text: &str, head: &str, open: char, close: char) -> Result<Vec<u32>> {
    let at = text.find(head).with_context(|| format!("no {head:?}"))? + head.len();
    let rest = &text[at..];
    let start = rest.find(open).context("no opening bracket")? + 1;
    let end = start + rest[start..].find(close).context("no closing bracket")?;
    rest[start..end]
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(|s| s.parse().with_context(|| format!("{head:?} has {s:?}")))
        .collect()
}

/// Fails if a table differs.
pub fn check(goroot: &Path) -> Result<()> {
    let go = fs::read_to_string(goroot.join("src/internal/runtime/gc/sizeclasses.go"))?;
    let ours = fs::read_to_string(workspace().join("runtime/src/mem/sizeclass.rs"))?;
    for (theirs, mine) in
        [("SizeClassToSize = ", "SIZES: [u16; COUNT] ="), ("SizeClassToNPages = ", "PAGES: [u8; COUNT] =")]
    {
        let (want, have) = (numbers(&go, theirs, '{', '}')?, numbers(&ours, mine, '[', ']')?);
        ensure!(want.len() > 60, "{theirs}: only {} classes", want.len());
        if want != have {
            let i = want.iter().zip(&have).take_while(|(a, b)| a == b).count();
            bail!("{mine}: class {i} is {:?} and should be {:?}", have.get(i), want.get(i));
        }
        println!("{} {}: the same", want.len(), theirs.trim_end_matches([' ', '=']));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms() {
        assert_eq!(numbers("var X = [3]uint16{0, 8, 16}", "X = ", '{', '}').unwrap(), [0, 8, 16]);
        assert_eq!(numbers("const X: [u16; N] = [\n 0, 8,\n 16,\n];", "N] =", '[', ']').unwrap(), [0, 8, 16]);
        assert!(numbers("X = [a]", "X =", '[', ']').is_err());
    }
}
