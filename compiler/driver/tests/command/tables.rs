//! The symbol table, `.gopclntab` and DWARF of an executable, as Go's own readers see them.

use crate::harness::Folder;
use expect_test::expect;

/// A program that reads its own executable with `debug/elf`, `debug/gosym` and `debug/dwarf`.
const SELF: &str = r#"
-- main.go --
package main

import (
	"debug/dwarf"
	"debug/elf"
	"debug/gosym"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type T struct{ n int }

//go:noinline
func (t *T) method(
	x int,
) int {
	return t.n + x
}

//go:noinline
func generic[X any](x X) X {
	return x
}

//go:noinline
func closure() func() int {
	n := 0
	return func() int {
		n++
		return n
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	file, err := elf.Open(os.Args[0])
	check(err)
	pcln, err := file.Section(".gopclntab").Data()
	check(err)
	table, err := gosym.NewTable(nil, gosym.NewLineTable(pcln, file.Section(".text").Addr))
	check(err)
	symbols, err := file.Symbols()
	check(err)
	data, err := file.DWARF()
	check(err)

	entries := make(map[uint64]dwarf.LineEntry)
	units := data.Reader()
	for {
		unit, err := units.Next()
		check(err)
		if unit == nil {
			break
		}
		if unit.Tag == dwarf.TagCompileUnit {
			lines, err := data.LineReader(unit)
			check(err)
			var e dwarf.LineEntry
			for lines.Next(&e) == nil {
				if !e.EndSequence {
					entries[e.Address] = e
				}
			}
		}
		units.SkipChildren()
	}

	sizes := make(map[string]uint64)
	missing, end := 0, table.Funcs[len(table.Funcs)-1].End
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			sizes[s.Name] = s.Size
			// The code of natives lies behind that of the table, in which PCs stand for it.
			if fn := table.LookupFunc(s.Name); fn != nil && fn.Entry != s.Value && s.Value < end {
				missing++
			}
		}
	}
	fmt.Println("functions elsewhere in the two tables:", missing)
	for _, name := range []string{"main.main", "main.(*T).method", "main.generic[int]", "main.closure", "main.closure.func1"} {
		fn := table.LookupFunc(name)
		if fn == nil {
			fmt.Println(name, "is not there")
			continue
		}
		path, line, _ := table.PCToLine(fn.Entry)
		e, ok := entries[fn.Entry]
		fmt.Println(name, filepath.Base(path), line, "size", sizes[name] > 0, "dwarf", ok && e.File.Name == path && e.Line == line)
		if pc, _, err := table.LineToPC(path, line); err != nil || table.PCToFunc(pc) == nil {
			fmt.Println(line, "has no PC", err)
		}
	}
	all := 0
	for _, fn := range table.Funcs {
		if strings.HasPrefix(fn.Name, "fmt.") {
			all++
		}
	}
	fmt.Println("functions of fmt:", all > 50)
	fmt.Println((&T{1}).method(2), generic(3), closure()())
}
"#;

#[test]
fn go_readers_agree() {
    let folder = Folder::new(SELF);
    folder.grus(&["build", "-o", "prog", "main.go"]).ok();
    expect![[r#"
        functions elsewhere in the two tables: 0
        main.main main.go 42 size true dwarf true
        main.(*T).method main.go 16 size true dwarf true
        main.generic[int] main.go 23 size true dwarf true
        main.closure main.go 28 size true dwarf true
        main.closure.func1 main.go 30 size true dwarf true
        functions of fmt: true
        3 3 1
    "#]]
    .assert_eq(&folder.program("./prog").ok());
}
