// run

// An empty select with nothing else running.
package main

func main() {
	c := make(chan int, 1)
	go func() {
		c <- 1
	}()
	println(<-c)
	select {}
}
