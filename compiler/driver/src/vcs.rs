//! The state of the repository that a program is built from: `vcs.*` settings and the version of the main module.
//!
//! As for `go build`, the working directory, the main package and the main module must be in one repository; otherwise,
//! and where there is none, nothing is recorded. Only git is asked. The version is the highest semantic version tag of
//! the commit, or else a pseudo-version that follows the highest tag before it.
//!
//! Facts: `setBuildInfo` of `cmd/go/internal/load`, `gitStatus` of `cmd/go/internal/vcs`, `convert` of
//! `cmd/go/internal/modfetch`, `PseudoVersion` of `golang.org/x/mod/module`.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is recorded.
#[derive(Clone, Default, Debug)]
pub struct Status {
    /// `vcs` settings in their order.
    pub settings: Vec<(&'static str, String)>,
    /// The version of the main module, if it follows from the commit.
    pub version: Option<String>,
}

/// The folders that have to be in one repository.
pub struct Places<'a> {
    pub cwd: &'a Path,
    pub package: &'a Path,
    pub module: &'a Path,
    pub module_path: &'a str,
}

/// Reads the state of the repository.
///
/// # Errors
/// The `go` command's message if git fails.
pub fn status(places: &Places<'_>) -> Result<Option<Status>, String> {
    let Some(root) = repository(places.cwd) else { return Ok(None) };
    if [places.package, places.module].iter().any(|d| repository(d).as_ref() != Some(&root)) {
        return Ok(None);
    }
    if !in_path("git") {
        return Ok(None);
    }
    read(&root, places).map(Some).map_err(|e| {
        format!("error obtaining VCS status: {e}\n\tUse -buildvcs=false to disable VCS stamping.")
    })
}

fn read(root: &Path, places: &Places<'_>) -> Result<Status, String> {
    let modified = !git(root, &["status", "--porcelain"])?.is_empty();
    let mut status = Status::default();
    status.settings.push(("vcs", "git".into()));
    let log = git(root, &["-c", "log.showsignature=false", "log", "-1", "--format=%H:%ct"]);
    let commit = match log {
        Ok(text) => Some(text),
        // There is no commit yet.
        Err(_) if modified => None,
        Err(e) => return Err(e),
    };
    if let Some((revision, seconds)) = commit.as_deref().and_then(|t| t.trim().split_once(':')) {
        let seconds: i64 = seconds.parse().map_err(|_| "unrecognized VCS tool output".to_string())?;
        let time = Time::at(seconds);
        status.settings.push(("vcs.revision", revision.into()));
        status.settings.push(("vcs.time", time.rfc3339()));
        if root.join("go.mod").is_file() {
            status.version = version(root, places, revision, time).map(|v| {
                let mark = match (modified, v.ends_with("+incompatible")) {
                    (false, _) => "",
                    (true, false) => "+dirty",
                    (true, true) => ".dirty",
                };
                v + mark
            });
        }
    }
    status.settings.push(("vcs.modified", modified.to_string()));
    Ok(status)
}

/// The root of the innermost git repository around a folder. A repository of another kind in it, or around it, means
/// that none is used.
fn repository(dir: &Path) -> Option<PathBuf> {
    let other =
        |d: &Path| [".hg", ".svn", ".bzr", ".fslckout", "_FOSSIL_"].iter().any(|n| d.join(n).exists());
    if dir.ancestors().any(other) {
        return None;
    }
    dir.ancestors().find(|d| d.join(".git").exists()).map(Path::to_path_buf)
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|d| d.join(program).is_file())
}

fn git(root: &Path, args: &[&str]) -> Result<String, String> {
    let out = Command::new("git").args(args).current_dir(root).output().map_err(|e| e.to_string())?;
    match out.status.code() {
        Some(0) => Ok(String::from_utf8_lossy(&out.stdout).into_owned()),
        code => Err(format!("exit status {}", code.unwrap_or(-1))),
    }
}

/// The main module's version at a commit.
fn version(root: &Path, places: &Places<'_>, revision: &str, time: Time) -> Option<String> {
    let dir = places.module.strip_prefix(root).ok()?.to_str()?;
    let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
    let major = path_major(places.module_path);
    let highest = |args: &[&str]| {
        let tags = git(root, args).ok()?;
        let versions = tags.lines().filter_map(|t| Version::parse(t.strip_prefix(&*prefix)?));
        versions.filter(|v| v.of_major(major) && !v.is_pseudo()).max()
    };
    if let Some(v) = highest(&["tag", "--points-at", revision]) {
        return Some(v.text);
    }
    let older = highest(&["tag", "--merged", revision]);
    Some(pseudo_version(major, older.as_ref(), time, revision.get(..12)?))
}

/// The number at the end of a module path, `/vN`.
fn path_major(path: &str) -> Option<u64> {
    let last = path.rsplit('/').next()?;
    last.strip_prefix('v')?.parse().ok().filter(|&n| n > 1)
}

fn pseudo_version(major: Option<u64>, older: Option<&Version>, time: Time, revision: &str) -> String {
    let segment = format!("{}-{revision}", time.compact());
    match older {
        None => format!("v{}.0.0-{segment}", major.unwrap_or(0)),
        Some(v) if v.pre.is_empty() => {
            format!("v{}.{}.{}-0.{segment}", v.numbers[0], v.numbers[1], v.numbers[2] + 1)
        }
        Some(v) => format!("{}.0.{segment}", v.text),
    }
}

