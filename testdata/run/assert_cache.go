// run

// Assertions to interface types remember the last type they saw; what they find must not depend on it.
package main

import "fmt"

type I interface{ F() int }
type J interface {
	F() int
	G() string
}
type A int

func (a A) F() int { return int(a) }

type B struct{ s string }

func (b *B) F() int    { return len(b.s) }
func (b *B) G() string { return b.s }

type C struct{}

func (C) H() {}

func classify(v any) string {
	switch x := v.(type) {
	case J:
		return "J" + x.G()
	case I:
		return fmt.Sprint("I", x.F())
	case error:
		return "error " + x.Error()
	case nil:
		return "nil"
	}
	return "none"
}

func must(v any) (s string) {
	defer func() {
		if e := recover(); e != nil {
			s = fmt.Sprint(e)
		}
	}()
	return fmt.Sprint(v.(I).F())
}

func convert(j J) I { return j }

func main() {
	values := []any{A(1), &B{"b"}, C{}, 3, "x", nil, fmt.Errorf("e"), 2.5, []int{1}, struct{ A }{7}, map[string]int{}}
	count := map[string]int{}
	for range 300 {
		for _, v := range values {
			count[classify(v)+"/"+must(v)]++
		}
	}
	// One type for long, then another.
	for _, v := range values {
		for range 200 {
			count["run "+classify(v)+"/"+must(v)]++
		}
	}
	for _, v := range values {
		s := classify(v) + "/" + must(v)
		fmt.Println(s, count[s], count["run "+s])
	}
	var j J
	fmt.Println(convert(j) == nil, convert(&B{"abc"}).F())
	fmt.Println(len(count))
}
