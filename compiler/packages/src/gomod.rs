//! go.mod files: the parts that a compiler needs.
//!
//! Versions of third-party modules are resolved by the `go` command; only the main module's own
//! file is read here.

/// A parsed go.mod.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GoMod {
    /// Path of the module.
    pub module: String,
    /// Version of the `go` line, `1.27` or `1.27.3`.
    pub go: Option<String>,
    /// `godebug` settings, in order.
    pub godebug: Vec<(String, String)>,
    /// Whether other modules are required (which the `go` command then resolves).
    pub requires: bool,
}

impl GoMod {
    /// Parses the text of a go.mod.
    ///
    /// # Errors
    /// `LINE: message` as the `go` command words it.
    pub fn parse(text: &str) -> Result<GoMod, (u32, String)> {
        let mut m = GoMod::default();
        let mut block: Option<String> = None;
        for (i, line) in text.lines().enumerate() {
            let number = i as u32 + 1;
            let line = line.split("//").next().unwrap_or_default().trim();
            let mut words: Vec<&str> = line.split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            let verb = match &block {
                Some(_) if words == [")"] => {
                    block = None;
                    continue;
                }
                Some(verb) => verb.clone(),
                None => {
                    let verb = words.remove(0).to_string();
                    if words == ["("] {
                        block = Some(verb);
                        continue;
                    }
                    verb
                }
            };
            m.directive(&verb, &words).map_err(|e| (number, e))?;
        }
        if m.module.is_empty() {
            return Err((1, "no module declaration in go.mod. To specify the module path:\n\tgo mod edit -module=example.com/mod".into()));
        }
        Ok(m)
    }

    fn directive(&mut self, verb: &str, args: &[&str]) -> Result<(), String> {
        match verb {
            "module" => match args {
                [path] if self.module.is_empty() => self.module = unquote(path).to_string(),
                [_] => return Err("repeated module statement".into()),
                _ => return Err("usage: module module/path".into()),
            },
            "go" => match args {
                [v] if self.go.is_none() && is_version(v) => self.go = Some((*v).to_string()),
                [_] if self.go.is_some() => return Err("repeated go statement".into()),
                [v] => return Err(format!("invalid go version '{v}': must match format 1.23")),
                _ => return Err("go directive expects exactly one argument".into()),
            },
            "godebug" => match args.first().and_then(|a| a.split_once('=')) {
                Some((k, v)) if args.len() == 1 => self.godebug.push((k.into(), v.into())),
                _ => return Err("usage: godebug key=value".into()),
            },
            "require" => self.requires = true,
            "toolchain" | "exclude" | "replace" | "retract" | "tool" | "ignore" => {}
            _ => return Err(format!("unknown directive: {verb}")),
        }
        Ok(())
    }

    /// The language version's minor number; modules without a `go` line are 1.16.
    pub fn go_minor(&self) -> u32 {
        self.go.as_deref().and_then(|v| v.split('.').nth(1)?.parse().ok()).unwrap_or(16)
    }
}

fn is_version(v: &str) -> bool {
    let mut parts = v.split('.');
    let number = |p: Option<&str>| p.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let minor_like = |p: &str| {
        let digits = p.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && (digits == p.len() || p[digits..].starts_with("rc") || p[digits..].starts_with("beta"))
    };
    number(parts.next()) && parts.next().is_some_and(minor_like) && parts.all(minor_like)
}

fn unquote(s: &str) -> &str {
    s.strip_prefix(['"', '`']).and_then(|s| s.strip_suffix(['"', '`'])).unwrap_or(s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module() {
        let m = GoMod::parse(
            "module example.com/m // c\n\ngo 1.24.1\n\ngodebug (\n\tpanicnil=1\n)\nrequire (\n\ta.b/c v1.0.0\n)\n",
        )
        .unwrap();
        assert_eq!(m.module, "example.com/m");
        assert_eq!(m.go_minor(), 24);
        assert_eq!(m.godebug, [("panicnil".to_string(), "1".to_string())]);
        assert!(m.requires);
    }

    #[test]
    fn errors_have_lines() {
        assert_eq!(GoMod::parse("module m\nfoo bar\n"), Err((2, "unknown directive: foo".into())));
        assert!(GoMod::parse("go 1.27\n").is_err());
        assert!(GoMod::parse("module m\ngo latest\n").is_err());
        assert_eq!(GoMod::parse("module \"m\"\n").unwrap().go_minor(), 16);
    }
}
