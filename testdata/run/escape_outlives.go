// run

// Objects that outlive the frame or the iteration that makes them, each close to a case in which they do not.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

type node struct {
	next *node
	val  int
}

type holder struct {
	a, b *node
	fs   []func() int
}

var global struct {
	n  *node
	f  func() int
	h  *holder
	ns []*node
}

//go:noinline
func use(n *node) int { return n.val }

//go:noinline
func call(f func() int) int { return f() }

//go:noinline
func smash(depth int) int {
	var a [64]int
	for i := range a {
		a[i] = -depth
	}
	if depth == 0 {
		runtime.GC()
		return a[5]
	}
	return smash(depth-1) + a[depth%64]
}

// A func value that keeps what it has captured.
//
//go:noinline
func keepsCaptured() {
	n := &node{val: 1}
	call(func() int { global.n = n; return 0 })
}

// One that keeps the variable itself.
//
//go:noinline
func keepsVariable() {
	x := 2
	call(func() int { global.f = func() int { x++; return x }; return 0 })
}

// A func value that returns what it has captured.
//
//go:noinline
func returnsCaptured() *node {
	n := &node{val: 3}
	return func(f func() *node) *node { return f() }(func() *node { return n })
}

// What a callee moves nearer to its parameter.
//
//go:noinline
func advance(h *holder) { h.a = h.a.next }

//go:noinline
func moved() *node {
	h := holder{a: &node{next: &node{val: 4}, val: -1}}
	advance(&h)
	return h.a
}

// What a callee stores in memory of another parameter.
//
//go:noinline
func transfer(to, from *holder) { to.b = from.a }

//go:noinline
func transferred(to *holder) {
	from := holder{a: &node{val: 5}}
	transfer(to, &from)
}

// Results in memory.
type wide struct {
	n       *node
	a, b, c int
	d, e, f int
}

//go:noinline
func widen(n *node) wide { return wide{n: n, a: n.val} }

//go:noinline
func throughMemory() *node {
	w := widen(&node{val: 6})
	return w.n
}

// Recursion that keeps its parameter at the end.
//
//go:noinline
func descend(n *node, i int) {
	if i == 0 {
		global.h = &holder{a: n}
		return
	}
	ascend(n, i-1)
}

//go:noinline
func ascend(n *node, i int) { descend(n, i) }

//go:noinline
func recursed() { descend(&node{val: 7}, 3) }

// Objects of several iterations.
//
//go:noinline
func iterations(n int) int {
	var last, held *node
	h := &holder{}
	s := 0
	for i := range n {
		x := &node{val: i}
		if last != nil {
			s = s*3 + last.val
		}
		if i%2 == 0 {
			last = x
		}
		y := &node{val: 10 * i}
		if h.a != nil {
			s = s*3 + h.a.val
		}
		if i%3 == 0 {
			h.a = y
		}
		z := &holder{a: &node{val: 100 * i}}
		if held != nil {
			s = s*3 + held.val
		}
		held = z.a
	}
	return s
}

// A holder that is made anew in some iterations only.
//
//go:noinline
func someIterations(n int) int {
	var h *holder
	s := 0
	for i := range n {
		if i%4 == 0 {
			h = &holder{}
		}
		x := &node{val: i}
		if h.a != nil {
			s = s*2 + h.a.val
		}
		if i%4 == 1 {
			h.a = x
		}
	}
	return s
}

// An inner loop whose objects the outer one keeps for an iteration.
//
//go:noinline
func inner(n int) int {
	s := 0
	for i := range n {
		h := &holder{}
		for j := range 3 {
			x := &node{val: i*10 + j}
			if j == 0 {
				h.a = x
			}
			s += use(x)
		}
		s = s*2 + h.a.val
	}
	return s
}

// A loop of gotos.
//
//go:noinline
func gotos(n int) int {
	i, s := 0, 0
	var prev *node
again:
	x := &node{val: i}
	if prev != nil {
		s = s*2 + prev.val
	}
	if i%2 == 1 {
		goto skip
	}
	prev = x
skip:
	i++
	if i < n {
		goto again
	}
	return s
}

// Func values of several iterations.
//
//go:noinline
func funcs(n int) int {
	var fs []func() int
	for i := range n {
		v := &node{val: i}
		fs = append(fs, func() int { v.val++; return v.val })
	}
	s := 0
	for _, f := range fs {
		s = s*10 + call(f)
	}
	return s
}

// An append that keeps what it appends, in memory of the frame at first.
//
//go:noinline
func appended(n int) []*node {
	list := make([]*node, 0, 4)
	for i := range n {
		list = append(list, &node{val: i})
	}
	return list
}

// Strings with buffers, of several iterations.
//
//go:noinline
func words(b []byte) string {
	prev, s := "", ""
	for i := range b {
		w := string(b[i : i+1])
		if prev != "" && prev != w {
			s += prev
		}
		prev = w + strings.Repeat("-", i%2)
	}
	return s + prev
}

func main() {
	keepsCaptured()
	smash(20)
	fmt.Println(global.n.val)
	keepsVariable()
	smash(20)
	fmt.Println(global.f(), global.f())
	r := returnsCaptured()
	smash(20)
	fmt.Println(r.val)
	m := moved()
	smash(20)
	fmt.Println(m.val)
	to := new(holder)
	transferred(to)
	smash(20)
	fmt.Println(to.b.val)
	t := throughMemory()
	smash(20)
	fmt.Println(t.val)
	recursed()
	smash(20)
	fmt.Println(global.h.a.val)
	fmt.Println(iterations(9), someIterations(12), inner(4), gotos(7), funcs(5))
	list := appended(10)
	smash(20)
	for _, n := range list {
		fmt.Print(n.val, " ")
	}
	fmt.Println()
	fmt.Println(words([]byte("escape")))
}
