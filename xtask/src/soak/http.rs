//! `cargo xtask soak http`: a `net/http` server compiled by Grus under load from `wrk`, with 64 and 1,000 connections that are
//! kept alive or not, then TLS, thousands of idle connections, half-closed and reset ones, clients that are killed, and more
//! connections than the server has descriptors.
//!
//! After each of these the server must have as many goroutines as in the beginning, and at the end a heap of about the size.
//! `wrk` is the installed one or that of Debian's package. The clients are compiled by Grus, too.

use crate::debian::Debian;
use crate::paths::{cache, workspace};
use crate::{archive::Arch, build};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// How long is measured.
#[derive(clap::Args, Clone)]
pub struct Choice {
    /// Seconds of each load.
    #[arg(default_value_t = 60)]
    seconds: u64,
    /// Compile the server by gc instead, to compare; the log is left alone.
    #[arg(long)]
    gc: bool,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice { seconds: 60, gc: false }
    }
}

impl Choice {
    /// Whether this belongs into the log.
    pub fn is_whole(&self) -> bool {
        self.seconds >= 60 && !self.gc
    }
}

/// Connections of the loads.
const CONNECTIONS: &[usize] = &[64, 1000];
/// Descriptors of the server that is flooded, and connections of the flood.
const FEW_DESCRIPTORS: usize = 64;
const FLOOD: usize = 400;
/// How far the heap may be from what it was: buffers and connections that pools keep.
const HEAP_SLACK: u64 = 8 << 20;

/// A running server.
struct Server {
    child: Child,
    /// It serves until this is closed.
    stdin: Option<ChildStdin>,
    plain: String,
    addresses: Vec<String>,
    certificate: Vec<u8>,
}

/// The section of the log.
pub fn run(goroot: &Path, choice: &Choice) -> Result<String> {
    let wrk = wrk()?;
    let grus = build::grus()?;
    let work = tempfile::tempdir()?;
    let compile = |name: &str, gc: bool| {
        let exe = work.path().join(name);
        let mut compiler = if gc { crate::golden::go(goroot) } else { Command::new(&grus) };
        compiler.env("GRUS_GOROOT", goroot).arg("build").arg("-o").arg(&exe);
        compiler.arg(workspace().join(format!("testdata/soak/http/{name}.go")));
        crate::bench::command(&mut compiler).map(|()| exe)
    };
    let (server_exe, client) = (compile("server", choice.gc)?, compile("client", false)?);
    let server = Server::start(&server_exe, None)?;
    let (base, heap) = server.state()?;
    let mut text = format!(
        "{} s for each line, by `wrk` on the loopback interface. The server has {base} goroutines before and after each.\n\n\
         | connections | kept alive | requests per second | answers | 99th percentile, ms | goroutines at most |\n\
         |---|---|---|---|---|---|\n",
        choice.seconds
    );
    for &connections in CONNECTIONS {
        for keep_alive in [true, false] {
            let load = server.load(&wrk, connections, keep_alive, choice.seconds)?;
            let line = format!(
                "| {connections} | {} | {:.0} | {} | {} | {} |\n",
                if keep_alive { "yes" } else { "no" },
                load.rate,
                load.requests,
                load.p99,
                load.goroutines
            );
            eprint!("{line}");
            text += &line;
            server.returns_to(base)?;
        }
    }
    text += "\nOther clients:\n\n";
    for (what, n) in [("tls", 20_000), ("idle", 10_000), ("half", 2_000), ("reset", 10_000)] {
        let said = server.clients(&client, what, n)?;
        eprintln!("{said}");
        text += &format!("- {said}\n");
        server.returns_to(base)?;
    }
    for _ in 0..5 {
        server.killed_clients(&client, 200)?;
        server.returns_to(base)?;
    }
    text += "- 5 processes killed with 200 connections each that were sending\n";
    let (_, end) = server.state()?;
    ensure!(end < heap + HEAP_SLACK, "the heap has grown from {heap} to {end} bytes");
    server.stop()?;

    let server = Server::start(&server_exe, Some(FEW_DESCRIPTORS))?;
    let (base, _) = server.state()?;
    let said = server.clients(&client, "flood", FLOOD)?;
    eprintln!("{said}");
    text += &format!("- {said} by a server with {FEW_DESCRIPTORS} descriptors\n");
    server.returns_to(base)?;
    server.stop()?;
    Ok(text)
}

