//! Measures parsing and checking of the whole standard library on one thread, in CPU time: `cargo run --release
//! --example frontend`.

#[path = "../tests/support/loader.rs"]
#[allow(dead_code)]
mod loader;

use std::time::Duration;

use grus_types::check::check_body;
use loader::Std;

/// The CPU time that this thread has used.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

fn main() {
    let Some(goroot) = loader::goroot() else { return };
    let std = Std::new(&goroot);
    let paths = std.all("");
    let selected: Vec<_> = paths.iter().map(|path| std.go_files(path)).collect();
    let start = cpu_time();
    let mut files = Vec::new();
    for (path, selected) in paths.iter().zip(selected) {
        files.extend_from_slice(std.parsed(path, selected));
    }
    let parsed = cpu_time();
    let cells: Vec<_> = paths.iter().map(|path| std.package(path)).collect();
    let declared = cpu_time();
    let conf = std.config();
    let mut errors = 0;
    let mut bodies = 0;
    for cell in &cells {
        let Some(Ok(loaded)) = cell.get() else { continue };
        errors += loaded.diagnostics.len();
        for func in loaded.decls.functions(std.store, loaded.files) {
            errors += check_body(std.store, &conf, loaded.files, &loaded.decls, func).diagnostics.len();
            bodies += 1;
        }
    }
    let checked = cpu_time();
    let lines: usize = files.iter().map(|f| f.source.line_count() as usize).sum();
    println!("{} packages, {lines} lines, {bodies} bodies, {errors} errors", paths.len());
    let row = |name: &str, time: Duration| {
        let per_second = (lines as f64 / time.as_secs_f64()) as u64;
        println!("{name:<13} {:>7} ms  {per_second:>9} lines/s", time.as_millis());
    };
    row("parse", parsed - start);
    row("declarations", declared - parsed);
    row("bodies", checked - declared);
    row("all", checked - start);
    println!("{} types, {} objects", std.store.type_count(), std.store.object_count());
}
