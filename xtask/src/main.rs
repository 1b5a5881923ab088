//! Everything a contributor runs: `cargo xtask COMMAND`.
//!
//! Set-up is implicit: a command that needs the Go tree fetches it first.

mod archive;
mod bench;
mod build;
mod corpus;
mod debian;
mod dist;
mod foreign;
mod generated;
mod golden;
mod gotest;
mod natives;
mod notices;
mod paths;
mod process;
mod setup;
mod sizeclasses;
mod soak;
mod stdtests;
mod suite;
mod tarball;
mod traces;
mod twin;
mod unsupported;

use anyhow::Result;
use archive::Arch;
use clap::{Parser, Subcommand};
use foreign::Fetch;
use std::path::PathBuf;

/// Build, test and measure Grus.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Args {
    /// An existing Go 1.27 tree to use instead of the fetched one.
    #[arg(long, global = true, env = "GRUS_GOROOT")]
    goroot: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch what building and testing need: the Go tree, a Rust `core` and an emulator for the other architecture (and,
    /// with --gotest, Go's test directory).
    Setup {
        #[arg(long)]
        gotest: bool,
    },
    /// Build target/release/grus with the runtime archive and the Go overlay inside.
    Build {
        /// Unoptimised, to target/debug/grus: quick to build again while Grus is being changed.
        #[arg(long)]
        dev: bool,
    },
    /// Build the tarball for this machine: target/dist/grus-VERSION-HOST.tar.gz.
    Dist {
        /// Unoptimised, to try the way there.
        #[arg(long)]
        dev: bool,
    },
    /// Build runtime archives, compiler and tarball for each architecture, and compare what the compilers make.
    Cross {
        /// Unoptimised, to try the way there.
        #[arg(long)]
        dev: bool,
    },
    /// Build grus, then compile and run a Go program with it.
    Run {
        /// Arguments of `grus run`: flags, files or a package, and the program's arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        args: Vec<String>,
    },
    /// Run every test: the crates' own and the golden programs.
    Test {
        /// Only golden programs whose name contains this.
        filter: Option<String>,
        /// Leave out the crates' own tests.
        #[arg(long)]
        golden_only: bool,
        /// x86_64 or aarch64: the golden programs for that architecture, under an emulator if need be.
        #[arg(long, value_parser = arch, default_value = Arch::HOST.name())]
        target: Arch,
        /// Only the golden programs, all of them in this mode (run, stackmove, gcstress, parallel+preempt, ...).
        #[arg(long, value_parser = mode)]
        mode: Option<&'static golden::Mode>,
    },
    /// Minutes of work that must not fail, everything or one part; the log is testdata/soak/log.md.
    Soak {
        #[command(subcommand)]
        part: Option<soak::Part>,
    },
    /// Measure beside gc and write the table: everything, or one section of it.
    Bench {
        #[command(subcommand)]
        what: Option<bench::What>,
    },
    /// Run a tool of gc and note its CPU time (for `go build -toolexec`).
    #[command(hide = true)]
    Tool {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        args: Vec<std::ffi::OsString>,
    },
    /// Run one of Go's own suites and write its scoreboard.
    Conformance {
        #[command(subcommand)]
        suite: Suite,
    },
    /// What `conformance twin` makes the `go` command run its tools through.
    #[command(hide = true)]
    Toolexec {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        args: Vec<std::ffi::OsString>,
    },
    /// Compare the runtime's size classes with those of the Go tree.
    Sizeclasses,
    /// Record the expected outputs of the golden programs from gc.
    Bless {
        /// Only programs whose name contains this.
        filter: Option<String>,
        /// x86_64 or aarch64. Of the latter, what differs is recorded.
        #[arg(long, value_parser = arch, default_value = "x86_64")]
        target: Arch,
    },
}

fn arch(name: &str) -> std::result::Result<Arch, String> {
    Arch::named(name).ok_or("the architectures are x86_64 and aarch64".into())
}

fn mode(name: &str) -> std::result::Result<&'static golden::Mode, String> {
    golden::mode(name).ok_or_else(|| format!("there is no such mode; there are {}", golden::mode_names()))
}