/// What `wrk` found.
struct Load {
    rate: f64,
    requests: u64,
    p99: String,
    goroutines: usize,
}

impl Server {
    fn start(exe: &Path, descriptors: Option<usize>) -> Result<Server> {
        let mut child = Command::new(exe)
            .args(descriptors.map(|n| n.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run the server")?;
        let mut out = BufReader::new(child.stdout.take().context("no output")?);
        let mut first = String::new();
        out.read_line(&mut first)?;
        let addresses: Vec<String> = first.split_whitespace().map(str::to_string).collect();
        ensure!(addresses.len() == 3, "the server says {first:?}");
        let mut certificate = Vec::new();
        out.read_to_end(&mut certificate)?;
        let stdin = child.stdin.take();
        Ok(Server { child, stdin, plain: addresses[0].clone(), addresses, certificate })
    }

    /// Numbers of goroutines and of bytes on the heap, asked for by a connection that ends with the answer.
    fn state(&self) -> Result<(usize, u64)> {
        let mut c = TcpStream::connect(&self.plain)?;
        c.set_read_timeout(Some(Duration::from_secs(20)))?;
        c.write_all(b"GET /state HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        c.read_to_string(&mut text).context("the server does not answer")?;
        let body = text.rsplit("\r\n\r\n").next().unwrap_or_default();
        let mut numbers = body.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(goroutines)), Some(Ok(heap))) => Ok((goroutines as usize, heap)),
            _ => bail!("the server answers {text:?}"),
        }
    }

