// run

// The order in which the parts of a value are compared: a comparison that panics is made only if all parts before it
// are equal, and lengths of strings are compared before contents.
package main

import "fmt"

type mixed struct {
	s string
	x any
	n int
	t string
}

type strs struct {
	s, t string
	a    [6]string
	n    int
	big  [100]byte
}

type nested struct {
	m strs
	i [2]any
	f float64
	c complex64
	_ int
	z [3]strs
}

func try(name string, f func() bool) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panics:", r)
		}
	}()
	fmt.Println(name, f())
}

func main() {
	bad := any([]int{1})
	eq := func(a, b any) func() bool { return func() bool { return a == b } }
	try("equal", eq(mixed{"a", 1, 2, "t"}, mixed{"a", 1, 2, "t"}))
	try("last", eq(mixed{"a", 1, 2, "t"}, mixed{"a", 1, 2, "u"}))
	try("bad after difference", eq(mixed{"a", bad, 2, "t"}, mixed{"b", bad, 2, "t"}))
	try("bad before difference", eq(mixed{"a", bad, 2, "t"}, mixed{"a", bad, 3, "t"}))
	try("types differ", eq(mixed{"a", bad, 2, "t"}, mixed{"a", 1, 2, "t"}))
	base := nested{m: strs{s: "s", t: "tt", n: 3}, i: [2]any{1, "x"}, f: 1.5, c: 2i}
	try("same", eq(base, base))
	for i := range 9 {
		x := base
		switch i {
		case 0:
			x.m.t = "ut"
		case 1:
			x.m.a[5] = "longer"
		case 2:
			x.m.big[99] = 1
		case 3:
			x.i[0] = bad
		case 4:
			x.i[1] = "y"
		case 5:
			x.f = 0
		case 6:
			x.c = 1
		case 7:
			x.z[2].s = "q"
		case 8:
			x.z[1].a[0] = "q"
		}
		y := x
		try(fmt.Sprint("changed ", i), eq(base, x))
		try(fmt.Sprint("copy ", i), eq(x, y))
		m := map[any]int{}
		if i != 3 {
			m[x] = i
			fmt.Println(m[y], m[base])
		}
	}
	arr := [6]string{"a", "b", "c", "d", "e", "f"}
	brr := arr
	try("arrays", eq(arr, brr))
	brr[5] = "g"
	try("arrays", eq(arr, brr))
	brr[5] = "gg"
	try("arrays", eq(arr, brr))
}
