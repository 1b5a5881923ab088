// run

// Equality of structs, arrays and interfaces, as keys too.
package main

import (
	"fmt"
)

type p struct {
	x, y int
	_    int
}
type s struct {
	name string
	tags [2]string
	in   p
	any  any
	f    float64
	ptr  *int
	ch   chan int
	err  error
	b    bool
	u8   uint8
	c    complex64
}
type empty struct{}
type e1 struct{ msg string }

func (e e1) Error() string { return e.msg }

type unc struct{ f func() }

func same[T comparable](a, b T) bool { return a == b }

func try(f func() bool) (r any) {
	defer func() {
		if e := recover(); e != nil {
			r = e
		}
	}()
	return f()
}

func main() {
	n, m := 1, 1
	ch := make(chan int)
	a := s{"a", [2]string{"x", "y"}, p{1, 2, 0}, 5, 1.5, &n, ch, e1{"e"}, true, 3, 1i}
	b := a
	fmt.Println(a == b, same(a, b), a != b)
	change := []func(*s){
		func(s *s) { s.name = "b" }, func(s *s) { s.tags[1] = "z" }, func(s *s) { s.in.y++ }, func(s *s) { s.any = int8(5) }, func(s *s) { s.any = nil },
		func(s *s) { s.f = -s.f }, func(s *s) { s.ptr = &m }, func(s *s) { s.ch = nil }, func(s *s) { s.err = &e1{"e"} }, func(s *s) { s.b = false }, func(s *s) { s.u8++ }, func(s *s) { s.c = 1 },
	}
	for i, f := range change {
		c := a
		f(&c)
		fmt.Print(i, a == c, same(a, c), " ")
	}
	fmt.Println()
	zero := 0.0
	a.f, b.f = zero/zero, zero/zero
	fmt.Println(a == b, a == a)
	a.f, b.f = zero, -zero
	fmt.Println(a == b)
	fmt.Println(empty{} == empty{}, [0]int{} == [0]int{}, [2]empty{} == [2]empty{})
	var x, y any = [2]any{1, "s"}, [2]any{1, "s"}
	fmt.Println(x == y, x != nil, any(a) == any(b), any(p{1, 2, 3}) == any(p{1, 2, 4}))
	a.any, b.any = []int{1}, []int{1}
	fmt.Println(try(func() bool { return a == b }))
	b.name = "different first"
	fmt.Println(try(func() bool { return a == b }))
	fmt.Println(try(func() bool { return any(unc{}) == any(unc{}) }), try(func() bool { return any(unc{}) == any(1) }))
	fmt.Println(try(func() bool { return same[any](map[int]int{}, map[int]int{}) }))
	fmt.Println(try(func() bool { return [2]any{1, []int{}} == [2]any{2, []int{}} }))
	keys := map[any]string{}
	for i, k := range []any{p{1, 2, 3}, p{1, 2, 4}, [2]p{}, e1{"k"}, error(e1{"k"}), &n, 1.0, float32(1), "1", complex(1, 0), zero, -zero} {
		keys[k] += fmt.Sprint(i, ";")
	}
	fmt.Println(len(keys), keys[p{1, 2, 9}], keys[[2]p{}], keys[e1{"k"}], keys[&n], keys[1.0], keys[0.0])
	fmt.Println(try(func() bool { keys[unc{}] = ""; return true }), try(func() bool { _, ok := keys[[]int{}]; return ok }))
	type local struct{ a, b any }
	fmt.Println(local{1, nil} == local{1, nil}, local{1, nil} == local{nil, 1}, any(local{1, 2}) == any(struct{ a, b any }{1, 2}))
	var err1, err2 error = e1{"q"}, e1{"q"}
	fmt.Println(err1 == err2, err1 == error(&e1{"q"}), err1 == nil)
}
