//! `cargo xtask bench build`: what building takes beside gc, and that it grows in proportion to the program.

use super::cpu::{self, Times};
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Measured builds of each kind.
const RUNS: usize = 3;

/// A program of the table: its name, the argument that names it, and the file in which a line is edited.
struct Subject {
    name: &'static str,
    package: String,
    edited: PathBuf,
}

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path, filter: Option<&str>) -> Result<String> {
    let wanted = |name: &str| filter.is_none_or(|f| name.contains(f));
    let hello = workspace().join("testdata/run/hello.go");
    let tool = |name: &'static str, file: &str| Subject {
        name,
        package: name.into(),
        edited: goroot.join("src").join(file),
    };
    let subjects = [
        Subject { name: "hello with fmt", package: hello.display().to_string(), edited: hello },
        tool("cmd/gofmt", "cmd/gofmt/gofmt.go"),
        tool("cmd/compile", "cmd/compile/internal/ssa/deadcode.go"),
    ];
    let mut text = String::from(
        "Elapsed and CPU seconds of builds with an empty cache, with a full one, and after a function of a few lines was \
         added to the program (to one of its packages). Ratios: Grus / gc.\n\n\
         | program | | Grus cold | warm | edited | gc cold | warm | edited | cold | edited | size |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for s in subjects.iter().filter(|s| wanted(s.name)) {
        text += &rows(goroot, grus, s)?;
        eprintln!("{}", text.lines().next_back().unwrap_or_default());
    }
    if wanted("growth") {
        text += &growth(goroot, grus)?;
    }
    Ok(text)
}

/// Times of builds by one compiler.
struct Builds {
    cold: Times,
    warm: Times,
    edited: Times,
    size: f64,
}

/// The two rows of a program.
fn rows(goroot: &Path, grus: &Path, s: &Subject) -> Result<String> {
    let own = grus_builds(goroot, grus, s)?;
    let gc = gc_builds(goroot, s)?;
    let mut text = String::new();
    for (what, of, last) in [
        ("elapsed", (|t: &Times| t.real) as fn(&Times) -> f64, format!("{:.2}", own.size / gc.size)),
        ("CPU", |t| t.cpu, String::new()),
    ] {
        let times =
            [&own, &gc].map(|b| [&b.cold, &b.warm, &b.edited].map(|t| format!("{:.2}", of(t))).join(" | "));
        writeln!(
            text,
            "| {} | {what} | {} | {:.3} | {:.2} | {last} |",
            if what == "CPU" { "" } else { s.name },
            times.join(" | "),
            of(&own.cold) / of(&gc.cold),
            of(&own.edited) / of(&gc.edited),
        )?;
    }
    Ok(text)
}

/// Builds by Grus, with a cache of their own.
fn grus_builds(goroot: &Path, grus: &Path, s: &Subject) -> Result<Builds> {
    let work = tempfile::tempdir()?;
    let (exe, cache) = (work.path().join("exe"), work.path().join("cache"));
    // Where the edited file lies, everything else is as in the original.
    let root = match s.edited.strip_prefix(goroot) {
        Ok(file) => {
            let root = work.path().join("goroot");
            copy_of_links(goroot, &root, file)?;
            root
        }
        Err(_) => goroot.to_path_buf(),
    };
    let (file, package) = match s.edited.strip_prefix(goroot) {
        Ok(file) => (root.join(file), s.package.clone()),
        Err(_) => {
            let file = work.path().join(s.edited.file_name().context("a file has a name")?);
            fs::copy(&s.edited, &file)?;
            (file.clone(), file.display().to_string())
        }
    };
    let build = || {
        let mut c = Command::new(grus);
        c.arg("build").arg("-o").arg(&exe).arg(&package);
        cpu::time(c.env("GRUS_GOROOT", &root).env("GRUSCACHE", &cache))
    };
    let cold = repeat(|| {
        if cache.exists() {
            fs::remove_dir_all(&cache)?;
        }
        build()
    })?;
    let warm = repeat(build)?;
    let size = size(&exe)?;
    let text = fs::read_to_string(&s.edited)?;
    let mut n = 0;
    let edited = repeat(|| {
        n += 1;
        fs::write(&file, edit(&text, n))?;
        build()
    })?;
    Ok(Builds { cold, warm, edited, size })
}

/// Builds by gc, with a cache of their own.
fn gc_builds(goroot: &Path, s: &Subject) -> Result<Builds> {
    let work = tempfile::tempdir()?;
    let exe = work.path().join("exe");
    let build = |extra: &[String]| {
        let mut c = go(goroot);
        c.arg("build").args(extra).arg("-o").arg(&exe).arg(&s.package);
        cpu::time(c.env("GOCACHE", work.path().join("cache")))
    };
    // Once: it takes minutes.
    let cold = build(&[])?;
    let warm = repeat(|| build(&[]))?;
    let size = size(&exe)?;
    let text = fs::read_to_string(&s.edited)?;
    let mut n = 0;
    let edited = repeat(|| {
        n += 1;
        let (file, overlay) = (work.path().join("edited.go"), work.path().join("overlay.json"));
        fs::write(&file, edit(&text, n))?;
        let map = serde_json::json!({"Replace": {s.edited.display().to_string(): file}});
        fs::write(&overlay, map.to_string())?;
        build(&[format!("-overlay={}", overlay.display())])
    })?;
    Ok(Builds { cold, warm, edited, size })
}

