//! Command lines in the style of the `go` command: `-flag`, `--flag`, `-flag=value`, `-flag value`,
//! flags before operands. `GOFLAGS` gives defaults.

use crate::ldflags::PerPackage;
use std::path::PathBuf;

/// What `--emit` asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Emit {
    Ast,
    Types,
    /// With the name of the pass after which to print, if not the last.
    Ir(Option<String>),
    Clif,
    Asm,
    Obj,
}

/// Flags and operands of a command.
#[derive(Clone, Default, Debug)]
pub struct Flags {
    /// `-C`: the folder to change to first.
    pub chdir: Option<PathBuf>,
    pub output: Option<PathBuf>,
    pub goroot: Option<PathBuf>,
    pub tags: Vec<String>,
    /// `-target`, in Go's name of the architecture.
    pub target: Option<String>,
    /// `-lang=go1.N`: the minor number.
    pub lang: Option<u32>,
    /// `-d=...` debug switches.
    pub debug: Vec<String>,
    pub emit: Option<Emit>,
    /// Only this function is printed by `--emit`.
    pub func: Option<String>,
    pub verbose: bool,
    /// `-e`: no limit on the number of errors.
    pub all_errors: bool,
    /// `-a`: use nothing that was built before.
    pub rebuild_all: bool,
    /// `--time`: a table of phases.
    pub time: bool,
    /// `-ldflags`, each time it was given.
    pub ldflags: Vec<PerPackage>,
    /// `-mod`.
    pub mod_mode: Option<String>,
    /// `-modfile`.
    pub modfile: Option<PathBuf>,
    pub trimpath: bool,
    /// `-buildvcs`: `auto`, `true`, `false`.
    pub buildvcs: Option<String>,
    /// Whether the command records the state of the repository without being told.
    pub records_vcs: bool,
    /// `-p`: how many threads to use.
    pub threads: Option<usize>,
    /// `-exec`: the program that runs the program.
    pub exec: Vec<String>,
    /// `-work`: keep the folder of `grus run`.
    pub keep_work: bool,
    /// Packages or files; for `run` without the program's arguments.
    pub operands: Vec<String>,
    /// `run`: arguments of the program.
    pub program_args: Vec<String>,
}

/// Which flags a command knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    Build,
    Run,
    Test,
    Check,
    List,
}

impl Command {
    /// How the command is called.
    pub fn usage(self) -> &'static str {
        match self {
            Command::Build => "grus build [-o output] [build flags] [packages]",
            Command::Run => "grus run [build flags] [-exec xprog] package [arguments...]",
            Command::Test => "grus test [build/test flags] [packages] [build/test flags & test binary flags]",
            Command::Check => "grus check [-e] [-lang=go1.N] [build flags] [packages]",
            Command::List => "grus list [build flags] [packages]",
        }
    }

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Command::Build => "build",
            Command::Run => "run",
            Command::Test => "test",
            Command::Check => "check",
            Command::List => "list",
        }
    }
}

/// Switches of the `go` command that change nothing here.
const NO_EFFECT: &[&str] = &["modcacherw"];

/// Flags of the `go` command that ask for what Grus cannot do, by whether they have a value.
const UNSUPPORTED: &[(&str, bool)] = &[
    ("asan", false),
    ("cover", false),
    ("coverpkg", true),
    ("covermode", true),
    ("json", false),
    ("linkshared", false),
    ("msan", false),
    ("n", false),
    ("overlay", true),
    ("pkgdir", true),
    ("race", false),
    ("toolexec", true),
    ("x", false),
];

/// How a flag is given.
pub(crate) struct Given<'a> {
    name: &'a str,
    inline: Option<&'a str>,
}

