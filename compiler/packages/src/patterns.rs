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
    if operands.iter().any(|o| o.ends_with(".go") && !o.ends_with("/...")) {
        if let Some(other) = operands.iter().find(|o| !o.ends_with(".go")) {
            return Err(format!("named files must be .go files: {other}"));
        }
        return Ok(vec![Target::Files(operands.iter().map(PathBuf::from).collect())]);
    }
    let mut targets = Vec::new();
    for operand in operands {
        let local =
            operand == "." || operand == ".." || operand.starts_with("./") || operand.starts_with("../");
        if operand == "std" || operand == "cmd" {
            let src = resolver.goroot().join("src");
            targets.extend(standard(&src, operand == "cmd", context, tests).into_iter().map(Target::Import));
        } else if let Some(base) = operand.strip_suffix("/...") {
            let dir = if local || Path::new(base).is_absolute() {
                clean(&cwd.join(base))
            } else {
                resolver.resolve(base, None)?.dir
            };
            if !dir.is_dir() {
                return Err(format!("pattern {operand}: lstat {base}/: no such file or directory"));
            }
            let mut dirs = Vec::new();
            walk(&dir, context, tests, &mut |d| dirs.push(d.to_path_buf()));
            targets.extend(dirs.into_iter().map(Target::Dir));
        } else if local || Path::new(operand).is_absolute() {
            targets.push(Target::Dir(PathBuf::from(operand)));
        } else {
            targets.push(Target::Import(operand.clone()));
        }
    }
    Ok(targets)
}

/// Import paths of the standard library's packages that the context has files for, sorted.
fn standard(src: &Path, cmd: bool, context: &BuildContext, tests: bool) -> Vec<String> {
    let mut paths = Vec::new();
    walk(src, context, tests, &mut |dir| {
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
/// named `testdata`, folders that begin with `.` or `_`, and other modules are left out.
fn walk(dir: &Path, context: &BuildContext, tests: bool, found: &mut dyn FnMut(&Path)) {
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
            if name != "testdata" && !entry.path().join("go.mod").is_file() || name == "cmd" {
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
        walk(&d, context, tests, found);
    }
}
