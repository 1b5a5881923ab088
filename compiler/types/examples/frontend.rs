//! Measures parsing and checking of the whole standard library on one thread: `cargo run --release --example frontend`.

#[path = "../tests/support/loader.rs"]
#[allow(dead_code)]
mod loader;

use std::time::Instant;

use grus_types::check::check_body;
use loader::Std;

fn main() {
    let Some(goroot) = loader::goroot() else { return };
    let std = Std::new(&goroot);
    let paths = std.all("");
    let start = Instant::now();
    let mut lines = 0;
    for path in &paths {
        for file in std.parsed(path) {
            lines += file.source.line_count() as usize;
        }
    }
    let parsed = Instant::now();
    let cells: Vec<_> = paths.iter().map(|path| std.package(path)).collect();
    let declared = Instant::now();
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
    let checked = Instant::now();
    let per_second = |d: std::time::Duration| (lines as f64 / d.as_secs_f64()) as u64;
    println!("{} packages, {lines} lines, {bodies} bodies, {errors} errors", paths.len());
    println!("parse         {:>8.1?}  {:>9} lines/s", parsed - start, per_second(parsed - start));
    println!("declarations  {:>8.1?}  {:>9} lines/s", declared - parsed, per_second(declared - parsed));
    println!("bodies        {:>8.1?}  {:>9} lines/s", checked - declared, per_second(checked - declared));
    println!("all           {:>8.1?}  {:>9} lines/s", checked - start, per_second(checked - start));
    println!("{} types, {} objects", std.store.type_count(), std.store.object_count());
}
