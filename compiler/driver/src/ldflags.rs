//! `-ldflags`: what it says about the program, with the meaning that the flags have for gc's linker.
//!
//! Each occurrence is `[PATTERN=]ARGUMENTS`; of those whose pattern matches the main package the last one counts. Flags
//! that choose among ways of linking which Grus does not have (`-extldflags` without external linking, `-buildid`)
//! change nothing; those that ask for something else are refused.

use crate::flags::split_quoted;
use crate::patternmatch::matches_package;
use grus_link::{Extras, Strip};
use grus_packages::load::Package;
use std::path::Path;

/// One `-ldflags`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PerPackage {
    /// The packages it is for; none: those that the command line names.
    pub pattern: Option<String>,
    pub args: Vec<String>,
    /// As written.
    pub raw: String,
}

impl PerPackage {
    /// Parses the value of a flag for packages.
    ///
    /// # Errors
    /// The message of the `go` command, without the name of the flag.
    pub fn parse(value: &str) -> Result<PerPackage, String> {
        let mut v = value.trim();
        let mut pattern = None;
        if !v.is_empty() && !v.starts_with('-') {
            let Some((p, rest)) = v.split_once('=') else {
                return Err("missing =<value> in <pattern>=<value>".into());
            };
            if v.starts_with(['\'', '"']) {
                return Err(format!("parameter may not start with quote character {}", &v[..1]));
            }
            if p.is_empty() {
                return Err("missing <pattern> in <pattern>=<value>".into());
            }
            pattern = Some(p.trim().to_string());
            v = rest;
        }
        Ok(PerPackage { pattern, args: split_quoted(v)?, raw: value.into() })
    }
}

/// The arguments for a package that the command line names.
pub fn arguments<'f>(flags: &'f [PerPackage], package: &Package, cwd: &Path) -> &'f [String] {
    let matching = flags.iter().rev().find(|f| match &f.pattern {
        None => true,
        Some(p) => matches_package(p, package, cwd),
    });
    matching.map_or(&[], |f| &f.args)
}

/// What the linker is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkFlags {
    pub extras: Extras,
    /// `-X NAME=VALUE`: package, variable, value; the last one for a name counts.
    pub definitions: Vec<(String, String, String)>,
}

/// Flags of gc's linker with a value that make no difference to a program that Grus links.
const IGNORED_VALUES: &[&str] = &["B", "buildid", "extld", "extldflags", "extar", "tmpdir", "libgcc"];
/// The same without a value.
const IGNORED_SWITCHES: &[&str] =
    &["a", "n", "d", "checklinkname", "pruneweakmap", "e", "h", "g", "f", "bindnow"];

impl LinkFlags {
    /// Reads the linker's arguments.
    ///
    /// # Errors
    /// One line.
    pub fn parse(args: &[String]) -> Result<LinkFlags, String> {
        let mut link = LinkFlags {
            extras: Extras { strip: Strip::Nothing, compress_dwarf: true },
            definitions: Vec::new(),
        };
        let (mut symbols, mut dwarf) = (true, true);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let Some(body) =
                arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')).filter(|b| !b.is_empty())
            else {
                return Err(format!("link: unexpected argument {arg}"));
            };
            let (name, inline) = match body.split_once('=') {
                Some((n, v)) => (n, Some(v.to_string())),
                None => (body, None),
            };
            let on = matches!(inline.as_deref(), None | Some("true" | "1" | "t" | "T" | "TRUE" | "True"));
            let mut value = || {
                inline
                    .clone()
                    .or_else(|| args.next().cloned())
                    .ok_or(format!("flag needs an argument: -{name}"))
            };
            match name {
                "s" => symbols = !on,
                "w" => dwarf = !on,
                "compressdwarf" => link.extras.compress_dwarf = on,
                "X" => {
                    let (package, name, value) = definition(&value()?)?;
                    link.definitions.retain(|d| (&d.0, &d.1) != (&package, &name));
                    link.definitions.push((package, name, value));
                }
                "linkmode" => match value()?.as_str() {
                    "auto" | "internal" => {}
                    mode => return Err(format!("not yet supported: -ldflags=-linkmode={mode}")),
                },
                "buildmode" => match value()?.as_str() {
                    "exe" | "default" => {}
                    mode => return Err(format!("not yet supported: -ldflags=-buildmode={mode}")),
                },
                _ if IGNORED_VALUES.contains(&name) => {
                    value()?;
                }
                _ if IGNORED_SWITCHES.contains(&name) => {}
                _ => return Err(format!("not yet supported: -ldflags={arg}")),
            }
        }
        link.extras.strip = match (symbols, dwarf) {
            (true, true) => Strip::Nothing,
            (true, false) => Strip::Debug,
            (false, _) => Strip::All,
        };
        Ok(link)
    }
}

/// Takes `PACKAGE.NAME=VALUE` apart.
fn definition(text: &str) -> Result<(String, String, String), String> {
    let bad = || "link: -X flag requires argument of the form importpath.name=value".to_string();
    let (name, value) = text.split_once('=').ok_or_else(bad)?;
    let (package, name) = name.rsplit_once('.').ok_or_else(bad)?;
    Ok((package.into(), name.into(), value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(s: &str) -> Result<LinkFlags, String> {
        LinkFlags::parse(&PerPackage::parse(s)?.args)
    }

    #[test]
    fn definitions() {
        let l = link("-X main.a=1 -X 'a.b/c.v=x y' -X=main.a=3=4 -s").unwrap();
        let d = |p: &str, n: &str, v: &str| (p.to_string(), n.to_string(), v.to_string());
        assert_eq!(l.definitions, [d("a.b/c", "v", "x y"), d("main", "a", "3=4")]);
        assert_eq!(l.extras.strip, Strip::All);
        assert_eq!(link("-w -s=false").unwrap().extras.strip, Strip::Debug);
        assert!(link("-w").unwrap().extras.compress_dwarf);
        assert!(!link("-compressdwarf=false").unwrap().extras.compress_dwarf);
        assert!(link("-X main.a").unwrap_err().contains("importpath.name=value"));
        assert_eq!(link("-X").unwrap_err(), "flag needs an argument: -X");
        assert_eq!(link("-linkmode external").unwrap_err(), "not yet supported: -ldflags=-linkmode=external");
        assert_eq!(link("-extldflags '-static -x' -buildid= -w").unwrap().extras.strip, Strip::Debug);
    }

    #[test]
    fn patterns_and_quotes() {
        let p = PerPackage::parse("all=-X 'main.a=b c'").unwrap();
        assert_eq!((p.pattern.as_deref(), p.args.len()), (Some("all"), 2));
        assert_eq!(PerPackage::parse("-X 'a").unwrap_err(), "unterminated ' string");
        assert_eq!(PerPackage::parse("x").unwrap_err(), "missing =<value> in <pattern>=<value>");
        assert!(PerPackage::parse("").unwrap().args.is_empty());
    }
}
