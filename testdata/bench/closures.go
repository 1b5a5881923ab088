// Calls of closures and interface methods.
package main

type shape interface{ area() int }

type square struct{ side int }
type rect struct{ w, h int }

func (s square) area() int { return s.side * s.side }
func (r *rect) area() int  { return r.w * r.h }

func apply(n int, f func(int) int) int {
	s := 0
	for i := 0; i < n; i++ {
		s += f(i)
	}
	return s
}

func main() {
	total := 0
	sum := apply(200_000_000, func(i int) int { total++; return i & 7 })
	shapes := []shape{square{3}, &rect{2, 5}, square{7}}
	for i := 0; i < 100_000_000; i++ {
		sum += shapes[i%3].area()
	}
	println(total, sum)
}
