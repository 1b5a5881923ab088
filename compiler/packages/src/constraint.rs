//! Build constraints: `//go:build` expressions and file name suffixes.
//!
//! Facts: Go's `go/build/constraint` and `go/build` (`matchTag`, `goodOSArchFile`).

use crate::context::BuildContext;

/// A parsed `//go:build` expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Constraint {
    Tag(Box<str>),
    Not(Box<Constraint>),
    And(Box<Constraint>, Box<Constraint>),
    Or(Box<Constraint>, Box<Constraint>),
}

impl Constraint {
    /// Parses the text after `//go:build`.
    ///
    /// # Errors
    /// The reason, if the text is not an expression.
    pub fn parse(text: &str) -> Result<Constraint, String> {
        let mut p = Parser { text, pos: 0 };
        let c = p.or()?;
        p.skip_space();
        if p.pos != text.len() {
            return Err(format!("unexpected token {}", &text[p.pos..]));
        }
        Ok(c)
    }

    /// Whether the expression holds when `tag` says which tags are set.
    pub fn eval(&self, tag: &impl Fn(&str) -> bool) -> bool {
        match self {
            Constraint::Tag(t) => tag(t),
            Constraint::Not(x) => !x.eval(tag),
            Constraint::And(x, y) => x.eval(tag) && y.eval(tag),
            Constraint::Or(x, y) => x.eval(tag) || y.eval(tag),
        }
    }

    /// The minor release N such that the expression implies `go1.N`, if it does: the language
    /// version that the file asks for.
    pub fn go_version(&self) -> Option<u32> {
        self.min_version(true)
    }

    fn min_version(&self, positive: bool) -> Option<u32> {
        match self {
            Constraint::Tag(t) if positive => {
                if &**t == "go1" {
                    return Some(0);
                }
                t.strip_prefix("go1.")?.parse().ok()
            }
            Constraint::Tag(_) => None,
            Constraint::Not(x) => x.min_version(!positive),
            // Under a negation "and" and "or" change places.
            Constraint::And(x, y) | Constraint::Or(x, y) => {
                let (a, b) = (x.min_version(positive), y.min_version(positive));
                if matches!(self, Constraint::And(..)) == positive { a.max(b) } else { Some(a?.min(b?)) }
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    pos: usize,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        let rest = &self.text[self.pos..];
        self.pos += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.text[self.pos..].starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    fn or(&mut self) -> Result<Constraint, String> {
        let mut x = self.and()?;
        while self.eat("||") {
            x = Constraint::Or(Box::new(x), Box::new(self.and()?));
        }
        Ok(x)
    }

    fn and(&mut self) -> Result<Constraint, String> {
        let mut x = self.not()?;
        while self.eat("&&") {
            x = Constraint::And(Box::new(x), Box::new(self.not()?));
        }
        Ok(x)
    }

    fn not(&mut self) -> Result<Constraint, String> {
        if self.eat("!") {
            if self.eat("!") {
                return Err("double negation not allowed".into());
            }
            return Ok(Constraint::Not(Box::new(self.not()?)));
        }
        if self.eat("(") {
            let x = self.or()?;
            if !self.eat(")") {
                return Err("missing close paren".into());
            }
            return Ok(x);
        }
        self.skip_space();
        let rest = &self.text[self.pos..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        if end == 0 {
            return Err(match rest.chars().next() {
                None => "unexpected end of expression".into(),
                Some(c) => format!("unexpected token {c}"),
            });
        }
        self.pos += end;
        Ok(Constraint::Tag(rest[..end].into()))
    }
}

/// The `//go:build` line of a file, which must stand before the package clause: the text after the
/// keyword.
pub fn build_line(source: &str) -> Option<&str> {
    let mut rest = source.strip_prefix('\u{feff}').unwrap_or(source);
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("//") {
            let line = comment.split('\n').next().unwrap_or_default();
            if let Some(expr) = line.strip_prefix("go:build")
                && expr.starts_with([' ', '\t'])
            {
                return Some(expr.trim());
            }
            rest = &comment[line.len()..];
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = &comment[comment.find("*/")? + 2..];
        } else {
            return None;
        }
    }
}

/// Whether a file's name (`x_linux_arm64.go`, `x_test.go`) selects it under the context. Tests are
/// not excluded here.
pub fn name_matches(name: &str, context: &BuildContext) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    // What stands before the first underscore is never a constraint.
    let Some((_, suffixes)) = stem.split_once('_') else { return true };
    let mut parts: Vec<&str> = suffixes.split('_').collect();
    if parts.last() == Some(&"test") {
        parts.pop();
    }
    match parts.as_slice() {
        [.., os, arch] if is_known_os(os) && is_known_arch(arch) => context.tag(arch) && context.tag(os),
        [.., last] if is_known_os(last) || is_known_arch(last) => context.tag(last),
        _ => true,
    }
}

/// Operating systems that file names may name (`internal/syslist.KnownOS`).
const KNOWN_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Architectures that file names may name (`internal/syslist.KnownArch`).
const KNOWN_ARCH: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

fn is_known_os(s: &str) -> bool {
    KNOWN_OS.contains(&s)
}

fn is_known_arch(s: &str) -> bool {
    KNOWN_ARCH.contains(&s)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expr: &str, tags: &[&str]) -> bool {
        Constraint::parse(expr).unwrap().eval(&|t: &str| tags.contains(&t))
    }

    #[test]
    fn expressions() {
        assert!(holds("linux && (amd64 || arm64) && !cgo", &["linux", "arm64"]));
        assert!(!holds("linux && !purego", &["linux", "purego"]));
        assert!(holds("a || b && c", &["a"]));
        for bad in ["", "a &&", "(a", "a b", "!!a", "a & b"] {
            assert!(Constraint::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn versions() {
        let v = |s| Constraint::parse(s).unwrap().go_version();
        assert_eq!(v("go1.21"), Some(21));
        assert_eq!(v("go1.21 && linux"), Some(21));
        assert_eq!(v("go1.21 || linux"), None);
        assert_eq!(v("go1.21 || go1.23"), Some(21));
        assert_eq!(v("!go1.21"), None);
        assert_eq!(v("linux"), None);
    }

    #[test]
    fn build_lines() {
        assert_eq!(build_line("// c\n\n//go:build a && b\npackage p"), Some("a && b"));
        assert_eq!(build_line("/* x */ //go:build a\npackage p"), Some("a"));
        assert_eq!(build_line("package p\n//go:build a\n"), None);
        assert_eq!(build_line("//go:buildx\npackage p"), None);
    }

    #[test]
    fn names() {
        let c = BuildContext::new("amd64");
        for (name, want) in [
            ("a.go", true),
            ("a_linux.go", true),
            ("a_windows.go", false),
            ("a_linux_amd64.go", true),
            ("a_linux_arm64.go", false),
            ("a_arm64_test.go", false),
            ("linux.go", true),
            ("windows_amd64.go", true),
            ("a_unix.go", true),
            ("x_foo_amd64.go", true),
        ] {
            assert_eq!(name_matches(name, &c), want, "{name}");
        }
    }
}
