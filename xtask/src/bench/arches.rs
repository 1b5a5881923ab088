//! `cargo xtask bench arches`: the programs of `testdata/bench` on each architecture: sizes of executables, and for the one
//! that is emulated the number of instructions that they execute, since times under an emulator say nothing.
//!
//! Instructions are counted from qemu's logs: it says what instructions each block has when it translates it, and names
//! every block that it executes. Counting begins at the first block of `main.main`. The programs get smaller inputs (the logs
//! are long) and one processor; what other threads do in the meantime is counted, too, so the last digits vary.

use super::command;
use crate::archive::Arch;
use crate::golden::{Machine, go};
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Constants of the programs, and what stands in their place when instructions are counted.
const SMALLER: &[(&str, &[(&str, &str)])] = &[
    ("closures", &[("200_000_000", "200_000"), ("100_000_000", "100_000")]),
    ("fannkuch", &[("n = 10\n", "n = 7\n")]),
    ("fib", &[("fib(40)", "fib(22)")]),
    ("maps", &[("2_000_000", "20_000"), ("1_000_000;", "10_000;")]),
    ("matmul", &[("n = 700", "n = 60")]),
    ("nbody", &[("2000000", "2000")]),
    ("pingpong", &[("1_000_000", "5_000")]),
    ("sieve", &[("50_000_000", "300_000")]),
    ("sorting", &[("n = 1_000_000", "n = 5_000")]),
    ("spectral", &[("n = 1000", "n = 60")]),
    ("strings", &[("300_000", "3_000")]),
    ("trees", &[("build(18)", "build(9)")]),
];

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path, filter: Option<&str>) -> Result<String> {
    let machine = Machine::of(Arch::FOREIGN)?;
    let name = Arch::FOREIGN.name();
    let mut text = format!(
        "Sizes of executables, and millions of instructions that {name} executes from `main.main` on, with small inputs, counted \
         from the emulator's log. (Times on {}: section Programs.)\n\n\
         | program | size {}, Grus / gc | size {name}, Grus / gc | {name}, gc, 10^6 instructions | Grus / gc |\n\
         |---|---|---|---|---|\n",
        Arch::HOST.name(),
        Arch::HOST.name(),
    );
    let work = tempfile::tempdir()?;
    let mut logs = [0.0, 0.0, 0.0];
    let mut rows = 0;
    for (program, changes) in SMALLER.iter().filter(|s| filter.is_none_or(|f| s.0.contains(f))) {
        let whole = workspace().join("testdata/bench").join(program).with_extension("go");
        let mut source = fs::read_to_string(&whole).with_context(|| format!("no {}", whole.display()))?;
        for (from, to) in *changes {
            if !source.contains(from) {
                bail!("{program}.go has no {from:?}");
            }
            source = source.replace(from, to);
        }
        let small = work.path().join(program).with_extension("go");
        fs::write(&small, source)?;
        let mut ratios = Vec::new();
        let mut counted = Vec::new();
        for arch in [Arch::HOST, Arch::FOREIGN] {
            let mut sizes = Vec::new();
            for gc in [true, false] {
                let exe = work.path().join(format!("{program}.exe"));
                let mut build = if gc { go(goroot) } else { Command::new(grus) };
                build.env("GRUS_GOROOT", goroot).env("GOARCH", arch.goarch());
                command(build.arg("build").arg("-o").arg(&exe).arg(&small))?;
                sizes.push(fs::metadata(&exe)?.len() as f64);
                if arch == Arch::FOREIGN {
                    counted.push(instructions(&machine, &exe)? as f64);
                }
            }
            ratios.push(sizes[1] / sizes[0]);
        }
        ratios.push(counted[1] / counted[0]);
        text += &format!(
            "| {program} | {:.2} | {:.2} | {:.2} | {:.2} |\n",
            ratios[0],
            ratios[1],
            counted[0] / 1e6,
            ratios[2]
        );
        logs.iter_mut().zip(&ratios).for_each(|(sum, r)| *sum += r.ln());
        rows += 1;
        eprintln!("{program:10} {:.2}", ratios[2]);
    }
    let [a, b, c] = logs.map(|sum: f64| (sum / f64::from(rows.max(1))).exp());
    Ok(text + &format!("| geometric mean | {a:.2} | {b:.2} | | {c:.2} |\n"))
}

/// Counts the instructions of a program under qemu, whose log comes through a pipe: it would fill gigabytes.
fn instructions(machine: &Machine, exe: &Path) -> Result<u64> {
    let emulator = machine.emulator.as_ref().context("programs of this machine are not emulated")?;
    let mut child = Command::new(emulator)
        .args(["-d", "in_asm,exec,nochain"])
        .arg(exe)
        .env("GOMAXPROCS", "1")
        .env("GOGC", "off")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", emulator.display()))?;
    let count = count(BufReader::new(child.stderr.take().context("the log is piped")?));
    let status = child.wait()?;
    if !status.success() {
        bail!("{} fails under the emulator: {status}", exe.display());
    }
    count
}

/// Adds up the instructions of the executed blocks, by their addresses.
fn count(log: impl BufRead) -> Result<u64> {
    let mut lengths: HashMap<u64, u64> = HashMap::new();
    let (mut start, mut length) = (None, 0);
    let (mut total, mut began) = (0, false);
    for line in log.split(b'\n') {
        let line = line?;
        let Ok(line) = std::str::from_utf8(&line) else { continue };
        if let Some(rest) = line.strip_prefix("0x") {
            let address = rest.split(':').next().and_then(|a| u64::from_str_radix(a, 16).ok());
            start = start.or(address);
            length += 1;
        } else if let Some(start) = start.take() {
            lengths.insert(start, std::mem::take(&mut length));
        }
        if let Some(rest) = line.strip_prefix("Trace ") {
            began = began || rest.ends_with("] main.main");
            let address = rest.split('/').nth(1).and_then(|a| u64::from_str_radix(a, 16).ok());
            if began {
                total += address.and_then(|a| lengths.get(&a)).copied().unwrap_or(0);
            }
        }
    }
    if !began {
        bail!("the emulator's log does not show main.main");
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_count_as_often_as_they_are_executed() {
        let log = "----\nIN: _start\n0x00000010:  d2  movz\n\nTrace 0: 0x7f [01/0000000000000010/1/2] _start\n\
                   ----\nIN: main.main\n0x00000020:  d2  movz\n0x00000024:  d2  b\n\n\
                   Trace 0: 0x7f [01/0000000000000020/1/2] main.main\nTrace 0: 0x7f [01/0000000000000010/1/2] _start\n\
                   Trace 0: 0x7f [01/0000000000000020/1/2] main.main\n";
        assert_eq!(count(log.as_bytes()).unwrap(), 5);
        assert!(count(&b"IN: x\n"[..]).is_err());
    }
}
