// run

// Composite literals with many elements: order of evaluation, constant parts, maps.
package main

import "fmt"

var n int

//go:noinline
func g(i int) int { n++; return i*10 + n }

type T struct {
	a   int
	s   string
	p   *int
	e   any
	f   func() int
	q   []int
	m   map[string]int
	arr [3]int
	_   int
}
type Big struct {
	a [40]int
	s string
}

func dyn(k int) []T {
	x := 1
	fx := func() int { x++; return x }
	_ = fx
	return []T{
		{g(1), "a", &x, g(2), nil, []int{x, g(3)}, nil, [3]int{g(4), x, 3}, g(100)},
		{a: g(1), e: x}, {a: g(2), arr: [3]int{2: g(5)}}, {g(3), fmt.Sprint(g(3)), nil, x, func() int { return x + k }, nil, map[string]int{"a": g(9), "b": x}, [3]int{}, 1},
		{a: fx()}, {a: x}, {a: fx() + x}, {a: x, e: fx()},
		9: {a: g(9)}, {a: g(10)}, {a: g(1) / (x - x + 1)}, {s: fmt.Sprint("x", g(3))[1:]},
		20: {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: g(1)}, {a: x}, {e: Big{s: fmt.Sprint(fx())}}, {e: x},
		15: {a: k},
	}
}

func arr(x int) [30]int {
	f := func() int { x++; return x }
	return [30]int{f(), x, f(), x, f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), x, f(), -f()}
}

func nest(x int) *[2]struct {
	a [30]int
	b []*T
} {
	f := func() int { x++; return x }
	return &[2]struct {
		a [30]int
		b []*T
	}{1: {a: [30]int{f(), x, f(), x, f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), f(), x, f(), -f()},
		b: []*T{{a: f()}, {a: x}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, {a: f()}, &T{a: f()}}}}
}

func panics() (err any) {
	defer func() { err = recover() }()
	z := 0
	_ = []int{g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), g(1), 1 / z, g(1)}
	return nil
}

type pt struct{ x, y int }
type named string

const big = "const"

func tables() {
	for i := range 2 {
		t := []struct {
			name string
			in   any
			want []byte
			f    func(...any) string
			p    *int
			k    pt
			e    error
		}{
			{"a", 1, nil, fmt.Sprint, &n, pt{1, 2}, nil},
			{"b", "s", nil, fmt.Sprintln, nil, pt{y: 3}, nil},
			{big + "x", 2.5, nil, nil, nil, pt{}, nil},
			{"d", named("q"), nil, nil, nil, pt{5, 6}, nil},
			{"e", pt{1, 2}, nil, nil, nil, pt{5, 6}, nil},
			{"e", [2]any{1, nil}, nil, nil, nil, pt{5, 6}, nil},
		}
		fmt.Println(t[0].name, t[0].in, t[1].in, t[2].in, t[3].in, t[4].in, t[5].in, t[2].name, t[0].k, t[1].k, t[0].f("x"), t[0].p == &n)
		t[0].name = "changed"
		t[0].k.x = 99
		a := [...]pt{{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}}
		a[i].x = 100
		fmt.Println(a)
		sl := [][]int{{1, 2, 3, 4, 5}, {1, 2}, {3}, {4}, {}}
		sl[0][0] += 10
		sl[1][0] += 10
		fmt.Println(sl)
		ps := []*pt{{1, 2}, {3, 4}, {5, 6}, {7, 8}}
		ps[0].x++
		fmt.Println(*ps[0])
	}
}

func maps() {
	m := map[string]pt{"a": {1, 2}, "b": {3, 4}, "c": {5, 6}, "d": {}, "e": {}, "f": {}, "g": {}, "h": {}, "i": {}, "j": {}, "k": {}, "l": {}, "m": {}, "n": {}, "o": {}, "p": {}, "q": {}, "r": {}, "s": {}, "t": {}, "u": {}, "v": {}, "w": {}, "x": {}, "y": {9, 9}, "z": {}, "A": {g(1), 1}, "B": {}, "C": {7, 7}, fmt.Sprint("D"): {8, 8}, fmt.Sprint("a"): {11, 12}}
	fmt.Println(len(m), m["a"], m["c"], m["y"], m["C"], m["D"], m["A"])
	a := map[any]any{1: 1, "1": "1", 2.0: pt{1, 2}, pt{1, 2}: [2]int{3, 4}, nil: nil, true: 'x', 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1, 11: 1, 12: 1, 13: 1, 14: 1, 15: 1, 16: 1, 17: 1, 18: 1, 19: 1, 20: 1, 21: 1, 22: 1, 23: []int{1, 2}, 24: fmt.Sprint, 25: &n}
	fmt.Println(len(a), a[1], a["1"], a[2.0], a[pt{1, 2}], a[nil], a[true], a[23], a[25] == any(&n))
	b := map[int32][20]int{1: {1}, 2: {2}, 3: {3}, 4: {}, 5: {}, 6: {}, 7: {}, 8: {}, 9: {}, 10: {}, 11: {}, 12: {}, 13: {}, 14: {}, 15: {}, 16: {}, 17: {}, 18: {}, 19: {}, 20: {}, 21: {}, 22: {}, 23: {}, 24: {}, 25: {}, 26: {19: 5}}
	b2 := map[[2]string]func() int{}
	fmt.Println(len(b), b[3][0], b[26][19], len(b2))
	d := map[int]int{g(0) - n + 1: 20, 1: 10}
	fmt.Println(d)
	f := map[int]string{func() int { return 1 }(): "dyn", 1: "static"}
	fmt.Println(f)
}

func generic[T any, K comparable](x T, k K) ([]T, map[K]T, [6]any) {
	return []T{x, x, x, x, x, x}, map[K]T{k: x}, [6]any{1, 2, 3, "s", nil, pt{}}
}

var gm = map[string][]int{"a": {1}, "b": {2, 3}}
var gs = []func() int{func() int { return 1 }, func() int { n++; return n }, nil}
var gt = struct {
	f func(int) int
	i any
	e error
	p *pt
}{func(i int) int { return i + n }, pt{1, 2}, nil, &pt{3, 4}}

func main() {
	for _, t := range dyn(3) {
		if t.f != nil {
			fmt.Print(t.f(), " ")
		}
		if t.p != nil {
			fmt.Print(*t.p, " ")
		}
		fmt.Println(t.a, t.s, t.e, t.q, t.m, t.arr)
	}
	fmt.Println(arr(5))
	q := nest(7)
	fmt.Println(q[0], q[1].a)
	for _, p := range q[1].b {
		fmt.Print(p.a, " ")
	}
	fmt.Println(panics(), n)
	tables()
	maps()
	fmt.Println(generic("x", 1))
	fmt.Println(generic(pt{1, 2}, "k"))
	fmt.Println(gm, gs[0](), gs[1](), gs[1](), gt.f(2), gt.i, *gt.p)
}
