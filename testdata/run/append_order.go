// run

// Appending to the slice that an operand in memory holds: order of evaluation, aliasing, growth, the operand itself.

package main

import "fmt"

type T struct {
	a    []int
	next *T
	b    []byte
	m    [3][]string
}

var global []string

//go:noinline
func f(t *T, n int) int { t.a = append(t.a, n*10); return n }

func main() {
	t := &T{}
	for i := range 20 {
		t.a = append(t.a, i)
		t.a = append(t.a, f(t, i), t.a[0], len(t.a))
		t.b = append(t.b, "hello"[i%5])
		t.b = append(t.b, t.b...)
		if len(t.b) > 30 {
			t.b = append(t.b[:0], t.b[25:]...)
		}
		t.m[i%3] = append(t.m[i%3], fmt.Sprint(i))
		global = append(global, t.m[i%3][0])
	}
	fmt.Println(t.a, len(t.a))
	fmt.Println(string(t.b))
	fmt.Println(t.m, global)
	p := &t.a
	*p = append(*p, 1, 2, 3)
	*p = append(*p, make([]int, 3)...)
	fmt.Println(len(t.a), t.a[len(t.a)-6:])
	var s []int
	q := &s
	r := append(*q, 1)
	*q = append(*q, 2)
	fmt.Println(r, s, cap(s) >= 1)
	// The element holds the slice.
	type node struct{ kids []any }
	n := &node{}
	n.kids = append(n.kids, n.kids, n)
	n.kids = append(n.kids, n.kids)
	fmt.Println(len(n.kids), len(n.kids[2].([]any)))
	i := 0
	var arr [4][]int
	g := func() int { i++; return i }
	arr[i] = append(arr[i], g())
	arr[i] = append(arr[i], g(), g()-1)
	fmt.Println(arr, i)
	var nilT *T
	defer func() {
		fmt.Println(recover())
		defer func() { fmt.Println(recover(), len(t.a)) }()
		t.next.a = append(t.next.a, t.a[1000])
	}()
	nilT.a = append(nilT.a, t.a[1000])
}
