//! Golden programs: `testdata/run/*.go`, each with its expected output and exit code recorded from
//! gc in a `.golden` file beside it.
//!
//! The first line of a program is Go's own directive, `// run [ARGS]`. A golden file has the parts
//! `-- stdout --`, `-- stderr --` and `-- exit --`. What differs between two correct
//! implementations is made equal before comparing: addresses, frame offsets, argument words in
//! tracebacks, lines inside the Go tree, goroutine numbers other than 1.
//!
//! Where gc behaves differently on another architecture (fused multiply-add, conversions out of range), a file
//! `NAME.GOARCH.golden` records that. `emulator` lists programs that an emulator cannot run, with the reason.
//!
//! Some programs are generated (`generated.rs`).
//!
//! `known-failures` lists programs that do not pass yet, each with the reason. They are run all the
//! same: one that passes must be taken off the list.

use crate::archive::Arch;
use crate::foreign;
use crate::generated;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The longest a program may take (under a stress mode and on a loaded machine).
pub const TIMEOUT: Duration = Duration::from_secs(120);
/// By how much longer an emulated program may take.
const EMULATED: u32 = 8;
/// The longest a program may take that is known to fail, perhaps by not ending.
pub const KNOWN_FAILURE_TIMEOUT: Duration = Duration::from_secs(10);

/// A run-time mode that every program must behave the same under.
#[derive(Debug)]
pub struct Mode {
    pub name: &'static str,
    /// Value of GODEBUG.
    pub godebug: &'static str,
    /// Value of GOMAXPROCS; empty: the number of CPUs.
    pub procs: &'static str,
}

/// The modes that every program runs under.
const ALWAYS: &[Mode] = &[
    Mode { name: "run", godebug: "", procs: "" },
    Mode { name: "stackmove", godebug: "stackmove=1", procs: "" },
    Mode { name: "gcstress", godebug: "gcstress=300,clobberfree=1", procs: "" },
];

/// The modes of which each program runs under one: which one, `GRUS_STRESS_SEED` decides together with its name.
const ROTATION: &[Mode] = &[
    Mode { name: "gccheckmark", godebug: "gcstress=3000,gccheckmark=1,clobberfree=1", procs: "" },
    Mode { name: "gcstoptheworld", godebug: "gcstoptheworld=1,gcstress=1000,clobberfree=1", procs: "" },
    Mode { name: "stackmove+gcstress", godebug: "stackmove=1,gcstress=1000,clobberfree=1", procs: "1" },
    Mode {
        name: "single step",
        godebug: "preempt=1,preemptsteps=100000,gcstress=1000,clobberfree=1",
        procs: "",
    },
];

/// The modes of which each program that starts goroutines runs under one more, chosen in the same way.
const PARALLEL: &[Mode] = &[
    Mode { name: "parallel", godebug: "", procs: "4" },
    Mode { name: "parallel+gcstress", godebug: "gcstress=300,clobberfree=1", procs: "4" },
    Mode {
        name: "parallel+stackmove+gcstress",
        godebug: "stackmove=1,gcstress=300,clobberfree=1",
        procs: "4",
    },
    Mode { name: "parallel+preempt", godebug: "preempt=100", procs: "4" },
    Mode { name: "parallel+preempt+gcstress", godebug: "preempt=100,gcstress=300,clobberfree=1", procs: "4" },
    Mode { name: "one processor", godebug: "preempt=100,gcstress=300", procs: "1" },
];

/// An ordinary run, and for programs that start goroutines one stress mode.
pub fn first_modes(program: &Program) -> Vec<&'static Mode> {
    let all = modes_of(program);
    let n = all.len();
    if program.concurrent { vec![all[0], all[n - 1]] } else { vec![all[0]] }
}

/// Whether collections can be frequent: with a big heap they take too long.
pub fn is_big(program: &Program) -> bool {
    program.name.starts_with("big_")
}

/// The modes that a program is tested under.
pub fn modes_of(program: &Program) -> Vec<&'static Mode> {
    let seed = std::env::var("GRUS_STRESS_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0u64);
    let hash = program.name.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let choose = |modes: &'static [Mode]| &modes[(hash >> 16) as usize % modes.len()];
    let big = is_big(program);
    let always = if big { &ALWAYS[..1] } else { ALWAYS };
    let parallel = program.concurrent.then(|| if big { &PARALLEL[0] } else { choose(PARALLEL) });
    always.iter().chain((!big).then(|| choose(ROTATION))).chain(parallel).collect()
}

