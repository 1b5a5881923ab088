//! Package patterns with `...` against packages, for flags that are given for some packages only.

use grus_packages::load::{Package, clean};
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

/// Whether a path matches a pattern in which `...` stands for any string; `/...` at the end also for nothing.
pub fn matches(pattern: &str, path: &str) -> bool {
    if let Some(base) = pattern.strip_suffix("/...")
        && glob(base, path)
    {
        return true;
    }
    glob(pattern, path)
}

fn glob(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split("...");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(i) => rest = &rest[i + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots() {
        for (pattern, path, want) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/...", "a", true),
            ("a/...", "a/b/c", true),
            ("a/...", "ab", false),
            ("...", "x/y", true),
            ("a...z", "abz", true),
            ("a...z", "ab", false),
            ("net...", "net/http", true),
            ("...b...d", "abcd", true),
        ] {
            assert_eq!(matches(pattern, path), want, "{pattern} {path}");
        }
    }
}
