//! `//go:embed`: from patterns to the files below a package's folder.
//!
//! Facts: `resolveEmbed` of `cmd/go/internal/load`, `path.Match`, `module.CheckFilePath`.

use std::fs;
use std::path::{Path, PathBuf};

/// The files that a pattern stands for, relative to the package's folder, sorted.
///
/// # Errors
/// The message of the `go` command, without `pattern PATTERN: `.
pub fn resolve(package: &Path, pattern: &str) -> Result<Vec<String>, String> {
    let (glob, all) = match pattern.strip_prefix("all:") {
        Some(glob) => (glob, true),
        None => (pattern, false),
    };
    if !valid_path(glob) || !glob.split('/').all(well_formed) {
        return Err("invalid pattern syntax".into());
    }
    let mut matches = vec![String::new()];
    for element in glob.split('/') {
        matches = matches.iter().flat_map(|dir| expand(package, dir, element)).collect();
    }
    let mut files = Vec::new();
    for rel in matches {
        let path = package.join(&rel);
        let kind = fs::symlink_metadata(&path).map_err(|e| e.to_string())?.file_type();
        let what = if kind.is_dir() { "directory" } else { "file" };
        check_folders(package, &rel, what)?;
        if kind.is_file() {
            files.push(rel);
        } else if kind.is_dir() {
            let before = files.len();
            walk(&path, &rel, all, &mut files)?;
            if files.len() == before {
                return Err(format!("cannot embed directory {rel}: contains no embeddable files"));
            }
        } else {
            return Err(format!("cannot embed irregular file {rel}"));
        }
    }
    if files.is_empty() {
        return Err("no matching files found".into());
    }
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

/// A path of elements none of which is empty, `.` or `..`.
fn valid_path(path: &str) -> bool {
    path.split('/').all(|e| !matches!(e, "" | "." | ".."))
}

/// Names in a folder that match one element of a pattern, with the folder in front.
fn expand(package: &Path, dir: &str, element: &str) -> Vec<String> {
    let join = |name: &str| if dir.is_empty() { name.to_string() } else { format!("{dir}/{name}") };
    if !element.contains(['*', '?', '[', '\\']) {
        let path = join(element);
        return if fs::symlink_metadata(package.join(&path)).is_ok() { vec![path] } else { Vec::new() };
    }
    let Ok(entries) = fs::read_dir(package.join(dir)) else { return Vec::new() };
    let names = entries.flatten().filter_map(|e| e.file_name().into_string().ok());
    let mut found: Vec<String> = names.filter(|n| matches(element, n)).map(|n| join(&n)).collect();
    found.sort_unstable();
    found
}

/// Checks a match and the folders on the way to it.
fn check_folders(package: &Path, rel: &str, what: &str) -> Result<(), String> {
    let mut at = rel;
    loop {
        let path = package.join(at);
        if path.join("go.mod").exists() {
            return Err(format!("cannot embed {what} {rel}: in different module"));
        }
        if at != rel && fs::symlink_metadata(&path).is_ok_and(|m| !m.is_dir()) {
            return Err(format!("cannot embed {what} {rel}: in non-directory {at}"));
        }
        let name = at.rsplit('/').next().unwrap_or(at);
        if is_bad_name(name) {
            return Err(if at == rel {
                format!("cannot embed {what} {rel}: invalid name {name}")
            } else {
                format!("cannot embed {what} {rel}: in invalid directory {name}")
            });
        }
        match at.rfind('/') {
            Some(i) => at = &at[..i],
            None => return Ok(()),
        }
    }
}

/// Adds the regular files of a folder, but not hidden ones (unless `all`) and those of other modules.
fn walk(dir: &Path, rel: &str, all: bool, files: &mut Vec<String>) -> Result<(), String> {
    let mut entries: Vec<(String, PathBuf)> = fs::read_dir(dir)
        .map_err(|e| format!("open {}: {}", dir.display(), crate::load::io_message(&e)))?
        .flatten()
        .map(|e| (e.file_name().to_string_lossy().into_owned(), e.path()))
        .collect();
    entries.sort_unstable();
    for (name, path) in entries {
        let rel = format!("{rel}/{name}");
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let hidden = name.starts_with(['.', '_']);
        if is_bad_name(&name) || (hidden && !all) {
            if meta.is_dir() || hidden {
                continue;
            }
            return Err(format!("cannot embed file {rel}: invalid name {name}"));
        }
        if meta.is_dir() {
            if !path.join("go.mod").exists() {
                walk(&path, &rel, all, files)?;
            }
        } else if meta.is_file() {
            files.push(rel);
        }
    }
    Ok(())
}

/// Names that cannot be part of a module.
fn is_bad_name(name: &str) -> bool {
    const RESERVED: &[&str] = &[
        "CON", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "NUL", "PRN", "AUX",
        "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
    ];
    let good = |c: char| match c {
        _ if c.is_ascii() => c.is_ascii_alphanumeric() || "!#$%&()+,-.=@[]^_{}~ ".contains(c),
        _ => c.is_alphabetic(),
    };
    let short = name.split('.').next().unwrap_or_default();
    name.ends_with('.')
        || !name.chars().all(good)
        || matches!(name, "" | ".bzr" | ".hg" | ".git" | ".svn")
        || RESERVED.iter().any(|r| r.eq_ignore_ascii_case(short))
}

/// One piece of a pattern.
enum Piece {
    /// `*`
    Any,
    /// `?`
    One,
    /// `[...]` with its ranges; the flag: everything but them.
    Class(bool, Vec<(char, char)>),
    Char(char),
}

/// Takes an element of a pattern apart; none if it is malformed.
fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    let mut chars = pattern.chars().peekable();
    let mut list = Vec::new();
    while let Some(c) = chars.next() {
        list.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Char(chars.next()?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
                    let mut bound = |first: bool| match chars.next()? {
                        '\\' => chars.next(),
                        '-' => None,
                        ']' if first => None,
                        c => Some(c),
                    };
                    let low = bound(true)?;
                    let high = if chars.next_if_eq(&'-').is_some() {
                        match chars.next()? {
                            '\\' => chars.next()?,
                            '-' | ']' => return None,
                            c => c,
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Piece::Class(negated, ranges)
            }
            c => Piece::Char(c),
        });
    }
    Some(list)
}