fn size(path: &Path) -> Result<f64> {
    fs::metadata(path).map(|m| m.len() as f64).context("no executable")
}

/// A source file with something new in it, each time something else: no cache knows the result.
fn edit(text: &str, n: u32) -> String {
    format!("{text}\nvar edited int\n\nfunc init() {{\n\tedited += {n}\n}}\n")
}

/// Makes a folder like `from`, in which `file` is a copy and everything else is linked.
fn copy_of_links(from: &Path, to: &Path, file: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut parts = file.components();
    let first = parts.next().context("a file below the folder")?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        let (source, target) = (from.join(&name), to.join(&name));
        if name != first.as_os_str() {
            symlink(source, target)?;
        } else if parts.as_path().as_os_str().is_empty() {
            fs::copy(source, target)?;
        } else {
            copy_of_links(&source, &target, parts.as_path())?;
        }
    }
    Ok(())
}

/// The medians of several measurements.
fn repeat(mut f: impl FnMut() -> Result<Times>) -> Result<Times> {
    let times = (0..RUNS).map(|_| f()).collect::<Result<Vec<_>>>()?;
    let median = |of: fn(&Times) -> f64| super::median(&mut times.iter().map(of).collect::<Vec<_>>());
    Ok(Times { cpu: median(|t| t.cpu), real: median(|t| t.real) })
}

/// How build time grows with generated programs of N, 2N and 4N statements or entries.
fn growth(goroot: &Path, grus: &Path) -> Result<String> {
    let work = tempfile::tempdir()?;
    let cpu = |source: &str| -> Result<f64> {
        let (file, exe) = (work.path().join("generated.go"), work.path().join("generated"));
        fs::write(&file, source)?;
        let mut c = Command::new(grus);
        c.arg("build").arg("-o").arg(exe).arg(file).env("GRUS_GOROOT", goroot).env("GRUSCACHE", "off");
        Ok(repeat(|| cpu::time(&mut c))?.cpu)
    };
    let empty = cpu("package main\n\nfunc main() {}\n")?;
    let mut text = format!(
        "\nCPU seconds for generated programs of growing size, {empty:.2} s for an empty one included. Each doubling: by \
         what a doubling of the size multiplies what goes beyond the empty program, on average over the three; 2 is \
         linear.\n\n\
         | program | N | N, s | 2N, s | 4N, s | 8N, s | each doubling |\n|---|---|---|---|---|---|---|\n"
    );
    let mut row = |name: &str, n: u32, generate: fn(u32) -> String| -> Result<()> {
        let seconds =
            [n, 2 * n, 4 * n, 8 * n].map(|n| cpu(&generate(n))).into_iter().collect::<Result<Vec<_>>>()?;
        let beyond = |s: f64| (s - empty).max(5e-3);
        let doubling = (beyond(seconds[3]) / beyond(seconds[0])).cbrt();
        let columns: Vec<_> = seconds.iter().map(|s| format!("{s:.2}")).collect();
        writeln!(text, "| {name} | {n} | {} | {doubling:.2} |", columns.join(" | "))?;
        Ok(())
    };
    row("statements of one function", 12_500, statements)?;
    row("entries of a map literal", 5_000, map_literal)?;
    Ok(text)
}

/// A program whose function `f` has about `n` statements of many kinds.
fn statements(n: u32) -> String {
    let mut body = String::new();
    for i in 0..n {
        let statement = match i % 8 {
            0 => format!("x = x*7 + y ^ {i}"),
            1 => "y += a[x&63]".into(),
            2 => format!("if x > y {{\n\t\tz++\n\t}} else {{\n\t\tz -= {i}\n\t}}"),
            3 => "a[y&63] = z".into(),
            4 => "z = g(x, y)".into(),
            5 => "for j := range 3 {\n\t\tx += j\n\t}".into(),
            6 => format!("if len(s) > {i} {{\n\t\ts = s[1:]\n\t}}"),
            _ => "switch z & 3 {\n\tcase 0:\n\t\tx++\n\tcase 1:\n\t\ty++\n\t}".into(),
        };
        let _ = writeln!(body, "\t{statement}");
    }
    format!(
        "package main\n\nfunc f(a []int, s string) (int, string) {{\n\tx, y, z := 1, 2, 3\n{body}\treturn x + y + z, s\n}}\n\n\
         //go:noinline\nfunc g(a, b int) int {{\n\treturn a - b\n}}\n\n\
         func main() {{\n\tx, s := f(make([]int, 64), \"abc\")\n\tprintln(x, s)\n}}\n"
    )
}

/// A program with a map literal of `n` entries.
fn map_literal(n: u32) -> String {
    let entries: String = (0..n).map(|i| format!("\t\"key{i}\": {},\n", i * 3)).collect();
    format!(
        "package main\n\nvar m = map[string]int{{\n{entries}}}\n\nfunc main() {{\n\tprintln(len(m), m[\"key77\"])\n}}\n"
    )
}
