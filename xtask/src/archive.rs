//! Builds the runtime archive: the static library that is linked into every Go binary.
//!
//! The runtime is an ordinary `no_std` member of the workspace; what may exist only once in a
//! program (panic handler, memory functions, `_start`) is behind `cfg(grus_archive)`, which is set
//! here alone. The archive has its own target folder, so that its flags disturb no other build.

use crate::paths::{target, workspace};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A target that Grus generates code for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    X86_64,
    Aarch64,
}

impl Arch {
    pub const HOST: Arch = if cfg!(target_arch = "aarch64") { Arch::Aarch64 } else { Arch::X86_64 };

    pub fn name(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64",
            Arch::Aarch64 => "aarch64",
        }
    }

    fn triple(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
            Arch::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }
}

/// Builds the archive and puts it where the driver's build script embeds it from, unless it is the
/// one already there.
pub fn build(arch: Arch) -> Result<PathBuf> {
    let target_dir = target().join("rt");
    let mut flags = vec!["-Crelocation-model=static", "-Cforce-frame-pointers=yes", "--cfg=grus_archive"];
    if arch == Arch::Aarch64 {
        flags.push("-Ctarget-feature=-outline-atomics");
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace())
        .args(["rustc", "--quiet", "--locked", "-p", "grus-runtime", "--crate-type", "staticlib"])
        .args(["--profile", "runtime", "--target", arch.triple(), "--target-dir"])
        .arg(&target_dir)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("building the runtime archive failed");
    }
    let built = target_dir.join(arch.triple()).join("runtime/libgrus_runtime.a");
    let bytes = fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    let to = target().join("runtime").join(arch.name()).join("libgrus_runtime.a");
    if fs::read(&to).ok().as_deref() != Some(&bytes) {
        fs::create_dir_all(to.parent().context("no parent folder")?)?;
        fs::write(&to, &bytes)?;
    }
    Ok(to)
}
