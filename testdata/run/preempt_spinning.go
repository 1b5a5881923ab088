// run

// Goroutines that spin without calls hold up neither the main goroutine nor collections nor timers.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

var sink [8]int

//go:noinline
func spin(stop *bool) int {
	n := 0
	for !*stop {
		n++
	}
	return n
}

type node struct {
	next *node
	v    int
}

func main() {
	runtime.GOMAXPROCS(1)
	var never bool
	go spin(&never)
	go func() {
		for {
		}
	}()
	time.Sleep(5 * time.Millisecond)
	fmt.Println("slept")
	runtime.GC()
	fmt.Println("collected")

	// All of them make progress.
	var counts [3]atomic.Int64
	for i := range counts {
		go func() {
			for {
				counts[i].Add(1)
			}
		}()
	}
	for {
		done := true
		for i := range counts {
			done = done && counts[i].Load() > 1000
		}
		if done {
			break
		}
		runtime.Gosched()
	}
	fmt.Println("all have run")

	// A loop that stores pointers while the collector works.
	list := &node{}
	go func() {
		a, b := &node{v: 1}, &node{v: 2}
		for {
			a.next, b.next = b, a
			a, b = b, a
		}
	}()
	go func() {
		last := list
		for i := 0; i < 1000000; i++ {
			last.next = &node{v: i}
			last = last.next
		}
	}()
	for i := 0; i < 20; i++ {
		runtime.GC()
	}
	fmt.Println("done")
}
