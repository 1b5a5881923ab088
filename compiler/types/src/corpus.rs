//! Scoring against the type checker's corpus, `src/internal/types/testdata` of a GOROOT.
//!
//! A file, or a folder of files that make up a package, is checked, and the errors are compared with its marks: a
//! comment `ERROR "text"` or `ERRORx "pattern"` stands behind the token at which the error is expected, within the
//! tolerance of the folder. The first line may hold flags (`// -lang=go1.17`). How patterns are matched is up to the
//! caller, so that this crate needs no regular expressions.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use grus_syntax::constraint::Expr;
use grus_syntax::corpus::{Score, comments};
use grus_syntax::literal::unquote_string;
use grus_syntax::parser::{ParseOptions, parse_file};
use grus_syntax::{Diagnostic, File, SourceFile, SourceMap, Symbol};

use crate::check::{Config, Importer, check_package};
use crate::store::TypeStore;

/// A file or folder of the corpus.
#[derive(Clone, Debug)]
pub struct Case {
    /// Folder and name, as in `check/decls0.go`.
    pub name: String,
    /// The files.
    pub files: Vec<PathBuf>,
    /// By how much the column of an error may differ from that of its mark.
    pub tolerance: u32,
}

/// The cases of a GOROOT, in order of their names.
pub fn cases(goroot: &Path) -> io::Result<Vec<Case>> {
    let root = goroot.join("src/internal/types/testdata");
    let mut cases = Vec::new();
    for (folder, tolerance) in [("check", 50), ("spec", 20), ("examples", 125), ("fixedbugs", 100)] {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(root.join(folder))?.map(|e| e.map(|e| e.path())).collect::<io::Result<_>>()?;
        paths.sort();
        for path in paths {
            let file_name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{folder}/{file_name}");
            let files = if path.is_dir() {
                let mut files: Vec<PathBuf> =
                    std::fs::read_dir(&path)?.map(|e| e.map(|e| e.path())).collect::<io::Result<_>>()?;
                files.sort();
                files
            } else {
                vec![path]
            };
            cases.push(Case { name, files, tolerance });
        }
    }
    Ok(cases)
}

/// One expected error.
struct Mark {
    line: u32,
    col: u32,
    pattern: String,
    is_regex: bool,
}

/// The expected errors of a file, by line.
fn marks(source: &SourceFile) -> HashMap<u32, Vec<Mark>> {
    let mut found: HashMap<u32, Vec<Mark>> = HashMap::new();
    for comment in comments(source) {
        let (rest, is_regex) = if let Some(rest) = comment.text.strip_prefix(" ERROR ") {
            (rest, false)
        } else if let Some(rest) = comment.text.strip_prefix(" ERRORx ") {
            (rest, true)
        } else {
            continue;
        };
        let (line, col) = if comment.pos.is_known() { source.line_col(comment.pos) } else { (0, 0) };
        let pattern = unquote_string(rest.trim()).unwrap_or_else(|| format!("malformed mark {rest}"));
        found.entry(line).or_default().push(Mark { line, col, pattern, is_regex });
    }
    found
}

/// The flags of the first line.
#[derive(Default)]
struct Flags {
    lang: String,
    fake_import_c: bool,
}

fn flags(text: &[u8]) -> Flags {
    let mut flags = Flags::default();
    let line = String::from_utf8_lossy(text.split(|&b| b == b'\n').next().unwrap_or_default());
    let Some(rest) = line.strip_prefix("//") else { return flags };
    if !rest.trim_start().starts_with('-') {
        return flags;
    }
    for word in rest.split_whitespace() {
        match word.trim_start_matches('-').split_once('=') {
            Some(("lang", version)) => flags.lang = version.to_string(),
            None if word == "-fakeImportC" => flags.fake_import_c = true,
            _ => {}
        }
    }
    flags
}

/// Whether a file's build constraint selects it.
fn is_selected(file: &File) -> bool {
    let Some(constraint) = &file.build_constraint else { return true };
    let Ok(expr) = Expr::parse(constraint) else { return true };
    expr.eval(&mut |tag| {
        let release = tag.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok());
        // A file that is to be ignored because it takes gc long does not take us long.
        matches!(tag, "linux" | "amd64" | "ignore") || release.is_some_and(|n| (1..=27).contains(&n))
    })
}

/// Checks a case and scores it. `is_match` says whether a regular expression matches a text.
pub fn run(
    case: &Case,
    store: &TypeStore,
    importer: &dyn Importer,
    is_match: &mut dyn FnMut(&str, &str) -> bool,
) -> io::Result<Score> {
    let mut score = Score::default();
    let mut parsed = Vec::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let options = ParseOptions { check_branches: false, ..ParseOptions::default() };
    for path in &case.files {
        let text = std::fs::read(path)?;
        let name = path.to_string_lossy();
        let source =
            SourceMap::global().add(&name, text).map_err(|_| io::Error::other("the source map is full"))?;
        let file = parse_file(&source, &options);
        if is_selected(&file.file) {
            parsed.push(file.file);
            diagnostics.extend(file.diagnostics);
        }
    }
    let files: Vec<&File> = parsed.iter().collect();
    let Some(first) = files.first() else { return Ok(score) };
    let Flags { lang, fake_import_c } = flags(first.source.text());
    let conf = Config {
        go_version: &lang,
        importer: Some(importer),
        fake_import_c,
        test_funcs: true,
        ..Config::default()
    };
    let path = first.pkg_name.map_or("p".to_string(), |n| first.name(n).to_string());
    diagnostics.extend(check_package(store, &conf, Symbol::intern(&path), &files).diagnostics);

    let mut expected: Vec<HashMap<u32, Vec<Mark>>> = files.iter().map(|f| marks(&f.source)).collect();
    score.expected = expected.iter().flat_map(HashMap::values).map(Vec::len).sum();
    for d in diagnostics {
        let text = d.text();
        let Some(i) = files.iter().position(|f| d.pos.is_known() && f.source.contains(d.pos)) else {
            score.spurious.push(format!("?: {text}"));
            continue;
        };
        let (line, col) = files[i].source.line_col(d.pos);
        let at = if files.len() > 1 {
            format!("{}:{line}:{col}", files[i].source.name().rsplit('/').next().unwrap_or_default())
        } else {
            format!("{line}:{col}")
        };
        let candidates = expected[i].entry(line).or_default();
        let best = (0..candidates.len())
            .filter(|&k| {
                let mark = &candidates[k];
                if mark.is_regex { is_match(&mark.pattern, &text) } else { text.contains(&mark.pattern) }
            })
            .min_by_key(|&k| candidates[k].col.abs_diff(col));
        match best {
            Some(k) => {
                let mark = candidates.remove(k);
                if mark.col.abs_diff(col) <= case.tolerance {
                    score.matched += 1;
                } else {
                    score.missing.push(format!("{}:{}: {}", mark.line, mark.col, mark.pattern));
                    score.spurious.push(format!("{at}: wrong column: {text}"));
                }
            }
            None => score.spurious.push(format!("{at}: {text}")),
        }
    }
    let mut missing: Vec<&Mark> = expected.iter().flat_map(HashMap::values).flatten().collect();
    missing.sort_by_key(|m| (m.line, m.col));
    score.missing.extend(missing.into_iter().map(|m| format!("{}:{}: {}", m.line, m.col, m.pattern)));
    Ok(score)
}
