//! What the other architecture needs: a `core` for its target to build the runtime archive, and an emulator to run its
//! programs.
//!
//! `core` comes from rustup, or else from Debian's packages together with the compiler that they belong to; the emulator is
//! qemu's user mode, the installed one or that of Debian's package. What is fetched is unpacked in the user's cache folder
//! (rustup keeps its targets in its own), nothing is installed.

use crate::archive::Arch;
use crate::debian::Debian;
use crate::paths::{cache, workspace};
use anyhow::{Context, Result, bail};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much may be fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// What rustup can add, unless that has failed before.
    Light,
    /// Everything.
    All,
}

/// The compiler for an architecture's runtime archive: `None` is the ordinary one.
pub fn rustc(arch: Arch, fetch: Fetch) -> Result<Option<PathBuf>> {
    if arch == Arch::HOST || has_core(arch)? {
        return Ok(None);
    }
    let dir = cache()?.join(format!("rust-{}", arch.name()));
    let wrapper = dir.join("rustc");
    if wrapper.is_file() {
        return Ok(Some(wrapper));
    }
    let failed = cache()?.join(format!("rust-{}.failed", arch.name()));
    if fetch == Fetch::Light && failed.exists() {
        bail!("there is no Rust `core` for it: {}", advice(arch));
    }
    let added = Command::new("rustup").args(["target", "add", arch.triple()]).output();
    if added.is_ok_and(|out| out.status.success()) && has_core(arch)? {
        let _ = fs::remove_file(&failed);
        return Ok(None);
    }
    fs::create_dir_all(cache()?)?;
    fs::write(&failed, "")?;
    if fetch == Fetch::Light {
        bail!("rustup cannot add a Rust `core` for it: {}", advice(arch));
    }
    unpack_rust(arch, &dir).with_context(|| {
        format!("neither rustup nor Debian gives a Rust `core` for {}: {}", arch.name(), advice(arch))
    })?;
    Ok(Some(wrapper))
}

fn advice(arch: Arch) -> String {
    format!("`rustup target add {}`, or on Debian `cargo xtask setup`", arch.triple())
}

/// Whether the ordinary compiler has a `core` for the architecture.
fn has_core(arch: Arch) -> Result<bool> {
    has_crate(&sysroot()?, arch.triple(), "core")
}

/// Whether a crate of Rust's own is there for a target.
fn has_crate(sysroot: &Path, triple: &str, name: &str) -> Result<bool> {
    let lib = sysroot.join("lib/rustlib").join(triple).join("lib");
    let files = fs::read_dir(lib).into_iter().flatten().flatten();
    let prefix = format!("lib{name}-");
    Ok(files.into_iter().any(|f| f.file_name().to_string_lossy().starts_with(&prefix)))
}

/// The folder of the ordinary compiler.
fn sysroot() -> Result<PathBuf> {
    rustc_says(&["--print", "sysroot"]).map(PathBuf::from)
}

fn rustc_says(args: &[&str]) -> Result<String> {
    let out = Command::new(ordinary_rustc()).args(args).output().context("cannot run rustc")?;
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_string())
}

/// Sees to it that programs can be compiled for a target that links with what Rust brings along. Returns the linker.
pub fn library(triple: &str) -> Result<PathBuf> {
    let sysroot = sysroot()?;
    if !has_crate(&sysroot, triple, "std")? {
        let _ = Command::new("rustup").args(["target", "add", triple]).output();
    }
    if !has_crate(&sysroot, triple, "std")? {
        bail!("there is no Rust `std` for {triple}: `rustup target add {triple}`");
    }
    let linker = sysroot.join("lib/rustlib").join(Arch::HOST.triple()).join("bin/rust-lld");
    if !linker.is_file() {
        bail!("the Rust in {} comes without a linker (rust-lld): install one by rustup", sysroot.display());
    }
    Ok(linker)
}

