// run

// Deferred calls that are kept in the frame: conditional ones, panics in all places, recovery, Goexit, moved stacks.
package main

import (
	"errors"
	"fmt"
	"os"
	. "runtime"
	"sync"
)

type S struct {
	mu sync.Mutex
	n  int
}

//go:noinline
func (s *S) inc(x int) int { s.mu.Lock(); defer s.mu.Unlock(); s.n += x; return s.n }

//go:noinline
func (s *S) div(x int) (r int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("rec: %v", e)
			r = -1
		}
	}()
	return s.n / x, nil
}
func cond(b int) (out []string) {
	if b&1 != 0 {
		defer func() { out = append(out, "one") }()
	}
	switch {
	case b&2 != 0:
		defer func(s string) { out = append(out, s) }("two")
	case b&4 != 0:
		return []string{"early"}
	}
	defer func() { out = append(out, "last", fmt.Sprint(recover())) }()
	if b&8 != 0 {
		panic("boom")
	}
	return []string{"r"}
}
func nest() (e error) {
	defer func() { e = errors.Join(e, fmt.Errorf("outer %v", recover())) }()
	defer func() {
		defer func() { e = errors.Join(e, fmt.Errorf("inner %v", recover())) }()
		panic("second")
	}()
	panic("first")
}
func loop() (s string) {
	for i := range 4 {
		defer func() { s += fmt.Sprint(i) }()
	}
	func() { defer func() { s += "lit" }() }()
	return "L"
}
func mixed() (s string) {
	defer func() { s += "/open" }()
	s = loop()
	defer func() { recover(); s += "rec" }()
	var p *S
	p.n++
	return "no"
}
func goexit() {
	c := make(chan string, 4)
	go func() {
		defer close(c)
		defer func() { c <- fmt.Sprint("d", recover()) }()
		func() { defer func() { c <- "x" }(); Goexit() }()
	}()
	for v := range c {
		fmt.Println(v)
	}
}
func many(n int) (s string) {
	a := func(x string) { s += x }
	defer a("1")
	defer a("2")
	defer a("3")
	if n > 1 {
		return "x"
	}
	defer a("4")
	defer a("5")
	if n > 0 {
		return "y"
	}
	defer a("6")
	defer a("7")
	defer a("8")
	return "z"
}
func deep(n int) int {
	defer func() {
		if n == 5 {
			recover()
		}
	}()
	if n == 0 {
		panic("deep")
	}
	var big [200]int
	big[n%200] = n
	return deep(n-1) + big[3]
}
func main() {
	nilDeferred()
	deferredRecover()
	var s S
	fmt.Println(s.inc(3), s.inc(4))
	fmt.Println(s.div(2))
	fmt.Println(s.div(0))
	fmt.Println(s.inc(1))
	for i := range 16 {
		fmt.Println(i, cond(i))
	}
	fmt.Println(nest())
	fmt.Println(loop(), mixed())
	goexit()
	fmt.Println(many(0), many(1), many(2))
	fmt.Println(deep(200))
	func() { defer fmt.Println("deferred print", 1, "x"); defer os.Stdout.WriteString("ws\n") }()
	var np *S
	defer func() { fmt.Println(recover()); defer panic("again"); panic(fmt.Sprint("third", np == nil)) }()
	np.inc(1)
}

// A nil func value that is deferred panics when it is called, in place of the panic that called it.
func nilDeferred() {
	defer func() { fmt.Println("nil:", recover()) }()
	func() {
		var g func()
		defer g()
		panic(1)
	}()
}

// recover that is deferred itself counts as called by the function that defers it, which a recovered panic resumed.
func deferredRecover() {
	defer func() { fmt.Println("left:", recover()) }()
	defer func() {
		defer recover()
		defer func() { fmt.Println("inner:", recover()) }()
		panic(3)
	}()
	panic(2)
}
