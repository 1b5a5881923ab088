//! Running what was built: `-exec`, programs for the other architecture, completions of command lines.

use crate::harness::Folder;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const MODULE: &str = r#"
-- go.mod --
module m

go 1.27
-- a.go --
package main

func main() { println("ran") }
-- lib/l.go --
package lib
-- lib/l_test.go --
package lib

import "testing"

func TestA(t *testing.T) {}
-- bin/go_linux_arm64_exec --
#!/bin/sh
echo "arm64:" "${1##*/}"
-- bin/go_linux_amd64_exec --
#!/bin/sh
echo "amd64:" "${1##*/}"
-- through --
#!/bin/sh
echo "through $1"
shift
exec "$@"
"#;

fn module() -> Folder {
    let folder = Folder::new(MODULE);
    for script in ["bin/go_linux_arm64_exec", "bin/go_linux_amd64_exec", "through"] {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path().join(script), mode).expect("a mode can be set");
    }
    folder
}

const FOREIGN: &str = if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" };

#[test]
fn through_another_program() {
    let folder = module();
    let through = format!("{}/through mark", folder.path().display());
    let text = folder.grus(&["run", "-exec", &through, "."]).ok();
    assert_eq!(text, "through mark\nran\n");
    let text = folder.grus(&["test", "-exec", &through, "-v", "./lib"]).ok();
    assert!(text.starts_with("through mark\n=== RUN   TestA\n"), "{text}");
    // Several packages are tested by processes of their own.
    let text = folder.grus(&["test", "-v", "-exec", &through, "./lib", "m/lib", "."]).ok();
    assert!(text.contains("through mark\n"), "{text}");
    let text = folder.grus(&["test", "-exec", "no-such-program", "./lib"]);
    assert!(
        text.stdout.starts_with("exec: \"no-such-program\": executable file not found in $PATH\nFAIL"),
        "{text:?}"
    );
}

#[test]
fn programs_of_the_other_architecture() {
    let folder = module();
    let bin = folder.path().join("bin").display().to_string();
    let with = |args: &[&str], path: &str| {
        let system = std::env::var("PATH").unwrap_or_default();
        let path = if path.is_empty() { String::new() } else { format!("{path}:{system}") };
        folder.grus_with(args, &[("GOARCH", FOREIGN), ("PATH", &path)])
    };
    let ran = with(&["run", "."], &bin);
    if ran.stderr.contains("without a runtime") {
        assert!(
            ran.stderr.contains("cargo xtask setup") || ran.stderr.contains("cargo xtask build"),
            "{ran:?}"
        );
        return;
    }
    assert_eq!(ran.ok(), format!("{FOREIGN}: m\n"));
    let text = with(&["test", "-v", "./lib"], &bin).ok();
    assert!(text.starts_with(&format!("{FOREIGN}: lib.test\n")), "{text}");
    // The kernel may know how to run it; nothing else is left.
    let ran = with(&["run", "."], "");
    if ran.code != 0 {
        let host = if FOREIGN == "arm64" { "amd64" } else { "arm64" };
        let qemu = if FOREIGN == "arm64" { "qemu-aarch64" } else { "qemu-x86_64" };
        assert_eq!(
            ran.err(),
            format!(
                "this machine (linux/{host}) does not run programs for linux/{FOREIGN}, and there is no {qemu}: \
                 install it (Debian's package qemu-user) or name an emulator with -exec\n"
            )
        );
    }
}

#[test]
fn completion_in_bash() {
    let folder = module();
    let script = folder.grus(&["completion", "bash"]).ok();
    std::fs::write(folder.path().join("grus.bash"), script).expect("a file can be written");
    let complete = |words: &str| {
        let program = format!(
            "source ./grus.bash; COMP_WORDS=({words}); [[ '{words}' == *' ' ]] && COMP_WORDS+=(''); \
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _grus; echo ${{COMPREPLY[@]}}"
        );
        let out = folder.output(Command::new("bash").args(["-c", &program]));
        String::from_utf8_lossy(&out.stdout).trim().to_string()
    };
    assert_eq!(complete("grus b"), "build");
    assert_eq!(complete("grus build -targ"), "-target");
    assert_eq!(complete("grus build -target a"), "aarch64-linux");
    assert_eq!(complete("grus test -bencht"), "-benchtime");
    assert_eq!(complete("grus run a"), "a.go");
    assert_eq!(complete("grus run l"), "lib");
    assert_eq!(complete("grus env GOA"), "GOARCH");
    assert_eq!(complete("grus completion f"), "fish");
    assert_eq!(complete("grus help em"), "emit");
    assert_eq!(folder.grus(&["completion", "tcsh"]).code, 2);
}

#[test]
fn programs_find_the_go_that_they_were_built_with() {
    let folder = Folder::new(
        r#"
-- go.mod --
module m

go 1.27
-- a.go --
package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

func main() {
	found, err := exec.LookPath("go")
	println(runtime.GOROOT() == os.Args[1], found == filepath.Join(os.Args[1], "bin", "go"), err == nil)
}
"#,
    );
    let goroot = folder.grus(&["env", "GOROOT"]).ok();
    assert_eq!(folder.grus(&["run", ".", goroot.trim()]).ok(), "true true true\n");
    assert_eq!(folder.grus(&["run", "-trimpath", ".", goroot.trim()]).ok(), "false true true\n");
}