/// A canonical semantic version, `vX.Y.Z` or `vX.Y.Z-PRE`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Version {
    numbers: [u64; 3],
    /// Identifiers behind the dash.
    pre: Vec<String>,
    text: String,
}

impl Version {
    fn parse(text: &str) -> Option<Version> {
        let body = text.strip_prefix('v')?;
        let (core, pre) = body.split_once('-').map_or((body, None), |(c, p)| (c, Some(p)));
        let number = |s: &str| {
            let plain = !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
            if plain && (s == "0" || !s.starts_with('0')) { s.parse::<u64>().ok() } else { None }
        };
        let numbers: Vec<u64> = core.split('.').map(number).collect::<Option<_>>()?;
        let pre: Vec<String> = pre.map_or(Vec::new(), |p| p.split('.').map(str::to_string).collect());
        let valid = |id: &String| {
            let digits = id.bytes().all(|b| b.is_ascii_digit());
            !id.is_empty()
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && (!digits || id == "0" || !id.starts_with('0'))
        };
        if !pre.iter().all(valid) {
            return None;
        }
        Some(Version { numbers: numbers.try_into().ok()?, pre, text: text.into() })
    }

    /// Whether a module whose path ends in this number can have the version.
    fn of_major(&self, major: Option<u64>) -> bool {
        major.map_or(self.numbers[0] < 2, |m| self.numbers[0] == m)
    }

    /// Made from a commit: ends in 14 digits, a dash and 12 digits of a hash.
    fn is_pseudo(&self) -> bool {
        let Some((rest, hash)) = self.text.rsplit_once('-') else { return false };
        let stamp = rest.rsplit(['-', '.']).next().unwrap_or_default();
        hash.len() == 12 && stamp.len() == 14 && stamp.bytes().all(|b| b.is_ascii_digit())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        let identifier = |a: &String, b: &String| match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        };
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let pairs = self.pre.iter().zip(&other.pre);
                let first = pairs.map(|(a, b)| identifier(a, b)).find(|o| o.is_ne());
                first.unwrap_or_else(|| self.pre.len().cmp(&other.pre.len()))
            }
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A point in time, in UTC.
#[derive(Clone, Copy, Debug)]
struct Time {
    date: (i64, i64, i64),
    seconds: i64,
}

impl Time {
    /// From seconds since 1970.
    fn at(seconds: i64) -> Time {
        // Days in years that begin in March, in cycles of 400 years.
        let days = seconds.div_euclid(86400) + 719_468;
        let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + cycle * 400 + i64::from(month <= 2);
        Time { date: (year, month, day), seconds: seconds.rem_euclid(86400) }
    }

    fn clock(self) -> (i64, i64, i64) {
        (self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60)
    }

    fn rfc3339(self) -> String {
        let ((y, m, d), (h, min, s)) = (self.date, self.clock());
        format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}Z")
    }

    fn compact(self) -> String {
        let ((y, m, d), (h, min, s)) = (self.date, self.clock());
        format!("{y:04}{m:02}{d:02}{h:02}{min:02}{s:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_763_757_463, "2025-11-21T20:37:43Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Time::at(seconds).rfc3339(), text);
        }
        assert_eq!(Time::at(951_782_399).compact(), "20000228235959");
    }

    #[test]
    fn versions_are_ordered() {
        let list = [
            "v0.9.0",
            "v1.0.0-alpha",
            "v1.0.0-alpha.1",
            "v1.0.0-alpha.beta",
            "v1.0.0-beta.2",
            "v1.0.0-beta.11",
            "v1.0.0",
            "v1.2.0",
            "v1.10.0",
        ];
        let parsed: Vec<Version> = list.iter().map(|t| Version::parse(t).expect(t)).collect();
        assert!(parsed.is_sorted());
        for bad in ["1.0.0", "v1.0", "v1", "v1.0.0+b", "v01.0.0", "v1.0.0-", "v1.0.0-01", "vx.0.0"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
        assert!(Version::parse("v0.0.0-20240101000000-0123456789ab").unwrap().is_pseudo());
        assert!(!parsed[1].is_pseudo());
    }

    #[test]
    fn pseudo_versions_follow_tags() {
        let of = |major, older: Option<&str>| {
            let older = older.map(|o| Version::parse(o).expect("a version"));
            pseudo_version(major, older.as_ref(), Time::at(0), "0123456789ab")
        };
        assert_eq!(of(None, None), "v0.0.0-19700101000000-0123456789ab");
        assert_eq!(of(Some(2), None), "v2.0.0-19700101000000-0123456789ab");
        assert_eq!(of(None, Some("v1.2.3")), "v1.2.4-0.19700101000000-0123456789ab");
        assert_eq!(of(None, Some("v1.2.3-rc.1")), "v1.2.3-rc.1.0.19700101000000-0123456789ab");
        assert_eq!((path_major("a.b/c/v2"), path_major("a.b/c/v1"), path_major("v")), (Some(2), None, None));
    }
}
