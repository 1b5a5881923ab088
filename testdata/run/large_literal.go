// run

// A large literal needs no room on the stack.

package main

import (
	"fmt"
	"runtime/debug"
)

type large struct {
	a [1 << 20]byte
	s string
	n [3]int
}

type holder struct {
	l  large
	ok bool
}

//go:noinline
func fill(l *large, h *holder, m map[int]*large, n int) {
	*l = large{s: "constant", n: [3]int{1: 5}}
	h.l = large{s: "field"}
	m[1] = &large{s: "element", n: [3]int{n, n + 1}}
}

//go:noinline
func computed(l *large) { *l = large{s: l.s + "!", n: [3]int{l.n[1], l.n[0]}} }

func main() {
	l := &large{s: "computed", n: [3]int{1, 2}}
	computed(l)
	fmt.Println(l.s, l.n)
	debug.SetMaxStack(1 << 16)
	done := make(chan bool)
	go func() {
		l, h, m := new(large), new(holder), map[int]*large{}
		l.a[5], h.ok = 7, true
		fill(l, h, m, 3)
		fmt.Println(l.a[5], l.s, l.n, h.l.s, h.ok, m[1].s, m[1].n)
		var p *large
		defer func() {
			fmt.Println(recover())
			done <- true
		}()
		*p = large{s: "nil"}
	}()
	<-done
}
