//! Inputs and command lines that are wrong: the texts of the `go` command.

use crate::harness::Folder;
use expect_test::expect;

/// Builds a module whose package has one file, `a.go`.
fn build(text: &str) -> String {
    let folder = Folder::new("-- go.mod --\nmodule m\n\ngo 1.27\n");
    std::fs::write(folder.path().join("a.go"), text).expect("a file can be written");
    folder.grus(&["build"]).err()
}

#[test]
fn headers_of_files() {
    for (text, message) in [
        ("", "a.go:1:1: expected 'package', found 'EOF'"),
        ("import \"fmt\"\nfunc main() {}", "a.go:1:1: expected 'package', found 'import'"),
        ("hello world\n", "a.go:1:1: expected 'package', found hello"),
        ("package 1\n", "a.go:1:9: expected 'IDENT', found 1"),
        ("package main\nimport fmt\n", "a.go:2:11: missing import path"),
        ("package main\nimport \"fmt\n", "a.go:2:8: string literal not terminated"),
        ("package main\n\0func main() {}\n", "read $DIR/a.go: unexpected NUL in input"),
        ("\u{7f}ELF\0", "a.go:1:1: illegal character U+007F"),
        (
            "//go:build foo &&\n\npackage main\n",
            "a.go: parsing //go:build line: unexpected end of expression",
        ),
        // The first wrong path, with the whole name of the file.
        ("package main\nimport (\n_ \"nosuch\"\n_ \"\"\n)\n", "$DIR/a.go:4:1: invalid import path: "),
        // Behind the imports errors are the compiler's.
        (
            "package main; import \"fmt\" \"os\"\n",
            "# m\n./a.go:1:28: syntax error: unexpected literal \"os\" after top level declaration",
        ),
    ] {
        assert_eq!(build(text).trim_end_matches('\n'), message, "{text:?}");
    }
}

const MODULE: &str = r#"
-- go.mod --
module m

go 1.27
-- a.go --
package main

func main() {}
-- a_test.go --
package main
-- dir.go/x.txt --
-- lib/l_test.go --
package lib

import "testing"

func TestA(t *testing.B) {}
-- cgo/c.go --
package main

import "C"

func main() {}
-- excluded/e.go --
//go:build windows

package excluded
-- imports/i.go --
package main

import _ "m/excluded"

func main() {}
-- lib/l.go --
package lib
-- two/a.go --
package main

func main() {}
-- two/b.go --
package other
-- outside/go.mod --
module outside
-- internal.go --
//go:build ignore

package main

import (
	_ "cmd/internal/obj"
	_ "internal/abi"
	_ "m/none"
)

func main() {}
"#;

