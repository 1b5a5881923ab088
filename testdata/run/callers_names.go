// run

// Names of functions and closures of every kind, and the lines of all frames.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

type S struct{ x int }

func (s S) Val()  { show("val") }
func (s *S) Ptr() { show("ptr") }

type I interface{ Val() }
type Emb struct {
	*S
	n string
}
type G[T any] struct{ v T }

func (g *G[T]) M()               { show("generic method"); func() { show("in generic") }() }
func F[A, B any](a A, f func(B)) { var b B; f(b); func() { show("F closure") }() }
func show(s string) {
	pcs := make([]uintptr, 20)
	n := runtime.Callers(2, pcs)
	fr := runtime.CallersFrames(pcs[:n])
	var out []string
	for {
		f, more := fr.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			out = append(out, fmt.Sprintf("%s:%d", f.Function, f.Line))
		}
		if !more {
			break
		}
	}
	fmt.Println(s, strings.Join(out, " "))
}

var glob = func() int { show("glob"); return 1 }()

func init() { show("init"); func() { show("init closure") }() }
func init() { show("init2") }
func seq(yield func(int) bool) {
	for i := 0; i < 2; i++ {
		if !yield(i) {
			return
		}
	}
}
func main() {
	s := S{1}
	s.Val()
	s.Ptr()
	(&s).Val()
	var i I = s
	i.Val()
	i = &s
	i.Val()
	i = Emb{&s, ""}
	i.Val()
	f := s.Val
	f()
	g := (*S).Ptr
	g(&s)
	h := I.Val
	h(s)
	k := (&s).Ptr
	k()
	defer s.Val()
	defer func() { show("deferred"); func() { show("deeper"); func() { show("deepest") }() }() }()
	(&G[int]{}).M()
	(&G[map[string]S]{}).M()
	F(1, func(b string) { show("arg of F") })
	F(s, func(b []int) { show("arg of F 2") })
	gm := (&G[string]{}).M
	gm()
	done := make(chan bool)
	go func() { show("go"); done <- true }()
	<-done
	go func() { s.Val(); done <- true }()
	<-done
	go func(a int) { show("go arg"); done <- true }(3)
	<-done
	for x := range seq {
		show("range body")
		defer show("deferred in range")
		_ = x
		func() { show("closure in range") }()
	}
	var fs []func()
	for j := 0; j < 2; j++ {
		fs = append(fs, func() { show("loop") })
	}
	for _, f := range fs {
		f()
	}
	type local struct{ S }
	l := local{s}
	l.Val()
	i = l
	i.Val()
	fmt.Println(glob)
}
