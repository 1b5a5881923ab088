//! `grus completion`: scripts that complete command lines in bash, zsh and fish.
//!
//! What there is to complete is read from the help texts and from the table of flags of test binaries, so that a new flag
//! is completed as soon as it is documented.

use crate::help::{self, Flag};
use std::fmt::Write;

/// The shells that there are scripts for.
pub const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// Prints the script for a shell. Returns the exit code.
pub fn run(args: &[String]) -> i32 {
    let text = match args {
        [shell] => script(shell),
        _ => None,
    };
    match text {
        Some(text) => {
            print!("{text}");
            0
        }
        None => {
            eprintln!("usage: grus completion bash|zsh|fish\nRun 'grus help completion' for details.");
            2
        }
    }
}

fn script(shell: &str) -> Option<String> {
    match shell {
        "bash" => Some(bash()),
        "zsh" => Some(zsh()),
        "fish" => Some(fish()),
        _ => None,
    }
}

/// What the value of a flag is, or what follows a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    File,
    Folder,
    /// One of these.
    Of(&'static [&'static str]),
    /// Nothing that could be listed.
    Any,
}

fn values(flag: &Flag) -> Words {
    match flag.name {
        "C" | "goroot" | "outputdir" => Words::Folder,
        "o" | "modfile" | "blockprofile" | "cpuprofile" | "memprofile" | "mutexprofile" | "trace" => {
            Words::File
        }
        "target" => Words::Of(&["x86_64-linux", "aarch64-linux"]),
        "mod" => Words::Of(&["readonly", "vendor", "mod"]),
        "buildvcs" => Words::Of(&["auto", "true", "false"]),
        "emit" => Words::Of(&["ast", "types", "ir", "clif", "asm", "obj"]),
        _ => Words::Any,
    }
}

/// What the operands of a command are, beside packages.
fn operands(command: &str) -> Words {
    match command {
        "build" | "run" | "test" | "check" => Words::File,
        "env" => Words::Of(crate::env::NAMES),
        "completion" => Words::Of(&SHELLS),
        _ => Words::Any,
    }
}

fn topics() -> String {
    let names: Vec<&str> = help::topics().collect();
    names.join(" ")
}

fn bash() -> String {
    let mut text = String::from(
        "# Completion of grus for bash: source this file, or put it where bash-completion looks.\n_grus() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n    COMPREPLY=()\n    \
         if (( COMP_CWORD == 1 )); then\n",
    );
    let commands: Vec<&str> = help::commands().map(|c| c.0).collect();
    let _ = writeln!(text, "        COMPREPLY=( $(compgen -W '{} help' -- \"$cur\") )", commands.join(" "));
    text.push_str("        return\n    fi\n    case \"${COMP_WORDS[1]}\" in\n");
    for command in &commands {
        let flags = help::flags(command);
        let _ = writeln!(text, "    {command})\n        case \"$prev\" in");
        for flag in flags.iter().filter(|f| f.value.is_some()) {
            let reply = match values(flag) {
                Words::File => "COMPREPLY=( $(compgen -f -- \"$cur\") )".into(),
                Words::Folder => "COMPREPLY=( $(compgen -d -- \"$cur\") )".into(),
                Words::Of(words) => format!("COMPREPLY=( $(compgen -W '{}' -- \"$cur\") )", words.join(" ")),
                Words::Any => ":".into(),
            };
            let _ = writeln!(text, "        -{0} | --{0}) {reply}; return ;;", flag.name);
        }
        let names: Vec<String> = flags.iter().map(Flag::spelled).collect();
        let _ = writeln!(
            text,
            "        esac\n        [[ $cur == -* ]] && COMPREPLY=( $(compgen -W '{}' -- \"$cur\") ) && return",
            names.join(" ")
        );
        let reply = match operands(command) {
            Words::File | Words::Folder => {
                "COMPREPLY=( $(compgen -d -- \"$cur\") $(compgen -f -X '!*.go' -- \"$cur\") )".into()
            }
            Words::Of(words) => format!("COMPREPLY=( $(compgen -W '{}' -- \"$cur\") )", words.join(" ")),
            Words::Any => ":".into(),
        };
        let _ = writeln!(text, "        {reply} ;;");
    }
    let _ = writeln!(text, "    help) COMPREPLY=( $(compgen -W '{}' -- \"$cur\") ) ;;", topics());
    text + "    esac\n}\ncomplete -o filenames -F _grus grus\n"
}

/// A text inside single quotes of a shell; `escaped` characters get a backslash.
fn quoted(text: &str, escaped: &[char]) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        if c == '\'' {
            out.push_str("'\\''");
            continue;
        }
        if escaped.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out + "'"
}

