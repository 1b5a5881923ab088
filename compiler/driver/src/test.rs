//! `grus test`: builds the test binary of each package, runs it in the package's folder, and reports as
//! `go test` does.
//!
//! One process builds one test binary. For several packages the command runs itself for each, so that what a
//! build takes is given back, and prints their reports in the order of the packages.

pub mod flags;

use crate::child;
use crate::compile::{Failure, compile};
use crate::execute;
use crate::session::Session;
use flags::TestFlags;
use grus_packages::load::{Loaded, PackageId, Target};
use grus_packages::patterns;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// `grus test`. Returns the exit code.
///
/// # Errors
/// Messages to print.
pub fn run(flags: &TestFlags) -> Result<i32, Failure> {
    let mut session = Session::new(&flags.build).map_err(|e| vec![e])?;
    session.resolver.tests = true;
    let targets =
        patterns::expand(&flags.build.operands, &session.resolver, &session.context, &session.cwd, true)
            .map_err(|e| vec![e])?;
    let code = match &targets[..] {
        [target] => one(&session, flags, target),
        [] => {
            eprintln!("no packages to test");
            return Ok(1);
        }
        many => several(flags, many)?,
    };
    if code != 0 && !flags.build.operands.is_empty() && !flags.compile_only {
        println!("FAIL");
    }
    session.timer.report();
    Ok(code)
}

/// Tests the packages one by one, or some at once, in processes of their own.
fn several(flags: &TestFlags, targets: &[Target]) -> Result<i32, Failure> {
    let exe = std::env::current_exe().map_err(|e| vec![format!("grus: cannot find its own file: {e}")])?;
    let at_once = flags
        .build
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
        .min(targets.len());
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<std::process::Output>>> = targets.iter().map(|_| Mutex::default()).collect();
    let printed = Mutex::new((0, 0));
    // Prints what is finished and whose turn it is.
    let print = || {
        let mut state = printed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        while let Some(slot) = done.get(state.0) {
            let Some(out) = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take() else {
                break;
            };
            let code = out.status.code().unwrap_or(1);
            let text = match code {
                0 => &out.stdout[..],
                // The last line of a command's report comes once, at the end.
                _ => out.stdout.strip_suffix(b"FAIL\n").unwrap_or(&out.stdout),
            };
            let _ = std::io::stderr().write_all(&out.stderr);
            let _ = std::io::stdout().write_all(text);
            state.0 += 1;
            state.1 = i32::max(state.1, code);
        }
    };
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let i = next_index(targets, target);
                    let (own, rest) = &flags.without_packages;
                    let mut command = Command::new(&exe);
                    command.arg("test").args(own).arg(operand(target)).arg("-args").args(rest);
                    match command.stdin(Stdio::null()).output() {
                        Ok(out) => {
                            *done[i].lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(out);
                            print();
                        }
                        Err(e) => {
                            let text = format!("grus: cannot run itself: {e}");
                            *failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(text);
                            return;
                        }
                    }
                }
            });
        }
    });
    if let Some(e) = failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(vec![e]);
    }
    Ok(printed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).1)
}

/// The place of a target in the list that it is from.
fn next_index(targets: &[Target], target: &Target) -> usize {
    targets.iter().position(|t| std::ptr::eq(t, target)).expect("the target is of the list")
}

/// How a target is named on the command line.
fn operand(target: &Target) -> PathBuf {
    match target {
        Target::Import(path) => path.into(),
        Target::Dir(dir) if dir.is_absolute() => dir.clone(),
        Target::Dir(dir) => Path::new(".").join(dir),
        Target::Files(_) => unreachable!("files are one target"),
    }
}

/// Builds and runs the tests of one package. Returns the exit code.
fn one(session: &Session, flags: &TestFlags, target: &Target) -> i32 {
    let (loaded, godebugs) = match session.load_test(target) {
        Ok(found) => found,
        Err(messages) => {
            let name = operand_text(session, target);
            eprintln!("# {name}");
            for m in messages {
                eprintln!("{m}");
            }
            println!("FAIL\t{name} [setup failed]");
            return 1;
        }
    };
    let tested = loaded.roots[0];
    let path = &loaded[tested].path;
    let Some(main) = main_of(&loaded) else {
        println!("?   \t{path}\t[no test files]");
        return 0;
    };
    let name = format!("{}.test", binary_name(&loaded, tested));
    let failed = |messages: Failure| {
        for m in messages {
            eprintln!("{m}");
        }
        println!("FAIL\t{path} [build failed]");
        1
    };
    let dir = match tempfile::tempdir() {
        Ok(dir) => dir,
        Err(e) => return failed(vec![format!("cannot create a temporary folder: {e}")]),
    };
    let exe = match &flags.build.output {
        Some(o) if o.as_os_str().as_encoded_bytes().ends_with(b"/") || o.is_dir() => o.join(name),
        Some(o) => o.clone(),
        None if flags.compile_only => session.cwd.join(name),
        None => dir.path().join(name),
    };
    match compile(session, &loaded, main, &flags.build, &godebugs, Some(&exe)) {
        Ok(0) if flags.compile_only => 0,
        Ok(0) => execute(session, flags, &exe, path, &loaded[tested].dir),
        Ok(_) => failed(Vec::new()),
        Err(messages) => failed(messages),
    }
}

