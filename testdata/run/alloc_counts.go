// run

// How many objects some functions allocate: what does not leave a frame is allocated in it.
package main

import (
	"fmt"
	"sync"
	"testing"
)

type node struct {
	next *node
	val  int
}

type buffer struct {
	data []byte
}

// reset keeps the memory if it is large enough.
func (b *buffer) reset(n int) *buffer {
	if cap(b.data) < n {
		b.data = make([]byte, n)
		return b
	}
	b.data = b.data[:n]
	clear(b.data)
	return b
}

//go:noinline
func (b *buffer) fill(c byte) {
	b.reset(16)
	for i := range b.data {
		b.data[i] = c
	}
}

func newBuffer() *buffer { return &buffer{make([]byte, 0, 64)} }

//go:noinline
func each(n int, f func(int) bool) {
	for i := range n {
		if !f(i) {
			return
		}
	}
}

//go:noinline
func grown(b []byte, n int) []byte {
	for i := range n {
		b = append(b, byte(i))
	}
	return b
}

//go:noinline
func sum(n *node) int {
	if n == nil {
		return 0
	}
	return n.val + sum(n.next)
}

type wide struct {
	a, b, c, d *int
	e, f       int
}

//go:noinline
func widen(a, b *int) wide { return wide{a: a, b: b, e: *a, f: *b} }

//go:noinline
func even(n *node, i int) bool {
	if i == 0 {
		return n.val == 0
	}
	return odd(n, i-1)
}

//go:noinline
func odd(n *node, i int) bool {
	if i == 0 {
		return n.val != 0
	}
	return even(n, i-1)
}

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

//go:noinline
func total(s []shape) (t int) {
	for _, x := range s {
		t += x.area()
	}
	return t
}

//go:noinline
func sized(n int) byte {
	b := make([]byte, n, 64)
	b[n-1] = 3
	return b[n-1]
}

var sink int

func main() {
	count := func(name string, f func()) { fmt.Println(name, testing.AllocsPerRun(100, f)) }
	once := sync.OnceFunc(func() { sink++ })
	count("once", once)
	value := sync.OnceValue(func() int { return 3 })
	count("once value", func() { sink += value() })
	count("callback", func() {
		s, last := 0, new(int)
		each(10, func(i int) bool {
			s += i
			*last = i
			return i < 8
		})
		sink += s + *last
	})
	count("reset", func() {
		b := newBuffer()
		b.fill(3)
		sink += int(b.data[3])
	})
	count("append", func() { sink += len(grown(make([]byte, 0, 32), 20)) })
	count("append more", func() { sink += len(grown(make([]byte, 0, 8), 20)) })
	count("list", func() {
		a := node{val: 1}
		b := node{next: &a, val: 2}
		sink += sum(&node{next: &b, val: 3})
	})
	count("loop", func() {
		for i := range 10 {
			a := &node{val: i}
			b := &node{next: a, val: 2}
			if i%2 == 0 {
				b = a
			}
			sink += sum(b)
		}
	})
	count("results in memory", func() {
		x, y := 1, 2
		w := widen(&x, &y)
		sink += *w.a + *w.b + w.e
	})
	count("recursion", func() {
		if even(&node{val: 3}, 5) {
			sink++
		}
	})
	count("method value", func() {
		n := node{val: 3}
		f := n.get
		sink += f()
	})
	count("size", func() { sink += int(sized(5)) })
	count("returned", func() { sink += kept(5).val })
	var list *node
	count("linked", func() { list = &node{next: list, val: 1} })
	sink += sum(list)
	key := "k"
	var m sync.Map
	m.Store(key, 3)
	count("sync.Map", func() {
		if _, ok := m.Load(key); ok {
			sink++
		}
	})
	fmt.Println(total([]shape{square{2}, square{3}}))
}

//go:noinline
func (n *node) get() int { return n.val }

//go:noinline
func kept(v int) *node {
	n := node{val: v}
	return &n
}