fn well_formed(element: &str) -> bool {
    pieces(element).is_some()
}

/// Whether a name matches an element of a pattern.
fn matches(pattern: &str, name: &str) -> bool {
    fn rest(pieces: &[Piece], name: &[char]) -> bool {
        let Some((first, after)) = pieces.split_first() else { return name.is_empty() };
        match first {
            Piece::Any => (0..=name.len()).any(|i| rest(after, &name[i..])),
            _ => name.split_first().is_some_and(|(&c, tail)| {
                let fits = match first {
                    Piece::Class(negated, ranges) => {
                        ranges.iter().any(|&(low, high)| low <= c && c <= high) != *negated
                    }
                    Piece::Char(p) => *p == c,
                    Piece::Any | Piece::One => true,
                };
                fits && rest(after, tail)
            }),
        }
    }
    let name: Vec<char> = name.chars().collect();
    pieces(pattern).is_some_and(|p| rest(&p, &name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_patterns() {
        for (pattern, name, want) in [
            ("*.txt", "a.txt", true),
            ("*.txt", ".txt", true),
            ("a?c", "abc", true),
            ("[a-c]*", "bxy", true),
            ("[^a-c]*", "bxy", false),
            ("\\*", "*", true),
            ("*a*b", "xaxxb", true),
            ("*a*b", "xaxx", false),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
        for bad in ["[", "[a", "[]", "[-]", "\\", "[a-"] {
            assert!(!well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn files_of_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        };
        for name in [
            "a.txt",
            "b.txt",
            "d/x",
            "d/.hidden",
            "d/_under",
            "d/sub/y",
            "mod/go.mod",
            "mod/z",
            "bad/a'b",
            "h/.x",
        ] {
            write(name);
        }
        std::os::unix::fs::symlink("a.txt", dir.path().join("link")).unwrap();
        let r = |pattern: &str| resolve(dir.path(), pattern).map(|f| f.join(" "));
        assert_eq!(r("a.txt").unwrap(), "a.txt");
        assert_eq!(r("*.txt").unwrap(), "a.txt b.txt");
        assert_eq!(r("d").unwrap(), "d/sub/y d/x");
        assert_eq!(r("all:d").unwrap(), "d/.hidden d/_under d/sub/y d/x");
        assert_eq!(r("d/*").unwrap(), "d/.hidden d/_under d/sub/y d/x");
        assert_eq!(r("d/.hidden").unwrap(), "d/.hidden");
        let e = |pattern: &str| r(pattern).unwrap_err();
        assert_eq!(e("nosuch"), "no matching files found");
        for bad in ["../a.txt", ".", "/a", "a//b", "[", "d/"] {
            assert_eq!(e(bad), "invalid pattern syntax", "{bad}");
        }
        assert_eq!(e("mod"), "cannot embed directory mod: in different module");
        assert_eq!(e("mod/z"), "cannot embed file mod/z: in different module");
        assert_eq!(e("link"), "cannot embed irregular file link");
        assert_eq!(e("bad"), "cannot embed file bad/a'b: invalid name a'b");
        assert_eq!(e("bad/*"), "cannot embed file bad/a'b: invalid name a'b");
        assert_eq!(e("h"), "cannot embed directory h: contains no embeddable files");
    }
}