/// The mode of a name.
pub fn mode(name: &str) -> Option<&'static Mode> {
    [ALWAYS, ROTATION, PARALLEL].into_iter().flatten().find(|m| m.name == name)
}

/// The names of all modes.
pub fn mode_names() -> String {
    let names: Vec<&str> = [ALWAYS, ROTATION, PARALLEL].into_iter().flatten().map(|m| m.name).collect();
    names.join(", ")
}

/// What runs programs: this machine, or an emulator of the other architecture.
pub struct Machine {
    pub arch: Arch,
    pub emulator: Option<PathBuf>,
}

impl Machine {
    pub const HOST: Machine = Machine { arch: Arch::HOST, emulator: None };

    /// For an architecture; fetches the emulator.
    pub fn of(arch: Arch) -> Result<Machine> {
        Ok(Machine { arch, emulator: foreign::emulator(arch)? })
    }

    /// The longest a program may take here, of which the time on a machine of its own is given.
    pub fn timeout(&self, native: Duration) -> Duration {
        if self.emulator.is_some() { EMULATED * native } else { native }
    }

    /// A command that runs a program.
    pub fn command(&self, exe: &Path) -> Command {
        match &self.emulator {
            None => Command::new(exe),
            Some(emulator) => {
                let mut c = Command::new(emulator);
                c.arg(exe);
                c
            }
        }
    }
}

/// One program.
pub struct Program {
    pub name: String,
    pub source: PathBuf,
    args: Vec<String>,
    golden: PathBuf,
    /// Starts goroutines, or uses packages that do.
    pub concurrent: bool,
}

/// What a program printed and how it ended.
#[derive(PartialEq, Eq, Debug)]
pub struct Behaviour {
    stdout: String,
    stderr: String,
    exit: i32,
}

/// Folder of the golden programs.
pub fn dir() -> PathBuf {
    workspace().join("testdata/run")
}

/// The programs whose name contains `filter`, by name.
pub fn programs(filter: Option<&str>) -> Result<Vec<Program>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(dir()).context("cannot read testdata/run")? {
        let source = entry?.path();
        if source.extension().is_some_and(|e| e == "go") {
            sources
                .push((source.file_stem().unwrap_or_default().to_string_lossy().into_owned(), Some(source)));
        }
    }
    sources.extend(generated::NAMES.iter().map(|name| ((*name).to_string(), None)));
    let mut found = Vec::new();
    for (name, source) in sources {
        if filter.is_some_and(|f| !name.contains(f)) {
            continue;
        }
        let source = source.map_or_else(|| generated::source(&name), Ok)?;
        let text = fs::read_to_string(&source)?;
        let first = text.lines().next().unwrap_or_default();
        let Some(args) = first.strip_prefix("// run") else {
            bail!("{}: the first line is not `// run`", source.display());
        };
        let args = args.split_whitespace().map(str::to_string).collect();
        let golden = dir().join(&name).with_added_extension("golden");
        let concurrent =
            ["\tgo ", "\"net", "\"sync", "\"time\"", "\"context\"", "\"iter\"", "\"os/", "runtime.GC"]
                .iter()
                .any(|word| text.contains(word));
        found.push(Program { name, source, args, golden, concurrent });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Names in `known-failures` with their reasons.
pub fn known_failures() -> Result<BTreeMap<String, String>> {
    reasons("known-failures")
}

/// Names in `emulator` with their reasons.
pub fn not_emulated() -> Result<BTreeMap<String, String>> {
    reasons("emulator")
}

/// A file of lines `NAME: REASON`.
fn reasons(name: &str) -> Result<BTreeMap<String, String>> {
    let file = dir().join(name);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", file.display())),
    };
    let mut map = BTreeMap::new();
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let (name, reason) = line
            .split_once(": ")
            .with_context(|| format!("{}: {line:?} has no `NAME: REASON`", file.display()))?;
        map.insert(name.to_string(), reason.to_string());
    }
    Ok(map)
}

