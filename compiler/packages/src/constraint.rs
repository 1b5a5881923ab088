//! Where files carry their build constraints: the `//go:build` line, the older `// +build` lines, and the suffixes of
//! the name.
//!
//! Facts: Go's `go/build` (`parseFileHeader`, `goodOSArchFile`).

use crate::context::BuildContext;

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

/// Whether the `// +build` lines select a file; they count only where there is no `//go:build` line. All of them must
/// hold, each if one of its options does, which are separated by blanks; an option's tags, separated by commas, must
/// all be right. They stand in the comments at the head, with a blank line after them.
pub fn plus_build_matches(source: &str, context: &BuildContext) -> bool {
    let mut end = 0;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        at += line.len();
        match line.trim() {
            "" => end = at,
            l if l.starts_with("//") => {}
            _ => break,
        }
    }
    source[..end].lines().all(|line| {
        let Some(text) = line.trim().strip_prefix("//").map(str::trim) else { return true };
        match text.strip_prefix("+build") {
            Some(options) if options.is_empty() || options.starts_with([' ', '\t']) => {
                options.split_whitespace().any(|option| {
                    option.split(',').all(|tag| match tag.strip_prefix('!') {
                        Some(tag) => !context.tag(tag),
                        None => context.tag(tag),
                    })
                })
            }
            _ => true,
        }
    })
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

    #[test]
    fn build_lines() {
        assert_eq!(build_line("// c\n\n//go:build a && b\npackage p"), Some("a && b"));
        assert_eq!(build_line("/* x */ //go:build a\npackage p"), Some("a"));
        assert_eq!(build_line("package p\n//go:build a\n"), None);
        assert_eq!(build_line("//go:buildx\npackage p"), None);
    }

    #[test]
    fn plus_build_lines() {
        let c = BuildContext::new("amd64");
        for (source, want) in [
            ("// +build ignore\n\npackage p", false),
            ("// +build ignore\npackage p", true),
            ("// +build appengine js\n\npackage p", false),
            ("// +build appengine linux,amd64\n\npackage p", true),
            ("// +build !linux\n// +build amd64\n\n// doc\npackage p", false),
            ("// Text.\n\n//+build linux\n//+build !windows\n\npackage p", true),
            ("// +builder\n\npackage p", true),
            ("package p\n\n// +build ignore\n\nvar x int", true),
        ] {
            assert_eq!(plus_build_matches(source, &c), want, "{source}");
        }
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
