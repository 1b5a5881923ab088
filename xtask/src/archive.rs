//! Builds the runtime archive: the static library that is linked into every Go binary.
//!
//! The runtime is an ordinary `no_std` member of the workspace; what may exist only once in a
//! program (panic handler, memory functions, `_start`) is behind `cfg(grus_archive)`, which is set
//! here alone. The archive has its own target folder, so that its flags disturb no other build.

use crate::foreign::{self, Fetch};
use crate::paths::{target, workspace};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A target that Grus generates code for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    X86_64,
    Aarch64,
}

impl Arch {
    pub const HOST: Arch = if cfg!(target_arch = "aarch64") { Arch::Aarch64 } else { Arch::X86_64 };

    /// The one that is not this machine's.
    pub const FOREIGN: Arch = match Arch::HOST {
        Arch::X86_64 => Arch::Aarch64,
        Arch::Aarch64 => Arch::X86_64,
    };

    /// An architecture by Rust's or Go's name.
    pub fn named(name: &str) -> Option<Arch> {
        [Arch::X86_64, Arch::Aarch64].into_iter().find(|a| [a.name(), a.goarch()].contains(&name))
    }

    pub fn name(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64",
            Arch::Aarch64 => "aarch64",
        }
    }

    /// Go's name of it.
    pub fn goarch(self) -> &'static str {
        match self {
            Arch::X86_64 => "amd64",
            Arch::Aarch64 => "arm64",
        }
    }

    /// Debian's name of it.
    pub fn debian(self) -> &'static str {
        self.goarch()
    }

    /// Rust's name of the target.
    pub fn triple(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
            Arch::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }
}

/// Where the driver's build script looks for an archive.
pub fn path(arch: Arch) -> PathBuf {
    target().join("runtime").join(arch.name()).join("libgrus_runtime.a")
}

/// Builds this machine's archive, and the other one if what that needs can be had: without it `grus` says that it has no
/// runtime for the architecture.
pub fn build_all(fetch: Fetch) -> Result<()> {
    build(Arch::HOST, None)?;
    match foreign::rustc(Arch::FOREIGN, fetch) {
        Ok(rustc) => drop(build(Arch::FOREIGN, rustc)?),
        Err(why) => {
            // One that was built of other sources would be wrong.
            let _ = fs::remove_file(path(Arch::FOREIGN));
            eprintln!("grus will have no runtime for {}: {why:#}", Arch::FOREIGN.name());
        }
    }
    Ok(())
}

/// Builds the archive and puts it where the driver's build script embeds it from, unless it is the
/// one already there.
pub fn build(arch: Arch, rustc: Option<PathBuf>) -> Result<PathBuf> {
    let target_dir = target().join("rt");
    let mut flags = vec!["-Crelocation-model=static", "-Cforce-frame-pointers=yes", "--cfg=grus_archive"];
    if arch == Arch::Aarch64 {
        flags.push("-Ctarget-feature=-outline-atomics");
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace())
        .args(["rustc", "--quiet", "--locked", "-p", "grus-runtime", "--crate-type", "staticlib"])
        .args(["--profile", "runtime", "--target", arch.triple(), "--target-dir"])
        .arg(&target_dir)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    if let Some(rustc) = rustc {
        command.env("RUSTC", rustc);
    }
    let out = command.stdout(Stdio::inherit()).output().context("cannot run cargo")?;
    let text = String::from_utf8_lossy(&out.stderr);
    // The compiler warns of the unstable flag above.
    for paragraph in text.split_inclusive("\n\n").filter(|p| !p.contains("outline-atomics")) {
        eprint!("{paragraph}");
    }
    if !out.status.success() {
        bail!("building the runtime archive failed");
    }
    let built = target_dir.join(arch.triple()).join("runtime/libgrus_runtime.a");
    let bytes = fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    let to = path(arch);
    if fs::read(&to).ok().as_deref() != Some(&bytes) {
        fs::create_dir_all(to.parent().context("no parent folder")?)?;
        fs::write(&to, &bytes)?;
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn files(dir: PathBuf) -> BTreeSet<String> {
        let entries = fs::read_dir(dir).expect("the folder is there").flatten();
        entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn every_architecture_has_the_same_files() {
        for dir in ["runtime/src/arch", "compiler/codegen/src/arch"] {
            let [a, b] = [Arch::X86_64, Arch::Aarch64].map(|arch| {
                let mut files = files(workspace().join(dir).join(arch.name()));
                // Natives that packages can do without.
                files.retain(|f| !f.starts_with("stdlib"));
                files
            });
            assert!(a.len() > 5 && a == b, "{dir}: {a:?}, {b:?}");
        }
    }
}
