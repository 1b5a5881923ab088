//! `grus help`: a text for each command and each topic that several commands share.

/// What `grus help` and `grus` without arguments print.
pub const USAGE: &str = "\
Grus is a compiler for Go programs.

Usage:

	grus <command> [arguments]

The commands are:

	build       compile packages
	run         compile and run a program
	test        compile and run the tests of packages
	check       report errors without compiling
	clean       remove what is kept between builds
	completion  print a script that completes command lines
	env         print the environment that a build would use
	version     print the version

Use \"grus help <command>\" for more information about a command.

Additional help topics:

	packages    how packages are named
	buildflags  flags that build, run and test share
	environment environment variables
	emit        looking at a program on its way through the compiler

Use \"grus help <topic>\" for more information about that topic.
";

const TEXTS: &[(&str, &str)] = &[
    (
        "build",
        "\
usage: grus build [-o output] [build flags] [packages]

Build compiles the named packages with their dependencies. If they are a
single main package, the executable is written to the working directory; it
is named after the package's folder, or after the first of the named files.
Packages that are not programs, and several packages at once, are checked and
nothing is written.

	-o output
		write the executable to this file, or the executables of all named
		programs to this folder, if it exists or the name ends in a slash
	-buildvcs
		whether to record the commit: auto (if the program is in a git
		repository and git is there), true or false
	--emit form
		print the program in the given form: see 'grus help emit'

See also: grus help packages, grus help buildflags.
",
    ),
    (
        "run",
        "\
usage: grus run [build flags] [-exec xprog] package [arguments...]

Run compiles a program and runs it. The program is one package, or files
whose names end in .go; what follows are the program's arguments. The exit
status is 1 if the program fails; its own status is printed.

	-exec 'cmd args'
		run the program through another one, which gets its file name

A program for another architecture is run through go_linux_GOARCH_exec, if
there is a command of that name, or else through qemu's user mode.

See also: grus help packages, grus help buildflags.
",
    ),
    (
        "test",
        "\
usage: grus test [build/test flags] [packages] [build/test flags & test binary flags]

Test compiles each package with its test files into a test binary, runs that
in the package's folder, and prints a line for each package.

	-c
		compile the binary, but do not run it
	-exec 'cmd args'
		run the binary through another program, which gets its file name
	-o file
		with -c: where to write it
	-args
		what follows goes to the binary

The binary's own flags are those of package testing: -run, -skip, -v, -short,
-count, -timeout, -parallel, -bench, -benchtime, -benchmem, -list, -failfast,
-shuffle, -cpu, -cpuprofile, -memprofile, -outputdir and -trace.

See also: grus help packages, grus help buildflags.
",
    ),
    (
        "check",
        "\
usage: grus check [-e] [-lang=go1.N] [build flags] [packages]

Check parses and type-checks packages and what they import, and reports
errors as build does. Nothing is compiled.

	-e
		report all errors, not the first ten
	-lang=go1.N
		the language version, in place of that of the module

See also: grus help packages, grus help buildflags.
",
    ),
    (
        "clean",
        "\
usage: grus clean -cache

Clean -cache removes the executables and compiled functions that are kept
between builds. They are in the folder that 'grus env GRUSCACHE' prints.
",
    ),
    (
        "completion",
        "\
usage: grus completion bash|zsh|fish

Completion prints a script for a shell. In bash, 'source <(grus completion
bash)' makes it hold; in zsh it goes to a file _grus in a folder of $fpath, in
fish to ~/.config/fish/completions/grus.fish.
",
    ),
    (
        "env",
        "\
usage: grus env [var ...]

Env prints the variables that a build would use, as assignments of a shell,
or the values of the named ones, one a line.

See also: grus help environment.
",
    ),
    (
        "version",
        "\
usage: grus version

Version prints the version of Grus, the release of Go whose language and
library it compiles, and the system it runs on. 'go version -m' reads what a
program says about its own build.
",
    ),
    (
        "packages",
        "\
Packages are named as for the go command:

	.  ./dir  /dir     the package in a folder
	path               an import path
	./...  path/...    all packages below; ... stands for any string
	std  cmd           the packages of the standard library, of Go's commands
	a.go b.go          files of one folder that together are a package

Without a name the package in the working directory is meant. Modules,
workspaces, vendor folders and the module cache are used as the go command
does; nothing is downloaded.
",
    ),
    (
        "buildflags",
        "\
Flags of build, run and test:

	-C dir
		change to the folder first; must be the first flag
	-a
		compile everything, using nothing that was built before
	-ldflags '[pattern=]arg list'
		-X path.name=value sets a string, -s leaves out symbols and debug
		information, -w leaves out debug information
	-mod mode, -modfile file
		as for the go command
	-p n
		use at most n threads
	-tags tag,list
		additional build constraints that hold
	-target x86_64-linux | aarch64-linux
		what to compile for, in place of GOARCH
	-trimpath
		leave the names of folders out of the program
	-v
		print the names of packages as they are checked
	-work
		with run: keep the folder of the executable
	--goroot dir
		the Go tree, in place of GRUS_GOROOT
	--time
		print a table of phases with their times and counts

Other flags of the go command are accepted if they change nothing here, and
refused otherwise. Defaults are taken from GOFLAGS.
",
    ),
    (
        "environment",
        "\
	GRUS_GOROOT
		the Go 1.27 tree; default: the one that 'cargo xtask setup' fetched
	GRUSCACHE
		the folder of what is kept between builds: an absolute path, or off;
		default: grus/build in the user's cache folder
	GRUS_OVERLAY
		a folder in place of the embedded Go part of the runtime
	GRUS_VERIFY
		if set, check the results of every pass of the compiler
	GOARCH
		amd64 or arm64; default: this machine's
	GOFLAGS
		flags that hold wherever they are known
	GOWORK
		the workspace file, or off
	GOMAXPROCS, GOGC, GOMEMLIMIT, GODEBUG, GOTRACEBACK
		read by compiled programs when they start
",
    ),
    (
        "emit",
        "\
With --emit, build prints the program in a form that it takes on its way:

	--emit=ast              syntax trees of the main package
	--emit=types            types and constants of its expressions
	--emit=ir               the intermediate representation, optimised
	--emit=ir:after=PASS    the same after one of the passes
	--emit=clif             what the code generator gets
	--emit=asm              the instructions it makes
	--emit=obj              write the object file, do not link it

	--func NAME             only this function, by its link name (main.main)
",
    ),
];

