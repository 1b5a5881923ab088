// run

// append(s, make([]T, n)...) extends a slice by zero elements.
package main

import "fmt"

type pair struct {
	p *int
	n int
}

//go:noinline
func extend[T any](s []T, n int) []T { return append(s, make([]T, n)...) }

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func main() {
	a := make([]int, 2, 8)
	full := a[:8]
	for i := range full {
		full[i] = i + 1
	}
	fmt.Println(extend(a, 3), full, len(extend(a, 0)))
	x := 5
	ps := []pair{{&x, 1}, {&x, 2}, {&x, 3}}
	qs := extend(ps[:1], 1)
	fmt.Println(qs[1].p == nil, qs[1].n, ps[1].p == nil, *ps[2].p, cap(qs))
	rs := extend(ps, 4)
	fmt.Println(len(rs), rs[6].p == nil, *rs[2].p)
	fmt.Println(extend([]string(nil), 2), extend[int](nil, 0) == nil, len(extend([]struct{}{}, 7)))
	try(func() { extend(a, -1) })
	try(func() { extend(a, 1<<62) })
	n := uint8(200)
	fmt.Println(len(append([]byte("ab"), make([]byte, n)...)))
}
