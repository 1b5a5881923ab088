//! `cargo xtask dist` and `cargo xtask cross`: what is given to others, `target/dist/grus-VERSION-HOST.tar.gz`.
//!
//! A tarball holds the compiler with the runtime archives of all architectures in it, licences, the README, and the
//! completions of shells. The same sources and the same Rust make the same bytes, wherever they lie: no folder of the
//! machine is named in the binary, and the archive says nothing of when and by whom it was made.
//!
//! For this machine the compiler is linked as usual. For the other one it is a static program: Rust comes with a linker and
//! with all of musl that this takes, so no C compiler for that machine is needed.

use crate::archive::{self, Arch};
use crate::foreign::{self, Fetch};
use crate::golden::Machine;
use crate::notices;
use crate::paths::{target, workspace};
use crate::tarball::{Entry, pack};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the tarball of this machine.
pub fn dist(dev: bool) -> Result<()> {
    archives()?;
    let grus = compiler(Arch::HOST, dev)?;
    tarball(Arch::HOST, &grus, &grus)
}

/// Builds the tarballs of all machines, and has the other machine's compiler, under an emulator, build what this machine's
/// does.
pub fn cross(goroot: &Path, dev: bool) -> Result<()> {
    archives()?;
    let host = compiler(Arch::HOST, dev)?;
    tarball(Arch::HOST, &host, &host)?;
    let grus = compiler(Arch::FOREIGN, dev)?;
    tarball(Arch::FOREIGN, &grus, &host)?;
    let machine = match Machine::of(Arch::FOREIGN) {
        Ok(machine) => machine,
        Err(why) => {
            println!("the compiler for {} was not tried: {why:#}", Arch::FOREIGN.name());
            return Ok(());
        }
    };
    compare(goroot, &host, &machine, &grus)
}

/// The runtime archives: a tarball without one of them would be half of what it promises.
fn archives() -> Result<()> {
    archive::build_all(Fetch::All)?;
    for arch in [Arch::HOST, Arch::FOREIGN] {
        if !archive::path(arch).is_file() {
            bail!("there is no runtime archive for {}", arch.name());
        }
    }
    Ok(())
}

/// Rust's name of the machine that a distributed compiler runs on.
fn triple(arch: Arch) -> &'static str {
    match arch {
        _ if arch == Arch::HOST => arch.triple(),
        Arch::X86_64 => "x86_64-unknown-linux-musl",
        Arch::Aarch64 => "aarch64-unknown-linux-musl",
    }
}

/// Compiles the command for a machine.
fn compiler(arch: Arch, dev: bool) -> Result<PathBuf> {
    let triple = triple(arch);
    let mut flags: Vec<String> =
        foreign::folders()?.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
    flags.push("-Cstrip=debuginfo".into());
    if arch != Arch::HOST {
        let linker = foreign::library(triple)
            .with_context(|| format!("the compiler for {} cannot be built", arch.name()))?;
        flags.push(format!("-Clinker={}", linker.display()));
        flags.extend(["-Clinker-flavor=ld.lld".into(), "-Clink-self-contained=yes".into()]);
    }
    let dir = target().join("dist");
    let profile = if dev { "dev" } else { "release" };
    // The disassembler is in C.
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(workspace())
        .args([
            "build",
            "--locked",
            "-p",
            "grus",
            "--no-default-features",
            "--profile",
            profile,
            "--target",
            triple,
            "--target-dir",
        ])
        .arg(&dir)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("building grus for {} failed", arch.name());
    }
    Ok(dir.join(triple).join(if dev { "debug" } else { "release" }).join("grus"))
}

/// Packs a compiler; `runs` is one that runs here, which is asked for the completions.
fn tarball(arch: Arch, grus: &Path, runs: &Path) -> Result<()> {
    let name = format!("grus-{}-{}-linux", env!("CARGO_PKG_VERSION"), arch.name());
    let entry = |path: &str, executable: bool, bytes: Vec<u8>| Entry {
        name: format!("{name}/{path}"),
        executable,
        bytes,
    };
    let read = |file: &Path| fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    let mut entries = vec![entry("bin/grus", true, read(grus)?)];
    for file in ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
        entries.push(entry(file, false, read(&workspace().join(file))?));
    }
    entries.push(entry("LICENSES-of-dependencies", false, notices::text(triple(arch))?.into_bytes()));
    for (shell, file) in [("bash", "grus.bash"), ("zsh", "_grus"), ("fish", "grus.fish")] {
        let out = Command::new(runs).args(["completion", shell]).output().context("cannot run grus")?;
        if !out.status.success() {
            bail!("grus completion {shell}: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        entries.push(entry(&format!("completions/{file}"), false, out.stdout));
    }
    let bytes = pack(entries)?;
    let to = target().join("dist").join(format!("{name}.tar.gz"));
    fs::write(&to, &bytes).with_context(|| format!("cannot write {}", to.display()))?;
    let sum: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    println!("{} ({:.1} MB)\nsha256 {sum}", to.display(), bytes.len() as f64 / 1e6);
    Ok(())
}

/// Two compilers must build the same program for every architecture.
fn compare(goroot: &Path, host: &Path, machine: &Machine, foreign: &Path) -> Result<()> {
    let work = tempfile::tempdir()?;
    let source = workspace().join("testdata/run/hello.go");
    for arch in [Arch::HOST, Arch::FOREIGN] {
        let build = |mut command: Command, name: &str| -> Result<Vec<u8>> {
            let exe = work.path().join(name);
            command.arg("build").arg("-o").arg(&exe).arg(&source).env("GRUS_GOROOT", goroot);
            let out = command.env("GRUSCACHE", "off").env("GOARCH", arch.goarch()).output()?;
            if !out.status.success() {
                bail!("{name} for {}: {}", arch.name(), String::from_utf8_lossy(&out.stderr).trim());
            }
            Ok(fs::read(exe)?)
        };
        let ours = build(Command::new(host), "by this machine")?;
        let theirs = build(machine.command(foreign), "by the other machine")?;
        if ours != theirs {
            bail!("hello for {} differs by the machine that it is built on", arch.name());
        }
        println!("hello for {}: the same {} bytes from both compilers", arch.name(), ours.len());
    }
    let out = machine.command(&work.path().join("by the other machine")).output()?;
    if !out.status.success() {
        bail!(
            "hello, built under the emulator, does not run: {}",
            String::from_utf8_lossy(&out.stderr).trim()
        );
    }
    Ok(())
}
