//! Language versions: which features the file being checked may use.
//!
//! A version is the language version `go1.N` only; patch and pre-release parts of a toolchain
//! version are dropped when it is read. The invalid version, the default, permits everything.

use std::fmt;

/// A Go language version, or none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct GoVersion {
    major: u16,
    minor: u16,
}

impl GoVersion {
    /// No version: every feature is permitted.
    pub const NONE: GoVersion = GoVersion { major: 0, minor: 0 };

    /// The language version `go1.minor`.
    pub const fn go1(minor: u16) -> GoVersion {
        GoVersion { major: 1, minor }
    }

    /// The newest version that this checker knows.
    pub const CURRENT: GoVersion = GoVersion::go1(27);

    /// Reads the language version of `text` (`go1.21`, `go1.21.3`, `go1.22rc1`); anything else is no version.
    pub fn parse(text: &str) -> GoVersion {
        Self::parse_lang(text).unwrap_or(GoVersion::NONE)
    }

    fn parse_lang(text: &str) -> Option<GoVersion> {
        let text = text.split('-').next()?.strip_prefix("go")?;
        let (major, rest) = number(text)?;
        if rest.is_empty() {
            return Some(GoVersion { major, minor: 0 });
        }
        let (minor, rest) = number(rest.strip_prefix('.')?)?;
        let rest = match rest.strip_prefix('.') {
            Some(patch) => number(patch)?.1,
            None => match rest.find(|c: char| c.is_ascii_digit()) {
                Some(i) if i > 0 && rest.as_bytes()[..i].iter().all(u8::is_ascii_lowercase) => {
                    number(&rest[i..])?.1
                }
                _ => rest,
            },
        };
        rest.is_empty().then_some(GoVersion { major, minor })
    }

    /// Reports whether this is a version at all.
    pub fn is_valid(self) -> bool {
        self.major != 0
    }

    /// Reports whether code of this version may use a feature that `want` introduced.
    pub fn allows(self, want: GoVersion) -> bool {
        !self.is_valid() || self >= want
    }
}

/// Splits a decimal number without leading zeros from the front of `text`.
fn number(text: &str) -> Option<(u16, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let digits = &text[..end];
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().ok()?, &text[end..]))
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "go{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::GoVersion;

    #[test]
    fn reads_language_versions() {
        for (text, want) in [
            ("go1.21", "go1.21"),
            ("go1.21.3", "go1.21"),
            ("go1.22rc1", "go1.22"),
            ("go1", "go1.0"),
            ("go1.26.1-custom", "go1.26"),
        ] {
            assert_eq!(GoVersion::parse(text).to_string(), want, "{text}");
        }
        for text in ["", "1.21", "go", "go1.", "go1.021", "go1.21x", "gox.1", "go1.2.3.4"] {
            assert!(!GoVersion::parse(text).is_valid(), "{text}");
        }
    }

    #[test]
    fn no_version_allows_everything() {
        assert!(GoVersion::NONE.allows(GoVersion::go1(27)));
        assert!(GoVersion::go1(22).allows(GoVersion::go1(22)));
        assert!(!GoVersion::go1(17).allows(GoVersion::go1(18)));
    }
}
