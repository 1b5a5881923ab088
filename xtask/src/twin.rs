//! `cargo xtask conformance twin`: Go's own compiler as a test program.
//!
//! `cmd/compile` of the Go tree is compiled by Grus. Then gc builds packages of the standard library, and each of its
//! compilations is repeated by the twin: the two object files must be equal, byte for byte. The compiler is some
//! 400,000 lines that live on maps, interfaces, closures, sorting and floating-point formatting, so that whatever Grus
//! compiles wrong shows in an object.
//!
//! The `go` command runs its tools through this very program (`-toolexec`), see [`toolexec`].

use crate::bench::cpu;
use crate::build;
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the scoreboard is about: these packages and all that they import.
const PACKAGES: &[&str] =
    &["net/http", "go/types", "math/big", "encoding/json", "text/template", "image/...", "debug/..."];
/// What `cargo xtask test` compiles.
pub const QUICK: &[&str] = &["fmt"];

/// Names the twin to the wrapper.
const TWIN: &str = "GRUS_TWIN";
/// Names the folder of the wrapper's records.
const RECORDS: &str = "GRUS_TWIN_RECORDS";

/// One compilation.
pub struct Compilation {
    pub package: String,
    /// `None`: equal objects.
    pub difference: Option<String>,
    /// CPU time in hundredths of a second.
    gc_seconds: f64,
    twin_seconds: f64,
}

/// Runs the suite; writes the scoreboard if the packages are the usual ones.
pub fn run(goroot: &Path, packages: &[String]) -> Result<()> {
    let named: Vec<&str> = packages.iter().map(String::as_str).collect();
    let compilations = compare(goroot, if named.is_empty() { PACKAGES } else { &named })?;
    let equal = compilations.iter().filter(|c| c.difference.is_none()).count();
    let mut board = String::from(
        "# Go's compiler, compiled by Grus, beside itself compiled by gc, by `cargo xtask conformance twin`.\n",
    );
    board +=
        &format!("{equal} of {} packages of the standard library give equal objects\n", compilations.len());
    for c in &compilations {
        if let Some(d) = &c.difference {
            board += &format!("{}: {d}\n", c.package);
        }
    }
    print!("{board}");
    let total = |f: fn(&Compilation) -> f64| compilations.iter().map(f).sum::<f64>();
    let (gc, twin) = (total(|c| c.gc_seconds), total(|c| c.twin_seconds));
    println!("CPU time: by gc {:.2} s, by Grus {:.2} s, ratio {:.2}", gc, twin, twin / gc);
    if named.is_empty() {
        fs::write(workspace().join("testdata/conformance/twin.txt"), board)?;
    }
    Ok(())
}

/// Builds the twin, and the packages with both.
pub fn compare(goroot: &Path, packages: &[&str]) -> Result<Vec<Compilation>> {
    let grus = build::grus()?;
    let work = tempfile::tempdir()?;
    let twin = work.path().join("compile");
    let out = Command::new(grus)
        .args(["build", "-o"])
        .arg(&twin)
        .arg("cmd/compile")
        .env("GRUS_GOROOT", goroot)
        .output()
        .context("cannot run grus")?;
    if !out.status.success() {
        bail!("cmd/compile does not build: {}", String::from_utf8_lossy(&out.stderr));
    }
    let records = work.path().join("records");
    fs::create_dir(&records)?;
    let wrapper = std::env::current_exe()?;
    let out = go(goroot)
        .args(["build", "-a", "-toolexec"])
        .arg(format!("'{}' toolexec", wrapper.display()))
        .args(packages)
        .current_dir(work.path())
        .env("GOCACHE", work.path().join("cache"))
        .env(TWIN, &twin)
        .env(RECORDS, &records)
        .stdout(Stdio::null())
        .output()?;
    if !out.status.success() {
        bail!("go build: {}", String::from_utf8_lossy(&out.stderr));
    }
    let mut compilations = Vec::new();
    for entry in fs::read_dir(&records)? {
        let text = fs::read_to_string(entry?.path())?;
        let mut fields = text.splitn(4, '\t');
        let mut field = || fields.next().context("a short record");
        let (package, gc_seconds, twin_seconds) = (field()?.into(), field()?.parse()?, field()?.parse()?);
        let difference = Some(field()?.trim()).filter(|d| !d.is_empty()).map(str::to_string);
        compilations.push(Compilation { package, difference, gc_seconds, twin_seconds });
    }
    if compilations.is_empty() {
        bail!("go build compiled nothing");
    }
    compilations.sort_by(|a, b| a.package.cmp(&b.package));
    Ok(compilations)
}

/// The wrapper of the `go` command's tools: runs the tool; a compilation is repeated by the twin, and compared.
pub fn toolexec(args: &[OsString]) -> Result<()> {
    let (tool, args) = args.split_first().context("no tool")?;
    let version = args.iter().any(|a| a.to_string_lossy().starts_with("-V"));
    if Path::new(tool).file_name().is_none_or(|n| n != "compile") || version {
        return Err(Command::new(tool).args(args).exec().into());
    }
    let after = |flag: &str| args.iter().position(|a| a == flag).and_then(|i| args.get(i + 1));
    let object = PathBuf::from(after("-o").context("a compilation without -o")?);
    let package = after("-p").context("a compilation without -p")?.to_string_lossy().into_owned();

    let start = cpu::of_children();
    let status = Command::new(tool).args(args).status()?;
    if !status.success() {
        std::process::exit(status.code().unwrap_or(2));
    }
    let middle = cpu::of_children();
    let copy = object.with_extension("twin");
    let twin_args = args.iter().map(|a| if **a == *object.as_os_str() { copy.as_os_str() } else { a });
    let out = Command::new(std::env::var_os(TWIN).context("no twin")?).args(twin_args).output()?;
    let end = cpu::of_children();

    let difference = if !out.status.success() {
        let text = [out.stdout, out.stderr].concat();
        format!("{}: {}", out.status, String::from_utf8_lossy(&text).lines().next().unwrap_or_default())
    } else if fs::read(&object)? != fs::read(&copy)? {
        "different objects".to_string()
    } else {
        String::new()
    };
    let record = Path::new(&std::env::var_os(RECORDS).context("no folder of records")?)
        .join(package.replace('/', "_"));
    fs::write(record, format!("{package}\t{}\t{}\t{difference}\n", middle - start, end - middle))?;
    Ok(())
}
