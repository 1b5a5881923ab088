// run

// Variables of for clauses with addresses: what passes from one iteration to the next is their value.

package main

import (
	"fmt"
	"testing"
)

type iter struct{ n, max int }

func (i *iter) next() int  { i.n++; return i.n }
func (i *iter) done() bool { return i.n >= i.max }

type big struct {
	a [6]int
	p *int
}

func (b *big) inc() { b.a[0]++ }

//go:noinline
func use(p *int) { *p++ }

func main() {
	sum := 0
	for it := (iter{0, 10}); !it.done(); {
		sum += it.next()
	}
	fmt.Println(sum)
	for it := (iter{0, 10}); !it.done(); it.next() {
		sum += it.n
	}
	fmt.Println(sum)
	var fs []func() int
	for i, j := 0, 10; i < 3; i, j = i+1, j-1 {
		fs = append(fs, func() int { i += 10; return i*100 + j })
		i := i
		_ = i
	}
	for _, f := range fs {
		fmt.Println(f(), f())
	}
	var ps []*int
	for i := 0; i < 5; i++ {
		ps = append(ps, &i)
		if i == 1 {
			continue
		}
		use(&i)
	}
	for _, p := range ps {
		fmt.Println(*p)
	}
	fs = nil
	for i := 0; i < 4; func() { fs = append(fs, func() int { i *= 2; return i }); i++ }() {
		fs = append(fs, func() int { i++; return i })
	}
	for _, f := range fs {
		fmt.Println(f())
	}
	var prev *int
	for i := 0; i < 4; i++ {
		if prev != nil {
			fmt.Println("prev", *prev, i)
			*prev = 7
		}
		prev = &i
	}
	for b := (big{}); b.a[0] < 3; b.a[1] += 2 {
		b.inc()
		b.p = &b.a[1]
		*b.p += 1
		fmt.Println(b.a)
	}
	// A label and jumps.
outer:
	for i := 0; i < 3; i++ {
		p := &i
		for j := 0; j < 3; j++ {
			q := &j
			if *q == 2 {
				continue outer
			}
			if *p == 2 {
				break outer
			}
			fmt.Println(*p, *q)
			if j == 1 {
				*p++
			}
		}
	}
	// Deferred closures.
	func() {
		for i := 0; i < 3; i++ {
			defer func() { fmt.Println("deferred", i) }()
		}
	}()
	// Arrays with variable index.
	for a := [3]int{1, 2, 3}; a[1] < 5; a[a[0]%3]++ {
		s := a[:]
		s[1]++
		fmt.Println(a, len(s))
	}
	// A variable whose address stays in its iteration needs no memory of its own.
	fmt.Println(testing.AllocsPerRun(10, func() {
		for it := (iter{0, 100}); !it.done(); {
			sink += it.next()
		}
		for it := (iter{0, 100}); !it.done(); it.n++ {
			use(&it.max)
			it.max--
		}
	}))
}

var sink int
