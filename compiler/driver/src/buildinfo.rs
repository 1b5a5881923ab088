//! What a program says about its own build: the text that `debug.ReadBuildInfo` and `go version -m` read.
//!
//! Facts: `setBuildInfo` of `cmd/go/internal/load`, `BuildInfo.String` of `runtime/debug`. The compiler is named as it is: `grus`.

use crate::flags::Flags;
use crate::session::Session;
use crate::vcs;
use grus_packages::load::{Loaded, Package, PackageId};
use grus_packages::resolve::Module;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The marks around the text, by which it is found.
const START: [u8; 16] =
    [0x30, 0x77, 0xaf, 0x0c, 0x92, 0x74, 0x08, 0x02, 0x41, 0xe1, 0xc1, 0x07, 0xe6, 0xd6, 0x18, 0xe6];
const END: [u8; 16] =
    [0xf9, 0x32, 0x43, 0x31, 0x86, 0x18, 0x20, 0x72, 0x00, 0x82, 0x42, 0x10, 0x41, 0x16, 0xd8, 0xf2];

/// The text with its marks.
///
/// # Errors
/// If the state of the repository cannot be read.
pub fn module_info(
    session: &Session,
    flags: &Flags,
    loaded: &Loaded,
    main: PackageId,
    godebug: &str,
) -> Result<Vec<u8>, String> {
    let package = &loaded[main];
    let status = repository(session, flags, package)?.unwrap_or_default();
    let mut text = format!("path\t{}\n", package.path);
    let own = package.module.as_deref().filter(|_| package.path != "command-line-arguments");
    if let Some(m) = own {
        let version = m.version.clone().or(status.version);
        module(&mut text, "mod", &Module { version, ..m.clone() });
    }
    for m in dependencies(loaded, main, own) {
        module(&mut text, "dep", m);
    }
    for (key, value) in settings(session, flags, godebug).into_iter().chain(status.settings) {
        writeln!(text, "build\t{key}={}", quoted(&value)).expect("writing to a string");
    }
    Ok([&START, text.as_bytes(), &END].concat())
}

/// The state of the repository, if it is wanted: `grus build` records it, other commands if they are told to.
fn repository(session: &Session, flags: &Flags, package: &Package) -> Result<Option<vcs::Status>, String> {
    let wanted = match flags.buildvcs.as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => flags.records_vcs,
    };
    let wanted = wanted && !package.std && package.path != "command-line-arguments";
    let own = package.module.as_ref().filter(|m| m.version.is_none() && wanted);
    let (Some(module), Some(main)) = (own, session.resolver.modules.containing(&package.dir)) else {
        return Ok(None);
    };
    let (cwd, dir, path) = (&session.cwd, &package.dir, &module.path);
    vcs::status(&vcs::Places { cwd, package: dir, module: &main.dir, module_path: path })
}

/// The modules of what the program imports, by path.
fn dependencies<'l>(loaded: &'l Loaded, main: PackageId, own: Option<&Module>) -> Vec<&'l Module> {
    let mut seen = vec![false; loaded.packages.len()];
    let mut work = vec![main];
    let mut modules: BTreeMap<(&str, &Option<String>), &Module> = BTreeMap::new();
    while let Some(id) = work.pop() {
        if std::mem::replace(&mut seen[id.0 as usize], true) {
            continue;
        }
        let package = &loaded[id];
        work.extend(package.imports.iter().map(|i| i.1));
        if let Some(m) = package.module.as_deref()
            && id != main
            && own.is_none_or(|o| o.path != m.path)
        {
            modules.insert((&m.path, &m.version), m);
        }
    }
    modules.into_values().collect()
}

/// One module on a line, and its replacement on another.
fn module(text: &mut String, word: &str, m: &Module) {
    let version = m.version.as_deref().unwrap_or("(devel)");
    write!(text, "{word}\t{}\t{version}", m.path).expect("writing to a string");
    match &m.replace {
        Some(r) => {
            text.push('\n');
            module(text, "=>", r);
        }
        None => {
            text.push('\t');
            text.push_str(m.sum.as_deref().unwrap_or_default());
        }
    }
    text.push('\n');
}

fn settings(session: &Session, flags: &Flags, godebug: &str) -> Vec<(&'static str, String)> {
    let mut list = vec![("-buildmode", "exe".to_string()), ("-compiler", "grus".to_string())];
    if let Some(ldflags) = flags.ldflags.last().filter(|l| !flags.trimpath && !l.raw.is_empty()) {
        list.push(("-ldflags", ldflags.raw.clone()));
    }
    if !flags.tags.is_empty() {
        list.push(("-tags", flags.tags.join(",")));
    }
    if flags.trimpath {
        list.push(("-trimpath", "true".into()));
    }
    if !godebug.is_empty() {
        list.push(("DefaultGODEBUG", godebug.into()));
    }
    list.push(("CGO_ENABLED", "0".into()));
    list.push(("GOARCH", session.context.goarch.to_string()));
    list.push(("GOOS", "linux".into()));
    list.push(match &*session.context.goarch {
        "arm64" => ("GOARM64", "v8.0".into()),
        _ => ("GOAMD64", "v1".into()),
    });
    list
}

/// A value as it stands in the text: with quotes if it has blanks or quotes.
fn quoted(value: &str) -> String {
    if !value.contains([' ', '\t', '\r', '\n', '"', '`']) {
        return value.into();
    }
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => write!(out, "\\x{:02x}", u32::from(c)).expect("writing to a string"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_replacements() {
        let plain = Module {
            path: "a.b/c".into(),
            version: Some("v1.0.0".into()),
            sum: Some("h1:x=".into()),
            ..Module::default()
        };
        let folder = Module { path: "../c".into(), ..Module::default() };
        let replaced = Module { replace: Some(Box::new(folder)), sum: None, ..plain.clone() };
        let mut text = String::new();
        module(&mut text, "dep", &plain);
        module(&mut text, "dep", &replaced);
        assert_eq!(text, "dep\ta.b/c\tv1.0.0\th1:x=\ndep\ta.b/c\tv1.0.0\n=>\t../c\t(devel)\t\n\n");
    }

    #[test]
    fn values_with_blanks_are_quoted() {
        assert_eq!(quoted("a=b"), "a=b");
        assert_eq!(quoted("-X 'm.v=\"x\"'"), r#""-X 'm.v=\"x\"'""#);
    }
}
