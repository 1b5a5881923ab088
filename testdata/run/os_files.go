// run

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func main() {
	dir, err := os.MkdirTemp("", "grus")
	check(err)
	defer os.RemoveAll(dir)
	p := func(s string) string { return filepath.Join(dir, s) }
	hide := func(err error) string { return strings.ReplaceAll(fmt.Sprint(err), dir, "DIR") }
	check(os.WriteFile(p("a.txt"), []byte("hello\n"), 0o644))
	data, err := os.ReadFile(p("a.txt"))
	fmt.Printf("%q %v\n", data, err)
	f, err := os.OpenFile(p("a.txt"), os.O_APPEND|os.O_WRONLY, 0)
	check(err)
	n, err := f.WriteString("more")
	fmt.Println(n, err, f.Close())
	_, err = f.WriteString("x")
	fmt.Println(hide(err), errors.Is(err, os.ErrClosed))
	f, err = os.Open(p("a.txt"))
	check(err)
	off, err := f.Seek(-4, io.SeekEnd)
	rest, _ := io.ReadAll(f)
	fmt.Println(off, err, string(rest))
	b := make([]byte, 3)
	n, err = f.ReadAt(b, 1)
	fmt.Println(n, err, string(b))
	n, err = f.ReadAt(b, 9)
	fmt.Println(n, err)
	st, _ := f.Stat()
	fmt.Println(st.Name(), st.Size(), st.IsDir(), st.Mode())
	f.Close()
	_, err = os.Open(p("none"))
	fmt.Println(hide(err), os.IsNotExist(err), errors.Is(err, fs.ErrNotExist))
	check(os.MkdirAll(p("sub/deep"), 0o755))
	fmt.Println(hide(os.Mkdir(p("sub"), 0o755)), hide(os.Remove(p("sub"))))
	check(os.Rename(p("a.txt"), p("sub/b.txt")))
	check(os.WriteFile(p("sub/deep/c.go"), []byte("package c"), 0o600))
	check(os.Symlink("sub/b.txt", p("link")))
	l, err := os.Readlink(p("link"))
	fmt.Println(l, err)
	ents, err := os.ReadDir(dir)
	for _, e := range ents {
		fmt.Print(e.Name(), " ", e.IsDir(), " ", e.Type(), "; ")
	}
	fmt.Println(err)
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		fmt.Print(rel, " ")
		if d.Name() == "deep" {
			return fs.SkipDir
		}
		return nil
	})
	fmt.Println()
	m, err := filepath.Glob(p("sub/*"))
	for i := range m {
		m[i] = strings.TrimPrefix(m[i], dir)
	}
	sort.Strings(m)
	fmt.Println(m, err)
	check(os.Truncate(p("sub/b.txt"), 5))
	check(os.Chmod(p("sub/b.txt"), 0o400))
	fi, err := os.Stat(p("link"))
	fmt.Println(fi.Size(), fi.Mode(), err)
	li, _ := os.Lstat(p("link"))
	fmt.Println(li.Mode()&fs.ModeSymlink != 0)
	fsys := os.DirFS(dir)
	data, err = fs.ReadFile(fsys, "sub/deep/c.go")
	fmt.Println(string(data), err)
	tmp, err := os.CreateTemp(dir, "x*.tmp")
	check(err)
	fmt.Println(strings.HasSuffix(tmp.Name(), ".tmp"), tmp.Close(), os.Remove(tmp.Name()))
}
