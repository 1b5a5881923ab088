//! Builds the `grus` command with the runtime archives inside.

use crate::archive;
use crate::foreign::Fetch;
use crate::paths::{target, workspace};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Builds `target/release/grus` and returns its path. `GRUS_BIN` names one to use as it is.
pub fn grus() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("GRUS_BIN").filter(|p| !p.is_empty()) {
        return Ok(path.into());
    }
    compile(&["--release"])?;
    Ok(target().join("release/grus"))
}

/// Builds `target/debug/grus`, unoptimised, and returns its path.
pub fn dev_grus() -> Result<PathBuf> {
    compile(&[])?;
    Ok(target().join("debug/grus"))
}

/// Builds the runtime archives, then the driver around it.
fn compile(profile: &[&str]) -> Result<()> {
    archive::build_all(Fetch::Light)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace())
        .args(["build", "--locked", "-p", "grus"])
        .args(profile)
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("building grus failed");
    }
    Ok(())
}
