// run

// %v, %+v, %#v and %T of composite values.
package main

import (
	"errors"
	"fmt"
	"time"
)

type inner struct {
	A int
	b string
}
type outer struct {
	inner
	P  *inner
	S  []int
	M  map[string]int
	I  any
	F  func()
	C  chan int
	E  error
	Ar [2]bool
}
type stringer struct{ n int }

func (s stringer) String() string { return fmt.Sprintf("S(%d)", s.n) }

type ptrStringer struct{ n int }

func (s *ptrStringer) String() string { return "P" }

type gostringer int

func (gostringer) GoString() string { return "go!" }

type formatter struct{}

func (formatter) Format(f fmt.State, c rune) {
	w, wok := f.Width()
	p, pok := f.Precision()
	fmt.Fprintf(f, "F(%c %d %v %d %v %v%v)", c, w, wok, p, pok, f.Flag('+'), f.Flag('#'))
}

type panicker struct{ p *int }

func (p panicker) String() string { return fmt.Sprint(*p.p) }

type myErr struct{}

func (myErr) Error() string { return "myErr" }

type rec struct {
	Name string
	Kids []*rec
}

func main() {
	o := outer{inner: inner{1, "b"}, S: []int{1, 2}, M: map[string]int{"z": 1, "a": 2}, I: 3.5, E: errors.New("err")}
	fmt.Printf("%v\n%+v\n", o, o)
	fmt.Printf("%#v %#v %#v\n", o.inner, o.S, o.M)
	fmt.Printf("%T %T %T %T %T %T %T %T\n", o, &o, o.S, o.M, o.I, o.F, o.C, o.E)
	p := &inner{2, "x"}
	fmt.Printf("%v %+v %#v\n", p, p, p)
	fmt.Printf("%v %v\n", &[]int{1}, &map[string]int{"a": 1})
	fmt.Println(stringer{4}, &stringer{5}, []stringer{{1}, {2}}, map[stringer]int{{3}: 3})
	fmt.Println(ptrStringer{1}, &ptrStringer{1}, []*ptrStringer{}, struct{ S stringer }{stringer{9}}, struct{ s stringer }{stringer{9}})
	fmt.Printf("%d %v %#v %+v %s\n", stringer{6}, gostringer(1), gostringer(1), stringer{7}, stringer{8})
	fmt.Printf("%v|%+v|%#v|%5.2x|%s\n", formatter{}, formatter{}, formatter{}, formatter{}, formatter{})
	fmt.Printf("%v\n", panicker{})
	var np *panicker
	var ns *stringer
	fmt.Printf("%v %s\n", np, ns)
	fmt.Println(myErr{}, &myErr{}, []error{myErr{}, nil})
	fmt.Printf("%v %d %s\n", []any{1, "a", nil, 2.5, []int{1}}, []any{1, "a"}, []any{1, "a"})
	fmt.Printf("%#v %#v %#v\n", []any{1, "a", nil}, map[int]bool{2: true, 1: false}, struct {
		X int
		Y any
	}{1, nil})
	fmt.Printf("%v %v\n", map[[2]int]string{{2, 1}: "b", {1, 2}: "a"}, map[any]int{"b": 1, nil: 5, "a": 4})
	fmt.Printf("%v %+v\n", rec{"r", []*rec{nil}}, struct{}{})
	fmt.Printf("%6v|%-6v|%06v|%6.2v\n", []int{1, 22}, []string{"a"}, []int{-5}, []float64{1.234})
	fmt.Printf("%v %s %d\n", time.Second*90, time.Millisecond, time.Microsecond)
	fmt.Printf("%T %T %T %T\n", nil, main, [3]struct{}{}, (*error)(nil))
	fmt.Printf("%t %p\n", struct{ b bool }{true}, nil)
	var e error
	var m map[string]int
	var s []string
	fmt.Printf("%v %v %v %#v %#v %+v\n", e, m, s, m, s, (*int)(nil))
	fmt.Printf("%!v %v %[3]v %[1]T\n", 1, 2, 3)
	fmt.Printf("%x %q\n", map[string]string{"k": "v"}, struct{ a, b string }{"x", "y"})
}
