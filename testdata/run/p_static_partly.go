// run

// Initialisers of which a part is static data and another is not: what the static part refers to exists in any case.

package main

import "fmt"

type point struct{ x, y int }

var mixed = []any{
	1,
	[]float32{0.5, 0.25},
	&point{1, 2},
	[]any{[]int{7, 8}, &point{3, 4}},
	map[string]int{"one": 1, "two": 2},
}

var one = struct {
	list any
	f    func() int
	m    map[int]any
}{
	list: []any{[]string{"a", "b"}, [2]any{&point{5, 6}, []byte("xyz")}},
	f:    func() int { return 42 },
	m:    map[int]any{1: []int{1}, 2: &point{7, 8}},
}

func main() {
	fmt.Println(mixed[0], mixed[1], *mixed[2].(*point))
	inner := mixed[3].([]any)
	fmt.Println(inner[0], *inner[1].(*point), mixed[4])
	list := one.list.([]any)
	pair := list[1].([2]any)
	fmt.Println(list[0], *pair[0].(*point), pair[1], one.f(), one.m[1], *one.m[2].(*point))
}
