//! Command lines in the style of the `go` command: `-flag`, `--flag`, `-flag=value`, `-flag value`,
//! flags before operands.

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
    pub output: Option<PathBuf>,
    pub goroot: Option<PathBuf>,
    pub tags: Vec<String>,
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
    /// `--time`: a table of phases.
    pub time: bool,
    /// `-ldflags`.
    pub ldflags: Vec<String>,
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
    Check,
}

impl Flags {
    /// Parses the arguments after the command's name.
    ///
    /// # Errors
    /// The message of the `go` command for unknown flags and missing values.
    pub fn parse(command: Command, args: &[String]) -> Result<Flags, String> {
        let mut flags = Flags::default();
        let mut args = args.iter().peekable();
        while let Some(arg) = args.next_if(|a| a.starts_with('-') && a.len() > 1) {
            if arg == "--" {
                break;
            }
            let body = arg.strip_prefix("--").unwrap_or(&arg[1..]);
            let (name, inline) = match body.split_once('=') {
                Some((n, v)) => (n, Some(v.to_string())),
                None => (body, None),
            };
            let mut value = || {
                inline
                    .clone()
                    .or_else(|| args.next().cloned())
                    .ok_or_else(|| format!("flag needs an argument: -{name}"))
            };
            match (name, command) {
                ("o", Command::Build | Command::Run) => flags.output = Some(value()?.into()),
                ("goroot", _) => flags.goroot = Some(value()?.into()),
                ("tags", _) => {
                    flags.tags =
                        value()?.split([',', ' ']).filter(|t| !t.is_empty()).map(str::to_string).collect();
                }
                ("lang", Command::Check) => flags.lang = Some(parse_lang(&value()?)?),
                ("d", Command::Check) => flags.debug = value()?.split(',').map(str::to_string).collect(),
                ("emit", _) => flags.emit = Some(parse_emit(&value()?)?),
                ("func", _) => flags.func = Some(value()?),
                ("ldflags", Command::Build | Command::Run) => {
                    flags.ldflags = value()?.split_whitespace().map(str::to_string).collect();
                }
                ("v", _) => flags.verbose = true,
                ("e", _) => flags.all_errors = true,
                ("time", _) => flags.time = true,
                _ => return Err(format!("flag provided but not defined: -{name}")),
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

    fn parse(c: Command, s: &str) -> Result<Flags, String> {
        Flags::parse(c, &s.split_whitespace().map(str::to_string).collect::<Vec<_>>())
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
    }

    #[test]
    fn run_separates_the_programs_arguments() {
        let f = parse(Command::Run, "a.go b.go -x c").unwrap();
        assert_eq!((f.operands.len(), f.program_args.len()), (2, 2));
        let f = parse(Command::Run, "./cmd a.go").unwrap();
        assert_eq!(f.program_args, ["a.go"]);
    }
}
