// run

// Frames of more than 4 KiB and of more than 64 KiB, which the stack check compares in several steps.
package main

import "fmt"

type big struct{ words [700]int }

type huge struct{ words [12000]int }

//go:noinline
func medium(n int) int {
	var b big
	b.words[n%700] = n
	if n == 0 {
		return use(&b)
	}
	return medium(n-1) + use(&b)
}

//go:noinline
func large(n int) int {
	var h huge
	h.words[n*1000] = n
	p := &h.words[n*1000]
	if n == 0 {
		return *p
	}
	r := large(n - 1)
	return r + *p + h.words[n*1000]
}

//go:noinline
func use(b *big) int {
	sum := 0
	for _, w := range b.words {
		sum += w
	}
	return sum
}

// The arguments and results do not fit into registers either.
//
//go:noinline
func pass(h huge, a, b, c, d, e, f, g, i int) (huge, int) {
	h.words[3]++
	return h, a + b + c + d + e + f + g + i
}

func recovered(n int) (r int) {
	var h huge
	defer func() {
		r = h.words[5] + recover().(int)
	}()
	h.words[5] = n
	if large(8) > 0 {
		panic(n)
	}
	return 0
}

func main() {
	done := make(chan int)
	for i := range 4 {
		go func() { done <- medium(100+i) + large(10) }()
	}
	sum := 0
	for range 4 {
		sum += <-done
	}
	fmt.Println(sum)
	var h huge
	h, n := pass(h, 1, 2, 3, 4, 5, 6, 7, 8)
	fmt.Println(h.words[3], n, recovered(7))
}
