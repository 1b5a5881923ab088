//! Links the program's object with the runtime archive, in this process and in memory.
//!
//! The linker is libwild. Its files live in memory ([`memory`]): inputs come as bytes, the output is a buffer that
//! [`output::write_executable`] writes beside its destination and renames, so that a full disk leaves no broken file
//! behind (libwild itself writes through a memory map, where a full disk is a SIGBUS).
//!
//! **Invariant:** nothing is executed and no file is read but what the caller passes. libwild reads variables of the
//! environment that begin with `WILD_`, some of which make it write files or run programs: they are refused.
#![forbid(unsafe_code)]

mod memory;
mod output;
mod symbols;

pub use output::{start, while_nothing_starts, write_executable};
pub use symbols::ArchiveSymbols;

use memory::MemoryFs;
use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The processor architecture of the executable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    X86_64,
    Aarch64,
}

impl Machine {
    const fn emulation(self) -> &'static str {
        match self {
            Machine::X86_64 => "elf_x86_64",
            Machine::Aarch64 => "aarch64linux",
        }
    }

    const fn script(self) -> &'static str {
        match self {
            Machine::X86_64 => include_str!("../../../linker-scripts/x86_64-linux.ld"),
            Machine::Aarch64 => include_str!("../../../linker-scripts/aarch64-linux.ld"),
        }
    }
}

/// An object file or archive.
#[derive(Clone)]
pub struct Input {
    /// Shown in messages; archives end in `.a`.
    pub name: String,
    pub bytes: Arc<Cow<'static, [u8]>>,
}

impl Input {
    pub fn new(name: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Input {
        Input { name: name.into(), bytes: Arc::new(bytes.into()) }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// What to leave out of the executable.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strip {
    #[default]
    Nothing,
    /// DWARF (`-ldflags=-w`).
    Debug,
    /// DWARF and the symbol table (`-ldflags=-s`).
    All,
}

/// What the executable has beside code and data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extras {
    pub strip: Strip,
    /// Sections of DWARF are compressed where that makes them smaller.
    pub compress_dwarf: bool,
}

/// Why linking or writing the executable failed: one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError(String);

impl LinkError {
    fn new(message: impl Into<String>) -> LinkError {
        LinkError(message.into())
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LinkError {}

/// Links the inputs to a static executable; returns its bytes.
///
/// # Errors
///
/// What the linker says, in one line: undefined or duplicate symbols, broken inputs.
pub fn link(machine: Machine, inputs: Vec<Input>, extras: Extras) -> Result<Vec<u8>, LinkError> {
    if let Some((name, _)) = std::env::vars_os().find(|(k, _)| k.as_encoded_bytes().starts_with(b"WILD_")) {
        return Err(LinkError::new(format!(
            "the environment variable {} would change how programs are linked: unset it",
            name.display()
        )));
    }
    const SCRIPT: &str = "grus.ld";
    const OUTPUT: &str = "a.out";
    let mut argv: Vec<String> = ["ld", "-m", machine.emulation(), "-static", "--gc-sections", "-T", SCRIPT]
        .map(String::from)
        .to_vec();
    if extras.compress_dwarf {
        argv.push("--compress-debug-sections=zlib".into());
    }
    match extras.strip {
        Strip::Nothing => {}
        Strip::Debug => argv.push("--strip-debug".into()),
        Strip::All => argv.push("--strip-all".into()),
    }
    let fs = MemoryFs::default();
    fs.add(Path::new(SCRIPT), Arc::new(Cow::Borrowed(machine.script().as_bytes())));
    for input in inputs {
        fs.add(Path::new(&input.name), input.bytes);
        argv.push(input.name);
    }
    argv.extend(["-o".into(), OUTPUT.into()]);
    run(&fs, &argv).map_err(|e| LinkError::new(one_line(&e)))?;
    fs.take_output(Path::new(OUTPUT)).ok_or_else(|| LinkError::new("the linker wrote nothing"))
}

fn run(fs: &MemoryFs, argv: &[String]) -> Result<(), String> {
    let mut args = libwild::Args::new(|| argv.iter()).map_err(|e| e.to_string())?;
    args.parse(|| argv.iter()).map_err(|e| e.to_string())?;
    let linker = libwild::Linker::with_file_system(fs.clone());
    linker.run(&args).map_err(|e| e.to_string())?;
    Ok(())
}

/// A message of several lines ("Caused by:" and indented reasons) as one.
fn one_line(message: &str) -> String {
    let mut out = String::new();
    for line in message.lines() {
        let line = line.trim().trim_start_matches("error:").trim();
        if line.is_empty() || line == "Caused by:" {
            continue;
        }
        if !out.is_empty() {
            out.push_str(if out.ends_with(':') { " " } else { ": " });
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_one_line() {
        assert_eq!(one_line("error: bad\n\nCaused by:\n    0: worse\n"), "bad: 0: worse");
        assert_eq!(one_line("in x.o:\n  oops"), "in x.o: oops");
    }

    #[test]
    fn errors_are_returned() {
        let broken = Input::new("x.o", b"not an object".to_vec());
        let e = link(Machine::X86_64, vec![broken], Extras::default()).expect_err("nonsense is refused");
        assert!(!e.to_string().contains('\n'), "{e}");
        assert!(e.to_string().contains("x.o"), "{e}");
    }
}