fn operand_text(session: &Session, target: &Target) -> String {
    match target {
        Target::Import(path) => path.clone(),
        Target::Dir(dir) => {
            let abs = grus_packages::load::clean(&session.cwd.join(dir));
            let module = session.resolver.modules.containing(&abs);
            let path = module.and_then(|m| m.import_path(&abs));
            path.unwrap_or_else(|| dir.display().to_string())
        }
        Target::Files(_) => "command-line-arguments".into(),
    }
}

/// The generated main package; none if the package has no test files.
fn main_of(loaded: &Loaded) -> Option<PackageId> {
    loaded.roots.last().copied().filter(|&id| loaded[id].is_program() && loaded[id].test.is_some())
}

/// The last element of the import path, or the name of the package if that has no path.
fn binary_name(loaded: &Loaded, tested: PackageId) -> String {
    let package = &loaded[tested];
    match package.path.as_str() {
        "command-line-arguments" => package.name.clone(),
        path => path.rsplit('/').next().unwrap_or(path).to_string(),
    }
}

/// Runs a test binary and prints its result.
fn execute(session: &Session, flags: &TestFlags, exe: &Path, path: &str, dir: &Path) -> i32 {
    // With packages named, a binary's output is of interest only if it fails.
    let stream = flags.build.operands.is_empty() || flags.show_pass;
    let start = Instant::now();
    // The folder of the binary may be relative.
    let exe = std::path::absolute(exe).unwrap_or_else(|_| exe.to_path_buf());
    let ran = execute::start(session, &flags.build.exec, &exe, |mut command| {
        command.arg("-test.paniconexit0").args(&flags.binary_args).current_dir(dir).env("PWD", dir);
        command.stdin(Stdio::null());
        child::find_go_first(session, &mut command);
        run_binary(&mut command, stream, flags.kill_after)
    });
    let seconds = start.elapsed().as_secs_f64();
    let mut stdout = std::io::stdout().lock();
    let (output, status, killed) = match ran {
        Ok(ran) => ran,
        Err(why) => {
            let _ = writeln!(stdout, "{why}\nFAIL\t{path}\t{seconds:.3}s");
            return 1;
        }
    };
    let passed = status.success() && !killed;
    if !stream && !passed {
        let _ = stdout.write_all(&output);
    }
    if (stream || !passed) && !output.is_empty() && !output.ends_with(b"\n") {
        let _ = stdout.write_all(b"\n");
    }
    if passed {
        let none = String::from_utf8_lossy(&output).contains("testing: warning: no tests to run");
        let note = if none { " [no tests to run]" } else { "" };
        let _ = writeln!(stdout, "ok  \t{path}\t{seconds:.3}s{note}");
        return 0;
    }
    if killed {
        let limit = flags.kill_after.unwrap_or_default().as_secs();
        let _ = writeln!(stdout, "*** Test killed: ran too long ({}m{}s).", limit / 60, limit % 60);
    }
    match status.code() {
        Some(code) if output.is_empty() => {
            let _ = writeln!(stdout, "exit status {code}");
        }
        Some(_) => {}
        None => {
            let _ = writeln!(stdout, "{}", child::signal_text(status));
        }
    }
    let _ = writeln!(stdout, "FAIL\t{path}\t{seconds:.3}s");
    1
}

/// Runs a command with one pipe for both outputs; passes them on as they come if `stream` is set. Returns
/// what was printed, how the process ended, and whether it was stopped for taking too long.
fn run_binary(
    command: &mut Command,
    stream: bool,
    limit: Option<Duration>,
) -> std::io::Result<(Vec<u8>, ExitStatus, bool)> {
    let (mut reader, writer) = std::io::pipe()?;
    let mut child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
    // The command holds the writing ends, too.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (finished, wait) = std::sync::mpsc::channel();
    let copy = std::thread::spawn(move || {
        let mut all = Vec::new();
        let mut chunk = [0; 1 << 14];
        while let Ok(n) = reader.read(&mut chunk) {
            if n == 0 {
                break;
            }
            all.extend_from_slice(&chunk[..n]);
            if stream {
                let _ = std::io::stdout().write_all(&chunk[..n]);
                let _ = std::io::stdout().flush();
            }
        }
        let _ = finished.send(());
        all
    });
    // The pipe ends with the process, unless the process left others behind.
    let mut killed = false;
    if let Some(limit) = limit
        && wait.recv_timeout(limit).is_err()
    {
        killed = child.try_wait()?.is_none();
        child.kill()?;
    }
    let status = child.wait()?;
    Ok((copy.join().unwrap_or_default(), status, killed))
}
