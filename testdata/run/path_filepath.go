// run

package main

import (
	"fmt"
	"path"
	"path/filepath"
)

func main() {
	for _, p := range []string{"", "/", "a", "a/b/../c", "/a//b/./c/", "../x", "a/../../b", "./", "/..", "a/b.tar.gz"} {
		d, f := filepath.Split(p)
		fmt.Printf("%q: %q %q %q %q %q/%q %v\n", p, filepath.Clean(p), filepath.Base(p), filepath.Dir(p), filepath.Ext(p), d, f, filepath.IsAbs(p))
	}
	fmt.Println(filepath.Join("a", "b", "../c", "/d"), filepath.Join("", ""), path.Join("x", "", "y"))
	for _, c := range [][2]string{{"*.go", "a.go"}, {"*.go", "a/b.go"}, {"a?c", "abc"}, {"[a-c]*", "bx"}, {"[^a]*", "ax"}, {"[", "a"}, {"a\\*b", "a*b"}, {"*x*y", "axby"}} {
		ok, err := filepath.Match(c[0], c[1])
		ok2, err2 := path.Match(c[0], c[1])
		fmt.Println(c, ok, err, ok2, err2)
	}
	for _, c := range [][2]string{{"/a", "/a/b/c"}, {"/a/b", "/a/c"}, {"a", "a"}, {"a", "/b"}} {
		r, err := filepath.Rel(c[0], c[1])
		fmt.Println(r, err)
	}
	fmt.Println(filepath.SplitList("/a:/b::c"), filepath.ToSlash("a/b"), filepath.VolumeName("/x") == "", filepath.IsLocal("a/../b"), filepath.IsLocal("../b"))
	abs, err := filepath.Abs("/x/../y")
	fmt.Println(abs, err, path.IsAbs("/a"), path.Ext("a.b/c"), path.Base("/x/y/"), path.Dir("/x/y/"))
}
