//! CPU time of child processes, and the wrapper that measures gc's tools one by one.

use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Command, ExitStatus};
use std::time::Instant;

/// Environment variable that names the file to which the wrapper appends.
pub const LOG: &str = "XTASK_TOOL_LOG";

/// CPU and elapsed seconds.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub cpu: f64,
    pub real: f64,
}

/// Seconds of CPU time (user and system) of the children waited for so far.
pub fn of_children() -> f64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the call fills the structure that it is given, and zero bytes are a valid one.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// What a command that must succeed takes. No other child may run meanwhile.
pub fn time(c: &mut Command) -> Result<Times> {
    let (cpu, start) = (of_children(), Instant::now());
    super::command(c)?;
    Ok(Times { cpu: of_children() - cpu, real: start.elapsed().as_secs_f64() })
}

/// Runs a tool for the `go` command and notes its arguments and CPU time: one line of time, then the `-p` argument.
pub fn tool(args: &[OsString]) -> Result<ExitStatus> {
    let (name, rest) = args.split_first().context("no tool to run")?;
    let status = Command::new(name).args(rest).status().with_context(|| format!("cannot run {name:?}"))?;
    let package = rest.iter().position(|a| a == "-p").and_then(|i| rest.get(i + 1));
    if let (Some(package), true) = (package, name.to_string_lossy().ends_with("/compile")) {
        let log = std::env::var_os(LOG).with_context(|| format!("{LOG} is not set"))?;
        let line = format!("{} {}\n", package.to_string_lossy(), of_children());
        OpenOptions::new().append(true).create(true).open(log)?.write_all(line.as_bytes())?;
    }
    Ok(status)
}
