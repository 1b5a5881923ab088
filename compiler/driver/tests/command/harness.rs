//! Folders of files and runs of `grus` in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of files that is deleted at the end of a test.
pub struct Folder {
    dir: tempfile::TempDir,
}

/// The cache of all tests that do not test the cache.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/cache");

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Outcome {
    /// Standard output and error of a command that must succeed.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout + &self.stderr
    }

    /// Standard error of a command that must fail with exit code 1.
    pub fn err(self) -> String {
        assert_eq!(self.code, 1, "{self:?}");
        assert!(!self.stderr.contains("internal error"), "{self:?}");
        self.stderr
    }
}

impl Folder {
    /// Makes a folder of files in the txtar form: each file after a line `-- NAME --`.
    pub fn new(files: &str) -> Folder {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut current: Option<(PathBuf, String)> = None;
        let write = |file: Option<(PathBuf, String)>| {
            let Some((path, text)) = file else { return };
            std::fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
            grus_link::while_nothing_starts(|| std::fs::write(path, text)).expect("a file");
        };
        for line in files.lines() {
            match line.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
                Some(name) => write(current.replace((dir.path().join(name), String::new()))),
                None => {
                    if let Some((_, text)) = &mut current {
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
        }
        write(current);
        Folder { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs `grus` with the words of `args` in the folder.
    pub fn grus(&self, args: &[&str]) -> Outcome {
        self.grus_with(args, &[])
    }

    /// The same with variables of the environment.
    pub fn grus_with(&self, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_grus"));
        for name in ["GOFLAGS", "GOWORK", "GOOS", "GOARCH", "GODEBUG", "GRUS_OVERLAY"] {
            command.env_remove(name);
        }
        command
            .args(args)
            .env("GOPROXY", "off")
            .env("GOWORK", "")
            .env("GRUSCACHE", CACHE)
            .envs(env.iter().copied());
        self.run(command)
    }

    /// Runs a program of the folder.
    pub fn program(&self, path: &str) -> Outcome {
        self.run(Command::new(self.path().join(path)))
    }

    /// Runs any command in the folder. No test writes a file of its folder meanwhile: it could be a program.
    pub fn output(&self, command: &mut Command) -> Output {
        command.current_dir(self.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = grus_link::start(command).expect("the command starts");
        child.wait_with_output().expect("the command ends")
    }

    fn run(&self, mut command: Command) -> Outcome {
        let out = self.output(&mut command);
        let text =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&self.path().display().to_string(), "$DIR");
        Outcome {
            stdout: text(&out.stdout),
            stderr: text(&out.stderr),
            code: out.status.code().unwrap_or(-1),
        }
    }
}
