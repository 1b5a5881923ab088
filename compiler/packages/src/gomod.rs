//! go.mod and go.work: the parts that a compiler needs.
//!
//! Versions of third-party modules are resolved by the `go` command; only the files of the main modules
//! and of the workspace are read here.

use crate::modfile::{self, Directive, GoVersion};

/// A module at a version; none for a folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModuleVersion {
    pub path: String,
    pub version: Option<String>,
}

/// A `replace` line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replace {
    pub old: ModuleVersion,
    pub new: ModuleVersion,
}

/// A `godebug` setting and its line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Godebug {
    pub line: u32,
    pub key: String,
    pub value: String,
}

/// A parsed go.mod.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GoMod {
    /// Path of the module.
    pub module: String,
    /// Version of the `go` line, `1.27` or `1.27.3`.
    pub go: Option<String>,
    /// `godebug` settings, in order.
    pub godebug: Vec<Godebug>,
    /// Modules that are required.
    pub require: Vec<ModuleVersion>,
    pub replace: Vec<Replace>,
}

/// A parsed go.work.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GoWork {
    pub go: Option<String>,
    pub godebug: Vec<Godebug>,
    /// Folders of the modules, as written.
    pub uses: Vec<String>,
    pub replace: Vec<Replace>,
}

/// Error messages of the `go` command for a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ModError {
    /// Errors with their places.
    Parse(Vec<modfile::Error>),
    /// There is no module line.
    NoModule,
    /// A whole message.
    Other(String),
}

impl ModError {
    /// The message, given the file's name as it is shown.
    pub fn message(&self, file: &str) -> String {
        match self {
            ModError::Parse(list) => {
                let lines: Vec<String> =
                    list.iter().map(|(place, e)| format!("{file}:{place}: {e}")).collect();
                let kind = if file.ends_with("go.work") { "go.work" } else { file };
                format!("go: errors parsing {kind}:\n{}", lines.join("\n"))
            }
            ModError::NoModule => format!(
                "go: error reading {file}: missing module declaration. To specify the module path:\n\t\
                 go mod edit -module=example.com/mod"
            ),
            ModError::Other(text) => text.clone(),
        }
    }
}

impl GoMod {
    /// Parses the text of a go.mod; `name` is shown in errors about blocks.
    ///
    /// # Errors
    /// What the `go` command says.
    pub fn parse(text: &str, name: &str) -> Result<GoMod, ModError> {
        let mut m = GoMod::default();
        let mut errors = Vec::new();
        let mut has_module = false;
        for d in modfile::directives(text, name).map_err(|e| ModError::Parse(vec![e]))? {
            let repeated = has_module && d.verb == "module";
            has_module |= d.verb == "module";
            let result =
                if repeated { Err("repeated module statement".to_string()) } else { m.directive(&d) };
            if let Err(e) = result {
                errors.push((d.line.to_string(), e));
            }
        }
        if !errors.is_empty() {
            return Err(ModError::Parse(errors));
        }
        if !has_module {
            return Err(ModError::NoModule);
        }
        check_path(&m.module)
            .map_err(|e| ModError::Other(format!("go: malformed module path {:?}: {e}", m.module)))?;
        Ok(m)
    }

    fn directive(&mut self, d: &Directive) -> Result<(), String> {
        match d.verb.as_str() {
            "module" => match d.args.as_slice() {
                [path] => self.module = modfile::string(path)?,
                _ => return Err("usage: module module/path".into()),
            },
            "go" => go_line(&mut self.go, &d.args)?,
            "godebug" => self.godebug.push(godebug(d)?),
            "require" | "exclude" => match d.args.as_slice() {
                [path, version] => {
                    let module = ModuleVersion {
                        path: modfile::string(path)?,
                        version: Some(modfile::string(version)?),
                    };
                    if d.verb == "require" {
                        self.require.push(module);
                    }
                }
                _ => return Err(format!("usage: {} module/path v1.2.3", d.verb)),
            },
            "replace" => self.replace.push(replace(d)?),
            "toolchain" => toolchain(&d.args)?,
            "tool" | "ignore" if d.args.len() != 1 => {
                return Err(format!("{} directive expects exactly one argument", d.verb));
            }
            "retract" | "tool" | "ignore" => {}
            _ => return Err(format!("unknown directive: {}", d.verb)),
        }
        Ok(())
    }

    /// The `go` line; modules without one are 1.16.
    pub fn go_version(&self) -> &str {
        self.go.as_deref().unwrap_or("1.16")
    }

    /// The language version's minor number.
    pub fn go_minor(&self) -> u32 {
        minor(self.go_version())
    }
}

impl GoWork {
    /// Parses the text of a go.work.
    ///
    /// # Errors
    /// What the `go` command says.
    pub fn parse(text: &str, name: &str) -> Result<GoWork, ModError> {
        let mut w = GoWork::default();
        let mut errors = Vec::new();
        for d in modfile::directives(text, name).map_err(|e| ModError::Parse(vec![e]))? {
            if let Err(e) = w.directive(&d) {
                errors.push((d.line.to_string(), e));
            }
        }
        if errors.is_empty() { Ok(w) } else { Err(ModError::Parse(errors)) }
    }

    fn directive(&mut self, d: &Directive) -> Result<(), String> {
        match d.verb.as_str() {
            "go" => go_line(&mut self.go, &d.args)?,
            "godebug" => self.godebug.push(godebug(d)?),
            "use" => match d.args.as_slice() {
                [dir] => self.uses.push(modfile::string(dir)?),
                _ => return Err("usage: use local/dir".into()),
            },
            "replace" => self.replace.push(replace(d)?),
            "toolchain" => toolchain(&d.args)?,
            _ => return Err(format!("unknown directive: {}", d.verb)),
        }
        Ok(())
    }

