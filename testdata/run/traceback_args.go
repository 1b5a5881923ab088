// run

package main

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
)

// Every function below uses its arguments after the call that the traceback is taken in, so that
// they are alive there and known to the traceback.

type pair struct{ x, y int }

type nested struct {
	a struct {
		b struct{ c struct{ d struct{ e int } } }
	}
	n int
}

type big struct {
	a, b, c int
	s       string
	d       [3]uint16
}

type empty struct{}

type shape interface{ area(scale int) int }

var sink []any

func keep(v ...any) { sink = append(sink[:0], v...) }

var address = regexp.MustCompile(`\b0x([0-9a-f]{6,7}|[0-9a-f]{10,12})\b`)

//go:noinline
func dump() {
	show := false
	for _, line := range strings.Split(string(debug.Stack()), "\n") {
		if strings.HasPrefix(line, "main.") {
			if show {
				fmt.Println(address.ReplaceAllString(line, "ptr"))
			}
			show = !strings.HasPrefix(line, "main.main")
		}
	}
}

//go:noinline
func ints(a int, b int8, c uint16, d int32, e uint64, f bool) {
	dump()
	keep(a, b, c, d, e, f)
}

//go:noinline
func floats(a float64, b complex128, c float32) {
	dump()
	keep(a, b, c)
}

//go:noinline
func texts(s string, list []byte, e error, v any) {
	dump()
	keep(s, list, e, v)
}

//go:noinline
func pointers(p *int, m map[string]int, c chan int, f func()) {
	dump()
	keep(p, m, c, f)
}

//go:noinline
func structs(p pair, n nested, e empty, z [0]int, a [2]int8) {
	dump()
	keep(p, n, e, z, a)
}

//go:noinline
func byReference(b big, n int) {
	dump()
	keep(b, n)
}

//go:noinline
func many(a, b, c, d, e, f, g, h, i, j, k, l int) {
	dump()
	keep(a, b, c, d, e, f, g, h, i, j, k, l)
}

//go:noinline
func cut(a, b, c, d, e, f, g, h int, p struct{ x, y, z int }, last string) {
	dump()
	keep(a, b, c, d, e, f, g, h, p, last)
}

//go:noinline
func array(a [12]int8, b int) {
	dump()
	keep(a, b)
}

//go:noinline
func variadic(n int, rest ...int) {
	dump()
	keep(n, rest)
}

//go:noinline
func (p *pair) byPointer(n int) int {
	dump()
	keep(p, n)
	return n
}

//go:noinline
func (p pair) area(scale int) int {
	dump()
	keep(p, scale)
	return scale
}

//go:noinline
func generic[K comparable, V any](k K, v V) {
	dump()
	keep(k, v)
}

//go:noinline
func recursive(depth int, tag string) int {
	if depth <= 0 {
		dump()
		keep(depth, tag)
		return 1
	}
	r := recursive(depth-1, tag+"x")
	keep(depth, tag)
	return r + depth
}

//go:noinline
func call(f func(int, string), n int) {
	f(n, "closure")
	keep(f, n)
}

func main() {
	ints(-1, -2, 0xffff, -3, 1<<60, true)
	floats(1.5, complex(2, -1), 0.25)
	texts("hello", []byte{1, 2, 3}, nil, nil)
	x := 5
	pointers(&x, map[string]int{}, make(chan int), func() {})
	pointers(nil, nil, nil, nil)
	structs(pair{1, 2}, nested{n: 7}, empty{}, [0]int{}, [2]int8{-1, 1})
	byReference(big{1, 2, 3, "xy", [3]uint16{4, 5, 6}}, 9)
	many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	cut(1, 2, 3, 4, 5, 6, 7, 8, struct{ x, y, z int }{9, 10, 11}, "last")
	array([12]int8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 1)
	variadic(1)
	variadic(2, 3, 4)
	(&pair{3, 4}).byPointer(5)
	var s shape = pair{5, 6}
	s.area(7)
	generic("k", 5)
	generic(int8(-1), pair{1, 2})
	recursive(3, "r")
	n := 3
	call(func(k int, s string) {
		dump()
		keep(k, s, n)
	}, 11)
}