fn zsh() -> String {
    let mut text = String::from(
        "#compdef grus\n# Completion of grus for zsh: put this file, named _grus, in a folder of $fpath.\n_grus() {\n    local -a commands\n    commands=(\n",
    );
    for (name, what) in help::commands().chain([("help", "show help for a command or topic")]) {
        let _ = writeln!(text, "        {}", quoted(&format!("{name}:{what}"), &[]));
    }
    text.push_str(
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n    \
         local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n",
    );
    for (command, _) in help::commands() {
        let _ = write!(text, "    {command})\n        _arguments");
        let escaped = ['[', ']', ':', '\\'];
        for flag in help::flags(command) {
            let mut spec = format!("{}[{}]", flag.spelled(), escape(&flag.text, &escaped));
            if let Some(hint) = flag.value {
                let action = match values(&flag) {
                    Words::File => "_files".into(),
                    Words::Folder => "_files -/".into(),
                    Words::Of(words) => format!("({})", words.join(" ")),
                    Words::Any => " ".into(),
                };
                let _ = write!(spec, ":{}:{action}", escape(hint, &escaped));
            }
            let _ = write!(text, " \\\n            {}", quoted(&spec, &[]));
        }
        let rest = match operands(command) {
            Words::File | Words::Folder => "*:package or file:_files -g \"*.go(-.) *(-/)\"".into(),
            Words::Of(words) => format!("*:name:({})", words.join(" ")),
            Words::Any => "*: :".into(),
        };
        let _ = writeln!(text, " \\\n            {} ;;", quoted(&rest, &[]));
    }
    let _ = writeln!(text, "    help) _arguments '1:topic:({})' ;;", topics());
    text + "    esac\n}\n_grus \"$@\"\n"
}

fn escape(text: &str, characters: &[char]) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if characters.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn fish() -> String {
    let mut text = String::from(
        "# Completion of grus for fish: put this file in ~/.config/fish/completions.\ncomplete -c grus -n __fish_use_subcommand -f\n",
    );
    for (name, what) in help::commands().chain([("help", "show help for a command or topic")]) {
        let _ =
            writeln!(text, "complete -c grus -n __fish_use_subcommand -a {name} -d {}", fish_quoted(what));
    }
    for (command, _) in help::commands() {
        let here = format!("complete -c grus -n '__fish_seen_subcommand_from {command}'");
        match operands(command) {
            Words::File | Words::Folder => {}
            Words::Of(words) => {
                let _ = writeln!(text, "{here} -f -a '{}'", words.join(" "));
            }
            Words::Any => {
                let _ = writeln!(text, "{here} -f");
            }
        }
        for flag in help::flags(command) {
            let dashes = if flag.name.len() == 1 {
                "-s"
            } else if flag.long {
                "-l"
            } else {
                "-o"
            };
            let value = match flag.value.map(|_| values(&flag)) {
                None => String::new(),
                Some(Words::File) => " -r -F".into(),
                Some(Words::Folder) => " -x -a '(__fish_complete_directories)'".into(),
                Some(Words::Of(words)) => format!(" -x -a '{}'", words.join(" ")),
                Some(Words::Any) => " -x".into(),
            };
            let _ = writeln!(text, "{here} {dashes} {}{value} -d {}", flag.name, fish_quoted(&flag.text));
        }
    }
    let _ = writeln!(text, "complete -c grus -n '__fish_seen_subcommand_from help' -f -a '{}'", topics());
    text
}

/// fish knows `\'` and `\\` inside single quotes.
fn fish_quoted(text: &str) -> String {
    format!("'{}'", escape(text, &['\'', '\\']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_the_help_texts_are_known() {
        use crate::flags::{Command, Flags, Given};
        let commands = [
            ("build", Command::Build),
            ("run", Command::Run),
            ("check", Command::Check),
            ("test", Command::Test),
        ];
        for (name, command) in commands {
            let flags = help::flags(name);
            assert!(flags.iter().any(|f| f.name == "target" && f.value.is_some()), "{name}");
            for flag in flags {
                let word = flag.spelled();
                let known = match command {
                    Command::Test => {
                        let args = [word.clone(), "1".into()];
                        // A flag that is not known goes to the binary as it is.
                        let parsed = crate::test::flags::TestFlags::parse(&args, "");
                        parsed.map_or(true, |f| !f.binary_args.contains(&word))
                    }
                    _ => {
                        let given = Given::new(&word);
                        let mut value = || flag.value.map(|_| "x".to_string());
                        !matches!(Flags::default().flag(command, &given, &mut value), Ok(false))
                    }
                };
                assert!(known, "{name} {word}");
            }
        }
    }

    #[test]
    fn descriptions_are_of_the_flag() {
        let flags = help::flags("build");
        let find = |name: &str| flags.iter().find(|f| f.name == name).unwrap();
        assert_eq!(find("v").text, "print the names of packages as they are checked");
        assert_eq!((find("modfile").value, find("v").value), (Some("file"), None));
        assert_eq!(find("goroot").spelled(), "--goroot");
        assert!(flags.iter().all(|f| f.name != "c"), "a flag of test");
    }

    #[test]
    fn every_shell_has_every_command() {
        for shell in SHELLS {
            let text = script(shell).unwrap();
            for (command, _) in help::commands() {
                assert!(text.contains(command), "{shell} {command}");
            }
            assert!(text.contains("aarch64-linux") && text.contains("benchtime"), "{shell}");
        }
        assert_eq!(script("tcsh"), None);
    }
}
