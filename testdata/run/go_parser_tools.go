// run

// The packages for Go source itself.
package main

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"sort"
	"strings"
	"text/scanner"
)

const src = `package p

import "fmt"

// T is documented.
type T[P any] struct { a, b int; c P }

func (t *T[P]) Method(x int) (y string, err error) { if x>0 { return fmt.Sprint(x),nil }; return }

func main() { for i := range 3 { defer func() { _ = i }() } }
`

func main() {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments)
	fmt.Println(f.Name, len(f.Imports), err)
	counts := map[string]int{}
	ast.Inspect(f, func(n ast.Node) bool {
		if n != nil {
			counts[strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast.")]++
		}
		return true
	})
	var names []string
	for n := range counts {
		names = append(names, fmt.Sprint(n, ":", counts[n]))
	}
	sort.Strings(names)
	fmt.Println(names)
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok {
			fmt.Println(fd.Name, fset.Position(fd.Pos()), fd.Recv != nil)
		}
	}
	out, err := format.Source([]byte(src))
	fmt.Println(string(out), err)
	_, err = parser.ParseFile(fset, "bad.go", "package x\nfunc {", 0)
	fmt.Println(err)
	e, err := parser.ParseExpr("a + b*c(1, \"s\")")
	fmt.Println(e.(*ast.BinaryExpr).Op, err, token.Lookup("func"), token.IsKeyword("goto"))
	var s scanner.Scanner
	s.Init(strings.NewReader("x := 3.5 // c\n\"str\" 'r'"))
	for t := s.Scan(); t != scanner.EOF; t = s.Scan() {
		fmt.Print(s.Position, ":", s.TokenText(), " ")
	}
	fmt.Println()
}
