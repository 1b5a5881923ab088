//! The parser against the Go tree: the error corpus of gc's syntax package, and all of the standard library and
//! the commands.
//!
//! The Go tree is that of `GRUS_GOROOT`, or the one in the user's cache directory. Without one the tests say so
//! and pass.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use grus_syntax::corpus::{self, Score};
use grus_syntax::{ParseOptions, SourceFile, SourceMap, parse_file};
use regex::Regex;

fn goroot() -> Option<PathBuf> {
    let from_env = std::env::var_os("GRUS_GOROOT").map(PathBuf::from);
    let in_cache = || {
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        Some(cache.join("grus/go1.27.3"))
    };
    let root = from_env.or_else(in_cache).filter(|root| root.join("src/fmt/print.go").is_file());
    if root.is_none() {
        eprintln!("skipped: no Go tree; set GRUS_GOROOT or run `cargo xtask setup`");
    }
    root
}

fn load(path: &Path) -> Arc<SourceFile> {
    let text = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    SourceMap::global().add(&path.to_string_lossy(), text).unwrap()
}

/// The `.go` files below `dir`, without test data.
fn go_files(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if !path.ends_with("testdata") {
                go_files(&path, files);
            }
        } else if path.extension().is_some_and(|ext| ext == "go") {
            files.push(path);
        }
    }
}

#[test]
fn error_marks() {
    let Some(root) = goroot() else { return };
    let mut patterns: HashMap<String, Regex> = HashMap::new();
    let mut is_match = |pattern: &str, msg: &str| {
        let compile = || {
            // Go takes a brace that begins no repetition literally.
            let pattern = Regex::new(r"\{([^0-9]|$)").unwrap().replace_all(pattern, r"\{$1").into_owned();
            Regex::new(&pattern).unwrap()
        };
        patterns.entry(pattern.to_string()).or_insert_with(compile).is_match(msg)
    };
    let mut files = Vec::new();
    go_files_of(&root.join("src/cmd/compile/internal/syntax/testdata"), &mut files);
    let mut total = Score::default();
    for path in &files {
        let score = corpus::score(&load(path), &mut is_match);
        for line in &score.missing {
            println!("{}:{line} (missing)", path.display());
        }
        for line in &score.spurious {
            println!("{}:{line} (spurious)", path.display());
        }
        total.add(score);
    }
    println!("{} files, {} of {} marks matched", files.len(), total.matched, total.expected);
    assert!(total.expected >= 106, "only {} marks found", total.expected);
    assert!(total.is_exact(), "missing or spurious errors");
}

fn go_files_of(dir: &Path, files: &mut Vec<PathBuf>) {
    files.extend(std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()));
    files.sort();
}

/// All of the Go tree parses without an error, and printing a file and parsing the result gives the same tree.
#[test]
fn go_tree_parses_and_prints() {
    let Some(root) = goroot() else { return };
    let mut files = Vec::new();
    go_files(&root.join("src"), &mut files);
    assert!(files.len() > 4000, "only {} files found", files.len());
    let mut failures = 0;
    for path in &files {
        let source = load(path);
        let options = ParseOptions { std: true, runtime: true, ..ParseOptions::default() };
        let parsed = parse_file(&source, &options);
        for diagnostic in &parsed.diagnostics {
            println!("{diagnostic}");
            failures += 1;
        }
        let printed = parsed.file.file_string();
        let reparsed =
            parse_file(&SourceMap::global().add("printed.go", printed.as_bytes()).unwrap(), &options);
        if let Some(diagnostic) = reparsed.diagnostics.first() {
            println!("{}: printed file: {}", path.display(), diagnostic.msg);
            let offset = reparsed.file.source.offset(diagnostic.pos);
            println!("    {}", &printed[offset.saturating_sub(80)..printed.len().min(offset + 40)]);
            failures += 1;
        } else if reparsed.file.file_string() != printed {
            println!("{}: printed trees differ", path.display());
            failures += 1;
        }
    }
    assert_eq!(failures, 0);
}
