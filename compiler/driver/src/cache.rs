//! What is kept between builds, in the folder `GRUSCACHE`.
//!
//! - `programs/` has executables, by everything that they are made of ([`programs`]): a build of what was built before
//!   loads its packages and copies the executable.
//! - `functions/` has machine code and tables of single functions, by the IR that they are made of ([`functions`]), in
//!   one file for each package: a build after an edit compiles what the edit changed.
//!
//! Neither changes what a build gives. Both can be deleted at any time, by several processes at once: files are made
//! beside their place and renamed, hold a checksum of their contents, and count as absent if it does not agree. A
//! folder that cannot be written to is a cache that keeps nothing.
//!
//! Every key includes [`COMPILER`], which stands for the sources of this compiler.

pub mod functions;
pub mod programs;

pub use crate::embedded::COMPILER;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Files that were not used for so long are deleted.
const KEPT: Duration = Duration::from_secs(10 * 24 * 3600);

/// A file's time of last use is not written more often than this.
const USE_RECORDED: Duration = Duration::from_secs(3600);

/// How much each of the two folders may hold.
const LIMIT: u64 = 1 << 30;

const README: &str = "This folder holds what grus has compiled, to build faster. It can be deleted at any time;\n\
                      `grus clean -cache` empties it, GRUSCACHE names another one.\n";

/// The folders of the cache.
const PARTS: [&str; 2] = ["functions", "programs"];

/// The value of `GRUSCACHE`: a folder, or none if nothing is to be kept.
///
/// # Errors
/// If it is not an absolute path.
pub fn folder() -> Result<Option<PathBuf>, String> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty());
    match set("GRUSCACHE") {
        Some(off) if off == "off" => Ok(None),
        Some(dir) if Path::new(&dir).is_absolute() => Ok(Some(dir.into())),
        Some(_) => Err("GRUSCACHE is not an absolute path".into()),
        None => {
            let user = set("XDG_CACHE_HOME").map(PathBuf::from);
            let home = || set("HOME").map(|h| Path::new(&h).join(".cache"));
            let dir = user.filter(|d| d.is_absolute()).or_else(home);
            Ok(dir.filter(|d| d.is_absolute()).map(|d| d.join("grus/build")))
        }
    }
}

/// A cache that is in use.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
    /// Whether what is there may be used; what is made is kept in any case.
    read: bool,
}

impl Cache {
    /// The cache of this process, if there is one.
    ///
    /// # Errors
    /// If `GRUSCACHE` makes no sense.
    pub fn open(rebuild_all: bool) -> Result<Option<Cache>, String> {
        Ok(folder()?.map(|dir| Cache { dir, read: !rebuild_all }))
    }

    fn path(&self, part: &str, key: &[u8]) -> PathBuf {
        let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
        self.dir.join(part).join(hex)
    }

    /// The contents of a file, if they are what was written.
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        if !self.read {
            return None;
        }
        let mut bytes = fs::read(path).ok()?;
        let at = bytes.len().checked_sub(blake3::OUT_LEN)?;
        if blake3::hash(&bytes[..at]).as_bytes()[..] != bytes[at..] {
            return None;
        }
        bytes.truncate(at);
        record_use(path);
        Some(bytes)
    }

    /// Writes a file as a whole, or not at all. What goes wrong is of no consequence.
    fn write(&self, path: &Path, contents: &[&[u8]]) {
        let write = || -> std::io::Result<()> {
            let dir = path.parent().expect("files of the cache lie in a folder");
            if !dir.is_dir() {
                fs::create_dir_all(dir)?;
                fs::write(self.dir.join("README"), README)?;
            }
            let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(dir)?;
            let mut hasher = blake3::Hasher::new();
            for part in contents {
                hasher.update(part);
                file.write_all(part)?;
            }
            file.write_all(hasher.finalize().as_bytes())?;
            file.persist(path)?;
            Ok(())
        };
        let _ = write();
    }

    /// Deletes files of one part that were not used for long, and the oldest ones beyond the limit.
    fn trim(&self, part: &str) {
        trim(&self.dir.join(part), SystemTime::now(), LIMIT);
    }
}

/// Beginning of the names of files that are being written.
const TEMPORARY: &str = ".new";

/// The time of a file's last use is the time of its modification.
fn record_use(path: &Path) {
    let now = SystemTime::now();
    let used = fs::metadata(path).and_then(|m| m.modified());
    if used.is_ok_and(|t| now.duration_since(t).is_ok_and(|d| d > USE_RECORDED))
        && let Ok(file) = fs::File::options().append(true).open(path)
    {
        let _ = file.set_modified(now);
    }
}

fn trim(dir: &Path, now: SystemTime, limit: u64) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in entries.flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        let used = meta.modified().unwrap_or(now);
        let age = now.duration_since(used).unwrap_or_default();
        let unfinished = entry.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes());
        if age > if unfinished { USE_RECORDED } else { KEPT } {
            let _ = fs::remove_file(entry.path());
        } else if !unfinished {
            files.push((used, meta.len(), entry.path()));
        }
    }
    let mut total: u64 = files.iter().map(|f| f.1).sum();
    files.sort();
    for (_, size, path) in files {
        if total <= limit {
            break;
        }
        if fs::remove_file(path).is_ok() {
            total -= size;
        }
    }
}

/// `grus clean -cache`.
///
/// # Errors
/// What cannot be deleted.
pub fn clean() -> Result<(), String> {
    let Some(dir) = folder()? else { return Ok(()) };
    for part in PARTS {
        match fs::remove_dir_all(dir.join(part)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                let e = grus_packages::load::io_message(&e);
                return Err(format!("grus clean: {}: {e}", dir.join(part).display()));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_files_are_absent() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache { dir: dir.path().into(), read: true };
        let path = cache.path("programs", &[0xab, 1]);
        assert_eq!(path, dir.path().join("programs/ab01"));
        cache.write(&path, &[b"one", b"two"]);
        assert_eq!(cache.read(&path).as_deref(), Some(&b"onetwo"[..]));
        let good = fs::read(&path).unwrap();
        for i in [0, 4, good.len() - 1] {
            let mut bad = good.clone();
            bad[i] ^= 1;
            fs::write(&path, bad).unwrap();
            assert_eq!(cache.read(&path), None, "byte {i}");
        }
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert_eq!(cache.read(&path), None);
        fs::write(&path, "").unwrap();
        assert_eq!(cache.read(&path), None);
        cache.write(&path, &[b"new"]);
        assert_eq!(cache.read(&path).as_deref(), Some(&b"new"[..]));
        assert_eq!(Cache { read: false, ..cache }.read(&path), None);
    }

    #[test]
    fn a_folder_that_cannot_be_made_keeps_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache { dir: file.path().into(), read: true };
        let path = cache.path("programs", &[1]);
        cache.write(&path, &[b"x"]);
        assert_eq!(cache.read(&path), None);
    }

    #[test]
    fn the_oldest_files_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let file = |name: &str, seconds: u64| {
            let path = dir.path().join(name);
            fs::write(&path, [0; 100]).unwrap();
            let file = fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(now - Duration::from_secs(seconds)).unwrap();
        };
        file("forgotten", KEPT.as_secs() + 1);
        file("old", 300);
        file("older", 400);
        file("young", 100);
        file(".new1", 10);
        file(".new2", USE_RECORDED.as_secs() + 1);
        trim(dir.path(), now, 250);
        let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".new1", "old", "young"]);
    }
}
