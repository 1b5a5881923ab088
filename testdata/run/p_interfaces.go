// run

// Dynamic dispatch, assertions, nil interfaces and typed nils.
package main

type shape interface {
	area() int
	name() string
}
type square struct{ s int }
type rect struct{ w, h int }
type unit int

func (s square) area() int    { return s.s * s.s }
func (s square) name() string { return "square" }
func (r *rect) area() int     { return r.w * r.h }
func (r *rect) name() string  { return "rect" }
func (u unit) area() int      { return int(u) }
func (u unit) name() string   { return "unit" }

type named interface{ name() string }
type stringer interface{ String() string }

type myErr struct{}

func (*myErr) Error() string { return "myErr" }

func mayFail(fail bool) error {
	var e *myErr
	if fail {
		e = &myErr{}
	}
	return e
}

//go:noinline
func opaque(s shape) shape { return s }

func try(f func()) {
	defer func() {
		if e := recover(); e != nil {
			println("panic:", e.(error).Error())
		}
	}()
	f()
}

func main() {
	shapes := []shape{square{3}, &rect{2, 5}, unit(7), &square{4}}
	total := 0
	for _, s := range shapes {
		println(s.name(), s.area())
		total += s.area()
	}
	println(total)
	s := shapes[0]
	q, ok := s.(square)
	println(q.s, ok)
	r, ok := s.(*rect)
	println(r == nil, ok)
	var n named = s
	println(n.name())
	sh, ok := n.(shape)
	println(sh.area(), ok)
	_, ok = n.(stringer)
	println(ok)
	var nilShape shape
	_, ok = nilShape.(square)
	println(nilShape == nil, ok)
	println(mayFail(false) == nil, mayFail(true).Error())
	println(s == shape(square{3}), s == shapes[3], shapes[1] == shapes[1], n == s)
	println(s == square{3}, s != unit(3))
	var a any = 5
	println(a == 5, a == 5.0, a == nil, a.(int)+1)
	a = "str"
	println(a == "str", a.(string)+"!")
	f := s.area
	s = unit(1)
	println(f(), s.area())
	g := shape.area
	println(g(s), g(shapes[1]))
	try(func() { _ = a.(int) })
	try(func() { _ = a.(stringer) })
	try(func() { _ = s.(square) })
	try(func() { _ = s.(stringer) })
	try(func() { _ = nilShape.(square) })
	try(func() { _ = nilShape.(named) })
	try(func() { nilShape.area() })
	try(func() { var r *rect; opaque(r).area() })
	try(func() { var sq *square; opaque(sq).area() })
	try(func() { a = []int{1}; println(a == a) })
	try(func() { a = struct{ f func() }{}; println(a == a) })
	try(func() { a = map[int]int{}; println(a == any(1), a != nil); println(a == a) })
	try(func() { a = [1]any{[]int{}}; println(a == a) })
}
