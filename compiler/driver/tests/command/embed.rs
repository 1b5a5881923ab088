//! `//go:embed`.

use crate::harness::Folder;
use expect_test::expect;

#[test]
fn strings_bytes_and_folders() {
    let folder = Folder::new(
        r#"
-- go.mod --
module m
go 1.27
-- a.txt --
text a
-- data/b.txt --
text b
-- data/.hidden --
hidden
-- data/sub/c.txt --
text c
-- data/sub/d --
text d
-- other/e --
text e
-- a.go --
package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
)

type named string
type octet byte
type octets []octet

//go:embed a.txt
var s string

//go:embed a.txt
var n named

//go:embed a.txt
var b []byte

//go:embed a.txt
var o octets

//go:embed data/*.txt a.txt "other"
//go:embed data
var files embed.FS

//go:embed all:data
var all embed.FS

//go:embed a.txt
var notUsed string

func list(fsys fs.FS) {
	fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		info, _ := d.Info()
		fmt.Println(path, d.IsDir(), info.Size(), info.Mode(), err)
		return nil
	})
}

func main() {
	b[0] = 'T'
	fmt.Printf("%q %q %q %q\n", s, n, b, o)
	fmt.Println(len(b), cap(b))
	list(files)
	list(all)
	data, err := files.ReadFile("data/sub/c.txt")
	fmt.Printf("%q %v\n", data, err)
	_, err = files.Open("nosuch")
	fmt.Println(err, os.IsNotExist(err))
	matches, err := fs.Glob(files, "data/*/*")
	fmt.Println(matches, err)
	_, err = files.ReadDir("a.txt")
	fmt.Println(err)
}
"#,
    );
    expect![[r#"
        "text a\n" "text a\n" "Text a\n" "text a\n"
        7 7
        . true 0 dr-xr-xr-x <nil>
        a.txt false 7 -r--r--r-- <nil>
        data true 0 dr-xr-xr-x <nil>
        data/b.txt false 7 -r--r--r-- <nil>
        data/sub true 0 dr-xr-xr-x <nil>
        data/sub/c.txt false 7 -r--r--r-- <nil>
        data/sub/d false 7 -r--r--r-- <nil>
        other true 0 dr-xr-xr-x <nil>
        other/e false 7 -r--r--r-- <nil>
        . true 0 dr-xr-xr-x <nil>
        data true 0 dr-xr-xr-x <nil>
        data/.hidden false 7 -r--r--r-- <nil>
        data/b.txt false 7 -r--r--r-- <nil>
        data/sub true 0 dr-xr-xr-x <nil>
        data/sub/c.txt false 7 -r--r--r-- <nil>
        data/sub/d false 7 -r--r--r-- <nil>
        "text c\n" <nil>
        open nosuch: file does not exist true
        [data/sub/c.txt data/sub/d] <nil>
        read a.txt: not a directory
    "#]]
    .assert_eq(&folder.grus(&["run", "."]).ok());
}

#[test]
fn errors() {
    let err = |directive: &str, var: &str| {
        let folder = Folder::new(&format!(
            "-- go.mod --\nmodule m\ngo 1.27\n-- b --\n-- c --\n-- a.go --\npackage main\n\nimport _ \"embed\"\n\n{directive}\nvar {var}\n\nfunc main() {{}}\n"
        ));
        folder.grus(&["build", "."]).err()
    };
    assert_eq!(
        err("//go:embed   nosuch.txt d", "s string"),
        "a.go:5:25: pattern d: no matching files found\n"
    );
    assert_eq!(err("//go:embed  \"[a\" `c`", "s string"), "a.go:5:13: pattern [a: invalid pattern syntax\n");
    assert_eq!(
        err("//go:embed b c", "s string"),
        "# m\n./a.go:6:5: invalid go:embed: multiple files for type string\n"
    );
    assert_eq!(err("//go:embed b", "x int"), "# m\n./a.go:6:5: go:embed cannot apply to var of type int\n");
    assert_eq!(err("//go:embed ../b", "s string"), "a.go:5:12: pattern ../b: invalid pattern syntax\n");
    assert_eq!(
        err("//go:embed b", "s = \"\""),
        "# m\n./a.go:5:3: go:embed cannot apply to var with initializer\n"
    );
}
