//! Running a program with a time limit and taking what it prints.

use anyhow::{Context, Result};
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
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
    let out = Reader::start(child.stdout.take().map(|p| Box::new(p) as _));
    let err = Reader::start(child.stderr.take().map(|p| Box::new(p) as _));
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
    Ok(Captured { out: out.finish(), err: err.finish(), code: status.code(), timeout })
}

/// A thread that reads a pipe.
struct Reader {
    bytes: Arc<Mutex<Vec<u8>>>,
    done: Receiver<()>,
}

impl Reader {
    fn start(pipe: Option<Box<dyn Read + Send>>) -> Reader {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (end, done) = channel();
        let to = bytes.clone();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            // Some programs print without end before they are stopped.
            let mut pipe = pipe.map(|p| p.take(1 << 24));
            while let Some(Ok(n)) = pipe.as_mut().map(|p| p.read(&mut buffer))
                && n > 0
            {
                to.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..n]);
            }
            let _ = end.send(());
        });
        Reader { bytes, done }
    }

    /// What was read. The program has ended; one that it started may hold the pipe open for ever.
    fn finish(self) -> String {
        let _ = self.done.recv_timeout(Duration::from_secs(5));
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