    /// The `go` line; workspaces without one are 1.18.
    pub fn go_version(&self) -> &str {
        self.go.as_deref().unwrap_or("1.18")
    }
}

/// The minor number of a version.
pub fn minor(version: &str) -> u32 {
    GoVersion::parse(version).map_or(16, |v| v.minor)
}

fn go_line(go: &mut Option<String>, args: &[String]) -> Result<(), String> {
    if go.is_some() {
        return Err("repeated go statement".into());
    }
    let [version] = args else { return Err("go directive expects exactly one argument".into()) };
    if !version.contains('.') || GoVersion::parse(version).is_none() {
        return Err(format!("invalid go version '{version}': must match format 1.23.0"));
    }
    *go = Some(version.clone());
    Ok(())
}

fn toolchain(args: &[String]) -> Result<(), String> {
    let [name] = args else { return Err("toolchain directive expects exactly one argument".into()) };
    let version = name.split_once('-').map_or(name.as_str(), |(first, _)| first);
    if name == "default" || version.strip_prefix("go1").is_some() {
        return Ok(());
    }
    Err(format!("invalid toolchain version '{name}': must match format go1.23.0 or default"))
}

fn godebug(d: &Directive) -> Result<Godebug, String> {
    match d.args.as_slice() {
        [setting] if !setting.contains(['"', '`', '\'', ',']) => setting.split_once('='),
        _ => None,
    }
    .map(|(k, v)| Godebug { line: d.line, key: k.into(), value: v.into() })
    .ok_or_else(|| "usage: godebug key=value".into())
}

fn replace(d: &Directive) -> Result<Replace, String> {
    let usage = "usage: replace module/path [v1.2.3] => other/module v1.4\n\t or replace module/path [v1.2.3] => ../local/directory";
    let arrow = d.args.iter().position(|a| a == "=>").ok_or(usage)?;
    let module = |words: &[String]| -> Result<ModuleVersion, String> {
        match words {
            [path] => Ok(ModuleVersion { path: modfile::string(path)?, version: None }),
            [path, v] => {
                Ok(ModuleVersion { path: modfile::string(path)?, version: Some(modfile::string(v)?) })
            }
            _ => Err(usage.into()),
        }
    };
    let (old, new) = (module(&d.args[..arrow])?, module(&d.args[arrow + 1..])?);
    if new.version.is_none() && !is_local(&new.path) {
        return Err(
            "replacement module without version must be directory path (rooted or starting with . or ..)"
                .into(),
        );
    }
    Ok(Replace { old, new })
}

/// Whether a replacement or a `use` names a folder.
fn is_local(path: &str) -> bool {
    path.starts_with(['/', '.'])
}

/// The rules of module paths that a main module can break.
fn check_path(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("empty string".into());
    }
    for element in path.split('/') {
        if element.is_empty() {
            return Err("empty path element".into());
        }
        if element.bytes().all(|b| b == b'.') {
            return Err(format!("invalid path element {element:?}"));
        }
    }
    let good = |c: char| c.is_ascii_alphanumeric() || "-._~/+!#$%&()=@[]^{} ,;".contains(c);
    match path.chars().find(|&c| !good(c) || c == ' ') {
        Some(c) => Err(format!("invalid char {c:?}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<GoMod, String> {
        GoMod::parse(text, "go.mod").map_err(|e| e.message("go.mod"))
    }

    #[test]
    fn a_module() {
        let m = parse(
            "module example.com/m // c\n\ngo 1.24.1\n\ngodebug (\n\tpanicnil=1\n)\nrequire (\n\ta.b/c v1.0.0\n)\nreplace a.b/c => ../c\n",
        )
        .unwrap();
        assert_eq!(m.module, "example.com/m");
        assert_eq!(m.go_minor(), 24);
        assert_eq!(m.godebug, [Godebug { line: 6, key: "panicnil".into(), value: "1".into() }]);
        assert_eq!(m.require[0].version.as_deref(), Some("v1.0.0"));
        assert_eq!(m.replace[0].new.path, "../c");
        assert_eq!(parse("module \"m\"\n").unwrap().go_minor(), 16);
    }

    #[test]
    fn errors_are_those_of_the_go_command() {
        let error = |text: &str| parse(text).unwrap_err();
        assert_eq!(
            error("module m\nfoo bar\n"),
            "go: errors parsing go.mod:\ngo.mod:2: unknown directive: foo"
        );
        assert!(error("go 1.27\n").starts_with("go: error reading go.mod: missing module declaration."));
        assert_eq!(
            error("module m x\ngo\n"),
            "go: errors parsing go.mod:\ngo.mod:1: usage: module module/path\ngo.mod:2: go directive expects exactly one argument"
        );
        assert!(
            error("module m\ngo latest\n").contains("invalid go version 'latest': must match format 1.23.0")
        );
        assert_eq!(error("module /abs\n"), "go: malformed module path \"/abs\": empty path element");
        assert!(error("module m\nreplace q\n").contains("go.mod:2: usage: replace module/path"));
    }

    #[test]
    fn a_workspace() {
        let w = GoWork::parse("go 1.27\n\nuse (\n\t./a\n\t./b\n)\ngodebug panicnil=1\n", "go.work").unwrap();
        assert_eq!(w.uses, ["./a", "./b"]);
        assert_eq!(w.godebug[0].key, "panicnil");
        assert!(GoWork::parse("require a v1\n", "go.work").is_err());
    }
}