impl<'a> Given<'a> {
    pub(crate) fn new(arg: &'a str) -> Given<'a> {
        let body = arg.strip_prefix("--").unwrap_or(&arg[1..]);
        match body.split_once('=') {
            Some((name, value)) => Given { name, inline: Some(value) },
            None => Given { name: body, inline: None },
        }
    }

    fn on(&self) -> Result<bool, String> {
        match self.inline {
            None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some(v) => Err(format!("invalid boolean value {v:?} for -{}: parse error", self.name)),
        }
    }
}

/// The architecture of a `-target`, in Go's name.
fn parse_target(text: &str) -> Result<String, String> {
    match text {
        "x86_64-linux" => Ok("amd64".into()),
        "aarch64-linux" => Ok("arm64".into()),
        _ => Err(format!(
            "invalid value {text:?} for flag -target: grus builds for x86_64-linux and aarch64-linux"
        )),
    }
}

impl Flags {
    /// Parses the arguments after the command's name, with the defaults of `GOFLAGS`.
    ///
    /// # Errors
    /// The message of the `go` command for unknown flags and missing values.
    pub fn parse(command: Command, args: &[String], goflags: &str) -> Result<Flags, String> {
        let mut flags = Flags { records_vcs: command == Command::Build, ..Flags::default() };
        flags.environment(command, goflags)?;
        let mut args = args.iter().peekable();
        let mut first = true;
        while let Some(arg) = args.next_if(|a| a.starts_with('-') && a.len() > 1) {
            if arg == "--" {
                break;
            }
            let given = Given::new(arg);
            if given.name == "C" && !first {
                return Err("invalid value for flag -C: -C flag must be first flag on command line".into());
            }
            first = false;
            let known = flags.flag(command, &given, &mut || args.next().cloned())?;
            if !known && matches!(given.name, "h" | "help") {
                return Err(String::new());
            }
            if !known {
                return Err(format!("flag provided but not defined: -{}", given.name));
            }
        }
        let rest: Vec<String> = args.cloned().collect();
        if command == Command::Run {
            // Files end at the first argument that is not a .go file; a package is one argument.
            let files = rest.iter().take_while(|a| a.ends_with(".go")).count();
            let n = if files > 0 { files } else { rest.len().min(1) };
            flags.operands = rest[..n].to_vec();
            flags.program_args = rest[n..].to_vec();
        } else {
            flags.operands = rest;
        }
        Ok(flags)
    }

    /// Takes the flags of `GOFLAGS` that the command knows; those of other commands are passed over.
    pub(crate) fn environment(&mut self, command: Command, goflags: &str) -> Result<(), String> {
        for arg in split_quoted(goflags).map_err(|e| format!("go: parsing $GOFLAGS: {e}"))? {
            if !arg.starts_with('-') || arg == "-" || arg == "--" || arg.starts_with("---") {
                return Err(format!("go: parsing $GOFLAGS: non-flag {arg:?}"));
            }
            let given = Given::new(&arg);
            if self.flag(command, &given, &mut || None)? {
                continue;
            }
            let others = [Command::Build, Command::Run, Command::Check, Command::List];
            let elsewhere = others
                .iter()
                .any(|&c| matches!(Flags::default().flag(c, &given, &mut || None), Ok(true) | Err(_)));
            if !elsewhere && !TEST_FLAGS.contains(&given.name) {
                return Err(format!("go: parsing $GOFLAGS: unknown flag -{}", given.name));
            }
        }
        Ok(())
    }

