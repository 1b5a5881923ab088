// run

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Ten million nodes in a list and in a tree: marking must be deep without recursion, and the memory must come back.

type elem struct {
	next *elem
	n    int
}

type node struct {
	left, right *node
	n           int
}

//go:noinline
func list(n int) *elem {
	var head *elem
	for i := 0; i < n; i++ {
		head = &elem{head, i}
	}
	return head
}

//go:noinline
func tree(lo, hi int) *node {
	if lo >= hi {
		return nil
	}
	m := (lo + hi) / 2
	return &node{tree(lo, m), tree(m+1, hi), m}
}

func (t *node) check(lo, hi int) int {
	if t == nil {
		return 0
	}
	if t.n < lo || t.n >= hi {
		panic("order")
	}
	return 1 + t.left.check(lo, t.n) + t.right.check(t.n+1, hi)
}

// degenerate is a tree that is a list to the left with leaves to the right.
func degenerate(n int) *node {
	var t *node
	for i := 0; i < n; i++ {
		t = &node{left: t, right: &node{n: i}, n: i}
	}
	return t
}

func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 20)
}

func main() {
	const n = 10_000_000
	debug.SetGCPercent(50)
	before := inUse()
	l := list(n)
	runtime.GC()
	count, sum := 0, 0
	for e := l; e != nil; e = e.next {
		count++
		sum += e.n
	}
	fmt.Println(count, sum)
	fmt.Println("list", inUse()-before >= 150, inUse()-before <= 170)
	runtime.KeepAlive(l)
	l = nil
	fmt.Println("freed", inUse()-before < 5)

	t := tree(0, n)
	runtime.GC()
	fmt.Println(t.check(0, n))
	fmt.Println("tree", inUse()-before >= 225, inUse()-before <= 250)
	runtime.KeepAlive(t)
	t = nil
	fmt.Println("freed", inUse()-before < 5)

	d := degenerate(n / 5)
	runtime.GC()
	count = 0
	for e := d; e != nil; e = e.left {
		count += 1 + e.right.check(e.n, e.n+1)
	}
	fmt.Println(count)
	d = nil
	fmt.Println("freed", inUse()-before < 5)
}