#[derive(Subcommand)]
enum Suite {
    /// NATIVES.md against the archive, the Go half and the standard library.
    Natives,
    /// The corpora of syntax and type errors in the Go tree.
    Types,
    /// Go's compiler test directory: the `run` and `compile` cases.
    Gotest {
        /// Only cases whose path contains this; the scoreboard is left alone.
        filter: Option<String>,
        /// x86_64 or aarch64: for the other architecture a sample, under an emulator.
        #[arg(long, value_parser = arch, default_value = Arch::HOST.name())]
        target: Arch,
    },
    /// Go's own compiler, compiled by Grus, must write the objects that it writes when compiled by gc.
    Twin {
        /// Packages to compile, with all that they import; the scoreboard is left alone.
        packages: Vec<String>,
    },
    /// Execution traces of programs compiled by Grus, read by Go's reader and validator.
    Traces {
        /// A part of the names of tests to run.
        filter: Option<String>,
    },
    /// What of the standard library cannot be compiled, reached or not.
    Unsupported,
    /// The standard library's own tests.
    Std {
        /// Only these packages; the scoreboard is left alone.
        packages: Vec<String>,
    },
}

fn main() -> Result<()> {
    let args = Args::parse();
    let goroot = || setup::goroot(args.goroot.as_deref());
    match args.command {
        Command::Setup { gotest } => {
            let root = goroot()?;
            println!("GOROOT {}", root.display());
            println!(
                "Rust `core` for {}: {}",
                Arch::FOREIGN.name(),
                match foreign::rustc(Arch::FOREIGN, Fetch::All) {
                    Ok(None) => "part of the installed toolchain".into(),
                    Ok(Some(wrapper)) => wrapper.display().to_string(),
                    Err(why) => format!("none: {why:#}"),
                }
            );
            println!(
                "emulator for {}: {}",
                Arch::FOREIGN.name(),
                match foreign::emulator(Arch::FOREIGN) {
                    Ok(program) => program.unwrap_or_default().display().to_string(),
                    Err(why) => format!("none: {why:#}"),
                }
            );
            if gotest {
                println!("Go's test directory {}", setup::gotest()?.display());
            }
            Ok(())
        }
        Command::Build { dev } => {
            let grus = if dev { build::dev_grus()? } else { build::grus()? };
            println!("{}", grus.display());
            Ok(())
        }
        Command::Dist { dev } => dist::dist(dev),
        Command::Cross { dev } => dist::cross(&goroot()?, dev),
        Command::Run { args } => {
            let root = goroot()?;
            let grus = build::grus()?;
            let status =
                std::process::Command::new(grus).arg("run").args(args).env("GRUS_GOROOT", root).status()?;
            std::process::exit(status.code().unwrap_or(1));
        }
        Command::Test { filter, golden_only, target, mode } => {
            let choice = suite::Choice { filter, golden_only, target, mode };
            suite::run(&goroot()?, &choice)
        }
        Command::Bench { what } => bench::run(&goroot()?, what),
        Command::Soak { part } => soak::run(&goroot()?, part),
        Command::Tool { args } => {
            std::process::exit(bench::cpu::tool(&args)?.code().unwrap_or(1));
        }
        Command::Conformance { suite: Suite::Natives } => {
            let problems = [natives::table_against_archive()?, natives::go_half(&goroot()?)?].concat();
            problems.iter().for_each(|p| println!("{p}"));
            std::process::exit(i32::from(!problems.is_empty()));
        }
        Command::Conformance { suite: Suite::Types } => corpus::run(&goroot()?),
        Command::Conformance { suite: Suite::Gotest { filter, target } } => {
            gotest::run(&goroot()?, filter.as_deref(), target)
        }
        Command::Conformance { suite: Suite::Twin { packages } } => twin::run(&goroot()?, &packages),
        Command::Conformance { suite: Suite::Unsupported } => unsupported::run(&goroot()?),
        Command::Conformance { suite: Suite::Traces { filter } } => {
            traces::report(&goroot()?, filter.as_deref())
        }
        Command::Toolexec { args } => twin::toolexec(&args),
        Command::Conformance { suite: Suite::Std { packages } } => stdtests::run(&goroot()?, &packages),
        Command::Sizeclasses => sizeclasses::check(&goroot()?),
        Command::Bless { filter, target } => golden::bless(&goroot()?, filter.as_deref(), target),
    }
}
