//! From the operands of a command to load targets: files, folders, import paths and patterns with
//! `...`, as the `go` command takes them.

use crate::context::BuildContext;
use crate::load::{Target, clean};
use crate::resolve::Resolver;
use std::path::{Path, PathBuf};

/// Expands operands; none means the package in the working directory. `tests` says whether folders that hold
/// only test files are packages, too.
///
/// # Errors
/// The message of the `go` command.
pub fn expand(
    operands: &[String],
    resolver: &Resolver,
    context: &BuildContext,
    cwd: &Path,
    tests: bool,
) -> Result<Vec<Target>, String> {
    if operands.is_empty() {
        return Ok(vec![Target::Dir(".".into())]);
    }
    if operands.iter().any(|o| o.ends_with(".go") && cwd.join(o).is_file()) {
        if let Some(other) = operands.iter().find(|o| !o.ends_with(".go")) {
            return Err(format!("named files must be .go files: {other}"));
        }
        return Ok(vec![Target::Files(operands.iter().map(PathBuf::from).collect())]);
    }
    let mut targets = Vec::new();
    for operand in operands {
        let local = operand.is_empty()
            || operand == "."
            || operand == ".."
            || operand.starts_with("./")
            || operand.starts_with("../");
        if operand == "std" || operand == "cmd" {
            let src = resolver.goroot().join("src");
            targets.extend(standard(&src, operand == "cmd", context, tests).into_iter().map(Target::Import));
        } else if operand == "all" || operand.contains("...") {
            let before = targets.len();
            if local || Path::new(operand).is_absolute() {
                folders(operand, resolver, context, cwd, tests, &mut targets)?;
            } else {
                import_paths(operand, resolver, context, tests, &mut targets);
            }
            if targets.len() == before {
                eprintln!("go: warning: \"{operand}\" matched no packages");
            }
        } else if local || Path::new(operand).is_absolute() {
            targets.push(Target::Dir(PathBuf::from(if operand.is_empty() { "." } else { operand })));
        } else {
            targets.push(Target::Import(operand.clone()));
        }
    }
    Ok(targets)
}

/// The packages that a pattern of folders matches.
fn folders(
    pattern: &str,
    resolver: &Resolver,
    context: &BuildContext,
    cwd: &Path,
    tests: bool,
    targets: &mut Vec<Target>,
) -> Result<(), String> {
    // What comes before the first element with dots is a folder.
    let dots = pattern.find("...").unwrap_or(pattern.len());
    let base = pattern[..dots].rfind('/').map_or(".", |i| &pattern[..i]);
    let dir = clean(&cwd.join(if base.is_empty() { "/" } else { base }));
    if !dir.is_dir() {
        return Err(format!("pattern {pattern}: lstat {base}/: no such file or directory"));
    }
    let src = resolver.goroot().join("src");
    if resolver.modules.containing(&dir).is_none()
        && !dir.starts_with(&src)
        && !resolver.modules.list.iter().any(|m| m.dir.starts_with(&dir))
    {
        let what = "does not contain main module or its selected dependencies";
        return Err(format!("pattern {pattern}: directory prefix {base} {what}"));
    }
    let rest = pattern.get(base.len() + 1..).unwrap_or(pattern);
    let skip_vendor = !dir.starts_with(&src);
    let context = &if skip_vendor { context.as_go() } else { context.clone() };
    let mut found = |d: &Path| {
        let rel = d.strip_prefix(&dir).unwrap_or(d).to_string_lossy();
        if matches(rest, &rel) || (rel.is_empty() && rest == "...") {
            targets.push(Target::Dir(d.to_path_buf()));
        }
    };
    if !skip_vendor || resolver.modules.containing(&dir).is_some() {
        walk(&dir, context, tests, skip_vendor, &mut found);
    }
    // The walk ends where another module begins, which may be one of the workspace.
    for m in resolver.modules.list.iter().filter(|m| m.dir != dir && m.dir.starts_with(&dir)) {
        walk(&m.dir, context, tests, true, &mut found);
    }
    Ok(())
}

/// The packages of the standard library and of the main modules whose import paths a pattern matches.
fn import_paths(
    pattern: &str,
    resolver: &Resolver,
    context: &BuildContext,
    tests: bool,
    targets: &mut Vec<Target>,
) {
    let all = pattern == "all";
    let as_go = context.as_go();
    for m in &resolver.modules.list {
        walk(&m.dir, &as_go, tests, true, &mut |d| {
            if m.import_path(d).is_some_and(|path| all || matches(pattern, &path)) {
                targets.push(Target::Dir(d.to_path_buf()));
            }
        });
    }
    if !all {
        let src = resolver.goroot().join("src");
        let std = [false, true].into_iter().flat_map(|cmd| standard(&src, cmd, context, tests));
        targets.extend(std.filter(|path| matches(pattern, path)).map(Target::Import));
    }
}

/// Whether a path matches a pattern in which `...` stands for any string; `/...` at the end also for nothing.
pub fn matches(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix("/...").is_some_and(|base| glob(base, path)) || glob(pattern, path)
}

fn glob(pattern: &str, path: &str) -> bool {
    let mut parts: Vec<&str> = pattern.split("...").collect();
    let Some(mut rest) = path.strip_prefix(parts.remove(0)) else { return false };
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(i) => rest = &rest[i + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Import paths of the standard library's packages that the context has files for, sorted.
fn standard(src: &Path, cmd: bool, context: &BuildContext, tests: bool) -> Vec<String> {
    let mut paths = Vec::new();
    walk(src, context, tests, false, &mut |dir| {
        let Ok(path) = dir.strip_prefix(src) else { return };
        let path = path.to_string_lossy().into_owned();
        let is_cmd = path == "cmd" || path.starts_with("cmd/");
        if !path.is_empty() && is_cmd == cmd && path != "builtin" {
            paths.push(path);
        }
    });
    paths.sort_unstable();
    paths
}

/// Calls `found` for every folder at or below `dir` that holds a package under the context. Folders
/// named `testdata` (and `vendor`, if asked), folders that begin with `.` or `_`, and other modules are left out.
fn walk(dir: &Path, context: &BuildContext, tests: bool, skip_vendor: bool, found: &mut dyn FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut below = Vec::new();
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if name != "testdata"
                && !(skip_vendor && name == "vendor")
                && !entry.path().join("go.mod").is_file()
                || name == "cmd"
            {
                below.push(entry.path());
            }
        } else if name.ends_with(".go") && (tests || !name.ends_with("_test.go")) {
            files.push(entry.path());
        }
    }
    if files.iter().any(|f| crate::load::file_selected(f, context)) {
        found(dir);
    }
    below.sort_unstable();
    for d in below {
        walk(&d, context, tests, skip_vendor, found);
    }
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