/// Folders of this machine that the compiler would name in what it makes, and the names to use instead.
pub fn folders() -> Result<Vec<(String, String)>> {
    let mut folders = vec![(workspace().to_path_buf(), "grus".to_string())];
    let home = std::env::var_os("CARGO_HOME").filter(|h| !h.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    // One folder for each registry.
    for entry in fs::read_dir(home.context("HOME is not set")?.join("registry/src")).into_iter().flatten() {
        folders.push((entry?.path(), "cargo".into()));
    }
    // With Rust's own sources installed, they are found there.
    let verbose = rustc_says(&["-vV"])?;
    let commit = verbose.lines().find_map(|l| l.strip_prefix("commit-hash: ")).unwrap_or("rust");
    folders.push((sysroot()?.join("lib/rustlib/src/rust"), format!("/rustc/{commit}")));
    Ok(folders.into_iter().map(|(from, to)| (from.display().to_string(), to)).collect())
}

fn ordinary_rustc() -> String {
    std::env::var("RUSTC").ok().filter(|r| !r.is_empty()).unwrap_or("rustc".into())
}

/// Unpacks Debian's compiler with the library of the architecture, and writes a wrapper that uses it for that target
/// alone: build scripts are compiled by the ordinary compiler.
fn unpack_rust(arch: Arch, dir: &Path) -> Result<()> {
    eprintln!("fetching a Rust library for {} (90 MB)", arch.name());
    let debian = Debian::update(&[Arch::HOST.debian(), arch.debian()])?;
    let version = debian.field("rustc-web", "Version")?;
    let release: Vec<&str> = version.split('.').take(2).collect();
    let library = format!("libstd-rust-web-{}", release.join("."));
    let depends = debian.field(&library, "Depends")?;
    let llvm = depends.split([',', ' ']).find(|d| d.starts_with("libllvm"));
    let llvm = llvm.with_context(|| format!("{library} depends on no libllvm"))?;
    let parent = dir.parent().context("the cache folder has no parent")?;
    let work = tempfile::tempdir_in(parent).context("cannot create a folder in the cache")?;
    let core = format!("libstd-rust-web-dev:{}", arch.debian());
    debian.unpack(&["rustc-web", &library, llvm, &core], work.path())?;
    let usr = dir.join("usr");
    let text = format!(
        "#!/bin/sh\ncase \" $* \" in\n*{triple}*) LD_LIBRARY_PATH={usr}/lib/{host}-linux-gnu exec {usr}/bin/rustc \
         --sysroot {usr} \"$@\";;\n*) exec {rustc} \"$@\";;\nesac\n",
        triple = arch.triple(),
        usr = usr.display(),
        host = Arch::HOST.name(),
        rustc = ordinary_rustc(),
    );
    let wrapper = work.path().join("rustc");
    fs::write(&wrapper, text)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    move_to(work.path(), dir)
}

/// The emulator that runs an architecture's programs: `None` where the machine does.
pub fn emulator(arch: Arch) -> Result<Option<PathBuf>> {
    if arch == Arch::HOST {
        return Ok(None);
    }
    if let Some(path) = std::env::var_os("GRUS_QEMU").filter(|p| !p.is_empty()) {
        return Ok(Some(path.into()));
    }
    let name = format!("qemu-{}", arch.name());
    let fixed = format!("{name}-static");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = [&fixed, &name].into_iter().find_map(|name| {
        std::env::split_paths(&path).map(|dir| dir.join(name)).find(|program| program.is_file())
    });
    if found.is_some() {
        return Ok(found);
    }
    let dir = cache()?.join("qemu");
    let program = dir.join("usr/bin").join(&fixed);
    if !program.is_file() {
        fetch_emulator(&dir, &fixed).with_context(|| {
            format!("there is no {name}: `apt-get install qemu-user-static`, or name one in GRUS_QEMU")
        })?;
    }
    Ok(Some(program))
}

fn fetch_emulator(dir: &Path, name: &str) -> Result<()> {
    eprintln!("fetching qemu's user mode (40 MB)");
    let parent = dir.parent().context("the cache folder has no parent")?;
    fs::create_dir_all(parent)?;
    let work = tempfile::tempdir_in(parent).context("cannot create a folder in the cache")?;
    Debian::update(&[Arch::HOST.debian()])?.unpack(&["qemu-user-static"], work.path())?;
    // One of the many emulators is needed.
    for entry in fs::read_dir(work.path().join("usr/bin"))? {
        let file = entry?.path();
        if file.file_name().is_some_and(|n| n != name) {
            fs::remove_file(file)?;
        }
    }
    move_to(work.path(), dir)
}

/// Moves a complete folder to its place.
fn move_to(from: &Path, to: &Path) -> Result<()> {
    fs::set_permissions(from, fs::Permissions::from_mode(0o755))?;
    match fs::rename(from, to) {
        // Another set-up was faster.
        Err(_) if to.is_dir() => Ok(()),
        other => other.with_context(|| format!("cannot move what was fetched to {}", to.display())),
    }
}
