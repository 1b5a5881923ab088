// run

// Closures of defer statements: in the frame, in loops, with panics, recovery, Goexit and moving stacks.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

//go:noinline
func grow(n int) int {
	var a [64]int
	if n > 0 {
		a[n%64] = grow(n - 1)
	}
	return a[n%64] + n
}

type stack struct{ items []string }

func (s *stack) push(x string) { s.items = append(s.items, x) }

//go:noinline
func named(s *stack, fail bool) (n int, err error) {
	label := "label"
	defer s.push("last")
	defer func() {
		grow(100)
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
			n += 10
		}
		label += "!"
		s.push(label)
	}()
	n = 1
	grow(50)
	if fail {
		label = "failed"
		panic("oh")
	}
	n = 2
	return n, nil
}

//go:noinline
func loops(s *stack, n int) {
	for i := 0; i < n; i++ {
		x := [3]int{i, i * i, n}
		defer func() { s.push(fmt.Sprint(x, i)) }()
		if i == 1 {
			defer s.push("once")
		}
	}
	grow(100)
	i := 0
again:
	y := i
	defer func() { s.push(fmt.Sprint("goto ", y)) }()
	if i++; i < 3 {
		goto again
	}
}

//go:noinline
func nested(s *stack) (err error) {
	defer func() {
		defer func() {
			if r := recover(); r != nil {
				err = errors.Join(err, fmt.Errorf("inner %v", r))
			}
		}()
		if r := recover(); r != nil {
			err = fmt.Errorf("outer %v", r)
			panic("second")
		}
	}()
	var mu sync.Mutex
	mu.Lock()
	defer mu.Unlock()
	defer func(p *int) { s.push(fmt.Sprint("arg ", *p)) }(new(int))
	panic("first")
}

//go:noinline
func repanic(s *stack) {
	defer func() { s.push(fmt.Sprint(recover())) }()
	defer func() {
		v := 7
		defer func() { v++; s.push(fmt.Sprint("v ", v)) }()
		panic(fmt.Sprint("replaced ", recover()))
	}()
	panic("original")
}

var kept func()

//go:noinline
func escapes(s *stack) {
	n := 3
	f := func() { n++; s.push(fmt.Sprint("kept ", n)) }
	kept = f
	defer f()
	grow(100)
}

//go:noinline
func exits(s *stack, done chan bool) {
	defer close(done)
	local := &stack{}
	defer func() {
		grow(200)
		local.push("exit")
		s.items = append(s.items, local.items...)
	}()
	defer func() { local.push("first") }()
	runtime.Goexit()
}

//go:noinline
func nilcall() (err any) {
	defer func() { err = recover() }()
	var f func()
	defer f()
	return nil
}

func main() {
	s := &stack{}
	fmt.Println(named(s, false))
	fmt.Println(named(s, true))
	loops(s, 3)
	fmt.Println(nested(s))
	repanic(s)
	escapes(s)
	grow(100)
	kept()
	done := make(chan bool)
	go exits(s, done)
	<-done
	for _, x := range s.items {
		fmt.Println(x)
	}
	fmt.Println(nilcall())
}
