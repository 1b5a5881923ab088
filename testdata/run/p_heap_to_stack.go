// run

// Objects that do not outlive the frame but are on the heap all the same, being too large or made in a loop: what
// they point to is on the heap, too.

package main

import "fmt"

//go:noinline
func grow(n int) int {
	var a [128]int
	if n > 0 {
		a[n%128] = grow(n - 1)
	}
	return a[n%128] + n
}

type node struct {
	p    *int
	next *node
}

//go:noinline
func list(n int) int {
	x := 1
	var head *node
	for i := 0; i < n; i++ {
		head = &node{&x, head}
	}
	grow(300)
	for p := head; p != nil; p = p.next {
		*p.p += 1
	}
	return x
}

//go:noinline
func large() int {
	x := 1
	big := new([4000]*int)
	for i := range big {
		big[i] = &x
	}
	grow(300)
	for _, p := range big {
		*p += 1
	}
	return x
}

//go:noinline
func parameter(p *int, n int) int {
	var head *node
	for i := 0; i < n; i++ {
		head = &node{p, head}
	}
	grow(300)
	*head.p += 10
	*head.next.p += 100
	return *p
}

//go:noinline
func caller() int {
	x := 5
	return parameter(&x, 3) + x
}

//go:noinline
func many() int {
	var a, b, c, d, e, f, g, h, i, j [1000]*int
	x := 0
	all := []*[1000]*int{&a, &b, &c, &d, &e, &f, &g, &h, &i, &j}
	for _, p := range all {
		p[7] = &x
	}
	grow(300)
	for _, p := range all {
		*p[7]++
	}
	return x
}

//go:noinline
func deferred() (sum int) {
	for i := range 10 {
		defer func() { sum += i }()
	}
	grow(300)
	return 0
}

func main() {
	done := make(chan bool)
	go func() {
		fmt.Println(list(3), large(), caller(), many(), deferred())
		close(done)
	}()
	<-done
}
