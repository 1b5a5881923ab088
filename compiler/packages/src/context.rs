//! What decides which files belong to a package: operating system, architecture, tags.

use hashbrown::HashSet;

/// The minor number of the Go release that Grus follows.
pub const GO_MINOR: u32 = 27;

/// Tags that are set beyond those of the `go` command where a package would otherwise need assembly: they select pure
/// Go. In the standard library that is everywhere except in packages whose assembly the runtime archive replaces.
const OWN_TAGS: &[&str] = &["purego", "noasm", "math_big_pure_go"];

/// Experiments that are on in this release.
const EXPERIMENTS: &[&str] = &["goexperiment.jsonv2"];

/// A build configuration: linux, the architecture, cgo off.
#[derive(Clone, Debug)]
pub struct BuildContext {
    /// Go's name of the architecture, `amd64` or `arm64`.
    pub goarch: Box<str>,
    /// The architecture that file selection goes by; differs from `goarch` in packages whose
    /// assembly Grus does not use.
    file_arch: Box<str>,
    /// Whether [`OWN_TAGS`] are set.
    pure_go: bool,
    tags: HashSet<Box<str>>,
}

impl BuildContext {
    pub fn new(goarch: &str) -> BuildContext {
        let tags = EXPERIMENTS.iter().map(|&t| t.into()).collect();
        BuildContext { goarch: goarch.into(), file_arch: goarch.into(), pure_go: true, tags }
    }

    /// Adds tags given by the user (`-tags`).
    pub fn with_tags<'a>(mut self, tags: impl IntoIterator<Item = &'a str>) -> BuildContext {
        self.tags.extend(tags.into_iter().map(Box::from));
        self
    }

    /// The tags that are set beyond the release's, sorted.
    pub fn tags(&self) -> Vec<&str> {
        let own = if self.pure_go { OWN_TAGS } else { &[] };
        let mut v: Vec<&str> = self.tags.iter().map(|t| &**t).chain(own.iter().copied()).collect();
        v.sort_unstable();
        v.dedup();
        v
    }

    /// The context for the files of the package with this import path.
    pub fn for_package(&self, import_path: &str) -> BuildContext {
        let mut c = self.clone();
        if let Some(arch) = crate::policy::file_arch(import_path, &self.goarch) {
            c.file_arch = arch.into();
        }
        c.pure_go &= !crate::policy::has_natives(import_path, &self.goarch);
        c
    }

    /// The context without the tags that Grus sets on its own.
    pub fn as_go(&self) -> BuildContext {
        BuildContext { pure_go: false, ..self.clone() }
    }

    /// The context for files that suit any architecture.
    pub fn portable(&self) -> BuildContext {
        BuildContext { file_arch: "generic".into(), ..self.clone() }
    }

    /// Whether a tag is set.
    pub fn tag(&self, tag: &str) -> bool {
        if tag == "linux" || tag == "unix" || tag == "gc" || *tag == *self.file_arch {
            return true;
        }
        if let Some(n) = tag.strip_prefix("go1.") {
            return n.parse::<u32>().is_ok_and(|n| (1..=GO_MINOR).contains(&n));
        }
        self.pure_go && OWN_TAGS.contains(&tag) || self.tags.contains(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let c = BuildContext::new("arm64").with_tags(["mine"]);
        for on in ["linux", "unix", "gc", "arm64", "go1.1", "go1.27", "purego", "mine"] {
            assert!(c.tag(on), "{on}");
        }
        for off in ["cgo", "amd64", "windows", "go1.28", "go1.0", "go1.x", "race", "ignore"] {
            assert!(!c.tag(off), "{off}");
        }
        let m = c.for_package("hash/crc32");
        assert!(m.tag("generic") && !m.tag("arm64"));
        let amd64 = BuildContext::new("amd64");
        let m = amd64.for_package("crypto/md5");
        assert!(m.tag("amd64") && !m.tag("purego") && amd64.tag("purego"));
        assert!(amd64.clone().with_tags(["purego"]).for_package("crypto/md5").tag("purego"));
        assert!(c.for_package("crypto/md5").tag("purego"));
    }
}
