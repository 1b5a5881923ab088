//! Package patterns with `...` against packages, for flags that are given for some packages only.

use grus_packages::load::{Package, clean};
use grus_packages::patterns::matches;
use std::path::Path;

/// Whether a package matches a pattern in front of a flag's value.
pub fn matches_package(pattern: &str, package: &Package, cwd: &Path) -> bool {
    let local = pattern == "." || pattern == ".." || pattern.starts_with("./") || pattern.starts_with("../");
    if local {
        let (dir, rest) = match pattern.find("...") {
            None => (pattern, None),
            Some(i) => {
                let j = pattern[..i].rfind('/').unwrap_or(0);
                (&pattern[..j], Some(&pattern[j + 1..]))
            }
        };
        let dir = clean(&cwd.join(dir));
        return match rest {
            None => package.dir == dir,
            Some(rest) => package.dir.strip_prefix(&dir).is_ok_and(|rel| {
                let rel = rel.to_string_lossy();
                matches(rest, if rel.is_empty() { "." } else { &rel })
            }),
        };
    }
    match pattern {
        "all" => true,
        "std" => package.std,
        "cmd" => package.std && package.path.starts_with("cmd/"),
        _ => matches(pattern, &package.path),
    }
}
