// run

package main

import (
	"fmt"
	"runtime"
)

// Finalizers of what a collection found to be dead run soon after runtime.GC, although its caller
// does not give way.

type object struct {
	id   int
	room [6]int
}

var finalized int

//go:noinline
func drop(id int) {
	p := &object{id: id}
	runtime.SetFinalizer(p, func(p *object) { finalized += p.id })
}

func main() {
	runtime.GOMAXPROCS(1)
	for i := 1; i <= 3; i++ {
		drop(i)
		for range 3 {
			runtime.GC()
		}
		fmt.Println(i, finalized)
	}
}
