// run

// Unbounded recursion ends the program.
package main

import (
	"runtime/debug"
)

type node struct {
	next *node
	val  [10]int
}

func (n *node) length(acc int) int {
	if n == nil {
		return acc
	}
	return n.next.length(acc+1) + n.val[acc%10]
}

func main() {
	debug.SetMaxStack(1 << 20)
	l := &node{}
	for range 100 {
		l = &node{next: l}
	}
	println(l.length(0))
	l.next.next.next = l
	defer println("not run")
	println(l.length(0))
}
