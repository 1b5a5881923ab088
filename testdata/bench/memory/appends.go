// Slices that grow by append, of bytes, ints and pointers.
package main

import "fmt"

func main() {
	total := 0
	x := new(int)
	for round := 0; round < 2000; round++ {
		var b []byte
		var n []int
		var p []*int
		for i := 0; i < 2000; i++ {
			b = append(b, byte(i))
			n = append(n, i)
			p = append(p, x)
		}
		for i := 0; i < 20; i++ {
			b = append(b, b[:100]...)
			n = append(n, n[:50]...)
		}
		total += len(b) + cap(b) + len(n) + cap(n) + len(p) + cap(p)
	}
	var big []int
	for i := 0; i < 20_000_000; i++ {
		big = append(big, i)
	}
	fmt.Println(total, len(big))
}
