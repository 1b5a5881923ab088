// run

// Comparable hashes of pointers stay the same while the stack that the objects would have been on moves.

package main

import (
	"fmt"
	"hash/maphash"
)

type big struct {
	p    *int
	a    [6]int
	name string
}

//go:noinline
func grow(n int) int {
	var a [128]int
	if n > 0 {
		a[n%128] = grow(n - 1)
	}
	return a[n%128] + n
}

//go:noinline
func pointers() bool {
	x := 5
	b := big{p: &x, name: "n"}
	var i any = &x
	seed := maphash.MakeSeed()
	h1, h2, h3 := maphash.Comparable(seed, &x), maphash.Comparable(seed, b), maphash.Comparable(seed, i)
	grow(500)
	return h1 == maphash.Comparable(seed, &x) && h2 == maphash.Comparable(seed, b) && h3 == maphash.Comparable(seed, i)
}

func main() {
	done := make(chan bool)
	go func() { done <- pointers() }()
	fmt.Println(<-done)
	seed := maphash.MakeSeed()
	fmt.Println(maphash.Comparable(seed, [7]string{"a", 3: "b"}) == maphash.Comparable(seed, [7]string{"a", 3: "b"}))
}
