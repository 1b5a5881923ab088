//! What a program says about itself: `debug.ReadBuildInfo`, `go version -m`, names of files.

use crate::harness::Folder;
use expect_test::expect;
use std::process::Command;

const PROGRAM: &str = r#"
-- go.mod --
module example.com/m
go 1.26
require example.com/lib v1.2.3
replace example.com/lib => ./lib
-- lib/go.mod --
module example.com/lib
go 1.21
-- lib/l.go --
package lib

func F() string { return "lib" }
-- cmd/prog/a.go --
package main

import (
	"example.com/lib"
	"fmt"
	"runtime"
	"runtime/debug"
)

func main() {
	info, ok := debug.ReadBuildInfo()
	fmt.Println(ok, lib.F(), runtime.Version() == info.GoVersion)
	fmt.Print(info)
	_, file, line, _ := runtime.Caller(0)
	fmt.Println(file, line)
}
-- cmd/other/b.go --
package main

func main() { println("other") }
-- cmd/plain/c.go --
package plain
"#;

#[test]
fn build_information() {
    let folder = Folder::new(PROGRAM);
    folder.grus(&["build", "-trimpath", "-tags=x,y", "-ldflags=-s -w", "-o", "bin/", "./cmd/..."]).ok();
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path().join("bin")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["other", "prog"]);
    let run = |program: &str| {
        let out = folder.output(&mut Command::new(folder.path().join("bin").join(program)));
        String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
    };
    assert_eq!(run("other"), "other\n");
    let text = run("prog");
    expect![[r#"
        true lib true
        go	go1.27.3
        path	example.com/m/cmd/prog
        mod	example.com/m	(devel)	
        dep	example.com/lib	v1.2.3
        =>	./lib	(devel)	

        build	-buildmode=exe
        build	-compiler=grus
        build	-tags=x,y
        build	-trimpath=true
        build	DefaultGODEBUG=tracebacklabels=0,x509sslcertoverrideplatform=0
        build	CGO_ENABLED=0
        build	GOARCH=amd64
        build	GOOS=linux
        build	GOAMD64=v1
        example.com/m/cmd/prog/a.go 14
    "#]]
    .assert_eq(&text);
    // The go command reads the same from the file.
    let goroot = folder.grus(&["env", "GOROOT"]).ok();
    let go = std::path::Path::new(goroot.trim()).join("bin/go");
    let out = folder.output(Command::new(go).args(["version", "-m", "bin/prog"]));
    let read = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        read.starts_with("bin/prog: go1.27.3\n\tpath\texample.com/m/cmd/prog\n\tmod\texample.com/m\t(devel)"),
        "{read}"
    );
}

#[test]
fn outputs_of_several_packages() {
    let folder = Folder::new(PROGRAM);
    assert_eq!(
        folder.grus(&["build", "-o", "file", "./..."]).err(),
        "go: cannot write multiple packages to non-directory file\n"
    );
    folder.grus(&["build", "./..."]).ok();
    assert!(!folder.path().join("prog").exists());
}