impl Program {
    /// Runs a built program with its arguments, in the folder of the sources.
    pub fn run(
        &self,
        machine: &Machine,
        exe: &Path,
        mode: (&str, &str),
        timeout: Duration,
    ) -> Result<Behaviour> {
        let (godebug, procs) = mode;
        let mut command = machine.command(exe);
        command.args(&self.args).current_dir(dir()).env_remove("GODEBUG").env_remove("GOTRACEBACK");
        command.env_remove("GOMAXPROCS");
        if !procs.is_empty() {
            command.env("GOMAXPROCS", procs);
        }
        if !godebug.is_empty() {
            command.env("GODEBUG", godebug);
        }
        run_with_timeout(&mut command, timeout)
    }

    /// The recorded behaviour.
    pub fn expected(&self, arch: Arch) -> Result<Behaviour> {
        let own = self.golden_of(arch);
        let file = if own.is_file() { own } else { self.golden.clone() };
        let text = fs::read_to_string(&file)
            .with_context(|| format!("no record for {}: run `cargo xtask bless {}`", self.name, self.name))?;
        parse_golden(&text).with_context(|| format!("{} is malformed", file.display()))
    }

    /// The record for one architecture alone.
    fn golden_of(&self, arch: Arch) -> PathBuf {
        dir().join(&self.name).with_added_extension(format!("{}.golden", arch.goarch()))
    }
}

fn run_with_timeout(command: &mut Command, timeout: Duration) -> Result<Behaviour> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let drain = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.map(|mut p| p.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let stdout = drain(child.stdout.take().map(|p| Box::new(p) as _));
    let stderr = drain(child.stderr.take().map(|p| Box::new(p) as _));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > timeout {
            end_with_stacks(&mut child)?;
            // A process that it started may hold the pipe open.
            let text = if stderr.is_finished() { stderr.join().unwrap_or_default() } else { String::new() };
            let head: Vec<&str> = text.lines().take(300).collect();
            bail!("did not end within {} s\n{}", timeout.as_secs(), head.join("\n"));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    use std::os::unix::process::ExitStatusExt;
    let exit = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    let stdout = without_times(&stdout.join().unwrap_or_default());
    let stderr = normalise(&stderr.join().unwrap_or_default());
    Ok(Behaviour { stdout, stderr, exit })
}

/// Ends a program that hangs: at first by SIGQUIT, so that it prints its goroutines.
fn end_with_stacks(child: &mut Child) -> Result<()> {
    let _ = Command::new("kill").args(["-QUIT", &child.id().to_string()]).status();
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > Duration::from_secs(5) {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
    Ok(())
}

/// Leaves out how long tests took.
fn without_times(text: &str) -> String {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^(\s*--- .*) \(\d+\.\d\ds\)$").expect("the rule is a valid expression")
    });
    TIME.replace_all(text, "$1 (0.00s)").into_owned()
}

/// Makes equal in a program's standard error what may differ between correct implementations.
fn normalise(text: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let dir = regex::escape(&dir().to_string_lossy());
        [
            // Frames inside the Go tree: the name stays, its line goes.
            (r"(?m)^\t\S*/src/(runtime|internal|sync|reflect)/\S*:\d+.*\n".to_string(), ""),
            (r"(?m)^\t\S*runtime/go/\S*:\d+.*\n".to_string(), ""),
            (dir, "."),
            // Wherever the Go tree is.
            (r"(?m)^\t/\S*/src/".to_string(), "\t$$GOROOT/src/"),
            (r"(?m) \+0x[0-9a-f]+$".to_string(), ""),
            // Whether a frame was inlined shows in its arguments.
            (
                r"(?m)^((?:[\w./%-]+\.)[\w.()*\[\]-]+)\((?:(?:\{?0x[0-9a-f]|\.\.\.|_|\{).*)?\)$".to_string(),
                "$1(...)",
            ),
            (r"(?m)^panic\(.*\)$".to_string(), "panic(...)"),
            // The frames of a stack overflow depend on their size, and so does how many are shown.
            (r"(?s)(\nfatal error: stack overflow\n).*".to_string(), "$1"),
            (r"sp=0x[0-9a-f]+ stack=\[[^\]]*\]".to_string(), "sp=? stack=?"),
            (r"pc=0x[0-9a-f]+".to_string(), "pc=?"),
            (r"0x[0-9a-f]{6,}".to_string(), "0x?"),
            (r"goroutine (?:[2-9]|\d\d+)\b".to_string(), "goroutine N"),
        ]
        .into_iter()
        .map(|(re, by)| (Regex::new(&re).expect("the rule is a valid expression"), by))
        .collect()
    });
    RULES.iter().fold(text.to_string(), |t, (re, by)| re.replace_all(&t, *by).into_owned())
}