    /// Carries out one flag; false if the command has no flag of that name.
    pub(crate) fn flag(
        &mut self,
        command: Command,
        given: &Given<'_>,
        next: &mut dyn FnMut() -> Option<String>,
    ) -> Result<bool, String> {
        let name = given.name;
        let mut value = || {
            given
                .inline
                .map(str::to_string)
                .or_else(&mut *next)
                .ok_or(format!("flag needs an argument: -{name}"))
        };
        let builds = matches!(command, Command::Build | Command::Run | Command::Test);
        match name {
            "C" => self.chdir = Some(value()?.into()),
            "o" if builds => self.output = Some(value()?.into()),
            "goroot" => self.goroot = Some(value()?.into()),
            "target" => self.target = Some(parse_target(&value()?)?),
            "tags" => {
                let text = value()?;
                if text.contains(' ') && text.contains(',') {
                    return Err("go: -tags space-separated list contains comma".into());
                }
                self.tags = text.split([',', ' ']).filter(|t| !t.is_empty()).map(str::to_string).collect();
            }
            "lang" if command == Command::Check => self.lang = Some(parse_lang(&value()?)?),
            "d" if matches!(command, Command::Check | Command::Build) => {
                self.debug = value()?.split(',').map(str::to_string).collect();
            }
            "emit" => self.emit = Some(parse_emit(&value()?)?),
            "func" => self.func = Some(value()?),
            "ldflags" => {
                let v = value()?;
                let parsed = PerPackage::parse(&v);
                self.ldflags.push(parsed.map_err(|e| format!("invalid value {v:?} for flag -ldflags: {e}"))?);
            }
            "gcflags" => {
                let v = value()?;
                let parsed = PerPackage::parse(&v)
                    .map_err(|e| format!("invalid value {v:?} for flag -gcflags: {e}"))?;
                self.compiler_flags(&parsed)?;
            }
            "asmflags" | "gccgoflags" | "installsuffix" | "pgo" => {
                // Assembly is never assembled, and profiles would change the speed of the program only.
                value()?;
            }
            "compiler" => match value()?.as_str() {
                "gc" => {}
                other => return Err(format!("not yet supported: -compiler={other}")),
            },
            "buildmode" => match value()?.as_str() {
                "exe" | "default" => {}
                other @ ("archive" | "c-archive" | "c-shared" | "pie" | "plugin" | "shared") => {
                    return Err(format!("not yet supported: -buildmode={other}"));
                }
                other => return Err(format!("buildmode={other} not supported")),
            },
            "mod" => match value()?.as_str() {
                "" => self.mod_mode = None,
                mode @ ("readonly" | "vendor" | "mod") => self.mod_mode = Some(mode.into()),
                mode => {
                    return Err(format!(
                        "-mod={mode} not supported (can be '', 'mod', 'readonly', or 'vendor')"
                    ));
                }
            },
            "modfile" => self.modfile = Some(value()?.into()).filter(|f: &PathBuf| !f.as_os_str().is_empty()),
            "buildvcs" => {
                let text = given.inline.unwrap_or("true");
                self.buildvcs = Some(match text {
                    "auto" => "auto".into(),
                    _ => given.on().map_err(|_| {
                        format!("invalid boolean value {text:?} for -buildvcs: value is neither 'auto' nor a valid bool")
                    })?.to_string(),
                });
            }
            "p" => {
                let v = value()?;
                let n: usize =
                    v.parse().map_err(|_| format!("invalid value {v:?} for flag -p: parse error"))?;
                if n == 0 {
                    return Err("go: -p must be a positive integer: 0".into());
                }
                self.threads = Some(n);
            }
            "exec" if matches!(command, Command::Run | Command::Test) => {
                let v = value()?;
                self.exec =
                    split_quoted(&v).map_err(|e| format!("invalid value {v:?} for flag -exec: {e}"))?;
            }
            "trimpath" => self.trimpath = given.on()?,
            "work" => self.keep_work = given.on()?,
            "a" => self.rebuild_all = given.on()?,
            "v" => self.verbose = given.on()?,
            "e" => self.all_errors = given.on()?,
            "time" => self.time = given.on()?,
            _ if NO_EFFECT.contains(&name) => {
                given.on()?;
            }
            _ => match UNSUPPORTED.iter().find(|f| f.0 == name) {
                Some((_, true)) => {
                    value()?;
                    return Err(format!("not yet supported: -{name}"));
                }
                Some((_, false)) if given.on()? => return Err(format!("not yet supported: -{name}")),
                Some(_) => {}
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// `-gcflags`: optimising less is never needed, and `-e` is ours, too.
    fn compiler_flags(&mut self, flags: &PerPackage) -> Result<(), String> {
        for arg in &flags.args {
            match arg.as_str() {
                "-N" | "-l" | "-trimpath" => {}
                "-e" => self.all_errors = true,
                _ => return Err(format!("not yet supported: -gcflags={arg}")),
            }
        }
        Ok(())
    }
}

/// Flags of `go test` and other commands that may stand in `GOFLAGS`.
const TEST_FLAGS: &[&str] = &[
    "bench",
    "benchmem",
    "benchtime",
    "count",
    "cpu",
    "failfast",
    "fullpath",
    "fuzz",
    "list",
    "parallel",
    "run",
    "short",
    "shuffle",
    "skip",
    "test",
    "timeout",
    "vet",
    "o",
    "f",
    "m",
    "u",
    "deps",
    "find",
    "export",
];

/// Splits words at white space, allowing quotes around a word (`'` or `"`, nothing is escaped inside).
///
/// # Errors
/// If a quote is not closed.
pub fn split_quoted(s: &str) -> Result<Vec<String>, String> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut words = Vec::new();
    let mut rest = s.trim_start_matches(space);
    while let Some(c) = rest.chars().next() {
        let (word, after) = if c == '"' || c == '\'' {
            rest[1..].split_once(c).ok_or_else(|| format!("unterminated {c} string"))?
        } else {
            rest.split_at(rest.find(space).unwrap_or(rest.len()))
        };
        words.push(word.to_string());
        rest = after.trim_start_matches(space);
    }
    Ok(words)
}

/// `go1.N` or `go1.N.P` into N.
fn parse_lang(s: &str) -> Result<u32, String> {
    s.strip_prefix("go1.")
        .and_then(|v| v.split('.').next()?.parse().ok())
        .ok_or_else(|| format!("invalid value {s:?} for -lang: should be something like \"go1.12\""))
}

fn parse_emit(s: &str) -> Result<Emit, String> {
    Ok(match s {
        "ast" => Emit::Ast,
        "types" => Emit::Types,
        "ir" => Emit::Ir(None),
        "clif" => Emit::Clif,
        "asm" => Emit::Asm,
        "obj" => Emit::Obj,
        _ => match s.strip_prefix("ir:after=") {
            Some(pass) => Emit::Ir(Some(pass.into())),
            None => {
                return Err(format!("--emit={s}: must be ast, types, ir, ir:after=PASS, clif, asm or obj"));
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(s: &str) -> Vec<String> {
        s.split_whitespace().map(str::to_string).collect()
    }

    fn parse(c: Command, s: &str) -> Result<Flags, String> {
        Flags::parse(c, &words(s), "")
    }

    #[test]
    fn go_style_flags() {
        let f = parse(Command::Build, "-o out --tags=a,b -v ./x ./y").unwrap();
        assert_eq!(f.output, Some("out".into()));
        assert_eq!(f.tags, ["a", "b"]);
        assert!(f.verbose);
        assert_eq!(f.operands, ["./x", "./y"]);
        assert_eq!(parse(Command::Build, "-nope").unwrap_err(), "flag provided but not defined: -nope");
        assert_eq!(parse(Command::Build, "-o").unwrap_err(), "flag needs an argument: -o");
        assert_eq!(parse(Command::Check, "-lang=go1.21 x.go").unwrap().lang, Some(21));
        assert!(parse(Command::Check, "-lang=1.21 x.go").is_err());
        assert_eq!(
            parse(Command::Build, "--emit=ir:after=dce x.go").unwrap().emit,
            Some(Emit::Ir(Some("dce".into())))
        );
        assert!(!parse(Command::Build, "-v=false").unwrap().verbose);
        assert_eq!(
            parse(Command::Build, "-v=x").unwrap_err(),
            "invalid boolean value \"x\" for -v: parse error"
        );
        assert_eq!(parse(Command::Build, "-race").unwrap_err(), "not yet supported: -race");
        assert!(parse(Command::Build, "-race=false").is_ok());
        assert!(parse(Command::Build, "-v -C dir").unwrap_err().contains("must be first"));
    }

    #[test]
    fn run_separates_the_programs_arguments() {
        let f = parse(Command::Run, "a.go b.go -x c").unwrap();
        assert_eq!((f.operands.len(), f.program_args.len()), (2, 2));
        let f = parse(Command::Run, "./cmd a.go").unwrap();
        assert_eq!(f.program_args, ["a.go"]);
    }

    #[test]
    fn flags_of_the_environment() {
        let f = Flags::parse(Command::Build, &words("-tags=c"), "-tags=a -mod=mod '-ldflags=-X main.v=1 -s'")
            .unwrap();
        assert_eq!(f.tags, ["c"]);
        assert_eq!(f.mod_mode.as_deref(), Some("mod"));
        assert_eq!(f.ldflags[0].args, ["-X", "main.v=1", "-s"]);
        let bad = |s: &str| Flags::parse(Command::Check, &[], s).unwrap_err();
        assert_eq!(bad("mod=mod"), "go: parsing $GOFLAGS: non-flag \"mod=mod\"");
        assert_eq!(bad("-nosuch"), "go: parsing $GOFLAGS: unknown flag -nosuch");
        assert!(Flags::parse(Command::Check, &[], "-o=x -count=1").is_ok(), "flags of other commands");
    }
}
