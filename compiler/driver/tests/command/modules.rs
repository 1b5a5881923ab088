//! Modules, workspaces, patterns, and what is said about input that cannot be built.

use crate::harness::Folder;
use expect_test::expect;

#[test]
fn workspaces() {
    let folder = Folder::new(
        r#"
-- go.work --
go 1.27
use (
	./a
	./b
)
-- a/go.mod --
module example.com/a
go 1.27
-- a/main.go --
package main

import "example.com/b/p"

func main() { println(p.F()) }
-- b/go.mod --
module example.com/b
go 1.20
-- b/p/p.go --
package p

func F() string {
	s := ""
	for i := 0; i < 2; i++ {
		defer func() { s += string(rune('0' + i)) }()
	}
	return "p"
}
"#,
    );
    assert_eq!(folder.grus(&["run", "./a"]).ok(), "p\n");
    assert_eq!(folder.grus(&["run", "example.com/a"]).ok(), "p\n");
    assert_eq!(folder.grus(&["run", "-C", "a", "."]).ok(), "p\n");
    assert_eq!(folder.grus(&["build", "-v", "./..."]).ok(), "example.com/b/p\nexample.com/a\n");
    let off = folder.grus_with(&["build", "-C", "a"], &[("GOWORK", "off")]).err();
    assert_eq!(
        off,
        "main.go:3:8: no required module provides package example.com/b/p; to add it:\n\tgo get example.com/b/p\n"
    );
    std::fs::write(folder.path().join("go.work"), "go 1.27\nuse ./nosuch\n").unwrap();
    assert_eq!(
        folder.grus(&["build", "./a"]).err(),
        "go: cannot load module nosuch listed in go.work file: open nosuch/go.mod: no such file or directory\n"
    );
}

