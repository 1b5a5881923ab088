//! The standard library has no errors. `STD=path` checks one package, `STD=path/...` those of a folder (`cmd/...`
//! too); with `STD_TESTS=1` their own tests are checked with them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::loader::{self, Std};
use grus_types::check::check_body;
use rayon::prelude::*;

#[test]
fn std_has_no_errors() {
    let Some(goroot) = loader::goroot() else { return };
    let std = Std::new(&goroot);
    let paths = match std::env::var("STD") {
        Ok(path) => match path.strip_suffix("/...") {
            Some(root) => std.all(root),
            None => vec![path],
        },
        Err(_) => std.all(""),
    };
    let results: Vec<(String, usize)> = paths
        .par_iter()
        .map(|path| {
            let result = catch_unwind(AssertUnwindSafe(|| check(&std, path)));
            (
                path.clone(),
                result.unwrap_or_else(|_| {
                    println!("{path}: PANIC");
                    1
                }),
            )
        })
        .collect();
    let wrong = results.iter().filter(|(_, n)| *n > 0).count();
    println!("{} packages, {wrong} with errors", results.len());
    assert_eq!(wrong, 0);
}

fn check(std: &Std, path: &str) -> usize {
    let cell = std.package(path);
    let with_tests;
    let mut loaded = cell.get().expect("the package was loaded");
    if std::env::var_os("STD_TESTS").is_some() {
        with_tests = std.load_with_tests(path);
        loaded = &with_tests;
    }
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(why) => {
            println!("{path}: {why}");
            return 1;
        }
    };
    let mut errors = 0;
    let mut report = |d: &grus_syntax::Diagnostic| {
        errors += 1;
        if errors <= 10 {
            println!("{d}");
        }
    };
    loaded.diagnostics.iter().for_each(&mut report);
    let conf = std.config();
    for func in loaded.decls.functions(std.store, loaded.files) {
        let body = check_body(std.store, &conf, loaded.files, &loaded.decls, func);
        body.diagnostics.iter().for_each(&mut report);
    }
    errors
}
