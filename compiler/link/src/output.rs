//! Writing the executable: beside its destination, then renamed over it.
//!
//! The kernel executes no file that is open for writing (`ETXTBSY`), and a process that another thread forks holds the
//! open file until it calls `exec`. Who writes and executes in one process therefore starts processes by [`start`],
//! which waits for writers as they wait for it (the same as `syscall.ForkLock` in Go).

use crate::LinkError;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock};

/// Held for reading while a file that is to be executed is open, for writing from `fork` to `exec`.
static FORK: RwLock<()> = RwLock::new(());

/// Starts a process that inherits no executable that another thread is writing.
///
/// # Errors
///
/// Those of [`Command::spawn`].
pub fn start(command: &mut Command) -> std::io::Result<Child> {
    let _lock = FORK.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

/// Calls `write` while no process is started by [`start`].
pub fn while_nothing_starts<T>(write: impl FnOnce() -> T) -> T {
    let _lock = FORK.read().unwrap_or_else(PoisonError::into_inner);
    write()
}

/// Writes an executable file. A file that exists is replaced as a whole (also one that is running); a device or pipe is
/// written to.
///
/// # Errors
///
/// One line that names the path and the reason; no file is left half written.
pub fn write_executable(path: &Path, bytes: &[u8]) -> Result<(), LinkError> {
    let fail = |e: std::io::Error| {
        let reason = match e.kind() {
            ErrorKind::NotFound => "no such directory".to_string(),
            ErrorKind::StorageFull => "no space left on device".to_string(),
            ErrorKind::PermissionDenied => "permission denied".to_string(),
            ErrorKind::NotADirectory => "not a directory".to_string(),
            _ => e.to_string(),
        };
        LinkError::new(format!("cannot write {}: {reason}", path.display()))
    };
    match fs::metadata(path) {
        Ok(m) if m.is_dir() => {
            return Err(LinkError::new(format!(
                "output {} already exists and is a directory",
                path.display()
            )));
        }
        Ok(m) if !m.is_file() => {
            return OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|mut f| f.write_all(bytes))
                .map_err(fail);
        }
        _ => {}
    }
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        // A folder that cannot be made is reported when the file is.
        let _ = fs::create_dir_all(parent);
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        let mut f =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o777).open(&temporary)?;
        f.write_all(bytes)?;
        drop(f);
        fs::rename(&temporary, path)
    };
    while_nothing_starts(write).map_err(|e| {
        let _ = fs::remove_file(&temporary);
        fail(e)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Stdio;

    /// Without the lock some of these programs are busy in every run.
    #[test]
    fn what_was_written_can_be_executed() {
        let dir = std::env::temp_dir().join(format!("grus-link-busy-{}", std::process::id()));
        let script = b"#!/bin/true\n".repeat(10_000);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (dir, script) = (&dir, &script);
                scope.spawn(move || {
                    for i in 0..100 {
                        let exe = dir.join(format!("{thread}-{i}"));
                        write_executable(&exe, script).expect("writes");
                        let mut child = start(Command::new(&exe).stdin(Stdio::null())).expect("starts");
                        assert!(child.wait().expect("ends").success());
                    }
                });
            }
        });
        fs::remove_dir_all(&dir).expect("removes");
    }

    #[test]
    fn replaces_and_reports() {
        let dir = std::env::temp_dir().join(format!("grus-link-test-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a temporary directory");
        let exe = dir.join("prog");
        write_executable(&exe, b"one").expect("writes");
        write_executable(&exe, b"two").expect("replaces");
        assert_eq!(fs::read(&exe).expect("the file"), b"two");
        assert_ne!(fs::metadata(&exe).expect("the file").permissions().mode() & 0o100, 0);
        let e = write_executable(&dir, b"").expect_err("a directory");
        assert!(e.to_string().ends_with("is a directory"), "{e}");
        let e = write_executable(&exe.join("such/prog"), b"").expect_err("no directory");
        assert!(e.to_string().starts_with("cannot write "), "{e}");
        write_executable(&dir.join("new/prog"), b"three").expect("makes the folder");
        fs::remove_dir_all(dir.join("new")).expect("removes");
        assert_eq!(fs::read_dir(&dir).expect("the directory").count(), 1, "no temporary files are left");
        fs::remove_dir_all(&dir).expect("removes");
    }
}
