//! `grus check`: type-checks packages without generating code.

use crate::checked::{Checked, Options};
use crate::flags::Flags;
use crate::report;
use crate::session::Session;
use grus_packages::load::{Loaded, PackageId};
use grus_types::TypeStore;
use grus_types::sizes::Sizes;

/// Checks what the flags name. Returns the exit code.
///
/// # Errors
/// Messages that concern no package.
pub fn run(flags: &Flags) -> Result<i32, Vec<String>> {
    let session = Session::new(flags).map_err(|e| vec![e])?;
    let loaded = session.load(flags, false)?;
    let options = Options { lang: flags.lang, test_funcs: flags.debug.iter().any(|d| d == "testfuncs") };
    let checked = check(&session, &loaded, options);
    let errors = report_errors(&session, &loaded, &checked, flags.all_errors);
    eprint!("{errors}");
    session.timer.report();
    Ok(i32::from(!errors.is_empty()))
}

/// Checks a loaded program.
pub fn check<'l>(session: &Session, loaded: &'l Loaded, options: Options) -> Checked<'l> {
    let sizes = match &*session.context.goarch {
        "arm64" => Sizes::arm64(),
        _ => Sizes::amd64(),
    };
    let checked = session
        .timer
        .phase("check", || Checked::new(loaded, TypeStore::with_options(sizes, options.test_funcs), options));
    session.timer.count("check", "packages", loaded.packages.len() as u64);
    session.timer.count("check", "lines", loaded.lines);
    checked
}

/// The errors of all packages as the `go` command prints them: nothing about packages that import one
/// with errors.
pub fn report_errors(session: &Session, loaded: &Loaded, checked: &Checked<'_>, all: bool) -> String {
    let mut text = String::new();
    let mut bad = vec![false; loaded.packages.len()];
    for &id in &loaded.order {
        let package = &loaded[id];
        if session.verbose && loaded.roots.contains(&id) {
            eprintln!("{}", package.path);
        }
        if package.imports.iter().any(|&(_, PackageId(i))| bad[i as usize]) {
            bad[id.0 as usize] = true;
            continue;
        }
        let list =
            if package.diagnostics.is_empty() { checked.diagnostics(id) } else { &package.diagnostics };
        if !list.is_empty() {
            bad[id.0 as usize] = true;
            text += &report::package_errors(&session.cwd, &package.title(), list.to_vec(), all);
        }
    }
    text
}
