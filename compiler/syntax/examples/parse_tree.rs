//! Parses all `.go` files below the directories given, outside of `testdata`, and reports lines per second of
//! one core. Reading the files is not counted.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use grus_syntax::{ParseOptions, SourceFile, SourceMap, parse_file};

fn collect(dir: &Path, files: &mut Vec<Arc<SourceFile>>) {
    for entry in std::fs::read_dir(dir).expect("readable directory") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            if !path.ends_with("testdata") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|ext| ext == "go") {
            let text = std::fs::read(&path).expect("readable file");
            files.push(
                SourceMap::global().add(&path.to_string_lossy(), text).expect("room in the source map"),
            );
        }
    }
}

fn main() {
    let mut files = Vec::new();
    for dir in std::env::args().skip(1) {
        collect(Path::new(&dir), &mut files);
    }
    let lines: u64 = files.iter().map(|f| u64::from(f.line_count())).sum();
    let bytes: usize = files.iter().map(|f| f.text().len()).sum();
    let options = ParseOptions { std: true, runtime: true, ..ParseOptions::default() };
    for round in 1..=3 {
        let mut errors = 0;
        let mut nodes = 0;
        let mut drop_time = Duration::ZERO;
        let start = Instant::now();
        for file in &files {
            let parsed = parse_file(file, &options);
            errors += parsed.diagnostics.len();
            nodes += parsed.file.exprs.len() + parsed.file.stmts.len();
            let t = Instant::now();
            drop(parsed);
            drop_time += t.elapsed();
        }
        let time = start.elapsed();
        println!(
            "round {round}: {} files, {lines} lines, {bytes} bytes, {nodes} nodes, {errors} errors: {time:.3?} \
             (dropping {drop_time:.3?}), {:.2} million lines/s, {:.0} MB/s",
            files.len(),
            lines as f64 / time.as_secs_f64() / 1e6,
            bytes as f64 / time.as_secs_f64() / 1e6,
        );
    }
}
