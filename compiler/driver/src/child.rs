//! Programs that the command runs: what they find in their environment, and how one says what ended them.

use crate::session::Session;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// Puts the GOROOT's `bin` first in the program's `PATH`: what runs `go` there gets the one of this release.
pub fn find_go_first(session: &Session, command: &mut Command) {
    let mut path: OsString = session.resolver.goroot().join("bin").into();
    if let Some(own) = std::env::var_os("PATH") {
        path.push(":");
        path.push(own);
    }
    command.env("PATH", path);
}

/// The words of Go for a process that a signal ended.
pub fn signal_text(status: ExitStatus) -> String {
    let signal = status.signal().unwrap_or(0);
    let core = if status.core_dumped() { " (core dumped)" } else { "" };
    match usize::try_from(signal).ok().and_then(|i| SIGNALS.get(i)).filter(|n| !n.is_empty()) {
        Some(name) => format!("signal: {name}{core}"),
        None => format!("signal: signal {signal}{core}"),
    }
}

/// Names of signals as package syscall has them.
const SIGNALS: &[&str] = &[
    "",
    "hangup",
    "interrupt",
    "quit",
    "illegal instruction",
    "trace/breakpoint trap",
    "aborted",
    "bus error",
    "floating point exception",
    "killed",
    "user defined signal 1",
    "segmentation fault",
    "user defined signal 2",
    "broken pipe",
    "alarm clock",
    "terminated",
];
