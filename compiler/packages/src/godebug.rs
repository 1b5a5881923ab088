//! Default GODEBUG settings of a program: the `go` line decides which behaviour of older releases is
//! kept, `godebug` lines of go.mod or go.work and `//go:debug` lines of the main package override it.
//!
//! Facts: `cmd/go/internal/load/godebug.go`. The known settings are read from the Go tree
//! (`internal/godebugs/table.go`), with Grus's own parser.

use crate::gomod::Godebug;
use crate::load::{Loaded, PackageId, relative};
use crate::modfile::GoVersion;
use grus_syntax::pragma::DebugDirective;
use grus_syntax::{DeclKind, Diagnostic, ExprId, ExprKind, File, ParseOptions, Pos, SourceMap, parse_file};
use std::collections::BTreeMap;
use std::path::Path;

/// A known setting.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Setting {
    name: String,
    /// The minor version that changed the default, and the value for what was before.
    changed: Option<(u32, String)>,
}

/// A setting that exists no more.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Removed {
    name: String,
    removed: u32,
    /// Values that stand for behaviour that is gone.
    old: Vec<String>,
}

/// The known settings of a Go tree.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    settings: Vec<Setting>,
    removed: Vec<Removed>,
    /// The release, without `go`.
    local: String,
}

impl Table {
    /// Reads the table of a Go tree.
    ///
    /// # Errors
    /// One line if the tree has no such table.
    pub fn read(goroot: &Path) -> Result<Table, String> {
        let path = goroot.join("src/internal/godebugs/table.go");
        let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let source = SourceMap::global().add(&path.to_string_lossy(), text).map_err(|e| e.to_string())?;
        let file = parse_file(&source, &ParseOptions { std: true, ..ParseOptions::default() }).file;
        let local = crate::goroot::version(goroot).trim_start_matches("go").to_string();
        let mut table = Table { local, ..Table::default() };
        for &d in &file.decl_list {
            let DeclKind::Var(var) = file[d].kind else { continue };
            let (Some(&name), Some(values)) = (file[var.names].first(), var.values.expand()) else {
                continue;
            };
            let ExprKind::CompositeLit { elems, .. } = file.kind(file.unparen(values)) else { continue };
            for &e in &file[elems] {
                let fields = fields(&file, e);
                let get = |name: &str| fields.iter().find(|f| f.0 == name).map(|f| f.1);
                let Some(setting) = get("Name").and_then(|e| string(&file, e)) else { continue };
                let int = |e: Option<ExprId>| e.and_then(|e| file.lit_text(e).parse::<u32>().ok());
                match file.name(name).as_str() {
                    "All" => {
                        let old = get("Old").and_then(|e| string(&file, e)).unwrap_or_default();
                        let changed = int(get("Changed")).map(|n| (n, old));
                        table.settings.push(Setting { name: setting, changed });
                    }
                    "Removed" => table.removed.push(Removed {
                        name: setting,
                        removed: int(get("Removed")).unwrap_or_default(),
                        old: get("Old").map_or(Vec::new(), |e| old_values(&file, e)),
                    }),
                    _ => {}
                }
            }
        }
        if table.settings.is_empty() {
            return Err(format!("{}: no table of GODEBUG settings", path.display()));
        }
        Ok(table)
    }

    /// Checks a setting; `verb` says where it stands.
    ///
    /// # Errors
    /// What the `go` command says.
    fn check(&self, verb: &str, key: &str, value: &str) -> Result<(), String> {
        for (what, text) in [("key", key), ("value", value)] {
            if text.contains([' ', '\t']) {
                return Err(format!("{what} contains space"));
            }
        }
        for (what, text) in [("key", key), ("value", value)] {
            if text.contains(',') {
                return Err(format!("{what} contains comma"));
            }
        }
        if key == "default" {
            let version = value.strip_prefix("go").and_then(GoVersion::parse);
            let Some(version) = version else { return Err("value for default= must be goVERSION".into()) };
            if GoVersion::parse(&self.local).is_some_and(|local| version > local) {
                return Err(format!("default={value} too new (toolchain is go{})", self.local));
            }
            return Ok(());
        }
        if self.settings.iter().any(|s| s.name == key) {
            return Ok(());
        }
        match self.removed.iter().find(|r| r.name == key) {
            Some(r) if r.old.iter().any(|o| o == value) => Err(format!(
                "removed GODEBUG {key:?} set to old value {value:?} (https://go.dev/doc/godebug#go-1{})",
                r.removed
            )),
            Some(_) => Ok(()),
            None => Err(format!("unknown {verb} {key:?}")),
        }
    }

    /// Checks the settings of a go.mod or go.work.
    ///
    /// # Errors
    /// The message of the `go` command.
    pub fn check_file(&self, settings: &[Godebug], file: &Path, cwd: &Path) -> Result<(), String> {
        let name = relative(cwd, &file.to_string_lossy());
        let base = file.file_name().unwrap_or_default().to_string_lossy();
        for s in settings {
            self.check("godebug", &s.key, &s.value)
                .map_err(|e| format!("go: error loading {base}:\n{name}:{}: {e}", s.line))?;
        }
        Ok(())
    }

