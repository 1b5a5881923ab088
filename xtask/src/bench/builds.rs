//! `cargo xtask bench build`: what building takes beside gc, and that it grows in proportion to the program.

use super::cpu::{self, Times};
use crate::golden::go;
use crate::paths::workspace;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Measured builds by Grus, and by gc where it has little to do.
const RUNS: usize = 5;

/// A program of the table: its name, the argument that names it, and the file in which a line is edited.
struct Subject {
    name: &'static str,
    package: String,
    edited: String,
}

/// The section of the table.
pub fn measure(goroot: &Path, grus: &Path, filter: Option<&str>) -> Result<String> {
    let wanted = |name: &str| filter.is_none_or(|f| name.contains(f));
    let hello = workspace().join("testdata/run/hello.go").display().to_string();
    let source = |file: &str| goroot.join("src").join(file).display().to_string();
    let tool = |name: &'static str, file: &str| Subject { name, package: name.into(), edited: source(file) };
    let subjects = [
        Subject { name: "hello with fmt", package: hello.clone(), edited: hello },
        tool("cmd/gofmt", "cmd/gofmt/gofmt.go"),
        tool("cmd/compile", "cmd/compile/internal/ssa/deadcode.go"),
    ];
    let mut text = String::from(
        "Elapsed and CPU seconds. Grus caches nothing, so each of its builds is a cold one, whatever was edited; gc's \
         are with an empty cache, with a full one, and after one line of the program (of one of its packages) was \
         edited.\n\n\
         | program | | Grus | gc cold | gc warm | gc edited | Grus / gc cold | size, Grus / gc |\n|---|---|---|---|---|---|---|---|\n",
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

/// The two rows of a program.
fn rows(goroot: &Path, grus: &Path, s: &Subject) -> Result<String> {
    let work = tempfile::tempdir()?;
    let (own_exe, gc_exe) = (work.path().join("grus"), work.path().join("gc"));
    let own = repeat(|| {
        let mut c = Command::new(grus);
        cpu::time(c.arg("build").arg("-o").arg(&own_exe).arg(&s.package).env("GRUS_GOROOT", goroot))
    })?;
    let gc = |extra: &[String]| {
        let mut c = go(goroot);
        c.arg("build")
            .args(extra)
            .arg("-o")
            .arg(&gc_exe)
            .arg(&s.package)
            .env("GOCACHE", work.path().join("cache"));
        cpu::time(&mut c)
    };
    let cold = gc(&[])?;
    let warm = repeat(|| gc(&[]))?;
    let size = |p: &Path| fs::metadata(p).map(|m| m.len() as f64).context("no executable");
    let sizes = size(&own_exe)? / size(&gc_exe)?;
    let text = fs::read_to_string(&s.edited)?;
    let mut edits = 0;
    let edited = repeat(|| {
        // A new variable each time: the cache must not know the result.
        edits += 1;
        let (file, overlay) = (work.path().join("edited.go"), work.path().join("overlay.json"));
        fs::write(&file, format!("{text}\nvar edited{edits} = {edits}\n"))?;
        let map = serde_json::json!({"Replace": {s.edited.clone(): file}});
        fs::write(&overlay, map.to_string())?;
        gc(&[format!("-overlay={}", overlay.display())])
    })?;
    let mut text = String::new();
    for (what, of, last) in [
        ("elapsed", (|t: &Times| t.real) as fn(&Times) -> f64, format!("{sizes:.2}")),
        ("CPU", |t| t.cpu, String::new()),
    ] {
        writeln!(
            text,
            "| {} | {what} | {:.2} | {:.2} | {:.2} | {:.2} | {:.3} | {last} |",
            if what == "CPU" { "" } else { s.name },
            of(&own),
            of(&cold),
            of(&warm),
            of(&edited),
            of(&own) / of(&cold),
        )?;
    }
    Ok(text)
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
        c.arg("build").arg("-o").arg(exe).arg(file).env("GRUS_GOROOT", goroot);
        Ok(repeat(|| cpu::time(&mut c))?.cpu)
    };
    let empty = cpu("package main\n\nfunc main() {}\n")?;
    let mut text = format!(
        "\nCPU seconds for generated programs of growing size, {empty:.2} s for an empty one included. Growth: what four \
         times the size takes, beyond the empty program, as a multiple of what the size takes; 4 is linear.\n\n\
         | program | N | N, s | 2N, s | 4N, s | growth |\n|---|---|---|---|---|---|\n"
    );
    let mut row = |name: &str, n: u32, generate: fn(u32) -> String| -> Result<()> {
        let [one, two, four] = [n, 2 * n, 4 * n].map(|n| cpu(&generate(n)));
        let (one, two, four) = (one?, two?, four?);
        let growth = (four - empty) / (one - empty).max(1e-3);
        writeln!(text, "| {name} | {n} | {one:.2} | {two:.2} | {four:.2} | {growth:.1} |")?;
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
