//! Starting what was built: directly, through the program of `-exec`, or, if it is for another architecture, through what
//! runs such programs.
//!
//! As for the `go` command that is `go_linux_GOARCH_exec`, if there is a command of that name. Else the kernel decides,
//! which may know an emulator; if it does not, qemu's user mode is looked for.

use crate::session::{Session, host_arch};
use grus_codegen::Arch;
use grus_packages::load::io_message;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The kernel's error for files that it cannot execute.
const ENOEXEC: i32 = 8;

/// Starts a program by `run`, which is given a command without the program's arguments.
///
/// # Errors
/// One line.
pub fn start<T>(
    session: &Session,
    through: &[String],
    exe: &Path,
    mut run: impl FnMut(Command) -> std::io::Result<T>,
) -> Result<T, String> {
    let failed = |what: &str, e: &Error| match e.kind() {
        ErrorKind::NotFound if !what.contains('/') => {
            format!("exec: {what:?}: executable file not found in $PATH")
        }
        _ => format!("fork/exec {what}: {}", io_message(e)),
    };
    if let Some((program, args)) = through.split_first() {
        let mut command = Command::new(program);
        command.args(args).arg(exe);
        return run(command).map_err(|e| failed(program, &e));
    }
    let goarch = &*session.context.goarch;
    let foreign = Arch::from_goarch(goarch).filter(|_| goarch != host_arch());
    let mut runner = foreign.and_then(|_| in_path(&format!("go_linux_{goarch}_exec")));
    if runner.is_none() {
        let e = match run(Command::new(exe)) {
            Ok(done) => return Ok(done),
            Err(e) => e,
        };
        let Some(arch) = foreign.filter(|_| e.raw_os_error() == Some(ENOEXEC)) else {
            return Err(failed(&exe.to_string_lossy(), &e));
        };
        let qemu = format!("qemu-{}", arch.rust_name());
        runner = in_path(&qemu).or_else(|| in_path(&format!("{qemu}-static")));
        if runner.is_none() {
            return Err(format!(
                "this machine (linux/{}) does not run programs for linux/{goarch}, and there is no {qemu}: \
                 install it (Debian's package qemu-user) or name an emulator with -exec",
                host_arch()
            ));
        }
    }
    let program = runner.unwrap_or_default();
    let mut command = Command::new(&program);
    command.arg(exe);
    run(command).map_err(|e| failed(&program.to_string_lossy(), &e))
}

/// A command that the shell would find by that name.
fn in_path(name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH")?;
    let executable =
        |p: &PathBuf| p.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(executable)
}
