// Allocation of one size, with pointers or without: the argument says which. Prints nanoseconds of CPU time for each.
package main

import (
	"fmt"
	"os"
	"syscall"
)

type (
	n8    struct{ a [1]int }
	n16   struct{ a [2]int }
	n64   struct{ a [8]int }
	n256  struct{ a [32]int }
	n1024 struct{ a [128]int }
	p8    struct{ a [1]*int }
	p16   struct{ a [2]*int }
	p64   struct{ a [8]*int }
	p256  struct{ a [32]*int }
	p1024 struct{ a [128]*int }
)

var sink any
var keep [64]any

func loop[T any](n int) {
	var last *T
	for i := 0; i < n; i++ {
		last = new(T)
		if i&1023 == 0 {
			keep[i>>10&63] = last
		}
	}
	sink = last
}

func now() int64 {
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

func main() {
	cases := map[string]func(int){
		"n8": loop[n8], "n16": loop[n16], "n64": loop[n64], "n256": loop[n256], "n1024": loop[n1024],
		"p8": loop[p8], "p16": loop[p16], "p64": loop[p64], "p256": loop[p256], "p1024": loop[p1024],
	}
	sizes := map[string]int{"8": 20e6, "16": 20e6, "64": 8e6, "256": 3e6, "1024": 1e6}
	name := os.Args[1]
	n := sizes[name[1:]]
	start := now()
	cases[name](n)
	fmt.Printf("%.2f\n", float64(now()-start)/float64(n))
}