    /// Waits until there are no more goroutines than in the beginning.
    fn returns_to(&self, base: usize) -> Result<()> {
        let start = Instant::now();
        loop {
            let (now, _) = self.state()?;
            if now <= base {
                return Ok(());
            }
            if start.elapsed() > Duration::from_secs(30) {
                bail!("{now} goroutines instead of {base}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn load(&self, wrk: &Wrk, connections: usize, keep_alive: bool, seconds: u64) -> Result<Load> {
        let mut command = wrk.command();
        command.args(["-t2", "--latency", "--timeout", "30"]);
        command.arg(format!("-c{connections}")).arg(format!("-d{seconds}"));
        if !keep_alive {
            command.args(["-H", "Connection: close"]);
        }
        command.arg(format!("http://{}/", self.plain)).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot run wrk")?;
        let mut goroutines = 0;
        while child.try_wait()?.is_none() {
            goroutines = goroutines.max(self.state()?.0);
            std::thread::sleep(Duration::from_millis(500));
        }
        let out = child.wait_with_output()?;
        let text = String::from_utf8_lossy(&out.stdout);
        ensure!(out.status.success(), "wrk failed: {text}");
        parse(&text, goroutines)
            .with_context(|| format!("wrk with {connections} connections, kept alive: {keep_alive}:\n{text}"))
    }

    /// Runs clients to their end.
    fn clients(&self, exe: &Path, what: &str, n: usize) -> Result<String> {
        let mut child = self.start_clients(exe, what, n)?;
        let mut stdin = child.stdin.take().context("no input")?;
        // Clients that do not want it do not read it.
        let _ = stdin.write_all(&self.certificate);
        drop(stdin);
        let out = child.wait_with_output()?;
        ensure!(out.status.success(), "clients {what}: {}", out.status);
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }

    /// Runs clients and kills them while they send.
    fn killed_clients(&self, exe: &Path, n: usize) -> Result<()> {
        let mut child = self.start_clients(exe, "killed", n)?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let start = Instant::now();
        while self.state()?.0 < n / 2 && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn start_clients(&self, exe: &Path, what: &str, n: usize) -> Result<Child> {
        let mut command = Command::new(exe);
        command.arg(what).args(&self.addresses).arg(n.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().context("cannot run the clients")
    }

    /// Ends the server, which must not have failed.
    fn stop(mut self) -> Result<()> {
        drop(self.stdin.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "the server: {status}");
        Ok(())
    }
}

/// Reads what `wrk` prints; errors of any kind are failures.
fn parse(text: &str, goroutines: usize) -> Result<Load> {
    let after = |mark: &str| text.lines().find_map(|l| Some(l.trim().strip_prefix(mark)?.trim().to_string()));
    for errors in ["Socket errors:", "Non-2xx or 3xx responses:"] {
        if let Some(what) = after(errors) {
            bail!("{errors} {what}");
        }
    }
    let rate = after("Requests/sec:").and_then(|r| r.parse().ok()).context("no rate")?;
    let requests = text.lines().find_map(|l| l.split_once(" requests in ")?.0.trim().parse().ok());
    let p99 = after("99%").context("no 99th percentile")?;
    Ok(Load {
        rate,
        requests: requests.context("no number of requests")?,
        p99: milliseconds(&p99),
        goroutines,
    })
}

/// A time of `wrk` in milliseconds.
fn milliseconds(time: &str) -> String {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("m", 60_000.0)];
    units
        .iter()
        .find_map(|(unit, scale)| Some(time.strip_suffix(unit)?.parse::<f64>().ok()? * scale))
        .map_or(time.to_string(), |ms| format!("{ms:.1}"))
}

/// The load generator: a program, and where its libraries are if it is not installed.
struct Wrk {
    program: PathBuf,
    libraries: Option<PathBuf>,
}

impl Wrk {
    fn command(&self) -> Command {
        let mut c = Command::new(&self.program);
        if let Some(dir) = &self.libraries {
            c.env("LD_LIBRARY_PATH", dir);
        }
        c
    }
}

/// Finds or fetches `wrk`.
fn wrk() -> Result<Wrk> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(program) = std::env::split_paths(&path).map(|dir| dir.join("wrk")).find(|p| p.is_file()) {
        return Ok(Wrk { program, libraries: None });
    }
    let dir = cache()?.join("wrk");
    if !dir.is_dir() {
        eprintln!("fetching wrk (1 MB)");
        fs::create_dir_all(cache()?)?;
        let work = tempfile::tempdir_in(cache()?)?;
        let packages = ["wrk", "libluajit-5.1-2", "libluajit-5.1-common"];
        Debian::update(&[Arch::HOST.debian()])
            .and_then(|d| d.unpack(&packages, work.path()))
            .context("there is no wrk: `apt-get install wrk`")?;
        fs::rename(work.path(), &dir)?;
    }
    let libraries = dir.join("usr/lib").join(format!("{}-linux-gnu", Arch::HOST.name()));
    Ok(Wrk { program: dir.join("usr/bin/wrk"), libraries: Some(libraries) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_prints() {
        let text = "Running 2s test @ http://127.0.0.1:1/\n  2 threads and 64 connections\n  Latency Distribution\n     50%  \
                    1.04ms\n     99%    1.25s \n  83810 requests in 2.01s, 11.35MB read\nRequests/sec:  41703.63\n";
        let load = parse(text, 7).unwrap();
        assert_eq!((load.requests, load.rate, load.p99.as_str()), (83810, 41703.63, "1250.0"));
        let bad = format!("{text}  Socket errors: connect 0, read 3, write 0, timeout 0\n");
        assert!(parse(&bad, 7).is_err());
        assert_eq!(milliseconds("850.00us"), "0.8");
    }
}
