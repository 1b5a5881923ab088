// Goroutines that hand values over unbuffered channels.
package main

func main() {
	a, b := make(chan int), make(chan int)
	go func() {
		for v := range a {
			b <- v + 1
		}
		close(b)
	}()
	v := 0
	for i := 0; i < 1_000_000; i++ {
		a <- v
		v = <-b
	}
	close(a)
	println(v)
}
