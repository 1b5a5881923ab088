//! Names of files as messages show them.

use std::path::{Path, PathBuf};

/// The last element of a name.
pub(crate) fn base_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_string()
}

/// The message of an I/O error in Go's words.
pub fn io_message(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::IsADirectory => "is a directory".into(),
        _ => {
            let text = e.to_string();
            let text = text.split(" (os error ").next().unwrap_or_default();
            let mut chars = text.chars();
            chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect())
        }
    }
}

/// Removes `.` and `..` elements without looking at the file system.
pub fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for c in path.components() {
        match c {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            c => out.push(c),
        }
    }
    out
}

/// A file's name as messages show it: relative to `cwd` if that is shorter.
pub fn relative(cwd: &Path, file: &str) -> String {
    let path = Path::new(file);
    if !path.is_absolute() {
        return file.to_string();
    }
    let mut base = cwd;
    let mut up = String::new();
    let short = loop {
        if let Ok(rest) = path.strip_prefix(base) {
            break format!("{up}{}", rest.display());
        }
        up += "../";
        match base.parent() {
            Some(p) => base = p,
            None => return file.to_string(),
        }
    };
    if short.len() < file.len() { short } else { file.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_messages() {
        let cwd = Path::new("/home/me/m");
        assert_eq!(relative(cwd, "/home/me/m/a.go"), "a.go");
        assert_eq!(relative(cwd, "/home/me/m/p/a.go"), "p/a.go");
        assert_eq!(relative(cwd, "/home/me/b/a.go"), "../b/a.go");
        assert_eq!(relative(cwd, "/go/a.go"), "/go/a.go");
    }
}
