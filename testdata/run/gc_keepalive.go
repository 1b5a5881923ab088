// run

package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

// KeepAlive of values that an interface does not hold directly keeps what they refer to.

type thing struct {
	id   int
	next *thing
}

type pair struct {
	a, b *thing
	n    [3]int
}

var dead atomic.Int64

//go:noinline
func newThing(id int) *thing {
	t := &thing{id: id}
	runtime.SetFinalizer(t, func(t *thing) { dead.Add(1) })
	return t
}

//go:noinline
func fill(s [][]*thing) {
	for i := range s {
		s[i] = append(s[i], newThing(i), newThing(-i))
	}
}

func collect() int64 {
	for range 3 {
		runtime.GC()
		runtime.Gosched()
	}
	return dead.Load()
}

func main() {
	s := make([][]*thing, 6)
	fill(s)
	fmt.Println(collect())
	p := pair{a: newThing(1), b: newThing(2)}
	fmt.Println(collect(), p.a.id)
	str := struct {
		name string
		t    *thing
	}{"x", newThing(3)}
	fmt.Println(collect(), str.t.id)
	fmt.Println(collect())
	runtime.KeepAlive(s)
	runtime.KeepAlive(p)
	runtime.KeepAlive(str)
}
