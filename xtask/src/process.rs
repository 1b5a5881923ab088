//! Running a program with a time limit and taking what it prints.

use anyhow::{Context, Result};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a command printed, and how it ended.
pub struct Captured {
    pub out: String,
    pub err: String,
    /// None if a signal ended it.
    pub code: Option<i32>,
    /// It was stopped for taking too long.
    pub timeout: bool,
}

/// Runs a command; more than 16 MiB of output are not kept.
pub fn capture(command: &mut Command, limit: Duration) -> Result<Captured> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let read = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(p) = pipe {
                // Some programs print without end before they are stopped.
                let _ = p.take(1 << 24).read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = read(child.stdout.take().map(|p| Box::new(p) as _));
    let err = read(child.stderr.take().map(|p| Box::new(p) as _));
    let start = Instant::now();
    let mut timeout = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if !timeout && start.elapsed() > limit {
            timeout = true;
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Ok(Captured {
        out: out.join().unwrap_or_default(),
        err: err.join().unwrap_or_default(),
        code: status.code(),
        timeout,
    })
}
