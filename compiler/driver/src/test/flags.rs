//! The command line of `grus test`: flags of the build, flags that the test binary takes, packages, and
//! arguments for the binary, in the order that `go test` takes them.

use crate::flags::{Command, Flags, Given};
use std::time::Duration;

/// What the binary's own time limit is unless `-timeout` says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// Flags of the test binary, with whether they take a value.
pub const BINARY_FLAGS: &[(&str, bool)] = &[
    ("artifacts", false),
    ("bench", true),
    ("benchmem", false),
    ("benchtime", true),
    ("blockprofile", true),
    ("blockprofilerate", true),
    ("count", true),
    ("cpu", true),
    ("cpuprofile", true),
    ("failfast", false),
    ("fullpath", false),
    ("list", true),
    ("memprofile", true),
    ("memprofilerate", true),
    ("mutexprofile", true),
    ("mutexprofilefraction", true),
    ("outputdir", true),
    ("parallel", true),
    ("run", true),
    ("short", false),
    ("shuffle", true),
    ("skip", true),
    ("timeout", true),
    ("trace", true),
    ("v", false),
];

/// Flags of `go test` that are recognised in order to be refused, by whether they have a value.
const UNSUPPORTED: &[(&str, bool)] =
    &[("coverprofile", true), ("fuzz", true), ("fuzztime", true), ("fuzzminimizetime", true)];

/// Flags, packages and arguments of `grus test`.
#[derive(Clone, Default, Debug)]
pub struct TestFlags {
    /// Flags of the build; the operands are the packages.
    pub build: Flags,
    /// `-c`: build the binary, but do not run it.
    pub compile_only: bool,
    /// `-v`, `-list` or `-bench`: the binary's output is shown even if it passes.
    pub show_pass: bool,
    /// `-bench`: output is not held back.
    pub bench: bool,
    /// The binary's flags, each with its prefix `-test.`, then the other arguments.
    pub binary_args: Vec<String>,
    /// When to stop a binary that did not stop itself.
    pub kill_after: Option<Duration>,
    /// The arguments as they were given, without the packages.
    pub without_packages: (Vec<String>, Vec<String>),
}

impl TestFlags {
    /// Parses the arguments after `test`.
    ///
    /// # Errors
    /// One line.
    pub fn parse(args: &[String], goflags: &str) -> Result<TestFlags, String> {
        let mut flags = TestFlags::default();
        flags.build.environment(Command::Test, goflags)?;
        let mut own = Vec::new();
        let mut rest: Vec<String> = Vec::new();
        let mut timeout = None;
        let mut packages_end = false;
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if !arg.starts_with('-') || arg == "-" {
                if packages_end {
                    rest.push(arg.clone());
                    rest.extend(args.by_ref().cloned());
                } else {
                    flags.build.operands.push(arg.clone());
                }
                continue;
            }
            packages_end = !flags.build.operands.is_empty();
            let body = arg.strip_prefix("--").unwrap_or(&arg[1..]);
            let (name, inline) = match body.split_once('=') {
                Some((n, v)) => (n, Some(v.to_string())),
                None => (body, None),
            };
            if name == "args" {
                rest.extend(args.by_ref().cloned());
                continue;
            }
            let short = name.strip_prefix("test.").unwrap_or(name);
            if let Some(&(_, takes_value)) = BINARY_FLAGS.iter().find(|f| f.0 == short) {
                let value = match inline {
                    Some(v) => v,
                    None if !takes_value => "true".into(),
                    None => args.next().cloned().ok_or_else(|| format!("flag needs an argument: -{name}"))?,
                };
                match short {
                    "timeout" => timeout = Some(value.clone()),
                    "v" => flags.show_pass |= value != "false",
                    "list" => flags.show_pass = true,
                    "bench" => (flags.show_pass, flags.bench) = (true, true),
                    _ => {}
                }
                flags.binary_args.push(format!("-test.{short}={value}"));
                own.push(format!("-{short}={value}"));
                continue;
            }
            if UNSUPPORTED.iter().any(|f| f.0 == short) {
                return Err(format!("not yet supported: -{name}"));
            }
            match name {
                // There is no vet to run.
                "vet" if inline.is_some() => {}
                "vet" => {
                    args.next();
                }
                "c" => {
                    flags.compile_only = inline.as_deref().is_none_or(|v| v != "false");
                    own.push(arg.clone());
                }
                _ => {
                    let mut value = None;
                    let mut next = || {
                        value = args.next().cloned();
                        value.clone()
                    };
                    if flags.build.flag(Command::Test, &Given::new(arg), &mut next)? {
                        own.push(arg.clone());
                        own.extend(value);
                    } else {
                        // The binary may define flags of its own.
                        rest.push(arg.clone());
                    }
                }
            }
        }
        let limit = match &timeout {
            Some(t) => parse_duration(t)
                .ok_or_else(|| format!("invalid value {t:?} for flag -timeout: parse error"))?,
            None => {
                flags.binary_args.push("-test.timeout=10m0s".into());
                DEFAULT_TIMEOUT
            }
        };
        flags.kill_after = (!limit.is_zero()).then(|| limit + (limit / 10).max(Duration::from_secs(5)));
        flags.without_packages = (own, rest.clone());
        flags.binary_args.extend(rest);
        Ok(flags)
    }
}

/// Go's notation of a duration, such as `1h2m3.5s`.
fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "ns" => 1e-9,
                "us" | "µs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[end..];
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(total).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(s: &str) -> Result<TestFlags, String> {
        TestFlags::parse(&s.split_whitespace().map(str::to_string).collect::<Vec<_>>(), "")
    }

    #[test]
    fn flags_packages_and_arguments() {
        let f = parse("-v -tags a,b ./x ./y -run Foo -timeout=1m -mine arg ./z").unwrap();
        assert_eq!(f.build.operands, ["./x", "./y"]);
        assert_eq!(f.build.tags, ["a", "b"]);
        assert!(f.show_pass);
        assert_eq!(
            f.binary_args,
            ["-test.v=true", "-test.run=Foo", "-test.timeout=1m", "-mine", "arg", "./z"]
        );
        assert_eq!(f.kill_after, Some(Duration::from_secs(66)));
        assert_eq!(parse("-c -o out").unwrap().build.output, Some("out".into()));
        assert_eq!(parse("-run").unwrap_err(), "flag needs an argument: -run");
        assert_eq!(parse("-race").unwrap_err(), "not yet supported: -race");
        assert_eq!(parse("x -args -v").unwrap().binary_args, ["-test.timeout=10m0s", "-v"]);
        assert!(parse("-timeout 0").unwrap().kill_after.is_none());
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("1h2m3.5s"), Some(Duration::from_millis(3_723_500)));
        assert_eq!(parse_duration("100ms"), Some(Duration::from_millis(100)));
        for bad in ["", "1", "s", "1x"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