fn format_golden(b: &Behaviour) -> String {
    format!("-- stdout --\n{}\n-- stderr --\n{}\n-- exit --\n{}\n", b.stdout, b.stderr, b.exit)
}

fn parse_golden(text: &str) -> Option<Behaviour> {
    let rest = text.strip_prefix("-- stdout --\n")?;
    let (stdout, rest) = rest.split_once("\n-- stderr --\n")?;
    let (stderr, rest) = rest.split_once("\n-- exit --\n")?;
    Some(Behaviour { stdout: stdout.into(), stderr: stderr.into(), exit: rest.trim().parse().ok()? })
}

/// Says where two behaviours differ.
pub fn difference(expected: &Behaviour, got: &Behaviour) -> Option<String> {
    if expected == got {
        return None;
    }
    let mut text = String::new();
    if expected.exit != got.exit {
        text += &format!("exit code {} instead of {}\n", got.exit, expected.exit);
    }
    for (what, want, have) in
        [("stdout", &expected.stdout, &got.stdout), ("stderr", &expected.stderr, &got.stderr)]
    {
        if want == have {
            continue;
        }
        let line = want.lines().zip(have.lines()).take_while(|(a, b)| a == b).count();
        let at = |s: &str| s.lines().nth(line).unwrap_or("(end)").to_string();
        text += &format!("{what} line {}: {:?} instead of {:?}\n", line + 1, at(have), at(want));
    }
    Some(text)
}

/// The `go` command of the tree, set so that it neither downloads nor writes outside the cache.
pub fn go(goroot: &Path) -> Command {
    let mut c = Command::new(goroot.join("bin/go"));
    c.env("GOROOT", goroot).env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod").env("GOPROXY", "off");
    c.env("CGO_ENABLED", "0").env("GOTELEMETRY", "off").env_remove("GOEXPERIMENT");
    c
}

/// Records the behaviour of the programs as built by gc. Of an architecture that is not the one that records are made on
/// (amd64) only what differs is recorded.
pub fn bless(goroot: &Path, filter: Option<&str>, arch: Arch) -> Result<()> {
    let work = tempfile::tempdir()?;
    let machine = Machine::of(arch)?;
    let not_emulated = not_emulated()?;
    let mut programs = programs(filter)?;
    programs.retain(|p| machine.emulator.is_none() || !not_emulated.contains_key(&p.name));
    let bar = indicatif::ProgressBar::new(programs.len() as u64);
    programs.par_iter().try_for_each(|p| {
        let exe = work.path().join(&p.name);
        let mut build = go(goroot);
        build.env("GOARCH", arch.goarch()).arg("build").arg("-o").arg(&exe).arg(&p.source);
        let out = build.output()?;
        if !out.status.success() {
            bail!("gc does not build {}:\n{}", p.name, String::from_utf8_lossy(&out.stderr));
        }
        let got =
            p.run(&machine, &exe, ("", ""), machine.timeout(TIMEOUT)).with_context(|| p.name.clone())?;
        let text = format_golden(&got);
        if arch == Arch::X86_64 {
            fs::write(&p.golden, text)?;
        } else if fs::read_to_string(&p.golden).is_ok_and(|common| common == text) {
            let _ = fs::remove_file(p.golden_of(arch));
        } else {
            fs::write(p.golden_of(arch), text)?;
        }
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    println!("recorded {} programs", programs.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_files_round_trip() {
        let b = Behaviour { stdout: "a\n\nb".into(), stderr: "panic: x\n".into(), exit: 2 };
        assert_eq!(parse_golden(&format_golden(&b)), Some(b));
    }

    #[test]
    fn tracebacks_are_made_comparable() {
        let text =
            "panic: boom\n\ngoroutine 1 [running]:\nmain.(*T).f(0xc000012345, 0x1)\n\t/x/a.go:4 +0x1d\n";
        assert_eq!(normalise(text), "panic: boom\n\ngoroutine 1 [running]:\nmain.(*T).f(...)\n\t/x/a.go:4\n");
        assert_eq!(normalise("main.main()\n\t/x/a.go:4 +0x1d\n"), normalise("main.main(...)\n\t/x/a.go:4\n"));
        assert_eq!(normalise("goroutine 17 [chan receive]:\n"), "goroutine N [chan receive]:\n");
    }
}