    /// Adds the errors of `//go:debug` lines to the packages that have them.
    pub fn check_directives(&self, loaded: &mut Loaded) {
        for package in loaded.packages.iter_mut().filter(|p| !p.std) {
            let mut seen: BTreeMap<String, Pos> = BTreeMap::new();
            let mut errors = Vec::new();
            for d in package.files.iter().flat_map(|f| &f.debug_directives) {
                // The slashes belong to the directive.
                let pos = Pos::from_u32(d.pos.as_u32() - 2);
                match self.directive(d) {
                    Err(e) => errors.push(Diagnostic::new(pos, format!("invalid //go:debug: {e}"))),
                    Ok((key, _)) => match seen.get(&key) {
                        Some(&first) => {
                            let error = Diagnostic::new(pos, format!("repeated //go:debug for {key}"));
                            errors.push(error.note(first, "previous //go:debug"));
                        }
                        None => {
                            seen.insert(key, pos);
                        }
                    },
                }
            }
            if !errors.is_empty() {
                package.diagnostics = errors;
            }
        }
    }

    fn directive(&self, d: &DebugDirective) -> Result<(String, String), String> {
        let (key, value) = d.text.trim().split_once('=').ok_or("missing key=value")?;
        self.check("//go:debug setting", key, value)?;
        Ok((key.into(), value.into()))
    }

    /// The default of a main package, as the runtime reads it: `key=value,...`, sorted by key.
    pub fn of_program(
        &self,
        version: &str,
        settings: &[Godebug],
        loaded: &Loaded,
        main: PackageId,
    ) -> String {
        let mut map: BTreeMap<String, String> =
            settings.iter().map(|s| (s.key.clone(), s.value.clone())).collect();
        // Directives of a tested package count for its test binary.
        let packages = loaded.packages.iter().filter(|p| p.test.is_some()).chain([&loaded[main]]);
        for d in packages.flat_map(|p| &p.files).flat_map(|f| &f.debug_directives) {
            if let Ok((key, value)) = self.directive(d) {
                map.insert(key, value);
            }
        }
        let chosen = map.remove("default");
        let chosen = chosen.as_deref().map(|v| v.trim_start_matches("go"));
        let version = chosen.filter(|v| GoVersion::parse(v).is_some()).unwrap_or(version);
        for s in &self.settings {
            if let (Some((changed, old)), Some(minor)) = (&s.changed, minor_for_defaults(version))
                && minor < *changed
            {
                map.entry(s.name.clone()).or_insert_with(|| old.clone());
            }
        }
        map.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",")
    }
}

/// N of `1.N` or `1.N.P`; versions with other forms (`1.27rc1`) keep no old behaviour.
fn minor_for_defaults(version: &str) -> Option<u32> {
    version.strip_prefix("1.")?.split('.').next()?.parse().ok()
}

/// The fields of a struct literal with names.
fn fields(file: &File, e: ExprId) -> Vec<(&'static str, ExprId)> {
    let ExprKind::CompositeLit { elems, .. } = file.kind(e) else { return Vec::new() };
    let pairs = file[elems].iter().filter_map(|&e| match file.kind(e) {
        ExprKind::KeyValue { key, value } => Some((file.name(key).as_str(), value)),
        _ => None,
    });
    pairs.collect()
}

fn string(file: &File, e: ExprId) -> Option<String> {
    let text = file.lit_text(e);
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).map(str::to_string)
}

/// The values that a predicate accepts: `zero`, `one`, or those of the comparisons in a function literal.
fn old_values(file: &File, e: ExprId) -> Vec<String> {
    match file.kind(e) {
        ExprKind::Name(n) if n.as_str() == "zero" => vec!["0".into()],
        ExprKind::Name(n) if n.as_str() == "one" => vec!["1".into()],
        _ => {
            let start = file.source.offset(file.pos(e));
            let text = &file.source.text()[start..];
            let line = text.split(|&b| b == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            line.split("== \"").skip(1).filter_map(|p| Some(p.split_once('"')?.0.to_string())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let setting = |name: &str, changed| Setting { name: name.into(), changed };
        Table {
            settings: vec![
                setting("panicnil", Some((21, "1".to_string()))),
                setting("newer", Some((25, "0".to_string()))),
                setting("plain", None),
            ],
            removed: vec![Removed { name: "gone".into(), removed: 24, old: vec!["1".into()] }],
            local: "1.27.3".into(),
        }
    }

    fn default(version: &str, settings: &[(&str, &str)]) -> String {
        let settings: Vec<Godebug> =
            settings.iter().map(|(k, v)| Godebug { line: 1, key: (*k).into(), value: (*v).into() }).collect();
        let mut loaded = Loaded::default();
        loaded.packages.push(crate::load::Package::empty("main"));
        table().of_program(version, &settings, &loaded, PackageId(0))
    }

    #[test]
    fn older_versions_keep_their_behaviour() {
        assert_eq!(default("1.27.3", &[]), "");
        assert_eq!(default("1.24", &[]), "newer=0");
        assert_eq!(default("1.16", &[]), "newer=0,panicnil=1");
        assert_eq!(default("1.16", &[("panicnil", "0"), ("plain", "2")]), "newer=0,panicnil=0,plain=2");
        assert_eq!(default("1.16", &[("default", "go1.24")]), "newer=0");
        assert_eq!(default("1.27", &[("default", "go1.20")]), "newer=0,panicnil=1");
    }

    #[test]
    fn settings_are_checked() {
        let check = |k: &str, v: &str| table().check("godebug", k, v);
        assert_eq!(check("plain", "x"), Ok(()));
        assert_eq!(check("nosuch", "1").unwrap_err(), "unknown godebug \"nosuch\"");
        assert_eq!(check("gone", "0"), Ok(()));
        assert!(
            check("gone", "1").unwrap_err().starts_with("removed GODEBUG \"gone\" set to old value \"1\"")
        );
        assert_eq!(check("plain", "a,b").unwrap_err(), "value contains comma");
        assert_eq!(check("default", "1.20").unwrap_err(), "value for default= must be goVERSION");
        assert!(check("default", "go1.29").unwrap_err().contains("too new (toolchain is go1.27.3)"));
    }
}