#[test]
fn vendored_packages() {
    let folder = Folder::new(
        r#"
-- go.mod --
module m
go 1.27
require a.b/c v1.0.0
-- vendor/modules.txt --
# a.b/c v1.0.0
## explicit; go 1.21
a.b/c/p
-- vendor/a.b/c/p/p.go --
package p

func F() string {
	s := ""
	for i := 0; i < 2; i++ {
		defer func() { println(i) }()
	}
	return s + "vendored"
}
-- main.go --
package main

import "a.b/c/p"

func main() { println(p.F()) }
"#,
    );
    // The loop variable is one for the whole loop in Go 1.21.
    assert_eq!(folder.grus(&["run", "."]).ok(), "2\n2\nvendored\n");
    std::fs::write(folder.path().join("vendor/modules.txt"), "# a.b/c v1.1.0\n## explicit\na.b/c/p\n")
        .unwrap();
    expect![[r#"
        go: inconsistent vendoring in $DIR:
        	a.b/c@v1.0.0: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt

        	To ignore the vendor directory, use -mod=readonly or -mod=mod.
        	To sync the vendor directory, run:
        		go mod vendor
    "#]]
    .assert_eq(&folder.grus(&["build"]).err());
}

#[test]
fn pure_go_is_for_packages_with_assembly() {
    let folder = Folder::new(
        r#"
-- go.mod --
module m
go 1.27
-- plain/go.go --
//go:build !purego

package plain

func Kind() string { return "as go" }
-- plain/pure.go --
//go:build purego

package plain

func Kind() string { return "pure" }
-- tagged/asm.s --
//go:build !purego

TEXT ·Kind(SB), 0, $0
-- tagged/asm.go --
//go:build !purego

package tagged

func Kind() string
-- tagged/pure.go --
//go:build purego

package tagged

func Kind() string { return "pure" }
-- other/asm_amd64.s --
TEXT ·Kind(SB), 0, $0
-- other/asm_amd64.go --
package other

func Kind() string
-- other/other.go --
//go:build !amd64

package other

func Kind() string { return "portable" }
-- main.go --
package main

import (
	"m/other"
	"m/plain"
	"m/tagged"
)

func main() { println(plain.Kind(), tagged.Kind(), other.Kind()) }
"#,
    );
    assert_eq!(folder.grus(&["run", "."]).ok(), "as go pure portable\n");
}

#[test]
fn modules_reach_into_the_runtime() {
    let folder = Folder::new(
        r#"
-- go.mod --
module m
go 1.27
-- empty.s --
-- main.go --
package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

type hiter struct {
	key, elem, t, h, buckets, bptr unsafe.Pointer
	overflow, oldoverflow          *[]unsafe.Pointer
	startBucket                    uintptr
	rest                           [5]uintptr
}

//go:linkname mapiterinit runtime.mapiterinit
//go:noescape
func mapiterinit(t, m unsafe.Pointer, it *hiter)

//go:linkname mapiternext reflect.mapiternext
//go:noescape
func mapiternext(it *hiter)

//go:linkname typelinks reflect.typelinks
func typelinks() ([]unsafe.Pointer, [][]int32)

//go:linkname resolveTypeOff reflect.resolveTypeOff
func resolveTypeOff(base unsafe.Pointer, off int32) unsafe.Pointer

//go:linkname stringHash runtime.stringHash
func stringHash(s string, seed uintptr) uintptr

//go:linkname fastrandn runtime.fastrandn
func fastrandn(n uint32) uint32

type word struct{ p [2]unsafe.Pointer }

type listed struct{ a, b int8 }

func main() {
	m := map[string]int{"one": 1, "two": 2, "three": 3}
	var boxed any = m
	w := (*word)(unsafe.Pointer(&boxed))
	var it hiter
	sum, keys := 0, map[string]bool{}
	for mapiterinit(w.p[0], w.p[1], &it); it.key != nil; mapiternext(&it) {
		keys[*(*string)(it.key)] = true
		sum += *(*int)(it.elem)
	}
	fmt.Println(sum, keys)

	var some any = reflect.TypeOf(0)
	found := false
	sections, offsets := typelinks()
	for i, list := range offsets {
		for _, off := range list {
			(*word)(unsafe.Pointer(&some)).p[1] = resolveTypeOff(sections[i], off)
			found = found || some.(reflect.Type).String() == "*main.listed"
		}
	}
	fmt.Println(found, reflect.TypeOf(&listed{}))
	fmt.Println(stringHash("a", 1) == stringHash("a", 1), fastrandn(1))
}
"#,
    );
    assert_eq!(
        folder.grus(&["run", "."]).ok(),
        "6 map[one:true three:true two:true]\ntrue *main.listed\ntrue 0\n"
    );
}

/// The output of `grus build ARGS` in a module with these files.
fn build(files: &str, args: &[&str]) -> String {
    let mut all = vec!["build"];
    all.extend(args);
    Folder::new(&format!("-- go.mod --\nmodule m\ngo 1.27\n{files}")).grus(&all).err()
}

#[test]
fn what_cannot_be_built() {
    assert_eq!(
        build("-- a.go --\npackage main\n", &[]),
        "# m\nruntime.main_main·f: function main is undeclared in the main package\n"
    );
    assert_eq!(build("", &[]), "no Go files in $DIR\n");
    assert_eq!(build("-- a_test.go --\npackage p\n", &[]), "m: no non-test Go files in $DIR\n");
    assert_eq!(
        build("-- a.go --\n//go:build windows\n\npackage main\n", &[]),
        "package m: build constraints exclude all Go files in $DIR\n"
    );
    assert_eq!(
        build("-- a.go --\npackage p\n-- b.go --\npackage q\n", &[]),
        "found packages p (a.go) and q (b.go) in $DIR\n"
    );
    assert_eq!(
        build(
            "-- a/a.go --\npackage a\nimport _ \"m/b\"\n-- b/b.go --\npackage b\nimport _ \"m/a\"\n",
            &["./a"]
        ),
        "package m/a\n\timports m/b from a.go\n\timports m/a from b.go: import cycle not allowed\n"
    );
    assert_eq!(
        build("-- a.go --\npackage main\nimport _ \"internal/abi\"\nfunc main() {}\n", &[]),
        "package m\n\ta.go:2:8: use of internal package internal/abi not allowed\n"
    );
    assert_eq!(
        build(
            "-- a.go --\npackage main\nimport _ \"m/p\"\nfunc main() {}\n-- p/p.go --\npackage main\n",
            &[]
        ),
        "a.go:2:8: import \"m/p\" is a program, not an importable package\n"
    );
    assert_eq!(build("", &["./nosuch"]), "stat $DIR/nosuch: directory not found\n");
    assert_eq!(
        build("", &["./nosuch/..."]),
        "pattern ./nosuch/...: lstat ./nosuch/: no such file or directory\n"
    );
}

#[test]
fn commands_that_cannot_run() {
    let folder = Folder::new(
        "-- go.mod --\nmodule m\ngo 1.27\n-- a.go --\npackage p\n-- b/b.go --\npackage main\nimport \"os\"\nfunc main() { os.Exit(3) }\n",
    );
    assert_eq!(folder.grus(&["run", "."]).err(), "package m is not a main package\n");
    assert_eq!(folder.grus(&["run", "a.go"]).err(), "package command-line-arguments is not a main package\n");
    assert_eq!(folder.grus(&["run"]).err(), "go: no go files listed\n");
    assert_eq!(folder.grus(&["run", "./b"]).err(), "exit status 3\n");
    let unknown = folder.grus(&["build", "-nosuch"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.starts_with("flag provided but not defined: -nosuch\nusage: grus build"));
    let none = folder.grus_with(&["build"], &[("GRUS_GOROOT", "/nosuch")]).err();
    assert_eq!(none, "GRUS_GOROOT=/nosuch: not a Go tree (no VERSION file)\n");
}