#[test]
fn operands() {
    let folder = Folder::new(MODULE);
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').map(|w| if w == "''" { "" } else { w }).collect();
        let out = folder.grus(&words);
        format!("{line}: {}\n{}{}", out.code, out.stdout, out.stderr.replace(&goroot(&folder), "$GOROOT"))
    };
    let lines = [
        "build nosuch.go",
        "run nosuch.go",
        "build a.go nosuch.go",
        "build a.go a.go",
        "build a.go two/a.go",
        "build a.go lib",
        "build /nosuch/x.go",
        "run dir.go",
        "run a_test.go",
        "build a_test.go",
        "build outside",
        "build /",
        "build a(b",
        "build m@latest",
        "build nosuch",
        "build two",
        "build ./two",
        "build internal.go",
        "run std",
        "run ./lib/...",
        "build -mod=foo",
        "build -buildmode=foo",
        "build -h",
        "help nosuch",
        "env -x",
        "clean",
        "build ''",
        "build ./cgo",
        "build ./imports",
        "build -ldflags='-X",
        "build -C a.go",
        "build -modfile=no.mod",
        "run -exec nosuchprogram a.go",
        "test ./lib",
    ];
    let all: String = lines.iter().map(|l| run(l)).collect();
    expect![[r#"
        build nosuch.go: 1
        no required module provides package nosuch.go; to add it:
        	go get nosuch.go
        run nosuch.go: 1
        stat nosuch.go: no such file or directory
        build a.go nosuch.go: 1
        stat nosuch.go: no such file or directory
        build a.go a.go: 1
        package command-line-arguments: case-insensitive file name collision: "a.go" and "a.go"
        build a.go two/a.go: 1
        named files must all be in one directory; have . and two
        build a.go lib: 1
        named files must be .go files: lib
        build /nosuch/x.go: 1
        stat /nosuch/x.go: directory not found
        run dir.go: 1
        dir.go is a directory, should be a Go file
        run a_test.go: 1
        go: cannot run *_test.go files (a_test.go)
        build a_test.go: 0
        build outside: 1
        package outside is not in std ($GOROOT/src/outside)
        build /: 1
        no Go files in /
        build a(b: 1
        malformed import path "a(b": invalid char '('
        build m@latest: 1
        package m@latest: can only use path@version syntax with 'go get' and 'go install' in module-aware mode
        build nosuch: 1
        package nosuch is not in std ($GOROOT/src/nosuch)
        build two: 1
        package two is not in std ($GOROOT/src/two)
        build ./two: 1
        found packages main (a.go) and other (b.go) in $DIR/two
        build internal.go: 1
        internal.go:8:2: package m/none is not in std ($GOROOT/src/m/none)
        package command-line-arguments
        	internal.go:6:2: use of internal package cmd/internal/obj not allowed
        run std: 1
        go: warning: "std" matched only non-main packages
        go: no packages loaded from std
        run ./lib/...: 1
        go: warning: "./lib/..." matched only non-main packages
        go: no packages loaded from ./lib/...
        build -mod=foo: 1
        -mod=foo not supported (can be '', 'mod', 'readonly', or 'vendor')
        build -buildmode=foo: 1
        buildmode=foo not supported
        build -h: 2
        usage: grus build [-o output] [build flags] [packages]
        Run 'grus help build' for details.
        help nosuch: 2
        grus help nosuch: unknown help topic. Run 'grus help'.
        env -x: 1
        grus env: unknown flag -x
        clean: 2
        usage: grus clean -cache
        Run 'grus help clean' for details.
        build '': 0
        build ./cgo: 1
        cgo/c.go:3:8: not yet supported: import "C"
        build ./imports: 1
        package m/imports
        	imports m/excluded: build constraints exclude all Go files in $DIR/excluded
        build -ldflags='-X: 2
        invalid value "'-X" for flag -ldflags: missing =<value> in <pattern>=<value>
        usage: grus build [-o output] [build flags] [packages]
        Run 'grus help build' for details.
        build -C a.go: 1
        go: chdir a.go: not a directory
        build -modfile=no.mod: 1
        go: open no.mod: no such file or directory
        run -exec nosuchprogram a.go: 1
        exec: "nosuchprogram": executable file not found in $PATH
        test ./lib: 1
        FAIL	m/lib [setup failed]
        FAIL
        # m/lib
        $DIR/lib/l_test.go:5:1: wrong signature for TestA, must be: func TestA(t *testing.T)
    "#]]
    .assert_eq(&all);
}

fn goroot(folder: &Folder) -> String {
    folder.grus(&["env", "GOROOT"]).ok().trim().to_string()
}

#[test]
fn targets() {
    let folder = Folder::new("-- a.go --\npackage main\n\nfunc main() {}\n");
    expect![[r#"
        invalid value "riscv64-linux" for flag -target: grus builds for x86_64-linux and aarch64-linux
        usage: grus build [-o output] [build flags] [packages]
        Run 'grus help build' for details.
    "#]]
    .assert_eq(&folder.grus(&["build", "-target", "riscv64-linux", "a.go"]).stderr);
    expect![[r#"
        unsupported GOOS/GOARCH pair linux/riscv64: grus builds linux/amd64 and linux/arm64
    "#]]
    .assert_eq(&folder.grus_with(&["build", "a.go"], &[("GOARCH", "riscv64")]).err());
}
