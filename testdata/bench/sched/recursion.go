// Deep recursion in new goroutines: their stacks grow from the smallest size, with pointers into them.
package main

type link struct {
	up *link
	n  int
}

func down(l *link, n int) int {
	if n == 0 {
		return l.n
	}
	var here link
	here.up, here.n = l, l.n+1
	r := down(&here, n-1)
	return r - here.up.n + l.n
}

func main() {
	done := make(chan int)
	for _, depth := range []int{50, 1000, 20_000, 500_000} {
		for range 4_000_000 / depth / 2 {
			go func() {
				var l link
				done <- down(&l, depth)
			}()
			if r := <-done; r != depth {
				panic(r)
			}
		}
	}
}
