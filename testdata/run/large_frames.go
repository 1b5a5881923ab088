// run

// Frames of more than 4 KiB and of more than 64 KiB: their words have offsets that do not fit into one instruction of every
// machine. They grow, are copied, scanned, recovered in and faulted in like others.

package main

import (
	"fmt"
	"runtime"
	"strings"
)

type node struct {
	v    int
	next *node
}

type big struct {
	head  string
	words [9000]int
	tail  []string
}

// Some 6 KiB, with calls at every depth.
//
//go:noinline
func medium(n int, p *int) int {
	var a [700]int
	for i := range a {
		a[i] = i*n + *p
	}
	q := &a[n%700]
	*q += 3
	if n > 0 {
		*p++
		return medium(n-1, q) + a[(n*31)%700] + *q
	}
	return sum(a[:]) + *q
}

//go:noinline
func sum(a []int) (s int) {
	for _, v := range a {
		s += v
	}
	return s
}

// Some 80 KiB.
//
//go:noinline
func wide(n int, s string, p *node) (int, string, *node) {
	var a [10000]int
	last := &a[len(a)-1]
	for i := 0; i < len(a); i += 97 {
		a[i] = i ^ n
	}
	*last = n
	if n == 0 {
		return sum(a[:]), s, p
	}
	x, t, q := wide(n-1, s+string(rune('a'+n)), &node{n, p})
	return x + *last + a[97*n%9700], t + s[:1], q
}

// Pointers in a frame of some 48 KiB keep what they point to.
//
//go:noinline
func holds(n int) int {
	var a [6000]*node
	for i := 0; i < len(a); i += 11 {
		a[i] = &node{i, &node{n, nil}}
	}
	if n%4 == 0 {
		runtime.GC()
	}
	x := 0
	if n > 0 {
		x = holds(n - 1)
	}
	for i := range a {
		if a[i] != nil {
			x += a[i].v + a[i].next.v
		}
	}
	return x
}

// Values of more than 64 KiB as parameters and results.
//
//go:noinline
func byValue(b big, n int) big {
	b.words[n] += n
	b.words[len(b.words)-1-n]++
	b.head += "x"
	b.tail = append(b.tail, b.head)
	if n > 0 {
		return byValue(b, n-1)
	}
	return b
}

// Many values are alive across calls, beside a big array.
//
//go:noinline
func spills(a, b, c, d, e, f int, x, y, z float64, s, t string) string {
	var buf [70000]byte
	m := a*b + c
	n := d*e - f
	w := x*y + z
	for i := range buf {
		buf[i] = "0123456789"[(i*m)%10]
	}
	u := medium(3, &m)
	buf[len(buf)-1] = byte('A' + n%26)
	return fmt.Sprint(a, b, c, d, e, f, x, y, z, s, t, m, n, w, u, string(buf[len(buf)-5:]), strings.Count(string(buf[:]), "7"))
}

// Panics and faults in big frames.
//
//go:noinline
func recovers(kind int, p *node) (r string, left int) {
	var a [9000]int
	defer func() {
		if e := recover(); e != nil {
			r = fmt.Sprint(e, " ", a[8999], " ", a[kind])
		}
	}()
	a[8999] = 77
	a[kind] = kind + 1
	left = kind
	switch kind {
	case 0:
		a[8998] = p.v
	case 1:
		return "", a[8999+left]
	case 2:
		a[0] = 1 / (left - 2)
	case 3:
		panic(fmt.Sprint("own ", medium(2, &a[5])))
	case 4:
		for i := range 3 {
			defer func() { a[8999] += i + 1 }()
		}
		panic("after loops")
	}
	return "none", a[8999]
}

// A variable of a big frame that a closure changes.
//
//go:noinline
func captured(n int) int {
	var a [12000]int
	add := func(i, v int) { a[i] += v }
	for i := range n {
		add(i*7%len(a), i)
		add(len(a)-1, 1)
	}
	func() {
		defer func() { a[0] += medium(1, &a[3]) }()
	}()
	return sum(a[:])
}

//go:noinline
func trace(depth int) int {
	var a [10000]int
	a[depth] = depth
	if depth == 0 {
		pc := make([]uintptr, 20)
		frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "main.") {
				fmt.Println(f.Function, f.Line)
			}
			if !more {
				return sum(a[:])
			}
		}
	}
	return trace(depth-1) + a[depth]
}

func main() {
	x := 5
	fmt.Println(medium(60, &x), x)
	n, s, p := wide(12, "start", nil)
	fmt.Println(n, s, p.v, p.next.v)
	fmt.Println(holds(9))
	b := byValue(big{head: "h"}, 6)
	fmt.Println(b.head, b.tail, sum(b.words[:]), b.words[6], b.words[8993])
	fmt.Println(spills(1, 2, 3, 4, 50, 6, 1.5, 2.5, 3.5, "s", "t"))
	for kind := range 6 {
		fmt.Println(recovers(kind, nil))
	}
	fmt.Println(captured(500))
	fmt.Println(trace(2))
	done := make(chan string)
	for i := range 4 {
		go func() {
			n, s, _ := wide(3+i, "go", nil)
			x := i
			done <- fmt.Sprint(i, n, s, holds(i), medium(20, &x))
		}()
	}
	var all [4]string
	for range all {
		text := <-done
		all[text[0]-'0'] = text
	}
	fmt.Println(all)
}
