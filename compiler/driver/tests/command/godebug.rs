//! Default GODEBUG settings: the `go` line, `godebug` lines, `//go:debug`.

use crate::harness::Folder;
use expect_test::expect;

/// Says whether `panic(nil)` is what it was before Go 1.21, and what the settings are.
fn program(gomod: &str, directives: &str) -> Folder {
    Folder::new(&format!(
        r#"
-- go.mod --
{gomod}
-- a.go --
{directives}
package main

func main() {{
	defer func() {{
		if r := recover(); r == nil {{
			println("nil")
		}} else {{
			println(r.(error).Error())
		}}
	}}()
	panic(nil)
}}
"#
    ))
}

const OLD: &str = "nil\n";
const NEW: &str = "runtime error: panic called with nil argument\n";

#[test]
fn the_go_line_decides() {
    let run = |gomod: &str, directives: &str| program(gomod, directives).grus(&["run", "."]).ok();
    assert_eq!(run("module m\ngo 1.27\n", ""), NEW);
    assert_eq!(run("module m\ngo 1.20\n", ""), OLD);
    assert_eq!(run("module m\n", ""), OLD);
    assert_eq!(run("module m\ngo 1.20\ngodebug panicnil=0\n", ""), NEW);
    assert_eq!(run("module m\ngo 1.27\ngodebug default=go1.20\n", ""), OLD);
    assert_eq!(run("module m\ngo 1.20\ngodebug panicnil=0\n", "//go:debug panicnil=1"), OLD);
    assert_eq!(run("module m\ngo 1.27\n", "//go:debug default=go1.20\n//go:debug panicnil=0"), NEW);
}

#[test]
fn files_outside_of_modules_are_of_the_tools_version() {
    let folder = program("module m\ngo 1.20\n", "");
    std::fs::remove_file(folder.path().join("go.mod")).unwrap();
    assert_eq!(folder.grus(&["run", "a.go"]).ok(), NEW);
}

#[test]
fn the_workspace_decides() {
    let folder = program("module m\ngo 1.20\n", "");
    std::fs::write(folder.path().join("go.work"), "go 1.27\nuse .\n").unwrap();
    assert_eq!(folder.grus(&["run", "."]).ok(), NEW);
    assert_eq!(folder.grus_with(&["run", "."], &[("GOWORK", "off")]).ok(), OLD);
}

#[test]
fn the_environment_overrides() {
    let folder = program("module m\ngo 1.20\n", "");
    assert_eq!(folder.grus_with(&["run", "."], &[("GODEBUG", "panicnil=0")]).ok(), NEW);
}

#[test]
fn wrong_settings() {
    let err = |gomod: &str, directives: &str| program(gomod, directives).grus(&["build", "."]).err();
    expect![[r#"
        go: error loading go.mod:
        go.mod:2: unknown godebug "nosuch"
    "#]]
    .assert_eq(&err("module m\ngodebug nosuch=1\n", ""));
    expect![[r#"
        # m
        ./a.go:1:1: invalid //go:debug: unknown //go:debug setting "nosuch"
        ./a.go:2:1: invalid //go:debug: missing key=value
        ./a.go:4:1: repeated //go:debug for panicnil
        	./a.go:3:1: previous //go:debug
        ./a.go:5:1: invalid //go:debug: removed GODEBUG "asynctimerchan" set to old value "2" (https://go.dev/doc/godebug#go-127)
    "#]]
    .assert_eq(&err(
        "module m\ngo 1.27\n",
        "//go:debug nosuch=1\n//go:debug\n//go:debug panicnil=1\n//go:debug panicnil=0\n//go:debug asynctimerchan=2",
    ));
}
