// Stacks that grow at a call in a loop, shrink in a collection, and grow again; and calls at every depth around the
// place where the stack has no room any more.
package main

import "runtime"

//go:noinline
func big(n int) int {
	var a [512]int
	a[n%512] = n
	return a[(n+1)%512] + a[n%512]
}

//go:noinline
func at(depth, n int) int {
	if depth > 0 {
		return at(depth-1, n) + 1
	}
	s := 0
	for i := range n {
		s += big(i) - i
	}
	return s
}

func main() {
	const goroutines = 200
	step, done := make(chan bool), make(chan int)
	for g := range goroutines {
		go func() {
			s := 0
			for range step {
				s += at(g%64, 20)
				done <- s
			}
		}()
	}
	for range 60 {
		for range goroutines {
			step <- true
		}
		for range goroutines {
			<-done
		}
		runtime.GC()
		runtime.GC()
	}
	for depth := range 200 {
		go func() { done <- at(depth, 20_000) }()
		<-done
	}
}