/// `grus help TOPIC`. Returns the exit code.
pub fn run(topics: &[String]) -> i32 {
    match topics {
        [] => print!("{USAGE}"),
        [topic] => match TEXTS.iter().find(|t| t.0 == topic) {
            Some((_, text)) => print!("{text}"),
            None => {
                eprintln!("grus help {topic}: unknown help topic. Run 'grus help'.");
                return 2;
            }
        },
        [topic, ..] => {
            let all = topics.join(" ");
            eprintln!("grus help {all}: unknown help topic. Run 'grus help {topic}'.");
            return 2;
        }
    }
    0
}

/// A flag that a help text describes.
#[derive(Debug)]
pub struct Flag {
    pub name: &'static str,
    /// What the value is called; none if there is none.
    pub value: Option<&'static str>,
    /// The first line of the description.
    pub text: String,
    /// Written with two dashes.
    pub long: bool,
}

impl Flag {
    /// The flag as it is written.
    pub fn spelled(&self) -> String {
        format!("{}{}", if self.long { "--" } else { "-" }, self.name)
    }
}

/// The commands with what they do; `help` is not listed.
pub fn commands() -> impl Iterator<Item = (&'static str, &'static str)> {
    let list = USAGE.split("\n\n").skip_while(|p| *p != "The commands are:").nth(1).unwrap_or_default();
    list.lines().filter_map(|l| l.trim().split_once(' ')).map(|(name, what)| (name, what.trim()))
}

/// The names of all texts.
pub fn topics() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|t| t.0)
}

/// The flags of a command: those of its own text, of those that it refers to, and of the test binary.
pub fn flags(command: &str) -> Vec<Flag> {
    let texts: &[&str] = match command {
        "build" => &["build", "buildflags", "emit"],
        "run" | "test" | "check" => &[command, "buildflags"],
        _ => &[],
    };
    let mut flags = Vec::new();
    for (_, text) in TEXTS.iter().filter(|t| texts.contains(&t.0)) {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(line) = line.strip_prefix('\t').filter(|l| l.starts_with('-')) else { continue };
            // `-a x, -b y` over a description, or a description behind the flag.
            let (names, beside) = match line.split_once("  ") {
                Some((names, text)) => (names, Some(text.trim())),
                None => (line, None),
            };
            let below = lines.peek().and_then(|l| l.strip_prefix("\t\t"));
            let text = beside.or(below).unwrap_or_default();
            for word in names.split(", -") {
                let long = word.starts_with("--");
                let (name, value) = match word.trim_start_matches('-').split_once([' ', '=']) {
                    Some((name, value)) => (name, Some(value)),
                    None => (word.trim_start_matches('-'), None),
                };
                if flags.iter().all(|f: &Flag| f.name != name) {
                    flags.push(Flag { name, value, text: text.to_string(), long });
                }
            }
        }
    }
    if command == "test" {
        for &(name, value) in crate::test::flags::BINARY_FLAGS {
            if flags.iter().all(|f| f.name != name) {
                let text = "flag of the test binary".to_string();
                flags.push(Flag { name, value: value.then_some("value"), text, long: false });
            }
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_of_the_list_has_a_text() {
        let listed: Vec<&str> = USAGE
            .lines()
            .filter_map(|l| l.strip_prefix('\t')?.split_once("  ").map_or(l.trim().split_once(' '), Some))
            .map(|(name, _)| name.trim())
            .filter(|n| *n != "grus")
            .collect();
        let texts: Vec<&str> = TEXTS.iter().map(|t| t.0).collect();
        assert_eq!(listed, texts);
    }
}
