// run

package main

import "runtime"

// The function with the go statement may be inlined into another one, even into the runtime: the
// traceback names the function that the statement stands in.

func start[T any](v T) {
	go func() {
		select {}
	}()
	_ = v
}

type worker struct{ n int }

func (w worker) run(c chan int) {
	c <- w.n
}

func main() {
	start("x")
	go worker{1}.run(nil)
	go func() {
		select {}
	}()
	runtime.Goexit()
}
